import pytest
from fastapi.testclient import TestClient
from httpx import Response

from onecity.programme.snapping import Roads
from onecity.strands.transport.route import route
from onecity.strands.travel import network_of, straight_km
from tests.strands.transport.test_route import spot
from tests.tiny import ISLAND, OFF, tiny_region


def text(zone: str) -> str:
    return "{:.6f},{:.6f}".format(*spot(zone))


def ask(service: TestClient, start: str, end: str) -> Response:
    given = {"from": text(start), "to": text(end)}
    answer: Response = service.get("/api/v1/paths", params=given)
    return answer


def test_the_way_is_the_strands(service: TestClient) -> None:
    answer = ask(service, "z24", "z00").json()
    region = tiny_region()
    expected = route(region, network_of(region), spot("z24"), spot("z00"))
    assert answer["zones"] == ["z24", "z00"]
    assert answer["today"]["minutes"] == expected.minutes
    assert answer["today"]["km"] == expected.km
    assert answer["today"]["line"]["type"] == "LineString"
    assert sum(one["minutes"] for one in answer["today"]["parts"]) == pytest.approx(
        expected.minutes, abs=1e-4
    )
    assert answer["scenario"] is None


def test_no_way_is_told(service: TestClient) -> None:
    answer = ask(service, "z24", OFF)
    assert answer.status_code == 404
    assert OFF in answer.json()["detail"]["en"]
    assert ask(service, "z24", ISLAND[0]).status_code == 404


@pytest.mark.parametrize("point", ["", "abc", "1", "1,2,3", "181,0", "0,91", "nan,0", "1e400,0"])
def test_what_is_no_point_is_named(service: TestClient, point: str) -> None:
    answer = service.get("/api/v1/paths", params={"from": point, "to": text("z24")})
    assert answer.status_code == 422


def test_the_nearest_node_is_the_nearest(service: TestClient) -> None:
    nodes = tiny_region().table("road_nodes")
    lon, lat = spot("z24")
    answer = service.get("/api/v1/snap", params={"lon": lon, "lat": lat}).json()
    x, y = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    km = straight_km(x, y, x * 0 + lon, y * 0 + lat)
    assert answer["km"] == pytest.approx(km.min())
    assert answer["node"] == km.argmin()


def test_roads_are_looked_for_as_far_as_asked(service: TestClient) -> None:
    at = tiny_region().table("road_edges").geometry.iloc[3].interpolate(0.5, normalized=True)
    asked = {"lon": at.x, "lat": at.y}
    few, many = (
        service.get("/api/v1/roads/near", params={**asked, "within_km": km}).json()["roads"]
        for km in (0.01, 5)
    )
    assert few == many[: len(few)]
    assert all(road["distance_km"] <= 0.01 for road in few)
    for wrong in (0, -1, 5.1, "nan"):
        answer = service.get("/api/v1/roads/near", params={**asked, "within_km": wrong})
        assert answer.status_code == 422


def test_roads_next_to_a_place_come_nearest_first_and_whole(service: TestClient) -> None:
    region = tiny_region()
    edges = region.table("road_edges")
    spot_on = edges.geometry.iloc[3].interpolate(0.5, normalized=True)
    answer = service.get("/api/v1/roads/near", params={"lon": spot_on.x, "lat": spot_on.y}).json()
    roads = answer["roads"]
    assert roads[0]["distance_km"] == pytest.approx(0, abs=1e-6)
    assert [one["distance_km"] for one in roads] == sorted(one["distance_km"] for one in roads)
    every = [edge for one in roads for edge in one["edges"]]
    assert len(every) == len(set(every))
    for one in roads:
        assert one["edges"] == list(Roads(region).run(one["edge"]))
        assert one["road_class"]["zh"]
