"""Slow and obvious twins of the link scan: build the link, find all quickest times anew."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from onecity.network import Network

Reals = NDArray[np.float64]
Arcs = tuple[list[int], list[int], list[float]]
Link = tuple[int, int, float, bool]


def all_times(n: int, arcs: Arcs) -> Reals:
    """Quickest seconds between all nodes; SciPy on the quickest of parallel arcs."""
    least: dict[tuple[int, int], float] = {}
    for tail, head, seconds in zip(*arcs, strict=True):
        if np.isfinite(seconds) and tail != head:
            least[tail, head] = min(seconds, least.get((tail, head), np.inf))
    ends = np.array(list(least), int).reshape(-1, 2)
    graph = csr_array((list(least.values()), (ends[:, 0], ends[:, 1])), shape=(n, n))
    times: Reals = dijkstra(graph)
    return times


def with_links(arcs: Arcs, links: list[Link]) -> Arcs:
    """The arcs and some links (tail, head, seconds, both ways)."""
    tail, head, seconds = arcs[0].copy(), arcs[1].copy(), arcs[2].copy()
    for u, v, w, both in links:
        tail += [u, v] if both else [u]
        head += [v, u] if both else [v]
        seconds += [w, w] if both else [w]
    return tail, head, seconds


def rebuilt(
    n: int, arcs: Arcs, zones: NDArray[Any], demand: Reals, links: list[Link]
) -> tuple[Reals, NDArray[np.bool_], Reals]:  # fmt: skip
    """Saved demand-seconds of every pair (Z, Z), which pairs are new, and the new times."""
    at = np.ix_(zones, zones)
    before, after = all_times(n, arcs)[at], all_times(n, with_links(arcs, links))[at]
    joined = np.isfinite(before)
    saved = np.zeros_like(before)
    saved[joined] = demand[joined] * (before[joined] - after[joined])
    return saved, ~joined & np.isfinite(after), after


def dense_loop(
    times: Reals, to_tail: Reals, from_head: Reals, w: float, demand: Reals
) -> float:  # fmt: skip
    """The formula as it stands, one direction, all pairs: q * max(0, d_ij - d_iu - w - d_vj)."""
    total = 0.0
    for i in range(len(times)):
        for j in range(len(times)):
            via = to_tail[i] + w + from_head[j]
            if np.isfinite(times[i, j]) and np.isfinite(via):
                total += demand[i, j] * max(0.0, times[i, j] - via)
    return total


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """A small directed network, zones on it, demand and candidates; odd on purpose.

    Often disconnected, with loops, parallel arcs, arcs and links of no time, ties, zones that
    share a node, pairs without demand, candidates beside an existing arc, listed twice or
    slower than what is there.
    """
    n = draw(st.integers(2, 9))
    node = st.integers(0, n - 1)
    seconds = st.sampled_from([0.0, 0.001, 1.0, 2.0, 2.0, 3.5, 60.0, np.inf])
    arcs = draw(st.lists(st.tuples(node, node, seconds), max_size=24))
    zones = draw(st.lists(node, min_size=1, max_size=7))
    amount = st.sampled_from([0.0, 1.0, 2.0, 0.25, 1e6])
    z = len(zones)
    demand = np.array(draw(st.lists(amount, min_size=z * z, max_size=z * z))).reshape(z, z)
    demand[0, -1] += 1.0
    ends = st.tuples(node, node).filter(lambda pair: pair[0] != pair[1])
    link = st.tuples(ends, st.sampled_from([0.0, 0.5, 1.0, 2.0, 30.0, 1e5]), st.booleans())
    links = [(u, v, w, both) for (u, v), w, both in draw(st.lists(link, min_size=1, max_size=6))]
    tail, head, times = (list(c) for c in zip(*arcs, strict=True)) if arcs else ([], [], [])
    return {
        "n": n,
        "arcs": (tail, head, times),
        "zones": np.array(zones),
        "demand": demand,
        "links": links,
        "groups": np.array(draw(st.lists(st.sampled_from("ba"), min_size=z, max_size=z))),
    }


def network_of(case: dict[str, Any]) -> Network:
    """The engine on a case."""
    return Network.from_arcs(*case["arcs"], n=case["n"])


def columns(case: dict[str, Any]) -> dict[str, Any]:
    """A case's candidates as the scan takes them."""
    tail, head, seconds, both = zip(*case["links"], strict=True)
    return {"tail": tail, "head": head, "seconds": seconds, "both_ways": np.array(both)}
