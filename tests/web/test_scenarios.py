"""Scenarios over the wire: kept, changed under a condition, thrown away, all with a trail."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from onecity.programme.scenario import Scenario
from tests.tiny import DEAD_ENDS, tiny_region
from tests.web.conftest import Serve, csrf

LINK = {"kind": "add_road", "tail": DEAD_ENDS[0], "head": DEAD_ENDS[1], "kmh": 60, "detour": 1.0}
CLOSED = {"kind": "close_road", "edges": [3]}
BASE = "/api/v1/scenarios"


@pytest.fixture
def client(serve: Serve) -> TestClient:
    return serve()


def save(client: TestClient, title: str = "打通云岚路", *several: object) -> Response:
    body = {"title": title, "note": "云湾—岚浦", "interventions": list(several) or [LINK]}
    answer: Response = client.post(BASE, json=body, headers=csrf(client))
    return answer


def test_a_scenario_is_kept_and_found(client: TestClient) -> None:
    assert client.get(BASE).json() == {"items": [], "damaged": []}
    made = save(client)
    assert made.status_code == 201
    kept = made.json()
    assert made.headers["location"] == f"{BASE}/{kept['key']}"
    assert kept["current"] is True
    assert [one["title"] for one in client.get(BASE).json()["items"]] == ["打通云岚路"]
    whole = client.get(f"{BASE}/{kept['key']}").json()
    assert whole["interventions"][0]["record"]["kind"] == "add_road"
    assert whole["problem"] is None
    (entry,) = client.app.state.desk.office.trail.page(kind="scenario", limit=1).entries  # type: ignore[attr-defined]
    assert (entry.action, entry.target) == ("scenario.saved", kept["key"])


def test_its_state_answers_every_question(client: TestClient) -> None:
    key = save(client).json()["key"]
    zone = tiny_region().table("zones").iloc[24]
    place = {"lon": float(zone["lon"]), "lat": float(zone["lat"])}
    today = client.get("/api/v1/isochrones", params=place).json()
    after = client.get("/api/v1/isochrones", params={**place, "state": key}).json()
    pairs = zip(today["minutes"], after["minutes"], strict=True)
    changes = [b - a for a, b in pairs if a is not None and b is not None]
    assert min(changes) < 0
    assert max(changes) <= 0.05  # a link slows nobody; minutes are rounded to a tenth
    found = client.get(f"{BASE}/{key}/comparison").json()
    body = {"interventions": [LINK]}
    asked = client.post("/api/v1/what-ifs", json=body, headers=csrf(client)).json()
    assert found["strands"] == asked["strands"]
    assert found["title"] == "打通云岚路"


def test_nobody_writes_over_what_he_has_not_seen(client: TestClient) -> None:
    kept = save(client).json()
    url = f"{BASE}/{kept['key']}"
    body = {"title": "改了", "note": "", "interventions": [LINK, CLOSED]}
    headers = csrf(client)
    assert client.put(url, json=body, headers=headers).status_code == 428
    seen = {**headers, "If-Match": kept["version"]}
    changed = client.put(url, json=body, headers=seen)
    assert changed.status_code == 200
    assert changed.json()["count"] == 2
    assert changed.json()["created"] == kept["created"]
    again = client.put(url, json={**body, "title": "又改"}, headers=seen)
    assert again.status_code == 412
    assert client.get(url).json()["title"] == "改了"
    assert client.delete(url, headers=seen).status_code == 412
    now = {**headers, "If-Match": changed.json()["version"]}
    assert client.delete(url, headers=now).status_code == 204
    assert client.get(url).status_code == 404
    actions = [e.action for e in client.app.state.desk.office.trail.page(kind="scenario").entries]  # type: ignore[attr-defined]
    assert {"scenario.saved", "scenario.changed", "scenario.deleted"} <= set(actions)


def test_a_file_goes_out_and_comes_in(client: TestClient) -> None:
    key = save(client).json()["key"]
    file = client.get(f"{BASE}/{key}/file")
    assert "filename*=UTF-8''" in file.headers["content-disposition"]
    assert Scenario.from_json(file.content, "-").title == "打通云岚路"
    taken = client.post(
        f"{BASE}/file", files={"file": ("情景.json", file.content)}, headers=csrf(client)
    )
    assert taken.status_code == 201
    assert taken.json()["key"] != key
    assert taken.json()["title"] == "打通云岚路"


@pytest.mark.parametrize("wrong", ["json", "field", "number", "format"])
def test_a_file_from_elsewhere_is_checked(client: TestClient, wrong: str) -> None:
    told = json.loads(Scenario.drawn(tiny_region(), (), title="空").to_json())
    changed: dict[str, Any] = {
        "field": {**told, "more": 1},
        "number": {**told, "interventions": [{**LINK, "kmh": "fast"}]},
        "format": {**told, "format": "other"},
    }
    content = b"{" if wrong == "json" else json.dumps(changed[wrong]).encode()
    answer = client.post(f"{BASE}/file", files={"file": ("x.json", content)}, headers=csrf(client))
    assert answer.status_code == 422
    assert client.get(BASE).json()["items"] == []


@pytest.mark.parametrize("key", ["..", "../x", "A", "a" * 65, "con", "%2e%2e", "a.json"])
def test_no_key_leads_out_of_the_shelf(client: TestClient, key: str) -> None:
    answer = client.get(f"{BASE}/{key}")
    assert answer.status_code in {404, 422}


def test_what_does_not_fit_is_not_kept(client: TestClient) -> None:
    assert save(client, "", LINK).status_code == 422
    assert save(client, "无", {"kind": "close_road", "edges": [10**6]}).status_code == 404
    assert client.post(BASE, json={"title": "x", "interventions": [LINK]}).status_code == 403
    assert client.get(BASE).json()["items"] == []


def test_a_damaged_file_is_named_and_the_others_stay(client: TestClient, tmp_path: Path) -> None:
    save(client)
    folder = client.app.state.desk.shelf.folder  # type: ignore[attr-defined]
    (folder / "broken.json").write_text("{", encoding="utf-8")
    listing = client.get(BASE).json()
    assert len(listing["items"]) == 1
    assert listing["damaged"][0]["name"] == "broken.json"


def test_guests_may_look_and_ask_but_not_write(serve: Serve) -> None:
    guest = serve(login=True)
    assert guest.get(BASE).status_code == 200
    assert save(guest).status_code == 401


def test_scenarios_stand_side_by_side(client: TestClient) -> None:
    keys = [save(client, title, one).json()["key"] for title, one in (("甲", LINK), ("乙", CLOSED))]
    url = f"{BASE}/table"
    table = client.get(url, params={"keys": ",".join(keys)}).json()
    assert {row["title"] for row in table["rows"]} >= {"甲", "乙"}
    whole = client.get(f"{BASE}/{keys[0]}/comparison", params={"zones": False}).json()
    figures = {one["key"]: one for each in whole["strands"] for one in each["figures"]}
    rows = [
        row
        for row in table["rows"]
        if row["title"] == "甲" and row["told"] == "figure" and row["level"] == "region"
    ]
    assert rows
    for row in rows:
        assert row["after"] == figures[row["indicator"]]["after"]
    for kind, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        file = client.get(url, params={"keys": ",".join(keys), "format": kind})
        assert file.content.startswith(start)
    assert client.get(url, params={"keys": ""}).status_code == 422
    assert client.get(url, params={"keys": "no-such"}).status_code == 404
