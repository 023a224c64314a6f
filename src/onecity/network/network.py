"""The road network: quickest times between all its nodes, for any arc times."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError, MissingError, RangeError

from . import orders
from .access import (
    Decay,
    Weighting,
    access_sums,
    decay_table,
    gathered,
    opportunity_amounts,
)
from .bounds import Guard, instant_metric, through_roots
from .graph import (
    UNREACHABLE,
    Milliseconds,
    Nodes,
    coordinates,
    limit_ms,
    milliseconds,
    neighbours,
    node_count,
    node_ids,
    outgoing,
    topology_hash,
)
from .hierarchy import ArcPlaces, Hierarchy, Offsets, build
from .matrix import Query, as_seconds, fill_matrix, within
from .metric import Metric, customise
from .order import elimination_order
from .plan import Plan, plan_for
from .results import Isochrone, Pairs, Path
from .route import tight_path
from .sweep import labels_from
from .threads import thread_count
from .tiles import MEMORY_LIMIT, PathLike, finished, matrix

Direction = Literal["out", "in"]


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A directed network with a time for every arc; make one with `Network.from_arcs`.

    Times are whole milliseconds. No path may take 2**31 - 1 ms (24.8 days) or more: that is an
    error, never a wrong number. All results are exact, and the same for any number of threads.

    Attributes
    ----------
    tail, head : int32 (arcs,)
        The arcs, as given.
    times : uint32 (arcs,)
        Milliseconds; `UNREACHABLE` for a closed arc.
    order : int32 (n,)
        Node eliminated first, second, ...; depends on which nodes are joined, not on times.
    hierarchy, places, metric
        See the modules `hierarchy` and `metric`.
    """

    tail: Nodes
    head: Nodes
    times: Milliseconds
    order: Nodes
    hierarchy: Hierarchy
    places: ArcPlaces
    metric: Metric

    @classmethod
    def from_arcs(
        cls,
        tail: ArrayLike,
        head: ArrayLike,
        seconds: ArrayLike,
        *,
        lon: ArrayLike | None = None,
        lat: ArrayLike | None = None,
        n: int | None = None,
        order: ArrayLike | PathLike | None = None,
    ) -> "Network":
        """Build a network from its arcs.

        Parameters
        ----------
        tail, head
            Node ids 0..n-1 where each arc begins and ends, shape (arcs,). Parallel arcs and
            loops are allowed.
        seconds
            Time of each arc, shape (arcs,), not negative. +inf is a closed arc. Rounded to the
            nearest millisecond, so a time up to half a millisecond counts as none.
        lon, lat
            Coordinates of the nodes, shape (n,), degrees or any plane. They only help to find
            a good node order; without them the network is laid out by counting hops.
        n
            Number of nodes; without it the length of `lon`, or one more than the largest id.
        order
            A node order found before: the array `Network.order`, or a file of `save_order`.
            Any permutation gives right results, a bad one slow ones.

        Raises
        ------
        InputError
            No node at all; ids that are not whole numbers or out of range; a time that is
            negative or missing; arrays of different lengths; bad coordinates; an order that is
            not a permutation or belongs to another network.
        RangeError
            An arc of 24.8 days or more.
        """
        n = node_count(tail, head, lon, n)
        tails = node_ids(tail, n, "tail")
        heads = node_ids(head, n, "head")
        if len(tails) != len(heads):
            raise InputError("network.arc_ends", tails=len(tails), heads=len(heads))
        times = milliseconds(seconds, len(tails))
        where = coordinates(lon, lat, n)
        first, neighbour = neighbours(tails, heads, n)
        if order is None:
            ranks = elimination_order(first, neighbour, where)
        elif isinstance(order, str | os.PathLike):
            ranks = orders.load(order, topology_hash(tails, heads, n), n)
        else:
            ranks = orders.checked(order, n)
        parts = build(ranks, first, neighbour, tails, heads)
        hierarchy = Hierarchy(*parts[:6])
        places = ArcPlaces(*parts[6:])
        metric = customise(hierarchy, places, times)
        return cls(tails, heads, times, ranks, hierarchy, places, metric)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.order)

    @property
    def arcs(self) -> int:
        """Number of arcs, as given."""
        return len(self.tail)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Time of each arc, shape (arcs,); +inf where closed."""
        return as_seconds(self.times)

    @property
    def topology(self) -> str:
        """Hash of which nodes the arcs join, to key a cached order with."""
        return topology_hash(self.tail, self.head, self.n)

    def __repr__(self) -> str:
        return f"Network(n={self.n}, arcs={self.arcs})"

    def save_order(self, path: PathLike) -> None:
        """Write the node order to a file that `from_arcs` takes as `order`.

        The file also holds `topology`, and is refused for arcs that join other nodes.
        """
        orders.save(path, self.order, self.topology)

    def with_seconds(self, seconds: ArrayLike) -> "Network":
        """Return the same network with other times, shape (arcs,); takes milliseconds.

        See `from_arcs` for what is allowed.
        """
        times = milliseconds(seconds, self.arcs)
        return replace(self, times=times, metric=customise(self.hierarchy, self.places, times))

    def reversed(self) -> "Network":
        """Return the network with every arc turned round; nothing is computed anew.

        ``net.reversed().travel_times(a, b)`` are the times from each of b to each of a,
        shape (a, b).
        """
        places = ArcPlaces(self.places.place, ~self.places.upward)
        return replace(
            self, tail=self.head, head=self.tail, places=places, metric=self.metric.reversed()
        )

    def travel_times(
        self,
        sources: ArrayLike,
        targets: ArrayLike | None = None,
        *,
        threads: int | None = None,
        out: PathLike | NDArray[np.float64] | None = None,
        memory_limit: int = MEMORY_LIMIT,
    ) -> NDArray[np.float64]:
        """Return the quickest times, seconds.

        Parameters
        ----------
        sources
            Node ids, shape (S,); repetition is allowed.
        targets
            Node ids, shape (T,); None for all nodes in order, T = n.
        threads
            How many; None for one on each processor.
        out
            Where the result goes instead of new memory: a float64 array (S, T), or the path of
            a .npy file, written batch by batch and returned as a read-only memory map.
        memory_limit
            Bytes the new array may take.

        Returns
        -------
        float64, shape (S, T). The exact count of milliseconds divided by 1000; +inf where there
        is no path. Beside it each thread uses 256 bytes a target and some for the hierarchy.

        Raises
        ------
        InputError
            Ids that do not exist, or an `out` that does not fit.
        RangeError
            The result would exceed `memory_limit`, or a quickest path takes 24.8 days or more.
        """
        workers, query = thread_count(threads), self._query(sources, targets)
        shape = (len(query.sources), len(query.targets))
        with matrix(out, shape, np.float64, memory_limit) as whole:
            fill_matrix(query, np.asarray(whole), workers)
        return finished(out, whole)

    def travel_times_ms(
        self,
        sources: ArrayLike,
        targets: ArrayLike | None = None,
        *,
        threads: int | None = None,
        out: PathLike | NDArray[np.uint32] | None = None,
        memory_limit: int = MEMORY_LIMIT,
    ) -> NDArray[np.uint32]:
        """Return the quickest times as they are held: uint32 milliseconds, `UNREACHABLE`.

        Half the memory of `travel_times`, and quicker; everything else is the same.
        """
        workers, query = thread_count(threads), self._query(sources, targets)
        shape = (len(query.sources), len(query.targets))
        with matrix(out, shape, np.uint32, memory_limit) as whole:
            fill_matrix(query, np.asarray(whole), workers)
        return finished(out, whole)

    def pairs(
        self,
        sources: ArrayLike,
        targets: ArrayLike | None = None,
        *,
        limit_seconds: float | None = None,
        threads: int | None = None,
    ) -> Iterator[Pairs]:
        """Yield all joined pairs within a time, batch by batch, to be written as they come.

        Pairs without a path, or beyond `limit_seconds`, are left out; never more than a few
        batches of 64 sources are in memory. Sources and targets as in `travel_times`.
        """
        limit = UNREACHABLE - 1 if limit_seconds is None else limit_ms(limit_seconds)
        workers, query = thread_count(threads), self._query(sources, targets)
        return within(query, limit, workers)

    def reachable(
        self, source: int, limit_seconds: float, *, direction: Direction = "out"
    ) -> Isochrone:
        """Return the nodes within a time of one node.

        Parameters
        ----------
        source
            A node id.
        limit_seconds
            Longest time, that time included; rounded to milliseconds.
        direction
            ``"out"``: nodes reached from `source`; ``"in"``: nodes from which it is reached.
        """
        limit = limit_ms(limit_seconds)
        (start,) = self._ids(source, "source")
        net = self if _outward(direction) else self._turned
        labels = labels_from(self.hierarchy, net.metric, net.full_plan, start, limit)
        nodes = np.flatnonzero(labels <= limit).astype(np.int32)
        nodes = nodes[np.argsort(labels[nodes], kind="stable")]
        return Isochrone(nodes, labels[nodes] / 1000.0)

    def access(
        self,
        opportunities: ArrayLike,
        limits_seconds: float | Sequence[float] | NDArray[Any] | None = None,
        *,
        decay: Decay | ArrayLike | None = None,
        nodes: ArrayLike | None = None,
        at: ArrayLike | None = None,
        direction: Direction = "out",
        threads: int | None = None,
        memory_limit: int = MEMORY_LIMIT,
    ) -> NDArray[np.float64]:
        """Return how much can be reached from every node within a time.

        Parameters
        ----------
        opportunities
            Amounts: jobs, beds, people. Shape (n,) or (n, C) for C kinds at once, by node; with
            `nodes`, shape (O,) or (O, C).
        limits_seconds
            One longest time or several (L,), that time included; rounded to milliseconds. It
            may only be left out if `decay` is an array: then its last second is the limit.
        decay
            Weight by travel time, up to the one limit: a function (array of seconds in, weights
            out), or the weights at seconds 0, 1, 2, ... themselves, zero after the last. It is
            taken at whole seconds and straight lines between them. None: all within the limit
            count in full.
        nodes
            Node of each row of `opportunities`; repetition adds up.
        at
            Nodes to give the result for, shape (N,); None for all, N = n.
        direction
            ``"out"``: what somebody at the node can get to; ``"in"``: what (who) can get to the
            node.
        threads
            How many; None for one on each processor.
        memory_limit
            Bytes the sums may take; each thread works on its own.

        Returns
        -------
        float64, shape (N,), then (L,) if several limits were given, then (C,) if opportunities
        have columns. Whole amounts up to 2**53 add up exactly.

        Raises
        ------
        InputError
            Wrong shapes, amounts that are not finite, limits below zero or out of range,
            several limits with a decay.
        RangeError
            The sums would exceed `memory_limit`.
        """
        workers = thread_count(threads)
        if limits_seconds is None:
            if decay is None or callable(decay):
                raise InputError("network.no_limit")
            limits_seconds = float(np.size(decay) - 1)
        limits = np.array([limit_ms(limit) for limit in np.ravel(limits_seconds)], np.int64)
        if limits.size == 0 or np.ndim(limits_seconds) > 1:
            raise InputError("network.limits_shape", given=np.shape(limits_seconds))
        if decay is not None and limits.size > 1:
            raise InputError("network.decay_limits", given=limits.size)
        table = np.zeros(0) if decay is None else decay_table(decay, int(limits[0]))
        amounts, rows = opportunity_amounts(opportunities, nodes, self.n)
        columns, places = gathered(amounts, self.hierarchy.position[rows])
        # Swept from the opportunities: against the arcs if they are what is reached.
        net = self._turned if _outward(direction) else self
        wanted = None if at is None else self.hierarchy.position[self._ids(at, "at")]
        plan = (
            net.full_plan if wanted is None else plan_for(self.hierarchy, net.metric.down, wanted)
        )
        ascending = np.argsort(limits, kind="stable")
        # One sum for the total and a few for each thread, see `threads.in_order`.
        needed = 8 * len(plan.node) * limits.size * len(columns) * (2 + 3 * workers)
        if needed > memory_limit:
            raise RangeError("network.sums_too_large", needed=needed, limit=memory_limit)
        sums = access_sums(
            self.hierarchy, net.metric.up, plan, places, columns,
            Weighting(limits[ascending], table), workers,
        )  # fmt: skip
        result = sums[plan.emit][plan.row[: plan.columns]]
        result = result[:, np.argsort(ascending, kind="stable")]
        if np.ndim(opportunities) == 1:
            result = result[:, :, 0]
        return result if np.ndim(limits_seconds) else result[:, 0]

    def path(self, source: int, target: int) -> Path:
        """Return one quickest path: of all quickest ones, one of fewest arcs.

        Raises
        ------
        MissingError
            There is no path.
        RangeError
            It takes 24.8 days or more.
        """
        (start,) = self._ids(source, "source")
        (end,) = self._ids(target, "target")
        net = self._turned
        to_target = labels_from(self.hierarchy, net.metric, net.full_plan, end, UNREACHABLE)
        if to_target[start] == UNREACHABLE:
            self.travel_times_ms([start], [end], threads=1)  # raises if there is one, too long
            raise MissingError("network.no_path", source=source, target=target)
        first, rows = self._outgoing
        arcs = tight_path(first, rows, self.head, self.times, to_target, start, end)
        nodes = np.concatenate([[start], self.head[arcs]]).astype(np.int32)
        elapsed = np.concatenate([[0], np.cumsum(self.times[arcs], dtype=np.int64)])
        return Path(nodes, arcs, elapsed / 1000.0)

    @cached_property
    def full_plan(self) -> Plan:
        """Plan that visits every node, see `sweep`."""
        return plan_for(self.hierarchy, self.metric.down, self.hierarchy.position)

    @cached_property
    def _outgoing(self) -> tuple[Offsets, NDArray[np.int64]]:
        return outgoing(self.tail, self.n)

    @cached_property
    def _safe(self) -> bool:
        """Whether tests 1 or 2 of `bounds` show that all paths are within the range."""
        if self.metric.safe:
            return True
        longest = int(through_roots(self.hierarchy.parent, self.metric.up, self.metric.down))
        return 0 <= longest < UNREACHABLE

    @cached_property
    def _instant(self) -> Metric:
        return instant_metric(self.hierarchy, self.places, self.times)

    @cached_property
    def _turned(self) -> "Network":
        return self.reversed()

    def _ids(self, given: ArrayLike, what: str) -> Nodes:
        return node_ids(given, self.n, what)

    def _query(self, sources: ArrayLike, targets: ArrayLike | None) -> Query:
        origins = self._ids(sources, "sources")
        if targets is None:
            destinations = np.arange(self.n, dtype=np.int32)
            plan = self.full_plan
        else:
            destinations = self._ids(targets, "targets")
            plan = plan_for(self.hierarchy, self.metric.down, self.hierarchy.position[destinations])
        guard = None
        if not self._safe:
            guard = Guard(self.hierarchy, self._instant, self.hierarchy.position[destinations])
        return Query(self.hierarchy, self.metric, plan, origins, destinations, guard)


def _outward(direction: str) -> bool:
    if direction not in ("out", "in"):
        raise InputError("network.bad_direction", given=direction)
    return direction == "out"
