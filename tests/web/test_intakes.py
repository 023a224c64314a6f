"""Figures from bureaux in the browser: sent in, looked at, taken in, undone."""

import os
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from onecity.core.files import checked_file
from onecity.web import intakes as module
from onecity.web.intakes import shown_name
from tests.region.workbook.forms import CENSUS, HOSPITAL, INDUSTRY, PROJECT, YEARLY, filled

Serve = Callable[..., TestClient]
Headers = Callable[[TestClient], dict[str, str]]
API = "/api/v1"
NAME = "2025年 年报（终稿）.xlsx"
CITIES = {"kind": "市", "code": "990200", "name_zh": "岚浦市", "name_en": "Lanpu City"}
COUNTY: dict[str, Any] = {**CENSUS, "unit_kind": "县区", "city": "990200"}


def send(client: TestClient, content: bytes, headers: dict[str, str], name: str = NAME) -> Any:
    return client.post(f"{API}/intakes", files={"file": (name, content)}, headers=headers)


def book(folder: Path, **rows: Any) -> bytes:
    return filled(folder / "book.xlsx", **rows).read_bytes()


@pytest.fixture
def client(serve: Serve) -> TestClient:
    return serve()


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    """A workbook with one row of most sheets, none of it wrong."""
    return book(
        tmp_path,
        cities=[CITIES],
        people=[{**YEARLY, "unit_kind": "全市合计", "unit": "990100", "name_zh": "云湾市",
                 "people": 3_100_000, "city": "990100"}],
        facilities=[HOSPITAL],
        industries=[INDUSTRY],
        undertakings=[PROJECT],
    )  # fmt: skip


def test_the_template_is_a_workbook_of_the_region(service: TestClient) -> None:
    answer = service.get(f"{API}/template")
    assert answer.status_code == 200
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert "filename*=UTF-8''%E4%BA%91%E6%B9%BE" in answer.headers["content-disposition"]
    assert "县区" in load_workbook(BytesIO(answer.content)).sheetnames
    tag = answer.headers["etag"]
    again = service.get(f"{API}/template", headers={"If-None-Match": tag})
    assert again.status_code == 304
    english = service.get(f"{API}/template?lang=en")
    assert "Counties" in load_workbook(BytesIO(english.content)).sheetnames
    assert service.get(f"{API}/template?lang=fr").status_code == 422


def test_what_a_workbook_would_change_is_told_cell_by_cell(
    client: TestClient, csrf: Headers, sound: bytes
) -> None:
    answer = send(client, sound, csrf(client))
    assert answer.status_code == 201
    told = answer.json()
    assert told["accepted"], told["errors"]
    assert told["name"] == NAME
    assert answer.headers["location"] == f"{API}/intakes/{told['id']}"
    changes = {(one["table"], one["code"], one["column"]["zh"]): one for one in told["changes"]}
    english = changes["cities", "990200", "英文名"]
    assert (english["before"], english["after"]) == ("Lanpu", "Lanpu City")
    assert english["name"] == {"zh": "岚浦市", "en": "Lanpu City"}
    assert english["level"] == "city"
    years = changes["population_years", "990100", "整行"]
    assert years["name"]["zh"] == "云湾市 2025"
    assert (years["before"], years["level"]) == (None, "city")
    assert years["after"].startswith("3100000 · "), "a row without a name tells what it holds"
    hospital = changes["facilities", "990101:hospital:第一医院", "整行"]
    assert hospital["after"] == "第一医院"
    assert hospital["table_name"] == {"zh": "设施", "en": "Facilities"}
    assert changes["industries", "990101", "整行"]["name"]["zh"].endswith("2025 C")
    assert told["changes_total"] == len(told["changes"])
    assert told["touched"] == {"county": ["990101", "990202"], "city": ["990100", "990200"]}
    assert client.get(answer.headers["location"]).json() == told
    assert client.get(f"{API}/versions").json()["items"][0]["number"] == 0, "nothing changed yet"


