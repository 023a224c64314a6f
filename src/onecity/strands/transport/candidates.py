"""Candidates for missing links: every pair of road nodes that a link would bring closer.

All pairs of crossings and ends within a radius are looked at, and all are kept whose quickest
way now, in either direction, takes longer than a link between them would. No other pair of that
radius can save anybody a second, so nothing is lost here. Whether a candidate deserves to be
called a missing link (a long way round, or dead ends that face each other across a border) is
decided afterwards, see `missing`. A find is a place to look at, not a claim: whether a minor
road the data lacks already joins the ends, the candidate does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from onecity.core.errors import InputError
from onecity.region.dead_ends import Flags, NearMisses, neighbour_count
from onecity.region.geometry import chord_of, on_sphere, row_containing
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.travel import Travel, straight_km
from onecity.strands.units import Reals, Rows

from .assumed import Assumed, number
from .dead_ends import facing_ends

MOST = 40_000
"""Candidates kept, by detour, where there are more."""
MOST_PAIRS = 4_000_000
"""Pairs looked at: where a radius holds more (a network of every lane), it shrinks."""

_TILE_BYTES = 64 * 2**20


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
    now
        Present quickest time in seconds, of the slower direction; +inf where no way leads.
    dead_ends
        Whether the link joins two dead ends that face each other.
    near_miss
        Whether an end of it is a dead end close to another road, see `region.dead_ends`.
    county
        Rows of the counties its ends lie in, -1 for none, shape (candidates, 2).
    dropped
        How many were left out for being more than `MOST`.
    radius
        How far apart ends were looked for, km; +inf for a user's own.
    """

    tail: Rows
    head: Rows
    km: Reals
    kmh: Reals
    seconds: Reals
    straight: Reals
    factor: Reals
    both_ways: Flags
    now: Reals
    dead_ends: Flags
    near_miss: Flags
    county: Rows
    dropped: int
    radius: float

    def __len__(self) -> int:
        return len(self.tail)

    @property
    def ends(self) -> tuple[Rows, Rows, Reals]:
        """Tail, head and seconds: what a scan of links takes."""
        return self.tail, self.head, self.seconds

    @property
    def detour(self) -> Reals:
        """Present time over the link's."""
        return np.asarray(self.now / self.seconds)

    @property
    def across(self) -> Flags:
        """Whether the ends lie in different counties."""
        return np.asarray(self.county[:, 0] != self.county[:, 1])

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
    one.name for one in fields(Candidates) if one.name not in {"dropped", "radius"}
)


def candidates_of(
    region: Region, travel: Travel, assumed: Assumed, misses: NearMisses
) -> Candidates:
    """Return the candidates of a region that begin and end on its land, by tail and head.

    A link runs at the median speed of the region's roads, by length, ferries left out.
    """
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    tail, head, radius = close_pairs(nodes, edges, number(assumed.link_radius_km))
    county = county_of_nodes(region)
    here = (county[tail] >= 0) & (county[head] >= 0)
    tail, head = tail[here], head[here]
    apart = _straight(nodes, tail, head) > 0  # nodes on one spot are joined by no road
    tail, head = tail[apart], head[apart]
    factor = np.full(len(tail), number(assumed.link_detour))
    kmh = np.full(len(tail), usual_kmh(edges))
    both = np.ones(len(tail), np.bool_)
    found = _described(region, travel, (tail, head, kmh, factor, both), county, misses, radius)
    kept = np.flatnonzero(found.detour > 1)
    first = kept[np.lexsort((kept, -found.detour[kept], ~found.dead_ends[kept]))]
    chosen = np.sort(first[:MOST])
    return replace(found.take(chosen), dropped=len(kept) - len(chosen))


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
    return _described(region, travel, columns, county_of_nodes(region), misses, np.inf)


def missing(found: Candidates, least_detour: float) -> Flags:
    """Return which candidates are missing links: see the module."""
    flags: Flags = (found.detour >= least_detour) | (found.dead_ends & found.across)
    return flags


