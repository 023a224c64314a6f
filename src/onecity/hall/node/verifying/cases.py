"""Cases, what happened to them, looks and results: whether the log vouches for every row."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, Table, select

from onecity.core.errors import InputError
from onecity.hall.node.evident import ROW, evident
from onecity.hall.node.tables.cases import CASES, EVENTS, LOOKS, RESULTS
from onecity.identity.schema import TRAIL

from .faults import Faults, Tally, fault
from .source import Source

CASE = "case"
"""Name, in the `after` of an entry, of the hash of the case's row."""
LOADED = "cases.loaded"
"""What the log calls cases that were loaded in bulk; `count` says how many."""
_LOOKED, _RESULT = "case.looked", "case.result"
_AT_ONCE = 1000
Rows = list[RowMapping]


@dataclass(slots=True)
class _Said:
    """What the log says of a case: hashes of rows by table, and the last of the case's own."""

    rows: dict[str, Counter[str]]
    entries: dict[str, int]
    case: str | None = None
    entry: int = 0


def rows(source: Source, tally: Tally) -> Faults:
    """Yield rows about cases that the log does not vouch for, and those that it misses.

    Of cases that were loaded in bulk the log has the number only, until something happens to them.
    """
    told = {table: _Cursor(_by_case(source, table)) for table in (EVENTS, LOOKS, RESULTS)}
    own = _Cursor(_by_case(source, CASES))
    loaded = _Loaded()
    for name, said in _said(source):
        for cursor in told.values():
            tally.add("rows without a hash", len(cursor.skipped(name)))
        loaded.add(*(row["id"] for row in own.skipped(name)))
        before = loaded.count
        for table, cursor in told.items():
            yield from _compared(table, name, cursor.of(name), said, tally, loaded)
        found = own.of(name)
        if said.case is None and found and loaded.count == before:
            loaded.add(name)
        yield from _own(name, found, said, tally)
    for cursor in told.values():
        tally.add("rows without a hash", len(cursor.skipped(None)))
    loaded.add(*(row["id"] for row in own.skipped(None)))
    tally.add("loaded cases", loaded.count)
    if loaded.count > (known := _count_loaded(source)):
        yield fault(CASES.name, loaded.last, "hall_verify.case_unlogged", count=loaded.count,
                    loaded=known)  # fmt: skip


@dataclass(slots=True)
class _Loaded:
    """Cases of whose beginning the log has no hash."""

    count: int = 0
    last: str = ""

    def add(self, *cases: str) -> None:
        """Count some."""
        self.count += len(cases)
        self.last = cases[-1] if cases else self.last


def _count_loaded(source: Source) -> int:
    """Return how many cases the log says were loaded in bulk."""
    query = select(TRAIL.c.after).where(TRAIL.c.action == LOADED, TRAIL.c.after.is_not(None))
    return sum(int(json.loads(after)["count"]) for after in source.connection.scalars(query))


def _said(source: Source) -> Iterator[tuple[str, _Said]]:
    """Yield what the log says of each case that it has hashes of, in the order of their ids."""
    query = (
        select(TRAIL.c.target, TRAIL.c.action, TRAIL.c.after, TRAIL.c.id)
        .where(TRAIL.c.kind == "case", TRAIL.c.after.is_not(None))
        .order_by(TRAIL.c.target, TRAIL.c.id)
    )
    with source.connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for name, entries in groupby(found.mappings(), key=lambda row: str(row["target"])):
            said = _Said({table.name: Counter() for table in (EVENTS, LOOKS, RESULTS)}, {})
            for row in entries:
                _note(said, row)
            if said.case is not None or any(said.rows.values()):
                yield name, said


def _note(said: _Said, row: RowMapping) -> None:
    try:
        after = json.loads(row["after"])
    except ValueError:
        return  # the chain tells of it
    if not isinstance(after, Mapping):
        return
    if isinstance(hashed := after.get(ROW), str):
        table = {_LOOKED: LOOKS, _RESULT: RESULTS}.get(row["action"], EVENTS)
        said.rows[table.name][hashed] += 1
        said.entries.setdefault(hashed, row["id"])
    if isinstance(hashed := after.get(CASE), str):
        said.case, said.entry = hashed, row["id"]


def _compared(
    table: Table, case: str, found: Rows, said: _Said, tally: Tally, loaded: _Loaded
) -> Faults:
    """Yield rows of a case that the log has no hash of, and hashes that no row has."""
    left = Counter(said.rows[table.name])
    begun = table is not EVENTS
    for place, row in enumerate(found):
        tally.add("rows")
        hashed = _hashed(table, row)
        if left[hashed]:
            left[hashed] -= 1
            begun = True
        elif not begun:  # what happened before it was loaded
            if place == 0:
                loaded.add(case)
        elif table is not RESULTS or said.rows[table.name]:
            record = " ".join(str(row[one.name]) for one in table.primary_key.columns)
            yield fault(table.name, record, "hall_verify.row_unlogged", case=case)
    for hashed, count in left.items():
        if count:
            entry = said.entries[hashed]
            yield fault(table.name, f"{case} #{entry}", "hall_verify.row_missing",
                        case=case, entry=entry)  # fmt: skip


def _hashed(table: Table, row: RowMapping) -> str:
    """Return the hash of a row, empty where no row of this program could be so."""
    given: dict[str, Any] = {str(name): value for name, value in row.items()}
    try:
        return evident(table, given)
    except (InputError, ValueError, TypeError):
        return ""


def _own(case: str, found: Rows, said: _Said, tally: Tally) -> Faults:
    if said.case is None:
        return
    tally.add("cases")
    if not found:
        yield fault(CASES.name, case, "hall_verify.row_missing", case=case, entry=said.entry)
    elif _hashed(CASES, found[0]) != said.case:
        yield fault(CASES.name, case, "hall_verify.case_otherwise", case=case, entry=said.entry)


def _by_case(source: Source, table: Table) -> Iterator[tuple[str, Rows]]:
    column = table.c.id if table is CASES else table.c.case
    query = select(table).order_by(column, *table.primary_key.columns)
    with source.connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for case, some in groupby(found.mappings(), key=lambda row: str(row[column.name])):
            yield case, list(some)


class _Cursor:
    """Rows by case, in the order of the cases, asked for in that order."""

    def __init__(self, cases: Iterator[tuple[str, Rows]]) -> None:
        self._cases = cases
        self._next = next(cases, None)

    def skipped(self, until: str | None) -> Rows:
        """Return the rows of cases before one; of all that are left for None."""
        found: Rows = []
        while self._next is not None and (until is None or self._next[0] < until):
            found += self._next[1]
            self._next = next(self._cases, None)
        return found

    def of(self, case: str) -> Rows:
        """Return the rows of a case, which may be none."""
        if self._next is None or self._next[0] != case:
            return []
        found = self._next[1]
        self._next = next(self._cases, None)
        return found
