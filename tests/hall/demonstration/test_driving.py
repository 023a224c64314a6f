"""Plans carried out at five served nodes, and years of cases brought into them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from argon2 import PasswordHasher

from onecity.core.errors import InputError
from onecity.core.working_days import WorkingCalendar
from onecity.hall.cases import State
from onecity.hall.cases.clock import CHINA
from onecity.hall.catalogue import Caseload, Way
from onecity.hall.demonstration.crowd import Crowd, gather
from onecity.hall.demonstration.driving import Totals, counted, drive
from onecity.hall.demonstration.history import Past, load_history, rows_of
from onecity.hall.demonstration.making import Demonstration, codes, make
from onecity.hall.demonstration.traffic import End, Intended, plan
from onecity.hall.node.caseloads import caseloads
from onecity.hall.node.node import Node
from onecity.hall.node.verifying import verify
from onecity.identity.passwords import Passwords
from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.web.serving import free_port, serving

pytestmark = [
    # FastAPI hushes this while it makes models; threads that make theirs at once undo that.
    pytest.mark.filterwarnings("ignore::pydantic.warnings.UnsupportedFieldAttributeWarning"),
]
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PAST = 120
NOON, BEGUN = datetime(2026, 11, 24, 4, tzinfo=UTC), monotonic()
"""Noon of a working day in China, and when it is taken to be."""
KINDS: tuple[Callable[[Intended], object], ...] = (
    *(lambda one, end=end: one.end is end for end in End),
    *(lambda one, way=way: one.way is way and one.end.decided for way in Way),
    lambda one: one.end.decided and one.supplement,
    lambda one: one.suspended,
    lambda one: one.opinion[:6] == one.home and one.way is not None,
    lambda one: one.to,
    lambda one: one.fetches and one.way is Way.AGENT,
    lambda one: one.fetches and one.way is Way.ONLINE and one.stars,
    lambda one: one.item.startswith("province."),
    # With steps of its own, one of them another department's.
    lambda one: one.item == "420700.drug_permit" and one.end.decided,
    lambda one: "care_abroad" in one.item and one.end.decided,
)
"""What there is to be one case of at least."""


def clock() -> datetime:
    """Return a time of a working day, which goes on."""
    return NOON + timedelta(seconds=monotonic() - BEGUN)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    folder = tmp_path_factory.mktemp("都市圈")
    return make(folder, [free_port() for _ in codes()], clock, passwords=QUICK)


@pytest.fixture(scope="module")
def cases(made: Demonstration) -> tuple[Intended, ...]:
    drawn = plan(made.catalogue, 3_000, 1)
    chosen = {next(one for one in drawn if kind(one)) for kind in KINDS}
    return tuple(sorted(chosen, key=lambda one: one.number))


@pytest.fixture(scope="module")
def crowd(made: Demonstration, cases: tuple[Intended, ...]) -> Iterator[Crowd]:
    """Serve the nodes, with a year of cases in them."""
    load_history(made, PAST, 3, clock)
    found = gather(made, cases, clock)
    with ExitStack() as stack:
        apps = {
            code: create_app(replace(Settings.for_hall(folder), warm=False), clock=clock)
            for code, folder in made.folders.items()
        }
        for code, app in apps.items():
            stack.enter_context(serving(app, int(made.urls[code].rpartition(":")[2])))
        yield found


@pytest.fixture(scope="module")
def totals(crowd: Crowd, cases: tuple[Intended, ...]) -> Totals:
    return drive(crowd, cases, workers=3)


def test_nodes_are_called_in_both_languages(made: Demonstration) -> None:
    with Node.open(made.folders[made.portal]) as node:
        titles = [one.title for one in node.trust.nodes]
    assert all("虚构" in one["zh"] and "invented" in one["en"] for one in titles)
    assert [one["en"].split()[0] for one in titles] == [
        *("Wuhan", "Huangshi", "Ezhou", "Provincial", "Portal"),
    ]


def test_every_case_comes_where_it_was_meant_to(
    totals: Totals, cases: tuple[Intended, ...]
) -> None:
    assert [one.why.text("zh") for one in totals.undone] == []
    assert totals.whole
    assert (totals.intended, totals.created) == (len(cases), len(cases))
    assert totals.reached == Counter(one.end.state for one in cases)
    assert totals.crossing == sum(one.way is not None for one in cases)
    assert totals.fetched > 5
    assert 0 < totals.create_p50_ms <= totals.create_p95_ms
    assert counted(totals)["reached"][State.CLOSED.value] == totals.reached[State.CLOSED]


def test_the_nodes_say_the_same(
    made: Demonstration, totals: Totals, cases: tuple[Intended, ...]
) -> None:
    assert totals.whole
    first, *others = made.folders.values()
    report = verify(first, peers=others)
    assert report.sound, report.broken
    assert set(report.counts) == set(made.folders)
    told = {
        (load.item, load.from_city, load.way)
        for code, folder in made.folders.items()
        if code != made.portal
        for load in _loads(folder)
    }
    assert {(one.item, one.home, one.way) for one in cases if not one.to} <= told


def test_what_a_node_refuses_is_told_and_the_others_go_on(
    crowd: Crowd, totals: Totals, cases: tuple[Intended, ...]
) -> None:
    """Nobody may hand a case over to a city that does not decide it."""
    assert totals.whole
    plain = next(one for one in cases if one.end is End.WAITING and not one.to)
    wrong = replace(plain, home="420100", item="420100.fund_transfer", way=None, to="429006")
    keys = {key: one for key, one in crowd.keys.items() if key[1] != "clerk.housing"}
    found = drive(replace(crowd, keys=keys | _closed(crowd)), (plain, wrong), patience_s=0.2)
    assert found.created == 2
    assert found.reached == {State.RECEIVED: 1}
    [undone] = found.undone
    assert undone.case
    assert "401" in undone.why.text("zh") or "403" in undone.why.text("zh")
    with pytest.raises(InputError, match="大于零"):
        drive(crowd, cases, rate=0.0)


def test_a_rate_is_kept(crowd: Crowd, totals: Totals, cases: tuple[Intended, ...]) -> None:
    assert totals.whole
    one = next(one for one in cases if one.end is End.WAITING)
    found = drive(crowd, (one, one, one), rate=10.0)
    assert found.whole
    assert found.creating_s >= 0.2


# --- The year before -----------------------------------------------------------------------------


def test_the_year_before_is_brought_in_once(made: Demonstration, crowd: Crowd) -> None:
    again = load_history(made, PAST, 3, clock)
    assert sum(one.rows for one in again.values()) == PAST
    assert not any(one.written for one in again.values())
    with pytest.raises(InputError):
        load_history(made, PAST // 2, 3, clock)
    loads = [one for folder in made.folders.values() for one in _loads(folder)]
    assert sum(one.cases for one in loads) >= PAST
    keys = [(one.item, one.year, one.from_city, one.way) for one in loads]
    assert len(set(keys)) == len(keys)
    for one in loads:
        city = made.catalogue.item[one.item].city
        assert (one.way is None) == (city in {one.from_city, ""})


def test_days_of_past_cases_are_those_of_offices(made: Demonstration) -> None:
    calendar, drawn = WorkingCalendar.china(), plan(made.catalogue, 900, 5)
    rows = [one for several in rows_of(made, drawn, NOON, 5).values() for one in several]
    assert len(rows) == len(drawn) == len({one["number"] for one in rows})
    last = [
        [row[name] for name in ("opened", "accepted", "decided", "closed") if row.get(name)]
        for row in rows
    ]
    assert all(times == sorted(times) and times[-1] <= NOON for times in last)
    assert all(times[0] > NOON - timedelta(days=366) for times in last)
    for name in ("accepted", "decided"):
        days = {one[name].astimezone(CHINA) for one in rows if one.get(name)}
        assert all(calendar.is_working(one.date()) and 8 <= one.hour < 18 for one in days)
    windows = [one["opened"] for one in rows if one["way"] == Way.AGENT.value]
    assert windows
    assert all(calendar.is_working(one.astimezone(CHINA).date()) for one in windows)
    states = Counter(one["state"] for one in rows)
    assert states[State.CLOSED.value] > 0.8 * len(rows)
    assert set(states) >= {State.REJECTED.value, State.WITHDRAWN.value, State.ACCEPTED.value}
    slow = replace(drawn[0], pace=3.0, end=End.GRANTED)
    item = made.catalogue.item["420100.drug_permit"]
    row = Past(made.catalogue, NOON).row(replace(slow, item=item.code), item, "XG-1")
    taken = calendar.working_days_between(row["accepted"].date(), row["decided"].date())
    assert item.promised is not None
    assert taken == pytest.approx(3.0 * item.promised.count, abs=1)


def _loads(folder: Path) -> tuple[Caseload, ...]:
    with Node.open(folder, clock=clock) as node:
        return caseloads(node)


def _closed(crowd: Crowd) -> dict[tuple[str, str], str]:
    """Return keys that open nothing, for clerks of the housing fund."""
    return {key: "oc_none" for key in crowd.keys if key[1] == "clerk.housing"}
