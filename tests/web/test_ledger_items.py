"""Items of the ledger over the API: made, given out, edited, moved along, found again."""

from collections.abc import Iterator
from typing import Any

import pytest

from onecity.web.ledger.shapes import Rows, Whole
from tests.web.ledgering import Bureau, kind


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    made = Bureau(tmp_path_factory.mktemp("台账"))
    yield made
    made.close()


def states(bureau: Bureau, whole: dict[str, Any]) -> list[str]:
    return [one["move"] for one in bureau["unit_editor"].get(place(whole))["moves"]]


def place(whole: dict[str, Any]) -> str:
    return f"/ledger/items/{whole['item']['id']}"


def test_a_draft_has_a_number_and_is_as_documented(bureau: Bureau) -> None:
    fields = {
        "supporting_units": ["HS"],
        "budget": [{"name": "工程", "year": 2026, "amount": "1200.50"}],
        "milestones": [{"name": "开工", "due": "2026-03-16"}],
        "measures": [{"name": "时间", "unit": "分钟", "baseline": 41, "target": 30.5}],
        "place": {
            "geometry": {"type": "Point", "coordinates": [114.3, 30.6]},
            "counties": ["420102"],
        },
    }
    answer = bureau["circle_office"].send(
        "POST",
        "/ledger/items",
        json={"fields": {"title": "一", "kind": "project", "responsible_unit": "WH-JT", **fields}},
    )
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    whole = answer.json()
    Whole.model_validate(whole)
    assert answer.headers["location"] == f"/api/v1{place(whole)}"
    item = whole["item"]
    assert item["number"].endswith("-2026-0001")
    assert item["state"] == "draft"
    assert item["budget"] == [{"name": "工程", "year": 2026, "amount": "1200.50"}]
    assert item["place"]["geometry"]["coordinates"] == [114.3, 30.6]
    assert whole["row"]["responsible_unit"]["name"]["zh"] == "武汉市交通局"
    assert whole["row"]["city"] == "420100"
    assert [one["what"] for one in whole["history"]] == ["drafted"]
    assert [one["move"] for one in whole["moves"]] == ["assign", "cancel", "comment"]
    # What waits for days is told to whoever has to give it out, not to a unit.
    assert states(bureau, whole) == ["comment"]


def test_the_way_of_an_item(bureau: Bureau) -> None:
    office, unit = bureau["circle_office"], bureau["unit_editor"]
    whole = bureau.given_out(title="二")
    assert whole["item"]["assigned_on"] == "2026-03-02"
    assert "sign" in states(bureau, whole)
    whole = unit.move(whole, "sign")
    whole = unit.move(whole, "progress", text="已开工", progress=40)
    assert whole["item"]["progress"] == 40
    whole = unit.move(whole, "report", text="已通车", progress=100)
    whole = office.move(whole, "return", text="缺验收材料")
    assert whole["item"]["state"] == "returned"
    file = unit.ask(
        "POST",
        f"{place(whole)}/attachments",
        files={"file": ("验收 “终稿”.txt", "同意".encode(), "text/plain")},
    )
    whole = unit.get(place(whole))
    whole = unit.move(whole, "report", text="已补", progress=100, evidence=[file["id"]])
    whole = office.move(whole, "accept")
    whole = office.move(whole, "close")
    assert whole["standing"]["mark"] == "done_on_time"
    told = [one["what"] for one in whole["history"]]
    assert told == [
        *("drafted", "assigned", "signed", "progressed", "reported", "returned"),
        *("attached", "reported", "accepted", "closed"),
    ]
    assert whole["history"][-3]["evidence"] == [file["id"]]
    assert unit.get(f"{place(whole)}/history")["items"] == whole["history"]
    content = bureau["viewer"].send("GET", f"/ledger/attachments/{file['id']}")
    assert content.content == "同意".encode()
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert content.headers["content-disposition"].startswith("attachment; filename=")
    assert "%E9%AA%8C%E6%94%B6" in content.headers["content-disposition"]


