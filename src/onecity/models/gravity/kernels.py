"""Loops over pairs: margins, and Newton's system of origin and destination effects.

Pairs stand in the order of their origins: those of origin i are ``first[i]:first[i + 1]``. Each
loop is linear in pairs and runs in one fixed order. The system of effects is the one of
`models.effects`, with weights that change from step to step and as many right sides as there
are regressors and one; a step of Newton's is served by a rough answer, so that each right side
has a tolerance.
"""

from typing import Any

import numpy as np
from numba import njit

#: A sum over columns of size one, weights adding up to one, that rounding may leave.
_ROUNDING = 3e-16


@njit(cache=True, nogil=True, error_model="numpy")
def start(first: Any, destination: Any, line: Any, out: Any, into: Any, a: Any, g: Any) -> None:
    """Set effects by one balancing of rows, then of columns, in logarithms.

    Nothing overflows here, however far apart `line`, the part of ln T without effects, is.
    """
    n, top = len(first) - 1, np.full(len(into), -np.inf)
    for i in range(n):
        best, total = -np.inf, 0.0
        for p in range(first[i], first[i + 1]):
            best = max(best, line[p])
        for p in range(first[i], first[i + 1]):
            total += np.exp(line[p] - best)
        a[i] = np.log(out[i]) - best - np.log(total)
        for p in range(first[i], first[i + 1]):
            top[destination[p]] = max(top[destination[p]], line[p] + a[i])
    g[:] = 0.0
    for i in range(n):
        for p in range(first[i], first[i + 1]):
            j = destination[p]
            g[j] += np.exp(line[p] + a[i] - top[j])
    for j in range(len(into)):
        g[j] = np.log(into[j]) - top[j] - np.log(g[j])


@njit(cache=True, nogil=True, error_model="numpy")
def expect(first: Any, destination: Any, line: Any, a: Any, g: Any, flow: Any) -> None:
    """Set ``flow = exp(line + a_i + g_j)``."""
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            flow[p] = np.exp(line[p] + a[i] + g[destination[p]])


@njit(cache=True, nogil=True, error_model="numpy")
def rebalance(first: Any, destination: Any, flow: Any, out: Any, into: Any, a: Any, g: Any) -> None:
    """Scale rows to their sums, then columns to theirs, and effects with them.

    One round of iterative proportional fitting (Deming & Stephan 1940).
    """
    sums = np.zeros(len(into))
    for i in range(len(first) - 1):
        total = 0.0
        for p in range(first[i], first[i + 1]):
            total += flow[p]
        factor = out[i] / total
        a[i] += np.log(factor)
        for p in range(first[i], first[i + 1]):
            flow[p] *= factor
            sums[destination[p]] += flow[p]
    for j in range(len(into)):
        sums[j] = into[j] / sums[j]
        g[j] += np.log(sums[j])
    for p in range(len(flow)):
        flow[p] *= sums[destination[p]]


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    first: Any, destination: Any, weight: Any, columns: Any, by_out: Any, by_into: Any, gram: Any
) -> None:
    """Add weighted sums of 1 and of columns (m, K) by origin and by destination, and products.

    `by_out` (O, 1 + K), `by_into` (D, 1 + K), `gram` (1 + K, 1 + K), of which one half is filled.
    """
    count = columns.shape[1]
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            by_out[i, 0] += w
            by_into[j, 0] += w
            for k in range(count):
                value = w * columns[p, k]
                by_out[i, k + 1] += value
                by_into[j, k + 1] += value
                gram[k + 1, 0] += value
                for l in range(k + 1):  # noqa: E741
                    gram[k + 1, l + 1] += value * columns[p, l]


