"""Comparisons against measuring both states from the start, and counting people one by one."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from math import isnan, nan
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from onecity.core.errors import InputError, MissingError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import LANGUAGES
from onecity.programme import baseline as module
from onecity.programme.balance import THRESHOLDS, Balance, Extreme
from onecity.programme.baseline import Baseline, compare_many
from onecity.programme.comparison import Comparison, Difference
from onecity.programme.scenario import Scenario
from onecity.region.interventions import AddRoad, CloseRoad, Intervention, SetSpeed
from onecity.region.store import Region
from onecity.strands import strands
from onecity.strands.contract import Better, Findings, Level, Proposal, Quick, Strand
from onecity.strands.transport import border_estimates
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables

TRUNK = (3, 4)
"""Edges of the trunk road between the core and Lanpu."""
KEYS = ("transport.minutes_core", "transport.minutes_nearest_centre", "transport.reach_people_60")
TOLD: dict[str, float] = {"minutes": 1.0, "people": 10_000.0}


@pytest.fixture(autouse=True, scope="module")
def _few_chance_borders() -> Iterator[None]:
    """Two hundred take most of the time and have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(border_estimates, "DRAWS", 3)
        yield


@cache
def baseline() -> Baseline:
    return Baseline(tiny_region())


def compared(changes: Sequence[Intervention], **how: Any) -> Difference:
    return baseline().compare(changes, **how).differences["transport"]


def transport(found: Comparison) -> Difference:
    return found.differences["transport"]


# --- Every figure ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        [AddRoad(1, 6, kmh=160.0)],
        [CloseRoad(TRUNK)],
        [SetSpeed((0, 1, 2), 200.0), AddRoad(*DEAD_ENDS, kmh=60.0), CloseRoad((22,))],
        [],
    ],
    ids=["new", "closed", "several", "nothing"],
)
def test_every_figure_is_that_of_measuring_both(changes: list[Intervention]) -> None:
    found = baseline().compare(changes)
    assert found.base_hash == tiny_region().hash
    assert found.hash == tiny_region().apply(changes).hash
    assert found.interventions == tuple(changes)
    assert not found.quick
    assert set(found.differences) == set(strands())
    for key, strand in strands().items():
        before, after = strand.measure(tiny_region()), strand.measure(tiny_region().apply(changes))
        mine = found.differences[key]
        assert set(mine.before) == set(after.tables)
        for level, table in mine.after.items():
            kept = list(table.columns)
            old, new = before.tables[level][kept], after.tables[level][kept]
            assert_frame_equal(mine.before[level], old, check_exact=True)
            assert_frame_equal(table, new, check_exact=True)
            assert_frame_equal(mine.change[level], new - old, check_exact=True)
            for name in ("low", "high"):
                if level not in getattr(before, name):  # a strand that gives no range
                    assert not len(getattr(mine, name).get(level, ()))
                    continue
                ends = [getattr(each, name)[level][kept] for each in (before, after)]
                assert_frame_equal(getattr(mine, name)[level], ends[1] - ends[0], check_exact=True)
        left_out = set(after.indicators) - set(mine.indicators)
        assert left_out <= {"transport.border_time_percent"}  # among the borders
        old_pairs = {each.indicator.key: each.values for each in before.matrices}
        new_pairs = {each.indicator.key: each.values for each in after.matrices}
        for each in mine.matrices:
            name = each.indicator.key
            assert_frame_equal(each.change, new_pairs[name] - old_pairs[name], check_exact=True)
        between = {"transport": "transport.minutes_between"}.get(key)
        assert between is None or between in {each.indicator.key for each in mine.matrices}
        borders = {each.codes: each for each in before.borders}
        later = {each.codes: each for each in after.borders}
        assert {each.codes for each in mine.borders} == set(borders)
        for shift in mine.borders:
            was, then = borders[shift.codes], later[shift.codes]
            assert shift.found == was
            assert shift.before.beta == pytest.approx(was.beta, abs=1e-9)
            assert shift.after.beta == pytest.approx(then.beta, abs=1e-9)
            assert shift.after.interval == pytest.approx(then.interval, abs=1e-9)


