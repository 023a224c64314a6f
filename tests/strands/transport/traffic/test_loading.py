"""The peak hour on roads: published figures, slow twins, what a lane and a link give."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from onecity.core.errors import InputError
from onecity.network.assignment import user_equilibrium
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.contract import Proposal
from onecity.strands.transport import appraise
from onecity.strands.transport.demand import Anchors
from onecity.strands.transport.traffic import Loading, loading_of, rerank
from onecity.strands.transport.traffic.assumed import traffic_assumed_in
from onecity.strands.transport.traffic.bottlenecks import (
    lane_drops,
    lane_values,
    stretches_of,
    users_of,
)
from onecity.strands.transport.traffic.demand import Trips
from onecity.strands.transport.traffic.loading import Cells, demands, loaded
from onecity.strands.transport.traffic.remarks import on_loading
from onecity.strands.transport.traffic.supply import supply_of
from onecity.strands.travel import network_of
from tests.network.assignment.tntp import read
from tests.tiny import ISLAND, tiny_region, tiny_tables


@pytest.fixture(scope="module")
def region() -> Region:
    return tiny_region()


@pytest.fixture(scope="module")
def loading(region: Region) -> Loading:
    return loading_of(region)


def cold(loading: Loading, more: np.ndarray) -> float:
    """Person-hours a day with more lanes, from nothing and to a gap that hides nothing."""
    roads = loading.supply.assignable().with_delays(loading.supply.delays(more))
    found = user_equilibrium(roads, loading.demand, gap=1e-8)
    assert found.converged
    return loading.hours_a_day(found)


def test_a_lane_gives_what_solving_from_nothing_gives(loading: Loading) -> None:
    some = stretches_of(loading)[:4]
    found = lane_values(loading, some)
    none = cold(loading, np.zeros(2 * loading.supply.edges))
    twins = []
    for one in some:
        more = np.zeros(2 * loading.supply.edges)
        more[one.arcs] = 1.0
        twins.append(none - cold(loading, more))
    assert found == pytest.approx(twins, abs=1e-4 * none)
    assert max(twins) > 0.01 * none
    for one, twin in zip(some, twins, strict=True):
        assert one.first_order > twin  # a lane is no small change


def test_first_order_is_the_slope_while_nobody_changes_the_way(loading: Loading) -> None:
    one = stretches_of(loading)[0]
    step = 1e-6
    more = np.zeros(2 * loading.supply.edges)
    more[one.arcs] = step
    flow, persons = loading.found.flow[: len(more)], loading.persons_per_unit()
    before, after = (
        float((persons * flow) @ loading.supply.delays(lanes).time(loading.found.flow)[: len(more)])
        for lanes in (None, more)
    )
    slope = (before - after) / step / 3600 * loading.assumed["peak_hours"]
    assert one.first_order == pytest.approx(slope, rel=1e-4)


def test_what_leaves_cells_is_on_the_roads(loading: Loading) -> None:
    """Vehicles of each class that leave and enter every node, and hours by roads and by trips."""
    supply, trips = loading.supply, loading.trips
    for one in (0, 1):
        flow = loading.found.class_flow[one]
        net = np.bincount(supply.tail, flow, len(supply.lon))
        net -= np.bincount(supply.head, flow, len(supply.lon))
        wanted = np.zeros(len(supply.lon))
        np.add.at(wanted, supply.roads + trips.origin[one], trips.vehicles[one])
        np.add.at(wanted, supply.roads + trips.destination[one], -trips.vehicles[one])
        assert net == pytest.approx(wanted, abs=1e-6)
    assert loading.unserved == 0
    assert loading.hours_lost.sum() < loading.hours_a_day(loading.found)
    assert (loading.minutes_loaded >= loading.minutes_free).all()
    closed = np.isinf(loading.minutes_free)
    assert closed.any()
    assert (np.isnan(loading.saturation) == closed).all()
    assert not loading.flow[closed].any()
    assert loading.found.converged
    assert loading.gap <= 1e-5


def test_trips_without_a_way_are_counted_and_on_no_road(region: Region, loading: Loading) -> None:
    island = loading.cells.of_zone[region.table("zones")["zone"].tolist().index(ISLAND[0])]
    none = np.zeros(0, np.int64)
    trips = replace(
        loading.trips,
        origin=(np.array([0, 0]), none),
        destination=(np.array([island, 1]), none),
        vehicles=(np.array([5.0, 7.0]), np.zeros(0)),
    )
    given = (region, loading.travel, loading.cells, loading.supply)
    found = loaded(*given, trips, loading.assumed)
    assert found.unserved == 5
    assert found.found.class_flow[0, found.supply.tail == found.supply.roads].sum() == 7
    said = {one.key: one.values for one in on_loading(found)}
    assert said["traffic.unserved"] == {"vehicles": 5.0}


def test_users_of_a_road_are_those_whose_way_it_is(region: Region, loading: Loading) -> None:
    """One edge: all that drives on it in either direction, and nobody from the island."""
    one = next(one for one in stretches_of(loading) if len(one.arcs) == 1)
    users = users_of(loading, one)
    told = users.most(9)
    assert sum(share for *_, share in told) == pytest.approx(1, abs=0.09)
    assert [share for *_, share in told] == sorted((share for *_, share in told), reverse=True)
    on_arc = loading.found.class_flow[:, one.arcs].sum()
    assert users.between.sum() == pytest.approx(on_arc, rel=1e-6)
    across = users.between.sum() - np.trace(users.between)
    assert users.across == pytest.approx(across / on_arc)
    assert len(region.table("cities")) == len(users.between)


def test_lanes_are_shared_between_directions_and_assumed_where_not_known(
    region: Region, loading: Loading
) -> None:
    edges = region.table("road_edges")
    lanes = loading.supply.lanes.reshape(2, -1)
    trunk, motorway = (edges["class"] == name for name in ("trunk", "motorway"))
    assert (lanes[:, trunk] == 2).all()  # four, both ways
    assert (lanes[:, motorway] == 2).all()  # two, one way
    assert (lanes[:, edges["class"] == "secondary"] == 1).all()
    assert (loading.supply.observed == (trunk | motorway)).all()
    assert loading.capacity[trunk].max() == 2 * 1600


def test_a_road_without_lanes_is_refused_by_its_row() -> None:
    edges = tiny_tables()["road_edges"]
    edges.loc[3, "lanes"] = 0.0
    with pytest.raises(InputError, match="3"):
        loading_of(tiny_region(road_edges=edges))


# --- Links ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proposed(region: Region) -> tuple[Proposal, ...]:
    links = [AddRoad(23, 25, 40.0), AddRoad(28, 17, 60.0), AddRoad(13, 17, 90.0, both_ways=False)]
    return appraise(region, links)


def test_a_link_in_traffic_gives_what_building_it_gives(
    region: Region, loading: Loading, proposed: Sequence[Proposal]
) -> None:
    found = rerank(region, proposed, loading=loading)
    none = cold(loading, np.zeros(2 * loading.supply.edges))
    assert [one.rank for one in found] == [1, 2, 3]
    assert sorted(one.proposal.rank for one in found) == [1, 2, 3]
    for one in found:
        built = region.apply([one.proposal.intervention])
        edges = built.table("road_edges")
        supply = supply_of(
            built, network_of(built), loading.cells.anchors.zone, traffic_assumed_in(built)
        )
        last = len(edges) - 1
        capacity = best_at_ends(loading, edges.iloc[last])
        count = len(edges)
        lanes = supply.lanes.copy()
        lanes[[last, count + last]] = capacity / supply.per_lane[last]
        supply = replace(supply, lanes=lanes)
        again = user_equilibrium(
            supply.assignable(), demands(supply, loading.trips, loading.assumed), gap=1e-8
        )
        twin = none - loading.hours_a_day(again)
        assert one.loaded == pytest.approx(twin, abs=1e-4 * none)
        flow = again.flow[[last, count + last]].sum()
        assert one.flow == pytest.approx(flow, rel=0.01)
    assert max(one.loaded for one in found) > 0.002 * none
    assert all(one.empty >= 0 for one in found)


def best_at_ends(loading: Loading, link: pd.Series) -> float:
    """The lesser of the best capacities at both ends, by looking at every road."""
    edges = loading.region.table("road_edges")
    best: list[float] = []
    for node in (link["tail"], link["head"]):
        at = [
            float(capacity)
            for row in range(len(edges))
            if node in (edges["tail"][row], edges["head"][row]) and not edges["ferry"][row]
            for capacity, minutes in zip(
                loading.capacity[row], loading.minutes_free[row], strict=True
            )
            if np.isfinite(minutes)
        ]
        best.append(max(at))
    return min(best)


# --- Lane drops -------------------------------------------------------------------------------


def test_a_road_that_narrows_at_a_border_is_found() -> None:
    """The trunk road loses half its lanes where it enters Lanpu, and a third at Lize."""
    edges = tiny_tables()["road_edges"]
    edges["lanes"] = edges["lanes"].astype(float)
    trunk = edges["class"] == "trunk"
    edges.loc[trunk & (edges["tail"] >= 5), "lanes"] = 2.0
    found, crossings, known = lane_drops(loading_of(tiny_region(road_edges=edges)))
    # 4-5 crosses into Lanpu: four lanes before, two after; back, it widens.
    (worst,) = [one for one in found if one.observed]
    assert worst.arc == 4
    assert worst.cities == (0, 1)
    assert worst.ratio == pytest.approx(0.5)
    assert (worst.lanes_before, worst.lanes_after) == (2.0, 1.0)
    assert worst.before == pytest.approx(3200)
    assert found[0] is worst
    assert (crossings, known) == (4, 4)


def test_no_drop_where_a_road_keeps_its_lanes(loading: Loading) -> None:
    found, crossings, known = lane_drops(loading)
    assert not found
    assert crossings == known == 4


# --- Sioux Falls ------------------------------------------------------------------------------


@pytest.mark.shared
def test_sioux_falls_is_as_full_as_published(shared_data: Path) -> None:
    """Each road a row of a region's table, its lanes made to carry what is published."""
    case = read(shared_data / "peers" / "tntp", "SiouxFalls")
    laws, tail, head = case.roads.delays, case.roads.tail, case.roads.head
    tables = tiny_tables()
    spots = [(-30 + 0.01 * (node % 5), 1 + 0.01 * (node // 5)) for node in range(24)]
    lon, lat = map(np.array, zip(*spots, strict=True))
    nodes = gpd.GeoDataFrame(
        {"node": range(24), "origin": None, "lon": lon, "lat": lat, "cut": False},
        geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip
    courses = [
        LineString([spots[one], spots[other]]) for one, other in zip(tail, head, strict=True)
    ]
    edges = gpd.GeoDataFrame(
        {
            "edge": range(76), "origin": None, "tail": tail, "head": head, "class": "trunk",
            "km": 1.0, "kmh": 60.0, "seconds_forward": 60 * laws.free, "seconds_backward": np.nan,
            "lanes": laws.capacity / 1600, "bridge": False, "tunnel": False, "ferry": False,
            "name": [f"road {row}" for row in range(76)],
        },
        geometry=courses, crs=4326,
    )  # fmt: skip
    zones = tables["zones"].iloc[:24].assign(lon=lon, lat=lat)
    legs = pd.DataFrame({"zone": zones["zone"], "node": range(24), "km": 0.0, "seconds": 0.0})
    region = tiny_region(
        without=("local_links",), road_nodes=nodes, road_edges=edges, zones=zones, connectors=legs
    )
    assumed = traffic_assumed_in(region)
    travel, own = network_of(region), np.arange(24)
    city = own % 3
    cells = Cells(Anchors(own, np.ones(24), own, own, 0.0), own, city)
    none = np.zeros(0, np.int64)
    given = case.demand
    trips = Trips(
        (np.asarray(given.origin), none), (np.asarray(given.destination), none),
        (np.asarray(given.trips, float), np.zeros(0)), (0.0, 0.0), np.inf, 0.0, 0.0,
    )  # fmt: skip
    supply = supply_of(region, travel, own, assumed)
    found = loaded(region, travel, cells, supply, trips, assumed, gap=1e-8)
    # What goes past a zone's own node takes no time and has no law.
    assert found.found.objective / 60 == pytest.approx(4_231_335.28710744, rel=1e-6)
    assert found.found.total_time / 60 == pytest.approx(7_480_225.34, rel=1e-5)
    assert found.flow[:, 0] == pytest.approx(case.flow, rel=1e-3)
    fullest = sorted(stretches_of(found), key=lambda one: -one.saturation)[:3]
    ways = [(int(tail[one.arcs[0]]) + 1, int(head[one.arcs[0]]) + 1) for one in fullest]
    assert ways == [(8, 6), (6, 8), (16, 10)]
    assert [one.saturation for one in fullest] == pytest.approx([2.557, 2.550, 2.281], abs=5e-4)
    # One more lane on 8-6 by the formula: v t0 B p x^p / c for each unit of capacity.
    worst = fullest[0]
    t0, x = 60 * laws.free[worst.arcs[0]], worst.saturation
    value = worst.flow * t0 * 0.15 * 4 * x**4 / (worst.flow / x) * 1600
    assert worst.first_order == pytest.approx(value * 1.4 / 3600 * 4.0, rel=1e-6)
