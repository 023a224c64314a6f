"""The tables of the ledger, and what guards its history.

An item is one JSON text, as `records.record` makes it, with the columns besides that are asked
for. Events and attachments are only ever added. Every write raises the revision of the whole
ledger by one and marks the rows it touches with it: so a reader that was up to date at one
revision reads only what came after.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, MetaData, Table

from onecity.identity.columns import NUMBER, WORDS
from onecity.identity.parts import Guard, Part, kept, stays

METADATA = MetaData()

HEAD = Table(
    "ledger_head",
    METADATA,
    Column("one", NUMBER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("revision", NUMBER, nullable=False),
    # The revisions at which these were last changed.
    Column("units", NUMBER, nullable=False),
    Column("settings", NUMBER, nullable=False),
    Column("record", WORDS, nullable=False),
)
"""One row: how often the ledger was written to, and its settings."""

UNITS = Table(
    "ledger_units",
    METADATA,
    Column("code", WORDS, primary_key=True),
    Column("place", NUMBER, nullable=False),
    Column("record", WORDS, nullable=False),
    sqlite_with_rowid=False,
)
"""The register; `place` is the order in which units were entered."""

ITEMS = Table(
    "ledger_items",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("number", WORDS, nullable=False, unique=True),
    Column("version", NUMBER, nullable=False),
    Column("revision", NUMBER, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("responsible_unit", WORDS),
    Column("due", WORDS),
    Column("meeting", WORDS),
    Column("record", WORDS, nullable=False),
    # What rules and figures need of the events, see `past.Past`.
    Column("past", WORDS, nullable=False),
    Index("ledger_items_revision", "revision"),
    Index("ledger_items_meeting", "meeting"),
)
NUMBERS = Table(
    "ledger_numbers",
    METADATA,
    Column("number", WORDS, primary_key=True),
    Column("item", ForeignKey(ITEMS.c.id), nullable=False),
    sqlite_with_rowid=False,
)
"""Every number that an item ever had: none is given to another."""
COUNTERS = Table(
    "ledger_counters",
    METADATA,
    Column("series", WORDS, primary_key=True),
    Column("last", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""The last number of each prefix and year."""
DEPENDENCIES = Table(
    "ledger_dependencies",
    METADATA,
    Column("item", ForeignKey(ITEMS.c.id), primary_key=True),
    Column("before", ForeignKey(ITEMS.c.id), primary_key=True),
    Index("ledger_dependencies_before", "before"),
    sqlite_with_rowid=False,
)
"""What depends on what, as the items' records say too: to be followed without reading them all."""
EVENTS = Table(
    "ledger_events",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("item", ForeignKey(ITEMS.c.id), nullable=False),
    Column("at", WORDS, nullable=False),
    Column("what", WORDS, nullable=False),
    # Of the item after it.
    Column("version", NUMBER, nullable=False),
    Column("record", WORDS, nullable=False),
    Index("ledger_events_item", "item", "id"),
    Index("ledger_events_what", "what", "at"),
)
CONTENTS = Table(
    "ledger_contents",
    METADATA,
    Column("sha256", WORDS, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""The bytes of attachments: the same file twice is kept once."""
ATTACHMENTS = Table(
    "ledger_attachments",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("item", ForeignKey(ITEMS.c.id), nullable=False),
    Column("sha256", ForeignKey(CONTENTS.c.sha256), nullable=False),
    Column("size", NUMBER, nullable=False),
    Column("record", WORDS, nullable=False),
    Index("ledger_attachments_item", "item"),
)
MEETINGS = Table(
    "ledger_meetings",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("held_on", WORDS, nullable=False),
    Column("record", WORDS, nullable=False),
)
"""Without their items, which name the meeting."""
VIEWS = Table(
    "ledger_views",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("owner", WORDS, nullable=False),
    Column("title", WORDS, nullable=False),
    Column("shared", NUMBER, CheckConstraint("shared IN (0, 1)"), nullable=False),
    Column("query", WORDS, nullable=False),
    Index("ledger_views_owner", "owner"),
)
NOTES = Table(
    "ledger_notes",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("unit", WORDS, nullable=False),
    Column("event", ForeignKey(EVENTS.c.id), nullable=False),
    Index("ledger_notes_unit", "unit", "id"),
)
"""Which units are told of which event."""
READS = Table(
    "ledger_reads",
    METADATA,
    Column("who", WORDS, primary_key=True),
    Column("note", ForeignKey(NOTES.c.id), primary_key=True),
    sqlite_with_rowid=False,
)
"""Who has read which note."""


GUARDS: dict[str, Guard] = {
    **kept("ledger", "ledger_events", "events"),
    **kept("ledger", "ledger_attachments", "attachments"),
    **kept("ledger", "ledger_contents", "contents"),
    **kept("ledger", "ledger_numbers", "numbers"),
    **stays("ledger", "ledger_items", "items"),
}
"""What keeps the history as it was, by name. As with the trail, they stop mistakes and programs,
not whoever may write the store and drops them; every event is in the trail's chain too.
"""

LEDGER = Part("ledger", METADATA, "onecity.programme.ledger.store.migrations", GUARDS)
"""Units, items, their history and files: in every store that has a ledger."""
