"""Jobs within a time from home, with borders open and with every border closed."""

from dataclasses import dataclass

import numpy as np

from onecity.core.progress import SILENCE, Progress
from onecity.models.access import (
    Service,
    access_to,
    permeability,
    places_of,
    reach_of,
    threshold,
)
from onecity.strands.travel import Travel, zone_times
from onecity.strands.units import Reals, Rows

LIMITS = (30, 45, 60)
"""Minutes from home."""
_ROWS = 256


@dataclass(frozen=True, eq=False, slots=True)
class JobsReached:
    """Jobs within a limit of every zone.

    Attributes
    ----------
    open : float64 (limits, Z)
        In all cities.
    closed : float64 (limits, Z)
        In the zone's own city alone.
    """

    open: Reals
    closed: Reals


def jobs_reached(
    travel: Travel, jobs: Reals, city: Rows, cities: int, *, progress: Progress = SILENCE
) -> JobsReached:
    """Return how many jobs every zone reaches within each of `LIMITS`.

    Parameters
    ----------
    travel
        On the region.
    jobs
        Of zones, (Z,); NaN counts as none.
    city
        Row of each zone's city, (Z,).
    cities
        How many there are.
    """
    work = np.flatnonzero(np.nan_to_num(jobs) > 0)
    shape = (len(LIMITS), travel.zones)
    found = JobsReached(np.zeros(shape), np.zeros(shape))
    if not len(work):
        return found
    services = [
        Service(f"{limit}", jobs[work], permeability(cities, across), threshold(limit), "potential")
        for across in (1.0, 0.0)
        for limit in LIMITS
    ]
    for origins, seconds in zone_times(travel, rows=_ROWS):
        minutes = seconds[:, work] / 60
        start, end = np.nonzero(minutes <= max(LIMITS))
        reach = reach_of(start, end, minutes[start, end], zones=len(origins), facilities=len(work))
        places = places_of(city[origins], city[work], cities)
        several = access_to(reach, places, np.ones(len(origins)), services)
        for row, one in enumerate(several):
            part = found.open if row < len(LIMITS) else found.closed
            part[row % len(LIMITS), origins] = one.access
        progress.advance(len(origins))
    return found
