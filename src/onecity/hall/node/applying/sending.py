"""Handing in: the form is checked, the case gets its number, and its authority is told.

All of it is one transaction: the case is on the applicant's list with its receipt, and the
message to the authority is in line, or nothing is. Handed in twice, it is handed in once.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from onecity.core.errors import InputError
from onecity.core.words import Sentence, say
from onecity.hall.cases import State, What
from onecity.hall.catalogue import Item, Limit, TimeUnit, Way
from onecity.hall.forms import Fault, Form, fault_of_file, part_for
from onecity.hall.forms.checking import check
from onecity.hall.forms.model import both_of
from onecity.hall.node import filing
from onecity.hall.node.tables.applying import CONSENTS, MINE
from onecity.hall.node.writing import Write
from onecity.identity import Actor

from . import once, telling
from .access import require_either, require_to_apply
from .book import FormBook, Matter, way_of
from .drafts import SUBMITTED, Drafts
from .identities import applicant_of, identity_faults, is_known, number_of
from .profiles import Profiles, checked
from .views import About, Draft, File, FormFaultsError, Person, Receipt

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

HANDED_IN = "application.submitted"
_FOLLOW, _CONSENT = insert(MINE), insert(CONSENTS)


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that comes with an application itself; `name` is the document that it is."""

    name: str
    filename: str
    content: bytes

    def fingerprint(self) -> tuple[str, str, str]:
        """Return what tells it from another one."""
        return self.name, self.filename, sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Given:
    """What is handed in: all that a case begins with."""

    matter: Matter
    way: Way | None
    from_city: str
    on_behalf: Person | None
    data: Mapping[str, Any]
    files: tuple[File, ...] = ()
    evidence: Sequence[Mapping[str, Any]] = ()
    agrees: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = ()


