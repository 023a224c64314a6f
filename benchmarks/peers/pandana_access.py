"""pandana, asked over a pipe. Runs in the peers' environment, never beside OneCity.

    python pandana_access.py GRAPH.npz OPPORTUNITIES.npy COUNTS.npy

Each line read is a limit in milliseconds; each line written is a JSON object. The counts of the
last limit lie in COUNTS.npy. Threads: OMP_NUM_THREADS.
"""

import json
import os
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd


def main() -> None:
    """Build the network, then answer until the pipe closes."""
    # The library writes its progress to the standard output: keep that for the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import pandana  # type: ignore[import-not-found]

    graph, opportunities, counts = sys.argv[1:]
    with np.load(graph) as kept:
        tail, head, ms, lon, lat = (kept[key] for key in ("tail", "head", "ms", "lon", "lat"))
    places = pd.Series(np.load(opportunities))
    before = _peak_mb()
    start = perf_counter()
    # pandana keeps a weight of 1.0 as 1000: seconds here are the same milliseconds as ours.
    network = pandana.Network(
        pd.Series(lon), pd.Series(lat), pd.Series(tail), pd.Series(head),
        pd.DataFrame({"seconds": ms / 1000.0}), twoway=False,
    )  # fmt: skip
    network.set(places, variable=pd.Series(np.ones(len(places))), name="places")
    ready = {"seconds": perf_counter() - start, "before_mb": before, "peak_mb": _peak_mb()}
    print(json.dumps(ready), file=answers, flush=True)
    for line in sys.stdin:
        start = perf_counter()
        sums = network.aggregate(int(line) / 1000.0, type="sum", decay="flat", name="places")
        seconds = perf_counter() - start
        np.save(counts, sums.to_numpy())
        done = {"seconds": seconds, "before_mb": before, "peak_mb": _peak_mb()}
        print(json.dumps(done), file=answers, flush=True)


def _peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024.0
    raise RuntimeError("the kernel does not say how much memory was held")


if __name__ == "__main__":
    main()
