"""Which road goes on as which: what continues straightest is the same road.

Data cuts a road wherever another meets it or a tag changes. Here its pieces are put together
again: an arc is continued by the arc that leaves its end at the least turn, if that one has no
better arc before it. Turns of more than `TURN` are no continuation.
"""

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from onecity.strands.units import Reals, Rows

TURN = np.pi / 4
"""The greatest turn of a road that goes on, radians."""
NONE = -1


def bearings(edges: pd.DataFrame) -> tuple[Reals, Reals]:
    """Return the direction in which each road arc leaves its start and arrives at its end.

    Returns
    -------
    Angles in radians, shape (2 * edges,): edges from tail to head, then from head to tail.
    """
    spots, row = shapely.get_coordinates(edges["geometry"].to_numpy(), return_index=True)
    first = np.searchsorted(row, np.arange(len(edges)))
    last = np.searchsorted(row, np.arange(len(edges)), side="right") - 1
    start = _angle(spots[first], spots[np.minimum(first + 1, last)])
    end = _angle(spots[np.maximum(last - 1, first)], spots[last])
    return np.concatenate([start, end + np.pi]), np.concatenate([end, start + np.pi])


def _angle(one: Reals, other: Reals) -> Reals:
    east, north = (other - one).T
    return np.asarray(np.arctan2(north, east * np.cos(np.radians(one[:, 1]))))


def continued_by(
    tail: Rows, head: Rows, leaves: Reals, arrives: Reals, chosen: Rows, road: Rows
) -> Rows:
    """Return the arc that continues each arc, `NONE` for none, shape (arcs,).

    Parameters
    ----------
    tail, head
        Ends of both directions of every edge, shape (2 * edges,).
    leaves, arrives
        See `bearings`.
    chosen
        Arcs that are looked at; all others continue nothing.
    road
        Arcs of different roads never continue one another, shape (2 * edges,).
    """
    found = np.full(len(tail), NONE, dtype=np.int64)
    chosen = chosen[tail[chosen] != head[chosen]]
    before = pd.DataFrame({"node": head[chosen], "road": road[chosen], "one": chosen})
    after = pd.DataFrame({"node": tail[chosen], "road": road[chosen], "other": chosen})
    met = before.merge(after, on=["node", "road"])
    one, other = met["one"].to_numpy(), met["other"].to_numpy()
    turn = np.abs((leaves[other] - arrives[one] + np.pi) % (2 * np.pi) - np.pi)
    kept = (turn <= TURN) & (one % (len(tail) // 2) != other % (len(tail) // 2))
    one, other, turn = one[kept], other[kept], turn[kept]
    order = np.lexsort((other, one, turn))
    one, other = one[order], other[order]
    best_after = pd.Series(other).groupby(one, sort=False).first()
    best_before = pd.Series(one).groupby(other, sort=False).first()
    starts, ends = best_after.index.to_numpy(), best_after.to_numpy()
    mutual = best_before.reindex(ends).to_numpy() == starts
    found[starts[mutual]] = ends[mutual]
    return found


def chains(after: Rows, members: NDArray[np.bool_]) -> list[Rows]:
    """Return the chains of member arcs in driving order, each arc in one.

    Parameters
    ----------
    after
        See `continued_by`; an arc continues one arc at most.
    members
        Arcs that are put together, shape (arcs,).
    """
    goes_on = members & (after >= 0)
    goes_on[goes_on] = members[after[goes_on]]
    led_to = np.zeros(len(after), np.bool_)
    led_to[after[goes_on]] = True
    seen = np.zeros(len(after), np.bool_)
    found = []
    # Beginnings first; what is left are rings, which begin anywhere.
    for start in (*np.flatnonzero(members & ~led_to), *np.flatnonzero(members)):
        if seen[start]:
            continue
        chain, at = [], int(start)
        while not seen[at]:
            seen[at] = True
            chain.append(at)
            if not goes_on[at]:
                break
            at = int(after[at])
        found.append(np.array(chain, dtype=np.int64))
    return found


def along(start: int, step: Rows, km: Reals, most: float) -> list[tuple[int, float]]:
    """Return the arcs met on the first `most` km of a road, and how many km of each.

    Parameters
    ----------
    start
        The first arc.
    step
        The arc after each, or before each, `NONE` for none.
    km
        Length of each arc.
    """
    met: list[tuple[int, float]] = []
    left, at, seen = most, start, set[int]()
    while at >= 0 and left > 0 and at not in seen:
        seen.add(at)
        met.append((at, min(left, float(km[at]))))
        left -= float(km[at])
        at = int(step[at])
    return met
