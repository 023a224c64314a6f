"""What follows the size of a region and its roads, so that a circle and a town are both seen.

Links are judged between cells and searched for as far as a link may reach. Neither has one size
that fits 58,000 km² of trunk roads and the streets of one town alike:

* Cells (``link_cells``) are as fine as they can be while there are no more than `MOST_CELLS` of
  them, for the work grows with their number; areas (``link_areas``), on which assumptions are
  drawn anew and gains told apart, with `MOST_AREAS`. On the Wuhan circle these are cells of about
  36 and 253 km², in a town of 200 km² of 0.1 and 0.7 km².
* Traffic is loaded between cells (``traffic_cells``) of which there are no more than `MOST_LOADED`:
  every pair of them has paths of its own.
* A near miss (``link_near_miss_m``) is what the positions of the data allow: trunk extracts are
  rounded to about 100 m, OpenStreetMap's streets are drawn to some metres.

How far apart the ends of a link may lie follows the roads; see `pairs`.
"""

from collections.abc import Callable

import h3

from onecity.region.dead_ends import near_miss_m
from onecity.region.store import Region

MOST_CELLS = 4_000
MOST_AREAS = 1_500
MOST_LOADED = 700
FINEST = 15
"""The finest H3 resolution there is."""


def cells_of(region: Region) -> int:
    """Return the H3 resolution of the cells that benefits are counted between."""
    return _finest(region, MOST_CELLS)


def areas_of(region: Region) -> int:
    """Return the H3 resolution of areas: what is drawn anew, and where gains are told apart."""
    return _finest(region, MOST_AREAS)


def loaded_cells_of(region: Region) -> int:
    """Return the H3 resolution of the cells that traffic is loaded between."""
    return _finest(region, MOST_LOADED)


RULES: dict[str, Callable[[Region], float]] = {
    "link_cells": cells_of,
    "link_areas": areas_of,
    "link_near_miss_m": near_miss_m,
    "traffic_cells": loaded_cells_of,
}
"""Assumptions that follow the region, by key."""


def _finest(region: Region, most: int) -> int:
    """Return the finest resolution with at most `most` cells that keep to counties.

    None finer than tells all zones apart; the coarsest, 0, where even that has more.
    """
    zones = region.table("zones")
    lived_in = zones[zones["people"] > 0]
    spots = list(zip(lived_in["lat"].tolist(), lived_in["lon"].tolist(), strict=True))
    county = lived_in["county"].tolist()
    found = 0
    for resolution in range(FINEST + 1):
        cells = (h3.latlng_to_cell(*spot, resolution) for spot in spots)
        count = len(set(zip(cells, county, strict=True)))
        if count > most:
            break
        found = resolution
        if count == len(spots):
            break
    return found


def cell_km2(resolution: int) -> float:
    """Return the mean area of a cell, km², to two digits."""
    return float(f"{h3.average_hexagon_area(resolution, unit='km^2'):.2g}")
