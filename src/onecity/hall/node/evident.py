"""Rows that the log vouches for: an entry holds the hash of the row, and so a change shows.

The hash is over every column of the row, what is sealed as the hash of its ciphertext: it tells
nothing of what is in it, and stays right when the key is destroyed.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Table

from onecity.hall.wire import canonical

ROW = "row"
"""Name, in the `after` of an entry, of the hash of the row that the entry is about."""


def evident(table: Table, row: Mapping[str, Any]) -> str:
    """Return the hash of a row of a table, given by the names of its columns.

    A column that is missing counts as empty; a number that the database gives out itself (the
    single whole-number key of an append-only table) is left out, as it is not known beforehand.
    """
    given = {column.name: _plain(column, row.get(column.name)) for column in _columns(table)}
    return sha256(canonical([table.name, given])).hexdigest()


@cache
def _columns(table: Table) -> tuple[Column[Any], ...]:
    return tuple(one for one in table.columns if not _counted(table, one.name))


def _plain(column: Column[Any], value: Any) -> Any:
    """Return a value as it is read again from either database."""
    if value is None:
        return None
    kind = column.type.python_type
    if kind is bytes:
        return sha256(bytes(value)).hexdigest()
    if kind is float:
        return repr(float(value))
    return int(value) if kind is int else str(value)


def _counted(table: Table, name: str) -> bool:
    keys = list(table.primary_key.columns)
    return len(keys) == 1 and keys[0].name == name and keys[0].type.python_type is int
