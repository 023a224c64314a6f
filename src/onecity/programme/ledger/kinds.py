"""The words an item is told in: its kind, strand, level, state, gate, and what happened to it."""

from enum import StrEnum

from onecity.core.words import Language, say


class Level(StrEnum):
    """Whose an item or a unit is."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    OFFICE = "office"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.level_{self.value}", language)


class Kind(StrEnum):
    """What an item is."""

    POLICY_TASK = "policy_task"
    PROJECT = "project"
    EVENT = "event"
    DATA_REQUEST = "data_request"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.kind_{self.value}", language)


class Strand(StrEnum):
    """Which of the ways of growing together an item serves."""

    PLANNING = "planning"
    TRANSPORT = "transport"
    SCIENCE = "science"
    INDUSTRY = "industry"
    LIVELIHOOD = "livelihood"
    HALL = "hall"
    GENERAL = "general"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.strand_{self.value}", language)


class State(StrEnum):
    """Where an item is on its way; `way` says how it moves."""

    DRAFT = "draft"
    ASSIGNED = "assigned"
    SIGNED = "signed"
    IN_PROGRESS = "in_progress"
    REPORTED = "reported"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.state_{self.value}", language)


class Gate(StrEnum):
    """The phase of a project, in order."""

    IDENTIFICATION = "identification"
    PREPARATION = "preparation"
    IMPLEMENTATION = "implementation"
    COMPLETION = "completion"
    OPERATION = "operation"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.gate_{self.value}", language)


class What(StrEnum):
    """What happened to an item."""

    DRAFTED = "drafted"
    ASSIGNED = "assigned"
    SIGNED = "signed"
    STARTED = "started"
    PROGRESSED = "progressed"
    REPORTED = "reported"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EDITED = "edited"
    COMMENTED = "commented"
    ATTACHED = "attached"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.what_{self.value}", language)


ENDED = frozenset({State.CLOSED, State.CANCELLED})
"""States in which nothing more is asked of anybody."""
AT_WORK = frozenset(
    {State.ASSIGNED, State.SIGNED, State.IN_PROGRESS, State.REPORTED, State.RETURNED}
)
"""States of an item that somebody has and that is not yet accepted."""
