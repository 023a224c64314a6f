"""The working calendar: weekends, China's public holidays, and the days made up for them.

The State Council announces each year's arrangement late in the year before. A year that is not
known yet has weekends alone, and `WorkingCalendar.remark` says so of every answer that uses it.
An office need not wait for a new version: `WorkingCalendar.china` takes a year's arrangement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError
from .words import Sentence

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
"""Dates beyond these are slips of the pen."""

DayArray = ArrayLike | Sequence[date]
_FIRST = EARLIEST.toordinal()
_SIZE = LATEST.toordinal() - _FIRST + 1
_EPOCH = date(1970, 1, 1).toordinal()
_NATIONAL_DAY = (10, 1)


@dataclass(frozen=True, slots=True, eq=False)
class WorkingCalendar:
    """Which days are worked; make one with `china`, `weekends` or `of`.

    Attributes
    ----------
    worked : bool (D,)
        For every day from `EARLIEST` to `LATEST`.
    before : int64 (D + 1,)
        Worked days before each day.
    rows : int64
        The worked days as rows of `worked`.
    known : frozenset of int
        Years whose arrangement is known; in others weekends alone are taken.
    """

    worked: NDArray[np.bool_]
    before: NDArray[np.int64]
    rows: NDArray[np.int64]
    known: frozenset[int]

    @classmethod
    def of(
        cls, rest: Iterable[date] = (), work: Iterable[date] = (), known: Iterable[int] = ()
    ) -> "WorkingCalendar":
        """Return a calendar of weekends, days of rest besides, and weekend days that are worked.

        Raises
        ------
        InputError
            A day is both, or beyond the range of the calendar.
        """
        resting = {_day(one) for one in rest}
        working = {_day(one) for one in work}
        both = sorted(resting & working)
        if both:
            raise InputError("working_days.rest_and_work", given=both[0])
        rows = np.arange(_SIZE)
        worked = (rows + _FIRST - 1) % 7 < 5  # ordinal 1 was a Monday
        worked[[one.toordinal() - _FIRST for one in resting]] = False
        worked[[one.toordinal() - _FIRST for one in working]] = True
        before = np.concatenate([[0], np.cumsum(worked)]).astype(np.int64)
        for one in (worked, before):
            one.flags.writeable = False
        return cls(worked, before, np.flatnonzero(worked), frozenset(known))

    @classmethod
    @cache
    def weekends(cls) -> "WorkingCalendar":
        """Return a calendar that knows of weekends alone; every answer is marked as assumed."""
        return cls.of()

    @classmethod
    def china(
        cls, rest: Iterable[date] = (), work: Iterable[date] = (), known: Iterable[int] = ()
    ) -> "WorkingCalendar":
        """Return the calendar of China's public holidays.

        Parameters
        ----------
        rest, work, known
            Days of rest, weekend days worked and years that they complete, where an office has an
            arrangement that this version does not hold yet. They win over what it holds.
        """
        import chinese_calendar  # noqa: PLC0415  (not needed where weekends are enough)

        mine_rest, mine_work = set(rest), set(work)
        holidays = {one for one in chinese_calendar.constants.holidays if one >= EARLIEST}
        made_up = {one for one in chinese_calendar.constants.workdays if one >= EARLIEST}
        # A holiday in December belongs to the arrangement of the year after it.
        held = {one.year for one in holidays if (one.month, one.day) == _NATIONAL_DAY}
        return cls.of(
            (holidays - mine_work) | mine_rest, (made_up - mine_rest) | mine_work, held | set(known)
        )

    def is_working(self, on: date) -> bool:
        """Whether a day is worked."""
        return bool(self.worked[_row(on)])

    def working_days_between(self, first: date, last: date) -> int:
        """Return the working days after `first`, up to and with `last`; negative backwards.

        From a Friday to the Monday after it there is one.
        """
        return int(self.before[_row(last) + 1] - self.before[_row(first) + 1])

    def add_working_days(self, start: date, count: int) -> date:
        """Return the working day that is so many after a day, or before it if negative.

        With 0 it is the day itself, worked or not.

        Raises
        ------
        InputError
            It would be beyond the range of the calendar.
        """
        row = _row(start)
        if count == 0:
            return start
        # Rows of worked days: those after the day begin at one place, those before end at another.
        place = self.before[row + 1] + count - 1 if count > 0 else self.before[row] + count
        if not 0 <= place < len(self.rows):
            raise InputError("working_days.beyond", given=start, count=count)
        return date.fromordinal(int(self.rows[place]) + _FIRST)

    def on_or_after(self, on: date) -> date:
        """Return a day, or the first working day after it if it is not worked."""
        return on if self.is_working(on) else self.add_working_days(on, 1)

    def between_each(self, first: DayArray, last: DayArray) -> NDArray[np.int64]:
        """Return `working_days_between` for arrays of days (datetime64[D])."""
        return self.before[_rows(last) + 1] - self.before[_rows(first) + 1]

    def count_to(self, on: DayArray) -> NDArray[np.int64]:
        """Return for days (datetime64[D]) how many working days lie before each: a time axis."""
        return self.before[_rows(on)]

    def day_at(self, count: int) -> date:
        """Return the working day that has so many before it, as `count_to` counts them.

        Raises
        ------
        InputError
            It would be beyond the range of the calendar.
        """
        if not 0 <= count < len(self.rows):
            raise InputError("working_days.beyond", given=EARLIEST, count=count)
        return date.fromordinal(int(self.rows[count]) + _FIRST)

    def days_at(self, counts: ArrayLike) -> list[date]:
        """Return `day_at` for many at once; errors as there."""
        given = np.asarray(counts, dtype=np.int64)
        beyond = given[(given < 0) | (given >= len(self.rows))]
        if len(beyond):
            return [self.day_at(int(beyond[0]))]
        days: list[date] = (self.rows[given] + _FIRST - _EPOCH).astype("datetime64[D]").tolist()
        return days

    def assumed_years(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years between two days whose arrangement is not known."""
        low, high = sorted((first.year, last.year))
        return tuple(year for year in range(low, high + 1) if year not in self.known)

    def remark(self, first: date, last: date) -> Sentence | None:
        """Return what a reader has to know of working days between two days, if anything."""
        years = self.assumed_years(first, last)
        if not years:
            return None
        low, high = str(years[0]), str(years[-1])
        return Sentence("working_days.assumed", {"years": low if low == high else f"{low}–{high}"})


def _day(on: date) -> date:
    """Return a day that the calendar reaches."""
    _row(on)
    return on


def _row(on: date) -> int:
    row = on.toordinal() - _FIRST
    if not 0 <= row < _SIZE:
        raise _out_of_range(on)
    return row


def _rows(given: DayArray) -> NDArray[np.int64]:
    """Return rows of days; refuses those beyond the range, and days that are missing."""
    days = np.asarray(given, dtype="datetime64[D]")
    rows = days.astype(np.int64) + _EPOCH - _FIRST
    wrong = np.isnat(days) | (rows < 0) | (rows >= _SIZE)
    if wrong.any():
        raise _out_of_range(days[wrong].flat[0])
    return rows


def _out_of_range(given: object) -> InputError:
    return InputError("working_days.range", given=str(given), first=EARLIEST, last=LATEST)
