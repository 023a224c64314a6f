"""The clock of a case: how much of a limit is used, when it is due, whether it stands still.

Rules, and where they come from:

* A limit set in days by the Administrative Licensing Law is counted in working days, without
  public holidays (行政许可法第八十二条); the working calendar knows which those are.
* The day on which something begins is not counted, the next is the first (民法典第二百零一条).
  So the day of acceptance is free, and so is the day on which a procedure that stops the clock
  ends.
* A last day that is no working day moves to the next one (民法典第二百零三条). This matters for
  limits in calendar days; the last of so many working days is one.
* The time of a hearing, tender, auction, inspection, test, quarantine, appraisal or panel of
  experts is not counted (行政许可法第四十五条). Nor is the time in which the applicant, asked for
  more after acceptance, has not answered yet: no law says that, many offices' item lists do.
  Asking before acceptance needs no such rule, since the clock has not begun.
* A limit grows once, by a decision with its reason (行政许可法第四十二条).
* Whoever is not told within five days what is missing is accepted from the day the application
  came in (行政许可法第三十二条): `deemed_accepted`. A decision is delivered within ten days
  (第四十四条).
* Hours are counted in opening hours of working days (`OPENING`), seven a day: offices promise
  hours of work, and a case that comes in at closing time is not late at night.

Days are days in China. Everything is exact: no time zone of the machine, no fractions of days.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, TypeVar

import numpy as np

from onecity.core.words import Language, say
from onecity.core.working_days import WorkingCalendar
from onecity.hall.catalogue.model import Limit, TimeUnit

from .model import CaseEvent, What

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China's time: one zone, no summer time since 1991."""

OPENING: tuple[tuple[time, time], ...] = ((time(8, 30), time(12)), (time(14), time(17, 30)))
"""Opening hours in which limits in hours run: seven a day, as `catalogue.limits` counts them."""

_HOUR = 3_600_000_000
Point = TypeVar("Point", bound=date)
"""A day, or a moment."""


class Span(StrEnum):
    """Which stretch of a case's life a clock measures."""

    INTAKE = "intake"
    DECISION = "decision"
    DELIVERY = "delivery"


INTAKE_LIMIT = Limit(5, TimeUnit.WORKING_DAY)
"""To accept, refuse, or tell at once what is missing (行政许可法第三十二条)."""
DELIVERY_LIMIT = Limit(10, TimeUnit.WORKING_DAY)
"""To hand over a decision (行政许可法第四十四条)."""


