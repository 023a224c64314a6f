"""Schedules against worked numbers, and against slow twins that follow the definitions."""

import time
from collections.abc import Sequence
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError, RangeError
from onecity.models import schedule
from onecity.models.schedule import critical_path, earned_schedule, earned_value, planned_value

Edge = tuple[int, int, int]

# A house: A start; B, C after A; D after B; E after B and C; F after D and E (by hand).
HOUSE = ([3, 4, 2, 5, 6, 1], [0, 0, 1, 1, 2, 3, 4], [1, 2, 3, 4, 4, 5, 5])


def test_worked_numbers() -> None:
    found = critical_path(*HOUSE)
    assert found.early_start.tolist() == [0, 3, 3, 7, 7, 13]
    assert found.early_finish.tolist() == [3, 7, 5, 12, 13, 14]
    assert found.late_start.tolist() == [0, 3, 5, 8, 7, 13]
    assert found.late_finish.tolist() == [3, 7, 7, 13, 13, 14]
    assert found.total_float.tolist() == [0, 0, 2, 1, 0, 0]
    assert found.free_float.tolist() == [0, 0, 2, 1, 0, 0]
    assert np.flatnonzero(found.critical).tolist() == [0, 1, 4, 5]
    assert found.binding.tolist() == [True, True, True, True, False, False, True]
    assert found.finish == 14


def test_free_float_is_less_than_total_along_a_slack_chain() -> None:
    # Two short ones in a row beside a long one.
    found = critical_path([10, 2, 3, 0], [0, 1, 2], [3, 2, 3])
    assert found.total_float.tolist() == [0, 5, 5, 0]
    assert found.free_float.tolist() == [0, 0, 5, 0]


def test_lags_and_days_before_which_nothing_starts() -> None:
    found = critical_path([5, 5, 5], [0, 1], [1, 2], [3, -2], not_before=[0, 0, 20])
    assert found.early_start.tolist() == [0, 8, 20]
    assert found.total_float.tolist() == [9, 9, 0]
    assert found.binding.tolist() == [True, False]
    assert found.finish == 25


def test_an_end_that_cannot_be_reached_gives_negative_float() -> None:
    found = critical_path(*HOUSE, finish=12)
    assert found.total_float.tolist() == [-2, -2, 0, -1, -2, -2]
    assert np.flatnonzero(found.critical).tolist() == [0, 1, 4, 5]
    assert found.finish == 14
    assert critical_path(*HOUSE, finish=20).total_float.min() == 6


def test_nothing_and_one() -> None:
    empty = critical_path([])
    assert empty.finish == 0
    assert len(empty.early_start) == len(empty.binding) == 0
    one = critical_path([7])
    assert (one.finish, one.total_float.tolist(), one.critical.tolist()) == (7, [0], [True])
    assert critical_path([0]).finish == 0
    assert critical_path([2], not_before=-5).finish == -3


@pytest.mark.parametrize(
    ("tails", "heads", "ring"),
    [
        ([1], [1], "1 → 1"),
        ([0, 1], [1, 0], "0 → 1 → 0"),
        ([3, 4, 2, 0], [4, 2, 3, 1], "2 → 3 → 4 → 2"),
        ([0, 1, 2, 3, 4], [1, 2, 1, 4, 3], "1 → 2 → 1"),
    ],
)
def test_a_ring_is_named(tails: list[int], heads: list[int], ring: str) -> None:
    with pytest.raises(InputError, match=ring):
        critical_path([1] * 5, tails, heads)


def test_a_long_ring_is_named_in_part() -> None:
    rows = np.arange(1000)
    with pytest.raises(InputError, match=r"1000 项.*0 → 1 → 2.*…"):
        critical_path(np.ones(1000, int), rows, (rows + 1) % 1000)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (([1.5],), "not_whole"),
        (([True],), "not_whole"),
        (([[1]],), "shape"),
        (([-1],), "negative"),
        (([1, 1], [0], [1, 0]), "pairs"),
        (([1, 1], [0], [2]), "no_activity"),
        (([1, 1], [-1], [0]), "no_activity"),
        (([1, 1], [0], [1], [1, 2]), "shape"),
        ((np.array([2**64 - 1], np.uint64),), "not_whole"),
    ],
)
def test_wrong_input_is_refused(given: tuple[Sequence[int], ...], key: str) -> None:
    with pytest.raises(InputError) as caught:
        critical_path(*given)
    assert caught.value.key == f"schedule.{key}"


