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
to iterate. Everything is dense: a matrix of origins by destinations for each of the weights, the
residual and the basis, 8 bytes a pair of zones each (50 MB for 2,500 zones).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import InputError

from .border import TravelPairs
from .effects import Reals, Rows
from .least_squares import COLLINEAR

Flags = NDArray[np.bool_]

#: Partitions whose columns are solved for together.
_TOGETHER = 8


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


def part_effects(pairs: TravelPairs, partitions: ArrayLike, touching: ArrayLike) -> PartEffects:
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

    Raises
    ------
    InputError
        Wrong shapes, or parts that are not 0..P-1.
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
    dense = _dense(pairs)
    found = PartEffects(
        *(np.full(shape, np.nan) for shape in _shapes(len(made), parts)),
        *(np.zeros(shape) for shape in _shapes(len(made), parts)),
    )
    for start in range(0, len(made), _TOGETHER):
        rows = range(start, min(start + _TOGETHER, len(made)))
        columns = _columns(dense, [made[row] for row in rows], parts)
        white = solve_triangular(
            dense.factor,
            np.concatenate([one.scaled for one in columns], axis=1),
            lower=True,
            check_finite=False,
        )
        ends = np.cumsum([len(one.left) for one in columns])[:-1]
        for row, one, own in zip(rows, columns, np.split(white, ends, axis=1), strict=True):
            _enter(found, row, one, _products(dense, one, own), near[row])
    total = dense.weight.sum()
    return replace(
        found,
        circle_share=found.circle_share / total,
        part_share=found.part_share / total,
        border_share=found.border_share / total,
    )


@dataclass(frozen=True, slots=True)
class _Dense:
    """Pairs as matrices of origins (O) by destinations (D).

    `weight` (O, D); `vectors` (1 + F, O, D): residual and basis, times the weights;
    `factor` (D, D): lower factor of the scaled Schur complement, made regular.
    """

    origin_ids: Rows
    destination_ids: Rows
    origin_weight: Reals
    destination_weight: Reals
    weight: Reals
    vectors: Reals
    factor: Reals


@dataclass(frozen=True, slots=True)
class _Columns:
    """Borders between parts `left` and `right` (E,) that some pair crosses, in one partition.

    `by_origin` (O, E): sums of weights of the pairs that cross; `scaled` (D, E): what the sums
    by destination have that origins do not explain, scaled as the factor is; `crossing` (E,):
    weights of all pairs that cross; `sums` (1 + F, E): sums of the vectors over them.
    """

    left: Rows
    right: Rows
    by_origin: Reals
    scaled: Reals
    crossing: Reals
    sums: Reals


def _shapes(count: int, parts: int) -> tuple[tuple[int, ...], ...]:
    return (count,), (count, parts), (count, parts, parts)


def _dense(pairs: TravelPairs) -> _Dense:
    design = pairs.design
    shape = len(design.origin_ids), len(design.destination_ids)
    residual = pairs.response - pairs.basis @ (pairs.basis.T @ (design.weight * pairs.response))
    columns = np.column_stack([np.ones(len(residual)), residual, pairs.basis])
    place = design.origin.astype(np.int64) * shape[1] + design.destination
    several: Reals = np.stack(
        [
            np.bincount(place, design.weight * column, shape[0] * shape[1]).reshape(shape)
            for column in columns.T
        ]
    ).astype(np.float64)
    weight = several[0]
    scaled = weight / np.sqrt(np.outer(design.origin_weight, design.destination_weight))
    complement = np.eye(shape[1]) - scaled.T @ scaled
    # One direction of each piece is free: what any effect adds to origins and takes from
    # destinations. It is made stiff, and sums by effect have no part in it.
    piece = _piece_of_destinations(weight)
    free = np.sqrt(design.destination_weight) * (piece[None, :] == np.unique(piece)[:, None])
    free /= np.linalg.norm(free, axis=1, keepdims=True)
    return _Dense(
        origin_ids=design.origin_ids,
        destination_ids=design.destination_ids,
        origin_weight=design.origin_weight,
        destination_weight=design.destination_weight,
        weight=weight,
        vectors=several[1:],
        factor=cholesky(complement + free.T @ free, lower=True),
    )


def _piece_of_destinations(weight: Reals) -> Rows:
    origin, destination = np.nonzero(weight)
    size = sum(weight.shape)
    links = coo_array(
        (np.ones(len(origin), np.int8), (origin, destination + len(weight))), shape=(size, size)
    )
    return np.asarray(connected_components(links, directed=False)[1][len(weight) :], np.int64)


def _columns(dense: _Dense, several: list[NDArray[np.integer]], parts: int) -> list[_Columns]:
    """Return the borders of some partitions: large products are made for all at once."""
    numbers = np.arange(parts)
    out, into = (
        np.concatenate([part[ids, None] == numbers for part in several], axis=1).astype(np.float64)
        for ids in (dense.origin_ids, dense.destination_ids)
    )
    to_part, from_part = dense.weight @ into, dense.weight.T @ out
    over = dense.vectors @ into
    found = []
    for place in range(len(several)):
        own = slice(place * parts, (place + 1) * parts)
        found.append(
            _borders(dense, out[:, own], into[:, own], (to_part[:, own], from_part[:, own]),
                     out[:, own].T @ over[:, :, own])
        )  # fmt: skip
    return found


def _borders(
    dense: _Dense, out: Reals, into: Reals, toward: tuple[Reals, Reals], over: Reals
) -> _Columns:
    """Return the borders of one partition.

    Parameters
    ----------
    out, into
        Which origin and destination is in which part, (O, P), (D, P).
    toward
        Weights from each origin to each part, (O, P), and to each destination from each, (D, P).
    over
        Sums of the vectors from part to part, (1 + F, P, P).
    """
    to_part, from_part = toward
    between = out.T @ to_part
    between += between.T
    left, right = np.nonzero(np.triu(between > 0, 1))
    # By part of the origin, so that each origin is read once and not once for every border.
    share = to_part / dense.origin_weight[:, None]
    explained = np.empty((len(into), len(between), len(between)))
    for k in range(len(between)):
        mine = out[:, k] > 0
        explained[:, k, :] = dense.weight[mine].T @ share[mine]
    rest = into[:, left] * from_part[:, right] + into[:, right] * from_part[:, left]
    rest -= explained[:, left, right] + explained[:, right, left]
    return _Columns(
        left=left,
        right=right,
        by_origin=out[:, left] * to_part[:, right] + out[:, right] * to_part[:, left],
        scaled=rest / np.sqrt(dense.destination_weight)[:, None],
        crossing=between[left, right],
        sums=over[:, left, right] + over[:, right, left],
    )


def _products(dense: _Dense, one: _Columns, white: Reals) -> tuple[Reals, Reals]:
    """Return b'WMc (E, E) of any two columns and b'WMy (E,)."""
    basis = one.sums[1:]
    taken = one.by_origin.T @ (one.by_origin / dense.origin_weight[:, None])
    gram = np.diag(one.crossing) - taken - white.T @ white - basis.T @ basis
    return gram, one.sums[0]


def _enter(
    found: PartEffects, row: int, one: _Columns, products: tuple[Reals, Reals], near: Flags
) -> None:
    """Write the effects of one partition into `found`; shares are weights as yet."""
    if not len(one.left):
        return
    gram, response = products

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
