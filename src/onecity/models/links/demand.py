"""Demand between zones: a matrix, or weights with a deterrence of the time between them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError, RangeError
from onecity.network import UNREACHABLE

from .kernel import FAR, Reals, Times

Rows = NDArray[np.int64]
Deterrence = Callable[[NDArray[np.float64]], ArrayLike]
#: Rows of a matrix checked at a time.
_CHECKED = 256


@dataclass(frozen=True, slots=True)
class Gravity:
    """Demand q_ij = origin_i * destination_j * deterrence(d_ij), d before anything is built.

    Attributes
    ----------
    origin, destination
        Weights, shape (Z,), finite and not negative.
    deterrence
        Takes times in seconds, one-dimensional, and returns a finite weight that is not
        negative for each. Not asked about pairs that take no time: they have none to save. A
        pair without a path has no base time: once a link joins it, its demand is taken at the
        time it then has.
    """

    origin: ArrayLike
    destination: ArrayLike
    deterrence: Deterrence


class Demand(Protocol):
    """Demand between zones in the order of the scan."""

    def rows(self, start: int, times: Times) -> Reals:
        """Return demand of the origins from `start` on, shape of `times` (R, Z).

        `times` are those before anything is built.
        """

    def appearing(self, origin: Rows, destination: Rows, milliseconds: NDArray[np.int64]) -> Reals:
        """Return demand of pairs that had no path, beyond what `rows` gives them.

        Parameters
        ----------
        origin, destination
            Zones, shape (k,) each.
        milliseconds
            Their times once joined, shape (k,).
        """


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A matrix as given, and the zone that stands at each place of the scan."""

    values: NDArray[Any]
    order: Rows

    def rows(self, start: int, times: Times) -> Reals:
        chosen = self.values[self.order[start : start + len(times)]]
        return np.ascontiguousarray(chosen[:, self.order], np.float64)

    def appearing(self, origin: Rows, destination: Rows, milliseconds: NDArray[np.int64]) -> Reals:
        del destination, milliseconds  # `rows` gave all there is
        return np.zeros(len(origin))


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Weights in the order of the scan, and their deterrence."""

    origin: Reals
    destination: Reals
    deterrence: Deterrence

    def rows(self, start: int, times: Times) -> Reals:
        known = (times > 0) & (times != FAR)
        result = np.zeros(times.shape)
        result[known] = self._deterred(times[known])
        result *= self.origin[start : start + len(times), None]
        result *= self.destination
        return result

    def appearing(self, origin: Rows, destination: Rows, milliseconds: NDArray[np.int64]) -> Reals:
        result: Reals = (
            self.origin[origin] * self.destination[destination] * self._deterred(milliseconds)
        )
        return result

    def _deterred(self, milliseconds: NDArray[np.signedinteger]) -> Reals:
        seconds = milliseconds / 1000.0
        # What is wrong with a weight is said below, with the time it belongs to.
        with np.errstate(all="ignore"):
            answer = self.deterrence(seconds)
        try:
            weights = np.asarray(answer, np.float64)
        except (TypeError, ValueError) as error:
            raise InputError("models.deterrence_not_numbers", given=str(error)) from error
        if weights.shape != seconds.shape:
            raise InputError(
                "models.deterrence_shape", given=weights.shape, needed=seconds.shape
            )  # fmt: skip
        wrong = ~(weights >= 0) | np.isinf(weights)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InputError(
                "models.deterrence_value", seconds=float(seconds[row]), given=float(weights[row])
            )
        return weights


def checked_demand(demand: ArrayLike | Gravity, zones: int, order: Rows) -> Demand:
    """Return demand in the order of the scan.

    Parameters
    ----------
    demand
        A matrix (Z, Z) of finite numbers that are not negative, or `Gravity`.
    zones
        Their number Z.
    order
        Zone at each place of the scan, shape (Z,).

    Raises
    ------
    InputError
        Wrong shape, a demand that is missing, infinite or negative, or none above zero.
    RangeError
        The demand is so large that demand times milliseconds leaves float64.
    """
    if isinstance(demand, Gravity):
        origin = _weights(demand.origin, zones, "origin")
        destination = _weights(demand.destination, zones, "destination")
        _check_total(float(origin.sum()) * float(destination.sum()))
        return _Weighted(origin[order], destination[order], demand.deterrence)
    values = _numbers(demand, "demand")
    if values.shape != (zones, zones):
        raise InputError("models.demand_shape", given=values.shape, zones=zones)
    total = 0.0
    for start in range(0, zones, _CHECKED):
        block = values[start : start + _CHECKED]
        wrong = ~(block >= 0) | np.isinf(block)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise InputError(
                "models.demand_value", row=start + row, column=column, given=block[row, column]
            )
        total += float(block.sum(dtype=np.float64))
    _check_total(total)
    return _Matrix(values, order)


def _weights(given: ArrayLike, zones: int, what: str) -> Reals:
    values = _numbers(given, what)
    if values.shape != (zones,):
        raise InputError("models.weights_shape", what=what, given=values.shape, zones=zones)
    wrong = ~(values >= 0) | np.isinf(values)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("models.weight_value", what=what, row=row, given=values[row])
    return values.astype(np.float64)


def _numbers(given: ArrayLike, what: str) -> NDArray[Any]:
    """Return an array of real numbers as it is, without a copy."""
    array = np.asarray(given)
    if array.dtype == np.bool_ or not (
        np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)
    ):
        raise InputError("models.not_numbers", what=what, given=array.dtype.name)
    return array


def _check_total(total: float) -> None:
    if total == 0:
        raise InputError("models.no_demand")
    if not np.isfinite(total * UNREACHABLE):
        raise RangeError("models.demand_too_large")
