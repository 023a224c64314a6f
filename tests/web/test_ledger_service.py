"""A service without a region: the ledger alone; and one with both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from onecity.identity import Actor
from onecity.programme.ledger.store import Ledger
from onecity.web.app import create_app
from onecity.web.settings import Settings
from onecity.web.settling import settle
from tests.web.ledgering import BASE, Bureau, kind
from tests.web.test_permissions import MAY, filled

Serve = Callable[..., TestClient]
OF_NO_REGION = ("/health", "/session", "/accounts", "/trail", "/ledger", "/jobs")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service of the ledger alone on its own machine, where everybody may do all."""
    settings = Settings.for_ledger(tmp_path_factory.mktemp("台账"))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8765") as client:
        yield client


def test_the_session_says_what_is_served(alone: TestClient, service: TestClient) -> None:
    told = alone.get(f"{BASE}/session").json()
    assert (told["region"], told["ledger"]) == (None, True)
    told = service.get(f"{BASE}/session").json()
    assert (told["region"], told["ledger"]) == ("tiny", True)


ASKED = {
    "/scenarios/table": {"keys": "a"},
    "/search": {"q": "a"},
    "/isochrones": {"lon": 1, "lat": 1},
    "/paths": {"from": "1,1", "to": "2,2"},
    "/snap": {"lon": 1, "lat": 1},
    "/roads/near": {"lon": 1, "lat": 1},
}


@pytest.mark.parametrize(
    "path",
    sorted(path for method, path in MAY if method == "GET" and not path.startswith(OF_NO_REGION)),
)
def test_whatever_is_of_the_map_says_that_there_is_none(alone: TestClient, path: str) -> None:
    address = filled(path).replace("/values", "@city/values") if "layers" in path else filled(path)
    answer = alone.get(f"{BASE}{address}", params=ASKED.get(path))
    assert (answer.status_code, kind(answer)) == (404, "web.no_region"), answer.text
    assert "台账" in answer.json()["detail"]["zh"]


def test_the_first_page_asks_for_nothing_of_the_map(alone: TestClient, service: TestClient) -> None:
    assert "api/v1/region" in service.get("/").text
    page = alone.get("/").text
    assert "api/v1/" not in page
    assert "assets/index-" in page


def test_the_ledger_works_where_everybody_may_do_all(alone: TestClient) -> None:
    word = alone.get(f"{BASE}/session").json()["csrf"]
    headers = {"X-CSRF-Token": word, "Origin": "http://127.0.0.1:8765"}
    fields = {"title": "一件事", "kind": "policy_task"}
    made = alone.post(f"{BASE}/ledger/items", json={"fields": fields}, headers=headers)
    assert made.status_code == 201, made.text
    found = alone.get(f"{BASE}/ledger/items").json()
    assert [one["title"] for one in found["items"]] == ["一件事"]


def test_a_region_and_a_ledger_are_served_together(serve: Serve) -> None:
    client = serve()
    assert client.get(f"{BASE}/ledger/items").json()["total"] == 0
    words = client.get(f"{BASE}/ledger/words").json()
    assert len(words["cities"]) > 1
    assert all(one["label"]["zh"] != one["value"] for one in words["cities"]), "named by the region"
    assert client.get(f"{BASE}/region").status_code == 200


def test_what_a_crash_left_of_a_region_does_not_stop_a_ledger(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path)
    with (
        pytest.raises(KeyboardInterrupt),
        bureau.desk.office.deed(
            Actor.console(), "data.accepted", "region", "tiny", before={"hash": "x"}
        ),
    ):
        raise KeyboardInterrupt
    unfinished = bureau.desk.office.trail
    entry = unfinished.page(action="data.accepted").entries
    assert [one.phase for one in entry] == ["failed", "intent"]
    settle(bureau.desk)
    bureau.close()


def test_the_clock_of_the_service_is_that_of_its_ledger(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path)
    assert bureau["viewer"].get("/ledger/me")["today"] == "2026-03-02"
    bureau.forward(days=4)
    told = bureau["viewer"].get("/ledger/me")
    assert told["today"] == "2026-03-06"
    bureau.forward(hours=16)  # past midnight in China, not yet in Greenwich
    assert bureau["viewer"].get("/ledger/me")["today"] == "2026-03-07"
    assert bureau["viewer"].get("/ledger/me")["working"] is False
    bureau.close()


def test_a_ledger_in_a_file_elsewhere_is_found(tmp_path: Path) -> None:
    file = tmp_path / "数据" / "ledger.sqlite"
    file.parent.mkdir()
    with Ledger.open(file) as ledger:
        ledger.draft({"title": "一件事", "kind": "event"}, by=Actor.console())
    settings = Settings.for_ledger(tmp_path / "work", database=str(file))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8765") as client:
        assert client.get(f"{BASE}/ledger/items").json()["total"] == 1


def test_an_office_works_on_either_database(store_url: str, tmp_path: Path) -> None:
    bureau = Bureau(tmp_path, database=store_url)
    whole = bureau.given_out(title="桥")
    unit = bureau["unit_editor"]
    whole = unit.move(unit.move(whole, "sign"), "progress", text="过半", progress=50)
    file = {"file": ("照片.txt", "好".encode())}
    made = unit.ask("POST", f"/ledger/items/{whole['item']['id']}/attachments", files=file)
    assert unit.ask("GET", f"/ledger/attachments/{made['id']}").content == "好".encode()
    stale = unit.send(
        "PATCH",
        f"/ledger/items/{whole['item']['id']}",
        seen=whole["item"]["version"] - 1,
        json={"fields": {"owner": "李四"}},
    )
    assert stale.status_code == 412
    for address in ("items", "board", "gantt", "me", "inbox", "reminders", "meetings", "views"):
        unit.get(f"/ledger/{address}")
    assert bureau["auditor"].get("/trail/verification")["ok"]
    bureau.close()
