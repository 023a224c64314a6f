"""Flows where none are observed: people, travel times, a stated decay, a world without borders.

    T_ij = a_i b_j exp(-t_ij / decay),   sum_j T_ij = people of i,   sum_i T_ij = people of j

the doubly constrained model (Wilson 1971), between the places that stand for
everybody (`costs.spread_of`). As many arrive as leave everywhere: where jobs are is not known, so
that jobs are spread as people are. City borders have no part in it but through travel times: what
is found says what an hour's travel would make of people if borders did nothing else.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from onecity.models.gravity import simulated
from onecity.strands.transport.measure import Ready
from onecity.strands.units import Reals

from .costs import Spread, between, spread_of

_MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Places:
    """The places that flows are simulated between, and minutes between them, NaN for no way."""

    spread: Spread
    minutes: Reals


def places_of(ready: Ready) -> Places:
    """Return the places of a region that have people and a way to the roads."""
    spread = spread_of(ready)
    return Places(spread, between(ready, spread.zone, spread.area_km2)[1])


def flows_of(places: Places, decay_minutes: float, counties: int) -> csr_array:
    """Return flows from county to county, as many from each as it has people.

    Raises
    ------
    InputError
        No place at all.
    """
    one, other = np.nonzero(np.isfinite(places.minutes))
    modelled = simulated(
        one,
        other,
        places.spread.people,
        places.spread.people,
        {_MINUTES: places.minutes[one, other]},
        {_MINUTES: -1 / decay_minutes},
    )
    county = places.spread.county
    key = county[one] * counties + county[other]
    sums = np.bincount(key, modelled.flow, counties * counties).reshape(counties, counties)
    return csr_array(sums)
