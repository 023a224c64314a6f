"""Near misses: dead ends so close to another road that in the world they may be joined to it.

On a network of trunk roads most dead ends are where the class ends, not the road. Whether a
near miss is joined is not known; `closures` gives the arcs that would join it.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from onecity.region.store import Region
from onecity.strands.units import Reals, Rows

from .dead_ends import dead_ends_of

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


@dataclass(frozen=True, slots=True)
class Closures:
    """Arcs that join near misses to the ends of the roads they come close to.

    Attributes
    ----------
    tail, head
        Road nodes, shape (arcs,).
    seconds
        Time over the gap and along the road, shape (arcs,); +inf against a one-way road.
    miss
        Which near miss each belongs to, shape (arcs,).
    """

    tail: Rows
    head: Rows
    seconds: Reals
    miss: Rows


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


def closures(region: Region, misses: NearMisses) -> Closures:
    """Return the arcs that would join near misses, each at the speed of the other road.

    The road is not split: an arc leads from the dead end to each end of it, which is as far as
    over the point where they would meet.
    """
    edges = region.table("road_edges").iloc[misses.edge]
    forward, backward = (
        edges[name].fillna(np.inf).to_numpy(dtype=np.float64)
        for name in ("seconds_forward", "seconds_backward")
    )
    gap = misses.metres / 1000 / edges["kmh"].to_numpy() * 3600
    tail, head = (edges[name].to_numpy(dtype=np.int64) for name in ("tail", "head"))
    back, on = misses.along, 1 - misses.along
    number = np.arange(len(misses.node))
    return Closures(
        tail=np.concatenate([misses.node, misses.node, tail, head]),
        head=np.concatenate([head, tail, misses.node, misses.node]),
        seconds=np.concatenate(
            [
                gap + _part(on, forward),
                gap + _part(back, backward),
                gap + _part(back, forward),
                gap + _part(on, backward),
            ]
        ),
        miss=np.tile(number, 4),
    )


def _part(share: NDArray[np.float64], seconds: Reals) -> Reals:
    """Return the time of a part of a road; closed as a whole, it is closed in any part."""
    part = np.full(len(seconds), np.inf)
    np.multiply(share, seconds, out=part, where=np.isfinite(seconds))
    return part
