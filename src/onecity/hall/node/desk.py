"""Lists of tasks and cases: a page in the order of an index, totals by bounded counts.

None of it reads personal data, and none of it takes longer with more cases: a page is read in the
order of an index, and counting stops at `MOST`.
"""

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, Table, false, func, select

from onecity.core.errors import InputError
from onecity.hall.cases import State, TaskKind
from onecity.hall.cases.clock import Light
from onecity.hall.catalogue import Way
from onecity.identity import Actor
from onecity.identity.clock import moment, stamp
from onecity.identity.columns import storable
from onecity.identity.errors import ForbiddenError

from .rights import HANDLE, LOOK, MANAGE
from .tables.cases import CASES, LOADS, TASKS
from .viewing import light_of
from .workflow import NEVER
from .writing import CHINA

if TYPE_CHECKING:
    from sqlalchemy import Row

    from .node import Node

MOST = 10_000
"""How far a list is counted, and how far its pages go."""
LARGEST_PAGE = 200
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{2,63}")
_IDENTITY = re.compile(r"[0-9A-Za-z]{18}")
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks: of a unit, one's own, by light, item, or what somebody typed.

    `text` is the beginning of a case's number, an applicant's whole identity number or credit
    code, or a part of an item's title.
    """

    unit: str | None = None
    mine: bool = False
    light: Light | None = None
    text: str = ""
    item: str | None = None
    page: int = 1
    size: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuery:
    """Which cases: all conditions together; `number` as `TaskQuery.text`, days in China."""

    unit: str | None = None
    state: State | None = None
    city: str | None = None
    from_city: str | None = None
    item: str | None = None
    number: str = ""
    since: date | None = None
    until: date | None = None
    page: int = 1
    size: int = 20


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as a list shows it; `seen` is the version of its case."""

    task: str
    case: str
    number: str
    kind: TaskKind
    item: str
    unit: str
    from_city: str
    way: Way | None
    state: State
    opened: datetime
    due: datetime | None
    light: Light
    claimed_by: str | None
    seen: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a list shows it."""

    case: str
    number: str
    item: str
    item_version: int
    unit: str
    city: str
    from_city: str
    way: Way | None
    state: State
    at: datetime
    due: datetime | None
    light: Light
    seen: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits, is short of time, is late; each at most `MOST`."""

    todo: int
    due_soon: int
    late: int


@dataclass(frozen=True, slots=True)
class TaskRows:
    """A page of tasks; `total` at most `MOST`."""

    rows: tuple[TaskRow, ...]
    total: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class CaseRows:
    """A page of cases; `total` at most `MOST`, but exact where only unit and state are asked."""

    rows: tuple[CaseRow, ...]
    total: int


