from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from onecity.core.errors import InputError, MissingError
from onecity.region.schema import RAIL, WATER
from onecity.region.sources.lines import read_rail, read_rail_lines, read_water
from onecity.region.sources.roads import ELLIPSOID
from onecity.region.validation import check_table

LINE = shapely.LineString([(114.0, 30.0), (114.1, 30.0), (114.1, 30.1)])
TWO = shapely.MultiLineString([[(115, 30), (115.1, 30)], [(116, 30), (116, 30.1)]])
LAKE = shapely.box(114.0, 30.0, 114.1, 30.1)


def save(folder: Path, shapes: list[object], **columns: Sequence[object]) -> Path:
    file = folder / "水系.gpkg"
    gpd.GeoDataFrame(columns or {"n": range(len(shapes))}, geometry=shapes, crs=4326).to_file(file)
    return file


def test_rail_from_lines(tmp_path: Path) -> None:
    found = read_rail_lines(save(tmp_path, [LINE, TWO, shapely.Point(114, 30)]))
    check_table(found.table, RAIL)
    assert found.table["edge"].tolist() == [0, 1, 2]
    _, _, metres = ELLIPSOID.inv([114.0, 114.1], [30.0, 30.0], [114.1, 114.1], [30.0, 30.1])
    assert found.table["km"].iloc[0] == pytest.approx(sum(metres) / 1000)
    assert found.report.count("sources.shapes_left_out", value="Point") == 1
    assert (found.report.seen, found.report.kept) == (3, 2)


def test_rail_from_tables(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("node,lon,lat\n1,114,30\n2,114.1,30\n")
    (tmp_path / "e.csv").write_text("u,v,km,oneway\n1,2,9.9,0\n")
    found = read_rail(tmp_path / "n.csv", tmp_path / "e.csv", {"tail": "u", "head": "v"})
    check_table(found.table, RAIL)
    assert found.table["km"].tolist() == [9.9]
    assert found.table.geometry.iloc[0].wkt == "LINESTRING (114 30, 114.1 30)"


def test_water_tells_rivers_from_lakes_by_shape_or_by_word(tmp_path: Path) -> None:
    file = save(tmp_path, [LINE, LAKE, LAKE], 类=[None, None, "river"], name_zh=["汉江", "", "江"])
    table = read_water(file, {"kind": "类"}).table
    check_table(table, WATER)
    assert table["kind"].tolist() == ["river", "lake", "river"]
    assert table["water"].tolist() == ["水系-1", "水系-2", "水系-3"]
    assert table["name_zh"].isna().tolist() == [False, True, False]


def test_what_is_no_water_is_left_out_and_counted(tmp_path: Path) -> None:
    bow = shapely.Polygon([(114, 30), (114.1, 30.1), (114.1, 30), (114, 30.1)])
    kinds = ["river", "lake", "lake", "lake"]
    file = save(tmp_path, [LINE, LINE, bow, shapely.Point(114, 30)], kind=kinds)
    found = read_water(file)
    check_table(found.table, WATER)
    assert found.table["kind"].tolist() == ["river", "lake"]
    assert found.table.is_valid.all()
    assert found.report.count("sources.lakes_drawn_as_lines") == 1
    assert found.report.count("sources.water_mended") == 1
    assert found.report.count("sources.shapes_left_out", value="Point") == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"kind": ["sea", "lake"]}, "'sea' is not known"),
        ({"water": ["a", "a"]}, "water 'a' is there twice"),
    ],
)
def test_bad_water(tmp_path: Path, columns: dict[str, Sequence[object]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_water(save(tmp_path, [LAKE, LAKE], **columns))


def test_nothing_of_the_kind(tmp_path: Path) -> None:
    file = save(tmp_path, [shapely.Point(114, 30)])
    with pytest.raises(InputError, match="only: Point"):
        read_rail_lines(file)
    with pytest.raises(InputError, match="only: Point"):
        read_water(file)
    with pytest.raises(InputError, match="'name' in the mapping"):
        read_water(file, {"name": "n"})
    with pytest.raises(MissingError, match="no column '名'"):
        read_water(file, {"name_zh": "名"})
