"""Applicants, drafts, files, consents, what was asked twice, and an applicant's own cases."""

from sqlalchemy import Column, Index, LargeBinary, Table

from onecity.identity.columns import NUMBER, WORDS

from .base import METADATA, stays

APPLICANTS = Table(
    "hall_applicants",
    METADATA,
    Column("id", WORDS, primary_key=True),
    # The login name of the account; none for somebody whom a window served.
    Column("account", WORDS, unique=True),
    Column("kind", WORDS, nullable=False),
    # Blind: of the identity number or credit code.
    Column("subject", WORDS),
    Column("version", NUMBER, nullable=False),
    Column("made", WORDS, nullable=False),
    Column("changed", WORDS, nullable=False),
    Column("erased", WORDS),
    # When and by whom it was checked that the number is theirs; none where nobody did.
    Column("verified", WORDS),
    Column("verified_by", WORDS),
    # The profile, under the applicant's key.
    Column("sealed", LargeBinary),
    Index("hall_applicants_subject", "subject"),
)
DRAFTS = Table(
    "hall_drafts",
    METADATA,
    Column("id", WORDS, primary_key=True),
    # Who works on it: an applicant's account, or the login name of a window's clerk.
    Column("account", WORDS, nullable=False),
    Column("applicant", WORDS),
    Column("version", NUMBER, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("item", WORDS),
    Column("item_version", NUMBER),
    Column("event", WORDS),
    Column("city", WORDS, nullable=False),
    Column("from_city", WORDS, nullable=False),
    Column("way", WORDS),
    Column("made", WORDS, nullable=False),
    Column("saved", WORDS, nullable=False),
    # The case that it became.
    Column("case", WORDS),
    Column("record", WORDS, nullable=False),
    # Data and evidence, under the draft's key.
    Column("sealed", LargeBinary),
    Index("hall_drafts_account", "account", "state", "saved"),
    Index("hall_drafts_case", "case"),
)
FILES = Table(
    "hall_files",
    METADATA,
    Column("id", WORDS, primary_key=True),
    # Whose key it is sealed with: a draft, then a case.
    Column("owner", WORDS, nullable=False),
    Column("draft", WORDS),
    Column("case", WORDS),
    Column("at", WORDS, nullable=False),
    Column("media", WORDS, nullable=False),
    Column("size", NUMBER, nullable=False),
    # Name, document asked for, SHA-256: under the owner's key; then the bytes themselves.
    Column("about", LargeBinary),
    Column("sealed", LargeBinary),
    Index("hall_files_owner", "owner", "id"),
    Index("hall_files_draft", "draft"),
    Index("hall_files_case", "case"),
)
CONSENTS = Table(
    "hall_consents",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("account", WORDS, nullable=False),
    Column("draft", WORDS),
    Column("case", WORDS),
    Column("document", WORDS, nullable=False),
    Column("holder", WORDS, nullable=False),
    Column("purpose", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("agrees", NUMBER, nullable=False),
    Column("record", WORDS, nullable=False),
    Index("hall_consents_draft", "draft"),
    Index("hall_consents_account", "account", "at"),
)
ASKED = Table(
    "hall_asked",
    METADATA,
    Column("account", WORDS, primary_key=True),
    # The idempotency key that a program gave.
    Column("key", WORDS, primary_key=True),
    # Hash of what was asked: the same key for something else is refused.
    Column("request", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("answer", WORDS, nullable=False),
    Index("hall_asked_at", "at"),
    sqlite_with_rowid=False,
)
"""Applications that were answered: asked again, they get the same answer and nothing happens."""
MINE = Table(
    "hall_mine",
    METADATA,
    Column("case", WORDS, primary_key=True),
    Column("number", WORDS, nullable=False),
    # Who follows it: an applicant's account, or the clerk who took it in on behalf.
    Column("account", WORDS, nullable=False),
    Column("applicant", WORDS),
    Column("subject", WORDS),
    Column("item", WORDS, nullable=False),
    Column("item_version", NUMBER, nullable=False),
    Column("event", WORDS),
    Column("node", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("city", WORDS, nullable=False),
    Column("way", WORDS),
    Column("parent", WORDS),
    Column("step", WORDS),
    Column("state", WORDS, nullable=False),
    Column("version", NUMBER, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("changed", WORDS, nullable=False),
    Column("due", WORDS),
    Column("needs_me", NUMBER, nullable=False),
    Column("record", WORDS, nullable=False),
    # What was applied for, under the case's key.
    Column("sealed", LargeBinary),
    Index("hall_mine_account", "account", "at"),
    Index("hall_mine_subject", "subject"),
    Index("hall_mine_parent", "parent"),
)
"""Cases as the applicant's portal knows them, from the messages of whoever handles them."""
TOLD = Table(
    "hall_told",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("case", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("what", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("record", WORDS, nullable=False),
    # Words of the department, under the case's key.
    Column("sealed", LargeBinary),
    Index("hall_told_case", "case", "id"),
)
"""What an applicant was told of a case, in order."""
JOINTS = Table(
    "hall_joints",
    METADATA,
    Column("case", WORDS, primary_key=True),
    Column("number", WORDS, nullable=False),
    Column("version", NUMBER, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("event", WORDS, nullable=False),
    Column("city", WORDS, nullable=False),
    Column("portal", WORDS, nullable=False),
    Column("opened", WORDS, nullable=False),
    Column("closed", WORDS),
    # When all is over if each step keeps its limit; far away where that is not known.
    Column("due", WORDS, nullable=False),
    # Working days from the application to its end, and what the applicant thought of the whole.
    Column("days", NUMBER),
    Column("stars", NUMBER),
    Column("record", WORDS, nullable=False),
    # The whole application, under the case's key.
    Column("sealed", LargeBinary),
    Index("hall_joints_state", "state", "opened"),
    Index("hall_joints_due", "state", "due", "case"),
)
"""Joint cases, as life events, whose lead is this node."""
STEPS = Table(
    "hall_steps",
    METADATA,
    Column("parent", WORDS, primary_key=True),
    # Basic code of the item.
    Column("step", WORDS, primary_key=True),
    Column("place", NUMBER, nullable=False),
    Column("case", WORDS),
    Column("item", WORDS, nullable=False),
    Column("item_version", NUMBER, nullable=False),
    Column("node", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("city", WORDS, nullable=False),
    Column("state", WORDS, nullable=False),
    # Steps that it waits for, and nodes that have handled it, as JSON.
    Column("waits", WORDS, nullable=False),
    Column("nodes", WORDS, nullable=False),
    Column("begun", WORDS),
    Column("ended", WORDS),
    # The end of the limit that runs, as its department told; then the rest of what it told last.
    Column("due", WORDS),
    Column("told", WORDS, nullable=False),
    # What it yielded, to be passed on; under the parent's key.
    Column("sealed", LargeBinary),
    Index("hall_steps_case", "case"),
    sqlite_with_rowid=False,
)
"""Steps of joint cases whose lead is this node."""

GUARDS = {
    **stays("hall_mine", "cases"),
    **stays("hall_consents", "consents"),
    **stays("hall_joints", "cases"),
}
