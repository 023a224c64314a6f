import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.strands.contract import Level
from onecity.strands.transport import layers as ly
from onecity.strands.transport import strand
from tests.tiny import tiny_region


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.one_of(st.just(float("nan")), st.integers(-5, 5).map(float)), max_size=30))
def test_classes_of_quantiles_hold_every_value_and_are_never_empty(values: list[float]) -> None:
    scale = ly.quantiles(pd.Series(values, dtype=float), ly.BLUES)
    known = [one for one in values if not np.isnan(one)]
    assert list(scale.limits) == sorted(set(scale.limits))
    assert len(scale.colours) == len(scale.limits) + 1
    classes = np.searchsorted(scale.limits, known)
    if known:
        assert set(classes) == set(range(len(scale.colours)))


def test_as_many_units_in_each_class_where_values_differ() -> None:
    scale = ly.quantiles(pd.Series(np.arange(70.0)), ly.BLUES)
    counts = np.bincount(np.searchsorted(scale.limits, np.arange(70.0)))
    assert counts.tolist() == [10] * 7


@pytest.mark.parametrize("ramp", [ly.BLUES, ly.BROWNS, ly.NEAR_DARK])
def test_ramps_grow_darker_or_lighter_all_the_way(ramp: tuple[str, ...]) -> None:
    """Readers who see no hue see the order: perceived lightness is monotonic."""

    def lightness(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [((x + 0.055) / 1.055) ** 2.4 if x > 0.04045 else x / 12.92 for x in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    steps = np.diff([lightness(one) for one in ramp])
    assert (steps > 0).all() or (steps < 0).all()


def test_minutes_keep_their_limits_and_people_follow_the_region() -> None:
    region = tiny_region()
    findings = strand.measure(region)
    by_key = {one.key: one for one in strand.layers(region, findings)}
    assert ly.MINUTES == (15.0, 30.0, 45.0, 60.0, 90.0, 120.0)
    assert by_key["transport.minutes_core.zone"].scale.limits == ly.MINUTES
    people = by_key["transport.reach_people_60.zone"].scale
    column = findings.tables[Level.ZONE]["transport.reach_people_60"].dropna()
    assert set(people.limits) <= set(column)
    assert len(set(np.searchsorted(people.limits, column))) == len(people.colours)
