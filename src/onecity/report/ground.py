"""What every map of a region has in common: land, water, roads, borders and names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from onecity.core.words import LANGUAGES, Language
from onecity.region.road_classes import level_of
from onecity.region.store import Region
from onecity.strands.contract import Level

from .names import Name
from .paper import WIDTH, Sheet, sheet_of, svg_path

ROAD_CLASSES = ("motorway", "trunk", "trunk_extract", "primary")
"""Roads that a map may show, widest first; fewer where they would be too many."""
_MOST_ROAD_POINTS = 20_000
_BORDER_TOLERANCE = 1.5
_ROAD_TOLERANCE = 2.0
_AREA = 2
FIRST_HAN = "\u2e80"

LABEL_SIZES = {"large": 78, "small": 126}
"""Height of place names in units: for a map across the page, and for a small one."""


@dataclass(frozen=True, slots=True)
class Label:
    """A place name: its text, where it stands, and how it is anchored there."""

    text: str
    x: int
    y: int
    anchor: str
    core: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """The parts of a map that do not depend on what it shows; all are SVG path data.

    `units` holds the outline of every county and city by level and code; `labels` the city
    names by size and language.
    """

    sheet: Sheet
    land: str
    water_areas: str
    water_lines: str
    roads: str
    county_borders: str
    city_borders: str
    units: Mapping[Level, Mapping[str, str]]
    centres: tuple[tuple[int, int, bool], ...]
    labels: Mapping[str, Mapping[Language, tuple[Label, ...]]]
    scale_km: int
    scale_units: float


def ground_of(region: Region, names: Mapping[Level, Mapping[str, Name]]) -> Ground:
    """Draw the ground of a region's maps."""
    cities, counties = region.table("cities"), region.table("counties")
    sheet = sheet_of(cities.geometry)
    city_shapes = sheet.place(cities.geometry)
    county_shapes = sheet.place(counties.geometry)
    points = sheet.place(gpd.GeoSeries.from_xy(cities["lon"], cities["lat"], crs="EPSG:4326"))
    spots = [(round(one.x), round(one.y)) for one in points]
    core = cities["core"].to_numpy()
    areas, lines = _water(region, sheet)
    km, units = sheet.scale_bar()
    return Ground(
        sheet=sheet,
        land=_joined(_outline(one) for one in city_shapes),
        water_areas=areas,
        water_lines=lines,
        roads=_roads(region, sheet),
        county_borders=_borders(county_shapes),
        city_borders=_borders(city_shapes),
        units={
            Level.COUNTY: _outlines(counties["county"], county_shapes),
            Level.CITY: _outlines(cities["city"], city_shapes),
        },
        centres=tuple((x, y, bool(one)) for (x, y), one in zip(spots, core, strict=True)),
        labels={
            size: {
                language: _labels(
                    [names[Level.CITY][code].text(language) for code in cities["city"]],
                    spots,
                    core,
                    height,
                    sheet.height,
                )
                for language in LANGUAGES
            }
            for size, height in LABEL_SIZES.items()
        },
        scale_km=km,
        scale_units=units,
    )


def _outlines(codes: Iterable[str], shapes: Iterable[Any]) -> dict[str, str]:
    return {code: _outline(shape) for code, shape in zip(codes, shapes, strict=True)}


def _outline(shape: Any) -> str:
    return svg_path(shape, tolerance=_BORDER_TOLERANCE)


def _joined(paths: Iterable[str]) -> str:
    return "".join(paths)


def _borders(shapes: Any) -> str:
    """Return the borders of neighbours, each drawn once, so that none is darker."""
    edges = shapely.line_merge(shapely.union_all(shapely.boundary(shapes), grid_size=0.5))
    return svg_path(edges, tolerance=_BORDER_TOLERANCE)


def _water(region: Region, sheet: Sheet) -> tuple[str, str]:
    if not region.has("water"):
        return "", ""
    shapes = sheet.window(sheet.place(region.table("water").geometry))
    flat = shapely.get_dimensions(shapes) == _AREA
    areas, lines = (
        _joined(svg_path(one, tolerance=_ROAD_TOLERANCE) for one in some)
        for some in (shapes[flat], shapes[~flat])
    )
    return areas, lines


