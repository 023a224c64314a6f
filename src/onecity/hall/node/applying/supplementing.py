"""Supplements: what a department asks for besides, checked, fetched from its holder, and given."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Sentence
from onecity.hall.cases import State, What
from onecity.hall.cases.way import Action, check
from onecity.hall.catalogue import Applicant, Item
from onecity.hall.forms import Fault, FileSlot, Form, asked_for, part_for
from onecity.hall.forms.checking import check as faults_of
from onecity.hall.node import filing
from onecity.hall.node.broker.model import OPEN, Asked, Subject
from onecity.hall.node.subjects import corrected, subject_of
from onecity.hall.node.tables.applying import MINE
from onecity.hall.node.writing import Write
from onecity.identity import Actor

from . import once, telling
from .access import require_either
from .book import FormBook
from .following import Following
from .identities import evidence_faults, same_applicant
from .proofs import Proofs
from .views import File, FormFaultsError, Mine, Wanting

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

_LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for of a case's applicant, and what they gave before."""

    row: Row[Any]
    kept: Mapping[str, Any]
    item: Item
    form: Form
    slots: tuple[FileSlot, ...]

    def slot(self, name: str) -> FileSlot:
        """Return the place for a document: what is asked for, or any other of the form.

        Raises
        ------
        InputError
            There is none.
        """
        found = next((one for one in self.slots if one.name == name), None) or self.form.slot(name)
        if found is None:
            raise InputError("hall_forms.file_no_slot", slot=name)
        return found


