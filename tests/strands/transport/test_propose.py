"""Proposed links: what they promise is what building them gives, counted by loops."""

from math import exp
from typing import Any

import numpy as np
import pytest

from onecity.core.words import LANGUAGES
from onecity.region.interventions import AddRoad, SetSpeed
from onecity.region.store import Region
from onecity.strands.contract import Proposal
from onecity.strands.transport import candidates as c
from onecity.strands.transport import propose as p
from onecity.strands.transport import strand
from onecity.strands.travel import leg_km, network_of
from tests.strands.twins import seconds_between_zones
from tests.tiny import DEAD_ENDS, OFF, tiny_region, tiny_tables


def slow(without: tuple[str, ...] = (), **changed: Any) -> Region:
    """The tiny region with a slow bridge, and no legs over the river, so that links pay."""
    tables = tiny_tables()
    edges, legs = tables["road_edges"], tables["connectors"]
    west = set(tables["zones"].loc[tables["zones"]["city"] == "990100", "zone"])
    shore = tables["road_nodes"]["lon"].to_numpy() < -29.5
    legs = legs[legs["zone"].isin(west).to_numpy() == shore[legs["node"]]]
    kept = {"road_edges": edges, "connectors": legs.reset_index(drop=True)}
    bridge = edges["bridge"]
    for name in ("seconds_forward", "seconds_backward"):
        edges.loc[bridge, name] = edges.loc[bridge, "km"] / 5 * 3600
    edges.loc[bridge, "kmh"] = 5.0
    return tiny_region(without=without, **(kept | changed))


@pytest.fixture(scope="module")
def region() -> Region:
    return slow()


@pytest.fixture(scope="module")
def jammed() -> Region:
    """The same, and all is slow west of the river as well."""
    return slow().apply([SetSpeed((0, 1, 2, 3, 29), 5.0)])


