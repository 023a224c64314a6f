"""``onecity access``: shown, told to programs, written; rules of who may use what."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest
from openpyxl import load_workbook

from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.livelihood import strand

from .conftest import Run


def told(run: Run, *arguments: object) -> dict[str, Any]:
    done = run("access", *arguments, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def rows(answer: dict[str, Any], level: str) -> pd.DataFrame:
    table = pd.DataFrame(answer["access"])
    return table[table["level"] == level].set_index("code")


@pytest.mark.parametrize("language", LANGUAGES)
def test_shown_side_by_side_with_what_is_assumed(run: Run, tiny: Path, language: Language) -> None:
    done = run("access", tiny, "--service", "health", "--borders", "closed", "--lang", language)
    assert done.exit_code == 0, done.output
    for rule in ("today", "open", "given"):
        assert say(f"livelihood.rule_{rule}", language) in done.stdout
    for name in ("worst", "gini", "theil_between", "border_minutes"):
        assert say(f"livelihood.column_{name}", language) in done.stdout
    everything = done.stdout + done.stderr
    assert say("livelihood.free_flow", language) in everything
    assert say("livelihood.mean_stays", language) in everything


def test_figures_are_those_of_measure(run: Run, tiny: Path) -> None:
    answer = told(run, tiny, "--service", "health")
    assert answer["rules"] == ["today", "open"]
    found = strand.measure(Region.open(tiny))
    for level in (Level.CITY, Level.COUNTY):
        table, measured = rows(answer, level.value), found.tables[level]
        for mine, own in (
            ("access_today", "access"), ("access_open", "access_open"),
            ("minutes_today", "minutes"), ("border_minutes_today", "border_minutes"),
            ("without_today", "without"),
        ):  # fmt: skip
            expected = measured[f"livelihood.health_{own}"]
            assert table.loc[expected.index, mine].to_numpy() == pytest.approx(expected.to_numpy())
    (whole,) = rows(answer, "region").to_dict("records")
    region = found.tables[Level.REGION].iloc[0]
    for name in ("worst", "gini", "theil_between", "theil_within"):
        assert whole[f"{name}_today"] == pytest.approx(region[f"livelihood.health_{name}"])
        assert whole[f"{name}_open"] == pytest.approx(region[f"livelihood.health_{name}_open"])
    assert {row["grade"] for row in answer["access"]} == {"E"}
    assert all(row["sources"] for row in answer["access"])


def test_a_file_says_who_may_use_what(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "互认.csv"
    head = "service,from_city,to_city,share,since\n"
    file.write_text(f"{head}health,*,*,1,2026\n", "utf-8")
    free = rows(told(run, tiny, "--service", "health", "--borders", file), "city")
    assert free["access_given"].to_numpy() == pytest.approx(free["access_open"].to_numpy())
    shut = rows(told(run, tiny, "--service", "health", "--borders", "closed"), "city")
    assert (shut["minutes_given"] >= shut["minutes_today"] - 1e-9).all()
    assert (shut["minutes_given"] > shut["minutes_today"]).any()
    # A file that says nothing of the service: closed by assumption, and said to be.
    file.write_text(f"{head}education,*,*,1,2026\n", "utf-8")
    answer = told(run, tiny, "--service", "health", "--borders", file)
    silent = [one["zh"] for one in answer["remarks"]["health"] if "“给定”" in one["zh"]]
    assert len(silent) == 1
    assert "6" in silent[0]
    file.write_text(f"{head}health,990100,990200,1.5,2026\n", "utf-8")
    done = run("access", tiny, "--borders", file)
    assert done.exit_code == Exit.INPUT
    assert "1.5" in done.stderr
    assert run("access", tiny, "--borders", tmp_path / "no.csv").exit_code == Exit.MISSING


@pytest.mark.parametrize("ending", ["csv", "xlsx", "gpkg", "geojson", "parquet", "json"])
def test_written_by_ending(run: Run, tiny: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"就医.{ending}"
    assert run("access", tiny, "--service", "health", "--out", file).exit_code == 0
    count = 1 + 3 + 5  # region, cities, counties
    match ending:
        case "csv":
            assert len(pd.read_csv(file)) == count
        case "parquet":
            assert len(pd.read_parquet(file)) == count
        case "json":
            assert len(json.loads(file.read_text("utf-8"))["access"]) == count
        case "xlsx":
            book = load_workbook(file)
            assert book.worksheets[0].max_row == 1 + count
            assert len(book.worksheets) == 3  # what is assumed and the sources beside it
        case _:
            assert len(pyogrio.read_dataframe(file)) == count - 1


def test_what_there_is_not(run: Run, tiny: Path, tmp_path: Path) -> None:
    done = run("access", tiny, "--service", "magic", "--lang", "en")
    assert done.exit_code == Exit.MISSING
    assert "education, health, culture, elderly" in done.stderr
    assert run("access", tiny, "--out", tmp_path / "x.pdf").exit_code == Exit.INPUT
    bare = tmp_path / "bare"
    opened = Region.open(tiny)
    kept = {name: opened.table(name) for name in opened.manifest.tables if name != "facilities"}
    manifest = opened.manifest.with_tables({name: opened.manifest.tables[name] for name in kept})
    Region.from_tables(manifest, kept).write(bare)
    done = run("access", bare, "--lang", "en")
    assert done.exit_code == Exit.MISSING
    assert "tables.facilities" in done.stderr
