"""What lies sealed: the keys of owners, and everything that they seal."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, RowMapping, Table, select

from onecity.core.errors import OneCityError
from onecity.hall.node.tables import applying, cases, mail
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.vault import Wrapped

from .faults import Faults, Tally, fault, raised
from .source import Source

SEALED: tuple[tuple[Table, str, tuple[str, ...]], ...] = (
    (cases.CASES, "id", ("sealed",)),
    (cases.EVENTS, "case", ("sealed",)),
    (cases.OPINIONS, "case", ("sealed",)),
    (cases.RESULTS, "case", ("sealed",)),
    (mail.HOLDINGS, "id", ("sealed",)),
    (mail.EVIDENCE, "id", ("sealed",)),
    (applying.APPLICANTS, "id", ("sealed",)),
    (applying.DRAFTS, "id", ("sealed",)),
    (applying.FILES, "owner", ("about", "sealed")),
    (applying.MINE, "case", ("sealed",)),
    (applying.TOLD, "case", ("sealed",)),
    (applying.JOINTS, "case", ("sealed",)),
    (applying.STEPS, "parent", ("sealed",)),
    (applying.JOINTS, "case", ("sealed",)),
)
"""Tables with what is sealed, the column of whose key it is under, and what is sealed there.

Messages are not among them: their bodies are opened where their commitments are checked.
"""
_AT_ONCE = 200


def keys(source: Source, tally: Tally) -> Faults:
    """Yield keys of owners that no master key of the node opens, and half-erased ones."""
    rows = source.connection.execute(select(KEYS).execution_options(yield_per=1000))
    for row in rows:
        tally.add("keys")
        if (row.wrapped is None) != (row.erased is not None):
            yield fault("hall_keys", row.owner, "hall_verify.half_erased", owner=row.owner)
        elif row.wrapped is None:
            tally.add("erased owners")
        elif source.vault is not None:
            try:
                source.vault.check(Wrapped(row.owner, row.kek, row.wrapped))
            except (OneCityError, ValueError, TypeError) as error:
                yield raised("hall_keys", row.owner, error)


def sealed(source: Source, tally: Tally) -> Faults:
    """Yield what is sealed and does not open, though its owner was not erased."""
    for table, owner, columns in SEALED:
        for row in _rows(source, table, table.c[owner], columns):
            for name in columns:
                if row[name] is not None:
                    yield from _one(source, table, row, row[name], name, tally)


def _rows(
    source: Source, table: Table, owner: "Column[Any]", columns: tuple[str, ...]
) -> Iterator[RowMapping]:
    primary = list(table.primary_key.columns)
    query = (
        select(
            *(table.c[name] for name in columns), owner.label("of"), KEYS.c.owner.label("lock"),
            KEYS.c.kek, KEYS.c.wrapped, *(one.label(f"key_{one.name}") for one in primary),
        )
        .select_from(table)
        .outerjoin(KEYS, KEYS.c.owner == owner)
        .order_by(*primary)
    )  # fmt: skip
    with source.connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from rows.mappings()


def _one(
    source: Source, table: Table, row: RowMapping, content: bytes, name: str, tally: Tally
) -> Faults:
    record = " ".join(str(row[f"key_{one.name}"]) for one in table.primary_key.columns)
    if row["lock"] is None:
        yield fault(table.name, record, "hall_vault.no_owner", owner=row["of"])
    elif row["wrapped"] is None:
        tally.add("erased values")
    elif source.vault is None:
        tally.add("closed")
    else:
        try:
            key = Wrapped(row["of"], row["kek"], row["wrapped"])
            source.vault.unseal_by(key, content)
        except (OneCityError, ValueError, TypeError) as error:
            yield raised(table.name, f"{record} {name}", error)
        else:
            tally.add("opened values")
