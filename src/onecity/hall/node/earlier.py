"""Results of earlier steps of a life event, as evidence that a later step is given."""

from collections.abc import Mapping
from typing import Any

from onecity.hall.wire import Refusal, TrustList
from onecity.identity.clock import moment

from .broker.model import Checked, Subject, read_fields
from .results import check
from .writing import CHINA


def result_as_evidence(record: Mapping[str, Any], trust: TrustList, *subjects: Subject) -> Checked:
    """Return the result of an earlier step that came with an application, if it was signed so.

    Where `subjects` are named, it must have been given to one of them.

    Raises
    ------
    Refusal
        It is no result, its signature does not fit, or it does not grant the document, or was
        given to somebody else.
    """
    node = check(record["result"], trust)
    document = record["result"]["document"]
    code = str(record.get("document"))
    granted = {str(one.get("code")) for one in document.get("documents", ())}
    if document.get("granted") is not True or code not in granted:
        raise Refusal("hall_applying.result_without", document=code)
    holder = document.get("applicant") or {}
    numbers = {str(holder.get(one) or "") for one in ("id_number", "credit_code")}
    if subjects and not any(one.number and one.number in numbers for one in subjects):
        raise Refusal("hall_broker.of_another")
    return Checked(
        document=code,
        department=str(document["authority"]["code"]),
        platform="",
        node=node,
        at=str(document["issued_at"]),
        fields=read_fields(face_of(document), {}),
    )


def face_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands on every document, of a result."""
    applicant = document.get("applicant") or {}
    return {
        "number": str(document["number"]),
        "holder": str(applicant.get("name", "")),
        "issued": moment(document["issued_at"]).astimezone(CHINA).date().isoformat(),
        "until": None,
    }