def test_a_census_touches_the_counties_it_is_of(
    client: TestClient, csrf: Headers, tmp_path: Path
) -> None:
    rows = [
        {**COUNTY, "unit": code, "name_zh": name, "people": people}
        for code, name, people in (("990201", "浦南区", 500_000), ("990202", "浦北县", 240_000))
    ]
    told = send(client, book(tmp_path, people=rows), csrf(client)).json()
    assert told["accepted"], told["errors"]
    columns = {(one["table"], one["column"]["zh"]) for one in told["changes"]}
    assert ("counties", "人口（人）") in columns
    assert ("census", "整行") in columns
    assert not [one for one in told["changes"] if one["table"] == "zones"]
    assert told["touched"]["city"] == ["990200"]


def test_faults_stand_at_their_cells_and_nothing_can_be_taken_in(
    client: TestClient, csrf: Headers, tmp_path: Path
) -> None:
    headers = csrf(client)
    wrong = book(tmp_path, facilities=[{**HOSPITAL, "lon": "很远", "county": "123456"}])
    told = send(client, wrong, headers).json()
    assert not told["accepted"]
    assert told["changes"] == []
    cells = {one["cell"]: one for one in told["errors"]}
    assert {"E6", "F6"} <= cells.keys()
    assert cells["F6"]["given"] == "很远"
    assert cells["F6"]["sheet"] == "设施"
    assert {"zh", "en"} == cells["F6"]["text"].keys()
    marked = client.get(told["annotated"])
    assert marked.status_code == 200
    assert "%E6%A0%87%E6%B3%A8.xlsx" in marked.headers["content-disposition"]
    sheet = load_workbook(BytesIO(marked.content))["设施"]
    assert sheet["F6"].comment is not None
    answer = client.post(f"{API}/intakes/{told['id']}/accept", headers=headers)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("web.intake_faulty")


def test_taken_in_undone_and_done_again(client: TestClient, csrf: Headers, sound: bytes) -> None:
    headers = csrf(client)
    before = client.get(f"{API}/region").json()
    tag = client.get(f"{API}/strands").headers["etag"]
    key = send(client, sound, headers).json()["id"]
    answer = client.post(f"{API}/intakes/{key}/accept", headers=headers)
    assert answer.status_code == 200, answer.text
    version = answer.json()["version"]
    after = client.get(f"{API}/region").json()
    assert after["hash"] == version != before["hash"]
    assert after["cities"][1]["name"]["en"] == "Lanpu City"
    assert after["version"] == {"current": version, "can_undo": True, "can_redo": False}
    assert client.get(f"{API}/strands", headers={"If-None-Match": tag}).status_code == 200
    assert client.get(f"{API}/intakes/{key}").status_code == 404, "it is dealt with"
    listed = client.get(f"{API}/versions").json()
    assert [(one["number"], one["reason"], one["by"]) for one in listed["items"]] == [
        (1, NAME, "local"), (0, "", "onecity tests")]  # fmt: skip

    undone = client.post(f"{API}/versions/undo", headers=headers)
    assert undone.status_code == 200
    assert undone.json()["current"] == before["hash"]
    assert client.get(f"{API}/region").json()["cities"][1]["name"]["en"] == "Lanpu"
    assert client.post(f"{API}/versions/undo", headers=headers).status_code == 409
    seen = {**headers, "If-Match": f'"{version}"'}
    assert client.post(f"{API}/versions/redo", headers=seen).status_code == 412
    seen["If-Match"] = f'"{before["hash"]}"'
    assert client.post(f"{API}/versions/redo", headers=seen).json()["current"] == version

    trail = client.get(f"{API}/trail").json()["items"]
    done = [(one["key"], one["phase"]) for one in trail]
    assert done == [
        ("data.redone", "done"), ("data.redone", "intent"),
        ("data.undone", "done"), ("data.undone", "intent"),
        ("data.accepted", "done"), ("data.accepted", "intent"), ("data.received", "done"),
    ]  # fmt: skip
    accepted = trail[4]
    assert accepted["who"] == "local"
    assert accepted["before"] == {"hash": before["hash"]}
    assert accepted["after"]["hash"] == version
    assert accepted["note"] == NAME
    assert client.get(f"{API}/trail/verification").json()["ok"]


