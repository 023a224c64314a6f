"""The integration index, as the service tells it."""

import math

import pytest
from fastapi.testclient import TestClient

from onecity.index.integration import integration_index, topics_of_index
from onecity.index.structure import structure_of
from onecity.strands import strands
from onecity.strands.contract import Level
from onecity.web.routes import index
from tests.tiny import tiny_region
from tests.web.conftest import Serve


def test_the_index_is_never_one_number_alone(service: TestClient) -> None:
    region = tiny_region()
    findings = {key: one.measure(region) for key, one in strands().items()}
    deeper = [one.examine(region) for one in topics_of_index(region)]
    expected = integration_index(region, findings, deeper)
    told = service.get("/api/v1/index").json()
    assert told["value"] == expected.value
    assert told["interval"] == list(expected.interval)
    assert told["verdict"]["key"] == expected.verdict
    assert [one["strand"] for one in told["parts"]] == [one.strand for one in expected.parts]
    assert [one["strand"] for one in told["missing"]] == [one.strand for one in expected.missing]
    for one, part in zip(told["parts"], expected.parts, strict=True):
        assert one["permeability"] == part.permeability
        assert one["effect"]["percent"] == part.finding.percent
        assert one["effect"]["basis"]["verdict"]["key"] == part.finding.verdict
        assert one["interval"][0] <= one["permeability"] <= one["interval"][1]
    assert all(one["reason"]["zh"] for one in told["missing"])
    groups = region.table("groups").drop_duplicates("group")
    listed = sum(len(one["rows"]) - 1 for one in told["scorecards"])
    assert listed == len(groups)
    structure = structure_of(region)
    [table] = [one for one in told["structure"]["tables"] if one["level"] == "region"]
    for column in table["columns"]:
        value = structure.tables[Level.REGION][column["key"]].iloc[0]
        assert column["values"] == [None if math.isnan(value) else pytest.approx(value)]


def test_weights_are_those_asked_for(service: TestClient) -> None:
    parts = service.get("/api/v1/index").json()["parts"]
    first, *others = [one["strand"] for one in parts]
    alone = ",".join([f"{first}:2.5", *(f"{one}:0" for one in others)])
    told = service.get("/api/v1/index", params={"weights": alone}).json()
    assert told["value"] == pytest.approx(parts[0]["permeability"])
    assert [one["weight"] for one in told["parts"]] == [1.0, *(0.0 for _ in others)]


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ("nothing:1", "index.unknown_strand"),
        ("transport:-1", "web.not_valid"),
        ("transport", "web.not_valid"),
        ("transport:1e9", "web.not_valid"),
        ("planning:0,transport:0,science:0,industry:0,livelihood:0", "index.no_weight"),
    ],
)
def test_weights_that_weigh_nothing_are_refused(
    service: TestClient, weights: str, problem: str
) -> None:
    answer = service.get("/api/v1/index", params={"weights": weights})
    assert answer.status_code == 422
    assert answer.json()["type"] == f"urn:onecity:problem:{problem}"
    assert answer.json()["detail"]["zh"]


def test_where_nothing_is_known_there_is_no_index(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a border effect of any strand there is no number, and it is said why."""
    nothing = integration_index(tiny_region(), {})
    monkeypatch.setattr(index, "integration_index", lambda *_: nothing)
    told = serve().get("/api/v1/index").json()
    assert (told["value"], told["interval"], told["parts"]) == (None, [None, None], [])
    assert len(told["missing"]) == len(nothing.missing) > 0
    assert told["indicator"]["grade"] == "E"
