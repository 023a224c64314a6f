"""Jobs: balance with people, and jobs in reach with and without borders, against slow twins."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES
from onecity.region.store import Region
from onecity.strands.contract import Layer, Level
from onecity.strands.examination import Examination
from onecity.strands.jobs_given import jobs_given
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.livelihood.jobs import TOPIC
from onecity.strands.livelihood.jobs.balance import balance_of, least_commuters
from onecity.strands.livelihood.jobs.definitions import DEFINITIONS
from onecity.strands.livelihood.jobs.reach import LIMITS
from onecity.strands.travel import network_of
from onecity.strands.units import Units, units_of
from tests.tiny import ISLAND, OFF, tiny_region

TINY = tiny_region()
ZONES = TINY.table("zones")
AMOUNTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e12))
PEOPLE = ZONES["people"].to_numpy(np.float64)


@pytest.fixture(scope="module")
def found() -> Examination:
    return TOPIC.examine(TINY)


def with_jobs(*rows: tuple[str, str, float], year: int = 2023) -> Region:
    """Return the tiny region with other jobs: level, code, jobs."""
    table = pd.DataFrame(rows, columns=["level", "code", "jobs"])
    table["jobs"] = table["jobs"].astype(float)
    told = {"source": "表", "grade": "B", "nature": "observed", "note": None}
    return tiny_region(jobs=table.assign(year=year, **told))


def test_jobs_in_reach_are_those_of_an_obvious_twin(found: Examination) -> None:
    travel = network_of(TINY)
    minutes = travel.network.travel_times(travel.zone_nodes, travel.zone_nodes) / 60
    jobs = TINY.table("jobs").set_index("code")["jobs"].reindex(ZONES["zone"]).to_numpy()
    city = ZONES["city"].to_numpy()
    table = found.findings.tables[Level.ZONE]
    for limit in LIMITS:
        near = minutes <= limit
        home = near & (city[:, None] == city[None, :])
        open_, closed = near @ jobs, home @ jobs
        assert np.allclose(table[f"jobs.reach_{limit}"], open_)
        assert np.allclose(table[f"jobs.reach_closed_{limit}"], closed)
        known = open_ > 0
        loss = table[f"jobs.border_loss_{limit}"].to_numpy()
        assert np.allclose(loss[known], 100 * (1 - closed[known] / open_[known]))
        assert np.isnan(loss[~known]).all()
        counties = found.findings.tables[Level.COUNTY][f"jobs.reach_{limit}"]
        for code, mine in ZONES.groupby("county").indices.items():
            assert counties[code] == pytest.approx(np.average(open_[mine], weights=PEOPLE[mine]))
    # Who is joined to nothing reaches the jobs of the own zone; the island's two, each other's.
    alone = ZONES["zone"].to_numpy() == OFF
    assert np.allclose(table.loc[[OFF], "jobs.reach_60"], jobs[alone])
    island = ZONES["zone"].isin(ISLAND).to_numpy()
    assert np.allclose(table.loc[list(ISLAND), "jobs.reach_60"], jobs[island].sum())


def test_balance_adds_up(found: Examination) -> None:
    tables = found.findings.tables
    for level in (Level.ZONE, Level.COUNTY, Level.CITY, Level.REGION):
        assert tables[level]["jobs.jobs"].sum() == pytest.approx(TINY.table("jobs")["jobs"].sum())
        assert tables[level]["jobs.surplus"].sum() == pytest.approx(0.0, abs=1e-6)
    assert tables[Level.REGION]["jobs.ratio"].iloc[0] == pytest.approx(1.0)
    least = tables[Level.REGION].iloc[0]
    positive = tables[Level.CITY]["jobs.surplus"].clip(lower=0).sum()
    expected = 100 * positive / TINY.table("jobs")["jobs"].sum()
    assert least["jobs.least_city"] == pytest.approx(expected)
    # Finer units are never better balanced than those they make up.
    assert least["jobs.least_county"] >= least["jobs.least_city"] - 1e-9


def test_a_worked_balance() -> None:
    units = Units(Level.CITY, pd.Index(["a", "b", "c"], name="city"), np.arange(4),
                  np.array([0, 0, 1, 2]))  # fmt: skip
    found = balance_of(units, np.array([60.0, np.nan, 30.0, 10.0]), np.array([50.0, 9e9, 50, 0]))
    assert found.jobs.tolist() == [60, 30, 10]
    assert found.people.tolist() == [50, 50, 0]
    assert found.ratio[:2].tolist() == [1.2, 0.6]
    assert np.isnan(found.ratio[2])
    assert found.surplus.tolist() == [10, -20, 10]
    assert least_commuters(found) == pytest.approx(20.0)
    nobody = balance_of(units, np.full(4, np.nan), np.zeros(4))
    assert np.isnan(nobody.jobs).all()
    assert np.isnan(least_commuters(nobody))


@settings(max_examples=40)
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=8))
def test_least_commuting_is_a_share(pairs: list[tuple[float, float]]) -> None:
    jobs, people = (np.array(one) for one in zip(*pairs, strict=True))
    rows = np.arange(len(pairs))
    units = Units(Level.CITY, pd.Index(rows.astype(str), name="city"), rows, rows)
    share = least_commuters(balance_of(units, jobs, people))
    if jobs.sum() > 0 and people.sum() > 0:
        assert -1e-9 <= share <= 100 + 1e-9
        even = least_commuters(balance_of(units, 0.5 * people, people))
        assert even == pytest.approx(0.0, abs=1e-9)
    else:
        assert np.isnan(share)


def test_jobs_of_counties_and_cities_are_spread_and_said_to_be() -> None:
    region = with_jobs(
        ("zone", "z00", 500), ("county", "990101", 9_000), ("county", "990102", 4_000),
        ("city", "990100", 1), ("city", "990200", 2_000),
    )  # fmt: skip
    given = jobs_given(region, units_of(region), PEOPLE)
    county, city = ZONES["county"].to_numpy(), ZONES["city"].to_numpy()
    # A zone's own figure goes first; its county's is then not spread over the others.
    assert given.jobs[county == "990101"][0] == 500
    assert np.nansum(given.jobs[county == "990101"]) == 500
    outer = given.jobs[county == "990102"]
    assert outer.sum() == pytest.approx(4_000)
    assert np.allclose(outer * PEOPLE[county == "990102"].sum(), 4_000 * PEOPLE[county == "990102"])
    assert given.jobs[city == "990200"].sum() == pytest.approx(2_000)
    assert np.isnan(given.jobs[city == "999001"]).all()
    assert given.spread.sum() == (county == "990102").sum() + (city == "990200").sum()

    found = TOPIC.examine(region)
    zones = found.findings.tables[Level.ZONE]["jobs.jobs"].to_numpy()
    assert np.isnan(zones[given.spread]).all()
    assert found.findings.tables[Level.CITY]["jobs.ratio"].isna().tolist() == [False, False, True]
    reach = found.findings.indicators["jobs.reach_45"]
    assert (reach.grade, reach.nature) == (Grade.E, Nature.ASSUMED)
    assert {one.key for one in reach.remarks} >= {"jobs.spread", "jobs.by_car"}
    assert {one.key for one in found.findings.remarks} == {
        "jobs.year", "jobs.unknown", "jobs.unused",
    }  # fmt: skip
    assert found.findings.indicators["jobs.per_1000"].grade is not Grade.E


def test_totals_over_places_known_in_part_are_not_dropped_in_silence() -> None:
    part = with_jobs(("zone", "z00", 500.0), ("county", "990101", 9000.0))
    told = {one.key: one for one in TOPIC.examine(part).findings.remarks}
    assert told["jobs.unused"].values["count"] == 1
    assert told["jobs.unknown"].values["zones"] == 49
    apart = with_jobs(("zone", "z00", 500.0), ("county", "990102", 9000.0))
    assert "jobs.unused" not in {one.key for one in TOPIC.examine(apart).findings.remarks}


def test_the_latest_year_counts_and_faults_are_named() -> None:
    region = with_jobs(("city", "990100", 5.0))
    early = TINY.table("jobs").assign(year=2010)
    both = pd.concat([early, region.table("jobs")], ignore_index=True)
    given = jobs_given(tiny_region(jobs=both), units_of(TINY), PEOPLE)
    assert given.year == 2023
    assert np.nansum(given.jobs) == pytest.approx(5.0)
    for row in (("county", "990199", 1.0), ("county", "990101", -1.0)):
        with pytest.raises(InputError) as caught:
            TOPIC.examine(with_jobs(("county", "990102", 1.0), row))
        assert caught.value.key == "jobs.bad_row"


def test_it_can_be_shown_and_kept(found: Examination) -> None:
    again: Any = from_bytes(to_bytes(found), "here")
    assert again.findings.tables[Level.CITY].equals(found.findings.tables[Level.CITY])
    assert again.rankings == found.rankings
    assert not TOPIC.open_to(tiny_region(without=("jobs",)))
    assert TOPIC.open_to(TINY)
    for one in found.findings.indicators.values():
        assert all(one.text(language) and one.about(language) for language in LANGUAGES)
    for level, table in found.findings.tables.items():
        wanted = [one.key for one in DEFINITIONS if level in one.levels]
        assert sorted(table.columns) == sorted(wanted)
    for ranking in found.rankings:
        assert all(ranking.text(one) and ranking.about(one) for one in LANGUAGES)
        for row in ranking.rows:
            assert len(row.values) == len(ranking.columns)
    for layer in found.layers:
        assert isinstance(layer, Layer)
        assert layer.indicator.key in found.findings.tables[layer.level]
    counties_alone = TOPIC.examine(with_jobs(("county", "990101", 9.0), ("county", "990201", 1.0)))
    balance = counties_alone.layers[0]
    assert isinstance(balance, Layer)
    assert balance.level is Level.COUNTY
