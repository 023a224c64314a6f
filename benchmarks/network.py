"""How fast the network engine is, beside its peers: same run, same graphs, turn by turn.

    python benchmarks/network.py            the same as --full
    python benchmarks/network.py --quick    a minute, small graphs: does it all work?
    python benchmarks/network.py --page     makes page and plot again from the last full run

See benchmarks/README.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import contests
import graphs
import machine
import report
from contests import Sizes, Subject
from graphs import AbsentError, Graph
from peers.environment import osrm_programs, peers_python
from peers.osrm import OsrmPeer, prepared, serving
from peers.pandana_peer import PandanaPeer
from race import OURS, Contestant, Figure, race

HERE = Path(__file__).resolve().parent
CACHE = graphs.ROOT / "out/benchmarks"
RESULTS = HERE / "results"
OPPORTUNITIES = 5000

Peer = TypeVar("Peer", OsrmPeer, PandanaPeer)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    `porto` nodes around the city's centre, or None for all. `world` sizes for the growth, the
    last None for all. `matrices` of a size and the rows RoutingKit computes of it. `minutes` of
    access on Porto, each with the rounds that pandana takes part in. `patience` with pandana,
    seconds.
    """

    porto: int | None
    world: tuple[int | None, ...]
    matrices: tuple[tuple[int, int], ...]
    minutes: tuple[tuple[float, int], ...]
    patience: float
    sizes: Sizes
    world_sizes: Sizes
    starts: int
    cold: bool


THREADS = len(os.sched_getaffinity(0))
FULL = Plan(
    porto=None,
    world=(10_000, 100_000, None),
    matrices=((1000, 1000), (5000, 500)),
    minutes=((15, 2), (30, 1), (60, 1)),
    patience=1500.0,
    sizes=Sizes(512, 20, 10, rounds=9, slow_rounds=3, threads=THREADS),
    world_sizes=Sizes(256, 32, 4, rounds=7, slow_rounds=3, threads=THREADS),
    starts=9,
    cold=True,
)
QUICK = Plan(
    porto=5_000,
    world=(1_000, 3_000, 10_000),
    matrices=((300, 300), (600, 60)),
    minutes=((5, 2), (15, 1)),
    patience=60.0,
    sizes=Sizes(128, 10, 5, rounds=3, slow_rounds=2, threads=THREADS),
    world_sizes=Sizes(128, 5, 3, rounds=3, slow_rounds=2, threads=THREADS),
    starts=3,
    cold=False,
)


