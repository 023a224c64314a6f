"""A resident at a phone applies, is asked for more and gets the result; axe looks everywhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from onecity.hall.catalogue import Applicant
from onecity.hall.catalogue.example import example
from onecity.hall.node.applying import Person
from onecity.hall.node.broker.model import Subject
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.node import Node
from onecity.identity import Actor, Grant
from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.web.browsing import WAIT
from tests.web.conftest import DESKTOP, Visit
from tests.web.halling import CITY, trusted
from tests.web.serving import free_port, serving
from tests.web.test_accessible import PHONE, STILL, Quiet, faults

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

ITEM = f"{CITY}.elder_card"
UNIT = f"{CITY}.health"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
NAME, NUMBER = "王小明", "11010519491231002X"
PASSWORD = "正确的马-电池-订书钉-9"  # noqa: S105


@dataclass
class Office:
    """The served node, and a way for its staff to work without a browser."""

    origin: str
    node: Node
    key: str

    def act(self, page: "Page", case: str, action: str, **said: Any) -> None:
        """Do something to a case as an officer."""
        base = f"{self.origin}/api/v1/hall/desk/cases/{case}"
        headers = {"Authorization": f"Bearer {self.key}"}
        found = page.request.get(f"{base}?reason=办理本件", headers=headers)
        assert found.ok, found.text()
        told = found.json()
        offered = {one["action"]: one for one in told["can"]}
        assert action in offered, (action, sorted(offered))
        body = {"seen": told["version"], "action": action, "task": offered[action]["task"], **said}
        done = page.request.post(f"{base}/do", data=body, headers=headers)
        assert done.ok, done.text()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A node of a city where people make accounts for themselves."""
    port = free_port()
    folder = tmp_path_factory.mktemp("武汉") / "节点"
    at = f"127.0.0.1:{port}"
    config = Config(
        "wuhan",
        "武汉市政务服务网",
        NodeKind.CITY,
        (CITY,),
        url=f"http://{at}",
        listen=at,
        registers=True,
    )
    with Node.make(folder, config) as made:
        made.editions.take_in(example(), by=Actor.console())
    trusted(folder.with_name("anchor.json"), folder)
    app = create_app(replace(Settings.for_hall(folder), warm=False))
    desk = app.state.desk
    grants = (Grant.parse(f"officer@{CITY}"),)
    desk.office.accounts.add(
        "officer", title_zh="李办", unit=UNIT, city=CITY, grants=grants, by=Actor.console()
    )
    key, _ = desk.office.tokens.add(
        "key", "officer", scopes=("hall.*", "view"), expires=None, by=Actor.console()
    )
    with serving(app, port):
        yield Office(f"http://{at}", desk.hall, key)


@pytest.fixture(scope="module")
def origin(office: Office) -> str:
    """Address of the node."""
    return office.origin


class Watch:
    """Looks at each screen as it is come to: axe, and nothing wider than the page."""

    def __init__(self, page: "Page") -> None:
        self.page, self.quiet, self.found = page, Quiet(page), list[str]()

    def look(self, name: str) -> None:
        """Wait until the page rests, and look at it."""
        self.quiet.wait()
        self.page.add_style_tag(content=STILL)
        self.found += faults(self.page, name)
        if self.page.locator("#screen").evaluate("it => it.scrollWidth > it.clientWidth"):
            self.found.append(f"{name}: wider than the page")
        small = self.page.locator("#screen").evaluate(
            """it => [...it.querySelectorAll('button, a.button, input.field, select')]
              .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
              .map((one) => one.outerHTML.slice(0, 120))"""
        )
        self.found += [f"{name}: hard to hit: {one}" for one in small]


def field(page: "Page", title: str) -> "Locator":
    """Return a field of the form by its title."""
    return page.locator(".form-field").filter(has_text=title).first


