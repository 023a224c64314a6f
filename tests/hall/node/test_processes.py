"""An office's own drawing runs its cases: steps, another department's part, editions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.hall.cases import State, TaskKind, What
from onecity.hall.cases.way import Action
from onecity.hall.catalogue import Tier
from onecity.hall.node.config import NodeKind
from onecity.hall.node.desk import TaskQuery
from onecity.hall.node.loading import FaultsError, load_rows
from onecity.hall.node.looks import looks_at
from onecity.hall.node.node import Node
from onecity.hall.node.processes import FOLDER, put_example, read_own
from onecity.hall.node.stages import stages_of_item
from onecity.hall.node.verifying import verify
from onecity.hall.node.viewing import CaseView
from onecity.hall.processes import Shipped, shipped
from onecity.identity import Actor, Grant, Via
from onecity.identity.errors import ForbiddenError
from tests.hall.node.cases import CATALOGUE, CHIEF, act, apply, halls, of, worker
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place, Town

EZHOU = "420700"
ITEM = of("drug_permit", EZHOU)
HEALTH = f"{EZHOU}.health"
LI = worker("li", ITEM)
HE = Actor("he", "he", HEALTH, EZHOU, (Grant("clerk", EZHOU),), Via.SESSION)
HU = Actor("hu", "hu", HEALTH, EZHOU, (Grant("clerk", EZHOU),), Via.SESSION)
TAX = Actor("shui", "shui", f"{EZHOU}.tax", EZHOU, (Grant("clerk", EZHOU),), Via.SESSION)


@pytest.fixture
def town(tmp_path: Path, hands: Hands) -> Iterator[Town]:
    with halls(tmp_path, hands, [Place("ezhou", NodeKind.CITY, (EZHOU,))]) as made:
        drawn(made["ezhou"].node)
        yield made["ezhou"]


def drawn(node: Node) -> None:
    put_example(node.folder)
    node.processes.own = read_own(node.folder / FOLDER)


def look(town: Town, case: str, by: Actor) -> CaseView:
    return town.node.handling.case(case, by=by, reason="测试")


def tasks(view: CaseView) -> dict[str, str]:
    """Return whose each open task is, by its name."""
    return {one.title: one.unit for one in view.tasks}


def actions(view: CaseView) -> set[str]:
    return {one.value for one, _ in view.can}


def far(view: CaseView) -> list[str]:
    return [f"{one.title} {one.far}" for one in view.stages]


def test_a_case_passes_a_site_visit_and_another_departments_step(town: Town) -> None:
    case = apply(town, ITEM)
    assert tasks(look(town, case, LI)) == {"受理审查": ITEM.authority}
    view = act(town.node, case, LI, "accept")
    assert tasks(view) == {"审查": ITEM.authority, "处方审核能力核查": HEALTH}
    # Deciding at once, past the visit, is not offered; nor is a step of another department.
    assert {"propose", "ask_opinion", "ask_supplement"} <= actions(view)
    assert not {"decide", "step"} & actions(view)
    assert far(view)[:3] == ["受理审查 done", "审查 now", "处方审核能力核查 now"]
    assert [one.beside for one in view.stages[:4]] == [False, False, True, False]
    with pytest.raises(InputError):
        act(town.node, case, LI, "decide", outcome="grant", words="准予")

    view = act(town.node, case, LI, "propose", words="材料齐全")
    assert tasks(view) == {"处方审核能力核查": HEALTH, "现场核查": ITEM.authority}
    [visit] = [task for action, task in view.can if action is Action.STEP]
    assert list(view.says[visit]) == ["通过", "限期整改", "不符合"]
    for outcome in ("", "合格"):
        with pytest.raises(InputError, match="通过 限期整改 不符合"):
            act(town.node, case, LI, "step", outcome=outcome)
    view = act(town.node, case, LI, "step", task=visit, outcome="限期整改", words="货架过道太窄")
    assert "整改复查 now" in far(view)
    view = act(town.node, case, LI, "step", words="已整改")
    assert tasks(view) == {"处方审核能力核查": HEALTH}
    assert "decide" not in actions(view)
    with pytest.raises(ForbiddenError):
        act(town.node, case, LI, "step", task=view.tasks[0].id, outcome="符合")

    before = view
    view = act(town.node, case, HE, "step", outcome="符合", words="有执业药师")
    # A colleague who was slower hears of that, not that the step is another department's.
    seen, task = before.case.seen, before.tasks[0].id
    with pytest.raises(StaleError):
        town.node.handling.do(case, "step", by=HU, seen=seen, task=task, outcome="符合")
    assert tasks(look(town, case, LI)) == {"决定": ITEM.authority}
    view = act(town.node, case, LI, "send_back", words="请补核查照片")
    assert tasks(view) == {"复核": ITEM.authority}
    view = act(town.node, case, LI, "decide", outcome="grant", words="准予")
    assert (view.case.state, tasks(view)) == (State.DECIDED, {"制证": ITEM.authority})
    assert actions(view) == {"claim", "step"}
    act(town.node, case, LI, "step")
    view = act(town.node, case, LI, "deliver")
    assert (view.case.state, view.tasks) == (State.CLOSED, ())
    assert {one.far for one in view.stages} == {"done"}

    # Whoever applied hears what came of each step, and how far it is; not what clerks noted.
    told = [one.body for one in town.heard if one.kind == "progress"]
    steps = [one["what_more"] for one in told if one["what"] == "step_done"]
    assert steps[0] == {"step": "现场核查", "said": "限期整改"}
    assert "货架过道太窄" not in str(told)
    assert [one["far"] for one in told[0]["stages"]][:3] == ["done", "now", "now"]
    assert verify(town.node.folder).sound


def test_another_department_sees_what_its_step_needs(town: Town) -> None:
    case = apply(town, ITEM, data={"shop": {"place": "虚构路 1 号", "phone": "13900000000"}})
    with pytest.raises(ForbiddenError):
        look(town, case, HE)  # nothing of it is theirs as yet
    act(town.node, case, LI, "accept")
    act(town.node, case, LI, "ask_opinion", units=[f"{EZHOU}.police", HEALTH], words="内部意见")
    view = look(town, case, HE)
    assert [one.what for one in view.events][:2] == [What.RECEIVED, What.ACCEPTED]
    assert {one.unit for one in view.events if one.words} == {HEALTH}  # what it is asked
    assert dict(view.applicant) == {"kind": "firm", "name": "虚构人"}
    assert view.data == {"shop": {"place": "虚构路 1 号"}}
    assert (view.files, view.evidence, view.result) == ((), (), None)
    # What it is asked besides, it sees and can answer.
    assert actions(view) == {"claim", "step", "give_opinion"}
    [asked] = view.opinions
    assert (asked.unit, asked.node, asked.words) == (HEALTH, "ezhou", "内部意见")
    with pytest.raises(ForbiddenError):
        look(town, case, TAX)
    found = {one.kind: one for one in town.node.handling.tasks(TaskQuery(), by=HE).rows}
    row = found[TaskKind.STEP]
    assert (row.title, row.unit, len(found)) == ("处方审核能力核查", HEALTH, 2)
    view = act(town.node, case, HE, "claim")
    assert {one.kind: one.claimed_by for one in view.tasks} == {
        TaskKind.STEP: "he", TaskKind.OPINION: None,
    }  # fmt: skip
    act(town.node, case, HE, "give_opinion", outcome="agree", task=asked.id)
    assert actions(look(town, case, HE)) == {"step"}
    for action in ("suspend", "propose", "extend"):
        with pytest.raises(ForbiddenError):
            act(town.node, case, HE, action, words="x", reason="hearing", days=5)
    assert {(one.who, one.unit) for one in looks_at(town.node, [case])} >= {("he", HEALTH)}


def test_a_changed_drawing_touches_new_cases_alone(town: Town) -> None:
    old, begun = apply(town, ITEM), apply(town, ITEM)
    act(town.node, begun, LI, "accept")
    first = town.node.processes.of(ITEM)
    text = first.source.decode().replace("现场核查", "现场勘验")
    made = town.node.processes.put(text.encode(), "drug_permit", by=CHIEF)
    assert town.node.processes.of(ITEM) is first  # until the node is opened again
    (town.node.folder / FOLDER / f"{ITEM.code}.bpmn").unlink()
    town.node.processes.own = read_own(town.node.folder / FOLDER)
    assert town.node.processes.of(ITEM).digest == made.digest != first.digest
    # How another city handles its own, it does not say.
    assert town.node.processes.of(of("drug_permit")) is shipped(Shipped.STANDARD)
    new = apply(town, ITEM)
    act(town.node, old, LI, "accept")
    act(town.node, new, LI, "accept")
    for case, name in ((old, "现场核查"), (begun, "现场核查"), (new, "现场勘验")):
        assert name in tasks(act(town.node, case, LI, "propose", words="好"))
    [entry] = town.node.office.trail.page(action="process.put").entries
    assert entry.after == {"digest": made.digest, "name": made.title}


ASKING = """<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">
 <process id="p" name="核对来处">
  <startEvent id="s"/><sequenceFlow id="f0" sourceRef="s" targetRef="whence"/>
  <exclusiveGateway id="whence" default="f2"/>
  <sequenceFlow id="f1" sourceRef="whence" targetRef="call">
   <conditionExpression>applicant == "firm" and from_city in ("420100",)</conditionExpression>
  </sequenceFlow>
  <sequenceFlow id="f2" sourceRef="whence" targetRef="spot"/>
  <userTask id="call" name="向武汉核实"/><sequenceFlow id="f3" sourceRef="call" targetRef="spot"/>
  <userTask id="spot" name="当场办理"/><sequenceFlow id="f4" sourceRef="spot" targetRef="deliver"/>
  <userTask id="deliver" name="送达"/>
 </process></definitions>"""


def test_a_drawing_asks_for_facts_and_for_states_that_it_has(town: Town) -> None:
    node = town.node
    process = node.processes.put(ASKING.encode(), ITEM.code, by=CHIEF)
    node.processes.own = {ITEM.code: process}
    assert process.asks == {"applicant", "from_city"}
    assert tasks(look(town, apply(town, ITEM), LI)) == {"当场办理": ITEM.authority}
    case = apply(town, ITEM, from_city="420100")
    assert [one.far for one in look(town, case, LI).stages] == ["now", "ahead", "ahead"]
    view = act(town.node, case, LI, "step", words="属实")
    assert tasks(view) == {"当场办理": ITEM.authority}
    # What the drawing does not know of is not offered: nobody asks for supplements here.
    assert actions(view) == {"claim", "decide"}
    with pytest.raises(InputError):
        act(town.node, case, LI, "reject", words="不予受理")
    act(town.node, case, LI, "decide", outcome="refuse", words="不符合条件")
    assert act(town.node, case, LI, "deliver").case.state is State.CLOSED

    old = {
        "item": ITEM.code,
        "opened": "2026-02-23",
        "applicant_kind": "firm",
        "from_city": "420100",
    }
    old["applicant_name"] = "虚构药房"
    wrong = [{**old, "number": "OLD-1", "state": "accepted", "accepted": "2026-02-24"}]
    with pytest.raises(FaultsError, match="核对来处"):
        load_rows(node, lambda: wrong, key="k", by=CHIEF)
    drawn(node)
    rows_ = [
        {**old, "number": "OLD-2", "state": "received", "opened": "2026-02-27"},
        {**wrong[0], "number": "OLD-3"},
        {**old, "number": "OLD-4", "state": "decided", "accepted": "2026-02-24",
         "decided": "2026-02-26", "outcome": "grant"},
    ]  # fmt: skip
    load_rows(node, lambda: rows_, key="k", by=CHIEF)
    found = {one.number: one.title for one in node.handling.tasks(TaskQuery(), by=CHIEF).rows
             if one.number.startswith("OLD")}  # fmt: skip
    assert found["OLD-2"] == "受理审查"
    assert found["OLD-4"] == "制证"
    own = [one for one in node.handling.tasks(TaskQuery(), by=HE).rows if one.number == "OLD-3"]
    assert [one.title for one in own] == ["处方审核能力核查"]
    assert act(node, own[0].case, HE, "step", outcome="符合").tasks == ()


def test_what_cannot_carry_a_case_does_not_let_a_node_open(town: Town) -> None:
    folder, source = town.node.folder / FOLDER, town.node.processes.of(ITEM).source.decode()

    def refused(text: str, said: str) -> None:
        (folder / "x.bpmn").write_text(text, "utf-8")
        with pytest.raises(InputError, match=said):
            Node.open(town.node.folder, office=town.node.office)
        with pytest.raises(InputError, match=said):
            town.node.processes.put(text.encode(), ITEM.code, by=CHIEF)

    complex_ = source.replace("parallelGateway", "complexGateway")
    refused(complex_, r"x\.bpmn|drug_permit")
    refused(complex_, "第 .* 行 complexGateway")
    refused(source.replace('"deliver"', '"hand"').replace(">deliver<", ">hand<"), "deliver（送达）")
    refused(source.replace('outcome == "refuse"', 'outcome == "deny"'), "deny")
    (folder / "x.bpmn").unlink()
    lane = source.replace('name="审批人员"', 'name="卫生健康委员会"')
    with pytest.raises(InputError, match="决定"):
        town.node.processes.put(lane.encode(), ITEM.code, by=CHIEF)
    with pytest.raises(MissingError):
        town.node.processes.put(source.encode(), "nothing", by=CHIEF)
    with pytest.raises(MissingError):  # without lanes, too
        town.node.processes.put(ASKING.encode(), "nothing", by=CHIEF)


def test_the_guide_tells_the_steps_of_who_applies_there(town: Town) -> None:
    text = ASKING.replace(' default="f2"', "").replace("420100", EZHOU)
    told = '<conditionExpression>from_city != "420700"</conditionExpression>'
    text = text.replace('targetRef="spot"/>', f'targetRef="spot">{told}</sequenceFlow>', 1)
    text = text.replace('applicant == "firm" and ', "")
    town.node.processes.own = {
        ITEM.code: town.node.processes.put(text.encode(), ITEM.code, by=CHIEF)
    }
    found = [one.title for one in stages_of_item(town.node, ITEM)]
    assert found == ["向武汉核实", "当场办理", "送达"]


def test_a_lane_means_the_citys_own_department(town: Town) -> None:
    health = CATALOGUE.department[HEALTH]
    county = replace(health, code=f"{EZHOU}.x", title="虚构区卫健局", tier=Tier.COUNTY)
    more = replace(CATALOGUE, departments=(*CATALOGUE.departments, county))
    town.node.editions.take_in(more, by=CHIEF)
    units = town.node.processes.units(EZHOU)
    assert (units[health.duty], units["虚构区卫健局"]) == (HEALTH, county.code)
