"""The sheets of the ledger's workbook and their columns: one list for writing and reading.

A column's heading is the word of its field, ``ledger.field_<name>``, unless the catalogue has one
of its own, ``ledger_files.head_<head>``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from onecity.core.words import Language, say
from onecity.programme.ledger.kinds import Gate, Kind, Level, State, Strand


class Cell(StrEnum):
    """What a cell of a column holds."""

    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    UNIT = "unit"
    UNITS = "units"
    CODES = "codes"
    DATE = "date"
    WHOLE = "whole"
    NUMBER = "number"
    MONEY = "money"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Attributes
    ----------
    name
        Of the field, in the sheet's rows.
    cell
        What its cells hold.
    width
        In characters.
    required
        Whether a row has to have it.
    fixed
        Shown, not to be edited here: the way of an item or the ledger itself changes it.
    shown
        Only repeated for readers; nothing is read from it.
    hidden
        Not seen unless somebody unhides it.
    choices
        The enumeration of a choice.
    word
        Of the heading in the catalogue, where it is not that of the field.
    """

    name: str
    cell: Cell
    width: float = 13.0
    required: bool = False
    fixed: bool = False
    shown: bool = False
    hidden: bool = False
    choices: type[StrEnum] | None = None
    word: str = ""

    def head(self, language: Language) -> str:
        """Return the heading."""
        if self.word:
            found = say(f"ledger_files.head_{self.word}", language)
        else:
            found = say(f"ledger.field_{self.name}", language)
        return found[:1].upper() + found[1:]


def label(member: Any, language: Language) -> str:
    """Return the word for a member of an enumeration."""
    words: str = member.text(language)
    return words


@dataclass(frozen=True, slots=True)
class Form:
    """A sheet: its key in the catalogue (``ledger_files.sheet_<key>``) and its columns."""

    key: str
    columns: tuple[Column, ...]

    def title(self, language: Language) -> str:
        """Return the sheet's name."""
        return say(f"ledger_files.sheet_{self.key}", language)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(one for one in self.columns if one.name == name)


NUMBER = "number"
"""Column by which the other sheets name an item."""
ID, VERSION, REASON = "id", "version", "reason"

_OF_ITEM = (
    Column(NUMBER, Cell.TEXT, 16, required=True),
    Column("title", Cell.TEXT, 38, shown=True),
)
ITEMS = Form(
    "items",
    (
        Column(NUMBER, Cell.TEXT, 16, fixed=True),
        Column("title", Cell.TEXT, 36, required=True),
        Column("kind", Cell.CHOICE, 11, required=True, choices=Kind),
        Column("strand", Cell.CHOICE, 11, choices=Strand),
        Column("level", Cell.CHOICE, 9, choices=Level),
        Column("state", Cell.CHOICE, 10, fixed=True, choices=State),
        Column("progress", Cell.WHOLE, 8, fixed=True),
        Column("lead_unit", Cell.UNIT, 20),
        Column("responsible_unit", Cell.UNIT, 20),
        Column("supporting_units", Cell.UNITS, 26),
        Column("owner", Cell.TEXT, 14),
        Column("assigned_on", Cell.DATE, 12, fixed=True),
        Column("start", Cell.DATE, 12),
        Column("due", Cell.DATE, 12),
        Column(REASON, Cell.LINES, 20, word="reason"),
        Column("reported_on", Cell.DATE, 12, fixed=True),
        Column("closed_on", Cell.DATE, 12, fixed=True),
        Column("gate", Cell.CHOICE, 11, choices=Gate),
        Column("deliverable", Cell.LINES, 30),
        Column("text", Cell.LINES, 40),
        Column("currency", Cell.TEXT, 8),
        Column("counties", Cell.CODES, 20),
        Column("source", Cell.LINES, 48),
        Column("example", Cell.FLAG, 9, fixed=True),
        Column(ID, Cell.TEXT, 28, fixed=True, hidden=True),
        Column(VERSION, Cell.WHOLE, 8, fixed=True, hidden=True),
    ),
)
MILESTONES = Form(
    "milestones",
    (
        *_OF_ITEM,
        Column("name", Cell.TEXT, 30, required=True),
        Column("due", Cell.DATE, 12, required=True),
        Column("done_on", Cell.DATE, 12),
        Column("weight", Cell.NUMBER, 8),
    ),
)
MEASURES = Form(
    "measures",
    (
        *_OF_ITEM,
        Column("name", Cell.TEXT, 30, required=True),
        Column("unit", Cell.TEXT, 12, word="measure_unit"),
        Column("baseline", Cell.NUMBER),
        Column("target", Cell.NUMBER),
        Column("value", Cell.NUMBER),
        Column("at", Cell.DATE, 12, word="measured_on"),
        Column("source", Cell.LINES, 30),
    ),
)
BUDGET = Form(
    "budget",
    (
        *_OF_ITEM,
        Column("name", Cell.TEXT, 30, required=True),
        Column("year", Cell.WHOLE, 8, required=True),
        Column("amount", Cell.MONEY, 20, required=True),
        Column("currency", Cell.TEXT, 8),
    ),
)
PAYMENTS = Form(
    "payments",
    (
        *_OF_ITEM,
        Column("date", Cell.DATE, 12, required=True),
        Column("amount", Cell.MONEY, 20, required=True),
        Column("currency", Cell.TEXT, 8),
        Column("to", Cell.TEXT, 24),
        Column("note", Cell.TEXT, 30),
    ),
)
DEPENDENCIES = Form(
    "depends_on",
    (
        *_OF_ITEM,
        Column("item", Cell.TEXT, 16, required=True, word="before"),
        Column("before_title", Cell.TEXT, 30, shown=True, word="before_title"),
        Column("lag_days", Cell.WHOLE, 10),
    ),
)
UNITS = Form(
    "units",
    (
        Column("code", Cell.TEXT, 16),
        Column("name", Cell.TEXT, 30),
        Column("name_en", Cell.TEXT, 36),
        Column("level", Cell.CHOICE, 9, choices=Level),
        Column("city", Cell.TEXT, 10),
        Column("parent", Cell.TEXT, 16),
        Column("valid_from", Cell.DATE, 12),
        Column("valid_to", Cell.DATE, 12),
        Column("replaced_by", Cell.CODES, 20),
    ),
)

PARTS = (MILESTONES, MEASURES, BUDGET, PAYMENTS, DEPENDENCIES)
"""Sheets whose rows belong to items; the key of each is the field of the item."""
FORMS = (ITEMS, *PARTS)
"""Sheets that are read."""
BASE = "onecity"
"""Name of the very hidden sheet that holds what was written, for comparison."""


def readme_name(language: Language) -> str:
    """Return the name of the sheet that explains the workbook."""
    return say("ledger_files.sheet_readme", language)
