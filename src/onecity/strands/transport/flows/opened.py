"""Flows as they are and as they would be without borders, within the same sums, by city."""

from dataclasses import dataclass

import numpy as np

from onecity.models.gravity import without_borders
from onecity.models.regions import Communities, communities, flow_matrix
from onecity.strands.units import Reals

from .lists import Flags, FlowList


@dataclass(frozen=True, slots=True)
class Opened:
    """What a whole list adds up to.

    Attributes
    ----------
    flows
        From city to city (cities, cities).
    open_flows
        The same without borders; None where their effect is not known.
    known
        Between which cities anything is known (cities, cities): the list of some place in the one
        says something of places in the other. Elsewhere the sums above are zero by silence.
    communities
        The partition into cities beside the best one found.
    """

    flows: Reals
    open_flows: Reals | None
    known: Flags
    communities: Communities

    @property
    def share(self) -> float:
        """Share of all flows that crosses city borders."""
        return _crossing(self.flows)

    @property
    def open_share(self) -> float:
        """The same without borders; NaN where not known."""
        return float("nan") if self.open_flows is None else _crossing(self.open_flows)


def opened(given: FlowList, beta: float, cities: int) -> Opened:
    """Return what a whole list adds up to.

    T_ij e^(-beta b_ij) within the same sums by origin and by destination.

    Parameters
    ----------
    beta
        Effect of borders on ln T; NaN where not known.

    Raises
    ------
    InputError
        No flow at all.
    """
    o, d = given.origin, given.destination
    matrix = flow_matrix(o, d, given.flow, len(given))
    free = None
    if np.isfinite(beta):
        free = without_borders(o, d, given.flow, beta * given.crosses).flow
    every = np.ones(len(given.flow))
    return Opened(
        flows=_by_city(given, given.flow, cities),
        open_flows=None if free is None else _by_city(given, free, cities),
        known=_by_city(given, every, cities) > 0,
        communities=communities(matrix, given.city),
    )


def _by_city(given: FlowList, flow: Reals, cities: int) -> Reals:
    key = given.city[given.origin] * cities + given.city[given.destination]
    sums = np.bincount(key, flow, cities * cities)
    return np.asarray(sums.reshape(cities, cities), np.float64)


def _crossing(flows: Reals) -> float:
    total = float(flows.sum())
    return 1 - float(np.trace(flows)) / total if total > 0 else float("nan")