def _described(
    region: Region,
    travel: Travel,
    links: tuple[Rows, Rows, Reals, Reals, Flags],
    county: Rows,
    misses: NearMisses,
    radius: float,
) -> Candidates:
    """Return links, given by tail, head, speed, detour and whether both ways, with their facts."""
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    tail, head, kmh, factor, both = links
    straight = _straight(nodes, tail, head)
    km = straight * factor
    return Candidates(
        tail=tail,
        head=head,
        km=km,
        kmh=kmh,
        seconds=km / kmh * 3600,
        straight=straight,
        factor=factor,
        both_ways=both,
        now=slower_seconds(travel, tail, head, both),
        dead_ends=facing_ends(nodes, edges, tail, head),
        near_miss=np.isin(tail, misses.node) | np.isin(head, misses.node),
        county=np.column_stack([county[tail], county[head]]),
        dropped=0,
        radius=radius,
    )


def _straight(nodes: pd.DataFrame, tail: Rows, head: Rows) -> Reals:
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    return straight_km(lon[tail], lat[tail], lon[head], lat[head])


def close_pairs(
    nodes: pd.DataFrame, edges: pd.DataFrame, radius_km: float
) -> tuple[Rows, Rows, float]:
    """Return pairs of nodes close together that no open edge joins, tail < head, sorted.

    Ends that stop only because the extract stops (`cut`) are left out, and so are nodes on
    the course of a road, with just two neighbours, where links would be the same as those
    of the road's crossings. The third value is the radius, shrunk so that there are at most
    `MOST_PAIRS`.
    """
    neighbours = neighbour_count(edges, len(nodes))
    cut = nodes["cut"].to_numpy(dtype=bool)
    wanted = np.flatnonzero(~cut & (neighbours != 2) & (neighbours > 0))
    tree = cKDTree(on_sphere(nodes["lon"], nodes["lat"])[wanted])
    while tree.count_neighbors(tree, chord_of(radius_km)) - len(wanted) > 2 * MOST_PAIRS:
        radius_km *= 0.8
    pairs = tree.query_pairs(chord_of(radius_km), output_type="ndarray")
    ends = np.sort(wanted[pairs], axis=1).astype(np.int64)
    open_ = edges[["seconds_forward", "seconds_backward"]].notna().any(axis=1)
    joined = np.sort(edges.loc[open_, ["tail", "head"]].to_numpy(dtype=np.int64), axis=1)
    count = len(nodes)
    keys = np.setdiff1d(ends[:, 0] * count + ends[:, 1], joined[:, 0] * count + joined[:, 1])
    return keys // count, keys % count, radius_km


def county_of_nodes(region: Region) -> Rows:
    """Return the row of the county each road node lies in, -1 for none."""
    nodes, counties = region.table("road_nodes"), region.table("counties")
    return row_containing(nodes.geometry.to_numpy(), counties.geometry.to_numpy())


def usual_kmh(edges: pd.DataFrame) -> float:
    """Return the median speed of the roads by length, ferries left out; NaN without roads."""
    roads = edges.loc[~edges["ferry"]].sort_values("kmh")
    if roads.empty:
        return float("nan")
    length = roads["km"].cumsum().to_numpy()
    return float(roads["kmh"].iloc[int(np.searchsorted(length, length[-1] / 2))])


def slower_seconds(travel: Travel, tail: Rows, head: Rows, both_ways: Flags) -> Reals:
    """Return the present quickest time of each pair, in the slower direction; +inf without way.

    Of a link one way, from its tail to its head.
    """
    seconds = np.zeros(len(tail))
    back = np.flatnonzero(both_ways)
    ways = ((np.arange(len(tail)), tail, head), (back, head[back], tail[back]))
    for pair, start, end in ways:
        sources, source = np.unique(start, return_inverse=True)
        targets, target = np.unique(end, return_inverse=True)
        step = max(1, _TILE_BYTES // (8 * max(1, len(targets))))
        for first in range(0, len(sources), step):
            rows = np.flatnonzero((source >= first) & (source < first + step))
            times = travel.network.travel_times(sources[first : first + step], targets)
            found = times[source[rows] - first, target[rows]]
            seconds[pair[rows]] = np.maximum(seconds[pair[rows]], found)
    return seconds
