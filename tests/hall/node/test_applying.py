"""Applying: drafts, files, handing in once, evidence, following, supplements, erasure."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.hall.cases import State
from onecity.hall.catalogue import Applicant, Item, Way
from onecity.hall.forms.own import FOLDER, put_example, read_own
from onecity.hall.forms.sampling import sample
from onecity.hall.node.applying import About, Draft, FormFaultsError, Person, Receipt
from onecity.hall.node.applying.identities import is_known
from onecity.hall.node.applying.sending import Paper
from onecity.hall.node.applying.taking import erased
from onecity.hall.node.broker.model import EvidenceState, Subject
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.node import Node
from onecity.hall.node.tables.applying import CONSENTS, DRAFTS, FILES, MINE
from onecity.hall.node.tables.cases import CASES
from onecity.hall.node.verifying import verify
from onecity.hall.node.viewing import CaseView
from onecity.hall.wire import Message
from onecity.identity import Actor, ForbiddenError, Grant, Via
from onecity.identity.clock import stamp
from onecity.web.hall.desk_told import CaseTold
from onecity.web.hall.offer import Offer
from tests.hall.node.cases import (
    CATALOGUE,
    CHIEF,
    CITY,
    HUANGSHI,
    OTHER,
    PORTAL,
    PROVINCE,
    WUHAN,
    act,
    exchange,
    of,
    worker,
)
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Town, line, towns

Circle = dict[str, Town]
CARE = of("care_abroad")
FUND = of("fund_withdrawal")
PDF = b"%PDF-1.7\n" + b"x" * 500 + b"\n%%EOF\n"
ANNA = "11010519491231002X"


def resident(name: str) -> Actor:
    return Actor(name, name, None, None, (Grant("resident"),), Via.SESSION)


WINDOW = Actor("window", "窗口", None, HUANGSHI, (Grant("clerk"),), Via.SESSION)


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands()


@contextmanager
def opened(folder: Path, hands: Hands) -> Iterator[Circle]:
    with towns(folder, hands, (CITY, OTHER, PORTAL, PROVINCE)) as made:
        for town in made.values():
            node = town.node
            node.editions.take_in(CATALOGUE, by=CHIEF)
            put_example(node.folder)
            node.applying.book.own = read_own(node.folder / FOLDER)
        yield made


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory, hands: Hands) -> Iterator[Circle]:
    """Nodes of one circle; each test has a resident of its own."""
    with opened(tmp_path_factory.mktemp("circle"), hands) as made:
        yield made


@pytest.fixture
def who(request: pytest.FixtureRequest) -> Actor:
    return resident(request.node.name)


def drafted(node: Node, by: Actor, item: Item = CARE, **more: Any) -> Draft:
    drafts = node.applying.drafts
    about = About(item=item.code)
    given = more.pop("data", {})
    draft = drafts.make(by, about, from_city=more.pop("from_city", HUANGSHI), **more)
    data = sample(node.applying.book.of(node.applying.book.matter(about)), 7, given)
    return drafts.save(by, draft.id, data, seen=draft.seen)


def filled(node: Node, by: Actor, item: Item = CARE, **more: Any) -> Draft:
    draft = drafted(node, by, item, **more)
    form = node.applying.book.of(node.applying.book.matter(draft.about))
    for slot in form.files:
        node.applying.drafts.add_file(by, draft.id, slot.name, f"{slot.name}.pdf", PDF)
    return node.applying.drafts.one(by, draft.id)


def handed_in(node: Node, by: Actor, item: Item = CARE, **more: Any) -> Receipt:
    return node.applying.sending.submit(by, filled(node, by, item, **more).id)


# --- Drafts and handing in --------------------------------------------------------------------


def test_a_draft_is_saved_left_and_resumed(circle: Circle, who: Actor) -> None:
    node = circle["portal"].node
    draft = drafted(node, who)
    drafts = node.applying.drafts
    assert drafts.one(who, draft.id).data == draft.data
    with pytest.raises(StaleError):
        drafts.save(who, draft.id, {}, seen=draft.seen - 1)
    with pytest.raises(MissingError):
        drafts.one(resident("other"), draft.id)
    with pytest.raises(ForbiddenError):
        drafts.one(Actor.guest(), draft.id)
    assert [one.id for one in drafts.all(who)] == [draft.id]
    drafts.drop(who, draft.id)
    assert drafts.all(who) == ()


def test_what_is_missing_is_told_and_nothing_is_handed_in(circle: Circle, who: Actor) -> None:
    node = circle["portal"].node
    draft = drafted(node, who)
    found = {one.pointer for one in node.applying.sending.check(who, draft.id)}
    assert found == {"/files/identity", "/files/medical_card"}
    with pytest.raises(FormFaultsError) as caught:
        node.applying.sending.submit(who, draft.id)
    assert {one.pointer for one in caught.value.faults} == found
    assert node.applying.following.mine(who).total == 0


def test_a_file_is_taken_only_for_a_document_that_is_asked_for(circle: Circle, who: Actor) -> None:
    node = circle["portal"].node
    draft = drafted(node, who)
    add = node.applying.drafts.add_file
    with pytest.raises(InputError, match="照片"):
        add(who, draft.id, "identity", "../照片.pdf", b"MZ")
    with pytest.raises(InputError):
        add(who, draft.id, "deed", "deed.pdf", PDF)
    made = add(who, draft.id, "identity", "C:\\扫描\\身份证.pdf", PDF)
    assert made.filename == "身份证.pdf"
    assert node.applying.drafts.file(who, draft.id, made.id) == (made, PDF)
    node.applying.drafts.drop_file(who, draft.id, made.id)
    assert node.applying.drafts.one(who, draft.id).files == ()


def test_a_case_reaches_its_authority_and_comes_back_decided(circle: Circle, who: Actor) -> None:
    node, wuhan = circle["portal"].node, circle["wuhan"].node
    receipt = handed_in(node, who)
    assert (receipt.to, receipt.title["zh"]) == ("wuhan", CARE.title)
    assert node.applying.following.one(who, receipt.case).state is State.SUBMITTED
    exchange(circle)
    clerk = worker("clerk", CARE)
    view = wuhan.handling.case(receipt.case, by=clerk, reason="审查")
    assert {one.document for one in view.files} == {"identity", "medical_card"}
    assert wuhan.handling.file(receipt.case, view.files[0].id, by=clerk)[2] == PDF
    act(wuhan, receipt.case, clerk, "decide", outcome="grant", words="准予")
    exchange(circle)
    mine = node.applying.following.one(who, receipt.case)
    assert mine.state is State.DECIDED
    assert mine.way is Way.ONLINE
    assert mine.result is not None
    assert (mine.result.granted, mine.result.words) == (True, "准予")
    assert [one.what for one in mine.timeline] == ["submitted", "received", "decided"]
    looks = node.applying.following.looks(who)
    assert {(one.who, one.node, one.reason) for one in looks} >= {("clerk", "wuhan", "审查")}
    assert node.applying.following.looks(who, case=receipt.case) == looks
    assert node.applying.following.looks(who, case=handed_in(node, who).case) == ()
    assert node.applying.following.mine(resident("other")).total == 0
    with pytest.raises(MissingError):
        node.applying.following.one(resident("other"), receipt.case)


def test_handed_in_twice_it_is_handed_in_once(circle: Circle, who: Actor) -> None:
    node = circle["portal"].node
    draft = filled(node, who)
    first = node.applying.sending.submit(who, draft.id, key="a")
    assert node.applying.sending.submit(who, draft.id, key="b") == first
    about = About(item=CARE.code)
    agrees = ["identity", "medical_card"]
    given: dict[str, Any] = {"from_city": HUANGSHI, "agrees": agrees, "key": "k"}
    apply = node.applying.sending.apply
    again = apply(who, about, draft.data, **given)
    assert apply(who, about, draft.data, **given) == again
    with pytest.raises(InputError, match="k"):
        apply(who, about, {**draft.data, "care": {}}, **given)
    assert node.applying.following.mine(who).total == 2


def test_at_the_same_moment_too(circle: Circle, who: Actor) -> None:
    node = circle["wuhan"].node
    draft = filled(node, who, from_city=WUHAN)
    found: list[Receipt] = []

    def hand_in() -> None:
        found.append(node.applying.sending.submit(who, draft.id))

    threads = [threading.Thread(target=hand_in) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4
    assert len({one.case for one in found}) == 1
    # The node is its own portal here: the case is before its department at once.
    with node.reading() as connection:
        query = select(func.count()).where(CASES.c.id == found[0].case)
        assert connection.execute(query).scalar_one() == 1


def test_in_either_database_a_key_hands_in_once(
    store_url: str, tmp_path: Path, who: Actor, hands: Hands
) -> None:
    config = Config("wuhan", "武汉", NodeKind.CITY, (WUHAN,), database=store_url)
    with Node.make(tmp_path / "node", config, clock=hands) as node:
        node.editions.take_in(CATALOGUE, by=CHIEF)
        about = About(item=CARE.code)
        data = sample(node.applying.book.of(node.applying.book.matter(about)), 1)
        agrees, found = ["identity", "medical_card"], []

        def hand_in() -> None:
            found.append(node.applying.sending.apply(who, about, data, agrees=agrees, key="k"))

        threads = [threading.Thread(target=hand_in) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(found) == 4
        assert len({one.case for one in found}) == 1
        assert node.applying.following.mine(who).total == 1
        receipt = node.applying.sending.submit(who, filled(node, who, from_city=WUHAN).id)
        mine = node.applying.following.one(who, receipt.case)
        assert (mine.state, len(mine.files)) == (State.RECEIVED, 2)
        with pytest.raises(InputError):
            node.applying.sending.apply(who, about, {}, agrees=agrees, key="k")


def test_an_answer_is_forgotten_after_a_week(circle: Circle, who: Actor, hands: Hands) -> None:
    node = circle["wuhan"].node
    data = sample(node.applying.book.of(node.applying.book.matter(About(item=CARE.code))), 1)

    def apply() -> str:
        agrees = ["identity", "medical_card"]
        about = About(item=CARE.code)
        return node.applying.sending.apply(who, about, data, agrees=agrees, key="k").case

    first = apply()
    node.applying.tidy()
    assert apply() == first
    hands.move(days=8)
    node.applying.tidy()
    assert apply() != first


def test_what_fails_on_the_way_leaves_everything_as_it_was(
    circle: Circle, who: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = circle["portal"].node
    draft = filled(node, who)

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(node.mail, "enqueue", fail)
        with pytest.raises(RuntimeError):
            node.applying.sending.submit(who, draft.id)
    assert node.applying.following.mine(who).total == 0
    assert node.applying.drafts.one(who, draft.id) == draft
    assert node.applying.sending.submit(who, draft.id).number


def test_nothing_personal_lies_open_in_the_store(circle: Circle, who: Actor) -> None:
    node = circle["portal"].node
    name, number = "欧阳虚构", "42999919800101001X"
    person = {"name": name, "phone": "13899990000"}
    handed_in(node, who, data={"applicant": person})
    node.applying.profiles.save(who, Person(Applicant.PERSON, name, phone="13899990000"))
    stored = b"".join(one.read_bytes() for one in Path(node.folder).glob("office.sqlite*"))
    assert who.name.encode() in stored
    for word in (name, number, "13899990000", "identity.pdf"):
        assert word.encode() not in stored


# --- Windows, profiles and evidence -----------------------------------------------------------


def person(number: str = ANNA, name: str = "张安") -> Person:
    return Person(Applicant.PERSON, name, number, phone="13800138000")


def test_a_window_hands_in_for_somebody_and_they_find_it_once_known(
    circle: Circle, who: Actor
) -> None:
    node = circle["huangshi"].node
    with pytest.raises(ForbiddenError):
        node.applying.drafts.make(who, About(item=CARE.code), on_behalf=person())
    with pytest.raises(InputError, match="身份证号码"):
        node.applying.sending.apply(WINDOW, About(item=CARE.code), {}, on_behalf=person(""))
    wrong = filled(node, WINDOW, on_behalf=person())
    found = [one.pointer for one in node.applying.sending.check(WINDOW, wrong.id)]
    assert found == ["/applicant/id_number"]
    right = {"applicant": {"id_number": ANNA, "name": "张安", "kind": "person"}}
    receipt = handed_in(node, WINDOW, on_behalf=person(), data=right)
    assert receipt.to == "wuhan"
    mine = node.applying.following.one(WINDOW, receipt.case)
    assert mine.way is Way.AGENT
    node.applying.following.one(WINDOW, receipt.case)  # a page read again is one look
    # Whoever merely says to be Anna sees nothing; checked at a window, Anna does.
    node.applying.profiles.save(who, person())
    assert node.applying.following.mine(who).total == 0
    node.applying.profiles.verify(who.name, person(), by=WINDOW)
    assert [one.case for one in node.applying.following.mine(who).rows] == [receipt.case]
    node.applying.following.one(who, receipt.case)  # their own
    (look,) = node.applying.following.looks(who)
    assert (look.who, look.node, look.reason) == ("window", "huangshi", "窗口查看代收的办件")
    with pytest.raises(ForbiddenError):
        node.applying.profiles.verify(WINDOW.name, person(), by=WINDOW)
    node.applying.profiles.save(who, person("440524188001010014"))
    profile = node.applying.profiles.of(who)
    assert profile is not None
    assert profile.verified is None
    assert node.applying.following.mine(who).total == 0


def test_a_form_is_filled_from_the_profile_and_says_so(circle: Circle, who: Actor) -> None:
    node = circle["portal"].node
    node.applying.profiles.save(who, person())
    _, known = node.applying.form(who, About(item=CARE.code))
    assert known["/applicant/id_number"]["value"] == ANNA
    assert "本人填写" in known["/applicant/name"]["source"]["title"]["zh"]
    node.applying.profiles.erase(who)
    assert node.applying.profiles.of(who) is None
    assert node.applying.form(who, About(item=CARE.code))[1] == {}


def test_a_profile_with_a_slip_in_its_number_is_not_kept(circle: Circle, who: Actor) -> None:
    with pytest.raises(InputError):
        circle["portal"].node.applying.profiles.save(who, person("110105194912310021"))


def test_evidence_stands_in_place_of_a_file_once_agreed_to(circle: Circle, who: Actor) -> None:
    node, huangshi = circle["portal"].node, circle["huangshi"].node
    number, proofs = "440524188001010014", node.applying.proofs
    anna = person(number, "林安")
    with huangshi.writing(huangshi.itself) as write:
        huangshi.broker.hold(
            write, document="identity", department="420200.police",
            subject=Subject(number, "林安"), number="证1", source="register",
        )  # fmt: skip
    right = {"applicant": {"id_number": number, "name": "林安", "kind": "person"}}
    draft = drafted(node, who, data=right)
    with pytest.raises(InputError, match="窗口核验"):
        proofs.want(who, draft.id, "identity")
    node.applying.profiles.verify(who.name, anna, by=WINDOW_EVERYWHERE)
    asked = proofs.want(who, draft.id, "identity")
    assert proofs.want(who, draft.id, "identity") == asked
    exchange(circle)
    found = [(one.state, one.holder) for one in proofs.of(who, draft.id)]
    assert found == [(EvidenceState.FOUND, "420200.police")]
    with pytest.raises(MissingError):
        proofs.agree(resident("other"), asked.id)
    assert proofs.agree(who, asked.id).state is EvidenceState.AGREED
    (look,) = node.applying.following.looks(who)
    assert (look.unit, look.node, look.case) == ("420200.police", "huangshi", "")
    node.applying.drafts.add_file(who, draft.id, "medical_card", "card.pdf", PDF)
    # Acting for somebody else, one cannot hand in what was fetched about oneself.
    other = {**draft.data["applicant"], "id_number": ANNA}
    agent = {"acting": True, "name": "林安", "id_number": number, "phone": "13800138000"}
    acting = {**draft.data, "applicant": other, "agent": {**agent, "relation": "family"}}
    saved = node.applying.drafts.save(who, draft.id, acting, seen=draft.seen)
    found_wrong = [one.pointer for one in node.applying.sending.check(who, draft.id)]
    assert found_wrong == ["/files/identity"]
    # Nor under another name than the one that the papers show.
    named = {**draft.data, "applicant": {**draft.data["applicant"], "name": "林平"}}
    saved = node.applying.drafts.save(who, draft.id, named, seen=saved.seen)
    found_wrong = [one.pointer for one in node.applying.sending.check(who, draft.id)]
    assert found_wrong == ["/files/identity"]
    node.applying.drafts.save(who, draft.id, draft.data, seen=saved.seen)
    receipt = node.applying.sending.submit(who, draft.id)
    (consent,) = node.applying.following.consents(who)
    assert (consent.case, consent.document, consent.agrees) == (receipt.case, "identity", True)
    exchange(circle)
    wuhan = circle["wuhan"].node
    view = wuhan.handling.case(receipt.case, by=worker("clerk", CARE), reason="")
    exchange(circle)
    looks = node.applying.following.looks
    assert ("420200.police", receipt.case) in [(one.unit, one.case) for one in looks(who)]
    assert looks(resident("other")) == ()
    (evidence,) = view.evidence
    assert (evidence["document"], wuhan.broker.check(evidence).node) == ("identity", "huangshi")
    # Before the desk it stands with what it says; somebody else's, or a forged one, without.
    assert at_desk(wuhan, view) == ("agreed", True)
    assert at_desk(wuhan, replace(view, applicant={**view.applicant, "id_number": ANNA})) == (
        "other",
        False,
    )
    forged = {**evidence, "message": {**evidence["message"], "salt": ""}}
    assert at_desk(wuhan, replace(view, evidence=(forged,))) == ("unproven", False)
    # A node that says it had it from a platform above is named: no holder signed that.
    shown = at_desk(wuhan, replace(view, evidence=(vouched_for(node, evidence),)), "portal")
    assert shown == ("agreed", True)


def vouched_for(node: Node, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return evidence as a node signs it that says it had it from a platform."""
    now, body = node.office.clock(), {**evidence["message"]["body"], "platform": "sheng"}
    message = Message.make(
        node.keys.current(now), sender=node.code, receiver=node.code, kind="evidence",
        case="question", seq=1, at=now, purpose="", body=body, number="0" * 26,
    )  # fmt: skip
    return {**evidence, "message": message.as_record()}


