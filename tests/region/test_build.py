"""From recipe to region: the shipped circle whole, and what stops a build."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from onecity.core.errors import InputError, OneCityError
from onecity.core.provenance import Grade
from onecity.core.severity import Severity
from onecity.region.build import build
from onecity.region.check import check
from onecity.region.sources.coordinates import wgs84_to_gcj02
from onecity.region.store import Region

ROOT = Path(__file__).resolve().parents[2]
WUHAN = ROOT / "regions" / "wuhan"


@pytest.fixture(scope="module")
def wuhan(tmp_path_factory: pytest.TempPathFactory) -> Region:
    return build(WUHAN, tmp_path_factory.mktemp("武汉") / "城市圈")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped recipe where it may be spoilt, at a coarse resolution to be quick."""
    folder = tmp_path / "配方"
    shutil.copytree(WUHAN, folder)
    spoil(folder / "region.toml", "resolution = 7", "resolution = 5")
    return folder


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_every_census_total_is_kept(wuhan: Region) -> None:
    census, zones = wuhan.table("census"), wuhan.table("zones")
    units = census[census["kind"] != "city_total"]
    alone = units[(units["kind"] != "functional_zone")]
    parks = units[units["kind"] == "functional_zone"]
    shared = {code for codes in parks["counties"] for code in codes.split(";")}
    by_county = zones.groupby("county")["people"].sum()
    for _, unit in alone.iterrows():
        codes = unit["counties"].split(";")
        if not shared & set(codes):
            assert by_county[codes].sum() == pytest.approx(unit["people"], rel=1e-9)
    land = by_county[sorted(shared)].sum()
    own = alone[alone["counties"].isin(shared)]["people"].sum()
    assert land == pytest.approx(own + parks["people"].sum(), rel=1e-9)
    assert zones["people"].sum() == pytest.approx(units["people"].sum(), rel=1e-12)
    assert (zones["people"] > 0).all()


def test_the_circle_is_whole(wuhan: Region) -> None:
    counties, cities, zones = wuhan.table("counties"), wuhan.table("cities"), wuhan.table("zones")
    assert len(counties) == 48
    assert set(cities["city"]) == {
        "420100", "420200", "420700", "420900", "421100", "421200", "429004", "429005", "429006",
    }  # fmt: skip
    assert cities.set_index("city")["core"].to_dict()["420100"]
    assert 31.8e6 < cities["people"].sum() < 31.9e6
    assert 57_500 < zones["area_km2"].sum() < 58_500
    assert zones["area_km2"].sum() == pytest.approx(counties["area_km2"].sum(), rel=1e-6)
    assert counties["people"].notna().all()
    assert counties["name_en"].notna().all()
    groups = wuhan.table("groups")
    assert {"four-sub-centres", "east-three", "gateways", "west-wing"} <= set(groups["group"])


def test_grades_travel_with_the_figures(wuhan: Region) -> None:
    cities = wuhan.table("cities").set_index("city")["people_grade"]
    assert cities[["420200", "420700", "429004", "429005", "429006"]].eq("C").all()
    assert cities["420100"] == "A"
    counties = wuhan.table("counties").set_index("county")
    assert counties.loc["421181", "people_grade"] == "B-"
    assert counties.loc["420984", ["people_grade", "people_nature"]].tolist() == ["D", "modelled"]
    assert wuhan.manifest.tables["road_edges"].grade is Grade.E
    for record in wuhan.manifest.tables.values():
        assert record.sources
        assert set(record.sources) <= set(wuhan.manifest.sources)


def test_legs_do_not_cross_the_yangtze(wuhan: Region) -> None:
    bank = wuhan.table("counties").set_index("county")["bank"]
    zones = wuhan.table("zones").set_index("zone")["county"].map(bank)
    links = wuhan.table("local_links")
    across = links[zones[links["zone_a"]].to_numpy() != zones[links["zone_b"]].to_numpy()]
    # But for the land of Yangxin on the northern bank, which would else hang in the air.
    counties = wuhan.table("zones").set_index("zone")["county"]
    assert len(across) < 20
    for pair in zip(counties[across["zone_a"]], counties[across["zone_b"]], strict=True):
        assert any(code.startswith("4202") for code in pair)
    assert set(bank) == {"north", "south"}


def test_the_same_recipe_gives_the_same_bytes(wuhan: Region, tmp_path: Path) -> None:
    again = build(WUHAN, tmp_path / "again")
    assert again.hash == wuhan.hash
    assert wuhan.path is not None
    for file in sorted(wuhan.path.glob("*.*")):
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_a_region_that_is_there_is_not_built_again(copy: Path, tmp_path: Path) -> None:
    first = build(copy, tmp_path / "out")
    assert first.path is not None
    made = (first.path / "manifest.json").stat().st_mtime_ns
    assert build(copy, tmp_path / "out").hash == first.hash
    assert (first.path / "manifest.json").stat().st_mtime_ns == made
    spoil(copy / "region.toml", "kmh = 70.0", "kmh = 75.0")
    assert build(copy, tmp_path / "out").hash != first.hash


