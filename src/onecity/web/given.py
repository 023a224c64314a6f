"""Interventions as a request brings them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from onecity.core.errors import InputError
from onecity.programme.snapping import Roads
from onecity.region.interventions import (
    AddFacility,
    AddRoad,
    CloseRoad,
    Intervention,
    OpenBorder,
    SetSpeed,
)

MOST, MOST_EDGES = 100, 20_000

_Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
_Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
_Point = tuple[_Lon, _Lat]
_Row = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
_Edges = Annotated[list[_Row], Field(min_length=1, max_length=MOST_EDGES)]
_Kmh = Annotated[float, Field(ge=1, le=400, allow_inf_nan=False)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RoadGiven(_Given):
    """新建道路: a new road between two points, put on the nearest road nodes, or two nodes."""

    kind: Literal["add_road"]
    start: _Point | None = Field(None, alias="from", examples=[[114.30, 30.60]])
    end: _Point | None = Field(None, alias="to", examples=[[114.90, 30.40]])
    tail: _Row | None = None
    head: _Row | None = None
    kmh: _Kmh | None = Field(None, description="Without it that of its class, or the usual one")
    road_class: str | None = Field(None, max_length=40)
    detour: float | None = Field(None, ge=1, le=10, allow_inf_nan=False)
    both_ways: bool = True
    name: str | None = Field(None, max_length=200)


class SpeedGiven(_Given):
    """改变车速: another speed on some road edges."""

    kind: Literal["set_speed"]
    edges: _Edges
    kmh: _Kmh


class ClosureGiven(_Given):
    """封闭道路: some road edges closed both ways."""

    kind: Literal["close_road"]
    edges: _Edges


class OpeningGiven(_Given):
    """互认: one city recognises a service or right of another's people, in whole or in part."""

    kind: Literal["open_border"]
    service: str = Field(max_length=40, examples=["health"])
    from_city: str = Field(max_length=40, examples=["421100"])
    to_city: str = Field(max_length=40, examples=["420100"])
    share: float = Field(1.0, ge=0, le=1, allow_inf_nan=False)
    both_ways: bool = True


class FacilityGiven(_Given):
    """新建设施: a new facility at a point."""

    kind: Literal["add_facility"]
    facility_kind: str = Field(max_length=40, examples=["hospital"])
    lon: _Lon
    lat: _Lat
    capacity: float | None = Field(None, ge=0, allow_inf_nan=False)
    level: str | None = Field(None, max_length=40)
    name: str | None = Field(None, max_length=200)


Given = Annotated[
    RoadGiven | SpeedGiven | ClosureGiven | OpeningGiven | FacilityGiven,
    Field(discriminator="kind"),
]
SeveralGiven = Annotated[list[Given], Field(max_length=MOST)]


def interventions_of(several: list[Any], roads: Roads) -> tuple[Intervention, ...]:
    """Return what a request brings as interventions on a region.

    Raises
    ------
    InputError
        If there is none, or the ends of a new road are given in no way or in two, or lie too
        far from every road.
    MissingError
        If there is no such node.
    """
    if not several:
        raise InputError("web_analysis.nothing_to_do")
    return tuple(_intervention(one, roads) for one in several)


def _intervention(one: Any, roads: Roads) -> Intervention:
    match one:
        case SpeedGiven():
            return SetSpeed(tuple(one.edges), one.kmh)
        case ClosureGiven():
            return CloseRoad(tuple(one.edges))
        case FacilityGiven():
            return AddFacility(
                one.facility_kind, one.lon, one.lat, one.capacity, one.level, one.name
            )
        case OpeningGiven():
            return OpenBorder(one.service, one.from_city, one.to_city, one.share, one.both_ways)
        case RoadGiven(start=(x, y), end=(to_x, to_y), tail=None, head=None):
            linked = roads.link(
                (x, y),
                (to_x, to_y),
                kmh=one.kmh,
                road_class=one.road_class,
                detour=one.detour,
                both_ways=one.both_ways,
                name=one.name,
            )
            return linked.road
        case RoadGiven(start=None, end=None, tail=int(tail), head=int(head), kmh=float(kmh)):
            return AddRoad(
                tail,
                head,
                kmh,
                detour=one.detour or 1.0,
                both_ways=one.both_ways,
                road_class=one.road_class or "planned",
                name=one.name,
            )
        case _:
            raise InputError("web_analysis.link_ends")
