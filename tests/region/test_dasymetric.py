"""The population model: weights, exact splitting of totals, agreement, and the recorded score."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, xlogy

from onecity.core.errors import InputError, MissingError, RangeError
from onecity.region.dasymetric import (
    TERMS,
    Membership,
    Points,
    Term,
    agreement,
    disaggregate,
    features,
    fit_powers,
    junctions,
    membership,
    model_hash,
    point_density,
    weights,
)

Real = NDArray[np.float64]
Split = tuple[NDArray[np.int64], list[list[int]], Real, Real]

ONE = (Term("junction", 2.0, 0.5, 1.0),)


def members(*zones: Sequence[int]) -> Membership:
    """Return a membership from the list of zones of each unit."""
    start = np.cumsum([0, *(len(part) for part in zones)])
    flat = [zone for part in zones for zone in part]
    return Membership(start.astype(np.int64), np.array(flat, dtype=np.int64))


def split_slowly(
    people: Sequence[int], zones_of_unit: Sequence[Sequence[int]], weight: Real, area: Real
) -> Real:
    """Twin of `disaggregate`: exact fractions, one pair at a time."""
    result = [Fraction(0)] * len(weight)
    for count, zones in zip(people, zones_of_unit, strict=True):
        base = weight if any(weight[z] > 0 for z in zones) else area
        total = sum(Fraction(base[z]) for z in zones)
        for z in zones:
            result[z] += Fraction(count) * Fraction(base[z]) / total
    return np.array([float(value) for value in result])


def density_slowly(
    lon: Real, lat: Real, point_lon: Real, point_lat: Real, bandwidth: float
) -> Real:
    """Twin of `point_density`: haversine, every pair, no cut."""
    radius = 6371.0088
    result = []
    for x, y in zip(np.radians(lon), np.radians(lat), strict=True):
        total = 0.0
        for u, v in zip(np.radians(point_lon), np.radians(point_lat), strict=True):
            h = math.sin((v - y) / 2) ** 2 + math.cos(y) * math.cos(v) * math.sin((u - x) / 2) ** 2
            d = 2 * radius * math.asin(min(1.0, math.sqrt(h)))
            total += math.exp(-((d / bandwidth) ** 2) / 2) / (2 * math.pi * bandwidth**2)
        result.append(total)
    return np.array(result)


# Splitting


def test_one_unit_one_zone() -> None:
    result = disaggregate([963_260], members([0]), [3.7], [1.0])
    assert result.people.tolist() == [963_260]
    assert result.by_unit.tolist() == [963_260]
    assert not result.by_area.any()


def test_people_follow_the_weights() -> None:
    result = disaggregate([100], members([0, 1, 2]), [1, 3, 6], [1, 1, 1])
    np.testing.assert_allclose(result.people, [10, 30, 60], rtol=1e-15)


def test_overlapping_units_add_up() -> None:
    # A county, a pair of counties known together, a functional zone on both kinds of land.
    units = members([0, 1], [2, 3], [1, 2])
    result = disaggregate([300, 80, 40], units, [1, 2, 1, 3], [1, 1, 1, 1])
    np.testing.assert_allclose(result.people, [100, 200 + 40 * 2 / 3, 20 + 40 / 3, 60], rtol=1e-14)
    np.testing.assert_allclose(result.by_unit, [300, 80, 40], rtol=1e-14)


def test_a_unit_without_weight_is_split_by_area_and_marked() -> None:
    result = disaggregate([90, 10], members([0, 1], [2]), [0, 0, 5], [1, 2, 1])
    np.testing.assert_allclose(result.people, [30, 60, 10], rtol=1e-15)
    assert result.by_area.tolist() == [True, False]


def test_zones_of_no_unit_are_marked() -> None:
    result = disaggregate([5], members([1]), [1, 1, 1], [1, 1, 1])
    assert result.people.tolist() == [0, 5, 0]
    assert result.in_no_unit.tolist() == [True, False, True]


def test_no_unit_at_all() -> None:
    result = disaggregate([], members(), [1, 1], [1, 1])
    assert result.people.tolist() == [0, 0]
    assert result.by_unit.shape == (0,)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    zones = draw(st.integers(1, 12))
    units = draw(st.integers(1, 5))
    some = st.lists(st.integers(0, zones - 1), min_size=1, max_size=zones, unique=True)
    of_unit = [draw(some) for _ in range(units)]
    people = draw(hnp.arrays(np.int64, units, elements=st.integers(0, 10**10)))
    weight = draw(
        hnp.arrays(
            np.float64,
            zones,
            elements=st.sampled_from([0.0, 5e-324, 1e-200, 1e-9, 0.3, 1.0, 7.0, 1e12, 1e300]),
        )
    )
    area = draw(hnp.arrays(np.float64, zones, elements=st.floats(1e-4, 1e4)))
    return people, of_unit, weight, area


@given(splits())
def test_totals_are_kept_to_the_person(case: Split) -> None:
    people, of_unit, weight, area = case
    result = disaggregate(people, members(*of_unit), weight, area)
    np.testing.assert_allclose(result.by_unit, people, rtol=1e-9)
    assert np.rint(result.by_unit).astype(np.int64).tolist() == people.tolist()
    assert math.isclose(math.fsum(result.people), float(people.sum()), rel_tol=1e-9)
    assert (result.people >= 0).all()


@given(splits())
def test_splitting_equals_its_slow_twin(case: Split) -> None:
    people, of_unit, weight, area = case
    result = disaggregate(people, members(*of_unit), weight, area)
    slow = split_slowly(people.tolist(), of_unit, weight, area)
    np.testing.assert_allclose(result.people, slow, rtol=1e-12, atol=1e-300)


@given(splits(), st.randoms(use_true_random=False))
def test_the_order_of_zones_and_units_does_not_matter(case: Split, random: Random) -> None:
    people, of_unit, weight, area = case
    plain = disaggregate(people, members(*of_unit), weight, area)
    to_new = list(range(len(weight)))
    random.shuffle(to_new)
    turn = list(range(len(people)))
    random.shuffle(turn)
    old = np.argsort(to_new)
    moved = disaggregate(
        people[turn],
        members(*[[to_new[zone] for zone in of_unit[unit]] for unit in turn]),
        weight[old],
        area[old],
    )
    np.testing.assert_allclose(moved.people[to_new], plain.people, rtol=1e-12)
    assert moved.by_area.tolist() == plain.by_area[turn].tolist()


@pytest.mark.parametrize(
    ("people", "units", "weight", "area", "key"),
    [
        ([1], members([]), [1], [1], "unit_empty"),
        ([1, 1], members([0]), [1], [1], "length"),
        ([1], members([0, 0]), [1], [1], "zone_twice"),
        ([1], members([3]), [1], [1], "index"),
        ([1], members([-1]), [1], [1], "index"),
        ([np.nan], members([0]), [1], [1], "not_a_number"),
        ([-1], members([0]), [1], [1], "negative"),
        ([1], members([0]), [np.inf], [1], "not_a_number"),
        ([1], members([0]), [-1], [1], "negative"),
        ([1], members([0]), [1], [np.nan], "not_a_number"),
        ([1], members([0]), [1], [1, 1], "length"),
        ([1], members([0]), [0], [0], "unit_without_area"),
        ([1], Membership(np.array([0, 2]), np.array([0])), [1], [1], "bounds"),
        ([1], Membership(np.array([0, 1]), np.array([0.0])), [1], [1], "not_whole"),
    ],
)
def test_bad_splits_are_refused(
    people: list[float], units: Membership, weight: list[float], area: list[float], key: str
) -> None:
    with pytest.raises(InputError) as error:
        disaggregate(people, units, weight, area)
    assert error.value.key == f"dasymetric.{key}"
    assert str(error.value)


def test_people_beyond_floating_point_are_refused() -> None:
    with pytest.raises(RangeError):
        disaggregate([1.7e308, 1.7e308], members([0], [0]), [1], [1])


def test_membership_from_counties() -> None:
    found = membership(["b", "a", "b", "c"], [["a"], ["b", "c"], ["c"]])
    assert found.start.tolist() == [0, 1, 4, 5]
    assert [sorted(part.tolist()) for part in np.split(found.zone, found.start[1:-1])] == [
        [1],
        [0, 2, 3],
        [3],
    ]


def test_membership_takes_codes_as_numbers_too() -> None:
    found = membership(np.array([420102, 420103]), [[420103]])
    assert found.zone.tolist() == [1]


@pytest.mark.parametrize(
    ("units", "key"),
    [
        ([[]], "unit_empty"),
        ([["a"], ["x"]], "county_without_zones"),
        ([["a", "a"]], "county_twice"),
    ],
)
def test_bad_units_are_refused(units: list[list[str]], key: str) -> None:
    with pytest.raises(InputError) as error:
        membership(["a", "b"], units)
    assert error.value.key == f"dasymetric.{key}"


# Features and weights


def test_a_junction_has_three_neighbours() -> None:
    # 0 is a cross; 1 is passed through, both ways drawn; 2 has parallel arcs and a loop.
    tail = [0, 0, 0, 1, 4, 2, 2, 2]
    head = [1, 2, 3, 4, 1, 0, 0, 2]
    assert junctions(6, tail, head).tolist() == [True, False, False, False, False, False]


@given(
    st.integers(1, 8).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30),
        )
    )
)
def test_junctions_equal_their_slow_twin(case: tuple[int, list[tuple[int, int]]]) -> None:
    count, arcs = case
    around: list[set[int]] = [set() for _ in range(count)]
    for u, v in arcs:
        if u != v:
            around[u].add(v)
            around[v].add(u)
    ends = np.array(arcs, dtype=np.int64).reshape(-1, 2)
    found = junctions(count, ends[:, 0], ends[:, 1])
    assert found.tolist() == [len(neighbours) >= 3 for neighbours in around]


def test_junctions_refuse_unknown_nodes() -> None:
    with pytest.raises(InputError):
        junctions(2, [0], [2])


@pytest.mark.parametrize("bandwidth", [0.8, 3.0, 40.0])
def test_density_equals_its_slow_twin(bandwidth: float) -> None:
    random = np.random.default_rng(7)
    lon, lat = random.uniform(113, 115, 150), random.uniform(29, 31, 150)
    u, v = random.uniform(113, 115, 200), random.uniform(29, 31, 200)
    lon[:3], lat[:3] = u[:3], v[:3]
    u[10:13], v[10:13] = u[10], v[10]
    slow = density_slowly(lon, lat, u, v, bandwidth)
    fast = point_density(lon, lat, u, v, bandwidth)
    # The cut leaves out what is further than four bandwidths: exp(-8) of a peak per point.
    peak = 1 / (2 * np.pi * bandwidth**2)
    np.testing.assert_allclose(fast, slow, rtol=4e-4, atol=math.exp(-8) * peak * len(u))
    near = slow > 0.5 * peak
    np.testing.assert_allclose(fast[near], slow[near], rtol=0.02)


def test_one_point_makes_a_gaussian_that_sums_to_one() -> None:
    step = 0.005
    axis = np.arange(-20, 21) * step
    lon, lat = (grid.ravel() for grid in np.meshgrid(114 + axis, axis))
    density = point_density(lon, lat, [114.0], [0.0], 1.5)
    cell = math.radians(step) ** 2 * 6371.0088**2
    assert density.sum() * cell == pytest.approx(1, abs=1e-3)
    assert density.max() == pytest.approx(1 / (2 * math.pi * 1.5**2 * (1 - math.exp(-8))))


def test_density_knows_the_date_line_and_the_pole() -> None:
    across = point_density([179.999], [0], [-179.999], [0], 1.0)
    beside = point_density([0.001], [0], [-0.001], [0], 1.0)
    np.testing.assert_allclose(across, beside, rtol=1e-9)
    assert point_density([0], [90], [120], [90], 1.0) == pytest.approx(
        point_density([0], [0], [0], [0], 1.0)
    )


def test_density_of_nothing_is_zero() -> None:
    assert point_density([114], [30], [], [], 3).tolist() == [0]
    assert point_density([], [], [114], [30], 3).shape == (0,)


@pytest.mark.parametrize(
    ("lon", "lat", "bandwidth", "key"),
    [
        ([181], [30], 1, "position"),
        ([114], [91], 1, "position"),
        ([np.nan], [30], 1, "position"),
        ([114, 115], [30], 1, "length"),
        ([114], [30], 0, "bandwidth"),
        ([114], [30], np.nan, "bandwidth"),
    ],
)
def test_bad_positions_are_refused(
    lon: list[float], lat: list[float], bandwidth: float, key: str
) -> None:
    with pytest.raises(InputError) as error:
        point_density(lon, lat, [114], [30], bandwidth)
    assert error.value.key == f"dasymetric.{key}"


def test_features_are_one_density_per_term() -> None:
    points = {"junction": ([114.0, 114.01], [30.0, 30.0]), "place": ([114.0], [30.1])}
    table = features([114.0, 115.0], [30.0, 30.0], points)
    assert table.shape == (2, len(TERMS))
    for column, term in zip(table.T, TERMS, strict=True):
        alone = point_density([114.0, 115.0], [30.0, 30.0], *points[term.points], term.bandwidth_km)
        assert column.tolist() == alone.tolist()
    with pytest.raises(MissingError):
        features([114.0], [30.0], {"junction": ([114.0], [30.0])})


def test_weights_by_hand() -> None:
    terms = (Term("a", 1, 0.5, 2.0), Term("b", 1, 4.0, 0.5))
    weight = weights([2, 3, 0], [[1, 12], [0, 0], [5, 5]], terms)
    np.testing.assert_allclose(weight, [2 * 9 * 2, 3, 0], rtol=1e-14)


def test_without_points_the_weight_is_the_area() -> None:
    nothing: Points = {"junction": ([], []), "place": ([], [])}
    area = np.array([4.0, 5.5])
    weight = weights(area, features([114, 115], [30, 31], nothing))
    assert weight.tolist() == area.tolist()


@given(
    hnp.arrays(np.float64, (6, 2), elements=st.floats(0, 1e30)),
    hnp.arrays(np.float64, 6, elements=st.floats(0, 1e6)),
)
def test_more_points_never_mean_fewer_people(feature: Real, area: Real) -> None:
    terms = (Term("a", 1, 0.03, 0.4), Term("b", 1, 0.01, 0.0))
    weight = weights(area, feature, terms)
    assert (weight >= area * (1 - 1e-12)).all()
    assert (weights(area, feature * 2, terms) >= weight).all()


@pytest.mark.parametrize(
    ("area", "feature", "terms", "key"),
    [
        ([1], [[-1.0]], ONE, "negative"),
        ([1], [[np.nan]], ONE, "not_a_number"),
        ([1], [[1.0, 2.0]], ONE, "shape"),
        ([1, 2], [[1.0]], ONE, "shape"),
        ([-1], [[1.0]], ONE, "negative"),
        ([1], [[1.0]], (Term("a", 1, 0.0, 1.0),), "scale"),
        ([1], [[1.0]], (Term("a", 1, 1.0, -1.0),), "power"),
    ],
)
def test_bad_features_are_refused(
    area: list[float], feature: list[list[float]], terms: tuple[Term, ...], key: str
) -> None:
    with pytest.raises(InputError) as error:
        weights(area, feature, terms)
    assert error.value.key == f"dasymetric.{key}"


def test_weights_beyond_floating_point_are_refused() -> None:
    for area, feature, scale in ((1, 1e300, 1e-5), (0, 1e300, 1e-5), (1, 1e300, 1e-9)):
        with pytest.raises(RangeError) as error:
            weights([1, area], [[0.0], [feature]], (Term("a", 1, scale, 3.0),))
        assert error.value.values == {"row": 1}


# Agreement and fit


def test_agreement_by_hand() -> None:
    truth = [10, 30, 20, 40]
    modelled = [20, 20, 30, 30]
    found = agreement(modelled, truth, [0, 0, 1, 1], [False, True])
    # Every zone is 10 off; the truth's squared deviations sum to 500.
    assert found.r2 == pytest.approx(1 - 400 / 500)
    assert found.misplaced_share == pytest.approx(0.2)
    assert found.r2_outer == pytest.approx(1 - 200 / 200)
    assert found.misplaced_share_outer == pytest.approx(10 / 60)
    np.testing.assert_allclose(found.r2_of_district, [0, 0], atol=1e-15)
    np.testing.assert_allclose(found.misplaced_share_of_district, [0.25, 1 / 6])


def test_perfect_agreement() -> None:
    found = agreement([1, 2, 3], [1, 2, 3], [0, 0, 1], [False, False])
    assert (found.r2, found.misplaced_share) == (1, 0)
    assert math.isnan(found.r2_outer)
    assert math.isnan(found.r2_of_district[1])


@pytest.mark.parametrize(
    ("modelled", "truth", "district", "key"),
    [
        ([1, 2], [2, 2], [0, 0], "totals_differ"),
        ([0, 0], [0, 0], [0, 0], "no_people"),
        ([1, 2], [1, 2], [0, 1], "index"),
        ([1, 2], [1, np.nan], [0, 0], "not_a_number"),
        ([1, 2], [1, 2, 3], [0, 0], "length"),
    ],
)
def test_bad_comparisons_are_refused(
    modelled: list[float], truth: list[float], district: list[int], key: str
) -> None:
    with pytest.raises(InputError) as error:
        agreement(modelled, truth, district, [False])
    assert error.value.key == f"dasymetric.{key}"


def made_up(
    powers: Sequence[float], seed: int = 3
) -> tuple[Real, Real, tuple[Term, ...], Real, NDArray[np.int64]]:
    """Return zones whose people follow known powers exactly, in three districts."""
    random = np.random.default_rng(seed)
    terms = tuple(Term("x", 1, 0.1, power) for power in powers)
    area = random.uniform(0.5, 5, 90)
    feature = random.exponential(0.5, (90, len(powers)))
    district = np.arange(90) % 3
    units = members(*[np.flatnonzero(district == number).tolist() for number in range(3)])
    people = disaggregate([1e6, 3e4, 50], units, weights(area, feature, terms), area).people
    return area, feature, terms, people, district


def test_a_fit_finds_the_powers_that_made_the_people() -> None:
    area, feature, terms, people, district = made_up((0.7, 0.0, 1.8))
    found = fit_powers(area, feature, terms, people, district)
    np.testing.assert_allclose(found.power, [0.7, 0.0, 1.8], atol=1e-5)
    assert found.deviance == pytest.approx(0, abs=1e-9)


def test_a_fit_is_a_minimum_and_never_negative() -> None:
    area, feature, terms, people, district = made_up((0.7, 0.3))
    noisy = people * np.random.default_rng(5).lognormal(0, 0.8, len(people))
    found = fit_powers(area, feature, terms, noisy, district)
    totals = np.bincount(district, noisy)

    def deviance(power: Real) -> float:
        weight = area * ((1 + feature / 0.1) ** power).prod(axis=1)
        modelled = (totals / np.bincount(district, weight))[district] * weight
        return float(2 * (noisy * np.log(noisy / modelled)).sum() / noisy.sum())

    assert found.deviance == pytest.approx(deviance(found.power), rel=1e-9)
    for step in ([0.01, 0], [-0.01, 0], [0, 0.01], [0, -0.01]):
        assert deviance(found.power + step) > found.deviance
    # People where no points are: the power would be negative, and stays at zero.
    fleeing = fit_powers(area, feature[:, :1], terms[:1], area / (1 + feature[:, 0]), district)
    assert fleeing.power.tolist() == [0]


def test_a_feature_that_is_the_same_everywhere_gets_no_power() -> None:
    area, feature, terms, people, district = made_up((0.7, 0.3))
    flat = np.column_stack([feature, np.full(len(area), 5.0), np.zeros(len(area))])
    found = fit_powers(area, flat, (*terms, *ONE, *ONE), people, district)
    np.testing.assert_allclose(found.power, [0.7, 0.3, 0, 0], atol=1e-6)
    assert found.power[2:].tolist() == [0, 0]


@given(hnp.arrays(np.int64, (12, 2), elements=st.integers(0, 10**6)), st.integers(0, 10**6))
def test_a_fit_equals_a_general_search(thousandths: NDArray[np.int64], seed: int) -> None:
    feature = thousandths / 1000
    random = np.random.default_rng(seed)
    people = random.integers(0, 1000, 12).astype(np.float64) + (np.arange(12) == 0)
    area, district = random.uniform(0.5, 5, 12), np.arange(12) % 2
    terms = (Term("a", 1, 0.5, 0), Term("b", 1, 2.0, 0))
    totals = np.bincount(district, people)

    def deviance(power: Real) -> float:
        log = np.log(area) + np.log1p(feature / [0.5, 2.0]) @ power
        share = np.array([logsumexp(log[district == d]) for d in (0, 1)])[district]
        truth = xlogy(people, people / np.maximum(totals, 1)[district])
        return float(2 * (truth - people * (log - share)).sum() / people.sum())

    found = fit_powers(area, feature, terms, people, district)
    assert found.deviance == pytest.approx(deviance(found.power), abs=1e-9)
    searched = minimize(deviance, [0.1, 0.1], bounds=[(0, None)] * 2, method="Nelder-Mead")
    assert found.deviance <= searched.fun + 1e-9


def test_a_fit_needs_land_and_people() -> None:
    for area, people, key in (([0.0], [1.0], "no_area"), ([1.0], [0.0], "no_people")):
        with pytest.raises(InputError) as error:
            fit_powers(area, [[1.0]], ONE, people, [0])
        assert error.value.key == f"dasymetric.{key}"


# Names


def test_the_hash_names_terms_and_points_but_not_their_order() -> None:
    points = {"junction": ([114.0, 114.5], [30.0, 30.5]), "place": ([114.1], [30.1])}
    turned = {"place": ([114.1], [30.1]), "junction": ([114.5, 114.0], [30.5, 30.0])}
    moved = {**points, "place": ([114.2], [30.1])}
    name = model_hash(points)
    assert len(name) == 64
    assert model_hash(turned) == name
    assert model_hash(moved) != name
    assert model_hash(points, TERMS[:1]) != name
    with pytest.raises(MissingError):
        model_hash({"junction": points["junction"]})


# The recorded score


@pytest.fixture(scope="module")
def scorer(root: Path) -> ModuleType:
    """The script that measures the score."""
    spec = spec_from_file_location("score_population", root / "scripts" / "score_population.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recorded(root: Path) -> dict[str, Any]:
    """The score as it was recorded."""
    text = (root / "regions" / "wuhan" / "population_score.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def test_the_recorded_score_belongs_to_this_model(
    scorer: ModuleType, recorded: dict[str, Any]
) -> None:
    now = model_hash(scorer.read_points(scorer.REGION / "data"))
    assert recorded["model"] == now, "the model changed: run scripts/score_population.py again"
    assert recorded["terms"] == [asdict(term) for term in TERMS]


def test_the_recorded_score_reaches_the_goals(recorded: dict[str, Any]) -> None:
    held_out, by_area = recorded["held_out"], recorded["by_area"]
    assert held_out["r2"] >= 0.72
    assert held_out["misplaced_share"] <= by_area["misplaced_share"] - 0.08
    assert held_out["r2_outer"] >= 0.5


@pytest.mark.shared
def test_the_recorded_score_can_be_measured_again(
    scorer: ModuleType, recorded: dict[str, Any]
) -> None:
    again, wanted = scorer.score(scorer.REGION, scorer.TRUTH)
    assert wanted == TERMS
    for part in ("by_area", "in_sample", "held_out", "other_cities_census"):
        assert again[part] == pytest.approx(recorded[part], abs=2e-4), part
    assert (again["zones"], again["people"]) == (recorded["zones"], recorded["people"])


@pytest.mark.shared
def test_a_held_out_district_is_not_seen(scorer: ModuleType) -> None:
    data = scorer.REGION / "data"
    counties = scorer.read_counties(data)
    zones = scorer.h3_zones(counties[counties["city"] == scorer.CORE_CITY], scorer.RESOLUTION)
    sample = scorer.read_sample(zones, scorer.TRUTH)
    points = scorer.read_points(data)
    away = sample.district == 0
    blurred = replace(sample, truth=np.where(away, sample.truth[away].mean(), sample.truth))
    before, _ = scorer.hold_out(sample, scorer.Densities(sample, points))
    after, _ = scorer.hold_out(blurred, scorer.Densities(blurred, points))
    np.testing.assert_allclose(after[away], before[away], rtol=1e-12)
    assert not np.allclose(after[~away], before[~away], rtol=1e-4)