def several(region: Region, own_share: float) -> tuple[Proposal, ...]:
    """Proposals where links may be long and need not spare much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c, "RADIUS_KM", 30.0)
        patch.setattr(c, "LEAST_DETOUR", 1.0)
        patch.setattr(p, "OWN_SHARE", own_share)
        return strand.propose(region)


def demand_by_loops(region: Region) -> tuple[list[int], np.ndarray, list[str]]:
    """Zones that stand for counties, trips between them, and their cities."""
    zones = region.table("zones")
    counties = region.table("counties")
    stand: list[int] = []
    people: list[float] = []
    for county in counties["county"]:
        mine = zones[(zones["county"] == county) & (zones["people"] > 0) & (zones["zone"] != OFF)]
        count = mine["people"].to_numpy()
        whole = float(count.sum())
        lon, lat = mine["lon"].to_numpy(), mine["lat"].to_numpy()
        x = (lon * count).sum() / whole
        y = (lat * count).sum() / whole
        away = ((lon - x) * np.cos(np.radians(y))) ** 2 + (lat - y) ** 2
        stand.append(int(mine.index[away.argmin()]))
        people.append(whole)
    seconds = seconds_between_zones(region)[np.ix_(stand, stand)].tolist()
    trips = np.zeros((len(people), len(people)))
    for i, origin in enumerate(people):
        pull = [people[j] * exp(-seconds[i][j] / 60 / 30) for j in range(len(people))]
        for j in range(len(people)):
            trips[i, j] = origin * pull[j] / sum(pull)
    return stand, trips, list(counties["city"])


def test_every_resident_makes_one_trip(region: Region) -> None:
    travel = network_of(region)
    demand = p.demand_between(region, travel)
    stand, trips, cities = demand_by_loops(region)
    assert list(demand.zone) == stand
    assert demand.city == cities
    assert demand.trips == pytest.approx(trips)
    zones = tiny_tables()["zones"]
    on = zones.loc[zones["zone"] != OFF, "people"].sum()
    assert demand.trips.sum() == pytest.approx(on)


def test_the_dead_ends_are_proposed(region: Region) -> None:
    (first,) = strand.propose(region)
    assert isinstance(first.intervention, AddRoad)
    assert (first.intervention.tail, first.intervention.head) == DEAD_ENDS
    evidence = first.evidence
    assert evidence["dead_ends"]
    assert evidence["counties"] == ("990102", "990202")
    assert evidence["city_border"]
    assert evidence["county_border"]
    assert evidence["water"] == 1
    assert evidence["railways"] == 0
    assert first.cost_million_cny is None
    said = [one.key.removeprefix("transport.") for one in first.remarks]
    assert said == ["candidate_only", "dead_ends_facing", "across_cities", "across_water"]
    assert first.remarks[1].text("zh").startswith("外湾区与浦北县之间有两段断头路相对")
    assert "between Waiwan and 浦北县 face" in first.remarks[1].text("en")
    assert first.indicator.remarks[0].key == "transport.one_trip_each"


def test_a_promise_is_kept_when_the_link_is_built(jammed: Region) -> None:
    stand, trips, cities = demand_by_loops(jammed)
    before = seconds_between_zones(jammed)[np.ix_(stand, stand)]
    found = several(jammed, 0.0)
    assert len(found) == 3
    for one in found:
        built = jammed.apply([one.intervention])
        after = seconds_between_zones(built)[np.ix_(stand, stand)]
        saved = trips * (before - after) / 3600
        assert one.benefit == pytest.approx(saved.sum(), rel=1e-6)
        for city, gain in one.gains.items():
            mine = [row for row, code in enumerate(cities) if code == city]
            assert gain == pytest.approx(saved[mine].sum(), rel=1e-6, abs=1e-9)
        assert sum(one.gains.values()) == pytest.approx(one.benefit)


def test_what_links_add_is_what_all_give_together(jammed: Region) -> None:
    found = several(jammed, 0.0)
    stand, trips, _ = demand_by_loops(jammed)
    before = seconds_between_zones(jammed)[np.ix_(stand, stand)]
    built = jammed.apply([one.intervention for one in found])
    after = seconds_between_zones(built)[np.ix_(stand, stand)]
    together = (trips * (before - after)).sum() / 3600
    added = [one.evidence["added_person_hours"] for one in found]
    assert sum(added) == pytest.approx(together, rel=1e-6)
    assert added != pytest.approx([one.benefit for one in found])  # they do interact


def test_links_that_serve_the_same_trips_are_one_proposal(jammed: Region) -> None:
    everything, own = several(jammed, 0.0), several(jammed, 0.5)
    dropped = [one for one in everything if one.intervention not in {o.intervention for o in own}]
    assert len(dropped) == 1
    assert dropped[0].evidence["added_person_hours"] < dropped[0].benefit / 2
    assert own[0].evidence["added_person_hours"] == pytest.approx(own[0].benefit)


def test_a_better_road_there_already_leaves_nothing_to_propose(region: Region) -> None:
    assert strand.propose(region.apply([AddRoad(*DEAD_ENDS, kmh=120.0)])) == ()


def test_ends_outside_the_land_are_left_out(region: Region) -> None:
    counties = tiny_tables()["counties"]
    shapes = counties.geometry.copy()
    shapes[2] = shapes[2].buffer(-0.2)  # nothing is left of the county
    shapes[3] = shapes[3].buffer(-0.2)
    smaller = slow(counties=counties.assign(geometry=shapes))
    assert p.county_of_nodes(smaller)[25] == -1
    assert strand.propose(smaller) == ()
    assert p.county_of_nodes(region)[[23, 25, 26]].tolist() == [1, 3, 4]


def test_obstacles_are_not_told_where_their_tables_lack() -> None:
    (one,) = strand.propose(slow(without=("water", "rail_edges")))
    assert one.evidence["water"] is None
    assert one.evidence["railways"] is None
    assert "transport.across_water" not in [remark.key for remark in one.remarks]


def test_remarks_on_trunk_roads() -> None:
    edges = slow().table("road_edges").assign(**{"class": "trunk_extract"})
    (one,) = strand.propose(slow(road_edges=edges))
    assert one.remarks[-1].key == "transport.minor_roads_unknown"
    for remark in one.remarks:
        assert all(remark.text(language) for language in LANGUAGES)


def emptied(name: str) -> Region:
    zones, legs = tiny_tables()["zones"], tiny_tables()["connectors"]
    if name == "nobody":
        return slow(zones=zones.assign(people=0.0))
    if name == "one county":
        people = zones["people"].where(zones["county"] == "990101", 0.0)
        return slow(zones=zones.assign(people=people))
    if name == "no legs":
        return slow(without=("local_links",), connectors=legs.iloc[:0])
    edges: Any = tiny_tables()["road_edges"].iloc[:0]
    return slow(road_edges=edges)


@pytest.mark.parametrize("name", ["nobody", "one county", "no legs", "no roads"])
def test_where_nobody_travels_nothing_is_proposed(name: str) -> None:
    assert strand.propose(emptied(name)) == ()


def test_a_county_stands_on_the_network() -> None:
    """A zone off the network stands for no county, however many live there."""
    zones = tiny_tables()["zones"]
    zones.loc[zones["zone"] == OFF, "people"] = 1e9
    region = tiny_region(zones=zones)
    zone, people, _ = p.county_zones(region, leg_km(network_of(region)))
    assert zones["zone"].iloc[zone[-1]] != OFF
    assert people[-1] < 1e9
