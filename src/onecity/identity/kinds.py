"""What a store needs to know of the database that it is kept in."""

from contextlib import AbstractContextManager
from typing import Literal, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from onecity.core.errors import OneCityError

PATIENCE_S = 30.0
"""How long a write waits for those of other threads and processes."""
WRITER_LOCK = 0x4F434944
"""The number under which writers of a PostgreSQL database queue up, and that marks a SQLite file
as ours: "OCID".
"""


class Kind(Protocol):
    """SQLite or PostgreSQL."""

    dialect: Literal["sqlite", "postgresql"]
    place: str
    """Where the store is, for messages: never with a password."""

    def prepare(self, *, create: bool) -> None:
        """Make room for a new store, or raise MissingError where none is to be made."""
        ...

    def engine(self) -> Engine:
        """Return what connects; nothing is connected yet."""
        ...

    def claim(self, connection: Connection, *, create: bool) -> None:
        """Do nothing if the database is a store of ours or empty; see `Database.open`."""
        ...

    def adopt(self, connection: Connection) -> bool:
        """Whether tables of the first version are there that Alembic does not know of yet."""
        ...

    def mark(self, connection: Connection) -> None:
        """Mark the database as ours, once its tables are made."""
        ...

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction: of one snapshot, or as the only writer."""
        ...

    def commit(self, connection: Connection) -> None:
        """End it, so that all of it is kept."""
        ...

    def any_text(self, connection: Connection) -> AbstractContextManager[None]:
        """Let even what is no text be read, for a check to find it."""
        ...

    def told(self, error: DBAPIError) -> OneCityError | None:
        """Return what went wrong with the store; None where the statements are to blame."""
        ...
