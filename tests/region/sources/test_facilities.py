"""Facilities: what is read from tables, vector files and extracts, merged, refused and told."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from onecity.core.errors import InputError, OneCityError
from onecity.core.provenance import Grade, Nature
from onecity.region.facility_kinds import KEYS, kind_of_land, kind_of_tags
from onecity.region.schema import CRS, FACILITIES
from onecity.region.sources.facilities import Given, join_facilities, read_facilities
from onecity.region.sources.facility_places import SAME_M, Land, merge_doubles
from onecity.region.validation import check_table
from tests.tiny import tiny_region

TINY = tiny_region()
LAND = Land.of(TINY.table("counties"))
ONE = TINY.table("facilities").iloc[:1]
REGISTER = Given("register", Grade.B)
METRE = 1 / 111_195
"""Of latitude, in degrees."""


def write(folder: Path, text: str, name: str = "设施.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_table_is_read_placed_and_told(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "编号,名称,类别,lon,lat,床位,capacity_unit,level,opened,city,county\n"
        "h1,第一医院,医院,-29.85,1.25,900,beds,三级甲等,1998,,\n"
        "h2,飞地医院,医院,-29.35,1.25,,,二级,,990100,\n"
        "s1,某校,A33,-29.95,1.05,,,,,,990101\n"
        "x,养老,A6,-29.15,1.15,80,beds,,,,\n"
        "n,无处,医院,,,,,,,,\n"
        "o,海上,医院,-20,1,,,,,,\n",
    )
    columns = {"facility": "编号", "name_zh": "名称", "kind": "类别", "capacity": "床位"}
    wanted = Given("register", Grade.C, kinds={"医院": "hospital"}, outside="leave_out")
    found = read_facilities(file, columns, land=LAND, given=wanted)
    table = found.table
    check_table(table, FACILITIES)
    assert list(table["facility"]) == ["h1", "h2", "s1", "x"]
    assert list(table["kind"]) == ["hospital", "hospital", "school", "elderly_care"]
    assert list(table["county"]) == ["990101", "990201", "990101", "999001"]
    # The second stands in another city than the one it belongs to.
    assert list(table["city"]) == ["990100", "990100", "990100", "999001"]
    assert table["capacity"].tolist()[0] == 900
    assert table["capacity_nature"].fillna("-").tolist() == ["observed", "-", "-", "observed"]
    assert table["grade"].unique().tolist() == ["C"]
    told = {one.key: one for one in (*found.report.dropped, *found.report.noted)}
    assert set(told) == {
        "facilities.left_without_position", "facilities.left_outside", "facilities.wide_code",
        "facilities.without_capacity", "facilities.abroad",
    }  # fmt: skip
    assert "row 6" in told["facilities.left_without_position"].text("en").replace("rows", "row")
    assert told["facilities.without_capacity"].count == 2


@pytest.mark.parametrize(
    ("row", "key", "column"),
    [
        ("h,甲,医堂,-29.8,1.2,,,", "facilities.unknown_kind", "kind"),
        ("h,甲,,-29.8,1.2,,,", "sources.cell_empty", "kind"),
        ("h,甲,hospital,1.2,-29.8,,,", "facilities.outside", "lon"),
        ("h,甲,hospital,-29.8,,,,", "sources.cell_empty", "lat"),
        ("h,甲,hospital,-29.8,1.2,-5,beds,", "sources.cell_below", "capacity"),
        ("h,甲,hospital,-29.8,1.2,约百,beds,", "sources.cell_not_number", "capacity"),
        ("h,甲,hospital,-29.8,1.2,50,,", "facilities.no_unit", "capacity"),
        ("h,甲,hospital,-29.8,1.2,50,张,", "sources.cell_unknown_word", "capacity_unit"),
        ("h,甲,hospital,-29.8,1.2,,,19年", "sources.cell_not_number", "opened"),
        ("h,甲,hospital,-29.8,1.2,,,19", "facilities.no_year", "opened"),
        ("a,甲,hospital,-29.8,1.2,,,", "facilities.twice", "facility"),
    ],
    ids=lambda one: one if "." in str(one) and "," not in str(one) else "",
)
def test_what_is_wrong_is_told_at_its_cell(tmp_path: Path, row: str, key: str, column: str) -> None:
    head = "facility,name_zh,kind,lon,lat,capacity,capacity_unit,opened\n"
    file = write(tmp_path, f"{head}a,甲,hospital,-29.9,1.1,,,\n{row}\n")
    with pytest.raises(InputError) as caught:
        read_facilities(file, land=LAND, given=REGISTER)
    assert caught.value.key == key
    assert (caught.value.values["row"], caught.value.values["column"]) == (3, column)
    assert caught.value.text("zh")


@pytest.mark.parametrize("named", ["110101,", ",110100"])
def test_codes_of_what_is_left_out_need_not_be_known(tmp_path: Path, named: str) -> None:
    head = "kind,lon,lat,county,city\nhospital,-29.85,1.25,,\n"
    file = write(tmp_path, f"{head}hospital,116.4,39.9,{named}\n")
    given = Given("register", Grade.B, outside="leave_out")
    found = read_facilities(file, land=LAND, given=given)
    assert list(found.table["county"]) == ["990101"]
    assert [one.key for one in found.report.dropped] == ["facilities.left_outside"]
    # Inside the region a code must be one of the region's.
    wrong = write(tmp_path, f"{head}hospital,-29.85,1.25,{named}\n")
    with pytest.raises(InputError):
        read_facilities(wrong, land=LAND, given=given)


def test_vector_files_and_projected_systems_give_the_same(tmp_path: Path) -> None:
    spots = [(-29.85, 1.25), (-29.35, 1.15)]
    frame = gpd.GeoDataFrame(
        {"名": ["甲", "乙"], "capacity": [10.0, np.nan], "capacity_unit": ["beds", None]},
        geometry=[Point(spots[0]).buffer(0.001), Point(spots[1])],
        crs=CRS,
    )
    frame.to_file(tmp_path / "a.geojson")
    frame.to_crs("EPSG:3857").to_file(tmp_path / "b.gpkg")
    hospitals = Given("register", Grade.B, kind="hospital")
    for name in ("a.geojson", "b.gpkg"):
        found = read_facilities(tmp_path / name, {"name_zh": "名"}, land=LAND, given=hospitals)
        check_table(found.table, FACILITIES)
        assert list(found.table["name_zh"]) == ["甲", "乙"]
        assert list(found.table["county"]) == ["990101", "990201"]
        assert np.allclose(found.table[["lon", "lat"]], spots, atol=1e-3)


def extract(file: Path) -> Path:
    """Write an extract with a clinic, two schools (an area, a multipolygon) and no facility."""
    mutable = osmium.osm.mutable
    corners = [(-29.86, 1.24), (-29.84, 1.24), (-29.84, 1.26), (-29.86, 1.26)]
    with osmium.SimpleWriter(str(file)) as out:
        tags = {"amenity": "clinic", "name": "Posto", "name:zh": "卫生站", "beds": "12"}
        out.add_node(mutable.Node(id=1, location=(-29.35, 1.15), tags=tags))
        out.add_node(mutable.Node(id=2, location=(-29.3, 1.1), tags={"amenity": "bench"}))
        out.add_node(
            mutable.Node(id=3, location=(50.0, 1.1), tags={"amenity": "school"})  # far away
        )
        for number, spot in enumerate(corners, 10):
            out.add_node(mutable.Node(id=number, location=spot))
        for number, (lon, lat) in enumerate(corners, 20):
            out.add_node(mutable.Node(id=number, location=(lon + 0.5, lat)))
        school = {"amenity": "school", "isced:level": "1", "capacity": "400 pupils"}
        out.add_way(mutable.Way(id=5, nodes=[10, 11, 12, 13, 10], tags=school))
        out.add_way(mutable.Way(id=6, nodes=[20, 21, 22, 23, 20]))
        out.add_relation(
            mutable.Relation(
                id=7,
                members=[("w", 6, "outer")],
                tags={"type": "multipolygon", "amenity": "school", "start_date": "1950"},
            )
        )
    return file


def test_an_extract_gives_nodes_and_areas(tmp_path: Path) -> None:
    file = extract(tmp_path / "a.osm.pbf")
    found = read_facilities(file, land=LAND, given=REGISTER)
    check_table(found.table, FACILITIES)
    rows = found.table.set_index("facility")
    assert list(rows.index) == ["osm:n1", "osm:r7", "osm:w5"]
    assert rows["kind"].tolist() == ["clinic", "school", "primary_school"]
    assert (rows.at["osm:n1", "name_zh"], rows.at["osm:n1", "capacity"]) == ("卫生站", 12)
    assert np.allclose(rows.loc["osm:w5", ["lon", "lat"]].astype(float), (-29.85, 1.25))
    assert rows.at["osm:r7", "opened"] == 1950
    assert np.isnan(rows.at["osm:w5", "capacity"])
    assert found.report.count("facilities.left_outside") == 1
    only = Given("register", Grade.B, only=("clinic",))
    assert len(read_facilities(file, land=LAND, given=only).table) == 1
    (tmp_path / "b.osm.pbf").write_bytes(file.read_bytes()[:200])
    with pytest.raises(InputError, match="OpenStreetMap"):
        read_facilities(tmp_path / "b.osm.pbf", land=LAND, given=REGISTER)


def places(*rows: tuple[str, str | None, float, float | None]) -> gpd.GeoDataFrame:
    """Return facilities: kind, name, metres to the north, capacity."""
    lat = [1.2 + metres * METRE for _, _, metres, _ in rows]
    table = ONE.iloc[[0] * len(rows)].reset_index(drop=True)
    return table.assign(
        facility=[f"x{at}" for at in range(len(rows))],
        kind=[kind for kind, *_ in rows],
        name_zh=pd.Series([name for _, name, *_ in rows], dtype="str"),
        lon=-29.8,
        lat=lat,
        capacity=np.array([np.nan if one is None else one for *_, one in rows]),
        geometry=gpd.points_from_xy([-29.8] * len(rows), lat),
    )


def test_one_given_twice_is_merged_and_two_are_not() -> None:
    table = places(
        ("hospital", "第一医院", 0, None),
        ("hospital", "市第一医院", 40, 300.0),  # the same: one name holds the other
        ("clinic", "第一医院", 0, None),  # another kind
        ("hospital", "中医院", 80, 90.0),  # near the second, but another name
        ("hospital", None, 120, None),  # no name: the one beside it
        ("hospital", "第一医院", 400, None),  # too far
    )
    kept, told = merge_doubles(table)
    assert list(kept["facility"]) == ["x1", "x2", "x3", "x5"]
    assert list(kept["capacity"].fillna(-1)) == [300, -1, 90, -1]
    assert {one.key: one.count for one in told} == {"facilities.merged": 2, "facilities.near": 1}
    check_table(kept, FACILITIES)
    same, nothing = merge_doubles(kept[kept["facility"] != "x1"].reset_index(drop=True))
    assert (len(same), nothing) == (3, ())
    # Positions that are assumed say nothing of who is near whom.
    assert len(merge_doubles(table.assign(grade="E"))[0]) == len(table)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hospital", "school"]),
            st.sampled_from(["甲", "乙", "甲乙", None]),
            st.integers(0, 300),
            st.one_of(st.none(), st.floats(0, 1e9)),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_named_place_is_lost_without_one_like_it_near_by(rows: list[Any]) -> None:
    table = places(*rows)
    kept, told = merge_doubles(table)
    lost = table[~table["facility"].isin(kept["facility"])]
    assert sum(one.count for one in told if one.key == "facilities.merged") == len(lost)
    for _, gone in lost.iterrows():
        near = kept[
            (kept["kind"] == gone["kind"])
            & ((kept["lat"] - gone["lat"]).abs() <= len(rows) * SAME_M * METRE * 1.01)
        ]
        name = gone["name_zh"]
        agree = [
            pd.isna(name) or pd.isna(one) or str(one) in name or name in str(one)
            for one in near["name_zh"]
        ]
        assert any(agree)


def test_files_are_joined_and_clashes_refused(tmp_path: Path) -> None:
    text = "facility,kind,lon,lat\na,hospital,-29.9,1.1\n"
    one = read_facilities(write(tmp_path, text), land=LAND, given=REGISTER)
    other = read_facilities(write(tmp_path, text, "b.csv"), land=LAND, given=REGISTER)
    with pytest.raises(InputError) as caught:
        join_facilities([one, other])
    assert caught.value.key == "facilities.twice_files"
    text = "kind,lon,lat\nlibrary,-29.9,1.1\n"
    more = read_facilities(write(tmp_path, text, "c.csv"), land=LAND, given=REGISTER)
    both = join_facilities([one, more])
    assert list(both.table["facility"]) == ["a", "c:2"]
    check_table(both.table, FACILITIES)


def test_words_that_mean_nothing_are_refused_before_a_file_is_read(tmp_path: Path) -> None:
    for wrong in (Given("r", Grade.B, kind="spa"), Given("r", Grade.B, kinds={"甲": "spa"})):
        with pytest.raises(OneCityError) as caught:
            read_facilities(tmp_path / "none.csv", land=LAND, given=wrong)
        assert caught.value.key == "facilities.kind_not_ours"
    with pytest.raises(OneCityError) as caught:
        read_facilities(
            write(tmp_path, "lon,lat\n-29.9,1.1\n"), land=LAND, given=Given("r", Grade.B)
        )
    assert caught.value.key == "facilities.kind_not_stated"


def test_a_place_just_outside_a_generalised_outline_is_in_the_county_beside_it() -> None:
    land = Land(
        np.array(["a", "b"], dtype=object),
        np.array([box(0, 59, 1, 60), box(1, 59, 2, 60)], dtype=object),
        {"a": "A", "b": "B"},
    )
    # At 60 degrees a kilometre is 0.018 degrees of longitude and 0.009 of latitude.
    lon = np.array([-0.015, -0.02, 0.5, 1.5, np.nan, 1.0])
    lat = np.array([59.5, 59.5, 60.008, 60.02, 59.5, 60.005])
    assert land.county_at(lon, lat).tolist() == ["a", None, "a", None, None, "a"]


def test_kinds_of_tags_and_land() -> None:
    assert kind_of_tags({"amenity": "hospital", "healthcare": "clinic"}) == "hospital"
    assert kind_of_tags({"amenity": "school", "isced:level": "2;3"}) == "middle_school"
    assert kind_of_tags({"amenity": "school", "isced:level": "1;2"}) == "school"
    assert kind_of_tags({"disused:amenity": "school", "building": "school"}) is None
    assert kind_of_land(" a51 ") == "hospital"
    assert kind_of_land("R2") is None
    assert len(set(KEYS)) == len(KEYS)


def test_the_nature_of_a_source_goes_with_its_capacities(tmp_path: Path) -> None:
    file = write(tmp_path, "kind,lon,lat,capacity,capacity_unit\nhospital,-29.9,1.1,50,beds\n")
    guessed = Given("register", Grade.E, nature=Nature.ASSUMED)
    table = read_facilities(file, land=LAND, given=guessed).table
    assert table["capacity_nature"].tolist() == ["assumed"]
