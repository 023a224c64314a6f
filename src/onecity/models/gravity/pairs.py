"""Flows between places, checked, ordered, and with what cannot be estimated set aside."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows, TwoWay, two_way
from onecity.models.least_squares import COLLINEAR, check_products, spread

from . import kernels, separation
from .newton import SWEEPS, Graph

#: Regressors are centred this closely: enough to see which can be told apart.
_CENTRED = 1e-9


@dataclass(frozen=True, slots=True)
class Centred:
    """Regressors of like size with most of what effects explain taken out.

    Attributes
    ----------
    columns : float64 (m, K)
        ``(x - out_i - into_j) / scale``.
    out, into : float64 (O, K), (D, K)
        What was taken out.
    scale : float64 (K,)
    """

    columns: Reals
    out: Reals
    into: Reals
    scale: Reals


@dataclass(frozen=True, slots=True)
class FlowPairs:
    """Pairs of places with their flows, ready to be fitted.

    Attributes
    ----------
    design
        Pairs kept, in the order of their origins; `design.rows` are their given rows.
    origin_labels, destination_labels
        What was given for each origin id and destination id.
    flow, offset : float64 (m,)
        Of the pairs kept.
    names
        The K regressors that are estimated.
    centred
        They, at the pairs kept.
    start : float64 (K,)
        Coefficients to begin with, of `centred.columns`.
    given : float64 (M,)
        Flows as given.
    separated, singletons : int64
        Given rows left out: without flow, where no finite effects fit; the only pair of an
        origin or a destination, which the effect fits whatever the regressors are.
    omitted
        Regressors left out, because all that sets them apart are separated pairs: their
        coefficient falls or rises without end.
    """

    design: TwoWay
    origin_labels: NDArray[np.generic]
    destination_labels: NDArray[np.generic]
    flow: Reals
    offset: Reals
    names: tuple[str, ...]
    centred: Centred
    start: Reals
    given: Reals
    separated: Rows
    singletons: Rows
    omitted: tuple[str, ...]

    @property
    def graph(self) -> Graph:
        """The pairs kept, for the solver."""
        return Graph(self.design.first, self.design.destination)


def flow_pairs(
    origin: ArrayLike,
    destination: ArrayLike,
    flow: ArrayLike,
    regressors: Mapping[str, ArrayLike],
    *,
    offset: ArrayLike | None = None,
) -> FlowPairs:
    """Check flows and set aside what cannot be estimated.

    Parameters
    ----------
    origin, destination
        Places of each pair, any labels, shape (M,). An origin and a destination of the same
        label have an effect each. Pairs may repeat; those that are absent are unknown, while
        those of flow zero are known to be zero.
    flow
        Not negative and finite, any one unit, shape (M,).
    regressors
        Name to values, finite, shape (M,): the logarithm of distance, border dummies.
    offset
        Added to the logarithm of expected flows, shape (M,).

    Raises
    ------
    InputError
        A value that is missing or out of range, with its row; no flow at all; one place only;
        no pair left; a regressor that is constant, absorbed by effects or a combination of
        others on the pairs given.
    """
    ends = _ends(origin, destination)
    count = len(ends[0][1])
    given = _flows(flow, count)
    names = tuple(regressors)
    columns = [_finite(values, name, count) for name, values in regressors.items()]
    x = np.column_stack(columns) if columns else np.empty((count, 0))
    shift = np.zeros(count) if offset is None else _finite(offset, "offset", count)
    (out_labels, out), (into_labels, into) = ends
    pieces = separation.pieces(out, into, given)
    lost = separation.by_effects(*pieces)
    design = _kept(out, into, lost)
    # Where there is flow, for what cannot be told apart there may be separated elsewhere.
    centred = _centre(design, x[design.rows], given[design.rows] > 0)
    kept = list(range(len(names)))
    vanishing = _vanishing(centred, given[design.rows] > 0)
    start_known = vanishing.shape[1] == 0
    if not start_known:
        everywhere = _centre(design, x[design.rows], np.ones(len(design.rows), np.bool_))
        _check_apart(design, x[design.rows], everywhere, names)
        empty = given[design.rows] == 0
        rows = design.rows[empty]
        found = separation.by_regressors(
            pieces[0][rows], pieces[1][rows], centred.columns[empty] @ vanishing
        )
        lost[rows[found]] = True
        design = _kept(out, into, lost)
        centred = _centre(design, x[design.rows], np.ones(len(design.rows), np.bool_))
        kept = _apart(design, x[design.rows], centred)
        centred = _chosen(centred, kept)
    flows = given[design.rows]
    alone = np.ones(count, np.bool_)
    alone[design.rows] = False
    return FlowPairs(
        design=design,
        origin_labels=out_labels,
        destination_labels=into_labels,
        flow=flows,
        offset=shift[design.rows],
        names=tuple(names[k] for k in kept),
        centred=centred,
        start=_start(centred, flows, shift[design.rows]) if start_known else np.zeros(len(kept)),
        given=given,
        separated=np.flatnonzero(lost),
        singletons=np.flatnonzero(alone & ~lost),
        omitted=tuple(name for k, name in enumerate(names) if k not in kept),
    )


def _ends(
    origin: ArrayLike, destination: ArrayLike
) -> tuple[tuple[NDArray[np.generic], Rows], tuple[NDArray[np.generic], Rows]]:
    """Return labels and their places of origins and of destinations."""
    found = []
    count = np.size(origin)
    for what, labels in (("origin", np.asarray(origin)), ("destination", np.asarray(destination))):
        if labels.shape != (count,) or not count:
            raise InputError("gravity.shape", what=what, given=labels.shape, pairs=count)
        found.append(_coded(labels, what))
    for what, (labels, _) in zip(("origin", "destination"), found, strict=True):
        if len(labels) < 2:
            raise InputError("gravity.one_place", what=what, given=labels[0].item())
    return found[0], found[1]


def _coded(labels: NDArray[np.generic], what: str) -> tuple[NDArray[np.generic], Rows]:
    """Return the distinct labels, ascending, and the place of each."""
    if labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < 4 * len(labels) + 1024:
        # Small numbers need no sorting.
        taken = np.bincount(labels.astype(np.int64)) > 0
        return np.flatnonzero(taken), (np.cumsum(taken) - 1)[labels.astype(np.int64)]
    if labels.dtype.kind in "fOU":
        # NaN is the only value that differs from itself; None stands in columns of objects.
        missing = [x is None or x == "" or x != x for x in labels.tolist()]  # noqa: PLR0124
        if any(missing):
            raise InputError("gravity.no_label", what=what, row=missing.index(True))
    distinct, places = np.unique(labels, return_inverse=True)
    return distinct, np.asarray(places, np.int64)


def _flows(flow: ArrayLike, count: int) -> Reals:
    given = _finite(flow, "flow", count)
    if (given < 0).any():
        row = int(np.argmax(given < 0))
        raise InputError("gravity.negative", row=row, given=float(given[row]))
    if not given.any():
        raise InputError("gravity.no_flow", pairs=count)
    return given


def _finite(values: ArrayLike, what: str, count: int) -> Reals:
    try:
        given = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("gravity.not_numbers", what=what, given=str(error)) from error
    if given.shape != (count,):
        raise InputError("gravity.shape", what=what, given=given.shape, pairs=count)
    wrong = ~np.isfinite(given)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("gravity.not_finite", what=what, row=row, given=float(given[row]))
    return given


def _kept(out: Rows, into: Rows, lost: NDArray[np.bool_]) -> TwoWay:
    """Order the pairs that are not lost, without singletons."""
    try:
        return two_way(out, into, (~lost).astype(np.float64))
    except InputError as error:
        raise InputError("gravity.no_pairs", pairs=len(lost), separated=int(lost.sum())) from error


def _centre(design: TwoWay, x: Reals, some: NDArray[np.bool_]) -> Centred:
    """Take effects out of regressors, as they are where `some` pairs are."""
    columns = np.ascontiguousarray(x)
    mean = columns.mean(axis=0)
    columns = columns - mean
    scale = np.sqrt((columns**2).mean(axis=0))
    scale[scale == 0] = 1.0
    columns /= scale
    weight = some.astype(np.float64)
    count = columns.shape[1]
    origins, destinations = len(design.origin_ids), len(design.destination_ids)
    out, into = np.tile(mean, (origins, 1)), np.zeros((destinations, count))
    pairs = design.first, design.destination
    for _ in range(2 if count else 0):
        by_out, by_into = np.zeros((origins, count + 1)), np.zeros((destinations, count + 1))
        kernels.gather(*pairs, weight, columns, by_out, by_into, np.zeros((count + 1, count + 1)))
        g = np.zeros((destinations, count))
        a, _, _ = kernels.solve(
            *pairs, weight, by_out[:, 1:].copy(), by_into[:, 1:].copy(),
            by_out[:, 0].copy(), by_into[:, 0].copy(), np.full(count, _CENTRED), SWEEPS, g,
        )  # fmt: skip
        kernels.take_out(*pairs, a, g, columns)
        out += a * scale
        into += g * scale
    return Centred(columns, out, into, scale)


def _vanishing(centred: Centred, some: NDArray[np.bool_]) -> Reals:
    """Return combinations of centred columns that vanish at some pairs, shape (K, r)."""
    columns = centred.columns[some] if not some.all() else centred.columns
    values, vectors = np.linalg.eigh(columns.T @ columns / max(len(columns), 1))
    return np.asarray(vectors[:, values <= COLLINEAR])


def _check_apart(design: TwoWay, x: Reals, centred: Centred, names: tuple[str, ...]) -> None:
    """Make sure that regressors can be told apart on the pairs given."""
    given = spread(design, x) / centred.scale**2
    check_products(given, centred.columns.T @ centred.columns, names)


def _apart(design: TwoWay, x: Reals, centred: Centred) -> list[int]:
    """Return the regressors that can be told apart from effects and from those before."""
    kept: list[int] = []
    for k in range(x.shape[1]):
        tried = [*kept, k]
        try:
            _check_apart(design, x[:, tried], _chosen(centred, tried), ("",) * len(tried))
        except InputError:
            continue
        kept = tried
    return kept


def _chosen(centred: Centred, kept: list[int]) -> Centred:
    return Centred(
        np.ascontiguousarray(centred.columns[:, kept]),
        centred.out[:, kept],
        centred.into[:, kept],
        centred.scale[kept],
    )


def _start(centred: Centred, flow: Reals, offset: Reals) -> Reals:
    """Return the least-squares coefficients of ln flow, where there is some."""
    some = flow > 0
    columns = centred.columns[some]
    logs = np.log(flow[some]) - offset[some]
    return np.asarray(np.linalg.lstsq(columns.T @ columns, columns.T @ logs, rcond=None)[0])
