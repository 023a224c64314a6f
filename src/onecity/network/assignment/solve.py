"""Flows on roads: all or nothing, user equilibrium, system optimum."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from onecity.core.errors import InputError, RangeError
from onecity.network.graph import Nodes

from .delays import Reals, amounts, times_at
from .demand import Checked, Demand, checked
from .paths import Paths, adopt, balance, extend, load, no_paths, room_for, work_for
from .results import Assignment
from .roads import Roads

#: Rounds of moving flow between known paths before new ones are looked for, at most.
ROUNDS = 100
#: Rounds end sooner once the excess among known paths is this part of what it was among all.
ENOUGH = 0.03


def all_or_nothing(
    roads: Roads, demands: Demand | Sequence[Demand], *, flow: ArrayLike = 0.0
) -> Assignment:
    """Put every trip on its cheapest path at the costs of a given flow.

    Parameters
    ----------
    roads
        The network.
    demands
        One class of vehicles or several.
    flow
        Flow whose times count, passenger car units, shape (arcs,); none by default.

    Returns
    -------
    Times, costs and gap are those of the resulting flow.
    """
    demand = checked(roads, _listed(demands))
    time = roads.delays.time(amounts(flow, roads.arcs, "flow"))
    search = _Search(roads, demand, marginal=False)
    paths, least, _, _ = search.extended(no_paths(len(demand.pairs.group)), time)
    search.take(paths)
    _, least, total, excess = search.extended(paths, search.time)
    gaps = np.array([_ratio(excess, total)])
    return search.result(paths, least, gaps, converged=False)


def user_equilibrium(
    roads: Roads,
    demands: Demand | Sequence[Demand],
    *,
    gap: float = 1e-10,
    steps: int = 1000,
    start: Assignment | None = None,
) -> Assignment:
    """Return the flows at which no driver gains by taking another path (Wardrop's first).

    Source: Beckmann, McGuire, Winsten (1956), Studies in the Economics of Transportation; see
    `paths` for the method.

    Parameters
    ----------
    roads
        The network.
    demands
        One class of vehicles or several.
    gap
        Relative gap to reach, at least 0; below about 1e-14 rounding hides it.
    steps
        Searches for new paths after which to stop, at least 1.
    start
        A previous solution to begin from: of roads with the same arcs, or with the first of
        these; laws, costs and demand may differ.

    Raises
    ------
    InputError
        Demand that does not fit, a bad gap or number of steps, a start of other roads.
    RangeError
        So much flow for so little capacity that costs cannot be counted.
    """
    return _solve(roads, demands, gap, steps, start, marginal=False)


def system_optimum(
    roads: Roads,
    demands: Demand | Sequence[Demand],
    *,
    gap: float = 1e-10,
    steps: int = 1000,
    start: Assignment | None = None,
) -> Assignment:
    """Return the flows of least total cost (Wardrop's second): an equilibrium of marginal costs.

    Extra costs count as costs to all. Arguments as in `user_equilibrium`; with lorries, flows
    count in passenger car units.
    """
    return _solve(roads, demands, gap, steps, start, marginal=True)


def _solve(
    roads: Roads,
    demands: Demand | Sequence[Demand],
    gap: float,
    steps: int,
    start: Assignment | None,
    *,
    marginal: bool,
) -> Assignment:
    if not gap >= 0:
        raise InputError("assignment.bad_gap", given=gap)
    if steps < 1:
        raise InputError("assignment.bad_steps", given=steps)
    demand = checked(roads, _listed(demands))
    search = _Search(roads, demand, marginal=marginal)
    paths = no_paths(len(demand.pairs.group)) if start is None else _adopted(roads, demand, start)
    search.take(paths)
    paths, least, _, _ = search.extended(paths, search.time)
    gaps: list[float] = []
    while True:
        search.take(paths)
        more, least, total, excess = search.extended(paths, search.time)
        gaps.append(_ratio(excess, total))
        if gaps[-1] <= gap or len(gaps) >= steps:
            break
        paths = more
        search.level(paths, excess, total)
    return search.result(paths, least, np.array(gaps), converged=gaps[-1] <= gap)


class _Search:
    """The flow of the moment and the working memory to improve it."""

    def __init__(self, roads: Roads, demand: Checked, *, marginal: bool) -> None:
        self.roads = roads
        self.demand = demand
        self.marginal = marginal
        self.laws = roads.delays.laws()
        self.weights, self.room = room_for(roads.shape)
        parent = roads.shape.parent
        self.wanted = with_ancestors(parent, demand.pairs.target)
        self.volume = np.zeros_like(demand.fixed)
        self.flow = np.zeros(roads.arcs)
        self.time = self.slope = self.flow

    def take(self, paths: Paths) -> None:
        """Load the flow of paths, and let times follow."""
        load(self.demand.pairs, paths, self.volume)
        self.flow = self.volume.sum(axis=0)
        self.time, self.slope = times_at(self.laws, self.flow, self.marginal)

    def extended(self, paths: Paths, time: Reals) -> tuple[Paths, Reals, float, float]:
        """Return paths with the cheapest added, least costs, total cost and excess."""
        first, begin, arcs, flow, least, total, excess = extend(
            self.roads.shape, self.wanted, self.demand.pairs, self.demand.fixed, time, paths,
            self.weights, self.room,
        )  # fmt: skip
        return Paths(first, begin, arcs, flow), least, total, excess

    def level(self, paths: Paths, excess: float, total: float) -> None:
        """Move flow between the paths until little excess is left among them."""
        most = int(np.diff(paths.first).max(initial=0))
        longest = int(np.diff(paths.begin).max(initial=0))
        work = work_for(self.roads.arcs, longest, most)
        floor = 0.01 * excess / total
        for _ in range(ROUNDS):
            met = balance(
                self.laws, self.marginal, self.demand.pairs, self.demand.fixed, paths,
                self.flow, self.time, self.slope, work, floor,
            )  # fmt: skip
            if met <= ENOUGH * excess:
                break

    def result(self, paths: Paths, least: Reals, gaps: Reals, *, converged: bool) -> Assignment:
        """Return what was found."""
        load(self.demand.pairs, paths, self.volume)
        flow = self.volume.sum(axis=0)
        delays = self.roads.delays
        time = delays.time(flow)
        used = self.volume > 0
        extra = float((self.volume[used] * self.demand.fixed[used]).sum())
        shared = flow @ time if self.marginal else delays.integral(flow).sum()
        return Assignment(
            self.roads, self.demand, flow, self.volume / self.demand.size[:, None], time,
            time + self.demand.fixed, gaps, converged, float(shared) + extra, paths, least,
        )  # fmt: skip


def _listed(demands: Demand | Sequence[Demand]) -> Sequence[Demand]:
    return [demands] if isinstance(demands, Demand) else demands


def _ratio(excess: float, total: float) -> float:
    """Return the relative gap, or say that there is none."""
    if not np.isfinite(total):
        raise RangeError("assignment.too_full")
    return max(float(excess / total), 0.0) if total > 0 else 0.0


def with_ancestors(parent: Nodes, targets: Nodes) -> Nodes:
    """Return some positions and all their ancestors, ascending."""
    wanted = np.zeros(len(parent), np.bool_)
    reached = np.unique(targets)
    while reached.size:
        wanted[reached] = True
        reached = np.unique(parent[reached])
        reached = reached[reached >= 0]
        reached = reached[~wanted[reached]]
    return np.flatnonzero(wanted).astype(np.int32)


def _adopted(roads: Roads, demand: Checked, start: Assignment) -> Paths:
    """Return the paths of a previous solution, with the new demand on them."""
    old = start.roads
    if (
        old.n > roads.n
        or old.arcs > roads.arcs
        or not np.array_equal(old.tail, roads.tail[: old.arcs])
        or not np.array_equal(old.head, roads.head[: old.arcs])
        or not np.array_equal(old.ends_only, roads.ends_only[: old.n])
    ):
        raise InputError("assignment.other_roads")
    # Keys hold the number of nodes, which may have grown.
    m, pair = np.divmod(start.demand.key, np.int64(old.n) ** 2)
    key = (m * roads.n + pair // old.n) * roads.n + pair % old.n
    place = np.searchsorted(key, demand.key)
    found = np.append(key, -1)[place] == demand.key
    match = np.where(found, place, -1)
    return Paths(*adopt(demand.pairs, start.paths, match, demand.fixed))
