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
#: Bounds of a gain that exclude, and that never exclude; sums of three stay within 64 bits.
NEVER = np.int64(-(2**60))
ALWAYS = np.int64(2**60)


class Tile(NamedTuple):
    """Some origins and all destinations.

    Attributes
    ----------
    start
        Which zone is the first origin.
    block, block_end
        Its blocks, all of them whole.
    times : int32 (R, Z)
        Milliseconds, `FAR` where there is no path.
    demand : float64 (R, Z)
        Demand of each pair.
    apart : bool (R,)
        Whether an origin has destinations without a path.
    to_middles : int32 (R, B)
        Milliseconds to the middle of each block.
    """

    start: int
    block: int
    block_end: int
    times: Times
    demand: Reals
    apart: NDArray[np.bool_]
    to_middles: Times


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


class Blocks(NamedTuple):
    """Zones stand group by group, and within a group neighbours stand together, in blocks.

    Attributes
    ----------
    first : int64 (B + 1,)
        Zones ``first[b]`` to ``first[b + 1] - 1`` are block b.
    middle : int64 (B,)
        A zone of each block, any.
    within : int32 (Z,)
        Milliseconds from the middle of its block to each zone.
    group : int64 (B,)
        Group of each block.
    groups
        Number of groups; 0 if gains by group are not wanted.
    """

    first: Counts
    middle: Counts
    within: Times
    group: Counts
    groups: int


class Lists(NamedTuple):
    """Destinations that can gain by each of C links.

    Attributes
    ----------
    blocks : int64 (C,)
        Number of blocks that hold some.
    block : int32 (C, B)
        These blocks.
    first : int64 (C, B)
        Where the zones of each begin in `via`.
    spare : int64 (C, B)
        The most that the time from the block's middle exceeds `via`.
    via : int32
        Milliseconds from the tail to each zone by way of the link; `FAR` for a zone that cannot
        gain, `FAR` - 1 at most for others.
    """

    blocks: Counts
    block: NDArray[np.int32]
    first: Counts
    spare: Counts
    via: Times


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