@njit(cache=True, nogil=True, error_model="numpy")
def take_out(first: Any, destination: Any, a: Any, g: Any, columns: Any) -> None:
    """Subtract a_i + g_j from columns (m, K) in place."""
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            j = destination[p]
            for k in range(columns.shape[1]):
                columns[p, k] -= a[i, k] + g[j, k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _schur(
    first: Any, destination: Any, weight: Any, inverse: Any, total: Any, x: Any, out: Any
) -> None:
    """Set ``out = (A2 - C' A1^-1 C) x``."""
    lanes = x.shape[1]
    row = np.empty(lanes)
    for j in range(len(total)):
        for k in range(lanes):
            out[j, k] = total[j] * x[j, k]
    for i in range(len(inverse)):
        row[:] = 0.0
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(lanes):
                row[k] += w * x[j, k]
        for k in range(lanes):
            row[k] *= inverse[i]
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(lanes):
                out[j, k] -= w * row[k]


@njit(cache=True, nogil=True, error_model="numpy")
def _origins(first: Any, destination: Any, weight: Any, by_out: Any, inverse: Any, g: Any) -> Any:
    """Return the effects of origins beside those of destinations, ``A1^-1 (by_out - C g)``."""
    lanes = g.shape[1]
    a = np.empty((len(inverse), lanes))
    row = np.empty(lanes)
    for i in range(len(inverse)):
        row[:] = 0.0
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(lanes):
                row[k] += w * g[j, k]
        for k in range(lanes):
            a[i, k] = (by_out[i, k] - row[k]) * inverse[i]
    return a


@njit(cache=True, nogil=True, error_model="numpy")
def solve(
    first: Any,
    destination: Any,
    weight: Any,
    by_out: Any,
    by_into: Any,
    total_out: Any,
    total_into: Any,
    tolerance: Any,
    limit: Any,
    g: Any,
) -> Any:
    """Return effects a (O, L) of sums by effect, what is left (D, L), and the sweeps taken.

    The effects g (D, L) are changed in place.

    Conjugate gradients on the Schur complement, preconditioned by its diagonal's first part, from
    the g given; a right side is done once its residual is `tolerance` (L,) of what it is.
    """
    n, lanes = g.shape
    inverse = np.zeros(len(total_out))
    diagonal = np.zeros(n)
    for i in range(len(total_out)):
        inverse[i] = 1.0 / total_out[i] if total_out[i] > 0.0 else 0.0
    for j in range(n):
        diagonal[j] = 1.0 / total_into[j] if total_into[j] > 0.0 else 0.0
    r, image, direction = np.empty((n, lanes)), np.empty((n, lanes)), np.empty((n, lanes))
    size, length = np.zeros(lanes), np.zeros(lanes)
    step, enough = np.zeros(lanes), np.zeros(lanes)
    _schur(first, destination, weight, inverse, total_into, g, image)
    for j in range(n):
        for k in range(lanes):
            r[j, k] = by_into[j, k]
    for i in range(len(inverse)):
        for p in range(first[i], first[i + 1]):
            w, j = weight[p] * inverse[i], destination[p]
            for k in range(lanes):
                r[j, k] -= w * by_out[i, k]
    for j in range(n):
        for k in range(lanes):
            enough[k] += diagonal[j] * r[j, k] ** 2
            r[j, k] -= image[j, k]
            direction[j, k] = diagonal[j] * r[j, k]
            size[k] += r[j, k] * direction[j, k]
    # What columns of size one leave to rounding; it is nothing to solve for.
    weighty = 0.0
    for j in range(n):
        weighty += total_into[j]
    for k in range(lanes):
        enough[k] = max(enough[k] * tolerance[k] ** 2, weighty * _ROUNDING**2)
    sweeps = 2
    while sweeps < limit:
        if not (size > enough).any():
            break
        _schur(first, destination, weight, inverse, total_into, direction, image)
        sweeps += 1
        length[:] = 0.0
        step[:] = 0.0
        for j in range(n):
            for k in range(lanes):
                length[k] += direction[j, k] * image[j, k]
                step[k] += total_into[j] * direction[j, k] ** 2
        for k in range(lanes):
            # A piece of one destination has nothing to solve: its image is rounding.
            live = size[k] > enough[k] and length[k] > 1e-14 * step[k]
            step[k] = size[k] / length[k] if live else 0.0
        length[:] = 0.0
        for j in range(n):
            for k in range(lanes):
                g[j, k] += step[k] * direction[j, k]
                r[j, k] -= step[k] * image[j, k]
                length[k] += diagonal[j] * r[j, k] ** 2
        for k in range(lanes):
            step[k] = length[k] / size[k] if step[k] != 0.0 else 0.0
            size[k] = length[k] if step[k] != 0.0 else 0.0
        for j in range(n):
            for k in range(lanes):
                direction[j, k] = diagonal[j] * r[j, k] + step[k] * direction[j, k]
    return _origins(first, destination, weight, by_out, inverse, g), r, sweeps


@njit(cache=True, nogil=True, error_model="numpy")
def joined(origin: Any, destination: Any, some: Any, origins: Any, destinations: Any) -> Any:
    """Return the piece of each origin, then of each destination, that pairs in `some` join.

    Pieces are named by one of their members: union by halving paths (Tarjan & van Leeuwen 1984).
    """
    parent = np.arange(origins + destinations)
    for p in range(len(origin)):
        if some[p]:
            x: Any = np.int64(origin[p])
            y: Any = np.int64(destination[p]) + origins
            while parent[x] != x:
                parent[x] = parent[parent[x]]
                x = parent[x]
            while parent[y] != y:
                parent[y] = parent[parent[y]]
                y = parent[y]
            if x < y:
                parent[y] = x
            else:
                parent[x] = y
    for x in range(len(parent)):
        while parent[x] != parent[parent[x]]:
            parent[x] = parent[parent[x]]
    return parent
