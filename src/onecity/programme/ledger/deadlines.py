"""Deadlines as offices write them: 2026年6月底前, 年底前, 明年一季度, 30个工作日内.

A rule reads a phrase or says that it does not: nothing is guessed in silence. Where a year is not
written, it is the first one in which the day is not yet past, and that is said.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from onecity.core.words import Sentence
from onecity.core.working_days import EARLIEST, LATEST, WorkingCalendar

_DIGITS = {one: value for value, one in enumerate("零一二三四五六七八九")}
_DIGITS |= {"\u3007": 0, "两": 2}  # the round zero of years
_NUMBER = r"(?:\d{1,4}|[一二三四五六七八九十两\u3007零]{1,4})"
_YEAR = r"(?P<year>\d{4}年|[二\u3007零一三四五六七八九]{4}年|今年|明年|后年|本年度?|次年)?"
_BY_WORD = r"(?:之前|以前|前|之内|以内|内|止)"
_BY = rf"{_BY_WORD}?"
_FIRM = re.compile(r"(?:前|内|止|底|末|季度|半年|期间|时期|推进|开展|坚持|化|即改|立改)$")
_THEN = re.compile(
    r"(?:全面|全部|基本)?"
    r"(?:完成|办结|建成|建立|通车|开工|印发|出台|提交|报送|实现|启动|上线)"
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline found in a text.

    Attributes
    ----------
    day
        The last day; None where the phrase gives none, as 持续推进.
    said
        The phrase.
    doubts
        How it was taken, where it could be taken otherwise.
    firm
        The words around it say that something is to be done by then; a mere date does not.
    """

    day: date | None
    said: str
    doubts: tuple[Sentence, ...] = ()
    firm: bool = False


def deadlines(text: str, said_on: date, calendar: WorkingCalendar) -> tuple[Deadline, ...]:
    """Return the deadlines of a text, in its order.

    Parameters
    ----------
    text
        A sentence or several.
    said_on
        The day from which phrases count, as of a meeting.
    calendar
        For working days.
    """
    found: list[tuple[int, int, Deadline]] = []
    for pattern, reader in _PHRASES:
        for match in pattern.finditer(text):
            start, end = match.span()
            # The first rules are the most exact ones: a phrase is read by one of them alone.
            if any(start < other_end and other < end for other, other_end, _ in found):
                continue
            deadline = reader(match, said_on, calendar)
            if deadline is not None:
                firm = bool(_FIRM.search(deadline.said) or _THEN.match(text, end))
                found.append((start, end, replace(deadline, firm=firm)))
    return tuple(one for _, _, one in sorted(found, key=lambda each: each[0]))


def number_of(text: str) -> int | None:
    """Return the number that digits or Chinese numerals up to 99 mean; None if neither."""
    if text.isascii() and text.isdigit():
        return int(text)
    if "十" not in text:
        digits = [_DIGITS.get(one) for one in text]
        if not digits or None in digits:
            return None
        return int("".join(map(str, digits)))
    tens, _, ones = text.partition("十")
    values = [_DIGITS.get(tens, None if tens else 1), _DIGITS.get(ones, None if ones else 0)]
    if values[0] is None or values[1] is None:
        return None
    return 10 * values[0] + values[1]


# --- Rules ---------------------------------------------------------------------------------------

Reader = Callable[[re.Match[str], date, WorkingCalendar], Deadline | None]


def _year(match: re.Match[str], said_on: date) -> int | None:
    """Return the year of a phrase; None where it does not say one."""
    given = match["year"]
    if given is None:
        return None
    near = {"今年": 0, "本年": 0, "本年度": 0, "明年": 1, "次年": 1, "后年": 2}
    if given in near:
        return said_on.year + near[given]
    return number_of(given.removesuffix("年"))


def _dated(
    match: re.Match[str], said_on: date, day: Callable[[int], date], *doubts: Sentence
) -> Deadline | None:
    """Return the deadline on a day of the phrase's year, or of the first year not yet past."""
    year = _year(match, said_on)
    said = match.group()
    try:
        if year is not None:
            found = day(year)
            if found < said_on:
                doubts += (Sentence("ledger.minutes_past", {"said": said, "day": said_on}),)
            return Deadline(found, said, doubts) if EARLIEST <= found <= LATEST else None
        found = day(said_on.year)
        if found < said_on:
            found = day(said_on.year + 1)
            note = Sentence("ledger.minutes_year", {"said": said, "year": str(found.year)})
            return Deadline(found, said, (*doubts, note))
    except ValueError:  # no such day, as 2月30日
        return Deadline(None, said, (Sentence("ledger.minutes_no_day", {"said": said}),))
    return Deadline(found, said, doubts)


