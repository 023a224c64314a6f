"""What happened in a period and how things stood at its end: the data every sentence is made from.

A report may look back: items are taken as they stood at the end of the period, as far as their
days tell. What was reported as done later was still open then; what was cancelled later was not
cancelled yet. How far an open item was on a past day is not kept in a book, so nothing is said of
it. What is done is counted on the day it was reported, if it has been accepted by the day of the
book: the days others take to look at a report are not the unit's.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.programme.ledger.figures import UnitFigures, by_unit
from onecity.programme.ledger.kinds import State, What
from onecity.programme.ledger.model import Event, Item
from onecity.programme.ledger.past import NO_PAST
from onecity.programme.ledger.rules import Mark, Standing, lateness, standing
from onecity.programme.ledger.way import day_of

from .period import Span

if TYPE_CHECKING:
    from onecity.programme.ledger.book import Book

LEAST_AHEAD = 10
"""What is due next is told for so many working days at least, however short the period."""

_DONE = frozenset({State.ACCEPTED, State.CLOSED})
_REPORTED = _DONE | {State.REPORTED}


@dataclass(frozen=True, slots=True)
class Stand:
    """An item as it stood at the end of a period.

    Attributes
    ----------
    item
        Its state is that of then.
    mark, reasons
        How it stood and why; of a past day only what its days and dependencies tell.
    late, left
        Working days after, and until, its due date; None where they are not counted.
    progress
        Per cent; None of a past day, unless it was done.
    waits
        Items it waited for.
    """

    item: Item
    mark: Mark
    reasons: tuple[Sentence, ...]
    late: int | None
    left: int | None
    progress: int | None
    waits: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """A report that was sent back: when and why. Both are None if the events are not known."""

    item: Item
    on: date | None
    why: str | None
    again: bool
    """Whether it was reported again since, as the book has it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An item of somebody else that waits for one of ours."""

    item: Item
    waits_for: Item


@dataclass(frozen=True, slots=True)
class Before:
    """The period before, to compare with."""

    span: Span
    done: int
    late: int
    returned: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """All items as they stood at the end of a day.

    Attributes
    ----------
    now
        Whether it is the day of the book: then all is known.
    items, stands
        By item id; items that were not given out by then are not in them.
    known
        All that can be waited for, drafts too.
    """

    on: date
    now: bool
    items: Mapping[str, Item]
    stands: Mapping[str, Stand]
    known: Mapping[str, Item]


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened in a period, and how things stood at its end.

    Attributes
    ----------
    span, end
        The period; the day its end is told of: the day of the book if that is earlier.
    ahead
        The days that `next` looks at.
    all
        Items given out by then that count: neither cancelled nor paused ones.
    given
        Of these, given out in the period.
    done, done_ever
        Done in the period, in the order they were reported; until its end.
    waiting
        Reported and not yet looked at.
    open, late, soon
        Not reported; of these overdue, the longest first; due next, in order, those first whose
        day has come and that are not overdue yet.
    paused
        Suspended at the end.
    held
        Of the open, those that wait for another item.
    asked
        Items of others that wait for one of these.
    returned
        Reports sent back in the period; where the events are not known, items that are back now.
    told
        Whether the events are known.
    """

    span: Span
    end: date
    now: bool
    ahead: Span
    all: tuple[Stand, ...]
    given: tuple[Stand, ...]
    done: tuple[Stand, ...]
    done_ever: tuple[Stand, ...]
    waiting: tuple[Stand, ...]
    open: tuple[Stand, ...]
    late: tuple[Stand, ...]
    soon: tuple[Stand, ...]
    paused: tuple[Stand, ...]
    held: tuple[Stand, ...]
    asked: tuple[Asked, ...]
    returned: tuple[Returned, ...]
    told: bool
    before: Before

    @property
    def done_late(self) -> tuple[Stand, ...]:
        """Of those done in the period, the ones that were late."""
        return tuple(one for one in self.done if one.late)


