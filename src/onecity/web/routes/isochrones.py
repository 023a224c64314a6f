"""How far one comes from a place."""

import json
from math import isfinite
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.errors import InputError
from onecity.core.plain import plain_values
from onecity.strands.transport.isochrone import Isochrones, isochrones, shapes_of
from onecity.web import answers
from onecity.web.asking import TheState
from onecity.web.indicators import Indicator, indicator_told
from onecity.web.packed import Packed, figures_json, packed
from onecity.web.places import Lat, Lon
from onecity.web.problems import READING
from onecity.web.state import State
from onecity.web.words import told

router = APIRouter(tags=["analysis"], responses=READING)

MOST_LIMITS, LONGEST = 12, 1440
USUAL = "15,30,60,90,120"

Kind = Literal["json", "geojson", "csv"]
Limits = Annotated[
    str,
    Query(max_length=120, examples=[USUAL], description="Time limits 时限（分钟），逗号分隔"),
]


class Ring(BaseModel):
    """时限内: what is reached within a limit."""

    minutes: float
    people: float
    zones: int
    area_km2: float


class IsochroneAnswer(BaseModel):
    """等时圈: how far one comes from a place, door to door, in free flow."""

    zone: str = Field(description="Zone the place lies in; times are counted from it")
    at: tuple[float, float]
    minutes: list[float | None] = Field(
        description="Minutes to every zone, by row of the table of zones; null where no way leads"
    )
    rings: list[Ring]
    indicator: Indicator


@router.get(
    "/isochrones",
    summary="How far one comes from a place 等时圈",
    response_model=IsochroneAnswer,
    responses=answers.documented("geojson", "csv"),
)
def all_isochrones(
    request: Request,
    state: TheState,
    lon: Lon,
    lat: Lat,
    minutes: Limits = USUAL,
    format: Kind = "json",  # noqa: A002
) -> Response:
    """Return the times from a place to all zones, and what is reached within each limit."""
    limits = limits_of(minutes)
    # Times run from the zone: places in one zone have one answer, apart from where they lie.
    key = ("isochrones", lon, lat, limits, format)
    return state.once(key, lambda: _packed(state, lon, lat, limits, format)).answer(request)


def limits_of(text: str) -> tuple[float, ...]:
    """Return time limits, ascending, each once.

    Raises
    ------
    InputError
        If there is none, there are too many, or one is no number that makes sense.
    """
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        found = []
    right = 0 < len(found) <= MOST_LIMITS and all(
        isfinite(one) and 0 < one <= LONGEST for one in found
    )
    if not right:
        raise InputError("web_analysis.minutes_list", given=text, most=MOST_LIMITS, longest=LONGEST)
    return tuple(found)


def _packed(state: State, lon: float, lat: float, limits: tuple[float, ...], kind: Kind) -> Packed:
    found = isochrones(state.region, lon, lat, limits, travel=state.travel)
    name = f"{told('web_analysis.file_isochrones')['zh']} {found.zone}"
    if kind == "json":
        return packed(answer_text(found, lon, lat).encode(), "json")
    one = found.indicator
    table = found.table if kind == "csv" else shapes_of(state.region, found)
    table = table.assign(
        from_lon=lon,
        from_lat=lat,
        nature=one.nature.value,
        grade=one.grade.value,
        sources=";".join(one.sources),
    )
    return packed(bytes(answers.table(table, kind, name).body), kind, name)


def answer_text(found: Isochrones, lon: float, lat: float) -> str:
    """Return the answer; the many times are written by themselves, which is much faster."""
    rest = {
        "zone": found.zone,
        "at": [lon, lat],
        "rings": found.table.to_dict("records"),
        "indicator": indicator_told(found.indicator),
    }
    text = json.dumps(plain_values(rest), ensure_ascii=False, allow_nan=False)
    minutes = figures_json(np.round(found.seconds / 60, 1))
    return f'{text[:-1]},"minutes":{minutes}}}'
