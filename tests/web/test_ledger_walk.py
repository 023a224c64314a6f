"""A task's whole way in a real browser: made, given out, reported, returned, closed, chased."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import openpyxl
import pytest
from playwright.sync_api import expect

from onecity.identity import FILE, Actor, Grant
from onecity.programme.ledger.store import Ledger
from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.web.browsing import WAIT
from tests.web.serving import free_port, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Locator, Page

pytestmark = pytest.mark.browser

PASSWORD = "four plain words 2026"  # noqa: S105 (of accounts that live as long as this test)
TITLE = "打通凤凰大道断头路"
PDF = b"%PDF-1.4\n%%EOF\n"


class Hands:
    """A clock whose hands are moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        # A Monday that is worked, whenever this test runs.
        self._start, self._since = datetime(2026, 3, 2, 1, tzinfo=UTC), monotonic()

    def __call__(self) -> datetime:
        return self._start + self.ahead + timedelta(seconds=monotonic() - self._since)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def ledger_origin(tmp_path: Path, hands: Hands) -> Iterator[str]:
    """Address of a service of a ledger alone, with one account: the administrator's."""
    with Ledger.open(tmp_path / FILE, clock=hands) as ledger:
        grants = (Grant("administrator"),)
        ledger.office.accounts.add("admin", password=PASSWORD, grants=grants, by=Actor.local())
    port = free_port()
    settings = Settings(region=None, work=tmp_path, port=port, login=True, warm=False)
    with serving(create_app(settings, clock=hands), port):
        yield f"http://127.0.0.1:{port}"


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser: "Browser", origin: str, name: str) -> None:
        self.context = browser.new_context(
            viewport={"width": 1360, "height": 820},
            locale="zh-CN",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.origin, self.name = origin, name
        self.log_in()

    def log_in(self) -> None:
        """Log in, as one does again when a session has ended."""
        self.page.goto(f"{self.origin}/#ledger/")
        self.page.get_by_label("用户名").fill(self.name)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.locator("#screen").get_by_role("button", name="登录").click()
        self.page.locator(".tallies").wait_for()

    def go(self, at: str) -> "Locator":
        """Return a screen."""
        self.page.evaluate("at => { location.hash = at }", f"ledger/{at}")
        return self.page.locator("#screen")

    def press(self, name: str, inside: "Locator | None" = None) -> None:
        """Press a button by its name; an ellipsis tells that it asks for more."""
        where = inside or self.page.locator("#screen")
        where.get_by_role("button", name=re.compile(f"^{name}…?$")).first.click()

    def saw(self, text: str) -> None:
        """Wait until the screen says something."""
        self.page.locator("#screen").get_by_text(text).first.wait_for()

    def moved(self, name: str, text: str, *, file: str = "") -> None:
        """Make a move that wants words."""
        self.press(name)
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="情况或理由").fill(text)
        if file:
            pdf: FilePayload = {"name": file, "mimeType": "application/pdf", "buffer": PDF}
            dialog.locator("input[type=file]").set_input_files([pdf])
            dialog.get_by_role("checkbox", name=file).wait_for()
        dialog.locator("button[type=submit]").click()
        dialog.wait_for(state="detached")


def set_up(admin: Person) -> None:
    """Register two units and two people."""
    screen = admin.go("people")
    for code, name, level in (("qb", "圈办", "office"), ("ez", "鄂州市交通运输局", "city")):
        admin.press("新增单位")
        screen.get_by_label("代码").fill(code)
        screen.get_by_label("名称", exact=True).fill(name)
        screen.get_by_label("层级").select_option(level)
        admin.press("保存")
        screen.get_by_role("link", name=name, exact=True).wait_for()
    for name, unit, role in (("office", "qb", "circle_office"), ("city", "ez", "unit_editor")):
        admin.press("新增账户")
        form = screen.locator("form", has_text="选择角色")
        form.get_by_label("用户名").fill(name)
        form.get_by_label("单位").select_option(unit)
        form.get_by_label("密码").fill(PASSWORD)
        form.get_by_label("选择角色").select_option(role)
        admin.press("添加角色")
        admin.press("保存")
        screen.get_by_role("cell", name=name, exact=True).wait_for()


def given_out(office: Person) -> str:
    """Make a draft and give it out; return its address."""
    screen = office.go("new")
    screen.get_by_role("textbox", name="标题").fill(TITLE)
    screen.get_by_label("主责单位").select_option("ez")
    screen.get_by_label("完成时限").first.fill("2026-03-31")
    office.press("保存草稿")
    office.page.wait_for_url(re.compile("#ledger/item/"))
    office.press("交办")
    dialog = office.page.get_by_role("dialog")
    dialog.get_by_label("责任人").fill("李处长")
    dialog.locator("button[type=submit]").click()
    office.saw("待签收")
    return office.page.url.rpartition("#ledger/")[2]


