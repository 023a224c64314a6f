"""One layer of the map: its shapes, where they lie, and how they become part of a tile."""

import zlib
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .address import EXTENT, LAST_ZOOM, Tile
from .encode import ASK, Frame, room, write
from .index import BoxIndex
from .pyramid import Pyramid
from .shapes import Geometries, Ints, Kind, Reals, Shapes, areas, flatten
from .wire import Properties, layer_bytes

BUFFER = 64
"""Units beyond a tile's sides that lines and areas reach, so that no side shows."""
ODD = 0.4142135623730951
"""Added to the buffer, so that sides of the window do not run along those of areas."""
LINE_TOLERANCE = 2.0
"""Units that a thinned line may be away from the true one: a quarter of a pixel."""
GRIDS = (EXTENT, 1024, 512, 384, 256)
"""Units along a side that features are rounded to, the next one where they are too many for a
tile: units of an eighth, a half, one, one and a third, and two pixels."""
LEAST_BYTES = 8
"""Compressed bytes of a feature on the finest grid, at least: with so many more features than
fit, that grid is not tried."""
QUICK = 1
"""Level of compression that sizes are told by; tiles come out a tenth smaller."""


@dataclass(frozen=True, slots=True)
class Group:
    """Features that are drawn from a zoom on."""

    first_zoom: int
    index: BoxIndex


@dataclass(frozen=True, slots=True)
class Layer:
    """Features of one kind, drawn under one name.

    Attributes
    ----------
    name
        Of the layer in the tiles.
    kind
        Of its shapes.
    shapes
        In world units.
    ids
        Of the features: the rows of their table.
    box
        Around all of them in world units: west, north, east, south. None if there are none.
    groups
        What is drawn from which zoom on, in the order it is drawn in.
    properties
        Of the features.
    pyramid
        Simpler shapes for zooms further away; None for points and lines.
    most_bytes
        More than this, compressed quickly, and features are rounded more coarsely. None where
        features are never that many.
    """

    name: str
    kind: Kind
    shapes: Shapes
    ids: Ints
    box: tuple[float, float, float, float] | None
    groups: tuple[Group, ...]
    properties: Properties
    pyramid: Pyramid | None = None
    most_bytes: int | None = None

    @property
    def first_zoom(self) -> int:
        """The first zoom at which anything is drawn."""
        return min((group.first_zoom for group in self.groups), default=LAST_ZOOM)

    def encode(self, tile: Tile) -> bytes:
        """Return the layer as a field of a tile's message; nothing if nothing of it lies there."""
        rows, inside = self._found(tile)
        if not len(rows):
            return b""
        if self.most_bytes is None:
            return self._written(tile, rows, inside, EXTENT)
        for grid in GRIDS[len(rows) * LEAST_BYTES > self.most_bytes :]:
            found = self._written(tile, rows, inside, grid)
            if _fits(found, self.most_bytes):
                break
        return found

    def _found(self, tile: Tile) -> tuple[Ints, NDArray[np.bool_]]:
        window = tile.window(BUFFER if self.kind != Kind.POINT else 0)
        found = [group.index.search(window) for group in self.groups if group.first_zoom <= tile.z]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.bool_)
        rows, inside = zip(*found, strict=True)
        return np.concatenate(rows), np.concatenate(inside)

    def _written(self, tile: Tile, rows: Ints, inside: NDArray[np.bool_], grid: int) -> bytes:
        frame = self._frame(tile, grid)
        if self.kind != Kind.AREA:
            tags, values = self.properties.of_rows(rows)
            data, _ = _features(self.shapes, rows, self.ids[rows], tags, frame)
            return layer_bytes(self.name, grid, [data], self.properties.names, values)
        shapes = self.pyramid.at(tile.z) if self.pyramid else self.shapes
        cut, kept = _clipped(shapes, rows[~inside], tile)
        order = np.concatenate([rows[inside], kept])
        tags, values = self.properties.of_rows(order)
        middle = int(inside.sum())
        pieces = [
            *_areas(shapes, rows[inside], self.ids[rows[inside]], tags[:middle], frame),
            *_areas(cut, np.arange(len(kept)), self.ids[kept], tags[middle:], frame),
        ]
        return layer_bytes(self.name, grid, pieces, self.properties.names, values)

    def _frame(self, tile: Tile, grid: int) -> Frame:
        reach = (BUFFER + ODD) * grid / EXTENT if self.kind == Kind.LINE else 0.0
        thin = self.kind == Kind.LINE and tile.z < LAST_ZOOM
        return Frame(
            kind=int(self.kind),
            scale=float((1 << tile.z) * grid),
            left=float(tile.x * grid),
            top=float(tile.y * grid),
            low=-reach,
            high=grid + reach,
            tolerance=LINE_TOLERANCE * grid / EXTENT if thin else -1.0,
            checked=False,
        )


