"""How an item stands, and who is to be reminded: by rule, with the numbers and dates behind it.

What a unit is judged by is the day it reported an item as done, never the days others took to
look at the report. A due date that is no working day counts as the next one that is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from onecity.core.words import Language, Sentence, say
from onecity.core.working_days import WorkingCalendar

from .model import Item, State
from .past import NO_PAST, Past
from .register import Register

_DONE = {State.ACCEPTED, State.CLOSED}
_REPORTED = _DONE | {State.REPORTED}
_NOT_COUNTED = {State.DRAFT, State.SUSPENDED, State.CANCELLED}


class Mark(StrEnum):
    """How an item stands; what needs somebody first comes first."""

    OVERDUE = "overdue"
    BLOCKED = "blocked"
    AT_RISK = "at_risk"
    DUE_SOON = "due_soon"
    ON_TIME = "on_time"
    NOT_COUNTED = "not_counted"
    DONE_LATE = "done_late"
    DONE_ON_TIME = "done_on_time"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.mark_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a rule speaks. All are working days but `behind`; an office may set its own.

    Attributes
    ----------
    due_soon
        Left before the due date.
    behind
        Points by which the share of time used may exceed the progress.
    silent
        Without a word from the responsible unit.
    unsigned
        Given out, and not signed for.
    again
        Between two reminders of one item, and between two escalations.
    escalate
        Overdue before it goes to the units above.
    review
        That a report may wait before the office is reminded to look at it.
    """

    due_soon: int = 5
    behind: float = 20.0
    silent: int = 20
    unsigned: int = 3
    again: int = 5
    escalate: int = 5
    review: int = 5


