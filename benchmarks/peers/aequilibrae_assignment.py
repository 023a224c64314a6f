"""AequilibraE's equilibrium, asked line by line; runs in an environment of its own.

    python aequilibrae_assignment.py CASE.npz FLOWS.npy

Each line on standard input is a relative gap; each answer a line of JSON with the seconds of one
call, the gap reached, the steps, and the most memory held so far beyond what the case takes. The
flow of every arc then lies in FLOWS.npy.
"""

import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from aequilibrae.matrix import AequilibraeMatrix  # type: ignore[import-not-found]
from aequilibrae.paths import (  # type: ignore[import-not-found]
    Graph,
    TrafficAssignment,
    TrafficClass,
)

warnings.simplefilter("ignore")
#: Its best method, by its own documents.
METHOD = "bfw"
MOST_STEPS = 20_000


def main() -> None:
    """Answer until there is nothing more to read."""
    # The library shows its progress on the standard output: keep that for the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    file, flows = sys.argv[1:]
    with np.load(file) as kept:
        case = {name: kept[name] for name in kept.files}
    zones = len(case["matrix"])
    network = pd.DataFrame(
        {
            "link_id": np.arange(len(case["tail"])) + 1,
            "a_node": case["tail"] + 1,
            "b_node": case["head"] + 1,
            "direction": 1,
            **{name: case[name] for name in ("capacity", "free", "factor", "power", "extra")},
        }
    )
    before = _peak_mb()
    _tell(answers, {"version": version("aequilibrae")})
    for line in sys.stdin:
        assignment = _prepared(
            network, case["matrix"], blocked=bool(case["ends_only"]), zones=zones
        )
        assignment.rgap_target = float(line)
        start = time.perf_counter()
        assignment.execute(log_specification=False)
        seconds = time.perf_counter() - start
        report = assignment.report()
        flow = assignment.results().sort_index()["PCE_tot"].to_numpy()
        np.save(flows, flow)
        _tell(
            answers,
            {
                "seconds": seconds,
                "gap": float(report["rgap"].iloc[-1]),
                "steps": int(report["iteration"].iloc[-1]),
                "held_mb": _peak_mb() - before,
            },
        )


def _prepared(
    network: pd.DataFrame, trips: np.ndarray, *, blocked: bool, zones: int
) -> TrafficAssignment:
    graph = Graph()
    graph.network = network.copy()
    graph.prepare_graph(np.arange(zones) + 1)
    graph.set_graph("free")
    graph.set_blocked_centroid_flows(blocked)
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=zones, matrix_names=["car"], memory_only=True)
    matrix.index[:] = np.arange(zones) + 1
    matrix.matrix["car"][:, :] = trips
    matrix.computational_view(["car"])
    cars = TrafficClass("car", graph, matrix)
    cars.set_fixed_cost("extra")
    assignment = TrafficAssignment()
    assignment.set_classes([cars])
    assignment.set_vdf("BPR")
    assignment.set_vdf_parameters({"alpha": "factor", "beta": "power"})
    assignment.set_capacity_field("capacity")
    assignment.set_time_field("free")
    assignment.set_algorithm(METHOD)
    assignment.max_iter = MOST_STEPS
    assignment.set_cores(1)
    return assignment


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _tell(stream: object, answer: dict[str, object]) -> None:
    print(json.dumps(answer), file=stream, flush=True)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
