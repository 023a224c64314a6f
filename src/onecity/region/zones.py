"""Zones: the units of analysis, H3 cells cut at county lines or polygons the user brings."""

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pyproj
import shapely

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE, Progress

from .schema import CRS

SLIVER_KM2 = 1e-4
"""Pieces of a cell smaller than this are rounding along a border, not land."""


def equal_area(shapes: gpd.GeoSeries | gpd.GeoDataFrame) -> pyproj.CRS:
    """Return the Lambert azimuthal equal-area projection centred on some shapes."""
    west, south, east, north = shapes.total_bounds
    return pyproj.CRS.from_proj4(
        f"+proj=laea +lat_0={(south + north) / 2:.6f} +lon_0={(west + east) / 2:.6f} "
        "+datum=WGS84 +units=m"
    )


def area_km2(shapes: gpd.GeoSeries, projection: pyproj.CRS) -> np.ndarray:
    """Return the area of each shape in km²."""
    return np.asarray(shapes.to_crs(projection).area, dtype=np.float64) / 1e6


def h3_zones(
    counties: gpd.GeoDataFrame, resolution: int, *, progress: Progress = SILENCE
) -> gpd.GeoDataFrame:
    """Cover the counties with H3 cells, cut where a county ends.

    Together the zones of a county are the county. A cell that lies in one county alone
    keeps its H3 index as its identifier; a piece of a cell is ``<index>-<county>``.

    Parameters
    ----------
    counties
        Table ``counties`` (see `onecity.region.schema`).
    resolution
        H3 resolution: 7 gives cells of about 5 km², 8 of about 0.7 km².
    """
    progress.stage("region.stage_zones", len(counties))
    pieces = []
    for county in counties.itertuples():
        pieces.append(_cells_of(county.geometry, county.county, resolution))
        progress.advance()
    zones = pd.concat(pieces, ignore_index=True)
    zones = gpd.GeoDataFrame(zones, geometry="geometry", crs=CRS)
    zones["area_km2"] = area_km2(zones.geometry, equal_area(counties))
    zones = zones[zones["area_km2"] > SLIVER_KM2]
    city = counties.set_index("county")["city"]
    return _finished(zones.assign(city=zones["county"].map(city)))


def polygon_zones(
    polygons: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, where: str
) -> gpd.GeoDataFrame:
    """Take the user's polygons as zones; each belongs to the county that holds most of it.

    Parameters
    ----------
    polygons
        Column ``code``, each once, and valid areas (see `sources.boundaries`).
    where
        The file they come from, for errors.

    Raises
    ------
    InputError
        If a polygon lies in no county.
    """
    zones = gpd.GeoDataFrame({"zone": polygons["code"]}, geometry=polygons.geometry, crs=CRS)
    projection = equal_area(counties)
    parts = gpd.overlay(
        zones.to_crs(projection),
        counties[["county", "city", "geometry"]].to_crs(projection),
        keep_geom_type=True,
    )
    parts["part"] = parts.area
    most = parts.sort_values(["zone", "part", "county"]).drop_duplicates("zone", keep="last")
    zones = zones.merge(most[["zone", "county", "city"]], on="zone", how="left")
    if zones["county"].isna().any():
        given = zones.loc[zones["county"].isna(), "zone"].iloc[0]
        raise InputError("region.zone_outside", table=where, given=given)
    zones["area_km2"] = area_km2(zones.geometry, projection)
    return _finished(zones)


def _cells_of(shape: shapely.Geometry, county: str, resolution: int) -> pd.DataFrame:
    point = shapely.point_on_surface(shape)
    listed = h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(shape), resolution, "overlap")
    core = {*listed, h3.latlng_to_cell(point.y, point.x, resolution)}
    # H3's list can miss a cell that the border only grazes, so the ring around it is tried
    # too. Sorted, because the same land must always give the same table.
    cells = np.array(sorted({near for cell in core for near in h3.grid_disk(cell, 1)}))
    corners = [[(lon, lat) for lat, lon in h3.cell_to_boundary(cell)] for cell in cells]
    hexagons = np.array([shapely.Polygon(ring) for ring in corners])
    shapely.prepare(shape)
    met = shapely.intersects(shape, hexagons)
    cells, hexagons = cells[met], hexagons[met]
    whole = shapely.contains_properly(shape, hexagons)
    land = hexagons.copy()
    land[~whole] = _areas_only(shapely.intersection(hexagons[~whole], shape))
    names = np.where(whole, cells, np.char.add(cells, f"-{county}")).astype(object)
    table = pd.DataFrame({"zone": names, "county": county, "geometry": land})
    return table[~shapely.is_empty(land)]


def _areas_only(shapes: np.ndarray) -> np.ndarray:
    """Drop the points and lines that cutting may leave beside areas."""
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    other = ~np.isin(
        shapely.get_type_id(shapes),
        (
            shapely.GeometryType.POLYGON,
            shapely.GeometryType.MULTIPOLYGON,
            shapely.GeometryType.GEOMETRYCOLLECTION,
        ),
    )
    cleaned = shapes.copy()
    cleaned[other] = shapely.Polygon()
    for row in np.flatnonzero(mixed):
        parts = [part for part in shapes[row].geoms if part.area > 0]
        cleaned[row] = shapely.union_all(parts) if parts else shapely.Polygon()
    return cleaned


def _finished(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give each zone a point inside it: the centroid where that is inside."""
    shapes = zones.geometry.to_numpy()
    points = shapely.centroid(shapes)
    outside = ~shapely.contains(shapes, points)
    points[outside] = shapely.point_on_surface(shapes[outside])
    zones = zones.assign(lon=shapely.get_x(points), lat=shapely.get_y(points))
    columns = ["zone", "county", "city", "lon", "lat", "area_km2", "geometry"]
    return zones[columns].reset_index(drop=True)
