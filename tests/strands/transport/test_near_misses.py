import numpy as np
import pytest
from pyproj import Geod
from shapely import LineString, Point

from onecity.region.dead_ends import near_misses_of
from onecity.region.interventions import CloseRoad
from onecity.region.store import Region
from onecity.strands.transport import closures as n
from tests.tiny import tiny_region, tiny_tables


def beside(metres: float) -> Region:
    """The dead end 28 moved so that it ends beside the trunk road from 2 to 3."""
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    lon, lat = nodes["lon"], nodes["lat"]
    x, y = lon[2] + 0.25 * (lon[3] - lon[2]), lat[2]
    _, y, _ = Geod(ellps="WGS84").fwd(x, y, 0.0, metres)  # straight north: latitude is second
    nodes.loc[28, ["lon", "lat"]] = [x, y]
    shapes = nodes.geometry.copy()
    shapes[28] = Point(x, y)
    nodes = nodes.assign(geometry=shapes)
    row = edges.index[edges["head"] == 28][0]
    courses = edges.geometry.copy()
    courses[row] = LineString([nodes.geometry[13], Point(x, y)])
    return tiny_region(road_nodes=nodes, road_edges=edges.assign(geometry=courses))


def test_a_dead_end_beside_a_road_is_a_near_miss() -> None:
    found = near_misses_of(beside(100.0), 150.0)
    assert found.node.tolist() == [28]
    edges = tiny_tables()["road_edges"]
    assert set(edges.loc[found.edge, ["tail", "head"]].iloc[0]) == {2, 3}
    assert found.metres[0] == pytest.approx(100.0, abs=0.5)
    assert found.along[0] == pytest.approx(0.25, abs=1e-6)
    assert len(near_misses_of(beside(160.0), 150.0).node) == 0
    assert len(near_misses_of(tiny_region(), 150.0).node) == 0


def test_a_road_that_is_closed_is_none_to_miss() -> None:
    edges = tiny_tables()["road_edges"]
    both = edges.index[(edges["tail"] == 2) & (edges["head"] == 3)]
    closed = beside(100.0).apply([CloseRoad(tuple(int(row) for row in both))])
    assert len(near_misses_of(closed, 150.0).node) == 0


def test_far_north_a_degree_of_longitude_is_short() -> None:
    """A gap east-west at 70 degrees is found as one at the equator is."""
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    x, y, _ = Geod(ellps="WGS84").fwd(20.0, 70.0, 90.0, 140.0)
    spots = {2: (20.0, 69.9), 3: (20.0, 70.1), 28: (x, y)}
    shapes = nodes.geometry.copy()
    for node, spot in spots.items():
        nodes.loc[node, ["lon", "lat"]] = spot
        shapes[node] = Point(spot)
    courses = edges.geometry.copy()
    for row in edges.index[(edges["tail"] == 2) & (edges["head"] == 3)]:
        courses[row] = LineString([spots[2], spots[3]])
    north = tiny_region(
        road_nodes=nodes.assign(geometry=shapes), road_edges=edges.assign(geometry=courses)
    )
    found = near_misses_of(north, 150.0)
    assert found.node.tolist() == [28]
    assert found.metres[0] == pytest.approx(140.0, abs=1.0)


def test_joining_leads_to_both_ends_of_the_other_road() -> None:
    region = beside(100.0)
    misses = near_misses_of(region, 150.0)
    joins = n.closures(region, misses)
    edge = region.table("road_edges").iloc[misses.edge[0]]
    gap = misses.metres[0] / 1000 / edge["kmh"] * 3600
    whole = edge["seconds_forward"]
    expected = {
        (28, 3): gap + 0.75 * whole,
        (28, 2): gap + 0.25 * whole,
        (2, 28): gap + 0.25 * whole,
        (3, 28): gap + 0.75 * whole,
    }
    found = dict(zip(zip(joins.tail, joins.head, strict=True), joins.seconds, strict=True))
    assert found == {ends: pytest.approx(time, rel=1e-6) for ends, time in expected.items()}
    assert (joins.miss == 0).all()


def test_a_one_way_road_is_joined_one_way() -> None:
    region = beside(100.0)
    misses = near_misses_of(region, 150.0)
    edges = region.table("road_edges")
    edges.loc[misses.edge[0], "seconds_backward"] = np.nan
    joins = n.closures(tiny_region(road_nodes=region.table("road_nodes"), road_edges=edges), misses)
    open_ = np.isfinite(joins.seconds)
    pairs = set(zip(joins.tail[open_], joins.head[open_], strict=True))
    assert pairs == {(28, 3), (2, 28)}
