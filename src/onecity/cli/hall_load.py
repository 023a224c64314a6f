"""``onecity hall load``: bring the cases of an older system into a node."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.extras import needing

from .exits import Exit
from .frame import Command, shared
from .hall_node import opened
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.node.loading import FaultsError


@click.command("load", cls=Command)
@click.argument("node", type=click.Path(path_type=Path), metavar="NODE")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--check", is_flag=True)
@shared
@click.pass_context
def load(ctx: click.Context, node: Path, file: Path, check: bool) -> None:  # noqa: FBT001
    """Bring cases of an older system into a node, from CSV or Parquet."""
    with needing("hall"):
        from onecity.hall.node.loading import FaultsError as FoundError
        from onecity.hall.node.loading import load_file
    from onecity.identity import Actor, console_address

    terminal: Terminal = ctx.obj
    try:
        with opened(node) as known, terminal.progress() as progress:
            found = load_file(
                known,
                file,
                by=Actor.console(),
                address=console_address(),
                check_only=check,
                progress=progress,
            )
    except FoundError as error:
        _tell(terminal, file, error)
        ctx.exit(Exit.FAULTS)
    counts = {"rows": found.rows, "written": found.written, "known": found.known}
    if terminal.json:
        answer = {"command": "hall load", "file": str(file), "sound": True, "key": found.key}
        terminal.emit({**answer, **counts, "faults": []})
    terminal.tell("cli_hall.load_checked" if check else "cli_hall.loaded", **counts)


def _tell(terminal: Terminal, file: Path, error: "FaultsError") -> None:
    if terminal.json:
        faults = [
            {
                "row": one.row,
                "column": one.column,
                "key": one.why.key,
                "zh": one.why.text("zh"),
                "en": one.why.text("en"),
            }
            for one in error.faults
        ]
        answer = {"command": "hall load", "file": str(file), "sound": False}
        terminal.emit({**answer, "written": 0, "faults": faults})
        return
    for one in error.faults:
        terminal.answer(one.text(terminal.language))
    terminal.answer(terminal.say("cli_hall.not_loaded", count=len(error.faults)))
