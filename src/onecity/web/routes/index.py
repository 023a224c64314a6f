"""The integration index, its parts and what is measured of the region's structure."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.provenance import Grade, Nature
from onecity.index.indicators import VALUE, of_index
from onecity.index.integration import Integration, Part, integration_index, topics_of_index
from onecity.index.shown import examination_of as index_shown
from onecity.index.structure import structure_of
from onecity.strands import contract
from onecity.strands.contract import Findings
from onecity.strands.examination import Examination
from onecity.web import answers
from onecity.web.asking import TheState
from onecity.web.desk import Desk
from onecity.web.examined import border_told, ranking_told, tables_told
from onecity.web.indicators import Indicator, Named, indicator_told, keyed
from onecity.web.problems import READING
from onecity.web.state import State
from onecity.web.topics import examination_of
from onecity.web.words import Words, told, words

from .topics import BorderEffect, FigureTable, RankingAnswer

router = APIRouter(tags=["analysis"], responses=READING)
WARM = 9

Range = Annotated[list[float | None], Field(min_length=2, max_length=2)]
_WEIGHTS = r"^[a-z_]{1,30}:\d{1,6}(\.\d{1,6})?(,[a-z_]{1,30}:\d{1,6}(\.\d{1,6})?){0,19}$"


class IndexPart(BaseModel):
    """指数的一项: what one strand adds to the index, and the border effect it rests on."""

    strand: str
    strand_name: Words
    weight: float = Field(description="Share of all weights, 0 to 1")
    permeability: float = Field(description="In (0, 1]; 1 is no border")
    uncapped: float | None = Field(description="Above 1 where crossing is better than not")
    capped: bool
    interval: Range = Field(description="Ends of both other ranges")
    clustered: Range
    variants: Range
    lacking: float = Field(description="Its share of what the index lacks, 0 to 1")
    without: float = Field(description="The index if this border were gone")
    effect: BorderEffect
    beside: list[BorderEffect] = Field(description="Not in the index")


class IndexMissing(BaseModel):
    """未计入: a strand that is not in the index, and why."""

    strand: str
    strand_name: Words
    reason: Words


class IndexCompanion(BaseModel):
    """旁证: a figure of flows that says the same in another way."""

    indicator: Indicator
    value: float


class StructureAnswer(BaseModel):
    """强核、壮圈、带群: how the region is built, in figures."""

    indicators: list[Indicator]
    tables: list[FigureTable]
    remarks: list[Words]


class IndexAnswer(BaseModel):
    """同城指数: never one number alone."""

    state: str | None
    indicator: Indicator
    value: float | None = Field(description="In (0, 1]: 1 is one city; null without any part")
    interval: Range
    clustered: Range
    variants: Range
    verdict: Named
    parts: list[IndexPart]
    missing: list[IndexMissing]
    companions: list[IndexCompanion]
    structure: StructureAnswer
    scorecards: list[RankingAnswer] = Field(description="Groups by role, the region last 组团对照")


@router.get("/index", summary="The integration index 同城指数", response_model=IndexAnswer)
def index(
    state: TheState,
    weights: Annotated[
        str | None,
        Query(
            max_length=400,
            pattern=_WEIGHTS,
            description="Weight by strand 各项权重; 1 for a strand not named.",
            examples=["transport:2,livelihood:1"],
        ),
    ] = None,
) -> Response:
    """Return how far the cities work as one: the index, its parts, what is not in it and why."""
    return answers.Json(_told(state, _found(state, _given(weights))))


def warm(desk: Desk) -> None:
    """Look into the topics that the index rests on, and measure how the region is built."""
    _told(desk.state, _found(desk.state, {}))


def _found(state: State, weights: dict[str, float]) -> Integration:
    return integration_index(state.region, state.all_findings(), _examinations(state), weights)


def _given(weights: str | None) -> dict[str, float]:
    pairs = (one.partition(":") for one in weights.split(",")) if weights else ()
    return {key: float(weight) for key, _, weight in pairs}


def _examinations(state: State) -> tuple[Examination, ...]:
    """Return what the topics found that the index looks at."""
    return tuple(examination_of(state, one) for one in topics_of_index(state.region))


def _told(state: State, found: Integration) -> dict[str, Any]:
    return {
        "state": state.key,
        "indicator": indicator_told(_measure(found)),
        "value": found.value,
        "interval": found.interval,
        "clustered": found.clustered,
        "variants": found.variants,
        "verdict": keyed(found.verdict.value, found.verdict),
        "parts": [_part(state, one) for one in found.parts],
        "missing": [
            {"strand": one.strand, "strand_name": _name(one.strand), "reason": words(one.reason)}
            for one in found.missing
        ],
        "companions": [
            {"indicator": indicator_told(one.indicator), "value": one.value}
            for one in found.companions
        ],
        **state.part(("index", "structure"), lambda: _structure(state, found)),
    }


def _measure(found: Integration) -> contract.Indicator:
    """Return what the index is; one without any part rests on nothing."""
    if found.parts:
        return of_index(found)[VALUE.key]
    return contract.Indicator(
        VALUE.key, VALUE.unit, VALUE.better, Nature.ASSUMED, Grade.E, (), VALUE.decimals
    )


def _part(state: State, one: Part) -> dict[str, Any]:
    return {
        "strand": one.strand,
        "strand_name": _name(one.strand),
        "weight": one.weight,
        "permeability": one.permeability,
        "uncapped": one.uncapped,
        "capped": one.capped,
        "interval": one.interval,
        "clustered": one.clustered,
        "variants": one.variants,
        "lacking": one.lacking,
        "without": one.without,
        "effect": border_told(state, one.finding),
        "beside": [border_told(state, each) for each in one.beside],
    }


def _name(strand: str) -> dict[str, str]:
    return told(f"strands.name_{strand}")


def _structure(state: State, found: Integration) -> dict[str, Any]:
    """Return how the region is built and the scorecards of its groups, whatever the weights."""
    built = structure_of(state.region, state.travel)
    shown = index_shown(
        state.region, found, state.all_findings(), _examinations(state), structure=built
    )
    cards = [one for one in shown.rankings if one.key.startswith("index.cards_")]
    # Told as findings are: by level, without ranges.
    findings = Findings("index", state.hash, built.indicators, built.tables)
    return {
        "structure": {
            "indicators": [indicator_told(one) for one in built.indicators.values()],
            "tables": tables_told(state, findings),
            "remarks": [words(one) for one in built.remarks],
        },
        "scorecards": [ranking_told(state, one) for one in cards],
    }
