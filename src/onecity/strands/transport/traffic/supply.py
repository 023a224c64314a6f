"""What traffic drives on: roads with lanes, and the ways of cells to them.

Nodes are the road nodes, then the cells. Arcs are both directions of every road edge, as in
`onecity.strands.travel`, then the ways of cells: from each to the road nodes nearest to it in
time off the roads, and to the cells nearest to it. These stand for local roads that the data does
not hold, have no capacity of their own and never fill up.

A lane is one direction's: a road open both ways shares its lanes between them. Where the data
holds no lanes, they are assumed by class. New links carry as much as the lesser of the best roads
at their two ends.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.network import Network
from onecity.network.assignment import Delays, Roads, bpr
from onecity.region.store import Region
from onecity.strands.travel import Travel
from onecity.strands.units import Reals, Rows

from .assumed import TrafficAssumed, group_of

Flags = NDArray[np.bool_]

NEAREST_ROADS = 5
"""Road nodes that a cell is joined to."""
NEAREST_CELLS = 6
"""Cells that a cell is joined to by local roads."""
_TOGETHER = 64
"""Cells whose times are found together."""


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Roads and the ways to them as arcs.

    Attributes
    ----------
    roads, cells, edges
        Number of road nodes, of cells, and of road edges. Cell i is node ``roads + i``; arc k is
        edge k from tail to head, arc ``edges + k`` the same from head to tail.
    tail, head
        Ends of every arc, shape (arcs,).
    km, free
        Length and time in free flow, s, of every arc, +inf where it is closed, shape (arcs,).
    lanes, per_lane
        Lanes, and passenger car units each carries in an hour, shape (2 * edges,).
    observed
        Whether the data holds the lanes of each edge, shape (edges,).
    ferry
        Whether each edge is a ferry, shape (edges,).
    lon, lat
        Of the nodes.
    factor, power
        Of the BPR law of every road.
    """

    roads: int
    cells: int
    edges: int
    tail: Rows
    head: Rows
    km: Reals
    free: Reals
    lanes: Reals
    per_lane: Reals
    observed: Flags
    ferry: Flags
    lon: Reals
    lat: Reals
    factor: float
    power: float

    @property
    def nodes(self) -> Rows:
        """Node of every cell."""
        return np.arange(self.roads, self.roads + self.cells, dtype=np.int64)

    @property
    def closed(self) -> Flags:
        """Whether each arc is closed."""
        return np.isinf(self.free)

    @property
    def capacity(self) -> Reals:
        """Passenger car units an hour of every arc; +inf for the ways of cells."""
        beyond = np.full(len(self.tail) - 2 * self.edges, np.inf)
        return np.concatenate([self.lanes * self.per_lane, beyond])

    def delays(self, more: Reals | None = None) -> Delays:
        """Return the law of every arc, with so many more lanes on each road arc."""
        capacity = self.capacity
        if more is not None:
            capacity[: 2 * self.edges] += more * self.per_lane
        return bpr(np.where(self.closed, 0.0, self.free), capacity, self.factor, self.power)

    def assignable(self) -> Roads:
        """Return the roads that flow is assigned to; closed arcs are closed by their cost."""
        return Roads.from_arcs(
            self.tail,
            self.head,
            self.delays(),
            lon=self.lon,
            lat=self.lat,
            n=len(self.lon),
        )

    def network(self) -> Network:
        """Return the roads as they are when empty."""
        return Network.from_arcs(self.tail, self.head, self.free, lon=self.lon, lat=self.lat)


