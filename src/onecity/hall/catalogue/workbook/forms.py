"""The sheets of a catalogue's workbook and their columns: one list for writing and reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from onecity.core.words import Language, say
from onecity.hall.catalogue.model import (
    Applicant,
    Depth,
    Form,
    Kind,
    Origin,
    Tier,
    TimeUnit,
    Way,
)


class Cell(Enum):
    """What a cell holds."""

    TEXT = "text"
    CODE = "code"
    CODES = "codes"
    NUMBER = "number"
    WHOLE = "whole"
    MONEY = "money"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field, what its cells hold, and the words to choose from."""

    name: str
    cell: Cell = Cell.TEXT
    required: bool = False
    words: type[StrEnum] | None = None
    least: float | None = None
    most: float | None = None

    def head(self, language: Language) -> str:
        """Return its header."""
        return say(f"hall_book.head_{self.name}", language)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its key and its columns."""

    key: str
    columns: tuple[Column, ...]

    def title(self, language: Language) -> str:
        """Return its name."""
        return say(f"hall_book.sheet_{self.key}", language)

    def about(self, language: Language) -> str:
        """Return what belongs into it."""
        return say(f"hall_book.about_{self.key}", language)


_CODE = Column("code", Cell.CODE, required=True)
_TITLE = Column("title", required=True)
_ENGLISH = Column("title_en")
_SOURCE, _NOTE = Column("source"), Column("note")
_ITEM = Column("item", Cell.CODE, required=True)
_VERSION = Column("version", Cell.WHOLE, least=1)
_BASIC = Column("basic_code", Cell.CODE, required=True)
_SHARE = Column("share", Cell.NUMBER, least=0, most=1)
_AFTER = Column("after", Cell.CODES)
_APPLICANTS = Column("applicants", Cell.CHOICES, required=True, words=Applicant)

SHEETS: tuple[Sheet, ...] = (
    Sheet("catalogue", (_TITLE, Column("marked"))),
    Sheet("cities", (_CODE, _TITLE, _ENGLISH)),
    Sheet(
        "departments",
        (
            _CODE,
            _TITLE,
            Column("city", Cell.CODE),
            Column("tier", Cell.CHOICE, required=True, words=Tier),
            Column("basic", Cell.CODE),
            _ENGLISH,
        ),
    ),
    Sheet(
        "documents",
        (
            _CODE,
            _TITLE,
            Column("origin", Cell.CHOICE, required=True, words=Origin),
            Column("issuer", Cell.CODE),
            Column("days", Cell.NUMBER, least=0),
            Column("fetched", Cell.FLAG),
            Column("shared", Cell.FLAG),
            _ENGLISH,
        ),
    ),
    Sheet(
        "items",
        (
            _CODE,
            _BASIC,
            _TITLE,
            Column("kind", Cell.CHOICE, required=True, words=Kind),
            Column("authority", Cell.CODE, required=True),
            Column("city", Cell.CODE),
            Column("tier", Cell.CHOICE, required=True, words=Tier),
            _APPLICANTS,
            Column("legal", Cell.NUMBER, least=0),
            Column("legal_unit", Cell.CHOICE, words=TimeUnit),
            Column("promised", Cell.NUMBER, least=0),
            Column("promised_unit", Cell.CHOICE, words=TimeUnit),
            Column("visits", Cell.WHOLE, required=True, least=0),
            Column("visit_reason"),
            Column("depth", Cell.CHOICE, required=True, words=Depth),
            Column("conditions"),
            Column("basis"),
            Column("results", Cell.CODES),
            Column("cities", Cell.CODES),
            Column("ways", Cell.CHOICES, words=Way),
            _AFTER,
            Column("valid_from", Cell.DATE),
            Column("valid_until", Cell.DATE),
            _VERSION,
            _ENGLISH,
            _SOURCE,
            _NOTE,
        ),
    ),
    Sheet(
        "requirements",
        (
            _ITEM,
            _VERSION,
            Column("document", Cell.CODE, required=True),
            Column("form", Cell.CHOICE, words=Form),
            Column("copies", Cell.WHOLE, least=0),
            Column("visit", Cell.FLAG),
            Column("necessary", Cell.FLAG),
            Column("when"),
            _SHARE,
        ),
    ),
    Sheet(
        "fees",
        (_ITEM, _VERSION, _TITLE, Column("cny", Cell.MONEY, required=True), Column("basis")),
    ),
    Sheet(
        "life_events",
        (
            _CODE,
            _TITLE,
            _APPLICANTS,
            Column("cases", Cell.NUMBER, least=0),
            _ENGLISH,
            _SOURCE,
            _NOTE,
        ),
    ),
    Sheet("steps", (Column("event", Cell.CODE, required=True), _BASIC, _AFTER, _SHARE)),
    Sheet(
        "caseloads",
        (
            _ITEM,
            Column("year", Cell.WHOLE, required=True, least=1990, most=2100),
            Column("from_city", Cell.CODE, required=True),
            Column("way", Cell.CHOICE, words=Way),
            Column("cases", Cell.NUMBER, required=True, least=0),
            Column("mean_days", Cell.NUMBER, least=0),
            Column("mean_visits", Cell.NUMBER, least=0),
            Column("mean_documents", Cell.NUMBER, least=0),
            Column("refused", Cell.NUMBER, least=0),
            _SOURCE,
            Column("grade"),
        ),
    ),
)
"""Every sheet, in the order in which it is written."""

NEEDED = frozenset({"departments", "documents", "items", "requirements"})
"""Sheets without which a file says too little to be a catalogue."""


def choices(column: Column, language: Language) -> Sequence[str]:
    """Return what can be chosen in a column, in words."""
    if column.cell is Cell.FLAG:
        return [say("hall_book.yes", language), say("hall_book.no", language)]
    if column.words is None:
        return []
    return [word.text(language) for word in column.words]  # type: ignore[attr-defined]  # all have