def _last(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _on_day(match: re.Match[str], said_on: date, _: WorkingCalendar) -> Deadline | None:
    month, day = number_of(match["month"]) or 0, number_of(match["day"]) or 0
    return _dated(match, said_on, lambda year: date(year, month, day))


def _in_month(match: re.Match[str], said_on: date, _: WorkingCalendar) -> Deadline | None:
    month = number_of(match["month"]) or 0
    if not 1 <= month <= 12:
        return None
    part, said = match["part"], match.group()
    if part in {"上旬", "中旬"}:
        day = 10 if part == "上旬" else 20
        return _dated(match, said_on, lambda year: date(year, month, day))
    if part is None and said.endswith("前"):
        # Before a month: whether with the month or without it, people differ.
        note = Sentence("ledger.minutes_before_month", {"said": said})
        return _dated(match, said_on, lambda year: date(year, month, 1) - timedelta(days=1), note)
    return _dated(match, said_on, lambda year: _last(year, month))


def _in_quarter(match: re.Match[str], said_on: date, _: WorkingCalendar) -> Deadline | None:
    quarter = number_of(match["quarter"]) or 0
    if not 1 <= quarter <= 4:
        return None
    return _dated(match, said_on, lambda year: _last(year, 3 * quarter))


def _in_half(match: re.Match[str], said_on: date, _: WorkingCalendar) -> Deadline | None:
    month = 6 if match["half"] == "上" else 12
    return _dated(match, said_on, lambda year: _last(year, month))


def _in_year(match: re.Match[str], said_on: date, _: WorkingCalendar) -> Deadline | None:
    return _dated(match, said_on, lambda year: date(year, 12, 31))


def _near_month(match: re.Match[str], said_on: date, _: WorkingCalendar) -> Deadline | None:
    step = 0 if match["which"] in {"本", "当"} else 1
    months = said_on.year * 12 + said_on.month - 1 + step
    return Deadline(_last(months // 12, months % 12 + 1), match.group())


def _within(match: re.Match[str], said_on: date, calendar: WorkingCalendar) -> Deadline | None:
    count, unit, said = number_of(match["count"]), match["unit"], match.group()
    if not count:
        return None
    note = Sentence("ledger.minutes_counted", {"said": said, "from": said_on})
    if unit.endswith("工作日"):
        return Deadline(calendar.add_working_days(said_on, count), said, (note,))
    if unit in {"天", "日"}:
        return Deadline(said_on + timedelta(days=count), said, (note,))
    if unit in {"周", "个星期"}:
        return Deadline(said_on + timedelta(weeks=count), said, (note,))
    months = said_on.year * 12 + said_on.month - 1 + count * (12 if unit == "年" else 1)
    year, month = months // 12, months % 12 + 1
    if year > LATEST.year:
        return None
    last = monthrange(year, month)[1]
    return Deadline(date(year, month, min(said_on.day, last)), said, (note,))


def _plan_end(match: re.Match[str], _: date, __: WorkingCalendar) -> Deadline | None:
    plan = number_of(match["plan"])  # the tenth plan ended in 2005, each takes five years
    if plan is None or not 13 <= plan <= 20:
        return None
    return Deadline(date(2005 + 5 * (plan - 10), 12, 31), match.group())


def _endless(match: re.Match[str], _: date, __: WorkingCalendar) -> Deadline | None:
    said = match.group()
    return Deadline(None, said, (Sentence("ledger.minutes_endless", {"said": said}),))


_PHRASES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        re.compile(rf"{_YEAR}(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]{_BY}"),
        _on_day,
    ),
    (
        re.compile(r"(?P<year>\d{4})(?P<dot>[-./])(?P<month>\d{1,2})(?P=dot)(?P<day>\d{1,2})"),
        _on_day,
    ),
    (
        re.compile(
            rf"{_YEAR}(?P<month>{_NUMBER})月份?"
            rf"(?:(?P<part>上旬|中旬|下旬|底|末)(?:之前|以前|前|内)?|{_BY_WORD}|(?=完成|[，。；、）\s]|$))"
        ),
        _in_month,
    ),
    (
        re.compile(rf"{_YEAR}第?(?P<quarter>[一二三四1-4])季度(?:末|底|内)?{_BY}"),
        _in_quarter,
    ),
    (re.compile(rf"{_YEAR}(?P<half>上|下)半年(?:末|底)?{_BY}"), _in_half),
    (re.compile(r"(?P<which>本|当|下|次)月(?:底|末|内)(?:之前|以前|前)?"), _near_month),
    (
        re.compile(
            r"(?:(?P<year>\d{4}年|今年|明年|后年|本年度?|次年)年?|(?<![一二三四五六七八九十两\d])年)"
            r"(?:底|末|内)(?:之前|以前|前)?"
        ),
        _in_year,
    ),
    (
        re.compile(
            rf"(?P<count>{_NUMBER})(?P<unit>个?工作日|天|日|周|个星期|个月|年)(?:之内|以内|内)"
        ),
        _within,
    ),
    (re.compile(r"[“\"]?(?P<plan>十[三四五六七八九])五[”\"]?(?:期?末|期间|时期)"), _plan_end),
    (re.compile(r"长期坚持|长期推进|持续推进|持续开展|常态化|即知即改|立行立改"), _endless),
)
