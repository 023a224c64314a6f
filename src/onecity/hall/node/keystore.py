"""Wrapped keys of owners in the store of a node."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from onecity.hall.vault import Wrapped
from onecity.identity.clock import stamp

from .tables.keeping import KEYS

_COLUMNS = select(KEYS.c.owner, KEYS.c.kek, KEYS.c.wrapped)


class KeyTable:
    """The table of keys, as the vault asks for it."""

    def find(self, connection: Connection, owner: str) -> Wrapped | None:
        """Return the key of an owner, also a destroyed one."""
        row = connection.execute(_COLUMNS.where(KEYS.c.owner == owner)).one_or_none()
        return None if row is None else Wrapped(*row)

    def put(self, connection: Connection, key: Wrapped, at: datetime) -> None:
        """Keep the key of a new owner."""
        connection.execute(
            insert(KEYS).values(
                owner=key.owner, kek=key.master, wrapped=key.wrapped, made=stamp(at)
            )
        )

    def destroy(self, connection: Connection, owner: str, at: datetime) -> bool:
        """Destroy an owner's key and keep that it was there."""
        gone = update(KEYS).where(KEYS.c.owner == owner, KEYS.c.wrapped.is_not(None))
        done = connection.execute(gone.values(wrapped=None, kek="", erased=stamp(at)))
        return done.rowcount == 1

    def others(self, connection: Connection, master: str, limit: int) -> Sequence[Wrapped]:
        """Return keys that another master key wraps."""
        older = _COLUMNS.where(KEYS.c.kek != master, KEYS.c.wrapped.is_not(None)).limit(limit)
        return [Wrapped(*row) for row in connection.execute(older)]

    def replace(self, connection: Connection, key: Wrapped) -> None:
        """Keep an owner's key as it is wrapped now."""
        same = update(KEYS).where(KEYS.c.owner == key.owner)
        connection.execute(same.values(kek=key.master, wrapped=key.wrapped))

    def wrapped_by(self, connection: Connection, master: str) -> int:
        """Return how many keys a master key wraps."""
        under = select(func.count()).where(KEYS.c.kek == master)
        return int(connection.execute(under).scalar_one())
