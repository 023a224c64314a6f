"""Jobs from a table: what is read, refused and told."""

from pathlib import Path
from typing import Any

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.core.provenance import Grade, Nature
from onecity.region.schema import JOBS
from onecity.region.sources.jobs import JobsRead, Stated, join_jobs, read_jobs
from onecity.region.validation import check_table

CODES = {"zone": ["z1", "z2"], "county": ["10", "20"], "city": ["1"]}
ZONES = Stated("census", Grade.B, Nature.OBSERVED, "zone", 2020)
BARE = Stated("census", Grade.B, Nature.OBSERVED)


def read(folder: Path, text: str, stated: Stated = ZONES, **more: Any) -> JobsRead:
    file = folder / "岗位.csv"
    file.write_text(text, encoding="utf-8")
    return read_jobs(file, codes=CODES, stated=stated, **more)


def test_jobs_are_read_and_what_is_not_given_is_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'level,code,year,jobs,grade,nature\nzone,z1,,"1,200",,\ncounty,10,2023,500.5,C,modelled\n',
    )
    check_table(found.table, JOBS)
    assert found.table["year"].tolist() == [2020, 2023]
    assert found.table["jobs"].tolist() == [1200.0, 500.5]
    assert found.table["nature"].tolist() == ["observed", "modelled"]
    assert found.table["grade"].tolist() == ["B", "C"]
    joined = join_jobs([found], CODES)
    told = [(one.key, one.count, one.values["year"]) for one in joined.report.noted]
    assert told == [("facilities.silent_jobs", 1, 2023), ("facilities.silent_jobs", 1, 2020)]
    with pytest.raises(InputError) as caught:
        join_jobs([found, found], CODES)
    assert caught.value.key == "facilities.jobs_twice_files"


@pytest.mark.parametrize(
    ("row", "key", "column"),
    [
        ("zone,z2,2020,-1,", "sources.cell_below", "jobs"),
        ("zone,z9,2020,1,", "facilities.unknown_code", "code"),
        ("county,z2,2020,1,", "facilities.unknown_code", "code"),
        ("town,z2,2020,1,", "sources.cell_unknown_word", "level"),
        ("zone,z2,2020.5,1,", "facilities.no_year", "year"),
        ("zone,z2,2020,1,guess", "sources.cell_unknown_word", "nature"),
        ("zone,z1,2020,1,", "facilities.jobs_twice", "code"),
    ],
    ids=lambda one: one if "." in str(one) and "," not in str(one) else "",
)
def test_what_is_wrong_is_told_at_its_cell(tmp_path: Path, row: str, key: str, column: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"level,code,year,jobs,nature\nzone,z1,2020,5,\n{row}\n")
    assert caught.value.key == key
    assert (caught.value.values["row"], caught.value.values["column"]) == (3, column)
    assert caught.value.text("zh")


def test_rows_outside_are_left_out_when_asked(tmp_path: Path) -> None:
    found = read(tmp_path, "code,jobs\nz1,5\nz9,7\nz2,\n", outside="leave_out")
    assert found.table["code"].tolist() == ["z1"]
    assert found.report.count("facilities.jobs_empty") == 1
    assert found.report.count("facilities.jobs_left_out") == 1
    with pytest.raises(InputError) as caught:
        read(tmp_path, "code,jobs\nz8,5\nz9,7\n", outside="leave_out")
    assert caught.value.key == "facilities.no_jobs_inside"
    with pytest.raises(MissingError) as missing:
        read(tmp_path, "code,jobs\nz1,5\n", BARE)
    assert missing.value.key == "facilities.not_stated"
