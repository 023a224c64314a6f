"""The log: its chain, its seals, and what other nodes keep of these."""

from collections.abc import Generator
from contextlib import closing
from typing import Any

from sqlalchemy import Row, func, select

from onecity.core.errors import OneCityError
from onecity.hall.node.schema import GUARDS as HALL_GUARDS
from onecity.hall.node.seals import Seal, check_seal, root_of, seal_of
from onecity.hall.node.tables.keeping import SEALS, WITNESSED
from onecity.hall.wire import canonical
from onecity.identity.chain import FIELDS, Anchor, follow
from onecity.identity.parts import missing
from onecity.identity.schema import GUARDS, HEAD, TRAIL

from .faults import Fault, Faults, Tally, fault, raised
from .source import Source

_ROWS = select(*(TRAIL.c[name] for name in (*FIELDS, "previous", "hash"))).order_by(TRAIL.c.id)
_AT_ONCE = 2000


def chain(source: Source, tally: Tally, anchor: Anchor | None = None) -> Faults:
    """Yield what is wrong with the chain of the log, from its first entry to its head."""
    heads = source.connection.execute(select(HEAD.c.name, HEAD.c.id, HEAD.c.hash)).all()
    if [tuple(map(type, one)) for one in heads] != [(str, int, str)]:
        yield fault("trail_head", "-", "identity.trail_no_head")
        return
    [(name, last, own)] = heads
    with closing(_entries(source)) as rows:
        verdict = follow(rows, name, head=Anchor(last, own), anchor=anchor)
    tally.add("entries", verdict.rows)
    if verdict.broken is not None:
        yield Fault("trail", str(verdict.broken.id), verdict.broken.sentence)


def _entries(source: Source) -> Generator[tuple[Any, ...], None, None]:
    with source.connection.execute(_ROWS.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from map(tuple, rows)


def guards(source: Source, _: Tally) -> Faults:
    """Yield triggers that should keep rows as they are and are gone."""
    if source.live:
        for name in sorted(missing(source.connection, {**GUARDS, **HALL_GUARDS})):
            yield fault("guards", name, "hall_verify.no_guard", name=name)


def seals(source: Source, tally: Tally) -> Faults:
    """Yield seals of the node that do not follow each other, are not signed, or do not fit."""
    before = Seal(source.code, 0, 0, 0, "", "", "", "")
    for row in source.connection.execute(select(SEALS).order_by(SEALS.c.id)).all():
        tally.add("seals")
        try:
            seal = seal_of(row)
            yield from _seal(source, row, seal, before)
        except (OneCityError, ValueError, TypeError) as error:
            yield raised("hall_seals", row.id, error)
            return
        before = seal


def _seal(source: Source, row: "Row[Any]", seal: Seal, before: Seal) -> Faults:
    place = (row.id, row.first, row.last, row.at, row.root)
    said = (seal.number, seal.first, seal.last, seal.at, seal.root)
    if place != said or canonical(seal.as_record()).decode() != row.record:
        yield fault("hall_seals", row.id, "hall_verify.columns", names="id, first, last, at, root")
    follows = (before.number + 1, before.last + 1, before.root)
    if seal.node != source.code or (seal.number, seal.first, seal.previous) != follows:
        yield fault("hall_seals", row.id, "hall_verify.seal_gap", number=before.number + 1)
    if source.code in source.trust:
        check_seal(seal, row.kid, row.suite, row.signature, source.trust)
    yield from _under(source, seal, "hall_seals", row.id)


def _under(source: Source, seal: Seal, table: str, record: object) -> Faults:
    """Yield a fault if the log is not what a seal is over."""
    head = select(TRAIL.c.hash).where(TRAIL.c.id == seal.last)
    own = source.connection.execute(head).scalar()
    if own is None:
        last = source.connection.execute(select(func.max(TRAIL.c.id))).scalar()
        yield fault(table, record, "hall_verify.seal_beyond", last=seal.last, has=last or 0)
    elif own != seal.head or root_of(source.connection, seal.first, seal.last) != seal.root:
        yield fault(
            table, record, "hall_verify.seal_unfit", number=seal.number, first=seal.first,
            last=seal.last,
        )  # fmt: skip


def kept_seals(source: Source, tally: Tally) -> Faults:
    """Yield seals of other nodes that the node keeps and that are not theirs."""
    query = select(WITNESSED).order_by(WITNESSED.c.node, WITNESSED.c.seal)
    for row in source.connection.execute(query).all():
        tally.add("witnessed")
        record = f"{row.node} {row.seal}"
        try:
            seal = seal_of(row)
            if (row.node, row.seal, row.at, row.root) != (
                seal.node, seal.number, seal.at, seal.root,
            ):  # fmt: skip
                yield fault("hall_witnessed", record, "hall_verify.columns", names="node, seal")
            if row.node in source.trust:
                check_seal(seal, row.kid, row.suite, row.signature, source.trust)
        except (OneCityError, ValueError, TypeError) as error:
            yield raised("hall_witnessed", record, error)


def witnessed(source: Source, witness: Source, tally: Tally) -> Faults:
    """Yield seals of a node that another node keeps, and that its log no longer fits."""
    query = select(WITNESSED).where(WITNESSED.c.node == source.code).order_by(WITNESSED.c.seal)
    own = {
        row.id: row.record for row in source.connection.execute(select(SEALS.c.id, SEALS.c.record))
    }
    for row in witness.connection.execute(query).all():
        tally.add("compared seals")
        record = f"{witness.code}: {source.code} {row.seal}"
        try:
            seal = seal_of(row)
            if source.code in witness.trust:
                check_seal(seal, row.kid, row.suite, row.signature, witness.trust)
            if own.get(row.seal) != row.record:
                yield fault(
                    "hall_seals", row.seal, "hall_verify.seal_lost", witness=witness.code,
                    number=row.seal,
                )  # fmt: skip
            yield from _under(source, seal, "hall_witnessed", record)
        except (OneCityError, ValueError, TypeError) as error:
            yield raised("hall_witnessed", record, error)
