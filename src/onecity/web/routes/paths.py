"""The quickest way between two places, and the road next to a place."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from shapely.geometry import mapping

from onecity.core.errors import MissingError
from onecity.programme.snapping import FARTHEST_KM, NearRoad
from onecity.strands.road_classes import RoadClass
from onecity.strands.transport.isochrone import minutes_from
from onecity.strands.transport.route import Route, course_of, route
from onecity.web.asking import TheDesk, TheState
from onecity.web.indicators import Indicator, Named, indicator_told, keyed
from onecity.web.places import POINT, Lat, Lon, point_of
from onecity.web.problems import READING
from onecity.web.state import State

router = APIRouter(tags=["analysis"], responses=READING)

_SHOWN, _LOOKED_AT = 5, 50
"""Roads offered next to a place, and edges looked at for them."""

End = Annotated[
    str,
    Query(max_length=64, pattern=POINT, examples=["114.30,30.60"], description="经度,纬度 lon,lat"),
]
Reach = Annotated[
    float,
    Query(gt=0, le=FARTHEST_KM, description="How far from the place roads are looked for 查找半径"),
]
Line = dict[str, Any]
"""A GeoJSON geometry."""


class PathPart(BaseModel):
    """路段: what of a way lies on one road."""

    name: str | None
    road_class: Named
    km: float
    minutes: float


class Way(BaseModel):
    """路径: the quickest way in one state of the region."""

    minutes: float
    km: float
    straight_km: float
    kmh: float | None = Field(description="Straight distance by time; null within one zone")
    line: Line
    parts: list[PathPart]


class PathAnswer(BaseModel):
    """最快路径: the quickest way between two places, today and in a scenario."""

    zones: tuple[str, str]
    today: Way | None = Field(description="null where no way leads")
    scenario: Way | None
    indicator: Indicator


class Snapped(BaseModel):
    """落点: the road node nearest to a place."""

    node: int
    at: tuple[float, float]
    km: float


class Road(BaseModel):
    """道路: a road next to a place."""

    edge: int
    edges: list[int] = Field(description="All edges of the road: same name and class, joined")
    name: str | None
    road_class: Named
    kmh: float
    km: float = Field(description="Length of all its edges")
    distance_km: float
    line: Line = Field(description="Course of the edge")
    course: Line = Field(description="Course of all its edges")


class Roads(BaseModel):
    """附近道路: roads next to a place, nearest first."""

    roads: list[Road]


@router.get("/paths", summary="The quickest way between two places 最快路径")
def path(
    state: TheState,
    desk: TheDesk,
    origin: Annotated[End, Query(alias="from")],
    destination: Annotated[End, Query(alias="to")],
) -> PathAnswer:
    """Return the quickest way today and, if a scenario is named, in the scenario."""
    ends = point_of(origin), point_of(destination)
    today, after = desk.state, state if state.key is not None else None
    found = _route(today, *ends)
    changed = _route(after, *ends) if after else None
    some = found or changed
    if some is None:
        route(today.region, today.travel, *ends)  # says why there is none
        raise AssertionError
    return PathAnswer(
        zones=(some.origin, some.destination),
        today=_way(found) if found else None,
        scenario=_way(changed) if changed else None,
        indicator=Indicator.model_validate(
            indicator_told(minutes_from(state.region, state.travel))
        ),
    )


@router.get("/snap", summary="The road node nearest to a place 落到路网")
def snap(state: TheState, lon: Lon, lat: Lat) -> Snapped:
    """Return the node, where it lies and how far away."""
    found = state.roads.node(lon, lat)
    return Snapped(node=found.node, at=(found.lon, found.lat), km=found.metres / 1000)


@router.get("/roads/near", summary="Roads next to a place 附近道路")
def roads_near(state: TheState, lon: Lon, lat: Lat, within_km: Reach = 1.0) -> Roads:
    """Return the nearest roads, each once, with all of its edges; none where all are far."""
    seen: set[int] = set()
    found: list[Road] = []
    for one in state.roads.near(lon, lat, metres=1000 * within_km, most=_LOOKED_AT):
        if one.edge in seen:
            continue
        run = state.roads.run(one.edge)
        seen.update(run)
        found.append(_road(state, one, run))
        if len(found) == _SHOWN:
            break
    return Roads(roads=found)


def _road(state: State, one: NearRoad, run: tuple[int, ...]) -> Road:
    edges = state.region.table("road_edges")
    road_class = RoadClass(one.road_class)
    return Road(
        edge=one.edge,
        edges=list(run),
        name=one.name,
        road_class=Named.model_validate(keyed(road_class, road_class)),
        kmh=one.kmh,
        km=float(edges["km"].to_numpy()[list(run)].sum()),
        distance_km=one.metres / 1000,
        line=mapping(edges.geometry.iloc[one.edge]),
        course=mapping(course_of(state.region, run)),
    )


def _route(state: State, start: tuple[float, float], end: tuple[float, float]) -> Route | None:
    """Return the way in a state; None where no way leads."""
    try:
        return route(state.region, state.travel, start, end)
    except MissingError:
        return None


def _way(found: Route) -> Way:
    return Way(
        minutes=found.minutes,
        km=found.km,
        straight_km=found.straight_km,
        kmh=found.straight_km / found.minutes * 60 if found.minutes > 0 else None,
        line=mapping(found.line),
        parts=[
            PathPart(
                name=one.name,
                road_class=Named.model_validate(keyed(one.road_class, one.road_class)),
                km=one.km,
                minutes=one.minutes,
            )
            for one in found.stretches
        ],
    )
