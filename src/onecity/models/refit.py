"""Border effects again, for other times on the same pairs.

Of the regressions of `border`, only the response hangs on travel times; pairs, weights, distances
and borders stay what they are when a road is built. With M the projection that takes out the
effects of origins and destinations, X the absorbed regressors of one regression and y = M ln t,

    b = (X'WX)^-1 X'Wy,    e = y - X b

and the clustered variance of a coefficient (Liang & Zeger 1986) is, with q its column of
X (X'WX)^-1,

    c * sum_g (sum_{i in g} w_i q_i e_i)^2.

Every X is a few sums of the same columns: one for each two cities that some pair crosses between,
and the regressors beside them. They are absorbed once; other times then take absorbing one vector
and one pass over the pairs, instead of absorbing and multiplying some dozens. Figures are those of
`border.border_effect` but for rounding, which a test holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.special import stdtrit

from onecity.core.errors import InputError

from .border import LN_KM, TravelPairs, unless_nothing
from .effects import Reals, Rows, absorb
from .least_squares import check_products, residual_freedom


@dataclass(frozen=True, slots=True)
class Columns:
    """What the regressions on some pairs are made of, absorbed once.

    Attributes
    ----------
    pairs
        From `border.travel_pairs`; their times play no part.
    crossing : int64 (m,)
        Which of B kinds of border each pair crosses, in the design's order; -1 for none.
    absorbed : float64 (m, B + F + 1)
        A column for each kind, then the regressors of `pairs`.
    products
        Their weighted products, (B + F + 1, B + F + 1).
    crossed : float64 (B + 1,)
        Weight of the pairs that cross none, and each kind.
    """

    pairs: TravelPairs
    crossing: Rows
    absorbed: Reals
    products: Reals
    crossed: Reals

    @property
    def kinds(self) -> int:
        """B, the kinds of border."""
        return int(self.absorbed.shape[1]) - len(self.pairs.names)


@dataclass(frozen=True, slots=True)
class Question:
    """One regression, as far as it hangs on no time.

    Attributes
    ----------
    choice : float64 (B + F + 1, K)
        How its K regressors are summed from the columns.
    factor
        Of their products, scaled; with `scale` (K,).
    influence : float64 (B + F + 1, wanted)
        How the weights by which the first coefficients follow the response are summed from the
        columns.
    clusters : int64 (m,)
        Cluster of each pair, from 0.
    groups
        How many clusters there are.
    few
        The factor c above: G / (G - 1) * (m - 1) / freedom.
    distance
        Place of ln km among the regressors.
    """

    choice: Reals
    factor: tuple[Reals, bool]
    scale: Reals
    influence: Reals
    clusters: Rows
    groups: int
    few: float
    distance: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Effects of one regression.

    Attributes
    ----------
    beta : float64 (wanted,)
        Effects on ln minutes.
    interval : float64 (wanted, 2)
        95 % by errors clustered by pairs.
    theta
        Elasticity of time to distance beside them.
    """

    beta: Reals
    interval: Reals
    theta: float


def columns_of(pairs: TravelPairs, crossing: ArrayLike, threads: int | None = None) -> Columns:
    """Absorb the columns of the borders that pairs cross.

    Parameters
    ----------
    pairs
        From `border.travel_pairs`.
    crossing
        Which kind of border each pair crosses, 0..B-1, or -1 for none; shape (m,), in the
        design's order. Every kind is crossed by some pair.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    InputError
        Another shape, or a kind that no pair crosses.
    """
    kind = np.asarray(crossing, np.int64)
    if kind.shape != pairs.origin.shape:
        raise InputError("border.shape", what="crossing", given=kind.shape, pairs=len(pairs.origin))
    count = np.bincount(kind[kind >= 0])
    if not len(count) or not count.all():
        raise InputError("border.none_crosses", pairs=len(kind))
    given = (kind[:, None] == np.arange(len(count))).astype(np.float64)
    absorbed = np.column_stack([absorb(pairs.design, given, threads).residual, pairs.regressors])
    absorbed = np.ascontiguousarray(absorbed)
    weight = pairs.design.weight
    return Columns(
        pairs=pairs,
        crossing=kind,
        absorbed=absorbed,
        products=_products(absorbed, weight),
        crossed=np.asarray(np.bincount(kind + 1, weight, len(count) + 1), np.float64),
    )


