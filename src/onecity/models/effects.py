"""Origin and destination effects of weighted pairs, absorbed exactly.

The weighted least-squares projection of v on the effects, v_ij ~ a_i + g_j, obeys

    A1 a + C g = C1 v,    C' a + A2 g = C2 v

with C the weights as a sparse matrix, A1 and A2 its row and column sums, C1 v and C2 v the
weighted sums of v by origin and by destination. Eliminating a leaves S g = C2 v - C' A1^-1 C1 v
with S = A2 - C' A1^-1 C. Alternating projections are the stationary iteration on this system;
conjugate gradients on it, preconditioned by A2, are the same sweeps accelerated (Correia 2016,
Linear Models with High-Dimensional Fixed Effects). S is singular, once for every connected
component, and consistent, so that conjugate gradients converge all the same; the residual
v - a - g is unique though a and g are not.

Vectors go in blocks of `LANES`: one sweep over the pairs serves all of a block. A block is done
by one thread in a fixed order, so that the number of threads does not change a bit.

Nothing here knows what v is: a weighted least-squares step of a Poisson regression is absorbed
by the same calls with other weights (`reweighted`).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import InputError, RangeError
from onecity.network.threads import in_order, thread_count

Reals = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Vectors absorbed in one sweep over the pairs.
LANES = 16
#: A residual's weighted sums by effect, relative to the vector, once it counts as absorbed.
CONVERGED = 1e-13
#: The same, above which an answer is not given.
FAILED = 1e-9
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Pairs in the order of their origins, with what absorbing their effects needs.

    Attributes
    ----------
    rows : int64 (m,)
        The given rows that are kept, ordered by origin. All other arrays follow this order.
    first : int64 (O + 1,)
        Where each origin's pairs begin.
    origin, destination : int32 (m,)
        Effect of each pair, 0..O-1 and 0..D-1.
    origin_ids, destination_ids : int64 (O,), (D,)
        The given id of each effect.
    weight : float64 (m,)
        Positive; scaled so that the largest is 1.
    origin_weight, destination_weight : float64 (O,), (D,)
        Their sums by effect.
    components : int
        Connected pieces of the graph of origins and destinations: the effects take
        O + D - components degrees of freedom.
    weightless, singletons : int
        Given rows left out: of weight zero; the only pair of an origin or a destination, which
        the effect fits whatever the regressors are (counted again and again until none is left).
    """

    rows: Rows
    first: Rows
    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    origin_ids: Rows
    destination_ids: Rows
    weight: Reals
    origin_weight: Reals
    destination_weight: Reals
    components: int
    weightless: int
    singletons: int

    @property
    def taken(self) -> int:
        """Degrees of freedom that the effects take."""
        return len(self.origin_ids) + len(self.destination_ids) - self.components


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What is left of vectors, and the effects.

    Attributes
    ----------
    residual : float64 (m, K)
        In the order of `TwoWay.rows`; its weighted sums by origin and by destination vanish.
    origin, destination : float64 (O, K), (D, K)
        One of the many choices of effects whose sum is the projection.
    sweeps : int
        Sweeps over the pairs that the slowest block took.
    error : float
        The largest norm of what is still to project, relative to its vector.
    """

    residual: Reals
    origin: Reals
    destination: Reals
    sweeps: int
    error: float


def two_way(origin: Rows, destination: Rows, weights: Reals) -> TwoWay:
    """Order pairs for absorbing, without those that say nothing.

    Parameters
    ----------
    origin, destination
        Ids that are not negative, shape (M,); memory grows with the largest.
    weights
        Finite and not negative, shape (M,). Only their ratios matter.

    Raises
    ------
    InputError
        No pair is left.
    """
    scaled = weights / weights.max() if weights.size and weights.max() > 0 else weights
    weighty = scaled > 0
    rows = np.flatnonzero(weighty)
    kept = rows[_shared(*_dense(origin[rows]), *_dense(destination[rows]))]
    if not len(kept):
        raise InputError(
            "border.no_pairs",
            given=len(weights),
            weighty=len(rows),
            weightless=int((~weighty).sum()),
        )
    kept = kept[np.argsort(origin[kept], kind="stable")]
    head, origin_ids = _dense(origin[kept])
    tail, destination_ids = _dense(destination[kept])
    first = np.searchsorted(head, np.arange(len(origin_ids) + 1)).astype(np.int64)
    return TwoWay(
        rows=kept,
        first=first,
        origin=head,
        destination=tail,
        origin_ids=origin_ids,
        destination_ids=destination_ids,
        weight=scaled[kept],
        origin_weight=_totals(head, scaled[kept], len(origin_ids)),
        destination_weight=_totals(tail, scaled[kept], len(destination_ids)),
        components=_components(head, tail),
        weightless=len(weights) - len(rows),
        singletons=len(rows) - len(kept),
    )


def reweighted(design: TwoWay, weights: Reals) -> TwoWay:
    """Return the same pairs with other positive weights, shape (m,), in the design's order."""
    scaled = weights / weights.max()
    return replace(
        design,
        weight=scaled,
        origin_weight=_totals(design.origin, scaled, len(design.origin_ids)),
        destination_weight=_totals(design.destination, scaled, len(design.destination_ids)),
    )