def test_the_original_is_never_written_to(
    client: TestClient, csrf: Headers, sound: bytes, tiny: Path
) -> None:
    before = {file: file.read_bytes() for file in tiny.glob("*.*") if file.is_file()}
    headers = csrf(client)
    key = send(client, sound, headers).json()["id"]
    assert client.post(f"{API}/intakes/{key}/accept", headers=headers).status_code == 200
    assert {file: file.read_bytes() for file in tiny.glob("*.*") if file.is_file()} == before


def test_a_workbook_that_goes_while_it_is_read_is_gone(
    client: TestClient, csrf: Headers, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = csrf(client)
    key = send(client, sound, headers).json()["id"]

    def found_and_gone(path: Path) -> Path:
        file = checked_file(path)
        file.unlink()  # as if it had been taken in by somebody else just now
        return file

    monkeypatch.setattr("onecity.core.workbook.container.checked_file", found_and_gone)
    told = client.post(f"{API}/intakes/{key}/accept", headers=headers)
    assert told.status_code == 404
    assert told.json()["type"].endswith("web.no_intake")


def test_two_at_once_are_taken_in_once(client: TestClient, csrf: Headers, sound: bytes) -> None:
    headers = csrf(client)
    keys = [send(client, sound, headers).json()["id"] for _ in range(2)]
    codes: list[int] = []

    def accept(key: str) -> None:
        codes.append(client.post(f"{API}/intakes/{key}/accept", headers=headers).status_code)

    threads = [threading.Thread(target=accept, args=(key,)) for key in (*keys, keys[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(codes) == 200
    assert all(code in {404, 409} for code in sorted(codes)[1:])
    assert len(client.get(f"{API}/versions").json()["items"]) == 2


def test_a_workbook_checked_against_an_older_version_is_outdated(
    client: TestClient, csrf: Headers, sound: bytes, tmp_path: Path
) -> None:
    headers = csrf(client)
    first, second = (send(client, sound, headers).json()["id"] for _ in range(2))
    assert client.post(f"{API}/intakes/{first}/accept", headers=headers).status_code == 200
    for answer in (
        client.get(f"{API}/intakes/{second}"),
        client.post(f"{API}/intakes/{second}/accept", headers=headers),
    ):
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("web.intake_outdated")


def test_a_workbook_can_be_thrown_away(client: TestClient, csrf: Headers, sound: bytes) -> None:
    headers = csrf(client)
    key = send(client, sound, headers).json()["id"]
    assert client.delete(f"{API}/intakes/{key}", headers=headers).status_code == 204
    assert client.get(f"{API}/intakes/{key}").status_code == 404
    assert client.delete(f"{API}/intakes/{key}", headers=headers).status_code == 404


def test_a_workbook_is_kept_for_a_day_and_not_too_many(
    serve: Serve, csrf: Headers, sound: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve()
    headers = csrf(client)
    folder = tmp_path / "work" / "intakes"
    old = send(client, sound, headers).json()["id"]
    past = time.time() - 25 * 3600
    os.utime(folder / old, (past, past))
    assert client.get(f"{API}/intakes/{old}").status_code == 404
    assert not (folder / old).exists()
    monkeypatch.setattr(module, "MOST", 2)
    keys = [send(client, sound, headers).json()["id"] for _ in range(3)]
    assert client.get(f"{API}/intakes/{keys[0]}").status_code == 404
    assert len(list(folder.iterdir())) == 2


def bomb() -> bytes:
    """A small file that unpacks to much."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b" " * 210_000_000)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "sources.empty_file"),
        ("代码,名称".encode(), "workbook.not_xlsx"),
        (b"PK\x03\x04 and no more", "workbook.damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook.old_xls"),
        (b"<!doctype html>", "workbook.not_xlsx"),
        pytest.param(None, "workbook.too_large", id="bomb"),
    ],
)
def test_what_is_no_workbook_is_told_by_the_name_its_sender_knows(
    client: TestClient, csrf: Headers, content: bytes | None, kind: str, tmp_path: Path
) -> None:
    answer = send(client, bomb() if content is None else content, csrf(client))
    assert answer.status_code == 422
    told = answer.json()
    assert told["type"] == f"urn:onecity:problem:{kind}"
    assert NAME in told["detail"]["zh"]
    assert str(tmp_path) not in answer.text
    assert not list((tmp_path / "work" / "intakes").iterdir()), "nothing is kept of it"


def test_an_empty_workbook_holds_nothing(client: TestClient, csrf: Headers, tmp_path: Path) -> None:
    told = send(client, book(tmp_path), csrf(client)).json()
    assert not told["accepted"]
    assert told["errors"][0]["sheet"] == ""


def test_a_workbook_that_says_nothing_new_is_told(
    client: TestClient, csrf: Headers, tmp_path: Path
) -> None:
    same = book(tmp_path, cities=[{**CITIES, "name_en": "Lanpu"}])
    answer = send(client, same, csrf(client))
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("workbook.nothing_new")


def test_a_file_has_to_be_sent(client: TestClient, csrf: Headers) -> None:
    headers = csrf(client)
    assert client.post(f"{API}/intakes", headers=headers).status_code == 422
    answer = client.post(f"{API}/intakes", data={"file": "text"}, headers=headers)
    assert answer.status_code == 422
    assert (
        client.post(f"{API}/intakes", content=b"x" * 20_000_001, headers=headers).status_code == 413
    )


@pytest.mark.parametrize(
    "key", ["..", "../../secret", "%2e%2e", "0" * 31, "g" * 32, "0" * 32, "中", "a/b"]
)
def test_no_name_leads_out_of_the_folder(client: TestClient, csrf: Headers, key: str) -> None:
    headers = csrf(client)
    for answer in (
        client.get(f"{API}/intakes/{key}/annotated"),
        client.post(f"{API}/intakes/{key}/accept", headers=headers),
        client.delete(f"{API}/intakes/{key}", headers=headers),
    ):
        assert answer.status_code in {404, 405, 422}, answer.text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (NAME, NAME),
        ("C:\\文件\\表.XLSX", "表.xlsx"),
        ("../../etc/passwd", "passwd.xlsx"),
        ("", "workbook.xlsx"),
        ("...", "workbook.xlsx"),
        ("a\r\nSet-Cookie: x.xlsx", "a  Set-Cookie  x.xlsx"),
        ("\u202exslx.exe.xlsx", "xslx.exe.xlsx"),
        ("字" * 500 + ".xlsx", "字" * 120 + ".xlsx"),
    ],
)
def test_a_name_is_shown_without_what_could_do_harm(given: str, shown: str) -> None:
    assert shown_name(given) == shown


def test_who_may_not_write_may_not_look_either(serve: Serve, csrf: Headers, sound: bytes) -> None:
    client = serve(login=True)
    headers = csrf(client)
    calls = [
        send(client, sound, headers),
        client.get(f"{API}/intakes/{'0' * 32}"),
        client.post(f"{API}/versions/undo", headers=headers),
        client.post(f"{API}/versions/redo", headers=headers),
        client.get(f"{API}/trail"),
        client.get(f"{API}/trail/verification"),
    ]
    assert [one.status_code for one in calls] == [401] * 6
    assert calls[0].json()["type"].endswith("web.login_first")
    assert client.get(f"{API}/versions").status_code == 200
