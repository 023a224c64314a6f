"""A served node of the shared services with people at it, for the tests."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from onecity.hall.catalogue.example import example
from onecity.hall.forms.sampling import sample
from onecity.hall.node.applying.views import About
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.node import ANCHOR, KEYS, TRUST, Node
from onecity.hall.wire import ED25519, Anchor, Keys, Peer, TrustList
from onecity.hall.wire.keys import write_private
from onecity.identity import Actor, Grant
from onecity.identity.clock import Clock, utc_now
from onecity.web.app import create_app
from onecity.web.settings import Settings

CITY = "420100"
UNIT = f"{CITY}.housing"
ITEM = f"{CITY}.fund_transfer"
SPOT = f"{CITY}.care_abroad"
ADDRESS = "http://127.0.0.1:8801"
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""Noon of a working day in China."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_CHINESE = re.compile("[\u3400-\u9fff]")
PEOPLE = {
    "resident": ("resident", None),
    "other": ("resident", None),
    "clerk": (f"clerk@{CITY}", UNIT),
    "officer": (f"officer@{CITY}", UNIT),
    "stranger": (f"officer@{CITY}", f"{CITY}.police"),
    "supervisor": ("supervisor", None),
    "editor": ("item_editor", None),
    "publisher": ("item_editor", None),
}


def make_node(folder: Path, clock: Clock = utc_now, **settings: Any) -> None:
    """Make a node of a city with the invented catalogue; its keys are used from now on."""
    config = Config(
        "wuhan",
        "武汉市",
        NodeKind.CITY,
        (CITY,),
        url=ADDRESS,
        listen="127.0.0.1:8801",
        title_en="Wuhan",
        **settings,
    )
    with Node.make(folder, config, clock=clock) as node:
        node.editions.take_in(example(), by=Actor.console())
    trusted(folder.with_name("anchor.json"), folder)


def trusted(secret: Path, *folders: Path) -> None:
    """Let nodes believe each other, and themselves, by a list that is signed."""
    peers = []
    for folder in folders:
        config = Config.read(folder)
        peers.append(
            Peer(
                config.code,
                config.titles,
                config.kind.value,
                config.cities,
                config.departments,
                config.url,
                Keys.open(folder / KEYS).public,
            )
        )
    key = write_private(secret, "anchor", NOON, ED25519)
    for folder in folders:
        TrustList(1, NOON, tuple(peers)).signed(key).write(folder / TRUST)
        Anchor(key.suite, key.public.public).write(folder / ANCHOR)


def not_english(told: Any) -> list[str]:
    """Return the words in English that hold Chinese letters, wherever they stand in an answer."""
    if isinstance(told, list):
        return [one for each in told for one in not_english(each)]
    if not isinstance(told, dict):
        return []
    if told.keys() == {"zh", "en"}:
        return [told["en"]] if _CHINESE.search(told["en"]) else []
    return [one for each in told.values() for one in not_english(each)]


@dataclass
class Hall:
    """A served node: whoever asks is named by their account."""

    client: TestClient
    keys: dict[str, str]

    @property
    def node(self) -> Node:
        """The node behind the service."""
        found: Node = self.client.app.state.desk.hall  # type: ignore[attr-defined]
        return found

    def ask(self, who: str | None, method: str, path: str, **more: Any) -> Any:
        """Return what is answered to somebody; None is a guest with the word of their session."""
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.keys[who]}"
        return self.client.request(method, f"/api/v1/hall/{path}", headers=headers, **more)

    def get(self, who: str | None, path: str, **more: Any) -> Any:
        """Return what somebody reads; it must be there."""
        answer = self.ask(who, "GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, who: str, path: str, body: Any = None, **more: Any) -> Any:
        """Return what somebody's change is answered with; it must be taken."""
        answer = self.ask(who, "POST", path, json=body, **more)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def data(self, item: str, seed: int = 1) -> dict[str, Any]:
        """Return invented answers to the form of an item."""
        book = self.node.applying.book
        return sample(book.of(book.matter(About(item=item))), seed)

    def application(self, item: str = ITEM, seed: int = 1) -> dict[str, Any]:
        """Return an application as programs send it."""
        book = self.node.applying.book
        form = book.of(book.matter(About(item=item)))
        data = sample(form, seed)
        agrees = [one.name for one in form.files if one.fetchable]
        files = [
            {"name": one.name, "filename": f"{one.name}.pdf", "content": b64encode(PDF).decode()}
            for one in form.files
            if one.wanted(data) and not one.fetchable
        ]
        return {"about": {"item": item}, "data": data, "agrees": agrees, "files": files}


class Moved:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.now = at

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@contextmanager
def served(folder: Path, clock: Any = None) -> Iterator[Hall]:
    """Serve a node with people at it."""
    settings = replace(Settings.for_hall(folder), warm=False)
    app = create_app(settings) if clock is None else create_app(settings, clock=clock)
    with TestClient(app, base_url=ADDRESS) as client:
        office, keys = app.state.desk.office, {}
        for name, (role, unit) in PEOPLE.items():
            grant = Grant.parse(role)
            office.accounts.add(
                name, title_zh=name, unit=unit, city=CITY, grants=(grant,), by=Actor.console()
            )
            keys[name], _ = office.tokens.add(
                f"key-{name}", name, scopes=("hall.*", "view"), expires=None, by=Actor.console()
            )
        yield Hall(client, keys)
