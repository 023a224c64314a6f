"""Arcs as the user gives them: checked, in whole milliseconds, with a hash of their topology."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError, RangeError

#: The label of a node that cannot be reached, and the time of a closed arc. Every real time
#: is smaller: 2**31 - 2 ms is 24.8 days. Two labels add up without leaving 32 bits, which is
#: why the sweeps need no test for overflow.
UNREACHABLE = 2**31 - 1

Nodes = NDArray[np.int32]
Milliseconds = NDArray[np.uint32]


def milliseconds(seconds: ArrayLike, count: int) -> Milliseconds:
    """Return arc times in whole milliseconds.

    Parameters
    ----------
    seconds
        Time of every arc, shape (count,), seconds. +inf closes the arc.
    count
        Number of arcs.

    Returns
    -------
    uint32, shape (count,). Rounded to the nearest millisecond, halves to even: a time up to
    half a millisecond becomes zero. `UNREACHABLE` where the arc is closed.

    Raises
    ------
    InputError
        A time that is missing, negative or not a number, or a wrong shape.
    RangeError
        A finite time of 2**31 - 1 ms (24.8 days) or more.
    """
    try:
        given = np.asarray(seconds, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("network.times_not_numbers", given=str(error)) from error
    if given.shape != (count,):
        raise InputError("network.times_shape", given=given.shape, arcs=count)
    if (row := first_row(np.isnan(given))) is not None:
        raise InputError("network.missing_time", row=row)
    if (row := first_row(given < 0)) is not None:
        raise InputError("network.negative_time", row=row, given=float(given[row]))
    rounded = np.rint(given * 1000.0)
    closed = np.isposinf(given)
    if (row := first_row((rounded >= UNREACHABLE) & ~closed)) is not None:
        raise RangeError("network.time_too_long", row=row, given=float(given[row]))
    rounded[closed] = UNREACHABLE
    return rounded.astype(np.uint32)


def node_ids(given: ArrayLike, n: int, what: str) -> Nodes:
    """Return node ids as int32, or say which is wrong.

    Parameters
    ----------
    given
        Ids 0..n-1, shape (count,) or a single id.
    n
        Number of nodes.
    what
        The argument they came from, for the message.

    Raises
    ------
    InputError
        Ids that are not whole numbers, not one-dimensional, or outside 0..n-1.
    """
    ids = whole_numbers(given, what)
    if (row := first_row((ids < 0) | (ids >= n))) is not None:
        raise InputError("network.node_out_of_range", what=what, row=row, given=ids[row], n=n)
    return ids.astype(np.int32)


def whole_numbers(given: ArrayLike, what: str) -> NDArray[np.integer[Any]]:
    """Return `given` as a one-dimensional integer array; see `node_ids`."""
    array = np.atleast_1d(np.asarray(given))
    if array.ndim != 1:
        raise InputError("network.ids_shape", what=what, given=array.shape)
    if array.size == 0:
        return np.zeros(0, np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise InputError("network.ids_not_whole", what=what, given=array.dtype.name)
    return array


def node_count(tail: ArrayLike, head: ArrayLike, lon: ArrayLike | None, n: int | None) -> int:
    """Return how many nodes there are: as told, as there are coordinates, or as ids name.

    Raises
    ------
    InputError
        There is none, or `n` is not a whole number.
    """
    if n is None and lon is not None:
        n = np.size(lon)
    elif n is None:
        ends = (whole_numbers(tail, "tail"), whole_numbers(head, "head"))
        n = max((int(ids.max()) + 1 for ids in ends if ids.size), default=0)
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise InputError("network.node_count", given=n)
    if n < 1:
        raise InputError("network.no_nodes")
    if n >= UNREACHABLE:
        raise InputError("network.too_many_nodes", given=n)
    return int(n)


def limit_ms(seconds: float) -> int:
    """Return a longest time in milliseconds, rounded as times are.

    Raises
    ------
    InputError
        It is negative, not a number, or 24.8 days or more.
    """
    try:
        given = float(seconds)
    except (TypeError, ValueError) as error:
        raise InputError("network.bad_limit", given=seconds) from error
    if not 0 <= given * 1000.0 < UNREACHABLE - 1:
        raise InputError("network.bad_limit", given=seconds)
    return int(np.rint(given * 1000.0))


def first_row(wrong: NDArray[np.bool_]) -> int | None:
    """Return the first row where `wrong` holds, or None."""
    row = int(np.argmax(wrong)) if wrong.size else 0
    return row if wrong.size and wrong[row] else None


def coordinates(lon: ArrayLike | None, lat: ArrayLike | None, n: int) -> NDArray[np.float64] | None:
    """Return node coordinates, shape (2, n), or None where none were given.

    Raises
    ------
    InputError
        One of the two without the other, a wrong shape, a missing or infinite value.
    """
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        raise InputError("network.one_coordinate", missing="lon" if lon is None else "lat")
    both = np.empty((2, n))
    for axis, (name, given) in enumerate((("lon", lon), ("lat", lat))):
        try:
            values = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError("network.coordinates_shape", what=name, given=given, n=n) from error
        if values.shape != (n,):
            raise InputError("network.coordinates_shape", what=name, given=values.shape, n=n)
        if (row := first_row(~np.isfinite(values))) is not None:
            raise InputError("network.bad_coordinate", what=name, row=row, given=values[row])
        both[axis] = values
    return both


def topology_hash(tail: Nodes, head: Nodes, n: int) -> str:
    """Return a hash of which nodes the arcs join, in their order; times play no part."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(np.int64(n).tobytes())
    digest.update(np.ascontiguousarray(tail, np.int32).tobytes())
    digest.update(np.ascontiguousarray(head, np.int32).tobytes())
    return digest.hexdigest()


def neighbours(tail: Nodes, head: Nodes, n: int) -> tuple[NDArray[np.int64], Nodes]:
    """Return the undirected simple graph of the arcs: loops left out, each pair once a side.

    Returns
    -------
    first : int64, shape (n + 1,); neighbour : int32. The neighbours of node v, ascending, are
    ``neighbour[first[v]:first[v + 1]]``.
    """
    proper = tail != head
    low = np.minimum(tail, head)[proper].astype(np.int64)
    high = np.maximum(tail, head)[proper].astype(np.int64)
    pairs = np.unique(low * n + high)
    low, high = pairs // n, pairs % n
    ends = np.concatenate([low * n + high, high * n + low])
    ends.sort()
    first = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(ends // n, minlength=n), out=first[1:])
    return first, (ends % n).astype(np.int32)


def outgoing(tail: Nodes, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return `first`, shape (n + 1,), and arc rows grouped by tail, in row order within one."""
    first = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(tail, minlength=n), out=first[1:])
    return first, np.argsort(tail, kind="stable")
