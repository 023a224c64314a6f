"""Flows from a long table: what is read, what is refused, what is told."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError, MissingError
from onecity.region.schema import FLOWS
from onecity.region.sources.flows import Flows, Stated, join_flows, read_flows
from onecity.region.validation import check_table

CODES = {"city": ["1", "2", "3", "4"], "county": ["11", "12"], "zone": ["z"]}
TRIPS = Stated("city", "trips", 2020, "people/day", "top")
WHOLE = Stated("city", "trips", 2020, "people/day", "whole")
ROWS = "origin,destination,value\n1,2,90\n1,3,70\n2,1,40\n3,3,5\n"


def write(folder: Path, text: str, name: str = "流量.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def read(folder: Path, text: str, stated: Stated = TRIPS, **more: Any) -> Flows:
    return read_flows(write(folder, text), codes=CODES, stated=stated, **more)


def test_what_is_cut_off_has_a_bound_and_no_row(tmp_path: Path) -> None:
    table = read(tmp_path, ROWS).table
    check_table(table, FLOWS)
    assert table["at_most"].tolist() == [70.0, 70.0, 40.0, 5.0]
    assert len(table) == 4  # never filled with zeros
    whole = read(tmp_path, ROWS, WHOLE).table
    check_table(whole, FLOWS)
    assert whole["at_most"].isna().all()


def test_a_row_speaks_before_the_recipe_and_text_and_parquet_agree(tmp_path: Path) -> None:
    text = "从,到,value,kind,listing,year\n1,2,９０,calls,whole,2019\n1,3,70,,,\n"
    names = {"origin": "从", "destination": "到"}
    file = write(tmp_path, text)
    read_text = read_flows(file, names, codes=CODES, stated=TRIPS).table
    assert read_text["kind"].tolist() == ["calls", "trips"]
    assert read_text["listing"].tolist() == ["whole", "top"]
    assert read_text["year"].tolist() == [2019, 2020]
    assert read_text["value"].tolist() == [90.0, 70.0]
    frame = pd.read_csv(file)
    frame["value"] = [90, 70]
    frame.to_parquet(tmp_path / "流量.parquet")
    again = read_flows(tmp_path / "流量.parquet", names, codes=CODES, stated=TRIPS).table
    pd.testing.assert_frame_equal(again, read_text)


@pytest.mark.parametrize(
    ("text", "key", "row", "column"),
    [
        ("origin,destination,value\n1,2,9\n1,3,-1\n", "sources.cell_below", 3, "value"),
        ("origin,destination,value\n1,2,9\n1,3,\n", "sources.cell_empty", 3, "value"),
        ("origin,destination,value\n1,2,nan\n", "sources.cell_empty", 2, "value"),
        ("origin,destination,value\n1,2,约9\n", "sources.cell_not_number", 2, "value"),
        ("origin,destination,value\n1,2,9\n1,7,8\n", "flows.unknown_code", 3, "destination"),
        ("origin,destination,value\n11,2,9\n", "flows.unknown_code", 2, "origin"),
        ("origin,destination,value\n1,2,9\n2,1,3\n1,2,8\n", "flows.twice", 4, "origin"),
        ("origin,destination,value,unit\n1,2,9,人\n1,3,8,万人\n", "flows.mixed_units", 3, "unit"),
        (
            "origin,destination,value,listing\n1,2,9,top\n1,3,8,whole\n",
            "flows.mixed_listing", 3, "listing",
        ),
        ("origin,destination,value,level\n1,2,9,town\n", "sources.cell_unknown_word", 2, "level"),
        ("origin,destination,value,year\n1,2,9,20年\n", "flows.no_year", 2, "year"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, text: str, key: str, row: int, column: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    values = caught.value.values
    assert caught.value.key == key
    assert (values["row"], values["column"]) == (row, column)
    assert "流量.csv" in caught.value.text("zh")
    assert f"row {row}" in caught.value.text("en")


def test_a_fault_in_parquet_has_a_place_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"origin": ["1", "2"], "destination": ["2", "1"], "value": [1.0, np.nan]})
    frame.to_parquet(tmp_path / "f.parquet")
    with pytest.raises(InputError) as caught:
        read_flows(tmp_path / "f.parquet", codes=CODES, stated=TRIPS)
    assert (caught.value.key, caught.value.values["row"]) == ("sources.cell_empty", 2)


def test_flows_that_are_all_zero_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, "origin,destination,value\n1,2,0\n2,1,0\n")
    assert caught.value.key == "flows.all_zero"
    assert "城市" in caught.value.text("zh")


def test_what_neither_file_nor_recipe_states_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="unit"):
        read(tmp_path, ROWS, Stated("city", "trips", 2020, None, "top"))


def test_places_outside_are_left_out_after_the_list_was_taken(tmp_path: Path) -> None:
    text = "origin,destination,value\n1,2,90\n1,110000,30\n110000,1,9\n"
    found = read(tmp_path, text, outside="leave_out")
    assert found.table["destination"].tolist() == ["2"]
    assert found.table["at_most"].tolist() == [30.0]
    assert found.report.count("flows.left_out") == 2
    with pytest.raises(InputError) as caught:
        read(tmp_path, "origin,destination,value\n8,9,1\n", outside="leave_out")
    assert caught.value.key == "flows.none_inside"


def test_what_flows_do_not_say_is_told(tmp_path: Path) -> None:
    text = "origin,destination,value\n1,2,90\n1,3,70\n2,1,40\n"
    found = join_flows([read(tmp_path, text)], CODES)
    told = {remark.key: remark for remark in found.report.noted}
    assert set(told) == {"flows.silent", "flows.nothing_within", "flows.cut_off"}
    assert told["flows.silent"].count == 2
    assert "3, 4" in told["flows.silent"].text("en")
    assert told["flows.cut_off"].values["share"] == pytest.approx(1 - 3 / 8)
    assert "62.5%" in told["flows.cut_off"].text("zh")
    zero = "origin,destination,value\n" + "".join(
        f"{i},{j},{int(i > 1)}\n" for i in range(1, 5) for j in range(1, 5)
    )
    found = join_flows([read(tmp_path, zero, WHOLE)], CODES)
    assert [remark.key for remark in found.report.noted] == ["flows.zero_origins"]


def test_files_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    first = read(tmp_path, ROWS)
    with pytest.raises(InputError) as caught:
        join_flows([first, first], CODES)
    assert caught.value.key == "flows.twice_files"
    other = read(tmp_path, "origin,destination,value,unit\n4,1,5,万人\n")
    with pytest.raises(InputError) as caught:
        join_flows([first, other], CODES)
    assert caught.value.key == "flows.mixed_units_files"
    assert "people/day / 万人" in caught.value.text("zh")
    whole = read(tmp_path, "origin,destination,value\n1,4,5\n", WHOLE)
    with pytest.raises(InputError) as caught:
        join_flows([first, whole], CODES)
    assert caught.value.key == "flows.mixed_listing_files"


def test_a_list_in_two_files_ends_with_the_smaller_flow(tmp_path: Path) -> None:
    found = join_flows(
        [read(tmp_path, ROWS), read(tmp_path, "origin,destination,value\n1,4,5\n")], CODES
    )
    at_most = found.table.groupby("origin")["at_most"].unique().map(list).to_dict()
    assert at_most == {"1": [5.0], "2": [40.0], "3": [5.0]}
