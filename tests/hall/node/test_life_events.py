"""Life events: one application, a case for each step at its authority's node, in order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from onecity.core.errors import InputError, MissingError
from onecity.hall.cases import State
from onecity.hall.cases.clock import Light, day_of
from onecity.hall.forms.own import FOLDER, put_example, read_own
from onecity.hall.forms.sampling import sample
from onecity.hall.node import counts
from onecity.hall.node.applying import About, Mine, Receipt
from onecity.hall.node.earlier import face_of, result_as_evidence
from onecity.hall.node.leading import Which
from onecity.hall.node.steps import StepState
from onecity.hall.node.tables.applying import JOINTS
from onecity.hall.node.tables.cases import DAYS
from onecity.hall.node.verifying import verify
from onecity.hall.wire import Refusal
from onecity.identity import Actor, Grant, Via
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
from tests.hall.node.towns import Town, line, matched, towns
from tests.stores import Cluster

PDF = b"%PDF-1.7\n%%EOF\n"
Circle = dict[str, Town]
JPG = b"\xff\xd8\xff" + b"x" * 300 + b"\xff\xd9"
NODES = {WUHAN: "wuhan", HUANGSHI: "huangshi", "": "hubei"}


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with towns(tmp_path_factory.mktemp("events"), Hands(), (CITY, OTHER, PORTAL, PROVINCE)) as made:
        for town in made.values():
            town.node.editions.take_in(CATALOGUE, by=CHIEF)
            put_example(town.node.folder)
            town.node.applying.book.own = read_own(town.node.folder / FOLDER)
        yield made


@pytest.fixture
def who(request: pytest.FixtureRequest) -> Actor:
    name = request.node.name
    return Actor(name, name, None, None, (Grant("resident"),), Via.SESSION)


def apply(town: Town, who: Actor, about: About, **given: Any) -> Receipt:
    applying = town.node.applying
    draft = applying.drafts.make(who, about, from_city=about.city)
    form = applying.book.of(applying.book.matter(about))
    data = sample(form, 5, given)
    applying.drafts.save(who, draft.id, data, seen=draft.seen)
    for slot in form.files:
        applying.drafts.add_file(who, draft.id, slot.name, f"{slot.name}.jpg", JPG)
    return applying.sending.submit(who, draft.id)


def followed(town: Town, who: Actor, case: str) -> Mine:
    return town.node.applying.following.one(who, case)


def states(mine: Mine) -> dict[str, str]:
    return {one.basic_code: one.state for one in mine.steps_of}


def decide(circle: Circle, mine: Mine, step: str, outcome: str = "grant") -> None:
    """Accept and decide a step at the node of its authority."""
    seen = next(one for one in mine.steps_of if one.basic_code == step)
    assert seen.case is not None, f"{step} has not begun"
    item = next(
        one for one in CATALOGUE.items if one.basic_code == step and one.authority == seen.unit
    )
    node, clerk = circle[NODES[item.city]].node, worker("officer", item)
    view = node.handling.case(seen.case, by=clerk, reason="审查")
    if "accept" in {action for action, _ in view.can}:
        act(node, seen.case, clerk, "accept")
    act(node, seen.case, clerk, "decide", outcome=outcome, words="审查意见")
    exchange(circle)


def expects(mine: Mine) -> None:
    """Look at when each step of a pharmacy is over, and all of them."""
    # Monday: 3 working days to register, 8 for the fire check, 14 for the permit, and 30 days.
    days = {one.basic_code: one.due and day_of(one.due).isoformat() for one in mine.steps_of}
    assert days == {
        "register_shop": "2026-03-05",
        "pharmacist_registration": "2026-03-09",
        "fire_check_shop": "2026-03-17",
        "drug_permit": "2026-04-07",
        "device_filing": "2026-03-05",
        "tax_registration": "2026-03-06",
        "insurance_pharmacy": "2026-05-07",
    }
    assert mine.due == max(one.due for one in mine.steps_of if one.due)
    waits = mine.steps_of[-1].waits_for
    names = ["个体工商户设立登记", "执业药师注册", "药品零售企业许可"]
    assert [one["zh"] for one in waits] == names


def appraised(circle: Circle, who: Actor, mine: Mine) -> None:
    """Appraise a pharmacy that is over, and look at what the node that leads makes of it."""
    assert mine.due is None
    assert (mine.can, mine.appraisal) == (("appraise", "erase"), None)
    following = circle["portal"].node.applying.following
    mine = following.appraise(who, mine.case, stars=4, words="一次办好")
    with pytest.raises(InputError):
        following.appraise(who, mine.case, stars=5)
    exchange(circle)
    assert mine.appraisal is not None
    assert (mine.appraisal.stars, mine.appraisal.words) == (4, "一次办好")
    # The node that leads counts it, and its board shows it by life event; no department gets it.
    board = circle["huangshi"].node.board.view(by=CHIEF)
    (event,) = board.events
    (city,) = event.cities
    assert (event.code, city.city, city.came, city.ended) == ("pharmacy", HUANGSHI, 1, 1)
    assert (city.refused, city.days, city.stars, city.appraised) == (0, 0.0, 4.0, 1)
    assert board.appraised == 0
    assert "" not in {one.unit for one in board.units}
    # Five of the seven steps are this node's: what it leads is no case of its own.
    came = sum(one.came for one in board.units)
    assert sum(one.came for one in board.trend) == came == 5
    with circle["huangshi"].node.office.database.writing() as connection:
        kept = select(DAYS).order_by(DAYS.c.day, DAYS.c.unit, DAYS.c.item)
        before = connection.execute(kept).all()
        counts.anew(connection, {one.code: one.visits for one in CATALOGUE.items})
        assert connection.execute(kept).all() == before


def test_a_pharmacy_across_two_cities_and_the_province_is_one_application(
    circle: Circle, who: Actor
) -> None:
    portal = circle["portal"]
    # The shop stands in Huangshi, and its tax office is in Wuhan.
    about = About(event="pharmacy", city=HUANGSHI, places={"tax_registration": WUHAN})
    receipt = apply(portal, who, about, applicant={"registered": False})
    assert receipt.to == "huangshi"
    (row,) = portal.node.applying.following.mine(who).rows
    assert (row.state, row.steps_done, row.steps) == (State.SUBMITTED, 0, 7)
    exchange(circle)
    mine = followed(portal, who, receipt.case)
    begun = {step for step, state in states(mine).items() if state != StepState.WAITING}
    assert begun == {"register_shop", "pharmacist_registration"}
    expects(mine)
    first, following = mine.due, portal.node.applying.following
    decide(circle, mine, "register_shop")
    mine = followed(portal, who, receipt.case)
    assert mine.due is not None
    assert first is not None
    assert mine.due < first  # three days early
    assert following.mine(who).rows[0].due == mine.due
    begun = {step for step, state in states(mine).items() if state != StepState.WAITING}
    assert begun == {
        "register_shop",
        "pharmacist_registration",
        "fire_check_shop",
        "device_filing",
        "tax_registration",
    }
    # The licence that Huangshi gave stands before the tax office in Wuhan, signed.
    tax = next(one for one in mine.steps_of if one.basic_code == "tax_registration")
    assert tax.case is not None
    clerk = worker("tax", of("tax_registration"))
    view = circle["wuhan"].node.handling.case(tax.case, by=clerk, reason="审查")
    (licence,) = view.evidence
    assert licence["document"] == "licence"
    trust = circle["wuhan"].node.trust
    proved = result_as_evidence(licence, trust)
    assert (proved.node, proved.department) == ("huangshi", "420200.market")
    forged = {**licence, "result": {**licence["result"], "document": {}}}
    for wrong in (forged, {**licence, "document": "deed"}):
        with pytest.raises(Refusal):
            result_as_evidence(wrong, trust)
    for step in ("pharmacist_registration", "fire_check_shop", "device_filing"):
        decide(circle, mine, step)
    decide(circle, mine, "tax_registration")
    mine = followed(portal, who, receipt.case)
    assert states(mine)["drug_permit"] == State.RECEIVED
    decide(circle, mine, "drug_permit")
    decide(circle, followed(portal, who, receipt.case), "insurance_pharmacy")
    mine = followed(portal, who, receipt.case)
    assert (mine.state, mine.steps_done) == (State.CLOSED, 7)
    assert mine.timeline[-1].what == "joint_over"
    appraised(circle, who, mine)
    assert portal.node.applying.following.mine(who).total == 1
    names = list(circle)
    assert all(matched(circle[a], circle[b]) for a in names for b in names if a != b)


def test_each_step_gets_what_it_asks_for_and_no_more(circle: Circle, who: Actor) -> None:
    portal = circle["portal"]
    about = About(event="newborn", city=WUHAN)
    receipt = apply(portal, who, about, family={"marriage": "married"})
    exchange(circle)
    mine = followed(portal, who, receipt.case)
    (first,) = [one for one in mine.steps_of if one.case]
    assert first.case is not None
    clerk = worker("clerk", of("birth_certificate"))
    view = circle["wuhan"].node.handling.case(first.case, by=clerk, reason="审查")
    # Neither bank account nor household register is the hospital authority's business.
    assert not {"account", "household", "insured", "card"} & set(view.data)
    assert {"child", "mother", "family", "applicant"} <= set(view.data)
    assert {one.document for one in view.files} == {"identity", "marriage"}


def test_a_step_that_is_refused_stops_what_waits_for_it_alone(circle: Circle, who: Actor) -> None:
    portal = circle["wuhan"]  # the city's own site: portal, lead and authority in one
    receipt = apply(portal, who, About(event="newborn", city=WUHAN))
    decide(circle, followed(portal, who, receipt.case), "birth_certificate")
    decide(circle, followed(portal, who, receipt.case), "birth_register", "refuse")
    mine = followed(portal, who, receipt.case)
    assert states(mine) == {
        "birth_certificate": "decided",
        "birth_register": "decided",
        "newborn_insurance": "stopped",
        "newborn_card": "stopped",
        "birth_allowance": "received",
    }
    assert mine.state is State.ACCEPTED
    told = [one.what_text["zh"] for one in mine.timeline]
    assert "“新生儿社会保障卡申领”因前一步未办成而停止" in told
    seen = {one.basic_code: one for one in mine.steps_of}
    stopped = ["新生儿参加城乡居民医保", "新生儿社会保障卡申领"]
    assert [one["zh"] for one in seen["birth_register"].stops] == stopped
    for one in ("newborn_insurance", "newborn_card"):
        by = seen[one].stopped_by
        assert by is not None
        assert by["zh"] == "出生登记（落户）"
    refused = seen["birth_register"].case
    assert refused is not None
    assert [one["zh"] for one in followed(portal, who, refused).stops] == stopped
    decide(circle, mine, "birth_allowance")
    mine = followed(portal, who, receipt.case)
    assert (mine.state, mine.steps_done) == (State.CLOSED, 5)


def test_a_supplement_of_a_step_is_seen_and_given_under_the_life_event(
    circle: Circle, who: Actor
) -> None:
    portal, wuhan = circle["portal"], circle["wuhan"].node
    following = portal.node.applying.following
    receipt = apply(portal, who, About(event="newborn", city=WUHAN))
    exchange(circle)
    (step,) = [one for one in followed(portal, who, receipt.case).steps_of if one.case]
    assert step.case is not None
    clerk = worker("clerk", of("birth_certificate"))
    act(wuhan, step.case, clerk, "ask_supplement", words="母亲身份证不清", documents=["identity"],
        until="2026-03-20")  # fmt: skip
    exchange(circle)
    (row,) = following.mine(who).rows
    assert row.needs_me
    # While the clock of a step stands still, nobody knows when all is over.
    assert row.due is None
    assert following.one(who, receipt.case).stands
    changed = {"mother": {"name": "改名"}}
    giving = portal.node.applying.supplements
    file = giving.add_file(who, step.case, "identity", "身份证.pdf", PDF)
    giving.give(who, step.case, data=changed, files=[file.id], words="已更正")
    exchange(circle)
    (row,) = following.mine(who).rows
    assert not row.needs_me
    assert row.due is not None
    view = wuhan.handling.case(step.case, by=clerk, reason="")
    assert view.data["mother"]["name"] == "改名"
    assert view.data["mother"]["id_number"]  # what was not named stays


def test_withdrawn_it_starts_nothing_more_and_what_runs_is_withdrawn(
    circle: Circle, who: Actor
) -> None:
    portal = circle["portal"]
    receipt = apply(portal, who, About(event="newborn", city=WUHAN))
    exchange(circle)
    mine = portal.node.applying.following.withdraw(who, receipt.case, words="不办了")
    assert mine.withdrawing is not None
    assert "withdraw" not in mine.can
    with pytest.raises(InputError):
        portal.node.applying.following.withdraw(who, receipt.case)
    exchange(circle)
    mine = followed(portal, who, receipt.case)
    assert (mine.state, mine.withdrawing) == (State.WITHDRAWN, None)
    assert set(states(mine).values()) == {"withdrawn"}


def test_chosen_steps_alone_are_applied_for(circle: Circle, who: Actor) -> None:
    portal = circle["portal"]
    chosen = ("newborn_insurance", "birth_allowance")
    about = About(event="newborn", city=WUHAN, chosen=chosen)
    form = portal.node.applying.book.of(portal.node.applying.book.matter(about))
    # Nobody here yields the certificate of birth: it is to be handed in.
    assert {"birth", "hukou"} <= {one.name for one in form.files}
    receipt = apply(portal, who, about)
    exchange(circle)
    assert set(states(followed(portal, who, receipt.case)).values()) == {"received"}


@pytest.mark.parametrize("site", ["wuhan", "portal"])
def test_after_the_days_for_which_cases_are_kept_a_life_event_is_erased(
    circle: Circle, who: Actor, monkeypatch: pytest.MonkeyPatch, site: str
) -> None:
    town = circle[site]
    limits = replace(town.node.config.limits, keep_days=30)
    monkeypatch.setattr(town.node, "config", replace(town.node.config, limits=limits))
    about = About(event="newborn", city=WUHAN, chosen=("birth_allowance",))
    receipt = apply(town, who, about)
    exchange(circle)
    decide(circle, followed(town, who, receipt.case), "birth_allowance", "refuse")
    assert followed(town, who, receipt.case).state is State.CLOSED
    now = town.node.office.clock()
    town.node.timers.due(now + timedelta(days=29))
    assert followed(town, who, receipt.case).erased is None
    town.node.timers.due(now + timedelta(days=31))
    mine = followed(town, who, receipt.case)
    assert mine.erased is not None
    assert (mine.files, mine.can) == ((), ())
    assert verify(town.node.folder).sound


def test_a_step_that_no_node_takes_is_told_and_can_be_erased(
    circle: Circle, who: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, hubei = circle["portal"], circle["hubei"]
    about = About(event="pharmacy", city=HUANGSHI, chosen=("pharmacist_registration",))
    receipt = apply(portal, who, about)
    monkeypatch.setattr(hubei.node, "acts_for", lambda department: False)
    exchange(circle)
    mine = followed(portal, who, receipt.case)
    assert (mine.state, states(mine)) == (State.CLOSED, {"pharmacist_registration": "rejected"})
    (step,) = mine.steps_of
    assert step.case is not None
    told = [one.what for one in followed(portal, who, step.case).timeline]
    assert told == ["submitted", "application_refused"]
    portal.node.applying.following.erase(who, receipt.case)
    exchange(circle)
    for town in (portal, circle["huangshi"], hubei):
        with town.node.reading() as connection:
            assert town.node.vault.is_erased(connection, step.case), town.code
        assert verify(town.node.folder).sound


def test_a_step_that_cannot_begin_here_holds_up_no_other(
    circle: Circle, who: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    wuhan = circle["wuhan"]  # portal, lead and authority in one
    receipt = apply(wuhan, who, About(event="newborn", city=WUHAN))
    monkeypatch.setattr(wuhan.node, "acts_for", lambda department: False)
    decide(circle, followed(wuhan, who, receipt.case), "birth_certificate")
    mine = followed(wuhan, who, receipt.case)
    assert states(mine) == {
        "birth_certificate": "decided",
        "birth_register": "rejected",
        "newborn_insurance": "stopped",
        "newborn_card": "stopped",
        "birth_allowance": "rejected",
    }
    assert mine.state is State.CLOSED
    assert verify(wuhan.node.folder).sound


@pytest.mark.parametrize(
    "about",
    [
        About(item="420100.birth_allowance", city=WUHAN),
        About(event="newborn", city=WUHAN, chosen=("birth_allowance",)),
    ],
    ids=["item", "event"],
)
def test_what_no_node_takes_can_be_erased_there_too(
    circle: Circle, who: Actor, monkeypatch: pytest.MonkeyPatch, about: About
) -> None:
    portal, wuhan = circle["portal"], circle["wuhan"]
    receipt = apply(portal, who, about)
    monkeypatch.setattr(wuhan.node, "acts_for", lambda department: False)
    monkeypatch.setattr(wuhan.node.events, "lead_of", lambda city: "nobody")
    exchange(circle)
    assert followed(portal, who, receipt.case).state is State.REJECTED
    portal.node.applying.following.erase(who, receipt.case)
    exchange(circle)
    assert followed(portal, who, receipt.case).erased is not None
    for town in (portal, wuhan):
        with town.node.reading() as connection:
            assert town.node.vault.is_erased(connection, receipt.case), town.code
        assert verify(town.node.folder).sound


def tax_in_wuhan(circle: Circle, who: Actor) -> tuple[str, str]:
    """Apply for a pharmacy's tax registration in Wuhan, led by Huangshi; both cases."""
    places = {"tax_registration": WUHAN}
    about = About(event="pharmacy", city=HUANGSHI, places=places, chosen=tuple(places))
    receipt = apply(circle["portal"], who, about)
    exchange(circle)
    (step,) = followed(circle["portal"], who, receipt.case).steps_of
    assert step.case is not None
    return receipt.case, step.case


