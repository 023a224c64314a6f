"""The workbook in a real office program: opened, saved again, and taken in as before."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from onecity.cli.program import program
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.region.workbook import FORMS, annotated, merge, read_workbook, template
from tests.region.workbook.forms import HOSPITAL, INDUSTRY, PROJECT, YEARLY, faults, filled
from tests.tiny import tiny_region

Save = Callable[[Path], Path]
REGION = tiny_region()
ROWS: dict[str, Any] = {
    "people": [
        {**YEARLY, "unit_kind": "县区", "unit": "999001", "name_zh": "砾泽市", "people": 330000},
        {**YEARLY, "unit_kind": "全市合计", "unit": "999001", "name_zh": "砾泽市",
         "people": 330000, "date": "2025-12-31", "note": "快报\n第二行", "grade": "B-"},
    ],
    "facilities": [HOSPITAL, {**HOSPITAL, "facility": "007", "name_zh": "分院", "opened": None}],
    "industries": [INDUSTRY],
    "undertakings": [PROJECT, {**PROJECT, "undertaking": "R1", "due": "2026年6月"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def save_again(tmp_path_factory: pytest.TempPathFactory) -> Save:
    """Open a workbook in LibreOffice and save it as .xlsx in a folder beside it."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc")
    profile = tmp_path_factory.mktemp("profile").as_uri()

    def save(file: Path) -> Path:
        folder = file.parent / "saved"
        done = subprocess.run(
            [found, "--headless", f"-env:UserInstallation={profile}", "--convert-to",
             "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder), str(file)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert (folder / file.name).is_file(), done.stderr
        return folder / file.name

    return save


def values_of(region: Region, name: str) -> pd.DataFrame:
    table = pd.DataFrame(region.table(name)).drop(columns="geometry", errors="ignore")
    return table.astype(object).where(lambda one: one.notna(), None)


def test_a_filled_template_saved_by_an_office_program_is_taken_in_alike(
    save_again: Save, tmp_path: Path
) -> None:
    ours = filled(tmp_path / "报送 2025.xlsx", REGION, **ROWS)
    theirs = save_again(ours)
    assert theirs.read_bytes() != ours.read_bytes()
    first, second = read_workbook(ours, REGION), read_workbook(theirs, REGION)
    assert first.sound
    assert first.rows == second.rows
    assert first.findings == second.findings
    one, other = merge(REGION, first), merge(REGION, second)
    for name in TABLES:
        assert one.has(name) == other.has(name)
        if one.has(name):
            pd.testing.assert_frame_equal(values_of(one, name), values_of(other, name))


def test_the_command_takes_in_what_an_office_program_saved(
    save_again: Save, tmp_path: Path
) -> None:
    theirs = save_again(filled(tmp_path / "报送.xlsx", REGION, **ROWS))
    REGION.write(tmp_path / "region")
    out = tmp_path / "new"
    words = ["import", theirs, "--into", tmp_path / "region", "--out", out]
    done = CliRunner().invoke(program, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    known = len(tiny_region().table("facilities"))
    assert len(Region.open(out).table("facilities")) == known + len(ROWS["facilities"])


def test_lists_protection_and_values_survive_and_nothing_is_an_error(
    save_again: Save, tmp_path: Path
) -> None:
    ours = template(tmp_path / "填报表.xlsx", REGION)
    before, after = load_workbook(ours), load_workbook(save_again(ours))
    assert after.sheetnames == before.sheetnames
    for sheet in after.worksheets:
        assert sheet.protection.sheet
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type not in {"e", "f"}, (sheet.title, cell.coordinate)
                assert cell.value == before[sheet.title][cell.coordinate].value
    for form in FORMS:
        # The program may shorten a range below the last filled row: where it begins counts.
        rules = [
            {
                (
                    str(rule.sqref).partition(":")[0],
                    rule.formula1.replace("'", ""),
                    rule.showErrorMessage,
                )
                for rule in book[form.title("zh")].data_validations.dataValidation
                if rule.type == "list"
            }
            for book in (before, after)
        ]
        assert rules[0] == rules[1]
        assert any(field.choices for field in form.fields) <= bool(rules[0])


def test_the_annotated_copy_can_be_mended_in_an_office_program(
    save_again: Save, tmp_path: Path
) -> None:
    wrong = [{**ROWS["people"][0], "people": "约33万"}]
    ours = filled(tmp_path / "报送.xlsx", REGION, people=wrong)
    intake = read_workbook(ours, REGION)
    marked = save_again(annotated(ours, intake, tmp_path / "报送-核对.xlsx"))
    again = read_workbook(marked, REGION)
    assert faults(again) == faults(intake) == [("人口", "J6", "myriads")]
    book = load_workbook(marked)
    comment = book["人口"]["J6"].comment
    assert comment is not None
    assert intake.faults[0].sentence.text("zh") in comment.text
    book["人口"]["J6"] = 330000
    book.save(marked)
    assert read_workbook(marked, REGION).sound
