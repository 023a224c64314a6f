"""A comparison as an answer: what changes, who gains and who loses."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field
from shapely import LineString, Point
from shapely.geometry import mapping

from onecity.core.plain import plain_values
from onecity.core.words import LANGUAGES, Sentence
from onecity.programme.balance import Balance, Extreme
from onecity.programme.comparison import Comparison, Difference, MatrixChange
from onecity.region.interventions import (
    AddFacility,
    AddRoad,
    CloseRoad,
    Intervention,
    OpenBorder,
    SetSpeed,
)
from onecity.region.store import Region
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import BorderShift, Level
from onecity.strands.transport.price import price_of
from onecity.strands.transport.route import course_of

from .indicators import Indicator, Named, indicator_told, keyed
from .state import State
from .words import Words, told, words

_LEVELS = (Level.COUNTY, Level.CITY, Level.GROUP)
Line = dict[str, Any]


class Done(BaseModel):
    """举措: one thing that was done."""

    text: Words
    record: dict[str, Any] = Field(description="As a scenario's file keeps it")
    line: Line = Field(description="Its course, GeoJSON")
    km: float
    cost_million_cny: tuple[float, float] | None = Field(
        description="Lowest and highest, always assumed (grade E); null where no price is known"
    )
    remarks: list[Words] = Field(description="What it crosses")


class FigureChange(Indicator):
    """指标变化: a figure of the whole region before and after.

    `low` and `high` are the least and the greatest change that the recipe's range of
    assumptions allows; null where there is no range.
    """

    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None


class Share(BaseModel):
    """受益与受损人数: who gains and who loses in one unit."""

    code: str
    people: float
    gain_people: float
    lose_people: float
    joined_people: float
    cut_people: float
    gain: float
    loss: float
    mean: float | None


class Most(BaseModel):
    """变化最大的单元: a unit whose figure changes most."""

    code: str
    people: float
    before: float
    after: float
    change: float


class BalanceAnswer(BaseModel):
    """增减对照: winners and losers by one figure; only changes above the threshold count."""

    key: str
    threshold: float
    region: Share
    units: dict[str, list[Share]] = Field(description="By level: county, city, group")
    winners: dict[str, list[Most]] = Field(description="By level, the largest first")
    losers: dict[str, list[Most]]
    zones: list[float | None] | None = Field(
        description="Change of each zone, by row; null where the figure is not there both times. "
        "Left out where zones=false"
    )


class Bounds(BaseModel):
    """测算区间: the range of an effect under other assumptions, and how rare it is by chance."""

    low: float
    high: float
    p: float | None
    verdict: Named


class BorderChange(BaseModel):
    """边界效应变化: what a border costs before and after, percent."""

    codes: list[str] = Field(description="None: all borders; one: a city's; two: a border's")
    before: float
    after: float
    points: float
    before_interval: tuple[float, float]
    after_interval: tuple[float, float]
    pairs: int
    found: Bounds | None = Field(description="How firm the effect before is; see remarks")


class MatrixAnswer(BaseModel):
    """两两之间: figures between units before and after."""

    key: str
    indicator: Indicator
    level: str
    codes: list[str]
    before: list[list[float | None]]
    after: list[list[float | None]]


class StrandChange(BaseModel):
    """一项“同”的变化: what one strand finds before and after."""

    strand: str
    name: Words
    headline: list[str]
    figures: list[FigureChange]
    balances: list[BalanceAnswer]
    borders: list[BorderChange]
    border_indicator: Indicator | None
    matrices: list[MatrixAnswer]
    remarks: list[Words]


class ComparisonAnswer(BaseModel):
    """情景比较: the region before and after something is done to it."""

    key: str
    title: str
    base: str = Field(description="Hash of the region before")
    hash: str = Field(description="Hash of the region after")
    quick: bool
    seconds: float = Field(description="How long it took")
    interventions: list[Done]
    strands: list[StrandChange]
    remarks: list[Words]


def compared(
    found: Comparison, state: State, *, seconds: float, zones: bool = True
) -> dict[str, Any]:
    """Return a comparison as `ComparisonAnswer` says; `state` is the region before."""
    answer: dict[str, Any] = plain_values(
        {
            "key": found.key,
            "title": found.title,
            "base": found.base_hash,
            "hash": found.hash,
            "quick": found.quick,
            "seconds": seconds,
            "interventions": done_told(state, found.interventions),
            "strands": [_strand(key, one, zones=zones) for key, one in found.differences.items()],
            "remarks": [words(one) for one in found.remarks],
        }
    )
    return answer


def done_told(state: State, several: tuple[Intervention, ...]) -> list[dict[str, Any]]:
    """Return what each intervention does, in words, on the map and in money, as `Done`."""
    told_of, region = [], state.region
    for one in several:
        region = region.apply([one])
        told_of.append(_done(region, one) | _price(state, one))
    return told_of


def _price(state: State, one: Intervention) -> dict[str, Any]:
    """Return what a new road costs and crosses; nothing of other interventions."""
    found = None
    if isinstance(one, AddRoad):
        key = ("compared", *one.as_record().items())
        found = state.once(key, lambda: price_of(state.region, state.travel, one))
    return {
        "cost_million_cny": found.cost_million_cny if found else None,
        "remarks": [words(each) for each in found.remarks] if found else [],
    }


def _done(after: Region, one: Intervention) -> dict[str, Any]:
    if isinstance(one, OpenBorder):
        return _opened(after, one)
    if isinstance(one, AddFacility):
        return {
            "text": told(
                "web_analysis.did_add_facility",
                kind=Sentence(f"workbook.choice_facility_{one.facility_kind}"),
                name=one.name or "",
            ),
            "record": dict(one.as_record()),
            "line": mapping(Point(one.lon, one.lat)),
            "km": 0.0,
        }
    edges = after.table("road_edges")
    rows: tuple[int, ...]
    values: dict[str, object]
    match one:
        case AddRoad():
            rows, key, values = (len(edges) - 1,), "did_add_road", {"kmh": one.kmh}
        case SetSpeed():
            rows, key, values = one.edges, "did_set_speed", {"kmh": one.kmh}
        case CloseRoad():
            rows, key, values = one.edges, "did_close_road", {}
        case _:
            msg = f"nobody has said how to tell of {one.kind}"
            raise TypeError(msg)
    km = float(edges["km"].to_numpy()[list(rows)].sum())
    names = sorted({name for name in edges["name"].iloc[list(rows)] if isinstance(name, str)})
    return {
        "text": told(
            f"web_analysis.{key}", km=km, count=len(rows), name=" · ".join(names[:3]), **values
        ),
        "record": dict(one.as_record()),
        "line": mapping(course_of(after, tuple(rows))),
        "km": km,
    }


def _opened(after: Region, one: OpenBorder) -> dict[str, Any]:
    """Return what opens, drawn on the line where the cities meet, else between their centres."""
    lines = border_lines(after)
    ends = sorted([one.from_city, one.to_city])
    mine = lines[(lines["city_a"] == ends[0]) & (lines["city_b"] == ends[1])]
    cities = after.table("cities").set_index("city")
    if len(mine):
        line, km = mine.geometry.iloc[0], float(mine["km"].iloc[0])
    else:
        line = LineString([(cities["lon"][city], cities["lat"][city]) for city in ends])
        km = 0.0
    names = {
        language: [cities[f"name_{language}"][city] for city in (one.from_city, one.to_city)]
        for language in LANGUAGES
    }
    key = "did_open_border" if one.both_ways else "did_open_border_one_way"
    return {
        "text": told(
            f"web_analysis.{key}",
            service=Sentence(f"facilities.service_{one.service}"),
            start={language: name[0] for language, name in names.items()},
            end={language: name[1] for language, name in names.items()},
            share=one.share,
        ),
        "record": dict(one.as_record()),
        "line": mapping(line),
        "km": km,
    }


def _strand(key: str, one: Difference, *, zones: bool) -> dict[str, Any]:
    border = next((shift.indicator for shift in one.borders if not shift.codes), None)
    return {
        "strand": key,
        "name": told(f"strands.name_{key}"),
        "headline": list(one.headline),
        "figures": _figures(one),
        "balances": [_balance(one, each, zones=zones) for each in one.balances.values()],
        "borders": [_border(each) for each in one.borders],
        "border_indicator": indicator_told(border) if border else None,
        "matrices": [_matrix(each) for each in one.matrices],
        "remarks": [words(each) for each in one.remarks],
    }


def _figures(one: Difference) -> list[dict[str, Any]]:
    """Return the region's figures, the headline first."""
    before, after = one.before[Level.REGION].iloc[0], one.after[Level.REGION].iloc[0]
    known = [key for key in after.index if key in before.index]
    keys = [key for key in one.headline if key in known]
    keys += [key for key in known if key not in keys]
    figures = []
    for key in keys:
        span = one.span(Level.REGION, key)
        figures.append(
            {
                **indicator_told(one.indicators[key]),
                "before": before[key],
                "after": after[key],
                "change": after[key] - before[key],
                "low": span[0].iloc[0] if span else np.nan,
                "high": span[1].iloc[0] if span else np.nan,
            }
        )
    return figures


