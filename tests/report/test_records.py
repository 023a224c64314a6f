"""Records of a region's models as small tables."""

from pathlib import Path
from typing import Any

import pytest

from onecity.region.build import build
from onecity.report.both import both
from onecity.report.records import record_of

ROOT = Path(__file__).resolve().parents[2]


def test_values_alike_share_a_table_and_the_rest_stand_alone() -> None:
    found = record_of(
        "score",
        {
            "people": 1234567,
            "nothing": None,
            "truth": {"zh": "普查", "en": "census"},
            "list": [1, 2],
            "one": {"r2": 0.5, "share": 0.25},
            "other": {"share": 0.5, "r2": 0.75},
        },
    )
    singles = {str(name): str(value) for name, value in found.singles}
    assert len(singles) == 3
    assert "1,234,567" in singles.values()
    assert "—" in singles.values()
    assert str(both("普查", "census")) in singles.values()
    (grid,) = found.grids
    assert [[str(one) for one in row] for _, row in grid.rows] == [["0.5", "0.25"], ["0.75", "0.5"]]


@pytest.mark.parametrize("value", ["<b>", 3, None, [1, 2], {"zh": "甲", "en": "A"}])
def test_a_record_may_be_one_value(value: Any) -> None:
    ((name, shown),) = record_of("population_model", value).singles
    assert str(name)
    assert "<b>" not in shown


def test_what_ships_is_told_in_both_languages(tmp_path: Path) -> None:
    region = build(ROOT / "regions" / "wuhan", tmp_path / "wuhan")
    shown = [
        str(value)
        for _, value in record_of("", region.manifest.records["population_score"]).singles
    ]
    assert sum('lang="zh-CN"' in one and 'lang="en"' in one for one in shown) == 2
