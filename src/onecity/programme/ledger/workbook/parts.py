"""The sheets below the items: milestones, measures, budget, payments and dependencies."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from onecity.core.errors import InputError
from onecity.core.severity import Severity
from onecity.core.workbook.findings import Collector, listing
from onecity.core.workbook.rows import Row
from onecity.programme.ledger import checks
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.model import (
    BudgetLine,
    Dependency,
    Item,
    Measure,
    Milestone,
    Payment,
)

from .forms import NUMBER, Cell
from .sheets import Sheet

_FAULT, _WARNING = Severity.FAULT, Severity.WARNING
_MADE: Mapping[str, Any] = {
    "milestones": Milestone,
    "measures": Measure,
    "budget": BudgetLine,
    "payments": Payment,
    "depends_on": Dependency,
}
_NOT_OF_PART = {NUMBER, "currency"}


class Parts:
    """Rows of the sheets below the items, gathered by item (the number of its row).

    `currencies` are those of the items, as the sheet of items gives them.
    """

    def __init__(
        self,
        book: Book,
        numbers: Mapping[str, Item],
        labels: Mapping[str, Item | None],
        currencies: Mapping[str, str],
        told: Collector,
    ) -> None:
        self.book, self.numbers, self.labels, self.told = book, numbers, labels, told
        self.currencies = currencies
        self.sheets: dict[str, Sheet] = {}
        self._made: dict[tuple[str, str], list[Any]] = {}
        self._bad: set[tuple[str, str]] = set()
        self._first: dict[tuple[str, str], int] = {}
        self.edges: list[tuple[Row, str, str]] = []

    def of(self, label: str) -> dict[str, Any]:
        """Return the lists of an item whose sheets are there and whose rows are all sound."""
        return {
            key: tuple(self._made.get((label, key), ()))
            for key in self.sheets
            if (label, key) not in self._bad
        }

    def first(self, label: str, key: str) -> tuple[Sheet, int, str] | None:
        """Return where the first row of an item stands in one of the sheets."""
        row = self._first.get((label, key))
        return None if row is None else (self.sheets[key], row, NUMBER)

    def read(self, sheet: Sheet) -> None:
        """Read the rows of a sheet."""
        self.sheets[sheet.form.key] = sheet
        for row in sheet.rows:
            self._read_row(sheet, row)

    def _read_row(self, sheet: Sheet, row: Row) -> None:
        key, label = sheet.form.key, row.values.get(NUMBER)
        if label is None:
            return  # told as an empty cell
        if label not in self.labels:
            self._tell_stranger(sheet, row, label)
            return
        self._first.setdefault((label, key), row.row)
        if row.bad:
            self._bad.add((label, key))
            return
        values = {name: value for name, value in row.values.items() if name not in _NOT_OF_PART}
        if key == "depends_on":
            before = self._before(sheet, row, str(values["item"]))
            if before is None:
                self._bad.add((label, key))
                return
            values["item"] = before
            item = self.labels[label]
            if item is not None:
                self.edges.append((row, item.id, before))
        texts = {one.name for one in sheet.form.columns if one.cell in {Cell.TEXT, Cell.LINES}}
        values = {
            name: "" if value is None else value
            for name, value in values.items()
            if value is not None or name in texts
        }
        try:
            self._check_currency(label, row)
            made = _MADE[key].made(**values)
        except InputError as error:
            name = checks.field_of(error) or NUMBER
            given = row.values.get(name)
            self.told.at(
                sheet, _FAULT, error.key, row.row, name, **{"given": given, **error.values}
            )
            self._bad.add((label, key))
            return
        self._made.setdefault((label, key), []).append(made)

    def _tell_stranger(self, sheet: Sheet, row: Row, label: str) -> None:
        """Tell of a row whose item is in no row of the sheet of items."""
        if label in self.numbers:
            self.told.at(
                sheet, _WARNING, "ledger_files.row_without_item", row.row, NUMBER, given=label
            )
            return
        near = listing(
            get_close_matches(label, [one for one in self.labels if one], 3, 0.6) or ["—"]
        )
        self.told.at(
            sheet, _FAULT, "ledger_files.unknown_number", row.row, NUMBER, given=label, near=near
        )

    def _before(self, sheet: Sheet, row: Row, text: str) -> str | None:
        """Return the id of the item that another waits for."""
        found = self.numbers.get(text) or self.book.items.get(text)
        if found is not None:
            return found.id
        if text in self.labels:
            key, values = "ledger_files.depends_on_new", {}
        else:
            near = get_close_matches(text, self.numbers, 3, 0.6)
            key, values = "ledger_files.unknown_number", {"near": listing(near or ["—"])}
        self.told.at(sheet, _FAULT, key, row.row, "item", given=text, **values)
        return None

    def _check_currency(self, label: str, row: Row) -> None:
        """Refuse an amount in another currency than its item has."""
        given = row.values.get("currency")
        if given is None:
            return
        expected = self.currencies.get(label)
        if expected is not None:
            checks.one_currency("currency", [expected, given])
