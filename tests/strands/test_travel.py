from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from onecity.core.errors import InputError, MissingError
from onecity.region.interventions import AddRoad, CloseRoad, SetSpeed
from onecity.region.store import Region
from onecity.strands.travel import (
    centres_of,
    inside_zone_seconds,
    leg_km,
    network_of,
    path_km,
    straight_km,
    zone_times,
)
from tests.strands.twins import arcs_of, search, seconds_between_zones
from tests.tiny import BY_LINK, OFF, tiny_region, tiny_tables


def all_times(region: Region, rows: int = 512) -> np.ndarray:
    return np.vstack([tile for _, tile in zone_times(network_of(region), rows=rows)])


def test_times_between_zones_are_those_of_dijkstra() -> None:
    region = tiny_region()
    expected = seconds_between_zones(region)
    assert np.array_equal(all_times(region), expected)
    assert np.isinf(expected).any()
    assert (np.diag(expected) == 0).all()


def test_tiles_are_one_matrix_whatever_their_size() -> None:
    region = tiny_region()
    whole = all_times(region)
    for rows in (1, 7, 50):
        assert np.array_equal(all_times(region, rows), whole)
    origins = np.concatenate([one for one, _ in zone_times(network_of(region), rows=7)])
    assert list(origins) == list(range(50))


@settings(derandomize=True, max_examples=15, deadline=None)
@given(st.data())
def test_times_after_interventions_are_those_of_dijkstra(data: st.DataObject) -> None:
    edges = st.lists(st.integers(0, 31), min_size=1, max_size=20).map(tuple)
    nodes = st.tuples(st.integers(0, 28), st.integers(0, 28)).filter(lambda one: one[0] != one[1])
    kmh = st.sampled_from([5.0, 40.0, 120.0])
    add = st.builds(
        lambda ends, speed, both: AddRoad(ends[0], ends[1], speed, both_ways=both),
        nodes, kmh, st.booleans(),
    )  # fmt: skip
    one = st.one_of(st.builds(CloseRoad, edges), st.builds(SetSpeed, edges, kmh), add)
    region = tiny_region().apply(data.draw(st.lists(one, max_size=4)))
    assert np.array_equal(all_times(region), seconds_between_zones(region))