def test_what_the_state_does_not_allow_is_refused_with_what_it_does(bureau: Bureau) -> None:
    whole = bureau.given_out(title="三")
    answer = bureau["unit_editor"].send(
        "POST",
        f"{place(whole)}/moves",
        seen=whole["item"]["version"],
        json={"move": "report", "text": "好了", "progress": 100},
    )
    assert (answer.status_code, kind(answer)) == (422, "ledger.move_not_now")
    assert "签收" in answer.json()["detail"]["zh"]


def test_nobody_overwrites_what_somebody_else_changed(bureau: Bureau) -> None:
    whole = bureau.given_out(title="四")
    version = whole["item"]["version"]
    office, unit = bureau["circle_office"], bureau["unit_editor"]
    office.ask("PATCH", place(whole), seen=version, json={"fields": {"title": "四之一"}})
    late = {"fields": {"owner": "李四"}}
    for answer in (
        unit.send("PATCH", place(whole), seen=version, json=late),
        unit.send("POST", f"{place(whole)}/moves", seen=version, json={"move": "sign"}),
    ):
        assert answer.status_code == 412
    for answer in (
        unit.send("PATCH", place(whole), json=late),
        unit.send("POST", f"{place(whole)}/moves", json={"move": "sign"}),
    ):
        assert (answer.status_code, kind(answer)) == (428, "web_ledger.if_match")
    odd = unit.send("PATCH", place(whole), json=late, headers={"If-Match": '"x"'})
    assert (odd.status_code, odd.json()["where"]) == (422, "header.If-Match")
    now = unit.get(place(whole))
    assert (now["item"]["title"], now["item"]["version"]) == ("四之一", version + 1)


def test_rights_end_at_the_unit_and_the_city(bureau: Bureau) -> None:
    other = bureau.given_out(title="五", lead_unit="HS", responsible_unit="HS")
    for name in ("unit_editor", "city_office"):
        page = bureau[name].get(place(other))
        assert "sign" not in [one["move"] for one in page["moves"]]
        assert page["editable"] == []
        answer = bureau[name].send(
            "POST",
            f"{place(other)}/moves",
            seen=other["item"]["version"],
            json={"move": "sign"},
        )
        assert answer.status_code == 403, name
        answer = bureau[name].send(
            "PATCH", place(other), seen=other["item"]["version"], json={"fields": {"owner": "王"}}
        )
        assert answer.status_code == 403, name
    own = bureau.given_out(title="六")
    assert "title" in bureau["city_office"].get(place(own))["editable"]
    mine = bureau["unit_editor"].get(place(own))["editable"]
    assert "owner" in mine
    assert "title" not in mine
    answer = bureau["city_office"].send(
        "POST",
        "/ledger/items",
        json={"fields": {"title": "他市的事", "kind": "event", "responsible_unit": "HS"}},
    )
    assert answer.status_code == 403


def test_a_due_date_is_moved_with_a_reason_alone(bureau: Bureau) -> None:
    whole = bureau.given_out(title="七")
    given = {"fields": {"due": "2026-09-30"}}
    version = whole["item"]["version"]
    office = bureau["circle_office"]
    answer = office.send("PATCH", place(whole), seen=version, json=given)
    assert (answer.status_code, kind(answer)) == (422, "ledger.edit_due")
    made = office.ask("PATCH", place(whole), seen=version, json={**given, "text": "汛期停工"})
    assert made["history"][-1]["before"] == {"due": "2026-06-30"}
    assert made["history"][-1]["text"] == "汛期停工"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": "x", "kind": "event", "due": "2026-13-01"}, "fields.due"),
        ({"title": "x", "kind": "event", "color": "red"}, "fields.color"),
        (
            {
                "title": "x",
                "kind": "project",
                "budget": [{"name": "a", "year": 2026, "amount": "-1"}],
            },
            "amount",
        ),
        ({"title": "x", "kind": "quest"}, "fields.kind"),
        ({"title": "x\u0000", "kind": "event"}, "标题"),
        ({"title": "x", "kind": "event", "start": "2026-05-01", "due": "2026-04-01"}, "2026"),
        ({"title": "x", "kind": "event", "responsible_unit": "NO"}, "NO"),
        ({"kind": "event"}, "标题"),
    ],
)
def test_bad_fields_are_named(bureau: Bureau, fields: dict[str, Any], told: str) -> None:
    answer = bureau["circle_office"].send("POST", "/ledger/items", json={"fields": fields})
    assert answer.status_code == 422
    assert told in answer.text


