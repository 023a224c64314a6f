"""What answers of the ledger hold: items, their history, and all that is told of them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from onecity.programme.ledger.kinds import Gate, Kind, Level, State, Strand, What
from onecity.programme.ledger.rules import Mark
from onecity.programme.ledger.way import Move
from onecity.web.words import Words

Code = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$", examples=["WH-JTJ", "420100"])
]
Identity = Annotated[str, Field(pattern="^[0-9A-HJKMNP-TV-Z]{26}$")]
Amount = Annotated[
    str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,2})?$", examples=["1200000.00"])
]  # exact: no binary fraction


class UnitRef(BaseModel):
    """单位: a unit as rows name it; one that was renamed or merged with both names."""

    code: str
    name: Words


class Row(BaseModel):
    """事项摘要: an item as tables, boards and lists show it."""

    id: str
    number: str = Field(examples=["WH-2026-0017"])
    title: str
    kind: Kind
    strand: Strand
    level: Level
    state: State
    mark: Mark
    reasons: list[Words] = Field(description="Why it stands so, with numbers and dates")
    remarks: list[Words]
    progress: int = Field(description="Per cent, as last reported")
    gate: Gate | None
    lead_unit: UnitRef | None
    responsible_unit: UnitRef | None
    supporting_units: list[UnitRef]
    city: str | None = Field(description="Of the responsible unit")
    owner: str
    assigned_on: date | None
    start: date | None
    due: date | None
    reported_on: date | None
    closed_on: date | None
    left: int | None = Field(description="Working days until it is due; below zero once late")
    late: int | None = Field(description="Working days after the due date; null: not counted")
    used: float | None = Field(description="Share of its time that has passed, per cent")
    meeting: str | None
    changed: datetime
    version: int
    example: bool = Field(description="Invented, to show what the ledger does")


class Rows(BaseModel):
    """事项列表: a page of items."""

    items: list[Row]
    total: int
    offset: int
    limit: int
    revision: int
    states: dict[str, int] = Field(description="How many of all that were found, by state")
    marks: dict[str, int]


# --- One item, as it is kept and as it is given -------------------------------------------------


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Milestone(_Given):
    """里程碑: a step of an item with its day."""

    name: str = Field(min_length=1, max_length=200)
    due: date
    done_on: date | None = None
    weight: float = Field(1.0, ge=0, allow_inf_nan=False, strict=True)


class Measure(_Given):
    """指标: a figure by which a promise is judged."""

    name: str = Field(min_length=1, max_length=200)
    unit: str = Field(max_length=100)
    baseline: float | None = Field(None, allow_inf_nan=False, strict=True)
    target: float | None = Field(None, allow_inf_nan=False, strict=True)
    value: float | None = Field(None, allow_inf_nan=False, strict=True)
    at: date | None = None
    source: str = Field("", max_length=20_000)


class BudgetLine(_Given):
    """预算: money that is planned for a year."""

    name: str = Field(min_length=1, max_length=200)
    year: int = Field(ge=1990, le=2100, strict=True)
    amount: Amount


class Payment(_Given):
    """支付: money that was paid."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    day: date = Field(alias="date")
    amount: Amount
    to: str = Field("", max_length=200)
    note: str = Field("", max_length=200)


class Place(_Given):
    """位置: where an item lies, WGS-84."""

    geometry: dict[str, Any] | None = Field(None, description="GeoJSON geometry")
    counties: list[Code] = Field(default_factory=list, max_length=1000)


class Finding(_Given):
    """由来的分析发现: what proposed an item, and what it promised."""

    strand: str = Field(min_length=1, max_length=100)
    key: str = Field(min_length=1, max_length=100)
    region: str = Field(min_length=1, max_length=100)
    benefit: float = Field(allow_inf_nan=False, strict=True)
    unit: str = Field(max_length=100)
    promised_on: date


class Dependency(_Given):
    """前置事项: an item that has to be done first."""

    item: Identity
    lag_days: int = Field(0, ge=-2000, le=2000, strict=True)


