"""A report as data: chapters of sentences and tables, before anything is set on paper.

Which chapters a report has and which columns a table has is said here alone: the page, the Word
template, and the workbook are all made from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from onecity.core.words import Language, say

from .facts import Facts
from .map import ItemMap
from .period import Span
from .spoken import Spoken

Cell = Spoken | str | int | float | Decimal | date | None
"""A cell as data: words, text of people, a figure, a day, or nothing."""


class Kind(StrEnum):
    """Which report it is."""

    CITY = "city"
    SUMMARY = "summary"
    PACK = "pack"
    PAGE = "page"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger_report.kind_{self.value}", language)


CHAPTERS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.CITY: {
            "overview": (),
            "done": ("done",),
            "late": ("late",),
            "returned": ("returned",),
            "next": ("next",),
            "help": ("held", "asked", "paused"),
            "measures": ("measures",),
        },
        Kind.SUMMARY: {
            "overview": ("strands",),
            "cities": ("cities",),
            "done": ("done",),
            "late": ("late",),
            "returned": ("returned",),
            "next": ("next",),
            "help": ("held", "paused"),
            "measures": ("measures",),
        },
        Kind.PACK: {
            "agenda": (),
            "promised": ("promises", "promised"),
            "decide": ("decide",),
            "help": ("held", "paused"),
            "next": ("next",),
        },
        Kind.PAGE: {
            "overview": ("brief",),
            "late": ("late_brief",),
            "next": (),
            "help": ("held_brief",),
        },
    }
)
"""Chapters of each report in order, and the tables of each chapter."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "done": ("number", "title", "unit", "due", "done", "late", "source"),
        "late": ("number", "title", "unit", "due", "late", "progress", "reason", "source"),
        "late_brief": ("number", "title", "unit", "due", "late"),
        "returned": ("number", "title", "unit", "on", "why", "state"),
        "next": ("number", "title", "unit", "due", "left", "progress", "mark", "source"),
        "held": ("number", "title", "unit", "waits", "waits_unit", "waits_due"),
        "held_brief": ("title", "unit", "waits", "waits_unit", "waits_due"),
        "asked": ("number", "title", "unit", "due", "waits"),
        "paused": ("number", "title", "unit", "due", "progress"),
        "measures": ("number", "measure", "target", "value", "at", "measured_by"),
        "strands": ("strand", "items", "items_done", "open", "overdue"),
        "cities": (
            "city", "items", "items_done", "on_time", "open", "overdue", "middle", "longest",
            "waiting", "returns",
        ),
        "brief": ("city", "items", "items_done", "on_time", "open", "overdue", "longest"),
        "promises": ("unit", "promised", "items_done", "waiting", "open", "overdue"),
        "promised": ("number", "title", "unit", "due", "mark", "reason"),
        "decide": ("number", "title", "unit", "due", "question"),
    }
)  # fmt: skip
"""Columns of each table in order."""

WIDTHS: Mapping[str, float] = MappingProxyType(
    {
        "number": 2.5, "title": 3.3, "unit": 2.3, "due": 1.9, "done": 1.9, "late": 1.15,
        "progress": 1.15, "reason": 4.0, "source": 1.0, "on": 1.9, "why": 3.8, "state": 1.5,
        "left": 1.15, "mark": 1.5, "waits": 3.8, "waits_unit": 2.4, "waits_due": 1.9,
        "measure": 3.2, "target": 2.4, "value": 1.5, "at": 1.9, "measured_by": 2.6,
        "strand": 3.0, "items": 1.2, "items_done": 1.2, "open": 1.2, "overdue": 1.2,
        "city": 2.6, "on_time": 2.1, "middle": 1.5, "longest": 1.5, "waiting": 1.2, "returns": 2.2,
        "promised": 1.2, "question": 5.4,
    }
)  # fmt: skip
"""Widths of columns, in proportion."""

FIGURES = frozenset(
    {
        "late", "progress", "left", "items", "items_done", "open", "overdue", "middle", "longest",
        "waiting", "promised",
    }
)  # fmt: skip
"""Columns of bare figures."""

MOST_ROWS = 40
"""Rows of a table on paper; all are in the workbook."""
BRIEF_ROWS, HELD_ROWS = 5, 3
"""Rows of tables of the one page: of what is late, and of what is blocked."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the columns of its key, see `COLUMNS`; at most `most` of them on paper.

    `noun` is what a row is counted as.
    """

    key: str
    rows: tuple[tuple[Cell, ...], ...]
    most: int = MOST_ROWS
    noun: str = "items"

    def __post_init__(self) -> None:
        wide = len(COLUMNS[self.key])
        if any(len(row) != wide for row in self.rows):
            msg = f"a row of {self.key!r} has not {wide} cells"
            raise ValueError(msg)

    @property
    def shown(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that paper holds."""
        return self.rows[: self.most]

    @property
    def left_out(self) -> int:
        """How many rows paper does not hold."""
        return len(self.rows) - len(self.shown)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: what it says, paragraph by paragraph, and its tables."""

    key: str
    paragraphs: tuple[Spoken, ...]
    tables: tuple[Table, ...] = ()

    def text(self, language: Language) -> str:
        """Return its title."""
        return say(f"ledger_report.chapter_{self.key}", language)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure to be read first: what it counts, how many, and what has to be known besides."""

    key: str
    number: int
    about: Spoken

    def text(self, language: Language) -> str:
        """Return what it counts."""
        return say(f"ledger_report.figure_{self.key}", language)


@dataclass(frozen=True, slots=True)
class Report:
    """A report: pure data, of which every output is made.

    Attributes
    ----------
    title, subtitle
        What it is called; of whom and of which days it tells.
    day, revision
        The day and the revision of the book it was made from.
    examples
        How many invented items there are among those it tells of; every output says so.
    notes
        How it counts, and what has to be known besides.
    facts
        The data behind the sentences.
    map
        Where the items lie, if a region was given.
    """

    kind: Kind
    title: Spoken
    subtitle: Spoken
    span: Span
    day: date
    revision: int
    examples: int
    figures: tuple[Figure, ...]
    chapters: tuple[Chapter, ...]
    notes: tuple[Spoken, ...]
    facts: Facts
    map: ItemMap | None = None

    def __post_init__(self) -> None:
        plan = CHAPTERS[self.kind]
        has = {one.key: tuple(table.key for table in one.tables) for one in self.chapters}
        if has != plan or list(has) != list(plan):
            msg = f"chapters {has} are not those of {self.kind}: {dict(plan)}"
            raise ValueError(msg)

    def cited(self, *, whole: bool = False) -> tuple[str, ...]:
        """Return the documents that rows name as their source, each once, in order.

        On paper these are the ones of the rows shown; `whole` takes those of all rows.
        """
        found: dict[str, None] = {}
        for table in self.tables():
            if "source" in COLUMNS[table.key]:
                place = COLUMNS[table.key].index("source")
                for row in table.rows if whole else table.shown:
                    if isinstance(row[place], str) and row[place]:
                        found[str(row[place])] = None
        return tuple(found)

    def tables(self) -> Sequence[Table]:
        """Return all tables in order."""
        return [table for chapter in self.chapters for table in chapter.tables]


def numeral(number: int, language: Language) -> str:
    """Return what stands before the title of a chapter: 一、 or 1."""
    return say(f"ledger_report.numeral_{number}", language)
