"""From a workbook to checked rows: find sheets and columns, read every cell, gather all faults."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.utils import get_column_letter

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES, say
from onecity.core.workbook.container import Book, Content, bounds
from onecity.core.workbook.findings import Collector, Finding, listing
from onecity.core.workbook.headers import (
    Header,
    alike,
    find_header,
    plain_name,
    tell_layout,
)
from onecity.core.workbook.rows import CellReader, Rows, Told
from onecity.core.workbook.values import plain
from onecity.region.store import Region

from .cells import Read, is_nothing, reader
from .intake import ROW, Grid, Intake
from .rules import check_grids
from .sheets import FORMS, Field, Form, marks, own_sheets

MAX_ROWS = 200_000
"""Rows of one sheet that are read."""

_FAULT, _WARNING = Severity.FAULT, Severity.WARNING


def read_workbook(path: str | os.PathLike[str], region: Region) -> Intake:
    """Read a filled workbook and check it against a region, every fault at once.

    Sheets and columns are found by their names, wherever they stand. What is hidden is read
    and told. Up to `MAX_ROWS` rows of each sheet are read.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is no ``.xlsx`` workbook, is locked, too large or damaged. Everything else is a
        finding of the result.
    """
    told = Collector()
    grids: dict[str, Grid] = {}
    content = Content.of(path)
    with Book(content) as book:
        sheets = _match_sheets(book, told)
        for form in FORMS:
            if form.key in sheets:
                grid = _read_sheet(book, sheets[form.key], form, told)
                if grid is not None:
                    grids[form.key] = grid
        order = list(book.sheets)
    if sheets and not any(len(grid.frame) for grid in grids.values()) and not told.found:
        told.add(_FAULT, "workbook.nothing_filled")
    check_grids(grids, region, told)
    return Intake(
        path=content.name,
        file=Path(content.name).name,
        sha256=content.sha256,
        region_hash=region.hash,
        frames={key: grid.frame for key, grid in grids.items()},
        findings=tuple(sorted(told.all(), key=partial(_place, order))),
    )


def _place(order: list[str], finding: Finding) -> tuple[int, int, int]:
    """Return what findings are sorted by: sheet, row, column; the whole before its parts."""
    sheet = order.index(finding.sheet) + 1 if finding.sheet in order else 0
    column, row, _, _ = bounds(finding.cell) if finding.cell else (0, 0, 0, 0)
    return sheet, row, column


def _match_sheets(book: Book, told: Collector) -> dict[str, str]:
    """Return which sheet of the file is which form; tell of those that are missing or odd."""
    present = book.sheets
    by_name = {plain_name(one): one for one in present}
    found = {
        form.key: by_name[plain_name(form.title(language))]
        for form in FORMS
        for language in LANGUAGES
        if plain_name(form.title(language)) in by_name
    }
    ours = {plain_name(one) for language in LANGUAGES for one in own_sheets(language)}
    strangers = [
        one for one in present if one not in found.values() and plain_name(one) not in ours
    ]
    _tell_missing([form for form in FORMS if form.key not in found], strangers, told)
    if not found:
        listed = listing(form.title("zh") for form in FORMS)
        told.add(_FAULT, "workbook.no_sheets", given="、".join(present), listed=listed)
    for one in strangers:
        told.add(_WARNING, "workbook.sheet_unknown", sheet=one, given=one)
    for one in found.values():
        if present[one]:
            told.add(_WARNING, "workbook.sheet_hidden", sheet=one, given=one)
    return found


def _tell_missing(forms: list[Form], strangers: list[str], told: Collector) -> None:
    """Tell of forms without a sheet; a stranger that looks like one is taken off the list."""
    everything = len(forms) == len(FORMS)
    for form in forms:
        title = form.title("zh")
        other = alike(title, strangers)
        if other is not None:
            strangers.remove(other)
            told.add(_FAULT, "workbook.sheet_renamed", sheet=other, given=other, expected=title)
        elif not everything and not form.later:
            told.add(_WARNING, "workbook.sheet_missing", expected=title)


def _read_sheet(book: Book, sheet: str, form: Form, told: Collector) -> Grid | None:
    # The first column says what a row is for.
    marks_ = [say("workbook.head_mark", language) for language in LANGUAGES]
    header = find_header(book, sheet, form.fields, told, first=2, beside=marks_)
    if header is None:
        return None
    layout = book.layout(sheet)
    heads = {at: header.heads[one.name] for at, one in header.columns.items()}
    tell_layout(layout, sheet, header.row, heads, told)
    letters = {one.name: get_column_letter(at) for at, one in header.columns.items()}
    readers = {at: _reading(reader(one, book.epoch)) for at, one in header.columns.items()}
    guide = _Guide(sheet, header, told)
    rows = Rows(sheet, header, layout, readers, told, is_nothing)
    kept = [{ROW: one.row, **one.values} for one in rows.read(book, MAX_ROWS, guide.not_data)]
    names = [ROW, *(one.name for one in form.fields)]
    frame = pd.DataFrame(kept, columns=names, dtype=object).astype({ROW: int})
    return Grid(form, sheet, letters, dict(header.heads), frame)


def _reading(read: Callable[[Any], Read]) -> CellReader:
    """Return a reader whose remarks are a list."""

    def several(cell: Any) -> tuple[Any, tuple[Told, ...]]:
        value, told = read(cell)
        return value, () if told is None else (told,)

    return several


class _Guide:
    """Knows the rows of a template that are no data: explanations and the example."""

    def __init__(self, sheet: str, header: Header[Field], told: Collector) -> None:
        self.sheet, self.header, self.told = sheet, header, told
        self.skipped, self.example_marks = marks()
        self.examples = [
            {
                at: plain(str(shown))
                for at, one in header.columns.items()
                if (shown := one.shown_example(language)) is not None
            }
            for language in LANGUAGES
        ]

    def not_data(self, row: int, cells: tuple[Any, ...]) -> bool:
        """Whether a row explains or shows an example; tell where data seems to stand in one."""
        at = self.header.beside
        mark = plain(str(cells[at - 1].value)) if at and cells[at - 1].value is not None else ""
        if mark in self.skipped:
            return True
        same = self._is_example(cells)
        if mark in self.example_marks:
            if not same:
                cell = f"{get_column_letter(at or 1)}{row}"
                self.told.add(
                    _FAULT, "workbook.example_changed", sheet=self.sheet, cell=cell, given=mark
                )
            return True
        if same:
            cell = f"{get_column_letter(at or 1)}{row}"
            self.told.add(_FAULT, "workbook.example_as_data", sheet=self.sheet, cell=cell)
        return same

    def _is_example(self, cells: tuple[Any, ...]) -> bool:
        """Whether a row holds what the example row of the template does, and nothing else."""
        for example in self.examples:
            if all(
                (example.get(at) is None)
                if is_nothing(cells[at - 1].value)
                else example.get(at) == plain(str(cells[at - 1].value))
                for at in self.header.columns
            ):
                return True
        return False
