"""Paths with flow on them, and how flow is moved from dear ones to cheap ones.

Every pair of an origin and a destination keeps the paths it uses. Two steps take turns:
`extend` finds each pair's cheapest path at the costs of the moment and adds it where it is new;
`balance` goes from pair to pair and moves flow between its paths by Newton's step on the
difference of their costs, every move changing at once the costs that the next pair meets.

Sources: Jayakrishnan et al. (1994), A Faster Path-Based Algorithm for Traffic Assignment,
Transportation Research Record 1443; Xie, Nie, Liu (2018), A Greedy Path-Based Algorithm for
Traffic Assignment, Transportation Research Record 2672.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onecity.network.graph import Nodes
from onecity.network.hierarchy import Offsets

from .compiled import kernel
from .delays import Reals, delay
from .trees import customise, sweep, unpack

#: A path must be cheaper by this part to be new: less is rounding.
NEWS = 1e-14
#: How often a step that goes too far is halved.
_HALVINGS = 50


class Paths(NamedTuple):
    """Paths in use, by pair.

    Attributes
    ----------
    first : int64 (pairs + 1,)
        Paths of a pair are ``first[pair]:first[pair + 1]``.
    begin : int64 (paths + 1,)
        Arcs of a path are ``arcs[begin[path]:begin[path + 1]]``, in order.
    arcs : int32
        Rows of the user's arcs.
    flow : float64 (paths,)
        In passenger car units.
    """

    first: Offsets
    begin: Offsets
    arcs: Nodes
    flow: Reals


class Pairs(NamedTuple):
    """Origins and destinations with demand, grouped by class and origin.

    Attributes
    ----------
    group : int32 (pairs,)
        Class of vehicles.
    source, target : int32 (pairs,)
        Positions.
    amount : float64 (pairs,)
        Passenger car units, above 0.
    """

    group: Nodes
    source: Nodes
    target: Nodes
    amount: Reals


class Shape(NamedTuple):
    """What the kernels read of a road network; see `trees`."""

    first: Offsets
    head: Nodes
    parent: Nodes
    owner: Nodes
    place: Offsets
    upward: NDArray[np.bool_]
    ends: Nodes


class Weights(NamedTuple):
    """Weights of the upward arcs, written by `trees.customise`."""

    up: Reals
    down: Reals
    up_one: Nodes
    up_two: Nodes
    down_one: Nodes
    down_two: Nodes


class Room(NamedTuple):
    """Working memory for one sweep and one path at a time."""

    dist: Reals
    by: Offsets
    arcs: Nodes
    stack: Offsets
    at: Nodes


def room_for(shape: Shape) -> tuple[Weights, Room]:
    """Return working memory for a network."""
    n, m = len(shape.parent), len(shape.head)
    ids = [np.empty(m, np.int32) for _ in range(4)]
    room = Room(
        np.empty(n), np.empty(n, np.int64), np.empty(n + 1, np.int32),
        np.empty(4 * n + 8, np.int64), np.zeros(n, np.int32),
    )  # fmt: skip
    return Weights(np.empty(m), np.empty(m), *ids), room


class Work(NamedTuple):
    """Working memory of `balance`; see `work_for`."""

    on_best: Offsets
    on_path: Offsets
    stamp: Offsets
    mine: Nodes
    its: Nodes
    cost: Reals


def work_for(arcs: int, longest: int, most: int) -> Work:
    """Return working memory for so many arcs, arcs of a path, and paths of a pair."""
    return Work(
        np.zeros(arcs, np.int64), np.zeros(arcs, np.int64), np.zeros(1, np.int64),
        np.empty(longest, np.int32), np.empty(longest, np.int32), np.empty(most),
    )  # fmt: skip


def no_paths(pairs: int) -> Paths:
    """Return none for each pair."""
    return Paths(
        np.zeros(pairs + 1, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0)
    )


@kernel
def _roomier(array, needed):  # type: ignore[no-untyped-def]
    """Return the array, or a longer copy."""
    if needed <= len(array):
        return array
    grown = np.empty(max(2 * len(array), needed), array.dtype)
    grown[: len(array)] = array
    return grown


@kernel
def _known(arcs, begin, old, top, other, length):  # type: ignore[no-untyped-def]
    """Return whether one of the paths ``old:top`` has just these arcs."""
    for p in range(old, top):
        same = begin[p + 1] - begin[p] == length
        i = 0
        while same and i < length:
            same = arcs[begin[p] + i] == other[i]
            i += 1
        if same:
            return True
    return False


@kernel
def extend(shape, wanted, pairs, fixed, time, paths, weights, room):  # type: ignore[no-untyped-def]
    """Return the paths with flow, with each pair's cheapest one added where it is new.

    Parameters
    ----------
    shape, wanted
        The network, and the positions to sweep over, see `trees.sweep`.
    pairs
        Demand. A pair without a path gets all of its demand on the cheapest one.
    fixed
        Cost of each class on each arc that does not grow, float64 (classes, arcs); +inf where
        the class may not go.
    time
        Cost that all classes share, float64 (arcs,).
    paths
        The paths so far.
    weights, room
        Working memory.

    Returns
    -------
    The four arrays of `Paths`; the least cost of every pair, +inf without a path; the total
    cost of all flow; and by how much that exceeds what it were on cheapest paths.
    """
    count = len(pairs.group)
    first = np.zeros(count + 1, np.int64)
    begin = np.zeros(len(paths.flow) + count + 1, np.int64)
    flow = np.empty(len(paths.flow) + count)
    arcs = np.empty(max(len(paths.arcs) + len(paths.arcs) // 4, 1024), np.int32)
    least = np.empty(count)
    total = 0.0
    excess = 0.0
    top = 0
    end = 0
    cost = time
    for r in range(count):
        m = pairs.group[r]
        fresh = r == 0 or m != pairs.group[r - 1]
        if fresh:
            cost = time + fixed[m]
            customise(shape.first, shape.head, shape.place, shape.upward, cost, weights)
        if fresh or pairs.source[r] != pairs.source[r - 1]:
            sweep(
                shape.first, shape.head, shape.parent, wanted, weights, pairs.source[r],
                room.dist, room.by,
            )  # fmt: skip
        least[r] = room.dist[pairs.target[r]]
        cheapest = np.inf
        old = top
        for p in range(paths.first[r], paths.first[r + 1]):
            if paths.flow[p] <= 0.0:
                continue
            i = paths.begin[p]
            length = paths.begin[p + 1] - i
            arcs = _roomier(arcs, end + length)
            own = 0.0
            for _ in range(length):
                a = paths.arcs[i]
                arcs[end] = a
                own += cost[a]
                end += 1
                i += 1
            flow[top] = paths.flow[p]
            top += 1
            begin[top] = end
            total += paths.flow[p] * own
            excess += paths.flow[p] * (own - least[r])
            cheapest = min(cheapest, own)
        if least[r] < np.inf and (top == old or least[r] < cheapest * (1.0 - NEWS)):
            length = unpack(
                shape.owner, shape.head, weights, room.by, pairs.source[r], pairs.target[r],
                shape.ends, room,
            )  # fmt: skip
            if not _known(arcs, begin, old, top, room.arcs, length):
                arcs = _roomier(arcs, end + length)
                arcs[end : end + length] = room.arcs[:length]
                end += length
                flow[top] = pairs.amount[r] if top == old else 0.0
                top += 1
                begin[top] = end
        first[r + 1] = top
    kept = begin[: top + 1].copy(), arcs[:end].copy(), flow[:top].copy()
    return first, kept[0], kept[1], kept[2], least, total, excess


@kernel
def load(pairs, paths, volume):  # type: ignore[no-untyped-def]
    """Write the flow of every class on every arc, float64 (classes, arcs)."""
    volume[:] = 0.0
    for r in range(len(pairs.group)):
        on = volume[pairs.group[r]]
        for p in range(paths.first[r], paths.first[r + 1]):
            for i in range(paths.begin[p], paths.begin[p + 1]):
                on[paths.arcs[i]] += paths.flow[p]


@kernel
def _cheapest(paths, r, time, own, cost):  # type: ignore[no-untyped-def]
    """Write the cost of each path of a pair; return the cheapest path and the pair's excess."""
    start = paths.first[r]
    best = start
    for p in range(start, paths.first[r + 1]):
        total = 0.0
        for i in range(paths.begin[p], paths.begin[p + 1]):
            a = paths.arcs[i]
            total += time[a] + own[a]
        cost[p - start] = total
        if total < cost[best - start]:
            best = p
    excess = 0.0
    for p in range(start, paths.first[r + 1]):
        excess += paths.flow[p] * (cost[p - start] - cost[best - start])
    return best, excess


