"""Dead ends: where a road simply ends, and which of them face each other.

Where the data stops at some class of roads, most dead ends are where the class ends, not the
road: two of them facing each other are a place to look at. Where it holds every road
(`region.road_classes`), a dead end of a through road is one in the world, as far as the data
knows, and two face each other only if no other road runs between them.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, STRtree

from onecity.region.dead_ends import Flags, dead_ends_of, street_ends_of
from onecity.strands.units import Reals, Rows

FACING_DEGREES = 60.0
"""A dead end faces another if the way there turns no further than this from its road."""
STUB_KM = 0.02
"""A road heads as its last stretch of this length does: the very last bend may be a kerb's."""
_KM_PER_DEGREE = 111.2


def facing_ends(
    nodes: pd.DataFrame, edges: gpd.GeoDataFrame, tail: Rows, head: Rows, *, every_road: bool
) -> Flags:
    """Return which pairs are dead ends that face each other; see the module.

    Parameters
    ----------
    tail, head
        Road nodes.
    every_road
        Whether the data holds every road: no dead end of a yard counts then, and no other
        road may lie between.
    """
    dead = street_ends_of(nodes, edges) if every_road else dead_ends_of(nodes, edges)
    faces = np.zeros(len(tail), np.bool_)
    both = np.flatnonzero(dead[tail] & dead[head])
    start, end = tail[both], head[both]
    spots = nodes[["lon", "lat"]].to_numpy()
    across = spots[end] - spots[start]
    across[:, 0] *= np.cos(np.radians(spots[start, 1]))
    heading = outward_headings(nodes, edges)
    least = np.cos(np.radians(FACING_DEGREES))
    # Where a road has no length, it heads nowhere: NaN, which is at least nothing.
    cosines = _cosine(heading[start], across), _cosine(heading[end], -across)
    found = both[np.minimum(*cosines) >= least]
    if every_road:
        found = found[~_between(nodes, edges, tail[found], head[found])]
    faces[found] = True
    return faces


def outward_headings(nodes: pd.DataFrame, edges: gpd.GeoDataFrame) -> Reals:
    """Return in which direction the road at each dead end would go on, shape (nodes, 2).

    East and north, of any length; NaN for nodes that are no dead end, or end only because
    the extract ends.
    """
    heading = np.full((len(nodes), 2), np.nan)
    dead = dead_ends_of(nodes, edges)
    spots = nodes[["lon", "lat"]].to_numpy()
    ends = edges[["tail", "head"]].to_numpy(dtype=np.int64)
    rows = np.flatnonzero(dead[ends].any(axis=1) & (ends[:, 0] != ends[:, 1]))
    for (tail, head), course in zip(ends[rows], edges.geometry.to_numpy()[rows], strict=True):
        simple = isinstance(course, LineString)
        bends = shapely.get_coordinates(course) if simple else spots[[tail, head]]
        if dead[head]:
            heading[head] = _last_stretch(bends)
        if dead[tail]:
            heading[tail] = _last_stretch(bends[::-1])
    heading[:, 0] *= np.cos(np.radians(spots[:, 1]))
    return heading


def _last_stretch(bends: Reals) -> Reals:
    """Return the way from the last bend at least `STUB_KM` before the end, else from the start."""
    back = bends[-1] - bends[:-1]
    scale = np.array([np.cos(np.radians(bends[-1, 1])), 1.0])
    far = np.flatnonzero(np.hypot(*(back * scale).T) * _KM_PER_DEGREE >= STUB_KM)
    return np.asarray(back[far[-1] if len(far) else 0])


def _between(nodes: pd.DataFrame, edges: gpd.GeoDataFrame, tail: Rows, head: Rows) -> Flags:
    """Return which straight lines from node to node meet an open road other than those two."""
    line, _ = roads_met(nodes, edges, tail, head)
    return np.bincount(line, minlength=len(tail)) > 0


def roads_met(
    nodes: pd.DataFrame, edges: gpd.GeoDataFrame, tail: Rows, head: Rows
) -> tuple[Rows, Rows]:
    """Return which line from node to node meets which open road that ends at neither of them.

    Two arrays of the same length: number of the line, row of the edge.
    """
    spots = nodes[["lon", "lat"]].to_numpy()
    lines = shapely.linestrings(np.stack([spots[tail], spots[head]], axis=1))
    line, edge = STRtree(edges.geometry.to_numpy()).query(lines, predicate="intersects")
    ends = edges[["tail", "head"]].to_numpy(dtype=np.int64)[edge]
    own = (ends == tail[line][:, None]).any(axis=1) | (ends == head[line][:, None]).any(axis=1)
    open_ = edges[["seconds_forward", "seconds_backward"]].notna().any(axis=1).to_numpy()[edge]
    return line[open_ & ~own].astype(np.int64), edge[open_ & ~own].astype(np.int64)


def _cosine(one: Reals, other: Reals) -> Reals:
    length = np.hypot(*one.T) * np.hypot(*other.T)
    dot = (one * other).sum(axis=1)
    result = np.full(len(dot), np.nan)
    np.divide(dot, length, out=result, where=length > 0)
    return result
