"""What waits for what: rings named, blocks across cities, the critical path of items."""

from datetime import date
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError, MissingError
from onecity.core.ids import new_id
from onecity.core.working_days import WorkingCalendar
from onecity.programme.ledger.dependencies import (
    Block,
    blocks,
    check_dependencies,
    plan,
    refuse_rings,
)
from onecity.programme.ledger.model import Dependency, Item
from onecity.programme.ledger.register import Register
from tests.programme.ledger.samples import NOON, item, unit

CHINA = WorkingCalendar.china()
TODAY = date(2026, 6, 1)  # a Monday


def work(number: int, *before: int, lag: int = 0, **given: Any) -> Item:
    values = {
        "id": new_id(NOON, number),
        "number": f"N-{number}",
        "title": f"事项{number}",
        "start": TODAY,
        "due": date(2026, 6, 5),
        "progress": 0,
        "depends_on": [Dependency(item=new_id(NOON, one), lag_days=lag) for one in before],
    }
    return item(**{**values, **given})


def test_a_ring_is_named_by_number_and_title() -> None:
    ring = [work(1, 2), work(2, 3), work(3, 1), work(4, 1)]
    with pytest.raises(InputError) as caught:
        refuse_rings(ring)
    named = str(caught.value.values["items"])
    assert caught.value.values["count"] == 3
    assert "N-1《事项1》 → N-3《事项3》 → N-2《事项2》 → N-1《事项1》" in named
    with pytest.raises(InputError):
        plan(ring, TODAY, CHINA)
    refuse_rings([work(1, 2), work(2, 3), work(3)])


def test_a_dependency_has_to_be_there() -> None:
    known = {one.id: one for one in (work(1), work(2, 1))}
    check_dependencies(work(3, 2), known)
    with pytest.raises(MissingError):
        check_dependencies(work(3, 9), known)
    with pytest.raises(InputError, match="N-1"):
        check_dependencies(work(1, 2), known)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] != p[1])))
def test_rings_are_found_where_there_are_any(pairs: list[tuple[int, int]]) -> None:
    before: dict[int, set[int]] = {n: set() for n in range(7)}
    for one, other in pairs:
        before[one].add(other)
    items = [work(n, *sorted(before[n])) for n in before]
    if nx.is_directed_acyclic_graph(nx.DiGraph(pairs)):
        refuse_rings(items)
    else:
        with pytest.raises(InputError):
            refuse_rings(items)


def test_a_long_chain_is_no_trouble() -> None:
    refuse_rings([work(0), *(work(n, n - 1) for n in range(1, 3000))])


def test_blocks_tell_whether_they_cross_a_border() -> None:
    register = Register.of(
        [unit("ez-dot", city="420700"), unit("wh-dot", city="420100"), unit("nowhere")]
    )
    items = [
        work(1, responsible_unit="wh-dot", lead_unit=None),
        work(2, state="accepted", progress=100, reported_on=TODAY),
        work(3, responsible_unit="nowhere"),
        work(4, 1, 2, 3),
        work(5, 4),
        work(6, 4, state="cancelled", closed_on=TODAY),
    ]
    code = [one.id for one in items]
    assert blocks(items, register) == (
        Block(code[3], code[0], across=True),
        Block(code[3], code[2], across=None),
        Block(code[4], code[3], across=False),
    )


def test_a_plan_of_worked_numbers() -> None:
    items = [
        work(1),  # five days: 1–5 June
        work(2, 1, due=date(2026, 6, 2)),  # two days, after 1: 8–9 June
        work(3, due=date(2026, 6, 2)),  # two days beside them: 1–2 June
        work(4, 2, 3, lag=1, start=date(2026, 6, 3), due=date(2026, 6, 9), progress=50),
    ]
    found = plan(items, TODAY, CHINA)
    days = [(one.start.day, one.finish.day) for one in found.items]
    # The fourth has 2.5 of 5 days left, rounded up, and waits a day: 11, 12, 15 June.
    assert days == [(1, 5), (8, 9), (1, 2), (11, 15)]
    assert [one.critical for one in found.items] == [True, True, False, True]
    assert [one.slack for one in found.items] == [0, 0, 5, 0]
    assert [one.late for one in found.items] == [0, 5, 0, 4]
    assert found.finish == date(2026, 6, 15)
    assert found.remarks == ()


def test_what_is_done_holds_nothing_up_after_its_day() -> None:
    items = [
        work(1, state="accepted", progress=100, reported_on=date(2026, 5, 20)),
        work(2, 1, lag=10),
        work(3, state="cancelled", closed_on=TODAY),
        work(4, state="draft", assigned_on=None, start=None),
    ]
    found = plan(items, TODAY, CHINA)
    assert [one.item for one in found.items] == [items[0].id, items[1].id]
    assert found.items[0].finish == date(2026, 5, 20)
    # Ten working days after 20 May are over on 3 June: 4, 5, 8, 9, 10 June.
    assert (found.items[1].start, found.items[1].finish) == (date(2026, 6, 4), date(2026, 6, 10))
    assert found.items[1].late == 3


def test_a_plan_of_nothing() -> None:
    assert plan([], TODAY, CHINA).finish is None


def test_an_unknown_year_is_said() -> None:
    (remark,) = plan([work(1, due=date(2031, 1, 1))], TODAY, CHINA).remarks
    assert "2031" in remark.text("en")
