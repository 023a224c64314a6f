"""Three zones and three facilities whose times are given: the worked example of the definitions."""

from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point, box

from onecity.region.schema import CRS
from onecity.region.store import Region
from tests.tiny import tiny_manifest, tiny_tables

MINUTES = ((5.0, 25.0, 18.0), (15.0, 12.0, 8.0), (28.0, 6.0, 4.0))
PEOPLE = (1000.0, 2000.0, 1500.0)
CAPACITY = (100.0, 0.0, 60.0)
COUNTIES = ("990101", "990101", "990201")
CITIES = ("990100", "990100", "990200")
OPEN = (0.046935, 0.039633, 0.022533)
CLOSED = (0.042373, 0.028814, 0.040000)

_LON, _LAT = -30.0, 1.0


def three_region(**changed: pd.DataFrame) -> Region:
    """Return the region: every zone has one-way roads to the three facilities."""
    tables = three_tables() | changed
    return Region.from_tables(tiny_manifest(tables), tables)


def three_tables() -> dict[str, Any]:
    """Return its tables, to be changed at will."""
    return {name: table.copy() for name, table in _made().items()}


@cache
def _made() -> dict[str, Any]:
    made = tiny_tables()
    spots = [(_LON + 0.1 * place + 0.05, _LAT + 0.05) for place in range(3)]
    zones = gpd.GeoDataFrame(
        {
            "zone": ["z0", "z1", "z2"],
            "county": COUNTIES,
            "city": CITIES,
            "lon": [x for x, _ in spots],
            "lat": [y for _, y in spots],
            "area_km2": 120.0,
            "people": PEOPLE,
        },
        geometry=[box(x - 0.05, _LAT, x + 0.05, _LAT + 0.1) for x, _ in spots],
        crs=CRS,
    )
    cities = made["cities"].iloc[:2].copy()
    counties = made["counties"][made["counties"]["county"].isin(COUNTIES)].copy()
    for table, key in ((cities, "city"), (counties, "county")):
        outlines = zones.dissolve(key).geometry
        table["geometry"] = gpd.GeoSeries([outlines[code] for code in table[key]], crs=CRS).values
        table["people"] = [float(zones["people"][zones[key] == code].sum()) for code in table[key]]
    # Nodes 0 to 2 beside the zones' points, 3 to 5 where facilities stand.
    ends = [*((x, y + 0.01) for x, y in spots), *((x, y + 0.03) for x, y in spots)]
    nodes = gpd.GeoDataFrame(
        {
            "node": range(6),
            "origin": None,
            "lon": [x for x, _ in ends],
            "lat": [y for _, y in ends],
            "cut": False,
        },
        geometry=[Point(one) for one in ends],
        crs=CRS,
    ).astype({"origin": "object"})
    pairs = [(zone, place) for zone in range(3) for place in range(3)]
    edges = gpd.GeoDataFrame(
        {
            "edge": range(9),
            "origin": None,
            "tail": [zone for zone, _ in pairs],
            "head": [3 + place for _, place in pairs],
            "class": "primary",
            "km": 10.0,
            "kmh": 60.0,
            "seconds_forward": [60 * MINUTES[zone][place] for zone, place in pairs],
            "seconds_backward": np.nan,
            "lanes": np.nan,
            "bridge": False,
            "tunnel": False,
            "ferry": False,
            "name": None,
        },
        geometry=[LineString([ends[zone], ends[3 + place]]) for zone, place in pairs],
        crs=CRS,
    )
    connectors = pd.DataFrame(
        {"zone": ["z0", "z1", "z2"], "node": range(3), "km": 1.0, "seconds": 0.0}
    )
    template = made["facilities"].iloc[[0, 0, 0]].reset_index(drop=True)
    facilities = template.assign(
        facility=["f0", "f1", "f2"],
        kind="hospital",
        county=COUNTIES,
        city=CITIES,
        lon=[x for x, _ in ends[3:]],
        lat=[y for _, y in ends[3:]],
        capacity=CAPACITY,
        geometry=gpd.GeoSeries([Point(one) for one in ends[3:]], crs=CRS).values,
    )
    return {
        "cities": cities,
        "counties": counties,
        "census": made["census"],
        "zones": zones,
        "road_nodes": nodes,
        "road_edges": edges,
        "connectors": connectors,
        "facilities": facilities,
    }


def recognition(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    """Return a table of recognition: service, from, to, share, since."""
    names = ["service", "from_city", "to_city", "share", "since"]
    table = pd.DataFrame(rows, columns=names).astype({"share": np.float64})
    return table.assign(document=None, source="test", grade="B", note=None)


def everywhere(share: float, service: str = "health") -> pd.DataFrame:
    """Return recognition of one service by both cities."""
    a, b = "990100", "990200"
    return recognition((service, a, b, share, "2020"), (service, b, a, share, "2020"))
