"""Maps and tables that show themselves in a notebook."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.core.words import LANGUAGES, Language, say
from onecity.region.store import Region
from onecity.report.notebook import map_of, table_of
from onecity.strands.contract import BorderLayer, Findings, Level

TEXT = "{http://www.w3.org/2000/svg}text"


def texts_of(svg: str) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314 - we wrote it
    return [one.text or "" for one in root.iter(TEXT)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layer_is_drawn_with_title_trust_and_legend(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any], language: Language
) -> None:
    found = findings["transport"]
    kinds = {type(layer) for layer in layers["transport"]}
    assert BorderLayer in kinds
    for layer in layers["transport"]:
        svg = map_of(region, found, layer, language).svg
        said = texts_of(svg)
        one = layer.indicator
        title = next(text for text in said if one.text(language) in text)
        assert f"{one.nature.text(language)} {one.grade.value}" in title
        assert svg.count('width="110"') >= len(layer.scale.colours)
        for colour in layer.scale.colours:
            assert colour in svg


def test_a_map_is_shown_by_notebooks_and_kept_as_svg_or_png(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any], tmp_path: Path
) -> None:
    drawn = map_of(region, findings["transport"], layers["transport"][0])
    assert drawn._repr_svg_() == drawn.svg
    drawn.save(tmp_path / "图.svg")
    drawn.save(tmp_path / "图.PNG")
    assert (tmp_path / "图.svg").read_text("utf-8") == drawn.svg
    assert (tmp_path / "图.PNG").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="jpg"):
        drawn.save(tmp_path / "图.jpg")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("level", list(Level))
def test_a_table_holds_the_figures_under_their_names(
    region: Region, findings: dict[str, Findings], level: Level
) -> None:
    for found in (findings["transport"], findings["livelihood"]):
        table, figures = table_of(region, found, level.value), found.tables[level]
        assert table.shape == figures.shape
        for place, key in enumerate(figures.columns):
            one = found.indicators[key]
            assert tuple(table.columns[place]) == (
                one.text("zh"),
                say(f"units.{one.unit}", "zh"),
                f"{one.nature.text('zh')} {one.grade.value}",
            )
            shown = table.iloc[:, place].to_numpy(dtype=np.float64, na_value=np.nan)
            np.testing.assert_array_equal(shown, figures[key].round(one.decimals))


def test_units_are_named_in_the_language_asked_for(
    region: Region, findings: dict[str, Findings]
) -> None:
    cities = region.table("cities").set_index("city")
    codes = findings["transport"].tables[Level.CITY].index
    for language in LANGUAGES:
        table = table_of(region, findings["transport"], "city", language)
        assert list(table.index) == list(cities.loc[codes, f"name_{language}"])


def test_a_level_without_figures_is_refused(region: Region, findings: dict[str, Findings]) -> None:
    with pytest.raises(InputError, match="province"):
        table_of(region, findings["transport"], "province")
