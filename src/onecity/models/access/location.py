"""Where to put new sites, so that people are nearest, most are covered, or all find room.

Solved as mixed-integer programmes on HiGHS, with the gap that it proves, and greedily beside it:
one site after another, the best each time. With w_i the weight of zone i, t_ij minutes, y_j whether
site j is there (existing sites are), x_ij the part of zone i given to j and u_i its part without:

* p-median (Hakimi 1964): least sum of w_i (sum_j t_ij x_ij + U u_i), x_ij <= y_j;
* maximal cover (Church & ReVelle 1974): most sum of w_i z_i, z_i <= sum of y_j within the limit;
* capacitated: the p-median with sum_i P_i x_ij <= S_j y_j; a zone may be split among sites.

Equity goes in by the weights (`sites.need`). Chosen sites to which nothing is given are left out:
they change nothing. The p-median and the cover look only at pairs that better what exists.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

from .measure import amounts
from .reach import kept
from .sites import Sites, Siting, nearest_of

#: Seconds after which the best answer so far is taken, with its gap.
PATIENCE = 60.0
#: Relative gap at which the search may stop.
GAP = 1e-6
#: Pairs up to which x_ij <= y_j is worth its rows where room already binds x to y: its bound is
#: tighter, but with many pairs hardly any of the tree is seen in time.
_LINKED = 20_000
#: HiGHS' statuses: solved, out of time with or without an answer.
_SOLVED, _LIMIT = 0, 1
Flags = NDArray[np.bool_]


def p_median(
    problem: Sites, new: int, *, seconds: float = PATIENCE, gap: float = GAP, greedy: bool = True
) -> Siting:
    """Return the sites that bring all weight nearest: `value` is weighted minutes.

    Parameters
    ----------
    problem
        Zones, sites, and which of them exist.
    new
        At most how many to add.
    seconds
        Time to search in.
    gap
        Relative gap at which to stop.
    greedy
        Whether to choose greedily as well.

    Raises
    ------
    InputError
        More or fewer new sites than can be, or no answer in time.
    """
    candidates = _candidates(problem, new)
    base, _ = nearest_of(problem, problem.existing)
    zone, site, saved = _gains(problem, base)
    found = _solved(_saving(problem, zone, site, saved, new), problem, seconds, gap)

    def value(chosen: Rows) -> float:
        return float(problem.weight @ nearest_of(problem, _there(problem, chosen))[0])

    def each(chosen: Rows) -> Reals:
        now = nearest_of(problem, _there(problem, chosen))[0]
        gain = problem.weight[zone] * np.maximum(now[zone] - (base[zone] - saved), 0.0)
        return np.bincount(site, gain, problem.reach.facilities).astype(np.float64)

    order = _greedily(candidates, new, each) if greedy else None
    _, nearest = nearest_of(problem, _there(problem, found.chosen))
    chosen = np.intersect1d(found.chosen, nearest[problem.weight > 0])
    minutes, nearest = nearest_of(problem, _there(problem, chosen))
    bound = float(problem.weight @ base) + found.bound
    return Siting(
        chosen,
        value(chosen),
        bound,
        _gap(value(chosen), bound, problem),
        minutes,
        (nearest >= 0).astype(np.float64),
        _load(problem, nearest),
        float("nan") if order is None else value(order),
        np.empty(0, np.int64) if order is None else order,
        found.proven,
    )


def maximal_cover(
    problem: Sites,
    new: int,
    limit: float,
    *,
    seconds: float = PATIENCE,
    gap: float = GAP,
    greedy: bool = True,
) -> Siting:
    """Return the sites with most weight within a limit: `value` is the weight covered.

    Parameters
    ----------
    problem, new, seconds, gap, greedy
        As in `p_median`.
    limit
        Minutes; a zone at the limit is covered.

    Raises
    ------
    InputError
        As `p_median`, or a limit that is not above zero.
    """
    if not (np.isfinite(limit) and limit > 0):
        raise InputError("access.setting", what="limit", given=limit)
    candidates = _candidates(problem, new)
    reach, weight = problem.reach, problem.weight
    covered = nearest_of(problem, problem.existing)
    done = (covered[1] >= 0) & (covered[0] <= limit)
    every = reach.zone()
    use = (reach.minutes <= limit) & ~done[every] & (weight[every] > 0)
    zone, site = every[use], reach.facility[use].astype(np.int64)
    found = _solved(_cover(problem, zone, site, new), problem, seconds, gap)

    def within(chosen: Rows) -> Flags:
        near, nearest = nearest_of(problem, _there(problem, chosen))
        return (nearest >= 0) & (near <= limit)

    def each(chosen: Rows) -> Reals:
        left = ~within(chosen)[zone]
        return np.bincount(site[left], weight[zone[left]], reach.facilities).astype(np.float64)

    order = _greedily(candidates, new, each) if greedy else None
    _, nearest = nearest_of(problem, _there(problem, found.chosen))
    chosen = np.intersect1d(found.chosen, nearest[within(found.chosen) & (weight > 0)])
    minutes, nearest = nearest_of(problem, _there(problem, chosen))
    served = within(chosen)
    nearest = np.where(served, nearest, -1)
    value = float(weight[served].sum())
    bound = float(weight[done].sum()) - found.bound
    return Siting(
        chosen,
        value,
        bound,
        _gap(value, bound, problem),
        minutes,
        served.astype(np.float64),
        _load(problem, nearest),
        float("nan") if order is None else float(weight[within(order)].sum()),
        np.empty(0, np.int64) if order is None else order,
        found.proven,
    )


def capacitated(
    problem: Sites,
    new: int,
    people: ArrayLike,
    capacity: ArrayLike,
    *,
    seconds: float = PATIENCE,
    gap: float = GAP,
    greedy: bool = True,
) -> Siting:
    """Return the sites that bring all weight nearest within what they hold.

    Greedy choice solves a transport problem for every candidate left, every time.

    Parameters
    ----------
    problem, new, seconds, gap, greedy
        As in `p_median`. `problem.weight` says how much a zone's minutes count.
    people
        Who need room, (Z,).
    capacity
        People that each site has room for, existing or new, (F,).

    Raises
    ------
    InputError
        As `p_median`, or wrong people or capacity.
    """
    candidates = _candidates(problem, new)
    need = amounts("people", people, problem.reach.zones)
    room = amounts("capacity", capacity, problem.reach.facilities)

    start = perf_counter()
    total = problem.unserved * float(problem.weight.sum())

    def filled(chosen: Rows) -> tuple[float, Reals]:
        """Return the least weighted minutes with these sites, and the part of each pair."""
        there = _there(problem, chosen)
        use = there[problem.reach.facility]
        some = replace(problem, reach=kept(problem.reach, use), existing=there)
        # Time for the search alone: what was chosen is always told in full.
        answer = _solved(_rooms(some, need, room, 0, linked=False), some, np.inf, 0.0)
        part = np.zeros(len(use))
        part[use] = answer.x
        return total + answer.value, part

    def each(chosen: Rows) -> Reals:
        now = filled(chosen)[0]
        gain = np.zeros(problem.reach.facilities)
        for one in np.setdiff1d(candidates, chosen):
            gain[one] = now - filled(np.append(chosen, one))[0]
        return gain

    # Where room is ample the p-median is the answer; in any case it is a bound and a start.
    ample = p_median(problem, new, seconds=seconds, gap=gap, greedy=False)
    chosen, (value, part), bound = ample.sites, filled(ample.sites), ample.bound
    proven = ample.proven
    left = seconds - (perf_counter() - start)
    if _gap(value, bound, problem) > gap and new and left > 0:
        linked = len(problem.reach.minutes) <= _LINKED
        found = _searched(_rooms(problem, need, room, new, linked=linked), problem, left, gap)
        proven = found is not None and found.proven
        if found is not None:
            bound = max(bound, total + found.bound)
            other = filled(found.chosen)
            if other[0] < value:
                chosen, (value, part) = found.chosen, other
    order = _greedily(candidates, new, each) if greedy else None
    zone, site = problem.reach.zone(), problem.reach.facility
    served = np.bincount(zone, part, problem.reach.zones).astype(np.float64)
    spent = np.bincount(zone, part * problem.reach.minutes, problem.reach.zones)
    load = np.bincount(site, part * need[zone], problem.reach.facilities)
    return Siting(
        chosen[load[chosen] > 0],
        value,
        bound,
        _gap(value, bound, problem),
        spent + problem.unserved * (1.0 - served),
        served,
        load.astype(np.float64),
        float("nan") if order is None else filled(order)[0],
        np.empty(0, np.int64) if order is None else order,
        proven,
    )


# --- Programmes -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Programme:
    """Least cost @ v with rows @ v <= upper and 0 <= v <= 1: parts first, one y a site last."""

    cost: Reals
    rows: csr_array
    upper: Reals


@dataclass(frozen=True, slots=True)
class _Found:
    """What HiGHS answered, and the candidates it took."""

    x: Reals
    value: float
    bound: float
    proven: bool
    chosen: Rows


def _saving(problem: Sites, zone: Rows, site: Rows, saved: Reals, new: int) -> _Programme:
    """Return the p-median as the most minutes saved."""
    pairs, sites = len(zone), problem.reach.facilities
    number = np.arange(pairs)
    ones = np.ones(pairs)
    split = csr_array((ones, (zone, number)), shape=(problem.reach.zones, pairs))
    there = csr_array((ones, (number, number)), shape=(pairs, pairs))
    needs = csr_array((-ones, (number, site)), shape=(pairs, sites))
    rows = [
        hstack([split, csr_array((problem.reach.zones, sites))]),
        hstack([there, needs]),
        _count(pairs, problem),
    ]
    upper = np.concatenate([np.ones(problem.reach.zones), np.zeros(pairs), [float(new)]])
    cost = np.concatenate([-problem.weight[zone] * saved, np.zeros(sites)])
    return _Programme(cost, vstack(rows, format="csr"), upper)


def _cover(problem: Sites, zone: Rows, site: Rows, new: int) -> _Programme:
    """Return the cover of zones by the sites of their pairs."""
    names, place = np.unique(zone, return_inverse=True)
    zones, sites = len(names), problem.reach.facilities
    number = np.arange(zones)
    one = csr_array((np.ones(zones), (number, number)), shape=(zones, zones))
    by = csr_array((-np.ones(len(site)), (place, site)), shape=(zones, sites))
    rows = [hstack([one, by]), _count(zones, problem)]
    cost = np.concatenate([-problem.weight[names], np.zeros(sites)])
    upper = np.concatenate([np.zeros(zones), [float(new)]])
    return _Programme(cost, vstack(rows, format="csr"), upper)


def _rooms(
    problem: Sites, need: Reals, room: Reals, new: int, *, linked: bool = True
) -> _Programme:
    """Return the capacitated problem, less what all cost unserved.

    `linked` adds x_ij <= y_j, which room implies for whole sites: it only makes the bound tighter,
    and is of no use where it is known which sites are there.
    """
    reach = problem.reach
    zone, site = reach.zone(), reach.facility.astype(np.int64)
    pairs, sites = len(zone), reach.facilities
    number, ones = np.arange(pairs), np.ones(pairs)
    split = csr_array((ones, (zone, number)), shape=(reach.zones, pairs))
    # A room in units of itself: rows of one size, whatever the people.
    size = np.where(room > 0, room, 1.0)
    holds = csr_array((need[zone] / size[site], (site, number)), shape=(sites, pairs))
    full = csr_array((-(room > 0).astype(float), (np.arange(sites),) * 2), shape=(sites, sites))
    rows = [
        hstack([split, csr_array((reach.zones, sites))]),
        hstack([holds, full]),
        _count(pairs, problem),
    ]
    upper = [np.ones(reach.zones), np.zeros(sites), np.array([float(new)])]
    if linked:
        there = csr_array((ones, (number, number)), shape=(pairs, pairs))
        needs = csr_array((-ones, (number, site)), shape=(pairs, sites))
        rows.append(hstack([there, needs]))
        upper.append(np.zeros(pairs))
    gain = problem.weight[zone] * (problem.unserved - reach.minutes)
    cost = np.concatenate([-gain, np.zeros(sites)])
    return _Programme(cost, vstack(rows, format="csr"), np.concatenate(upper))


def _count(parts: int, problem: Sites) -> csr_array:
    """Return the row that counts new sites."""
    new = np.flatnonzero(~problem.existing)
    shape = (1, parts + problem.reach.facilities)
    return csr_array((np.ones(len(new)), (np.zeros(len(new), int), parts + new)), shape=shape)


def _solved(programme: _Programme, problem: Sites, seconds: float, gap: float) -> _Found:
    """Return the least of a programme.

    Raises
    ------
    InputError
        No answer in time.
    """
    found = _searched(programme, problem, seconds, gap)
    if found is None:
        raise InputError("access.no_answer", seconds=seconds)
    return found


def _searched(programme: _Programme, problem: Sites, seconds: float, gap: float) -> _Found | None:
    """Return the least of a programme, or None where no answer was found in time.

    Raises
    ------
    InputError
        Settings out of range.
    """
    if not seconds > 0:
        raise InputError("access.setting", what="seconds", given=seconds)
    if not (np.isfinite(gap) and gap >= 0):
        raise InputError("access.setting", what="gap", given=gap)
    sites = len(problem.existing)
    parts = len(programme.cost) - sites
    if not len(programme.cost):
        return _Found(np.empty(0), 0.0, 0.0, proven=True, chosen=np.empty(0, np.int64))
    integral = np.concatenate([np.zeros(parts), ~problem.existing])
    least = np.concatenate([np.zeros(parts), problem.existing])
    # Costs of about one: HiGHS' tolerances are absolute.
    size = float(np.abs(programme.cost).max(initial=0.0)) or 1.0
    answer: Any = milp(
        programme.cost / size,
        integrality=integral,
        bounds=Bounds(least, np.ones(len(least))),
        constraints=LinearConstraint(programme.rows, -np.inf, programme.upper),
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    if answer.status not in {_SOLVED, _LIMIT}:
        # Nothing chosen is always allowed, and parts are bounded: only a fault is left.
        raise ArithmeticError(answer.message)
    if answer.x is None:
        return None
    bound = answer.fun if answer.mip_dual_bound is None else answer.mip_dual_bound
    taken = (answer.x[parts:] > 0.5) & ~problem.existing
    return _Found(
        np.clip(answer.x[:parts], 0.0, 1.0),
        float(answer.fun) * size,
        float(bound) * size,
        answer.status == _SOLVED,
        np.flatnonzero(taken).astype(np.int64),
    )


# --- Pieces ---------------------------------------------------------------------


def _candidates(problem: Sites, new: int) -> Rows:
    rows = np.flatnonzero(~problem.existing).astype(np.int64)
    if not 0 <= new <= len(rows):
        raise InputError("access.new_sites", given=new, candidates=len(rows))
    return rows


def _there(problem: Sites, chosen: Rows) -> Flags:
    there = problem.existing.copy()
    there[chosen] = True
    return there


def _gains(problem: Sites, base: Reals) -> tuple[Rows, Rows, Reals]:
    """Return zone, site and minutes saved of the pairs that better what exists."""
    zone = problem.reach.zone()
    saved = base[zone] - problem.reach.minutes
    use = (saved > 0) & (problem.weight[zone] > 0) & ~problem.existing[problem.reach.facility]
    return zone[use], problem.reach.facility[use].astype(np.int64), saved[use]


def _greedily(candidates: Rows, new: int, each: Callable[[Rows], Reals]) -> Rows:
    """Return sites chosen one after another, the first of those that give most each time."""
    chosen = np.empty(0, np.int64)
    for _ in range(new):
        left = np.setdiff1d(candidates, chosen)
        gain = each(chosen)[left]
        if not (gain > 0).any():
            break
        chosen = np.append(chosen, left[int(np.argmax(gain))])
    return chosen


def _load(problem: Sites, nearest: Rows) -> Reals:
    some = nearest >= 0
    sites = problem.reach.facilities
    return np.bincount(nearest[some], problem.weight[some], sites).astype(np.float64)


def _gap(value: float, bound: float, problem: Sites) -> float:
    """Return the relative distance, zero within the last digits of the numbers it is made of."""
    apart = abs(value - bound)
    size = float(problem.weight.sum()) * problem.unserved
    if apart <= 1e-9 * abs(value) + 1e-12 * size:
        return 0.0
    return apart / abs(value) if value else float("inf")
