"""``onecity hall demo``: an invented circle of cities on this machine, served and walked."""

import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError, StoreError
from onecity.core.extras import needing
from onecity.core.words import Sentence, both

from .exits import Exit
from .frame import Command, shared
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.demonstration import Demonstration

_HOST, _FIRST, _LAST = "127.0.0.1", 8751, 9750
_BEGIN_S, _END_S, _LOOK_S = 180.0, 15.0, 0.2


@click.command("demo", cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path), metavar="[FOLDER]", default=Path("out/hall")
)
@click.option("--walk/--no-walk", "walked", default=True)
@click.option("--stay/--no-stay", "stay", default=True)
@click.option("--open", "open_", is_flag=True)
@shared
@click.pass_context
def demo(
    ctx: click.Context,
    folder: Path,
    walked: bool,  # noqa: FBT001
    stay: bool,  # noqa: FBT001
    open_: bool,  # noqa: FBT001
) -> None:
    """Run three invented cities, their province and a portal, and walk cases through them."""
    with needing("hall"):
        from onecity.hall.demonstration import codes, make
        from onecity.hall.demonstration.walk import walk

    terminal: Terminal = ctx.obj
    terminal.tell("cli_hall_demo.making", folder=folder)
    made = make(folder, _ports(folder, codes()))
    told: list[Sentence] = []

    def tell(sentence: Sentence) -> None:
        told.append(sentence)
        if not terminal.json:
            terminal.answer(sentence.text(terminal.language))

    sound = True
    # Whoever ends this program otherwise than by Ctrl-C ends the nodes with it, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), _serving(made):
        if walked:
            walk(made, tell)
            sound = _verified(terminal, made)
        if terminal.json:
            terminal.emit(_answer(made, told, sound=sound if walked else None))
        else:
            _show(terminal, made)
        if open_:
            webbrowser.open(made.urls[made.portal])
        if stay:
            terminal.tell("cli_hall_demo.running")
            while True:
                sleep(1)
    if not sound:
        ctx.exit(Exit.FAULTS)


def _answer(
    made: "Demonstration", told: Sequence[Sentence], *, sound: bool | None
) -> dict[str, object]:
    """Return what a program is told; the password is in a file for the owner alone."""
    return {
        "command": "hall demo",
        "folder": str(made.folder),
        "nodes": dict(made.urls),
        "steps": [{"zh": one.text("zh"), "en": one.text("en")} for one in told],
        "sound": sound,
    }


def _show(terminal: Terminal, made: "Demonstration") -> None:
    """Tell addresses, and who may log in where."""
    names: dict[str, list[str]] = {}
    for one in made.logins:
        names.setdefault(one.node, []).append(one.name)
    rows = [[code, url, " ".join(names.get(code, ()))] for code, url in made.urls.items()]
    keys = ("cli_hall_demo.node", "cli_hall_demo.address", "cli_hall_demo.accounts")
    heads = [terminal.say(one) for one in keys]
    terminal.table(terminal.say("cli_hall_demo.title"), heads, rows, left=3)
    terminal.answer(terminal.say("cli_hall_demo.password", password=made.logins[0].password))
    terminal.answer(terminal.say("cli_hall_demo.portal", url=made.urls[made.portal]))


def _verified(terminal: Terminal, made: "Demonstration") -> bool:
    """Check the records of all nodes against each other, and tell what came of it."""
    from onecity.hall.node.verifying import verify

    first, *others = made.folders.values()
    report = verify(first, peers=others)
    if report.broken is not None and report.broken.first is not None and not terminal.json:
        terminal.answer(report.broken.first.text(terminal.language))
    key = "cli_hall_demo.sound" if report.sound else "cli_hall_demo.unsound"
    terminal.tell(key, nodes=both(made.folders))
    return report.sound


def _ports(folder: Path, codes: Sequence[str]) -> list[int]:
    """Return a free port for each node: its own, where it has one that is free."""
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


@contextmanager
def _serving(made: "Demonstration") -> Iterator[None]:
    """Run a process for each node; all end together."""
    with ExitStack() as stack:
        running = {
            code: stack.enter_context(_process(folder)) for code, folder in made.folders.items()
        }
        _await(made, running)
        yield


@contextmanager
def _process(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    log = (folder / "serve.log").open("ab")
    command = [sys.executable, "-m", "onecity.cli", "hall", "serve", str(folder)]
    with log:
        process = subprocess.Popen(  # noqa: S603  (this program itself)
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(made: "Demonstration", running: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
    """Wait until every node answers.

    Raises
    ------
    StoreError
        One ended, or does not answer in time; its log is named.
    """
    import httpx

    end = monotonic() + _BEGIN_S
    with httpx.Client(trust_env=False, timeout=2.0) as client:
        for code, process in running.items():
            log = made.folders[code] / "serve.log"
            while True:
                with suppress(httpx.HTTPError):
                    if client.get(f"{made.urls[code]}/api/v1/hall/trust").is_success:
                        break
                if process.poll() is not None or monotonic() > end:
                    raise StoreError("cli_hall_demo.not_begun", node=code, log=log)
                sleep(_LOOK_S)
