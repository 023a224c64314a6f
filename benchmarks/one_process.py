"""Work that wants a process of its own. Prints one JSON object.

python one_process.py first              the engine's first answers, seconds
python one_process.py WHO GRAPH.npz      memory held: onecity, scipy, routingkit
"""

import json
import sys
from pathlib import Path
from time import perf_counter

ROWS = 64


def main() -> None:
    """Do what the arguments say."""
    result = first_answers() if sys.argv[1] == "first" else memory(sys.argv[1], Path(sys.argv[2]))
    print(json.dumps(result))


def first_answers() -> dict[str, float]:
    """Time the import of the engine, and then the first call of each kind."""
    start = perf_counter()
    from onecity.network import Network

    imported = perf_counter()
    net = Network.from_arcs([0, 1, 2, 1], [1, 2, 3, 0], [1.0, 2.0, 3.0, 4.0])
    net.travel_times([0])
    answered = perf_counter()
    net.travel_times([0, 1], [2])
    net.access([0.0, 1.0, 1.0, 1.0], 600.0)
    net.reachable(0, 600.0)
    net.path(0, 3)
    done = perf_counter()
    return {"import": imported - start, "first": answered - imported, "all": done - imported}


def memory(who: str, path: Path) -> dict[str, float]:
    """Prepare a graph and answer one batch of rows to all nodes.

    Megabytes: with the graph and NumPy `before`, with the `code` of the one measured (loaded and
    used once on a graph of four nodes), and the `peak`.
    """
    import numpy as np
    from graphs import load

    graph = load(path.stem, path)
    sources = np.arange(ROWS, dtype=np.int32) * (graph.n // ROWS)
    before = code = peak_mb()
    if who == "onecity":
        from onecity.network import Network

        first_answers()
        code = peak_mb()
        net = Network.from_arcs(
            graph.tail, graph.head, graph.ms / 1000.0, lon=graph.lon, lat=graph.lat
        )
        net.travel_times_ms(sources)
    elif who == "scipy":
        from peers.scipy_rows import ScipyPeer

        ScipyPeer(graph).rows(sources)
    else:
        from peers.routingkit import RoutingKitPeer, answer

        peer = RoutingKitPeer(graph)
        answer(peer.pinned(np.arange(graph.n, dtype=np.int32)), sources)
    return {"before": before, "code": code, "peak": peak_mb()}


def peak_mb() -> float:
    """Return the most memory this process has held.

    From the kernel's page on the process: `getrusage` also counts the parent at the moment it
    started this one.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024.0
    raise RuntimeError("the kernel does not say how much memory was held")


if __name__ == "__main__":
    main()