def sums_of(links: int, groups: int) -> Sums:
    """Return sums of zero."""
    return Sums(
        np.zeros((links, 2)),
        np.zeros((links, 2)),
        np.zeros(links, np.int64),
        np.zeros((links, groups, 2)),
        np.zeros((links, groups, 2)),
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
def add_gains(tile, links, start, stop, ends, blocks, sums):  # type: ignore[no-untyped-def]
    """Add what the origins of a tile gain by each of the links `start` to `stop` - 1."""
    lists = _destinations(links, start, stop, ends, blocks)
    largest = 0
    for a in range(tile.block, tile.block_end):
        largest = max(largest, blocks.first[a + 1] - blocks.first[a])
    rows = np.empty(largest, np.int64)
    totals = np.empty(largest)
    # All links look at one block of origins before the next, whose times stay in the cache.
    for a in range(tile.block, tile.block_end):
        for m in range(stop - start):
            if lists.blocks[m]:
                _add_block(tile, a, links, start + m, ends, blocks, lists, m, rows, totals, sums)


@njit(cache=True, nogil=True)
def _destinations(links, start, stop, ends, blocks):  # type: ignore[no-untyped-def]
    """Return the destinations that can gain by each of some links."""
    count, zones, parts = stop - start, len(blocks.within), len(blocks.middle)
    # Never touched beyond what they hold, so that most of this is not real memory.
    lists = Lists(
        np.zeros(count, np.int64),
        np.empty((count, parts), np.int32),
        np.empty((count, parts), np.int64),
        np.empty((count, parts), np.int64),
        np.empty(count * zones, np.int32),
    )
    size = 0
    for m in range(count):
        tail, head, ms = links.tail[start + m], links.head[start + m], links.ms[start + m]
        filled = 0
        for b in range(parts):
            spare = NEVER
            begin = blocks.first[b]
            for j in range(begin, blocks.first[b + 1]):
                onward, before = ends.to_zones[head, j], ends.to_zones[tail, j]
                time = np.int64(onward) + ms
                via = FAR
                if onward != FAR and (time < before or before == FAR):
                    via = np.int32(min(time, np.int64(FAR - 1)))
                    inside = blocks.within[j]
                    spare = max(spare, ALWAYS if inside == FAR else np.int64(inside - time))
                lists.via[size + j - begin] = via
            if spare > NEVER:
                lists.block[m, filled] = b
                lists.first[m, filled] = size
                lists.spare[m, filled] = spare
                filled += 1
                size += blocks.first[b + 1] - begin
        lists.blocks[m] = filled
    return lists


@njit(cache=True, nogil=True)
def _add_block(tile, a, links, link, ends, blocks, lists, m, rows, totals, sums):  # type: ignore[no-untyped-def]
    """Add what a block of origins gains by one link.

    Two bounds, exact by the triangle inequality, spare nearly all pairs. With s the middle of
    the origins' block and r that of the destinations',

        gain of i, j = d_ij - d_iu - w - d_vj <= (d_ir - d_iu) + (d_rj - w - d_vj)
                                              <= (d_is - d_iu) + d_sr + (d_rj - w - d_vj),

    and the largest of each bracket over a block shows whether any pair of it can gain. Where a
    time is infinite the bound is too. What is left out adds nothing, so it changes no bit.
    """
    tail, head, ms = links.tail[link], links.head[link], links.ms[link]
    middle = blocks.middle[a]
    count = 0
    spare = NEVER
    for zone in range(blocks.first[a], blocks.first[a + 1]):
        access = ends.from_zones[tail, zone]
        if access == FAR:
            continue
        without = ends.from_zones[head, zone]
        if access + ms >= without and without != FAR:
            continue
        rows[count] = zone - tile.start
        totals[count] = 0.0
        inside = tile.times[zone - tile.start, middle]
        spare = max(spare, ALWAYS if inside == FAR else np.int64(inside - access))
        count += 1
    if count == 0:
        return
    centre = middle - tile.start
    for k in range(lists.blocks[m]):
        b = lists.block[m, k]
        across = tile.to_middles[centre, b]
        if across != FAR and spare + across + lists.spare[m, k] <= 0:
            continue
        low, high = blocks.first[b], blocks.first[b + 1]
        via = lists.via[lists.first[m, k] : lists.first[m, k] + high - low]
        for c in range(count):
            r = rows[c]
            access = ends.from_zones[tail, tile.start + r]
            near = tile.to_middles[r, b]
            if near != FAR and near - access + lists.spare[m, k] <= 0:
                continue
            times, demand = tile.times[r, low:high], tile.demand[r, low:high]
            if tile.apart[r]:
                part = _joined_and_new(times, demand, access, via, sums, link)
            else:
                part = _joined(times, demand, access, via)
            totals[c] += part
            if blocks.groups:
                add(sums.destination[link, blocks.group[b]], part)
    for c in range(count):
        add(sums.gain[link], totals[c])
        if blocks.groups:
            add(sums.origin[link, blocks.group[a]], totals[c])


@njit(cache=True, nogil=True)
def _joined(times, demand, access, via):  # type: ignore[no-untyped-def]
    """Return demand times milliseconds saved by one origin to a block, all pairs joined."""
    # All within 32 bits, so that vectors do it: no time is negative.
    most = np.int32(0)
    for j in range(len(via)):
        most = max(most, np.int32(times[j] - via[j]))
    total = 0.0
    if most > access:
        for j in range(len(via)):
            saved = np.int32(times[j] - via[j])
            if saved > access:
                total += demand[j] * np.float64(np.int32(saved - access))
    return total


@njit(cache=True, nogil=True)
def _joined_and_new(times, demand, access, via, sums, link):  # type: ignore[no-untyped-def]
    """Do the same for an origin that could not reach all; add up what it newly reaches."""
    total = 0.0
    for j in range(len(via)):
        if times[j] == FAR:
            if via[j] != FAR:
                add(sums.reached[link], demand[j])
                sums.pairs[link] += 1
        elif times[j] - via[j] > access:
            total += demand[j] * np.float64(times[j] - via[j] - access)
    return total


def closed(sums: NDArray[Any]) -> Reals:
    """Return sums with their compensation put in, shape without the last axis."""
    result: Reals = sums[..., 0] + sums[..., 1]
    return result
