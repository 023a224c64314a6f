"""What is told of drafts, evidence and cases to those who apply."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from onecity.core.words import Language, Sentence
from onecity.hall.cases import What
from onecity.hall.node.naming import called
from onecity.web.words import named, told, words

from .offer import Offer, Told, limit_told

if TYPE_CHECKING:
    from onecity.hall.node.applying import Consent, views
    from onecity.hall.node.broker.model import Asked
    from onecity.hall.node.looks import Look
    from onecity.hall.node.node import Node
    from onecity.hall.node.stages import StageSeen


class OwnTold:
    """Tells of what is somebody's own, in the words of a catalogue."""

    def __init__(self, node: "Node", offer: Offer) -> None:
        self._node, self._offer = node, offer

    def node(self, code: str) -> Told:
        """Return a node by code and name."""
        return {"code": code, "title": both(self._node.title_of(code))}

    def unit(self, code: str) -> Told | None:
        """Return a department; None where there is no code."""
        return self._offer.department_told(code) if code else None

    # --- Drafts ---

    def profile(self, found: "views.Profile | None") -> Told:
        """Return who somebody is; empty where nothing was given yet."""
        if found is None:
            empty = dict.fromkeys(("name", "id_number", "credit_code", "phone", "address"), "")
            return {"kind": None, **empty, "seen": 0, "verified": None}
        return {**found.person.as_record(), "seen": found.seen, "verified": found.verified}

    def draft_row(self, found: "views.DraftRow | views.Draft") -> Told:
        """Return a draft as a list shows it."""
        return {
            "id": found.id,
            "about": _about(found.about),
            "title": both(found.title),
            "saved_at": found.saved_at,
        }

    def draft(self, found: "views.Draft", asked: "tuple[Asked, ...]" = ()) -> Told:
        """Return a draft with its evidence."""
        return {
            **self.draft_row(found),
            "way": None if found.way is None else found.way.value,
            "from_city": found.from_city or None,
            "on_behalf": None if found.on_behalf is None else _person(found.on_behalf),
            "data": found.data,
            "files": [file_told(one) for one in found.files],
            "evidence": [self.evidence(one) for one in asked],
            "seen": found.seen,
        }

    def evidence(self, found: "Asked") -> Told:
        """Return what came of a question for evidence."""
        return {
            "id": found.id,
            "document": self._offer.document_told(found.document),
            "state": found.state.value,
            "state_text": words(found.state),
            "holder": self.unit(found.holder),
            "vouched_by": self.node(found.node) if found.platform else None,
            "purpose": found.purpose,
            "at": found.answered or found.asked,
            "fields": [
                {"name": one.name, "label": both(one.label), "value": one.value}
                for one in found.fields
            ],
        }

    def receipt(self, found: "views.Receipt") -> Told:
        """Return that an application was handed in."""
        return {
            "case": found.case,
            "number": found.number,
            "title": both(found.title),
            "at": found.at,
            "to": {"code": found.to, "title": both(found.to_title)},
            "promised": limit_told(found.promised),
            "marked": named(found.marked, None) if found.marked else None,
        }

    # --- Cases ---

    def row(self, found: "views.MineRow") -> Told:
        """Return a case as its applicant's list shows it."""
        return {
            "case": found.case,
            "number": found.number,
            "title": both(found.title),
            "state": found.state.value,
            "state_text": words(found.state),
            "at": found.at,
            "due": found.due,
            "steps_done": found.steps_done,
            "steps": found.steps,
            "needs_me": found.needs_me,
        }

    def mine(self, found: "views.Mine") -> Told:
        """Return a case as its applicant sees it."""
        item = {"code": found.item, "title": self._offer.title_of(found.item)}
        return {
            **self.row(found),
            "item": item if found.item else None,
            "event": found.event or None,
            "authority": self._named(found.unit, found.unit_title),
            "node": self.node(found.node) if found.node else None,
            "parent": found.parent,
            "way": None if found.way is None else found.way.value,
            "timeline": [
                {
                    "at": one.at,
                    "kind": one.what,
                    "what": both(one.what_text),
                    "unit": self._named(one.unit, one.unit_title),
                    "words": one.words,
                }
                for one in found.timeline
            ],
            "promised": limit_told(found.promised),
            "supplement": _wanted(found.supplement),
            "result": _result(found.result),
            "appraisal": _appraisal(found.appraisal),
            "steps_of": [self._step(one) for one in found.steps_of],
            "process": [stage_told(one, self._offer) for one in found.stages],
            "stops": [both(one) for one in found.stops],
            "stands": found.stands,
            "withdrawing": found.withdrawing,
            "files": [
                {**file_told(one), "title": self._offer.document_told(one.name)["title"]}
                for one in found.files
            ],
            "can": list(found.can),
            "erased": found.erased,
        }

    def wanting(self, found: "views.Wanting") -> Told:
        """Return what can be given while a department asks for more."""
        return {
            **found.form.as_json(),
            "files": [one.as_json() for one in found.slots],
            "prefill": {},
            "data": found.data,
            "given": [file_told(one) for one in found.files],
            "evidence": [self.evidence(one) for one in found.evidence],
        }

    def look(self, found: "Look") -> Told:
        """Return that somebody looked at a case."""
        return {
            "at": found.at,
            # Another node has told its people's names itself.
            "who": found.who if found.node != self._node.code else called(self._node, found.who),
            "unit": self.unit(found.unit),
            "node": self.node(found.node),
            "case": found.case or None,
            "number": found.number,
            "reason": found.reason,
        }

    def consent(self, found: "Consent") -> Told:
        """Return what somebody agreed to, or did not."""
        return {
            "at": found.at,
            "case": found.case,
            "document": self._offer.document_told(found.document),
            "holder": self.unit(found.holder),
            "purpose": found.purpose,
            "agrees": found.agrees,
        }

    def _step(self, found: "views.StepSeen") -> Told:
        return {
            "basic_code": found.basic_code,
            "title": both(found.title),
            "state": found.state,
            "state_text": both(found.state_text),
            "authority": {"code": found.unit, "title": both(found.unit_title)},
            "city": found.city,
            "case": found.case,
            "over": found.over,
            "due": found.due,
            "ended": found.ended,
            "waits_for": [both(one) for one in found.waits_for],
            "stopped_by": None if found.stopped_by is None else both(found.stopped_by),
            "stops": [both(one) for one in found.stops],
        }

    def _named(self, code: str, title: Mapping[Language, str]) -> Told | None:
        if not code:
            return None
        return {"code": code, "title": both(title)} if title else self.unit(code)