USUAL = Thresholds()


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item stands on a day.

    Attributes
    ----------
    mark
        In one word.
    reasons
        Why, with numbers and dates; the first says most.
    remarks
        What a reader has to know besides, such as holidays that are not known yet.
    late
        Working days after the due date, reported or not; 0 if not late, None if not counted.
    left
        Working days until the due date; None if there is none, or if it was reported as done.
    used
        Share of the time that has passed, per cent; None where there is no time to share.
    """

    mark: Mark
    reasons: tuple[Sentence, ...]
    remarks: tuple[Sentence, ...] = ()
    late: int | None = None
    left: int | None = None
    used: float | None = None


def lateness(due: date, done: date, calendar: WorkingCalendar) -> int:
    """Return the working days by which something was done late; 0 if it was not."""
    return max(0, calendar.working_days_between(calendar.on_or_after(due), done))


def blockers(item: Item, others: Mapping[str, Item]) -> tuple[Item, ...]:
    """Return what an item still waits for: items it depends on that are not done.

    One that is not among `others`, or was cancelled, is not waited for.
    """
    found = (others.get(one.item) for one in item.depends_on)
    return tuple(
        one
        for one in found
        if one is not None and one.state not in _REPORTED and one.state is not State.CANCELLED
    )


def standing(
    item: Item,
    today: date,
    calendar: WorkingCalendar,
    past: Past = NO_PAST,
    others: Mapping[str, Item] | None = None,
    thresholds: Thresholds = USUAL,
) -> Standing:
    """Return how an item stands on a day.

    Parameters
    ----------
    item, today, calendar
        What is asked.
    past
        Of its history; without it, silence is counted from the day it was given out.
    others
        Items it may depend on, by id.
    thresholds
        When a rule speaks.
    """
    due, begin = item.due, item.start or item.assigned_on
    if item.state in _NOT_COUNTED or due is None or item.assigned_on is None or begin is None:
        return Standing(Mark.NOT_COUNTED, (Sentence("ledger.why_state", {"state": item.state}),))
    remark = calendar.remark(min(begin, due, today), max(due, today))
    remarks = () if remark is None else (remark,)
    if item.state in _REPORTED and item.reported_on is not None:
        return _reported(item, item.reported_on, due, today, calendar, remarks)

    late, left = lateness(due, today, calendar), calendar.working_days_between(today, due)
    used = _used(begin, due, today, calendar)
    waits = _waits(item, begin, today, others or {})
    risks = _risks(item, used, today, calendar, past, thresholds)
    values = {"due": due, "late": late, "left": left, "progress": item.progress}
    if late:
        mark, first = Mark.OVERDUE, Sentence("ledger.why_overdue", _of(values, "due late progress"))
    elif waits:
        mark, first = Mark.BLOCKED, None
    elif risks:
        mark, first = Mark.AT_RISK, None
    elif left <= thresholds.due_soon:
        mark = Mark.DUE_SOON
        first = Sentence("ledger.why_due_soon", _of(values, "due left progress"))
    else:
        mark = Mark.ON_TIME
        first = Sentence("ledger.why_on_time", _of(values, "due left progress"))
    reasons = (*(() if first is None else (first,)), *waits, *risks)
    return Standing(mark, reasons, remarks, late, left, used)


def _of(values: Mapping[str, object], names: str) -> dict[str, object]:
    return {name: values[name] for name in names.split()}


def _reported(
    item: Item,
    done: date,
    due: date,
    today: date,
    calendar: WorkingCalendar,
    remarks: tuple[Sentence, ...],
) -> Standing:
    """Return how an item stands that was reported as done."""
    late = lateness(due, done, calendar)
    if late:
        why = Sentence("ledger.why_done_late", {"done": done, "due": due, "late": late})
    else:
        why = Sentence("ledger.why_done", {"done": done, "due": due})
    if item.state is State.REPORTED:
        days = max(0, calendar.working_days_between(done, today))
        waiting = Sentence("ledger.why_waiting", {"days": days})
        return Standing(Mark.OVERDUE if late else Mark.ON_TIME, (why, waiting), remarks, late)
    return Standing(Mark.DONE_LATE if late else Mark.DONE_ON_TIME, (why,), remarks, late)


def _used(begin: date, due: date, today: date, calendar: WorkingCalendar) -> float | None:
    """Return the share of working days passed, per cent, 0 to 100."""
    whole = calendar.working_days_between(begin, due)
    if whole <= 0:
        return None
    return min(100.0, max(0.0, 100.0 * calendar.working_days_between(begin, today) / whole))


def _waits(
    item: Item, begin: date, today: date, others: Mapping[str, Item]
) -> tuple[Sentence, ...]:
    """Return what holds an item up that should have begun."""
    if begin > today:
        return ()
    return tuple(
        Sentence(
            "ledger.why_blocked",
            {
                "number": one.number,
                "title": one.title,
                "state": one.state,
                "unit": one.responsible_unit or "-",
                "due": one.due or "-",
            },
        )
        for one in blockers(item, others)
    )


def _risks(
    item: Item,
    used: float | None,
    today: date,
    calendar: WorkingCalendar,
    past: Past,
    thresholds: Thresholds,
) -> tuple[Sentence, ...]:
    """Return what speaks against an item being done in time."""
    found = []
    if used is not None and used - item.progress > thresholds.behind:
        values = {"used": used, "progress": item.progress}
        found.append(Sentence("ledger.why_behind", values))
    given = item.assigned_on or today
    if item.state is State.ASSIGNED:
        days = calendar.working_days_between(given, today)
        if days >= thresholds.unsigned:
            found.append(Sentence("ledger.why_unsigned", {"given": given, "days": days}))
    else:
        since = max(past.heard or given, given)
        days = calendar.working_days_between(since, today)
        if days >= thresholds.silent:
            found.append(Sentence("ledger.why_silent", {"since": since, "days": days}))
    for one in item.milestones:
        if one.done_on is None and lateness(one.due, today, calendar):
            days = lateness(one.due, today, calendar)
            named = {"name": one.name, "due": one.due, "days": days}
            found.append(Sentence("ledger.why_milestone", named))
    if item.state is State.RETURNED:
        found.append(Sentence("ledger.why_returned"))
    return tuple(found)


# --- Reminders -----------------------------------------------------------------------------------


class Call(StrEnum):
    """What a reminder is."""

    REMIND = "remind"
    ESCALATE = "escalate"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.move_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody is to be told something about an item.

    Attributes
    ----------
    item
        Its id.
    call
        To remind whoever has it, or to tell the units above.
    to
        Codes of units.
    because
        Why.
    key
        The same for one item, call and day: told twice, it is one.
    """

    item: str
    call: Call
    to: tuple[str, ...]
    because: tuple[Sentence, ...]
    key: str


