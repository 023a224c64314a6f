"""Where the roads are too narrow: stretches that are full, and what one more lane would give.

A stretch is a road as far as it goes on under the same name and class with as many lanes and is
busy all along (v/c of at least `BUSY`); every other road edge is a stretch of its own. Directions
are told apart, but where both are busy over the same edges they are one stretch.

What a lane gives is told in two ways. The first-order value takes every car to stay on its way:
the derivative of the time of all with respect to capacity, v t0 B p (v/c)^p / c, times what one
lane carries. It is quick, and too high: a lane is no small change, and cars from elsewhere fill
what was made empty. So for the best by this count the lane is built and the equilibrium found
anew, from the one there was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.network.assignment import select_link
from onecity.region.store import Region
from onecity.strands.transport.pairs import county_of_nodes
from onecity.strands.units import Reals, Rows, rows_of

from .loading import CARS, LORRIES, Loading, open_arcs
from .ways import along, bearings, chains, continued_by

BUSY = 0.8
"""Flow over capacity from which on pieces of a road are put together."""
BORDER_KM = 2.0
"""How far on either side of a border capacity is looked at."""
DROP = 0.95
"""Less than this part of the capacity before a border is a drop."""
LEAST_TOLD = 0.01
"""Users who are a smaller share than this are not named."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A road that is busy all along, or one road edge.

    Attributes
    ----------
    arcs
        Road arcs in driving order, those of the other direction after those of the one.
    both
        Whether it holds both directions.
    km
        Length of one direction.
    saturation
        Flow over capacity, v/c, the highest of its arcs.
    flow
        Passenger car units in the hour there.
    lanes
        In this direction there.
    hours_lost
        Person-hours a day that are lost on it.
    first_order
        Person-hours a day that one more lane in each of its directions saves while nobody
        changes the way.
    observed
        Whether the data holds its lanes, all along.
    """

    arcs: Rows
    both: bool
    km: float
    saturation: float
    flow: float
    lanes: float
    hours_lost: float
    first_order: float
    observed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Users:
    """Whose trips use a stretch: vehicles in the hour by city of origin and of destination.

    `between` has shape (cities, cities).
    """

    between: Reals

    @property
    def across(self) -> float:
        """Share of them that go from one city to another; NaN where nobody drives."""
        total = self.between.sum()
        return float(1 - np.trace(self.between) / total) if total > 0 else float("nan")

    def most(self, count: int) -> list[tuple[int, int, float]]:
        """Return the pairs of cities with most trips, both directions together, and their share.

        A city stands with itself for trips inside it.
        """
        both = np.triu(self.between + self.between.T, 1) + np.diag(np.diag(self.between))
        order = np.argsort(-both, axis=None, kind="stable")[:count]
        total = both.sum()
        rows, columns = np.unravel_index(order, both.shape)
        return [
            (int(row), int(column), float(both[row, column] / total))
            for row, column in zip(rows, columns, strict=True)
            if both[row, column] >= LEAST_TOLD * total > 0
        ]


@dataclass(frozen=True, slots=True, eq=False)
class LaneDrop:
    """A road that carries less after a city border than before.

    Attributes
    ----------
    arc
        The road arc that crosses, in driving direction.
    cities
        Rows of the cities it leaves and enters.
    before, after
        Capacity on the last and first `BORDER_KM` of the road, mean by length, pcu/h.
    lanes_before, lanes_after
        Lanes there, mean by length.
    saturation
        Highest v/c after the border.
    observed
        Whether the data holds all these lanes.
    """

    arc: int
    cities: tuple[int, int]
    before: float
    after: float
    lanes_before: float
    lanes_after: float
    saturation: float
    observed: bool

    @property
    def ratio(self) -> float:
        """Capacity after the border over that before."""
        return self.after / self.before


def stretches_of(loading: Loading) -> list[Stretch]:
    """Return all stretches that anybody drives on, ferries left out, by first-order value."""
    supply, edges = loading.supply, loading.region.table("road_edges")
    count = supply.edges
    arcs = slice(2 * count)
    flow, capacity = loading.found.flow[arcs], supply.capacity[arcs]
    ratio = flow / capacity
    usable = open_arcs(supply) & ~np.tile(supply.ferry, 2) & (flow > 0)
    busy = np.flatnonzero(usable & (ratio >= BUSY))
    road = _roads(edges, np.round(supply.lanes, 3))
    after = continued_by(supply.tail[arcs], supply.head[arcs], *bearings(edges), busy, road)
    value = loading.found.roads.delays.value_of_capacity(loading.found.flow)[arcs]
    per_hour = loading.persons_per_unit() / 3600 * loading.assumed["peak_hours"]
    lane = value * supply.per_lane * per_hour
    lost = loading.hours_lost.T.ravel()
    found = []
    for chain in _together(chains(after, usable), count):
        worst = int(chain[np.argmax(ratio[chain])])
        both = len(chain) > len(np.unique(chain % count))
        found.append(
            Stretch(
                arcs=chain,
                both=both,
                km=float(supply.km[chain].sum()) / (2 if both else 1),
                saturation=float(ratio[worst]),
                flow=float(flow[worst]),
                lanes=float(supply.lanes[worst]),
                hours_lost=float(lost[chain].sum()),
                first_order=float(lane[chain].sum()),
                observed=bool(supply.observed[chain % count].all()),
            )
        )
    return sorted(found, key=lambda one: (-one.first_order, int(one.arcs[0])))


def _together(parts: Sequence[Rows], edges: int) -> list[Rows]:
    """Return the chains, those over the same edges in both directions as one."""
    found: dict[tuple[int, ...], list[Rows]] = {}
    for one in parts:
        found.setdefault(tuple(sorted((one % edges).tolist())), []).append(one)
    return [np.concatenate(some) for some in found.values()]


def _roads(edges: pd.DataFrame, lanes: Reals) -> Rows:
    """Return one number for arcs of the same name, class and lanes, shape (2 * edges,)."""
    road = pd.DataFrame({"name": edges["name"].fillna(""), "class": edges["class"]})
    road = pd.concat([road, road], ignore_index=True).assign(lanes=lanes)
    number = road.groupby(["name", "class", "lanes"]).ngroup()
    return np.asarray(number.to_numpy(), dtype=np.int64)


def lane_values(
    loading: Loading, some: Sequence[Stretch], *, progress: Progress = SILENCE
) -> list[float]:
    """Return what one more lane on each stretch saves, person-hours a day, found anew.

    Each stretch alone, one lane in each of its directions, all along. What is left of the gap to
    equilibrium is in the figure: differences below about 1e-4 of all hours say
    nothing.
    """
    progress.stage("traffic.stage_lanes", len(some))
    before = loading.hours_a_day(loading.found)
    values = []
    for one in some:
        more = np.zeros(2 * loading.supply.edges)
        more[one.arcs] = 1.0
        values.append(before - loading.hours_a_day(loading.with_more_lanes(more)))
        progress.advance()
    return values


def users_of(loading: Loading, stretch: Stretch) -> Users:
    """Return whose trips use a stretch, any part of it."""
    chosen = select_link(loading.found, stretch.arcs)
    cities = len(loading.region.table("cities"))
    between = np.zeros((cities, cities))
    city = loading.cells.city
    for one in (CARS, LORRIES):
        start = city[loading.trips.origin[one]]
        end = city[loading.trips.destination[one]]
        np.add.at(between, (start, end), chosen.trips[one])
    return Users(between)


def city_of_nodes(region: Region) -> Rows:
    """Return the row of the city each road node lies in, -1 for none."""
    county = county_of_nodes(region)
    table = region.table("counties")
    cities = pd.Index(region.table("cities")["city"])
    of_county = rows_of(cities, table["city"], "counties", "city")
    return np.where(county >= 0, of_county[county], -1)


def lane_drops(loading: Loading) -> tuple[list[LaneDrop], int, int]:
    """Return roads that carry less after a city border than before, worst first.

    Either side is the road as far as `BORDER_KM` from the arc that crosses; where the road goes
    on nowhere, that arc itself.

    Returns
    -------
    The drops; how many road directions cross a city border; and on how many of them the data
    holds the lanes of both sides.
    """
    supply, edges = loading.supply, loading.region.table("road_edges")
    arcs = slice(2 * supply.edges)
    tail, head = supply.tail[arcs], supply.head[arcs]
    usable = open_arcs(supply) & ~np.tile(supply.ferry, 2)
    one_road = np.zeros(2 * supply.edges, dtype=np.int64)
    after = continued_by(tail, head, *bearings(edges), np.flatnonzero(usable), one_road)
    before = np.full(len(after), -1, dtype=np.int64)
    before[after[after >= 0]] = np.flatnonzero(after >= 0)
    city = city_of_nodes(loading.region)
    crosses = usable & (city[tail] != city[head]) & (city[tail] >= 0) & (city[head] >= 0)
    found, known = [], 0
    for arc in np.flatnonzero(crosses).tolist():
        sides = [
            along(int(step[arc]), step, supply.km, BORDER_KM) or [(arc, float(supply.km[arc]))]
            for step in (before, after)
        ]
        drop = _drop(loading, arc, (int(city[tail[arc]]), int(city[head[arc]])), sides)
        known += drop.observed
        if drop.ratio < DROP:
            found.append(drop)
    found.sort(key=lambda one: (not one.observed, one.ratio, one.arc))
    return found, int(crosses.sum()), known


def _drop(
    loading: Loading, arc: int, cities: tuple[int, int], sides: Sequence[list[tuple[int, float]]]
) -> LaneDrop:
    supply = loading.supply
    capacity, lanes, observed = [], [], True
    for side in sides:
        rows = np.array([row for row, _ in side])
        # So that roads of no length count too.
        weight = np.array([km for _, km in side]) + 1e-9
        own = supply.lanes[rows]
        lanes.append(float(np.average(own, weights=weight)))
        capacity.append(float(np.average(own * supply.per_lane[rows], weights=weight)))
        observed &= bool(supply.observed[rows % supply.edges].all())
    beyond = np.array([arc, *(row for row, _ in sides[1])])
    ratio = loading.found.flow[beyond] / supply.capacity[beyond]
    return LaneDrop(
        arc=arc,
        cities=cities,
        before=capacity[0],
        after=capacity[1],
        lanes_before=lanes[0],
        lanes_after=lanes[1],
        saturation=float(ratio.max()),
        observed=observed,
    )
