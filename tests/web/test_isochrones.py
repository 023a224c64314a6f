import pytest
from fastapi.testclient import TestClient
from httpx import Response

from onecity.strands.transport.isochrone import isochrones
from tests.strands.transport.test_route import spot
from tests.tiny import OFF, tiny_region


def ask(service: TestClient, **values: object) -> Response:
    lon, lat = spot("z24")
    given = {"lon": lon, "lat": lat, **values}
    answer: Response = service.get("/api/v1/isochrones", params=given)
    return answer


def test_times_are_the_strands(service: TestClient) -> None:
    answer = ask(service, minutes="60,30,60").json()
    lon, lat = spot("z24")
    expected = isochrones(tiny_region(), lon, lat, [30, 60])
    assert answer["zone"] == "z24"
    assert answer["at"] == [lon, lat]
    assert len(answer["minutes"]) == len(expected.seconds)
    for given, seconds in zip(answer["minutes"], expected.seconds, strict=True):
        assert given is None if seconds == float("inf") else given == round(seconds / 60, 1)
    assert [one["minutes"] for one in answer["rings"]] == [30, 60]
    assert answer["rings"] == expected.table.to_dict("records")
    assert answer["indicator"]["key"] == "transport.minutes_from"
    assert answer["indicator"]["sources"]


@pytest.mark.parametrize(
    "limits",
    [
        "",
        "abc",
        "0",
        "-5",
        "nan",
        "inf",
        "1e9",
        ",".join("1" * 3) + ",",
        ",".join(str(n) for n in range(1, 20)),
    ],
)
def test_wrong_limits_are_named(service: TestClient, limits: str) -> None:
    answer = ask(service, minutes=limits)
    assert answer.status_code == 422
    assert answer.json()["detail"]["zh"]


def test_a_place_outside_is_named(service: TestClient) -> None:
    answer = service.get("/api/v1/isochrones", params={"lon": 114.3, "lat": 30.6})
    assert answer.status_code == 422
    assert "114.3" in answer.json()["detail"]["en"]


def test_files_carry_grade_and_source(service: TestClient) -> None:
    shapes = ask(service, format="geojson", minutes="30,60")
    assert "filename*=UTF-8''" in shapes.headers["content-disposition"]
    features = shapes.json()["features"]
    assert [one["properties"]["minutes"] for one in features] == [30, 60]
    assert all(one["geometry"]["type"].endswith("Polygon") for one in features)
    assert all(one["properties"]["grade"] and one["properties"]["sources"] for one in features)
    table = ask(service, format="csv", minutes="30").text
    assert table.startswith("\ufeff")
    assert "grade" in table.splitlines()[0]


def test_who_holds_the_answer_gets_none(service: TestClient) -> None:
    first = ask(service)
    again = service.get(first.url, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_a_zone_off_the_network_reaches_itself(service: TestClient) -> None:
    lon, lat = spot(OFF)
    answer = service.get("/api/v1/isochrones", params={"lon": lon, "lat": lat}).json()
    assert [one for one in answer["minutes"] if one is not None] == [0]
    assert answer["indicator"]["remarks"]