@settings(max_examples=12)
@given(st.data())
def test_travel_on_other_edges_is_that_of_the_region_that_has_them(data: st.DataObject) -> None:
    edges = st.lists(st.integers(0, 31), min_size=1, max_size=9).map(tuple)
    ends = st.lists(st.integers(0, 28), min_size=2, max_size=2, unique=True)
    kmh = st.sampled_from([5.0, 40.0, 120.0])
    add = st.builds(lambda both, speed: AddRoad(both[0], both[1], speed), ends, kmh)
    one = st.one_of(st.builds(CloseRoad, edges), st.builds(SetSpeed, edges, kmh), add)
    base = tiny_region()
    scenario = base.apply(data.draw(st.lists(one, max_size=4)))
    found = network_of(base).on_edges(scenario.table("road_edges"))
    expected = network_of(scenario)
    for name in ("roads", "zones", "edges", "connectors", "links"):
        assert getattr(found, name) == getattr(expected, name)
    for name in ("tail", "head", "km", "seconds"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    times = np.vstack([tile for _, tile in zone_times(found)])
    assert np.array_equal(times, all_times(scenario))


def test_other_edges_that_make_no_sense_are_refused() -> None:
    region = tiny_region()
    travel, edges = network_of(region), region.table("road_edges")
    more = pd.concat([edges, edges.iloc[:1].assign(tail=999)], ignore_index=True)
    with pytest.raises(InputError, match="tail"):
        travel.on_edges(more)
    with pytest.raises(InputError, match="seconds_forward"):
        travel.on_edges(edges.assign(seconds_forward=-1.0))


def test_the_table_may_stand_in_any_order() -> None:
    region = tiny_region()
    zones = tiny_tables()["zones"].sample(frac=1, random_state=5).reset_index(drop=True)
    other = tiny_region(zones=zones)
    at = pd.Index(region.table("zones")["zone"]).get_indexer(zones["zone"])
    assert np.array_equal(all_times(other), all_times(region)[np.ix_(at, at)])


def test_paths_have_the_length_of_their_roads() -> None:
    region = tiny_region()
    travel, arcs = network_of(region), arcs_of(region)
    names = list(region.table("zones")["zone"])
    nodes = travel.zone_nodes
    checked = 0
    for a in (0, 12, 33):
        times, lengths = search(arcs, names[a])
        for b in range(50):
            if names[b] in times:
                found = path_km(travel, nodes[a], nodes[b])
                assert found == pytest.approx(lengths[names[b]])
                checked += 1
    assert checked > 100


def test_a_path_takes_the_quicker_of_parallel_roads() -> None:
    edges = tiny_tables()["road_edges"]
    beside = edges.index[(edges["tail"] == 2) & (edges["head"] == 3)]
    trunk, other = edges.loc[beside, "km"]
    assert other > trunk
    assert path_km(network_of(tiny_region()), 2, 3) == pytest.approx(trunk)
    quicker = network_of(tiny_region().apply([SetSpeed((int(beside[1]),), 300.0)]))
    assert path_km(quicker, 2, 3) == pytest.approx(other)


def test_no_way_has_no_length() -> None:
    travel = network_of(tiny_region())
    with pytest.raises(MissingError):
        path_km(travel, 0, 26)
    assert path_km(travel, 5, 5) == 0


def test_the_way_to_the_roads_is_that_of_loops() -> None:
    region = tiny_region()
    names = list(region.table("zones")["zone"])
    found = dict(zip(names, leg_km(network_of(region)), strict=True))
    own = region.table("connectors").groupby("zone")["km"].min().to_dict()
    legs = {zone: own.get(zone, np.inf) for zone in names}
    for _ in names:
        for row in region.table("local_links").to_dict("records"):
            a, b = row["zone_a"], row["zone_b"]
            legs[a], legs[b] = min(legs[a], legs[b] + row["km"]), min(legs[b], legs[a] + row["km"])
    assert found == pytest.approx(legs)
    assert min(own.values()) == 0  # a leg of no length is a leg all the same
    assert np.isinf(found[OFF])
    assert np.isfinite(found[BY_LINK])
    assert BY_LINK not in own


def test_of_two_legs_to_one_road_the_shorter_counts() -> None:
    connectors = tiny_tables()["connectors"]
    legs = leg_km(network_of(tiny_region(connectors=connectors.iloc[::-1].reset_index(drop=True))))
    assert np.array_equal(legs, leg_km(network_of(tiny_region())))


def test_without_local_links_their_zones_are_off() -> None:
    region = tiny_region(without=("local_links",))
    zones = region.table("zones")
    off = zones["zone"][np.isinf(leg_km(network_of(region)))]
    assert sorted(off) == sorted([BY_LINK, OFF])
    assert np.array_equal(all_times(region), seconds_between_zones(region))


def test_a_centre_is_the_zone_that_contains_it() -> None:
    region = tiny_region()
    found = centres_of(region)
    names = region.table("zones")["zone"].iloc[found.zone]
    assert list(names) == ["z21", "z26", "z18"]
    assert found.outside == ()


def test_a_centre_in_no_zone_takes_the_nearest() -> None:
    cities = tiny_tables()["cities"]
    cities.loc[1, ["lon", "lat"]] = [-29.35, 1.9]
    found = centres_of(tiny_region(cities=cities))
    names = tiny_region().table("zones")["zone"].iloc[found.zone]
    assert list(names) == ["z21", "z46", "z18"]
    assert found.outside == (1,)


def test_a_centre_on_a_border_takes_the_first_of_the_table() -> None:
    """Four squares meet in the corner; the table runs column by column."""
    tables = tiny_tables()
    square = tables["zones"].set_index("zone").geometry["z34"]
    _, _, east, north = square.bounds
    tables["cities"].loc[0, ["lon", "lat"]] = [east, north]
    found = centres_of(tiny_region(cities=tables["cities"])).zone[0]
    assert tables["zones"]["zone"].iloc[found] == "z34"
    backwards = tables["zones"].iloc[::-1].reset_index(drop=True)
    found = centres_of(tiny_region(cities=tables["cities"], zones=backwards)).zone[0]
    assert backwards["zone"].iloc[found] == "z45"


def test_straight_lines_are_geodesics() -> None:
    line = Geod(ellps="WGS84").line_length([114.3, 115.03], [30.6, 30.2])
    found = straight_km(*(np.array([one]) for one in (114.3, 30.6, 115.03, 30.2)))
    assert found == pytest.approx([line / 1000])
    assert straight_km(*(np.array([0.0]) for _ in range(4))) == [0]


def test_a_trip_inside_a_zone_takes_about_half_its_width() -> None:
    """The mean distance in a disc, drawn at random, at 30 km/h over the straight line."""
    travel = network_of(tiny_region())
    random = np.random.default_rng(1)
    angle, radius = random.uniform(0, 2 * np.pi, (2, 200_000)), random.uniform(0, 1, (2, 200_000))
    spots = np.sqrt(radius) * np.exp(1j * angle)
    mean = np.abs(spots[0] - spots[1]).mean()
    found = inside_zone_seconds(travel, np.array([np.pi * 4.0]))
    assert found == pytest.approx([2 * mean / 30 * 3600], rel=5e-3)
    no_legs = network_of(tiny_region(connectors=tiny_tables()["connectors"].iloc[:0]))
    assert np.isnan(inside_zone_seconds(no_legs, np.ones(2))).all()


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("road_edges", "tail", 29),
        ("road_edges", "head", -1),
        ("connectors", "zone", "z99"),
        ("connectors", "node", 29),
        ("local_links", "zone_a", "z99"),
        ("local_links", "zone_b", "z99"),
        ("road_edges", "seconds_forward", -1.0),
        ("connectors", "seconds", -1.0),
        ("connectors", "seconds", np.inf),
        ("local_links", "seconds", -0.5),
    ],
)
def test_what_does_not_fit_is_named(table: str, column: str, value: object) -> None:
    tables: dict[str, Any] = {table: tiny_tables()[table]}
    tables[table].loc[5, column] = value
    with pytest.raises(InputError, match=f"'{table}', column '{column}', row 5 "):
        network_of(tiny_region(**tables))


