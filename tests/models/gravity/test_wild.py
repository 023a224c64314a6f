"""The wild bootstrap: its draws, its p-value by hand, and its interval."""

import itertools

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.models.gravity import FlowPairs, flow_pairs, ppml, wild_bootstrap

rng = np.random.default_rng(12)
N = 12
O, D = (k.ravel() for k in np.indices((N, N)))
CITY = np.repeat(np.arange(3), 4)
CROSSES = (CITY[O] != CITY[D]).astype(float)
KM = rng.uniform(1, 60, N * N)
NOISE = rng.gamma(2, 0.5, N * N)
FLOW = rng.poisson(200 * NOISE * np.exp(-0.03 * KM - 0.7 * CROSSES)).astype(float)
GROUPS = np.minimum(CITY[O], CITY[D]) * 3 + np.maximum(CITY[O], CITY[D])


@pytest.fixture(scope="module")
def pairs() -> FlowPairs:
    return flow_pairs(O, D, FLOW, {"km": KM, "border": CROSSES})


def test_equals_the_formula_written_out(pairs: FlowPairs) -> None:
    found = wild_bootstrap(pairs, ppml(pairs), "border", clusters=GROUPS, value=-0.4)
    assert (found.clusters, found.draws, found.exhaustive) == (6, 64, True)
    # Held at -0.4; scores less all else, by dense least squares under the fitted flows.
    held = ppml(flow_pairs(O, D, FLOW, {"km": KM}, offset=-0.4 * CROSSES)).fitted
    dense = np.column_stack([O[:, None] == np.arange(N), D[:, None] == np.arange(N), KM])
    root = np.sqrt(held)
    shares = np.linalg.lstsq(dense * root[:, None], CROSSES * root, rcond=None)[0]
    score = (CROSSES - dense @ shares) * (FLOW - held)
    s = np.array([score[g == GROUPS].sum() for g in np.unique(GROUPS)])

    def statistic(v: np.ndarray) -> float:
        return float(abs(v.sum()) / np.sqrt(((v - v.mean()) ** 2).sum()))

    drawn = [statistic(s * np.array(v)) for v in itertools.product([-1, 1], repeat=6)]
    p = np.mean([t >= statistic(s) * (1 - 1e-9) for t in drawn])
    assert found.p_value == pytest.approx(p)


def test_the_interval_holds_what_is_not_refused(pairs: FlowPairs) -> None:
    fit = ppml(pairs, clusters="origin")
    one = wild_bootstrap(pairs, fit, "km", clusters="origin", draws=399)
    assert one.low < fit.coefficients[0] < one.high
    assert not one.exhaustive
    step = 0.02 * (one.high - one.low)
    for value, refused in (
        (one.low - step, True),
        (one.low + step, False),
        (one.high - step, False),
        (one.high + step, True),
    ):
        again = wild_bootstrap(pairs, fit, "km", clusters="origin", draws=399, value=value)
        assert (again.p_value <= 0.05) == refused
    assert one.p_value < 0.05
    # Of twelve clusters, not far from the usual interval.
    low, high = fit.intervals()[0]
    assert 0.5 < (one.high - one.low) / (high - low) < 2


def test_too_few_clusters_refuse_nothing(pairs: FlowPairs) -> None:
    # Of three clusters no sign pattern is rarer than 1 in 4.
    found = wild_bootstrap(pairs, ppml(pairs), "border", clusters=CITY[O])
    assert (found.low, found.high) == (-np.inf, np.inf)
    assert found.p_value >= 0.25
    webb = wild_bootstrap(pairs, ppml(pairs), "border", clusters=CITY[O], weights="webb", draws=99)
    assert webb.draws == 99


def test_a_lone_regressor_leaves_nothing_beside_it() -> None:
    lone = flow_pairs(O, D, FLOW, {"border": CROSSES})
    found = wild_bootstrap(lone, ppml(lone), "border", clusters=GROUPS)
    assert found.low < found.coefficient < found.high


def test_settings_are_checked(pairs: FlowPairs) -> None:
    fit = ppml(pairs)
    with pytest.raises(InputError, match="no regressor river"):
        wild_bootstrap(pairs, fit, "river")
    with pytest.raises(InputError, match="one way"):
        wild_bootstrap(pairs, fit, "km", clusters="two-way")
    with pytest.raises(InputError, match="draws"):
        wild_bootstrap(pairs, fit, "km", draws=3)
    with pytest.raises(InputError, match="one cluster"):
        wild_bootstrap(pairs, fit, "km", clusters=np.zeros(N * N))
