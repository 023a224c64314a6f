"""Opening borders: as an intervention, as proposals, as what-ifs, and what topics say of it."""

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES
from onecity.models.access import p_median
from onecity.programme.scenario import Scenario
from onecity.region.interventions import (
    PLANNED,
    AddFacility,
    AddRoad,
    Intervention,
    OpenBorder,
    from_record,
)
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.examination import Examination, topics_of
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.livelihood import siting, strand
from onecity.strands.livelihood.ground import ground_of
from onecity.strands.livelihood.opening import SHARES
from onecity.strands.livelihood.recognition import recognised
from onecity.strands.travel import network_of
from tests.strands.livelihood.three import (
    CLOSED,
    OPEN,
    PEOPLE,
    everywhere,
    recognition,
    three_region,
    three_tables,
)
from tests.tiny import tiny_region

A, B = "990100", "990200"


# --- The intervention ---------------------------------------------------------------


def test_opening_adds_what_holds_from_now_on() -> None:
    region = three_region(recognition=recognition(("health", A, B, 0.2, "2021")))
    one = OpenBorder("health", A, B, 0.7)
    assert from_record(json.loads(json.dumps(one.as_record()))) == one
    after = region.apply([one])
    assert recognised(after, "health").pi.tolist() == [[1, 0.7], [0.7, 1]]
    assert recognised(after, "health", until=2030).pi.tolist() == [[1, 0.2], [0, 1]]
    again = after.apply([replace(one, share=0.1, both_ways=False)])
    assert recognised(again, "health").pi.tolist() == [[1, 0.1], [0.7, 1]]
    table = again.table("recognition")
    assert (table["since"] == PLANNED).sum() == 2
    assert not table.duplicated(["service", "from_city", "to_city", "since"]).any()
    assert len(region.table("recognition")) == 1


def test_a_table_that_a_scenario_begins_can_be_kept(tmp_path: Path) -> None:
    done = three_region().apply([OpenBorder("health", A, B)])
    written = done.write(tmp_path / "圈")
    opened = Region.open(written.path or "")
    assert opened.hash == written.hash
    assert opened.manifest.tables["recognition"].grade == "E"
    for level, table in strand.measure(done).tables.items():
        assert_frame_equal(strand.measure(opened).tables[level], table, check_exact=True)


@pytest.mark.parametrize(
    ("one", "error", "key"),
    [
        (OpenBorder("magic", A, B), InputError, "region.no_service"),
        (OpenBorder("health", A, B, 1.5), InputError, "region.share_outside"),
        (OpenBorder("health", A, A), InputError, "region.border_within"),
        (OpenBorder("health", A, "no"), MissingError, "region.no_city"),
    ],
)
def test_an_opening_that_does_not_fit(one: OpenBorder, error: type[Exception], key: str) -> None:
    with pytest.raises(error) as caught:
        three_region().apply([one])
    assert caught.value.key == key  # type: ignore[attr-defined]


def test_a_scenario_with_roads_and_borders_on_another_version() -> None:
    base = tiny_region()
    things: list[Intervention] = [AddRoad(1, 6, kmh=60.0), OpenBorder("pension", A, B, 0.5)]
    drawn = Scenario.drawn(base, things, title="互认")
    assert [len(one) for one in drawn.places] == [1, 0]
    assert Scenario.from_json(drawn.to_json(), "file") == drawn
    other = tiny_region(without=("jobs",))
    assert other.hash != base.hash
    assert drawn.applied(other).interventions == tuple(things)
    spoiled = json.loads(drawn.to_json()) | {"places": [drawn_place(drawn), [[0, 0, 0, 0, 1]]]}
    with pytest.raises(InputError):
        Scenario.from_json(json.dumps(spoiled), "file")


def drawn_place(drawn: Scenario) -> list[list[float]]:
    return [[*one.tail, *one.head, one.km] for one in drawn.places[0]]


