"""Equilibria: closed forms, conditions by brute force over all paths, published solutions."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from onecity.core.errors import InputError, RangeError
from onecity.network.assignment import (
    Assignment,
    Demand,
    Roads,
    all_or_nothing,
    bpr,
    generalised_cost,
    system_optimum,
    user_equilibrium,
)
from tests.network.assignment import tntp, twin

#: Stands for a road whose time is its flow alone.
NEXT_TO_NOTHING = 1e-9


def linear(constant: list[float], rise: list[float]) -> tuple[list[float], list[float]]:
    """Return free times and factors so that time = constant + rise · flow at capacity 1."""
    free = [c or NEXT_TO_NOTHING for c in constant]
    return free, [b / a for a, b in zip(free, rise, strict=True)]


def test_braess_adding_a_road_makes_all_slower() -> None:
    free, factor = linear([0, 50, 50, 0, 10], [10, 1, 1, 10, 1])
    tail, head = [0, 1, 0, 2, 1], [1, 3, 2, 3, 2]
    six = Demand([0], [3], [6.0])
    before = Roads.from_arcs(tail[:4], head[:4], bpr(free[:4], 1.0, factor[:4], 1.0))
    after = Roads.from_arcs(tail, head, bpr(free, 1.0, factor, 1.0))
    found = user_equilibrium(before, six)
    assert found.least[0] == pytest.approx(83, abs=1e-7)
    worse = user_equilibrium(after, six, start=found)
    assert worse.least[0] == pytest.approx(92, abs=1e-7)
    assert_allclose(worse.flow, [4, 2, 2, 4, 2], atol=1e-7)
    assert system_optimum(after, six).total_time == pytest.approx(6 * 83)


@pytest.mark.parametrize("power", [1.0, 2.0, 4.0, 7.0])
def test_pigou(power: float) -> None:
    laws = bpr([1.0, NEXT_TO_NOTHING], 1.0, [0.0, 1 / NEXT_TO_NOTHING], power)
    roads = Roads.from_arcs([0, 0], [1, 1], laws)
    one = Demand([0], [1], [1.0])
    assert user_equilibrium(roads, one).total_time == pytest.approx(1.0)
    best = system_optimum(roads, one)
    share = (power + 1) ** (-1 / power)
    assert_allclose(best.flow, [1 - share, share], rtol=1e-6)
    assert best.objective == pytest.approx(1 - share + share ** (power + 1))


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.floats(0.01, 10), st.floats(0.01, 1000))
@settings(max_examples=60)
def test_two_parallel_roads(first: float, second: float, rise: float, trips: float) -> None:
    free, factor = linear([first, second], [rise, 2 * rise])
    roads = Roads.from_arcs([0, 0], [1, 1], bpr(free, 1.0, factor, 1.0))
    found = user_equilibrium(roads, Demand([0], [1], [trips]))
    on_first = np.clip((second - first + 2 * rise * trips) / (3 * rise), 0, trips)
    assert_allclose(found.flow, [on_first, trips - on_first], atol=1e-6 * trips)


def served(found: Assignment, plan: twin.Plan) -> np.ndarray:
    """Return flow (classes, arcs) in passenger car units, once checked against the paths."""
    volume = np.zeros_like(found.cost)
    pairs, paths = found.demand.pairs, found.paths
    for r, m in enumerate(pairs.group):
        total = 0.0
        for p in range(paths.first[r], paths.first[r + 1]):
            arcs = paths.arcs[paths.begin[p] : paths.begin[p + 1]]
            assert found.roads.leave[found.roads.tail[arcs[0]]] == pairs.source[r]
            assert found.roads.arrive[found.roads.head[arcs[-1]]] == pairs.target[r]
            assert_array_equal(found.roads.head[arcs[:-1]], found.roads.tail[arcs[1:]])
            assert not found.roads.ends_only[found.roads.head[arcs[:-1]]].any()
            volume[m, arcs] += paths.flow[p]
            total += paths.flow[p]
        expected = pairs.amount[r] if np.isfinite(found.least[r]) else 0.0
        assert total == pytest.approx(expected)
    assert_allclose(volume.sum(axis=0), found.flow, atol=1e-12)
    assert_allclose(volume / found.demand.size[:, None], found.class_flow, atol=1e-12)
    assert np.isfinite(plan.extra[volume > 0]).all()
    return volume


@given(st.integers(0, 2**32))
@settings(max_examples=120)
def test_no_path_of_all_there_are_is_cheaper(seed: int) -> None:
    roads, demands = twin.random_case(seed)
    plan = twin.wishes(roads, demands)
    for solve, price in (
        (user_equilibrium, roads.delays.time),
        (system_optimum, roads.delays.marginal),
    ):
        found = solve(roads, demands, gap=1e-12)
        assert found.converged
        volume = served(found, plan)
        time = price(found.flow)
        total, (_, least) = twin.cost_of(plan, volume, time), twin.cheapest(plan, time)
        assert total == pytest.approx(least, rel=1e-9, abs=1e-9)
    for m in range(len(demands)):
        assert found.unserved(m) == pytest.approx(plan.lost[m])


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_objective_lies_where_frank_and_wolfe_say(seed: int) -> None:
    roads, demands = twin.random_case(seed)
    plan = twin.wishes(roads, demands)
    best, bound = twin.frank_wolfe(roads.delays, plan, 25)
    found = user_equilibrium(roads, demands)
    slack = 1e-9 * max(1.0, abs(best))
    assert bound - slack <= found.objective <= best + slack


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_all_or_nothing(seed: int) -> None:
    roads, demands = twin.random_case(seed)
    plan = twin.wishes(roads, demands)
    flow = np.random.default_rng(seed).choice([0.0, 2.0], roads.arcs)
    found = all_or_nothing(roads, demands, flow=flow)
    time = roads.delays.time(flow)
    volume = served(found, plan)
    least = twin.cheapest(plan, time)[1]
    assert twin.cost_of(plan, volume, time) == pytest.approx(least, rel=1e-12, abs=1e-12)


def test_what_is_on_no_road_is_told() -> None:
    roads = Roads.from_arcs([0, 1], [1, 0], bpr([1.0, 1.0], 1.0), n=3)
    found = user_equilibrium(roads, Demand([0, 0, 1, 0, 0], [1, 2, 1, 2, 1], [1.0, 4, 2, 0, 1]))
    assert_array_equal(found.unreachable(), [1])
    assert (found.unserved(), found.staying()) == (4.0, 2.0)
    assert_array_equal(found.flow, [2.0, 0.0])
    nobody = user_equilibrium(roads, Demand([], [], []))
    assert (nobody.gap, nobody.objective, nobody.converged) == (0.0, 0.0, True)


def test_far_more_trips_than_room_still_find_their_balance() -> None:
    roads = Roads.from_arcs([0, 0, 0], [1, 1, 1], bpr([1.0, 2.0, 1e-3], [1.0, 1e-3, 5.0]))
    found = user_equilibrium(roads, Demand([0], [1], [1e12]), gap=1e-12)
    assert found.converged
    assert_allclose(found.time, found.time[0], rtol=1e-11)
    few = user_equilibrium(roads, Demand([0], [1], [1e12]), steps=1)
    assert (few.converged, len(few.gaps)) == (False, 1)


def test_bad_questions_are_told() -> None:
    roads = Roads.from_arcs([0], [1], bpr([1.0], 1.0))
    good = Demand([0], [1], [1.0])
    for wrong, words in (
        (Demand([0], [2], [1.0]), "no node 2"),
        (Demand([0], [1], [-1.0]), "trips, row 0"),
        (Demand([0], [1], [np.nan]), "trips, row 0"),
        (Demand([0, 0], [1], [1.0]), "2 origins but 1"),
        (Demand([0], [1], [1.0], size=0.0), "passenger car units"),
        (Demand([0], [1], [1.0], extra=[1.0, 2.0]), r"given is \(2,\)"),
    ):
        with pytest.raises(InputError, match=words):
            user_equilibrium(roads, wrong)
    with pytest.raises(InputError, match="not nan"):
        user_equilibrium(roads, Demand.from_matrix(np.array([[0, np.nan], [0, 0]]), [0, 1]))
    with pytest.raises(InputError, match="square"):
        Demand.from_matrix([[0.0, 1.0]], [0, 1])
    with pytest.raises(InputError, match="No demand"):
        user_equilibrium(roads, [])
    with pytest.raises(InputError, match="gap"):
        user_equilibrium(roads, good, gap=-1.0)
    with pytest.raises(InputError, match="steps"):
        user_equilibrium(roads, good, steps=0)
    with pytest.raises(RangeError, match="so much more flow"):
        user_equilibrium(roads, Demand([0], [1], [1e90]))
    with pytest.raises(InputError, match="mix two sets"):
        roads.delays.where([True, False], roads.delays)
    with pytest.raises(InputError, match="delay laws for 2"):
        roads.with_delays(bpr([1.0, 1.0], 1.0))
    other = Roads.from_arcs([1], [0], bpr([1.0], 1.0))
    with pytest.raises(InputError, match="other roads"):
        user_equilibrium(other, good, start=user_equilibrium(roads, good))


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_a_start_changes_the_way_not_the_end(seed: int) -> None:
    roads, demands = twin.random_case(seed)
    old = user_equilibrium(roads, demands)
    again = user_equilibrium(roads, demands, gap=old.gap * (1 + 1e-6) + 1e-13, start=old)
    assert len(again.gaps) <= 2
    rng = np.random.default_rng(seed)
    slower = roads.with_delays(bpr(rng.random(roads.arcs), rng.choice([1.0, 5.0], roads.arcs)))
    changed = list(demands)
    for one in demands:
        extra = rng.choice([0.0, 1.0, np.inf], roads.arcs)
        more = np.asarray(one.trips) * 1.5
        changed.insert(0, Demand(one.destination, one.origin, more, extra, one.size))
    cold = user_equilibrium(slower, changed)
    warm = user_equilibrium(slower, changed, start=old)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-9, abs=1e-9)
    served(warm, twin.wishes(slower, changed))


# --- Published solutions ---------------------------------------------------------


def case(shared_data: Path, name: str, *weights: float) -> tntp.Case:
    folder = shared_data / "peers" / "tntp"
    if not (folder / f"{name}_net.tntp").is_file():
        pytest.skip(f"{name}_net.tntp is absent")
    return tntp.read(folder, name, *weights)


@pytest.mark.shared
def test_sioux_falls(shared_data: Path) -> None:
    roads, demand, flow = case(shared_data, "SiouxFalls")
    found = user_equilibrium(roads, demand, gap=1e-12)
    assert found.objective == pytest.approx(4_231_335.28710744, abs=1e-7)
    assert round(found.total_time, 2) == 7_480_225.34
    assert_allclose(found.flow, flow, atol=1e-5)
    saturation = found.saturation()
    worst = np.argsort(-saturation)[:3]
    ends = list(zip(roads.tail[worst] + 1, roads.head[worst] + 1, strict=True))
    assert ends == [(8, 6), (6, 8), (16, 10)]
    assert_array_equal(saturation[worst].round(3), [2.557, 2.550, 2.281])
    wide = system_optimum(roads, demand)
    assert wide.total_time < found.total_time


@pytest.mark.shared
def test_anaheim(shared_data: Path) -> None:
    roads, demand, flow = case(shared_data, "Anaheim")
    found = user_equilibrium(roads, demand, gap=1e-12)
    assert_allclose(found.objective, roads.delays.integral(flow).sum(), rtol=1e-13)
    assert_allclose(found.flow, flow, atol=1e-4)


@pytest.mark.shared
def test_chicago_sketch(shared_data: Path) -> None:
    roads, demand, flow = case(shared_data, "ChicagoSketch", 0.04, 0.02)
    found = user_equilibrium(roads, demand)
    assert round(found.objective, 2) == 17_313_018.74
    assert_allclose(found.flow, flow, atol=0.01)
    assert round(roads.delays.integral(found.flow).sum(), 2) == 16_748_596.20  # of it, time
    alone = user_equilibrium(roads, Demand(demand.origin, demand.destination, demand.trips))
    assert alone.objective < 16_748_596.20


def test_weights_add_up() -> None:
    assert_allclose(generalised_cost((0.04, [10, 20.0]), (0.02, [0, 50.0])), [0.4, 1.8])
