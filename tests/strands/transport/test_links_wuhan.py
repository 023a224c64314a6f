"""Missing links on the region that ships: as many as asked, each as exact as on the tiny one."""

from pathlib import Path

import numpy as np
import pytest

from onecity.models.links import scan
from onecity.region.build import build
from onecity.strands.transport.candidates import Candidates, candidates_of, missing
from onecity.strands.transport.costs import cost_of, lengths_of, prices_of
from onecity.strands.transport.demand import trips_between
from onecity.strands.transport.obstacles import obstacles_of
from onecity.strands.transport.setting import Setting
from onecity.strands.travel import network_of


@pytest.fixture(scope="module")
def setting(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Setting:
    folder = tmp_path_factory.mktemp("links") / "wuhan"
    return Setting.of(build(root / "regions" / "wuhan", folder))


@pytest.fixture(scope="module")
def found(setting: Setting) -> Candidates:
    return candidates_of(setting.region, setting.travel, setting.assumed, setting.misses)


def test_there_are_candidates_and_cells_enough(setting: Setting, found: Candidates) -> None:
    assert len(found) + found.dropped >= 20_000
    assert found.dropped == 0
    assert found.reach is not None
    assert found.reach.km == {5: 8.0}
    assert found.reach.share == 1.0
    assert not found.every_road
    assert not found.broken.any()
    assert (found.kmh == 70.0).all()
    assert 0 < missing(found, 2.0).sum() < len(found)
    people = setting.region.table("zones")["people"].sum()
    assert len(setting.fine) > 2_000
    assert (setting.assumed.link_cells.value, setting.assumed.link_areas.value) == (6, 5)
    assert setting.assumed.link_near_miss_m.value == 150.0
    for anchors in (setting.fine, setting.coarse):
        assert anchors.people.sum() + anchors.left_out == pytest.approx(people)
    cut = setting.region.table("road_nodes")["cut"].to_numpy()
    assert not cut[found.tail].any()
    assert not cut[found.head].any()


def test_a_benefit_is_what_building_gives(setting: Setting, found: Candidates) -> None:
    """A few candidates built for good, times between some of the cells found anew."""
    some = slice(None, None, 12)
    nodes = setting.travel.zone_nodes[setting.fine.zone[some]]
    people = setting.fine.people[some]
    network = setting.travel.network
    flows = trips_between(network, nodes, people, 30.0, 1.0)
    alone = scan(network, nodes, flows, *found.ends).benefit
    picked = np.array([int(np.argmax(alone)), int(np.argsort(alone)[-500]), len(found) // 2])
    before = network.travel_times(nodes, nodes)
    trips = np.asarray(flows.origin)[:, None] * np.asarray(flows.destination)
    trips = trips * np.asarray(flows.deterrence(before))
    for row, road in zip(picked, found.take(picked).roads(), strict=True):
        built = setting.region.apply([road])
        after = network_of(built).network.travel_times(nodes, nodes)
        saved = trips * np.where(np.isinf(before), 0.0, before - after)
        assert alone[row] == pytest.approx(saved.sum(), rel=1e-5, abs=1.0)


def test_a_gap_across_the_yangtze_is_a_bridge(setting: Setting, found: Candidates) -> None:
    """Every candidate between the banks is priced as a river bridge, and no other is bound to."""
    rows = np.flatnonzero(missing(found, 3.0))[:150]
    prices = prices_of(setting.region)
    over = 0
    for row, crossed in zip(rows, obstacles_of(setting.region, found.take(rows)), strict=True):
        lengths = lengths_of(float(found.km[row]), crossed, "planned")
        cost = cost_of(lengths, prices)
        assert cost is not None
        assert 0 < cost[0] <= cost[1]
        if crossed.over_river:
            over += 1
            assert lengths.high == {"river_bridge": pytest.approx(found.km[row])}
            assert "river_bridge" in lengths.low
        else:
            assert "river_bridge" not in lengths.low
    assert 0 < over < len(rows)
