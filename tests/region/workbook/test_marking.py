"""The user's own workbook comes back with every finding where it belongs."""

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from onecity.core.errors import InputError
from onecity.region.workbook import annotated, read_workbook
from tests.region.workbook.forms import HOSPITAL, YEARLY, filled, sheet_of
from tests.tiny import tiny_region

REGION = tiny_region()
RED, YELLOW = "FFC7CE", "FFEB9C"
ROWS = [
    {**YEARLY, "unit_kind": "县区", "unit": "999001", "name_zh": "浦南区", "people": "约33万"},
    {**YEARLY, "unit_kind": "县区", "unit": "990101", "name_zh": "=内湾", "people": 1_800_000,
     "year": "去年"},
]  # fmt: skip


def own_format(book: Workbook) -> None:
    sheet = sheet_of(book, "people")
    sheet["B6"].font = Font(name="楷体", size=20)
    sheet["J6"].comment = Comment("请财务复核", "小王")
    sheet["L7"] = "=B7&C7"
    sheet["E7"].data_type = "s"
    sheet.column_dimensions["D"].width = 33.5
    sheet.merge_cells("K6:K7")


def colour(cell: object) -> str:
    return str(cell.fill.fgColor.rgb)[-6:]  # type: ignore[attr-defined]


def test_cells_are_coloured_commented_and_listed(tmp_path: Path) -> None:
    path = filled(tmp_path / "报 送.xlsx", people=ROWS, facilities=[HOSPITAL], edit=own_format)
    before = path.read_bytes()
    intake = read_workbook(path, REGION)
    out = annotated(path, intake, tmp_path / "报 送-核对.xlsx")
    assert path.read_bytes() == before
    book = load_workbook(out)
    assert book.sheetnames[0] == "核对结果"
    assert book.sheetnames[1:] == load_workbook(path).sheetnames
    assert intake.faults
    assert intake.warnings
    for one in intake.findings:
        if not one.cell or one.severity.value == "note":
            continue
        cell = book[one.sheet][one.cell.partition(":")[0]]
        assert cell.comment is not None, one
        assert one.sentence.text("zh") in cell.comment.text
        assert one.sentence.text("en") in cell.comment.text
        assert colour(cell) in {RED, YELLOW}
    people = book["人口"]
    assert colour(people["J6"]) == RED
    assert colour(people["E6"]) == YELLOW
    assert people["J6"].comment.text.startswith("请财务复核\n")
    assert people["J6"].value == "约33万"
    marked = {
        cell.coordinate for row in people.iter_rows() for cell in row if cell.comment is not None
    }
    assert marked == {f.cell.partition(":")[0] for f in intake.findings if f.sheet == "人口"}
    listed = list(book["核对结果"].iter_rows(min_row=4, values_only=True))
    assert len(listed) == len(intake.findings)
    assert [row[0] for row in listed] == sorted(
        (str(row[0]) for row in listed), key="错误 警示 说明".find
    )
    assert any(row[1:3] == ("人口", "J6") and row[4] == "约33万" for row in listed)
    assert book["核对结果"]["C4"].hyperlink is not None


def test_the_users_own_work_is_kept(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", people=ROWS, edit=own_format)
    book = load_workbook(annotated(path, read_workbook(path, REGION), tmp_path / "b.xlsx"))
    people = book["人口"]
    assert (people["B6"].font.name, people["B6"].font.size) == ("楷体", 20)
    assert people["L7"].value == "=B7&C7"
    assert people.column_dimensions["D"].width == 33.5
    assert [str(one) for one in people.merged_cells.ranges] == ["K6:K7"]


def test_the_template_stays_a_form(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", REGION, people=ROWS)
    book = load_workbook(annotated(path, read_workbook(path, REGION), tmp_path / "b.xlsx"))
    sheet = book["人口"]
    assert sheet.protection.sheet
    assert sheet.freeze_panes == "D4"
    assert len(sheet.data_validations.dataValidation) >= 4
    assert sheet["B3"].font.name == "黑体"
    assert sheet.page_setup.orientation == "landscape"


def test_marks_of_an_earlier_copy_go_when_the_cell_is_mended(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", people=ROWS, edit=own_format)
    first = annotated(path, read_workbook(path, REGION), tmp_path / "b.xlsx")
    book = load_workbook(first)
    people = book["人口"]
    people["J6"], people["E6"], people["E7"], people["H7"] = 330_000, "砾泽市", "内湾区", 2025
    people["L7"] = "A"
    people.unmerge_cells("K6:K7")
    people["K7"] = "年鉴"
    book.save(first)
    intake = read_workbook(first, REGION)
    assert intake.sound
    again = load_workbook(annotated(first, intake, tmp_path / "c.xlsx"))
    assert again.sheetnames.count("核对结果") == 1
    assert again["人口"]["J6"].comment.text == "请财务复核"
    assert again["人口"]["J6"].comment.author == "小王"
    assert colour(again["人口"]["J6"]) not in {RED, YELLOW}
    assert again["人口"]["H7"].comment is None
    assert "可以导入" in again["核对结果"]["A2"].value


def test_not_over_the_workbook_itself_nor_for_another(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", people=ROWS)
    intake = read_workbook(path, REGION)
    with pytest.raises(InputError, match="another name"):
        annotated(path, intake, path)
    other = filled(tmp_path / "b.xlsx", people=ROWS[:1])
    with pytest.raises(InputError, match="changed after"):
        annotated(other, intake, tmp_path / "c.xlsx")
    assert not (tmp_path / "c.xlsx").exists()