class TestCache:
    """The hierarchy beside the folder."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        tiny_region().write(tmp_path / "region")
        return tmp_path / "region"

    @staticmethod
    def kept(folder: Path) -> list[Path]:
        return sorted((folder / ".cache").iterdir())

    def test_is_written_and_read_again(self, folder: Path) -> None:
        expected = all_times(tiny_region())
        assert np.array_equal(all_times(Region.open(folder)), expected)
        (file,) = self.kept(folder)
        stamp, content = file.stat().st_mtime_ns, file.read_bytes()
        assert np.array_equal(all_times(Region.open(folder)), expected)
        assert (file.stat().st_mtime_ns, file.read_bytes()) == (stamp, content)

    def test_serves_scenarios_that_keep_the_topology(self, folder: Path) -> None:
        region = Region.open(folder)
        network_of(region)
        (file,) = self.kept(folder)
        stamp = file.stat().st_mtime_ns
        closed = region.apply([CloseRoad((2, 22)), SetSpeed((5,), 20.0)])
        assert np.array_equal(all_times(closed), seconds_between_zones(closed))
        assert self.kept(folder) == [file]
        assert file.stat().st_mtime_ns == stamp

    def test_does_not_grow_with_scenarios_that_change_it(self, folder: Path) -> None:
        region = Region.open(folder)
        network_of(region)
        files = self.kept(folder)
        more = region.apply([AddRoad(23, 25, kmh=50.0)])
        assert np.array_equal(all_times(more), seconds_between_zones(more))
        assert self.kept(folder) == files

    @pytest.mark.parametrize("damage", ["empty", "cut", "noise", "other"])
    def test_is_made_anew_when_damaged(self, folder: Path, damage: str, tmp_path: Path) -> None:
        expected = all_times(Region.open(folder))
        (file,) = self.kept(folder)
        good = file.read_bytes()
        if damage == "other":
            other = tiny_region(without=("local_links",)).write(tmp_path / "other")
            network_of(other)
            bad = self.kept(tmp_path / "other")[0].read_bytes()
        else:
            bad = {"empty": b"", "cut": good[: len(good) // 2], "noise": b"\x00" * 500}[damage]
        file.write_bytes(bad)
        assert np.array_equal(all_times(Region.open(folder)), expected)
        assert self.kept(folder) == [file]
        assert file.read_bytes() != bad
        assert np.array_equal(all_times(Region.open(folder)), expected)

    def test_can_be_done_without(self, folder: Path) -> None:
        (folder / ".cache").write_text("a file stands where the folder should")
        assert np.array_equal(all_times(Region.open(folder)), all_times(tiny_region()))
        assert (folder / ".cache").is_file()
