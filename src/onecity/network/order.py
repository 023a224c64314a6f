"""Node order: peel off dead ends and chains, then nested dissection of the core.

A node with one or two neighbours can always be eliminated first: it adds at most the one arc
that bypasses it. What remains is cut in two again and again by inertial flow (see `flow`), and
every cut's nodes are eliminated after both of its sides.

Source: Schild, Sommer (2015), On Balanced Separators in Road Networks, SEA.
"""

import numpy as np
from numpy.typing import NDArray

from .flow import dissect
from .graph import Nodes
from .hierarchy import Offsets
from .kernels import kernel

#: Neighbours up to which peeling looks whether two nodes are joined already.
LONG_LIST = 64


def elimination_order(
    first: Offsets, neighbour: Nodes, coordinates: NDArray[np.float64] | None
) -> Nodes:
    """Return the nodes in the order they are to be eliminated.

    Parameters
    ----------
    first, neighbour
        Undirected simple graph, see `graph.neighbours`.
    coordinates
        Longitude and latitude, shape (2, n), degrees; None to lay the network out by
        breadth-first search.

    Returns
    -------
    int32, shape (n,), a permutation. It depends on nothing but the arguments.
    """
    n = len(first) - 1
    plane = _hop_layout(first, neighbour) if coordinates is None else _plane(coordinates)
    # Neighbours in the plane become neighbours in memory; all later scans gain.
    spatial = _along_curve(plane)
    name = np.empty(n, np.int32)
    name[spatial] = np.arange(n, dtype=np.int32)
    peeled, core, core_first, core_neighbour = _peel(spatial, name, first, neighbour)
    order = np.empty(n, np.int32)
    order[: len(peeled)] = spatial[peeled]
    x, y = plane[:, spatial[core]]
    order[len(peeled) :] = spatial[core[_dissection(core_first, core_neighbour, x, y)]]
    return order


