"""Every route, asked by everybody: who may do what stands in one table."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onecity.identity import Actor
from onecity.web.app import reference
from onecity.web.routes import BASE
from onecity.web.security import SAFE
from tests.web.ledgering import PEOPLE, Bureau, Person, kind

Serve = Callable[..., TestClient]
Headers = Callable[[TestClient], dict[str, str]]

ALL = frozenset({"guest", *PEOPLE})
KNOWN = ALL - {"guest"}
"""Whoever has logged in."""
ADMIN = frozenset({"administrator"})
CIRCLE = ADMIN | {"circle_office"}
OFFICES = CIRCLE | {"city_office"}
WORKERS = OFFICES | {"unit_editor"}
READERS = WORKERS | {"viewer", "auditor"}
PLANNERS = frozenset({"planner", "editor", "administrator"})
EDITORS = frozenset({"editor", "administrator"})
AUDITORS = frozenset({"auditor", "administrator"})

TABLE = """
GET    /health                          ALL
GET    /session                         ALL
POST   /session                         ALL
DELETE /session                         ALL
PUT    /session/password                KNOWN
POST   /session/second-factor           KNOWN
PUT    /session/second-factor           KNOWN
DELETE /session/second-factor           KNOWN
GET    /session/oidc                    ALL
GET    /session/oidc/back               ALL
GET    /accounts                        ADMIN
POST   /accounts                        ADMIN
GET    /accounts/{name}                 ADMIN
PUT    /accounts/{name}                 ADMIN
PUT    /accounts/{name}/grants          ADMIN
PUT    /accounts/{name}/password        ADMIN
PUT    /accounts/{name}/state           ADMIN
POST   /accounts/{name}/unlock          ADMIN
DELETE /accounts/{name}/second-factor   ADMIN
GET    /trail                           AUDITORS
GET    /trail/verification              AUDITORS

GET    /region                          ALL
GET    /strands                         ALL
GET    /tiles.json                      ALL
GET    /tiles/{hash}/{z}/{x}/{y}        ALL
GET    /layers                          ALL
GET    /layers/{key}/values             ALL
GET    /cards/{level}/{code}            ALL
GET    /search                          ALL
GET    /isochrones                      ALL
GET    /paths                           ALL
GET    /times                           ALL
GET    /snap                            ALL
GET    /roads/near                      ALL
GET    /proposals                       ALL
GET    /index                           ALL
GET    /topics                          ALL
GET    /topics/{key}                    ALL
GET    /dossiers/{kind}/{code}          ALL
GET    /report                          ALL
GET    /exports/{level}                 ALL
GET    /template                        ALL
GET    /jobs/{job}                      ALL
GET    /versions                        ALL
POST   /what-ifs                        ALL
GET    /scenarios                       ALL
GET    /scenarios/table                 ALL
GET    /scenarios/{key}                 ALL
GET    /scenarios/{key}/file            ALL
GET    /scenarios/{key}/comparison      ALL
POST   /scenarios                       PLANNERS
POST   /scenarios/file                  PLANNERS
PUT    /scenarios/{key}                 PLANNERS
DELETE /scenarios/{key}                 PLANNERS
POST   /intakes                         EDITORS
GET    /intakes/{key}                   EDITORS
DELETE /intakes/{key}                   EDITORS
GET    /intakes/{key}/annotated         EDITORS
POST   /intakes/{key}/accept            EDITORS
POST   /versions/undo                   EDITORS
POST   /versions/redo                   EDITORS

