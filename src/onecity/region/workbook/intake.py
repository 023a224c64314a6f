"""What was found in a workbook: its rows, and everything that is wrong or odd in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from onecity.core.severity import Severity
from onecity.core.workbook.findings import Finding

from .sheets import Form

ROW = "row"
"""Column of a frame that holds the row number a spreadsheet shows."""


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
