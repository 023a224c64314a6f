"""Customisation: from arc times to the weights that sweeps read.

*Basic* customisation gives every upward arc the length of the shortest path through deeper
nodes only, by lower triangles, deepest node first. *Perfect* customisation turns these into
true distances, roots first. An arc whose basic weight is longer than the true distance lies on
no shortest path that sweeps need, and is left out when packing.

Source: Dibbelt, Strasser, Wagner (2016), sections 5 and 6.
"""

from typing import NamedTuple

import numpy as np

from .graph import UNREACHABLE, Milliseconds, Nodes
from .hierarchy import ArcPlaces, Hierarchy, Offsets
from .kernels import kernel

_CLOSED = np.uint32(UNREACHABLE)


class Packed(NamedTuple):
    """The upward arcs that matter in one direction, over positions.

    Attributes
    ----------
    first : int64 (n + 1,)
        Arcs of position v are ``first[v]:first[v + 1]``.
    head : int32
        Ancestor at the upper end.
    slot : int32
        Depth of that ancestor: where its label lies during a sweep.
    weight : uint32
        Milliseconds; from v to the ancestor, or from the ancestor to v.
    """

    first: Offsets
    head: Nodes
    slot: Nodes
    weight: Milliseconds


class Metric(NamedTuple):
    """A hierarchy with times.

    Attributes
    ----------
    up, down : Packed
        Arcs towards the ancestor and from it.
    safe : bool
        Whether a cheap bound shows that no path is longer than the range. Where it does not,
        results are checked one by one; see `sweep`.
    """

    up: Packed
    down: Packed
    safe: bool

    def reversed(self) -> "Metric":
        """Return the metric of the network with every arc turned round."""
        return Metric(self.down, self.up, self.safe)


def customise(hierarchy: Hierarchy, places: ArcPlaces, times: Milliseconds) -> Metric:
    """Return the metric of arc times, shape (arcs,), milliseconds."""
    parts = _customise(
        hierarchy.first, hierarchy.head, hierarchy.depth, places.place, places.upward, times
    )
    return Metric(Packed(*parts[:4]), Packed(*parts[4:8]), parts[8])


@kernel
def _customise(first, head, depth, place, upward, times):  # type: ignore[no-untyped-def]
    up = np.full(len(head), _CLOSED, np.uint32)
    down = np.full(len(head), _CLOSED, np.uint32)
    for a in range(len(place)):  # of parallel arcs the quickest counts
        k = place[a]
        if k >= 0:
            if upward[a]:
                up[k] = min(up[k], times[a])
            else:
                down[k] = min(down[k], times[a])
    _basic(first, head, up, down)
    true_up = up.copy()
    true_down = down.copy()
    _perfect(first, head, true_up, true_down)
    u1, u2, u3, u4, up_bound = _pack(first, head, depth, up, true_up)
    d1, d2, d3, d4, down_bound = _pack(first, head, depth, down, true_down)
    # Sums of two basic weights stayed below UNREACHABLE if each is below half of it; a path
    # is a climb and a descent, each at most the longest chain of packed arcs.
    safe = up_bound + down_bound < UNREACHABLE
    for k in range(len(head)):
        if up[k] != _CLOSED and up[k] > _CLOSED // 2:
            safe = False
        if down[k] != _CLOSED and down[k] > _CLOSED // 2:
            safe = False
    return u1, u2, u3, u4, d1, d2, d3, d4, safe


@kernel
def _basic(first, head, up, down):  # type: ignore[no-untyped-def]
    for v in range(len(first) - 2, -1, -1):
        end = first[v + 1]
        for i in range(first[v], end):
            to_mid = up[i]
            from_mid = down[i]
            k = first[head[i]]
            for j in range(i + 1, end):
                u = head[j]
                while head[k] != u:  # present: upward neighbours form a clique
                    k += 1
                up[k] = min(up[k], np.uint32(from_mid + up[j]))
                down[k] = min(down[k], np.uint32(down[j] + to_mid))


@kernel
def _perfect(first, head, up, down):  # type: ignore[no-untyped-def]
    for v in range(len(first) - 1):
        end = first[v + 1]
        for i in range(first[v], end):
            k = first[head[i]]
            for j in range(i + 1, end):
                u = head[j]
                while head[k] != u:
                    k += 1
                up[j] = min(up[j], np.uint32(up[i] + up[k]))
                up[i] = min(up[i], np.uint32(up[j] + down[k]))
                down[j] = min(down[j], np.uint32(down[k] + down[i]))
                down[i] = min(down[i], np.uint32(up[k] + down[j]))


@kernel
def _pack(first, head, depth, basic, true):  # type: ignore[no-untyped-def]
    """Return one direction's `Packed` arrays and its longest chain of arcs, ms."""
    n = len(first) - 1
    count = 0
    for k in range(len(head)):
        count += basic[k] != _CLOSED and basic[k] == true[k]
    packed_first = np.zeros(n + 1, np.int64)
    packed_head = np.empty(count, np.int32)
    slot = np.empty(count, np.int32)
    weight = np.empty(count, np.uint32)
    chain = np.zeros(n, np.int64)
    longest = 0
    top = 0
    for v in range(n):
        for k in range(first[v], first[v + 1]):
            if basic[k] != _CLOSED and basic[k] == true[k]:
                packed_head[top] = head[k]
                slot[top] = depth[head[k]]
                weight[top] = basic[k]
                chain[v] = max(chain[v], chain[head[k]] + np.int64(basic[k]))
                top += 1
        packed_first[v + 1] = top
        longest = max(longest, chain[v])
    return packed_first, packed_head, slot, weight, longest