def both(title: Mapping[Language, str] | Mapping[str, str]) -> dict[str, str]:
    """Return a name in both languages."""
    return {str(language): text for language, text in title.items()}


def file_told(found: "views.File") -> Told:
    """Return a file that was given."""
    return {
        "id": found.id,
        "name": found.name,
        "filename": found.filename,
        "size": found.size,
        "type": found.media,
        "sha256": found.sha256,
        "at": found.at,
    }


def what_told(what: str, more: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return what happened to a case, in words; of a step that was drawn, which and its outcome."""
    step, said = ((more or {}).get(one) for one in ("step", "said"))
    if what == What.STEP_DONE and step:
        key = "hall_process.step_said" if said else "hall_process.step_done"
        return told(key, step=step, **({"said": said} if said else {}))
    return words(What(what)) if what in set(What) else named(what, None)


def stage_told(one: "StageSeen", offer: Offer) -> Told:
    """Return a step of a process."""
    return {
        "title": named(one.title, None) if one.title else words(one.kind),
        "unit": offer.department_told(one.unit) if one.unit else None,
        "beside": one.beside,
        "far": None if one.far is None else one.far.value,
    }


def _about(found: "views.About") -> Told:
    told: Told = found.as_record()
    return {**told, **{name: told[name] or None for name in ("item", "event", "city")}}


def _person(found: "views.Person") -> Told:
    told: Told = dict(found.as_record())
    told.pop("address", None)
    return told


def _wanted(found: "views.Wanted | None") -> Told | None:
    if found is None:
        return None
    documents = [{"code": code, "title": both(title)} for code, title in found.documents]
    return {"words": found.words, "until": found.until, "documents": documents}


def _result(found: "views.Decided | None") -> Told | None:
    if found is None:
        return None
    return {
        "title": both(found.title),
        "number": found.number,
        "granted": found.granted,
        "words": found.words,
        "signed_by": both(found.signed_by),
        "at": found.at,
    }


def _appraisal(found: "views.Appraised | None") -> Any:
    return None if found is None else {"stars": found.stars, "words": found.words, "at": found.at}


def fault_told(pointer: str, sentence: Sentence) -> Told:
    """Return what is wrong at a place of a form."""
    return {"pointer": pointer, "message": words(sentence)}


class Names:
    """How people are called, each looked up once for an answer."""

    def __init__(self, node: "Node") -> None:
        self._node, self._known = node, dict[str, str]()

    def of(self, who: str) -> str:
        """Return how somebody is called; see `called`."""
        found = self._known.get(who)
        if found is None:
            found = self._known[who] = called(self._node, who)
        return found

    def claim(self, by: str, claimed: str | None) -> Told:
        """Return who has taken a task on, by name, and whether it is the one who asks."""
        if not claimed:
            return {"claimed_by": None, "mine": False}
        return {"claimed_by": self.of(claimed), "mine": claimed == by}
