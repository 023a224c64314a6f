"""Evidence: asked of who holds it, shown to the applicant, and used only if they agree."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from onecity.core.errors import InputError, MissingError
from onecity.hall.node.broker import Asked, EvidenceState, Subject, holding
from onecity.hall.node.broker.ending import erase_ended, revoke_numbered
from onecity.hall.node.broker.holders import city_of_number, holders
from onecity.hall.node.config import NodeKind
from onecity.hall.node.tables.cases import LOOKS
from onecity.hall.node.tables.mail import EVIDENCE, HOLDINGS
from onecity.hall.node.verifying import verify
from onecity.hall.wire import Refusal
from onecity.identity import Actor, ForbiddenError
from tests.hall.node.cases import CHIEF, CITY, act, apply, follow, halls, of, worker
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import INBOX, OUTBOX, Place, Town, line, matched, towns
from tests.hall.small import SMALL

FIELDS = {"address": "甲市人民路一号", "nation": "汉", "spouse": "李四"}
PLACES = (
    Place("jia", cities=("A",)),
    Place("yi", cities=("B",)),
    Place("men", kind=NodeKind.PORTAL, cities=("A", "B")),
)
ITEM = SMALL.item["A2"]

Circle = dict[str, Town]


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    """Nodes of one circle; each test asks about somebody else."""
    with towns(tmp_path_factory.mktemp("circle"), Hands(), PLACES) as made:
        shared = replace(
            SMALL,
            documents=tuple(replace(one, shared=one.code == "id") for one in SMALL.documents),
        )
        for town in made.values():
            town.node.editions.take_in(shared, by=Actor.console())
        yield made


@pytest.fixture
def anna(request: pytest.FixtureRequest) -> Subject:
    """Somebody whom no other test asks about."""
    return Subject(f"1101051949123{zlib.crc32(request.node.name.encode()) % 10**5:05}", "张安")


def hold(town: Town, anna: Subject, document: str = "record", **changes: Any) -> str:
    made: dict[str, Any] = {
        "document": document, "department": "pB", "subject": anna, "number": "证001",
        "source": "register", "issued": "2026-01-05", "fields": FIELDS,
        "labels": {"address": "住址"},
    }  # fmt: skip
    with town.node.writing(town.node.itself) as write:
        return town.node.broker.hold(write, **{**made, **changes})


def ask(town: Town, anna: Subject, document: str = "record", **changes: Any) -> Asked:
    made: dict[str, Any] = {
        "about": f"draft{anna.number}", "item": ITEM, "document": document, "subject": anna,
        "likely": ("A",),
    }  # fmt: skip
    with town.node.writing(town.node.itself) as write:
        return town.node.broker.ask(write, **{**made, **changes})


def deliver(circle: Circle) -> None:
    """Let everything that waits arrive."""
    ways = [(one, two) for one in circle for two in circle if one != two]
    for _ in range(10):
        for one, two in ways:
            with line(circle[one], two) as way:
                way.send()
        if not any(town.waiting() for town in circle.values()):
            return
    raise AssertionError([(town.code, town.rows(OUTBOX)) for town in circle.values()])


def now(town: Town, asked: Asked) -> Asked:
    with town.node.reading() as connection:
        return town.node.broker.one(connection, asked.id)


def test_the_broker_finds_who_holds_it_and_only_needed_fields_travel(
    circle: Circle, anna: Subject
) -> None:
    men, jia, yi = circle["men"], circle["jia"], circle["yi"]
    hold(yi, anna)
    men.node.broker.wanted = lambda item, document: ["address"]
    asked = ask(men, anna)
    men.node.broker.wanted = lambda item, document: []
    assert (asked.state, asked.node, asked.holder) == (EvidenceState.WAITING, "jia", "pA")
    deliver(circle)
    found = now(men, asked)
    assert (found.state, found.node, found.holder) == (EvidenceState.FOUND, "yi", "pB")
    assert {one.name: one.value for one in found.fields} == {
        "number": "证001", "holder": "张安", "issued": "2026-01-05", "until": None,
        "address": "甲市人民路一号",
    }  # fmt: skip
    assert [one.label["zh"] for one in found.fields if one.name == "address"] == ["住址"]
    assert "药" not in found.purpose
    assert ITEM.title in found.purpose
    # The spouse stands in the document, and nowhere in what was sent.
    for town in circle.values():
        for row in town.rows(INBOX):
            with town.node.reading() as connection:
                body = town.node.vault.unseal(connection, row.owner, row.sealed)
            assert "李四".encode() not in body
    with men.node.reading() as connection:
        looks = connection.execute(select(LOOKS).where(LOOKS.c.case == asked.about)).all()
    assert [(one.case, one.node, one.unit) for one in looks] == [
        (f"draft{anna.number}", "yi", "pB")
    ]
    given = yi.node.office.trail.page(action="evidence.given").entries[0].after
    # What is given a moment later, to another question about the same draft, was seen as well.
    ask(men, anna, likely=("B",))
    deliver(circle)
    with men.node.reading() as connection:
        looks = connection.execute(select(LOOKS).where(LOOKS.c.case == asked.about)).all()
    assert len({one.number for one in looks}) == 2
    assert given["fields"] == ["address", "holder", "issued", "number", "until"]
    assert anna.number not in str(given)
    # Agreed to, it goes with the application, and the authority sees that its holder signed it.
    with men.node.writing(men.node.itself) as write:
        record = men.node.broker.agree(write, asked.id)
        assert men.node.broker.agreed(write.connection, asked.about) == [record]
    checked = jia.node.broker.check(record, anna)
    with pytest.raises(Refusal):
        jia.node.broker.check(record, Subject(anna.number, "李四"))
    assert (checked.department, checked.node, checked.document) == ("pB", "yi", "record")
    forged = {**record["message"], "body": {**record["message"]["body"], "fields": {"number": "0"}}}
    with pytest.raises(Refusal):
        jia.node.broker.check({**record, "message": forged})
    with pytest.raises(InputError), men.node.writing(men.node.itself) as write:
        men.node.broker.refuse(write, asked.id)
    assert matched(yi, men)


def test_what_the_applicant_refuses_is_erased(circle: Circle, anna: Subject) -> None:
    men, yi = circle["men"], circle["yi"]
    hold(yi, anna)
    asked = ask(men, anna)
    deliver(circle)
    with men.node.writing(men.node.itself) as write:
        men.node.broker.refuse(write, asked.id)
    assert now(men, asked).state is EvidenceState.REFUSED
    assert now(men, asked).fields == ()
    with men.node.reading() as connection:
        [row] = connection.execute(select(EVIDENCE).where(EVIDENCE.c.id == asked.id)).all()
        with pytest.raises(MissingError):
            men.node.vault.unseal(connection, row.id, row.sealed)
        assert men.node.broker.agreed(connection, asked.about) == []
    with pytest.raises(InputError), men.node.writing(men.node.itself) as write:
        men.node.broker.agree(write, asked.id)
    assert men.node.office.trail.verify().sound


@pytest.mark.parametrize(
    "held",
    [
        {"name": "别人"},
        {"number": "110105194912310038"},
        {"until": "2026-03-01"},
        {"document": "id"},
    ],
)
def test_what_does_not_fit_is_absent(circle: Circle, anna: Subject, held: dict[str, Any]) -> None:
    document = held.pop("document", "record")
    named = {name: held.pop(name) for name in ("number", "name") if name in held}
    hold(circle["yi"], replace(anna, **named), document, **held)
    asked = ask(circle["men"], anna)
    deliver(circle)
    assert now(circle["men"], asked).state is EvidenceState.ABSENT


def test_the_newest_that_stands_is_given_and_revoked_ones_are_not(
    circle: Circle, anna: Subject
) -> None:
    yi, men = circle["yi"], circle["men"]
    hold(yi, anna, number="新", issued="2026-02-01", source="case9")
    hold(yi, anna, number="旧")
    first = ask(men, anna)
    deliver(circle)
    with yi.node.writing(yi.node.itself) as write:
        assert holding.revoke(write, "case9") == 1
    second = ask(men, anna)
    deliver(circle)
    numbers = [now(men, one).fields[0].value for one in (first, second)]
    assert numbers == ["新", "旧"]


def test_a_holder_answers_its_own_node_at_once(circle: Circle, anna: Subject) -> None:
    jia = circle["jia"]
    hold(jia, anna, department="pA")
    asked = ask(jia, anna)
    assert asked.state is EvidenceState.FOUND
    assert jia.waiting() == 0


def test_nobody_is_asked_without_need_or_leave(circle: Circle, anna: Subject) -> None:
    men, yi = circle["men"], circle["yi"]
    for wrong in (
        {"document": "plan", "item": SMALL.item["A1"]},
        {"document": "licence", "item": SMALL.item["A1"]},
        {"subject": Subject("", "张安")},
        {"basis": "某条例第五条"},
    ):
        with pytest.raises(InputError):
            ask(men, anna, **wrong)
    hold(yi, anna)
    question = {
        "item": "A2", "document": "record", "fields": ["number"],
        "subject": anna.as_record(), "basis": "", "agreed": {"at": "x"},
    }  # fmt: skip
    wrong_ones: list[dict[str, Any]] = [
        {"agreed": None},
        {"item": "A3"},
        {"item": "none"},
        {"agreed": None, "basis": "某条例第五条"},
        {"subject": "x"},
    ]
    with men.node.writing(men.node.itself) as write:
        for place, wrong_one in enumerate(wrong_ones):
            body = {**question, **wrong_one}
            write.send("yi", "evidence_wanted", f"q{place}", body, purpose="测试")
    with line(men, "yi") as way:
        assert way.send().settled == 5
    assert {one.state for one in men.rows(OUTBOX)[-5:]} == {"refused"}
    assert not [one for one in yi.rows(OUTBOX) if one.case.startswith("q")]


def test_a_law_may_allow_what_holders_share(circle: Circle, anna: Subject) -> None:
    jia, yi, men = circle["jia"], circle["yi"], circle["men"]
    hold(yi, anna, document="id")
    case = {"case": "case1", "number": "n1", "item": ITEM.code}
    with men.node.writing(men.node.itself) as write:
        follow(write, case, "jia")
    asked = ask(
        jia, anna, document="id", likely=("B",), basis="某条例第五条", about="case1", portal="men"
    )
    deliver(circle)
    assert now(jia, asked).state is EvidenceState.FOUND
    # The holder tells who asked, who tells the applicant's node: it believes no stranger.
    with yi.node.writing(yi.node.itself) as write:
        look = {"id": write.new_id(), "number": "x", "at": write.at, "who": "王", "unit": "pB"}
        write.send("men", "looked", "case1", {**look, "reason": "冒称"}, purpose="测试")
    deliver(circle)
    assert yi.rows(OUTBOX)[-1].reason == "hall_node.never_had"
    with men.node.reading() as connection:
        looks = connection.execute(select(LOOKS).where(LOOKS.c.case == "case1")).all()
    assert [(one.node, one.unit, one.reason == asked.purpose) for one in looks] == [
        ("yi", "pB", True)
    ]


@pytest.mark.parametrize("lie", [{"fields": 7}, {"document": "id"}, {"labels": []}])
def test_an_answer_that_is_none_is_refused_and_shows_nothing(
    circle: Circle, anna: Subject, lie: dict[str, Any]
) -> None:
    men, yi = circle["men"], circle["yi"]
    asked = ask(men, anna, likely=("B",))
    answer = {"document": "record", "found": True, "fields": {"number": "1"}, "labels": {}}
    with yi.node.writing(yi.node.itself) as write:
        write.send("men", "evidence", asked.id, {**answer, **lie}, purpose="测试")
    with line(yi, "men") as way:
        way.send()
    assert yi.rows(OUTBOX)[-1].state == "refused"
    assert now(men, asked).state is EvidenceState.WAITING


def test_who_was_not_asked_is_not_heard(circle: Circle, anna: Subject) -> None:
    men, yi = circle["men"], circle["yi"]
    asked = ask(men, anna)
    with yi.node.writing(yi.node.itself) as write:
        answer = {
            "document": "record",
            "found": True,
            "fields": {"number": 1},
        }
        write.send("men", "evidence", asked.id, answer, purpose="测试")
    with line(yi, "men") as way:
        way.send()
    assert yi.rows(OUTBOX)[-1].state == "refused"
    assert now(men, asked).state is EvidenceState.WAITING


def test_holdings_lie_sealed_and_blind(circle: Circle, anna: Subject) -> None:
    made = hold(circle["yi"], anna)
    with circle["yi"].node.reading() as connection:
        [row] = connection.execute(select(HOLDINGS).where(HOLDINGS.c.id == made)).all()
    assert anna.number not in str(row)
    assert "张安".encode() not in row.sealed


def test_holders_are_asked_in_the_order_of_where_it_is_likely() -> None:
    found = holders(SMALL, "record", lambda department: department.city or None, ["B"])
    assert [one.department for one in found] == ["pB", "pA"]
    assert holders(SMALL, "plan", lambda _: "x") == ()
    assert [one.department for one in holders(SMALL, "house", lambda _: "x")] == ["prov"]
    assert city_of_number("420102199001011234") == "420100"
    assert city_of_number("429004199001011234") == "429004"
    assert city_of_number("91420100MA4KXYZ123") == "420100"
    assert city_of_number("护照123") is None


def test_what_was_asked_for_a_draft_goes_with_it_and_at_the_holder_after_a_while(
    circle: Circle, anna: Subject
) -> None:
    men, yi = circle["men"], circle["yi"]
    hold(yi, anna)
    asked = ask(men, anna, likely=("B",))
    deliver(circle)
    late = ask(men, anna, likely=("B",))
    with line(men, "yi") as way:
        way.send()
    with men.node.writing(men.node.itself) as write:
        men.node.broker.forget(write, asked.about)
    deliver(circle)
    assert [now(men, one).state for one in (asked, late)] == [EvidenceState.REFUSED] * 2
    assert now(men, asked).fields == ()
    rows = {one.case: one for one in men.rows(INBOX)}
    with men.node.reading() as connection, pytest.raises(MissingError):
        men.node.vault.unseal(connection, asked.id, rows[asked.id].sealed)
    assert rows[late.id].sealed is None
    with yi.node.reading() as connection:
        [row] = [one for one in yi.rows(INBOX) if one.case == asked.id]
        assert yi.node.vault.unseal(connection, asked.id, row.sealed)
    yi.node.office.clock.move(days=31)  # type: ignore[attr-defined]
    yi.node.timers.due()
    with yi.node.reading() as connection, pytest.raises(MissingError):
        yi.node.vault.unseal(connection, asked.id, row.sealed)
    yi.node.office.clock.move(days=-31)  # type: ignore[attr-defined]


def test_a_document_outlives_its_case_and_is_erased_once_it_stands_no_more(
    tmp_path: Path, hands: Hands
) -> None:
    with halls(tmp_path, hands, [CITY]) as made:
        town, item = made["wuhan"], of("register_shop")
        node, clerk = town.node, worker("li", item)
        limits = replace(node.config.limits, keep_days=30)
        node.config = replace(node.config, limits=limits)
        cases = [apply(town, item) for _ in range(2)]
        for case in cases:
            if "accept" in {action for action, _ in node.handling.case(case, by=clerk).can}:
                act(node, case, clerk, "accept")
            act(node, case, clerk, "decide", outcome="grant", words="准予")
            act(node, case, clerk, "deliver")
        with node.writing(clerk) as write:
            node.handling.erase(write, cases[0])
        columns = (HOLDINGS.c.id, HOLDINGS.c.source, HOLDINGS.c.revoked)
        with node.reading() as connection:
            held = {one.source: one for one in connection.execute(select(*columns))}
            assert set(held) == set(cases)
            # The licence stands, though its case is erased; the other one is revoked.
            assert not node.vault.is_erased(connection, held[cases[0]].id)
        number = node.handling.case(cases[1], by=clerk).case.number
        assert revoke_numbered(node, f"{number}-R", reason="第六十九条", by=CHIEF) == 1
        with pytest.raises(MissingError):
            revoke_numbered(node, number, reason="再次", by=CHIEF)
        with pytest.raises(ForbiddenError):
            revoke_numbered(node, number, reason="无权", by=clerk)
        assert erase_ended(node) == 0
        hands.move(days=31)
        assert (erase_ended(node), erase_ended(node)) == (1, 0)
        with node.reading() as connection:
            gone = [node.vault.is_erased(connection, held[one].id) for one in cases]
        assert gone == [False, True]
        assert verify(node.folder).sound
