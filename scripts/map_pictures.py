"""Make the pictures of the map and the ledger that the documentation shows, again.

Usage: ``python scripts/map_pictures.py out/wuhan`` (the built Wuhan region). It is served from a
work folder with the example ledger that is thrown away afterwards. It needs an installed Chromium
and fonts with Chinese characters. Beginnings of file names behind the region take only those
pictures.
"""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import APIRequestContext, Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
DRAWN = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
"""The map is drawn by WebGL: this way it needs no graphics card."""
MAX_BYTES = 300_000
DESKTOP, PHONE = (1360, 820), (360, 740)
PATIENCE = 240_000
"""Milliseconds: proposals are made when they are first asked for."""


ROAD = "r,113.1660,30.6530,114.0300,30.5800,100,,2,,"
"""A road from Tianmen to the edge of Wuhan, as the address holds what is drawn."""


class Picture(NamedTuple):
    """One picture: its file, what stands in the address, what must be seen, the window."""

    file: str
    view: str
    shows: str
    size: tuple[int, int] = DESKTOP


PICTURES = (
    Picture("map-layer.jpg", "layer=transport.minutes_core@zone", "aside.left"),
    Picture(
        "map-card.jpg",
        "layer=transport.minutes_core@county&pick=county/421125&at=8.7,115.25,30.45",
        "aside.side >> text=浠水县",
    ),
    Picture(
        "map-compare.jpg",
        "lang=en&layer=transport.minutes_core@zone&with=transport.reach_people_60@zone~&split=56",
        "canvas >> nth=1",
    ),
    Picture(
        "map-borders.jpg", "lang=en&layer=transport.border_time_between@border", "aside.left"
    ),
    Picture("map-isochrones.jpg", "tool=isochrones&from=114.8949,30.3919", "aside.side table"),
    Picture(
        "map-path.jpg", "lang=en&tool=path&from={from}&to={to}&state={first}", "aside.side strong"
    ),
    Picture(
        "map-topic.jpg",
        "tool=topics&topic=transport.traffic&row=0.0"
        "&layer=transport.traffic:traffic.saturation@road",
        "aside.side .facts",
    ),
    Picture("map-index.jpg", "lang=en&tool=index", "aside.side .bar"),
    Picture("map-what-if.jpg", f"tool=what_if&draw=0~{ROAD}", "aside.side >> text=受益"),
    Picture(
        "map-scenarios.jpg", "lang=en&tool=scenarios&state={first}&keys={first},{second}",
        "aside.side table",
    ),
    Picture("map-proposals.jpg", "tool=proposals", "aside.side li"),
    Picture("ledger-work.jpg", "ledger/work", "text=待审核"),
    Picture("ledger-gantt.jpg", "ledger/gantt", "svg rect"),
    Picture("ledger-item.jpg", "ledger/item/{item}", "text=办理过程"),
    Picture("map-phone.jpg", "pick=county/421125&at=7,114.6,29.9", "aside.side", PHONE),
)  # fmt: skip


def chromium() -> str:
    """Return the path of an installed Chromium."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
    return found


@contextmanager
def served(region: Path) -> Iterator[str]:
    """Serve a region for as long as the pictures take; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as work:
        example = [sys.executable, "-m", "onecity.cli", "ledger", "init", work, "--example"]
        subprocess.run(example, check=True)
        command = [sys.executable, "-m", "onecity.cli", "serve", str(region)]
        process = subprocess.Popen([*command, "--port", str(port), "--work", work])
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def awaken(ask: APIRequestContext, origin: str) -> None:
    """Wait until the service answers."""
    until = time.monotonic() + 60
    while True:
        try:
            ask.get(f"{origin}/api/v1/health")
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def proposed(ask: APIRequestContext, base: str) -> list[dict[str, Any]]:
    """Return what the service proposes to build, best first."""
    until = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < until:
        answer = ask.get(f"{base}/proposals", timeout=PATIENCE)
        if answer.status == 200:
            found: list[dict[str, Any]] = answer.json()["items"]
            return found
        time.sleep(1)
    raise TimeoutError("no proposals came")


def prepare(ask: APIRequestContext, origin: str) -> dict[str, str]:
    """Keep two scenarios of proposed links; return what the addresses of the pictures need."""
    base = f"{origin}/api/v1"
    items = [one for one in proposed(ask, base) if one["record"]["kind"] == "add_road"]
    word = ask.get(f"{base}/session").json()["csrf"]
    keys = []
    for title, several in ((items[0]["title"]["zh"], items[:1]), ("前五条连线", items[:5])):
        body = {"title": title, "interventions": [one["record"] for one in several]}
        headers = {"X-CSRF-Token": word, "Origin": origin}
        answer = ask.post(f"{base}/scenarios", data=body, headers=headers, timeout=PATIENCE)
        if answer.status != 201:
            raise RuntimeError(answer.text())
        keys.append(str(answer.json()["key"]))
    line = items[0]["line"]
    places = line["coordinates"] if isinstance(line, dict) else line
    (x, y), (to_x, to_y) = places[0], places[-1]
    return {
        "first": keys[0],
        "second": keys[1],
        "from": f"{x:.5f},{y:.5f}",
        "to": f"{to_x:.5f},{to_y:.5f}",
    }


def begun(ask: APIRequestContext, origin: str) -> dict[str, str]:
    """Return an item of the ledger that is under way and has a history."""
    answer = ask.get(f"{origin}/api/v1/ledger/items?text=断头路&state=in_progress&limit=1")
    return {"item": str(answer.json()["items"][0]["id"])}


def rest(page: Page, *, map_: bool) -> None:
    """Wait until the layer is drawn, and a little: what is asked then comes and is drawn too."""
    until = time.monotonic() + PATIENCE / 1000
    while map_ and not page.evaluate("performance.getEntriesByName('theme-drawn').length"):
        if time.monotonic() > until:
            raise TimeoutError("the map is not drawn")
        time.sleep(0.1)
    page.wait_for_load_state("networkidle", timeout=PATIENCE)
    page.wait_for_timeout(4_000)


def take(browser: Browser, origin: str, picture: Picture, known: dict[str, str]) -> Path:
    """Open the map and photograph it."""
    view = picture.view
    for name, value in known.items():
        view = view.replace(f"{{{name}}}", value)
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
    page.goto(f"{origin}/#{view}")
    page.locator(picture.shows).first.wait_for(timeout=PATIENCE)
    rest(page, map_=not view.startswith("ledger"))
    file = IMAGES / picture.file
    page.screenshot(path=file, type="jpeg", quality=82)
    page.close()
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"{file} is larger than {MAX_BYTES} bytes")
    return file


def main() -> None:
    """Take every picture."""
    region, *wanted = sys.argv[1:]
    path = chromium()
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, served(Path(region)) as origin:
        arguments = ["--no-sandbox", *DRAWN, "--ignore-gpu-blocklist"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        ask = playwright.request.new_context()
        awaken(ask, origin)
        several = [one for one in PICTURES if not wanted or one.file.startswith(tuple(wanted))]
        known = begun(ask, origin)
        if any("{first}" in one.view for one in several):
            known |= prepare(ask, origin)
        for picture in several:
            print(take(browser, origin, picture, known))
        browser.close()


if __name__ == "__main__":
    main()