def registered(page: "Page", name: str) -> None:
    """Make an account on the way, and come back to where one was."""
    page.get_by_role("link", name="登录后申请").click()
    page.get_by_text("注册账户").first.click()
    form = page.locator("details form")
    form.get_by_label("用户名").fill(name)
    form.get_by_label("怎么称呼您").fill(NAME)
    form.get_by_label("密码").fill(PASSWORD)
    form.get_by_role("button", name="注册账户").click()


def profiled(page: "Page", office: Office, account: str, watch: Watch) -> None:
    """Say who one is, are told what is wrong with it, and have it checked at a window."""
    page.goto(f"{office.origin}/#hall/profile")
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("身份证号码").fill("110105194912310021")
    page.get_by_label("联系电话").fill("13800138000")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("不是有效的身份证号码").wait_for()
    watch.look("a wrong profile")
    page.get_by_label("身份证号码").fill(NUMBER)
    page.get_by_role("button", name="保存").click()
    page.get_by_text("已保存").wait_for()
    window = Actor("hall", "大厅", None, None, (Grant("clerk"),), office.node.itself.via)
    person = Person(Applicant.PERSON, NAME, NUMBER, phone="13800138000")
    office.node.applying.profiles.verify(account, person, by=window)
    with office.node.writing(office.node.itself) as write:
        office.node.broker.hold(
            write,
            document="identity",
            department=f"{CITY}.police",
            subject=Subject(NUMBER, NAME),
            number=NUMBER,
            source="register",
        )


def filled_in(page: "Page", watch: Watch) -> None:
    """Fill in the form; what is wrong stands above and leads to its field."""
    page.get_by_role("button", name="下一步：提交材料").click()
    summary = page.locator(".faults")
    expect(summary).to_be_focused()
    watch.look("a form with faults")
    summary.get_by_role("link", name="请填写“申请事由”。").click()
    box = field(page, "申请事由").locator("textarea")
    expect(box).to_be_focused()
    box.fill("年满六十五周岁，申请优待证")
    # A choice opens further fields, and closes them again.
    acting = field(page, "是否由他人代办")
    acting.get_by_label("是", exact=True).check()
    page.get_by_label("代办人姓名").wait_for()
    expect(summary.get_by_role("link")).to_have_count(1)  # what was only just asked is not wrong
    acting.get_by_label("否", exact=True).check()
    page.get_by_label("代办人姓名").wait_for(state="detached")
    page.get_by_label(re.compile("本人承诺")).check()
    summary.wait_for(state="detached")
    # It is kept by itself, and is there when one comes back.
    page.get_by_text(re.compile("^已暂存")).wait_for()
    page.reload()
    expect(field(page, "申请事由").locator("textarea")).to_have_value(re.compile("优待证$"))
    expect(field(page, "姓名")).to_contain_text("个人信息")
    page.get_by_role("button", name="下一步：提交材料").click()


def fetched(page: "Page", watch: Watch) -> None:
    """Let what government holds be fetched before anything is filled in; look at it and agree."""
    page.get_by_text("这些材料政府部门已有").wait_for()
    page.get_by_role("button", name="一并调用").click()
    page.get_by_role("button", name=re.compile("^同意使用")).click()
    page.get_by_text("已同意使用").wait_for()
    watch.look("fetched")
    page.get_by_role("button", name="下一步：填写信息").click()


