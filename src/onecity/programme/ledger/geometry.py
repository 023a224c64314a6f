"""Geometries of items: GeoJSON (RFC 7946), checked, and kept as one text."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from onecity.core.errors import InputError
from onecity.programme.strict import shown

from .checks import field

MOST_POSITIONS = 20_000
"""Positions that one geometry may have: an item is a sketch, not a survey."""

_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
_LEAST = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
"""Positions that a line or ring of each kind has at least."""


def checked_geometry(name: str, given: str | Mapping[str, Any]) -> str:
    """Return a geometry as JSON text, the same text for the same geometry.

    Longitudes and latitudes are degrees of WGS-84; heights are dropped.

    Raises
    ------
    InputError
        It is no geometry of the kinds above, a position is off the globe, a ring is open, or
        there are too many positions. The field is named.
    """
    try:
        value = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError) as error:
        raise _wrong(name, given) from error
    kind = value.get("type") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in _DEPTHS:
        raise _wrong(name, given)
    try:
        places, count = _nested(value.get("coordinates"), _DEPTHS[kind])
    except (TypeError, ValueError, OverflowError) as error:
        raise _wrong(name, error) from error
    if count > MOST_POSITIONS:
        raise InputError(
            "ledger.geometry_large", field=field(name), given=count, most=MOST_POSITIONS
        )
    for line in _lines(places, _DEPTHS[kind]):
        ring = kind.endswith("Polygon")
        if len(line) < _LEAST.get(kind, 0) or (ring and line[0] != line[-1]):
            raise _wrong(name, line)
    return json.dumps({"type": kind, "coordinates": places}, separators=(",", ":"))


def _nested(given: Any, depth: int) -> tuple[list[Any], int]:
    """Return positions nested so deep, and their number."""
    if not isinstance(given, list | tuple) or not given:
        raise TypeError(shown(given))
    if depth:
        inner = [_nested(one, depth - 1) for one in given]
        return [one for one, _ in inner], sum(count for _, count in inner)
    for one in given:
        if not isinstance(one, int | float) or isinstance(one, bool) or not isfinite(one):
            raise TypeError(shown(one))
    if len(given) not in {2, 3} or not (abs(given[0]) <= 180 and abs(given[1]) <= 90):
        raise ValueError(shown(given))
    return [float(given[0]), float(given[1])], 1


def _lines(places: list[Any], depth: int) -> list[list[Any]]:
    """Return the lines or rings of nested positions."""
    if depth == 0:
        return []
    if depth == 1:
        return [places]
    return [line for one in places for line in _lines(one, depth - 1)]


def _wrong(name: str, given: object) -> InputError:
    return InputError("ledger.not_geometry", field=field(name), given=shown(given))