def at_desk(node: Node, view: CaseView, vouched: str | None = None) -> tuple[str, bool]:
    """Return how the evidence of a case is shown: its state, and whether with its fields."""
    (shown,) = CaseTold(node, Offer(CATALOGUE)).whole(view)["evidence"]
    assert shown["state_text"]["zh"]
    assert (shown["vouched_by"] or {}).get("code") == vouched
    return shown["state"], bool(shown["fields"])


WINDOW_EVERYWHERE = Actor("hall", "大厅", None, None, (Grant("clerk"),), Via.SESSION)


# --- Following --------------------------------------------------------------------------------


MEI, MEI_NUMBER = "梅安", "429999199008028867"
RIGHT = {"applicant": {"id_number": MEI_NUMBER, "name": MEI, "kind": "person"}}


def known(node: Node, who: Actor) -> None:
    mei = Person(Applicant.PERSON, MEI, MEI_NUMBER, phone="13800138000")
    node.applying.profiles.verify(who.name, mei, by=WINDOW_EVERYWHERE)


def held(node: Node, document: str, department: str) -> None:
    with node.writing(node.itself) as write:
        node.broker.hold(
            write, document=document, department=department, subject=Subject(MEI_NUMBER, MEI),
            number=f"{document}-1", source="register",
        )  # fmt: skip


