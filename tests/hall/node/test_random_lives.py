"""Many lives of cases at random: whatever is done, what must hold, holds."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from onecity.core.errors import InputError
from onecity.hall.cases import FINAL, Hindrance, State, TaskKind
from onecity.hall.cases.model import kind_of
from onecity.hall.node import counts, workflow
from onecity.hall.node.config import NodeKind
from onecity.hall.node.node import Node
from onecity.hall.node.processes import example_own
from onecity.hall.node.tables.cases import CASES, DAYS, LOADS, TASKS
from onecity.hall.node.verifying import verify
from onecity.hall.node.viewing import CaseView
from onecity.identity import Actor
from tests.hall.node.cases import CATALOGUE, CHIEF, HUANGSHI, WUHAN, apply, halls, of
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place, Town

ITEMS = [one for one in CATALOGUE.items if one.city == WUHAN]
DRAWN = of("drug_permit")
"""Runs by a drawing of its own: a site visit, and beside it a step of another department."""
UNITS = [one.code for one in CATALOGUE.departments if one.city == HUANGSHI]


@pytest.fixture
def town(tmp_path: Path, hands: Hands) -> Iterator[Town]:
    circle = Place("circle", NodeKind.CITY, (WUHAN, HUANGSHI))
    with halls(tmp_path, hands, [circle]) as made:
        [drawing] = example_own().values()
        made["circle"].node.processes.own = {DRAWN.code: drawing}
        yield made["circle"]


def said(action: str, outcomes: list[str], chance: random.Random) -> dict[str, Any]:
    """Return what is said with an action; at a step, one of its outcomes."""
    every: dict[str, dict[str, Any]] = {
        "decide": {"outcome": chance.choice(["grant", "refuse"])},
        "ask_opinion": {"units": chance.sample(UNITS, 2)},
        "give_opinion": {"outcome": chance.choice(["agree", "agree_if", "disagree"])},
        "suspend": {"reason": chance.choice(list(Hindrance)).value},
        "extend": {"days": chance.randint(1, 10)},
        "step": {"outcome": chance.choice(outcomes or [""])},
    }
    return every.get(action, {})


def step(town: Town, case: str, by: Actor, chance: random.Random) -> None:
    """Do one of the things that can be done now, as department, applicant or asked department."""
    node = town.node
    view = node.handling.case(case, by=by)
    every = [(action.value, task) for action, task in view.can if action.value != "hand_over"]
    every += [("give_opinion", one.id) for one in view.tasks if one.kind is TaskKind.OPINION]
    if chance.random() < 0.8:  # mostly what lets a case go on
        every = [one for one in every if one[0] != "reject"] or every
    if every and chance.random() < 0.85:
        action, task = chance.choice(every)
        outcomes = list(view.says.get(task, ()))
        given = {"words": "因为", **said(action, outcomes, chance)}
        node.handling.do(case, action, by=by, seen=view.case.seen, task=task or None, **given)
        return
    kind, body = chance.choice(
        [("supplement", {"data": {"n": 1}})] * 3 + [("withdrawal", {}), ("appraisal", {"stars": 3})]
    )
    try:
        with node.writing(CHIEF) as write:
            write.send(town.code, kind, case, body, purpose="测试")
    except InputError:
        pass  # not now


def check_tasks(node: Node, view: CaseView) -> None:
    """A case that goes on has work or waits for somebody; one that ended has none."""
    mine = [one for one in view.tasks if one.kind is not TaskKind.OPINION]
    if view.case.state in FINAL:
        assert not view.tasks
        return
    with node.writing(CHIEF) as write:
        running = workflow._load(write, view.case)
    open_ = running.open_tasks()
    assert {one.place for one in mine} == {one.id for one in open_ if not one.waits}
    waits = [kind_of(one.name) for one in open_ if one.waits]
    assert mine or waits
    if TaskKind.SUPPLEMENT in waits:
        assert view.case.state is State.SUPPLEMENT
    if TaskKind.OPINIONS in waits:
        assert any(one.given is None for one in view.opinions)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_what_must_hold_holds(town: Town, hands: Hands, seed: int) -> None:
    chance, node = random.Random(seed), town.node
    drawn = [apply(town, DRAWN) for _ in range(2)]
    cases = [*drawn, *(apply(town, chance.choice(ITEMS)) for _ in range(4))]
    for _ in range(80):
        hands.move(hours=chance.choice([0, 0, 1, 9, 30]))
        step(town, chance.choice(cases), CHIEF, chance)
        if chance.random() < 0.2:
            node.timers.due()
    for case in cases:
        view = node.handling.case(case, by=CHIEF)
        versions = [one.at for one in view.events]
        assert view.case.seen <= len(versions) + 1
        check_tasks(node, view)
        assert (view.result is not None) == (
            view.case.state in {State.DECIDED, State.CLOSED, State.REJECTED}
        )
    states = {node.handling.case(one, by=CHIEF).case.state for one in cases}
    assert len(states) > 1

    def sums() -> tuple[list[Any], list[Any]]:
        with node.reading() as connection:
            loads = select(LOADS).where(LOADS.c.count != 0).order_by(LOADS.c.unit, LOADS.c.state)
            days = select(DAYS.c.unit, DAYS.c.item, DAYS.c.came, DAYS.c.decided, DAYS.c.ended)
            days = days.where(DAYS.c.came + DAYS.c.ended > 0)
            return list(connection.execute(loads)), sorted(map(tuple, connection.execute(days)))

    kept = sums()
    with node.writing(CHIEF) as write:
        counts.anew(write.connection, {one.code: one.visits for one in CATALOGUE.items})
        left = select(TASKS.c.id).join(CASES, CASES.c.id == TASKS.c.case)
        left = left.where(TASKS.c.done.is_(None), CASES.c.state.in_(sorted(FINAL)))
        assert not write.connection.execute(left).all()
    assert sums() == kept
    found = verify(node.folder)
    assert found.sound, found
