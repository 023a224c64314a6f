from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.region.manifest import Assumption
from onecity.strands.transport import costs as c
from onecity.strands.transport.obstacles import BROOK_KM, Ends, Obstacles, Water
from onecity.strands.units import Name
from tests.strands.transport.link_twins import assuming
from tests.tiny import tiny_region


def between(
    sides: tuple[str, str] | None = None, water: Water | None = None, railways: int = 0
) -> Obstacles:
    name = Name("某县", "Some")
    ends = Ends(("a", "b"), ("c", "c"), (name, name), sides)
    return Obstacles(ends, {"c": 1.0}, water, railways)


def price(low: float, high: float) -> Assumption:
    return Assumption("cost", (low + high) / 2, "", "假定", "assumed", low, high)


PRICES = {
    "road": price(10, 30),
    "bridge": price(100, 200),
    "river_bridge": price(500, 1000),
    "tunnel": price(80, 160),
}


def test_a_plain_link_is_a_road() -> None:
    for water in (None, Water()):
        lengths = c.lengths_of(5.0, between(water=water), "planned")
        assert lengths.low == lengths.high == {"road": 5.0}
    assert c.cost_of(lengths, PRICES) == (50.0, 150.0)


def test_lakes_and_brooks_are_bridged() -> None:
    water = Water(lake=0.25, brooks=2)
    lengths = c.lengths_of(4.0, between(("n", "n"), water), "planned")
    bridge = 1.0 + 2 * BROOK_KM
    assert lengths.low == lengths.high == pytest.approx({"bridge": bridge, "road": 4.0 - bridge})


def test_between_the_banks_the_dear_reading_spans_the_whole_gap() -> None:
    lengths = c.lengths_of(4.0, between(("n", "s"), Water(river=0.25)), "planned")
    assert lengths.low == {"river_bridge": 1.0, "road": 3.0}
    assert lengths.high == {"river_bridge": 4.0}
    assert c.cost_of(lengths, PRICES) == (530.0, 4000.0)
    unseen = c.lengths_of(4.0, between(("n", "s"), Water()), "planned")
    assert unseen.low == unseen.high == {"river_bridge": 4.0}


def test_on_one_bank_the_cheap_reading_goes_round() -> None:
    lengths = c.lengths_of(4.0, between(("n", "n"), Water(river=0.25)), "planned")
    assert lengths.low == {"road": 4.0}
    assert lengths.high == {"river_bridge": 1.0, "road": 3.0}
    # Where no bank is known, what is drawn has to be crossed.
    unknown = c.lengths_of(4.0, between(None, Water(river=0.25)), "planned")
    assert unknown.low == unknown.high == {"river_bridge": 1.0, "road": 3.0}


def test_the_user_may_say_what_it_is() -> None:
    river = between(("n", "s"), Water(river=0.5))
    assert c.lengths_of(4.0, river, "tunnel").high == {"tunnel": 4.0}
    assert c.lengths_of(4.0, river, "bridge").low == {"river_bridge": 4.0}
    assert c.lengths_of(4.0, between(), "bridge").low == {"bridge": 4.0}


def test_no_cost_without_a_price() -> None:
    lengths = c.lengths_of(4.0, between(("n", "s"), Water(river=0.25)), "planned")
    without = {kind: one for kind, one in PRICES.items() if kind != "road"}
    assert c.cost_of(lengths, without) is None
    assert c.cost_of(lengths, {}) is None
    assert c.gain_per_million(10.0, None) is None
    assert c.gain_per_million(10.0, (2.0, 5.0)) == (2.0, 5.0)


def test_prices_come_from_the_recipe() -> None:
    assert c.prices_of(tiny_region()) == {}
    priced = assuming(tiny_region(), cost_road=(2.0, 1.0, 3.0), cost_bridge=(20.0, 10.0, 30.0))
    found = c.prices_of(priced)
    assert set(found) == {"road", "bridge", "river_bridge"}
    assert found["river_bridge"] == found["bridge"]


@given(
    km=st.floats(0.01, 50.0),
    river=st.floats(0.0, 1.0),
    lake=st.floats(0.0, 1.0),
    brooks=st.integers(0, 400),
    sides=st.sampled_from([None, ("n", "n"), ("n", "s")]),
    road_class=st.sampled_from(["planned", "bridge", "tunnel"]),
)
def test_lengths_add_up_and_the_range_is_one(
    km: float,
    river: float,
    lake: float,
    brooks: int,
    sides: tuple[str, str] | None,
    road_class: str,
) -> None:
    water = Water(river=river, lake=min(lake, 1 - river), brooks=brooks)
    lengths = c.lengths_of(km, between(sides, water), road_class)
    for reading in (lengths.low, lengths.high):
        assert sum(reading.values()) == pytest.approx(km)
        assert all(part > 0 for part in reading.values())
    cost = c.cost_of(lengths, PRICES)
    assert cost is not None
    assert cost[0] <= cost[1]
    dearer = {kind: replace(one, high=2000.0) for kind, one in PRICES.items()}
    more = c.cost_of(lengths, dearer)
    assert more is not None
    assert more[0] == cost[0]
    assert more[1] == pytest.approx(2000.0 * km)
