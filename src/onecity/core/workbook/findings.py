"""What was found in a workbook: each thing that is wrong or odd, at its cell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from onecity.core.severity import Severity
from onecity.core.words import Language, Sentence, say


class Grid(Protocol):
    """A sheet as far as findings need it: its name, and where its columns stand."""

    @property
    def sheet(self) -> str:
        """Its name in the user's file."""

    @property
    def heads(self) -> Mapping[str, str]:
        """The header of each field that it has."""

    def address(self, row: int, name: str) -> str:
        """Return the address of a cell; of the row's first cell if the column is absent."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd, and where.

    `sheet` is the name in the user's file; `cell` its address, a range, or empty where the
    whole sheet or file is meant; `column` the header above it; `given` what stands there.
    """

    severity: Severity
    sheet: str
    cell: str
    column: str
    given: str
    sentence: Sentence

    def text(self, language: Language) -> str:
        """Return place, severity, what is wrong and what is expected, in one language."""
        place = (
            say("workbook.place_cell", language, sheet=self.sheet, cell=self.cell)
            if self.cell
            else say("workbook.place_sheet", language, sheet=self.sheet)
            if self.sheet
            else say("workbook.place_file", language)
        )
        return say(
            "workbook.finding",
            language,
            place=place,
            severity=self.severity,
            sentence=self.sentence,
        )


@dataclass(slots=True)
class Collector:
    """Gathers findings; notes of one kind in one column are told once, with their number."""

    found: list[Finding] = field(default_factory=list)
    _notes: dict[tuple[str, str, str], tuple[str, str, dict[str, object], int]] = field(
        default_factory=dict
    )

    def add(
        self,
        severity: Severity,
        key: str,
        *,
        sheet: str = "",
        cell: str = "",
        column: str = "",
        given: object = "",
        **values: object,
    ) -> None:
        """Add a finding; `column` and `given` may stand in the sentence too."""
        shown = shown_value(given)
        if severity is Severity.NOTE:
            first = self._notes.get((sheet, column, key))
            if first is None:
                self._notes[sheet, column, key] = (cell, shown, dict(values), 1)
            else:
                self._notes[sheet, column, key] = (*first[:3], first[3] + 1)
            return
        sentence = Sentence(key, {"given": shown, "column": column, **values})
        self.found.append(Finding(severity, sheet, cell, column, shown, sentence))

    def at(
        self, grid: Grid, severity: Severity, key: str, row: int, name: str, /, **values: object
    ) -> None:
        """Add a finding about one cell of a grid; `given` is shown as the cell's content."""
        self.add(
            severity,
            key,
            sheet=grid.sheet,
            cell=grid.address(row, name),
            column=grid.heads.get(name, ""),
            **values,
        )

    def all(self) -> tuple[Finding, ...]:
        """Return what was gathered, notes last."""
        notes = [
            Finding(
                Severity.NOTE,
                sheet,
                cell,
                column,
                given,
                Sentence(key, {"given": given, "column": column, **values, "count": count}),
            )
            for (sheet, column, key), (cell, given, values, count) in self._notes.items()
        ]
        return (*self.found, *notes)


def listing(items: Iterable[str]) -> dict[str, str]:
    """Return names joined as each language joins them."""
    names = list(items)
    return {"zh": "、".join(names), "en": ", ".join(names)}


LONGEST = 60
"""Characters of a cell that a sentence quotes."""


def shown_value(value: object) -> str:
    """Return a cell's content as a sentence quotes it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def ranges(rows: list[int]) -> dict[str, str]:
    """Return row numbers as ranges: 7–9, 12."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    shown = [f"{a}" if a == b else f"{a}–{b}" for a, b in spans[:20]]
    return listing([*shown, "…"] if len(spans) > len(shown) else shown)
