"""Evidence: what is asked of whom, why, and what they gave; as values."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from onecity.core.words import Language, say

WANTED, GIVEN = "evidence_wanted", "evidence"
"""Kinds of messages: the question and the answer, both about the question's id as their case."""
_DOTS = "•‧・."
"""What people type for the dot between the parts of a name."""
FACE = ("number", "holder", "issued", "until")
"""Fields that every document has and that are given where nothing else is wanted."""


class EvidenceState(StrEnum):
    """Where a question stands: asked, answered, then agreed to or refused by the applicant.

    Evidence that came with an application and cannot be used is `OTHER`, if it is about somebody
    else, or `UNPROVEN`, if nobody who may have signed it did.
    """

    WAITING = "waiting"
    FOUND = "found"
    ABSENT = "absent"
    AGREED = "agreed"
    REFUSED = "refused"
    OTHER = "other"
    UNPROVEN = "unproven"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_broker.state_{self.value}", language)


OPEN = frozenset({EvidenceState.WAITING, EvidenceState.FOUND, EvidenceState.AGREED})
"""What may still go with an application."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the evidence is about: identity number or credit code, and name, as they must match.

    Both are kept as they are compared: the number in capitals without spaces, the name with single
    spaces and one kind of dot between its parts.
    """

    number: str
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", "".join(self.number.split()).upper())
        name = " ".join(unicodedata.normalize("NFKC", self.name).split())
        for dot in _DOTS:
            name = name.replace(dot, "·")
        object.__setattr__(self, "name", name)

    def as_record(self) -> dict[str, str]:
        """Return it as it travels."""
        return {"number": self.number, "name": self.name}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of evidence, its name for people, and its value."""

    name: str
    label: Mapping[str, str]
    value: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what came of it.

    Attributes
    ----------
    id
        Of the question; what is sealed about it lies under its key.
    about
        The draft or case that it is for.
    item, document
        Codes: what asks for the document, and the document.
    state
        See `EvidenceState`.
    holder, node
        Codes of the department that is asked now or has answered, and of its node; empty where
        nobody holds it.
    purpose, basis
        What for; the law that allows it without the applicant's agreement, if one does.
    asked, answered, settled
        When, as `clock.stamp` writes it.
    fields
        What was found, for the preview and, once agreed to, for the application.
    by_unit
        Whether a department asked for a case before it; else the applicant did.
    platform
        Code of the platform that gave it; then this node vouches, and no holder signed it.
    """

    id: str
    about: str
    item: str
    document: str
    state: EvidenceState
    holder: str
    node: str
    purpose: str
    basis: str
    asked: str
    answered: str | None
    settled: str | None
    fields: tuple[Field, ...] = ()
    by_unit: bool = False
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """A document that a department of this node holds.

    `fields` are those of the document; its face (`FACE`) is made of the other attributes.
    """

    id: str
    document: str
    department: str
    issued: str
    until: str | None
    source: str
    subject: Subject
    number: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """Return every field by name, those of the face among them."""
        face = {
            "number": self.number,
            "holder": self.subject.name,
            "issued": self.issued,
            "until": self.until,
        }
        return {**self.fields, **face}


@dataclass(frozen=True, slots=True)
class Checked:
    """Evidence that came with an application, once its signature is found to fit.

    `node` signed it: the holder's, or, where `platform` is not empty, the node that had it from
    that platform and vouches for it.
    """

    document: str
    department: str
    platform: str
    node: str
    at: str
    fields: tuple[Field, ...]


def read_fields(values: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[Field, ...]:
    """Return fields with their names for people, those of the face first."""
    order = [*(name for name in FACE if name in values), *(n for n in values if n not in FACE)]
    return tuple(Field(name, label_of(name, labels), values[name]) for name in order)


def label_of(name: str, labels: Mapping[str, str]) -> Mapping[str, str]:
    """Return a field's name for people."""
    if name in FACE:
        key = f"hall_broker.field_{name}"
        return {"zh": say(key, "zh"), "en": say(key, "en")}
    text = str(labels.get(name, name))
    return {"zh": text, "en": text}
