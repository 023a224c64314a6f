"""The layers of the one map with their figures: who lives where, every strand, every topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import MissingError
from onecity.strands import residents, strands
from onecity.strands.border_lines import border_lines
from onecity.strands.bounds import bounds
from onecity.strands.contract import (
    BorderFinding,
    BorderLayer,
    Findings,
    Indicator,
    Layer,
    Level,
    Scale,
    percent,
)
from onecity.strands.examination import RoadLayer, Topic

from .found import codes_of, found_of, people_by_year, residents_of
from .state import State
from .topics import examination_of, name_of, topic_of

BORDER, ROAD = "border", "road"
_WITHIN = ":"
"""Between a topic and the layer: names of topics and keys of figures have none."""
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A layer as the map knows it.

    Attributes
    ----------
    key
        Its name in addresses: the indicator's key, ``@``, the level; before it the topic and a
        colon where it is a topic's.
    strand
        Whose it is.
    level
        Level of its units, or ``border``, or ``road``.
    years
        Years that its figures can be asked for, ascending; empty where it knows no years.
    topic
        The topic that draws it; None for what a strand draws by itself.
    """

    key: str
    strand: str
    level: str
    layer: Layer | BorderLayer | RoadLayer
    years: tuple[int, ...] = ()
    topic: Topic | None = None

    @property
    def indicator(self) -> Indicator:
        """What its figures are."""
        return self.layer.indicator

    @property
    def scale(self) -> Scale:
        """How its figures become colours."""
        return self.layer.scale


@dataclass(frozen=True, slots=True)
class Column:
    """The figures of a layer on areas, in the order of the level's table, shape (units,).

    `low` and `high` bound them under the recipe's assumptions; None where there is no range.
    """

    codes: pd.Index
    values: Reals
    low: Reals | None
    high: Reals | None


@dataclass(frozen=True, slots=True)
class OnRoads:
    """The figures of a layer on roads: rows of ``road_edges`` and their figures, as many."""

    edges: NDArray[np.int64]
    values: Reals


