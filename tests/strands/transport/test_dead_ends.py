import geopandas as gpd
import numpy as np
import pytest
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
    assert d.facing_ends(nodes, edges, tail, head, every_road=False).all()
    assert d.facing_ends(nodes, edges, head, tail, every_road=False).all()
    # The last bend of one road turns away.
    row = edges.index[edges["tail"] == 25][0]
    x, y = float(nodes["lon"][25]), float(nodes["lat"][25])
    course = edges.geometry.copy()
    course[row] = LineString([(x, y), (x - 0.02, y), (x + 0.2, y)])
    turned = edges.assign(geometry=course)
    assert not d.facing_ends(nodes, turned, tail, head, every_road=False).any()
    # Of a road in several parts only its ends are looked at.
    course[row] = MultiLineString([[(x, y), (x - 0.02, y)], [(0, 0), (1, 1)]])
    parts = edges.assign(geometry=course)
    assert d.facing_ends(nodes, parts, tail, head, every_road=False).all()


def test_a_kerb_at_the_end_does_not_turn_a_road() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    row = edges.index[edges["tail"] == 25][0]
    x, y = float(nodes["lon"][25]), float(nodes["lat"][25])
    course = edges.geometry.copy()
    for metres, faces in ((10, True), (30, False)):
        bend = metres / 111_200
        # To the east, as before, but for the last metres to the north.
        course[row] = LineString([(x, y), (x, y - bend), (x + 0.2, y - bend)])
        turned = edges.assign(geometry=course)
        found = d.facing_ends(nodes, turned, np.array([23]), np.array([25]), every_road=False)
        assert found.all() == faces


@pytest.mark.parametrize(
    ("kind", "faces"), [("secondary", True), ("residential", True), ("service", False)]
)
def test_where_every_road_is_known_a_yard_ends_in_no_dead_end(kind: str, faces: bool) -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    at = (edges["tail"] == 18) & (edges["head"] == 23)
    edges = edges.assign(**{"class": edges["class"].mask(at, kind)})
    tail, head = np.array([23]), np.array([25])
    assert d.facing_ends(nodes, edges, tail, head, every_road=False).all()
    assert d.facing_ends(nodes, edges, tail, head, every_road=True).all() == faces


@pytest.mark.parametrize(
    ("north", "kind", "closed", "faces"),
    [
        (0.01, "secondary", False, False),  # a road that runs between
        (0.01, "service", False, False),  # or a yard
        (0.01, "secondary", True, True),  # a road nobody may use is none
        (-0.01, "secondary", False, True),  # it ends before
    ],
)
def test_where_every_road_is_known_none_runs_between(
    north: float, kind: str, closed: bool, faces: bool
) -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    middle = (float(nodes["lon"][23]) + float(nodes["lon"][25])) / 2
    lat = float(nodes["lat"][23])
    row = edges.index[(edges["tail"] == 13) & (edges["head"] == 28)][0]
    course = edges.geometry.copy()
    course[row] = LineString([(middle, lat - 0.02), (middle, lat + north)])
    other = edges.assign(geometry=course)
    other.loc[row, "class"] = kind
    if closed:
        other.loc[row, ["seconds_forward", "seconds_backward"]] = np.nan
    tail, head = np.array([23]), np.array([25])
    assert d.facing_ends(nodes, other, tail, head, every_road=False).all()
    assert d.facing_ends(nodes, other, tail, head, every_road=True).all() == faces


def test_the_direction_of_a_road_does_not_matter() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    turned = edges.rename(columns={"tail": "head", "head": "tail"})
    turned = gpd.GeoDataFrame(turned, geometry=edges.geometry.reverse(), crs=edges.crs)
    assert np.array_equal(
        d.outward_headings(nodes, edges), d.outward_headings(nodes, turned), equal_nan=True
    )