def hand_over(town: Town, case: str) -> None:
    clerk = worker("li", of("tax_registration"))
    act(town.node, case, clerk, "hand_over", to=HUANGSHI, words="转")


def test_a_step_goes_on_at_the_node_that_leads_and_is_still_withdrawn(
    circle: Circle, who: Actor
) -> None:
    portal, lead, wuhan = circle["portal"], circle["huangshi"], circle["wuhan"]
    whole, case = tax_in_wuhan(circle, who)
    hand_over(wuhan, case)
    # The wish to withdraw is at the node that had it before anybody learns where it went.
    portal.node.applying.following.withdraw(who, whole, words="不办了")
    with line(portal, "huangshi") as way:
        way.send()
    with line(lead, "wuhan") as way:
        way.send()
    exchange(circle)
    mine = followed(portal, who, whole)
    assert (mine.state, states(mine)) == (State.WITHDRAWN, {"tax_registration": "withdrawn"})
    assert lead.node.handling.case(case, by=CHIEF, reason="查").case.state is State.WITHDRAWN


def test_a_step_that_comes_back_is_at_the_node_that_had_it(
    circle: Circle, who: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, lead, wuhan = circle["portal"], circle["huangshi"], circle["wuhan"]
    whole, case = tax_in_wuhan(circle, who)
    monkeypatch.setattr(lead.node, "acts_for", lambda department: False)
    hand_over(wuhan, case)
    exchange(circle)
    (step,) = lead.node.events.leading.one(whole, by=CHIEF).steps
    assert (step.node, step.city, step.unit) == ("wuhan", WUHAN, of("tax_registration").authority)
    (told,) = followed(portal, who, whole).steps_of
    assert (told.unit, told.city) == (step.unit, WUHAN)
    portal.node.applying.following.withdraw(who, whole)
    exchange(circle)
    assert followed(portal, who, whole).state is State.WITHDRAWN


def test_who_handed_a_step_over_says_nothing_more_of_it(circle: Circle, who: Actor) -> None:
    lead, wuhan = circle["huangshi"], circle["wuhan"]
    whole, case = tax_in_wuhan(circle, who)
    hand_over(wuhan, case)
    exchange(circle)
    (told,) = followed(circle["portal"], who, whole).steps_of
    assert (told.unit, told.city) == (of("tax_registration", HUANGSHI).authority, HUANGSHI)
    at = "2026-03-02T01:00:00.000000Z"
    lie = {"what": "withdrawn", "state": "withdrawn", "version": 9, "at": at, "unit": "x"}
    with wuhan.node.writing(CHIEF) as write:
        for hops in (0, 1, 2):
            write.send("huangshi", "progress", case, {**lie, "hops": hops}, purpose="测试")
    exchange(circle)
    (step,) = lead.node.events.leading.one(whole, by=CHIEF).steps
    assert (step.node, step.state, step.case_state) == ("huangshi", "running", State.RECEIVED)


@pytest.mark.parametrize(
    ("about", "error"),
    [
        (About(event="wedding", city=WUHAN), MissingError),
        (About(event="newborn", city="999999"), MissingError),
        (About(event="newborn", city=WUHAN, chosen=("deed_tax",)), InputError),
        (About(), InputError),
        (About(item="420100.deed_tax", event="newborn"), InputError),
    ],
    ids=["no event", "no city", "no step", "nothing", "both"],
)
def test_what_is_not_there_is_said_so(
    circle: Circle, who: Actor, about: About, error: type[Exception]
) -> None:
    with pytest.raises(error):
        circle["portal"].node.applying.drafts.make(who, about)


def test_a_life_event_is_erased_everywhere_and_the_logs_stay_whole(
    circle: Circle, who: Actor
) -> None:
    portal, wuhan = circle["portal"], circle["wuhan"]
    about = About(event="newborn", city=WUHAN, chosen=("birth_allowance",))
    receipt = apply(portal, who, about)
    exchange(circle)
    mine = followed(portal, who, receipt.case)
    decide(circle, mine, "birth_allowance")
    step = mine.steps_of[0].case
    assert step is not None
    with pytest.raises(InputError):
        portal.node.applying.following.erase(who, receipt.case)  # not delivered yet
    act(wuhan.node, step, worker("officer", of("birth_allowance")), "deliver")
    exchange(circle)
    portal.node.applying.following.erase(who, receipt.case)
    exchange(circle)
    for town in (portal, wuhan):
        with town.node.reading() as connection:
            for case in (receipt.case, step):
                assert town.node.vault.is_erased(connection, case)
        assert verify(town.node.folder).sound
    with wuhan.node.reading() as connection:
        query = select(JOINTS.c.sealed).where(JOINTS.c.case == receipt.case)
        assert connection.execute(query).scalar_one() is None
    assert followed(portal, who, receipt.case).erased is not None


def test_the_lead_erases_what_it_passed_on_to_the_authority_of_a_step(
    circle: Circle, who: Actor
) -> None:
    portal, lead = circle["portal"], circle["huangshi"]
    about = About(event="pharmacy", city=HUANGSHI, chosen=("pharmacist_registration",))
    receipt = apply(portal, who, about)
    exchange(circle)
    mine = followed(portal, who, receipt.case)
    decide(circle, mine, "pharmacist_registration")
    (step,) = mine.steps_of
    assert step.case is not None
    item = next(one for one in CATALOGUE.items if one.authority == step.unit)
    assert not item.city  # decided by the province, led by the city
    act(circle["hubei"].node, step.case, worker("officer", item), "deliver")
    exchange(circle)
    portal.node.applying.following.erase(who, receipt.case)
    exchange(circle)
    for town in (portal, lead, circle["hubei"]):
        with town.node.reading() as connection:
            assert town.node.vault.is_erased(connection, step.case), town.code
        assert verify(town.node.folder).sound


def test_the_day_on_a_result_is_that_of_china() -> None:
    document = {"number": "甲-R", "issued_at": "2026-03-02T17:30:00.000000Z"}
    assert face_of(document)["issued"] == "2026-03-03"


def test_a_life_event_in_postgresql(
    tmp_path: Path, hands: Hands, cluster: Cluster, who: Actor
) -> None:
    steps = ("newborn_insurance", "birth_allowance")
    with cluster.fresh() as url, towns(tmp_path, hands, (replace(CITY, database=url),)) as made:
        town = made["wuhan"]
        node = town.node
        node.editions.take_in(CATALOGUE, by=CHIEF)
        receipt = apply(town, who, About(event="newborn", city=WUHAN, chosen=steps))
        mine = followed(town, who, receipt.case)
        assert mine.due == max(one.due for one in mine.steps_of if one.due)
        leading = node.events.leading
        (row,) = leading.rows(CHIEF, size=20).rows
        assert (row.due, row.light, row.steps) == (mine.due, Light.GOOD, 2)
        hands.move(days=9)
        node.timers.due()
        # Nobody said anything for five days: both are taken as accepted, and one is late.
        (row,) = leading.rows(CHIEF, which=Which.LATE, size=20).rows
        assert (row.light, row.late) == (Light.SOON, 1)
        seen = leading.remind(receipt.case, "newborn_insurance", by=CHIEF, words="请尽快办理")
        assert [one.may_remind for one in seen.steps] == [False, False]
        decide({"wuhan": town}, mine, "newborn_insurance")
        decide({"wuhan": town}, followed(town, who, receipt.case), "birth_allowance", "refuse")
        assert leading.rows(CHIEF, size=20).total == 0
        node.applying.following.appraise(who, receipt.case, stars=2)
        (row,) = leading.rows(CHIEF, which=Which.OVER, size=20).rows
        assert (row.state, row.done, row.stars) == (State.CLOSED, 2, 2)
        (event,) = node.board.view(by=CHIEF, since=date(2026, 3, 1)).events
        (city,) = event.cities
        assert (city.ended, city.refused, city.stars) == (1, 1, 2.0)
        assert verify(node.folder).sound
