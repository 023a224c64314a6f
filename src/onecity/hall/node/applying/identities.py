"""Who an application says applies, and whether that goes with who is known to apply."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onecity.core.words import Sentence
from onecity.hall.catalogue import Applicant
from onecity.hall.forms import Fault
from onecity.hall.forms.numbers import plain_number
from onecity.hall.node.broker.model import Subject
from onecity.hall.node.subjects import subjects_of

from .views import Person

_IDENTITY = ("kind", "id_number", "credit_code")


def applicant_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return who applies, as an application says it.

    `id_number` is a person's own, or that of who represents a firm.
    """
    told = dict(data.get("applicant") or {})
    if told.get("kind") == Applicant.FIRM.value:
        told["id_number"] = told.get("representative_id", "")
    for name in ("id_number", "credit_code"):
        if told.get(name):
            told[name] = plain_number(str(told[name]))
    return told


def number_of(applicant: Mapping[str, Any]) -> str:
    """Return the number by which an applicant is known; empty where there is none."""
    return str(applicant.get("credit_code") or applicant.get("id_number") or "")


def is_known(applicant: Mapping[str, Any], known: Person | None) -> bool:
    """Whether an applicant is who somebody has seen, and no one for whom that one acts.

    Of a firm its code and the number of who represents it must both fit.
    """
    if known is None or not known.number:
        return False
    names = (
        ("id_number", "credit_code") if applicant.get("kind") == Applicant.FIRM else ("id_number",)
    )
    return all(plain_number(getattr(known, one)) == applicant.get(one) for one in names)


def identity_faults(
    data: Mapping[str, Any], known: Person, evidence: Sequence[Mapping[str, Any]]
) -> tuple[Fault, ...]:
    """Return what is wrong where somebody whose identity is known applies as somebody else.

    Who acts for another one names them as the applicant and themselves as acting; what was fetched
    about oneself does not go with that.
    """
    if not known.number:
        return ()
    applicant, agent = applicant_of(data), data.get("agent") or {}
    own = {plain_number(one) for one in (known.id_number, known.credit_code) if one}
    acts = agent.get("acting") is True and plain_number(str(agent.get("id_number", ""))) in own
    if acts or own & {applicant.get("id_number"), applicant.get("credit_code")}:
        return tuple(evidence_faults(applicant, data, evidence))
    name = "credit_code" if applicant.get("kind") == Applicant.FIRM.value else "id_number"
    return (Fault(f"/applicant/{name}", Sentence("hall_applying.not_you")),)


def evidence_faults(
    applicant: Mapping[str, Any], data: Mapping[str, Any], evidence: Sequence[Mapping[str, Any]]
) -> Iterator[Fault]:
    """Return which evidence is about nobody of an application, neither applicant nor their head."""
    theirs = subjects_of(applicant, data)
    for one in evidence:
        if _subject(one) not in theirs:
            not_theirs = Sentence("hall_applying.evidence_not_theirs")
            yield Fault(f"/files/{one['document']}", not_theirs)


def same_applicant(before: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Fault]:
    """Return where an application's data, as supplemented, are of somebody else than before.

    Whoever that is has to apply themselves.
    """
    if not isinstance(data.get("applicant") or {}, Mapping):
        return  # no group at all: that is found where the form is checked
    told = applicant_of(data)
    for name in _IDENTITY:
        if told.get(name) and told[name] != before.get(name):
            firm = name == "id_number" and before.get("kind") == Applicant.FIRM.value
            field = "representative_id" if firm else name
            yield Fault(f"/applicant/{field}", Sentence("hall_applying.applicant_changed"))


def _subject(evidence: Mapping[str, Any]) -> Subject:
    """Return whom evidence is about, as its holder was asked."""
    told = ((evidence.get("message") or {}).get("body") or {}).get("subject") or {}
    return Subject(str(told.get("number")), str(told.get("name")))
