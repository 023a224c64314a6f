"""A recipe is read strictly: nothing misspelt is ignored."""

from pathlib import Path

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.region.recipe import Recipe

WUHAN = Path(__file__).resolve().parents[2] / "regions" / "wuhan" / "region.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recipe in a folder with a Chinese name; its files are empty but there."""
    folder = tmp_path / "配方"
    folder.mkdir()
    (folder / "region.toml").write_text(
        """
schema = 1
[region]
key = "mini"
title_zh = "小城市圈"
title_en = "Mini"
core_city = "420100"
[sources.all]
title_zh = "全部"
title_en = "All"
origin = "tests"
licence = "MIT"
date = "2026"
grade = "B-"
nature = "observed"
[tables.boundaries]
file = "b.geojson"
source = "all"
[tables.cities]
file = "c.csv"
source = "all"
[tables.census]
file = "p.csv"
source = "all"
[tables.roads]
kind = "edge_table"
nodes = "n.csv"
edges = "e.csv"
source = "all"
kmh = 70
[zones]
kind = "h3"
[access]
kmh = 25
reason_zh = "假定"
reason_en = "assumed"
""",
        encoding="utf-8",
    )
    for name in ("b.geojson", "c.csv", "p.csv", "n.csv", "e.csv"):
        (folder / name).touch()
    return folder


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "region.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_reads_from_file_or_folder(folder: Path) -> None:
    assert Recipe.read(folder) == Recipe.read(folder / "region.toml")
    recipe = Recipe.read(folder)
    assert recipe.zones.kind == "h3"
    assert [one.name for one in recipe.files()] == ["b.geojson", "c.csv", "p.csv", "n.csv", "e.csv"]


def test_the_shipped_recipe_is_valid() -> None:
    recipe = Recipe.read(WUHAN)
    assert recipe.region.core_city == "420100"
    assert all(file.is_file() for file in recipe.files())
    reasons = {one.key: one.reason_zh for one in recipe.all_assumptions()}
    assert {"road_kmh", "speed_factor", "access_kmh", "access_detour"} <= set(reasons)
    assert all(reasons.values())


def test_an_unknown_key_is_named_with_a_likely_spelling(folder: Path) -> None:
    change(folder, "core_city =", "core_ciity =")
    with pytest.raises(InputError, match=r"core_ciity'. Did you mean 'core_city'"):
        Recipe.read(folder)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('key = "mini"', "", "region.key"),
        ("kmh = 70", "kmh = -1", "kmh"),
        ("kmh = 70", "kmh = nan", "kmh"),
        ("kmh = 70", 'kmh = "fast"', "kmh"),
        ('grade = "B-"', 'grade = "Z"', "grade"),
        ('kind = "h3"', 'kind = "square"', "square"),
        ('kind = "h3"', 'kind = "h3"\nresolution = 15', "resolution"),
        ('source = "all"\nkmh', 'source = "none"\nkmh', "none"),
        ("schema = 1", "schema = 2", "schema"),
        ("schema = 1", "", "schema"),
        ("schema = 1", "schema = ", "TOML"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, old: str, new: str, word: str) -> None:
    change(folder, old, new)
    with pytest.raises(InputError, match=word):
        Recipe.read(folder)


def test_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "p.csv").unlink()
    with pytest.raises(MissingError, match=r"p\.csv"):
        Recipe.read(folder)
    with pytest.raises(MissingError, match="nowhere"):
        Recipe.read(tmp_path / "nowhere")
    with pytest.raises(MissingError, match=r"region\.toml"):
        Recipe.read(tmp_path)


def test_the_digest_follows_content_not_comments(folder: Path) -> None:
    before = Recipe.read(folder).digest()
    change(folder, "schema = 1", "# 说明\nschema = 1")
    assert Recipe.read(folder).digest() == before
    change(folder, "kmh = 70", "kmh = 71")
    changed = Recipe.read(folder).digest()
    assert changed != before
    (folder / "p.csv").write_text("unit\n", encoding="utf-8")
    assert Recipe.read(folder).digest() != changed


def test_osm_roads_need_speeds(folder: Path) -> None:
    change(
        folder,
        'kind = "edge_table"\nnodes = "n.csv"\nedges = "e.csv"\nsource = "all"\nkmh = 70',
        'kind = "osm"\nfile = "n.csv"\nsource = "all"',
    )
    with pytest.raises(InputError, match="speeds"):
        Recipe.read(folder)


PRICES = """
[costs.road]
low = 10
high = 30
reason_zh = "二级公路"
reason_en = "class 2"
[costs.tunnel]
low = 80
high = 80
reason_zh = "隧道"
reason_en = "tunnels"
source_zh = "某县 2024"
source_en = "a county, 2024"
"""


def test_costs_become_assumptions(folder: Path) -> None:
    before = Recipe.read(folder)
    assert before.costs is None
    change(folder, "[zones]", PRICES + "[zones]")
    recipe = Recipe.read(folder)
    made = {one.key: one for one in recipe.all_assumptions() if one.key.startswith("cost_")}
    assert set(made) == {"cost_road", "cost_tunnel"}
    road = made["cost_road"]
    assert (road.low, road.value, road.high) == (10.0, 20.0, 30.0)
    assert road.unit == "million CNY/km"
    assert road.reason_zh == "二级公路 [假定]"
    assert made["cost_tunnel"].reason_en == "tunnels [a county, 2024]"
    assert recipe.digest() != before.digest()


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("low = 10", "low = 40", "40"),
        ("low = 10", "low = 0", "low"),
        ("low = 10\n", "", "costs.road.low"),
        ("[costs.road]", "[costs.rod]", "Did you mean 'road"),
        ('reason_zh = "隧道"\n', "", "reason_zh"),
    ],
)
def test_wrong_costs_are_named(folder: Path, old: str, new: str, word: str) -> None:
    change(folder, "[zones]", PRICES + "[zones]")
    change(folder, old, new)
    with pytest.raises(InputError, match=word):
        Recipe.read(folder)


def test_the_shipped_recipe_prices_every_kind() -> None:
    made = {one.key: one for one in Recipe.read(WUHAN).all_assumptions()}
    for kind in ("road", "bridge", "river_bridge", "tunnel"):
        price = made[f"cost_{kind}"]
        assert price.low is not None
        assert price.high is not None
        assert 0 < price.low < float(price.value) < price.high
        assert "[" in price.reason_zh
