"""Keys of the vault, and the Merkle roots that seal the log."""

from sqlalchemy import Column, Index, LargeBinary, Table

from onecity.identity.columns import NUMBER, WORDS

from .base import METADATA, kept, stays

KEYS = Table(
    "hall_keys",
    METADATA,
    # Case, applicant, draft, holding.
    Column("owner", WORDS, primary_key=True),
    # Which key of the node wraps it; nothing once it is destroyed.
    Column("kek", WORDS, nullable=False),
    Column("wrapped", LargeBinary),
    Column("made", WORDS, nullable=False),
    Column("erased", WORDS),
    Index("hall_keys_kek", "kek"),
)
"""The data key of each owner; to erase is to destroy it."""
SEALS = Table(
    "hall_seals",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    # Numbers of the first and the last entry of the trail under it.
    Column("first", NUMBER, nullable=False),
    Column("last", NUMBER, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("root", WORDS, nullable=False),
    Column("record", WORDS, nullable=False),
    Column("kid", WORDS, nullable=False),
    Column("suite", WORDS, nullable=False),
    Column("signature", WORDS, nullable=False),
)
WITNESSED = Table(
    "hall_witnessed",
    METADATA,
    Column("node", WORDS, primary_key=True),
    Column("seal", NUMBER, primary_key=True),
    Column("at", WORDS, nullable=False),
    Column("root", WORDS, nullable=False),
    Column("record", WORDS, nullable=False),
    Column("kid", WORDS, nullable=False),
    Column("suite", WORDS, nullable=False),
    Column("signature", WORDS, nullable=False),
)
"""Roots of other nodes, as they told them."""

GUARDS = {
    **stays("hall_keys", "keys"),
    **kept("hall_seals", "seals"),
    **kept("hall_witnessed", "seals"),
}
