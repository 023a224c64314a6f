"""Recognition between cities: what is read, refused and told, and what holds on a day."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError, MissingError
from onecity.core.provenance import Grade
from onecity.region.recognition import SERVICES, recognised
from onecity.region.schema import RECOGNITION
from onecity.region.sources.recognition import (
    RecognitionRead,
    join_recognition,
    read_recognition,
)
from onecity.region.validation import check_table

CITIES = ("1", "2", "3")
HEAD = "service,from_city,to_city,share,since,document\n"


def read(folder: Path, text: str, service: str | None = None) -> RecognitionRead:
    file = folder / "互认.csv"
    file.write_text(text, encoding="utf-8")
    return read_recognition(file, cities=CITIES, source="notice", grade=Grade.B, service=service)


def test_stars_stand_for_every_other_city_and_names_go_first(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"{HEAD}health,*,*,0.2,2020,通知\nhealth,1,*,0.5,2020,协议\nhealth,1,2,0.9,2020-06,办法\n"
        "health,1,2,1,2020,\n",
    )
    check_table(found.table, RECOGNITION)
    rows = {
        (one["from_city"], one["to_city"], one["since"]): one["share"]
        for one in found.table.to_dict("records")
    }
    assert rows == {
        ("1", "2", "2020"): 1.0, ("1", "2", "2020-06"): 0.9, ("1", "3", "2020"): 0.5,
        ("2", "1", "2020"): 0.2, ("2", "3", "2020"): 0.2, ("3", "1", "2020"): 0.2,
        ("3", "2", "2020"): 0.2,
    }  # fmt: skip
    told = {one.key: one for one in join_recognition([found], CITIES).report.noted}
    assert set(told) == {"facilities.uneven", "facilities.silent_services"}
    assert told["facilities.silent_services"].count == len(SERVICES) - 1
    assert told["facilities.uneven"].count == 2
    assert "1 → 2" in told["facilities.uneven"].text("zh")


def test_rows_for_many_that_disagree_on_a_pair_are_refused(tmp_path: Path) -> None:
    text = f"{HEAD}pension,*,2,0.2,2020,\npension,1,*,0.9,2020,\n"
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert caught.value.key == "facilities.pair_unclear"
    assert caught.value.values["row"] == 3
    # A row of its own settles the pair.
    found = read(tmp_path, text + "pension,1,2,0.5,2020,\n").table
    share = found.set_index(["from_city", "to_city"])["share"].to_dict()
    assert share == {("1", "2"): 0.5, ("1", "3"): 0.9, ("3", "2"): 0.2}


def test_one_city_recognises_nobody(tmp_path: Path) -> None:
    file = tmp_path / "互认.csv"
    file.write_text(f"{HEAD}pension,*,*,1,2020,\n", encoding="utf-8")
    found = read_recognition(file, cities=["1"], source="notice", grade=Grade.B)
    assert len(join_recognition([found], ["1"]).table) == 0


def test_what_holds_on_a_day_is_the_last_to_begin(tmp_path: Path) -> None:
    text = f"{HEAD}pension,1,2,0.5,2019,\npension,1,2,1,2022-05,\npension,2,1,0.4,2023,\n"
    table = join_recognition([read(tmp_path, text)], CITIES).table
    cities = ["2", "1"]
    latest = recognised(table, "pension", cities)
    assert latest.share.tolist() == [[1.0, 0.4], [1.0, 1.0]]
    assert latest.known.all()
    assert latest.uneven.sum() == 2
    for on, expected in (
        ("2018", 0.0), ("2019", 0.5), ("2022-04-30", 0.5), ("2022", 1.0), ("2022-05", 1.0),
    ):  # fmt: skip
        then = recognised(table, "pension", cities, on=on)
        assert then.share[1, 0] == expected
        assert then.share[0, 1] == 0.0
        assert then.known[1, 0] == (on != "2018")
    nothing = recognised(table, "housing_fund", cities)
    assert np.array_equal(nothing.share, np.eye(2))
    assert nothing.known.sum() == 2
    assert nothing.rows == ()


@pytest.mark.parametrize(
    ("row", "key", "column"),
    [
        ("health,1,2,1.2,2020,", "facilities.share_above", "share"),
        ("health,1,2,-0.1,2020,", "sources.cell_below", "share"),
        ("health,1,2,80%,2020,", "sources.cell_not_number", "share"),
        ("health,1,9,1,2020,", "facilities.unknown_city", "to_city"),
        ("health,,2,1,2020,", "sources.cell_empty", "from_city"),
        ("健康,1,2,1,2020,", "sources.cell_unknown_word", "service"),
        ("health,1,2,1,去年,", "facilities.no_day", "since"),
        ("health,1,2,1,2021-02-29,", "facilities.no_day", "since"),
        ("health,1,2,1,,", "sources.cell_empty", "since"),
        ("health,2,2,1,2020,", "facilities.own_city", "to_city"),
        ("health,3,1,0.4,2020,", "facilities.pair_twice", "from_city"),
    ],
    ids=lambda one: one if "." in str(one) and "," not in str(one) else "",
)
def test_what_is_wrong_is_told_at_its_cell(tmp_path: Path, row: str, key: str, column: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"{HEAD}health,3,1,0.3,2020,\n{row}\n")
    assert caught.value.key == key
    assert (caught.value.values["row"], caught.value.values["column"]) == (3, column)
    assert caught.value.text("zh")


def test_files_are_joined_and_say_what_is_not_known(tmp_path: Path) -> None:
    one = read(tmp_path, "from_city,to_city,share,since\n1,2,1,2020\n", service="health")
    assert set(one.table["service"]) == {"health"} < set(SERVICES)
    with pytest.raises(InputError) as caught:
        join_recognition([one, one], CITIES)
    assert caught.value.key == "facilities.pair_twice_files"
    told = {remark.key: remark.count for remark in join_recognition([one], CITIES).report.noted}
    told.pop("facilities.silent_services")
    assert told == {"facilities.uneven": 1, "facilities.silent_pairs": 5}
    with pytest.raises(MissingError) as missing:
        read(tmp_path, "from_city,to_city,share,since\n1,2,1,2020\n")
    assert missing.value.key == "facilities.service_not_stated"


def test_parts_of_a_day_in_a_parquet_file_are_read_as_text(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pd.DataFrame(
        {"service": "health", "from_city": ["1"], "to_city": [2], "share": [1], "since": [2020]}
    ).to_parquet(file)
    found = read_recognition(file, cities=CITIES, source="notice", grade=Grade.B)
    (row,) = found.table.to_dict("records")
    assert (row["to_city"], row["since"], row["share"]) == ("2", "2020", 1.0)
