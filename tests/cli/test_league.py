"""``onecity league``: told before it measures, shown as a table, written by the file's ending."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say
from tests.league.conftest import own_list, three, work

from .conftest import Run

__all__ = ["own_list", "three", "work"]  # fixtures: a made-up land, its list, a work folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_league_is_shown(run: Run, own_list: Path, work: Path, language: Language) -> None:
    done = run("league", "--groups", own_list, "--work", work, "--lang", language)
    assert done.exit_code == 0
    assert "三市" in done.stdout
    assert say("league.trunk_level", language) in done.stdout
    assert say("league.without_flows", language) in done.stdout


def test_files_by_their_endings(run: Run, own_list: Path, work: Path, tmp_path: Path) -> None:
    told = run("league", "--groups", own_list, "--work", work, "--json")
    group = json.loads(told.stdout)["groups"][0]
    for ending, mark in (
        ("csv", b"place,group"), ("json", b"{"), ("html", b"<!doctype html>"),
        ("svg", b"<svg"), ("png", b"\x89PNG"), ("xlsx", b"PK"),
    ):  # fmt: skip
        file = tmp_path / f"对标.{ending}"
        done = run("league", "--groups", own_list, "--work", work, "--out", file)
        assert done.exit_code == 0
        assert mark in file.read_bytes()[:40]
    flat = load_workbook(tmp_path / "对标.xlsx")["flat"]
    heads, cells = ([one.value for one in row] for row in flat.iter_rows())
    row = dict(zip(heads, cells, strict=True))
    assert row["core_people_60"] == pytest.approx(group["core_people_60"])
    assert row["premium"] is None


def test_what_is_wrong_is_told_at_once(run: Run, own_list: Path, work: Path) -> None:
    for arguments, code in (
        (("--out", "league.docx"), Exit.INPUT),
        (("--only", "nobody"), Exit.MISSING),
        (("--flows", "nowhere.csv"), Exit.MISSING),
    ):
        done = run("league", "--groups", own_list, "--work", work, *arguments)
        assert done.exit_code == code
        assert not done.stdout
