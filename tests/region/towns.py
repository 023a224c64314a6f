"""Two real towns as regions: real roads, land cut into invented counties of invented cities."""

from pathlib import Path

import geopandas as gpd
import osmium
import pandas as pd
from osmium.osm import mutable
from shapely import box

Box = tuple[float, float, float, float]

CITIES: dict[str, tuple[str, Box]] = {
    "Porto Alegre": ("gtfs/poa_osm.pbf", (-51.26, -30.12, -51.13, -29.99)),
    "Porto": ("osm/porto_portugal.osm.pbf", (-8.72, 41.08, -8.50, 41.24)),
}
RECIPE = """
schema = 1
[region]
key = "trial"
title_zh = "试验城市圈"
title_en = "Trial circle"
core_city = "990100"
[sources.all]
title_zh = "试验数据"
title_en = "Trial data"
origin = "tests"
licence = "ODbL 1.0"
date = "2020"
grade = "B"
nature = "observed"
[tables.boundaries]
file = "counties.geojson"
source = "all"
codes = "any"
[tables.cities]
file = "cities.csv"
source = "all"
[tables.census]
file = "census.csv"
source = "all"
[tables.roads]
kind = "osm"
file = "ROADS"
source = "all"
[zones]
kind = "h3"
resolution = 9
[access]
kmh = 15
nodes_per_zone = 3
max_km = 3
reason_zh = "步行或小路到最近路口"
reason_en = "on foot or by lanes to the nearest crossing"
[speeds]
reason_zh = "试验"
reason_en = "trial"
[speeds.kmh]
motorway = 100
motorway_link = 50
trunk = 80
trunk_link = 45
primary = 50
primary_link = 40
secondary = 45
secondary_link = 35
tertiary = 40
tertiary_link = 30
unclassified = 30
residential = 25
living_street = 10
road = 25
service = 15
"""
LOCAL = ("unclassified = 30\n", "residential = 25\n", "living_street = 10\n", "road = 25\n")
DRAWS = """
[assumptions.link_draws]
value = 0
reason_zh = "试验"
reason_en = "trial"
"""


def make_recipe(folder: Path, roads: Path, land: Box, text: str = RECIPE) -> None:
    """Write a recipe whose land is cut into four counties, two west and two east."""
    west, south, east, north = land
    middle = (west + east) / 2, (south + north) / 2
    counties = {
        "990101": box(west, south, middle[0], middle[1]),
        "990102": box(west, middle[1], middle[0], north),
        "990201": box(middle[0], south, east, middle[1]),
        "990202": box(middle[0], middle[1], east, north),
    }
    gpd.GeoDataFrame(
        {"code": list(counties), "name": list(counties)},
        geometry=list(counties.values()),
        crs=4326,
    ).to_file(folder / "counties.geojson")
    pd.DataFrame(
        {
            "city": ["990100", "990200"],
            "name_zh": ["西城", "东城"],
            "name_en": ["West", "East"],
            "lon": [(west + middle[0]) / 2, (east + middle[0]) / 2],
            "lat": middle[1],
        }
    ).to_csv(folder / "cities.csv", index=False)
    pd.DataFrame(
        {
            "unit": list(counties),
            "kind": "county",
            "name_zh": list(counties),
            "city": ["990100", "990100", "990200", "990200"],
            "people": [100_000, 200_000, 150_000, 50_000],
            "grade": "B",
            "date": "2020",
            "source": "invented",
        }
    ).to_csv(folder / "census.csv", index=False)
    (folder / "region.toml").write_text(text.replace("ROADS", roads.as_posix()), encoding="utf-8")


def cut_out(extract: Path, out: Path, pieces: dict[int, tuple[int, int]]) -> None:
    """Write an extract without some pieces of road: by way, from one of its nodes to the next."""
    header = osmium.io.Reader(str(extract)).header()
    highest = max(thing.id for thing in osmium.FileProcessor(str(extract), osmium.osm.WAY))
    with osmium.SimpleWriter(str(out), header=header, overwrite=True) as writer:
        for thing in osmium.FileProcessor(str(extract)):
            if not (isinstance(thing, osmium.osm.Way) and thing.id in pieces):
                writer.add(thing)
                continue
            start, end = pieces[thing.id]
            refs = [point.ref for point in thing.nodes]
            at = refs.index(start)
            assert refs[at + 1] == end
            writer.add_way(thing.replace(nodes=refs[: at + 1]))
            rest = mutable.Way(base=thing, id=highest + thing.id, nodes=refs[at + 1 :])
            writer.add_way(rest)