class Supplements:
    """Supplements of one node's applicants.

    What was asked for is wanted, and nothing else: the documents that the department named. Fields
    of the form may be put right at the same time; those that are given are checked, and those that
    they open.
    """

    def __init__(self, node: "Node", book: FormBook, following: Following, proofs: Proofs) -> None:
        self.node, self.book, self.following, self.proofs = node, book, following, proofs

    def _asked(self, connection: Connection, by: Actor, case: str) -> _Asked:
        """Return what is asked for of a case of one's own.

        Raises
        ------
        MissingError
            There is no such case.
        InputError
            Nothing is asked for, or it was erased.
        """
        return self._of(connection, self.following.row(connection, by, case))

    def _of(self, connection: Connection, row: Row[Any]) -> _Asked:
        case = row.case
        check(Action.SUPPLEMENT, State(row.state), None, {})
        kept = self._kept(connection, row)
        if not kept:
            raise InputError("hall_applying.erased", number=row.number)
        catalogue = self.node.editions.catalogue(self.node.today())
        item = self.following.item(row, catalogue)
        if item is None:
            raise MissingError("hall_applying.no_item", given=row.item)
        kinds = frozenset({Applicant(kept["applicant"]["kind"])}) if row.parent else None
        form = self.book.of_item(item, catalogue, kinds)
        told = telling.of(self.node, connection, case, catalogue, erased=False)
        asked = [record for one, record in told if one.what == What.SUPPLEMENT_ASKED.value]
        documents = asked[-1].get("documents", ()) if asked else ()
        slots = tuple(
            slot for one in documents if (slot := asked_for(form, item, catalogue, one)) is not None
        )
        return _Asked(row, kept, item, form, slots)

    def _kept(self, connection: Connection, row: Row[Any]) -> Mapping[str, Any]:
        if row.sealed is None:
            return {}  # erased: nothing is left to be supplemented
        kept: Mapping[str, Any] = json.loads(
            self.node.vault.unseal(connection, row.case, row.sealed)
        )
        return kept

    def wanting(self, by: Actor, case: str, *, address: str = "") -> Wanting:
        """Return what is asked for: documents, and the form as it was filled in.

        Where a window took the case in for somebody else, that is a look at their data.

        Raises
        ------
        MissingError
            There is no such case.
        InputError
            Nothing is asked for.
        """
        with self.following.looking(by, case, address) as (connection, row):
            asked = self._of(connection, row)
            sent = set(asked.kept.get("files", ()))
            files = filing.of_owner(self.node, connection, case)
            return Wanting(
                form=asked.form,
                data=asked.kept["data"],
                slots=asked.slots,
                files=tuple(one for one in files if one.id not in sent),
                evidence=self._evidence(connection, case, asked.kept),
            )

    # --- Files -----------------------------------------------------------------------------------

    def add_file(
        self, by: Actor, case: str, name: str, filename: str, content: bytes, *, address: str = ""
    ) -> File:
        """Add a file to a case whose department has asked for more.

        Raises
        ------
        InputError
            Nothing is asked for, or the file is not what its place takes.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            slot = self._asked(write.connection, by, case).slot(name)
            return filing.put_for_case(write, slot, filename, content, case=case)

    def drop_file(self, by: Actor, case: str, file: str, *, address: str = "") -> None:
        """Drop a file that was added and not handed in yet.

        Raises
        ------
        MissingError
            There is none, or it was handed in.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            asked = self._asked(write.connection, by, case)
            if file in asked.kept.get("files", ()):
                raise MissingError("hall_applying.no_file", given=file)
            filing.drop(write, case, file)

    # --- Evidence --------------------------------------------------------------------------------

    def want(self, by: Actor, case: str, document: str, *, address: str = "") -> Asked:
        """Have a document that is asked for fetched from who holds it; asked again, it is the same.

        Raises
        ------
        InputError
            It is not asked for, no government holds it, or nobody has checked who the account is.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            connection = write.connection
            asked = self._asked(connection, by, case)
            for one in self._evidence(connection, case, asked.kept):
                if one.document == document and one.state in OPEN:
                    return one
            slot = next((one for one in asked.slots if one.name == document), None)
            if slot is None or not slot.fetchable:
                raise InputError("hall_applying.not_fetchable", given=document)
            subject = subject_of(asked.kept["applicant"], asked.kept["data"], slot)
            self._require_theirs(connection, by, asked, subject)
            return self.node.broker.ask(
                write,
                about=case,
                item=asked.item,
                document=document,
                subject=subject,
                likely=[asked.row.city],
            )

    def _require_theirs(
        self, connection: Connection, by: Actor, asked: _Asked, subject: Subject
    ) -> None:
        """Do nothing if somebody may have something fetched about somebody.

        Whoever served the applicant at a window has seen their papers.

        Raises
        ------
        InputError
            Nobody has checked who the account is, or they are somebody else.
        """
        if self.following.for_another(connection, asked.row, by):
            return
        known = self.proofs.require_known(connection, by)
        if subject.number not in {known.id_number, known.credit_code}:
            raise InputError("hall_applying.evidence_not_theirs")

    def evidence(self, by: Actor, case: str, *, address: str = "") -> tuple[Asked, ...]:
        """Return what was asked of holders for the supplement of a case of one's own, in order."""
        with self.following.looking(by, case, address) as (connection, row):
            return self._evidence(connection, case, self._kept(connection, row))

    def _evidence(
        self, connection: Connection, case: str, kept: Mapping[str, Any]
    ) -> tuple[Asked, ...]:
        """Return what was asked for and did not go with an earlier supplement."""
        sent = _questions(kept)
        return tuple(one for one in self.node.broker.of(connection, case) if one.id not in sent)

    # --- Giving ----------------------------------------------------------------------------------

    def give(
        self,
        by: Actor,
        case: str,
        *,
        data: Mapping[str, Any],
        files: Sequence[str] = (),
        words: str = "",
        key: str = "",
        address: str = "",
    ) -> Mine:
        """Give what a department has asked for besides, with the evidence that was agreed to.

        Parameters
        ----------
        data
            Groups of the form as they are now; fields that are not named stay.
        files
            Ids of files that were added to the case.
        key
            Idempotency key: the same supplement given again with it is given once.

        Raises
        ------
        FormFaultsError
            A document that is asked for is missing, or a field is not what it must be.
        InputError
            Nothing is asked for, or nothing is given.
        MissingError
            There is no such case or file, or a file was handed in before.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            connection = write.connection
            said = {"supplement": case, "data": dict(data), "files": list(files), "words": words}
            if once.begin(write, key, said) is not None:
                return self.following.whole(connection, self.following.row(connection, by, case))
            asked = self._asked(connection, by, case)
            before = set(asked.kept.get("files", ()))  # these the department has
            every_file = filing.of_owner(self.node, connection, case)
            known = {one.id: one for one in every_file if one.id not in before}
            if strange := [one for one in files if one not in known]:
                raise MissingError("hall_applying.no_file", given=strange[0])
            given = [known[one] for one in dict.fromkeys(files)]
            sent = _questions(asked.kept)
            every = self.node.broker.agreed(connection, case)
            evidence = [one for one in every if one["question"] not in sent]
            if not (asked.slots or data or given or evidence or words.strip()):
                raise InputError("hall_applying.nothing_given")
            groups = self._checked(asked, data, given, evidence)
            self._send(write, asked, groups, given, evidence, words)
            return self.following.whole(connection, self.following.row(connection, by, case))

    def _checked(
        self,
        asked: _Asked,
        data: Mapping[str, Any],
        files: Sequence[File],
        evidence: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        """Return the groups of the form that are given, as they are then.

        Raises
        ------
        FormFaultsError
            See `give`.
        """
        before = asked.kept["data"]
        whole = {**before, **_merged(before, data)}
        found = list(same_applicant(asked.kept["applicant"], whole))
        told = {one.pointer for one in found}
        found += [
            one for one in _faults(asked.form, before, whole, data) if one.pointer not in told
        ]
        found += evidence_faults(corrected(asked.kept["applicant"], whole), whole, evidence)
        there = {one.name for one in files} | {str(one["document"]) for one in evidence}
        for slot in asked.slots:
            if slot.name not in there:
                key = "file_or_evidence" if slot.fetchable else "file_missing"
                sentence = Sentence(f"hall_forms.{key}", {"document": dict(slot.title)})
                found.append(Fault(f"/files/{slot.name}", sentence))
        if found:
            raise FormFaultsError(tuple(found))
        part = part_for(asked.form, whole)
        return {name: part[name] for name in data if name in part}

    def _send(
        self,
        write: Write,
        asked: _Asked,
        groups: Mapping[str, Any],
        files: Sequence[File],
        evidence: Sequence[Mapping[str, Any]],
        words: str,
    ) -> None:
        row, kept = asked.row, asked.kept
        case, ids = row.case, [one.id for one in files]
        now = {
            **kept,
            "applicant": corrected(kept["applicant"], groups),
            "data": {**kept["data"], **groups},
            "files": [*kept.get("files", ()), *ids],
            "evidence": [*kept.get("evidence", ()), *evidence],
        }
        filing.send(write, row.node, case, files)
        write.run(
            update(MINE)
            .where(MINE.c.case == case)
            .values(
                state=State.SUBMITTED.value,
                changed=write.at,
                needs_me=0,
                sealed=write.seal(case, now),
            )
        )
        telling.add(write, case, What.SUPPLEMENTED.value, "", write.now, words=words)
        body = {
            "data": dict(groups),
            "files": ids,
            "evidence": [dict(one) for one in evidence],
            "words": words[:_LONGEST_WORDS],
        }
        self.following.send(write, row, "supplement", body)
        # What was agreed to lies with the case by then.
        self.node.broker.forget(write, case)


def _questions(kept: Mapping[str, Any]) -> set[str]:
    """Return the questions whose evidence has gone with the application or a supplement."""
    return {str(one.get("question")) for one in kept.get("evidence", ())}


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the groups that are given, with the fields that were there and are not named.

    A field that is null is empty from now on.
    """
    found: dict[str, Any] = {}
    for name, group in given.items():
        if not isinstance(group, Mapping):
            found[name] = group
            continue
        both = {**before.get(name, {}), **group}
        found[name] = {field: value for field, value in both.items() if value is not None}
    return found


def _faults(
    form: Form, before: Mapping[str, Any], now: Mapping[str, Any], given: Mapping[str, Any]
) -> list[Fault]:
    """Return what is wrong with what is given, and with what it opens; not what was so before."""
    every = [one.name for one in form.files]
    old = {one.pointer for one in faults_of(form, part_for(form, before), every)}
    named = {f"/{name}" for name in given}
    for name, group in given.items():
        if isinstance(group, Mapping):
            named |= {f"/{name}/{field}" for field in group}
    found = [
        one
        for one in faults_of(form, part_for(form, now), every)
        if one.pointer in named or one.pointer not in old
    ]
    known = {*form.order, *(f"/{one.name}" for one in form.groups)}
    strange = [
        Fault(one, Sentence("hall_forms.fault_unknown", {"field": one}))
        for one in sorted(named - known)
    ]
    return [*found, *strange]