def _plane(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees as a plane whose axes have the same scale at the middle latitude."""
    lon, lat = coordinates
    middle = np.radians(np.median(lat)) if lat.size else 0.0
    return np.array([lon * max(np.cos(middle), 0.01), lat])


def _along_curve(plane: NDArray[np.float64]) -> Nodes:
    """Return the nodes along a Z-shaped space-filling curve."""
    low = plane.min(axis=1, keepdims=True)
    extent = max(float((plane - low).max()), 1e-300)
    cell = ((plane - low) / extent * 65535.0).astype(np.uint64)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cell = (cell | (cell << np.uint64(shift))) & np.uint64(mask)
    return np.argsort(cell[0] | (cell[1] << np.uint64(1)), kind="stable").astype(np.int32)


def _dissection(
    first: Offsets, neighbour: Nodes, x: NDArray[np.float64], y: NDArray[np.float64]
) -> Nodes:
    """Return the nested dissection order of the core."""
    if len(first) <= 1:
        return np.zeros(0, np.int32)
    nodes: Nodes = dissect(first, neighbour, x, y)
    return nodes


def _hop_layout(first: Offsets, neighbour: Nodes) -> NDArray[np.float64]:
    """Return a plane made of hops from two nodes far apart, in each component."""
    plane: NDArray[np.float64] = _hops(first, neighbour)
    return plane


@kernel
def _hops(first, neighbour):  # type: ignore[no-untyped-def]
    """Return hops from a far end of every component, and from the far end seen from there."""
    n = len(first) - 1
    plane = np.zeros((2, n))
    hops = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int32)
    offset = 0.0
    for root in range(n):
        if hops[root] >= 0:
            continue
        start = root
        tail = 0
        for sweep in range(3):
            for i in range(tail):
                hops[queue[i]] = -1
            queue[0] = start
            hops[start] = 0
            tail = 1
            front = 0
            while front < tail:
                v = queue[front]
                front += 1
                for a in range(first[v], first[v + 1]):
                    u = neighbour[a]
                    if hops[u] < 0:
                        hops[u] = hops[v] + 1
                        queue[tail] = u
                        tail += 1
            start = queue[tail - 1]
            if sweep > 0:
                for i in range(tail):
                    plane[sweep - 1, queue[i]] = offset + hops[queue[i]]
        # Components lie side by side, so that the first cuts fall between them.
        offset += hops[start] + 1
    return plane


@kernel
def _peel(spatial, name, first, neighbour):  # type: ignore[no-untyped-def]
    """Eliminate nodes of one or two neighbours, in rounds that take no two adjacent nodes.

    Rounds keep the elimination tree of a long chain flat: its depth grows with the logarithm
    of the chain's length. Node v below is the user's node ``spatial[v]``.

    Returns
    -------
    peeled : int32
        The nodes eliminated, in order.
    core : int32
        The others, ascending.
    core_first, core_neighbour
        Undirected simple graph of the core, by place in `core`.
    """
    # Long: one pass over linked lists that would otherwise travel between functions.
    n = len(spatial)
    begin = np.zeros(n + 1, np.int64)
    for v in range(n):
        begin[v + 1] = begin[v] + first[spatial[v] + 1] - first[spatial[v]]
    other = np.empty(len(neighbour), np.int32)  # -1 once the entry is gone
    for v in range(n):
        k = first[spatial[v]]
        for a in range(begin[v], begin[v + 1]):
            other[a] = name[neighbour[k]]
            k += 1
        other[begin[v] : begin[v + 1]].sort()
    twin = np.empty(len(other), np.int64)
    seen = begin[:-1].copy()
    for v in range(n):
        for a in range(begin[v], begin[v + 1]):
            u = other[a]
            twin[a] = seen[u]
            seen[u] += 1
    degree = begin[1:] - begin[:-1]
    peeled = np.empty(n, np.int32)
    count = 0
    gone = np.zeros(n, np.bool_)
    touched = np.full(n, -1, np.int64)  # last round a neighbour was eliminated in
    waiting = np.empty(n, np.int32)
    later = np.empty(n, np.int32)
    listed = np.zeros(n, np.bool_)
    size = 0
    for v in range(n):
        if degree[v] <= 2:
            waiting[size] = v
            listed[v] = True
            size += 1
    turn = 0
    while size > 0:
        kept = 0
        for i in range(size):
            v = waiting[i]
            if touched[v] == turn:
                later[kept] = v
                kept += 1
                continue
            gone[v] = True
            peeled[count] = v
            count += 1
            one = -1
            two = -1
            for a in range(begin[v], begin[v + 1]):
                if other[a] >= 0:
                    if one < 0:
                        one = a
                    else:
                        two = a
            if one >= 0:
                touched[other[one]] = turn
            if two >= 0:
                touched[other[two]] = turn
            if two >= 0 and not _joined(begin, other, other[one], other[two]):
                # the two neighbours become each other's
                u = other[one]
                w = other[two]
                other[twin[one]] = w
                other[twin[two]] = u
                twin[twin[one]], twin[twin[two]] = twin[two], twin[one]
                continue
            for a in (one, two):
                if a >= 0:
                    u = other[a]
                    other[twin[a]] = -1
                    degree[u] -= 1
                    if degree[u] <= 2 and not listed[u]:
                        listed[u] = True
                        later[kept] = u
                        kept += 1
        waiting, later = later, waiting
        size = kept
        turn += 1
    core = np.flatnonzero(~gone).astype(np.int32)
    place = np.full(n, -1, np.int32)
    for i in range(len(core)):
        place[core[i]] = i
    core_first = np.zeros(len(core) + 1, np.int64)
    core_neighbour = np.empty(len(other), np.int32)
    top = 0
    for i in range(len(core)):
        v = core[i]
        start = top
        for a in range(begin[v], begin[v + 1]):
            if other[a] >= 0:
                core_neighbour[top] = place[other[a]]
                top += 1
        core_neighbour[start:top].sort()
        core_first[i + 1] = top
    return peeled[:count].copy(), core, core_first, core_neighbour[:top].copy()


@kernel
def _joined(begin, other, u, w):  # type: ignore[no-untyped-def]
    """Return whether two nodes are neighbours or the same, looking through the shorter list.

    Long lists are not looked through: an arc twice in the core does no harm, but a star of
    many arms would take quadratic time.
    """
    if begin[u + 1] - begin[u] > begin[w + 1] - begin[w]:
        u, w = w, u
    if u == w:
        return True
    if begin[u + 1] - begin[u] > LONG_LIST:
        return False
    return w in other[begin[u] : begin[u + 1]]
