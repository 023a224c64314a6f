"""Life events over the API: cities chosen for steps, and the desk of who leads them."""

from collections.abc import Iterator
from typing import Any

import pytest

from onecity.hall.forms.sampling import sample
from onecity.hall.node.applying.views import About
from tests.web.halling import CITY, Hall, Moved, make_node, served

EZHOU, HUANGSHI = "420700", "420200"


@pytest.fixture(scope="module")
def clock() -> Moved:
    return Moved()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, clock: Moved) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("武汉") / "节点"
    make_node(folder, clock)
    with served(folder, clock) as made:
        yield made


def test_a_guide_answers_for_the_cities_that_are_chosen(hall: Hall) -> None:
    home = hall.get(None, "events/pharmacy", params={"city": HUANGSHI})
    assert (home["here"], home["elsewhere"]) == (None, [])
    (shop,) = [one for one in home["steps"] if one["basic_code"] == "register_shop"]
    cities = [one["city"]["code"] for one in shop["choices"]]
    assert cities == [HUANGSHI, CITY, EZHOU]  # the lead city first
    wuhan, ezhou = shop["choices"][1:]
    assert (wuhan["days"], wuhan["adds"], wuhan["spares"]) == (3, [], [])
    assert (ezhou["days"], [one["code"] for one in ezhou["adds"]]) == (5, ["photo"])

    places = f"register_shop@{EZHOU},drug_permit@{CITY}"
    chosen = hall.get(None, "events/pharmacy", params={"city": HUANGSHI, "places": places})
    where = {one["basic_code"]: one["city"] and one["city"]["code"] for one in chosen["steps"]}
    assert (where["register_shop"], where["drug_permit"]) == (EZHOU, CITY)
    assert where["device_filing"] == HUANGSHI
    assert chosen["here"]["days_together"] == home["days_together"]
    # Two days more to register, four fewer for the permit; a visit to each of three cities.
    assert chosen["days_together"] == pytest.approx(home["days_together"] + 2 - 4)
    assert (home["visits"], chosen["visits"]) == (2, 4)
    assert chosen["to_bring"] == home["to_bring"]  # another step asks for the photo anyway
    form = hall.get(None, "forms/event/pharmacy", params={"city": HUANGSHI, "places": places})
    assert {f"{EZHOU}.register_shop", f"{CITY}.drug_permit"} <= set(form["items"])


@pytest.mark.parametrize(
    ("event", "places", "status"),
    [
        ("pharmacy", "drug_permit@999999", 404),
        ("pharmacy", "deed_tax@420100", 404),
        ("newborn", f"birth_certificate@{EZHOU}", 404),  # goes through a window alone
        ("pharmacy", "drug_permit", 422),
    ],
    ids=["no city", "no step", "not across", "no pair"],
)
def test_a_place_that_cannot_be_is_said_so(
    hall: Hall, event: str, places: str, status: int
) -> None:
    asked = {"city": HUANGSHI, "places": places}
    answer = hall.ask(None, "GET", f"events/{event}", params=asked)
    assert answer.status_code == status
    step, _, city = places.partition("@")
    about = {"event": event, "city": HUANGSHI, "places": {step: city or "nowhere"}}
    assert hall.ask("resident", "POST", "drafts", json={"about": about}).status_code in {404, 422}


def test_who_leads_a_life_event_sees_its_steps_and_reminds_of_a_late_one(
    hall: Hall, clock: Moved
) -> None:
    steps = ["newborn_insurance", "birth_allowance"]
    about = About(event="newborn", city=CITY, chosen=tuple(steps))
    book = hall.node.applying.book
    form = book.of(book.matter(about))
    body: dict[str, Any] = {
        "about": {"event": "newborn", "city": CITY, "with": steps},
        "data": sample(form, 3),
        "agrees": [one.name for one in form.files],
    }
    receipt = hall.send("resident", "applications", body)
    mine = hall.get("resident", f"mine/{receipt['case']}")
    assert mine["due"] == max(one["due"] for one in mine["steps_of"])
    assert (mine["stands"], mine["withdrawing"], mine["appraisal"]) == (False, None, None)

    (row,) = hall.get("clerk", "desk/events")["rows"]
    assert (row["number"], row["due"], row["light"]) == (receipt["number"], mine["due"], "good")
    assert (row["steps"], row["steps_done"], row["steps_late"]) == (2, 0, 0)
    path = f"desk/events/{row['case']}"
    for who in ("clerk", "supervisor"):
        seen = hall.get(who, path, params={"reason": "督办"})
        assert seen["name"] == body["data"]["applicant"]["name"]
        assert [one["state_text"]["zh"] for one in seen["steps_of"]] == ["已收件", "已收件"]
    looks = hall.get("resident", "looks")["rows"]
    assert {one["who"] for one in looks if one["case"] == row["case"]} == {"clerk", "supervisor"}
    assert hall.ask("resident", "GET", path).status_code == 403
    assert hall.ask("clerk", "GET", f"desk/events/{'0' * 26}").status_code == 404
    late = {"step": "birth_allowance", "words": "请尽快受理"}
    assert hall.ask("clerk", "POST", f"{path}/remind", json=late).status_code == 422  # not late

    clock.now = clock.now.replace(month=12, day=4)  # the whole is late on the eighth
    (row,) = hall.get("clerk", "desk/events", params={"which": "late"})["rows"]
    assert (row["light"], row["steps_late"]) == ("soon", 2)
    seen = hall.send("clerk", f"{path}/remind", late)
    step = next(one for one in seen["steps_of"] if one["step"] == "birth_allowance")
    assert (step["late"], step["may_remind"], step["reminded"] is not None) == (True, False, True)
    looks = hall.get("resident", "looks")["rows"]
    assert (looks[0]["who"], looks[0]["reason"]) == ("clerk", "一件事催办")  # the answer names them
    assert hall.ask("clerk", "POST", f"{path}/remind", json=late).status_code == 422  # twice
    case = hall.get("supervisor", f"desk/cases/{step['case']}", params={"reason": "督办"})
    (told,) = [one for one in case["events"] if one["words"] == "请尽快受理"]
    assert told["text"]["zh"] == "牵头单位催办"

    gone = hall.send("resident", f"mine/{receipt['case']}/withdraw", {"words": "不办了"})
    assert gone["state"] == "withdrawn"
    assert {one["over"] for one in gone["steps_of"]} == {"withdrawn"}
    assert hall.get("clerk", "desk/events")["total"] == 0
    (over,) = hall.get("clerk", "desk/events", params={"which": "over"})["rows"]
    assert over["state"] == "withdrawn"
    (event,) = hall.get("supervisor", "board")["events"]
    assert (event["title"]["zh"], event["cities"][0]["ended"]) == ("新生儿出生", 1)
