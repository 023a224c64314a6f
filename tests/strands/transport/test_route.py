from itertools import pairwise

import pytest
from shapely import LineString, Point

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES
from onecity.region.interventions import AddRoad, CloseRoad
from onecity.strands.road_classes import RoadClass
from onecity.strands.transport.route import _courses, course_of, route
from onecity.strands.travel import network_of, path_km
from tests.strands.twins import arcs_of, search
from tests.tiny import OFF, tiny_region


def spot(zone: str) -> tuple[float, float]:
    row = tiny_region().table("zones").set_index("zone").loc[zone]
    return float(row["lon"]) + 0.01, float(row["lat"])


@pytest.mark.parametrize("target", ["z00", "z17", "z08", "z44"])
def test_a_route_is_dijkstras(target: str) -> None:
    region = tiny_region()
    travel = network_of(region)
    found = route(region, travel, spot("z24"), spot(target))
    reached = search(arcs_of(region), "z24")[0]
    assert found.minutes == pytest.approx(reached[target] / 60_000)
    rows = [list(region.table("zones")["zone"]).index(one) for one in ("z24", target)]
    nodes = travel.zone_nodes[rows]
    assert found.km == pytest.approx(path_km(travel, int(nodes[0]), int(nodes[1])))
    assert sum(one.km for one in found.stretches) == pytest.approx(found.km)
    assert sum(one.minutes for one in found.stretches) == pytest.approx(found.minutes, abs=1e-4)
    assert found.km >= found.straight_km - 1e-9
    assert isinstance(found.line, LineString)
    zones = region.table("zones").iloc[rows]
    ends = [Point(found.line.coords[0]), Point(found.line.coords[-1])]
    for end, (_, zone) in zip(ends, zones.iterrows(), strict=True):
        assert end.distance(Point(zone["lon"], zone["lat"])) < 1e-9
    # The course does not jump: each arc's begins where the one before ended.
    arcs = travel.network.path(int(nodes[0]), int(nodes[1])).arcs
    courses = _courses(region, travel, arcs)
    for one, following in pairwise(courses):
        assert Point(one.coords[-1]).distance(Point(following.coords[0])) < 1e-9


def test_a_route_within_one_zone_is_a_point() -> None:
    region = tiny_region()
    found = route(region, network_of(region), spot("z24"), spot("z24"))
    assert (found.minutes, found.km, found.stretches) == (0, 0, ())
    assert isinstance(found.line, Point)


def test_no_way_and_no_zone_are_told() -> None:
    region = tiny_region()
    travel = network_of(region)
    with pytest.raises(MissingError, match=OFF):
        route(region, travel, spot("z24"), spot(OFF))
    with pytest.raises(InputError, match="114"):
        route(region, travel, spot("z24"), (114.0, 30.0))


def test_a_scenario_has_its_own_way() -> None:
    region = tiny_region()
    today = route(region, network_of(region), spot("z00"), spot("z44"))
    faster = region.apply([AddRoad(0, 20, kmh=120)])
    assert route(faster, network_of(faster), spot("z00"), spot("z44")).minutes <= today.minutes
    closed = region.apply([CloseRoad(tuple(range(len(region.table("road_edges")))))])
    with pytest.raises(MissingError):
        route(closed, network_of(closed), spot("z00"), spot("z44"))


def test_a_course_is_that_of_its_edges() -> None:
    region = tiny_region()
    shapes = region.table("road_edges").geometry.to_numpy()
    assert course_of(region, (3,)).equals(shapes[3])
    whole = course_of(region, tuple(range(len(shapes))))
    assert whole.length <= sum(one.length for one in shapes) + 1e-9
    assert all(whole.distance(one) == 0 for one in shapes)


def test_classes_have_names_and_unknown_ones_keep_theirs() -> None:
    for language in LANGUAGES:
        assert RoadClass("primary").text(language) != "primary"
        assert RoadClass("goat_path").text(language) == "goat_path"
