"""The one map in a real Chromium, as a planner walks through it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.tiny import DEAD_ENDS
from tests.web.browsing import click_map, node, open_map, told, wait_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_planner_walks_through(page: "Page", origin: str, tmp_path: Path) -> None:
    open_map(page, origin)
    expect(page).to_have_title(re.compile("全域一张图"))

    # Another language, kept in the address; and back.
    page.get_by_role("button", name="EN", exact=True).click()
    page.wait_for_url(re.compile("lang=en"))
    page.get_by_text("Layers", exact=True).first.wait_for()
    page.get_by_role("button", name="中文", exact=True).click()
    page.get_by_text("图层", exact=True).first.wait_for()

    # Another layer: the legend explains it.
    page.get_by_text("距核心城市中心时间", exact=True).first.click()
    page.wait_for_url(re.compile("layer=transport.minutes_core"))

    # A county's card.
    page.get_by_role("button", name="县区", exact=True).click()
    wait_drawn(page, "transport.minutes_core@county")
    click_map(page, -29.95, 1.25)
    side = page.locator("aside.side")
    side.get_by_role("heading", name="内湾区").wait_for()
    side.get_by_text("等级").first.wait_for()

    # How far one comes from a place.
    open_map(page, origin, tool="isochrones")
    side.get_by_text("点击地图任意一处").wait_for()
    click_map(page, -29.75, 1.25)
    side.get_by_role("cell", name="60 分钟", exact=True).wait_for()

    # A link between the two dead ends: its effect, who gains.
    open_map(page, origin, tool="what_if")
    page.get_by_role("button", name="画一条连线").click()
    for end, hint in zip(DEAD_ENDS, ("在地图上点连线的一端", "再点另一端"), strict=True):
        side.get_by_text(hint).wait_for()
        click_map(page, *node(end))
    side.get_by_text("已画 1 项").first.wait_for()
    side.get_by_text("受益").first.wait_for()

    # Kept as a scenario, seen beside the region as it is.
    side.get_by_role("button", name="存为情景").click()
    side.get_by_label("名称").fill("打通云岚路")
    side.get_by_role("button", name="保存", exact=True).click()
    side.get_by_text("已保存“打通云岚路”。").wait_for()
    saved = told(page, f"{origin}/api/v1/scenarios")["items"]
    assert [one["title"] for one in saved] == ["打通云岚路"]
    open_map(page, origin, state=saved[0]["key"], tool="scenarios")
    shown = page.get_by_role("button", name="打通云岚路", exact=True)
    expect(shown).to_have_attribute("aria-pressed", "true")
    side.get_by_role("checkbox", name=re.compile("打通云岚路")).check()
    side.get_by_role("table").first.wait_for()

    # Taken away as files.
    open_map(page, origin, layer="transport.minutes_core@zone", tool="save")
    with page.expect_download() as taken:
        side.locator("a[href*='minutes_core%40zone']", has_text="CSV").click()
    file = tmp_path / "layer.csv"
    taken.value.save_as(file)
    assert file.read_text("utf-8-sig").count("\n") > 50
