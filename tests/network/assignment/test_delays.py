"""Delay laws: values by hand, slopes and integrals by small steps, bad input told."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from onecity.core.errors import InputError
from onecity.network.assignment import bpr, conical, generalised_cost

FLOWS = np.array([0.0, 1e-6, 0.3, 1.0, 2.0, 7.5])


def test_values_by_hand() -> None:
    laws = bpr([10.0, 10.0, 10.0, 4.0], [2.0, 2.0, np.inf, 1.0], [0.15, 1, 1, 0.5], [4, 1, 4, 0])
    assert_allclose(laws.time([4.0, 4.0, 4.0, 4.0]), [34.0, 30.0, 10.0, 6.0])
    assert_allclose(laws.integral([4.0, 4.0, 4.0, 4.0]), [59.2, 80.0, 40.0, 24.0])
    cone = conical([10.0, 10.0, 10.0], 2.0, [4.0, 1.5, 9.0])
    assert_allclose(cone.time(0.0), 10.0)  # Spiess's conditions: f(0) = 1, f(1) = 2
    assert_allclose(cone.time(2.0), 20.0)
    # v t0 B p x^p / c, by hand: 4 · 10 · 0.15 · 4 · 16 / 2.
    assert_allclose(laws.value_of_capacity([4.0, 0, 4.0, 4.0]), [192.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("steepness", [1.05, 4.0, 30.0])
def test_slope_integral_and_marginal_belong_to_the_time(steepness: float) -> None:
    k = len(FLOWS)
    laws = conical(np.full(k, 3.0), 1.5, steepness)
    choices = (laws, bpr(np.full(k, 3.0), 1.5), bpr(np.full(k, 3.0), 1.5, 0.4, 1.7))
    for one in choices:
        grid = np.linspace(0, 1, 4001)[:, None] * FLOWS
        times = np.array([one.time(row) for row in grid])
        areas = ((times[1:] + times[:-1]) / 2 * np.diff(grid, axis=0)).sum(axis=0)
        assert_allclose(one.integral(FLOWS), areas, rtol=1e-6)
        h = 1e-6
        some = FLOWS[2:]
        several = [np.append(FLOWS[:2], some + sign * h) for sign in (1, -1)]
        rise = (one.time(several[0]) - one.time(several[1]))[2:] / (2 * h)
        assert_allclose(one.slope(FLOWS)[2:], rise, rtol=1e-6)
        assert_allclose(one.marginal(FLOWS), one.time(FLOWS) + FLOWS * one.slope(FLOWS))


def test_bad_laws_are_told() -> None:
    for wrong in (0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="capacity"):
            bpr([1.0, 1.0], [1.0, wrong])
    with pytest.raises(InputError, match=r"row 1.*-2"):
        bpr([1.0, -2.0], 1.0)
    with pytest.raises(InputError, match="power"):
        bpr([1.0], 1.0, power=0.5)
    with pytest.raises(InputError, match="steepness"):
        conical([1.0], 1.0, 1.0)
    with pytest.raises(InputError, match=r"shape given is \(2,\)"):
        bpr([1.0], [1.0, 2.0])
    with pytest.raises(InputError, match="numbers"):
        bpr(["a"], 1.0)
    with pytest.raises(InputError, match="at least one term"):
        generalised_cost()
