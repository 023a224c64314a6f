"""What a Word template can be filled with: plain texts by name, in one language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from onecity import __version__
from onecity.core.words import Language, say
from onecity.report.figures import NO_FIGURE

from .data import CHAPTERS, COLUMNS, Cell, Kind, Report, Table
from .period import Day
from .spoken import Count, Spoken

SAMPLE = "…"
"""Stands in every field when a template is tried out."""


def slots_of(report: Report, language: Language) -> dict[str, Any]:
    """Return every field of a report as text; the map is added by whoever draws it."""
    cited = {one: number for number, one in enumerate(report.cited(), 1)}
    found: dict[str, Any] = {
        "title": report.title.text(language),
        "subtitle": report.subtitle.text(language),
        "period": report.span.text(language),
        "day": Day(report.facts.end).text(language),
        "example": example_words(report, language),
        "footer": footer_words(report, language),
        "notes": [one.text(language) for one in report.notes],
        "sources": [{"number": str(number), "text": one} for one, number in cited.items()],
        "figures": [
            {
                "title": one.text(language),
                "number": str(one.number),
                "about": one.about.text(language),
            }
            for one in report.figures
        ],
        "map": "",
        "map_about": "" if report.map is None else report.map.text(language),
        "tables": {one.key: _table(one, cited, language) for one in report.tables()},
    }
    for chapter in report.chapters:
        found[chapter.key] = {
            "title": chapter.text(language),
            "text": [one.text(language) for one in chapter.paragraphs],
        }
    return found


def sample_of(kind: Kind) -> dict[str, Any]:
    """Return every field of a kind of report, each list with one entry, to try a template out."""
    found: dict[str, Any] = dict.fromkeys(
        ("title", "subtitle", "period", "day", "example", "footer", "map", "map_about"), SAMPLE
    )
    found["notes"] = [SAMPLE]
    found["sources"] = [{"number": SAMPLE, "text": SAMPLE}]
    found["figures"] = [dict.fromkeys(("title", "number", "about"), SAMPLE)]
    found["tables"] = {
        key: {"title": SAMPLE, "more": SAMPLE, "rows": [dict.fromkeys(COLUMNS[key], SAMPLE)]}
        for tables in CHAPTERS[kind].values()
        for key in tables
    }
    for chapter in CHAPTERS[kind]:
        found[chapter] = {"title": SAMPLE, "text": [SAMPLE]}
    return found


def example_words(report: Report, language: Language) -> str:
    """Return the notice of invented items; nothing where there are none."""
    if not report.examples:
        return ""
    return say("ledger_report.example_notice", language, count=Count(report.examples))


def footer_words(report: Report, language: Language) -> str:
    """Return which ledger the report was made from, and by what."""
    return say(
        "ledger_report.footer",
        language,
        day=Day(report.day),
        revision=report.revision,
        version=__version__,
    )


def more_words(table: Table, language: Language) -> str:
    """Return that rows are left out on paper; nothing where all are there."""
    if not table.left_out:
        return ""
    return say("ledger_report.left_out", language, count=Count(table.left_out, table.noun))


def cell_words(value: Cell, column: str, cited: Mapping[str, int], language: Language) -> str:
    """Return a cell as paper holds it: sources by their numbers, a dash for nothing."""
    if value is None or value == "":
        return NO_FIGURE
    if column == "source":
        return f"[{cited[str(value)]}]" if value in cited else NO_FIGURE
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return f"{value:,.12g}" if isinstance(value, float) else f"{value:,}"
    return said(value, language)


def said(value: Spoken | str, language: Language) -> str:
    """Return words, or a text of people as it is; enumerations are texts with words."""
    return str(value) if type(value) is str else value.text(language)  # type: ignore[union-attr]


def _table(table: Table, cited: Mapping[str, int], language: Language) -> dict[str, Any]:
    columns = COLUMNS[table.key]
    return {
        "title": say(f"ledger_report.table_{table.key}", language),
        "more": more_words(table, language),
        "rows": [
            {
                column: cell_words(value, column, cited, language)
                for column, value in zip(columns, row, strict=True)
            }
            for row in table.shown
        ],
    }
