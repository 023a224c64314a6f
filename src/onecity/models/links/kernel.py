"""The sums over pairs of zones, for many directed links at a time.

All terms are at least zero, so nothing cancels: plain float64 sums over one origin's
destinations, and compensated ones (Neumaier, 1974) over origins, are within (Z + 3) * 2**-53
of the true sum, relatively, however far apart the demands are. The order of the additions
depends on the zones alone, so neither threads nor tiles change a bit.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from onecity.network import UNREACHABLE

Times = NDArray[np.int32]
Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

FAR = np.int32(UNREACHABLE)
#: Bytes of times and demand gone through by all links of a task before the next: they stay
#: in the cache meanwhile.
CACHED = 8 * 2**20


class Tile(NamedTuple):
    """Some origins and all destinations.

    Attributes
    ----------
    start
        Which zone is the first origin.
    times : int32 (R, Z)
        Milliseconds, `FAR` where there is no path.
    demand : float64 (R, Z)
        Demand of each pair.
    apart : bool (R,)
        Whether an origin has destinations without a path.
    """

    start: int
    times: Times
    demand: Reals
    apart: NDArray[np.bool_]


class Ends(NamedTuple):
    """Times between the zones and the ends of links, int32 (E, Z) each.

    Attributes
    ----------
    from_zones
        Row e: from each zone to end e.
    to_zones
        Row e: from end e to each zone.
    """

    from_zones: Times
    to_zones: Times


class Directed(NamedTuple):
    """Directed links: rows of `Ends` where each begins and ends, and its milliseconds, (M,)."""

    tail: Counts
    head: Counts
    ms: Counts


class Groups(NamedTuple):
    """Zones stand group by group.

    Attributes
    ----------
    first : int64 (G + 1,)
        Zones ``first[g]`` to ``first[g + 1] - 1`` are of group g.
    group : int64 (Z,)
        Group of each zone.
    wanted
        Whether the gain of each group is to be summed.
    """

    first: Counts
    group: Counts
    wanted: bool


class Sums(NamedTuple):
    """What the kernel adds to. The last axis of the sums is a sum and its compensation.

    Attributes
    ----------
    gain : float64 (M, 2)
        Demand times milliseconds.
    reached : float64 (M, 2)
        Demand of the pairs newly joined.
    pairs : int64 (M,)
        Their number.
    origin, destination : float64 (M, G, 2)
        The gain by group of origin and of destination; (M, 0, 2) if not wanted.
    """

    gain: Reals
    reached: Reals
    pairs: Counts
    origin: Reals
    destination: Reals


def sums_of(links: int, groups: Groups) -> Sums:
    """Return sums of zero."""
    count = len(groups.first) - 1 if groups.wanted else 0
    return Sums(
        np.zeros((links, 2)),
        np.zeros((links, 2)),
        np.zeros(links, np.int64),
        np.zeros((links, count, 2)),
        np.zeros((links, count, 2)),
    )


@njit(cache=True, nogil=True)
def add(cell, value):  # type: ignore[no-untyped-def]
    """Add a value, not negative, to a sum and what the sum lost in rounding to `cell[1]`."""
    total = cell[0] + value
    if cell[0] >= value:
        cell[1] += (cell[0] - total) + value
    else:
        cell[1] += (value - total) + cell[0]
    cell[0] = total


@njit(cache=True, nogil=True)
def add_each(cell, values):  # type: ignore[no-untyped-def]
    """Add values one by one, see `add`."""
    for value in values:
        add(cell, value)


@njit(cache=True, nogil=True)
def apart(times):  # type: ignore[no-untyped-def]
    """Return which rows have an unreachable time."""
    found = np.zeros(len(times), np.bool_)
    for r in range(len(times)):
        any_far = False
        for j in range(times.shape[1]):
            any_far |= times[r, j] == FAR
        found[r] = any_far
    return found


@njit(cache=True, nogil=True)
def demand_ms(times, demand):  # type: ignore[no-untyped-def]
    """Return demand times milliseconds of each row over its reachable columns."""
    totals = np.zeros(len(times))
    for r in range(len(times)):
        for j in range(times.shape[1]):
            if times[r, j] != FAR:
                totals[r] += demand[r, j] * times[r, j]
    return totals


@njit(cache=True, nogil=True)
def shorten(times, to_tail, ms, from_head):  # type: ignore[no-untyped-def]
    """Let a directed link quicken times in place; return a place too long to hold, or -1, -1.

    Parameters
    ----------
    times
        int32 (S, T).
    to_tail, from_head
        From each source to the link, int32 (S,); from it to each target, int32 (T,).
    ms
        Time of the link.
    """
    row, column = -1, -1
    for s in range(len(times)):
        if to_tail[s] == FAR:
            continue
        start = np.int64(to_tail[s]) + ms
        for t in range(times.shape[1]):
            if from_head[t] == FAR:
                continue
            via = start + from_head[t]
            if via < times[s, t]:
                times[s, t] = via
            elif times[s, t] == FAR:
                row, column = s, t
    return row, column


@njit(cache=True, nogil=True)
def add_gains(tile, links, start, stop, ends, groups, sums):  # type: ignore[no-untyped-def]
    """Add what the origins of a tile gain by each of the links `start` to `stop` - 1."""
    zones = tile.times.shape[1]
    count = stop - start
    parts = len(groups.first) - 1
    # Destinations that can gain, and their time from the tail by way of the link, per link
    # and group. Never touched beyond what they hold, so that most of this is not real memory.
    first = np.empty((count, parts + 1), np.int64)
    column = np.empty(count * zones, np.int32)
    via = np.empty(count * zones, np.int32)
    size = 0
    for m in range(count):
        tail, head = links.tail[start + m], links.head[start + m]
        for g in range(parts):
            first[m, g] = size
            for j in range(groups.first[g], groups.first[g + 1]):
                onward = ends.to_zones[head, j]
                if onward == FAR:
                    continue
                time = np.int64(onward) + links.ms[start + m]
                before = ends.to_zones[tail, j]
                if time < before or before == FAR:
                    column[size] = j
                    via[size] = min(time, np.int64(FAR))
                    size += 1
        first[m, parts] = size
    step = max(8, CACHED // (12 * zones))
    for top in range(0, len(tile.times), step):
        bottom = min(top + step, len(tile.times))
        for m in range(count):
            if first[m, 0] < first[m, parts]:
                _add_rows(tile, top, bottom, links, start + m, ends, groups, first[m], column,
                          via, sums)  # fmt: skip


@njit(cache=True, nogil=True)
def _add_rows(tile, top, bottom, links, link, ends, groups, first, column, via, sums):  # type: ignore[no-untyped-def]
    """Add what rows `top` to `bottom` - 1 of a tile gain by one link."""
    tail, head, ms = links.tail[link], links.head[link], links.ms[link]
    for r in range(top, bottom):
        zone = tile.start + r
        access = ends.from_zones[tail, zone]
        if access == FAR:
            continue
        without = ends.from_zones[head, zone]
        if access + ms >= without and without != FAR:
            continue
        total = 0.0
        for g in range(len(first) - 1):
            low, high = first[g], first[g + 1]
            if tile.apart[r]:
                part = _joined_and_new(
                    tile.times[r], tile.demand[r], access, column, via, low, high, sums, link
                )
            else:
                part = _joined(tile.times[r], tile.demand[r], access, column, via, low, high)
            total += part
            if groups.wanted:
                add(sums.destination[link, g], part)
        add(sums.gain[link], total)
        if groups.wanted:
            add(sums.origin[link, groups.group[zone]], total)


@njit(cache=True, nogil=True)
def _joined(times, demand, access, column, via, low, high):  # type: ignore[no-untyped-def]
    """Return demand times milliseconds saved by one origin, all of whose pairs are joined."""
    total = 0.0
    for k in range(low, high):
        j = column[k]
        # Within 32 bits: both numbers compared are, and the larger less `via` is.
        allowed = np.int32(times[j] - access)
        if allowed > via[k]:
            total += demand[j] * np.float64(np.int32(allowed - via[k]))
    return total


@njit(cache=True, nogil=True)
def _joined_and_new(times, demand, access, column, via, low, high, sums, link):  # type: ignore[no-untyped-def]
    """Do the same for an origin that could not reach all; add up what it newly reaches."""
    total = 0.0
    for k in range(low, high):
        j = column[k]
        if times[j] == FAR:
            add(sums.reached[link], demand[j])
            sums.pairs[link] += 1
        elif times[j] - access > via[k]:
            total += demand[j] * np.float64(times[j] - access - via[k])
    return total


def closed(sums: NDArray[Any]) -> Reals:
    """Return sums with their compensation put in, shape without the last axis."""
    result: Reals = sums[..., 0] + sums[..., 1]
    return result
