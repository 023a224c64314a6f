"""The catalogue of a node, in versions with dates, and drafts of items."""

from sqlalchemy import CheckConstraint, Column, Index, Table

from onecity.identity.columns import NUMBER, WORDS

from .base import METADATA, stays

CATALOGUE = Table(
    "hall_catalogue",
    METADATA,
    Column("one", NUMBER, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    # Raised with every publication: what is held in memory is read anew then.
    Column("revision", NUMBER, nullable=False),
    # Everything but the items: title, mark, cities, departments, documents, life events.
    Column("record", WORDS, nullable=False),
)
ITEMS = Table(
    "hall_items",
    METADATA,
    Column("code", WORDS, primary_key=True),
    Column("version", NUMBER, primary_key=True),
    Column("basic", WORDS, nullable=False),
    Column("city", WORDS, nullable=False),
    Column("authority", WORDS, nullable=False),
    Column("valid_from", WORDS),
    Column("valid_until", WORDS),
    Column("drafted_by", WORDS, nullable=False),
    Column("published_by", WORDS, nullable=False),
    Column("published", WORDS, nullable=False),
    Column("revision", NUMBER, nullable=False),
    Column("record", WORDS, nullable=False),
    Index("hall_items_basic", "basic", "city"),
    Index("hall_items_revision", "revision"),
)
"""Every version of an item that was ever published; cases name the one they run under."""
ITEM_DRAFTS = Table(
    "hall_item_drafts",
    METADATA,
    Column("code", WORDS, primary_key=True),
    Column("version", NUMBER, nullable=False),
    Column("by", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("record", WORDS, nullable=False),
)

GUARDS = {**stays("hall_items", "versions of items")}
