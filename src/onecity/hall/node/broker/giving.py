"""Giving evidence: a question of another node, or of this one, is answered from what is held."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from onecity.core.errors import InputError
from onecity.hall.node import claims
from onecity.hall.node.looks import look
from onecity.hall.node.mail.received import Received
from onecity.hall.node.timers import Handler as OnMoment
from onecity.hall.node.timers import Timer

from . import holding
from .holders import asks_for, check_shared
from .model import GIVEN, Holding, Subject

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.node.writing import Write

ANSWERED = "evidence.given"
"""What the trail calls it."""
KEPT = "evidence_kept"
KEPT_FOR = timedelta(days=30)
"""How long a question of another node and the answer to it can be read here; the trail says for
ever that they were."""


class Giving:
    """Answers the questions that other nodes ask one node."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.moments: Mapping[str, OnMoment] = {KEPT: self._erase}

    def answer(self, write: "Write", received: Received) -> None:
        """Answer a question: look it up, give what is needed, and tell the trail.

        Raises
        ------
        InputError
            It may not be answered, or is none.
        """
        body = received.body
        item, document = str(body.get("item")), str(body.get("document"))
        subject = body.get("subject")
        if not isinstance(subject, Mapping) or not isinstance(body.get("fields"), list):
            raise InputError("hall_broker.no_question")
        self._check(item, document, body)
        claims.require_new(write, received)  # what lies under its id is erased in a while
        about = Subject(str(subject.get("number")), str(subject.get("name")))
        found = holding.find(write, document, about, write.today.isoformat())
        # Who was asked about stands in it: evidence of somebody else is then none.
        answer: dict[str, Any] = {
            "document": document,
            "subject": about.as_record(),
            "department": body.get("department"),
            "found": found is not None,
        }
        told = {"item": item, "document": document, "to": received.sender, "found": bool(found)}
        if found is not None:
            wanted = tuple(map(str, body["fields"]))
            answer["department"] = found.department
            answer["holding"] = found.id
            answer["fields"] = holding.only(found.shown(), wanted)
            answer["labels"] = holding.only(found.labels, wanted)
            told |= {"holding": found.id, "fields": sorted(answer["fields"])}
            self._tell_owner(write, found, received)
        write.tell(ANSWERED, "evidence", received.case, after=told)
        write.send(received.sender, GIVEN, received.case, answer, purpose=received.purpose)
        if received.sender != self.node.code:
            self.node.timers.set(write, KEPT, received.case, write.now + KEPT_FOR)

    @staticmethod
    def _erase(write: "Write", timer: Timer) -> None:
        write.erase(timer.about)

    def _tell_owner(self, write: "Write", found: Holding, received: Received) -> None:
        """Log that somebody's document was given, and let who asked tell the applicant's node."""
        portal = received.sender
        if portal == self.node.code:
            portal = str(received.body.get("portal") or portal)
        look(
            write,
            case=str(received.body.get("about") or received.case),
            number=received.case,
            portal=portal,
            subject=self.node.vault.blind(found.subject.number),
            reason=received.purpose,
            unit=found.department,
        )

    def _check(self, item: str, document: str, body: Mapping[str, Any]) -> None:
        """Do nothing if a question may be answered.

        Raises
        ------
        InputError
            Neither the applicant agreed nor a law allows it, or what it is asked for does not
            require it.
        """
        catalogue = self.node.editions.catalogue(self.node.today())
        known = catalogue.item.get(item)
        if known is None or not asks_for(known, document):
            raise InputError("hall_broker.not_required", item=item, document=document)
        if body.get("basis"):
            check_shared(catalogue, document)
        elif not isinstance(body.get("agreed"), Mapping):
            raise InputError("hall_broker.nobody_agreed")
