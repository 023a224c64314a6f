"""Who may do what: local mode, login, keys of programs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from onecity.identity import Actor, Grant, Office

SESSION = "/api/v1/session"
PASSWORD = "正确的马-电池-订书钉-9"  # noqa: S105
Serve = Callable[..., TestClient]
Headers = Callable[[TestClient], dict[str, str]]


def office_of(client: TestClient) -> Office:
    office: Office = client.app.state.desk.office  # type: ignore[attr-defined]
    return office


@pytest.fixture
def guarded(serve: Serve) -> TestClient:
    """A service with two accounts; nobody is logged in."""
    client = serve(login=True)
    console = Actor.console()
    accounts = office_of(client).accounts
    for name in ("planner", "editor"):
        accounts.add(name, title_zh="张三", grants=[Grant(name)], password=PASSWORD, by=console)
    return client


def test_on_its_own_machine_everybody_may_do_all(service: TestClient) -> None:
    told = service.get(SESSION).json()
    assert told["mode"] == "local"
    assert told["who"]["name"] == "local"
    assert "data.write" in told["permissions"]
    assert len(told["csrf"]) == 64


def test_nobody_logs_in_where_no_account_is_needed(serve: Serve, csrf: Headers) -> None:
    client = serve()
    given = {"name": "a", "password": "b"}
    for answer in (
        client.post(SESSION, json=given, headers=csrf(client)),
        client.delete(SESSION, headers=csrf(client)),
    ):
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:onecity:problem:web.no_login"


def test_a_guest_may_look_and_analyse(guarded: TestClient) -> None:
    told = guarded.get(SESSION).json()
    assert told["mode"] == "login"
    assert told["who"] is None
    assert told["permissions"] == ["analyse", "view"]


def test_logging_in_and_out(guarded: TestClient, csrf: Headers) -> None:
    guest = guarded.get(SESSION).json()["csrf"]
    given = {"name": "planner", "password": PASSWORD}
    answer = guarded.post(SESSION, json=given, headers=csrf(guarded))
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("onecity-8765=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    told = guarded.get(SESSION).json()
    assert told == answer.json()
    assert told["who"]["display"] == "张三"
    assert [role["key"] for role in told["who"]["roles"]] == ["planner"]
    assert told["permissions"] == ["analyse", "scenario.write", "view"]
    assert told["csrf"] != guest, "each session has a word of its own"
    assert guarded.delete(SESSION, headers=csrf(guarded)).json()["who"] is None
    assert guarded.get(SESSION).json()["who"] is None
    actions = [entry.action for entry in office_of(guarded).trail.page().entries]
    assert actions[:2] == ["logout", "login"]


def test_behind_https_the_cookie_is_for_https_alone(guarded: TestClient, csrf: Headers) -> None:
    given = {"name": "planner", "password": PASSWORD}
    headers = csrf(guarded)
    plain = guarded.post(SESSION, json=given, headers=headers)
    assert "secure" not in plain.headers["set-cookie"].lower()
    headers = csrf(guarded) | {"Origin": "https://127.0.0.1:8765"}
    behind = guarded.post(SESSION, json=given, headers=headers)
    assert "; secure" in behind.headers["set-cookie"].lower()


def test_logging_in_again_ends_the_session_before(guarded: TestClient, csrf: Headers) -> None:
    for name in ("planner", "editor"):
        given = {"name": name, "password": PASSWORD}
        assert guarded.post(SESSION, json=given, headers=csrf(guarded)).status_code == 200
    assert office_of(guarded).sessions.of("planner") == ()
    assert guarded.get(SESSION).json()["who"]["name"] == "editor"


def test_a_wrong_password_is_told_and_counted(guarded: TestClient, csrf: Headers) -> None:
    given = {"name": "planner", "password": "x"}
    answer = guarded.post(SESSION, json=given, headers=csrf(guarded))
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    for _ in range(20):
        answer = guarded.post(SESSION, json=given, headers=csrf(guarded))
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["title"]["zh"] == "尝试过多"


def test_a_program_shows_a_key(guarded: TestClient) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    key, _ = office_of(guarded).tokens.add(
        "robot", "editor", scopes=["scenario.*"], expires=until, by=Actor.console()
    )
    told = guarded.get(SESSION, headers={"Authorization": f"Bearer {key}"}).json()
    assert told["who"]["name"] == "editor"
    assert told["permissions"] == ["scenario.write"]


@pytest.mark.parametrize("key", ["nobody's", "", "ocs_" + "a" * 43, "鍵".encode().decode("latin1")])
def test_a_key_that_is_nobodys_is_refused(guarded: TestClient, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}".encode("latin1")}
    answer = guarded.get(SESSION, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "given",
    [{}, {"name": "a"}, {"name": "", "password": "b"}, {"name": "a", "password": "b", "c": 1}, []],
)
def test_a_login_needs_its_fields(guarded: TestClient, csrf: Headers, given: object) -> None:
    answer = guarded.post(SESSION, json=given, headers=csrf(guarded))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["where"].startswith("body")
