"""Where roads cross named rivers, and ferries: each crossing with the edges it is made of.

Two rules say whether a road crosses a river. Where counties say on which bank of the great river
they lie (column ``bank``), the banks of a road's two ends decide for that river: charts of it are
often older or coarser than roads are. For all others the drawing decides: on the ground around
the place where road and river meet, the river has to part the road. Roads that only run into the
drawing and out of it on the same side do not cross. Edges that meet in the river, as on a bridge
drawn in pieces, are looked at together.

Crossings of one river nearer to each other than ``cut_crossing_m`` are one: two carriageways, or
bridges side by side that one flood closes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import STRtree

from onecity.region.geometry import chord_of, on_sphere
from onecity.strands.contract import Level
from onecity.strands.travel import Travel
from onecity.strands.units import Name, Rows

from .ground import Ground

AROUND = 0.003
"""Degrees (about 300 m) of ground looked at on either side of a meeting, or half its length."""
_THIN = 1e-6
"""Degrees that a river drawn as a line is made wide, so that it parts the ground."""

Shape = Any


@dataclass(frozen=True, slots=True, eq=False)
class River:
    """A named river: its drawing, and whether it is the one that banks of counties speak of."""

    name: Name
    shape: Shape
    great: bool


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """A crossing of a river, or a ferry.

    Attributes
    ----------
    river
        The river; None for a ferry over water without a name.
    edges
        Rows of ``road_edges`` that it is made of, ascending.
    point
        Longitude and latitude.
    ferry
        Whether it is a ferry.
    """

    river: River | None
    edges: Rows
    point: tuple[float, float]
    ferry: bool


def rivers_in(ground: Ground) -> list[River]:
    """Return the named rivers of a region, by name.

    The great one is that which most roads meet whose two ends lie on different banks.
    """
    region = ground.region
    if not region.has("water"):
        return []
    water = region.table("water")
    rivers = water[(water["kind"] == "river") & water["name_zh"].notna()]
    drawn = [
        (Name(str(zh), _english(some)), shapely.union_all(some.geometry.to_numpy()))
        for zh, some in rivers.groupby("name_zh", sort=True)
    ]
    change, _ = _banks(ground)
    tree = STRtree(region.table("road_edges").geometry.to_numpy()[change])
    counts = [len(tree.query(shape, "intersects")) for _, shape in drawn]
    most = max(counts, default=0)
    great = counts.index(most) if most else -1
    return [River(name, shape, row == great) for row, (name, shape) in enumerate(drawn)]


def legs_over(ground: Ground, rivers: Sequence[River]) -> list[Rows]:
    """Return for each river the arcs of access legs and local links that touch it, both ways.

    Of the great river it is those that join a known bank with a place without one: no leg joins
    its banks, but one to a road outside the region may lead over it, whatever is drawn there.
    """
    travel, region = ground.travel, ground.region
    points = np.concatenate(
        [region.table(name)[["lon", "lat"]].to_numpy() for name in ("road_nodes", "zones")]
    )
    arcs = np.arange(2 * travel.edges, len(travel.tail))
    there = arcs[_one_way(travel)]
    courses: NDArray[Any] = np.asarray(
        shapely.linestrings(np.stack([points[travel.tail[there]], points[travel.head[there]]], 1))
    )
    back = np.where(there < 2 * travel.edges + travel.connectors, travel.connectors, travel.links)
    tree, bank, found = STRtree(courses), _bank_of_nodes(ground), []
    for river in rivers:
        met = np.sort(tree.query(river.shape, "intersects"))
        if river.great:
            met = np.flatnonzero((bank[travel.tail[there]] >= 0) != (bank[travel.head[there]] >= 0))
        found.append(np.concatenate([there[met], there[met] + back[met]]))
    return found


def _one_way(travel: Travel) -> NDArray[np.bool_]:
    """Return which arcs of legs are the first of their two, see `onecity.strands.travel`."""
    legs, links = travel.connectors, travel.links
    return np.repeat([True, False, True, False], [legs, legs, links, links])


def crossings_in(ground: Ground, rivers: Iterable[River], gap_m: float) -> list[Crossing]:
    """Return the crossings of named rivers, then ferries over other water.

    Parameters
    ----------
    rivers
        From `rivers_in`.
    gap_m
        Crossings of one river no farther apart than this are one.
    """
    edges = ground.region.table("road_edges")
    ferry = edges["ferry"].to_numpy(dtype=bool)
    found: list[Crossing] = []
    taken = np.zeros(len(edges), np.bool_)
    for river in rivers:
        rows, points = _over(ground, river)
        for is_ferry in (False, True):
            some = np.flatnonzero(ferry[rows] == is_ferry)
            for group in _near(points[some], gap_m):
                chosen = some[group]
                spot = points[chosen].mean(axis=0)
                made = np.unique(rows[chosen]), (float(spot[0]), float(spot[1]))
                found.append(Crossing(river, *made, is_ferry))
                taken[rows[chosen]] = True
    rest = np.flatnonzero(ferry & ~taken)
    for group in _connected(ground, rest):
        spot = _middle(edges.geometry.to_numpy()[rest[group]])
        found.append(Crossing(None, rest[group], spot, ferry=True))
    return found


def _over(ground: Ground, river: River) -> tuple[Rows, NDArray[np.float64]]:
    """Return the edges that cross a river, and where."""
    courses = ground.region.table("road_edges").geometry.to_numpy()
    change, known = _banks(ground)
    rows = np.sort(STRtree(courses).query(river.shape, "intersects")).astype(np.int64)
    over = _parted(ground, courses, rows[~known[rows]] if river.great else rows, river.shape)
    if river.great:
        over = np.union1d(over, np.flatnonzero(change))
    return over, np.array([_spot(courses[row], river.shape) for row in over]).reshape(-1, 2)


def _english(rows: gpd.GeoDataFrame) -> str:
    given = rows["name_en"].dropna()
    return str(given.iloc[0] if len(given) else rows["name_zh"].iloc[0])


def _bank_of_nodes(ground: Ground) -> Rows:
    """Return a number for the bank of each road node and zone, by its county; -1 for none."""
    bank = ground.region.table("counties")["bank"]
    code = bank.astype("category").cat.codes.to_numpy().astype(np.int64)
    of_road = np.where(ground.county >= 0, code[ground.county], -1)
    return np.concatenate([of_road, code[ground.units[Level.COUNTY].unit]])


def _banks(ground: Ground) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whether the banks of each edge's ends differ, and whether both are known."""
    bank, count = _bank_of_nodes(ground), ground.travel.edges
    one, other = bank[ground.travel.tail[:count]], bank[ground.travel.head[:count]]
    known = (one >= 0) & (other >= 0)
    return known & (one != other), known