class Light(StrEnum):
    """How urgent a case is, as a list shows it.

    `NONE` before the clock starts and where there is no limit; `DONE` after it ended in time;
    `STANDS` while it stands still; `SOON` in the last day or fifth of the limit, whichever is
    more; `LATE` after it, also where it ended late.
    """

    NONE = "none"
    GOOD = "good"
    SOON = "soon"
    LATE = "late"
    STANDS = "stands"
    DONE = "done"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_cases.light_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clock stands.

    Attributes
    ----------
    due
        The last moment that is in time, with its zone (the last second of the last day in
        China); None without limit, before the start, and while it stands still with time left.
    used, left
        Of the limit, in its unit; `left` is negative once it is late, None without a clock.
    stands
        Whether it stands still.
    light
        How urgent it is.
    ended
        When it ended, None while it runs.
    """

    due: datetime | None
    used: float
    left: float | None
    stands: bool
    light: Light
    ended: datetime | None = None

    @property
    def due_day(self) -> date | None:
        """The last day that is in time, in China."""
        return None if self.due is None else day_of(self.due)


_NEVER = Standing(None, 0.0, None, stands=False, light=Light.NONE)
_STARTS = MappingProxyType(
    {Span.INTAKE: What.RECEIVED, Span.DECISION: What.ACCEPTED, Span.DELIVERY: What.DECIDED}
)
_ENDS = MappingProxyType(
    {
        Span.INTAKE: frozenset({What.ACCEPTED, What.REJECTED, What.SUPPLEMENT_ASKED, What.DECIDED}),
        Span.DECISION: frozenset({What.DECIDED}),
        Span.DELIVERY: frozenset({What.DELIVERED}),
    }
)
_LEAVES = frozenset({What.WITHDRAWN, What.HANDED_OVER, What.REJECTED})
_ANSWERED = frozenset({What.SUPPLEMENTED, What.SUPPLEMENT_MISSED})
_STOPS = MappingProxyType(
    {What.SUSPENDED: frozenset({What.RESUMED}), What.SUPPLEMENT_ASKED: _ANSWERED}
)


def standing(
    limit: Limit | None,
    events: Iterable[CaseEvent],
    calendar: WorkingCalendar,
    now: datetime,
    *,
    span: Span = Span.DECISION,
    opening: Sequence[tuple[time, time]] = OPENING,
) -> Standing:
    """Return how a clock stands at a moment.

    Parameters
    ----------
    limit
        The limit; None where there is none. Days are taken up to whole ones.
    events
        What happened to the case, in any order (of one moment: as they followed each other);
        what is after `now` has not happened yet.
    span
        Which stretch is measured: until the decision (from acceptance), or another.
    opening
        Opening hours, in order, for limits in hours.

    Raises
    ------
    InputError
        A day is beyond the working calendar.
    """
    told = sorted((one for one in events if one.at <= now), key=lambda one: one.at)
    begun = _start(told, span)
    if limit is None or begun is None:
        return _NEVER
    ended = next(
        (one.at for one in told if one.at >= begun and one.what in _ENDS[span] | _LEAVES), None
    )
    told = [one for one in told if ended is None or one.at <= ended]
    stops = _stops(told, begun) if span is Span.DECISION else []
    grown = sum(one.extension for one in told if one.what is What.EXTENDED)
    seen = now if ended is None else ended
    if limit.unit is TimeUnit.HOUR:
        hours = _Hours(calendar, tuple(opening))
        count = round(limit.count * _HOUR) + grown * hours.a_day
        return _stand(hours, count, begun, stops, seen, ended)
    days = _Days(calendar, working=limit.unit is TimeUnit.WORKING_DAY)
    return _stand(days, math.ceil(limit.count) + grown, begun, stops, seen, ended)


def deemed_accepted(
    events: Iterable[CaseEvent], calendar: WorkingCalendar, now: datetime
) -> datetime | None:
    """Return from when a case counts as accepted because nobody said anything in time.

    None if somebody did, or may still. The moment is when it came in (行政许可法第三十二条).
    """
    told = tuple(events)
    found = standing(INTAKE_LIMIT, told, calendar, now, span=Span.INTAKE)
    if found.ended is not None or found.light is not Light.LATE:
        return None
    return _start(sorted(told, key=lambda one: one.at), Span.INTAKE)


def left_until(
    unit: TimeUnit,
    calendar: WorkingCalendar,
    now: datetime,
    due: datetime,
    *,
    opening: Sequence[tuple[time, time]] = OPENING,
) -> float:
    """Return how much is left until a moment, in a unit of limits; below zero once it is late.

    Days are whole, without today; hours are those in which offices are open.
    """
    if unit is TimeUnit.HOUR:
        return _Hours(calendar, tuple(opening)).between(now, due) / _HOUR
    days = _Days(calendar, working=unit is TimeUnit.WORKING_DAY)
    return float(days.between(day_of(now), day_of(due)))


def day_of(moment: datetime) -> date:
    """Return the day in China."""
    return moment.astimezone(CHINA).date()


def end_of(day: date) -> datetime:
    """Return the last second of a day in China, as a moment in UTC."""
    return datetime.combine(day, time(23, 59, 59), CHINA).astimezone(UTC)


def _start(told: Sequence[CaseEvent], span: Span) -> datetime | None:
    """Return when a clock starts; for the intake anew with each supplement before acceptance."""
    start, accepted = None, False
    for one in told:
        first = one.what is _STARTS[span] and start is None
        again = span is Span.INTAKE and one.what in _ANSWERED and not accepted
        if first or again:
            start = one.at
        accepted = accepted or one.what is What.ACCEPTED
    return start


def _stops(told: Sequence[CaseEvent], begun: datetime) -> list[tuple[datetime, datetime | None]]:
    """Return from when until when the clock stood still, joined and in order.

    None as the end: it still does. Two reasons at once count once.
    """
    open_: dict[What, datetime] = {}
    found: list[tuple[datetime, datetime | None]] = []
    for one in told:
        if one.at < begun:
            continue
        if one.what in _STOPS:
            open_.setdefault(one.what, one.at)
        for stop, go in _STOPS.items():
            if one.what in go and stop in open_:
                found.append((open_.pop(stop), one.at))
    found += [(since, None) for since in open_.values()]
    joined: list[tuple[datetime, datetime | None]] = []
    for since, until in sorted(found, key=lambda one: one[0]):
        last = joined[-1] if joined else None
        if last is not None and (last[1] is None or since <= last[1]):
            ends = None if last[1] is None or until is None else max(last[1], until)
            joined[-1] = (last[0], ends)
        else:
            joined.append((since, until))
    return joined


# --- Counting --------------------------------------------------------------------


class _Scale(Protocol[Point]):
    """What a limit is counted on: points of time, and whole steps between them."""

    @property
    def unit(self) -> int:
        """Steps in one unit of the limit."""

    def point(self, moment: datetime) -> Point:
        """Return where a moment lies."""

    def between(self, first: Point, last: Point) -> int:
        """Return the steps after `first`, up to and with `last`; negative backwards."""

    def add(self, first: Point, count: int) -> Point:
        """Return the last point that is in time, so many steps after another."""

    def end(self, point: Point) -> datetime:
        """Return the last moment of a point."""


def _stand(
    scale: _Scale[Point],
    count: int,
    begun: datetime,
    stops: Sequence[tuple[datetime, datetime | None]],
    seen: datetime,
    ended: datetime | None,
) -> Standing:
    """Return how a clock of so many steps stands; `seen` is now, or when it ended."""
    now, due, left = scale.point(seen), None, count
    stands = ended is None and bool(stops) and stops[-1][1] is None
    runs = _runs(scale, begun, stops)
    for since, until in runs:
        reached = scale.add(since, left)
        # What would be the last point, but falls where the clock stops, moves to where it goes on.
        if until is None or reached < until:
            due = reached
            break
        left = max(0, left - scale.between(since, until))
    used = _run(scale, runs, runs[0][0], now)
    late = due is not None and now > due
    if due is None:
        ahead = count - used
    else:
        ahead = -_run(scale, runs, due, now) if late else scale.between(now, due)
    light = _light(ahead, count, scale.unit, late=late, stands=stands, ended=ended)
    return Standing(
        None if due is None else scale.end(due),
        used / scale.unit,
        ahead / scale.unit,
        stands,
        light,
        ended,
    )


def _runs(
    scale: _Scale[Point], begun: datetime, stops: Sequence[tuple[datetime, datetime | None]]
) -> list[tuple[Point, Point | None]]:
    """Return the stretches in which a clock runs; None: the last one goes on."""
    found: list[tuple[Point, Point | None]] = []
    since = scale.point(begun)
    for stop, go in stops:
        found.append((since, scale.point(stop)))
        if go is None:
            return found
        since = scale.point(go)
    return [*found, (since, None)]


def _run(
    scale: _Scale[Point], runs: Sequence[tuple[Point, Point | None]], first: Point, last: Point
) -> int:
    """Return how many steps a clock ran between two points."""
    total = 0
    for since, until in runs:
        low, high = max(since, first), last if until is None else min(until, last)
        if high > low:
            total += scale.between(low, high)
    return total


def _light(
    ahead: int, count: int, unit: int, *, late: bool, stands: bool, ended: datetime | None
) -> Light:
    if late:
        return Light.LATE
    if ended is not None:
        return Light.DONE
    if stands:
        return Light.STANDS
    return Light.SOON if ahead <= max(unit, count / 5) else Light.GOOD


@dataclass(frozen=True, slots=True)
class _Days:
    """Days in China: all of them, or the worked ones."""

    calendar: WorkingCalendar
    working: bool
    unit: int = 1

    def point(self, moment: datetime) -> date:
        return day_of(moment)

    def between(self, first: date, last: date) -> int:
        if self.working:
            return self.calendar.working_days_between(first, last)
        return (last - first).days

    def add(self, first: date, count: int) -> date:
        if self.working:
            return self.calendar.on_or_after(self.calendar.add_working_days(first, count))
        return self.calendar.on_or_after(first + timedelta(days=count))

    def end(self, point: date) -> datetime:
        return end_of(point)


class _Hours:
    """Opening hours of working days, to the microsecond."""

    unit = _HOUR

    def __init__(self, calendar: WorkingCalendar, opening: tuple[tuple[time, time], ...]) -> None:
        self.calendar, self.opening = calendar, opening
        self.lengths = [_since_midnight(last) - _since_midnight(first) for first, last in opening]
        self.a_day = sum(self.lengths)

    def point(self, moment: datetime) -> datetime:
        return moment

    def between(self, first: datetime, last: datetime) -> int:
        return self._worked(last) - self._worked(first)

    def add(self, first: datetime, count: int) -> datetime:
        """Return when so many steps are over: at closing time rather than the next opening."""
        if not count:
            return first
        whole, rest = divmod(self._worked(first) + count - 1, self.a_day)
        place, rest = 0, rest + 1
        while rest > self.lengths[place]:
            rest -= self.lengths[place]
            place += 1
        opens = datetime.combine(self.calendar.day_at(whole), self.opening[place][0], CHINA)
        return opens + timedelta(microseconds=rest)

    def end(self, point: datetime) -> datetime:
        return point.astimezone(UTC)

    def _worked(self, moment: datetime) -> int:
        """Return the opening time before a moment, from the calendar's first day."""
        there = moment.astimezone(CHINA)
        full = int(self.calendar.count_to(np.array([there.date()]))[0]) * self.a_day
        if not self.calendar.is_working(there.date()):
            return full
        at = _since_midnight(there.time())
        return full + sum(
            min(max(at - _since_midnight(opens), 0), length)
            for (opens, _), length in zip(self.opening, self.lengths, strict=True)
        )


def _since_midnight(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