def main() -> None:
    """Measure, print, and keep the figures."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    how = words.add_mutually_exclusive_group()
    how.add_argument("--full", action="store_true", help="all graphs and peers (the default)")
    how.add_argument("--quick", action="store_true", help="small graphs, about a minute")
    how.add_argument("--page", action="store_true", help="page and plot of the last full run")
    given = words.parse_args()
    if given.page:
        publish(max(RESULTS.glob("network-*.json")), RESULTS)
        return
    plan, mode = (QUICK, "quick") if given.quick else (FULL, "full")
    run = report.Run(datetime.now(UTC).date().isoformat(), mode, machine.facts())
    print(json.dumps(run.machine, ensure_ascii=False, indent=1), flush=True)
    for measure in (starts, on_porto, on_wuhan, on_world):
        measure(run, plan)
        run.machine["load_after"] = machine.busy()
        run.save(CACHE / "so-far.json")  # a long run that is stopped leaves what it found
    folder = CACHE / "results" if given.quick else RESULTS
    path = folder / f"network-{run.made}.json"
    run.save(path)
    publish(path, folder)


def publish(path: Path, folder: Path) -> None:
    """Write the page and the plot of a run beside it."""
    run = report.load(path)
    (folder / "network.md").write_text(report.page(run), "utf-8")
    print("\n" + "\n".join("  ".join(row) for row in report.promises(run)))
    report.draw(peers_python(CACHE), path, folder / "network.svg")
    print(f"\n{path}\n{folder / 'network.md'}\n{folder / 'network.svg'}")


@contextmanager
def optional(run: report.Run, what: str) -> Iterator[None]:
    """Note a peer, or a graph, that cannot be had on this machine, and go on."""
    try:
        yield
    except AbsentError as error:
        run.skip(what, error)


def starts(run: report.Run, plan: Plan) -> None:
    """Measure what a user waits for before any work: imports, help, the first answers."""
    waits: list[Figure] = []
    for what, command in (
        ("python, doing nothing", ["-c", "pass"]),
        ("import onecity", ["-c", "import onecity"]),
        ("onecity --help", [str(Path(sys.executable).with_name("onecity")), "--help"]),
    ):
        one = Contestant(what, partial(_quietly, command), timed=True)
        waits.append(_wait(what, race([one], plan.starts)[0]))
    first = [str(HERE / "one_process.py"), "first"]
    _python(first)  # fills the cache
    rounds = [_python(first) for _ in range(plan.starts)]
    for what, key in (
        ("import onecity.network", "import"),
        ("first answer, kernels cached", "first"),
        ("first answers of every kind, kernels cached", "all"),
    ):
        waits.append(_wait(what, tuple(once[key] for once in rounds)))
    if plan.cold:
        with tempfile.TemporaryDirectory() as empty:
            cold = _python(first, {"NUMBA_CACHE_DIR": empty})
        waits.append(_wait("first answers of every kind, kernels compiled", (cold["all"],)))
    run.add(waits)


def _quietly(command: list[str]) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def _wait(what: str, rounds: tuple[float, ...]) -> Figure:
    return Figure("what a user waits for", "A new process", 0, 0, what, 1, "s", rounds)


def _python(command: list[str], extra: dict[str, str] | None = None) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True,
        env=os.environ | (extra or {}),
    )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout)
    return result


def on_porto(run: report.Run, plan: Plan) -> None:
    """Measure every task on the intersections of a city's region."""
    with optional(run, "Porto"):
        graph = graphs.porto(CACHE)
        if plan.porto is not None:
            graph = part(graph, graphs.PORTO_CENTRE, plan.porto)
        subject = Subject(graph, plan.sizes)
        run.add(contests.preparation(subject))
        run.add(contests.one_to_all(subject))
        held = matrices(run, plan, subject)
        held += accesses(run, plan, subject)
        run.add(held + memories(graph))
        run.checks += subject.checks


def part(graph: Graph, centre: tuple[float, float], count: int) -> Graph:
    """Return nodes near a centre, under their own name, kept in the cache for other processes."""
    name = f"{graph.name} {count}"
    return graphs.cached(name, CACHE, lambda: graphs.nearest(graph, centre, count, name))


def tried(
    run: report.Run, what: str, peer: Peer | None, measure: Callable[[Peer | None], list[Figure]]
) -> Peer | None:
    """Measure with a peer, or without it where it fails; return it while it is of use."""
    if peer is not None:
        try:
            run.add(measure(peer))
        except AbsentError as error:
            run.skip(what, error)
        else:
            return peer
    run.add(measure(None))
    return None


def matrices(run: report.Run, plan: Plan, subject: Subject) -> list[Figure]:
    """Measure matrices, with OSRM where it can be had; return the memory it held."""
    graph = subject.graph
    osrm: OsrmPeer | None = None
    with ExitStack() as stack:
        with optional(run, "OSRM"):
            programs = osrm_programs(CACHE)
            base = prepared(programs, graphs.PORTO_FILE, CACHE, THREADS)
            osrm = stack.enter_context(serving(programs, base, graph.lon, graph.lat))
        for size, rows in plan.matrices:

            def measure(peer: OsrmPeer | None, size: int = size, rows: int = rows) -> list[Figure]:
                return contests.matrix(subject, size, rows, peer)

            osrm = tried(run, f"OSRM, {size:,}² matrix", osrm, measure)
        if osrm is None:
            return []
        return [_memory(graph, "OSRM CH", osrm.peak_mb(), "its whole server, largest matrix")]