def test_every_figure_says_what_it_is_and_how_far_to_trust_it() -> None:
    found = baseline().compare([AddRoad(1, 6, kmh=160.0)])
    for mine in found.differences.values():
        for level, table in mine.change.items():
            for key in table.columns:
                measure = mine.indicators[key]
                assert level in measure.levels
                assert measure.sources
                assert measure.text("zh")
        measures = [each.indicator for each in mine.matrices]
        measures += [balance.indicator for balance in mine.balances.values()]
        measures += [shift.indicator for shift in mine.borders]
        assert all(each.sources for each in measures)
        assert set(mine.headline) <= set(mine.indicators)
        for language in LANGUAGES:
            assert all(remark.text(language) for remark in (*mine.remarks, *found.remarks))


def test_a_change_has_the_range_of_its_assumptions() -> None:
    mine, key = compared([AddRoad(1, 6, kmh=160.0)]), "transport.minutes_core"
    ends = mine.span(Level.CITY, key)
    assert ends is not None
    low, high = ends
    three = [getattr(mine, name)[Level.CITY][key] for name in ("change", "low", "high")]
    for code in low.index:
        values = [column[code] for column in three]
        assert low[code] == min(values)
        assert high[code] == max(values)
    assert (low < high).any()
    assert mine.span(Level.CITY, "transport.nothing") is None


def test_a_quick_comparison_has_times_and_circles_of_the_whole_one() -> None:
    changes = [AddRoad(1, 6, kmh=160.0)]
    quick, whole = compared(changes, quick=True), compared(changes)
    assert baseline().compare(changes, quick=True).quick
    assert quick.borders == ()
    assert quick.matrices == ()
    for level, table in quick.change.items():
        assert_frame_equal(table, whole.change[level][table.columns], check_exact=True)
    assert "transport.core_people_60" in quick.change[Level.REGION]
    assert "transport.circle_people_60" in quick.change[Level.CITY]
    key = "transport.minutes_core"
    assert_frame_equal(
        quick.balances[key].tables[Level.COUNTY], whole.balances[key].tables[Level.COUNTY]
    )


# --- Winners and losers ------------------------------------------------------------------------


@cache
def people_of_zones() -> list[float]:
    found: list[float] = tiny_region().table("zones")["people"].tolist()
    return found


@cache
def members() -> dict[Level, dict[str, list[int]]]:
    """Rows of the zones of every unit."""
    region = tiny_region()
    zones = region.table("zones")
    county, city = zones["county"].tolist(), zones["city"].tolist()
    groups: dict[str, list[int]] = {}
    for row in region.table("groups").to_dict("records"):
        inside = [k for k, code in enumerate(county) if code == row["county"]]
        groups.setdefault(row["group"], []).extend(inside)
    return {
        Level.COUNTY: {c: [k for k, x in enumerate(county) if x == c] for c in set(county)},
        Level.CITY: {c: [k for k, x in enumerate(city) if x == c] for c in set(city)},
        Level.GROUP: groups,
        Level.REGION: {"tiny": list(range(len(zones)))},
    }


def counted(mine: Difference, key: str, zones: list[int], threshold: float) -> dict[str, float]:
    """What a row of `Balance.tables` should hold, zone by zone."""
    people = people_of_zones()
    old = mine.before[Level.ZONE][key].tolist()
    new = mine.after[Level.ZONE][key].tolist()
    sign = 1 if mine.indicators[key].better is Better.HIGHER else -1
    row = dict.fromkeys(
        ("people", "gain_people", "lose_people", "joined_people", "cut_people", "gain", "loss"), 0.0
    )
    change = known = 0.0
    for k in zones:
        row["people"] += people[k]
        if isnan(old[k]) or isnan(new[k]):
            row["joined_people"] += people[k] * (isnan(old[k]) and not isnan(new[k]))
            row["cut_people"] += people[k] * (isnan(new[k]) and not isnan(old[k]))
            continue
        better = sign * (new[k] - old[k])
        row["gain_people"] += people[k] * (better > threshold)
        row["lose_people"] += people[k] * (better < -threshold)
        row["gain"] += people[k] * max(better, 0)
        row["loss"] += people[k] * max(-better, 0)
        change += people[k] * (new[k] - old[k])
        known += people[k]
    return {**row, "mean": change / known if known else nan}


