import numpy as np
import pandas as pd
import pytest
from numpy.random import default_rng

from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.contract import Stability
from onecity.strands.transport import stability as s
from onecity.strands.transport.candidates import Candidates, given_candidates
from onecity.strands.transport.closures import Closures, closures
from onecity.strands.transport.setting import Setting
from tests.strands.transport.link_twins import assuming, saved_by_loops, slow
from tests.strands.transport.test_near_misses import beside
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables

LINKS = (AddRoad(*DEAD_ENDS, 60.0), AddRoad(18, 25, 60.0), AddRoad(28, 3, 60.0))
STILL = {
    "speed_factor": (1.0, 1.0, 1.0),
    "access_factor": (1.0, 1.0, 1.0),
    "link_decay_minutes": (30.0, 30.0, 30.0),
    "link_people_spread": 0.0,
    "link_near_miss_closed": 0.0,
    "link_draws": 3.0,
}


def prepared(region: Region, *links: AddRoad) -> tuple[Setting, Candidates]:
    setting = Setting.of(region)
    found = given_candidates(region, setting.travel, links or LINKS, setting.misses)
    return setting, found


def exact(region: Region, *links: AddRoad) -> np.ndarray:
    built = (saved_by_loops(region, region.apply([one]))[1].sum() for one in links or LINKS)
    return np.array(list(built))


def test_what_is_not_drawn_anew_stays() -> None:
    region = assuming(slow(), **STILL)
    gains = exact(region)
    found = s.draw(*prepared(region), gains).benefit
    assert found.shape == (3, 3)
    for row in found:
        assert row == pytest.approx(gains, rel=1e-6)


def test_the_same_seed_draws_the_same() -> None:
    region = assuming(slow(), link_draws=4.0)
    setting, links = prepared(region)
    gains = exact(region)
    first = s.draw(setting, links, gains).benefit
    assert np.array_equal(first, s.draw(setting, links, gains).benefit)
    other = s.draw(setting, links, gains, seed=1).benefit
    assert not np.array_equal(first, other)
    assert len(np.unique(first[:, 0])) == 4


def test_quicker_roads_and_legs_save_less() -> None:
    """With all speeds doubled, legs included, every time halves, and with it what is saved.

    The decay halves too, so that trips stay the same.
    """
    region = slow()
    doubled = {
        **STILL,
        "speed_factor": (1.0, 1.0, 2.0),
        "access_factor": (1.0, 1.0, 2.0),
        "link_decay_minutes": (30.0, 15.0, 30.0),
    }
    gains = exact(region)
    setting, links = prepared(assuming(region, **doubled))

    class Highest:
        """Draws the far end of every range but that of decay, where it is the near one."""

        def uniform(self, low: float, high: float, size: int | None = None) -> object:
            end = low if high > 1 else high
            return end if size is None else np.zeros(size)

        def normal(self, mean: float, spread: float, size: int) -> np.ndarray:
            return np.full(size, mean)

        def random(self, size: int) -> np.ndarray:
            return np.ones(size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s, "default_rng", lambda seed: Highest())
        found = s.draw(setting, links, gains).benefit
    assert found[0] == pytest.approx(gains / 2, rel=1e-5)


def test_a_near_miss_that_is_joined_leaves_less_to_gain() -> None:
    region = beside(100.0)
    legs = region.table("connectors")
    only = pd.DataFrame({"zone": ["z22"], "node": [28], "km": [1.0], "seconds": [120.0]})
    legs = pd.concat([legs[legs["zone"] != "z22"], only], ignore_index=True)
    tables = {name: region.table(name) for name in ("road_nodes", "road_edges")}
    region = tiny_region(**tables, connectors=legs)
    link = AddRoad(28, 3, 70.0)
    joined = {**STILL, "link_near_miss_closed": 1.0, "link_draws": 1.0}
    gains = exact(region, link)
    assert gains[0] > 0
    setting, links = prepared(assuming(region, **joined), link)
    joins = closures(region, setting.misses)
    assert len(setting.misses.node) == 1
    (found,) = s.draw(setting, links, gains).benefit
    # By hand: the joins as roads of the region, in each direction.
    travel = setting.travel
    seconds = np.concatenate([travel.seconds, joins.seconds])
    network = s._with_joins(travel, joins).with_seconds(seconds)
    nodes = travel.zone_nodes[setting.coarse.zone]
    before = network.travel_times(nodes, nodes)
    to_tail = network.travel_times(nodes, [28, 3])
    from_head = network.travel_times([28, 3], nodes)
    way = np.minimum(
        to_tail[:, [0]] + links.seconds + from_head[[1]],
        to_tail[:, [1]] + links.seconds + from_head[[0]],
    )
    people = setting.coarse.people
    pull = people * np.exp(-before / 1800)
    trips = people[:, None] * pull / pull.sum(axis=1, keepdims=True)
    open_ = np.isfinite(before)
    saved = trips[open_] * np.maximum(0, before[open_] - way[open_])
    assert found[0] == pytest.approx(saved.sum() / 3600, rel=1e-4, abs=1e-6)
    assert found[0] < gains[0]


