"""The analysis of a catalogue as people see it: tables, one page, one workbook. No numbers here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import IO, Any

from markupsafe import Markup

from onecity import __version__
from onecity.core.words import LANGUAGES, Language, say
from onecity.hall.catalogue.rules import Difference
from onecity.hall.exchange.across import Burden
from onecity.hall.exchange.analysis import Analysis
from onecity.hall.exchange.opening import Spared

from .both import both, in_both, told
from .figures import NO_FIGURE, plain
from .page import environment
from .workbooks import Sheet, write_workbook

_TEMPLATE = "hall.html.j2"
MOST = 30
"""Rows of a table on the page; files hold all."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What a cell says: a sentence of the catalogue."""

    key: str

    def text(self, language: Language) -> str:
        """Return it in one language."""
        return say(self.key, language)


@dataclass(frozen=True, slots=True)
class _Texts:
    """What a cell says that is no sentence of the catalogue, in each language."""

    texts: Mapping[Language, str]

    def text(self, language: Language) -> str:
        """Return it in one language."""
        return self.texts[language]


Cell = str | float | int | _Words | _Texts | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its key (title, what it tells, heads in the chapter ``hall_report``), its rows.

    `decimals` are those of the figures in each column.
    """

    key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    decimals: tuple[int, ...]

    def title(self, language: Language) -> str:
        """Return its title."""
        return say(f"hall_report.title_{self.key}", language)

    def about(self, language: Language) -> str:
        """Return what it tells."""
        return say(f"hall_report.about_{self.key}", language)

    def heads(self, language: Language) -> list[str]:
        """Return the heads of its columns."""
        return [say(f"hall_report.head_{name}", language) for name in self.columns]

    def shown(self, row: Sequence[Cell], language: Language) -> list[str]:
        """Return a row as it is read."""
        return [
            _shown(cell, places, language) for cell, places in zip(row, self.decimals, strict=True)
        ]

    def plain(self, row: Sequence[Cell], language: Language) -> list[Any]:
        """Return a row as plain values: figures as they are, words in one language."""
        return [_plain(cell, language) for cell in row]


def _shown(cell: Cell, decimals: int, language: Language) -> str:
    match cell:
        case None | "":
            return NO_FIGURE
        case int() | float():
            return plain(float(cell), decimals)
        case Burden() | _Words() | _Texts():
            return cell.text(language)
    return cell


def _plain(cell: Cell, language: Language) -> Any:
    match cell:
        case float():
            return cell if isfinite(cell) else None
        case Burden() | _Words() | _Texts():
            return cell.text(language)
    return cell


def tables_of(one: Analysis) -> tuple[Table, ...]:
    """Return every table that an analysis fills, what to do first at the top."""
    makers = (_openings, _held, _silos, _twice, _lengths, _rework, _across, _differences)
    made = (make(one) for make in makers)
    return tuple(table for table in made if table.rows)


def _table(
    key: str, columns: str, decimals: Sequence[int], rows: Iterable[Sequence[Cell]]
) -> Table:
    return Table(key, tuple(columns.split()), tuple(map(tuple, rows)), tuple(decimals))


def _names(
    one: Analysis,
) -> tuple[Callable[[str], str], Callable[[str], str], Callable[[str], str]]:
    """Return what gives the names of documents, of departments' duties, and of cities."""
    catalogue = one.catalogue
    duties: dict[str, list[str]] = {}
    for department in catalogue.departments:
        city = catalogue.cities.get(department.city, "")
        duties.setdefault(department.duty, []).append(department.title.removeprefix(city))
    return (
        lambda code: catalogue.document[code].title if code in catalogue.document else code,
        lambda duty: duties[duty][0] if duty in duties else duty,
        lambda code: catalogue.cities.get(code, code),
    )


def _openings(one: Analysis) -> Table:
    document, duty, _ = _names(one)
    return _table(
        "openings",
        "order holder document asker visits documents days",
        (0, 0, 0, 0, 0, 0, 0),
        (
            (
                place,
                duty(each.holder),
                document(each.document) if each.document else None,
                duty(each.asker) if each.asker else None,
                each.adds.visits,
                each.adds.documents,
                each.adds.days,
            )
            for place, each in enumerate(one.openings.opened, 1)
        ),
    )


