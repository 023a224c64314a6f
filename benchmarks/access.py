"""Access to facilities by floating catchments, beside PySAL's access.

    python benchmarks/access.py            300,000, 3 million and 30 million pairs
    python benchmarks/access.py --quick    seconds: up to 300,000; shows that everything works

Zones and facilities lie in a square, pairs are those within 30 minutes, people and capacity are
drawn. Both contestants hold the pairs, checked and ready, and give access by zone, on one thread.
PySAL's time is one call of two_stage_fca or enhanced_two_stage_fca on its table, without the
making of it, and ends with a column of access. Ours is one call of access_to on pairs in order: it
applies rights between nine cities, counts pairs without use, and tells demand, crowding, mean and
nearest minutes and the time to usable care besides. It is shown without the last, too, for which
PySAL has nothing to compare, and from bare arrays. Answers are compared before anything is timed.
PySAL's access lives in an environment of its own and sits out where its tables would not fit.
See benchmarks/README.md.
"""

import argparse
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import machine
import numpy as np
import numpy.typing as npt
import report
from graphs import ROOT, AbsentError
from peers.asked import Asked
from peers.environment import python_of
from race import OURS, Contestant, Figure, WrongAnswerError, race
from scipy.spatial import cKDTree

from onecity.models.access import (
    CHOICE,
    Access,
    Reach,
    Service,
    Steps,
    access_to,
    permeability,
    places_of,
    reach_of,
    threshold,
)

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = ROOT / "out/benchmarks"
#: BSD-3-Clause. What the contest alone uses, never installed beside OneCity.
PEER = "access==1.1.10.post3"
TASKS = {"2SFCA": threshold(30), "E2SFCA": Steps()}
MINUTES = 30.0
CITIES = 9
#: Of access, relative.
CLOSE = 1e-10
#: Pairs above which the peer sits out.
MOST = 10_000_000

Reals = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes by zones, facilities and pairs wanted."""

    sizes: tuple[tuple[int, int, int], ...]
    rounds: int


FULL = Plan(((6_000, 500, 300_000), (20_000, 1_500, 3_000_000), (80_000, 5_000, 30_000_000)), 5)
QUICK = Plan(((300, 50, 3_000), (1_500, 200, 30_000), (6_000, 500, 300_000)), 2)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs (M,), people (Z,), capacity (F,) and cities of both."""

    zone: Ids
    facility: Ids
    minutes: Reals
    people: Reals
    capacity: Reals
    zone_city: Ids
    facility_city: Ids


def made_pairs(zones: int, facilities: int, wanted: int) -> Pairs:
    """Return pairs within the time, about as many as wanted."""
    rng = np.random.default_rng(zones)
    # A circle of 30 minutes holds wanted / zones of the facilities.
    side = MINUTES * np.sqrt(np.pi * facilities * zones / wanted)
    here, there = rng.uniform(0, side, (zones, 2)), rng.uniform(0, side, (facilities, 2))
    near = cKDTree(here).query_ball_point(there, MINUTES, return_sorted=True)
    zone = np.concatenate([np.asarray(one, np.int64) for one in near])
    facility = np.repeat(np.arange(facilities), [len(one) for one in near]).astype(np.int64)
    minutes = np.hypot(*(here[zone] - there[facility]).T)
    people = rng.integers(1, 3_000, zones).astype(float)
    capacity = rng.integers(1, 500, facilities).astype(float)
    city, host = ((one[:, 0] * CITIES / side).astype(np.int64) for one in (here, there))
    return Pairs(zone, facility, minutes, people, capacity, city, host)


def ordered(pairs: Pairs) -> Reach:
    """Return the pairs checked and in order."""
    return reach_of(
        pairs.zone,
        pairs.facility,
        pairs.minutes,
        zones=len(pairs.people),
        facilities=len(pairs.capacity),
    )


def ours(
    reach: Reach,
    pairs: Pairs,
    tasks: tuple[str, ...],
    across: float = 1.0,
    choice: float | None = CHOICE,
) -> tuple[Access, ...]:
    """Measure, from pairs in order to access."""
    places = places_of(pairs.zone_city, pairs.facility_city, CITIES)
    pi = permeability(CITIES, across)
    services = [Service(task, pairs.capacity, pi, TASKS[task]) for task in tasks]
    return access_to(reach, places, pairs.people, services, choice=choice)


