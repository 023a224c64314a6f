"""Who applies, once a supplement put it right; whom evidence of an application may be about."""

from collections.abc import Mapping
from typing import Any

from onecity.core.errors import InputError
from onecity.hall.catalogue import Applicant
from onecity.hall.forms import FileSlot

from .broker.model import Subject

_IDENTITY = frozenset({"kind", "id_number", "credit_code"})


def corrected(applicant: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return who applies, as the form says it now: it is the same one, by kind and numbers."""
    given = data.get("applicant")
    told = given if isinstance(given, Mapping) else {}
    right = {
        name: one for name, one in told.items() if name not in _IDENTITY and isinstance(one, str)
    }
    return {**applicant, **right}


def subjects_of(applicant: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[Subject, ...]:
    """Return whom evidence of an application may be about: who applies, and represents them."""
    firm = applicant.get("kind") == Applicant.FIRM.value
    name, own = str(applicant.get("name") or ""), str(applicant.get("id_number") or "")
    if not firm:
        return (Subject(own, name),)
    given = data.get("applicant")
    told = given if isinstance(given, Mapping) else {}
    return (
        Subject(str(applicant.get("credit_code") or ""), name),
        Subject(own, str(told.get("representative") or "")),
    )


def subject_of(applicant: Mapping[str, Any], data: Mapping[str, Any], slot: FileSlot) -> Subject:
    """Return whom a document must be about: the applicant, or who represents the firm.

    Raises
    ------
    InputError
        It is about somebody else, who alone could agree, or nobody is named yet.
    """
    if slot.about == "other":
        raise InputError("hall_applying.not_fetchable", given=slot.name)
    first, *others = subjects_of(applicant, data)
    if not others or (slot.about != "representative" and first.number):
        return first
    [head] = others
    if not head.name:
        raise InputError("hall_applying.no_representative")
    return head
