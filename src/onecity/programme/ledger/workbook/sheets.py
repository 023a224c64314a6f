"""From the file to rows: which sheet is which form, where the columns stand, what the cells say."""

from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.core.workbook.container import Book, Layout
from onecity.core.workbook.findings import Collector, listing, ranges
from onecity.core.workbook.headers import (
    Header,
    alike,
    find_header,
    inside_merged,
    plain_name,
    tell_layout,
)
from onecity.core.workbook.marking import list_name

from .cells import Context, Reader
from .forms import BASE, FORMS, UNITS, Column, Form, readme_name

MAX_ROWS = 200_000
"""Rows of one sheet that are read."""

_FAULT, _WARNING = Severity.FAULT, Severity.WARNING


@dataclass(slots=True)
class Row:
    """A row that holds anything: its number, its values, and the fields that cannot be read."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sheet:
    """A sheet as it was read; `letters` and `heads` give letter and heading of each column."""

    form: Form
    sheet: str
    letters: dict[str, str]
    heads: dict[str, str]
    rows: list[Row]

    def address(self, row: int, name: str) -> str:
        """Return the address of a cell; of the row's first cell if the column is absent."""
        return f"{self.letters.get(name, 'A')}{row}"


def read_sheets(book: Book, context: Context, told: Collector) -> dict[str, Sheet]:
    """Return the sheets of a workbook by the keys of their forms; tell of all that is wrong."""
    found: dict[str, Sheet] = {}
    for key, name in _match(book, told).items():
        form = next(one for one in (*FORMS, UNITS) if one.key == key)
        untold = {one.name for one in form.columns if one.shown or one.hidden}
        key_missing = "ledger_files.header_missing"
        header = find_header(book, name, form.columns, told, optional=untold, missing=key_missing)
        if header is not None:
            found[key] = _read(book, name, form, header, context, told)
    return found


def _match(book: Book, told: Collector) -> dict[str, str]:
    """Return which sheet of the file is which form; tell of those that are missing or odd."""
    present = book.sheets
    by_name = {plain_name(one): one for one in present}
    found = {
        form.key: by_name[plain_name(form.title(language))]
        for form in (*FORMS, UNITS)
        for language in LANGUAGES
        if plain_name(form.title(language)) in by_name
    }
    own = {BASE, *(name(one) for name in (readme_name, list_name) for one in LANGUAGES)}
    ours = {plain_name(one) for one in (*own, *found.values())}
    strangers = [one for one in present if plain_name(one) not in ours]
    if not found:
        listed = listing(form.title("zh") for form in FORMS)
        told.add(_FAULT, "workbook.no_sheets", given="、".join(present), listed=listed)
    for form in FORMS if found else ():
        if form.key in found:
            continue
        title = form.title("zh")
        other = alike(title, strangers)
        if other is not None:
            strangers.remove(other)
            told.add(_FAULT, "workbook.sheet_renamed", sheet=other, given=other, expected=title)
        else:
            told.add(_WARNING, "ledger_files.sheet_missing", given=title)
    for one in strangers:
        told.add(_WARNING, "workbook.sheet_unknown", sheet=one, given=one)
    for one in found.values():
        if present[one]:
            told.add(_WARNING, "workbook.sheet_hidden", sheet=one, given=one)
    return found


def _read(
    book: Book, name: str, form: Form, header: Header[Column], context: Context, told: Collector
) -> Sheet:
    layout = book.layout(name)
    shown = {at: header.heads[one.name] for at, one in header.columns.items() if not one.hidden}
    tell_layout(layout, name, header.row, shown, told)
    letters = {one.name: get_column_letter(at) for at, one in header.columns.items()}
    rows = _Rows(name, header, layout, context, told).read(book)
    return Sheet(form, name, letters, dict(header.heads), rows)


class _Rows:
    """Reads the rows below a header."""

    def __init__(
        self, sheet: str, header: Header[Column], layout: Layout, context: Context, told: Collector
    ) -> None:
        self.sheet, self.header, self.layout, self.told = sheet, header, layout, told
        self.columns = {at: one for at, one in header.columns.items() if not one.shown}
        self.readers: dict[int, Reader] = {
            at: context.reader(one) for at, one in self.columns.items()
        }
        self.inside = inside_merged(layout, header.row)
        self.heads = [
            {at: plain_name(one.head(language)) for at, one in self.columns.items()}
            for language in LANGUAGES
        ]

    def read(self, book: Book) -> list[Row]:
        """Return the rows that hold anything."""
        kept: list[Row] = []
        hidden: list[int] = []
        width = max(self.header.columns)
        for row, cells in book.rows(self.sheet, self.header.row + 1, None, width):
            filled = self._filled(row, cells)
            under_head = row <= self.header.row + len(LANGUAGES)
            if not filled or (under_head and self._repeats_heads(cells)):
                continue
            if len(kept) == MAX_ROWS:
                self.told.add(_FAULT, "workbook.too_many_rows", sheet=self.sheet, limit=MAX_ROWS)
                break
            if row in self.layout.hidden_rows:
                hidden.append(row)
            kept.append(self._values(row, cells, filled))
        if hidden:
            self.told.add(
                _WARNING,
                "workbook.rows_hidden",
                sheet=self.sheet,
                cell=f"A{hidden[0]}",
                listed=ranges(hidden),
            )
        return kept

    def _filled(self, row: int, cells: tuple[Any, ...]) -> set[int]:
        """Return the columns with anything in them, a formula without value too."""
        formulas = self.layout.formulas
        return {
            at
            for at in self.columns
            if (at <= len(cells) and not _is_empty(cells[at - 1].value))
            or (formulas and (row, at) in formulas)
        }

    def _repeats_heads(self, cells: tuple[Any, ...]) -> bool:
        """Whether a row holds the headings again, in the other language."""
        texts = {at: plain_name(cells[at - 1].value or "").replace("*", "") for at in self.columns}
        return any(texts == heads for heads in self.heads)

    def _values(self, row: int, cells: tuple[Any, ...], filled: set[int]) -> Row:
        found = Row(row)
        for at, column in self.columns.items():
            if at in filled:
                value, sound = self._value(row, at, cells[at - 1])
                found.values[column.name] = value
                if not sound:
                    found.bad.add(column.name)
            else:
                found.values[column.name] = None
                if column.required:
                    found.bad.add(column.name)
                    if (row, at) not in self.inside:
                        self._tell(_FAULT, "workbook.empty", row, at, None)
        return found

    def _value(self, row: int, at: int, cell: Any) -> tuple[Any, bool]:
        """Return the value of a cell, and whether it could be read."""
        given = cell.value
        if (row, at) in self.layout.formulas:
            if given is None:
                self._tell(_FAULT, "workbook.formula_without_value", row, at, None)
                return None, False
            if cell.data_type != "e":
                self._tell(_WARNING, "workbook.formula", row, at, given)
        if cell.data_type == "e":
            self._tell(_FAULT, "workbook.cell_error", row, at, given)
            return None, False
        value, told = self.readers[at](cell)
        for one in told:
            self._tell(one.severity, one.key, row, at, given, **one.values)
        return value, all(one.severity is not _FAULT for one in told)

    def _tell(
        self, severity: Severity, key: str, row: int, at: int, given: object, /, **values: object
    ) -> None:
        place = {"sheet": self.sheet, "cell": f"{get_column_letter(at)}{row}"}
        head = self.header.heads[self.columns[at].name]
        self.told.add(severity, key, **{"column": head, "given": given, **place, **values})  # type: ignore[arg-type]  # checked by its callers


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