class Sending:
    """Handing in of one node."""

    def __init__(self, node: "Node", book: FormBook, profiles: Profiles, drafts: Drafts) -> None:
        self.node, self.book, self.profiles, self.drafts = node, book, profiles, drafts

    def check(self, by: Actor, draft: str) -> tuple[Fault, ...]:
        """Return what is wrong with a draft of one's own; nothing: it may be handed in."""
        require_either(self.node, by)
        with self.node.reading() as connection:
            self.drafts.row(connection, draft, by)
            given = self._of_draft(connection, self.drafts.read(connection, draft))
            profile = self.profiles.read(connection, by.name)
            known = None if profile is None or profile.verified is None else profile.person
            return self._faults(given, given.on_behalf or known)

    def submit(self, by: Actor, draft: str, *, key: str = "", address: str = "") -> Receipt:
        """Hand in a draft; handed in again, it gives the same receipt.

        Raises
        ------
        FormFaultsError
            The form is not complete.
        MissingError
            There is no such draft of one's own.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            row = self.drafts.row(write.connection, draft, by, submitted=True)
            if row.state == SUBMITTED:
                return _receipt(json.loads(row.record)["receipt"])
            known = once.begin(write, key, {"draft": draft})
            if known is not None:
                return _receipt(known)
            given = self._of_draft(write.connection, self.drafts.read(write.connection, draft))
            receipt = self._hand_in(write, by, given, draft)
            record = {**json.loads(row.record), "receipt": _record(receipt)}
            self.drafts.end(
                write,
                draft,
                SUBMITTED,
                case=receipt.case,
                record=json.dumps(record, ensure_ascii=False),
            )
            once.answer(write, key, _record(receipt))
            return receipt

    def apply(  # noqa: PLR0913  (all of an application at once)
        self,
        by: Actor,
        about: About,
        data: Mapping[str, Any],
        *,
        way: Way | None = None,
        from_city: str = "",
        on_behalf: Person | None = None,
        papers: Sequence[Paper] = (),
        agrees: Collection[str] = (),
        key: str = "",
        address: str = "",
    ) -> Receipt:
        """Hand in an application at once, without a draft: for programs.

        Parameters
        ----------
        papers
            Files for the documents of the form.
        agrees
            Documents that the applicant lets be asked for of those who hold them: the department
            does so when it opens the case.
        key
            Idempotency key: the same application asked for again with it is handed in once.

        Raises
        ------
        FormFaultsError
            The form is not complete.
        InputError
            The key was used for something else, or somebody at a window has no number.
        """
        window = on_behalf is not None
        require_to_apply(self.node, by, window=window)
        matter = self.book.matter(about)
        city = from_city or next(iter(self.node.config.cities), "")
        chosen = way_of(matter, way, city, window=window)
        person = None if on_behalf is None else checked(on_behalf)
        if person is not None and not person.number:
            raise InputError("hall_applying.no_number")
        given = Given(
            matter, chosen, city, person, dict(data), agrees=tuple(agrees), papers=tuple(papers)
        )
        asked = {
            "about": about.as_record(),
            "data": dict(data),
            "way": way,
            "from_city": from_city,
            "on_behalf": None if person is None else person.as_record(),
            "agrees": sorted(agrees),
            "papers": sorted(one.fingerprint() for one in papers),
        }
        with self.node.writing(by, address) as write:
            known = once.begin(write, key, asked)
            if known is not None:
                return _receipt(known)
            receipt = self._hand_in(write, by, given, None)
            once.answer(write, key, _record(receipt))
            return receipt

    # --- Checking ---

    def _of_draft(self, connection: Any, draft: Draft) -> Given:
        matter = self.book.matter(draft.about)
        return Given(
            matter,
            draft.way,
            draft.from_city,
            draft.on_behalf,
            draft.data,
            draft.files,
            self.node.broker.agreed(connection, draft.id),
        )

    def _faults(self, given: Given, known: Person | None) -> tuple[Fault, ...]:
        """Return what is wrong; `known` is who the account or the window says it is for."""
        form = self.book.of(given.matter)
        documents = {str(one["document"]) for one in given.evidence} | set(given.agrees)
        slots = {one.name for one in given.files} | {one.name for one in given.papers}
        data = part_for(form, given.data)
        found = (*check(form, data, slots, documents), *_paper_faults(form, given.papers))
        if known is None:
            return found
        return (*found, *identity_faults(data, known, given.evidence))

    # --- Handing in ---

    def _hand_in(self, write: Write, by: Actor, given: Given, draft: str | None) -> Receipt:
        node, matter = self.node, given.matter
        profile = self.profiles.read(write.connection, by.name)
        known = None if profile is None or profile.verified is None else profile.person
        faults = self._faults(given, given.on_behalf or known)
        if faults:
            raise FormFaultsError(faults)
        form = self.book.of(matter)
        data = part_for(form, given.data)
        case, number, applicant = write.new_id(), write.new_number(), applicant_of(data)
        to = self._to(matter)
        files = (*given.files, *self._put(write, case, form, given.papers))
        if draft is not None and files:
            filing.move(write, draft, case)
        application: dict[str, Any] = {
            "case": case,
            "number": number,
            "way": None if given.way is None else given.way.value,
            "from_city": given.from_city,
            "taken_in_by": node.code,
            "portal": node.code,
            "on_behalf": given.on_behalf is not None,
            # Whether somebody has seen who it is: consent of others is nobody's.
            "known": is_known(applicant, given.on_behalf or known),
            "applicant": applicant,
            "data": data,
            "files": [one.id for one in files],
            "evidence": [dict(one) for one in given.evidence],
            "agrees": list(given.agrees),
            "parent": None,
            "step": None,
            "at": write.at,
        }
        if matter.event is None:
            item = matter.items[0]
            application |= {"item": item.code, "version": item.version}
        else:
            application["about"] = matter.about.as_record()
            application["steps"] = [[one.code, one.version] for one in matter.items]
        receipt = Receipt(
            case,
            number,
            matter.title,
            write.now,
            to,
            both_of(node.title_of(to)["zh"], node.title_of(to)["en"]),
            None if matter.event is not None else matter.items[0].promised,
            matter.catalogue.marked,
        )
        self._follow(write, by, given, receipt, application)
        self._consents(write, by, given, case, draft)
        told = {"number": number, "to": to, "way": application["way"], "draft": draft}
        about = matter.items[0].code if matter.event is None else matter.event.code
        write.tell(HANDED_IN, "case", case, after={**told, "about": about})
        filing.send(write, to, case, files)
        kind = "application" if matter.event is None else "joint"
        write.send(to, kind, case, application, purpose=say("hall_applying.purpose", "zh"))
        return receipt

    @staticmethod
    def _put(write: Write, case: str, form: Form, papers: Sequence[Paper]) -> tuple[File, ...]:
        """Keep files that came with the application itself."""
        return tuple(
            filing.put_for_case(write, slot, one.filename, one.content, case=case)
            for one in papers
            if (slot := form.slot(one.name)) is not None
        )

    def _to(self, matter: Matter) -> str:
        """Return the node of the authority; of a life event, that of the city that leads."""
        # Of a life event too, so that one which cannot go through is not begun.
        nodes = [
            self.node.node_of(matter.catalogue.department[one.authority]) for one in matter.items
        ]
        return nodes[0] if matter.event is None else self.node.events.lead_of(matter.about.city)

    def _follow(
        self,
        write: Write,
        by: Actor,
        given: Given,
        receipt: Receipt,
        application: Mapping[str, Any],
    ) -> None:
        """Put the case on the applicant's list."""
        matter, case = given.matter, receipt.case
        item = matter.items[0]
        alone = matter.event is None
        number = number_of(application["applicant"])
        kept = {name: application[name] for name in ("applicant", "data", "files", "evidence")}
        here = receipt.to == self.node.code
        row = {
            "case": case,
            "number": receipt.number,
            "account": by.name,
            "subject": self.node.vault.blind(number) if number else None,
            "item": item.code if alone else "",
            "item_version": item.version if alone else 0,
            "event": None if matter.event is None else matter.event.code,
            "node": receipt.to,
            "unit": item.authority if alone else "",
            "city": item.city if alone else matter.about.city,
            "way": application["way"],
            "parent": None,
            "step": None,
            # At this node it is received in this transaction; elsewhere once the message is.
            "state": (State.RECEIVED if here and alone else State.SUBMITTED).value,
            "version": 0,
            "at": write.at,
            "changed": write.at,
            "due": None,
            "needs_me": 0,
            "record": json.dumps(
                {
                    "hops": 0,
                    "nodes": [receipt.to],
                    "on_behalf": application["on_behalf"],
                    "steps": [] if alone else [_waiting(one) for one in matter.items],
                }
            ),
            "sealed": write.seal(case, kept),
        }
        write.connection.execute(_FOLLOW, row)
        telling.add(write, case, What.SUBMITTED.value, "", write.now)
        if here and alone:
            telling.add(write, case, What.RECEIVED.value, item.authority, write.now)

    def _consents(
        self, write: Write, by: Actor, given: Given, case: str, draft: str | None
    ) -> None:
        """Keep what the applicant let be asked for, and of whom."""
        if draft is not None:
            write.run(update(CONSENTS).where(CONSENTS.c.draft == draft).values(case=case))
        purpose = say("hall_applying.purpose", "zh")
        rows = [
            {
                "id": write.new_id(),
                "account": by.name,
                "case": case,
                "document": document,
                "holder": "",
                "purpose": purpose,
                "at": write.at,
                "agrees": 1,
                "record": "{}",
            }
            for document in given.agrees
        ]
        if rows:
            write.connection.execute(_CONSENT, rows)