def absorb(design: TwoWay, vectors: ArrayLike, threads: int | None = None) -> Absorbed:
    """Take the effects out of vectors.

    Parameters
    ----------
    design
        The pairs.
    vectors
        Shape (m, K) or (m,), in the order of ``design.rows``.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    RangeError
        Rounding keeps the effects from being found to `FAILED`: weights too far apart.
    """
    given = np.asarray(vectors, np.float64)
    given = given[:, None] if given.ndim == 1 else given
    blocks = [slice(k, min(k + LANES, given.shape[1])) for k in range(0, given.shape[1], LANES)]

    def one(block: slice, _: None) -> Absorbed:
        return _absorb_block(design, given[:, block])

    done = list(in_order(one, blocks, lambda: None, thread_count(threads)))
    error = max((each.error for each in done), default=0.0)
    if error > FAILED:
        raise RangeError("border.not_absorbed", error=error)
    return Absorbed(
        np.concatenate([each.residual for each in done], axis=1),
        np.concatenate([each.origin for each in done], axis=1),
        np.concatenate([each.destination for each in done], axis=1),
        max(each.sweeps for each in done),
        error,
    )


def _absorb_block(design: TwoWay, given: Reals) -> Absorbed:
    """Absorb up to `LANES` vectors; each round begins from the residual as it really is."""
    count = given.shape[1]
    mean = (design.weight @ given) / design.weight.sum()
    residual = np.zeros((len(given), LANES))
    # Without the mean, which an effect takes anyway, the sums below lose less to rounding.
    residual[:, :count] = given - mean
    scale = design.weight @ residual**2
    origin = np.zeros((len(design.origin_ids), LANES))
    destination = np.zeros((len(design.destination_ids), LANES))
    sweeps, before, norms = 0, np.inf, np.zeros(LANES)
    for _ in range(_ROUNDS):
        by_origin, by_destination = sums(design, residual)
        norms = _norm(design, by_origin, by_destination)
        error = _worst(norms, scale)
        if error <= CONVERGED or error > before / 2:
            break
        before = error
        a, g, taken = solve(design, by_origin, by_destination, scale, CONVERGED / 10)
        sweeps += taken
        subtract_effects(design.first, design.destination, a, g, residual)
        origin += a
        destination += g
    origin[:, :count] += mean
    return Absorbed(
        residual[:, :count],
        origin[:, :count],
        destination[:, :count],
        sweeps,
        _worst(norms, scale),
    )


def sums(design: TwoWay, vectors: Reals) -> tuple[Reals, Reals]:
    """Return weighted sums of a block (m, LANES) by origin (O, LANES) and destination."""
    by_origin = np.zeros((len(design.origin_ids), LANES))
    by_destination = np.zeros((len(design.destination_ids), LANES))
    _sums(design.first, design.destination, design.weight, vectors, by_origin, by_destination)
    return by_origin, by_destination


def solve(
    design: TwoWay, by_origin: Reals, by_destination: Reals, scale: Reals, tolerance: float
) -> tuple[Reals, Reals, int]:
    """Return effects of a block from its weighted sums, and the sweeps taken.

    Parameters
    ----------
    design
        The pairs.
    by_origin, by_destination
        Weighted sums, shapes (O, LANES) and (D, LANES).
    scale
        Weighted sum of squares of each vector, shape (LANES,).
    tolerance
        A lane is done once what is left to project has this norm relative to its vector.
    """
    inverse = 1.0 / design.origin_weight
    right = by_destination.copy()
    _scatter(design.first, design.destination, design.weight, inverse[:, None] * by_origin, right)
    g = np.zeros_like(by_destination)
    sweeps = _conjugate_gradients(
        design.first,
        design.destination,
        design.weight,
        inverse,
        design.destination_weight,
        right,
        g,
        scale * tolerance**2,
        most_sweeps(design),
    )
    a = by_origin.copy()
    _subtract_rows(design.first, design.destination, design.weight, g, a)
    a *= inverse[:, None]
    return a, g, int(sweeps)


def most_sweeps(design: TwoWay) -> int:
    """Return the sweeps after which `solve` gives up: rounding aside, D would do."""
    return 200 + 20 * len(design.destination_ids)


def _norm(design: TwoWay, by_origin: Reals, by_destination: Reals) -> Reals:
    """Return an upper bound of the squared norm of the projection's first half steps."""
    return np.asarray(
        (by_origin**2 / design.origin_weight[:, None]).sum(axis=0)
        + (by_destination**2 / design.destination_weight[:, None]).sum(axis=0)
    )


def _worst(norms: Reals, scale: Reals) -> float:
    """Return the largest norm relative to its vector; a vector of zeros has none."""
    some = scale > 0
    return float(np.sqrt((norms[some] / scale[some]).max())) if some.any() else 0.0


