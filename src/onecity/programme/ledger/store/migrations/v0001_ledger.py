"""Units, items and their numbers, events, attachments, meetings, views and notes."""

import sqlalchemy as sa
from alembic import op

from onecity.identity.columns import NUMBER, WORDS
from onecity.identity.parts import place
from onecity.programme.ledger.store.schema import GUARDS

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and the head of an empty ledger."""
    _head_and_units()
    _items()
    _history()
    _files()
    _people()
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "INSERT INTO ledger_head (one, revision, units, settings, record)"
            " VALUES (1, 0, 0, 0, '{}')"
        )
    )
    place(connection, GUARDS)


def _head_and_units() -> None:
    op.create_table(
        "ledger_head",
        sa.Column("one", NUMBER, sa.CheckConstraint("one = 1"), primary_key=True,
                  autoincrement=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("units", NUMBER, nullable=False),
        sa.Column("settings", NUMBER, nullable=False),
        sa.Column("record", WORDS, nullable=False),
    )  # fmt: skip
    op.create_table(
        "ledger_units",
        sa.Column("code", WORDS, primary_key=True),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("record", WORDS, nullable=False),
        sqlite_with_rowid=False,
    )


def _items() -> None:
    op.create_table(
        "ledger_items",
        sa.Column("id", WORDS, primary_key=True),
        sa.Column("number", WORDS, nullable=False, unique=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("responsible_unit", WORDS),
        sa.Column("due", WORDS),
        sa.Column("meeting", WORDS),
        sa.Column("record", WORDS, nullable=False),
        sa.Column("past", WORDS, nullable=False),
    )
    op.create_index("ledger_items_revision", "ledger_items", ["revision"])
    op.create_index("ledger_items_meeting", "ledger_items", ["meeting"])
    op.create_table(
        "ledger_numbers",
        sa.Column("number", WORDS, primary_key=True),
        sa.Column("item", WORDS, sa.ForeignKey("ledger_items.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_counters",
        sa.Column("series", WORDS, primary_key=True),
        sa.Column("last", NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_dependencies",
        sa.Column("item", WORDS, sa.ForeignKey("ledger_items.id"), primary_key=True),
        sa.Column("before", WORDS, sa.ForeignKey("ledger_items.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ledger_dependencies_before", "ledger_dependencies", ["before"])


def _history() -> None:
    op.create_table(
        "ledger_events",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("item", WORDS, sa.ForeignKey("ledger_items.id"), nullable=False),
        sa.Column("at", WORDS, nullable=False),
        sa.Column("what", WORDS, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("record", WORDS, nullable=False),
    )
    op.create_index("ledger_events_item", "ledger_events", ["item", "id"])
    op.create_index("ledger_events_what", "ledger_events", ["what", "at"])


def _files() -> None:
    op.create_table(
        "ledger_contents",
        sa.Column("sha256", WORDS, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ledger_attachments",
        sa.Column("id", WORDS, primary_key=True),
        sa.Column("item", WORDS, sa.ForeignKey("ledger_items.id"), nullable=False),
        sa.Column("sha256", WORDS, sa.ForeignKey("ledger_contents.sha256"), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("record", WORDS, nullable=False),
    )
    op.create_index("ledger_attachments_item", "ledger_attachments", ["item"])


def _people() -> None:
    op.create_table(
        "ledger_meetings",
        sa.Column("id", WORDS, primary_key=True),
        sa.Column("held_on", WORDS, nullable=False),
        sa.Column("record", WORDS, nullable=False),
    )
    op.create_table(
        "ledger_views",
        sa.Column("id", WORDS, primary_key=True),
        sa.Column("owner", WORDS, nullable=False),
        sa.Column("title", WORDS, nullable=False),
        sa.Column("shared", NUMBER, sa.CheckConstraint("shared IN (0, 1)"), nullable=False),
        sa.Column("query", WORDS, nullable=False),
    )
    op.create_index("ledger_views_owner", "ledger_views", ["owner"])
    op.create_table(
        "ledger_notes",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("unit", WORDS, nullable=False),
        sa.Column("event", NUMBER, sa.ForeignKey("ledger_events.id"), nullable=False),
    )
    op.create_index("ledger_notes_unit", "ledger_notes", ["unit", "id"])
    op.create_table(
        "ledger_reads",
        sa.Column("who", WORDS, primary_key=True),
        sa.Column("note", NUMBER, sa.ForeignKey("ledger_notes.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
