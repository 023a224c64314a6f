"""Placebo borders: hundreds of regressions on a million pairs, and the partitions they need.

    python benchmarks/border.py            fields up to the size of the Wuhan circle
    python benchmarks/border.py --quick    seconds: two small fields; shows that everything works

Zones stand in a square field of hexagons over 58,000 square kilometres; all pairs within 60 km
take part. Every contestant gives the border effect of the same partitions of the zones; their
answers are compared before anything is timed. The naive ones do a few partitions and are scaled.
See benchmarks/README.md.
"""

import argparse
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import machine
import numpy as np
import numpy.typing as npt
import report
from graphs import ROOT
from race import OURS, Contestant, Figure, WrongAnswerError, race

from onecity.models.border import TravelPairs, border_effect, travel_pairs
from onecity.models.partition import Neighbours, Partitions, neighbours, random_partitions
from onecity.models.placebo import placebo

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = ROOT / "out/benchmarks"
SQUARE_KM = 58_000.0
FARTHEST_KM = 60.0
#: Areas of the nine cities of the Wuhan circle: only their ratios matter.
AREAS = (8569, 4583, 1596, 8910, 17457, 9752, 2538, 2004, 2622)
#: Zones of the circle at H3 resolution 7, about.
ZONES_SIDE = 125
#: How closely the plain loop demeans; ours goes to 1e-13.
PLAIN_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: fields by their side, and `few` partitions that naive loops do."""

    sides: tuple[int, ...]
    partition_sides: tuple[int, ...]
    placebos: int
    rounds: int
    few: int
    threads: int


THREADS = min(2, len(os.sched_getaffinity(0)))
FULL = Plan((25, 35, 50), (25, 35, 50, ZONES_SIDE), 300, rounds=3, few=3, threads=THREADS)
QUICK = Plan((12, 16), (16,), 20, rounds=2, few=2, threads=THREADS)

Reals = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of hexagons and its pairs; `x`, `y` in km (Z,), the rest by pair (M,)."""

    x: Reals
    y: Reals
    city: Ids
    people: Reals
    origin: Ids
    destination: Ids
    km: Reals
    minutes: Reals


def grid(side: int) -> Neighbours:
    """Return the neighbours in a square field of hexagons, row by row."""
    cell = np.arange(side * side).reshape(side, side)
    left = (cell[:, :-1], cell[:-1], cell[1:, :-1])
    right = (cell[:, 1:], cell[1:], cell[:-1, 1:])
    return neighbours(
        np.concatenate([x.ravel() for x in left]),
        np.concatenate([x.ravel() for x in right]),
        side * side,
    )


def made_field(side: int) -> Field:
    """Return a field with uneven people, effects, noise and a border effect of 0.06."""
    rng = np.random.default_rng(side)
    step = np.sqrt(SQUARE_KM) / side
    row, column = np.divmod(np.arange(side * side), side)
    x, y = (column + 0.5 * (row % 2)) * step, row * step
    origin, destination = _near(x, y)
    city = random_partitions(grid(side), AREAS, count=1, seed=1, tolerance=0.2).part[0]
    km = np.hypot(x[origin] - x[destination], y[origin] - y[destination])
    logs = 0.9 * np.log(km) + 0.06 * (city[origin] != city[destination])
    effect = rng.normal(0, 0.3, (2, side * side))
    logs += effect[0, origin] + effect[1, destination] + rng.normal(0, 0.15, len(km))
    return Field(
        x, y, city.astype(np.int64), rng.lognormal(0, 1.5, side * side),
        origin, destination, km, np.exp(logs),
    )  # fmt: skip


def _near(x: Reals, y: Reals) -> tuple[Ids, Ids]:
    """Return pairs of zones within reach, both ways, ordered by origin."""
    ends = [
        np.flatnonzero((np.hypot(x - x[i], y - y[i]) <= FARTHEST_KM) & (np.arange(len(x)) != i))
        for i in range(len(x))
    ]
    return np.repeat(np.arange(len(x)), [len(e) for e in ends]), np.concatenate(ends)


def pairs_of(field: Field, threads: int) -> TravelPairs:
    """Return the pairs with everything absorbed but borders."""
    return travel_pairs(
        field.origin,
        field.destination,
        field.minutes,
        field.km,
        people=field.people,
        threads=threads,
    )


def again(field: Field, parts: npt.NDArray[np.int16], threads: int) -> Reals:
    """Return the effect of each partition, the whole regression anew each time."""
    return np.array(
        [border_effect(pairs_of(field, threads), part, threads=threads).beta[0] for part in parts]
    )


