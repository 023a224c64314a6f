"""``onecity hall serve``: a node of the shared services in the browser, and for other nodes."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.words import LANGUAGES, say

from .frame import Command, shared
from .hall_node import FOLDER, opened
from .serve import Port, run_service, with_provider
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.node.node import Node


@click.command("serve", cls=Command)
@FOLDER
@click.option("--region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--host", metavar="ADDRESS")
@click.option("--port", type=Port(), metavar="NUMBER")
@click.option("--name", "name", multiple=True, metavar="NAME")
@click.option("--provider", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option("--open", "open_", is_flag=True)
@shared
@click.pass_obj
def serve(
    terminal: Terminal,
    folder: Path,
    region: Path | None,
    host: str | None,
    port: int | None,
    name: tuple[str, ...],
    provider: Path | None,
    open_: bool,  # noqa: FBT001
) -> None:
    """Run a node until the user ends it: its pages, and its exchange with other nodes."""
    from onecity.web.settings import Settings

    with opened(folder) as known:  # what is not fit is told here, before anything listens
        _warn(terminal, known)
    settings = Settings.for_hall(folder, region=region, host=host, port=port, names=name)
    run_service(terminal, with_provider(settings, provider), open_=open_)


def _warn(terminal: Terminal, known: "Node") -> None:
    """Say in both languages what a node can run with, but not do its work."""
    from onecity.hall.node.node import KEYS, TRUST
    from onecity.hall.wire.trust import Age

    told: list[tuple[str, dict[str, object]]] = []
    if known.code not in known.trust:
        told.append(
            ("cli_hall_node.self_not_listed", {"code": known.code, "path": known.folder / TRUST})
        )
    age = known.trust.age(known.office.clock())
    if age is not Age.GOOD and known.trust.until is not None:
        day = known.trust.until.date().isoformat()
        told.append((f"cli_hall_node.trust_{age.value}", {"day": day}))
    if not known.editions.catalogue(known.today()).items:
        told.append(("cli_hall_node.no_catalogue", {"folder": known.folder}))
    keys = known.folder / KEYS
    # Windows has no such bits.
    if os.name == "posix" and any(one.stat().st_mode & 0o077 for one in keys.iterdir()):
        told.append(("cli_hall_node.keys_readable", {"path": keys}))
    for language in LANGUAGES:
        for key, values in told:
            terminal.err.print(say(key, language, **values), markup=False, highlight=False)