def accesses(run: report.Run, plan: Plan, subject: Subject) -> list[Figure]:
    """Measure access, with pandana where it can be had; return the memory it held."""
    graph = subject.graph
    places = subject.drawn(min(OPPORTUNITIES, graph.n // 2), seed=6)
    file = graphs.graph_file(graph.name, CACHE)
    pandana: PandanaPeer | None = None
    held: list[Figure] = []
    with ExitStack() as stack:
        with optional(run, "pandana"):
            pandana = stack.enter_context(
                PandanaPeer(peers_python(CACHE), file, places, CACHE, THREADS, plan.patience)
            )
            ready = pandana.ready
            run.add([
                Figure(
                    contests.READY, graph.name, graph.n, graph.arcs, "pandana", THREADS, "s",
                    (ready["seconds"],), note="once, and not in turn with the others",
                ),
            ])  # fmt: skip
            held.append(_memory(graph, "pandana", ready["peak_mb"] - ready["before_mb"]))
        for minutes, rounds in plan.minutes:

            def measure(
                peer: PandanaPeer | None, minutes: float = minutes, rounds: int = rounds
            ) -> list[Figure]:
                return contests.access(subject, minutes, places, peer, rounds)

            pandana = tried(run, f"pandana, {minutes:g} min", pandana, measure)
    return held


def memories(graph: Graph) -> list[Figure]:
    """Measure how much memory each needs for preparing and 64 rows."""
    figures = []
    file = graphs.graph_file(graph.name, CACHE)
    for name, who in (
        ("onecity", OURS), ("scipy", "SciPy dijkstra"), ("routingkit", "RoutingKit CCH"),
    ):  # fmt: skip
        held = _python([str(HERE / "one_process.py"), name, str(file)])
        code = held["code"] - held["before"]
        note = f"of which {code:.0f} MB before any graph: compiled code" if code else ""
        figures.append(_memory(graph, who, held["peak"] - held["before"], note))
    return figures


def _memory(graph: Graph, who: str, megabytes: float, note: str = "") -> Figure:
    return Figure(
        "most memory held, above the graph itself", graph.name, graph.n, graph.arcs, who, 1,
        "MB", (megabytes,), reference=who == OURS, note=note,
    )  # fmt: skip


def on_wuhan(run: report.Run, plan: Plan) -> None:
    """Measure the roads that ship with the project."""
    subject = Subject(graphs.wuhan(CACHE), plan.sizes)
    run.add(contests.preparation(subject))
    run.add(contests.one_to_all(subject))
    run.checks += subject.checks


def on_world(run: report.Run, plan: Plan) -> None:
    """Measure how the cost grows, on ever more of the roads around Wuhan.

    The whole falls into pieces: from a node drawn at random a search that walks the graph sees
    two fifths of it, while a sweep visits every node. So the largest piece is measured alone too.
    """
    with optional(run, "World"):
        world = graphs.world(CACHE)
        for count in plan.world:
            graph = world if count is None else part(world, graphs.WUHAN_CENTRE, count)
            growth(run, plan, graph)
        run.add(memories(graph))
        name = f"Largest piece of {graph.name}"
        piece = graphs.cached(name, CACHE, lambda: graphs.largest_strong_piece(graph, name))
        growth(run, plan, piece)


def growth(run: report.Run, plan: Plan, graph: Graph) -> None:
    """Measure what is drawn against size: preparation, rows and access."""
    subject = Subject(graph, plan.world_sizes)
    places = subject.drawn(min(OPPORTUNITIES, graph.n // 2), seed=6)
    run.add(contests.preparation(subject))
    run.add(contests.one_to_all(subject))
    run.add(contests.access(subject, 60, places, None, 0))
    run.checks += subject.checks


if __name__ == "__main__":
    main()
