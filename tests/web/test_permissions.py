"""Every route that changes something, asked by everybody."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onecity.identity import Actor, Grant
from onecity.web.app import reference
from onecity.web.routes import BASE
from onecity.web.security import SAFE

Serve = Callable[..., TestClient]
Headers = Callable[[TestClient], dict[str, str]]

CHANGES = [
    (method.upper(), path)
    for path, operations in reference()["paths"].items()
    for method in operations
    if method.upper() not in SAFE
]
OPEN = {("POST", f"{BASE}/session"), ("DELETE", f"{BASE}/session"), ("POST", f"{BASE}/what-ifs")}
"""What anybody may do: log in and out, and ask what would be (nothing is kept of it)."""
PASSWORD = "正确的马-电池-订书钉-9"  # noqa: S105


def ask(client: TestClient, method: str, path: str, headers: dict[str, str]) -> Any:
    address = path.replace("{key}", "0" * 32)
    assert "{" not in address
    return client.request(method, address, headers=headers)


def kind(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("urn:onecity:problem:")


def test_there_are_changes() -> None:
    assert len(CHANGES) > 8
    assert set(CHANGES) > OPEN


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_no_change_without_the_word_and_the_origin(
    service: TestClient, csrf: Headers, method: str, path: str
) -> None:
    headers = csrf(service)
    for name, told in (("X-CSRF-Token", "web.wrong_csrf"), ("Origin", "web.wrong_origin")):
        lacking = {key: value for key, value in headers.items() if key != name}
        answer = ask(service, method, path, lacking)
        assert (answer.status_code, kind(answer)) == (403, told)


@pytest.fixture(scope="module")
def guarded(tiny: Any, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A service where changes need a login, with an account of every kind."""
    from onecity.web.app import create_app
    from onecity.web.settings import Settings

    settings = Settings(tiny, tmp_path_factory.mktemp("work"), login=True, warm=False)
    app = create_app(settings)
    for role in ("viewer", "planner", "editor", "auditor"):
        app.state.desk.office.accounts.add(
            role, grants=[Grant(role)], password=PASSWORD, by=Actor.console()
        )
    return TestClient(app, base_url="http://127.0.0.1:8765")


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_guest_changes_nothing(
    guarded: TestClient, csrf: Headers, method: str, path: str
) -> None:
    guarded.cookies.clear()
    answer = ask(guarded, method, path, csrf(guarded))
    if (method, path) in OPEN:
        assert answer.status_code not in {401, 403}
    else:
        assert (answer.status_code, kind(answer)) == (401, "web.login_first")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.fixture(scope="module")
def sessions(guarded: TestClient) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Cookies and headers of everybody who is logged in."""
    found = {}
    for role in ("viewer", "planner", "editor", "auditor"):
        guarded.cookies.clear()
        word = guarded.get(f"{BASE}/session").json()["csrf"]
        origin = {"Origin": "http://127.0.0.1:8765"}
        answer = guarded.post(
            f"{BASE}/session",
            json={"name": role, "password": PASSWORD},
            headers={**origin, "X-CSRF-Token": word},
        )
        headers = {**origin, "X-CSRF-Token": answer.json()["csrf"]}
        found[role] = (dict(guarded.cookies), headers)
    guarded.cookies.clear()
    return found


@pytest.mark.parametrize("role", ["viewer", "planner", "editor", "auditor"])
def test_everybody_changes_what_their_role_allows(
    guarded: TestClient, sessions: dict[str, Any], role: str
) -> None:
    cookies, headers = sessions[role]
    may = {"planner": ("/scenarios",), "editor": ("/scenarios", "/intakes", "/versions")}
    for method, path in CHANGES:
        if (method, path) in OPEN:
            continue
        guarded.cookies.clear()
        guarded.cookies.update(cookies)
        answer = ask(guarded, method, path, headers)
        short = path.removeprefix(BASE)
        if short.startswith(may.get(role, ("no such path",))):
            assert answer.status_code not in {401, 403}, (role, method, path)
        else:
            assert (answer.status_code, kind(answer)) == (403, "identity.forbidden"), (method, path)
    trail = guarded.get(f"{BASE}/trail").status_code
    assert trail == (200 if role == "auditor" else 403)
    guarded.cookies.clear()


def test_the_word_of_one_session_does_not_fit_another(
    guarded: TestClient, sessions: dict[str, Any]
) -> None:
    cookies, _ = sessions["editor"]
    _, headers = sessions["planner"]
    guarded.cookies.clear()
    guarded.cookies.update(cookies)
    answer = ask(guarded, "POST", f"{BASE}/versions/undo", headers)
    guarded.cookies.clear()
    assert (answer.status_code, kind(answer)) == (403, "web.wrong_csrf")


def test_a_program_with_a_key_needs_no_word(guarded: TestClient) -> None:
    office = guarded.app.state.desk.office  # type: ignore[attr-defined]
    key, _ = office.tokens.add(
        "robot", "editor", scopes=["data.write"], expires=None, by=Actor.console()
    )
    guarded.cookies.clear()
    headers = {"Authorization": f"Bearer {key}"}
    answer = ask(guarded, "POST", f"{BASE}/versions/undo", headers)
    assert (answer.status_code, kind(answer)) == (409, "region.nothing_to_undo")
    answer = ask(guarded, "DELETE", f"{BASE}/scenarios/{{key}}", headers)
    assert (answer.status_code, kind(answer)) == (403, "identity.forbidden")


# --- Warming ---------------------------------------------------------------------------------


def test_what_is_asked_for_first_is_made_ready(serve: Serve) -> None:
    client = serve(warm=True)
    desk: Any = client.app.state.desk  # type: ignore[attr-defined]
    until = time.monotonic() + 120
    while desk._warming._thread is not None:
        assert client.get(f"{BASE}/health").status_code == 200, "answers go on meanwhile"
        assert time.monotonic() < until
        time.sleep(0.05)
    for key in ("region", ("layers", "transport"), "tiles"):
        assert desk.state._parts.peek(key) is not None, key
