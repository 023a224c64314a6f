"""``onecity hall node resume``, ``onecity hall revoke``: what a person settles at a node."""

from pathlib import Path

import click

from onecity.core.errors import InputError, StoreError

from .frame import Command, shared
from .hall_node import FOLDER, opened
from .terminal import Terminal


@click.command("resume", cls=Command)
@FOLDER
@shared
@click.pass_obj
def resume(terminal: Terminal, folder: Path) -> None:
    """Let lines go on whose numbers were given out twice after a backup."""
    from httpx import HTTPError

    from onecity.identity import Actor, console_address

    with opened(folder) as node:
        from onecity.hall.node.mail import resuming

        try:
            done = resuming.resume(node, by=Actor.console(), address=console_address())
        except HTTPError as error:
            raise StoreError("cli_hall_node.not_reached", reason=error) from error
    if terminal.json:
        rows = [
            {
                "peer": one.peer,
                "case": one.case,
                "lost": [one.first, one.last],
                "messages": one.messages,
            }
            for one in done
        ]
        terminal.emit({"command": "hall node resume", "lines": rows})
        return
    for one in done:
        terminal.answer(
            terminal.say(
                "cli_hall_node.resumed",
                peer=one.peer,
                case=one.case,
                first=one.first,
                last=one.last,
                messages=one.messages,
            )
        )
    terminal.tell("cli_hall_node.resumed_all", count=len(done))


@click.command("revoke", cls=Command)
@FOLDER
@click.argument("number", metavar="NUMBER")
@click.option("--reason", required=True, metavar="TEXT")
@shared
@click.pass_obj
def revoke(terminal: Terminal, folder: Path, number: str, reason: str) -> None:
    """Let the documents that a case granted be given to nobody any more."""
    from onecity.identity import Actor, console_address

    if not reason.strip():
        raise InputError("cli_hall_node.no_reason")
    with opened(folder) as node:
        from onecity.hall.node.broker.ending import revoke_numbered

        done = revoke_numbered(
            node, number, reason=reason, by=Actor.console(), address=console_address()
        )
    if terminal.json:
        terminal.emit({"command": "hall revoke", "number": number, "revoked": done})
        return
    terminal.answer(terminal.say("cli_hall_node.revoked", number=number, count=done))
