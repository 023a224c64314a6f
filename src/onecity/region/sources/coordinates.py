"""Coordinate systems met in Chinese data, to and from longitude and latitude of WGS-84.

GCJ-02 is the shifted system that maps published in China must use; BD-09 is Baidu's further
shift. Neither has an official published formula; the one here is the one all open
implementations share (Wu Yongzheng, *EvilTransform*, 2013; described in Wikipedia,
*Restrictions on geographic data in China*). The inverses are found by iteration to 1e-10 of a
degree. Outside a box around China (72.004 to 137.8347 E, 0.8293 to 55.8271 N) all systems are
taken to be WGS-84, as the services do; within about a kilometre of that box, at sea or
abroad, the inverse is not defined and may be off by the shift.

CGCS2000 (EPSG:4490) and every other system PROJ knows go through pyproj. CGCS2000 and WGS-84
agree to a few centimetres at their epochs; PROJ treats them as equal.
"""

from collections.abc import Callable

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike
from pyproj.exceptions import CRSError

from onecity.core.errors import InputError

from .reading import Reals, Shapes

Pair = tuple[Reals, Reals]

WGS84 = "WGS-84"
GCJ02 = "GCJ-02"
BD09 = "BD-09"

_NAMES = {
    "wgs84": WGS84,
    "gcj02": GCJ02,
    "mars": GCJ02,
    "火星坐标": GCJ02,
    "火星坐标系": GCJ02,
    "bd09": BD09,
    "bd09ll": BD09,
    "百度坐标": BD09,
    "百度坐标系": BD09,
    "cgcs2000": "EPSG:4490",
    "国家2000": "EPSG:4490",
}

_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_AXIS = 6378245.0
"""Major axis of the Krasovsky 1940 ellipsoid, metres."""
_SQUARED_ECCENTRICITY = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_BD_SHIFT = (0.0065, 0.006)
_HALF_TURN, _RIGHT_ANGLE = 180.0, 90.0
_TOLERANCE = 1e-10
_ROUNDS = 30


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return GCJ-02 longitude and latitude, degrees; arrays broadcast against each other."""
    x, y = _degrees(lon, lat)
    return _inside_only(_shift_gcj, x, y)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return the WGS-84 position whose GCJ-02 position is given."""
    x, y = _degrees(lon, lat)
    return _inside_only(lambda a, b: _invert(_shift_gcj, a, b), x, y)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return the BD-09 position of a GCJ-02 one."""
    x, y = _degrees(lon, lat)
    return _inside_only(_shift_bd, x, y)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return the GCJ-02 position whose BD-09 position is given."""
    x, y = _degrees(lon, lat)
    return _inside_only(lambda a, b: _invert(_shift_bd, a, b), x, y)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return the BD-09 position of a WGS-84 one."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return the WGS-84 position whose BD-09 position is given."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def system_name(crs: object) -> str:
    """Return the one name of a coordinate system: WGS-84, GCJ-02, BD-09, or as pyproj says it.

    Upper and lower case, hyphens and spaces do not matter. EPSG:4326 is WGS-84.

    Raises
    ------
    InputError
        If neither this module nor PROJ knows it.
    """
    text = str(crs).strip()
    plain = text.lower().replace("-", "").replace("_", "").replace(" ", "")
    text = _NAMES.get(plain, text)
    if text in {WGS84, GCJ02, BD09}:
        return text
    try:
        known = pyproj.CRS.from_user_input(crs if text == str(crs).strip() else text)
    except CRSError as error:
        raise InputError("sources.crs_unknown", given=crs, reason=error) from error
    if known.equals(pyproj.CRS.from_epsg(4326), ignore_axis_order=True):
        return WGS84
    return str(known.to_string())