@kernel
def _apart(paths, p, marked, stamp, arcs):  # type: ignore[no-untyped-def]
    """Write the arcs of a path that do not carry the stamp; return how many."""
    count = 0
    for i in range(paths.begin[p], paths.begin[p + 1]):
        a = paths.arcs[i]
        if marked[a] != stamp:
            arcs[count] = a
            count += 1
    return count


@kernel
def _move(laws, marginal, arcs, count, step, volume, time, slope, own):  # type: ignore[no-untyped-def]
    """Add flow to some arcs; return their cost and slope together."""
    cost = 0.0
    steep = 0.0
    for i in range(count):
        a = arcs[i]
        volume[a] = max(volume[a] + step, 0.0)
        time[a], slope[a] = delay(
            laws.kind[a], laws.free[a], laws.capacity[a], laws.factor[a], laws.power[a],
            volume[a], marginal,
        )  # fmt: skip
        cost += time[a] + own[a]
        steep += slope[a]
    return cost, steep


@kernel
def balance(laws, marginal, pairs, fixed, paths, volume, time, slope, work, floor):  # type: ignore[no-untyped-def]
    """Move flow from dear paths to cheap ones, pair after pair; return the excess met.

    Parameters
    ----------
    laws, marginal
        `Laws`, and whether their marginal times are what is levelled.
    pairs, fixed
        See `extend`.
    paths
        `flow` is changed.
    volume, time, slope
        Of every arc, float64 (arcs,); kept in step with the flow of the paths.
    work
        `Work`.
    floor
        Pairs whose excess is below this part of their cost are passed over.
    """
    met = 0.0
    for r in range(len(pairs.group)):
        start = paths.first[r]
        if paths.first[r + 1] - start < 2:
            continue
        own = fixed[pairs.group[r]]
        best, excess = _cheapest(paths, r, time, own, work.cost)
        met += excess
        if excess <= floor * pairs.amount[r] * work.cost[best - start]:
            continue
        moved = False
        work.stamp[0] += 1
        base = work.stamp[0]
        for i in range(paths.begin[best], paths.begin[best + 1]):
            work.on_best[paths.arcs[i]] = base
        for p in range(start, paths.first[r + 1]):
            if p == best or paths.flow[p] <= 0.0:
                continue
            work.stamp[0] += 1
            for i in range(paths.begin[p], paths.begin[p + 1]):
                work.on_path[paths.arcs[i]] = work.stamp[0]
            mine = _apart(paths, p, work.on_best, base, work.mine)
            its = _apart(paths, best, work.on_path, work.stamp[0], work.its)
            moved |= _level(
                laws, marginal, own, paths, p, best, mine, its, volume, time, slope, work
            )
        if moved:
            rest = pairs.amount[r]
            for p in range(start, paths.first[r + 1]):
                if p != best:
                    rest -= paths.flow[p]
            paths.flow[best] = max(rest, 0.0)
    return met


