"""Relief on the way: against a plain walk along each line, and hills that are no border."""

from itertools import product
from math import log
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.transport import border_pairs as bp
from onecity.strands.transport import borders, strand
from onecity.strands.transport.border_relief import METRES, STEPS, relief_between
from onecity.strands.transport.figures import Ground, ground_of
from onecity.strands.travel import centres_of, leg_km, network_of
from tests.strands.transport.test_borders import direct_roads, keys
from tests.tiny import tiny_region

COST = 0.2
"""Effect of 100 m of relief on ln minutes, planted."""


def ground(region: Region) -> Ground:
    travel = network_of(region)
    return ground_of(region, centres_of(region), 0, leg_km(travel))


def with_relief(region: Region, range_m: np.ndarray) -> Region:
    """The same region with a range of heights for each zone."""
    tables = {name: region.table(name) for name in region.manifest.tables}
    zone = tables["zones"]["zone"].to_numpy()
    relief = pd.DataFrame({"zone": zone, "metres": 50.0, "range_m": range_m})
    return tiny_region(without=("local_links", "groups"), **{**tables, "relief": relief})


def ridge(region: Region) -> np.ndarray:
    """Hills where the cities meet: the nearer a zone is to another city, the higher."""
    zones = region.table("zones")
    lon, lat, city = (zones[one].to_numpy() for one in ("lon", "lat", "city"))
    away = np.hypot(lon[:, None] - lon, lat[:, None] - lat)
    away[city[:, None] == city] = np.inf
    rugged = np.random.default_rng(3).uniform(0, 60, len(zones))
    return np.asarray(500 * np.exp(-((away.min(axis=1) / 0.1) ** 2)) + rugged)


def slower(region: Region, relief: np.ndarray, zone: np.ndarray) -> Region:
    """The same region where relief makes direct roads slower, exactly."""
    place = np.full(len(region.table("zones")), -1)
    place[zone] = np.arange(len(zone))
    edges = gpd.GeoDataFrame(region.table("road_edges"))
    tail, head = place[edges["tail"]], place[edges["head"]]
    factor = np.where((tail >= 0) & (head >= 0), np.exp(COST * relief[tail, head]), 1.0)
    for name in ("seconds_forward", "seconds_backward"):
        edges[name] = edges[name] * factor
    tables = {name: region.table(name) for name in region.manifest.tables}
    return tiny_region(without=("local_links", "groups"), **{**tables, "road_edges": edges})


@pytest.fixture(scope="module")
def hilly() -> tuple[Region, Region]:
    """A region whose borders cost nothing but run along ridges: with its relief, and without."""
    flat = direct_roads(1.0)
    known = with_relief(flat, ridge(flat))
    seen = ground(known)
    sample = bp.sample_of(seen, area_km2=1.0)
    relief = relief_between(known, seen, sample.zone)
    assert relief is not None
    hills = slower(known, relief, sample.zone)
    tables = {name: hills.table(name) for name in hills.manifest.tables if name != "relief"}
    return hills, tiny_region(without=("local_links", "groups"), **tables)


def test_is_a_plain_walk_along_each_line() -> None:
    flat = direct_roads(1.0)
    region = with_relief(flat, ridge(flat))
    seen = ground(region)
    zone = bp.sample_of(seen, area_km2=1.0).zone
    found = relief_between(region, seen, zone)
    assert found is not None
    assert found.shape == (len(zone), len(zone))
    np.testing.assert_array_equal(found, found.T)
    spots, values = bp.plane(seen), region.table("relief")["range_m"].to_numpy()
    for a, b in product(range(0, len(zone), 3), repeat=2):
        one, other = spots[zone[a]], spots[zone[b]]
        lowest = highest = 0.0
        for step in range(STEPS):
            at = one + (step + 0.5) / STEPS * (other - one)
            # Zones are told apart to the cell of two kilometres that the point lies in.
            away = np.hypot(*(spots - at).T)
            near = values[away <= away.min() + 2 * 2**0.5] / METRES
            lowest, highest = lowest + near.min() / STEPS, highest + near.max() / STEPS
        assert lowest - 1e-9 <= found[a, b] <= highest + 1e-9


def test_even_relief_is_the_same_everywhere_and_none() -> None:
    flat = direct_roads(1.0)
    seen = ground(flat)
    zone = bp.sample_of(seen, area_km2=1.0).zone
    assert relief_between(flat, seen, zone) is None
    even = with_relief(flat, np.full(len(flat.table("zones")), 80.0))
    assert relief_between(even, seen, zone) is None
    assert "border_no_relief" in keys(borders(even).time.remarks)


def test_hills_are_taken_for_borders_without_relief_and_not_with_it(
    hilly: tuple[Region, Region],
) -> None:
    known, unknown = hilly
    blind = {one.codes: one for one in borders(unknown).findings}
    seeing = {one.codes: one for one in borders(known).findings}
    assert blind[()].beta > log(1.05)
    assert seeing.keys() == blind.keys()
    for one in seeing.values():
        assert one.beta == pytest.approx(0, abs=1e-6)
        assert one.theta == pytest.approx(0.3, abs=1e-6)
        assert one.variant_count == blind[one.codes].variant_count


def test_what_relief_costs_is_told_beside_the_figures(hilly: tuple[Region, Region]) -> None:
    known, unknown = hilly
    found = borders(known)
    told: dict[str, Any] = {one.key.partition(".")[2]: one for one in found.time.remarks}
    assert "border_no_relief" not in told
    assert told["border_relief"].values["percent"] == pytest.approx(100 * np.expm1(COST), abs=1e-4)
    assert "+22.1%" in told["border_relief"].text("zh")
    assert "border_relief" in keys(found.between.remarks)
    assert "border_no_relief" in keys(borders(unknown).time.remarks)


def test_a_what_if_sees_relief_too(hilly: tuple[Region, Region]) -> None:
    known, _ = hilly
    ready = strand.what_if(known)
    shifts = ready.effect(known).borders
    assert shifts
    for one in shifts:
        assert one.before.beta == pytest.approx(0, abs=1e-6)


def test_relief_is_a_need_that_says_what_is_done_without_it() -> None:
    (need,) = [one for one in strand.needs if one.table == "relief"]
    assert need.optional
    assert need.without is not None
    assert "山" in need.without.text("zh")
    assert Level.REGION in borders(tiny_region()).tables
