"""Least capacities: from level and kind, the recipe's before ours."""

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.core.words import LANGUAGES
from onecity.region.capacity import RULES, hospital_level, least_capacity
from onecity.region.facility_kinds import KINDS
from onecity.region.manifest import Assumption


@pytest.mark.parametrize(
    ("kind", "level", "key", "value"),
    [
        ("hospital", "三级甲等", "capacity_hospital_3", 500),
        ("hospital", "二级及以上", "capacity_hospital_2", 100),
        ("hospital", "Level I", "capacity_hospital_1", 20),
        ("hospital", None, "capacity_hospital", 20),
        ("school", "三级", "capacity_school", 840),
        ("elderly_care", np.nan, "capacity_elderly_care", 10),
    ],
)
def test_a_level_and_a_kind_have_a_least_capacity_and_a_reason(
    kind: str, level: object, key: str, value: float
) -> None:
    found = least_capacity(kind, level)
    assert found is not None
    assert (found.key, found.value) == (key, value)
    assert all(found.text(language) for language in LANGUAGES)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= value <= found.high


def test_the_recipe_goes_first_and_a_level_before_its_kind() -> None:
    own = [
        Assumption("capacity_hospital", 50.0, "beds", "本地", "local"),
        Assumption("capacity_hospital_3", 800.0, "beds", "本地", "local"),
        Assumption("capacity_museum", 5000.0, "m2", "本地", "local"),
        Assumption("speed_factor", "许多", "", "-", "-"),
    ]
    for kind, level, value in (
        ("hospital", "三级", 800), ("hospital", "二级", 100), ("hospital", None, 50),
        ("museum", "一级", 5000), ("clinic", None, 5),
    ):  # fmt: skip
        found = least_capacity(kind, level, own)
        assert found is not None
        assert found.value == value
    assert least_capacity("theatre", None, own) is None
    assert least_capacity("museum", None) is None


@pytest.mark.parametrize("value", [-1.0, "许多", float("nan"), float("inf")])
def test_an_assumption_that_is_no_number_is_refused(value: float | str) -> None:
    own = [Assumption("capacity_clinic", value, "beds", "-", "-")]
    with pytest.raises(InputError) as caught:
        least_capacity("clinic", None, own)
    assert caught.value.key == "facilities.bad_assumption"


@pytest.mark.parametrize("unit", ["", "张"])
def test_an_assumption_without_a_unit_of_ours_is_refused(unit: str) -> None:
    own = [Assumption("capacity_clinic", 9.0, unit, "-", "-")]
    with pytest.raises(InputError) as caught:
        least_capacity("clinic", None, own)
    assert caught.value.key == "facilities.bad_unit"


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("三级甲等", "3"), ("三甲", "3"), ("grade III-A", "3"), ("Tertiary", "3"), ("2", "2"),
        ("二级综合", "2"), ("Level II", "2"), ("一级", "1"), ("I", "1"), ("未定级", None),
        ("3甲", "3"), ("100床", None), ("2023年评定", None),
        ("", None), (None, None), (np.nan, None),
    ],
)  # fmt: skip
def test_levels_of_hospitals(said: object, level: str | None) -> None:
    assert hospital_level(said) == level


def test_rules_are_in_the_units_of_their_kinds() -> None:
    units = {one.key: one.unit for one in KINDS}
    for key, rule in RULES.items():
        assert rule.unit == units[key.rstrip("_123")]
        assert rule.low <= rule.value <= rule.high
