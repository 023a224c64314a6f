"""Nodes of the shared services as processes of their own, people at them, and who asks them.

Nodes are made and served as offices make and serve them. One whose clock is to be wrong is served
by this file instead of by ``onecity hall serve``: the service takes its clock from whoever makes
it, and the command gives it that of the machine.
"""

import argparse
import http.client
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from onecity.hall.catalogue.example import example
from onecity.hall.forms.own import put_example
from onecity.hall.forms.sampling import sample
from onecity.hall.node.applying.views import About
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.node import ANCHOR, KEYS, TRUST, Node
from onecity.hall.wire import ED25519, Anchor, Keys, Peer, TrustList
from onecity.hall.wire.keys import write_private
from onecity.identity import Actor, Grant
from onecity.identity.clock import utc_now

HOST = "127.0.0.1"
BASE = "/api/v1/hall"
CITIES = {"wuhan": "420100", "huangshi": "420200"}
PORTAL = "portal"
TOPIC, UNIT = "fund_transfer", "housing"
"""What is applied for, and the department that decides it."""
PROGRAM = Path(sys.executable).with_name("onecity")
PATIENCE_S = 180.0
CLERKS = ("officer", "second")
BY = Actor.console()


class UnavailableError(OSError):
    """A node gave no answer, or one that says to try again."""


@dataclass
class Client:
    """Somebody who asks a node, on one connection that is made anew when it broke."""

    port: int
    key: str
    _line: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, body: Any = None, once: str = "", timeout: float = 30.0
    ) -> tuple[int, Any]:
        """Return status and answer.

        Raises
        ------
        UnavailableError
            There was no answer.
        """
        headers = {"Authorization": f"Bearer {self.key}"}
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        if once:
            headers["Idempotency-Key"] = once
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
                self._line.connect()
                self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._line.request(method, BASE + path, content, headers)
            answer = self._line.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise UnavailableError(str(error)) from error

    def surely(self, method: str, path: str, body: Any = None, once: str = "") -> tuple[int, Any]:
        """Ask until there is an answer; a refusal for the moment is none.

        Raises
        ------
        UnavailableError
            There was none for too long.
        """
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                status, answer = self.ask(method, path, body, once)
                if status < http.client.INTERNAL_SERVER_ERROR and status != 429:
                    return status, answer
                error: Exception = UnavailableError(f"{status} {answer}")
            except UnavailableError as failed:
                error = failed
            if time.monotonic() > end:
                raise UnavailableError(f"{method} {path}: {error}")
            time.sleep(0.05)

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None


