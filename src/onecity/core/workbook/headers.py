"""Where a sheet's headers stand: names compared, columns that were renamed, merged and hidden."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from openpyxl.utils import get_column_letter

from onecity.core.severity import Severity

from .container import Layout, bounds
from .findings import Collector, listing
from .values import plain

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
