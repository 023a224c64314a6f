"""A tiny invented circle on which every floor can be tested in milliseconds.

Three cities, five counties and fifty square zones of 0.1 degrees on a sheet of ocean, so
that nobody takes it for a real place. Zone ``z<row><column>``; row 0 is the southernmost,
column 0 the westernmost; rows of the table run column by column, so identifiers are not
sorted. What is odd on purpose:

* a parallel road, a loop, two one-way roads (one written backwards), a ferry;
* a road that ends only because the extract ends (node 10, ``cut``);
* two dead ends facing each other across the border of Yunwan and Lanpu (`DEAD_ENDS`);
* a piece of road that touches no other, with two zones on it (`ISLAND`);
* a zone joined only by a local link (`BY_LINK`), a zone joined by nothing (`OFF`), and a
  zone where nobody lives (`LAKE`).
"""

from hashlib import sha256
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod
from shapely import LineString, Point, box

from onecity.core.provenance import Grade, Nature, Source
from onecity.region.manifest import Assumption, Manifest, TableRecord
from onecity.region.schema import CRS
from onecity.region.store import Region

WEST, SOUTH, SIDE, COLUMNS, ROWS = -30.0, 1.0, 0.1, 10, 5
CORE = "990100"
DEAD_ENDS = (23, 25)
ISLAND = ("z48", "z49")
BY_LINK = "z08"
OFF = "z09"
LAKE = "z15"

_GEOD = Geod(ellps="WGS84")
_CITIES = {
    # code: names, centre in columns and rows
    "990100": ("云湾市", "Yunwan", 1.4, 2.6),
    "990200": ("岚浦市", "Lanpu", 6.6, 2.4),
    "999001": ("砾泽市", "Lize", 8.5, 1.5),
}
_COUNTIES = {
    "990101": ("990100", "内湾区", "Neiwan"),
    "990102": ("990100", "外湾区", "Waiwan"),
    "990201": ("990200", "浦南区", "Punan"),
    "990202": ("990200", "浦北县", None),
    "999001": ("999001", "砾泽市", "Lize"),
}
_KMH = {"trunk": 80.0, "primary": 60.0, "motorway": 100.0, "secondary": 40.0, "ferry": 12.0}


def _county(column: int, row: int) -> str:
    if column < 5:
        return "990101" if column < 2 else "990102"
    if column < 8:
        return "990201" if row < 3 else "990202"
    return "999001"


def _spot(column: float, row: float) -> tuple[float, float]:
    return round(WEST + SIDE * column, 6), round(SOUTH + SIDE * row, 6)


def _km(lon: Any, lat: Any) -> float:
    return float(_GEOD.line_length(lon, lat) / 1000)


def _area(shape: Any) -> float:
    return float(abs(_GEOD.geometry_area_perimeter(shape)[0]) / 1e6)


