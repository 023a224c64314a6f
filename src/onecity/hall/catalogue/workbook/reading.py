"""Read a catalogue from a workbook: every fault of a cell and of a rule at its cell."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.core.workbook.container import Book, Content, bounds
from onecity.core.workbook.findings import Collector, Finding, listing
from onecity.core.workbook.headers import Header, alike, find_header, plain_name, tell_layout
from onecity.core.workbook.rows import Row, Rows
from onecity.hall.catalogue.model import Catalogue
from onecity.hall.catalogue.rules import Fault, faults_of

from .cells import is_nothing, reader
from .forms import NEEDED, SHEETS, Column, Sheet
from .records import catalogue_of

MOST_ROWS = 200_000
"""Rows of a sheet that are read."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A workbook that was read.

    `catalogue` is None where a fault stands in the way; `findings` come in the order of sheets
    and rows, faults of rules among them.
    """

    name: str
    sha256: str
    catalogue: Catalogue | None
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What has to be mended."""
        return tuple(one for one in self.findings if one.severity is Severity.FAULT)


@dataclass(slots=True)
class _Grid:
    """A sheet as it was read: where its columns stand, and its rows."""

    form: Sheet
    sheet: str
    header: Header[Column]
    rows: list[Row]

    @property
    def heads(self) -> Mapping[str, str]:
        return self.header.heads

    def address(self, row: int, name: str) -> str:
        at = {one.name: place for place, one in self.header.columns.items()}
        return f"{get_column_letter(at.get(name, 1))}{row}"

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows as values; a column that is not there is empty."""
        names = [one.name for one in self.form.columns]
        return [{name: row.values.get(name) for name in names} for row in self.rows]


def read_workbook(path: str | os.PathLike[str]) -> Intake:
    """Read a catalogue; sheets and columns are found by their names, wherever they stand.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is no ``.xlsx`` workbook, is locked, too large or damaged. Everything else is a
        finding of the result.
    """
    content = Content.of(path)
    told = Collector()
    grids: dict[str, _Grid] = {}
    with Book(content) as book:
        for form, sheet in _sheets(book, told).items():
            grid = _read(book, sheet, form, told)
            if grid is not None:
                grids[form.key] = grid
        order = list(book.sheets)
    catalogue = None
    if not any(one.severity is Severity.FAULT for one in told.found):
        catalogue = catalogue_of({key: grid.records for key, grid in grids.items()})
        for fault in faults_of(catalogue):
            _tell(fault, grids, told)
        _strays(grids, told)
        _lost(grids, told)
    found = tuple(sorted(told.all(), key=lambda one: _place(order, one)))
    if any(one.severity is Severity.FAULT for one in found):
        catalogue = None
    return Intake(Path(content.name).name, content.sha256, catalogue, found)


def _place(order: Sequence[str], one: Finding) -> tuple[int, int, int]:
    sheet = order.index(one.sheet) + 1 if one.sheet in order else 0
    column, row, _, _ = bounds(one.cell) if one.cell else (0, 0, 0, 0)
    return sheet, row, column


def _sheets(book: Book, told: Collector) -> dict[Sheet, str]:
    """Return which sheet of the file is which form; tell of those missing, renamed, unknown."""
    by_name = {plain_name(one): one for one in book.sheets}
    found = {
        form: by_name[plain_name(form.title(language))]
        for language in LANGUAGES
        for form in SHEETS
        if plain_name(form.title(language)) in by_name
    }
    strangers = [one for one in book.sheets if one not in found.values()]
    if not found:
        listed = listing(form.title("zh") for form in SHEETS)
        told.add(Severity.FAULT, "hall_book.no_sheets", given="、".join(book.sheets), listed=listed)
        return {}
    for form in SHEETS:
        if form in found:
            continue
        other = alike(form.title("zh"), strangers)
        severity = Severity.FAULT if form.key in NEEDED else Severity.NOTE
        if other is not None:
            strangers.remove(other)
            told.add(
                Severity.FAULT,
                "workbook.sheet_renamed",
                sheet=other,
                given=other,
                expected=form.title("zh"),
            )
        elif severity is Severity.FAULT:
            told.add(severity, "hall_book.sheet_needed", expected=form.title("zh"))
    for one in strangers:
        told.add(Severity.WARNING, "workbook.sheet_unknown", sheet=one, given=one)
    return found


def _read(book: Book, sheet: str, form: Sheet, told: Collector) -> _Grid | None:
    required = {one.name for one in form.columns if one.required}
    optional = {one.name for one in form.columns} - required
    header = find_header(book, sheet, form.columns, told, optional=optional)
    if header is None:
        return None
    layout = book.layout(sheet)
    heads = {at: header.heads[one.name] for at, one in header.columns.items()}
    tell_layout(layout, sheet, header.row, heads, told)
    readers = {at: reader(one, book.epoch) for at, one in header.columns.items()}
    rows = Rows(sheet, header, layout, readers, told, is_nothing)
    return _Grid(form, sheet, header, rows.read(book, MOST_ROWS, lambda _row, _cells: False))


_PARTS = {"requirements", "fees"}
_MEANT = {
    ("requirements", "requirements"): "document",
    ("fees", "fees"): "cny",
    ("steps", "steps"): "basic_code",
}
"""Columns that a fault of a whole sheet speaks of."""


def _tell(fault: Fault, grids: Mapping[str, _Grid], told: Collector) -> None:
    """Tell of a fault at the cell of its record."""
    grid, row, name = _found(fault, grids)
    if grid is None:
        told.add(fault.severity, fault.message.key, **fault.message.values)  # type: ignore[arg-type]  # plain values
        return
    values: dict[str, Any] = dict(fault.message.values)
    told.at(grid, fault.severity, fault.message.key, row, name, **values)


def _found(fault: Fault, grids: Mapping[str, _Grid]) -> tuple[_Grid | None, int, str]:
    """Return the sheet, row and column of what a fault speaks of."""
    code, version = fault.code, ""
    if fault.table == "items":
        code, _, version = fault.code.rpartition("@")
    sheet, told = fault.table, fault.message.values
    given = told.get("document", told.get("title", told.get("given")))
    key = "code"
    if fault.table == "items" and fault.field in _PARTS:
        sheet, key = fault.field, "item"
    elif fault.table == "life_events" and fault.field in {"steps", "after"}:
        sheet, key = "steps", "event"
        if not any(row.values.get(key) == code for row in _rows(grids, sheet)):
            sheet, key = fault.table, "code"  # without any step, the event itself is meant
    elif fault.table == "caseloads":
        return _load(fault, grids)
    grid = grids.get(sheet)
    if grid is None:
        return None, 0, ""
    mine = [
        row
        for row in grid.rows
        if row.values.get(key) == code
        and (not version or (row.values.get("version") or 1) == int(version))
    ]
    name = _MEANT.get((sheet, fault.field), fault.field)
    exact = [
        row
        for row in mine
        for value in (row.values.get(name), row.values.get("title"))
        if given == value or (isinstance(value, tuple) and given in value)
    ]
    rows = exact or mine
    if "cny" in told:  # fees may share their title
        rows = [row for row in rows if row.values.get("cny") == told["cny"]] or rows
    if not rows:
        return None, 0, ""
    # Of records given twice the last one is to go.
    chosen = rows[-1] if fault.message.key.endswith("twice") else rows[0]
    return grid, chosen.row, name


def _rows(grids: Mapping[str, _Grid], key: str) -> list[Row]:
    return grids[key].rows if key in grids else []


def _load(fault: Fault, grids: Mapping[str, _Grid]) -> tuple[_Grid | None, int, str]:
    grid = grids.get("caseloads")
    if grid is None:
        return None, 0, ""
    mine = []
    for row in grid.rows:
        parts = (row.values.get(name) or "" for name in ("item", "year", "from_city", "way"))
        if "/".join(map(str, parts)) == fault.code:
            mine.append(row)
    if not mine:
        return None, 0, ""
    given = fault.message.values.get("given")
    exact = [row for row in mine if row.values.get(fault.field) == given]
    chosen = mine[-1] if fault.message.key.endswith("twice") else (exact or mine)[0]
    return grid, chosen.row, fault.field


def _strays(grids: Mapping[str, _Grid], told: Collector) -> None:
    """Tell of materials, fees and steps whose item or life event is not there."""
    items = {(row.values["code"], row.values.get("version") or 1) for row in grids["items"].rows}
    for key in ("requirements", "fees"):
        for row in _rows(grids, key):
            if (row.values["item"], row.values.get("version") or 1) not in items:
                told.at(
                    grids[key],
                    Severity.FAULT,
                    "hall_rules.no_item",
                    row.row,
                    "item",
                    given=row.values["item"],
                )
    events = {row.values["code"] for row in _rows(grids, "life_events")}
    for row in _rows(grids, "steps"):
        if row.values["event"] not in events:
            told.at(
                grids["steps"],
                Severity.FAULT,
                "hall_book.no_event",
                row.row,
                "event",
                given=row.values["event"],
            )


def _lost(grids: Mapping[str, _Grid], told: Collector) -> None:
    """Tell of what a row says that its record cannot hold, or leaves to be guessed."""
    seen: set[str] = set()
    for row in _rows(grids, "cities"):
        code = row.values["code"]
        if code in seen:
            values = {"given": code, "count": 2}
            told.at(grids["cities"], Severity.FAULT, "hall_rules.twice", row.row, "code", **values)
        seen.add(code)
    for row in _rows(grids, "catalogue")[1:]:
        told.at(grids["catalogue"], Severity.WARNING, "hall_book.one_row", row.row, "title")
    for row in _rows(grids, "items"):
        for name in ("legal", "promised"):
            count, unit = row.values.get(name), row.values.get(f"{name}_unit")
            if (count is None) == (unit is None):
                continue
            key = "hall_book.no_unit" if unit is None else "hall_book.unit_alone"
            told.at(grids["items"], Severity.WARNING, key, row.row, f"{name}_unit")
