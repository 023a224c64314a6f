from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.units import Units
from tests.tiny import tiny_region, tiny_tables

VALUES = st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6), st.integers(-3, 3).map(float))
WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e6), st.integers(0, 3).map(float))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Units, np.ndarray, np.ndarray]:
    zones, count = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    pairs = draw(
        st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, zones - 1)), max_size=16)
    )
    unit = np.array([one for one, _ in sorted(pairs)], dtype=np.int64)
    zone = np.array([one for _, one in sorted(pairs)], dtype=np.int64)
    values = np.array(draw(st.lists(VALUES, min_size=zones, max_size=zones)))
    weights = np.array(draw(st.lists(WEIGHTS, min_size=zones, max_size=zones)))
    codes = pd.Index([f"u{i}" for i in range(count)], name="group")
    return Units(Level.GROUP, codes, zone, unit), values, weights


def members(units: Units, row: int) -> list[int]:
    pairs = zip(units.zone, units.unit, strict=True)
    return [int(zone) for zone, unit in pairs if unit == row]


@settings(derandomize=True, max_examples=200)
@given(cases())
def test_sums_means_and_medians_are_those_of_loops(
    case: tuple[Units, np.ndarray, np.ndarray],
) -> None:
    units, values, weights = case
    totals, means = u.total(units, weights), u.mean(units, values, weights)
    middles = u.median(units, values, weights)
    shares = u.share(units, values > 0, weights)
    for row in range(len(units.codes)):
        inside = members(units, row)
        known = [z for z in inside if np.isfinite(values[z]) and weights[z] > 0]
        if inside:
            assert totals[row] == pytest.approx(sum(weights[z] for z in inside))
        else:
            assert np.isnan(totals[row])
        if known:
            whole = sum(weights[z] for z in known)
            expected = sum(values[z] * weights[z] for z in known) / whole
            assert means[row] == pytest.approx(expected, rel=1e-9, abs=1e-6)
            below = sum(weights[z] for z in known if values[z] < middles[row])
            upto = sum(weights[z] for z in known if values[z] <= middles[row])
            assert middles[row] in values[known]
            assert below <= whole / 2 * (1 + 1e-12)
            assert upto >= whole / 2 * (1 - 1e-12)
        else:
            assert np.isnan(means[row])
            assert np.isnan(middles[row])
        everybody = sum(weights[z] for z in inside)
        if everybody > 0:
            above = sum(weights[z] for z in inside if values[z] > 0)
            assert shares[row] == pytest.approx(above / everybody)
        else:
            assert np.isnan(shares[row])


def test_a_county_may_stand_in_two_groups() -> None:
    region = tiny_region()
    units = u.units_of(region)
    zones, groups = region.table("zones"), region.table("groups")
    people = zones["people"].to_numpy()
    found = pd.Series(u.total(units[Level.GROUP], people), units[Level.GROUP].codes)
    for group in ("bay", "east", "gate"):
        counties = groups.loc[groups["group"] == group, "county"]
        assert found[group] == zones.loc[zones["county"].isin(counties), "people"].sum()
    assert found.sum() > people.sum()


def test_levels_follow_their_tables_whatever_the_order_of_rows() -> None:
    tables = tiny_tables()
    shuffled: dict[str, Any] = {
        name: tables[name].sample(frac=1, random_state=3).reset_index(drop=True)
        for name in ("zones", "counties", "cities")
    }
    units = u.units_of(tiny_region(**shuffled))
    people = shuffled["zones"]["people"].to_numpy()
    for level, name in ((Level.COUNTY, "counties"), (Level.CITY, "cities")):
        assert list(units[level].codes) == list(shuffled[name][level.value])
        assert u.total(units[level], people) == pytest.approx(shuffled[name]["people"])


@pytest.mark.parametrize(
    ("table", "column"), [("zones", "county"), ("zones", "city"), ("groups", "county")]
)
def test_a_code_the_region_lacks_is_named(table: str, column: str) -> None:
    tables: dict[str, Any] = {table: tiny_tables()[table]}
    tables[table].loc[3, column] = "000000"
    with pytest.raises(InputError, match=f"'{table}', column '{column}', row 3 .* 000000"):
        u.units_of(tiny_region(**tables))


def test_without_groups_there_are_no_units_of_that_level() -> None:
    units = u.units_of(tiny_region(without=("groups",)))[Level.GROUP]
    assert len(units.codes) == 0
    assert len(u.total(units, np.ones(50))) == 0
    assert len(u.median(units, np.ones(50), np.ones(50))) == 0
