"""Each command on a region: what it answers, for people and for programs."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from onecity.cli.exits import Exit
from onecity.cli.measure import LEVELS
from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES, Language, say
from onecity.programme.ledger.store import Ledger
from onecity.region.store import Region
from onecity.strands.transport import strand as transport
from tests.tiny import tiny_region

from .conftest import Run

TRUST = {"unit", "nature", "grade", "sources"}


def parsed(text: str) -> Any:
    def refuse(name: str) -> None:
        pytest.fail(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


# --- info ----------------------------------------------------------------------


def test_info_tells_what_a_region_holds(run: Run, tiny: Path) -> None:
    done = run("info", tiny)
    assert done.exit_code == 0
    assert "云湾市" in done.stdout
    assert "3,054,421" in done.stdout
    assert "road_edges" in done.stdout
    assert Region.open(tiny).hash[:12] in done.stdout


def test_tables_align_under_wide_letters(run: Run, tiny: Path) -> None:
    lines = run("info", tiny).stdout.splitlines()
    rows = [line for line in lines if line.startswith((" 云湾市", " 岚浦市", " 砾泽市"))]
    assert len(rows) == 3
    assert len({width(row) for row in rows}) == 1


def test_info_for_programs(run: Run, tiny: Path) -> None:
    answer = parsed(run("info", tiny, "--json").stdout)
    region = Region.open(tiny)
    assert answer["region"]["hash"] == region.hash
    assert set(answer["tables"]) == set(region.manifest.tables)
    assert set(answer["sources"]) == set(region.manifest.sources)
    for table in answer["tables"].values():
        assert table["grade"] in set(Grade)
        assert table["nature"] in set(Nature)
        assert set(table["sources"]) <= set(answer["sources"])
    assert [one["key"] for one in answer["assumptions"]] == [
        one.key for one in region.manifest.assumptions
    ]


# --- check ----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_check_tells_what_is_weak(run: Run, tiny: Path, language: Language) -> None:
    done = run("check", tiny, "--lang", language)
    assert done.exit_code == 0
    assert say("check.severity_warning", language) in done.stdout


def test_check_fails_on_a_damaged_file(run: Run, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "损坏"
    shutil.copytree(tiny, folder)
    places = pd.read_parquet(folder / "places.parquet")
    assert len(places)
    (folder / "places.parquet").write_bytes((folder / "places.parquet").read_bytes() + b" changed")
    done = run("check", folder, "--json")
    assert done.exit_code == Exit.FAULTS
    answer = parsed(done.stdout)
    assert not answer["sound"]
    assert answer["items"][0]["severity"] == "fault"
    assert "places" in answer["items"][0]["zh"]
    assert {row["city"] for row in answer["cities"]} == {"990100", "990200", "999001"}


# --- wrong regions ----------------------------------------------------------------------


def spoiled(tiny: Path, tmp_path: Path, text: bytes) -> Path:
    folder = tmp_path / "坏清单"
    shutil.copytree(tiny, folder)
    (folder / "manifest.json").write_bytes(text)
    return folder


@pytest.mark.parametrize("command", ["info", "check", "measure"])
@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 1}', b'{"schema": 99, "made_by": "x"}']
)
def test_a_damaged_manifest(
    run: Run, tiny: Path, tmp_path: Path, command: str, text: bytes
) -> None:
    done = run(command, spoiled(tiny, tmp_path, text))
    assert done.exit_code == Exit.STORE
    assert "manifest.json" in done.stderr
    assert done.stdout == ""


def test_a_recipe_given_for_a_region(run: Run, recipe: Path) -> None:
    done = run("info", recipe)
    assert done.exit_code == Exit.MISSING
    assert "onecity build" in done.stderr


def test_a_file_given_for_a_region(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "空.txt"
    file.touch()
    done = run("info", file)
    assert done.exit_code == Exit.MISSING
    assert "空.txt" in done.stderr


# --- build ----------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "schema = ", "schema = 99"])
def test_a_recipe_that_is_none(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "region.toml"
    file.write_text(text, "utf-8")
    done = run("build", file, "--out", tmp_path / "out")
    assert done.exit_code == Exit.INPUT
    assert "region.toml" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_left_alone(run: Run, recipe: Path, tmp_path: Path) -> None:
    taken = tmp_path / "文件"
    taken.mkdir()
    (taken / "信.txt").write_text("x", "utf-8")
    done = run("build", recipe, "--out", taken)
    assert done.exit_code == Exit.STORE
    assert [one.name for one in taken.iterdir()] == ["信.txt"]


def test_build_then_nothing_to_do(run: Run, recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "成果" / "武汉"
    done = run("build", recipe / "region.toml", "--out", out, "--json")
    assert done.exit_code == 0
    answer = parsed(done.stdout)
    assert answer["region"]["hash"] == Region.open(out).hash
    stamp = (out / "manifest.json").stat().st_mtime_ns
    again = run("build", recipe, "--out", out)
    assert again.exit_code == 0
    assert str(out) in again.stdout.replace("\n", "")
    assert (out / "manifest.json").stat().st_mtime_ns == stamp
    assert run("build", recipe, "--out", out, "--quiet").stdout == ""


IN_THE_MIDDLE = """
from onecity.cli import main
from onecity.region.store import Region

