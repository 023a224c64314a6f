"""The page in a browser: languages, widths, sorting, print."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
# A4 without its margins, at 96 units to the inch.
A4 = {"width": round((210 - 24) / 25.4 * 96), "height": 1000}
HAN = re.compile(r"[\u4e00-\u9fff]")


class Looked:
    """A page that is open, and what it complained of or asked for."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda told: self.complaints.append(told.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: Path, query: str = "") -> "Page":
        self.page.goto(path.as_uri() + query)
        return self.page


@pytest.fixture
def looked(browser: "Browser", request: pytest.FixtureRequest) -> Iterator[Looked]:
    wanted: dict[str, Any] = {"viewport": DESKTOP, **getattr(request, "param", {})}
    context = browser.new_context(**wanted)
    yield Looked(context.new_page())
    context.close()


def language(page: "Page") -> list[str]:
    found: list[str] = page.evaluate(
        "[document.documentElement.dataset.lang, document.documentElement.lang, document.title]"
    )
    return found


@pytest.mark.parametrize("query", ["", "?lang=en", "#lang=en", "?lang=fr"])
def test_it_is_quiet_and_asks_for_nothing(looked: Looked, wuhan_page: Path, query: str) -> None:
    page = looked.open(wuhan_page, query)
    page.wait_for_load_state("networkidle")
    assert looked.complaints == []
    assert [one.partition("?")[0].partition("#")[0] for one in looked.asked] == [
        wuhan_page.as_uri()
    ]


def test_the_language_switches_and_stays(looked: Looked, wuhan_page: Path) -> None:
    page = looked.open(wuhan_page)
    assert language(page) == ["zh", "zh-CN", "武汉城市圈 · 同城化评估报告"]
    chinese = page.inner_text("main")
    page.click("button[data-to=en]")
    assert language(page)[:2] == ["en", "en"]
    assert language(page)[2].startswith("Wuhan city circle")
    english = page.inner_text("main")
    assert len(HAN.findall(chinese)) > 1000
    assert "Residents" in english
    assert page.get_attribute("main svg[role=img]", "aria-label").startswith("Map:")  # type: ignore[union-attr]
    page.click("button[data-to=zh]")
    assert page.inner_text("main") == chinese
    assert page.get_attribute("main svg[role=img]", "aria-label").startswith("地图")  # type: ignore[union-attr]
    assert looked.complaints == []


def test_the_address_asks_for_a_language(looked: Looked, wuhan_page: Path) -> None:
    assert language(looked.open(wuhan_page, "?lang=en"))[:2] == ["en", "en"]
    assert language(looked.open(wuhan_page, "#lang=en"))[:2] == ["en", "en"]
    assert language(looked.open(wuhan_page, "?lang=zh"))[:2] == ["zh", "zh-CN"]


def test_no_word_is_left_in_the_other_language(looked: Looked, wuhan_page: Path) -> None:
    page = looked.open(wuhan_page, "?lang=en")
    # Where a source is to be had, and what the recipe notes of it, is data, not our words.
    text = page.evaluate(
        """() => {
          const data = "svg.shared, .origin, #sources td, #assumed td, #quality .items, button";
          document.querySelectorAll(data).forEach((one) => one.remove());
          return document.body.innerText;
        }"""
    )
    left = [line for line in text.splitlines() if HAN.search(line)]
    assert left == []
    assert not re.search(r"\b(report|transport|units|check)\.[a-z_]{4,}", text)


@pytest.mark.parametrize("looked", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts_it_reads_in_chinese(looked: Looked, wuhan_page: Path) -> None:
    page = looked.open(wuhan_page)
    text = page.inner_text("body")
    assert "常住人口" in text
    assert "Residents" not in text
    assert not page.is_visible(".tools")


@pytest.mark.parametrize("query", ["?lang=zh", "?lang=en"])
@pytest.mark.parametrize("looked", [{"viewport": PHONE}, {"viewport": DESKTOP}], indirect=True)
def test_the_page_is_no_wider_than_the_window(looked: Looked, wuhan_page: Path, query: str) -> None:
    page = looked.open(wuhan_page, query)
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window
    # What is wider scrolls in its own frame.
    cut = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((one) => {
          const box = one.getBoundingClientRect();
          return box.width && box.right > innerWidth + 1 && !one.closest(".scroll, svg")
            && getComputedStyle(one).position !== "absolute";
        }).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert cut == []


def column(page: "Page", place: int) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        f"table.sortable tbody tr > :nth-child({place})",
        "cells => cells.map(one => one.dataset.v ?? one.innerText.trim())",
    )
    return found


def test_counties_sort(looked: Looked, wuhan_page: Path) -> None:
    page = looked.open(wuhan_page)
    people = [float(one) for one in column(page, 3)]
    assert people != sorted(people)
    button = page.locator("table.sortable thead button").nth(2)
    button.click()
    assert [float(one) for one in column(page, 3)] == sorted(people)
    head = page.locator("table.sortable thead th").nth(2)
    assert head.get_attribute("aria-sort") == "ascending"
    button.focus()
    page.keyboard.press("Enter")
    assert [float(one) for one in column(page, 3)] == sorted(people, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    page.click("button[data-to=en]")
    page.locator("table.sortable thead button").nth(0).click()
    names = column(page, 1)
    assert names == sorted(names, key=str.casefold)
    assert head.get_attribute("aria-sort") is None


def test_the_map_can_be_pointed_at(looked: Looked, wuhan_page: Path) -> None:
    page = looked.open(wuhan_page)
    box = page.locator("figure.map.large svg").first.bounding_box()
    assert box
    under = page.evaluate(
        """([x, y]) => {
          window.scrollTo(0, y - 300);
          const hit = document.elementFromPoint(x, 300);
          return hit && hit.closest("use, path") ? hit.closest("use, path").textContent : null;
        }""",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert under
    assert re.search(r": [\d.,]+ ", under)


@pytest.mark.parametrize("query", ["?lang=zh", "?lang=en"])
@pytest.mark.parametrize("looked", [{"viewport": A4}], indirect=True)
def test_nothing_is_cut_in_print(looked: Looked, wuhan_page: Path, query: str) -> None:
    page = looked.open(wuhan_page, query)
    page.emulate_media(media="print")
    assert not page.is_visible(".tools")
    cut = page.evaluate(
        """() => [...document.querySelectorAll("table, svg[role=img], .card, p, li, td, th")]
          .filter((one) => one.getBoundingClientRect().width
            && (one.getBoundingClientRect().right > innerWidth + 1
              || (one.matches("td, th") && one.scrollWidth > one.clientWidth + 1)))
          .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert cut == []
    hidden = page.evaluate(
        """() => [...document.querySelectorAll(".scroll")].filter((one) =>
          one.scrollHeight > one.clientHeight + 1).length"""
    )
    assert hidden == 0
    pdf = page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 5 < pages < 25


def test_keys_reach_everything(looked: Looked, wuhan_page: Path) -> None:
    page = looked.open(wuhan_page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.to") == "en"
    page.keyboard.press("Enter")
    assert language(page)[0] == "en"
    # The button pressed is hidden now: its fellow has the focus.
    assert page.evaluate("document.activeElement.dataset.to") == "zh"
