"""Quick answers to what-ifs against measuring both states from the start."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, ClassVar

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from onecity.region.interventions import AddRoad, CloseRoad, Intervention, SetSpeed
from onecity.region.store import Region
from onecity.strands.contract import BorderEstimate, Effect, Findings, Level
from onecity.strands.transport import border_estimates, border_pairs, borders, strand
from onecity.strands.transport.measure import Ready, without_borders
from onecity.strands.transport.what_if import TransportWhatIf
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables

EDGES = st.lists(st.integers(0, 31), min_size=1, max_size=6).map(tuple)
ENDS = st.lists(st.integers(0, 28), min_size=2, max_size=2, unique=True)
KMH = st.sampled_from([5.0, 40.0, 120.0])
CHANGES = st.lists(
    st.one_of(
        st.builds(CloseRoad, EDGES),
        st.builds(SetSpeed, EDGES, KMH),
        st.builds(
            lambda ends, kmh, both: AddRoad(ends[0], ends[1], kmh, both_ways=both),
            ENDS, KMH, st.booleans(),
        ),
    ),
    max_size=3,
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _few_chance_borders() -> Iterator[None]:
    """Two hundred take most of the time and have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(border_estimates, "DRAWS", 3)
        yield


@cache
def ground() -> tuple[Region, TransportWhatIf]:
    region = tiny_region()
    return region, strand.what_if(region)


def assert_same(one: Findings, other: Findings) -> None:
    assert one.indicators == other.indicators
    assert one.remarks == other.remarks
    assert one.headline == other.headline
    assert one.region_hash == other.region_hash
    for name in ("tables", "low", "high"):
        left, right = getattr(one, name), getattr(other, name)
        assert list(left) == list(right)
        for level in left:
            assert_frame_equal(left[level], right[level], check_exact=True, obj=f"{name} {level}")
    for mine, theirs in zip(one.matrices, other.matrices, strict=True):
        assert mine.indicator == theirs.indicator
        assert_frame_equal(mine.values, theirs.values, check_exact=True)


@settings(max_examples=6)
@given(CHANGES)
def test_figures_are_those_of_measuring_from_the_start(changes: list[Intervention]) -> None:
    region, ready = ground()
    scenario = region.apply(changes)
    assert ready.answers(scenario)
    found = ready.effect(scenario)
    assert_same(found.before, without_borders(Ready.of(tiny_region())))
    assert_same(found.after, without_borders(Ready.of(tiny_region().apply(changes))))


def lines_of(estimates: Mapping[tuple[str, ...], BorderEstimate]) -> dict[str, list[float]]:
    return {
        "-".join(codes): [one.beta, one.theta, *one.interval] for codes, one in estimates.items()
    }


def close(one: dict[str, list[float]], other: dict[str, list[float]]) -> None:
    assert one.keys() == other.keys()
    for codes, values in one.items():
        assert values == pytest.approx(other[codes], abs=1e-9), codes


def found_in(region: Region) -> dict[str, list[float]]:
    return lines_of({
        one.codes: BorderEstimate(one.beta, one.theta, one.interval)
        for one in borders(region).findings
    })  # fmt: skip


@cache
def found_in_base() -> dict[str, list[float]]:
    return found_in(tiny_region())


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [AddRoad(1, 6, kmh=160.0)],
        [SetSpeed((3, 4), 20.0)],
        [SetSpeed((0, 1, 2), 200.0), AddRoad(*DEAD_ENDS, kmh=60.0)],
    ],
)
def test_borders_are_those_of_measuring_from_the_start(changes: list[Intervention]) -> None:
    region, ready = ground()
    found = ready.effect(region.apply(changes)).borders
    close(lines_of({one.codes: one.before for one in found}), found_in_base())
    close(lines_of({one.codes: one.after for one in found}), found_in(tiny_region().apply(changes)))
    assert all(one.pairs > 0 for one in found)
    assert all(one.found is None for one in found)
    for one in found:
        assert one.points == pytest.approx(one.after.percent - one.before.percent)


