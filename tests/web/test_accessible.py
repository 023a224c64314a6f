"""Everybody can use the one map: axe finds no serious fault, and the keyboard is enough."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.tiny import DEAD_ENDS, tiny_region
from tests.web.browsing import WAIT, open_map
from tests.web.conftest import DESKTOP, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
SERIOUS = {"serious", "critical"}
REGISTRY = "web/src/panels/registry.ts"
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"
"""A colour half way between two others has no contrast of its own."""
A_MOMENT = """() => new Promise((done) => {
  requestAnimationFrame(() => setTimeout(done, 50))
})"""


def tools(root: Path) -> list[str]:
    """Return the keys of all tools of the map: new ones are looked at without a change here."""
    found = re.findall(r"^  \{ key: '(\w+)'", (root / REGISTRY).read_text("utf-8"), re.MULTILINE)
    assert {"isochrones", "what_if", "scenarios"} <= set(found)
    return found


@pytest.fixture(scope="module")
def link() -> list[list[float]]:
    """The two ends of a link that is worth drawing."""
    nodes = tiny_region().table("road_nodes").iloc[list(DEAD_ENDS)]
    return [[float(lon), float(lat)] for lon, lat in zip(nodes["lon"], nodes["lat"], strict=True)]


def kept(page: "Page", origin: str, link: list[list[float]]) -> str:
    """Return the key of a scenario that the service keeps."""
    base = f"{origin}/api/v1"
    if known := page.request.get(f"{base}/scenarios").json()["items"]:
        return str(known[0]["key"])
    word = page.request.get(f"{base}/session").json()["csrf"]
    road = {"kind": "add_road", "from": link[0], "to": link[1], "kmh": 60, "detour": 1.0}
    answer = page.request.post(
        f"{base}/scenarios",
        data={"title": "打通云岚路", "note": "", "interventions": [road]},
        headers={"X-CSRF-Token": word, "Origin": origin},
    )
    assert answer.status == 201, answer.text()
    return str(answer.json()["key"])


def views(
    page: "Page", origin: str, root: Path, link: list[list[float]]
) -> Iterator[tuple[str, str]]:
    """Yield what can be looked at: a name, and what stands in the address for it."""
    region = page.request.get(f"{origin}/api/v1/region").json()
    county, cities = region["counties"][0]["code"], region["cities"]
    one, other = (",".join(map(str, end)) for end in link)
    key = kept(page, origin, link)
    yield "start", ""
    yield "county", f"pick=county/{county}"
    yield "border", "pick=border/" + "-".join(sorted(city["code"] for city in cities[:2]))
    yield "borders", "layer=transport.border_effect@border"
    yield "table", "table=1"
    yield "two maps", f"with=~{key}"
    yield "tool and card", f"tool=measure&pick=city/{cities[0]['code']}"
    more = {
        "isochrones": f"&from={one}",
        "path": f"&from={one}&to={other}&state={key}",
        "topics": "&topic=transport.cuts&row=0.0",
        "what_if": f"&draw=0~r,{one},{other},60,,2,,",
        "scenarios": f"&state={key}&keys={key}&effect=1",
    }
    for tool in tools(root):
        yield tool, f"tool={tool}{more.get(tool, '')}"


class Quiet:
    """Tells when a page asks nothing any more."""

    def __init__(self, page: "Page") -> None:
        self.page, self.open = page, set["Request"]()
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def _begun(self, request: "Request") -> None:
        if request.is_navigation_request():
            # What the frame was going to show before is dropped, and nobody tells of it.
            self.open = {one for one in self.open if one.frame != request.frame}
        self.open.add(request)

    def _ended(self, request: "Request") -> None:
        self.open.discard(request)

    def _asks(self) -> bool:
        # Nor is told what a frame asked for that is gone.
        return any(not one.frame.is_detached() for one in self.open)

    def wait(self) -> None:
        """Wait until nothing was under way for a fifth of a second, as the page counts it.

        A page that gets no time to draw has not yet asked what it is going to ask.
        """
        calm, until = 0, monotonic() + WAIT / 1000
        while calm < 4:
            assert monotonic() < until, f"the page never rests: {[one.url for one in self.open]}"
            self.page.evaluate(A_MOMENT)
            calm = 0 if self._asks() else calm + 1


def faults(page: "Page", view: str) -> list[str]:
    """Return what axe finds serious or worse, one line a place."""
    answer = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{view}: {fault['id']}: {node['target']} {node['failureSummary']} {node['html'][:160]}"
        for fault in answer["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(
    ("size", "language"), [(DESKTOP, "zh"), (PHONE, "en")], ids=["desktop", "phone"]
)
def test_axe_finds_no_serious_fault(
    visit: Visit, origin: str, root: Path, link: list[list[float]], size: Any, language: str
) -> None:
    # What is injected here the page itself would not run: its content policy forbids it.
    page = visit(viewport=size, bypass_csp=True)
    quiet = Quiet(page)
    open_map(page, origin, lang=language)
    page.add_style_tag(content=STILL)
    found: list[str] = []
    for name, view in views(page, origin, root, link):
        at = f"lang={language}&{view}".rstrip("&")
        page.evaluate("at => { location.hash = at }", at)
        quiet.wait()
        found += faults(page, name)
    page.evaluate("at => { location.hash = at }", f"lang={language}")
    quiet.wait()
    for number, opens in enumerate(opened(page)):
        opens.click()
        quiet.wait()
        found += faults(page, f"opened {number}")
    assert not found, "\n".join(found)


def opened(page: "Page") -> list[Any]:
    """Return the buttons that open menus, or a phone's sheets."""
    inside = ".phone-bar" if page.locator(".phone-bar").count() else "nav.tools .menu"
    buttons = page.locator(f"{inside} > button:enabled")
    return [buttons.nth(at) for at in range(buttons.count())]