def end_of(book: "Book", span: Span) -> date:
    """Return the last day of a period that a book can tell of.

    Raises
    ------
    InputError
        The period begins after the day of the book.
    """
    if span.first > book.day:
        raise InputError("ledger_report.period_future", first=span.first, day=book.day)
    return min(span.last, book.day)


def moment(book: "Book", on: date) -> Moment:
    """Return all items as they stood at the end of a day."""
    now = on == book.day
    items: dict[str, Item] = {}
    for item in book.items.values():
        then = item if now else _then(item, on)
        if then.assigned_on is not None and then.assigned_on <= on:
            items[then.id] = then
    # A draft is not given out, but what waits for it waits.
    known = {**book.items, **items} if now else {**_drafts(book, items), **items}
    stands = {key: _stand(book, item, on, known, now=now) for key, item in items.items()}
    return Moment(on, now, items, stands, known)


def facts(
    book: "Book",
    span: Span,
    *,
    units: Collection[str] | None = None,
    events: Iterable[Event] | None = None,
    at: Moment | None = None,
) -> Facts:
    """Return what happened in a period to the items some units answer for.

    Parameters
    ----------
    units
        Codes; all items if None.
    events
        What is known of returns, in the period and the one before it; None if nothing is.
    at
        `moment` at the end of the period, where it is known already.
    """
    end = end_of(book, span)
    then = at if at is not None else moment(book, end)
    mine = None if units is None else frozenset(units)
    stands = [one for one in then.stands.values() if _is_of(one.item, mine)]
    counted = [one for one in stands if one.item.state not in {State.CANCELLED, State.SUSPENDED}]
    open_ = [one for one in counted if one.item.state not in _REPORTED]
    done = sorted(
        (one for one in counted if one.item.state in _DONE),
        key=lambda one: (one.item.reported_on or end, one.item.number),
    )
    least = book.calendar.add_working_days(end, LEAST_AHEAD)
    ahead = Span(end + timedelta(days=1), max(span.after().last, least))
    back = None if events is None else [one for one in events if one.what is What.RETURNED]
    return Facts(
        span=span,
        end=end,
        now=then.now,
        ahead=ahead,
        all=tuple(counted),
        given=tuple(one for one in counted if span.holds(one.item.assigned_on)),
        done=tuple(one for one in done if span.holds(one.item.reported_on)),
        done_ever=tuple(done),
        waiting=tuple(one for one in counted if one.item.state is State.REPORTED),
        open=tuple(open_),
        late=_longest_first(one for one in open_ if one.late),
        soon=tuple(
            sorted(
                (
                    one
                    for one in open_
                    if not one.late and one.item.due and one.item.due <= ahead.last
                ),
                key=lambda one: (one.item.due or end, one.item.number),
            )
        ),
        paused=tuple(one for one in stands if one.item.state is State.SUSPENDED),
        held=tuple(one for one in open_ if one.waits),
        asked=_asked(then, mine),
        returned=_returned(book, span, mine, back),
        told=back is not None,
        before=_before(book, span.before(), mine, back),
    )


def figures(
    book: "Book", then: Moment, group: Callable[[str], str], units: Collection[str] | None = None
) -> tuple[UnitFigures, ...]:
    """Return the fair figures of units, as things stood at the end of a day."""
    some = [one for one in then.items.values() if units is None or one.responsible_unit in units]
    return by_unit(some, then.on, book.calendar, book.pasts, others=then.known, group=group)


# --- Pieces --------------------------------------------------------------------------------------


def _then(item: Item, on: date) -> Item:
    """Return an item with the state of a past day, as far as its days tell."""
    state = item.state
    if state is State.CANCELLED and item.closed_on is not None and item.closed_on > on:
        return replace(item, state=State.IN_PROGRESS, closed_on=None)
    if state in _REPORTED and item.reported_on is not None and item.reported_on > on:
        return replace(item, state=State.IN_PROGRESS, reported_on=None, closed_on=None)
    return item


