"""Messages between nodes, what was seen of them, how the talk with peers goes, and evidence."""

from sqlalchemy import Column, Index, LargeBinary, Table, text

from onecity.identity.columns import NUMBER, WORDS

from .base import METADATA, stays

OUTBOX = Table(
    "hall_outbox",
    METADATA,
    Column("number", NUMBER, primary_key=True),
    Column("id", WORDS, nullable=False, unique=True),
    Column("peer", WORDS, nullable=False),
    Column("case", WORDS, nullable=False),
    Column("seq", NUMBER, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("head", WORDS, nullable=False),
    Column("signature", WORDS, nullable=False),
    Column("owner", WORDS, nullable=False),
    Column("sealed", LargeBinary),
    Column("size", NUMBER, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("due", WORDS, nullable=False),
    Column("tries", NUMBER, nullable=False),
    Column("settled", WORDS),
    Column("reason", WORDS, nullable=False),
    Column("receipt", WORDS),
    Index("hall_outbox_line", "peer", "case", "seq", unique=True),
    Index(
        "hall_outbox_waiting",
        "peer",
        "number",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
"""What is told to other nodes; `sealed` holds salt and body. Nothing leaves it."""
INBOX = Table(
    "hall_inbox",
    METADATA,
    Column("number", NUMBER, primary_key=True),
    Column("id", WORDS, nullable=False, unique=True),
    Column("sender", WORDS, nullable=False),
    Column("case", WORDS, nullable=False),
    Column("seq", NUMBER, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("received", WORDS, nullable=False),
    Column("head", WORDS, nullable=False),
    Column("signature", WORDS, nullable=False),
    Column("owner", WORDS, nullable=False),
    # Nothing where the sender is this node: it stands in the outbox.
    Column("sealed", LargeBinary),
    Column("state", WORDS, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("receipt", WORDS),
    Index("hall_inbox_line", "sender", "case", "seq", unique=True),
    Index("hall_inbox_case", "case"),
)
SEQUENCES = Table(
    "hall_sequences",
    METADATA,
    Column("peer", WORDS, primary_key=True),
    Column("case", WORDS, primary_key=True),
    # The last number sent to the peer about a case, and the last one taken from it.
    Column("sent", NUMBER, nullable=False),
    Column("taken", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
NONCES = Table(
    "hall_nonces",
    METADATA,
    Column("peer", WORDS, primary_key=True),
    Column("nonce", WORDS, primary_key=True),
    Column("until", WORDS, nullable=False),
    Index("hall_nonces_until", "until"),
    sqlite_with_rowid=False,
)
PEERS = Table(
    "hall_peers",
    METADATA,
    Column("code", WORDS, primary_key=True),
    Column("state", WORDS, nullable=False),
    Column("tries", NUMBER, nullable=False),
    Column("next", WORDS, nullable=False),
    Column("last_try", WORDS),
    Column("last_ok", WORDS),
    Column("reason", WORDS, nullable=False),
    Column("seconds_off", NUMBER),
    sqlite_with_rowid=False,
)
"""How the talk with each other node goes; kept for the board, and for a start in the middle."""
HOLDINGS = Table(
    "hall_holdings",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("subject", WORDS, nullable=False),
    Column("document", WORDS, nullable=False),
    Column("department", WORDS, nullable=False),
    Column("issued", WORDS, nullable=False),
    Column("until", WORDS),
    Column("source", WORDS, nullable=False),
    Column("revoked", WORDS),
    Column("sealed", LargeBinary, nullable=False),
    Index("hall_holdings_subject", "subject", "document"),
    Index("hall_holdings_source", "source"),
)
"""Evidence that departments of this node hold; `subject` is blind, `sealed` under the row's id."""
EVIDENCE = Table(
    "hall_evidence",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("about", WORDS, nullable=False),
    Column("item", WORDS, nullable=False),
    Column("document", WORDS, nullable=False),
    Column("by", WORDS, nullable=False),
    Column("basis", WORDS, nullable=False),
    Column("purpose", WORDS, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("holder", WORDS, nullable=False),
    Column("node", WORDS, nullable=False),
    Column("asked", WORDS, nullable=False),
    Column("answered", WORDS),
    Column("settled", WORDS),
    # Subject, fields wanted, holders still to be asked; then the answer. Sealed under the row's id.
    Column("sealed", LargeBinary),
    Index("hall_evidence_about", "about"),
)
"""Evidence that was asked for here, and what came of it."""

GUARDS = {**stays("hall_outbox", "messages"), **stays("hall_inbox", "messages")}
