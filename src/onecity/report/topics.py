"""What the page says of topics: figures, lists, maps of roads, remarks, what is assumed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

from onecity.core.words import LANGUAGES, say
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.contract import Indicator, Layer, Level
from onecity.strands.examination import Examination, Ranked, Ranking, RoadLayer

from .both import both, in_both, told, twice
from .chapter import (
    NOTHING,
    Chapter,
    Chip,
    Setting,
    about_of,
    chapter_of,
    chip_of,
    remarks_in,
    unit_of,
)
from .figures import class_words, plain, unit_words
from .overlay import Key, Mark, Overlay, Stroke, apart, on_sheet
from .paper import svg_path
from .ranked import about_of as answer_of
from .ranked import cities_of, indicators_of, places_of, remarks_of, title_of

SHOWN = 10
"""Rows of a list that the page holds; all of them can be had from the command line."""
_MAPS = 2
"""Maps of areas, and of roads, that a topic has on the page."""
_MOST_POINTS = 20_000
"""Points of one map of roads: about 150 kB of the page."""
_TOLERANCE = 3.0
_PLACE = "#c8102e"
_THIN, _WIDE = 1.2, 3.4


@dataclass(frozen=True, slots=True)
class Head:
    """What a column of a list is."""

    title: Markup
    unit: Markup
    chip: Chip


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a list."""

    rank: int
    name: Markup
    figures: tuple[str, ...]
    cities: Markup
    remarks: Markup


