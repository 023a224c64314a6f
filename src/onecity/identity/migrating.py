"""Bringing the tables of a store to a version: each part has its own line of Alembic revisions."""

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from onecity.core.errors import StoreError

from .parts import Part

_ALONE = threading.Lock()
"""Alembic keeps the migration that is under way in a module: one at a time in a process."""


def revisions(part: Part) -> tuple[str, ...]:
    """Return the revisions of a part that this program knows, oldest first."""
    return _lines(part.migrations)[1]


@cache
def _lines(package: str) -> tuple[ScriptDirectory, tuple[str, ...]]:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(package)
    folder = Path(next(iter(found.submodule_search_locations)))
    script = ScriptDirectory(folder, version_locations=[folder])
    known = tuple(one.revision for one in script.walk_revisions())
    return script, known[::-1]


def versions(connection: Connection) -> Mapping[str, str]:
    """Return the revision of every part that a store holds, by the part's name."""
    tables = inspect(connection).get_table_names()
    found = {}
    for table in tables:
        if table.startswith("alembic_"):
            query = text(f"SELECT version_num FROM {table}")  # noqa: S608  (a name of the store)
            for (revision,) in connection.execute(query):
                found[table.removeprefix("alembic_")] = str(revision)
    return found


def is_newest(connection: Connection, parts: Sequence[Part]) -> bool:
    """Whether every part has the newest version that this program knows."""
    held = versions(connection)
    return all(held.get(part.name) == revisions(part)[-1] for part in parts)


def check_known(held: Mapping[str, str], parts: Sequence[Part], place: str) -> None:
    """Do nothing if this program knows the versions that something holds.

    Raises
    ------
    StoreError
        One was written by a newer program.
    """
    for part in parts:
        given, known = held.get(part.name), revisions(part)
        if given is not None and given not in known:
            raise StoreError(
                "identity.store_newer", path=place, given=f"{part.name} {given}", known=known[-1]
            )


def migrate(
    connection: Connection, parts: Sequence[Part], to: Mapping[str, str] | None = None
) -> None:
    """Bring parts to their newest versions, or those of `to`, within the caller's transaction.

    A part that is not in `to` is left alone.
    """
    with _ALONE:
        held = versions(connection)
        for part in parts:
            script, known = _lines(part.migrations)
            goal = known[-1] if to is None else to.get(part.name)
            if goal is None or goal == held.get(part.name):
                continue
            context = MigrationContext.configure(
                connection,
                opts={
                    "version_table": part.version_table,
                    "fn": lambda given, _, script=script, goal=goal: script._upgrade_revs(  # noqa: SLF001
                        goal, given
                    ),
                },
            )
            with Operations.context(context):
                context.run_migrations()


def stamp_first(connection: Connection, part: Part) -> None:
    """Note that the tables of a part's first version are there: a file of before Alembic."""
    script, known = _lines(part.migrations)
    context = MigrationContext.configure(connection, opts={"version_table": part.version_table})
    with _ALONE:
        context.stamp(script, known[0])
