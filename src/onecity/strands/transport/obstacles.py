"""What lies between the ends of a link: borders, water, railways, roads; and on whose land it is.

A link is taken as straight here. What it would have to cross is read from the region's tables;
relief is in none of them, so that hills are not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from onecity.core.words import Sentence
from onecity.region.road_classes import NONE, level_of
from onecity.region.store import Region
from onecity.strands.units import Name, Reals

from .candidates import Candidates
from .dead_ends import roads_met
from .roads import names_at

BROOK_KM = 0.2
"""Assumed: bridge over a river that is drawn as a line, without a width."""
ONE_CROSSING_KM = 0.2
"""Railways crossed within this are the tracks of one line: one crossing."""
ONE_ROAD_KM = 0.03
"""Roads crossed within this are the carriageways of one road."""

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a link begins and ends.

    Attributes
    ----------
    counties, cities
        Codes; empty outside the region.
    names
        Names of the counties.
    sides
        Sides of the great river (``bank`` of the counties); None where one is not known.
    """

    counties: tuple[str, str]
    cities: tuple[str, str]
    names: tuple[Name | Sentence, Name | Sentence]
    sides: tuple[str, str] | None

    @property
    def banks(self) -> tuple[str, str] | None:
        """Sides of the great river where they differ, else None."""
        differ = self.sides is not None and self.sides[0] != self.sides[1]
        return self.sides if differ else None

    @property
    def city_border(self) -> bool:
        """Whether they lie in different cities."""
        return self.cities[0] != self.cities[1]

    @property
    def county_border(self) -> bool:
        """Whether they lie in different counties."""
        return self.counties[0] != self.counties[1]