class Desk:
    """Lists of one node."""

    def __init__(self, node: "Node") -> None:
        self.node = node

    def units(self, by: Actor, permission: str, asked: str | None = None) -> list[str] | None:
        """Return the departments whose work somebody may see; None for every one here.

        Raises
        ------
        ForbiddenError
            None, or not the one that is asked for.
        """
        rules = self.node.office.rules
        cities = rules.cities(by, permission)
        own: list[str] | None = None
        if by.unit is not None and not rules.may(by, MANAGE):
            rules.require(by, permission, by.city)
            own = [by.unit]
        elif cities is not None:
            if not cities:
                rules.require(by, permission)
            catalogue = self.node.editions.catalogue(self.node.today())
            own = [one.code for one in catalogue.departments if one.city in cities]
        if asked is None:
            return own
        if own is not None and asked not in own:
            raise ForbiddenError("hall_node.other_unit", who=by.name, unit=asked)
        return [asked]

    def tasks(self, query: TaskQuery, *, by: Actor) -> TaskRows:
        """Return a page of open tasks, the first due first, and how many there are.

        Raises
        ------
        ForbiddenError
            They may not see tasks of that department.
        InputError
            The page is out of range.
        """
        first = _first(query.page, query.size)
        units = self.units(by, HANDLE, query.unit)
        now = self.node.office.clock()
        with self.node.reading() as connection:
            terms = self._task_terms(query, by, stamp(now))
            base = select(TASKS.c.id, TASKS.c.due).where(TASKS.c.done.is_(None), *terms)
            base = base.order_by(TASKS.c.due, TASKS.c.id)
            found = _merged(connection, base, TASKS.c.unit, units, first + query.size)
            ids = found[first:]
            rows = {one.id: one for one in connection.execute(_task_rows(ids))} if ids else {}
            counts = self._counts(connection, units, by if query.mine else None, stamp(now))
            total = _count(connection, TASKS, [TASKS.c.done.is_(None), *terms], units)
        return TaskRows(tuple(_task(rows[one], now) for one in ids), total, counts)

    def counts(self, by: Actor) -> Counts:
        """Return how much waits for somebody's department."""
        units = self.units(by, HANDLE)
        with self.node.reading() as connection:
            return self._counts(connection, units, None, stamp(self.node.office.clock()))

    def cases(self, query: CaseQuery, *, by: Actor) -> CaseRows:
        """Return a page of cases, the newest first, and how many there are.

        Raises
        ------
        ForbiddenError
            They may not see cases of that department.
        InputError
            The page is out of range.
        """
        first = _first(query.page, query.size)
        units = self.units(by, LOOK, query.unit)
        now = self.node.office.clock()
        terms = self._case_terms(query)
        with self.node.reading() as connection:
            base = select(CASES.c.id, CASES.c.opened).where(*terms)
            base = base.order_by(CASES.c.opened.desc(), CASES.c.id.desc())
            found = _merged(connection, base, CASES.c.unit, units, first + query.size, newest=True)
            ids = found[first:]
            rows: dict[str, Any] = {}
            if ids:
                wanted = select(*_CASE_COLUMNS).where(CASES.c.id.in_(ids))
                rows = {one.id: one for one in connection.execute(wanted)}
            plain = not query.number and not any(
                (query.city, query.from_city, query.item, query.since, query.until)
            )
            if plain:
                total = _loads(connection, units, query.state)
            else:
                total = _count(connection, CASES, terms, units)
        return CaseRows(tuple(_case(rows[one], now) for one in ids), total)

    # --- Conditions ------------------------------------------------------------------------------

    def _task_terms(self, query: TaskQuery, by: Actor, now: str) -> list[ColumnElement[bool]]:
        column = TASKS.c
        terms: list[ColumnElement[bool]] = []
        if query.mine:
            terms.append(column.claimed_by == by.name)
        if query.item is not None:
            terms.append(column.item == storable(query.item))
        match query.light:
            case Light.LATE:
                terms.append(column.due < now)
            case Light.SOON:
                terms += [column.due >= now, column.warn <= now]
            case Light.GOOD:
                terms += [column.due >= now, column.warn > now]
            case None:
                pass
            case _:
                terms.append(false())
        return terms + self._typed(query.text, column.number, column.item, column.case)

    def _case_terms(self, query: CaseQuery) -> list[ColumnElement[bool]]:
        column = CASES.c
        terms = [
            one == storable(value)
            for one, value in (
                (column.state, query.state),
                (column.city, query.city),
                (column.from_city, query.from_city),
                (column.item, query.item),
            )
            if value is not None
        ]
        if query.since is not None:
            terms.append(column.opened >= stamp(datetime.combine(query.since, time(), CHINA)))
        if query.until is not None:
            end = query.until + timedelta(days=1)
            terms.append(column.opened < stamp(datetime.combine(end, time(), CHINA)))
        return terms + self._typed(query.number, column.number, column.item, column.id)

    def _typed(
        self,
        text: str,
        number: ColumnElement[str],
        item: ColumnElement[str],
        case: ColumnElement[str],
    ) -> list[ColumnElement[bool]]:
        """Return the condition of what somebody typed."""
        typed = text.strip()
        if not typed:
            return []
        if _IDENTITY.fullmatch(typed):
            blind = self.node.vault.blind(typed.upper())
            mine = select(CASES.c.id).where(CASES.c.subject == blind)
            return [case.in_(mine)]
        if _NUMBER.fullmatch(typed):
            begin = typed.upper()
            return [number >= begin, number < begin + _AFTER_ALL]
        catalogue = self.node.editions.catalogue(self.node.today())
        codes = [one.code for one in catalogue.items if typed in one.title]
        return [item.in_(codes)] if codes else [false()]

    @staticmethod
    def _counts(
        connection: Connection, units: Sequence[str] | None, mine: Actor | None, now: str
    ) -> Counts:
        open_: list[ColumnElement[bool]] = [TASKS.c.done.is_(None)]
        if mine is not None:
            open_.append(TASKS.c.claimed_by == mine.name)
        todo = _count(connection, TASKS, open_, units)
        late = _count(connection, TASKS, [*open_, TASKS.c.due < now], units)
        # Whatever is late was yellow before.
        yellow = _count(connection, TASKS, [*open_, TASKS.c.warn <= now], units)
        return Counts(todo, max(0, yellow - late), late)


