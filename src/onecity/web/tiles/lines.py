"""Boundary lines, each drawn once: between two units, or at the edge of the region."""

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from onecity.region.store import Region
from onecity.strands.border_lines import CLOSE, border_lines

from .shapes import Geometries, Ints, Kind, flatten

SHORT = 10 * CLOSE
"""Degrees: outlines that run beside each other for no more than this only meet."""
NOBODY = ""
"""Stands in the place of a neighbour's code at the edge of the region."""


class Lines(NamedTuple):
    """Boundary lines in longitude and latitude, by the codes of the units on both sides.

    `one` and `other` ascend; `other` is `NOBODY` at the edge of the region.
    """

    one: list[str]
    other: list[str]
    shapes: Geometries


def city_lines(region: Region) -> Lines:
    """Return the boundaries of cities; between two cities those that border effects are for."""
    cities = region.table("cities")
    between = border_lines(region)
    known = dict(
        zip(zip(between["city_a"], between["city_b"], strict=True), between.geometry, strict=True)
    )
    found = {
        (one, other): shape
        for one, other, shape in zip(
            *unit_lines(cities["city"].to_numpy(), cities.geometry.to_numpy()), strict=True
        )
    }
    return _sorted(found | known)


def county_lines(region: Region) -> Lines:
    """Return the boundaries of counties."""
    counties = region.table("counties")
    return unit_lines(counties["county"].to_numpy(), counties.geometry.to_numpy())


def unit_lines(codes: NDArray[np.object_], outlines: Geometries) -> Lines:
    """Return the boundaries of units, each stretch once, by the units on both sides.

    Outlines that share their points are told apart stretch by stretch, which is exact. Where
    outlines run beside each other no more than `CLOSE` apart, that of the first unit is taken.
    """
    order = np.argsort(codes)
    found = _exact(outlines[order])
    _join_close(found)
    return _sorted(
        {
            (str(codes[order[a]]), str(codes[order[b]]) if b >= 0 else NOBODY): shape
            for (a, b), shape in found.items()
            if not shapely.is_empty(shape)
        }
    )


def _sorted(found: dict[tuple[str, str], shapely.Geometry]) -> Lines:
    pairs = sorted(found)
    shapes = np.empty(len(pairs), np.object_)
    shapes[:] = [found[pair] for pair in pairs]
    return Lines([one for one, _ in pairs], [other for _, other in pairs], shapes)


def _exact(outlines: Geometries) -> dict[tuple[int, int], shapely.Geometry]:
    """Return the lines between rows of outlines that share their points; -1 for no row."""
    known = ~(shapely.is_missing(outlines) | shapely.is_empty(outlines))
    rows = np.flatnonzero(known)
    flat = flatten(outlines[rows], Kind.AREA)
    spots, point = np.unique(flat.xy, axis=0, return_inverse=True)
    point = point.ravel()
    inside = np.ones(len(point), np.bool_)
    inside[flat.rings[1:] - 1] = False  # a ring's last point begins no stretch
    begin = np.flatnonzero(inside)
    ring = np.searchsorted(flat.rings, begin, side="right") - 1
    owner = rows[np.searchsorted(flat.starts, ring, side="right") - 1]
    ends = np.sort(np.column_stack([point[begin], point[begin + 1]]), axis=1)
    one, other, stretch = _sides(ends, owner, len(spots))
    pairs, pair = np.unique(np.column_stack([one, other]), axis=0, return_inverse=True)
    order = np.argsort(pair.ravel(), kind="stable")
    stretches: Any = shapely.linestrings(spots[stretch[order]])
    joined: Any = shapely.multilinestrings(stretches, indices=pair.ravel()[order])
    merged = shapely.line_merge(joined)
    return {(one, other): shape for (one, other), shape in zip(pairs.tolist(), merged, strict=True)}


def _sides(ends: Ints, owner: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Return the units on both sides of every stretch, and its ends; -1 where there is none.

    A stretch that only one unit has twice lies inside it and is left out.
    """
    moves = ends[:, 0] != ends[:, 1]
    ends, owner = ends[moves], owner[moves]
    key = ends[:, 0] * count + ends[:, 1]
    order = np.lexsort([owner, key])
    ends, owner, key = ends[order], owner[order], key[order]
    first = np.append(True, key[1:] != key[:-1]) if len(key) else np.empty(0, np.bool_)
    starts = np.flatnonzero(first)
    size = np.diff(np.append(starts, len(key)))
    one, last = owner[starts], owner[starts + size - 1]
    other = np.where(size == 1, -1, last)
    border = (size == 1) | (one != last)
    return one[border], other[border], ends[starts][border]


def _join_close(found: dict[tuple[int, int], shapely.Geometry]) -> None:
    """Take edges of the region that run beside each other as one line between two units."""
    edges = [one for one, other in found if other < 0]
    if len(edges) < 2:
        return
    tree = shapely.STRtree([found[one, -1] for one in edges])
    for a, b in tree.query([found[one, -1] for one in edges], "dwithin", CLOSE).T:
        one, other = edges[a], edges[b]
        if one >= other:
            continue
        mine, theirs = found[one, -1], found[other, -1]
        shared = shapely.intersection(mine, shapely.buffer(theirs, CLOSE))
        if shapely.length(shared) <= SHORT:
            continue
        between = [*shapely.get_parts(_lines(shared))]
        if (one, other) in found:
            between.extend(shapely.get_parts(found[one, other]))
        found[one, other] = _merged(between)
        found[one, -1] = _lines(shapely.difference(mine, shared))
        found[other, -1] = _lines(shapely.difference(theirs, shapely.buffer(shared, CLOSE)))


def _lines(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return _merged(parts[shapely.get_dimensions(parts) == 1])


def _merged(lines: Any) -> shapely.Geometry:
    """Return lines joined end to end."""
    return shapely.line_merge(shapely.MultiLineString(list(lines)))
