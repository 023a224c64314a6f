"""What a node of the circle may not claim, and what of one node is nobody else's."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from onecity.core.errors import InputError
from onecity.hall.node import results
from onecity.hall.node.applying import About
from onecity.hall.node.config import NodeKind
from onecity.hall.node.looks import looks_at
from onecity.hall.node.mail.received import Received
from onecity.hall.node.moving import choices
from onecity.hall.node.node import Node
from onecity.hall.node.tables.applying import FILES, MINE
from onecity.hall.node.tables.mail import OUTBOX
from onecity.hall.node.verifying import verify
from onecity.hall.wire import canonical
from onecity.hall.wire.canonical import text_of
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
from tests.hall.node.towns import Place, line

THERE = of("care_abroad", HUANGSHI)
CITIES = {"wuhan": WUHAN, "huangshi": HUANGSHI, "ezhou": "420700"}
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
        followed = apply(wuhan, THERE, "huangshi", way="online")
        exchange(made)
        wanted: dict[str, object] = {
            "department": "420100.police", "item": item.code, "document": "identity",
            "subject": {"number": "1", "name": "甲"}, "fields": [], "agreed": {"at": due["due"]},
        }  # fmt: skip
        with huangshi.node.writing(CHIEF) as write:
            body = application(write, item, case=draft)
            file = {"name": "甲", "media": "x", "document": "x", "content": ""}
            for case in (draft, own, "node"):
                for kind, told in (
                    ("opinion_wanted", {**question, "opinion": write.new_id()}),
                    ("erasure", {"case": case, "erased": True}),
                ):
                    write.send("wuhan", kind, case, told, purpose="测试")
            for case in (draft, own, followed):
                write.send("wuhan", "evidence_wanted", case, wanted, purpose="测试")
            write.send("wuhan", "application", draft, body, purpose="测试")
            # What was refused may be erased; not so the node's own key, by that way.
            write.send("wuhan", "application", "node", {**body, "case": "node"}, purpose="测试")
            write.send("wuhan", "erasure", "node", {"case": "node"}, purpose="测试")
            write.send("wuhan", "erasure", draft, {"case": draft}, purpose="测试")
            file |= {"id": write.new_id(), "sha256": sha256(b"").hexdigest()}
            write.send("wuhan", "file", draft, file, purpose="测试")
        exchange(made)
        said = [one for one in huangshi.rows(OUTBOX) if one.kind not in {"erasure", "progress"}]
        assert {one.reason for one in said} == {"hall_node.bad_body"}
        hands.move(days=31)
        node.timers.due()
        with node.reading() as connection:
            for owner in (draft, own, followed, "node"):
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


def signed(node: Node, case: str) -> dict[str, object]:
    """Return a result of a case that a node signs, whether it handles it or not."""
    at, titled = "2026-03-02T01:00:00.000000Z", {"code": "x", "title": "x"}
    said: dict[str, object] = {"number": "x-R", "case": case, "granted": True}
    document = {
        **said, "node": node.code, "item": titled, "authority": titled, "applicant": {},
        "documents": [], "issued_at": at,
    }  # fmt: skip
    key = node.keys.current(node.office.clock())
    value = text_of(key.sign(b"onecity result 1\n" + canonical(document)))
    signature = {"kid": key.kid, "suite": key.suite.name, "value": value}
    return {
        **said,
        "at": at,
        "unit": "x",
        "document": {"document": document, "signature": signature},
    }


def test_who_handed_a_case_over_has_no_more_say_in_it(tmp_path: Path, hands: Hands) -> None:
    third = Place("ezhou", cities=("420700",))
    portal = Place("portal", NodeKind.PORTAL)
    with halls(tmp_path, hands, [CITY, OTHER, third, portal]) as made:
        for town in made.values():
            town.node.mail.register(town.node.applying.handlers)
            town.node.handling.when_erased = town.node.applying.erased
        items = {code: of("fund_withdrawal", city) for code, city in CITIES.items()}
        clerks = {code: worker(code, item) for code, item in items.items()}
        case = apply(made["portal"], items["wuhan"], "wuhan", way="online")
        exchange(made)

        def say(code: str, to: str, kind: str, body: dict[str, object]) -> str:
            with made[code].node.writing(CHIEF) as write:
                write.send(to, kind, case, body, purpose="测试")
            with line(made[code], to) as way:
                way.send()
            row = made[code].rows(OUTBOX)[-1]
            return str(row.reason or row.state)

        # Wuhan asks Ezhou, then hands over to Huangshi, which hands over to Ezhou.
        act(made["wuhan"].node, case, clerks["wuhan"], "hand_over", to=HUANGSHI, words="转")
        exchange(made)
        told = {"case": case, "erased": True}
        looked = {"id": f"01{'F' * 24}", "at": "2026-03-02T01:00:00.000000Z", "number": "n"}
        progress = {"what": "decided", "state": "closed", "version": 9, "unit": "x", "hops": 3}
        assert say("ezhou", "portal", "looked", {**looked, "who": "w", "unit": "u", "reason": "r"}
                   ) == "hall_node.never_had"  # fmt: skip
        act(made["huangshi"].node, case, clerks["huangshi"], "accept")
        exchange(made)
        assert say("wuhan", "huangshi", "erasure", told) == "hall_node.not_erased_by"
        assert say("wuhan", "huangshi", "erasure", {"case": case}) == "hall_node.not_follower"
        assert say("wuhan", "portal", "erasure", told) == "taken"  # its own copy alone
        late = {**progress, "at": looked["at"]}
        assert say("wuhan", "portal", "progress", late) == "hall_applying.not_handler"
        granted = signed(made["wuhan"].node, case)
        assert say("wuhan", "portal", "result", granted) == "hall_applying.not_handler"
        with made["portal"].node.reading() as connection:
            row = connection.execute(select(MINE).where(MINE.c.case == case)).one()
            assert (row.node, row.state) == ("huangshi", "accepted")
            assert not made["portal"].node.vault.is_erased(connection, case)
        assert made["huangshi"].node.handling.case(case, by=clerks["huangshi"]).applicant
        for town in made.values():
            assert verify(town.node.folder).sound


def test_a_node_that_had_a_case_learns_where_it_went_on(tmp_path: Path, hands: Hands) -> None:
    third = Place("ezhou", cities=("420700",))
    with halls(tmp_path, hands, [CITY, OTHER, third, Place("portal", NodeKind.PORTAL)]) as made:
        for town in made.values():
            town.node.mail.register(town.node.applying.handlers)
            town.node.handling.when_erased = town.node.applying.erased
        items = {code: of("fund_withdrawal", city) for code, city in CITIES.items()}
        clerks = {code: worker(code, item) for code, item in items.items()}
        case = apply(made["portal"], items["wuhan"], "wuhan", way="online")
        exchange(made)
        for code, to in (("wuhan", HUANGSHI), ("huangshi", "420700")):
            act(made[code].node, case, clerks[code], "hand_over", to=to, words="转")
            exchange(made)
        # Ezhou may ask Wuhan's departments now, though Wuhan never sent it anything.
        node, by = made["ezhou"].node, clerks["ezhou"]
        act(node, case, by, "accept")
        act(node, case, by, "ask_opinion", units=["420100.police"], words="请提意见")
        exchange(made)
        wuhan = made["wuhan"].node
        police = worker("police", of("birth_register"))
        assert wuhan.handling.case(case, by=police, reason="会办").foreign == "ezhou"
        wuhan.handling.do(case, "give_opinion", by=police, seen=1, outcome="agree", words="同意")
        exchange(made)
        looked = [(one.node, one.who) for one in looks_at(made["portal"].node, [case])]
        assert ("wuhan", "police") in looked  # told by Ezhou, which asked
        # It erases everywhere, along the way that the case came.
        act(node, case, by, "decide", outcome="refuse", words="不符")
        act(node, case, by, "deliver")
        exchange(made)
        with made["portal"].node.writing(CHIEF) as write:
            write.send("ezhou", "erasure", case, {"case": case}, purpose="测试")
        exchange(made)
        for town in made.values():
            with town.node.reading() as connection:
                assert town.node.vault.is_erased(connection, case), town.code
            assert verify(town.node.folder).sound
