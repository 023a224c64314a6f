"""Search: what somebody types, and what of the region that may mean."""

import re
from typing import Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.words import both as joined
from onecity.core.words import chapter
from onecity.web import answers
from onecity.web.asking import TheRegion
from onecity.web.desk import Desk
from onecity.web.name_index import NameIndex, Thing
from onecity.web.problems import READING
from onecity.web.spelling import LONGEST
from onecity.web.state import State
from onecity.web.surroundings import gazetteer, zones_at
from onecity.web.words import Words, told, words

router = APIRouter(tags=["search"], responses=READING)

WARM = 3
MOST = 50
_BESIDE = ("border", "road")
"""What lies in several cities beside each other."""
_SPOT = re.compile(
    r"\s*([+-]?\d{1,3}(?:\.\d{1,15})?)\s*[,，;；\s]\s*([+-]?\d{1,3}(?:\.\d{1,15})?)\s*"
)


class Hit(BaseModel):
    """结果: something that a query may mean."""

    kind: Literal["city", "county", "zone", "group", "place", "road", "border"]
    code: str
    title: Words
    under: Words = Field(description="What it lies in, as people write it")
    at: tuple[float, float]
    bbox: tuple[float, float, float, float]


class HitList(BaseModel):
    """搜索结果: likeliest first."""

    hits: list[Hit]


@router.get("/search", summary="Find by name, code or position 搜索", response_model=HitList)
def search(
    region: TheRegion,
    q: Annotated[str, Query(max_length=LONGEST, examples=["武汉", "wh", "420100", "114.3,30.6"])],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
) -> Response:
    """Find units, groups, borders, places and roads.

    By name in Chinese or English, by pinyin in full or its first letters, by code, or by a
    position as ``lon,lat`` (degrees, WGS-84). What is called exactly so comes first, then what
    begins so; of equals the more important.
    """
    spot = _spot_of(q)
    if spot is None:
        hits = [_hit(region, one) for one in names_of(region).search(q, limit)]
    else:
        hits = _around(region, *spot)[:limit]
    return answers.Json({"hits": hits})


def warm(desk: Desk) -> None:
    """Make the names ready: of a hundred thousand, that takes ten seconds."""
    names_of(desk.state)


def names_of(state: State) -> NameIndex:
    """Return the names of a region."""
    return state.part(("search",), lambda: NameIndex(gazetteer(state).things))


def _hit(state: State, one: Thing) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "code": one.code,
        "title": {"zh": one.zh, "en": one.en},
        "under": _under(state, one),
        "at": one.at,
        "bbox": one.bbox,
    }


def _under(state: State, one: Thing) -> dict[str, str]:
    """Return what a thing lies in as people write it: 武汉市洪山区, Hongshan District, Wuhan."""
    above = gazetteer(state).above(one)
    if one.kind in _BESIDE or not above:
        # A border lies between the cities of its name, and what lies in no city in the region.
        beside = above if one.kind == "road" else []
        names = joined([up.zh for up in beside], [up.en for up in beside])
        places = {"zh": names["zh"], "en": names["en"]} if beside else words(state.region.manifest)
    else:
        places = {
            "zh": "".join(up.zh for up in above),
            "en": ", ".join(up.en for up in reversed(above)),
        }
    if one.sort and f"place_{one.sort}" in chapter("web_cards"):
        sort = told(f"web_cards.place_{one.sort}")
        return told("web_cards.place_of_sort", under=places, sort=sort)
    return places


def _spot_of(query: str) -> tuple[float, float] | None:
    """Return the position that a query reads as, if any."""
    found = _SPOT.fullmatch(query)
    return (float(found[1]), float(found[2])) if found else None


def _around(state: State, lon: float, lat: float) -> list[dict[str, Any]]:
    """Return the zone, county and city at a position; of ``lat,lon`` too, as some maps give it."""
    known = gazetteer(state)
    for x, y in ((lon, lat), (lat, lon)):
        keys = zones_at(state).above(shapely.Point(x, y))
        if keys:
            things = [known.by_key[key] for key in reversed(keys)]
            return [{**_hit(state, one), "at": (x, y)} for one in things]
    return []
