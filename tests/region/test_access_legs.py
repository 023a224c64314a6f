"""Access legs against a loop over every pair."""

from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod
from shapely import LineString, box

from onecity.region.access_legs import access_legs

GEOD = Geod(ellps="WGS84")
SIDE = 0.02


def land(columns: int = 5, rows: int = 4) -> gpd.GeoDataFrame:
    shapes = [
        box(114 + SIDE * i, 30 + SIDE * j, 114 + SIDE * (i + 1), 30 + SIDE * (j + 1))
        for i in range(columns)
        for j in range(rows)
    ]
    zones = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
    middle = [shape.centroid for shape in shapes]
    return zones.assign(
        zone=[f"z{i}" for i in range(len(shapes))],
        lon=[point.x for point in middle],
        lat=[point.y for point in middle],
    )


def nodes(count: int = 12, seed: int = 3) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    lon, lat = 114 + rng.random(count) * 0.2, 30 + rng.random(count) * 0.12
    return gpd.GeoDataFrame(
        {"node": range(count), "lon": lon, "lat": lat},
        geometry=gpd.points_from_xy(lon, lat),
        crs="EPSG:4326",
    )


def metres(a: pd.Series, b: pd.Series) -> float:
    return float(GEOD.inv(a["lon"], a["lat"], b["lon"], b["lat"])[2])


OPTIONS: dict[str, Any] = {
    "kmh": 25.0,
    "detour": 1.3,
    "nodes_per_zone": 2,
    "max_km": 6.0,
    "local_links": False,
}


def test_connectors_are_the_nearest_nodes() -> None:
    zones, road = land(), nodes()
    legs = access_legs(zones, road, **OPTIONS)
    expected: dict[tuple[str, int], float] = {}
    for _, zone in zones.iterrows():
        away = sorted((metres(zone, node), int(node["node"])) for _, node in road.iterrows())
        expected |= {(zone["zone"], node): m for m, node in away[:2] if m <= 6000}
    found = legs.connectors.set_index(["zone", "node"])
    assert set(found.index) == set(expected)
    for key, distance in expected.items():
        km = float(found["km"][key])
        assert km == pytest.approx(distance / 1000 * 1.3)
        assert found["seconds"][key] == pytest.approx(km / 25 * 3600)
    tied = {zone for zone, _ in expected}
    assert set(legs.off_network) == set(zones["zone"]) - tied
    assert legs.local_links.empty


def test_local_links_join_touching_zones_and_the_nodes_inside() -> None:
    zones, road = land(), nodes()
    legs = access_legs(zones, road, **{**OPTIONS, "local_links": True})
    expected = {
        (zones["zone"][a], zones["zone"][b])
        for a, b in combinations(range(len(zones)), 2)
        if zones.geometry[a].touches(zones.geometry[b])
    }
    assert set(zip(legs.local_links["zone_a"], legs.local_links["zone_b"], strict=True)) == expected
    inside = {
        (zones["zone"][z], n)
        for z in range(len(zones))
        for n in range(len(road))
        if road.geometry[n].within(zones.geometry[z])
    }
    assert inside <= set(zip(legs.connectors["zone"], legs.connectors["node"], strict=True))
    assert not legs.off_network


def test_no_leg_crosses_a_river() -> None:
    zones, road = land(), nodes()
    river = gpd.GeoSeries([LineString([(114.05, 29.9), (114.05, 30.2)])], crs="EPSG:4326")
    legs = access_legs(zones, road, **{**OPTIONS, "local_links": True}, barriers=river)
    free = access_legs(zones, road, **{**OPTIONS, "local_links": True})
    east = zones.set_index("zone")["lon"] > 114.05
    assert (
        east[legs.local_links["zone_a"]].values == east[legs.local_links["zone_b"]].values
    ).all()
    assert (
        east[legs.connectors["zone"]].values == (road["lon"][legs.connectors["node"]] > 114.05)
    ).all()
    before = len(free.local_links) + len(free.connectors)
    assert legs.blocked == before - len(legs.local_links) - len(legs.connectors) > 0


def test_zones_without_any_chain_to_a_road_are_named() -> None:
    zones = land(2, 2)
    far = land(2, 2)
    far["geometry"] = far.translate(1.0)
    far = far.assign(lon=far["lon"] + 1.0, zone=[f"far{i}" for i in range(4)])
    both = gpd.GeoDataFrame(pd.concat([zones, far], ignore_index=True), crs="EPSG:4326")
    legs = access_legs(both, nodes(3), **{**OPTIONS, "local_links": True})
    assert set(legs.off_network) == set(far["zone"])


def test_an_exclave_keeps_its_legs_and_is_named() -> None:
    zones, road = land(3, 1), nodes(2)
    road = road.assign(lon=114.05, lat=30.01)
    road["geometry"] = gpd.points_from_xy(road["lon"], road["lat"])
    of_zone = np.array(["north", "south", "south"], dtype=object)
    of_node = np.array(["south", "south"], dtype=object)
    options = {**OPTIONS, "local_links": True, "max_km": 0.1}
    legs = access_legs(zones, road, **options, sides=(of_zone, of_node))
    assert legs.exclaves == ("z0",)
    assert not legs.off_network
    assert ("z0", "z1") in set(
        zip(legs.local_links["zone_a"], legs.local_links["zone_b"], strict=True)
    )
    of_zone[0] = "south"
    assert not access_legs(zones, road, **options, sides=(of_zone, of_node)).exclaves


def test_fewer_nodes_than_asked_for() -> None:
    legs = access_legs(land(1, 1), nodes(1), **{**OPTIONS, "nodes_per_zone": 8, "max_km": 50.0})
    assert len(legs.connectors) == 1
