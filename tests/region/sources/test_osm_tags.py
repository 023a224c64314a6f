import math

import pytest

from onecity.region.sources import osm_tags as rules


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("50kmh", 50.0),
        ("30 mph", 48.28032),
        ("5 knots", 9.26),
        ("CN:motorway", 120.0),
        ("CN:urban", 50.0),
        ("CN:rural", 70.0),
        ("walk", 7.0),
        ("none", math.inf),
        ("80; 50", 50.0),
        ("100|80|none", 80.0),
    ],
)
def test_limits(text: str, kmh: float) -> None:
    assert rules.limit_kmh(text) == pytest.approx(kmh)


@pytest.mark.parametrize("text", ["", "fast", "signals", "XX:urban", "-50", "0", "50;?", "1e3"])
def test_limits_that_mean_nothing(text: str) -> None:
    assert math.isnan(rules.limit_kmh(text))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("00:20", 1 / 3),
        ("1:30", 1.5),
        ("01:30:36", 1.51),
        ("45", 0.75),
        ("PT20M", 1 / 3),
        ("PT1H30M", 1.5),
        ("P1DT", math.nan),
        ("P1D", 24.0),
        ("P1DT1H", 25.0),
        ("PT", math.nan),
        ("0", math.nan),
        ("00:00", math.nan),
        ("soon", math.nan),
        ("", math.nan),
    ],
)
def test_durations(text: str, hours: float) -> None:
    assert rules.duration_hours(text) == pytest.approx(hours, nan_ok=True)


@pytest.mark.parametrize(
    ("tags", "lanes"),
    [
        ({"lanes": "3"}, 3.0),
        ({"lanes": "1.5"}, 1.5),
        ({"lanes:forward": "2", "lanes:backward": "1"}, 3.0),
        ({"lanes": "1;2"}, math.nan),
        ({"lanes": "0"}, math.nan),
        ({"lanes": "inf"}, math.nan),
        ({"lanes:forward": "2"}, math.nan),
        ({}, math.nan),
    ],
)
def test_lanes(tags: dict[str, str], lanes: float) -> None:
    assert rules.lanes(tags) == pytest.approx(lanes, nan_ok=True)


def test_the_most_special_access_tag_decides() -> None:
    tags = {"access": "no", "vehicle": "no", "motor_vehicle": "destination"}
    assert rules.access_value(tags, "forward") == "destination"
    assert rules.access_value({**tags, "motorcar:backward": "no"}, "backward") == "no"
    assert rules.access_value({**tags, "motorcar:backward": "no"}, "forward") == "destination"
    assert rules.access_value({}, "forward") is None


@pytest.mark.parametrize("value", ["no", "private", "forestry", "agricultural;forestry", "permit"])
def test_closed(value: str) -> None:
    assert not rules.is_open(value)


@pytest.mark.parametrize("value", [None, "yes", "permissive", "private;customers"])
def test_open(value: str | None) -> None:
    assert rules.is_open(value)


def test_one_way_of_cars_beats_that_of_all() -> None:
    assert rules.oneway({"oneway": "yes", "oneway:motor_vehicle": "no"}, "primary") == (True, True)
    assert rules.oneway({"junction": "circular"}, "primary") == (True, False)
    assert rules.oneway({}, "motorway_link") == (True, True)
    assert rules.oneway({"oneway": "reversible"}, "motorway") is None
