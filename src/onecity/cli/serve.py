"""``onecity serve``: the one map in the browser, from this machine."""

import errno
import shlex
import shutil
import socket
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError
from onecity.core.words import LANGUAGES, Sentence, say

from .frame import Command, Number, shared
from .stores import database_option
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.web.desk import Desk
    from onecity.web.settings import Settings

_LAST_PORT = 65535
_TRIED = 20
_HEADERS_BYTES = 32_768
_AT_ONCE = 400
"""Connections at once; more are told to come again."""
_GRACE_SECONDS = 5


class Port(Number):
    """A number of a port."""

    def __init__(self) -> None:
        super().__init__(1, _LAST_PORT)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        number = super().convert(value, param, ctx)
        if number != int(number):
            raise InputError(
                "cli.not_a_number", name="--port", given=value, low=self.low, high=self.high
            )
        return int(number)


def service_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of every service."""
    for option in (
        click.option("--open", "open_", is_flag=True),
        click.option("--provider", type=click.Path(path_type=Path), metavar="FILE.toml"),
        click.option("--name", "name", multiple=True, metavar="NAME"),
        click.option("--login", is_flag=True),
        click.option("--port", type=Port(), default=8765, metavar="NUMBER"),
        click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS"),
    ):
        command = option(command)
    return command


@click.command("serve", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--work", type=click.Path(path_type=Path), metavar="FOLDER")
@database_option
@service_options
@shared
@click.pass_obj
def serve(  # noqa: PLR0913, PLR0917  (one for each option)
    terminal: Terminal,
    region: Path,
    host: str,
    port: int,
    work: Path | None,
    database: str | None,
    login: bool,  # noqa: FBT001
    name: tuple[str, ...],
    provider: Path | None,
    open_: bool,  # noqa: FBT001
) -> None:
    """Serve the map of a region, and the ledger, until the user ends it."""
    from onecity.web.settings import Settings

    settings = Settings.for_region(
        region, work=work, host=host, port=port, login=login, names=name, database=database
    )
    run_service(terminal, with_provider(settings, provider), open_=open_)


def with_provider(settings: "Settings", provider: Path | None) -> "Settings":
    """Return settings with who lets people in besides passwords; logins are needed then."""
    if provider is None:
        return settings
    from onecity.web.oidc import Provider

    return replace(settings, provider=Provider.read(provider), login=True)


def run_service(terminal: Terminal, settings: "Settings", *, open_: bool) -> None:
    """Serve until the user ends it; say when and where answers can be had."""
    import logging

    from onecity.web.app import create_app

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    app = create_app(settings)
    with _listening(settings.host, settings.port) as listener:
        address = _address(settings)

        def ready() -> None:
            _announce(terminal, settings, app.state.desk, address)
            if open_:
                webbrowser.open(address)

        _run(app, listener, ready, behind_proxy=settings.login)
    terminal.tell("cli.serve_ended")


def _run(
    app: object, listener: socket.socket, ready: Callable[[], None], *, behind_proxy: bool
) -> None:
    """Answer until the user ends it; `ready` is called when answers can be had.

    A proxy on this machine may say for whom it asks; nobody else is believed.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Says when it listens, not before."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=behind_proxy,
        forwarded_allow_ips="127.0.0.1",
        limit_concurrency=_AT_ONCE,
        h11_max_incomplete_event_size=_HEADERS_BYTES,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    with suppress(KeyboardInterrupt):  # this is how one ends it
        Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    InputError
        If the port is taken (another that is free is named) or may not be used, or the machine
        has no such address.
    """
    try:
        return _bound(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = _free_port(host, port)
            raise InputError("cli.port_taken", given=port, other=other) from error
        if error.errno == errno.EACCES:
            raise InputError("cli.port_forbidden", given=port) from error
        raise InputError("cli.no_such_host", given=host, reason=error.strerror or error) from error


def _bound(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.create_server((bare, port), family=family, backlog=512)
    # Else the second packet of an answer waits 40 ms until the first one is acknowledged; what is
    # accepted takes it over.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _free_port(host: str, taken: int) -> int:
    """Return a free port, near the one that is taken if there is one."""
    for port in range(taken + 1, min(taken + _TRIED, _LAST_PORT) + 1):
        try:
            with _bound(host, port):
                return port
        except OSError:
            continue
    with _bound(host, 0) as listener:
        return int(listener.getsockname()[1])


def _address(settings: "Settings") -> str:
    """Return what to type into a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{host}:{settings.port}/"


def _announce(terminal: Terminal, settings: "Settings", desk: "Desk", address: str) -> None:
    """Say in both languages where the map is and who may change what."""
    region = None if settings.region is None else desk.region
    if terminal.json:
        terminal.emit(
            {
                "command": "serve",
                "address": address,
                "login": settings.login,
                "work": str(settings.work),
                "hash": None if region is None else region.hash,
            }
        )
        sys.stdout.flush()
        return
    keys = ["cli_ledger.serve_at" if region is None else "cli.serve_at"]
    if desk.has_hall:
        keys = ["cli_hall_node.serve_at"]
    if settings.login:
        has_accounts = bool(desk.office.accounts.all())
        if desk.has_hall:
            keys += [] if has_accounts else ["cli_hall_node.serve_no_accounts"]
        else:
            keys.append("cli.serve_login" if has_accounts else "cli.serve_no_accounts")
        keys.append("cli.serve_plain")
    keys.append("cli.serve_end")
    title: object = "" if region is None else region.manifest
    if desk.has_hall:
        title = desk.hall.config.title
    elif region is None:
        title = desk.ledger.settings.title or Sentence("cli_ledger.serve_title")
    values = {"title": title, "address": address, "work": settings.work}
    for language in LANGUAGES:
        for key in keys:
            terminal.answer(say(key, language, **values))
    sys.stdout.flush()


def serve_command(region: Path) -> str:
    """Return what to type to see a region on the map, from where the user is."""
    program = "onecity" if shutil.which("onecity") else sys.argv[0]
    return shlex.join([program, "serve", str(region)])
