"""The ledger's workbook in a real office program: saved again, it says the same."""

import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook

from onecity.programme.ledger import workbook
from onecity.programme.ledger.workbook.forms import BASE, ITEMS
from tests.programme.ledger.test_workbook import BOOK, WRITTEN, edited, put


@pytest.fixture
def office() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc")
    return found


def saved(office: str, folder: Path, content: bytes) -> bytes:
    """Open a workbook in LibreOffice and save it as .xlsx."""
    (folder / "in.xlsx").write_bytes(content)
    profile = (folder / "profile").as_uri()
    done = subprocess.run(
        [office, "--headless", f"-env:UserInstallation={profile}", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), str(folder / "in.xlsx")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (folder / "out" / "in.xlsx").is_file(), done.stderr
    return (folder / "out" / "in.xlsx").read_bytes()


def test_saved_by_an_office_program_it_says_the_same(office: str, tmp_path: Path) -> None:
    again = saved(office, tmp_path, edited(put(ITEMS, 3, owner="王工"), WRITTEN))
    (tmp_path / "again.xlsx").write_bytes(again)
    assert load_workbook(tmp_path / "again.xlsx")[BASE].sheet_state != "visible"
    found = workbook.read(again, "台账.xlsx", BOOK)
    assert found.problems == ()
    assert [dict(one.fields) for one in found.edited] == [{"owner": "王工"}]
    assert found.unchanged == 1
