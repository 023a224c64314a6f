"""Capacities: given ones stay, missing ones come from level and kind and say so."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES
from onecity.region.capacity import EACH, RULES, capacities_of, hospital_level
from onecity.region.facility_kinds import KINDS
from onecity.region.manifest import Assumption


def facilities(*rows: tuple[str, float | None, str | None, str | None]) -> pd.DataFrame:
    """Return kind, capacity, unit and level as a table."""
    table = pd.DataFrame(rows, columns=["kind", "capacity", "capacity_unit", "level"])
    nature = table["capacity"].notna().map({True: "observed", False: None})
    return table.assign(
        capacity=table["capacity"].astype("float64"), capacity_nature=nature, grade="B"
    )


def test_what_is_given_stays_and_what_is_missing_is_assumed_and_graded() -> None:
    found = capacities_of(
        facilities(
            ("hospital", 900, "beds", "三级"), ("hospital", None, None, "三级甲等"),
            ("hospital", None, None, "2"), ("hospital", None, None, "Level I"),
            ("hospital", None, None, None), ("school", 0, "places", None),
            ("library", 400, "seats", None), ("library", 200, "seats", None),
            ("library", None, None, None), ("museum", None, None, None),
        )
    )  # fmt: skip
    assert found.value.tolist() == [900, 500, 100, 20, 20, 0, 400, 200, 300, 1]
    assert found.unit == ("beds",) * 5 + ("places",) + ("seats",) * 3 + (EACH,)
    assert found.assumed.tolist() == [False, *[True] * 4, False, False, False, True, True]
    expected = (Grade.E if one else Grade.B for one in found.assumed)
    assert found.grade == tuple(expected)
    assert found.nature[0] is Nature.OBSERVED
    assert found.nature[1] is Nature.ASSUMED
    keys = [one.key for one in found.assumptions]
    assert keys == [f"capacity_hospital{end}" for end in ("", "_1", "_2", "_3")]
    for one in found.assumptions:
        assert one.low is not None
        assert one.high is not None
        assert one.low <= float(one.value) <= one.high
        assert all(one.text(language) for language in LANGUAGES)


def test_the_recipe_goes_first_and_a_level_before_its_kind() -> None:
    table = facilities(
        ("hospital", None, None, "三级"), ("hospital", None, None, "二级"),
        ("museum", None, None, None),
    )  # fmt: skip
    own = [
        Assumption("capacity_hospital_3", 800.0, "beds", "本地", "local"),
        Assumption("capacity_museum", 5000.0, "m2", "本地", "local"),
        Assumption("speed_factor", 1.0, "", "-", "-"),
    ]
    found = capacities_of(table, own)
    assert found.value.tolist() == [800, 100, 5000]
    assert found.unit == ("beds", "beds", "m2")
    assert {one.reason_en for one in found.assumptions} > {"local"}


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ([("school", 9, "places", None), ("school", 9, "m2", None)], "facilities.two_units"),
        ([("school", 9, "m2", None), ("school", None, None, None)], "facilities.other_unit"),
    ],
)
def test_units_are_never_mixed(rows: list[Any], key: str) -> None:
    with pytest.raises(InputError) as caught:
        capacities_of(facilities(*rows))
    assert caught.value.key == key


@pytest.mark.parametrize("value", [-1.0, "许多", float("nan")])
def test_an_assumption_that_is_no_number_is_refused(value: float | str) -> None:
    own = [Assumption("capacity_clinic", value, "beds", "-", "-")]
    with pytest.raises(InputError) as caught:
        capacities_of(facilities(("clinic", None, None, None)), own)
    assert caught.value.key == "facilities.bad_assumption"


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("三级甲等", "3"), ("三甲", "3"), ("grade III-A", "3"), ("Tertiary", "3"), ("2", "2"),
        ("二级综合", "2"), ("Level II", "2"), ("一级", "1"), ("I", "1"), ("未定级", None),
        ("", None), (None, None), (np.nan, None),
    ],
)  # fmt: skip
def test_levels_of_hospitals(said: object, level: str | None) -> None:
    assert hospital_level(said) == level


def test_rules_are_in_the_units_of_their_kinds() -> None:
    units = {one.key: one.unit for one in KINDS}
    for key, rule in RULES.items():
        kind = key.rstrip("_123")
        assert rule.unit == units[kind]
        assert rule.low <= rule.value <= rule.high


def test_an_empty_table_has_no_capacities() -> None:
    found = capacities_of(facilities().astype({"kind": "str"}))
    assert (len(found.value), found.unit, found.assumptions) == (0, (), ())