def question(
    columns: Columns,
    choice: ArrayLike,
    names: tuple[str, ...],
    clusters: ArrayLike,
    *,
    wanted: int | None = None,
    beside: tuple[str, ...] | None = None,
) -> Question:
    """Return a regression made ready for any times.

    Parameters
    ----------
    columns
        From `columns_of`.
    choice
        How each border regressor is summed from kinds of border, shape (B, k).
    names
        What they are called, in messages.
    clusters
        Cluster of each pair, whole numbers from 0, each taken, shape (m,).
    wanted
        How many of the first border regressors are asked for; None for all.
    beside
        Which regressors of the pairs stand beside them; None for all. ``ln km`` always does.

    Raises
    ------
    InputError
        Fewer pairs than parameters, a single cluster, or a border that the effects or the other
        regressors absorb.
    """
    pairs, design = columns.pairs, columns.pairs.design
    borders = np.asarray(choice, np.float64)
    kept = [k for k, name in enumerate(pairs.names) if beside is None or name in beside]
    cluster = np.asarray(clusters, np.int64)
    groups = int(cluster.max()) + 1
    if groups < 2:
        raise InputError("border.one_cluster", pairs=len(cluster))
    count = borders.shape[1] + len(kept)
    freedom = residual_freedom(design, count)
    whole = np.zeros((columns.absorbed.shape[1], count))
    whole[: columns.kinds, : borders.shape[1]] = borders
    whole[columns.kinds + np.array(kept), borders.shape[1] + np.arange(len(kept))] = 1.0
    gram = whole.T @ columns.products @ whole
    # Borders last, as the check wants them.
    last = np.roll(np.arange(count), len(kept))
    check_products(_spread(columns, borders), gram[np.ix_(last, last)], names)
    scale = np.sqrt(np.diag(gram))
    factor = cho_factor(gram / np.outer(scale, scale))
    bread = cho_solve(factor, np.eye(count)) / np.outer(scale, scale)
    asked = borders.shape[1] if wanted is None else wanted
    return Question(
        choice=whole,
        factor=factor,
        scale=scale,
        influence=whole @ bread[:, :asked],
        clusters=cluster,
        groups=groups,
        few=groups / (groups - 1) * (len(cluster) - 1) / freedom,
        distance=borders.shape[1] + [pairs.names[k] for k in kept].index(LN_KM),
    )


