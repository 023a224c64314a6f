"""Poisson pseudo-maximum likelihood of flows, with effects of origins and destinations.

    E T_ij = exp(offset_ij + x_ij'b + a_i + g_j)

(Santos Silva & Tenreyro 2006, The log of gravity). Flows need not be Poisson nor whole: that
their mean is right is enough, and zeros take part as they are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr, stdtr, stdtrit, xlogy

from onecity.core.errors import InputError, RangeError
from onecity.models.effects import Reals, Rows
from onecity.models.least_squares import Errors

from . import kernels
from .newton import SWEEPS, Sums, Top, maximise
from .pairs import FlowPairs
from .variance import Clusters, cluster_codes, clustered, sandwich

#: How closely effects are taken out where scores are summed by cluster.
_CLOSE = 1e-10
#: What is below this of what it could be is rounding.
_FLAT = 1e-13


@dataclass(frozen=True, slots=True)
class Line:
    """One coefficient as a table shows it.

    Attributes
    ----------
    name, coefficient, error
        The regressor, its coefficient and the standard error of it.
    low, high
        Of the interval.
    p_value
        Of a coefficient of zero, from Student's t.
    """

    name: str
    coefficient: float
    error: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """What took no part, and why.

    Attributes
    ----------
    separated : int64
        Given rows without flow where no finite effects fit: they are fitted by zero.
    singletons : int64
        Given rows that are the only pair of an origin or a destination: fitted by themselves.
    regressors
        Those whose coefficient falls or rises without end, because separated pairs alone
        told them from others.
    """

    separated: Rows
    singletons: Rows
    regressors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoissonFit:
    """A Poisson regression of flows.

    Attributes
    ----------
    names
        The K regressors.
    coefficients : float64 (K,)
    classical, robust, clustered : float64 (K, K)
        Covariances, see `variance`; NaN where there is none, as with no freedom left.
    clusters
        Clusters, of two ways the fewer.
    pairs, given
        Pairs that took part, and rows given.
    origins, destinations, components
        Effects, and pieces of the graph that pairs make of them.
    freedom
        m - K - O - D + components.
    zeros
        Pairs without flow among those that took part.
    deviance
        Of the modelled flows.
    log_likelihood, null_log_likelihood
        Of the model, and of one mean for all pairs.
    steps, sweeps
        Newton's steps, and sweeps over the pairs.
    error
        How far sums of modelled flows are from observed ones, relative.
    fitted : float64 (M,)
        Modelled flow of each given row.
    origin_labels, destination_labels
        Places that have an effect.
    origin_effects, destination_effects : float64 (O,), (D,)
        One of the many choices with the same sums: a number may go from all origins of a
        component to all its destinations.
    dropped
        What took no part.
    """

    names: tuple[str, ...]
    coefficients: Reals
    classical: Reals
    robust: Reals
    clustered: Reals
    clusters: int
    pairs: int
    given: int
    origins: int
    destinations: int
    components: int
    freedom: int
    zeros: int
    deviance: float
    log_likelihood: float
    null_log_likelihood: float
    steps: int
    sweeps: int
    error: float
    fitted: Reals
    origin_labels: NDArray[np.generic]
    destination_labels: NDArray[np.generic]
    origin_effects: Reals
    destination_effects: Reals
    dropped: Dropped

    @property
    def pseudo_r2(self) -> float:
        """1 - ln L / ln L0 (McFadden 1974); it changes with the unit of flows."""
        return 1.0 - self.log_likelihood / self.null_log_likelihood

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

    def covariance(self, errors: Errors = "clustered") -> Reals:
        """Return one of the covariances (K, K)."""
        kinds = {"classical": self.classical, "robust": self.robust, "clustered": self.clustered}
        return kinds[errors]

    def standard_errors(self, errors: Errors = "clustered") -> Reals:
        """Return the standard error of each coefficient (K,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance(errors))))

    def quantile(self, level: float, errors: Errors = "clustered") -> float:
        """Return how many standard errors an interval of this level has on either side.

        Student's t with G - 1 degrees of freedom for clustered errors, the normal's otherwise.
        """
        freedom = float(self.clusters - 1) if errors == "clustered" else np.inf
        return float(stdtrit(freedom, 0.5 + level / 2)) if freedom > 0 else float("nan")

    def intervals(self, level: float = 0.95, errors: Errors = "clustered") -> Reals:
        """Return the interval of each coefficient, (K, 2)."""
        half = self.quantile(level, errors) * self.standard_errors(errors)
        return np.column_stack([self.coefficients - half, self.coefficients + half])

    def table(self, level: float = 0.95, errors: Errors = "clustered") -> tuple[Line, ...]:
        """Return a line for each regressor."""
        found = []
        freedom = float(self.clusters - 1) if errors == "clustered" else np.inf
        limits = self.intervals(level, errors)
        for k, error in enumerate(self.standard_errors(errors)):
            value = float(self.coefficients[k])
            with np.errstate(divide="ignore", invalid="ignore"):
                far = -abs(value) / error
            p = 2 * (ndtr(far) if np.isinf(freedom) else stdtr(max(freedom, 0.0), far))
            low, high = (float(x) for x in limits[k])
            found.append(Line(self.names[k], value, float(error), low, high, float(p)))
        return tuple(found)