def wanted_besides(circle: Circle, who: Actor) -> str:
    """Hand in a case whose department asks for two documents besides."""
    node, wuhan = circle["portal"].node, circle["wuhan"].node
    case, clerk = handed_in(node, who, FUND, data=RIGHT).case, worker("clerk", FUND)
    exchange(circle)
    with pytest.raises(InputError):
        node.applying.supplements.give(who, case, data={"sum": {"cny": 1}})
    act(wuhan, case, clerk, "ask_supplement", words="照片模糊", documents=["deed", "identity"],
        until="2026-03-20")  # fmt: skip
    exchange(circle)
    return case


def test_a_supplement_is_checked(circle: Circle, who: Actor) -> None:
    applying = circle["portal"].node.applying
    following, giving = applying.following, applying.supplements
    case = wanted_besides(circle, who)
    mine = following.one(who, case)
    assert (mine.state, mine.needs_me, following.needing(who)) == (State.SUPPLEMENT, True, 1)
    assert mine.supplement is not None
    assert mine.supplement.words == "照片模糊"
    assert [one for one, _ in mine.supplement.documents] == ["deed", "identity"]
    wanted = giving.wanting(who, case)
    assert [(one.name, one.necessary) for one in wanted.slots] == [
        ("deed", True), ("identity", True),
    ]  # fmt: skip
    assert wanted.data["applicant"]["name"] == MEI

    def faults(data: dict[str, Any], *files: str) -> set[str]:
        with pytest.raises(FormFaultsError) as caught:
            giving.give(who, case, data=data, files=files)
        return {one.pointer for one in caught.value.faults}

    # What was asked for is wanted, and what is given is checked: no more, and no less.
    wrong = giving.add_file(who, case, "deed", "错.pdf", PDF)
    giving.drop_file(who, case, wrong.id)
    file = giving.add_file(who, case, "deed", "新.pdf", PDF)
    assert faults({}) == {"/files/deed", "/files/identity"}
    assert faults({"sum": {"cny": "many"}}, file.id) == {"/files/identity", "/sum/cny"}
    assert faults({"sum": {"cny": None}}, file.id) == {"/files/identity", "/sum/cny"}
    assert "/applicant/id_number" in faults({"applicant": {"id_number": ANNA}}, file.id)
    assert "/applicant/kind" in faults({"applicant": {"kind": "firm"}}, file.id)
    assert "/applicant" in faults({"applicant": "张安"}, file.id)
    assert "/nothing/here" in faults({"nothing": {"here": 1}}, file.id)
    # A name that is put right is the one that the result will give.
    paper = giving.add_file(who, case, "identity", "证.pdf", PDF)
    named = {"applicant": {"name": "梅恩"}}
    giving.give(who, case, data=named, files=[file.id, paper.id])
    exchange(circle)
    clerk = worker("clerk", FUND)
    view = circle["wuhan"].node.handling.case(case, by=clerk, reason="")
    assert (view.applicant["name"], view.data["applicant"]["name"]) == ("梅恩", "梅恩")
    assert view.applicant["id_number"] == wanted.data["applicant"]["id_number"]


