"""The hall from end to end in a browser: five nodes, and a case of each way across a border.

A resident, clerks, officers and a supervisor click as they would; each has a browser window of
their own. The nodes speak to each other over HTTP, and one clock stands over all of them.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import TimeoutError as NotInTime
from playwright.sync_api import expect

from onecity.hall.demonstration.cast import cast_of
from onecity.hall.demonstration.making import Demonstration, codes, make
from onecity.hall.forms.sampling import sample
from onecity.hall.node.node import Node
from onecity.hall.node.verifying import verify
from onecity.identity import Via
from onecity.identity.passwords import Passwords
from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.web.browsing import WAIT, eventually
from tests.web.conftest import Visit
from tests.web.halling import NOON
from tests.web.serving import free_port, serving

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [
    pytest.mark.browser,
    # FastAPI hushes this while it makes models; threads that make theirs at once undo that.
    pytest.mark.filterwarnings("ignore::pydantic.warnings.UnsupportedFieldAttributeWarning"),
]

WUHAN, HUANGSHI, EZHOU = "420100", "420200", "420700"
JPG = b"\xff\xd8\xff" + b"x" * 300 + b"\xff\xd9"
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Ticking:
    """A clock that runs as the real one does, and can be put forward."""

    def __init__(self, at: datetime) -> None:
        self.at, self.begun = at, monotonic()

    def __call__(self) -> datetime:
        return self.at + timedelta(seconds=monotonic() - self.begun)

    def forward(self, **by: int) -> None:
        """Put it forward, as `timedelta` takes it."""
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Circle:
    """The served nodes of the demonstration under one clock."""

    clock: Ticking
    made: Demonstration
    nodes: dict[str, Node]

    def enter(self, page: "Page", node: str, name: str) -> None:
        """Log in at once, as the page for it does in the end."""
        login, url = self.made.login(node, name), self.made.urls[node]
        session = f"{url}/api/v1/session"
        word = page.request.get(session).json()["csrf"]
        given = {"name": name, "password": login.password}
        headers = {"X-CSRF-Token": word, "Origin": url}
        assert page.request.post(session, data=given, headers=headers).ok

    def enter_by_hand(self, page: "Page", node: str, name: str) -> None:
        """Log in on the page for it, as anybody does."""
        login = self.made.login(node, name)
        page.goto(f"{self.made.urls[node]}/#hall/login")
        page.get_by_label("用户名").first.fill(name)
        page.get_by_label("密码").first.fill(login.password)
        page.get_by_role("button", name="登录", exact=True).click()
        page.locator("a.who").filter(has_text=login.title).wait_for()

    def open(self, page: "Page", node: str, view: str) -> None:
        """Open a screen of a node."""
        page.goto(f"{self.made.urls[node]}/#hall/{view}")

    def settled(self) -> bool:
        """Whether no message waits anywhere."""
        peers = [one for node in self.nodes.values() for one in node.mail.peers()]
        return not any(one.waiting for one in peers)


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    """Three cities, their province and the portal, each served on a port of its own."""
    where, clock = tmp_path_factory.mktemp("都市圈"), Ticking(NOON)
    ports = [free_port() for _ in codes()]
    made = make(where, ports, clock, passwords=QUICK)
    # All are made before any answers: what is made looks for warnings, which threads share.
    apps = {
        code: create_app(
            replace(Settings.for_hall(made.folders[code], port=port), warm=False), clock=clock
        )
        for code, port in zip(codes(), ports, strict=True)
    }
    with ExitStack() as stack:
        for code, port in zip(codes(), ports, strict=True):
            stack.enter_context(serving(apps[code], port))
        yield Circle(clock, made, {code: app.state.desk.hall for code, app in apps.items()})


@pytest.fixture(scope="module")
def origin() -> str:
    """How the address of any node begins: nobody else may be asked."""
    return "http://127.0.0.1:"


def field(page: "Page", title: str) -> "Locator":
    """Return a field of the form by its title."""
    return page.locator(".form-field").filter(has_text=title).first


def seen(page: "Page", text: str) -> "Locator":
    """Return a text once it is there; what other nodes do is seen when the page is read again."""
    return come(page, page.get_by_text(text).first)


def come(page: "Page", what: "Locator") -> "Locator":
    """Return what is there in the end, reading the page again and again.

    Each time it is given longer: a machine with much to do would never get to show it.
    """
    patience = 400.0
    while patience < WAIT:
        try:
            what.wait_for(timeout=patience)
        except NotInTime:
            page.reload()
            patience *= 1.5
        else:
            return what
    what.wait_for()
    return what


def take_next(page: "Page", title: str) -> None:
    """Open the case of an item that stands in the queue, claiming it where nobody has."""
    row = come(page, page.get_by_role("row").filter(has_text=title).first)
    claim = row.get_by_role("button", name=re.compile("^认领"))
    if claim.count():
        claim.first.click()
        page.get_by_text(re.compile("^已认领")).wait_for()
    row.locator("a.open").first.click()
    page.get_by_role("heading", name="申请人", exact=True).wait_for()


def do(page: "Page", action: str, words: str = "", choice: str = "") -> None:
    """Do something to the open case, filling in what it asks."""
    page.get_by_role("button", name=re.compile(f"^{action}")).first.click()
    if words or choice or action == "送达办结":
        dialog = page.locator("dialog[open]")
        if choice:
            dialog.get_by_label(choice, exact=True).check()
        if words:
            dialog.locator("textarea").fill(words)
        dialog.locator("button[type=submit]").click()
        dialog.wait_for(state="detached")
    page.get_by_text(f"已完成：{action}").wait_for()


def fill(page: "Page", **texts: str) -> None:
    """Fill in what every form asks, and texts by the titles of their fields."""
    page.locator(".form-field").first.wait_for()
    for title, words in texts.items():
        field(page, title).locator("input, textarea").fill(words)
    field(page, "是否由他人代办").get_by_label("否", exact=True).check()
    field(page, "领取方式").get_by_label("网上领取电子证照").check()
    page.get_by_label(re.compile("本人承诺")).check()
    page.get_by_role("button", name="下一步：提交材料").click()


def hand_in(page: "Page") -> None:
    """Look over what was filled in and hand it in."""
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("申请已提交").wait_for()


def test_all_over_the_net(circle: Circle, visit: Visit) -> None:
    """全程网办: from home in one city to the department of another, with a supplement."""
    page = visit()
    circle.enter_by_hand(page, "portal", "chen")
    circle.open(page, "portal", "find")
    page.get_by_role("searchbox").fill("公积金异地转移")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="住房公积金异地转移接续").filter(has_text="武汉").first.click()
    page.get_by_label("您在哪个城市").select_option(HUANGSHI)
    page.get_by_role("button", name="开始申请").click()
    # What two other cities hold comes here, is looked at, agreed to, and fills in the form.
    page.get_by_role("button", name="一并调用").click()
    page.get_by_role("button", name="全部同意使用").click()
    eventually(lambda: page.get_by_text("已同意使用").count() >= 2)
    page.get_by_role("button", name=re.compile("填写信息")).last.click()
    account = field(page, "个人公积金账号")
    expect(account.locator("input")).to_have_value("420200000001")
    expect(account).to_contain_text("取自")
    fill(page, 转入中心="武汉市住房公积金中心")
    hand_in(page)
    page.get_by_role("link", name="查看办理进度").click()
    page.wait_for_url("**/#hall/mine/*")

    clerk = visit()
    circle.enter_by_hand(clerk, "wuhan", "clerk.housing")
    circle.open(clerk, "wuhan", "desk")
    take_next(clerk, "住房公积金异地转移接续")
    clerk.get_by_text("出具单位签名已核验").first.wait_for()
    do(clerk, "一次告知补正", words="请提供调动证明")

    seen(page, "请提供调动证明")
    page.get_by_label("说明").fill("已于十一月调动，单位证明另附")
    page.get_by_role("button", name="提交补正").click()
    page.get_by_role("button", name="提交补正").wait_for(state="detached")

    seen(clerk, "已于十一月调动，单位证明另附")
    do(clerk, "受理")
    do(clerk, "提请决定", words="符合条件")
    officer = visit()
    circle.enter(officer, "wuhan", "officer")
    circle.open(officer, "wuhan", "desk")
    take_next(officer, "住房公积金异地转移接续")
    do(officer, "作出决定", words="予以转移接续", choice="准予")
    do(officer, "送达办结")

    seen(page, "予以转移接续")
    page.get_by_role("link", name="查看、打印结果").wait_for()
    page.locator("label.star").nth(4).click()
    page.get_by_role("button", name="提交评价").click()
    page.get_by_role("button", name="提交评价").wait_for(state="detached")
    seen(officer, "5 星")
    page.get_by_role("link", name="谁看过这件的信息").click()
    for who in ("clerk.housing", "officer"):
        seen(page, circle.made.login("wuhan", who).title)
    page.get_by_text("武汉市住房公积金中心").first.wait_for()


def taken_in(circle: Circle, window: "Page") -> None:
    """Take in at a window what somebody who stands there applies for in another city."""
    liu = next(one for one in cast_of(circle.made.catalogue).applicants if one.name == "liu")
    circle.enter(window, "ezhou", "window")
    circle.open(window, "ezhou", "window")
    window.get_by_label("姓名或名称").or_(window.get_by_label(re.compile("^姓名"))).first.fill(
        liu.person.name
    )
    window.get_by_label(re.compile("^身份证号")).fill(liu.person.id_number)
    window.get_by_label("联系电话").fill(liu.person.phone)
    window.get_by_label("已当面核验申请人证件原件").check()
    window.get_by_label("按名称查找事项").fill("公积金异地转移")
    window.get_by_label("城市", exact=True).select_option(HUANGSHI)
    window.get_by_role("radio", name=re.compile("^住房公积金异地转移接续 黄石市")).check()
    window.get_by_role("button", name="开始填写").click()
    window.get_by_text(re.compile(f"{liu.person.name}")).first.wait_for()
    window.get_by_role("button", name="一并调用").click()
    window.get_by_role("button", name="全部同意使用").click()
    eventually(lambda: window.get_by_text("已同意使用").count() >= 2)
    window.get_by_role("button", name=re.compile("填写信息")).last.click()
    fill(window, 转入中心="黄石市住房公积金中心")
    hand_in(window)


def test_at_a_window_of_another_city_and_too_late(circle: Circle, visit: Visit) -> None:
    """异地代收代办: taken in at a window of one city, decided by another after its deadline."""
    taken_in(circle, visit())
    clerk = visit()
    circle.enter(clerk, "huangshi", "clerk.housing")
    circle.open(clerk, "huangshi", "desk")
    take_next(clerk, "住房公积金异地转移接续")
    clerk.get_by_text(re.compile("收件：鄂州市")).wait_for()
    clerk.locator(".story").get_by_text("黄石市住房公积金中心经办人").first.wait_for()
    do(clerk, "受理")
    clerk.close()  # what a page still asks for would find its session over

    circle.clock.forward(days=28)
    late = visit()
    circle.enter(late, "huangshi", "supervisor")
    circle.open(late, "huangshi", "board")
    row = late.get_by_role("row").filter(has_text="黄石市住房公积金中心").first
    row.wait_for()
    titles = late.locator("thead").first.locator("th").all_inner_texts()
    expect(row.locator("th, td").nth(titles.index("超期"))).to_have_text("1")
    # Four weeks later nobody is logged in any more.
    clerk = visit()
    circle.enter(clerk, "huangshi", "clerk.housing")
    circle.open(clerk, "huangshi", "desk")
    clerk.locator("tr.is-late").filter(has_text="住房公积金异地转移接续").wait_for()
    clerk.get_by_text(re.compile("超期 [0-9]+ 个工作日")).first.wait_for()
    take_next(clerk, "住房公积金异地转移接续")
    do(clerk, "提请决定", words="符合条件，因系统迁移办理超期")
    officer = visit()
    circle.enter(officer, "huangshi", "officer")
    circle.open(officer, "huangshi", "desk")
    take_next(officer, "住房公积金异地转移接续")
    do(officer, "作出决定", words="予以接续", choice="准予")
    do(officer, "送达办结")

    # They follow it where they handed it in.
    home = visit()
    circle.enter(home, "ezhou", "liu")
    circle.open(home, "ezhou", "mine")
    home.get_by_role("link", name=re.compile("住房公积金异地转移接续")).first.click()
    seen(home, "予以接续")
    home.get_by_role("link", name="查看、打印结果").wait_for()


STEPS = {
    "执业药师注册": "hubei",
    "个体工商户设立登记": "huangshi",
    "公众聚集场所投入使用前消防安全检查": "huangshi",
    "第二类医疗器械经营备案": "huangshi",
    "新办纳税人税种认定": "wuhan",
    "药品零售企业许可": "huangshi",
    "定点零售药店申请": "ezhou",
}
"""Steps of opening a pharmacy in an order in which they can be done, and where each is decided."""


def filled_in(circle: Circle, draft: str) -> None:
    """Fill in a draft of the firm's as anybody may have done it, as far as its last look."""
    node = circle.nodes["portal"]
    by, applying = node.office.accounts.get("renhe").as_actor(Via.SESSION), node.applying
    begun = applying.drafts.one(by, draft)
    form, known = applying.form(by, begun.about)
    given = {pointer.split("/")[2]: one["value"] for pointer, one in known.items()}
    data = sample(form, 5, {"applicant": {**given, "registered": False}})
    applying.drafts.save(by, draft, data, seen=begun.seen)
    for slot in form.files:
        applying.drafts.add_file(by, draft, slot.name, f"{slot.name}.jpg", JPG)