def _zones() -> gpd.GeoDataFrame:
    rows = []
    for column in range(COLUMNS):
        for row in range(ROWS):
            lon, lat = _spot(column + 0.5, row + 0.5)
            county = _county(column, row)
            city = _COUNTIES[county][0]
            _, _, centre_column, centre_row = _CITIES[city]
            away = np.hypot(column + 0.5 - centre_column, row + 0.5 - centre_row)
            name = f"z{row}{column}"
            size = {"990100": 480_000, "990200": 150_000, "999001": 90_000}[city]
            shape = box(*_spot(column, row), *_spot(column + 1, row + 1))
            people = 0.0 if name == LAKE else float(round(size * np.exp(-away / 1.3)))
            rows.append(
                {
                    "zone": name,
                    "county": county,
                    "city": city,
                    "lon": lon,
                    "lat": lat,
                    "area_km2": _area(shape),
                    "people": people,
                    "geometry": shape,
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)


def _counties(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = []
    for code, (city, name_zh, name_en) in _COUNTIES.items():
        mine = zones[zones["county"] == code]
        shape = mine.geometry.union_all()
        alone = code == "999001"
        rows.append(
            {
                "county": code,
                "city": city,
                "name_zh": name_zh,
                "name_en": name_en,
                "bank": "west" if city == CORE else "east",
                "area_km2": float(mine["area_km2"].sum()),
                "people": float(mine["people"].sum()),
                "people_grade": {"990100": "A", "990200": "D", "999001": "B-"}[city],
                "people_nature": "observed" if alone else "modelled",
                "geometry": shape,
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)


def _cities(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = []
    for code, (name_zh, name_en, column, row) in _CITIES.items():
        mine = zones[zones["city"] == code]
        lon, lat = _spot(column, row)
        rows.append(
            {
                "city": code,
                "name_zh": name_zh,
                "name_en": name_en,
                "core": code == CORE,
                "lon": lon,
                "lat": lat,
                "area_km2": float(mine["area_km2"].sum()),
                "people": float(mine["people"].sum()),
                "people_grade": {"990100": "A", "990200": "C", "999001": "C"}[code],
                "geometry": mine.geometry.union_all(),
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)


def _census(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    in_county = zones.groupby("county")["people"].sum()
    in_city = zones.groupby("city")["people"].sum()
    park = {"990101": 40_000.0, "990102": 20_000.0}
    bulletin = "虚构公报 invented bulletin"
    units = [
        ("990101", "county", "内湾区", "Neiwan", CORE, "990101",
         in_county["990101"] - park["990101"], "A", None),
        ("990102", "county", "外湾区", "Waiwan", CORE, "990102",
         in_county["990102"] - park["990102"], "A", None),
        ("990100-hx", "functional_zone", "和信开发区", "Hexin Zone", CORE, "990101;990102",
         sum(park.values()), "A", "counted apart from the districts"),
        ("990200-g1", "group", "浦南区+浦北县", None, "990200", "990201;990202",
         in_city["990200"], "D", "known only together"),
        ("999001", "county", "砾泽市", "Lize", "999001", "999001", in_city["999001"], "B-", None),
    ]  # fmt: skip
    for code, (name_zh, name_en, _, _) in _CITIES.items():
        members = ";".join(c for c, (city, _, _) in _COUNTIES.items() if city == code)
        grade = "A" if code == CORE else "C"
        total = (f"{code}-total", "city_total", name_zh, name_en, code, members)
        units.append((*total, in_city[code], grade, None))
    names = ["unit", "kind", "name_zh", "name_en", "city", "counties", "people", "grade", "note"]
    return pd.DataFrame(units, columns=names).assign(date="2020-11-01", source=bulletin)


def _groups() -> pd.DataFrame:
    names = {
        "bay": ("core", "内湾组团", "Inner Bay"),
        "east": ("wing", "东翼", "East Wing"),
        "gate": ("gateway", "北门户", "North Gate"),
    }
    members = {"bay": ["990101"], "east": ["990201", "990202", "999001"]}
    members["gate"] = ["990102", "990202"]  # a county may stand in two groups
    rows = [
        {
            "group": group,
            "county": county,
            "role": names[group][0],
            "name_zh": names[group][1],
            "name_en": names[group][2],
            "source": "虚构规划 invented plan",
            "grade": "B",
            "note": None if group != "gate" else "invented",
        }
        for group, counties in members.items()
        for county in counties
    ]
    return pd.DataFrame(rows)


# Road nodes: column and row of the sheet, in the order of their numbers.
_NODES: list[tuple[float, float]] = [
    *((column + 0.5, 2.6) for column in range(COLUMNS)),  # 0..9, the trunk road
    (-0.4, 2.6),  # 10, where the extract ends
    *((1.5, row) for row in (0.5, 1.5, 3.5, 4.5)),  # 11..14
    *((4.5, row) for row in (0.5, 1.5, 3.5, 4.5)),  # 15..18
    *((7.5, row) for row in (0.5, 1.5, 3.5, 4.5)),  # 19..22
    (4.8, 4.5),  # 23, a dead end
    (6.3, 0.5),  # 24, landing of the ferry
    (5.3, 4.5),  # 25, the dead end facing it
    (8.4, 4.5),  # 26, the island
    (9.4, 4.5),  # 27
    (2.6, 3.8),  # 28, the end of a road that simply ends
]

# Road edges: tail, head, class, open forward, open backward, factor on the straight length.
_EDGES: list[tuple[int, int, str, bool, bool, float]] = [
    *((i, i + 1, "trunk", True, True, 1.0) for i in range(COLUMNS - 1)),
    (10, 0, "trunk", True, True, 1.0),
    (11, 12, "primary", True, True, 1.1), (12, 1, "primary", True, True, 1.1),
    (1, 13, "primary", True, True, 1.1), (13, 14, "primary", True, True, 1.1),
    (15, 16, "primary", True, True, 1.1), (16, 4, "primary", True, True, 1.1),
    (4, 17, "primary", True, True, 1.1), (17, 18, "primary", True, True, 1.1),
    (19, 20, "primary", True, True, 1.1), (20, 7, "primary", True, True, 1.1),
    (7, 21, "primary", True, True, 1.1), (21, 22, "primary", True, True, 1.1),
    (14, 18, "motorway", True, False, 1.05),  # one way, to the east
    (11, 15, "motorway", False, True, 1.05),  # one way, to the west: written backwards
    (15, 24, "ferry", True, True, 1.0), (24, 19, "secondary", True, True, 1.2),
    (18, 23, "secondary", True, True, 1.0), (25, 22, "secondary", True, True, 1.2),
    (26, 27, "secondary", True, True, 1.2),
    (2, 3, "secondary", True, True, 1.5),  # beside the trunk road
    (5, 5, "secondary", True, True, 1.0),  # a loop
    (13, 28, "secondary", True, True, 1.3),
]  # fmt: skip


def _road_nodes() -> gpd.GeoDataFrame:
    spots = [_spot(*one) for one in _NODES]
    return gpd.GeoDataFrame(
        {
            "node": np.arange(len(spots)),
            "origin": [f"n{i}" for i in range(len(spots))],
            "lon": [lon for lon, _ in spots],
            "lat": [lat for _, lat in spots],
            "cut": [i == 10 for i in range(len(spots))],
        },
        geometry=[Point(one) for one in spots],
        crs=CRS,
    )


def _road_edges(nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    spots = list(zip(nodes["lon"], nodes["lat"], strict=True))
    rows = []
    for number, (tail, head, kind, forward, backward, factor) in enumerate(_EDGES):
        (x0, y0), (x1, y1) = spots[tail], spots[head]
        course = [(x0, y0), (x1, y1)]
        if tail == head:
            course = [(x0, y0), (x0 + 0.01, y0), (x0 + 0.01, y0 + 0.01), (x0, y0)]
        km = _km(*zip(*course, strict=True)) * factor
        seconds = km / _KMH[kind] * 3600
        rows.append(
            {
                "edge": number,
                "origin": None,
                "tail": tail,
                "head": head,
                "class": kind,
                "km": km,
                "kmh": _KMH[kind],
                "seconds_forward": seconds if forward else np.nan,
                "seconds_backward": seconds if backward else np.nan,
                "lanes": {"motorway": 2.0, "trunk": 4.0}.get(kind, np.nan),
                "bridge": (tail, head) == (4, 5),
                "tunnel": False,
                "ferry": kind == "ferry",
                "name": "虚构大道" if kind == "trunk" else None,
                "geometry": LineString(course),
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)


def _connectors(zones: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Join each zone to its two nearest nodes; the island's zones to the island alone."""
    rows = []
    for zone, lon, lat in zip(zones["zone"], zones["lon"], zones["lat"], strict=True):
        if zone in {OFF, BY_LINK}:
            continue
        allowed = [26, 27] if zone in ISLAND else [i for i in range(len(nodes)) if i < 26]
        straight = {
            node: _km([lon, nodes["lon"][node]], [lat, nodes["lat"][node]]) for node in allowed
        }
        for node in sorted(allowed, key=lambda one: (straight[one], one))[:2]:
            km = straight[node] * 1.3
            rows.append({"zone": zone, "node": node, "km": km, "seconds": km / 30 * 3600})
    return pd.DataFrame(rows)


def _local_links(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Neighbours inside the county of Lize, but for the zone that is joined by nothing."""
    spot = {z: (x, y) for z, x, y in zip(zones["zone"], zones["lon"], zones["lat"], strict=True)}
    pairs = [("z08", "z18"), ("z18", "z19"), ("z18", "z28"), ("z19", "z29"), ("z28", "z29"),
             ("z28", "z38"), ("z29", "z39"), ("z38", "z39")]  # fmt: skip
    rows = []
    for a, b in pairs:
        km = _km(*zip(spot[a], spot[b], strict=True)) * 1.3
        rows.append({"zone_a": a, "zone_b": b, "km": km, "seconds": km / 30 * 3600})
    return pd.DataFrame(rows)


def _places() -> gpd.GeoDataFrame:
    rows = [
        ("p1", "station", "云湾站", "Yunwan Station", np.nan, (1.7, 2.4)),
        ("p2", "station", "岚浦站", "Lanpu Station", np.nan, (6.4, 2.7)),
        ("p3", "airport", "虚构机场", "Invented Airport", np.nan, (3.5, 3.5)),
        ("p4", "settlement", "砾泽", "Lize", 60_000.0, (8.5, 1.5)),
        ("p5", "settlement", None, None, np.nan, (6.5, 4.5)),
    ]
    spots = [_spot(*one[5]) for one in rows]
    return gpd.GeoDataFrame(
        {
            "place": [one[0] for one in rows],
            "kind": [one[1] for one in rows],
            "name_zh": [one[2] for one in rows],
            "name_en": [one[3] for one in rows],
            "people": [one[4] for one in rows],
            "lon": [lon for lon, _ in spots],
            "lat": [lat for _, lat in spots],
            "grade": "B",
            "source": "虚构地名 invented gazetteer",
        },
        geometry=[Point(one) for one in spots],
        crs=CRS,
    )


def _rail_edges() -> gpd.GeoDataFrame:
    course = [_spot(1.7, 2.4), _spot(4.0, 2.2), _spot(6.4, 2.7)]
    km = _km(*zip(*course, strict=True))
    return gpd.GeoDataFrame({"edge": [0], "km": [km]}, geometry=[LineString(course)], crs=CRS)


def _water() -> gpd.GeoDataFrame:
    lake = box(*_spot(5.1, 1.1), *_spot(5.9, 1.9))
    river = LineString([_spot(5.0, 5.0), _spot(5.1, 3.0), _spot(4.9, 2.0), _spot(5.2, 0.0)])
    return gpd.GeoDataFrame(
        {
            "water": ["w0", "w1"],
            "kind": ["river", "lake"],
            "name_zh": ["虚构河", None],
            "name_en": ["Invented River", None],
        },
        geometry=[river, lake],
        crs=CRS,
    )


# Facilities: kind, name, column and row of the sheet, capacity, its unit, level.
_FACILITIES: list[tuple[str, str, float, float, float, str | None, str | None]] = [
    ("hospital", "云湾第一医院", 1.5, 2.5, 900.0, "beds", "三级甲等"),
    ("hospital", "外湾医院", 3.5, 3.5, np.nan, None, "二级"),
    ("hospital", "岚浦医院", 6.5, 2.5, 260.0, "beds", "二级甲等"),
    ("clinic", "砾泽卫生院", 8.5, 1.5, np.nan, None, None),
    ("primary_school", "内湾小学", 0.5, 2.5, 1_200.0, "places", None),
    ("primary_school", "浦南小学", 5.5, 1.5, 700.0, "places", None),
    ("middle_school", "云湾中学", 2.5, 2.5, 1_500.0, "places", None),
    ("school", "砾泽学校", 8.5, 2.5, np.nan, None, None),
    ("library", "云湾图书馆", 1.5, 1.5, 400.0, "seats", None),
    ("museum", "岚浦博物馆", 6.5, 3.5, np.nan, None, None),
    ("elderly_care", "外湾养老院", 4.5, 1.5, 120.0, "beds", None),
    ("elderly_care", "砾泽敬老院", 8.5, 0.5, 60.0, "beds", None),
]


def _facilities() -> gpd.GeoDataFrame:
    rows = []
    for number, (kind, name, column, row, capacity, unit, level) in enumerate(_FACILITIES):
        lon, lat = _spot(column, row)
        county = _county(int(column), int(row))
        given = not np.isnan(capacity)
        rows.append(
            {
                "facility": f"f{number}",
                "kind": kind,
                "name_zh": name,
                "name_en": None,
                "county": county,
                "city": _COUNTIES[county][0],
                "lon": lon,
                "lat": lat,
                "capacity": capacity,
                "capacity_unit": unit,
                "capacity_nature": "observed" if given else None,
                "level": level,
                "opened": pd.NA,
                "source": "虚构名录 invented register",
                "grade": "B",
                "note": None,
                "geometry": Point(lon, lat),
            }
        )
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)
    return table.assign(opened=table["opened"].astype("Int64"))


def _recognition() -> pd.DataFrame:
    """Two ways for the core and Lanpu, one way from Lize to the core, a trend in the fund."""
    rows = [
        ("health", "990100", "990200", 0.5, "2022"),
        ("health", "990200", "990100", 0.8, "2022"),
        ("health", "999001", "990100", 0.6, "2023-05"),
        ("medical_insurance", "990200", "990100", 1.0, "2021-01-01"),
        ("housing_fund", "990100", "990200", 0.5, "2019"),
        ("housing_fund", "990100", "990200", 1.0, "2022"),
        ("housing_fund", "990200", "990100", 1.0, "2022"),
    ]
    table = pd.DataFrame(rows, columns=["service", "from_city", "to_city", "share", "since"])
    table = table.sort_values(["service", "from_city", "to_city", "since"], ignore_index=True)
    return table.assign(
        document="虚构协议 invented agreement",
        source="虚构公告 invented notice",
        grade="B",
        note=None,
    )


def _jobs(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Jobs in zones: more of them in the middle of the core than people, fewer elsewhere."""
    share = zones["city"].map({"990100": 0.55, "990200": 0.4, "999001": 0.3})
    inner = np.where(zones["county"] == "990101", 1.6, 0.8)
    return pd.DataFrame(
        {
            "level": "zone",
            "code": zones["zone"],
            "year": 2020,
            "jobs": np.round(zones["people"] * share * inner),
            "source": "虚构普查 invented census",
            "grade": "C",
            "nature": "modelled",
            "note": None,
        }
    )


def tiny_tables() -> dict[str, pd.DataFrame]:
    """Return the tables of the tiny region, made anew."""
    zones, nodes = _zones(), _road_nodes()
    return {
        "cities": _cities(zones),
        "counties": _counties(zones),
        "census": _census(zones),
        "groups": _groups(),
        "zones": zones,
        "road_nodes": nodes,
        "road_edges": _road_edges(nodes),
        "connectors": _connectors(zones, nodes),
        "local_links": _local_links(zones),
        "places": _places(),
        "rail_edges": _rail_edges(),
        "water": _water(),
        "facilities": _facilities(),
        "recognition": _recognition(),
        "jobs": _jobs(zones),
    }


_SOURCES = (
    Source("outline", "虚构界线", "Invented outlines", "tests", "Apache-2.0", "2020",
           Grade.A, Nature.OBSERVED),
    Source("bulletin", "虚构人口公报", "Invented census bulletin", "tests", "Apache-2.0",
           "2020-11-01", Grade.B, Nature.OBSERVED),
    Source("roads", "虚构干线公路", "Invented trunk roads", "tests", "Apache-2.0", "2023",
           Grade.B, Nature.OBSERVED),
    Source("recipe", "本方案的假定", "Assumptions of the recipe", "tests", "Apache-2.0", "2023",
           Grade.E, Nature.ASSUMED),
)  # fmt: skip

_ASSUMPTIONS = (
    Assumption("speed_factor", 1.0, "ratio", "假定车速的可信范围", "Believable range of the "
               "assumed speeds", 0.8, 1.25),
    Assumption("access_kmh", 30.0, "km/h", "出行首末段的假定车速", "Assumed speed of access legs"),
    Assumption("access_detour", 1.3, "ratio", "出行首末段的绕行系数", "Detour of access legs"),
)  # fmt: skip

_RECORDS: dict[str, tuple[tuple[str, ...], Nature, Grade]] = {
    "cities": (("outline", "bulletin"), Nature.OBSERVED, Grade.C),
    "counties": (("outline", "bulletin"), Nature.MODELLED, Grade.D),
    "census": (("bulletin",), Nature.OBSERVED, Grade.D),
    "groups": (("recipe",), Nature.OBSERVED, Grade.B),
    "zones": (("outline", "bulletin", "roads"), Nature.MODELLED, Grade.D),
    "road_nodes": (("roads",), Nature.OBSERVED, Grade.B),
    "road_edges": (("roads", "recipe"), Nature.ASSUMED, Grade.E),
    "connectors": (("recipe",), Nature.ASSUMED, Grade.E),
    "local_links": (("recipe",), Nature.ASSUMED, Grade.E),
    "places": (("roads",), Nature.OBSERVED, Grade.B),
    "rail_edges": (("roads",), Nature.OBSERVED, Grade.B),
    "water": (("outline",), Nature.OBSERVED, Grade.B),
    "relief": (("outline",), Nature.OBSERVED, Grade.B),
    "flows": (("bulletin",), Nature.OBSERVED, Grade.B),
    "lines": (("roads",), Nature.OBSERVED, Grade.B),
    "facilities": (("outline",), Nature.OBSERVED, Grade.B),
    "recognition": (("bulletin",), Nature.OBSERVED, Grade.B),
    "jobs": (("bulletin",), Nature.MODELLED, Grade.C),
}


def _digest(table: pd.DataFrame) -> str:
    file = BytesIO()
    table.to_parquet(file, index=False, compression="zstd")
    return sha256(file.getvalue()).hexdigest()


def tiny_manifest(tables: dict[str, pd.DataFrame]) -> Manifest:
    """Return a manifest that knows the tables it is given, and no other."""
    return Manifest(
        key="tiny",
        title_zh="云湾都市圈（虚构）",
        title_en="Yunwan circle (invented)",
        core_city=CORE,
        made_by="onecity tests",
        recipe_sha256=sha256(b"tiny").hexdigest(),
        sources={one.key: one for one in _SOURCES},
        assumptions=_ASSUMPTIONS,
        tables={
            name: TableRecord(len(table), _digest(table), sources, nature, grade)
            for name, table in tables.items()
            for sources, nature, grade in [_RECORDS[name]]
        },
    )


def tiny_region(*, without: tuple[str, ...] = (), **changed: pd.DataFrame) -> Region:
    """Return the tiny region, always the same.

    Tables named in `without` are left out; `changed` puts others in the place of its own.
    """
    tables = {name: one for name, one in tiny_tables().items() if name not in without}
    tables |= changed
    return Region.from_tables(tiny_manifest(tables), tables)
