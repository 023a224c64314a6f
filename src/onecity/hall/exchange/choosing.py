"""Which exchanges of data to open, so that most visits, documents and days are spared.

An exchange spares some of what is asked by itself (a document nobody has to hand in again). Other
gains come only together: a visit disappears when *all* the documents that force it are exchanged,
and waiting ends only when the slowest document no longer has to be waited for. With y_e whether
exchange e is open, a_e what it gives alone, z_g whether all exchanges of group g are open and b_g
what that gives:

    most sum a_e y_e + sum b_g z_g,   z_g <= y_e for e in g,   sum c_e y_e <= budget, y binary.

This is a set-union knapsack (Goldschmidt, Nehme & Yu 1994), hard in general; without the budget it
is a closure problem (Picard 1976) whose linear relaxation is exact, so that the relaxation bounds
well. It is solved by HiGHS as a mixed-integer programme whose gap is reported; the answers of two
greedy rules stand beside it, as offices choose by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from onecity.core.errors import InputError

Reals = NDArray[np.float64]
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

PATIENCE = 60.0
"""Seconds after which the best answer so far is taken, with its gap."""
GAP = 1e-6
"""Relative gap at which the search may stop."""
_SOLVED, _LIMIT = 0, 1
_SPARE = 1e-9
"""Of the budget: costs added up in another order differ by less."""


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Exchanges to choose from; make one with `of`.

    Attributes
    ----------
    alone : float64 (E,)
        What each gives by itself.
    cost : float64 (E,)
        What each costs; above zero.
    group : int64 (M,), member : int64 (M,)
        Groups and their exchanges, sorted by group, each pair once; groups have two or more.
    gain : float64 (G,)
        What a group gives once all its exchanges are open.
    """

    alone: Reals
    cost: Reals
    group: Rows
    member: Rows
    gain: Reals

    @classmethod
    def of(
        cls,
        alone: ArrayLike,
        groups: Sequence[Sequence[int]],
        gain: ArrayLike,
        cost: ArrayLike | None = None,
    ) -> "Choices":
        """Return choices with equal groups merged and groups of one given to their exchange.

        Raises
        ------
        InputError
            A gain or cost is negative or no number, a cost is zero, or a group names an exchange
            that is not there.
        """
        own = np.array(alone, dtype=np.float64)
        gains = np.asarray(gain, dtype=np.float64)
        costs = np.ones(len(own)) if cost is None else np.array(cost, dtype=np.float64)
        _finite("hall_exchange.exchange_gain", own)
        _finite("hall_exchange.exchange_group_gain", gains)
        _finite("hall_exchange.exchange_cost", costs)
        if len(costs) != len(own) or len(gains) != len(groups):
            raise InputError("hall_exchange.lengths", given=len(costs), expected=len(own))
        if (costs == 0).any():
            raise InputError("hall_exchange.no_cost", row=int(np.argmin(costs)))
        merged: dict[tuple[int, ...], float] = {}
        for members, value in zip(groups, gains.tolist(), strict=True):
            key = tuple(sorted(set(members)))
            if key and not 0 <= key[0] <= key[-1] < len(own):
                raise InputError("hall_exchange.no_exchange", given=key[-1], count=len(own))
            if len(key) == 1:
                own[key[0]] += value
            elif key and value > 0:
                merged[key] = merged.get(key, 0.0) + value
        keys = sorted(merged)
        return cls(
            own,
            costs,
            np.repeat(np.arange(len(keys)), [len(key) for key in keys]).astype(np.int64),
            np.array([one for key in keys for one in key], dtype=np.int64),
            np.array([merged[key] for key in keys], dtype=np.float64),
        )

    def __len__(self) -> int:
        """Return the number of exchanges."""
        return len(self.alone)

    def value(self, chosen: Flags) -> float:
        """Return what a set of exchanges gives."""
        closed = np.bincount(self.group, ~chosen[self.member], minlength=len(self.gain))
        return float(self.alone[chosen].sum() + self.gain[closed == 0].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which exchanges to open.

    Attributes
    ----------
    chosen : bool (E,)
        The best set found.
    value, bound
        What it gives, and what no set can exceed.
    single, grouped : bool (E,)
        The sets by the two greedy rules: always the best single exchange; always the group that
        gives most for what it costs.
    single_value, grouped_value
        What these give.
    seconds
        Time the search took.
    """

    chosen: Flags
    value: float
    bound: float
    single: Flags
    single_value: float
    grouped: Flags
    grouped_value: float
    seconds: float

    @property
    def gap(self) -> float:
        """By how much the best set might at most be beaten, relative to `bound`."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def choose(
    problem: Choices, budget: float, *, seconds: float = PATIENCE, gap: float = GAP
) -> Choice:
    """Return the exchanges that give most within a budget: a number of them where each costs 1.

    Raises
    ------
    InputError
        The budget is negative or no number.
    """
    if not (np.isfinite(budget) and budget >= 0):
        raise InputError("hall_exchange.budget", given=budget)
    begun = perf_counter()
    single, grouped = greedy_single(problem, budget), greedy_grouped(problem, budget)
    tries = [single, grouped]
    bound = problem.value(np.ones(len(problem), dtype=bool))
    if len(problem) and problem.cost.sum() <= budget * (1 + _SPARE):
        tries.append(np.ones(len(problem), dtype=bool))
    elif len(problem) and bound > 0:
        answer = _solved(problem, budget, seconds, gap)
        if answer.mip_dual_bound is not None:
            bound = min(bound, -float(answer.mip_dual_bound))
        if answer.x is not None:
            tries.append(np.round(answer.x[: len(problem)]).astype(bool))
    values = [problem.value(one) for one in tries]
    best = int(np.argmax(values))
    return Choice(
        tries[best],
        values[best],
        max(bound, values[best]),
        single,
        values[0],
        grouped,
        values[1],
        perf_counter() - begun,
    )