def test_a_window_gives_what_a_step_of_a_life_event_wants(circle: Circle) -> None:
    node, wuhan = circle["huangshi"].node, circle["wuhan"].node
    giving = node.applying.supplements
    theirs = {"applicant": {"id_number": ANNA, "name": "张安", "kind": "person"}}
    case = handed_in(node, WINDOW, FUND, on_behalf=person(), data=theirs).case
    exchange(circle)
    act(wuhan, case, worker("clerk", FUND), "ask_supplement", words="请补", documents=["identity"],
        until="2026-03-20")  # fmt: skip
    exchange(circle)
    with node.writing(CHIEF) as write:
        row = dict(
            write.connection.execute(select(MINE).where(MINE.c.case == case)).mappings().one()
        )
        whole = {**row, "case": write.new_id(), "number": write.new_number()}
        write.run(insert(MINE).values(**whole))
        record = json.dumps({**json.loads(row["record"]), "on_behalf": False})
        step = update(MINE).where(MINE.c.case == case)
        write.run(step.values(parent=whole["case"], record=record))
    # Whoever served them has seen their papers: that stands with the whole.
    assert giving.want(WINDOW, case, "identity").state is EvidenceState.WAITING
    with node.writing(CHIEF) as write:
        erased(write, case)
    with pytest.raises(InputError, match="已删除"):
        giving.wanting(WINDOW, case)


