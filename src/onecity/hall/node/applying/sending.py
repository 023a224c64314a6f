"""Handing in: the form is checked, the case gets its number, and its authority is told.

All of it is one transaction: the case is on the applicant's list with its receipt, and the
message to the authority is in line, or nothing is. Handed in twice, it is handed in once.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_lite

from onecity.core.errors import InputError
from onecity.core.words import Sentence, say
from onecity.hall.cases import State, What
from onecity.hall.catalogue import Applicant, Item, Limit, TimeUnit, Way
from onecity.hall.forms import Fault, part_for
from onecity.hall.forms.checking import check
from onecity.hall.forms.model import both_of
from onecity.hall.forms.numbers import plain_number
from onecity.hall.node import filing
from onecity.hall.node.broker.model import Subject
from onecity.hall.node.tables.applying import ASKED, CONSENTS, MINE
from onecity.hall.node.writing import Write, packed
from onecity.identity import Actor

from . import telling
from .access import require_either, require_to_apply
from .book import FormBook, Matter, way_of
from .drafts import SUBMITTED, Drafts
from .profiles import Profiles, checked
from .proofs import subjects_of
from .views import About, Draft, File, FormFaultsError, Person, Receipt

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

HANDED_IN = "application.submitted"
_LONGEST_KEY = 200
_FOLLOW, _CONSENT = insert(MINE), insert(CONSENTS)
_MINE = (ASKED.c.account == bindparam("by"), ASKED.c.key == bindparam("named"))
_ASKED = select(ASKED.c.request, ASKED.c.answer).where(*_MINE)
_ANSWER = update(ASKED).where(*_MINE).values(answer=bindparam("given"))
_ASK = {
    # One that is there already stays: whoever comes second waits, and finds the answer.
    "sqlite": insert_lite(ASKED).on_conflict_do_nothing().returning(ASKED.c.key),
    "postgresql": insert_pg(ASKED).on_conflict_do_nothing().returning(ASKED.c.key),
}


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
            asked = {"draft": draft}
            known = self._known(write, by, key, asked)
            if known is not None:
                return known
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
            self._answered(write, by, key, receipt)
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
        agrees: Collection[str] = (),
        key: str = "",
        address: str = "",
    ) -> Receipt:
        """Hand in an application at once, without a draft: for programs.

        Parameters
        ----------
        agrees
            Documents that the applicant lets be asked for of those who hold them.
        key
            Idempotency key: the same application asked for again with it is handed in once.

        Raises
        ------
        FormFaultsError
            The form is not complete.
        InputError
            The key was used for something else.
        """
        window = on_behalf is not None
        require_to_apply(self.node, by, window=window)
        matter = self.book.matter(about)
        city = from_city or next(iter(self.node.config.cities), "")
        chosen = way_of(matter, way, city, window=window)
        person = None if on_behalf is None else checked(on_behalf)
        given = Given(matter, chosen, city, person, dict(data), agrees=tuple(agrees))
        asked = {
            "about": about.as_record(),
            "data": dict(data),
            "way": way,
            "from_city": from_city,
            "on_behalf": None if person is None else person.as_record(),
            "agrees": sorted(agrees),
        }
        with self.node.writing(by, address) as write:
            known = self._known(write, by, key, asked)
            if known is not None:
                return known
            receipt = self._hand_in(write, by, given, None)
            self._answered(write, by, key, receipt)
            return receipt

    # --- Once ---

    def _known(self, write: Write, by: Actor, key: str, asked: Mapping[str, Any]) -> Receipt | None:
        """Return the receipt that an idempotency key was answered with, None for a new one.

        The key is put down first: of two requests with it at once, one waits for the other.
        """
        if not key:
            return None
        if len(key) > _LONGEST_KEY:
            raise InputError("hall_applying.long_key", most=_LONGEST_KEY)
        request = hashlib.sha256(packed(asked)).hexdigest()
        row = {"account": by.name, "key": key, "request": request, "at": write.at, "answer": ""}
        connection = write.connection
        if connection.execute(_ASK[connection.dialect.name], row).first() is not None:
            return None
        before = connection.execute(_ASKED, {"by": by.name, "named": key}).one()
        if before.request != request:
            raise InputError("hall_applying.key_used", key=key)
        return _receipt(json.loads(before.answer))

    def _answered(self, write: Write, by: Actor, key: str, receipt: Receipt) -> None:
        if key:
            answer = json.dumps(_record(receipt), ensure_ascii=False)
            given = {"by": by.name, "named": key, "given": answer}
            write.connection.execute(_ANSWER, given)

    def forget(self, write: Write, before: str) -> None:
        """Forget idempotency keys from before a moment."""
        write.run(delete(ASKED).where(ASKED.c.at < before))

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
        slots = {one.name for one in given.files}
        data = part_for(form, given.data)
        found = check(form, data, slots, documents)
        if known is None:
            return found
        return (*found, *_identity_faults(data, known, given.evidence))

    # --- Handing in ---

    def _hand_in(self, write: Write, by: Actor, given: Given, draft: str | None) -> Receipt:
        node, matter = self.node, given.matter
        profile = self.profiles.read(write.connection, by.name)
        known = None if profile is None or profile.verified is None else profile.person
        faults = self._faults(given, given.on_behalf or known)
        if faults:
            raise FormFaultsError(faults)
        data = part_for(self.book.of(matter), given.data)
        case, number = write.new_id(), write.new_number()
        to = self._to(matter)
        files = given.files
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
            "applicant": applicant_of(data),
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
        kept = {name: application[name] for name in ("applicant", "data", "evidence")}
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


def require_same(before: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Do nothing if an application's data, as supplemented, are still of the same applicant.

    Raises
    ------
    InputError
        They are of somebody else, who has to apply themselves.
    """
    if not isinstance(data.get("applicant") or {}, Mapping):
        raise InputError("hall_applying.bad_body", name="applicant")
    told = applicant_of(data)
    for name in ("kind", "id_number", "credit_code"):
        if told.get(name) and told[name] != before.get(name):
            raise InputError("hall_applying.applicant_changed")


def number_of(applicant: Mapping[str, Any]) -> str:
    """Return the number by which an applicant is known; empty where there is none."""
    return str(applicant.get("credit_code") or applicant.get("id_number") or "")


def _identity_faults(
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
        theirs = subjects_of(applicant, data)
        strange = [one for one in evidence if _subject(one) not in theirs]
        not_theirs = Sentence("hall_applying.evidence_not_theirs")
        return tuple(Fault(f"/files/{one['document']}", not_theirs) for one in strange)
    name = "credit_code" if applicant.get("kind") == Applicant.FIRM.value else "id_number"
    return (Fault(f"/applicant/{name}", Sentence("hall_applying.not_you")),)


def _subject(evidence: Mapping[str, Any]) -> Subject:
    """Return whom evidence is about, as its holder was asked."""
    told = ((evidence.get("message") or {}).get("body") or {}).get("subject") or {}
    return Subject(str(told.get("number")), str(told.get("name")))


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
