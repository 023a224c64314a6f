"""Distances on the sphere for search trees, and which area a point lies in."""

import numpy as np
import numpy.typing as npt
from shapely import STRtree

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

Reals = npt.NDArray[np.float64]


def on_sphere(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Reals:
    """Return points (N, 3) of the unit sphere; their chords order as their distances do."""
    x, y = np.radians(np.asarray(lon, np.float64)), np.radians(np.asarray(lat, np.float64))
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def chord_of(km: float) -> float:
    """Return the chord of the unit sphere that spans a great circle's arc of `km`."""
    return float(2 * np.sin(min(km / EARTH_KM, np.pi) / 2))


def km_of(chord: npt.ArrayLike) -> Reals:
    """Return the great circle's arc in km that a chord of the unit sphere spans."""
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(np.asarray(chord) / 2, 1)))


def row_containing(
    points: npt.NDArray[np.object_], areas: npt.NDArray[np.object_]
) -> npt.NDArray[np.int64]:
    """Return the row of the area each point lies in, -1 for none; on a border the first row."""
    row = np.full(len(points), len(areas), dtype=np.int64)
    point, area = STRtree(areas).query(points, predicate="intersects")
    np.minimum.at(row, point, area)
    return np.where(row < len(areas), row, -1)
