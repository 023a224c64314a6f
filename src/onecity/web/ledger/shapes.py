"""What answers of the ledger hold: items, their history, and all that is told of them."""

from datetime import date, datetime
from typing import Annotated, Any

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


class ItemPlace(_Given):
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
    place: ItemPlace | None = None
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
    place: ItemPlace | None
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
