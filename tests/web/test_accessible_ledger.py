"""Everybody can use the ledger: axe finds no serious fault on any of its screens."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.browsing import WAIT
from tests.web.conftest import DESKTOP, Visit
from tests.web.test_accessible import PHONE, STILL, Quiet, faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

UNITS = (
    {"code": "office", "name": "协同办", "name_en": "Circle office", "level": "office"},
    {"code": "roads", "name": "内湾市交通局", "name_en": "Roads bureau", "level": "city"},
)
TODAY = datetime.now(UTC).date()


def day(later: int) -> str:
    """Return a day so many days from now: what is given out is due later."""
    return (TODAY + timedelta(later)).isoformat()


PROJECT = {
    "kind": "project",
    "title": "打通云岚路断头路",
    "strand": "transport",
    "lead_unit": "office",
    "responsible_unit": "roads",
    "start": day(10),
    "due": day(120),
    "gate": "implementation",
    "deliverable": "通车",
    "milestones": [{"name": "开工", "due": day(60)}],
    "measures": [{"name": "通行时间", "unit": "分钟", "baseline": 55, "target": 35}],
    "budget": [{"name": "省级资金", "year": TODAY.year, "amount": "1200000.50"}],
    "payments": [{"date": day(-5), "amount": "300000", "to": "省交投"}],
    "place": {"geometry": {"type": "Point", "coordinates": [-29.5, 1.25]}, "counties": []},
    "finding": {
        "strand": "transport",
        "key": "link-1",
        "region": "abc",
        "benefit": 12.5,
        "unit": "分钟",
        "promised_on": day(-90),
    },
}
MINUTES = "一、打通云岚路断头路，由内湾市交通局牵头，协同办配合，2026年6月底前完成。"


def send(page: "Page", origin: str, path: str, data: Any, **headers: str) -> Any:
    """Return what the service answers to a change."""
    base = f"{origin}/api/v1"
    word = page.request.get(f"{base}/session").json()["csrf"]
    told = {"X-CSRF-Token": word, "Origin": origin, **headers}
    answer = page.request.post(f"{base}/ledger/{path}", data=data, headers=told)
    assert answer.ok, answer.text()
    return answer.json()


def filled(page: "Page", origin: str) -> dict[str, str]:
    """Return ids of what the ledger holds: made once, used by every test of the service."""
    base = f"{origin}/api/v1/ledger"
    if not page.request.get(f"{base}/units").json()["items"]:
        for unit in UNITS:
            send(page, origin, "units", unit)
        made = send(page, origin, "items", {"fields": PROJECT})["item"]
        given = send(
            page, origin, f"items/{made['id']}/moves", {"move": "assign"}, **{"If-Match": '"1"'}
        )["item"]
        held = {"title": "协调会", "held_on": day(-7), "minutes": MINUTES}
        after = {"title": "验收", "kind": "event", "depends_on": [{"item": given["id"]}]}
        send(page, origin, "meetings", {**held, "drafts": [after]})
    rows = page.request.get(f"{base}/items?kind=project").json()["items"]
    meetings = page.request.get(f"{base}/meetings").json()["items"]
    return {"item": str(rows[0]["id"]), "meeting": str(meetings[0]["id"])}


def screens(known: dict[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield what stands in the address for each screen, and what is pressed there."""
    more = "button[aria-expanded=false]"
    yield "", None
    yield "board", None
    yield "table", ".filters " + more
    yield "table&mark=overdue,blocked&text=x", None
    yield "gantt", None
    yield "curve", None
    yield "map", None
    yield f"calendar&month={day(120)[:7]}", None
    yield "units", None
    yield "unit/roads", None
    yield f"item/{known['item']}", None
    yield f"item/{known['item']}&move=transfer", None
    yield f"item/{known['item']}", "section.moves button:has(svg):not(.bare)"
    yield "new", ".part button:has(svg)"
    yield "meetings", ".top button"
    yield f"meetings/{known['meeting']}", None
    yield f"reports&of=roads&first={day(-30)}&last={day(0)}", None
    yield "intake", None
    yield "people", ".card button"
    yield "login", None


@pytest.mark.parametrize(
    ("size", "language"), [(DESKTOP, "zh"), (PHONE, "en")], ids=["desktop", "phone"]
)
def test_axe_finds_no_serious_fault(visit: Visit, origin: str, size: Any, language: str) -> None:
    # What is injected here the page itself would not run: its content policy forbids it.
    page = visit(viewport=size, bypass_csp=True)
    quiet = Quiet(page)
    known = filled(page, origin)
    page.goto(f"{origin}/#ledger/&lang={language}")
    page.locator(".tallies").wait_for(timeout=WAIT)
    page.add_style_tag(content=STILL)
    found: list[str] = []
    for view, press in screens(known):
        path, *rest = view.split("&")
        at = "&".join([f"ledger/{path}", f"lang={language}", *rest])
        page.evaluate("at => { location.hash = at }", at)
        quiet.wait()
        if press is not None:
            page.locator(press).first.click()
            quiet.wait()
        found += faults(page, view)
        # Whatever is wide scrolls by itself: the page never does.
        if page.locator("#screen").evaluate("it => it.scrollWidth > it.clientWidth"):
            found.append(f"{view}: wider than the page")
        if (dialog := page.locator("dialog[open]")).count():
            dialog.press("Escape")
    if size is PHONE:
        page.locator(".phone-nav > button").click()
        quiet.wait()
        found += faults(page, "the phone's sheet")
    assert not found, "\n".join(found)
