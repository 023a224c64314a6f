"""How the kernels of assignment are compiled: as the floor's, with their own files in the stamp."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onecity.network import kernels


def _sources() -> str:
    digest = hashlib.blake2b(kernels.SOURCES.encode(), digest_size=16)
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


#: Hash of all source files of this package and of the floor it stands on.
SOURCES = _sources()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function with Numba when first called; see `onecity.network.kernels.kernel`.

    The floor's stamp covers its own folder alone. Kernels here call one another across files
    too, so kept code carries a stamp of both folders.
    """
    compiled = kernels.kernel(function, error_model="numpy")
    kept = getattr(compiled._cache, "_cache_file", None)  # noqa: SLF001 - Numba offers no other way
    if kept is not None:
        kept._source_stamp = SOURCES  # noqa: SLF001
    return compiled
