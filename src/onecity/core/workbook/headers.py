"""Where a sheet's headers stand: names compared, columns that were renamed, merged and hidden."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, Protocol, TypeVar

from openpyxl.utils import get_column_letter

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES, Language

from .container import Book, Layout, bounds
from .findings import Collector, listing
from .values import plain

_WITHIN = 30
"""Rows from the top within which a header is looked for."""
_COLUMNS = 64
_MOST_MERGED = 200_000
"""Cells of a merged range beyond which it is told but not followed cell by cell."""


def plain_name(text: object) -> str:
    """Return a header or a sheet's name as it is compared: no blanks, no star, half-width."""
    return "".join(plain(str(text)).split()).replace("*", "").lower()


def alike(wanted: str, names: Sequence[str]) -> str | None:
    """Return the name that is `wanted` with something added, taken away or mistyped."""
    holding = [one for one in names if wanted in one or (len(one) > 1 and one in wanted)]
    return next(iter(holding or get_close_matches(wanted, names, 1, 0.6)), None)


def renamed(expected: str, position: int, strangers: Mapping[int, str]) -> int | None:
    """Return the column whose header took the place of the expected one, by place or likeness."""
    stem = expected.partition("（")[0]
    for at, given in strangers.items():
        if at == position or stem in given or get_close_matches(expected, [given], 1, 0.6):
            return at
    return None


class Headed(Protocol):
    """A column that is looked for: its name, whether it has to be there, its header."""

    @property
    def name(self) -> str:
        """By which it is known to whoever reads the rows."""

    @property
    def required(self) -> bool:
        """Whether nothing can be read without it."""

    def head(self, language: Language) -> str:
        """Return its header."""


Sought = TypeVar("Sought", bound=Headed)


@dataclass(frozen=True, slots=True)
class Header(Generic[Sought]):
    """Where a header stands.

    Attributes
    ----------
    row
        Its row.
    columns
        Which column (from 1) is which.
    heads
        The headers as they stand there, by the names of the columns.
    beside
        The column that is no data, if it is there.
    """

    row: int
    columns: Mapping[int, Sought]
    heads: Mapping[str, str]
    beside: int | None = None


def find_header(
    book: Book,
    sheet: str,
    sought: Sequence[Sought],
    told: Collector,
    *,
    first: int = 1,
    beside: Collection[str] = (),
    optional: Collection[str] = (),
    missing: str = "workbook.header_missing",
) -> Header[Sought] | None:
    """Find the row with most of some headers; tell of headers that are not as expected.

    Parameters
    ----------
    book, sheet, told
        Where it is looked for, and who is told.
    sought
        The columns, in the order in which they are written.
    first
        Column in which the first of them is written.
    beside
        Headers of a column that is no data.
    optional
        Names of columns of which nothing is told if they are not there.
    missing
        Key of the sentence that says what it means that a column is not there.
    """
    known = {plain_name(one.head(language)): one for one in sought for language in LANGUAGES}
    best: tuple[int, tuple[Any, ...]] | None = None
    most = 0
    for row, cells in book.rows(sheet, 1, _WITHIN, _COLUMNS):
        count = sum(plain_name(cell.value) in known for cell in cells if cell.value is not None)
        if count > most:
            best, most = (row, cells), count
    if best is None or most < min(2, len(sought)):
        told.add(Severity.FAULT, "workbook.no_header", sheet=sheet, expected=sought[0].head("zh"))
        return None
    row, cells = best
    columns: dict[int, Sought] = {}
    heads: dict[str, str] = {}
    strangers: dict[int, str] = {}
    other = None
    others = {plain_name(one) for one in beside}
    for at, cell in enumerate(cells, 1):
        text = "" if cell.value is None else " ".join(str(cell.value).split())
        if not text.strip("-—"):
            continue
        column = known.get(plain_name(text))
        if plain_name(text) in others:
            other = at
        elif column is None:
            strangers[at] = text
        elif column.name in heads:
            cell_name = f"{get_column_letter(at)}{row}"
            told.add(
                Severity.FAULT, "workbook.header_twice", sheet=sheet, cell=cell_name, given=text
            )
        else:
            columns[at] = column
            heads[column.name] = text.replace("*", "").strip()
    lacking = [
        (position, one)
        for position, one in enumerate(sought, first)
        if one.name not in heads and one.name not in optional
    ]
    _tell_headers(lacking, sheet, row, strangers, told, missing)
    return Header(row, columns, heads, other)


def _tell_headers(
    lacking: Sequence[tuple[int, Headed]],
    sheet: str,
    row: int,
    strangers: dict[int, str],
    told: Collector,
    missing: str,
) -> None:
    """Tell of renamed, missing and unknown headers."""
    for position, column in lacking:
        expected = column.head("zh")
        at = renamed(expected, position, strangers)
        if at is not None:
            values = {"given": strangers.pop(at), "expected": expected}
            cell = f"{get_column_letter(at)}{row}"
            told.add(Severity.FAULT, "workbook.header_renamed", sheet=sheet, cell=cell, **values)
        else:
            severity = Severity.FAULT if column.required else Severity.WARNING
            told.add(severity, missing, sheet=sheet, expected=expected)
    for at, given in strangers.items():
        cell = f"{get_column_letter(at)}{row}"
        told.add(Severity.WARNING, "workbook.header_unknown", sheet=sheet, cell=cell, given=given)


def tell_layout(
    layout: Layout, sheet: str, header_row: int, heads: Mapping[int, str], told: Collector
) -> None:
    """Tell of merged cells among the data, and of columns that are hidden.

    `heads` gives the headers of the columns (from 1) that are read.
    """
    for reference in layout.merged:
        left, _, right, bottom = bounds(reference)
        if bottom > header_row and any(left <= at <= right for at in heads):
            told.add(Severity.FAULT, "workbook.merged", sheet=sheet, cell=reference)
    hidden = sorted(layout.hidden_columns & set(heads))
    if hidden:
        listed = listing(heads[at] for at in hidden)
        cell = f"{get_column_letter(hidden[0])}{header_row}"
        told.add(Severity.WARNING, "workbook.columns_hidden", sheet=sheet, cell=cell, listed=listed)


def inside_merged(layout: Layout, header_row: int) -> set[tuple[int, int]]:
    """Return the cells (row, column) that a merge has emptied: they are not told twice."""
    inside: set[tuple[int, int]] = set()
    for reference in layout.merged:
        left, top, right, bottom = bounds(reference)
        if bottom <= header_row or (bottom - top) * (right - left) > _MOST_MERGED:
            continue
        inside |= {(row, at) for row in range(top, bottom + 1) for at in range(left, right + 1)}
    return inside