def to_wgs84(x: ArrayLike, y: ArrayLike, crs: object) -> Pair:
    """Return longitude and latitude (WGS-84) of positions in any system.

    `x` is longitude or easting, `y` latitude or northing, whatever order of axes the
    system's definition has. NaN stays NaN.

    Raises
    ------
    InputError
        If the system is unknown, degrees are out of range, or a position has none there.
    """
    name = system_name(crs)
    if name == WGS84:
        return _degrees(x, y)
    if name == GCJ02:
        return gcj02_to_wgs84(x, y)
    if name == BD09:
        return bd09_to_wgs84(x, y)
    system = pyproj.CRS.from_user_input(name)
    given = _degrees(x, y) if system.is_geographic else _floats(x, y)
    transformer = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(*given)
    lost = ~(np.isfinite(lon) & np.isfinite(lat)) & ~(np.isnan(given[0]) | np.isnan(given[1]))
    if lost.any():
        at = int(lost.argmax())
        raise InputError(
            "sources.crs_outside", given=name, x=given[0].flat[at], y=given[1].flat[at], row=at + 1
        )
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def shapes_to_wgs84(shapes: Shapes, crs: object) -> Shapes:
    """Return geometries in longitude and latitude (WGS-84), vertex by vertex.

    Raises
    ------
    InputError
        As `to_wgs84`.
    """
    if system_name(crs) == WGS84:
        _degrees(*shapely.get_coordinates(shapes).T)
        return shapes
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs)))
    )


def _floats(x: ArrayLike, y: ArrayLike) -> Pair:
    a, b = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    return a, b


def _degrees(lon: ArrayLike, lat: ArrayLike) -> Pair:
    x, y = _floats(lon, lat)
    wrong = (np.abs(x) > _HALF_TURN) | (np.abs(y) > _RIGHT_ANGLE)
    if wrong.any():
        at = int(wrong.argmax())
        widest, highest = np.nanmax(np.abs(x)), np.nanmax(np.abs(y))
        swapped = widest <= _RIGHT_ANGLE < highest <= _HALF_TURN
        key = "sources.degrees_swapped" if swapped else "sources.degrees_range"
        raise InputError(key, lon=x.flat[at], lat=y.flat[at], row=at + 1, count=int(wrong.sum()))
    return x, y


def _inside_only(change: Callable[[Reals, Reals], Pair], lon: Reals, lat: Reals) -> Pair:
    """Apply `change` inside the box around China and leave everything else as it is."""
    west, south, east, north = _BOX
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    x, y = lon.copy(), lat.copy()
    x[inside], y[inside] = change(lon[inside], lat[inside])
    return x, y


def _invert(change: Callable[[Reals, Reals], Pair], x: Reals, y: Reals) -> Pair:
    """Return the position that `change` moves to (x, y); the shift is flat, so it converges."""
    lon, lat = x.copy(), y.copy()
    for _ in range(_ROUNDS):
        moved_x, moved_y = change(lon, lat)
        miss_x, miss_y = x - moved_x, y - moved_y
        lon += miss_x
        lat += miss_y
        if max(np.abs(miss_x).max(initial=0.0), np.abs(miss_y).max(initial=0.0)) < _TOLERANCE:
            break
    return lon, lat


def _shift_gcj(lon: Reals, lat: Reals) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    root, wave = np.sqrt(np.abs(x)), np.pi
    common = 20.0 * np.sin(6.0 * x * wave) + 20.0 * np.sin(2.0 * x * wave)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
    north += (
        2.0
        / 3.0
        * (
            common
            + 20.0 * np.sin(y * wave)
            + 40.0 * np.sin(y / 3.0 * wave)
            + 160.0 * np.sin(y / 12.0 * wave)
            + 320.0 * np.sin(y / 30.0 * wave)
        )
    )
    east = 300.0 + x + 2.0 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
    east += (
        2.0
        / 3.0
        * (
            common
            + 20.0 * np.sin(x * wave)
            + 40.0 * np.sin(x / 3.0 * wave)
            + 150.0 * np.sin(x / 12.0 * wave)
            + 300.0 * np.sin(x / 30.0 * wave)
        )
    )
    phi = np.radians(lat)
    w = 1.0 - _SQUARED_ECCENTRICITY * np.sin(phi) ** 2
    metres_north = _AXIS * (1.0 - _SQUARED_ECCENTRICITY) / w**1.5 * np.pi / 180.0
    metres_east = _AXIS / np.sqrt(w) * np.cos(phi) * np.pi / 180.0
    return lon + east / metres_east, lat + north / metres_north


def _shift_bd(lon: Reals, lat: Reals) -> Pair:
    length = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_TURN)
    return length * np.cos(angle) + _BD_SHIFT[0], length * np.sin(angle) + _BD_SHIFT[1]
