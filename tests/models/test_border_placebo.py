"""Placebo borders: each equals the full regression, and the real border is ranked rightly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.models.border import TravelPairs, border_effect, travel_pairs
from onecity.models.effects import LANES
from onecity.models.placebo import Placebo, placebo
from tests.models.border_twins import made_case, project

CASE = made_case()


def case_pairs() -> TravelPairs:
    return travel_pairs(
        CASE.origin,
        CASE.destination,
        CASE.minutes,
        CASE.km,
        people=CASE.people,
        further={"river": CASE.river},
    )


def test_each_placebo_is_the_full_regression() -> None:
    pairs = case_pairs()
    rng = np.random.default_rng(2)
    partitions = rng.integers(0, 4, (2 * LANES + 3, 14))
    partitions[5] = 1  # nobody crosses
    partitions[6] = np.arange(14)  # everybody does
    found = placebo(pairs, CASE.city, partitions)
    assert found.beta == pytest.approx(border_effect(pairs, CASE.city).beta[0], abs=1e-12)
    assert found.void == 2
    assert len(found.known) == len(partitions) - 2
    for k, part in enumerate(partitions):
        if k in (5, 6):
            assert np.isnan(found.betas[k])
            continue
        full = border_effect(pairs, part)
        assert found.betas[k] == pytest.approx(full.beta[0], abs=1e-11)
        assert found.crossing_share[k] == pytest.approx(full.crossing_share[0], abs=1e-13)
    assert found.real_crossing_share == pytest.approx(
        border_effect(pairs, CASE.city).crossing_share[0]
    )


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 2.0]), st.integers(1, 3))
def test_equals_dense_algebra(seed: int, spread: float, parts: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = 8, 45
    o, d = rng.integers(0, n, (2, m))
    km, minutes = rng.uniform(1, 9, (2, m))
    weights = np.exp(rng.normal(0, spread, m))
    city = np.r_[0, 1, rng.integers(0, 3, n - 2)]
    made = rng.integers(0, parts, (3, n))
    try:
        pairs = travel_pairs(o, d, minutes, km, weights=weights)
        found = placebo(pairs, city, made)
    except InputError:
        return
    at = pairs.design.rows
    w = weights[at]
    for beta, part in zip(found.betas, made, strict=True):
        b = (part[o[at]] != part[d[at]]).astype(float)
        left = project(o[at], d[at], w, np.column_stack([b, np.log(km[at]), np.log(minutes[at])]))
        root = np.sqrt(w)
        if (root * left[:, 0]) @ (root * left[:, 0]) < 1e-9 * (w @ b + 1e-300):
            assert np.isnan(beta)
            continue
        answer = np.linalg.lstsq(root[:, None] * left[:, :2], root * left[:, 2], rcond=None)[0]
        assert beta == pytest.approx(answer[0], abs=1e-7 * (1 + abs(answer[0])))


def ranked(beta: float, betas: list[float], tail: str) -> Placebo:
    """Return a result as `placebo` would, to look at its figures alone."""
    known = np.array([x for x in betas if not np.isnan(x)])
    extreme = {
        "greater": known >= beta,
        "less": known <= beta,
        "both": abs(known) >= abs(beta),
    }[tail]
    share = np.zeros(len(betas))
    return Placebo(beta, np.array(betas), share, 0.0, "greater", int(extreme.sum()))


def test_figures_by_hand() -> None:
    found = ranked(0.3, [0.1, 0.3, np.nan, -0.5, 0.4], "greater")
    assert (found.as_extreme, found.void) == (2, 1)
    assert found.p_value == (2 + 1) / (4 + 1)
    assert found.mean == pytest.approx(0.075)
    assert found.sd == pytest.approx(np.std([0.1, 0.3, -0.5, 0.4], ddof=1))
    assert found.quantiles([0.0, 0.5, 1.0]) == pytest.approx([-0.5, 0.2, 0.4])
    assert np.isnan(ranked(0.3, [0.1], "greater").sd)


@pytest.mark.parametrize(("tail", "sign"), [("greater", 1), ("less", -1), ("both", 1)])
def test_tails(tail: str, sign: int) -> None:
    pairs = case_pairs()
    partitions = np.random.default_rng(3).integers(0, 4, (60, 14))
    found = placebo(pairs, CASE.city, partitions, tail=tail)  # type: ignore[arg-type]
    known = found.known if tail != "both" else np.abs(found.known)
    beta = found.beta if tail != "both" else abs(found.beta)
    assert found.as_extreme == sum(sign * x >= sign * beta for x in known)
    assert found.p_value == (found.as_extreme + 1) / (len(known) + 1)


def test_a_real_border_stands_out_and_no_border_does_not() -> None:
    rng = np.random.default_rng(11)
    n = 150
    xy = rng.uniform(0, 100, (n, 2))
    o, d = np.nonzero(~np.eye(n, dtype=bool))
    km = np.hypot(*(xy[o] - xy[d]).T)
    o, d, km = o[km < 60], d[km < 60], km[km < 60]
    city = (xy[:, 0] // 34).astype(int)
    made = []
    for _ in range(99):
        centres = rng.uniform(0, 100, (3, 2))
        made.append(np.argmin(((xy[:, None] - centres) ** 2).sum(-1), axis=1))
    logs = np.log(km) + rng.normal(0, 0.05, len(km))
    slow = logs + 0.2 * (city[o] != city[d])
    with_border = placebo(travel_pairs(o, d, np.exp(slow), km), city, made)
    without = placebo(travel_pairs(o, d, np.exp(logs), km), city, made)
    assert with_border.beta == pytest.approx(0.2, abs=0.01)
    assert with_border.p_value == 0.01
    assert abs(without.beta) < 0.01
    assert without.p_value > 0.05


def test_names_of_parts_and_threads_do_not_matter() -> None:
    pairs = case_pairs()
    partitions = np.random.default_rng(4).integers(0, 4, (50, 14))
    one = placebo(pairs, CASE.city, partitions, threads=1)
    two = placebo(pairs, CASE.city, partitions, threads=2)
    renamed = placebo(pairs, CASE.city, 1000 - 7 * partitions.astype(np.int64))
    assert np.array_equal(one.betas, two.betas)
    assert np.array_equal(one.betas, renamed.betas)