def applied_for(circle: Circle, page: "Page") -> None:
    """Choose where each step of a life event is done, look what that changes, and hand it in."""
    circle.enter(page, "portal", "renhe")
    circle.open(page, "portal", "find")
    page.get_by_role("link", name=re.compile("^开办零售药店")).click()
    page.get_by_label("办理城市").select_option(HUANGSHI)
    expect(page.locator(".stages input[type=checkbox]")).to_have_count(7)
    for step, city in (("新办纳税人税种认定", WUHAN), ("定点零售药店申请", EZHOU)):
        place = page.get_by_label(f"在哪办{step}")
        place.select_option(city)
        expect(place).to_have_value(city)
    page.get_by_text("鄂州市医疗保障局").first.wait_for()
    page.get_by_text("与全部在黄石市办理相比").wait_for()
    page.get_by_text("多跑 1 次").first.wait_for()
    page.get_by_role("button", name="开始申请").click()
    page.wait_for_url("**/#hall/apply/*")
    [draft] = re.findall("apply/([0-9A-Z]{26})", page.url)
    # They leave it and come back: the page holds no older draft than what is kept.
    circle.open(page, "portal", "drafts")
    page.get_by_role("heading", name="草稿").first.wait_for()
    filled_in(circle, draft)
    circle.open(page, "portal", f"apply/{draft}&step=review")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("申请已提交").wait_for()
    page.get_by_role("link", name="查看办理进度").click()
    page.wait_for_url("**/#hall/mine/*")
    seen(page, "预计 ")
    page.get_by_text("按各部门承诺时限推算").wait_for()


