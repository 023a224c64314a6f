"""Days and periods as official papers write them, and the period before and after one."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from onecity.core.errors import InputError
from onecity.core.words import Language, say

_DAY = timedelta(days=1)
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Day:
    """A day in words: 2026年3月31日, 31 March 2026; without its year where `short`."""

    on: date
    short: bool = False

    def text(self, language: Language) -> str:
        """Return its words."""
        month, day = _month(self.on.month, language), self.on.day
        if self.short:
            return say("ledger_report.day_short", language, month=month, day=day)
        return say("ledger_report.day", language, year=self.on.year, month=month, day=day)


@dataclass(frozen=True, slots=True)
class Span:
    """A period from its first to its last day, both with it; make one with `of`."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date, last: date) -> "Span":
        """Return a period.

        Raises
        ------
        InputError
            It ends before it begins.
        """
        if last < first:
            raise InputError("ledger_report.period_order", first=first, last=last)
        return cls(first, last)

    @property
    def months(self) -> int:
        """How many whole months it is; 0 if it is none."""
        if self.first.day != 1 or (self.last + _DAY).day != 1:
            return 0
        return _count(self.last) - _count(self.first) + 1

    def holds(self, on: date | None) -> bool:
        """Whether a day lies in it."""
        return on is not None and self.first <= on <= self.last

    def before(self) -> "Span":
        """Return the period before it: as many months if it is whole months, else days."""
        if months := self.months:
            return Span(_first(_count(self.first) - months), self.first - _DAY)
        return Span(self.first - (self.last - self.first) - _DAY, self.first - _DAY)

    def after(self) -> "Span":
        """Return the period after it, as long as `before`."""
        if months := self.months:
            first = self.last + _DAY
            return Span(first, _first(_count(first) + months) - _DAY)
        return Span(self.last + _DAY, self.last + (self.last - self.first) + _DAY)

    def text(self, language: Language) -> str:
        """Return it in words: a month, a quarter, half a year or a year by its name."""
        year, month, months = self.first.year, self.first.month, self.months
        if self.first == self.last:
            return Day(self.first).text(language)
        if months == _MONTHS and month == 1:
            return say("ledger_report.period_year", language, year=year)
        if months == 6 and month in {1, 7}:
            return say(f"ledger_report.period_half_{1 + month // 7}", language, year=year)
        if months == 3 and month % 3 == 1:
            return say(f"ledger_report.period_quarter_{1 + month // 3}", language, year=year)
        if months == 1:
            return say(
                "ledger_report.period_month",
                language,
                year=year,
                month=_month(month, language),
            )
        # The year stands once: in Chinese with the first day, in English with the last.
        once = year == self.last.year
        first = Day(self.first, short=once and language == "en")
        last = Day(self.last, short=once and language == "zh")
        return say("ledger_report.period_days", language, first=first, last=last)


def needed_from(first: date, last: date) -> date:
    """Return the first day whose events a report on a period needs: of the period before it."""
    return Span.of(first, last).before().first


def _month(number: int, language: Language) -> str:
    return say(f"ledger_report.month_{number}", language)


def _count(on: date) -> int:
    """Return the months since the year 0."""
    return on.year * _MONTHS + on.month - 1


def _first(count: int) -> date:
    return date(count // _MONTHS, count % _MONTHS + 1, 1)


def month_of(on: date) -> Span:
    """Return the month that a day lies in."""
    return Span(on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1]))
