"""Weighted least squares with origin and destination effects, and how sure its answers are.

Regressors and response come with their effects already absorbed (Frisch & Waugh 1933;
Lovell 1963), so that what remains is a regression of a few columns. Its errors, with m pairs,
K columns, f degrees of freedom taken by the effects and G clusters:

* classical: s^2 (X'WX)^-1, s^2 = e'We / (m - K - f);
* robust, HC1 (White 1980; MacKinnon & White 1985): the sandwich times m / (m - K - f);
* clustered, CR1 (Liang & Zeger 1986): the sandwich of cluster sums times
  G / (G - 1) * (m - 1) / (m - K - f), quantiles of Student's t with G - 1 degrees of freedom.

f = O + D - components counts every effect, nested in a cluster or not, which is what pyfixest
calls ``ssc(k_fixef="full")``, except that it takes the graph to be of one component.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.special import stdtrit

from onecity.core.errors import InputError

from .effects import Reals, TwoWay

Errors = Literal["classical", "robust", "clustered"]
#: A regressor of which the effects leave less than this share of its sum of squares is absorbed
#: by them; one of which the regressors before it leave less is collinear with them.
COLLINEAR = 1e-10


@dataclass(frozen=True, slots=True)
class Fit:
    """A regression with effects.

    Attributes
    ----------
    names
        The K regressors.
    coefficients : float64 (K,)
    classical, robust, clustered : float64 (K, K)
        Covariances of the coefficients.
    within_r2
        Share of the weighted sum of squares, effects taken out, that the regressors explain;
        NaN where the effects leave nothing to explain.
    pairs, origins, destinations, clusters
        How many took part.
    components
        Pieces of the graph of origins and destinations.
    freedom
        Residual degrees of freedom m - K - f.
    weightless, singletons
        Pairs left out, see `effects.TwoWay`.
    """

    names: tuple[str, ...]
    coefficients: Reals
    classical: Reals
    robust: Reals
    clustered: Reals
    within_r2: float
    pairs: int
    origins: int
    destinations: int
    clusters: int
    components: int
    freedom: int
    weightless: int
    singletons: int

    def covariance(self, errors: Errors = "clustered") -> Reals:
        """Return one of the covariances (K, K)."""
        return {"classical": self.classical, "robust": self.robust, "clustered": self.clustered}[
            errors
        ]

    def standard_errors(self, errors: Errors = "clustered") -> Reals:
        """Return the standard error of each coefficient (K,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance(errors))))

    def quantile(self, level: float, errors: Errors = "clustered") -> float:
        """Return how many standard errors an interval of this level has on either side."""
        freedom = self.clusters - 1 if errors == "clustered" else self.freedom
        return float(stdtrit(freedom, 0.5 + level / 2))

    def intervals(self, level: float = 0.95, errors: Errors = "clustered") -> Reals:
        """Return the interval of each coefficient, (K, 2)."""
        half = self.quantile(level, errors) * self.standard_errors(errors)
        return np.column_stack([self.coefficients - half, self.coefficients + half])


def fit(
    design: TwoWay,
    response: Reals,
    regressors: Reals,
    names: tuple[str, ...],
    clusters: NDArray[np.integer],
) -> Fit:
    """Fit absorbed columns to an absorbed response.

    Parameters
    ----------
    design
        The pairs and their weights.
    response
        Shape (m,), effects absorbed.
    regressors
        Shape (m, K), effects absorbed, none collinear: see `check_apart`.
    names
        What they are called.
    clusters
        The cluster of each pair, shape (m,), whole numbers from 0, each taken.

    Raises
    ------
    InputError
        Fewer pairs than parameters, or a single cluster.
    """
    pairs, columns = regressors.shape
    freedom = residual_freedom(design, columns)
    groups = int(clusters.max()) + 1
    if groups < 2:
        raise InputError("border.one_cluster", pairs=pairs)
    weighted = regressors * design.weight[:, None]
    scale = np.sqrt((weighted * regressors).sum(axis=0))
    factor = cho_factor((weighted.T @ regressors) / np.outer(scale, scale))
    beta = np.zeros(columns)
    left = response
    # The second step mends what the normal equations lose to rounding.
    for _ in range(2):
        beta = beta + cho_solve(factor, (weighted.T @ left) / scale) / scale
        left = response - regressors @ beta
    bread = cho_solve(factor, np.eye(columns)) / np.outer(scale, scale)
    squares = float(design.weight @ left**2)
    scores = weighted * left[:, None]
    sums = np.column_stack([np.bincount(clusters, column, groups) for column in scores.T])
    few = groups / (groups - 1) * (pairs - 1) / freedom
    total = float(design.weight @ response**2)
    return Fit(
        names=names,
        coefficients=beta,
        classical=bread * (squares / freedom),
        robust=bread @ (scores.T @ scores) @ bread * (pairs / freedom),
        clustered=bread @ (sums.T @ sums) @ bread * few,
        within_r2=1.0 - squares / total if total > 0 else np.nan,
        pairs=pairs,
        origins=len(design.origin_ids),
        destinations=len(design.destination_ids),
        clusters=groups,
        components=design.components,
        freedom=freedom,
        weightless=design.weightless,
        singletons=design.singletons,
    )


