"""What is given to the models of this package, checked."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError

Rows = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def node_ids(given: ArrayLike, nodes: int, what: str) -> Rows:
    """Return ids of nodes 0..nodes-1, or raise an InputError that names the first wrong one."""
    array = np.asarray(given)
    if array.size == 0:
        return np.zeros(0, np.int64)
    if not np.issubdtype(array.dtype, np.integer) or array.ndim != 1:
        raise InputError("cuts.not_ids", what=what, given=f"{array.dtype} {array.shape}")
    wrong = (array < 0) | (array >= nodes)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError("cuts.no_such_node", what=what, row=row, given=array[row], nodes=nodes)
    return array.astype(np.int64)


def ends(tail: ArrayLike, head: ArrayLike, nodes: int) -> tuple[Rows, Rows]:
    """Return both ends of edges, as many of one as of the other."""
    tails, heads = node_ids(tail, nodes, "tail"), node_ids(head, nodes, "head")
    if len(tails) != len(heads):
        raise InputError("cuts.edge_ends", tails=len(tails), heads=len(heads))
    return tails, heads


def amounts(given: ArrayLike, count: int, what: str, *, infinite: bool = False) -> Reals:
    """Return numbers that are not negative, shape (count,); finite unless said."""
    array = np.asarray(given, np.float64)
    if array.shape != (count,):
        raise InputError("cuts.shape", what=what, given=array.shape, needed=(count,))
    wrong = ~(array >= 0) | (np.isinf(array) & (not infinite))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError("cuts.bad_amount", what=what, row=row, given=array[row])
    return array
