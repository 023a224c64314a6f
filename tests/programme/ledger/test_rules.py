"""How items stand, who is reminded, and the figures of units: worked cases and slow twins."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.ids import new_id
from onecity.core.working_days import WorkingCalendar
from onecity.programme.ledger.figures import FEWEST, Lateness, Rate, by_unit
from onecity.programme.ledger.model import Dependency, Event, Item, Milestone, State
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.register import Register
from onecity.programme.ledger.rules import (
    Call,
    Mark,
    Reminder,
    blockers,
    lateness,
    reminders,
    standing,
)
from tests.programme.ledger.samples import NOON, item, unit

CHINA = WorkingCalendar.china()
TODAY = date(2026, 6, 1)  # a Monday
REGISTER = Register.of(
    [
        unit("circle"),
        unit("wh-dot", parent="circle", city="420100"),
        unit("ez-gov", parent="circle", city="420700"),
        unit("ez-dot", parent="ez-gov", city="420700"),
    ]
)


def work(number: int = 1, **given: Any) -> Item:
    values = {
        "id": new_id(NOON, number),
        "number": f"WH-2026-{number:04}",
        "kind": "policy_task",
        "assigned_on": date(2026, 3, 2),
        "due": date(2026, 12, 31),
        "state": "in_progress",
        "progress": 40,
    }
    return item(**{**values, **given})


def heard(on: date = date(2026, 5, 29)) -> Past:
    return Past(heard=on)


def keys(sentences: Sequence[Any]) -> list[str]:
    return [one.key.removeprefix("ledger.why_") for one in sentences]


@pytest.mark.parametrize(
    ("given", "past", "mark", "why"),
    [
        ({}, heard(), Mark.ON_TIME, ["on_time"]),
        ({"due": date(2026, 6, 8), "progress": 95}, heard(), Mark.DUE_SOON, ["due_soon"]),
        ({"due": date(2026, 6, 1), "progress": 95}, heard(), Mark.DUE_SOON, ["due_soon"]),
        ({"due": date(2026, 6, 30)}, heard(), Mark.AT_RISK, ["behind"]),
        ({}, Past(), Mark.AT_RISK, ["silent"]),
        ({"state": "assigned", "progress": 20}, heard(), Mark.AT_RISK, ["unsigned"]),
        ({"state": "returned"}, heard(), Mark.AT_RISK, ["returned"]),
        (
            {"milestones": [Milestone.made(name="开工", due=date(2026, 5, 20))]},
            heard(),
            Mark.AT_RISK,
            ["milestone"],
        ),
        ({"due": date(2026, 5, 29), "progress": 99}, heard(), Mark.OVERDUE, ["overdue"]),
        # Due on a Sunday: the Monday after it is in time.
        ({"due": date(2026, 5, 31), "progress": 99}, heard(), Mark.DUE_SOON, ["due_soon"]),
        (
            {"state": "reported", "progress": 100, "reported_on": date(2026, 5, 25)},
            heard(),
            Mark.ON_TIME,
            ["done", "waiting"],
        ),
        (
            {
                "state": "accepted",
                "progress": 100,
                "due": date(2026, 4, 30),
                "reported_on": date(2026, 5, 6),
            },
            heard(),
            Mark.DONE_LATE,
            ["done_late"],
        ),
        (
            {
                "state": "closed",
                "progress": 100,
                "due": date(2026, 4, 30),
                "reported_on": date(2026, 4, 30),
                "closed_on": date(2026, 5, 29),
            },
            heard(),
            Mark.DONE_ON_TIME,
            ["done"],
        ),
        ({"state": "suspended", "back_to": "signed"}, heard(), Mark.NOT_COUNTED, ["state"]),
    ],
)
def test_how_an_item_stands(given: dict[str, Any], past: Past, mark: Mark, why: list[str]) -> None:
    found = standing(work(**given), TODAY, CHINA, past)
    assert found.mark is mark
    assert keys(found.reasons) == why
    assert found.remarks == ()
    for one in found.reasons:
        assert one.text("zh").endswith("。")
        assert one.text("en").endswith(".")


def test_the_numbers_behind_it_are_told() -> None:
    found = standing(work(due=date(2026, 5, 15)), TODAY, CHINA, heard())
    assert found.late == 11
    assert "2026-05-15" in found.reasons[0].text("zh")
    assert "11 个工作日" in found.reasons[0].text("zh")
    half = standing(work(assigned_on=date(2026, 5, 29), due=date(2026, 6, 2)), TODAY, CHINA)
    assert half.used == 50
    assert half.left == 1


def test_over_a_holiday_only_working_days_count() -> None:
    assert lateness(date(2026, 9, 30), date(2026, 10, 8), CHINA) == 1
    assert lateness(date(2026, 10, 3), date(2026, 10, 8), CHINA) == 0
    assert lateness(date(2026, 10, 3), date(2026, 10, 9), CHINA) == 1
    assert lateness(date(2026, 10, 9), date(2026, 10, 1), CHINA) == 0


def test_an_item_that_waits_is_blocked_not_silent() -> None:
    first = work(1, responsible_unit="wh-dot", lead_unit=None)
    then = work(2, depends_on=[Dependency(item=first.id)])
    others = {one.id: one for one in (first, then)}
    found = standing(then, TODAY, CHINA, heard(), others)
    assert found.mark is Mark.BLOCKED
    assert first.number in found.reasons[0].text("zh")
    assert blockers(then, others) == (first,)
    late = then.changed_to(due=date(2026, 5, 20))
    found = standing(late, TODAY, CHINA, heard(), others)
    assert found.mark is Mark.OVERDUE
    assert keys(found.reasons)[:2] == ["overdue", "blocked"]
    later = then.changed_to(start=date(2026, 7, 1))
    assert standing(later, TODAY, CHINA, heard(), others).mark is Mark.ON_TIME
    done = first.changed_to(state="accepted", progress=100, reported_on=date(2026, 5, 4))
    assert standing(then, TODAY, CHINA, heard(), {done.id: done}).mark is Mark.ON_TIME


def test_years_that_are_not_known_are_said() -> None:
    found = standing(work(due=date(2099, 12, 31)), TODAY, CHINA, heard())
    assert "2099" in found.remarks[0].text("zh")


def test_a_past_is_read_from_events() -> None:
    def event(what: str, day: int, **given: Any) -> Event:
        at = datetime(2026, 5, day, 17, tzinfo=UTC)  # the day after, in China
        return Event.made(item=work().id, at=at, who="x", unit=None, what=what, **given)

    events = [
        event("reported", 8),
        event("signed", 4),
        event("returned", 9),
        event("reported", 11),
        event("reminded", 6),
        event("reminded", 5),
        event("commented", 20),
        event("edited", 3, before={"due": "2026-05-01"}, after={"due": "2026-06-01"}),
        event("edited", 3, before={"due": "2026-06-01"}, after={"due": "2026-05-01"}),
    ]
    assert Past.of(events) == Past(date(2026, 5, 12), date(2026, 5, 7), None, 2, 1, 1)
    assert Past.of([]) == Past()


# --- Reminders -----------------------------------------------------------------------------------


def told(found: Sequence[Reminder], pasts: dict[str, Past], today: date) -> dict[str, Past]:
    """Pasts after a day's reminders were told."""
    after = dict(pasts)
    for one in found:
        old = after.get(one.item, Past())
        reminded = today if one.call is Call.REMIND else old.reminded
        escalated = today if one.call is Call.ESCALATE else old.escalated
        after[one.item] = Past(old.heard, reminded, escalated)
    return after


