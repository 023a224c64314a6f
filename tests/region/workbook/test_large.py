"""A hundred thousand rows are read in seconds, and what is over the limit is told."""

import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from onecity.region.workbook import merge, read_workbook, reading
from tests.region.workbook.forms import HOSPITAL, faults, filled, form, sheet_of
from tests.tiny import tiny_region

REGION = tiny_region(without=("facilities",))
ROWS = 100_000
SECONDS = 30.0
"""Of processor time, with room for a slow machine; about half is usual."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def large(path: Path) -> Path:
    """Write facilities as Excel stores them: texts shared, numbers in place."""
    values = [HOSPITAL.get(one.name) for one in form("facilities").fields]
    seed = filled(path / "a.xlsx", facilities=[HOSPITAL])
    texts = sorted({str(one) for one in values if isinstance(one, str)})
    place = {text: number for number, text in enumerate(texts)}
    cells = []
    for column, value in zip("CDEFGHIJKLMNO"[: len(values) - 1], values[1:], strict=True):
        if isinstance(value, str):
            cells.append(f'<c r="{column}{{row}}" t="s"><v>{place[value]}</v></c>')
        elif value is not None:
            cells.append(f'<c r="{column}{{row}}"><v>{value}</v></c>')
    line = "<row r='{row}'><c r='B{row}'><v>{row}</v></c>" + "".join(cells) + "</row>"
    rows = "".join(line.replace("{row}", str(row)) for row in range(6, 6 + ROWS))
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    out = path / "十万行.xlsx"
    with zipfile.ZipFile(seed) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name == "xl/worksheets/sheet4.xml":
                start, end = text.index('<row r="6"'), text.index("</sheetData>")
                text = text[:start] + rows + text[end:]
            if name == "[Content_Types].xml":
                text = text.replace("</Types>", f"{SHARED}</Types>")
            new.writestr(name, text)
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{shared}</sst>')
    return out


@pytest.mark.slow
def test_a_hundred_thousand_rows(tmp_path: Path) -> None:
    path = large(tmp_path)
    start = time.process_time()
    intake = read_workbook(path, REGION)
    assert time.process_time() - start < SECONDS
    assert intake.sound
    assert intake.rows["facilities"] == ROWS
    made = merge(REGION, intake).table("facilities")
    assert len(made) == ROWS
    assert made["facility"].iloc[-1] == str(5 + ROWS)
    assert made["capacity"].sum() == 900 * ROWS


def test_rows_over_the_limit_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    rows = [{**HOSPITAL, "facility": f"h{i}"} for i in range(5)]
    intake = read_workbook(filled(tmp_path / "a.xlsx", facilities=rows), REGION)
    assert faults(intake) == [("设施", "", "too_many_rows")]
    assert intake.rows["facilities"] == 3


def test_a_stray_cell_far_below_is_no_row(tmp_path: Path) -> None:
    def stray(book: Workbook) -> None:
        sheet_of(book, "facilities")["A1048576"] = 1

    path = filled(tmp_path / "a.xlsx", facilities=[HOSPITAL], edit=stray)
    intake = read_workbook(path, REGION)
    assert intake.findings == ()
    assert intake.rows["facilities"] == 1
