"""Choosing exchanges: against every subset, closed forms, and hard shapes."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.hall.exchange.choosing import Choices, choose, greedy_grouped, greedy_single


def best_of_all(problem: Choices, budget: float) -> float:
    """Try every set."""
    best = 0.0
    for size in range(len(problem) + 1):
        for rows in combinations(range(len(problem)), size):
            chosen = np.zeros(len(problem), dtype=bool)
            chosen[list(rows)] = True
            if problem.cost[chosen].sum() <= budget + 1e-9:
                best = max(best, slow_value(problem, chosen))
    return best


def slow_value(problem: Choices, chosen: np.ndarray) -> float:
    found = sum(problem.alone[row] for row in range(len(problem)) if chosen[row])
    for group in range(len(problem.gain)):
        if all(chosen[one] for one in problem.member[problem.group == group]):
            found += problem.gain[group]
    return float(found)


GAINS = st.integers(0, 20).map(float)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Choices, float]:
    count = draw(st.integers(0, 7))
    alone = draw(st.lists(GAINS, min_size=count, max_size=count))
    cost = draw(st.lists(st.integers(1, 4).map(float), min_size=count, max_size=count))
    members = st.lists(st.integers(0, max(count - 1, 0)), max_size=4) if count else st.just([])
    groups = draw(st.lists(members, max_size=6))
    gain = draw(st.lists(GAINS, min_size=len(groups), max_size=len(groups)))
    return Choices.of(alone, groups, gain, cost), float(draw(st.integers(0, 12)))


@given(problems())
def test_the_best_set_is_the_best_of_all(asked: tuple[Choices, float]) -> None:
    problem, budget = asked
    found = choose(problem, budget)
    assert found.value == pytest.approx(best_of_all(problem, budget), abs=1e-6)
    assert found.bound >= found.value
    assert found.gap <= 1e-5
    for chosen in (found.chosen, found.single, found.grouped):
        assert problem.cost[chosen].sum() <= budget + 1e-6
        assert problem.value(chosen) == pytest.approx(slow_value(problem, chosen))
    assert found.single_value <= found.value + 1e-9
    assert found.grouped_value <= found.value + 1e-9


def test_a_visit_disappears_only_when_all_that_forces_it_is_exchanged() -> None:
    # Two documents force 100 visits together; a third spares 10 documents by itself.
    problem = Choices.of([0.0, 0.0, 10.0], [[0, 1]], [100.0])
    assert choose(problem, 1).value == 10.0
    both = choose(problem, 2)
    assert both.value == 100.0
    assert both.chosen.tolist() == [True, True, False]
    # The one who always takes the best single exchange never finds the pair.
    assert both.single_value == 10.0
    assert both.grouped_value == 100.0


def test_greedy_by_groups_is_not_always_best() -> None:
    # The pair is better for its price, but the three others together are best for three.
    problem = Choices.of(np.zeros(5), [[0, 1], [2, 3, 4]], [10.0, 14.0])
    found = choose(problem, 3)
    assert found.value == 14.0
    assert problem.value(greedy_grouped(problem, 3)) == 10.0


def test_equal_groups_are_one_and_groups_of_one_are_none() -> None:
    problem = Choices.of([1.0, 0.0, 0.0], [[1, 2], [2, 1, 1], [0], []], [3.0, 4.0, 5.0, 6.0])
    assert problem.gain.tolist() == [7.0]
    assert problem.alone.tolist() == [6.0, 0.0, 0.0]


def test_nothing_to_choose() -> None:
    nothing = Choices.of([], [], [])
    assert choose(nothing, 5).value == 0.0
    idle = Choices.of([0.0, 0.0], [], [])
    assert choose(idle, 1).chosen.sum() == 0
    assert greedy_single(idle, 2).sum() == 0


def test_a_budget_for_all_takes_all() -> None:
    problem = Choices.of([1.0, 2.0], [[0, 1]], [3.0], [0.5, 0.25])
    found = choose(problem, 0.75)
    assert found.chosen.all()
    assert found.gap == 0.0


@pytest.mark.parametrize(
    ("alone", "groups", "gain", "cost", "key"),
    [
        ([-1.0], [], [], None, "exchange_gain"),
        ([np.nan], [], [], None, "exchange_gain"),
        ([1.0], [[0]], [np.inf], None, "exchange_group_gain"),
        ([1.0], [], [], [0.0], "no_cost"),
        ([1.0], [], [], [-2.0], "exchange_cost"),
        ([1.0], [], [], [1.0, 1.0], "lengths"),
        ([1.0], [[1, 0]], [1.0], None, "no_exchange"),
    ],
)
def test_what_makes_no_sense_is_told(
    alone: list[float],
    groups: list[list[int]],
    gain: list[float],
    cost: list[float] | None,
    key: str,
) -> None:
    with pytest.raises(InputError) as caught:
        Choices.of(alone, groups, gain, cost)
    assert caught.value.key == f"hall_exchange.{key}"


@pytest.mark.parametrize("budget", [-1.0, np.nan, np.inf])
def test_a_budget_is_a_number(budget: float) -> None:
    with pytest.raises(InputError):
        choose(Choices.of([1.0], [], []), budget)
