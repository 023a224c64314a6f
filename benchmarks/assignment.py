"""Traffic equilibrium beside AequilibraE, to gaps of 1e-4, 1e-6 and 1e-8.

    python benchmarks/assignment.py            up to Chicago's sketch network
    python benchmarks/assignment.py --quick    seconds: a made town and Sioux Falls, to 1e-4

Towns of the Transportation Networks for Research collection where they lie beside the project,
and a made grid. Either contestant is given arcs, laws and trips in memory and gives the flow of
every arc on one thread, AequilibraE by bi-conjugate Frank-Wolfe; the objectives of both flows
are held against the best known before anything is timed. AequilibraE lives in an environment of
its own. The most memory that either holds beyond the town itself, each in a process of its own,
stands beside the seconds. See benchmarks/README.md.
"""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import machine
import numpy as np
import numpy.typing as npt
import report
from graphs import ROOT, AbsentError
from one_process import peak_mb
from peers.asked import Asked
from peers.environment import python_of
from race import OURS, Contestant, Figure, WrongAnswerError, race

from onecity.network.assignment import Assignment, Demand, Roads, bpr, user_equilibrium

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = ROOT / "out/benchmarks"
TOWNS = ROOT.parent / "shared/data/peers/tntp"
#: MIT with a clause on its name. What the contest alone uses, never installed beside OneCity.
PEER = "aequilibrae==1.7.2"
#: AequilibraE takes no road of no time: both are given this instead, minutes.
LEAST_TIME = 1e-4
#: The gap of the solution that both are held against.
BEST = 1e-12
#: Seconds of one call above which AequilibraE has one round.
SLOW = 30.0
QUIET = {"AEQ_SHOW_PROGRESS": "FALSE"}
#: Weights of length and toll in the cost of Chicago's drivers, from the collection's own notes.
WEIGHTS = {"ChicagoSketch": (0.04, 0.02)}

Reals = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plan:
    """Towns by name, the side of a made grid, gaps, and rounds."""

    towns: tuple[str, ...]
    side: int
    gaps: tuple[float, ...]
    rounds: int


MADE = "made"
"""The town that is made: a grid."""

FULL = Plan(("SiouxFalls", "Anaheim", "ChicagoSketch"), 30, (1e-4, 1e-6, 1e-8), rounds=3)
QUICK = Plan(("SiouxFalls",), 10, (1e-4,), rounds=2)


@dataclass(frozen=True, slots=True)
class Town:
    """Arcs with BPR laws, and trips (Z, Z) between its first Z nodes."""

    name: str
    tail: Ids
    head: Ids
    free: Reals
    capacity: Reals
    factor: Reals
    power: Reals
    extra: Reals
    matrix: Reals
    ends_only: bool

    def save(self, path: Path) -> None:
        """Write what AequilibraE is given."""
        np.savez(
            path, tail=self.tail, head=self.head, free=self.free, capacity=self.capacity,
            factor=self.factor, power=self.power, extra=self.extra, matrix=self.matrix,
            ends_only=self.ends_only,
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> "Town":
        """Return what was saved."""
        with np.load(path) as kept:
            arrays = {name: kept[name] for name in kept.files}
        return cls(path.stem, **{**arrays, "ends_only": bool(arrays["ends_only"])})

    def ours(self) -> tuple[Roads, Demand]:
        """Return what we are given."""
        zones = np.arange(len(self.matrix))
        laws = bpr(self.free, self.capacity, self.factor, self.power)
        roads = Roads.from_arcs(
            self.tail, self.head, laws, ends_only=zones if self.ends_only else ()
        )
        return roads, Demand.from_matrix(self.matrix, zones, extra=self.extra)


def made_town(side: int) -> Town:
    """Return a grid with a zone at every third node; its roads are full in parts."""
    rng = np.random.default_rng(side)
    across = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [np.stack([across[:, :-1].ravel(), across[:, 1:].ravel()], 1),
         np.stack([across[:-1].ravel(), across[1:].ravel()], 1)]
    )  # fmt: skip
    tail, head = np.concatenate([pairs, pairs[:, ::-1]]).T
    free = rng.uniform(1, 3, len(tail))
    zones = side * side // 3
    # Zones come first: the nodes are named anew.
    name = rng.permutation(side * side)
    x, y = np.divmod(np.argsort(name)[:zones], side)
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    weight = rng.gamma(1, 1, (zones, zones)) * np.exp(-4 * apart / side)
    np.fill_diagonal(weight, 0)
    # As much as fills roads beyond what they hold, in parts.
    total = 400.0 * len(tail) / side
    ones = np.ones(len(tail))
    return Town(
        f"made grid, {side}²", name[tail], name[head], free, rng.choice([250.0, 500.0], len(tail)),
        0.15 * ones, 4 * ones, 0 * ones, weight * total / weight.sum(), ends_only=False,
    )  # fmt: skip


