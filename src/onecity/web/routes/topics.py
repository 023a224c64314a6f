"""Topics: what strands look into more deeply than they measure, found by a job."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.progress import Progress
from onecity.strands.examination import Examination, Topic
from onecity.web import answers
from onecity.web.asking import TheDesk, TheState
from onecity.web.assumed import Assumed
from onecity.web.examined import examination_told, topic_told
from onecity.web.indicators import Indicator
from onecity.web.map_layers import topic_layers
from onecity.web.packed import Packed, packed
from onecity.web.problems import READING
from onecity.web.state import State
from onecity.web.topics import examination_of, examined_before, open_topics, topic_of
from onecity.web.words import Words

from .cards import BorderBasis
from .layers import LayerEntry, layer_told
from .proposals import Begun

router = APIRouter(tags=["analysis"], responses=READING)

Box = tuple[float, float, float, float]


class TopicEntry(BaseModel):
    """专题: a question that a strand can be asked."""

    key: str = Field(description="Strand, a full stop, topic")
    strand: str
    strand_name: Words
    title: Words
    about: Words


class TopicList(BaseModel):
    """专题清单: those that the region has the tables for, strand by strand."""

    topics: list[TopicEntry]


class FigureColumn(BaseModel):
    """一项指标的数值: one for each unit of the table; null where there is none."""

    key: str = Field(description="Of the indicator")
    values: list[float | None]
    low: list[float | None] | None
    high: list[float | None] | None


class FigureTable(BaseModel):
    """各级指标表: figures of the units of a level."""

    level: Literal["region", "group", "city", "county"]
    codes: list[str]
    names: list[Words]
    columns: list[FigureColumn]


class PairFigures(BaseModel):
    """两两之间: a figure from each unit (a row) to each (a column)."""

    indicator: Indicator
    level: str
    from_codes: list[str]
    from_names: list[Words]
    to_codes: list[str]
    to_names: list[Words]
    values: list[list[float | None]]


class BorderEffect(BaseModel):
    """边界效应: of all borders, of a city's, of one; in percent."""

    codes: list[str]
    title: Words
    indicator: Indicator
    percent: float
    low: float
    high: float
    basis: BorderBasis
    remarks: list[Words]


class RankedRow(BaseModel):
    """榜单一行: what it is, its figures by column, where it lies."""

    name: Words
    values: list[float | None]
    cities: list[str]
    geometry: dict[str, Any] | None = Field(description="GeoJSON: its roads, or its point")
    bbox: Box | None
    remarks: list[Words]


class RankingAnswer(BaseModel):
    """榜单: first the one that matters most."""

    key: str
    title: Words
    about: Words
    columns: list[Indicator]
    rows: list[RankedRow]
    total: int = Field(description="How many there are, where only the first are listed")
    remarks: list[Words]


class ExaminationAnswer(TopicEntry):
    """专题结果: what a topic found."""

    state: str | None
    indicators: list[Indicator]
    headline: list[str] = Field(description="Keys of the region's figures to be read first")
    tables: list[FigureTable]
    matrices: list[PairFigures]
    borders: list[BorderEffect]
    rankings: list[RankingAnswer]
    layers: list[LayerEntry] = Field(description="Figures: /layers/{key}/values")
    remarks: list[Words]
    assumptions: list[Assumed]


@router.get("/topics", summary="Topics to look into 专题清单", response_model=TopicList)
def topics(state: TheState) -> Response:
    """Return the topics that the region has the tables for, strand by strand."""
    return answers.Json({"topics": [topic_told(one) for one in open_topics(state).values()]})


@router.get(
    "/topics/{key}",
    summary="What a topic finds 专题结果",
    response_model=ExaminationAnswer,
    responses={202: {"model": Begun, "description": "Not known yet; a job looks into it."}},
)
def topic(
    key: Annotated[str, Path(max_length=100)],
    state: TheState,
    desk: TheDesk,
    request: Request,
) -> Response:
    """Return what a topic finds: figures, lists, layers; or 202 and the job that looks into it."""
    asked = topic_of(state, key)
    found = examined_before(state, asked)
    if found is not None:
        return _told(state, asked, found).answer(request)

    def work(progress: Progress) -> None:
        examination_of(state, asked, progress)

    job = desk.jobs.start("topic", (state.hash, key), result=f"/topics/{key}", work=work)
    return answers.Json({"job": job.id}, status_code=202, headers={"Cache-Control": "no-store"})


def _told(state: State, asked: Topic, found: Examination) -> Packed:
    def made() -> Packed:
        layers = [layer_told(one) for one in topic_layers(state, asked).values()]
        whole = {**examination_told(state, asked, found), "layers": layers}
        return packed(bytes(answers.Json(whole).body), "json")

    return state.once(("topics", "told", asked.strand, asked.key), made)
