"""Commands on what was found: borders, links, workbooks out and in."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from openpyxl import load_workbook

from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say
from onecity.region.store import Region
from onecity.region.workbook import FORMS
from onecity.report.workbooks import Sheet, write_workbook
from onecity.strands.contract import Level
from onecity.strands.transport import strand as transport
from tests.region.workbook.forms import HOSPITAL, filled
from tests.tiny import DEAD_ENDS

from .conftest import Run

TRUST = {"unit", "nature", "grade", "sources"}


def table_of(file: Path) -> Any:
    match file.suffix:
        case ".csv":
            return pd.read_csv(file, dtype={"city_a": str, "city_b": str})
        case ".parquet":
            return pd.read_parquet(file)
        case _:
            return gpd.read_file(file)


# --- borders ----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_borders_are_shown_with_range_and_chance(run: Run, tiny: Path, language: Language) -> None:
    done = run("borders", tiny, "--lang", language)
    assert done.exit_code == 0
    assert say("report.border_all", language) in done.stdout
    assert say("cli.column_placebo", language) in done.stdout
    found = transport.measure(Region.open(tiny)).borders
    for one in found:
        assert one.chance is not None
        assert f"{one.chance.p:.1%}" in done.stdout


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".gpkg", ".geojson"])
def test_borders_as_files(run: Run, tiny: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"边界{ending}"
    assert run("borders", tiny, "--out", file).exit_code == 0
    rows = table_of(file)
    assert set(rows.columns) >= TRUST
    assert set(rows["scope"]) == {"region", "border", "city"}
    if ending in {".gpkg", ".geojson"}:
        lines = rows[rows["scope"] == "border"]
        assert lines.geometry.notna().all()
        assert rows[rows["scope"] != "border"].geometry.isna().all()
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def test_borders_for_programs(run: Run, tiny: Path) -> None:
    answer = json.loads(run("borders", tiny, "--strand", "transport", "--json").stdout)
    assert len(answer["borders"]) == len(transport.measure(Region.open(tiny)).borders)
    for one in answer["borders"]:
        assert set(one) >= TRUST
        assert one["indicator"] in answer["indicators"]


def test_borders_in_a_spreadsheet(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "边界.xlsx"
    assert run("borders", tiny, "--strand", "transport", "--out", file).exit_code == 0
    book = load_workbook(file)
    assert book.sheetnames == [say("cli.sheet_borders", "zh"), say("cli.info_sources", "zh")]
    assert book.worksheets[0].max_row == 1 + len(transport.measure(Region.open(tiny)).borders)


# --- links ----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_are_shown_with_what_they_assume(run: Run, tiny: Path, language: Language) -> None:
    done = run("links", tiny, "--lang", language)
    assert done.exit_code == 0
    found = transport.propose(Region.open(tiny))
    assert f"{found[0].benefit:,.0f}" in done.stdout
    assert say("assumptions.name_link_decay_minutes", language) in done.stdout
    assert "link_decay_minutes" not in done.stdout
    assert say("transport.candidate_only", language) in done.stdout
    quiet = run("links", tiny, "--lang", language, "--quiet").stdout
    assert "link_decay_minutes" not in quiet


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".gpkg", ".geojson"])
def test_links_as_files(run: Run, tiny: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"连线{ending}"
    assert run("links", tiny, "--out", file).exit_code == 0
    rows = table_of(file)
    found = transport.propose(Region.open(tiny))
    assert set(rows.columns) >= TRUST | {"assumptions_zh", "assumptions_en"}
    assert list(rows["benefit"]) == pytest.approx([one.benefit for one in found])
    if ending in {".gpkg", ".geojson"}:
        ends = np.array(rows.geometry.iloc[0].coords)
        assert ends[:, 0] == pytest.approx(found[0].evidence["lon"])
        assert ends[:, 1] == pytest.approx(found[0].evidence["lat"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_in_a_spreadsheet(run: Run, tiny: Path, tmp_path: Path, language: Language) -> None:
    file = tmp_path / "连线.xlsx"
    assert run("links", tiny, "--out", file, "--lang", language).exit_code == 0
    book = load_workbook(file)
    assert book.sheetnames[0] == say("cli.sheet_links", language)
    first = book.worksheets[0]
    heads = [cell.value for cell in first[1]]
    found = transport.propose(Region.open(tiny))
    gain = heads.index(say("cli.sheet_benefit", language))
    assert first.cell(2, gain + 1).value == pytest.approx(found[0].benefit)
    # What has no price is empty, never zero.
    cost = heads.index(say("cli.sheet_cost_low_million_cny", language))
    assert found[0].cost_million_cny is None
    assert first.cell(2, cost + 1).value is None


def test_links_for_programs(run: Run, tiny: Path) -> None:
    answer = json.loads(run("links", tiny, "--json").stdout)
    assert answer["command"] == "links"
    for one in answer["proposals"]:
        assert set(one) >= TRUST
        assert one["stability"]["draws"] > 0
        assert one["action"]["kind"] == "add_road"
    assert {one["key"] for one in answer["assumptions"]} >= {"link_trips"}


def candidates(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "备选.csv"
    file.write_bytes(text.encode(encoding))
    return file


def test_links_of_ones_own_by_node_and_by_point_are_the_same(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    nodes = Region.open(tiny).table("road_nodes")
    tail, head = (nodes.iloc[one] for one in DEAD_ENDS)
    by_node = candidates(tmp_path, "tail,head,name\n{},{},甲\n\n".format(*DEAD_ENDS), "gb18030")
    one = json.loads(run("links", tiny, "--json", "--candidates", by_node).stdout)["proposals"]
    points = f"{tail.lon + 0.001},{tail.lat},{head.lon},{head.lat - 0.001}"
    by_point = candidates(tmp_path, f"from_lon,from_lat,to_lon,to_lat\n{points}\n")
    other = json.loads(run("links", tiny, "--json", "--candidates", by_point).stdout)["proposals"]
    assert [row["benefit"] for row in one] == [row["benefit"] for row in other]
    assert one[0]["action"]["tail"] == DEAD_ENDS[0]
    assert one[0]["action"]["name"] == "甲"
    assert len(one) == 1


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("a,b\n1,2\n", Exit.INPUT, ["a, b", "from_lon"]),
        ("tail,head\n", Exit.INPUT, ["备选.csv"]),
        ("tail,head\n1,x\n", Exit.INPUT, ["第 2 行", "head", "“x”"]),
        ("tail,head\n1,99999\n", Exit.MISSING, ["99999"]),
        ("tail,head,kmh\n1,2,60\n3,4,-1\n", Exit.INPUT, ["第 3 行", "kmh", "“-1”"]),
        ("tail,head,detour\n1,2,0.5\n", Exit.INPUT, ["detour", "“0.5”"]),
        ("tail,head,both_ways\n1,2,maybe\n", Exit.INPUT, ["both_ways", "“maybe”"]),
        ("from_lon,from_lat,to_lon,to_lat\n0,0,0,0\n", Exit.INPUT, ["第 2 行", "from_lon"]),
        ("from_lon,from_lat,to_lon,to_lat\n200,0,0,0\n", Exit.INPUT, ["“200”"]),
        ("tail,head\n1,1\n", Exit.INPUT, ["1"]),
    ],
)
def test_a_wrong_candidate_is_named(
    run: Run, tiny: Path, tmp_path: Path, text: str, code: int, words: list[str]
) -> None:
    done = run("links", tiny, "--candidates", candidates(tmp_path, text))
    assert done.exit_code == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert done.stdout == ""


def test_a_candidates_file_that_is_not_there_or_no_text(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    assert run("links", tiny, "--candidates", tmp_path / "无.csv").exit_code == Exit.MISSING
    file = tmp_path / "坏.csv"
    file.write_bytes(b"tail,head\n\xff\xff\xff\n")
    assert run("links", tiny, "--candidates", file).exit_code == Exit.INPUT


@pytest.mark.parametrize("command", ["links", "borders"])
def test_an_unknown_ending_is_refused_before_anything_is_done(
    run: Run, tmp_path: Path, command: str
) -> None:
    done = run(command, tmp_path / "none", "--out", tmp_path / "x.doc")
    assert done.exit_code == Exit.INPUT
    assert ".xlsx" in done.stderr


# --- measure ----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_in_a_spreadsheet(run: Run, tiny: Path, tmp_path: Path, language: Language) -> None:
    file = tmp_path / "指标.xlsx"
    done = run("measure", tiny, "--level", "city", "--out", file, "--lang", language)
    assert done.exit_code == 0
    found = transport.measure(Region.open(tiny))
    book = load_workbook(file)
    sheet = book[Level.CITY.text(language)]
    heads = [str(cell.value).split("\n") for cell in sheet[1]]
    table = found.tables[Level.CITY]
    assert [sheet.cell(row, 1).value for row in range(2, 2 + len(table))] == list(table.index)
    for key in table.columns:
        one = found.indicators[key]
        place = next(at for at, head in enumerate(heads) if head[0] == one.text(language))
        for row, value in enumerate(table[key], 2):
            shown = sheet.cell(row, place + 1).value
            assert shown == (None if np.isnan(value) else pytest.approx(value))
    meanings = book[say("cli.sheet_indicators", language)]
    keys = {row[1].value for row in meanings.iter_rows(min_row=2)}
    assert keys >= set(found.indicators)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_as_a_word_document(
    run: Run, tiny: Path, tmp_path: Path, language: Language
) -> None:
    file = tmp_path / "报告.docx"
    assert run("report", tiny, "--out", file, "--lang", language).exit_code == 0
    assert file.read_bytes()[:2] == b"PK"
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def test_figures_as_geojson(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "指标.geojson"
    chosen = ("--level", "county", "--level", "city")
    done = run("measure", tiny, "--strand", "transport", *chosen, "--out", file)
    assert done.exit_code == 0
    collection = json.loads(file.read_text("utf-8"))
    found = transport.measure(Region.open(tiny))
    assert {one["column"].replace("_", ".", 1) for one in collection["indicators"]} == set(
        found.indicators
    )
    assert all(one["grade"] and one["sources"] for one in collection["indicators"])
    levels = [one["properties"]["level"] for one in collection["features"]]
    assert levels == ["city"] * 3 + ["county"] * 5
    county = collection["features"][-1]["properties"]
    value = found.tables[Level.COUNTY].loc[county["code"], "transport.minutes_core"]
    assert county["transport_minutes_core"] == (None if np.isnan(value) else pytest.approx(value))
    assert len(pyogrio.read_dataframe(file)) == len(levels)


def test_a_cell_is_never_a_formula_and_sheets_have_names_that_excel_takes(tmp_path: Path) -> None:
    file = tmp_path / "表.xlsx"
    rows = [("=1+1", float("nan"), float("inf"), "\x07铃", None)]
    same = Sheet("a/b:c*[d]?" * 5, ["一", "二", "三", "四", "五"], rows)
    write_workbook(file, "题", [same, same])
    book = load_workbook(file)
    assert len(set(book.sheetnames)) == 2
    assert all(len(name) <= 31 for name in book.sheetnames)
    cells = book.worksheets[0][2]
    assert [one.value for one in cells] == ["=1+1", None, None, "铃", None]
    assert cells[0].data_type == "s"


# --- template, import ----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_has_a_sheet_for_every_form(
    run: Run, tiny: Path, tmp_path: Path, language: Language
) -> None:
    file = tmp_path / "填报.xlsx"
    assert run("template", tiny, "--out", file, "--lang", language).exit_code == 0
    assert {form.title(language) for form in FORMS} <= set(load_workbook(file).sheetnames)
    empty = tmp_path / "空.xlsx"
    assert run("template", "--out", empty, "--json").exit_code == 0
    assert empty.is_file()
    assert run("template", "--out", tmp_path / "x.xls").exit_code == Exit.INPUT


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_faulty_workbook_is_told_to_the_cell_and_nothing_is_imported(
    run: Run, tiny: Path, tmp_path: Path, language: Language
) -> None:
    wrong = {**HOSPITAL, "county": "123456"}
    file = filled(tmp_path / "表.xlsx", facilities=[HOSPITAL, wrong])
    before = file.read_bytes()
    out = tmp_path / "新"
    done = run("import", file, "--into", tiny, "--out", out, "--lang", language)
    assert done.exit_code == Exit.FAULTS
    assert "123456" in done.stdout
    assert not out.exists()
    assert file.read_bytes() == before
    copy = tmp_path / f"表-{say('cli.import_marked', language)}.xlsx"
    assert {one.name for one in tmp_path.iterdir()} == {"表.xlsx", copy.name}
    assert len(load_workbook(copy).sheetnames) == len(load_workbook(file).sheetnames) + 1


def test_a_faulty_workbook_for_programs(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = filled(tmp_path / "表.xlsx", facilities=[{**HOSPITAL, "county": "123456"}])
    done = run("import", file, "--into", tiny, "--out", tmp_path / "新", "--json")
    assert done.exit_code == Exit.FAULTS
    answer = json.loads(done.stdout)
    assert not answer["sound"]
    faults = [one for one in answer["findings"] if one["severity"] == "fault"]
    assert faults
    assert all(one["sheet"] and one["cell"] and one["zh"] and one["en"] for one in faults)


def test_a_sound_workbook_makes_a_new_region(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = filled(tmp_path / "表.xlsx", facilities=[HOSPITAL])
    out = tmp_path / "新"
    before = Region.open(tiny).hash
    done = run("import", file, "--into", tiny, "--out", out, "--json")
    assert done.exit_code == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["sound"]
    assert [one["table"] for one in answer["changed"]] == ["facilities"]
    made = Region.open(out)
    assert made.hash == answer["result"]["hash"] != before
    assert Region.open(tiny).hash == before
    assert made.table("facilities")["name_zh"].iloc[-1] == "第一医院"
    again = run("import", file, "--into", tiny, "--out", out)
    assert again.exit_code == 0
    assert "facilities" in again.stdout


def test_the_region_is_never_imported_into_itself(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = filled(tmp_path / "表.xlsx", facilities=[HOSPITAL])
    done = run("import", file, "--into", tiny, "--out", tiny)
    assert done.exit_code == Exit.INPUT
    assert Region.open(tiny).hash


# --- dossier ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        ("--border", "云湾", "990200"),
        ("--link", "1"),
        ("--county", "外湾区"),
        ("--city", "云湾"),
        ("--group", "gate"),
    ],
)
def test_a_dossier_is_written(
    run: Run, tiny: Path, tmp_path: Path, wanted: tuple[str, ...]
) -> None:
    file = tmp_path / "单页.html"
    done = run("dossier", tiny, *wanted, "--out", file, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["file"] == str(file)
    assert file.read_text("utf-8").startswith("<!doctype html>")
    document = file.with_suffix(".docx")
    assert run("dossier", tiny, *wanted, "--out", document).exit_code == 0
    assert document.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ((), Exit.INPUT),
        (("--link", "1", "--border", "云湾", "岚浦"), Exit.INPUT),
        (("--county", "外湾区", "--city", "云湾"), Exit.INPUT),
        (("--county", "亚特兰蒂斯"), Exit.MISSING),
        (("--county", "湾"), Exit.MISSING),
        (("--link", "999"), Exit.MISSING),
        (("--border", "云湾", "内湾区"), Exit.INPUT),
        (("--border", "云湾", "亚特兰蒂斯"), Exit.MISSING),
        (("--border", "云湾", "砾泽"), Exit.MISSING),
    ],
)
def test_a_dossier_on_nothing_is_refused(
    run: Run, tiny: Path, tmp_path: Path, wanted: tuple[str, ...], code: int
) -> None:
    file = tmp_path / "单页.html"
    done = run("dossier", tiny, *wanted, "--out", file)
    assert done.exit_code == code, done.stderr
    assert not file.exists()
