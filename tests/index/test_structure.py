"""Structure, cohesion, reach and scorecards against a slow obvious twin on the tiny region."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.index import examination_of, integration_index, scorecards_of, structure_of
from onecity.index.structure import Structure, rank_size_slope
from onecity.region.store import Region
from onecity.strands.contract import Findings, Level
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport import strand as transport
from onecity.strands.transport.hubs import TOPIC
from onecity.strands.travel import centres_of, network_of
from tests.tiny import CORE, tiny_region


@pytest.fixture(scope="module")
def region() -> Region:
    return tiny_region()


@pytest.fixture(scope="module")
def built(region: Region) -> Structure:
    return structure_of(region)


@pytest.fixture(scope="module")
def findings(region: Region) -> Findings:
    return transport.measure(region)


def whole(built: Structure, name: str) -> float:
    return float(built.tables[Level.REGION][f"index.{name}"].iloc[0])


def test_people_of_the_core(region: Region, built: Structure) -> None:
    people = region.table("cities").set_index("city")["people"]
    assert whole(built, "core_people_share") == pytest.approx(100 * people[CORE] / people.sum())
    assert whole(built, "primacy") == pytest.approx(people[CORE] / people.drop(CORE).max())


def test_times_against_one_by_one(region: Region, built: Structure) -> None:
    """Each pair of places asked alone, and added up in plain loops."""
    travel = network_of(region)
    zones = region.table("zones").reset_index(drop=True)
    cities = list(region.table("cities")["city"])
    seconds = travel.network.travel_times(travel.zone_nodes, travel.zone_nodes)
    centre = centres_of(region).zone
    people, city = zones["people"].to_numpy(), list(zones["city"])
    reached = linked = outside = 0.0
    for z in range(len(zones)):
        if city[z] == CORE:
            continue
        outside += people[z]
        times = {name: seconds[z, centre[row]] for row, name in enumerate(cities)}
        reached += people[z] * (times[CORE] <= 3600)
        linked += people[z] * any(time <= 3600 for name, time in times.items() if name != city[z])
    assert 0 < reached < outside
    assert whole(built, "core_reach_60") == pytest.approx(100 * reached / outside)
    assert whole(built, "other_centre_60") == pytest.approx(100 * linked / outside)
    pairs = close = 0.0
    for _, rows in zones.groupby("county"):
        start = rows["people"].idxmax()
        for z in range(len(zones)):
            if city[z] != rows["city"].iloc[0]:
                weight = rows["people"].sum() * people[z]
                pairs += weight
                close += weight * (seconds[start, z] <= 3600)
    assert whole(built, "cohesion_60") == pytest.approx(100 * close / pairs)


def test_the_core_city_is_not_asked_how_far_it_is_from_itself(built: Structure) -> None:
    cities = built.tables[Level.CITY]
    assert np.isnan(cities["index.core_reach_60"][CORE])
    assert cities["index.core_reach_60"].drop(CORE).between(0, 100).all()
    assert cities["index.cohesion_60"].between(0, 100).all()


@settings(max_examples=40)
@given(st.integers(3, 30), st.floats(0.2, 5))
def test_the_slope_of_sizes_that_follow_the_law(cities: int, slope: float) -> None:
    """Gabaix and Ibragimov's rank - 1/2: sizes (rank - 1/2)^(-1/slope) give it back."""
    sizes = 1e6 * (np.arange(1, cities + 1) - 0.5) ** (-1 / slope)
    assert rank_size_slope(np.random.default_rng(1).permutation(sizes)) == pytest.approx(slope)


@pytest.mark.parametrize("sizes", [[5.0, 4.0], [3.0, 3.0, 3.0], [5.0, 4.0, 0.0], []])
def test_no_slope_through_too_few(sizes: list[float]) -> None:
    assert np.isnan(rank_size_slope(np.array(sizes)))