def _held(one: Analysis) -> Table:
    _, duty, _ = _names(one)
    return _table(
        "held",
        "document holder items cities submissions visits days shared",
        (0,) * 8,
        (
            (
                each.document.title,
                duty(each.holder),
                each.items,
                each.cities,
                each.submissions,
                each.visits,
                each.days,
                _Words("hall_book.yes" if each.shared else "hall_book.no"),
            )
            for each in one.held
        ),
    )


def _silos(one: Analysis) -> Table:
    _, duty, _ = _names(one)
    return _table(
        "silos",
        "holder asker kinds submissions",
        (0,) * 4,
        (
            (duty(each.holder), duty(each.asker), each.documents, each.submissions)
            for each in one.silos
        ),
    )


def _twice(one: Analysis) -> Table:
    document, _, city = _names(one)
    item = one.catalogue.item
    return _table(
        "twice",
        "event city document times yielded",
        (0,) * 5,
        (
            (
                each.event.title,
                city(each.city),
                document(each.document),
                each.times,
                item[each.yielded_by].title if each.yielded_by else None,
            )
            for each in one.twice
        ),
    )


def _lengths(one: Analysis) -> Table:
    _, _, city = _names(one)
    titles = {each.basic_code: each.title for each in one.catalogue.items}
    return _table(
        "lengths",
        "event city today possible pairs",
        (0, 0, 1, 1, 0),
        (
            (
                each.walk.event.title,
                city(each.walk.city),
                each.today,
                each.possible,
                "; ".join(f"{titles[a]} ‖ {titles[b]}" for a, b in each.pairs),
            )
            for each in one.lengths
        ),
    )


def _rework(one: Analysis) -> Table:
    _, _, city = _names(one)
    return _table(
        "rework",
        "event city days_before days_after visits_before visits_after documents_before"
        " documents_after",
        (0,) * 8,
        (
            (
                each.walk.event.title,
                city(each.walk.city),
                each.before.quantile(0.5),
                each.after.quantile(0.5),
                each.before.visits,
                each.after.visits,
                each.before.documents,
                each.after.documents,
            )
            for each in one.rework
        ),
    )


def _across(one: Analysis) -> Table:
    item = one.catalogue.item
    return _table(
        "across",
        "burden item home across ratio low high cases",
        (0, 0, 2, 2, 2, 2, 2, 0),
        (
            (
                each.burden,
                f"{item[each.item].title} ({each.item})" if each.item else None,
                each.home,
                each.across,
                each.ratio,
                *each.interval,
                each.cases,
            )
            for each in one.across
        ),
    )


def _differences(one: Analysis) -> Table:
    _, _, city = _names(one)
    return _table(
        "differences",
        "item field values",
        (0,) * 3,
        (
            (
                each.title,
                _field(each.field),
                _Texts({"zh": _values(each, city, "zh"), "en": _values(in_english, city, "en")}),
            )
            for each, in_english in zip(one.differences["zh"], one.differences["en"], strict=True)
        ),
    )


def _values(one: Difference, city: Callable[[str], str], language: Language) -> str:
    """Return each value with the cities that have it."""
    joint, form, apart = (
        ("、", "{0}（{1}）", "；") if language == "zh" else (", ", "{0} ({1})", "; ")
    )
    return apart.join(
        form.format(value, joint.join(city(code) or "-" for code in cities))
        for value, cities in one.values
    )


def _field(name: str) -> _Words:
    """Return the words of a field that differs between cities: its sheet or its head."""
    if name == "materials":
        return _Words("hall_book.sheet_requirements")
    return _Words("hall_book.sheet_fees" if name == "fees" else f"hall_book.head_{name}")


def figures_of(one: Analysis, language: Language) -> list[tuple[str, str]]:
    """Return what to read first: titles and figures."""
    found = one.openings

    def of(spared: Spared) -> str:
        return say(
            "hall_report.spared",
            language,
            visits=plain(spared.visits, 0),
            documents=plain(spared.documents, 0),
            days=plain(spared.days, 0),
        )

    asked = sum(each.cases for each in one.asking.asked)
    held = sum(each.cases for each in one.asking.asked if each.holder)
    share = held / asked if asked else float("nan")
    return [
        (say("hall_report.figure_asked", language), plain(asked, 0)),
        (
            say("hall_report.figure_held", language),
            f"{plain(held, 0)} ({plain(100 * share, 0)}%)",
        ),
        (
            say("hall_report.figure_openings", language, count=len(found.opened)),
            of(found.spared),
        ),
        (say("hall_report.figure_possible", language, count=found.count), of(found.possible)),
        (
            say("hall_report.figure_gap", language),
            f"{plain(100 * found.gap, 2)}%",
        ),
        (say("hall_report.figure_single", language), of(found.single)),
        (say("hall_report.figure_grouped", language), of(found.grouped)),
    ]


