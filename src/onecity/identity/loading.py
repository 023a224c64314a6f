"""Filling the tables of a new store from a backup, with what guards them out of the way."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    delete,
    func,
    insert,
    inspect,
    literal,
    select,
    text,
)

_AT_ONCE = 500
_LARGE = 1 << 22
"""Characters and bytes of the rows that are put in at once, about."""


def tables(connection: Connection) -> dict[str, Table]:
    """Return the tables that a store has now, without those of versions."""
    found, known = inspect(connection), MetaData()
    return {
        name: Table(
            name, known, *(Column(one["name"], one["type"]) for one in found.get_columns(name))
        )
        for name in found.get_table_names()
        if not name.startswith("alembic_")
    }


def fill(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Put rows into a table in place of what its migrations put there.

    Raises
    ------
    KeyError
        A row has other columns than the table.
    """
    names = {column.name for column in table.columns}
    connection.execute(delete(table))
    some: list[dict[str, Any]] = []
    large = 0
    for row in rows:
        if row.keys() != names:
            raise KeyError(*sorted(row.keys() ^ names))
        some.append(row)
        large += sum(len(value) for value in row.values() if isinstance(value, str | bytes))
        if len(some) >= _AT_ONCE or large > _LARGE:
            connection.execute(insert(table), some)
            some, large = [], 0
    if some:
        connection.execute(insert(table), some)


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Take triggers and references away, and put them back as they were at the end.

    References are checked then, whatever order the rows came in.
    """
    if connection.dialect.name == "postgresql":
        with _unguarded_in_postgresql(connection):
            yield
        return
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    guards = connection.exec_driver_sql(query).all()
    for name, _ in guards:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in guards:
        connection.exec_driver_sql(sql)


def is_consistent(connection: Connection) -> bool:
    """Whether every reference leads to a row; PostgreSQL has looked already."""
    if connection.dialect.name == "postgresql":
        return True
    return connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None


@contextmanager
def _unguarded_in_postgresql(connection: Connection) -> Iterator[None]:
    names = [f'"{name}"' for name in inspect(connection).get_table_names()]
    references = connection.execute(
        text(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f'"
            " AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for table, name, _ in references:
        connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for one in names:
        connection.exec_driver_sql(f"ALTER TABLE {one} DISABLE TRIGGER USER")
    yield
    for one in names:
        connection.exec_driver_sql(f"ALTER TABLE {one} ENABLE TRIGGER USER")
    for table, name, made in references:
        connection.exec_driver_sql(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}')
    _number_on(connection)


def _number_on(connection: Connection) -> None:
    """Let the server number new rows after those that are there."""
    for name, table in tables(connection).items():
        for column in table.columns:
            query = text("SELECT pg_get_serial_sequence(:table, :column)")
            given = {"table": f'"{name}"', "column": column.name}
            sequence = connection.execute(query, given).scalar_one()
            if sequence is not None:
                last = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
                connection.execute(select(func.setval(sequence, last, literal(False))))