def check_balance(mine: Difference, key: str, thresholds: Mapping[str, float]) -> None:
    balance = mine.balances[key]
    threshold = thresholds.get(key, thresholds.get(balance.indicator.unit, 0.0))
    assert balance.threshold == threshold
    for level, units in members().items():
        table = balance.tables[level]
        assert set(table.index) == set(units)
        for code, zones in units.items():
            expected = counted(mine, key, zones, threshold)
            assert table.loc[code].to_dict() == pytest.approx(expected, nan_ok=True, abs=1e-6)
            assert balance.of("gain", level, code) == table.loc[code, "gain"]


EDGES = st.lists(st.integers(0, 31), min_size=1, max_size=6).map(tuple)
CHANGE = st.one_of(
    st.builds(CloseRoad, EDGES),
    st.builds(SetSpeed, EDGES, st.sampled_from([5.0, 160.0])),
    st.builds(
        lambda ends, kmh: AddRoad(ends[0], ends[1], kmh),
        st.lists(st.integers(0, 28), min_size=2, max_size=2, unique=True),
        st.sampled_from([20.0, 160.0]),
    ),
)


@settings(max_examples=8)
@given(st.lists(CHANGE, max_size=3), st.sampled_from([0.0, 1.0, 7.5]))
def test_people_who_gain_and_lose_are_those_counted_one_by_one(
    changes: list[Intervention], minutes: float
) -> None:
    thresholds = {"minutes": minutes, "transport.reach_people_60": 3_000.0}
    mine = compared(changes, thresholds=thresholds)
    for key in KEYS:
        check_balance(mine, key, thresholds)


def test_a_closed_road_has_losers_and_no_winners() -> None:
    mine = compared([CloseRoad(TRUNK)])
    for key, balance in mine.balances.items():
        assert balance.of("gain") == balance.of("gain_people") == 0
        assert not any(balance.winners.values())
        if key in KEYS:
            assert balance.of("lose_people") > 0
            assert balance.of("loss") > 0
            assert balance.losers[Level.ZONE]
    minutes = mine.balances["transport.minutes_core"]
    assert minutes.of("mean") > 0
    assert mine.balances["transport.reach_people_60"].of("mean") < 0


def test_a_new_road_has_winners_and_no_losers() -> None:
    mine = compared([AddRoad(1, 6, kmh=160.0)])
    for key, balance in mine.balances.items():
        assert balance.of("loss") == balance.of("lose_people") == 0
        assert not any(balance.losers.values())
        if key in {KEYS[0], KEYS[2]}:  # it leads past the nearest centre
            assert balance.of("gain_people") > 0
            assert "990200" in {each.code for each in balance.winners[Level.CITY]}


def test_one_road_made_quicker_and_one_slower_has_both() -> None:
    both = compared([SetSpeed((0, 1), 160.0), SetSpeed((6, 7, 8), 20.0)])
    balance = both.balances["transport.minutes_core"]
    assert balance.of("gain") > 0
    assert balance.of("loss") > 0
    mean = balance.of("loss") - balance.of("gain")
    known = (
        tiny_region()
        .table("zones")["people"][
            both.before[Level.ZONE]["transport.minutes_core"].notna().to_numpy()
        ]
        .sum()
    )
    assert balance.of("mean") == pytest.approx(mean / known)


def test_what_does_nothing_changes_nothing() -> None:
    kmh = float(tiny_tables()["road_edges"]["kmh"].iloc[0])
    long_way = AddRoad(0, 9, kmh=1.0, detour=5.0)
    for changes in ([], [SetSpeed((0,), kmh)], [long_way]):
        mine = compared(changes)
        for level, table in mine.change.items():
            assert (table.fillna(0) == 0).all(axis=None), level
        for balance in mine.balances.values():
            for column in ("gain_people", "lose_people", "joined_people", "cut_people", "gain"):
                assert balance.of(column) == 0
            assert not any(balance.winners.values())
            assert not any(balance.losers.values())
        for each in mine.borders:
            assert each.points == pytest.approx(0, abs=1e-9)


