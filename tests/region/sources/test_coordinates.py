import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from onecity.core.errors import InputError
from onecity.region.sources import coordinates as systems
from onecity.region.sources.roads import ELLIPSOID

# Well inside the box: near its edge the shift may lead out of it.
CHINA_LON = arrays(float, 5, elements=st.floats(73.0, 137.0))
CHINA_LAT = arrays(float, 5, elements=st.floats(2.0, 55.0))


def test_published_points() -> None:
    # Test values of EvilTransform, the first open implementation.
    lat = [31.1774276, 22.543847, 39.911954]
    lon = [121.5272106, 113.912316, 116.377817]
    moved_lon, moved_lat = systems.wgs84_to_gcj02(lon, lat)
    np.testing.assert_allclose(
        moved_lat, [31.17530398364597, 22.540796131694766, 39.91334545536069], atol=1e-10
    )
    np.testing.assert_allclose(
        moved_lon, [121.531541859215, 113.9171764808363, 116.38404722455657], atol=1e-10
    )


@given(CHINA_LON, CHINA_LAT)
def test_there_and_back(lon: np.ndarray, lat: np.ndarray) -> None:
    for there, back in (
        (systems.wgs84_to_gcj02, systems.gcj02_to_wgs84),
        (systems.gcj02_to_bd09, systems.bd09_to_gcj02),
        (systems.wgs84_to_bd09, systems.bd09_to_wgs84),
    ):
        again = back(*there(lon, lat))
        np.testing.assert_allclose(again, (lon, lat), rtol=0, atol=2e-10)


@given(CHINA_LON, CHINA_LAT)
def test_the_shift_is_of_the_size_known(lon: np.ndarray, lat: np.ndarray) -> None:
    _, _, metres = ELLIPSOID.inv(lon, lat, *systems.wgs84_to_gcj02(lon, lat))
    assert (np.asarray(metres) < 1500).all()
    _, _, metres = ELLIPSOID.inv(lon, lat, *systems.gcj02_to_bd09(lon, lat))
    assert (np.asarray(metres) > 100).all()
    assert (np.asarray(metres) < 2000).all()


@pytest.mark.parametrize("place", [(-8.6, 41.15), (-51.2, -30.0), (0.0, 0.0), (151.2, -33.9)])
def test_outside_china_nothing_moves(place: tuple[float, float]) -> None:
    for change in (
        systems.wgs84_to_gcj02,
        systems.gcj02_to_wgs84,
        systems.wgs84_to_bd09,
        systems.bd09_to_wgs84,
    ):
        assert tuple(float(v) for v in change(*place)) == place


def test_shapes_broadcast_and_nothing_given_is_changed() -> None:
    lon = np.array([[114.0, 115.0], [114.0, 115.0]])
    before = lon.copy()
    moved, _ = systems.wgs84_to_gcj02(lon, 30.0)
    assert moved.shape == (2, 2)
    assert np.array_equal(lon, before)
    empty, _ = systems.gcj02_to_wgs84(np.zeros(0), np.zeros(0))
    assert empty.shape == (0,)


def test_a_missing_position_stays_missing() -> None:
    lon, lat = systems.to_wgs84([np.nan, 114.0], [np.nan, 30.0], "GCJ-02")
    assert np.isnan(lon).tolist() == np.isnan(lat).tolist() == [True, False]


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("gcj02", "GCJ-02"),
        ("GCJ_02", "GCJ-02"),
        ("火星坐标系", "GCJ-02"),
        ("bd-09", "BD-09"),
        ("百度坐标系", "BD-09"),
        ("EPSG:4326", "WGS-84"),
        ("wgs84", "WGS-84"),
        (4326, "WGS-84"),
        ("OGC:CRS84", "WGS-84"),
        ("CGCS2000", "EPSG:4490"),
        ("EPSG:4490", "EPSG:4490"),
        (4547, "EPSG:4547"),
        (pyproj.CRS.from_epsg(4326), "WGS-84"),
    ],
)
def test_names(given_name: object, name: str) -> None:
    assert systems.system_name(given_name) == name


def test_cgcs2000_is_wgs84_to_the_centimetre() -> None:
    lon, lat = systems.to_wgs84([114.3], [30.6], "CGCS2000")
    np.testing.assert_allclose((lon[0], lat[0]), (114.3, 30.6), atol=1e-7)


def test_projected_metres_come_back() -> None:
    forward = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True)
    east, north = forward.transform([114.3, 115.0], [30.6, 29.9])
    lon, lat = systems.to_wgs84(east, north, "EPSG:4547")
    np.testing.assert_allclose(lon, [114.3, 115.0], atol=1e-8)
    np.testing.assert_allclose(lat, [30.6, 29.9], atol=1e-8)


def test_shapes_move_vertex_by_vertex() -> None:
    square = shapely.box(114.0, 30.0, 114.1, 30.1)
    ring = np.asarray(square.exterior.coords)
    moved = shapely.Polygon(np.column_stack(systems.wgs84_to_gcj02(*ring.T)))
    back = systems.shapes_to_wgs84(np.array([moved]), "GCJ-02")[0]
    np.testing.assert_allclose(np.asarray(back.exterior.coords), ring, atol=1e-9)


def test_errors_name_what_is_wrong() -> None:
    with pytest.raises(InputError, match="'moon' is not known"):
        systems.system_name("moon")
    with pytest.raises(InputError, match=r"Position 2 \(500000.0, 30.0\).*metres"):
        systems.to_wgs84([114.0, 500000.0], [30.0, 30.0], "WGS-84")
    with pytest.raises(InputError, match="swapped"):
        systems.gcj02_to_wgs84([30.0], [114.0])
    with pytest.raises(InputError, match=r"Position 1 .*EPSG:4547"):
        systems.to_wgs84([1e20], [1e20], "EPSG:4547")