def test_who_is_reminded_and_who_hears_of_it() -> None:
    late = work(1, due=date(2026, 5, 15))
    soon = work(2, due=date(2026, 6, 3), progress=95)
    fine = work(3)
    pasts = {one.id: heard() for one in (late, soon, fine)}
    found = reminders([late, soon, fine], TODAY, CHINA, pasts, REGISTER)
    assert [(one.item, one.call, one.to) for one in found] == [
        (late.id, Call.REMIND, ("ez-dot",)),
        (late.id, Call.ESCALATE, ("wh-dot", "ez-gov")),
        (soon.id, Call.REMIND, ("ez-dot",)),
    ]
    again = reminders([late, soon, fine], TODAY, CHINA, told(found, pasts, TODAY), REGISTER)
    assert again == ()
    assert reminders([late], date(2026, 5, 31), CHINA, pasts, REGISTER) == ()  # a Sunday


def test_who_took_over_a_unit_is_reminded() -> None:
    register = REGISTER.replaced(["ez-dot"], [unit("ez-new", parent="ez-gov")], date(2026, 5, 1))
    found = reminders([work(due=date(2026, 5, 29))], TODAY, CHINA, {}, register)
    assert [one.to for one in found] == [("ez-new",)]


def test_an_office_is_reminded_of_reports_that_wait() -> None:
    waiting = work(state="reported", progress=100, reported_on=date(2026, 5, 22))
    pasts = {waiting.id: Past(heard=date(2026, 5, 22), reminded=date(2026, 5, 21))}
    (found,) = reminders([waiting], TODAY, CHINA, pasts, REGISTER)
    assert found.to == ("wh-dot", "ez-gov")
    assert keys(found.because) == ["done", "waiting"]
    assert reminders([waiting], TODAY, CHINA, told([found], pasts, TODAY), REGISTER) == ()
    fresh = waiting.changed_to(reported_on=date(2026, 5, 29))
    assert reminders([fresh], TODAY, CHINA, {}, REGISTER) == ()


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["assigned", "in_progress", "returned"]),
            st.integers(0, 40),
            st.integers(0, 100),
        ),
        max_size=4,
    ),
    st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_reminders_come_once_and_no_day_is_lost(
    works: list[tuple[str, int, int]], runs: list[bool]
) -> None:
    items = [
        work(n, state=state, due=date(2026, 5, 1) + timedelta(days=days), progress=progress)
        for n, (state, days, progress) in enumerate(works)
    ]
    pasts: dict[str, Past] = {}
    last: dict[tuple[str, Call], date] = {}
    seen: set[str] = set()
    for step, run in enumerate(runs):
        today = date(2026, 5, 1) + timedelta(days=step)
        if not run:
            continue
        found = reminders(items, today, CHINA, pasts, REGISTER)
        assert not found or CHINA.is_working(today)
        for one in found:
            assert one.key not in seen
            seen.add(one.key)
            before = last.get((one.item, one.call))
            assert before is None or CHINA.working_days_between(before, today) >= 5
            last[one.item, one.call] = today
        pasts = told(found, pasts, today)
        assert reminders(items, today, CHINA, pasts, REGISTER) == ()
        if CHINA.is_working(today):  # whoever is overdue has heard of it by now
            for one_item in items:
                if lateness(one_item.due or today, today, CHINA):
                    assert (one_item.id, Call.REMIND) in last


