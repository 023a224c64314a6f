"""What links are judged on: a region's travel, who makes trips, and what is assumed."""

from dataclasses import dataclass
from functools import cached_property

from onecity.models.links import Gravity
from onecity.region.dead_ends import NearMisses, near_misses_of
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.travel import Travel, leg_km, network_of
from onecity.strands.units import Rows, units_of

from .assumed import Assumed, assumed_in, number
from .demand import Anchors, anchors_of, trips_between

Trips = tuple[Rows, Gravity]
"""Nodes of cells, and the trips between them."""


@dataclass(frozen=True, eq=False)
class Setting:
    """A region made ready for judging links.

    Attributes
    ----------
    region, travel, assumed
        The region, travel on it, and what is assumed about links.
    misses
        Dead ends close to another road.
    fine, coarse
        Cells that benefits are counted between, and those of draws and spheres.
    """

    region: Region
    travel: Travel
    assumed: Assumed
    misses: NearMisses
    fine: Anchors
    coarse: Anchors

    @classmethod
    def of(cls, region: Region) -> "Setting":
        """Return the setting of a region; errors as of `propose`."""
        assumed = assumed_in(region)
        travel = network_of(region)
        leg, county = leg_km(travel), units_of(region)[Level.COUNTY].unit
        cells, areas = int(number(assumed.link_cells)), int(number(assumed.link_areas))
        return cls(
            region=region,
            travel=travel,
            assumed=assumed,
            misses=near_misses_of(region, number(assumed.link_near_miss_m)),
            fine=anchors_of(region, leg, county, cells, areas),
            coarse=anchors_of(region, leg, county, areas, areas),
        )

    @property
    def travels(self) -> bool:
        """Whether anybody makes a trip from one cell to another."""
        return len(self.fine) > 1 and number(self.assumed.link_trips) > 0

    @cached_property
    def fine_trips(self) -> Trips:
        """Trips between the cells that benefits are counted between."""
        return self._trips(self.fine)

    @cached_property
    def coarse_trips(self) -> Trips:
        """Trips between the larger cells."""
        return self._trips(self.coarse)

    def _trips(self, anchors: Anchors) -> Trips:
        nodes = self.travel.zone_nodes[anchors.zone]
        decay, trips = number(self.assumed.link_decay_minutes), number(self.assumed.link_trips)
        return nodes, trips_between(self.travel.network, nodes, anchors.people, decay, trips)
