"""How the tests in a real browser open the map."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ZOOM, CENTRE = 9.0, (-29.5, 1.25)
WAIT = 60_000
"""Milliseconds to wait for a page that is drawn without a graphics card, on a busy machine."""


def open_map(page: "Page", origin: str, **view: str) -> None:
    """Open the map at a known place and wait until it is drawn."""
    at = f"{ZOOM},{CENTRE[0]},{CENTRE[1]}"
    more = "".join(f"&{key}={value}" for key, value in view.items())
    page.goto(f"{origin}/#at={at}{more}")
    page.locator("canvas.maplibregl-canvas").first.wait_for()
    page.locator("input[type=radio]").first.wait_for(state="attached")  # the layers are there


def foreign(url: str, origin: str) -> bool:
    """Whether anybody but the service is asked: nobody may be."""
    return not url.startswith((origin, "data:", "blob:"))
