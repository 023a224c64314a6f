"""From the file to rows: which sheet is which form, where the columns stand, what the cells say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.core.workbook.container import Book
from onecity.core.workbook.findings import Collector, listing
from onecity.core.workbook.headers import (
    Header,
    alike,
    find_header,
    plain_name,
    tell_layout,
)
from onecity.core.workbook.marking import list_name
from onecity.core.workbook.rows import Row, Rows

from .cells import Context
from .forms import BASE, FORMS, UNITS, Column, Form, readme_name

MAX_ROWS = 200_000
"""Rows of one sheet that are read."""

_FAULT, _WARNING = Severity.FAULT, Severity.WARNING


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
    readers = {at: context.reader(one) for at, one in header.columns.items() if not one.shown}
    skip = _repeats_heads(header, readers)
    rows = Rows(name, header, layout, readers, told, _is_empty).read(book, MAX_ROWS, skip)
    return Sheet(form, name, letters, dict(header.heads), rows)


def _repeats_heads(
    header: Header[Column], columns: Iterable[int]
) -> Callable[[int, tuple[Any, ...]], bool]:
    """Return what tells whether a row holds the headings again, in the other language."""
    heads = [
        {at: plain_name(header.columns[at].head(language)) for at in columns}
        for language in LANGUAGES
    ]

    def repeats(row: int, cells: tuple[Any, ...]) -> bool:
        if row > header.row + len(LANGUAGES):
            return False
        return {at: plain_name(cells[at - 1].value or "") for at in heads[0]} in heads

    return repeats


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
