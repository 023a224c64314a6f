import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.strands.bounds import bounds, bounds_in
from onecity.strands.contract import Better, Findings, Level
from onecity.strands.standing import Standing, standing_of
from onecity.strands.transport import strand
from tests.tiny import tiny_region

FIGURES = st.lists(
    st.one_of(st.just(float("nan")), st.integers(-3, 3).map(float)), min_size=1, max_size=9
)


@given(FIGURES, st.data(), st.sampled_from([Better.HIGHER, Better.LOWER]))
def test_places_are_those_of_a_count(
    values: list[float], data: st.DataObject, better: Better
) -> None:
    row = data.draw(st.integers(0, len(values) - 1))
    found = standing_of(values, row, better)
    known = [one for one in values if not np.isnan(one)]
    if np.isnan(values[row]) or len(set(known)) < 2:
        assert found is None
        return
    mine = values[row]
    above = sum(one > mine if better is Better.HIGHER else one < mine for one in known)
    assert found == Standing(above + 1, len(known), known.count(mine) - 1)


def test_the_last_digits_of_sums_make_no_place() -> None:
    values = [0.1 + 0.2, 0.3, 0.2, 1e-320]
    assert standing_of(values, 1, Better.HIGHER) == Standing(1, 4, 1)
    assert standing_of(values, 0, Better.HIGHER) == Standing(1, 4, 1)
    assert standing_of(values, 2, Better.HIGHER) == Standing(3, 4, 0)


@pytest.mark.parametrize("better", [Better.HIGHER, Better.LOWER])
def test_nobody_is_first_of_equals(better: Better) -> None:
    assert standing_of([0.0, 0.0, float("nan"), 0.0], 0, better) is None


@pytest.mark.parametrize("values", [[1.0], [float("nan"), 1.0], [float("inf"), 1.0, 2.0]])
def test_without_figure_or_rival_there_is_no_place(values: list[float]) -> None:
    assert standing_of(values, 0, Better.HIGHER) is None


def test_where_neither_way_is_better_nobody_is_first() -> None:
    assert standing_of([1.0, 2.0], 0, Better.NEITHER) is None


def test_ends_of_ranges_stand_in_order() -> None:
    findings = strand.measure(tiny_region())
    for level, table in findings.tables.items():
        for key in table.columns:
            ends = bounds(findings, level, key)
            assert ends is not None
            low, high = ends
            known = low.notna()
            assert (low[known] <= high[known]).all()
            assert list(low.index) == list(table.index)
            for code in table.index[:5]:
                both = bounds_in(findings, level, key, code)
                assert both == pytest.approx((low[code], high[code]), abs=0, nan_ok=True)
    lower = bounds(findings, Level.REGION, "transport.minutes_core")
    assert lower is not None
    assert lower[0].iloc[0] == findings.high[Level.REGION]["transport.minutes_core"].iloc[0]


def test_a_strand_without_range_has_no_ends() -> None:
    table = pd.DataFrame({"k": [1.0]}, index=["a"])
    bare = Findings("s", "", {}, {Level.CITY: table})
    assert bounds(bare, Level.CITY, "k") is None
    assert bounds_in(bare, Level.CITY, "k", "a") is None
    half = Findings("s", "", {}, {Level.CITY: table}, low={Level.CITY: table})
    assert bounds(half, Level.CITY, "k") is None
    assert bounds_in(half, Level.CITY, "k", "a") is None
