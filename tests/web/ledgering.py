"""An office at work: a service of the ledger whose clock can be moved, and people who log in."""

import atexit
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from typing import Any

from fastapi.testclient import TestClient
from starlette.applications import Starlette

from onecity.identity import FILE, Actor, Grant
from onecity.programme.ledger.model import Unit
from onecity.programme.ledger.store import Ledger
from onecity.web.app import create_app
from onecity.web.settings import Settings

BASE = "/api/v1"
ADDRESS = "http://127.0.0.1:8765"
PASSWORD = "正确的马-电池-订书钉-9"  # noqa: S105
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""Nine o'clock in China, on a working day."""
UNITS = (
    {"code": "QB", "name": "城市圈办公室", "name_en": "Circle office", "level": "province"},
    {
        "code": "WH",
        "name": "武汉市发改委",
        "name_en": "Wuhan DRC",
        "level": "city",
        "city": "420100",
    },
    {"code": "WH-JT", "name": "武汉市交通局", "level": "city", "city": "420100", "parent": "WH"},
    {"code": "HS", "name": "黄石市发改委", "level": "city", "city": "420200", "parent": "QB"},
)
PEOPLE: dict[str, tuple[str, str | None, str | None]] = {
    # name: role, city of the grant, unit
    "viewer": ("viewer", None, None),
    "planner": ("planner", None, None),
    "editor": ("editor", None, None),
    "unit_editor": ("unit_editor", None, "WH-JT"),
    "city_office": ("city_office", "420100", "WH"),
    "circle_office": ("circle_office", None, "QB"),
    "auditor": ("auditor", None, None),
    "administrator": ("administrator", None, None),
}


@dataclass
class Hands:
    """A clock that a test moves."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        """Return the time; each asking takes a moment."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def forward(self, **delta: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**delta)


class Person:
    """Somebody with a browser of their own; `name` None is a guest.

    With a password they log in as people do; without one the office lets them in, which is
    quicker: a password is checked slowly on purpose.
    """

    def __init__(self, app: Starlette, name: str | None, password: str | None = None) -> None:
        self.client = TestClient(app, base_url=ADDRESS)
        self.app, self.name, self.password = app, name, password
        self.word = ""
        self.log_in()

    def log_in(self) -> None:
        """Log in, or again once the session is over."""
        self.client.cookies.clear()
        desk = self.app.state.desk
        if self.name is not None and self.password is None:
            token, _ = desk.office.sessions.begin(desk.office.accounts.get(self.name))
            self.client.cookies.set(desk.settings.cookie, token)
        self.word = str(self.get("/session")["csrf"])
        if self.name is not None and self.password is not None:
            given = {"name": self.name, "password": self.password}
            self.word = str(self.ask("POST", "/session", json=given)["csrf"])

    def send(self, method: str, path: str, *, seen: int | None = None, **given: Any) -> Any:
        """Ask, and return the whole answer, whatever it is."""
        headers = {"X-CSRF-Token": self.word, "Origin": ADDRESS, **given.pop("headers", {})}
        if seen is not None:
            headers["If-Match"] = f'"{seen}"'
        return self.client.request(method, f"{BASE}{path}", headers=headers, **given)

    def ask(self, method: str, path: str, *, status: int = 0, **given: Any) -> Any:
        """Ask, and return what the answer holds; by itself it has to be a success."""
        answer = self.send(method, path, **given)
        told = (method, path, answer.status_code, answer.text[:600])
        assert answer.status_code == status if status else answer.status_code < 300, told
        holds = answer.content and "json" in answer.headers.get("content-type", "")
        return answer.json() if holds else answer

    def get(self, path: str, **params: Any) -> Any:
        """Return what is at an address."""
        return self.ask("GET", path, params=params)

    def move(self, item: dict[str, Any], move: str, **given: Any) -> dict[str, Any]:
        """Move an item along, and return its page."""
        known = item["item"]
        path = f"/ledger/items/{known['id']}/moves"
        whole: dict[str, Any] = self.ask(
            "POST", path, json={"move": move, **given}, seen=known["version"]
        )
        return whole


def kind(answer: Any) -> str:
    """Return what kind of problem an answer is."""
    return str(answer.json()["type"]).removeprefix("urn:onecity:problem:")


def fill(ledger: Ledger) -> None:
    """Enter the units, and give everybody an account; all have the same password."""
    ledger.add_units([Unit.made(**one) for one in UNITS], by=Actor.console())
    for name, (role, city, unit) in PEOPLE.items():
        ledger.office.accounts.add(
            name,
            title_zh=f"张{name}",
            unit=unit,
            city=city,
            grants=[Grant(role, city)],
            password=PASSWORD,
            by=Actor.console(),
        )


@cache
def _peopled() -> Path:
    """Return a store in which everybody has an account, to be copied: hashing takes its time."""
    folder = Path(mkdtemp())
    atexit.register(rmtree, folder, ignore_errors=True)
    with Ledger.open(folder / FILE, clock=Hands()) as ledger:
        fill(ledger)
    return folder / FILE


@dataclass
class Bureau:
    """A service of the ledger alone, its clock, and its people."""

    work: Path
    clock: Hands = field(default_factory=Hands)
    database: str | None = None
    people: dict[str | None, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = Settings(None, self.work, database=self.database, login=True, warm=False)
        if self.database is None:
            self.work.mkdir(parents=True, exist_ok=True)
            copyfile(_peopled(), self.work / FILE)
        self.app = create_app(settings, clock=self.clock)
        self.desk: Any = self.app.state.desk
        if self.database is not None:
            fill(self.desk.ledger)

    def __getitem__(self, name: str | None) -> Person:
        """Return somebody who is logged in; None is a guest."""
        if name not in self.people:
            self.people[name] = Person(self.app, name)
        return self.people[name]

    def forward(self, **delta: float) -> None:
        """Move the clock on; whoever was logged in logs in again."""
        self.clock.forward(**delta)
        for name, person in self.people.items():
            if name is not None:
                person.log_in()

    def item(self, **fields: Any) -> dict[str, Any]:
        """Make a draft of some fields, as the circle's office does."""
        usual = {
            "title": "打通云岚路断头路",
            "kind": "project",
            "strand": "transport",
            "lead_unit": "WH",
            "responsible_unit": "WH-JT",
            "start": "2026-03-02",
            "due": "2026-06-30",
        }
        whole: dict[str, Any] = self["circle_office"].ask(
            "POST", "/ledger/items", json={"fields": {**usual, **fields}}
        )
        return whole

    def given_out(self, **fields: Any) -> dict[str, Any]:
        """Make an item and give it out."""
        return self["circle_office"].move(self.item(**fields), "assign")

    def close(self) -> None:
        """End the service."""
        self.desk.close()
