"""Cases, what happened to them, tasks, opinions, timers, looks; and the counts of the board.

Columns hold nothing that is personal: an applicant's data, words that somebody wrote and files
stand sealed under the key of their owner (the case, the applicant or the draft).
"""

from typing import Any

from sqlalchemy import Column, Float, ForeignKey, Index, LargeBinary, Table, text

from onecity.identity.columns import NUMBER, WORDS

from .base import METADATA, kept, stays

CASES = Table(
    "hall_cases",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("number", WORDS, nullable=False, unique=True),
    # Raised by one at every change: whoever saw an older one cannot act on it.
    Column("version", NUMBER, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("outcome", WORDS),
    # What it is, in the version of the item under which it was applied for.
    Column("item", WORDS, nullable=False),
    Column("item_version", NUMBER, nullable=False),
    Column("basic", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("city", WORDS, nullable=False),
    # Where it came from: the applicant's city, the way across, the nodes that took it in and
    # that the applicant looks at.
    Column("from_city", WORDS, nullable=False),
    Column("way", WORDS),
    Column("taken_in_by", WORDS, nullable=False),
    Column("portal", WORDS, nullable=False),
    Column("parent", WORDS),
    Column("step", WORDS),
    # Blind: found by identity number, and read by nobody.
    Column("subject", WORDS),
    Column("opened", WORDS, nullable=False),
    Column("accepted", WORDS),
    Column("decided", WORDS),
    Column("closed", WORDS),
    # The end of the promised limit, and when it turns yellow; none where no clock runs.
    Column("due", WORDS),
    Column("warn", WORDS),
    Column("legal_due", WORDS),
    # Working days used, whether in time, visits; what the board sums up.
    Column("days", Float),
    Column("in_time", NUMBER),
    Column("stars", NUMBER),
    # What is no column and not personal, as JSON.
    Column("record", WORDS, nullable=False),
    # The application: applicant, data, evidence.
    Column("sealed", LargeBinary),
    Index("hall_cases_unit", "unit", "opened", "id"),
    Index("hall_cases_unit_state", "unit", "state", "opened", "id"),
    Index("hall_cases_state", "state", "opened", "id"),
    Index("hall_cases_item", "item", "state", "opened", "id"),
    Index("hall_cases_from", "from_city", "opened", "id"),
    Index("hall_cases_opened", "opened", "id"),
    Index("hall_cases_subject", "subject", sqlite_where=text("subject IS NOT NULL"),
          postgresql_where=text("subject IS NOT NULL")),
    Index("hall_cases_parent", "parent", sqlite_where=text("parent IS NOT NULL"),
          postgresql_where=text("parent IS NOT NULL")),
)  # fmt: skip
"""Cases of the departments of this node."""

EVENTS = Table(
    "hall_case_events",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("case", ForeignKey(CASES.c.id), nullable=False),
    Column("at", WORDS, nullable=False),
    Column("what", WORDS, nullable=False),
    Column("version", NUMBER, nullable=False),
    # Who did it: a login name, and the unit it was done for; of an applicant, "applicant".
    Column("who", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("record", WORDS, nullable=False),
    # Words that somebody wrote, under the case's key.
    Column("sealed", LargeBinary),
    Index("hall_case_events_case", "case", "id"),
)
"""What happened to a case; only ever added to."""

_OPEN: dict[str, Any] = {
    "sqlite_where": text("done IS NULL"),
    "postgresql_where": text("done IS NULL"),
}
TASKS = Table(
    "hall_tasks",
    METADATA,
    Column("id", WORDS, primary_key=True),
    # A case of this node, or of another that asks for an opinion.
    Column("case", WORDS, nullable=False),
    Column("number", WORDS, nullable=False),
    Column("item", WORDS, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("process", WORDS),
    # Its number in its process; its name there, where an office drew that itself.
    Column("place", WORDS),
    Column("title", WORDS),
    Column("opened", WORDS, nullable=False),
    # The end of time: far away where none is set, so that queues sort by it.
    Column("due", WORDS, nullable=False),
    Column("warn", WORDS, nullable=False),
    Column("claimed_by", WORDS),
    Column("done", WORDS),
    Column("done_by", WORDS),
    # `done` stands in each, so that counting needs the index alone.
    Index("hall_tasks_open", "unit", "due", "id", "done", **_OPEN),
    Index("hall_tasks_warn", "unit", "warn", "done", **_OPEN),
    Index("hall_tasks_queue", "due", "id", "done", **_OPEN),
    Index("hall_tasks_soon", "warn", "unit", "done", **_OPEN),
    Index("hall_tasks_claimed", "claimed_by", "due", "id", "done", **_OPEN),
    Index("hall_tasks_item", "item", "due", "id", "done", **_OPEN),
    Index("hall_tasks_number", "number", "done", **_OPEN),
    Index("hall_tasks_case", "case"),
)  # fmt: skip
"""What somebody has to do."""

OPINIONS = Table(
    "hall_opinions",
    METADATA,
    Column("id", WORDS, primary_key=True),
    # "ask": this node asked; "give": a department of this node is asked.
    Column("side", WORDS, primary_key=True),
    Column("case", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("node", WORDS, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("asked", WORDS, nullable=False),
    Column("due", WORDS, nullable=False),
    Column("given", WORDS),
    Column("agrees", NUMBER),
    Column("who", WORDS, nullable=False),
    Column("process", WORDS),
    Column("record", WORDS, nullable=False),
    # Question and answer, under the case's key.
    Column("sealed", LargeBinary),
    Index("hall_opinions_case", "case"),
    sqlite_with_rowid=False,
)
"""Opinions of other departments on a case, seen from either side."""

PROCESSES = Table(
    "hall_processes",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("case", WORDS, nullable=False),
    # Which definition it runs, in which state it is.
    Column("definition", WORDS, nullable=False),
    Column("state", WORDS, nullable=False),
    Column("begun", WORDS, nullable=False),
    Column("ended", WORDS),
    Index("hall_processes_case", "case"),
)
"""Processes that run, or ran."""
PROCESS_ROWS = Table(
    "hall_process_rows",
    METADATA,
    Column("process", ForeignKey(PROCESSES.c.id), primary_key=True),
    Column("key", WORDS, primary_key=True),
    Column("record", WORDS, nullable=False),
    sqlite_with_rowid=False,
)
"""A process in pieces: what a step changes is written, not the whole."""
DEFINITIONS = Table(
    "hall_definitions",
    METADATA,
    # Hash of the record.
    Column("id", WORDS, primary_key=True),
    Column("name", WORDS, nullable=False),
    Column("record", WORDS, nullable=False),
)
"""Process models as they were when a case began to run them."""

TIMERS = Table(
    "hall_timers",
    METADATA,
    Column("kind", WORDS, primary_key=True),
    # What it is about: a case, a draft.
    Column("about", WORDS, primary_key=True),
    # Which of several of one kind: an opinion's id; else empty.
    Column("which", WORDS, primary_key=True),
    Column("at", WORDS, nullable=False),
    Column("tries", NUMBER, nullable=False),
    Index("hall_timers_at", "at"),
    Index("hall_timers_about", "about"),
    sqlite_with_rowid=False,
)
"""Moments at which something is to be done; a row goes in the transaction that does it."""

LOOKS = Table(
    "hall_looks",
    METADATA,
    Column("id", WORDS, primary_key=True),
    Column("at", WORDS, nullable=False),
    Column("case", WORDS, nullable=False),
    Column("number", WORDS, nullable=False),
    # Whose data it was, blind.
    Column("subject", WORDS),
    Column("who", WORDS, nullable=False),
    Column("unit", WORDS, nullable=False),
    Column("node", WORDS, nullable=False),
    Column("reason", WORDS, nullable=False),
    Index("hall_looks_case", "case", "id"),
    Index("hall_looks_subject", "subject", "id"),
)
"""Who looked at personal data, here or (told by `looked`) at another node."""

RESULTS = Table(
    "hall_results",
    METADATA,
    Column("case", WORDS, primary_key=True),
    Column("number", WORDS, nullable=False),
    Column("at", WORDS, nullable=False),
    Column("granted", NUMBER, nullable=False),
    # Who signed: unit, key, suite.
    Column("unit", WORDS, nullable=False),
    Column("kid", WORDS, nullable=False),
    # The signed document, under the case's key.
    Column("sealed", LargeBinary, nullable=False),
)
"""Signed results: of this node's departments, and of other nodes' for its applicants."""

COUNTERS = Table(
    "hall_counters",
    METADATA,
    Column("series", WORDS, primary_key=True),
    Column("last", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""The last number of each series."""

DAYS = Table(
    "hall_days",
    METADATA,
    Column("day", WORDS, primary_key=True),
    Column("unit", WORDS, primary_key=True),
    Column("item", WORDS, primary_key=True),
    Column("basic", WORDS, nullable=False),
    Column("city", WORDS, nullable=False),
    # Cases that came on the day; that left; of these decided (or not accepted), refused, in time;
    # working days that the decided ones took.
    Column("came", NUMBER, nullable=False),
    Column("ended", NUMBER, nullable=False),
    Column("decided", NUMBER, nullable=False),
    Column("refused", NUMBER, nullable=False),
    Column("in_time", NUMBER, nullable=False),
    Column("days", Float, nullable=False),
    Column("visits", NUMBER, nullable=False),
    # Appraisals given on the day, and their stars together.
    Column("appraised", NUMBER, nullable=False),
    Column("stars", NUMBER, nullable=False),
    # Of those that came, how many from another city.
    Column("crossed", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""Counts of a day, kept with every change: the board sums these, never the cases."""

PEER_DAYS = Table(
    "hall_peer_days",
    METADATA,
    Column("node", WORDS, primary_key=True),
    Column("day", WORDS, primary_key=True),
    Column("basic", WORDS, primary_key=True),
    Column("city", WORDS, primary_key=True),
    Column("came", NUMBER, nullable=False),
    Column("ended", NUMBER, nullable=False),
    Column("decided", NUMBER, nullable=False),
    Column("refused", NUMBER, nullable=False),
    Column("in_time", NUMBER, nullable=False),
    Column("days", Float, nullable=False),
    Column("visits", NUMBER, nullable=False),
    Column("appraised", NUMBER, nullable=False),
    Column("stars", NUMBER, nullable=False),
    Column("crossed", NUMBER, nullable=False),
    Index("hall_peer_days_day", "day"),
    sqlite_with_rowid=False,
)
"""The same counts of other nodes, by item and city, as they tell them day by day."""

LOADS = Table(
    "hall_loads",
    METADATA,
    Column("unit", WORDS, primary_key=True),
    Column("state", WORDS, primary_key=True),
    Column("count", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
"""How many cases of a unit are in a state, kept with every change."""

GUARDS = {
    **stays("hall_cases", "cases"),
    **kept("hall_case_events", "events"),
    **kept("hall_looks", "looks"),
    **kept("hall_results", "results"),
}