def test_a_document_that_is_asked_for_besides_is_fetched_and_given_once(
    circle: Circle, who: Actor
) -> None:
    node, wuhan = circle["portal"].node, circle["wuhan"].node
    following, giving = node.applying.following, node.applying.supplements
    case = wanted_besides(circle, who)
    file = giving.add_file(who, case, "deed", "新.pdf", PDF)
    with pytest.raises(InputError, match="窗口核验"):
        giving.want(who, case, "identity")
    known(node, who)
    held(circle["huangshi"].node, "identity", "420200.police")
    asked = giving.want(who, case, "identity")
    assert giving.want(who, case, "identity") == asked
    with pytest.raises(InputError):
        giving.want(who, case, "hukou")
    exchange(circle)
    [found] = giving.evidence(who, case)
    assert found.state is EvidenceState.FOUND
    with pytest.raises(MissingError):
        node.applying.proofs.agree(resident("other"), found.id)
    node.applying.proofs.agree(who, found.id)

    changed = {"sum": {"cny": 5000}}
    given: dict[str, Any] = {"data": changed, "files": [file.id], "words": "已重拍", "key": "s1"}
    giving.give(who, case, **given)
    assert giving.give(who, case, **given).state is State.SUBMITTED  # once, however often
    with pytest.raises(InputError, match="s1"):
        giving.give(who, case, **{**given, "words": "又一次"})
    exchange(circle)
    view = wuhan.handling.case(case, by=worker("clerk", FUND), reason="")
    assert view.data["sum"]["cny"] == 5000
    assert file.id in {one.id for one in view.files}
    [proof] = view.evidence
    assert (proof["document"], wuhan.broker.check(proof).node) == ("identity", "huangshi")
    mine = following.one(who, case)
    assert (mine.state, mine.needs_me) == (State.RECEIVED, False)
    told = [one.what for one in mine.timeline]
    assert told == ["submitted", "received", "supplement_asked", "supplemented"]
    [consent] = following.consents(who)
    assert (consent.case, consent.document, consent.agrees) == (case, "identity", True)
    # Asked for once more it is fetched once more: what has gone does not go again.
    asked_again = {"words": "又模糊", "documents": ["identity"], "until": "2026-03-20"}
    act(wuhan, case, worker("clerk", FUND), "ask_supplement", **asked_again)
    exchange(circle)
    assert giving.evidence(who, case) == giving.wanting(who, case).evidence == ()
    # What the department has is nothing new.
    for files, error in (((), FormFaultsError), ((file.id,), MissingError)):
        with pytest.raises(error):
            giving.give(who, case, data={}, files=files, words="已交过")
    again = giving.want(who, case, "identity")
    assert again.id != found.id
    exchange(circle)
    node.applying.proofs.agree(who, again.id)
    giving.give(who, case, data={}, words="再交")
    exchange(circle)
    view = wuhan.handling.case(case, by=worker("clerk", FUND), reason="")
    assert [one["question"] for one in view.evidence] == [found.id, again.id]


