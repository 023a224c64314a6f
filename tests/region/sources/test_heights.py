"""Heights are read cell by cell."""

from pathlib import Path

import numpy as np
import pytest

from onecity.core.errors import InputError, MissingError
from onecity.region.sources.heights import read_heights


def written(folder: Path, text: str) -> Path:
    file = folder / "高程.csv"
    file.write_text(text, "utf-8")
    return file


def test_heights_are_read_and_holes_are_told(tmp_path: Path) -> None:
    file = written(tmp_path, "lon,lat,metres\n114.5,30.5,26\n114.6,30.5,\n114.7,30.5,-2.5\n")
    found = read_heights(file)
    np.testing.assert_array_equal(found.lon, [114.5, 114.7])
    np.testing.assert_array_equal(found.lat, [30.5, 30.5])
    np.testing.assert_array_equal(found.metres, [26, -2.5])
    assert (found.report.seen, found.report.kept) == (3, 2)
    assert found.report.count("sources.without_height") == 1


def test_columns_and_systems_may_be_others(tmp_path: Path) -> None:
    file = written(tmp_path, "经度,纬度,高程\n114.5,30.5,26\n")
    columns = {"lon": "经度", "lat": "纬度", "metres": "高程"}
    moved = read_heights(file, columns, crs="GCJ-02")
    assert moved.lon[0] == pytest.approx(114.4945, abs=2e-3)
    assert moved.lon[0] < 114.5


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("lon,lat,metres\n114.5,30.5,约30\n", "metres"),
        ("lon,lat,metres\n114.5,,30\n", "lat"),
        ("lon,lat,metres\n30.5,114.5,30\n", "114.5"),
        ("lon,lat,metres\n114.5,30.5,\n", "height"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        read_heights(written(tmp_path, text))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="metres"):
        read_heights(written(tmp_path, "lon,lat,height\n114.5,30.5,26\n"))
