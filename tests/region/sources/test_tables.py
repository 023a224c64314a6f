from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import InputError, MissingError
from onecity.region.sources.tables import Table, read_table

WIDE = {ord(char): ord(char) + 0xFEE0 for char in "0123456789,."}
"""Digits as an input method for Chinese writes them."""


def table(tmp_path: Path, text: str, **options: object) -> Table:
    file = tmp_path / "表.csv"
    file.write_text(text, encoding="utf-8")
    return read_table(file, **options)  # type: ignore[arg-type]


def test_excel_s_csv_reads_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "excel.csv"
    file.write_bytes('编号,人口\r\n1,"1,234"\r\n2,56\r\n'.encode("utf-8-sig"))
    read = read_table(file, {"unit": "编号", "people": "人口"}, known=["unit", "people"])
    assert read.texts("unit").tolist() == ["1", "2"]
    assert read.numbers("people").tolist() == [1234.0, 56.0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(tmp_path: Path, separator: str) -> None:
    read = table(tmp_path, separator.join("ab") + "\n" + separator.join("12") + "\n")
    assert read.numbers("b").tolist() == [2.0]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", 12.0),
        (" 1.5 ", 1.5),
        ("-3", -3.0),
        ("−3", -3.0),
        ("1e3", 1000.0),
        ('"1,234,567.5"', 1234567.5),
        ("123".translate(WIDE), 123.0),
        ('"' + "1,234.5".translate(WIDE) + '"', 1234.5),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, cell: str, number: float) -> None:
    assert table(tmp_path, f"n,x\n{cell},1\n").numbers("n").tolist() == [number]


@pytest.mark.parametrize(
    "cell", ["约 12 万", "12万", "12人", '"1,23"', '"12,3456"', "inf", "1 2", "0x10", "十二"]
)
def test_words_are_no_numbers(tmp_path: Path, cell: str) -> None:
    read = table(tmp_path, f"n,x\n1,1\n{cell},1\n")
    with pytest.raises(InputError, match="row 3, column 'n'") as caught:
        read.numbers("n")
    assert caught.value.key == "sources.cell_not_number"


@pytest.mark.parametrize("cell", ["", " ", "-", "—", "NaN", "nan", "NULL", "无", "…"])
def test_empty_cells(tmp_path: Path, cell: str) -> None:
    read = table(tmp_path, f"n,x\n{cell},1\n")
    assert np.isnan(read.numbers("n", required=False)).all()
    assert read.texts("n").tolist() == [None]
    for reading in (read.numbers, lambda name: read.texts(name, required=True)):
        with pytest.raises(InputError, match="row 2, column 'n' is empty"):
            reading("n")


def test_below_the_least(tmp_path: Path) -> None:
    read = table(tmp_path, "n\n3\n-1\n-2\n")
    with pytest.raises(InputError, match="row 3, column 'n' holds -1; it must not be below 0"):
        read.numbers("n", minimum=0)


def test_flags(tmp_path: Path) -> None:
    read = table(tmp_path, "f,x\n1,1\n是,1\nTrue,1\n否,1\n0,1\n,1\n")
    assert read.flags("f").tolist() == [True, True, True, False, False, False]
    with pytest.raises(InputError, match="row 2, column 'f' holds 'maybe'"):
        table(tmp_path, "f\nmaybe\n").flags("f")


def test_parquet_keeps_whole_numbers_whole(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    frame = pd.DataFrame({"a": [420102, 420103], "b": [1.0, np.nan], "c": [True, False]})
    frame.to_parquet(file)
    read = read_table(file)
    assert read.texts("a").tolist() == ["420102", "420103"]
    assert read.texts("b").tolist() == ["1", None]
    assert read.flags("c").tolist() == [True, False]
    assert read.numbers("a").tolist() == [420102.0, 420103.0]
    with pytest.raises(InputError, match="row 2"):
        read.numbers("b")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_parquet_numbers_come_back(values: list[float]) -> None:
    read = Table("x", pd.DataFrame({"n": values}), {}, 1)
    assert read.numbers("n").tolist() == values


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no column '人口' \(used as people\). It has: a, b"):
        table(tmp_path, "a,b\n1,2\n", columns={"people": "人口"}, known=["people"])
    with pytest.raises(MissingError, match="no column 'c'"):
        table(tmp_path, "a,b\n1,2\n").numbers("c")


def test_a_mapping_that_means_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'peple' in the mapping"):
        table(tmp_path, "a,b\n1,2\n", columns={"peple": "a"}, known=["people"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", "no records"),
        ("a,a\n1,2\n", "two columns named 'a'"),
        ("a,b\n1,2\n1,2,3\n", "line 3"),
    ],
)
def test_irregular_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        table(tmp_path, text)


def test_a_short_record_is_an_empty_cell(tmp_path: Path) -> None:
    read = table(tmp_path, "a,b\n1,2\n1\n")
    with pytest.raises(InputError, match="row 3, column 'b' is empty"):
        read.numbers("b")


def test_a_long_first_record_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cells than its header names columns"):
        table(tmp_path, "a,b\n1,2,3\n1,2,3\n")


def test_blank_lines_are_left_out_and_still_counted(tmp_path: Path) -> None:
    read = table(tmp_path, "a,b\n1,2\n\n,\n3,x\n,\n")
    assert read.texts("a").tolist() == ["1", "3"]
    with pytest.raises(InputError, match="row 5, column 'b' holds 'x'"):
        read.numbers("b")
    with pytest.raises(InputError, match="cells than its header"):
        table(tmp_path, "\na,b\n1,2\n")


def test_cells_may_hold_line_breaks(tmp_path: Path) -> None:
    read = table(tmp_path, 'a,"b\nc"\n"1\n2",3\n')
    assert read.texts("a").tolist() == ["1\n2"]
    assert read.numbers("b\nc").tolist() == [3.0]


def test_damaged_parquet(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    file.write_bytes(b"PAR1 nothing of use PAR1")
    with pytest.raises(InputError, match="Parquet"):
        read_table(file)
