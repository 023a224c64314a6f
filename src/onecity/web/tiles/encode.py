"""Features as bytes of a vector tile: placed, thinned, clipped, rounded and written in one pass.

Implements the Mapbox Vector Tile specification, version 2.1: geometry commands (4.3), feature
messages (4.2), in the wire format of Protocol Buffers. All kernels stand in this file, so that
Numba's kept code is as new as the file.

Areas are rounded point by point, so that neighbours which share their points still share them.
What rounding makes invalid (4.3.4.4: a ring may not touch or cross itself) is not written: the
kernel says which features these are, and `onecity.web.tiles.layer` mends them.
"""

# Long: Numba takes kept code as new as the file it stands in, so what calls each other stays here.

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .shapes import Ints, Reals, Shapes

Bytes = NDArray[np.uint8]
Tags = NDArray[np.int32]
Function = TypeVar("Function", bound=Callable[..., Any])

NOTHING, WRITTEN, ASK = 0, 1, 2
"""What came of a feature: nothing is left of it, it was written, or it has to be mended first."""

MANY = 48
"""Rings of more points than this are not looked through for crossings here: they are `ASK`."""

_POINT, _LINE, _AREA = 1, 2, 3
_MOVE, _DRAW, _CLOSE = 1, 2, 7
_HEAD = 48
"""No feature has more bytes besides its tags and geometry."""
_FEATURE, _ID, _TAGS, _TYPE, _GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22
"""Field numbers and wire types (specification, appendix: vector_tile.proto)."""


class Frame(NamedTuple):
    """How shapes become tile coordinates, and what is kept.

    Attributes
    ----------
    kind
        Number of `Kind`.
    scale, left, top
        A point (x, y) lies at (x scale - left, y scale - top) of the tile.
    low, high
        Lines are clipped to this, each way; points are kept from `low` to below `high`; areas
        are taken as they are.
    tolerance
        How far a point may lie from a line to be left out; below zero none is.
    checked
        Whether areas are known to be valid once rounded.
    """

    kind: int
    scale: float
    left: float
    top: float
    low: float
    high: float
    tolerance: float
    checked: bool


class Scratch(NamedTuple):
    """Room for one ring: placed points, those kept, a stack, and rounded points."""

    px: Reals
    py: Reals
    keep: NDArray[np.bool_]
    stack: Ints
    qx: Ints
    qy: Ints


def _kernel(function: Function) -> Function:
    """Compile when first called, without the interpreter's lock, and keep the code on disk."""
    return cast("Function", njit(cache=True, nogil=True)(function))


def room(shapes: Shapes, rows: Ints, columns: int) -> int:
    """Return how many bytes some features can take at most.

    A clipped line may begin anew at each of its points: 3 commands and 4 coordinates of up to
    5 bytes.
    """
    first, last = shapes.starts[rows], shapes.starts[rows + 1]
    points = int((shapes.rings[last] - shapes.rings[first]).sum())
    return len(rows) * (_HEAD + 10 * columns) + int((last - first).sum()) * 16 + points * 35 + 64


@_kernel
def write(
    shapes: Shapes, rows: Ints, ids: Ints, tags: Tags, frame: Frame, out: Bytes, status: Bytes
) -> int:
    """Write features, one after another, and return how many bytes that took.

    Parameters
    ----------
    shapes
        In world units, or in any units that `frame` places.
    rows
        Which features of them, (n,).
    ids
        Their ids, (n,), not below zero.
    tags
        Number of each one's value of each property, (n, properties); below zero for none.
    frame
        See `Frame`.
    out
        Written to; `room` says how long it must be.
    status
        Set to what came of each feature, (n,).
    """
    longest = 1
    for row in rows:
        for ring in range(shapes.starts[row], shapes.starts[row + 1]):
            longest = max(longest, shapes.rings[ring + 1] - shapes.rings[ring])
    scratch = Scratch(
        np.empty(longest, np.float64),
        np.empty(longest, np.float64),
        np.empty(longest, np.bool_),
        np.empty(2 * longest + 2, np.int64),
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.int64),
    )
    at = 0
    for i, row in enumerate(rows):
        body = at + _HEAD + 10 * tags.shape[1]
        if frame.kind == _AREA:
            end = _area(shapes, row, frame, scratch, out, body)
        elif frame.kind == _LINE:
            end = _lines(shapes, row, frame, scratch, out, body)
        else:
            end = _points(shapes, row, frame, scratch, out, body)
        if end < 0:
            status[i] = ASK
        elif end == body:
            status[i] = NOTHING
        else:
            status[i] = WRITTEN
            at = _feature(out, at, body, end, ids[i], tags[i], frame.kind)
    return at


