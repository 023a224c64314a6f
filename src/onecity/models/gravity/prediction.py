"""Flows that a model gives: within given totals, without borders, where none are observed.

What comes from here is modelled, never observed, and says so (`Modelled.nature`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.core.provenance import Nature
from onecity.models.effects import Reals, Rows

from . import kernels
from .newton import Graph, Sums, maximise

#: Totals of origins and of destinations that differ by more than this do not belong together.
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Modelled:
    """Modelled flows.

    Attributes
    ----------
    flow : float64 (M,)
        Expected flow of each pair.
    coefficients
        Name of each regressor to the coefficient that was given or found.
    found
        Names of coefficients that were found, so that flows meet a given mean.
    error
        How far sums are from what was asked for, relative.
    nature
        Always modelled.
    """

    flow: Reals
    coefficients: Mapping[str, float]
    found: tuple[str, ...]
    error: float
    nature: Nature = field(default=Nature.MODELLED)

    def drawn(self, seed: int) -> NDArray[np.int64]:
        """Return whole flows drawn from Poisson's distribution with these means, (M,)."""
        return np.random.default_rng(seed).poisson(self.flow)


def balanced(
    origin: ArrayLike, destination: ArrayLike, seed: ArrayLike, out: ArrayLike, into: ArrayLike
) -> Modelled:
    """Return a_i b_j seed_ij with given sums: the doubly constrained model (Wilson 1971).

    Parameters
    ----------
    origin, destination
        Zones 0..Z-1, shape (M,). Pairs that are absent have no flow.
    seed
        Not negative, shape (M,); pairs of seed zero keep it.
    out, into
        Sums by origin and by destination, not negative, shape (Z,); their totals are equal.

    Raises
    ------
    InputError
        Values out of range; totals that differ, overall or on a part of the graph; a sum above
        zero where no seed is.
    RangeError
        The pairs that have a seed cannot meet the sums.
    """
    rows, cols = _zones(origin, destination)
    weights = _not_negative(seed, "seed", len(rows))
    return _constrained(rows, cols, weights, out, into, {}, {})


def without_borders(
    origin: ArrayLike, destination: ArrayLike, flow: ArrayLike, effect: ArrayLike
) -> Modelled:
    """Return flows as they would be without borders: T e^-effect within the same sums.

    Parameters
    ----------
    origin, destination
        Zones 0..Z-1, shape (M,).
    flow
        Not negative, shape (M,).
    effect
        What borders add to ln T on each pair: the sum of beta_k b_ijk, shape (M,).

    Raises
    ------
    InputError
        Values out of range.
    """
    rows, cols = _zones(origin, destination)
    given = _not_negative(flow, "flow", len(rows))
    logs = _finite(effect, "effect", len(rows))
    zones = 1 + int(max(rows.max(), cols.max()))
    out, into = np.bincount(rows, given, zones), np.bincount(cols, given, zones)
    return _constrained(rows, cols, given, out, into, {"border": logs}, {"border": -1.0})


def simulated(
    origin: ArrayLike,
    destination: ArrayLike,
    out: ArrayLike,
    into: ArrayLike,
    regressors: Mapping[str, ArrayLike],
    coefficients: Mapping[str, float],
    *,
    means: Mapping[str, float] | None = None,
) -> Modelled:
    """Return flows where none are observed: given totals, effects from elsewhere.

    Parameters
    ----------
    origin, destination
        Zones 0..Z-1, shape (M,).
    out, into
        Sums by origin and by destination, shape (Z,), with the same total.
    regressors
        Name to values, shape (M,): the logarithm of distance, border dummies.
    coefficients
        Of those whose effect is known or assumed.
    means
        Of all others: their mean over flows, such as the mean trip length. Their coefficient
        is found (Hyman 1969; Evans 1971).

    Raises
    ------
    InputError
        As `balanced`; a regressor with neither coefficient nor mean, or with both; a mean
        outside what the regressor ranges over.
    RangeError
        The totals and means cannot be met together.
    """
    rows, cols = _zones(origin, destination)
    columns = {name: _finite(value, name, len(rows)) for name, value in regressors.items()}
    wanted = dict(means or {})
    for name in {*columns, *coefficients, *wanted}:
        if name not in columns or (name in coefficients) == (name in wanted):
            raise InputError("gravity.coefficient_or_mean", name=name)
    for name, mean in wanted.items():
        low, high = float(columns[name].min()), float(columns[name].max())
        if not low < mean < high:
            raise InputError("gravity.mean_range", name=name, given=mean, low=low, high=high)
    return _constrained(
        rows, cols, np.ones(len(rows)), out, into, columns, dict(coefficients), wanted
    )


def cross_border_share(flow: ArrayLike, crosses: ArrayLike) -> float:
    """Return the share of flows (M,) on pairs that cross a border, (M,) yes or no."""
    flows = _not_negative(flow, "flow", np.size(flow))
    if not flows.any():
        raise InputError("gravity.no_flow", pairs=len(flows))
    return float(flows[np.asarray(crosses, np.bool_)].sum() / flows.sum())


