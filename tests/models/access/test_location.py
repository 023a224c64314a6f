"""Siting: every choice tried on small cases, rooms that are full, greed where it errs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.models.access import (
    Sites,
    allowed,
    capacitated,
    maximal_cover,
    need,
    p_median,
    permeability,
    places_of,
    reach_of,
    sites_of,
)
from tests.models.access import access_twins as twins


def problem_of(minutes: Any, weight: Any, existing: Any = None, unserved: Any = None) -> Sites:
    t = np.asarray(minutes, float)
    zone, site = np.nonzero(np.isfinite(t))
    reach = reach_of(zone, site, t[zone, site], zones=t.shape[0], facilities=t.shape[1])
    return sites_of(reach, weight, existing=existing, unserved=unserved)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any, list[int], int]:
    """Draw times, weights, existing sites and how many to add."""
    zones, sites = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    cell = st.sampled_from([0.0, 1.0, 4.0, 4.0, 9.0, 15.0, 30.0, np.inf])
    row = st.lists(cell, min_size=sites, max_size=sites)
    minutes = np.array(draw(st.lists(row, min_size=zones, max_size=zones)))
    some = st.sampled_from([0.0, 1.0, 3.0, 250.0])
    weight = draw(st.lists(some, min_size=zones, max_size=zones).filter(any))
    existing = sorted(draw(st.sets(st.integers(0, sites - 1), max_size=2)))
    new = draw(st.integers(0, sites - len(existing)))
    return minutes, np.array(weight), existing, new


@settings(max_examples=40)
@given(cases())
def test_nothing_is_nearer_than_the_p_median(case: Any) -> None:
    minutes, weight, existing, new = case
    problem = problem_of(minutes, weight, existing, 40)
    found = p_median(problem, new)
    best, _ = twins.best_sites(minutes, weight, existing, new, 40)
    assert found.value == pytest.approx(best, rel=1e-6, abs=1e-9)
    assert found.bound <= found.value * (1 + 1e-9) + 1e-9
    assert found.proven
    assert found.gap <= 1e-6
    assert len(found.sites) <= new
    assert not set(found.sites) & set(existing)
    assert found.greedy >= found.value * (1 - 1e-9)
    there = [*existing, *found.sites]
    nearest = np.minimum(minutes[:, there].min(axis=1, initial=np.inf), 40)
    counted = weight > 0
    assert found.minutes[counted] == pytest.approx(nearest[counted])
    assert found.load.sum() == pytest.approx(weight[found.served > 0].sum())


@settings(max_examples=40)
@given(cases(), st.sampled_from([1.0, 4.0, 10.0]))
def test_nothing_covers_more_than_the_maximal_cover(case: Any, limit: float) -> None:
    minutes, weight, existing, new = case
    found = maximal_cover(problem_of(minutes, weight, existing, 40), new, limit)
    best = twins.best_cover(minutes, weight, existing, new, limit)
    assert found.value == pytest.approx(best, rel=1e-6)
    assert found.greedy <= found.value * (1 + 1e-9)
    # Greed is never worse than 1 - 1/e of the best (Nemhauser, Wolsey & Fisher 1978).
    already = twins.best_cover(minutes, weight, existing, 0, limit)
    assert found.greedy - already >= (1 - 1 / np.e) * (found.value - already) - 1e-9
    assert found.bound >= found.value * (1 - 1e-9)
    near = (minutes[:, [*existing, *found.sites]] <= limit).any(axis=1)
    assert weight[near].sum() == pytest.approx(found.value)


@settings(max_examples=25)
@given(cases())
def test_ample_room_is_no_limit(case: Any) -> None:
    minutes, weight, existing, new = case
    problem = problem_of(minutes, weight, existing, 40)
    found = capacitated(problem, new, weight, np.full(minutes.shape[1], 1e6))
    best, _ = twins.best_sites(minutes, weight, existing, new, 40)
    assert found.value == pytest.approx(best, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_no_choice_with_little_room_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    minutes = rng.uniform(0, 30, (7, 5))
    minutes[rng.random((7, 5)) < 0.2] = np.inf
    people, capacity = rng.integers(1, 20, 7).astype(float), rng.integers(0, 40, 5).astype(float)
    capacity[0] = 15
    found = capacitated(problem_of(minutes, people, [0], 45), 2, people, capacity)
    best = twins.best_rooms(minutes, people, capacity, [0], 2, 45)
    assert found.value == pytest.approx(best, rel=1e-6)
    assert found.bound == pytest.approx(best, rel=1e-5)
    assert (found.load <= capacity * (1 + 1e-7)).all()
    assert found.minutes @ people == pytest.approx(found.value, rel=1e-9)
    assert found.greedy >= found.value * (1 - 1e-9)


def test_room_that_is_full_sends_people_farther() -> None:
    # Two zones of 10; site 0 is near both but holds 12; site 1 holds 20, 30 minutes away.
    problem = problem_of([[5, 30], [6, 30]], [10, 10], unserved=60)
    both = capacitated(problem, 2, [10, 10], [12, 20])
    # Each moved from site 0 costs 25 from zone 0 and 24 from zone 1: zone 1 goes.
    assert both.value == pytest.approx(10 * 5 + 2 * 6 + 8 * 30)
    assert both.load == pytest.approx([12, 8])
    assert both.minutes == pytest.approx([5, (2 * 6 + 8 * 30) / 10])
    assert both.gap == 0
    one = capacitated(problem, 1, [10, 10], [12, 20])
    # Site 0 alone leaves eight without; site 1 alone takes all, 30 minutes away.
    assert one.value == pytest.approx(min(10 * 5 + 2 * 6 + 8 * 60, 20 * 30))
    assert list(one.sites) == [0]
    assert one.served == pytest.approx([1, 0.2])
    kept = problem_of([[5, 30], [6, 30]], [10, 10], [1], unserved=60)
    assert capacitated(kept, 1, [10, 10], [12, 20]).load == pytest.approx([12, 8])


def test_greed_errs_where_it_is_known_to() -> None:
    # The middle site is best alone; the two outer ones are best together.
    minutes = [[0, 6, 20], [4, 2, 20], [20, 2, 4], [20, 6, 0]]
    found = p_median(problem_of(minutes, [3, 3, 3, 3]), 2)
    assert list(found.sites) == [0, 2]
    assert found.value == 24
    assert found.greedy_sites[0] == 1
    assert found.greedy > found.value
    assert found.greedy_loss == pytest.approx(found.greedy / 24 - 1)


def test_planning_as_one_is_never_dearer_than_city_by_city() -> None:
    rng = np.random.default_rng(2)
    zones, sites = rng.uniform(0, 30, (2, 24, 2))
    minutes = np.hypot(*(zones[:, None] - sites[None]).T).T
    places = places_of((zones[:, 0] > 15).astype(int), (sites[:, 0] > 15).astype(int), 2)
    zone, site = (k.ravel() for k in np.indices(minutes.shape))
    reach = reach_of(zone, site, minutes.ravel(), zones=24, facilities=24)
    own = allowed(reach, places, permeability(2))
    same = places.zone_city[zone] == places.facility_city[site]
    assert len(own.minutes) == same.sum()
    people = rng.integers(1, 100, 24)
    values = [
        p_median(sites_of(pairs, people, unserved=100), 4).value
        for pairs in (own, allowed(reach, places, permeability(2, 0.3)))
    ]
    assert values[1] <= values[0] * (1 + 1e-6)


def test_need_turns_the_choice_to_the_badly_served() -> None:
    # Site 1 would save the town 3 minutes each, site 2 the village 20.
    minutes = np.array([[10, 7, np.inf], [40, np.inf, 20]])
    plain = problem_of(minutes, [100, 10], [0], 60)
    assert list(p_median(plain, 1).sites) == [1]
    weighted = need([100, 10], [10, 40], 1.0)
    assert weighted / [100, 10] == pytest.approx([10 / (1400 / 110), 40 / (1400 / 110)])
    assert list(p_median(problem_of(minutes, weighted, [0], 60), 1).sites) == [2]
    assert need([3, 4], [1, 9], 0).tolist() == [3, 4]


def test_nothing_to_choose_from_is_an_answer() -> None:
    nowhere = sites_of(reach_of([], [], [], zones=2, facilities=0), [1, 3], unserved=50)
    assert p_median(nowhere, 0).value == 200
    assert maximal_cover(nowhere, 0, 10).value == 0
    beside = p_median(problem_of([[0, 0], [0, 3]], [1, 1]), 1)
    assert (beside.value, beside.gap, list(beside.sites)) == (0, 0, [0])
    unreached = sites_of(reach_of([], [], [], zones=1, facilities=2), [5], unserved=50)
    for found in (p_median(unreached, 1), capacitated(unreached, 1, [5], [9, 9])):
        assert (found.value, found.gap, len(found.sites)) == (250, 0, 0)


PROBLEM = problem_of([[1, 2]], [1])


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("access.new_sites", lambda: p_median(PROBLEM, 3)),
        ("access.new_sites", lambda: p_median(PROBLEM, -1)),
        ("access.setting", lambda: p_median(PROBLEM, 1, gap=-1)),
        ("access.setting", lambda: maximal_cover(PROBLEM, 1, 0)),
        ("access.no_row", lambda: problem_of([[1, 2]], [1], [2])),
        ("access.not_whole", lambda: problem_of([[1, 2]], [1], [0.5])),
        ("access.unserved", lambda: problem_of([[1, 2]], [1], unserved=1)),
        ("access.nothing", lambda: problem_of([[1, 2]], [0])),
        ("access.amount", lambda: capacitated(PROBLEM, 1, [-1], [1, 1])),
        ("access.nothing", lambda: need([1], [0], 1)),
        ("access.setting", lambda: need([1], [1], -1)),
    ],
)
def test_wrong_input_is_named(key: str, call: Any) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == key