def test_items_are_found_counted_and_paged(bureau: Bureau) -> None:
    viewer = bureau["viewer"]
    first = viewer.get("/ledger/items", limit=2, sort="number")
    Rows.model_validate(first)
    assert len(first["items"]) == 2
    assert first["total"] == len(viewer.get("/ledger/items", limit=500)["items"]) >= 6
    second = viewer.get("/ledger/items", limit=2, offset=2, sort="number")
    numbers = [one["number"] for one in (*first["items"], *second["items"])]
    assert numbers == sorted(numbers)
    found = viewer.get("/ledger/items", unit="HS", role="responsible")
    assert [one["title"] for one in found["items"]] == ["五"]
    assert viewer.get("/ledger/items", city="420200")["total"] == 1
    assert viewer.get("/ledger/items", state="closed,cancelled")["total"] == 1
    assert viewer.get("/ledger/items", text="五", kind="project")["total"] == 1
    own = bureau["unit_editor"].get("/ledger/items", mine=True, limit=500)
    assert {"五"} & {one["title"] for one in own["items"]} == set()
    counts = viewer.get("/ledger/counts", by="state")
    assert counts["total"] == first["total"]
    assert counts["counts"]["closed"] == 1
    for wrong in ({"state": "gone"}, {"sort": "colour"}, {"limit": 501}, {"due_from": "1.1."}):
        assert viewer.send("GET", "/ledger/items", params=wrong).status_code == 422


def test_an_answer_is_not_sent_twice_until_something_changes(bureau: Bureau) -> None:
    viewer = bureau["viewer"]
    tag = viewer.send("GET", "/ledger/items").headers["etag"]
    again = viewer.send("GET", "/ledger/items", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    bureau.item(title="八")
    changed = viewer.send("GET", "/ledger/items", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    # What is mine is not what is yours.
    tags = [
        bureau[name].send("GET", "/ledger/items?mine=true").headers["etag"]
        for name in ("unit_editor", "city_office")
    ]
    assert tags[0] != tags[1]


def test_a_change_needs_the_word_of_the_session(bureau: Bureau) -> None:
    whole = bureau.given_out(title="九")
    answer = bureau["unit_editor"].send(
        "POST",
        f"{place(whole)}/moves",
        seen=whole["item"]["version"],
        json={"move": "sign"},
        headers={"X-CSRF-Token": "no"},
    )
    assert (answer.status_code, kind(answer)) == (403, "web.wrong_csrf")


def test_files_are_judged_by_content_and_size(bureau: Bureau) -> None:
    whole = bureau.given_out(title="十")
    unit, address = bureau["unit_editor"], f"{place(whole)}/attachments"
    answer = unit.send("POST", address, files={"file": ("报告.pdf", b"MZ\x90\x00", "x/y")})
    assert answer.status_code == 422
    large = {"file": ("大.txt", b"a" * 20_000_001, "text/plain")}
    assert unit.send("POST", address, files=large).status_code == 413
    assert unit.get(place(whole))["attachments"] == []
    gone = unit.send("GET", f"/ledger/attachments/{whole['item']['id']}")
    assert gone.status_code == 404
