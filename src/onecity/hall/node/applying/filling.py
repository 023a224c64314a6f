"""What a form can be filled with already, and where each value comes from."""

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
    kinds = form.schema["properties"]["applicant"]["properties"]["kind"]["enum"]
    if profile.person.kind.value not in kinds:
        return {}
    shown = form.shown({"applicant": {name.split("/")[2]: one for name, one in values.items()}})
    return {
        pointer: {"value": value, "source": source}
        for pointer, value in values.items()
        if pointer in shown
    }


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
