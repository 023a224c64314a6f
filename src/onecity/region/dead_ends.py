"""Dead ends of the roads, and which of them nearly meet another road.

On a network of trunk roads most dead ends are where the class ends, not the road; where every
road is known, they are ends of streets. A dead end close to another road (a near miss) may be
joined to it in the world.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

from .road_classes import NONE, holds_every_road, level_of
from .store import Region

Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

NEAR_MISS_M = 150.0
"""How close to another road a dead end may be joined to it: trunk extracts are rounded to 100 m."""
NEAR_MISS_DRAWN_M = 10.0
"""The same where every road is in the data, and drawn to some metres."""

_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class NearMisses:
    """Dead ends close to another road, each with the nearest one.

    Attributes
    ----------
    node
        Road node of each dead end, ascending, shape (misses,).
    edge
        Row of the other road, shape (misses,).
    metres
        Gap between them, shape (misses,).
    along
        Where the nearest point of the other road lies, 0 at its tail to 1, shape (misses,).
    """

    node: Rows
    edge: Rows
    metres: Reals
    along: Reals


def neighbour_count(edges: pd.DataFrame, count: int) -> Rows:
    """Return with how many other nodes open edges join each node."""
    open_ = edges[["seconds_forward", "seconds_backward"]].notna().any(axis=1)
    ends = np.sort(edges.loc[open_, ["tail", "head"]].to_numpy(dtype=np.int64), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return np.bincount(ends.ravel(), minlength=count)


def dead_ends_of(nodes: pd.DataFrame, edges: pd.DataFrame) -> Flags:
    """Return which nodes are dead ends; those where only the extract ends (`cut`) are not."""
    ends: Flags = (neighbour_count(edges, len(nodes)) == 1) & ~nodes["cut"].to_numpy(dtype=bool)
    return ends


def street_ends_of(nodes: pd.DataFrame, edges: pd.DataFrame) -> Flags:
    """Return the dead ends where one open through road ends and nothing else begins.

    No end of a yard or a driveway; and where two roads lead to the one neighbour, or a loop
    turns back, it is a place to turn.
    """
    ends = edges[["tail", "head"]].to_numpy(dtype=np.int64)
    open_ = edges[["seconds_forward", "seconds_backward"]].notna().any(axis=1).to_numpy()
    every = np.bincount(ends[open_].ravel(), minlength=len(nodes))
    through = np.bincount(ends[open_ & (level_of(edges) < NONE)].ravel(), minlength=len(nodes))
    return np.asarray(dead_ends_of(nodes, edges) & (every == 1) & (through == 1))


def near_miss_m(region: Region) -> float:
    """Return how close to another road a dead end may be joined to it in the world, metres."""
    return NEAR_MISS_DRAWN_M if holds_every_road(region) else NEAR_MISS_M


def near_misses_of(region: Region, metres: float) -> NearMisses:
    """Return the dead ends within `metres` of a road that does not end in them."""
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    dead = np.flatnonzero(dead_ends_of(nodes, edges))
    spots = nodes.geometry.to_numpy()[dead]
    # A degree of longitude is shorter than one of latitude: the net is cast wide, then measured.
    lat = nodes["lat"].to_numpy()[dead]
    wide = metres / 110_000 / max(0.05, float(np.cos(np.radians(np.abs(lat).max(initial=0.0)))))
    courses = edges.geometry.to_numpy()
    near, edge = shapely.STRtree(courses).query(spots, predicate="dwithin", distance=wide)
    node = dead[near]
    ends = edges[["tail", "head"]].to_numpy(dtype=np.int64)[edge]
    closed = edges[["seconds_forward", "seconds_backward"]].isna().all(axis=1).to_numpy()[edge]
    other = (ends != node[:, None]).all(axis=1) & ~closed
    near, node, edge = near[other], node[other], edge[other]
    along = shapely.line_locate_point(courses[edge], spots[near], normalized=True)
    foot = shapely.line_interpolate_point(courses[edge], along, normalized=True)
    lon, lat = shapely.get_x(spots[near]), shapely.get_y(spots[near])
    _, _, gap = _GEOD.inv(lon, lat, shapely.get_x(foot), shapely.get_y(foot))
    gap = np.asarray(gap, np.float64)
    close = np.flatnonzero(gap <= metres)
    close = close[np.lexsort((edge[close], gap[close], node[close]))]
    first = close[np.flatnonzero(np.diff(node[close], prepend=-1))]
    return NearMisses(
        node[first].astype(np.int64),
        edge[first].astype(np.int64),
        gap[first],
        np.asarray(along, np.float64)[first],
    )