def ppml(pairs: FlowPairs, *, clusters: Clusters | ArrayLike = "pair") -> PoissonFit:
    """Fit flows.

    Parameters
    ----------
    pairs
        From `flow_pairs`.
    clusters
        What makes pairs alike: ``"pair"`` (both directions between two places), ``"origin"``,
        ``"destination"``, ``"two-way"`` (both of these), or a label of each given row, shape
        (M,): for a border effect, the two cities that a pair joins.

    Raises
    ------
    InputError
        Labels of clusters that are missing.
    RangeError
        The top was not found, or next to all flow is on pairs that do not tell a coefficient.
    """
    codes = cluster_codes(pairs, clusters)
    top = top_of(pairs)
    design, count = pairs.design, len(pairs.names)
    scale = pairs.centred.scale
    left = pairs.centred.columns - top.explained_out[design.origin]
    left -= top.explained_into[design.destination]
    bread = _inverse(top.information, float(pairs.flow.sum()), pairs.names)
    scores = left * (pairs.flow - top.flow)[:, None]
    freedom = len(design.rows) - count - design.taken
    grouped, groups = clustered(bread, scores, codes)
    few = np.nan if freedom < 1 else 1.0 / freedom
    unit = np.outer(scale, scale)
    fitted = np.zeros(len(pairs.given))
    fitted[design.rows] = top.flow
    fitted[pairs.singletons] = pairs.given[pairs.singletons]
    beta = top.coefficients / scale
    flow = pairs.flow
    factorials = gammaln(flow + 1).sum()
    return PoissonFit(
        names=pairs.names,
        coefficients=beta,
        classical=bread / unit,
        robust=sandwich(bread, scores) / unit * (few * len(flow)),
        clustered=grouped / unit * (few * (len(flow) - 1)),
        clusters=groups,
        pairs=len(flow),
        given=len(pairs.given),
        origins=len(design.origin_ids),
        destinations=len(design.destination_ids),
        components=design.components,
        freedom=freedom,
        zeros=int((flow == 0).sum()),
        deviance=float(2 * (xlogy(flow, flow / top.flow) - flow + top.flow).sum()),
        log_likelihood=float((xlogy(flow, top.flow) - top.flow).sum() - factorials),
        null_log_likelihood=float(xlogy(flow.sum(), flow.mean()) - flow.sum() - factorials),
        steps=top.steps,
        sweeps=top.sweeps,
        error=top.error,
        fitted=fitted,
        origin_labels=pairs.origin_labels[design.origin_ids],
        destination_labels=pairs.destination_labels[design.destination_ids],
        origin_effects=top.out - pairs.centred.out @ beta,
        destination_effects=top.into - pairs.centred.into @ beta,
        dropped=Dropped(pairs.separated, pairs.singletons, pairs.omitted),
    )


def _inverse(information: Reals, total: float, names: tuple[str, ...]) -> Reals:
    """Return the inverse; regressors have size one, so that little of `total` is rounding alone."""
    own = np.diag(information)
    lost = own <= _FLAT * total
    if not lost.any() and len(own):
        size = np.sqrt(own)
        alike = information / np.outer(size, size)
        lost[:] = np.linalg.eigvalsh(alike)[0] <= _FLAT
    if lost.any():
        given = ", ".join(name for name, one in zip(names, lost, strict=True) if one)
        raise RangeError("gravity.flat", names=given)
    return np.asarray(np.linalg.inv(information), np.float64)


def top_of(pairs: FlowPairs, held: int | None = None, value: float = 0.0) -> Top:
    """Return the top of the likelihood, one coefficient held at a value if wanted.

    Parameters
    ----------
    pairs
        The pairs.
    held
        The regressor held, which is then not among the coefficients found.
    value
        At what, in units of `pairs.centred`.
    """
    columns, start, offset = pairs.centred.columns, pairs.start, pairs.offset
    if held is not None:
        offset = offset + value * columns[:, held]
        columns = np.ascontiguousarray(np.delete(columns, held, axis=1))
        start = np.delete(start, held)
    design, flow = pairs.design, pairs.flow
    sums = Sums(
        np.bincount(design.origin, flow, len(design.origin_ids)).astype(np.float64),
        np.bincount(design.destination, flow, len(design.destination_ids)).astype(np.float64),
        columns.T @ flow,
    )
    return maximise(pairs.graph, offset, columns, sums, start)


def less_effects(pairs: FlowPairs, weight: Reals, given: Reals | None = None) -> Reals:
    """Return columns (m, K) less what effects explain of them under given weights.

    The columns are the regressors if none are given.
    """
    design = pairs.design
    columns = pairs.centred.columns.copy() if given is None else given.copy()
    count, edges = columns.shape[1], (design.first, design.destination)
    shapes = (len(design.origin_ids), count + 1), (len(design.destination_ids), count + 1)
    by_out, by_into = np.zeros(shapes[0]), np.zeros(shapes[1])
    kernels.gather(*edges, weight, columns, by_out, by_into, np.zeros((count + 1, count + 1)))
    into = np.zeros((shapes[1][0], count))
    out, _, _ = kernels.solve(
        *edges, weight, by_out[:, 1:].copy(), by_into[:, 1:].copy(),
        by_out[:, 0].copy(), by_into[:, 0].copy(), np.full(count, _CLOSE), SWEEPS, into,
    )  # fmt: skip
    kernels.take_out(*edges, out, into, columns)
    return columns
