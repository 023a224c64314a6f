"""Topics on the command line: listed, shown, written, and told to programs."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from openpyxl import load_workbook

from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say
from tests.topical import CLOSED, KEY, ROADS, teach, topics

from .conftest import Run


@pytest.fixture(autouse=True)
def _taught(monkeypatch: pytest.MonkeyPatch) -> None:
    teach(monkeypatch, topics("flows"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_topics_are_listed_with_what_they_lack(run: Run, tiny: Path, language: Language) -> None:
    done = run("examine", tiny, "--strand", "transport", "--lang", language)
    assert done.exit_code == 0
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert say("topics.open", language) in rows[KEY]
    assert say("topics.lacks", language, tables="flows") in rows[CLOSED]
    told = json.loads(run("examine", tiny, "--strand", "transport", "--json").stdout)["topics"]
    assert [(one["key"], one["open"], one["lacks"]) for one in told] == [
        (KEY, True, []),
        (CLOSED, False, ["flows"]),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_topic_is_shown_with_all_that_belongs_to_it(
    run: Run, tiny: Path, language: Language
) -> None:
    done = run("examine", tiny, KEY, "--lang", language, "--top", 2)
    assert done.exit_code == 0, done.stderr
    first, second, third = (row.name[language] for row in ROADS.rows)
    assert first in done.stdout
    assert second in done.stdout
    assert third not in done.stdout
    counted = say("topics.list_title", language, title=ROADS, shown=2, total=40)
    assert counted in done.stdout
    assert "12.35" in done.stdout  # of the list
    assert "67,890" in done.stdout
    assert say("transport.candidate_only", language) in done.stdout
    assert say("transport.without_water", language) in done.stdout
    assert say("report.border_all", language) in done.stdout
    assert say("assumptions.name_access_kmh", language) in done.stdout
    assert say("topics.empty_list", language, title=say("transport.off_people", language)) in (
        done.stdout
    )
    # Numbers of sources in heads are told below.
    assert "[3,4]" in done.stdout
    assert "\n[4] " in done.stdout


@pytest.mark.parametrize(
    ("name", "reason", "code"),
    [("nonsense", KEY, Exit.INPUT), (CLOSED, "flows", Exit.MISSING)],
)
def test_what_cannot_be_examined_is_said(
    run: Run, tiny: Path, name: str, reason: str, code: Exit
) -> None:
    done = run("examine", tiny, name)
    assert done.exit_code == code
    assert name in done.stderr
    assert reason in done.stderr


def test_data_without_what_a_topic_looks_at(
    run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teach(monkeypatch, topics(fits=False))
    done = run("examine", tiny, f"transport.{CLOSED}")
    assert done.exit_code == Exit.MISSING
    assert done.stderr.strip().endswith(say("topics.does_not_fit", "zh", topic=f"虚构专题{CLOSED}"))


def test_a_topic_for_programs(run: Run, tiny: Path) -> None:
    (told,) = json.loads(run("examine", tiny, KEY, "--json").stdout)["topics"]
    (full, empty) = told["rankings"]
    assert full["rows"][0]["values"] == [12.345, 67_890.0]
    assert full["rows"][1]["values"] == [1.0, None]
    assert full["rows"][2]["point"] == [-29.5, 1.2]
    assert empty["rows"] == []
    assert set(full["columns"]) <= set(told["indicators"])
    assert {one["indicator"] for one in (*told["figures"], *told["layers"])} <= set(
        told["indicators"]
    )
    assert told["assumptions"][0]["name_en"] != told["assumptions"][0]["key"]
    assert told["borders"][0]["verdict"]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_topic_as_one_table(run: Run, tiny: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"专题{ending}"
    assert run("examine", tiny, KEY, "--out", file).exit_code == 0
    rows = pd.read_csv(file) if ending == ".csv" else pd.read_parquet(file)
    assert {"unit", "nature", "grade", "sources", "topic", "ranking", "rank"} <= set(rows.columns)
    ranked = rows[rows["ranking"].notna()]
    assert list(ranked["rank"]) == [1, 1, 2, 2, 3, 3]
    assert list(ranked["value"].dropna()) == [12.345, 67_890.0, 1.0, 0.5, 3.0]
    assert set(rows.loc[rows["ranking"].isna(), "level"]) == {"region", "group", "city", "county"}


def test_a_topic_as_shapes(run: Run, tiny: Path, tmp_path: Path) -> None:
    package, collection = tmp_path / "专题.gpkg", tmp_path / "专题.geojson"
    for file in (package, collection):
        assert run("examine", tiny, KEY, "--out", file).exit_code == 0
    names = {str(name) for name in pyogrio.list_layers(package)[:, 0]}
    assert names >= {"county", "transport_far_share", "lengths_roads", "indicators"}
    listed = gpd.read_file(package, layer="transport_far_share")
    assert list(listed.geometry.geom_type) == ["MultiLineString", "MultiLineString", "Point"]
    assert listed["transport_leg_km"].iloc[0] == pytest.approx(12.345)
    roads = gpd.read_file(package, layer="lengths_roads")
    assert list(roads["edge"]) == list(range(20))
    assert list(roads["transport_leg_km"]) == [float(one) for one in range(20)]
    held = json.loads(collection.read_text("utf-8"))["features"]
    assert sum("ranking" in one["properties"] for one in held) == 3
    assert sum("edge" in one["properties"] for one in held) == 20


def test_a_topic_in_a_spreadsheet(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "专题.xlsx"
    assert run("examine", tiny, KEY, "--out", file).exit_code == 0
    book = load_workbook(file)
    first = book.worksheets[0]
    assert first.title == say("transport.far_share", "zh")[:31]
    assert [cell.value for cell in first[2]][:4] == [1, "甲桥<b>", 12.345, 67_890]
    assert first["D3"].value is None
    assert say("cli.info_assumptions", "zh") in book.sheetnames
    assert book.sheetnames[-1] == say("cli.info_sources", "zh")
