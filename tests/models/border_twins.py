"""The obvious way: a column for every origin and every destination, and dense algebra."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Twin:
    """Coefficients of the regressors, their covariances, and what is left."""

    coefficients: Reals
    classical: Reals
    robust: Reals
    clustered: Reals
    residual: Reals
    freedom: int


def dummies(ids: Ints) -> Reals:
    """Return a column of zeros and ones for each id."""
    return np.asarray(ids[:, None] == np.unique(ids), float)


def peel(origin: Ints, destination: Ints, weights: Reals) -> Ints:
    """Return the rows that are neither weightless nor the only pair of one of their ends."""
    rows = [int(r) for r in np.flatnonzero(weights > 0)]
    while True:
        out = [origin[r] for r in rows]
        into = [destination[r] for r in rows]
        kept = [r for r in rows if out.count(origin[r]) > 1 and into.count(destination[r]) > 1]
        if kept == rows:
            return np.array(rows, dtype=np.int64)
        rows = kept


def project(origin: Ints, destination: Ints, weights: Reals, vectors: Reals) -> Reals:
    """Return vectors less their projection on the effects."""
    root = np.sqrt(weights / weights.max())[:, None]
    effects = np.column_stack([dummies(origin), dummies(destination)])
    answer = np.linalg.lstsq(root * effects, root * vectors, rcond=1e-13)[0]
    left: Reals = vectors - effects @ answer
    return left


def regress(
    origin: Ints, destination: Ints, weights: Reals, y: Reals, X: Reals, clusters: Ints
) -> Twin:
    """Regress with every dummy as a column; all rows count."""
    w = weights / weights.max()
    root = np.sqrt(w)[:, None]
    full = np.column_stack([X, dummies(origin), dummies(destination)])
    m, K = X.shape
    freedom = m - int(np.linalg.matrix_rank(full))
    # Without X'WX, whose condition is the square of that of the columns, and with columns of
    # like length, so that effects of little weight are not taken for none.
    length = np.sqrt((w[:, None] * full**2).sum(axis=0))
    inverse = np.linalg.pinv(root * full / length, rcond=1e-12) / length[:, None]
    answer = inverse @ (root[:, 0] * y)
    answer += inverse @ (root[:, 0] * (y - full @ answer))
    e = y - full @ answer
    bread = inverse @ inverse.T
    scores = full * (w * e)[:, None]
    groups = np.unique(clusters)
    G = len(groups)
    meat = np.zeros_like(bread)
    for g in groups:
        s = scores[clusters == g].sum(axis=0)
        meat += np.outer(s, s)
    cut = slice(0, K)
    return Twin(
        coefficients=answer[cut],
        classical=(bread * (w @ e**2) / freedom)[cut, cut],
        robust=(bread @ (scores.T @ scores) @ bread * m / freedom)[cut, cut],
        clustered=(bread @ meat @ bread * G / (G - 1) * (m - 1) / freedom)[cut, cut],
        residual=e,
        freedom=freedom,
    )


def dot(a: list[Fraction], b: list[Fraction]) -> Fraction:
    """Return the sum of products."""
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def regress_exactly(full: Reals, weights: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Return coefficients and robust covariance of independent columns, in fractions."""
    m, p = full.shape
    A = [[Fraction(value) for value in row] for row in full.tolist()]
    W = [Fraction(value) for value in weights.tolist()]
    Y = [Fraction(value) for value in y.tolist()]
    N = [
        [dot([a[i] * w for a, w in zip(A, W, strict=True)], [a[j] for a in A]) for j in range(p)]
        + [Fraction(int(i == k)) for k in range(p)]
        for i in range(p)
    ]
    for i in range(p):
        lead = next(r for r in range(i, p) if N[r][i] != 0)
        N[i], N[lead] = N[lead], N[i]
        N[i] = [value / N[i][i] for value in N[i]]
        for r in set(range(p)) - {i}:
            N[r] = [a - N[r][i] * b for a, b in zip(N[r], N[i], strict=True)]
    inverse = [row[p:] for row in N]
    rows = [[dot(line, A[r]) * W[r] for line in inverse] for r in range(m)]
    beta = [dot([row[i] for row in rows], Y) for i in range(p)]
    e = [Y[r] - dot(A[r], beta) for r in range(m)]
    robust = [
        [
            dot(
                [row[i] * x for row, x in zip(rows, e, strict=True)],
                [row[j] * x for row, x in zip(rows, e, strict=True)],
            )
            * m
            / (m - p)
            for j in range(p)
        ]
        for i in range(p)
    ]
    return np.array(beta, float), np.array(robust, float)


@dataclass(frozen=True)
class Case:
    """Pairs of zones by whole-number arithmetic, the same on every machine."""

    origin: Ints
    destination: Ints
    city: Ints
    km: Reals
    river: Reals
    minutes: Reals
    people: Reals


def made_case() -> Case:
    """Return 146 pairs of 14 zones in four cities, unbalanced, with noise."""
    n = 14
    i = np.arange(n)
    city = (i * i // 3) % 4
    x, y = (i * 37 % 53) / 3.0, (i * 29 % 47) / 3.0
    o, d = np.divmod(np.arange(n * n), n)
    kept = (o != d) & ((o * 7 + d * 5) % 4 != 0)
    o, d = o[kept], d[kept]
    km = np.hypot(x[o] - x[d], y[o] - y[d])
    river = ((o * d) % 3 == 0).astype(float)
    noise = ((o * 97 + d * 61) % 101) / 101.0
    logs = 0.8 * np.log(km) + 0.15 * (city[o] != city[d]) + 0.1 * river
    logs += noise + (o % 3) * 0.2 - (d % 5) * 0.1
    people = np.asarray(1.0 + (i * 31 % 17), float)
    return Case(o, d, city, km, river, np.exp(logs), people)
