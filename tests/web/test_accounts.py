"""Accounts as an administrator keeps them, and one's own password."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.ledgering import PASSWORD, Bureau, Person, kind

OTHER = "另一匹马-充电器-回形针-7"


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(tmp_path)
    yield made
    made.close()


def test_an_account_from_its_begin_to_its_end(bureau: Bureau) -> None:
    admin = bureau["administrator"]
    grants = [{"role": "unit_editor", "city": None}]
    made = admin.send(
        "POST",
        "/accounts",
        json={
            "name": "Zhang.San",
            "title_zh": "张三",
            "unit": "WH-JT",
            "password": PASSWORD,
            "grants": grants,
        },
    )
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/accounts/zhang.san"
    told = made.json()
    assert (told["name"], told["state"], told["has_password"]) == ("zhang.san", "active", True)
    person = Person(bureau.app, "zhang.san", PASSWORD)
    assert person.get("/ledger/me")["title"] == "张三"

    admin.ask("PUT", "/accounts/zhang.san/grants", json={"grants": [{"role": "viewer"}]})
    assert "ledger.items.work" not in person.get("/ledger/me")["permissions"]
    told = admin.ask("PUT", "/accounts/zhang.san", json={"title_zh": "张三（市交通局）"})
    assert (told["title_zh"], told["unit"]) == ("张三（市交通局）", None)

    admin.ask("PUT", "/accounts/zhang.san/password", json={"password": OTHER})
    assert person.send("GET", "/ledger/me").status_code == 401, "its sessions ended"
    person = Person(bureau.app, "zhang.san", OTHER)
    admin.ask("PUT", "/accounts/zhang.san/state", json={"state": "closed"})
    assert person.send("GET", "/ledger/me").status_code == 401
    told = admin.ask("PUT", "/accounts/zhang.san/state", json={"state": "active"})
    assert told["state"] == "active"
    actions = [one["key"] for one in admin.get("/trail", kind="account")["items"]]
    assert actions[:2] == ["account.enabled", "account.disabled"]


def test_who_was_locked_out_is_let_in_again(bureau: Bureau) -> None:
    wrong = {"name": "viewer", "password": "nonsense"}
    guest = bureau[None]
    for _ in range(20):
        if guest.send("POST", "/session", json=wrong).status_code == 429:
            break
    else:
        pytest.fail("nobody is locked out")
    locked = guest.send("POST", "/session", json={**wrong, "password": PASSWORD})
    assert locked.status_code == 429
    bureau.forward(hours=2)  # the address, too, is no longer held up
    bureau["administrator"].ask("POST", "/accounts/viewer/unlock")
    assert Person(bureau.app, "viewer", PASSWORD).get("/ledger/me")["who"] == "viewer"


def test_nobody_shuts_themselves_out(bureau: Bureau) -> None:
    admin = bureau["administrator"]
    for path, given in (("grants", {"grants": []}), ("state", {"state": "closed"})):
        answer = admin.send("PUT", f"/accounts/Administrator/{path}", json=given)
        assert (answer.status_code, kind(answer)) == (409, "web_ledger.own_account")


def test_ones_own_password(bureau: Bureau) -> None:
    viewer = bureau["viewer"]
    other = Person(bureau.app, "viewer")
    wrong = viewer.send("PUT", "/session/password", json={"old": "no", "new": OTHER})
    assert wrong.status_code == 401
    weak = viewer.send("PUT", "/session/password", json={"old": PASSWORD, "new": "123"})
    assert weak.status_code == 422
    told = viewer.ask("PUT", "/session/password", json={"old": PASSWORD, "new": OTHER})
    assert told["who"] is None, "every session ended: log in anew"
    assert other.send("GET", "/ledger/me").status_code == 401
    assert Person(bureau.app, "viewer", OTHER).get("/ledger/me")["who"] == "viewer"


@pytest.mark.parametrize(
    "given",
    [
        {"name": "local", "password": PASSWORD},
        {"name": "viewer", "password": PASSWORD},
        {"name": "b", "grants": [{"role": "king"}]},
        {"name": "b", "password": "123"},
        {"name": "b", "color": "red"},
    ],
)
def test_what_is_no_account_is_refused(bureau: Bureau, given: dict[str, object]) -> None:
    assert bureau["administrator"].send("POST", "/accounts", json=given).status_code == 422


def test_a_list_of_accounts_and_roles(bureau: Bureau) -> None:
    told = bureau["administrator"].get("/accounts")
    assert "viewer" in [one["name"] for one in told["items"]]
    roles = {one["key"]: one for one in told["roles"]}
    assert "guest" not in roles
    assert roles["unit_editor"]["name"]["zh"]
    assert "ledger.items.work" in roles["unit_editor"]["permissions"]
    assert "password" not in str(told["items"][0]).replace("has_password", "")