def test_pairs_that_lose_their_way_are_left_out_of_both() -> None:
    """The last trunk road, without which the zones at its end reach nothing but each other."""
    legs = tiny_tables()["connectors"].drop_duplicates("zone")
    region = tiny_region(without=("local_links",), connectors=legs)
    change = [CloseRoad((8,))]
    found = effect_of(region, change)
    (told,) = [one for one in found.remarks if one.key == "transport.shift_pairs"]
    assert told.values["lost"] > 50  # type: ignore[operator]
    assert told.values["won"] == 0
    close(lines_of({one.codes: one.after for one in found.borders}), found_in(region.apply(change)))
    before = lines_of({one.codes: one.before for one in found.borders})
    # What the road carried is left out before as well: there, nothing else has changed.
    close(before, lines_of({one.codes: one.after for one in found.borders}))
    assert before[""] != pytest.approx(found_in(region)[""], abs=1e-3)


def test_pairs_that_find_a_way_are_left_out_of_both() -> None:
    region, ready = ground()
    found = ready.effect(region.apply([AddRoad(22, 26, kmh=60.0)]))  # to the island
    (told,) = [one for one in found.remarks if one.key == "transport.shift_pairs"]
    assert told.values["lost"] == 0
    assert told.values["won"] > 50  # type: ignore[operator]
    close(lines_of({one.codes: one.before for one in found.borders}), found_in_base())


def test_as_many_pairs_cross_as_measuring_counts() -> None:
    region, ready = ground()
    found = ready.effect(region.apply([]))
    pairs = {one.codes: one.pairs for one in borders(tiny_region()).findings}
    assert {one.codes: one.pairs for one in found.borders} == pairs


def test_a_sample_of_places_serves_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(border_pairs, "MOST", 20)
    region, change = tiny_region(), [AddRoad(1, 6, kmh=160.0)]
    found = strand.what_if(region).effect(region.apply(change)).borders
    close(lines_of({one.codes: one.before for one in found}), found_in(tiny_region()))
    close(lines_of({one.codes: one.after for one in found}), found_in(tiny_region().apply(change)))


def test_where_no_border_can_be_estimated_that_is_said() -> None:
    one_city = tiny_region().table("zones").assign(city="990100")
    region = tiny_region(zones=one_city)
    found = strand.what_if(region).effect(region.apply([SetSpeed((1,), 90.0)]))
    assert found.borders == ()
    assert [one.key for one in found.remarks] == ["transport.shift_none"]


def test_a_quick_answer_holds_times_and_circles_of_the_whole_one() -> None:
    region, ready = ground()
    scenario = region.apply([AddRoad(1, 6, kmh=160.0)])
    quick, whole = ready.effect(scenario, quick=True), ready.effect(scenario)
    for one, other in ((quick.before, whole.before), (quick.after, whole.after)):
        for level, table in one.tables.items():
            assert len(table.columns)
            kept = other.tables[level][table.columns]
            assert_frame_equal(table, kept, check_exact=True, obj=level)
    assert "transport.circle_people_60" in quick.after.tables[Level.CITY]
    assert quick.borders == ()


def test_many_may_ask_at_once() -> None:
    region = tiny_region()
    ready = strand.what_if(region)
    asked = [region.apply([SetSpeed((k,), 30.0 + k)]) for k in range(6)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ready.effect, asked))
    expected = [strand.what_if(region).effect(one) for one in asked]
    for one, other in zip(found, expected, strict=True):
        assert_same(one.after, other.after)
        assert one.borders == other.borders


class MovePeople:
    """Not of roads: zones get other residents."""

    kind: ClassVar[str] = "move_people"

    def change(self, table: Any) -> Mapping[str, pd.DataFrame]:
        zones = table("zones")
        return {"zones": zones.assign(people=zones["people"] * 2)}

    def as_record(self) -> Mapping[str, Any]:
        return {"kind": self.kind}


def test_other_tables_than_roads_are_not_answered_quickly() -> None:
    region, ready = ground()
    assert not ready.answers(region.apply([MovePeople()]))
    assert not ready.answers(tiny_region())
    assert ready.answers(region)


def effect_of(region: Region, changes: Sequence[Intervention]) -> Effect:
    return strand.what_if(region).effect(region.apply(changes))


def test_a_scenario_may_be_the_ground_of_another() -> None:
    first, second = [AddRoad(1, 6, kmh=160.0)], [CloseRoad((32,))]
    base = tiny_region().apply(first)
    found = effect_of(base, second)
    assert_same(found.before, without_borders(Ready.of(tiny_region().apply(first))))
    assert_same(found.after, without_borders(Ready.of(tiny_region().apply([*first, *second]))))
