"""A way between nodes that is not to be trusted: it doubles, delays, swaps, cuts and forges.

It stands before a node at the address that others know. Every request that comes whole is either
passed on as it is, or something is done to it; what was done is counted.
"""

import http.client
import json
import random
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hall_nodes import HOST, Circle

DEEDS = (
    "passed on",
    "sent twice",
    "delayed",
    "held back until after later ones",
    "request cut",
    "answer cut",
    "answer lost",
    "body forged",
    "body forged with a digest that fits",
    "answer forged",
)
ODDS = (50, 6, 6, 5, 5, 5, 5, 6, 6, 6)
HELD_S = 1.0


class Proxy:
    """Stands before one node."""

    def __init__(self, listens: int, passes_to: int, seed: int) -> None:
        self.did: Counter[str] = Counter()
        self._to = passes_to
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._later: list[threading.Timer] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.treat(self)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, listens), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop; what is held back still goes."""
        for one in self._later:
            one.join()
        self._server.shutdown()
        self._server.server_close()

    def treat(self, asked: BaseHTTPRequestHandler) -> None:
        """Do something to a request, or to its answer."""
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        with self._lock:
            deed = self._chance.choices(DEEDS, ODDS)[0] if asked.command == "POST" else DEEDS[0]
            at = self._chance.randrange(max(1, len(body)))
            wait = self._chance.uniform(0.05, HELD_S)
            self.did[deed] += 1
        headers = {name: asked.headers[name] for name in asked.headers if name != "Connection"}
        if deed == "delayed":
            time.sleep(wait)
        if deed == "held back until after later ones":
            # The sender is told of a failure and sends again: this one comes after that.
            late = threading.Timer(HELD_S + wait, self._pass, (asked, headers, body))
            self._later.append(late)
            late.start()
            self._answer(asked, 504, {}, b"")
            return
        if deed == "request cut":
            body = body[:at]
            headers["Content-Length"] = str(len(body))
        if deed.startswith("body forged"):
            body = forged(body, at)
            headers["Content-Length"] = str(len(body))
            if deed != "body forged":
                digest = b64encode(sha256(body).digest()).decode()
                headers["Content-Digest"] = f"sha-256=:{digest}:"
        found = self._pass(asked, headers, body)
        if deed == "sent twice":
            found = self._pass(asked, headers, body)
        if found is None or deed == "answer lost":
            self._answer(asked, 502, {}, b"")
            return
        status, told, content = found
        if deed == "answer forged":
            content = content.replace(b'"taken"', b'"known"').replace(b'"seq":', b'"seq":1')
            content = content[:-1] + b" }" if content.endswith(b"}") else content + b" "
        if deed == "answer cut":
            content = content[: len(content) // 2]
        self._answer(asked, status, told, content)

    def _pass(
        self, asked: BaseHTTPRequestHandler, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        line = http.client.HTTPConnection(HOST, self._to, timeout=30)
        try:
            line.request(asked.command, asked.path, body, headers)
            answer = line.getresponse()
            content = answer.read()
            dropped = {"content-length", "connection", "transfer-encoding", "date", "server"}
            told = {k: v for k, v in answer.getheaders() if k.lower() not in dropped}
        except (OSError, http.client.HTTPException):
            return None
        else:
            return answer.status, told, content
        finally:
            line.close()

    @staticmethod
    def _answer(
        asked: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes
    ) -> None:
        try:
            asked.send_response_only(status)
            for name, value in headers.items():
                asked.send_header(name, value)
            asked.send_header("Content-Length", str(len(content)))
            asked.end_headers()
            asked.wfile.write(content)
        except OSError:
            asked.close_connection = True


def forged(body: bytes, at: int) -> bytes:
    """Return a request in which somebody put other words, or another byte."""
    try:
        record = json.loads(body)
        message = record["messages"][0]
        message["body"] = {**(message["body"] or {}), "forged": True}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, LookupError, TypeError):
        return body[:at] + b"x" + body[at + 1 :]


@contextmanager
def between(made: Circle, seed: int = 3) -> Iterator[dict[str, Proxy]]:
    """Put one before each node."""
    proxies = {
        spot.code: Proxy(spot.url_port, spot.port, seed + row)
        for row, spot in enumerate(made.values())
    }
    try:
        yield proxies
    finally:
        for one in proxies.values():
            one.end()
