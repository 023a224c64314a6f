"""The template is a form that can be filled, printed and read back, and one list makes it."""

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from onecity.core.errors import StoreError
from onecity.core.words import LANGUAGES, Language
from onecity.region.workbook import FORMS, guide, read_workbook, template
from onecity.region.workbook.sheets import Form, Kind, lists
from onecity.region.workbook.template import EXAMPLE_ROW, FIRST_ROW, HEADER_ROW
from tests.region.workbook.forms import faults, form, notes, warnings
from tests.tiny import tiny_region

EVERY = pytest.mark.parametrize("one", FORMS, ids=[one.key for one in FORMS])


def test_sheets_stand_in_order_and_nothing_is_hidden(tmp_path: Path) -> None:
    book = load_workbook(template(tmp_path / "填报 模板.xlsx"))
    names = ["说明", "市与组团", "县区", "人口", "设施", "权益互认", "产业", "项目与任务", "代码表"]
    assert book.sheetnames == names
    assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
    assert all(not sheet.merged_cells.ranges for sheet in book.worksheets)


@EVERY
def test_a_sheet_is_laid_out_as_a_form(tmp_path: Path, one: Form) -> None:
    sheet = load_workbook(template(tmp_path / "a.xlsx"))[one.title("zh")]
    heads = [cell.value for cell in sheet[HEADER_ROW]]
    assert heads == ["序号", *(f.head("zh") + "*" * f.required for f in one.fields)]
    assert sheet.freeze_panes == f"D{HEADER_ROW + 1}"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToWidth == 1
    assert sheet.sheet_properties.pageSetUpPr
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == f"${HEADER_ROW}:${HEADER_ROW}"
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert sheet.cell(HEADER_ROW, 2).protection.locked
    assert not sheet.cell(FIRST_ROW, 2).protection.locked
    assert not sheet.column_dimensions["B"].protection.locked
    assert sheet.cell(EXAMPLE_ROW, 1).value == "示例"
    assert sheet.cell(HEADER_ROW, 2).font.name == "黑体"
    for at, field in enumerate(one.fields, 2):
        cell = sheet.cell(FIRST_ROW, at)
        text = field.kind in {Kind.NAME, Kind.CODE, Kind.CODES}
        assert (cell.number_format == "@") == text
        assert sheet.column_dimensions[get_column_letter(at)].width >= 7


@EVERY
def test_every_closed_list_is_offered(tmp_path: Path, one: Form) -> None:
    book = load_workbook(template(tmp_path / "a.xlsx", tiny_region()))
    offered = {}
    for rule in book[one.title("zh")].data_validations.dataValidation:
        if rule.type == "list":
            name, _, span = rule.formula1.partition("!")
            values = [row[0].value for row in book[name.strip("'")][span.replace("$", "")]]
            offered[str(rule.sqref).rstrip("0123456789").partition(":")[0]] = values
    for at, field in enumerate(one.fields, 2):
        cell = f"{chr(64 + at)}{FIRST_ROW}"
        if field.choices is not None:
            labels = [field.choices.label(member, "zh") for member in field.choices.members]
            assert offered[cell] == labels
        if field.kind is Kind.CODE:
            assert "990100" in offered[cell] or "990101" in offered[cell]


def test_a_region_is_filled_in_and_reads_back_without_a_word(tmp_path: Path) -> None:
    region = tiny_region()
    intake = read_workbook(template(tmp_path / "a.xlsx", region), region)
    assert intake.findings == ()
    assert intake.rows["cities"] == 3 + 3
    assert intake.rows["counties"] == 5
    assert list(intake.frames["counties"]["code"]) == list(region.table("counties")["county"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_in_either_language_is_read(tmp_path: Path, language: Language) -> None:
    region = tiny_region()
    intake = read_workbook(template(tmp_path / "a.xlsx", region, language=language), region)
    assert intake.sound
    assert not warnings(intake)
    assert not notes(intake)


def test_the_empty_template_is_told_to_be_empty(tmp_path: Path) -> None:
    intake = read_workbook(template(tmp_path / "a.xlsx"), tiny_region())
    assert faults(intake) == [("", "", "nothing_filled")]


def test_the_example_of_every_sheet_stands_in_its_own_lists() -> None:
    for one in FORMS:
        for field in one.fields:
            if field.choices is not None and field.example is not None:
                assert field.example in field.choices.members
    assert len({choices.key for choices in lists()}) == len(lists())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_names_every_column(language: Language) -> None:
    text = guide(language)
    for one in FORMS:
        assert one.title(language) in text
        assert all(field.head(language) in text for field in one.fields)


def test_heads_of_a_sheet_differ() -> None:
    for one in FORMS:
        for language in LANGUAGES:
            heads = [field.head(language) for field in one.fields]
            assert len(set(heads)) == len(heads)


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    taken = tmp_path / "a.xlsx"
    taken.mkdir()
    with pytest.raises(StoreError, match="Nothing was changed"):
        template(taken)
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"]
    assert form("people").field("people").required
