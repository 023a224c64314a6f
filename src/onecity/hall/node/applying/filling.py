"""What a form can be filled with already, and where each value comes from."""

from collections.abc import Mapping
from typing import Any

from onecity.core.words import LANGUAGES, say
from onecity.hall.catalogue import Applicant
from onecity.hall.forms import Form

from .views import Person, Profile


def prefilled(form: Form, profile: Profile) -> dict[str, dict[str, Any]]:
    """Return values for fields of a form from an account's profile, by pointer."""
    values = of_person(profile.person)
    at = None if profile.verified is None else profile.verified.isoformat()
    key = "hall_applying.source_profile" if at is None else "hall_applying.source_verified"
    source = {"title": {language: say(key, language) for language in LANGUAGES}, "at": at}
    return {
        f"/applicant/{name}": {"value": value, "source": source}
        for name, value in _fitting(form, values).items()
    }


def begun(form: Form, person: Person) -> dict[str, dict[str, Any]]:
    """Return what a form says from the beginning about somebody who stands at a window."""
    fitting = _fitting(form, of_person(person))
    return {"applicant": fitting} if fitting else {}


def _fitting(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values, by field of the applicant's group, for which the form has a place."""
    applicant = {pointer.split("/")[2]: value for pointer, value in values.items()}
    kinds = form.schema["properties"]["applicant"]["properties"]["kind"]["enum"]
    if applicant["kind"] not in kinds:
        return {}
    shown = form.shown({"applicant": applicant})
    return {name: value for name, value in applicant.items() if f"/applicant/{name}" in shown}


def of_person(person: Person) -> dict[str, Any]:
    """Return what of the applicant's group somebody's profile says, by pointer."""
    told: dict[str, Any] = {"kind": person.kind.value, "name": person.name}
    if person.kind is Applicant.FIRM:
        told["registered"] = bool(person.credit_code) or None
        told |= {"credit_code": person.credit_code, "representative_id": person.id_number}
    else:
        told |= {"id_type": "id_card", "id_number": person.id_number}
    told |= {"phone": person.phone, "address": person.address}
    return {f"/applicant/{name}": value for name, value in told.items() if value}
