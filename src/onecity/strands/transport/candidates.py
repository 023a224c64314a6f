"""Candidates for missing links: every pair of road nodes that a link would bring closer.

All pairs of crossings and ends within reach of each other (`pairs`) are looked at, and all are
kept whose quickest way now, in either direction, takes longer than a link between them would. No
other pair within reach can save anybody a second, so nothing is lost here. Whether a candidate
deserves to be called a missing link (a long way round in both directions, or dead ends that face
each other across a border) is decided afterwards, see `missing`; where there are more than `MOST`
candidates, only those are kept. A find is a place to look at, not a claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.region.dead_ends import Flags, NearMisses, neighbour_count
from onecity.region.interventions import AddRoad
from onecity.region.road_classes import holds_every_road, level_of
from onecity.region.store import Region
from onecity.strands.travel import Travel, straight_km
from onecity.strands.units import Reals, Rows

from .assumed import Assumed, number
from .dead_ends import facing_ends
from .pairs import Reach, close_pairs, county_of_nodes, ends_of, lesser_level

MOST = 40_000
"""Where there are more candidates, only missing links are kept. Of them too there may be more:
see `propose`."""
MEDIAN_KM = 0.1
"""The carriageways of one road lie no further apart."""

_TOGETHER = 512
"""Starts whose times are found together."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Links that could be added between road nodes.

    Those found have each pair once, tail < head, both ways; a user's own are as given. All
    arrays have shape (candidates,).

    Attributes
    ----------
    tail, head
        Road nodes.
    km, kmh, seconds
        Length, speed and time of the link.
    straight, factor
        Straight line between its ends, km, and the link's length over it.
    both_ways
        Whether it can be travelled in both directions.
    quicker, slower
        Present quickest time in seconds, of the quicker and of the slower direction; +inf where
        no way leads. Of a link one way both are that of its direction.
    dead_ends
        Whether the link joins two dead ends that face each other.
    near_miss
        Whether an end of it is a dead end close to another road, see `region.dead_ends`.
    county
        Rows of the counties its ends lie in, -1 for none, shape (candidates, 2).
    every_road
        Whether the data holds every road, so that a dead end in it is one in the world.
    dropped
        How many missing links were left out for being more than `MOST`.
    reach
        How far apart ends were looked for; None for a user's own.
    """

    tail: Rows
    head: Rows
    km: Reals
    kmh: Reals
    seconds: Reals
    straight: Reals
    factor: Reals
    both_ways: Flags
    quicker: Reals
    slower: Reals
    dead_ends: Flags
    near_miss: Flags
    county: Rows
    every_road: bool
    dropped: int
    reach: Reach | None

    def __len__(self) -> int:
        return len(self.tail)

    @property
    def ends(self) -> tuple[Rows, Rows, Reals]:
        """Tail, head and seconds: what a scan of links takes."""
        return self.tail, self.head, self.seconds

    @property
    def now(self) -> Reals:
        """Present quickest time, s: of the quicker direction the link beats, else of the slower."""
        return np.where(self.quicker > self.seconds, self.quicker, self.slower)

    @property
    def detour(self) -> Reals:
        """Present time over the link's."""
        return np.asarray(self.now / self.seconds)

    @property
    def across(self) -> Flags:
        """Whether the ends lie in different counties."""
        return np.asarray(self.county[:, 0] != self.county[:, 1])

    @property
    def broken(self) -> Flags:
        """Whether a link joins two dead ends (断头路) that face each other across a border.

        Never so where the data does not hold every road.
        """
        return np.asarray(self.dead_ends & self.across & self.every_road)

    def take(self, rows: Rows) -> "Candidates":
        """Return some of the candidates, in the order given."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    def roads(self) -> tuple[AddRoad, ...]:
        """Return what would be built."""
        columns = (self.tail, self.head, self.kmh, self.factor, self.both_ways)
        return tuple(
            AddRoad(int(tail), int(head), float(kmh), detour=float(factor), both_ways=bool(both))
            for tail, head, kmh, factor, both in zip(*columns, strict=True)
        )


_COLUMNS: tuple[str, ...] = tuple(
    one.name for one in fields(Candidates) if one.name not in {"every_road", "dropped", "reach"}
)


def candidates_of(
    region: Region, travel: Travel, assumed: Assumed, misses: NearMisses
) -> Candidates:
    """Return the candidates of a region that begin and end on its land, by tail and head.

    A link runs at the usual speed of the lesser of the roads it joins: the median of roads of
    that level by length.
    """
    county = county_of_nodes(region)
    ends = ends_of(region, county)
    tail, head, reach = close_pairs(
        region,
        ends,
        reach=number(assumed.link_reach),
        radius_km=number(assumed.link_radius_km),
    )
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    spots = nodes[["lon", "lat"]].to_numpy()
    apart = (spots[tail] != spots[head]).any(axis=1)  # nodes on one spot are joined by no road
    tail, head = tail[apart], head[apart]
    factor = np.full(len(tail), number(assumed.link_detour))
    level = lesser_level(ends, tail, head)
    kmh, levels = np.full(len(tail), np.nan), level_of(edges)
    for one in np.unique(level):
        kmh[level == one] = usual_kmh(edges[levels == one])
    both = np.ones(len(tail), np.bool_)
    found = replace(
        _described(region, travel, (tail, head, kmh, factor, both), county, misses), reach=reach
    )
    kept = found.slower > found.seconds
    if kept.sum() > MOST:
        kept &= missing(found, number(assumed.link_least_detour))
    found = found.take(np.flatnonzero(kept))
    return found.take(np.flatnonzero(~_turns(nodes, edges, found)))


def given_candidates(
    region: Region, travel: Travel, links: Sequence[AddRoad], misses: NearMisses
) -> Candidates:
    """Return a user's own links as candidates, in the order given.

    Raises
    ------
    InputError
        If a link begins where it ends, has no sensible speed or detour, ends at a node that no
        open road reaches, or joins what an open road joins already.
    MissingError
        If a node does not exist.
    """
    edges = region.table("road_edges")
    neighbours = neighbour_count(edges, travel.roads)
    forward = edges["seconds_forward"].notna().to_numpy()
    backward = edges["seconds_backward"].notna().to_numpy()
    start, end = (edges[name].to_numpy(dtype=np.int64) for name in ("tail", "head"))
    there = set(zip(start[forward], end[forward], strict=True))
    there |= set(zip(end[backward], start[backward], strict=True))
    for place, link in enumerate(links, 1):
        link.change(region.table)  # says what is wrong with the link itself
        for node in (link.tail, link.head):
            if neighbours[node] == 0:
                raise InputError("transport.link_off_roads", number=place, node=node)
        ways = {(link.tail, link.head), (link.head, link.tail)}
        if ({(link.tail, link.head)} if not link.both_ways else ways) <= there:
            raise InputError("transport.link_there", number=place, tail=link.tail, head=link.head)
    columns = (
        np.array([one.tail for one in links], np.int64),
        np.array([one.head for one in links], np.int64),
        np.array([one.kmh for one in links], np.float64),
        np.array([one.detour for one in links], np.float64),
        np.array([one.both_ways for one in links], np.bool_),
    )
    return _described(region, travel, columns, county_of_nodes(region), misses)


def missing(found: Candidates, least_detour: float) -> Flags:
    """Return which candidates are missing links: see the module."""
    long = found.quicker >= least_detour * found.seconds
    facing = found.dead_ends & found.across & (found.slower > found.seconds)
    return np.asarray(long | facing)


def _described(
    region: Region,
    travel: Travel,
    links: tuple[Rows, Rows, Reals, Reals, Flags],
    county: Rows,
    misses: NearMisses,
) -> Candidates:
    """Return links, given by tail, head, speed, detour and whether both ways, with their facts."""
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    tail, head, kmh, factor, both = links
    straight = _straight(nodes, tail, head)
    km = straight * factor
    every_road = holds_every_road(region)
    there = _seconds(travel, tail, head)
    back = np.where(both, _seconds(travel, head, tail), there)
    return Candidates(
        tail=tail,
        head=head,
        km=km,
        kmh=kmh,
        seconds=km / kmh * 3600,
        straight=straight,
        factor=factor,
        both_ways=both,
        quicker=np.minimum(there, back),
        slower=np.maximum(there, back),
        dead_ends=facing_ends(nodes, edges, tail, head, every_road=every_road),
        near_miss=np.isin(tail, misses.node) | np.isin(head, misses.node),
        county=np.column_stack([county[tail], county[head]]),
        every_road=every_road,
        dropped=0,
        reach=None,
    )


def _straight(nodes: pd.DataFrame, tail: Rows, head: Rows) -> Reals:
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    return straight_km(lon[tail], lat[tail], lon[head], lat[head])


def _turns(nodes: pd.DataFrame, edges: pd.DataFrame, links: Candidates) -> Flags:
    """Return which links lead over the median of a road: a turn between its carriageways.

    Both ends lie on one-way edges of the same name that run across the link, not along it.
    """
    one_way = edges["seconds_forward"].isna() != edges["seconds_backward"].isna()
    some = edges.loc[one_way & edges["name"].notna(), ["tail", "head", "name"]]
    short = np.flatnonzero(links.straight <= MEDIAN_KM)
    turns = np.zeros(len(links), np.bool_)
    if some.empty or not len(short):
        return turns
    ends = some[["tail", "head"]].to_numpy(dtype=np.int64)
    runs = pd.DataFrame(
        {
            "node": ends.ravel(),
            "name": np.repeat(some["name"].to_numpy(dtype=object), 2),
            "way": np.repeat(_bearing(nodes, ends[:, 0], ends[:, 1]), 2),
        }
    )
    tail, head = links.tail[short], links.head[short]
    pairs = pd.DataFrame({"row": short, "tail": tail, "head": head})
    pairs["link"] = _bearing(nodes, tail, head)
    met = pairs.merge(runs, left_on="tail", right_on="node").merge(
        runs, left_on=["head", "name"], right_on=["node", "name"]
    )
    across = np.ones(len(met), np.bool_)
    for way in ("way_x", "way_y"):
        # Of lines, not of arrows: 170 degrees apart is 10.
        apart = np.abs((met[way] - met["link"] + np.pi / 2) % np.pi - np.pi / 2)
        across &= (apart > np.pi / 4).to_numpy()
    turns[met.loc[across, "row"].to_numpy(dtype=np.int64)] = True
    return turns


def _bearing(nodes: pd.DataFrame, tail: Rows, head: Rows) -> Reals:
    """Return the direction from node to node as an angle, radians."""
    spots = nodes[["lon", "lat"]].to_numpy()
    east, north = (spots[head] - spots[tail]).T
    return np.asarray(np.arctan2(north, east * np.cos(np.radians(spots[tail, 1]))))


def usual_kmh(edges: pd.DataFrame) -> float:
    """Return the median speed of the roads by length, ferries left out; NaN without roads."""
    roads = edges.loc[~edges["ferry"]].sort_values("kmh")
    if roads.empty:
        return float("nan")
    length = roads["km"].cumsum().to_numpy()
    return float(roads["kmh"].iloc[int(np.searchsorted(length, length[-1] / 2))])


def _seconds(travel: Travel, start: Rows, end: Rows) -> Reals:
    """Return the present quickest time from each start to its end; +inf without way.

    Starts that lie near each other in the network go together, so that few ends are theirs.
    """
    seconds = np.empty(len(start))
    order = np.lexsort((start, travel.network.hierarchy.position[start]))
    first = np.flatnonzero(np.diff(start[order], prepend=-1))
    edges = np.append(first[::_TOGETHER], len(order))
    for low, high in pairwise(edges.tolist()):
        rows = order[low:high]
        sources, source = np.unique(start[rows], return_inverse=True)
        targets, target = np.unique(end[rows], return_inverse=True)
        seconds[rows] = travel.network.travel_times(sources, targets)[source, target]
    return seconds
