"""What one network loses when an edge of another is lost.

Two networks hang together where they share places. An edge e of network A takes with it from
network B

* the edges of B that lie in the same corridor: those given as beside e (for layers known by
  their nodes alone, edges that join the same two places, see `beside`);
* the edges of B that are said to need e;
* the nodes of B that stand at a node of A which e parts from most of its own network: a pump
  or a signal without power.

The coupling of e is the share of B's joined pairs of nodes that this leaves without a way; that
of A to B is the mean over the edges of A, each as likely to be lost as any other. 0: whatever
A loses, B does not notice; 1: any edge of A takes all of B. What failed in B does not fall
back on A: cascades (Buldyrev et al. 2010, Nature 464) need more than a map of edges.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from onecity.core.errors import InputError

from .bridges import bridges_of, two_sides
from .given import Reals, Rows, ends, node_ids


@dataclass(frozen=True, slots=True)
class Layer:
    """A network whose nodes stand at places.

    Attributes
    ----------
    tail, head : int64 (E,)
        Ends of its edges, nodes 0..N-1.
    place : int64 (N,)
        Place of each node, whole numbers that all layers share; -1 for one of its own.
    """

    tail: Rows
    head: Rows
    place: Rows

    @classmethod
    def of(cls, tail: ArrayLike, head: ArrayLike, place: ArrayLike) -> "Layer":
        """Make a layer; InputError for ends that do not exist or places that are no numbers."""
        places = np.asarray(place)
        if places.ndim != 1 or not np.issubdtype(places.dtype, np.integer):
            raise InputError("cuts.not_ids", what="place", given=f"{places.dtype} {places.shape}")
        return cls(*ends(tail, head, len(places)), places.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Coupling:
    """What B loses by each edge of A.

    Attributes
    ----------
    share : float64 (E of A,)
        Share of B's joined pairs of nodes that lose their way, 0 to 1; NaN where B has none.
    edges, nodes : int64 (E of A,)
        Edges of B, and nodes of B, that are lost at once.
    pairs
        Unordered pairs of nodes that B joins.
    """

    share: Reals
    edges: Rows
    nodes: Rows
    pairs: float

    @property
    def figure(self) -> float:
        """The coupling of A to B: mean of `share`; NaN without edges or pairs."""
        return float(self.share.mean()) if len(self.share) else float("nan")


def beside(a: Layer, b: Layer) -> tuple[Rows, Rows]:
    """Return edges of A and of B that join the same two places, pair by pair, ascending."""
    keys = []
    for one in (a, b):
        low = np.minimum(one.place[one.tail], one.place[one.head])
        high = np.maximum(one.place[one.tail], one.place[one.head])
        keys.append((low, high, (low >= 0) & (low != high)))
    span = 1 + max((int(high.max(initial=0)) for _, high, _ in keys), default=0)
    left, right = (np.where(known, low * span + high, -1) for low, high, known in keys)
    order = np.argsort(right, kind="stable")
    start = np.searchsorted(right[order], left, side="left")
    stop = np.searchsorted(right[order], left, side="right")
    stop = np.where(left < 0, start, stop)
    count = stop - start
    rows = np.repeat(np.arange(len(left)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return rows, order[start[rows] + offset]


def coupling_of(
    a: Layer, b: Layer, *, needs: tuple[ArrayLike, ArrayLike] = ((), ()), at_nodes: bool = True
) -> Coupling:
    """Return what B loses when each edge of A is lost alone.

    Parameters
    ----------
    a, b
        The layers.
    needs
        Edges of B and, beside each, an edge of A that it cannot work without.
    at_nodes
        Whether nodes of B need the nodes of A that stand at the same places.

    Raises
    ------
    InputError
        Edges that do not exist, or lists of different length.
    """
    needy = node_ids(np.asarray(needs[0]), max(len(b.tail), 1), "needs")
    needed = node_ids(np.asarray(needs[1]), max(len(a.tail), 1), "needs")
    if len(needy) != len(needed):
        raise InputError("cuts.edge_ends", tails=len(needy), heads=len(needed))
    rows, other = beside(a, b)
    edge_a = np.concatenate([rows, needed])
    edge_b = np.concatenate([other, needy])
    lost = np.unique(np.stack([edge_a, edge_b], axis=1), axis=0).reshape(-1, 2)
    first = np.searchsorted(lost[:, 0], np.arange(len(a.tail) + 1)).astype(np.int64)
    node_first, node = _parted(a, b) if at_nodes else _none(len(a.tail))
    share, pairs = _shares(
        b.tail, b.head, len(b.place), first, np.ascontiguousarray(lost[:, 1]), node_first, node
    )
    return Coupling(share, np.diff(first), np.diff(node_first), float(pairs))


def _none(edges: int) -> tuple[Rows, Rows]:
    return np.zeros(edges + 1, np.int64), np.zeros(0, np.int64)


def _parted(a: Layer, b: Layer) -> tuple[Rows, Rows]:
    """Return for each edge of A the nodes of B at places that it parts from most of A.

    Of the two sides of a bridge the one with fewer nodes is parted; of equal ones the head's.
    """
    found = bridges_of(a.tail, a.head, nodes=len(a.place))
    sides = two_sides(found, np.ones(len(a.place)))
    standing: dict[int, list[int]] = {}
    for row, place in enumerate(b.place.tolist()):
        if place >= 0:
            standing.setdefault(place, []).append(row)
    start = np.zeros(len(found.order), np.int64)
    start[found.order] = np.arange(len(found.order))
    size = _sizes(found.order, found.parent)
    lost: list[list[int]] = [[] for _ in range(len(a.tail))]
    for edge, tail_far in zip(sides.edge.tolist(), sides.tail_is_far.tolist(), strict=True):
        top = int(found.head[edge] if found.by[found.head[edge]] == edge else found.tail[edge])
        subtree = found.order[start[top] : start[top] + size[top]]
        far = int(found.tail[edge] if tail_far else found.head[edge])
        piece = found.order[found.piece[found.order] == found.piece[top]]
        nodes = subtree if far == top else np.setdiff1d(piece, subtree)
        lost[edge] = [one for place in a.place[nodes].tolist() for one in standing.get(place, ())]
    count = np.array([len(one) for one in lost], np.int64)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return first, np.array([one for some in lost for one in some], np.int64)


@njit(cache=True, nogil=True)
def _sizes(order: Any, parent: Any) -> Any:
    """Return how many nodes were met from each, itself included."""
    size = np.ones(len(order), np.int64)
    for at in range(len(order) - 1, -1, -1):
        if parent[order[at]] >= 0:
            size[parent[order[at]]] += size[order[at]]
    return size


@njit(cache=True, nogil=True)
def _joined(tail: Any, head: Any, gone: Any, dead: Any, root: Any, size: Any) -> Any:
    """Return the pairs of nodes that what is left of a network joins."""
    for v in range(len(root)):
        root[v] = v
        size[v] = 1
    for e in range(len(tail)):
        if gone[e] or dead[tail[e]] or dead[head[e]]:
            continue
        u, v = tail[e], head[e]
        while root[u] != u:
            root[u] = root[root[u]]
            u = root[u]
        while root[v] != v:
            root[v] = root[root[v]]
            v = root[v]
        if u != v:
            if size[u] < size[v]:
                u, v = v, u
            root[v] = u
            size[u] += size[v]
    pairs = 0.0
    for v in range(len(root)):
        if root[v] == v:
            pairs += size[v] * (size[v] - 1) / 2
    return pairs


@njit(cache=True, nogil=True)
def _shares(
    tail: Any, head: Any, nodes: Any, first: Any, edge: Any, node_first: Any, node: Any
) -> Any:
    """Return the share of joined pairs lost by each edge of the other layer, and the pairs."""
    gone = np.zeros(len(tail), np.bool_)
    dead = np.zeros(nodes, np.bool_)
    root = np.empty(nodes, np.int64)
    size = np.empty(nodes, np.int64)
    whole = _joined(tail, head, gone, dead, root, size)
    share = np.zeros(len(first) - 1)
    for e in range(len(share)):
        if whole == 0:
            share[e] = np.nan
            continue
        if first[e] == first[e + 1] and node_first[e] == node_first[e + 1]:
            continue
        for k in range(first[e], first[e + 1]):
            gone[edge[k]] = True
        for k in range(node_first[e], node_first[e + 1]):
            dead[node[k]] = True
        share[e] = 1 - _joined(tail, head, gone, dead, root, size) / whole
        for k in range(first[e], first[e + 1]):
            gone[edge[k]] = False
        for k in range(node_first[e], node_first[e + 1]):
            dead[node[k]] = False
    return share, whole
