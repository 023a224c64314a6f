import time

from fastapi.testclient import TestClient

from onecity.strands import strands
from tests.tiny import tiny_region


def found(service: TestClient) -> list[dict[str, object]]:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        answer = service.get("/api/v1/proposals")
        if answer.status_code == 200:
            items: list[dict[str, object]] = answer.json()["items"]
            return items
        assert answer.status_code == 202
        job = service.get(f"/api/v1/jobs/{answer.json()['job']}").json()
        assert job["status"] in {"waiting", "running", "done"}
        time.sleep(0.1)
    raise AssertionError


def test_proposals_are_the_strands(service: TestClient) -> None:
    expected = [one for each in strands().values() for one in each.propose(tiny_region())]
    assert {one.intervention.kind for one in expected} == {"add_road", "open_border"}
    items = found(service)
    assert [one["benefit"] for one in items] == [one.benefit for one in expected]
    assert [one["number"] for one in items] == list(range(1, len(expected) + 1))
    for item, one in zip(items, expected, strict=True):
        assert item["record"] == dict(one.intervention.as_record())
        assert item["gains"] == dict(one.gains)
        assert item["title"]["zh"]  # type: ignore[index]
        line = item["line"]
        assert isinstance(line, dict)
        assert line["type"] == "LineString"


def test_who_holds_them_gets_none(service: TestClient) -> None:
    found(service)
    first = service.get("/api/v1/proposals")
    again = service.get(first.url, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