def _parted(ground: Ground, courses: NDArray[Any], rows: Rows, river: Shape) -> Rows:
    """Return the edges, of those that meet a river, that it parts."""
    if not len(rows):
        return rows
    ends = np.stack([ground.travel.tail[rows], ground.travel.head[rows]])
    nodes = ground.region.table("road_nodes").geometry.to_numpy()
    here = np.unique(ends)
    shapely.prepare(river)
    wet = here[shapely.dwithin(river, nodes[here], _THIN)]
    groups = _joined(ends, wet)
    crosses = [_parts(shapely.union_all(courses[rows[group]]), river) for group in groups]
    kept = [group for group, over in zip(groups, crosses, strict=True) if over]
    return np.sort(rows[np.concatenate(kept)]) if kept else rows[:0]


def _joined(ends: Rows, at: Rows) -> list[Rows]:
    """Return edges in groups of those that meet at some nodes."""
    count = ends.shape[1]
    meets = np.isin(ends, at)
    side, edge = np.nonzero(meets)
    node = np.searchsorted(at, ends[side, edge])
    size = count + len(at)
    links = coo_array((np.ones(len(edge)), (edge, count + node)), shape=(size, size))
    label = connected_components(links, directed=False)[1][:count]
    return [np.flatnonzero(label == one) for one in np.unique(label)]


def _parts(course: Shape, river: Shape) -> bool:
    """Return whether a river parts a road on the ground around a place where they meet."""
    for part in _meetings(course, river):
        around = shapely.buffer(part, max(AROUND, float(shapely.length(part)) / 2))
        near = shapely.intersection(river, around)
        land = shapely.get_parts(shapely.difference(around, shapely.buffer(near, _THIN)))
        road = shapely.intersection(course, around)
        if (shapely.length(shapely.intersection(land, road)) > _THIN).sum() > 1:
            return True
    return False


def _meetings(course: Shape, river: Shape) -> NDArray[Any]:
    """Return where a road and a river meet: lines over areas, points over lines."""
    parts = shapely.get_parts(shapely.intersection(course, river))
    lines = parts[shapely.get_dimensions(parts) == 1]
    if not len(lines):
        return parts
    return shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))


def _spot(course: Shape, river: Shape) -> tuple[float, float]:
    """Return the middle of where a road and a river meet, or of the road."""
    met = shapely.intersection(course, river)
    if shapely.is_empty(met):
        return _middle([course])
    centre = shapely.centroid(met)
    return float(centre.x), float(centre.y)


def _middle(courses: Iterable[Shape]) -> tuple[float, float]:
    spots = [shapely.line_interpolate_point(one, 0.5, normalized=True) for one in courses]
    lon, lat = shapely.get_coordinates(spots).mean(axis=0)
    return float(lon), float(lat)


def _near(points: NDArray[np.float64], gap_m: float) -> list[Rows]:
    """Return points in groups, each point near to another of its group."""
    if not len(points):
        return []
    tree = cKDTree(on_sphere(points[:, 0], points[:, 1]))
    pairs = tree.query_pairs(chord_of(gap_m / 1000), output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(points), len(points)))
    label = connected_components(links, directed=False)[1]
    return [np.flatnonzero(label == one) for one in np.unique(label)]


def _connected(ground: Ground, rows: Rows) -> list[Rows]:
    """Return edges in groups that share nodes."""
    ends = np.stack([ground.travel.tail[rows], ground.travel.head[rows]])
    return _joined(ends, np.unique(ends)) if len(rows) else []