@kernel
def _level(laws, marginal, own, paths, p, best, mine, its, volume, time, slope, work):  # type: ignore[no-untyped-def]
    """Take one Newton step between two paths, towards equal costs; return whether it moved."""
    difference = 0.0
    steep = 0.0
    for i in range(mine):
        a = work.mine[i]
        difference += time[a] + own[a]
        steep += slope[a]
    for i in range(its):
        a = work.its[i]
        difference -= time[a] + own[a]
        steep += slope[a]
    if difference == 0.0:
        return False
    step = difference / steep if steep > 0.0 else np.copysign(np.inf, difference)
    step = min(max(step, -paths.flow[best]), paths.flow[p])
    if step == 0.0:
        return False
    moved = 0.0
    change = step
    for _ in range(_HALVINGS):
        a, _ = _move(laws, marginal, work.mine, mine, -change, volume, time, slope, own)
        b, _ = _move(laws, marginal, work.its, its, change, volume, time, slope, own)
        moved += change
        # Beyond the point of equal costs and farther from it than before: half the way back.
        if (a - b) * difference >= 0.0 or abs(a - b) <= abs(difference):
            break
        step /= 2.0
        change = -step
    paths.flow[best] += moved
    paths.flow[p] = 0.0 if moved >= paths.flow[p] else paths.flow[p] - moved
    return True


@kernel
def adopt(pairs, old, match, fixed):  # type: ignore[no-untyped-def]
    """Return the four arrays of `Paths` for new demand, shared out as on paths found before.

    Parameters
    ----------
    pairs
        The new demand.
    old
        Paths found before.
    match
        The pair of `old` for each new one, -1 for none; int64.
    fixed
        See `extend`; paths over an arc that is closed now are left out.
    """
    first = np.zeros(len(match) + 1, np.int64)
    begin = np.zeros(len(old.flow) + 1, np.int64)
    arcs = np.empty(len(old.arcs), np.int32)
    flow = np.empty(len(old.flow))
    top = 0
    end = 0
    for r in range(len(match)):
        start = top
        total = 0.0
        if match[r] >= 0:
            for p in range(old.first[match[r]], old.first[match[r] + 1]):
                open_still = old.flow[p] > 0.0
                for i in range(old.begin[p], old.begin[p + 1]):
                    open_still = open_still and fixed[pairs.group[r], old.arcs[i]] < np.inf
                if not open_still:
                    continue
                for i in range(old.begin[p], old.begin[p + 1]):
                    arcs[end] = old.arcs[i]
                    end += 1
                flow[top] = old.flow[p]
                total += old.flow[p]
                top += 1
                begin[top] = end
        for p in range(start, top):
            flow[p] *= pairs.amount[r] / total
        first[r + 1] = top
    return first, begin[: top + 1].copy(), arcs[:end].copy(), flow[:top].copy()
