from pathlib import Path

import numpy as np
import pytest

from onecity.core.errors import InputError, MissingError
from onecity.core.provenance import Grade
from onecity.region.schema import PLACES
from onecity.region.sources.coordinates import wgs84_to_bd09
from onecity.region.sources.points import Points, read_points
from onecity.region.validation import check_table


def read(folder: Path, text: str, **options: object) -> Points:
    file = folder / "车站.csv"
    file.write_text(text, encoding="utf-8")
    given = {"kind": "station", "source": "railway", "grade": Grade.B, **options}
    points = read_points(file, **given)  # type: ignore[arg-type]
    check_table(points.table, PLACES)
    return points


def test_what_a_row_does_not_say_is_filled(tmp_path: Path) -> None:
    text = "name_zh,lon,lat,grade,people\n汉口,114.25,30.62,A,\n武昌,114.31,30.53,,12\n"
    table = read(tmp_path, text).table
    assert table["place"].tolist() == ["station-1", "station-2"]
    assert table["grade"].tolist() == ["A", "B"]
    assert table["source"].tolist() == ["railway"] * 2
    assert table.geometry.iloc[0].coords[0] == (114.25, 30.62)
    np.testing.assert_array_equal(table["people"], [np.nan, 12.0])


def test_columns_by_other_names_and_another_system(tmp_path: Path) -> None:
    lon, lat = wgs84_to_bd09(114.25, 30.62)
    text = f"站名,经度,纬度\n汉口,{float(lon)!r},{float(lat)!r}\n"
    columns = {"name_zh": "站名", "lon": "经度", "lat": "纬度"}
    table = read(tmp_path, text, columns=columns, crs="BD-09").table
    assert (table["lon"].iloc[0], table["lat"].iloc[0]) == pytest.approx((114.25, 30.62), abs=1e-9)


def test_rows_without_position_are_counted(tmp_path: Path) -> None:
    points = read(tmp_path, "name_zh,lon,lat\n甲,,\n乙,114,30\n丙,-,-\n")
    assert points.table["name_zh"].tolist() == ["乙"]
    assert points.report.count("sources.points_without_position") == 2
    assert (points.report.seen, points.report.kept) == (3, 1)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name_zh,lon,lat\n甲,114,\n", "row 2, column 'lat' is empty"),
        ("name_zh,lon,lat\n甲,东经114,30\n", "row 2, column 'lon' holds '东经114'"),
        ("name_zh,lon,lat\n甲,30,114\n", "seem to be swapped"),
        ("name_zh,lon,lat\n甲,,\n", "None of the 1 rows"),
        ("name_zh,lon,lat\n甲,114,30\n,115,30\n", "row 3: the place has no name"),
        ("name_en,lon,lat,grade\nA,114,30,F\n", "row 2, column 'grade' holds 'F'"),
        ("place,name_en,lon,lat\nx,A,114,30\nx,B,114,30\n", "row 3: place 'x' is there twice"),
        ("place,name_en,lon,lat\n,A,114,30\n", "row 2, column 'place' is empty"),
        ("name_en,lon,lat,people\nA,114,30,-4\n", "row 2, column 'people' holds -4"),
    ],
)
def test_bad_rows_are_refused_with_their_place(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(InputError, match=where):
        read(tmp_path, text)


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no column 'lon'"):
        read(tmp_path, "name_zh,x,y\n甲,114,30\n")
