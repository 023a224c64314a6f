"""Make the pictures of the report that the documentation shows, again.

Usage: ``python scripts/report_pictures.py out/wuhan-report.html`` (the report of the Wuhan circle,
as ``make demo`` writes it). It needs an installed Chromium and fonts with Chinese characters.
"""

import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import FloatRect, Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MAX_BYTES = 300_000
DESKTOP: ViewportSize = {"width": 1200, "height": 800}


class Picture(NamedTuple):
    """One picture: its file, the report's language, where it begins, its width and height."""

    file: str
    language: str
    selector: str
    width: int
    height: int


PICTURES = (
    Picture("report-top.png", "zh", "body", 1200, 566),
    Picture("report-map.jpg", "en", "#strand-transport figure", 1200, 700),
    Picture("report-cities.png", "en", "#strand-transport figure ~ h3", 1200, 490),
    Picture("report-times.png", "en", "#strand-transport .square", 770, 385),
)


def take(page: Page, report: Path, picture: Picture) -> Path:
    """Open the report and photograph from the first match of the selector downwards."""
    page.goto(f"{report.absolute().as_uri()}?lang={picture.language}")
    box = page.locator(picture.selector).first.bounding_box()
    if box is None:
        raise LookupError(f"the report has nothing at {picture.selector}")
    file = IMAGES / picture.file
    clip: FloatRect = {"x": 0, "y": box["y"], "width": picture.width, "height": picture.height}
    # A map has too many colours for PNG, text is sharper in it.
    kind: dict[str, Any] = {"type": "jpeg", "quality": 80} if file.suffix == ".jpg" else {}
    page.screenshot(path=file, full_page=True, clip=clip, **kind)
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"{file} is larger than {MAX_BYTES} bytes")
    return file


def main() -> None:
    """Take every picture."""
    report = Path(sys.argv[1])
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=DESKTOP)
        for picture in PICTURES:
            print(take(page, report, picture))
        browser.close()


if __name__ == "__main__":
    main()
