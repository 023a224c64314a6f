"""From points to roads: against measuring every node and every course."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString

from onecity.core.errors import InputError, MissingError
from onecity.programme.snapping import Nodes, Roads, edges_near, snapped_link
from onecity.region.interventions import AddRoad
from tests.tiny import DEAD_ENDS, SOUTH, WEST, tiny_region, tiny_tables

GEOD = Geod(ellps="WGS84")
LON = st.floats(WEST - 0.1, WEST + 1.1)
LAT = st.floats(SOUTH - 0.1, SOUTH + 0.6)


@cache
def roads() -> Roads:
    return Roads(tiny_region())


def spot(node: int) -> tuple[float, float]:
    row = roads().region.table("road_nodes").iloc[node]
    return float(row["lon"]), float(row["lat"])


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(GEOD.inv(*one, *other)[2])


def beside(node: int, east: float = 0.0, north: float = 0.0) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(*spot(node), 90, east)
    lon, lat, _ = GEOD.fwd(lon, lat, 0, north)
    return lon, lat


@settings(max_examples=60)
@given(st.lists(st.tuples(LON, LAT), max_size=4))
def test_the_nearest_node_is_the_nearest(points: list[tuple[float, float]]) -> None:
    nodes = Nodes(roads().region)
    rows, away = nodes.nearest(points)
    assert len(rows) == len(away) == len(points)
    for point, row, one in zip(points, rows, away, strict=True):
        every = [metres(point, end) for end in zip(nodes.lon, nodes.lat, strict=True)]
        assert one == pytest.approx(min(every))
        assert every[row] == pytest.approx(min(every))


def test_of_nodes_on_one_spot_the_first_is_taken() -> None:
    tables = tiny_tables()
    nodes = pd.concat([tables["road_nodes"], tables["road_nodes"].iloc[[4]].assign(node=29)])
    region = tiny_region(road_nodes=nodes.reset_index(drop=True))
    assert Roads(region).node(*spot(4)).node == 4


def test_a_node_says_how_far_it_is() -> None:
    found = roads().node(*beside(7, north=300))
    assert found.node == 7
    assert found.metres == pytest.approx(300, abs=0.1)
    assert (found.lon, found.lat) == pytest.approx(spot(7))


def test_a_point_far_from_all_roads_is_a_mistake() -> None:
    assert roads().node(*beside(10, east=-4_990)).node == 10
    with pytest.raises(InputError) as caught:
        roads().node(*beside(10, east=-5_010))
    assert caught.value.key == "programme.far_from_roads"
    assert "5.0" in str(caught.value)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0), (0, float("inf"))])
def test_what_is_nowhere_is_refused(lon: float, lat: float) -> None:
    for ask in (roads().node, roads().near):
        with pytest.raises(InputError) as caught:
            ask(lon, lat)
        assert caught.value.key == "programme.no_place"


def test_a_region_without_roads_says_so() -> None:
    tables = tiny_tables()
    empty = tiny_region(
        road_nodes=tables["road_nodes"].iloc[:0],
        road_edges=tables["road_edges"].iloc[:0],
        connectors=tables["connectors"].iloc[:0],
    )
    with pytest.raises(MissingError):
        Roads(empty).node(WEST, SOUTH)
    assert Roads(empty).near(WEST, SOUTH) == ()


# --- Links -------------------------------------------------------------------------------------


def test_a_link_joins_the_nearest_nodes() -> None:
    start, end = beside(DEAD_ENDS[0], east=50), beside(DEAD_ENDS[1], north=-80)
    found = snapped_link(roads().region, start, end, kmh=50, name="云岚路")
    expected = AddRoad(*DEAD_ENDS, kmh=50.0, detour=1.2, road_class="planned", name="云岚路")
    assert found.road == expected
    assert found.start.metres == pytest.approx(50, abs=0.1)
    assert found.end.metres == pytest.approx(80, abs=0.1)
    added = roads().region.apply([found.road]).table("road_edges").iloc[-1]
    assert found.km == added["km"]
    assert found.minutes == pytest.approx(added["seconds_forward"] / 60)


def test_its_speed_is_the_usual_one_of_its_class() -> None:
    ends = spot(DEAD_ENDS[0]), spot(DEAD_ENDS[1])
    assert roads().link(*ends, road_class="motorway").road.kmh == 100
    assert roads().link(*ends, road_class="motorway").road.road_class == "motorway"
    assert roads().link(*ends, road_class="primary", kmh=70).road.kmh == 70
    edges = roads().region.table("road_edges")
    usual = roads().link(*ends).road.kmh
    by_length = edges[~edges["ferry"]].sort_values("kmh")
    below = by_length.loc[by_length["kmh"] < usual, "km"].sum()
    upto = by_length.loc[by_length["kmh"] <= usual, "km"].sum()
    assert below < by_length["km"].sum() / 2 <= upto
    with pytest.raises(InputError, match="service") as caught:
        roads().link(*ends, road_class="service")
    assert "motorway" in str(caught.value)


def test_a_link_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        roads().link(beside(4, east=10), beside(4, east=-10), kmh=60)
    assert caught.value.key == "programme.one_node"
    ends = spot(DEAD_ENDS[0]), spot(DEAD_ENDS[1])
    with pytest.raises(InputError):
        roads().link(*ends, kmh=-5)
    with pytest.raises(InputError):
        roads().link(*ends, kmh=50, detour=0.5)


# --- Roads near a point ------------------------------------------------------------------------


def away_from(course: LineString, point: tuple[float, float]) -> float:
    """Least distance to points laid closely along a course, metres."""
    share = np.linspace(0, 1, 4_001)
    along = shapely.get_coordinates(shapely.line_interpolate_point(course, share, normalized=True))
    many = np.full(len(along), 1.0)
    return float(GEOD.inv(point[0] * many, point[1] * many, *along.T)[2].min())


@settings(max_examples=5)
@given(LON, LAT)
def test_the_nearest_roads_are_the_nearest(lon: float, lat: float) -> None:
    found = edges_near(roads().region, (lon, lat), metres=2_000, most=100)
    edges = roads().region.table("road_edges")
    every = {row: away_from(course, (lon, lat)) for row, course in enumerate(edges["geometry"])}
    near = [one for one in every if every[one] < 1_995]
    assert set(near) <= {one.edge for one in found} <= {e for e in every if every[e] < 2_005}
    assert [one.metres for one in found] == sorted(one.metres for one in found)
    for one in found:
        assert one.metres == pytest.approx(every[one.edge], abs=5)
        row = edges.iloc[one.edge]
        assert (one.road_class, one.kmh, one.km) == (row["class"], row["kmh"], row["km"])
        assert one.forward == (not pd.isna(row["seconds_forward"]))
        assert one.backward == (not pd.isna(row["seconds_backward"]))


def test_no_more_roads_are_told_than_asked_for() -> None:
    lon, lat = spot(4)
    assert len(roads().near(lon, lat, most=2)) == 2
    assert roads().near(lon, lat, most=0) == ()
    assert roads().near(lon, lat, most=-1) == ()
    assert roads().near(*beside(10, east=-900), metres=800) == ()
    assert len(roads().near(*beside(10, east=-900), metres=1_000)) == 1


def test_far_north_too_the_nearest_is_the_nearest() -> None:
    """Where a degree of longitude is a third of one of latitude."""
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    nodes["lat"] += 68
    spots = list(zip(nodes["lon"], nodes["lat"], strict=True))
    north = shapely.affinity.translate
    nodes = nodes.assign(geometry=[north(one, 0, 68) for one in nodes["geometry"]])
    edges = edges.assign(geometry=[north(one, 0, 68) for one in edges["geometry"]])
    far = Roads(tiny_region(road_nodes=nodes, road_edges=edges))
    lon, lat = spots[4][0] + 0.03, spots[4][1] + 0.005
    (first, *_) = far.near(lon, lat, metres=2_000, most=1)
    every = [away_from(one, (lon, lat)) for one in edges["geometry"]]
    assert first.edge == int(np.argmin(every))
    assert first.metres == pytest.approx(min(every), abs=5)


# --- Runs of one road --------------------------------------------------------------------------


def named(names: dict[int, str]) -> Roads:
    edges = tiny_tables()["road_edges"]
    edges["name"] = [names.get(row) for row in range(len(edges))]
    return Roads(tiny_region(road_edges=edges))


def test_a_road_with_a_name_is_all_of_it_that_hangs_together() -> None:
    # 0–1–2, then 4–5, and one far away: the trunk road in two pieces.
    some = named({0: "国道", 1: "国道", 4: "国道", 2: "省道", 3: ""})
    assert some.run(0) == some.run(1) == (0, 1)
    assert some.run(4) == (4,)
    assert some.run(2) == (2,)


def test_a_road_without_a_name_goes_to_the_next_crossing() -> None:
    plain = named({})
    edges = plain.region.table("road_edges")
    ends = edges[["tail", "head"]].to_numpy()
    degree = np.bincount(ends.ravel())
    for edge in range(len(edges)):
        run = plain.run(edge)
        assert edge in run
        assert {plain.run(one) for one in run} == {run}
        assert edges["class"].iloc[list(run)].nunique() == 1
        inner = [n for n in range(len(degree)) if (ends[list(run)] == n).sum() == 2]
        for node in inner:  # what one goes through is no crossing
            assert degree[node] == 2 or len(run) == 1
    assert len(plain.run(10)) >= 1
    # 11–12 and 12–1 are one stretch of primary road; at 1 the trunk road crosses.
    rows = [row for row, one in enumerate(ends.tolist()) if one in ([11, 12], [12, 1])]
    assert plain.run(rows[0]) == tuple(rows)


def test_a_name_ends_the_run_of_a_road_without_one() -> None:
    ends = tiny_tables()["road_edges"][["tail", "head"]].to_numpy().tolist()
    first, second = ends.index([11, 12]), ends.index([12, 1])
    some = named({second: "滨江路"})
    assert some.run(first) == (first,)
    assert some.run(second) == (second,)


def test_there_is_no_run_of_what_is_no_edge() -> None:
    for wrong in (-1, 10_000):
        with pytest.raises(MissingError):
            roads().run(wrong)
