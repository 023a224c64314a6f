"""A case of each way across a border and a life event, walked over HTTP as people would."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.hall.catalogue import Item
from onecity.hall.forms import Form, form_of, form_of_event
from onecity.hall.forms.own import FOLDER as FORMS
from onecity.hall.forms.own import read_own
from onecity.hall.forms.sampling import sample

from .asking import Asker, awaited
from .making import Demonstration

Tell = Callable[[Sentence], None]
WUHAN, HUANGSHI, EZHOU = "420100", "420200", "420700"
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_JPG = b"\xff\xd8\xff" + bytes(300) + b"\xff\xd9"
_PHARMACY = {"drug_permit": EZHOU, "tax_registration": WUHAN, "insurance_pharmacy": EZHOU}
"""Steps that are done elsewhere than in Huangshi, where the shop stands."""


@dataclass
class Walk:
    """People at their nodes; `tell` is told every step."""

    made: Demonstration
    tell: Tell
    stack: ExitStack
    _people: dict[tuple[str, str], Asker] = field(default_factory=dict)

    def at(self, node: str, name: str) -> Asker:
        """Return somebody at a node; they log in once."""
        key = (node, name)
        if key not in self._people:
            login = self.made.login(node, name)
            asker = Asker(self.made.urls[node], login)
            self._people[key] = self.stack.enter_context(asker)
        return self._people[key]

    def say(self, key: str, **values: object) -> None:
        """Tell a step."""
        self.tell(Sentence(key, values))

    # --- Applying --------------------------------------------------------------------------------

    def apply(
        self,
        asker: Asker,
        form: Form,
        given: Mapping[str, Any],
        answers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Any:
        """Fill a form, have evidence fetched, give the rest as files, hand in; the receipt."""
        draft = asker.post("drafts", given)
        data = sample(form, 1, answers)
        draft = asker.put(f"drafts/{draft['id']}", {"seen": draft["seen"], "data": data})
        self._give(asker, f"drafts/{draft['id']}", form)
        receipt = asker.post(f"drafts/{draft['id']}/submit")
        self.say(
            "hall_demo.applied",
            who=asker.login.title,
            title=_words(receipt["title"]),
            number=receipt["number"],
            to=_words(receipt["to"]["title"]),
        )
        return receipt

    def _give(self, asker: Asker, path: str, form: Form) -> None:
        for slot in form.files:
            if slot.fetchable and self._fetched(asker, path, slot.name):
                continue
            ending = "pdf" if "application/pdf" in slot.media else "jpg"
            content = _PDF if ending == "pdf" else _JPG
            asker.hand(f"{path}/files", slot.name, f"虚构示例.{ending}", content)

    def _fetched(self, asker: Asker, path: str, document: str) -> bool:
        """Ask for a document where it is held; whether it was found and agreed to."""
        try:
            asked = asker.post(f"{path}/evidence", {"document": document})
        except InputError:  # of somebody of whom nothing can be fetched
            return False
        number = asked["id"]

        def answered() -> Any:
            rows = asker.get(f"{path}/evidence")["rows"]
            return next((o for o in rows if o["id"] == number and o["state"] != "waiting"), None)

        found = awaited(document, answered)
        if found["state"] != "found":
            return False
        asker.post(f"evidence/{number}/agree")
        self.say(
            "hall_demo.fetched",
            document=_words(found["document"]["title"]),
            holder=_words(found["holder"]["title"]) if found["holder"] else "",
        )
        return True

    # --- Handling --------------------------------------------------------------------------------

    def do(self, asker: Asker, case: str, action: str, **said: Any) -> Any:
        """Open a case and do something with it; the case afterwards."""
        path = f"desk/cases/{case}"

        def offered() -> Any:
            known = asker.get(path, reason="办理本件")
            chosen = [one for one in known["can"] if one["action"] == action]
            return (known, chosen[0]) if chosen else None

        known, chosen = awaited(action, offered)
        body = {"seen": known["version"], "action": action, "task": chosen["task"], **said}
        done = asker.post(f"{path}/do", body)
        self.say(
            "hall_demo.did",
            who=asker.login.title,
            node=asker.login.node,
            what=_words(chosen["label"]),
            title=_words(known["title"]),
            number=known["number"],
        )
        return done

    def node_of(self, item: Item) -> str:
        """Return the node that decides an item."""
        return self.made.cities[item.city] if item.city else self.made.province

    def clerk(self, item: Item) -> Asker:
        """Return the clerk of the department that decides an item."""
        return self.at(self.node_of(item), f"clerk.{item.authority.rpartition('.')[2]}")

    def decide(self, item: Item, case: str) -> None:
        """Let a clerk take a case in, an officer decide it, and the clerk hand the result over."""
        clerk, officer = self.clerk(item), self.at(self.node_of(item), "officer")
        path = f"desk/cases/{case}"
        known = awaited(case, lambda: clerk.get(path, reason="办理本件"))
        if any(one["action"] == "accept" for one in known["can"]):
            known = self.do(clerk, case, "accept")
        if any(one["action"] == "propose" for one in known["can"]):
            self.do(clerk, case, "propose", words="材料齐全，建议准予（虚构示例）")
        self.drawn(item, case)
        known = self.do(officer, case, "decide", outcome="grant", words="准予（虚构示例）")
        if known["result"]:
            self.say("hall_demo.result", number=known["result"]["number"])
        self.drawn(item, case)
        known = officer.get(path, reason="办理本件")
        if any(one["action"] == "deliver" for one in known["can"]):
            self.do(officer, case, "deliver")

    def drawn(self, item: Item, case: str) -> None:
        """Let each department do the open steps that the item's office drew, with good outcomes."""
        path, clerk = f"desk/cases/{case}", self.clerk(item)
        while True:
            open_ = clerk.get(path, reason="办理本件")["tasks"]
            task = next((one for one in open_ if one["kind"] == "step"), None)
            if task is None:
                return
            duty = task["unit"]["code"].rpartition(".")[2]
            whose = self.at(self.node_of(item), f"clerk.{duty}")
            offered = whose.get(path, reason="办理本件")["can"]
            step = next(one for one in offered if one["action"] == "step")
            said = {"outcome": step["choices"][0]["value"]} if step["choices"] else {}
            self.do(whose, case, "step", **said)

    def appraise(self, asker: Asker, case: str) -> None:
        """Let an applicant find the result, and say what they think."""
        awaited(case, lambda: "appraise" in asker.get(f"mine/{case}")["can"])
        asker.post(f"mine/{case}/appraise", {"stars": 5, "words": "虚构示例：一次办好"})
        looks = awaited(case, lambda: asker.get("looks")["rows"])
        self.say(
            "hall_demo.appraised",
            who=asker.login.title,
            count=sum(1 for one in looks if one["case"] == case),
        )

    # --- The three ways, and a life event --------------------------------------------------------

    def item(self, code: str) -> Item:
        """Return an item of the catalogue."""
        return self.made.catalogue.item[code]

    def form(self, item: Item) -> Form:
        """Return an item's form."""
        own = read_own(self.made.folders[self.made.portal] / FORMS)
        return form_of(item, self.made.catalogue, own)

    def online(self) -> None:
        """Apply in Wuhan at the portal, for what Huangshi decides; once with a supplement."""
        self.say("hall_demo.way_online")
        chen, item = self.at(self.made.portal, "chen"), self.item(f"{HUANGSHI}.fund_transfer")
        given = {"about": {"item": item.code}, "way": "online", "from_city": WUHAN}
        case = self.apply(chen, self.form(item), given, _answers(chen))["case"]
        clerk = self.clerk(item)
        self.do(clerk, case, "ask_supplement", words="请说明转移原因（虚构示例）")
        awaited(case, lambda: chen.get(f"mine/{case}")["supplement"])
        chen.post(f"mine/{case}/supplement", {"words": "工作调动（虚构示例）"})
        self.say("hall_demo.supplemented", who=chen.login.title)
        awaited(
            case,
            lambda: clerk.get(f"desk/cases/{case}", reason="办理本件")["state"] != "supplement",
        )
        self.decide(item, case)
        self.appraise(chen, case)

    def agent(self) -> None:
        """Let the window in Huangshi take in what Wuhan decides, for somebody who stands there."""
        self.say("hall_demo.way_agent")
        window, item = (
            self.at(self.made.cities[HUANGSHI], "window"),
            self.item(f"{WUHAN}.pension_transfer"),
        )
        liu = self.at(self.made.cities[HUANGSHI], "liu")
        profile = liu.get("profile")
        person = {
            name: profile[name] for name in ("kind", "name", "id_number", "credit_code", "phone")
        }
        given = {
            "about": {"item": item.code},
            "way": "agent",
            "from_city": HUANGSHI,
            "on_behalf": person,
        }
        case = self.apply(window, self.form(item), given, _answers(liu))["case"]
        self.decide(item, case)
        self.appraise(liu, case)

    def joint(self) -> None:
        """Let Ezhou decide on a house that Wuhan's tax office gives its opinion on."""
        self.say("hall_demo.way_joint")
        chen, item = self.at(self.made.portal, "chen"), self.item(f"{EZHOU}.house_transfer")
        given = {"about": {"item": item.code}, "way": "joint", "from_city": WUHAN}
        case = self.apply(chen, self.form(item), given, _answers(chen))["case"]
        clerk, tax = self.clerk(item), self.at(self.made.cities[WUHAN], "clerk.tax")
        self.do(clerk, case, "accept")
        self.do(clerk, case, "ask_opinion", units=[f"{WUHAN}.tax"], words="请核实完税情况")

        def asked() -> Any:
            rows = tax.get("desk/tasks", size=200)["rows"]
            mine = (one for one in rows if (one["kind"], one["case"]) == ("opinion", case))
            return next(mine, None)

        wanted = awaited(case, asked)
        self.do(tax, wanted["case"], "give_opinion", outcome="agree", words="已完税（虚构示例）")
        self.decide(item, case)
        self.appraise(chen, case)

    def event(self) -> None:
        """Open a pharmacy in Huangshi; tax is for Wuhan, insurance for Ezhou, pharmacists above."""
        self.say("hall_demo.way_event")
        firm = self.at(self.made.portal, "renhe")
        steps = self.steps("pharmacy", HUANGSHI, _PHARMACY)
        event = next(one for one in self.made.catalogue.life_events if one.code == "pharmacy")
        own = read_own(self.made.folders[self.made.portal] / FORMS)
        form = form_of_event(event, steps, self.made.catalogue, own)
        about = {"event": "pharmacy", "city": HUANGSHI, "places": _PHARMACY}
        given = {"about": about, "way": "joint", "from_city": HUANGSHI}
        case = self.apply(firm, form, given, _answers(firm))["case"]
        done: set[str] = set()
        items = {one.basic_code: one for one in steps}
        while len(done) < len(steps):
            begun = awaited(
                case,
                lambda: [
                    one
                    for one in firm.get(f"mine/{case}")["steps_of"]
                    if one["case"] and one["basic_code"] not in done
                ],
            )
            for one in begun:
                self.decide(items[one["basic_code"]], one["case"])
                done.add(one["basic_code"])

        def over() -> Any:
            found = firm.get(f"mine/{case}")
            return found if found["steps_done"] == found["steps"] else None

        self.appraise(firm, awaited(case, over)["steps_of"][-1]["case"])
        awaited(case, lambda: "appraise" in firm.get(f"mine/{case}")["can"])
        firm.post(f"mine/{case}/appraise", {"stars": 5, "words": "虚构示例：一次申请，七步办成"})
        self.say("hall_demo.appraised_whole", who=firm.login.title)

    def steps(self, event: str, city: str, places: Mapping[str, str]) -> Sequence[Item]:
        """Return the items of a life event, each where it is done."""
        told = next(one for one in self.made.catalogue.life_events if one.code == event)
        found = []
        for step in told.steps:
            where = {places.get(step.basic_code, city), ""}
            found += [
                one
                for one in self.made.catalogue.items
                if one.basic_code == step.basic_code and one.city in where
            ]
        return found


def walk(made: Demonstration, tell: Tell) -> None:
    """Walk a case of each way and a life event through nodes that are served.

    Raises
    ------
    InputError
        Something was refused, or did not come in time.
    """
    with ExitStack() as stack:
        walked = Walk(made, tell, stack)
        for part in (walked.online, walked.agent, walked.joint, walked.event):
            part()


def _answers(asker: Asker) -> dict[str, dict[str, Any]]:
    """Return what somebody's profile answers of a form."""
    profile = asker.get("profile")
    names = ("name", "id_number", "credit_code", "phone", "address")
    return {"applicant": {name: profile[name] for name in names if profile[name]}}


def _words(told: Mapping[str, str]) -> dict[str, str]:
    return dict(told)
