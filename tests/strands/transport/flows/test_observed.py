"""Observed flows: worked numbers, a world of known effects, and what cannot be told."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError
from onecity.core.provenance import Nature
from onecity.core.words import LANGUAGES
from onecity.strands.contract import Level, Verdict
from onecity.strands.examination import Examination, Ranking
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport.flows import TOPIC, lists
from onecity.strands.transport.flows.costs import costs_of
from onecity.strands.transport.flows.effects import effects_of
from onecity.strands.transport.flows.lists import lists_of
from onecity.strands.transport.flows.opened import opened
from onecity.strands.transport.flows.rankings import every_list
from onecity.strands.transport.measure import Ready
from tests.strands.transport.flows.flow_tables import fifty_cities, flows, with_flows, world
from tests.tiny import CORE, tiny_region

COUNTIES = ("990101", "990102", "990201", "990202")
T = ((0, 80, 6, 2), (70, 0, 4, 3), (5, 4, 0, 60), (2, 3, 55, 0))


@pytest.fixture(scope="module")
def exact() -> Examination:
    return TOPIC.examine(with_flows(flows(world(beta=-1.2), level="zone")))


def figure(found: Examination, name: str, level: Level = Level.REGION, code: str = "tiny") -> float:
    column: Any = found.findings.tables[level][f"flow_findings.{name}"]
    return float(column[code])


def said(found: Examination) -> set[str]:
    return {remark.key for remark in found.findings.remarks}


def ranking(found: Examination, name: str) -> Ranking:
    return next(one for one in found.rankings if one.key == f"flow_findings.{name}")


# --- Worked numbers -----------------------------------------------------------------------


def test_noise_free_flows_come_back(exact: Examination) -> None:
    circle = next(one for one in exact.findings.borders if not one.codes)
    assert circle.beta == pytest.approx(-1.2, abs=1e-9)
    assert circle.theta == pytest.approx(-1.1, abs=1e-9)
    assert round(figure(exact, "as_distance"), 3) == 2.977
    assert figure(exact, "permeability") == pytest.approx(np.exp(-1.2))
    assert figure(exact, "border") == pytest.approx(100 * (np.exp(-1.2) - 1))
    assert circle.worse == -1
    assert circle.permeability == pytest.approx(np.exp(-1.2))
    # Each city and each border alone have the same effect there.
    single = [one for one in exact.findings.borders if one.codes]
    assert {len(one.codes) for one in single} == {1, 2}
    assert [one.beta for one in single] == pytest.approx([-1.2] * len(single), abs=1e-8)


def test_two_cities_are_head_and_ries() -> None:
    f = ((120, 8), (10, 60))
    codes = (CORE, "990200")
    rows = [(codes[i], codes[j], float(f[i][j])) for i, j in product(range(2), repeat=2)]
    found = TOPIC.examine(with_flows(flows(rows, level="city")))
    circle = found.findings.borders[0]
    assert circle.beta == pytest.approx(-2.2499048, abs=5e-8)
    assert circle.verdict is Verdict.NONE  # four flows leave nothing to be sure by
    assert "flow_findings.without_distance" in said(found)
    assert "flow_findings.separated" in said(found)  # nothing goes to the third city
    assert figure(found, "cross_share") == pytest.approx(100 * 18 / 198)


def test_four_places_in_two_cities() -> None:
    rows = [(COUNTIES[i], COUNTIES[j], float(T[i][j])) for i, j in product(range(4), repeat=2)]
    region = with_flows(flows([row for row in rows if row[0] != row[1]]))
    found = TOPIC.examine(region)
    assert figure(found, "modularity") == pytest.approx(0.394274, abs=5e-7)
    assert figure(found, "modularity_ratio") == pytest.approx(1.0)
    assert figure(found, "stays", Level.CITY, CORE) == pytest.approx(90.9091, abs=5e-5)
    assert figure(found, "stays", Level.CITY, "990200") == pytest.approx(89.1473, abs=5e-5)
    assert figure(found, "cross_share") == pytest.approx(9.8639, abs=5e-5)
    # Who stays within a county is not known, and with it no area can be drawn.
    assert "flow_findings.nothing_within_counties" in said(found)
    assert np.isnan(figure(found, "in_urban", Level.COUNTY, "990101"))
    seen = opened(lists_of(region)[0], -1.5, 3)
    assert (seen.share, seen.open_share) == pytest.approx((0.098639, 0.317223), abs=5e-7)
    assert seen.open_flows is not None
    assert seen.open_flows.sum(axis=1) == pytest.approx(seen.flows.sum(axis=1))


# --- A world of known effects -------------------------------------------------------------


def test_a_known_border_is_found_beside_chance() -> None:
    found = TOPIC.examine(with_flows(flows(world(beta=-1.2, seed=4), level="zone")))
    circle = found.findings.borders[0]
    assert circle.interval[0] < -1.2 < circle.interval[1] < 0
    assert circle.chance is not None
    assert circle.chance.p < 0.01
    assert abs(circle.chance.mean) < 0.1
    assert circle.verdict is Verdict.CLEAR
    for name, key in (("as_distance", "distance"), ("as_minutes", "minutes")):
        keys = {one.key: one.values for one in found.findings.remarks}
        ends = keys[f"flow_findings.{key}_interval"]
        assert float(str(ends["low"])) < figure(found, name) < float(str(ends["high"]))
    pairs = ranking(found, "missing_pairs")
    missing = [one.values[2] for one in pairs.rows]
    assert missing == sorted(missing, reverse=True)
    for now, free, gap, kept in (one.values for one in pairs.rows):
        assert gap == pytest.approx(free - now)
        assert kept == pytest.approx(100 * now / free)
    lines = {one.indicator.key: one for one in found.findings.matrices}
    shares = lines["flow_findings.pair_share"].values.to_numpy()
    assert 100 - np.trace(shares) == pytest.approx(figure(found, "cross_share"))
    assert figure(found, "cross_open") > 1.5 * figure(found, "cross_share")


def test_where_there_is_no_border_none_is_found() -> None:
    found = TOPIC.examine(with_flows(flows(world(beta=0.0, seed=5), level="zone")))
    circle = found.findings.borders[0]
    assert circle.verdict is not Verdict.CLEAR
    assert figure(found, "permeability") > 0.9
    assert figure(found, "cross_kept") == pytest.approx(100, abs=5)


def test_lists_that_are_cut_off_are_censored_and_have_no_sums() -> None:
    drawn = world(beta=-1.2, seed=6, spread=0.5)
    found = TOPIC.examine(with_flows(flows(drawn, level="zone", top=15)))
    circle = found.findings.borders[0]
    assert circle.interval[0] < -1.2 < circle.interval[1] < 0
    assert {"flow_findings.censored", "flow_findings.cut_says_no_sums"} <= said(found)
    assert np.isnan(figure(found, "cross_share"))
    assert "flow_findings.missing_pairs" not in {one.key for one in found.rankings}
    # Read as zeros, what is not listed makes a border that is not there.
    region = with_flows(flows(drawn, level="zone", top=15).assign(listing="whole", at_most=np.nan))
    filled, ready = lists_of(region)[0], Ready.of(region)
    effects = effects_of(ready, filled, costs_of(ready, Level.ZONE))
    assert effects.circle is not None
    assert effects.circle.beta < -1.6


def test_zones_too_many_are_added_up_to_counties(monkeypatch: pytest.MonkeyPatch) -> None:
    table = flows(world(beta=-1.2, seed=4), level="zone")
    county = tiny_region().table("zones").set_index("zone")["county"]
    ends = {end: table[end].map(county) for end in ("origin", "destination")}
    summed = table.assign(**ends).groupby(["origin", "destination"], as_index=False)["value"].sum()
    expected = TOPIC.examine(with_flows(flows(summed.itertuples(index=False, name=None))))
    monkeypatch.setattr(lists, "MOST", 10)
    found = TOPIC.examine(with_flows(table))
    assert "flow_findings.added_up" in said(found)
    for level, frame in expected.findings.tables.items():
        assert found.findings.tables[level].to_numpy() == pytest.approx(
            frame.to_numpy(), nan_ok=True
        )
    with pytest.raises(InputError) as caught:
        TOPIC.examine(with_flows(flows(world(beta=-1.2), level="zone", top=3)))
    assert caught.value.key == "flow_findings.too_many"


# --- Between cities alone -----------------------------------------------------------------


def test_flows_between_cities_tell_premium_and_province_but_no_city_border() -> None:
    tables = fifty_cities()
    zones, groups = tables["zones"], tables["groups"]
    member = zones["county"].map(groups.set_index("county")["group"])
    name = dict(zip(zones["zone"], zones["city"], strict=True))
    group = dict(zip(zones["zone"], member.fillna("").astype(str), strict=True))
    rng, rows = np.random.default_rng(2), []
    for o, d, value in world(beta=0.0):
        if o == d:
            continue
        same = group[o] == group[d] != ""
        across = name[o][:2] != name[d][:2]
        effect = 0.6 * same - 0.9 * across + 0.1 * rng.standard_normal()
        rows.append((name[o], name[d], value * np.exp(effect)))
    every: dict[str, Any] = {**tables, "flows": flows(rows, level="city")}
    found = TOPIC.examine(tiny_region(**every))
    assert "flows.city_border_unknown" in said(found)
    assert found.findings.borders == ()
    assert np.isnan(figure(found, "permeability"))
    assert np.isnan(figure(found, "cross_share"))
    assert figure(found, "premium") == pytest.approx(np.exp(0.6), rel=0.03)
    assert figure(found, "province") == pytest.approx(np.exp(-0.9), rel=0.03)
    kept_shares = [one.values[2] for one in ranking(found, "odd_pairs").rows]
    assert kept_shares == sorted(kept_shares)
    assert len(kept_shares) == 50 * 49 / 2


def test_three_cities_are_too_few_for_any_premium() -> None:
    codes = (CORE, "990200", "999001")
    rows = [(o, d, 10.0 + 7 * i) for i, (o, d) in enumerate(product(codes, repeat=2)) if o != d]
    found = TOPIC.examine(with_flows(flows(rows, level="city")))
    assert {"flows.city_border_unknown", "flow_findings.no_gravity"} <= said(found)
    assert found.findings.borders == ()
    assert np.isnan(figure(found, "premium"))


# --- Lists, words, odd input --------------------------------------------------------------


def test_every_list_has_its_row_and_the_one_that_tells_most_the_figures() -> None:
    new = flows(world(beta=-0.5, seed=1), level="zone", kind="trips", year=2024)
    old = flows(world(beta=-1.2, seed=1), level="zone", kind="trips", year=2019)
    codes = (CORE, "990200", "999001")
    between = [(o, d, 10.0) for o, d in product(codes, repeat=2) if o != d]
    silent = flows(between, level="city", kind="calls", year=2025)
    found = TOPIC.examine(with_flows(pd.concat([silent, old, new], ignore_index=True)))
    rows = ranking(found, "every_list").rows
    assert [one.name["en"] for one in rows] == [
        "trips, 2024, by zone",
        "trips, 2019, by zone",
        "calls, 2025, by city",
    ]
    assert rows[0].values[0] == pytest.approx(figure(found, "permeability"))
    assert rows[1].values[0] == pytest.approx(np.exp(-1.2), rel=0.1)
    assert np.isnan(rows[2].values[0])
    assert [one.key for one in rows[2].remarks] == ["flows.city_border_unknown"]


def test_the_range_of_a_capped_permeability_is_capped_too() -> None:
    region = with_flows(flows(world(beta=0.4), level="zone"))
    (given,) = lists_of(region)
    ready = Ready.of(region)
    effects = effects_of(ready, given, costs_of(ready, Level.ZONE))
    assert effects.circle is not None
    assert min(effects.circle.interval) > 0
    (row,) = every_list(region, [(given, effects, 0.5)]).rows
    assert row.values[:3] == (1.0, 1.0, 1.0)


def test_an_examination_can_be_said_and_kept(exact: Examination) -> None:
    packed = to_bytes(exact)
    assert to_bytes(from_bytes(packed, "here")) == packed
    units = [*exact.findings.indicators.values(), *(one.indicator for one in exact.layers)]
    units += [column for one in exact.rankings for column in one.columns]
    units += [one.indicator for one in exact.findings.matrices]
    for one in units:
        assert all(one.text(language) and one.about(language) for language in LANGUAGES)
    for each in exact.rankings:
        assert all(each.text(language) and each.about(language) for language in LANGUAGES)
        assert all(len(row.values) == len(each.columns) for row in each.rows)
    for level, frame in exact.findings.tables.items():
        keys = [key for key, one in exact.findings.indicators.items() if level in one.levels]
        assert list(frame.columns) == keys
        assert not np.isinf(frame.to_numpy()).any()
    known = exact.findings.indicators
    assert known["flow_findings.permeability"].nature is Nature.OBSERVED
    assert known["flow_findings.as_minutes"].nature is not Nature.OBSERVED


def test_what_a_list_leaves_open_is_said() -> None:
    zones = list(tiny_region().table("zones")["zone"])
    table = flows(world(beta=-1.2, seed=7), level="zone")
    some = table[~table["origin"].isin(zones[:3])]
    mixed = some.assign(listing=some["listing"].where(some["origin"] != zones[4], "top"))
    mixed["at_most"] = np.where(mixed["listing"] == "top", 0.0, np.nan)
    found = TOPIC.examine(with_flows(mixed))
    assert {"flow_findings.silent", "flow_findings.cut_left_out"} <= said(found)
    silent = next(one for one in found.findings.remarks if one.key == "flow_findings.silent")
    assert silent.values["count"] == 4
    # By travel time, flows of places without a way take no part; by distance they do.
    lost = next(one for one in found.findings.remarks if one.key == "flow_findings.no_time")
    assert (
        int(str(lost.values["count"])) > 2 * 40
    )  # the island's two zones, and one joined by nothing
    assert found.findings.borders[0].variant_count == 4


def test_whole_lists_of_what_crosses_alone_tell_no_border() -> None:
    """That nothing is listed within cities does not make a border: it was left out."""
    rows = [(o, d, 5.0 + 3 * k) for k, (o, d) in enumerate(product(COUNTIES, repeat=2))]
    found = TOPIC.examine(with_flows(flows([row for row in rows if row[0][:4] != row[1][:4]])))
    assert "flows.city_border_unknown" in said(found)
    assert "flow_findings.nothing_crosses" not in said(found)
    assert np.isnan(figure(found, "cross_share"))
    assert np.isnan(figure(found, "stays", Level.CITY, CORE))


def test_what_nobody_listed_is_not_shown_as_zero() -> None:
    """Not where flows within the third city go, how many arrive there from it, nor its circle."""
    county = tiny_region().table("counties").set_index("county")["city"]
    every = [(o, d, 7.0 + 90 * (o == d)) for o, d in product(county.index, repeat=2)]
    silent = "999001"
    assert silent in set(county)
    found = TOPIC.examine(with_flows(flows([one for one in every if county[one[0]] != silent])))
    matrix = next(
        one.values for one in found.findings.matrices if one.indicator.key.endswith("pair_share")
    )
    assert matrix.loc[silent].isna().all()
    assert matrix.drop(index=silent).notna().all(axis=None)
    assert np.isnan(figure(found, "comes", Level.CITY, silent))
    assert figure(found, "comes", Level.CITY, CORE) > 0
    of_city = county.index[county == silent]
    for name in ("comes", "in_urban", "in_work", "definitions"):
        frame: Any = found.findings.tables[Level.COUNTY][f"flow_findings.{name}"]
        assert frame[of_city].isna().all()
    assert all(silent not in one.cities for one in ranking(found, "missing_pairs").rows)
    assert all(silent not in one.cities for one in ranking(found, "work_areas").rows)
    circles = {one.name["en"]: one.values for one in ranking(found, "circles").rows}
    assert not any(np.isnan(values).any() for values in circles.values())


def test_what_would_flow_was_never_observed(exact: Examination) -> None:
    of_region, of_pairs = exact.findings.indicators, ranking(exact, "missing_pairs").columns
    made = [of_region[f"flow_findings.{name}"] for name in ("cross_open", "cross_kept")]
    made += of_pairs[1:]
    assert {one.nature for one in made} == {Nature.MODELLED}
    assert of_pairs[0].nature is Nature.OBSERVED
    assert of_region["flow_findings.cross_share"].nature is Nature.OBSERVED


def test_the_latest_list_that_tells_a_border_gives_the_figures() -> None:
    """A year of which one place alone was told does not hide the year before."""
    old = flows(world(beta=-1.2), level="zone", year=2023)
    new = old[old["origin"] == old["origin"].iloc[0]].assign(year=2024)
    found = TOPIC.examine(with_flows(pd.concat([new, old], ignore_index=True)))
    assert figure(found, "permeability") == pytest.approx(np.exp(-1.2))
    first, second = ranking(found, "every_list").rows
    assert ("2023" in first.name["en"], "2024" in second.name["en"]) == (True, True)
    assert np.isnan(second.values[0])
    assert "flow_findings.no_effect" in {one.key for one in second.remarks}


def test_one_flow_beside_which_all_others_are_nothing_is_told() -> None:
    rows = world(beta=-1.2, seed=4)
    rows[3] = (*rows[3][:2], 1e300)
    found = TOPIC.examine(with_flows(flows(rows, level="zone")))
    (reason,) = [one for one in found.findings.remarks if one.key == "flow_findings.no_effect"]
    assert "位数" in reason.text("zh")
    assert "“距离、" in reason.text("zh")
    assert "ln km" not in reason.text("en")
    assert found.findings.borders == ()


def test_one_city_has_no_border() -> None:
    rows = [(o, d, 5.0) for o, d in product(COUNTIES[:2], repeat=2)]
    found = TOPIC.examine(with_flows(flows(rows)))
    assert found.findings.borders == ()
    assert "flow_findings.nothing_crosses" in said(found)  # whole lists: the rest is zero
    found = TOPIC.examine(with_flows(flows([(CORE, CORE, 5.0)], level="city", top=1)))
    assert found.findings.borders == ()
    assert np.isnan(figure(found, "permeability"))


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_flows_that_are_none_are_refused(value: float) -> None:
    rows = [(o, d, 5.0) for o, d in product(COUNTIES, repeat=2)]
    rows[3] = (*rows[3][:2], value)
    with pytest.raises(InputError) as caught:
        TOPIC.examine(with_flows(flows(rows)))
    assert all(caught.value.text(language) for language in LANGUAGES)


def test_one_list_has_one_unit() -> None:
    table = flows([(o, d, 5.0) for o, d in product(COUNTIES, repeat=2)])
    table.loc[3, "unit"] = "people/year"
    with pytest.raises(InputError) as caught:
        TOPIC.examine(with_flows(table))
    assert caught.value.key == "flows.bad_units"
    assert "people/year" in caught.value.text("en")


def test_the_topic_is_open_only_where_something_flows() -> None:
    assert not TOPIC.open_to(tiny_region())
    rows = [(o, d, 0.0) for o, d in product(COUNTIES, repeat=2)]
    assert not TOPIC.open_to(with_flows(flows(rows)))
    assert TOPIC.open_to(with_flows(flows([*rows[1:], ("990101", "990101", 1.0)])))