def _dense(ids: Rows) -> tuple[NDArray[np.int32], Rows]:
    """Return the place of each id among the distinct ones, and these, without sorting."""
    taken = np.bincount(ids) > 0
    return (np.cumsum(taken, dtype=np.int32) - 1)[ids], np.flatnonzero(taken)


def _totals(places: NDArray[np.int32], weights: Reals, count: int) -> Reals:
    """Return the sum of weights at each place."""
    return np.asarray(np.bincount(places, weights, count), np.float64)


def _components(origin: NDArray[np.int32], destination: NDArray[np.int32]) -> int:
    """Return the number of connected pieces of origins and destinations."""
    origins, destinations = int(origin.max()) + 1, int(destination.max()) + 1
    size = origins + destinations
    links = coo_array(
        (np.ones(len(origin), np.int8), (origin, destination.astype(np.int64) + origins)),
        shape=(size, size),
    )
    return int(connected_components(links, directed=False, return_labels=False))


@njit(cache=True, nogil=True)
def _shared(origin: Any, origin_ids: Any, destination: Any, destination_ids: Any) -> Any:
    """Return places of the pairs none of whose ends is theirs alone, peeled until stable."""
    m = len(origin)
    out = np.zeros(len(origin_ids), np.int64)
    into = np.zeros(len(destination_ids), np.int64)
    for p in range(m):
        out[origin[p]] += 1
        into[destination[p]] += 1
    alive = np.ones(m, np.bool_)
    left = m
    while True:
        before = left
        for p in range(m):
            if alive[p] and (out[origin[p]] == 1 or into[destination[p]] == 1):
                alive[p] = False
                out[origin[p]] -= 1
                into[destination[p]] -= 1
                left -= 1
        if left == before:
            return np.flatnonzero(alive)


@njit(cache=True, nogil=True, fastmath={"contract"})
def _sums(first: Any, destination: Any, weight: Any, vectors: Any, out: Any, into: Any) -> None:
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(LANES):
                value = w * vectors[p, k]
                out[i, k] += value
                into[j, k] += value


@njit(cache=True, nogil=True, fastmath={"contract"})
def _scatter(first: Any, destination: Any, weight: Any, rows: Any, into: Any) -> None:
    """Subtract C' rows."""
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(LANES):
                into[j, k] -= w * rows[i, k]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _subtract_rows(first: Any, destination: Any, weight: Any, x: Any, out: Any) -> None:
    """Subtract C x."""
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(LANES):
                out[i, k] -= w * x[j, k]


@njit(cache=True, nogil=True)
def subtract_effects(first: Any, destination: Any, a: Any, g: Any, vectors: Any) -> None:
    """Subtract a_i + g_j from a block (m, LANES) in place."""
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            j = destination[p]
            for k in range(LANES):
                vectors[p, k] -= a[i, k] + g[j, k]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _schur(
    first: Any, destination: Any, weight: Any, inverse: Any, total: Any, x: Any, out: Any
) -> None:
    """Set ``out = (A2 - C' A1^-1 C) x``: the whole cost of absorbing is here."""
    for j in range(len(total)):
        for k in range(LANES):
            out[j, k] = total[j] * x[j, k]
    row = np.empty(LANES)
    for i in range(len(first) - 1):
        for k in range(LANES):
            row[k] = 0.0
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(LANES):
                row[k] += w * x[j, k]
        for k in range(LANES):
            row[k] *= inverse[i]
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(LANES):
                out[j, k] -= w * row[k]


@njit(cache=True, nogil=True)
def _conjugate_gradients(
    first: Any,
    destination: Any,
    weight: Any,
    inverse: Any,
    total: Any,
    r: Any,
    x: Any,
    enough: Any,
    limit: Any,
) -> Any:
    """Solve S x = r for each lane, r overwritten; a lane that is done stands still."""
    n = len(total)
    direction = np.empty((n, LANES))
    image = np.empty((n, LANES))
    size, length, step = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    for j in range(n):
        for k in range(LANES):
            direction[j, k] = r[j, k] / total[j]
            size[k] += r[j, k] * direction[j, k]
    for sweep in range(limit):
        going = False
        for k in range(LANES):
            going = going or size[k] > enough[k]
        if not going:
            return sweep
        _schur(first, destination, weight, inverse, total, direction, image)
        length[:] = 0.0
        for j in range(n):
            for k in range(LANES):
                length[k] += direction[j, k] * image[j, k]
        for k in range(LANES):
            live = size[k] > enough[k] and length[k] > 0.0
            step[k] = size[k] / length[k] if live else 0.0
        length[:] = 0.0
        for j in range(n):
            for k in range(LANES):
                x[j, k] += step[k] * direction[j, k]
                r[j, k] -= step[k] * image[j, k]
                length[k] += r[j, k] * r[j, k] / total[j]
        for k in range(LANES):
            step[k] = length[k] / size[k] if step[k] != 0.0 else 0.0
            size[k] = length[k] if step[k] != 0.0 else 0.0
        for j in range(n):
            for k in range(LANES):
                direction[j, k] = r[j, k] / total[j] + step[k] * direction[j, k]
    return limit
