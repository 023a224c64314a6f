"""Services and rights: worked numbers, what holds whatever the data, what is said of bad data."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.region.interventions import OpenBorder
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.contract import Findings, Level, Verdict
from onecity.strands.examination import topics_of
from onecity.strands.livelihood import strand
from onecity.strands.livelihood.figures import carried, served
from onecity.strands.livelihood.ground import capacities, ground_of, usable
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


def zone(found: Findings, name: str) -> np.ndarray:
    return found.tables[Level.ZONE][f"livelihood.health_{name}"].to_numpy()


def whole(found: Findings, name: str) -> float:
    return float(found.tables[Level.REGION][f"livelihood.{name}"].iloc[0])


def remarks(found: Findings, name: str = "health_access") -> set[str]:
    return {one.key for one in found.indicators[f"livelihood.{name}"].remarks}


@pytest.fixture(scope="module")
def found() -> Findings:
    return strand.measure(three_region())


# --- Worked numbers ---------------------------------------------------------------


def test_worked_numbers_closed_and_open(found: Findings) -> None:
    assert zone(found, "access") == pytest.approx(1e5 * np.array(CLOSED), abs=0.06)
    assert zone(found, "access_open") == pytest.approx(1e5 * np.array(OPEN), abs=0.06)
    for name in ("access", "access_open"):
        assert zone(found, name) @ PEOPLE / 1e5 == pytest.approx(160, rel=1e-12)
    # The zone loses whose hospital others come to use.
    assert whole(found, "health_winners") == 3000
    assert whole(found, "health_losers") == 1500
    assert "livelihood.mean_stays" in remarks(found)


def test_worked_minutes_and_border_effect(found: Findings) -> None:
    assert zone(found, "minutes") == pytest.approx([5, 15, 4])
    assert zone(found, "minutes_open") == pytest.approx([5, 8, 4])
    assert whole(found, "health_border_minutes") == pytest.approx(7 * 2000 / 4500)
    assert whole(found, "health_blocked") == 2000
    effect = {one.codes: one for one in found.borders}
    assert set(effect) == {(), ("990100",), ("990200",), ("990100", "990200")}
    longer = log(15 / 8)
    assert effect[()].beta == pytest.approx(2000 * longer / 4500)
    assert effect["990100",].beta == pytest.approx(2000 * longer / 3000)
    assert effect["990200",].beta == 0
    assert effect["990100", "990200"].beta == effect[()].beta
    assert effect[()].permeability == pytest.approx(exp(-2000 * longer / 4500))
    assert effect[()].pairs == 1
    assert effect[()].chance is None
    assert effect["990200",].verdict is Verdict.NONE
    assert whole(found, "border_care_percent") == pytest.approx(100 * (exp(effect[()].beta) - 1))


def test_an_open_border_is_the_open_column(found: Findings) -> None:
    done = three_region().apply([OpenBorder("health", "990100", "990200")])
    after = strand.measure(done)
    for name in ("access", "minutes"):
        assert zone(after, name) == pytest.approx(zone(found, f"{name}_open"))
    assert whole(after, "health_border_minutes") == 0
    assert all(one.beta == 0 and one.verdict is Verdict.NONE for one in after.borders)
    assert np.isnan(whole(after, "health_border_share")) or whole(
        after, "health_border_share"
    ) == pytest.approx(0)


def test_ends_of_recognition_are_closed_and_open(found: Findings) -> None:
    shut = strand.measure(three_region(recognition=everywhere(0.0)))
    free = strand.measure(three_region(recognition=everywhere(1.0)))
    for name in ("access", "minutes", "access_open", "minutes_open"):
        np.testing.assert_array_equal(zone(shut, name), zone(found, name))
        np.testing.assert_array_equal(
            zone(free, name), zone(found, f"{name.removesuffix('_open')}_open")
        )
    # What a document says is no assumption; what nobody has said is one.
    assert shut.indicators["livelihood.health_access"].nature is Nature.ASSUMED  # speeds are
    assert "livelihood.closed_assumed_all" in remarks(found)
    assert "livelihood.closed_assumed_all" not in remarks(shut)


def test_silence_is_counted_and_bounds_the_effect_from_below(found: Findings) -> None:
    one_way = recognition(("health", "990200", "990100", 0.0, "2020"))
    half = strand.measure(three_region(recognition=one_way))
    (said,) = (
        one
        for one in half.indicators["livelihood.health_access"].remarks
        if one.key == "livelihood.closed_assumed"
    )
    assert said.values == {"silent": 1, "pairs": 2}
    shut = strand.measure(three_region(recognition=everywhere(0.0)))
    assert found.borders[0].beta == half.borders[0].beta == shut.borders[0].beta > 0
    # Nobody said that people of the first city may not go across: perhaps they may.
    assert found.borders[0].variants[0] == half.borders[0].variants[0] == 0
    assert shut.borders[0].variants[0] > 0


def test_in_part_lies_between(found: Findings) -> None:
    half = strand.measure(three_region(recognition=everywhere(0.5)))
    # Zone 1 goes 8 minutes across and pays ln 2 / 0.1 more.
    assert zone(half, "minutes") == pytest.approx([5, 8 + 10 * log(2), 4])
    between = np.sort([zone(found, "access"), zone(found, "access_open")], axis=0)
    assert (zone(half, "access") >= between[0] - 1e-9).all()
    assert (zone(half, "access") <= between[1] + 1e-9).all()


def test_insurance_speaks_for_health_where_health_is_silent(found: Findings) -> None:
    spoken = strand.measure(three_region(recognition=everywhere(1.0, "medical_insurance")))
    np.testing.assert_array_equal(zone(spoken, "access"), zone(found, "access_open"))
    assert "livelihood.speaks_for" in remarks(spoken)
    assert whole(spoken, "medical_insurance_pairs") == 100
    both = pd.concat([everywhere(1.0, "medical_insurance"), everywhere(0.0)], ignore_index=True)
    mixed = strand.measure(three_region(recognition=both))
    np.testing.assert_array_equal(zone(mixed, "access"), zone(found, "access"))


def test_rights_by_hand() -> None:
    pi = np.array([[1, 0.5, 0], [1, 1, 0], [0, 0, 1]])
    city, region = carried(pi, np.array([100.0, 300.0, 600.0]))
    assert city["pairs"] == pytest.approx([50, 50, 0])
    assert city["covered"] == pytest.approx([100, 300, 0])
    assert city["loss"] == pytest.approx([100 * 750 / 900, 100 * 600 / 700, 100])
    pairs = {(0, 1): 0.5, (0, 2): 1, (1, 0): 0, (1, 2): 1, (2, 0): 1, (2, 1): 1}
    people = (100, 300, 600)
    above = sum(people[a] * people[b] * lost for (a, b), lost in pairs.items())
    below = sum(people[a] * people[b] for a, b in pairs)
    assert region["loss"] == pytest.approx(100 * above / below)
    assert region["pairs"] == pytest.approx(100 * 2 / 6)
    assert region["covered"] == 400


# --- What holds whatever the data ---------------------------------------------------


def test_what_people_get_adds_up_to_what_they_reach() -> None:
    ground = ground_of(tiny_region())
    assert set(ground.provisions) == {"education", "health", "culture", "elderly"}
    for provision in ground.provisions.values():
        one = served(ground, provision, (0.0, 0.5, 1.0))
        for stage in one.opening.stages:
            assert stage.access.access @ ground.people == pytest.approx(
                provision.capacity[stage.access.demand > 0].sum()
            )
        assert (one.minutes_open <= one.minutes).all()


@given(st.data())
def test_opening_never_makes_a_way_longer(data: st.DataObject) -> None:
    cities, zones = 3, 4
    minutes = st.one_of(st.floats(0, 500), st.just(np.inf))
    share = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0]))
    quickest = np.array(
        data.draw(st.lists(minutes, min_size=cities * zones, max_size=cities * zones))
    ).reshape(cities, zones)
    home = np.array(data.draw(st.lists(st.integers(0, 2), min_size=zones, max_size=zones)))
    shares = data.draw(st.lists(share, min_size=9, max_size=9))
    pi = np.array(shares).reshape(3, 3)
    np.fill_diagonal(pi, 1.0)
    a, b = data.draw(st.sampled_from([(0, 1), (1, 2), (2, 0)]))
    more = pi.copy()
    more[a, b] = data.draw(st.floats(pi[a, b], 1))
    found = usable(quickest, pi, home, 0.1)
    slow = [
        min(
            (
                quickest[host, row] - log(pi[home[row], host]) / 0.1
                for host in range(cities)
                if pi[home[row], host] > 0
            ),
            default=np.inf,
        )
        for row in range(zones)
    ]
    np.testing.assert_allclose(found, slow)
    assert (usable(quickest, more, home, 0.1) <= found + 1e-9).all()


# --- What is missing, and what is wrong ----------------------------------------------


def test_without_any_data_there_is_one_remark_and_no_clutter() -> None:
    region = tiny_region(without=("facilities", "recognition"))
    empty = strand.measure(region)
    assert [one.key for one in empty.remarks] == ["livelihood.no_tables"]
    assert len(empty.indicators) == 2
    assert not any(one.remarks for one in empty.indicators.values())
    assert empty.borders == ()
    assert strand.layers(region, empty) == ()
    assert strand.propose(region) == ()
    assert {one.key for one in topics_of(strand, region)} <= {"jobs"}


def facilities(**changed: object) -> Region:
    return three_region(facilities=three_tables()["facilities"].assign(**changed))


def test_what_does_not_count_is_said() -> None:
    off = facilities(lat=[1.08, 1.08, 1.9])
    found = strand.measure(off)
    assert {"livelihood.off_network", "livelihood.no_capacity"} <= remarks(found)
    assert zone(found, "minutes")[2] != zone(found, "minutes")[2]  # nothing left at home
    # What does not count is not counted among the guessed either.
    unknown = facilities(lat=[1.08, 1.08, 1.9], capacity=[100.0, 0.0, np.nan])
    assert "livelihood.capacity_guessed" not in remarks(strand.measure(unknown))
    gone = strand.measure(facilities(lat=[1.9, 1.9, 1.9]))
    assert "livelihood.lost" in {one.key for one in gone.remarks}
    assert gone.borders == ()
    bare = strand.measure(facilities(capacity=np.nan, capacity_unit=None))
    assert "livelihood.capacity_guessed" in remarks(bare)
    assert zone(bare, "access") @ PEOPLE / 1e5 == pytest.approx(3 * 500)  # the least of 三级
    uncounted = strand.measure(facilities(kind="museum", capacity=np.nan, capacity_unit=None))
    said = {one.key for one in uncounted.indicators["livelihood.culture_access"].remarks}
    assert "livelihood.counted_as_one" in said
    access = uncounted.tables[Level.ZONE]["livelihood.culture_access"].to_numpy()
    assert access @ PEOPLE / 1e5 == pytest.approx(3)


def test_out_of_reach_of_anybody() -> None:
    edges = three_tables()["road_edges"]
    far = three_region(road_edges=edges.assign(seconds_forward=edges["seconds_forward"] + 6000))
    found = strand.measure(far)
    assert "livelihood.out_of_reach" in remarks(found)
    assert not zone(found, "access").any()
    assert np.isfinite(zone(found, "minutes")).all()
    assert np.isnan(whole(found, "health_gini"))
    assert strand.propose(far) == ()


def test_zones_without_people_and_a_catchment_larger_than_all() -> None:
    zones = three_tables()["zones"]
    lonely = strand.measure(three_region(zones=zones.assign(people=[0.0, 2000.0, 1500.0])))
    assert "livelihood.empty_zones" in remarks(lonely)
    assert "livelihood.whole" in remarks(lonely)  # all within 28 minutes
    nobody = strand.measure(three_region(zones=zones.assign(people=0.0)))
    assert "livelihood.nobody" in {one.key for one in nobody.remarks}


def test_capacities_in_one_unit() -> None:
    table = pd.DataFrame(
        {
            "kind": ["library", "library", "library", "museum", "museum"],
            "level": ["a", "b", "b", None, None],
            "capacity": [10.0, 30.0, np.nan, 500.0, np.nan],
            "capacity_unit": ["seats", "seats", None, "m2", None],
        }
    )
    values, unit, guessed = capacities(table)
    assert unit == "seats"
    assert guessed == 3
    # Level b of its kind; the middle of all where the kind has none.
    assert values == pytest.approx([10, 30, 30, 20, 20])


def test_a_capacity_of_zero_is_zero_in_any_unit() -> None:
    table = pd.DataFrame(
        {
            "kind": ["library", "library", "museum", "library"],
            "level": [None] * 4,
            "capacity": [40.0, 0.0, 0.0, np.nan],
            "capacity_unit": ["seats", "seats", "m2", None],
        }
    )
    values, unit, guessed = capacities(table)
    # A closed one says nothing of how large others are.
    assert values == pytest.approx([40, 0, 0, 40])
    assert (unit, guessed) == ("seats", 1)


def test_what_is_not_known_of_recognition_is_not_observed() -> None:
    (told,) = (
        one
        for one in strand.measure(three_region(recognition=everywhere(0.5))).matrices
        if one.indicator.key == "livelihood.recognised_between"
    )
    assert told.indicator.nature is Nature.OBSERVED
    one_way = recognition(("health", "990100", "990200", 0.5, "2020"))
    (told,) = (
        one
        for one in strand.measure(three_region(recognition=one_way)).matrices
        if one.indicator.key == "livelihood.recognised_between"
    )
    assert told.indicator.nature is Nature.ASSUMED
    assert told.indicator.grade is Grade.E
    assert [one.key for one in told.indicator.remarks] == ["livelihood.closed_assumed"]


def test_capacities_that_are_not_given_follow_levels() -> None:
    table = pd.DataFrame(
        {
            "kind": ["hospital"] * 5 + ["clinic"],
            "level": ["三级甲等", "二级", "二级", None, "三级", None],
            "capacity": [np.nan] * 6,
            "capacity_unit": [None] * 6,
        }
    )
    values, unit, guessed = capacities(table)
    assert (unit, guessed) == ("beds", 6)
    assert values == pytest.approx([500, 100, 100, 20, 500, 5])
    # What others of the same kind and level have goes before the least that rules ask.
    table["capacity"] = [np.nan, 300.0, *[np.nan] * 4]
    table["capacity_unit"] = "beds"
    values, _, guessed = capacities(table)
    assert guessed == 5
    assert values == pytest.approx([500, 300, 300, 20, 500, 5])
    own = [Assumption("capacity_hospital_3", 900.0, "beds", "本地", "local")]
    assert capacities(table, own)[0][0] == 900
    # Rules count in beds: they say nothing to those that count in square metres.
    table["capacity_unit"] = "m2"
    values, unit, _ = capacities(table)
    assert unit == "m2"
    assert values == pytest.approx([300] * 6)


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"facilities": {"capacity": -1.0}}, "livelihood.capacity"),
        ({"facilities": {"lon": np.inf}}, "livelihood.position"),
        ({"facilities": {"county": "000000"}}, "strands.unknown_code"),
        ({"recognition": ("health", "990100", "990200", 1.5, "2020")}, "livelihood.share"),
        ({"recognition": ("health", "990100", "no", 1.0, "2020")}, "strands.unknown_code"),
    ],
)
def test_bad_data(changed: dict[str, object], key: str) -> None:
    tables = {}
    for name, what in changed.items():
        if isinstance(what, dict):
            tables[name] = three_tables()[name].assign(**what)
        else:
            tables[name] = recognition(what)  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        strand.measure(three_region(**tables))
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("service_method", "magic", "livelihood.no_method"),
        # Its figures are no capacity per person.
        ("service_method", "potential", "livelihood.no_method"),
        ("service_catchment", -1.0, "livelihood.assumption_value"),
    ],
)
def test_bad_assumptions(name: str, value: float | str, key: str) -> None:
    region = assuming(three_region(), name, value)
    with pytest.raises(InputError) as caught:
        strand.measure(region)
    assert caught.value.key == key


def assuming(region: Region, name: str, value: float | str) -> Region:
    made = Assumption(name, value, "", "因为", "because")
    manifest = replace(region.manifest, assumptions=(*region.manifest.assumptions, made))
    return Region.from_tables(manifest, {one: region.table(one) for one in region.manifest.tables})


def test_the_recipe_says_method_and_catchment(found: Findings) -> None:
    short = strand.measure(assuming(three_region(), "service_catchment", 15.0))
    # Steps at 5, 10 and 15 minutes: zone 1 is on the last of the first facility's.
    demand = 1000 + 0.22 * 2000
    assert zone(short, "access")[1] == pytest.approx(1e5 * 0.22 * 100 / demand)
    # What people get by this method is less than what is reached, and opening moves its mean.
    other = strand.measure(assuming(three_region(), "service_method", "modified"))
    assert zone(other, "access") @ PEOPLE < zone(found, "access") @ PEOPLE
    assert whole(other, "health_access_open") != pytest.approx(whole(other, "health_access"))
    assert "livelihood.mean_by_method" in remarks(other)
    assert "livelihood.mean_stays" not in remarks(other)
    assert found.indicators["livelihood.health_access"].grade is Grade.E
