"""How fast every candidate link is scanned, beside the formula as a dense NumPy loop.

    python benchmarks/links.py            Porto's intersections if at hand, else Wuhan's roads
    python benchmarks/links.py --wuhan    the roads that ship with the project

Prints a table of milliseconds a candidate at three numbers of candidates and three of zones,
on two threads or as many as there are. Ours counts everything: times between zones, to and
from the links' ends, demand, and the sums. The dense loop is given all times and counts only
its sums. Before anything is timed, both must agree, and with a network rebuilt with the link.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import graphs
import machine
import numpy as np
from numpy.typing import NDArray
from race import Contestant, race
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from onecity.models.links import Gravity, scan
from onecity.network import Network

CACHE = graphs.ROOT / "out/benchmarks"
THREADS = min(2, len(os.sched_getaffinity(0)))
ROUNDS = 3
#: Candidates the dense loop does in a round, and the candidates that are rebuilt for real.
DENSE, REBUILT = 8, 3
#: A candidate is quicker than the way there is by this factor: what planners look for.
LEAST_DETOUR = 3.0
LINK_KMH, LINK_DETOUR = 50.0, 1.2
KM_PER_DEGREE = 111.32
SEED = 7

Ids = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Links:
    """Candidates, (L,) each; seconds are whole milliseconds."""

    tail: Ids
    head: Ids
    seconds: Reals

    def first(self, count: int) -> "Links":
        """Return some of them."""
        return Links(self.tail[:count], self.head[:count], self.seconds[:count])


@dataclass(frozen=True, slots=True)
class Case:
    """Zones, their demand, and candidates on a network."""

    network: Network
    zones: Ids
    people: Reals
    links: Links

    @property
    def gravity(self) -> Gravity:
        """Demand: people times people, falling with time."""
        return Gravity(self.people, self.people, deterrence)

    def ours(self) -> Reals:
        """Return the benefit of every candidate."""
        links = self.links
        found = scan(
            self.network, self.zones, self.gravity, links.tail, links.head, links.seconds,
            threads=THREADS,
        )  # fmt: skip
        return found.benefit


def deterrence(seconds: Reals) -> Reals:
    """Fall to 1/e in twenty minutes."""
    return np.exp(seconds / -1200.0)


class Dense:
    """The formula over all pairs of zones with NumPy, for a few candidates, times given."""

    def __init__(self, case: Case, count: int) -> None:
        net, links = case.network, case.links.first(count)
        self.times = net.travel_times(case.zones, case.zones)
        self.demand = np.outer(case.people, case.people) * deterrence(self.times)
        ends = [links.tail, links.head]
        self.to_ends = [net.travel_times(case.zones, end).T.copy() for end in ends]
        self.from_ends = [net.travel_times(end, case.zones) for end in ends]
        self.seconds = links.seconds

    def work(self) -> Reals:
        """Return the benefit of every candidate."""
        result = np.zeros(len(self.seconds))
        saved = np.empty_like(self.times)
        for row, seconds in enumerate(self.seconds):
            for begin, end in ((0, 1), (1, 0)):
                np.subtract(self.times, self.to_ends[begin][row][:, None] + seconds, out=saved)
                saved -= self.from_ends[end][row]
                np.maximum(saved, 0.0, out=saved)
                result[row] += np.vdot(self.demand, saved)
        return result


def rebuilt(graph: graphs.Graph, case: Case, row: int) -> float:
    """Return the benefit of one candidate from quickest times found anew by SciPy."""
    u, v = case.links.tail[row], case.links.head[row]
    ms = case.links.seconds[row] * 1000.0
    with_link = graph.matrix().tolil()
    for tail, head in ((u, v), (v, u)):
        old = with_link[tail, head]
        with_link[tail, head] = min(ms, old) if old else ms
    before = case.network.travel_times(case.zones, case.zones)
    after = dijkstra(with_link.tocsr(), indices=case.zones)[:, case.zones] / 1000.0
    demand = np.outer(case.people, case.people) * deterrence(before)
    return float((demand * (before - after)).sum())


def candidates(graph: graphs.Graph, network: Network, count: int) -> Links:
    """Return pairs of near nodes between which the way is long, at random."""
    rng = np.random.default_rng(SEED)
    km = KM_PER_DEGREE * np.column_stack(
        [graph.lon * np.cos(np.radians(graph.lat.mean())), graph.lat]
    )
    tree = cKDTree(km)
    found: list[NDArray[np.float64]] = []
    while sum(map(len, found)) < count:
        tail = rng.integers(0, graph.n, 4000)
        away, near = tree.query(km[tail], k=64)
        pick = rng.integers(1, 64, len(tail))
        head, gap = near[np.arange(len(tail)), pick], away[np.arange(len(tail)), pick]
        seconds = np.maximum(np.rint(gap * LINK_DETOUR / LINK_KMH * 3.6e6), 1.0) / 1000.0
        now = np.empty(len(tail))
        for low in range(0, len(tail), 500):
            some = slice(low, low + 500)
            now[some] = np.diagonal(network.travel_times(tail[some], head[some]))
        kept = (tail != head) & np.isfinite(now) & (now >= LEAST_DETOUR * seconds)
        found.append(np.column_stack([tail, head, seconds])[kept])
    pairs = np.concatenate(found)[:count]
    return Links(pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64), pairs[:, 2])


def sizes(graph: graphs.Graph) -> tuple[list[int], list[int]]:
    """Return three numbers of zones and three of candidates, the middle ones common to all."""
    zones = [1000, 2000, 4000] if graph.n > 20_000 else [800, 1600, graph.n]
    return zones, [1250, 5000, 20_000]


def check(graph: graphs.Graph, case: Case) -> None:
    """Stop unless the scan, the dense loop and the rebuilt network agree."""
    ours = case.ours()
    dense = Dense(case, DENSE).work()
    anew = [rebuilt(graph, case, row) for row in range(REBUILT)]
    np.testing.assert_allclose(ours[:DENSE], dense, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(ours[:REBUILT], anew, rtol=1e-9, atol=1e-6)
    print(f"agreed: {DENSE} candidates with the dense loop, {REBUILT} with rebuilding")


def line(name: str, zones: int, links: int, rounds: Sequence[float], times: str = "") -> None:
    """Print a row of the table."""
    spread = f"{min(rounds):.3f} – {max(rounds):.3f}"
    print(f"{name:12} {zones:7,} {links:11,} {median(rounds):12.3f} {spread:>18} {times:>9}")


def measure(graph: graphs.Graph) -> None:
    """Measure one graph and print the table."""
    network = Network.from_arcs(
        graph.tail, graph.head, graph.ms / 1000.0, lon=graph.lon, lat=graph.lat
    )
    zone_counts, link_counts = sizes(graph)
    rng = np.random.default_rng(SEED)
    nodes, people = rng.permutation(graph.n), rng.random(graph.n)
    links = candidates(graph, network, max(link_counts))

    def case(zones: int, count: int) -> Case:
        return Case(network, nodes[:zones], people[:zones], links.first(count))

    check(graph, case(min(zone_counts), 50))
    print(
        f"{graph.name}: {graph.n:,} nodes, {graph.arcs:,} arcs; {THREADS} threads, {ROUNDS} rounds"
    )
    print(
        f"{'':12} {'zones':>7} {'candidates':>11} {'ms/candidate':>12} {'spread':>18} {'times':>9}"
    )
    middle = link_counts[1]
    for zones in zone_counts:
        ours, dense = case(zones, middle), Dense(case(zones, middle), DENSE)
        figures = race(
            [
                Contestant("OneCity", ours.ours, THREADS, scale=1000.0 / middle),
                Contestant("dense", dense.work, 1, scale=1000.0 / DENSE),
            ],
            ROUNDS,
        )
        line("OneCity", zones, middle, figures[0])
        ratios = [theirs / mine for mine, theirs in zip(*figures, strict=True)]
        line("dense loop", zones, DENSE, figures[1], f"{median(ratios):.0f}×")
    for count in link_counts:
        if count != middle:
            scale = 1000.0 / count
            (rounds,) = race(
                [Contestant("OneCity", case(zone_counts[1], count).ours, THREADS, scale)], ROUNDS
            )
            line("OneCity", zone_counts[1], count, rounds)


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--wuhan", action="store_true", help="the roads that ship with the project")
    given = words.parse_args()
    print(json.dumps(machine.facts(), ensure_ascii=False, indent=1), flush=True)
    try:
        graph = graphs.wuhan(CACHE) if given.wuhan else graphs.porto(CACHE)
    except graphs.AbsentError as error:
        print(f"{error}; measuring Wuhan's roads", file=sys.stderr)
        graph = graphs.wuhan(CACHE)
    # The dense loop knows no infinite times.
    measure(graphs.largest_strong_piece(graph))
    print(f"load average at the end: {machine.busy()}")


if __name__ == "__main__":
    main()
