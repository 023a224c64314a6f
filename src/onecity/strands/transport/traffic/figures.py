"""What the peak hour costs the people of each unit: time lost, and the way to the core."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.travel import centres_of
from onecity.strands.units import Reals

from .bottlenecks import city_of_nodes
from .indicators import CORE_ADDED, FULL_SHARE, HOURS_LOST, OF_UNITS, SHARE_LOST, TO_CORE
from .loading import CARS, LORRIES, Loading, at_car_share


def unit_figures(loading: Loading, on_empty: tuple[Reals, Reals]) -> Mapping[Level, pd.DataFrame]:
    """Return the figures of every level, columns by the keys of their indicators.

    Time lost is told by where trips begin, over trips between cells; within a cell it goes to
    zones by their people.

    Parameters
    ----------
    on_empty
        See `seconds_on_empty`.
    """
    region = loading.region
    units = u.units_of(region)
    people = region.table("zones")["people"].to_numpy(dtype=np.float64)
    empty, full = _to_zones(loading, _hours_by_cell(loading, on_empty), people)
    before, after = _minutes_to_core(loading)
    added = after - before
    found = {}
    for level, one in units.items():
        lost, all_hours = u.total(one, full - empty), u.total(one, full)
        share = np.full(len(lost), np.nan)
        np.divide(100 * lost, all_hours, out=share, where=all_hours > 0)
        columns = {
            SHARE_LOST.key: share,
            HOURS_LOST.key: lost,
            TO_CORE.key: u.mean(one, after, people),
            CORE_ADDED.key: u.mean(one, added, people),
        }
        if level is Level.ZONE:  # where nobody lives there is a way all the same
            columns |= {TO_CORE.key: after, CORE_ADDED.key: added}
        if level in FULL_SHARE.levels:
            columns[FULL_SHARE.key] = _full_share(loading, level)
        order = [one.key for one in OF_UNITS if one.key in columns]
        found[level] = u.frame(one, {key: columns[key] for key in order})
    return found


def ranges(
    loading: Loading, tables: Mapping[Level, pd.DataFrame], on_empty: tuple[Reals, Reals]
) -> tuple[Mapping[Level, pd.DataFrame], Mapping[Level, pd.DataFrame]]:
    """Return the lowest and highest figures of the range of the share of trips by car.

    `tables` are those of the loading itself, `on_empty` its `seconds_on_empty`. Nothing where
    the share has no range.
    """
    share = loading.assumed.numbers["traffic_car_share"]
    if share.low is None or share.high is None:
        return {}, {}
    several = [tables]
    several += [
        unit_figures(at_car_share(loading, end), on_empty) for end in (share.low, share.high)
    ]
    low: dict[Level, pd.DataFrame] = {}
    high: dict[Level, pd.DataFrame] = {}
    for level, table in tables.items():
        ends = np.stack([one[level].to_numpy() for one in several])
        for frame, end in ((low, np.fmin.reduce(ends)), (high, np.fmax.reduce(ends))):
            frame[level] = pd.DataFrame(end, index=table.index, columns=table.columns)
    return low, high


def seconds_on_empty(loading: Loading) -> tuple[Reals, Reals]:
    """Return the quickest time of each trip when roads are empty, of cars and of lorries."""
    supply, trips = loading.supply, loading.trips
    network = supply.network()
    found = []
    for one in (CARS, LORRIES):
        own = network.with_seconds(supply.free + loading.found.demand.fixed[one])
        times = own.travel_times(supply.nodes, supply.nodes)
        found.append(times[trips.origin[one], trips.destination[one]])
    return found[0], found[1]


def _hours_by_cell(loading: Loading, on_empty: tuple[Reals, Reals]) -> tuple[Reals, Reals]:
    """Return person-hours a day of trips by the cell they begin in: on empty roads, and loaded."""
    supply, trips = loading.supply, loading.trips
    empty, full = np.zeros(supply.cells), np.zeros(supply.cells)
    for one in (CARS, LORRIES):
        free = on_empty[one]
        least = loading.found.least[loading.found.demand.row_pair[one]]
        served = np.isfinite(least)
        persons = trips.vehicles[one] * loading.persons[one] * loading.assumed["peak_hours"] / 3600
        for hours, taken in ((empty, free), (full, np.maximum(least, free))):
            np.add.at(hours, trips.origin[one][served], (persons * taken)[served])
    return empty, full


def _to_zones(loading: Loading, by_cell: tuple[Reals, Reals], people: Reals) -> tuple[Reals, Reals]:
    """Return what cells have by zone, in proportion to people."""
    cell = loading.cells.of_zone
    inside = cell >= 0
    share = np.zeros(len(cell))
    share[inside] = people[inside] / loading.cells.anchors.people[cell[inside]]
    one, other = (np.where(inside, share * part[cell], 0.0) for part in by_cell)
    return one, other


def _minutes_to_core(loading: Loading) -> tuple[Reals, Reals]:
    """Return minutes of every zone to the core's centre, on empty roads and loaded; NaN: no way."""
    travel, region = loading.travel, loading.region
    cities = region.table("cities")["city"].tolist()
    centre = centres_of(region).zone[cities.index(region.manifest.core_city)]
    target = travel.zone_nodes[[centre]]
    loaded = travel.seconds.copy()
    roads = slice(2 * travel.edges)
    loaded[roads] = loading.seconds_loaded[roads]
    before, after = (
        network.reversed().travel_times(target, travel.zone_nodes)[0] / 60
        for network in (travel.network, travel.network.with_seconds(loaded))
    )
    before[np.isinf(before)] = np.nan
    return before, np.maximum(before, after)  # the engine counts whole milliseconds


def _full_share(loading: Loading, level: Level) -> Reals:
    """Return the share of all vehicle kilometres on roads that are full, percent."""
    supply, region = loading.supply, loading.region
    roads = slice(2 * supply.edges)
    driven = loading.found.flow[roads] * supply.km[roads]
    over = driven * (loading.found.flow[roads] >= supply.capacity[roads])
    if level is Level.REGION:
        where, count = np.zeros(len(driven), np.int64), 1
    else:
        city = city_of_nodes(region)
        one, other = city[supply.tail[roads]], city[supply.head[roads]]
        where, count = np.where(one >= 0, one, other), len(region.table("cities"))
    known = where >= 0
    below = np.bincount(where[known], driven[known], count)
    above = np.bincount(where[known], over[known], count)
    share = np.full(count, np.nan)
    np.divide(100 * above, below, out=share, where=below > 0)
    return share
