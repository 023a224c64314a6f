"""The reference pages that are made from the code name everything the code has."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel, Field

from onecity.core.words import LANGUAGES, say
from onecity.index.indicators import OF_INDEX, STRUCTURE
from onecity.region import recipe
from onecity.region.recipe import Recipe, _known_keys
from onecity.region.recipe_tables import Positive
from onecity.region.schema import TABLES
from onecity.region.sources import edge_table, lines, points, population, units
from onecity.strands import strands
from onecity.strands.transport import scale
from onecity.strands.transport.assumed import DEFAULTS
from tests.tiny import tiny_region

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    file = ROOT / "scripts" / "reference_pages.py"
    spec = importlib.util.spec_from_file_location("reference_pages", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def page(pages: ModuleType, name: str) -> str:
    text = (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
    return str(pages.on_page_markdown(text))


def test_every_key_of_a_recipe_is_told(pages: ModuleType) -> None:
    text = page(pages, "recipe")
    assert "<!--" not in text
    for key in _known_keys(Recipe) - {"folder"}:
        assert f"`{key}`" in text or f"[{key}" in text or f"`{key} = " in text, key


def test_a_key_without_a_meaning_fails(pages: ModuleType) -> None:
    class Title(recipe.Title):
        motto: str = "九"

    class Longer(Recipe):
        region: Title

    with pytest.raises(ValueError, match="motto"):
        pages.recipe_keys(Longer)


def test_a_part_of_a_recipe_without_meanings_fails(pages: ModuleType) -> None:
    class Weather(BaseModel):
        rain: float

    class Longer(Recipe):
        weather: Weather | None = None

    with pytest.raises(ValueError, match="rain"):
        pages.recipe_keys(Longer)


def test_kinds_are_told_in_plain_words(pages: ModuleType) -> None:
    class Part(BaseModel):
        text: str | None = None
        several: tuple[str, ...] = ()
        few: int = Field(3, ge=1, le=8)
        speeds: dict[str, Positive] = Field(default_factory=dict)

    said = {
        name: pages.kind_of(field.annotation, field.metadata)
        for name, field in Part.model_fields.items()
    }
    assert said == {
        "text": "text",
        "several": "list of text",
        "few": "whole number, ≥ 1, ≤ 8",
        "speeds": "table of number, > 0",
    }


def test_every_assumption_of_links_is_told(pages: ModuleType) -> None:
    text = page(pages, "recipe")
    assert "<!--" not in text
    for key in DEFAULTS:
        assert f"| `{key}` |" in text
    assert "| `link_reach` | ratio | `4` |" in text
    assert "| `link_cells` | H3 | follows the region |" in text
    with pytest.raises(ValueError, match="motto"):
        pages.assumption_keys({**DEFAULTS, "motto": DEFAULTS["link_reach"]})


def test_the_largest_numbers_of_cells_are_those_that_are_told(pages: ModuleType) -> None:
    text = page(pages, "recipe")
    for most in (scale.MOST_CELLS, scale.MOST_AREAS):
        assert f"{most:,}" in text
    for key, most in (("link_cells", scale.MOST_CELLS), ("link_areas", scale.MOST_AREAS)):
        for language in LANGUAGES:
            assert f"{most:,}" in say(f"transport.why_{key}", language)


def test_every_column_of_a_region_is_told(pages: ModuleType) -> None:
    text = page(pages, "region")
    for table in TABLES.values():
        section = text.split(f"\n## {table.name}\n", 1)[1].split("\n## ", 1)[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.kind.value} |" in section


def test_every_figure_is_told_in_both_languages(pages: ModuleType) -> None:
    text = page(pages, "indicators")
    for figure in (*OF_INDEX, *STRUCTURE):
        assert f"`{figure.key}`" in text
    region = tiny_region()
    for strand in strands().values():
        findings = strand.measure(region)
        found = [*findings.indicators.values(), *(one.indicator for one in findings.matrices)]
        found += [one.indicator for one in strand.propose(region)]
        assert found
        for one in found:
            assert f"`{one.key}`" in text
            assert one.about("zh") in text
            assert one.about("en") in text


def test_needs_of_every_strand_are_told(pages: ModuleType) -> None:
    text = page(pages, "strands")
    for key, strand in strands().items():
        for need in strand.needs:
            assert f"| {key} | `{need.table}` |" in text


@pytest.mark.parametrize(
    "names",
    [
        points.COLUMNS,
        population.COLUMNS,
        lines.WATER_COLUMNS,
        edge_table.NODE_COLUMNS,
        edge_table.EDGE_COLUMNS,
        units._CITY,
        units._COUNTY,
        units._GROUP,
    ],
)
def test_every_column_of_a_file_is_told(names: tuple[str, ...]) -> None:
    text = (ROOT / "docs" / "reference" / "sources.md").read_text(encoding="utf-8")
    for name in names:
        assert f"`{name}`" in text, name


def test_sentences_are_quoted_from_the_catalogue(pages: ModuleType) -> None:
    text = pages.on_page_markdown("before\n\n<!-- said recipe.missing_key -->\n\nafter")
    for language in ("zh", "en"):
        assert say("recipe.missing_key", language, path="*PATH*", key="*KEY*") in text
    with pytest.raises(KeyError):
        pages.on_page_markdown("<!-- said recipe.no_such_sentence -->")
