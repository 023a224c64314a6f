"""Make the pictures of the shared services that the documentation shows, again.

Usage: ``python scripts/hall_pictures.py [BEGINNING ...]``. Those of the desk are of one node with
the invented catalogue, invented people and a dozen cases; those of the tutorial of the three
cities of the demonstration, with a year of cases, after its walk. All of it is made in a folder
that is thrown away afterwards. It needs an installed Chromium and fonts with Chinese characters.
Beginnings of file names take only those pictures.
"""

import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from map_pictures import IMAGES, awaken, chromium
from onecity.cli.hall_demo_nodes import ports, serving
from onecity.hall.catalogue.example import example
from onecity.hall.demonstration import Demonstration, codes
from onecity.hall.demonstration import make as make_demonstration
from onecity.hall.demonstration.asking import Asker
from onecity.hall.demonstration.history import load_history
from onecity.hall.demonstration.walk import walk
from onecity.hall.forms.own import put_example
from onecity.hall.forms.sampling import sample
from onecity.hall.node.applying.views import About
from onecity.hall.node.config import Config, NodeKind
from onecity.hall.node.node import Node
from onecity.identity import Actor, Grant, Via

CITY, ITEM, EDITED = "420100", "420100.fund_transfer", "420100.drug_permit"
UNIT = f"{CITY}.housing"
PASSWORD = "invented people need one too"  # noqa: S105  (of people who do not exist)
PEOPLE = {
    "chen": ("陈静", "resident", None),
    "li": ("李明", f"clerk@{CITY}", UNIT),
    "wang": ("王芳", f"officer@{CITY}", UNIT),
    "zhao": ("赵强", "supervisor", None),
    "sun": ("孙丽", "item_editor", None),
    "zhou": ("周伟", "item_editor", None),
}
"""Who works at the node: name, role and department."""
SIZE, PHONE = (1280, 800), (360, 740)
MAX_BYTES = 150_000


class Picture(NamedTuple):
    """One picture: its file, who looks at which node, at which screen, and what must be seen."""

    file: str
    who: str
    view: str
    shows: str
    node: str = ""
    size: tuple[int, int] = SIZE


DESK = (
    Picture("hall-desk.jpg", "li", "desk", "table tbody tr"),
    Picture("hall-case.jpg", "wang", "case/{case}", "text=办理时限"),
    Picture("hall-publish.jpg", "zhou", "edit/{edited}", "text=草稿："),
)
TUTORIAL = (
    Picture("hall-demo-find.jpg", "chen", "find", "text=开办零售药店", "portal"),
    Picture("hall-demo-event.jpg", "renhe", "mine/{event}", "text=鄂州市医疗保障局", "portal"),
    Picture("hall-demo-queue.jpg", "clerk.insurance", "desk", "table tbody tr", "wuhan"),
    Picture("hall-demo-board.jpg", "supervisor", "board", "table tbody tr", "wuhan"),
    Picture("hall-demo-phone.jpg", "chen", "mine", "text=住房公积金异地转移接续", "portal", PHONE),
)
HISTORY, SEED = 6_000, 1


def actor(name: str) -> Actor:
    """Return one of the people as the node knows them."""
    title, role, unit = PEOPLE[name]
    return Actor(name, title, unit, CITY, (Grant.parse(role),), Via.SESSION)


def act(node: Node, case: str, who: str, action: str, **given: Any) -> None:
    """Do something to a case at the first task where it is offered."""
    seen = node.handling.case(case, by=actor(who), reason="办理本件")
    task = {str(one): where for one, where in seen.can}[action]
    node.handling.do(case, action, by=actor(who), seen=seen.case.seen, task=task, **given)


