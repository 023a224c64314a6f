"""A region made ready for closing roads: travel, places and the trips between them."""

from dataclasses import dataclass

import numpy as np

from onecity.models.cuts import quickest_loads
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.transport.assumed import Assumed, assumed_in, number
from onecity.strands.transport.demand import Anchors, anchors_of, trips_between
from onecity.strands.transport.pairs import county_of_nodes
from onecity.strands.travel import Travel, leg_km, network_of
from onecity.strands.units import Reals, Rows, Units, rows_of, units_of


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What closures are judged on.

    Attributes
    ----------
    region, travel, assumed, units
        The region, travel on it, what is assumed about trips, units by level.
    cells
        Where trips begin and end.
    trips
        Trips a day from each cell to each, shape (cells, cells).
    load
        Trips a day on each road edge, both ways, counted between the larger cells: it only says
        which roads are looked at, shape (edges,).
    county, city
        Row of the county and city of each road node, -1 outside the region, shape (roads,).
    """

    region: Region
    travel: Travel
    assumed: Assumed
    units: dict[Level, Units]
    cells: Anchors
    trips: Reals
    load: Reals
    county: Rows
    city: Rows

    @classmethod
    def of(cls, region: Region) -> "Ground":
        """Return the ground of a region; errors as of `propose`."""
        assumed, travel, units = assumed_in(region), network_of(region), units_of(region)
        leg, county = leg_km(travel), units[Level.COUNTY].unit
        fine, coarse = int(number(assumed.link_cells)), int(number(assumed.link_areas))
        cells = anchors_of(region, leg, county, fine, coarse)
        areas = anchors_of(region, leg, county, coarse, coarse)
        of_node = county_of_nodes(region)
        counties = region.table("counties")
        cities = rows_of(units[Level.CITY].codes, counties["city"], "counties", "city")
        return cls(
            region=region,
            travel=travel,
            assumed=assumed,
            units=units,
            cells=cells,
            trips=_trips(travel, cells, assumed),
            load=_load(travel, areas, assumed),
            county=of_node,
            city=np.where(of_node >= 0, cities[of_node], -1),
        )

    @property
    def nodes(self) -> Rows:
        """Node of each cell."""
        return self.travel.zone_nodes[self.cells.zone]

    def arcs_of(self, edges: Rows) -> Rows:
        """Return the arcs of road edges, both directions."""
        return np.concatenate([edges, edges + self.travel.edges])

    def cities_of(self, edges: Rows) -> tuple[str, ...]:
        """Return codes of the cities that road edges begin or end in."""
        ends = np.concatenate([self.travel.tail[edges], self.travel.head[edges]])
        rows = np.unique(self.city[ends])
        return tuple(str(self.units[Level.CITY].codes[row]) for row in rows if row >= 0)


def _trips(travel: Travel, cells: Anchors, assumed: Assumed) -> Reals:
    """Return the trips between cells, by the plain gravity of `transport.demand`."""
    if len(cells) == 0:
        return np.zeros((0, 0))
    nodes = travel.zone_nodes[cells.zone]
    decay, each = number(assumed.link_decay_minutes), number(assumed.link_trips)
    drawn = trips_between(travel.network, nodes, cells.people, decay, each)
    times = travel.network.travel_times(nodes, nodes)
    trips = np.asarray(drawn.deterrence(times), dtype=np.float64)
    trips *= np.asarray(drawn.origin)[:, None]
    trips *= np.asarray(drawn.destination)
    np.fill_diagonal(trips, 0.0)
    return trips


def _load(travel: Travel, areas: Anchors, assumed: Assumed) -> Reals:
    trips = _trips(travel, areas, assumed)
    if not trips.size:
        return np.zeros(travel.edges)
    arc = quickest_loads(travel.network, travel.zone_nodes[areas.zone], trips).arc
    return np.asarray(arc[: travel.edges] + arc[travel.edges : 2 * travel.edges])
