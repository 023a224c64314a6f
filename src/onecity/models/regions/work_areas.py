"""Travel-to-work areas: labour markets that keep most of their workers, from flows alone.

Coombes & Bond (2008), Travel-to-Work Areas: the 2007 review. Every zone begins as an area. The
area furthest from being valid is dissolved and each of its zones goes to the area it is linked
with most, again and again, until every area is valid. With

* size, the residents who work, and self-containment, the lower of the shares of residents who
  work in the area and of jobs held by its residents,
* validity (1 - (1 - m / t) max(0, (S - size) / (S - s))) min(containment, t) / t >= m / t, so that
  t = 75 % is asked of an area of the least size s = 3,500 and m = 66.7 % of one of size
  S = 25,000 and more. This is the form of Istat's labour market areas (Franconi, D'Alo & Ichim
  2016; their validity is ours times t / m, so that 1 is enough). What it asks in between is
  m / (1 - (1 - m / t) (S - size) / (S - s)); a straight line from (s, t) to (S, m), as the British
  rule is implemented too, asks for up to 0.25 percentage points more,
* links of zone i with area j: T_ij^2 / (R_i W_j) + T_ji^2 / (R_j W_i), where R are residents who
  work and W are jobs (Smart 1974).

Zones go where they are linked with most whatever that does to the area they join, as in the
British procedure. Istat's moves one zone at a time, keeps those in reserve that would make an area
less valid, and lets an area of whatever size stand whose containment is 100 %; here such an area
below the least size has no link to go by and is left out (-1).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes an area valid.

    Attributes
    ----------
    least_size, full_size
        Residents who work: below the first no area is valid, above the second the lower
        containment is enough.
    full_containment, least_containment
        Asked of areas of the least and of the full size.
    """

    least_size: float = 3_500.0
    full_size: float = 25_000.0
    full_containment: float = 0.75
    least_containment: float = 2 / 3

    def validity(self, size: Reals, containment: Reals) -> Reals:
        """Return how valid areas are: `enough` and above is valid."""
        spread = self.full_size - self.least_size
        small = np.maximum(0.0, (self.full_size - size) / spread)
        kept = np.minimum(np.nan_to_num(containment), self.full_containment)
        return np.asarray((1 - (1 - self.enough) * small) * kept / self.full_containment)

    @property
    def enough(self) -> float:
        """The validity that is enough."""
        return self.least_containment / self.full_containment


@dataclass(frozen=True, slots=True)
class WorkAreas:
    """Travel-to-work areas.

    Attributes
    ----------
    area : int64 (Z,)
        Area of each zone, 0..A-1; -1 where it is linked with none.
    size, supply, demand, validity : float64 (A,)
        Residents who work; shares of residents who work in the area, and of jobs they hold.
        Only where a single area is left may it be less valid than is enough.
    rounds
        Areas dissolved.
    """

    area: Rows
    size: Reals
    supply: Reals
    demand: Reals
    validity: Reals
    rounds: int


def travel_to_work_areas(flows: csr_array, rule: Rule | None = None) -> WorkAreas:
    """Return travel-to-work areas.

    Parameters
    ----------
    flows
        Workers from home to work, from `table.flow_matrix`; those who work at home included.
    rule
        What makes an area valid; None means that of 2007. Sizes are in the unit of flows.

    Raises
    ------
    InputError
        A rule out of range.
    """
    wanted = Rule() if rule is None else rule
    good = 0 <= wanted.least_size < wanted.full_size
    if not (good and 0 < wanted.least_containment <= wanted.full_containment <= 1):
        raise InputError("gravity.work_rule", given=str(wanted))
    dense = flows.toarray()
    zones = len(dense)
    area = np.arange(zones)
    # Flows from area to area; rows and columns of those dissolved are zero.
    sums = dense.copy()
    alive = (dense.sum(axis=1) > 0) | (dense.sum(axis=0) > 0)
    area[~alive] = -1
    rounds = 0
    while alive.any():
        names = np.flatnonzero(alive)
        valid = _validity(sums, wanted)[names]
        worst = names[int(valid.argmin())]
        if len(names) == 1 or valid.min() >= wanted.enough * (1 - 1e-12):
            break
        rounds += 1
        _dissolve(dense, sums, area, alive, int(worst))
    names, renamed = np.unique(area[area >= 0], return_inverse=True)
    found = np.full(zones, -1, np.int64)
    found[area >= 0] = renamed
    size, supply, demand = (x[names] for x in _measures(sums))
    validity = wanted.validity(size, np.minimum(supply, demand))
    return WorkAreas(found, size, supply, demand, validity, rounds)


def _measures(sums: Reals) -> tuple[Reals, Reals, Reals]:
    """Return size and both shares of each area; a share of nothing is zero."""
    inside, size, jobs = np.diag(sums), sums.sum(axis=1), sums.sum(axis=0)
    supply = np.divide(inside, size, out=np.zeros(len(sums)), where=size > 0)
    demand = np.divide(inside, jobs, out=np.zeros(len(sums)), where=jobs > 0)
    return size, supply, demand


def _validity(sums: Reals, rule: Rule) -> Reals:
    size, supply, demand = _measures(sums)
    return rule.validity(size, np.minimum(supply, demand))


def _dissolve(flows: Reals, sums: Reals, area: Rows, alive: NDArray[np.bool_], worst: int) -> None:
    """Give each zone of an area to the one that it is linked with most, in place."""
    members = np.flatnonzero(area == worst)
    area[members] = -1
    alive[worst] = False
    sums[worst, :] = sums[:, worst] = 0.0
    zones = len(area)
    inside = area >= 0
    # Residents and jobs of whole areas, wherever they go.
    residents = np.bincount(area[inside], flows.sum(axis=1)[inside], zones)
    jobs = np.bincount(area[inside], flows.sum(axis=0)[inside], zones)
    chosen = []
    for zone in members:
        there = np.bincount(area[inside], flows[zone, inside], zones)
        back = np.bincount(area[inside], flows[inside, zone], zones)
        mine, held = flows[zone].sum(), flows[:, zone].sum()
        link = _over(there**2, mine * jobs) + _over(back**2, residents * held)
        chosen.append(int(link.argmax()) if link.max() > 0 else -1)
    # One after the other, so that flows between those that move are counted once they have.
    for zone, to in zip(members, chosen, strict=True):
        if to < 0:
            continue
        inside = area >= 0
        sums[to] += np.bincount(area[inside], flows[zone, inside], zones)
        sums[:, to] += np.bincount(area[inside], flows[inside, zone], zones)
        sums[to, to] += flows[zone, zone]
        area[zone] = to


def _over(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.divide(left, right, out=np.zeros(len(left)), where=right > 0))
