"""Access of zones to facilities under borders: the floating catchment family in one kernel.

With t_ij minutes from zone i to facility j, f a decay, pi_ij the part of their right that people
of i's city have in j's, w_ij = f(t_ij), e_ij = pi_ij w_ij, P_i people and S_j capacity:

    demand  D_j = sum_i a_ij P_i      level  R_j = S_j / D_j      access  A_i = sum_j b_ij R_j

============  ==============================  =======================  =========================
method        a                               b                        what it is
============  ==============================  =======================  =========================
potential     e                               e, with R_j = S_j        cumulative with a
                                                                       threshold, else gravity
                                                                       (Hansen 1959)
two-step      e                               e                        2SFCA with a threshold
                                                                       (Luo & Wang 2003), E2SFCA
                                                                       with steps (Luo & Qi 2009)
three-step    e^2 / sum_j e_ij                as a                     3SFCA (Wan, Zou &
                                                                       Sternberg 2012)
modified      e                               e w                      M2SFCA (Delamater 2013)
balanced      e / sum_j e_ij                  e / sum_i e_ij           BFCA (Paez, Higgins &
                                                                       Vivona 2019)
============  ==============================  =======================  =========================

What holds: in two-step and three-step sum_i P_i A_i is the capacity that anybody reaches: opening a
border moves it, and the mean of everybody cannot rise once all of it is reached. In modified it is
no more than that. In balanced sum_j D_j is the people who reach anything, and sum_i A_i = sum_j R_j
where each facility is reached by people. In modified the border counts once (in e), the way twice:
a right says who may come, the second w what the way there takes from it.

Balanced access adds up levels, not capacity: a facility given in two halves gives each half its
level, so that it counts twice. Join facilities that are one before; other methods do not mind.

Facilities without capacity attract nobody: they do not take part in the sums over j either.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

from .borders import Places, checked_permeability, one_sided
from .decay import Decay, Steps, decay_weights
from .reach import Reach
from .sums import BALANCED, POTENTIAL, THREE, access_in, demand_in, share_in

Method = Literal["potential", "two-step", "three-step", "modified", "balanced"]
#: Per minute; how sharply the nearer of two facilities is preferred in the time to usable care.
CHOICE = 0.1
#: Pairs taken at a time, about: what is reckoned of them fits in a cache of a core.
_PAIRS = 32_768


@dataclass(frozen=True, slots=True)
class Service:
    """A service to reach.

    Attributes
    ----------
    name
        Its name, for errors.
    capacity : (F,)
        Places, beds, staff; zero where a facility does not offer it.
    pi : (C, C)
        Of home cities in host cities, see `borders`. Need not be symmetric.
    decay, method
        See above.
    people : (Z,)
        Whom it is for; None means all people.
    """

    name: str
    capacity: ArrayLike
    pi: ArrayLike
    decay: Decay = field(default_factory=Steps)
    method: Method = "two-step"
    people: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """What did not count, and why.

    Attributes
    ----------
    far, closed, empty
        Pairs beyond the decay (weight zero); within it but pi is zero; with a facility without
        capacity. A pair is counted under the first that is true of it, in the order empty, far,
        closed.
    no_people : int64
        Zones without people: they have access and make no demand.
    no_capacity : int64
        Facilities without capacity.
    """

    far: int
    closed: int
    empty: int
    no_people: Rows
    no_capacity: Rows


@dataclass(frozen=True, slots=True)
class Access:
    """What a zone gets of a service, and what a facility is asked for.

    Attributes
    ----------
    service
        Its name.
    people : float64 (Z,)
        Whom it is for.
    capacity : float64 (F,)
        As given.
    access : float64 (Z,)
        Capacity per person (potential: capacity). Zero where nothing is in reach.
    demand : float64 (F,)
        People who ask for it, weighted.
    level : float64 (F,)
        Capacity per person who asks (potential: capacity); zero where nobody does.
    crowding : float64 (F,)
        People who ask per unit of capacity; NaN without capacity.
    minutes : float64 (Z,)
        Mean time of what a zone uses, weighted by how much of its access each facility gives;
        NaN where it has none.
    nearest : float64 (Z,)
        Minutes to the nearest facility that may be used at all; infinite without one.
    choice : float64 (Z,)
        Time to usable care, -log(sum_j pi_ij exp(-c t_ij)) / c over facilities with a weight:
        never longer when a border opens, and less than zero where choice is ample. Infinite
        without any; NaN where it was not asked for.
    unreached_zones : int64
        Zones with people who reach no facility.
    unreached_facilities : int64
        Facilities with capacity whom no people reach.
    one_sided
        Cities a < b where pi is not the same both ways.
    dropped
        What did not count.
    """

    service: str
    people: Reals
    capacity: Reals
    access: Reals
    demand: Reals
    level: Reals
    crowding: Reals
    minutes: Reals
    nearest: Reals
    choice: Reals
    unreached_zones: Rows
    unreached_facilities: Rows
    one_sided: tuple[tuple[int, int], ...]
    dropped: Dropped

    @property
    def reached(self) -> float:
        """Capacity that people reach."""
        return float(self.capacity[self.demand > 0].sum())


def access_to(
    reach: Reach,
    places: Places,
    people: ArrayLike,
    services: tuple[Service, ...] | list[Service],
    *,
    choice: float | None = CHOICE,
) -> tuple[Access, ...]:
    """Return the access to each service.

    Parameters
    ----------
    reach
        Pairs of zone and facility.
    places
        The city of each.
    people
        Of every zone, (Z,).
    services
        At least one. Those with the same decay share the work.
    choice
        Per minute, see `Access.choice`; None leaves that out (NaN) and saves its work.

    Raises
    ------
    InputError
        Shapes that differ, negative people or capacity, a wrong pi or method, no capacity at
        all, or no people at all.
    """
    if len(places.zone_city) != reach.zones:
        raise InputError(
            "access.shape", what="zone_city", given=len(places.zone_city), needed=reach.zones
        )
    if len(places.facility_city) != reach.facilities:
        raise InputError(
            "access.shape",
            what="facility_city",
            given=len(places.facility_city),
            needed=reach.facilities,
        )
    if choice is not None and not (np.isfinite(choice) and choice > 0):
        raise InputError("access.setting", what="choice", given=choice)
    everybody = amounts("people", people, reach.zones)
    asked = [_asked(reach, places, everybody, service) for service in services]
    blocks = _Blocks(reach, [service.decay for service in services])
    for block in blocks:
        for one in asked:
            pairs = block.start, block.stop, reach.first, reach.facility, blocks.weights[one.decay]
            if one.shared:
                share_in(
                    *pairs, places.zone_city, one.right, one.people, one.kind,
                    one.by_zone, one.by_facility, one.demand,
                )  # fmt: skip
            else:
                demand_in(*pairs, places.zone_city, one.people, one.by_city)
    for one in asked:
        one.set_level()
    for block in blocks:
        ease = blocks.ease[: len(block.minutes)]
        if choice is not None:
            # NumPy takes exp of many numbers with vector instructions, kernels one by one.
            np.exp(np.multiply(block.minutes, -choice, out=ease), out=ease)
        for one in asked:
            access_in(
                block.start, block.stop, reach.first, reach.facility, blocks.weights[one.decay],
                places.zone_city, one.right, one.offers, reach.minutes, one.level, one.by_zone,
                one.by_facility, one.kind, ease, choice or np.nan, one.found, one.counts,
            )  # fmt: skip
    return tuple(one.told() for one in asked)


def amounts(what: str, given: ArrayLike, count: int) -> Reals:
    """Return numbers that are finite and not negative (count,), some of them above zero.

    Raises
    ------
    InputError
        They are not.
    """
    values = np.ascontiguousarray(given, np.float64)
    if values.shape != (count,):
        raise InputError("access.shape", what=what, given=values.shape, needed=count)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("access.amount", what=what, row=row, given=float(values[row]))
    if not values.any():
        raise InputError("access.nothing", what=what, rows=count)
    return values


@dataclass(frozen=True, slots=True)
class _Block:
    """Zones from start to before stop, and the minutes of their pairs."""

    start: int
    stop: int
    minutes: Reals


class _Blocks:
    """Zones some at a time, so that what is reckoned of each pair stays in the cache.

    An array of every pair would cost more to get from the system and to write to memory than
    to reckon once more: each way through the zones fills the same small arrays anew.
    """

    def __init__(self, reach: Reach, decays: list[Decay]) -> None:
        self._reach = reach
        # Zones whose pairs begin in the same stretch of _PAIRS.
        stretch = reach.first[:-1] // _PAIRS
        self._starts = [0, *(np.flatnonzero(np.diff(stretch)) + 1).tolist(), reach.zones]
        most = int(np.diff(reach.first[self._starts]).max(initial=0))
        self.ease = np.zeros(most)
        #: Of the block that was given last, by decay.
        self.weights: dict[Decay, Reals] = {decay: np.empty(most) for decay in decays}

    def __iter__(self) -> Iterator[_Block]:
        first = self._reach.first
        for start, stop in pairwise(self._starts):
            minutes = self._reach.minutes[first[start] : first[stop]]
            for decay, weight in self.weights.items():
                decay_weights(decay, minutes, weight[: len(minutes)])
            yield _Block(start, stop, minutes)


class _Asked:
    """A service on its way: what is given, checked, and what is found so far."""

    def __init__(
        self,
        service: Service,
        kind: int,
        people: Reals,
        capacity: Reals,
        pi: Reals,
        facility_city: NDArray[np.int32],
    ) -> None:
        zones, facilities = len(people), len(capacity)
        self.name, self.decay, self.kind = service.name, service.decay, kind
        self.people, self.capacity, self.pi = people, capacity, pi
        self.offers = capacity > 0
        self.shared = kind in {THREE, BALANCED}
        #: pi of home cities at facilities (C, F), zero without capacity: one place to look at.
        self.right = np.where(self.offers, pi[:, facility_city], 0.0)
        #: Sums of w P by home city and facility, where demand is not shared.
        self.by_city = np.zeros((0 if self.shared else len(pi), facilities))
        #: Sums of e by zone and by facility, where demand is shared.
        self.by_zone, self.by_facility = np.zeros(zones), np.zeros(facilities)
        self.demand, self.level = np.zeros(facilities), np.zeros(facilities)
        #: Pairs far, closed and empty.
        self.counts = np.zeros(3, np.int64)
        #: Access, mean minutes, minutes to the nearest and the time to usable care.
        self.found = np.empty((4, zones))

    def set_level(self) -> None:
        """Turn demand into levels."""
        if not self.shared:
            # People of a city have one right at a facility: it is taken once, after the sum.
            self.demand[:] = np.einsum("cj,cj->j", self.right, self.by_city)
        if self.kind == POTENTIAL:
            self.level[:] = self.capacity
            return
        served = self.demand > 0
        self.level[served] = self.capacity[served] / self.demand[served]

    def told(self) -> Access:
        """Return what is found."""
        crowding = np.full(len(self.offers), np.nan)
        crowding[self.offers] = self.demand[self.offers] / self.capacity[self.offers]
        access, minutes, nearest, usable = self.found
        far, closed, empty = (int(count) for count in self.counts)
        return Access(
            self.name, self.people, self.capacity, access, self.demand, self.level, crowding,
            minutes, nearest, usable,
            np.flatnonzero(np.isinf(nearest) & (self.people > 0)).astype(np.int64),
            np.flatnonzero(self.offers & ~(self.demand > 0)).astype(np.int64),
            one_sided(self.pi),
            Dropped(
                far, closed, empty,
                np.flatnonzero(self.people == 0).astype(np.int64),
                np.flatnonzero(~self.offers).astype(np.int64),
            ),
        )  # fmt: skip


def _asked(reach: Reach, places: Places, everybody: Reals, service: Service) -> _Asked:
    """Return a service, checked."""
    if service.method not in get_args(Method):
        raise InputError("access.setting", what="method", given=service.method)
    people = everybody
    if service.people is not None:
        people = amounts(f"{service.name}: people", service.people, reach.zones)
    capacity = amounts(f"{service.name}: capacity", service.capacity, reach.facilities)
    pi = checked_permeability(service.pi, places.cities)
    kind = get_args(Method).index(service.method)
    return _Asked(service, kind, people, capacity, pi, places.facility_city)
