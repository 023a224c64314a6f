"""What is told of a case to those who handle it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from onecity.core.errors import OneCityError
from onecity.core.working_days import WorkingCalendar
from onecity.hall.cases import Hindrance, Opinion, Outcome, State, TaskKind
from onecity.hall.cases.clock import left_until
from onecity.hall.cases.way import WAY, Action, most_extension, optional
from onecity.hall.catalogue import Applicant, TimeUnit
from onecity.web.words import named, told, words

from .offer import Offer, Told, limit_told
from .own_told import Names, OwnTold, stage_told, what_told

if TYPE_CHECKING:
    from onecity.hall.catalogue import Item
    from onecity.hall.node.broker.model import Field as EvidenceField
    from onecity.hall.node.broker.model import Subject
    from onecity.hall.node.desk import CaseRow, TaskRow
    from onecity.hall.node.files import CaseFile
    from onecity.hall.node.node import Node
    from onecity.hall.node.opinions import OpinionSeen
    from onecity.hall.node.viewing import CaseView, Happened
    from onecity.hall.node.workflow import OpenWork

ELSE = "done"
"""What is said at a step where the drawing has an arrow for all else."""
_APPLICANT = ("kind", "name", "id_number", "credit_code", "phone")


class CaseTold:
    """Tells somebody of a case in the words of a catalogue; `by` is their account."""

    def __init__(self, node: "Node", offer: Offer, by: str = "") -> None:
        self._node, self._offer, self._by = node, offer, by
        self._names = Names(node)

    def whole(self, found: "CaseView") -> Told:
        """Return all of a case, and what whoever asks may do."""
        case, item, own = found.case, found.item, OwnTold(self._node, self._offer)
        title = self._title(found)
        return {
            "case": case.id,
            "number": case.number,
            "version": case.seen,
            "item": {"code": case.item, "title": title},
            "title": title,
            "authority": self._offer.department_told(case.authority),
            "way": None if case.way is None else case.way.value,
            "from_city": case.from_city or None,
            "taken_in_by": self._node_told(case.taken_in_by or found.foreign),
            "state": case.state.value,
            "state_text": words(case.state),
            "at": case.submitted_at,
            "erased": found.erased,
            "applicant": _applicant(found.applicant),
            "data": dict(found.data),
            "labels": [] if item is None else self._labels(item, found),
            "files": [_file(one) for one in found.files],
            "evidence": [
                own.evidence(one["asked"])  # the department asked for it itself
                if "asked" in one
                else self._evidence(one, self._subjects(found))
                for one in found.evidence
            ],
            "clock": self._clock(found),
            "events": [self._event(one) for one in found.events],
            "opinions": [self._opinion(one) for one in found.opinions],
            "tasks": [self._task(one) for one in found.tasks],
            "can": [self._action(action, task, found) for action, task in found.can],
            "process": [stage_told(one, self._offer) for one in found.stages],
            "documents": [] if item is None else self._documents(item),
            "units": self._units(case.authority),
            "nodes": [self._move(city, one) for city, one in found.moves.items()],
            "result": self._result(found.result),
            "appraisal": self._appraisal(found),
        }

    # --- Parts of it ---

    def _title(self, found: "CaseView") -> dict[str, str]:
        item = found.item
        return named(found.title, None if item is None else item.title_en)

    def _node_told(self, code: str) -> Told:
        title = self._node.title_of(code)
        return {"code": code, "title": {"zh": title["zh"], "en": title["en"]}}

    def _unit(self, code: str) -> Told | None:
        return self._offer.department_told(code) if code else None

    def _labels(self, item: "Item", case: "CaseView") -> list[Told]:
        """Return what the fields of the item's form are called, as it was filled in."""
        # In a life event a firm may apply for what concerns one of its people.
        kind = case.applicant.get("kind")
        kinds = frozenset({Applicant(kind)}) if kind in set(Applicant) else None
        form = self._node.applying.book.of_item(item, self._offer.catalogue, kinds)
        found = {}
        for one in form.shown(case.data).values():
            title = one.schema.get("x-title") or named(str(one.schema.get("title", "")), None)
            if title["zh"]:
                chosen = one.schema.get("items", one.schema)
                options: Mapping[str, Any] = chosen.get("x-options", {})
                found[one.pointer] = {
                    "pointer": one.pointer,
                    "title": dict(title),
                    "options": {code: dict(word) for code, word in options.items()},
                }
        return list(found.values())

    @staticmethod
    def _subjects(found: "CaseView") -> "Sequence[Subject]":
        """Return whom evidence of a case may be about."""
        from onecity.hall.node.subjects import subjects_of  # noqa: PLC0415

        return subjects_of(found.applicant, found.data)

    def _evidence(self, record: Mapping[str, Any], about: "Sequence[Subject]") -> Told:
        """Return evidence that came with the application, if its signature fits.

        It must be about who applies, or who represents them: somebody else's is shown as such,
        without what stands in it.
        """
        from onecity.hall.node.broker.model import EvidenceState  # noqa: PLC0415
        from onecity.hall.node.earlier import result_as_evidence  # noqa: PLC0415

        code = str(record.get("document", ""))
        holder, at, vouched = "", record.get("at"), None
        fields: tuple[EvidenceField, ...] = ()
        # A result of an earlier step of a life event proves itself: its authority signed it.
        earlier = "result" in record
        try:
            checked = (
                result_as_evidence(record, self._node.trust, *about)
                if earlier
                else self._node.broker.check(record, *about)
            )
        except OneCityError as error:
            of_other = error.key == "hall_broker.of_another"
            state = EvidenceState.OTHER if of_other else EvidenceState.UNPROVEN
        else:
            state, fields = EvidenceState.AGREED, checked.fields
            holder, at = checked.department, checked.at
            vouched = self._node_told(checked.node) if checked.platform else None
        return {
            "id": str(record.get("id") or code),
            "document": self._offer.document_told(code),
            "state": state.value,
            "state_text": words(state),
            "holder": self._unit(holder),
            "vouched_by": vouched,
            "purpose": str(record.get("purpose", "")),
            "at": at,
            "fields": [
                {"name": one.name, "label": dict(one.label), "value": one.value} for one in fields
            ],
        }

    def _clock(self, found: "CaseView") -> Told:
        item, running = found.item, found.promised
        return {
            "legal": None if item is None else limit_told(item.legal),
            "promised": None if item is None else limit_told(item.promised),
            "due": found.due,
            "legal_due": found.legal_due,
            "used": None if running is None else running.used,
            "left": None if running is None else running.left,
            "unit": limit_unit(item).value,
            "stands": running is not None and running.stands,
            "light": found.light.value,
        }

    def _event(self, one: "Happened") -> Told:
        return {
            "at": one.at,
            "what": one.what.value,
            "text": what_told(one.what.value, one.more),
            "who": self._names.of(one.who),
            "unit": self._unit(one.unit),
            "words": one.words,
        }

    def _opinion(self, one: "OpinionSeen") -> Told:
        known = one.outcome in set(Opinion)
        return {
            "unit": self._offer.department_told(one.unit),
            "node": self._node_told(one.node) if one.node else None,
            "asked_at": one.asked,
            "words": one.words,
            "state": one.outcome if known else "waiting",
            "state_text": words(Opinion(one.outcome)) if known else None,
            "answer": one.answer,
            "at": one.given,
        }

    def _task(self, one: "OpenWork") -> Told:
        return {
            "task": one.id,
            "kind": one.kind.value,
            "kind_text": named(one.title, None) if one.title else words(one.kind),
            "unit": self._offer.department_told(one.unit),
            **self._names.claim(self._by, one.claimed_by),
            "due": one.due,
        }

    def _action(self, action: Action, task: str, found: "CaseView") -> Told:
        asks, needs = list(WAY[action].asks), optional(action)
        label, choices = words(action), _choices(action)
        title = next((one.title for one in found.tasks if one.id == task), "")
        if action is Action.CLAIM and title:
            label = told("hall_process.claim_task", task=title)
        if action is Action.STEP and title:
            label, choices = named(title, None), _said(found.says.get(task, {}))
            asks, needs = (asks, needs - {"outcome"}) if choices else (["words"], needs)
        joint = found.case.joint
        return {
            "action": action.value,
            "label": label,
            "task": task or None,
            "asks": asks,
            "needs": [one for one in asks if one not in needs],
            "choices": choices,
            "most": most_extension(joint=joint) if action is Action.EXTEND else None,
        }

    def _documents(self, item: "Item") -> list[Told]:
        codes = dict.fromkeys(one.document for one in item.requirements)
        return [self._offer.document_told(one) for one in codes]

    def _units(self, own: str) -> list[Told]:
        return [
            {**self._offer.department_told(one.code), "city": one.city or None}
            for one in self._offer.catalogue.departments
            if one.code != own
        ]

    def _move(self, city: str, item: "Item") -> Told:
        told = self._offer.city_told(city) or {"name": named(item.title, item.title_en)}
        return {"code": city, "title": told["name"], "city": city or None}

    def _result(self, signed: Mapping[str, Any] | None) -> Told | None:
        if signed is None:
            return None
        document = signed["document"]
        # As it was signed; in English as the catalogue has it.
        item, authority = document["item"], document["authority"]
        known = self._offer.catalogue.department.get(authority["code"])
        return {
            "title": named(item["title"], self._offer.title_of(item["code"], item["title"])["en"]),
            "number": document["number"],
            "granted": document["granted"],
            "words": document["words"],
            "signed_by": named(authority["title"], None if known is None else known.title_en),
            "at": document["issued_at"],
        }

    def _appraisal(self, found: "CaseView") -> Told | None:
        if found.stars is None:
            return None
        at: datetime = found.case.submitted_at
        said = ""
        for one in found.events:
            if one.what.value == "appraised":
                at, said = one.at, one.words
        return {"stars": found.stars, "words": said, "at": at}