@dataclass(frozen=True, slots=True)
class Line:
    """The figure of a layer on a border; `found` says what stands behind it, if known."""

    codes: tuple[str, str]
    value: float | None
    faint: bool
    found: BorderFinding | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval, percent."""
        return None if self.found is None else in_percent(self.found.interval)

    @property
    def variants(self) -> tuple[float, float] | None:
        """Lowest and highest effect when what is assumed is changed, percent."""
        return None if self.found is None else in_percent(self.found.variants)

    @property
    def chance(self) -> float | None:
        """Share of made-up borders as bad or worse."""
        return self.found.chance.p if self.found and self.found.chance else None


def in_percent(ends: tuple[float, float]) -> tuple[float, float]:
    """Return a range of effects on a logarithm as percent, the lower end first."""
    low, high = sorted(percent(end) for end in ends)
    return low, high


def map_layers(state: State) -> Mapping[str, MapLayer]:
    """Return every layer by its key: who lives where first, then strand by strand."""
    return state.part(("map_layers",), lambda: _map_layers(state))


def _map_layers(state: State) -> dict[str, MapLayer]:
    years = people_by_year(state)
    found = [
        *(
            _of(residents.KEY, one, years.get(one.level, pd.DataFrame()))
            for one in residents.layers(state.region, residents_of(state))
        ),
        *(_of(key, one, pd.DataFrame()) for key in strands() for one in state.layers(key)),
    ]
    return {one.key: one for one in found}


def _of(strand: str, layer: Layer | BorderLayer, yearly: pd.DataFrame) -> MapLayer:
    level = _level_of(layer)
    known = layer.indicator.key == residents.PEOPLE
    years = tuple(int(year) for year in yearly.columns) if known else ()
    return MapLayer(f"{layer.indicator.key}@{level}", strand, level, layer, years)


def topic_layers(state: State, topic: Topic) -> Mapping[str, MapLayer]:
    """Return the layers that a topic draws, by their keys; it is examined if it was not yet."""
    found = {}
    for one in examination_of(state, topic).layers:
        level = _level_of(one)
        key = f"{name_of(topic)}{_WITHIN}{one.indicator.key}@{level}"
        found[key] = MapLayer(key, topic.strand, level, one, topic=topic)
    return found


def _level_of(layer: Layer | BorderLayer | RoadLayer) -> str:
    match layer:
        case Layer():
            return layer.level.value
        case BorderLayer():
            return BORDER
        case RoadLayer():
            return ROAD


def map_layer(state: State, key: str) -> MapLayer:
    """Return a layer of a strand or of a topic.

    Raises
    ------
    MissingError
        If there is no such layer, or no such topic.
    """
    topic, within, _ = key.partition(_WITHIN)
    known = topic_layers(state, topic_of(state, topic)) if within else map_layers(state)
    if key not in known:
        raise MissingError("web_data.no_layer", given=key)
    return known[key]


def _findings(state: State, one: MapLayer) -> Findings:
    """Return the findings that a layer draws."""
    if one.topic is not None:
        return examination_of(state, one.topic).findings
    return found_of(state)[one.strand]


def column_of(state: State, one: MapLayer, year: int | None = None) -> Column:
    """Return the figures of a layer on areas.

    Raises
    ------
    MissingError
        If a year is asked for that it has no figures for.
    """
    level, key = Level(one.level), one.indicator.key
    codes = codes_of(state, level)
    if year is not None:
        _check_year(one, year)
        return Column(codes, _reals(people_by_year(state)[level][year]), None, None)
    findings = _findings(state, one)
    values = findings.tables[level][key].reindex(codes)
    ends = bounds(findings, level, key)
    if ends is None:
        return Column(codes, _reals(values), None, None)
    low, high = (_reals(end.reindex(codes)) for end in ends)
    return Column(codes, _reals(values), low, high)


def _reals(values: pd.Series) -> Reals:
    return values.to_numpy(dtype=np.float64)


def _check_year(one: MapLayer, year: int | None) -> None:
    if year is None:
        return
    if not one.years:
        raise MissingError("web_data.no_years", layer=one.key)
    if year not in one.years:
        known = ", ".join(map(str, one.years))
        raise MissingError("web_data.no_year", layer=one.key, given=year, known=known)


def lines_of(state: State, one: MapLayer, year: int | None = None) -> list[Line]:
    """Return the figures of a layer on borders, a line for each two cities that meet.

    Raises
    ------
    MissingError
        If a year is asked for: borders know none.
    """
    _check_year(one, year)
    if not isinstance(one.layer, BorderLayer):
        msg = f"{one.key} is not drawn on borders"
        raise TypeError(msg)
    layer = one.layer
    findings = {each.codes: each for each in _findings(state, one).borders}
    rows = border_shapes(state)
    pairs = zip(rows["city_a"].tolist(), rows["city_b"].tolist(), strict=True)
    return [
        Line(pair, _finite(layer.values.get(pair)), pair in layer.faint, findings.get(pair))
        for pair in pairs
    ]


def on_roads(one: MapLayer, year: int | None = None) -> OnRoads:
    """Return the figures of a layer on roads.

    Raises
    ------
    MissingError
        If a year is asked for: roads know none.
    """
    _check_year(one, year)
    if not isinstance(one.layer, RoadLayer):
        msg = f"{one.key} is not drawn on roads"
        raise TypeError(msg)
    values = one.layer.values[one.indicator.key]
    return OnRoads(values.index.to_numpy(np.int64), _reals(values))


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def border_shapes(state: State) -> gpd.GeoDataFrame:
    """Return the lines along which cities meet, see `onecity.strands.border_lines`."""
    return state.part(("map_layers", "lines"), lambda: border_lines(state.region))
