"""What is wrong with a form as it was filled in, told so that the applicant can mend it."""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from onecity.core.words import Sentence

from .model import Fault, Field, Form
from .numbers import CREDIT_CODE, FORMATS, ID_NUMBER, PHONE, plain_number

_KEPT = 512
_BY_FORMAT = {
    ID_NUMBER: "hall_forms.fault_id_number",
    CREDIT_CODE: "hall_forms.fault_credit_code",
    PHONE: "hall_forms.fault_phone",
    "date": "hall_forms.fault_date",
}
_ANY_FORMAT = "hall_forms.fault_format"
_FETCH, _HAND_IN = "hall_forms.file_or_evidence", "hall_forms.file_missing"
Broken = jsonschema_rs.ValidationErrorKind
_NOT_BLANK = r"\S"
_BOUNDS = (
    Broken.MaxLength,
    Broken.MinLength,
    Broken.Minimum,
    Broken.ExclusiveMinimum,
    Broken.Maximum,
    Broken.ExclusiveMaximum,
)
_BY_BOUND = {
    "maxLength": "hall_forms.fault_long",
    "minLength": "hall_forms.fault_short",
    "minimum": "hall_forms.fault_small",
    "exclusiveMinimum": "hall_forms.fault_small",
    "maximum": "hall_forms.fault_big",
    "exclusiveMaximum": "hall_forms.fault_big",
}
_BY_KIND = {
    "pattern": _ANY_FORMAT,
    "enum": "hall_forms.fault_choice",
    "const": "hall_forms.fault_agree",
}
_STRANGE = (Broken.AdditionalProperties, Broken.UnevaluatedProperties)


def check(
    form: Form,
    data: Mapping[str, Any],
    files: Iterable[str] = (),
    evidence: Collection[str] = (),
) -> tuple[Fault, ...]:
    """Return what is wrong, in the order of the form; nothing: it may be handed in.

    Parameters
    ----------
    form
        The form.
    data
        What was filled in, as it would be handed in (`part_for` leaves out what is not shown).
    files
        Name of the slot of each file that was handed in; what is in them was checked when they
        came (`media.fault_of_file`).
    evidence
        Documents that government gives in place of a file, as the applicant agreed.
    """
    shown = form.shown(data)
    names = {f"/{name}" for name in form.schema["properties"]}
    found: dict[str, Fault] = {}
    for one in validator(form).iter_errors(dict(data)):
        if isinstance(one.kind, _STRANGE):
            # Where a field under a condition is faulty, the validator takes it for a strange one.
            strangers = _strangers(_pointer(one), one.kind.unexpected)
            found |= {at: each for at, each in strangers.items() if at not in {*shown, *names}}
        else:
            pointer = _pointer(one)
            found.setdefault(pointer, Fault(pointer, _sentence(one, form, shown.get(pointer))))
    found |= _own_rules(data)
    found |= _missing_files(form, data, set(files), evidence)
    place = {pointer: at for at, pointer in enumerate(form.order)}
    in_order = sorted(found, key=lambda one: (place.get(one, len(place)), one))
    return tuple(found[pointer] for pointer in in_order)


def validator(form: Form) -> jsonschema_rs.Draft202012Validator:
    """Return the validator of a form; made once for each schema."""
    return _made(json.dumps(form.schema, sort_keys=True))


@lru_cache(maxsize=_KEPT)
def _made(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        json.loads(schema), formats=dict(FORMATS), validate_formats=True, offline=True
    )


def _pointer(error: jsonschema_rs.ValidationError) -> str:
    path = [str(one) for one in error.instance_path]
    if isinstance(error.kind, Broken.Required):
        path.append(error.kind.property)
    return "".join(f"/{_escaped(one)}" for one in path)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _strangers(where: str, names: Iterable[str]) -> dict[str, Fault]:
    return {
        pointer: Fault(pointer, Sentence("hall_forms.fault_unknown", {"field": name}))
        for name in names
        for pointer in [f"{where}/{_escaped(name)}"]
    }


def _sentence(error: jsonschema_rs.ValidationError, form: Form, field: Field | None) -> Sentence:
    kind = error.kind
    values = {"field": _name(form, _pointer(error), field)}
    blank = isinstance(kind, Broken.MinLength) and kind.limit == 1
    blank = blank or (isinstance(kind, Broken.Pattern) and kind.pattern == _NOT_BLANK)
    if isinstance(kind, Broken.Required) or blank:
        return Sentence("hall_forms.fault_required", values)
    if isinstance(kind, Broken.Format):
        return Sentence(_BY_FORMAT.get(kind.format, _ANY_FORMAT), values)
    if isinstance(kind, _BOUNDS):
        return Sentence(_BY_BOUND[kind.name], {**values, "limit": kind.limit})
    if isinstance(kind, Broken.Type) and {"number", "integer"} & set(kind.types):
        return Sentence("hall_forms.fault_number", values)
    return Sentence(_BY_KIND.get(kind.name, "hall_forms.fault_other"), values)


def _name(form: Form, pointer: str, field: Field | None) -> object:
    if field is not None:
        return field.schema.get("x-title", field.schema.get("title", pointer))
    group = form.schema["properties"].get(pointer.removeprefix("/"), {})
    return group.get("x-title", pointer or dict(form.title))


def _own_rules(data: Mapping[str, Any]) -> dict[str, Fault]:
    """Return faults that no schema of one field sees."""
    applicant, agent = data.get("applicant"), data.get("agent")
    if not isinstance(applicant, Mapping) or not isinstance(agent, Mapping):
        return {}
    number = agent.get("id_number")
    own = applicant.get("id_number")
    if (
        isinstance(number, str)
        and isinstance(own, str)
        and plain_number(own) == plain_number(number)
    ):
        pointer = "/agent/id_number"
        return {pointer: Fault(pointer, Sentence("hall_forms.fault_agent_is_applicant"))}
    return {}


def _missing_files(
    form: Form, data: Mapping[str, Any], files: Collection[str], evidence: Collection[str]
) -> dict[str, Fault]:
    found = {}
    for slot in form.files:
        given = slot.name in files or (slot.fetchable and slot.name in evidence)
        if slot.wanted(data) and not given:
            key = _FETCH if slot.fetchable else _HAND_IN
            pointer = f"/files/{_escaped(slot.name)}"
            found[pointer] = Fault(pointer, Sentence(key, {"document": dict(slot.title)}))
    return found
