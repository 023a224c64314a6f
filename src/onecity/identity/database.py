"""The store's database: transactions and connections, the same in SQLite and PostgreSQL.

Nothing here knows what the tables mean.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from onecity.core.errors import StoreError

from . import kinds
from .kinds import Kind
from .migrating import check_known, is_newest, migrate, stamp_first, versions
from .parts import Part
from .places import kind_of


class Database:
    """A pool of connections to one database. Made by `open`.

    A connection is used by one thread at a time and kept for the next. After a fork the
    child opens its own: connections do not survive one.
    """

    def __init__(self, kind: Kind, parts: Sequence[Part]) -> None:
        self.kind, self.parts = kind, tuple(parts)
        self.engine = kind.engine()
        self._writer = threading.Lock()
        self._mine = threading.local()
        self._process = os.getpid()
        self._left_to_parent: list[object] = []
        self._closed = False

    @classmethod
    def open(
        cls, where: str | os.PathLike[str], *, parts: Sequence[Part], create: bool = True
    ) -> "Database":
        """Open a store, make it where it is missing, and bring it to the newest version.

        Parameters
        ----------
        where
            Path of a SQLite file; its folder is made too, and a new file is readable by its owner
            alone. Or the URL of a PostgreSQL database, ``postgresql://user@host/name``, which
            must be there.
        parts
            What the store holds.
        create
            Whether a missing store is made.

        Raises
        ------
        InputError
            `where` names no database of a kind that is known.
        MissingError
            There is no such store and none is to be made.
        StoreError
            It cannot be opened, is of another program, or of a newer version.
        """
        kind = kind_of(where)
        kind.prepare(create=create)
        made = cls(kind, parts)
        try:
            with made._lent() as connection:
                kind.claim(connection, create=create)
            made._migrate()
        except BaseException:
            made.close()
            raise
        return made

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        """The kind of database."""
        return self.kind.dialect

    @property
    def place(self) -> str:
        """Where it is, for messages: never with a password."""
        return self.kind.place

    def close(self) -> None:
        """Close every idle connection; nothing can be read or written afterwards."""
        self._closed = True
        self.engine.dispose(close=self._process == os.getpid())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the store; inside `writing`, its own.

        Raises
        ------
        StoreError
            The store is damaged, or cannot be read.
        """
        current: Connection | None = getattr(self._mine, "connection", None)
        if current is not None:
            yield current
            return
        with self._lent() as connection:
            self.kind.begin(connection, write=False)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose statements all take effect at the end, or none does.

        Inside another `writing` of the same thread, what is done here can be undone alone
        and takes effect with the outer one.

        Raises
        ------
        StoreError
            The store cannot be written: full disk, damaged, others do not let go of it, the
            server is gone.
        """
        current: Connection | None = getattr(self._mine, "connection", None)
        if current is not None:
            with _savepoint(current):
                yield current
            return
        self._note_fork()
        if not self._writer.acquire(timeout=kinds.PATIENCE_S):
            raise self._busy()
        try:
            with self._lent() as connection:
                self.kind.begin(connection, write=True)
                self._mine.connection = connection
                try:
                    yield connection
                    self.kind.commit(connection)
                finally:
                    self._mine.connection = None
        finally:
            self._writer.release()

    @contextmanager
    def joined(self) -> Iterator[Connection]:
        """Give the connection of the write that this thread has under way, or of a new one.

        Unlike an inner `writing`, what is done here cannot be undone alone; it costs nothing.
        """
        current: Connection | None = getattr(self._mine, "connection", None)
        if current is not None:
            yield current
            return
        with self.writing() as connection:
            yield connection

    def _migrate(self) -> None:
        """Bring every part to its newest version: all of it or nothing."""
        with self.reading() as connection:
            held = versions(connection)
            check_known(held, self.parts, self.place)
            if is_newest(connection, self.parts):
                return
        with self.writing() as connection:
            # Another process may have been quicker, and newer.
            held = versions(connection)
            check_known(held, self.parts, self.place)
            if self.kind.adopt(connection):
                stamp_first(connection, self.parts[0])
            migrate(connection, self.parts)
            self.kind.mark(connection)

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        """Lend a connection; what was not committed is undone at the end.

        One that met an error of the store is not used again.
        """
        self._note_fork()
        if self._closed:
            raise StoreError("identity.store_closed", path=self.place)
        try:
            connection = self.engine.connect()
        except PoolTimeout as error:
            raise self._busy() from error
        except DBAPIError as error:
            raise self._told(error) from error
        try:
            yield connection
        except DBAPIError as error:
            told = self.kind.told(error)
            if told is None:  # what the statements themselves did wrong is for the caller to mend
                raise
            if not connection.closed:
                connection.invalidate(error)
            raise told from error
        except PendingRollbackError as error:  # somebody went on after such an error
            raise StoreError("identity.store_lost", path=self.place) from error
        finally:
            connection.close()

    def _told(self, error: DBAPIError) -> Exception:
        failed = StoreError("identity.store_failed", path=self.place, reason=error.orig)
        return self.kind.told(error) or failed

    def _busy(self) -> StoreError:
        return StoreError("identity.store_busy", path=self.place, seconds=kinds.PATIENCE_S)

    def _note_fork(self) -> None:
        """Start anew in a child process: locks may be held there by threads it does not have."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._writer = threading.Lock()
            # Kept, because closing them here would take the parent's locks on a file away, or
            # end its talk with the server.
            self._left_to_parent.append(self.engine.pool)
            self.engine.dispose(close=False)


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    inner = connection.begin_nested()
    try:
        yield
    except BaseException:
        with suppress(SQLAlchemyError):  # all of it may have been rolled back already
            inner.rollback()
        raise
    inner.commit()
