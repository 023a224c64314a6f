"""Reminders, the inbox, views, meetings and minutes, units that change: over the API."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from docx import Document

from tests.web.ledgering import Bureau, kind

MINUTES = """会议议定以下事项：
一、打通云岚路断头路。牵头单位：武汉市发改委；责任单位：武汉市交通局；完成时限：2026年6月底前。
二、推进政务服务通办。责任单位：某某局；完成时限：尽快。
会议由办公室主持。"""


@pytest.fixture
def bureau(tmp_path: object) -> Iterator[Bureau]:
    made = Bureau(tmp_path)  # type: ignore[arg-type]
    yield made
    made.close()


def test_who_is_late_is_reminded_once_a_day_and_hears_of_it(bureau: Bureau) -> None:
    whole = bureau.given_out(title="桥", due="2026-03-12")
    office, unit = bureau["circle_office"], bureau["unit_editor"]
    assert office.get("/ledger/reminders")["items"] == []
    bureau.forward(days=21)
    [due] = [one for one in office.get("/ledger/reminders")["items"] if one["call"] == "remind"]
    assert due["number"] == whole["item"]["number"]
    assert [one["code"] for one in due["to"]] == ["WH-JT"]
    assert "2026" in due["because"][0]["zh"]
    sent = office.ask("POST", "/ledger/reminders")["items"]
    assert {one["call"] for one in sent} == {"remind", "escalate"}
    assert office.ask("POST", "/ledger/reminders")["items"] == []
    inbox = unit.get("/ledger/inbox")
    assert [one["what"] for one in inbox["items"]] == ["reminded", "assigned"]
    assert unit.get("/ledger/me")["counts"]["unread"] == inbox["unread"] == 2
    left = unit.ask("POST", "/ledger/inbox/read", json={"ids": [inbox["items"][0]["id"]]})
    assert [(one["what"], one["read"]) for one in left["items"]] == [
        ("assigned", False),
        ("reminded", True),
    ]
    # Whoever is above hears of the escalation.
    assert bureau["city_office"].get("/ledger/me")["counts"]["unread"] == 1
    history = unit.get(f"/ledger/items/{whole['item']['id']}")["history"]
    assert [one["what"] for one in history][-2:] == ["reminded", "escalated"]


def test_views_are_ones_own_or_shared(bureau: Bureau) -> None:
    given = {
        "title": "逾期的",
        "shared": True,
        "query": {"mark": "overdue", "sort": "-due", "cols": "number,title"},
    }
    made = bureau["circle_office"].ask("POST", "/ledger/views", json=given)
    assert made["mine"]
    assert made["query"] == given["query"]
    own = bureau["unit_editor"].ask("POST", "/ledger/views", json={"title": "我的"})
    seen = {
        one["title"]: one["mine"] for one in bureau["unit_editor"].get("/ledger/views")["items"]
    }
    assert seen == {"我的": True, "逾期的": False}
    answer = bureau["unit_editor"].send("DELETE", f"/ledger/views/{made['id']}")
    assert answer.status_code == 403
    assert bureau["unit_editor"].send("DELETE", f"/ledger/views/{own['id']}").status_code == 204
    assert bureau["unit_editor"].send("DELETE", f"/ledger/views/{own['id']}").status_code == 404


def test_minutes_become_drafts_that_somebody_looked_at(bureau: Bureau) -> None:
    office = bureau["circle_office"]
    told = office.ask("POST", "/ledger/minutes", json={"text": MINUTES, "held_on": "2026-03-02"})
    first, second = told["drafts"]
    assert first["fields"]["responsible_unit"] == "WH-JT"
    assert first["fields"]["due"] == "2026-06-30"
    assert "responsible_unit" not in second["fields"]
    assert second["doubts"]
    assert office.get("/ledger/items")["total"] == 0, "nothing is kept yet"
    made = office.ask(
        "POST",
        "/ledger/meetings",
        json={
            "title": "第三次联席会议",
            "held_on": "2026-03-02",
            "minutes": told["minutes"],
            "drafts": [{**one["fields"], "kind": "policy_task"} for one in told["drafts"]],
        },
    )
    assert len(made["items"]) == 2
    page = office.get(f"/ledger/meetings/{made['id']}")
    assert page["rows"][0]["title"] == first["fields"]["title"]
    assert [one["title"] for one in office.get("/ledger/meetings")["items"]] == ["第三次联席会议"]
    days = office.get("/ledger/calendar", first="2026-03-02", last="2026-03-02")["days"]
    assert days[0]["meetings"] == [{"id": made["id"], "title": "第三次联席会议"}]
    assert office.get("/ledger/items", meeting=made["id"])["total"] == 2


def test_a_word_file_is_split_too(bureau: Bureau) -> None:
    document, held = Document(), BytesIO()
    for line in MINUTES.splitlines():
        document.add_paragraph(line)
    document.save(held)
    answer = bureau["circle_office"].ask(
        "POST",
        "/ledger/minutes/file",
        data={"held_on": "2026-03-02"},
        files={"file": ("纪要.docx", held.getvalue())},
    )
    assert len(answer["drafts"]) == 2
    wrong = bureau["circle_office"].send(
        "POST",
        "/ledger/minutes/file",
        data={"held_on": "2026-03-02"},
        files={"file": ("纪要.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
    )
    assert (wrong.status_code, kind(wrong)) == (422, "ledger.minutes_old_word")


def test_a_unit_is_renamed_and_keeps_its_items(bureau: Bureau) -> None:
    whole = bureau.given_out(title="路")
    admin = bureau["administrator"]
    admin.ask(
        "POST",
        "/ledger/units",
        json={
            "code": "WH-JTYS",
            "name": "武汉市交通运输局",
            "level": "city",
            "city": "420100",
            "parent": "WH",
            "valid_from": "2026-04-01",
        },
    )
    given = {"codes": ["WH-JT"], "by": ["WH-JTYS"], "on": "2026-04-01"}
    units = admin.ask("POST", "/ledger/units/replacements", json=given)["items"]
    [old] = [one for one in units if one["code"] == "WH-JT"]
    assert (old["valid_to"], old["replaced_by"]) == ("2026-03-31", ["WH-JTYS"])
    bureau.forward(days=31)
    row = bureau["viewer"].get(f"/ledger/items/{whole['item']['id']}")["row"]
    assert row["responsible_unit"]["code"] == "WH-JT"
    assert row["responsible_unit"]["name"]["zh"] == "武汉市交通局（现为武汉市交通运输局）"
    admin.ask("PUT", "/accounts/unit_editor", json={"title_zh": "李", "unit": "WH-JTYS"})
    assert bureau["unit_editor"].move(whole, "sign")["item"]["state"] == "signed"
    now = bureau["viewer"].get("/ledger/figures/units")["items"]
    assert [one["unit"]["code"] for one in now] == ["WH-JTYS"]
    twice = admin.send("POST", "/ledger/units", json={"code": "WH", "name": "x", "level": "city"})
    assert (twice.status_code, kind(twice)) == (422, "ledger.twice")
    admin.ask(
        "PUT",
        "/ledger/units/WH",
        json={"name": "武汉市发展改革委", "level": "city", "city": "420100"},
    )
    assert bureau["viewer"].get("/ledger/units/WH/page")["unit"]["name"] == "武汉市发展改革委"
