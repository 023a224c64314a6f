"""One cell of a catalogue's workbook: the value meant, or what is wrong with it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES, Language
from onecity.core.workbook.rows import CellReader, Told
from onecity.core.workbook.values import decimal_in, digits, plain, serial_day

from .forms import Cell, Column, choices

Read = tuple[Any, tuple[Told, ...]]

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+[0:]+)?")
_APART = re.compile(r"[;,、\s]+")
_NOTHING = {"", "-", "—", "无", "/"}


def is_nothing(value: object) -> bool:
    """Whether a cell counts as empty."""
    return plain(value).strip() in _NOTHING if isinstance(value, str) else value is None


def reader(column: Column, epoch: datetime) -> CellReader:  # noqa: PLR0911  (a case for each)
    """Return what reads the cells of a column; `epoch` is day zero of the workbook's dates."""
    match column.cell:
        case Cell.TEXT:
            return lambda cell: _text(cell.value)
        case Cell.CODE:
            return lambda cell: _code(cell.value)
        case Cell.CODES:
            return lambda cell: _codes(cell.value)
        case Cell.NUMBER | Cell.WHOLE | Cell.MONEY:
            return lambda cell: _number(cell, column)
        case Cell.DATE:
            return lambda cell: _date(cell.value, epoch)
        case Cell.FLAG | Cell.CHOICE:
            known, listed = _known(column)
            return lambda cell: _choice(cell.value, known, listed)
        case Cell.CHOICES:
            known, listed = _known(column)
            return lambda cell: _several(cell.value, known, listed)


def _fault(key: str, **values: object) -> Read:
    return None, (Told(Severity.FAULT, key, values),)


def _known(column: Column) -> tuple[dict[str, Any], dict[Language, str]]:
    """Return what may stand for each word, and all words as a sentence lists them."""
    members: Iterable[Any] = [True, False] if column.words is None else column.words
    known: dict[str, Any] = {}
    for language in LANGUAGES:
        for member, word in zip(members, choices(column, language), strict=True):
            known[plain(word).lower()] = member
            # 自然人、法人 may stand beside Ⅳ级（全程网办): the first word alone is enough.
            known.setdefault(re.split(r"[(:：]", plain(word).lower())[0].strip(), member)
    if column.words is not None:
        known.update({str(member.value).lower(): member for member in column.words})
    listed = {language: " / ".join(choices(column, language)) for language in LANGUAGES}
    return known, listed


def _text(value: object) -> Read:
    if isinstance(value, str):
        return value.strip(), ()
    if isinstance(value, bool | datetime | date | time | timedelta):
        return _fault("workbook.not_text")
    return digits(value), ()


def _code(value: object) -> Read:
    if isinstance(value, bool | datetime | date | time | timedelta):
        return _fault("workbook.not_code")
    return (plain(value) if isinstance(value, str) else digits(value)), ()


def _codes(value: object) -> Read:
    code, told = _code(value)
    if code is None:
        return None, told
    return tuple(dict.fromkeys(one for one in _APART.split(code) if one)), told


def _choice(value: object, known: Mapping[str, Any], listed: Mapping[Language, str]) -> Read:
    if isinstance(value, bool) and value in known.values():
        return value, ()
    text = plain(value).lower() if isinstance(value, str) else digits(value)
    if text in known:
        return known[text], ()
    return _fault("workbook.not_choice", listed=listed)


def _several(value: object, known: Mapping[str, Any], listed: Mapping[Language, str]) -> Read:
    parts = re.split(r"[;,、/]+", plain(value)) if isinstance(value, str) else [digits(value)]
    found = []
    for part in parts:
        word = part.strip().lower()
        if word and word not in known:
            return None, (
                Told(Severity.FAULT, "workbook.not_choice", {"given": part, "listed": listed}),
            )
        if word:
            found.append(known[word])
    return frozenset(found), ()


def _number(cell: Any, column: Column) -> Read:
    value, wrong = _decimal(cell, column)
    if wrong:
        return _fault(wrong)
    if column.least is not None and value < column.least:
        return _fault("workbook.below", low=column.least)
    if column.most is not None and value > column.most:
        return _fault("workbook.above", high=column.most)
    if column.cell is Cell.MONEY:
        return _money(value)
    if column.cell is Cell.NUMBER:
        return float(value), ()
    whole = value == value.to_integral_value()
    return (int(value), ()) if whole else _fault("workbook.not_whole")


def _decimal(cell: Any, column: Column) -> tuple[Decimal, str]:
    """Return the number of a cell, or the sentence that says why it is none."""
    value, none = cell.value, Decimal(0)
    if isinstance(value, str):
        bare = decimal_in(plain(value))
        return (Decimal(bare), "") if bare is not None else (none, "workbook.not_number")
    if isinstance(value, datetime | date | time | timedelta):
        return none, "workbook.date_for_number"
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return none, "workbook.not_number"
    # A share may well be shown as a percentage: Excel holds it as 0.5 all the same.
    if "%" in (cell.number_format or "") and column.most != 1:
        return none, "workbook.percentage"
    return Decimal(repr(value)), ""


def _money(value: Decimal) -> Read:
    try:
        exact = value.quantize(Decimal("0.01"))
    except InvalidOperation:
        return _fault("workbook.not_number")
    return (exact, ()) if exact == value else _fault("hall_book.money_decimals")


def _date(value: object, epoch: datetime) -> Read:
    if isinstance(value, datetime | date):
        return date(value.year, value.month, value.day), ()
    if isinstance(value, int | float) and not isinstance(value, bool):
        day = serial_day(value, epoch)
        return (day, ()) if day is not None else _fault("workbook.not_date")
    match = _DAY.fullmatch(plain(str(value)))
    if match is None:
        return _fault("workbook.not_date")
    try:
        return date(*map(int, match.groups())), ()
    except ValueError:
        return _fault("workbook.not_date")
