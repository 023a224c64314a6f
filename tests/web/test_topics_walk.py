"""Topics on the one map in a real Chromium: lists that lead to the map, colours on roads."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from onecity.strands import strands
from tests.topical import KEY, teach
from tests.topical import topics as invented
from tests.web.browsing import open_map, told
from tests.web.conftest import Visit
from tests.web.test_accessible import PHONE, STILL, Quiet, faults

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from onecity.strands.examination import Topic

pytestmark = pytest.mark.browser
TOPIC = f"transport.{KEY}"


@pytest.fixture(scope="module", autouse=True)
def taught() -> Iterator[None]:
    """An invented topic beside those that the transport strand has."""
    known: dict[str, Topic] = dict(getattr(strands()["transport"], "topics", {}))
    with pytest.MonkeyPatch.context() as patch:
        teach(patch, {KEY: invented()[KEY]} | known)
        yield


def painted(page: "Page") -> "Locator":
    """Return the colours of the legend that stand beside a count that is not zero."""
    rows = page.get_by_label("图例").locator("tbody tr")
    return rows.filter(has_not=page.locator("td.count", has_text=re.compile(r"^0$")))


def test_a_topic_leads_to_the_map(page: "Page", origin: str) -> None:
    open_map(page, origin)
    page.get_by_role("button", name="分析").click()
    page.get_by_role("button", name="专题", exact=True).click()
    page.get_by_role("button", name=re.compile(f"虚构专题{KEY}")).click()
    side = page.locator("aside.side")
    side.get_by_text("甲桥<b>").wait_for()

    # The topic's first layer is on the map: roads in the colours of its figures.
    page.wait_for_url(re.compile("layer=transport.invented:"))
    on_roads = side.get_by_role("button", name=re.compile("按路段"))
    expect(on_roads).to_have_attribute("aria-pressed", "true")
    # The legend counts once the figures are there.
    expect(painted(page)).to_have_count(3)

    # A row shows all its figures and where it lies: the address holds it, and the map goes there.
    before = re.search("at=([^&]*)", page.url)
    row = side.get_by_role("button", name=re.compile("甲桥"))
    row.click()
    expect(row).to_have_attribute("aria-expanded", "true")
    side.get_by_text("67,890").wait_for()
    page.wait_for_url(re.compile("row=0.0"))
    page.wait_for_url(lambda url: before is None or before[0] not in url)

    # A layer on counties is a layer like any other; back to the list of topics, it stays.
    side.get_by_role("button", name=re.compile("按县区")).click()
    page.wait_for_url(re.compile("report.area@county"))
    side.get_by_role("button", name="全部专题").click()
    side.get_by_text("答一个虚构的问题").first.wait_for()
    page.wait_for_url(lambda url: "row=" not in url and "report.area@county" in url)


def test_every_topic_of_the_region_is_shown(page: "Page", origin: str) -> None:
    listed = told(page, f"{origin}/api/v1/topics")["topics"]
    assert TOPIC in [one["key"] for one in listed]
    open_map(page, origin, tool="topics", lang="en")
    side = page.locator("aside.side")
    for one in listed:
        page.evaluate("key => { location.hash = `lang=en&tool=topics&topic=${key}` }", one["key"])
        side.get_by_role("heading", name=one["title"]["en"]).wait_for()
        found = told(page, f"{origin}/api/v1/topics/{one['key']}")
        for ranking in found["rankings"]:
            side.get_by_role("heading", name=ranking["title"]["en"], exact=True).first.wait_for()


def test_a_link_shows_the_same_to_everybody(visit: Visit, origin: str) -> None:
    """On a phone too: the row, the layer though nobody asked for the topic; axe finds no fault."""
    page = visit(viewport=PHONE, bypass_csp=True)
    quiet = Quiet(page)
    layer = f"{TOPIC}:transport.leg_km@road"
    open_map(page, origin, tool="topics", topic=TOPIC, row="0.0", layer=layer, lang="en")
    page.add_style_tag(content=STILL)
    side = page.locator("aside.side")
    side.get_by_text("67,890").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    quiet.wait()
    assert not faults(page, "topic")
    side.get_by_role("button", name="Close").click()
    strip = page.get_by_role("button", name="Legend").filter(has_text="≤ 5")
    strip.wait_for()


def test_the_index_is_weighed(page: "Page", origin: str) -> None:
    open_map(page, origin, tool="index")
    side = page.locator("aside.side")
    slider = side.get_by_role("slider", name=re.compile("的权重"))
    slider.first.wait_for()
    index = told(page, f"{origin}/api/v1/index")
    expect(slider).to_have_count(len(index["parts"]))
    value = side.locator(".value strong").first
    expect(value).to_have_text(f"{index['value']:.3f}")
    for one in index["missing"]:
        side.get_by_text(one["reason"]["zh"]).first.wait_for()

    # A weight stands in the address, and the value follows the service.
    slider.first.fill("3")
    strand = index["parts"][0]["strand"]
    page.wait_for_url(re.compile(f"weights={strand}:3"))
    weighed = told(page, f"{origin}/api/v1/index?weights={strand}:3")
    expect(value).to_have_text(f"{weighed['value']:.3f}")
    side.get_by_text(f"{weighed['parts'][0]['weight']:.0%}").first.wait_for()
    side.get_by_role("button", name="恢复等权").click()
    expect(value).to_have_text(f"{index['value']:.3f}")
    page.wait_for_url(lambda url: "weights=" not in url)


def test_an_opened_border_is_a_proposal_like_any_other(page: "Page", origin: str) -> None:
    open_map(page, origin, tool="proposals")
    side = page.locator("aside.side")
    side.locator("li").first.wait_for()
    items = told(page, f"{origin}/api/v1/proposals")["items"]
    names = list(dict.fromkeys(one["strand_name"]["zh"] for one in items))
    expect(side.locator("h3.strand")).to_have_text(names if len(names) > 1 else [])
    one = next(one for one in items if one["record"]["kind"] == "open_border")
    side.locator("li .head").nth(one["number"] - 1).click()
    page.wait_for_url(re.compile(f"proposal={one['number']}"))
    side.get_by_role("button", name="放进即画即算").click()
    page.get_by_text("已画 1 项").first.wait_for()
    page.wait_for_url(re.compile("tool=what_if"))
