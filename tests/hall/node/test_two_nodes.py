"""Cases across a border: handled at one node, followed at another, opinions and hand-overs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from onecity.core.errors import InputError, StaleError
from onecity.hall.cases import Opinion, State, TaskKind, What
from onecity.hall.catalogue import Way
from onecity.hall.node import figures
from onecity.hall.node.desk import CaseQuery, TaskQuery
from onecity.hall.node.looks import looks_at
from onecity.hall.node.opinions import without_numbers
from onecity.hall.wire import Refusal
from onecity.identity import ForbiddenError
from tests.hall.node.cases import (
    CATALOGUE,
    CHIEF,
    CITY,
    HUANGSHI,
    OTHER,
    PORTAL,
    WUHAN,
    act,
    apply,
    exchange,
    follow,
    halls,
    of,
    worker,
)
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Town

ITEM = next(
    one
    for one in CATALOGUE.items
    if one.city == WUHAN
    and {Way.ONLINE, Way.AGENT} <= one.ways
    and one.results
    and any(o.basic_code == one.basic_code and o.city == HUANGSHI for o in CATALOGUE.items)
    and one.promised
    and one.promised.count > 1
)
THERE = of(ITEM.basic_code, HUANGSHI)
LI, ZHOU = worker("li", ITEM), worker("zhou", THERE)
FILE = f"01{'F' * 23}1"


@pytest.fixture
def made(tmp_path: Path, hands: Hands) -> Iterator[dict[str, Town]]:
    with halls(tmp_path, hands, [CITY, OTHER, PORTAL]) as towns:
        yield towns


def heard(town: Town, kind: str = "progress") -> list[str]:
    return [str(one.body.get("what")) for one in town.heard if one.kind == kind]


def test_a_case_that_came_from_a_portal_is_followed_there(made: dict[str, Town]) -> None:
    wuhan, portal = made["wuhan"], made["portal"]
    case = apply(portal, ITEM, "wuhan", way="online", from_city=HUANGSHI)
    exchange(made)
    node = wuhan.node
    assert node.handling.cases(CaseQuery(from_city=HUANGSHI), by=LI).total == 1
    act(node, case, LI, "accept")
    act(node, case, LI, "decide", outcome="grant")
    exchange(made)
    assert heard(portal) == ["received", "accepted", "decided"]
    [result] = [one.body for one in portal.heard if one.kind == "result"]
    assert result["granted"]
    assert result["document"]["document"]["applicant"]["name"] == "虚构人"
    versions = [one.body["version"] for one in portal.heard if one.kind == "progress"]
    assert versions == sorted(set(versions))
    # The applicant's node knows who looked, where and why.
    assert {(one.who, one.node, one.reason) for one in looks_at(portal.node, [case])} == {
        ("li", "wuhan", "测试")
    }
    # What belongs to somebody else is refused there and harms nothing.
    with made["huangshi"].node.writing(CHIEF) as write:
        write.send("wuhan", "withdrawal", case, {"words": "x"}, purpose="测试")
    exchange(made)
    assert node.handling.case(case, by=LI).case.state is State.DECIDED


def test_a_window_elsewhere_takes_in_and_both_nodes_are_told(made: dict[str, Town]) -> None:
    wuhan, huangshi, portal = made["wuhan"], made["huangshi"], made["portal"]
    case = apply(
        huangshi, ITEM, "wuhan", way="agent", from_city=HUANGSHI, portal="portal", on_behalf=True
    )
    with portal.node.writing(CHIEF) as write:
        follow(write, {"case": case, "number": "n", "item": ITEM.code}, "wuhan")
    exchange(made)
    view = act(wuhan.node, case, LI, "ask_supplement", words="请补")
    assert (view.case.way, view.case.on_behalf) == (Way.AGENT, True)
    exchange(made)
    assert heard(huangshi) == heard(portal) == ["received", "supplement_asked"]
    body = {"data": {"more": 1}, "files": [], "words": ""}
    with huangshi.node.writing(CHIEF) as write:
        write.send("wuhan", "supplement", case, body, purpose="代收补正")
    exchange(made)
    assert wuhan.node.handling.case(case, by=LI).case.state is State.RECEIVED
    with pytest.raises(Refusal), portal.node.writing(CHIEF) as write:
        write.send("xiaogan", "supplement", case, body, purpose="测试")


def test_an_application_that_is_not_fit_is_refused(made: dict[str, Town]) -> None:
    wuhan, portal = made["wuhan"], made["portal"]
    refused: list[str] = []
    portal.node.mail.register({}, {"application": lambda _, told: refused.append(told.reason)})
    known = apply(portal, ITEM, "wuhan", way="online")
    exchange(made)
    apply(portal, THERE, "wuhan")
    apply(portal, ITEM, "wuhan", way="upstairs")
    apply(portal, ITEM, "wuhan", applicant={"kind": "ghost"})
    apply(portal, ITEM, "wuhan", version=99)
    number = wuhan.node.handling.case(known, by=LI).case.number
    apply(portal, ITEM, "wuhan", number=number)
    exchange(made)
    assert refused == [
        "hall_node.not_ours", "hall_node.bad_body", "hall_node.bad_body",
        "hall_editions.no_version", "hall_node.case_known",
    ]  # fmt: skip
    assert wuhan.node.handling.cases(CaseQuery(), by=LI).total == 1


def test_departments_here_and_elsewhere_are_asked_side_by_side(made: dict[str, Town]) -> None:
    wuhan, huangshi = made["wuhan"], made["huangshi"]
    node, case = wuhan.node, apply(wuhan, ITEM)
    act(node, case, LI, "accept")
    here = next(
        one.code
        for one in CATALOGUE.departments
        if one.city == WUHAN and one.code != ITEM.authority
    )
    there = THERE.authority
    with pytest.raises(InputError):
        act(node, case, LI, "ask_opinion", units=[ITEM.authority], words="?")
    view = act(node, case, LI, "ask_opinion", units=[here, there], words="是否同意")
    assert not [one for one in view.tasks if one.unit == ITEM.authority]
    exchange(made)
    beside = worker("sun", of(next(o.basic_code for o in CATALOGUE.items if o.authority == here)))
    [task] = node.handling.tasks(TaskQuery(), by=beside).rows
    assert (task.kind, task.unit) == (TaskKind.OPINION, here)
    asked = huangshi.node.handling.case(case, by=ZHOU, reason="会办")
    assert (asked.foreign, asked.data) == ("wuhan", {"address": "虚构路 1 号"})
    # No more of the applicant than is needed.
    assert set(asked.applicant) == {"kind", "name"}
    with pytest.raises(ForbiddenError):
        huangshi.node.handling.case(case, by=LI)
    with pytest.raises(InputError):  # a reason is wanted
        huangshi.node.handling.do(case, "give_opinion", by=ZHOU, seen=1, outcome="disagree")
    given = {"outcome": Opinion.AGREE_IF.value, "words": "须整改"}
    done = huangshi.node.handling.do(case, "give_opinion", by=ZHOU, seen=1, **given)
    assert (done.can, done.opinions[0].answer) == ((), "须整改")
    with pytest.raises(StaleError):
        huangshi.node.handling.do(case, "give_opinion", by=ZHOU, seen=1, **given)
    exchange(made)
    waiting = node.handling.case(case, by=LI)
    assert not [one for one in waiting.tasks if one.unit == ITEM.authority]
    node.handling.do(case, "give_opinion", by=beside, seen=1, task=task.task, outcome="agree")
    view = node.handling.case(case, by=LI)
    assert [one.kind for one in view.tasks] == [TaskKind.REVIEW]
    assert {(one.unit, one.outcome) for one in view.opinions} == {
        (here, "agree"), (there, "agree_if"),
    }  # fmt: skip
    assert [one.what for one in view.events].count(What.OPINION_GIVEN) == 2
    assert act(node, case, LI, "decide", outcome="grant").case.state is State.DECIDED
    act(node, case, LI, "deliver")
    # What is erased where it was handled is erased where it was only asked about.
    with node.writing(CHIEF) as write:
        write.send("wuhan", "erasure", case, {"case": case}, purpose="测试")
    exchange(made)
    for town in (wuhan, huangshi):
        with town.node.reading() as connection:
            assert town.node.vault.is_erased(connection, case)


def test_who_is_asked_is_told_that_it_is_over_or_may_refuse_to_be_asked(
    made: dict[str, Town],
) -> None:
    wuhan, huangshi = made["wuhan"], made["huangshi"]
    node, there = wuhan.node, THERE.authority
    case = apply(wuhan, ITEM)
    act(node, case, LI, "accept")
    act(node, case, LI, "ask_opinion", units=[there], words="?")
    exchange(made)
    with node.writing(CHIEF) as write:
        write.send("wuhan", "withdrawal", case, {}, purpose="撤回")
    exchange(made)
    assert huangshi.node.handling.tasks(TaskQuery(), by=ZHOU).total == 0
    with pytest.raises(StaleError):
        huangshi.node.handling.do(case, "give_opinion", by=ZHOU, seen=1, outcome="agree")
    # A node that knows nothing of the department does not hold the case up.
    second = apply(wuhan, ITEM)
    act(node, second, LI, "accept")
    refusing = replace(huangshi.node.config, departments=())
    huangshi.node.config, before = refusing, huangshi.node.config
    act(node, second, LI, "ask_opinion", units=[there], words="?")
    exchange(made)
    huangshi.node.config = before
    view = node.handling.case(second, by=LI)
    assert [one.kind for one in view.tasks] == [TaskKind.REVIEW]
    assert [one.answer for one in view.opinions] == ["hall_node.not_ours"]


def test_a_case_is_handed_over_whole_and_comes_back_where_it_is_refused(
    made: dict[str, Town],
) -> None:
    wuhan, huangshi, portal = made["wuhan"], made["huangshi"], made["portal"]
    case = apply(portal, ITEM, "wuhan", way="online")
    other = apply(portal, ITEM, "wuhan", way="online")
    content = {
        "id": FILE, "name": "图.txt", "media": "text/plain", "document": "layout", "size": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "content": "YWJj",
    }  # fmt: skip
    with portal.node.writing(CHIEF) as write:
        write.send("wuhan", "file", case, content, purpose="附件")
        write.send("wuhan", "file", other, {**content, "size": 4, "content": "YWJk"}, purpose="")
    exchange(made)
    with huangshi.node.writing(CHIEF) as write:  # which has no part in it
        write.send("wuhan", "file", case, {**content, "id": FILE[:-1] + "2"}, purpose="附件")
    exchange(made)
    view = wuhan.node.handling.case(case, by=LI)
    assert HUANGSHI in view.moves
    assert [one.name for one in view.files] == ["图.txt"]
    assert not wuhan.node.handling.case(other, by=LI).files  # its content is not what it says
    act(wuhan.node, case, LI, "hand_over", to=HUANGSHI, words="属黄石管辖")
    exchange(made)
    moved = huangshi.node.handling.case(case, by=ZHOU)
    assert (moved.case.number, moved.case.authority) == (view.case.number, THERE.authority)
    assert (moved.data, moved.applicant) == (view.data, view.applicant)
    assert huangshi.node.handling.file(case, FILE, by=ZHOU) == ("图.txt", "text/plain", b"abc")
    act(huangshi.node, case, ZHOU, "accept")
    exchange(made)
    told = [one for one in portal.heard if one.case == case]
    assert [one.kind for one in told] == ["progress", "handed_over", "progress", "progress"]
    versions = [one.body["version"] for one in told]
    assert versions == sorted(set(versions))
    assert told[1].body["to"] == "huangshi"
    act(huangshi.node, case, ZHOU, "decide", outcome="grant")
    act(huangshi.node, case, ZHOU, "deliver")
    with portal.node.writing(CHIEF) as write:
        write.send("huangshi", "erasure", case, {"case": case}, purpose="测试")
    exchange(made)
    for node, by in ((wuhan.node, LI), (huangshi.node, ZHOU)):
        assert node.handling.case(case, by=by).erased
    # A node that does not take it over: nothing is lost.
    apply(huangshi, THERE, case=other, number="HUANGSHI-OWN")
    act(wuhan.node, other, LI, "hand_over", to=HUANGSHI, words="移交")
    exchange(made)
    back = wuhan.node.handling.case(other, by=LI)
    assert back.case.state is State.RECEIVED
    assert [one.kind for one in back.tasks] == [TaskKind.INTAKE]
    assert act(wuhan.node, other, LI, "accept").case.state is State.ACCEPTED


def test_nodes_tell_each_other_the_counts_of_a_day(made: dict[str, Town], hands: Hands) -> None:
    wuhan, huangshi = made["wuhan"], made["huangshi"]
    for town, item, by in ((wuhan, ITEM, LI), (huangshi, THERE, ZHOU)):
        case = apply(town, item)
        act(town.node, case, by, "accept")
        hands.move(days=1)
        act(town.node, case, by, "decide", outcome="grant")
    hands.move(days=1)
    for town in (wuhan, huangshi):
        assert figures.share(town.node) == 1  # a portal decides nothing and is told nothing
        assert figures.share(town.node) == 0
    exchange(made)
    since = date(2026, 3, 1)
    for town in (wuhan, huangshi):
        [shown] = town.node.board.view(by=CHIEF, since=since).items
        assert [(one.city, one.cases, one.days) for one in shown.cities] == [
            (WUHAN, 1, 1.0), (HUANGSHI, 1, 1.0),
        ]  # fmt: skip
    # Told once more, they are not counted twice; of another's city nothing is believed.
    hands.move(days=1)
    figures.share(huangshi.node)
    row = ["2026-03-02", ITEM.basic_code, WUHAN, *range(10)]
    body = {"since": "2026-03-01", "until": "2026-03-09", "rows": [row]}
    with huangshi.node.writing(CHIEF) as write:
        write.send("wuhan", figures.KIND, "", body, purpose="测试")
    exchange(made)
    [shown] = wuhan.node.board.view(by=CHIEF, since=since).items
    assert [(one.city, one.cases) for one in shown.cities] == [(WUHAN, 1), (HUANGSHI, 1)]


def test_a_node_takes_no_more_files_for_a_case_than_it_may(made: dict[str, Town]) -> None:
    wuhan, portal = made["wuhan"], made["portal"]
    refused: list[str] = []
    portal.node.mail.register({}, {"file": lambda _, told: refused.append(told.reason)})
    few = replace(wuhan.node.config.limits, files=2)
    wuhan.node.config = replace(wuhan.node.config, limits=few)
    case = apply(portal, ITEM, "wuhan", way="online")
    content = {
        "name": "图.txt", "media": "text/plain", "document": "layout", "size": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "content": "YWJj",
    }  # fmt: skip
    with portal.node.writing(CHIEF) as write:
        for one in range(3):
            write.send(
                "wuhan", "file", case, {**content, "id": f"01{'F' * 23}{one}"}, purpose="附件"
            )
    exchange(made)
    assert len(wuhan.node.handling.case(case, by=LI).files) == 2
    assert refused == ["hall_applying.too_many_files"]


def test_other_departments_get_no_number_of_anybody() -> None:
    data = {
        "applicant": {"name": "虚构人", "id_number": "42010019900101001X", "phone": "027-1"},
        "shop": {"place": "虚构路 1 号", "contact": "13000000000", "area": 90},
        "people": [{"who": "甲", "card": "420100199001010018"}, {"who": "乙", "phone": "1"}],
    }
    assert without_numbers(data) == {
        "applicant": {"name": "虚构人"},
        "shop": {"place": "虚构路 1 号", "area": 90},
        "people": [{"who": "甲"}, {"who": "乙"}],
    }
