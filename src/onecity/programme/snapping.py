"""From points on a map to the roads: the nearest node, a new link, the road meant by a click.

Nothing is snapped silently: every answer says how far the point was from what was taken for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np
import shapely
from pyproj import Geod
from scipy.spatial import cKDTree

from onecity.core.errors import InputError, MissingError
from onecity.region.geometry import on_sphere
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.transport.assumed import assumed_in, number
from onecity.strands.transport.candidates import usual_kmh
from onecity.strands.travel import straight_km
from onecity.strands.units import Reals, Rows

FARTHEST_KM = 5.0
"""A point further than this from every road node is taken for a mistake.

Networks of trunk roads have crossings some kilometres apart; how far a point was moved is told."""
CLICK_METRES = 1000.0
"""How far from a click roads are looked for."""
MOST = 100
"""Roads near a point that are told at most."""
PLANNED = "planned"
"""Class of a new road of which nothing else is said."""

_GEOD = Geod(ellps="WGS84")
_CLOSEST = 8
_KM_PER_DEGREE = 110.0

Point = tuple[float, float]
"""Longitude and latitude, WGS-84, degrees."""


@dataclass(frozen=True, slots=True)
class Snapped:
    """The road node taken for a point, where it lies, and how far that is from the point."""

    node: int
    lon: float
    lat: float
    metres: float


@dataclass(frozen=True, slots=True)
class SnappedLink:
    """A new road between the nodes nearest to two points.

    Attributes
    ----------
    road
        What would be built.
    start, end
        The nodes taken for the points.
    km, minutes
        Length of the road, and the time it takes.
    """

    road: AddRoad
    start: Snapped
    end: Snapped
    km: float
    minutes: float


@dataclass(frozen=True, slots=True)
class NearRoad:
    """A road edge close to a point.

    Attributes
    ----------
    edge
        Its row.
    name
        None where it has none.
    road_class, kmh, km
        As in the table ``road_edges``.
    metres
        How far it runs from the point.
    forward, backward
        Whether it is open from tail to head, and from head to tail.
    """

    edge: int
    name: str | None
    road_class: str
    kmh: float
    km: float
    metres: float
    forward: bool
    backward: bool


class Nodes:
    """Road nodes of a region, made ready for finding the nearest."""

    def __init__(self, region: Region) -> None:
        table = region.table("road_nodes")
        self.lon: Reals = table["lon"].to_numpy(dtype=np.float64)
        self.lat: Reals = table["lat"].to_numpy(dtype=np.float64)
        self._tree = cKDTree(on_sphere(self.lon, self.lat))

    def nearest(self, points: Sequence[Point]) -> tuple[Rows, Reals]:
        """Return the node nearest to each point, and how far it is on the ellipsoid, metres.

        Raises
        ------
        MissingError
            The region has no road node.
        """
        if not len(self.lon):
            raise MissingError("programme.no_roads")
        if not len(points):
            return np.zeros(0, np.int64), np.zeros(0)
        lon, lat = np.array(points, np.float64).T
        # The sphere orders nodes almost as the ellipsoid does: the nearest few are measured.
        few = min(_CLOSEST, len(self.lon))
        _, close = self._tree.query(on_sphere(lon, lat), k=few)
        close = close.reshape(len(lon), few)
        across, up = np.repeat(lon, few), np.repeat(lat, few)
        km = straight_km(across, up, self.lon[close.ravel()], self.lat[close.ravel()])
        metres = 1000 * km.reshape(close.shape)
        # Of equally near ones the first in the table.
        best = np.lexsort((close, metres), axis=1)[:, 0]
        rows = np.arange(len(lon))
        return close[rows, best].astype(np.int64), metres[rows, best]


class Roads:
    """Roads of a region, made ready for clicks; keep one for each region.

    What only some questions need is made when the first of them comes.
    """

    def __init__(self, region: Region) -> None:
        self.region = region

    def node(self, lon: float, lat: float) -> Snapped:
        """Return the road node nearest to a point.

        Raises
        ------
        InputError
            The point is nowhere on Earth, or more than `FARTHEST_KM` from every node.
        MissingError
            The region has no road node.
        """
        point = _on_earth(lon, lat)
        rows, metres = self._nodes.nearest([point])
        found = Snapped(
            int(rows[0]),
            float(self._nodes.lon[rows[0]]),
            float(self._nodes.lat[rows[0]]),
            float(metres[0]),
        )
        if found.metres > 1000 * FARTHEST_KM:
            values = {"lon": lon, "lat": lat, "km": found.metres / 1000, "most": FARTHEST_KM}
            raise InputError("programme.far_from_roads", **values)
        return found

    def link(
        self,
        start: Point,
        end: Point,
        *,
        kmh: float | None = None,
        road_class: str | None = None,
        detour: float | None = None,
        both_ways: bool = True,
        name: str | None = None,
    ) -> SnappedLink:
        """Return a new road between the nodes nearest to two points.

        Parameters
        ----------
        start, end
            Longitude and latitude.
        kmh
            Its speed; without one, the usual one of its class in the region.
        road_class
            Class of the table ``road_edges``; without one it is planned, and as quick as the
            region's roads usually are.
        detour
            Its length over the straight line; without one, what the recipe assumes of links.
        both_ways
            Whether it can be travelled in both directions.
        name
            What it is called.

        Raises
        ------
        InputError
            As `node`; both points have the same node; nothing says how quick it is; a speed or
            detour makes no sense.
        MissingError
            The region has no road node.
        """
        tail, head = self.node(*start), self.node(*end)
        if tail.node == head.node:
            raise InputError("programme.one_node", lon=tail.lon, lat=tail.lat)
        factor = number(assumed_in(self.region).link_detour) if detour is None else detour
        speed = self._usual(road_class) if kmh is None else kmh
        road = AddRoad(
            tail.node,
            head.node,
            speed,
            detour=factor,
            both_ways=both_ways,
            road_class=road_class or PLANNED,
            name=name,
        )
        added = road.change(self.region.table)["road_edges"].iloc[-1]
        return SnappedLink(
            road, tail, head, float(added["km"]), float(added["seconds_forward"]) / 60
        )

    def near(
        self, lon: float, lat: float, *, metres: float = CLICK_METRES, most: int = 5
    ) -> tuple[NearRoad, ...]:
        """Return the road edges that run close to a point, the nearest first.

        Parameters
        ----------
        metres
            No farther than this, and than `FARTHEST_KM`.
        most
            At most so many, and no more than `MOST`.

        Raises
        ------
        InputError
            The point is nowhere on Earth.
        """
        x, y = _on_earth(lon, lat)
        reach = min(metres, 1000 * FARTHEST_KM)
        # A degree of longitude is shorter than one of latitude: the net is cast wide.
        narrow = max(0.05, float(np.cos(np.radians(y))))
        wide = reach / 1000 / _KM_PER_DEGREE / narrow
        spot = shapely.Point(x, y)
        rows = np.sort(self._tree.query(spot, predicate="dwithin", distance=wide))
        courses = self._courses[rows]
        # Where degrees are equally long both ways, the nearest point of a course is the nearest.
        even = shapely.transform(courses, lambda one: one * (narrow, 1.0))
        foot = shapely.line_interpolate_point(
            even, shapely.line_locate_point(even, shapely.Point(x * narrow, y))
        )
        _, _, away = _GEOD.inv(
            np.full(len(rows), x),
            np.full(len(rows), y),
            shapely.get_x(foot) / narrow,
            shapely.get_y(foot),
        )
        away = np.asarray(away, np.float64)
        kept = np.flatnonzero(away <= reach)
        order = kept[np.lexsort((rows[kept], away[kept]))][: max(0, min(most, MOST))]
        return tuple(self._told(int(rows[k]), float(away[k])) for k in order)

    def run(self, edge: int) -> tuple[int, ...]:
        """Return all edges of the road that an edge belongs to, ascending.

        Of a road with a name: the edges of that name that hang together. Of one without: those
        of the same class up to the next crossing or end, either way.

        Raises
        ------
        MissingError
            There is no such edge.
        """
        edges = self.region.table("road_edges")
        if not 0 <= edge < len(edges):
            raise MissingError("region.no_edge", given=edge, last=len(edges) - 1)
        names = edges["name"]
        if isinstance(name := names.iloc[edge], str) and name:
            mine = np.flatnonzero((names == name).to_numpy())
            through = np.ones(len(self._first) - 1, np.bool_)
        else:
            alike = names.isna() | (names == "")
            alike &= edges["class"] == edges["class"].iloc[edge]
            mine = np.flatnonzero(alike.to_numpy())
            through = np.diff(self._first) == 2
        return self._hanging_together(edge, set(mine.tolist()), through)

    def _hanging_together(self, edge: int, mine: set[int], through: np.ndarray) -> tuple[int, ...]:
        """Return the edges among `mine` that are reached over nodes one may pass through."""
        found, new = {edge}, [edge]
        while new:
            for node in self._ends[new.pop()]:
                if not through[node]:
                    continue
                for other in self._incident[self._first[node] : self._first[node + 1]].tolist():
                    if other in mine and other not in found:
                        found.add(other)
                        new.append(other)
        return tuple(sorted(found))

    def _told(self, row: int, metres: float) -> NearRoad:
        one = self.region.table("road_edges").iloc[row]
        return NearRoad(
            edge=row,
            name=one["name"] if isinstance(one["name"], str) and one["name"] else None,
            road_class=str(one["class"]),
            kmh=float(one["kmh"]),
            km=float(one["km"]),
            metres=metres,
            forward=bool(np.isfinite(one["seconds_forward"])),
            backward=bool(np.isfinite(one["seconds_backward"])),
        )

    def _usual(self, road_class: str | None) -> float:
        """Return the usual speed of a class in the region, or of all its roads."""
        edges = self.region.table("road_edges")
        kmh = usual_kmh(edges if road_class is None else edges[edges["class"] == road_class])
        if not isfinite(kmh):
            known = ", ".join(sorted(map(str, edges["class"].unique())))
            raise InputError("programme.no_speed", given=road_class or "-", known=known)
        return kmh

    @cached_property
    def _nodes(self) -> Nodes:
        return Nodes(self.region)

    @cached_property
    def _courses(self) -> np.ndarray:
        courses: np.ndarray = self.region.table("road_edges").geometry.to_numpy()
        return courses

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._courses)

    @cached_property
    def _ends(self) -> Rows:
        return np.asarray(self.region.table("road_edges")[["tail", "head"]], np.int64)

    @cached_property
    def _incident(self) -> Rows:
        """Edges at each node, node by node; a loop is at its node twice."""
        return np.argsort(self._ends.ravel(), kind="stable") // 2

    @cached_property
    def _first(self) -> Rows:
        """Where the edges of each node begin in `_incident`."""
        count = np.bincount(self._ends.ravel(), minlength=len(self._nodes.lon))
        return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def snapped_link(
    region: Region,
    start: Point,
    end: Point,
    *,
    kmh: float | None = None,
    road_class: str | None = None,
    name: str | None = None,
) -> SnappedLink:
    """Return a new road between the nodes nearest to two points; see `Roads.link`."""
    return Roads(region).link(start, end, kmh=kmh, road_class=road_class, name=name)


def edges_near(
    region: Region, point: Point, *, metres: float = CLICK_METRES, most: int = 5
) -> tuple[NearRoad, ...]:
    """Return the road edges that run close to a point, the nearest first; see `Roads.near`."""
    return Roads(region).near(*point, metres=metres, most=most)


def _on_earth(lon: float, lat: float) -> Point:
    """Return a point if it is one, or say what is wrong with it."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # also false of a NaN
        raise InputError("programme.no_place", lon=lon, lat=lat)
    return float(lon), float(lat)