def make(folder: Path, port: int) -> str:
    """Make a node with people and cases; return the case that is shown."""
    url = f"http://127.0.0.1:{port}"
    config = Config("wuhan", "武汉市", NodeKind.CITY, (CITY,), url=url, listen=f"127.0.0.1:{port}")
    put_example(folder)
    with Node.make(folder, config) as node:
        node.editions.take_in(example(), by=Actor.console())
        for name, (title, role, unit) in PEOPLE.items():
            node.office.accounts.add(
                name,
                title_zh=title,
                unit=unit,
                city=CITY,
                grants=(Grant.parse(role),),
                password=PASSWORD,
                by=Actor.console(),
            )
        book = node.applying.book
        form = book.of(book.matter(About(item=ITEM)))
        agrees = [one.name for one in form.files if one.fetchable]
        cases = [
            str(
                node.applying.sending.apply(
                    actor("chen"), About(item=ITEM), sample(form, seed), agrees=agrees
                ).case
            )
            for seed in range(1, 13)
        ]
        for case in cases[:6]:
            act(node, case, "li", "claim")
        act(node, cases[5], "li", "ask_supplement", words="请提供调动证明")
        for case in cases[:5]:
            act(node, case, "li", "accept")
        for case in cases[:2]:
            act(node, case, "li", "propose", words="材料齐全，符合条件")
        act(node, cases[3], "li", "suspend", reason="appraisal", words="送第三方鉴定缴存记录")
        changed = {"conditions": "取得营业执照，有符合规定的经营场所、设施和质量管理制度。"}
        node.editions.save_draft(EDITED, changed, seen=0, by=actor("sun"))
        return cases[0]


@contextmanager
def served() -> Iterator[tuple[str, str]]:
    """Serve a node for as long as the pictures take; gives its address and a case."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as work:
        folder, secret = Path(work) / "武汉", Path(work) / "名单"
        folder.mkdir()
        case = make(folder, port)
        command = [sys.executable, "-m", "onecity.cli"]
        for step in (("make", secret), ("add", secret, folder), ("sign", secret, folder)):
            subprocess.run([*command, "hall", "trust", *map(str, step)], check=True)
        process = subprocess.Popen([*command, "hall", "serve", str(folder)])
        try:
            yield f"http://127.0.0.1:{port}", case
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


@contextmanager
def demonstrated() -> Iterator[tuple[Demonstration, str]]:
    """Serve the demonstration after its walk; gives it and the case of the life event."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "演示"
        made = make_demonstration(folder, ports(folder, codes()))
        load_history(made, HISTORY, SEED)
        with serving(made):
            walk(made, lambda sentence: print(sentence.text("zh")))
            firm = made.login(made.portal, "renhe")
            with Asker(made.urls[made.portal], firm) as asker:
                rows = asker.get("mine")["rows"]
            yield made, next(one["case"] for one in rows if one["steps"] > 1)


def enter(page: Page, origin: str, who: str, password: str) -> None:
    """Log in."""
    base = f"{origin}/api/v1/session"
    told = {"X-CSRF-Token": page.request.get(base).json()["csrf"], "Origin": origin}
    answer = page.request.post(base, data={"name": who, "password": password}, headers=told)
    if not answer.ok:
        raise RuntimeError(answer.text())


def take(browser: Browser, origin: str, password: str, picture: Picture, **named: str) -> Path:
    """Log in, open the screen and photograph it."""
    width, height = picture.size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    enter(page, origin, picture.who, password)
    page.goto(f"{origin}/#hall/{picture.view.format(edited=EDITED, **named)}")
    gate = page.get_by_role("button", name="查看办件")
    shown = page.locator(picture.shows).first
    gate.or_(shown).first.wait_for()
    if gate.count():
        page.get_by_label("办理本件").check()
        gate.click()
    shown.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_000)
    file = IMAGES / picture.file
    page.screenshot(path=file, type="jpeg", quality=80)
    context.close()
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"{file} is larger than {MAX_BYTES} bytes")
    return file


def main() -> None:
    """Take the pictures that are named, or every one."""
    wanted = tuple(sys.argv[1:]) or ("",)
    desk, tutorial = (
        [one for one in several if one.file.startswith(wanted)] for several in (DESK, TUTORIAL)
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        if desk:
            with served() as (origin, case):
                awaken(playwright.request.new_context(), origin)
                for picture in desk:
                    print(take(browser, origin, PASSWORD, picture, case=case))
        if tutorial:
            with demonstrated() as (made, event):
                password = made.logins[0].password
                for picture in tutorial:
                    origin = made.urls[picture.node]
                    print(take(browser, origin, password, picture, event=event))
        browser.close()


if __name__ == "__main__":
    main()
