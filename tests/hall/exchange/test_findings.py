"""What the analysis of a catalogue finds, against figures worked by hand."""

from dataclasses import replace
from datetime import date
from itertools import combinations
from math import isnan

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.core.working_days import WorkingCalendar
from onecity.hall.catalogue import Catalogue, LifeEvent, Requirement, Step
from onecity.hall.exchange.across import Burden, across_borders
from onecity.hall.exchange.analysis import analyse
from onecity.hall.exchange.asking import asking_of, held_by_government, silos
from onecity.hall.exchange.events import (
    Plan,
    asked_twice,
    effort,
    exchangeable,
    lengths,
    rework,
    simulate,
    walks_of,
)
from onecity.hall.exchange.opening import EQUAL, Grain, Spared, openings
from tests.hall.small import DOCUMENTS, EVENT, FIRM, SMALL

CALENDAR = WorkingCalendar.china()
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def test_cases_are_those_of_the_last_year() -> None:
    asking = asking_of(SMALL)
    assert asking.cases == {"A1": 100, "A2": 10, "A3": 50, "B1": 90}
    assert not asking.remarks


def test_without_cases_every_item_counts_once() -> None:
    asking = asking_of(replace(SMALL, caseloads=()))
    assert set(asking.cases.values()) == {1.0}
    assert [one.key for one in asking.remarks] == ["hall_findings.no_cases"]


def test_what_is_odd_is_told() -> None:
    odd = replace(
        SMALL,
        items=(replace(SMALL.items[0], requirements=(Requirement("nowhere"),)), *SMALL.items[1:]),
        caseloads=SMALL.caseloads[:3],
    )
    asking = asking_of(odd)
    assert [one.values["count"] for one in asking.remarks] == [3, 1]


def test_what_government_asks_for_and_holds() -> None:
    found = {one.document.code: one for one in held_by_government(asking_of(SMALL))}
    assert set(found) == {"id", "house", "record", "licence"}  # a plan is the applicant's own
    identity, house = found["id"], found["house"]
    assert (identity.items, identity.cities, identity.submissions) == (4, 2, 250)
    assert identity.visits == 190  # A1 and B1 want to see it
    assert house.submissions == 110
    assert house.visits == 2 * 100 + 10  # fetched by a visit each time, handed in by one at A1
    assert house.days == 660
    first = held_by_government(asking_of(SMALL))[0]
    assert first.document.code == "id"


def test_silos_are_pairs_of_departments() -> None:
    found = {(one.holder, one.asker): one for one in silos(asking_of(SMALL))}
    assert found["police", "market"].submissions == 190
    assert found["police", "drugs"].documents == 2
    assert found["police", "police"].submissions == 50  # asks for what it issued itself
    shared = replace(SMALL, documents=tuple(replace(one, shared=True) for one in DOCUMENTS))
    assert silos(asking_of(shared)) == ()


def spared_by(catalogue: Catalogue, opened: set[str]) -> Spared:
    """Count plainly, item by item, what opening some documents spares."""
    visits = documents = days = 0.0
    cases = asking_of(catalogue).cases
    for item in catalogue.items:
        n = cases[item.code]
        asked = [catalogue.document[one.document] for one in item.requirements]
        gone = {one.code for one in asked if one.code in opened}
        documents += n * len(gone)
        visits += n * sum(one.visit for one in asked if one.code in gone)
        forcing = {one.document for one in item.requirements if one.visit}
        visits += n * bool(forcing and forcing <= gone)
        wait = max(one.days for one in asked)
        days += n * (wait - max((one.days for one in asked if one.code not in gone), default=0.0))
    return Spared(visits, documents, days)


@pytest.mark.parametrize("count", range(5))
def test_openings_are_the_best_of_all_sets(count: int) -> None:
    codes = ["id", "house", "record", "licence"]
    every = [spared_by(SMALL, set(some)) for some in combinations(codes, count)]
    best = max(one.worth(EQUAL) for one in every)
    found = openings(asking_of(SMALL), count)
    assert found.spared.worth(EQUAL) == pytest.approx(best)
    assert found.spared == spared_by(SMALL, {one.document for one in found.opened})
    assert found.count == 4
    assert found.gap == pytest.approx(0.0, abs=1e-6)
    assert found.possible == spared_by(SMALL, set(codes))
    told = [one.adds for one in found.opened]
    assert sum(one.worth(EQUAL) for one in told) == pytest.approx(best)


def test_the_wait_ends_with_the_slowest_document() -> None:
    # At A2 the house (6 days) and the record (4) are waited for at the same time.
    assert spared_by(SMALL, {"record"}).days == 0
    assert spared_by(SMALL, {"house", "record"}).days == 100 * 6 + 10 * 6
    found = openings(asking_of(SMALL), 4)
    assert found.spared.days == 660


