"""Select link, select zone and skims, against the paths themselves and walks over all paths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from onecity.core.errors import InputError
from onecity.network.assignment import (
    Demand,
    Roads,
    bpr,
    cheapest,
    select_link,
    select_zone,
    skim,
    user_equilibrium,
)
from tests.network.assignment import twin

SEEDS = st.integers(0, 2**32)


def test_two_roads_and_a_bridge_by_hand() -> None:
    """0 to 2 by two equal roads and on over the bridge to 3; 1 joins at the bridge."""
    tail, head = [0, 0, 2, 1], [2, 2, 3, 2]
    roads = Roads.from_arcs(tail, head, bpr([1.0, 1.0, 5.0, 2.0], [4.0, 4.0, 9.0, 9.0]))
    cars = Demand([0, 1, 0, 0], [3, 3, 2, 0], [4.0, 6.0, 2.0, 1.0])
    lorries = Demand([0, 2, 2], [3, 0, 3], [2.0, 1.0, 0.0], [0, np.inf, 0, 0], 2.0, name="lorry")
    found = user_equilibrium(roads, [cars, lorries])
    assert_allclose(found.flow, [5, 5, 14, 6])
    assert_allclose(found.class_flow[1], [2, 0, 2, 0])
    assert [found.unserved(0), found.unserved(1)] == [0.0, 1.0]
    upper = select_link(found, [1])
    assert upper.class_flow[0, 1] == pytest.approx(5)
    assert upper.trips[0].sum() == pytest.approx(5)
    assert upper.class_flow[0, 2] == pytest.approx(upper.trips[0][0])
    assert_array_equal(upper.trips[1], 0)
    both = select_link(found, [1, 2], every=True)
    assert_allclose(both.trips[0], [upper.trips[0][0], 0, 0, 0])
    from_one = select_zone(found, origins=[1], destinations=[3])
    assert_allclose(from_one.trips[0], [0, 6, 0, 0])
    assert_allclose(from_one.class_flow, [[0, 0, 6, 6], [0, 0, 0, 0]])
    assert_allclose(skim(found, [10.0, 10, 1, 3]), [11, 4, 10, 0])
    assert_allclose(skim(found, 1.0, group=1), [2, np.nan, np.nan])
    costs = cheapest(found, [0, 3], [3, 0, 2], group=1)
    road, bridge = found.time[0], found.time[2]
    assert_allclose(costs, [[road + bridge, 0, road], [0, np.inf, np.inf]])
    for wrong, words in (([], "at least one arc"), ([4], "no arc 4"), ([-1], "no arc -1")):
        with pytest.raises(InputError, match=words):
            select_link(found, wrong)
    with pytest.raises(InputError, match="no node 9"):
        select_zone(found, origins=[9])


@given(SEEDS)
@settings(max_examples=40)
def test_what_is_read_adds_up(seed: int) -> None:
    roads, demands = twin.random_case(seed)
    found = user_equilibrium(roads, demands)
    values = np.random.default_rng(seed).integers(1, 9, roads.arcs).astype(float)
    for arc in range(roads.arcs):
        one = select_link(found, [arc])
        assert_allclose(one.class_flow[:, arc], found.class_flow[:, arc], atol=1e-9)
        assert_allclose([trips.sum() for trips in one.trips], one.class_flow[:, arc], atol=1e-9)
    split = [select_zone(found, origins=[node]).class_flow for node in range(roads.n)]
    assert_allclose(np.sum(split, axis=0), found.class_flow, atol=1e-9)
    for m, demand in enumerate(demands):
        met = np.nan_to_num(skim(found, values, group=m)) @ np.asarray(demand.trips, float)
        assert met == pytest.approx(found.class_flow[m] @ values)


@given(SEEDS)
@settings(max_examples=40)
def test_cheapest_paths_are_cheapest_of_all(seed: int) -> None:
    roads, demands = twin.random_case(seed)
    found = user_equilibrium(roads, demands)
    everywhere = np.arange(roads.n)
    m = seed % len(demands)
    costs = cheapest(found, everywhere, everywhere, group=m)
    finite = np.where(np.isinf(found.cost[m]), 0.0, found.cost[m])
    again = cheapest(found, everywhere, everywhere, finite, group=m)
    for start in everywhere:
        for end in everywhere:
            paths = twin.simple_paths(roads, int(start), int(end))
            least = min((found.cost[m, path].sum() for path in paths), default=np.inf)
            assert costs[start, end] == pytest.approx(least, abs=1e-12)
    assert_allclose(again, costs)