class Fields(_Given):
    """事项内容: fields of an item as a form gives them; what is left out stays as it is."""

    number: str | None = Field(None, min_length=1, max_length=40)
    kind: Kind | None = None
    title: str | None = Field(None, min_length=1, max_length=200)
    text: str | None = Field(None, max_length=20_000)
    strand: Strand | None = None
    level: Level | None = None
    lead_unit: Code | None = None
    responsible_unit: Code | None = None
    supporting_units: list[Code] | None = Field(None, max_length=1000)
    owner: str | None = Field(None, max_length=100)
    start: date | None = None
    due: date | None = None
    gate: Gate | None = None
    deliverable: str | None = Field(None, max_length=20_000)
    milestones: list[Milestone] | None = Field(None, max_length=1000)
    measures: list[Measure] | None = Field(None, max_length=1000)
    budget: list[BudgetLine] | None = Field(None, max_length=1000)
    payments: list[Payment] | None = Field(None, max_length=1000)
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    place: Place | None = None
    finding: Finding | None = None
    depends_on: list[Dependency] | None = Field(None, max_length=1000)
    meeting: Identity | None = None
    source: str | None = Field(None, max_length=20_000)
    example: StrictBool | None = None


class DraftGiven(_Given):
    """新事项: what a draft begins with."""

    fields: Fields


class EditGiven(_Given):
    """修改: fields to change, and why; a due date is moved only with a reason."""

    fields: Fields
    text: str = Field("", max_length=20_000)


class MoveGiven(_Given):
    """办理: what is done to an item, and what is said with it."""

    move: Move
    text: str = Field("", max_length=20_000, description="A report, or a reason")
    progress: int | None = Field(None, ge=0, le=100, strict=True)
    evidence: list[Identity] = Field(
        default_factory=list, max_length=100, description="Ids of attachments of this item"
    )
    fields: Fields | None = Field(None, description="With `assign` and `transfer`: to whom")


class ItemAnswer(BaseModel):
    """事项全文: an item as the ledger keeps it; amounts are texts, so that they stay exact."""

    id: str
    number: str
    kind: Kind
    title: str
    created: datetime
    changed: datetime
    text: str
    strand: Strand
    level: Level
    lead_unit: str | None
    responsible_unit: str | None
    supporting_units: list[str]
    owner: str
    assigned_on: date | None
    start: date | None
    due: date | None
    reported_on: date | None
    closed_on: date | None
    state: State
    back_to: State | None
    progress: int
    gate: Gate | None
    deliverable: str
    milestones: list[Milestone]
    measures: list[Measure]
    budget: list[BudgetLine]
    payments: list[Payment]
    currency: str
    place: Place | None
    finding: Finding | None
    depends_on: list[Dependency]
    meeting: str | None
    source: str
    example: bool
    version: int


class StandingAnswer(BaseModel):
    """进展判断: how an item stands today, and why."""

    mark: Mark
    label: Words
    reasons: list[Words]
    remarks: list[Words]
    late: int | None
    left: int | None
    used: float | None


class MoveOffer(BaseModel):
    """可办理的动作: something that the asker may do to an item now."""

    move: Move
    label: Words
    needs: list[str] = Field(description="Of `text`, `progress`: what has to be given with it")
    fields: list[str] = Field(description="Names of fields that may be given with it")


class AttachmentAnswer(BaseModel):
    """附件: a file that belongs to an item."""

    id: str
    item: str
    name: str
    type: str
    size: int
    sha256: str
    at: datetime
    who: str


class EventAnswer(BaseModel):
    """经过: something that happened to an item; nothing of it is ever changed."""

    item: str
    at: datetime
    who: str
    unit: str | None
    what: What
    text: str
    progress: int | None
    evidence: list[str] = Field(description="Ids of attachments")
    before: dict[str, Any]
    after: dict[str, Any]


class History(BaseModel):
    """全过程: what happened to an item, the first first."""

    items: list[EventAnswer]


class Whole(BaseModel):
    """事项详情: an item with all that is known of it, and what the asker may do."""

    item: ItemAnswer
    row: Row
    standing: StandingAnswer
    moves: list[MoveOffer]
    editable: list[str] = Field(description="Names of fields that the asker may edit")
    attachments: list[AttachmentAnswer]
    history: list[EventAnswer]
    depends_on: list[Row]
    dependants: list[Row] = Field(description="Items that wait for this one")


# --- Of several items ---------------------------------------------------------------------------


class Counts(BaseModel):
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
