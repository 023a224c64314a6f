"""What answers of the ledger hold that are about many items: boards, charts, maps, figures."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from onecity.programme.ledger.kinds import Level, State
from onecity.web.words import Words

from .shapes import Dependency, EventAnswer, Milestone, Row, UnitRef


class ItemCounts(BaseModel):
    """计数: how many items there are of each kind; an empty key counts those of none."""

    by: str
    total: int
    counts: dict[str, int]


class Column(BaseModel):
    """看板列: the items of one state, the first fifty."""

    state: State
    label: Words
    total: int
    items: list[Row]


class Board(BaseModel):
    """看板: items by their state."""

    columns: list[Column]


class Plan(BaseModel):
    """推算工期: when an item can be done, if work goes on as planned."""

    start: date
    finish: date
    late: int = Field(description="Working days after the due date")


class GanttRow(Row):
    """甘特图的一行: an item with its milestones and its place in the plan."""

    milestones: list[Milestone]
    depends_on: list[Dependency]
    critical: bool = Field(description="Whether it decides when all are done")
    slack: int | None = Field(description="Working days it can slip without moving the end")
    plan: Plan | None


class Days(BaseModel):
    """非工作日: days that are not worked, weekends included."""

    holidays: list[date]
    remark: Words | None = Field(description="Years whose holidays are not known yet")


class Gantt(BaseModel):
    """甘特图: a page of items over time."""

    rows: list[GanttRow]
    total: int
    offset: int
    limit: int
    revision: int
    today: date
    days: Days


class Curve(BaseModel):
    """进度曲线与挣值: what was planned, done and paid; what is not known is null."""

    days: list[date]
    planned: list[float | None]
    earned: list[float | None] = Field(description="Known for today alone")
    actual: list[float | None]
    currency: str | None
    items: int = Field(description="How many items are counted")
    figures: dict[str, float | None] = Field(
        description="PV, EV, AC, BAC, SV, CV, SPI, CPI, EAC (three ways), TCPI"
    )
    why: dict[str, Words] = Field(description="Why a figure is not there")
    limits: list[Words] = Field(description="What the figures do not say")


class DayMilestone(BaseModel):
    """当日里程碑: a milestone that is due on a day."""

    id: str = Field(description="Of the item")
    number: str
    title: str
    name: str
    done_on: date | None


class DayMeeting(BaseModel):
    """当日会议: a meeting that was held on a day."""

    id: str
    title: str


class CalendarDay(BaseModel):
    """日历的一天: what is due on a day."""

    day: date
    working: bool
    remark: Words | None
    items: list[Row]
    milestones: list[DayMilestone]
    meetings: list[DayMeeting]


class CalendarAnswer(BaseModel):
    """日历: what is due from day to day."""

    today: date
    days: list[CalendarDay]


class Feature(BaseModel):
    """地图要素: an item with where it lies."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None = Field(description="null: only its counties are known")
    properties: dict[str, Any] = Field(description="A Row, and `counties`")


class ByCounty(BaseModel):
    """县区计数: how many items are in a county."""

    county: str
    name: Words
    count: int
    overdue: int


class ItemMap(BaseModel):
    """事项地图: items on the map, and how many each county has."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    by_county: list[ByCounty]


class RateAnswer(BaseModel):
    """比率: so many of so many; no share of fewer than five."""

    count: int
    of: int
    share: float | None


class LatenessAnswer(BaseModel):
    """逾期: how many are late, and by how many working days."""

    count: int
    median: float | None
    longest: int | None


class UnitFiguresAnswer(BaseModel):
    """单位办理情况: how a unit does, each figure with the counts behind it."""

    unit: UnitRef | None = Field(description="A unit, or a city; null: of no city")
    items: int
    done: int
    on_time: RateAnswer
    waiting: int
    done_late: LatenessAnswer
    open: int
    overdue: LatenessAnswer
    held_up: int
    returned: RateAnswer
    extended: RateAnswer


class UnitFiguresList(BaseModel):
    """各单位办理情况: figures of every unit that answers for something."""

    items: list[UnitFiguresAnswer]
    today: date
    fewest: int = Field(description="No share or median is told of fewer")


class UnitAnswer(BaseModel):
    """单位登记: a unit as the register keeps it."""

    code: str
    name: str
    name_en: str | None
    level: Level
    city: str | None
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    replaced_by: list[str]


class UnitList(BaseModel):
    """单位名录: every unit, also those that ended."""

    items: list[UnitAnswer]


class UnitPage(BaseModel):
    """单位主页: a unit and what it has to do."""

    unit: UnitAnswer
    shown: Words = Field(description="Its name; with the names of those that took over")
    figures: UnitFiguresAnswer | None
    open: list[Row]
    late: list[Row]
    next: list[Row] = Field(description="What is due next")
    history: list[EventAnswer]
