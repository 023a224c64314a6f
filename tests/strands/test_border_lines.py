"""The lines along which cities meet."""

import geopandas as gpd
import pytest
from shapely import box
from shapely.affinity import translate

from onecity.region.schema import CRS
from onecity.region.store import Region
from onecity.strands.border_lines import border_lines
from tests.tiny import SIDE, tiny_region, tiny_tables


def with_outlines(*outlines: object) -> Region:
    cities = tiny_tables()["cities"]
    cities = gpd.GeoDataFrame(cities).assign(geometry=gpd.GeoSeries(list(outlines), crs=CRS))
    return tiny_region(cities=cities)


def test_neighbours_share_their_line() -> None:
    found = border_lines(tiny_region())
    assert list(zip(found["city_a"], found["city_b"], strict=True)) == [
        ("990100", "990200"),
        ("990200", "999001"),
    ]
    assert found.crs == CRS
    # Five zones high, along a meridian; at the equator's side a degree is 110.58 km.
    assert found["km"].tolist() == pytest.approx([5 * SIDE * 110.575] * 2, rel=1e-4)
    bounds = found.geometry.bounds.to_numpy().tolist()
    assert bounds[0] == pytest.approx([-29.5, 1.0, -29.5, 1.5])
    assert bounds[1] == pytest.approx([-29.2, 1.0, -29.2, 1.5])
    assert set(found.geom_type) == {"LineString"}


def test_a_corner_is_no_border_and_cities_apart_have_none() -> None:
    one = box(0, 0, 1, 1)
    found = border_lines(with_outlines(one, box(1, 1, 2, 2), box(5, 5, 6, 6)))
    assert len(found) == 0
    assert list(found.columns) == ["city_a", "city_b", "km", "geometry"]


def test_outlines_drawn_a_little_apart_still_meet() -> None:
    one, other = box(0, 0, 1, 1), translate(box(1, 0, 2, 1), 5e-5)
    found = border_lines(with_outlines(one, other, box(5, 5, 6, 6)))
    assert found["km"].tolist() == pytest.approx([110.6], rel=1e-2)
    apart = border_lines(with_outlines(one, translate(other, 1e-3), box(5, 5, 6, 6)))
    assert len(apart) == 0


def test_a_border_in_two_pieces_is_one_row() -> None:
    other = box(1, 0, 2, 1).union(box(0.5, 0.4, 1.5, 0.6))
    one = box(0, 0, 1, 1).difference(other).union(box(0.9, 1.0, 1.0, 1.5))
    lake = box(0.9, 0.8, 1.1, 0.9)
    found = border_lines(
        with_outlines(one.difference(lake), other.difference(lake), box(5, 5, 6, 6))
    )
    assert len(found) == 1
    assert found.geom_type.iloc[0] == "MultiLineString"
