"""The whole chain of services on a real town: schools, clinics and jobs by hexagon, real roads.

Two lines cut the town into four counties of two invented cities. What is tested is that files
become tables and tables become figures that hold together, not what they say of the place.
"""

import json
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon

from onecity.core.provenance import Grade
from onecity.region.build import build
from onecity.region.check import check
from onecity.region.store import Region
from onecity.strands.contract import Findings, Level
from onecity.strands.livelihood.figures import PER
from onecity.strands.livelihood.jobs import TOPIC as JOBS
from onecity.strands.livelihood.strand import strand
from onecity.strands.travel import network_of
from tests.region.towns import RECIPE, make_recipe

pytestmark = pytest.mark.shared

SERVICES = """
[[tables.facilities]]
file = "schools.csv"
source = "all"
kind = "school"
columns = { facility = "id", capacity = "schools" }
[[tables.facilities]]
file = "clinics.geojson"
source = "all"
columns = { facility = "id" }
kinds = { healthcare = "clinic" }
[[tables.recognition]]
file = "recognition.csv"
source = "all"
[[tables.jobs]]
file = "hexagons.csv"
source = "all"
level = "zone"
year = 2019
columns = { code = "id" }
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Region:
    """Return the town as a region whose zones are its hexagons."""
    folder = tmp_path_factory.mktemp("town")
    hexagons = pd.read_csv(shared_data / "peers/gtfs/poa_hexgrid.csv")
    shapes = [Polygon([(x, y) for y, x in h3.cell_to_boundary(cell)]) for cell in hexagons["id"]]
    outlines = gpd.GeoDataFrame({"zone": hexagons["id"]}, geometry=shapes, crs=4326)
    outlines.to_file(folder / "zones.geojson")
    west, south, east, north = outlines.total_bounds
    text = RECIPE.replace(
        'kind = "h3"\nresolution = 9', 'kind = "polygons"\nfile = "zones.geojson"\nsource = "all"'
    )
    text = text.replace("[zones]", f"{SERVICES}[zones]")
    roads = shared_data / "peers/gtfs/poa_osm.pbf"
    make_recipe(folder, roads, (west - 0.01, south - 0.01, east + 0.01, north + 0.01), text)
    hexagons.to_csv(folder / "hexagons.csv", index=False)
    schools = hexagons[hexagons["schools"] > 0].assign(capacity_unit="places")
    schools.to_csv(folder / "schools.csv", index=False)
    clinics = hexagons[hexagons["healthcare"] > 0]
    points = gpd.GeoDataFrame(
        {"id": "c" + clinics["id"], "kind": "healthcare"},
        geometry=gpd.points_from_xy(clinics["lon"], clinics["lat"]),
        crs=4326,
    )
    points.to_file(folder / "clinics.geojson")
    rows = "service,from_city,to_city,share,since\neducation,990100,990200,0.5,2020\n"
    (folder / "recognition.csv").write_text(rows, encoding="utf-8")
    build(folder, folder / "out")
    return Region.open(folder / "out")


@pytest.fixture(scope="module")
def found(town: Region) -> Findings:
    return strand.measure(town)


def test_files_become_tables(town: Region, shared_data: Path) -> None:
    hexagons = pd.read_csv(shared_data / "peers/gtfs/poa_hexgrid.csv")
    quality = check(town)
    assert quality.sound, json.dumps([item.text("en") for item in quality.items])
    facilities = town.table("facilities")
    assert facilities["kind"].value_counts().to_dict() == {
        "school": (hexagons["schools"] > 0).sum(),
        "clinic": (hexagons["healthcare"] > 0).sum(),
    }
    assert facilities["capacity"].sum() == hexagons["schools"].sum()
    assert town.table("jobs")["jobs"].sum() == hexagons["jobs"].sum()
    # Hexagons whose jobs are empty are unknown; a zero is a zero.
    assert len(town.table("jobs")) == hexagons["jobs"].notna().sum() < len(hexagons)
    assert len(town.table("zones")) == len(hexagons)


def test_opening_moves_capacity_and_makes_none(town: Region, found: Findings) -> None:
    people = town.table("zones").set_index("zone")["people"]
    zones, region = found.tables[Level.ZONE], found.tables[Level.REGION].iloc[0]
    schools = town.table("facilities").query("kind == 'school'")["capacity"].sum()
    for ending in ("", "_open"):
        served = (zones[f"livelihood.education_access{ending}"] * people).sum() / PER
        # All of it is reached, whichever border is open: definition of two-step access.
        assert served == pytest.approx(schools, rel=1e-9)
    assert region["livelihood.education_gain"] == pytest.approx(0.0, abs=1e-9)
    assert region["livelihood.education_winners"] > 0
    assert region["livelihood.education_losers"] > 0
    for service in ("education", "health"):
        today, after = (zones[f"livelihood.{service}_minutes{one}"] for one in ("", "_open"))
        known = today.notna()
        assert (after[known] <= today[known] + 1e-9).all()
        assert (zones[f"livelihood.{service}_border_minutes"] >= -1e-9).all()
        assert found.indicators[f"livelihood.{service}_minutes"].grade is Grade.E


def test_minutes_to_the_nearest_clinic_are_those_of_a_twin(town: Region, found: Findings) -> None:
    """By all times to the zones where clinics stand: their own points, up to a hexagon's leg."""
    travel, zones = network_of(town), town.table("zones")
    clinics = town.table("facilities").query("kind == 'clinic'")["facility"].str[1:]
    where = travel.zone_nodes[np.flatnonzero(zones["zone"].isin(clinics))]
    minutes = travel.network.travel_times(travel.zone_nodes, where).min(axis=1) / 60
    ours = found.tables[Level.ZONE]["livelihood.health_minutes_open"].to_numpy()
    there = np.isfinite(minutes)
    assert there.mean() > 0.95
    # A hexagon is 350 m across: at 15 km/h and a detour of 1.3 a leg is under two minutes.
    assert np.abs(ours[there] - minutes[there]).max() < 2.0
    assert np.median(np.abs(ours[there] - minutes[there])) < 0.2


def test_jobs_in_reach_of_a_town(town: Region) -> None:
    found = JOBS.examine(town).findings
    region, jobs = found.tables[Level.REGION].iloc[0], town.table("jobs")["jobs"].sum()
    assert region["jobs.jobs"] == jobs
    reach = [region[f"jobs.reach_{limit}"] for limit in (30, 45, 60)]
    assert reach == sorted(reach)
    # A town is crossed in an hour: nearly everybody reaches nearly every job, half of it at home.
    assert 0.9 * jobs < reach[-1] <= jobs
    assert region["jobs.reach_closed_60"] < 0.9 * jobs
    assert found.tables[Level.CITY]["jobs.surplus"].sum() == pytest.approx(0.0, abs=1e-6)
    assert 0 < region["jobs.least_city"] <= region["jobs.least_county"] < 100
