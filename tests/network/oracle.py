"""Slow, obvious answers to compare the network with."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from onecity.network import UNREACHABLE, Network


@dataclass(frozen=True)
class Arcs:
    """Arcs with whole milliseconds; None is a closed arc."""

    n: int
    rows: Sequence[tuple[int, int, int | None]]

    @property
    def tail(self) -> NDArray[np.int64]:
        return np.array([row[0] for row in self.rows], np.int64)

    @property
    def head(self) -> NDArray[np.int64]:
        return np.array([row[1] for row in self.rows], np.int64)

    @property
    def seconds(self) -> NDArray[np.float64]:
        return np.array([np.inf if row[2] is None else row[2] / 1000 for row in self.rows])

    def network(self, **given: Any) -> Network:
        return Network.from_arcs(self.tail, self.head, self.seconds, n=self.n, **given)

    def turned(self) -> "Arcs":
        return Arcs(self.n, [(head, tail, ms) for tail, head, ms in self.rows])

    def twin(self) -> NDArray[np.uint32]:
        """Times between all nodes by plain Dijkstra, (n, n), milliseconds."""
        return np.array([self.twin_from(source) for source in range(self.n)])

    def twin_from(self, source: int) -> NDArray[np.uint32]:
        row = self.twin_without_range(source)
        return np.array([UNREACHABLE if time is None else time for time in row], np.uint32)

    def twin_without_range(self, source: int) -> list[int | None]:
        """Times from one node as Python's integers, None where there is no path."""
        out: list[list[tuple[int, int]]] = [[] for _ in range(self.n)]
        for tail, head, ms in self.rows:
            if ms is not None:
                out[tail].append((head, ms))
        best: list[int | None] = [None] * self.n
        queue = [(0, source)]
        while queue:
            so_far, node = heapq.heappop(queue)
            if best[node] is None:
                best[node] = so_far
                for head, ms in out[node]:
                    heapq.heappush(queue, (so_far + ms, head))
        return best


def scipy_times(
    n: int, tail: Any, head: Any, ms: Any, sources: Any, limit: float = np.inf
) -> NDArray[np.uint32]:
    """Times by SciPy, (S, n), milliseconds. Its matrices ADD parallel arcs: the least goes in."""
    tail, head, ms = (np.asarray(a, np.int64) for a in (tail, head, ms))
    kept = (ms < UNREACHABLE) & (tail != head)
    tail, head, ms = tail[kept], head[kept], ms[kept]
    order = np.lexsort((ms, head, tail))
    tail, head, ms = tail[order], head[order], ms[order]
    first = np.ones(len(tail), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    tail, head, ms = tail[first], head[first], ms[first]
    begin = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))])
    graph = csr_matrix((ms.astype(float), head, begin), shape=(n, n))
    found = dijkstra(graph, indices=sources, limit=limit)
    return np.where(np.isinf(found), UNREACHABLE, found).astype(np.uint32)


def times(most: int = 10_000_000) -> st.SearchStrategy[int | None]:
    """Arc times: none, small (ties!), any, closed."""
    return st.one_of(
        st.just(0), st.integers(0, 3), st.integers(0, 3), st.integers(0, most), st.none()
    )


@st.composite
def arcs(draw: st.DrawFn, nodes: int = 40, most: int = 10_000_000) -> Arcs:
    """Any network: disconnected, loops, parallel arcs, zero and closed arcs, one node."""
    n = draw(st.integers(1, nodes))
    node = st.integers(0, n - 1)
    rows = draw(st.lists(st.tuples(node, node, times(most)), max_size=4 * n))
    both_ways = draw(st.booleans())
    return Arcs(n, rows + [(head, tail, ms) for tail, head, ms in rows if both_ways])


@st.composite
def sheets(draw: st.DrawFn) -> tuple[Arcs, NDArray[np.float64], NDArray[np.float64]]:
    """A grid with holes, chains and dead ends, large enough to be cut; with coordinates."""
    wide, high = draw(st.integers(2, 14)), draw(st.integers(2, 14))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    node = np.arange(wide * high).reshape(high, wide)
    pairs = [*zip(node[:, :-1].flat, node[:, 1:].flat, strict=True)]
    pairs += [*zip(node[:-1].flat, node[1:].flat, strict=True)]
    kept = [pair for pair in pairs if random.random() < 0.8]
    top = draw(st.sampled_from([1, 4, 100_000]))
    rows: list[tuple[int, int, int | None]] = []
    for a, b in kept:
        rows.append((int(a), int(b), int(random.integers(0, top + 1))))
        if random.random() < 0.9:
            rows.append((int(b), int(a), int(random.integers(0, top + 1))))
    names = random.permutation(wide * high)
    rows = [(int(names[a]), int(names[b]), ms) for a, b, ms in rows]
    lon, lat = np.empty(wide * high), np.empty(wide * high)
    spread = draw(st.sampled_from([0.0, 0.01]))  # zero: all nodes at one place
    lon[names] = 114.0 + spread * np.tile(np.arange(wide), high)
    lat[names] = 30.0 + spread * np.repeat(np.arange(high), wide)
    return Arcs(wide * high, rows), lon, lat
