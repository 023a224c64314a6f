"""The league as people see it: one table, one chart, one page. No number is made here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import log
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from onecity import __version__
from onecity.core.words import LANGUAGES, Language, say
from onecity.league.standing import (
    BORDER,
    CENTRES,
    LAND,
    LAND_SHARE,
    PEOPLE,
    PREMIUM,
    SHARE,
    Standing,
)
from onecity.league.table import League
from onecity.strands.contract import Verdict, percent

from .borders import signed, spread
from .both import both, in_both
from .figures import NO_FIGURE, plain, spoken, unit_words
from .page import environment
from .picture import FONTS
from .workbooks import Sheet, flat_sheet, meanings_sheet

_TEMPLATE = "league.html.j2"
_WIDTH, _NAMES, _GAP, _ROW = 1240, 210, 56, 40
_TOP, _FOOT, _SIDE = 118, 96, 24
_INK, _FAINT, _GRID = "#1c2430", "#7d8794", "#dfe3e8"
_RANGE, _DOT, _HOLLOW = "#9db8d9", "#1f4e8c", "#ffffff"


# --- Table -----------------------------------------------------------------------------


def flat(league: League) -> pd.DataFrame:
    """Return one row for each group, for programs: plain columns, NaN or None where nothing is."""
    return pd.DataFrame([_flat_row(place, one) for place, one in enumerate(league.rows, 1)])


def _flat_row(place: int, one: Standing) -> dict[str, Any]:
    group, border, premium = one.group, one.border, one.premium
    row: dict[str, Any] = {
        "place": place,
        "group": group.key,
        "name_zh": group.name_zh,
        "name_en": group.name_en,
        "core": group.core.code,
        "cities": ";".join(member.city.code for member in group.members),
        "people": one.people,
        "land_km2": one.land_km2,
    }
    for key, figure in one.figures.items():
        name = key.partition(".")[2]
        row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    nothing = float("nan")
    ends = (nothing, nothing)
    low, high = border.interval if border else ends
    least, most = border.variants if border else ends
    chance = border.chance if border else None
    by_chance = chance.p_range if chance else ends
    row |= {
        "border_percent": percent(border.beta) if border else nothing,
        "border_low": percent(low),
        "border_high": percent(high),
        "border_variants_low": percent(least),
        "border_variants_high": percent(most),
        "border_by_chance": chance.p if chance else nothing,
        "border_by_chance_low": by_chance[0],
        "border_by_chance_high": by_chance[1],
        "border_verdict": border.verdict.value if border else None,
        "premium": premium.factor if premium else nothing,
        "premium_low": premium.interval[0] if premium else nothing,
        "premium_high": premium.interval[1] if premium else nothing,
        "premium_by_chance": premium.p if premium else nothing,
    }
    indicators = one.indicators.values()
    return row | {
        "nature": ";".join(dict.fromkeys(each.nature.value for each in indicators)),
        "grade": ";".join(dict.fromkeys(each.grade.value for each in indicators)),
        "people_grade": one.sources["census"].grade.value,
        "sources": ";".join(dict.fromkeys(key for each in indicators for key in each.sources)),
        "region_hash": one.region_hash,
        "remarks_zh": " ".join(each.text("zh") for each in one.remarks),
        "remarks_en": " ".join(each.text("en") for each in one.remarks),
    }


def heads(league: League, language: Language) -> list[str]:
    """Return the heads of the table for people, unit, nature and grade below the name."""
    found = [say(f"league.head_{name}", language) for name in ("group", "people")]
    shown = (SHARE, PEOPLE, LAND_SHARE, LAND, CENTRES, BORDER)
    found += [_head(league, key, language) for key in shown]
    found += [say(f"league.head_{name}", language) for name in ("chance", "verdict")]
    if PREMIUM in league.indicators:
        found += [_head(league, PREMIUM, language), say("league.head_chance", language)]
    return found


def _head(league: League, key: str, language: Language) -> str:
    one = league.indicators[key]
    unit = unit_words(one.unit, language)
    return f"{one.text(language)}\n{unit} · {one.nature.text(language)} {one.grade.value}"


def lines(league: League, language: Language) -> list[list[str]]:
    """Return the rows of the table for people, as `heads` names their cells."""
    return [_line(league, one, language) for one in league.rows]


def _line(league: League, one: Standing, language: Language) -> list[str]:
    cells = [one.group.text(language), spoken(one.people, 0, "people", language)]
    for key, decimals in ((SHARE, 1), (PEOPLE, 0), (LAND_SHARE, 1), (LAND, 0)):
        figure = one.figures[key]
        if key == PEOPLE:
            cells.append(spoken(figure.value, 0, "people", language))
            continue
        low, high = plain(figure.low, decimals), plain(figure.high, decimals)
        cells.append(f"{plain(figure.value, decimals)} [{low}–{high}]")
    near = one.figures[CENTRES]
    cells.append(f"{near.value:.0f} / {len(one.group.members) - 1}")
    border = one.border
    if border is None:
        cells += [NO_FIGURE, NO_FIGURE, say("league.no_border", language)]
    else:
        ends = border.chance.p_range if border.chance else ()
        cells += [
            f"{signed(border.percent, 1)} [{spread(border.interval, 1)}]",
            "–".join(dict.fromkeys(f"{end:.1%}" for end in ends)) or NO_FIGURE,
            border.verdict.text(language),
        ]
    if PREMIUM in league.indicators:
        found = one.premium
        if found is None:
            cells += [NO_FIGURE, NO_FIGURE]
        else:
            low, high = (plain(end, 2) for end in found.interval)
            cells += [f"{plain(found.factor, 2)} [{low}–{high}]", f"{found.p:.0%}"]
    return cells


# --- Chart -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure of the chart: a dot, the line of its interval, the band of its range."""

    value: float
    line: tuple[float, float]
    band: tuple[float, float]
    sure: bool
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One column of the chart: title, what stands under it, marks by row, where none begins."""

    title: str
    about: str
    marks: tuple[Mark | None, ...]
    none: float
    unit: str
    logarithmic: bool = False


def chart(league: League, language: Language) -> str:
    """Return the league as one SVG picture that needs nothing else."""
    panels = _panels(league, language)
    height = _TOP + _ROW * len(league.rows) + _FOOT
    wide = (_WIDTH - _NAMES - 2 * _SIDE - _GAP * (len(panels) - 1)) / len(panels)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'width="{_WIDTH}" height="{height}" font-family="{FONTS}" fill="{_INK}" '
            'style="background:#ffffff">'
        ),
        f"<title>{escape(say('league.title', language))}</title>",
        _text(say("league.title", language), _SIDE, 36, 22, weight=700),
    ]
    for row, one in enumerate(league.rows):
        y = _TOP + _ROW * row + _ROW // 2
        parts.append(_text(f"{row + 1}", _SIDE, y + 5, 14, fill=_FAINT))
        parts.append(_text(one.group.text(language), _SIDE + 26, y + 5, 16, weight=600))
    for place, panel in enumerate(panels):
        left = _SIDE + _NAMES + place * (wide + _GAP)
        parts += _panel(panel, left, wide, len(league.rows))
    notes = (say("league.chart_note", language), say("league.chart_owners", language))
    for row, words in enumerate(notes):
        parts.append(_text(words, _SIDE, height - 40 + 22 * row, 13, fill=_FAINT))
    return "".join([*parts, "</svg>\n"])


def _panels(league: League, language: Language) -> list[Panel]:
    people, border = league.indicators[SHARE], league.indicators[BORDER]
    found = [
        Panel(
            say("league.panel_people", language),
            _trust(people, language),
            tuple(_people_mark(one) for one in league.rows),
            0.0,
            "%",
        ),
        Panel(
            say("league.panel_border", language),
            _trust(border, language),
            tuple(_border_mark(one) for one in league.rows),
            0.0,
            "%",
        ),
    ]
    if PREMIUM in league.indicators:
        marks = tuple(_premium_mark(one) for one in league.rows)
        trust = _trust(league.indicators[PREMIUM], language)
        title = say("league.panel_premium", language)
        found.append(Panel(title, trust, marks, 1.0, "×", logarithmic=True))
    return found


def _trust(one: Any, language: Language) -> str:
    return f"{one.nature.text(language)} {one.grade.value}"


def _people_mark(one: Standing) -> Mark:
    figure = one.figures[SHARE]
    ends = (figure.low, figure.high)
    return Mark(figure.value, ends, ends, True, plain(figure.value, 0))


def _border_mark(one: Standing) -> Mark | None:
    found = one.border
    if found is None:
        return None
    low, high = (percent(end) for end in found.interval)
    least, most = (percent(end) for end in found.variants)
    sure = found.verdict is Verdict.CLEAR
    return Mark(found.percent, (low, high), (least, most), sure, signed(found.percent, 1)[:-1])


def _premium_mark(one: Standing) -> Mark | None:
    found = one.premium
    if found is None:
        return None
    sure = found.p <= 0.05 and (found.interval[0] > 1 or found.interval[1] < 1)
    return Mark(found.factor, found.interval, found.interval, sure, plain(found.factor, 1))


def _panel(panel: Panel, left: float, wide: float, rows: int) -> Iterator[str]:
    yield _text(panel.title, left, 74, 16, weight=700)
    yield _text(panel.about, left, 94, 12, fill=_FAINT)
    marks = [one for one in panel.marks if one is not None]
    ends = [end for one in marks for end in (*one.line, *one.band, one.value)]
    low, high = min([panel.none, *ends]), max([panel.none, *ends])
    steps = _ticks(low, high, logarithmic=panel.logarithmic)
    low, high = min(low, steps[0]), max(high, steps[-1])
    bottom = _TOP + _ROW * rows

    def at(value: float) -> float:
        if panel.logarithmic:
            value, first, last = log(value), log(low), log(high)
        else:
            first, last = low, high
        return round(left + wide * (value - first) / (last - first), 1)

    for value in steps:
        x, heavy = at(value), value == panel.none
        colour = _INK if heavy else _GRID
        yield f'<path d="M{x} {_TOP - 8}V{bottom}" stroke="{colour}" stroke-width="1"/>'
        yield _text(f"{value:g}{panel.unit}", x, bottom + 18, 12, anchor="middle", fill=_FAINT)
    for row, one in enumerate(panel.marks):
        y = _TOP + _ROW * row + _ROW // 2
        if one is None:
            yield _text(NO_FIGURE, at(panel.none) + 8, y + 5, 14, fill=_FAINT)
            continue
        yield (
            f'<path d="M{at(one.band[0])} {y}H{at(one.band[1])}" stroke="{_RANGE}" '
            'stroke-width="9" stroke-linecap="round"/>'
            f'<path d="M{at(one.line[0])} {y}H{at(one.line[1])}" stroke="{_DOT}" '
            'stroke-width="2"/>'
            f'<circle cx="{at(one.value)}" cy="{y}" r="5.5" fill="{_DOT if one.sure else _HOLLOW}" '
            f'stroke="{_DOT}" stroke-width="2"/>'
        )
        yield _text(one.text, at(one.value), y - 9, 12, anchor="middle")


def _ticks(low: float, high: float, *, logarithmic: bool) -> list[float]:
    """Return some round values that hold a range between them."""
    if logarithmic:
        known = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
        first = max((one for one in known if one <= low), default=known[0])
        last = min((one for one in known if one >= high), default=known[-1])
        return [one for one in known if first <= one <= last]
    step = next(one for one in (1, 2, 5, 10, 20, 25, 50, 100, 1e9) if (high - low) / one <= 6)
    first, last = int(low // step), int(-(-high // step))
    return [float(step * one) for one in range(first, max(last, first + 1) + 1)]


def _text(
    words: str,
    x: float,
    y: float,
    size: int,
    *,
    anchor: str = "start",
    weight: int = 400,
    fill: str = _INK,
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{fill}">{escape(words)}</text>'
    )


# --- Page ------------------------------------------------------------------------------


def page(league: League) -> str:
    """Return the league as one HTML page in both languages that needs nothing else."""
    text = (files(__package__) / "templates" / _TEMPLATE).read_text(encoding="utf-8")
    own = {language: (heads(league, language), lines(league, language)) for language in LANGUAGES}
    context = {
        "version": __version__,
        "titles": {language: say("league.title", language) for language in LANGUAGES},
        "charts": {language: Markup(chart(league, language)) for language in LANGUAGES},  # noqa: S704
        "heads": [both(zh, en) for zh, en in zip(own["zh"][0], own["en"][0], strict=True)],
        "rows": [
            [(both(*map(_broken, pair)), "[" in pair[0]) for pair in zip(one, other, strict=True)]
            for one, other in zip(own["zh"][1], own["en"][1], strict=True)
        ],
        "remarks": [in_both(one.text) for one in league.remarks],
        "own": [
            (in_both(one.group.text), [in_both(each.text) for each in _own(one)])
            for one in league.rows
        ],
        "meanings": [(in_both(one.text), in_both(one.about)) for one in league.indicators.values()],
        "sources": list(league.sources.values()),
        "terms": lambda one: in_both(one.terms),
        "languages": LANGUAGES,
    }
    made: str = environment().from_string(text).render(context)
    return made


def _broken(cell: str) -> str:
    """Return a cell with its interval on a line of its own."""
    return cell.replace(" [", "\n[")


def _own(one: Standing) -> Sequence[Any]:
    """Return what a reader must know of one group: remarks, and notes on its members."""
    return [*one.remarks, *_notes(one)]


@dataclass(frozen=True, slots=True)
class _Said:
    """A line on members, as the list of groups gives it; the same in both languages."""

    words: str

    def text(self, _: Language) -> str:
        return self.words


def _notes(one: Standing) -> list[_Said]:
    found: dict[str, list[str]] = {}
    for member in one.group.members:
        words = f"{member.source} · {member.grade.value}"
        found.setdefault(f"{words} · {member.note}" if member.note else words, []).append(
            member.city.name_zh
        )
    return [_Said(f"{'、'.join(names)}: {words}") for words, names in found.items()]


# --- Workbook and JSON -----------------------------------------------------------------


def sheets(league: League, language: Language) -> list[Sheet]:
    """Return the league as sheets of a workbook: the table, members, meanings, sources."""
    keys = ("key", "title", "licence", "date", "grade", "origin")
    members = ("group", "code", "title", "people", "grade", "source", "note")
    return [
        Sheet(say("league.sheet", language), heads(league, language), lines(league, language)),
        flat_sheet("flat", flat(league)),
        Sheet(
            say("league.sheet_members", language),
            [say(f"league.column_{name}", language) for name in members],
            [
                (
                    *(one.group.text(language), each.city.code, each.city.name_zh),
                    *(each.residents.people, each.residents.grade.value),
                    *(each.residents.source, f"{each.source} · {each.grade.value} · {each.note}"),
                )
                for one in league.rows
                for each in one.group.members
            ],
        ),
        meanings_sheet(league.indicators.values(), language),
        Sheet(
            say("cli.info_sources", language),
            [say(f"cli.column_{name}", language) for name in keys],
            [
                (
                    key,
                    one.text(language),
                    one.terms(language),
                    one.date,
                    one.grade.value,
                    one.origin,
                )
                for key, one in league.sources.items()
            ],
        ),
    ]


def answer(league: League) -> dict[str, Any]:
    """Return the league with all that belongs to it, for machines."""
    table = flat(league)
    return {
        "groups": table.astype(object).where(table.notna(), None).to_dict("records"),
        "indicators": {
            key: {
                "unit": one.unit,
                "nature": one.nature.value,
                "grade": one.grade.value,
                "sources": list(one.sources),
                **{f"title_{language}": one.text(language) for language in LANGUAGES},
                **{f"about_{language}": one.about(language) for language in LANGUAGES},
            }
            for key, one in league.indicators.items()
        },
        "sources": {
            key: {
                "title_zh": one.title_zh,
                "title_en": one.title_en,
                "origin": one.origin,
                "licence": one.licence,
                "date": one.date,
                "grade": one.grade.value,
                "nature": one.nature.value,
            }
            for key, one in league.sources.items()
        },
        "remarks": [
            {language: each.text(language) for language in LANGUAGES} for each in league.remarks
        ],
    }
