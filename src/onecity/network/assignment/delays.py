"""How the time of an arc grows with its flow: value, slope and integral.

Two laws, with x the flow over the capacity c and t0 the time of an empty arc:

* BPR, t = t0 (1 + B x^p). Source: Bureau of Public Roads (1964), Traffic Assignment Manual.
* Conical, t = t0 (2 + sqrt(a² (1 - x)² + b²) - a (1 - x) - b), b = (2a - 1) / (2a - 2).
  Source: Spiess (1990), Conical Volume-Delay Functions, Transportation Science 24(2).

Both are convex and grow with the flow, so an equilibrium has one flow for every arc whose time
grows at all.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.network.graph import first_row

from .compiled import kernel

Reals = NDArray[np.float64]

BPR = 0
CONICAL = 1


class Laws(NamedTuple):
    """The arrays of `Delays`, as kernels read them."""

    kind: NDArray[np.int8]
    free: Reals
    capacity: Reals
    factor: Reals
    power: Reals


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """The law of every arc; make it with `bpr` or `conical`, mix them with `where`.

    Attributes
    ----------
    kind : int8 (arcs,)
        `BPR` or `CONICAL`.
    free : float64 (arcs,)
        Time at no flow, t0; any unit, the same for all.
    capacity : float64 (arcs,)
        Flow at which x = 1; +inf where flow does not matter.
    factor, power : float64 (arcs,)
        B and p, or a and b.
    """

    kind: NDArray[np.int8]
    free: Reals
    capacity: Reals
    factor: Reals
    power: Reals

    @property
    def arcs(self) -> int:
        """Number of arcs."""
        return len(self.free)

    def time(self, flow: ArrayLike) -> Reals:
        """Return the time of each arc at a flow, shape (arcs,)."""
        return times_at(self.laws(), self._flow(flow), False)[0]  # type: ignore[no-any-return]

    def slope(self, flow: ArrayLike) -> Reals:
        """Return what one more unit of flow adds to the time of each arc, shape (arcs,)."""
        return times_at(self.laws(), self._flow(flow), False)[1]  # type: ignore[no-any-return]

    def marginal(self, flow: ArrayLike) -> Reals:
        """Return the time that one more unit of flow costs all on the arc: t + v t'."""
        return times_at(self.laws(), self._flow(flow), True)[0]  # type: ignore[no-any-return]

    def integral(self, flow: ArrayLike) -> Reals:
        """Return the area under the law from no flow to this one, shape (arcs,)."""
        return _integrals(self.laws(), self._flow(flow))  # type: ignore[no-any-return]

    def value_of_capacity(self, flow: ArrayLike) -> Reals:
        """Return the time that one more unit of capacity saves while the flow stays as it is.

        v² t'(v) / c; for BPR v t0 B p x^p / c. This is no derivative of the equilibrium: drivers
        move towards what was widened. Confirm it by solving anew.
        """
        given = self._flow(flow)
        saved: Reals = given**2 * self.slope(given) / self.capacity
        return saved

    def where(self, chosen: ArrayLike, other: "Delays") -> "Delays":
        """Return these laws where `chosen` holds, shape (arcs,), and those of `other` elsewhere."""
        mask = np.asarray(chosen, dtype=np.bool_)
        if mask.shape != (self.arcs,) or other.arcs != self.arcs:
            raise InputError("assignment.laws_shape", arcs=self.arcs, given=mask.shape)
        return Delays(
            np.where(mask, self.kind, other.kind),
            np.where(mask, self.free, other.free),
            np.where(mask, self.capacity, other.capacity),
            np.where(mask, self.factor, other.factor),
            np.where(mask, self.power, other.power),
        )

    def laws(self) -> Laws:
        """Return the arrays alone."""
        return Laws(self.kind, self.free, self.capacity, self.factor, self.power)

    def _flow(self, flow: ArrayLike) -> Reals:
        return amounts(flow, self.arcs, "flow")


def bpr(
    free: ArrayLike, capacity: ArrayLike, factor: ArrayLike = 0.15, power: ArrayLike = 4.0
) -> Delays:
    """Return BPR laws, t0 (1 + B x^p).

    Parameters
    ----------
    free
        Time at no flow, shape (arcs,), at least 0.
    capacity
        Above 0, shape (arcs,) or one for all; +inf where flow does not matter.
    factor
        B, at least 0, shape (arcs,) or one for all.
    power
        p, 0 or at least 1, shape (arcs,) or one for all. Between 0 and 1 the first vehicle
        would meet an infinitely steep law.

    Raises
    ------
    InputError
        A value that is missing or out of these bounds, or a wrong shape.
    """
    count = np.size(free)
    times = amounts(free, count, "free")
    room = _capacities(capacity, count)
    factors = amounts(factor, count, "factor")
    powers = amounts(power, count, "power")
    if (row := first_row((powers > 0) & (powers < 1))) is not None:
        raise InputError("assignment.bad_power", row=row, given=float(powers[row]))
    return Delays(np.full(count, BPR, np.int8), times, room, factors, powers)