def test_consent_is_of_who_was_seen_and_of_nobody_they_act_for() -> None:
    mei = Person(Applicant.PERSON, MEI, MEI_NUMBER)
    firm = Person(Applicant.FIRM, "梅记", MEI_NUMBER, "92429999MA00000000")
    told = {"kind": "person", "id_number": MEI_NUMBER}
    own = {"kind": "firm", "id_number": MEI_NUMBER, "credit_code": "92429999MA00000000"}
    assert is_known(told, mei)
    assert is_known(own, firm)
    assert not is_known(told, None)
    assert not is_known({**told, "id_number": ANNA}, mei)
    assert not is_known(own, mei)
    assert not is_known({**own, "id_number": ANNA}, firm)


def test_a_program_applies_with_files_and_the_department_fetches_the_rest(
    circle: Circle, who: Actor
) -> None:
    node, wuhan = circle["portal"].node, circle["wuhan"].node
    about = About(item=FUND.code)
    form = node.applying.book.of(node.applying.book.matter(about))
    data = sample(form, 7, RIGHT)
    fetched = [one.name for one in form.files if one.fetchable]
    handed = [one.name for one in form.files if not one.fetchable and one.wanted(data)]
    assert fetched
    assert handed
    apply = node.applying.sending.apply
    given: dict[str, Any] = {"from_city": HUANGSHI, "agrees": fetched}

    def papers(content: bytes) -> list[Paper]:
        return [Paper(one, f"{one}.pdf", content) for one in handed]

    with pytest.raises(FormFaultsError) as caught:
        apply(who, about, data, **given, papers=papers(b"MZ"))
    assert {one.pointer for one in caught.value.faults} == {f"/files/{one}" for one in handed}
    # Of somebody whom nobody has seen, only what is shared by law is asked for.
    stranger = apply(who, about, data, **given, papers=papers(PDF), key="k1")
    assert apply(who, about, data, **given, papers=papers(PDF), key="k1") == stranger
    known(node, who)
    receipt = apply(who, about, data, **given, papers=papers(PDF), key="k2")
    for document, unit in (("identity", "420200.police"), ("deed", "420200.estate")):
        held(circle["huangshi"].node, document, unit)
    exchange(circle)
    officer, watcher = worker("clerk", FUND), worker("boss", FUND, "supervisor")
    assert wuhan.handling.case(receipt.case, by=watcher).evidence == ()
    shared = {one.code for one in CATALOGUE.documents if one.shared}
    for case, asked in ((stranger.case, shared & set(fetched)), (receipt.case, set(fetched))):
        view = wuhan.handling.case(case, by=officer, reason="审查")
        assert {one.document for one in view.files} == set(handed)
        assert {one["document"] for one in view.evidence} == asked
    exchange(circle)
    view = wuhan.handling.case(receipt.case, by=officer, reason="审查")
    shown = CaseTold(wuhan, Offer(CATALOGUE)).whole(view)["evidence"]
    states = {one["document"]["code"]: one["state"] for one in shown}
    assert states["identity"] == "agreed"
    assert set(states.values()) <= {"agreed", "absent"}
    assert all(one["fields"] for one in shown if one["state"] == "agreed")
    # It is the department's: the applicant's node knows who gave it, and nobody agrees anew.
    looked = {(one.unit, one.case) for one in node.applying.following.looks(who)}
    assert ("420200.police", receipt.case) in looked


