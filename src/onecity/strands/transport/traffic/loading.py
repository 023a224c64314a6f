"""The peak hour on a region's roads: everybody's quickest way once all are on the road.

User equilibrium (Wardrop's first principle; `onecity.network.assignment`) of the trips of `demand`
on the roads of `supply`. What is found is as near to equilibrium as `Loading.gap` says; a network
far beyond its capacity is given what `STEPS` searches reach, and the gap tells.
"""

from dataclasses import dataclass, replace

import numpy as np

from onecity.core.progress import SILENCE, Progress
from onecity.network.assignment import Assignment, Demand, Roads, user_equilibrium
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.transport.demand import Anchors, anchors_of, cells_of_zones
from onecity.strands.travel import Travel, leg_km, network_of
from onecity.strands.units import Reals, Rows, units_of

from .assumed import TrafficAssumed, traffic_assumed_in
from .demand import Trips, minutes_between, trips_of
from .jobs import jobs_of_cells
from .supply import Flags, Supply, supply_of

GAP = 1e-6
"""Relative gap that is asked for: differences between two states have to stand out from it."""
RANGE_GAP = 1e-3
"""The same where only the size of an answer is asked for."""
STEPS = 60
"""Searches for new ways after which what was reached is taken."""
CARS, LORRIES = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Where trips begin and end.

    Attributes
    ----------
    anchors
        The cells, with the zone that stands for each.
    of_zone
        Cell of every zone, -1 for none, shape (zones,).
    city
        Row of each cell's city in its table, shape (cells,).
    jobs_year
        Year of the jobs that trips arrive by; None where no jobs are known.
    """

    anchors: Anchors
    of_zone: Rows
    city: Rows
    jobs_year: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Loading:
    """A region's roads in the peak hour.

    Road arrays have shape (edges, 2): each edge from tail to head, then from head to tail.
    Flows are of one hour, in passenger car units.

    Attributes
    ----------
    region, travel, cells
        What was loaded.
    supply, trips
        Roads with their capacity, and who drives.
    found
        The assignment, of classes `CARS` and `LORRIES`; its arcs are those of `supply`.
    assumed
        What it rests on.
    """

    region: Region
    travel: Travel
    cells: Cells
    supply: Supply
    trips: Trips
    found: Assignment
    assumed: TrafficAssumed

    @property
    def roads(self) -> Roads:
        """The roads, as they were assigned to."""
        return self.found.roads

    @property
    def demand(self) -> tuple[Demand, Demand]:
        """Cars and lorries, as they were assigned."""
        return demands(self.supply, self.trips, self.assumed)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every number it rests on that no source gives."""
        return self.assumed.all

    @property
    def flow(self) -> Reals:
        """Passenger car units in the hour, (edges, 2)."""
        return self._by_edge(self.found.flow)

    @property
    def capacity(self) -> Reals:
        """Passenger car units that fit through in an hour, (edges, 2)."""
        return self._by_edge(self.supply.capacity)

    @property
    def saturation(self) -> Reals:
        """Flow over capacity, v/c, (edges, 2); NaN where a direction is closed."""
        ratio = self.flow / self.capacity
        return np.where(np.isinf(self.minutes_free), np.nan, ratio)

    @property
    def minutes_free(self) -> Reals:
        """Time when empty, (edges, 2); +inf where a direction is closed."""
        return self._by_edge(self.supply.free) / 60

    @property
    def minutes_loaded(self) -> Reals:
        """Time in the peak hour, (edges, 2); +inf where a direction is closed."""
        return self._by_edge(self.seconds_loaded) / 60

    @property
    def seconds_loaded(self) -> Reals:
        """Time of every arc in the peak hour, +inf where it is closed, shape (arcs,)."""
        return np.where(self.supply.closed, np.inf, self.found.time)

    @property
    def hours_lost(self) -> Reals:
        """Person-hours a day lost on each road beyond its time when empty, (edges, 2)."""
        late = np.where(self.supply.closed, 0.0, self.found.time - self.supply.free)
        per_day = self._persons_on(self.found) * late / 3600 * self.assumed["peak_hours"]
        return self._by_edge(per_day)

    @property
    def gap(self) -> float:
        """Relative gap of the equilibrium: what drivers could still save, as a part of all."""
        return self.found.gap

    @property
    def unserved(self) -> float:
        """Vehicles that no way serves; they are on no road."""
        return self.found.unserved(CARS) + self.found.unserved(LORRIES)

    @property
    def persons(self) -> Reals:
        """People in a vehicle of each class."""
        return persons_in(self.assumed)

    def hours_a_day(self, found: Assignment) -> float:
        """Return the person-hours a day of all trips in an assignment of these trips."""
        total = 0.0
        for row, people in enumerate(self.persons):
            used = found.class_flow[row] > 0
            total += people * float(found.class_flow[row][used] @ found.cost[row][used])
        return float(total / 3600 * self.assumed["peak_hours"])

    def with_more_lanes(self, more: Reals) -> Assignment:
        """Return the equilibrium with so many more lanes on each road arc, (2 * edges,).

        It starts from the one found, and drivers who had no way stay at home as before.
        """
        roads = self.roads.with_delays(self.supply.delays(more))
        return user_equilibrium(roads, self.demand, gap=GAP, steps=STEPS, start=self.found)

    def persons_per_unit(self) -> Reals:
        """Return the people in each passenger car unit on every road arc, shape (2 * edges,).

        Where nothing drives, that of a car.
        """
        roads = slice(2 * self.supply.edges)
        flow = self.found.flow[roads]
        some = np.full(len(flow), self.persons[CARS])
        np.divide(self._persons_on(self.found)[roads], flow, out=some, where=flow > 0)
        return some

    def _persons_on(self, found: Assignment) -> Reals:
        persons: Reals = self.persons @ found.class_flow
        return persons

    def _by_edge(self, arcs: Reals) -> Reals:
        return np.asarray(arcs[: 2 * self.supply.edges].reshape(2, -1).T)


