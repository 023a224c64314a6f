"""An invented region of any size: zones that share their points, and roads of every class.

Three by three cities of counties on an ocean sheet. Roads are a net of crossings that lie close
together around nine centres and far apart between them, each edge with a bend; of its lines every
64th is a motorway, every 32nd a trunk road and so on down to residential streets, which are three
quarters of all, as in a city read from OpenStreetMap.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from onecity.core.provenance import Grade, Nature, Source
from onecity.region.manifest import FILE, Manifest, TableRecord
from onecity.region.schema import CRS
from onecity.region.store import Region

WEST, SOUTH, WIDE, HIGH = -32.0, 28.0, 2.5, 2.15
"""Degrees: about 240 by 240 km."""
SIDE = 7
"""Counties along each side of the region; cities take three, two and two."""
CENTRES, CROWDED = 3, 0.85
"""Centres along each side, and how much closer together roads lie there."""
CLASSES = (
    (64, "motorway", 110.0), (32, "trunk", 80.0), (16, "primary", 60.0),
    (8, "secondary", 50.0), (4, "tertiary", 40.0), (1, "residential", 30.0),
)  # fmt: skip
SEED = 11

Reals = NDArray[np.float64]
Shapes = NDArray[np.object_]


def kept(folder: Path, zones: int, edges: int) -> Region:
    """Return the region kept in a folder, made first where there is none."""
    if not (folder / FILE).is_file():
        made(zones, edges).write(folder)
    return Region.open(folder)


def made(zones: int, edges: int) -> Region:
    """Make a region of about so many zones and road edges; always the same."""
    rng = np.random.default_rng(SEED)
    units, county = _zones(rng, round(zones**0.5))
    nodes, roads = _roads(rng, round((edges / 1.94) ** 0.5))
    counties = _joined(units, county)
    city = np.minimum(np.arange(SIDE * SIDE) // SIDE // 2, 2) * 3
    city += np.minimum(np.arange(SIDE * SIDE) % SIDE // 2, 2)
    tables = {
        "cities": _cities(_joined(counties, city)),
        "counties": _counties(counties, city),
        "census": _census(),
        "zones": _zone_table(units, county, city),
        "road_nodes": nodes,
        "road_edges": roads,
        "connectors": _connectors(),
    }
    return Region.from_tables(_manifest(tables), tables)


def _spots(x: Reals, y: Reals) -> Reals:
    """Put shares of the sheet, 0 to 1, on the map."""
    return np.column_stack([WEST + WIDE * x, SOUTH + HIGH * y])


def _zones(rng: np.random.Generator, side: int) -> tuple[Shapes, NDArray[np.int64]]:
    """Return six-sided zones laid like bricks, and the county of each."""
    x, y = np.meshgrid(np.arange(2 * side + 2), np.arange(side + 1), indexing="ij")
    shake = rng.uniform(-0.25, 0.25, (2, *x.shape))
    points = _spots(
        ((x + 2 * shake[0]) / (2 * side + 2)).ravel(), ((y + shake[1]) / (side + 1)).ravel()
    ).reshape(*x.shape, 2)
    column, row = (one.ravel() for one in np.meshgrid(np.arange(side), np.arange(side)))
    left = 2 * column + row % 2
    corners = [(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1), (0, 0)]
    rings = np.stack([points[left + a, row + b] for a, b in corners], axis=1)
    county = (row * SIDE // side) * SIDE + column * SIDE // side
    return np.asarray(shapely.polygons(rings), np.object_), county.astype(np.int64)


def _roads(rng: np.random.Generator, side: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    line = np.arange(side)
    share = line / (side - 1)
    crowded = share - CROWDED * np.sin(2 * np.pi * CENTRES * share) / (2 * np.pi * CENTRES)
    x, y = (one.ravel() for one in np.meshgrid(crowded, crowded, indexing="ij"))
    gap = 0.3 * np.gradient(crowded)
    shake = rng.uniform(-1, 1, (2, len(x)))
    x = x + shake[0] * np.repeat(gap, side)
    y = y + shake[1] * np.tile(gap, side)
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:-1].ravel(), node[:, :-1].ravel()])
    head = np.concatenate([node[1:].ravel(), node[:, 1:].ravel()])
    along = np.concatenate([np.tile(line, side - 1), np.repeat(line, side - 1)])
    open_ = rng.random(len(tail)) < 0.97
    tail, head, along = tail[open_], head[open_], along[open_]
    spots = _spots(x, y)
    nodes = gpd.GeoDataFrame(
        {
            "node": np.arange(len(spots)),
            "origin": None,
            "lon": spots[:, 0],
            "lat": spots[:, 1],
            "cut": False,
        },
        geometry=shapely.points(spots),
        crs=CRS,
    ).astype({"origin": "str"})
    return nodes, _edges(rng, spots, tail, head, along)


def _edges(rng: np.random.Generator, spots: Reals, tail: Any, head: Any, along: Any) -> Any:
    count = len(tail)
    share = np.linspace(0, 1, 6)[:, None]
    ends = spots[head] - spots[tail]
    bend = rng.normal(0, 0.12, count)
    across = np.column_stack([-ends[:, 1], ends[:, 0]]) * bend[:, None]
    course = spots[tail][:, None] + share * ends[:, None] + share * (1 - share) * across[:, None]
    kind = np.full(count, len(CLASSES) - 1)
    for rank in range(len(CLASSES) - 1, -1, -1):
        kind[along % CLASSES[rank][0] == 0] = rank
    km = np.hypot(ends[:, 0] * 96.0, ends[:, 1] * 111.0)
    kmh = np.array([speed for _, _, speed in CLASSES])[kind]
    names = np.array([f"虚构路{one}" for one in range(len(np.unique(along)))], object)
    return gpd.GeoDataFrame(
        {
            "edge": np.arange(count),
            "origin": None,
            "tail": tail,
            "head": head,
            "class": np.array([name for _, name, _ in CLASSES], object)[kind],
            "km": km,
            "kmh": kmh,
            "seconds_forward": km / kmh * 3600,
            "seconds_backward": km / kmh * 3600,
            "lanes": np.nan,
            "bridge": rng.random(count) < 0.02,
            "tunnel": False,
            "ferry": False,
            "name": np.where(kind < len(CLASSES) - 1, names[along], None),
        },
        geometry=shapely.linestrings(course),
        crs=CRS,
    ).astype({"origin": "str", "class": "str", "name": "str"})


def _joined(shapes: Shapes, unit: NDArray[np.int64]) -> Shapes:
    """Return the shapes of units that are made of smaller ones."""
    units = range(int(unit.max()) + 1)
    return np.array([shapely.coverage_union_all(shapes[unit == one]) for one in units], object)


def _city_code(city: Any) -> list[str]:
    return [f"99{one:02}00" for one in city]


def _county_code(county: Any) -> list[str]:
    return [f"98{one:04}" for one in county]


def _cities(shapes: Shapes) -> gpd.GeoDataFrame:
    row = np.arange(len(shapes))
    inside = shapely.point_on_surface(shapes)
    return gpd.GeoDataFrame(
        {
            "city": _city_code(row),
            "name_zh": [f"虚构{one}市" for one in row],
            "name_en": [f"Invented {one}" for one in row],
            "core": row == len(row) // 2,
            "lon": shapely.get_x(inside),
            "lat": shapely.get_y(inside),
            "area_km2": 1.0,
            "people": 1.0,
            "people_grade": "E",
        },
        geometry=shapes,
        crs=CRS,
    )


def _counties(shapes: Shapes, city: NDArray[np.int64]) -> gpd.GeoDataFrame:
    row = np.arange(len(shapes))
    return gpd.GeoDataFrame(
        {
            "county": _county_code(row),
            "city": _city_code(city),
            "name_zh": [f"虚构{one}县" for one in row],
            "name_en": [f"Invented County {one}" for one in row],
            "bank": None,
            "area_km2": 1.0,
            "people": 1.0,
            "people_grade": "E",
            "people_nature": "assumed",
        },
        geometry=shapes,
        crs=CRS,
    ).astype({"bank": "str"})


def _zone_table(shapes: Shapes, county: Any, city: NDArray[np.int64]) -> gpd.GeoDataFrame:
    inside = shapely.centroid(shapes)
    return gpd.GeoDataFrame(
        {
            "zone": [f"z{one}" for one in range(len(shapes))],
            "county": _county_code(county),
            "city": _city_code(city[county]),
            "lon": shapely.get_x(inside),
            "lat": shapely.get_y(inside),
            "area_km2": 1.0,
            "people": 1.0,
        },
        geometry=shapes,
        crs=CRS,
    )


def _census() -> pd.DataFrame:
    row = {
        "unit": "all", "kind": "group", "name_zh": "虚构", "name_en": "Invented",
        "city": "990000", "counties": "980000", "people": 1.0, "grade": "E", "date": "2020",
        "source": "invented", "note": "invented",
    }  # fmt: skip
    return pd.DataFrame([row])


def _connectors() -> pd.DataFrame:
    return pd.DataFrame({"zone": ["z0"], "node": [0], "km": [1.0], "seconds": [60.0]})


def _manifest(tables: dict[str, Any]) -> Manifest:
    source = Source("invented", "虚构", "Invented", "benchmarks", "Apache-2.0", "2020",
                    Grade.E, Nature.ASSUMED)  # fmt: skip
    mark = sha256(b"invented").hexdigest()
    return Manifest(
        key="invented",
        title_zh="虚构城市圈",
        title_en="Invented circle",
        core_city=_city_code([4])[0],
        made_by="benchmarks",
        recipe_sha256=mark,
        sources={source.key: source},
        assumptions=(),
        tables={
            name: TableRecord(len(table), mark, (source.key,), source.nature, source.grade)
            for name, table in tables.items()
        },
    )