def reminded(circle: Circle, page: "Page") -> None:
    """Look as a supervisor of the city that leads at all steps, and remind of a late one."""
    circle.enter(page, "huangshi", "supervisor")
    circle.open(page, "huangshi", "events")
    page.get_by_role("button", name="有超期").click()
    page.get_by_role("link", name="开办零售药店").first.click()
    page.get_by_label("督办与质量抽查").check()
    page.get_by_role("button", name="查看办件").click()
    expect(page.locator("ol.steps > li")).to_have_count(len(STEPS))
    step = page.locator("ol.steps > li").filter(has=page.get_by_text("执业药师注册").first).first
    step.get_by_text("超期").first.wait_for()
    step.get_by_role("button", name="催办").click()
    step.locator("textarea").fill("药店等此步开业，请尽快办理")
    step.get_by_role("button", name="发出催办").click()
    page.get_by_text("已发出催办").wait_for()


def test_a_life_event_across_three_cities(circle: Circle, visit: Visit) -> None:
    """多地联办: one application, seven steps at three cities and the province, one of them late."""
    page = visit()
    applied_for(circle, page)
    page.close()
    # Eleven days later nobody has done anything yet, nor is logged in any more.
    circle.clock.forward(days=11)
    supervisor = visit()
    reminded(circle, supervisor)

    officers: dict[str, Page] = {}
    for title, node in STEPS.items():
        if node not in officers:
            officers[node] = visit()
            circle.enter(officers[node], node, "officer")
        officer = officers[node]
        circle.open(officer, node, "desk")
        take_next(officer, title)
        if title == "执业药师注册":
            come(officer, officer.locator(".story").get_by_text("药店等此步开业，请尽快办理"))
        accept = officer.get_by_role("button", name="受理", exact=True)
        if accept.count():
            do(officer, "受理")
        do(officer, "作出决定", words="符合条件", choice="准予")

    page = visit()
    circle.enter(page, "portal", "renhe")
    circle.open(page, "portal", "mine")
    page.get_by_role("link", name=re.compile("^开办零售药店")).first.click()
    seen(page, "已办 7 项，共 7 项")
    steps = page.locator(".steps li")
    expect(steps).to_have_count(len(STEPS))
    for title in ("武汉市税务局", "鄂州市医疗保障局"):
        steps.filter(has_text=title).wait_for()
    page.get_by_role("heading", name="评价整件事").wait_for()
    page.locator("label.star").nth(3).click()
    page.get_by_role("button", name="提交评价").click()
    page.get_by_role("button", name="提交评价").wait_for(state="detached")
    steps.filter(has_text="药品零售企业许可").get_by_role("link").click()
    page.get_by_role("link", name="查看、打印结果").wait_for()

    circle.open(supervisor, "huangshi", "board")
    come(supervisor, supervisor.get_by_role("row").filter(has_text="4.0（1 人评价）").first)


def test_nothing_is_lost_and_every_record_holds(circle: Circle) -> None:
    """The nodes' own records prove each other, as anybody with the folders can check."""
    eventually(circle.settled)
    folders = circle.made.folders
    for code, folder in folders.items():
        report = verify(folder, peers=[one for one in folders.values() if one != folder])
        assert report.sound, (code, report.broken)
