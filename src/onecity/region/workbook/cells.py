"""One cell: from what stands there to the value meant, or to what is wrong with it.

What can mean only one thing is understood (full-width digits, grouped thousands, codes typed
as numbers, a date as text) and noted; what might mean two things is a fault.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.core.workbook.rows import Told
from onecity.core.workbook.values import decimal_in, digits, myriads_in, plain, serial_day
from onecity.region.sources.tables import NOTHING

from .sheets import EARLIEST, LATEST, Choices, Field, Kind

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+[0:]+)?")
_MONTH = re.compile(r"(\d{4})\s*(?:年|[-/])\s*(\d{1,2})\s*月?\s*[底末]?")
_YEAR = re.compile(r"(\d{4})\s*(?:年|年底|年末)?")
_COMPACT = re.compile(r"\d{8}")
_WHOLE_CODE = re.compile(r"\d{6}0{6}")


Read = tuple[Any, Told | None]
"""The value (None where there is none), and what is to be said about it."""


def _fault(key: str, **values: object) -> Read:
    return None, Told(Severity.FAULT, key, values)


def _noted(value: object, key: str, **values: object) -> Read:
    return value, Told(Severity.NOTE, key, values)


def is_nothing(value: object) -> bool:
    """Whether a cell counts as empty."""
    return plain(value).lower() in NOTHING if isinstance(value, str) else value is None


def reader(field: Field, epoch: datetime) -> Callable[[Any], Read]:
    """Return what reads the cells of a column; it gets cells that are not empty.

    Parameters
    ----------
    field
        The column.
    epoch
        Day zero of the workbook's date numbers.
    """
    kind = field.kind
    if kind is Kind.CHOICE and field.choices is not None:
        known = _labels(field.choices)
        choices = field.choices
        listed: dict[str, str] = {
            language: " / ".join(choices.label(one, language) for one in choices.members)
            for language in LANGUAGES
        }
        return lambda cell: _choice(cell.value, known, listed)
    if kind is Kind.DATE:
        return lambda cell: _date(cell.value, epoch)
    if kind in {Kind.NUMBER, Kind.WHOLE}:
        return lambda cell: _number(cell, field)
    if kind is Kind.YEAR:
        first = EARLIEST if field.low is None else int(field.low)
        return lambda cell: _year(cell.value, first)
    simple = {
        Kind.TEXT: _text,
        Kind.NAME: _code,
        Kind.CODE: _code,
        Kind.CODES: _codes,
    }[kind]
    return lambda cell: simple(cell.value)


def _text(value: object) -> Read:
    if isinstance(value, str):
        return " ".join(value.split()), None
    if isinstance(value, bool | datetime | date | time | timedelta):
        return _fault("workbook.not_text")
    return digits(value), None


def _code(value: object) -> Read:
    """Return a code as it is kept: half-width, six digits where twelve end in six zeros."""
    if isinstance(value, bool | datetime | date | time | timedelta):
        return _fault("workbook.not_code")
    text = plain(value) if isinstance(value, str) else digits(value)
    code = text[:6] if _WHOLE_CODE.fullmatch(text) else text
    if isinstance(value, str) and value.strip() == code:
        return code, None
    return _noted(code, "workbook.code_read")


def _codes(value: object) -> Read:
    if not isinstance(value, str):
        code, problem = _code(value)
        return (None if code is None else (code,)), problem
    parts = re.split(r"[;,、\s]+", plain(value))
    codes = [one[:6] if _WHOLE_CODE.fullmatch(one) else one for one in parts if one]
    return tuple(dict.fromkeys(codes)), None


def _labels(choices: Choices) -> dict[str, str]:
    """Return what may stand for each value: the value itself, its labels, letter or word alone."""
    known: dict[str, str] = {}
    for member in choices.members:
        known[member.lower()] = member
        for language in LANGUAGES:
            label = plain(choices.label(member, language)).lower()
            known[label] = member
            if choices.key == "section":
                known[label.partition(" ")[2]] = member
    return known


def _choice(value: object, known: Mapping[str, str], listed: Mapping[str, str]) -> Read:
    text = plain(value).lower() if isinstance(value, str) else digits(value)
    found = known.get(" ".join(text.split()))
    return (found, None) if found is not None else _fault("workbook.not_choice", listed=listed)


def _number(cell: Any, field: Field) -> Read:
    value = cell.value
    if isinstance(value, str):
        return _number_text(plain(value), field)
    if isinstance(value, bool):
        return _fault("workbook.not_number")
    if not isinstance(value, int | float):
        return _fault("workbook.date_for_number")
    if "%" in (cell.number_format or ""):
        return _fault("workbook.percentage")
    return _bounded(float(value), field, None)


def _number_text(text: str, field: Field) -> Read:
    if text.endswith("%"):
        return _fault("workbook.percentage")
    bare = decimal_in(text)
    if bare is not None:
        return _bounded(float(bare), field, Told(Severity.NOTE, "workbook.number_read", {}))
    figure = myriads_in(text)
    if figure is not None:
        return _fault("workbook.myriads", figure=figure)
    return _fault("workbook.not_number")


def _bounded(value: float, field: Field, problem: Told | None) -> Read:
    if not isfinite(value):
        return _fault("workbook.not_number")
    if field.low is not None and value < field.low:
        return _fault("workbook.below", low=field.low)
    if field.high is not None and value > field.high:
        return _fault("workbook.above", high=field.high)
    if field.kind is Kind.WHOLE and not value.is_integer():
        return _fault("workbook.not_whole")
    return value, problem


def _year(value: object, first: int) -> Read:
    found, noted = None, True
    if isinstance(value, datetime | date):
        # A year in a cell formatted as a date shows as a day of 1905: told apart by its range.
        found = value.year
    elif isinstance(value, str):
        match = _YEAR.fullmatch(plain(value))
        found = int(match[1]) if match else None
    elif isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        found, noted = int(value), False
    if found is None or not first <= found <= LATEST:
        return _fault("workbook.not_year", first=first, last=LATEST)
    return _noted(found, "workbook.year_read", year=found) if noted else (found, None)


def _date(value: object, epoch: datetime) -> Read:
    if isinstance(value, datetime | date):
        return _in_range(date(value.year, value.month, value.day), noted=False)
    if isinstance(value, bool | time | timedelta):
        return _fault("workbook.not_date")
    if isinstance(value, int | float):
        return _date_number(value, epoch)
    text = plain(str(value))
    for pattern in (_DAY, _MONTH, _YEAR):
        match = pattern.fullmatch(text)
        if match:
            return _date_parts(*map(int, match.groups()), given=text)
    if _COMPACT.fullmatch(text):
        return _date_parts(int(text[:4]), int(text[4:6]), int(text[6:]), given=text)
    return _fault("workbook.not_date")


def _date_number(value: float, epoch: datetime) -> Read:
    """Return the day that a bare number means: a year, yyyymmdd, or Excel's count of days."""
    if value != int(value):
        return _fault("workbook.not_date")
    whole = int(value)
    if EARLIEST <= whole <= LATEST:
        return _date_parts(whole, given=value)
    if _COMPACT.fullmatch(str(whole)):
        return _date_parts(whole // 10000, whole // 100 % 100, whole % 100, given=value)
    day = serial_day(whole, epoch)
    if day is not None:
        return _in_range(day, noted=True)
    return _fault("workbook.not_date")


def _date_parts(year: int, month: int = 12, day: int | None = None, *, given: object) -> Read:
    """Return a day; of a month or a year alone, the last one."""
    try:
        last = monthrange(year, month)[1] if day is None else day
        found = date(year, month, last)
    except ValueError:
        return _fault("workbook.not_date")
    return _in_range(found, noted=str(given) != found.isoformat())


def _in_range(found: date, *, noted: bool) -> Read:
    if not EARLIEST <= found.year <= LATEST:
        return _fault("workbook.not_date")
    text = found.isoformat()
    return _noted(text, "workbook.date_read", date=text) if noted else (text, None)