def test_a_schedule_beyond_the_range_is_an_error() -> None:
    with pytest.raises(RangeError):
        critical_path([2**60, 2**60, 2**60], [0, 1], [1, 2])
    assert critical_path([2**58, 2**58], [0], [1]).finish == 2**59


@st.composite
def projects(draw: st.DrawFn) -> tuple[list[int], list[Edge], list[int]]:
    n = draw(st.integers(0, 9))
    days = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    first = draw(st.lists(st.integers(-3, 12), min_size=n, max_size=n))
    order = draw(st.permutations(range(n)))
    edges = []
    if n > 1:
        pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] < p[1])
        for (a, b), lag in draw(st.lists(st.tuples(pair, st.integers(-4, 5)), max_size=16)):
            edges.append((order[a], order[b], lag))
    return days, edges, first


def earliest(days: list[int], edges: list[Edge], first: list[int]) -> list[int]:
    """Starts by going round until nothing moves."""
    start = list(first)
    for _ in range(len(days) + 1):
        for tail, head, lag in edges:
            start[head] = max(start[head], start[tail] + days[tail] + lag)
    return start


def end(days: list[int], start: list[int]) -> int:
    return max((s + d for s, d in zip(start, days, strict=True)), default=0)


@settings(max_examples=150)
@given(projects())
def test_the_path_is_as_the_slow_twin(project: tuple[list[int], list[Edge], list[int]]) -> None:
    days, edges, first = project
    tails, heads, lags = ([edge[k] for edge in edges] for k in range(3))
    found = critical_path(days, tails, heads, lags, not_before=first)
    start = earliest(days, edges, first)
    assert found.early_start.tolist() == start
    assert found.finish == end(days, start)
    # By definition: the most that an activity can be put off.
    for row in range(len(days)):
        for slip in range(60):
            later = earliest(days, edges, [*first[:row], start[row] + slip, *first[row + 1 :]])
            if end(days, later) > found.finish:
                assert found.total_float[row] == slip - 1
                break
            others = [k for k in range(len(days)) if k != row]
            free = all(later[k] == start[k] for k in others)
            assert free == (slip <= found.free_float[row])
    assert (found.free_float >= 0).all()
    assert (found.free_float <= found.total_float).all()
    if days:
        assert found.critical.any()
    for k, (_, head, _) in enumerate(edges):
        without = earliest(days, [e for j, e in enumerate(edges) if j != k], first)
        if without[head] < start[head]:
            assert found.binding[k]


@settings(max_examples=60)
@given(projects())
def test_places_do_not_depend_on_how_components_are_found(
    project: tuple[list[int], list[Edge], list[int]],
) -> None:
    days, edges, _ = project
    tails = np.array([edge[0] for edge in edges], np.int64)
    heads = np.array([edge[1] for edge in edges], np.int64)
    for places in (schedule._places, schedule._peeled):
        place = places(len(days), tails, heads)
        assert sorted(place.tolist()) == list(range(len(days)))
        assert (place[tails] < place[heads]).all()


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14))
def test_rings_are_found_where_there_are_any(pairs: list[tuple[int, int]]) -> None:
    graph = nx.DiGraph(pairs)
    tails, heads = [a for a, _ in pairs], [b for _, b in pairs]
    if nx.is_directed_acyclic_graph(graph):
        assert critical_path([1] * 8, tails, heads).finish == (
            nx.dag_longest_path_length(graph) + 1 if pairs else 1
        )
        return
    with pytest.raises(InputError) as caught:
        critical_path([1] * 8, tails, heads)
    rows = [int(row) for row in str(caught.value.values["rows"]).split(" → ")]
    assert rows[0] == rows[-1]
    assert all(pair in pairs for pair in pairwise(rows))


