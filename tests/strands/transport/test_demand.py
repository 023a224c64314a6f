from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.network import Network
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.transport import demand as d
from onecity.strands.travel import leg_km, network_of
from onecity.strands.units import units_of
from tests.strands.transport.link_twins import trips_by_loops
from tests.tiny import LAKE, OFF, tiny_region, tiny_tables


def anchors_in(region: Region, resolution: int = 6, areas: int = 5) -> d.Anchors:
    county = units_of(region)[Level.COUNTY].unit
    return d.anchors_of(region, leg_km(network_of(region)), county, resolution, areas)


def test_large_zones_stand_for_themselves() -> None:
    region = tiny_region()
    anchors = anchors_in(region)
    zones = region.table("zones")
    expected = [row for row, zone in enumerate(zones["zone"]) if zone not in {OFF, LAKE}]
    assert sorted(anchors.zone) == expected
    assert anchors.people == pytest.approx(zones["people"].to_numpy()[anchors.zone])
    assert anchors.left_out == zones.loc[zones["zone"] == OFF, "people"].sum()


def test_a_cell_keeps_its_people_and_its_county() -> None:
    region = tiny_region()
    zones = region.table("zones")
    anchors = anchors_in(region, 3)
    assert 5 <= len(anchors) < 48
    assert anchors.people.sum() + anchors.left_out == pytest.approx(zones["people"].sum())
    codes = list(region.table("counties")["county"])
    of_zone = np.array([codes.index(code) for code in zones["county"]])
    assert np.array_equal(anchors.county, of_zone[anchors.zone])
    on = (zones["zone"] != OFF).to_numpy()
    for county in range(5):
        whole = zones["people"].to_numpy()[on & (of_zone == county)].sum()
        assert anchors.people[anchors.county == county].sum() == pytest.approx(whole)
    # The most populous zone of its county and cell stands for it.
    most = zones["people"].to_numpy()[anchors.zone]
    assert (most <= anchors.people).all()
    for county in range(5):
        top = zones["people"].to_numpy()[of_zone == county].max()
        assert top in most[anchors.county == county]


def test_areas_hold_cells_of_one_county() -> None:
    anchors = anchors_in(tiny_region())
    assert set(anchors.area) == set(range(anchors.area.max() + 1))
    for area in range(anchors.area.max() + 1):
        assert len(set(anchors.county[anchors.area == area])) == 1
    assert anchors.area.max() + 1 < len(anchors)


def test_nobody_makes_no_cells() -> None:
    empty = tiny_region(zones=tiny_tables()["zones"].assign(people=0.0))
    anchors = anchors_in(empty)
    assert len(anchors) == 0
    assert len(anchors.area) == 0


def test_every_resident_makes_one_trip() -> None:
    region = tiny_region()
    travel = network_of(region)
    anchors = anchors_in(region)
    nodes = travel.zone_nodes[anchors.zone]
    found = d.trips_between(travel.network, nodes, anchors.people, 30.0, 1.0)
    times = travel.network.travel_times(nodes, nodes)
    made = np.asarray(found.origin)[:, None] * np.asarray(found.destination)
    made = made * np.asarray(found.deterrence(times))
    stand, trips = trips_by_loops(region)
    place = np.argsort(anchors.zone)
    assert list(anchors.zone[place]) == stand
    assert made[np.ix_(place, place)] == pytest.approx(trips)
    assert made.sum() == pytest.approx(anchors.people.sum())


@given(
    people=st.lists(st.sampled_from([1.0, 2.0, 1e7]), min_size=2, max_size=5),
    seconds=st.lists(st.sampled_from([0.0, 60.0, 1e5, np.inf]), min_size=4, max_size=4),
    decay=st.sampled_from([0.5, 30.0, 600.0]),
    trips=st.sampled_from([0.0, 1.0, 2.5]),
)
def test_trips_of_a_line_of_places(
    people: list[float], seconds: list[float], decay: float, trips: float
) -> None:
    n = len(people)
    tail, head = list(range(n - 1)), list(range(1, n))
    arcs = seconds[: n - 1]
    network = Network.from_arcs(tail + head, head + tail, arcs + arcs, n=n)
    found = d.trips_between(network, np.arange(n), np.array(people), decay, trips)
    for i in range(n):
        pull = []
        for j in range(n):
            time = sum(arcs[min(i, j) : max(i, j)])
            pull.append(people[j] * exp(-time / 60 / decay))
        made = np.asarray(found.origin)[i] * np.asarray(found.destination)
        times = network.travel_times([i], np.arange(n))[0]
        assert made * np.asarray(found.deterrence(times)) == pytest.approx(
            [trips * people[i] * one / sum(pull) for one in pull]
        )
