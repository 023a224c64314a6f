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

from collections.abc import Iterable
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
from onecity.strands.units import Name, Rows

from .ground import Ground

AROUND = 0.003
"""Degrees (about 300 m) of ground looked at on either side of a meeting, or half its length."""
_THIN = 1e-6
"""Degrees that a river drawn as a line is made wide, so that it parts the ground."""

Shape = Any


@dataclass(frozen=True, slots=True)
class Crossing:
    """A crossing of a river, or a ferry.

    Attributes
    ----------
    river
        Name of the river; None for a ferry over water without a name.
    edges
        Rows of ``road_edges`` that it is made of, ascending.
    point
        Longitude and latitude.
    ferry
        Whether it is a ferry.
    """

    river: Name | None
    edges: Rows
    point: tuple[float, float]
    ferry: bool


def crossings_in(ground: Ground, gap_m: float) -> list[Crossing]:
    """Return the crossings of named rivers, then ferries over other water.

    Parameters
    ----------
    gap_m
        Crossings of one river no farther apart than this are one.
    """
    edges = ground.region.table("road_edges")
    ferry = edges["ferry"].to_numpy(dtype=bool)
    found: list[Crossing] = []
    taken = np.zeros(len(edges), np.bool_)
    for name, rows, points in _over_rivers(ground):
        for is_ferry in (False, True):
            some = np.flatnonzero(ferry[rows] == is_ferry)
            for group in _near(points[some], gap_m):
                chosen = some[group]
                spot = points[chosen].mean(axis=0)
                made = np.unique(rows[chosen]), (float(spot[0]), float(spot[1]))
                found.append(Crossing(name, *made, is_ferry))
                taken[rows[chosen]] = True
    rest = np.flatnonzero(ferry & ~taken)
    for group in _connected(ground, rest):
        spot = _middle(edges.geometry.to_numpy()[rest[group]])
        found.append(Crossing(None, rest[group], spot, ferry=True))
    return found


def _over_rivers(ground: Ground) -> Iterable[tuple[Name, Rows, NDArray[np.float64]]]:
    """Yield each named river, the edges that cross it, and where."""
    region = ground.region
    if not region.has("water"):
        return
    water = region.table("water")
    rivers = water[(water["kind"] == "river") & water["name_zh"].notna()]
    courses = region.table("road_edges").geometry.to_numpy()
    tree = STRtree(courses)
    change, known = _banks(ground)
    drawn = {
        str(zh): (Name(str(zh), _english(some)), shapely.union_all(some.geometry.to_numpy()))
        for zh, some in rivers.groupby("name_zh", sort=True)
    }
    met = {zh: np.sort(tree.query(shape, "intersects")) for zh, (_, shape) in drawn.items()}
    counts = {zh: int(change[rows].sum()) for zh, rows in met.items()}
    great = max(counts, key=lambda zh: counts[zh], default=None)
    if great is not None and not counts[great]:
        great = None
    for zh, (name, shape) in drawn.items():
        rows = met[zh].astype(np.int64)
        judged = rows[~known[rows]] if zh == great else rows
        over = _parted(ground, courses, judged, shape)
        if zh == great:
            over = np.union1d(over, np.flatnonzero(change))
        if len(over):
            yield name, over, np.array([_spot(courses[row], shape) for row in over])


def _english(rows: gpd.GeoDataFrame) -> str:
    given = rows["name_en"].dropna()
    return str(given.iloc[0] if len(given) else rows["name_zh"].iloc[0])


def _banks(ground: Ground) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whether the banks of each edge's ends differ, and whether both are known."""
    bank = ground.region.table("counties")["bank"]
    code = bank.astype("category").cat.codes.to_numpy().astype(np.int64)
    of_node = np.where(ground.county >= 0, code[ground.county], -1)
    count = ground.travel.edges
    one, other = of_node[ground.travel.tail[:count]], of_node[ground.travel.head[:count]]
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
