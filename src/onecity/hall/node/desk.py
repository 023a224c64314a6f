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

from sqlalchemy import ColumnElement, Connection, Select, Table, false, func, literal, select

from onecity.core.errors import InputError
from onecity.hall.cases import State, TaskKind
from onecity.hall.cases.clock import Light
from onecity.hall.catalogue import Way
from onecity.hall.forms.numbers import is_credit_code
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

Terms = list[ColumnElement[bool]]
MOST = 10_000
"""How far a list is counted, and how far its pages go."""
LARGEST_PAGE = 200
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{2,63}")
_PERSONAL = re.compile(r"[0-9]{17}[0-9Xx]")
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks: of a unit, one's own, by light, item, or what somebody typed.

    `text` is the beginning of a case's number, or a part of an item's title: nothing of a person,
    who is found by `onecity.hall.node.finding` alone.
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
    """A task as a list shows it; `seen` is the version of its case.

    `title` is its name in an office's own drawing; empty where its kind says what it is.
    """

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
    title: str


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
        department = self.node.editions.catalogue(self.node.today()).department
        if by.unit is not None and not rules.may(by, MANAGE):
            known = department.get(by.unit)
            rules.require(by, permission, (known.city if known else None) or by.city)
            own = [by.unit]
        elif cities is not None:
            if not cities:
                rules.require(by, permission)
            own = [code for code, one in department.items() if one.city in cities]
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
        first = rows_before(query.page, query.size)
        units = self.units(by, HANDLE, query.unit)
        now = self.node.office.clock()
        own = by if query.mine else None
        terms = [TASKS.c.done.is_(None), *_light_terms(query.light, stamp(now))]
        order = (TASKS.c.due, TASKS.c.id)
        with self.node.reading() as connection:
            narrow = self._narrow(query.text, TASKS.c.number)
            if narrow is not None:
                if query.item is not None:
                    narrow.append(TASKS.c.item == storable(query.item))
                if own is not None:
                    narrow.append(TASKS.c.claimed_by == own.name)
                found, total = _few(connection, [*terms, *narrow], order, TASKS.c.unit, units)
            else:
                terms += self._title_terms(query.text, TASKS.c.item)
                parts = _task_parts(query, units, own)
                most = first + query.size
                found = _merged(connection, terms, parts, order, most)
                total = _count(connection, TASKS, terms, parts)
            ids = found[first : first + query.size]
            rows = {one.id: one for one in connection.execute(_task_rows(ids))} if ids else {}
            counts = self._counts(connection, units, own, stamp(now))
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
        first = rows_before(query.page, query.size)
        units = self.units(by, LOOK, query.unit)
        now = self.node.office.clock()
        terms, order = _case_terms(query), (CASES.c.opened, CASES.c.id)
        with self.node.reading() as connection:
            narrow = self._narrow(query.number, CASES.c.number)
            if narrow is not None:
                narrow += [*terms, *_equal(query, "item", "state", "city", "from_city")]
                found, total = _few(connection, narrow, order, CASES.c.unit, units, newest=True)
            else:
                terms += self._title_terms(query.number, CASES.c.item)
                parts, plain = self._case_parts(query, units)
                most = first + query.size
                found = _merged(connection, terms, parts, order, most, newest=True)
                if plain is not None and not terms:
                    total = _loads(connection, plain.units, query.state)
                else:
                    total = _count(connection, CASES, terms, parts)
            ids = found[first : first + query.size]
            rows: dict[str, Any] = {}
            if ids:
                wanted = select(*CASE_COLUMNS).where(CASES.c.id.in_(ids))
                rows = {one.id: one for one in connection.execute(wanted)}
        return CaseRows(tuple(case_row(rows[one], now) for one in ids), total)

    # --- Conditions ------------------------------------------------------------------------------

    def _case_parts(
        self, query: CaseQuery, units: Sequence[str] | None
    ) -> "tuple[list[Terms], _Plain | None]":
        """Return conditions each of which an index orders by time, and together are all.

        Besides, the departments whose cases these are, where it is all of theirs.
        """
        column = CASES.c
        if query.item is not None:
            states = list(State) if query.state is None else [query.state]
            rest = [*_within(column.unit, units), *_equal(query, "city", "from_city")]
            parts = [[column.item == storable(query.item), column.state == one.value, *rest]
                     for one in states]  # fmt: skip
            return parts, None
        department = self.node.editions.catalogue(self.node.today()).department
        if query.city is not None:
            every = [code for code, one in department.items() if one.city == query.city]
            units = every if units is None else [one for one in units if one in every]
        state = _equal(query, "state")
        if query.from_city is not None:
            from_ = _equal(query, "from_city")
            home = units is not None and all(
                one in department and department[one].city == query.from_city for one in units
            )
            if not home:
                return [[*from_, *state, *_within(column.unit, units)]], None
            return [[column.unit == one, *from_, *state] for one in units or ()], None
        if units is None:
            return [state], _Plain(None)
        return [[column.unit == one, *state] for one in units], _Plain(tuple(units))

    @staticmethod
    def _narrow(text: str, number: ColumnElement[str]) -> Terms | None:
        """Return the condition of a number that somebody typed; None where it is none.

        Raises
        ------
        InputError
            It is an identity number or a credit code.
        """
        typed = text.strip()
        if _PERSONAL.fullmatch(typed) or is_credit_code(typed):
            raise InputError("hall_node.number_in_list")
        if _NUMBER.fullmatch(typed):
            begin = typed.upper()
            return [number >= begin, number < begin + _AFTER_ALL]
        return None

    def _title_terms(self, text: str, item: ColumnElement[str]) -> Terms:
        """Return the condition of a part of a title that somebody typed."""
        typed = text.strip()
        if not typed:
            return []
        catalogue = self.node.editions.catalogue(self.node.today())
        codes = [one.code for one in catalogue.items if typed in one.title]
        return [item.in_(codes)] if codes else [false()]

    @staticmethod
    def _counts(
        connection: Connection, units: Sequence[str] | None, own: Actor | None, now: str
    ) -> Counts:
        parts = _task_parts(TaskQuery(), units, own)
        open_: Terms = [TASKS.c.done.is_(None)]
        todo = _count(connection, TASKS, open_, parts)
        late = _count(connection, TASKS, [*open_, TASKS.c.due < now], parts)
        # Whatever is late was yellow before.
        yellow = _count(connection, TASKS, [*open_, TASKS.c.warn <= now], parts)
        return Counts(todo, max(0, yellow - late), late)


