"""Columns of numbers, checked before anything is reckoned from them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
Flag = NDArray[np.bool_]


def column(name: str, given: ArrayLike, length: int | None = None) -> Real:
    """Return a column of finite numbers, zero or more."""
    column = np.asarray(given, dtype=np.float64)
    check_length(name, column.shape, length)
    if not np.isfinite(column).all():
        row = int(np.argmin(np.isfinite(column)))
        raise InputError("dasymetric.not_a_number", name=name, row=row, given=column[row])
    if (column < 0).any():
        row = int(np.argmax(column < 0))
        raise InputError("dasymetric.negative", name=name, row=row, given=column[row])
    return column


def indices(name: str, given: ArrayLike, count: int | None, length: int | None = None) -> Whole:
    """Return whole numbers from 0 to `count` - 1 (no upper end where `count` is None)."""
    raw = np.asarray(given)
    check_length(name, raw.shape, length)
    if raw.size and not np.issubdtype(raw.dtype, np.integer):
        raise InputError("dasymetric.not_whole", name=name, given=raw.dtype)
    index = raw.astype(np.int64)
    bad = index < 0 if count is None else (index < 0) | (index >= count)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError("dasymetric.index", name=name, row=row, given=int(index[row]))
    return index


def check_length(name: str, shape: tuple[int, ...], length: int | None) -> None:
    if len(shape) != 1 or (length is not None and shape[0] != length):
        needed = "(n,)" if length is None else (length,)
        raise InputError("dasymetric.length", name=name, given=shape, needed=needed)


def on_sphere(lon_name: str, lon: ArrayLike, lat_name: str, lat: ArrayLike) -> Real:
    """Return unit vectors (n, 3) of checked positions in degrees."""
    east = np.asarray(lon, dtype=np.float64)
    north = np.asarray(lat, dtype=np.float64)
    check_length(lon_name, east.shape, None)
    check_length(lat_name, north.shape, len(east))
    for name, axis, limit in ((lon_name, east, 180), (lat_name, north, 90)):
        good = np.abs(axis) <= limit  # false for NaN too
        if not good.all():
            row = int(np.argmin(good))
            raise InputError("dasymetric.position", name=name, row=row, given=axis[row])
    x, y = np.radians(east), np.radians(north)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=1)
