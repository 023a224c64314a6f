"""What a case is: its state, what has happened to it, and the work that is open.

Nothing personal stands here: the applicant's name, data and words lie sealed in the vault, and
a case, an event or a task can be listed, counted and sent between nodes without them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from onecity.core.words import Language, say
from onecity.hall.catalogue.model import Applicant, Limit, Way


class State(StrEnum):
    """State of a case (办件状态).

    A case is `SUBMITTED` from when the applicant has sent it until the authority has it, and
    `RECEIVED` from then until it is accepted or not.
    """

    SUBMITTED = "submitted"
    RECEIVED = "received"
    SUPPLEMENT = "supplement"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    DECIDED = "decided"
    CLOSED = "closed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    HANDED_OVER = "handed_over"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_cases.state_{self.value}", language)


FINAL = frozenset({State.CLOSED, State.REJECTED, State.WITHDRAWN, State.HANDED_OVER})
"""States in which nothing more is to be done at this node."""


class Outcome(StrEnum):
    """What was decided (审批结果)."""

    GRANT = "grant"
    REFUSE = "refuse"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_cases.outcome_{self.value}", language)


class Opinion(StrEnum):
    """What another department says of a case (会办意见)."""

    AGREE = "agree"
    AGREE_IF = "agree_if"
    DISAGREE = "disagree"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_cases.opinion_{self.value}", language)


class Hindrance(StrEnum):
    """What stops the clock of an accepted case.

    The procedures of article 45 of the Administrative Licensing Law, whose time does not count
    (行政许可法第四十五条), and what another law allows.
    """

    HEARING = "hearing"
    TENDER = "tender"
    AUCTION = "auction"
    INSPECTION = "inspection"
    TESTING = "testing"
    QUARANTINE = "quarantine"
    APPRAISAL = "appraisal"
    EXPERTS = "experts"
    OTHER_LAW = "other_law"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_cases.hindrance_{self.value}", language)


class What(StrEnum):
    """What happened to a case."""

    SUBMITTED = "submitted"
    RECEIVED = "received"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    SUPPLEMENT_ASKED = "supplement_asked"
    SUPPLEMENTED = "supplemented"
    SUPPLEMENT_MISSED = "supplement_missed"
    REJECTED = "rejected"
    OPINION_ASKED = "opinion_asked"
    OPINION_GIVEN = "opinion_given"
    OPINION_LATE = "opinion_late"
    STEP_DONE = "step_done"
    PROPOSED = "proposed"
    SENT_BACK = "sent_back"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENDED = "extended"
    HANDED_OVER = "handed_over"
    REMINDED = "reminded"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    DECIDED = "decided"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    APPRAISED = "appraised"
    ERASED = "erased"

    def text(self, language: Language) -> str:
        """Return the words in one language."""
        return say(f"hall_cases.what_{self.value}", language)


class TaskKind(StrEnum):
    """What a task of a process asks for: its identifier in the process, see `kind_of`."""

    INTAKE = "intake"
    SPOT = "spot"
    SUPPLEMENT = "supplement"
    REVIEW = "review"
    OPINIONS = "opinions"
    OPINION = "opinion"
    STEP = "step"
    DECIDE = "decide"
    DELIVER = "deliver"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_cases.task_{self.value}", language)

    @property
    def waits(self) -> bool:
        """Whether no clerk can do it: the applicant or other departments do."""
        return self in {TaskKind.SUPPLEMENT, TaskKind.OPINIONS}


def kind_of(name: str) -> TaskKind:
    """Return the kind of a task by its identifier in a process.

    It is the kind, or the kind and what tells it from others of its kind: ``review``,
    ``review_fire``. Any other is a plain `TaskKind.STEP`, which a clerk does and says so.
    """
    for kind in TaskKind:
        if name == kind.value or name.startswith(f"{kind.value}_"):
            return kind
    return TaskKind.STEP


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One thing that happened to a case.

    Attributes
    ----------
    at
        When it took effect, with its zone. That may be before it was recorded: what nobody
        refused in time counts as accepted from the day it came in.
    by
        Name of the account, or code of the node or unit, that did it; empty for the system.
    outcome
        Of a decision: an `Outcome`; of an opinion: an `Opinion`; of a suspension: a
        `Hindrance`.
    extension
        Working days by which the limit grows (calendar days where it is counted in them).
    unit
        Code of the department that it concerns (who was asked, to whom it was handed over).
    """

    what: What
    at: datetime
    by: str = ""
    outcome: str = ""
    extension: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Work that is open, for a department.

    Attributes
    ----------
    id
        Unique at the node.
    place
        Its place in the running process, see `onecity.hall.processes.OpenTask.id`.
    unit
        Code of the department that does it; empty for one that waits.
    claimed_by
        Name of the account that took it; empty while nobody did.
    """

    id: str
    case: str
    kind: TaskKind
    place: str
    title: str
    unit: str
    claimed_by: str = ""
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One application for one item, at the node that holds it.

    Attributes
    ----------
    number
        What people quote (办件编号).
    item, version
        The item and the version of it that this case keeps to its end.
    authority
        Code of the department that decides; `city` is the city it works for.
    way
        How it is handled across a border; None at home.
    from_city
        Code of the applicant's city.
    taken_in_by, portal
        Codes of the node where it was handed in, and of the one that tells the applicant.
    parent, step
        Of a step of a joint case or a life event: the parent case and the step's basic code.
    process, edition
        Code and digest of the process it runs by.
    supplements
        How often the applicant was asked for more.
    seen
        Grows with every change: who acts says which one they saw.
    """

    id: str
    number: str
    item: str
    version: int
    authority: str
    city: str
    state: State
    applicant: Applicant
    submitted_at: datetime
    way: Way | None = None
    from_city: str = ""
    taken_in_by: str = ""
    portal: str = ""
    on_behalf: bool = False
    parent: str = ""
    step: str = ""
    process: str = ""
    edition: str = ""
    outcome: Outcome | None = None
    legal: Limit | None = None
    promised: Limit | None = None
    accepted_at: datetime | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    extended: bool = False
    supplements: int = 0
    seen: int = 1

    @property
    def joint(self) -> bool:
        """Whether departments act on it together: handled jointly, or a step of a life event."""
        return self.way is Way.JOINT or bool(self.parent)