def plain(field: Field, parts: npt.NDArray[np.int16]) -> Reals:
    """Return the same by plain alternating projections, as the textbook has it."""
    weight = field.people[field.origin] * field.people[field.destination]
    weight /= weight.max()
    rest = _demeaned(field, weight, np.column_stack([np.log(field.minutes), np.log(field.km)]))
    found = []
    for part in parts:
        b = (part[field.origin] != part[field.destination]).astype(float)
        columns = np.column_stack([_demeaned(field, weight, b[:, None]), rest[:, 1:]])
        product = columns.T @ (columns * weight[:, None])
        found.append(np.linalg.solve(product, columns.T @ (weight * rest[:, 0]))[0])
    return np.array(found)


def _demeaned(field: Field, weight: Reals, columns: Reals) -> Reals:
    """Take means by origin and by destination out in turn until nothing moves."""
    left = columns.copy()
    ends = (field.origin, field.destination)
    totals = [np.bincount(end, weight) for end in ends]
    for k in range(left.shape[1]):
        moved = np.inf
        while moved > PLAIN_TOLERANCE:
            moved = 0.0
            for end, total in zip(ends, totals, strict=True):
                mean = np.bincount(end, weight * left[:, k]) / total
                left[:, k] -= mean[end]
                moved = max(moved, float(np.abs(mean).max()))
    return left


def contest(run: report.Run, side: int, plan: Plan) -> None:
    """Time one size: the pairs and all placebos, beside two naive ways."""
    field = made_field(side)
    threads, few, rounds = plan.threads, plan.few, plan.rounds
    made = random_partitions(grid(side), AREAS, count=plan.placebos, seed=7, tolerance=0.2).part
    pairs = pairs_of(field, threads)
    where = f"{side * side:,} zones, {len(field.km):,} pairs"
    ours = placebo(pairs, field.city, made, threads=threads)
    for name, betas, close in (
        ("the regression again", again(field, made[:few], threads), 1e-10),
        ("the plain loop", plain(field, made[:few]), 1e-6),
    ):
        gap = np.abs(betas - ours.betas[:few]).max()
        if not gap <= close:
            raise WrongAnswerError(f"{name} differs by {gap}")
        run.checks.append(f"{where}: {few} effects equal those of {name} within {close:g}.")
    scale, done = plan.placebos / few, f"{few} partitions, scaled up"
    contestants = [
        Contestant(
            OURS,
            lambda: placebo(pairs_of(field, threads), field.city, made, threads=threads),
            threads,
            note="pairs and placebos",
        ),
        Contestant(
            f"{OURS}, placebos alone",
            lambda: placebo(pairs, field.city, made, threads=threads),
            threads,
        ),
        Contestant(
            f"{OURS}, placebos alone", lambda: placebo(pairs, field.city, made, threads=1), 1
        ),
        Contestant(
            "the regression again",
            lambda: again(field, made[:few], threads),
            threads,
            scale,
            note=done,
        ),
        Contestant("plain loop", lambda: plain(field, made[:few]), 1, scale, note=done),
    ]
    run.add(
        Figure(
            f"{plan.placebos} placebo borders", where, 0, 0, one.who, one.threads, "s", seconds,
            reference=one.who == OURS, note=one.note,
        )
        for one, seconds in zip(contestants, race(contestants, rounds), strict=True)
    )  # fmt: skip


def partition_contest(run: report.Run, side: int, plan: Plan) -> None:
    """Time the making of partitions."""
    field, count, threads = grid(side), plan.placebos, plan.threads

    def work() -> Partitions:
        return random_partitions(field, AREAS, count=count, threads=threads)

    (rounds,) = race([Contestant(OURS, work, threads, scale=1000.0 / count)], plan.rounds)
    found = work()
    note = f"worst deviation {found.deviation.max():.3f}, {found.tries.mean():.1f} tries each"
    run.add([
        Figure(
            "random contiguous partitions", f"{side * side:,} zones", 0, 0, OURS, threads,
            "ms a partition", rounds, reference=True, note=note,
        ),
    ])  # fmt: skip


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two small fields, seconds")
    given = parser.parse_args()
    plan, mode = (QUICK, "quick") if given.quick else (FULL, "full")
    run = report.Run(datetime.now(UTC).date().isoformat(), mode, machine.facts())
    print(json.dumps(run.machine, ensure_ascii=False, indent=1), flush=True)
    for side in plan.sides:
        contest(run, side, plan)
    for side in plan.partition_sides:
        partition_contest(run, side, plan)
    run.machine["load_after"] = machine.busy()
    report.keep(run, "border", CACHE / "results" if given.quick else RESULTS)


if __name__ == "__main__":
    main()