def given_papers(page: "Page", watch: Watch) -> None:
    """Give as a file what nobody holds; what was fetched stands beside it."""
    page.get_by_text("已同意使用").wait_for()
    chosen = page.locator("input[type=file]")
    chosen.set_input_files({"name": "a.exe", "mimeType": "application/x-msdownload", "buffer": PDF})
    page.get_by_text("a.exe 的格式不能用").wait_for()
    watch.look("documents")
    chosen.set_input_files({"name": "照片.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_text("已上传").wait_for()
    page.get_by_role("button", name="下一步：核对").click()


def supplemented(page: "Page", watch: Watch) -> None:
    """Give what is asked for besides: told what is missing, one as a file, one fetched."""
    page.reload()
    page.get_by_text("照片不清楚，请重新提交").first.wait_for()
    page.get_by_label("补充说明").fill("已重新拍照")
    page.get_by_role("button", name="更正申请表内容").click()
    field(page, "申请事由").locator("textarea").fill("")
    page.get_by_role("button", name="提交补正").click()
    summary = page.locator(".faults")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(3)
    watch.look("asked for more")
    field(page, "申请事由").locator("textarea").fill("年满六十五周岁，换领优待证")
    photo = page.locator("input[type=file]").first
    photo.set_input_files({"name": "新照片.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_text("新照片.pdf").first.wait_for()
    page.get_by_role("button", name="调用电子证照，免提交").click()
    page.get_by_role("button", name=re.compile("^同意使用")).click()
    page.get_by_text("已同意使用").wait_for()
    page.get_by_role("button", name="提交补正").dblclick()  # pressed twice, given once
    page.get_by_role("button", name="提交补正").wait_for(state="detached")
    expect(page.locator(".timeline strong").filter(has_text="补正材料")).to_have_count(1)


def test_a_resident_applies_on_a_phone_and_gets_the_result(visit: Visit, office: Office) -> None:
    page = visit(expected="422", viewport=PHONE, bypass_csp=True)
    watch = Watch(page)
    page.goto(f"{office.origin}/")
    page.wait_for_url("**/#hall/")
    page.get_by_role("searchbox").fill("优待证")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name=re.compile("老年人优待证办理")).first.click()
    registered(page, "wang")
    page.wait_for_url(f"**/#hall/item/{ITEM}")
    watch.look("guide")
    profiled(page, office, "wang", watch)
    page.goto(f"{office.origin}/#hall/item/{ITEM}")
    page.get_by_role("button", name="开始申请").click()
    fetched(page, watch)
    filled_in(page, watch)
    given_papers(page, watch)
    page.get_by_text("请逐项核对").wait_for()
    watch.look("review")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("申请已提交").wait_for()
    page.get_by_role("link", name="查看办理进度").click()
    page.wait_for_url("**/#hall/mine/*")
    case = page.url.rsplit("/", maxsplit=1)[-1]

    asked = {"words": "照片不清楚，请重新提交", "documents": ["photo", "identity"]}
    office.act(page, case, "ask_supplement", **asked)
    supplemented(page, watch)

    for action, said in (
        ("accept", {}),
        ("propose", {"words": "符合条件"}),
        ("decide", {"outcome": "grant", "words": "准予办理"}),
        ("deliver", {}),
    ):
        office.act(page, case, action, **said)
    page.reload()
    page.get_by_role("link", name="查看、打印结果").wait_for()
    watch.look("result")
    page.locator("label.star").nth(4).click()
    page.get_by_role("button", name="提交评价").click()
    page.get_by_role("button", name="提交评价").wait_for(state="detached")
    page.get_by_text("非常满意").wait_for()

    page.get_by_role("link", name="谁看过这件的信息").click()
    page.get_by_text("原因：办理本件").first.wait_for()
    watch.look("looks")
    page.goto(f"{office.origin}/#hall/mine")
    page.get_by_role("link", name=re.compile("老年人优待证办理")).wait_for()
    page.locator(".phone-nav > button").click()
    watch.look("the phone's sheet")
    assert not watch.found, "\n".join(watch.found)


def test_a_guest_finds_what_a_life_event_takes_in_english(visit: Visit, office: Office) -> None:
    page = visit(viewport=DESKTOP, bypass_csp=True)
    watch = Watch(page)
    page.goto(f"{office.origin}/#hall/find&lang=en")
    page.get_by_text("Life events").first.wait_for(timeout=WAIT)
    watch.look("find")
    page.goto(f"{office.origin}/#hall/event/pharmacy&lang=en")
    steps = page.locator(".stages input[type=checkbox]")
    steps.first.wait_for()
    watch.look("life event")
    papers = page.locator(".papers li").count()
    steps.last.uncheck()
    assert page.locator(".papers li").count() <= papers
    page.get_by_role("link", name="Log in to begin").click()
    watch.look("login")
    assert not watch.found, "\n".join(watch.found)
