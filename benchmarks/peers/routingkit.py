"""RoutingKit's customizable contraction hierarchies, by way of the package routingkit-cch.

The package takes and gives Python lists. Those it takes are made beforehand and not timed; that
it gives lists cannot be taken apart and is in its figures.
"""

import numpy as np
import numpy.typing as npt
import routingkit_cch as routingkit
from graphs import Graph, Ids

from peers.scipy_rows import UNREACHABLE


class RoutingKitPeer:
    """A hierarchy with a metric. `order` comes from `find_order`."""

    def __init__(self, graph: Graph) -> None:
        self.n = graph.n
        self.tail, self.head = graph.tail.tolist(), graph.head.tolist()
        self.lat, self.lon = graph.lat.tolist(), graph.lon.tolist()
        self.weights = graph.ms.tolist()
        self.order = self.find_order()
        self.hierarchy = routingkit.CCH(self.order, self.tail, self.head, False)
        self.metric = routingkit.CCHMetric(self.hierarchy, self.weights)

    def find_order(self) -> list[int]:
        """Return a node order by inertial flow on coordinates."""
        order: list[int] = routingkit.compute_order_inertial(
            self.n, self.tail, self.head, self.lat, self.lon
        )
        return order

    def prepare(self) -> None:
        """Do all that is needed before the first question, from the arcs on."""
        order = self.find_order()
        hierarchy = routingkit.CCH(order, self.tail, self.head, False)
        routingkit.CCHMetric(hierarchy, self.weights)

    def set_weights(self, weights: list[int]) -> None:
        """Customise again, in place. No `pinned` object may be alive."""
        self.metric.reset(weights)

    def pinned(self, targets: Ids) -> "routingkit.CCHOneToMany":
        """Return what answers rows to these targets."""
        return routingkit.CCHOneToMany(self.metric, targets.tolist())


def answer(pinned: "routingkit.CCHOneToMany", sources: Ids) -> None:
    """Compute a row for each source, and let it go."""
    for source in sources.tolist():
        pinned.distances_from(source)


def row_ms(pinned: "routingkit.CCHOneToMany", source: int) -> npt.NDArray[np.int64]:
    """Return one row as whole numbers, `UNREACHABLE` without a path."""
    row = pinned.distances_from(source)
    return np.array([UNREACHABLE if ms is None else ms for ms in row], np.int64)
