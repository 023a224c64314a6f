"""The slow obvious way: a Poisson regression on a dense matrix of dummies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass
class Twin:
    """What the dense regression finds; `kept` are rows, `names` columns of x."""

    kept: Ints
    separated: Ints
    columns: list[int]
    beta: NDArray[Any]
    bread: NDArray[Any]
    scores: Reals
    fitted: Reals
    deviance: float
    taken: int


def dummies(o: Ints, d: Ints) -> Reals:
    """Return a column of zeros and ones for each origin and each destination."""
    return np.column_stack([o == i for i in np.unique(o)] + [d == j for j in np.unique(d)]).astype(
        float
    )


def separated(columns: Reals, y: Reals) -> Flags:
    """Return where some z = columns c, zero at flows and nowhere below zero, is above zero."""
    flow, none = columns[y > 0], columns[y == 0]
    n, k = len(none), columns.shape[1]
    if not n:
        return np.zeros(len(y), bool)
    found = linprog(
        np.concatenate([np.zeros(k), -np.ones(n)]),
        A_ub=np.block([[-none, np.eye(n)], [-none, np.zeros((n, n))]]),
        b_ub=np.zeros(2 * n),
        A_eq=np.column_stack([flow, np.zeros((len(flow), n))]),
        b_eq=np.zeros(len(flow)),
        bounds=[(None, None)] * k + [(0, 1)] * n,
    )
    assert found.status == 0, found.message
    out = np.zeros(len(y), bool)
    out[y == 0] = found.x[k:] > 0.5
    return out


def singletons_out(o: Ints, d: Ints, kept: Ints) -> Ints:
    """Peel pairs that are the only one of an origin or a destination."""
    while True:
        alone = [r for r in kept if (o[kept] == o[r]).sum() == 1 or (d[kept] == d[r]).sum() == 1]
        if not alone:
            return kept
        kept = np.setdiff1d(kept, alone)


def independent(base: Reals, x: Reals) -> list[int]:
    """Return the columns of x that raise the rank of those before."""
    kept: list[int] = []
    rank = np.linalg.matrix_rank(base, tol=1e-8)
    for k in range(x.shape[1]):
        more = np.linalg.matrix_rank(np.column_stack([base, x[:, [*kept, k]]]), tol=1e-8)
        if more > rank:
            kept.append(k)
            rank = more
    return kept


def regress(o: Ints, d: Ints, y: Reals, x: Reals) -> Twin | None:
    """Return the regression, or None where nothing is left or regressors are collinear."""
    full = dummies(o, d)
    first = singletons_out(o, d, np.flatnonzero(~separated(full, y)))
    if not len(first):
        return None
    if len(independent(dummies(o[first], d[first]), x[first])) < x.shape[1]:
        return None
    lost = separated(np.column_stack([full, x]), y)
    kept = singletons_out(o, d, np.flatnonzero(~lost))
    if not len(kept):
        return None
    base = dummies(o[kept], d[kept])
    columns = independent(base, x[kept])
    design = np.column_stack([base, x[kept][:, columns]])
    mean = newton(design, y[kept])
    whole = np.linalg.pinv(design.T @ (design * mean[:, None]), rcond=1e-13, hermitian=True)
    scores = (design * (y[kept] - mean)[:, None]) @ whole
    k = base.shape[1]
    linear = np.linalg.lstsq(design, np.log(mean), rcond=1e-12)[0]
    fitted = np.zeros(len(y))
    fitted[kept] = mean
    alone = np.setdiff1d(np.flatnonzero(~lost), kept)
    fitted[alone] = y[alone]
    some = y[kept] > 0
    deviance = 2 * (
        (y[kept][some] * np.log(y[kept][some] / mean[some])).sum() - (y[kept] - mean).sum()
    )
    return Twin(
        kept, np.flatnonzero(lost), columns, np.asarray(linear[k:]), np.asarray(whole[k:, k:]),
        scores[:, k:],
        fitted, float(deviance), int(np.linalg.matrix_rank(base, tol=1e-8)),
    )  # fmt: skip


def newton(design: Reals, y: Reals) -> Reals:
    """Return fitted means by iteratively reweighted least squares, with halved steps."""
    scale = y.mean()
    target = y / scale
    eta = np.log((target + 1) / 2)
    eta = design @ np.linalg.lstsq(design, eta, rcond=None)[0]

    def height(at: Reals) -> float:
        return float(target @ at - np.exp(at).sum())

    for _ in range(300):
        mean = np.exp(eta)
        root = np.sqrt(mean)
        step = (
            design @ np.linalg.lstsq(design * root[:, None], (target - mean) / root, rcond=1e-13)[0]
        )
        # Near the top, a rise is less than rounding.
        share = 1.0
        while np.abs(step).max() > 1e-2 and height(eta + share * step) < height(eta):
            share /= 2
            if share < 1e-9:
                break
        eta = eta + share * step
        if np.abs(share * step).max() < 1e-13:
            break
    return np.asarray(np.exp(eta) * scale)
