"""``onecity hall hold``: a register that a department keeps, brought in as what it holds."""

from pathlib import Path

import click

from onecity.core.extras import needing

from .frame import Command, shared
from .hall_node import FOLDER
from .terminal import Terminal

FILE = click.argument("table", type=click.Path(path_type=Path), metavar="FILE.csv")


@click.command("hold", cls=Command)
@FOLDER
@FILE
@click.option("--document", required=True, metavar="CODE")
@click.option("--issuer", required=True, metavar="CODE")
@click.option("--register", default="", metavar="NAME")
@shared
@click.pass_obj
def hold(
    terminal: Terminal, folder: Path, table: Path, document: str, issuer: str, register: str
) -> None:
    """Bring in what a department holds, in place of what its register held before."""
    with needing("hall"):
        from onecity.hall.node.broker.registers import bring
        from onecity.hall.node.node import Node
    from onecity.identity import Actor, console_address

    with Node.open(folder) as node, terminal.progress() as progress:
        done = bring(
            node,
            table,
            document=document,
            department=issuer,
            by=Actor.console(),
            register=register,
            address=console_address(),
            progress=progress,
        )
    if terminal.json:
        terminal.emit(
            {
                "command": "hall hold",
                "register": done.register,
                "kept": done.kept,
                "revoked": done.revoked,
            }
        )
        return
    terminal.answer(
        terminal.say(
            "cli_hall_node.held", register=done.register, kept=done.kept, revoked=done.revoked
        )
    )
