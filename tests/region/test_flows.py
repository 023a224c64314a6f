"""Flows in a region: from recipe to table, and what the data-quality report says of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import MissingError
from onecity.core.provenance import Grade
from onecity.core.severity import Severity
from onecity.region.build import build
from onecity.region.check import check
from onecity.region.flows import all_pairs
from onecity.region.recipe import Recipe
from onecity.region.schema import FLOWS
from onecity.region.store import Region
from onecity.region.validation import check_table
from tests.tiny import tiny_region

ROOT = Path(__file__).resolve().parents[2]
WUHAN = ROOT / "regions" / "wuhan"


def test_a_recipe_with_flows_gives_a_table_and_changes_no_other(tmp_path: Path) -> None:
    file = tmp_path / "flows.csv"
    file.write_text(
        "origin,destination,value\n420100,420700,900\n420100,110000,800\n420700,420100,700\n",
        encoding="utf-8",
    )
    recipe = Recipe.read(WUHAN)
    raw = recipe.model_dump(by_alias=True)
    raw["zones"]["resolution"] = 5
    plain = build(Recipe.model_validate(raw), tmp_path / "plain")
    raw["tables"]["flows"] = [
        {
            "file": file, "source": "roads", "kind": "trips", "level": "city",
            "year": 2020, "unit": "trips/day", "listing": "top", "outside": "leave_out",
        }
    ]  # fmt: skip
    region = build(Recipe.model_validate(raw), tmp_path / "flows")
    check_table(Region.open(tmp_path / "flows").table("flows"), FLOWS)
    assert region.table("flows")["at_most"].tolist() == [800.0, 700.0]
    assert region.manifest.tables["flows"].grade is Grade.B
    told = [item.sentence.key for item in check(region).items]
    assert {"flows.left_out", "flows.silent", "flows.cut_off"} <= set(told)
    assert check(region).sound
    assert not plain.has("flows")
    for name, record in plain.manifest.tables.items():
        assert region.manifest.tables[name].sha256 == record.sha256


@pytest.mark.parametrize(
    ("column", "given", "key"),
    [
        ("value", -3.0, "flows.bad_value"),
        ("value", float("inf"), "flows.bad_value"),
        ("destination", "999999", "flows.bad_code"),
        ("unit", "万人", "flows.bad_units"),
    ],
)
def test_the_report_finds_faults_in_flows_made_by_a_program(
    column: str, given: Any, key: str
) -> None:
    cities = list(tiny_region().table("cities")["city"])
    flows = pd.DataFrame(
        {
            "level": "city", "kind": "trips", "year": 2020,
            "origin": cities[0], "destination": cities[:2],
            "value": [5.0, 1.0], "unit": "people", "listing": "whole",
            "at_most": float("nan"),
        }
    )  # fmt: skip
    check_table(flows, FLOWS)
    assert check(tiny_region(flows=flows)).sound
    flows.loc[1, column] = given
    (fault,) = [i for i in check(tiny_region(flows=flows)).items if i.severity is Severity.FAULT]
    assert fault.sentence.key == key
    assert str(given) in fault.text("zh")


def made(*rows: tuple[str, str, float, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["origin", "destination", "value", "listing", "at_most"])
    return table.assign(level="city", kind="trips", year=2020, unit="people/day")


def test_pairs_are_listed_zero_small_or_unknown() -> None:
    flows = made(
        ("a", "b", 9.0, "top", 4.0),
        ("a", "c", 4.0, "top", 4.0),
        ("b", "b", 7.0, "whole", np.nan),
        ("b", "d", 2.0, "whole", np.nan),
    )
    found = all_pairs(flows, ["a", "b", "c", "d"], level="city", kind="trips", year=2020)
    pairs = zip(found.origin, found.destination, found.flow, found.listed, strict=True)
    assert sorted(pairs) == [
        (0, 1, 9.0, True),
        (0, 2, 4.0, True),
        (0, 3, 4.0, False),  # cut off: at most the last one
        (1, 0, 0.0, True),  # absent from a whole list
        (1, 1, 7.0, True),  # a place with itself, because a row says so
        (1, 2, 0.0, True),
        (1, 3, 2.0, True),
    ]  # c and d have no list: nothing is known, not even zero
    assert found.unit == "people/day"


def test_flows_that_are_not_there_are_told() -> None:
    flows = made(("a", "b", 9.0, "top", 9.0))
    with pytest.raises(MissingError, match="2019"):
        all_pairs(flows, ["a", "b"], level="city", kind="trips", year=2019)
    with pytest.raises(MissingError) as caught:
        all_pairs(flows, ["a", "x"], level="city", kind="trips", year=2020)
    assert caught.value.values["given"] == "b"
