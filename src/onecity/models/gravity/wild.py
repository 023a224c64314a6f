"""A wild bootstrap of scores, for few clusters.

Clustered errors rest on a law of large numbers over clusters; nine cities give thirty-six city
pairs, of unequal size. The score bootstrap (Kline & Santos 2012) refits the model with the
coefficient held at the value in question, adds up by cluster the scores that then remain for it,
and asks how often scores with random signs are as far from zero, each sum studentised:

    t = sum s_g / sqrt(sum (s_g - mean s)^2),   t* the same with v_g s_g

v_g = +1 or -1 alike (Rademacher), all 2^G of them where that is no more than the draws asked
for. Webb's six points (Webb 2023) for fewer than 10 clusters draw from more than 2^G values.
The interval holds the values that are not refused, each with a refit of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

from .pairs import FlowPairs
from .ppml import PoissonFit, less_effects, top_of
from .variance import Clusters, cluster_codes, summed

Weights = Literal["rademacher", "webb"]
#: Bisections of an end of the interval: a thousandth of a standard error and less.
_HALVINGS = 12
#: Standard errors that are tried, doubling, for a value that is refused.
_FARTHEST = 64.0


@dataclass(frozen=True, slots=True)
class Wild:
    """A coefficient with its bootstrap.

    Attributes
    ----------
    name, coefficient
        Of the regressor.
    value
        What the p-value is of.
    p_value
        Share of draws as extreme as what was seen, both sides.
    low, high
        Of the interval; infinite where no value that far is refused.
    level
        Of the interval.
    clusters
        G.
    draws
        How many; 2^G where all were taken.
    exhaustive
        Whether all were taken.
    """

    name: str
    coefficient: float
    value: float
    p_value: float
    low: float
    high: float
    level: float
    clusters: int
    draws: int
    exhaustive: bool


def wild_bootstrap(
    pairs: FlowPairs,
    fit: PoissonFit,
    name: str,
    *,
    clusters: Clusters | ArrayLike = "pair",
    value: float = 0.0,
    level: float = 0.95,
    draws: int = 999,
    weights: Weights = "rademacher",
    seed: int = 0,
) -> Wild:
    """Return the p-value and interval of a coefficient.

    Parameters
    ----------
    pairs, fit
        The flows, and their regression by `ppml`.
    name
        The regressor.
    clusters
        As in `ppml`, of one way.
    value
        The p-value is that of a coefficient of this.
    level
        Of the interval.
    draws
        How many at most.
    weights
        Which.
    seed
        Of the random numbers: the same draws serve all values.

    Raises
    ------
    InputError
        A regressor that took no part, two ways of clusters, fewer than two clusters, or a
        setting out of range.
    """
    place = fit.place(name)
    for what, given, good in (
        ("level", level, 0 < level < 1),
        ("draws", draws, draws >= 19),
        ("weights", weights, weights in get_args(Weights)),
    ):
        if not good:
            raise InputError("border.setting", what=what, given=given)
    codes = cluster_codes(pairs, clusters)
    if len(codes) > 1:
        raise InputError("gravity.one_way")
    groups = int(codes[0].max()) + 1
    if groups < 2:
        raise InputError("border.one_cluster", pairs=len(codes[0]))
    signs = _signs(groups, draws, weights, seed)

    def p_value(at: float) -> float:
        return _p_value(_scores(pairs, place, at, codes[0], groups), signs)

    centre = float(fit.coefficients[place])
    step = float(fit.standard_errors("robust")[place])
    if not (np.isfinite(step) and step > 0):
        step = max(abs(centre), 1.0)
    low, high = (_end(p_value, centre, way * step, 1 - level) for way in (-1.0, 1.0))
    return Wild(
        name=name,
        coefficient=centre,
        value=value,
        p_value=p_value(value),
        low=low,
        high=high,
        level=level,
        clusters=groups,
        draws=len(signs),
        exhaustive=weights == "rademacher" and len(signs) == 2**groups,
    )


def _scores(pairs: FlowPairs, place: int, at: float, code: Rows, groups: int) -> Reals:
    """Return scores of one coefficient by cluster (G,), with it held at a value."""
    flow = top_of(pairs, place, at * float(pairs.centred.scale[place])).flow
    left = less_effects(pairs, flow)
    mine, others = left[:, place], np.delete(left, place, axis=1)
    root = np.sqrt(flow)
    shares = np.linalg.lstsq(others * root[:, None], mine * root, rcond=None)[0]
    # What effects and the other regressors explain has no sum, but has sums by cluster.
    efficient = mine - others @ shares
    return summed((efficient * (pairs.flow - flow))[:, None], code, groups)[:, 0]


def _signs(groups: int, draws: int, weights: Weights, seed: int) -> Reals:
    """Return a multiplier of each cluster for each draw, shape (n, G)."""
    if weights == "rademacher" and 2**groups <= draws + 1:
        every = np.arange(2**groups)[:, None] >> np.arange(groups)
        return np.asarray((every & 1) * 2.0 - 1.0)
    points = np.array([-1.0, 1.0])
    if weights == "webb":
        points = np.sqrt([0.5, 1.0, 1.5])
        points = np.concatenate([-points, points])
    return np.random.default_rng(seed).choice(points, (draws, groups))


def _p_value(scores: Reals, signs: Reals) -> float:
    """Return the share of draws whose statistic is as far from zero, the sample being one."""
    seen = _statistic(scores[None, :])[0]
    drawn = _statistic(signs * scores)
    # Ties of equal sums in another order are ties.
    extreme = int((np.abs(drawn) >= abs(seen) * (1 - 1e-12)).sum())
    if len(signs) == 2 ** signs.shape[1]:
        return extreme / len(signs)
    return (extreme + 1) / (len(signs) + 1)


def _statistic(scores: Reals) -> Reals:
    """Return the studentised sum of each row."""
    sums = scores.sum(axis=1)
    spread = np.sqrt(((scores - scores.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(sums / spread, nan=0.0, posinf=np.inf, neginf=-np.inf))


def _end(p_value: Callable[[float], float], centre: float, step: float, refuse: float) -> float:
    """Return where values begin to be refused, from the centre outwards."""
    inside, outside = 0.0, 1.0
    while p_value(centre + outside * step) > refuse:
        inside, outside = outside, 2 * outside
        if outside > _FARTHEST:
            return float(np.copysign(np.inf, step))
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if p_value(centre + middle * step) > refuse:
            inside = middle
        else:
            outside = middle
    return centre + inside * step