def reported_and_closed(office: Person, city: Person, item: str) -> None:
    """Sign, report with evidence, return, report again, accept and close."""
    # The city finds it in its work, signs with one press, and reports with evidence.
    city.page.reload()
    city.press(f"签收“{TITLE}”")
    city.saw("已签收")
    city.go(item)
    city.press("开始办理")
    city.saw("已办理：开始办理。")
    city.moved("报送办结", "已通车。", file="竣工验收表（终稿） #1.pdf")
    city.saw("待审核")

    # The office returns it, and the city is told why; it corrects, and the task is closed.
    office.go(f"{item}&move=return")
    dialog = office.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="情况或理由").fill("缺路灯验收。")
    dialog.locator("button[type=submit]").click()
    office.saw("已退回")
    city.go("")
    city.page.reload()
    city.saw("缺路灯验收。")
    city.go(item)
    city.moved("报送办结", "已补路灯验收。")
    city.saw("待审核")
    office.go("")
    office.page.reload()
    office.press(f"审核通过“{TITLE}”")
    office.saw("已审核通过")
    office.go(item)
    office.press("办结销号")
    office.saw("已办结")


def edited_by_two(office: Person, slower: Person, item: str) -> None:
    """Let the slower of two editors see field by field what the faster one made of it."""
    for one, title in ((office, "甲标段"), (slower, "乙标段")):
        one.go(item)
        one.press("修改")
        one.page.get_by_role("textbox", name="标题").fill(title)
    office.press("保存")
    office.page.get_by_role("heading", name="甲标段").wait_for()
    slower.press("保存")
    row = slower.page.get_by_role("row", name=re.compile("乙标段.*甲标段"))
    row.get_by_role("radio").first.check()
    slower.press("按选择保存")
    slower.page.get_by_role("heading", name="乙标段").wait_for()


def told_in_reports(office: Person) -> None:
    """Look at the city's report and the summary, and take the report along as Word."""
    screen = office.go("reports&of=ez&first=2026-03-01&last=2026-04-30")
    report = screen.frame_locator("iframe")
    report.get_by_text("乙标段").first.wait_for()
    with office.page.expect_download() as saved:
        screen.get_by_role("link", name="下载 Word").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"PK")
    screen.get_by_label("种类").select_option("summary")
    report.get_by_text("鄂州市交通运输局").first.wait_for()


def out_and_in_again(office: Person) -> None:
    """Edit the workbook: a wrong cell is named, a right one is taken."""
    screen = office.go("intake")
    with office.page.expect_download() as saved:
        screen.get_by_role("link", name="下载全部事项 Excel").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes()))
    sheet = book["事项"]
    heads = [str(cell.value).rstrip("*") for cell in sheet[1]]
    line = next(at for at in range(2, 9) if "乙标段" in [cell.value for cell in sheet[at]])
    sheet.cell(line, heads.index("责任人") + 1).value = "王处长"

    def brought(start: str | None) -> None:
        sheet.cell(line, heads.index("开始日期") + 1).value = start
        held = io.BytesIO()
        book.save(held)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        file: FilePayload = {"name": "台账.xlsx", "mimeType": kind, "buffer": held.getvalue()}
        screen.locator("input[type=file]").set_input_files([file])

    brought("今后再说")
    office.saw("错误（")
    screen.get_by_text(re.compile(r"事项 · [A-Z]+\d+")).first.wait_for()
    expect(screen.get_by_role("button", name="写入台账")).to_be_disabled()
    brought(None)
    screen.get_by_role("cell", name="王处长").wait_for()
    office.press("写入台账")
    office.saw("已写入：新增 0 件，修改 1 件。")


def test_a_task_goes_its_whole_way(browser: "Browser", ledger_origin: str, hands: Hands) -> None:
    admin = Person(browser, ledger_origin, "admin")
    set_up(admin)
    office, city = (Person(browser, ledger_origin, name) for name in ("office", "city"))

    reported_and_closed(office, city, given_out(office))
    steps = (
        *("起草", "交办", "签收", "开始办理", "上传附件", "报送办结"),
        *("退回", "报送办结", "审核通过", "办结销号"),
    )
    history = office.page.locator(".history > li")
    expect(history).to_have_text([re.compile(rf"^{step}\d") for step in reversed(steps)])
    slower = Person(browser, ledger_origin, "office")
    edited_by_two(office, slower, given_out(office))

    # Weeks later it is overdue: logins have ended, and the office chases it with one press.
    hands.ahead = timedelta(days=45)
    for one in (office, city):
        one.page.reload()
        one.log_in()
    office.saw("今日应催办（1）")
    office.press("一并催办")
    office.saw("已催办 1 件。")
    city.page.reload()
    city.page.locator(".notice").first.get_by_text("催办").wait_for()

    told_in_reports(office)
    out_and_in_again(office)

    for one in (admin, office, city, slower):
        one.context.close()
        assert not one.wrong
