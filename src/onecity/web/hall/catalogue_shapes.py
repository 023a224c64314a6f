"""What answers of the hall hold of the catalogue: items, life events, guides, forms."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from onecity.web.words import Words

from .shapes import ApplicantKind, HallCity, HallRef, HallWay

# --- The catalogue -------------------------------------------------------------------------------


class HallItemRow(BaseModel):
    """事项摘要: an item as lists show it."""

    code: str
    basic_code: str
    title: Words
    city: HallCity | None = Field(description="null: of the province")
    authority: HallRef
    applicants: list[ApplicantKind]
    promised: Words | None
    legal: Words | None
    visits: int
    depth: Words
    ways: list[HallWay]
    cities: list[str] = Field(description="Codes of the cities whose people may use it")
    free: bool


class HallItems(BaseModel):
    """事项列表: a page of items."""

    rows: list[HallItemRow]
    total: int


class HallRequirement(BaseModel):
    """申请材料: a document that an item asks for."""

    document: HallRef
    form: Words
    copies: int
    necessary: bool
    when: str = Field(description="Condition under which it is wanted; empty: always")
    visit: bool
    origin: Words
    issuer: HallRef | None
    fetchable: bool = Field(description="Whether a department gives it, so that nobody brings it")


class HallFee(BaseModel):
    """收费: a fee and the law that allows it."""

    title: str
    cny: str = Field(description="Exact", examples=["50.00"])
    basis: str


class HallStage(BaseModel):
    """办理流程: a step of the process by which a case is handled."""

    title: Words
    unit: HallRef | None = Field(description="Who does it; null: the department that decides")
    beside: bool = Field(description="Side by side with the one before it")
    far: Literal["done", "now", "ahead"] | None = Field(
        description="How far the case is with it; null: of an item"
    )


class HallItem(HallItemRow):
    """事项全文: all that the catalogue says of an item."""

    conditions: str
    basis: str
    requirements: list[HallRequirement]
    results: list[HallRef]
    fees: list[HallFee]
    visit_reason: str
    version: int
    valid_from: date | None
    process: list[HallStage] = Field(description="How it is handled, in the order of most cases")


class HallStep(BaseModel):
    """一件事的步骤: an item of a life event, and which come before it (basic codes)."""

    basic_code: str
    title: Words
    after: list[str]


class HallEventRow(BaseModel):
    """一件事: several items that one occasion needs."""

    code: str
    title: Words
    applicants: list[ApplicantKind]
    steps: list[HallStep]
    cities: list[str] = Field(description="Codes of the cities that offer it")


class HallEvents(BaseModel):
    """一件事列表: all life events."""

    rows: list[HallEventRow]
    total: int


class HallStepChoice(BaseModel):
    """可选办理地: where a step may be done, and what is different there from the lead city."""

    city: HallCity | None = Field(description="null: of the province")
    code: str
    authority: HallRef
    promised: Words | None
    days: float = Field(description="What is promised, in working days")
    visits: int
    adds: list[HallRef] = Field(description="Documents to bring there that the lead city spares")
    spares: list[HallRef] = Field(description="Documents of the lead city that it does without")


class HallGuideStep(HallItemRow):
    """办事步骤: an item of a life event in the city that is chosen for it."""

    after: list[str] = Field(description="Basic codes of the steps that have to be done before")
    choices: list[HallStepChoice] = Field(description="The lead city's first")


class HallGuideElsewhere(BaseModel):
    """本市不办的步骤: a step that the lead city does not offer, and other cities do."""

    basic_code: str
    title: Words
    choices: list[HallStepChoice]


class HallGuideTotals(BaseModel):
    """合计: what all steps take together."""

    days_together: float = Field(description="Working days, what can run side by side does")
    days_one_after_other: float
    visits: int = Field(description="One to a city serves all of its departments")
    to_bring: int = Field(description="Documents that neither a department nor a step gives")


class HallGuideDocument(BaseModel):
    """一次告知的材料: a document of a life event, asked for once."""

    document: HallRef
    asked_by: list[str] = Field(description="Basic codes of the steps that need it")
    fetchable: bool
    made_by: str | None = Field(description="Basic code of the step that yields it")


class HallGuide(HallGuideTotals):
    """一件事指南: what a life event takes that a city leads, with each step where it is chosen."""

    code: str
    title: Words
    applicants: list[ApplicantKind]
    city: HallCity
    steps: list[HallGuideStep]
    elsewhere: list[HallGuideElsewhere]
    documents: list[HallGuideDocument]
    here: HallGuideTotals | None = Field(
        description="The same with every step in the lead city; null: that is what this is"
    )


# --- Forms ---------------------------------------------------------------------------------------


class HallWhen(BaseModel):
    """条件: a part is wanted only if the value at a pointer is one of several."""

    pointer: str
    values: list[Any]


class HallField(BaseModel):
    """表单字段: a field, its schema, and when it is shown; the last that holds stands."""

    model_config = ConfigDict(populate_by_name=True)

    pointer: str
    rule: dict[str, Any] = Field(alias="schema", description="JSON Schema 2020-12")
    required: bool
    when: list[HallWhen]


class HallGroup(BaseModel):
    """表单分组: fields that belong together, as JSON pointers into the data."""

    name: str
    title: Words
    fields: list[str]


class HallFileSlot(BaseModel):
    """上传材料: a place for a document; where it is fetchable, its evidence does instead."""

    name: str
    document: str
    title: Words
    necessary: bool
    fetchable: bool
    origin: str
    issuer: str
    form: str
    copies: int
    condition: str = Field(description="When it is wanted, in words; empty: always")
    when: list[HallWhen]
    media: list[str]
    most_files: int
    about: str = Field(description="Whom the document is about; of `other` none is fetched")
    fields: dict[str, list[str]] = Field(
        description="Fields of the document, each with the pointers that it fills"
    )
    steps: list[str] = Field(description="Basic codes of the items that ask for it")


class HallSource(BaseModel):
    """数据来源: where a value that is filled in already comes from."""

    title: Words
    at: datetime | None


class HallPrefill(BaseModel):
    """预填: a value that nobody has to type."""

    value: Any
    source: HallSource


class HallForm(BaseModel):
    """申请表: a form as JSON Schema 2020-12, its order, its files, and what is known already."""

    model_config = ConfigDict(populate_by_name=True)

    about: str = Field(description="Code of the item or of the life event")
    title: Words
    items: dict[str, int] = Field(description="Versions of the items it serves, by code")
    rules: dict[str, Any] = Field(alias="schema", description="JSON Schema 2020-12")
    order: list[str] = Field(description="JSON pointers")
    fields: list[HallField]
    groups: list[HallGroup]
    files: list[HallFileSlot]
    prefill: dict[str, HallPrefill] = Field(description="By JSON pointer")
