"""How tests serve an application on a port of its own, in a thread."""

import atexit
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.applications import Starlette

PATIENCE = 120.0
"""Seconds to wait for what a quiet machine does at once."""

_held: list[socket.socket] = []


@atexit.register
def _let_go() -> None:
    for one in _held:
        one.close()


def free_port() -> int:
    """Return a port that nobody else is given while the tests run, whether it is served or not.

    It stays bound here. That hinders no service: one that listens may bind it beside what does
    not, as both say that they share (`SO_REUSEADDR`).
    """
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    _held.append(one)
    return int(one.getsockname()[1])


@contextmanager
def serving(app: "Starlette", port: int) -> Iterator[None]:
    """Serve an application; it answers when this is entered, and no thread stays behind."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = monotonic() + PATIENCE
    while not server.started:
        assert thread.is_alive(), "the service ended before it answered"
        assert monotonic() < until, "the service does not begin"
        sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=PATIENCE)
        assert not thread.is_alive(), "the service does not end"
