"""Parts that every form has, and those that an item gets by its kind where it has no own schema.

Each part is a JSON Schema object; a field's words stand in ``x-title`` (both languages), beside
the Chinese ``title`` that any other renderer shows.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from onecity.hall.catalogue import Applicant, Kind

from .model import Words, words
from .numbers import CREDIT_CODE, ID_NUMBER, PHONE

Json = dict[str, Any]


def titled(schema: Json, text: Words) -> Json:
    """Return a schema with its title in both languages."""
    return {"title": text["zh"], **schema, "x-title": dict(text)}


def field(
    name: str,
    schema: Json | None = None,
    taken: Sequence[tuple[str, str]] = (),
    **more: Any,
) -> Json:
    """Return a field with its title from the catalogue of sentences; text where nothing is said.

    `taken` are the documents and their fields from which it can be taken over.
    """
    text = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S"}
    sources = {"x-from": [list(one) for one in taken]} if taken else {}
    return titled({**(schema or text), **more, **sources}, words(f"hall_forms.field_{name}"))


def choice(name: str, options: Iterable[str], **more: Any) -> Json:
    """Return a choice of one; its options' words are those of the field and the option."""
    several = list(options)
    return field(
        name,
        {
            "type": "string",
            "enum": several,
            "x-options": {one: dict(words(f"hall_forms.option_{name}_{one}")) for one in several},
        },
        **more,
    )


def when(name: str, value: Any, properties: Json, required: Sequence[str]) -> Json:
    """Return a conditional part: these fields where a field of the group has a value."""
    return {
        "if": {"properties": {name: {"const": value}}, "required": [name]},
        "then": {"properties": properties, "required": list(required)},
    }


def group(
    title: Words, properties: Json, required: Sequence[str], conditions: Sequence[Json] = ()
) -> Json:
    """Return a group: an object that holds these fields and no other."""
    made = titled({"type": "object", "properties": properties, "required": list(required)}, title)
    if conditions:
        made["allOf"] = list(conditions)
    return {**made, "unevaluatedProperties": False}


_PHONE: Json = {"type": "string", "format": PHONE}
_DAY: Json = {"type": "string", "format": "date"}
_LONG: Json = {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"\S"}
_ID: Json = {"type": "string", "format": ID_NUMBER}
_MONEY: Json = {"type": "number", "minimum": 0, "maximum": 1e12, "x-unit": "CNY"}


def account() -> Json:
    """Return fields of a bank account that money is paid into."""
    return {
        "holder": field("holder", maxLength=100),
        "bank": field("bank", maxLength=100),
        "account": field("account", {"type": "string", "pattern": "^[0-9]{8,30}$"}),
    }


def applicant(kinds: Iterable[Applicant]) -> Json:
    """Return the group of who applies, as persons, firms or both do."""
    several = [one.value for one in Applicant if one in set(kinds)] or [Applicant.PERSON.value]
    kind = titled(
        {
            "type": "string",
            "enum": several,
            "x-options": {one: dict(words(f"hall.applicant_{one}")) for one in several},
        },
        words("hall_forms.field_kind"),
    )
    asked = {Applicant.PERSON.value: _person(), Applicant.FIRM.value: _firm()}
    conditions = [one for name in several for one in _by_kind(name, asked[name])]
    return group(words("hall_forms.group_applicant"), {"kind": kind}, ["kind"], conditions)


def _by_kind(kind: str, asked: tuple[Json, Sequence[str], Sequence[Json]]) -> list[Json]:
    properties, required, conditions = asked
    inner = [
        {
            "if": {
                "properties": {"kind": {"const": kind}, **one["if"]["properties"]},
                "required": ["kind", *one["if"]["required"]],
            },
            "then": one["then"],
        }
        for one in conditions
    ]
    return [when("kind", kind, properties, required), *inner]


