"""Backups: a store in one file, and a new store from it, in either kind of database."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import LargeBinary, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from onecity import __version__
from onecity.core.errors import InputError, OneCityError, StoreError

from . import archive
from .actors import Actor
from .archive import Manifest, Reading
from .chain import Anchor
from .clock import Clock, stamp, utc_now
from .database import Database
from .kinds import Kind
from .loading import fill, is_consistent, tables, unguarded
from .migrating import check_known, migrate, versions
from .parts import Part
from .places import kind_of
from .schema import HEAD, IDENTITY
from .sqlite import Sqlite
from .trail import Note, Trail

_AT_ONCE = 500


def backup(database: Database, path: str | os.PathLike[str], *, clock: Clock = utc_now) -> Manifest:
    """Write a store to a file: one state of it, while others go on writing.

    Parameters
    ----------
    database
        The store, opened with every part that it holds.
    path
        The file, a ZIP. It holds what the store holds, hashes of passwords too.
    clock
        Tells the time.

    Raises
    ------
    StoreError
        The file cannot be written or the store not read, or the store holds a part that it was
        not opened with.
    """
    with database.reading() as connection:
        held = versions(connection)
        unknown = held.keys() - {part.name for part in database.parts}
        if unknown:
            raise StoreError(
                "identity.backup_part", path=database.place, part=", ".join(sorted(unknown))
            )
        with archive.writing(Path(path)) as made:
            for part in database.parts:
                for table in part.metadata.tables.values():
                    query = select(table).order_by(*table.primary_key.columns)
                    large = any(isinstance(one.type, LargeBinary) for one in table.columns)
                    options = {"yield_per": 1 if large else _AT_ONCE}
                    with connection.execute(query, execution_options=options) as rows:
                        made.table(table.name, (dict(row) for row in rows.mappings()))
            manifest = Manifest(
                made=stamp(clock()),
                program=__version__,
                parts=dict(held),
                trail=str(Anchor(*connection.execute(select(HEAD.c.id, HEAD.c.hash)).one())),
                tables=made.tables,
            )
            made.finish(manifest)
    return manifest


def restore(
    path: str | os.PathLike[str],
    where: str | os.PathLike[str],
    parts: Sequence[Part] = (),
    *,
    by: Actor | None = None,
    address: str = "",
    clock: Clock = utc_now,
) -> Manifest:
    """Make a store of what a backup holds, and bring it to the newest version.

    Either all of it is there at the end, checked, with an entry in the trail that tells of it, or
    nothing.

    Parameters
    ----------
    path
        The file of the backup.
    where
        A file that does not exist yet, or an empty PostgreSQL database.
    parts
        What later floors keep in stores, as for `Office.open`.
    by, address
        Whom the trail names; the console by default.
    clock
        Tells the time.

    Raises
    ------
    MissingError
        There is no such backup.
    InputError
        It is damaged or no backup: the sentence says where.
    StoreError
        The backup is of a newer version or holds a part that is unknown, there is something at
        `where`, or it cannot be written.
    """
    file = Path(path)
    known = (IDENTITY, *parts)
    with archive.reading(file) as read:
        held = read.manifest.parts
        check_known(held, known, str(file))
        unknown = held.keys() - {part.name for part in known}
        if unknown or IDENTITY.name not in held:
            part = ", ".join(sorted(unknown or {IDENTITY.name}))
            raise StoreError("identity.backup_part", path=str(file), part=part)
        with _new(where) as kind:
            database = Database(kind, known)
            try:
                with database.writing():
                    _load(database, file, read)
                    entry = {"made": read.manifest.made, "trail": read.manifest.trail}
                    note = Note("store.restored", "store", file.name[:300], after=entry)
                    note.address = address
                    Trail(database, clock).append(by or Actor.console(), note)
            finally:
                database.close()
        return read.manifest


def _load(database: Database, file: Path, read: Reading) -> None:
    """Make the tables as they were, fill them, and bring them up to date."""
    manifest = read.manifest
    with database.writing() as connection:
        migrate(connection, database.parts, manifest.parts)
        database.kind.mark(connection)
        made = tables(connection)
        if made.keys() != manifest.tables.keys():
            raise archive.damaged(file, ", ".join(sorted(made.keys() ^ manifest.tables.keys())))
        name = ""
        try:
            with unguarded(connection):
                for name, table in made.items():
                    fill(connection, table, read.lines(name))
                name = "references"
        except KeyError as error:
            raise archive.damaged(file, f"{name}: {', '.join(map(str, error.args))}") from error
        except DBAPIError as error:
            if database.kind.told(error) is not None:
                raise
            raise archive.damaged(file, f"{name}: {error.orig}") from error
        except SQLAlchemyError as error:
            raise archive.damaged(file, name) from error
        if not is_consistent(connection):
            raise archive.damaged(file, "references")
        migrate(connection, database.parts)
        verdict = Trail(database, utc_now).verify()
    if verdict.broken is not None:
        raise InputError("identity.backup_trail", path=str(file), reason=verdict.broken.sentence)
    if str(verdict.head) != manifest.trail or not verdict.guarded:
        raise archive.damaged(file, "trail")


@contextmanager
def _new(where: str | os.PathLike[str]) -> Iterator[Kind]:
    """Give the place of a new store; a file appears there at the end, or not at all."""
    kind = kind_of(where)
    if not isinstance(kind, Sqlite):
        _check_empty(kind)
        yield kind
        return
    final = kind.file
    # A log that was left behind would be played into the new file.
    for one in _with_logs(final):
        if one.exists() or one.is_symlink():
            raise StoreError("identity.restore_filled", path=str(one))
    draft = Sqlite(final.with_name(f".{final.name}.{os.getpid()}-{secrets.token_hex(4)}"))
    try:
        draft.prepare(create=True)
        yield draft
        try:
            # Unlike a rename, this never takes the place of a file that came meanwhile.
            os.link(draft.file, final)
        except FileExistsError as error:
            raise StoreError("identity.restore_filled", path=kind.place) from error
        except OSError:
            draft.file.rename(final)
    except OneCityError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise StoreError("identity.store_failed", path=kind.place, reason=reason) from error
    finally:
        for one in _with_logs(draft.file):
            with suppress(OSError):
                one.unlink(missing_ok=True)


def _with_logs(file: Path) -> tuple[Path, ...]:
    """Return a file of SQLite and those that it may have beside it."""
    return tuple(Path(f"{file}{ending}") for ending in ("", "-wal", "-shm", "-journal"))


def _check_empty(kind: Kind) -> None:
    """Do nothing if a database holds no tables yet."""
    database = Database(kind, ())
    try:
        with database.reading() as connection:
            kind.claim(connection, create=True)
        with database.reading() as connection:
            if versions(connection) or tables(connection):
                raise StoreError("identity.restore_filled", path=kind.place)
    finally:
        database.close()
