"""Links built together: benefits interact, so each choice is followed by a new look at the rest.

Together two links may give less than the sum of both (they serve the same trips) or more (one
leads to the other), so no bound spares a look: every round scans every candidate left.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE, Progress
from onecity.network import Network
from onecity.network.tiles import MEMORY_LIMIT

from .candidates import Candidates, checked_candidates
from .demand import Gravity
from .kernel import Counts, Reals
from .scanning import LinkScan, Task, scan_task


@dataclass(frozen=True, slots=True)
class Choice:
    """Links chosen one after another.

    Attributes
    ----------
    chosen : int64 (K,)
        Rows of the candidates, the first choice first.
    benefit : float64 (K,)
        What each adds to those before it, demand times seconds; their sum is what all give
        together.
    newly_reached : float64 (K,)
        Demand each newly joins, see `LinkScan`.
    alone : LinkScan
        What every candidate gives if it alone is built.
    cost : float64 (K,) or None
        Of each, where costs were given.
    """

    chosen: Counts
    benefit: Reals
    newly_reached: Reals
    alone: LinkScan
    cost: Reals | None

    @property
    def total(self) -> float:
        """What all chosen links give together."""
        return float(self.benefit.sum())


@dataclass(frozen=True, slots=True)
class Together:
    """What some links give if all are built.

    Attributes
    ----------
    benefit : float64
        Demand times seconds saved by pairs joined before.
    newly_reached : float64
        Demand of pairs newly joined; of a `Gravity`, at the time after the first link, in the
        order given, that joins them.
    step : float64 (L,)
        What each adds to those before it, in the order given.
    """

    benefit: float
    newly_reached: float
    step: Reals


@dataclass(frozen=True, slots=True)
class PairScan:
    """What every two candidates give if both are built.

    Attributes
    ----------
    benefit : float64 (L, L)
        Symmetric; the diagonal is each alone.
    newly_reached : float64 (L, L)
        See `Together`, the earlier row built first.
    best : tuple of two int
        Rows of the pair of highest benefit; of equal ones the first.
    """

    benefit: Reals
    newly_reached: Reals
    best: tuple[int, int]


def choose(
    network: Network,
    zones: ArrayLike,
    demand: ArrayLike | Gravity,
    tail: ArrayLike,
    head: ArrayLike,
    seconds: ArrayLike,
    *,
    both_ways: ArrayLike = True,
    count: int | None = None,
    costs: ArrayLike | None = None,
    budget: float | None = None,
    reached_seconds: float = 0.0,
    threads: int | None = None,
    memory_limit: int = MEMORY_LIMIT,
    progress: Progress = SILENCE,
) -> Choice:
    """Choose links one by one, each time the one that adds most to those chosen before.

    With `costs`, the one that adds most per unit of cost among those the budget still allows.
    Ends when nothing affordable adds anything. A rule, not an optimum: see `scan_pairs`. Of
    equal candidates the first is taken. The demand stays that of the network before anything is
    built.

    Parameters
    ----------
    network, zones, demand, tail, head, seconds, both_ways, threads, memory_limit, progress
        See `scan`; each round is a scan.
    count
        How many to choose at most.
    costs
        Of each candidate, shape (L,), above zero, in any unit.
    budget
        What the chosen may cost together; needs `costs`.
    reached_seconds
        Seconds that one unit of demand newly joined counts for in the choice. With 0, a link is
        never chosen for joining what no path joins.

    Raises
    ------
    InputError, RangeError
        See `scan`; also where neither `count` nor `budget` says when to stop, or costs do not
        fit.
    """
    task = Task.of(network, zones, demand, None, threads, memory_limit, progress)
    links = checked_candidates(tail, head, seconds, both_ways, network.n)
    prices, left = _checked_budget(len(links), count, costs, budget)
    most = len(links) if count is None else min(count, len(links))
    worth = _worth(reached_seconds)
    found = alone = scan_task(task, links)
    rest = np.arange(len(links))
    chosen: list[int] = []
    added: list[tuple[float, float]] = []
    while len(chosen) < most:
        score = found.benefit + worth * found.newly_reached
        score = np.where(prices[rest] <= left, score / prices[rest], 0.0)
        if not score.size or score.max() <= 0:
            break
        place = int(np.argmax(score))
        row = int(rest[place])
        chosen.append(row)
        added.append((float(found.benefit[place]), float(found.newly_reached[place])))
        left -= prices[row]
        rest = np.delete(rest, place)
        if len(chosen) < most:
            task = _with(task, links, row)
            found = scan_task(task, links.at(rest))
    steps = np.array(added, np.float64).reshape(-1, 2)
    return Choice(
        chosen=np.array(chosen, np.int64),
        benefit=steps[:, 0],
        newly_reached=steps[:, 1],
        alone=alone,
        cost=None if costs is None else prices[chosen],
    )


def together(
    network: Network,
    zones: ArrayLike,
    demand: ArrayLike | Gravity,
    tail: ArrayLike,
    head: ArrayLike,
    seconds: ArrayLike,
    *,
    both_ways: ArrayLike = True,
    threads: int | None = None,
    memory_limit: int = MEMORY_LIMIT,
    progress: Progress = SILENCE,
) -> Together:
    """Return what links give if all are built; parameters and errors as of `scan`."""
    task = Task.of(network, zones, demand, None, threads, memory_limit, progress)
    links = checked_candidates(tail, head, seconds, both_ways, network.n)
    step, reached = np.zeros(len(links)), np.zeros(len(links))
    for row in range(len(links)):
        found = scan_task(task, links.at(np.array([row])))
        step[row], reached[row] = found.benefit[0], found.newly_reached[0]
        task = _with(task, links, row)
    return Together(float(step.sum()), float(reached.sum()), step)


def scan_pairs(
    network: Network,
    zones: ArrayLike,
    demand: ArrayLike | Gravity,
    tail: ArrayLike,
    head: ArrayLike,
    seconds: ArrayLike,
    *,
    both_ways: ArrayLike = True,
    threads: int | None = None,
    memory_limit: int = MEMORY_LIMIT,
    progress: Progress = SILENCE,
) -> PairScan:
    """Return what every two of a few candidates give together, exactly.

    Takes as long as L scans and 16 bytes for each two candidates, so it is for hundreds of
    them, not thousands. Parameters and errors as of `scan`, and there must be two candidates.
    """
    task = Task.of(network, zones, demand, None, threads, memory_limit, progress)
    links = checked_candidates(tail, head, seconds, both_ways, network.n)
    if len(links) < 2:
        raise InputError("models.pair_of_links", given=len(links))
    alone = scan_task(task, links)
    benefit, reached = np.diag(alone.benefit), np.diag(alone.newly_reached)
    for row in range(len(links) - 1):
        later = np.arange(row + 1, len(links))
        found = scan_task(_with(task, links, row), links.at(later))
        benefit[row, later] = benefit[later, row] = alone.benefit[row] + found.benefit
        reached[row, later] = reached[later, row] = alone.newly_reached[row] + found.newly_reached
    upper = np.where(np.triu(np.ones(benefit.shape, np.bool_), 1), benefit, -1.0)
    first, second = np.unravel_index(int(np.argmax(upper)), upper.shape)
    return PairScan(benefit, reached, (int(first), int(second)))


def _with(task: Task, links: Candidates, row: int) -> Task:
    """Return the task after a candidate has been built."""
    tail, head, ms = int(links.tail[row]), int(links.head[row]), int(links.ms[row])
    ways = task.ways.with_link(tail, head, ms)
    if links.both_ways[row]:
        ways = ways.with_link(head, tail, ms)
    return replace(task, ways=ways)


def _checked_budget(
    links: int, count: int | None, costs: ArrayLike | None, budget: float | None
) -> tuple[Reals, float]:
    """Return the cost of each candidate and what may be spent; 1 each and no limit if free."""
    if count is None and budget is None:
        raise InputError("models.choice_endless")
    if count is not None and (isinstance(count, bool) or count != int(count) or count < 0):
        raise InputError("models.choice_count", given=count)
    if costs is None:
        if budget is not None:
            raise InputError("models.choice_no_costs")
        return np.ones(links), np.inf
    prices: NDArray[np.float64] = np.asarray(costs, np.float64)
    if prices.shape != (links,):
        raise InputError("models.costs_shape", given=prices.shape, links=links)
    wrong = ~(prices > 0) | np.isinf(prices)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("models.cost_value", row=row, given=float(prices[row]))
    if budget is None:
        return prices, np.inf
    if not budget >= 0:
        raise InputError("models.choice_budget", given=budget)
    return prices, float(budget)


def _worth(reached_seconds: float) -> float:
    if not 0 <= reached_seconds < np.inf:
        raise InputError("models.reached_seconds", given=reached_seconds)
    return float(reached_seconds)