@dataclass(frozen=True, slots=True)
class _Plain:
    """All cases of some departments, or of every one: how many there are is kept."""

    units: tuple[str, ...] | None


CASE_COLUMNS = tuple(
    CASES.c[one]
    for one in (
        "id", "number", "item", "item_version", "unit", "city", "from_city", "way", "state",
        "opened", "due", "warn", "version",
    )
)  # fmt: skip


def rows_before(page: int, size: int) -> int:
    """Return how many rows come before a page; an `InputError` says that it is out of range."""
    if not (1 <= size <= LARGEST_PAGE and page >= 1 and (page - 1) * size < MOST):
        raise InputError("hall_node.page_range", page=page, size=size, most=LARGEST_PAGE, last=MOST)
    return (page - 1) * size


def _task_parts(query: TaskQuery, units: Sequence[str] | None, own: Actor | None) -> list[Terms]:
    """Return conditions each of which an index orders by what is due, and together are all."""
    column = TASKS.c
    item = [] if query.item is None else [column.item == storable(query.item)]
    if own is not None:
        return [[column.claimed_by == own.name, *item, *_within(column.unit, units)]]
    if item:
        return [[*item, *_within(column.unit, units)]]
    return [[]] if units is None else [[column.unit == one] for one in units]


def _light_terms(light: Light | None, now: str) -> Terms:
    column = TASKS.c
    match light:
        case None:
            return []
        case Light.LATE:
            return [column.due < now]
        case Light.SOON:
            return [column.due >= now, column.warn <= now]
        case Light.GOOD:
            return [column.due >= now, column.warn > now]
        case _:
            return [false()]


def _case_terms(query: CaseQuery) -> Terms:
    column, terms = CASES.c, []
    if query.since is not None:
        terms.append(column.opened >= stamp(datetime.combine(query.since, time(), CHINA)))
    if query.until is not None:
        end = query.until + timedelta(days=1)
        terms.append(column.opened < stamp(datetime.combine(end, time(), CHINA)))
    return terms


def _equal(query: CaseQuery, *names: str) -> Terms:
    return [
        CASES.c[one] == storable(getattr(query, one))
        for one in names
        if getattr(query, one) is not None
    ]


def _within(unit: ColumnElement[str], units: Sequence[str] | None) -> Terms:
    """Return the condition of departments, so that no index of them is taken for it."""
    return [] if units is None else [unit.concat("").in_(units)]


def _merged(
    connection: Connection,
    terms: Terms,
    parts: Sequence[Terms],
    order: tuple[ColumnElement[str], ColumnElement[str]],
    most: int,
    *,
    newest: bool = False,
) -> list[str]:
    """Return the first ids of several parts, each read in the order of its index."""
    sorting = [one.desc() if newest else one for one in order]
    several = []
    for part in parts:
        query = select(*order).where(*terms, *part).order_by(*sorting).limit(most)
        several.append([(str(at), str(id_)) for at, id_ in connection.execute(query)])
    merged = heapq.merge(*several, reverse=newest)
    return [id_ for (_, id_), _ in zip(merged, range(most), strict=False)]


def _few(
    connection: Connection,
    terms: Terms,
    order: tuple[ColumnElement[str], ColumnElement[str]],
    unit: ColumnElement[str],
    units: Sequence[str] | None,
    *,
    newest: bool = False,
) -> tuple[list[str], int]:
    """Return the ids of what few rows a number leaves, and how many they are.

    They are put in order here: an index of the order would be read from end to end for them.
    """
    query = select(*order, unit).where(*terms).limit(MOST)
    found = [
        (str(at), str(id_))
        for at, id_, of in connection.execute(query)
        if units is None or of in units
    ]
    return [id_ for _, id_ in sorted(found, reverse=newest)], len(found)


def _count(connection: Connection, table: Table, terms: Terms, parts: Sequence[Terms]) -> int:
    """Return how many rows there are in all parts, counted no further than `MOST`."""
    total = 0
    for part in parts:
        inner = select(literal(1)).select_from(table).where(*terms, *part).limit(MOST - total)
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
        row.version or 1, row.title or "",
    )  # fmt: skip


def case_row(row: "Row[Any]", now: datetime) -> CaseRow:
    """Return a row of `CASE_COLUMNS` as a list shows it."""
    due = None if row.due is None else moment(row.due)
    warn = None if row.warn is None else moment(row.warn)
    state = State(row.state)
    return CaseRow(
        row.id, row.number, row.item, row.item_version, row.unit, row.city, row.from_city,
        None if row.way is None else Way(row.way), state, moment(row.opened), due,
        light_of(state, due, warn, now), row.version,
    )  # fmt: skip
