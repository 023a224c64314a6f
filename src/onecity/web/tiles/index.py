"""Which features lie in a window: a packed tree of boxes.

Features are sorted along a Z-order curve of their middles and packed sixteen to a node, nodes
sixteen to a node again. A search goes down level by level, each a few operations on arrays, so
that a million features answer within a fraction of a millisecond and cost 40 bytes each.

Source: Kamel, Faloutsos, On packing R-trees (1993), with the curve of Morton (1966).
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from .shapes import Ints, Reals

NODE = 16
CODE_ZOOM = 20
"""Middles are told apart by the tile of this zoom that they lie in (38 m at the equator)."""

Window = tuple[float, float, float, float]


class BoxIndex:
    """Boxes that can be searched.

    Parameters
    ----------
    levels
        Boxes of features in the order of `rows`, then boxes of nodes, each level packed from
        the one before.
    rows
        Row of each feature.
    codes
        Place of each feature on the curve at `CODE_ZOOM`, ascending.
    """

    def __init__(self, levels: tuple[Reals, ...], rows: Ints, codes: Ints) -> None:
        self._levels = levels
        self._rows = rows
        self._codes = codes

    @classmethod
    def of(cls, boxes: Reals, rows: Ints) -> Self:
        """Make the index of some rows of boxes (F, 4): west, north, east, south, world units."""
        some = boxes[rows]
        codes = _codes((some[:, :2] + some[:, 2:]) / 2)
        order = np.argsort(codes, kind="stable")
        levels = [some[order]]
        while len(levels[-1]) > NODE:
            levels.append(_packed(levels[-1]))
        return cls(tuple(levels), rows[order], codes[order])

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, window: Window) -> tuple[Ints, NDArray[np.bool_]]:
        """Return the rows whose boxes touch a window, ascending, and which lie inside wholly."""
        west, north, east, south = window
        found = np.arange(len(self._levels[-1]))
        for depth in range(len(self._levels) - 1, -1, -1):
            boxes = self._levels[depth][found]
            meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west)
            meets &= (boxes[:, 1] <= south) & (boxes[:, 3] >= north)
            found, boxes = found[meets], boxes[meets]
            if depth:
                found = (found[:, None] * NODE + np.arange(NODE)).ravel()
                found = found[found < len(self._levels[depth - 1])]
        inside = (boxes[:, 0] >= west) & (boxes[:, 2] <= east)
        inside &= (boxes[:, 1] >= north) & (boxes[:, 3] <= south)
        rows = self._rows[found]
        order = np.argsort(rows)
        return rows[order], inside[order]

    def densest(self, zoom: int) -> int:
        """Return how many middles lie in the fullest tile of a zoom."""
        if not len(self._codes):
            return 0
        tiles = self._codes >> (2 * (CODE_ZOOM - zoom))
        ends = np.flatnonzero(np.diff(tiles, append=-1))
        return int(np.diff(ends, prepend=-1).max())


def _codes(middles: Reals) -> Ints:
    side = 1 << CODE_ZOOM
    cells = np.clip((middles * side).astype(np.int64), 0, side - 1)
    return _spread(cells[:, 0]) | (_spread(cells[:, 1]) << 1)


def _spread(bits: Ints) -> Ints:
    """Put a zero between all bits of numbers below 2^32."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << shift)) & mask
    return bits


def _packed(boxes: Reals) -> Reals:
    """Return the boxes of nodes of `NODE` boxes each; the last may hold fewer."""
    starts = np.arange(0, len(boxes), NODE)
    low = np.minimum.reduceat(boxes[:, :2], starts, axis=0)
    return np.hstack([low, np.maximum.reduceat(boxes[:, 2:], starts, axis=0)])
