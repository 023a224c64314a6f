"""Versions of items: brought in, drafted, published by another, kept for cases that run."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.hall.catalogue import Catalogue, Depth, Item, Limit, TimeUnit
from onecity.hall.catalogue.example import example
from onecity.hall.catalogue.fields import compare, fields_of, flat, folded
from onecity.hall.catalogue.plain import part_of, record_of
from onecity.hall.catalogue.rules import differences
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.node import Node
from onecity.identity import Actor, Grant, Via
from onecity.identity.errors import ForbiddenError
from tests.hall.node.conftest import Hands

CATALOGUE = example()
BEFORE, TODAY, LATER = date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 1)


def someone(name: str, *grants: str) -> Actor:
    return Actor(name, name, None, None, tuple(map(Grant.parse, grants)), Via.SESSION)


CHIEF = someone("chief", "administrator")
WRITER, OTHER = someone("writer", "item_editor"), someone("other", "item_editor")
CODE = CATALOGUE.items[0].code
BASIC = CATALOGUE.items[0].basic_code


@pytest.fixture
def node(tmp_path: Path, hands: Hands) -> Iterator[Node]:
    config = Config("wuhan", "武汉", NodeKind.CITY, tuple(CATALOGUE.cities))
    with Node.make(tmp_path / "node", config, clock=hands) as made:
        yield made


@pytest.fixture
def stocked(node: Node) -> Node:
    node.editions.take_in(CATALOGUE, by=CHIEF)
    return node


def test_every_part_of_a_catalogue_comes_back_from_its_record() -> None:
    whole = example(whole=True)
    parts = (*whole.items, *whole.departments, *whole.documents, *whole.life_events)
    assert len({type(one) for one in parts}) == 4
    for one in parts:
        assert part_of(type(one), json.loads(json.dumps(record_of(one)))) == one


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("visits", "2"),
        ("visits", 1.5),
        ("kind", "gift"),
        ("legal", {"count": float("inf"), "unit": "working_day"}),
        ("legal", {"count": -1, "unit": "working_day"}),
        ("fees", [{"title": "a", "cny": "NaN"}]),
        ("requirements", [{"document": "D", "copies": None}]),
        ("colour", "red"),
    ],
)
def test_a_field_that_is_not_fit_is_refused_by_name(field: str, given: object) -> None:
    record = record_of(CATALOGUE.items[0]) | {field: given}
    with pytest.raises(InputError) as caught:
        part_of(Item, record)
    assert field in str(caught.value)


def test_a_catalogue_is_published_once_and_then_drafted(node: Node) -> None:
    assert node.editions.catalogue(TODAY) == Catalogue("")
    with pytest.raises(ForbiddenError):
        node.editions.take_in(CATALOGUE, by=WRITER)
    taken = node.editions.take_in(CATALOGUE, by=CHIEF)
    assert taken.published == tuple(one.code for one in CATALOGUE.items)
    items = tuple(sorted(CATALOGUE.on(TODAY).items, key=lambda one: one.code))
    assert node.editions.catalogue(TODAY) == replace(CATALOGUE, items=items, caseloads=())
    changed = replace(CATALOGUE.items[0], conditions="改了")
    again = replace(CATALOGUE, items=(changed, *CATALOGUE.items[1:]))
    taken = node.editions.take_in(again, by=CHIEF)
    assert (taken.drafted, len(taken.same)) == ((CODE,), len(CATALOGUE.items) - 1)
    assert node.editions.take_in(again, by=CHIEF).held == (CODE,)
    assert node.editions.catalogue(TODAY).item[CODE].conditions != "改了"
    with pytest.raises(InputError, match=CODE):
        node.editions.publish(CODE, seen=1, valid_from=LATER, by=CHIEF)
    node.editions.publish(CODE, seen=1, valid_from=LATER, by=OTHER)
    assert node.editions.catalogue(LATER).item[CODE].conditions == "改了"
    less = replace(CATALOGUE, departments=CATALOGUE.departments[1:], items=(), life_events=())
    less = replace(less, documents=(), caseloads=())
    with pytest.raises(InputError):
        node.editions.take_in(less, by=CHIEF)
    assert node.editions.catalogue(TODAY).departments == CATALOGUE.departments


def test_what_one_drafts_another_publishes_from_a_day_on(stocked: Node) -> None:
    editions = stocked.editions
    first = editions.catalogue(TODAY).item[CODE]
    draft = editions.save_draft(CODE, {"conditions": "第一稿"}, seen=0, by=WRITER)
    assert (draft.item.version, draft.seen, draft.hands) == (first.version + 1, 1, ("writer",))
    with pytest.raises(StaleError):
        editions.save_draft(CODE, {"conditions": "晚了"}, seen=0, by=OTHER)
    draft = editions.save_draft(CODE, {"note": "第二稿"}, seen=1, by=WRITER)
    assert draft.item.conditions == "第一稿"
    with pytest.raises(InputError, match="writer"):
        editions.publish(CODE, seen=2, valid_from=LATER, by=WRITER)
    with pytest.raises(StaleError):
        editions.publish(CODE, seen=1, valid_from=LATER, by=OTHER)
    with pytest.raises(InputError, match="2026-03-01"):
        editions.publish(CODE, seen=2, valid_from=BEFORE, by=OTHER)
    made = editions.publish(CODE, seen=2, valid_from=LATER, by=OTHER)
    assert editions.draft(CODE) is None
    assert editions.catalogue(TODAY).item[CODE].conditions == first.conditions
    assert editions.catalogue(date(2026, 3, 31)).item[CODE].version == first.version
    assert editions.catalogue(LATER).item[CODE] == made
    # A case that runs keeps the version under which it was applied for.
    assert editions.item(CODE, first.version).conditions == first.conditions
    assert [one.valid_until for one in editions.versions([CODE])[CODE]] == [date(2026, 3, 31), None]
    with pytest.raises(MissingError):
        editions.item(CODE, 9)
    told = [one.action for one in stocked.office.trail.page(kind="item").entries]
    assert told == ["items.published", "items.drafted", "items.drafted"]


def test_a_draft_that_breaks_a_rule_is_told_and_not_published(stocked: Node) -> None:
    editions = stocked.editions
    given = {"depth": Depth.IV.value, "visits": 2, "visit_reason": "", "promised": None}
    editions.save_draft(CODE, given, seen=0, by=WRITER)
    fields = {one.field for one in editions.findings(CODE)}
    assert {"visits", "visit_reason", "promised"} <= fields
    with pytest.raises(InputError, match="visits"):
        editions.publish(CODE, seen=1, valid_from=LATER, by=OTHER)
    assert editions.draft(CODE) is not None
    assert len(editions.versions([CODE])[CODE]) == 1
    for name, value in (("basic_code", "X"), ("city", "420700"), ("valid_from", "2026-05-01")):
        with pytest.raises(InputError, match=name):
            editions.save_draft(CODE, {name: value}, seen=1, by=WRITER)
    editions.drop_draft(CODE, seen=1, by=OTHER)
    assert editions.draft(CODE) is None


def test_a_new_item_is_drafted_whole(stocked: Node) -> None:
    editions = stocked.editions
    base = record_of(CATALOGUE.items[0])
    with pytest.raises(InputError, match="title"):
        editions.save_draft("NEW", {"basic_code": BASIC}, seen=0, by=WRITER)
    editions.save_draft("NEW", {**base, "code": "NEW"} | FREE, seen=0, by=WRITER)
    made = editions.publish("NEW", seen=1, valid_from=TODAY, by=OTHER)
    assert editions.catalogue(TODAY).item["NEW"] == made
    assert (made.code, made.version, made.valid_from) == ("NEW", 1, TODAY)


FREE = {"version": 1, "valid_from": None, "valid_until": None}


def test_an_editor_of_one_city_leaves_the_others_alone(stocked: Node) -> None:
    item = CATALOGUE.items[0]
    there = next(one for one in CATALOGUE.cities if one != item.city)
    with pytest.raises(ForbiddenError):
        stocked.editions.save_draft(
            CODE, {"note": "x"}, seen=0, by=someone("far", f"item_editor@{there}")
        )
    near = someone("near", f"item_editor@{item.city}")
    assert stocked.editions.save_draft(CODE, {"note": "x"}, seen=0, by=near).seen == 1


def test_another_process_sees_what_was_published(stocked: Node) -> None:
    with Node.open(stocked.folder, clock=stocked.office.clock) as second:
        assert second.editions.catalogue(LATER).item[CODE].version == 1
        limit = {"promised": {"count": 1, "unit": TimeUnit.WORKING_DAY.value}}
        stocked.editions.save_draft(CODE, limit, seen=0, by=WRITER)
        stocked.editions.publish(CODE, seen=1, valid_from=TODAY, by=OTHER)
        found = second.editions.catalogue(LATER).item[CODE]
    assert (found.version, found.promised) == (2, Limit(1, TimeUnit.WORKING_DAY))


def test_an_editor_reads_and_writes_flat_fields() -> None:
    names = {one.name for one in fields_of(CATALOGUE)}
    for item in CATALOGUE.items:
        record = record_of(item)
        given = {name: value for name, value in flat(record).items() if name in names}
        assert names == given.keys()
        assert part_of(Item, record | folded(given, {})) == item
    base = {"legal": {"count": 20, "unit": "working_day"}}
    assert folded({"legal.count": 5}, base) == {"legal": {"count": 5, "unit": "working_day"}}
    assert folded({"legal.count": None}, base) == {"legal": None}
    with pytest.raises(InputError, match=r"legal\.unit"):
        folded({"legal.count": 5}, {})


def test_the_same_item_is_compared_in_every_city() -> None:
    told = {(one.basic_code, one.field) for one in differences(CATALOGUE, "zh")}
    assert told
    for basic in {one.basic_code for one in CATALOGUE.items}:
        cities = {one.city for one in CATALOGUE.items if one.basic_code == basic}
        rows = compare(CATALOGUE, basic)
        assert all(row.values.keys() == cities for row in rows)
        assert {row.name for row in rows if row.differs} == {
            field for code, field in told if code == basic
        }
    assert compare(CATALOGUE, "nothing") == ()
