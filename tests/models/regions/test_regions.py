"""Regions from flows: worked numbers, cases small enough to check by hand, brute force."""

import doctest
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onecity.models.regions as package
from onecity.core.errors import InputError
from onecity.core.provenance import Nature
from onecity.models.partition import neighbours
from onecity.models.regions import (
    FILLED,
    OUTSIDE,
    Rule,
    cross_border,
    flow_matrix,
    functional_urban_areas,
    modularity,
    self_containment,
    travel_to_work_areas,
)

T = np.array([[0, 80, 6, 2], [70, 0, 4, 3], [5, 4, 0, 60], [2, 3, 55, 0]], float)
CITY = ["A", "A", "B", "B"]


def matrix(flows: Any) -> Any:
    dense = np.asarray(flows, float)
    o, d = (k.ravel() for k in np.indices(dense.shape))
    return flow_matrix(o, d, dense.ravel())


def test_the_example_of_the_package_holds() -> None:
    assert doctest.testmod(package).failed == 0


# --- Worked numbers ----------------------------------------------------------


def test_worked_numbers() -> None:
    flows = matrix(T)
    found = self_containment(flows, CITY)
    assert found.supply == pytest.approx([0.909091, 0.891473], rel=1e-6)
    assert found.demand == pytest.approx([150 / 164, 115 / 130])
    assert found.least == pytest.approx([0.909091, 115 / 130], rel=1e-6)
    assert modularity(flows, CITY) == pytest.approx(0.394274, abs=5e-7)
    assert modularity(flows, CITY, directed=True) == pytest.approx(0.394280, abs=5e-7)
    crossing = cross_border(flows, CITY, -1.5)
    assert crossing.share == pytest.approx(0.098639, abs=5e-7)
    assert crossing.open_share == pytest.approx(0.317223, abs=5e-7)
    assert crossing.ratio == pytest.approx(0.098639 / 0.317223, rel=1e-5)
    assert crossing.flows.nature is Nature.MODELLED


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 8))
def test_modularity_is_its_double_sum(state: int, n: int) -> None:
    rng = np.random.default_rng(state)
    flows = rng.poisson(2, (n, n)).astype(float)
    flows[0, 1] += 1
    part = rng.integers(0, 3, n)
    for directed in (False, True):
        t = flows if directed else flows + flows.T
        m = t.sum()
        q = sum(
            t[i, j] / m - t[i].sum() * t[:, j].sum() / m**2
            for i in range(n)
            for j in range(n)
            if part[i] == part[j]
        )
        assert modularity(matrix(flows), part, directed=directed) == pytest.approx(q, abs=1e-12)
    assert modularity(matrix(flows), np.zeros(n)) == pytest.approx(0, abs=1e-12)


# --- Functional urban areas ----------------------------------------------------


# Zones in a row 0-1-2-3-4-5-6; the core is 0. Zone 1 sends 20 % to it, zone 2 sends 10 % to the
# core and 6 % to zone 1, so it joins in the second round; 3 sends nothing that way; 4 sends 30 %
# to the core though 3 lies between; 5 and 6 send nothing.
LINE = np.diag([100.0, 80, 84, 100, 70, 100, 100])
LINE[1, 0], LINE[2, 0], LINE[2, 1], LINE[4, 0] = 20, 10, 6, 30
CORE = np.array([0, -1, -1, -1, -1, -1, -1])


def test_rounds_of_a_functional_urban_area() -> None:
    flows = matrix(LINE)
    official = functional_urban_areas(flows, CORE, rounds=1)
    assert official.area.tolist() == [0, 0, -1, -1, 0, -1, -1]
    again = functional_urban_areas(flows, CORE)
    assert again.area.tolist() == [0, 0, 0, -1, 0, -1, -1]
    assert again.round.tolist() == [0, 1, 2, OUTSIDE, 1, OUTSIDE, OUTSIDE]
    assert again.share[:3].tolist() == pytest.approx([1.0, 0.2, 0.16])
    stricter = functional_urban_areas(flows, CORE, share=0.25)
    assert stricter.area.tolist() == [0, -1, -1, -1, 0, -1, -1]