def test_zones_that_are_joined_or_cut_off_are_counted_apart() -> None:
    found = baseline().compare([AddRoad(22, 26, kmh=60.0)])  # to the island
    mine, key = transport(found), "transport.minutes_core"
    balance = mine.balances[key]
    zones = tiny_region().table("zones").set_index("zone")["people"]
    assert balance.of("joined_people") == zones[["z48", "z49"]].sum()
    assert balance.of("cut_people") == 0
    told = [remark for remark in mine.remarks if remark.key == "programme.other_people"]
    assert told
    assert told[0].values["joined"] == balance.of("joined_people")
    # The mean of all rises, since the island is far; of those who had a way it does not.
    assert mine.change[Level.REGION][key].iloc[0] > 0
    assert balance.of("mean") <= 0
    assert all(each.code not in {"z48", "z49"} for each in balance.losers[Level.ZONE])
    back = Baseline(tiny_region().apply([AddRoad(22, 26, kmh=60.0)]))
    row = len(tiny_tables()["road_edges"])
    later = transport(back.compare([CloseRoad((row,))])).balances[key]
    assert later.of("cut_people") == balance.of("joined_people")
    assert later.of("joined_people") == 0


def test_the_largest_changes_stand_first() -> None:
    mine = compared([SetSpeed((0, 1), 160.0), SetSpeed((6, 7, 8), 20.0)])
    for key in KEYS:
        balance = mine.balances[key]
        sign = 1 if balance.indicator.better is Better.HIGHER else -1
        for level in (Level.ZONE, Level.COUNTY, Level.CITY):
            for found, way in ((balance.winners[level], sign), (balance.losers[level], -sign)):
                changes = [way * each.change for each in found]
                assert changes == sorted(changes, reverse=True)
                assert all(change > 0 for change in changes)
                assert all(each.level is level for each in found)
        worst = balance.losers[Level.ZONE][0]
        zone = mine.change[Level.ZONE][key]
        least = (sign * zone)[tiny_region().table("zones").set_index("zone")["people"] > 0].min()
        assert sign * zone[worst.code] == least
        assert worst.change == pytest.approx(zone[worst.code])
    extreme = Extreme(Level.CITY, "990100", 10.0, 3.0, 5.0)
    assert extreme.change == 2


@pytest.mark.parametrize("wrong", [-1.0, nan, float("inf")])
def test_a_threshold_that_makes_no_sense_is_refused(wrong: float) -> None:
    with pytest.raises(InputError, match="transport"):
        baseline().compare([], quick=True, thresholds={"minutes": wrong})


def test_thresholds_are_stated() -> None:
    assert THRESHOLDS == TOLD
    for key, balance in compared([]).balances.items():
        assert balance.threshold == TOLD.get(balance.indicator.unit, 0.0), key


# --- Scenarios, and strands without a fast way -------------------------------------------------


def test_a_scenario_is_compared_by_its_name() -> None:
    region = baseline().region
    drawn = [
        Scenario.drawn(region, [AddRoad(*DEAD_ENDS, kmh=60.0)], title="接通", key="join"),
        Scenario.drawn(region, [CloseRoad(TRUNK)], title="封路", key="close"),
    ]
    found = compare_many(baseline(), drawn, quick=True)
    assert [(each.key, each.title) for each in found] == [("join", "接通"), ("close", "封路")]
    assert [each.interventions for each in found] == [each.interventions for each in drawn]
    bare = baseline().compare(drawn[0].interventions, quick=True)
    assert (bare.key, bare.title) == ("", "")
    frame, same = transport(bare).change[Level.ZONE], transport(found[0]).change[Level.ZONE]
    assert_frame_equal(frame, same, check_exact=True)


def test_a_scenario_of_another_version_says_so_in_the_comparison() -> None:
    drawn = Scenario.drawn(tiny_region(), [CloseRoad(TRUNK)], title="封路")
    zones = tiny_tables()["zones"]
    newer = Baseline(tiny_region(zones=zones.assign(people=zones["people"] * 1.1)))
    found = newer.compare(drawn, quick=True)
    assert "programme.found_again" in [remark.key for remark in found.remarks]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(MissingError):
        baseline().compare([CloseRoad((10_000,))])


