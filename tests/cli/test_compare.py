"""The command that compares scenarios, and measuring one."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from onecity.cli.compared import signed
from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say
from onecity.programme.baseline import Baseline
from onecity.programme.scenario import Scenario
from onecity.programme.tables import COLUMNS, COUNTED, side_by_side
from onecity.region.interventions import AddRoad, CloseRoad, Intervention
from onecity.region.store import Region
from onecity.strands import strands
from onecity.strands.contract import Level
from tests.tiny import DEAD_ENDS, tiny_region

from .conftest import Run

KEY = "transport.minutes_core"


@pytest.fixture(scope="session")
def files(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Scenario files: a new road, a closed one."""
    folder = tmp_path_factory.mktemp("情景")
    region = Region.open(tiny)
    made: dict[str, list[Intervention]] = {
        "新路": [AddRoad(1, 6, kmh=160.0, name="快速路")],
        "封路": [CloseRoad((3, 4))],
    }
    for title, changes in made.items():
        key = {"新路": "new", "封路": "closed"}[title]
        scenario = Scenario.drawn(region, changes, title=title, key=key)
        (folder / f"{title}.json").write_text(scenario.to_json(), encoding="utf-8")
    return {title: folder / f"{title}.json" for title in made}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_scenario_is_shown_with_its_winners_and_losers(
    run: Run, tiny: Path, files: dict[str, Path], language: Language
) -> None:
    done = run("compare", tiny, files["新路"], "--lang", language)
    assert done.exit_code == 0, done.output
    assert "新路" in done.stdout
    for word in ("figures", "people", "places", "cities"):
        assert say(f"cli.compare_{word}", language) in done.stdout
    assert say("report.border_all", language) in done.stdout
    assert say("programme.all_else_equal", language) in done.stdout
    assert say("transport.shift_main", language) in done.stdout
    found = Baseline(tiny_region()).compare([AddRoad(1, 6, kmh=160.0)]).differences["transport"]
    change = found.change[Level.REGION][KEY].iloc[0]
    assert signed(change, found.indicators[KEY].decimals) in done.stdout
    assert f"{found.balances[KEY].of('gain_people'):,.0f}" in done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_scenarios_stand_side_by_side(
    run: Run, tiny: Path, files: dict[str, Path], language: Language
) -> None:
    done = run("compare", tiny, files["新路"], files["封路"], "--lang", language)
    assert done.exit_code == 0, done.output
    (head,) = [line for line in done.stdout.splitlines() if "新路" in line and "封路" in line][:1]
    assert say("cli.column_before", language) in head
    assert say("cli.compare_borders_points", language) in done.stdout
    losers = [line for line in done.stdout.splitlines() if line.strip().startswith("0")]
    assert losers == []


