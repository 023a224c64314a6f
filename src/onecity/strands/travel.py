"""Travel on a region: its roads, access legs and zones as one network.

Nodes are the road nodes, then the zones. Arcs are both directions of every road edge,
every connector and every local link; a direction without a time is a closed arc, so that
scenarios which close, open or quicken roads keep the topology and with it the hierarchy.
Zones may be travelled through: connectors and local links stand for local roads the
network lacks, and these do not end at a zone's point.

Times are free-flow seconds as the tables give them. A trip inside one zone takes 0 s;
`inside_zone_seconds` says how much it would be about.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import Point, STRtree

from onecity.core.errors import InputError
from onecity.network import Network
from onecity.region.store import Region

from .order_cache import network_from
from .units import Reals, Rows, rows_of

_GEOD = Geod(ellps="WGS84")

TABLES = ("zones", "road_nodes", "road_edges", "connectors", "local_links")
"""Region tables that travel is made of; the last one only where the region has it."""


@dataclass(frozen=True, slots=True)
class Travel:
    """A region's network for the engine, and what its nodes and arcs mean.

    Road node i is node i; the zone in row z of the table ``zones`` is node ``roads + z``.
    Arcs, in this order: edges from tail to head, edges from head to tail, connectors from
    zone to road, connectors from road to zone, local links from a to b, from b to a.

    Attributes
    ----------
    network
        The engine, over nodes 0..roads + zones - 1.
    roads, zones
        Number of road nodes and of zones.
    edges, connectors, links
        Number of rows in these tables.
    tail, head
        Ends of every arc, shape (arcs,).
    km
        Length of every arc, shape (arcs,).
    seconds
        Time of every arc, shape (arcs,); +inf where the direction is closed.
    """

    network: Network
    roads: int
    zones: int
    edges: int
    connectors: int
    links: int
    tail: Rows
    head: Rows
    km: Reals
    seconds: Reals

    @property
    def zone_nodes(self) -> Rows:
        """Node of every zone, in the order of the table."""
        return np.arange(self.roads, self.roads + self.zones, dtype=np.int64)

    def on_edges(self, edges: pd.DataFrame) -> "Travel":
        """Return travel on other road edges: other times, and roads added after the last row.

        The rows that were there join the nodes they joined; everything else stays as it is,
        the node order too, so that this takes a fraction of what `network_of` takes.

        Raises
        ------
        InputError
            If a new edge names a node that does not exist, or a time is negative.
        """
        before, after = self.edges, len(edges)
        starts = _nodes(edges["tail"], self.roads, "road_edges", "tail")[before:]
        ends = _nodes(edges["head"], self.roads, "road_edges", "head")[before:]
        km = edges["km"].to_numpy(dtype=np.float64)
        forward = _seconds(edges["seconds_forward"], "road_edges", may_close=True)
        backward = _seconds(edges["seconds_backward"], "road_edges", may_close=True)
        seconds = np.concatenate([forward, backward, self.seconds[2 * before :]])
        changed = replace(
            self,
            edges=after,
            tail=_inserted(self.tail, before, starts, ends),
            head=_inserted(self.head, before, ends, starts),
            km=np.concatenate([km, km, self.km[2 * before :]]),
            seconds=seconds,
        )
        if after == before:
            return replace(changed, network=self.network.with_seconds(seconds))
        base = self.network
        network = Network.from_arcs(changed.tail, changed.head, seconds, n=base.n, order=base.order)
        return replace(changed, network=network)


def _inserted(ends: Rows, edges: int, forward: Rows, backward: Rows) -> Rows:
    """Return ends of arcs with those of new edges after the old ones of each direction."""
    return np.concatenate(
        [ends[:edges], forward, ends[edges : 2 * edges], backward, ends[2 * edges :]]
    )


def network_of(region: Region) -> Travel:
    """Return travel on a region.

    The node order is kept in the region's folder, for the next opening and for scenarios;
    see `order_cache`.

    Raises
    ------
    InputError
        If an edge names a node, or a leg a node or zone, that the region does not have;
        or a time is negative or missing where it may not be.
    """
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    zones, connectors = region.table("zones"), region.table("connectors")
    links = region.table("local_links") if region.has("local_links") else _no_links()
    roads, names = len(nodes), pd.Index(zones["zone"])
    starts = _nodes(edges["tail"], roads, "road_edges", "tail")
    ends = _nodes(edges["head"], roads, "road_edges", "head")
    zone = roads + rows_of(names, connectors["zone"], "connectors", "zone")
    node = _nodes(connectors["node"], roads, "connectors", "node")
    one = roads + rows_of(names, links["zone_a"], "local_links", "zone_a")
    other = roads + rows_of(names, links["zone_b"], "local_links", "zone_b")
    leg = _seconds(connectors["seconds"], "connectors")
    link = _seconds(links["seconds"], "local_links")
    tail = np.concatenate([starts, ends, zone, node, one, other])
    head = np.concatenate([ends, starts, node, zone, other, one])
    seconds = np.concatenate(
        [
            _seconds(edges["seconds_forward"], "road_edges", may_close=True),
            _seconds(edges["seconds_backward"], "road_edges", may_close=True),
            *(leg, leg, link, link),
        ]
    )
    lengths = [table["km"].to_numpy(dtype=np.float64) for table in (edges, connectors, links)]
    lon = np.concatenate([nodes["lon"].to_numpy(), zones["lon"].to_numpy()])
    lat = np.concatenate([nodes["lat"].to_numpy(), zones["lat"].to_numpy()])
    return Travel(
        network=network_from(
            tail,
            head,
            seconds,
            lon,
            lat,
            built=_built(region, tail, len(edges)),
            folder=region.path,
        ),
        roads=roads,
        zones=len(zones),
        edges=len(edges),
        connectors=len(connectors),
        links=len(links),
        tail=tail,
        head=head,
        km=np.concatenate([km for km in lengths for _ in range(2)]),
        seconds=seconds,
    )


def _built(region: Region, tail: Rows, edges: int) -> NDArray[np.bool_]:
    """Return which arcs the region had before interventions; roads are added at the end."""
    built = np.ones(len(tail), dtype=bool)
    before = region.manifest.tables["road_edges"].rows
    built[before:edges] = False
    built[edges + before : 2 * edges] = False
    return built


def _no_links() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "zone_a": pd.Series(dtype="str"),
            "zone_b": pd.Series(dtype="str"),
            "km": pd.Series(dtype=np.float64),
            "seconds": pd.Series(dtype=np.float64),
        }
    )


def _nodes(given: pd.Series, count: int, table: str, column: str) -> Rows:
    nodes = given.to_numpy(dtype=np.int64)
    wrong = (nodes < 0) | (nodes >= count)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            "strands.unknown_code", table=table, column=column, row=row, given=int(nodes[row])
        )
    return nodes


def _seconds(given: pd.Series, table: str, *, may_close: bool = False) -> Reals:
    seconds = given.to_numpy(dtype=np.float64, copy=True)
    if may_close:
        seconds[np.isnan(seconds)] = np.inf
    wrong = ~(seconds >= 0) if may_close else ~((seconds >= 0) & np.isfinite(seconds))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            "strands.bad_time", table=table, column=given.name, row=row, given=given.iloc[row]
        )
    return seconds


@dataclass(frozen=True, slots=True)
class Centres:
    """Where travel to and from each city is measured.

    Attributes
    ----------
    zone
        Row in ``zones`` of each city's centre, in the order of the table ``cities``.
    outside
        Cities (row numbers) whose centre lies in no zone; the nearest zone stands for it.
    """

    zone: Rows
    outside: tuple[int, ...]


def centres_of(region: Region) -> Centres:
    """Return the zone of each city's centre: the one that contains it, else the nearest point.

    Where zones share a boundary that runs through the centre, the first in the table counts.
    """
    cities, zones = region.table("cities"), region.table("zones")
    points = [Point(*one) for one in zip(cities["lon"], cities["lat"], strict=True)]
    city, found = STRtree(zones.geometry.to_numpy()).query(points, predicate="intersects")
    zone = np.full(len(cities), len(zones), dtype=np.int64)
    np.minimum.at(zone, city, found)
    outside = np.flatnonzero(zone == len(zones))
    for row in outside:
        km = _km_to_zones(zones, points[row])
        zone[row] = int(np.argmin(km))
    return Centres(zone, tuple(int(row) for row in outside))


def _km_to_zones(zones: gpd.GeoDataFrame, point: Point) -> Reals:
    lon, lat = zones["lon"].to_numpy(), zones["lat"].to_numpy()
    return straight_km(np.full(len(zones), point.x), np.full(len(zones), point.y), lon, lat)


def straight_km(lon_from: Reals, lat_from: Reals, lon_to: Reals, lat_to: Reals) -> Reals:
    """Return geodesic distances on the WGS-84 ellipsoid, km (Karney 2013, as in PROJ)."""
    _, _, metres = _GEOD.inv(lon_from, lat_from, lon_to, lat_to)
    return np.asarray(metres, dtype=np.float64) / 1000


def zone_times(travel: Travel, *, rows: int = 512) -> Iterator[tuple[Rows, Reals]]:
    """Yield times between all zones, some origins at a time.

    A tile takes 8 · rows · zones bytes (47 MB for 512 of 13,000 zones); nothing larger
    is ever held.

    Yields
    ------
    Rows of the origin zones, and seconds from each of them to every zone, shape
    (origins, zones); +inf where there is no way.
    """
    nodes = travel.zone_nodes
    for start in range(0, travel.zones, rows):
        origins = np.arange(start, min(start + rows, travel.zones), dtype=np.int64)
        yield origins, travel.network.travel_times(nodes[origins], nodes)


def path_km(travel: Travel, source: int, target: int) -> float:
    """Return the length of the quickest way from one node to another, km.

    Raises
    ------
    MissingError
        If no way leads there.
    """
    return float(travel.km[travel.network.path(source, target).arcs].sum())


def leg_km(travel: Travel) -> Reals:
    """Return how far each zone is from the nearest road node, km, shape (zones,).

    The way leads over the zone's own connector or, where that is shorter or there is none,
    over local links to another zone's. +inf where no such way exists: the zone is off the
    network.
    """
    start = 2 * travel.edges
    own = slice(start, start + travel.connectors)
    mesh = slice(start + 2 * travel.connectors, len(travel.tail))
    # One more node stands for the roads, at the zones' side of every connector.
    road = travel.zones
    tail = np.concatenate([np.full(travel.connectors, road), travel.tail[mesh] - travel.roads])
    head = np.concatenate([travel.tail[own], travel.head[mesh]]) - travel.roads
    km = np.concatenate([travel.km[own], travel.km[mesh]])
    order = np.lexsort((km, head, tail))
    tail, head, km = tail[order], head[order], km[order]
    # SciPy adds up parallel arcs: only the shortest of each pair may stay.
    first = np.flatnonzero(np.diff(tail * (road + 1) + head, prepend=-1))
    graph = csr_array((km[first], (tail[first], head[first])), shape=(road + 1, road + 1))
    return np.asarray(dijkstra(graph, indices=road)[:road], dtype=np.float64)


def inside_zone_seconds(travel: Travel, area_km2: Reals) -> Reals:
    """Return about how long a trip inside each zone takes, which times of 0 s leave out.

    The mean distance between two random points of a disc of the same area,
    128 / (45 π) · sqrt(area / π) (Santaló 1976), at the mean pace of the connectors, detour
    not counted; NaN where the region has no connector of any length.
    """
    start = 2 * travel.edges
    own = slice(start, start + travel.connectors)
    km = travel.km[own].sum()
    pace = travel.seconds[own].sum() / km if km > 0 else np.nan
    return np.asarray(128 / (45 * np.pi) * np.sqrt(area_km2 / np.pi) * pace)
