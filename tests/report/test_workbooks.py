from pathlib import Path
from time import process_time

from openpyxl import load_workbook

from onecity.report.workbooks import Sheet, write_workbook


def test_cells_hold_what_they_were_given_and_no_formula(tmp_path: Path) -> None:
    file = tmp_path / "表.xlsx"
    rows = [("=1+1", 1.5, None), ("#N/A", float("nan"), True), ("甲\x00乙", 3, "-2")]
    write_workbook(file, "题", [Sheet("一/二", ["名\n单位", "值", "又"], rows, left=2)])
    sheet = load_workbook(file)["一 二"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["=1+1", 1.5, None],
        ["#N/A", None, True],
        ["甲乙", 3, "-2"],
    ]
    assert {sheet[place].data_type for place in ("A2", "A3", "A4", "C4")} == {"s"}
    assert sheet.freeze_panes == "C2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet["A1"].font.b
    assert sheet.column_dimensions["A"].width > 0


def test_many_rows_take_no_longer_each_than_few(tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        rows = [("单元", f"z{row}", row / 7) for row in range(count)]
        start = process_time()
        write_workbook(tmp_path / f"{count}.xlsx", "题", [Sheet("表", ["一", "二", "三"], rows)])
        return process_time() - start

    few, many = seconds(500), seconds(5000)
    assert many < 60 * few + 1
