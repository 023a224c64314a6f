"""What-ifs over the wire are those of the floor below, and change nothing."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx import Response

from onecity.programme.baseline import Baseline
from onecity.region.interventions import AddRoad, CloseRoad, SetSpeed
from onecity.strands.contract import Level
from onecity.strands.transport import appraise
from onecity.web.settings import Limits
from tests.tiny import DEAD_ENDS, tiny_region
from tests.web.conftest import Serve, csrf

LINK = {"kind": "add_road", "tail": DEAD_ENDS[0], "head": DEAD_ENDS[1], "kmh": 60, "detour": 1.0}


def ask(client: TestClient, *several: object, **values: Any) -> Response:
    body = {"interventions": list(several), **values}
    answer: Response = client.post("/api/v1/what-ifs", json=body, headers=csrf(client))
    return answer


def test_the_answer_is_the_comparison(service: TestClient) -> None:
    answer = ask(service, LINK).json()
    done = (AddRoad(*DEAD_ENDS, 60, detour=1.0),)
    expected = Baseline(tiny_region()).compare(done).differences["transport"]
    (strand,) = (one for one in answer["strands"] if one["strand"] == "transport")
    for figure in strand["figures"]:
        before = expected.before[Level.REGION][figure["key"]].iloc[0]
        after = expected.after[Level.REGION][figure["key"]].iloc[0]
        assert figure["before"] == (pytest.approx(before) if np.isfinite(before) else None)
        assert figure["after"] == (pytest.approx(after) if np.isfinite(after) else None)
    assert [one["key"] for one in strand["figures"]][: len(expected.headline)] == list(
        expected.headline
    )
    for balance in strand["balances"]:
        own = expected.balances[balance["key"]]
        assert balance["region"]["gain_people"] == pytest.approx(own.of("gain_people"))
        assert len(balance["zones"]) == len(tiny_region().table("zones"))
        shares = balance["units"]["city"]
        assert sum(one["gain_people"] for one in shares) == pytest.approx(own.of("gain_people"))
    (did,) = answer["interventions"]
    assert did["record"]["kind"] == "add_road"
    assert did["line"]["type"] == "LineString"
    assert did["km"] > 0
    (appraised,) = appraise(tiny_region(), done)
    assert did["cost_million_cny"] == appraised.cost_million_cny  # no prices in this recipe
    said = {one.text("zh") for one in appraised.remarks}
    assert did["remarks"]
    assert {one["zh"] for one in did["remarks"]} <= said
    assert answer["base"] == tiny_region().hash != answer["hash"]


def test_points_are_put_on_the_roads(service: TestClient) -> None:
    nodes = tiny_region().table("road_nodes")
    ends = [[float(nodes["lon"][row]) + 1e-3, float(nodes["lat"][row])] for row in DEAD_ENDS]
    drawn = {"kind": "add_road", "from": ends[0], "to": ends[1], "kmh": 60, "detour": 1.0}
    by_point = ask(service, drawn).json()
    by_node = ask(service, LINK).json()
    assert by_point["interventions"] == by_node["interventions"]
    assert by_point["strands"] == by_node["strands"]


def test_speed_and_closure(service: TestClient) -> None:
    several = [
        {"kind": "set_speed", "edges": [0, 1], "kmh": 110},
        {"kind": "close_road", "edges": [3]},
    ]
    answer = ask(service, *several, quick=True).json()
    assert answer["quick"] is True
    assert answer["strands"][0]["borders"] == []
    done = (SetSpeed((0, 1), 110.0), CloseRoad((3,)))
    assert answer["hash"] == tiny_region().apply(done).hash
    assert all(one["text"]["zh"] and one["text"]["en"] for one in answer["interventions"])


def test_without_zones_little_is_sent(service: TestClient) -> None:
    body = {"interventions": [LINK]}
    answer = service.post("/api/v1/what-ifs?zones=false", json=body, headers=csrf(service))
    assert {one["zones"] for one in answer.json()["strands"][0]["balances"]} == {None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "fly"},
        {"kind": "add_road", "tail": 1},
        {"kind": "add_road", "tail": 1, "head": 1, "kmh": 50},
        {"kind": "add_road", "from": [0, 0], "to": [0, 0]},
        {"kind": "add_road", "from": [-29.9, 1.1], "to": [-29.5, 1.1], "tail": 1},
        {"kind": "add_road", "tail": 1, "head": 2, "kmh": -1},
        {"kind": "add_road", "tail": 1, "head": 2, "kmh": 50, "detour": 0.5},
        {"kind": "add_road", "from": [200, 0], "to": [0, 0]},
        {"kind": "set_speed", "edges": [], "kmh": 50},
        {"kind": "set_speed", "edges": [1.5], "kmh": 50},
        {"kind": "close_road", "edges": [-1]},
        {"kind": "close_road", "edges": [0], "more": 1},
        "close",
        None,
        [],
    ],
)
def test_what_makes_no_sense_is_told(service: TestClient, wrong: object) -> None:
    answer = ask(service, wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"]["zh"]


def test_what_is_not_there_is_told(service: TestClient) -> None:
    assert ask(service, {"kind": "close_road", "edges": [10_000]}).status_code == 404
    assert ask(service, {**LINK, "tail": 10_000}).status_code == 404
    assert ask(service, LINK, state="no-such").status_code == 404
    assert ask(service).status_code == 422
    assert ask(service, *[LINK] * 101).status_code == 422


def test_a_computation_that_takes_too_long_is_ended(serve: Serve) -> None:
    client = serve(limits=Limits(answer_seconds=-1.0))
    answer = ask(client, LINK)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:onecity:problem:web.too_long"
    assert int(answer.headers["retry-after"]) > 0


def test_only_our_own_page_may_ask(service: TestClient) -> None:
    answer = service.post("/api/v1/what-ifs", json={"interventions": [LINK]})
    assert answer.status_code == 403


def test_a_border_opens(service: TestClient) -> None:
    body = {"kind": "open_border", "service": "health", "from_city": "990100"}
    answer = ask(service, body | {"to_city": "990200"}).json()
    (did,) = answer["interventions"]
    assert did["record"] == body | {"to_city": "990200", "share": 1.0, "both_ways": True}
    assert did["text"]["zh"] == "云湾市与岚浦市互认医疗卫生，程度 100%"
    assert did["line"]["type"] in {"LineString", "MultiLineString"}
    assert did["km"] > 0
    (strand,) = (one for one in answer["strands"] if one["strand"] == "livelihood")
    figures = {one["key"]: one for one in strand["figures"]}
    assert figures["livelihood.health_border_minutes"]["change"] < 0
    assert figures["livelihood.education_border_minutes"]["change"] == 0
    (whole,) = (one for one in strand["borders"] if not one["codes"])
    assert whole["points"] < 0
    # Two that do not meet are joined by a line between their centres; one way is told as such.
    far = ask(service, body | {"to_city": "999001", "both_ways": False, "share": 0.5}).json()
    (did,) = far["interventions"]
    assert did["line"]["type"] == "LineString"
    assert did["text"]["en"] == "Lize recognises the health care of people of Yunwan: 50%"
    assert ask(service, body | {"to_city": "990200", "service": "magic"}).status_code == 422


def test_a_facility_is_built(service: TestClient) -> None:
    new = {"kind": "add_facility", "facility_kind": "hospital", "lon": -29.35, "lat": 1.45}
    answer = ask(service, new | {"capacity": 300, "name": "新医院"}).json()
    (did,) = answer["interventions"]
    assert did["text"]["zh"] == "新建医院 新医院"
    assert did["line"] == {"type": "Point", "coordinates": [-29.35, 1.45]}
    (strand,) = (one for one in answer["strands"] if one["strand"] == "livelihood")
    figures = {one["key"]: one for one in strand["figures"]}
    assert figures["livelihood.facilities"]["change"] == 1
    assert figures["livelihood.health_minutes_open"]["change"] < 0
    assert ask(service, new | {"lat": 80}).status_code == 422
