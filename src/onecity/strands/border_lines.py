"""Where two cities of a region meet: the lines that border effects are drawn on."""

from itertools import combinations

import geopandas as gpd
import shapely
from pyproj import Geod

from onecity.region.schema import CRS
from onecity.region.store import Region

CLOSE = 1e-4
"""Degrees (about 10 m): outlines drawn apart by no more than this are one line."""
SHORT_KM = 0.1
"""Cities that share less than this meet at a corner, not along a border."""

_GEOD = Geod(ellps="WGS84")


def border_lines(region: Region) -> gpd.GeoDataFrame:
    """Return the lines along which cities meet.

    Returns
    -------
    Columns ``city_a``, ``city_b`` (codes, ascending; rows in their order), ``km`` (length on the
    ellipsoid) and ``geometry`` (a line or several, WGS-84). Empty where no two cities meet.
    """
    cities = region.table("cities").sort_values("city")
    outlines = list(zip(cities["city"], cities.geometry, strict=True))
    rows = []
    for (one, area), (other, beside) in combinations(outlines, 2):
        if not shapely.dwithin(area, beside, CLOSE):
            continue
        line = _shared(area, beside)
        km = float(_GEOD.geometry_length(line)) / 1000
        if km >= SHORT_KM:
            rows.append((one, other, km, line))
    columns = ["city_a", "city_b", "km", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=CRS)


def _shared(area: shapely.Geometry, beside: shapely.Geometry) -> shapely.Geometry:
    """Return the line that two areas share, or that runs close to the other where none is."""
    edge, other = shapely.boundary(area), shapely.boundary(beside)
    exact = _lines(shapely.intersection(edge, other))
    if shapely.length(exact) > CLOSE:
        return exact
    return _lines(shapely.intersection(edge, shapely.buffer(other, CLOSE)))


def _lines(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the lines of a shape, joined end to end; points are left out."""
    parts = shapely.get_parts(shape)
    lines = parts[(shapely.get_dimensions(parts) == 1) & ~shapely.is_empty(parts)]
    joined: shapely.Geometry = shapely.line_merge(shapely.MultiLineString(lines.tolist()))
    return joined
