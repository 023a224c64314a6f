"""Clerks, supervisors and editors at a node, in a browser: keys, second thoughts, four eyes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from onecity.hall.forms.sampling import sample
from onecity.hall.node.applying.views import About
from onecity.hall.node.node import Node
from onecity.identity import Actor, Grant, Via
from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.web.conftest import DESKTOP, Visit
from tests.web.halling import CITY, ITEM, PEOPLE, make_node
from tests.web.serving import free_port, serving
from tests.web.test_accessible import PHONE, STILL, Quiet, faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PASSWORD = "A long pass-phrase, 3 times"  # noqa: S105  (of people who do not exist)
EDITED = f"{CITY}.drug_permit"


@dataclass
class Open:
    """A node that is served on a port of its own."""

    node: Node
    origin: str

    def actor(self, name: str) -> Actor:
        """Return somebody who works here, as the node knows them."""
        role, unit = PEOPLE[name]
        return Actor(name, name, unit, CITY, (Grant.parse(role),), Via.SESSION)

    def apply(self, seed: int) -> str:
        """Hand in an application; return the id of its case."""
        book = self.node.applying.book
        form = book.of(book.matter(About(item=ITEM)))
        agrees = [one.name for one in form.files if one.fetchable]
        made = self.node.applying.sending.apply(
            self.actor("resident"), About(item=ITEM), sample(form, seed), agrees=agrees
        )
        return str(made.case)

    def enter(self, page: "Page", name: str, view: str = "") -> None:
        """Log in and open a screen."""
        base = f"{self.origin}/api/v1/session"
        # The page of who was here before asks nothing any more.
        page.goto("about:blank")
        told = {"X-CSRF-Token": page.request.get(base).json()["csrf"], "Origin": self.origin}
        answer = page.request.post(base, data={"name": name, "password": PASSWORD}, headers=told)
        assert answer.ok, answer.text()
        page.goto(f"{self.origin}/#hall/{view}")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    folder = tmp_path_factory.mktemp("武汉") / "节点"
    make_node(folder)
    port = free_port()
    app = create_app(replace(Settings.for_hall(folder, port=port), warm=False))
    desk = app.state.desk
    for name in ("officer", "supervisor", "editor", "publisher"):
        role, unit = PEOPLE[name]
        about = {"unit": unit, "city": CITY, "grants": (Grant.parse(role),), "password": PASSWORD}
        desk.office.accounts.add(name, title_zh=name, by=Actor.console(), **about)
    with serving(app, port):
        yield Open(desk.hall, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def origin(hall: Open) -> str:
    """Address of the node: no other may be asked."""
    return hall.origin


def test_what_was_typed_stays_when_somebody_was_quicker(hall: Open, visit: Visit) -> None:
    case = hall.apply(1)
    page = visit(expected="412")
    hall.enter(page, "officer")
    page.locator("a.open").first.focus()
    page.keyboard.press("c")
    page.get_by_text("已认领", exact=False).first.wait_for()
    page.locator("a.open").first.press("Enter")
    page.get_by_role("button", name="受理", exact=True).click()
    page.get_by_text("已完成：受理").wait_for()

    page.get_by_role("button", name="作出决定").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("不准予").check()
    send = dialog.locator("button[type=submit]")
    send.click()
    dialog.get_by_text("请填写此项").wait_for()
    dialog.locator("textarea").fill("所附材料与登记不符")
    now = hall.node.handling.case(case, by=hall.actor("officer"), reason="办理").case
    hall.node.handling.do(
        case, "extend", by=hall.actor("officer"), seen=now.seen, days=5, words="情况复杂"
    )
    send.click()
    dialog.get_by_role("alert").get_by_text("延长办理期限").wait_for()
    expect(dialog.locator("textarea")).to_have_value("所附材料与登记不符")
    send.click()
    dialog.wait_for(state="detached")
    page.get_by_text("所附材料与登记不符").first.wait_for()
    settled = hall.node.handling.case(case, by=hall.actor("officer"), reason="办理").case
    assert (settled.state.value, settled.outcome and settled.outcome.value) == ("decided", "refuse")


def test_whoever_looks_says_why_once(hall: Open, visit: Visit) -> None:
    case = hall.apply(2)
    page = visit()
    hall.enter(page, "supervisor", f"case/{case}")
    page.get_by_label("核查投诉举报").check()
    page.get_by_role("button", name="查看办件").click()
    page.get_by_role("heading", name="申请人", exact=True).wait_for()
    page.reload()
    page.get_by_role("heading", name="申请人", exact=True).wait_for()
    looks = hall.node.applying.following.looks(hall.actor("resident"))
    told = [(one.who, one.reason) for one in looks if one.case == case]
    assert told == [("supervisor", "核查投诉举报")]
    hall.enter(page, "supervisor")
    row = page.get_by_role("row", name="住房公积金中心")
    row.first.wait_for()


def test_one_drafts_and_another_publishes(hall: Open, visit: Visit) -> None:
    page = visit()
    hall.enter(page, "editor", f"edit/{EDITED}")
    days = page.get_by_label("承诺办结时限", exact=True)
    save = page.get_by_role("button", name="保存草稿")
    days.fill("999")
    save.click()
    page.locator(".field-row", has=days).get_by_text("不合规则").wait_for()
    days.fill("8")
    save.click()
    page.get_by_text("由起草人以外的人员发布").wait_for()
    page.locator(".finding.bad").wait_for(state="detached")
    expect(page.get_by_role("button", name="发布")).to_have_count(0)

    other = visit()
    hall.enter(other, "publisher", f"edit/{EDITED}")
    other.get_by_role("button", name="发布").click()
    dialog = other.locator("dialog[open]")
    dialog.get_by_text("共修改 1 个字段").wait_for()
    day = hall.node.today().isoformat()
    dialog.locator("input[type=date]").fill(day)
    dialog.get_by_role("button", name="发布").click()
    other.get_by_text(f"已发布，自 {day} 起施行").wait_for()
    standing = hall.node.editions.catalogue(hall.node.today())
    promised = next(one.promised for one in standing.items if one.code == EDITED)
    assert promised is not None
    assert promised.count == 8


def screens(case: str) -> Iterator[tuple[str, str]]:
    """Yield who looks at which screen."""
    yield "officer", "desk"
    yield "officer", "cases"
    yield "officer", f"case/{case}&task=x"
    yield "officer", f"case/{case}&task=x&act=ask_supplement"
    yield "officer", f"case/{case}"
    yield "officer", "window"
    yield "supervisor", "board"
    yield "editor", "editor"
    yield "editor", f"edit/{EDITED}"
    yield "editor", "compare/drug_permit&only=no"


@pytest.mark.parametrize(
    ("size", "language"), [(DESKTOP, "zh"), (PHONE, "en")], ids=["desktop", "phone"]
)
def test_axe_finds_no_serious_fault(hall: Open, visit: Visit, size: Any, language: str) -> None:
    case = hall.apply(3)
    # What is injected here the page itself would not run: its content policy forbids it.
    page = visit(viewport=size, bypass_csp=True)
    quiet, found, inside = Quiet(page), [], ""
    for who, view in screens(case):
        if who != inside:
            hall.enter(page, who)
            page.add_style_tag(content=STILL)
            inside = who
        path, *rest = view.split("&")
        page.evaluate(
            "at => { location.hash = at }", "&".join([f"hall/{path}", f"lang={language}", *rest])
        )
        quiet.wait()
        found += faults(page, view)
        # Whatever is wide scrolls by itself: the page never does.
        if page.locator("#screen").evaluate("it => it.scrollWidth > it.clientWidth"):
            found.append(f"{view}: wider than the page")
        if (dialog := page.locator("dialog[open]")).count():
            dialog.press("Escape")
    assert not found, "\n".join(found)


def test_somebody_is_found_by_a_number_that_stands_in_no_address(hall: Open, visit: Visit) -> None:
    officer = hall.actor("officer")
    number = hall.node.handling.case(hall.apply(11), by=officer).applicant["id_number"]
    page, asked = visit(), []
    page.on("request", lambda request: asked.append(request.url))
    hall.enter(page, "officer", "cases")
    page.get_by_text("按证件号码查找…").click()
    find = page.get_by_role("button", name="查找", exact=True)
    page.get_by_label("身份证号码或统一社会信用代码").fill(number[:17])
    expect(find).to_be_disabled()
    page.get_by_label("身份证号码或统一社会信用代码").fill(number)
    page.get_by_label("事由（本人可见）").fill("来电询问")
    find.click()
    expect(page.get_by_role("button", name="返回全部办件")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("共 1 件")
    assert not [one for one in [page.url, *asked] if number[:10] in one]
    page.get_by_role("button", name="返回全部办件").click()
    expect(page.get_by_role("button", name="返回全部办件")).to_have_count(0)
    (look, *_) = [one for one in hall.node.applying.following.looks(hall.actor("resident"))
                  if one.reason == "来电询问"]  # fmt: skip
    assert look.who == "officer"