def _industries(years: dict[int, dict[str, float]]) -> pd.DataFrame:
    rows = [
        ("city", code, year, section, np.nan, value / 2, np.nan, "invented", "B", None)
        for year, values in years.items()
        for code, value in values.items()
        for section in "AB"
    ]
    names = ["level", "code", "year", "section", "output_cny", "value_added_cny", "employees",
             "source", "grade", "note"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


class _With:
    """A region with a table of industries, of which a structure asks nothing else."""

    def __init__(self, region: Region, table: pd.DataFrame) -> None:
        self._region, self._table, self.manifest = region, table, region.manifest

    def has(self, name: str) -> bool:
        return name == "industries" or self._region.has(name)

    def table(self, name: str) -> pd.DataFrame:
        return self._table if name == "industries" else self._region.table(name)


def test_value_added_is_of_the_newest_year_with_all_cities(region: Region) -> None:
    from onecity.index.structure import _of_value

    full = {"990100": 60.0, "990200": 30.0, "999001": 10.0}
    table = _industries({2021: full, 2022: {**full, "990100": 260.0}, 2023: {"990100": 99.0}})
    told: list[object] = []
    figures = _of_value(_With(region, table), told)  # type: ignore[arg-type]
    assert figures == {"index.core_value_share": pytest.approx(100 * 260 / 300)}
    assert not told
    figures = _of_value(_With(region, _industries({2023: {"990100": 9.0}})), told)  # type: ignore[arg-type]
    assert figures == {}
    assert [one.key for one in told] == ["index.industries_not_whole"]  # type: ignore[attr-defined]


def test_what_is_lacking_is_told() -> None:
    bare = structure_of(tiny_region(without=("places", "groups")))
    assert {one.key for one in bare.remarks} == {"index.no_industries"}
    assert "index.core_value_share" not in bare.indicators
    assert Level.GROUP not in bare.tables


def test_cards_hold_what_matters_for_the_role_beside_the_region(
    region: Region, built: Structure, findings: Findings
) -> None:
    cards = {one.role: one for one in scorecards_of(region, [findings], built)}
    assert set(cards) == {"core", "wing", "gateway"}
    for one in cards.values():
        keys = [measure.key for measure in one.indicators]
        assert len(set(keys)) == len(keys)
        for row, measure in enumerate(one.indicators):
            tables = built.tables if measure.key in built.indicators else findings.tables
            assert one.region[row] == pytest.approx(
                tables[Level.REGION][measure.key].iloc[0], nan_ok=True
            )
            for card in one.cards:
                assert card.values[row] == pytest.approx(
                    tables[Level.GROUP].at[card.group, measure.key], nan_ok=True
                )
    gate = [measure.key for measure in cards["gateway"].indicators]
    assert gate[:3] == [
        "transport.minutes_core",
        "transport.core_share_60",
        "index.other_centre_60",
    ]
    assert scorecards_of(tiny_region(without=("groups",)), [findings], built) == ()


def test_an_airport_economy_begins_with_the_way_to_airports(
    region: Region, built: Structure, findings: Findings
) -> None:
    groups = region.table("groups").assign(role="airport")
    hubs = TOPIC.examine(region).findings
    (card,) = scorecards_of(tiny_region(groups=groups), [findings, hubs], built)
    assert (card.role, len(card.cards)) == ("airport", groups["group"].nunique())
    names = [measure.key.rpartition(".")[2] for measure in card.indicators]
    assert names[:3] == ["minutes_airport", "minutes_core", "reach_people_60"]  # one airport only


def test_all_of_it_in_the_form_of_a_topic(
    region: Region, built: Structure, findings: Findings
) -> None:
    index = integration_index(region, {"transport": findings})
    shown = examination_of(region, index, {"transport": findings}, structure=built)
    (part,) = shown.rankings[0].rows
    assert part.values[0] == index.value
    assert shown.findings.tables[Level.REGION]["index.value"].iloc[0] == index.value
    low = shown.findings.low[Level.REGION]["index.value"].iloc[0]
    high = shown.findings.high[Level.REGION]["index.value"].iloc[0]
    assert low <= index.value <= high
    assert [one.key for one in shown.rankings] == [
        "index.parts",
        "index.cards_core",
        "index.cards_gateway",
        "index.cards_wing",
    ]
    for ranking in shown.rankings:
        for row in ranking.rows:
            assert len(row.values) == len(ranking.columns)
    # Whatever keeps topics can keep it, and every figure says whence it is.
    assert from_bytes(to_bytes(shown), "-").topic == shown.topic
    for one in shown.findings.indicators.values():
        assert set(one.sources) <= set(region.manifest.sources)
        assert one.text("zh") != one.text("en")
        assert one.about("zh")
