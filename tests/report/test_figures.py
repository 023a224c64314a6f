import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.words import Language
from onecity.report.chapter import HEAT, bar_lengths, heat_class
from onecity.report.figures import NO_FIGURE, plain, short, span_words, spoken


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567.4, 0, "1,234,567"),
        (0.0, 1, "0.0"),
        (-0.04, 1, "0.0"),
        (-1.25, 1, "-1.2"),
        (math.nan, 1, NO_FIGURE),
        (math.inf, 1, NO_FIGURE),
    ],
)
def test_tables_show_plain_digits(value: float, decimals: int, text: str) -> None:
    assert plain(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (12_783_951, "people", "1,278 万人", "12.78 million people"),
        (318_701_234, "people", "3.187 亿人", "318.7 million people"),
        (1_234_567_890, "people", "12.35 亿人", "1.235 billion people"),
        (9_999, "people", "9,999 人", "9,999 people"),
        (10_000, "people", "1.000 万人", "10,000 people"),
        (40.13, "percent", "40%", "40%"),
        (77.4, "minutes", "77 分钟", "77 min"),
        (math.nan, "people", NO_FIGURE, NO_FIGURE),
    ],
)
def test_prose_counts_as_each_language_does(value: float, unit: str, zh: str, en: str) -> None:
    assert spoken(value, 0, unit, "zh") == zh
    assert spoken(value, 0, unit, "en") == en


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(15.0, "15", "15"), (50_522, "5.05万", "50,522"), (14_790_000, "1,479万", "14.8M")],
)
def test_legends_are_short(value: float, zh: str, en: str) -> None:
    assert short(value, 1, "zh") == zh
    assert short(value, 1, "en") == en


@pytest.mark.parametrize(
    ("low", "high", "language", "text"),
    [
        (11_635_496, 14_253_247, "zh", "1,164–1,425万"),
        (11_635_496, 14_253_247, "en", "11.6–14.3M"),
        (0, 38_615, "zh", "0.00–3.86万"),
        (21.04, 28.4, "zh", "21.0–28.4"),
    ],
)
def test_a_range_has_one_unit(low: float, high: float, language: Language, text: str) -> None:
    assert span_words(low, high, 1, language) == text


def test_bars_are_shares_of_the_largest() -> None:
    assert bar_lengths([5.0, 10.0, math.nan], "people") == [50.0, 100.0, None]
    assert bar_lengths([5.0, 10.0], "percent") == [5.0, 10.0]
    assert bar_lengths([0.0, 0.0], "people") == [None, None]
    assert bar_lengths([], "people") == []


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1))
def test_every_figure_between_has_a_shade(one: float, other: float, share: float) -> None:
    low, high = min(one, other), max(one, other)
    value = min(max(low + share * (high - low), low), high)
    assert heat_class(value, low, high) in {f"h{row}" for row in range(len(HEAT))}


def test_shades_go_from_low_to_high() -> None:
    assert heat_class(0.0, 0.0, 7.0) == "h0"
    assert heat_class(3.5, 0.0, 7.0) == "h3"
    assert heat_class(7.0, 0.0, 7.0) == "h6"
    assert heat_class(math.nan, 0.0, 7.0) == ""
    assert heat_class(5.0, 5.0, 5.0) == "h0"