def read_town(name: str) -> Town:
    """Return a town of the collection."""
    file = TOWNS / f"{name}_net.tntp"
    if not file.is_file():
        raise AbsentError(f"{file.name} is not beside the project")
    head, _, body = file.read_text("utf-8").partition("<END OF METADATA>")
    facts = dict(re.findall(r"<([^>]+)>\s*(\d+)", head))
    lines = (line.strip("\t ;") for line in body.splitlines())
    rows = [line.split() for line in lines if line and line[0] != "~"]
    table = np.array(rows, float).T
    length, toll = table[3], table[8]
    per_length, per_toll = WEIGHTS.get(name, (0.0, 0.0))
    zones = int(facts["NUMBER OF ZONES"])
    matrix = np.zeros((zones, zones))
    trips = (TOWNS / f"{name}_trips.tntp").read_text("utf-8").partition("<END OF METADATA>")[2]
    for part in trips.split("Origin")[1:]:
        origin, _, cells = part.partition("\n")
        for to, amount in re.findall(r"(\d+)\s*:\s*([\d.]+)", cells):
            matrix[int(origin) - 1, int(to) - 1] = float(amount)
    np.fill_diagonal(matrix, 0)
    return Town(
        name, table[0].astype(int) - 1, table[1].astype(int) - 1, np.maximum(table[4], LEAST_TIME),
        table[2], table[5], table[6], per_length * length + per_toll * toll, matrix,
        ends_only=int(facts["FIRST THRU NODE"]) > 1,
    )  # fmt: skip


class Aequilibrae(Asked):
    """A process that holds a town and solves it when asked."""

    def __init__(self, python: Path, town: Town) -> None:
        file, self.flows = CACHE / "town.npz", CACHE / "town-flows.npy"
        town.save(file)
        script = "aequilibrae_assignment.py"
        super().__init__("AequilibraE", python, script, file, self.flows, settings=QUIET)

    def solve(self, gap: float) -> dict[str, Any]:
        """Return seconds, gap and steps."""
        return self.ask(str(gap))

    def flow(self) -> Reals:
        """Return the flow of the last solution."""
        flow: Reals = np.load(self.flows)
        return flow


def hold(run: report.Run, where: str, best: Assignment, flow: Reals, gap: float, who: str) -> None:
    """Make sure that a flow is as near the best objective as its gap says.

    The objective is convex: it lies above the best one by no more than gap times total cost.
    """
    extra = best.demand.fixed[0]
    laws = best.roads.delays
    objective = float(laws.integral(flow).sum() + flow @ extra)
    total = float(flow @ (laws.time(flow) + extra))
    above = (objective - best.objective) / total
    # Twice: AequilibraE tells the gap of the flow before its last step.
    if not -1e-9 <= above <= 2 * gap:
        raise WrongAnswerError(f"{where}: {who} lies {above} of the cost above the best")
    run.checks.append(f"{where}: {who} lies {above:.1e} of the total cost above the best.")


