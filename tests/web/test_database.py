"""A service whose accounts, trail and ledger are in a PostgreSQL database, by one setting."""

from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from onecity.identity import Actor, Grant, Office
from tests.stores import running

SESSION = "/api/v1/session"
PASSWORD = "正确的马-电池-订书钉-9"  # noqa: S105
Serve = Callable[..., TestClient]
Headers = Callable[[TestClient], dict[str, str]]


def test_a_service_keeps_to_its_database_through_a_servers_end(
    serve: Serve, csrf: Headers, tmp_path: Path
) -> None:
    with running(safe=True) as server:
        address = server.url().replace("@", ":geheim@")
        client = serve(login=True, database=address)
        office: Office = client.app.state.desk.office  # type: ignore[attr-defined]
        grants = [Grant("administrator")]
        office.accounts.add("boss", grants=grants, password=PASSWORD, by=Actor.console())
        given = {"name": "boss", "password": PASSWORD}
        assert client.post(SESSION, json=given, headers=csrf(client)).status_code == 200
        assert client.get("/api/v1/trail").json()["items"][0]["key"] == "login"
        assert client.get("/api/v1/ledger/items").json()["total"] == 0
        assert not list((tmp_path / "work").glob("*.sqlite"))
        server.crash()
        failed = client.get("/api/v1/trail")
        assert failed.status_code == 500
        assert failed.json()["type"] == "urn:onecity:problem:identity.store_failed"
        assert "geheim" not in failed.text
        # What needs no account is answered all the same.
        assert client.get("/api/v1/health").status_code == 200
        server.start()
        assert client.get(SESSION).json()["who"]["name"] == "boss"
        assert client.get("/api/v1/trail/verification").json()["ok"]
