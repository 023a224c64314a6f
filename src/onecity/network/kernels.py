"""How kernels are compiled: kept on disk, without the interpreter's lock, never out of date."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit


def _sources() -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


#: Hash of all source files of the network floor.
SOURCES = _sources()


def kernel(function: Callable[..., Any], **options: Any) -> Any:
    """Compile a function with Numba when it is first called, and keep the code on disk.

    Numba takes kept code for good as long as the function's own file is unchanged. Kernels here
    call one another and the vector instructions across files, so the stamp of kept code is made
    that of all files together: else a change in one could leave stale code in the others.
    """
    compiled = njit(cache=True, nogil=True, **options)(function)
    kept = getattr(compiled._cache, "_cache_file", None)  # noqa: SLF001 - Numba offers no other way
    if kept is not None:
        kept._source_stamp = SOURCES  # noqa: SLF001
    return compiled
