"""Gravity from lists that were cut off: only the largest flows of each origin are published.

    ln T_ij = x_ij'b + a_i + g_j + s e_ij,    e standard normal

A listed pair counts with its density, a pair that is not listed with the chance that its flow is
at most c_ij, the smallest flow that its origin lists:

    ln L = sum_listed ln phi((ln T - m) / s) - ln s  +  sum_unlisted ln Phi((ln c - m) / s)

(Tobin 1958; with a threshold of each observation's own, Amemiya 1984, Tobit models: a survey.)
That c is itself a flow of the list changes nothing: the density of the k largest of independent
variables, and of which they are, is the same product (Lawless 2003, Statistical models and methods
for lifetime data, 2.2.2, for type II censoring).

Why log-normal and not Poisson. Without censoring, Poisson pseudo-likelihood needs only the mean
to be right. With it the whole distribution matters, and Poisson's says that a flow of mean
10,000 is hardly ever below 9,700: one pair that is unlisted against expectation would outweigh
all others. Flows differ from what gravity expects by factors, whatever their size. The log-normal
says so, its s is estimated, and a change of unit changes nothing but the effects.

In b/s, effects/s and 1/s the likelihood is concave (Olsen 1978, Note on the uniqueness of the
maximum likelihood estimator for the Tobit model), so that Newton's steps lead to the only top.
Where lists are short beside the number of effects, s and b come out too near to zero (Neyman &
Scott 1948): in simulations with four listed flows for each effect distance by 3 to 4 %, with
eight by 1 to 2 %. `redraws` takes this bias off: flows are drawn from the fitted model, lists are
cut to the length they had, all is fitted again, and what b and s lose on average is given back
(Efron & Tibshirani 1993, An introduction to the bootstrap, chapter 10). Some of it is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr, stdtr, stdtrit

from onecity.core.errors import InputError, RangeError
from onecity.models.effects import Reals, Rows
from onecity.models.least_squares import Errors

from .pairs import FlowPairs, flow_pairs
from .ppml import Line, less_effects
from .variance import Clusters, cluster_codes, clustered

Flags = NDArray[np.bool_]

_ROOT = float(np.log(2 * np.pi) / 2)
_STEPS = 100
_HALVINGS = 40
#: Newton's decrement for each pair that counts as none, and where rounding may end it.
_NEAR = 1e-20
_ROUNDING = 1e-12
#: Pairs count for at least this in a step, so that no place is left without weight.
_LIGHTEST = 1e-12
#: Curvatures of regressors of like size further apart than this show no top.
_FLAT = 1e14


@dataclass(frozen=True, slots=True)
class CensoredFit:
    """A log-normal regression of flows whose lists were cut off.

    Attributes
    ----------
    names
        The K regressors.
    coefficients : float64 (K,)
        Effects on ln T, less `bias`.
    bias : float64 (K,)
        What was taken off: zero without redraws.
    redraws
        Redraws that had all coefficients.
    sigma, sigma_error
        Spread of ln T about its mean, with redraws set right too, and its clustered standard error.
    classical, clustered : float64 (K, K)
        Covariances: from the likelihood's curvature, and by cluster (Liang & Zeger 1986).
    clusters
        Clusters, of two ways the fewer.
    pairs, listed, given
        Pairs that took part, those of them that are listed, and rows given.
    origins, destinations, components
        Effects, and pieces of the graph that pairs make of them.
    log_likelihood
        At the top, of ln T.
    steps
        Newton's steps.
    mean_log : float64 (M,)
        Mean of ln T of each given row; NaN where it took no part.
    separated : int64
        Given rows not listed where no finite effects fit, as to a destination that nobody lists:
        the likelihood calls their flow zero.
    singletons : int64
        Given rows that are the only pair of an origin or a destination: left out.
    omitted
        Regressors without a finite coefficient, because no listed pair tells them from others.
    """

    names: tuple[str, ...]
    coefficients: Reals
    bias: Reals
    redraws: int
    sigma: float
    sigma_error: float
    classical: Reals
    clustered: Reals
    clusters: int
    pairs: int
    listed: int
    given: int
    origins: int
    destinations: int
    components: int
    log_likelihood: float
    steps: int
    mean_log: Reals
    separated: Rows
    singletons: Rows
    omitted: tuple[str, ...]

    def place(self, name: str) -> int:
        """Return the place of a regressor.

        Raises
        ------
        InputError
            It took no part.
        """
        if name not in self.names:
            raise InputError("gravity.no_regressor", given=name, names=", ".join(self.names))
        return self.names.index(name)

    def standard_errors(self, errors: Errors = "clustered") -> Reals:
        """Return the standard error of each coefficient (K,)."""
        kind = self.clustered if errors == "clustered" else self.classical
        return np.asarray(np.sqrt(np.diag(kind)))

    def table(self, level: float = 0.95, errors: Errors = "clustered") -> tuple[Line, ...]:
        """Return a line for each regressor.

        Intervals are Student's t with G - 1 degrees of freedom for clustered errors, the
        normal's otherwise.
        """
        freedom = max(float(self.clusters - 1), 1.0) if errors == "clustered" else np.inf
        half = float(stdtrit(freedom, 0.5 + level / 2))
        found = []
        for name, value, error in zip(
            self.names, self.coefficients, self.standard_errors(errors), strict=True
        ):
            with np.errstate(divide="ignore", invalid="ignore"):
                far = -abs(value) / error
            p = 2 * float(ndtr(far) if np.isinf(freedom) else stdtr(freedom, far))
            low, high = float(value - half * error), float(value + half * error)
            found.append(Line(name, float(value), float(error), low, high, p))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Top:
    """Where the likelihood is highest, pairs in the order of the design.

    Attributes
    ----------
    point : float64 (K + 1,)
        Coefficients over s, and 1 / s.
    rest : float64 (m,)
        (ln T - m) / s, or (ln c - m) / s where unlisted.
    slope : float64 (m,)
        d ln L / d (m / s).
    left : float64 (m, K + 1)
        Regressors and minus ln flow, less what effects explain of them.
    inverse : float64 (K + 1, K + 1)
        Covariance of `point`.
    value
        ln L.
    steps
        Newton's.
    """

    point: Reals
    rest: Reals
    slope: Reals
    left: Reals
    inverse: Reals
    value: float
    steps: int


def censored(
    origin: ArrayLike,
    destination: ArrayLike,
    flow: ArrayLike,
    listed: ArrayLike,
    regressors: Mapping[str, ArrayLike],
    *,
    clusters: Clusters | ArrayLike = "origin",
    redraws: int = 0,
    seed: int = 0,
) -> CensoredFit:
    """Fit flows of which only the top of each list is known.

    Parameters
    ----------
    origin, destination
        Places of each pair, any labels, shape (M,). All pairs that could have been listed,
        those that were not among them.
    flow
        Above zero, shape (M,): the flow of a listed pair, and the most that an unlisted pair can
        have, which is the smallest flow its origin lists.
    listed
        Which pairs are listed, shape (M,).
    regressors
        Name to values, finite, shape (M,).
    clusters
        As in `ppml.ppml`. By default origins: pairs of one list share its threshold.
    redraws
        How often to draw flows anew to take the bias of short lists off; 20 will do.
    seed
        Of the redraws: the same gives the same.

    Raises
    ------
    InputError
        A flow that is missing or not above zero (zeros that are known call for `ppml`), what
        `flow_pairs` refuses, or too few listed pairs for the effects.
    RangeError
        The top was not found, as where listed flows fit without any rest.
    """
    bound = np.asarray(flow, np.float64)
    shown = np.asarray(listed, np.bool_)
    if shown.shape != bound.shape:
        raise InputError("gravity.shape", what="listed", given=shown.shape, pairs=bound.size)
    wrong = ~(np.isfinite(bound) & (bound > 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError("flows.not_positive", row=row, given=float(bound[row]))
    # What has no finite top is the same as if unlisted flows were zero and Poisson: directions
    # that change no listed pair and lower, or leave, every other one.
    pairs = flow_pairs(origin, destination, np.where(shown, bound, 0.0), regressors)
    design, count = pairs.design, len(pairs.names)
    taken = shown[design.rows]
    if taken.sum() <= count + design.taken:
        effects = count + design.taken
        raise InputError("flows.no_freedom", listed=int(taken.sum()), effects=effects)
    logs = np.log(bound[design.rows])
    centre = float(logs[taken].mean())
    top = _top(pairs, logs - centre, taken)
    fit = _result(pairs, logs, taken, top, clusters)
    return _less_bias(fit, pairs, taken, redraws, seed) if redraws else fit


def _less_bias(
    fit: CensoredFit, pairs: FlowPairs, listed: Flags, redraws: int, seed: int
) -> CensoredFit:
    """Return a fit less the mean error of fits to flows drawn from it."""
    rng = np.random.default_rng(seed)
    # Errors grow with s, and the s that was found is itself too small: by as much, in the first
    # quarter of the draws, as the s found in them is smaller than theirs.
    first = [_redrawn(fit, pairs, listed, fit.sigma, rng) for _ in range(max(redraws // 4, 1))]
    known = [one.sigma for one in first if one is not None]
    sigma = fit.sigma**2 / float(np.mean(known)) if known else fit.sigma
    drawn = [_redrawn(fit, pairs, listed, sigma, rng) for _ in range(redraws)]
    missed = [one.coefficients - fit.coefficients for one in drawn if one is not None]
    if not missed:
        raise InputError("flows.no_redraw", redraws=redraws)
    bias = np.mean(missed, axis=0)
    return replace(
        fit,
        coefficients=fit.coefficients - bias,
        bias=bias,
        redraws=len(missed),
        sigma=sigma,
        sigma_error=fit.sigma_error * sigma / fit.sigma,
    )


def _redrawn(
    fit: CensoredFit,
    pairs: FlowPairs,
    listed: Flags,
    sigma: float,
    rng: np.random.Generator,
) -> CensoredFit | None:
    """Return the fit to flows drawn anew, lists being as long as they were.

    None where a regressor is the same for all that is listed then.
    """
    design = pairs.design
    mean = fit.mean_log[design.rows]
    lengths = np.bincount(design.origin, listed, len(design.origin_ids)).astype(np.int64)
    drawn = mean - mean.mean() + sigma * rng.standard_normal(len(mean))
    # Pairs stand in the order of their origins: places within a list are a difference.
    order = np.lexsort((-drawn, design.origin))
    rank = np.empty(len(mean), np.int64)
    rank[order] = np.arange(len(mean)) - np.repeat(design.first[:-1], np.diff(design.first))
    shown = rank < lengths[design.origin]
    last = np.full(len(lengths), drawn.min())
    held = rank == lengths[design.origin] - 1
    last[design.origin[held]] = drawn[held]
    flow = np.exp(np.where(shown, drawn, last[design.origin]))
    columns = pairs.centred.columns * pairs.centred.scale
    x = {name: columns[:, k] for k, name in enumerate(pairs.names)}
    try:
        again = censored(design.origin, design.destination, flow, shown, x)
    except InputError:
        return None
    return again if again.names == fit.names else None


def _slopes(rest: Reals, listed: Flags, h: float) -> tuple[float, Reals, Reals]:
    """Return ln L, and by pair its slope in the mean m / s and minus its second derivative."""
    log_chance = log_ndtr(rest)
    # phi / Phi, far down where both are tiny too.
    ratio = np.exp(-0.5 * rest**2 - _ROOT - log_chance)
    value = np.where(listed, np.log(h) - _ROOT - 0.5 * rest**2, log_chance).sum()
    weight = np.where(listed, 1.0, np.clip(ratio * (rest + ratio), _LIGHTEST, 1.0))
    return float(value), np.where(listed, rest, -ratio), weight


def _top(pairs: FlowPairs, log: Reals, listed: Flags) -> _Top:
    """Return where ln L is highest.

    A step of Newton's is a weighted regression of slope / weight on regressors and effects;
    1 / s is the coefficient of minus ln flow, with a term of its own from the densities.
    """
    columns = np.column_stack([pairs.centred.columns, -log])
    last, shown = columns.shape[1] - 1, int(listed.sum())
    point = np.zeros(last + 1)
    point[last] = 1.0 / max(float(log[listed].std()), 1e-300)
    rest = point[last] * log
    value, slope, weight = _slopes(rest, listed, point[last])
    decrement = np.inf
    for step in range(1, _STEPS + 1):
        h = float(point[last])
        working = slope / weight
        both = less_effects(pairs, weight, np.column_stack([columns, working]))
        left = both[:, :-1]
        curved = left.T @ (weight[:, None] * left)
        curved[last, last] += shown / h**2
        gradient = left.T @ slope
        gradient[last] += shown / h
        if not np.linalg.cond(curved) < _FLAT:
            break
        inverse = np.asarray(np.linalg.inv(curved), np.float64)
        move = inverse @ gradient
        shift = left @ move + working - both[:, -1]
        decrement = float(slope @ shift + shown / h * move[last]) / len(log)
        best = _Top(point, rest, slope, left, inverse, value, step)
        if decrement <= _NEAR:
            return best
        for halving in range(_HALVINGS):
            length = 0.5**halving
            if h + length * move[last] > 0:
                tried = rest - length * shift
                found = _slopes(tried, listed, h + length * move[last])
                if found[0] > value:
                    break
        else:
            if decrement <= _ROUNDING:
                return best
            break
        point, rest, (value, slope, weight) = point + length * move, tried, found
    raise RangeError("gravity.not_found", steps=step, error=decrement)


def _result(
    pairs: FlowPairs, logs: Reals, listed: Flags, top: _Top, clusters: Clusters | ArrayLike
) -> CensoredFit:
    design, count, point = pairs.design, len(pairs.names), top.point
    h, scale = float(point[count]), pairs.centred.scale
    # What b and ln s change by for a change of (b/s, 1/s).
    change = np.zeros((count + 1, count + 1))
    change[np.arange(count), np.arange(count)] = 1 / (h * scale)
    change[:count, count] = -point[:count] / (h**2 * scale)
    change[count, count] = -1 / h
    scores = top.slope[:, None] * top.left
    scores[:, count] += np.where(listed, 1 / h, 0.0)
    grouped, groups = clustered(
        np.eye(count + 1), scores @ top.inverse @ change.T, cluster_codes(pairs, clusters)
    )
    mean_log = np.full(len(pairs.given), np.nan)
    mean_log[design.rows] = logs - top.rest / h
    return CensoredFit(
        names=pairs.names,
        coefficients=point[:count] / (h * scale),
        bias=np.zeros(count),
        redraws=0,
        sigma=1 / h,
        sigma_error=float(np.sqrt(grouped[count, count]) / h),
        classical=(change @ top.inverse @ change.T)[:count, :count],
        clustered=grouped[:count, :count],
        clusters=groups,
        pairs=len(logs),
        listed=int(listed.sum()),
        given=len(pairs.given),
        origins=len(design.origin_ids),
        destinations=len(design.destination_ids),
        components=design.components,
        log_likelihood=top.value,
        steps=top.steps,
        mean_log=mean_log,
        separated=pairs.separated,
        singletons=pairs.singletons,
        omitted=pairs.omitted,
    )
