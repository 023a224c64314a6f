"""The recipe with a full OpenStreetMap extract, proven on two real cities.

Their land is cut into four invented counties of two invented cities: what is tested is
the chain from a pbf to travel times, not the places.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from onecity.core.provenance import Grade, Nature
from onecity.region.build import build
from onecity.region.check import check
from onecity.region.store import Region
from onecity.strands import strands

CITIES = {
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
nodes_per_zone = 1
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
service = 15
"""


def make_recipe(
    folder: Path, roads: Path, west: float, south: float, east: float, north: float
) -> None:
    middle = (west + east) / 2, (south + north) / 2
    land = {
        "990101": box(west, south, middle[0], middle[1]),
        "990102": box(west, middle[1], middle[0], north),
        "990201": box(middle[0], south, east, middle[1]),
        "990202": box(middle[0], middle[1], east, north),
    }
    gpd.GeoDataFrame(
        {"code": list(land), "name": list(land)}, geometry=list(land.values()), crs=4326
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
            "unit": list(land),
            "kind": "county",
            "name_zh": list(land),
            "city": ["990100", "990100", "990200", "990200"],
            "people": [100_000, 200_000, 150_000, 50_000],
            "grade": "B",
            "date": "2020",
            "source": "invented",
        }
    ).to_csv(folder / "census.csv", index=False)
    (folder / "region.toml").write_text(RECIPE.replace("ROADS", roads.as_posix()), encoding="utf-8")


@pytest.mark.shared
@pytest.mark.parametrize("name", CITIES)
def test_a_full_extract_becomes_a_region_with_travel_times(
    name: str, tmp_path: Path, shared_data: Path
) -> None:
    file, box_of_land = CITIES[name]
    make_recipe(tmp_path, shared_data / "peers" / file, *box_of_land)
    region = build(tmp_path, tmp_path / "out")
    edges = region.table("road_edges")
    assert len(edges) > 10_000
    assert edges["seconds_backward"].isna().any()  # one-way streets
    assert edges["class"].nunique() > 10
    assert edges["bridge"].any()
    assert region.manifest.tables["road_edges"].nature is Nature.ASSUMED
    assert region.manifest.tables["road_edges"].grade is Grade.E
    assert region.table("zones")["people"].sum() == pytest.approx(500_000)
    assert not region.has("local_links")
    quality = check(region)
    assert quality.sound
    findings = strands()["transport"].measure(region)
    minutes = next(one for one in findings.matrices if "minutes" in one.indicator.unit).values
    between = minutes.to_numpy()
    assert np.isfinite(between).all()
    assert between[0, 0] == between[1, 1] == 0
    # Ten kilometres of streets: neither seconds nor hours.
    assert 4 < between[0, 1] < 60
    again = Region.open(tmp_path / "out")
    assert again.hash == region.hash