@dataclass(frozen=True, slots=True)
class Water:
    """Waters a straight link runs over.

    Attributes
    ----------
    names
        Of those that have one.
    unnamed
        Number of the others.
    river, lake
        Share of the link over rivers and over lakes that are drawn with their width.
    brooks
        Rivers crossed that are drawn as lines.
    great
        Name of a river, if one with a name is crossed: of one drawn with its width first.
    """

    names: tuple[Name, ...] = ()
    unnamed: int = 0
    river: float = 0.0
    lake: float = 0.0
    brooks: int = 0
    great: Name | None = None

    @property
    def count(self) -> int:
        """Number of waters."""
        return len(self.names) + self.unnamed


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What one link crosses.

    Attributes
    ----------
    ends
        Where it begins and ends.
    land
        Share of its length by code of the city whose land it lies on.
    water
        Waters it runs over; None without a table of water.
    railways
        Places where it crosses railways; None without a table of railways.
    roads
        Names of the best road at each end; None for one without a name.
    crossed
        Places where it crosses roads that are there, yards and farm tracks left out; None
        where the data does not hold every road.
    """

    ends: Ends
    land: Mapping[str, float]
    water: Water | None
    railways: int | None
    roads: tuple[str | None, str | None] = (None, None)
    crossed: int | None = None

    @property
    def over_river(self) -> bool:
        """Whether it has to cross a great river.

        The banks of its ends decide. Where they are not known, what is drawn with its width
        between them does.
        """
        if self.ends.sides is not None:
            return self.ends.banks is not None
        return self.water is not None and self.water.river > 0

    @property
    def along_river(self) -> bool:
        """Whether the straight line runs over a great river that the link need not cross."""
        return not self.over_river and self.water is not None and self.water.river > 0


def obstacles_of(region: Region, links: Candidates) -> list[Obstacles]:
    """Return what each link crosses."""
    nodes, counties = region.table("road_nodes"), region.table("counties")
    spots = nodes[["lon", "lat"]].to_numpy()
    courses = np.stack([spots[links.tail], spots[links.head]], axis=1)
    lines: Shapes = np.asarray(shapely.linestrings(courses))
    water = _hits(region, "water", lines)
    rail = _hits(region, "rail_edges", lines)
    land = counties.geometry.to_numpy()
    line, county = STRtree(land).query(lines, predicate="intersects")
    named = names_at(region.table("road_edges"), links.tail, links.head)
    crossed = _crossings(region, links, lines)
    found = []
    for row in range(len(links)):
        over = over_rail = None
        if water is not None:
            over = _waters(lines[row], region.table("water").iloc[water[row]])
        if rail is not None:
            tracks = region.table("rail_edges").geometry.to_numpy()[rail[row]]
            over_rail = _places(lines[row], tracks, float(links.straight[row]), ONE_CROSSING_KM)
        lands = _land(lines[row], counties, land, county[line == row])
        ends = _ends(counties, links.county[row])
        found.append(Obstacles(ends, lands, over, over_rail, named[row], crossed[row]))
    return found


def _crossings(region: Region, links: Candidates, lines: Shapes) -> list[int | None]:
    """Return at how many places each line crosses roads; None where not every road is known."""
    if not links.every_road:
        return [None] * len(links)
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    line, edge = roads_met(nodes, edges, links.tail, links.head)
    major = level_of(edges)[edge] < NONE
    line, courses = line[major], edges.geometry.to_numpy()[edge[major]]
    return [
        _places(lines[row], courses[line == row], float(links.straight[row]), ONE_ROAD_KM)
        for row in range(len(links))
    ]


def _hits(region: Region, table: str, lines: Shapes) -> list[NDArray[np.int64]] | None:
    """Return the rows of a table that each line meets; None where there is no table."""
    if not region.has(table):
        return None
    line, shape = STRtree(region.table(table).geometry.to_numpy()).query(
        lines, predicate="intersects"
    )
    return [np.sort(shape[line == row]) for row in range(len(lines))]


def _ends(counties: gpd.GeoDataFrame, rows: NDArray[np.int64]) -> Ends:
    ends = [counties.iloc[row] if row >= 0 else None for row in rows]
    codes = ["" if one is None else str(one["county"]) for one in ends]
    cities = ["" if one is None else str(one["city"]) for one in ends]
    names = [Sentence("transport.outside") if one is None else _name(one) for one in ends]
    known = [one is not None and not pd.isna(one["bank"]) for one in ends]
    sides = [str(one["bank"]) for one in ends if one is not None]
    return Ends(
        counties=(codes[0], codes[1]),
        cities=(cities[0], cities[1]),
        names=(names[0], names[1]),
        sides=(sides[0], sides[1]) if all(known) else None,
    )


def _name(row: "pd.Series[Any]") -> Name:
    chinese = str(row["name_zh"])
    return Name(chinese, chinese if pd.isna(row["name_en"]) else str(row["name_en"]))


def _land(
    line: shapely.LineString, counties: gpd.GeoDataFrame, land: Shapes, rows: NDArray[np.int64]
) -> dict[str, float]:
    """Return the share of a line on the land of each city it touches for some length."""
    found: dict[str, float] = {}
    for row in np.sort(rows):
        share = _share(line, land[row])
        if share > 0:
            city = str(counties["city"].iloc[row])
            found[city] = found.get(city, 0.0) + share
    return found


def _share(line: shapely.LineString, area: shapely.Geometry) -> float:
    """Return the share of a straight line in an area: degrees along one line are in scale."""
    return min(1.0, float(shapely.length(shapely.intersection(line, area)) / line.length))


def _waters(line: shapely.LineString, crossed: gpd.GeoDataFrame) -> Water:
    wide = crossed[shapely.get_dimensions(crossed.geometry.to_numpy()) == 2]
    covered = {kind: _union(wide[(wide["kind"] == kind).to_numpy()]) for kind in ("river", "lake")}
    every = shapely.union_all(wide.geometry.to_numpy())
    thin = crossed[shapely.get_dimensions(crossed.geometry.to_numpy()) < 2]
    meets = shapely.intersection(thin.geometry.to_numpy(), line)
    # A river drawn both as a line and with its width is one water.
    thin = thin[~shapely.intersects(meets, every)]
    kept = pd.concat([wide, thin])
    named = kept[kept["name_zh"].notna()].drop_duplicates("name_zh")
    river = _share(line, covered["river"])
    rivers = named[(named["kind"] == "river").to_numpy()]
    return Water(
        names=tuple(_name(row) for _, row in named.iterrows()),
        unnamed=int(kept["name_zh"].isna().sum()),
        river=river,
        lake=min(1.0 - river, _share(line, covered["lake"])),
        brooks=len(thin),
        great=_name(rivers.iloc[0]) if len(rivers) else None,
    )


def _union(shapes: gpd.GeoDataFrame) -> shapely.Geometry:
    return shapely.union_all(shapes.geometry.to_numpy())


def _places(line: shapely.LineString, met: Shapes, km: float, apart_km: float) -> int:
    """Return at how many places a line meets others; those within `apart_km` are one place."""
    points = shapely.get_parts(shapely.intersection(met, line))
    at: Reals = np.sort(
        shapely.line_locate_point(line, shapely.centroid(points), normalized=True) * km
    )
    return int(1 + (np.diff(at) > apart_km).sum()) if len(at) else 0