def _roads(region: Region, sheet: Sheet) -> str:
    """Return the main roads, as many classes as keep the page light."""
    edges = region.table("road_edges")
    edges = edges[~edges["ferry"]]
    drawn: list[str] = []
    points = 0
    for name in ROAD_CLASSES:
        some = edges[edges["class"] == name]
        if not len(some):
            continue
        shown = sheet.window(sheet.place(some.geometry))
        merged = shapely.line_merge(shapely.union_all(shown, grid_size=1))
        lines: Any = shapely.simplify(merged, _ROAD_TOLERANCE)
        points += int(shapely.get_num_coordinates(lines))
        if drawn and points > _MOST_ROAD_POINTS:
            break
        drawn.append(svg_path(lines))
    return _joined(drawn)


def with_streets(ground: Ground, region: Region, west: int, north: int, *size: int) -> Ground:
    """Return the ground with every road in a window of the sheet, as many as keep it light.

    Parameters
    ----------
    west, north, size
        The window, units of the sheet: its upper left corner, width and height.
    """
    edges = region.table("road_edges")
    level, placed = level_of(edges), ground.sheet.place(edges.geometry)
    window = (west, north, west + size[0], north + size[1])
    inside = np.flatnonzero(shapely.intersects(placed, shapely.box(*window)))
    inside = inside[np.argsort(level[inside], kind="stable")]
    points = np.cumsum(shapely.get_num_coordinates(placed[inside]))
    shown = shapely.clip_by_rect(placed[inside[points <= _MOST_ROAD_POINTS]], *window)
    return replace(ground, roads=_joined(svg_path(one) for one in shown))


def text_width(text: str, height: float) -> float:
    """Return about how wide a name is, set in letters of a height: Han letters are square."""
    return sum(height if letter >= FIRST_HAN else height * 0.58 for letter in text)


def _labels(
    texts: list[str], spots: list[tuple[int, int]], core: Any, height: int, floor: int
) -> tuple[Label, ...]:
    """Place names beside their points where they hide neither a name nor a point.

    The core comes first, then from north to south; each takes the first of eight places
    that is free, or the one that hides least.
    """
    order = sorted(range(len(texts)), key=lambda one: (not core[one], spots[one][1]))
    pad = height * 0.45
    taken = [(x - pad / 2, y - pad / 2, x + pad / 2, y + pad / 2) for x, y in spots]
    found: dict[int, Label] = {}
    for one in order:
        width = text_width(texts[one], height)
        x, y = spots[one]
        best = min(
            _places(x, y, width, height, pad),
            key=lambda place: (
                sum(_overlap(place[0], box) for box in taken) + _outside(place[0], floor)
            ),
        )
        box, anchor, at = best
        taken.append(box)
        found[one] = Label(texts[one], round(at[0]), round(at[1]), anchor, bool(core[one]))
    return tuple(found[one] for one in range(len(texts)))


_Box = tuple[float, float, float, float]


def _places(
    x: float, y: float, width: float, height: float, pad: float
) -> list[tuple[_Box, str, tuple[float, float]]]:
    """Return boxes around a point, the liked ones first, with anchor and baseline."""
    low = height * 0.36
    places = []
    for across, down in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)):
        middle_y = y + down * (height * 0.62 + pad * 0.4)
        left = {1: x + pad, -1: x - pad - width, 0: x - width / 2}[across]
        anchor = {1: "start", -1: "end", 0: "middle"}[across]
        at_x = {1: left, -1: left + width, 0: x}[across]
        box = (left, middle_y - height * 0.55, left + width, middle_y + height * 0.55)
        places.append((box, anchor, (at_x, middle_y + low)))
    return places


def _overlap(one: _Box, other: _Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _outside(box: _Box, floor: int) -> float:
    inside = np.clip(min(box[2], WIDTH) - max(box[0], 0), 0, None)
    inside *= np.clip(min(box[3], floor) - max(box[1], 0), 0, None)
    return float((box[2] - box[0]) * (box[3] - box[1]) - inside)