def test_border_effects_can_be_had_in_full() -> None:
    changes = [AddRoad(1, 6, kmh=160.0)]
    found = [one for one in baseline().borders_in_full(changes) if one.strand == "transport"]
    strand = strands()["transport"]
    before = {each.codes: each for each in strand.measure(tiny_region()).borders}
    after = {each.codes: each for each in strand.measure(tiny_region().apply(changes)).borders}
    assert {each.codes for each in found} == set(before) | set(after)
    assert found
    for each in found:
        assert each.before == before.get(each.codes)
        assert each.after == after.get(each.codes)


class Plain:
    """A strand with the four verbs and no more."""

    def __init__(self, strand: Strand) -> None:
        self.key, self.needs, self.layers = strand.key, strand.needs, strand.layers
        self.strand, self.asked = strand, 0

    def measure(self, region: Region, *, progress: Progress = SILENCE) -> Findings:
        self.asked += 1
        return self.strand.measure(region, progress=progress)

    def propose(self, region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
        return self.strand.propose(region, progress=progress)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Any:
    made: Any = Plain(strands()["transport"])
    monkeypatch.setattr(module, "strands", lambda: {"transport": made})
    return made


def test_a_strand_without_a_fast_way_is_measured_twice(plain: Any) -> None:
    assert not isinstance(plain, Quick)
    assert isinstance(strands()["transport"], Quick)
    changes = [AddRoad(1, 6, kmh=160.0)]
    base = Baseline(tiny_region())
    slow, fast = transport(base.compare(changes)), compared(changes)
    transport(base.compare([CloseRoad(TRUNK)]))
    assert plain.asked == 3  # before is measured once
    for level, table in fast.change.items():
        assert_frame_equal(slow.change[level][table.columns], table, check_exact=True)
    assert [each.codes for each in slow.borders] == [each.codes for each in fast.borders]
    for mine, theirs in zip(slow.borders, fast.borders, strict=True):
        assert mine.found == theirs.found
        assert mine.points == pytest.approx(theirs.points, abs=1e-6)
    for key, balance in fast.balances.items():
        for level, table in balance.tables.items():
            assert_frame_equal(slow.balances[key].tables[level], table)


class Birth:
    """More people, the same roads: what no what-if on roads answers."""

    kind: ClassVar[str] = "birth"

    def change(self, table: Any) -> Mapping[str, pd.DataFrame]:
        zones = table("zones")
        return {"zones": zones.assign(people=zones["people"] * 2)}

    def as_record(self) -> Mapping[str, Any]:
        return {"kind": self.kind}


def test_what_the_fast_way_does_not_answer_is_measured() -> None:
    mine = compared([Birth()])
    whole = mine.change[Level.REGION]["transport.core_people_60"].iloc[0]
    assert whole == mine.before[Level.REGION]["transport.core_people_60"].iloc[0]
    assert "transport.border_time_percent" in mine.indicators


def test_a_baseline_made_ready_measures_no_more(tmp_path: Path, plain: Any) -> None:
    region = tiny_region().write(tmp_path / "圈")
    Baseline(region).ready()
    assert plain.asked == 1
    Baseline(Region.open(tmp_path / "圈")).ready()
    assert plain.asked == 1  # it lies beside the region


def test_many_may_ask_at_once() -> None:
    base = Baseline(tiny_region())
    asked: list[list[Intervention]] = [[SetSpeed((k,), 30.0 + k)] for k in range(6)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(base.compare, asked))
    for changes, mine in zip(asked, found, strict=True):
        expected = compared(changes)
        assert transport(mine).borders == expected.borders
        for level, table in expected.change.items():
            assert_frame_equal(transport(mine).change[level], table, check_exact=True)


def test_a_balance_names_no_unit_that_is_not_there() -> None:
    balance: Balance = compared([]).balances["transport.minutes_core"]
    with pytest.raises(KeyError):
        balance.of("gain", Level.CITY, "nowhere")
    assert replace(balance, threshold=2.0).threshold == 2
    assert np.isfinite(balance.of("people"))