# --- Messages ----------------------------------------------------------------------


@_kernel
def _varint(out: Bytes, at: int, value: int) -> int:
    while value > 127:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@_kernel
def _varint_size(value: int) -> int:
    size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


@_kernel
def _signed(out: Bytes, at: int, value: int) -> int:
    """Write a number that may be below zero (4.3.2: zigzag)."""
    return _varint(out, at, (value << 1) ^ (value >> 63))


@_kernel
def _feature(out: Bytes, at: int, body: int, end: int, identity: int, tags: Tags, kind: int) -> int:
    """Put a head before the geometry that lies from `body` to `end`, and join both at `at`."""
    tag_bytes = 0
    for column, value in enumerate(tags):
        if value >= 0:
            tag_bytes += _varint_size(column) + _varint_size(value)
    size = 1 + _varint_size(identity) + 2 + 1 + _varint_size(end - body) + end - body
    if tag_bytes:
        size += 1 + _varint_size(tag_bytes) + tag_bytes
    out[at] = _FEATURE
    at = _varint(out, at + 1, size)
    out[at] = _ID
    at = _varint(out, at + 1, identity)
    if tag_bytes:
        out[at] = _TAGS
        at = _varint(out, at + 1, tag_bytes)
        for column, value in enumerate(tags):
            if value >= 0:
                at = _varint(out, at, column)
                at = _varint(out, at, value)
    out[at] = _TYPE
    out[at + 1] = kind
    out[at + 2] = _GEOMETRY
    at = _varint(out, at + 3, end - body)
    for k in range(end - body):
        out[at + k] = out[body + k]
    return at + end - body


# --- Rings -------------------------------------------------------------------------


@_kernel
def _place(shapes: Shapes, ring: int, frame: Frame, scratch: Scratch) -> int:
    """Put the points of a ring on the tile, thinned; return how many are left."""
    first, last = shapes.rings[ring], shapes.rings[ring + 1]
    n = int(last - first)
    px, py, keep = scratch.px, scratch.py, scratch.keep
    for k in range(n):
        px[k] = shapes.xy[first + k, 0] * frame.scale - frame.left
        py[k] = shapes.xy[first + k, 1] * frame.scale - frame.top
    if frame.tolerance < 0 or n < 3:
        return n
    _thin(scratch, n, frame.tolerance)
    left = 0
    for k in range(n):
        if keep[k]:
            px[left], py[left] = px[k], py[k]
            left += 1
    return left


@_kernel
def _thin(scratch: Scratch, n: int, tolerance: float) -> None:
    """Mark the points that a line needs.

    Source: Douglas, Peucker, Algorithms for the reduction of the number of points required to
    represent a digitized line or its caricature (1973).
    """
    px, py, keep, stack = scratch.px, scratch.py, scratch.keep, scratch.stack
    keep[:n] = False
    keep[0] = keep[n - 1] = True
    stack[0], stack[1] = 0, n - 1
    top = 2
    while top:
        top -= 2
        first, last = stack[top], stack[top + 1]
        worst, far = tolerance * tolerance, -1
        for k in range(first + 1, last):
            away = _away(px[k], py[k], px[first], py[first], px[last], py[last])
            if away > worst:
                worst, far = away, k
        if far >= 0:
            keep[far] = True
            stack[top], stack[top + 1] = first, far
            stack[top + 2], stack[top + 3] = far, last
            top += 4


