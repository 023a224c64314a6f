"""Many items at once, as boards, charts, calendars and maps show them."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from onecity.web.ledger import overview_shapes, shapes
from onecity.web.routes.ledger_desk import LedgerWords, Me
from tests.web.ledgering import Bureau


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """Three items: one reported half done, one that waits for it, one of another city, late."""
    made = Bureau(tmp_path_factory.mktemp("台账"))
    money: dict[str, Any] = {
        "budget": [{"name": "工程", "year": 2026, "amount": "1000"}],
        "payments": [{"date": "2026-03-10", "amount": "300"}],
    }
    first = made.given_out(
        title="桥",
        due="2026-03-31",
        milestones=[{"name": "封顶", "due": "2026-03-16"}],
        place={
            "geometry": {"type": "Point", "coordinates": [114.3, 30.6]},
            "counties": ["420102"],
        },
        **money,
    )
    made.given_out(
        title="引桥",
        start="2026-04-01",
        due="2026-05-29",
        depends_on=[{"item": first["item"]["id"], "lag_days": 2}],
    )
    made.given_out(title="路", responsible_unit="HS", lead_unit="HS", due="2026-03-06")
    first = made["unit_editor"].move(first, "sign")
    made.forward(days=14)  # Monday, 16 March
    made["unit_editor"].move(first, "progress", text="过半", progress=50)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("address", "model"),
    [
        ("items", shapes.Rows),
        ("counts?by=month", overview_shapes.ItemCounts),
        ("board", overview_shapes.Board),
        ("gantt", overview_shapes.Gantt),
        ("curve", overview_shapes.Curve),
        ("calendar?first=2026-03-01&last=2026-03-31", overview_shapes.CalendarAnswer),
        ("map", overview_shapes.ItemMap),
        ("figures/units?group=city", overview_shapes.UnitFiguresList),
        ("units", overview_shapes.UnitList),
        ("units/WH-JT/page", overview_shapes.UnitPage),
        ("me", Me),
        ("words", LedgerWords),
    ],
)
def test_an_answer_is_as_documented(bureau: Bureau, address: str, model: type[BaseModel]) -> None:
    given = bureau["viewer"].ask("GET", f"/ledger/{address}")
    read = model.model_validate(given)
    told = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert told.keys() == given.keys()
    assert len(str(told)) > 50


def test_the_board_has_a_column_for_every_state(bureau: Bureau) -> None:
    columns = {one["state"]: one for one in bureau["viewer"].get("/ledger/board")["columns"]}
    assert len(columns) == 10
    assert columns["in_progress"]["total"] == 1
    assert columns["draft"]["label"]["en"].lower() == "draft"
    assert [one["title"] for one in columns["assigned"]["items"]] == ["路", "引桥"]
    only = bureau["viewer"].get("/ledger/board", city="420200")["columns"]
    assert sum(one["total"] for one in only) == 1


def test_the_gantt_chart_shows_what_decides_the_end(bureau: Bureau) -> None:
    told = bureau["viewer"].get("/ledger/gantt")
    rows = {one["title"]: one for one in told["rows"]}
    assert rows["引桥"]["critical"]
    assert rows["桥"]["milestones"][0]["name"] == "封顶"
    assert rows["引桥"]["depends_on"] == [{"item": rows["桥"]["id"], "lag_days": 2}]
    assert not rows["路"]["critical"]
    assert rows["路"]["slack"] > 0
    days = told["days"]["holidays"]
    assert "2026-03-07" in days
    assert "2026-03-06" not in days
    assert "2026-05-01" in days, "a holiday in the week"
    assert told["today"] == "2026-03-16"


def test_the_curve_says_what_it_does_not_know(bureau: Bureau) -> None:
    told = bureau["viewer"].get("/ledger/curve")
    assert told["currency"] == "CNY"
    assert told["items"] == 1
    figures = told["figures"]
    assert (figures["BAC"], figures["EV"], figures["AC"]) == (1000, 500, 300)
    # 2 to 31 March are 22 working days, of which 11 are over at the end of the 16th.
    assert figures["PV"] == pytest.approx(1000 * 11 / 22)
    assert figures["CPI"] == pytest.approx(500 / 300)
    assert told["planned"][-1] == pytest.approx(1000)
    today = told["days"].index("2026-03-16")
    assert told["earned"][today] == 500
    assert [one for one in told["earned"] if one is not None] == [500]
    assert told["actual"][today] == 300
    assert told["actual"][-1] is None, "nobody knows what will be paid"
    assert len(told["limits"]) >= 2
    nothing = bureau["viewer"].get("/ledger/curve", city="420200")
    assert (nothing["days"], nothing["items"]) == ([], 0)


def test_the_calendar_knows_holidays_milestones_and_due_dates(bureau: Bureau) -> None:
    viewer = bureau["viewer"]
    told = viewer.get("/ledger/calendar", first="2026-03-01", last="2026-03-31")
    days = {one["day"]: one for one in told["days"]}
    assert len(days) == 31
    assert not days["2026-03-08"]["working"]
    assert days["2026-03-16"]["milestones"][0]["name"] == "封顶"
    assert [one["title"] for one in days["2026-03-31"]["items"]] == ["桥"]
    wrong = viewer.send("GET", "/ledger/calendar?first=2026-03-02&last=2026-03-01")
    assert wrong.status_code == 422


def test_the_map_needs_no_region(bureau: Bureau) -> None:
    told = bureau["viewer"].get("/ledger/map")
    assert [one["geometry"]["coordinates"] for one in told["features"]] == [[114.3, 30.6]]
    assert told["features"][0]["properties"]["counties"] == ["420102"]
    assert told["by_county"][0]["count"] == 1


def test_figures_of_units_have_their_counts(bureau: Bureau) -> None:
    told = bureau["viewer"].get("/ledger/figures/units", group="unit")
    figures = {one["unit"]["code"]: one for one in told["items"]}
    assert figures["HS"]["overdue"] == {"count": 1, "median": None, "longest": 6}
    assert figures["WH-JT"]["items"] == 2
    assert figures["WH-JT"]["on_time"]["share"] is None


def test_a_city_is_named_by_its_units_where_there_is_no_region(bureau: Bureau) -> None:
    cities = {
        one["value"]: one["label"]["zh"] for one in bureau["viewer"].get("/ledger/words")["cities"]
    }
    assert cities == {"420100": "武汉市", "420200": "黄石市"}
    told = bureau["viewer"].get("/ledger/figures/units", group="city")["items"]
    assert [one["unit"]["name"]["zh"] for one in told] == ["武汉市", "黄石市"]


def test_what_waits_for_whom(bureau: Bureau) -> None:
    assert bureau["unit_editor"].get("/ledger/me")["counts"]["to_sign"] == 1
    office = bureau["circle_office"].get("/ledger/me")
    assert office["today"] == "2026-03-16"
    assert office["unit"]["name"]["zh"] == "城市圈办公室"
    assert (office["counts"]["mine_open"], office["counts"]["overdue"]) == (3, 1)
    assert bureau["city_office"].get("/ledger/me")["counts"]["overdue"] == 0


def test_a_units_page(bureau: Bureau) -> None:
    told = bureau["viewer"].get("/ledger/units/HS/page")
    assert [one["title"] for one in told["late"]] == ["路"]
    assert told["figures"]["open"] == 1
    assert [one["what"] for one in told["history"]] == ["assigned", "drafted"]


def test_settings_count_at_once(bureau: Bureau) -> None:
    admin = bureau["administrator"]
    now = admin.get("/ledger/me")["settings"]
    wanted = {**now, "title": "武汉都市圈台账", "thresholds": {**now["thresholds"], "due_soon": 30}}
    assert admin.ask("PUT", "/ledger/settings", json=wanted) == wanted
    marks = bureau["viewer"].get("/ledger/counts", by="mark")["counts"]
    assert admin.get("/ledger/me")["settings"] == wanted
    admin.ask("PUT", "/ledger/settings", json=now)
    assert bureau["viewer"].get("/ledger/counts", by="mark")["counts"] != marks
