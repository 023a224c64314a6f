"""What a floor brings into the store: its tables, how they came to be, and what guards them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection, MetaData, text


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that keeps rows as they are, in the words of each database.

    Attributes
    ----------
    sqlite
        The statement that makes it; empty where SQLite has no need of it.
    when
        For PostgreSQL, what follows its name, in the server's own spelling:
        ``BEFORE DELETE ON trail FOR EACH ROW``.
    body
        What it does there, in PL/pgSQL.
    """

    sqlite: str
    when: str
    body: str


@dataclass(frozen=True, slots=True)
class Part:
    """The tables of one floor.

    Attributes
    ----------
    name
        Short, in lower case: its version stands in the table ``alembic_<name>``.
    metadata
        The tables as they are today.
    migrations
        Name of the package whose modules are the Alembic revisions, one after another.
    guards
        What must stand in the store besides, by name.
    """

    name: str
    metadata: MetaData
    migrations: str
    guards: Mapping[str, Guard] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def version_table(self) -> str:
        """Name of the table that says which version the store has."""
        return f"alembic_{self.name}"


def refusal(words: str) -> str:
    """Return the body of a PostgreSQL guard that refuses whatever is done."""
    return f"BEGIN {_raised(words)} END"


def refusal_unless(condition: str, words: str) -> str:
    """Return the body of a PostgreSQL guard that lets a row pass if a condition holds."""
    return f"BEGIN IF NOT ({condition}) THEN {_raised(words)} END IF; RETURN NEW; END"


def stays(floor: str, table: str, things: str) -> dict[str, Guard]:
    """Return the guards of a table of a floor whose rows are never deleted."""
    gone = f"{floor}: {things} are never deleted"
    return {
        f"{table}_stay": Guard(
            f"""CREATE TRIGGER {table}_stay BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{gone}'); END""",
            f"BEFORE DELETE ON {table} FOR EACH ROW",
            refusal(gone),
        ),
        f"{table}_full": Guard("", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", refusal(gone)),
    }


def kept(floor: str, table: str, things: str) -> dict[str, Guard]:
    """Return the guards of a table of a floor whose rows are only ever added."""
    words = f"{floor}: {things} are never changed"
    return {
        **stays(floor, table, things),
        f"{table}_keep": Guard(
            f"""CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{words}'); END""",
            f"BEFORE UPDATE ON {table} FOR EACH ROW",
            refusal(words),
        ),
    }


def _raised(words: str) -> str:
    # The class of error that SQLite gives too.
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"


def place(connection: Connection, guards: Mapping[str, Guard]) -> None:
    """Make triggers; for migrations."""
    for name, guard in guards.items():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${guard.body}$$"
            )
            connection.exec_driver_sql(_trigger(name, guard))
        elif guard.sqlite:
            connection.exec_driver_sql(guard.sqlite)


def missing(connection: Connection, guards: Mapping[str, Guard]) -> frozenset[str]:
    """Return the names of triggers that are gone, switched off, or not what they should be."""
    if connection.dialect.name == "postgresql":
        return _missing_in_postgresql(connection, guards)
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    found = {name: str(sql).split() for name, sql in rows}
    return frozenset(
        name
        for name, guard in guards.items()
        if guard.sqlite and found.get(name) != guard.sqlite.split()
    )


def _missing_in_postgresql(connection: Connection, guards: Mapping[str, Guard]) -> frozenset[str]:
    rows = connection.execute(
        text(
            "SELECT t.tgname, pg_get_triggerdef(t.oid, true), p.prosrc"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND n.nspname = current_schema()"
        )
    )
    found = {name: (made.split(), body.split()) for name, made, body in rows}
    return frozenset(
        name
        for name, guard in guards.items()
        if found.get(name) != (_trigger(name, guard).split(), guard.body.split())
    )


def _trigger(name: str, guard: Guard) -> str:
    kind = "CONSTRAINT TRIGGER" if "DEFERRABLE" in guard.when else "TRIGGER"
    return f"CREATE {kind} {name} {guard.when} EXECUTE FUNCTION {name}()"