def test_counties_keep_their_people() -> None:
    setting, _ = prepared(slow())
    anchors = setting.coarse
    for spread in (0.0, 0.3, 2.0):
        drawn = s._people(default_rng(1), anchors, spread)
        assert (drawn > 0).all()
        for county in np.unique(anchors.county):
            mine = anchors.county == county
            assert drawn[mine].sum() == pytest.approx(anchors.people[mine].sum())
        assert (np.allclose(drawn, anchors.people)) == (spread == 0.0)


def test_speeds_stay_within_their_ranges() -> None:
    setting, _ = prepared(assuming(slow(), speed_factor=(2.0, 1.0, 3.0)))
    travel = setting.travel
    none = Closures(*(np.zeros(0, np.int64),) * 2, np.zeros(0), np.zeros(0, np.int64))
    for seed in range(20):
        drawn = s._seconds(default_rng(seed), travel, none, setting.assumed, 1.0)
        open_ = np.isfinite(travel.seconds) & (travel.seconds > 0)
        speed = travel.seconds[open_] / drawn[open_]
        assert np.array_equal(np.isinf(drawn), np.isinf(travel.seconds))
        edges = np.flatnonzero(open_) < 2 * travel.edges
        assert (speed[edges] >= 0.5 - 1e-9).all()
        assert (speed[edges] <= 1.5 + 1e-9).all()
        assert len(np.unique(speed[~edges].round(9))) == 1
        assert 0.7 <= speed[~edges][0] <= 1.4
        both = drawn[: travel.edges] / drawn[travel.edges : 2 * travel.edges]
        same = travel.seconds[: travel.edges] == travel.seconds[travel.edges : 2 * travel.edges]
        assert both[same & np.isfinite(both)] == pytest.approx(1.0)


def test_shares_ranks_and_ranges() -> None:
    benefit = np.ones((20, 12)) * np.arange(12, 0, -1)
    benefit[:5, 11] = 100.0  # the last is the best in a quarter of the draws
    benefit[:, 0] = 0.0
    found = fared(benefit)
    assert [one.among for one in found] == [12] * 12
    assert found[11].share == 0.25
    assert found[11].rank == (1, 11)
    assert found[11].benefit == (1.0, 100.0)
    assert found[0].share == 0.0  # nothing given is no rank to hold
    assert found[9].share == 1.0
    assert found[10].share == 0.75
    assert found[1].share == 1.0
    assert found[1].rank == (1, 2)
    assert all(one.share is None for one in fared(benefit[:, :10]))


def fared(benefit: np.ndarray) -> list[Stability]:
    found = s.Draws(benefit, np.ones(benefit.shape[1], np.bool_)).of_links()
    assert None not in found
    return [one for one in found if one is not None]


def test_what_the_larger_areas_do_not_see_has_no_rank() -> None:
    benefit = np.ones((20, 3)) * [3.0, 0.0, 2.0]
    found = s.Draws(benefit, np.array([True, False, True])).of_links()
    assert found[1] is None
    assert found[0] is not None
    assert found[0].among == 3
    # All live in one county, which is one area: nobody travels from area to area.
    zones = tiny_tables()["zones"]
    zones["people"] = zones["people"].where(zones["county"] == "990102", 0.0)
    region = assuming(slow(zones=zones), **STILL, link_areas=0.0, link_cells=6.0)
    setting, links = prepared(region)
    assert len(setting.coarse) < len(setting.fine)
    gains = np.array([0.0, 2.0, 1.0])
    assert s.draw(setting, links, gains).seen.tolist() == [True, False, False]
