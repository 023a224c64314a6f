"""Counties, places and heights of a group, out of registry packages."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from onecity.core.errors import InputError

from .gazetteer import prefix_of
from .groups import Group, Member
from .packages import DISTRICTS, HEIGHTS, PLACES

_CHINA = "156"
_SIMPLIFIED = "gb2312"
"""No list says which alternate is simplified; this character set holds those alone."""
_HAN = re.compile(r"^[㐀-鿿]+$")
_CELLS_A_DEGREE = 12
_STEP_M, _LOWEST_M, _NOTHING = 28, -450, 255
_MARGIN_CELLS = 2


@dataclass(frozen=True, slots=True)
class County:
    """A county-level unit: code, name, code of its city, outline in WGS-84."""

    code: str
    name: str
    city: str
    outline: shapely.Geometry


def counties_of(group: Group) -> list[County]:
    """Return the counties of a group by their codes.

    Raises
    ------
    MissingError
        If the package is not installed.
    InputError
        If the map has no county of a member, or not one that it names.
    """
    found = [one for member in group.members for one in _of_member(member)]
    return sorted(found, key=lambda one: one.code)


def _of_member(member: Member) -> Iterable[County]:
    city = member.city.code
    own = {code: one for code, one in _districts().items() if code.startswith(prefix_of(city))}
    wanted = member.counties or tuple(own)
    lost = [code for code in wanted if code not in own]
    if lost or not wanted:
        raise InputError("league.no_county", city=member.city.name_zh, given=", ".join(lost) or "*")
    return [County(code, own[code][0], city, own[code][1]) for code in wanted]


@cache
def _districts() -> dict[str, tuple[str, shapely.Geometry]]:
    """Return name and outline of every county-level unit by its code."""
    found: dict[str, tuple[str, shapely.Geometry]] = {}
    for feature in json.loads(DISTRICTS.locate().read_text(encoding="utf-8"))["features"]:
        named = feature["properties"]
        if named["gb"].startswith(_CHINA):
            outline = shape(feature["geometry"])
            found[named["gb"].removeprefix(_CHINA)] = (named["name"], outline)
    return found


@dataclass(frozen=True, slots=True)
class Settlement:
    """A named place of GeoNames; `people` 0 where not known, `alternates` as listed."""

    key: int
    name_en: str
    name_zh: str
    alternates: frozenset[str]
    lon: float
    lat: float
    people: int


@cache
def settlements() -> tuple[Settlement, ...]:
    """Return all places of China that GeoNames knows, by their numbers."""
    listed: Any = json.loads(PLACES.locate().read_text(encoding="utf-8"))
    found = [_settlement(one) for one in listed.values() if one["countrycode"] == "CN"]
    return tuple(sorted(found, key=lambda one: one.key))


def _settlement(one: dict[str, Any]) -> Settlement:
    names = [name for name in one["alternatenames"] if _HAN.match(name)]
    names.sort(key=lambda name: (not _is_simplified(name), len(name), name))
    return Settlement(
        int(one["geonameid"]),
        str(one["name"]),
        names[0] if names else "",
        frozenset(names),
        float(one["longitude"]),
        float(one["latitude"]),
        int(one["population"]),
    )


def _is_simplified(name: str) -> bool:
    try:
        name.encode(_SIMPLIFIED)
    except UnicodeEncodeError:
        return False
    return True


def settlements_in(area: shapely.Geometry) -> list[Settlement]:
    """Return the places in an area (WGS-84)."""
    every = settlements()
    shapely.prepare(area)
    inside = shapely.intersects_xy(area, [one.lon for one in every], [one.lat for one in every])
    return [one for one, within in zip(every, inside, strict=True) if within]


def heights_in(area: shapely.Geometry) -> list[tuple[float, float, int]]:
    """Return longitude, latitude and metres of cells of 5 minutes in and around an area.

    From the grid of ``pvlib``: row 0 farthest north, column 0 farthest west, cells' centres.
    """
    import h5py  # noqa: PLC0415  (needed for groups without a shipped extract alone)

    west, south, east, north = shapely.bounds(area)
    rows, columns = _cells(90 - north, 90 - south), _cells(west + 180, east + 180)
    with h5py.File(HEIGHTS.locate()) as file:
        grid = file["Altitude"][rows.start : rows.stop, columns.start : columns.stop]
    return [
        (
            round((column + 0.5) / _CELLS_A_DEGREE - 180, 5),
            round(90 - (row + 0.5) / _CELLS_A_DEGREE, 5),
            _metres(int(grid[row - rows.start, column - columns.start])),
        )
        for row in rows
        for column in columns
    ]


def _metres(step: int) -> int:
    """Return metres above the sea; the grid holds nothing at sea, which is its level."""
    return 0 if step == _NOTHING else step * _STEP_M + _LOWEST_M


def _cells(low: float, high: float) -> range:
    first = int(np.floor(low * _CELLS_A_DEGREE)) - _MARGIN_CELLS
    return range(first, int(np.floor(high * _CELLS_A_DEGREE)) + _MARGIN_CELLS + 1)
