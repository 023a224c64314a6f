"""Evidence for a draft: asked of who holds it, shown to the applicant, agreed to or not."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert

from onecity.core.errors import InputError, MissingError
from onecity.hall.catalogue import Applicant, Item
from onecity.hall.forms import FileSlot
from onecity.hall.node.broker.model import Asked, EvidenceState, Subject
from onecity.hall.node.tables.applying import CONSENTS
from onecity.hall.node.writing import Write
from onecity.identity import Actor

from .access import require_either
from .book import FormBook
from .drafts import Drafts
from .profiles import Profiles
from .views import Draft, Person

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

_OPEN = frozenset({EvidenceState.WAITING, EvidenceState.FOUND, EvidenceState.AGREED})


class Proofs:
    """Evidence of one node's applicants.

    It is asked for only where it is known who asks: an account whose identity was checked asks
    about itself, a window about whom it serves, whose papers it saw.
    """

    def __init__(self, node: "Node", book: FormBook, profiles: Profiles, drafts: Drafts) -> None:
        self.node, self.book, self.profiles, self.drafts = node, book, profiles, drafts

    def want(self, by: Actor, draft: str, document: str, *, address: str = "") -> Asked:
        """Ask for a document that a draft's form needs; asked again while open, it is the same.

        Raises
        ------
        InputError
            The form does not ask for it, no government holds it, or nobody has checked who the
            account is.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            self.drafts.row(write.connection, draft, by)
            told = self.drafts.read(write.connection, draft)
            for one in self.node.broker.of(write.connection, draft):
                if one.document == document and one.state in _OPEN:
                    return one
            matter = self.book.matter(told.about)
            slot = self.book.of(matter).slot(document)
            if slot is None or not slot.fetchable:
                raise InputError("hall_applying.not_fetchable", given=document)
            item = next(one for one in matter.items if one.basic_code in slot.steps)
            subject = self._subject(write.connection, by, told, slot)
            cities = [one for one in (told.from_city, told.about.city) if one]
            return self.node.broker.ask(
                write, about=draft, item=item, document=document, subject=subject, likely=cities
            )

    def _subject(self, connection: Connection, by: Actor, draft: Draft, slot: FileSlot) -> Subject:
        person = draft.on_behalf
        if person is None:
            profile = self.profiles.read(connection, by.name)
            if profile is None or profile.verified is None:
                raise InputError("hall_applying.not_verified")
            person = profile.person
        return subject_of(person, slot, draft)

    def of(self, by: Actor, draft: str) -> tuple[Asked, ...]:
        """Return what was asked for a draft of one's own, in order."""
        require_either(self.node, by)
        with self.node.reading() as connection:
            self.drafts.row(connection, draft, by)
            return self.node.broker.of(connection, draft)

    def agree(self, by: Actor, question: str, *, address: str = "") -> Asked:
        """Agree that what was found goes with the application.

        Raises
        ------
        MissingError
            It was not asked for by oneself.
        InputError
            It was not found, or is settled already.
        """
        return self._settle(by, question, address, agrees=True)

    def refuse(self, by: Actor, question: str, *, address: str = "") -> Asked:
        """Do not agree: what was found is erased here; see `agree`."""
        return self._settle(by, question, address, agrees=False)

    def _settle(self, by: Actor, question: str, address: str, *, agrees: bool) -> Asked:
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            asked = self.node.broker.one(write.connection, question)
            try:
                self.drafts.row(write.connection, asked.about, by)
            except MissingError as error:
                raise MissingError("hall_applying.no_evidence", given=question) from error
            if agrees:
                self.node.broker.agree(write, question)
            else:
                self.node.broker.refuse(write, question)
            self._note(write, by, asked, agrees=agrees)
            return self.node.broker.one(write.connection, question)

    def _note(self, write: Write, by: Actor, asked: Asked, *, agrees: bool) -> None:
        write.run(
            insert(CONSENTS).values(
                id=write.new_id(),
                account=by.name,
                draft=asked.about,
                case=None,
                document=asked.document,
                holder=asked.holder,
                purpose=asked.purpose,
                at=write.at,
                agrees=int(agrees),
                record=json.dumps({"question": asked.id}),
            )
        )

    def wanted(self, item: Item, document: str) -> tuple[str, ...]:
        """Return which fields of a document the form of an item takes over, for the broker."""
        catalogue = self.node.editions.catalogue(self.node.today())
        slot = self.book.of_item(item, catalogue).slot(document)
        return () if slot is None else tuple(slot.fields)


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


def subject_of(person: Person, slot: FileSlot, draft: Draft) -> Subject:
    """Return whom a document must be about: the applicant, or who represents the firm.

    Raises
    ------
    InputError
        It is about somebody else, who alone could agree.
    """
    applicant: Any = draft.data.get("applicant") or {}
    firm = person.kind is Applicant.FIRM
    if slot.about == "other":
        raise InputError("hall_applying.not_fetchable", given=slot.name)
    if firm and (slot.about == "representative" or not person.credit_code):
        name = str(applicant.get("representative") or "").strip()
        if not name:
            raise InputError("hall_applying.no_representative")
        return Subject(person.id_number, name)
    return Subject(person.number, person.name)
