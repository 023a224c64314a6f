"""``onecity backup`` and ``onecity restore``: the store of a service in one file, and back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError

from .frame import Command, shared
from .stores import database_option, store_at, with_store
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.identity.archive import Manifest

_ENDING = ".zip"
_FILE = click.argument("archive", type=click.Path(path_type=Path), metavar="FILE.zip")


@click.command("backup", cls=Command)
@with_store
@_FILE
@shared
@click.pass_obj
def backup(terminal: Terminal, store: str, archive: Path) -> None:
    """Write accounts, trail and ledger to one file, while the service runs."""
    from onecity.identity import backup as backups
    from onecity.identity.database import Database
    from onecity.identity.schema import IDENTITY
    from onecity.programme.ledger.store import LEDGER

    if archive.suffix.lower() != _ENDING:
        raise InputError("cli.unknown_ending", path=archive, known=_ENDING)
    database = Database.open(store, parts=(IDENTITY, LEDGER), create=False)
    try:
        made = backups.backup(database, archive)
    finally:
        database.close()
    _answer(terminal, "backup", archive, made)
    terminal.tell("cli.backup_made", path=archive, count=made.rows, anchor=made.trail)


@click.command("restore", cls=Command)
@_FILE
@click.argument("work", metavar="FOLDER|FILE|URL")
@database_option
@shared
@click.pass_obj
def restore(terminal: Terminal, archive: Path, work: str, database: str | None) -> None:
    """Make a new store of a backup."""
    from onecity.identity import backup as backups
    from onecity.identity import console_address
    from onecity.programme.ledger.store import LEDGER

    store = store_at(work, database)
    made = backups.restore(archive, store, (LEDGER,), address=console_address())
    _answer(terminal, "restore", archive, made)
    terminal.tell("cli.restore_made", path=archive, made=made.made, count=made.rows)


def _answer(terminal: Terminal, command: str, archive: Path, made: "Manifest") -> None:
    if terminal.json:
        terminal.emit(
            {
                "command": command,
                "file": str(archive),
                "made": made.made,
                "rows": made.rows,
                "parts": dict(made.parts),
                "anchor": made.trail,
            }
        )
