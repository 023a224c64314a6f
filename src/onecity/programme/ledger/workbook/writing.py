"""Write items as a workbook: headings in both languages, lists to choose from, exact money."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from onecity import __version__
from onecity.core.files import replacing
from onecity.core.words import LANGUAGES, Language, say
from onecity.core.workbook.styles import (
    BODY,
    CENTRE,
    GREY,
    HEADING,
    INK,
    NEEDED,
    OPTIONAL,
    QUIET,
    RULES,
    TOP,
    page,
    row_height,
)
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.register import Register

from .forms import BASE, FORMS, ITEMS, NUMBER, PARTS, UNITS, Cell, Column, Form, label, readme_name
from .rows import Names, fields_of, sums, writable

HEADER_ROW, FIRST_ROW = 1, 3
_MOST_EXACT = 15
"""Decimal digits that a spreadsheet's number holds exactly."""
_LIST_TO = 20_000
"""Rows down to which lists are offered."""
_FORMATS = {
    Cell.DATE: "yyyy-mm-dd",
    Cell.MONEY: "#,##0.00",
    Cell.WHOLE: "0",
    Cell.TEXT: "@",
    Cell.CODES: "@",
    Cell.UNIT: "@",
    Cell.UNITS: "@",
    Cell.LINES: "@",
}
_RIGHT = Alignment(horizontal="right", vertical="top")
_PLAIN, _FAINT = Font(name=BODY, size=10), Font(name=BODY, size=10, color=GREY)
_LINES = 90.0
"""Points that a row of long texts is high at most."""

Target = str | os.PathLike[str] | BinaryIO


def written(
    items: Iterable[Item],
    register: Register,
    to: Target,
    *,
    others: Mapping[str, Item] | None = None,
    revision: int = 0,
    language: Language = "zh",
) -> None:
    """Write items as an Excel workbook that can be edited and read again.

    Parameters
    ----------
    items, register
        What is written, and the units they name.
    to
        A path, which is written whole or not at all, or an open file.
    others
        Items that those written may depend on, by id; those written need not be among them.
    revision
        Of the ledger, as the file tells it.
    language
        Of the words in cells; headings are in both.

    Raises
    ------
    StoreError
        The path cannot be written.
    """
    book = _book(list(items), register, dict(others or {}), revision, language)
    if isinstance(to, str | os.PathLike):
        with replacing(to) as draft:
            Path(to).absolute().parent.mkdir(parents=True, exist_ok=True)
            book.save(draft)
    else:
        book.save(to)


def content(items: Iterable[Item], register: Register, **options: Any) -> bytes:
    """Return the workbook as bytes, see `written`."""
    held = BytesIO()
    written(items, register, held, **options)
    return held.getvalue()


def _book(
    items: Sequence[Item],
    register: Register,
    others: dict[str, Item],
    revision: int,
    language: Language,
) -> Workbook:
    book = Workbook(write_only=True)
    names = Names.of(register)
    known = {**others, **{one.id: one for one in items}}
    _write_readme(book, language, len(items), revision)
    values = [fields_of(one) for one in items]
    _write_sheet(book, ITEMS, (_item_row(one) for one in values), names, language)
    for form in PARTS:
        rows = (row for one in values for row in _part_rows(form, one, known))
        _write_sheet(book, form, rows, names, language)
    _write_sheet(book, UNITS, (_plain_row(one) for one in register), names, language)
    _write_base(book, items, revision)
    book.properties.creator = "OneCity"
    book.properties.title = say("ledger_files.readme_title", language)
    return book


def _item_row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: values.get(one.name) for one in ITEMS.columns}


