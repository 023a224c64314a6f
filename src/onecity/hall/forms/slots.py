"""Which documents a form asks for, and which of them government holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from onecity.hall.catalogue import Catalogue, Item, Origin, Requirement
from onecity.hall.catalogue.steps import in_turn, needed_by

from .model import MEDIA, Field, FileSlot, Form, Schema, When, both_of

_FORM_TITLES = ("申请表", "申请书", "登记表")
"""A document so called is the form itself, filled in online: no file of it is asked for."""


def slots(
    items: Sequence[Item],
    catalogue: Catalogue,
    own: Sequence[Schema | None],
    fields: Sequence[Field],
) -> list[FileSlot]:
    """Return a place for each document that the items ask for, once.

    Not for what an item gets from another one here that is done before it, nor for the application
    form itself.
    """
    before = needed_by(items)
    _, circling = in_turn(dict(enumerate(before)))
    taken = _taken_over(fields)
    found: dict[str, FileSlot] = {}
    for at, item in enumerate(items):
        earlier = set() if at in circling else before[at]
        yielded = {document for place in earlier for document in items[place].results}
        for requirement in item.requirements:
            code = requirement.document
            if code in yielded or _is_the_form(code, catalogue):
                continue
            told = ((own[at] or {}).get("x-files") or {}).get(code, {})
            slot = _slot(requirement, item, catalogue, told, taken.get(code, {}))
            found[code] = _one_of(found[code], slot) if code in found else slot
    return list(found.values())


def asked_for(form: Form, item: Item, catalogue: Catalogue, document: str) -> FileSlot | None:
    """Return the place for a document that a department asks for by name; None for no such one.

    It is wanted whatever the form says of it. One for which the form has no place, as the
    application form on paper, or what an earlier step of a life event was to yield, gets one.
    """
    found = form.slot(document)
    if found is None:
        needed = next((one for one in item.requirements if one.document == document), None)
        if needed is None:
            return None
        found = _slot(needed, item, catalogue, {}, {})
    return replace(found, necessary=True, condition="", when=())


def _is_the_form(code: str, catalogue: Catalogue) -> bool:
    document = catalogue.document.get(code)
    return (
        document is not None
        and document.origin is Origin.APPLICANT
        and document.title.endswith(_FORM_TITLES)
    )


def _slot(
    requirement: Requirement,
    item: Item,
    catalogue: Catalogue,
    told: Mapping[str, Any],
    fields: Mapping[str, tuple[str, ...]],
) -> FileSlot:
    document = catalogue.document.get(requirement.document)
    title = document.title if document else requirement.document
    when = tuple(When(one["pointer"], tuple(one["values"])) for one in told.get("when", ()))
    issuer = document.issuer if document else ""
    government = document is not None and document.origin is Origin.GOVERNMENT
    return FileSlot(
        name=requirement.document,
        title=both_of(title, document.title_en if document else ""),
        # A condition in words alone cannot be decided here: a clerk asks for what is missing.
        necessary=requirement.necessary and (not requirement.when or bool(when)),
        fetchable=government and bool(issuer) and told.get("about") != "other",
        origin=document.origin.value if document else Origin.APPLICANT.value,
        issuer=issuer,
        paper=requirement.form.value,
        copies=requirement.copies,
        condition=requirement.when,
        when=when,
        media=tuple(told.get("media", MEDIA)),
        most_files=int(told.get("most_files", 10)),
        fields=fields,
        steps=(item.basic_code,),
        about=str(told.get("about", "applicant")),
    )


def _one_of(one: FileSlot, other: FileSlot) -> FileSlot:
    """Return one place for a document that two items ask for; the stricter stands."""
    stricter = one if one.necessary or not other.necessary else other
    both = one.necessary and other.necessary
    return replace(
        stricter,
        when=() if both and one.when != other.when else stricter.when,
        condition="" if both and one.condition != other.condition else stricter.condition,
        copies=max(one.copies, other.copies),
        most_files=max(one.most_files, other.most_files),
        media=tuple(each for each in one.media if each in other.media) or one.media,
        steps=tuple(dict.fromkeys((*one.steps, *other.steps))),
        fetchable=one.fetchable and other.fetchable,
        about=one.about if one.about == other.about else "other",
    )


def _taken_over(fields: Sequence[Field]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return for each document which of its fields go where in the form."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for document, name, pointer in _sources(fields):
        own = found.setdefault(document, {})
        own[name] = tuple(dict.fromkeys((*own.get(name, ()), pointer)))
    return found


def _sources(fields: Sequence[Field]) -> Iterator[tuple[str, str, str]]:
    for one in fields:
        for document, name in one.schema.get("x-from", ()):
            yield document, name, one.pointer
