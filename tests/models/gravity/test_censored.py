"""Lists that were cut off: against least squares, brute force, and a truth that is known."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr

from onecity.core.errors import InputError, RangeError
from onecity.models.gravity import flow_pairs, ppml
from onecity.models.gravity.censored import censored
from tests.models.gravity.gravity_twins import dummies

THETA, PREMIUM, SIGMA = -1.4, 0.9, 0.7


def world(places: int, top: int, seed: int) -> dict[str, Any]:
    """Places in circles, flows that gravity explains but for a factor, the top of each list."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1, (places, 2))
    o, d = (side.ravel() for side in np.indices((places, places)))
    o, d = o[o != d], d[o != d]
    circle = rng.integers(0, max(places // 6, 2), places)
    x = {
        "distance": np.log(np.hypot(*(xy[o] - xy[d]).T)),
        "same": (circle[o] == circle[d]).astype(float),
    }
    a, g = rng.normal(0, 1, (2, places))
    mean = 5 + a[o] + g[d] + THETA * x["distance"] + PREMIUM * x["same"]
    flow = np.exp(mean + SIGMA * rng.normal(size=len(o)))
    last = np.array([np.sort(flow[o == i])[-top] for i in range(places)])
    listed = flow >= last[o]
    return {
        "origin": o,
        "destination": d,
        "flow": np.where(listed, flow, last[o]),
        "listed": listed,
        "regressors": x,
    }


def likelihood(of: dict[str, Any], rows: NDArray[np.int64], point: Any, z: Any) -> Any:
    """The logarithm of the likelihood of each pair, as its definition reads."""
    sigma = np.exp(point[0])
    rest = (np.log(of["flow"][rows]) - z @ point[1:]) / sigma
    density = -np.log(sigma) - np.log(2 * np.pi) / 2 - rest**2 / 2
    return np.where(of["listed"][rows], density, log_ndtr(rest))


def slopes(of: Any, step: float = 1e-5) -> Any:
    """Derivatives of a function of many numbers, one column each."""

    def at(point: Any) -> Any:
        moves = step * np.eye(len(point))
        return np.stack([(of(point + e) - of(point - e)) / (2 * step) for e in moves], axis=-1)

    return at


def test_whole_lists_are_least_squares() -> None:
    of = world(12, 11, 3)
    assert of["listed"].all()
    fit = censored(**of)
    z = np.column_stack([*of["regressors"].values(), dummies(of["origin"], of["destination"])])
    logs = np.log(of["flow"])
    best, *_ = np.linalg.lstsq(z, logs, rcond=None)
    rest = logs - z @ best
    variance = (rest**2).mean()
    assert fit.coefficients == pytest.approx(best[:2], rel=1e-10)
    assert fit.sigma == pytest.approx(np.sqrt(variance), rel=1e-10)
    assert fit.mean_log == pytest.approx(z @ best, abs=1e-9)
    assert fit.classical == pytest.approx(variance * np.linalg.pinv(z.T @ z)[:2, :2], rel=1e-7)


@pytest.mark.parametrize("seed", [1, 5])
def test_equals_brute_force(seed: int) -> None:
    of = world(9, 5, seed)
    fit = censored(**of, clusters="origin")
    rows = np.flatnonzero(~np.isnan(fit.mean_log))
    o, d = of["origin"][rows], of["destination"][rows]
    x = np.column_stack(list(of["regressors"].values()))[rows]
    z = np.column_stack([x, dummies(o, d)[:, :-1]])  # one piece: one dummy too many

    def total(point: Any) -> Any:
        return likelihood(of, rows, point, z).sum()

    def each(point: Any) -> Any:
        return likelihood(of, rows, point, z)

    found = minimize(
        lambda p: -total(p), np.zeros(1 + z.shape[1]), method="BFGS",
        jac=lambda p: -slopes(total)(p), options={"gtol": 1e-7},
    )  # fmt: skip
    assert fit.components == 1
    assert fit.log_likelihood == pytest.approx(-found.fun, rel=1e-10)
    assert fit.log_likelihood >= -found.fun - 1e-9
    assert fit.coefficients == pytest.approx(found.x[1:3], rel=1e-5)
    assert fit.sigma == pytest.approx(np.exp(found.x[0]), rel=1e-5)
    bread = np.linalg.inv(-slopes(slopes(total, 1e-4), 1e-4)(found.x))
    assert fit.classical == pytest.approx(bread[1:3, 1:3], rel=1e-4)
    scores = slopes(each)(found.x)
    summed = np.stack([scores[o == i].sum(axis=0) for i in np.unique(o)])
    groups = len(summed)
    sandwich = bread @ summed.T @ summed @ bread * groups / (groups - 1)
    assert fit.clustered == pytest.approx(sandwich[1:3, 1:3], rel=1e-3)
    assert fit.sigma_error == pytest.approx(fit.sigma * np.sqrt(sandwich[0, 0]), rel=1e-3)


def test_the_truth_is_found_and_zeros_lead_astray() -> None:
    truth = np.array([THETA, PREMIUM])
    fits, bent, sigmas, zeros, hits = [], [], [], [], 0
    for seed in range(16):
        of = world(50, 8, seed)
        fit = censored(**of, redraws=10)
        assert fit.redraws == 10
        fits.append(fit.coefficients)
        sigmas.append(fit.sigma)
        bent.append(fit.coefficients + fit.bias)
        lines = fit.table()
        hits += sum(line.low <= b <= line.high for line, b in zip(lines, truth, strict=True))
        filled = np.where(of["listed"], of["flow"], 0.0)
        naive = ppml(flow_pairs(of["origin"], of["destination"], filled, of["regressors"]))
        zeros.append((naive.coefficients - truth) / naive.standard_errors("robust"))
    assert np.mean(fits, axis=0) == pytest.approx(truth, abs=0.04)
    assert np.abs(np.mean(fits, axis=0) - truth)[0] < np.abs(np.mean(bent, axis=0) - truth)[0]
    assert np.mean(sigmas) == pytest.approx(SIGMA, abs=0.03)
    assert hits >= 27  # of 32, at 95 %
    off = np.mean(zeros, axis=0)
    assert off[0] < -5  # distance seems to hold back far more than it does,
    assert off[1] > 2  # and circles to draw more


def test_redraws_are_the_same_again() -> None:
    of = world(20, 6, 2)
    plain, first, second = censored(**of), censored(**of, redraws=3), censored(**of, redraws=3)
    assert np.array_equal(first.coefficients, second.coefficients)
    assert first.coefficients + first.bias == pytest.approx(plain.coefficients, rel=1e-12)
    assert not np.array_equal(censored(**of, redraws=3, seed=1).bias, first.bias)


def test_a_change_of_unit_changes_nothing() -> None:
    of = world(20, 6, 2)
    first, second = censored(**of), censored(**{**of, "flow": of["flow"] * 1e6})
    assert second.coefficients == pytest.approx(first.coefficients, rel=1e-9)
    assert second.clustered == pytest.approx(first.clustered, rel=1e-7)
    assert second.sigma == pytest.approx(first.sigma, rel=1e-9)
    assert second.log_likelihood == pytest.approx(first.log_likelihood, rel=1e-9)


def test_what_cannot_be_fitted_is_told() -> None:
    of = world(12, 5, 4)
    lonely = of["destination"] == 7
    never = lonely & ~of["listed"]
    of["listed"] = of["listed"] & ~lonely
    only_unlisted = never.astype(float) * np.arange(len(never))
    fit = censored(**of)
    assert np.flatnonzero(lonely).tolist() == sorted({*fit.separated, *fit.singletons})
    assert np.isnan(fit.mean_log[lonely]).all()
    of["regressors"]["odd"] = np.where(of["listed"], 0.0, only_unlisted + of["origin"] % 2)
    again = censored(**of)
    assert again.omitted == ("odd",)
    assert again.coefficients == pytest.approx(
        censored(**{**of, "regressors": dict(list(of["regressors"].items())[:2])}).coefficients,
        rel=0.5,
    )


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_flow_that_is_no_flow_is_refused_with_its_row(bad: float) -> None:
    of = world(8, 4, 1)
    of["flow"][5] = bad
    with pytest.raises(InputError) as caught:
        censored(**of)
    assert caught.value.key == "flows.not_positive"
    assert caught.value.values["row"] == 5


def test_too_little_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        censored(**world(10, 1, 1))
    assert caught.value.key in {"flows.no_freedom", "gravity.no_pairs", "border.absorbed"}
    of = world(8, 7, 1)
    exact = THETA * of["regressors"]["distance"] + of["origin"] / 3
    with pytest.raises(RangeError):
        censored(**{**of, "flow": np.exp(exact)})
    with pytest.raises(InputError, match="listed"):
        censored(**{**of, "listed": of["listed"][1:]})