def test_a_new_facility_is_measured_kept_and_drawn_again(tmp_path: Path) -> None:
    region = tiny_region()
    zone = region.table("zones").set_index("zone").loc["z24"]
    new = AddFacility("elderly_care", float(zone["lon"]), float(zone["lat"]), 100.0, name="新院")
    assert from_record(json.loads(json.dumps(new.as_record()))) == new
    done = region.apply([new, replace(new, capacity=None)])
    row = done.table("facilities").iloc[-2]
    assert (row["county"], row["city"]) == (zone["county"], zone["city"])
    assert row["capacity_unit"] == "beds"
    ground, before = ground_of(done), ground_of(region)
    mine, old = (one.provisions["elderly"] for one in (ground, before))
    assert mine.capacity.sum() == old.capacity.sum() + 100 + np.median([120, 60, 100])
    assert (mine.quickest <= old.quickest).all()
    assert (mine.quickest < old.quickest).any()
    written = done.write(tmp_path / "圈")
    assert strand.measure(Region.open(written.path or "")).region_hash == written.hash
    drawn = Scenario.drawn(region, [new], title="养老院")
    assert Scenario.from_json(drawn.to_json(), "file").places == ((),)
    assert drawn.applied(tiny_region(without=("jobs",))).interventions == (new,)
    # A region without facilities begins its table.
    first = tiny_region(without=("facilities",)).apply([new])
    assert strand.measure(first).tables[Level.REGION]["livelihood.facilities"].iloc[0] == 1


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"facility_kind": "magic"}, "region.no_facility_kind"),
        ({"capacity": -1.0}, "region.bad_capacity"),
        ({"lat": 60.0}, "region.outside_counties"),
    ],
)
def test_a_facility_that_does_not_fit(changed: dict[str, Any], key: str) -> None:
    good = AddFacility("hospital", -29.95, 1.05, 10.0)
    with pytest.raises(InputError) as caught:
        tiny_region().apply([replace(good, **changed)])
    assert caught.value.key == key


# --- Proposals and what-ifs -------------------------------------------------------------


def test_a_proposal_by_hand() -> None:
    (one,) = strand.propose(three_region())
    assert one.intervention == OpenBorder("health", A, B)
    # Zone 1 has least; 450 of its people are the worst-off tenth. The mean is 160 of 4500.
    has = 0.68 * 100 / (1000 + 0.68 * 2000)  # in the second step of the first place
    assert has == pytest.approx(CLOSED[1], abs=1e-6)
    gain = OPEN[1] - has
    shares = 450 * gain / (160 / 4500)
    assert one.benefit == pytest.approx(1000 * shares / 1500, rel=1e-4)
    assert one.gains == pytest.approx({A: one.benefit, B: 0.0})
    assert one.payers == {B: 1.0}
    assert (one.evidence["winners"], one.evidence["losers"]) == (3000, 1500)
    assert one.evidence["person_hours_saved"] == pytest.approx(2000 * 7 / 60)
    assert strand.propose(three_region(recognition=everywhere(1.0))) == ()


def test_a_border_that_keeps_everybody_from_all_there_is_is_proposed() -> None:
    tables = three_tables()
    zones = tables["zones"].assign(people=[1000.0, 2000.0, 0.0])
    (best,) = strand.propose(three_region(facilities=tables["facilities"].iloc[2:], zones=zones))
    assert best.rank == 1
    assert best.benefit > 0
    assert best.evidence["winners"] == 3000
    assert best.evidence["losers"] == 0


def test_proposals_are_ranked_and_each_does_what_it_says() -> None:
    region = tiny_region()
    found = strand.propose(region)
    assert len({(one.kind, one.intervention) for one in found}) == len(found) > 1
    before = strand.measure(region).tables[Level.REGION].iloc[0]
    for one in found:
        assert sum(one.gains.values()) == pytest.approx(one.benefit)
        after = strand.measure(region.apply([one.intervention])).tables[Level.REGION].iloc[0]
        saved = one.evidence["person_hours_saved"] * 60 / region.table("zones")["people"].sum()
        key = f"livelihood.{one.kind}_border_minutes"
        assert before[key] - after[key] == pytest.approx(saved, abs=1e-9)


def test_a_what_if_is_measured_and_a_quick_one_is_quick() -> None:
    region = tiny_region()
    ready = strand.what_if(region)
    opened = region.apply([OpenBorder("health", A, B)])
    assert ready.answers(opened)
    whole = ready.effect(opened)
    expected = strand.measure(opened)
    for level, table in expected.tables.items():
        assert_frame_equal(whole.after.tables[level], table, check_exact=True)
    later = {one.codes: one.beta for one in expected.borders}
    assert {one.codes: one.after.beta for one in whole.borders} == later
    assert whole.borders[0].points < 0
    assert ready.effect(opened, quick=True).borders == ()
    road = ready.effect(region.apply([AddRoad(1, 6, kmh=60.0)]), quick=True)
    assert not road.after.indicators
    assert [one.key for one in road.remarks] == ["livelihood.not_asked"]


# --- Topics ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def examined() -> dict[str, Examination]:
    region = tiny_region()
    mine = ("opening", "siting", "rights")
    topics = [one for one in topics_of(strand, region) if one.key in mine]
    assert [one.key for one in topics] == list(mine)
    return {one.key: one.examine(region) for one in topics}