GET    /ledger/me                       READERS
GET    /ledger/words                    READERS
PUT    /ledger/settings                 CIRCLE
GET    /ledger/units                    READERS
GET    /ledger/units/{code}/page        READERS
GET    /ledger/figures/units            READERS
POST   /ledger/units                    CIRCLE
PUT    /ledger/units/{code}             CIRCLE
POST   /ledger/units/replacements       CIRCLE
GET    /ledger/items                    READERS
GET    /ledger/items/{id}               READERS
GET    /ledger/items/{id}/history       READERS
GET    /ledger/attachments/{id}         READERS
POST   /ledger/items                    OFFICES
PATCH  /ledger/items/{id}               WORKERS
POST   /ledger/items/{id}/moves         WORKERS
POST   /ledger/items/{id}/attachments   WORKERS
GET    /ledger/counts                   READERS
GET    /ledger/board                    READERS
GET    /ledger/gantt                    READERS
GET    /ledger/curve                    READERS
GET    /ledger/calendar                 READERS
GET    /ledger/map                      READERS
GET    /ledger/reminders                READERS
POST   /ledger/reminders                CIRCLE
GET    /ledger/inbox                    READERS
POST   /ledger/inbox/read               READERS
GET    /ledger/views                    READERS
POST   /ledger/views                    READERS
DELETE /ledger/views/{id}               READERS
GET    /ledger/meetings                 READERS
GET    /ledger/meetings/{id}            READERS
POST   /ledger/meetings                 OFFICES
POST   /ledger/minutes                  OFFICES
POST   /ledger/minutes/file             OFFICES
GET    /ledger/workbook                 READERS
GET    /ledger/oc4ids                   READERS
POST   /ledger/intakes                  WORKERS
GET    /ledger/intakes/{key}            WORKERS
DELETE /ledger/intakes/{key}            WORKERS
GET    /ledger/intakes/{key}/annotated  WORKERS
POST   /ledger/intakes/{key}/acceptance WORKERS
GET    /ledger/reports/{kind}           READERS
GET    /ledger/reports/{kind}/template  READERS
POST   /ledger/reports/{kind}/document  READERS
"""
"""Who may ask what; a route without a row fails a test."""
SETS = {name: value for name, value in globals().items() if isinstance(value, frozenset)}
MAY = {
    (method, path): SETS[who]
    for line in TABLE.strip().splitlines()
    if line
    for method, path, who in [line.split()]
}
ROUTES = {
    (method.upper(), path.removeprefix(BASE))
    for path, operations in reference()["paths"].items()
    if not path.startswith(f"{BASE}/hall/")  # see test_hall_permissions
    for method in operations
}
CHANGES = sorted(one for one in ROUTES if one[0] not in SAFE)
FILLED = {
    "id": "01JDQK5V7M8N9P0Q1R2S3T4V5W",
    "level": "city",
    "hash": "0" * 64,
    "z": "5",
    "x": "1",
    "y": "1",
    "name": "nobody",
}
"""What stands for the places of an address, of things that are not there."""


def filled(path: str) -> str:
    given = {**FILLED, "kind": "city" if "reports" in path else "border"}
    return re.sub(r"{(\w+)}", lambda found: given.get(found[1], "0" * 32), path)


def test_every_route_has_a_row() -> None:
    assert set(MAY) == ROUTES


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_no_change_without_the_word_and_the_origin(
    service: TestClient, csrf: Headers, method: str, path: str
) -> None:
    headers = csrf(service)
    for name, told in (("X-CSRF-Token", "web.wrong_csrf"), ("Origin", "web.wrong_origin")):
        lacking = {key: value for key, value in headers.items() if key != name}
        answer = service.request(method, f"{BASE}{filled(path)}", headers=lacking)
        assert (answer.status_code, kind(answer)) == (403, told)


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A service where the ledger and changes need a login, with an account of every kind."""
    made = Bureau(tmp_path_factory.mktemp("work"))
    yield made
    made.close()


@pytest.mark.parametrize("role", sorted(KNOWN))
def test_everybody_may_what_the_table_says(bureau: Bureau, role: str) -> None:
    person = bureau[role]
    for (method, path), who in MAY.items():
        if path == "/session" and method != "GET":
            continue  # who logs out may nothing any more
        answer = person.send(method, filled(path))
        if role in who:
            fits = answer.status_code not in {401, 403}
        else:
            fits = (answer.status_code, kind(answer)) == (403, "identity.forbidden")
        assert fits, (method, path, answer.status_code, answer.text[:300])


def test_a_guest_may_what_the_table_says(bureau: Bureau) -> None:
    guest = Person(bureau.app, None)
    for (method, path), who in MAY.items():
        answer = guest.send(method, filled(path))
        if "guest" in who:
            assert answer.status_code not in {401, 403}, (method, path)
        else:
            told = (answer.status_code, kind(answer))
            assert told == (401, "web.login_first"), (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"


def test_the_word_of_one_session_does_not_fit_another(bureau: Bureau) -> None:
    headers = {"X-CSRF-Token": bureau["planner"].word}
    answer = bureau["editor"].send("POST", "/versions/undo", headers=headers)
    assert (answer.status_code, kind(answer)) == (403, "web.wrong_csrf")


def test_a_program_with_a_key_needs_no_word(bureau: Bureau) -> None:
    key, _ = bureau.desk.office.tokens.add(
        "robot", "circle_office", scopes=["ledger.items.view"], expires=None, by=Actor.console()
    )
    client = TestClient(bureau.app, base_url="http://127.0.0.1:8765")
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get(f"{BASE}/ledger/items", headers=headers).status_code == 200
    answer = client.post(f"{BASE}/ledger/items", headers=headers)
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