def _person() -> tuple[Json, Sequence[str], Sequence[Json]]:
    papers = ["id_card", "passport", "hmt_permit"]
    number = field("id_number", {"type": "string", "pattern": "^[A-Z0-9()/-]{5,30}$"})
    properties = {
        "name": field("name", maxLength=100, taken=[("identity", "name")]),
        "id_type": choice("id_type", papers, default="id_card"),
        "phone": field("phone", _PHONE),
        "address": field("address"),
    }
    conditions = [
        when("id_type", "id_card", {"id_number": field("id_number", _ID)}, ["id_number"]),
        *(when("id_type", one, {"id_number": number}, ["id_number"]) for one in papers[1:]),
    ]
    return properties, ["name", "id_type", "phone"], conditions


def _firm() -> tuple[Json, Sequence[str], Sequence[Json]]:
    properties = {
        "registered": field("registered", {"type": "boolean"}, default=True),
        "name": field("firm_name", maxLength=200, taken=[("licence", "name")]),
        "representative": field("representative", maxLength=100),
        "representative_id": field("representative_id", _ID),
        "phone": field("phone", _PHONE),
        "address": field("firm_address", taken=[("licence", "address")]),
    }
    code = field("credit_code", {"type": "string", "format": CREDIT_CODE})
    return (
        properties,
        ["registered", "name", "representative", "representative_id", "phone"],
        [when("registered", True, {"credit_code": code}, ["credit_code"])],
    )


def agent() -> Json:
    """Return the group of who acts for the applicant."""
    properties = {
        "name": field("agent_name", maxLength=100),
        "id_number": field("agent_id", _ID),
        "phone": field("agent_phone", _PHONE),
        "relation": choice("relation", ["family", "employee", "agency", "guardian", "other"]),
    }
    return group(
        words("hall_forms.group_agent"),
        {"acting": field("acting", {"type": "boolean"}, default=False)},
        ["acting"],
        [when("acting", True, properties, list(properties))],
    )


def delivery() -> Json:
    """Return the group of how the result is handed over."""
    post = {
        "recipient": field("recipient", maxLength=100),
        "post_address": field("post_address"),
        "post_phone": field("post_phone", _PHONE),
    }
    window = {"pick_up_city": field("pick_up_city", maxLength=50)}
    return group(
        words("hall_forms.group_delivery"),
        {"how": choice("how", ["online", "post", "window"], default="online")},
        ["how"],
        [when("how", "post", post, list(post)), when("how", "window", window, [])],
    )


def declaration() -> Json:
    """Return the group in which the applicant vouches for what was filled in."""
    truth = field("true_and_complete", {"const": True, "type": "boolean"})
    return group(
        words("hall_forms.group_declaration"), {"true_and_complete": truth}, ["true_and_complete"]
    )


def by_kind(kind: Kind, of: str | None = None) -> Json:
    """Return the group of an item's own matter where the item brings no schema of its own.

    `of` is the item's title, where several items stand in one form.
    """
    matter = field("matter", _LONG)
    place = field("place")
    starts = field("starts", _DAY)
    match kind:
        case Kind.LICENCE:
            asked = {"activity": field("activity", _LONG), "place": place, "starts": starts}
            needed = ["activity", "place"]
        case Kind.CONFIRMATION:
            change = choice("change", ["first", "change", "cancel"])
            asked = {"subject": field("subject"), "change": change, "place": place}
            needed = ["subject", "change"]
        case Kind.PAYMENT:
            asked = {"matter": matter, "cny": field("cny", _MONEY), **account()}
            needed = ["matter", "holder", "bank", "account"]
        case Kind.LEVY:
            until = field("until", _DAY)
            asked = {"starts": starts, "until": until, "base": field("base", _MONEY)}
            needed = ["starts", "until", "base"]
        case Kind.RULING:
            asked = {
                "other_party": field("other_party"),
                "facts": field("facts", _LONG),
                "claim": field("claim", _LONG),
            }
            needed = ["other_party", "facts", "claim"]
        case Kind.REWARD:
            asked = {"deed": field("deed", _LONG), "happened": field("happened", _DAY)}
            needed = ["deed"]
        case Kind.OTHER_POWER:
            asked = {"matter": matter, "place": place, "starts": starts}
            needed = ["matter"]
        case Kind.SERVICE:
            asked = {"matter": matter, "remarks": field("remarks", _LONG)}
            needed = ["matter"]
    alone = words("hall_forms.group_matter")
    return group(words("hall_forms.group_matter_of", item=of) if of else alone, asked, needed)
