"""Edges and nodes without which a network falls apart.

A bridge is an edge that lies on no cycle: without it what it joins has no other way. A cut
vertex (articulation point) is a node whose loss does the same. Both are found in one search
in depth, in time linear in nodes and edges (Tarjan 1972, Depth-first search and linear graph
algorithms, SIAM J. Comput. 1(2); Hopcroft & Tarjan 1973). The search keeps its own stack, so
that a path of a million nodes is no trouble.

Edges are looked at both ways. Parallel edges stand in for each other; a loop joins nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from .given import Flags, Reals, Rows, amounts, ends


@dataclass(frozen=True, slots=True)
class Bridges:
    """What `bridges_of` found in a network of N nodes and E edges.

    Attributes
    ----------
    edge : bool (E,)
        Whether each edge is a bridge.
    node : bool (N,)
        Whether each node is a cut vertex.
    piece : int64 (N,)
        Number of the piece each node lies in, 0, 1, ... by the lowest node.
    block : int64 (N,)
        Number of the part each node lies in when all bridges are gone, 0, 1, ... by the lowest
        node. Blocks as nodes and bridges as edges are the bridge tree (one for each piece).
    tail, head : int64 (E,)
        The edges, as given.
    order, parent, by : int64 (N,)
        Nodes as the search met them, the node and the edge each was met from; -1 at a root.
    """

    edge: Flags
    node: Flags
    piece: Rows
    block: Rows
    tail: Rows
    head: Rows
    order: Rows
    parent: Rows
    by: Rows


@dataclass(frozen=True, slots=True)
class Sides:
    """What lies on either side of each bridge; all of shape (bridges,).

    Attributes
    ----------
    edge : int64
        The bridges, ascending.
    tail_side, head_side : float64
        Weight on the side of the edge's tail, and of its head.
    tail_is_far : bool
        Whether the tail's side is the smaller one; of equal ones the head's is.
    """

    edge: Rows
    tail_side: Reals
    head_side: Reals
    tail_is_far: Flags

    @property
    def smaller(self) -> Reals:
        """Weight on the smaller side: what is cut off."""
        return np.minimum(self.tail_side, self.head_side)

    @property
    def pairs(self) -> Reals:
        """Product of both sides: pairs, unordered, that have no way without the bridge."""
        return self.tail_side * self.head_side


def bridges_of(tail: ArrayLike, head: ArrayLike, *, nodes: int) -> Bridges:
    """Return the bridges and cut vertices of an undirected network.

    Parameters
    ----------
    tail, head
        Ends of each edge, 0..nodes-1, shape (E,), either way round. Parallel edges and loops
        are allowed.
    nodes
        Their number; those without an edge are pieces of their own.

    Raises
    ------
    InputError
        Ids that are not whole numbers or out of range, or ends of different number.
    """
    tails, heads = ends(tail, head, nodes)
    first, neighbour, edge = _links(tails, heads, nodes)
    order, parent, by, low, piece, cut = _search(first, neighbour, edge)
    bridge = np.zeros(len(tails), np.bool_)
    met = np.flatnonzero(by >= 0)
    place = np.empty(nodes, np.int64)
    place[order] = np.arange(nodes)
    bridge[by[met[low[met] == place[met]]]] = True  # nothing behind it leads back before it
    block = _blocks(order, parent, by, bridge)
    return Bridges(
        bridge, cut, _renumbered(piece), _renumbered(block), tails, heads, order, parent, by
    )


def two_sides(found: Bridges, weight: ArrayLike) -> Sides:
    """Return the weight on either side of every bridge, within the piece it lies in.

    Parameters
    ----------
    weight
        Of each node (people, say), finite and not negative, shape (N,).

    Raises
    ------
    InputError
        A wrong shape, or weights that are negative or missing.
    """
    given = amounts(weight, len(found.piece), "weight")
    below = _below(found.order, found.parent, given)
    whole = np.bincount(found.piece, given, minlength=1)
    child = found.order[found.by[found.order] >= 0]
    child = child[found.edge[found.by[child]]]
    edge = found.by[child]
    child, edge = child[np.argsort(edge)], np.sort(edge)
    inside = below[child]
    outside = np.maximum(whole[found.piece[child]] - inside, 0.0)
    at_tail = found.tail[edge] == child
    tail_side = np.where(at_tail, inside, outside)
    head_side = np.where(at_tail, outside, inside)
    return Sides(edge, tail_side, head_side, tail_side < head_side)


def _links(tail: Rows, head: Rows, nodes: int) -> tuple[Rows, Rows, Rows]:
    """Return every edge from both its ends, by node: first, other end, edge."""
    start = np.concatenate([tail, head])
    end = np.concatenate([head, tail])
    edge = np.tile(np.arange(len(tail)), 2)
    order = np.argsort(start, kind="stable")
    first = np.searchsorted(start[order], np.arange(nodes + 1)).astype(np.int64)
    return first, end[order], edge[order]


def _renumbered(label: Rows) -> Rows:
    """Return labels as 0, 1, ... in the order in which nodes first carry them."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


@njit(cache=True, nogil=True)
def _search(first: Any, neighbour: Any, edge: Any) -> Any:
    """Search in depth: order, parents, edges to them, low points, pieces, cut vertices.

    `low` is the earliest place in the order that a node's subtree has an edge to, the edge to
    the parent left out (but not one beside it).
    """
    n = len(first) - 1
    order = np.empty(n, np.int64)
    place = np.full(n, -1, np.int64)
    parent = np.full(n, -1, np.int64)
    by = np.full(n, -1, np.int64)
    low = np.empty(n, np.int64)
    piece = np.empty(n, np.int64)
    cut = np.zeros(n, np.bool_)
    following = first[:-1].copy()
    met = 0
    for root in range(n):
        if place[root] >= 0:
            continue
        place[root] = low[root] = met
        piece[root] = root
        order[met] = root
        met += 1
        branches = 0
        v = root
        while v >= 0:
            if following[v] < first[v + 1]:
                at = following[v]
                following[v] += 1
                u = neighbour[at]
                if place[u] < 0:
                    place[u] = low[u] = met
                    order[met] = u
                    met += 1
                    parent[u], by[u], piece[u] = v, edge[at], root
                    v = u
                elif edge[at] != by[v] and place[u] < low[v]:
                    low[v] = place[u]
                continue
            up = parent[v]
            if up >= 0:
                low[up] = min(low[up], low[v])
                if up == root:
                    branches += 1
                elif low[v] >= place[up]:
                    cut[up] = True
            v = up
        cut[root] = branches > 1
    return order, parent, by, low, piece, cut


@njit(cache=True, nogil=True)
def _blocks(order: Any, parent: Any, by: Any, bridge: Any) -> Any:
    """Label each node with the first node of its block."""
    block = np.empty(len(order), np.int64)
    for v in order:
        block[v] = v if by[v] < 0 or bridge[by[v]] else block[parent[v]]
    return block


@njit(cache=True, nogil=True)
def _below(order: Any, parent: Any, weight: Any) -> Any:
    """Add up the weights of each node and all that was met from it."""
    below = weight.copy()
    for at in range(len(order) - 1, -1, -1):
        v = order[at]
        if parent[v] >= 0:
            below[parent[v]] += below[v]
    return below
