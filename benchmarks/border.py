"""Placebo borders: hundreds of regressions on a million pairs, and the partitions they need.

    python benchmarks/border.py
    python benchmarks/border.py --sides 25 35 --placebos 60 --rounds 2

Zones stand in a square field of hexagons over 58,000 square kilometres; all pairs within 60 km
take part. Every contestant gives the border effect of the same partitions of the zones; their
answers are compared before anything is timed. The naive ones do a few partitions and are scaled.
"""

import argparse
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt
from race import OURS, Contestant, WrongAnswerError, race

from onecity.models.border import TravelPairs, border_effect, travel_pairs
from onecity.models.partition import Neighbours, neighbours, random_partitions
from onecity.models.placebo import placebo

SQUARE_KM = 58_000.0
FARTHEST_KM = 60.0
#: Areas of the nine cities of the Wuhan circle: only their ratios matter.
AREAS = (8569, 4583, 1596, 8910, 17457, 9752, 2538, 2004, 2622)
#: Zones of the circle at H3 resolution 7, about.
ZONES_SIDE = 125
#: How closely the plain loop demeans; ours goes to 1e-13.
PLAIN_TOLERANCE = 1e-9

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


def contest(side: int, placebos: int, rounds: int, threads: int, few: int) -> None:
    """Time one size and print a row for each contestant."""
    field = made_field(side)
    made = random_partitions(grid(side), AREAS, count=placebos, seed=7, tolerance=0.2).part
    pairs = pairs_of(field, threads)
    ours = placebo(pairs, field.city, made, threads=threads)
    for name, betas, close in (
        ("again", again(field, made[:few], threads), 1e-10),
        ("plain", plain(field, made[:few]), 1e-6),
    ):
        gap = np.abs(betas - ours.betas[:few]).max()
        if not gap <= close:
            raise WrongAnswerError(f"{name} differs by {gap}")
    scale = placebos / few
    contestants = [
        Contestant(
            f"{OURS}, pairs and placebos",
            lambda: placebo(pairs_of(field, threads), field.city, made, threads=threads),
            threads,
        ),
        Contestant(
            f"{OURS}, placebos", lambda: placebo(pairs, field.city, made, threads=threads), threads
        ),
        Contestant(f"{OURS}, placebos", lambda: placebo(pairs, field.city, made, threads=1), 1),
        Contestant(
            "the regression again", lambda: again(field, made[:few], threads), threads, scale
        ),
        Contestant("plain loop", lambda: plain(field, made[:few]), 1, scale),
    ]
    times = race(contestants, rounds)
    base = median(times[0])
    for one, seconds in zip(contestants, times, strict=True):
        print(
            f"| {side * side:,} | {len(field.km):,} | {placebos} | {one.who} | {one.threads} "
            f"| {median(seconds):.3f} | {median(seconds) / base:.1f} |",
            flush=True,
        )


def partition_contest(side: int, count: int, rounds: int, threads: int) -> None:
    """Time the making of partitions and print a row."""
    field = grid(side)
    one = Contestant(
        OURS, lambda: random_partitions(field, AREAS, count=count, threads=threads), threads
    )
    seconds = median(race([one], rounds)[0])
    found = random_partitions(field, AREAS, count=count, threads=threads)
    print(
        f"| {side * side:,} | {count} | {threads} | {seconds:.2f} | {1000 * seconds / count:.1f} "
        f"| {found.deviation.max():.3f} | {found.tries.mean():.1f} |",
        flush=True,
    )


def main() -> None:
    """Run all sizes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sides", type=int, nargs="+", default=[25, 35, 50])
    parser.add_argument("--placebos", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--few", type=int, default=3, help="partitions that naive loops do")
    given = parser.parse_args()
    print("| zones | pairs | placebos | who | threads | s | times ours |")
    print("|---|---|---|---|---|---|---|")
    for side in given.sides:
        contest(side, given.placebos, given.rounds, given.threads, given.few)
    print("\n| zones | partitions | threads | s | ms each | worst deviation | tries |")
    print("|---|---|---|---|---|---|---|")
    for side in sorted({*given.sides, ZONES_SIDE}):
        partition_contest(side, given.placebos, 1, given.threads)


if __name__ == "__main__":
    main()
