from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from onecity.strands import strands
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import Findings, Level
from onecity.strands.residents import residents
from tests.strands.yearly import with_years
from tests.tiny import tiny_region, tiny_tables
from tests.web.conftest import Serve

BASE = "/api/v1"
TABLES = {"zone": "zones", "county": "counties", "city": "cities", "group": "groups"}
Ask = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def card(service: TestClient) -> Ask:
    def ask(level: str, code: str) -> dict[str, Any]:
        answer = service.get(f"{BASE}/cards/{level}/{code}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return ask


@pytest.fixture(scope="module")
def found() -> dict[str, Findings]:
    region = tiny_region()
    measured = {key: one.measure(region) for key, one in strands().items()}
    return {"residents": residents(region), **measured}


def every_code(level: str) -> list[str]:
    if level == "region":
        return ["tiny"]
    return list(tiny_region().table(TABLES[level])[level].unique())


@pytest.mark.parametrize("level", [one.value for one in Level])
def test_every_unit_has_a_card_with_the_figures_that_measure_gives(
    card: Ask, found: dict[str, Findings], level: str
) -> None:
    for code in every_code(level):
        one = card(level, code)
        assert (one["level"], one["code"]) == (level, code)
        west, south, east, north = one["bbox"]
        assert west <= one["at"][0] <= east
        assert south <= one["at"][1] <= north
        shown = {figure["key"]: figure for figure in one["figures"]}
        for findings in found.values():
            row = findings.tables[Level(level)].loc[code]
            for key, value in row.items():
                given = shown[str(key)]["value"]
                assert given == value or (given is None and np.isnan(value)), (code, key)
        assert all(figure["title"]["zh"] and figure["about"]["en"] for figure in one["figures"])


def test_ranks_are_places_among_the_units_of_the_level(
    card: Ask, found: dict[str, Findings]
) -> None:
    values = found["transport"].tables[Level.ZONE]["transport.minutes_core"]
    known = values.dropna()
    for code in ("z22", "z00", "z49"):
        figure = figure_of(card("zone", code), "transport.minutes_core")
        if np.isnan(values[code]):
            assert figure["rank"] is None
            continue
        rank = figure["rank"]
        assert rank["place"] == 1 + (known < values[code] * (1 - 1e-9)).sum()
        assert rank["of"] == len(known)
    assert figure_of(card("region", "tiny"), "transport.minutes_core")["rank"] is None
    assert figure_of(card("city", "990100"), "residents.people")["rank"] is None


def figure_of(one: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(figure for figure in one["figures"] if figure["key"] == key)
    return found


def test_what_lies_around_is_said(card: Ask) -> None:
    county = card("county", "990202")
    assert county["title"] == {"zh": "浦北县", "en": "浦北县"}
    assert [one["code"] for one in county["under"]] == ["990200"]
    facts = {one["title"]["zh"]: one["text"]["zh"] for one in county["facts"]}
    assert "外湾区" in facts["相邻"]
    assert "内湾区" not in facts["相邻"]
    assert facts["所属组团"] == "东翼、北门户"
    assert "浦南区+浦北县" in facts["合并普查单元"]
    assert "虚构公报" in facts["合并普查单元"]
    assert county["dossier"] == {"kind": "county", "code": "990202"}
    zone = card("zone", "z22")
    assert [one["level"] for one in zone["under"]] == ["city", "county"]
    nearest = next(one for one in zone["facts"] if one["title"]["zh"] == "附近地名")
    assert nearest["text"]["zh"].startswith("云湾站（")
    city = {one["title"]["zh"]: one["text"]["zh"] for one in card("city", "990200")["facts"]}
    assert city["相邻"] == "云湾市、砾泽市"
    assert city["机场与车站"] == "岚浦站"
    assert "990200" not in city["普查人口"]


def test_trust_in_people_is_that_of_the_unit(card: Ask) -> None:
    assert figure_of(card("county", "999001"), "residents.people")["grade"] == "B-"
    assert figure_of(card("county", "990201"), "residents.people")["grade"] == "D"
    assert figure_of(card("county", "999001"), "residents.people")["nature"]["zh"] == "实测"


def test_borders_have_cards_where_cities_meet(card: Ask, found: dict[str, Findings]) -> None:
    known = {one.codes: one for one in found["transport"].borders}
    for row in border_lines(tiny_region()).itertuples():
        codes = (row.city_a, row.city_b)
        one = card("border", "-".join(codes))
        assert [each["code"] for each in one["under"]] == list(codes)
        assert one["dossier"] == {"kind": "border", "code": "-".join(codes)}
        keys = [figure["key"] for figure in one["figures"]]
        assert "transport.minutes_between" in keys
        between = figure_of(one, "transport.minutes_between")
        minutes = found["transport"].matrices[0].values
        start, end = between["between"]["from"], between["between"]["to"]
        assert between["value"] == minutes.loc[start, end]
        if codes in known:
            effect = figure_of(one, known[codes].indicator.key)
            assert effect["value"] == known[codes].percent
            assert effect["border"]["verdict"]["key"] == known[codes].verdict.value
            assert effect["low"] <= effect["value"] <= effect["high"]


def test_a_city_shows_its_own_border_once(card: Ask, found: dict[str, Findings]) -> None:
    several = {one.codes[0]: one for one in found["transport"].borders if len(one.codes) == 1}
    assert several
    for code, one in several.items():
        shown = [f for f in card("city", code)["figures"] if f["key"] == one.indicator.key]
        assert len(shown) == 1
        assert shown[0]["border"]["p"] == (one.chance.p if one.chance else None)


def test_every_road_has_a_card(card: Ask) -> None:
    edges = tiny_region().table("road_edges")
    for edge in range(len(edges)):
        one = card("road", str(edge))
        assert figure_of(one, "web_cards.road_km")["value"] == edges["km"].iloc[edge]
        assert len(one["facts"]) >= 2
    named = card("road", "0")
    assert named["title"]["zh"] == "虚构大道"
    assert [up["code"] for up in named["under"]] == ["990100", "990101"]
    one_way = int(edges.index[edges["seconds_backward"].isna()][0])
    facts = {f["title"]["zh"]: f["text"]["zh"] for f in card("road", str(one_way))["facts"]}
    assert facts["通行方向"] == "单向通行"
    assert facts["道路等级"] == "高速公路"


def test_units_in_the_tiles_are_found_by_row(card: Ask) -> None:
    for level in ("zone", "county", "city"):
        for row, code in enumerate(tiny_region().table(TABLES[level])[level]):
            by_row = card(level, f"@{row}")
            assert by_row == card(level, str(code))
            assert (by_row["code"], by_row["row"]) == (str(code), row)
    assert card("region", "tiny")["row"] is None


@pytest.mark.parametrize(
    ("level", "code"),
    [
        ("zone", "nowhere"),
        ("county", "990100"),
        ("city", "999999"),
        ("group", ""),
        ("region", "wuhan"),
        ("border", "990200-990100"),
        ("border", "990100-990100"),
        ("border", "-"),
        ("road", "-1"),
        ("road", "999999999999999999999"),
        ("road", "１"),
        ("road", "1.5"),
        ("road", "007"),
        ("city", "' OR 1=1 --"),
        ("city", "../../etc/passwd"),
        ("zone", "@999999"),
        ("zone", "@-1"),
        ("group", "@0"),
    ],
)
def test_what_is_unknown_is_said(service: TestClient, level: str, code: str) -> None:
    answer = service.get(f"{BASE}/cards/{level}/{code}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()["detail"]) == {"zh", "en"}


def test_an_unknown_level_is_refused(service: TestClient) -> None:
    assert service.get(f"{BASE}/cards/street/1").status_code == 422


def test_a_trend_is_shown_where_there_are_years(serve: Serve, tmp_path: Path) -> None:
    rows = [
        ("city", "990100", 2020, 2.0),
        ("city", "990100", 2010, 1.0),
        ("county", "990101", 2015, 4.0),
    ]
    folder = tmp_path / "years"
    with_years(rows).write(folder)
    client = serve(region=folder)

    def trend(level: str, code: str) -> Any:
        one = client.get(f"{BASE}/cards/{level}/{code}").json()
        return figure_of(one, "residents.people")["trend"]

    assert trend("city", "990100") == [{"year": 2010, "value": 1.0}, {"year": 2020, "value": 2.0}]
    assert trend("city", "990200") == []
    assert trend("county", "990101") == [{"year": 2015, "value": 4.0}]
    assert trend("zone", "z00") == []


def test_a_region_with_the_least_has_cards_too(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "least"
    optional = ("groups", "places", "rail_edges", "water", "local_links")
    tiny_region(without=tuple(one for one in optional if one in tiny_tables())).write(folder)
    client = serve(region=folder)
    for address in ("county/990101", "zone/z00", "region/tiny", "city/990100", "road/3"):
        assert client.get(f"{BASE}/cards/{address}").status_code == 200, address
    assert client.get(f"{BASE}/cards/group/bay").status_code == 404
