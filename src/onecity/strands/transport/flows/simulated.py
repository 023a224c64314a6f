"""Flows where none are observed: people, travel times, a stated decay, a world without borders.

    T_ij = a_i b_j exp(-t_ij / decay),   sum_j T_ij = people of i,   sum_i T_ij = c jobs of j

the doubly constrained model (Wilson 1971), between the places that stand for everybody
(`costs.spread_of`); c makes as many arrive as leave wherever ways join places. Where the region
does not know the jobs of every place, they are spread as people are. City borders have no part in
it but through travel times: what is found says what an hour's travel would make of people if
borders did nothing else.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from onecity.models.gravity import simulated
from onecity.strands.jobs_given import TABLE, jobs_given
from onecity.strands.transport.measure import Ready
from onecity.strands.units import Reals

from .costs import Spread, between, spread_of

_MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Places:
    """The places that flows are simulated between.

    Attributes
    ----------
    spread
        Places, and the people who leave each.
    minutes
        From each to each, NaN for no way, shape (places, places).
    arriving
        Who reaches each: as many as leave, in each piece that ways join, shape (places,).
    year
        Of the jobs they are spread by; None where they are spread as people.
    """

    spread: Spread
    minutes: Reals
    arriving: Reals
    year: int | None


def places_of(ready: Ready) -> Places:
    """Return the places of a region that have people and a way to the roads."""
    spread = spread_of(ready)
    minutes = between(ready, spread.zone, spread.area_km2)[1]
    jobs, year = _jobs(ready, spread)
    return Places(spread, minutes, _arriving(spread.people, jobs, minutes), year)


def flows_of(places: Places, decay_minutes: float, counties: int) -> csr_array:
    """Return flows from county to county, as many from each as it has people.

    Raises
    ------
    InputError
        No way at all.
    """
    one, other = np.nonzero(np.isfinite(places.minutes))
    modelled = simulated(
        one,
        other,
        places.spread.people,
        places.arriving,
        {_MINUTES: places.minutes[one, other]},
        {_MINUTES: -1 / decay_minutes},
    )
    county = places.spread.county
    key = county[one] * counties + county[other]
    sums = np.bincount(key, modelled.flow, counties * counties).reshape(counties, counties)
    return csr_array(sums)


def _jobs(ready: Ready, spread: Spread) -> tuple[Reals, int | None]:
    """Return the jobs of places and their year; people and None where some are not known."""
    region, ground = ready.region, ready.ground
    if not region.has(TABLE):
        return spread.people, None
    given = jobs_given(region, dict(ground.units), ground.people)
    inside = spread.place >= 0
    if not given.known[inside].all() or not given.jobs[inside].any():
        return spread.people, None
    jobs = np.bincount(spread.place[inside], given.jobs[inside], len(spread))
    return jobs.astype(np.float64), given.year


def _arriving(people: Reals, jobs: Reals, minutes: Reals) -> Reals:
    """Return who reaches each place: by jobs, in each piece as many as live there."""
    count, piece = connected_components(csr_array(np.isfinite(minutes)), directed=False)
    living, working = (np.bincount(piece, sums, count) for sums in (people, jobs))
    share = np.divide(living, working, out=np.zeros(count), where=working > 0)
    # A piece without any job works at home.
    return np.asarray(np.where(working[piece] > 0, jobs * share[piece], people))
