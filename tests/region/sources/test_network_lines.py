"""Edges of other networks: what is read, what is refused, what is told."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, MultiLineString, Point, box

from onecity.core.errors import InputError, MissingError
from onecity.core.severity import Severity
from onecity.region.build import build
from onecity.region.check import check
from onecity.region.recipe import Recipe
from onecity.region.schema import LINES
from onecity.region.sources.network_lines import (
    NetworkLines,
    Stated,
    join_network_lines,
    read_network_lines,
)
from onecity.region.store import Region
from onecity.region.validation import check_table
from tests.tiny import tiny_region

LAND = box(0, 0, 1, 1)
HEAD = "kind,from_lon,from_lat,to_lon,to_lat"


def write(folder: Path, text: str, name: str = "线路.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def read(folder: Path, text: str, **more: Any) -> NetworkLines:
    return read_network_lines(write(folder, text), land=LAND, **more)


def test_a_table_gives_edges_by_their_ends(tmp_path: Path) -> None:
    text = (
        "line,kind,from,to,from_lon,from_lat,to_lon,to_lat,capacity,unit,needs\n"
        "a,power,P1,P2,0.1,0.1,0.2,0.1,220,kV,\n"
        "b,power,P2,,0.2,0.1,0.3,0.1,０,kV,a\n"
        "c,fibre,,,0.3,0.1,0.4,0.1,,,a; b\n"
    )
    found = join_network_lines([read(tmp_path, text)])
    check_table(found.table, LINES)
    assert found.table["tail"].tolist() == ["P1", "P2", "0.30000,0.10000"]
    assert found.table["head"].tolist() == ["P2", "0.30000,0.10000", "0.40000,0.10000"]
    assert found.table["capacity"].tolist()[:2] == [220.0, 0.0]
    assert found.table["unit"].tolist()[:2] == ["kV", "kV"]
    assert found.table[["capacity", "unit"]].iloc[2].isna().all()
    assert found.table["km"].iloc[0] == pytest.approx(11.13, abs=0.01)
    assert found.report.count("networks.no_capacity") == 1


def test_parts_of_a_line_without_a_name_do_not_get_one(tmp_path: Path) -> None:
    apart = MultiLineString([[(0.5, 0.1), (0.6, 0.1)], [(0.8, 0.8), (0.9, 0.8)]])
    frame = gpd.GeoDataFrame({"line": ["a", None]}, geometry=[apart, apart], crs=4326)
    frame.to_file(tmp_path / "net.gpkg")
    with pytest.raises(InputError) as caught:
        read_network_lines(tmp_path / "net.gpkg", land=LAND, stated=Stated("gas"))
    assert caught.value.key == "sources.cell_empty"


def test_a_vector_file_gives_edges_by_their_courses(tmp_path: Path) -> None:
    shapes = [
        LineString([(0.1, 0.1), (0.2, 0.3), (0.3, 0.1)]),
        MultiLineString([[(0.3, 0.1), (0.4, 0.1)], [(0.4, 0.1), (0.5, 0.1)]]),  # joins
        MultiLineString([[(0.5, 0.1), (0.6, 0.1)], [(0.8, 0.8), (0.9, 0.8)]]),  # does not
        Point(0.5, 0.5),
    ]
    frame = gpd.GeoDataFrame(
        {"line": ["a", "b", "c", "d"], "netz": "气", "last": [5.0, 6, 7, 8]},
        geometry=shapes,
        crs=4326,
    )
    for ending in ("geojson", "gpkg"):
        frame.to_file(tmp_path / f"net.{ending}")
        names = {"kind": "netz", "capacity": "last"}
        file = tmp_path / f"net.{ending}"
        found = read_network_lines(file, names, land=LAND, stated=Stated(unit="万方/日"))
        check_table(found.table, LINES)
        assert found.table["line"].tolist() == ["a", "b", "c/1", "c/2"]
        assert found.table["kind"].unique().tolist() == ["气"]
        assert found.table["capacity"].tolist() == [5.0, 6.0, 7.0, 7.0]
        assert found.table["head"].iloc[0] == found.table["tail"].iloc[1]
        assert found.report.count("networks.no_lines") == 1


@pytest.mark.parametrize(
    ("rows", "key", "says"),
    [
        ("p,0,0,.1,0,-1,MW", "sources.cell_below", "-1"),
        ("p,0,0,.1,0,many,MW", "sources.cell_not_number", "many"),
        ("p,0,0,.1,0,inf,MW", "sources.cell_not_number", "inf"),
        ("p,0,0,.1,0,5,MW\np,.1,0,.2,0,nan,MW", "networks.capacity_missing", "3"),
        ("p,0,0,.1,0,5,", "networks.no_unit", "5"),
        ("p,0,0,.1,0,5,MW\np,.1,0,.2,0,5,kV", "networks.mixed_units", "MW / kV"),
        ("p,.1,.1,.1,.1,5,MW", "networks.loop", "0.10000,0.10000"),
        ("p,0,0,.1,0,5,MW\np,5,5,6,6,5,MW", "networks.outside", "3"),
        ("p,5,5,6,6,5,MW", "networks.none_inside", "1"),
        ("p,0,0,.1,95,5,MW", "sources.positions_wrong", "95"),
        (",0,0,.1,0,5,MW", "sources.cell_empty", "kind"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, rows: str, key: str, says: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, f"{HEAD},capacity,unit\n{rows}\n")
    assert raised.value.key == key
    assert says in str(raised.value)


def test_names_are_places_and_identifiers_are_single(tmp_path: Path) -> None:
    head = "line,from,to,from_lon,from_lat,to_lon,to_lat"
    power = Stated("power")
    with pytest.raises(InputError) as raised:
        read(tmp_path, f"{head}\na,X,Y,0,0,.1,0\nb,X,Z,.5,.5,.6,.6\n", stated=power)
    assert raised.value.key == "networks.node_apart"
    one = read(tmp_path, f"{head}\na,X,Y,0,0,.1,0\n", stated=power)
    with pytest.raises(InputError) as raised:
        join_network_lines([one, one])
    assert raised.value.key == "networks.twice"
    needs = head.replace("line,", "line,needs,")
    for given, key in (("b", "networks.needs_unknown"), ("a", "networks.needs_itself")):
        with pytest.raises(InputError) as raised:
            join_network_lines([read(tmp_path, f"{needs}\na,{given},X,Y,0,0,.1,0\n", stated=power)])
        assert raised.value.key == key
    with pytest.raises(MissingError) as missing:
        read(tmp_path, f"{head}\na,X,Y,0,0,.1,0\n")
    assert missing.value.key == "networks.not_stated"
    kept = read(
        tmp_path, f"{head}\na,X,Y,0,0,.1,0\nb,,,5,5,6,6\n", stated=power, outside="leave_out"
    )
    assert kept.table["line"].tolist() == ["a"]
    assert kept.report.count("networks.left_out") == 1


ROOT = Path(__file__).resolve().parents[3]


def test_a_recipe_with_lines_gives_a_table_and_changes_no_other(tmp_path: Path) -> None:
    file = write(tmp_path, f"{HEAD}\nfibre,114.3,30.6,114.9,30.4\nfibre,114.9,30.4,115.0,30.2\n")
    recipe = Recipe.read(ROOT / "regions" / "wuhan")
    raw = recipe.model_dump(by_alias=True)
    raw["zones"]["resolution"] = 5
    plain = build(Recipe.model_validate(raw), tmp_path / "plain")
    raw["tables"]["lines"] = [{"file": file, "source": "rail"}]
    region = build(Recipe.model_validate(raw), tmp_path / "lines")
    table = Region.open(tmp_path / "lines").table("lines")
    check_table(table, LINES)
    assert table["line"].tolist() == ["fibre-1", "fibre-2"]
    assert not plain.has("lines")
    for name, record in plain.manifest.tables.items():
        assert region.manifest.tables[name].sha256 == record.sha256
    pd.testing.assert_series_equal(region.table("lines")["km"], table["km"])


def test_the_report_finds_faults_in_lines_made_by_a_program() -> None:
    table = gpd.GeoDataFrame(
        {
            "line": ["a", "b"], "kind": "power", "tail": ["x", "y"], "head": ["y", "z"],
            "capacity": [5.0, 1.0], "unit": "MW", "km": 1.0, "needs": None,
        },
        geometry=[LineString([(-29.9, 1.1), (-29.8, 1.1)])] * 2,
        crs=4326,
    )  # fmt: skip
    table["needs"] = pd.Series([None, None], dtype="str")
    assert check(tiny_region(lines=table)).sound
    for column, given, key in (
        ("capacity", -1.0, "networks.bad_capacity"),
        ("head", "x", "networks.bad_loop"),
    ):
        wrong = table.copy()
        wrong.loc[0, column] = given
        found = check(tiny_region(lines=wrong)).items
        (fault,) = [one for one in found if one.severity is Severity.FAULT]
        assert fault.sentence.key == key
        assert "a" in fault.text("en")
