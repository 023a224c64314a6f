"""Placebo borders: how large an effect borders have that are none.

The regression of `border` is repeated with borders of made-up partitions, all else equal. With
M the projection that takes out effects and the other regressors,

    beta = b'W M y / b'W M b

so that nothing of the size of the pairs is absorbed again: b'W M y is a sum of the residual of y
over the pairs that cross, and b'W M b = b'Wb - r'N^+ r - q'q, where r are the sums of b by effect,
N the normal matrix of the effects and q the sums of an orthonormal basis of the regressors. The
borders themselves are never stored: labels of `LANES` partitions are compared in one sweep.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError, RangeError
from onecity.network.threads import in_order, thread_count

from .border import TravelPairs
from .dummies import codes
from .effects import LANES, Reals, most_sweeps, solve
from .least_squares import COLLINEAR

Tail = Literal["greater", "less", "both"]
#: Conjugate gradients are best in the norm of r'N^+ r, whose error is the square of this.
_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class Placebo:
    """The effect of real borders beside that of made-up ones.

    Attributes
    ----------
    beta
        Effect of the real borders.
    betas : float64 (n,)
        Effects of the made-up borders; NaN where they cannot be told from effects and
        regressors, or no pair crosses.
    crossing_share : float64 (n,)
        Share of the weight of pairs that cross made-up borders.
    real_crossing_share
        The same of the real borders.
    tail
        What counts as at least as extreme.
    as_extreme
        Made-up borders at least as extreme as the real ones.
    """

    beta: float
    betas: Reals
    crossing_share: Reals
    real_crossing_share: float
    tail: Tail
    as_extreme: int

    @property
    def known(self) -> Reals:
        """The effects that are known."""
        return self.betas[~np.isnan(self.betas)]

    @property
    def void(self) -> int:
        """Partitions without an effect."""
        return int(np.isnan(self.betas).sum())

    @property
    def p_value(self) -> float:
        """(as_extreme + 1) / (n + 1): the real borders are one of the draws."""
        return (self.as_extreme + 1) / (len(self.known) + 1)

    @property
    def mean(self) -> float:
        """Mean effect of borders that are none."""
        return float(self.known.mean())

    @property
    def sd(self) -> float:
        """Standard deviation of the same, with n - 1; NaN for one."""
        return float(self.known.std(ddof=1)) if len(self.known) > 1 else float("nan")

    def quantiles(self, shares: ArrayLike) -> Reals:
        """Return quantiles of the made-up effects, shape of `shares`."""
        return np.asarray(np.quantile(self.known, np.asarray(shares, np.float64)))


def placebo(
    pairs: TravelPairs,
    city: ArrayLike,
    partitions: ArrayLike,
    *,
    tail: Tail = "greater",
    threads: int | None = None,
) -> Placebo:
    """Return the effect of the real borders beside those of made-up partitions.

    Parameters
    ----------
    pairs
        From `border.travel_pairs`.
    city
        City of each zone, any labels, shape (Z,).
    partitions
        Part of each zone in each partition, whole numbers, shape (n, Z); see
        `partition.random_partitions`.
    tail
        ``"greater"``: as slow as the real borders or slower, for times and costs. ``"less"``
        for flows. ``"both"``: as far from zero.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    InputError
        Wrong shapes; the real borders have no effect of their own; no partition has one.
    RangeError
        Weights too far apart for the effects to be found.
    """
    if tail not in get_args(Tail):
        raise InputError("border.setting", what="tail", given=tail)
    names, real = codes(city, pairs.zones, "city")
    if len(names) < 2:
        raise InputError("border.one_city", given=names[0])
    made = np.asarray(partitions)
    if made.ndim != 2 or made.shape[1] < pairs.zones or not len(made):
        raise InputError("border.partitions_shape", given=made.shape, zones=pairs.zones)
    if not np.issubdtype(made.dtype, np.integer):
        raise InputError("border.partitions_not_whole", given=made.dtype.name)
    zones = pairs.zones
    betas, shares = _effects(pairs, [real[:zones], *made[:, :zones]], threads)
    if np.isnan(betas[0]):
        raise InputError("border.absorbed", name="border all")
    beta, others = float(betas[0]), betas[1:]
    known = others[~np.isnan(others)]
    if not len(known):
        raise InputError("border.no_placebo", given=len(others))
    extreme = {
        "greater": known >= beta,
        "less": known <= beta,
        "both": np.abs(known) >= abs(beta),
    }[tail]
    return Placebo(beta, others, shares[1:], float(shares[0]), tail, int(extreme.sum()))


def _effects(
    pairs: TravelPairs, labels: list[NDArray[np.integer]], threads: int | None
) -> tuple[Reals, Reals]:
    """Return effect and share of crossing weight for each labelling of the zones."""
    weight = pairs.design.weight
    residual = pairs.response - pairs.basis @ (pairs.basis.T @ (weight * pairs.response))
    vectors = np.ascontiguousarray(weight[:, None] * np.column_stack([residual, pairs.basis]))

    def block(start: int, _: None) -> tuple[Reals, Reals]:
        return _block(pairs, vectors, labels[start : start + LANES])

    starts = range(0, len(labels), LANES)
    done = list(in_order(block, starts, lambda: None, thread_count(threads)))
    return np.concatenate([b for b, _ in done]), np.concatenate([s for _, s in done])


def _block(
    pairs: TravelPairs, vectors: Reals, labels: list[NDArray[np.integer]]
) -> tuple[Reals, Reals]:
    """Do the same for up to `LANES` labellings."""
    design = pairs.design
    parts = np.zeros((pairs.zones, LANES))
    parts[:, : len(labels)] = np.column_stack(labels)
    by_origin = np.zeros((len(design.origin_ids), LANES))
    by_destination = np.zeros((len(design.destination_ids), LANES))
    sums = np.zeros((vectors.shape[1], LANES))
    _cross(
        design.first,
        design.destination,
        design.weight,
        vectors,
        parts[design.origin_ids],
        parts[design.destination_ids],
        by_origin,
        by_destination,
        sums,
    )
    crossing = by_origin.sum(axis=0)
    total = design.weight.sum()
    a, g, sweeps = solve(design, by_origin, by_destination, crossing, _TOLERANCE)
    if sweeps >= most_sweeps(design):
        raise RangeError("border.not_absorbed", error=_TOLERANCE)
    left = crossing - (by_origin * a).sum(axis=0) - (by_destination * g).sum(axis=0)
    left -= (sums[1:] ** 2).sum(axis=0)
    # Where all pairs cross, rounding leaves a little of nothing.
    known = left > COLLINEAR * crossing * np.maximum(1 - crossing / total, COLLINEAR)
    betas = np.where(known, sums[0] / np.where(known, left, 1.0), np.nan)
    return betas[: len(labels)], crossing[: len(labels)] / total


@njit(cache=True, nogil=True, fastmath={"contract"})
def _cross(
    first: Any,
    destination: Any,
    weight: Any,
    vectors: Any,
    from_part: Any,
    to_part: Any,
    by_origin: Any,
    by_destination: Any,
    sums: Any,
) -> None:
    """Add up weights and vectors over the pairs that cross, for each lane."""
    count = vectors.shape[1]
    for i in range(len(first) - 1):
        for p in range(first[i], first[i + 1]):
            w, j = weight[p], destination[p]
            for k in range(LANES):
                value = w if from_part[i, k] != to_part[j, k] else 0.0
                by_origin[i, k] += value
                by_destination[j, k] += value
            for v in range(count):
                value = vectors[p, v]
                for k in range(LANES):
                    sums[v, k] += value if from_part[i, k] != to_part[j, k] else 0.0
