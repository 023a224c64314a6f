import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.strands import scales


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.one_of(st.just(float("nan")), st.integers(-5, 5).map(float)), max_size=30))
def test_classes_of_quantiles_hold_every_value_and_are_never_empty(values: list[float]) -> None:
    scale = scales.quantiles(pd.Series(values, dtype=float), scales.BLUES)
    known = [one for one in values if not np.isnan(one)]
    assert list(scale.limits) == sorted(set(scale.limits))
    assert len(scale.colours) == len(scale.limits) + 1
    classes = np.searchsorted(scale.limits, known)
    if known:
        assert set(classes) == set(range(len(scale.colours)))


def test_as_many_units_in_each_class_where_values_differ() -> None:
    scale = scales.quantiles(pd.Series(np.arange(70.0)), scales.BLUES)
    counts = np.bincount(np.searchsorted(scale.limits, np.arange(70.0)))
    assert counts.tolist() == [10] * 7


@pytest.mark.parametrize("ramp", [scales.BLUES, scales.BROWNS, scales.NEAR_DARK])
def test_ramps_grow_darker_or_lighter_all_the_way(ramp: tuple[str, ...]) -> None:
    """Readers who see no hue see the order: perceived lightness is monotonic."""

    def lightness(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [((x + 0.055) / 1.055) ** 2.4 if x > 0.04045 else x / 12.92 for x in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    steps = np.diff([lightness(one) for one in ramp])
    assert (steps > 0).all() or (steps < 0).all()