@dataclass(frozen=True, slots=True)
class Listed:
    """A list, as much of it as the page holds."""

    title: Markup
    title_zh: str
    title_en: str
    about: Markup
    heads: tuple[Head, ...]
    entries: tuple[Entry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RoadMap:
    """A map of figures on roads, or of where the rows of a list are."""

    title: Markup
    about: Markup
    overlay: Overlay
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class TopicPart:
    """One topic of a chapter; `chapter` holds its figures, laid out as those of a strand."""

    key: str
    title: Markup
    about: Markup
    chapter: Chapter
    lists: tuple[Listed, ...]
    maps: tuple[RoadMap, ...]
    assumptions: tuple[Assumption, ...]


def topic_of(region: Region, examination: Examination, setting: Setting) -> TopicPart:
    """Lay out what a topic found."""
    known = indicators_of(examination)
    findings = examination.findings
    said = (*findings.remarks, *(one for each in examination.rankings for one in each.remarks))
    full = replace(findings, indicators={**findings.indicators, **known}, remarks=said)
    areas = [one for one in examination.layers if isinstance(one, Layer)][:_MAPS]
    marks = {words: mark for mark, words, _ in remarks_in(full)}
    return TopicPart(
        key=f"{findings.strand}-{examination.topic}",
        title=in_both(lambda language: title_of(examination, language)),
        about=in_both(lambda language: answer_of(examination, language)),
        chapter=chapter_of(full, areas, replace(setting, base={Level.COUNTY: ()}), large=False),
        lists=tuple(_listed(one, setting, marks) for one in examination.rankings),
        maps=_maps(region, examination, setting),
        assumptions=examination.assumptions,
    )


def _listed(ranking: Ranking, setting: Setting, marks: Mapping[str, str]) -> Listed:
    shown = ranking.rows[:SHOWN]
    return Listed(
        title=twice(ranking)
        if len(shown) == ranking.total
        else told("topics.list_title", title=ranking, shown=len(shown), total=ranking.total),
        title_zh=ranking.text("zh"),
        title_en=ranking.text("en"),
        about=in_both(ranking.about),
        heads=tuple(
            Head(twice(one), unit_of(one), chip_of(one, setting, marks)) for one in ranking.columns
        ),
        entries=tuple(_entry(place, row, ranking, setting) for place, row in enumerate(shown, 1)),
        total=ranking.total,
    )


def _entry(place: int, row: Ranked, ranking: Ranking, setting: Setting) -> Entry:
    cities = setting.names[Level.CITY]
    return Entry(
        place,
        both(row.name["zh"], row.name["en"]),
        tuple(
            plain(value, one.decimals)
            for value, one in zip(row.values, ranking.columns, strict=True)
        ),
        in_both(lambda language: cities_of(row, cities, language)),
        in_both(lambda language: remarks_of(row, language)) if row.remarks else NOTHING,
    )


# --- Maps ---------------------------------------------------------------------------------


def _maps(region: Region, examination: Examination, setting: Setting) -> tuple[RoadMap, ...]:
    """Return maps of figures on roads; the first list that has places is marked on the first."""
    roads = [one for one in examination.layers if isinstance(one, RoadLayer)][:_MAPS]
    placed = next(
        (one for one in examination.rankings if any(row.edges or row.point for row in one.rows)),
        None,
    )
    strokes, marks = ((), ()) if placed is None else _marked(region, placed, setting)
    if not roads:
        if placed is None:
            return ()
        return (_map_of(placed, Overlay(strokes, marks)),)
    maps = []
    for place, layer in enumerate(roads):
        drawn = _road_overlay(region, layer, setting)
        some = len(drawn.legend) < len(layer.scale.colours)
        if place == 0:
            drawn = replace(drawn, marks=marks)
        maps.append(_map_of(layer.indicator, drawn, some=some))
    return tuple(maps)


def _map_of(one: Indicator | Ranking, overlay: Overlay, *, some: bool = False) -> RoadMap:
    unit = NOTHING
    if isinstance(one, Indicator):  # what is drawn says on the map how far it can be trusted
        trust = in_both(lambda language: f"{one.nature.text(language)} {one.grade.value}")
        unit = Markup(" · {0} · {1}").format(unit_of(one), trust)
    about = about_of(one) if isinstance(one, Indicator) else in_both(one.about)
    marked = [told("topics.marks")] if overlay.marks else []
    marked += [told("topics.some_roads")] if some else []
    labels = [say("topics.map_label", language, title=one) for language in LANGUAGES]
    return RoadMap(
        Markup("{0}{1}").format(twice(one), unit),
        Markup(" ").join([about, *marked]),
        overlay,
        *labels,
    )


def _marked(
    region: Region, ranking: Ranking, setting: Setting
) -> tuple[tuple[Stroke, ...], tuple[Mark, ...]]:
    """Return the first rows of a list as lines and as numbers beside their places."""
    ground, rows = setting.atlas.ground, ranking.rows[:SHOWN]
    found = [
        (rank, row, shape)
        for rank, (row, shape) in enumerate(
            zip(rows, places_of(region, replace(ranking, rows=rows)), strict=True), 1
        )
        if shape is not None
    ]
    if not found:
        return (), ()
    shapes = on_sheet(ground, [shape for _, _, shape in found])
    spots = [(point.x, point.y) for point in map(_spot, shapes)]
    titles = [f"{rank}. {row.name['zh']} {row.name['en']}" for rank, row, _ in found]
    strokes = tuple(
        Stroke(svg_path(shape, tolerance=_TOLERANCE), _PLACE, _WIDE, title)
        for shape, title in zip(shapes, titles, strict=True)
        if shape.length
    )
    marks = tuple(
        Mark(rank, x, y, round(at_x), round(at_y), title)
        for (rank, _, _), (x, y), (at_x, at_y), title in zip(
            found, apart(spots, ground), spots, titles, strict=True
        )
    )
    return strokes, marks


def _spot(shape: Any) -> Any:
    """Return where a number points: the middle of the longest piece, or the point itself."""
    if shape.geom_type == "Point":
        return shape
    longest = max(shapely.get_parts(shape), key=lambda part: float(part.length))
    return shapely.line_interpolate_point(longest, 0.5, normalized=True)


def _road_overlay(region: Region, layer: RoadLayer, setting: Setting) -> Overlay:
    """Draw each class of a layer as one line; classes of large values are thicker."""
    edges = region.table("road_edges").geometry
    values = layer.values.iloc[:, 0].to_numpy(np.float64)
    shapes = setting.atlas.ground.sheet.place(edges.iloc[layer.values.index.to_numpy(np.int64)])
    known = np.isfinite(values)
    limits = np.asarray(layer.scale.limits, dtype=np.float64)
    classes = np.where(known, np.searchsorted(limits, values, side="left"), -1)
    steps = max(len(layer.scale.colours) - 1, 1)
    strokes: list[Stroke] = []
    left, drawn = _MOST_POINTS, 0
    for row in range(len(layer.scale.colours) - 1, -1, -1):
        line = _joined(shapes[classes == row])
        left -= int(shapely.get_num_coordinates(line))
        if left < 0 and drawn:
            break  # what is left out is what matters least
        drawn += 1
        if path := svg_path(line):
            width = _THIN + (_WIDE - _THIN) * row / steps
            words = " ".join(
                f"{_class_words(layer, row)[place]} {unit_words(layer.indicator.unit, language)}"
                for place, language in enumerate(LANGUAGES)
            )
            strokes.append(Stroke(path, layer.scale.colours[row], width, words))
    keys = [
        Key(layer.scale.colours[row], both(*_class_words(layer, row)))
        for row in range(len(layer.scale.colours) - drawn, len(layer.scale.colours))
    ]
    return Overlay(tuple(reversed(strokes)), legend=tuple(keys))


def _class_words(layer: RoadLayer, row: int) -> list[str]:
    return [class_words(layer, row, language) for language in LANGUAGES]


def _joined(shapes: NDArray[np.object_]) -> shapely.Geometry:
    """Return lines as few long ones, no finer than the sheet shows."""
    parts = shapely.get_parts(shapes)
    line: shapely.Geometry = shapely.line_merge(shapely.MultiLineString(list(parts)))
    return shapely.simplify(line, _TOLERANCE)
