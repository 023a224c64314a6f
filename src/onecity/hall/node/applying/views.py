"""What applying tells its callers: profiles, drafts, files, receipts, cases as applicants see them.

Times are moments with their zone; names of the catalogue come in both languages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from onecity.core.errors import InputError
from onecity.hall.cases import State
from onecity.hall.catalogue import Applicant, Limit, Way
from onecity.hall.forms import Fault, FileSlot, Form, Words
from onecity.hall.node.broker.model import Asked
from onecity.hall.node.filing import File
from onecity.hall.node.stages import StageSeen


class FormFaultsError(InputError):
    """A form is not complete; `faults` say where and what."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("hall_applying.form_faults", count=len(faults), first=faults[0].sentence)
        self.faults = faults

    def __reduce__(self) -> tuple[object, ...]:
        return (FormFaultsError, (self.faults,))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who applies, as they said: a person, or a firm with who represents it.

    `id_number` is the person's, or the representative's; `credit_code` a firm's.
    """

    kind: Applicant
    name: str
    id_number: str = ""
    credit_code: str = ""
    phone: str = ""
    address: str = ""

    @property
    def number(self) -> str:
        """The number by which the applicant is known; empty where none was given."""
        return self.credit_code if self.kind is Applicant.FIRM else self.id_number

    def as_record(self) -> dict[str, str]:
        """Return it as it is kept."""
        return {
            "kind": self.kind.value,
            "name": self.name,
            "id_number": self.id_number,
            "credit_code": self.credit_code,
            "phone": self.phone,
            "address": self.address,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, str]) -> "Person":
        """Read what `as_record` wrote."""
        told = dict(record)
        return cls(Applicant(told.pop("kind")), **told)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who an account is; `verified` says when somebody checked that, None if nobody did."""

    person: Person
    seen: int
    verified: datetime | None


@dataclass(frozen=True, slots=True)
class About:
    """What an application is about: an item, or a life event in a city with chosen steps.

    `places` are cities of steps that are to be done elsewhere, by basic code.
    """

    item: str = ""
    event: str = ""
    city: str = ""
    chosen: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "item": self.item,
            "event": self.event,
            "city": self.city,
            "with": list(self.chosen),
            "places": dict(self.places),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "About":
        """Read what `as_record` wrote."""
        return cls(
            record["item"],
            record["event"],
            record["city"],
            tuple(record["with"]),
            dict(record["places"]),
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """An application that is not handed in yet; `seen` goes back with the next change."""

    id: str
    about: About
    title: Words
    way: Way | None
    from_city: str
    on_behalf: Person | None
    data: Mapping[str, Any]
    files: tuple[File, ...]
    saved_at: datetime
    seen: int
    item_version: int | None = None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft as a list shows it."""

    id: str
    about: About
    title: Words
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """An application that was handed in: `to` is the node of the authority."""

    case: str
    number: str
    title: Words
    at: datetime
    to: str
    to_title: Words
    promised: Limit | None
    marked: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something that an applicant was told of a case.

    `what` is a word of `cases.What`, or one of an application's own, `what_text` what people
    read; `unit` the code of the department, empty for the applicant.
    """

    at: datetime
    what: str
    what_text: Words
    unit: str
    unit_title: Words
    words: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a department asks for besides, and until which day."""

    words: str
    until: str | None
    documents: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, slots=True)
class Wanting:
    """What an applicant can give while a department asks for more.

    Attributes
    ----------
    form, data
        The form of the item in the version of the case, and what was filled in.
    slots
        Places for the documents that are asked for.
    files, evidence
        What was added since and not handed in yet.
    """

    form: Form
    data: Mapping[str, Any]
    slots: tuple[FileSlot, ...]
    files: tuple[File, ...]
    evidence: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of a case, and the signed document itself."""

    title: Words
    number: str
    granted: bool
    words: str
    signed_by: Words
    at: datetime
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Appraised:
    """What an applicant thought of how the case was handled."""

    stars: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step of a life event; `state` is a case's, or a word of `steps.StepState` before.

    Attributes
    ----------
    over
        How it ended, a word of `steps.StepState`; empty while it has not.
    due, ended
        When it is over if every department keeps its limit (None: not known); when it was.
    waits_for
        Names of the steps before it that are not granted.
    stopped_by, stops
        Names of the step that was not granted, so that it was stopped; of those it stopped.
    """

    basic_code: str
    title: Words
    state: str
    state_text: Words
    unit: str
    unit_title: Words
    city: str
    case: str | None
    over: str
    due: datetime | None
    ended: datetime | None
    waits_for: tuple[Words, ...]
    stopped_by: Words | None
    stops: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class MineRow:
    """A case as its applicant's list shows it."""

    case: str
    number: str
    title: Words
    state: State
    at: datetime
    due: datetime | None
    steps_done: int
    steps: int
    needs_me: bool


@dataclass(frozen=True, slots=True)
class Mine(MineRow):
    """A case as its applicant sees it; what was erased is empty.

    Attributes
    ----------
    stops
        Of a step of a life event that was not granted: names of those that it stopped.
    stands
        Of a life event: nobody knows when it is over, since the clock of a step stands still.
    withdrawing
        Of a life event: since when it is being withdrawn, until every step has answered.
    stages
        The steps of its process, and how far it is; none of a life event.
    """

    item: str
    event: str
    unit: str
    unit_title: Words
    node: str
    way: Way | None
    timeline: tuple[Told, ...]
    promised: Limit | None
    supplement: Wanted | None
    result: Decided | None
    appraisal: Appraised | None
    steps_of: tuple[StepSeen, ...]
    files: tuple[File, ...]
    can: tuple[str, ...]
    erased: datetime | None
    parent: str | None
    stops: tuple[Words, ...]
    stands: bool
    withdrawing: datetime | None
    stages: tuple[StageSeen, ...]


__all__ = [
    "About",
    "Appraised",
    "Decided",
    "Draft",
    "DraftRow",
    "File",
    "FormFaultsError",
    "Mine",
    "MineRow",
    "Person",
    "Profile",
    "Receipt",
    "StepSeen",
    "Told",
    "Wanted",
    "Wanting",
]
