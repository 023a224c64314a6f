"""Flat arrays hold what geometries hold, and the index finds what lies in a window."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Transformer

from onecity.core.errors import RangeError
from onecity.web.tiles.address import LAST_ZOOM, MOST_LATITUDE, Tile, degrees, world
from onecity.web.tiles.index import NODE, BoxIndex
from onecity.web.tiles.shapes import Kind, areas, boxes, flatten, project, take

HOLLOW = "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (2 2, 3 2, 3 3, 2 2), (5 5, 6 5, 6 6, 5 5))"
SEVERAL = "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((4 4, 8 4, 8 8, 4 4), (6 5, 7 5, 7 6, 6 5)))"
PLAIN = "POLYGON Z ((1 1 5, 2 1 5, 2 2 5, 1 1 5))"


def shapes_of(*texts: str | None) -> NDArray[np.object_]:
    found = np.empty(len(texts), np.object_)
    found[:] = [shapely.from_wkt(text) for text in texts]
    return found


# --- Projection ----------------------------------------------------------------------


def test_the_world_is_web_mercator() -> None:
    lon = np.array([-180.0, -71.3, 0.0, 114.3, 179.9])
    lat = np.array([-85.0, -33.4, 0.0, 30.6, 84.9])
    there = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    x, y = there.transform(lon, lat)
    half = np.pi * 6378137.0
    wanted = np.column_stack([(x + half) / (2 * half), (half - y) / (2 * half)])
    assert np.allclose(world(lon, lat), wanted, rtol=0, atol=1e-12)


def test_beyond_the_last_latitude_lies_its_edge() -> None:
    assert world([0.0, 0.0, 0.0], [90.0, MOST_LATITUDE, -90.0])[:, 1].tolist() == pytest.approx(
        [0.0, 0.0, 1.0], abs=1e-12
    )


@given(st.floats(-180, 180), st.floats(-85, 85))
def test_degrees_undo_the_projection(lon: float, lat: float) -> None:
    ((x, y),) = world([lon], [lat])
    assert degrees(x, y) == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (LAST_ZOOM + 1, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0)]
)
def test_tiles_that_do_not_exist_are_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(RangeError) as caught:
        Tile.at(z, x, y)
    assert str(z) in caught.value.text("zh")


# --- Flat arrays ---------------------------------------------------------------------


def test_areas_go_there_and_back() -> None:
    given_ = shapes_of(HOLLOW, SEVERAL, "POLYGON EMPTY", PLAIN)
    flat = flatten(given_, Kind.AREA)
    assert flat.outer.tolist() == [True, False, False, True, True, False, True]
    back = areas(flat, np.array([3, 0, 1, 2]))
    for mine, row in zip(back, [3, 0, 1, 2], strict=True):
        assert mine.equals(given_[row])
    again = take(flat, np.array([1, 1, 0]))
    assert [shape.area for shape in areas(again, np.arange(3))] == [8.0, 8.0, 80.0]


@pytest.mark.parametrize(
    ("kind", "text", "rings"),
    [
        (Kind.POINT, "POINT (1 2)", [0, 1]),
        (Kind.POINT, "MULTIPOINT (1 2, 3 4)", [0, 2]),
        (Kind.LINE, "LINESTRING (0 0, 1 1, 2 2)", [0, 3]),
        (Kind.LINE, "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3, 4 4))", [0, 2, 5]),
        (Kind.AREA, "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)), POINT (5 5))", [0, 4]),
        (Kind.AREA, "GEOMETRYCOLLECTION EMPTY", [0]),
    ],
)
def test_every_kind_becomes_rings(kind: Kind, text: str, rings: list[int]) -> None:
    flat = flatten(shapes_of(text), kind)
    assert flat.rings.tolist() == rings
    assert flat.starts.tolist() == [0, len(rings) - 1]


def test_nothing_is_nothing() -> None:
    for kind in Kind:
        flat = flatten(np.empty(0, np.object_), kind)
        assert [len(one) for one in flat] == [0, 1, 0, 1]
        assert boxes(flat).shape == (0, 4)


def test_shapes_of_another_kind_have_no_row() -> None:
    given_ = shapes_of(None, "POINT (1 1)", "LINESTRING EMPTY", "LINESTRING Z (0 0 1, 90 0 1)")
    flat, rows = project(given_, Kind.LINE)
    assert rows.tolist() == [3]
    assert np.allclose(flat.xy, [[0.5, 0.5], [0.75, 0.5]])
    with pytest.raises(TypeError):
        flatten(given_[1:2], Kind.LINE)


# --- Index -----------------------------------------------------------------------------

numbers = st.integers(0, 63).map(lambda one: one / 64)


@given(
    st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=3 * NODE * NODE),
    st.tuples(numbers, numbers, numbers, numbers),
)
def test_a_search_finds_what_a_look_at_all_boxes_finds(
    corners: list[tuple[float, float, float, float]], window: tuple[float, float, float, float]
) -> None:
    def ordered(box: Any) -> list[float]:
        a, b, c, d = box
        return [min(a, c), min(b, d), max(a, c), max(b, d)]

    around = np.array([ordered(one) for one in corners]).reshape(-1, 4)
    some = np.arange(len(around))[::2]
    west, north, east, south = ordered(window)
    index = BoxIndex.of(around, some)
    rows, inside = index.search((west, north, east, south))
    wanted = [
        row
        for row in some
        for a, b, c, d in [around[row]]
        if a <= east and c >= west and b <= south and d >= north
    ]
    assert rows.tolist() == wanted
    assert inside.tolist() == [
        west <= a and c <= east and north <= b and d <= south for a, b, c, d in around[rows]
    ]


@given(st.lists(st.tuples(numbers, numbers), max_size=300), st.integers(0, 6))
def test_the_fullest_tile_is_counted(spots: list[tuple[float, float]], zoom: int) -> None:
    around = np.array([(x, y, x, y) for x, y in spots]).reshape(-1, 4)
    side = 2**zoom
    counts: dict[tuple[int, int], int] = {}
    for x, y in spots:
        tile = int(x * side), int(y * side)
        counts[tile] = counts.get(tile, 0) + 1
    index = BoxIndex.of(around, np.arange(len(around)))
    assert index.densest(zoom) == max(counts.values(), default=0)