def _drafts(book: "Book", items: Mapping[str, Item]) -> dict[str, Item]:
    """Return items that were not given out on a past day: they were there, or came later."""
    return {
        key: replace(item, state=State.DRAFT, reported_on=None)
        for key, item in book.items.items()
        if key not in items and item.state is not State.CANCELLED
    }


def _stand(book: "Book", item: Item, on: date, known: Mapping[str, Item], *, now: bool) -> Stand:
    if now and item.id in book.standings:
        found = book.standings[item.id]
    else:
        past = replace(book.pasts.get(item.id, NO_PAST), heard=on)
        found = standing(item, on, book.calendar, past, known)
    reported = item.state in _REPORTED
    return Stand(
        item=item,
        mark=found.mark,
        reasons=_told(found, now=now),
        late=found.late,
        left=found.left,
        progress=item.progress if now or reported else None,
        waits=() if reported or item.state is State.SUSPENDED else _waits(item, on, known),
    )


def _told(found: Standing, *, now: bool) -> tuple[Sentence, ...]:
    """Return the reasons that hold; of a past day only what items wait for."""
    if now:
        return found.reasons
    return tuple(one for one in found.reasons if one.key == "ledger.why_blocked")


def _waits(item: Item, on: date, known: Mapping[str, Item]) -> tuple[Item, ...]:
    """Return what an item that should have begun waits for; as `rules.blockers`."""
    begin = item.start or item.assigned_on
    if not item.depends_on or begin is None or begin > on or item.state is State.CANCELLED:
        return ()
    found = (known.get(one.item) for one in item.depends_on)
    ended = _REPORTED | {State.CANCELLED}
    return tuple(one for one in found if one is not None and one.state not in ended)


def _is_of(item: Item, units: frozenset[str] | None) -> bool:
    return units is None or item.responsible_unit in units


def _longest_first(stands: Iterable[Stand]) -> tuple[Stand, ...]:
    return tuple(sorted(stands, key=lambda one: (-(one.late or 0), one.item.number)))


def _asked(then: Moment, units: frozenset[str] | None) -> tuple[Asked, ...]:
    """Return the items of others that wait for one of these; none where all are these."""
    if units is None:
        return ()
    return tuple(
        Asked(one.item, other)
        for one in then.stands.values()
        if one.waits and not _is_of(one.item, units)
        for other in one.waits
        if _is_of(other, units)
    )


def _returned(
    book: "Book", span: Span, units: frozenset[str] | None, events: Sequence[Event] | None
) -> tuple[Returned, ...]:
    items = book.items
    if events is None:
        back = (one for one in items.values() if one.state is State.RETURNED)
        return tuple(Returned(one, None, None, again=False) for one in back if _is_of(one, units))
    found = sorted(
        (
            one
            for one in events
            if one.item in items and _is_of(items[one.item], units) and span.holds(day_of(one.at))
        ),
        key=lambda one: (one.at, one.item),
    )
    last = {one.item: one.at for one in found}
    return tuple(
        Returned(
            items[one.item],
            day_of(one.at),
            one.text,
            # What was returned once more had been reported again.
            again=items[one.item].state in _REPORTED or one.at < last[one.item],
        )
        for one in found
    )


def _before(
    book: "Book", span: Span, units: frozenset[str] | None, events: Sequence[Event] | None
) -> Before:
    """Return the figures of the period before; one pass, since nothing else is told of it."""
    done = late = 0
    for item in book.items.values():
        if item.assigned_on is None or item.assigned_on > span.last or not _is_of(item, units):
            continue
        then = _then(item, span.last)
        if then.state in _DONE:
            done += span.holds(then.reported_on)
        elif then.state not in {State.REPORTED, State.SUSPENDED, State.CANCELLED} and then.due:
            late += lateness(then.due, span.last, book.calendar) > 0
    returned = None
    if events is not None:
        returned = sum(
            span.holds(day_of(one.at))
            and one.item in book.items
            and _is_of(book.items[one.item], units)
            for one in events
        )
    return Before(span, done, late, returned)
