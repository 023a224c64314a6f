"""How sure the coefficients of a Poisson regression are.

With x~ the regressors less what effects explain of them under the modelled flows as weights, and
e = T - modelled flow, the sandwich is B (sum of scores' products) B, B = (x~'Wx~)^-1, with m
pairs, K coefficients, f degrees of freedom taken by effects and G clusters:

* classical: B. Right only where the variance of a flow is its mean: counts of lone decisions;
* robust: scores x~e of single pairs, times m / (m - K - f);
* clustered (Liang & Zeger 1986): scores summed by cluster, times
  G / (G - 1) * (m - 1) / (m - K - f);
* two-way (Cameron, Gelbach & Miller 2011): by origin plus by destination less by both, G the
  smaller number of the two. Where it has a variance below zero, it is none and shown as NaN.

f = O + D - components, which is pyfixest's ``ssc(k_fixef="full")`` for a graph of one component.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

from .pairs import FlowPairs

#: What pairs share that makes them alike: an origin, a destination, both ends in any order.
Clusters = Literal["origin", "destination", "pair", "two-way"]


def cluster_codes(pairs: FlowPairs, clusters: Clusters | ArrayLike) -> tuple[Rows, ...]:
    """Return the clusters of each pair kept: one clustering (m,), or three for two ways.

    Parameters
    ----------
    pairs
        The pairs.
    clusters
        One of `Clusters`, or a label of each pair as given, shape (M,).

    Raises
    ------
    InputError
        Not one label for each pair, or a label that is missing.
    """
    design = pairs.design
    origin, destination = design.origin.astype(np.int64), design.destination.astype(np.int64)
    if isinstance(clusters, str):
        if clusters not in get_args(Clusters):
            raise InputError("border.setting", what="clusters", given=clusters)
        if clusters == "origin":
            return (origin,)
        if clusters == "destination":
            return (destination,)
        if clusters == "two-way":
            return origin, destination, _together(origin, destination)
        return (_unordered(pairs),)
    labels = np.asarray(clusters)
    if labels.shape != pairs.given.shape:
        raise InputError(
            "gravity.shape", what="clusters", given=labels.shape, pairs=len(pairs.given)
        )
    kept = labels[design.rows]
    missing = np.array([x is None or x != x for x in kept.tolist()])  # noqa: PLR0124
    if missing.any():
        row = int(design.rows[np.argmax(missing)])
        raise InputError("gravity.no_label", what="clusters", row=row)
    return (np.asarray(np.unique(kept, return_inverse=True)[1], np.int64),)


def sandwich(bread: Reals, scores: Reals) -> Reals:
    """Return ``bread scores'scores bread``."""
    half = scores @ bread
    return np.asarray(half.T @ half)


def clustered(bread: Reals, scores: Reals, codes: tuple[Rows, ...]) -> tuple[Reals, int]:
    """Return the clustered sandwich without factors for freedom of residuals, and G.

    Parameters
    ----------
    bread
        Shape (K, K).
    scores
        Shape (m, K).
    codes
        From `cluster_codes`.
    """
    groups = [int(code.max()) + 1 for code in codes]
    fewest = min(groups[:2])
    if fewest < 2:
        return np.full(bread.shape, np.nan), fewest
    found = np.zeros_like(bread)
    for code, count, sign in zip(codes, groups, (1.0, 1.0, -1.0), strict=False):
        found += sign * sandwich(bread, summed(scores, code, count))
    bad = np.diag(found) < 0
    found[bad, :] = found[:, bad] = np.nan
    return found * (fewest / (fewest - 1)), fewest


def summed(scores: Reals, code: Rows, count: int) -> Reals:
    """Return sums of scores (m, K) by cluster, shape (G, K)."""
    found = np.empty((count, scores.shape[1]))
    for k, column in enumerate(scores.T):
        found[:, k] = np.bincount(code, column, count)
    return found


def _together(left: Rows, right: Rows) -> Rows:
    key = left * (int(right.max()) + 1) + right
    return np.asarray(np.unique(key, return_inverse=True)[1], np.int64)


def _unordered(pairs: FlowPairs) -> Rows:
    """Return one code for both directions between two places."""
    design = pairs.design
    out = pairs.origin_labels[design.origin_ids]
    into = pairs.destination_labels[design.destination_ids]
    codes = np.unique(np.concatenate([out, into]), return_inverse=True)[1].astype(np.int64)
    a, b = codes[design.origin], codes[len(out) + design.destination]
    return _together(np.minimum(a, b), np.maximum(a, b))
