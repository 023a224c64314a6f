"""What topics find, as the service tells it: figures, lists, layers on units and on roads."""

import time
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from shapely import union_all
from shapely.geometry import shape

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, Nature
from onecity.core.words import Sentence
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.contract import Better, Findings, Indicator, Layer, Level, Need, Scale
from onecity.strands.examination import Examination, Ranked, Ranking, RoadLayer, Topic
from tests.tiny import tiny_region
from tests.topical import teach
from tests.web.conftest import Serve

# Any figure will do, as the title of a list too: the service tells what it is given.
FIGURE, OTHER = "transport.minutes_core", "transport.minutes_nearest_centre"
ROADS = f"transport.trial:{OTHER}@road"
SCALE = Scale((10.0, 20.0), ("#111111", "#222222", "#333333"))
EDGES = (4, 2, 9)


def indicator(key: str, grade: Grade = Grade.C) -> Indicator:
    return Indicator(key, "minutes", Better.LOWER, Nature.MODELLED, grade, ("roads",), decimals=1)


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    progress.stage("transport.stage_candidates", 1)
    counties = region.table("counties")["county"]
    figure = indicator(FIGURE)
    ours = [float(row) for row in range(len(counties))]
    findings = Findings(
        strand="transport",
        region_hash=region.hash,
        indicators={FIGURE: figure},
        tables={
            Level.REGION: pd.DataFrame({FIGURE: [7.0]}, index=[region.manifest.key]),
            Level.COUNTY: pd.DataFrame({FIGURE: [float("nan"), *ours[1:]]}, index=counties),
        },
        low={Level.REGION: pd.DataFrame({FIGURE: [9.0]}, index=[region.manifest.key])},
        high={Level.REGION: pd.DataFrame({FIGURE: [5.0]}, index=[region.manifest.key])},
        headline=(FIGURE,),
        remarks=(Sentence("web.busy"),),
    )
    worst = indicator(OTHER, Grade.E)
    rows = (
        Ranked({"zh": "云岚路", "en": "Yunlan Road"}, (3.0, float("nan")), ("990100",), EDGES[:2]),
        Ranked({"zh": "渡口", "en": "Ferry"}, (2.0, 1.0), point=(-29.5, 1.25)),
        Ranked({"zh": "全域", "en": "Everywhere"}, (1.0, 1.0)),
    )
    on_roads = pd.DataFrame({worst.key: [30.0, float("nan"), 5.0]}, index=list(EDGES))
    return Examination(
        topic="trial",
        findings=findings,
        rankings=(Ranking(FIGURE, (figure, worst), rows, total=12),),
        layers=(
            RoadLayer(worst.key, worst, on_roads, SCALE),
            Layer(FIGURE, figure, Level.COUNTY, SCALE),
        ),
        assumptions=(Assumption("detour", 1.3, "ratio", "网", "by the network", 1.2, 1.5),),
    )


