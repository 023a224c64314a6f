"""Nodes of the demonstration as processes of their own, begun side by side and ended together.

What every node needs is loaded once: the others begin as copies of a process that has it, where
the system can make copies (not on Windows).
"""

import multiprocessing
import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from onecity.core.errors import InputError, StoreError

if TYPE_CHECKING:
    import httpx

    from onecity.hall.demonstration import Demonstration

LOG = "serve.log"
_HOST, _FIRST, _LAST = "127.0.0.1", 8751, 9750
_BEGIN_S, _END_S, _LOOK_S = 300.0, 15.0, 0.1
_LOADED_ONCE = "onecity.cli.hall_demo_loaded"


@contextmanager
def serving(made: "Demonstration") -> Iterator[None]:
    """Run a process for each node; all end together.

    Raises
    ------
    StoreError
        One did not begin; its log is named.
    """
    context = _context()
    running: dict[str, BaseProcess] = {}
    try:
        for code, folder in made.folders.items():
            running[code] = context.Process(target=_serve, args=(folder,), name=code)
            running[code].start()
        _await(made, running)
        yield
    finally:
        for one in running.values():
            one.terminate()
        for one in running.values():
            one.join(_END_S)
            if one.is_alive():
                one.kill()
                one.join()


def _context() -> ForkServerContext | SpawnContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_LOADED_ONCE])
    return context


def _serve(folder: Path) -> None:
    """Serve a node in this process, which writes to the node's own log."""
    from .program import program

    if hasattr(os, "setpgrp"):
        os.setpgrp()  # Ctrl-C is for who began this one, and ends it when it is time
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    program.main(["hall", "serve", str(folder)])


def _end_with_parent() -> None:
    """End this process once the one that began it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _await(made: "Demonstration", running: Mapping[str, BaseProcess]) -> None:
    """Wait until every node answers; another program at its address does not count."""
    import httpx

    from onecity.hall.node.node import TRUST

    end = monotonic() + _BEGIN_S
    with httpx.Client(trust_env=False, timeout=2.0) as client:
        for code, process in running.items():
            folder, url = made.folders[code], f"{made.urls[code]}/api/v1/hall/trust"
            trust = (folder / TRUST).read_bytes()
            while not _answers(client, url, trust):
                if not process.is_alive() or monotonic() > end:
                    raise StoreError("cli_hall_demo.not_begun", node=code, log=folder / LOG)
                sleep(_LOOK_S)


def _answers(client: "httpx.Client", url: str, trust: bytes) -> bool:
    """Whether a node with this list of nodes, which no other demonstration has, is there."""
    import httpx

    with suppress(httpx.HTTPError):
        answer = client.get(url)
        return bool(answer.is_success and answer.content.strip() == trust.strip())
    return False


def ports(folder: Path, codes: Sequence[str]) -> list[int]:
    """Return a free port for each node: its own, where it has one that is free.

    Raises
    ------
    InputError
        There are too few.
    """
    from onecity.hall.node.config import FILE, Config

    taken: list[int] = []
    for code in codes:
        wanted = _FIRST
        if (folder / code / FILE).is_file():
            wanted = int(Config.read(folder / code).listen.rpartition(":")[2])
        further = range(_FIRST, _LAST)
        free = (one for one in (wanted, *further) if one not in taken and _is_free(one))
        port = next(free, None)
        if port is None:
            raise InputError("cli_hall_demo.no_port", first=_FIRST, last=_LAST)
        taken.append(port)
    return taken


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((_HOST, port))
        except OSError:
            return False
    return True
