"""The same questions asked of a saved scenario: figures after, and the ones before beside them."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from onecity.region.interventions import AddRoad
from onecity.strands import strands
from onecity.strands.contract import Findings, Level
from tests.tiny import DEAD_ENDS, tiny_region
from tests.web.conftest import Serve, csrf

BASE = "/api/v1"
LINK = AddRoad(DEAD_ENDS[0], DEAD_ENDS[1], 60.0)


@pytest.fixture
def client(serve: Serve) -> TestClient:
    return serve()


@pytest.fixture
def state(client: TestClient) -> str:
    body = {"title": "打通云岚路", "note": "", "interventions": [dict(LINK.as_record())]}
    made = client.post(f"{BASE}/scenarios", json=body, headers=csrf(client))
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


@pytest.fixture(scope="module")
def findings() -> tuple[Findings, Findings]:
    """What the transport strand finds before and after."""
    region, strand = tiny_region(), strands()["transport"]
    return strand.measure(region), strand.measure(region.apply([LINK]))


def test_layers_show_the_scenario(
    client: TestClient, state: str, findings: tuple[Findings, Findings]
) -> None:
    before, after = (one.tables[Level.ZONE]["transport.minutes_core"] for one in findings)
    assert not np.array_equal(before, after, equal_nan=True)
    address = f"{BASE}/layers/transport.minutes_core@zone/values"
    for given, expected in (({}, before), ({"state": state}, after)):
        found = client.get(address, params=given).json()
        assert found["state"] == given.get("state")
        values = np.array([np.nan if one is None else one for one in found["values"]])
        assert np.array_equal(values, expected, equal_nan=True)
    tags = {client.get(address, params=one).headers["etag"] for one in ({}, {"state": state})}
    assert len(tags) == 2


def test_cards_hold_the_figure_before(
    client: TestClient, state: str, findings: tuple[Findings, Findings]
) -> None:
    before, after = findings
    changed = 0
    for level, code in (("zone", "z44"), ("city", "990100"), ("region", "tiny"), ("group", "gate")):
        today = client.get(f"{BASE}/cards/{level}/{code}").json()
        assert all("before" not in figure for figure in today["figures"])
        card = client.get(f"{BASE}/cards/{level}/{code}", params={"state": state}).json()
        for figure in card["figures"]:
            if not figure["key"].startswith("transport.") or figure["border"]:
                continue
            values = [one.tables[Level(level)].loc[code, figure["key"]] for one in (before, after)]
            given = [figure["before"], figure["value"]]
            assert [np.nan if one is None else one for one in given] == pytest.approx(
                values, rel=1e-12, nan_ok=True
            )
            changed += given[0] != given[1]
    assert changed


def test_a_border_holds_its_effect_and_times_before(
    client: TestClient, state: str, findings: tuple[Findings, Findings]
) -> None:
    card = client.get(f"{BASE}/cards/border/990100-990200", params={"state": state}).json()
    mine = [one for one in card["figures"] if one["key"].startswith("transport.")]
    assert len(card["figures"]) > len(mine) > 0
    for figure in mine:
        ways: dict[str, Any] | None = figure["between"]
        for name, one in zip(("before", "value"), findings, strict=True):
            if ways is None:
                known = (each for each in one.borders if each.codes == ("990100", "990200"))
                assert figure[name] == pytest.approx(next(known).percent)
            else:
                matrix = next(m for m in one.matrices if m.indicator.key == figure["key"])
                assert figure[name] == matrix.values.loc[ways["from"], ways["to"]]
    times = client.get(f"{BASE}/times", params={"state": state}).json()
    assert times["state"] == state


def test_a_drawn_road_has_a_card_in_its_scenario_alone(client: TestClient, state: str) -> None:
    row = len(tiny_region().table("road_edges"))
    assert client.get(f"{BASE}/cards/road/{row}").status_code == 404
    card = client.get(f"{BASE}/cards/road/{row}", params={"state": state}).json()
    assert [figure["before"] for figure in card["figures"]] == [None, None]
    assert card["figures"][1]["value"] == 60.0
    old = client.get(f"{BASE}/cards/road/0", params={"state": state}).json()
    assert all(figure["before"] == figure["value"] for figure in old["figures"])


def test_files_say_which_scenario_they_are_of(client: TestClient, state: str) -> None:
    answer = client.get(f"{BASE}/exports/city", params={"state": state, "format": "geojson"})
    assert answer.json()["onecity"]["state"] == state
    assert state in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "address",
    ["layers", "layers/residents.people@city/values", "cards/city/990100", "times", "exports/city"],
)
def test_an_unknown_scenario_is_said(client: TestClient, address: str) -> None:
    answer = client.get(f"{BASE}/{address}", params={"state": "nowhere"})
    assert answer.status_code == 404
    assert set(answer.json()["detail"]) == {"zh", "en"}
