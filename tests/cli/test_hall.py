"""``onecity hall``: template, check and analysis as a user meets them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from onecity.hall.catalogue.workbook import write_workbook
from tests.hall.small import SMALL

from .conftest import Run


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return write_workbook(SMALL, tmp_path / "通办 目录.xlsx")


def test_a_template_is_written_and_never_over_another(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "目录.xlsx"
    assert run("hall", "template", path).exit_code == 0
    assert "事项" in load_workbook(path).sheetnames
    again = run("hall", "template", path, "--example")
    assert again.exit_code == 4
    assert "已经存在" in again.stderr
    assert run("hall", "template", tmp_path / "a.csv").exit_code == 2


def test_a_sound_catalogue_is_told(run: Run, catalogue: Path) -> None:
    told = run("hall", "check", catalogue)
    assert told.exit_code == 0
    assert "4 个事项" in told.stdout
    answer = json.loads(run("hall", "check", catalogue, "--json").stdout)
    assert answer["sound"] is True


def test_faults_are_told_and_marked(run: Run, catalogue: Path, tmp_path: Path) -> None:
    book = load_workbook(catalogue)
    book["事项"]["K2"] = 99
    book.save(catalogue)
    marked = tmp_path / "标注.xlsx"
    told = run("hall", "check", catalogue, "--marked", marked)
    assert told.exit_code == 1
    assert "K2" in told.stdout
    assert load_workbook(marked)["事项"]["K2"].comment is not None
    assert run("hall", "check", catalogue, "--marked", catalogue).exit_code == 2
    analysed = run("hall", "analyse", catalogue)
    assert analysed.exit_code == 2
    assert "1 处错误" in analysed.stderr


def test_a_catalogue_is_analysed(run: Run, catalogue: Path, tmp_path: Path) -> None:
    shown = run("hall", "analyse", catalogue, "--exchanges", "2")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("虚构")
    answer = json.loads(run("hall", "analyse", catalogue, "--json", "--weights", "0:0:1").stdout)
    assert answer["weights"] == {"visits": 0, "documents": 0, "days": 1}
    assert answer["openings"]["gap"] <= 1e-6
    for ending in (".html", ".xlsx", ".json"):
        out = tmp_path / "新 文件夹" / f"分析{ending}"
        assert run("hall", "analyse", catalogue, "--out", out).exit_code == 0
        assert out.stat().st_size > 1000


def test_a_catalogue_is_never_written_over(run: Run, catalogue: Path) -> None:
    before = catalogue.read_bytes()
    told = run("hall", "analyse", catalogue, "--out", catalogue)
    assert told.exit_code == 2
    assert "目录本身" in told.stderr
    assert catalogue.read_bytes() == before


def test_cases_between_cities_become_flows(run: Run, catalogue: Path, tmp_path: Path) -> None:
    out = tmp_path / "办件.csv"
    assert run("hall", "crossings", catalogue, out).exit_code == 0
    assert "city,cases,2024,A,B,60" in out.read_text("utf-8-sig")
    empty = write_workbook(replace(SMALL, caseloads=()), tmp_path / "b.xlsx")
    assert run("hall", "crossings", empty, out).exit_code == 2


def test_a_catalogue_is_linked_data(run: Run, catalogue: Path, tmp_path: Path) -> None:
    out = tmp_path / "目录.jsonld"
    assert run("hall", "export", catalogue, out).exit_code == 0
    assert "@graph" in json.loads(out.read_text("utf-8"))
    assert run("hall", "export", catalogue, tmp_path / "a.xml").exit_code == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ["--weights", "1:1"],
        ["--weights", "1:-1:1"],
        ["--grain", "all"],
        ["--on", "2025-13-01"],
        ["--on", "9999-12-31"],
        ["--exchanges", "2.5"],
        ["--out", "a.pdf"],
        ["--exchanges", "-1"],
    ],
)
def test_what_makes_no_sense_is_told(run: Run, catalogue: Path, wrong: list[str]) -> None:
    told = run("hall", "analyse", catalogue, *wrong)
    assert told.exit_code == 2
    assert told.stderr.startswith("错误")
