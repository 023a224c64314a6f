"""Who drives in the peak hour: gravity between cells, within given totals and a given mean time.

The cars that leave a cell follow its people: trips of every resident, the share made by car in
the peak hour, and how many sit in a car. As many arrive as leave; where the region has a table of
jobs, they arrive in proportion to jobs instead, as in the morning. Between cells trips fall with
exp(-t / decay) and keep both totals (doubly constrained gravity, Wilson 1971); the decay is found
so that the mean trip takes as long as assumed (Hyman 1969). Lorries are a share of the cars and
mind distance less.

Trips that stay in their cell are on none of the roads. Where there are more pairs than
`MOST_PAIRS`, few trips are gathered: those of one origin to places that lie together, each visited
by less than a certain number of vehicles, go to one of these places in turn (systematic sampling);
what leaves an origin changes by less than that number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import InputError, RangeError
from onecity.models.gravity import Modelled, simulated
from onecity.strands.travel import Travel, inside_zone_seconds
from onecity.strands.units import Reals, Rows

from .assumed import TrafficAssumed

MOST_PAIRS = 12_000
"""Pairs with trips by car; lorries have a quarter as many. On the Wuhan circle (614 cells) ten
times as many change the hours lost and the highest v/c by less than 1%."""
USUAL_MINUTES = 25.0
"""Mean time of a trip by car, where the region is large enough for it."""
WITHIN = (0.1, 0.65)
"""How far the mean may lie, at least and at most, from staying at home to going anywhere."""
_GOLDEN = 0.618_033_988_749_895


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Vehicles between cells in the peak hour, cars first, then lorries.

    Attributes
    ----------
    origin, destination
        Cells, shape (rows,), for each class.
    vehicles
        In the peak hour, shape (rows,), for each class.
    inside
        Vehicles of each class that stay in their cell.
    decay_minutes
        A place this much further away draws 1/e as many cars; +inf where nobody minds distance.
    gathered
        Fewer vehicles than this to one place were gathered; 0 where none were.
    apart
        Residents of cells from which no other cell is reached.
    """

    origin: tuple[Rows, Rows]
    destination: tuple[Rows, Rows]
    vehicles: tuple[Reals, Reals]
    inside: tuple[float, float]
    decay_minutes: float
    gathered: float
    apart: float


def minutes_between(travel: Travel, zone: Rows, area_km2: Reals) -> Reals:
    """Return the time between cells in free flow, minutes, and inside each on the diagonal.

    Parameters
    ----------
    zone, area_km2
        Row of the zone that stands for each cell, and the area of all its zones, (cells,).
    """
    nodes = travel.zone_nodes[zone]
    minutes = travel.network.travel_times(nodes, nodes) / 60
    inside = inside_zone_seconds(travel, area_km2) / 60
    np.fill_diagonal(minutes, np.where(np.isnan(inside), 0.0, inside))
    return minutes


