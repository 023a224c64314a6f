"""The evidence broker: what government already holds is asked of it, not of the applicant.

An item requires a document that government itself issues. The broker finds who may hold it
(`holders`), asks them one after another in a signed message that says what for, and shows the
applicant what they answered. Only if the applicant agrees does it go with the application;
otherwise it is erased. Only fields that are needed travel. Where a law allows a department to ask
by itself, the law is named in place of the agreement, and the document must be one that its
holder shares.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import say
from onecity.hall.catalogue.model import Catalogue, Department, Item
from onecity.hall.node.mail.received import Handler, OnAnswered, OnRefused, Received, Refused, Told
from onecity.hall.node.tables.mail import EVIDENCE
from onecity.hall.wire import Message, Refusal

from . import holding
from .giving import Giving
from .holders import asks_for, check_shared, city_of_number, holders, is_fetchable
from .model import FACE, GIVEN, WANTED, Asked, Checked, EvidenceState, Holding, Subject, read_fields

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.node.timers import Handler as OnMoment
    from onecity.hall.node.writing import Write

ASKED, FOR_NOTHING = "evidence.asked", "evidence.absent"
AGREED, DECLINED, HELD = "evidence.agreed", "evidence.refused", "evidence.held"
"""What the trail calls them."""
UNIT = "unit:"
"""What a question says of who asks it, before the code of a department that does."""
_OPEN = (EvidenceState.WAITING, EvidenceState.FOUND)

Wanted = Callable[[Item, str], Iterable[str]]
"""Which fields of a document an item needs."""


class Broker:
    """Evidence of one node: what it asks for, what it gives, what it holds.

    `wanted` says which fields of a document an item needs besides its face; whoever makes the
    form of an item sets it.
    """

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.wanted: Wanted = _nothing_more
        giving = Giving(node)
        self.moments: Mapping[str, OnMoment] = giving.moments
        self.handlers: Mapping[str, Handler] = {
            WANTED: giving.answer,
            GIVEN: self._given,
        }
        self.when_refused: Mapping[str, OnRefused] = {WANTED: self._question_refused}
        self.when_answered: Mapping[str, OnAnswered] = {WANTED: self._platform_answered}

    # --- What is held here ---

    def hold(  # noqa: PLR0913  (what stands on a document)
        self,
        write: "Write",
        *,
        document: str,
        department: str,
        subject: Subject,
        number: str,
        source: str,
        issued: str = "",
        until: str | None = None,
        fields: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """Keep a document that a department has issued, to be given to those who may ask for it.

        Parameters
        ----------
        document, department
            Codes: its kind, and who issued it.
        subject
            Whom it is about.
        number
            Its own number.
        source
            Where it comes from: the case whose result it is, or the name of a register.
        issued, until
            Days, as ``2026-11-24``; today, and for ever where nothing is given.
        fields, labels
            What stands in it besides, by name, and names for people.

        Raises
        ------
        InputError
            It is about nobody.
        """
        if not subject.number or not subject.name:
            raise InputError("hall_broker.about_nobody", document=document)
        made = Holding(
            id=write.new_id(),
            document=document,
            department=department,
            issued=issued or write.today.isoformat(),
            until=until,
            source=source,
            subject=subject,
            number=number,
            fields=dict(fields or {}),
            labels=dict(labels or {}),
        )
        holding.put(write, made)
        told = {"document": document, "department": department, "source": source}
        write.tell(HELD, "holding", made.id, after=told)
        return made.id

    # --- What is asked here ---

    def fetchable(self, document: str) -> bool:
        """Whether a document can be asked for: government issues it, and a node has who does."""
        catalogue = self._catalogue()
        return is_fetchable(catalogue, document) and bool(
            holders(catalogue, document, self._node_of) or self._platforms(document)
        )

    def ask(  # noqa: PLR0913  (what is asked, for whom, and by what right)
        self,
        write: "Write",
        *,
        about: str,
        item: Item,
        document: str,
        subject: Subject,
        likely: Iterable[str] = (),
        basis: str = "",
        portal: str = "",
        unit: str = "",
        agreed_at: str = "",
    ) -> Asked:
        """Ask for a document that an item requires.

        Parameters
        ----------
        about
            The draft or case that it is for.
        item, document
            What asks, and the code of what for.
        subject
            Whom it must be about.
        likely
            Codes of cities whose departments may hold it, the likeliest first, such as the
            applicant's; the city of the subject's number and that of the item follow.
        basis
            The law by which a department asks itself; empty where the applicant asks for it.
        portal
            Code of the node that the applicant looks at, to be told who gave what; this one where
            none is given.
        unit
            Code of the department that asks, for a case before it: what is found goes to the case
            at once. Empty where an applicant asks, who sees it first and then agrees or not.
        agreed_at
            When the applicant agreed, where they did beforehand; now where nothing is said.

        Raises
        ------
        InputError
            The item does not require the document, no government issues it, or the subject is
            not known.
        """
        catalogue = self._catalogue()
        if not asks_for(item, document):
            raise InputError("hall_broker.not_required", item=item.code, document=document)
        if not is_fetchable(catalogue, document):
            raise InputError("hall_broker.not_issued", document=document)
        if not subject.number or not subject.name:
            raise InputError("hall_broker.about_nobody", document=document)
        if basis:
            check_shared(catalogue, document)
        born = city_of_number(subject.number)
        cities = [*likely, *([born] if born else []), *([item.city] if item.city else [])]
        found = holders(catalogue, document, self._node_of, cities)
        content = {
            "subject": subject.as_record(),
            "fields": list(dict.fromkeys([*FACE, *self.wanted(item, document)])),
            "left": [[one.department, one.node] for one in found] + self._platforms(document),
            "by": write.by.name,
            "portal": portal or self.node.code,
            "agreed_at": agreed_at or write.at,
        }
        question = write.new_id()
        write.run(
            insert(EVIDENCE).values(
                id=question,
                about=about,
                item=item.code,
                document=document,
                by=f"{UNIT}{unit}" if unit else write.by.name,
                basis=basis,
                purpose=say("hall_broker.purpose", "zh", item=item.title),
                state=EvidenceState.WAITING.value,
                holder="",
                node="",
                asked=write.at,
                answered=None,
                settled=None,
                sealed=write.seal(question, content),
            )
        )
        told = {"about": about, "item": item.code, "document": document, "basis": basis}
        write.tell(ASKED, "evidence", question, after=told)
        self._ask_next(write, question)
        return self.one(write.connection, question)

    def _ask_next(self, write: "Write", question: str) -> None:
        """Ask the next holder; where none is left, the document is absent."""
        row = _row(write.connection, question)
        content = write.unseal(question, row.sealed)
        if not content["left"]:
            state = EvidenceState.ABSENT.value
            _change(write, question, state=state, answered=write.at, holder="", node="")
            write.tell(FOR_NOTHING, "evidence", question)
            return
        (department, node), *left = content["left"]
        sealed = write.seal(question, {**content, "left": left})
        _change(write, question, holder=department, node=node, sealed=sealed)
        body = {
            "about": row.about,
            "portal": content["portal"],
            "department": department,
            "item": row.item,
            "document": row.document,
            "subject": content["subject"],
            "fields": content["fields"],
            "basis": row.basis,
            "agreed": None if row.basis else {"at": content["agreed_at"]},
        }
        write.send(node, WANTED, question, body, purpose=row.purpose)

    def _given(self, write: "Write", received: Received) -> None:
        """Take the answer of a holder."""
        body = received.body
        row = _row(write.connection, received.case)
        if row.node != received.sender:
            raise InputError("hall_broker.not_asked", node=received.sender)
        if row.state != EvidenceState.WAITING.value:
            return  # the applicant has changed their mind meanwhile: what came is not kept
        if not body.get("found"):
            self._ask_next(write, row.id)
            return
        fields, labels = body.get("fields"), body.get("labels", {})
        if not isinstance(fields, Mapping) or not isinstance(labels, Mapping):
            raise InputError("hall_broker.no_evidence")
        if body.get("document") != row.document:
            raise InputError("hall_broker.no_evidence")
        content = write.unseal(row.id, row.sealed)
        wanted = tuple(content["fields"])
        answer = {"fields": holding.only(fields, wanted), "labels": holding.only(labels, wanted)}
        kept = {**content, "left": [], "answer": answer, "message": dict(received.message)}
        sealed = write.seal(row.id, kept)
        state = EvidenceState.FOUND.value
        _change(write, row.id, state=state, answered=write.at, sealed=sealed)
        if row.by.startswith(UNIT):
            self._settle(write, row.id, EvidenceState.AGREED, AGREED)

    def _platform_answered(self, write: "Write", told: Told, answer: Mapping[str, Any]) -> None:
        """Take what a platform answered: this node vouches for it by its own signature."""
        row = _row(write.connection, told.case)
        if row.node not in self.node.mail.platforms or row.state != EvidenceState.WAITING.value:
            return
        fields, labels = answer.get("fields"), answer.get("labels") or {}
        if not answer.get("found") or not isinstance(fields, Mapping):
            self._ask_next(write, row.id)
            return
        wanted = tuple(map(str, told.body["fields"]))
        vouched = {
            "document": row.document,
            "subject": told.body["subject"],
            "department": str(answer.get("department", "")),
            "platform": row.node,
            "found": True,
            "fields": holding.only(fields, wanted),
            "labels": holding.only(labels, wanted),
        }
        _change(write, row.id, node=self.node.code, holder=vouched["department"])
        write.send(self.node.code, GIVEN, row.id, vouched, purpose=row.purpose)

    def _question_refused(self, write: "Write", refused: Refused) -> None:
        """Go on with the next holder where one refuses the question."""
        try:
            row = _row(write.connection, refused.case)
        except MissingError:  # asked by what knows of no broker: nobody waits for the answer
            return
        if row.state == EvidenceState.WAITING.value and row.node == refused.peer:
            self._ask_next(write, row.id)

    def one(self, connection: Connection, question: str) -> Asked:
        """Return a question.

        Raises
        ------
        MissingError
            There is none.
        """
        return self._asked(connection, _row(connection, question))

    def of(self, connection: Connection, about: str, *, by_unit: bool = False) -> tuple[Asked, ...]:
        """Return what was asked for a draft or case, in order: by its applicant.

        With `by_unit`: by a department that has the case before it.
        """
        terms = (EVIDENCE.c.about == about, _of_unit() if by_unit else ~_of_unit())
        query = select(EVIDENCE).where(*terms).order_by(EVIDENCE.c.id)
        return tuple(self._asked(connection, row) for row in connection.execute(query).all())

    def agree(self, write: "Write", question: str) -> dict[str, Any]:
        """Note that the applicant agrees, and return the evidence as it goes with an application.

        Raises
        ------
        InputError
            It was not found, or is settled already.
        """
        self._settle(write, question, EvidenceState.AGREED, AGREED)
        return self._evidence(write.connection, _row(write.connection, question))

    def refuse(self, write: "Write", question: str) -> None:
        """Note that the applicant does not agree: what was found is erased here.

        Raises
        ------
        InputError
            It is settled already.
        """
        self._settle(write, question, EvidenceState.REFUSED, DECLINED)
        write.erase(question)

    def _settle(self, write: "Write", question: str, state: EvidenceState, action: str) -> None:
        row = _row(write.connection, question)
        fits = (EvidenceState.FOUND,) if state is EvidenceState.AGREED else _OPEN
        if row.state not in fits:
            raise InputError("hall_broker.not_open", state=EvidenceState(row.state))
        _change(write, question, state=state.value, settled=write.at)
        told = {"about": row.about, "document": row.document, "holder": row.holder}
        write.tell(action, "evidence", question, after=told)

    def forget(self, write: "Write", about: str, *, by_unit: bool = False) -> None:
        """Destroy what was asked and found for a draft or case: it is no more, or went on its way.

        What was agreed to lies with the application by then; an answer that comes later finds no
        question that waits.
        """
        for asked in self.of(write.connection, about, by_unit=by_unit):
            if asked.state in _OPEN:
                state = EvidenceState.REFUSED.value
                _change(write, asked.id, state=state, settled=write.at)
                told = {"about": about, "document": asked.document, "holder": asked.holder}
                write.tell(DECLINED, "evidence", asked.id, after=told)
            write.erase(asked.id)

    def agreed(self, connection: Connection, about: str) -> list[dict[str, Any]]:
        """Return the evidence that goes with an application: what was agreed to, with its proof."""
        query = (
            select(EVIDENCE)
            .where(
                EVIDENCE.c.about == about,
                EVIDENCE.c.state == EvidenceState.AGREED.value,
                ~_of_unit(),
            )
            .order_by(EVIDENCE.c.id)
        )
        return [self._evidence(connection, row) for row in connection.execute(query).all()]

    # --- What came with an application ---

    def check(self, record: Mapping[str, Any], *subjects: Subject) -> Checked:
        """Return evidence that came with an application, if its holder signed it as it stands.

        Parameters
        ----------
        record
            The evidence, as `agree` gave it.
        subjects
            One of whom it must be about, as the application says; nobody is named where that is
            looked at elsewhere.

        Raises
        ------
        Refusal
            The signature does not fit, it is about somebody else, or it is signed by a node that
            has not the department and had it from no platform.
        """
        message = Message.from_record(record.get("message"))
        peer = message.verify(self.node.trust)
        body = message.body
        if message.head.kind != GIVEN or not isinstance(body, Mapping) or not body.get("found"):
            raise Refusal("hall_broker.no_evidence")
        if not all(isinstance(body.get(one), Mapping) for one in ("fields", "subject")):
            raise Refusal("hall_broker.no_evidence")
        about = Subject(str(body["subject"].get("number")), str(body["subject"].get("name")))
        if subjects and about not in subjects:
            raise Refusal("hall_broker.of_another")
        named, platform = str(body.get("department")), str(body.get("platform", ""))
        department = self._catalogue().department.get(named)
        held = department is not None and self._node_of(department) == peer.code
        if not (held or platform):
            raise Refusal("hall_broker.no_holder", node=peer.code)
        return Checked(
            str(body.get("document")),
            named,
            platform,
            peer.code,
            message.head.at,
            read_fields(body["fields"], body.get("labels") or {}),
        )

    # --- Within ---

    def _platforms(self, document: str) -> list[list[str]]:
        """Return the platforms that can give a document, as holders that are asked last."""
        known = self.node.mail.platforms.values()
        return [["", one.code] for one in known if document in one.documents]

    def _catalogue(self) -> Catalogue:
        return self.node.editions.catalogue(self.node.today())

    def _node_of(self, department: Department) -> str | None:
        try:
            return self.node.node_of(department)
        except MissingError:
            return None

    def _asked(self, connection: Connection, row: Any) -> Asked:
        fields: tuple[Any, ...] = ()
        platform = ""
        if row.state in {EvidenceState.FOUND.value, EvidenceState.AGREED.value}:
            content = self._content(connection, row)
            answer = content.get("answer", {})
            platform = content.get("message", {}).get("body", {}).get("platform", "")
            fields = read_fields(answer.get("fields", {}), answer.get("labels", {}))
        return Asked(
            row.id, row.about, row.item, row.document, EvidenceState(row.state), row.holder,
            row.node, row.purpose, row.basis, row.asked, row.answered, row.settled, fields,
            row.by.startswith(UNIT), platform,
        )  # fmt: skip

    def _evidence(self, connection: Connection, row: Any) -> dict[str, Any]:
        content = self._content(connection, row)
        return {
            "question": row.id,
            "document": row.document,
            "holder": row.holder,
            "node": row.node,
            "agreed": row.settled,
            "fields": content.get("answer", {}).get("fields", {}),
            "message": content.get("message", {}),
        }

    def _content(self, connection: Connection, row: Any) -> Mapping[str, Any]:
        """Return what is sealed about a question; nothing where it was erased."""
        try:
            content: Mapping[str, Any] = json.loads(
                self.node.vault.unseal(connection, row.id, row.sealed)
            )
        except MissingError:
            return {}
        return content


def _of_unit() -> ColumnElement[bool]:
    return EVIDENCE.c.by.startswith(UNIT, autoescape=True)


def _nothing_more(item: Item, document: str) -> Iterable[str]:  # noqa: ARG001
    return ()


def _row(connection: Connection, question: str) -> Any:
    row = connection.execute(select(EVIDENCE).where(EVIDENCE.c.id == question)).one_or_none()
    if row is None:
        raise MissingError("hall_broker.no_such_question", given=question)
    return row


def _change(write: "Write", question: str, **values: object) -> None:
    write.run(update(EVIDENCE).where(EVIDENCE.c.id == question).values(**values))
