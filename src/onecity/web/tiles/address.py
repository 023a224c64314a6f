"""Which square of the world a tile is: Web Mercator, cut into 2^z by 2^z squares.

Places are held in *world units*: Web Mercator scaled so that the world is the square from (0, 0)
in the north-west to (1, 1) in the south-east.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import RangeError

Reals = NDArray[np.float64]

LAST_ZOOM = 14
"""Closest zoom that has tiles of its own; browsers enlarge these when they go closer."""
EXTENT = 4096
"""Units along a side of a tile."""
PIXELS = 512
"""Pixels of a screen along a side of a tile when it is shown at its own zoom."""
UNITS = EXTENT // PIXELS
"""Units of a tile in one pixel."""
MOST_LATITUDE = 85.051128779806592
"""Where Web Mercator ends, degrees: arctan(sinh(pi))."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of the world: zoom `z`, column `x` from the west, row `y` from the north."""

    z: int
    x: int
    y: int

    @classmethod
    def at(cls, z: int, x: int, y: int) -> "Tile":
        """Return a tile that exists.

        Raises
        ------
        RangeError
            There is no such zoom, column or row.
        """
        if not 0 <= z <= LAST_ZOOM:
            raise RangeError("web.tile_zoom", given=z, last=LAST_ZOOM)
        last = (1 << z) - 1
        if not (0 <= x <= last and 0 <= y <= last):
            raise RangeError("web.tile_place", z=z, x=x, y=y, last=last)
        return cls(z, x, y)

    def window(self, buffer: float) -> tuple[float, float, float, float]:
        """Return west, north, east and south in world units, `buffer` units of a tile wider."""
        side = 2.0**-self.z
        wide = side * buffer / EXTENT
        west, north = self.x * side, self.y * side
        return west - wide, north - wide, west + side + wide, north + side + wide


def world(lon: ArrayLike, lat: ArrayLike) -> Reals:
    """Return points (N, 2) in world units; beyond the last latitude they lie on the edge.

    Source: Snyder, Map Projections: A Working Manual (1987), eq. 7-1 and 7-2, on the sphere.
    """
    x = (np.asarray(lon, np.float64) + 180.0) / 360.0
    held = np.clip(np.asarray(lat, np.float64), -MOST_LATITUDE, MOST_LATITUDE)
    y = 0.5 - np.arctanh(np.sin(np.radians(held))) / (2 * np.pi)
    return np.column_stack([x, np.clip(y, 0.0, 1.0)])


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in world units."""
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y))))
    return x * 360.0 - 180.0, float(lat)
