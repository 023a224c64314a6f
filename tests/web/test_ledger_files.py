"""The ledger as files over the API: Excel out, edited, in; reports."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.web.ledgering import Bureau, Person, kind


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(tmp_path)
    made.given_out(title="桥", due="2026-03-10")
    made.given_out(title="路", responsible_unit="HS", lead_unit="HS", due="2026-03-20")
    yield made
    made.close()


def edited(content: bytes, cells: dict[tuple[str, str], Any]) -> bytes:
    """Return a workbook with cells changed: by what stands in column A's row, and the heading."""
    book, held = load_workbook(BytesIO(content)), BytesIO()
    sheet = book["事项"]
    for (title, heading), value in cells.items():
        columns = {
            str(cell.value).split("\n")[0]: cell.column
            for row in sheet.iter_rows(max_row=5)
            for cell in row
            if cell.value
        }
        [row] = [cell.row for line in sheet.iter_rows() for cell in line if cell.value == title]
        sheet.cell(row, columns[heading]).value = value
    book.save(held)
    return held.getvalue()


def send_in(person: Person, content: bytes, name: str = "台账.xlsx") -> dict[str, Any]:
    told: dict[str, Any] = person.ask("POST", "/ledger/intakes", files={"file": (name, content)})
    return told


def test_excel_goes_out_and_comes_in_edited(bureau: Bureau) -> None:
    office = bureau["circle_office"]
    answer = office.ask("GET", "/ledger/workbook", params={"unit": "WH-JT"})
    assert "spreadsheetml" in answer.headers["content-type"]
    assert "%E5%8F%B0%E8%B4%A6" in answer.headers["content-disposition"]
    told = send_in(office, edited(answer.content, {("桥", "责任人"): "李四"}))
    assert told["acceptable"], told["problems"]
    [change] = told["edited"]
    assert change["fields"] == {"owner": "李四"}
    assert change["before"] == {"owner": ""}
    assert told == office.get(f"/ledger/intakes/{told['key']}")
    hidden = bureau["administrator"].send("GET", f"/ledger/intakes/{told['key']}")
    assert hidden.status_code == 404, "it is for whoever sent it"
    taken = office.ask("POST", f"/ledger/intakes/{told['key']}/acceptance")
    assert [one["id"] for one in taken["edited"]] == [change["id"]]
    assert office.get(f"/ledger/items/{change['id']}")["item"]["owner"] == "李四"
    again = office.send("POST", f"/ledger/intakes/{told['key']}/acceptance")
    assert again.status_code == 404


def test_two_imports_at_once_do_not_overwrite_one_another(bureau: Bureau) -> None:
    office = bureau["circle_office"]
    content = office.ask("GET", "/ledger/workbook").content
    first = send_in(office, edited(content, {("桥", "责任人"): "李四"}))
    second = send_in(office, edited(content, {("桥", "责任人"): "王五"}))
    office.ask("POST", f"/ledger/intakes/{first['key']}/acceptance")
    late = office.send("POST", f"/ledger/intakes/{second['key']}/acceptance")
    assert late.status_code == 412, late.text
    assert "桥" in [one["title"] for one in office.get("/ledger/items", owner="李四")["items"]]


def test_what_is_wrong_is_told_at_its_cell_and_marked(bureau: Bureau) -> None:
    office = bureau["circle_office"]
    content = office.ask("GET", "/ledger/workbook").content
    told = send_in(office, edited(content, {("桥", "完成时限"): "尽快"}))
    assert not told["acceptable"]
    [problem] = [one for one in told["problems"] if one["severity"] == "fault"]
    assert problem["sheet"] == "事项"
    assert problem["given"] == "尽快"
    assert problem["cell"][:1].isalpha()
    refused = office.send("POST", f"/ledger/intakes/{told['key']}/acceptance")
    assert (refused.status_code, kind(refused)) == (409, "web_ledger.intake_faults")
    marked = office.ask("GET", f"/ledger/intakes/{told['key']}/annotated").content
    sheet = load_workbook(BytesIO(marked))["事项"]
    assert sheet[problem["cell"]].comment is not None
    assert office.send("DELETE", f"/ledger/intakes/{told['key']}").status_code == 204


