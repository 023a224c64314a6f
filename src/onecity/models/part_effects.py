"""Border effects of every part, and of every two parts that touch, for many partitions.

`placebo` gives one effect for each made-up partition: that of all its borders. Here each part has
an effect against the rest, and each two parts that touch one of their own, by the regressions of
`border` with ``by="city"`` and ``by="border"``, so that a city, or the border between two, can be
held against borders that are none.

The borders between any two parts k and l are columns b_kl of zeros and ones; whatever a
regression asks for is a sum of them. With M the projection that takes out effects and the other
regressors, all their products are

    b'W M c = b'Wc - r_b' N^+ r_c - q_b'q_c

as in `placebo`: r are sums of a column by effect, N the normal matrix of the effects, q products
with an orthonormal basis of the regressors. Here r_b' N^+ r_c is found by Cholesky's factor of
N's Schur complement, made once: for some thousand zones and many partitions that takes less than
to iterate. The factor takes 8 bytes for every two destinations: 50 MB for 2,500.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import LinAlgError, cholesky
from scipy.linalg.lapack import dpocon
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import InputError, RangeError
from onecity.network.threads import in_order, thread_count

from .border import TravelPairs
from .effects import FAILED, Reals, Rows
from .least_squares import COLLINEAR

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PartEffects:
    """Effects of the borders of n partitions into P parts; NaN where there is none.

    Attributes
    ----------
    circle : float64 (n,)
        Of all borders.
    part : float64 (n, P)
        Of each part against the rest, beside one effect of all other borders.
    border : float64 (n, P, P)
        Between two parts, symmetric, NaN where they do not touch.
    circle_share, part_share, border_share
        Share of the weight of pairs that cross, same shapes.
    """

    circle: Reals
    part: Reals
    border: Reals
    circle_share: Reals
    part_share: Reals
    border_share: Reals


def part_effects(
    pairs: TravelPairs,
    partitions: ArrayLike,
    touching: ArrayLike,
    *,
    threads: int | None = None,
) -> PartEffects:
    """Return the effect of each part and of each border, for many partitions.

    Parameters
    ----------
    pairs
        From `border.travel_pairs`.
    partitions
        Part of each zone in each partition, whole numbers 0..P-1, shape (n, Z).
    touching
        Which parts touch, shape (n, P, P); only k < l is read. Pairs that cross between parts
        that do not touch have one effect together.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    InputError
        Wrong shapes, or parts that are not 0..P-1.
    RangeError
        Weights too far apart for the effects to be found.
    """
    made, near = np.asarray(partitions), np.asarray(touching, np.bool_)
    if made.ndim != 2 or made.shape[1] < pairs.zones or not len(made):
        raise InputError("border.partitions_shape", given=made.shape, zones=pairs.zones)
    if not np.issubdtype(made.dtype, np.integer):
        raise InputError("border.partitions_not_whole", given=made.dtype.name)
    parts = near.shape[-1]
    if near.shape != (len(made), parts, parts) or made.min() < 0 or made.max() >= parts:
        raise InputError(
            "border.parts_touching", given=near.shape, partitions=len(made), last=int(made.max())
        )
    ground = _ground(pairs)
    found = PartEffects(
        *(np.full(shape, np.nan) for shape in _shapes(len(made), parts)),
        *(np.zeros(shape) for shape in _shapes(len(made), parts)),
    )

    def one(row: int, _: None) -> _Products:
        return _products(ground, made[row], parts)

    rows = range(len(made))
    for row, products in zip(
        rows, in_order(one, rows, lambda: None, thread_count(threads)), strict=True
    ):
        _enter(found, row, products, near[row])
    total = pairs.design.weight.sum()
    return replace(
        found,
        circle_share=found.circle_share / total,
        part_share=found.part_share / total,
        border_share=found.border_share / total,
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What serves every partition.

    `vectors` (m, 1 + F): residual and basis, times the weights; `factor` (D, D): lower factor
    of the Schur complement scaled by the roots of the destinations' weights, made regular.
    """

    pairs: TravelPairs
    vectors: Reals
    factor: Reals


@dataclass(frozen=True, slots=True)
class _Products:
    """Borders between parts `left` and `right` (E,) that some pair crosses, in one partition.

    `crossing` (E,): weights of the pairs that cross; `gram` (E, E): b'WMc of any two;
    `response` (E,): b'WMy.
    """

    left: Rows
    right: Rows
    crossing: Reals
    gram: Reals
    response: Reals


