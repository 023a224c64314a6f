"""Nodes that talk to each other over real HTTP on this machine, and doors that misbehave."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy import select

from onecity.hall.node import looks
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.mail import PATH
from onecity.hall.node.mail.line import Line
from onecity.hall.node.mail.received import Received
from onecity.hall.node.node import ANCHOR, KEYS, TRUST, Node
from onecity.hall.node.tables.mail import INBOX, OUTBOX
from onecity.hall.node.writing import Write
from onecity.hall.wire import ED25519, Anchor, Keys, Peer, TrustList
from onecity.hall.wire.keys import write_private
from onecity.identity import FILE as DATABASE
from onecity.identity.clock import Clock

_EMPTY: list[bytes] = []
Reply = tuple[int, Mapping[str, str], bytes]
Receive = Callable[[Mapping[str, str], bytes, str, str], Reply]


class Door(ThreadingHTTPServer):
    """A node's exchange behind a real HTTP server on a port of its own.

    `through` may be changed by a test: it is given what came and what would take it, and returns
    the answer, or None to hang up without one.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.node: Node | None = None
        self.seen: list[tuple[Mapping[str, str], bytes]] = []
        self.through: Callable[[Receive, Mapping[str, str], bytes, str, str], Reply | None] = (
            lambda receive, headers, body, method, url: receive(headers, body, method, url)
        )
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes: without this each answer waits for a timer.
    disable_nagle_algorithm = True
    server: Door

    def do_POST(self) -> None:
        door = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        door.seen.append((headers, body))
        url = f"http://{self.headers['Host']}{self.path}"
        assert door.node is not None
        reply = door.through(door.node.mail.receive, headers, body, "POST", url)
        if reply is None:
            self.close_connection = True
            return
        status, answered, content = reply
        self.send_response(status)
        for name, value in answered.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        node = self.server.node
        assert node is not None
        content = node.trust.text() if self.path == "/api/v1/hall/trust" else b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Town:
    """A node, its door, and what its handlers were told."""

    node: Node
    door: Door
    heard: list[Received] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.node.code

    def tell(self, to: str, case: str, *words: str, kind: str = "note") -> list[str]:
        with self.node.writing(self.node.itself) as write:
            return [write.send(to, kind, case, {"words": one}, purpose="测试") for one in words]

    def words(self, case: str | None = None) -> list[str]:
        """Return what was said to this node and kept, as its own table of effects has it."""
        return [one.body["words"] for one in self.heard if case in {None, one.case}]

    def rows(self, table: Any) -> list[Any]:
        with self.node.reading() as connection:
            return list(connection.execute(select(table).order_by(table.c.number)))

    def waiting(self) -> int:
        return sum(one.state == "waiting" for one in self.rows(OUTBOX))


@dataclass(frozen=True)
class Place:
    """What a test wants of one node."""

    code: str
    kind: NodeKind = NodeKind.CITY
    cities: tuple[str, ...] = ()
    departments: tuple[str, ...] | None = None
    clock: Clock | None = None
    database: str = DATABASE


@contextmanager
def towns(folder: Path, clock: Clock, places: Sequence[Place]) -> Iterator[dict[str, Town]]:
    """Make nodes that trust each other, each behind a door."""
    with ExitStack() as stack:
        doors = {place.code: Door() for place in places}
        for door in doors.values():
            stack.callback(door.end)
        for place in places:
            config = Config(
                place.code, place.code, place.kind, place.cities, place.departments,
                url=doors[place.code].url, database=place.database,
            )  # fmt: skip
            made_empty(folder / place.code, config, place.clock or clock)
        anchor = write_private(folder / "anchor.json", "anchor", clock(), ED25519)
        listed = tuple(
            Peer(
                place.code, {"zh": place.code, "en": place.code}, place.kind.value, place.cities,
                place.departments, doors[place.code].url,
                Keys.open(folder / place.code / KEYS).public,
            )
            for place in places
        )  # fmt: skip
        trust = TrustList(1, clock(), listed).signed(anchor)
        made = {}
        for place in places:
            here = folder / place.code
            trust.write(here / TRUST)
            Anchor(ED25519, anchor.public.public).write(here / ANCHOR)
            node = Node.open(here, clock=place.clock or clock)
            stack.callback(node.close)
            made[place.code] = settle(node, doors[place.code])
        yield made


def made_empty(folder: Path, config: Config, clock: Clock) -> None:
    """Make a node; its tables are made once for all tests of a process, and copied."""
    file = folder / DATABASE
    if config.database == DATABASE and _EMPTY:
        folder.mkdir(parents=True)
        file.write_bytes(_EMPTY[0])
    Node.make(folder, config, clock=clock).close()
    if config.database == DATABASE and not _EMPTY:
        _EMPTY.append(file.read_bytes())


def settle(node: Node, door: Door) -> Town:
    """Put a node behind a door, with a handler that keeps what it is told."""
    town = Town(node, door)
    door.node = node
    node.mail.register(looks.HANDLERS)

    def note(write: Write, received: Received) -> None:
        # In the trail, so that an effect that is undone is not taken for one that was kept.
        write.tell("node.made", "note", received.id)
        town.heard.append(received)

    node.mail.register({"note": note})
    return town


@contextmanager
def line(town: Town, to: str) -> Iterator[Line]:
    """Give the way from one node to another, to be sent over by hand."""
    made = Line(town.node.mail, to)
    try:
        yield made
    finally:
        made.close()


def matched(sender: Town, receiver: Town) -> bool:
    """Whether what one confirmed as taken is what the other took, each once and in order."""
    sent = [one for one in sender.rows(OUTBOX) if one.peer == receiver.code]
    taken = [one for one in receiver.rows(INBOX) if one.sender == sender.code]
    lines: dict[str, list[int]] = {}
    for one in taken:
        lines.setdefault(one.case, []).append(one.seq)
    in_order = all(seqs == list(range(1, len(seqs) + 1)) for seqs in lines.values())
    confirmed = {one.id: one.head for one in sent if one.state != "waiting"}
    kept = {one.id: one.head for one in taken}
    return in_order and confirmed.items() <= kept.items() and len(kept) == len(taken)


__all__ = ["INBOX", "OUTBOX", "PATH", "Door", "Place", "Town", "line", "matched", "settle", "towns"]