# --- Figures -------------------------------------------------------------------------------------


def done(number: int, due: date, on: date, **given: Any) -> Item:
    values = {"state": "accepted", "progress": 100, "due": due, "reported_on": on}
    return work(number, **{**values, **given})


def test_figures_of_worked_numbers() -> None:
    due = date(2026, 5, 15)  # a Friday
    items = [
        *(done(n, due, due) for n in range(3)),
        done(3, due, date(2026, 5, 18)),
        done(4, due, date(2026, 5, 20)),
        work(5, due=date(2026, 5, 29)),
        work(6, due=date(2026, 5, 25), depends_on=[Dependency(item=new_id(NOON, 5))]),
        work(7),
        work(8, state="reported", progress=100, reported_on=date(2026, 5, 25), due=due),
        work(9, state="suspended", back_to="signed"),
        work(10, responsible_unit="wh-dot", lead_unit=None),
    ]
    pasts = {one.id: Past(reported=1, returned=n % 2, extended=n) for n, one in enumerate(items)}
    ez, wh = by_unit(items, TODAY, CHINA, pasts)
    assert (ez.unit, ez.items, ez.done, ez.waiting, ez.open) == ("ez-dot", 9, 5, 1, 3)
    assert ez.on_time == Rate(3, 5)
    assert ez.on_time.text("zh") == "60%（3/5）"
    assert ez.done_late == Lateness(2, None, 3)
    assert ez.overdue == Lateness(2, None, 5)
    assert ez.held_up == 1
    assert ez.returned == Rate(4, 9)
    assert ez.extended == Rate(8, 9)
    assert (wh.unit, wh.items) == ("wh-dot", 1)
    assert wh.on_time.share is None
    assert wh.returned.text("zh") == "0/1（不足 5 件，不计比率）"


def test_units_are_counted_under_whoever_is_asked_for() -> None:
    items = [work(1), work(2, responsible_unit="wh-dot", lead_unit=None)]
    (all_,) = by_unit(items, TODAY, CHINA, {}, group=lambda code: "420000")
    assert (all_.unit, all_.items) == ("420000", 2)
    assert by_unit([], TODAY, CHINA, {}) == ()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), max_size=12))
def test_lateness_is_as_the_slow_twin(days: list[int]) -> None:
    found = Lateness.of(days)
    late = sorted(one for one in days if one)
    assert found.count == len(late)
    assert found.longest == (late[-1] if late else None)
    assert found.median == (median(late) if len(late) >= FEWEST else None)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(State), st.integers(-20, 20), st.sampled_from(["ez-dot", "wh-dot"])
        ),
        max_size=14,
    )
)
def test_every_item_is_counted_once(works: list[tuple[State, int, str]]) -> None:
    items = []
    for number, (state, days, code) in enumerate(works):
        finished = state in {State.REPORTED, State.ACCEPTED, State.CLOSED}
        items.append(
            work(
                number,
                state=state,
                lead_unit=None,
                responsible_unit=code,
                due=TODAY + timedelta(days=days),
                progress=100 if finished else 50,
                reported_on=TODAY if finished else None,
                closed_on=TODAY if state in {State.CLOSED, State.CANCELLED} else None,
                back_to="signed" if state is State.SUSPENDED else None,
                assigned_on=None if state is State.DRAFT else date(2026, 3, 2),
            )
        )
    found = by_unit(items, TODAY, CHINA, {})
    marks = [standing(one, TODAY, CHINA).mark for one in items]
    counted = sum(mark is not Mark.NOT_COUNTED for mark in marks)
    assert sum(one.items for one in found) == counted
    assert sum(one.on_time.count for one in found) == marks.count(Mark.DONE_ON_TIME)
    assert sum(one.done_late.count for one in found) == marks.count(Mark.DONE_LATE)
    for one in found:
        assert one.items == one.done + one.waiting + one.open
        assert one.on_time.of == one.done
        assert one.overdue.count <= one.open