_CASE_COLUMNS = tuple(
    CASES.c[one]
    for one in (
        "id", "number", "item", "item_version", "unit", "city", "from_city", "way", "state",
        "opened", "due", "warn", "version",
    )
)  # fmt: skip


def _first(page: int, size: int) -> int:
    """Return how many rows come before a page."""
    if not (1 <= size <= LARGEST_PAGE and page >= 1 and (page - 1) * size < MOST):
        raise InputError("hall_node.page_range", page=page, size=size, most=LARGEST_PAGE, last=MOST)
    return (page - 1) * size


def _merged(
    connection: Connection,
    base: Select[Any],
    unit: ColumnElement[str],
    units: Sequence[str] | None,
    most: int,
    *,
    newest: bool = False,
) -> list[str]:
    """Return the first ids of several departments, each read in the order of its index.

    `base` selects ids and what they are ordered by.
    """
    if units is None:
        return list(connection.execute(base.limit(most)).scalars())
    several = [
        [(str(at), str(id_)) for id_, at in connection.execute(base.where(unit == one).limit(most))]
        for one in units
    ]
    merged = heapq.merge(*several, reverse=newest)
    return [id_ for (_, id_), _ in zip(merged, range(most), strict=False)]


def _count(
    connection: Connection,
    table: Table,
    terms: Sequence[ColumnElement[bool]],
    units: Sequence[str] | None,
) -> int:
    """Return how many rows there are, counted no further than `MOST`."""
    total = 0
    every: list[str | None] = [None] if units is None else list(units)
    for one in every:
        own = terms if one is None else [*terms, table.c.unit == one]
        inner = select(table.c.unit).where(*own).limit(MOST - total)
        counted = select(func.count()).select_from(inner.subquery())
        total += int(connection.execute(counted).scalar_one())
        if total >= MOST:
            break
    return total


def _loads(connection: Connection, units: Sequence[str] | None, state: State | None) -> int:
    query = select(func.coalesce(func.sum(LOADS.c.count), 0))
    if units is not None:
        query = query.where(LOADS.c.unit.in_(units))
    if state is not None:
        query = query.where(LOADS.c.state == state.value)
    return int(connection.execute(query).scalar_one())


def _task_rows(ids: Sequence[str]) -> Select[Any]:
    joined = TASKS.outerjoin(CASES, CASES.c.id == TASKS.c.case)
    return (
        select(
            TASKS,
            CASES.c.from_city,
            CASES.c.way,
            CASES.c.state,
            CASES.c.version,
        )
        .select_from(joined)
        .where(TASKS.c.id.in_(ids))
    )


def _task(row: "Row[Any]", now: datetime) -> TaskRow:
    due = None if row.due == NEVER else moment(row.due)
    warn = None if row.warn == NEVER else moment(row.warn)
    opinion = row.kind == TaskKind.OPINION
    state = State.ACCEPTED if opinion or row.state is None else State(row.state)
    return TaskRow(
        row.id, row.case, row.number, TaskKind(row.kind), row.item, row.unit,
        row.from_city or "", None if row.way is None else Way(row.way), state,
        moment(row.opened), due, light_of(state, due, warn, now), row.claimed_by,
        row.version or 1,
    )  # fmt: skip


def _case(row: "Row[Any]", now: datetime) -> CaseRow:
    due = None if row.due is None else moment(row.due)
    warn = None if row.warn is None else moment(row.warn)
    state = State(row.state)
    return CaseRow(
        row.id, row.number, row.item, row.item_version, row.unit, row.city, row.from_city,
        None if row.way is None else Way(row.way), state, moment(row.opened), due,
        light_of(state, due, warn, now), row.version,
    )  # fmt: skip
