"""A store in a PostgreSQL database of its own, for an office with a server.

Writers queue up under one lock of the server, as they do on a SQLite file, and readers see one
snapshot. An acknowledged write is on the server's disk.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import psycopg
from psycopg import errors
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from onecity.core.errors import InputError, MissingError, OneCityError, StoreError

from . import kinds
from .kinds import WRITER_LOCK

_CONNECT_S = 10
_KEPT, _MOST = 5, 40
"""Connections kept open, and how many there ever are at once."""
_OURS = "alembic\\_%"


class Postgresql:
    """The database of a store."""

    dialect: Literal["sqlite", "postgresql"] = "postgresql"

    def __init__(self, url: URL) -> None:
        self._url = url
        shown = url.set(drivername="postgresql", password=None, query={})
        host = url.query.get("host")
        if host:  # a socket
            shown = shown.set(query={"host": host})
        self.place = shown.render_as_string()

    def prepare(self, *, create: bool) -> None:
        """Do nothing: the database itself is made by whoever runs the server."""

    def engine(self) -> Engine:
        """Return what connects; a connection that the server dropped is replaced unnoticed."""
        made = create_engine(
            self._url,
            connect_args={"connect_timeout": _CONNECT_S, "application_name": "onecity"},
            pool_size=_KEPT,
            max_overflow=_MOST - _KEPT,
            pool_timeout=kinds.PATIENCE_S,
            pool_pre_ping=True,
            pool_use_lifo=True,
            hide_parameters=True,
        )

        def settle(connection: "psycopg.Connection[Any]", _: object) -> None:
            milliseconds = round(kinds.PATIENCE_S * 1000)
            connection.execute("SELECT set_config('lock_timeout', %s, false)", [str(milliseconds)])
            # What is acknowledged is on the disk, whatever the server is set to.
            connection.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
            connection.commit()

        event.listen(made, "connect", settle)
        return made

    def claim(self, connection: Connection, *, create: bool) -> None:
        """Do nothing if the database is ours or empty, and can hold every text."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreError("identity.store_encoding", path=self.place, given=encoding)
        ours, filled = connection.execute(
            text(
                "SELECT count(*) FILTER (WHERE c.relname LIKE :ours), count(*) FROM pg_class c"
                " WHERE c.relnamespace = current_schema()::regnamespace"
                " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS"
                " (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
            ),
            {"ours": _OURS},
        ).one()
        connection.rollback()
        if filled and not ours:
            raise StoreError("identity.store_of_another", path=self.place)
        if not filled and not create:
            raise MissingError("identity.no_store", path=self.place)

    def adopt(self, connection: Connection) -> bool:  # noqa: ARG002
        """Return that Alembic knows every table: it always was there."""
        return False

    def mark(self, connection: Connection) -> None:
        """Do nothing: the tables of versions mark the database."""

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction; a writer waits for the one before."""
        if write:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
        else:
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    def commit(self, connection: Connection) -> None:
        """End it."""
        connection.commit()

    def any_text(self, connection: Connection) -> AbstractContextManager[None]:  # noqa: ARG002
        """Do nothing: here every text is one."""
        return nullcontext()

    def told(self, error: DBAPIError) -> OneCityError | None:
        """Return what is wrong with the server or the database."""
        cause = error.orig
        if isinstance(cause, psycopg.DataError) and "NUL" in str(cause):
            return InputError("identity.unprintable", name="text")
        if isinstance(cause, psycopg.IntegrityError | psycopg.DataError):
            return None
        if isinstance(cause, errors.LockNotAvailable):
            return StoreError("identity.store_busy", path=self.place, seconds=kinds.PATIENCE_S)
        reason = " ".join(str(cause).split())
        return StoreError("identity.store_failed", path=self.place, reason=reason)
