"""What the page says of one strand: cards, maps, tables, remarks. Nothing is measured here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import geopandas as gpd
import pandas as pd
from markupsafe import Markup

from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES, Language, Sentence, say
from onecity.strands.bounds import bounds_in
from onecity.strands.contract import (
    BorderLayer,
    Findings,
    Indicator,
    Layer,
    Level,
    Matrix,
    Proposal,
)

from .borders import Borders, borders_of
from .both import both, told, twice
from .figures import NO_FIGURE, plain, span_words, spoken_parts, unit_words
from .maps import Atlas, Drawn, draw
from .names import Name
from .proposals import Proposals, proposals_of

MARKS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
HEAT = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#3075ae", "#1f5fa0")
"""ColorBrewer's Blues (Brewer 2003, Apache-2.0), the last two darker for white figures."""
_COUNTY_COLUMNS = 8
_HEADLINES = 3
_UNSEEN = 5.0
"""Units of the sheet that a small map does not show: less than a pixel. Halves the page."""
_CARDS = 5
"""Figures to be read first: as many as are remembered."""


NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class Chip:
    """How far a figure can be trusted, as small as a footnote."""

    nature: Nature
    grade: Grade
    numbers: tuple[int, ...]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A figure to be read first."""

    title: Markup
    about: Markup
    figure: Markup
    span: Markup | None
    chip: Chip


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a table: as text, as a bar (0 to 100), as a value to sort by."""

    text: str
    span: Markup = NOTHING
    bar: float | None = None
    value: float | str | None = None
    grade: str = ""
    heat: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An indicator and its figures."""

    title: Markup
    about: Markup
    unit: Markup
    chip: Chip
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Indicators as rows, units as columns."""

    level: Level
    heads: tuple[Markup, ...]
    roles: tuple[Markup, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Units as rows, some indicators as columns; can be sorted."""

    heads: tuple[Row, ...]
    rows: tuple[tuple[Markup, Markup, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Square:
    """Figures between pairs of units, shaded."""

    title: Markup
    title_zh: str
    title_en: str
    about: Markup
    unit: Markup
    chip: Chip
    heads: tuple[Markup, ...]
    rows: tuple[tuple[Markup, tuple[Cell, ...]], ...]
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class MapFigure:
    """A map with what must stand beside it."""

    drawn: Drawn
    title: Markup
    about: Markup
    unit: Markup
    level: Markup
    chip: Chip
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One strand of the page."""

    key: str
    title: Markup
    remarks: tuple[tuple[str, Markup], ...]
    cards: tuple[Card, ...]
    maps: tuple[MapFigure, ...]
    region: Sheet | None
    cities: Sheet | None
    groups: Sheet | None
    counties: Listing | None
    squares: tuple[Square, ...]
    borders: Borders | None
    proposals: Proposals | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What all chapters need: names, source numbers, maps, and base columns of units.

    `base` holds by level the rows on people and area, whose figures carry a grade each;
    `lines` where cities meet.
    """

    names: Mapping[Level, Mapping[str, Name]]
    numbers: Mapping[str, int]
    roles: Mapping[str, Markup]
    base: Mapping[Level, tuple[Row, ...]]
    atlas: Atlas
    lines: gpd.GeoDataFrame


def chapter_of(
    findings: Findings,
    layers: Sequence[Layer | BorderLayer],
    setting: Setting,
    proposals: Sequence[Proposal] = (),
    *,
    large: bool = True,
) -> Chapter:
    """Lay out what a strand found, and what it proposes; the first map is `large`, or none."""
    special = {one.indicator.key for one in findings.borders}
    special |= {one.indicator.key for one in proposals}
    general = {
        remark.text("zh")
        for one in findings.indicators.values()
        if one.key not in special
        for remark in one.remarks
    }
    cities, ground = setting.names[Level.CITY], setting.atlas.ground
    proposed = proposals_of(proposals, cities, setting.numbers, ground, general)
    of_units = [one for one in layers if isinstance(one, Layer)]
    bordered = borders_of(
        findings.borders,
        next((one for one in layers if isinstance(one, BorderLayer)), None),
        setting.lines,
        cities,
        setting.numbers,
        ground,
        general,
    )
    remarks = remarks_in(findings)
    marks = {words: mark for mark, words, _ in remarks}
    maps = [
        _map(drawn, setting, marks)
        for place, layer in enumerate(of_units)
        if (
            drawn := draw(
                layer,
                findings,
                setting.atlas,
                setting.names,
                tolerance=0.0 if large and place == 0 else _UNSEEN,
            )
        )
        is not None
    ]
    return Chapter(
        key=findings.strand,
        title=told(f"strands.name_{findings.strand}"),
        remarks=tuple((mark, twice(remark)) for mark, _, remark in remarks),
        cards=_first(_cards(findings, setting, marks), bordered, proposed),
        maps=tuple(maps),
        region=_sheet(findings, Level.REGION, setting, marks),
        cities=_sheet(findings, Level.CITY, setting, marks),
        groups=_sheet(findings, Level.GROUP, setting, marks),
        counties=_listing(findings, of_units, setting, marks),
        squares=tuple(_square(one, setting, marks) for one in findings.matrices),
        borders=bordered,
        proposals=proposed,
    )


def _first(
    cards: Sequence[Card], bordered: Borders | None, proposed: Proposals | None
) -> tuple[Card, ...]:
    """Return the figures to be read first: headlines, borders, what is proposed, more headlines."""
    special = [] if bordered is None else _border_cards(bordered)
    special += [] if proposed is None else [_card_of(proposed)]
    several = [*cards[:_HEADLINES], *special, *cards[_HEADLINES:]]
    return tuple(several[:_CARDS])


def _border_cards(bordered: Borders) -> list[Card]:
    """Return the effect of all borders together as a figure to be read first."""
    return [
        Card(
            title=bordered.title,
            about=Markup("{0} · {1}<br>{2}").format(one.verdict, one.chance, bordered.about),
            figure=Markup("{0}").format(one.percent),
            span=Markup("{0}").format(one.variants),
            chip=Chip(bordered.nature, bordered.grade, bordered.numbers),
        )
        for one in bordered.lines["region"]
    ]


def _card_of(proposed: Proposals) -> Card:
    return Card(
        title=told(proposed.words["top"]),
        about=Markup("{0}<br>{1}").format(proposed.title, told("report.candidate")),
        figure=Markup("{0} <small>{1}</small>").format(proposed.top_place, proposed.top),
        span=proposed.top_span,
        chip=Chip(proposed.nature, proposed.grade, proposed.numbers),
    )


def remarks_in(findings: Findings) -> list[tuple[str, str, Sentence]]:
    """Return every remark once: its mark, its Chinese words (which name it), itself."""
    indicators = [*findings.indicators.values(), *(one.indicator for one in findings.matrices)]
    several = [*findings.remarks, *(remark for one in indicators for remark in one.remarks)]
    once = {remark.text("zh"): remark for remark in several}
    return [
        (MARKS[place] if place < len(MARKS) else f"({place + 1})", words, remark)
        for place, (words, remark) in enumerate(once.items())
    ]


def chip_of(one: Indicator, setting: Setting, marks: Mapping[str, str]) -> Chip:
    """Return how far a figure can be trusted; `marks` are those of remarks by Chinese words."""
    return Chip(
        one.nature,
        one.grade,
        tuple(sorted(setting.numbers[key] for key in one.sources)),
        tuple(marks[remark.text("zh")] for remark in one.remarks),
    )


def unit_of(one: Indicator) -> Markup:
    """Return the words of a figure's unit."""
    return both(*(unit_words(one.unit, language) for language in LANGUAGES))


def about_of(one: Indicator) -> Markup:
    """Return what a figure means."""
    return both(*(one.about(language) for language in LANGUAGES))


def bounds_of(findings: Findings, level: Level, key: str, code: object) -> tuple[float, float]:
    """Return the ends of a figure's range, the smaller first; NaN where it has none."""
    return bounds_in(findings, level, key, code) or (float("nan"), float("nan"))


def _cards(findings: Findings, setting: Setting, marks: Mapping[str, str]) -> tuple[Card, ...]:
    table = findings.tables.get(Level.REGION)
    if table is None or not len(table):
        return ()
    keys = findings.headline or tuple(table.columns[:_HEADLINES])
    code = table.index[0]
    cards = []
    for key in keys:
        one, value = findings.indicators[key], float(table[key].iloc[0])
        low, high = bounds_of(findings, Level.REGION, key, code)

        span = None
        if isfinite(low) and isfinite(high) and low < high:
            span = both(*(figure_words(low, high, one, language) for language in LANGUAGES))
        cards.append(
            Card(
                title=twice(one),
                about=about_of(one),
                figure=both(*(figure_words(value, value, one, language) for language in LANGUAGES)),
                span=span,
                chip=chip_of(one, setting, marks),
            )
        )
    return tuple(cards)


def figure_words(low: float, high: float, one: Indicator, language: Language) -> Markup:
    """Return a figure or range in prose, its unit in smaller letters."""
    figure, unit = spoken_parts(low, high, one.decimals, one.unit, language)
    pattern = "{0}{1}" if one.unit == "percent" else "{0}<small>{1}</small>"
    return Markup(pattern).format(figure, unit)  # noqa: S704


def _map(drawn: Drawn, setting: Setting, marks: Mapping[str, str]) -> MapFigure:
    one, level = drawn.layer.indicator, drawn.layer.level
    labels = [
        say(
            "report.map_label",
            language,
            title=one,
            unit=unit_words(one.unit, language),
            level=level,
            classes="；".join(swatch.text[language] for swatch in drawn.legend)
            if language == "zh"
            else "; ".join(swatch.text[language] for swatch in drawn.legend),
        )
        for language in LANGUAGES
    ]
    return MapFigure(
        drawn=drawn,
        title=twice(one),
        about=about_of(one),
        unit=unit_of(one),
        level=twice(level),
        chip=chip_of(one, setting, marks),
        label_zh=labels[0],
        label_en=labels[1],
    )


def _sheet(
    findings: Findings, level: Level, setting: Setting, marks: Mapping[str, str]
) -> Sheet | None:
    table = findings.tables.get(level)
    if table is None or not len(table):
        return None
    rows = list(setting.base.get(level, ()))
    for key in table.columns:
        one = findings.indicators[key]
        rows.append(
            Row(
                twice(one),
                about_of(one),
                unit_of(one),
                chip_of(one, setting, marks),
                _cells(findings, level, one, bars=level is not Level.REGION),
            )
        )
    codes = [str(code) for code in table.index]
    return Sheet(
        level,
        tuple(twice(setting.names[level][code]) for code in codes),
        tuple(setting.roles[code] for code in codes) if level is Level.GROUP else (),
        tuple(rows),
    )


def _cells(findings: Findings, level: Level, one: Indicator, *, bars: bool) -> tuple[Cell, ...]:
    column = findings.tables[level][one.key]
    spans = [_span(findings, level, one, code) for code in column.index]
    return tuple(
        Cell(plain(value, one.decimals), span, bar, None if pd.isna(value) else float(value))
        for value, span, bar in zip(
            column,
            spans,
            bar_lengths(column, one.unit) if bars else [None] * len(column),
            strict=True,
        )
    )


def _span(findings: Findings, level: Level, one: Indicator, code: object) -> Markup:
    """Return the range of a figure in few digits; nothing where it has none."""
    low, high = bounds_of(findings, level, one.key, code)
    if not (isfinite(low) and isfinite(high)) or low == high:
        return NOTHING
    return both(*(span_words(low, high, one.decimals, language) for language in LANGUAGES))


def bar_lengths(column: Iterable[float], unit: str) -> list[float | None]:
    """Return each figure as a bar: percent as it is, others against the largest of the row."""
    values = [float(value) for value in column]
    most = 100.0 if unit == "percent" else max((v for v in values if isfinite(v)), default=0.0)
    return [
        None if not isfinite(value) or most <= 0 else round(100 * max(value, 0) / most, 1)
        for value in values
    ]


def _listing(
    findings: Findings, layers: Sequence[Layer], setting: Setting, marks: Mapping[str, str]
) -> Listing | None:
    """Return the counties with the figures that maps show, as many as a page is wide."""
    table = findings.tables.get(Level.COUNTY)
    if table is None or not len(table):
        return None
    keys = [*findings.headline, *(one.indicator.key for one in layers)]
    keys = [key for key in dict.fromkeys(keys) if key in table.columns][:_COUNTY_COLUMNS]
    keys = keys or list(table.columns[:_COUNTY_COLUMNS])
    names = setting.names
    base = setting.base[Level.COUNTY]
    codes = [str(code) for code in table.index]
    heads = list(base)
    for key in keys:
        one = findings.indicators[key]
        cells = _cells(findings, Level.COUNTY, one, bars=False)
        heads.append(
            Row(twice(one), about_of(one), unit_of(one), chip_of(one, setting, marks), cells)
        )
    rows = []
    for place, code in enumerate(codes):
        county = names[Level.COUNTY][code]
        city = names[Level.CITY][county.city or ""]
        rows.append((twice(county), twice(city), tuple(head.cells[place] for head in heads)))
    return Listing(tuple(heads), tuple(rows))


def _square(matrix: Matrix, setting: Setting, marks: Mapping[str, str]) -> Square:
    one, values = matrix.indicator, matrix.values
    names = setting.names[matrix.level]
    apart = values.where(values.index.to_numpy()[:, None] != values.columns.to_numpy()[None, :])
    low, high = float(apart.min().min()), float(apart.max().max())
    figures = {str(row): dict(line) for row, line in values.iterrows()}

    def cell(row: str, column: str) -> Cell:
        value = float(figures[row][column])
        if row == column:
            return Cell("·")
        return Cell(plain(value, one.decimals), value=value, heat=heat_class(value, low, high))

    return Square(
        title=twice(one),
        title_zh=one.text("zh"),
        title_en=one.text("en"),
        about=about_of(one),
        unit=unit_of(one),
        chip=chip_of(one, setting, marks),
        heads=tuple(twice(names[code]) for code in values.columns),
        rows=tuple(
            (twice(names[row]), tuple(cell(row, column) for column in values.columns))
            for row in values.index
        ),
        low=plain(low, one.decimals) if isfinite(low) else NO_FIGURE,
        high=plain(high, one.decimals) if isfinite(high) else NO_FIGURE,
    )


def heat_class(value: float, low: float, high: float) -> str:
    """Return the class of a shaded cell: one of seven equal steps from low to high."""
    if not isfinite(value):
        return ""
    steps = len(HEAT)
    share = (value - low) / (high - low) if high > low else 0.0
    return f"h{min(int(share * steps), steps - 1)}"
