"""Shapes as flat arrays: what is projected once and encoded into many tiles."""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from .address import world

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]


class Kind(IntEnum):
    """Kinds of shapes, by their numbers in the Mapbox Vector Tile specification (4.3.4)."""

    POINT = 1
    LINE = 2
    AREA = 3


class Shapes(NamedTuple):
    """Features of one kind, each of none, one or several rings.

    A ring is the points of a multipoint, one line, or one closed ring of an area. An area's
    outer ring is followed by its holes, then comes the next outer ring.

    Attributes
    ----------
    xy
        Points (N, 2); in world units unless said otherwise.
    rings
        Where in `xy` each ring begins, and N, (R + 1,).
    outer
        Which rings are the outer ring of an area, (R,).
    starts
        Where in `rings` each feature begins, and R, (F + 1,).
    """

    xy: Reals
    rings: Ints
    outer: Flags
    starts: Ints


_KIND_OF_TYPE = {
    shapely.GeometryType.POINT: Kind.POINT,
    shapely.GeometryType.MULTIPOINT: Kind.POINT,
    shapely.GeometryType.LINESTRING: Kind.LINE,
    shapely.GeometryType.MULTILINESTRING: Kind.LINE,
    shapely.GeometryType.POLYGON: Kind.AREA,
    shapely.GeometryType.MULTIPOLYGON: Kind.AREA,
}
_DIMENSION = {Kind.POINT: 0, Kind.LINE: 1, Kind.AREA: 2}


def project(geometries: Geometries, kind: Kind) -> tuple[Shapes, Ints]:
    """Return geometries in longitude and latitude as shapes in world units.

    Returns
    -------
    The shapes, and the row of each: rows that are missing, empty or of another kind have none.
    """
    known = shapely.get_dimensions(geometries) == _DIMENSION[kind]
    known &= ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    rows = np.flatnonzero(known)
    flat = flatten(geometries[rows], kind)
    return flat._replace(xy=world(flat.xy[:, 0], flat.xy[:, 1])), rows


def flatten(geometries: Geometries, kind: Kind) -> Shapes:
    """Return geometries of one kind, none of them missing, with the coordinates they have.

    What a collection holds of other kinds is left out.
    """
    geometries = _of_kind(geometries, kind)
    if kind != Kind.AREA:
        return _ragged(geometries, kind)
    # Most areas are one ring: these need no objects made for their parts, which takes far longer.
    plain = shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON
    plain &= (shapely.get_num_interior_rings(geometries) == 0) & ~shapely.is_empty(geometries)
    others = _ragged(geometries[~plain], kind)
    count = np.ones(len(geometries), np.int64)
    count[~plain] = np.diff(others.starts)
    starts = np.concatenate([[0], np.cumsum(count)])
    size, outer = np.empty(starts[-1], np.int64), np.ones(starts[-1], np.bool_)
    size[starts[:-1][plain]] = shapely.get_num_coordinates(geometries[plain])
    rings, _ = spans(starts, np.flatnonzero(~plain))
    size[rings], outer[rings] = np.diff(others.rings), others.outer
    xy = np.ascontiguousarray(shapely.get_coordinates(geometries), np.float64)
    return Shapes(xy, np.concatenate([[0], np.cumsum(size)]), outer, starts)


def _ragged(geometries: Geometries, kind: Kind) -> Shapes:
    """Flatten geometries as shapely knows to, holes and parts included."""
    if not len(geometries):
        return _empty()
    given, xy, offsets = shapely.to_ragged_array(geometries, include_z=False)
    if _KIND_OF_TYPE[given] != kind:
        msg = f"{given!r} where {kind!r} are needed"
        raise TypeError(msg)
    xy = np.ascontiguousarray(xy, np.float64)
    bounds = [np.asarray(one, np.int64) for one in offsets]
    several = given in {
        shapely.GeometryType.MULTIPOINT,
        shapely.GeometryType.MULTILINESTRING,
        shapely.GeometryType.MULTIPOLYGON,
    }
    if kind == Kind.POINT:
        rings = bounds[0] if several else np.arange(len(xy) + 1)
        return Shapes(xy, rings, np.zeros(len(rings) - 1, np.bool_), np.arange(len(rings)))
    rings = bounds[0]
    outer = np.zeros(len(rings) - 1, np.bool_)
    if kind == Kind.LINE:
        return Shapes(xy, rings, outer, bounds[1] if several else np.arange(len(rings)))
    outer[bounds[1][:-1][np.diff(bounds[1]) > 0]] = True  # an empty area has no ring
    return Shapes(xy, rings, outer, bounds[1][bounds[2]] if several else bounds[1])


def areas(shapes: Shapes, rows: Ints) -> Geometries:
    """Return some areas as geometries, with the coordinates they have."""
    some = take(shapes, rows)
    begins = np.append(np.flatnonzero(some.outer), len(some.outer))
    features = np.searchsorted(begins, some.starts)
    found: Geometries = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, some.xy, (some.rings, begins, features)
    )
    return found


def take(shapes: Shapes, rows: Ints) -> Shapes:
    """Return some features, in the order asked for."""
    rings, starts = spans(shapes.starts, rows)
    points, ring_starts = spans(shapes.rings, rings)
    return Shapes(shapes.xy[points], ring_starts, shapes.outer[rings], starts)


def spans(starts: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return what lies in some spans of a row of numbers, and where each span begins in that.

    Span i runs from ``starts[i]`` to ``starts[i + 1]``.
    """
    lengths = starts[rows + 1] - starts[rows]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(ends[-1]) + np.repeat(starts[rows] - ends[:-1], lengths), ends


def boxes(shapes: Shapes) -> Reals:
    """Return west, north, east and south of every feature, (F, 4); each must have a point."""
    first = shapes.rings[shapes.starts[:-1]]
    if not len(first):
        return np.empty((0, 4))
    low, high = (join.reduceat(shapes.xy, first, axis=0) for join in (np.minimum, np.maximum))
    return np.hstack([low, high])


def _of_kind(geometries: Geometries, kind: Kind) -> Geometries:
    """Return geometries with collections replaced by what they hold of a kind."""
    mixed = shapely.get_type_id(geometries) == shapely.GeometryType.GEOMETRYCOLLECTION
    if not mixed.any():
        return geometries
    several: Any = {
        Kind.POINT: shapely.MultiPoint,
        Kind.LINE: shapely.MultiLineString,
        Kind.AREA: shapely.MultiPolygon,
    }[kind]
    found = geometries.copy()
    for row in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapely.get_parts(geometries[row]))
        fit = shapely.get_dimensions(parts) == _DIMENSION[kind]
        found[row] = several(list(parts[fit]))
    return found


def _empty() -> Shapes:
    return Shapes(
        np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.bool_), np.zeros(1, np.int64)
    )
