"""Zones tile their counties exactly, and every zone has a point inside it."""

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import MultiPolygon, Polygon, box

from onecity.core.errors import InputError
from onecity.region.zones import area_km2, equal_area, h3_zones, polygon_zones


def counties(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    codes = [f"42010{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"county": codes, "city": "420100", "name_zh": codes},
        geometry=list(shapes),
        crs="EPSG:4326",
    )


TWO = counties(box(114.0, 30.0, 114.21, 30.17), box(114.21, 30.0, 114.4, 30.17))
HOLED = counties(
    MultiPolygon(
        [
            (
                box(114, 30, 114.2, 30.2).exterior.coords,
                [box(114.05, 30.05, 114.1, 30.1).exterior.coords],
            ),
            (box(114.3, 30, 114.33, 30.02).exterior.coords, []),
            (box(114.305, 30.021, 114.32, 30.03).exterior.coords, []),
        ]
    )
)


@pytest.mark.parametrize("land", [TWO, HOLED], ids=["two", "parts and a hole"])
@pytest.mark.parametrize("resolution", [6, 7, 8])
def test_zones_tile_each_county(land: gpd.GeoDataFrame, resolution: int) -> None:
    zones = h3_zones(land, resolution)
    assert zones["zone"].is_unique
    for row in range(len(land)):
        mine = zones[zones["county"] == land["county"][row]]
        county = land.geometry[row]
        assert mine.geometry.union_all().symmetric_difference(county).area < 1e-7
        assert shapely.area(mine.geometry).sum() == pytest.approx(county.area, rel=1e-6)
    points = shapely.points(zones["lon"], zones["lat"])
    assert shapely.contains(zones.geometry.to_numpy(), points).all()


def test_whole_cells_keep_their_index_and_pieces_name_their_county() -> None:
    zones = h3_zones(TWO, 7)
    whole = zones[~zones["zone"].str.contains("-")]
    assert len(whole) > 10
    for cell, shape in zip(whole["zone"], whole.geometry, strict=True):
        ring = [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]
        assert shape.symmetric_difference(Polygon(ring)).area < 1e-12
    pieces = zones[zones["zone"].str.contains("-")]
    assert (pieces["zone"].str.split("-").str[1] == pieces["county"]).all()


def test_zones_do_not_depend_on_order() -> None:
    one = h3_zones(TWO, 7).set_index("zone").sort_index()
    other = h3_zones(TWO.iloc[::-1].reset_index(drop=True), 7).set_index("zone").sort_index()
    assert list(one.index) == list(other.index)
    assert (one.geometry.to_numpy() == other.geometry.to_numpy()).all()


def test_area_is_that_of_the_ellipsoid() -> None:
    geod = Geod(ellps="WGS84")
    expected = [abs(geod.geometry_area_perimeter(one)[0]) / 1e6 for one in TWO.geometry]
    np.testing.assert_allclose(area_km2(TWO.geometry, equal_area(TWO)), expected, rtol=5e-6)


@given(st.floats(-170, 170), st.floats(-60, 60), st.floats(0.02, 0.1))
def test_any_land_is_tiled(lon: float, lat: float, size: float) -> None:
    # A tenth of a metre: geometry is not defined for positions of 1e-308 degrees.
    lon, lat = round(lon, 6), round(lat, 6)
    land = counties(box(lon, lat, lon + size, lat + size / 2))
    zones = h3_zones(land, 7)
    assert shapely.area(zones.geometry).sum() == pytest.approx(land.geometry[0].area, abs=1e-7)


def test_polygons_belong_to_the_county_that_holds_most_of_them() -> None:
    shapes = [box(114.15, 30.05, 114.25, 30.1), box(114.25, 30.05, 114.3, 30.1)]
    polygons = gpd.GeoDataFrame({"code": ["甲", "乙"]}, geometry=shapes, crs="EPSG:4326")
    zones = polygon_zones(polygons, TWO, "zones.gpkg").set_index("zone")
    assert zones.loc["甲", "county"] == "420100"
    assert zones.loc["乙", "county"] == "420101"
    away = gpd.GeoDataFrame({"code": ["丙"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326")
    with pytest.raises(InputError, match="丙"):
        polygon_zones(away, TWO, "zones.gpkg")
