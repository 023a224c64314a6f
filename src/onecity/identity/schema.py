"""The tables of the identity floor, and what guards its trail."""

# ruff: noqa: S608  (triggers hold sentences of ours alone)

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from .columns import NUMBER, WORDS
from .parts import Guard, Part, refusal, refusal_unless

METADATA = MetaData()

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("name", WORDS, nullable=False, unique=True),
    Column("title_zh", WORDS, nullable=False),
    Column("unit", WORDS),
    Column("city", WORDS),
    Column("active", NUMBER, CheckConstraint("active IN (0, 1)"), nullable=False),
    Column("created", WORDS, nullable=False),
    Column("password", WORDS),
    Column("password_changed", WORDS),
)
GRANTS = Table(
    "grants",
    METADATA,
    Column("account", ForeignKey(ACCOUNTS.c.id), primary_key=True),
    Column("role", WORDS, primary_key=True),
    Column("city", WORDS, primary_key=True),
    sqlite_with_rowid=False,
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token", WORDS, primary_key=True),
    Column("account", ForeignKey(ACCOUNTS.c.id), nullable=False),
    Column("created", WORDS, nullable=False),
    Column("seen", WORDS, nullable=False),
    Column("ends", WORDS, nullable=False),
    Column("address", WORDS, nullable=False),
    Index("sessions_of", "account"),
    sqlite_with_rowid=False,
)
TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("name", WORDS, nullable=False, unique=True),
    Column("account", ForeignKey(ACCOUNTS.c.id), nullable=False),
    Column("token", WORDS, nullable=False, unique=True),
    Column("scopes", WORDS, nullable=False),
    Column("created", WORDS, nullable=False),
    Column("expires", WORDS),
    Column("seen", WORDS),
    Column("revoked", WORDS),
)
ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("subject", WORDS, primary_key=True),
    Column("failures", NUMBER, nullable=False),
    Column("last", WORDS, nullable=False),
    Column("until", WORDS),
    sqlite_with_rowid=False,
)
SECOND_FACTORS = Table(
    "second_factors",
    METADATA,
    Column("account", ForeignKey(ACCOUNTS.c.id), primary_key=True),
    Column("key", WORDS, nullable=False),
    Column("begun", WORDS, nullable=False),
    Column("confirmed", WORDS),
    Column("last", NUMBER, nullable=False),
)
RECOVERY_CODES = Table(
    "recovery_codes",
    METADATA,
    Column("account", ForeignKey(ACCOUNTS.c.id), primary_key=True),
    Column("code", WORDS, primary_key=True),
    sqlite_with_rowid=False,
)
BINDINGS = Table(
    "bindings",
    METADATA,
    Column("issuer", WORDS, primary_key=True),
    Column("subject", WORDS, primary_key=True),
    Column("account", ForeignKey(ACCOUNTS.c.id), nullable=False),
    Column("bound", WORDS, nullable=False),
    UniqueConstraint("issuer", "account"),
    sqlite_with_rowid=False,
)
TRAIL = Table(
    "trail",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("time", WORDS, nullable=False),
    Column("who", WORDS, nullable=False),
    Column("via", WORDS, nullable=False),
    Column("address", WORDS, nullable=False),
    Column("action", WORDS, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("target", WORDS, nullable=False),
    Column("phase", WORDS, nullable=False),
    Column("of", ForeignKey("trail.id"), quote=True),
    Column("before", WORDS),
    Column("after", WORDS),
    Column("note", WORDS, nullable=False),
    Column("previous", WORDS, nullable=False),
    Column("hash", WORDS, nullable=False),
    Index("trail_who", "who"),
    Index("trail_action", "action"),
    Index("trail_target", "kind", "target"),
    Index("trail_time", "time"),
)
Index(
    "trail_of",
    TRAIL.c.of,
    sqlite_where=TRAIL.c.of.is_not(None),
    postgresql_where=TRAIL.c.of.is_not(None),
)
Index(
    "trail_intents",
    TRAIL.c.id,
    sqlite_where=text("phase = 'intent'"),
    postgresql_where=text("phase = 'intent'"),
)
HEAD = Table(
    "trail_head",
    METADATA,
    Column("one", NUMBER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("name", WORDS, nullable=False),
    Column("id", NUMBER, nullable=False),
    Column("hash", WORDS, nullable=False),
)

_FOLLOWS = "trail: an entry follows the last one"
_KEEPS = "trail: entries are never changed"
_STAYS = "trail: entries are never deleted"
_LAST = "trail: the head is the last entry"
_ONE = "trail: there is one head"
_HEAD_STAYS = "trail: the head stays"

GUARDS: dict[str, Guard] = {
    "trail_follows": Guard(
        f"""CREATE TRIGGER trail_follows BEFORE INSERT ON trail
        WHEN NEW.id IS NOT (SELECT id + 1 FROM trail_head)
          OR NEW.previous IS NOT (SELECT hash FROM trail_head)
        BEGIN SELECT RAISE(ABORT, '{_FOLLOWS}'); END""",
        "BEFORE INSERT ON trail FOR EACH ROW",
        refusal_unless(
            "EXISTS (SELECT 1 FROM (SELECT id, hash FROM trail"
            " UNION ALL SELECT id, hash FROM trail_head WHERE id = 0"
            " ORDER BY id DESC LIMIT 1) AS last"
            " WHERE last.id + 1 = NEW.id AND last.hash = NEW.previous)",
            _FOLLOWS,
        ),
    ),
    "trail_moves_head": Guard(
        """CREATE TRIGGER trail_moves_head AFTER INSERT ON trail
        BEGIN UPDATE trail_head SET id = NEW.id, hash = NEW.hash; END""",
        # Once for each transaction, at its end: a server keeps every state that a row had within
        # one, and would look through all of them at each further entry.
        "AFTER INSERT ON trail DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
        "BEGIN IF NEW.id = (SELECT max(id) FROM trail) THEN"
        " UPDATE trail_head SET id = NEW.id, hash = NEW.hash; END IF; RETURN NULL; END",
    ),
    "trail_keeps": Guard(
        f"""CREATE TRIGGER trail_keeps BEFORE UPDATE ON trail
        BEGIN SELECT RAISE(ABORT, '{_KEEPS}'); END""",
        "BEFORE UPDATE ON trail FOR EACH ROW",
        refusal(_KEEPS),
    ),
    "trail_stays": Guard(
        f"""CREATE TRIGGER trail_stays BEFORE DELETE ON trail
        BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END""",
        "BEFORE DELETE ON trail FOR EACH ROW",
        refusal(_STAYS),
    ),
    "trail_is_not_emptied": Guard(
        "", "BEFORE TRUNCATE ON trail FOR EACH STATEMENT", refusal(_STAYS)
    ),
    "trail_head_is_last": Guard(
        f"""CREATE TRIGGER trail_head_is_last BEFORE UPDATE ON trail_head
        WHEN NEW.name IS NOT OLD.name OR NEW.one IS NOT OLD.one OR NEW.id IS NOT OLD.id + 1
          OR NOT EXISTS (SELECT 1 FROM trail WHERE id = NEW.id AND hash = NEW.hash)
        BEGIN SELECT RAISE(ABORT, '{_LAST}'); END""",
        "BEFORE UPDATE ON trail_head FOR EACH ROW",
        refusal_unless(
            "NEW.name = OLD.name AND NEW.one = OLD.one AND NEW.id > OLD.id"
            " AND NEW.id = (SELECT max(id) FROM trail)"
            " AND EXISTS (SELECT 1 FROM trail WHERE id = NEW.id AND hash = NEW.hash)",
            _LAST,
        ),
    ),
    "trail_head_is_one": Guard(
        f"""CREATE TRIGGER trail_head_is_one BEFORE INSERT ON trail_head
        BEGIN SELECT RAISE(ABORT, '{_ONE}'); END""",
        "BEFORE INSERT ON trail_head FOR EACH ROW",
        refusal(_ONE),
    ),
    "trail_head_stays": Guard(
        f"""CREATE TRIGGER trail_head_stays BEFORE DELETE ON trail_head
        BEGIN SELECT RAISE(ABORT, '{_HEAD_STAYS}'); END""",
        "BEFORE DELETE ON trail_head FOR EACH ROW",
        refusal(_HEAD_STAYS),
    ),
    "trail_head_is_not_emptied": Guard(
        "", "BEFORE TRUNCATE ON trail_head FOR EACH STATEMENT", refusal(_HEAD_STAYS)
    ),
}
"""What keeps the trail append-only, by name. They stop mistakes and programs, not whoever may
write the store and drops them: that is what the chain is for.
"""

IDENTITY = Part("identity", METADATA, "onecity.identity.migrations", GUARDS)
"""Accounts, logins and the trail: in every store."""
