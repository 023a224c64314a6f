"""Every route of the hall, asked by everybody: who may do what stands in one table."""

import re
from collections.abc import Iterator

import pytest

from onecity.web.app import reference
from onecity.web.routes import BASE
from onecity.web.security import SAFE
from tests.web.halling import PEOPLE, Hall, make_node, served

ALL = frozenset({"guest", *PEOPLE})
CLERKS = frozenset({"clerk", "officer", "stranger"})
RESIDENTS = frozenset({"resident", "other"})
APPLICANTS = CLERKS | RESIDENTS
LOOKERS = CLERKS | {"supervisor"}
SUPERVISORS = frozenset({"supervisor"})
EDITORS = frozenset({"editor", "publisher"})

TABLE = """
GET    me                              ALL
GET    trust                           ALL
GET    health                          ALL
GET    items                           ALL
GET    items/{code}                    ALL
GET    events                          ALL
GET    events/{code}                   ALL
GET    forms/item/{code}               ALL
GET    forms/event/{code}              ALL

GET    profile                         RESIDENTS
POST   profile                         RESIDENTS
DELETE profile                         RESIDENTS
POST   profiles/{account}/verify       CLERKS
GET    drafts                          APPLICANTS
POST   drafts                          APPLICANTS
GET    drafts/{id}                     APPLICANTS
PUT    drafts/{id}                     APPLICANTS
DELETE drafts/{id}                     APPLICANTS
POST   drafts/{id}/files               APPLICANTS
GET    drafts/{id}/files/{file}        APPLICANTS
DELETE drafts/{id}/files/{file}        APPLICANTS
POST   drafts/{id}/check               APPLICANTS
POST   drafts/{id}/submit              APPLICANTS
GET    drafts/{id}/evidence            APPLICANTS
POST   drafts/{id}/evidence            APPLICANTS
POST   evidence/{id}/agree             APPLICANTS
POST   evidence/{id}/refuse            APPLICANTS
POST   applications                    APPLICANTS
GET    mine                            APPLICANTS
GET    mine/{id}                       APPLICANTS
POST   mine/{id}/files                 APPLICANTS
GET    mine/{id}/files/{file}          APPLICANTS
DELETE mine/{id}/files/{file}          APPLICANTS
GET    mine/{id}/evidence              APPLICANTS
POST   mine/{id}/evidence              APPLICANTS
GET    mine/{id}/supplement            APPLICANTS
POST   mine/{id}/supplement            APPLICANTS
POST   mine/{id}/withdraw              APPLICANTS
POST   mine/{id}/appraise              APPLICANTS
GET    mine/{id}/result                APPLICANTS
GET    looks                           APPLICANTS
GET    consents                        APPLICANTS
POST   erasure                         APPLICANTS

GET    desk/tasks                      CLERKS
GET    desk/cases                      LOOKERS
POST   desk/search                     LOOKERS
GET    desk/cases/{id}                 LOOKERS
POST   desk/cases/{id}/do              CLERKS
GET    desk/cases/{id}/files/{file}    LOOKERS
GET    board                           SUPERVISORS
GET    desk/events                     LOOKERS
GET    desk/events/{id}                LOOKERS
POST   desk/events/{id}/remind         LOOKERS

GET    editor/items                    EDITORS
GET    editor/items/{code}             EDITORS
GET    editor/compare/{code}           EDITORS
PUT    editor/items/{code}/draft       EDITORS
DELETE editor/items/{code}/draft       EDITORS
POST   editor/items/{code}/publish     EDITORS
"""
SETS = {name: value for name, value in globals().items() if isinstance(value, frozenset)}
MAY = {
    (method, path): SETS[who]
    for line in TABLE.strip().splitlines()
    if line
    for method, path, who in [line.split()]
}
# By other means: a signature; a setting of the node.
ELSEWHERE = {("POST", "exchange"), ("POST", "register")}
ROUTES = {
    (method.upper(), path.removeprefix(f"{BASE}/hall/"))
    for path, told in reference()["paths"].items()
    if path.startswith(f"{BASE}/hall/")
    for method in told
}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("武汉") / "节点"
    make_node(folder)
    with served(folder) as made:
        yield made


def filled(path: str) -> str:
    return re.sub(r"{(id|file)}", "0" * 26, re.sub(r"{(code|account)}", "nothing", path))


def test_every_route_has_a_row() -> None:
    assert set(MAY) | ELSEWHERE == ROUTES


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_everybody_may_what_the_table_says(hall: Hall, who: str) -> None:
    for (method, path), may in MAY.items():
        answer = hall.ask(who, method, filled(path))
        kind = answer.json()["type"].rpartition(":")[2] if answer.status_code >= 400 else ""
        told = (answer.status_code, kind) == (403, "identity.forbidden")
        assert told is (who not in may), (method, path, answer.text[:300])


def test_a_guest_sees_the_catalogue_alone(hall: Hall) -> None:
    word = hall.client.get(f"{BASE}/session").json()["csrf"]
    headers = {"X-CSRF-Token": word, "Origin": str(hall.client.base_url).rstrip("/")}
    for (method, path), may in MAY.items():
        answer = hall.ask(None, method, filled(path), headers=headers)
        assert (answer.status_code == 401) is ("guest" not in may), (method, path, answer.text)


def test_no_change_without_the_word_of_its_session(hall: Hall) -> None:
    for method, path in sorted(ROUTES - {("POST", "exchange")}):
        if method not in SAFE:
            answer = hall.ask(None, method, filled(path))
            assert answer.status_code == 403, (method, path)


def test_nobody_makes_accounts_where_the_node_does_not_let_them(hall: Hall) -> None:
    given = {"name": "someone", "password": "A long pass-phrase, 3 times"}
    answer = hall.ask("resident", "POST", "register", json=given)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("web_hall.no_registering")
