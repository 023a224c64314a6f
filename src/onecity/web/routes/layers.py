"""The layers of the map, and their figures."""

import json
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.plain import plain_values
from onecity.core.words import say
from onecity.report.names import Name
from onecity.strands.contract import Level
from onecity.web import answers
from onecity.web.asking import TheState
from onecity.web.desk import Desk
from onecity.web.found import outlines_of
from onecity.web.indicators import Indicator, Named, indicator_told, keyed, unit_told
from onecity.web.map_layers import (
    BORDER,
    ROAD,
    MapLayer,
    border_shapes,
    column_of,
    lines_of,
    map_layer,
    map_layers,
    on_roads,
)
from onecity.web.packed import Packed, figures_json, packed
from onecity.web.problems import READING
from onecity.web.state import State
from onecity.web.words import Words, told

router = APIRouter(tags=["layers"], responses=READING)

WARM = 2

Kind = Literal["json", "csv", "geojson", "arrow", "parquet"]
AreaLevel = Literal["zone", "county", "city", "group", "region"]


class ColourScale(BaseModel):
    """Class limits, ascending, and one colour more (图例分级)."""

    limits: list[float]
    colours: list[str]


class LayerEntry(BaseModel):
    """What the map draws (图层)."""

    key: str = Field(examples=["transport.minutes_core@zone"])
    strand: str
    strand_name: Words
    level: Literal["zone", "county", "city", "group", "region", "border", "road"]
    indicator: Indicator
    scale: ColourScale
    missing: str = Field(description="Colour of no value.")
    years: list[int]


class LayerList(BaseModel):
    """Every layer, in the order of the panel (全部图层)."""

    layers: list[LayerEntry]


class AreaValues(BaseModel):
    """Figures of areas, in the order of the rows of their table (面图层数值)."""

    key: str
    level: AreaLevel
    state: str | None
    values: list[float | None]
    low: list[float | None] | None
    high: list[float | None] | None
    codes: list[str] | None = None


class BorderValue(BaseModel):
    """What one border costs (一条市界的数值)."""

    a: str
    b: str
    value: float | None
    faint: bool = Field(description="It does not stand out from chance.")
    verdict: Named | None
    interval: list[float] | None = Field(min_length=2, max_length=2)
    variants: list[float] | None = Field(min_length=2, max_length=2)
    p: float | None


class BorderValues(BaseModel):
    """Figures of borders (市界图层数值)."""

    key: str
    level: Literal["border"]
    state: str | None
    lines: list[BorderValue]


class RoadValues(BaseModel):
    """Figures of road edges, by rows of their table: their ids in the tiles (道路图层数值)."""

    key: str
    level: Literal["road"]
    state: str | None
    edges: list[int]
    values: list[float | None]


@router.get("/layers", summary="Layers of the map 图层清单", response_model=LayerList)
def layers(state: TheState, request: Request) -> Response:
    """Return every layer: who lives where first, then strand by strand.

    What topics draw is told with what they find, see /topics.
    """
    return _listed(state).answer(request)


def _listed(state: State) -> Packed:
    def made() -> Packed:
        listed = [layer_told(one) for one in map_layers(state).values()]
        return packed(bytes(answers.Json({"layers": listed}).body), "json")

    return state.once(("layers",), made)


def warm(desk: Desk) -> None:
    """Make the list of layers and their figures ready."""
    state = desk.state
    _listed(state)
    for one in map_layers(state).values():
        _values(state, one, None, "json")


def layer_told(one: MapLayer) -> dict[str, object]:
    """Return a layer as `LayerEntry` says."""
    return {
        "key": one.key,
        "strand": one.strand,
        "strand_name": told(f"strands.name_{one.strand}"),
        "level": one.level,
        "indicator": indicator_told(one.indicator),
        "scale": {"limits": list(one.scale.limits), "colours": list(one.scale.colours)},
        "missing": one.layer.missing,
        "years": list(one.years),
    }


@router.get(
    "/layers/{key}/values",
    summary="Figures of a layer 图层数值",
    response_model=AreaValues | BorderValues | RoadValues,
    responses=answers.documented("csv", "geojson", "arrow", "parquet"),
)
def values(
    key: Annotated[str, Path(max_length=200)],
    state: TheState,
    request: Request,
    year: Annotated[int | None, Query(ge=0, le=9999)] = None,
    format: Kind = "json",  # noqa: A002  (the name in the address)
) -> Response:
    """Return the figures of a layer, as it is or in a year that the layer has.

    A topic's layer, ``topic:figure@level``, waits for the topic where nobody asked it before.
    """
    return _values(state, map_layer(state, key), year, format).answer(request)


def _values(state: State, one: MapLayer, year: int | None, kind: Kind) -> Packed:
    def made() -> Packed:
        if kind == "json":
            make_json = {BORDER: _lines_json, ROAD: _roads_json}.get(one.level, _column_json)
            return packed(make_json(state, one, year).encode(), "json")
        make = {BORDER: _lines, ROAD: _roads}.get(one.level, _units)
        frame, heads = make(state, one, year)
        if kind != "geojson":
            frame = pd.DataFrame(frame.drop(columns="geometry"))
        name = _file_name(one, year)
        return packed(bytes(answers.table(frame, kind, name, heads).body), kind, name)

    return state.once(("layers", one.key, year, kind), made)


