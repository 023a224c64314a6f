"""What a node of the circle may not claim, and what of one node is nobody else's."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from onecity.core.errors import InputError
from onecity.hall.node import results
from onecity.hall.node.applying import About
from onecity.hall.node.mail.received import Received
from onecity.hall.node.moving import choices
from onecity.hall.node.tables.applying import FILES
from onecity.hall.node.tables.mail import OUTBOX
from onecity.identity import Actor, Grant, Via
from tests.hall.node.cases import (
    CATALOGUE,
    CHIEF,
    CITY,
    HUANGSHI,
    OTHER,
    WUHAN,
    act,
    application,
    apply,
    exchange,
    halls,
    of,
    worker,
)
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place

THERE = of("care_abroad", HUANGSHI)
RESIDENT = Actor("lin", "lin", None, None, (Grant("resident"),), Via.SESSION)


def test_a_case_is_offered_to_other_nodes_alone(tmp_path: Path, hands: Hands) -> None:
    both = Place("both", cities=(WUHAN, HUANGSHI))
    with halls(tmp_path, hands, [both]) as made:
        item = of("care_abroad")
        assert any(one.city == HUANGSHI for one in CATALOGUE.items if "care_abroad" in one.code)
        case = apply(made["both"], item)
        view = made["both"].node.handling.case(case, by=worker("li", item), reason="")
        assert (view.moves, choices(made["both"].node, item)) == ({}, {})
        assert "hand_over" not in {action for action, _ in view.can}


def test_files_of_a_case_are_found_by_an_index(tmp_path: Path, hands: Hands) -> None:
    with halls(tmp_path, hands, [Place("one")]) as made, made["one"].node.reading() as connection:
        query = select(FILES.c.id).where(FILES.c.owner == "x").order_by(FILES.c.id)
        text = str(query.compile(compile_kwargs={"literal_binds": True}))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
        assert [row[-1] for row in plan if "SCAN" in row[-1]] == []


def test_no_node_begins_anything_under_an_id_that_is_somebody_elses(
    tmp_path: Path, hands: Hands
) -> None:
    with halls(tmp_path, hands, [CITY, OTHER]) as made:
        wuhan, huangshi = made["wuhan"], made["huangshi"]
        node, item = wuhan.node, of("care_abroad")
        draft = node.applying.drafts.make(RESIDENT, About(item=item.code)).id
        own = apply(wuhan, item)
        police = {"unit": "420100.police", "asking": THERE.authority, "portal": "huangshi"}
        due = {"due": "2026-03-20T00:00:00.000000Z", "title": "甲", "words": "问"}
        question = {"number": "n", "item": item.code, **police, **due}
        with huangshi.node.writing(CHIEF) as write:
            body = application(write, item, case=draft)
            file = {"name": "甲", "media": "x", "document": "x", "content": ""}
            for case in (draft, own, "node"):
                for kind, told in (
                    ("opinion_wanted", {**question, "opinion": write.new_id()}),
                    ("erasure", {"case": case, "erased": True}),
                ):
                    write.send("wuhan", kind, case, told, purpose="测试")
            write.send("wuhan", "application", draft, body, purpose="测试")
            file |= {"id": write.new_id(), "sha256": sha256(b"").hexdigest()}
            write.send("wuhan", "file", draft, file, purpose="测试")
        exchange(made)
        assert {one.reason for one in huangshi.rows(OUTBOX) if one.kind != "erasure"} == {
            "hall_node.bad_body"
        }
        with node.reading() as connection:
            for owner in (draft, own, "node"):
                assert not node.vault.is_erased(connection, owner)
        assert node.applying.drafts.one(RESIDENT, draft).files == ()
        assert node.handling.case(own, by=worker("li", item)).applicant


def test_a_result_is_that_of_its_case_and_says_what_is_said_of_it(
    tmp_path: Path, hands: Hands
) -> None:
    with halls(tmp_path, hands, [CITY]) as made:
        wuhan, item = made["wuhan"], of("care_abroad")
        case = apply(wuhan, item)
        act(wuhan.node, case, worker("li", item), "decide", outcome="refuse", words="无")
        (row,) = [one for one in wuhan.rows(OUTBOX) if one.kind == "result"]
        with wuhan.node.writing(CHIEF) as write:
            body = write.unseal(case, row.sealed)["body"]
            right = Received("m", "wuhan", "result", case, 1, "", "", body, {})
            assert results.told(write, right) == body["document"]
            for wrong in (
                replace(right, case="another"),
                replace(right, sender="huangshi"),
                replace(right, body={**body, "granted": True}),
                replace(right, body={**body, "document": None}),
            ):
                with pytest.raises(InputError):
                    results.told(write, wrong)


def test_no_node_takes_a_number_of_another_nodes_series(tmp_path: Path, hands: Hands) -> None:
    with halls(tmp_path, hands, [CITY, OTHER]) as made:
        wuhan, huangshi, item = made["wuhan"], made["huangshi"], of("care_abroad")
        apply(huangshi, item, "wuhan", number="WUHAN20260302-00001", way="online")
        exchange(made)
        assert [one.reason for one in huangshi.rows(OUTBOX)] == ["hall_node.bad_body"]
        assert wuhan.node.handling.case(apply(wuhan, item), by=worker("li", item)).case.number == (
            "WUHAN20260302-00001"
        )
