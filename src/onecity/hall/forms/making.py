"""The form of an item from its catalogue entry and its own schema; that of a life event, once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from onecity.hall.catalogue import Applicant, Catalogue, Item, LifeEvent

from . import parts
from .merging import fields_of, merged, resolved
from .model import Form, Group, Schema, Words, both_of
from .parts import Json
from .slots import slots

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_CLOSED: Json = {"unevaluatedProperties": False}
Own = Mapping[str, Schema]
"""Own schemas of items, by implementation code or by basic code (the first goes before)."""


def form_of(
    item: Item,
    catalogue: Catalogue,
    own: Own | None = None,
    applicants: Iterable[Applicant] | None = None,
) -> Form:
    """Return the form of an item.

    Who applies, who acts for them, how the result is delivered and the declaration are the same in
    every form; between them stands the item's own schema, or where it has none the questions of
    its kind. `applicants` are the item's own where nothing else is said: in a life event a firm
    may apply for what concerns one of its people.
    """
    title = both_of(item.title, item.title_en)
    kinds = item.applicants if applicants is None else applicants
    return _form(item.code, title, [item], kinds, catalogue, own)


def form_of_event(
    event: LifeEvent, items: Sequence[Item], catalogue: Catalogue, own: Own | None = None
) -> Form:
    """Return the form of a life event over the items chosen: everything asked once.

    A group that several items ask for has the fields of all of them; a document that one of the
    items yields is not asked for where another needs it.
    """
    title = both_of(event.title, event.title_en)
    return _form(event.code, title, items, event.applicants, catalogue, own)


def own_schema(item: Item, own: Own | None) -> Schema | None:
    """Return the own schema of an item, None where it has none."""
    given = own or {}
    return given.get(item.code, given.get(item.basic_code))


def part_for(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the data a form asks for, as it is filled in.

    What was typed into a field that is no longer shown is left out, and of a life event's data
    what another item asks for. A group that is missing stands empty, so that each of its fields
    is asked for; a value that is no group stays, so that it is found fault with.
    """
    kept: dict[str, Any] = {
        name: value for name, value in data.items() if not isinstance(value, Mapping)
    }
    for pointer in form.shown(data):
        name, field = pointer.split("/")[1:]
        value = data.get(name)
        if isinstance(value, Mapping) or name not in data:
            own = kept.setdefault(name, {})
            if value and field in value:
                own[field] = value[field]
    return kept


def _form(
    about: str,
    title: Words,
    items: Sequence[Item],
    applicants: Iterable[Applicant],
    catalogue: Catalogue,
    own: Own | None,
) -> Form:
    groups = _groups(items, applicants, own)
    fields = fields_of(groups)
    order = tuple(dict.fromkeys(one.pointer for one in fields))
    return Form(
        about=about,
        title=title,
        items={item.code: item.version for item in items},
        schema={
            "$schema": DRAFT,
            "type": "object",
            "title": title["zh"],
            "x-title": dict(title),
            "properties": groups,
            "required": [name for name, one in groups.items() if one.get("required")],
            "additionalProperties": False,
        },
        fields=fields,
        groups=tuple(
            Group(name, one["x-title"], tuple(each for each in order if each.split("/")[1] == name))
            for name, one in groups.items()
        ),
        files=tuple(slots(items, catalogue, [own_schema(one, own) for one in items], fields)),
    )


def _groups(items: Sequence[Item], applicants: Iterable[Applicant], own: Own | None) -> Json:
    groups: Json = {"applicant": parts.applicant(applicants), "agent": parts.agent()}
    for item in items:
        schema = own_schema(item, own)
        # Its name is the same in the item's form and in that of a life event.
        matter = re.sub(r"\W", "_", f"matter_{item.basic_code}")
        asked = (
            {matter: parts.by_kind(item.kind, None if len(items) == 1 else item.title)}
            if schema is None
            else resolved(schema).get("properties", {})
        )
        for name, one in asked.items():
            groups[name] = merged(groups[name], one) if name in groups else {**one, **_CLOSED}
    return {**groups, "delivery": parts.delivery(), "declaration": parts.declaration()}