@pytest.fixture
def trial(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A service whose transport strand has one topic, and one that the region cannot answer."""
    several = {
        "trial": Topic("transport", "trial", (Need("road_edges"),), examine),
        "shut": Topic("transport", "shut", (Need("zones"), Need("no_such_table")), examine),
    }
    teach(monkeypatch, several)
    return serve()


def found(service: TestClient, key: str, **query: str) -> dict[str, Any]:
    """Return what a topic found, once its job is done."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = service.get(f"/api/v1/topics/{key}", params=query)
        if answer.status_code == 200:
            told: dict[str, Any] = answer.json()
            return told
        assert answer.status_code == 202, answer.text
        job = service.get(f"/api/v1/jobs/{answer.json()['job']}").json()
        assert job["status"] in {"waiting", "running", "done"}, job
        time.sleep(0.02)
    raise AssertionError


def test_topics_are_listed_and_found_by_a_job(trial: TestClient) -> None:
    listed = trial.get("/api/v1/topics").json()["topics"]
    [entry] = [one for one in listed if one["strand"] == "transport"]
    assert entry["key"] == "transport.trial"
    assert entry["title"] == {"zh": "虚构专题trial", "en": "Invented trial"}
    whole = found(trial, entry["key"])
    assert {key: whole[key] for key in entry} == entry
    region, counties = whole["tables"]
    assert (region["level"], counties["level"]) == ("region", "county")
    # A low assumption may give the higher figure: ends come in order.
    assert region["columns"] == [{"key": FIGURE, "values": [7.0], "low": [5.0], "high": [9.0]}]
    [column] = counties["columns"]
    assert column["values"][:3] == [None, 1.0, 2.0]
    assert column["low"] is None
    assert counties["names"][0] == {"zh": "内湾区", "en": "Neiwan"}
    [ranking] = whole["rankings"]
    assert ranking["total"] == 12
    assert [one["grade"] for one in ranking["columns"]] == ["C", "E"]
    road, ferry, everywhere = ranking["rows"]
    assert road["values"] == [3.0, None]
    edges = tiny_region().table("road_edges").geometry.to_numpy()[list(EDGES[:2])]
    assert shape(road["geometry"]).length == pytest.approx(sum(one.length for one in edges))
    assert road["bbox"] == pytest.approx(union_all(edges).bounds)
    assert ferry["geometry"] == {"type": "Point", "coordinates": [-29.5, 1.25]}
    assert everywhere["geometry"] is None
    assert whole["remarks"][0]["zh"]
    [assumption] = whole["assumptions"]
    assert (assumption["value"], assumption["low"], assumption["high"]) == (1.3, 1.2, 1.5)
    again = trial.get("/api/v1/topics/transport.trial")
    held = {"If-None-Match": again.headers["etag"]}
    assert trial.get("/api/v1/topics/transport.trial", headers=held).status_code == 304


def test_layers_of_a_topic_are_layers(trial: TestClient) -> None:
    roads, counties = found(trial, "transport.trial")["layers"]
    assert roads["key"] == ROADS
    assert (roads["level"], roads["strand"]) == ("road", "transport")
    values = trial.get(f"/api/v1/layers/{ROADS}/values").json()
    assert values == {
        "key": ROADS,
        "level": "road",
        "state": None,
        "edges": list(EDGES),
        "values": [30.0, None, 5.0],
    }
    shown = trial.get(f"/api/v1/layers/{counties['key']}/values").json()
    assert shown["level"] == "county"
    assert shown["values"][:3] == [None, 1.0, 2.0]
    # The list of layers does not wait for topics.
    listed = trial.get("/api/v1/layers").json()["layers"]
    assert not [one for one in listed if ":" in one["key"]]
    lines = trial.get(f"/api/v1/layers/{ROADS}/values?format=geojson").json()
    assert [one["properties"]["edge"] for one in lines["features"]] == list(EDGES)
    head = trial.get(f"/api/v1/layers/{ROADS}/values?format=csv").text.splitlines()[0]
    assert head.startswith("\ufeff路段编号,路名,道路等级,长度（公里）,")
    year = trial.get(f"/api/v1/layers/{ROADS}/values?year=2020")
    assert (year.status_code, year.json()["type"]) == (404, "urn:onecity:problem:web_data.no_years")


def test_layers_of_a_topic_come_without_asking_for_the_topic(trial: TestClient) -> None:
    assert trial.get(f"/api/v1/layers/{ROADS}/values").json()["edges"] == list(EDGES)
    assert trial.get("/api/v1/topics/transport.trial").status_code == 200


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("topics/transport.nothing", "web_topics.no_topic"),
        ("topics/nothing", "web_topics.no_topic"),
        ("topics/transport.shut", "web_topics.not_open"),
        (f"layers/transport.nothing:{OTHER}@road/values", "web_topics.no_topic"),
        (f"layers/transport.trial:{OTHER}@city/values", "web_data.no_layer"),
        ("topics/transport.trial?state=nothing", "programme.no_scenario"),
    ],
)
def test_what_is_unknown_says_so(trial: TestClient, address: str, problem: str) -> None:
    answer = trial.get(f"/api/v1/{address}")
    assert answer.status_code == 404
    told = answer.json()
    assert told["type"] == f"urn:onecity:problem:{problem}"
    assert "{" not in told["detail"]["zh"]


def test_a_scenario_is_looked_into_by_itself(trial: TestClient, csrf: Any) -> None:
    nodes = tiny_region().table("road_nodes")
    ends = [[float(nodes["lon"].iloc[row]), float(nodes["lat"].iloc[row])] for row in (23, 25)]
    road = {"kind": "add_road", "from": ends[0], "to": ends[1], "kmh": 60}
    body = {"title": "打通", "note": "", "interventions": [road]}
    made = trial.post("/api/v1/scenarios", json=body, headers=csrf(trial)).json()
    today = found(trial, "transport.trial")
    changed = found(trial, "transport.trial", state=made["key"])
    assert (today["state"], changed["state"]) == (None, made["key"])
