"""Everything of a region that has a name or a code, with where it is: for search and cards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from onecity.core.words import LANGUAGES
from onecity.region.store import Region
from onecity.report.names import names_of
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import Level

from .name_index import Thing
from .spelling import without_kind
from .words import told

Rows = NDArray[np.int64]
Key = tuple[str, str]

_PLACES = ("airport", "station")
"""Kinds of places that more people look for than for a village."""


class Zones:
    """In which city, county and zone points lie, found by the zones: these are small and many."""

    def __init__(self, zones: gpd.GeoDataFrame) -> None:
        self._tree = shapely.STRtree(zones.geometry.to_numpy())
        self.zone, self.county, self.city = (
            zones[name].to_numpy(dtype=object) for name in ("zone", "county", "city")
        )

    def rows(self, points: Any) -> Rows:
        """Return the zone of each point, -1 for none; on a line between zones the first row."""
        given = np.asarray(points, dtype=object)
        row = np.full(len(given), len(self.zone), dtype=np.int64)
        point, area = self._tree.query(given, predicate="intersects")
        np.minimum.at(row, point, area)
        return np.where(row < len(self.zone), row, -1)

    def above(self, point: Any) -> tuple[Key, ...]:
        """Return the city, the county and the zone that a point lies in; nothing outside."""
        row = int(self.rows([point])[0])
        if row < 0:
            return ()
        codes = (self.city[row], self.county[row], self.zone[row])
        return tuple(zip(("city", "county", "zone"), codes, strict=True))


@dataclass(frozen=True)
class Gazetteer:
    """All things of a region, most important first."""

    things: tuple[Thing, ...]

    @cached_property
    def by_key(self) -> Mapping[Key, Thing]:
        """Things by kind and code."""
        return {(one.kind, one.code): one for one in self.things}

    def above(self, one: Thing) -> list[Thing]:
        """Return what a thing lies in, widest first; cities of a road are beside each other."""
        found: dict[Key, Thing] = {}
        for key in one.under:
            if key in self.by_key:
                parent = self.by_key[key]
                found |= {(each.kind, each.code): each for each in self.above(parent)}
                found[key] = parent
        return list(found.values())


def gazetteer_of(region: Region, zones: Zones) -> Gazetteer:
    """Gather what a region has names for: units, groups, borders, places, named roads, zones."""
    return Gazetteer(
        (
            *_cities(region),
            *_counties(region),
            *_groups(region),
            *_places(region, zones),
            *_borders(region),
            *_roads(region, zones),
            *_zone_things(region),
        )
    )


def _bbox(bounds: Any) -> tuple[float, float, float, float]:
    west, south, east, north = map(float, bounds)
    return west, south, east, north


def _inside(shape: Any) -> tuple[float, float]:
    point = shape.representative_point()
    return float(point.x), float(point.y)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _cities(region: Region) -> Iterator[Thing]:
    table = region.table("cities").sort_values("people", ascending=False)
    for row, bounds in zip(table.itertuples(), table.geometry.bounds.to_numpy(), strict=True):
        yield Thing(
            *("city", row.city, row.name_zh, _text(row.name_en) or row.name_zh),
            names=(row.name_zh, _text(row.name_en)),
            at=(float(row.lon), float(row.lat)),
            bbox=_bbox(bounds),
            unit=True,
        )


def _counties(region: Region) -> Iterator[Thing]:
    table = region.table("counties").sort_values("people", ascending=False)
    for row, bounds in zip(table.itertuples(), table.geometry.bounds.to_numpy(), strict=True):
        yield Thing(
            *("county", row.county, row.name_zh, _text(row.name_en) or row.name_zh),
            names=(row.name_zh, _text(row.name_en)),
            at=_inside(row.geometry),
            bbox=_bbox(bounds),
            under=(("city", row.city),),
            unit=True,
        )


def _groups(region: Region) -> Iterator[Thing]:
    if not region.has("groups"):
        return
    shapes = region.table("counties").set_index("county").geometry
    for code, rows in region.table("groups").groupby("group", sort=False):
        first = rows.iloc[0]
        members = shapes.loc[rows["county"]]
        yield Thing(
            *("group", str(code), first["name_zh"], first["name_en"]),
            names=(first["name_zh"], first["name_en"]),
            # In the member that lies nearest to the middle: a group may be scattered.
            at=_middle(members),
            bbox=_bbox(members.total_bounds),
        )


def _middle(shapes: gpd.GeoSeries) -> tuple[float, float]:
    west, south, east, north = shapes.total_bounds
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    away = shapely.distance(shapes.to_numpy(), middle)
    return _inside(shapes.iloc[int(np.argmin(away))])


def _places(region: Region, zones: Zones) -> Iterator[Thing]:
    if not region.has("places"):
        return
    table = region.table("places")
    table = table.assign(
        zone=zones.rows(table.geometry),
        weight=table["kind"].map({kind: rank for rank, kind in enumerate(_PLACES)}).fillna(9),
    )
    order = ["weight", "people"]
    for row in table.sort_values(order, ascending=[True, False], kind="stable").itertuples():
        zh, en = _text(row.name_zh), _text(row.name_en)
        if zh or en:
            at = (float(row.lon), float(row.lat))
            county = (("county", zones.county[row.zone]),) if row.zone >= 0 else ()
            yield Thing(
                *("place", row.place, zh or en, en or zh),
                names=(zh, en),
                at=at,
                bbox=(*at, *at),
                under=county,
                sort=row.kind,
            )


def _borders(region: Region) -> Iterator[Thing]:
    names = names_of(region)[Level.CITY]
    lines = border_lines(region)
    for row, bounds in zip(lines.itertuples(), lines.bounds.to_numpy(), strict=True):
        one, other = names[row.city_a], names[row.city_b]
        title = told("report.place_between", one=one, other=other)
        short = without_kind(one.zh), without_kind(other.zh)
        parts = shapely.get_parts(row.geometry)
        longest = parts[int(np.argmax(shapely.length(parts)))]
        point = shapely.line_interpolate_point(longest, 0.5, normalized=True)
        yield Thing(
            *("border", f"{row.city_a}-{row.city_b}", title["zh"], title["en"]),
            names=(
                *(title[language] for language in LANGUAGES),
                f"{other.zh}{one.zh}",
                f"{other.en} {one.en}",
                "".join(short),
                "".join(reversed(short)),
            ),
            at=(float(point.x), float(point.y)),
            bbox=_bbox(bounds),
            under=(("city", row.city_a), ("city", row.city_b)),
        )


def _zone_things(region: Region) -> Iterator[Thing]:
    table, names = region.table("zones"), names_of(region)[Level.ZONE]
    bounds = table.geometry.bounds.to_numpy().tolist()
    columns = (table[name].tolist() for name in ("zone", "county", "lon", "lat"))
    for code, county, lon, lat, box in zip(*columns, bounds, strict=True):
        name = names[code]
        yield Thing(
            *("zone", code, name.zh, name.en),
            names=(),
            at=(lon, lat),
            bbox=_bbox(box),
            under=(("county", county),),
        )


def _roads(region: Region, zones: Zones) -> Iterator[Thing]:
    """Yield named roads, longest first: one for each name and each set of cities it joins.

    Stretches of a name that touch are one road, through however many cities; those of one city
    too, since a road has gaps where it changes its name at a crossing. 人民路 of another city is
    another road.
    """
    edges = region.table("road_edges")
    edges = edges[edges["name"].notna() & (edges["name"].astype(str).str.strip() != "")]
    if not len(edges):
        return
    middles = shapely.line_interpolate_point(edges.geometry.to_numpy(), 0.5, normalized=True)
    zone = zones.rows(middles)
    city = np.where(zone >= 0, zones.city[zone], "")
    bounds = shapely.bounds(edges.geometry.to_numpy())
    table = pd.DataFrame(
        {
            "road": roads_of(edges, city),
            "name": edges["name"].astype(str).str.strip().to_numpy(),
            "edge": edges["edge"].to_numpy(),
            "km": edges["km"].to_numpy(),
            "lon": shapely.get_x(middles),
            "lat": shapely.get_y(middles),
            **{side: bounds[:, place] for place, side in enumerate("wsen")},
        }
    )
    grouped = table.groupby("road")
    km = grouped["km"].sum()
    ends = grouped.agg({"w": "min", "s": "min", "e": "max", "n": "max"})
    main = table.loc[grouped["km"].idxmax()].set_index("road")
    through = _cities_of(table["road"], city, table["km"])
    for road in km.sort_values(ascending=False, kind="stable").index:
        one = main.loc[road]
        yield Thing(
            *("road", str(one["edge"]), one["name"], one["name"]),
            names=(one["name"],),
            at=(float(one["lon"]), float(one["lat"])),
            bbox=_bbox(ends.loc[road]),
            under=tuple(("city", code) for code in through.get(road, ())),
            numbered=False,
        )


def _cities_of(road: pd.Series, city: NDArray[Any], km: pd.Series) -> dict[int, list[str]]:
    """Return the cities of each road, the one with most of it first."""
    table = pd.DataFrame({"road": road, "city": city, "km": km})
    shares = table[table["city"] != ""].groupby(["road", "city"])["km"].sum()
    found: dict[int, list[str]] = {}
    for one, code in shares.sort_values(ascending=False, kind="stable").index:
        found.setdefault(one, []).append(code)
    return found


def roads_of(edges: pd.DataFrame, city: NDArray[Any]) -> Rows:
    """Return the road each named edge is part of, shape (edges,).

    Edges of one name are one road if they share a node or a city, directly or in turn.
    """
    name, names = pd.factorize(edges["name"].astype(str).str.strip())
    place, places = pd.factorize(city)
    ends = [edges[end].to_numpy(dtype=np.int64) for end in ("tail", "head")]
    nodes = int(max(end.max() for end in ends)) + 1
    by_city = len(names) * nodes + name * len(places) + place
    # An edge in no city is held to others by its nodes alone.
    alone = len(names) * (nodes + len(places)) + np.arange(len(edges))
    ties = [*(name * nodes + end for end in ends), np.where(city == "", alone, by_city)]
    known, tie = np.unique(np.concatenate(ties), return_inverse=True)
    edge = np.tile(np.arange(len(edges)), len(ties))
    size = len(edges) + len(known)
    graph = coo_array((np.ones(len(tie), bool), (edge, len(edges) + tie)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    found: Rows = labels[: len(edges)].astype(np.int64)
    return found