def test_topics_keep_the_form_of_all_topics(examined: dict[str, Examination]) -> None:
    region = tiny_region()
    sources, units = set(region.manifest.sources), u.units_of(region)
    for one in examined.values():
        back = from_bytes(to_bytes(one), "file")
        assert to_bytes(back) == to_bytes(one)
        for level, table in one.findings.tables.items():
            assert list(table.index) == list(units[level].codes)
            known = one.findings.indicators.items()
            assert list(table.columns) == [key for key, each in known if level in each.levels]
        indicators = list(one.findings.indicators.values())
        for ranking in one.rankings:
            assert ranking.rows
            assert ranking.total >= len(ranking.rows)
            indicators += ranking.columns
            for row in ranking.rows:
                assert len(row.values) == len(ranking.columns)
                assert set(row.cities) <= set(units[Level.CITY].codes)
                assert all(row.name[language] for language in LANGUAGES)
                assert all(each.text("zh") and each.text("en") for each in row.remarks)
        for each in indicators:
            assert set(each.sources) <= sources
            assert each.text("zh") != each.text("en")
            assert each.about("zh")
            assert each.about("en")
        for layer in one.layers:
            assert layer.indicator.key in one.findings.indicators


def test_the_curve_runs_from_closed_to_open(examined: dict[str, Examination]) -> None:
    curve = examined["opening"].rankings[0]
    measured = strand.measure(tiny_region()).tables[Level.REGION].iloc[0]
    names = [one.key.partition("_")[2] for one in curve.columns]
    rows = [dict(zip(names, row.values, strict=True)) for row in curve.rows]
    services = ("education", "health", "culture", "elderly")
    step = len(SHARES) + 1
    assert len(rows) == len(services) * step
    for number, service in enumerate(services):
        today, *mine = rows[number * step : (number + 1) * step]
        assert today["worst"] == pytest.approx(measured[f"livelihood.{service}_worst"])
        assert mine[-1]["gini"] == pytest.approx(measured[f"livelihood.{service}_gini_open"])
        assert mine[0]["winners"] == mine[0]["losers"] == 0
        minutes = [one["minutes"] for one in mine]
        assert minutes == sorted(minutes, reverse=True)
    crowding = examined["opening"].rankings[1]
    more = [row.values[0] for row in crowding.rows]
    assert more == sorted(more, reverse=True)
    assert all(row.point for row in crowding.rows)


def test_the_curve_by_hand() -> None:
    (topic,) = (one for one in topics_of(strand, three_region()) if one.key == "opening")
    curve = topic.examine(three_region()).rankings[0]
    # Once anything is recognised all 160 beds are reached, as before: the mean stays.
    assert [row.values[0] for row in curve.rows] == pytest.approx([1e5 * 160 / 4500] * 6)
    assert curve.rows[-1].values[-2:] == (3000, 1500)
    assert curve.rows[-1].values[4] == pytest.approx(np.dot(PEOPLE, (5, 8, 4)) / 4500)


def test_sites_are_the_best_there_are_and_planning_alone_is_no_better(
    examined: dict[str, Examination],
) -> None:
    whole = examined["siting"].findings.tables[Level.REGION].iloc[0]
    for service in ("education", "health", "culture", "elderly"):
        assert whole[f"livelihood.{service}_siting_price"] >= -1e-9
    region = tiny_region()
    ground, travel = ground_of(region), network_of(region)
    anchors = siting._cells(ground, travel)
    task = siting.task_of(ground, travel, ground.provisions["elderly"], anchors)
    found = p_median(task.problem, 2)
    everything = task.hosts + np.arange(len(task.candidate))
    best = min(
        float(siting.minutes_with(task, np.array(pair)) @ anchors.people)
        for pair in combinations(everything, 2)
    )
    assert float(siting.minutes_with(task, found.sites) @ anchors.people) == pytest.approx(best)
    assert found.gap == 0


def test_rights_by_year(examined: dict[str, Examination]) -> None:
    trend, pairs = examined["rights"].rankings
    rows = {row.name["en"]: row.values for row in trend.rows}
    people = dict(tiny_region().table("cities")[["city", "people"]].itertuples(index=False))
    first, then = rows["Housing fund · 2019"], rows["Housing fund · 2022"]
    assert first[:2] == pytest.approx((100 / 6, people[A]))
    assert then[:2] == pytest.approx((200 / 6, people[A] + people[B]))
    assert rows["Health care · 2022"][0] == pytest.approx(200 / 6)
    assert rows["Health care · 2023"][0] == pytest.approx(300 / 6)
    assert pairs.total == len(tiny_region().table("recognition"))
    assert any("2023-05" in remark.text("en") for row in pairs.rows for remark in row.remarks)
