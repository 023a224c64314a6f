"""Trips that links are judged by: one stated, plain gravity on where people live.

No trip has been counted. Every resident makes the same number of trips, each to a place chosen
in proportion to its people and to exp(-t / decay) (origin-constrained gravity, Wilson 1971);
t is the time of today and the trips stay what they are when a link is built. Trips inside a
cell take no time and can save none.

Zones are gathered into cells: those whose points lie in one H3 cell and one county. The most
populous zone of a cell stands for all of it; zones larger than a cell stand for themselves.
How large cells are follows the region, see `scale`.
"""

from dataclasses import dataclass
from functools import partial

import h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.models.links import Gravity
from onecity.network import Network
from onecity.region.store import Region
from onecity.strands.units import Reals, Rows

_TILE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Anchors:
    """Cells that have people and a way to the roads.

    Attributes
    ----------
    zone
        Row of the zone that stands for each cell, shape (cells,).
    people
        Residents of each cell in zones with a way to the roads, shape (cells,).
    county
        Row of each cell's county in its table, shape (cells,).
    area
        Number of the larger cell each lies in, 0, 1, ..., shape (cells,); of one county too.
    left_out
        Residents of zones without a way to the roads.
    """

    zone: Rows
    people: Reals
    county: Rows
    area: Rows
    left_out: float

    def __len__(self) -> int:
        return len(self.zone)


def anchors_of(region: Region, leg: Reals, county: Rows, resolution: int, areas: int) -> Anchors:
    """Return the cells of a region.

    Parameters
    ----------
    leg
        Way of each zone to the roads, km, +inf where there is none, shape (zones,).
    county
        Row of each zone's county, shape (zones,).
    resolution, areas
        H3 resolution of the cells, and of the larger areas they lie in.
    """
    everyone = region.table("zones")["people"].to_numpy(dtype=np.float64)
    rows, cell, large = _cells(region, leg, county, resolution, areas)
    people = everyone[rows]
    # The most populous of each cell first, of equal ones the first in the table.
    order = np.lexsort((rows, -people, cell))
    first = order[np.flatnonzero(np.diff(cell[order], prepend=-1))]
    area = _numbered([large[row] for row in first], county[rows][first])
    return Anchors(
        zone=rows[first],
        people=np.bincount(cell, people, minlength=len(first)).astype(np.float64),
        county=county[rows][first],
        area=area,
        left_out=float(everyone.sum() - people.sum()),
    )


def cells_of_zones(region: Region, leg: Reals, county: Rows, resolution: int) -> Rows:
    """Return the cell of `anchors_of` that each zone lies in, -1 for none, shape (zones,)."""
    rows, cell, _ = _cells(region, leg, county, resolution, resolution)
    found = np.full(len(leg), -1, dtype=np.int64)
    found[rows] = cell
    return found


def _cells(
    region: Region, leg: Reals, county: Rows, resolution: int, areas: int
) -> tuple[Rows, Rows, list[str]]:
    """Return the zones that have people and a way to the roads, their cells, and larger ones."""
    zones = region.table("zones")
    everyone = zones["people"].to_numpy(dtype=np.float64)
    rows = np.flatnonzero((everyone > 0) & np.isfinite(leg))
    lon, lat = zones["lon"].to_numpy()[rows], zones["lat"].to_numpy()[rows]
    spots = list(zip(lat.tolist(), lon.tolist(), strict=True))
    cell = _numbered([h3.latlng_to_cell(*spot, resolution) for spot in spots], county[rows])
    return rows, cell, [h3.latlng_to_cell(*spot, min(resolution, areas)) for spot in spots]


def _numbered(cells: list[str], county: Rows) -> Rows:
    """Return one number for each pair of cell and county, ascending as the pairs are."""
    names = pd.factorize(pd.Series(cells, dtype="str"), sort=True)[0].astype(np.int64)
    _, number = np.unique(names * (county.max(initial=0) + 1) + county, return_inverse=True)
    return number.astype(np.int64)


def trips_between(
    network: Network,
    nodes: Rows,
    people: Reals,
    decay_minutes: float,
    trips: float,
    *,
    threads: int | None = None,
) -> Gravity:
    """Return the trips between some nodes; see the module.

    Parameters
    ----------
    network
        As it is today.
    nodes, people
        Node and residents of each cell, shape (cells,).
    decay_minutes
        A place this much further away draws 1/e as many trips.
    trips
        Trips of every resident.
    threads
        How many; None for one on each processor.
    """
    draw = partial(deterrence, decay_minutes=decay_minutes)
    total = np.empty(len(nodes))
    step = max(1, _TILE_BYTES // (8 * max(1, len(nodes))))
    for start in range(0, len(nodes), step):
        times = network.travel_times(nodes[start : start + step], nodes, threads=threads)
        total[start : start + step] = draw(times) @ people  # of what no way leads to: none
    # Its own people are part of every total, so that none is zero.
    return Gravity(trips * people / total, people, draw)


def deterrence(seconds: NDArray[np.float64], *, decay_minutes: float) -> Reals:
    """Return exp(-t / decay)."""
    return np.exp(seconds / (-60 * decay_minutes))