def _paper_faults(form: Form, papers: Sequence[Paper]) -> list[Fault]:
    """Return what is wrong with files that came with an application."""
    found = []
    for one in papers:
        slot = form.slot(one.name)
        fault = (
            Sentence("hall_forms.file_no_slot", {"slot": one.name})
            if slot is None
            else fault_of_file(slot, filing.plain(one.filename), one.content)
        )
        if fault is not None:
            found.append(Fault(f"/files/{one.name}", fault))
    return found


def _waiting(item: Item) -> dict[str, Any]:
    """Return what the applicant's list says of a step before its lead has told of it."""
    return {
        "step": item.basic_code,
        "item": item.code,
        "item_version": item.version,
        "case": None,
        "number": "",
        "state": "waiting",
        "unit": item.authority,
        "city": item.city,
        "node": "",
    }


def _record(receipt: Receipt) -> dict[str, Any]:
    promised = receipt.promised
    return {
        "case": receipt.case,
        "number": receipt.number,
        "title": dict(receipt.title),
        "at": receipt.at.isoformat(),
        "to": receipt.to,
        "to_title": dict(receipt.to_title),
        "promised": None if promised is None else [promised.count, promised.unit.value],
        "marked": receipt.marked,
    }


def _receipt(record: Mapping[str, Any]) -> Receipt:
    promised = record["promised"]
    return Receipt(
        record["case"],
        record["number"],
        record["title"],
        datetime.fromisoformat(record["at"]),
        record["to"],
        record["to_title"],
        None if promised is None else Limit(promised[0], TimeUnit(promised[1])),
        record["marked"],
    )
