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

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

from .borders import Places, checked_permeability, one_sided
from .decay import Decay, Steps, decay_weights
from .reach import Reach

Method = Literal["potential", "two-step", "three-step", "modified", "balanced"]
#: Per minute; how sharply the nearer of two facilities is preferred in the time to usable care.
CHOICE = 0.1
#: Below it exp begins to lose digits.
_SMALL = 1e-290
_POTENTIAL, _TWO, _THREE, _MODIFIED, _BALANCED = range(5)


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
        without any.
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
    choice: float = CHOICE,
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
        Per minute, see `Access.choice`.

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
    if not (np.isfinite(choice) and choice > 0):
        raise InputError("access.setting", what="choice", given=choice)
    everybody = amounts("people", people, reach.zones)
    # All at once, where vector instructions serve; kernels would call it pair by pair.
    ease = np.exp(-choice * reach.minutes)
    weights: dict[Decay, Reals] = {}
    found = []
    for service in services:
        if service.decay not in weights:
            weights[service.decay] = decay_weights(service.decay, reach.minutes)
        weight = weights[service.decay]
        found.append(_one(reach, places, everybody, service, weight, ease, choice))
    return tuple(found)


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


def _one(
    reach: Reach,
    places: Places,
    everybody: Reals,
    service: Service,
    weight: Reals,
    ease: Reals,
    choice: float,
) -> Access:
    """Return the access to one service; `ease` is exp(-choice t) of every pair."""
    if service.method not in get_args(Method):
        raise InputError("access.setting", what="method", given=service.method)
    kind = get_args(Method).index(service.method)
    people = everybody
    if service.people is not None:
        people = amounts(f"{service.name}: people", service.people, reach.zones)
    capacity = amounts(f"{service.name}: capacity", service.capacity, reach.facilities)
    pi = checked_permeability(service.pi, places.cities)
    pairs = (
        reach.first, reach.facility, weight, pi, places.zone_city, places.facility_city,
        capacity > 0,
    )  # fmt: skip
    by_zone, by_facility, demand, counts = _totals(*pairs, people)
    if kind in {_THREE, _BALANCED}:
        demand = _shared_demand(*pairs, people, by_zone, kind)
    asked = demand > 0
    level = np.zeros(reach.facilities)
    if kind == _POTENTIAL:
        level[:] = capacity
    else:
        level[asked] = capacity[asked] / demand[asked]
    got, minutes, nearest, usable = _access(
        *pairs, reach.minutes, level, by_zone, by_facility, kind, ease, choice
    )
    crowding = np.full(reach.facilities, np.nan)
    offers = capacity > 0
    crowding[offers] = demand[offers] / capacity[offers]
    return Access(
        service.name, people, capacity, got, demand, level, crowding, minutes, nearest, usable,
        np.flatnonzero((by_zone == 0) & (people > 0)).astype(np.int64),
        np.flatnonzero(offers & ~asked).astype(np.int64),
        one_sided(pi),
        Dropped(
            int(counts[0]), int(counts[1]), int(counts[2]),
            np.flatnonzero(people == 0).astype(np.int64),
            np.flatnonzero(~offers).astype(np.int64),
        ),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _totals(  # type: ignore[no-untyped-def]
    first, facility, weight, pi, home, host, offers, people
):
    """Return sums of e by zone and by facility, of e P, and pairs far, closed and empty."""
    by_zone = np.zeros(len(first) - 1)
    by_facility, demand = np.zeros(len(host)), np.zeros(len(host))
    counts = np.zeros(3, np.int64)
    for i in range(len(first) - 1):
        right = pi[home[i]]
        total = 0.0
        for k in range(first[i], first[i + 1]):
            j = facility[k]
            if not offers[j]:
                counts[2] += 1
                continue
            if weight[k] == 0.0:
                counts[0] += 1
                continue
            e = right[host[j]] * weight[k]
            if e == 0.0:
                counts[1] += 1
                continue
            total += e
            by_facility[j] += e
            demand[j] += e * people[i]
        by_zone[i] = total
    return by_zone, by_facility, demand, counts


@njit(cache=True, nogil=True)
def _shared_demand(  # type: ignore[no-untyped-def]
    first, facility, weight, pi, home, host, offers, people, by_zone, kind
):
    """Return the people who ask for each facility where a zone's are shared among them."""
    demand = np.zeros(len(host))
    for i in range(len(first) - 1):
        if people[i] == 0.0 or by_zone[i] == 0.0:
            continue
        right = pi[home[i]]
        for k in range(first[i], first[i + 1]):
            j = facility[k]
            if not offers[j]:
                continue
            e = right[host[j]] * weight[k]
            # The quotient first: it is at most one, while e * e may be too small for a number.
            share = e / by_zone[i]
            demand[j] += (e * share if kind == _THREE else share) * people[i]
    return demand


@njit(cache=True, nogil=True)
def _access(  # type: ignore[no-untyped-def]
    first, facility, weight, pi, home, host, offers, minutes, level, by_zone, by_facility, kind,
    ease, choice,
):  # fmt: skip
    """Return access, mean minutes, minutes to the nearest and the time to usable care by zone."""
    zones = len(first) - 1
    access, mean = np.zeros(zones), np.full(zones, np.nan)
    nearest, usable = np.full(zones, np.inf), np.full(zones, np.inf)
    for i in range(zones):
        right = pi[home[i]]
        got = way = total = 0.0
        near = np.inf
        for k in range(first[i], first[i + 1]):
            j = facility[k]
            if not offers[j]:
                continue
            part = right[host[j]]
            e = part * weight[k]
            if e == 0.0:
                continue
            near = min(near, minutes[k])
            total += part * ease[k]
            if kind == _THREE:
                e *= e / by_zone[i]
            elif kind == _MODIFIED:
                e *= weight[k]
            elif kind == _BALANCED:
                e /= by_facility[j]
            got += e * level[j]
            way += e * level[j] * minutes[k]
        access[i] = got
        if got > 0.0:
            mean[i] = way / got
        if near == np.inf:
            continue
        nearest[i] = near
        if total > _SMALL:
            usable[i] = -np.log(total) / choice
            continue
        # So far away that exp leaves the range of numbers: counted from the nearest.
        total = 0.0
        for k in range(first[i], first[i + 1]):
            j = facility[k]
            if offers[j] and weight[k] > 0.0:
                total += right[host[j]] * np.exp(-choice * (minutes[k] - near))
        usable[i] = near - np.log(total) / choice
    return access, mean, nearest, usable
