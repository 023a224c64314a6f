"""Access sums agree with brute force over a full matrix."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from onecity.core.errors import RangeError
from onecity.network import UNREACHABLE
from tests.network.oracle import Arcs, arcs, sheets

Sheet = tuple[Arcs, NDArray[np.float64], NDArray[np.float64]]
limits = st.lists(st.one_of(st.integers(0, 20), st.integers(0, 2_000_000)), min_size=1, max_size=3)


def amounts(random: np.random.Generator, *shape: int) -> NDArray[np.float64]:
    """Whole amounts, many of them zero: their sums are exact."""
    some = random.integers(0, 1000, shape) * (random.random(shape) < 0.7)
    return some.astype(np.float64)


@given(sheets(), limits, st.integers(0, 2**32 - 1))
def test_sums_within_limits_are_exact(sheet: Sheet, most: list[int], seed: int) -> None:
    given, lon, lat = sheet
    net = given.network(lon=lon, lat=lat)
    random = np.random.default_rng(seed)
    jobs = amounts(random, given.n, 2)
    twin = given.twin()
    seconds = np.array(most) / 1000
    wanted = np.stack([(twin <= limit) @ jobs for limit in most], axis=1)
    np.testing.assert_array_equal(net.access(jobs, seconds), wanted)
    np.testing.assert_array_equal(net.access(jobs[:, 1], seconds, threads=3), wanted[:, :, 1])
    np.testing.assert_array_equal(net.access(jobs, seconds[-1]), wanted[:, -1])
    np.testing.assert_array_equal(net.access(jobs[:, 0], seconds[0]), wanted[:, 0, 0])
    towards = np.stack([(limit >= twin.T) @ jobs for limit in most], axis=1)
    np.testing.assert_array_equal(net.access(jobs, seconds, direction="in"), towards)


@given(arcs(), limits, st.integers(0, 2**32 - 1))
def test_opportunities_at_some_nodes_and_results_for_some(
    given: Arcs, most: list[int], seed: int
) -> None:
    net = given.network()
    random = np.random.default_rng(seed)
    rows, at = (random.integers(0, given.n, random.integers(0, 200)) for _ in range(2))
    jobs = amounts(random, len(rows), 3)
    twin = given.twin()
    wanted = np.stack([(twin[np.ix_(at, rows)] <= limit) @ jobs for limit in most], axis=1)
    found = net.access(jobs, np.array(most) / 1000, nodes=rows, at=at)
    np.testing.assert_array_equal(found, wanted)


@given(sheets(), st.integers(0, 2_000_000), st.integers(0, 2**32 - 1))
def test_decay_is_straight_between_whole_seconds(sheet: Sheet, most: int, seed: int) -> None:
    given, lon, lat = sheet
    net = given.network(lon=lon, lat=lat)
    random = np.random.default_rng(seed)
    jobs = random.random((given.n, 2))
    twin = given.twin()

    def decay(seconds: Any) -> Any:
        return np.exp(-seconds / 30)

    table = decay(np.arange(most // 1000 + 2.0))
    weight = np.interp(twin / 1000, np.arange(len(table)), table) * (twin <= most)
    found = net.access(jobs, most / 1000, decay=decay)
    np.testing.assert_allclose(found, weight @ jobs, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(weight, decay(twin / 1000) * (twin <= most), rtol=2e-4)
    one, many = net.access(jobs, most / 1000, decay=decay, threads=1), found
    np.testing.assert_array_equal(one, many)


def test_decay_by_a_table_ends_with_it() -> None:
    given = Arcs(6, [(i, i + 1, 1000) for i in range(5)])
    net = given.network()
    ones = np.ones(6)
    np.testing.assert_array_equal(net.access(ones, decay=[1, 0.5, 0.25])[:3], [1.75] * 3)
    np.testing.assert_array_equal(net.access(ones, 100, decay=[1, 0.5])[:3], [1.5] * 3)
    np.testing.assert_array_equal(net.access(ones, 1, decay=[1, 0.5, 0.25])[:3], [1.5] * 3)


def test_the_sum_does_not_depend_on_threads() -> None:
    random = np.random.default_rng(4)
    n = 3_000
    rows = [
        (int(a), int(b), int(random.integers(1, 9_000)))
        for a, b in random.integers(0, n, (9_000, 2))
    ]
    net = Arcs(n, rows).network()
    jobs = random.lognormal(0, 3, n)
    one = net.access(jobs, [20, 40], threads=1)
    for threads in (2, 3, 7):
        np.testing.assert_array_equal(net.access(jobs, [20, 40], threads=threads), one)


def test_an_unreachable_amount_never_counts() -> None:
    net = Arcs(3, [(0, 1, UNREACHABLE - 1), (1, 2, UNREACHABLE - 1)]).network()
    longest = (UNREACHABLE - 2) / 1000
    np.testing.assert_array_equal(net.access([1, 10, 100.0], longest), [1, 10, 100])


def test_sums_stay_within_their_memory() -> None:
    net = Arcs(1000, []).network()
    with pytest.raises(RangeError, match="memory_limit"):
        net.access(np.ones((1000, 50)), 60, memory_limit=1_000_000)