def conical(free: ArrayLike, capacity: ArrayLike, steepness: ArrayLike = 4.0) -> Delays:
    """Return conical laws.

    Parameters
    ----------
    free, capacity
        As in `bpr`.
    steepness
        a, above 1, shape (arcs,) or one for all: about how much steeper than the empty arc's
        time the law is beyond capacity.

    Raises
    ------
    InputError
        A value that is missing or out of bounds, or a wrong shape.
    """
    count = np.size(free)
    times = amounts(free, count, "free")
    room = _capacities(capacity, count)
    a = amounts(steepness, count, "steepness")
    if (row := first_row(a <= 1)) is not None:
        raise InputError("assignment.bad_steepness", row=row, given=float(a[row]))
    return Delays(np.full(count, CONICAL, np.int8), times, room, a, (2 * a - 1) / (2 * a - 2))


def amounts(given: ArrayLike, count: int, what: str) -> Reals:
    """Return finite numbers of at least 0, shape (count,); one alone counts for all.

    Raises
    ------
    InputError
        They are not, or the shape is wrong; `what` names the argument.
    """
    values = _numbers(given, count, what)
    if (row := first_row(~np.isfinite(values) | (values < 0))) is not None:
        raise InputError("assignment.bad_amount", what=what, row=row, given=float(values[row]))
    return values


def _capacities(given: ArrayLike, count: int) -> Reals:
    values = _numbers(given, count, "capacity")
    if (row := first_row(np.isnan(values) | (values <= 0))) is not None:
        raise InputError("assignment.bad_capacity", row=row, given=float(values[row]))
    return values


def _numbers(given: ArrayLike, count: int, what: str) -> Reals:
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("assignment.not_numbers", what=what, given=str(error)) from error
    if values.ndim == 0:
        values = np.full(count, values)
    if values.shape != (count,):
        raise InputError("assignment.wrong_shape", what=what, count=count, given=values.shape)
    return values


@kernel
def delay(kind, free, capacity, factor, power, flow, marginal):  # type: ignore[no-untyped-def]
    """Return time and slope of one arc, or of its marginal time t + v t'."""
    x = flow / capacity
    if kind == BPR:
        if power == 0.0:
            return free * (1.0 + factor), 0.0
        if power == 4.0:
            below = x * x * x
        elif power == 1.0:
            below = 1.0
        else:
            below = x ** (power - 1.0)
        rise = free * factor * below
        time = free + rise * x
        slope = rise * power / capacity
        if marginal:  # v t'' = (p - 1) t'
            return time + flow * slope, slope * (power + 1.0)
        return time, slope
    y = factor * (1.0 - x)
    r = math.sqrt(y * y + power * power)
    # r - y without the loss of digits where both are large.
    gap = power * power / (r + y) if y > 0 else r - y
    time = free * (2.0 - power + gap)
    slope = free * factor * gap / r / capacity
    if marginal:
        bend = free * (factor * power / capacity) ** 2 / (r * r * r)
        return time + flow * slope, 2.0 * slope + flow * bend
    return time, slope


@kernel
def times_at(laws, flow, marginal):  # type: ignore[no-untyped-def]
    """Return time and slope of every arc, or of its marginal time."""
    time = np.empty(len(flow))
    slope = np.empty(len(flow))
    for a in range(len(flow)):
        time[a], slope[a] = delay(
            laws.kind[a], laws.free[a], laws.capacity[a], laws.factor[a], laws.power[a],
            flow[a], marginal,
        )  # fmt: skip
    return time, slope


@kernel
def _cone(u, b):  # type: ignore[no-untyped-def]
    """Return an antiderivative of sqrt(u² + b²) - u."""
    r = math.sqrt(u * u + b * b)
    gap = b * b / (r + u) if u > 0 else r - u
    return (u * gap + b * b * math.asinh(u / b)) / 2.0


@kernel
def _integrals(laws, flow):  # type: ignore[no-untyped-def]
    kind, free, capacity, factor, power = laws
    area = np.empty(len(free))
    for a in range(len(free)):
        x = flow[a] / capacity[a]
        if kind[a] == BPR:
            area[a] = free[a] * flow[a] * (1.0 + factor[a] * x ** power[a] / (power[a] + 1.0))
        elif x == 0.0:
            area[a] = free[a] * flow[a]
        else:
            cone = _cone(factor[a], power[a]) - _cone(factor[a] * (1.0 - x), power[a])
            area[a] = free[a] * ((2.0 - power[a]) * flow[a] + capacity[a] * cone / factor[a])
    return area
