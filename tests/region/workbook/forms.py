"""Workbooks for tests: the template, filled in and then spoiled as people spoil them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from onecity.core.severity import Severity
from onecity.region.store import Region
from onecity.region.workbook import FORMS, Intake, template
from onecity.region.workbook.sheets import Form
from onecity.region.workbook.template import EXAMPLE_ROW, FIRST_ROW, HEADER_ROW

Row = Mapping[str, Any]

SOURCED: Row = {"source": "年鉴", "grade": "A"}
CENSUS: Row = {"basis": "普查", "year": 2030, **SOURCED}
YEARLY: Row = {"basis": "年度", "year": 2025, **SOURCED}
HOSPITAL: Row = {
    "name_zh": "第一医院",
    "kind": "医院",
    "county": "990101",
    "lon": -29.9,
    "lat": 1.25,
    "system": "WGS-84（含 CGCS2000）",
    "capacity": 900,
    "capacity_unit": "床位",
    "level": "三级甲等",
    "opened": 1998,
    **SOURCED,
}
RIGHT: Row = {
    "service": "医疗保险",
    "from_city": "990200",
    "to_city": "990100",
    "share": 0.8,
    "since": "2023-05-01",
    "document": "互认协议",
    **SOURCED,
}
INDUSTRY: Row = {
    "level": "县区",
    "code": "990101",
    "year": 2025,
    "section": "C 制造业",
    "output": 1000.5,
    "value_added": 300.25,
    "employees": 1200,
    **SOURCED,
}
PROJECT: Row = {
    "kind": "项目",
    "title_zh": "跨市大道",
    "strand": "交通同网",
    "lead": "交通局",
    "responsible": "云湾市、岚浦市",
    "places": "990100;990202",
    "due": "2027-06-30",
    "cost": 12000,
    "status": "在建（推进中）",
    **SOURCED,
}


def form(key: str) -> Form:
    """Return a form by its key."""
    return next(one for one in FORMS if one.key == key)


def letter(key: str, name: str) -> str:
    """Return the column of a field in the template."""
    return "BCDEFGHIJKLMNOPQRS"[[one.name for one in form(key).fields].index(name)]


def filled(
    path: Path,
    region: Region | None = None,
    *,
    edit: Callable[[Workbook], None] | None = None,
    **rows: Sequence[Row],
) -> Path:
    """Write a workbook with rows in some sheets, by field name, and let `edit` spoil it.

    With a region it is the true template; without, only the rows that the template writes.
    """
    if region is None:
        book = _bare()
    else:
        template(path, region)
        book = load_workbook(path)
    for key, given in rows.items():
        sheet = sheet_of(book, key)
        known = [row for row in range(FIRST_ROW, sheet.max_row + 1) if sheet.cell(row, 2).value]
        for number, row in enumerate(given, max(known, default=FIRST_ROW - 1) + 1):
            for name, value in row.items():
                sheet[f"{letter(key, name)}{number}"] = value
    if edit is not None:
        edit(book)
    book.save(path)
    return path


def _bare() -> Workbook:
    """Return a workbook with headers and examples alone: quicker than the template."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for one in FORMS:
        sheet = book.create_sheet(one.title("zh"))
        sheet.cell(1, 1, one.title("zh"))
        lines: dict[int, list[Any]] = {
            HEADER_ROW: ["序号", *(f.head("zh") + "*" * f.required for f in one.fields)],
            HEADER_ROW + 1: ["说明", *(f.about("zh") for f in one.fields)],
            EXAMPLE_ROW: ["示例", *(f.shown_example("zh") for f in one.fields)],
        }
        for row, values in lines.items():
            for column, value in enumerate(values, 1):
                sheet.cell(row, column, value)
    return book


def sheet_of(book: Workbook, key: str) -> Worksheet:
    """Return the sheet of a form."""
    sheet = book[form(key).title("zh")]
    assert isinstance(sheet, Worksheet)
    return sheet


def keys(intake: Intake, severity: Severity | None = None) -> list[tuple[str, str, str]]:
    """Return sheet, cell and kind of every finding, of one severity if given."""
    return [
        (one.sheet, one.cell, one.sentence.key.partition(".")[2])
        for one in intake.findings
        if severity in {None, one.severity}
    ]


def faults(intake: Intake) -> list[tuple[str, str, str]]:
    """Return sheet, cell and kind of every fault."""
    return keys(intake, Severity.FAULT)


def warnings(intake: Intake) -> list[tuple[str, str, str]]:
    """Return sheet, cell and kind of every warning."""
    return keys(intake, Severity.WARNING)


def notes(intake: Intake) -> list[tuple[str, str, str]]:
    """Return sheet, cell and kind of every note."""
    return keys(intake, Severity.NOTE)
