"""Working days against the arrangements that the State Council published."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.working_days import EARLIEST, LATEST, WorkingCalendar

CHINA = WorkingCalendar.china()
DAYS = st.dates(date(2003, 1, 1), date(2029, 12, 31))

# 国办发明电 2023 No. 7, 2024 No. 12, 2025 No. 7: first and last day of rest, days made up.
PUBLISHED = {
    2024: (
        [
            (1, 1, 1, 1),
            (2, 10, 2, 17),
            (4, 4, 4, 6),
            (5, 1, 5, 5),
            (6, 8, 6, 10),
            (9, 15, 9, 17),
            (10, 1, 10, 7),
        ],
        [(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)],
    ),
    2025: (
        [(1, 1, 1, 1), (1, 28, 2, 4), (4, 4, 4, 6), (5, 1, 5, 5), (5, 31, 6, 2), (10, 1, 10, 8)],
        [(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)],
    ),
    2026: (
        [
            (1, 1, 1, 3),
            (2, 15, 2, 23),
            (4, 4, 4, 6),
            (5, 1, 5, 5),
            (6, 19, 6, 21),
            (9, 25, 9, 27),
            (10, 1, 10, 7),
        ],
        [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)],
    ),
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_day_of_a_year_is_as_published(year: int) -> None:
    spans, made_up = PUBLISHED[year]
    rest = {
        date(year, a, b) + timedelta(days=n)
        for a, b, c, d in spans
        for n in range((date(year, c, d) - date(year, a, b)).days + 1)
    }
    work = {date(year, month, one) for month, one in made_up}
    on = date(year, 1, 1)
    while on.year == year:
        expected = on in work or (on.weekday() < 5 and on not in rest)
        assert CHINA.is_working(on) == expected, on
        on += timedelta(days=1)
    assert CHINA.assumed_years(date(year, 1, 1), date(year, 12, 31)) == ()


def test_worked_numbers() -> None:
    assert CHINA.working_days_between(date(2026, 2, 13), date(2026, 2, 24)) == 2  # 14th, 24th
    assert CHINA.working_days_between(date(2026, 2, 24), date(2026, 2, 13)) == -2
    assert CHINA.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert CHINA.add_working_days(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert CHINA.add_working_days(date(2026, 10, 3), 0) == date(2026, 10, 3)
    assert CHINA.on_or_after(date(2026, 10, 3)) == date(2026, 10, 8)
    assert CHINA.on_or_after(date(2026, 10, 10)) == date(2026, 10, 10)  # a Saturday made up


def test_a_year_that_is_not_known_is_said() -> None:
    unknown = max(CHINA.known) + 1
    told = CHINA.remark(date(unknown - 1, 12, 1), date(unknown + 1, 1, 1))
    assert told is not None
    assert f"{unknown}–{unknown + 1} 年" in told.text("zh")
    assert CHINA.remark(date(2026, 1, 1), date(2026, 12, 31)) is None
    alone = WorkingCalendar.weekends()
    assert alone.is_working(date(2026, 10, 1))
    told = alone.remark(date(2026, 1, 1), date(2026, 1, 2))
    assert told is not None
    assert "2026" in told.text("en")


def test_an_office_brings_an_arrangement_of_its_own() -> None:
    year = max(CHINA.known) + 1
    holiday = CHINA.on_or_after(date(year, 5, 3))
    weekend = date(year, 5, 1)
    while weekend.weekday() < 5:
        weekend += timedelta(days=1)
    mine = WorkingCalendar.china(rest=[holiday], work=[weekend], known=[year])
    assert not mine.is_working(holiday)
    assert mine.is_working(weekend)
    assert mine.remark(date(year, 1, 1), date(year, 12, 31)) is None
    over = WorkingCalendar.china(work=[date(2026, 10, 7)], rest=[date(2026, 10, 10)])
    assert over.is_working(date(2026, 10, 7))
    assert not over.is_working(date(2026, 10, 10))


def test_wrong_days_are_refused() -> None:
    with pytest.raises(InputError, match="2026-05-01"):
        WorkingCalendar.of([date(2026, 5, 1)], [date(2026, 5, 1)])
    with pytest.raises(InputError, match="范围"):
        CHINA.add_working_days(date(2100, 12, 30), 10)
    with pytest.raises(InputError, match="范围"):
        CHINA.add_working_days(date(1990, 1, 2), -5)
    for wrong in (date(1989, 12, 31), date(2101, 1, 1), date.max):
        with pytest.raises(InputError):
            CHINA.is_working(wrong)
    for missing in ("NaT", "1989-12-31", "2101-01-01"):
        with pytest.raises(InputError):
            CHINA.between_each(["2026-01-01"], [missing])


def test_the_ends_of_the_range() -> None:
    assert CHINA.working_days_between(EARLIEST, LATEST) == CHINA.before[-1] - 1
    assert CHINA.working_days_between(LATEST, LATEST) == 0


@settings(max_examples=80)
@given(DAYS, DAYS)
def test_counting_is_as_the_slow_twin(first: date, last: date) -> None:
    low, high = min(first, last), max(first, last)
    slow = sum(CHINA.is_working(low + timedelta(days=n)) for n in range(1, (high - low).days + 1))
    found = CHINA.working_days_between(first, last)
    assert found == (slow if first <= last else -slow)
    assert CHINA.between_each([first], [last]).tolist() == [found]
    assert int(np.subtract(*CHINA.count_to([high, low]))) == sum(
        CHINA.is_working(low + timedelta(days=n)) for n in range((high - low).days)
    )


@settings(max_examples=80)
@given(DAYS, st.integers(-60, 60).filter(bool))
def test_adding_is_as_the_slow_twin(start: date, count: int) -> None:
    on, left = start, abs(count)
    while left:
        on += timedelta(days=1 if count > 0 else -1)
        left -= CHINA.is_working(on)
    assert CHINA.add_working_days(start, count) == on


@given(st.lists(st.integers(0, 20_000), max_size=20))
def test_many_days_at_once_are_the_days_one_by_one(counts: list[int]) -> None:
    assert CHINA.days_at(counts) == [CHINA.day_at(one) for one in counts]
    with pytest.raises(InputError):
        CHINA.days_at([*counts, 10**6])
