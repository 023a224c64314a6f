"""What answers of the hall hold for those who apply: drafts, evidence, their own cases."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from onecity.web.words import Words

from .catalogue_shapes import HallFileSlot, HallForm, HallStage
from .shapes import (
    ApplicantKind,
    CaseState,
    EvidenceState,
    Fields,
    HallCode,
    HallGiven,
    HallRef,
    HallWay,
    Said,
    Several,
    Ulid,
    Whole,
)

# --- Drafts --------------------------------------------------------------------------------------


class HallAbout(HallGiven):
    """申请对象: an item by its code, or a life event in a city with steps that are chosen."""

    item: HallCode | None = None
    event: HallCode | None = None
    city: HallCode | None = None
    chosen: Several = Field(
        default_factory=list, alias="with", description="Basic codes of steps; empty: all"
    )
    places: Annotated[dict[HallCode, HallCode], Field(max_length=50)] = Field(
        default_factory=dict, description="Cities of steps that are done elsewhere, by basic code"
    )

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class PersonGiven(HallGiven):
    """被代办人: for whom a window applies."""

    kind: ApplicantKind
    name: Annotated[str, Field(min_length=1, max_length=100)]
    id_number: Annotated[str, Field(max_length=18)] = ""
    credit_code: Annotated[str, Field(max_length=18)] = ""
    phone: Annotated[str, Field(max_length=20)] = ""


class HallDraftGiven(HallGiven):
    """新草稿: what an application is about, and how it goes."""

    about: HallAbout
    way: HallWay | None = Field(None, description="null: at home")
    from_city: HallCode | None = Field(None, description="City of the applicant")
    on_behalf: PersonGiven | None = Field(None, description="At a window alone")


class HallDraftSaved(HallGiven):
    """暂存: the values of the form as they are now."""

    seen: Annotated[Whole, Field(ge=0, le=2_000_000_000)]
    data: Fields


class HallFile(BaseModel):
    """文件: a file that was given."""

    id: str
    name: str = Field(description="Of the form's slot")
    filename: str
    size: int
    type: str
    sha256: str
    at: datetime


class HallValue(BaseModel):
    """证照字段: one field of an evidence."""

    name: str
    label: Words
    value: Any


class HallEvidence(BaseModel):
    """电子证照: a document that its holder gives, as far as it is needed."""

    id: str
    document: HallRef
    state: EvidenceState
    state_text: Words
    holder: HallRef | None
    vouched_by: HallRef | None = Field(
        description="Node that had it from a platform above; null: its holder signed it"
    )
    purpose: str
    at: datetime | None
    fields: list[HallValue]


class HallEvidences(BaseModel):
    """电子证照列表: what was asked of holders for a draft."""

    rows: list[HallEvidence]
    total: int


class HallEvidenceWanted(HallGiven):
    """调用证照: the document that is wanted."""

    document: HallCode


class HallDraft(BaseModel):
    """草稿: an application that is not handed in yet."""

    id: str
    about: HallAbout
    title: Words
    way: HallWay | None
    from_city: str | None
    on_behalf: PersonGiven | None
    data: dict[str, Any]
    files: list[HallFile]
    evidence: list[HallEvidence]
    saved_at: datetime
    seen: int = Field(description="To be sent back with the next change")


class HallDraftRow(BaseModel):
    """草稿摘要: a draft as a list shows it."""

    id: str
    about: HallAbout
    title: Words
    saved_at: datetime


class HallDrafts(BaseModel):
    """草稿列表: the asker's drafts, the newest first."""

    rows: list[HallDraftRow]
    total: int


class HallFault(BaseModel):
    """填写问题: what is wrong, and where (JSON pointer)."""

    pointer: str
    message: Words


class HallFaults(BaseModel):
    """填写检查: all that is wrong with a draft."""

    faults: list[HallFault]


class HallReceipt(BaseModel):
    """受理回执: an application that was handed in."""

    case: str
    number: str
    title: Words
    at: datetime
    to: HallRef = Field(description="Node of the authority")
    promised: Words | None
    marked: Words | None


class HallPaper(HallGiven):
    """随附材料: a file for a document of the form, as Base64."""

    name: HallCode = Field(description="Of the form's slot: the document")
    filename: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(max_length=20_000_000, pattern=r"^[0-9A-Za-z+/]*={0,2}$")] = (
        Field(description="PDF, OFD, JPEG or PNG in Base64; all of a request at most 20 MB")
    )


class HallApplication(HallGiven):
    """申请: all of an application at once, for programs."""

    about: HallAbout
    way: HallWay | None = None
    from_city: HallCode | None = None
    on_behalf: PersonGiven | None = None
    data: Fields
    files: Annotated[list[HallPaper], Field(max_length=20)] = Field(
        default_factory=list, description="For documents that no government holds"
    )
    agrees: Several = Field(
        default_factory=list,
        description="Documents that holders may be asked for; the department does, with the case",
    )


# --- My cases ------------------------------------------------------------------------------------