def refit(
    columns: Columns,
    questions: Sequence[Question],
    minutes: ArrayLike,
    *,
    level: float = 0.95,
    threads: int | None = None,
) -> tuple[Answer, ...]:
    """Return the effects of every regression at some times.

    Parameters
    ----------
    columns, questions
        From `columns_of` and `question`.
    minutes
        Travel time of each pair, above zero, shape (m,), in the design's order.
    level
        Of the intervals.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    InputError
        A time that is missing, not above zero, or a wrong shape.
    """
    design = columns.pairs.design
    times = np.asarray(minutes, np.float64)
    if times.shape != design.weight.shape:
        raise InputError("border.shape", what="minutes", given=times.shape, pairs=len(design.rows))
    wrong = ~(np.isfinite(times) & (times > 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            "border.not_above_zero",
            what="minutes",
            row=row,
            origin=int(columns.pairs.origin[row]),
            destination=int(columns.pairs.destination[row]),
            given=float(times[row]),
        )
    logs = np.log(times)
    response = unless_nothing(design, logs, absorb(design, logs, threads).residual[:, 0])
    right = columns.absorbed.T @ (design.weight * response)
    coefficients = [_solved(columns, one, right) for one in questions]
    sums = _cluster_sums(columns, questions, coefficients, response)
    answers = []
    for one, beta, total in zip(questions, coefficients, sums, strict=True):
        wanted = one.influence.shape[1]
        error = np.sqrt(one.few * (total**2).sum(axis=0))
        half = float(stdtrit(one.groups - 1, 0.5 + level / 2)) * error
        found = beta[:wanted]
        interval = np.column_stack([found - half, found + half])
        answers.append(Answer(found, interval, float(beta[one.distance])))
    return tuple(answers)


def _spread(columns: Columns, borders: Reals) -> Reals:
    """Return `least_squares.spread` of sums of kinds of border, (k,), from their weights."""
    values = np.vstack([np.zeros(borders.shape[1]), borders])
    some = columns.crossed > 0
    values, weight = values[some], columns.crossed[some]
    spread = weight @ (values - (weight @ values) / weight.sum()) ** 2
    return np.where(values.min(axis=0) == values.max(axis=0), 0.0, spread)


@njit(cache=True, nogil=True, fastmath={"contract"})
def _products(columns: Any, weight: Any) -> Any:
    """Return the weighted products of columns (m, K), in one thread: see `_add_scores`."""
    count = columns.shape[1]
    found = np.zeros((count, count))
    for i in range(len(weight)):
        for a in range(count):
            value = weight[i] * columns[i, a]
            for b in range(count):
                found[a, b] += value * columns[i, b]
    return found


def _solved(columns: Columns, one: Question, right: Reals) -> Reals:
    """Return the coefficients of one regression from the columns' products with the response."""
    beta = np.zeros(len(one.scale))
    left = one.choice.T @ right
    gram = one.choice.T @ columns.products @ one.choice
    # The second step mends what solving loses to rounding.
    for _ in range(2):
        rest = left - gram @ beta
        beta = beta + cho_solve(one.factor, rest / one.scale) / one.scale
    return beta


def _cluster_sums(
    columns: Columns, questions: Sequence[Question], coefficients: list[Reals], response: Reals
) -> list[Reals]:
    """Return for each regression the sums over clusters of w q e, (groups, wanted)."""
    fitted = [one.choice @ beta for one, beta in zip(questions, coefficients, strict=True)]
    wanted = [one.influence.shape[1] for one in questions]
    # Regressions that share their clusters share one array of them.
    shared: dict[int, Rows] = {id(one.clusters): one.clusters for one in questions}
    place = {key: number for number, key in enumerate(shared)}
    sums = np.zeros((max(one.groups for one in questions), sum(wanted)))
    _add_scores(
        columns.absorbed,
        columns.pairs.design.weight,
        response,
        np.column_stack(fitted + [one.influence for one in questions]),
        np.repeat(np.arange(len(questions)), wanted),
        np.column_stack(list(shared.values())),
        np.repeat([place[id(one.clusters)] for one in questions], wanted),
        sums,
    )
    ends = np.cumsum([0, *wanted])
    return [sums[: one.groups, ends[k] : ends[k + 1]] for k, one in enumerate(questions)]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _add_scores(
    columns: Any,
    weight: Any,
    response: Any,
    vectors: Any,
    regression: Any,
    clusters: Any,
    clustering: Any,
    sums: Any,
) -> None:
    """Add w q e of every pair to its clusters.

    One thread and no matrix product of another library: many what-ifs may run at once.

    Parameters
    ----------
    columns, weight, response
        Shapes (m, K), (m,), (m,).
    vectors
        The R regressions' fitted combination of columns, then the E influences, (K, R + E).
    regression, clustering
        Of each influence: its regression, and its column of `clusters`, (E,).
    clusters
        Shape (m, clusterings).
    sums
        Shape (groups, E), added to.
    """
    width, count = vectors.shape[1], len(regression)
    before = width - count
    row = np.empty(width)
    for i in range(len(weight)):
        row[:] = 0.0
        for k in range(columns.shape[1]):
            value = columns[i, k]
            for j in range(width):
                row[j] += value * vectors[k, j]
        for e in range(count):
            error = response[i] - row[regression[e]]
            sums[clusters[i, clustering[e]], e] += weight[i] * row[before + e] * error