def greedy_single(problem: Choices, budget: float) -> Flags:
    """Return exchanges chosen one by one, each time the one that gives most for its cost.

    It cannot see that two together give what neither gives alone: shown for comparison.
    """
    chosen = np.zeros(len(problem), dtype=bool)
    lacking = np.bincount(problem.group, minlength=len(problem.gain))
    left = budget
    while True:
        open_to = ~chosen & (problem.cost <= left + _SPARE * budget)
        last = (lacking[problem.group] == 1) & ~chosen[problem.member]
        gains = problem.alone.copy()
        np.add.at(gains, problem.member[last], problem.gain[problem.group[last]])
        rate = np.where(open_to, gains / problem.cost, -1.0)
        if not len(rate) or rate.max() <= 0:
            return chosen
        taken = int(rate.argmax())
        chosen[taken] = True
        left -= problem.cost[taken]
        lacking -= np.bincount(problem.group[problem.member == taken], minlength=len(problem.gain))


def greedy_grouped(problem: Choices, budget: float) -> Flags:
    """Return exchanges chosen by groups: each time what is lacking of the best one for its cost.

    What a candidate gives counts all groups that it completes by itself.
    """
    chosen = np.zeros(len(problem), dtype=bool)
    count = len(problem.gain)
    starts = np.searchsorted(problem.group, np.arange(count + 1))
    left = budget
    while True:
        missing = ~chosen[problem.member]
        price = np.bincount(problem.group, missing * problem.cost[problem.member], minlength=count)
        own = np.bincount(problem.group, missing * problem.alone[problem.member], minlength=count)
        fits = (price > 0) & (price <= left + _SPARE * budget)
        rate = np.where(fits, (problem.gain + own) / np.where(price > 0, price, 1.0), -1.0)
        lone = np.where(
            ~chosen & (problem.cost <= left + _SPARE * budget), problem.alone / problem.cost, -1.0
        )
        best_group = int(rate.argmax()) if count else -1
        best_lone = int(lone.argmax()) if len(lone) else -1
        by_group = rate[best_group] if count else -1.0
        by_lone = lone[best_lone] if len(lone) else -1.0
        if max(by_group, by_lone) <= 0:
            return chosen
        if by_group >= by_lone:
            taken = problem.member[starts[best_group] : starts[best_group + 1]]
            taken = taken[~chosen[taken]]
        else:
            taken = np.array([best_lone])
        chosen[taken] = True
        left -= float(problem.cost[taken].sum())


def _solved(problem: Choices, budget: float, seconds: float, gap: float) -> OptimizeResult:
    """Return what HiGHS answers; z is left continuous, as it is whole where y is."""
    exchanges, groups, pairs = len(problem), len(problem.gain), len(problem.group)
    rows = np.arange(pairs)
    ties = csr_array(
        (
            np.concatenate([np.ones(pairs), -np.ones(pairs)]),
            (
                np.concatenate([rows, rows]),
                np.concatenate([exchanges + problem.group, problem.member]),
            ),
        ),
        shape=(pairs, exchanges + groups),
    )
    spent = csr_array(np.concatenate([problem.cost, np.zeros(groups)])[None, :])
    constraints = [LinearConstraint(spent, -np.inf, budget)]
    if pairs:
        constraints.append(LinearConstraint(ties, -np.inf, 0.0))
    answer = milp(
        -np.concatenate([problem.alone, problem.gain]),
        integrality=np.concatenate([np.ones(exchanges), np.zeros(groups)]),
        bounds=Bounds(0.0, 1.0),
        constraints=constraints,
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    if answer.status not in {_SOLVED, _LIMIT}:
        raise InputError("hall_exchange.no_answer", reason=answer.message)
    return answer


def _finite(key: str, given: Reals) -> None:
    wrong = ~(np.isfinite(given) & (given >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(key, row=row, given=float(given[row]))
