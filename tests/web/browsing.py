"""How the tests in a real browser open the map."""

import json
from math import asinh, pi, radians, tan
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from tests.tiny import tiny_region

if TYPE_CHECKING:
    from playwright.sync_api import Page

ZOOM, CENTRE = 9.0, (-29.5, 1.25)
WAIT = 120_000
"""Milliseconds to wait for a page that is drawn without a graphics card, on a busy machine."""
COMPILING = 600_000
"""Milliseconds that the first figures may take where kernels were never compiled before."""


def open_map(page: "Page", origin: str, **view: str) -> None:
    """Open the map at a known place and wait until it is drawn."""
    at = f"{ZOOM},{CENTRE[0]},{CENTRE[1]}"
    more = "".join(f"&{key}={value}" for key, value in view.items())
    assert page.request.get(f"{origin}/api/v1/layers", timeout=COMPILING).ok
    page.goto(f"{origin}/#at={at}{more}")
    page.locator("canvas.maplibregl-canvas").first.wait_for()
    page.locator("input[type=radio]").first.wait_for(state="attached")  # the layers are there
    eventually(lambda: page.evaluate("performance.getEntriesByName('map-drawn').length"))


def wait_drawn(page: "Page", layer: str) -> None:
    """Wait until a layer's colours are on the map: what is clicked before is another's."""
    # Asked from here: the content policy lets nothing in the page ask for it by and by.
    drawn = "key => performance.getEntriesByName('theme-drawn').some((one) => one.detail === key)"
    eventually(lambda: page.evaluate(drawn, layer))


def foreign(url: str, origin: str) -> bool:
    """Whether anybody but the service is asked: nobody may be."""
    return not url.startswith((origin, "data:", "blob:"))


def told(page: "Page", address: str) -> Any:
    """Return what the service answers."""
    return json.loads(page.request.get(address).text())


def spot(lon: float, lat: float) -> tuple[float, float]:
    """Return where a place is on the screen (Web Mercator, tiles of 512 pixels)."""

    def mercator(one: float, other: float) -> tuple[float, float]:
        size = 512 * 2**ZOOM
        return (one + 180) / 360 * size, (1 - asinh(tan(radians(other))) / pi) / 2 * size

    x, y = mercator(lon, lat)
    x0, y0 = mercator(*CENTRE)
    return x - x0, y - y0


def click_map(page: "Page", lon: float, lat: float) -> None:
    """Click a place on the map."""
    box = page.locator("canvas.maplibregl-canvas").first.bounding_box()
    assert box is not None
    dx, dy = spot(lon, lat)
    page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)


def node(row: int) -> tuple[float, float]:
    """Return where a road node lies."""
    nodes = tiny_region().table("road_nodes")
    return float(nodes["lon"].iloc[row]), float(nodes["lat"].iloc[row])


def eventually(ask: Any) -> Any:
    """Return an answer once it is not empty."""
    until = monotonic() + WAIT / 1000
    while monotonic() < until:
        if answer := ask():
            return answer
        sleep(0.05)
    raise AssertionError("nothing came")
