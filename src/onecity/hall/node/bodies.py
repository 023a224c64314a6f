"""What the body of each kind of message must hold, said once, as JSON Schema 2020-12.

A peer is believed to be who it says; that its program is the same as this one is not. A body is
held against the shape of its kind before anything is done with it: one that does not fit is
refused for good, with the place at which it does not, and its line goes on. Handlers rely on it,
and look themselves only at what a shape cannot say: whose the case is, whether it is the time.

Members that no shape names are let through and passed by: a newer node may say more.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import jsonschema_rs

from onecity.core.errors import InputError
from onecity.hall.cases import Opinion, Outcome, State, What
from onecity.hall.catalogue import Applicant, Way
from onecity.identity.clock import moment

from .steps import StepState

Schema = dict[str, Any]
_LONGEST, _WORDS, _PERSONAL = 200, 20_000, 1000
_GREATEST = 2**53 - 1
_MOST = 1000
_NO_ZERO = "^[^\\u0000]*$"


def _text(most: int = _LONGEST, least: int = 1) -> Schema:
    # A zero character is kept in no text by one of the two databases.
    return {"type": "string", "minLength": least, "maxLength": most, "pattern": _NO_ZERO}


def _or_null(shape: Schema) -> Schema:
    return {"anyOf": [shape, {"type": "null"}]}


def _one_of(*kinds: type[StrEnum]) -> Schema:
    return {"enum": [one.value for kind in kinds for one in kind]}


def _list(shape: Schema, most: int = _MOST, least: int = 0) -> Schema:
    return {"type": "array", "items": shape, "maxItems": most, "minItems": least}


def _object(wanted: Mapping[str, Schema], perhaps: Mapping[str, Schema] | None = None) -> Schema:
    members = {**wanted, **(perhaps or {})}
    return {"type": "object", "properties": members, "required": list(wanted)}


_ID: Schema = {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_NAME, _SAID, _MAYBE = _text(), _text(least=0), _or_null(_text(least=0))
_REMARK = _or_null(_text(_WORDS, 0))
_WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": _GREATEST}
_COUNT: Schema = {**_WHOLE, "minimum": 1}
_YES: Schema = {"type": "boolean"}
_AT: Schema = {"type": "string", "format": "moment"}
_ANY: Schema = {"type": "object"}
_STARS: Schema = {"type": "integer", "minimum": 1, "maximum": 5}
_LATER = _or_null(_AT)

_APPLICANT = _object(
    {"kind": _one_of(Applicant)},
    {
        name: _or_null(_text(_PERSONAL, 0))
        for name in ("name", "id_number", "credit_code", "phone", "representative")
    },
)
_TITLED = _object({"code": _NAME, "title": _text(_PERSONAL)})
_RESULT = _object(
    {
        "document": _object(
            {
                "number": _NAME,
                "case": _ID,
                "node": _NAME,
                "item": _TITLED,
                "authority": _TITLED,
                "applicant": _object({}, _APPLICANT["properties"]),
                "granted": _YES,
                "documents": _list(_TITLED),
                "issued_at": _AT,
            },
            {"words": _REMARK, "outcome": _or_null(_one_of(Outcome))},
        ),
        "signature": _object({"kid": _NAME, "suite": _NAME, "value": _NAME}),
    }
)
_EVIDENCE = _object(
    {"document": _NAME},
    {
        "question": _NAME,
        "holder": _SAID,
        "node": _SAID,
        "agreed": _LATER,
        "fields": _ANY,
        "message": _ANY,
        "result": _RESULT,
    },
)
_APPLICATION = {
    "case": _ID,
    "number": _NAME,
    "applicant": _APPLICANT,
    "data": _ANY,
}
_ORIGIN = {
    "from_city": _SAID,
    "taken_in_by": _SAID,
    "portal": _SAID,
    "on_behalf": _YES,
    "files": _list(_ID),
    "evidence": _list(_EVIDENCE),
    "agrees": _list(_NAME),
    "at": _LATER,
    "words": _REMARK,
    "known": _YES,
}
_SUBJECT = _object({"number": _text(_PERSONAL), "name": _text(_PERSONAL)})
_STEP = _object(
    {
        "step": _NAME,
        "item": _NAME,
        "item_version": _COUNT,
        "case": _or_null(_ID),
        "number": _SAID,
        "state": _one_of(StepState),
        "unit": _SAID,
        "city": _SAID,
        "node": _SAID,
    },
    {
        "due": _LATER,
        "expected": _LATER,
        "begun": _LATER,
        "ended": _LATER,
        "waits": _list(_NAME),
        "refused": _MAYBE,
    },
)
_ASKS_FOR_OPINION = _object(
    {
        "opinion": _ID,
        "number": _NAME,
        "item": _NAME,
        "unit": _NAME,
        "asking": _NAME,
        "due": _AT,
        "portal": _SAID,
        "title": _text(_PERSONAL),
    },
    {
        "item_version": _or_null(_COUNT),
        "words": _REMARK,
        "applicant": _object({}, _APPLICANT["properties"]),
        "data": _ANY,
    },
)
_CALLS_BACK = _object({"opinion": _ID, "over": {"const": True}})

SHAPES: Mapping[str, Schema] = {
    "file": _object(
        {
            "id": _ID,
            "name": _NAME,
            "media": _NAME,
            "document": _NAME,
            "sha256": _HASH,
            "content": {"type": "string"},
        }
    ),
    "application": _object(
        {**_APPLICATION, "item": _NAME, "version": _COUNT},
        {
            **_ORIGIN,
            "way": _or_null(_one_of(Way)),
            "parent": _or_null({"anyOf": [_ID, {"const": ""}]}),
            "step": _MAYBE,
            "hops": _WHOLE,
            "case_version": _WHOLE,
            "from_node": _MAYBE,
        },
    ),
    "supplement": _object(
        {},
        {
            "data": _or_null(_ANY),
            "files": _or_null(_list(_ID)),
            "evidence": _or_null(_list(_EVIDENCE)),
            "words": _REMARK,
        },
    ),
    "withdrawal": _object({}, {"words": _REMARK}),
    "appraisal": _object({"stars": _STARS}, {"words": _REMARK}),
    "opinion_wanted": {"if": _CALLS_BACK, "then": _CALLS_BACK, "else": _ASKS_FOR_OPINION},
    "opinion": _object(
        {"opinion": _ID, "unit": _NAME, "outcome": _one_of(Opinion), "who": _NAME},
        {"words": _REMARK, "at": _AT},
    ),
    "evidence_wanted": _object(
        {
            "department": _SAID,
            "item": _NAME,
            "document": _NAME,
            "subject": _SUBJECT,
            "fields": _list(_NAME),
        },
        {
            "about": _NAME,
            "portal": _SAID,
            "basis": _MAYBE,
            "agreed": _or_null(_object({"at": _AT})),
        },
    ),
    "evidence": _object(
        {"document": _NAME, "found": _YES},
        {
            "subject": _SUBJECT,
            "department": _SAID,
            "platform": _SAID,
            "holding": _SAID,
            "fields": _ANY,
            "labels": {"type": "object", "additionalProperties": _text(_PERSONAL, 0)},
        },
    ),
    "looked": _object(
        {"id": _ID, "number": _SAID, "at": _AT, "who": _NAME, "unit": _SAID, "reason": _NAME},
        {"node": _NAME},
    ),
    "progress": _object(
        {
            "what": _one_of(What),
            "state": _one_of(State),
            "version": _COUNT,
            "at": _AT,
            "unit": _NAME,
            "hops": _WHOLE,
        },
        {
            "case": _ID,
            "number": _NAME,
            "item": _NAME,
            "item_version": _COUNT,
            "node": _NAME,
            "city": _SAID,
            "due": _LATER,
            "words": _REMARK,
            "documents": _or_null(_list(_NAME)),
            "until": _MAYBE,
            "outcome": _MAYBE,
        },
    ),
    "result": _object(
        {
            "case": _ID,
            "number": _NAME,
            "granted": _YES,
            "at": _AT,
            "unit": _NAME,
            "document": _RESULT,
        },
        {"version": _COUNT, "state": _one_of(State), "words": _REMARK, "hops": _WHOLE},
    ),
    "handed_over": _object(
        {
            "case": _ID,
            "to": _NAME,
            "item": _NAME,
            "item_version": _COUNT,
            "unit": _NAME,
            "city": _SAID,
            "hops": _WHOLE,
            "at": _AT,
        },
        {"number": _NAME, "version": _COUNT, "words": _REMARK},
    ),
    "erasure": _object({}, {"case": _ID, "number": _NAME, "erased": _YES, "at": _AT}),
    "seal": _object({"seal": _ANY, "kid": _NAME, "suite": _NAME, "signature": _NAME}),
    "figures": _object({"since": _text(10), "until": _text(10), "rows": {"type": "array"}}),
    "joint": _object(
        {
            **_APPLICATION,
            "about": _object(
                {"event": _NAME, "city": _NAME},
                {"item": _MAYBE, "places": {"type": "object", "additionalProperties": _NAME}},
            ),
            "steps": _list({
                "type": "array", "prefixItems": [_NAME, _COUNT], "items": False, "minItems": 2,
            }, least=1),
            "from_city": _SAID,
            "on_behalf": _YES,
            "evidence": _list(_EVIDENCE),
            "agrees": _list(_NAME),
            "at": _AT,
        },
        {**_ORIGIN, "way": _or_null(_one_of(Way))},
    ),
    "joint_told": _object(
        {"state": _one_of(State), "version": _COUNT, "steps": _list(_STEP)},
        {"at": _AT, "due": _LATER, "stands": _YES},
    ),
    "joint_withdrawal": _object({}, {"words": _REMARK}),
    "joint_erasure": _object({}, {"case": _ID}),
    "joint_appraisal": _object({"stars": _STARS}, {"words": _REMARK}),
    "reminder": _object({}, {"words": _REMARK}),
}  # fmt: skip
"""The shape of each kind's body."""


def _is_moment(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


_CHECKS = {
    kind: jsonschema_rs.Draft202012Validator(
        shape, formats={"moment": _is_moment}, validate_formats=True, offline=True
    )
    for kind, shape in SHAPES.items()
}


def check(kind: str, case: str, body: Mapping[str, Any]) -> None:
    """Do nothing if a body is fit for its kind, and about the case that its envelope names.

    Raises
    ------
    InputError
        It is not; the sentence names the first member that is not.
    """
    validator = _CHECKS.get(kind)
    if validator is None:
        return
    if body.get("case", case) != case:
        raise InputError("hall_node.bad_body", name="case")
    given = dict(body)
    if validator.is_valid(given):
        return
    for fault in validator.iter_errors(given):
        path = [str(one) for one in fault.instance_path]
        if isinstance(fault.kind, jsonschema_rs.ValidationErrorKind.Required):
            path.append(str(fault.kind.property))
        raise InputError("hall_node.bad_body", name="/".join(path[:_DEEP])[:_LONGEST])


_DEEP = 4
"""Names of members that are told of the place of a fault."""