def _plain_row(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _part_rows(
    form: Form, values: Mapping[str, Any], known: Mapping[str, Item]
) -> Iterable[dict[str, Any]]:
    """Yield the rows of one item in one of the sheets below it."""
    for part in values[form.key]:
        row = {**_plain_row(part), NUMBER: values[NUMBER], "title": values["title"]}
        if "currency" in {one.name for one in form.columns}:
            row["currency"] = values["currency"]
        if form.key == "depends_on":
            before = known.get(part.item)
            # Where the item is not at hand, its id names it.
            row["item"] = part.item if before is None else before.number
            row["before_title"] = None if before is None else before.title
        yield row


def _write_sheet(
    book: Workbook,
    form: Form,
    rows: Iterable[Mapping[str, Any]],
    names: Names,
    language: Language,
) -> None:
    sheet = book.create_sheet(form.title(language))
    for place, column in enumerate(form.columns, 1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.hidden = column.width, column.hidden
        dimension.number_format = _FORMATS.get(column.cell, "General")
    sheet.freeze_panes = f"C{FIRST_ROW}" if form is not UNITS else f"B{FIRST_ROW}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW + 1}"
    if form is not UNITS:
        _offer_lists(sheet, form, names, language)
    page(sheet, form.title(language), language)
    sheet.row_dimensions[HEADER_ROW].height = 24
    for head in LANGUAGES:
        sheet.append([_head(sheet, one, head, language) for one in form.columns])
    number = FIRST_ROW
    brush = _Brush(sheet, names, language)
    for row in rows:
        texts = [
            (value, one.width)
            for one in form.columns
            if one.cell in {Cell.TEXT, Cell.LINES} and isinstance(value := row.get(one.name), str)
        ]
        sheet.row_dimensions[number].height = min(row_height(texts or [("", 9.0)]), _LINES)
        sheet.append([brush.cell(one, row.get(one.name)) for one in form.columns])
        number += 1


def _head(sheet: Any, column: Column, head: Language, language: Language) -> Any:
    text = column.head(head)
    cell = WriteOnlyCell(sheet, f"{text}*" if column.required and head == "zh" else text)
    first = head == LANGUAGES[0]
    cell.font = Font(
        name=HEADING if first else BODY, size=11 if first else 9, bold=first, color=INK
    )
    still = column.fixed or column.shown
    cell.fill = QUIET if still else NEEDED if column.required else OPTIONAL
    cell.border, cell.alignment = RULES, CENTRE
    if still and first:
        key = "ledger_files.about_shown" if column.shown else "ledger_files.about_fixed"
        cell.comment = Comment(say(key, language), "OneCity", height=90, width=260)
    return cell


class _Brush:
    """Makes the cells of a sheet; a style is worked out once for the many cells that have it."""

    def __init__(self, sheet: Any, names: Names, language: Language) -> None:
        self.sheet, self.names, self.language = sheet, names, language
        self._styles: dict[tuple[str, bool], Any] = {}

    def cell(self, column: Column, value: Any) -> Any:
        """Return a cell of a column."""
        shown = _shown(column, value, self.names, self.language)
        cell: Any = WriteOnlyCell(self.sheet, shown)
        text = isinstance(shown, str)
        if text:
            cell.data_type = "s"  # whatever it begins with, it is no formula
        key = column.name, column.cell is Cell.MONEY and text
        style = self._styles.get(key)
        if style is None:
            # The style that openpyxl keeps of a cell is a short array of numbers.
            style = self._styles[key] = self._styled(cell, column, as_text=key[1])
        cell._style = style  # noqa: SLF001
        return cell

    @staticmethod
    def _styled(cell: Any, column: Column, *, as_text: bool) -> Any:
        cell.number_format = "@" if as_text else _FORMATS.get(column.cell, "General")
        cell.font = _FAINT if column.fixed or column.shown else _PLAIN
        cell.border = RULES
        figures = {Cell.MONEY, Cell.NUMBER, Cell.WHOLE}
        cell.alignment = _RIGHT if column.cell in figures else TOP
        return cell._style  # noqa: SLF001


def _shown(column: Column, value: Any, names: Names, language: Language) -> Any:
    """Return what stands in a cell."""
    if value is None or value == ():
        return None
    shown: Any = value
    match column.cell:
        case Cell.CHOICE:
            shown = label(value, language)
        case Cell.UNIT:
            shown = names.of_unit(value)
        case Cell.UNITS:
            shown = "；".join(str(names.of_unit(one)) for one in value)
        case Cell.CODES:
            shown = "；".join(value)
        case Cell.FLAG:
            shown = say("ledger_files.yes" if value else "ledger_files.no", language)
        case Cell.MONEY:
            shown = _amount(value)
        case Cell.TEXT | Cell.LINES:
            shown = writable(value) or None
    return shown


def _amount(value: Decimal) -> float | str:
    """Return an amount as a number where a spreadsheet can hold it, else as text."""
    exact = len(value.as_tuple().digits) <= _MOST_EXACT
    return float(value) if exact else f"{value:f}"


def _offer_lists(sheet: Any, form: Form, names: Names, language: Language) -> None:
    """Let the spreadsheet offer what may stand in a column."""
    for place, column in enumerate(form.columns, 1):
        rule = None
        if column.choices is not None and not column.fixed:
            words = ",".join(label(one, language) for one in _members(column.choices))
            rule = DataValidation("list", formula1=f'"{words}"')
        elif column.cell is Cell.UNIT and names.shown:
            last = FIRST_ROW + len(names.shown) - 1
            title = UNITS.title(language)
            # By name where only one unit has it; the code may be typed as well.
            letter = get_column_letter([one.name for one in UNITS.columns].index("name") + 1)
            rule = DataValidation(
                "list", formula1=f"'{title}'!${letter}${FIRST_ROW}:${letter}${last}"
            )
            rule.showErrorMessage = False
        elif column.name == NUMBER and form is not ITEMS:
            title = ITEMS.title(language)
            rule = DataValidation("list", formula1=f"'{title}'!$A${FIRST_ROW}:$A${_LIST_TO}")
            rule.showErrorMessage = False
        if rule is not None:
            rule.allow_blank = True
            letter = get_column_letter(place)
            rule.add(f"{letter}{FIRST_ROW}:{letter}{_LIST_TO}")
            sheet.data_validations.append(rule)


def _members(choices: type[StrEnum]) -> list[StrEnum]:
    return list(choices)


def _write_base(book: Workbook, items: Sequence[Item], revision: int) -> None:
    """Write what the file was made from, where no user sees it: ids, versions, sums of fields."""
    sheet = book.create_sheet(BASE)
    sheet.sheet_state = "veryHidden"
    sheet.append(["onecity", __version__, revision])
    for one in items:
        sheet.append([one.id, one.version, one.number, json.dumps(sums(one))])


def _write_readme(book: Workbook, language: Language, count: int, revision: int) -> None:
    sheet = book.create_sheet(readme_name(language))
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 100
    page(sheet, sheet.title, language)
    lines = [(say("ledger_files.readme_title", language), "")]
    lines.append(
        (
            say("ledger_files.readme_made_head", language),
            say("ledger_files.readme_made", language, count=count, revision=revision),
        )
    )
    for part in ("edit", "new", "fixed", "parts", "units", "dates", "money", "others"):
        head, text = (say(f"ledger_files.readme_{part}{end}", language) for end in ("_head", ""))
        lines.append((head, text))
    for row, (head, text) in enumerate(lines, 1):
        sheet.row_dimensions[row].height = 34 if row == 1 else row_height([(text, 96.0)], 20, 14.5)
        left, right = WriteOnlyCell(sheet, head), WriteOnlyCell(sheet, text or None)
        left.font = Font(name=HEADING, size=16 if row == 1 else 10.5, bold=True, color=INK)
        right.font = Font(name=BODY, size=10.5)
        left.alignment = Alignment(vertical="center" if row == 1 else "top")
        right.alignment = TOP
        sheet.append([left, right])


__all__ = ["FORMS", "content", "written"]
