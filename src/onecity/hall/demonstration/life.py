"""One case from the application to where it is to come: what its people do, step by step."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpx

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.hall.cases import Hindrance, Opinion, Outcome, State, TaskKind
from onecity.hall.cases.way import Action
from onecity.hall.catalogue import Item, Way
from onecity.hall.forms import Form, form_of
from onecity.hall.forms.own import FOLDER as FORMS
from onecity.hall.forms.own import read_own
from onecity.hall.forms.sampling import sample

from .asking import Asking, RefusedError
from .crowd import Crowd, Resident
from .traffic import End, Intended

Steps = Generator[float, None, None]
"""Steps of a case; between two of them, the seconds that it has to wait at least."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPG = b"\xff\xd8\xff" + bytes(300) + b"\xff\xd9"
WHY = "办理本件"
_FIRST_S, _LONGEST_S, _LONGER = 0.03, 1.0, 1.5
_NOT_YET = frozenset({403, 404, 409, 412, 425, 429, 503})
"""A case that has not come yet, somebody who was quicker, a node that is busy: try again."""
_AGAIN = frozenset({409, 412, 429, 503})


@dataclass(slots=True)
class Errand:
    """A case under way: what is known of it so far.

    `fetched` counts documents that came from where they are held, `absent` those that were not
    found there and handed in instead.
    """

    intended: Intended
    case: str = ""
    created_s: float = 0.0
    created_at: float = 0.0
    fetched: int = 0
    absent: int = 0
    reached: State | None = None
    problem: Sentence | None = None


