"""The rows below a header: which hold anything, what each cell says, and what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from openpyxl.utils import get_column_letter

from onecity.core.severity import Severity

from .container import Book, Layout
from .findings import Collector, ranges
from .headers import Header, Sought, inside_merged

_FAULT, _WARNING = Severity.FAULT, Severity.WARNING


@dataclass(frozen=True, slots=True)
class Told:
    """What is wrong with a cell, or how it was understood: key and values of a sentence."""

    severity: Severity
    key: str
    values: Mapping[str, object]


CellReader = Callable[[Any], tuple[Any, Iterable[Told]]]
"""From a cell that is not empty to its value (None where there is none), and what is said of it."""


@dataclass(slots=True)
class Row:
    """A row that holds anything: its number, its values, and the columns that cannot be read."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


class Rows(Generic[Sought]):
    """Reads the rows below a header.

    Parameters
    ----------
    sheet, header, layout
        Where they stand, and how the sheet is laid out.
    readers
        What reads the cells of each column (from 1) that is read.
    told
        Who is told.
    is_empty
        Whether a value counts as nothing.
    """

    def __init__(
        self,
        sheet: str,
        header: Header[Sought],
        layout: Layout,
        readers: Mapping[int, CellReader],
        told: Collector,
        is_empty: Callable[[object], bool],
    ) -> None:
        self.sheet, self.header, self.layout, self.told = sheet, header, layout, told
        self.readers, self.is_empty = readers, is_empty
        self.columns = {at: one for at, one in header.columns.items() if at in readers}
        self._inside = inside_merged(layout, header.row)

    def read(
        self, book: Book, most: int, skip: Callable[[int, tuple[Any, ...]], bool]
    ) -> list[Row]:
        """Return the rows that hold anything, up to so many; those that `skip` names are left out.

        Rows that are hidden are read and told.
        """
        kept: list[Row] = []
        hidden: list[int] = []
        width = max(self.header.columns)
        for row, cells in book.rows(self.sheet, self.header.row + 1, None, width):
            filled = self._filled(row, cells)
            if not filled or skip(row, cells):
                continue
            if len(kept) == most:
                self.told.add(_FAULT, "workbook.too_many_rows", sheet=self.sheet, limit=most)
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
            if (at <= len(cells) and not self.is_empty(cells[at - 1].value))
            or (formulas and (row, at) in formulas)
        }

    def _values(self, row: int, cells: tuple[Any, ...], filled: set[int]) -> Row:
        found = Row(row)
        for at, column in self.columns.items():
            if at in filled:
                value, sound = self._value(row, at, cells[at - 1])
                found.values[column.name] = value
                if not sound:
                    found.bad.add(column.name)
                continue
            found.values[column.name] = None
            if column.required:
                found.bad.add(column.name)
                if (row, at) not in self._inside:
                    self._tell(Told(_FAULT, "workbook.empty", {}), row, at, None)
        return found

    def _value(self, row: int, at: int, cell: Any) -> tuple[Any, bool]:
        """Return the value of a cell, and whether it could be read."""
        given = cell.value
        if (row, at) in self.layout.formulas:
            if given is None:
                self._tell(Told(_FAULT, "workbook.formula_without_value", {}), row, at, None)
                return None, False
            if cell.data_type != "e":
                self._tell(Told(_WARNING, "workbook.formula", {}), row, at, given)
        if cell.data_type == "e":
            self._tell(Told(_FAULT, "workbook.cell_error", {}), row, at, given)
            return None, False
        value, told = self.readers[at](cell)
        sound = True
        for one in told:
            sound = sound and one.severity is not _FAULT
            self._tell(one, row, at, given)
        return value, sound

    def _tell(self, one: Told, row: int, at: int, given: object) -> None:
        # A sentence may quote a part of the cell instead of all of it.
        values: dict[str, Any] = {
            "column": self.header.heads[self.columns[at].name],
            "given": given,
            **one.values,
        }
        cell = f"{get_column_letter(at)}{row}"
        self.told.add(one.severity, one.key, sheet=self.sheet, cell=cell, **values)
