"""The pieces of recipes that the pages show fit the recipe that ships."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from onecity.region.build import build
from onecity.region.recipe import Recipe
from onecity.region.recipe_tables import OsmRoads
from tests.region.sources.osm_files import Sketch

ROOT = Path(__file__).resolve().parents[2]
WUHAN = ROOT / "regions" / "wuhan"
FENCE = re.compile(r"^```toml$\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted(
    page for page in (ROOT / "docs").rglob("*.md") if FENCE.search(page.read_text("utf-8"))
)


def shown(page: Path) -> dict[str, Any]:
    """The recipe that ships, with every table that the page shows put in its place."""
    raw = tomllib.loads((WUHAN / "region.toml").read_text("utf-8"))
    for piece in FENCE.findall(page.read_text("utf-8")):
        for key, value in tomllib.loads(piece).items():
            raw[key] = {**raw["tables"], **value} if key == "tables" else value
    return raw


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_pieces_fit_the_recipe_that_ships(page: Path) -> None:
    raw = shown(page)
    if "source" in raw["zones"]:  # the page has a source of its own for them
        raw["sources"][raw["zones"]["source"]] = raw["sources"]["boundaries"]
    Recipe.model_validate({**raw, "folder": WUHAN})


def test_the_page_on_openstreetmap_builds_the_wuhan_circle(tmp_path: Path) -> None:
    raw = shown(ROOT / "docs" / "how-to" / "openstreetmap.md")
    sketch = Sketch(
        nodes={n: (113.5 + n / 20, 30.3 + n / 100) for n in range(1, 31)},
        box=(113.0, 29.0, 116.0, 32.0),
    )
    sketch.way(list(range(1, 21)), highway="primary", maxspeed="80")
    sketch.way(list(range(20, 31)), highway="residential", oneway="yes")
    raw["tables"]["roads"]["file"] = str(sketch.write(tmp_path / "hubei-latest.osm.pbf"))
    raw["zones"]["resolution"] = 5
    recipe = Recipe.model_validate({**raw, "folder": WUHAN})
    assert isinstance(recipe.tables.roads, OsmRoads)
    region = build(recipe, tmp_path / "out")
    edges = region.table("road_edges").set_index("class")
    assert edges.loc["primary", "kmh"] == pytest.approx(72)
    assert edges.loc["residential", "kmh"] == pytest.approx(25)
    assert not region.has("local_links")