class Life:
    """Does what the people of a case do. Any thread may go on with any case."""

    def __init__(self, crowd: Crowd, client: httpx.Client, patience_s: float) -> None:
        self.crowd, self.made = crowd, crowd.made
        self._client, self._patience_s = client, patience_s
        self._own = read_own(self.made.folders[self.made.portal] / FORMS)
        self._forms: dict[str, Form] = {}
        self._titles = {(one.node, one.name): one.title for one in self.made.logins}

    def steps(self, errand: Errand) -> Steps:
        """Yield between the steps of a case; it says itself how far it came."""
        one = errand.intended
        item = self.made.catalogue.item[one.item]
        applicant = self.crowd.applicant(one)
        yield from self._apply(errand, item, applicant)
        # Who applied at a window of their city follows it at that node, others at the portal.
        home = self._node(one.home) if one.way is Way.AGENT else self.made.portal
        own = self.at(home, applicant.account)
        if one.to:
            yield from self._hand_over(errand, item, one.to)
            item = self._same_in(item, one.to)
        yield from self._handled(errand, item, own)
        if one.stars is not None:
            yield from self._until(
                "appraise", lambda: "appraise" in own.get(f"mine/{errand.case}")["can"]
            )
            said = {"stars": one.stars, "words": "虚构示例"}
            own.post(f"mine/{errand.case}/appraise", said)
        wanted = one.end.state

        def arrived() -> bool:
            return bool(own.get(f"mine/{errand.case}")["state"] == wanted.value)

        yield from self._until(wanted.value, arrived)
        errand.reached = wanted

    def at(self, node: str, account: str) -> Asking:
        """Return somebody at a node."""
        title = self._titles.get((node, account), account)
        return Asking(self._client, title, self.made.urls[node], self.crowd.keys[node, account])

    # --- Applying --------------------------------------------------------------------------------

    def _apply(self, errand: Errand, item: Item, applicant: Resident) -> Steps:
        one, form = errand.intended, self._form(item)
        window = one.way is Way.AGENT
        asker = (
            self.at(self._node(one.home), "window")
            if window
            else self.at(self.made.portal, applicant.account)
        )
        given: dict[str, Any] = {"about": {"item": item.code}, "from_city": one.home}
        if one.way is not None:
            given["way"] = one.way.value
        if window:
            given["on_behalf"] = applicant.on_behalf
        draft = yield from self._surely(lambda: asker.post("drafts", given))
        path, data = f"drafts/{draft['id']}", sample(form, one.seed, applicant.answers)
        asker.put(path, {"seen": draft["seen"], "data": data})
        held = {document for document, _ in applicant.holds()}
        for slot in form.files:
            if not slot.wanted(data):
                continue
            if one.fetches and slot.fetchable and slot.name in held:
                found = yield from self._fetched(asker, path, slot.name)
                errand.fetched += found
                errand.absent += not found
                if found:
                    continue
            ending = "pdf" if "application/pdf" in slot.media else "jpg"
            content = PDF if ending == "pdf" else JPG
            asker.hand(f"{path}/files", slot.name, f"虚构示例.{ending}", content)
            yield 0.0
        begun = monotonic()
        receipt = yield from self._surely(
            lambda: asker.post(f"{path}/submit", headers={"Idempotency-Key": draft["id"]})
        )
        errand.created_at = monotonic()
        errand.created_s, errand.case = errand.created_at - begun, receipt["case"]

    def _fetched(self, asker: Asking, path: str, document: str) -> Generator[float, None, bool]:
        """Have a document fetched where it is held, and agree to its use; whether it was found."""
        asked = asker.post(f"{path}/evidence", {"document": document})["id"]

        def answered() -> Any:
            rows = asker.get(f"{path}/evidence")["rows"]
            return next((o for o in rows if o["id"] == asked and o["state"] != "waiting"), None)

        found = yield from self._until(document, answered)
        if found["state"] != "found":
            return False
        asker.post(f"evidence/{asked}/agree")
        return True

    # --- Handling --------------------------------------------------------------------------------

    def _handled(self, errand: Errand, item: Item, own: Asking) -> Steps:
        """Let the department go on with a case as far as it is to come."""
        one, end = errand.intended, errand.intended.end
        clerk = self._clerk(item.authority)
        if one.supplement and end is not End.WAITING:
            yield from self._do(errand, clerk, "ask_supplement", words="请补充说明（虚构示例）")
            if end is not End.UNANSWERED:
                yield from self._supplement(errand, own)
        if end is End.REJECTED:
            yield from self._do(errand, clerk, "reject", words="不属于本部门职权（虚构示例）")
        elif end is End.WITHDRAWN:
            yield from self._withdraw(errand, own)
        elif end.decided or end is End.UNDER_WAY:
            yield from self._examined(errand, item, clerk)

    def _examined(self, errand: Errand, item: Item, clerk: Asking) -> Steps:
        """Accept a case, ask what is to be asked, and decide it if it is to be."""
        one, end = errand.intended, errand.intended.end
        slow = item.promised is None or item.promised.count > 0
        if slow:
            yield from self._do(errand, clerk, "accept")
        if one.suspended:
            reason = Hindrance.EXPERTS.value
            yield from self._do(errand, clerk, "suspend", reason=reason, words="专家评审")
            yield from self._do(errand, clerk, "resume")
        if one.opinion:
            yield from self._opinion(errand, clerk, one.opinion)
        if not end.decided:
            return
        if slow:
            yield from self._do(errand, clerk, "propose", words="审查完毕（虚构示例）")
        granted, officer = end is End.GRANTED, self._officer(item)
        outcome = (Outcome.GRANT if granted else Outcome.REFUSE).value
        words = "准予（虚构示例）" if granted else "不符合条件（虚构示例）"
        yield from self._do(errand, officer, "decide", outcome=outcome, words=words)
        yield from self._do(errand, officer, "deliver")

    def _withdraw(self, errand: Errand, own: Asking) -> Steps:
        path = f"mine/{errand.case}"
        yield from self._until("withdraw", lambda: "withdraw" in own.get(path)["can"])
        own.post(f"{path}/withdraw", {"words": "不再需要（虚构示例）"})

    def _supplement(self, errand: Errand, own: Asking) -> Steps:
        path = f"mine/{errand.case}"
        yield from self._until("supplement", lambda: own.get(path)["supplement"])
        own.post(f"{path}/supplement", {"words": "补充说明如下（虚构示例）"})

    def _opinion(self, errand: Errand, clerk: Asking, unit: str) -> Steps:
        words = "请核实（虚构示例）"
        yield from self._do(errand, clerk, "ask_opinion", units=[unit], words=words)
        other, answer = self._clerk(unit), Opinion.AGREE.value
        yield from self._do(errand, other, "give_opinion", outcome=answer, words="同意（虚构示例）")

    def _hand_over(self, errand: Errand, item: Item, to: str) -> Steps:
        words = "由申请人所在市办理（虚构示例）"
        clerk = self._clerk(item.authority)
        yield from self._do(errand, clerk, "hand_over", to=to, words=words)

    def _do(self, errand: Errand, asker: Asking, action: str, **said: Any) -> Steps:
        """Do something with a case once it is offered, and first what has to be done before it."""
        path = f"desk/cases/{errand.case}"

        def done() -> bool:
            known = asker.get(path, reason=WHY)
            chosen = next((one for one in known["can"] if one["action"] == action), None)
            if chosen is None:
                self._step(errand, known, asker)
                return False
            _act(asker, path, known, chosen, said)
            return True

        yield from self._until(action, done)

    def _step(self, errand: Errand, known: Mapping[str, Any], asker: Asking) -> None:
        """Do a step that the item's own process has before: here, or as another department."""
        if _stepped(asker, f"desk/cases/{errand.case}", known):
            return
        for task in known["tasks"]:
            if task["kind"] == TaskKind.STEP:
                other = self._clerk(task["unit"]["code"])
                path = f"desk/cases/{errand.case}"
                if other.title != asker.title and _stepped(
                    other, path, other.get(path, reason=WHY)
                ):
                    return

    # --- Waiting ---------------------------------------------------------------------------------

    def _until(self, what: str, look: Callable[[], Any]) -> Generator[float, None, Any]:
        """Return what `look` finds, once it finds something; what is not there yet is waited for.

        Raises
        ------
        InputError
            Nothing was found for as long as there is patience.
        """
        end, pause, said = monotonic() + self._patience_s, _FIRST_S, Sentence("hall_demo.nothing")
        while True:
            try:
                if found := look():
                    return found
            except RefusedError as error:
                if error.status not in _NOT_YET:
                    raise
                said = Sentence(error.key, error.values)
            except httpx.TransportError as error:
                said = Sentence("hall_demo.no_answer", {"reason": f"{error}"})
            if monotonic() > end:
                seconds = self._patience_s
                raise InputError("hall_demo.waited", what=what, seconds=seconds, reason=said)
            yield pause
            pause = min(_LONGEST_S, pause * _LONGER)

    def _surely(self, ask: Callable[[], Any]) -> Generator[float, None, Any]:
        """Return what is answered, asking again while a node is busy."""
        end, pause = monotonic() + self._patience_s, _FIRST_S
        while True:
            try:
                return ask()
            except RefusedError as error:
                if error.status not in _AGAIN or monotonic() > end:
                    raise
            except httpx.TransportError:
                if monotonic() > end:
                    raise
            yield pause
            pause = min(_LONGEST_S, pause * _LONGER)

    # --- Who and where ---------------------------------------------------------------------------

    def _node(self, city: str) -> str:
        return self.made.cities[city] if city else self.made.province

    def _clerk(self, unit: str) -> Asking:
        department = self.made.catalogue.department[unit]
        return self.at(self._node(department.city), f"clerk.{department.duty}")

    def _officer(self, item: Item) -> Asking:
        return self.at(self._node(item.city), "officer")

    def _same_in(self, item: Item, city: str) -> Item:
        return next(
            one
            for one in self.made.catalogue.items
            if one.basic_code == item.basic_code and one.city == city
        )

    def _form(self, item: Item) -> Form:
        made = self._forms.get(item.code)
        if made is None:
            made = self._forms[item.code] = form_of(item, self.made.catalogue, self._own)
        return made


def _stepped(asker: Asking, path: str, known: Mapping[str, Any]) -> bool:
    """Do the first step of its own process that a case offers somebody, as its first outcome."""
    step = next((one for one in known["can"] if one["action"] == Action.STEP), None)
    if step is None:
        return False
    said = {"outcome": step["choices"][0]["value"]} if step["choices"] else {}
    _act(asker, path, known, step, said)
    return True


def _act(
    asker: Asking,
    path: str,
    known: Mapping[str, Any],
    chosen: Mapping[str, Any],
    said: Mapping[str, Any],
) -> None:
    body = {"seen": known["version"], "action": chosen["action"], "task": chosen["task"], **said}
    asker.post(f"{path}/do", body)
