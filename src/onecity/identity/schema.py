"""The tables of the store, and how a file of an older version becomes one of the newest.

A migration that was once released is never changed: a new one is added.
"""

import secrets
import sqlite3

from .chain import beginning
from .database import Migration

APPLICATION = 0x4F434944
"""Marks a SQLite file as ours: "OCID"."""

GUARDS: dict[str, str] = {
    "trail_follows": """
        CREATE TRIGGER trail_follows BEFORE INSERT ON trail
        WHEN NEW.id IS NOT (SELECT id + 1 FROM trail_head)
          OR NEW.previous IS NOT (SELECT hash FROM trail_head)
        BEGIN SELECT RAISE(ABORT, 'trail: an entry follows the last one'); END""",
    "trail_moves_head": """
        CREATE TRIGGER trail_moves_head AFTER INSERT ON trail
        BEGIN UPDATE trail_head SET id = NEW.id, hash = NEW.hash; END""",
    "trail_keeps": """
        CREATE TRIGGER trail_keeps BEFORE UPDATE ON trail
        BEGIN SELECT RAISE(ABORT, 'trail: entries are never changed'); END""",
    "trail_stays": """
        CREATE TRIGGER trail_stays BEFORE DELETE ON trail
        BEGIN SELECT RAISE(ABORT, 'trail: entries are never deleted'); END""",
    "trail_head_is_last": """
        CREATE TRIGGER trail_head_is_last BEFORE UPDATE ON trail_head
        WHEN NEW.name IS NOT OLD.name OR NEW.one IS NOT OLD.one OR NEW.id IS NOT OLD.id + 1
          OR NOT EXISTS (SELECT 1 FROM trail WHERE id = NEW.id AND hash = NEW.hash)
        BEGIN SELECT RAISE(ABORT, 'trail: the head is the last entry'); END""",
    "trail_head_is_one": """
        CREATE TRIGGER trail_head_is_one BEFORE INSERT ON trail_head
        BEGIN SELECT RAISE(ABORT, 'trail: there is one head'); END""",
    "trail_head_stays": """
        CREATE TRIGGER trail_head_stays BEFORE DELETE ON trail_head
        BEGIN SELECT RAISE(ABORT, 'trail: the head stays'); END""",
}
"""What keeps the trail append-only, by name. They stop mistakes and programs, not whoever may
write the file and drops them: that is what the chain is for.
"""


def _begin_trail(connection: sqlite3.Connection) -> None:
    """Give the trail a name of its own, so that no other one can stand in for it."""
    name = secrets.token_hex(16)
    connection.execute("INSERT INTO trail_head VALUES (1, ?, 0, ?)", (name, beginning(name)))


_FIRST: Migration = (
    """CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        title_zh TEXT NOT NULL,
        unit TEXT,
        city TEXT,
        active INTEGER NOT NULL CHECK (active IN (0, 1)),
        created TEXT NOT NULL,
        password TEXT,
        password_changed TEXT
    )""",
    """CREATE TABLE grants (
        account INTEGER NOT NULL REFERENCES accounts (id),
        role TEXT NOT NULL,
        city TEXT NOT NULL,
        PRIMARY KEY (account, role, city)
    ) WITHOUT ROWID""",
    """CREATE TABLE sessions (
        token TEXT PRIMARY KEY,
        account INTEGER NOT NULL REFERENCES accounts (id),
        created TEXT NOT NULL,
        seen TEXT NOT NULL,
        ends TEXT NOT NULL,
        address TEXT NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX sessions_of ON sessions (account)",
    """CREATE TABLE tokens (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        account INTEGER NOT NULL REFERENCES accounts (id),
        token TEXT NOT NULL UNIQUE,
        scopes TEXT NOT NULL,
        created TEXT NOT NULL,
        expires TEXT,
        seen TEXT,
        revoked TEXT
    )""",
    """CREATE TABLE attempts (
        subject TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        last TEXT NOT NULL,
        until TEXT
    ) WITHOUT ROWID""",
    """CREATE TABLE trail (
        id INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        who TEXT NOT NULL,
        via TEXT NOT NULL,
        address TEXT NOT NULL,
        action TEXT NOT NULL,
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        phase TEXT NOT NULL,
        "of" INTEGER REFERENCES trail (id),
        before TEXT,
        after TEXT,
        note TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    )""",
    "CREATE INDEX trail_who ON trail (who)",
    "CREATE INDEX trail_action ON trail (action)",
    "CREATE INDEX trail_target ON trail (kind, target)",
    "CREATE INDEX trail_time ON trail (time)",
    'CREATE INDEX trail_of ON trail ("of") WHERE "of" IS NOT NULL',
    "CREATE INDEX trail_intents ON trail (id) WHERE phase = 'intent'",
    """CREATE TABLE trail_head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        name TEXT NOT NULL,
        id INTEGER NOT NULL,
        hash TEXT NOT NULL
    )""",
    _begin_trail,
    *GUARDS.values(),
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST,)