def _column_json(state: State, one: MapLayer, year: int | None) -> str:
    found = column_of(state, one, year)
    head: dict[str, object] = {"key": one.key, "level": one.level, "state": state.key}
    if one.level != Level.ZONE:
        head["codes"] = list(found.codes)
    parts = [json.dumps(head, ensure_ascii=False)[1:-1]]
    for name in ("values", "low", "high"):
        values = getattr(found, name)
        parts.append(f'"{name}":{"null" if values is None else figures_json(values)}')
    return f"{{{','.join(parts)}}}"


def _lines_json(state: State, one: MapLayer, year: int | None) -> str:
    lines = [
        {
            "a": line.codes[0],
            "b": line.codes[1],
            "value": line.value,
            "faint": line.faint,
            "verdict": line.found and keyed(line.found.verdict.value, line.found.verdict),
            "interval": line.interval,
            "variants": line.variants,
            "p": line.chance,
        }
        for line in lines_of(state, one, year)
    ]
    whole = {"key": one.key, "level": BORDER, "state": state.key, "lines": lines}
    return json.dumps(plain_values(whole), ensure_ascii=False, allow_nan=False)


def _roads_json(state: State, one: MapLayer, year: int | None) -> str:
    found = on_roads(one, year)
    head = json.dumps({"key": one.key, "level": ROAD, "state": state.key}, ensure_ascii=False)
    edges = json.dumps(found.edges.tolist(), separators=(",", ":"))
    return f'{head[:-1]},"edges":{edges},"values":{figures_json(found.values)}}}'


def _units(
    state: State, one: MapLayer, year: int | None
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Return the figures of areas as a table, with what stands over its columns."""
    level, found = Level(one.level), column_of(state, one, year)
    names = state.names[level]
    columns = {
        "code": found.codes,
        "name_zh": [names[code].zh for code in found.codes],
        "name_en": [names[code].en for code in found.codes],
        "value": found.values,
    }
    columns |= {
        name: ends for name in ("low", "high") if (ends := getattr(found, name)) is not None
    }
    shapes = outlines_of(state, level)
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326"), _heads(one, year)


def _lines(
    state: State, one: MapLayer, year: int | None
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Return the figures of borders as a table, with what stands over its columns."""
    names, nothing = state.names[Level.CITY], (None, None)
    rows = []
    for line in lines_of(state, one, year):
        a, b = (names.get(code, Name(code, code, code)) for code in line.codes)
        low, high = line.interval or nothing
        least, most = line.variants or nothing
        rows.append(
            {
                "a": line.codes[0],
                "b": line.codes[1],
                "name_zh": say("report.place_between", "zh", one=a, other=b),
                "name_en": say("report.place_between", "en", one=a, other=b),
                "value": line.value,
                "interval_low": low,
                "interval_high": high,
                "variants_low": least,
                "variants_high": most,
                "p": line.chance,
                "verdict": line.found and line.found.verdict.value,
                "faint": line.faint,
            }
        )
    shapes = border_shapes(state).geometry.to_numpy()
    table = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["a", "b"])
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326"), _heads(one, year)


def _roads(
    state: State, one: MapLayer, year: int | None
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Return the figures of roads as a table, with what stands over its columns."""
    found = on_roads(one, year)
    table = state.region.table("road_edges").iloc[found.edges]
    columns = {name: table[name].to_numpy() for name in ("edge", "name", "class", "km")}
    heads = {name: say(f"web_topics.road_{name}", "zh") for name in columns}
    frame = gpd.GeoDataFrame(
        {**columns, "value": found.values}, geometry=table.geometry.to_numpy(), crs="EPSG:4326"
    )
    return frame, {**_heads(one, year), **heads}


def _heads(one: MapLayer, year: int | None) -> dict[str, str]:
    """Return what people read over the columns."""
    title = _title(one, year)
    unit = unit_told(one.indicator.unit)["zh"]
    figure = say("web_data.of_unit", "zh", title=title, unit=unit)
    words = ("code", "name_en", "interval_low", "interval_high", "variants_low", "variants_high")
    return {
        **{word: say(f"web_data.{word}", "zh") for word in (*words, "verdict", "faint")},
        "p": say("web_data.placebo_p", "zh"),
        "a": say("web_data.one_side", "zh"),
        "b": say("web_data.other_side", "zh"),
        "name_zh": say("web_data.name", "zh"),
        "value": figure,
        "low": say("web_data.low_of", "zh", title=figure),
        "high": say("web_data.high_of", "zh", title=figure),
    }


def _title(one: MapLayer, year: int | None) -> str:
    title = one.indicator.text("zh")
    return title if year is None else say("web_data.in_year", "zh", title=title, year=year)


def _file_name(one: MapLayer, year: int | None) -> str:
    words = {BORDER: "web_data.level_border", ROAD: "web_topics.level_road"}
    known = words.get(one.level)
    level = say(known, "zh") if known else Level(one.level).text("zh")
    return f"{level} {_title(one, year)}"
