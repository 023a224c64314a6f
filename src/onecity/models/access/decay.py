"""Decay: how much a facility counts as it gets farther.

A decay turns minutes into a weight of one or less. All of them have a limit beyond which nothing
counts; minutes equal to the limit still count, and minutes equal to the end of a step belong to
the nearer step. All are frozen and hashable, so that services with the same decay share weights.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from onecity.core.errors import InputError
from onecity.models.effects import Reals


@dataclass(frozen=True, slots=True)
class Steps:
    """A weight for each step of minutes; one step is a plain threshold.

    The weights of Luo & Qi (2009) are the default: 1, 0.68 and 0.22 at 10, 20 and 30 minutes.

    Attributes
    ----------
    limits
        Minutes at which steps end, ascending.
    weights
        Weight of each step, from 0 to 1, not ascending.
    """

    limits: tuple[float, ...] = (10.0, 20.0, 30.0)
    weights: tuple[float, ...] = (1.0, 0.68, 0.22)

    def __post_init__(self) -> None:
        _points("Steps", self.limits, self.weights)

    @property
    def limit(self) -> float:
        """Minutes beyond which nothing counts."""
        return self.limits[-1]


@dataclass(frozen=True, slots=True)
class Linear:
    """1 - t / limit."""

    limit: float

    def __post_init__(self) -> None:
        _above_zero("Linear.limit", self.limit)


@dataclass(frozen=True, slots=True)
class Exponential:
    """exp(-rate t), rate per minute."""

    rate: float
    limit: float

    def __post_init__(self) -> None:
        _above_zero("Exponential.rate", self.rate)
        _above_zero("Exponential.limit", self.limit)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """exp(-t^2 / (2 width^2)), width in minutes, without cutting its foot off (Dai 2010 does)."""

    width: float
    limit: float

    def __post_init__(self) -> None:
        _above_zero("Gaussian.width", self.width)
        _above_zero("Gaussian.limit", self.limit)


@dataclass(frozen=True, slots=True)
class Power:
    """(max(t, least) / least)^-exponent: nearer than `least` minutes all is as near."""

    exponent: float
    limit: float
    least: float = 1.0

    def __post_init__(self) -> None:
        for name in ("exponent", "limit", "least"):
            _above_zero(f"Power.{name}", getattr(self, name))


@dataclass(frozen=True, slots=True)
class Table:
    """Weights at given minutes, joined by straight lines; the first also holds before it.

    Attributes
    ----------
    minutes
        Ascending; the last is the limit.
    weights
        From 0 to 1, not ascending.
    """

    minutes: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        _points("Table", self.minutes, self.weights)

    @property
    def limit(self) -> float:
        """Minutes beyond which nothing counts."""
        return self.minutes[-1]


Decay = Steps | Linear | Exponential | Gaussian | Power | Table


def threshold(limit: float) -> Steps:
    """Return the decay of a plain threshold: all within `limit` minutes counts in full."""
    return Steps((limit,), (1.0,))


def decay_weights(decay: Decay, minutes: ArrayLike, out: Reals | None = None) -> Reals:
    """Return the weight of every time.

    Parameters
    ----------
    decay
        How weights fall.
    minutes
        Not negative; infinite counts nothing. Shape (M,).
    out
        Where to write (M,); None makes a new array.
    """
    given = np.ascontiguousarray(minutes, np.float64)
    found = np.empty(len(given)) if out is None else out
    if isinstance(decay, Steps):
        _steps(given, np.array(decay.limits, float), np.array(decay.weights, float), found)
        return found
    if isinstance(decay, Table):
        _table(given, np.array(decay.minutes, float), np.array(decay.weights, float), found)
        return found
    # NumPy takes exp and powers of many numbers with vector instructions, kernels one by one.
    # A square that leaves the range of numbers is a weight of zero, as it should be.
    with np.errstate(all="ignore"):
        if isinstance(decay, Linear):
            np.divide(given, decay.limit, out=found)
            np.subtract(1.0, found, out=found)
        elif isinstance(decay, Exponential):
            np.multiply(given, -decay.rate, out=found)
            np.exp(found, out=found)
        elif isinstance(decay, Gaussian):
            np.multiply(given, given, out=found)
            np.divide(found, -2.0 * decay.width * decay.width, out=found)
            np.exp(found, out=found)
        else:
            np.maximum(given, decay.least, out=found)
            np.divide(found, decay.least, out=found)
            np.power(found, -decay.exponent, out=found)
    _cut(given, float(decay.limit), found)
    return found


@njit(cache=True, nogil=True)
def _steps(minutes, limits, weights, found):  # type: ignore[no-untyped-def]
    """Write the weight of the first step that a time is within.

    Step by step over all times, the last first: without branches, which times at random would
    make the processor guess wrong.
    """
    last = len(limits) - 1
    for k in range(len(minutes)):
        found[k] = weights[last] if minutes[k] <= limits[last] else 0.0
    for step in range(last - 1, -1, -1):
        limit, weight = limits[step], weights[step]
        for k in range(len(minutes)):
            found[k] = weight if minutes[k] <= limit else found[k]


@njit(cache=True, nogil=True)
def _table(minutes, x, y, found):  # type: ignore[no-untyped-def]
    """Write weights between those of a table."""
    for k in range(len(minutes)):
        t = minutes[k]
        if not t <= x[-1]:
            found[k] = 0.0
            continue
        # Few places: one by one is fastest.
        after = 0
        while x[after] < t:
            after += 1
        if after == 0:
            found[k] = y[0]
        else:
            part = (t - x[after - 1]) / (x[after] - x[after - 1])
            found[k] = y[after - 1] + part * (y[after] - y[after - 1])


@njit(cache=True, nogil=True)
def _cut(minutes, limit, found):  # type: ignore[no-untyped-def]
    """Write zero beyond the limit, and where a time is no number."""
    for k in range(len(minutes)):
        found[k] = found[k] if minutes[k] <= limit else 0.0


def _above_zero(what: str, given: float) -> None:
    if not (np.isfinite(given) and given > 0):
        raise InputError("access.setting", what=what, given=given)


def _points(what: str, minutes: tuple[float, ...], weights: tuple[float, ...]) -> None:
    """Raise unless minutes ascend and weights from 0 to 1 do not."""
    at, weight = np.asarray(minutes, float), np.asarray(weights, float)
    if at.ndim != 1 or not len(at) or at.shape != weight.shape:
        raise InputError("access.decay_shape", what=what, minutes=at.shape, weights=weight.shape)
    if not np.isfinite(at).all() or at[0] < 0 or (np.diff(at) <= 0).any():
        raise InputError("access.decay_minutes", what=what, given=minutes)
    if not ((weight >= 0) & (weight <= 1)).all() or (np.diff(weight) > 0).any():
        raise InputError("access.decay_weights", what=what, given=weights)
