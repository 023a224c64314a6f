"""Candidates for missing links: where two roads come close and the way between them is long.

Two kinds: pairs of dead ends that face each other, and any pair of
road nodes whose quickest way takes many times what a link between them would. A find is a
place to look at, not a claim: what lies between the ends, and whether a minor road the data
lacks already joins them, the candidate does not know.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely import LineString

from onecity.region.store import Region
from onecity.strands.travel import Travel, straight_km
from onecity.strands.units import Reals, Rows

RADIUS_KM = 8.0
"""Ends further apart than this are no pair: a bridge over the Yangtze and its ramps fit in."""
LEAST_DETOUR = 3.0
"""A pair that is no pair of dead ends is kept if its way takes this many times the link's."""
LINK_DETOUR = 1.2
"""Assumed length of a new link over the straight line."""
FACING_DEGREES = 60.0
"""A dead end faces another if the way there turns no further than this from its road."""
MOST = 20_000
"""Candidates kept, by detour, where there are more."""

_EARTH_KM = 6371.0
_TILE_BYTES = 64 * 2**20
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Two-way links that could be added between road nodes, each pair once, tail < head.

    Attributes
    ----------
    tail, head
        Road nodes, shape (candidates,).
    km, kmh, seconds
        Length, speed and time of the link.
    detour
        Present quickest time, of the slower direction, over `seconds`; +inf where no way leads.
    dead_ends
        Whether the link joins two dead ends that face each other.
    dropped
        How many were left out for being more than `MOST`.
    """

    tail: Rows
    head: Rows
    km: Reals
    kmh: float
    seconds: Reals
    detour: Reals
    dead_ends: Flags
    dropped: int

    @property
    def ends(self) -> tuple[Rows, Rows, Reals]:
        """Tail, head and seconds: what a scan of links takes."""
        return self.tail, self.head, self.seconds

    def take(self, rows: Rows) -> "Candidates":
        """Return some of the candidates, in the order given."""
        return Candidates(
            self.tail[rows],
            self.head[rows],
            self.km[rows],
            self.kmh,
            self.seconds[rows],
            self.detour[rows],
            self.dead_ends[rows],
            self.dropped,
        )


def candidates_of(region: Region, travel: Travel) -> Candidates:
    """Return the candidates of a region, by tail and head.

    A link runs at the median speed of the region's roads, by length, ferries left out.
    """
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    tail, head = close_pairs(nodes, edges)
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    km = straight_km(lon[tail], lat[tail], lon[head], lat[head]) * LINK_DETOUR
    apart = km > 0  # nodes on one spot are joined by no road
    tail, head, km = tail[apart], head[apart], km[apart]
    kmh = usual_kmh(edges)
    seconds = km / kmh * 3600
    detour = slower_seconds(travel, tail, head) / seconds
    facing = facing_ends(nodes, edges, tail, head) & (detour > 1)
    kept = np.flatnonzero(facing | (detour >= LEAST_DETOUR))
    worst_first = kept[np.lexsort((kept, -detour[kept], ~facing[kept]))]
    chosen = np.sort(worst_first[:MOST])
    found = Candidates(tail, head, km, kmh, seconds, detour, facing, len(kept) - len(chosen))
    return found.take(chosen)


def close_pairs(nodes: pd.DataFrame, edges: pd.DataFrame) -> tuple[Rows, Rows]:
    """Return pairs of nodes within `RADIUS_KM` that no edge joins, tail < head, sorted.

    Ends that stop only because the extract stops (`cut`) are left out, and so are nodes on
    the course of a road, with just two neighbours, where links would be the same as those
    of the road's crossings.
    """
    neighbours = neighbour_count(edges, len(nodes))
    wanted = np.flatnonzero(~nodes["cut"].to_numpy() & (neighbours != 2) & (neighbours > 0))
    lon, lat = np.radians(nodes["lon"].to_numpy()), np.radians(nodes["lat"].to_numpy())
    ball = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = 2 * np.sin(RADIUS_KM / _EARTH_KM / 2)
    pairs = cKDTree(ball[wanted]).query_pairs(chord, output_type="ndarray")
    ends = np.sort(wanted[pairs], axis=1).astype(np.int64)
    joined = np.sort(edges[["tail", "head"]].to_numpy(dtype=np.int64), axis=1)
    count = len(nodes)
    keys = np.setdiff1d(ends[:, 0] * count + ends[:, 1], joined[:, 0] * count + joined[:, 1])
    return keys // count, keys % count


def neighbour_count(edges: pd.DataFrame, count: int) -> NDArray[np.int64]:
    """Return with how many other nodes open edges join each node."""
    open_ = edges[["seconds_forward", "seconds_backward"]].notna().any(axis=1)
    ends = np.sort(edges.loc[open_, ["tail", "head"]].to_numpy(dtype=np.int64), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return np.bincount(ends.ravel(), minlength=count)


def facing_ends(nodes: pd.DataFrame, edges: gpd.GeoDataFrame, tail: Rows, head: Rows) -> Flags:
    """Return which pairs are dead ends that face each other."""
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    heading = outward_headings(nodes, edges)
    flat = np.cos(np.radians(lat))
    across = np.column_stack([(lon[head] - lon[tail]) * flat[tail], lat[head] - lat[tail]])
    least = np.cos(np.radians(FACING_DEGREES))
    # A node that is no dead end has the heading NaN; that is at least nothing.
    cosines = _cosine(heading[tail], across), _cosine(heading[head], -across)
    faces: Flags = np.minimum(*cosines) >= least
    return faces


def outward_headings(nodes: pd.DataFrame, edges: gpd.GeoDataFrame) -> Reals:
    """Return in which direction the road at each dead end would go on, shape (nodes, 2).

    East and north, of any length; NaN for nodes that are no dead end, or end only because
    the extract ends.
    """
    heading = np.full((len(nodes), 2), np.nan)
    dead = (neighbour_count(edges, len(nodes)) == 1) & ~nodes["cut"].to_numpy()
    spots = nodes[["lon", "lat"]].to_numpy()
    columns = (edges["tail"], edges["head"], edges.geometry)
    for tail, head, course in zip(*columns, strict=True):
        if tail == head or not (dead[tail] or dead[head]):
            continue
        simple = isinstance(course, LineString)
        bends = np.array(course.coords)[:, :2] if simple else spots[[tail, head]]
        if dead[head]:
            heading[head] = bends[-1] - bends[-2]
        if dead[tail]:
            heading[tail] = bends[0] - bends[1]
    heading[:, 0] *= np.cos(np.radians(spots[:, 1]))
    return heading


def _cosine(one: Reals, other: Reals) -> Reals:
    length = np.hypot(*one.T) * np.hypot(*other.T)
    dot = (one * other).sum(axis=1)
    result = np.full(len(dot), np.nan)
    np.divide(dot, length, out=result, where=length > 0)
    return result


def usual_kmh(edges: pd.DataFrame) -> float:
    """Return the median speed of the roads by length, ferries left out; NaN without roads."""
    roads = edges.loc[~edges["ferry"]].sort_values("kmh")
    if roads.empty:
        return float("nan")
    length = roads["km"].cumsum().to_numpy()
    return float(roads["kmh"].iloc[int(np.searchsorted(length, length[-1] / 2))])


def slower_seconds(travel: Travel, tail: Rows, head: Rows) -> Reals:
    """Return the present quickest time of each pair, in the slower direction; +inf without way."""
    seconds = np.zeros(len(tail))
    for start, end in ((tail, head), (head, tail)):
        sources, source = np.unique(start, return_inverse=True)
        targets, target = np.unique(end, return_inverse=True)
        step = max(1, _TILE_BYTES // (8 * max(1, len(targets))))
        for first in range(0, len(sources), step):
            rows = np.flatnonzero((source >= first) & (source < first + step))
            times = travel.network.travel_times(sources[first : first + step], targets)
            found = times[source[rows] - first, target[rows]]
            seconds[rows] = np.maximum(seconds[rows], found)
    return seconds
