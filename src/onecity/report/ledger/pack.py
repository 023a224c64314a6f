"""The papers of a meeting: what was promised at the last one, what has to be decided, who helps."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from onecity.core.errors import InputError
from onecity.programme.ledger.kinds import State
from onecity.programme.ledger.model import Event, Item, Meeting
from onecity.programme.ledger.past import NO_PAST
from onecity.programme.ledger.rules import Mark

from .chapters import Writer, cited_as, number_of, parts, said
from .data import Cell, Chapter, Kind, Report, Table
from .facts import Facts, Stand, end_of, facts, moment
from .period import Day, Span, month_of
from .reports import report
from .spoken import Count, Joined, Plain, Spoken

if TYPE_CHECKING:
    from onecity.programme.ledger.book import Book

_OFTEN = 2
"""So often returned, or its day moved so often, and the meeting has to look at it."""
_REPORTED = frozenset({State.REPORTED, State.ACCEPTED, State.CLOSED})


def latest(meetings: Iterable[Meeting], before: date) -> Meeting | None:
    """Return the last meeting that was held before a day."""
    held = [one for one in meetings if one.held_on < before]
    return max(held, key=lambda one: (one.held_on, one.id), default=None)


def meeting_pack(
    book: "Book",
    day: date,
    *,
    last: Meeting | None = None,
    events: Iterable[Event] | None = None,
) -> Report:
    """Return the papers of a meeting (会议材料).

    The period it tells of begins on the day of the last meeting, or with the month.

    Parameters
    ----------
    day
        Of the meeting. One that is still to come is told of as things stand on the book's day.
    last
        The meeting whose promises are looked at; see `latest`.
    events
        As for `reports.city_report`.

    Raises
    ------
    InputError
        The last meeting was not held before this one.
    """
    if last is not None and last.held_on >= day:
        raise InputError("ledger_report.meeting_order", last=last.held_on, day=day)
    first = month_of(min(day, book.day)).first if last is None else last.held_on
    span = Span.of(min(first, book.day), day)
    then = moment(book, end_of(book, span))
    found = facts(book, span, events=events, at=then)
    writer = Writer(book, found)
    promised = [] if last is None else _promised(book, last)
    stands = {one.id: then.stands[one.id] for one in promised if one.id in then.stands}
    asked = _questions(writer, then.stands.values()) if found.now else []
    chapters = (
        _agenda(found, last, promised, stands, asked),
        _promises(writer, last, promised, stands),
        _decide(writer, asked),
        writer.help(asked=False),
        writer.next(),
    )
    return report(book, Kind.PACK, said("title_pack", day=Day(day)), chapters, writer)


def _promised(book: "Book", last: Meeting) -> list[Item]:
    """Return the items that came of a meeting, in the order of their numbers."""
    ids = dict.fromkeys(last.items)
    ids |= dict.fromkeys(one.id for one in book.items.values() if one.meeting == last.id)
    return sorted((book.items[one] for one in ids if one in book.items), key=lambda one: one.number)


def _agenda(
    found: Facts,
    last: Meeting | None,
    promised: list[Item],
    stands: dict[str, Stand],
    asked: list[tuple[Stand, Spoken]],
) -> Chapter:
    points: list[Spoken] = []
    if last is not None and promised:
        done = sum(stands[one.id].item.state in _REPORTED for one in promised if one.id in stands)
        count = Count(len(promised))
        points.append(
            said("agenda_promised", count=count, done=Count(done))
            if done
            else said("agenda_promised_none", count=count)
        )
    if asked:
        points.append(said("agenda_decide", count=Count(len(asked))))
    if found.held:
        points.append(said("agenda_help", count=Count(len(found.held))))
    if found.soon:
        points.append(said("agenda_next", count=Count(len(found.soon))))
    told = tuple(said("point", number=row, words=one) for row, one in enumerate(points, 1))
    return Chapter("agenda", told or (said("agenda_none"),))


def _promises(
    writer: Writer, last: Meeting | None, promised: list[Item], stands: dict[str, Stand]
) -> Chapter:
    """Return what every unit promised at the last meeting, and how it stands."""
    if last is None:
        told: tuple[Spoken, ...] = (said("promised_no_meeting"),)
    elif not promised:
        told = (said("promised_none", title=last.title, day=Day(last.held_on)),)
    else:
        told = (
            said(
                "promised",
                title=last.title,
                day=Day(last.held_on),
                count=Count(len(promised)),
                parts=_parts(promised, stands),
            ),
        )
    units: dict[str | None, list[Item]] = {}
    for item in promised:
        units.setdefault(item.responsible_unit, []).append(item)
    by_unit = tuple(_unit_row(writer, code, some, stands) for code, some in units.items())
    rows = tuple(_promise_row(writer, one, stands.get(one.id)) for one in promised)
    tables = (Table("promises", by_unit, noun="rows"), Table("promised", rows))
    return Chapter("promised", told, tables)


def _parts(promised: list[Item], stands: dict[str, Stand]) -> Spoken:
    states = [stands[one.id].item.state for one in promised if one.id in stands]
    late = sum(bool(stands[one.id].late) for one in promised if _is_open(stands.get(one.id)))
    open_ = sum(_is_open(stands.get(one.id)) for one in promised)
    return parts(
        ("done", sum(one in {State.ACCEPTED, State.CLOSED} for one in states)),
        ("waiting", states.count(State.REPORTED)),
        ("mark_overdue", late),
        ("mark_not_due", open_ - late),
        ("paused", states.count(State.SUSPENDED)),
        ("cancelled", states.count(State.CANCELLED)),
        ("drafts", len(promised) - len(states)),
    )


def _is_open(one: Stand | None) -> bool:
    ended = _REPORTED | {State.SUSPENDED, State.CANCELLED}
    return one is not None and one.item.state not in ended


def _unit_row(
    writer: Writer, code: str | None, some: list[Item], stands: dict[str, Stand]
) -> tuple[Cell, ...]:
    known = [stands[one.id] for one in some if one.id in stands]
    states = [one.item.state for one in known]
    return (
        writer.unit(code),
        len(some),
        sum(one in {State.ACCEPTED, State.CLOSED} for one in states),
        states.count(State.REPORTED),
        sum(map(_is_open, known)),
        sum(_is_open(one) and bool(one.late) for one in known),
    )


def _promise_row(writer: Writer, item: Item, one: Stand | None) -> tuple[Cell, ...]:
    mark: Cell = said("not_given") if one is None else one.mark
    if one is not None and one.mark is Mark.NOT_COUNTED:
        mark = one.item.state
    return (
        number_of(item), item.title, writer.unit(item.responsible_unit), item.due, mark,
        Plain("—") if one is None else writer.why(one),
    )  # fmt: skip


def _decide(writer: Writer, asked: list[tuple[Stand, Spoken]]) -> Chapter:
    rows = tuple(
        (
            number_of(one.item), one.item.title, writer.unit(one.item.responsible_unit),
            one.item.due, question,
        )
        for one, question in asked
    )  # fmt: skip
    if not writer.facts.now:
        told: Spoken = said("decide_past")
    else:
        told = said("decide", count=Count(len(rows))) if rows else said("decide_none")
    return Chapter("decide", (told,), (Table("decide", rows),))


def _questions(writer: Writer, stands: Iterable[Stand]) -> list[tuple[Stand, Spoken]]:
    """Return the items that a meeting has to decide on, those longest overdue first."""
    found = [(one, Joined(tuple(several))) for one in stands if (several := _asked_of(writer, one))]
    return sorted(found, key=lambda pair: (-(pair[0].late or 0), pair[0].item.number))


def _asked_of(writer: Writer, one: Stand) -> list[Spoken]:
    """Return what has to be decided on an item, by rule."""
    book, item, end = writer.book, one.item, writer.facts.end
    rules, past = book.thresholds, book.pasts.get(item.id, NO_PAST)
    if item.state is State.SUSPENDED:
        return [said("ask_paused")]
    if item.state is State.REPORTED and item.reported_on is not None:
        days = max(0, book.calendar.working_days_between(item.reported_on, end))
        waited = said("ask_review", on=Day(item.reported_on), days=Count(days, "days"))
        return [waited] if days >= rules.review else []
    if not _is_open(one):
        return []
    several: list[Spoken] = []
    if (one.late or 0) >= rules.escalate:
        several.append(said("ask_late", days=Count(one.late or 0, "days")))
    several += [
        said("ask_across", item=cited_as(other), unit=writer.unit(other.responsible_unit))
        for other in one.waits
        if _are_apart(book, item, other)
    ]
    if past.returned >= _OFTEN:
        several.append(said("ask_returned", times=Count(past.returned, "times")))
    if past.extended >= _OFTEN:
        several.append(said("ask_extended", times=Count(past.extended, "times")))
    return several


def _are_apart(book: "Book", item: Item, other: Item) -> bool:
    """Whether two items are of two cities, or one of them is of no city."""
    units = book.register.units
    mine, theirs = item.responsible_unit or "", other.responsible_unit or ""
    cities = [units[one].city if one in units else None for one in (mine, theirs)]
    return mine != theirs and (cities[0] is None or cities[0] != cities[1])
