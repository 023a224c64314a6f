"""Lists of groups: the one that ships, the user's own, and what is wrong with them."""

from pathlib import Path

import pytest

from onecity.core.errors import MissingError, OneCityError
from onecity.core.words import LANGUAGES
from onecity.league.extracts import shipped
from onecity.league.gazetteer import data_folder, gazetteer
from onecity.league.groups import Group, chosen, read_groups
from onecity.region.sources.tables import read_table

TWELVE = (
    "wuhan", "changzhutan", "nanchang", "hefei", "nanjing", "hangzhou",
    "shanghai", "chengdu", "chongqing", "xian", "zhengzhou", "prd",
)  # fmt: skip
PROVINCES = {
    # Residents on 1 November 2020 as the national bulletin no. 3 gives them.
    "11": 21893095, "12": 13866009, "13": 74610235, "14": 34915616, "15": 24049155,
    "21": 42591407, "23": 31850088, "31": 24870895, "32": 84748016, "33": 64567588,
    "34": 61027171, "35": 41540086, "36": 45188635, "37": 101527453, "41": 99365519,
    "42": 57752557, "43": 66444864, "44": 126012510, "45": 50126804, "50": 32054159,
    "51": 83674866, "52": 38562148, "53": 47209277, "54": 3648100, "61": 39528999,
    "62": 25019831, "63": 5923957, "64": 7202654,
}  # fmt: skip
ABSENT = {"22": 24073453, "46": 10081232, "65": 25852345}
"""Provinces whose cities have no figures here."""
SERVICEMEN, CHINA = 2_000_000, 1_411_778_724


def test_twelve_groups_ship_with_their_extracts_and_nothing_else() -> None:
    groups = read_groups()
    assert tuple(one.key for one in groups) == TWELVE
    assert [one.core.name_zh for one in groups][:3] == ["武汉市", "长沙市", "南昌市"]
    assert len(groups[0].members) == 9
    extracts = {path.stem for path in data_folder().glob("*.zip")}
    assert extracts == {one.land for one in groups}
    assert all(shipped(one) is not None for one in groups)
    assert sum(path.stat().st_size for path in data_folder().iterdir()) < 3e6
    for group in groups:
        for member in group.members:
            assert member.source != "-"
            assert member.note


def test_residents_of_cities_add_up_to_the_published_totals() -> None:
    table = read_table(data_folder() / "census2020_cities.csv")
    sums = dict.fromkeys(PROVINCES, 0.0)
    for code, people in zip(table.texts("city"), table.numbers("people"), strict=True):
        sums[code[:2]] += people
        assert code in gazetteer().cities
    assert sums == PROVINCES
    assert sum(PROVINCES.values()) + sum(ABSENT.values()) + SERVICEMEN == CHINA


def test_an_own_list_in_any_spelling(three: Group) -> None:
    assert (three.key, three.name_zh, three.name_en) == ("三市", "三市", "三市")
    assert three.core.name_zh == "潜江市"
    assert {one.city.code for one in three.members} == {"429004", "429005", "429006"}
    assert shipped(three) is None


def test_the_land_does_not_hang_on_the_order_of_the_list(tmp_path: Path, three: Group) -> None:
    file = tmp_path / "list.csv"
    file.write_text("group,city\nx,Tianmen\nx,429004\nx,潜江市\n", "utf-8")
    other = read_groups(file)[0]
    assert other.land == three.land
    assert other.core.name_zh == "天门市"  # the first one, where none is named


def test_a_member_in_part_and_residents_of_the_users_own(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "group,city,counties,people\nx,六安,341503；341502,1234567\nx,合肥,,\n", "utf-8"
    )
    first, second = read_groups(file)[0].members
    assert first.counties == ("341502", "341503")
    assert (first.residents.people, first.residents.grade.value) == (1234567.0, "E")
    assert (second.residents.people, second.residents.grade.value) == (9369881.0, "C")


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("group,city\nx,武汉式\nx,黄石\n", "league.unknown_city", {"row": 2}),
        ("group,city\nx,武汉\nx,\n", "sources.cell_empty", {"row": 3}),
        ("group,city\nx,武汉\n", "league.one_city", {"row": 2}),
        ("group,city\nx,武汉\nx,黄石\nx,420100\n", "league.city_twice", {"row": 4, "first": 2}),
        ("group,city,core\nx,武汉,长沙\nx,黄石,\n", "league.core_elsewhere", {"given": "长沙"}),
        ("group,city,core\nx,武汉,武汉\nx,黄石,黄石\n", "league.two_cores", {"row": 3}),
        ("group,city,core\nx,武汉,某市\nx,黄石,\n", "league.no_such_city", {"column": "core"}),
        ("group,city\nx,长春\nx,沈阳\n", "league.people_needed", {"row": 2}),
        ("group,city,counties\nx,武汉,420102\nx,黄石,\n", "league.people_needed", {"row": 2}),
        (
            "group,city,counties\nx,武汉,430102\nx,黄石,\n",
            "league.county_elsewhere",
            {"code": "430102"},
        ),
        ("group,city,grade\nx,武汉,F\nx,黄石,\n", "sources.cell_unknown_word", {"row": 2}),
        ("group,city,people\nx,武汉,很多\nx,黄石,\n", "sources.cell_not_number", {"row": 2}),
        ("city\n武汉\n黄石\n", "sources.no_column", {"column": "group"}),
        ("group,town\nx,武汉\nx,黄石\n", "sources.no_column", {"column": "city"}),
        ("group,city\nx,武汉\nx,xyz!\n", "league.no_such_city", {"row": 3, "given": "xyz!"}),
        ("group,city\n", "sources.no_records", {}),
        ("", "sources.empty_file", {}),
    ],
)
def test_a_wrong_list_says_where(
    tmp_path: Path, text: str, key: str, told: dict[str, object]
) -> None:
    file = tmp_path / "城市群 名单.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(OneCityError) as caught:
        read_groups(file)
    assert caught.value.key == key
    assert {name: caught.value.values[name] for name in told} == told
    for language in LANGUAGES:
        assert str(file) in caught.value.text(language)


def test_a_slip_of_the_pen_is_asked_back() -> None:
    assert "武汉" in gazetteer().near("武汉式")
    assert gazetteer().near("xyz!") == ""


def test_groups_are_chosen_by_key_or_name() -> None:
    groups = read_groups()
    assert [one.key for one in chosen(groups, ["珠三角", "wuhan"])] == ["wuhan", "prd"]
    assert chosen(groups, []) == groups
    with pytest.raises(MissingError) as caught:
        chosen(groups, ["beijing"])
    assert "changzhutan" in caught.value.text("en")


def test_a_list_that_is_not_there() -> None:
    with pytest.raises(MissingError):
        read_groups("no such list.csv")
