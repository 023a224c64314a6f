"""The board: sums that are kept with every change are those of the cases themselves."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from onecity.core.errors import InputError, StaleError
from onecity.hall.cases import State
from onecity.hall.cases.clock import Light
from onecity.hall.node import counts
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.desk import MOST, CaseQuery, TaskQuery
from onecity.hall.node.finding import of_person
from onecity.hall.node.looks import looks_at
from onecity.hall.node.node import Node
from onecity.hall.node.tables.cases import DAYS, LOADS
from onecity.hall.node.verifying import verify
from onecity.identity import Actor, ForbiddenError, Grant, Via
from tests.hall.node.cases import (
    CATALOGUE,
    CHIEF,
    HUANGSHI,
    WUHAN,
    act,
    apply,
    halls,
    listen,
    of,
    worker,
)
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place, Town
from tests.stores import Cluster

ITEM = next(
    one
    for one in CATALOGUE.items
    if one.city == WUHAN
    and one.promised
    and one.promised.count > 1
    and any(o.basic_code == one.basic_code and o.city == HUANGSHI for o in CATALOGUE.items)
)
THERE = of(ITEM.basic_code, HUANGSHI)
LI, ZHOU = worker("li", ITEM), worker("zhou", THERE)
CHIEF_OF_WUHAN = Actor("he", "何", None, WUHAN, (Grant("supervisor", WUHAN),), Via.SESSION)


@pytest.fixture
def town(tmp_path: Path, hands: Hands) -> Iterator[Town]:

    both = Place("circle", NodeKind.CITY, (WUHAN, HUANGSHI))
    with halls(tmp_path, hands, [both]) as made:
        yield made["circle"]


def decide(town: Town, case: str, by: Actor, outcome: str) -> None:
    act(town.node, case, by, "accept")
    act(town.node, case, by, "decide", outcome=outcome, words="理由")


def test_the_board_tells_load_lateness_and_differences(town: Town, hands: Hands) -> None:
    node = town.node
    first, second = apply(town, ITEM), apply(town, ITEM, from_city=HUANGSHI)
    there, left = apply(town, THERE), apply(town, ITEM)
    decide(town, first, LI, "grant")
    act(node, second, LI, "accept")
    hands.move(days=2)
    decide(town, there, ZHOU, "refuse")
    act(node, second, LI, "decide", outcome="grant")
    with node.writing(CHIEF) as write:
        write.send("circle", "appraisal", first, {"stars": 5}, purpose="评价")
        write.send("circle", "withdrawal", apply(town, ITEM), {}, purpose="撤回")
    hands.move(days=30)
    board = node.board.view(by=CHIEF, since=date(2026, 3, 1), until=date(2026, 4, 5))
    own, other = (
        next(one for one in board.units if one.unit == unit)
        for unit in (ITEM.authority, THERE.authority)
    )
    assert (own.open, own.late, own.due_soon, own.came, own.done) == (3, 3, 0, 4, 2)
    assert (own.days_mean, own.on_time) == (1.0, 1.0)
    assert (other.open, other.late, other.done, other.days_mean) == (1, 1, 1, 0.0)
    [item] = [one for one in board.items if one.basic_code == ITEM.basic_code]
    here, far = sorted(item.cities, key=lambda one: one.city)
    assert (here.city, here.came, here.cases, here.crossed, here.refused) == (WUHAN, 4, 2, 1, 0)
    assert (far.city, far.cases, far.refused, far.days) == (HUANGSHI, 1, 1, 0.0)
    assert item.spread == 1.0
    assert (board.stars, board.appraised) == (5.0, 1)
    flow = {one.day: (one.came, one.left) for one in board.trend}
    assert (flow[date(2026, 3, 2)], flow[date(2026, 3, 4)]) == ((4, 1), (1, 3))
    # Only what is of one's own city, and nobody without the permission.
    mine = node.board.view(by=CHIEF_OF_WUHAN, since=date(2026, 3, 1), until=date(2026, 4, 5))
    assert [one.unit for one in mine.units] == [ITEM.authority]
    with pytest.raises(ForbiddenError):
        node.board.view(by=LI)
    with pytest.raises(InputError):
        node.board.view(by=CHIEF, since=date(2026, 4, 1), until=date(2026, 3, 1))
    assert left


def test_counts_are_those_of_the_cases(town: Town, hands: Hands) -> None:
    node = town.node
    for outcome in ("grant", "refuse"):
        decide(town, apply(town, ITEM), LI, outcome)
    act(node, apply(town, ITEM), LI, "reject", words="不予")
    act(node, apply(town, ITEM), LI, "ask_supplement", words="补")
    apply(town, THERE)
    hands.move(days=1)

    def both() -> tuple[list[object], list[object]]:
        with node.reading() as connection:
            days = select(DAYS).order_by(DAYS.c.day, DAYS.c.unit, DAYS.c.item)
            loads = select(LOADS).where(LOADS.c.count != 0).order_by(LOADS.c.unit, LOADS.c.state)
            return list(connection.execute(days)), list(connection.execute(loads))

    kept = both()
    with node.writing(CHIEF) as write:
        counts.anew(write.connection, {one.code: one.visits for one in CATALOGUE.items})
    assert both() == kept


def test_lists_are_read_by_index_and_paged(town: Town, hands: Hands) -> None:
    node, cases = town.node, []
    for item in [ITEM] * 5 + [THERE]:
        hands.move(seconds=1)
        cases.append(apply(town, item))
    number = node.handling.case(cases[2], by=LI).case.number
    assert [one.case for one in node.handling.cases(CaseQuery(number=number), by=CHIEF).rows] == [
        cases[2]
    ]
    page = node.handling.cases(CaseQuery(size=2, page=2), by=LI)
    assert ([one.case for one in page.rows], page.total) == ([cases[2], cases[1]], 5)
    every = node.handling.cases(CaseQuery(), by=CHIEF)
    assert ([one.case for one in every.rows], every.total) == (cases[::-1], 6)
    two = Actor(
        "wu", "吴", None, None, (Grant("clerk", WUHAN), Grant("clerk", HUANGSHI)), Via.LOCAL
    )
    assert [one.case for one in node.handling.tasks(TaskQuery(), by=two).rows] == cases
    assert node.handling.tasks(TaskQuery(text=ITEM.title[:3]), by=LI).total == 5
    assert node.handling.tasks(TaskQuery(text="没有这个事项"), by=LI).total == 0
    with pytest.raises(ForbiddenError):
        node.handling.tasks(TaskQuery(unit=THERE.authority), by=LI)
    with pytest.raises(InputError):
        node.handling.cases(CaseQuery(page=MOST, size=20), by=LI)
    until = node.today() - timedelta(days=1)
    assert node.handling.cases(CaseQuery(until=until), by=LI).total == 0
    assert node.handling.cases(CaseQuery(since=node.today(), city=WUHAN), by=CHIEF).total == 5


def test_finding_somebody_by_number_is_a_look_that_they_see(town: Town, hands: Hands) -> None:
    node = town.node
    person = {"kind": "person", "name": "林安", "id_number": "42010019900101001X"}
    mine = []
    for item in (ITEM, THERE, ITEM):
        hands.move(seconds=1)  # so that one of them is the newest
        mine.append(apply(town, item, applicant=person))
    apply(town, ITEM)
    with pytest.raises(InputError):  # no list is searched by what stands in an address
        node.handling.tasks(TaskQuery(text="42010019900101001x"), by=LI)
    with pytest.raises(InputError):
        node.handling.cases(CaseQuery(number="91350100M000100Y43"), by=LI)
    with pytest.raises(InputError):
        of_person(node, "4201001990", by=LI)
    found = of_person(node, "42010019900101001x", by=LI, reason="来电询问", size=1)
    assert ([one.case for one in found.rows], found.total) == ([mine[2]], 2)
    looks = [(one.case, one.who, one.reason) for one in looks_at(node, mine)]
    assert looks == [(mine[2], "li", "来电询问")]  # what was not shown was not looked at
    assert of_person(node, "420100199001010011", by=LI).total == 0
    entries = [str(one.as_record()) for one in node.office.trail.page().entries]
    assert not [one for one in entries if "42010019900101001" in one]
    with node.writing(CHIEF) as write:
        write.send(town.code, "withdrawal", mine[2], {}, purpose="测试")
        node.handling.erase(write, mine[2])
    assert of_person(node, "42010019900101001X", by=LI).total == 1
    assert verify(node.folder).sound


def test_a_node_keeps_its_cases_in_postgresql(
    tmp_path: Path, hands: Hands, cluster: Cluster
) -> None:
    with cluster.fresh() as url:
        config = Config("wuhan", "武汉", NodeKind.CITY, (WUHAN, HUANGSHI), database=url)
        with Node.make(tmp_path / "node", config, clock=hands) as node:
            node.editions.take_in(CATALOGUE, by=CHIEF)
            town = Town(node, None)  # type: ignore[arg-type]  # nobody comes to this door
            listen(town)
            case, other = apply(town, ITEM), apply(town, ITEM)
            seen = node.handling.case(case, by=LI).case.seen
            act(node, case, LI, "accept")
            with pytest.raises(StaleError):
                node.handling.do(case, "reject", by=LI, seen=seen, words="迟了")
            asked = [THERE.authority]
            act(node, case, LI, "ask_opinion", units=asked, words="是否同意")
            act(node, case, ZHOU, "give_opinion", outcome="agree")
            act(node, case, LI, "decide", outcome="grant")
            hands.move(days=9)
            assert node.timers.due() > 0
            rows = node.handling.tasks(TaskQuery(light=Light.LATE), by=LI)
            assert [one.case for one in rows.rows] == [other]
            assert node.handling.case(other, by=LI).case.state is State.ACCEPTED
            assert node.handling.cases(CaseQuery(from_city=WUHAN), by=CHIEF).total == 2
            assert node.handling.tasks(TaskQuery(text="wuhan2026"), by=LI).total == 2
            board = node.board.view(by=CHIEF, since=date(2026, 3, 1))
            assert (board.units[0].came, board.units[0].done) == (2, 1)
            assert node.office.trail.verify().sound