def _shapes(count: int, parts: int) -> tuple[tuple[int, ...], ...]:
    return (count,), (count, parts), (count, parts, parts)


def _ground(pairs: TravelPairs) -> _Ground:
    design = pairs.design
    shape = len(design.origin_ids), len(design.destination_ids)
    residual = pairs.response - pairs.basis @ (pairs.basis.T @ (design.weight * pairs.response))
    vectors = design.weight[:, None] * np.column_stack([residual, pairs.basis])
    place = design.origin.astype(np.int64) * shape[1] + design.destination
    weight: Reals = np.bincount(place, design.weight, shape[0] * shape[1]).astype(np.float64)
    weight = weight.reshape(shape)
    # One direction of each piece is free: what any effect adds to origins and takes from
    # destinations. It is made stiff, and sums by effect have no part in it.
    piece = _piece_of_destinations(weight)
    free = np.sqrt(design.destination_weight) * (piece[None, :] == np.unique(piece)[:, None])
    free /= np.linalg.norm(free, axis=1, keepdims=True)
    weight /= np.sqrt(design.origin_weight)[:, None]
    weight /= np.sqrt(design.destination_weight)
    complement = np.eye(shape[1]) - weight.T @ weight + free.T @ free
    return _Ground(pairs, np.ascontiguousarray(vectors), _factor(complement))


def _factor(complement: Reals) -> Reals:
    """Return the lower factor, or say that weights are too far apart for it to be right."""
    try:
        factor = cholesky(complement, lower=True)
    except LinAlgError as error:
        raise RangeError("border.not_absorbed", error=1.0) from error
    # What rounding does to answers: its size times the condition.
    condition = 1 / dpocon(factor, np.abs(complement).sum(axis=0).max(), uplo="L")[0]
    if condition * np.finfo(np.float64).eps > FAILED:
        raise RangeError("border.not_absorbed", error=condition * np.finfo(np.float64).eps)
    return np.ascontiguousarray(factor)


def _piece_of_destinations(weight: Reals) -> Rows:
    origin, destination = np.nonzero(weight)
    size = sum(weight.shape)
    links = coo_array(
        (np.ones(len(origin), np.int8), (origin, destination + len(weight))), shape=(size, size)
    )
    return np.asarray(connected_components(links, directed=False)[1][len(weight) :], np.int64)


def _products(ground: _Ground, part: NDArray[np.integer], parts: int) -> _Products:
    """Return the borders of one partition."""
    design = ground.pairs.design
    from_part = np.ascontiguousarray(part[design.origin_ids], np.int64)
    to_part = np.ascontiguousarray(part[design.destination_ids], np.int64)
    between, over, out, into, explained = _sums(
        design.first,
        design.destination,
        design.weight,
        ground.vectors,
        design.origin_weight,
        from_part,
        to_part,
        parts,
    )
    between += between.T
    left, right = np.nonzero(np.triu(between > 0, 1))
    white, taken = _columns(
        left, right, out, into, explained, from_part, to_part,
        design.origin_weight, np.sqrt(design.destination_weight),
    )  # fmt: skip
    _substitute(ground.factor, white)
    sums = over[:, left, right] + over[:, right, left]
    crossing = between[left, right]
    gram = np.diag(crossing) - taken - _squares(white) - _squares(sums[1:])
    return _Products(left, right, crossing, gram, sums[0])


@njit(cache=True, nogil=True)
def _sums(
    first: Any,
    destination: Any,
    weight: Any,
    vectors: Any,
    origin_weight: Any,
    from_part: Any,
    to_part: Any,
    parts: Any,
) -> Any:
    """Add up weights and vectors from part to part.

    Returns weights (P, P) and vectors (1 + F, P, P) from part to part; weights from each origin
    to each part (O, P) and to each destination from each part (D, P); and what origins of part
    k explain of the weights that reach a destination across the border with l, (D, P, P).
    """
    origins, destinations, count = len(from_part), len(to_part), vectors.shape[1]
    between = np.zeros((parts, parts))
    over = np.zeros((count, parts, parts))
    out = np.zeros((origins, parts))
    into = np.zeros((destinations, parts))
    explained = np.zeros((destinations, parts, parts))
    for i in range(origins):
        k = from_part[i]
        for p in range(first[i], first[i + 1]):
            j, w = destination[p], weight[p]
            l = to_part[j]  # noqa: E741
            between[k, l] += w
            out[i, l] += w
            into[j, k] += w
            for v in range(count):
                over[v, k, l] += vectors[p, v]
        for p in range(first[i], first[i + 1]):
            j, share = destination[p], weight[p] / origin_weight[i]
            for l in range(parts):  # noqa: E741
                explained[j, k, l] += share * out[i, l]
    return between, over, out, into, explained


