"""Where a command finds the store of a service: its work folder, a file, or a database."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from onecity.identity import Office, Rules
    from onecity.identity.parts import Part

VARIABLE = "ONECITY_DATABASE"
"""Names the database where an address with a password is not to stand in a command."""
_ENDINGS = {".sqlite", ".sqlite3", ".db"}

database_option = click.option("--database", envvar=VARIABLE, metavar="FILE|URL")


def store_at(given: str, database: str | None) -> str:
    """Return the path or address of the store that a command means.

    A file or an address is taken as it is. A folder is that of a service, whose store is the
    `database` it was told, or lies in the folder.
    """
    from onecity.identity import FILE

    path = Path(given)
    if "://" in given or path.is_file() or path.suffix.lower() in _ENDINGS:
        return given
    return database or str(path / FILE)


def with_store(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument and the option that say where the store is, as `store`."""

    @functools.wraps(command)
    def run(*args: Any, work: str, database: str | None, **kwargs: Any) -> Any:
        return command(*args, store=store_at(work, database), **kwargs)

    return click.argument("work", metavar="FOLDER|FILE|URL")(database_option(run))


def rules() -> "Rules":
    """Return what each role may do, in the map, the ledger and the shared services."""
    from onecity.hall.node.rights import RULES_OF as AT_HALL
    from onecity.identity import BASIC
    from onecity.programme.ledger.store import RULES_OF

    return AT_HALL(RULES_OF(BASIC))


def known_parts() -> "tuple[Part, ...]":
    """Return what stores may hold besides accounts and the trail."""
    from onecity.hall.node.schema import HALL
    from onecity.programme.ledger.store import LEDGER

    return (LEDGER, HALL)


def opened(store: str, *, create: bool = False) -> "Office":
    """Open a store.

    Raises
    ------
    MissingError
        There is none and it is not to be made.
    """
    from onecity.identity import Office

    return Office.open(store, rules=rules(), create=create)
