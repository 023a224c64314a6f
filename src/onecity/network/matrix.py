"""Matrices of times: batches of sources over threads, each checked against the range."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import RangeError

from .bounds import Guard
from .graph import UNREACHABLE, Milliseconds, Nodes
from .hierarchy import Hierarchy
from .lanes import LANES
from .metric import Metric
from .plan import Plan
from .results import Pairs
from .sweep import Space, fill_times, space_for
from .threads import in_order

_FAR = np.uint32(UNREACHABLE)
_NO_MILLISECONDS = np.empty((0, 0), np.uint32)
_NO_SECONDS = np.empty((0, 0))
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: times from sources to the targets of a plan.

    Attributes
    ----------
    hierarchy, metric, plan
        The network and the targets.
    sources, targets : int32 (S,), (T,)
        Node ids; `targets` only to name one in an error.
    guard
        Checks the range; None where it need not be checked.
    """

    hierarchy: Hierarchy
    metric: Metric
    plan: Plan
    sources: Nodes
    targets: Nodes
    guard: Guard | None

    def batches(self) -> list[Rows]:
        """Return rows of `sources` in batches of neighbours, so that they climb together."""
        rows = np.argsort(self.hierarchy.position[self.sources], kind="stable")
        return [rows[start : start + LANES] for start in range(0, len(rows), LANES)]

    def fill(self, batch: Rows, rows: Rows, out: NDArray[Any], space: Space) -> None:
        """Write the times of a batch into rows of `out`, shape (any, T), C-contiguous.

        Milliseconds if `out` is uint32, seconds if float64.
        """
        sources = self.hierarchy.position[self.sources[batch]]
        up, parent = self.metric.up, self.hierarchy.parent
        as_ms = out.dtype == np.uint32
        milliseconds, seconds = (out, _NO_SECONDS) if as_ms else (_NO_MILLISECONDS, out)
        fill_times(up, parent, self.plan, sources, rows, milliseconds, seconds, space)
        if self.guard is None:
            return
        if (pair := self.guard.too_long(sources, self.plan, space)) is not None:
            source, target = self.sources[batch[pair[0]]], self.targets[pair[1]]
            raise RangeError("network.path_too_long", source=source, target=target)


def fill_matrix(query: Query, whole: NDArray[Any], threads: int) -> None:
    """Fill a matrix, uint32 milliseconds or float64 seconds, shape (S, T), C-contiguous."""

    def work(batch: Rows, space: Space) -> None:
        query.fill(batch, batch, whole, space)

    for _ in in_order(work, query.batches(), lambda: _space(query), threads):
        pass


def within(query: Query, limit: int, threads: int) -> Iterator[Pairs]:
    """Yield the pairs whose time is at most `limit` milliseconds, batch by batch."""

    def work(batch: Rows, memory: tuple[Space, Milliseconds]) -> Pairs:
        space, tile = memory
        query.fill(batch, np.arange(len(batch)), tile, space)
        i, j = np.nonzero(tile[: len(batch)] <= limit)
        return Pairs(query.sources[batch[i]], query.targets[j], tile[i, j] / 1000.0)

    yield from in_order(work, query.batches(), lambda: _space_and_tile(query), threads)


def _space_and_tile(query: Query) -> tuple[Space, Milliseconds]:
    return _space(query), np.empty((LANES, len(query.targets)), np.uint32)


def _space(query: Query) -> Space:
    return space_for(query.hierarchy, len(query.targets))


def as_seconds(times: NDArray[Any]) -> NDArray[np.float64]:
    """Return milliseconds as seconds, unreachable as +inf."""
    return np.where(times == _FAR, np.inf, times / 1000.0)
