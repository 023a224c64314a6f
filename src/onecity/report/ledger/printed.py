"""A report as one page for screen and paper, in both languages, in the style of the other pages."""

from dataclasses import dataclass

from markupsafe import Markup

from onecity import __version__
from onecity.core.words import LANGUAGES, Language
from onecity.report.both import TAGS, both, in_both, told, twice
from onecity.report.ground import LABEL_SIZES
from onecity.report.page import environment
from onecity.report.paper import WIDTH

from .data import COLUMNS, FIGURES, WIDTHS, Chapter, Report, Table, numeral
from .slots import cell_words, example_words, footer_words, more_words
from .spoken import Count

_WORDS = frozenset({"due", "done", "on", "waits_due", "at", "source"})
"""Columns that are not broken into lines."""
_SHORT = 12
"""A table of so many rows stays on one page."""


@dataclass(frozen=True, slots=True)
class _Cell:
    text: Markup
    look: str


@dataclass(frozen=True, slots=True)
class _Table:
    key: str
    widths: tuple[float, ...]
    heads: tuple[_Cell, ...]
    rows: tuple[tuple[_Cell, ...], ...]
    more: Markup
    is_short: bool


@dataclass(frozen=True, slots=True)
class _Chapter:
    key: str
    title: Markup
    paragraphs: tuple[Markup, ...]
    tables: tuple[_Table, ...]


def page_of(report: Report, language: Language = "zh") -> str:
    """Return the page; it begins in one language and can be turned to the other."""
    cited = {one: number for number, one in enumerate(report.cited(), 1)}
    page: str = (
        environment()
        .get_template("ledger.html.j2")
        .render(
            one=report,
            language=language,
            tag=TAGS[language],
            titles={name: report.title.text(name) for name in LANGUAGES},
            example=in_both(lambda name: example_words(report, name)) if report.examples else "",
            figures=[
                (twice(figure), twice(Count(figure.number)), twice(figure.about))
                for figure in report.figures
            ],
            chapters=[
                _chapter(number, one, cited) for number, one in enumerate(report.chapters, 1)
            ],
            notes=[twice(one) for one in report.notes],
            sources=list(cited),
            footer=in_both(lambda name: footer_words(report, name)),
            map=report.map,
            paper_width=WIDTH,
            label_size=LABEL_SIZES["small"],
            languages=LANGUAGES,
            version=__version__,
        )
    )
    return page


def _chapter(number: int, chapter: Chapter, cited: dict[str, int]) -> _Chapter:
    return _Chapter(
        chapter.key,
        in_both(lambda name: f"{numeral(number, name)}{chapter.text(name)}"),
        tuple(twice(one) for one in chapter.paragraphs),
        tuple(_table(one, cited) for one in chapter.tables if one.rows),
    )


def _table(table: Table, cited: dict[str, int]) -> _Table:
    columns = COLUMNS[table.key]
    looks = ["num" if one in FIGURES else "tight" if one in _WORDS else "" for one in columns]
    whole = sum(WIDTHS[one] for one in columns)
    return _Table(
        table.key,
        tuple(round(100 * WIDTHS[one] / whole, 2) for one in columns),
        tuple(
            _Cell(told(f"ledger_report.column_{key}"), look)
            for key, look in zip(columns, looks, strict=True)
        ),
        tuple(
            tuple(
                _Cell(both(*(cell_words(value, key, cited, name) for name in LANGUAGES)), look)
                for value, key, look in zip(row, columns, looks, strict=True)
            )
            for row in table.shown
        ),
        in_both(lambda name: more_words(table, name)),
        len(table.shown) <= _SHORT,
    )
