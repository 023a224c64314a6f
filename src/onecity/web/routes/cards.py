"""Cards: all that is known of one unit, border or stretch of road."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.errors import MissingError
from onecity.strands import strands
from onecity.strands.contract import Level
from onecity.strands.road_classes import RoadClass
from onecity.web import answers, card_facts, card_figures
from onecity.web.asking import TheDesk, TheState
from onecity.web.found import codes_of, row_of
from onecity.web.indicators import Indicator, Named
from onecity.web.map_layers import border_shapes
from onecity.web.name_index import Thing
from onecity.web.packed import Packed, packed
from onecity.web.problems import READING
from onecity.web.state import State
from onecity.web.surroundings import gazetteer, zones_at
from onecity.web.words import Words, named, told, words

router = APIRouter(tags=["cards"], responses=READING)

Shown = Literal["zone", "county", "city", "group", "region", "border", "road"]
Told = dict[str, Any]


class Place(BaseModel):
    """所属: something that a unit lies in."""

    level: str
    code: str
    title: Words


class Fact(BaseModel):
    """简介: something to know of a unit besides its figures."""

    title: Words
    text: Words


class Rank(BaseModel):
    """位次: where a unit stands among all of its level that have the figure."""

    place: int = Field(ge=1, description="Places as in sport: 1, 2, 2, 4")
    of: int
    tied: int = Field(description="Others on the same place")


class YearValue(BaseModel):
    """历年值: a figure in a year."""

    year: int
    value: float


class Ways(BaseModel):
    """起讫: from where to where a figure runs."""

    start: str = Field(alias="from")
    to: str
    words: Words


class BorderBasis(BaseModel):
    """边界效应依据: what stands behind a border effect; ranges in percent."""

    verdict: Named
    interval: list[float] = Field(min_length=2, max_length=2)
    variants: list[float] = Field(min_length=2, max_length=2)
    variant_count: int
    p: float | None = Field(description="Share of made-up borders as bad or worse")
    chance_borders: int
    pairs: int
    permeability: float


class Figure(Indicator):
    """指标值: a figure of this unit, and what it is."""

    value: float | None
    low: float | None
    high: float | None
    before: float | None = Field(None, description="In the region as it is; with a state only")
    rank: Rank | None
    trend: list[YearValue]
    between: Ways | None = None
    border: BorderBasis | None = None


class Dossier(BaseModel):
    """专页: where the printable page is found."""

    kind: Literal["border", "county", "city", "group", "link"]
    code: str


class Card(BaseModel):
    """卡片: all that is known of one unit, border or stretch of road."""

    level: Shown
    code: str
    row: int | None = Field(description="Id in the tiles; null for what has none there")
    title: Words
    under: list[Place]
    at: tuple[float, float]
    bbox: tuple[float, float, float, float]
    facts: list[Fact]
    figures: list[Figure]
    remarks: list[Words]
    dossier: Dossier | None


@router.get(
    "/cards/{level}/{code}",
    summary="All that is known of a unit 单元卡片",
    response_model=Card,
    response_model_exclude_unset=True,
)
def card(
    level: Shown,
    code: Annotated[str, Path(max_length=200, examples=["420100"])],
    state: TheState,
    desk: TheDesk,
    request: Request,
) -> Response:
    """Return a unit by its code, a border as ``a-b`` (codes ascending), a road by its row.

    Zones, counties and cities are found by row too, as ``@12``: tiles carry no codes of zones.
    """
    code = _by_row(state, level, code)
    today = desk.state
    before = None if state.key is None else today

    def made() -> Packed:
        head, rest = _MAKERS[level](state, before, today, code)
        whole = {"level": level, "code": code, **head, **rest}
        return packed(bytes(answers.Json(whole).body), "json")

    return state.once(("cards", level, code), made).answer(request)


def _by_row(state: State, level: Shown, code: str) -> str:
    """Return the code of a unit that is named by its row; any other as it is."""
    row = code.removeprefix("@")
    if code == row or level not in _IN_TILES or not (row.isascii() and row.isdigit()):
        return code
    codes = codes_of(state, Level(level))
    return str(codes[int(row)]) if len(row) < 12 and int(row) < len(codes) else code


_IN_TILES = ("zone", "county", "city")


def _unit(state: State, before: State | None, today: State, code: str, level: Level) -> Any:
    row = row_of(state, level, code)
    head = {"row": row if level in _IN_TILES else None, **_head(today, level.value, code)}
    # A scenario changes roads alone: what lies where is looked up once, in the region as it is.
    where = state if level is Level.REGION else today
    return head, {
        "facts": _FACTS[level](where, code),
        "figures": card_figures.figures_of(state, before, level, code),
        "remarks": _remarks(state),
        "dossier": {"kind": level.value, "code": code} if level in _PRINTED else None,
    }


_FACTS: Mapping[Level, Callable[[State, str], list[card_facts.Fact]]] = {
    Level.ZONE: card_facts.zone_facts,
    Level.COUNTY: card_facts.county_facts,
    Level.CITY: card_facts.city_facts,
    Level.GROUP: card_facts.group_facts,
    Level.REGION: card_facts.region_facts,
}
_PRINTED = (Level.COUNTY, Level.CITY, Level.GROUP)


def _head(today: State, kind: str, code: str) -> Told:
    """Return name and place of a unit: a scenario changes neither."""
    if kind == Level.REGION:
        return _region_head(today)
    known = gazetteer(today)
    thing = known.by_key[kind, code]
    return {
        "title": _title(thing),
        "under": [_place(one) for one in known.above(thing)],
        "at": thing.at,
        "bbox": thing.bbox,
    }


def _region_head(today: State) -> Told:
    cities = today.region.table("cities")
    core = cities[cities["city"] == today.region.manifest.core_city].iloc[0]
    return {
        "title": words(today.region.manifest),
        "under": [],
        "at": (float(core["lon"]), float(core["lat"])),
        "bbox": [float(one) for one in cities.geometry.total_bounds],
    }


def _title(one: Thing) -> dict[str, str]:
    return {"zh": one.zh, "en": one.en}


def _place(one: Thing) -> Told:
    return {"level": one.kind, "code": one.code, "title": _title(one)}


def _remarks(state: State) -> list[dict[str, str]]:
    """Return what is said of the whole state and by strands of the region, each remark once."""
    found = state.all_findings().values()
    several = [*state.remarks, *(remark for one in found for remark in one.remarks)]
    return list({one["zh"]: one for one in map(words, several)}.values())


def _border(state: State, before: State | None, today: State, code: str) -> Any:
    lines = border_shapes(today)
    known = [f"{a}-{b}" for a, b in zip(lines["city_a"], lines["city_b"], strict=True)]
    if code not in known:
        raise MissingError("web_cards.no_border", given=code, example=next(iter(known), "a-b"))
    row = known.index(code)
    codes = lines["city_a"].iloc[row], lines["city_b"].iloc[row]
    found = (one for key in strands() for one in state.findings(key).borders if one.codes == codes)
    own = [words(remark) for one in found for remark in one.remarks]
    return {"row": None, **_head(today, "border", code)}, {
        "facts": card_facts.border_facts(today, codes),
        "figures": card_figures.border_figures(state, before, codes),
        "remarks": list({one["zh"]: one for one in own}.values()),
        "dossier": {"kind": "border", "code": code},
    }


def _road(state: State, before: State | None, today: State, code: str) -> Any:
    edges = state.region.table("road_edges")
    edge = int(code) if code.isascii() and code.isdigit() and len(code) < 12 else -1
    if not 0 <= edge < len(edges) or str(edge) != code:
        raise MissingError("web_cards.no_road", given=code, last=len(edges) - 1)
    row = edges.iloc[edge]
    name = row["name"] if isinstance(row["name"], str) else ""
    kind = words(RoadClass(row["class"]))
    middle = row.geometry.interpolate(0.5, normalized=True)
    above = zones_at(today).above(middle)[:2]
    known = gazetteer(today)
    head = {
        "row": edge,
        "title": named(name, None) if name else told("web_cards.unnamed_road", kind=kind),
        "under": [_place(known.by_key[key]) for key in above if key in known.by_key],
        "at": (float(middle.x), float(middle.y)),
        "bbox": [float(one) for one in np.array(row.geometry.bounds)],
    }
    return head, {
        "facts": card_facts.road_facts(state, edge),
        "figures": card_figures.road_figures(state, before, edge),
        "remarks": [],
        "dossier": None,
    }


def _of(level: Level) -> Callable[[State, State | None, State, str], Any]:
    return lambda state, before, today, code: _unit(state, before, today, code, level)


_MAKERS: Mapping[str, Callable[[State, State | None, State, str], Any]] = {
    **{level.value: _of(level) for level in Level},
    "border": _border,
    "road": _road,
}
"""What makes the card of each level: its head, and the rest of it."""
