"""Splitting ways into edges where they meet: arrays in, arrays out."""

from dataclasses import dataclass

import numpy as np

from .reading import Flags, Integers

NOWHERE = 2**31 - 1
"""The coordinate OpenStreetMap's library gives to a node that is not in the extract."""


@dataclass(frozen=True, slots=True)
class WayPoints:
    """The nodes of all ways, one way after the other; P points of W ways.

    `way` (P) is the row of the way, ascending; `ref` (P) the node's id; `here` (P) whether
    its position is known and wanted; `blocked` holds the ids of nodes no car gets past.
    """

    way: Integers
    ref: Integers
    here: Flags
    blocked: Integers


@dataclass(frozen=True, slots=True)
class SplitWays:
    """Edges and nodes that ways fall into.

    Edge e runs over the points ``points[start[e]:start[e + 1]]`` (rows of `WayPoints`, ends
    included), from node `tail` to node `head`. Node n is point `node_point[n]`; `cut` says
    that a way goes on there outside the extract. A blocked node is one node for each end.
    """

    points: Integers
    start: Integers
    tail: Integers
    head: Integers
    node_point: Integers
    cut: Flags


def split_ways(given: WayPoints) -> SplitWays:
    """Split ways at nodes that are used twice, at blocked nodes and where a way is cut.

    A node is also an end where a way begins or stops. Repeated use by the same way counts:
    loops close, and a way that touches itself is split there. A node listed twice in a row
    is taken once. A point whose neighbours are both missing gives no edge.
    """
    fresh = np.ones(len(given.ref), bool)
    fresh[1:] = (given.ref[1:] != given.ref[:-1]) | (given.way[1:] != given.way[:-1])
    rows = np.flatnonzero(fresh)
    way, ref, here = given.way[rows], given.ref[rows], given.here[rows]

    new_way = np.ones(len(rows) + 1, bool)
    new_way[1:-1] = way[1:] != way[:-1]
    gone_before = np.zeros(len(rows), bool)
    gone_before[1:] = ~here[:-1] & ~new_way[1:-1]
    gone_after = np.zeros(len(rows), bool)
    gone_after[:-1] = ~here[1:] & ~new_way[1:-1]
    opens = (new_way[:-1] | gone_before)[here]
    closes = (new_way[1:] | gone_after)[here]
    # A way of a single point has lost the others to the clipping of the extract.
    cut_here = (gone_before | gone_after)[here] | (opens & closes)
    rows, ref = rows[here], ref[here]

    refs, first, number = np.unique(ref, return_index=True, return_inverse=True)
    is_blocked = np.isin(refs, given.blocked)
    is_node = (np.bincount(number, minlength=len(refs)) > 1) | is_blocked
    is_node[number[opens | closes]] = True
    is_cut = np.zeros(len(refs), bool)
    is_cut[number[cut_here]] = True

    stops = np.flatnonzero(is_node[number])
    run = np.cumsum(opens)
    whole = run[stops[1:]] == run[stops[:-1]]
    begin, end = stops[:-1][whole], stops[1:][whole]
    tail, head = number[begin], number[end]

    # Every end at a blocked node becomes a node of its own, so that nothing passes.
    ends = np.concatenate([tail, head])
    apart = np.flatnonzero(is_blocked[ends])
    origin = np.concatenate([np.arange(len(refs)), ends[apart]])
    ends[apart] = len(refs) + np.arange(len(apart))
    used, ends = np.unique(ends, return_inverse=True)
    origin = origin[used]

    size = end - begin + 1
    start = np.concatenate([[0], np.cumsum(size)])
    flat = np.repeat(begin - start[:-1], size) + np.arange(start[-1])
    return SplitWays(
        points=rows[flat],
        start=start,
        tail=ends[: len(tail)],
        head=ends[len(tail) :],
        node_point=rows[first[origin]],
        cut=is_cut[origin],
    )