@njit(cache=True, nogil=True)
def _columns(
    left: Any,
    right: Any,
    out: Any,
    into: Any,
    explained: Any,
    from_part: Any,
    to_part: Any,
    origin_weight: Any,
    root: Any,
) -> Any:
    """Return what destinations have that origins do not explain, scaled (D, E), and r1'A1^-1 r1."""
    count, parts = len(left), out.shape[1]
    rest = np.empty((len(to_part), count))
    for j in range(len(to_part)):
        for e in range(count):
            k, l = left[e], right[e]  # noqa: E741
            value = -explained[j, k, l] - explained[j, l, k]
            if to_part[j] == k:
                value += into[j, l]
            elif to_part[j] == l:
                value += into[j, k]
            rest[j, e] = value / root[j]
    # An origin of part k is in the borders of k alone.
    squares = np.zeros((parts, parts, parts))
    for i in range(len(from_part)):
        k = from_part[i]
        for l in range(parts):  # noqa: E741
            for m in range(parts):
                squares[k, l, m] += out[i, l] * out[i, m] / origin_weight[i]
    taken = np.zeros((count, count))
    for e in range(count):
        for f in range(count):
            for k, l in ((left[e], right[e]), (right[e], left[e])):  # noqa: E741
                if k == left[f]:
                    taken[e, f] += squares[k, l, right[f]]
                elif k == right[f]:
                    taken[e, f] += squares[k, l, left[f]]
    return rest, taken


@njit(cache=True, nogil=True, fastmath={"contract"})
def _substitute(factor: Any, columns: Any) -> None:
    """Solve ``factor x = columns`` in place, (D, E)."""
    for i in range(len(factor)):
        for j in range(i):
            f = factor[i, j]
            for e in range(columns.shape[1]):
                columns[i, e] -= f * columns[j, e]
        for e in range(columns.shape[1]):
            columns[i, e] /= factor[i, i]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _squares(columns: Any) -> Any:
    """Return ``columns' columns``."""
    count = columns.shape[1]
    found = np.zeros((count, count))
    for i in range(len(columns)):
        for e in range(count):
            value = columns[i, e]
            for f in range(count):
                found[e, f] += value * columns[i, f]
    return found


def _enter(found: PartEffects, row: int, one: _Products, near: Flags) -> None:
    """Write the effects of one partition into `found`; shares are weights as yet."""
    if not len(one.left):
        return
    gram, response = one.gram, one.response

    def effects(choice: Reals) -> Reals:
        """Fit the sums of columns that the rows of `choice` (K, E) ask for."""
        return _fit(choice @ gram @ choice.T, choice @ response, choice @ one.crossing)

    every = np.ones((1, len(one.left)))
    found.circle[row] = effects(every)[0]
    found.circle_share[row] = one.crossing.sum()
    for k in range(near.shape[-1]):
        mine = np.asarray((one.left == k) | (one.right == k), np.float64)[None, :]
        if mine.any():
            others = every - mine
            found.part[row, k] = effects(np.vstack([mine, others] if others.any() else [mine]))[0]
            found.part_share[row, k] = (mine @ one.crossing)[0]
    both = (one.left, one.right), (one.right, one.left)
    touch = near[one.left, one.right]
    choice = np.eye(len(touch))[touch]
    values = np.full(len(touch), np.nan)
    if len(choice):
        rest = np.asarray(~touch, np.float64)[None, :]
        together = np.vstack([choice, rest] if rest.any() else [choice])
        values[touch] = effects(together)[: len(choice)]
    for left, right in both:
        found.border[row, left, right] = values
        found.border_share[row, left, right] = one.crossing


def _fit(gram: Reals, response: Reals, crossing: Reals) -> Reals:
    """Return coefficients (K,), all NaN where they cannot be told apart."""
    own = np.diag(gram)
    if not (own > COLLINEAR * crossing).all():
        return np.full(len(own), np.nan)
    scale = np.sqrt(own)
    alike = gram / np.outer(scale, scale)
    if np.linalg.eigvalsh(alike)[0] <= COLLINEAR:
        return np.full(len(own), np.nan)
    return np.asarray(np.linalg.solve(alike, response / scale) / scale)
