"""The tasks: for each, who takes part, with what, and whether the answers are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt
from graphs import Graph, Ids
from peers.osrm import OsrmPeer
from peers.pandana_peer import PandanaPeer
from peers.routingkit import RoutingKitPeer, answer, row_ms
from peers.scipy_rows import ScipyPeer
from race import OURS, Contestant, Figure, WrongAnswerError, race

from onecity.network import Network
from onecity.network.graph import coordinates, neighbours
from onecity.network.order import elimination_order

LANES = 64
ONE_TO_ALL, ORDER, METRIC, READY = "one to all", "node order", "new metric", "ready to answer"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much work is done in one call.

    `sources` rows to all nodes for ours; `peer_sources` for each peer, which are slower;
    `checked` rows compared with SciPy; `rounds` for quick work, `slow_rounds` for work of
    seconds; `threads` of a contestant that may use them all.
    """

    sources: int
    peer_sources: int
    checked: int
    rounds: int
    slow_rounds: int
    threads: int


class Subject:
    """A graph, held by everybody who is asked about it."""

    def __init__(self, graph: Graph, sizes: Sizes) -> None:
        self.graph, self.sizes = graph, sizes
        self.net = Network.from_arcs(
            graph.tail, graph.head, graph.ms / 1000.0, lon=graph.lon, lat=graph.lat
        )
        self.scipy = ScipyPeer(graph)
        self.routingkit = RoutingKitPeer(graph)
        self.checks: list[str] = []

    def drawn(self, count: int, seed: int) -> Ids:
        """Return different nodes drawn at random, as many as there are at most."""
        rng = np.random.default_rng(seed)
        return rng.permutation(self.graph.n)[:count].astype(np.int32)

    def same(self, what: str, given: npt.ArrayLike, right: npt.ArrayLike) -> None:
        """Note that two answers are equal, or stop."""
        mine, its = np.asarray(given), np.asarray(right)
        if mine.shape != its.shape or (mine != its).any():
            raise WrongAnswerError(f"{self.graph.name}: {what} differs from SciPy")
        self.checks.append(f"{self.graph.name}: {what}, {mine.size:,} values equal to SciPy's")

    def raced(
        self,
        task: str,
        unit: str,
        contestants: Sequence[Contestant],
        rounds: int,
        **size: float,
    ) -> list[Figure]:
        """Race, and return the figures; the first contestant is the reference."""
        graph = self.graph
        return [
            Figure(
                task, graph.name, graph.n, graph.arcs, one.who, one.threads, unit, done,
                one is contestants[0], one.note, size,
            )
            for one, done in zip(contestants, race(contestants, rounds), strict=True)
        ]  # fmt: skip


def one_to_all(subject: Subject) -> list[Figure]:
    """Time the rows from a source to every node, ms for each source."""
    net, sizes = subject.net, subject.sizes
    sources = subject.drawn(sizes.sources, seed=1)
    few = sources[: sizes.peer_sources]
    out = np.empty((len(sources), subject.graph.n), np.uint32)
    pinned = subject.routingkit.pinned(np.arange(subject.graph.n, dtype=np.int32))
    net.travel_times_ms(sources, out=out)
    right = subject.scipy.rows_ms(sources[: sizes.checked])
    subject.same("one to all", out[: sizes.checked], right)
    theirs = np.stack([row_ms(pinned, int(source)) for source in sources[: sizes.checked]])
    subject.same("RoutingKit's rows", theirs, right)
    row = out[0]

    def singly() -> None:
        for source in few:
            net.travel_times_ms([source], threads=1, out=out[:1])

    def lists() -> None:
        for _ in range(len(few)):
            row.tolist()

    each, each_few = 1000.0 / len(sources), 1000.0 / len(few)
    contestants = [
        Contestant(
            f"{OURS}, {LANES} sources at a time",
            lambda: net.travel_times_ms(sources, threads=1, out=out),
            scale=each,
            note="whole milliseconds into memory at hand",
        ),
        Contestant(
            f"{OURS}, {LANES} at a time, all threads",
            lambda: net.travel_times_ms(sources, threads=sizes.threads, out=out),
            sizes.threads,
            each,
        ),
        Contestant(
            f"{OURS}, {LANES} at a time, seconds as float64 in new memory",
            lambda: net.travel_times(sources, threads=1, memory_limit=1 << 40),
            scale=each,
        ),
        Contestant(
            f"{OURS}, one source a call",
            singly,
            scale=each_few,
            note="no lanes to share: the engine is made for many sources",
        ),
        Contestant("SciPy dijkstra", lambda: subject.scipy.rows(few), scale=each_few),
        Contestant(
            "RoutingKit CCH", lambda: answer(pinned, few), scale=each_few,
            note="all nodes pinned; a Python list a source",
        ),
        Contestant("(making such Python lists)", lists, scale=each_few),
    ]  # fmt: skip
    return subject.raced(ONE_TO_ALL, "ms a source", contestants, sizes.rounds)