def residual_freedom(design: TwoWay, columns: int) -> int:
    """Return the degrees of freedom that effects and `columns` regressors leave.

    Raises
    ------
    InputError
        None is left: fewer pairs than parameters.
    """
    pairs, needed = len(design.rows), columns + design.taken + 1
    if pairs < needed:
        raise InputError("border.too_few_pairs", pairs=pairs, needed=needed, columns=columns)
    return pairs - needed + 1


def spread(design: TwoWay, columns: Reals) -> Reals:
    """Return the weighted sum of squares about the mean of each column (m, K), shape (K,).

    Exactly zero where a column is the same everywhere but for rounding.
    """
    low, high = columns.min(axis=0), columns.max(axis=0)
    same = high - low <= 4 * np.finfo(np.float64).eps * np.maximum(np.abs(low), np.abs(high))
    mean = (design.weight @ columns) / design.weight.sum()
    return np.where(same, 0.0, design.weight @ (columns - mean) ** 2)


def check_apart(
    design: TwoWay, given: Reals, absorbed: Reals, names: tuple[str, ...], beside: Reals
) -> None:
    """Make sure that columns can be told apart from the effects, from `beside` and each other.

    Parameters
    ----------
    design
        The pairs and their weights.
    given
        Sum of squares of each column before absorbing, shape (K,): see `spread`.
    absorbed
        The columns after it, shape (m, K).
    names
        What they are called.
    beside
        Absorbed columns that can be told apart already, shape (m, B).

    Raises
    ------
    InputError
        A column is the same everywhere, absorbed by the effects, or a combination of others.
    """
    together = np.column_stack([beside, absorbed])
    products = together.T @ (together * design.weight[:, None])
    check_products(given, products, names)


def check_products(given: Reals, products: Reals, names: tuple[str, ...]) -> None:
    """Make sure of the same from products alone.

    Parameters
    ----------
    given, names
        As in `check_apart`, for the K columns in question.
    products
        Weighted products of absorbed columns, (B + K, B + K): those that can be told apart
        already, then the columns in question.

    Raises
    ------
    InputError
        As `check_apart`.
    """
    squares = np.diag(products)
    known = len(products) - len(names)
    for k, name in enumerate(names):
        if given[k] == 0.0:
            raise InputError("border.constant", name=name)
        if squares[known + k] <= COLLINEAR * given[k]:
            raise InputError("border.absorbed", name=name)
    # Cholesky's pivots: what the columns before leave of each.
    left = products / np.sqrt(np.outer(squares, squares))
    for k in range(len(left)):
        if k >= known and left[k, k] <= COLLINEAR:
            raise InputError("border.collinear", name=names[k - known])
        left[k + 1 :, k + 1 :] -= np.outer(left[k + 1 :, k], left[k, k + 1 :]) / left[k, k]


def orthonormal(design: TwoWay, columns: Reals) -> Reals:
    """Return a basis (m, K) of columns, orthonormal under the weights.

    By Cholesky's factor, twice, which is as good as Householder's (Yamamoto et al. 2015).
    """
    for _ in range(2):
        scale = np.sqrt(design.weight @ columns**2)
        columns = columns / scale
        factor = cholesky(columns.T @ (columns * design.weight[:, None]), lower=True)
        columns = solve_triangular(factor, columns.T, lower=True).T
    return np.ascontiguousarray(columns)
