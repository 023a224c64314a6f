"""`onecity ledger`: made, out and in, reported, reminded, verified, served."""

import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from onecity.cli.exits import Exit
from onecity.cli.ledger import serve
from onecity.cli.terminal import Terminal
from onecity.core.words import LANGUAGES
from onecity.programme.ledger.model import State
from onecity.programme.ledger.store import Ledger
from onecity.programme.ledger.workbook.forms import ITEMS

from .conftest import Run


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An example ledger as a file, to be copied."""
    from onecity.identity import Actor
    from onecity.programme.ledger import example

    file = tmp_path_factory.mktemp("台账") / "office.sqlite"
    with Ledger.open(file) as ledger:
        example.fill(ledger, Actor.console())
    return file.read_bytes()


@pytest.fixture
def work(tmp_path: Path, made: bytes) -> Path:
    """A folder of a service with the example ledger."""
    folder = tmp_path / "督办 台账"
    folder.mkdir()
    (folder / "office.sqlite").write_bytes(made)
    return folder


def parsed(text: str) -> Any:
    return json.loads(text)


def test_init_makes_a_ledger_once_and_the_example_only_into_an_empty_one(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "新"
    first = run("ledger", "init", folder, "--title", "督办", "--prefix", "WH")
    assert first.exit_code == 0, first.stderr
    with Ledger.open(folder / "office.sqlite", create=False) as ledger:
        assert (ledger.settings.title, ledger.settings.prefix) == ("督办", "WH")
        assert not ledger.settings.example
    answer = parsed(run("ledger", "init", folder, "--example", "--json").stdout)
    assert answer["items"] >= 40
    again = run("ledger", "init", folder, "--example")
    assert again.exit_code == Exit.INPUT
    assert run("ledger", "verify", tmp_path / "没有").exit_code == Exit.MISSING


def test_excel_out_edited_and_in_again(run: Run, work: Path, tmp_path: Path) -> None:
    file = tmp_path / "台账.xlsx"
    assert run("ledger", "export", work, file, "--city", "420700").exit_code == 0
    same = parsed(run("ledger", "import", work, file, "--json").stdout)
    assert (same["new"], same["edited"], same["problems"]) == (0, [], [])
    assert same["unchanged"] > 3
    book = load_workbook(file)
    owner = [one.name for one in ITEMS.columns].index("owner") + 1
    row = next(
        at for at in range(3, 20) if book["事项"].cell(at, 6).value == State.IN_PROGRESS.text("zh")
    )
    number = str(book["事项"].cell(row, 1).value)
    book["事项"].cell(row, owner).value = "王工"
    book.save(file)
    checked = parsed(run("ledger", "import", work, file, "--check", "--json").stdout)
    assert checked["edited"] == [{"number": number, "fields": ["owner"]}]
    assert not checked["taken"]
    done = run("ledger", "import", work, file)
    assert done.exit_code == 0, done.stderr
    with Ledger.open(work / "office.sqlite", create=False) as ledger:
        assert ledger.by_number(number).owner == "王工"
        assert ledger.office.trail.page(limit=1).entries[0].action == "item.edited"


def test_a_workbook_with_faults_is_marked_and_changes_nothing(
    run: Run, work: Path, tmp_path: Path
) -> None:
    file = tmp_path / "台账.xlsx"
    run("ledger", "export", work, file)
    book = load_workbook(file)
    book["事项"].cell(3, 8).value = "没有这个单位"
    book["事项"].cell(4, 2).value = "改过的标题"
    book.save(file)
    done = run("ledger", "import", work, file)
    assert done.exit_code == Exit.FAULTS
    assert "“事项”H3" in done.stdout
    copy = load_workbook(tmp_path / "台账-批注.xlsx")
    assert copy["事项"]["H3"].comment is not None
    with Ledger.open(work / "office.sqlite", create=False) as ledger:
        assert not [one for one in ledger.book().items.values() if one.title == "改过的标题"]


def test_projects_go_out_and_come_in_as_oc4ids(run: Run, work: Path, tmp_path: Path) -> None:
    file = tmp_path / "项目.json"
    answer = parsed(run("ledger", "export", work, file, "--json").stdout)
    assert answer["items"] == len(json.loads(file.read_text("utf-8"))["projects"])
    assert any("支持单位" in one["zh"] for one in answer["left"])
    same = parsed(run("ledger", "import", work, file, "--json").stdout)
    assert same["unchanged"] == answer["items"]
    assert same["problems"] == []
    # The same projects are new to another ledger, whose units it does not know.
    other = tmp_path / "另一个"
    run("ledger", "init", other)
    taken = parsed(run("ledger", "import", other, file, "--json").stdout)
    assert taken["new"] == answer["items"]
    assert {one["severity"] for one in taken["problems"]} == {"warning"}


def test_minutes_are_shown_first_and_kept_when_accepted(
    run: Run, work: Path, tmp_path: Path
) -> None:
    file = tmp_path / "纪要.txt"
    file.write_text(
        "会议要求：\n1. 打通跨市断头路，由武汉市交通运输局（示例）牵头，2027年6月底前完成。\n"
        "2. 公布通办清单，由黄石市人民政府（示例）负责，年底前完成。\n",
        "utf-8",
    )
    shown = parsed(run("ledger", "import", work, file, "--held-on", "2026-11-20", "--json").stdout)
    assert [one["due"] for one in shown["drafts"]] == ["2027-06-30", "2026-12-31"]
    assert not shown["taken"]
    done = run("ledger", "import", work, file, "--held-on", "2026-11-20", "--accept")
    assert done.exit_code == 0, done.stderr
    with Ledger.open(work / "office.sqlite", create=False) as ledger:
        meeting = ledger.meetings()[0]
        assert (meeting.title, meeting.held_on) == ("纪要", date(2026, 11, 20))
        assert {ledger.get(one).state for one in meeting.items} == {State.DRAFT}
        assert len(meeting.items) == 2
    assert run("ledger", "import", work, file, "--held-on", "昨天").exit_code == Exit.INPUT


@pytest.mark.parametrize("ending", ["html", "xlsx", "docx"])
def test_reports_are_written_of_a_city_and_of_all(
    run: Run, work: Path, tmp_path: Path, ending: str
) -> None:
    today = date.today()  # noqa: DTZ011 (the example counts from it too)
    period = ("--first", today - timedelta(days=60), "--last", today)
    whose = {"html": ("--page",), "xlsx": ("--circle",), "docx": ("--city", "420700")}[ending]
    out = tmp_path / f"汇报.{ending}"
    done = run("ledger", "report", work, *whose, *period, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert out.stat().st_size > 1000
    assert run("ledger", "report", work, *period, "--out", out).exit_code == Exit.INPUT
    bad = run("ledger", "report", work, *whose, *period, "--out", tmp_path / "汇报.pdf")
    assert bad.exit_code == Exit.INPUT


def test_reminders_are_shown_or_written_once(run: Run, work: Path) -> None:
    shown = parsed(run("ledger", "remind", work, "--dry-run", "--json").stdout)
    written = parsed(run("ledger", "remind", work, "--json").stdout)
    assert written["reminders"] == shown["reminders"]
    assert parsed(run("ledger", "remind", work, "--json").stdout)["reminders"] == []


def test_verify_finds_what_was_changed_behind_its_back(run: Run, work: Path) -> None:
    sound = run("ledger", "verify", work / "office.sqlite")
    assert sound.exit_code == 0, sound.stderr
    assert parsed(run("ledger", "verify", work, "--json").stdout)["sound"]
    with sqlite3.connect(work / "office.sqlite") as store:
        (record,) = store.execute("select record from ledger_items limit 1").fetchone()
        broken = record.replace("【示例】", "【改过】")
        assert broken != record
        store.execute("update ledger_items set record = ? where record = ?", (broken, record))
    store.close()
    found = run("ledger", "verify", work, "--json")
    assert found.exit_code == Exit.FAULTS
    answer = parsed(found.stdout)
    assert not answer["sound"]
    assert [one["key"] for one in answer["wrong"]] == ["ledger_store.verify_item"]


def test_serve_finds_the_store_beside_a_folder_or_as_a_file(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(
        "onecity.cli.ledger.run_service", lambda _, settings, **__: seen.append(settings)
    )
    for given in (work, work / "office.sqlite"):
        serve.main(
            [str(given), "--port", "9999"], obj=Terminal(LANGUAGES[0]), standalone_mode=False
        )
    folder, file = seen
    assert folder.region is None
    assert (folder.work, folder.port) == (work, 9999)
    assert file.work == work
    assert file.database == str(work / "office.sqlite")
