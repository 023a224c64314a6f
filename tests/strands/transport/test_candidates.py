from math import inf, isnan

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Geod
from shapely import LineString, MultiLineString

from onecity.region.interventions import AddRoad, CloseRoad
from onecity.strands.transport import candidates as c
from onecity.strands.travel import network_of
from tests.strands.twins import arcs_of, search
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables


def found_in(region: object = None) -> c.Candidates:
    region = tiny_region() if region is None else region
    return c.candidates_of(region, network_of(region))  # type: ignore[arg-type]


def test_the_dead_ends_that_face_each_other_are_found() -> None:
    found = found_in()
    pairs = list(zip(found.tail, found.head, strict=True))
    at = pairs.index(DEAD_ENDS)
    assert found.dead_ends[at]
    assert found.dead_ends.sum() == 1
    nodes = tiny_tables()["road_nodes"]
    line = nodes.loc[list(DEAD_ENDS)]
    km = Geod(ellps="WGS84").line_length(line["lon"], line["lat"]) / 1000 * c.LINK_DETOUR
    assert found.km[at] == pytest.approx(km)
    assert found.kmh == 60.0
    assert found.seconds[at] == pytest.approx(km / 60 * 3600)


def test_the_detour_is_that_of_the_slower_direction() -> None:
    region = tiny_region()
    found, arcs = found_in(region), arcs_of(region)
    assert len(found.tail) >= 1
    for tail, head, seconds, detour in zip(
        found.tail, found.head, found.seconds, found.detour, strict=True
    ):
        there = search(arcs, int(tail))[0].get(int(head), inf)
        back = search(arcs, int(head))[0].get(int(tail), inf)
        assert detour == pytest.approx(max(there, back) / 1000 / seconds)
        assert tail < head


def test_pairs_are_all_that_are_close_and_not_joined() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    joined = {frozenset(one) for one in zip(edges["tail"], edges["head"], strict=True)}
    neighbours = {
        node: {other for pair in joined if node in pair for other in pair - {node}}
        for node in nodes["node"]
    }
    expected = []
    for a in nodes["node"]:
        for b in nodes["node"]:
            ends = nodes.loc[[a, b]]
            km = Geod(ellps="WGS84").line_length(ends["lon"], ends["lat"]) / 1000
            wanted = all(len(neighbours[one]) not in {0, 2} for one in (a, b))
            if a < b and wanted and not ends["cut"].any() and frozenset((a, b)) not in joined:
                # The sphere of the search is not the ellipsoid of the distance.
                assert abs(km - c.RADIUS_KM) > 0.05
                if km < c.RADIUS_KM:
                    expected.append((a, b))
    assert list(zip(*c.close_pairs(nodes, edges), strict=True)) == expected
    assert DEAD_ENDS in expected


def test_an_end_of_the_extract_is_no_dead_end() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    headings = c.outward_headings(nodes, edges)
    ends = set(np.flatnonzero(~np.isnan(headings).any(axis=1)))
    assert ends == {23, 25, 26, 27, 28, 9}
    nodes["cut"] = True
    assert np.isnan(c.outward_headings(nodes, edges)).all()
    assert len(c.close_pairs(nodes, edges)[0]) == 0


def test_a_closed_road_leaves_a_dead_end() -> None:
    edges = tiny_region().apply([CloseRoad((0, 9))]).table("road_edges")
    before = c.neighbour_count(tiny_tables()["road_edges"], 29)
    after = c.neighbour_count(edges, 29)
    assert (before[0], after[0], before[1], after[1]) == (2, 0, 4, 3)
    assert before[5] == 2  # its loop joins it to no other
    assert before[2] == 2  # parallel roads lead to one neighbour


def test_roads_that_pass_each_other_do_not_face() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    tail, head = np.array([23]), np.array([25])
    assert c.facing_ends(nodes, edges, tail, head).all()
    assert c.facing_ends(nodes, edges, head, tail).all()
    # The last bend of one road turns away.
    row = edges.index[edges["tail"] == 25][0]
    x, y = float(nodes["lon"][25]), float(nodes["lat"][25])
    course = edges.geometry.copy()
    course[row] = LineString([(x, y), (x - 0.02, y), (x + 0.2, y)])
    turned = edges.assign(geometry=course)
    assert not c.facing_ends(nodes, turned, tail, head).any()
    # Of a road in several parts only its ends are looked at.
    course[row] = MultiLineString([[(x, y), (x - 0.02, y)], [(0, 0), (1, 1)]])
    assert c.facing_ends(nodes, edges.assign(geometry=course), tail, head).all()


def test_the_direction_of_a_road_does_not_matter() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    turned = edges.rename(columns={"tail": "head", "head": "tail"})
    turned = gpd.GeoDataFrame(turned, geometry=edges.geometry.reverse(), crs=edges.crs)
    assert np.array_equal(
        c.outward_headings(nodes, edges), c.outward_headings(nodes, turned), equal_nan=True
    )


def test_a_link_that_is_there_is_no_candidate() -> None:
    found = found_in(tiny_region().apply([AddRoad(*DEAD_ENDS, kmh=80.0)]))
    assert DEAD_ENDS not in list(zip(found.tail, found.head, strict=True))


def test_the_usual_speed_is_that_of_half_the_length() -> None:
    edges = tiny_tables()["road_edges"]
    found = c.usual_kmh(edges)
    roads = edges[~edges["ferry"]]
    half = roads["km"].sum() / 2
    assert roads.loc[roads["kmh"] < found, "km"].sum() < half
    assert roads.loc[roads["kmh"] <= found, "km"].sum() >= half
    assert isnan(c.usual_kmh(edges.iloc[:0]))


def test_only_the_longest_detours_are_kept_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(c, "RADIUS_KM", 40.0)
    monkeypatch.setattr(c, "LEAST_DETOUR", 1.0)
    everything = found_in()
    assert len(everything.tail) > 5
    assert everything.dropped == 0
    monkeypatch.setattr(c, "MOST", 3)
    some = found_in()
    assert some.dropped == len(everything.tail) - 3
    assert some.dead_ends.sum() == min(3, everything.dead_ends.sum())
    rest = everything.detour[~everything.dead_ends]
    kept = some.detour[~some.dead_ends]
    assert sorted(kept, reverse=True) == sorted(rest, reverse=True)[: len(kept)]
    assert list(some.tail) == sorted(some.tail)
