"""Opinions that are late, claimed, of a department that is no more, and of an erased case."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from onecity.hall.cases import State, What
from onecity.hall.cases.clock import Light
from onecity.hall.node.desk import TaskQuery
from onecity.hall.node.tables.cases import TIMERS
from onecity.hall.node.verifying import verify
from onecity.identity import ForbiddenError
from onecity.web.hall.desk_told import CaseTold
from onecity.web.hall.offer import Offer
from tests.hall.node.cases import CATALOGUE, CHIEF, CITY, HUANGSHI, act, apply, halls, of, worker
from tests.hall.node.cases import OTHER as THERE
from tests.hall.node.cases import exchange as settle
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Town

ITEM = of("fund_transfer")
ASKED = of("fund_transfer", HUANGSHI)
LI = worker("li", ITEM)
ZHOU, SUN = worker("zhou", ASKED), worker("sun", ASKED)


@pytest.fixture
def made(tmp_path: Path, hands: Hands) -> Iterator[dict[str, Town]]:
    with halls(tmp_path, hands, [CITY, THERE]) as towns:
        yield towns


def test_an_opinion_is_claimed_late_and_shown_when_all_else_is_gone(
    made: dict[str, Town], hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    wuhan, huangshi = made["wuhan"].node, made["huangshi"].node
    case = apply(made["wuhan"], ITEM)
    act(wuhan, case, LI, "accept")
    act(wuhan, case, LI, "ask_opinion", units=[ASKED.authority], words="是否同意")
    settle(made)

    asked = huangshi.handling.case(case, by=ZHOU)
    assert [action.value for action, _ in asked.can] == ["claim", "give_opinion"]
    claimed = huangshi.handling.do(case, "claim", by=ZHOU, seen=1, task=asked.tasks[0].id)
    assert [action.value for action, _ in claimed.can] == ["give_opinion"]
    with pytest.raises(ForbiddenError):
        huangshi.handling.do(case, "give_opinion", by=SUN, seen=1, outcome="agree")
    [shown] = CaseTold(huangshi, Offer(CATALOGUE), "zhou").whole(claimed)["tasks"]
    assert (shown["claimed_by"], shown["mine"]) == ("zhou", True)

    hands.move(days=20)
    for node in (wuhan, huangshi):
        assert node.timers.due() >= 1
    [task] = huangshi.handling.tasks(TaskQuery(), by=ZHOU).rows
    assert task.light is Light.LATE
    assert huangshi.handling.tasks(TaskQuery(), by=ZHOU).counts.late == 1
    assert huangshi.office.trail.page(action="case.opinion_late").entries
    view = wuhan.handling.case(case, by=LI)
    [late] = [one for one in view.events if one.what is What.OPINION_LATE]
    assert late.unit == ASKED.authority
    assert view.case.state is State.ACCEPTED  # nobody's decision is in the way of it

    # A newer catalogue has the department no more: what it was asked can still be answered.
    newer = replace(
        CATALOGUE,
        departments=tuple(one for one in CATALOGUE.departments if one.code != ASKED.authority),
        items=tuple(one for one in CATALOGUE.items if one.authority != ASKED.authority),
    )
    monkeypatch.setattr(huangshi.editions, "catalogue", lambda _: newer)
    done = huangshi.handling.do(case, "give_opinion", by=ZHOU, seen=1, outcome="agree")
    assert done.opinions[0].outcome == "agree"
    settle(made)
    for action, said in (("decide", {"outcome": "grant"}), ("deliver", {})):
        act(wuhan, case, LI, action, **said)
    with wuhan.writing(CHIEF) as write:
        write.send("wuhan", "erasure", case, {"case": case}, purpose="测试")
    settle(made)
    gone = huangshi.handling.case(case, by=ZHOU)
    assert (gone.erased, gone.data, gone.opinions[0].answer) == (True, {}, "")
    assert CaseTold(huangshi, Offer(newer)).whole(gone)["number"] == view.case.number

    # What is answered is waited for no longer.
    with huangshi.reading() as connection:
        assert not connection.execute(select(TIMERS).where(TIMERS.c.about == case)).all()
    for node in (wuhan, huangshi):
        report = verify(node.folder)
        assert report.sound, report
