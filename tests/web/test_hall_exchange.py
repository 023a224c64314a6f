"""Two nodes that truly serve: what is applied for at one is handled at the other."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from onecity.hall.catalogue.example import example
from onecity.hall.forms.sampling import sample
from onecity.hall.node.applying.views import About
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.node import Node
from onecity.identity import Actor, Grant
from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.web.halling import CITY, ITEM, UNIT, trusted
from tests.web.serving import PATIENCE, free_port, serving

# Two services begin in threads of one process: what hushes this warning is not made for that.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pydantic.warnings.UnsupportedFieldAttributeWarning"
)
BASE = "/api/v1/hall"


@contextmanager
def listening(folder: Path, **limits: int) -> Iterator[Any]:
    """Serve a node where its settings say; what is given is its application."""
    settings = replace(Settings.for_hall(folder), warm=False)
    settings = replace(settings, limits=replace(settings.limits, **limits))
    app = create_app(settings)
    with serving(app, settings.port):
        yield app


def made(folder: Path, code: str, kind: NodeKind, cities: tuple[str, ...]) -> str:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    config = Config(code, code, kind, cities, url=url, listen=f"127.0.0.1:{port}")
    with Node.make(folder, config) as node:
        node.editions.take_in(example(), by=Actor.console())
    return url


def key_of(app: Any, name: str, role: str, unit: str | None = None) -> dict[str, str]:
    office = app.state.desk.office
    office.accounts.add(name, unit=unit, city=CITY, grants=(Grant.parse(role),), by=Actor.console())
    key, _ = office.tokens.add(name, name, scopes=("hall.*",), expires=None, by=Actor.console())
    return {"Authorization": f"Bearer {key}"}


def until_found(client: httpx.Client, path: str, fits: Any) -> Any:
    end = monotonic() + PATIENCE
    while monotonic() < end:
        answer = client.get(f"{BASE}/{path}")
        if answer.status_code == 200 and fits(found := answer.json()):
            return found
        sleep(0.05)
    pytest.fail(f"{path}: {answer.text[:500]}")


def test_a_case_crosses_from_a_portal_to_the_city_and_back(tmp_path: Path) -> None:
    portal, city = tmp_path / "门户", tmp_path / "武汉"
    made(portal, "portal", NodeKind.PORTAL, ())
    made(city, "wuhan", NodeKind.CITY, (CITY,))
    trusted(tmp_path / "anchor.json", portal, city)
    with ExitStack() as stack:
        apps = [stack.enter_context(listening(one)) for one in (portal, city)]
        addresses = [app.state.desk.hall.config.url for app in apps]
        resident = stack.enter_context(
            httpx.Client(base_url=addresses[0], headers=key_of(apps[0], "resident", "resident"))
        )
        officer = stack.enter_context(
            httpx.Client(base_url=addresses[1], headers=key_of(apps[1], "wang", "officer", UNIT))
        )
        book = apps[0].state.desk.hall.applying.book
        form = book.of(book.matter(About(item=ITEM)))
        body = {
            "about": {"item": ITEM},
            "data": sample(form, 1),
            "agrees": [one.name for one in form.files if one.fetchable],
        }
        answer = resident.post(f"{BASE}/applications", json=body)
        assert answer.status_code == 201, answer.text
        receipt = answer.json()
        assert receipt["to"]["code"] == "wuhan"

        path = f"desk/cases/{receipt['case']}"
        case = until_found(officer, path, lambda _: True)
        for action, said in (
            ("accept", {}),
            ("propose", {"words": "齐全"}),
            ("decide", {"outcome": "grant", "words": "准予"}),
        ):
            offered = {one["action"]: one["task"] for one in case["can"]}
            given = {"seen": case["version"], "action": action, "task": offered[action], **said}
            answer = officer.post(f"{BASE}/{path}/do", json=given)
            assert answer.status_code == 200, answer.text
            case = answer.json()
        own = until_found(resident, f"mine/{receipt['case']}", lambda found: found["result"])
        assert own["result"]["granted"] is True
        assert own["node"]["code"] == "wuhan"
        looks = until_found(resident, "looks", lambda found: found["total"])
        assert {(one["who"], one["node"]["code"]) for one in looks["rows"]} == {("wang", "wuhan")}

        health = officer.get(f"{BASE}/health").json()
        assert [(one["node"], one["state"]) for one in health["peers"]] == [("portal", "ok")]
        assert (health["trust"]["until"], health["trust"]["state"]) == (None, "good")


@pytest.mark.parametrize(
    ("headers", "content"),
    [({}, b"{}"), ({"Cookie": "onecity-8801=x"}, b""), ({"Content-Type": "text/plain"}, b"\x00")],
    ids=["unsigned", "cookie", "nothing"],
)
def test_what_nobody_signed_is_not_taken(
    tmp_path_factory: pytest.TempPathFactory, headers: dict[str, str], content: bytes
) -> None:
    folder = _alone(tmp_path_factory)
    with listening(folder) as app:
        url = app.state.desk.hall.config.url
        answer = httpx.post(f"{url}{BASE}/exchange", headers=headers, content=content)
        assert answer.status_code == 401
        assert answer.headers["content-encoding"] == "identity"
        assert set(answer.json()) == {"at", "node", "reason"}
        # Every other change still needs the word of its session.
        answer = httpx.post(f"{url}{BASE}/drafts", json={"about": {"item": ITEM}})
        assert answer.status_code == 403


def test_no_more_is_read_than_may_come(tmp_path_factory: pytest.TempPathFactory) -> None:
    with listening(_alone(tmp_path_factory), exchange_bytes=1000) as app:
        url = app.state.desk.hall.config.url

        def endless() -> Iterator[bytes]:
            for _ in range(20):
                yield b"x" * 100

        for content in (b"x" * 1001, endless()):
            answer = httpx.post(f"{url}{BASE}/exchange", content=content)
            assert answer.status_code == 413


_MADE: list[Path] = []


def _alone(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a node that stands alone, made once."""
    if not _MADE:
        folder = factory.mktemp("单独") / "节点"
        made(folder, "alone", NodeKind.CITY, (CITY,))
        _MADE.append(folder)
    return _MADE[0]
