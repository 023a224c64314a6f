"""Accounts, roles, sessions, tokens, failed attempts, and the trail."""

import secrets

import sqlalchemy as sa
from alembic import op

from onecity.identity.chain import beginning
from onecity.identity.columns import NUMBER, WORDS
from onecity.identity.parts import place
from onecity.identity.schema import GUARDS

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, as files of before Alembic have them."""
    _accounts()
    _trail()
    # A name of its own, so that no other trail can stand in for it.
    name = secrets.token_hex(16)
    connection = op.get_bind()
    connection.execute(
        sa.text("INSERT INTO trail_head (one, name, id, hash) VALUES (1, :name, 0, :hash)"),
        {"name": name, "hash": beginning(name)},
    )
    place(connection, GUARDS)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", WORDS, nullable=False, unique=True),
        sa.Column("title_zh", WORDS, nullable=False),
        sa.Column("unit", WORDS),
        sa.Column("city", WORDS),
        sa.Column("active", NUMBER, sa.CheckConstraint("active IN (0, 1)"), nullable=False),
        sa.Column("created", WORDS, nullable=False),
        sa.Column("password", WORDS),
        sa.Column("password_changed", WORDS),
    )
    op.create_table(
        "grants",
        sa.Column("account", NUMBER, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("role", WORDS, primary_key=True),
        sa.Column("city", WORDS, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sessions",
        sa.Column("token", WORDS, primary_key=True),
        sa.Column("account", NUMBER, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("created", WORDS, nullable=False),
        sa.Column("seen", WORDS, nullable=False),
        sa.Column("ends", WORDS, nullable=False),
        sa.Column("address", WORDS, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_of", "sessions", ["account"])
    op.create_table(
        "tokens",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", WORDS, nullable=False, unique=True),
        sa.Column("account", NUMBER, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("token", WORDS, nullable=False, unique=True),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("created", WORDS, nullable=False),
        sa.Column("expires", WORDS),
        sa.Column("seen", WORDS),
        sa.Column("revoked", WORDS),
    )
    op.create_table(
        "attempts",
        sa.Column("subject", WORDS, primary_key=True),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("last", WORDS, nullable=False),
        sa.Column("until", WORDS),
        sqlite_with_rowid=False,
    )


def _trail() -> None:
    op.create_table(
        "trail",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("time", WORDS, nullable=False),
        sa.Column("who", WORDS, nullable=False),
        sa.Column("via", WORDS, nullable=False),
        sa.Column("address", WORDS, nullable=False),
        sa.Column("action", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("target", WORDS, nullable=False),
        sa.Column("phase", WORDS, nullable=False),
        sa.Column("of", NUMBER, sa.ForeignKey("trail.id"), quote=True),
        sa.Column("before", WORDS),
        sa.Column("after", WORDS),
        sa.Column("note", WORDS, nullable=False),
        sa.Column("previous", WORDS, nullable=False),
        sa.Column("hash", WORDS, nullable=False),
    )
    op.create_index("trail_who", "trail", ["who"])
    op.create_index("trail_action", "trail", ["action"])
    op.create_index("trail_target", "trail", ["kind", "target"])
    op.create_index("trail_time", "trail", ["time"])
    told, begun = sa.text('"of" IS NOT NULL'), sa.text("phase = 'intent'")
    op.create_index("trail_of", "trail", ["of"], sqlite_where=told, postgresql_where=told)
    op.create_index("trail_intents", "trail", ["id"], sqlite_where=begun, postgresql_where=begun)
    op.create_table(
        "trail_head",
        sa.Column("one", NUMBER, sa.CheckConstraint("one = 1"), primary_key=True,
                  autoincrement=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("hash", WORDS, nullable=False),
    )  # fmt: skip
