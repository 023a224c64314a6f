"""Assumptions are named: no reader of a report meets a raw key or a raw unit."""

import re
import tomllib
from pathlib import Path

import pytest

from onecity.core.words import LANGUAGES, Language, chapter
from onecity.region.manifest import Assumption
from onecity.region.recipe import Costs, Recipe
from onecity.report.assumed import amount_of, assumed_words, name_of, range_of
from onecity.strands.transport.assumed import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted((ROOT / "regions").glob("*/region.toml"))
HAN = re.compile(r"[\u4e00-\u9fff]")


def keys_of_recipes() -> set[str]:
    """Every assumption of the recipes that ship, and of those in the documentation."""
    found = {one.key for file in RECIPES for one in Recipe.read(file.parent).all_assumptions()}
    for page in (ROOT / "docs").rglob("*.md"):
        for block in re.findall(r"```toml[^\n]*\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            given = tomllib.loads(block)
            found |= {*given.get("assumptions", {})}
            found |= {f"speed_{road}" for road in given.get("speeds", {}).get("kmh", {})}
    return found


def test_every_assumption_of_recipes_and_code_has_a_name() -> None:
    keys = keys_of_recipes() | {*DEFAULTS, "limit_factor"}
    keys |= {f"cost_{kind}" for kind in Costs.model_fields}
    assert {"speed_motorway", "link_trips", "access_kmh", "cost_tunnel"} <= keys
    for key in keys:
        zh, en = (name_of(key, language) for language in LANGUAGES)
        assert HAN.search(zh), key
        assert key not in zh + en
        assert "_" not in zh + en, key
        if key.startswith("speed_"):
            assert key == "speed_factor" or f"road_{key[6:]}" in chapter("assumptions"), key
    # Two that are called the same could not be told apart.
    for language in LANGUAGES:
        names = [name_of(key, language) for key in keys]
        assert len(set(names)) == len(names)


def test_every_unit_of_recipes_and_code_has_words() -> None:
    units = {one.unit for one in DEFAULTS.values()}
    units |= {one.unit for file in RECIPES for one in Recipe.read(file.parent).all_assumptions()}
    assert "million CNY/km" in units
    told_by_form = {"", "share", "count", "H3"}
    for unit in units - told_by_form:
        assert HAN.search(chapter("units")[unit]["zh"]), unit
    for unit in units:
        shown = amount_of(Assumption("a", 0.5, unit, "", ""), "zh")
        assert unit in told_by_form or unit not in shown


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        (Assumption("link_decay_minutes", 30.0, "min", "", "", 20.0, 45.0),
         "出行吸引力的衰减时间 30 分钟（20–45）",
         "Time by which the draw of a place falls to 1/e 30 min (20–45)"),
        (Assumption("link_near_miss_closed", 0.5, "share", "", "", 0.25, 0.75),
         "疑似相连处实际相连的比例 50%（25%–75%）",
         "Share of near misses that are joined 50% (25%–75%)"),
        (Assumption("cost_river_bridge", 1500.0, "million CNY/km", "", ""),
         "跨大江桥梁造价 1,500 百万元/公里",
         "Cost of a bridge over a great river 1,500 million yuan/km"),
        (Assumption("speed_motorway", 100.0, "km/h", "", ""),
         "高速公路车速 100 公里/小时", "Speed on motorways 100 km/h"),
        (Assumption("link_draws", 100.0, "count", "", ""),
         "假定重抽次数 100", "How often assumptions are drawn anew 100"),
        # What a recipe makes up stands as it was written.
        (Assumption("my_own", "high", "grade", "", ""), "my_own high grade", "my_own high grade"),
        (Assumption("speed_busway", 40.0, "", "", ""), " busway 车速 40", "Speed on busway 40"),
    ],
)  # fmt: skip
def test_an_assumption_is_told_in_words(given: Assumption, zh: str, en: str) -> None:
    assert assumed_words([given], "zh") == zh
    assert assumed_words([given], "en") == en


def test_several_are_parted_as_each_language_does() -> None:
    two = [Assumption("access_factor", 1.0, "", "", ""), Assumption("link_trips", 1.0, "", "", "")]
    assert assumed_words(two, "zh").count("；") == 1
    assert assumed_words(two, "en").count("; ") == 1
    assert range_of(two[0], "zh") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_of_the_recipes_that_ship_are_in_their_language(language: Language) -> None:
    for file in RECIPES:
        for one in Recipe.read(file.parent).all_assumptions():
            assert bool(HAN.search(one.text(language))) == (language == "zh"), one.key
