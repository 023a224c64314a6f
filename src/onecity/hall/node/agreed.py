"""What an applicant let be fetched when they applied: the department asks, opening the case.

A program that applies has nobody before it who could look at evidence and agree. So it says
beforehand which documents may be asked for of who holds them (`agrees`), and the department asks
when a clerk first opens the case: not before, so that nobody's data travel for a case that is
withdrawn, and the receipt waits for nothing.

Consent counts where somebody has seen who the applicant is (`known`). Of others only such
documents are asked for as their holders share by law.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.hall.cases import State
from onecity.hall.catalogue import Applicant
from onecity.identity.clock import stamp

from . import files
from .broker.holders import asks_for
from .rights import HANDLE, may_unit
from .rows import Kept
from .subjects import subject_of
from .writing import Write

_OPEN = frozenset({State.RECEIVED, State.SUPPLEMENT, State.ACCEPTED, State.SUSPENDED})


def fetch(write: Write, kept: Kept) -> None:
    """Ask for what the applicant of a case agreed to and nobody has asked for yet.

    Only for whoever handles the case: a supervisor's look brings no data.
    """
    case, node = kept.case, write.node
    unit = node.handling.department(case)
    if case.state not in _OPEN or kept.sealed is None:
        return
    if not may_unit(node.office.rules, write.by, HANDLE, unit.code, unit.city):
        return
    application = write.unseal(case.id, kept.sealed)
    wanted = list(_wanted(write, kept, application))
    if not wanted:
        return
    catalogue = node.editions.catalogue(write.today)
    kinds = frozenset({Applicant(application["applicant"]["kind"])})
    form = node.applying.book.of_item(kept.item, catalogue, kinds if case.parent else None)
    known = application.get("known") is True
    for document in wanted:
        slot, told = form.slot(document), catalogue.document.get(document)
        if slot is None or not slot.fetchable or not (known or (told and told.shared)):
            continue
        try:
            subject = subject_of(application["applicant"], application.get("data") or {}, slot)
        except InputError:
            continue  # about somebody else, or about nobody who is named
        if not (subject.number and subject.name):
            continue
        node.broker.ask(
            write,
            about=case.id,
            item=kept.item,
            document=document,
            subject=subject,
            likely=[one for one in (case.from_city, case.city) if one],
            basis="" if known else say("hall_applying.basis_shared", "zh"),
            portal=case.portal,
            unit=case.authority,
            agreed_at=stamp(case.submitted_at),
        )


def _wanted(write: Write, kept: Kept, application: Mapping[str, Any]) -> Iterator[str]:
    """Return documents that were agreed to, and neither came nor were asked for."""
    agrees = [one for one in application.get("agrees") or () if isinstance(one, str)]
    if not agrees:
        return
    node, case = write.node, kept.case
    there = {one.document for one in files.of_case(write, case.id)}
    there |= {str(one.get("document")) for one in application.get("evidence") or ()}
    there |= {one.document for one in node.broker.of(write.connection, case.id, by_unit=True)}
    # Today's item, as whoever holds it will look at it.
    item = node.editions.catalogue(write.today).item.get(case.item)
    for one in dict.fromkeys(agrees):
        if one not in there and item is not None and asks_for(item, one):
            yield one


def questions(write: Write, case: str) -> tuple[dict[str, Any], ...]:
    """Return what a department asked for a case, as evidence of it."""
    asked = write.node.broker.of(write.connection, case, by_unit=True)
    return tuple({"document": one.document, "asked": one} for one in asked)


def forget(write: Write, case: str) -> None:
    """Destroy what was asked for a case that is erased."""
    write.node.broker.forget(write, case, by_unit=True)