def test_withdrawn_too_late_it_is_said_so(circle: Circle, who: Actor) -> None:
    node, wuhan = circle["portal"].node, circle["wuhan"].node
    early, late = handed_in(node, who), handed_in(node, who)
    exchange(circle)
    act(wuhan, late.case, worker("clerk", CARE), "decide", outcome="grant", words="")
    # Both are withdrawn before the decision is known here.
    for one in (early, late):
        node.applying.following.withdraw(who, one.case, words="不办了")
    exchange(circle)
    mine = [node.applying.following.one(who, one.case) for one in (early, late)]
    assert [one.state for one in mine] == [State.WITHDRAWN, State.DECIDED]
    assert "action_refused" in {one.what for one in mine[1].timeline}


def test_a_decided_case_is_appraised_once_then_erased_and_the_log_stays_whole(
    circle: Circle, who: Actor
) -> None:
    node, wuhan = circle["portal"].node, circle["wuhan"].node
    following, clerk = node.applying.following, worker("clerk", CARE)
    receipt = handed_in(node, who)
    exchange(circle)
    act(wuhan, receipt.case, clerk, "decide", outcome="grant", words="")
    exchange(circle)
    assert following.appraise(who, receipt.case, stars=5, words="很快").appraisal is not None
    with pytest.raises(InputError):
        following.appraise(who, receipt.case, stars=1)
    with pytest.raises(InputError):
        following.erase(who, receipt.case)  # not delivered yet
    act(wuhan, receipt.case, clerk, "deliver")
    exchange(circle)
    assert "erase" in following.one(who, receipt.case).can
    following.erase(who, receipt.case)
    exchange(circle)
    mine = following.one(who, receipt.case)
    assert mine.erased is not None
    assert (mine.result, mine.files, mine.can) == (None, (), ())
    assert (mine.number, mine.state) == (receipt.number, State.CLOSED)
    assert {one.words for one in mine.timeline} == {""}
    for town in (circle["portal"], circle["wuhan"]):
        with town.node.reading() as connection:
            assert town.node.vault.is_erased(connection, receipt.case)
        report = verify(town.node.folder)
        assert report.sound, report


