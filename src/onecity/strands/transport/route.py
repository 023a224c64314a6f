"""The quickest way between two points: its time, its course and the roads it takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from shapely import (
    LineString,
    Point,
    get_coordinates,
    line_merge,
    remove_repeated_points,
    reverse,
    union_all,
)
from shapely.geometry.base import BaseGeometry

from onecity.core.errors import MissingError
from onecity.region.store import Region
from onecity.strands.road_classes import CONNECTOR, LOCAL_LINK, RoadClass
from onecity.strands.travel import Travel, straight_km

from .isochrone import zone_at


@dataclass(frozen=True, slots=True)
class Stretch:
    """What of a route lies on one road: its name where it has one, km and minutes."""

    name: str | None
    road_class: RoadClass
    km: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Route:
    """The quickest way from one point to another, in free flow.

    Times run between the points that stand for the zones the points lie in; a route within
    one zone takes no time and has no stretch.

    Attributes
    ----------
    origin, destination
        Identifiers of the two zones.
    minutes, km, straight_km
        Time, length, and the geodesic distance between the points of the zones.
    line
        Its course (WGS-84): a line, or the zone's point where both zones are one.
    stretches
        In the order of travel; neighbours of one name and class are one.
    """

    origin: str
    destination: str
    minutes: float
    km: float
    straight_km: float
    line: BaseGeometry
    stretches: tuple[Stretch, ...]


def route(
    region: Region, travel: Travel, start: tuple[float, float], end: tuple[float, float]
) -> Route:
    """Return the quickest way from one point (lon, lat in degrees, WGS-84) to another.

    Raises
    ------
    InputError
        If a point lies in no zone.
    MissingError
        If no way leads there.
    """
    zones = region.table("zones")
    rows = [zone_at(region, *start), zone_at(region, *end)]
    codes = [str(zones["zone"].iloc[row]) for row in rows]
    lon, lat = zones["lon"].to_numpy()[rows], zones["lat"].to_numpy()[rows]
    try:
        found = travel.network.path(*(travel.roads + row for row in rows))
    except MissingError as error:
        raise MissingError("transport.no_route", origin=codes[0], destination=codes[1]) from error
    courses = _courses(region, travel, found.arcs)
    line: BaseGeometry = Point(lon[0], lat[0])
    if len(found.arcs):
        line = remove_repeated_points(
            LineString(np.concatenate([get_coordinates(one) for one in courses]))
        )
    return Route(
        origin=codes[0],
        destination=codes[1],
        minutes=float(found.seconds[-1]) / 60,
        km=float(travel.km[found.arcs].sum()),
        straight_km=float(straight_km(lon[:1], lat[:1], lon[1:], lat[1:])[0]),
        line=line,
        stretches=tuple(_stretches(region, travel, found.arcs)),
    )


def course_of(region: Region, edges: tuple[int, ...]) -> BaseGeometry:
    """Return the course of some edges as few lines as possible (WGS-84)."""
    shapes = region.table("road_edges").geometry.to_numpy()[list(edges)]
    return line_merge(union_all(shapes))


def _courses(region: Region, travel: Travel, arcs: np.ndarray) -> list[LineString]:
    """Return the course of each arc, in the direction of travel; legs are straight."""
    shapes = region.table("road_edges").geometry.to_numpy()
    nodes, zones = region.table("road_nodes"), region.table("zones")
    lon = np.concatenate([nodes["lon"].to_numpy(), zones["lon"].to_numpy()])
    lat = np.concatenate([nodes["lat"].to_numpy(), zones["lat"].to_numpy()])
    courses = []
    for arc in arcs.tolist():
        if arc < travel.edges:
            courses.append(shapes[arc])
        elif arc < 2 * travel.edges:
            courses.append(reverse(shapes[arc - travel.edges]))
        else:
            ends = [travel.tail[arc], travel.head[arc]]
            courses.append(LineString(np.column_stack([lon[ends], lat[ends]])))
    return courses


def _stretches(region: Region, travel: Travel, arcs: np.ndarray) -> Iterator[Stretch]:
    edges = region.table("road_edges")
    names, classes = edges["name"].to_numpy(), edges["class"].to_numpy()
    first_leg, first_link = 2 * travel.edges, 2 * (travel.edges + travel.connectors)

    def road(arc: int) -> tuple[str | None, str]:
        if arc >= first_leg:
            return None, LOCAL_LINK if arc >= first_link else CONNECTOR
        name = names[arc % travel.edges]
        return (name if isinstance(name, str) and name else None), str(classes[arc % travel.edges])

    for (name, road_class), several in groupby(arcs.tolist(), road):
        rows = list(several)
        yield Stretch(
            name=name,
            road_class=RoadClass(road_class),
            km=float(travel.km[rows].sum()),
            minutes=float(travel.seconds[rows].sum()) / 60,
        )
