"""A case over the API from the application to the appraisal, and who may see what of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from onecity.hall.node.processes import example_own
from onecity.hall.processes import Process
from onecity.identity import Actor
from tests.web.halling import (
    CITY,
    ITEM,
    PDF,
    SPOT,
    UNIT,
    Hall,
    make_node,
    not_english,
    served,
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("武汉") / "节点"
    make_node(folder)
    with served(folder) as made:
        yield made


def act(hall: Hall, who: str, case: dict[str, Any], action: str, **said: Any) -> Any:
    offered = {one["action"]: one for one in case["can"]}
    assert action in offered, (action, sorted(offered))
    body = {"seen": case["version"], "action": action, "task": offered[action]["task"], **said}
    return hall.send(who, f"desk/cases/{case['case']}/do", body)


def test_a_case_goes_from_the_application_to_the_appraisal(hall: Hall) -> None:
    receipt = hall.send("resident", "applications", hall.application())
    assert receipt["to"]["code"] == "wuhan"
    assert receipt["promised"] == {"zh": "10 个工作日", "en": "10 working days"}
    assert "虚构" in receipt["marked"]["zh"]
    assert hall.get("clerk", "me")["counts"]["todo"] >= 1

    listed = hall.get("clerk", "desk/tasks", params={"text": receipt["number"]})
    assert [one["case"] for one in listed["rows"]] == [receipt["case"]]
    task = listed["rows"][0]
    assert (task["kind"], task["unit"]["code"], task["state"]) == ("intake", UNIT, "received")
    case = hall.get("clerk", f"desk/cases/{receipt['case']}", params={"reason": "受理"})
    assert case["applicant"]["id_number"]
    labels = {one["pointer"]: one["title"]["zh"] for one in case["labels"]}
    assert labels["/applicant/name"]

    case = act(hall, "clerk", case, "ask_supplement", words="请说明原因")
    assert case["state"] == "supplement"
    assert case["clock"]["light"] == "stands"
    own = hall.get("resident", f"mine/{receipt['case']}")
    assert own["needs_me"] is True
    assert own["supplement"]["words"] == "请说明原因"
    own = hall.send("resident", f"mine/{receipt['case']}/supplement", {"words": "单位调动"})
    assert own["supplement"] is None

    case = hall.get("clerk", f"desk/cases/{receipt['case']}")
    case = act(hall, "clerk", case, "accept")
    assert case["clock"]["left"] == 10
    case = act(hall, "clerk", case, "propose", words="材料齐全")
    refused = hall.ask(
        "clerk",
        "POST",
        f"desk/cases/{case['case']}/do",
        json={"seen": case["version"], "action": "decide", "outcome": "grant"},
    )
    assert refused.status_code == 403  # a clerk proposes, an officer decides
    case = hall.get("officer", f"desk/cases/{receipt['case']}")
    case = act(hall, "officer", case, "decide", outcome="grant", words="准予")
    assert case["result"]["granted"] is True
    case = act(hall, "officer", case, "deliver")
    assert case["state"] == "closed"

    own = hall.get("resident", f"mine/{receipt['case']}")
    assert own["result"]["number"] == case["result"]["number"]
    assert next(one["kind"] for one in own["timeline"]) == "submitted"
    signed = hall.get("resident", f"mine/{receipt['case']}/result")
    assert signed["document"]["granted"] is True
    page = hall.ask("resident", "GET", f"mine/{receipt['case']}/result", params={"form": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert signed["signature"]["kid"] in page.text
    own = hall.send("resident", f"mine/{receipt['case']}/appraise", {"stars": 5, "words": "快"})
    assert own["appraisal"]["stars"] == 5

    looks = hall.get("resident", "looks")
    assert {one["who"] for one in looks["rows"]} == {"clerk", "officer"}
    assert "受理" in {one["reason"] for one in looks["rows"]}


def test_a_supplement_is_told_where_it_is_wrong_and_done_once(hall: Hall) -> None:
    receipt = hall.send("resident", "applications", hall.application(seed=8))
    path = f"mine/{receipt['case']}"
    case = hall.get("clerk", f"desk/cases/{receipt['case']}")
    documents = [one["code"] for one in case["documents"]][:1]
    act(hall, "clerk", case, "ask_supplement", words="请补交", documents=documents)
    form = hall.get("resident", f"{path}/supplement")
    assert [one["name"] for one in form["files"]] == documents
    assert form["data"]["applicant"]["name"]
    assert hall.ask("other", "GET", f"{path}/supplement").status_code == 404
    wrong = {"data": {"applicant": {"phone": "1"}}, "words": "见附件"}
    refused = hall.ask("resident", "POST", f"{path}/supplement", json=wrong)
    assert refused.status_code == 422
    found = {one["where"] for one in refused.json()["errors"]}
    assert found == {"/applicant/phone", f"/files/{documents[0]}"}

    def added() -> str:
        upload = {"data": {"name": documents[0]}, "files": {"file": ("新.pdf", PDF)}}
        made = hall.ask("resident", "POST", f"{path}/files", **upload)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    dropped, kept = added(), added()
    assert hall.ask("resident", "DELETE", f"{path}/files/{dropped}").status_code == 204
    assert [one["id"] for one in hall.get("resident", f"{path}/supplement")["given"]] == [kept]
    body, key = {"files": [kept], "words": "见附件"}, {"Idempotency-Key": "supplement-8"}
    first = hall.send("resident", f"{path}/supplement", body, headers=key)
    again = hall.send("resident", f"{path}/supplement", body, headers=key)
    assert (first, first["state"]) == (again, "received")
    assert [one["kind"] for one in first["timeline"]].count("supplemented") == 1
    assert hall.ask("resident", "DELETE", f"{path}/files/{kept}").status_code == 422
    once = {"Idempotency-Key": "withdraw-8"}
    for _ in range(2):
        own = hall.send("resident", f"{path}/withdraw", {"words": "不办了"}, headers=once)
        assert own["state"] == "withdrawn"
    assert [one["kind"] for one in own["timeline"]].count("withdrawn") == 1


def test_time_left_is_told_in_what_the_limit_is_counted_and_people_by_name(hall: Hall) -> None:
    receipt = hall.send("resident", "applications", hall.application(f"{CITY}.residence_permit"))

    def listed() -> Any:
        [row] = hall.get("stranger", "desk/tasks", params={"text": receipt["number"]})["rows"]
        return row

    first = listed()
    assert (first["left"], first["left_unit"], first["claimed_by"]) == (5, "working_day", None)
    case = hall.get("stranger", f"desk/cases/{receipt['case']}")
    case = act(hall, "stranger", case, "accept")
    now = listed()
    assert (now["left"], now["left_unit"]) == (10, "calendar_day")
    assert (case["clock"]["left"], case["clock"]["unit"]) == (10, "calendar_day")
    assert next(one["most"] for one in case["can"] if one["action"] == "extend") == 10
    accounts = hall.node.office.accounts
    described: dict[str, Any] = {"unit": f"{CITY}.police", "city": CITY, "by": Actor.console()}
    accounts.describe("stranger", title_zh="吴办", **described)
    case = act(hall, "stranger", case, "claim")
    [task] = case["tasks"]
    assert (task["claimed_by"], task["mine"]) == ("吴办", True)
    assert (listed()["claimed_by"], listed()["mine"]) == ("吴办", True)
    accounts.describe("stranger", title_zh="stranger", **described)


def test_any_item_can_be_applied_for_by_a_program(hall: Hall) -> None:
    catalogue = hall.node.editions.catalogue(hall.node.today())
    for item in (one.code for one in catalogue.items if one.city == CITY):
        body = hall.application(item, seed=9)
        receipt = hall.send("resident", "applications", body)
        files = hall.get("resident", f"mine/{receipt['case']}")["files"]
        assert [one["name"] for one in files] == [one["name"] for one in body["files"]]
    photo = {"name": "photo", "filename": "照片.pdf", "content": "AAA"}
    cut = hall.ask("resident", "POST", "applications", json={**body, "files": [photo]})
    assert (cut.status_code, "Base64" in cut.json()["detail"]["en"]) == (422, True)


def test_on_the_spot_is_accepted_and_decided_at_once(hall: Hall) -> None:
    receipt = hall.send("resident", "applications", hall.application(SPOT))
    assert receipt["promised"] == {"zh": "即办", "en": "on the spot"}
    unit = hall.get(None, f"items/{SPOT}")["authority"]["code"]
    assert unit == f"{CITY}.insurance"
    refused = hall.ask("clerk", "GET", f"desk/cases/{receipt['case']}")
    assert refused.status_code == 403  # another department's


def test_readers_of_english_read_english(hall: Hall) -> None:
    receipt = hall.send("resident", "applications", hall.application(seed=3))
    case = hall.get("officer", f"desk/cases/{receipt['case']}", params={"reason": "办理"})
    for action in ("accept", "propose"):
        case = act(hall, "officer", case, action, words="好")
    case = act(hall, "officer", case, "decide", words="准予", outcome="grant")
    items = hall.get(None, "items", params={"city": CITY, "size": 100})["rows"]
    codes = [one["code"] for one in items]
    assert len(codes) >= 30
    events = hall.get(None, "events")["rows"]
    told = {
        "items": items,
        "events": events,
        "receipt": {**receipt, "marked": None},
        "desk": case,
        "me": {**hall.get("clerk", "me"), "marked": None},
        **{
            f"{who} {path}": hall.get(who, path)
            for who, path in (
                *((None, f"items/{code}") for code in codes),
                *((None, f"events/{one['code']}?city={CITY}") for one in events),
                *(("resident", f"forms/item/{code}") for code in codes),
                ("resident", "mine"),
                ("resident", f"mine/{receipt['case']}"),
                ("clerk", "desk/tasks"),
                ("officer", "desk/cases"),
                ("supervisor", "board"),
                ("editor", "editor/items"),
                ("editor", f"editor/items/{ITEM}"),
                ("editor", "editor/compare/fund_transfer"),
            )
        },
    }
    assert {at: words for at, one in told.items() if (words := not_english(one))} == {}


def test_steps_that_an_office_drew_are_done_by_their_names(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = hall.get(None, f"items/{ITEM}")["process"]
    assert [one["title"]["en"] for one in usual] == ["intake", "review", "decision", "delivery"]
    [drawn] = example_own().values()
    source = drawn.source.decode().replace("卫生健康委员会", "公安局").encode()
    monkeypatch.setattr(hall.node.processes, "own", {ITEM: Process.read(source)})
    guide = hall.get(None, f"items/{ITEM}")["process"]
    assert [(one["title"]["zh"], one["beside"]) for one in guide[:4]] == [
        ("受理审查", False), ("审查", False), ("处方审核能力核查", True), ("现场核查", False),
    ]  # fmt: skip
    assert [one["unit"] and one["unit"]["code"] for one in guide[:3]] == [
        None, None, f"{CITY}.police",
    ]  # fmt: skip

    receipt = hall.send("resident", "applications", hall.application())
    case = hall.get("officer", f"desk/cases/{receipt['case']}", params={"reason": "办理"})
    for action in ("accept", "propose"):
        case = act(hall, "officer", case, action, words="好")
    (step,) = [one for one in case["can"] if one["action"] == "step"]
    assert (step["label"]["zh"], step["needs"]) == ("现场核查", ["outcome"])
    assert [one["label"]["zh"] for one in step["choices"]] == ["通过", "限期整改", "不符合"]
    body = {"seen": case["version"], "action": "step", "task": step["task"], "outcome": "好"}
    refused = hall.ask("officer", "POST", f"desk/cases/{case['case']}/do", json=body)
    assert refused.status_code == 422
    assert "通过 限期整改 不符合" in refused.json()["detail"]["zh"]
    case = act(hall, "officer", case, "step", outcome="通过")
    assert case["events"][-1]["text"] == {"zh": "现场核查：通过", "en": "现场核查: 通过"}
    assert [one["far"] for one in case["process"]][:5] == ["done", "done", "now", "done", "ahead"]

    rows = hall.get("stranger", "desk/tasks")["rows"]
    mine = [one["kind_text"]["zh"] for one in rows if one["case"] == case["case"]]
    assert mine == ["处方审核能力核查"]
    other = hall.get("stranger", f"desk/cases/{case['case']}", params={"reason": "核查"})
    assert other["applicant"]["id_number"] == other["applicant"]["phone"] == ""
    assert {one["action"] for one in other["can"]} == {"claim", "step"}
    act(hall, "stranger", other, "step", outcome="符合")
    own = hall.get("resident", f"mine/{case['case']}")
    assert [one["what"]["zh"] for one in own["timeline"][-2:]] == [
        "现场核查：通过", "处方审核能力核查：符合",
    ]  # fmt: skip
    assert [one["far"] for one in own["process"]][:5] == ["done"] * 4 + ["now"]


def test_what_is_somebodys_own_is_theirs_alone(hall: Hall) -> None:
    receipt = hall.send("resident", "applications", hall.application(seed=2))
    path = f"mine/{receipt['case']}"
    assert hall.ask("other", "GET", path).status_code == 404
    assert hall.ask("other", "POST", f"{path}/withdraw", json={"words": ""}).status_code == 404
    assert hall.ask("stranger", "GET", f"desk/cases/{receipt['case']}").status_code == 403
    assert hall.ask("resident", "GET", f"desk/cases/{receipt['case']}").status_code == 403
    assert hall.ask(None, "GET", path).status_code == 401
    assert hall.ask("supervisor", "GET", f"desk/cases/{receipt['case']}").status_code == 200
    own = hall.send("resident", f"{path}/withdraw", {"words": "不办了"})
    assert own["state"] == "withdrawn"
    erased = hall.send("resident", "erasure", {"case": receipt["case"]})
    assert erased["erased"] is True
    assert hall.get("supervisor", f"desk/cases/{receipt['case']}")["applicant"] is None


def test_the_same_application_is_taken_once(hall: Hall) -> None:
    body, headers = hall.application(seed=3), {"Idempotency-Key": "once-3"}
    first = hall.send("resident", "applications", body, headers=headers)
    again = hall.send("resident", "applications", body, headers=headers)
    assert again == first
    other = hall.ask(
        "resident", "POST", "applications", json=hall.application(seed=4), headers=headers
    )
    assert other.status_code == 422


def test_two_who_decide_at_once_are_told_of_each_other(hall: Hall) -> None:
    receipt = hall.send("resident", "applications", hall.application(seed=5))
    case = hall.get("clerk", f"desk/cases/{receipt['case']}")
    act(hall, "clerk", case, "accept")
    late = hall.ask(
        "officer",
        "POST",
        f"desk/cases/{receipt['case']}/do",
        json={"seen": case["version"], "action": "reject", "words": "不收"},
    )
    assert late.status_code == 412
    assert "clerk" in late.json()["detail"]["zh"]


def test_a_draft_is_saved_resumed_checked_and_handed_in(hall: Hall) -> None:
    form = hall.get("resident", f"forms/item/{CITY}.elder_card")
    assert form["schema"]["$schema"].endswith("2020-12/schema")
    draft = hall.send("resident", "drafts", {"about": {"item": f"{CITY}.elder_card"}})
    path = f"drafts/{draft['id']}"
    faults = hall.send("resident", f"{path}/check")["faults"]
    assert any(one["pointer"].startswith("/applicant") for one in faults)
    refused = hall.ask("resident", "POST", f"{path}/submit")
    assert refused.status_code == 422
    assert {one["where"] for one in refused.json()["errors"]} == {one["pointer"] for one in faults}

    data = hall.data(f"{CITY}.elder_card")
    saved = hall.ask("resident", "PUT", path, json={"seen": draft["seen"], "data": data})
    assert saved.status_code == 200
    stale = hall.ask("resident", "PUT", path, json={"seen": draft["seen"], "data": data})
    assert stale.status_code == 412
    assert hall.get("resident", path)["data"] == data
    assert [one["id"] for one in hall.get("resident", "drafts")["rows"]] == [draft["id"]]

    wrong = hall.ask(
        "resident",
        "POST",
        f"{path}/files",
        data={"name": "photo"},
        files={"file": ("照片.pdf", b"<script>alert(1)</script>")},
    )
    assert wrong.status_code == 422
    slots = [one["name"] for one in form["files"] if one["necessary"]]
    for name in slots:
        added = hall.ask(
            "resident",
            "POST",
            f"{path}/files",
            data={"name": name},
            files={"file": ("扫描.pdf", PDF)},
        )
        assert added.status_code == 201, added.text
    file = added.json()
    got = hall.ask("resident", "GET", f"{path}/files/{file['id']}")
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-type"] == "application/octet-stream"
    assert hall.ask("other", "GET", f"{path}/files/{file['id']}").status_code == 404
    receipt = hall.send("resident", f"{path}/submit")
    assert hall.send("resident", f"{path}/submit") == receipt
    assert hall.ask("resident", "GET", path).status_code == 404
    assert len(hall.get("resident", f"mine/{receipt['case']}")["files"]) == len(slots)


def test_who_one_is_is_asked_once_and_checked_at_a_window(hall: Hall) -> None:
    data = hall.data(ITEM)["applicant"]
    given = {"kind": "person", "name": data["name"], "id_number": data["id_number"]}
    wrong = hall.ask("other", "POST", "profile", json={**given, "id_number": "110101199001011234"})
    assert wrong.status_code == 422
    assert hall.send("other", "profile", given)["verified"] is None
    filled = hall.get("other", f"forms/item/{ITEM}")["prefill"]
    assert filled["/applicant/name"]["value"] == data["name"]
    assert hall.ask("other", "POST", "profiles/other/verify", json=given).status_code == 403
    assert hall.send("clerk", "profiles/other/verify", given)["verified"]


def test_the_board_counts_and_names_nobody(hall: Hall) -> None:
    before = hall.get("supervisor", "board")
    receipt = hall.send("resident", "applications", hall.application(seed=6))
    after = hall.get("supervisor", "board")
    loads = [
        next((one["open"] for one in board["units"] if one["unit"]["code"] == UNIT), 0)
        for board in (before, after)
    ]
    assert loads[1] == loads[0] + 1
    assert sum(one["in"] for one in after["trend"]) == sum(one["in"] for one in before["trend"]) + 1
    assert receipt["number"] not in str(after)
    assert hall.ask("clerk", "GET", "board").status_code == 403
    wrong = hall.ask(
        "supervisor", "GET", "board", params={"from": "2026-02-01", "to": "2026-01-01"}
    )
    assert wrong.status_code == 422


def test_an_item_is_drafted_by_one_and_published_by_another(hall: Hall) -> None:
    listed = hall.get("editor", "editor/items", params={"text": ITEM})
    assert [one["code"] for one in listed["rows"]] == [ITEM]
    path = f"editor/items/{ITEM}"
    item = hall.get("editor", path)
    kinds = {one["name"]: one["kind"] for one in item["fields"]}
    assert set(kinds) <= set(item["published"])
    assert kinds["promised.count"] == "number"
    body = {"seen": 0, "fields": {"promised.count": 6}}
    saved = hall.ask("editor", "PUT", f"{path}/draft", json=body)
    assert saved.status_code == 200, saved.text
    drafted = saved.json()
    assert drafted["draft"]["differs"] == ["promised.count"]
    assert drafted["may_publish"] is False
    day = hall.get("editor", "me")["today"]
    given = {"seen": drafted["draft"]["seen"], "valid_from": day}
    assert hall.ask("editor", "POST", f"{path}/publish", json=given).status_code == 422
    assert hall.get("publisher", path)["may_publish"] is True
    known = hall.send("resident", "applications", hall.application(seed=7))
    published = hall.send("publisher", f"{path}/publish", given)
    assert published["draft"] is None
    assert published["published_version"] == 2
    assert hall.get(None, f"items/{ITEM}")["promised"]["en"] == "6 working days"
    # A case that runs keeps the version under which it was applied for.
    own = hall.get("resident", f"mine/{known['case']}")
    assert own["promised"]["en"] == "10 working days"
    compared = hall.get("editor", "editor/compare/fund_transfer", params={"language": "en"})
    promised = next(one for one in compared["fields"] if one["name"] == "promised")
    assert promised["differs"] is True
    assert hall.ask("clerk", "GET", path).status_code == 403
