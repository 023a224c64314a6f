"""Work on the one map in a real Chromium: roads, scenarios of two people, data and the way back."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.region.workbook.forms import HOSPITAL, filled
from tests.tiny import DEAD_ENDS, tiny_region
from tests.web.browsing import click_map, eventually, open_map, told

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.web.conftest import Visit

pytestmark = pytest.mark.browser


def choose_road(page: "Page", row: int) -> None:
    """Choose the road at a node's middle to the next, to be changed."""
    page.get_by_role("button", name="改速或封闭").click()
    page.get_by_text("在地图上点一条道路").wait_for()
    edges = tiny_region().table("road_edges")
    line = edges.geometry.iloc[row]
    middle = line.interpolate(0.5, normalized=True)
    click_map(page, middle.x, middle.y)
    page.get_by_role("button", name="改车速").wait_for()


def test_roads_are_changed_closed_and_kept(visit: "Visit", origin: str, tmp_path: Path) -> None:
    page = visit(expected="412", accept_downloads=True)
    open_map(page, origin, tool="what_if")
    choose_road(page, 0)
    page.get_by_label("车速").last.fill("30")
    page.get_by_role("button", name="改车速").click()
    page.get_by_text("已画 1 项").first.wait_for()
    page.get_by_text("受损").first.wait_for()

    choose_road(page, 8)
    page.get_by_role("button", name="封闭", exact=True).click()
    page.get_by_text("已画 2 项").first.wait_for()
    page.get_by_role("button", name="撤销", exact=True).click()
    page.get_by_text("已画 1 项").first.wait_for()
    page.get_by_role("button", name="重做", exact=True).click()
    page.get_by_text("已画 2 项").first.wait_for()

    page.get_by_role("button", name="存为情景").click()
    page.get_by_label("名称").fill("慢行与封闭")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("已保存“慢行与封闭”。").wait_for()
    [kept] = told(page, f"{origin}/api/v1/scenarios")["items"]
    whole = told(page, f"{origin}/api/v1/scenarios/{kept['key']}")
    kinds = [one["record"]["kind"] for one in whole["interventions"]]
    assert kinds == ["set_speed", "close_road"]
    assert whole["interventions"][0]["record"]["kmh"] == 30

    # Somebody else changes it meanwhile: ours is refused, told, and not lost.
    theirs = [{"kind": "add_road", "tail": DEAD_ENDS[0], "head": DEAD_ENDS[1], "kmh": 60}]
    word = told(page, f"{origin}/api/v1/session")["csrf"]
    answer = page.request.put(
        f"{origin}/api/v1/scenarios/{kept['key']}",
        data=json.dumps({"title": "别人改过", "note": "", "interventions": theirs}),
        headers={
            "Content-Type": "application/json",
            "If-Match": kept["version"],
            "X-CSRF-Token": word,
            "Origin": origin,
        },
    )
    assert answer.ok, answer.text()
    page.get_by_label("名称").fill("我的修改")
    page.get_by_role("button", name="保存修改").click()
    page.get_by_role("alert").get_by_text("已被").first.wait_for()
    assert told(page, f"{origin}/api/v1/scenarios/{kept['key']}")["title"] == "别人改过"
    page.get_by_text("已画 2 项").first.wait_for()
    page.get_by_role("button", name="另存为新情景").click()
    page.get_by_text("已保存“我的修改”。").wait_for()

    # A file goes out, and comes in under a key of its own.
    open_map(page, origin, tool="scenarios")
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载“我的修改”的情景文件").click()
    file = tmp_path / "情景 一.json"
    taken.value.save_as(file)
    page.get_by_label("导入情景文件").set_input_files(file)
    titles = eventually(lambda: three(page, origin))
    assert sorted(titles) == ["别人改过", "我的修改", "我的修改"]


def three(page: "Page", origin: str) -> list[str]:
    """Return the titles of the scenarios once there are three."""
    found = [one["title"] for one in told(page, f"{origin}/api/v1/scenarios")["items"]]
    return found if len(found) == 3 else []


def test_data_is_taken_in_undone_and_done_again(page: "Page", origin: str, tmp_path: Path) -> None:
    open_map(page, origin, tool="intake")
    wrong = filled(tmp_path / "错.xlsx", facilities=[{**HOSPITAL, "lon": "东经"}])
    page.get_by_label(re.compile("把填好的表拖到这里")).set_input_files(wrong)
    page.get_by_text(re.compile("有 1 处错误")).wait_for()
    expect(page.get_by_role("button", name="确认入库")).to_be_disabled()
    expect(page.locator(".finding.errors code").first).to_have_text(re.compile(r"\S"))

    sound = filled(tmp_path / "年报 终稿.xlsx", facilities=[HOSPITAL])
    page.get_by_label(re.compile("把填好的表拖到这里")).set_input_files(sound)
    page.get_by_text(re.compile("检查通过")).wait_for()
    page.get_by_role("button", name="确认入库").click()
    page.get_by_text(re.compile("已入库")).wait_for()
    versions = told(page, f"{origin}/api/v1/versions")
    assert len(versions["items"]) == 2

    open_map(page, origin, tool="versions")
    page.get_by_text("第 1 版", exact=True).first.wait_for()
    page.get_by_role("button", name="撤销到上一版").click()
    page.get_by_text("已退回上一版本。").wait_for()
    assert told(page, f"{origin}/api/v1/versions")["can_redo"]
    page.get_by_role("button", name="重做", exact=True).click()
    page.get_by_text("已恢复后一版本。").wait_for()
    assert told(page, f"{origin}/api/v1/versions")["current"] == versions["current"]