@pytest.mark.parametrize("shape", ["wide", "chain"])
def test_a_large_ledger_takes_milliseconds(shape: str) -> None:
    rng = np.random.default_rng(7)
    n, m = 20_000, 60_000
    tail = rng.integers(0, n - 1, m)
    most = n if shape == "wide" else np.minimum(tail + 4, n)
    head = rng.integers(tail + 1, most)
    if shape == "chain":
        tail, head = np.append(tail, np.arange(n - 1)), np.append(head, np.arange(1, n))
    names = rng.permutation(n)
    days, lag = rng.integers(0, 30, n), rng.integers(0, 3, len(tail))
    best = np.inf
    for _ in range(3):
        began = time.process_time()
        found = critical_path(days, names[tail], names[head], lag)
        best = min(best, time.process_time() - began)
    assert found.critical.any()
    assert best < 0.25  # an order above what it takes on a quiet machine


# --- Planned value -------------------------------------------------------------------------------


def test_the_curve_of_worked_numbers() -> None:
    # 100 evenly over days 0–10, 50 over 5–10, a milestone of 30 at day 4.
    curve = planned_value([0, 5, 4], [10, 10, 4], [100, 50, 30], [-1, 0, 3.9, 4, 5, 7.5, 10, 99])
    assert curve.tolist() == pytest.approx([0, 0, 39, 70, 80, 130, 180, 180])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 40), st.floats(0, 1e12)), max_size=8),
    st.lists(st.floats(-60, 100), max_size=8).map(sorted),
)
def test_the_curve_is_as_the_slow_twin(
    works: list[tuple[float, float, float]], at: list[float]
) -> None:
    start = [one[0] for one in works]
    finish = [one[0] + one[1] for one in works]
    value = [one[2] for one in works]
    curve = planned_value(start, finish, value, at)
    for k, when in enumerate(at):
        slow = 0.0
        for s, f, v in zip(start, finish, value, strict=True):
            slow += v if when >= f else 0.0 if when <= s else v * (when - s) / (f - s)
        assert curve[k] == pytest.approx(slow, rel=1e-9, abs=1e-9)
    assert (np.diff(curve) >= -1e-3).all()
    after = planned_value(start, finish, value, [1000.0])
    assert after[0] == pytest.approx(sum(value))


def test_the_curve_in_blocks_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    start, value = rng.integers(0, 90, 200), rng.random(200)
    given = (start, start + rng.integers(0, 30, 200), value, np.arange(130))
    whole = planned_value(*given)
    monkeypatch.setattr(schedule, "_BLOCK", 700)
    assert planned_value(*given) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (([3], [2], [1], [0]), "backwards"),
        (([0], [2], [-1], [0]), "below_zero"),
        (([0], [np.nan], [1], [0]), "not_finite"),
        (([0], [1, 2], [1], [0]), "shape"),
        ((["a"], [1], [1], [0]), "not_numbers"),
    ],
)
def test_a_wrong_plan_is_refused(given: tuple[list[float], ...], key: str) -> None:
    with pytest.raises(InputError) as caught:
        planned_value(*given)
    assert caught.value.key == f"schedule.{key}"


# --- Earned value --------------------------------------------------------------------------------


def test_earned_value_of_worked_numbers() -> None:
    # Four equal sides of 100 each, one planned a day; after day 3: 2.5 done for 270.
    found = earned_value([300], [250], [270], [400])
    assert found.schedule_variance[0] == -50
    assert found.cost_variance[0] == -20
    assert found.schedule_index[0] == pytest.approx(250 / 300)
    assert found.cost_index[0] == pytest.approx(250 / 270)
    assert found.estimate[0] == pytest.approx(432)
    assert found.estimate_as_planned[0] == 420
    assert found.estimate_both[0] == pytest.approx(270 + 150 / (250 / 270 * 250 / 300))
    assert found.to_complete[0] == pytest.approx(150 / 130)
    assert found.to_complete_estimate[0] == pytest.approx(250 / 270)
    assert found.undefined(0) == {}


