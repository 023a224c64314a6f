"""Write a catalogue as a workbook: as a template where it is empty, to be edited and read again."""

import os
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from onecity.core.words import LANGUAGES, Language, say
from onecity.core.workbook.styles import (
    BODY,
    CENTRE,
    HEADING,
    NEEDED,
    OPTIONAL,
    RULES,
    page,
    save_whole,
    width_of,
)
from onecity.hall.catalogue.model import Catalogue

from .forms import SHEETS, Cell, Column, Sheet, choices
from .records import rows_of

_LIST_TO = 20_000
"""Rows down to which lists are offered."""
_WIDE, _NARROW = 40, 10
_LONG = {"title", "conditions", "basis", "visit_reason", "note", "source", "when", "marked"}
_FORMATS = {Cell.DATE: "yyyy-mm-dd", Cell.MONEY: "#,##0.00", Cell.WHOLE: "0"}
_CODES = {Cell.TEXT, Cell.CODE, Cell.CODES, Cell.CHOICE, Cell.CHOICES, Cell.FLAG}


def write_workbook(
    catalogue: Catalogue, path: str | os.PathLike[str], *, language: Language = "zh"
) -> Path:
    """Write a catalogue as an Excel workbook, whole or not at all; an empty one is the template.

    Raises
    ------
    StoreError
        If it cannot be written; what stood at `path` is still there then.
    """
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]  # a new workbook has a sheet
    for form in SHEETS:
        sheet: Worksheet = book.create_sheet(form.title(language))
        _head(sheet, form, language)
        for number, record in enumerate(rows_of(catalogue, form.key), 2):
            _row(sheet, number, form, record, language)
        _lists(sheet, form, language)
        sheet.freeze_panes = "C2"
        sheet.print_title_rows = "1:1"
        page(sheet, sheet.title, language)
    return save_whole(book, path)


def _head(sheet: Worksheet, form: Sheet, language: Language) -> None:
    for at, column in enumerate(form.columns, 1):
        head = column.head(language) + ("*" if column.required else "")
        cell = sheet.cell(1, at, head)
        cell.font = Font(name=HEADING, size=11, bold=True)
        cell.fill, cell.border = (NEEDED if column.required else OPTIONAL), RULES
        cell.alignment = CENTRE
        wide = _WIDE if column.name in _LONG else max(_NARROW, width_of(head) + 4)
        sheet.column_dimensions[get_column_letter(at)].width = wide
    about = "\n".join(form.about(one) for one in LANGUAGES)
    sheet["A1"].comment = Comment(about, "OneCity", height=150, width=420)
    sheet.row_dimensions[1].height = 30


def _row(
    sheet: Worksheet, number: int, form: Sheet, record: Mapping[str, Any], language: Language
) -> None:
    for at, column in enumerate(form.columns, 1):
        value = _shown(record.get(column.name), column, language)
        cell = sheet.cell(number, at)
        cell.value = value
        if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"}:
            cell.data_type = "s"  # what somebody wrote is shown, never computed
        if column.cell in _CODES:
            cell.number_format = "@"
        elif column.cell in _FORMATS:
            cell.number_format = _FORMATS[column.cell]
        cell.font, cell.border = Font(name=BODY, size=10), RULES
        cell.alignment = Alignment(vertical="top", wrap_text=column.name in _LONG)


def _shown(value: Any, column: Column, language: Language) -> Any:  # noqa: PLR0911  (by kind)
    """Return a value as its cell holds it."""
    match value:
        case None | "":
            return None
        case bool():
            return say("hall_book.yes" if value else "hall_book.no", language)
        case StrEnum():
            return value.text(language)  # type: ignore[attr-defined]  # all words have one
        case frozenset():
            return _joined(sorted(one.text(language) for one in value), language)
        case tuple():
            return _joined(value, language)
        case Decimal():
            return float(value)
        case date() | int() | str():
            return value
        case float():
            return int(value) if value.is_integer() and column.cell is not Cell.TEXT else value
    return str(value)


def _joined(several: Iterable[str], language: Language) -> str | None:
    return ("、" if language == "zh" else ", ").join(several) or None


def _lists(sheet: Worksheet, form: Sheet, language: Language) -> None:
    """Offer the words of a column where one of them has to be chosen."""
    for at, column in enumerate(form.columns, 1):
        if column.cell not in {Cell.CHOICE, Cell.FLAG}:
            continue
        listed = ",".join(choices(column, language))
        offered = DataValidation(
            type="list", formula1=f'"{listed}"', allow_blank=not column.required
        )
        letter = get_column_letter(at)
        sheet.add_data_validation(offered)
        offered.add(f"{letter}2:{letter}{_LIST_TO}")
