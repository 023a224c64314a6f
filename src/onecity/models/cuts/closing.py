"""What trips lose when edges close: exactly, by routing anew those that the closure touches.

Trips stay what they are; those that used a closed arc take the quickest way left. With whole
milliseconds d before and d' after,

    hours = sum over i, j with d'_ij finite of q_ij (d'_ij - d_ij) / 3 600 000

A pair can only lose if a quickest way of it runs over a closed arc a from u to v, that is if
d_iu + t_a + d_vj = d_ij, which whole numbers tell without rounding. All others keep their
time, because one of their quickest ways stays open; so only rows and columns of pairs that
could lose are swept again.

A pair that no way is left for has no finite loss. Its trips are told apart (`Losses.cut`), and
never turned into hours here: what a trip that cannot be made costs is for the caller to assume.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.network import UNREACHABLE, Network

from .given import Reals, Rows, node_ids

Closing = Sequence[int] | NDArray[np.integer]
"""Arcs of the network that close together."""

_HOUR = 3_600_000.0


@dataclass(frozen=True, slots=True)
class Losses:
    """What K closures cost, each alone, between Z places.

    Attributes
    ----------
    users : float64 (K,)
        Trips of which a quickest way runs over what closes, ties included.
    hours : float64 (K,)
        Hours lost by trips that still have a way.
    slower : float64 (K,)
        Trips that still have a way and lose time.
    cut : float64 (K,)
        Trips that have no way any more.
    pairs : int64 (K,)
        Pairs of places, from one to the other, that these run between.
    hours_by_place, cut_by_place : float64 (K, Z)
        The same by where trips begin.
    """

    users: Reals
    hours: Reals
    slower: Reals
    cut: Reals
    pairs: Rows
    hours_by_place: Reals
    cut_by_place: Reals


@dataclass(frozen=True, slots=True)
class Loads:
    """Trips on each arc if every trip takes one quickest way.

    Attributes
    ----------
    arc : float64 (A,)
        Trips on each arc.
    no_way
        Trips between places that no way joins.
    """

    arc: Reals
    no_way: float


def losses_of(
    network: Network,
    places: ArrayLike,
    trips: ArrayLike,
    closings: Sequence[Closing],
    *,
    threads: int | None = None,
) -> Losses:
    """Return what each of some closures costs, every other arc staying open.

    Parameters
    ----------
    network
        As it is today.
    places
        Nodes where trips begin and end, shape (Z,).
    trips
        From each place to each, shape (Z, Z), finite and not negative.
    closings
        For each closure the arcs that close together; both directions of an edge are two arcs.
    threads
        How many; None for one on each processor.

    Raises
    ------
    InputError
        Wrong shapes, ids that do not exist, trips that are negative or missing.
    """
    where = node_ids(places, network.n, "places")
    demand = _checked(trips, len(where))
    sets = [np.unique(node_ids(np.asarray(one), network.arcs, "closings")) for one in closings]
    count, size = len(sets), len(where)
    before = network.travel_times_ms(where, where, threads=threads)
    every = np.unique(np.concatenate([*sets, np.zeros(0, np.int64)]))
    to = [network.travel_times_ms(where, end[every], threads=threads).T for end in _ends(network)]
    onward = [network.travel_times_ms(end[every], where, threads=threads) for end in _ends(network)]
    users, slower, pairs = np.zeros(count), np.zeros(count), np.zeros(count, np.int64)
    hours, cut = np.zeros((count, size)), np.zeros((count, size))
    for k, arcs in enumerate(sets):
        at = np.searchsorted(every, arcs)
        to_tail, to_head, from_tail, from_head = (
            np.ascontiguousarray(one[at]) for one in (*to, *onward)
        )
        hit, users[k] = _touched(
            before, demand, to_tail, to_head, from_tail, from_head, network.times[arcs]
        )
        rows, columns = np.flatnonzero(hit.any(axis=1)), np.flatnonzero(hit.any(axis=0))
        if not len(rows):
            continue
        seconds = network.seconds
        seconds[arcs] = np.inf
        closed = network.with_seconds(seconds)
        after = closed.travel_times_ms(where[rows], where[columns], threads=threads)
        slower[k], pairs[k] = _add_up(before, after, demand, rows, columns, hours[k], cut[k])
    return Losses(users, hours.sum(axis=1), slower, cut.sum(axis=1), pairs, hours, cut)


def quickest_loads(
    network: Network, places: ArrayLike, trips: ArrayLike, *, threads: int | None = None
) -> Loads:
    """Return the trips on every arc if each takes one quickest way, the first found of several.

    Parameters
    ----------
    network, places, trips, threads
        As in `losses_of`.

    Raises
    ------
    InputError
        As `losses_of`.
    """
    where = node_ids(places, network.n, "places")
    demand = _checked(trips, len(where))
    order = np.argsort(network.tail, kind="stable")
    first = np.searchsorted(network.tail[order], np.arange(network.n + 1)).astype(np.int64)
    load, no_way = np.zeros(network.arcs), 0.0
    for start in range(0, len(where), 64):
        some = slice(start, start + 64)
        labels = network.travel_times_ms(where[some], threads=threads)
        no_way += _load(
            first,
            order,
            network.head,
            network.times,
            where,
            where[some],
            labels,
            demand[some],
            load,
        )
    return Loads(load, no_way)


def _ends(network: Network) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return network.tail, network.head


def _checked(trips: ArrayLike, size: int) -> Reals:
    demand = np.ascontiguousarray(trips, np.float64)
    if demand.shape != (size, size):
        raise InputError("models.demand_shape", given=demand.shape, zones=size)
    wrong = ~(demand >= 0) | np.isinf(demand)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            "models.demand_value", row=int(row), column=int(column), given=demand[row, column]
        )
    return demand


@njit(cache=True, nogil=True)
def _touched(
    before: Any,
    demand: Any,
    to_tail: Any,
    to_head: Any,
    from_tail: Any,
    from_head: Any,
    times: Any,
) -> Any:
    """Return which pairs have trips and a quickest way over one of some arcs, and their trips.

    Parts of quickest ways are quickest: only places that get to the head of an arc best over it,
    and places that are got to from its tail best over it, can be such a pair.
    """
    size, arcs = len(before), len(times)
    hit = np.zeros((size, size), np.bool_)
    columns = np.empty(size, np.int64)
    trips = 0.0
    for a in range(arcs):
        time = np.int64(times[a])
        if time == UNREACHABLE:
            continue
        count = 0
        for j in range(size):
            onward = np.int64(from_head[a, j])
            if onward != UNREACHABLE and onward + time == np.int64(from_tail[a, j]):
                columns[count] = j
                count += 1
        for i in range(size):
            here = np.int64(to_tail[a, i])
            if here == UNREACHABLE or here + time != np.int64(to_head[a, i]):
                continue
            for c in range(count):
                j = columns[c]
                over = here + time + np.int64(from_head[a, j])
                if over == np.int64(before[i, j]) and demand[i, j] > 0 and not hit[i, j]:
                    hit[i, j] = True
                    trips += demand[i, j]
    return hit, trips


@njit(cache=True, nogil=True)
def _add_up(
    before: Any, after: Any, demand: Any, rows: Any, columns: Any, hours: Any, cut: Any
) -> Any:
    """Add up hours and cut trips by where they begin; return trips slower and pairs cut."""
    slower, pairs = 0.0, 0
    for r, i in enumerate(rows):
        for c, j in enumerate(columns):
            then, now, trips = before[i, j], after[r, c], demand[i, j]
            if trips == 0 or then == UNREACHABLE:
                continue
            if now == UNREACHABLE:
                cut[i] += trips
                pairs += 1
            elif now > then:
                hours[i] += trips * (np.int64(now) - np.int64(then)) / _HOUR
                slower += trips
    return slower, pairs


@njit(cache=True, nogil=True)
def _load(
    first: Any,
    arc: Any,
    head: Any,
    times: Any,
    places: Any,
    sources: Any,
    labels: Any,
    demand: Any,
    load: Any,
) -> Any:
    """Add the trips of some sources to `load`; return those without a way.

    Arcs on quickest ways are those with label + time = label. The tree is met by breadth over
    these, so that arcs of no time at all cannot lead in circles.
    """
    n = len(first) - 1
    by = np.empty(n, np.int64)
    queue = np.empty(n, np.int64)
    origin = np.empty(n, np.int64)
    carried = np.empty(n)
    no_way = 0.0
    for s, source in enumerate(sources):
        by[:] = -2
        carried[:] = 0.0
        by[source] = -1
        queue[0] = source
        begin, end = 0, 1
        while begin < end:
            v = queue[begin]
            begin += 1
            for at in range(first[v], first[v + 1]):
                a = arc[at]
                u = head[a]
                if by[u] != -2 or times[a] == UNREACHABLE:
                    continue
                if np.int64(labels[s, v]) + np.int64(times[a]) == np.int64(labels[s, u]):
                    by[u] = a
                    origin[u] = v
                    queue[end] = u
                    end += 1
        for j, place in enumerate(places):
            if by[place] == -2:
                no_way += demand[s, j]
            else:
                carried[place] += demand[s, j]
        for at in range(end - 1, 0, -1):
            u = queue[at]
            load[by[u]] += carried[u]
            carried[origin[u]] += carried[u]
    return no_way