@pytest.mark.parametrize(
    ("figures", "undefined"),
    [
        ((0, 0, 0, 0), "spi cpi eac both tcpi tcpi_eac"),
        ((0, 0, 0, 100), "spi cpi eac both tcpi_eac"),
        ((10, 0, 5, 100), "eac both tcpi_eac"),
        ((10, 5, 0, 100), "cpi eac both tcpi_eac"),
        ((0, 5, 5, 100), "spi both"),
        ((10, 5, 120, 100), "tcpi"),
        ((100, 100, 90, 100), "tcpi_eac"),
    ],
)
def test_what_is_not_defined_is_said(figures: tuple[float, ...], undefined: str) -> None:
    names = {
        "spi": "schedule_index",
        "cpi": "cost_index",
        "eac": "estimate",
        "both": "estimate_both",
        "tcpi": "to_complete",
        "tcpi_eac": "to_complete_estimate",
    }
    found = earned_value(*([one] for one in figures))
    told = found.undefined(0)
    assert set(told) == {names[one] for one in undefined.split()}
    for name in names.values():
        assert np.isnan(getattr(found, name)[0]) == (name in told)
    assert all(one.text("zh") and one.text("en") for one in told.values())


MONEY = st.floats(0, 1e15) | st.just(0.0)


@settings(max_examples=100)
@given(MONEY, MONEY, MONEY, MONEY)
def test_identities_hold(pv: float, ev: float, ac: float, bac: float) -> None:
    try:
        found = earned_value([pv], [ev], [ac], [bac])
    except RangeError:
        assert min(x for x in (pv, ev, ac, bac) if x > 0) < 1e-280
        return
    assert found.estimate_as_planned[0] - ac == pytest.approx(bac - ev, abs=1)
    if not np.isnan(found.estimate[0]):
        assert found.estimate[0] * found.cost_index[0] == pytest.approx(bac)
    told = found.undefined(0)
    for name in ("schedule_index", "cost_index", "estimate", "estimate_both", "to_complete"):
        assert np.isnan(getattr(found, name)[0]) == (name in told)


def test_wrong_figures_are_refused() -> None:
    with pytest.raises(InputError, match="为负"):
        earned_value([1], [-1], [1], [1])
    with pytest.raises(InputError, match="spent"):
        earned_value([1], [1], [1, 2], [1])
    with pytest.raises(RangeError):
        earned_value([1], [1], [5e-324], [1])


def test_earned_schedule_of_worked_numbers() -> None:
    # Lipke: ES = C + (EV - PV_C) / (PV_{C+1} - PV_C).
    found = earned_schedule([0, 10, 30, 60, 100], 45, 3)
    assert found.earned == 2.5
    assert found.variance == -0.5
    assert found.index == pytest.approx(2.5 / 3)
    assert found.estimate == pytest.approx(4.8)
    assert found.planned == 4


def test_earned_schedule_at_its_ends() -> None:
    start = earned_schedule([0, 10], 0, 0)
    assert start.earned == 0
    assert np.isnan([start.index, start.estimate]).all()
    late = earned_schedule([0, 10, 10, 10], 10, 4)
    assert (late.planned, late.earned, late.index) == (1, 1, 0.25)
    assert late.estimate == 4  # done now: as long as it took
    nothing = earned_schedule([0], 0, 2)
    assert nothing.earned == 0
    assert earned_schedule([5, 10], 2, 1).earned == 0
    assert earned_schedule([0, 5, 5, 10], 5, 1).earned == 2


@pytest.mark.parametrize(
    ("plan", "earned", "key"),
    [([], 0, "shape"), ([0, 2, 1], 0, "falls"), ([0, 1], -1, "below_zero")],
)
def test_a_wrong_earned_schedule_is_refused(plan: list[float], earned: float, key: str) -> None:
    with pytest.raises(InputError) as caught:
        earned_schedule(plan, earned, 1)
    assert caught.value.key == f"schedule.{key}"


@settings(max_examples=80)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=8), st.floats(0, 1), st.floats(0.1, 20))
def test_earned_schedule_reads_the_plan_backwards(
    steps: list[float], share: float, at: float
) -> None:
    plan = np.concatenate([[0], np.cumsum(steps)])
    ev = float(plan[-1] * share)
    found = earned_schedule(plan, ev, at)
    assert 0 <= found.earned <= found.planned <= len(steps)
    assert np.interp(found.earned, np.arange(len(plan)), plan) == pytest.approx(ev, abs=1e-6)
