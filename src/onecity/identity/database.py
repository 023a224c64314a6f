"""One SQLite file: safe with many threads and several processes, and after a crash.

Write-ahead log, foreign keys, every acknowledged write on the disk (`synchronous=FULL`: a
power cut loses nothing that was acknowledged, and neither does a killed process). Nothing
here knows what the tables mean.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from onecity.core.errors import MissingError, StoreError

Migration = Sequence[str | Callable[[sqlite3.Connection], object]]
"""The statements, and what else is done, that take a file from one version to the next."""

PATIENCE_S = 30.0
"""How long a write waits for those of other threads and processes."""
_PAUSE_S = 0.01
_SETTINGS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "journal_size_limit = 16777216",
    # Rows that `REPLACE` removes fire triggers too.
    "recursive_triggers = ON",
    # A file from elsewhere cannot make its views and triggers call functions.
    "trusted_schema = OFF",
)
"""What holds on every connection."""


class Database:
    """A pool of connections to one file. Made by `open`.

    A connection is used by one thread at a time and kept for the next. After a fork the
    child opens its own: SQLite connections do not survive one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._pool = threading.Lock()
        self._writer = threading.Lock()
        self._mine = threading.local()
        self._process = os.getpid()
        self._left_to_parent: list[sqlite3.Connection] = []
        self._closed = False

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        application: int,
        migrations: Sequence[Migration],
        create: bool = True,
    ) -> "Database":
        """Open the file, make it where it is missing, and bring it to the newest version.

        Parameters
        ----------
        path
            The file; its folder is made too. A new file is readable by its owner alone.
        application
            Number that marks a file as ours (SQLite's `application_id`).
        migrations
            One for each version; the version of a file is how many it has seen.
        create
            Whether a missing file is made.

        Raises
        ------
        MissingError
            There is no such file and none is to be made.
        StoreError
            It cannot be opened, is of another program, or of a newer version.
        """
        file = Path(path)
        if not create and not file.is_file():
            raise MissingError("identity.no_store", path=str(file))
        made = cls(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # Made here, not by SQLite: the log beside it takes over the same permissions.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(made._connect()) as connection:
                _check_owner(connection, file, application)
                _write_ahead(connection)
                _migrate(connection, file, application, migrations)
        except StoreError:
            raise
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("identity.store_failed", path=str(file), reason=reason) from error
        except sqlite3.DatabaseError as error:
            raise StoreError("identity.store_failed", path=str(file), reason=error) from error
        return made

    def close(self) -> None:
        """Close every idle connection; nothing can be read or written afterwards."""
        with self._pool:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state of the file; inside `writing`, its own.

        Raises
        ------
        StoreError
            The file is damaged, or cannot be read.
        """
        current: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if current is not None:
            yield current
            return
        with self._lent() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose statements all take effect at the end, or none does.

        Inside another `writing` of the same thread, what is done here can be undone alone
        and takes effect with the outer one.

        Raises
        ------
        StoreError
            The file cannot be written: full disk, damaged, others do not let go of it.
        """
        current: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if current is not None:
            with _savepoint(current):
                yield current
            return
        self._note_fork()
        if not self._writer.acquire(timeout=PATIENCE_S):
            raise StoreError("identity.store_busy", path=str(self.path), seconds=PATIENCE_S)
        try:
            with self._lent() as connection:
                connection.execute("BEGIN IMMEDIATE")
                self._mine.connection = connection
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    self._mine.connection = None
                    # A full disk makes SQLite roll back on its own.
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        finally:
            self._writer.release()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; one that met an error of the file is not used again."""
        connection = self._taken()
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            # What the statements themselves did wrong is for the caller to mend.
            if type(error) not in {sqlite3.DatabaseError, sqlite3.OperationalError}:
                self._back(connection)
                raise
            connection.close()
            if "locked" in str(error):
                raise StoreError(
                    "identity.store_busy", path=str(self.path), seconds=PATIENCE_S
                ) from error
            raise StoreError("identity.store_failed", path=str(self.path), reason=error) from error
        except BaseException:
            self._back(connection)
            raise
        self._back(connection)

    def _taken(self) -> sqlite3.Connection:
        self._note_fork()
        with self._pool:
            if self._closed:
                raise StoreError("identity.store_closed", path=str(self.path))
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _note_fork(self) -> None:
        """Start anew in a child process: locks may be held there by threads it does not have."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._pool, self._writer = threading.Lock(), threading.Lock()
            # Kept, because closing them here would take the parent's locks on the file away.
            self._left_to_parent += self._idle
            self._idle = []

    def _back(self, connection: sqlite3.Connection) -> None:
        with self._pool:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        return connection


@contextmanager
def _savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT inner")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # SQLite may have rolled all of it back already
            connection.execute("ROLLBACK TO inner")
            connection.execute("RELEASE inner")
        raise
    connection.execute("RELEASE inner")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _check_owner(connection: sqlite3.Connection, file: Path, application: int) -> None:
    connection.execute("BEGIN")  # another process may be making it between the two questions
    owner = _number(connection, "application_id")
    filled = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    connection.execute("ROLLBACK")
    if owner != application and (owner or filled):
        raise StoreError("identity.store_of_another", path=str(file))


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; where the file system cannot, SQLite keeps its old way."""
    end = monotonic() + PATIENCE_S
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # Another process is doing the same: SQLite does not wait here of its own accord.
            if "locked" not in str(error) or monotonic() > end:
                raise
            sleep(_PAUSE_S)
        else:
            return


def _migrate(
    connection: sqlite3.Connection, file: Path, application: int, migrations: Sequence[Migration]
) -> None:
    """Take the file to the newest version, each step whole or not at all."""
    while (version := _number(connection, "user_version")) != len(migrations):
        if version > len(migrations):
            raise StoreError(
                "identity.store_newer", path=str(file), given=version, known=len(migrations)
            )
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been quicker.
            if _number(connection, "user_version") == version:
                for step in migrations[version]:
                    connection.execute(step) if isinstance(step, str) else step(connection)
                connection.execute(f"PRAGMA application_id = {application}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