def told(self, *given):
    record = write(self, *given)
    print("written", flush=True)
    Region._write_table = write
    time.sleep(600)
    return record

import time
write, Region._write_table = Region._write_table, told
main()
"""
"""The program itself, that says when its first table is written, and rests there."""


def test_an_interruption_leaves_nothing(recipe: Path, tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no SIGINT for one process")
    parent = tmp_path / "成果"
    parent.mkdir()
    command = [sys.executable, "-c", IN_THE_MIDDLE, "build", str(recipe), "--out"]
    with subprocess.Popen(
        [*command, str(parent / "武汉")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"ONECITY_LANG": "en", "PYTHONIOENCODING": "utf-8"},
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"written\n", running.communicate()
        assert list(parent.iterdir())
        running.send_signal(signal.SIGINT)
        out, errors = running.communicate(timeout=60)
    assert running.returncode == Exit.INTERRUPTED
    assert out == b""
    assert errors.decode().strip() == f"{say('cli.error', 'en')}{say('cli.interrupted', 'en')}"
    assert list(parent.iterdir()) == []


# --- measure ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def findings() -> Any:
    return transport.measure(tiny_region())


@pytest.mark.parametrize("language", LANGUAGES)
def test_measure_shows_every_city(run: Run, tiny: Path, findings: Any, language: Language) -> None:
    done = run("measure", tiny, "--lang", language)
    assert done.exit_code == 0
    cities = Region.open(tiny).table("cities")
    for name in cities[f"name_{language}"]:
        assert name in done.stdout
    for indicator in findings.indicators.values():
        assert indicator.text(language) in done.stdout


def test_quiet_leaves_remarks_out(run: Run, tiny: Path) -> None:
    whole, quiet = run("measure", tiny).stdout, run("measure", tiny, "--quiet").stdout
    assert quiet
    assert len(quiet) < len(whole)
    lines = iter(whole.splitlines())
    assert all(line in lines for line in quiet.splitlines())  # the same, in the same order


def test_every_figure_for_programs_carries_its_trust(run: Run, tiny: Path, findings: Any) -> None:
    only = ("--strand", "transport")
    answer = parsed(run("measure", tiny, "--json", "--level", "city", *only).stdout)
    assert answer["region"]["hash"] == Region.open(tiny).hash
    sources = set(Region.open(tiny).manifest.sources)
    table = findings.tables["city"]
    single = [one for one in answer["figures"] if one["to_code"] is None]
    assert len(single) == table.size
    for figure in answer["figures"]:
        assert figure.keys() >= TRUST
        assert figure["nature"] in set(Nature)
        assert figure["grade"] in set(Grade)
        assert figure["sources"]
        assert set(figure["sources"]) <= sources
        assert figure["indicator"] in answer["indicators"]
        if figure["low"] is not None:
            assert figure["low"] <= figure["value"] <= figure["high"]
    for figure in single:
        expected = table.loc[figure["code"], figure["indicator"]]
        assert figure["value"] == pytest.approx(expected, nan_ok=True)
    pairs = [one for one in answer["figures"] if one["to_code"] is not None]
    assert len(pairs) == len(findings.matrices) * len(table) ** 2


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_figures_written_are_those_measured(
    run: Run, tiny: Path, tmp_path: Path, findings: Any, ending: str
) -> None:
    file = tmp_path / "新文件夹" / f"指标.{ending}"
    only = ("--strand", "transport")
    done = run("measure", tiny, "--level", "county", *only, "--out", file)
    assert done.exit_code == 0
    assert str(file) in done.stdout
    if ending == "csv":
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
        rows = pd.read_csv(file, dtype={"code": str})
    elif ending == "parquet":
        rows = pd.read_parquet(file)
    else:
        rows = pd.DataFrame(parsed(file.read_text("utf-8"))["figures"])
    table = findings.tables["county"]
    assert len(rows) == table.size
    assert set(rows["level"]) == {"county"}
    assert rows[["unit", "nature", "grade", "sources", "name_zh"]].notna().all().all()
    wide = rows.pivot_table(index="code", columns="indicator", values="value", dropna=False)
    for key in table.columns:
        pd.testing.assert_series_equal(
            wide[key].astype(float), table[key].sort_index(), check_names=False
        )
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_geopackage_opens_with_outlines(
    run: Run, tiny: Path, tmp_path: Path, findings: Any
) -> None:
    file = tmp_path / "指标.gpkg"
    levels = [part for level in LEVELS for part in ("--level", level)]
    assert run("measure", tiny, *levels, "--out", file).exit_code == 0
    layers = {name for name, _ in pyogrio.list_layers(file)}
    assert layers == {"zone", "county", "city", "group", "indicators"}
    zones = gpd.read_file(file, layer="zone").set_index("zone")
    assert zones.geometry.notna().all()
    expected = findings.tables["zone"]
    for key in expected.columns:
        pd.testing.assert_series_equal(
            zones[key.replace(".", "_")], expected[key], check_names=False, check_index=False
        )
    meanings = pyogrio.read_dataframe(file, layer="indicators")
    assert meanings[["unit", "nature", "grade", "sources"]].notna().all().all()


def test_a_strand_that_is_none(run: Run, tiny: Path) -> None:
    done = run("measure", tiny, "--strand", "magic")
    assert done.exit_code == Exit.MISSING
    assert "transport" in done.stderr


def test_a_file_that_cannot_be_written(run: Run, tiny: Path, tmp_path: Path) -> None:
    wall = tmp_path / "wall"
    wall.write_text("", "utf-8")
    done = run("measure", tiny, "--out", wall / "x.csv")
    assert done.exit_code == Exit.STORE
    assert "x.csv" in done.stderr


# --- isochrone ----------------------------------------------------------------------


def test_isochrones_count_what_is_reached(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "云湾.geojson"
    arguments = ("isochrone", tiny, "--place", "云湾", "--minutes", "60，15")
    answer = parsed(run(*arguments, "--out", file, "--json").stdout)
    assert answer["from"]["code"] == "990100"
    figures = {(one["minutes"], one["indicator"]): one["value"] for one in answer["figures"]}
    assert all(one.keys() >= TRUST for one in answer["figures"])
    zones = Region.open(tiny).table("zones").set_index("zone")
    shapes = gpd.read_file(file).set_index("minutes")
    assert list(shapes.index) == [15, 60]
    for limit, shape in shapes.geometry.items():
        points = gpd.GeoSeries.from_xy(zones["lon"], zones["lat"])
        inside = points.within(shape).to_numpy()
        assert figures[limit, "people"] == pytest.approx(zones["people"].to_numpy()[inside].sum())
        assert figures[limit, "zones"] == inside.sum()
    assert 0 < figures[15, "people"] < figures[60, "people"]


def test_an_isochrone_agrees_with_the_strand(run: Run, tiny: Path, findings: Any) -> None:
    answer = parsed(run("isochrone", tiny, "--place", "990200", "--json").stdout)
    people = {
        one["minutes"]: one["value"] for one in answer["figures"] if one["indicator"] == "people"
    }
    row = findings.tables["city"].loc["990200"]
    for limit in (30, 60, 90):
        assert people[limit] == pytest.approx(row[f"transport.circle_people_{limit}"])


@pytest.mark.parametrize(
    ("place", "kind", "code"),
    [
        ("990202", "county", "990202"),
        ("浦北", "county", "990202"),
        ("neiwan", "county", "990101"),
        ("砾泽市", "city", "999001"),  # also a county and a settlement: the widest counts
        ("虚构机场", "place", "p3"),
        ("z22", "zone", "z22"),
    ],
)
def test_places_are_found_by_code_or_name(
    run: Run, tiny: Path, place: str, kind: str, code: str
) -> None:
    answer = parsed(run("isochrone", tiny, "--place", place, "--json").stdout)
    assert (answer["from"]["kind"], answer["from"]["code"]) == (kind, code)


def test_a_place_that_is_not_there(run: Run, tiny: Path) -> None:
    done = run("isochrone", tiny, "--place", "亚特兰蒂斯")
    assert done.exit_code == Exit.MISSING
    assert "亚特兰蒂斯" in done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_point_outside_is_told_with_the_bounds(run: Run, tiny: Path, language: Language) -> None:
    done = run("isochrone", tiny, "--lon", 114.3, "--lat", 30.6, "--lang", language)
    assert done.exit_code == Exit.INPUT
    assert "114.30000" in done.stderr
    assert "-30.000" in done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_for_people(run: Run, tiny: Path, language: Language) -> None:
    done = run("isochrone", tiny, "--lon", -29.85, "--lat", 1.25, "--lang", language)
    assert done.exit_code == 0
    assert say("cli.column_minutes", language) in done.stdout
    assert Nature.ASSUMED.text(language) in done.stdout


# --- report and demo ----------------------------------------------------------------------


def test_report_writes_one_page(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "报告.html"
    done = run("report", tiny, "--out", file)
    assert done.exit_code == 0
    page = file.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert Region.open(tiny).hash in page
    assert [one.name for one in tmp_path.iterdir()] == ["报告.html"]


@pytest.mark.slow
def test_demo_builds_reports_and_then_rests(
    run: Run, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onecity.cli.demo.shipped_recipe", lambda: recipe)
    out, page = tmp_path / "out" / "wuhan", tmp_path / "out" / "wuhan-report.html"
    first = parsed(run("demo", "--out", out, "--json").stdout)
    assert not first["unchanged"]
    with Ledger.open(Path(first["work"]) / "office.sqlite", create=False) as ledger:
        assert len(ledger.book().items) >= 40
        revision = ledger.book().revision
    stamps = [one.stat().st_mtime_ns for one in (out / "manifest.json", page)]
    second = run("demo", "--out", out)
    assert second.exit_code == 0
    assert str(page) in second.stdout.replace("\n", "")
    assert [one.stat().st_mtime_ns for one in (out / "manifest.json", page)] == stamps
    with Ledger.open(Path(first["work"]) / "office.sqlite", create=False) as ledger:
        assert ledger.book().revision == revision
    page.write_text("spoilt", "utf-8")
    assert not parsed(run("demo", "--out", out, "--json").stdout)["unchanged"]


def test_the_recipe_that_ships_is_found() -> None:
    from onecity.region.shipped import shipped_recipe

    assert (shipped_recipe() / "region.toml").is_file()
