"""One cell of the ledger's workbook: from what stands there to the value meant, or what is wrong.

What can mean only one thing is understood and noted; a deadline in words is read by the same rules
as in minutes, and its doubts are told.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Any

from onecity.core.errors import InputError, MissingError
from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.core.workbook.findings import listing
from onecity.core.workbook.rows import Told
from onecity.core.workbook.values import decimal_in, digits, myriads_in, plain, serial_day
from onecity.core.working_days import WorkingCalendar
from onecity.programme.ledger.deadlines import deadlines
from onecity.programme.ledger.register import Register

from .forms import Cell, Column, label
from .rows import SEPARATORS, Names

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+[0:]+)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YES = {"是", "yes", "true", "1", "y"}
_NO = {"否", "no", "false", "0", "n"}
_BINARY_NOISE = Decimal("0.000001")
"""What a sum of hundredths may be off in binary, and no amount of money ever is."""
_CENT = Decimal("0.01")
_NEAR = 3


Read = tuple[Any, tuple[Told, ...]]
"""The value (None where it cannot be read), and what is to be said."""
Reader = Callable[[Any], Read]


def _fault(key: str, **values: object) -> Read:
    return None, (Told(Severity.FAULT, key, values),)


def _noted(value: object, key: str, **values: object) -> Read:
    return value, (Told(Severity.NOTE, key, values),)


@dataclass(frozen=True, slots=True)
class Context:
    """What cells are read against: who is there, which day it is, how days are counted.

    `epoch` is day zero of the workbook's date numbers.
    """

    register: Register
    names: Names
    day: date
    calendar: WorkingCalendar
    epoch: datetime

    def reader(self, column: Column) -> Reader:
        """Return what reads the cells of a column; it gets cells that are not empty."""
        if column.cell is Cell.CHOICE:
            return _choices(column)
        simple: dict[Cell, Reader] = {
            Cell.TEXT: lambda cell: _text(cell.value, lines=False),
            Cell.LINES: lambda cell: _text(cell.value, lines=True),
            Cell.UNIT: lambda cell: self._unit(cell.value),
            Cell.UNITS: lambda cell: self._units(cell.value),
            Cell.CODES: lambda cell: _codes(cell.value),
            Cell.DATE: lambda cell: self._date(cell.value),
            Cell.WHOLE: _whole,
            Cell.NUMBER: _number,
            Cell.MONEY: _money,
            Cell.FLAG: lambda cell: _flag(cell.value),
        }
        return simple[column.cell]

    def _unit(self, value: object) -> Read:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return _fault("workbook.not_text")
        text = value.strip() if isinstance(value, str) else digits(value)
        if text in self.register.units:
            return text, ()
        try:
            return self.register.named(text, self.day).code, ()
        except InputError as error:
            return None, (Told(Severity.FAULT, error.key, error.values),)
        except MissingError:
            return _fault("ledger_files.unknown_unit", near=self._near(text))

    def _near(self, text: str) -> dict[str, str]:
        """Return the units whose names or codes are nearest to a text."""
        known = {one.name: one.code for one in self.register if one.is_valid(self.day)}
        words = [*known, *known.values()]
        near = get_close_matches(text, words, _NEAR, 0.4)
        holding = [one for one in known if text and (text in one or one in text)]
        return listing(dict.fromkeys([*near, *holding][:_NEAR]) or ["—"])

    def _units(self, value: object) -> Read:
        whole, _ = self._unit(value)
        if whole is not None:
            return (whole,), ()
        found: list[str] = []
        told: list[Told] = []
        for one in SEPARATORS.split(value) if isinstance(value, str) else [value]:
            if isinstance(one, str) and not one.strip():
                continue
            code, said = self._unit(one)
            # The sentence quotes the one name that is wrong, not the whole cell.
            told += [Told(each.severity, each.key, {**each.values, "given": one}) for each in said]
            if code is not None and code not in found:
                found.append(code)
        return (None if told else tuple(found)), tuple(told)

    def _date(self, value: object) -> Read:
        if isinstance(value, datetime | date):
            return date(value.year, value.month, value.day), ()
        if isinstance(value, bool | time | timedelta):
            return _fault("workbook.not_date")
        if isinstance(value, int | float):
            found = serial_day(value, self.epoch)
            text = digits(value)
            if found is None and not _COMPACT.fullmatch(text):
                return _fault("workbook.not_date")
            if found is not None:
                return _noted(found, "workbook.date_read", date=found.isoformat())
        else:
            text = plain(str(value))
        written = _DAY.fullmatch(text) or _COMPACT.fullmatch(text)
        if written:
            return _written_day(text, *map(int, written.groups()))
        return self._phrase(text)

    def _phrase(self, text: str) -> Read:
        """Read a deadline in words, as 2026年6月底前."""
        found = deadlines(text, self.day, self.calendar)
        days = [one for one in found if one.day is not None]
        if len(days) != 1 or len(found) != 1:
            doubts = [doubt for one in found for doubt in one.doubts]
            return (
                _fault("ledger_files.date_unclear", doubt=doubts[0])
                if doubts
                else _fault("workbook.not_date")
            )
        one = days[0]
        assert one.day is not None  # noqa: S101 - chosen so above
        values = {"date": one.day.isoformat()}
        notes = [Told(Severity.NOTE, "workbook.date_read", values)]
        notes += [
            Told(Severity.WARNING, "ledger_files.date_doubt", {**values, "doubt": doubt})
            for doubt in one.doubts
        ]
        return one.day, tuple(notes)


def _written_day(text: str, year: int, month: int, day: int) -> Read:
    try:
        found = date(year, month, day)
    except ValueError:
        return _fault("workbook.not_date")
    same = text == found.isoformat()
    return (found, ()) if same else _noted(found, "workbook.date_read", date=found.isoformat())


def _text(value: object, *, lines: bool) -> Read:
    if isinstance(value, bool | datetime | date | time | timedelta):
        return _fault("workbook.not_text")
    text = value if isinstance(value, str) else digits(value)
    text = text.replace("\r\n", "\n").strip()
    return (text if lines else " ".join(text.split("\n"))), ()


def _codes(value: object) -> Read:
    text = value if isinstance(value, str) else digits(value)
    parts = [plain(one) for one in SEPARATORS.split(text)]
    return tuple(dict.fromkeys(one for one in parts if one)), ()


def _choices(column: Column) -> Reader:
    members = list(column.choices or ())
    known = {one.value: one for one in members}
    for language in LANGUAGES:
        known |= {plain(label(one, language)).lower(): one for one in members}
    listed = {
        language: " / ".join(label(one, language) for one in members) for language in LANGUAGES
    }

    def read(cell: Any) -> Read:
        value = cell.value
        text = plain(value).lower() if isinstance(value, str) else digits(value)
        found = known.get(text)
        return (found, ()) if found is not None else _fault("workbook.not_choice", listed=listed)

    return read


def _flag(value: object) -> Read:
    text = plain(str(value)).lower()
    if text in _YES | _NO:
        return text in _YES, ()
    return _fault("workbook.not_choice", listed={"zh": "是 / 否", "en": "yes / no"})


def _figure(cell: Any) -> tuple[Decimal | None, tuple[Told, ...]]:
    """Return the exact number of a cell, as it is written there."""
    value = cell.value
    if isinstance(value, str):
        return _figure_in(plain(value))
    if not isinstance(value, int | float):
        return _fault("workbook.date_for_number")
    if isinstance(value, bool) or not isfinite(value):
        return _fault("workbook.not_number")
    if "%" in (cell.number_format or ""):
        return _fault("workbook.percentage")
    return Decimal(repr(value)), ()


def _figure_in(text: str) -> tuple[Decimal | None, tuple[Told, ...]]:
    """Return the number that a text means."""
    if text.endswith("%"):
        return _fault("workbook.percentage")
    bare = decimal_in(text)
    if bare is not None:
        return _noted(Decimal(bare), "workbook.number_read")
    figure = myriads_in(text)
    if figure is not None:
        return _fault("workbook.myriads", figure=figure)
    return _fault("workbook.not_number")


def _whole(cell: Any) -> Read:
    found, told = _figure(cell)
    if found is None:
        return None, told
    if found != found.to_integral_value():
        return _fault("workbook.not_whole")
    return int(found), told


def _number(cell: Any) -> Read:
    found, told = _figure(cell)
    return (None if found is None else float(found)), told


def _money(cell: Any) -> Read:
    """Return an amount; a sum that a spreadsheet computed may be off in binary alone."""
    found, told = _figure(cell)
    if found is None:
        return None, told
    if isinstance(cell.value, str):
        # A long amount is kept as text, because a number of a spreadsheet could not hold it.
        return found, (() if cell.number_format == "@" else told)
    if abs(found) < 10**15 and abs(found - found.quantize(_CENT)) < _BINARY_NOISE:
        found = found.quantize(_CENT)
    return found, told
