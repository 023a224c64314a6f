"""A catalogue as a workbook: out and in again unchanged, and every fault at its cell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES, Language
from onecity.hall.catalogue import (
    Catalogue,
    Department,
    Depth,
    Fee,
    Form,
    LifeEvent,
    Requirement,
    Tier,
    Way,
)
from onecity.hall.catalogue.workbook import read_workbook, write_workbook
from tests.hall.small import FIRM, ITEMS, SMALL

FULL = replace(
    SMALL,
    cities_en={"B": "Second town"},
    items=(
        replace(
            ITEMS[0],
            fees=(Fee("工本费", Decimal("12.50"), "某条例第九条"),),
            cities=("A", "B"),
            ways=frozenset({Way.AGENT, Way.JOINT}),
            valid_until=date(2025, 6, 30),
            visit_reason="核验原件",
            conditions="=1+1 不是公式",
            title_en="Register a shop",
            requirements=(
                Requirement("id", Form.ORIGINAL, 2, visit=True, necessary=False, share=0.25),
                Requirement("house", visit=True, when="租用的除外"),
            ),
        ),
        replace(ITEMS[0], version=2, valid_from=date(2025, 7, 1), legal=None, depth=Depth.II),
        *ITEMS[1:],
    ),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_is_read_again(tmp_path: Path, language: Language) -> None:
    path = write_workbook(FULL, tmp_path / "通办目录.xlsx", language=language)
    intake = read_workbook(path)
    assert not intake.faults
    assert intake.catalogue == FULL


def test_an_empty_one_is_the_template(tmp_path: Path) -> None:
    intake = read_workbook(write_workbook(Catalogue(""), tmp_path / "t.xlsx"))
    assert not intake.faults
    assert intake.catalogue == Catalogue("")


@cache
def full() -> bytes:
    with TemporaryDirectory() as folder:
        return write_workbook(FULL, Path(folder) / "a.xlsx").read_bytes()


def spoilt(tmp_path: Path, change: Callable[[Any], None]) -> list[tuple[str, str, str]]:
    path = tmp_path / "a.xlsx"
    book = load_workbook(BytesIO(full()))
    change(book)
    book.save(path)
    intake = read_workbook(path)
    assert intake.catalogue is None
    assert all(one.text(language) for one in intake.findings for language in LANGUAGES)
    return [(one.sheet, one.cell, one.sentence.key) for one in intake.faults]


ELSEWHERE = {
    "hall_rules.depth_means_no_visit": ("事项", "M2"),  # the visits are wrong, not the depth
    "hall_rules.fee_without_basis": ("收费", "D2"),  # the fee that lacks it
    "hall_rules.visit_not_counted": ("申请材料", "C4"),  # the document that forces one
}


def put(sheet: str, cell: str, value: object) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book[sheet][cell] = value

    return change


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "key"),
    [
        ("事项", "D2", "行政许诺", "workbook.not_choice"),
        ("事项", "M2", "一次", "workbook.not_number"),
        ("事项", "M2", 1.5, "workbook.not_whole"),
        ("事项", "M2", None, "workbook.empty"),
        ("事项", "I2", -3, "workbook.below"),
        ("事项", "V2", "2025-13-01", "workbook.not_date"),
        ("事项", "E2", "none", "hall_rules.no_department"),
        ("事项", "K2", 99, "hall_rules.promised_beyond_legal"),
        ("事项", "O2", "Ⅳ级", "hall_rules.depth_means_no_visit"),
        ("事项", "M3", 0, "hall_rules.visit_not_counted"),
        ("申请材料", "C4", "none", "hall_rules.no_document"),
        ("申请材料", "A3", "none", "hall_rules.no_item"),
        ("申请材料", "I2", 1.5, "workbook.above"),
        ("收费", "E2", None, "hall_rules.fee_without_basis"),
        ("收费", "D2", 12.555, "hall_book.money_decimals"),
        ("材料", "D2", "none", "hall_rules.no_department"),
        ("环节", "B3", "none", "hall_rules.no_basic"),
        ("环节", "C3", "none", "hall_rules.no_step"),
        ("环节", "A3", "none", "hall_book.no_event"),
        ("办件量", "I4", 9999, "hall_rules.refused"),
        ("部门", "A3", "mA", "hall_rules.twice"),
        ("部门", "C2", "Z", "hall_rules.no_city"),
        ("城市", "A3", "A", "hall_rules.twice"),
    ],
)
def test_a_fault_is_told_at_its_cell(
    tmp_path: Path, sheet: str, cell: str, value: object, key: str
) -> None:
    place = ELSEWHERE.get(key, (sheet, cell))
    assert (*place, key) in spoilt(tmp_path, put(sheet, cell, value))


def test_odd_records_are_told_at_their_own_cell(tmp_path: Path) -> None:
    empty = LifeEvent("empty", "空", FIRM, ())
    odd = replace(
        SMALL,
        departments=(*SMALL.departments, Department("mA@x", "某局", "Z", Tier.CITY)),
        life_events=(empty,),
        caseloads=(*SMALL.caseloads, SMALL.caseloads[1]),
    )
    path = write_workbook(odd, tmp_path / "a.xlsx")
    book = load_workbook(path)
    book["目录"]["A3"] = "另一个名称"
    book["申请材料"]["I2"] = 0.5
    book["申请材料"]["I2"].number_format = "0%"
    for row, (cny, basis) in enumerate([(1.1, "某条例"), (2, None)], 2):
        for at, value in enumerate(["A1", 1, "工本费", cny, basis], 1):
            book["收费"].cell(row, at, value)
    book["事项"]["J2"] = None
    book["材料"]["F2"] = True
    book.save(path)
    cells = {(one.sheet, one.cell, one.sentence.key) for one in read_workbook(path).findings}
    assert cells >= {
        ("一件事", "A2", "hall_rules.event_of_one"),
        ("部门", "C7", "hall_rules.no_city"),
        ("办件量", "E9", "hall_rules.load_twice"),
        ("收费", "D3", "hall_rules.fee_without_basis"),
        ("目录", "A3", "hall_book.one_row"),
        ("事项", "J2", "hall_book.no_unit"),
    }
    assert not any(sheet in {"材料", "申请材料"} for sheet, _, _ in cells)


def test_sheets_and_headers(tmp_path: Path) -> None:
    def rename(book: Any) -> None:
        book["材料"].title = "材料清单表"

    assert ("材料清单表", "", "workbook.sheet_renamed") in spoilt(tmp_path, rename)

    def drop(book: Any) -> None:
        del book["申请材料"]

    assert ("", "", "hall_book.sheet_needed") in spoilt(tmp_path, drop)
    assert ("事项", "M1", "workbook.header_renamed") in spoilt(
        tmp_path, put("事项", "M1", "到场数")
    )


def test_columns_may_stand_elsewhere(tmp_path: Path) -> None:
    path = write_workbook(FULL, tmp_path / "a.xlsx")
    book = load_workbook(path)
    book["事项"].move_range("A1:A20", cols=30)
    del book["收费"]
    book.save(path)
    read = read_workbook(path).catalogue
    assert read == replace(FULL, items=(replace(FULL.items[0], fees=()), *FULL.items[1:]))


def test_other_files(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "别的.xlsx")
    keys = [one.sentence.key for one in read_workbook(tmp_path / "别的.xlsx").faults]
    assert keys == ["hall_book.no_sheets"]
    (tmp_path / "空.xlsx").write_bytes(b"")
    with pytest.raises(InputError):
        read_workbook(tmp_path / "空.xlsx")
    with pytest.raises(MissingError):
        read_workbook(tmp_path / "none.xlsx")
