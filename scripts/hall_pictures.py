"""Make the pictures of the desk of the shared services that the documentation shows, again.

Usage: ``python scripts/hall_pictures.py``. A node with the invented catalogue, invented people and
a dozen cases is made in a folder that is thrown away afterwards, and served. It needs an
installed Chromium and fonts with Chinese characters.
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
from onecity.hall.catalogue.example import example
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
SIZE = (1280, 800)
MAX_BYTES = 150_000


class Picture(NamedTuple):
    """One picture: its file, who looks, at which screen, and what must be seen."""

    file: str
    who: str
    view: str
    shows: str


PICTURES = (
    Picture("hall-desk.jpg", "li", "desk", "table tbody tr"),
    Picture("hall-case.jpg", "wang", "case/{case}", "text=办理时限"),
    Picture("hall-publish.jpg", "zhou", "edit/{edited}", "text=草稿："),
)


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


def enter(page: Page, origin: str, who: str) -> None:
    """Log in."""
    base = f"{origin}/api/v1/session"
    told = {"X-CSRF-Token": page.request.get(base).json()["csrf"], "Origin": origin}
    answer = page.request.post(base, data={"name": who, "password": PASSWORD}, headers=told)
    if not answer.ok:
        raise RuntimeError(answer.text())


def take(browser: Browser, origin: str, picture: Picture, case: str) -> Path:
    """Log in, open the screen and photograph it."""
    width, height = SIZE
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    enter(page, origin, picture.who)
    view = picture.view.format(case=case, edited=EDITED)
    page.goto(f"{origin}/#hall/{view}")
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
    """Take every picture."""
    with sync_playwright() as playwright, served() as (origin, case):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        awaken(playwright.request.new_context(), origin)
        for picture in PICTURES:
            print(take(browser, origin, picture, case))
        browser.close()


if __name__ == "__main__":
    main()