def matrix(
    subject: Subject, size: int, peer_rows: int, osrm: OsrmPeer | None
) -> list[Figure]:  # fmt: skip
    """Time the matrix from `size` sources to as many targets, seconds for all of it."""
    net, sizes = subject.net, subject.sizes
    sources, targets = subject.drawn(size, seed=2), subject.drawn(size, seed=3)
    some = sources[:peer_rows]
    times = net.travel_times_ms(sources, targets)
    right = subject.scipy.rows_ms(sources[: sizes.checked])[:, targets]
    subject.same(f"{size:,}² matrix", times[: sizes.checked], right)

    def routingkit() -> float:
        start = perf_counter()
        pinned = subject.routingkit.pinned(targets)
        ready = perf_counter()
        answer(pinned, some)
        return ready - start + (perf_counter() - ready) * len(sources) / len(some)

    extrapolated = ""
    if len(some) < len(sources):
        extrapolated = (
            f"{len(some):,} rows measured, times {len(sources) / len(some):g}; targets once"
        )
    contestants = [
        Contestant(OURS, lambda: net.travel_times_ms(sources, targets, threads=1)),
        Contestant(
            f"{OURS}, all threads",
            lambda: net.travel_times_ms(sources, targets, threads=sizes.threads),
            sizes.threads,
        ),
        Contestant(
            "RoutingKit CCH", routingkit, rounds=sizes.slow_rounds, note=extrapolated,
            timed=True,
        ),
    ]  # fmt: skip
    if osrm is not None:
        likeness = _likeness(net, osrm, sources[:100], targets[:100])
        contestants.append(
            Contestant(
                "OSRM CH",
                lambda: osrm.table(sources, targets),
                rounds=sizes.slow_rounds,
                note=f"turns, snapping, own speeds; correlation of times {likeness:.2f}",
            )
        )
    return subject.raced(f"{size:,}² matrix", "s", contestants, sizes.rounds, size=size)


def _likeness(net: Network, osrm: OsrmPeer, sources: Ids, targets: Ids) -> float:
    """Return how far OSRM's times go with ours: it has been asked about the same places."""
    its, mine = osrm.seconds(sources, targets), net.travel_times(sources, targets)
    both = np.isfinite(its) & np.isfinite(mine)
    if not both.any():
        raise WrongAnswerError("OSRM found none of the ways")
    return float(np.corrcoef(its[both], mine[both])[0, 1])


def access(
    subject: Subject, minutes: float, opportunities: Ids, pandana: PandanaPeer | None,
    pandana_rounds: int,
) -> list[Figure]:  # fmt: skip
    """Time the count of opportunities within a limit of every node, seconds for all nodes.

    SciPy's figure is that of a few opportunities, scaled up to all of them.
    """
    net, sizes = subject.net, subject.sizes
    limit_ms = round(minutes * 60_000)
    ones = np.ones(len(opportunities))
    few = opportunities[: sizes.peer_sources]

    def ours(threads: int) -> npt.NDArray[np.float64]:
        return net.access(ones, limit_ms / 1000.0, nodes=opportunities, threads=threads)

    task = f"access within {minutes:g} min"
    counts = ours(sizes.threads)
    starts = subject.drawn(sizes.checked, seed=4)
    right = (subject.scipy.rows_ms(starts)[:, opportunities] <= limit_ms).sum(axis=1)
    subject.same(task, counts[starts], right)
    scaled = len(opportunities) / len(few)
    contestants = [
        Contestant(f"{OURS}, all threads", lambda: ours(sizes.threads), sizes.threads),
        Contestant(OURS, lambda: ours(1)),
        Contestant(
            "SciPy dijkstra with a limit", lambda: subject.scipy.reached(few, limit_ms),
            scale=scaled, rounds=sizes.slow_rounds,
            note=f"{len(few):,} opportunities measured, times {scaled:g}",
        ),
    ]  # fmt: skip
    if pandana is not None:
        asked = Contestant(
            "pandana", lambda: pandana.seconds(limit_ms), sizes.threads,
            rounds=pandana_rounds, timed=True,
        )  # fmt: skip
        contestants.append(asked)
    figures = subject.raced(
        task, "s", contestants, sizes.rounds, opportunities=len(opportunities), minutes=minutes
    )
    if pandana is not None:
        equal = float((pandana.counts() == counts).mean())
        subject.checks.append(
            f"{subject.graph.name}: {task}, pandana counts the same as we do at "
            f"{equal:.2%} of nodes"
        )
    return figures


def preparation(subject: Subject) -> list[Figure]:
    """Time what comes before an answer: the order, the metric, and all of it, seconds."""
    graph, net, peer, sizes = subject.graph, subject.net, subject.routingkit, subject.sizes
    changed = np.rint(graph.ms * np.random.default_rng(5).uniform(1.0, 2.0, graph.arcs))
    seconds, weights = changed / 1000.0, changed.astype(np.int64).tolist()

    def order() -> None:
        first, neighbour = neighbours(graph.tail, graph.head, graph.n)
        elimination_order(first, neighbour, coordinates(graph.lon, graph.lat, graph.n))

    def ready() -> None:
        Network.from_arcs(
            graph.tail, graph.head, graph.ms / 1000.0, lon=graph.lon, lat=graph.lat
        )  # fmt: skip

    figures = subject.raced(ORDER, "s", [
        Contestant(OURS, order),
        Contestant("RoutingKit inertial order", peer.find_order),
    ], sizes.slow_rounds)  # fmt: skip
    figures += subject.raced(METRIC, "s", [
        Contestant(OURS, lambda: net.with_seconds(seconds)),
        Contestant(
            "RoutingKit CCH", lambda: peer.set_weights(weights),
            note="basic customisation; ours is perfect and packed",
        ),
    ], sizes.rounds)  # fmt: skip
    peer.set_weights(peer.weights)
    figures += subject.raced(READY, "s", [
        Contestant(OURS, ready),
        Contestant("RoutingKit CCH", peer.prepare),
    ], sizes.slow_rounds)  # fmt: skip
    return figures
