"""The one map in a real Chromium, as a planner walks through it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.tiny import DEAD_ENDS
from tests.web.browsing import click_map, eventually, node, open_map, told

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_planner_walks_through(page: "Page", origin: str, tmp_path: Path) -> None:
    open_map(page, origin)
    assert "全域一张图" in page.title()

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
    click_map(page, -29.95, 1.25)
    page.get_by_text("内湾区").first.wait_for()
    page.get_by_text("等级").first.wait_for()

    # How far one comes from a place.
    open_map(page, origin, tool="analysis")
    click_map(page, -29.75, 1.25)
    page.get_by_text("60 分钟").first.wait_for()

    # A link between the two dead ends: its effect, who gains.
    open_map(page, origin, tool="what_if")
    page.get_by_role("button", name="画一条连线").click()
    for end in DEAD_ENDS:
        click_map(page, *node(end))
        page.wait_for_timeout(500)
    page.get_by_text("已画 1 项").first.wait_for()
    page.get_by_text("受益").first.wait_for()

    # Kept as a scenario, seen beside the region as it is.
    page.get_by_role("button", name=re.compile("保存为情景|存为情景|保存")).first.click()
    page.get_by_label(re.compile("名称|标题")).last.fill("打通云岚路")
    page.get_by_role("button", name=re.compile("^保存")).last.click()
    saved = eventually(lambda: scenarios(page, origin))
    assert [one["title"] for one in saved] == ["打通云岚路"]
    open_map(page, origin, state=saved[0]["key"], tool="scenarios")
    shown = page.get_by_role("button", name="打通云岚路", exact=True)
    shown.wait_for()
    assert shown.get_attribute("aria-pressed") == "true"
    page.get_by_role("checkbox", name=re.compile("打通云岚路")).check()
    page.get_by_role("table").first.wait_for()

    # Taken away as files.
    open_map(page, origin, layer="transport.minutes_core@zone", tool="save")
    with page.expect_download() as taken:
        page.get_by_text("CSV").first.click()
    file = tmp_path / "layer.csv"
    taken.value.save_as(file)
    assert file.read_text("utf-8-sig").count("\n") > 50


def scenarios(page: "Page", origin: str) -> list[dict[str, Any]]:
    """Return the scenarios that the service keeps."""
    return list(told(page, f"{origin}/api/v1/scenarios")["items"])