@pytest.mark.parametrize("other", ["record", "plan"])
def test_a_document_wanted_in_some_cases_holds_up_these_alone(other: str) -> None:
    some = (Requirement("house", visit=True), Requirement(other, visit=True, share=0.25))
    lone = replace(SMALL, items=(replace(SMALL.items[0], requirements=some),))
    # Of 100 cases 75 ask for the house's paper alone: fetched by a visit, handed in by another.
    house = openings(asking_of(lone), 1)
    assert [one.document for one in house.opened] == ["house"]
    waited = 4 if other == "record" else 0
    assert house.spared == Spared(100 + 75, 100, 75 * 6 + 25 * (6 - waited))
    whole = house.possible
    assert whole == (Spared(200, 125, 600) if other == "record" else house.spared)


def test_what_spares_nothing_is_not_opened() -> None:
    idle = replace(SMALL, caseloads=tuple(one for one in SMALL.caseloads if one.item != "A2"))
    asking = asking_of(idle)
    found = openings(asking, 99)
    assert {one.document for one in found.opened} == {"id", "house"}  # A2 alone asks for others
    assert found.count == 4
    assert found.spared == found.possible
    only_days = openings(asking, 99, weights=Spared(0, 0, 1))
    assert [one.document for one in only_days.opened] == ["house"]


def test_what_is_an_exchange_is_the_users() -> None:
    asking = asking_of(SMALL)
    pairs = openings(asking, 99, grain=Grain.PAIR)
    single = openings(asking, 99, grain=Grain.SINGLE)
    assert pairs.possible == single.possible == openings(asking, 99).possible
    assert {(one.holder, one.asker) for one in pairs.opened} == {
        (one.holder, one.asker) for one in silos(asking)
    }
    assert all(one.document and one.asker for one in single.opened)
    only_days = openings(asking, 1, weights=Spared(0, 0, 1))
    assert [one.document for one in only_days.opened] == ["house"]


def test_nothing_to_open() -> None:
    nothing = openings(asking_of(replace(SMALL, items=())), 3)
    assert nothing.opened == ()
    assert nothing.possible == Spared(0, 0, 0)


def test_life_events_ask_twice() -> None:
    walks = walks_of(SMALL)
    assert [(one.city, len(one.items), one.missing) for one in walks] == [
        ("A", 3, ()),
        ("B", 1, ("drug", "sign")),
    ]
    found = {(one.city, one.document): one for one in asked_twice(walks)}
    assert found["A", "id"].times == 3
    assert found["A", "id"].askers == ("A1", "A2", "A3")
    assert found["A", "house"].times == 2
    assert found["A", "licence"].yielded_by == "A1"  # handed in by who was just given it
    assert ("B", "id") not in found


def test_an_event_of_the_province_alone_is_walked_once() -> None:
    above = tuple(replace(SMALL.items[1], code=code, basic_code=code, city="") for code in "PQ")
    event = LifeEvent("p", "省事", FIRM, (Step("P"), Step("Q", ("P",))))
    whole = replace(SMALL, items=(*SMALL.items, *above), life_events=(EVENT, event))
    walks = [one for one in walks_of(whole) if one.event == event]
    assert [(one.city, len(one.items), one.missing) for one in walks] == [("", 2, ())]


def test_of_several_versions_the_last_one_is_asked_for() -> None:
    later = replace(SMALL.items[0], version=2, requirements=(Requirement("id"),))
    asked = asking_of(replace(SMALL, items=(*SMALL.items, later))).asked
    assert [one.document.code for one in asked if one.item.code == "A1"] == ["id"]


def test_what_a_reader_has_to_know_is_told() -> None:
    first = replace(SMALL.items[0], promised=None, requirements=(Requirement("id", share=0.5),))
    gone = replace(SMALL.items[2], valid_until=date(2024, 12, 31))
    odd = replace(SMALL, items=(first, SMALL.items[1], gone, SMALL.items[3]))
    keys = {one.key.removeprefix("hall_findings.") for one in analyse(odd, on=YEAR[0]).remarks}
    assert keys >= {"day", "not_standing", "unlimited", "walked_whole", "walks_lack"}
    plain = {one.key.removeprefix("hall_findings.") for one in analyse(SMALL, on=YEAR[0]).remarks}
    assert plain == {"by_promise", "walks_lack"}


def test_steps_that_could_run_side_by_side() -> None:
    walk = {one.walk.city: one for one in lengths(walks_of(SMALL))}["A"]
    assert walk.today == 4 + 10 + 2  # fourteen hours are two working days
    assert walk.possible == 4 + 10  # the sign waits for nothing it needs
    assert walk.pairs == (("drug", "sign"),)


