"""How little has to be closed so that no way leads from some nodes to others.

By the theorem of Ford and Fulkerson (1956) the smallest cut is as large as the largest flow,
which Dinic's algorithm finds (1970): flows along shortest ways, until no way is left. Here it
works on real capacities, which the whole numbers of 32 bits of `scipy.sparse.csgraph` cannot
hold. What is left of a capacity below `TOO_LITTLE` of it counts as nothing, or rounding would
leave ways that are none; what the arcs of the cut can carry is told beside the flow, and the
two are equal up to that.

`onecity.network.flow` has the same algorithm for its own purpose, the order of nodes: all
capacities one, and no arc ever named.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from onecity.core.errors import InputError, RangeError

from .given import Flags, Reals, Rows, amounts, ends, node_ids

TOO_LITTLE = 1e-12
"""Share of a capacity that counts as nothing."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A smallest cut, of several the one nearest to the sources.

    Attributes
    ----------
    value
        What its arcs carry together; 0 where no way leads across, +inf where arcs of infinite
        capacity do, so that there is no cut.
    flow
        The largest flow, which proves it: equal to `value` up to rounding.
    arcs : int64
        The arcs to close, ascending; none where the value is infinite. Arcs without capacity
        are not among them: they are closed already.
    source_side : bool (N,)
        Nodes that the sources still reach.
    """

    value: float
    flow: float
    arcs: Rows
    source_side: Flags


@dataclass(frozen=True, slots=True)
class FlowNetwork:
    """Arcs with capacities, ready for any number of cuts; make one with `of`.

    Attributes
    ----------
    tail, head : int64 (A,)
        The arcs, as given.
    capacity : float64 (A,)
        What each can carry.
    first, link : int64 (N + 1,), (2A,)
        Links of each node: 2a is arc a from its tail, 2a + 1 the same from its head.
    """

    tail: Rows
    head: Rows
    capacity: Reals
    first: Rows
    link: Rows

    @classmethod
    def of(
        cls, tail: ArrayLike, head: ArrayLike, capacity: ArrayLike, *, nodes: int
    ) -> "FlowNetwork":
        """Make a network.

        Parameters
        ----------
        tail, head
            Where each arc begins and ends, 0..nodes-1, shape (A,). An edge that carries both
            ways is two arcs. Parallel arcs add up; loops carry nothing anywhere.
        capacity
            Of each arc, not negative; +inf for one that cannot be closed.
        nodes
            Their number.

        Raises
        ------
        InputError
            Wrong ids or shapes; a capacity that is negative or missing.
        RangeError
            Capacities whose sum leaves float64.
        """
        tails, heads = ends(tail, head, nodes)
        given = amounts(capacity, len(tails), "capacity", infinite=True)
        with np.errstate(over="ignore"):
            total = given[np.isfinite(given)].sum()
        if not np.isfinite(total):
            raise RangeError("cuts.capacity_sum")
        node = np.stack([tails, heads], axis=1).ravel()
        link = np.argsort(node, kind="stable")
        first = np.searchsorted(node[link], np.arange(nodes + 1)).astype(np.int64)
        return cls(tails, heads, given, first, link)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.first) - 1

    def smallest_cut(self, sources: Iterable[int], sinks: Iterable[int]) -> Cut:
        """Return a smallest set of arcs without which no way leads from sources to sinks.

        Parameters
        ----------
        sources, sinks
            Nodes, at least one each, none in both; each group acts as one.

        Raises
        ------
        InputError
            An empty group, a node that does not exist, or one in both groups.
        """
        kind = np.zeros(self.nodes, np.int8)
        for mark, given, what in ((1, sources, "sources"), (2, sinks, "sinks")):
            group = node_ids(np.asarray(given), self.nodes, what)
            if not len(group):
                raise InputError("cuts.no_group", what=what)
            both = np.flatnonzero(kind[group])
            if mark == 2 and len(both):
                raise InputError("cuts.in_both_groups", given=int(group[both[0]]))
            kind[group] = mark
        flow, side = _flow(self.first, self.link, self.tail, self.head, self.capacity, kind)
        if np.isinf(flow):
            return Cut(inf, inf, np.zeros(0, np.int64), side)
        crosses = side[self.tail] & ~side[self.head] & (self.capacity > 0)
        arcs = np.flatnonzero(crosses)
        return Cut(float(self.capacity[arcs].sum()), float(flow), arcs, side)


@njit(cache=True, nogil=True)
def _flow(first: Any, link: Any, tail: Any, head: Any, capacity: Any, kind: Any) -> Any:
    """Return the largest flow from nodes of kind 1 to those of kind 2, and the sources' side."""
    n, arcs = len(kind), len(capacity)
    left = np.zeros(2 * arcs)  # what each link can still take
    least = np.zeros(arcs)  # and below what that is nothing
    most = 0.0
    for a in range(arcs):
        left[2 * a] = capacity[a]
        if not np.isinf(capacity[a]):
            most = max(most, capacity[a])
    for a in range(arcs):
        least[a] = TOO_LITTLE * (most if np.isinf(capacity[a]) else capacity[a])
    level = np.empty(n, np.int64)
    queue = np.empty(n, np.int64)
    following = np.empty(n, np.int64)
    path = np.empty(n + 1, np.int64)
    total = 0.0
    while _levels(first, link, tail, head, left, least, kind, level, queue):
        following[:] = first[:-1]
        for start in range(n):
            if kind[start] != 1:
                continue
            length, v = 0, start
            while True:
                if kind[v] == 2:
                    amount = np.inf
                    for k in range(length):
                        amount = min(amount, left[path[k]])
                    if np.isinf(amount):
                        return np.inf, level >= 0
                    total += amount
                    back = length
                    for k in range(length):
                        p = path[k]
                        left[p] -= amount
                        left[p ^ 1] += amount
                        if left[p] <= least[p >> 1] and k < back:
                            back = k  # full: go on from where this link begins
                    length = back
                    p = path[back]
                    v = tail[p >> 1] if p & 1 == 0 else head[p >> 1]
                    continue
                at = following[v]
                if at < first[v + 1]:
                    p = link[at]
                    u = head[p >> 1] if p & 1 == 0 else tail[p >> 1]
                    if left[p] > least[p >> 1] and level[u] == level[v] + 1:
                        path[length] = p
                        length += 1
                        v = u
                    else:
                        following[v] = at + 1
                elif length > 0:
                    length -= 1
                    p = path[length]
                    v = tail[p >> 1] if p & 1 == 0 else head[p >> 1]
                    following[v] += 1
                else:
                    break
    return total, level >= 0


@njit(cache=True, nogil=True)
def _levels(
    first: Any,
    link: Any,
    tail: Any,
    head: Any,
    left: Any,
    least: Any,
    kind: Any,
    level: Any,
    queue: Any,
) -> Any:
    """Level nodes by hops from the sources over links with room; whether a sink is reached.

    If none is, the nodes with a level are the sources' side of a smallest cut.
    """
    end = 0
    for v in range(len(kind)):
        level[v] = -1
        if kind[v] == 1:
            level[v] = 0
            queue[end] = v
            end += 1
    begin, last = 0, -1
    while begin < end:
        v = queue[begin]
        begin += 1
        if last >= 0 and level[v] >= last:
            break
        for at in range(first[v], first[v + 1]):
            p = link[at]
            u = head[p >> 1] if p & 1 == 0 else tail[p >> 1]
            if level[u] < 0 and left[p] > least[p >> 1]:
                level[u] = level[v] + 1
                queue[end] = u
                end += 1
                if kind[u] == 2 and last < 0:
                    last = level[u]
    return last >= 0