@dataclass
class Spot:
    """A node of a circle: where it stands, how it is reached, its process."""

    code: str
    folder: Path
    port: int
    url_port: int
    keys: dict[str, str] = field(default_factory=dict)
    ahead_min: float = 0.0
    database: Path | None = None
    process: "subprocess.Popen[bytes] | None" = None
    starts: int = 0
    kills: int = 0

    @property
    def city(self) -> str:
        """Code of its city; none of a portal."""
        return CITIES.get(self.code, "")

    def client(self, who: str) -> Client:
        """Return somebody who asks this node."""
        return Client(self.port, self.keys[who])

    def start(self, *, largest_file: int = 0, wait: bool = True) -> float:
        """Start its process; return the seconds until it answered."""
        begun = time.monotonic()
        command = [str(PROGRAM), "hall", "serve", str(self.folder)]
        if self.ahead_min:
            minutes = str(self.ahead_min)
            command = [sys.executable, __file__, str(self.folder), "--ahead", minutes]

        def bound() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        with (self.folder.with_suffix(".log")).open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                preexec_fn=bound if largest_file else None,  # noqa: PLW1509  (no thread runs yet)
                env={**os.environ, "NUMBA_NUM_THREADS": "1"},
            )
        self.starts += 1
        if wait:
            self.wait_until_up()
        return time.monotonic() - begun

    def wait_until_up(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                with closing(http.client.HTTPConnection(HOST, self.port, timeout=5)) as line:
                    line.request("GET", f"{BASE}/health")
                    if line.getresponse().status == http.client.OK:
                        return
            except (OSError, http.client.HTTPException):
                pass
            ended = self.process is None or self.process.poll() is not None
            if ended or time.monotonic() > end:
                raise SystemExit(f"{self.code} does not serve\n{self.said()}")
            time.sleep(0.05)

    def said(self) -> str:
        """Return the end of what its process wrote."""
        log = self.folder.with_suffix(".log")
        return log.read_text("utf-8", "replace")[-3000:] if log.exists() else ""

    def kill(self) -> None:
        """End its process at once: nothing of it can be finished."""
        self._end(signal.SIGKILL)
        self.kills += 1

    def stop(self) -> None:
        """Let its process end."""
        self._end(signal.SIGINT)

    def _end(self, by: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(by)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE_S)
            self.process = None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what its database holds, read beside its process."""
        place = self.database or self.folder / "office.sqlite"
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=30)) as base:
            return list(base.execute(query))

    def waiting(self) -> int:
        """Return how many messages wait to be taken by others."""
        return int(self.rows("SELECT count(*) FROM hall_outbox WHERE state = 'waiting'")[0][0])


Circle = dict[str, Spot]


@contextmanager
def circle(
    folder: Path, codes: Sequence[str] = (*CITIES, PORTAL), *, proxied: bool = False
) -> Iterator[Circle]:
    """Make nodes that trust each other, with the invented catalogue and people; end them."""
    made: Circle = {}
    for code in codes:
        port = free_port()
        made[code] = Spot(code, folder / code, port, free_port() if proxied else port)
    for spot in made.values():
        make(spot)
    trust(folder, made)
    try:
        yield made
    finally:
        for spot in made.values():
            spot.stop()


def make(spot: Spot) -> None:
    """Make a node with the invented catalogue and people at it."""
    city = spot.city
    config = Config(
        spot.code, spot.code, NodeKind.CITY if city else NodeKind.PORTAL, (city,) if city else (),
        url=f"http://{HOST}:{spot.url_port}", listen=f"{HOST}:{spot.port}",
    )  # fmt: skip
    spot.folder.mkdir(parents=True, exist_ok=True)
    with Node.make(spot.folder, config) as node:
        put_example(spot.folder)
        node.editions.take_in(example(), by=BY)
        people: dict[str, tuple[str, str | None]] = {"resident": ("resident", None)}
        if city:
            unit = f"{city}.{UNIT}"
            people |= dict.fromkeys(CLERKS, (f"officer@{city}", unit))
            people["supervisor"] = ("supervisor", None)
        for name, (role, unit_) in people.items():
            grants = (Grant.parse(role),)
            node.office.accounts.add(name, unit=unit_, city=city or None, grants=grants, by=BY)
            spot.keys[name], _ = node.office.tokens.add(
                f"key-{name}", name, scopes=("hall.*", "view"), expires=None, by=BY
            )


def trust(folder: Path, made: Circle) -> None:
    """Let nodes believe each other by a list that is signed."""
    peers = []
    for spot in made.values():
        one = Config.read(spot.folder)
        keys = Keys.open(spot.folder / KEYS).public
        title = {"zh": one.title, "en": one.title}
        peers.append(Peer(one.code, title, one.kind.value, one.cities, None, one.url, keys))
    key = write_private(folder / "anchor.json", "anchor", utc_now(), ED25519)
    for spot in made.values():
        TrustList(1, utc_now(), tuple(peers)).signed(key).write(spot.folder / TRUST)
        Anchor(key.suite, key.public.public).write(spot.folder / ANCHOR)


def applications(spot: Spot, city: str, count: int) -> list[dict[str, Any]]:
    """Return so many invented applications for one item of a city, as programs send them.

    The node must not be served meanwhile. From another city it goes online (全程网办).
    """
    code = f"{city}.{TOPIC}"
    with Node.open(spot.folder) as node:
        book = node.applying.book
        form = book.of(book.matter(About(item=code)))
    rest: dict[str, Any] = {"about": {"item": code}}
    rest["agrees"] = [one.name for one in form.files if one.fetchable]
    if spot.city != city:
        rest |= {"way": "online", "from_city": next(one for one in CITIES.values() if one != city)}
    return [{**rest, "data": sample(form, seed)} for seed in range(count)]


def free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], bool], patience: float, every: float = 0.05) -> bool:
    """Wait until something is so; whether it came to be."""
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def settled(made: Circle, patience: float) -> bool:
    """Wait until no message waits at any node, twice in a row."""

    def quiet() -> bool:
        return not any(spot.waiting() for spot in made.values())

    def twice() -> bool:
        if not quiet():
            return False
        time.sleep(0.3)
        return quiet()

    return until(twice, patience)


def _serve_ahead(folder: Path, minutes: float) -> None:
    """Serve a node whose clock is wrong."""
    import uvicorn

    from onecity.web.app import create_app
    from onecity.web.settings import Settings

    settings = Settings.for_hall(folder)
    off = timedelta(minutes=minutes)
    app = create_app(settings, clock=lambda: utc_now() + off)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ahead", type=float, required=True, metavar="MINUTES")
    given = parser.parse_args()
    _serve_ahead(given.folder, given.ahead)
