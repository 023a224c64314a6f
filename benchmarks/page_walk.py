"""The map's page in a real Chromium: how long until it shows something, and how smoothly it moves.

Chromium draws without a graphics card here (SwiftShader): what is drawn costs processor time that a
desk computer would not spend, on the same cores that the service runs on.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from serve import served

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
             "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")  # fmt: skip
WINDOW: ViewportSize = {"width": 1360, "height": 820}
PATIENCE_S = 1800.0
"""A region's figures are made when it is first opened; a large one's take minutes."""
STEPS, STEP_PIXELS, STEP_MS = 40, 9, 16
"""How the pointer is drawn over the map."""

MARKS = """() => {
  const first = (name) => performance.getEntriesByName(name)[0]?.startTime ?? null
  return {
    page: first('first-contentful-paint'),
    map: first('map-drawn'),
    layer: first('theme-drawn'),
    kilobytes: performance.getEntriesByType('resource')
      .concat(performance.getEntriesByType('navigation'))
      .reduce((sum, one) => sum + one.transferSize, 0) / 1000,
  }
}"""
WATCH = """() => {
  window.spells = []
  let last = performance.now()
  const next = (now) => {
    window.spells?.push(now - last)
    last = now
    if (window.spells) requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
}"""
TELL = "() => { const found = window.spells; window.spells = null; return found.slice(1) }"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a running Chromium."""
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if path is None:
        message = "Chromium is not installed: apt-get install chromium fonts-noto-cjk"
        raise SystemExit(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def opened(region: Path) -> Iterator[str]:
    """Serve a region whose figures are made; gives its address."""
    with tempfile.TemporaryDirectory() as work, served(region, Path(work)) as (origin, _):
        until = time.monotonic() + PATIENCE_S
        while True:
            answer = httpx.get(f"{origin}/api/v1/layers", timeout=PATIENCE_S)
            if answer.status_code == httpx.codes.OK:
                break
            if time.monotonic() > until:
                answer.raise_for_status()
            time.sleep(2)
        yield origin


def visit(context: BrowserContext, address: str) -> tuple[Page, dict[str, float]]:
    """Open the page; return it, and milliseconds from navigation to each mark."""
    page = context.new_page()
    page.goto(address)
    until = time.monotonic() + PATIENCE_S
    while True:
        found: dict[str, float] = page.evaluate(MARKS)
        if None not in found.values():
            return page, found
        if time.monotonic() > until:
            message = f"not drawn: {found}"
            raise TimeoutError(message)
        page.wait_for_timeout(50)


def first_maps(browser: Browser, region: Path, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Return the times of a browser without and with our files in its cache, round by round."""
    found: dict[str, list[dict[str, float]]] = {"first": [], "cold": [], "warm": []}
    with opened(region) as origin:
        for number in range(rounds + 1):
            context = browser.new_context(viewport=WINDOW)
            page, cold = visit(context, origin)
            page.close()
            if number == 0:
                found["first"].append(cold)  # the service makes tiles that later ones find made
            else:
                page, warm = visit(context, origin)
                page.close()
                found["cold"].append(cold)
                found["warm"].append(warm)
            context.close()
    return found


def moves(
    browser: Browser, region: Path, spot: tuple[float, float], rounds: int
) -> dict[str, list[list[float]]]:
    """Return the milliseconds between frames while the map is panned and zoomed, each round."""
    found: dict[str, list[list[float]]] = {"pan": [], "zoom": []}
    with opened(region) as origin:
        for _ in range(rounds):
            context = browser.new_context(viewport=WINDOW)
            at = f"9.5,{spot[0]:.4f},{spot[1]:.4f}"
            page, _ = visit(context, f"{origin}/#at={at}&layer=residents.density@zone")
            page.wait_for_timeout(500)
            for what, move in (("pan", pan), ("zoom", zoom)):
                page.evaluate(WATCH)
                move(page)
                found[what].append(page.evaluate(TELL))
            context.close()
    return found


def pan(page: Page) -> None:
    """Pull the map to and fro."""
    x, y = WINDOW["width"] / 2, WINDOW["height"] / 2
    for way in (-1, 1):
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(STEPS):
            page.mouse.move(x + way * STEP_PIXELS * step, y + way * STEP_PIXELS * step / 3)
            page.wait_for_timeout(STEP_MS)
        page.mouse.up()
        page.wait_for_timeout(400)


def zoom(page: Page) -> None:
    """Turn the wheel forth and back."""
    page.mouse.move(WINDOW["width"] / 2, WINDOW["height"] / 2)
    for way in (-1, 1):
        for _ in range(STEPS // 2):
            page.mouse.wheel(0, way * 60)
            page.wait_for_timeout(2 * STEP_MS)
        page.wait_for_timeout(400)
