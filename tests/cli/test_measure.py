"""The integration index on the command line: with its parts, weights, history, and as files."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say
from onecity.index import integration_index
from onecity.region.recipe import Recipe
from onecity.region.store import Region
from onecity.strands import ORDER, strands
from onecity.strands.contract import Level
from onecity.strands.findings_cache import measured
from tests.tiny import tiny_region

from .conftest import Run


@pytest.fixture(scope="module")
def expected(tiny: Path) -> Any:
    region = Region.open(tiny)
    return integration_index(region, {key: measured(one, region) for key, one in strands().items()})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_is_shown_first_with_parts_and_what_is_missing(
    run: Run, tiny: Path, expected: Any, language: Language
) -> None:
    done = run("measure", tiny, "--lang", language)
    assert done.exit_code == 0, done.stderr
    text = done.stdout
    assert text.index(say("index.topic_integration", language)) < text.index(
        say("transport.minutes_core", language)
    )
    assert f"{expected.value:.3f}" in text
    for part in expected.parts:
        assert f"{part.permeability:.3f}" in text
        assert say(f"strands.name_{part.strand}", language) in text
    for one in expected.missing:
        assert one.reason.text(language) in text
    for role in ("core", "gateway", "wing"):
        assert say(f"index.cards_{role}", language) in text
    assert say("index.whole_region", language) in text


def test_the_index_for_programs(run: Run, tiny: Path, expected: Any) -> None:
    answer = json.loads(run("measure", tiny, "--json").stdout)
    index = answer["index"]
    assert index["value"] == pytest.approx(expected.value)
    assert index["low"] <= index["value"] <= index["high"]
    assert {one["strand"] for one in (*index["parts"], *index["missing"])} >= set(ORDER)
    assert sum(one["weight"] for one in index["parts"]) == pytest.approx(1)
    for one in index["parts"]:
        assert set(one["border"]["sources"]) <= set(Region.open(tiny).manifest.sources)
    figures = {one["indicator"]: one for one in answer["figures"] if one["level"] == "region"}
    assert figures["index.value"]["value"] == pytest.approx(expected.value)
    assert figures["index.value"]["low"] == pytest.approx(index["low"])
    assert {one["key"] for one in answer["rankings"]} >= {"index.parts", "index.cards_core"}
    # Who asks for cities alone is spared it.
    less = json.loads(run("measure", tiny, "--json", "--level", "city").stdout)
    assert less["index"] is None


def test_weights_move_the_index_as_they_say(run: Run, tiny: Path, expected: Any) -> None:
    named = ",".join(f"{one.strand}={number}" for number, one in enumerate(expected.parts, 1))
    index = json.loads(run("measure", tiny, "--json", "--weights", named).stdout)["index"]
    total = sum(range(1, len(expected.parts) + 1))
    value = 1.0
    for number, one in enumerate(expected.parts, 1):
        value *= one.permeability ** (number / total)
    assert index["value"] == pytest.approx(value)


@pytest.mark.parametrize(
    "weights", ["transport", "transport=x", "transport=1,transport=2", "magic=1", "transport=-1"]
)
def test_weights_that_cannot_be(run: Run, tiny: Path, weights: str) -> None:
    done = run("measure", tiny, "--weights", weights)
    assert done.exit_code == Exit.INPUT
    assert done.stderr.strip()
    assert not done.stdout


def test_the_index_over_years(run: Run, tiny: Path, tmp_path: Path) -> None:
    before = tmp_path / "云湾-2020"
    shutil.copytree(tiny, before)
    answer = json.loads(run("measure", tiny, "--json", "--history", f"2020={before}").stdout)
    (moment,) = answer["index"]["history"]
    assert moment["label"] == "2020"
    assert moment["value"] == answer["index"]["value"]
    shown = run("measure", tiny, "--history", f"2020={before}").stdout
    table = shown[shown.index(say("index.history", "zh")) :]
    assert table.index("2020") < table.index(tiny.name)
    twice = run("measure", tiny, "--history", str(before), "--history", f"{before.name}={tiny}")
    assert twice.exit_code == Exit.INPUT


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_the_index_as_a_file(
    run: Run, tiny: Path, tmp_path: Path, expected: Any, ending: str
) -> None:
    file = tmp_path / f"指标{ending}"
    assert run("measure", tiny, "--out", file).exit_code == 0
    if ending == ".csv":
        rows = pd.read_csv(file)
        (row,) = rows[rows["indicator"] == "index.value"].to_dict("records")
        assert row["value"] == pytest.approx(expected.value)
        assert row["low"] == pytest.approx(expected.interval[0])
        assert row["grade"] == expected.grade.value
        return
    book = load_workbook(file)
    assert book.sheetnames[0] == say("index.parts", "zh")
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]
    found = {row[1]: row[2] for row in cells}
    assert found == {
        say(f"strands.name_{one.strand}", "zh"): pytest.approx(one.permeability)
        for one in expected.parts
    }


def test_a_recipe_is_measured_by_what_was_built_from_it(
    run: Run, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    region = tiny_region()
    place = tmp_path / "out" / recipe.name
    region.write(place)
    # Something else stands in its place: it is left alone, and the way is told.
    other = run("measure", recipe)
    assert other.exit_code == Exit.MISSING
    assert "onecity build" in other.stderr
    made = replace(region.manifest, recipe_sha256=Recipe.read(recipe).digest())
    tables = {name: region.table(name) for name in region.manifest.tables}
    shutil.rmtree(place)
    Region.from_tables(made, tables).write(place)
    done = run("measure", recipe, "--level", "region")
    assert done.exit_code == 0, done.stderr
    assert say("index.parts", "zh") in done.stdout
    assert Level.REGION.text("zh") in done.stdout
    assert str(Path("out") / recipe.name) in done.stdout