def test_holes_are_filled_and_exclaves_dropped() -> None:
    flows = matrix(LINE)
    row = neighbours(range(6), range(1, 7), 7)
    found = functional_urban_areas(flows, CORE, near=row)
    assert found.dropped.tolist() == [4]
    # What is left of the row is a gap that one area alone touches, open at its end.
    edge = np.arange(7) == 6
    open_end = functional_urban_areas(flows, CORE, near=row, edge=edge)
    assert open_end.area.tolist() == [0, 0, 0, -1, -1, -1, -1]
    # In a ring 0-1-2-3-4-0, zone 3 is surrounded.
    ring = neighbours([0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 0, 6], 7)
    around = functional_urban_areas(flows, CORE, near=ring)
    assert around.area.tolist() == [0, 0, 0, 0, 0, -1, -1]
    assert around.round[3] == FILLED


def test_cores_that_work_in_one_another_are_one() -> None:
    flows = np.diag([100.0, 80, 90, 50])
    flows[1, 0], flows[2, 1], flows[3, 2], flows[3, 0] = 20, 10, 30, 20
    found = functional_urban_areas(matrix(flows), [0, 1, 2, -1])
    assert found.cores.tolist() == [0, 0, 1]
    assert found.area.tolist() == [0, 0, 1, 1]
    assert found.share[3] == pytest.approx(0.3)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
def test_urban_areas_by_brute_force(state: int, n: int) -> None:
    rng = np.random.default_rng(state)
    flows = rng.poisson(3, (n, n)) * (rng.random((n, n)) < 0.5) + np.diag(rng.poisson(12, n))
    flows[0, 0] += 1.0
    core = np.where(rng.random(n) < 0.3, 0, -1)
    core[0] = 0
    area = core.copy()
    while True:
        joins = [
            i
            for i in range(n)
            if area[i] < 0 and flows[i].sum() > 0
            and flows[i][area == 0].sum() / flows[i].sum() >= 0.15
        ]  # fmt: skip
        if not joins:
            break
        area[joins] = 0
    assert functional_urban_areas(matrix(flows), core).area.tolist() == area.tolist()


# --- Travel-to-work areas ------------------------------------------------------


def test_the_sliding_scale() -> None:
    rule = Rule()
    sizes = np.array([3_499.0, 3_500, 3_500, 25_000, 25_000, 1e6, 14_250])
    kept = np.array([1.0, 0.75, 0.7499, 0.6667, 0.6666, 0.67, 0.71])
    valid = rule.validity(sizes, kept) >= rule.enough
    assert valid.tolist() == [False, True, False, True, False, True, True]


def test_the_scale_is_that_of_istat_and_near_a_straight_line() -> None:
    rule, sizes = Rule(), np.linspace(1_000, 30_000, 291)
    asked = np.clip(0.75 - (0.75 - 2 / 3) * (sizes - 3_500) / 21_500, 2 / 3, 0.75)
    for size, line in zip(sizes[sizes >= 3_500], asked[sizes >= 3_500], strict=True):
        z = 1 - (1 - (2 / 3) / 0.75) * max(0.0, (25_000 - size) / 21_500)
        istat = min(0.7 / 0.75, 1) * z * 0.75 / (2 / 3)  # valid from 1 on
        ours = rule.validity(np.array([size]), np.array([0.7]))[0]
        assert ours / rule.enough == pytest.approx(istat)
        assert -0.0025 < rule.enough * 0.75 / z - line <= 1e-12


def test_two_labour_markets_and_a_village_between() -> None:
    flows = np.array([
        [9_000, 500, 0, 0, 50],
        [1_500, 2_500, 0, 0, 0],
        [0, 0, 8_000, 400, 0],
        [0, 0, 900, 1_600, 0],
        [300, 0, 200, 0, 100],
    ])  # fmt: skip
    found = travel_to_work_areas(matrix(flows))
    assert found.area.tolist() == [0, 0, 1, 1, 0]
    assert found.size.tolist() == [9_550 + 4_000 + 600, 8_400 + 2_500]
    assert found.supply == pytest.approx([13_950 / 14_150, 1])
    assert found.demand == pytest.approx([1, 10_900 / 11_100])
    assert found.rounds == 3