def test_a_quick_answer_has_no_borders(run: Run, tiny: Path, files: dict[str, Path]) -> None:
    done = run("compare", tiny, files["新路"], "--quick", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "quick answer" in done.stdout
    assert say("transport.shift_not_asked", "en") in done.stdout
    assert say("report.border_all", "en") not in done.stdout
    told = json.loads(run("compare", tiny, files["新路"], "--quick", "--json").stdout)
    assert {row["told"] for row in told["figures"]} == {"figure", *COUNTED}


def test_for_programs_every_figure_says_what_it_is(
    run: Run, tiny: Path, files: dict[str, Path]
) -> None:
    told = json.loads(run("compare", tiny, files["新路"], files["封路"], "--json").stdout)
    assert told["command"] == "compare"
    assert [one["key"] for one in told["scenarios"]] == ["new", "closed"]
    assert told["scenarios"][0]["interventions"][0]["name"] == "快速路"
    expected = Baseline(tiny_region())
    for key, changes in (("new", [AddRoad(1, 6, kmh=160.0)]), ("closed", [CloseRoad((3, 4))])):
        found = expected.compare(changes).differences["transport"]
        (row,) = [
            row
            for row in told["figures"]
            if (row["scenario"], row["told"], row["level"], row["indicator"])
            == (key, "figure", "region", KEY)
        ]
        assert row["change"] == found.change[Level.REGION][KEY].iloc[0]
        people = [
            row["change"]
            for row in told["figures"]
            if (row["scenario"], row["told"], row["code"], row["indicator"])
            == (key, "lose_people", "990200", KEY)
        ]
        assert people == [found.balances[KEY].of("lose_people", Level.CITY, "990200")]
    for row in told["figures"]:
        assert row["sources"]
        assert {"unit", "nature", "grade"} <= set(row)
        assert row["indicator"] in told["indicators"]
    assert told["remarks"]["transport"]


def test_thresholds_are_the_users(run: Run, tiny: Path, files: dict[str, Path]) -> None:
    def losers(*more: str) -> float:
        told = json.loads(run("compare", tiny, files["封路"], "--quick", "--json", *more).stdout)
        rows = [row for row in told["figures"] if row["told"] == "lose_people"]
        (row,) = [row for row in rows if (row["level"], row["indicator"]) == ("region", KEY)]
        assert row["threshold"] == (float(more[1]) if more else 1.0)
        return float(row["change"])

    few, many = losers("--minutes", "12"), losers()
    assert many > few > 0
    assert losers("--minutes", "600") == 0
    done = run("compare", tiny, files["封路"], "--minutes", "-1")
    assert done.exit_code == Exit.INPUT


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_as_a_table(
    run: Run, tiny: Path, files: dict[str, Path], tmp_path: Path, ending: str
) -> None:
    out = tmp_path / "结果" / f"比较{ending}"
    assert run("compare", tiny, files["新路"], files["封路"], "--out", out).exit_code == 0
    read: Any = pd.read_parquet if ending == ".parquet" else pd.read_csv
    table = read(out)
    assert list(table.columns) == list(COLUMNS)
    assert set(table["scenario"]) == {"new", "closed"}
    assert set(table["level"]) == {"region", "group", "city", "county"}
    figures = table[table["told"] == "figure"]
    kept = figures.dropna(subset=["before", "after"])
    assert (kept["after"] - kept["before"] - kept["change"]).abs().max() < 1e-6
    assert (kept["change_low"].isna() | (kept["change_low"] <= kept["change_high"])).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_a_workbook(
    run: Run, tiny: Path, files: dict[str, Path], tmp_path: Path, language: Language
) -> None:
    out = tmp_path / "比较.xlsx"
    done = run("compare", tiny, files["新路"], "--out", out, "--lang", language)
    assert done.exit_code == 0, done.output
    book = load_workbook(out)
    words = ("figures", "people", "borders", "done")
    assert book.sheetnames[:4] == [say(f"cli.sheet_compare_{word}", language) for word in words]
    cells = [cell for row in book[book.sheetnames[1]].iter_rows(values_only=True) for cell in row]
    assert say("cli.column_gain_people", language) in cells
    assert "岚浦市" in cells or "Lanpu" in cells


def test_what_is_wrong_is_told(
    run: Run, tiny: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    assert run("compare", tiny, tmp_path / "无.json").exit_code == Exit.MISSING
    wrong = tmp_path / "错.json"
    wrong.write_text(files["新路"].read_text("utf-8").replace("160.0", '"快"'), encoding="utf-8")
    done = run("compare", tiny, wrong)
    assert done.exit_code == Exit.INPUT
    assert "$.interventions[0].kmh" in done.output
    assert run("compare", tiny, files["新路"], "--out", tmp_path / "a.txt").exit_code == Exit.INPUT
    assert run("compare", tiny).exit_code == Exit.INPUT
    folder = run("compare", tiny, tmp_path)
    assert folder.exit_code == Exit.MISSING


def test_a_scenario_of_another_version_is_found_again_or_refused(
    run: Run, tiny: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    zones = tiny_region().table("zones")
    tiny_region(zones=zones.assign(people=zones["people"] * 1.1)).write(tmp_path / "新版")
    done = run("compare", tmp_path / "新版", files["新路"], "--quick", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "another version" in done.stdout
    edges = tiny_region().table("road_edges").drop(index=4).reset_index(drop=True)
    edges["edge"] = range(len(edges))
    tiny_region(road_edges=edges).write(tmp_path / "另一版")
    done = run("compare", tmp_path / "另一版", files["封路"])
    assert done.exit_code == Exit.INPUT


def test_a_scenario_is_measured_like_a_region(run: Run, tiny: Path, files: dict[str, Path]) -> None:
    done = run("measure", tiny, "--scenario", files["新路"], "--level", "region", "--json")
    told = json.loads(done.stdout)
    scenario = tiny_region().apply([AddRoad(1, 6, kmh=160.0, name="快速路")])
    expected = strands()["transport"].measure(scenario).tables[Level.REGION]
    (row,) = [row for row in told["figures"] if row["indicator"] == KEY]
    assert row["value"] == expected[KEY].iloc[0]
    assert told["region"]["hash"] != Region.open(tiny).hash
    assert run("measure", tiny, "--scenario", files["新路"].parent).exit_code == Exit.MISSING


def test_changes_have_their_sign() -> None:
    assert signed(1.25, 1) == "+1.2"
    assert signed(-1.25, 1) == "−1.2"
    assert signed(0.04, 1) == signed(-0.04, 1) == "0.0"
    assert signed(float("nan"), 1) == "—"


def test_the_dead_ends_of_the_tiny_region_make_a_flat_table() -> None:
    base = Baseline(tiny_region())
    found = [base.compare([AddRoad(*DEAD_ENDS, kmh=60.0)]), base.compare([])]
    table = side_by_side(found, tuple(Level))
    zones = table[(table["told"] == "figure") & (table["level"] == "zone")]
    assert set(zones["code"]) == set(tiny_region().table("zones")["zone"])
    borders = table[table["told"] == "border"]
    differences = [each for one in found for each in one.differences.values()]
    assert len(borders) == sum(len(each.borders) for each in differences)
    assert set(borders["found_verdict"]) <= {"clear", "unsure", "none"}
    pairs = table["to"].notna() & (table["told"] == "figure")
    matrices = sum(len(each.matrices) for each in differences)
    assert len(table[pairs]) == matrices * 6  # pairs of three cities
    assert side_by_side([]).columns.tolist() == list(COLUMNS)