FOCUSED = """() => {
  const at = document.activeElement
  if (!at || at === document.body) return null
  const where = [
    ['skip', '.skip'], ['search', '[role=search]'], ['tools', 'nav.tools'],
    ['language', '.languages'], ['map', 'canvas'], ['buttons', '.buttons'],
    ['layers', 'aside.left'], ['side', 'aside.side'], ['bar', 'header.bar'],
  ].find(([, selector]) => at.closest(selector))
  const style = getComputedStyle(at)
  const aim = document.querySelector('.aim')
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
  const aimed = at.tagName === 'CANVAS' && aim !== null && getComputedStyle(aim).display !== 'none'
  const box = at.getBoundingClientRect()
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth
  return {
    part: where ? where[0] : 'else',
    name: at.getAttribute('aria-label') || at.title || at.textContent.trim() || at.tagName,
    seen: (ring || aimed) && inside,
  }
}"""


def walk(page: "Page", most: int) -> list[dict[str, Any]]:
    """Press Tab until it leaves the page; return what had the keyboard, in turn."""
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        if (now := page.evaluate(FOCUSED)) is None:
            return found
        found.append(now)
    raise AssertionError("Tab never leaves the page")


def test_the_keyboard_is_enough(visit: Visit, origin: str) -> None:
    page = visit()
    quiet = Quiet(page)
    open_map(page, origin)
    quiet.wait()

    # Tab comes by everything, from the top bar over the map to the layers; one always sees where.
    steps = walk(page, 80)
    parts = [step["part"] for step in steps]
    order = ["skip", "search", "tools", "language", "map", "buttons", "layers"]
    assert sorted(order, key=parts.index) == order
    assert [step for step in steps if not step["seen"]] == []

    # The first step leads past the top bar to the map; Enter picks what lies in its middle.
    page.evaluate("() => document.activeElement.blur()")
    page.locator("canvas.maplibregl-canvas").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("pick="))
    side = page.locator("aside.side")
    side.wait_for()
    quiet.wait()

    # Escape closes the panel that has the keyboard, and the map has it again.
    into_side(page)
    page.keyboard.press("Escape")
    side.wait_for(state="detached")
    page.wait_for_url(lambda url: "pick=" not in url)
    expect(page.locator("canvas.maplibregl-canvas").first).to_be_focused()

    # A menu is opened, walked and left without a mouse, and gives the keyboard back.
    menu = page.locator("nav.tools .menu > button").first
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(page.locator("nav.tools .menu ul button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(menu).to_have_attribute("aria-expanded", "false")

    # A tool opens with Enter and closes with Escape.
    page.locator("nav.tools > button").first.focus()
    page.keyboard.press("Enter")
    side.wait_for()
    into_side(page)
    page.keyboard.press("Escape")
    side.wait_for(state="detached")
    page.wait_for_url(lambda url: "tool=" not in url)


def into_side(page: "Page") -> None:
    """Press Tab until the panel on the right has the keyboard."""
    for _ in range(200):
        now = page.evaluate(FOCUSED)
        if now is not None and now["part"] == "side":
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never comes to the panel")


def test_search_by_keyboard(visit: Visit, origin: str) -> None:
    page = visit()
    open_map(page, origin)
    page.keyboard.press("/")
    page.keyboard.type("neiwan")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("内湾区")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("pick=county/"))
    expect(page.get_by_role("combobox").first).to_have_value("内湾区")