def contest(
    run: report.Run, python: Path | None, town: Town, gaps: tuple[float, ...], rounds: int
) -> None:
    """Time one town to every gap."""
    roads, demand = town.ours()
    best = user_equilibrium(roads, demand, gap=BEST)
    for gap in gaps:
        where = f"{town.name}, gap {gap:.0e}"
        found = user_equilibrium(roads, demand, gap=gap)
        hold(run, where, best, found.flow, gap, OURS)
        note = f"{len(found.gaps)} steps, {len(found.paths.flow):,} paths"
        held = {OURS: held_by_us(town, gap)}
        contestants = [Contestant(OURS, partial(_ours, town, gap), note=note)]
        try:
            figures = beside(run, python, town, best, gap, contestants, rounds, held)
        except AbsentError as error:
            run.skip(f"AequilibraE on {where}", error)
            del contestants[1:]
            figures = race(contestants, rounds)
        run.add(
            Figure(
                f"user equilibrium to a gap of {gap:.0e}", town.name, roads.n, roads.arcs, one.who,
                one.threads, "s", seconds, reference=one.who == OURS, note=one.note,
            )
            for one, seconds in zip(contestants, figures, strict=True)
        )  # fmt: skip
        run.add(
            Figure(
                f"most memory held at a gap of {gap:.0e}, above the town itself", town.name,
                roads.n, roads.arcs, one.who, one.threads, "MB", (held[one.who],),
                reference=one.who == OURS,
            )
            for one in contestants
        )  # fmt: skip


def held_by_us(town: Town, gap: float) -> float:
    """Return the most megabytes held while solving, in a process of its own."""
    file = CACHE / "town.npz"
    town.save(file)
    command = [sys.executable, __file__, "--held", str(file), str(gap)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def held(file: Path, gap: float) -> float:
    """Solve once in this process; compiled code is loaded before, as the peer's is."""
    _ours(made_town(4), 1e-4)
    town = Town.load(file)
    before = peak_mb()
    _ours(town, gap)
    return peak_mb() - before


def _ours(town: Town, gap: float) -> Assignment:
    """Solve, from arrays to flows."""
    return user_equilibrium(*town.ours(), gap=gap)


def beside(
    run: report.Run,
    python: Path | None,
    town: Town,
    best: Assignment,
    gap: float,
    contestants: list[Contestant],
    rounds: int,
    held: dict[str, float],
) -> list[tuple[float, ...]]:
    """Race with AequilibraE once its flow is held against the best; it joins the contestants."""
    if python is None:
        raise AbsentError(f"there is no {PEER}")
    with Aequilibrae(python, town) as peer:
        first = peer.solve(gap)
        if first["gap"] > gap:
            raise AbsentError(f"it stopped at a gap of {first['gap']:.1e}")
        hold(run, f"{town.name}, gap {gap:.0e}", best, peer.flow(), gap, "AequilibraE")
        who = f"AequilibraE {peer.version}"
        held[who] = first["held_mb"]
        contestants.append(
            Contestant(
                who,
                lambda: peer.solve(gap)["seconds"],
                rounds=1 if first["seconds"] > SLOW else None,
                note=f"{first['steps']} steps of bi-conjugate Frank-Wolfe, network in memory",
                timed=True,
            )
        )
        return race(contestants, rounds)


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two small towns, seconds")
    parser.add_argument("--towns", nargs="+", metavar="TOWN", help="these alone, in this order")
    parser.add_argument("--held", nargs=2, metavar=("TOWN", "GAP"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.held:
        print(held(Path(given.held[0]), float(given.held[1])))
        return
    plan, mode = (QUICK, "quick") if given.quick else (FULL, "full")
    CACHE.mkdir(parents=True, exist_ok=True)
    run = report.Run(datetime.now(UTC).date().isoformat(), mode, machine.facts())
    print(json.dumps(run.machine, ensure_ascii=False, indent=1), flush=True)
    try:
        python: Path | None = python_of(CACHE, "AequilibraE", PEER)
    except AbsentError as error:
        run.skip(PEER, error)
        python = None
    # Kept town by town: a run that is stopped leaves what it found.
    for name in given.towns or (*plan.towns, MADE):
        try:
            town = made_town(plan.side) if name == MADE else read_town(name)
        except AbsentError as error:
            run.skip(name, error)
            continue
        contest(run, python, town, plan.gaps, plan.rounds)
        run.machine["load_after"] = machine.busy()
        report.keep(run, "assignment", CACHE / "results" if given.quick else RESULTS)


if __name__ == "__main__":
    main()
