"""From the globe to the page: projection, scale and SVG paths of a map.

The map is drawn in whole units on a sheet `WIDTH` units wide, in Lambert's azimuthal
equal-area projection centred on the region, so that areas compare and lengths are true
within a few parts in a thousand at the size of a city group.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

WIDTH = 3000
_MARGIN = 0.03
_BAR_SHARE = 0.22
"""The scale bar takes at most this share of the sheet's width."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where the region lies on the page.

    Attributes
    ----------
    crs
        The projection, metres.
    west, north
        Position of the sheet's upper left corner in the projection, metres.
    metres
        Metres of ground to one unit of the sheet.
    height
        Height of the sheet, units.
    """

    crs: str
    west: float
    north: float
    metres: float
    height: int

    def place(self, shapes: gpd.GeoSeries) -> NDArray[Any]:
        """Return shapes (WGS-84) on the sheet, in units, y downwards."""
        flat = shapes.to_crs(self.crs).to_numpy()
        placed: NDArray[Any] = shapely.transform(flat, self._place)
        return placed

    def _place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(
            [
                (points[:, 0] - self.west) / self.metres,
                (self.north - points[:, 1]) / self.metres,
            ]
        )

    def window(self, shapes: NDArray[Any]) -> NDArray[Any]:
        """Return what of some shapes lies on the sheet."""
        cut: NDArray[Any] = shapely.clip_by_rect(shapes, 0, 0, WIDTH, self.height)
        return cut[~shapely.is_empty(cut)]

    def scale_bar(self) -> tuple[int, float]:
        """Return a round length in km for the scale bar, and its length in units."""
        most = WIDTH * _BAR_SHARE * self.metres / 1000
        power = 10.0 ** np.floor(np.log10(most))
        km = next(power * step for step in (5, 2, 1) if power * step <= most)
        return int(km) if km >= 1 else 1, float(km * 1000 / self.metres)


def sheet_of(land: gpd.GeoSeries) -> Sheet:
    """Return a sheet that holds some land (WGS-84) with a margin."""
    west, south, east, north = land.total_bounds
    crs = f"+proj=laea +lat_0={(south + north) / 2:.4f} +lon_0={(west + east) / 2:.4f} +datum=WGS84"
    left, bottom, right, top = land.to_crs(crs).total_bounds
    margin = _MARGIN * max(right - left, top - bottom)
    left, right = left - margin, right + margin
    bottom, top = bottom - margin, top + margin
    metres = (right - left) / WIDTH
    return Sheet(crs, left, top, metres, round((top - bottom) / metres))


def svg_path(shape: Any, *, tolerance: float = 0.0) -> str:
    """Return a shape on the sheet as the data of an SVG path, in whole units.

    Points closer than the unit, or than `tolerance` to the straight line, are left out.
    """
    if tolerance:
        shape = shapely.simplify(shape, tolerance)
    return "".join(_strokes(shape))


def _strokes(shape: Any) -> Iterator[str]:
    for part in shapely.get_parts(np.atleast_1d(shape)):
        if part.geom_type.startswith("Multi") or part.geom_type == "GeometryCollection":
            yield from _strokes(shapely.get_parts(part))
        elif part.geom_type == "Polygon":
            for ring in (part.exterior, *part.interiors):
                yield _stroke(shapely.get_coordinates(ring)[:-1], closed=True)
        elif part.geom_type in {"LineString", "LinearRing"}:
            yield _stroke(shapely.get_coordinates(part), closed=False)


def _stroke(points: NDArray[np.float64], *, closed: bool) -> str:
    units = np.rint(points).astype(np.int64)
    if len(units):
        steps = np.diff(units, axis=0)
        units = units[np.concatenate([[True], (steps != 0).any(axis=1)])]
    least = 3 if closed else 2
    if len(units) < least:
        return ""
    steps = np.diff(units, axis=0).tolist()
    moved = "".join(_step(dx, dy) for dx, dy in steps)
    x, y = units[0].tolist()
    return f"M{x} {y}l{moved.removeprefix(' ')}{'z' if closed else ''}"


def _step(dx: int, dy: int) -> str:
    """Return one step; a minus sign parts numbers as well as a space does."""
    return f"{'' if dx < 0 else ' '}{dx}{'' if dy < 0 else ' '}{dy}"