def _fits(found: bytes, most: int) -> bool:
    return len(found) <= most or len(zlib.compress(found, QUICK)) <= most


def _features(
    shapes: Shapes, rows: Ints, ids: Ints, tags: NDArray[np.int32], frame: Frame
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the bytes of some features, and what came of each."""
    out = np.empty(room(shapes, rows, tags.shape[1]), np.uint8)
    status = np.zeros(len(rows), np.uint8)
    return out[: write(shapes, rows, ids, tags, frame, out, status)], status


def _areas(
    shapes: Shapes, rows: Ints, ids: Ints, tags: NDArray[np.int32], frame: Frame
) -> list[NDArray[np.uint8]]:
    """Return the bytes of some areas; those that rounding may make invalid are mended."""
    data, status = _features(shapes, rows, ids, tags, frame)
    asked = np.flatnonzero(status == ASK)
    if not len(asked):
        return [data]
    shift = np.array([frame.left, frame.top])
    placed = shapely.transform(areas(shapes, rows[asked]), lambda xy: xy * frame.scale - shift)
    mended = flatten(mend(placed), Kind.AREA)
    here = frame._replace(scale=1.0, left=0.0, top=0.0, checked=True)
    more, _ = _features(mended, np.arange(len(asked)), ids[asked], tags[asked], here)
    return [data, more]


def mend(areas_on_tile: Geometries) -> Geometries:
    """Return areas on whole units, all valid; what is smaller than a unit may be left empty.

    Rounding point by point comes first: it keeps neighbours together. Only where that is not
    valid is the area fitted to the units by itself.
    """
    found: Geometries = shapely.transform(areas_on_tile, lambda xy: np.floor(xy + 0.5))
    bad = np.flatnonzero(~shapely.is_valid(found))
    if len(bad):
        found[bad] = _fitted(areas_on_tile[bad])
    return found


def _fitted(shapes: Geometries) -> Geometries:
    whole = shapes.copy()
    invalid = ~shapely.is_valid(whole)
    whole[invalid] = shapely.make_valid(whole[invalid], method="structure", keep_collapsed=False)
    found: Geometries = shapely.set_precision(whole, 1.0)
    return found


def _clipped(shapes: Shapes, rows: Ints, tile: Tile) -> tuple[Shapes, Ints]:
    """Return the parts of areas that lie in a tile's window, and the row of each."""
    window = tile.window(BUFFER + ODD)
    parts = shapely.clip_by_rect(areas(shapes, rows), *window)
    left = ~shapely.is_empty(parts) & (shapely.area(parts) > 0)
    return flatten(parts[left], Kind.AREA), rows[left]


def box_of(boxes: Reals) -> tuple[float, float, float, float] | None:
    """Return the box around some boxes, None around none."""
    if not len(boxes):
        return None
    west, north = boxes[:, :2].min(axis=0).tolist()
    east, south = boxes[:, 2:].max(axis=0).tolist()
    return west, north, east, south