def test_finer_zones_keep_the_same_people(wuhan: Region, copy: Path, tmp_path: Path) -> None:
    coarse = build(copy, tmp_path / "out").table("zones")
    assert len(coarse) < 0.1 * len(wuhan.table("zones"))
    fine = wuhan.table("zones").groupby("city")["people"].sum()
    pd.testing.assert_series_equal(coarse.groupby("city")["people"].sum(), fine, rtol=1e-9)


def test_the_users_polygons_serve_as_zones(copy: Path, tmp_path: Path) -> None:
    towns = gpd.read_file(copy / "data/boundaries/counties.geojson").to_crs(4326)
    towns[["code", "geometry"]].rename(columns={"code": "乡镇"}).to_file(copy / "乡镇.gpkg")
    spoil(
        copy / "region.toml",
        'kind = "h3"\nresolution = 5',
        'kind = "polygons"\nfile = "乡镇.gpkg"\nsource = "boundaries"\nid_column = "乡镇"',
    )
    region = build(copy, tmp_path / "out")
    zones = region.table("zones")
    assert len(zones) == 48
    assert (zones["zone"] == zones["county"]).all()


def test_a_county_without_population_stops_the_build(copy: Path, tmp_path: Path) -> None:
    census = copy / "data" / "census2020_units.csv"
    lines = census.read_text(encoding="utf-8").splitlines()
    kept = [one for one in lines if "仙桃" not in one]
    census.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="仙桃"):
        build(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [one.name for one in tmp_path.iterdir()] == ["配方"]


def test_points_in_another_coordinate_system_are_named(copy: Path, tmp_path: Path) -> None:
    nodes = pd.read_csv(copy / "data" / "roads" / "nodes.csv").iloc[::20]
    lon, lat = wgs84_to_gcj02(nodes["lon"], nodes["lat"])
    halls = pd.DataFrame({"name_zh": "服务大厅", "lon": lon, "lat": lat})
    halls.to_csv(copy / "data" / "halls.csv", index=False)
    addition = '\n[[tables.places]]\nfile = "data/halls.csv"\nsource = "places"\nkind = "hall"\n'
    with (copy / "region.toml").open("a", encoding="utf-8") as recipe:
        recipe.write(addition)
    with pytest.raises(InputError, match="GCJ-02"):
        build(copy, tmp_path / "out")
    with (copy / "region.toml").open("a", encoding="utf-8") as recipe:
        recipe.write('crs = "GCJ-02"\n')
    places = build(copy, tmp_path / "out").table("places")
    halls = places[places["kind"] == "hall"]
    np.testing.assert_allclose(halls["lon"], nodes["lon"], atol=1e-6)
    nodes.assign(name_zh="服务大厅")[["name_zh", "lon", "lat"]].to_csv(
        copy / "data" / "halls.csv", index=False
    )
    with pytest.raises(InputError, match="WGS-84"):
        build(copy, tmp_path / "out")


def test_roads_of_another_place_are_named(copy: Path, tmp_path: Path) -> None:
    nodes = copy / "data" / "roads" / "nodes.csv"
    moved = pd.read_csv(nodes)
    moved["lon"] -= 50
    moved.to_csv(nodes, index=False)
    with pytest.raises(InputError, match="Not one road node"):
        build(copy, tmp_path / "out")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('core_city = "420100"', 'core_city = "110000"', "110000"),
        ("max_km = 20.0", 'max_km = 20.0\navoid_rivers = ["密西西比河"]', "密西西比河"),
        ('columns = { place = "geonameid" }', 'columns = { place = "nope" }', "nope"),
        ('code_column = "code"', 'code_column = "代码"', "代码"),
    ],
)
def test_a_wrong_word_in_the_recipe_is_named(
    copy: Path, tmp_path: Path, old: str, new: str, word: str
) -> None:
    spoil(copy / "region.toml", old, new)
    with pytest.raises(OneCityError, match=word):
        build(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_city_the_boundaries_lack_is_named(copy: Path, tmp_path: Path) -> None:
    file = copy / "data" / "boundaries" / "counties.geojson"
    raw = json.loads(file.read_text(encoding="utf-8"))
    raw["features"] = [f for f in raw["features"] if f["properties"]["code"] != "429006"]
    file.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(InputError, match="429006"):
        build(copy, tmp_path / "out")


DYING = """
import os, signal, sys
from pathlib import Path
from onecity.region.build import build
from onecity.region.store import Region

def dying(does):
    def done(*given):
        found = does(*given)
        left.pop()
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return done

recipe, out, what, count = sys.argv[1:]
left, of = [None] * int(count), {"_write_table": Region, "rename": Path}[what]
setattr(of, what, dying(getattr(of, what)))
build(recipe, out)
"""
"""A build that is killed right after it did something for so many times."""


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_build_that_is_killed_leaves_what_was_there_or_all_of_the_new(
    copy: Path, tmp_path: Path
) -> None:
    old = build(copy, tmp_path / "out")
    spoil(copy / "region.toml", "resolution = 5", "resolution = 6")
    # A table is written; what was there is set aside; what is new is in its place.
    for what, count, stays in (
        ("_write_table", 1, True),
        ("rename", 1, True),
        ("rename", 2, False),
    ):
        command = [sys.executable, "-c", DYING, str(copy), str(tmp_path / "out"), what, str(count)]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        opened = Region.open(tmp_path / "out")
        assert (opened.hash == old.hash) is stays
        assert all(len(opened.table(name)) == opened.manifest.tables[name].rows for name in ZONED)
    assert len(opened.table("zones")) > len(old.table("zones"))


ZONED = ("zones", "connectors")


def test_the_check_finds_the_known_weaknesses(wuhan: Region) -> None:
    quality = check(wuhan)
    assert quality.sound
    keys = {item.sentence.key for item in quality.items}
    assert {"check.far_zones", "check.dead_ends", "check.weak_totals", "check.pieces"} <= keys
    far = next(item for item in quality.items if item.sentence.key == "check.far_zones")
    # 48 % of cells were found beyond 5 km of a node when the extract was first looked at.
    assert far.sentence.values["share"] == pytest.approx(0.48, abs=0.03)
    dead = next(item for item in quality.items if item.sentence.key == "check.dead_ends")
    assert int(str(dead.sentence.values["count"])) > 286
    assert list(quality.cities.index) == list(wuhan.table("cities")["city"])
    assert quality.cities["counties"].sum() == 48
    assert quality.cities["zones"].sum() == len(wuhan.table("zones"))
    assert set(quality.tables.index) == set(wuhan.manifest.tables)
    for item in quality.items:
        assert item.text("zh")
        assert item.text("en")


def test_a_score_is_shown_only_for_its_own_model(wuhan: Region, copy: Path, tmp_path: Path) -> None:
    record = wuhan.manifest.records["population_score"]
    assert record["model"] == wuhan.manifest.records["population_model"]
    assert record["held_out"]["r2"] >= 0.72
    assert record["held_out"]["r2_outer"] >= 0.5
    gain = record["by_area"]["misplaced_share"] - record["held_out"]["misplaced_share"]
    assert gain >= 0.08
    spoil(copy / "region.toml", 'kind = "settlement"', 'kind = "hamlet"')
    other = build(copy, tmp_path / "out").manifest
    assert "population_score" not in other.records
    assert [remark.key for remark in other.remarks] == ["people.score_of_another_model"]


def test_the_check_sees_faults(wuhan: Region, tmp_path: Path) -> None:
    assert wuhan.path is not None
    folder = tmp_path / "spoilt"
    shutil.copytree(wuhan.path, folder)
    edges = pd.read_parquet(folder / "rail_edges.parquet")
    edges.iloc[:-1].to_parquet(folder / "rail_edges.parquet")
    (folder / "groups.parquet").unlink()
    quality = check(Region.open(folder))
    assert not quality.sound
    faults = [item.sentence.key for item in quality.items if item.severity is Severity.FAULT]
    assert faults[:2] == ["check.file_missing", "check.file_changed"]


def test_the_check_sees_spoilt_tables(wuhan: Region) -> None:
    tables = {name: wuhan.table(name) for name in wuhan.manifest.tables}
    edges, zones = tables["road_edges"], tables["zones"]
    people = zones["people"].to_numpy().copy()
    people[0] += 5e6
    km = edges["km"].to_numpy().copy()
    km[int(np.argmax(km))] = 0.1
    shapes = tables["counties"].geometry.to_numpy().copy()
    shapes[0] = shapely.Polygon([(114, 30), (115, 31), (115, 30), (114, 31)])
    spoilt = {
        **tables,
        "zones": zones.assign(people=people),
        "road_edges": edges.assign(km=km),
        "counties": tables["counties"].set_geometry(shapes, crs=4326),
    }
    quality = check(Region.from_tables(wuhan.manifest, spoilt))
    found = {item.sentence.key for item in quality.items if item.severity is Severity.FAULT}
    assert {"check.people_lost", "check.edges_too_short", "check.county_invalid"} <= found
    warned = {item.sentence.key for item in quality.items if item.severity is Severity.WARNING}
    assert "check.zones_dense" in warned
