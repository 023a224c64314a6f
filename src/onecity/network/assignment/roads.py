"""Roads that flow slows down, with the hierarchy that finds cheapest paths on them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.network.graph import Nodes, coordinates, neighbours, node_count, node_ids
from onecity.network.hierarchy import build
from onecity.network.order import elimination_order

from .delays import Delays
from .paths import Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Roads:
    """A directed network whose arcs slow down with flow; make one with `Roads.from_arcs`.

    Attributes
    ----------
    tail, head : int32 (arcs,)
        The arcs, as given.
    n : int
        Number of nodes.
    delays : Delays
        The law of every arc.
    shape : Shape
        The hierarchy, in which a node that may not be passed through is two.
    leave, arrive : int32 (n,)
        Position where paths from a node begin, and where paths to it end.
    """

    tail: Nodes
    head: Nodes
    n: int
    delays: Delays
    shape: Shape
    leave: Nodes
    arrive: Nodes

    @classmethod
    def from_arcs(
        cls,
        tail: ArrayLike,
        head: ArrayLike,
        delays: Delays,
        *,
        ends_only: ArrayLike = (),
        lon: ArrayLike | None = None,
        lat: ArrayLike | None = None,
        n: int | None = None,
    ) -> "Roads":
        """Build roads from their arcs.

        Parameters
        ----------
        tail, head
            Node ids 0..n-1 where each arc begins and ends, shape (arcs,). Parallel arcs and
            loops are allowed; no flow ever takes a loop.
        delays
            The law of every arc; see `bpr` and `conical`.
        ends_only
            Nodes where paths may begin and end but not pass through, such as the centroids of
            zones.
        lon, lat
            Coordinates of the nodes, shape (n,); they only help to be quick.
        n
            Number of nodes; without it the length of `lon`, or one more than the largest id.

        Raises
        ------
        InputError
            No node; ids that are not whole numbers or out of range; arrays of different
            lengths; bad coordinates.
        """
        n = node_count(tail, head, lon, n)
        tails, heads = node_ids(tail, n, "tail"), node_ids(head, n, "head")
        if len(tails) != len(heads):
            raise InputError("network.arc_ends", tails=len(tails), heads=len(heads))
        if delays.arcs != len(tails):
            raise InputError("assignment.laws_count", arcs=len(tails), given=delays.arcs)
        closed = np.unique(node_ids(ends_only, n, "ends_only"))
        where = coordinates(lon, lat, n)
        # Such a node is left as itself and reached as another, which no arc leaves.
        arrive = np.arange(n, dtype=np.int32)
        arrive[closed] = n + np.arange(len(closed), dtype=np.int32)
        if where is not None:
            where = np.concatenate([where, where[:, closed]], axis=1)
        leave = np.arange(n, dtype=np.int32)
        shape, position = _shape(tails, arrive[heads], n + len(closed), where)
        return cls(tails, heads, n, delays, shape, position[leave], position[arrive])

    def __repr__(self) -> str:
        return f"Roads(n={self.n}, arcs={self.arcs})"

    @property
    def arcs(self) -> int:
        """Number of arcs."""
        return len(self.tail)

    @property
    def ends_only(self) -> NDArray[np.bool_]:
        """Whether paths may only begin and end at a node, shape (n,)."""
        split: NDArray[np.bool_] = self.leave != self.arrive
        return split

    def with_delays(self, delays: Delays) -> "Roads":
        """Return the same roads with other laws; nothing else is computed anew."""
        if delays.arcs != self.arcs:
            raise InputError("assignment.laws_count", arcs=self.arcs, given=delays.arcs)
        return replace(self, delays=delays)


def _shape(
    tail: Nodes, head: Nodes, n: int, where: NDArray[np.float64] | None
) -> tuple[Shape, Nodes]:
    """Return the hierarchy of some arcs, and the position of each node."""
    first, neighbour = neighbours(tail, head, n)
    order = elimination_order(first, neighbour, where)
    position, parent, _, _, up_first, up_head, place, upward = build(
        order, first, neighbour, tail, head
    )
    owner = np.repeat(np.arange(n, dtype=np.int32), np.diff(up_first))
    ends = np.stack([position[tail], position[head]])
    return Shape(up_first, up_head, parent, owner, place, upward, ends), position
