"""Pairs that no finite effects fit: their expected flow falls to zero without end.

A pair without flow is separated if some combination z = x'c + a_i + g_j is zero wherever there
is flow, nowhere below zero, and above zero at that pair: minus z drives its expected flow to
zero and changes nothing else, so that the likelihood has no top (Correia, Guimaraes & Zylkin
2021, Verifying the existence of maximum likelihood estimates for generalized linear models).
Such pairs are fitted by zero and left out; the others' estimates are the limit of the whole.

Their iterative rectifier finds z by regressions with huge weights where there is flow. Here the
same z is found exactly. Where there is flow, z = 0. If the regressors can be told apart there,
c = 0, and a_i = -g_j is one number v on each piece that flows join. A pair without flow, from
piece p to piece q, asks for v_p >= v_q: so v may differ along an arrow exactly if no way of
arrows leads back. Separated are the pairs whose ends lie in different strongly connected pieces.
If some combinations of regressors vanish where there is flow, they and v are found by a linear
programme that makes z positive at as many pairs as can be.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack, identity, vstack
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import RangeError
from onecity.models.effects import Reals, Rows

from . import kernels

Flags = NDArray[np.bool_]
#: What is below this, relative to the largest, is no part of a combination.
_NOTHING = 1e-7


def pieces(origin: Any, destination: Any, flow: Reals) -> tuple[Rows, Rows]:
    """Return the piece of flows that each pair's origin and its destination lies in.

    Parameters
    ----------
    origin, destination
        Effects from 0, shape (m,).
    flow
        Shape (m,): pairs above zero join.

    Returns
    -------
    Two of int64 (m,): pieces are named by numbers, not all of them taken.
    """
    origins, destinations = int(origin.max()) + 1, int(destination.max()) + 1
    piece = kernels.joined(origin, destination, flow > 0, origins, destinations)
    return piece[origin], piece[destination + np.int64(origins)]


def by_effects(from_piece: Rows, to_piece: Rows) -> Flags:
    """Return which pairs effects alone separate, shape (m,)."""
    arrows = np.flatnonzero(from_piece != to_piece)
    found = np.zeros(len(from_piece), np.bool_)
    if not len(arrows):
        return found
    names, ends = np.unique(
        np.concatenate([from_piece[arrows], to_piece[arrows]]), return_inverse=True
    )
    tail, head = ends[: len(arrows)], ends[len(arrows) :]
    graph = coo_array((np.ones(len(arrows), np.int8), (tail, head)), shape=(len(names),) * 2)
    _, strong = connected_components(graph, directed=True, connection="strong")
    found[arrows] = strong[tail] != strong[head]
    return found


def by_regressors(from_piece: Rows, to_piece: Rows, free: Reals) -> Flags:
    """Return which pairs effects and some regressors separate.

    Parameters
    ----------
    from_piece, to_piece
        See `pieces`, of the pairs without flow, shape (n,).
    free
        Combinations of regressors and effects that vanish where there is flow, at the pairs
        without, shape (n, r).

    Raises
    ------
    RangeError
        The linear programme was not solved.
    """
    if not len(free):
        return np.zeros(0, np.bool_)
    largest = np.abs(free).max(axis=0, initial=0.0)
    tidy = np.where(np.abs(free) > _NOTHING * largest, free, 0.0) / np.where(largest, largest, 1.0)
    names, ends = np.unique(np.concatenate([from_piece, to_piece]), return_inverse=True)
    tail, head = ends[: len(free)], ends[len(free) :]
    # Many pairs say the same: which borders are crossed, from what piece to what piece.
    same = np.column_stack([tail, head, np.round(tidy, 9)])
    _, chosen, kind = np.unique(same, axis=0, return_index=True, return_inverse=True)
    # Rounded values tell alike from unlike; constraints need them as they are.
    tail, head, tidy = tail[chosen], head[chosen], tidy[chosen]
    n, row = len(chosen), np.arange(len(chosen))
    steps = coo_array(
        (np.repeat([1.0, -1.0], n), (np.tile(row, 2), np.concatenate([tail, head]))),
        shape=(n, len(names)),
    )
    z = csr_array(hstack([steps, csr_array(tidy)]))
    # Most of min(z, 1) summed, z >= 0: being scalable, z reaches 1 wherever it can leave 0.
    limits = vstack([hstack([-z, identity(n)]), hstack([-z, csr_array((n, n))])])
    found = linprog(
        np.concatenate([np.zeros(z.shape[1]), -np.ones(n)]),
        A_ub=limits,
        b_ub=np.zeros(2 * n),
        bounds=[(None, None)] * z.shape[1] + [(0, 1)] * n,
        method="highs",
    )
    if found.status != 0:
        raise RangeError("gravity.separation_unsolved", pairs=len(free), given=found.message)
    return np.asarray((found.x[z.shape[1] :] > 0.5)[kind.ravel()])