def reminders(
    items: Iterable[Item],
    today: date,
    calendar: WorkingCalendar,
    pasts: Mapping[str, Past],
    register: Register,
    *,
    others: Mapping[str, Item] | None = None,
    thresholds: Thresholds = USUAL,
) -> tuple[Reminder, ...]:
    """Return who is to be reminded of what on a day, in the order of the items.

    On a day that is not worked nobody is. The office is reminded too, of reports that wait to be
    looked at. Once the events of a day's reminders are in `pasts`,
    asking again on that day gives none: it may run as often as it likes, and a day on which it
    did not run is made up for on the next.

    Parameters
    ----------
    items
        Looked through; those that nobody works on are passed over.
    pasts
        By item id; an item without one has none.
    register
        Says who took over from a unit, and who is above.
    others
        Items that may be depended on; `items` themselves if None.
    """
    if not calendar.is_working(today):
        return ()
    every = list(items)
    known = {one.id: one for one in every} if others is None else others
    found: list[Reminder] = []
    for item in every:
        if item.state in _DONE:
            continue
        past = pasts.get(item.id, NO_PAST)
        stands = standing(item, today, calendar, past, known, thresholds)
        if item.state is State.REPORTED:
            found.extend(_to_review(item, stands, today, calendar, past, register, thresholds))
            continue
        if stands.mark in {Mark.NOT_COUNTED, Mark.ON_TIME, Mark.BLOCKED}:
            continue
        own = _now(register, item.responsible_unit, today)
        if own and _is_time(past.reminded, today, calendar, thresholds):
            found.append(_reminder(item, Call.REMIND, own, stands, today))
        above = tuple(one for one in _above(item, register, today) if one not in own)
        late = (stands.late or 0) >= thresholds.escalate
        if above and late and _is_time(past.escalated, today, calendar, thresholds):
            found.append(_reminder(item, Call.ESCALATE, above, stands, today))
    return tuple(found)


def _to_review(
    item: Item,
    stands: Standing,
    today: date,
    calendar: WorkingCalendar,
    past: Past,
    register: Register,
    thresholds: Thresholds,
) -> tuple[Reminder, ...]:
    """Return the reminder to an office that has not looked at a report for long."""
    since = item.reported_on or today
    # The unit may have been reminded before it reported.
    told = past.reminded if past.reminded is not None and past.reminded > since else None
    to = _above(item, register, today)
    waits = calendar.working_days_between(since, today) >= thresholds.review
    if not (to and waits and _is_time(told, today, calendar, thresholds)):
        return ()
    return (_reminder(item, Call.REMIND, to, stands, today),)


def _is_time(
    last: date | None, today: date, calendar: WorkingCalendar, thresholds: Thresholds
) -> bool:
    return last is None or calendar.working_days_between(last, today) >= max(1, thresholds.again)


def _reminder(
    item: Item, call: Call, to: tuple[str, ...], stands: Standing, today: date
) -> Reminder:
    key = f"{item.id}:{call.value}:{today.isoformat()}"
    return Reminder(item.id, call, to, stands.reasons, key)


def _now(register: Register, code: str | None, today: date) -> tuple[str, ...]:
    """Return the codes of who answers for a unit today; none if it is not registered."""
    if code is None or code not in register.units:
        return ()
    return tuple(one.code for one in register.now(code, today))


def _above(item: Item, register: Register, today: date) -> tuple[str, ...]:
    """Return who hears of an item that is long overdue: its lead, and whoever is above its unit."""
    found = list(_now(register, item.lead_unit, today))
    for code in _now(register, item.responsible_unit, today):
        above = register.above(code)
        if above is not None:
            found.extend(_now(register, above.code, today))
    return tuple(dict.fromkeys(found))
