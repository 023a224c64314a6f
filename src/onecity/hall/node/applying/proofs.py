"""Evidence for a draft: asked of who holds it, shown to the applicant, agreed to or not."""

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert

from onecity.core.errors import InputError, MissingError
from onecity.hall.catalogue import Item
from onecity.hall.forms import FileSlot
from onecity.hall.node.broker.model import OPEN, Asked, Subject
from onecity.hall.node.subjects import subject_of
from onecity.hall.node.tables.applying import CONSENTS
from onecity.hall.node.writing import Write
from onecity.identity import Actor

from .access import require_either
from .book import FormBook
from .drafts import Drafts
from .following import Following
from .profiles import Profiles
from .views import Draft, Person

if TYPE_CHECKING:
    from onecity.hall.node.node import Node


class Proofs:
    """Evidence of one node's applicants.

    It is asked for only where it is known who asks: an account whose identity was checked asks
    about itself, a window about whom it serves, whose papers it saw.
    """

    def __init__(
        self,
        node: "Node",
        book: FormBook,
        profiles: Profiles,
        drafts: Drafts,
        following: Following,
    ) -> None:
        self.node, self.book, self.profiles, self.drafts = node, book, profiles, drafts
        self.following = following

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
                if one.document == document and one.state in OPEN:
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
        person = draft.on_behalf or self.require_known(connection, by)
        return subject_of(person.as_record(), draft.data, slot)

    def require_known(self, connection: Connection, by: Actor) -> Person:
        """Return who an account is, as somebody has checked.

        Raises
        ------
        InputError
            Nobody has.
        """
        profile = self.profiles.read(connection, by.name)
        if profile is None or profile.verified is None:
            raise InputError("hall_applying.not_verified")
        return profile.person

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
            case = self._case_of(write.connection, by, asked)
            if agrees:
                self.node.broker.agree(write, question)
            else:
                self.node.broker.refuse(write, question)
            self._note(write, by, asked, case, agrees=agrees)
            return self.node.broker.one(write.connection, question)

    def _case_of(self, connection: Connection, by: Actor, asked: Asked) -> str | None:
        """Return the case of one's own that a question is about; None of a draft of one's own.

        Raises
        ------
        MissingError
            It is about neither, or a department asked it.
        """
        try:
            self.drafts.row(connection, asked.about, by)
        except MissingError:
            try:
                self.following.row(connection, by, asked.about)
            except MissingError as error:
                raise MissingError("hall_applying.no_evidence", given=asked.id) from error
            if asked.by_unit:
                raise MissingError("hall_applying.no_evidence", given=asked.id) from None
            return asked.about
        return None

    def _note(
        self, write: Write, by: Actor, asked: Asked, case: str | None, *, agrees: bool
    ) -> None:
        write.run(
            insert(CONSENTS).values(
                id=write.new_id(),
                account=by.name,
                draft=asked.about if case is None else None,
                case=case,
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
