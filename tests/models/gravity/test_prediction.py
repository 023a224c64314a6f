"""Modelled flows: within totals, without borders, where none are observed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError, RangeError
from onecity.core.provenance import Nature
from onecity.models.gravity import (
    balanced,
    cross_border_share,
    flow_pairs,
    ppml,
    simulated,
    without_borders,
)

T = np.array([[0, 80, 6, 2], [70, 0, 4, 3], [5, 4, 0, 60], [2, 3, 55, 0]], float)
O4, D4 = (k.ravel() for k in np.indices((4, 4)))
CROSSES = (O4 < 2) != (D4 < 2)


def test_the_worked_number_without_borders() -> None:
    before = cross_border_share(T.ravel(), CROSSES)
    made = without_borders(O4, D4, T.ravel(), -1.5 * CROSSES)
    assert before == pytest.approx(0.098639, abs=5e-7)
    assert cross_border_share(made.flow, CROSSES) == pytest.approx(0.317223, abs=5e-7)
    flow = made.flow.reshape(4, 4)
    assert flow.sum(axis=0) == pytest.approx(T.sum(axis=0), rel=1e-12)
    assert flow.sum(axis=1) == pytest.approx(T.sum(axis=1), rel=1e-12)
    assert made.nature is Nature.MODELLED


def fitting(seed: Any, out: Any, into: Any) -> Any:
    """Balance rows and columns in turn until nothing moves."""
    t = seed.copy()
    for _ in range(20_000):
        before = t.copy()
        rows = t.sum(axis=1)
        t *= np.divide(out, rows, out=np.zeros_like(rows), where=rows > 0)[:, None]
        columns = t.sum(axis=0)
        t *= np.divide(into, columns, out=np.zeros_like(columns), where=columns > 0)
        if np.abs(t - before).max() <= 1e-15 * t.max():
            break
    return t


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_balancing_is_iterative_proportional_fitting(state: int, n: int) -> None:
    rng = np.random.default_rng(state)
    seed = np.exp(rng.normal(0, 2, (n, n))) * (rng.random((n, n)) < 0.7)
    # Sums that can be met on these very pairs.
    other = seed * np.exp(rng.normal(0, 1, (n, n)))
    if not other.any():
        other[0, 0] = seed[0, 0] = 1.0
    o, d = (k.ravel() for k in np.indices((n, n)))
    made = balanced(o, d, seed.ravel(), other.sum(axis=1), other.sum(axis=0))
    twin = fitting(seed, other.sum(axis=1), other.sum(axis=0))
    assert made.flow.reshape(n, n) == pytest.approx(twin, rel=1e-6, abs=1e-7 * other.sum())


def test_fitted_flows_meet_the_totals_and_come_back_from_them() -> None:
    rng = np.random.default_rng(4)
    o, d = (k.ravel() for k in np.indices((9, 9)))
    km, crosses = rng.uniform(1, 60, 81), ((o < 4) != (d < 4)).astype(float)
    flow = rng.poisson(300 * np.exp(-0.05 * km - 0.9 * crosses)).astype(float)
    fit = ppml(flow_pairs(o, d, flow, {"km": km, "border": crosses}))
    out, into = np.bincount(o, flow), np.bincount(d, flow)
    known = dict(zip(fit.names, fit.coefficients.tolist(), strict=True))
    same = simulated(o, d, out, into, {"km": km, "border": crosses}, known)
    assert same.flow == pytest.approx(fit.fitted, rel=1e-9)
    # Known by its mean instead, the coefficient of distance is found again.
    mean = float(fit.fitted @ km / fit.fitted.sum())
    found = simulated(
        o, d, out, into, {"km": km, "border": crosses}, {"border": known["border"]},
        means={"km": mean},
    )  # fmt: skip
    assert found.found == ("km",)
    assert found.coefficients["km"] == pytest.approx(known["km"], rel=1e-8)
    assert found.flow == pytest.approx(fit.fitted, rel=1e-8)
    assert found.flow @ km / found.flow.sum() == pytest.approx(mean, rel=1e-10)
    assert found.nature is Nature.MODELLED
    drawn = found.drawn(1)
    assert drawn.tolist() == found.drawn(1).tolist() != found.drawn(2).tolist()
    assert abs(drawn.sum() - flow.sum()) < 6 * np.sqrt(flow.sum())


def test_zones_that_send_nothing_get_nothing() -> None:
    made = balanced(O4, D4, np.ones(16), [0, 2, 3, 5], [4, 0, 6, 0])
    assert made.flow.reshape(4, 4) == pytest.approx(np.outer([0, 2, 3, 5], [4, 0, 6, 0]) / 10)


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("gravity.totals_differ", {"out": [1, 2, 3, 5]}),
        ("gravity.no_way", {"seed": (O4 > 0).astype(float)}),
        ("gravity.negative", {"seed": -np.ones(16)}),
        ("gravity.not_finite", {"into": [1, 2, 3, np.nan]}),
        ("border.zone_shape", {"out": [10.0]}),
        ("border.zones_not_whole", {"origin": O4 + 0.5}),
        ("border.negative_zone", {"origin": O4 - 1}),
        ("gravity.shape", {"destination": D4[1:]}),
    ],
)
def test_bad_totals_are_named(key: str, change: dict[str, Any]) -> None:
    given: dict[str, Any] = {"origin": O4, "destination": D4, "seed": np.ones(16)}
    given |= {"out": [1, 2, 3, 4], "into": [4, 3, 2, 1]}
    with pytest.raises(InputError) as error:
        balanced(**given | change)
    assert error.value.key == key


def test_totals_that_pairs_cannot_carry() -> None:
    # Zone 0 must send 5 to zone 0 alone, which may get 1.
    with pytest.raises(RangeError, match="cannot meet"):
        balanced([0, 1, 1], [0, 0, 1], [1, 1, 1], [5, 1], [1, 5])


def test_a_coefficient_or_a_mean() -> None:
    km = np.arange(16.0)
    out = [1, 2, 3, 4]
    with pytest.raises(InputError, match="either"):
        simulated(O4, D4, out, out, {"km": km}, {})
    with pytest.raises(InputError, match="either"):
        simulated(O4, D4, out, out, {"km": km}, {"km": 1.0}, means={"km": 3.0})
    with pytest.raises(InputError, match="range"):
        simulated(O4, D4, out, out, {"km": km}, {}, means={"km": 99.0})