def _balance(difference: Difference, one: Balance, *, zones: bool) -> dict[str, Any]:
    key = one.indicator.key
    change = difference.change[Level.ZONE][key].to_numpy(dtype=np.float64)
    return {
        "key": key,
        "threshold": one.threshold,
        "region": _shares(one.tables[Level.REGION])[0],
        "units": {
            level.value: _shares(one.tables[level]) for level in _LEVELS if level in one.tables
        },
        "winners": {level.value: _most(several) for level, several in one.winners.items()},
        "losers": {level.value: _most(several) for level, several in one.losers.items()},
        # Two decimals beyond those worth showing: no digit of noise is sent.
        "zones": np.round(change, one.indicator.decimals + 2) + 0.0 if zones else None,
    }


def _shares(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = zip(table.index, table.to_dict("records"), strict=True)
    return [{"code": str(code), **{str(k): v for k, v in row.items()}} for code, row in rows]


def _most(several: tuple[Extreme, ...]) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "people": one.people,
            "before": one.before,
            "after": one.after,
            "change": one.change,
        }
        for one in several
    ]


def _border(one: BorderShift) -> dict[str, Any]:
    found = one.found
    return {
        "codes": list(one.codes),
        "before": one.before.percent,
        "after": one.after.percent,
        "points": one.points,
        "before_interval": _percents(one.before.interval),
        "after_interval": _percents(one.after.interval),
        "pairs": one.pairs,
        "found": {
            "low": _percents(found.variants)[0],
            "high": _percents(found.variants)[1],
            "p": found.chance.p_range[1] if found.chance else None,
            "verdict": keyed(found.verdict.value, found.verdict),
        }
        if found
        else None,
    }


def _percents(betas: tuple[float, float]) -> tuple[float, float]:
    low, high = (100 * float(np.expm1(beta)) for beta in betas)
    return low, high


def _matrix(one: MatrixChange) -> Mapping[str, Any]:
    return {
        "key": one.indicator.key,
        "indicator": indicator_told(one.indicator),
        "level": one.level.value,
        "codes": [str(code) for code in one.before.index],
        "before": one.before.to_numpy(dtype=np.float64),
        "after": one.after.to_numpy(dtype=np.float64),
    }
