"""Facilities that stand so near each other that they may be one given twice."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from onecity.core.errors import InputError
from onecity.models.effects import Rows


def same_place(metres: ArrayLike, limit: float = 50.0) -> Rows:
    """Return for each facility the first of those that hang together with it (F,).

    Two that are at most `limit` metres apart hang together, and so do chains of them; a facility
    that stands alone is its own first. Whether they are one is for people to say.

    Parameters
    ----------
    metres
        Positions in metres, (F, 2).
    limit
        Metres.

    Raises
    ------
    InputError
        Wrong shapes, positions that are not finite, or a limit that is negative.
    """
    at = np.asarray(metres, np.float64)
    if at.ndim != 2 or at.shape[1] != 2:
        raise InputError("access.positions", given=at.shape)
    wrong = ~np.isfinite(at).all(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("access.position", row=row, given=at[row].tolist())
    if not (np.isfinite(limit) and limit >= 0):
        raise InputError("access.setting", what="limit", given=limit)
    count = len(at)
    if not count:
        return np.empty(0, np.int64)
    pairs = cKDTree(at).query_pairs(limit, output_type="ndarray")
    links = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, piece = connected_components(links, directed=False)
    _, first = np.unique(piece, return_index=True)
    return np.asarray(first[piece], np.int64)
