"""The range: no path may be longer than whole milliseconds in 31 bits can tell.

Labels stop at `UNREACHABLE`, so a path that is too long looks like no path at all. Three tests
tell them apart, the cheapest first:

1. `Metric.safe`: the longest chains of arcs up and down are within the range.
2. From one node in each component all others are reached and reach it, and the two longest
   times add up to less than the range: then so does every path in it, by way of that node.
3. Otherwise each result is looked at: where it is unreachable, a second metric in which every
   open arc takes no time at all says whether there is a path.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .graph import UNREACHABLE, Milliseconds, Nodes
from .hierarchy import ArcPlaces, Hierarchy
from .kernels import kernel
from .metric import Metric, customise
from .plan import Plan, plan_for
from .sweep import Space, count_far, fill_times, space_for

_FAR = np.uint32(UNREACHABLE)


@kernel
def through_roots(parent, up, down):  # type: ignore[no-untyped-def]
    """Return the longest time to a root plus the longest from one (test 2), -1 if unknown."""
    n = len(parent)
    longest = np.int64(0)
    for arcs in (up, down):
        # By way of ancestors only: an upper bound of the time between a node and its root.
        ecc = np.int64(0)
        label = np.full(n, _FAR, np.uint32)
        for v in range(n):
            if parent[v] < 0:
                label[v] = 0
            for a in range(arcs.first[v], arcs.first[v + 1]):
                label[v] = min(label[v], np.uint32(label[arcs.head[a]] + arcs.weight[a]))
            if label[v] == _FAR:
                return np.int64(-1)
            ecc = max(ecc, np.int64(label[v]))
        longest += ecc
    return longest


@dataclass(frozen=True)
class Guard:
    """Test 3, for the targets of one query.

    Attributes
    ----------
    hierarchy
        The network.
    instant
        Its metric with all open arcs at zero, see `instant_metric`.
    targets
        Positions, shape (T,).
    """

    hierarchy: Hierarchy
    instant: Metric
    targets: Nodes

    @cached_property
    def component(self) -> NDArray[np.int64]:
        """Component of each position: there is never a path between two of them."""
        return np.cumsum(self.hierarchy.depth == 0)

    @cached_property
    def outside(self) -> NDArray[np.int64]:
        """Targets outside each component."""
        inside = np.bincount(self.component[self.targets], minlength=self.component[-1] + 1)
        return len(self.targets) - inside

    @cached_property
    def instant_plan(self) -> Plan:
        """Plan for the targets, without times."""
        return plan_for(self.hierarchy, self.instant.down, self.targets)

    def too_long(self, sources: Nodes, plan: Plan, labels: Space) -> tuple[int, int] | None:
        """Return source and target, by place, of a pair whose path is too long, or None.

        Parameters
        ----------
        sources
            Positions, ascending, shape (S,), at most LANES of them.
        plan, labels
            The plan of the query, and the space with its labels as a descent left them.
        """
        far = count_far(plan, labels, len(sources))
        doubtful = np.flatnonzero(far != self.outside[self.component[sources]])
        if not doubtful.size:
            return None
        joined = np.empty((doubtful.size, len(self.targets)), np.uint32)
        space = space_for(self.hierarchy, len(self.targets))
        up, parent = self.instant.up, self.hierarchy.parent
        rows, unused = np.arange(doubtful.size), np.empty((0, 0))
        fill_times(up, parent, self.instant_plan, sources[doubtful], rows, joined, unused, space)
        times = labels.results[labels.row[: plan.columns]][:, doubtful].T
        wrong = (times == _FAR) & (joined != _FAR)
        if not wrong.any():
            return None
        row, column = np.argwhere(wrong)[0]
        return int(doubtful[row]), int(column)


def instant_metric(hierarchy: Hierarchy, places: ArcPlaces, times: Milliseconds) -> Metric:
    """Return the metric in which open arcs take no time and closed ones stay closed."""
    return customise(hierarchy, places, np.where(times == _FAR, _FAR, np.uint32(0)))
