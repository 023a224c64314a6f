"""Node orders kept in files, so that a network known before is ready at once."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError, StoreError
from onecity.core.files import replacing

from .graph import Nodes, node_ids
from .tiles import PathLike

#: Raised when the content of the file changes its meaning.
VERSION = 1


def save(path: PathLike, order: Nodes, topology: str) -> None:
    """Write an order to a file."""
    with replacing(path) as draft, draft.open("wb") as file:
        np.savez(file, version=VERSION, order=order, topology=topology)


def load(path: PathLike, topology: str, n: int) -> Nodes:
    """Return the order in a file.

    Raises
    ------
    StoreError
        The file cannot be read, is damaged or of another version.
    InputError
        It belongs to arcs that join other nodes.
    """
    try:
        # NumPy leaves a damaged archive open when given its name.
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as content:
            version, order, kept = (content[key] for key in ("version", "order", "topology"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise StoreError("network.cannot_read", path=str(path), reason=str(error)) from error
    if version != VERSION:
        raise StoreError("network.order_version", path=str(path), given=version, needed=VERSION)
    if str(kept) != topology:
        raise InputError("network.order_of_another", path=str(path))
    return checked(order, n)


def checked(order: ArrayLike | NDArray[Any], n: int) -> Nodes:
    """Return an order as int32, or say why it is none.

    Raises
    ------
    InputError
        It is not a permutation of 0..n-1.
    """
    nodes = node_ids(order, n, "order")
    if len(nodes) != n or (np.bincount(nodes, minlength=n) != 1).any():
        raise InputError("network.order_no_permutation", given=len(nodes), n=n)
    return nodes