def _applicant(known: Mapping[str, Any]) -> Told | None:
    if not known:
        return None
    return {name: str(known.get(name) or "") for name in _APPLICANT}


def _file(one: "CaseFile") -> Told:
    return {
        "id": one.id,
        "name": one.document,
        "filename": one.name,
        "size": one.size,
        "type": one.media,
        "sha256": one.sha256,
        "at": one.at,
    }


def _choices(action: Action) -> list[Told]:
    """Return the words that may be said with an action, where it asks for one of some."""
    known: Mapping[Action, Iterable[Any]] = {
        Action.DECIDE: Outcome,
        Action.GIVE_OPINION: Opinion,
        Action.SUSPEND: Hindrance,
    }
    return [{"value": one.value, "label": words(one)} for one in known.get(action, ())]


def _said(says: Mapping[str, str]) -> list[Told]:
    """Return what may be said at a step, by the names of its arrows."""
    labels = {one: named(title, None) for one, title in says.items()}
    if ELSE in labels:
        labels[ELSE] = told("hall_process.all_else")
    return [{"value": one, "label": label} for one, label in labels.items()]


def task_row(one: "TaskRow", offer: Offer, calendar: WorkingCalendar, now: datetime) -> Told:
    """Return a task as a list shows it; who has taken it on is told by `Names.claim`."""
    unit = unit_of(one.kind, one.state, offer.catalogue.item.get(one.item))
    left = None
    if one.due is not None:
        left = left_until(unit, calendar, now, one.due)
    return {
        "task": one.task,
        "case": one.case,
        "number": one.number,
        "kind": one.kind.value,
        "kind_text": named(one.title, None) if one.title else words(one.kind),
        "title": offer.title_of(one.item),
        "item": one.item,
        "unit": offer.department_told(one.unit),
        "from_city": one.from_city or None,
        "way": None if one.way is None else one.way.value,
        "state": one.state.value,
        "state_text": words(one.state),
        "due": one.due,
        "left": left,
        "left_unit": unit.value,
        "light": one.light.value,
        "seen": one.seen,
    }


def unit_of(kind: TaskKind, state: State, item: "Item | None") -> TimeUnit:
    """Return in what the limit of a task is counted.

    To accept and to deliver, and for opinions, in working days; until the decision as the item
    says.
    """
    decides = state in {State.ACCEPTED, State.SUSPENDED} and kind is not TaskKind.OPINION
    return limit_unit(item if decides else None)


def limit_unit(item: "Item | None") -> TimeUnit:
    """Return in what the limit until the decision is counted; working days where there is none."""
    limit = None if item is None else item.promised or item.legal
    return TimeUnit.WORKING_DAY if limit is None else limit.unit


def case_row(one: "CaseRow", offer: Offer) -> Told:
    """Return a case as a list shows it."""
    return {
        "case": one.case,
        "number": one.number,
        "title": offer.title_of(one.item),
        "item": one.item,
        "unit": offer.department_told(one.unit),
        "city": one.city or None,
        "from_city": one.from_city or None,
        "way": None if one.way is None else one.way.value,
        "state": one.state.value,
        "state_text": words(one.state),
        "at": one.at,
        "due": one.due,
        "light": one.light.value,
        "seen": one.seen,
    }