def test_a_circle_is_told() -> None:
    steps = (Step("register", ("drug",)), Step("drug", ("register",)))
    turned = replace(SMALL, life_events=(LifeEvent("x", "环", FIRM, steps),))
    with pytest.raises(InputError, match="register, drug"):
        walks_of(turned)
    # A step that the city has no item for does not shift the names of the others.
    longer = (Step("nowhere"), *steps)
    with pytest.raises(InputError, match="register, drug"):
        walks_of(replace(SMALL, life_events=(LifeEvent("x", "环", FIRM, longer),)))


def test_effort_before_and_after() -> None:
    walk = walks_of(SMALL)[0]
    # Today: visits of the items (1 + 2 + 1) and one each time to fetch the house's paper.
    assert effort(walk, SMALL, Plan()) == (5, 9)
    # Exchanged: the visits that only they force fall away (A1's, one of A2's), A3's plan stays.
    assert effort(walk, SMALL, Plan(exchangeable(SMALL))) == (2, 2)
    assert effort(walk, SMALL, Plan(exchangeable(SMALL), together=True)) == (1, 1)


def test_before_and_after_on_the_working_calendar() -> None:
    walk = walks_of(SMALL)[0]
    exact = simulate(walk, SMALL, Plan(), calendar=CALENDAR, first=YEAR[0], last=YEAR[1], draws=200)
    assert exact.days.min() >= 6 + 2 + 6 + 5 + 1  # waits, and half of every promise
    plan = Plan(exchangeable(SMALL), side_by_side=True, together=True)
    found = rework(walks_of(SMALL), SMALL, plan, calendar=CALENDAR, first=YEAR[0], last=YEAR[1])
    first = found[0]
    assert (first.after.days <= first.before.days).all()  # draw by draw
    assert np.array_equal(
        first.before.days,
        rework([walk], SMALL, plan, calendar=CALENDAR, first=YEAR[0], last=YEAR[1])[0].before.days,
    )
    assert first.before.quantile(0.9) > first.after.quantile(0.9)
    assert found[0].remarks == ()
    later = rework(
        [walk],
        SMALL,
        plan,
        calendar=CALENDAR,
        first=date(2031, 1, 1),
        last=date(2031, 2, 1),
        draws=1,
    )
    assert [one.key for one in later[0].remarks] == ["working_days.assumed"]


def test_holidays_count() -> None:
    lone = replace(SMALL, life_events=(replace(EVENT, steps=(Step("register"),)),))
    walk = next(one for one in walks_of(lone) if one.city == "B")
    day = date(2025, 9, 30)  # a Tuesday; the National Day rests from 1 to 8 October
    run = simulate(walk, lone, Plan(), calendar=CALENDAR, first=day, last=day, draws=50)
    # Five working days promised: three to five of them, the first of which is 9 October.
    assert set(run.days) <= {11.0, 13.0, 14.0}
    with pytest.raises(InputError):
        simulate(walk, lone, Plan(), calendar=CALENDAR, first=day, last=day, draws=0)


def test_the_border_effect_of_items() -> None:
    found = {(one.burden, one.item): one for one in across_borders(SMALL)}
    of_item = found[Burden.DAYS, "A1"]
    assert of_item.home == 4  # of the last year: the 900 cases of the year before stand for none
    assert of_item.across == 8
    together = found[Burden.VISITS, ""]
    assert together.home == pytest.approx((20 * 1 + 60 * 1) / 80)
    assert together.across == pytest.approx((20 * 2 + 60 * 0) / 80)
    assert together.ratio == pytest.approx(0.5)
    refused = found[Burden.REFUSED, "A1"]
    assert refused.home == pytest.approx(0.1)
    assert refused.across == pytest.approx(0.2)
    assert isnan(together.interval[0])  # two items have no spread to speak of


def test_the_interval_is_that_of_the_jackknife() -> None:
    loads = []
    for number, (here, there) in enumerate([(4, 8), (5, 9), (2, 6), (10, 12)]):
        one = replace(SMALL.caseloads[1], item=f"I{number}", days=here, cases=10)
        loads += [
            one,
            replace(SMALL.caseloads[2], item=f"I{number}", days=there, cases=10 + number),
        ]
    items = tuple(replace(SMALL.items[0], code=f"I{number}") for number in range(4))
    found = across_borders(replace(SMALL, items=items, caseloads=tuple(loads)))[0]
    weights = np.array([10, 11, 12, 13.0])
    home, away = np.array([4, 5, 2, 10.0]), np.array([8, 9, 6, 12.0])
    assert found.ratio == pytest.approx((weights * away).sum() / (weights * home).sum())
    logs = []
    for left_out in range(4):
        rest = np.arange(4) != left_out
        pair = (weights * away)[rest].sum() / (weights * home)[rest].sum()
        logs.append(np.log(pair))
    error = np.sqrt(3 / 4 * ((np.array(logs) - np.mean(logs)) ** 2).sum())
    assert found.interval[1] == pytest.approx(found.ratio * np.exp(1.959964 * error), rel=1e-6)
    assert found.interval[0] < found.ratio < found.interval[1]
