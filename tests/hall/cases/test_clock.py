"""The clock beside a slow one that walks from day to day, and from minute to minute."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.working_days import WorkingCalendar
from onecity.hall.cases.clock import (
    CHINA,
    DELIVERY_LIMIT,
    OPENING,
    Light,
    Span,
    Standing,
    deemed_accepted,
    left_until,
    standing,
)
from onecity.hall.cases.model import CaseEvent, What
from onecity.hall.catalogue import Limit, TimeUnit
from onecity.hall.catalogue.limits import WORKING_HOURS

CALENDAR = WorkingCalendar.china()
DAY = timedelta(days=1)
# Before the Spring Festival of 2026, whose days off have made-up weekends around them.
MONDAY = datetime(2026, 2, 2, 9, 0, tzinfo=CHINA)
STOPS = {What.SUSPENDED: What.RESUMED, What.SUPPLEMENT_ASKED: What.SUPPLEMENTED}


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """Return a time so many days after the Monday."""
    return MONDAY.replace(hour=hour, minute=minute) + day * DAY


def days(count: float, unit: TimeUnit = TimeUnit.WORKING_DAY) -> Limit:
    return Limit(count, unit)


def due(*events: CaseEvent, limit: Limit, now: datetime) -> Standing:
    return standing(limit, events, CALENDAR, now)


# --- The slow clocks ---------------------------------------------------------------


def pauses(events: Sequence[CaseEvent]) -> list[tuple[datetime, datetime | None]]:
    found: list[tuple[datetime, datetime | None]] = []
    for stop, go in STOPS.items():
        since = None
        for one in events:
            if one.what is stop and since is None:
                since = one.at
            elif one.what is go and since is not None:
                found.append((since, one.at))
                since = None
        if since is not None:
            found.append((since, None))
    return found


def china(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def slow_days(
    count: int, unit: TimeUnit, events: Sequence[CaseEvent], now: datetime
) -> tuple[date | None, int, int, bool]:
    """Return the last day, days used, days left and whether it is late, day by day."""
    breaks = pauses(events)
    today = china(now)

    def stands_past(day: date) -> bool:
        return any(
            china(since) <= day and (until is None or day < china(until)) for since, until in breaks
        )

    def counts(day: date) -> bool:
        free = stands_past(day - DAY)
        return not free and (unit is TimeUnit.CALENDAR_DAY or CALENDAR.is_working(day))

    def for_ever(day: date) -> bool:
        return any(until is None and china(since) <= day for since, until in breaks)

    day, left, last = china(events[0].at), count, None
    while not for_ever(day):
        if left:
            day += DAY
            left -= counts(day)
        elif stands_past(day) or not CALENDAR.is_working(day):
            day += DAY
        else:
            last = day
            break

    def walked(first: date, until: date) -> int:
        total = 0
        while first < until:
            first += DAY
            total += counts(first)
        return total

    used = walked(china(events[0].at), today)
    if last is None:
        return None, used, count - used, False
    late = today > last
    return last, used, -walked(last, today) if late else walked(today, last), late


def slow_minutes(
    minutes: int, events: Sequence[CaseEvent], now: datetime
) -> tuple[datetime | None, int]:
    """Return when so many open minutes are over, and how many are until now, one by one."""
    breaks = pauses(events)

    def runs(minute: datetime) -> bool:
        there = minute.astimezone(CHINA)
        is_open = any(opens <= there.time() < closes for opens, closes in OPENING)
        stands = any(
            since <= minute and (until is None or minute < until) for since, until in breaks
        )
        return is_open and CALENDAR.is_working(there.date()) and not stands

    def stands(minute: datetime) -> bool:
        return any(since <= minute and (until is None or minute < until) for since, until in breaks)

    minute, left, used, last = events[0].at, minutes, 0, None
    while last is None or minute < now:
        if last is None and left == 0 and not stands(minute):
            last = minute
        if minute >= now and any(until is None and since <= minute for since, until in breaks):
            break
        if runs(minute):
            used += minute < now
            left -= left > 0
        minute += timedelta(minutes=1)
    return last, used


# --- Both the same -----------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.integers(0, 5 * 1440), st.sampled_from([*STOPS, *STOPS.values()])), max_size=7
)


def told(steps: list[tuple[int, What]]) -> list[CaseEvent]:
    """Return a case that is accepted, and what happens to it, one after another."""
    moment = MONDAY
    events = [CaseEvent(What.ACCEPTED, moment)]
    for minutes, what in steps:
        moment += timedelta(minutes=minutes)
        events.append(CaseEvent(what, moment))
    return events


@settings(max_examples=250)
@given(
    STEPS,
    st.integers(0, 12),
    st.sampled_from([TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY]),
    st.integers(0, 20 * 1440),
)
def test_days_are_counted_as_one_would_on_a_calendar(
    steps: list[tuple[int, What]], count: int, unit: TimeUnit, later: int
) -> None:
    events = told(steps)
    now = events[-1].at + timedelta(minutes=later)
    found = standing(Limit(count, unit), events, CALENDAR, now)
    if len({one.at for one in events}) == len(events):
        assert found == standing(Limit(count, unit), events[::-1], CALENDAR, now)
    last, used, left, late = slow_days(count, unit, events, now)
    assert (found.due_day, found.used, found.left) == (last, used, left)
    assert (found.light is Light.LATE) == late
    assert found.stands == any(until is None for _, until in pauses(events))
    assert late or found.light is not Light.STANDS or found.stands


@settings(max_examples=60)
@given(STEPS.map(lambda steps: steps[:4]), st.integers(0, 15 * 60), st.integers(0, 2880))
def test_hours_are_counted_as_one_would_on_a_watch(
    steps: list[tuple[int, What]], minutes: int, later: int
) -> None:
    events = told([(minutes % 1441, what) for minutes, what in steps])
    now = events[-1].at + timedelta(minutes=later)
    found = standing(Limit(minutes / 60, TimeUnit.HOUR), events, CALENDAR, now)
    last, used = slow_minutes(minutes, events, now)
    assert found.used == pytest.approx(used / 60)
    if found.due is None or last is None:
        assert found.due is last is None
    else:
        # At closing time and at the next opening as much is used: both mean the same.
        between = standing(
            Limit(1, TimeUnit.HOUR),
            [CaseEvent(What.ACCEPTED, min(found.due, last))],
            CALENDAR,
            max(found.due, last),
        )
        assert between.used == pytest.approx(0, abs=1e-6)


# --- What the law says -------------------------------------------------------------


def test_the_day_of_acceptance_is_free_and_holidays_do_not_count() -> None:
    accepted = CaseEvent(What.ACCEPTED, at(0))
    found = due(accepted, limit=days(5), now=at(0, 16))
    assert (found.due_day, found.used, found.left, found.light) == (
        date(2026, 2, 9),
        0,
        5,
        Light.GOOD,
    )
    assert found.due == datetime(2026, 2, 9, 15, 59, 59, tzinfo=UTC)
    # 20 working days from Monday 2 February: the festival moves them into March.
    long = due(accepted, limit=days(20), now=at(1))
    assert long.due_day is not None
    assert CALENDAR.working_days_between(date(2026, 2, 2), long.due_day) == 20
    assert long.due_day > date(2026, 3, 1)
    # A calendar day that is no working day moves to the next: 14 days end on 16 February.
    moved = due(accepted, limit=days(14, TimeUnit.CALENDAR_DAY), now=at(1))
    assert moved.due_day == CALENDAR.on_or_after(date(2026, 2, 16)) > date(2026, 2, 16)


def test_a_special_procedure_stops_the_clock_and_an_extension_moves_its_end() -> None:
    events = [CaseEvent(What.ACCEPTED, at(0)), CaseEvent(What.SUSPENDED, at(1), outcome="hearing")]
    stands = due(*events, limit=days(5), now=at(3))
    assert (stands.due, stands.used, stands.left, stands.light) == (None, 1, 4, Light.STANDS)
    events.append(CaseEvent(What.RESUMED, at(7)))
    assert due(*events, limit=days(5), now=at(8)).due_day == date(2026, 2, 13)
    events.append(CaseEvent(What.EXTENDED, at(8), extension=10))
    grown = due(*events, limit=days(5), now=at(8))
    assert grown.due_day == CALENDAR.add_working_days(date(2026, 2, 13), 10)
    ended = due(*events, CaseEvent(What.DECIDED, at(9)), limit=days(5), now=at(90))
    assert (ended.light, ended.ended, ended.used) == (Light.DONE, at(9), 3)


def test_lights_change_with_the_days() -> None:
    accepted = CaseEvent(What.ACCEPTED, at(0))
    lights = [due(accepted, limit=days(5), now=at(day)).light for day in range(9)]
    assert lights == [Light.GOOD] * 4 + [Light.SOON] * 4 + [Light.LATE]
    assert due(accepted, limit=days(5), now=at(-1)).light is Light.NONE
    late = due(accepted, CaseEvent(What.DECIDED, at(10)), limit=days(5), now=at(60))
    assert (late.light, late.left) == (Light.LATE, -3)
    assert due(CaseEvent(What.RECEIVED, at(0)), limit=days(5), now=at(9)).light is Light.NONE


def test_who_is_told_nothing_in_time_is_accepted_from_the_day_it_came_in() -> None:
    received = CaseEvent(What.RECEIVED, at(0))
    assert deemed_accepted([received], CALENDAR, at(7, 23, 59)) is None
    assert deemed_accepted([received], CALENDAR, at(8, 0, 0)) == at(0)
    asked = CaseEvent(What.SUPPLEMENT_ASKED, at(3))
    assert deemed_accepted([received, asked], CALENDAR, at(30)) is None
    again = [received, asked, CaseEvent(What.SUPPLEMENTED, at(9))]
    assert deemed_accepted(again, CALENDAR, at(9)) is None
    assert deemed_accepted(again, CALENDAR, at(40)) == at(9)
    taken = [received, CaseEvent(What.ACCEPTED, at(2))]
    assert deemed_accepted(taken, CALENDAR, at(40)) is None


def test_a_decision_is_delivered_within_ten_days() -> None:
    events = [CaseEvent(What.ACCEPTED, at(0)), CaseEvent(What.DECIDED, at(1))]
    found = standing(DELIVERY_LIMIT, events, CALENDAR, at(2), span=Span.DELIVERY)
    assert found.due_day == CALENDAR.add_working_days(date(2026, 2, 3), 10)


def test_hours_run_in_opening_hours_as_the_catalogue_counts_them() -> None:
    a_day = sum(
        (datetime.combine(MONDAY, closes) - datetime.combine(MONDAY, opens)).total_seconds()
        for opens, closes in OPENING
    )
    assert a_day / 3600 == WORKING_HOURS
    friday = CaseEvent(What.ACCEPTED, at(4, 17, 0))
    found = due(friday, limit=Limit(2, TimeUnit.HOUR), now=at(4, 18))
    # Half an hour on Friday; Saturday the 7th is no working day, nor is the 8th.
    assert found.due == at(7, 10, 0)
    assert (found.used, found.left) == (0.5, 1.5)
    spot = due(friday, limit=Limit(0, TimeUnit.HOUR), now=at(4, 17, 1))
    assert (spot.due, spot.light) == (at(4, 17, 0), Light.LATE)


@pytest.mark.parametrize("unit", TimeUnit)
@settings(max_examples=40)
@given(since=st.integers(0, 20 * 24 * 60), count=st.integers(1, 12))
def test_what_is_left_is_what_the_clock_says_is_left(
    unit: TimeUnit, since: int, count: int
) -> None:
    accepted = CaseEvent(What.ACCEPTED, MONDAY)
    limit = days(count * (7 if unit is TimeUnit.HOUR else 1), unit)
    now = MONDAY + since * timedelta(minutes=1)
    found = due(accepted, limit=limit, now=now)
    assert found.due is not None
    assert left_until(unit, CALENDAR, now, found.due) == pytest.approx(found.left)