def test_what_is_no_workbook_is_refused(bureau: Bureau) -> None:
    for content in (b"PK\x03\x04broken", b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        answer = bureau["circle_office"].send(
            "POST", "/ledger/intakes", files={"file": ("a.xlsx", content)}
        )
        assert answer.status_code == 422, answer.text


def test_a_unit_takes_in_its_own_alone(bureau: Bureau) -> None:
    content = bureau["circle_office"].ask("GET", "/ledger/workbook").content
    unit = bureau["unit_editor"]
    told = send_in(unit, edited(content, {("路", "责任人"): "李四"}))
    answer = unit.send("POST", f"/ledger/intakes/{told['key']}/acceptance")
    assert answer.status_code == 403


@pytest.mark.parametrize("form", ["html", "docx", "xlsx"])
@pytest.mark.parametrize(
    ("which", "given"),
    [
        ("city", {"unit": "420100"}),
        ("summary", {}),
        ("pack", {"last": "2026-03-02"}),
        ("page", {}),
    ],
)
def test_reports_tell_of_the_ledger(
    bureau: Bureau, which: str, given: dict[str, str], form: str
) -> None:
    answer = bureau["viewer"].ask(
        "GET", f"/ledger/reports/{which}", params={**given, "format": form}
    )
    if form == "html":
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        text = answer.text
    elif form == "docx":
        document = Document(BytesIO(answer.content))
        cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
        text = "\n".join([*(one.text for one in document.paragraphs), *cells])
    else:
        book = load_workbook(BytesIO(answer.content))
        text = "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    assert "2026" in text
    assert len(text) > 100
    if which == "city":
        assert "桥" in text
        assert "黄石" not in text


def test_a_report_is_set_by_an_offices_own_template(bureau: Bureau) -> None:
    viewer = bureau["viewer"]
    document = Document(BytesIO(viewer.ask("GET", "/ledger/reports/summary/template").content))
    document.add_paragraph("本单位落款：城市圈办公室")
    held = BytesIO()
    document.save(held)
    address = "/ledger/reports/summary/document"
    made = viewer.ask("POST", address, files={"file": ("模板.docx", held.getvalue())})
    lines = [one.text for one in Document(BytesIO(made.content)).paragraphs]
    assert "本单位落款：城市圈办公室" in lines
    assert any("2026" in one for one in lines)
    document.add_paragraph("{{ secret }}")
    held = BytesIO()
    document.save(held)
    wrong = viewer.send("POST", address, files={"file": ("模板.docx", held.getvalue())})
    assert wrong.status_code == 422
    assert "secret" in wrong.json()["detail"]["zh"]


def test_a_report_without_a_city_or_with_days_in_disorder_is_refused(bureau: Bureau) -> None:
    viewer = bureau["viewer"]
    answer = viewer.send("GET", "/ledger/reports/city")
    assert (answer.status_code, kind(answer)) == (422, "web_ledger.whose_report")
    days = {"first": "2026-03-02", "last": "2026-03-01"}
    answer = viewer.send("GET", "/ledger/reports/summary", params=days)
    assert (answer.status_code, kind(answer)) == (422, "web_ledger.period")
    assert viewer.send("GET", "/ledger/reports/city", params={"unit": "NO"}).status_code == 404


def test_projects_go_out_and_come_in_as_oc4ids(bureau: Bureau) -> None:
    office = bureau["circle_office"]
    answer = office.send("GET", "/ledger/oc4ids")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].endswith("OC4IDS.json")
    package = answer.json()
    assert {one["title"] for one in package["projects"]} == {"桥", "路"}
    told = send_in(office, answer.content, "package.json")
    assert [one for one in told["problems"] if one["severity"] == "fault"] == []
    assert (told["new"], told["edited"], told["unchanged"]) == ([], [], 2)
    package["projects"][0]["title"] = "桥（改）"
    told = send_in(office, json.dumps(package).encode(), "package.json")
    assert [one["fields"] for one in told["edited"]] == [{"title": "桥（改）"}]
    none = office.send("GET", "/ledger/oc4ids", params={"state": "closed"})
    assert none.status_code == 422
