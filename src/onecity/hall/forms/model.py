"""What a form is: a JSON Schema with its groups, its files, and when each part is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onecity.core.words import LANGUAGES, Language, Sentence, say

Words = Mapping[Language, str]
"""A text in both languages."""
Schema = Mapping[str, Any]

PDF = "application/pdf"
OFD = "application/ofd"
JPEG = "image/jpeg"
PNG = "image/png"
MEDIA = (PDF, OFD, JPEG, PNG)
"""What a file may be: what offices file, and what a phone takes."""
MOST_BYTES = 20 * 1024 * 1024


def words(key: str, /, **values: object) -> Words:
    """Return a sentence of the catalogue in both languages."""
    return {language: say(key, language, **values) for language in LANGUAGES}


def both_of(zh: str, en: str = "") -> Words:
    """Return a name in both languages; Chinese stands where there is no English."""
    return {"zh": zh, "en": en or zh}


@dataclass(frozen=True, slots=True)
class When:
    """A part is wanted only if the value at a pointer is one of several."""

    pointer: str
    values: tuple[Any, ...]

    def holds(self, data: Any) -> bool:
        """Return whether it is so in the data of a form."""
        for name in self.pointer.split("/")[1:]:
            if not isinstance(data, Mapping) or name not in data:
                return False
            data = data[name]
        return any(data == one and type(data) is type(one) for one in self.values)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"pointer": self.pointer, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: where, of what schema, whether it must be there, and when it is shown.

    One pointer may come several times, each under another condition: of those that hold the last
    one stands (an identity number looks otherwise than that of a passport).
    """

    pointer: str
    schema: Schema
    required: bool
    when: tuple[When, ...] = ()

    def shown(self, data: Any) -> bool:
        """Return whether it is asked for, as the form is filled in."""
        return all(one.holds(data) for one in self.when)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "pointer": self.pointer,
            "schema": self.schema,
            "required": self.required,
            "when": [one.as_json() for one in self.when],
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together under one heading; `fields` are pointers in order."""

    name: str
    title: Words
    fields: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"name": self.name, "title": dict(self.title), "fields": list(self.fields)}


@dataclass(frozen=True, slots=True)
class FileSlot:
    """A place for a document.

    Attributes
    ----------
    name
        Name of the slot: the document's code.
    necessary
        Whether the form is not complete without it (or, where `fetchable`, its evidence).
    fetchable
        Whether government holds it: evidence agreed to stands in its place.
    condition
        When it is wanted, as the catalogue says in words; empty: always.
    when
        When it is wanted, by what was filled in; all must hold.
    fields
        Fields of the document that the form takes over when it is fetched as evidence, each with
        the pointers of where they go.
    steps
        Basic codes of the items that ask for it.
    about
        Whom the document is about: the ``applicant``, who is the ``representative`` of a firm, or
        somebody ``other``, about whom an applicant cannot have evidence fetched.
    """

    name: str
    title: Words
    necessary: bool
    fetchable: bool
    origin: str
    issuer: str = ""
    paper: str = ""
    copies: int = 1
    condition: str = ""
    when: tuple[When, ...] = ()
    media: tuple[str, ...] = MEDIA
    most_files: int = 10
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    about: str = "applicant"

    @property
    def document(self) -> str:
        """The document's code."""
        return self.name

    def wanted(self, data: Any) -> bool:
        """Return whether the form needs it, as it is filled in."""
        return self.necessary and all(one.holds(data) for one in self.when)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "name": self.name,
            "document": self.name,
            "title": dict(self.title),
            "necessary": self.necessary,
            "fetchable": self.fetchable,
            "origin": self.origin,
            "issuer": self.issuer,
            "form": self.paper,
            "copies": self.copies,
            "condition": self.condition,
            "when": [one.as_json() for one in self.when],
            "media": list(self.media),
            "most_files": self.most_files,
            "fields": {name: list(several) for name, several in self.fields.items()},
            "steps": list(self.steps),
            "about": self.about,
        }


@dataclass(frozen=True, slots=True)
class Form:
    """A form of an item or of a life event.

    Attributes
    ----------
    about
        Code of the item or of the life event.
    items
        Codes of the items that it serves with their versions, in order.
    schema
        JSON Schema 2020-12 of its data, with no reference in it. Each property is a group; a
        field that stands under a condition stands in a ``then`` of its group.
    fields
        All fields in order, each with the condition under which it is shown.
    """

    about: str
    title: Words
    items: Mapping[str, int]
    schema: Schema
    fields: tuple[Field, ...]
    groups: tuple[Group, ...]
    files: tuple[FileSlot, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """Pointers of all fields in order."""
        return tuple(dict.fromkeys(one.pointer for one in self.fields))

    def shown(self, data: Any) -> dict[str, Field]:
        """Return the fields that are asked for, as the form is filled in, by pointer."""
        return {one.pointer: one for one in self.fields if one.shown(data)}

    def slot(self, name: str) -> FileSlot | None:
        """Return the slot of a document, None where the form has none."""
        return next((one for one in self.files if one.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "about": self.about,
            "title": dict(self.title),
            "items": dict(self.items),
            "schema": self.schema,
            "order": list(self.order),
            "fields": [one.as_json() for one in self.fields],
            "groups": [one.as_json() for one in self.groups],
            "files": [one.as_json() for one in self.files],
        }


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with what was filled in, and where: a pointer into the data or the files."""

    pointer: str
    sentence: Sentence

    def text(self, language: Language) -> str:
        """Return what is wrong, in one language."""
        return self.sentence.text(language)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "pointer": self.pointer,
            "message": {language: self.text(language) for language in LANGUAGES},
        }
