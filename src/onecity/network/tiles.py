"""Where results go: memory within a limit, an array of the caller or a .npy file.

Files are written under another name beside their place and renamed when whole.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from onecity.core.errors import InputError, RangeError
from onecity.core.files import replacing

PathLike = str | os.PathLike[str]
#: Bytes a result may take in memory unless the caller allows more.
MEMORY_LIMIT = 2 * 2**30


@contextmanager
def matrix(
    out: PathLike | NDArray[Any] | None,
    shape: tuple[int, int],
    dtype: DTypeLike,
    memory_limit: int,
) -> Iterator[NDArray[Any]]:
    """Give an array to be filled: new, the caller's, or a memory map of a .npy file.

    Raises
    ------
    RangeError
        The array would take more memory than allowed.
    InputError
        The caller's array has the wrong shape or type, or the path another ending.
    """
    if out is None:
        needed = shape[0] * shape[1] * np.dtype(dtype).itemsize
        if needed > memory_limit:
            raise RangeError(
                "network.too_much_memory", rows=shape[0], columns=shape[1], needed=needed,
                limit=memory_limit,
            )  # fmt: skip
        yield np.empty(shape, dtype)
    elif isinstance(out, np.ndarray):
        if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
            raise InputError(
                "network.out_array", shape=shape, dtype=np.dtype(dtype).name,
                given_shape=out.shape, given_dtype=out.dtype.name,
            )  # fmt: skip
        yield out
    elif Path(out).suffix == ".npy":
        with replacing(out) as draft:
            whole = np.lib.format.open_memmap(draft, "w+", dtype, shape)
            yield whole
            whole.flush()
    else:
        raise InputError("network.out_ending", path=str(out))


def finished(out: PathLike | NDArray[Any] | None, whole: NDArray[Any]) -> NDArray[Any]:
    """Return the filled array, or the file it went to as a read-only memory map."""
    if out is None or isinstance(out, np.ndarray):
        return whole
    mapped: NDArray[Any] = np.load(out, mmap_mode="r")
    return mapped