def slow_areas(flows: Any, rule: Rule) -> list[set[int]]:
    """Dissolve the least valid area, everything added up anew each time."""
    areas = [{k} for k in range(len(flows)) if flows[k].sum() + flows[:, k].sum() > 0]

    def validity(area: set[int], live: list[int]) -> float:
        a = sorted(area)
        size, jobs = flows[np.ix_(a, live)].sum(), flows[np.ix_(live, a)].sum()
        inside = flows[np.ix_(a, a)].sum()
        least = min(inside / size if size else 0, inside / jobs if jobs else 0)
        return float(rule.validity(np.array([size]), np.array([least]))[0])

    while len(areas) > 1:
        live = sorted(set.union(*areas))
        worst = min(range(len(areas)), key=lambda k: round(validity(areas[k], live), 12))
        if validity(areas[worst], live) >= rule.enough - 1e-12:
            break
        gone = areas.pop(worst)
        moves = []
        for zone in sorted(gone):
            links = []
            for area in areas:
                a = sorted(area)
                there, back = flows[zone, a].sum(), flows[a, zone].sum()
                r, w = flows[a].sum(), flows[:, a].sum()
                link = there**2 / (flows[zone].sum() * w) if there else 0.0
                link += back**2 / (r * flows[:, zone].sum()) if back else 0.0
                links.append(round(link, 12))
            if max(links) > 0:
                moves.append((zone, links.index(max(links))))
        for zone, to in moves:
            areas[to].add(zone)
    return areas


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 10))
def test_work_areas_by_brute_force(state: int, n: int) -> None:
    rng = np.random.default_rng(state)
    flows = rng.gamma(0.3, 400, (n, n)) * (rng.random((n, n)) < 0.6)
    flows += np.diag(rng.gamma(2, 1_500, n))
    found = travel_to_work_areas(matrix(flows))
    expected = sorted(sorted(area) for area in slow_areas(flows, Rule()))
    names = range(int(found.area.max()) + 1)
    assert sorted(np.flatnonzero(found.area == k).tolist() for k in names) == expected
    valid = Rule().validity(found.size, np.minimum(found.supply, found.demand))
    assert found.validity == pytest.approx(valid)
    assert len(valid) == 1 or valid.min() >= Rule().enough - 1e-9


# --- Bad input -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "work"),
    [
        ("gravity.region_flow", lambda: flow_matrix([0, 1], [1, 0], [1, -2])),
        ("gravity.region_flow", lambda: flow_matrix([0, 1], [1, 0], [1, np.nan])),
        ("gravity.no_flow", lambda: flow_matrix([0, 1], [1, 0], [0, 0])),
        ("gravity.shape", lambda: flow_matrix([0, 1], [1], [1, 2])),
        ("gravity.region_zone", lambda: flow_matrix([0, 5], [1, 0], [1, 2], zones=3)),
        ("border.zones_not_whole", lambda: flow_matrix([0.0, 1], [1, 0], [1, 2])),
        ("border.zone_shape", lambda: self_containment(matrix(T), [1, 2])),
        ("border.no_label", lambda: modularity(matrix(T), [1.0, 2, np.nan, 3])),
        ("gravity.cores", lambda: functional_urban_areas(matrix(T), [-1] * 4)),
        ("gravity.cores", lambda: functional_urban_areas(matrix(T), [0, 2, -1, -1])),
        ("border.setting", lambda: functional_urban_areas(matrix(T), [0, -1, -1, -1], share=0)),
        ("gravity.work_rule", lambda: travel_to_work_areas(matrix(T), Rule(least_size=1e9))),
    ],
)
def test_bad_input_is_named(key: str, work: Any) -> None:
    with pytest.raises(InputError) as error:
        work()
    assert error.value.key == key
    assert error.value.text("zh")
