"""What a siting problem is given, and what it answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

from .borders import Places, checked_permeability
from .measure import amounts
from .reach import Reach, kept


@dataclass(frozen=True, slots=True)
class Sites:
    """Zones to serve and sites to choose from, existing ones kept.

    Attributes
    ----------
    reach
        Pairs of zone and site; sites are its facilities, existing and candidate.
    weight : float64 (Z,)
        How much each zone counts: people, or people by need.
    existing : bool (F,)
        Sites that are there and stay.
    unserved
        Minutes that a zone without any site counts, not below any pair's.
    """

    reach: Reach
    weight: Reals
    existing: NDArray[np.bool_]
    unserved: float


@dataclass(frozen=True, slots=True)
class Siting:
    """Sites chosen.

    Attributes
    ----------
    sites : int64
        New sites chosen, ascending; existing ones are not among them.
    value
        Weighted minutes of all (least is best), or weight covered (most is best).
    bound
        What no choice can beat.
    gap
        Distance of `value` to `bound`, relative to `value`; 0 is proven best.
    minutes : float64 (Z,)
        Mean time of each zone to the sites it is given to, the unserved part counted at
        `Sites.unserved`; to the nearest where sites have no capacity.
    served : float64 (Z,)
        Part of each zone that has a site (within the limit, in a cover).
    load : float64 (F,)
        Weight given to each site: where sites have no capacity, to the nearest; ties to the
        first. In capacitated problems, people.
    greedy
        Value of the greedy choice, one site after another; NaN where it was not asked for.
    greedy_sites : int64
        Its sites, in the order chosen.
    proven
        Whether the search ended before its time was up.
    """

    sites: Rows
    value: float
    bound: float
    gap: float
    minutes: Reals
    served: Reals
    load: Reals
    greedy: float
    greedy_sites: Rows
    proven: bool

    @property
    def greedy_loss(self) -> float:
        """What the greedy choice is worse by, relative to `value`."""
        return abs(self.greedy - self.value) / abs(self.value) if self.value else 0.0


def sites_of(
    reach: Reach,
    weight: ArrayLike,
    *,
    existing: ArrayLike | None = None,
    unserved: float | None = None,
) -> Sites:
    """Return a problem, checked.

    Parameters
    ----------
    reach
        Pairs of zone and site.
    weight
        Of each zone, (Z,).
    existing
        Rows of sites that are there and stay; None means none.
    unserved
        Minutes that a zone without any site counts; None means the longest of all pairs, plus
        one: to be served at all is always better.

    Raises
    ------
    InputError
        Wrong weights, a site that does not exist, or `unserved` below the time of a pair.
    """
    weights = amounts("weight", weight, reach.zones)
    there = np.zeros(reach.facilities, np.bool_)
    rows = np.asarray([] if existing is None else existing)
    if rows.size and not np.issubdtype(rows.dtype, np.integer):
        raise InputError("access.not_whole", what="existing", given=rows.dtype.name)
    wrong = (rows < 0) | (rows >= reach.facilities)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            "access.no_row", what="existing", row=row, given=int(rows[row]), count=reach.facilities
        )
    there[rows.astype(np.int64)] = True
    longest = float(reach.minutes.max(initial=0.0))
    limit = longest + 1.0 if unserved is None else float(unserved)
    if not (np.isfinite(limit) and limit >= longest and limit > 0):
        raise InputError("access.unserved", given=limit, longest=longest)
    return Sites(reach, weights, there, limit)


def allowed(reach: Reach, places: Places, pi: ArrayLike) -> Reach:
    """Return the pairs that a border lets people use at all: pi above zero.

    With pi zero across, each city plans for itself; with pi one, all plan as one city.

    Raises
    ------
    InputError
        A wrong pi.
    """
    right = checked_permeability(pi, places.cities)
    return kept(
        reach, right[places.zone_city[reach.zone()], places.facility_city[reach.facility]] > 0
    )


def need(people: ArrayLike, minutes: ArrayLike, aversion: float) -> Reals:
    """Return people weighted by how badly they are served: P (t / mean t)^aversion.

    With aversion 0 all people count alike; with more of it those far from any site count more.
    It is the marginal weight of Atkinson's welfare function (1970) with time as the loss.

    Parameters
    ----------
    people
        Of each zone, (Z,).
    minutes
        Today's, finite and not negative, (Z,): `Sites.unserved` where there is nothing.
    aversion
        Not negative.

    Raises
    ------
    InputError
        Numbers that are wrong, or everybody at zero minutes.
    """
    count = len(np.atleast_1d(people))
    weight, times = amounts("people", people, count), amounts("minutes", minutes, count)
    if not (np.isfinite(aversion) and aversion >= 0):
        raise InputError("access.setting", what="aversion", given=aversion)
    mean = float(weight @ times / weight.sum())
    if mean == 0:
        raise InputError("access.nothing", what="minutes", rows=count)
    return np.asarray(weight * (times / mean) ** aversion, np.float64)


def nearest_of(problem: Sites, chosen: NDArray[np.bool_]) -> tuple[Reals, Rows]:
    """Return minutes to the nearest chosen site (Z,), `unserved` without, and that site or -1."""
    reach = problem.reach
    keep = chosen[reach.facility]
    zone, minutes = reach.zone()[keep], reach.minutes[keep]
    facility = reach.facility[keep]
    order = np.lexsort((facility, minutes, zone))
    first = order[np.unique(zone[order], return_index=True)[1]]
    best = np.full(reach.zones, problem.unserved)
    site = np.full(reach.zones, -1, np.int64)
    best[zone[first]] = minutes[first]
    site[zone[first]] = facility[first]
    return best, site
