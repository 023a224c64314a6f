"""What answers of the hall hold for those who work there: tasks, cases, the board, the editor."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from onecity.web.words import Words

from .catalogue_shapes import HallStage
from .own_shapes import HallAppraisal, HallEvidence, HallFile, HallResult
from .shapes import (
    ApplicantKind,
    CaseState,
    Day,
    HallCity,
    HallCode,
    HallCounts,
    HallGiven,
    HallRef,
    HallWay,
    Said,
    Ulid,
    Whole,
)

Light = Literal["none", "good", "soon", "late", "stands", "done"]
LimitUnit = Literal["working_day", "calendar_day", "hour"]
Action = Literal[
    "claim",
    "accept",
    "ask_supplement",
    "reject",
    "ask_opinion",
    "give_opinion",
    "step",
    "propose",
    "send_back",
    "suspend",
    "resume",
    "extend",
    "hand_over",
    "decide",
    "deliver",
]
_Seen = Annotated[Whole, Field(ge=0, le=2_000_000_000)]

# --- The desk ------------------------------------------------------------------------------------


class TaskRow(BaseModel):
    """待办: something to be done in a case."""

    task: str
    case: str
    number: str
    kind: str
    kind_text: Words
    title: Words = Field(description="Of the item")
    item: str
    unit: HallRef
    from_city: str | None
    way: HallWay | None
    state: CaseState
    state_text: Words
    due: datetime | None
    left: float | None = Field(description="In `left_unit`; below zero once late")
    left_unit: LimitUnit
    light: Light
    claimed_by: str | None = Field(description="Name of who has taken it on")
    mine: bool = Field(description="Whether that is the asker")
    seen: int = Field(description="Version of the case")


class TaskRows(BaseModel):
    """待办列表: a page of tasks, what is due first first."""

    rows: list[TaskRow]
    total: int
    counts: HallCounts


class CaseRow(BaseModel):
    """办件摘要: a case as a list shows it; nothing personal."""

    case: str
    number: str
    title: Words
    item: str
    unit: HallRef
    city: str | None
    from_city: str | None
    way: HallWay | None
    state: CaseState
    state_text: Words
    at: datetime
    due: datetime | None
    light: Light
    seen: int


class CaseRows(BaseModel):
    """办件列表: a page of cases, the newest first."""

    rows: list[CaseRow]
    total: int


class CaseApplicant(BaseModel):
    """申请人: who applies."""

    kind: ApplicantKind
    name: str
    id_number: str
    credit_code: str
    phone: str


class CaseClock(BaseModel):
    """办理时限: how the time of a case stands."""

    legal: Words | None
    promised: Words | None
    due: datetime | None
    legal_due: datetime | None
    used: float | None = Field(description="In `unit`, as what is left")
    left: float | None
    unit: LimitUnit
    stands: bool = Field(description="Whether time stands still now")
    light: Light


class CaseEventRow(BaseModel):
    """经过: something that happened to a case."""

    at: datetime
    what: str
    text: Words
    who: str
    unit: HallRef | None
    words: str


class CaseOpinion(BaseModel):
    """会办意见: what another department was asked, and said."""

    unit: HallRef
    node: HallRef | None
    asked_at: datetime
    words: str = Field(description="What was asked")
    state: Literal["waiting", "agree", "agree_if", "disagree"]
    state_text: Words | None
    answer: str
    at: datetime | None


class CaseTask(BaseModel):
    """任务: what is to be done now."""

    task: str
    kind: str
    kind_text: Words
    unit: HallRef
    claimed_by: str | None = Field(description="Name of who has taken it on")
    mine: bool = Field(description="Whether that is the asker")
    due: datetime | None


class CaseWord(BaseModel):
    """可选词: a word that may be said with an action."""

    value: str
    label: Words


class CaseAction(BaseModel):
    """可办动作: what the asker may do now, and what has to be given with it."""

    action: Action
    label: Words
    task: str | None = Field(description="The task it is of; null: of none")
    asks: list[str] = Field(
        description="Of words, reason, days, units, documents, until, outcome, to"
    )
    needs: list[str] = Field(description="Those of `asks` that must not be empty")
    choices: list[CaseWord] = Field(description="Words for `outcome`, or for `reason`")
    most: int | None = Field(description="How many `days` at most; null: it asks for none")


class CaseLabel(BaseModel):
    """字段名称: what a field of the form is called, and the words of what it lets choose."""

    pointer: str
    title: Words
    options: dict[str, Words]


class CaseChoice(BaseModel):
    """可选对象: a department or city that an action may name."""

    code: str
    title: Words
    city: str | None


class DeskCase(BaseModel):
    """办件: all of a case, for who handles it; that it was looked at is recorded."""

    case: str
    number: str
    version: int = Field(description="To be sent back as `seen`")
    item: HallRef
    title: Words
    authority: HallRef
    way: HallWay | None
    from_city: str | None
    taken_in_by: HallRef
    state: CaseState
    state_text: Words
    at: datetime
    erased: bool = Field(description="Its personal data cannot be read any more")
    applicant: CaseApplicant | None
    data: dict[str, Any]
    labels: list[CaseLabel]
    files: list[HallFile]
    evidence: list[HallEvidence]
    clock: CaseClock
    events: list[CaseEventRow]
    opinions: list[CaseOpinion]
    tasks: list[CaseTask]
    can: list[CaseAction] = Field(description="Those of one task stand there for each such task")
    process: list[HallStage] = Field(description="Its steps, and how far it is")
    documents: list[HallRef] = Field(description="What a supplement may ask for")
    units: list[CaseChoice] = Field(description="Departments whose opinion may be asked")
    nodes: list[CaseChoice] = Field(description="Where it may be handed over to")
    result: HallResult | None
    appraisal: HallAppraisal | None


class PersonSought(HallGiven):
    """查找本人办件: whose cases are looked for, by a number that stands in no address."""

    number: Annotated[
        str,
        Field(min_length=18, max_length=40, description="Identity number or credit code, whole"),
    ]
    reason: Annotated[str, Field(max_length=200, description="Why; its owner sees it")] = ""
    page: Annotated[Whole, Field(ge=1, le=10_000)] = 1
    size: Annotated[Whole, Field(ge=1, le=200)] = 20


class ActionGiven(HallGiven):
    """办理: what is done to a case, seen as it was."""

    seen: _Seen
    action: Action
    task: Ulid | None = None
    outcome: Annotated[
        str, Field(max_length=200, description="One of the `choices` of the action")
    ] = ""
    words: Said = ""
    units: Annotated[list[HallCode], Field(max_length=20)] = Field(default_factory=list)
    documents: Annotated[list[HallCode], Field(max_length=50)] = Field(default_factory=list)
    until: Day | None = None
    reason: Annotated[str, Field(max_length=40)] = ""
    to: HallCode | None = None
    days: Annotated[Whole, Field(ge=1, le=400)] | None = None


# --- The board -----------------------------------------------------------------------------------


class BoardUnit(BaseModel):
    """部门办件: what a department has before it, and how quickly it is done."""

    unit: HallRef
    city: str | None
    open: int
    late: int
    due_soon: int
    done: int
    days_mean: float | None = Field(description="Working days")
    on_time: float | None = Field(description="Share of what was done, 0 to 1")


class BoardItemCity(BaseModel):
    """同一事项在一城: one item in one city."""

    city: str
    cases: int
    days: float | None
    visits: float | None
    refused: int
    stars: float | None


class BoardItem(BaseModel):
    """同一事项的城市差异: one item in every city."""

    basic_code: str
    title: Words
    cities: list[BoardItemCity]


class BoardEventCity(BaseModel):
    """一城牵头的一件事: whole applications, not their steps."""

    city: str
    came: int
    ended: int
    refused: int = Field(description="Of those that ended: a step was not granted")
    days: float | None = Field(description="Working days from the application to its end")
    stars: float | None
    appraised: int


class BoardEvent(BaseModel):
    """一件事的城市差异: one life event by the city that leads it."""

    code: str
    title: Words
    cities: list[BoardEventCity]


class BoardDay(BaseModel):
    """每日进出: cases that came and were done on a day."""

    model_config = {"populate_by_name": True}

    day: date
    came: int = Field(alias="in")
    done: int = Field(alias="out")


class BoardPeer(BaseModel):
    """对端交换: how the exchange with another node stands."""

    node: HallRef
    waiting: int
    oldest: datetime | None
    last_ok: datetime | None
    state: Literal["ok", "waiting", "down", "unknown"]


class BoardStars(BaseModel):
    """满意度: what applicants thought."""

    mean: float | None
    count: int


class HallBoard(BaseModel):
    """督办总览: load, lateness, differences between cities, and the exchange."""

    since: date
    until: date
    units: list[BoardUnit]
    items: list[BoardItem]
    events: list[BoardEvent]
    trend: list[BoardDay]
    peers: list[BoardPeer]
    stars: BoardStars


# --- The editor ----------------------------------------------------------------------------------


class EditorVersion(BaseModel):
    """事项版本: a version of an item."""

    version: int
    valid_from: date | None
    valid_until: date | None
    published_by: str | None
    published_at: datetime | None


class EditorRow(BaseModel):
    """事项: an item with its versions."""

    code: str
    basic_code: str
    title: Words
    city: HallCity | None
    authority: HallRef
    versions: list[EditorVersion]
    draft_by: str | None = Field(description="Who drafts a new version; null: nobody")
    draft_at: datetime | None


class EditorRows(BaseModel):
    """事项列表: a page of items."""

    rows: list[EditorRow]
    total: int


class ComparedField(BaseModel):
    """同事同标的一项: one field of an item, city by city."""

    name: str
    label: Words
    differs: bool
    values: dict[str, str] = Field(description="Text by code of the city")


class Compared(BaseModel):
    """同事同标: one item in every city, field by field."""

    basic_code: str
    title: Words
    cities: list[HallCity]
    fields: list[ComparedField]


class EditorFinding(BaseModel):
    """规则检查: what a rule says of an item."""

    severity: Literal["error", "warning"]
    field: str
    message: Words


class EditorField(BaseModel):
    """可编辑的字段: a field of an item, and how it is written."""

    name: str
    label: Words
    kind: Literal["text", "long", "number", "flag", "choice", "choices", "day", "list"]
    choices: list[HallRef]
    columns: list["EditorField"] = Field(description="Of a list of entries with fields")


class EditorDraft(BaseModel):
    """事项草稿: a version that is not published yet."""

    fields: dict[str, Any]
    by: str
    at: datetime
    seen: int
    differs: list[str] = Field(description="Names of fields that differ from what is published")


class EditorItem(BaseModel):
    """事项编辑: what is published, what is drafted, and what the rules say of the draft."""

    code: str
    basic_code: str
    title: Words
    published: dict[str, Any] | None
    published_version: int | None
    versions: list[EditorVersion]
    draft: EditorDraft | None
    findings: list[EditorFinding]
    fields: list[EditorField]
    may_publish: bool = Field(description="The asker may, and did not draft it")


class EditorDraftGiven(HallGiven):
    """保存草稿: fields of an item; what is left out stays."""

    seen: _Seen
    fields: dict[str, Any]


class PublishGiven(HallGiven):
    """发布: from which day the draft stands."""

    seen: _Seen
    valid_from: Day
