"""What was read from a file for the ledger: new items, edited ones, and all that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onecity.core.severity import Severity
from onecity.core.words import Language, Sentence

__all__ = ["Edited", "Intake", "Problem", "Severity"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or odd, and where.

    `sheet` and `cell` are empty where the whole file or sheet is meant; in a file without
    sheets, `cell` is a place such as ``$.projects[0].budget``. `row` counts from 1 and is None
    without a cell; `column` is the heading above it; `given` what stands there.
    """

    sheet: str
    cell: str
    row: int | None
    column: str
    message: Sentence
    severity: Severity = Severity.FAULT
    given: str = ""

    def text(self, language: Language) -> str:
        """Return place, severity and message in one language."""
        place = (
            Sentence("workbook.place_cell", {"sheet": self.sheet, "cell": self.cell})
            if self.sheet and self.cell
            else Sentence("workbook.place_sheet", {"sheet": self.sheet})
            if self.sheet
            else Sentence("ledger_files.place", {"place": self.cell})
            if self.cell
            else Sentence("ledger_files.place_file")
        )
        values = {"place": place, "severity": self.severity, "sentence": self.message}
        return Sentence("workbook.finding", values).text(language)


@dataclass(frozen=True, slots=True)
class Edited:
    """An item that was edited in a file: what it is in the ledger, and the fields to change.

    `seen` is the version that the file was held against: where others changed the item since it
    was written, without touching what the file changes, that is the newer one. `reason` is given
    by the file for a due date that moves; empty where it says none.
    """

    id: str
    seen: int
    fields: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """A file that was read and held against the ledger; nothing is changed by reading it.

    Attributes
    ----------
    new
        Fields of items to be made, as `Item.made` takes them, without id and number.
    edited
        Items to be edited.
    unchanged
        How many items of the file are in the ledger as they stand there.
    problems
        In the order of the file. With a fault among them nothing may be taken in.
    revision
        Of the ledger that the file was held against.
    """

    new: tuple[Mapping[str, Any], ...] = ()
    edited: tuple[Edited, ...] = ()
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    revision: int = 0

    @property
    def faults(self) -> tuple[Problem, ...]:
        """Problems that must be mended before anything is taken in."""
        return tuple(one for one in self.problems if one.severity is Severity.FAULT)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that should be looked at but do not stand in the way."""
        return tuple(one for one in self.problems if one.severity is Severity.WARNING)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What was understood in another form than it was written."""
        return tuple(one for one in self.problems if one.severity is Severity.NOTE)

    @property
    def sound(self) -> bool:
        """Whether it can be taken in."""
        return not self.faults
