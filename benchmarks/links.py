"""How fast every candidate link is scanned, beside the formula as a dense NumPy loop.

    python benchmarks/links.py            Porto's intersections if at hand, else Wuhan's roads
    python benchmarks/links.py --wuhan    the roads that ship with the project
    python benchmarks/links.py --quick    seconds: a few candidates; shows that everything works

Milliseconds a candidate at three numbers of zones and three of candidates, on two threads or as
many as there are. Ours counts everything: times between zones, to and from the links' ends,
demand, and the sums. The dense loop is given all times and counts only its sums. Before anything
is timed, both must agree, and with a network rebuilt with the link. See benchmarks/README.md.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import graphs
import machine
import numpy as np
import report
from numpy.typing import NDArray
from race import OURS, Contestant, Figure, race
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from onecity.models.links import Gravity, scan
from onecity.network import Network

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = graphs.ROOT / "out/benchmarks"
THREADS = min(2, len(os.sched_getaffinity(0)))
UNIT = "ms a candidate"
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
class Plan:
    """Three numbers of zones and of candidates, the middle one of each common to all; rounds."""

    zones: tuple[int, int, int]
    links: tuple[int, int, int]
    rounds: int


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


def plan_of(graph: graphs.Graph, *, quick: bool) -> Plan:
    """Return how much is measured on a graph."""
    if quick:
        return Plan((100, 200, 300), (50, 100, 200), rounds=2)
    zones = (1000, 2000, 4000) if graph.n > 20_000 else (800, 1600, graph.n)
    return Plan(zones, (1250, 5000, 20_000), rounds=3)


def check(graph: graphs.Graph, case: Case) -> str:
    """Stop unless the scan, the dense loop and the rebuilt network agree; say what was compared."""
    ours = case.ours()
    dense = Dense(case, DENSE).work()
    anew = [rebuilt(graph, case, row) for row in range(REBUILT)]
    np.testing.assert_allclose(ours[:DENSE], dense, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(ours[:REBUILT], anew, rtol=1e-9, atol=1e-6)
    return (
        f"{graph.name}: benefits of {DENSE} candidates equal the dense loop's, and those of "
        f"{REBUILT} a network rebuilt with the link (SciPy), to 1e-9."
    )


def measure(run: report.Run, graph: graphs.Graph, *, quick: bool) -> None:
    """Measure one graph: against the dense loop as zones grow, alone as candidates grow."""
    network = Network.from_arcs(
        graph.tail, graph.head, graph.ms / 1000.0, lon=graph.lon, lat=graph.lat
    )
    plan = plan_of(graph, quick=quick)
    rng = np.random.default_rng(SEED)
    nodes, people = rng.permutation(graph.n), rng.random(graph.n)
    links = candidates(graph, network, max(plan.links))

    def case(zones: int, count: int) -> Case:
        return Case(network, nodes[:zones], people[:zones], links.first(count))

    def figures(zones: int, count: int, contestants: list[Contestant]) -> None:
        found = race(contestants, plan.rounds)
        run.add(
            Figure(
                f"{zones:,} zones, {count:,} candidates", graph.name, graph.n, graph.arcs, one.who,
                one.threads, UNIT, rounds, reference=one.who == OURS, note=one.note,
            )
            for one, rounds in zip(contestants, found, strict=True)
        )  # fmt: skip

    run.checks.append(check(graph, case(min(plan.zones), 50)))
    middle = plan.links[1]
    for zones in plan.zones:
        ours = Contestant(OURS, case(zones, middle).ours, THREADS, scale=1000.0 / middle)
        dense = Contestant(
            "dense loop", Dense(case(zones, middle), DENSE).work, scale=1000.0 / DENSE,
            note=f"{DENSE} candidates, all times given",
        )  # fmt: skip
        figures(zones, middle, [ours, dense])
    for count in (plan.links[0], plan.links[2]):
        one = Contestant(OURS, case(plan.zones[1], count).ours, THREADS, scale=1000.0 / count)
        figures(plan.zones[1], count, [one])


def main() -> None:
    """Measure, print, and keep the figures."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--wuhan", action="store_true", help="the roads that ship with the project")
    words.add_argument("--quick", action="store_true", help="a few candidates, seconds")
    given = words.parse_args()
    mode = "quick" if given.quick else "full"
    run = report.Run(datetime.now(UTC).date().isoformat(), mode, machine.facts())
    print(json.dumps(run.machine, ensure_ascii=False, indent=1), flush=True)
    try:
        graph = graphs.wuhan(CACHE) if given.wuhan or given.quick else graphs.porto(CACHE)
    except graphs.AbsentError as error:
        print(f"{error}; measuring Wuhan's roads", file=sys.stderr)
        run.skip("Porto", error)
        graph = graphs.wuhan(CACHE)
    # The dense loop knows no infinite times.
    measure(run, graphs.largest_strong_piece(graph), quick=given.quick)
    run.machine["load_after"] = machine.busy()
    report.keep(run, "links", CACHE / "results" if given.quick else RESULTS)


if __name__ == "__main__":
    main()
