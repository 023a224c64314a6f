"""Closures: arcs for the case that a near miss (see `region.dead_ends`) is joined in the world."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onecity.region.dead_ends import NearMisses
from onecity.region.store import Region
from onecity.strands.units import Reals, Rows


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
