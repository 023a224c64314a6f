"""What an assignment is answered with, and what can be read off it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .delays import Reals
from .demand import Checked
from .paths import Paths
from .roads import Roads


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assignment:
    """Flows on roads.

    The flow of every arc is the only one there is where its time grows with flow. The paths
    that make it up are not: select-link results and skims hold for the paths that were found.

    Attributes
    ----------
    roads : Roads
    demand : Checked
        All classes, as they were read.
    flow : float64 (arcs,)
        Passenger car units.
    class_flow : float64 (classes, arcs)
        Vehicles.
    time : float64 (arcs,)
        At these flows.
    cost : float64 (classes, arcs)
        Time and what the class pays beside it; +inf where it may not go.
    gaps : float64 (steps,)
        Relative gap after each step: the part of the total cost that would be saved if every
        trip were on its cheapest path at these costs (marginal costs for a system optimum).
    converged : bool
        Whether the gap asked for was reached.
    objective : float
        What was minimised: Beckmann's integral and the extra costs, or the total cost; a vehicle
        counts as often as its passenger car units.
    paths : Paths
        Paths in use, by pair.
    least : float64 (pairs,)
        Cheapest cost of every pair, +inf where there is no path.
    """

    roads: Roads
    demand: Checked
    flow: Reals
    class_flow: Reals
    time: Reals
    cost: Reals
    gaps: Reals
    converged: bool
    objective: float
    paths: Paths
    least: Reals

    def __repr__(self) -> str:
        return (
            f"Assignment(arcs={self.roads.arcs}, pairs={len(self.least)}, gap={self.gap:.2g}, "
            f"objective={self.objective!r})"
        )

    @property
    def gap(self) -> float:
        """The relative gap at the end."""
        return float(self.gaps[-1])

    @property
    def total_time(self) -> float:
        """Time of all, flow in passenger car units times time."""
        return float(self.flow @ self.time)

    @property
    def total_cost(self) -> float:
        """Cost of all vehicles, each class at its own."""
        used = self.class_flow > 0
        return float((self.class_flow[used] * self.cost[used]).sum())

    def saturation(self) -> Reals:
        """Return flow over capacity, v/c, shape (arcs,)."""
        ratio: Reals = self.flow / self.roads.delays.capacity
        return ratio

    def unreachable(self, group: int = 0) -> NDArray[np.int64]:
        """Return the rows of a class's demand that no path serves; their trips are on no road."""
        pair = self.demand.row_pair[group]
        far = np.isinf(np.append(self.least, 0.0))  # the last stands for rows without a pair
        return np.flatnonzero(far[np.maximum(pair, -1)])

    def unserved(self, group: int = 0) -> float:
        """Return the trips of a class that no path serves."""
        return float(self.demand.trips[group][self.unreachable(group)].sum())

    def staying(self, group: int = 0) -> float:
        """Return the trips of a class that begin and end at the same node: on no road either."""
        return float(self.demand.trips[group][self.demand.row_pair[group] == -2].sum())
