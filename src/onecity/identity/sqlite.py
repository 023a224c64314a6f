"""A store in one SQLite file: safe with many threads and several processes, and after a crash.

Write-ahead log, foreign keys, every acknowledged write on the disk (`synchronous=FULL`: a
power cut loses nothing that was acknowledged, and neither does a killed process).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Literal, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from onecity.core.errors import MissingError, OneCityError, StoreError

from . import kinds
from .kinds import WRITER_LOCK as APPLICATION

_PAUSE_S = 0.01
SETTINGS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "journal_size_limit = 16777216",
    # Rows that `REPLACE` removes fire triggers too.
    "recursive_triggers = ON",
    # A file from elsewhere cannot make its views and triggers call functions.
    "trusted_schema = OFF",
)
"""What holds on every connection."""
_BEFORE_ALEMBIC, _WITH_ALEMBIC = 1, 2
"""`user_version` of files of the first version, and of those whose versions stand in tables."""


class Sqlite:
    """The file of a store."""

    dialect: Literal["sqlite", "postgresql"] = "sqlite"

    def __init__(self, file: Path) -> None:
        self.file, self.place = file, str(file)

    def prepare(self, *, create: bool) -> None:
        """Make the file and its folder, readable by the owner alone."""
        if not create and not self.file.is_file():
            raise MissingError("identity.no_store", path=self.place)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # Made here, not by SQLite: the log beside it takes over the same permissions.
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("identity.store_failed", path=self.place, reason=reason) from error

    def engine(self) -> Engine:
        """Return what connects, and keeps as many connections as were ever needed at once."""
        made = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(
                self.file,
                timeout=kinds.PATIENCE_S,
                isolation_level=None,
                check_same_thread=False,
            ),
            poolclass=QueuePool,
            pool_size=0,
            pool_use_lifo=True,
            hide_parameters=True,
        )

        def settle(connection: sqlite3.Connection, _: object) -> None:
            for setting in SETTINGS:
                connection.execute(f"PRAGMA {setting}")

        event.listen(made, "connect", settle)
        return made

    def claim(self, connection: Connection, *, create: bool) -> None:  # noqa: ARG002
        """Do nothing if the file is ours or empty, and turn its write-ahead log on."""
        connection.exec_driver_sql("BEGIN")  # another process may be making it meanwhile
        owner = _number(connection, "application_id")
        version = _number(connection, "user_version")
        query = "SELECT count(*) FROM sqlite_master"
        filled = connection.exec_driver_sql(query).scalar_one()
        connection.rollback()
        if owner != APPLICATION and (owner or filled):
            raise StoreError("identity.store_of_another", path=self.place)
        if version > _WITH_ALEMBIC:
            raise StoreError(
                "identity.store_newer", path=self.place, given=version, known=_WITH_ALEMBIC
            )
        self._write_ahead(connection)

    def adopt(self, connection: Connection) -> bool:
        """Whether it is a file of the first version."""
        return _number(connection, "user_version") == _BEFORE_ALEMBIC

    def mark(self, connection: Connection) -> None:
        """Mark the file as ours; programs of before Alembic leave it alone from now on."""
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
        connection.exec_driver_sql(f"PRAGMA user_version = {_WITH_ALEMBIC}")

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction."""
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def commit(self, connection: Connection) -> None:
        """End it; a transaction that a full disk undid does not pass for one that was kept."""
        connection.exec_driver_sql("COMMIT")
        connection.commit()

    @contextmanager
    def any_text(self, connection: Connection) -> Iterator[None]:
        """Let even what is no text be read."""
        raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        raw.text_factory = _any_text
        try:
            yield
        finally:
            raw.text_factory = str

    def told(self, error: DBAPIError) -> OneCityError | None:
        """Return what is wrong with the file."""
        if type(error.orig) not in {sqlite3.DatabaseError, sqlite3.OperationalError}:
            return None
        if "locked" in str(error.orig):
            return StoreError("identity.store_busy", path=self.place, seconds=kinds.PATIENCE_S)
        return StoreError("identity.store_failed", path=self.place, reason=error.orig)

    def _write_ahead(self, connection: Connection) -> None:
        """Turn the log on; where the file system cannot, SQLite keeps its old way."""
        end = monotonic() + kinds.PATIENCE_S
        while connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() != "wal":
            try:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            except OperationalError as error:
                # Another process is doing the same: SQLite does not wait here by itself.
                if "locked" not in str(error.orig) or monotonic() > end:
                    raise
                sleep(_PAUSE_S)
            else:
                return


def _number(connection: Connection, pragma: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())


def _any_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
