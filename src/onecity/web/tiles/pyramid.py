"""Areas with fewer points the further away they are seen from."""

import numpy as np
import shapely

from onecity.web.once import Once

from .address import EXTENT, LAST_ZOOM
from .shapes import Geometries, Kind, Shapes, areas, flatten

TOLERANCE = 3.0
"""Units of a tile that a simplified outline may be away from the true one: 3/8 of a pixel."""
LEAST_POINTS = 10
"""Areas with fewer points than this, on average, have none to spare."""
LEAST_GAIN = 0.2
"""A level that saves a smaller share of all points than this is not kept."""


class Pyramid:
    """One table of areas at every zoom.

    Neighbours in a coverage (areas that meet edge to edge, point by point) are simplified
    together, so that no gaps open between them; the areas keep their rows. A level is made when
    a tile of its zoom is first asked for.

    Parameters
    ----------
    shapes
        The areas as they are.
    coverage
        Whether they are a coverage; others are simplified one by one.
    """

    def __init__(self, shapes: Shapes, *, coverage: bool) -> None:
        self._whole = shapes
        self._coverage = coverage
        self._levels = Once(LAST_ZOOM + 1)
        rings = max(len(shapes.rings) - 1, 1)
        self._first_whole = 0 if len(shapes.xy) < LEAST_POINTS * rings else LAST_ZOOM

    def at(self, zoom: int) -> Shapes:
        """Return the areas as they are drawn at a zoom."""
        if zoom >= self._first_whole:
            return self._whole
        return self._levels.get(zoom, lambda: self._made(zoom))

    def _made(self, zoom: int) -> Shapes:
        tolerance = TOLERANCE / EXTENT * 2.0**-zoom
        whole = areas(self._whole, np.arange(len(self._whole.starts) - 1))
        try:
            level = flatten(self._simplified(whole, tolerance), Kind.AREA)
        except shapely.GEOSException:
            return self._whole  # an invalid area: it is drawn with all its points
        if len(level.xy) > (1 - LEAST_GAIN) * len(self._whole.xy):
            self._first_whole = min(self._first_whole, zoom)
            return self._whole
        return level

    def _simplified(self, whole: Geometries, tolerance: float) -> Geometries:
        found: Geometries
        if self._coverage:
            found = shapely.coverage_simplify(whole, tolerance)
        else:
            found = shapely.simplify(whole, tolerance, preserve_topology=True)
        return found
