from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from onecity.core.errors import InputError
from onecity.region.sources.coordinates import wgs84_to_bd09, wgs84_to_gcj02
from onecity.region.sources.offset import SWAPPED, Offset, detect_offset

Places = tuple[np.ndarray, np.ndarray]


def grid(lon: float, lat: float, step: float = 0.02, count: int = 10) -> np.ndarray:
    """Return streets in a grid, about two kilometres apart."""
    span = step * count
    across = [((lon, lat + n * step), (lon + span, lat + n * step)) for n in range(count + 1)]
    along = [((lon + n * step, lat), (lon + n * step, lat + span)) for n in range(count + 1)]
    return np.asarray(shapely.linestrings(np.array(across + along)))


def beside(roads: np.ndarray, count: int = 60) -> Places:
    """Return points within about ten metres of the streets, some way along them."""
    rng = np.random.default_rng(7)
    at = shapely.line_interpolate_point(
        roads[rng.integers(0, len(roads), count)], rng.random(count), normalized=True
    )
    xy = shapely.get_coordinates(at) + rng.normal(0, 1e-4, (count, 2))
    return xy[:, 0], xy[:, 1]


def projected(lon: np.ndarray, lat: np.ndarray) -> Places:
    forward = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True)
    east, north = forward.transform(lon, lat)
    return np.asarray(east), np.asarray(north)


@pytest.mark.parametrize(
    ("system", "change", "shift"),
    [
        ("WGS-84", lambda lon, lat: (lon, lat), (0, 0)),
        ("GCJ-02", wgs84_to_gcj02, (400, 700)),
        ("BD-09", wgs84_to_bd09, (900, 1500)),
        (SWAPPED, lambda lon, lat: (lat, lon), None),
        ("EPSG:4547", projected, None),
    ],
)
def test_names_the_system(
    system: str, change: Callable[..., Places], shift: tuple[float, float] | None
) -> None:
    roads = grid(114.0, 30.4)
    x, y = change(*beside(roads))
    found = detect_offset(x, y, roads)
    assert found.system == system
    assert found.confident
    assert found.tried[0].metres < 20
    assert all(other.metres > found.tried[0].metres for other in found.tried[1:])
    if shift is None:
        assert np.isnan(found.shift_metres)
    else:
        assert shift[0] <= found.shift_metres <= shift[1]
    assert system in found.text("zh") or system == SWAPPED
    assert found.text("en") != found.text("zh")


def test_speaks_against_what_was_declared() -> None:
    roads = grid(114.0, 30.4)
    found = detect_offset(*wgs84_to_gcj02(*beside(roads)), roads)
    assert found.contradicts("EPSG:4326")
    assert not found.contradicts("gcj02")
    lon, lat = beside(roads)
    assert not detect_offset(lon, lat, roads).contradicts("CGCS2000")
    assert detect_offset(lon, lat, roads, declared="GCJ-02").contradicts("GCJ-02")
    # An older datum of the same projection, which is not among those tried unasked.
    forward = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2383", always_xy=True)
    east, north = forward.transform(lon, lat)
    assert not detect_offset(east, north, roads, declared="EPSG:2383").contradicts("EPSG:2383")


def test_outside_china_the_systems_do_not_differ() -> None:
    roads = grid(-8.7, 41.1)
    found = detect_offset(*beside(roads), roads)
    assert found.system == "WGS-84"
    assert not found.contradicts("EPSG:4326")


def test_few_points_or_points_far_from_any_road_settle_nothing() -> None:
    roads = grid(114.0, 30.4)
    lon, lat = beside(roads)
    assert not detect_offset(lon[:5], lat[:5], roads).confident
    assert not detect_offset(lon + 5, lat, roads).confident
    rng = np.random.default_rng(1)
    x, y = rng.uniform([[114.0], [30.4]], [[114.2], [30.6]], (2, 200))
    anywhere = detect_offset(x, y, roads)
    assert not anywhere.confident
    assert "do not settle" in anywhere.text("en")


def test_missing_positions_are_left_out_and_many_are_sampled() -> None:
    roads = grid(114.0, 30.4)
    lon, lat = beside(roads, 12_000)
    lon[0] = np.nan
    found = detect_offset(lon, lat, roads)
    assert found.system == "WGS-84"
    assert found.points <= 5000


def test_nothing_to_compare() -> None:
    roads = grid(114.0, 30.4)
    with pytest.raises(InputError, match="0 points"):
        detect_offset([np.nan], [30.0], roads)
    with pytest.raises(InputError, match="0 roads"):
        detect_offset([114.0], [30.0], roads[:0])
    with pytest.raises(InputError, match="fits no coordinate system"):
        detect_offset([120.0] * 20, [114.0] * 20, roads)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "metres"),
    [("wuhan_osm_mainroads_2021.gpkg", 10), ("circle_roads.gpkg", 100)],
)
def test_metro_stations_of_wuhan(shared_data: Path, file: str, metres: float) -> None:
    roads = gpd.read_file(shared_data / "wuhan" / "roads" / file).to_crs(4326).geometry.to_numpy()
    stops = pd.read_csv(shared_data / "wuhan" / "metro" / "wuhan_metro_line_stops.csv")
    stops = stops.drop_duplicates("station")

    def found(x: str, y: str) -> Offset:
        return detect_offset(stops[x], stops[y], roads)

    amap, plain, swapped = found("lon_gcj", "lat_gcj"), found("lon", "lat"), found("lat", "lon")
    assert (amap.system, plain.system, swapped.system) == ("GCJ-02", "WGS-84", SWAPPED)
    for one in (amap, plain, swapped):
        assert one.confident
        assert one.tried[0].metres < metres
    assert 500 < amap.shift_metres < 650
