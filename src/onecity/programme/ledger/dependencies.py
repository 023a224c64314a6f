"""What waits for what, also across cities: rings, blocked items, and the critical path of items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Sentence
from onecity.core.working_days import WorkingCalendar
from onecity.models.schedule import critical_path

from .model import Item, State
from .register import Register
from .rules import blockers

_DONE = {State.REPORTED, State.ACCEPTED, State.CLOSED}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Block:
    """An item that waits for another one.

    `across` says whether their units are of two cities; None where a city is not known.
    """

    item: str
    waits_for: str
    across: bool | None


def refuse_rings(items: Iterable[Item]) -> None:
    """Refuse items that wait for one another in a ring.

    Raises
    ------
    InputError
        Names its members by number and title, in order.
    """
    known = {one.id: one for one in items}
    after = {
        code: [each.item for each in one.depends_on if each.item in known]
        for code, one in known.items()
    }
    done: set[str] = set()
    on_path: set[str] = set()
    for begin in known:
        path: list[str] = []
        stack = [iter([begin])]
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
                if path:
                    on_path.discard(path[-1])
                    done.add(path.pop())
            elif found in on_path:
                ring = [*path[path.index(found) :], found]
                raise _ring([known[one] for one in ring])
            elif found not in done:
                path.append(found)
                on_path.add(found)
                stack.append(iter(after[found]))


def _ring(members: Sequence[Item]) -> InputError:
    # Each waits for the next one: told in the order in which they would have to be done.
    named = " → ".join(f"{one.number}《{one.title}》" for one in reversed(members))
    return InputError("ledger.dependency_ring", count=len(members) - 1, items=named)


def check_dependencies(item: Item, others: Mapping[str, Item]) -> None:
    """Refuse an item that depends on one that is not there, or that waits for it in turn.

    Raises
    ------
    MissingError
        There is no such item among `others`.
    InputError
        They wait for one another in a ring; its members are named.
    """
    for one in item.depends_on:
        if one.item not in others:
            raise MissingError("ledger.no_item", given=one.item)
    refuse_rings({**others, item.id: item}.values())


def blocks(items: Iterable[Item], register: Register) -> tuple[Block, ...]:
    """Return which open items wait for which that are not done, in the order of the items."""
    known = {one.id: one for one in items}
    return tuple(
        Block(one.id, before.id, _across(one, before, register))
        for one in known.values()
        if one.is_open and one.state not in _DONE
        for before in blockers(one, known)
    )


def _across(one: Item, other: Item, register: Register) -> bool | None:
    cities = []
    for code in (one.responsible_unit, other.responsible_unit):
        unit = register.units.get(code) if code is not None else None
        cities.append(None if unit is None else unit.city)
    return None if None in cities else cities[0] != cities[1]


@dataclass(frozen=True, slots=True)
class Planned:
    """When an item can be done, if its work goes on as planned and waits for what is before it.

    Attributes
    ----------
    item
        Its id.
    start, finish
        First and last working day of the work that is left; for what is done, the day it was
        reported.
    slack
        Working days it can slip without moving the end of all.
    critical
        Whether it has none.
    late
        Working days that `finish` lies after its due date; 0 if it does not.
    """

    item: str
    start: date
    finish: date
    slack: int
    critical: bool
    late: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The items of a plan, in the order given; the day all are done; what a reader has to know."""

    items: tuple[Planned, ...]
    finish: date | None
    remarks: tuple[Sentence, ...]


def plan(items: Iterable[Item], today: date, calendar: WorkingCalendar) -> Plan:
    """Return when items can be done, and which of them decide the end.

    The work of an item is the working days from its start (or the day it was given out) to its
    due date. What is left of it is taken in proportion to the progress reported, and begins today
    at the earliest, and after whatever it depends on. Cancelled items and those without dates
    have no place in it. The critical path method: `models.schedule`.

    Raises
    ------
    InputError
        Items wait for one another in a ring; its members are named.
    """
    spanned = [(one, span) for one in items if (span := _span(one)) is not None]
    every = [one for one, _ in spanned]
    refuse_rings(one for one in every if one.depends_on)
    if not every:
        return Plan((), None, ())
    now = int(calendar.count_to([today])[0])
    begins, left = _work(spanned, now, calendar)
    row = {one.id: number for number, one in enumerate(every)}
    # What is done waits for nothing any more.
    links = [
        (row[before.item], row[one.id], before.lag_days)
        for one in every
        if one.state not in _DONE
        for before in one.depends_on
        if before.item in row
    ]
    tails, heads, lags = (np.array([one[k] for one in links], dtype=np.int64) for k in range(3))
    found = critical_path(left, tails, heads, lags, not_before=begins)
    done = [one.reported_on if one.state in _DONE else None for one in every]
    last = np.maximum(found.early_start, found.early_finish - 1)
    begun = calendar.days_at(found.early_start)
    ended = calendar.days_at(last)
    # The next day, in working days: of what is done, what may follow begins on it.
    after = np.where([one is not None for one in done], begins, last + 1)
    late = np.maximum(0, after - calendar.count_to([due for _, (_, due) in spanned]) - 1)
    rows = zip(every, done, begun, ended, found.total_float, found.critical, late, strict=True)
    planned = [
        Planned(
            item=one.id,
            start=reported or start,
            finish=reported or finish,
            slack=int(slack),
            critical=bool(critical),
            late=int(days),
        )
        for one, reported, start, finish, slack, critical, days in rows
    ]
    end = max(one.finish for one in planned)
    remark = calendar.remark(min(today, *(one.start for one in planned)), end)
    return Plan(tuple(planned), end, () if remark is None else (remark,))


def _span(item: Item) -> tuple[date, date] | None:
    """Return the first and last day of an item's work; None if it has no place in a plan."""
    begin = item.start or item.assigned_on
    if item.state is State.CANCELLED or begin is None or item.due is None:
        return None
    return begin, item.due


def _work(
    spanned: Sequence[tuple[Item, tuple[date, date]]], now: int, calendar: WorkingCalendar
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first moment each item's work can go on, and the working days left of it."""
    # Done on a day: what follows may begin on the next.
    done = np.array([one.state in _DONE and one.reported_on is not None for one, _ in spanned])
    after = calendar.count_to([(one.reported_on or begin) + _DAY for one, (begin, _) in spanned])
    first = calendar.count_to([begin for _, (begin, _) in spanned])
    last = calendar.count_to([due + _DAY for _, (_, due) in spanned])
    progress = np.array([one.progress for one, _ in spanned], dtype=np.int64)
    whole = np.maximum(1, last - first)
    # Rounded up: a day that is begun is a day.
    left = -(-whole * (100 - progress) // 100)
    return np.where(done, after, np.maximum(now, first)), np.where(done, 0, left)
