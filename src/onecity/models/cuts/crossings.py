"""How many edges of a network cross borders, beside as many borders that are none.

Power lines, fibre, rails: for few layers are flows known, but where their edges run is. If
borders mattered as little as any line on the map, they would be crossed about as often, for
their length, as the borders of made-up partitions (see `onecity.models.partition`):

    beta = ln (observed / expected),   expected = length * mean over draws (crossings / length)

Length is that of all borders of a partition, in any unit: made-up ones may be longer or shorter.
exp(beta) below 1 is a border that lines shun. Its interval is that of a Poisson count (Garwood
1936, exact by the chi-square distribution) against what is expected, and the made-up borders say
beside it what chance does. A count of zero has no logarithm: beta is then -inf, and its upper end
alone says something.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from onecity.core.errors import InputError

from .given import Flags, Reals, Rows, amounts, ends

LEVEL = 0.95
TIE = 1e-9
"""Draws that differ by this share alone are as rare as the real borders: rounding parts them."""


@dataclass(frozen=True, slots=True)
class Crossings:
    """Edges across borders, and what would be expected.

    Attributes
    ----------
    crosses : bool (E,)
        Which edges join two parts.
    observed
        How many these are, or what they carry together.
    edges
        Edges (or what they carry) in all, those within one place left out: no border could
        part them.
    expected
        Mean of made-up borders, at the length of the real ones.
    draws : float64 (n,)
        What crossed each made-up partition, at the length of the real borders.
    interval
        95 % interval of `observed` as a Poisson count; NaN for amounts, which are no counts.
    """

    crosses: Flags
    observed: float
    edges: float
    expected: float
    draws: Reals
    interval: tuple[float, float]

    @property
    def beta(self) -> float:
        """The effect, ln (observed / expected); NaN where nothing is expected."""
        return _ln(self.observed, self.expected)

    @property
    def betas(self) -> Reals:
        """What chance does, ln (draw / mean of draws); -inf where nothing crossed."""
        return np.array([_ln(one, self.expected) for one in self.draws])

    @property
    def beta_interval(self) -> tuple[float, float]:
        """Interval of `beta`."""
        return _ln(self.interval[0], self.expected), _ln(self.interval[1], self.expected)

    @property
    def expected_range(self) -> tuple[float, float]:
        """2.5th and 97.5th percentile of the draws."""
        low, high = np.quantile(self.draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return float(low), float(high)

    @property
    def p_value(self) -> float:
        """Share of partitions, the real one counted in, crossed as rarely or more rarely."""
        return float(((self.draws <= self.observed * (1 + TIE)).sum() + 1) / (len(self.draws) + 1))


def crossings_of(
    tail: ArrayLike,
    head: ArrayLike,
    part: ArrayLike,
    partitions: ArrayLike,
    *,
    length: float,
    lengths: ArrayLike,
    weight: ArrayLike | None = None,
) -> Crossings:
    """Return how many edges cross borders, and how many would be expected to.

    Parameters
    ----------
    tail, head
        Place (0..P-1) of either end of each edge, shape (E,).
    part
        City of each place, whole numbers, shape (P,).
    partitions
        Part of each place in each made-up partition, shape (n, P).
    length, lengths
        Length of the real borders, and of each made-up partition's, shape (n,).
    weight
        What each edge carries, shape (E,); None counts edges.

    Raises
    ------
    InputError
        Wrong shapes or ids, one part alone, no partition, or made-up borders without length.
    """
    cities, made = np.asarray(part), np.asarray(partitions)
    tails, heads = ends(tail, head, len(cities))
    if len(np.unique(cities)) < 2:
        raise InputError("cuts.one_part")
    if made.ndim != 2 or not len(made) or made.shape[1] != len(cities):
        raise InputError(
            "cuts.shape", what="partitions", given=made.shape, needed=("n", len(cities))
        )
    long = amounts(lengths, len(made), "lengths")
    if not (long > 0).all() or not 0 < length < inf:
        raise InputError("cuts.no_border", given=float(min(length, long.min())))
    counted = np.ones(len(tails)) if weight is None else amounts(weight, len(tails), "weight")
    crosses = cities[tails] != cities[heads]
    drawn = np.array([_across(one, tails, heads, counted) for one in made])
    drawn = drawn * (length / long)
    observed = float(counted[crosses].sum())
    interval = garwood(int(crosses.sum())) if weight is None else (np.nan, np.nan)
    return Crossings(
        crosses=crosses,
        observed=observed,
        edges=float(counted[tails != heads].sum()),
        expected=float(drawn.mean()),
        draws=drawn,
        interval=interval,
    )


def garwood(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of the mean of a Poisson count (Garwood 1936)."""
    tail = (1 - LEVEL) / 2
    low = float(chi2.ppf(tail, 2 * count) / 2) if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * count + 2) / 2)


def _across(part: Rows, tail: Rows, head: Rows, weight: Reals) -> float:
    return float(weight[part[tail] != part[head]].sum())


def _ln(one: float, other: float) -> float:
    if not other > 0 or np.isnan(one):
        return float("nan")
    return float(np.log(one / other)) if one > 0 else -inf
