import geopandas as gpd
import numpy as np
from shapely import LineString, MultiLineString

from onecity.region.dead_ends import dead_ends_of, neighbour_count
from onecity.region.interventions import CloseRoad
from onecity.strands.transport import dead_ends as d
from tests.tiny import tiny_region, tiny_tables


def test_an_end_of_the_extract_is_no_dead_end() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    headings = d.outward_headings(nodes, edges)
    ends = set(np.flatnonzero(~np.isnan(headings).any(axis=1)))
    assert ends == {23, 25, 26, 27, 28, 9}
    assert ends == set(np.flatnonzero(dead_ends_of(nodes, edges)))
    nodes["cut"] = True
    assert np.isnan(d.outward_headings(nodes, edges)).all()


def test_a_closed_road_leaves_a_dead_end() -> None:
    edges = tiny_region().apply([CloseRoad((0, 9))]).table("road_edges")
    before = neighbour_count(tiny_tables()["road_edges"], 29)
    after = neighbour_count(edges, 29)
    assert (before[0], after[0], before[1], after[1]) == (2, 0, 4, 3)
    assert before[5] == 2  # its loop joins it to no other
    assert before[2] == 2  # parallel roads lead to one neighbour


def test_roads_that_pass_each_other_do_not_face() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    tail, head = np.array([23]), np.array([25])
    assert d.facing_ends(nodes, edges, tail, head).all()
    assert d.facing_ends(nodes, edges, head, tail).all()
    # The last bend of one road turns away.
    row = edges.index[edges["tail"] == 25][0]
    x, y = float(nodes["lon"][25]), float(nodes["lat"][25])
    course = edges.geometry.copy()
    course[row] = LineString([(x, y), (x - 0.02, y), (x + 0.2, y)])
    turned = edges.assign(geometry=course)
    assert not d.facing_ends(nodes, turned, tail, head).any()
    # Of a road in several parts only its ends are looked at.
    course[row] = MultiLineString([[(x, y), (x - 0.02, y)], [(0, 0), (1, 1)]])
    assert d.facing_ends(nodes, edges.assign(geometry=course), tail, head).all()


def test_the_direction_of_a_road_does_not_matter() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    turned = edges.rename(columns={"tail": "head", "head": "tail"})
    turned = gpd.GeoDataFrame(turned, geometry=edges.geometry.reverse(), crs=edges.crs)
    assert np.array_equal(
        d.outward_headings(nodes, edges), d.outward_headings(nodes, turned), equal_nan=True
    )
