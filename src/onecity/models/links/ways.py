"""Times over a network with some links already built on it.

A built link is kept as the times from every node to it and from it to every node. With these,
times between any nodes are min(d, d_to + w + d_from): no node order is sought anew.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import RangeError
from onecity.network import Network

from .kernel import Times, shorten

Nodes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Built:
    """A directed link: from every node to its tail, int32 (n,), its time, from its head, (n,)."""

    to_tail: Times
    ms: int
    from_head: Times


@dataclass(frozen=True, slots=True)
class Ways:
    """A network and the directed links built on it, in this order.

    Attributes
    ----------
    network, turned
        The network, and with its arcs turned round.
    threads
        How many to use.
    built
        What has been built.
    """

    network: Network
    turned: Network
    threads: int
    built: tuple[_Built, ...] = ()

    @classmethod
    def on(cls, network: Network, threads: int) -> "Ways":
        """Return the network with nothing built on it."""
        return cls(network, network.reversed(), threads)

    def with_link(self, tail: int, head: int, ms: int) -> "Ways":
        """Return the same with one more directed link.

        Raises
        ------
        RangeError
            It makes a path of 24.8 days or more.
        """
        every = np.arange(self.network.n, dtype=np.int32)
        to_tail = self.from_each(every, np.array([tail], np.int32))[0]
        from_head = self.to_each(np.array([head], np.int32), every)[0]
        return replace(self, built=(*self.built, _Built(to_tail, ms, from_head)))

    def to_each(self, sources: Nodes, targets: Nodes) -> Times:
        """Return milliseconds from each source to each target, int32 (S, T)."""
        return self.improved(self.base(sources, targets), sources, targets)

    def base(self, sources: Nodes, targets: Nodes) -> Times:
        """Return the same as if nothing were built."""
        return _signed(self.network, sources, targets, self.threads)

    def from_each(self, sources: Nodes, targets: Nodes) -> Times:
        """Return milliseconds from each source to each target, int32 (T, S): a row a target."""
        times = _signed(self.turned, targets, sources, self.threads)
        for link in self.built:
            _shorten(times, link.from_head[targets], link.ms, link.to_tail[sources])
        return times

    def improved(self, times: Times, sources: Nodes, targets: Nodes) -> Times:
        """Return `times` after what is built has quickened them, in place."""
        for link in self.built:
            _shorten(times, link.to_tail[sources], link.ms, link.from_head[targets])
        return times


def _signed(network: Network, sources: Nodes, targets: Nodes, threads: int) -> Times:
    """Return times as int32: no time has the highest bit set. Tiles are sized by the caller."""
    times = np.empty((len(sources), len(targets)), np.uint32)
    network.travel_times_ms(sources, targets, threads=threads, out=times)
    return times.view(np.int32)


def _shorten(times: Times, to_tail: Times, ms: int, from_head: Times) -> None:
    row, _ = shorten(times, to_tail, ms, from_head)
    if row >= 0:
        raise RangeError("models.path_too_long")
