"""``onecity backup`` and ``onecity restore``: the store of a service in one file, and back."""

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError

from .frame import Command, shared
from .stores import database_option, known_parts, store_at, with_store
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.identity.archive import Manifest
    from onecity.identity.parts import Part

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

    if archive.suffix.lower() != _ENDING:
        raise InputError("cli.unknown_ending", path=archive, known=_ENDING)
    database = Database.open(store, parts=(IDENTITY, *_held(store)), create=False)
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
    from onecity.identity.archive import reading

    store = store_at(work, database)
    with reading(archive) as read:
        parts = _named(read.manifest.parts)
    made = backups.restore(archive, store, parts, address=console_address())
    _answer(terminal, "restore", archive, made)
    terminal.tell("cli.restore_made", path=archive, made=made.made, count=made.rows)


def _held(store: str) -> "tuple[Part, ...]":
    """Return what a store holds besides accounts and the trail; nothing new is made in it."""
    from onecity.identity.database import Database
    from onecity.identity.migrating import versions
    from onecity.identity.schema import IDENTITY

    database = Database.open(store, parts=(IDENTITY,), create=False)
    try:
        with database.reading() as connection:
            return _named(versions(connection))
    finally:
        database.close()


def _named(names: Container[str]) -> "tuple[Part, ...]":
    return tuple(one for one in known_parts() if one.name in names)


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
