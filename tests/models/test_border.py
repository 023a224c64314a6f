"""The border effect on travel time: exact without noise, equal to dense algebra with it."""

import doctest
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.models import border
from onecity.models.border import (
    Range,
    TravelPairs,
    border_dummies,
    border_effect,
    head_ries,
    travel_pairs,
)
from onecity.models.least_squares import Errors
from tests.models.border_twins import (
    Case,
    Ints,
    Reals,
    dummies,
    made_case,
    peel,
    regress,
    regress_exactly,
)

CASE = made_case()
KINDS: tuple[Errors, ...] = ("classical", "robust", "clustered")


def pairs_of(case: Case, **more: Any) -> TravelPairs:
    settings: dict[str, Any] = {"people": case.people, "further": {"river": case.river}} | more
    return travel_pairs(case.origin, case.destination, case.minutes, case.km, **settings)


def clusters_of(case: Case) -> Ints:
    a, b = case.city[case.origin], case.city[case.destination]
    return np.asarray(np.minimum(a, b) * 10 + np.maximum(a, b))


# --- Exactness ---------------------------------------------------------------


@pytest.mark.parametrize(("theta", "beta"), [(-1.1, -1.2), (0.83, 0.07), (1.0, 0.0)])
def test_noise_free_data_come_back(theta: float, beta: float) -> None:
    rng = np.random.default_rng(5)
    n = 60
    xy = rng.uniform(0, 100, (n, 2))
    o, d = np.nonzero(~np.eye(n, dtype=bool))
    km = np.hypot(*(xy[o] - xy[d]).T)
    o, d, km = o[km < 60], d[km < 60], km[km < 60]
    city = (xy[:, 0] // 34).astype(int)
    out, into = rng.normal(0, 3, (2, n))
    river = ((xy[o, 1] < 50) != (xy[d, 1] < 50)).astype(float)
    logs = out[o] + into[d] + theta * np.log(km) + beta * (city[o] != city[d]) + 0.3 * river
    people = rng.lognormal(0, 3, n)
    pairs = travel_pairs(o, d, np.exp(logs), km, people=people, further={"river": river})
    effect = border_effect(pairs, city)
    assert effect.beta == pytest.approx([beta], abs=1e-10)
    assert effect.theta == pytest.approx([theta], abs=1e-10)
    assert effect.fits[0].coefficients[2] == pytest.approx(0.3, abs=1e-10)
    assert effect.fits[0].within_r2 == pytest.approx(1.0, abs=1e-12)
    assert effect.distance_factor == pytest.approx([np.exp(beta / theta)], abs=1e-9)
    if beta == -1.2:
        assert round(effect.distance_factor[0], 3) == 2.977


def test_two_zones_to_two_zones_is_the_difference_of_differences() -> None:
    # Zones 0, 1 in one city and 2, 3 in another, seen from outside with all pairs but those of
    # a zone with itself: few enough to write down.
    o, d = np.nonzero(~np.eye(4, dtype=bool))
    city = np.array(["A", "A", "B", "B"])
    km = np.exp(((o * 3 + d) % 5).astype(float))
    t = np.exp(0.5 * np.log(km) + 0.25 * (city[o] != city[d]))
    effect = border_effect(travel_pairs(o, d, t, km), city)
    assert effect.beta == pytest.approx([0.25], abs=1e-12)
    assert effect.factor == pytest.approx([np.exp(0.25)])


def test_head_ries_number() -> None:
    assert head_ries([[120, 8], [10, 60]])[0, 1] == pytest.approx(-2.2499048, abs=5e-8)
    flows = np.array([[5.0, 2, 1], [3, 7, 4], [1, 1, 9]])
    found = head_ries(flows)
    for i in range(3):
        for j in range(3):
            ratio = flows[i, j] * flows[j, i] / (flows[i, i] * flows[j, j])
            assert found[i, j] == pytest.approx(0.5 * np.log(ratio), abs=1e-14)


def test_equal_to_pyfixest() -> None:
    # pyfixest 0.60.0: feols("y ~ b + lk + river | o + d", weights="w",
    # ssc=ssc(k_fixef="full"), fixef_tol=1e-14) on the same 146 pairs, w = P_i P_j.
    fit = border_effect(pairs_of(CASE), CASE.city).fits[0]
    assert fit.names == ("border all", "ln km", "river")
    assert (fit.pairs, fit.clusters, fit.weightless, fit.singletons) == (146, 6, 0, 0)
    published = {
        "coefficients": (0.183046992101, 0.803474372827, 0.249373057198),
        "classical": (0.063473015078, 0.058626033479, 0.105983408387),
        "robust": (0.069513784950, 0.063940052366, 0.140088014949),
        "clustered": (0.050082688510, 0.052529748351, 0.164811784640),
    }
    assert fit.coefficients == pytest.approx(published["coefficients"], abs=1e-11)
    assert fit.standard_errors("classical") == pytest.approx(published["classical"], abs=1e-11)
    assert fit.standard_errors("robust") == pytest.approx(published["robust"], abs=1e-11)
    assert fit.standard_errors("clustered") == pytest.approx(published["clustered"], abs=1e-11)
    assert fit.within_r2 == pytest.approx(0.6914993858471069, abs=1e-12)
    intervals = [0.0543053427, 0.3117886415, 0.6684423559, 0.9385063898, -0.1742891227]
    assert fit.intervals().ravel()[:5] == pytest.approx(intervals, abs=1e-9)
    assert fit.intervals(errors="classical")[0] == pytest.approx(
        [0.0573306880, 0.3087632962], abs=1e-9
    )


# --- The dense twin ----------------------------------------------------------


@st.composite
def random_cases(draw: st.DrawFn) -> tuple[Case, Reals]:
    """Unbalanced pairs, some twice, isolated zones, weights of zero and far apart, ties."""
    n = draw(st.integers(4, 9))
    m = draw(st.integers(6, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    o, d = rng.integers(0, n, (2, m))
    ids = draw(st.sampled_from([np.arange(n), 3 * np.arange(n) + 2, np.arange(n)[::-1]]))
    city = np.full(int(ids.max()) + 1, 0)
    city[ids] = rng.integers(0, draw(st.integers(2, 4)), n)
    spread = draw(st.sampled_from([0.0, 0.5, 2.0]))
    weights = np.exp(rng.normal(0, spread, m)) * draw(st.sampled_from([1e-250, 1.0, 1e250]))
    weights[rng.random(m) < draw(st.sampled_from([0.0, 0.3]))] = 0.0
    km = rng.choice([1.0, 2.0, 5.0, 7.5, 30.0], m)
    river = rng.integers(0, 2, m).astype(float)
    case = Case(ids[o], ids[d], city, km, river, np.exp(rng.normal(0, 1, m)), np.ones(0))
    return case, weights


@settings(max_examples=100)
@given(random_cases())
def test_equals_dense_algebra(drawn: tuple[Case, Reals]) -> None:
    case, weights = drawn
    rows = peel(case.origin, case.destination, weights / max(weights.max(), 1e-300))
    assume(len(rows) > 0)
    o, d = case.origin[rows], case.destination[rows]
    b = (case.city[o] != case.city[d]).astype(float)
    X = np.column_stack([b, np.log(case.km[rows]), case.river[rows]])
    effects = np.column_stack([dummies(o), dummies(d)])
    rank = np.linalg.matrix_rank(np.column_stack([X, effects]))
    if (
        rank < 3 + np.linalg.matrix_rank(effects)
        or len(rows) <= rank
        or len(set(clusters_of(case)[rows])) < 2
    ):
        with pytest.raises(InputError):
            border_effect(pairs_of(case, people=None, weights=weights), case.city)
        return
    effect = border_effect(pairs_of(case, people=None, weights=weights), case.city)
    twin = regress(o, d, weights[rows], np.log(case.minutes[rows]), X, clusters_of(case)[rows])
    fit = effect.fits[0]
    assert fit.pairs == len(rows)
    assert fit.weightless == int((weights == 0).sum())
    assert fit.freedom == twin.freedom
    size = 1 + np.abs(twin.coefficients).max()
    assert fit.coefficients == pytest.approx(twin.coefficients, abs=1e-7 * size)
    for kind in KINDS:
        expected = getattr(twin, kind)
        scale = max(np.abs(expected).max(), 1e-12)
        assert fit.covariance(kind) == pytest.approx(expected, abs=1e-5 * scale), kind


def test_weights_far_apart_equal_fractions() -> None:
    # Weights over seven orders of magnitude, where dense algebra in floats loses the errors.
    n = 5
    o, d = np.nonzero(~np.eye(n, dtype=bool))
    weights = 10.0 ** (-(np.arange(len(o)) * 7 % 15) / 2.0)
    km = 1.0 + (o * 5 + d * 3) % 7
    minutes = np.exp(((o * 31 + d * 17) % 23) / 10.0)
    city = np.array([0, 1, 1, 0, 2])
    fit = border_effect(travel_pairs(o, d, minutes, km, weights=weights), city).fits[0]
    full = np.column_stack(
        [city[o] != city[d], np.log(km), o[:, None] == np.arange(n), d[:, None] == np.arange(1, n)]
    ).astype(float)
    beta, robust = regress_exactly(full, weights, np.log(minutes))
    assert fit.coefficients == pytest.approx(beta[:2], rel=1e-12)
    assert fit.robust == pytest.approx(robust[:2, :2], rel=1e-9)


# --- What must not matter ----------------------------------------------------


def test_the_scale_of_weights_does_not_matter() -> None:
    weights = CASE.people[CASE.origin] * CASE.people[CASE.destination]
    fits = [
        border_effect(pairs_of(CASE, people=None, weights=weights * scale), CASE.city).fits[0]
        for scale in (1.0, 1e-200, 1e200, 7.3)
    ]
    for fit in fits[1:]:
        assert fit.coefficients == pytest.approx(fits[0].coefficients, rel=1e-11)
        for kind in KINDS:
            assert fit.covariance(kind) == pytest.approx(fits[0].covariance(kind), rel=1e-9)
    by_people = border_effect(pairs_of(CASE), CASE.city).fits[0]
    assert by_people.coefficients == pytest.approx(fits[0].coefficients, rel=1e-12)


def test_units_only_move_the_effects() -> None:
    hours = travel_pairs(
        CASE.origin, CASE.destination, CASE.minutes / 60, CASE.km * 1000, people=CASE.people
    )
    minutes = travel_pairs(CASE.origin, CASE.destination, CASE.minutes, CASE.km, people=CASE.people)
    one, other = (border_effect(pairs, CASE.city) for pairs in (hours, minutes))
    assert one.beta == pytest.approx(other.beta, abs=1e-12)
    assert one.theta == pytest.approx(other.theta, abs=1e-12)


def test_order_of_pairs_and_names_of_zones_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    rows, ids = rng.permutation(len(CASE.km)), rng.permutation(40)[:14]
    city, people = np.full(40, "none"), np.zeros(40)
    city[ids] = np.array(["甲", "乙", "丙", "丁"])[CASE.city]
    people[ids] = CASE.people
    moved = travel_pairs(
        ids[CASE.origin[rows]],
        ids[CASE.destination[rows]],
        CASE.minutes[rows],
        CASE.km[rows],
        people=people,
        further={"river": CASE.river[rows]},
    )
    fit = border_effect(moved, city).fits[0]
    known = border_effect(pairs_of(CASE), CASE.city).fits[0]
    assert fit.coefficients == pytest.approx(known.coefficients, abs=1e-11)
    for kind in KINDS:
        assert fit.covariance(kind) == pytest.approx(known.covariance(kind), rel=1e-9)


def test_threads_do_not_change_a_bit() -> None:
    one, two = (
        border_effect(pairs_of(CASE, threads=t), CASE.city, by="border", threads=t) for t in (1, 2)
    )
    assert np.array_equal(one.beta, two.beta)


def test_pairs_that_say_nothing_are_left_out_and_counted() -> None:
    # Zone 20 has one pair, from 21, whose other pair goes to 22: peeled one after the other.
    more = [(21, 20), (21, 22), (0, 1)]
    o = np.r_[CASE.origin, [a for a, _ in more]]
    d = np.r_[CASE.destination, [b for _, b in more]]
    weights = np.r_[CASE.people[CASE.origin] * CASE.people[CASE.destination], 1.0, 2.0, 0.0]
    city = np.r_[CASE.city, np.zeros(9, int)]
    grown = travel_pairs(
        o,
        d,
        np.r_[CASE.minutes, 5.0, 6.0, 7.0],
        np.r_[CASE.km, 1.0, 2.0, 3.0],
        weights=weights,
        further={"river": np.r_[CASE.river, 0.0, 1.0, 1.0]},
    )
    fit = border_effect(grown, city).fits[0]
    known = border_effect(pairs_of(CASE), CASE.city).fits[0]
    assert (fit.pairs, fit.weightless, fit.singletons) == (146, 1, 2)
    assert fit.coefficients == pytest.approx(known.coefficients, abs=1e-12)
    assert fit.clustered == pytest.approx(known.clustered, rel=1e-10)


# --- Borders one by one ------------------------------------------------------


def test_each_border_has_its_own_effect() -> None:
    touching = [(0, 1), (3, 1), (1, 3)]
    effect = border_effect(pairs_of(CASE), CASE.city, by="border", touching=touching)
    a, b = CASE.city[CASE.origin], CASE.city[CASE.destination]
    low, high = np.minimum(a, b), np.maximum(a, b)
    columns = [(low == 0) & (high == 1), (low == 1) & (high == 3), (low == 0) & (high == 3)]
    assert effect.labels == ((0, 1), (1, 3), "other")
    X = np.column_stack([*columns, np.log(CASE.km), CASE.river]).astype(float)
    weights = CASE.people[CASE.origin] * CASE.people[CASE.destination]
    twin = regress(
        CASE.origin, CASE.destination, weights, np.log(CASE.minutes), X, clusters_of(CASE)
    )
    assert effect.beta == pytest.approx(twin.coefficients[: len(columns)], abs=1e-10)
    assert effect.theta == pytest.approx([twin.coefficients[-2]] * len(columns), abs=1e-10)
    errors = np.sqrt(np.diag(twin.clustered))[: len(columns)]
    assert effect.standard_errors() == pytest.approx(errors, abs=1e-9)
    assert effect.crossings.tolist() == [int(column.sum()) for column in columns]
    assert effect.crossing_share == pytest.approx(
        [weights[column].sum() / weights.sum() for column in columns]
    )


def test_each_city_against_the_rest() -> None:
    effect = border_effect(pairs_of(CASE), CASE.city, by="city")
    assert effect.labels == (0, 1, 3)  # no zone of the case lies in a city 2
    a, b = CASE.city[CASE.origin], CASE.city[CASE.destination]
    weights = CASE.people[CASE.origin] * CASE.people[CASE.destination]
    for k, city in enumerate(effect.labels):
        own = (a == city) != (b == city)
        others = (a != b) & ~own
        X = np.column_stack([own, others, np.log(CASE.km), CASE.river]).astype(float)
        twin = regress(
            CASE.origin, CASE.destination, weights, np.log(CASE.minutes), X, clusters_of(CASE)
        )
        assert effect.beta[k] == pytest.approx(twin.coefficients[0], abs=1e-10)
        assert effect.theta[k] == pytest.approx(twin.coefficients[2], abs=1e-10)
        assert effect.intervals()[k] == pytest.approx(effect.fits[k].intervals()[0])


def test_the_city_of_two_is_the_circle() -> None:
    city = (CASE.city > 0).astype(int)
    whole = border_effect(pairs_of(CASE), city)
    each = border_effect(pairs_of(CASE), city, by="city")
    assert each.beta == pytest.approx([whole.beta[0]] * 2, abs=1e-12)


def test_dummies_name_borders_without_pairs() -> None:
    found = border_dummies(
        np.array([0, 1]), np.array([1, 0]), ["b", "a", "c"], by="border",
        touching=[("a", "b"), ("c", "a")],
    )  # fmt: skip
    assert found.labels == (("a", "b"),)
    assert found.absent == (("a", "c"),)
    assert found.columns.tolist() == [[1.0], [1.0]]


def test_own_clusters() -> None:
    halves = np.arange(14) % 3
    fit = border_effect(pairs_of(CASE), CASE.city, clusters=halves).fits[0]
    a, b = halves[CASE.origin], halves[CASE.destination]
    X = np.column_stack(
        [CASE.city[CASE.origin] != CASE.city[CASE.destination], np.log(CASE.km), CASE.river]
    ).astype(float)
    weights = CASE.people[CASE.origin] * CASE.people[CASE.destination]
    key = np.minimum(a, b) * 3 + np.maximum(a, b)
    twin = regress(CASE.origin, CASE.destination, weights, np.log(CASE.minutes), X, key)
    assert fit.clusters == 6
    assert fit.clustered == pytest.approx(twin.clustered, rel=1e-8)


def test_the_interval_of_the_distance_factor_is_the_delta_method() -> None:
    effect = border_effect(pairs_of(CASE), CASE.city)
    fit = effect.fits[0]
    beta, theta = fit.coefficients[:2]
    step = 1e-6
    slope = np.array(
        [
            ((beta + step) / theta - (beta - step) / theta) / (2 * step),
            (beta / (theta + step) - beta / (theta - step)) / (2 * step),
            0.0,
        ]
    )
    half = fit.quantile(0.9) * np.sqrt(slope @ fit.clustered @ slope)
    expected = np.exp([beta / theta - half, beta / theta + half])
    assert effect.distance_factor_intervals(0.9)[0] == pytest.approx(expected, rel=1e-6)


def test_range() -> None:
    assert Range.of([3.0, 1.0, 2.0, 10.0]) == Range(1.0, 2.5, 10.0, 4)
    for nothing in ([], [1.0, np.nan]):
        with pytest.raises(InputError) as caught:
            Range.of(nothing)
        assert caught.value.key == "border.range_of_nothing"


def test_examples_in_the_docstring() -> None:
    assert doctest.testmod(border).failed == 0