def test_a_case_that_is_handed_over_is_followed_where_it_goes(circle: Circle, who: Actor) -> None:
    node, wuhan = circle["portal"].node, circle["wuhan"].node
    receipt = handed_in(node, who)
    exchange(circle)
    act(wuhan, receipt.case, worker("clerk", CARE), "hand_over", to=HUANGSHI, words="参保地在黄石")
    exchange(circle)
    mine = node.applying.following.one(who, receipt.case)
    assert (mine.node, mine.unit, mine.state) == ("huangshi", "420200.insurance", State.RECEIVED)
    there = of("care_abroad", HUANGSHI)
    act(circle["huangshi"].node, receipt.case, worker("there", there), "decide", outcome="refuse",
        words="未参保")  # fmt: skip
    exchange(circle)
    result = node.applying.following.result(who, receipt.case)
    assert (result.granted, result.words) == (False, "未参保")
    there_too = circle["huangshi"].node
    act(there_too, receipt.case, worker("there", there), "deliver")
    exchange(circle)
    node.applying.following.erase(who, receipt.case)
    exchange(circle)
    for one in (node, wuhan, there_too):
        with one.reading() as connection:
            assert one.vault.is_erased(connection, receipt.case)


def test_only_who_handles_a_case_is_believed_about_it(
    tmp_path: Path, who: Actor, hands: Hands
) -> None:
    with opened(tmp_path, hands) as circle:
        node, other = circle["portal"].node, circle["huangshi"].node
        receipt = handed_in(node, who)
        exchange(circle)
        told = {"what": "decided", "state": "closed", "at": stamp(other.office.clock())}
        lie: dict[str, Any] = {**told, "unit": "x"}
        with other.writing(other.itself) as write:
            lie |= {"version": 9, "hops": 9}
            write.send("portal", "progress", receipt.case, lie, purpose="测试")
            write.send("portal", "erasure", receipt.case, {"erased": True}, purpose="测试")
        with line(circle["huangshi"], "portal") as way:
            way.send()
        mine = node.applying.following.one(who, receipt.case)
        assert (mine.state, mine.erased) == (State.RECEIVED, None)
        # It waits in its own line, in case the one who handles it says so yet; no other line does.
        assert circle["huangshi"].waiting() == 2


def test_a_draft_that_nobody_touches_goes_with_its_files(
    circle: Circle, who: Actor, hands: Hands
) -> None:
    node = circle["huangshi"].node
    draft = filled(node, who)
    days = node.config.limits.draft_days
    node.timers.due(hands() + timedelta(days=days - 1))
    assert node.applying.drafts.one(who, draft.id).id == draft.id
    node.timers.due(hands() + timedelta(days=days, seconds=1))
    with pytest.raises(MissingError):
        node.applying.drafts.one(who, draft.id)
    with node.reading() as connection:
        assert node.vault.is_erased(connection, draft.id)
        for table in (FILES, CONSENTS):
            assert not connection.execute(select(table).where(table.c.draft == draft.id)).all()
        query = select(DRAFTS.c.state).where(DRAFTS.c.id == draft.id)
        assert connection.execute(query).scalar_one() == "dropped"
        assert not connection.execute(select(MINE).where(MINE.c.account == who.name)).all()
