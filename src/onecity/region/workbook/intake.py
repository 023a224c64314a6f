"""What was found in a workbook: its rows, and everything that is wrong or odd in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from onecity.core.words import Language, Sentence, say
from onecity.region.check import Severity

from .sheets import Form

ROW = "row"
"""Column of a frame that holds the row number a spreadsheet shows."""


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


@dataclass(frozen=True, slots=True)
class Intake:
    """A workbook that was read and checked against a region.

    `frames` holds for each sheet (by key, see `FORMS`) the rows that were filled, columns as
    the form names them, `row` the row number; cells that could not be read are None.
    `findings` come in the order of sheets and rows.
    """

    path: str
    file: str
    sha256: str
    region_hash: str
    frames: Mapping[str, pd.DataFrame]
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Findings that must be mended before anything is imported."""
        return tuple(one for one in self.findings if one.severity is Severity.FAULT)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that should be looked at but do not stand in the way."""
        return tuple(one for one in self.findings if one.severity is Severity.WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What was understood in another form than it was written, once for each column."""
        return tuple(one for one in self.findings if one.severity is Severity.NOTE)

    @property
    def sound(self) -> bool:
        """Whether the workbook can be imported."""
        return not self.faults

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each sheet holds, sheets that are there alone."""
        return {key: len(frame) for key, frame in self.frames.items()}


@dataclass(slots=True)
class Grid:
    """One sheet as it was read: where its columns stand, and its rows.

    `letters` and `heads` give the column letter and the header of each field that it has.
    """

    form: Form
    sheet: str
    letters: dict[str, str]
    heads: dict[str, str]
    frame: pd.DataFrame

    def address(self, row: int, name: str) -> str:
        """Return the address of a cell; of the row's first cell if the column is absent."""
        return f"{self.letters.get(name, 'A')}{row}"

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as plain values."""
        return [
            {str(key): one for key, one in row.items()} for row in self.frame.to_dict("records")
        ]


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
