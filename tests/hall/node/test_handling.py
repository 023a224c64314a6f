"""The life of a case at one node: each way it can go, and what stands in the way of a slip."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.hall.cases import Outcome, State, TaskKind, What
from onecity.hall.cases.clock import Light
from onecity.hall.cases.model import kind_of
from onecity.hall.node import results, workflow
from onecity.hall.node.config import Bounds
from onecity.hall.node.desk import CaseQuery, TaskQuery
from onecity.hall.node.looks import looks_at
from onecity.hall.node.node import Node
from onecity.hall.node.viewing import CaseView
from onecity.hall.processes import Shipped, shipped
from onecity.hall.wire import Refusal
from onecity.identity import ForbiddenError
from tests.hall.node.cases import CATALOGUE, CHIEF, CITY, act, apply, halls, worker
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Town

ITEM = next(
    one
    for one in CATALOGUE.items
    if one.city == "420100" and one.promised and one.promised.count > 1 and one.results
)
LI, WANG = worker("li", ITEM), worker("wang", ITEM)


@pytest.fixture
def town(tmp_path: Path, hands: Hands) -> Iterator[Town]:
    with halls(tmp_path, hands, [CITY]) as made:
        yield made["wuhan"]


def can(view: CaseView) -> set[str]:
    return {action.value for action, _ in view.can}


def test_a_case_goes_from_the_application_to_the_signed_result(town: Town, hands: Hands) -> None:
    node = town.node
    case = apply(town, ITEM)
    rows = node.handling.tasks(TaskQuery(), by=LI)
    assert [(one.case, one.kind, one.light) for one in rows.rows] == [
        (case, TaskKind.INTAKE, Light.GOOD)
    ]
    assert (rows.total, rows.counts.todo, rows.counts.late) == (1, 1, 0)
    seen = node.handling.case(case, by=LI, reason="受理")
    assert seen.applicant["name"] == "虚构人"
    assert can(seen) >= {"claim", "accept", "ask_supplement", "reject"}
    act(node, case, LI, "claim")
    with pytest.raises(ForbiddenError):
        act(node, case, WANG, "accept")
    hands.move(days=1)
    view = act(node, case, LI, "accept")
    assert (view.case.state, view.case.accepted_at) == (State.ACCEPTED, hands.now)
    assert [one.kind for one in view.tasks] == [TaskKind.REVIEW]
    assert view.due is not None
    assert view.due > hands.now
    view = act(node, case, LI, "propose", words="材料齐全")
    assert [one.kind for one in view.tasks] == [TaskKind.DECIDE]
    hands.move(days=1)
    view = act(node, case, WANG, "decide", outcome="grant", words="准予")
    assert (view.case.state, view.case.outcome) == (State.DECIDED, Outcome.GRANT)
    assert view.result is not None
    assert results.check(view.result, node.trust) == "wuhan"
    forged = {**view.result, "document": {**view.result["document"], "granted": False}}
    with pytest.raises(Refusal):
        results.check(forged, node.trust)
    view = act(node, case, LI, "deliver")
    assert (view.case.state, view.tasks) == (State.CLOSED, ())
    assert [one.what for one in view.events] == [
        What.RECEIVED, What.CLAIMED, What.ACCEPTED, What.PROPOSED, What.DECIDED, What.DELIVERED,
    ]  # fmt: skip
    assert [one.kind for one in town.heard] == ["progress", "progress", "result", "progress"]
    assert not node.handling.tasks(TaskQuery(), by=LI).total
    assert node.handling.cases(CaseQuery(state=State.CLOSED), by=LI).rows[0].case == case
    # What was granted is evidence from now on, and every look was kept, by whom and why.
    assert {one.who for one in looks_at(node, [case])} == {"li", "wang"}
    assert node.office.trail.verify().sound


def test_supplements_stop_the_clock_and_bring_the_case_back(town: Town, hands: Hands) -> None:
    node = town.node
    case = apply(town, ITEM)
    act(node, case, LI, "accept")
    document = ITEM.requirements[0].document
    with pytest.raises(InputError):
        act(node, case, LI, "ask_supplement", words="缺材料", documents=["nothing"])
    with pytest.raises(InputError):
        act(node, case, LI, "ask_supplement", words="缺材料", until=date(2026, 3, 2))
    view = act(node, case, LI, "ask_supplement", words="缺材料", documents=[document])
    assert (view.case.state, view.due, view.light) == (State.SUPPLEMENT, None, Light.STANDS)
    assert not view.tasks
    told = town.heard[-1].body
    assert (told["what"], told["documents"], told["words"]) == (
        "supplement_asked", [document], "缺材料",
    )  # fmt: skip
    hands.move(days=4)
    with node.writing(CHIEF) as write:
        body = {"data": {"floor": 3}, "files": [], "words": "补上"}
        write.send("wuhan", "supplement", case, body, purpose="补正")
    view = node.handling.case(case, by=LI)
    assert (view.case.state, view.data) == (
        State.ACCEPTED, {"address": "虚构路 1 号", "floor": 3},
    )  # fmt: skip
    assert [one.kind for one in view.tasks] == [TaskKind.REVIEW]
    assert view.promised is not None
    assert view.promised.used == 0
    # Nothing comes in time: that is told, the clock runs on, and the department is free to decide.
    act(node, case, LI, "ask_supplement", words="仍缺")
    hands.move(days=30)
    assert node.timers.due() >= 1
    assert town.heard[-1].body["what"] == "supplement_missed"
    view = node.handling.case(case, by=LI)
    assert (view.case.state, [one.kind for one in view.tasks]) == (
        State.ACCEPTED, [TaskKind.REVIEW],
    )  # fmt: skip
    with pytest.raises(InputError), node.writing(CHIEF) as write:
        write.send("wuhan", "supplement", case, body, purpose="补正")
    assert act(node, case, LI, "decide", outcome="refuse", words="材料不齐").result


def test_who_does_not_answer_is_not_accepted_by_silence(town: Town, hands: Hands) -> None:
    node = town.node
    case = apply(town, ITEM)
    act(node, case, LI, "ask_supplement", words="缺材料", until=date(2026, 3, 4))
    hands.move(days=40)
    assert node.timers.due() == 1
    hands.move(days=40)
    assert node.timers.due() == 2  # yellow, then late
    view = node.handling.case(case, by=LI)
    assert (view.case.state, view.light) == (State.RECEIVED, Light.LATE)
    act(node, case, LI, "reject", words="逾期未补正")


def test_the_clock_is_suspended_extended_once_and_tells_of_itself(town: Town, hands: Hands) -> None:
    node = town.node
    case = apply(town, ITEM)
    first = act(node, case, LI, "accept")
    view = act(node, case, LI, "suspend", reason="hearing", words="听证")
    assert (view.case.state, view.due) == (State.SUSPENDED, None)
    hands.move(days=7)
    view = act(node, case, LI, "resume")
    assert first.due is not None
    assert view.due is not None
    assert (view.due - first.due).days == 7
    view = act(node, case, LI, "extend", days=5, words="复杂")
    assert "extend" not in can(view)
    assert view.due is not None
    assert (view.due - first.due).days == 14
    hands.now = view.due.replace(hour=0)
    assert node.timers.due() == 1
    assert node.handling.case(case, by=LI).light is Light.SOON
    hands.move(days=1)
    assert node.timers.due() == 1
    assert node.timers.due() == 0
    late = node.handling.case(case, by=LI)
    assert late.light is Light.LATE
    assert [one.what for one in late.events][-2:] == [What.DUE_SOON, What.OVERDUE]
    rows = node.handling.tasks(TaskQuery(light=Light.LATE), by=LI)
    assert [one.case for one in rows.rows] == [case]
    assert (rows.counts.todo, rows.counts.due_soon, rows.counts.late) == (1, 0, 1)


def test_a_case_that_nobody_looks_at_counts_as_accepted_after_a_restart(
    tmp_path: Path, hands: Hands
) -> None:
    with halls(tmp_path, hands, [CITY]) as made:
        case = apply(made["wuhan"], ITEM)
        began = hands.now
        folder = made["wuhan"].node.folder
    hands.move(days=8)

    with Node.open(folder, clock=hands) as node:
        node.mail.register({"progress": lambda write, received: None})
        assert node.timers.due() >= 1
        view = node.handling.case(case, by=LI)
        assert (view.case.state, view.case.accepted_at) == (State.ACCEPTED, began)
        assert [one.kind for one in view.tasks] == [TaskKind.REVIEW]


def test_who_saw_an_older_case_cannot_act_on_it(town: Town) -> None:
    node = town.node
    case = apply(town, ITEM)
    seen = node.handling.case(case, by=LI).case.seen
    outcomes: list[str] = []

    def reject(words: str) -> None:
        try:
            node.handling.do(case, "reject", by=LI, seen=seen, words=words)
            outcomes.append("done")
        except StaleError:
            outcomes.append("stale")

    both = [threading.Thread(target=reject, args=(one,)) for one in ("甲", "乙")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == ["done", "stale"]
    view = node.handling.case(case, by=LI)
    assert view.case.state is State.REJECTED
    assert [one.what for one in view.events].count(What.REJECTED) == 1
    assert view.result is not None
    assert not view.result["document"]["granted"]


def test_what_may_not_be_done_is_not(town: Town) -> None:
    node = town.node
    case = apply(town, ITEM)
    other = next(one for one in CATALOGUE.items if one.authority != ITEM.authority)
    for by in (worker("zhao", other), worker("qian", ITEM, "resident")):
        with pytest.raises(ForbiddenError):
            node.handling.case(case, by=by)
        with pytest.raises(ForbiddenError):
            node.handling.do(case, "accept", by=by, seen=1)
    clerk = worker("sun", ITEM, "clerk")
    act(node, case, clerk, "accept")
    act(node, case, clerk, "propose")
    with pytest.raises(ForbiddenError):
        act(node, case, clerk, "decide", outcome="grant")
    for action, error in (
        ("accept", InputError), ("withdraw", InputError), ("burn", InputError),
        ("hand_over", InputError),
    ):  # fmt: skip
        with pytest.raises(error):
            act(node, case, LI, action, to="420200", words="移交")
    with pytest.raises(InputError):
        act(node, case, LI, "decide", outcome="refuse")  # without a reason
    with pytest.raises(MissingError):
        node.handling.case("nothing", by=LI)
    assert node.handling.case(case, by=LI).case.state is State.ACCEPTED


def test_an_applicant_withdraws_appraises_and_is_forgotten(town: Town) -> None:
    node = town.node
    case, kept = apply(town, ITEM), apply(town, ITEM)

    def send(kind: str, about: str, **body: object) -> None:
        with node.writing(CHIEF) as write:
            write.send("wuhan", kind, about, {"case": about, **body}, purpose="测试")

    with pytest.raises(InputError):
        send("erasure", case)  # it has not ended
    send("withdrawal", case, words="不办了")
    assert node.handling.case(case, by=LI).case.state is State.WITHDRAWN
    assert not any(one.case == case for one in node.handling.tasks(TaskQuery(), by=LI).rows)
    with pytest.raises(InputError):
        send("withdrawal", case)
    act(node, kept, LI, "reject", words="不属于本机关")
    send("appraisal", kept, stars=4, words="还行")
    with pytest.raises(InputError):
        send("appraisal", kept, stars=9)
    assert node.handling.case(kept, by=LI).stars == 4
    send("erasure", case)
    view = node.handling.case(case, by=LI)
    assert view.erased
    assert (view.applicant, view.data, view.result) == ({}, {}, None)
    assert view.events[-1].what is What.ERASED
    assert town.heard[-1].kind == "erasure"
    assert node.office.trail.verify().sound


def test_a_node_erases_what_it_kept_long_enough(tmp_path: Path, hands: Hands) -> None:
    with halls(tmp_path, hands, [CITY]) as made:
        town = made["wuhan"]
        town.node.config = replace(town.node.config, limits=Bounds(keep_days=100))
        case, open_ = apply(town, ITEM), apply(town, ITEM)
        act(town.node, case, LI, "reject", words="不予受理")
        hands.move(days=101)
        town.node.timers.due()
        assert town.node.handling.case(case, by=LI).erased
        assert not town.node.handling.case(open_, by=LI).erased
        assert [one.kind for one in town.heard if one.case == case][-1] == "erasure"
        assert town.node.timers.next() is None or town.node.timers.due() == 0


@pytest.mark.parametrize("which", list(Shipped)[:2])
def test_a_process_can_begin_at_any_state(which: Shipped) -> None:
    process = shipped(which)
    spot = which is Shipped.SPOT
    kinds = {}
    for state in (State.RECEIVED, State.SUPPLEMENT, State.DECIDED, State.CLOSED, State.REJECTED):
        saved, tasks = workflow.at_state(process, state, accepted=False)
        kinds[state] = [kind_of(one.name) for one in tasks]
        assert [one.id for one in process.load(saved).open_tasks()] == [one.id for one in tasks]
        assert saved["done"] == (state in {State.CLOSED, State.REJECTED})
    assert kinds == {
        State.RECEIVED: [TaskKind.SPOT if spot else TaskKind.INTAKE],
        State.SUPPLEMENT: [TaskKind.SUPPLEMENT],
        State.DECIDED: [TaskKind.DELIVER],
        State.CLOSED: [],
        State.REJECTED: [],
    }
    if not spot:
        _, tasks = workflow.at_state(process, State.ACCEPTED, accepted=True)
        assert [kind_of(one.name) for one in tasks] == [TaskKind.REVIEW]
