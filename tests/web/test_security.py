"""What stands between the service and the world."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

Serve = Callable[..., TestClient]
Headers = Callable[[TestClient], dict[str, str]]
SESSION = "/api/v1/session"
GIVEN = {"name": "a", "password": "b"}


def kind(answer: object) -> str:
    """Return what kind of problem an answer tells of."""
    told: str = answer.json()["type"]  # type: ignore[attr-defined]
    return told.removeprefix("urn:onecity:problem:")


def test_every_answer_carries_the_headers(service: TestClient) -> None:
    for address in ("/api/v1/health", "/api/v1/nothing", "/", "/api/v1/strands"):
        headers = service.get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "worker-src 'self' blob:" in policy
        assert "frame-ancestors" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.9", "",
             "127.0.0.1@evil.example", "[::1", "10.0.0.1:8765", "onecity.local"],
)  # fmt: skip
def test_a_service_of_its_own_machine_has_no_other_name(service: TestClient, host: str) -> None:
    answer = service.get("/api/v1/health", headers={"Host": host})
    assert answer.status_code == 421
    assert kind(answer) == "web.wrong_host"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost", "LOCALHOST:1", "[::1]:8765", "127.9.9.9"]
)
def test_names_of_its_own_machine(service: TestClient, host: str) -> None:
    assert service.get("/api/v1/health", headers={"Host": host}).status_code == 200


def test_a_service_for_others_is_known_by_numbers_and_by_names_it_was_given(serve: Serve) -> None:
    client = serve(host="0.0.0.0", login=True, names=("map.office",))  # noqa: S104
    for host in ("192.168.1.9:8765", "map.office:8765", "localhost:8765", "[fe80::1]"):
        assert client.get("/api/v1/health", headers={"Host": host}).status_code == 200, host
    for host in ("evil.example", "office", "map.office.evil.example"):
        assert client.get("/api/v1/health", headers={"Host": host}).status_code == 421, host


@pytest.mark.parametrize(
    "origin", [None, "null", "", "http://evil.example", "http://127.0.0.1:9999", "127.0.0.1:8765",
               "http://127.0.0.1:8765.evil.example", "file://127.0.0.1:8765"],
)  # fmt: skip
def test_changes_come_from_its_own_pages(
    service: TestClient, csrf: Headers, origin: str | None
) -> None:
    headers = csrf(service) | {"Origin": origin or ""}
    if origin is None:
        del headers["Origin"]
    answer = service.post(SESSION, json=GIVEN, headers=headers)
    assert answer.status_code == 403
    assert kind(answer) == "web.wrong_origin"


@pytest.mark.parametrize("word", [None, "", "0" * 64, "密".encode().decode("latin1")])
def test_changes_carry_the_word_of_their_session(
    service: TestClient, csrf: Headers, word: str | None
) -> None:
    headers: dict[str, str | bytes] = {**csrf(service)}
    if word is None:
        del headers["X-CSRF-Token"]
    else:
        headers["X-CSRF-Token"] = word.encode("latin1")
    answer = service.post(SESSION, json=GIVEN, headers=headers)
    assert answer.status_code == 403
    assert kind(answer) == "web.wrong_csrf"


def test_a_large_body_is_refused_before_it_is_read(service: TestClient, csrf: Headers) -> None:
    answer = service.post(SESSION, content=b"x" * 1_000_001, headers=csrf(service))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_without_a_length_is_counted(service: TestClient, csrf: Headers) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 100_000
            yield b"[" * 100_000

    headers = csrf(service) | {"Content-Type": "application/json"}
    answer = service.post(SESSION, content=endless(), headers=headers)
    assert answer.status_code == 413


def test_a_failure_nobody_foresaw_tells_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve()

    def fail(*_: object) -> None:
        raise RuntimeError("secret /etc/passwd")

    monkeypatch.setattr("onecity.web.routes.strands.strands", fail)
    answer = client.get("/api/v1/strands")
    assert answer.status_code == 500
    assert kind(answer) == "web.internal"
    assert "secret" not in answer.text
    assert "x-content-type-options" in answer.headers


def test_a_method_that_is_not_there_names_those_that_are(
    service: TestClient, csrf: Headers
) -> None:
    for method, address, known in (
        ("OPTIONS", "health", "GET"),
        ("GET", "intakes", "POST"),
        ("PUT", "session", "DELETE, GET, POST"),
        ("TRACE", "intakes/" + "0" * 32, "DELETE, GET"),
    ):
        answer = service.request(method, f"/api/v1/{address}", headers=csrf(service))
        assert answer.status_code == 405, address
        assert answer.headers["allow"] == known
        assert answer.headers["content-type"] == "application/problem+json"
    for method, address in (("GET", "health/"), ("POST", "nothing"), ("DELETE", "tiles")):
        answer = service.request(method, f"/api/v1/{address}", headers=csrf(service))
        assert answer.status_code == 404, address
