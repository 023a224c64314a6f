"""The region: what it is, what it holds and where that comes from."""

from typing import Any

import pandas as pd
from fastapi import APIRouter
from pydantic import BaseModel, Field

from onecity.core.words import LANGUAGES
from onecity.region.check import check
from onecity.region.store import Region
from onecity.report.names import role_of
from onecity.web.asking import TheDesk, TheState
from onecity.web.assumed import Assumed, assumed_told
from onecity.web.desk import Desk
from onecity.web.problems import READING
from onecity.web.roads import classes_in, new_roads_in
from onecity.web.routes import BASE
from onecity.web.state import State
from onecity.web.words import Words, named, words

router = APIRouter(tags=["region"], responses=READING)
WARM = 0


class Counts(BaseModel):
    """规模: how much the region holds."""

    people: float
    zones: int
    counties: int
    cities: int
    road_nodes: int
    road_edges: int


class City(BaseModel):
    """市: a prefecture-level unit; the point is where its travel is measured."""

    code: str
    name: Words
    people: float
    lon: float
    lat: float
    row: int = Field(description="Row of the table, the id of its shape in the tiles")


class County(City):
    """县区: a county-level unit; the point lies inside it."""

    city: str


class Group(BaseModel):
    """组团: a named set of counties."""

    id: str
    name: Words
    role: Words
    counties: list[str]


class Source(BaseModel):
    """数据来源: where data comes from, and how far it can be trusted."""

    key: str
    title: Words
    date: str
    licence: str
    grade: str
    grade_words: Words
    nature: Words
    origin: str = Field(description="Package, bulletin, file or address where it can be had")


class RoadClass(BaseModel):
    """道路等级: a class of roads that the region has."""

    key: str
    name: Words
    kmh: float = Field(description="Middle speed of its edges")


class NewRoad(BaseModel):
    """可新建的道路: a kind of road that may be drawn."""

    key: str
    name: Words
    road_class: str
    kmh: float = Field(description="Design speed")
    cost_million_cny_per_km: tuple[float, float] | None


class Versions(BaseModel):
    """版本: which one is shown, and whether there is one before or after."""

    current: str = Field(description="Hash of the version")
    can_undo: bool
    can_redo: bool


class RegionAnswer(BaseModel):
    """城市圈: what it is, what it holds, where that comes from."""

    key: str
    hash: str = Field(description="Name of this state: equal hashes mean equal tables")
    name: Words
    bbox: tuple[float, float, float, float] = Field(description="West, south, east, north")
    core_city: str
    schema_version: int
    built: str = Field(description="What made it", examples=["onecity 0.1.0"])
    counts: Counts
    cities: list[City]
    counties: list[County]
    groups: list[Group]
    sources: list[Source]
    assumptions: list[Assumed]
    quality: list[Words]
    history: list[dict[str, Any]] = Field(description="Records of what was done to it")
    version: Versions
    road_classes: list[RoadClass]
    new_roads: list[NewRoad]
    tiles: str


@router.get("/region", summary="The region 城市圈概况")
def region(desk: TheDesk, state: TheState) -> RegionAnswer:
    """Return what the region is and holds, its sources, assumptions and weak spots."""
    told: dict[str, Any] = state.part("region", lambda: _told(state))
    return RegionAnswer.model_validate({**told, "version": _version(desk)})


def warm(desk: Desk) -> None:
    """Make the region's own answer ready."""
    desk.state.part("region", lambda: _told(desk.state))


def _version(desk: Desk) -> dict[str, Any]:
    now = desk.current
    return {"current": now.hash, "can_undo": now.can_undo, "can_redo": now.can_redo}


def _told(state: State) -> dict[str, Any]:
    """Return all of it but the version, which changes by itself."""
    shown = state.region
    known = shown.manifest
    zones, cities = shown.table("zones"), shown.table("cities")
    return {
        "key": known.key,
        "hash": state.hash,
        "name": words(known),
        "bbox": tuple(map(float, cities.total_bounds)),
        "core_city": known.core_city,
        "schema_version": known.schema,
        "built": known.made_by,
        "counts": {
            "people": float(zones["people"].sum()),
            **{name: len(shown.table(name)) for name in list(Counts.model_fields)[1:]},
        },
        "cities": _units(cities, "city", cities["lon"], cities["lat"]),
        "counties": _counties(shown),
        "groups": _groups(shown),
        "sources": _sources(shown),
        "assumptions": assumed_told(shown.manifest.assumptions),
        "quality": [words(item) for item in check(shown).items],
        "history": [dict(record) for record in known.history],
        "road_classes": classes_in(shown),
        "new_roads": new_roads_in(shown),
        "tiles": f"{BASE}/tiles.json",
    }


def _units(table: pd.DataFrame, key: str, lon: pd.Series, lat: pd.Series) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": named(zh, en),
            "people": float(people),
            "lon": float(x),
            "lat": float(y),
            "row": row,
        }
        for row, (code, zh, en, people, x, y) in enumerate(
            zip(
                table[key], table["name_zh"], table["name_en"], table["people"], lon, lat,
                strict=True,
            )
        )
    ]  # fmt: skip


def _counties(shown: Region) -> list[dict[str, Any]]:
    table = shown.table("counties")
    inside = table.geometry.representative_point()
    return [
        {**one, "city": city}
        for one, city in zip(
            _units(table, "county", inside.x, inside.y), table["city"], strict=True
        )
    ]


def _groups(shown: Region) -> list[dict[str, Any]]:
    if not shown.has("groups"):
        return []
    return [
        {
            "id": key,
            "name": named(rows["name_zh"].iloc[0], rows["name_en"].iloc[0]),
            "role": {one: role_of(rows["role"].iloc[0], one) for one in LANGUAGES},
            "counties": rows["county"].tolist(),
        }
        for key, rows in shown.table("groups").groupby("group", sort=False)
    ]


def _sources(shown: Region) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "title": words(one),
            "date": one.date,
            "licence": one.licence,
            "grade": one.grade.value,
            "grade_words": words(one.grade),
            "nature": words(one.nature),
            "origin": one.origin,
        }
        for key, one in shown.manifest.sources.items()
    ]
