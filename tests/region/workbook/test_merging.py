"""What is filled in arrives in the region, exactly, and nothing else changes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.region.check import check
from onecity.region.interventions import CloseRoad
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.region.validation import check_table
from onecity.region.workbook import Intake, merge, read_workbook
from tests.region.workbook.forms import (
    CENSUS,
    HOSPITAL,
    INDUSTRY,
    PROJECT,
    RIGHT,
    SOURCED,
    YEARLY,
    faults,
    filled,
)
from tests.tiny import tiny_region

REGION = tiny_region(without=("facilities", "recognition", "jobs"))
NEW = ("population_years", "facilities", "recognition", "industries", "undertakings")
YUNWAN = [
    {**CENSUS, "unit_kind": "县区", "unit": "990101", "name_zh": "内湾区", "people": 1900000},
    {**CENSUS, "unit_kind": "县区", "unit": "990102", "name_zh": "外湾区", "people": 1250000},
    {**CENSUS, "unit_kind": "功能区", "unit": "990100-hx", "name_zh": "和信开发区",
     "city": "990100", "counties": "990101;990102", "people": 70000, "grade": "B"},
    {**CENSUS, "unit_kind": "全市合计", "unit": "990100", "name_zh": "云湾市",
     "people": 3220000, "date": "2030-11-01"},
]  # fmt: skip
YEARS = [
    {**YEARLY, "unit_kind": "县区", "unit": "999001", "name_zh": "砾泽市", "people": 330000},
    {**YEARLY, "unit_kind": "全市合计", "unit": "999001", "name_zh": "砾泽市", "people": 330000,
     "date": "2025-12-31", "note": "快报", "grade": "B-"},
]  # fmt: skip


def take(path: Path, region: Region = REGION, **rows: Any) -> Region:
    """Read a bare workbook and merge it."""
    return merge(region, read_workbook(filled(path / "报送.xlsx", **rows), region))


def plain(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(table).astype(object).where(lambda one: one.notna(), None)


def test_round_trip_through_the_template(tmp_path: Path) -> None:
    path = filled(
        tmp_path / "报送 2025.xlsx",
        REGION,
        people=[*YUNWAN, *YEARS],
        facilities=[HOSPITAL, {**HOSPITAL, "facility": "H-2", "name_zh": "分院", "capacity": None,
                               "capacity_unit": None, "level": None, "opened": None}],
        recognition=[RIGHT, {**RIGHT, "share": 0, "since": "2024年", "document": None}],
        industries=[INDUSTRY, {**INDUSTRY, "section": "A", "output": None, "employees": None}],
        undertakings=[PROJECT, {**PROJECT, "undertaking": "R1", "kind": "任务", "strand": None,
                                "places": None, "cost": None, "due": "2026年6月"}],
    )  # fmt: skip
    intake = read_workbook(path, REGION)
    assert faults(intake) == []
    made = merge(REGION, intake)
    for name in NEW:
        check_table(made.table(name), TABLES[name])
    years = plain(made.table("population_years")).to_dict("records")
    assert years == [
        {"level": "county", "code": "999001", "year": 2025, "date": None, "people": 330000.0,
         "source": "年鉴", "grade": "A", "note": None},
        {"level": "city", "code": "999001", "year": 2025, "date": "2025-12-31",
         "people": 330000.0, "source": "年鉴", "grade": "B-", "note": "快报"},
    ]  # fmt: skip
    first, second = plain(made.table("facilities")).to_dict("records")
    assert first["facility"] == "990101:hospital:第一医院"
    assert (first["lon"], first["lat"], first["opened"]) == (-29.9, 1.25, 1998)
    assert (first["geometry"].x, first["geometry"].y) == (-29.9, 1.25)
    assert (second["facility"], second["opened"], second["capacity"]) == ("H-2", None, None)
    rights = plain(made.table("recognition"))[["service", "share", "since", "document"]]
    assert rights.to_numpy().tolist() == [
        ["medical_insurance", 0.8, "2023-05-01", "互认协议"],
        ["medical_insurance", 0.0, "2024-12-31", None],
    ]
    c, a = plain(made.table("industries")).to_dict("records")
    assert (c["output_cny"], c["value_added_cny"], c["employees"]) == (10005000, 3002500, 1200)
    assert (a["section"], a["output_cny"], a["value_added_cny"]) == ("A", None, 3002500)
    project, task = plain(made.table("undertakings")).to_dict("records")
    assert project["places"] == "990100;990202"
    assert project["cost_cny"] == 120_000_000
    assert (project["strand"], project["status"]) == ("transport", "under_way")
    assert (task["undertaking"], task["kind"], task["due"]) == ("R1", "task", "2026-06-30")
    assert task["places"] is None


def test_a_merged_region_is_written_opened_and_sound(tmp_path: Path) -> None:
    old = REGION.write(tmp_path / "旧")
    rows: dict[str, Any] = {
        "people": [*YUNWAN, *YEARS],
        "facilities": [HOSPITAL],
        "industries": [INDUSTRY],
    }
    intake = read_workbook(filled(tmp_path / "报送.xlsx", undertakings=[PROJECT], **rows), old)
    made = merge(old, intake).write(tmp_path / "新")
    opened = Region.open(tmp_path / "新")
    assert opened.hash == made.hash != old.hash
    assert check(opened).sound
    for name in opened.manifest.tables:
        check_table(opened.table(name), TABLES[name])
    # Undoing is keeping the old folder: it is whole and the same.
    again = Region.open(tmp_path / "旧")
    assert again.hash == old.hash
    assert not any(again.has(name) for name in NEW)


def test_what_the_manifest_says(tmp_path: Path) -> None:
    path = filled(tmp_path / "报送.xlsx", people=[*YUNWAN, *YEARS], facilities=[HOSPITAL])
    intake = read_workbook(path, REGION)
    known = merge(REGION, intake).manifest
    record = known.history[-1]
    assert record["kind"] == "import_workbook"
    assert record["file"] == "报送.xlsx"
    assert record["sha256"] == intake.sha256
    assert record["rows"] == {"cities": 0, "counties": 0, "people": 6, "facilities": 1,
                              "recognition": 0, "industries": 0, "undertakings": 0}  # fmt: skip
    assert record["census_cities"] == ["990100"]
    assert record["tables"] == ["census", "cities", "counties", "facilities", "population_years",
                                "zones"]  # fmt: skip
    source = known.sources[str(record["source"])]
    assert source.grade is Grade.B_MINUS
    assert source.nature is Nature.OBSERVED
    assert source.date == "2030"
    for name in record["tables"]:
        assert known.tables[name].sources[-1] == source.key
        assert known.tables[name].rows == len(merge(REGION, intake).table(name))
    assert known.tables["zones"].nature is Nature.MODELLED
    assert known.tables["facilities"].grade is Grade.A
    assert (
        known.tables["roads" if "roads" in known.tables else "road_edges"]
        == (REGION.manifest.tables["road_edges"])
    )


def test_a_census_changes_its_own_city_alone_and_keeps_totals(tmp_path: Path) -> None:
    made = take(tmp_path, people=YUNWAN)
    old, new = REGION.table("zones"), made.table("zones")
    own = (old["city"] == "990100").to_numpy()
    assert (new["people"].to_numpy()[~own] == old["people"].to_numpy()[~own]).all()
    assert new.loc[own, "people"].sum() == pytest.approx(3220000, rel=1e-12)
    in_county = new[own].groupby("county")["people"].sum()
    assert in_county["990101"] > 1900000
    assert in_county.sum() - in_county["990101"] > 1250000
    for name, key in (("counties", "county"), ("cities", "city")):
        before, after = REGION.table(name).set_index(key), made.table(name).set_index(key)
        others = before["city"] != "990100" if name == "counties" else before.index != "990100"
        columns = ["people", "people_grade"]
        pd.testing.assert_frame_equal(before.loc[others, columns], after.loc[others, columns])
    cities = made.table("cities").set_index("city")
    assert cities.loc["990100", "people"] == 3220000
    counties = made.table("counties").set_index("county")
    assert counties.loc["990101", "people"] == pytest.approx(in_county["990101"], rel=1e-12)
    assert counties.loc["990101", "people_grade"] == "B"
    census = made.table("census").set_index("unit")
    assert census.loc["990101", "date"] == "2030"
    assert census.loc["990100-total", "date"] == "2030-11-01"
    assert census.loc["990100-hx", "name_en"] == "Hexin Zone"
    assert census.loc["990200-g1", "people"] == 736291
    assert len(census) == len(REGION.table("census"))
    # The given region is what it was.
    assert (REGION.table("zones")["people"] == old["people"]).all()


def test_yearly_figures_change_no_zone(tmp_path: Path) -> None:
    made = take(tmp_path, people=YEARS)
    assert made._tables["zones"] is REGION._tables["zones"]
    assert made.manifest.tables["zones"] == REGION.manifest.tables["zones"]


def test_a_scenario_keeps_its_interventions(tmp_path: Path) -> None:
    scenario = REGION.write(tmp_path / "旧").apply([CloseRoad((0,))])
    made = take(tmp_path, scenario, people=YEARS)
    assert made.table("road_edges")["seconds_forward"].isna()[0]
    assert [one["kind"] for one in made.manifest.history] == ["close_road", "import_workbook"]
    assert scenario.manifest.history == made.manifest.history[:1]


def test_a_row_that_comes_again_replaces_the_old_one(tmp_path: Path) -> None:
    first = take(tmp_path, people=YEARS, facilities=[HOSPITAL], undertakings=[PROJECT])
    first = first.write(tmp_path / "一")
    second = take(
        tmp_path,
        first,
        people=[{**YEARS[0], "people": 340000}, {**YEARS[0], "year": 2024}],
        facilities=[{**HOSPITAL, "capacity": 1000}, {**HOSPITAL, "name_zh": "第二医院"}],
        undertakings=[{**PROJECT, "status": "已完成"}],
    )
    years = second.table("population_years")
    assert sorted(zip(years["level"], years["year"], years["people"], strict=True)) == [
        ("city", 2025, 330000.0),
        ("county", 2024, 330000.0),
        ("county", 2025, 340000.0),
    ]
    assert sorted(second.table("facilities")["capacity"]) == [900.0, 1000.0]
    assert second.table("undertakings")["status"].tolist() == ["done"]
    assert len(second.manifest.history) == 2
    assert second.write(tmp_path / "二").table("facilities").crs == "EPSG:4326"


def test_groups_and_names(tmp_path: Path) -> None:
    made = take(
        tmp_path,
        cities=[
            {"kind": "市", "code": "990100", "name_zh": "云湾市", "lon": -29.85, "lat": 1.3},
            {"kind": "组团", "code": "bay", "name_zh": "内湾组团", "role": "门户",
             "members": "990100", **SOURCED},
            {"kind": "组团", "code": "new", "name_zh": "新组团", "name_en": "New", "role": "侧翼",
             "members": "999001;990202", **SOURCED},
        ],
        counties=[{"code": "990202", "name_zh": "浦北县", "name_en": "Pubei", "city": "990200"}],
    )  # fmt: skip
    groups = made.table("groups")
    assert sorted(groups.loc[groups["group"] == "bay", "county"]) == ["990101", "990102"]
    assert groups.loc[groups["group"] == "new", "county"].tolist() == ["999001", "990202"]
    assert set(groups["group"]) == {"bay", "east", "gate", "new"}
    assert groups.loc[groups["group"] == "bay", "name_en"].tolist() == ["内湾组团"] * 2
    city = made.table("cities").set_index("city").loc["990100"]
    assert (city["lon"], city["lat"], city["name_en"]) == (-29.85, 1.3, "Yunwan")
    assert made.table("counties").set_index("county").loc["990202", "name_en"] == "Pubei"
    assert made._tables["zones"] is REGION._tables["zones"]


def test_a_template_handed_back_unchanged_has_nothing_new(tmp_path: Path) -> None:
    intake = read_workbook(filled(tmp_path / "a.xlsx", REGION), REGION)
    with pytest.raises(InputError, match="nothing that the region does not have"):
        merge(REGION, intake)


def test_faults_and_another_region_are_refused(tmp_path: Path) -> None:
    bad = read_workbook(filled(tmp_path / "a.xlsx", people=[{**YEARS[0], "people": "多"}]), REGION)
    with pytest.raises(InputError, match="1 faults"):
        merge(REGION, bad)
    good = read_workbook(filled(tmp_path / "b.xlsx", people=YEARS), REGION)
    with pytest.raises(InputError, match="another region"):
        merge(merge(REGION, good), good)


def test_positions_from_chinese_maps_are_turned_into_wgs84(tmp_path: Path) -> None:
    from onecity.region.sources.coordinates import to_wgs84

    # The tiny region lies on an ocean, where the shift is none.
    made = take(tmp_path, facilities=[{**HOSPITAL, "system": "GCJ-02（高德、腾讯）"}])
    assert tuple(made.table("facilities")[["lon", "lat"]].iloc[0]) == (-29.9, 1.25)
    lon, lat = to_wgs84(np.array([114.3]), np.array([30.6]), "GCJ-02")
    assert 0.004 < 114.3 - lon[0] < 0.007
    assert abs(30.6 - lat[0]) > 0.001


UNITS = st.fixed_dictionaries(
    {
        "inner": st.integers(600_000, 3_000_000),
        "outer": st.integers(400_000, 2_400_000),
        "zone": st.one_of(st.none(), st.integers(20_000, 150_000)),
        "together": st.booleans(),
        "total": st.one_of(st.none(), st.integers(1_100_000, 5_500_000), st.just(-1)),
        "lize": st.one_of(st.none(), st.integers(100_000, 900_000)),
        "drop": st.sampled_from([None, "inner", "outer"]),
    }
)


def rows_of(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return census rows of Yunwan, and perhaps Lize, right or wrong."""
    rows: list[dict[str, Any]] = []
    if drawn["together"]:
        both = drawn["inner"] + drawn["outer"]
        rows.append({**CENSUS, "unit_kind": "县区合计", "unit": "pair", "name_zh": "内外湾",
                     "city": "990100", "counties": "990101;990102", "people": both})  # fmt: skip
    else:
        for key, code, name in (("inner", "990101", "内湾区"), ("outer", "990102", "外湾区")):
            if drawn["drop"] != key:
                rows.append({**CENSUS, "unit_kind": "县区", "unit": code, "name_zh": name,
                             "people": drawn[key]})  # fmt: skip
    if drawn["zone"] is not None:
        rows.append({**YUNWAN[2], "people": drawn["zone"]})
    if drawn["total"] is not None:
        exact = sum(row["people"] for row in rows)
        rows.append({**YUNWAN[3], "people": exact if drawn["total"] < 0 else drawn["total"]})
    if drawn["lize"] is not None:
        rows.append({**CENSUS, "unit_kind": "县区", "unit": "999001", "name_zh": "砾泽市",
                     "people": drawn["lize"]})  # fmt: skip
    return rows


@settings(max_examples=25)
@given(UNITS)
def test_what_is_sound_can_be_merged_and_every_unit_is_kept(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, Any]
) -> None:
    rows = rows_of(drawn)
    intake: Intake = read_workbook(
        filled(tmp_path_factory.mktemp("w") / "a.xlsx", people=rows), REGION
    )
    if not intake.sound:
        with pytest.raises(InputError):
            merge(REGION, intake)
        return
    made = merge(REGION, intake)
    assert check(made).sound
    zones = made.table("zones")
    census = made.table("census")
    for city in made.manifest.history[-1]["census_cities"]:
        units = census[(census["city"] == city) & (census["kind"] != "city_total")]
        mine = zones[zones["city"] == city]
        assert mine["people"].sum() == pytest.approx(units["people"].sum(), rel=1e-12)
        given_rows = [row for row in rows if row["unit"] in set(units["unit"])]
        assert sum(row["people"] for row in given_rows) <= units["people"].sum() + 1e-6
    assert (zones["people"] >= 0).all()