class MineRow(BaseModel):
    """我的办件摘要: a case as its applicant's list shows it."""

    case: str
    number: str
    title: Words
    state: CaseState
    state_text: Words
    at: datetime
    due: datetime | None
    steps_done: int
    steps: int
    needs_me: bool


class MineList(BaseModel):
    """我的办件: the asker's cases, the newest first."""

    rows: list[MineRow]
    total: int


class MineEvent(BaseModel):
    """办理经过: something that happened to a case."""

    at: datetime
    kind: str
    what: Words
    unit: HallRef | None = Field(description="null: the applicant")
    words: str


class SupplementWanted(BaseModel):
    """补正通知: what has to be given, and until when."""

    words: str
    until: date | None
    documents: list[HallRef]


class HallResult(BaseModel):
    """办理结果: the decision, signed."""

    title: Words
    number: str
    granted: bool
    words: str
    signed_by: Words
    at: datetime


class HallAppraisal(BaseModel):
    """评价: what the applicant thought of it."""

    stars: int
    words: str
    at: datetime


class MineStep(BaseModel):
    """一件事的一步: a case of a life event."""

    basic_code: str
    title: Words
    state: str = Field(description="Of the case; `waiting` until the steps before are done")
    state_text: Words
    authority: HallRef
    city: str = Field(description="Code; empty: of the province")
    case: str | None
    over: Literal["", "done", "refused", "withdrawn", "stopped"] = Field(
        description="How it ended; empty: it has not"
    )
    due: datetime | None = Field(
        description="Modelled: over by then if each department keeps its limit; null: not known"
    )
    ended: datetime | None
    waits_for: list[Words] = Field(description="Steps before it that are not granted yet")
    stopped_by: Words | None = Field(description="The step that was not granted")
    stops: list[Words] = Field(description="Steps that were stopped since this was not granted")


class MineFile(HallFile):
    """申请材料: a file of a case, with the name of the document that it is."""

    title: Words


class Mine(MineRow):
    """我的办件: a case as its applicant sees it."""

    item: HallRef | None
    event: str | None
    authority: HallRef | None
    node: HallRef | None = Field(description="Where it is handled")
    parent: str | None = Field(description="The case of the life event that it is a step of")
    way: HallWay | None
    timeline: list[MineEvent]
    promised: Words | None
    supplement: SupplementWanted | None
    result: HallResult | None
    appraisal: HallAppraisal | None
    steps_of: list[MineStep] = Field(description="Of a life event")
    process: list[HallStage] = Field(description="How it is handled, and how far it is")
    stops: list[Words] = Field(
        description="Of a step of a life event that was not granted: those that it stopped"
    )
    stands: bool = Field(description="Of a life event: the clock of a step stands, no day is known")
    withdrawing: datetime | None = Field(
        description="Of a life event: asked for then; steps have to answer yet"
    )
    files: list[MineFile]
    can: list[str] = Field(description="Of `supplement`, `withdraw`, `appraise`, `erase`")
    erased: datetime | None


class SupplementGiven(HallGiven):
    """补正: what was asked for; evidence that was agreed to goes with it."""

    data: Fields = Field(
        default_factory=dict,
        description="Groups of the form with the fields that change; null: empty from now on",
    )
    files: Annotated[list[Ulid], Field(max_length=50)] = Field(default_factory=list)
    words: Said = ""


class HallSupplementForm(HallForm):
    """补正表: what is asked for, and the form as it was filled in."""

    files: list[HallFileSlot] = Field(description="Places for the documents that are asked for")
    data: dict[str, Any] = Field(description="As it was handed in")
    given: list[HallFile] = Field(description="Added since, and not handed in yet")
    evidence: list[HallEvidence] = Field(description="Asked of holders since")


class WithdrawalGiven(HallGiven):
    """撤回: why."""

    words: Said = ""


class AppraisalGiven(HallGiven):
    """评价: one to five stars, and words."""

    stars: Annotated[Whole, Field(ge=1, le=5)]
    words: Said = ""


class HallLook(BaseModel):
    """查看记录: somebody looked at the asker's data."""

    at: datetime
    who: str
    unit: HallRef | None
    node: HallRef
    case: str | None
    number: str
    reason: str


class HallLooks(BaseModel):
    """查看记录: who looked at the asker's data, the newest first."""

    rows: list[HallLook]
    total: int


class ErasureGiven(HallGiven):
    """删除个人信息: of a closed case."""

    case: Ulid


class HallErasure(BaseModel):
    """删除结果: when the data became unreadable here; null: asked for where it was handled."""

    case: str
    erased: bool
    at: datetime | None


class HallConsent(BaseModel):
    """授权: a document that the asker let be used, or did not."""

    at: datetime
    case: str | None
    document: HallRef
    holder: HallRef | None
    purpose: str
    agrees: bool


class HallConsents(BaseModel):
    """授权记录: what the asker agreed to and what not, the newest first."""

    rows: list[HallConsent]
    total: int