def trips_of(
    people: Reals, minutes: Reals, assumed: TrafficAssumed, jobs: Reals | None = None
) -> tuple[Trips, TrafficAssumed]:
    """Return the trips of the peak hour, and what was assumed for them.

    Parameters
    ----------
    people
        Residents of each cell, shape (cells,).
    minutes
        See `minutes_between`.
    jobs
        Of each cell, shape (cells,); None where they are not known.

    Raises
    ------
    InputError
        If there are no two cells, nobody drives, or no trips within the totals take as long as
        assumed.
    """
    if len(people) < 2:
        raise InputError("traffic.one_cell", cells=len(people))
    per_person = assumed["trips"] * assumed["car_share"] / assumed["occupancy"]
    out = people * per_person * assumed["peak_share"]
    if not out.sum() > 0:
        raise InputError("traffic.no_cars")
    joined = np.isfinite(minutes)
    into = out if jobs is None else _arriving(out, jobs, joined)
    start, end = np.nonzero(joined)
    time = minutes[start, end]
    cars, mean = _calibrated(start, end, time, (out, into), assumed)
    slope = cars.coefficients["minutes"]
    lorries = simulated(
        start,
        end,
        out * assumed["lorry_share"],
        into * assumed["lorry_share"],
        {"minutes": time},
        {"minutes": slope / assumed["lorry_reach"]},
    ).flow if assumed["lorry_share"] > 0 else np.zeros(len(time))  # fmt: skip
    away = start != end
    rows, places, vehicles, least = [], [], [], []
    for flow, most in ((cars.flow, MOST_PAIRS), (lorries, MOST_PAIRS // 4)):
        matrix = np.zeros(minutes.shape)
        matrix[start[away], end[away]] = flow[away]
        least.append(_least(matrix, most))
        matrix = gathered(matrix, least[-1])
        row, place = np.nonzero(matrix)
        rows.append(row)
        places.append(place)
        vehicles.append(matrix[row, place])
    alone = joined.sum(axis=1) <= 1
    return (
        Trips(
            origin=(rows[0], rows[1]),
            destination=(places[0], places[1]),
            vehicles=(vehicles[0], vehicles[1]),
            inside=(float(cars.flow[~away].sum()), float(lorries[~away].sum())),
            decay_minutes=-1 / slope if slope < 0 else np.inf,
            gathered=max(least),
            apart=float(people[alone].sum()),
        ),
        assumed.at_minutes(mean),
    )


def _arriving(out: Reals, jobs: Reals, joined: NDArray[np.bool_]) -> Reals:
    """Return what arrives in each cell: by jobs, as much as leaves wherever ways join cells.

    Where none of the cells that are joined has a job, as many arrive as leave.
    """
    count, piece = connected_components(csr_array(joined), directed=False)
    leaving, there = np.bincount(piece, out, count), np.bincount(piece, jobs, count)
    rate = np.zeros(count)
    np.divide(leaving, there, out=rate, where=there > 0)
    return np.asarray(np.where(there[piece] > 0, jobs * rate[piece], out), dtype=np.float64)


def _calibrated(
    start: Rows, end: Rows, time: Reals, totals: tuple[Reals, Reals], assumed: TrafficAssumed
) -> tuple[Modelled, float]:
    """Return the cars between cells, and the mean time that they meet.

    `totals` are those of what leaves each cell and of what arrives.
    """
    known, (out, into) = {"minutes": time}, totals
    anywhere = simulated(start, end, out, into, known, {"minutes": 0.0})
    total = float(out.sum())
    longest = float(anywhere.flow @ time) / total
    nearest = np.full(len(out), np.inf)
    open_to = into[end] > 0
    np.minimum.at(nearest, start[open_to], time[open_to])
    shortest = float(out @ nearest) / total
    spread = longest - shortest
    low, high = (shortest + share * spread for share in WITHIN)
    mean = min(max(USUAL_MINUTES, low), high) if assumed.follows else assumed["minutes"]
    if not spread > 1e-9 * longest:  # nobody is nearer to one place than to another
        return anywhere, longest
    wrong = InputError(
        "traffic.minutes_out_of_reach", given=mean, shortest=shortest, longest=longest
    )
    if not shortest < mean < longest:
        raise wrong
    try:
        return simulated(start, end, out, into, known, {}, means={"minutes": mean}), mean
    except RangeError as error:
        raise wrong from error


def _least(matrix: Reals, most: int) -> float:
    """Return below how many vehicles trips are gathered, so that about `most` pairs are left."""
    flow = np.sort(matrix[matrix > 0])
    if len(flow) <= most:
        return 0.0
    # With the k smallest gathered to pairs of flow[k] each, so many are left.
    left = len(flow) - np.arange(len(flow)) + np.cumsum(flow) / flow
    return float(flow[int(np.argmax(left <= most))]) if (left <= most).any() else float(flow[-1])


def gathered(matrix: Reals, least: float) -> Reals:
    """Return trips (cells, cells) of which none is between 0 and `least`.

    Smaller ones add up along the row, whose places lie in the order of cells; whenever they
    reach `least`, that many go to the place where they do. Each row starts elsewhere.
    """
    if least <= 0:
        return matrix
    few = np.where(matrix < least, matrix, 0.0)
    start = (np.arange(len(matrix)) * _GOLDEN) % 1.0
    steps = np.floor(np.cumsum(few, axis=1) / least + start[:, None])
    taken = np.diff(steps, axis=1, prepend=np.zeros((len(matrix), 1)))
    return np.asarray(np.where(matrix < least, taken * least, matrix))