def persons_in(assumed: TrafficAssumed) -> Reals:
    """Return the people in a vehicle of each class: a lorry has its driver."""
    return np.array([assumed["occupancy"], 1.0])


def demands(supply: Supply, trips: Trips, assumed: TrafficAssumed) -> tuple[Demand, Demand]:
    """Return cars and lorries as they are assigned.

    A lorry is never faster than its own limit: what it takes longer is its extra cost.
    """
    closed = np.where(supply.closed, np.inf, 0.0)
    roads = np.arange(len(supply.km)) < 2 * supply.edges
    slow = supply.km / assumed["lorry_kmh"] * 3600 - np.where(supply.closed, 0.0, supply.free)
    extra = (closed, closed + np.where(roads, np.maximum(slow, 0.0), 0.0))
    cars, lorries = (
        Demand(
            supply.nodes[trips.origin[one]],
            supply.nodes[trips.destination[one]],
            trips.vehicles[one],
            extra[one],
            (1.0, assumed["lorry_size"])[one],
            name=("car", "lorry")[one],
        )
        for one in (CARS, LORRIES)
    )
    return cars, lorries


def loading_of(region: Region, *, progress: Progress = SILENCE) -> Loading:
    """Return a region's roads in the peak hour.

    Raises
    ------
    InputError
        If the recipe assumes what makes no sense, a road has no lanes, people live in fewer
        than two cells, or nobody drives.
    RangeError
        If there is so much more traffic than capacity that times cannot be counted.
    """
    progress.stage("traffic.stage_trips")
    assumed = traffic_assumed_in(region)
    travel = network_of(region)
    units = units_of(region)
    leg, county = leg_km(travel), units[Level.COUNTY].unit
    resolution = int(assumed["cells"])
    anchors = anchors_of(region, leg, county, resolution, resolution)
    of_zone = cells_of_zones(region, leg, county, resolution)
    inside = of_zone >= 0
    area = np.zeros(len(anchors))
    np.add.at(area, of_zone[inside], region.table("zones")["area_km2"].to_numpy()[inside])
    minutes = minutes_between(travel, anchors.zone, area)
    jobs = jobs_of_cells(region, anchors, of_zone)
    trips, assumed = trips_of(anchors.people, minutes, assumed, None if jobs is None else jobs.jobs)
    supply = supply_of(region, travel, anchors.zone, assumed)
    progress.stage("traffic.stage_loading")
    city = units[Level.CITY].unit[anchors.zone]
    cells = Cells(anchors, of_zone, city, None if jobs is None else jobs.year)
    return loaded(region, travel, cells, supply, trips, assumed)


def loaded(
    region: Region,
    travel: Travel,
    cells: Cells,
    supply: Supply,
    trips: Trips,
    assumed: TrafficAssumed,
    *,
    gap: float = GAP,
) -> Loading:
    """Return given trips on given roads; errors as of `loading_of`."""
    found = user_equilibrium(
        supply.assignable(), demands(supply, trips, assumed), gap=gap, steps=STEPS
    )
    return Loading(region, travel, cells, supply, trips, found, assumed)


def at_car_share(loading: Loading, share: float) -> Loading:
    """Return the loading if so many of all trips were made by car; lorries follow the cars.

    Only about in equilibrium: see `RANGE_GAP`.
    """
    factor = share / loading.assumed["car_share"]
    trips = replace(
        loading.trips,
        vehicles=(loading.trips.vehicles[CARS] * factor, loading.trips.vehicles[LORRIES] * factor),
        inside=(loading.trips.inside[CARS] * factor, loading.trips.inside[LORRIES] * factor),
    )
    found = user_equilibrium(
        loading.roads,
        demands(loading.supply, trips, loading.assumed),
        gap=RANGE_GAP,
        steps=STEPS,
        start=loading.found,
    )
    return replace(loading, trips=trips, found=found)


def open_arcs(supply: Supply) -> Flags:
    """Return which road arcs are open, shape (2 * edges,)."""
    return np.asarray(~supply.closed[: 2 * supply.edges])
