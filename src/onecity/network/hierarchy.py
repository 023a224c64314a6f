"""Elimination: from a node order to the structure every metric shares.

Nodes are eliminated one by one; what is left of a node's neighbourhood becomes a clique. The
node's neighbours at that moment are its *upward* neighbours. They all are ancestors of the
node in the *elimination tree*, where a node's parent is its upward neighbour eliminated next.

Nodes are then renamed by *position*: depth-first preorder of that tree, roots first. So every
upward neighbour of a position is a smaller position, a subtree is a range of positions, and
while sweeping downwards only the labels on one root path are alive.

Source: Dibbelt, Strasser, Wagner (2016), Customizable Contraction Hierarchies, JEA 21.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .graph import Nodes
from .kernels import kernel

Offsets = NDArray[np.int64]


class Hierarchy(NamedTuple):
    """Structure of a network without its times. Arrays over n positions and m upward arcs.

    Attributes
    ----------
    position : int32 (n,)
        Position of each of the user's nodes. The only place where nodes get their meaning.
    parent : int32 (n,)
        Parent in the elimination tree, -1 at a root.
    depth : int32 (n,)
        Distance from the root, which is at 0.
    size : int32 (n,)
        Nodes in the subtree, the node itself included: positions v..v + size[v] - 1.
    first : int64 (n + 1,)
        Upward arcs of position v are ``first[v]:first[v + 1]``.
    head : int32 (m,)
        Upward neighbour, descending within a node: the parent comes first.
    """

    position: Nodes
    parent: Nodes
    depth: Nodes
    size: Nodes
    first: Offsets
    head: Nodes


class ArcPlaces(NamedTuple):
    """Where the user's arcs lie in the hierarchy.

    Attributes
    ----------
    place : int64 (arcs,)
        The upward arc joining the same two nodes; -1 for a loop, which no path needs.
    upward : bool (arcs,)
        Whether the arc runs from the deeper node to its ancestor.
    """

    place: Offsets
    upward: NDArray[np.bool_]


@kernel
def build(order, first, neighbour, tail, head):  # type: ignore[no-untyped-def]
    """Return the Hierarchy of an elimination order and the ArcPlaces of the arcs.

    Parameters
    ----------
    order
        Node eliminated first, second, ...; int32, a permutation.
    first, neighbour
        Undirected simple graph, see `graph.neighbours`.
    tail, head
        The user's arcs.
    """
    rank_first, rank_head, rank_parent = _eliminate(order, first, neighbour)
    place_of_rank, depth = _preorder(rank_parent)
    n = len(order)
    position = np.empty(n, np.int32)
    rank_at = np.empty(n, np.int32)
    for rank in range(n):
        position[order[rank]] = place_of_rank[rank]
        rank_at[place_of_rank[rank]] = rank
    parent = np.empty(n, np.int32)
    up_first = np.zeros(n + 1, np.int64)
    up_head = np.empty(len(rank_head), np.int32)
    top = 0
    for v in range(n):
        rank = rank_at[v]
        # Ascending rank is descending position: all heads lie on one root path.
        for k in range(rank_first[rank], rank_first[rank + 1]):
            up_head[top] = place_of_rank[rank_head[k]]
            top += 1
        up_first[v + 1] = top
        parent[v] = up_head[up_first[v]] if top > up_first[v] else -1
    size = np.ones(n, np.int32)
    for v in range(n - 1, 0, -1):
        if parent[v] >= 0:
            size[parent[v]] += size[v]
    place, upward = _find_places(position, up_first, up_head, tail, head)
    return position, parent, depth, size, up_first, up_head, place, upward


@kernel
def _eliminate(order, first, neighbour):  # type: ignore[no-untyped-def]
    """Return upward neighbours by rank (ascending) and the parent of each rank."""
    n = len(order)
    rank = np.empty(n, np.int32)
    for r in range(n):
        rank[order[r]] = r
    up_head = np.empty(max(4 * len(neighbour), 64), np.int32)
    up_first = np.zeros(n + 1, np.int64)
    parent = np.full(n, -1, np.int32)
    eldest = np.full(n, -1, np.int32)  # first child, then `younger` links its siblings
    younger = np.full(n, -1, np.int32)
    seen_by = np.full(n, -1, np.int32)
    top = 0
    for v in range(n):
        x = order[v]
        most = first[x + 1] - first[x]
        child = eldest[v]
        while child >= 0:
            most += up_first[child + 1] - up_first[child]
            child = younger[child]
        if top + most > len(up_head):  # room is made before anything is written
            grown = np.empty(max(2 * len(up_head), top + most), np.int32)
            grown[:top] = up_head[:top]
            up_head = grown
        for a in range(first[x], first[x + 1]):
            u = rank[neighbour[a]]
            if u > v and seen_by[u] != v:
                seen_by[u] = v
                up_head[top] = u
                top += 1
        child = eldest[v]
        while child >= 0:
            for a in range(up_first[child], up_first[child + 1]):
                u = up_head[a]
                if u > v and seen_by[u] != v:
                    seen_by[u] = v
                    up_head[top] = u
                    top += 1
            child = younger[child]
        up_first[v + 1] = top
        if top > up_first[v]:
            up_head[up_first[v] : top].sort()
            p = up_head[up_first[v]]
            parent[v] = p
            younger[v] = eldest[p]
            eldest[p] = v
    return up_first, up_head[:top].copy(), parent


@kernel
def _preorder(parent):  # type: ignore[no-untyped-def]
    """Return the depth-first position of each rank, and the depth at each position."""
    n = len(parent)
    eldest = np.full(n, -1, np.int32)
    younger = np.full(n, -1, np.int32)
    stack = np.empty(n, np.int32)  # every node is pushed once
    depth_of_rank = np.zeros(n, np.int32)
    place = np.empty(n, np.int32)
    depth = np.empty(n, np.int32)
    top = 0
    for v in range(n):
        p = parent[v]
        if p >= 0:
            younger[v] = eldest[p]
            eldest[p] = v
        else:
            stack[top] = v
            top += 1
    count = 0
    while top > 0:
        top -= 1
        v = stack[top]
        place[v] = count
        depth[count] = depth_of_rank[v]
        count += 1
        child = eldest[v]
        while child >= 0:
            depth_of_rank[child] = depth_of_rank[v] + 1
            stack[top] = child
            top += 1
            child = younger[child]
    return place, depth


@kernel
def _find_places(position, up_first, up_head, tail, head):  # type: ignore[no-untyped-def]
    """Return `ArcPlaces` as two arrays."""
    count = len(tail)
    place = np.empty(count, np.int64)
    upward = np.empty(count, np.bool_)
    for a in range(count):
        v = position[tail[a]]
        u = position[head[a]]
        upward[a] = u < v
        if u == v:
            place[a] = -1
            continue
        deep = max(v, u)
        high = min(v, u)
        low_end = up_first[deep]
        top_end = up_first[deep + 1]
        while low_end < top_end:  # heads descend
            middle = (low_end + top_end) >> 1
            if up_head[middle] > high:
                low_end = middle + 1
            else:
                top_end = middle
        place[a] = low_end
    return place, upward