def supply_of(region: Region, travel: Travel, zone: Rows, assumed: TrafficAssumed) -> Supply:
    """Return the roads of a region and the ways of cells to them.

    Parameters
    ----------
    travel
        Travel on the region.
    zone
        Row of the zone that stands for each cell, shape (cells,).

    Raises
    ------
    InputError
        If a road has no lanes, or fewer: it names the row.
    """
    edges, count = region.table("road_edges"), travel.edges
    lanes, observed = lanes_of(edges, assumed)
    group = group_of(edges)
    per_lane = group.map(lambda one: assumed[f"capacity_{one}"]).to_numpy(dtype=np.float64)
    tail, head, seconds, km = _ways(travel, zone)
    nodes, zones = region.table("road_nodes"), region.table("zones")
    return Supply(
        roads=travel.roads,
        cells=len(zone),
        edges=count,
        tail=np.concatenate([travel.tail[: 2 * count], tail]),
        head=np.concatenate([travel.head[: 2 * count], head]),
        km=np.concatenate([travel.km[: 2 * count], km]),
        free=np.concatenate([travel.seconds[: 2 * count], seconds]),
        lanes=np.concatenate([lanes, lanes]),
        per_lane=np.concatenate([per_lane, per_lane]),
        observed=observed,
        ferry=edges["ferry"].to_numpy(dtype=bool),
        lon=np.concatenate([nodes["lon"].to_numpy(), zones["lon"].to_numpy()[zone]]),
        lat=np.concatenate([nodes["lat"].to_numpy(), zones["lat"].to_numpy()[zone]]),
        factor=assumed["bpr_factor"],
        power=assumed["bpr_power"],
    )


def lanes_of(edges: pd.DataFrame, assumed: TrafficAssumed) -> tuple[Reals, Flags]:
    """Return the lanes in each direction of every edge, and whether the data holds them."""
    given = edges["lanes"].to_numpy(dtype=np.float64)
    observed = ~np.isnan(given)
    wrong = observed & ~((given > 0) & np.isfinite(given))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError("traffic.no_lanes", row=row, given=float(given[row]))
    ways = edges["seconds_forward"].notna().to_numpy().astype(np.int64)
    ways += edges["seconds_backward"].notna().to_numpy()
    usual = group_of(edges).map(lambda one: assumed[f"lanes_{one}"]).to_numpy(dtype=np.float64)
    return np.where(observed, given / np.maximum(ways, 1), usual), observed


def _ways(travel: Travel, zone: Rows) -> tuple[Rows, Rows, Reals, Reals]:
    """Return the ways of cells to roads and to one another: tail, head, seconds, km."""
    off = travel.seconds.copy()
    off[: 2 * travel.edges] = np.inf
    network = travel.network.with_seconds(off)
    own = travel.zone_nodes[zone]
    targets = np.concatenate([np.arange(travel.roads, dtype=np.int64), own])
    starts, ends, times = [], [], []
    for lowest in range(0, len(zone), _TOGETHER):
        some = np.arange(lowest, min(lowest + _TOGETHER, len(zone)), dtype=np.int64)
        found = network.travel_times(own[some], targets)
        found[np.arange(len(some)), travel.roads + some] = np.inf  # no way to itself
        for part, most, offset in (
            (found[:, : travel.roads], NEAREST_ROADS, 0),
            (found[:, travel.roads :], NEAREST_CELLS, travel.roads),
        ):
            near = np.argsort(part, axis=1, kind="stable")[:, :most]
            quickest = np.take_along_axis(part, near, axis=1)
            row, place = np.nonzero(np.isfinite(quickest))
            starts.append(travel.roads + some[row])
            ends.append(offset + near[row, place])
            times.append(quickest[row, place])
    start, end, seconds = np.concatenate(starts), np.concatenate(ends), np.concatenate(times)
    # Each once, whichever of two cells it was found from, and then both ways.
    _, once = np.unique([np.minimum(start, end), np.maximum(start, end)], axis=1, return_index=True)
    start, end, seconds = start[once], end[once], seconds[once]
    legs = slice(2 * travel.edges, len(travel.tail))
    length, taken = travel.km[legs].sum(), travel.seconds[legs].sum()
    km = seconds * (length / taken if taken > 0 else 0.0)
    return (
        np.concatenate([start, end]),
        np.concatenate([end, start]),
        np.concatenate([seconds, seconds]),
        np.concatenate([km, km]),
    )