def notes_of(one: Analysis, language: Language) -> list[str]:
    """Return what has to be known beside the figures."""
    weights = one.weights
    counted = say(
        "hall_report.weights",
        language,
        visits=f"{weights.visits:g}",
        documents=f"{weights.documents:g}",
        days=f"{weights.days:g}",
        grain=one.grain,
    )
    return [counted, *(remark.text(language) for remark in one.remarks)]


def page_of(one: Analysis, language: Language) -> str:
    """Return the analysis as one HTML page that needs nothing else."""
    rows = [
        (
            table,
            [
                [
                    both(*cells)
                    for cells in zip(*(table.shown(row, each) for each in LANGUAGES), strict=True)
                ]
                for row in table.rows[:MOST]
            ],
        )
        for table in tables_of(one)
    ]
    figures = zip(*(figures_of(one, each) for each in LANGUAGES), strict=True)
    context = {
        "one": one,
        "language": language,
        "version": __version__,
        "titles": {each: _title(one, each) for each in LANGUAGES},
        "marked": one.catalogue.marked,
        "figures": [(both(a[0], b[0]), both(a[1], b[1])) for a, b in figures],
        "tables": [
            {
                "key": table.key,
                "title": in_both(table.title),
                "about": in_both(table.about),
                "heads": [
                    both(*pair)
                    for pair in zip(*(table.heads(each) for each in LANGUAGES), strict=True)
                ],
                "numeric": [isinstance(cell, int | float) for cell in table.rows[0]],
                "rows": cells,
                "more": _more(table),
            }
            for table, cells in rows
        ],
        "notes": [
            both(*pair) for pair in zip(*(notes_of(one, each) for each in LANGUAGES), strict=True)
        ],
    }
    page: str = environment().get_template(_TEMPLATE).render(context)
    return page


def _more(table: Table) -> Markup | None:
    left = len(table.rows) - MOST
    return told("hall_report.more", count=left) if left > 0 else None


def _title(one: Analysis, language: Language) -> str:
    return say("hall_report.page_title", language, title=one.catalogue.title)


def write_analysis(path: Path | IO[bytes], one: Analysis, language: Language) -> None:
    """Write every table whole as the sheets of a workbook, what to know of them first."""
    notes = [("", one.catalogue.marked)] if one.catalogue.marked else []
    lines = [*figures_of(one, language), *notes, *(("", note) for note in notes_of(one, language))]
    first = Sheet(say("hall_report.sheet_first", language), ["", ""], lines, 2)
    sheets = [
        Sheet(
            table.title(language),
            table.heads(language),
            [table.plain(row, language) for row in table.rows],
            2,
        )
        for table in tables_of(one)
    ]
    write_workbook(path, _title(one, language), [first, *sheets])


def answer_of(one: Analysis) -> dict[str, Any]:
    """Return the analysis for programs: tables by key, figures as they are."""
    found = one.openings
    return {
        "title": one.catalogue.title,
        "marked": one.catalogue.marked,
        "grain": one.grain.value,
        "weights": _record(one.weights),
        "openings": {
            "count": found.count,
            "gap": found.gap,
            "seconds": found.seconds,
            "spared": _record(found.spared),
            "possible": _record(found.possible),
            "greedy_single": _record(found.single),
            "greedy_grouped": _record(found.grouped),
        },
        "tables": {
            table.key: [
                dict(zip(table.columns, table.plain(row, "en"), strict=True)) for row in table.rows
            ]
            for table in tables_of(one)
        },
        "remarks": [
            {language: remark.text(language) for language in LANGUAGES} for remark in one.remarks
        ],
    }


def _record(spared: Spared) -> dict[str, float]:
    return {"visits": spared.visits, "documents": spared.documents, "days": spared.days}