def _constrained(
    rows: Rows,
    cols: Rows,
    seed: Reals,
    out: ArrayLike,
    into: ArrayLike,
    columns: Mapping[str, Reals],
    known: Mapping[str, float],
    means: Mapping[str, float] | None = None,
) -> Modelled:
    """Meet sums, and means by coefficients."""
    zones = 1 + int(max(rows.max(), cols.max()))
    leaving, arriving = _totals(out, "out", zones), _totals(into, "into", zones)
    live = (seed > 0) & (leaving[rows] > 0) & (arriving[cols] > 0)
    _check_totals(rows[live], cols[live], leaving, arriving)
    kept = np.flatnonzero(live)
    kept = kept[np.argsort(rows[kept], kind="stable")]
    origins, tail = np.unique(rows[kept], return_inverse=True)
    ends, head = np.unique(cols[kept], return_inverse=True)
    offset = np.log(seed[kept])
    for name, value in known.items():
        offset += value * columns[name][kept]
    wanted = dict(means or {})
    x = np.column_stack([columns[name][kept] for name in wanted]) if wanted else None
    x = np.empty((len(kept), 0)) if x is None else x
    total = float(leaving.sum())
    # About their wanted means, so that sums of what is left are zero.
    x = x - np.array(list(wanted.values()))
    scale = np.sqrt((x**2).mean(axis=0))
    scale[scale == 0] = 1.0
    top = maximise(
        Graph(
            np.searchsorted(tail, np.arange(len(origins) + 1)).astype(np.int64),
            head.astype(np.int32),
        ),
        offset,
        np.ascontiguousarray(x / scale),
        Sums(leaving[origins], arriving[ends] * (total / arriving.sum()), np.zeros(len(wanted))),
    )
    flow = np.zeros(len(rows))
    flow[kept] = top.flow
    found = dict(zip(wanted, (top.coefficients / scale).tolist(), strict=True))
    return Modelled(flow, {**known, **found}, tuple(found), top.error)


def _check_totals(rows: Rows, cols: Rows, leaving: Reals, arriving: Reals) -> None:
    """Make sure that totals agree wherever pairs join zones, and that none is without a pair."""
    for what, sums, at in (("out", leaving, rows), ("into", arriving, cols)):
        alone = (sums > 0) & (np.bincount(at, minlength=len(sums)) == 0)
        if alone.any():
            zone = int(np.argmax(alone))
            raise InputError("gravity.no_way", what=what, zone=zone, given=float(sums[zone]))
    if not len(rows):
        raise InputError("gravity.no_flow", pairs=0)
    zones = len(leaving)
    some = np.ones(len(rows), np.bool_)
    piece = kernels.joined(rows, cols, some, zones, zones)
    from_sum = np.bincount(piece[:zones], leaving, 2 * zones)
    into_sum = np.bincount(piece[zones:], arriving, 2 * zones)
    apart = np.abs(from_sum - into_sum) > _SAME * np.maximum(from_sum, into_sum)
    if apart.any():
        place = int(np.argmax(apart))
        raise InputError(
            "gravity.totals_differ", out=float(from_sum[place]), into=float(into_sum[place])
        )


def _zones(origin: ArrayLike, destination: ArrayLike) -> tuple[Rows, Rows]:
    found: list[Any] = []
    for what, values in (("origin", origin), ("destination", destination)):
        given = np.asarray(values)
        if given.shape != (np.size(origin),) or not given.size:
            raise InputError("gravity.shape", what=what, given=given.shape, pairs=np.size(origin))
        if not np.issubdtype(given.dtype, np.integer):
            raise InputError("border.zones_not_whole", what=what, given=given.dtype.name)
        if given.min() < 0:
            row = int(np.argmax(given < 0))
            raise InputError("border.negative_zone", what=what, row=row, given=int(given[row]))
        found.append(given.astype(np.int64))
    return found[0], found[1]


def _totals(values: ArrayLike, what: str, zones: int) -> Reals:
    given = np.asarray(values, np.float64)
    if given.ndim != 1 or len(given) < zones:
        raise InputError("border.zone_shape", what=what, given=given.shape, zones=zones)
    if len(given) > zones and given[zones:].any():
        zone = zones + int(np.argmax(given[zones:] != 0))
        raise InputError("gravity.no_way", what=what, zone=zone, given=float(given[zone]))
    return _not_negative(given[:zones], what, zones)


def _not_negative(values: ArrayLike, what: str, count: int) -> Reals:
    given = _finite(values, what, count)
    if (given < 0).any():
        row = int(np.argmax(given < 0))
        raise InputError("gravity.negative", row=row, given=float(given[row]))
    return given


def _finite(values: ArrayLike, what: str, count: int) -> Reals:
    given = np.asarray(values, np.float64)
    if given.shape != (count,):
        raise InputError("gravity.shape", what=what, given=given.shape, pairs=count)
    wrong = ~np.isfinite(given)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("gravity.not_finite", what=what, row=row, given=float(given[row]))
    return given
