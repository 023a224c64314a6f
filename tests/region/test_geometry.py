"""Chords and containment against formulas and loops."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from onecity.region.geometry import EARTH_KM, chord_of, km_of, on_sphere, row_containing

degrees = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(degrees, degrees)
def test_chords_are_great_circles(one: tuple[float, float], other: tuple[float, float]) -> None:
    """Held against the haversine formula."""
    (x0, y0), (x1, y1) = np.radians(one), np.radians(other)
    h = np.sin((y1 - y0) / 2) ** 2 + np.cos(y0) * np.cos(y1) * np.sin((x1 - x0) / 2) ** 2
    expected = 2 * EARTH_KM * np.arcsin(np.sqrt(min(1.0, h)))
    a, b = on_sphere([one[0], other[0]], [one[1], other[1]])
    # Near the antipode an arc is not well known from its chord.
    assert float(km_of(np.linalg.norm(a - b))) == pytest.approx(expected, abs=1e-3, rel=1e-6)


@given(st.floats(0, 20_000))
def test_chord_and_arc_undo_one_another(km: float) -> None:
    assert float(km_of(chord_of(km))) == pytest.approx(km, abs=1e-3)


def test_no_chord_is_longer_than_the_diameter() -> None:
    assert chord_of(1e9) == 2


def test_points_lie_in_the_first_area_that_holds_them() -> None:
    areas = np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 0, 2, 1)])
    points = np.array([Point(0.5, 0.5), Point(1.5, 0.5), Point(1, 0.5), Point(3, 3)])
    expected = [
        next((row for row, area in enumerate(areas) if shapely.intersects(area, point)), -1)
        for point in points
    ]
    assert row_containing(points, areas).tolist() == expected == [0, 1, 0, -1]
    assert row_containing(points, areas[:0]).tolist() == [-1] * 4