@_kernel
def _away(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the squared distance of a point from a stretch."""
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else ((x - ax) * dx + (y - ay) * dy) / length
    t = min(max(t, 0.0), 1.0)
    return (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2


@_kernel
def _whole(value: float) -> int:
    return int(np.floor(value + 0.5))


@_kernel
def _stroke(
    out: Bytes, at: int, scratch: Scratch, count: int, cursor: tuple[int, int]
) -> tuple[int, tuple[int, int]]:
    """Write rounded points as one line; return where it ends and where the pen is."""
    cx, cy = cursor
    at = _varint(out, at, _MOVE | 1 << 3)
    for k in range(count):
        if k == 1:
            at = _varint(out, at, _DRAW | (count - 1) << 3)
        at = _signed(out, at, scratch.qx[k] - cx)
        at = _signed(out, at, scratch.qy[k] - cy)
        cx, cy = scratch.qx[k], scratch.qy[k]
    return at, (cx, cy)


# --- Points ------------------------------------------------------------------------


@_kernel
def _points(shapes: Shapes, row: int, frame: Frame, scratch: Scratch, out: Bytes, at: int) -> int:
    count = 0
    for ring in range(shapes.starts[row], shapes.starts[row + 1]):
        n = _place(shapes, ring, frame, scratch)
        for k in range(n):
            count += _is_in(scratch.px[k], scratch.py[k], frame)
    if not count:
        return at
    at = _varint(out, at, _MOVE | count << 3)
    cx = cy = 0
    for ring in range(shapes.starts[row], shapes.starts[row + 1]):
        n = _place(shapes, ring, frame, scratch)
        for k in range(n):
            if _is_in(scratch.px[k], scratch.py[k], frame):
                x, y = _whole(scratch.px[k]), _whole(scratch.py[k])
                at = _signed(out, at, x - cx)
                at = _signed(out, at, y - cy)
                cx, cy = x, y
    return at


@_kernel
def _is_in(x: float, y: float, frame: Frame) -> bool:
    return frame.low <= x < frame.high and frame.low <= y < frame.high


# --- Lines -------------------------------------------------------------------------


@_kernel
def _lines(shapes: Shapes, row: int, frame: Frame, scratch: Scratch, out: Bytes, at: int) -> int:
    cursor = (0, 0)
    for ring in range(shapes.starts[row], shapes.starts[row + 1]):
        n = _place(shapes, ring, frame, scratch)
        at, cursor = _line(n, frame, scratch, out, at, cursor)
    return at


@_kernel
def _line(
    n: int, frame: Frame, scratch: Scratch, out: Bytes, at: int, cursor: tuple[int, int]
) -> tuple[int, tuple[int, int]]:
    """Write what of a line lies in the window: a new line wherever it comes back."""
    px, py = scratch.px, scratch.py
    count = 0
    for k in range(n - 1):
        begin, end = _seen(px[k], py[k], px[k + 1], py[k + 1], frame)
        if begin > 0 or begin > end:
            at, cursor = _flush(out, at, scratch, count, cursor)
            count = 0
        if begin > end:
            continue
        dx, dy = px[k + 1] - px[k], py[k + 1] - py[k]
        if not count:
            count = _push(scratch, count, px[k] + begin * dx, py[k] + begin * dy)
        if end == 1:
            count = _push(scratch, count, px[k + 1], py[k + 1])
        else:
            count = _push(scratch, count, px[k] + end * dx, py[k] + end * dy)
            at, cursor = _flush(out, at, scratch, count, cursor)
            count = 0
    return _flush(out, at, scratch, count, cursor)


@_kernel
def _flush(
    out: Bytes, at: int, scratch: Scratch, count: int, cursor: tuple[int, int]
) -> tuple[int, tuple[int, int]]:
    if count < 2:
        return at, cursor
    return _stroke(out, at, scratch, count, cursor)


@_kernel
def _push(scratch: Scratch, count: int, x: float, y: float) -> int:
    """Add a rounded point unless it is the one before."""
    qx, qy = _whole(x), _whole(y)
    if count and scratch.qx[count - 1] == qx and scratch.qy[count - 1] == qy:
        return count
    scratch.qx[count], scratch.qy[count] = qx, qy
    return count + 1


@_kernel
def _seen(ax: float, ay: float, bx: float, by: float, frame: Frame) -> tuple[float, float]:
    """Return between which shares of a stretch it lies in the window; (1, 0) where nowhere.

    Source: Liang, Barsky, A new concept and method for line clipping (1984).
    """
    begin, end = 0.0, 1.0
    for away, low, high in (
        (bx - ax, frame.low - ax, frame.high - ax),
        (by - ay, frame.low - ay, frame.high - ay),
    ):
        if away == 0:
            if low > 0 or high < 0:
                return 1.0, 0.0
        elif away > 0:
            begin, end = max(begin, low / away), min(end, high / away)
        else:
            begin, end = max(begin, high / away), min(end, low / away)
    if begin > end:
        return 1.0, 0.0
    return begin, end


# --- Areas -------------------------------------------------------------------------


@_kernel
def _area(shapes: Shapes, row: int, frame: Frame, scratch: Scratch, out: Bytes, at: int) -> int:
    """Write an area; return -1 where it may be invalid once rounded."""
    first, last = shapes.starts[row], shapes.starts[row + 1]
    body, drawn = at, False
    cursor = (0, 0)
    for ring in range(first, last):
        outer = shapes.outer[ring]
        if not outer and not drawn:
            continue  # a hole in what has vanished
        n = _place(shapes, ring, frame, scratch)
        count = _ring(scratch, n - 1)
        if outer:
            drawn = count > 0
        if not count:
            continue
        if not frame.checked and (at > body or not _is_simple(scratch, count)):
            return -1  # several rings may touch one another
        if not _doubled_area(scratch, count):
            drawn = drawn and not outer
            continue
        _turn(scratch, count, outer)
        at, cursor = _stroke(out, at, scratch, count, cursor)
        at = _varint(out, at, _CLOSE | 1 << 3)
    return at


@_kernel
def _ring(scratch: Scratch, n: int) -> int:
    """Round a ring's `n` points; without points said twice and ways back the way one came.

    Returns how many points are left; 0 where that is a line or a point.
    """
    qx, qy = scratch.qx, scratch.qy
    count = 0
    for k in range(n):
        qx[count], qy[count] = _whole(scratch.px[k]), _whole(scratch.py[k])
        count += 1
        while count >= 2 and _is_idle(scratch, count - 3, count - 2, count - 1):
            # The point in the middle goes; a point said twice goes once.
            qx[count - 2], qy[count - 2] = qx[count - 1], qy[count - 1]
            count -= 1
    return _closed(scratch, count)


@_kernel
def _closed(scratch: Scratch, count: int) -> int:
    """Mend the place where a ring's end meets its beginning."""
    qx, qy = scratch.qx, scratch.qy
    begin = 0
    while count - begin >= 3:
        if _is_idle(scratch, count - 2, count - 1, begin):
            count -= 1
        elif _is_idle(scratch, count - 1, begin, begin + 1):
            begin += 1
        else:
            break
    count -= begin
    if count < 3:
        return 0
    if begin:
        for k in range(count):
            qx[k], qy[k] = qx[begin + k], qy[begin + k]
    return count


@_kernel
def _is_idle(scratch: Scratch, a: int, b: int, c: int) -> bool:
    """Whether b adds nothing between a and c: it is one of them, or the way goes back."""
    qx, qy = scratch.qx, scratch.qy
    if qx[b] == qx[c] and qy[b] == qy[c]:
        return True
    if a < 0:
        return False
    ux, uy, vx, vy = qx[b] - qx[a], qy[b] - qy[a], qx[c] - qx[b], qy[c] - qy[b]
    return bool(ux * vy == uy * vx and ux * vx + uy * vy <= 0)


@_kernel
def _doubled_area(scratch: Scratch, count: int) -> int:
    """Return twice the area, above zero where the ring runs clockwise as seen (y down)."""
    qx, qy = scratch.qx, scratch.qy
    total = qx[count - 1] * qy[0] - qx[0] * qy[count - 1]
    for k in range(count - 1):
        total += qx[k] * qy[k + 1] - qx[k + 1] * qy[k]
    return int(total)


@_kernel
def _turn(scratch: Scratch, count: int, outer: bool) -> None:  # noqa: FBT001 - Numba
    """Let outer rings have an area above zero and holes one below (4.3.3.3)."""
    if (_doubled_area(scratch, count) > 0) == outer:
        return
    qx, qy = scratch.qx, scratch.qy
    for k in range(count // 2):
        other = count - 1 - k
        qx[k], qx[other] = qx[other], qx[k]
        qy[k], qy[other] = qy[other], qy[k]


@_kernel
def _is_simple(scratch: Scratch, count: int) -> bool:
    """Whether no two sides touch but at the point that neighbours share."""
    if count == 3 or _is_convex(scratch, count):
        return True
    if count > MANY:
        return False
    for one in range(count - 2):
        last = count - 1 if one == 0 else count
        for other in range(one + 2, last):
            if _touch(scratch, one, other, count):
                return False
    return True


@_kernel
def _is_convex(scratch: Scratch, count: int) -> bool:
    """Whether a ring turns one way only, and once around: then its x goes up and down once."""
    qx, qy = scratch.qx, scratch.qy
    ux, uy = qx[0] - qx[count - 1], qy[0] - qy[count - 1]
    way = turns = ups = 0
    last = ux
    for k in range(count):
        after = k + 1 if k + 1 < count else 0
        vx, vy = qx[after] - qx[k], qy[after] - qy[k]
        turn = ux * vy - uy * vx
        if turn:
            if way and (turn > 0) != (way > 0):
                return False
            way = 1 if turn > 0 else -1
        if vx:
            ups += vx > 0 > last
            turns += vx < 0 < last
            last = vx
        ux, uy = vx, vy
    return ups <= 1 and turns <= 1


@_kernel
def _touch(scratch: Scratch, one: int, other: int, count: int) -> bool:
    """Whether two sides of a ring, each named by its first point, have a point in common."""
    qx, qy = scratch.qx, scratch.qy
    b, d = one + 1, other + 1 if other + 1 < count else 0
    if (
        max(qx[one], qx[b]) < min(qx[other], qx[d])
        or max(qx[other], qx[d]) < min(qx[one], qx[b])
        or max(qy[one], qy[b]) < min(qy[other], qy[d])
        or max(qy[other], qy[d]) < min(qy[one], qy[b])
    ):
        return False
    # With boxes that meet, two stretches touch where neither lies on one side of the other.
    return bool(
        _side(scratch, one, b, other) * _side(scratch, one, b, d) <= 0
        and _side(scratch, other, d, one) * _side(scratch, other, d, b) <= 0
    )


@_kernel
def _side(scratch: Scratch, a: int, b: int, c: int) -> int:
    qx, qy = scratch.qx, scratch.qy
    turn = (qx[b] - qx[a]) * (qy[c] - qy[a]) - (qy[b] - qy[a]) * (qx[c] - qx[a])
    return int(turn > 0) - int(turn < 0)
