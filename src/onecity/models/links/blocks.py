"""Zones gathered into blocks of neighbours, so that most pairs are excluded many at a time.

Any blocks give the same sums; near ones exclude more. Nearness is travel time, out and back.
"""

import numpy as np
from numpy.typing import NDArray

from .kernel import Blocks, Counts
from .ways import Nodes, Ways

#: Zones of a block on average. Larger ones exclude more at once, but less often.
BLOCK = 32


def largest() -> int:
    """Return how many zones a block holds at most."""
    return 2 * BLOCK


def gathered(ways: Ways, zones: Nodes, group: Counts, rows: int) -> tuple[Counts, Blocks]:
    """Return an order of the zones in which blocks are runs, and the blocks.

    Parameters
    ----------
    ways
        A network with nothing built on it. What is built later only shortens times, so that
        bounds by `Blocks.within` hold.
    zones
        Node of each zone, shape (Z,).
    group
        Group of each zone, 0, 1, ..., shape (Z,); a block is of one group.
    rows
        Rows of times between zones that fit into memory.

    Returns
    -------
    Zone at each place, int64 (Z,), and the blocks over places; `Blocks.groups` is 0.
    """
    position = ways.network.hierarchy.position[zones]
    orders, sizes = [], []
    for g in range(int(group.max()) + 1):
        members = np.flatnonzero(group == g)
        members = members[np.argsort(position[members], kind="stable")]
        label, away = _nearest(ways, zones[members], rows)
        place = np.lexsort((away, label))
        orders.append(members[place])
        sizes += _pieces(label[place])
    order = np.concatenate(orders)
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    # The first of a piece is the nearest to the seed.
    middle = first[:-1].copy()
    within = _within(ways, zones[order], first, rows)
    return order, Blocks(first, middle, within, group[order[middle]], 0)


def _nearest(ways: Ways, nodes: Nodes, rows: int) -> tuple[Counts, Counts]:
    """Return the nearest of some seeds for each node, and milliseconds there and back."""
    seeds = nodes[min(BLOCK, len(nodes)) // 2 :: BLOCK]
    label, away = np.zeros(len(nodes), np.int64), np.full(len(nodes), np.iinfo(np.int64).max)
    for low in range(0, len(seeds), rows):
        some = seeds[low : low + rows]
        both = ways.to_each(some, nodes).astype(np.int64)
        both += ways.from_each(nodes, some)
        best = np.argmin(both, axis=0)
        time = both[best, np.arange(len(nodes))]
        nearer = time < away
        label[nearer], away[nearer] = low + best[nearer], time[nearer]
    return label, away


def _pieces(label: Counts) -> list[int]:
    """Return the lengths of runs of equal labels, cut where they are longer than a block."""
    most = largest()
    lengths = np.diff(np.flatnonzero(np.diff(label, prepend=-1, append=-1)))
    return [
        min(most, length - start) for length in lengths.tolist() for start in range(0, length, most)
    ]


def _within(ways: Ways, nodes: Nodes, first: Counts, rows: int) -> NDArray[np.int32]:
    """Return milliseconds from the first zone of its block to each zone, int32 (Z,)."""
    within = np.empty(len(nodes), np.int32)
    starts = first[:-1]
    for low in range(0, len(starts), rows):
        some = slice(low, low + rows)
        for row, begin, end in zip(
            ways.to_each(nodes[starts[some]], nodes), starts[some], first[1:][some], strict=True
        ):
            within[begin:end] = row[begin:end]
    return within
