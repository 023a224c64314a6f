"""The Poisson likelihood with origin and destination effects, by balancing and Newton's steps.

    T_ij = exp(offset_ij + x_ij'b + a_i + g_j)

The likelihood needs of observed flows only their sums by origin and by destination and the
sums of each regressor over them: at its top the modelled flows have the same. So one solver
serves estimation (sums of what is observed), calibration (totals and a mean trip length that are
given) and balancing (no regressor at all).

A step of Newton's on b and all effects at once eliminates the effects (`kernels.solve`); then
rows and columns are balanced once, which never lowers the likelihood. Steps that lower it are
halved. It is concave, so that there is no other top to end in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import RangeError
from onecity.models.effects import Reals, Rows

from . import kernels

#: Newton's decrement, relative to the total of flows, that counts as none: convergence is
#: quadratic, so that what is left of the coefficients' error is far smaller.
_NEAR = 1e-22
#: The same, below which no progress means that rounding is reached.
_ROUNDING = 1e-13
#: A sum of modelled flows further than this from what it should be is no answer.
_FAILED = 1e-8
#: How far regressors may move the logarithm of a flow in one step.
_FARTHEST = 4.0
_STEPS = 200
_HALVINGS = 40
#: Sweeps of conjugate gradients before a right side is left as it is.
SWEEPS = 5_000


@dataclass(frozen=True, slots=True)
class Graph:
    """Pairs in the order of their origins.

    Attributes
    ----------
    first : int64 (O + 1,)
    destination : int32 (m,)
    """

    first: Rows
    destination: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Sums:
    """What modelled flows must add up to.

    Attributes
    ----------
    out, into : float64 (O,), (D,)
        By origin and by destination, all above zero, with the same total in each piece.
    regressors : float64 (K,)
        Of each regressor times flow.
    """

    out: Reals
    into: Reals
    regressors: Reals


@dataclass(frozen=True, slots=True)
class Top:
    """Where the likelihood is highest.

    Attributes
    ----------
    coefficients : float64 (K,)
    out, into : float64 (O,), (D,)
        Effects: one of the many choices with the same sums a_i + g_j.
    flow : float64 (m,)
        Modelled flows.
    explained_out, explained_into : float64 (O, K), (D, K)
        Effects that take out of the regressors what effects can, under the flows as weights.
    information : float64 (K, K)
        Of the coefficients, effects taken out.
    steps, sweeps : int
        Newton's steps, and sweeps over the pairs within them.
    error : float
        The furthest that a sum by effect is from what it should be, relative to it.
    """

    coefficients: Reals
    out: Reals
    into: Reals
    flow: Reals
    explained_out: Reals
    explained_into: Reals
    information: Reals
    steps: int
    sweeps: int
    error: float


def maximise(
    graph: Graph, offset: Reals, columns: Reals, sums: Sums, start: Reals | None = None
) -> Top:
    """Return the top of the likelihood.

    Parameters
    ----------
    graph
        The pairs.
    offset
        Added to the logarithm of each flow, finite, shape (m,).
    columns
        Regressors (m, K) of like size, best with effects taken out under any weights.
    sums
        What modelled flows must add up to.
    start
        Coefficients to begin with (K,); None means zeros.

    Raises
    ------
    RangeError
        Not found: the sums cannot be met on these pairs, or rounding keeps them from being met.
    """
    total = float(sums.out.sum())
    scaled = Sums(sums.out / total, sums.into / total, sums.regressors / total)
    state = _State(graph, offset, columns, scaled, None)
    if start is not None and len(start):
        other = _State(graph, offset, columns, scaled, start)
        state = other if other.height > state.height else state
    before, step, going = np.inf, 0, True
    while going and step < _STEPS:
        step += 1
        decrement = abs(state.newton(min(1e-2, max(1e-11, np.sqrt(before)))))
        going = bool(np.isfinite(decrement)) and state.move(decrement) and decrement > _NEAR
        going = going and not before / 4 < decrement < _ROUNDING
        before = decrement
    state.newton(1e-13)
    error = state.error()
    if not error <= _FAILED:
        raise RangeError("gravity.not_found", steps=step, error=error)
    # One of the two is free: origins carry the size of flows.
    return Top(
        coefficients=state.beta,
        out=state.a + np.log(total),
        into=state.g,
        flow=state.flow * total,
        explained_out=state.explained_out,
        explained_into=state.explained_into,
        information=state.information * total,
        steps=step,
        sweeps=state.sweeps,
        error=error,
    )


class _State:
    """The iteration: effects and coefficients as they stand."""

    def __init__(
        self, graph: Graph, offset: Reals, columns: Reals, sums: Sums, start: Reals | None
    ) -> None:
        self.graph, self.offset, self.columns, self.sums = graph, offset, columns, sums
        count = columns.shape[1]
        self.beta = np.zeros(count) if start is None else start.copy()
        self.a, self.g = np.zeros(len(sums.out)), np.zeros(len(sums.into))
        self.flow = np.empty(len(offset))
        self.explained_out = np.zeros((len(sums.out), count))
        self.explained_into = np.zeros((len(sums.into), count))
        self.information = np.zeros((count, count))
        self.step = np.zeros(count), np.zeros_like(self.a), np.zeros_like(self.g)
        self.sweeps = 0
        pairs = graph.first, graph.destination
        line = self._line(self.beta)
        kernels.start(*pairs, line, sums.out, sums.into, self.a, self.g)
        kernels.expect(*pairs, line, self.a, self.g, self.flow)
        kernels.rebalance(*pairs, self.flow, sums.out, sums.into, self.a, self.g)
        self.height = self._height(self.beta, self.a, self.g, self.flow)

    def newton(self, tolerance: float) -> float:
        """Find the next step, effects eliminated to a tolerance; return its decrement."""
        first, destination = self.graph.first, self.graph.destination
        count = len(self.beta)
        by_out = np.zeros((len(self.a), count + 1))
        by_into = np.zeros((len(self.g), count + 1))
        gram = np.zeros((count + 1, count + 1))
        kernels.gather(first, destination, self.flow, self.columns, by_out, by_into, gram)
        total_out, total_into = by_out[:, 0].copy(), by_into[:, 0].copy()
        by_out[:, 0] = self.sums.out - total_out
        by_into[:, 0] = self.sums.into - total_into
        slope = self.sums.regressors - gram[1:, 0]
        close = np.full(count + 1, tolerance)
        g = np.column_stack([np.zeros_like(self.g), self.explained_into])
        a, left, sweeps = kernels.solve(
            first, destination, self.flow, by_out, by_into, total_out, total_into, close, SWEEPS, g
        )
        self.sweeps += sweeps
        self.explained_out, self.explained_into = a[:, 1:], g[:, 1:]
        products = gram[1:, 1:]
        products = products + np.tril(products, -1).T
        # Rough effects P leave r: with -P'r, products are right to the square of the error.
        taken = by_out[:, 1:].T @ a[:, 1:] + by_into[:, 1:].T @ g[:, 1:] + left[:, 1:].T @ g[:, 1:]
        self.information = products - (taken + taken.T) / 2
        pull = slope - by_out[:, 1:].T @ a[:, 0] - by_into[:, 1:].T @ g[:, 0]
        pull -= g[:, 1:].T @ left[:, 0]
        beta = _solved(self.information, pull, np.diag(products))
        self.step = beta, a[:, 0] - a[:, 1:] @ beta, g[:, 0] - g[:, 1:] @ beta
        return float(slope @ beta + by_out[:, 0] @ self.step[1] + by_into[:, 0] @ self.step[2])

    def move(self, decrement: float) -> bool:
        """Go the step, or as much of it as raises the likelihood; return whether it could."""
        pairs = self.graph.first, self.graph.destination
        # Beyond that, nearly all flow may end on pairs that say nothing of a coefficient.
        farthest = float(np.abs(self.columns @ self.step[0]).max(initial=0.0))
        share = min(1.0, _FARTHEST / farthest) if farthest > 0 else 1.0
        flow = np.empty_like(self.flow)
        for _ in range(_HALVINGS):
            beta, a, g = (
                now + share * step
                for now, step in zip((self.beta, self.a, self.g), self.step, strict=True)
            )
            kernels.expect(*pairs, self._line(beta), a, g, flow)
            kernels.rebalance(*pairs, flow, self.sums.out, self.sums.into, a, g)
            height = self._height(beta, a, g, flow)
            # So near the top, a rise is less than rounding: the step is known to be good.
            if height >= self.height or (decrement < 1e-9 and np.isfinite(height)):
                self.beta, self.a, self.g, self.flow, self.height = beta, a, g, flow, height
                return True
            share /= 2
        return False

    def error(self) -> float:
        """Return how far sums are from what they should be."""
        first, destination = self.graph.first, self.graph.destination
        out = np.add.reduceat(self.flow, first[:-1])
        into = np.bincount(destination, self.flow, len(self.g))
        slack = np.concatenate([out / self.sums.out, into / self.sums.into]) - 1
        means = self.columns.T @ self.flow - self.sums.regressors
        return float(np.abs(np.concatenate([slack, means])).max())

    def _line(self, beta: Reals) -> Reals:
        return self.offset + self.columns @ beta if len(beta) else self.offset

    def _height(self, beta: Reals, a: Reals, g: Reals, flow: Reals) -> float:
        """Return the likelihood but for a constant; minus infinity where flows overflow."""
        sums = self.sums
        value = sums.out @ a + sums.into @ g + sums.regressors @ beta - flow.sum()
        return float(value) if np.isfinite(value) else -np.inf


def _solved(information: Reals, pull: Reals, products: Reals) -> Reals:
    """Solve a small system by its scaled eigenvectors, so that rounding cannot stop it.

    `products` (K,) is what the diagonal is before effects are taken out.
    """
    if not len(pull):
        return pull
    tiny = np.finfo(np.float64).tiny
    scale = np.sqrt(np.maximum(np.diag(information), np.maximum(1e-12 * products, tiny)))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    values = np.maximum(values, 1e-14)
    return np.asarray(vectors @ ((vectors.T @ (pull / scale)) / values) / scale)