def first_use(pairs: Pairs, tasks: tuple[str, ...]) -> tuple[Access, ...]:
    """Measure, from pairs as they come to access."""
    return ours(ordered(pairs), pairs, tasks)


class PySal(Asked):
    """A process that holds the table and measures when asked."""

    def __init__(self, python: Path, pairs: Pairs) -> None:
        self.file = CACHE / "pairs.npz"
        np.savez(
            self.file, zone=pairs.zone, facility=pairs.facility, minutes=pairs.minutes,
            people=pairs.people, capacity=pairs.capacity,
        )  # fmt: skip
        super().__init__("PySAL", python, "pysal_access.py", self.file)

    def measure(self, task: str) -> float:
        """Return the seconds of one call."""
        return float(self.ask(task)["seconds"])

    def found(self) -> Reals:
        """Return the access that the last call gave."""
        return np.asarray(np.load(self.file.with_suffix(".answer.npy")), np.float64)


def compare(run: report.Run, where: str, task: str, mine: Access, its: Reals) -> None:
    """Make sure that both found the same."""
    gap = float(np.max(np.abs(mine.access - its) / np.maximum(mine.access.max(), its.max())))
    if not gap <= CLOSE:
        raise WrongAnswerError(f"{where}: {task} differs by {gap}")
    run.checks.append(f"{where}: {task} equals PySAL's within {gap:.1e}, relative.")


def contest(run: report.Run, python: Path | None, size: tuple[int, int, int], rounds: int) -> None:
    """Time one size."""
    pairs = made_pairs(*size)
    reach, count = ordered(pairs), len(pairs.minutes)
    where = f"{size[0]:,} zones, {size[1]:,} facilities, {count:,} pairs"
    peer = None
    if python is None or count > MOST:
        why = f"there is no {PEER}" if python is None else "too large for its tables"
        run.skip(f"PySAL on {where}", why)
    else:
        try:
            peer = PySal(python, pairs)
        except AbsentError as error:
            run.skip(f"PySAL on {where}", error)
    for task in TASKS:
        alone = (task,)
        contestants = [
            Contestant(OURS, partial(ours, reach, pairs, alone), note="pairs in order"),
            Contestant(
                f"{OURS}, less",
                partial(ours, reach, pairs, alone, choice=None),
                note="without the time to usable care",
            ),
            Contestant(
                f"{OURS}, first use",
                partial(first_use, pairs, alone),
                note="checks and orders the pairs as well",
            ),
        ]
        if peer is not None:
            peer.measure(task)
            compare(run, where, task, ours(reach, pairs, alone)[0], peer.found())
            contestants.append(
                Contestant(
                    f"PySAL access {peer.version}",
                    partial(peer.measure, task),
                    note="table in memory",
                    timed=True,
                )
            )
        keep(run, task, where, contestants, rounds)
    if peer is not None:
        peer.close()

    def states() -> list[tuple[Access, ...]]:
        return [ours(reach, pairs, tuple(TASKS), across) for across in (0.0, 1.0)]

    task = "two services, borders closed and open"
    keep(run, task, where, [Contestant(OURS, states, note="pairs in order")], rounds)


def keep(
    run: report.Run, task: str, where: str, contestants: list[Contestant], rounds: int
) -> None:
    """Race, and keep the figures."""
    figures = race(contestants, rounds)
    run.add(
        Figure(
            task, where, 0, 0, one.who, one.threads, "s", seconds,
            reference=one.who == OURS, note=one.note,
        )
        for one, seconds in zip(contestants, figures, strict=True)
    )  # fmt: skip


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="up to 300,000 pairs, seconds")
    given = parser.parse_args()
    plan, mode = (QUICK, "quick") if given.quick else (FULL, "full")
    CACHE.mkdir(parents=True, exist_ok=True)
    run = report.Run(datetime.now(UTC).date().isoformat(), mode, machine.facts())
    print(json.dumps(run.machine, ensure_ascii=False, indent=1), flush=True)
    try:
        python: Path | None = python_of(CACHE, "PySAL", PEER, only_binary=False)
    except AbsentError as error:
        run.skip(PEER, error)
        python = None
    for size in plan.sizes:
        contest(run, python, size, plan.rounds)
    run.machine["load_after"] = machine.busy()
    report.keep(run, "access", CACHE / "results" if given.quick else RESULTS)


if __name__ == "__main__":
    main()
