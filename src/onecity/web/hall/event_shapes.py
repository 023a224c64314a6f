"""What answers of the hall hold for those who look after the life events that a node leads."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from onecity.web.words import Words

from .desk_shapes import Light
from .shapes import CaseState, HallCity, HallCode, HallGiven, HallRef, Said


class EventRow(BaseModel):
    """一件事办件: a life event that this node leads; nothing personal."""

    case: str
    number: str
    event: str
    title: Words
    city: HallCity | None
    state: CaseState
    state_text: Words
    opened: datetime
    closed: datetime | None
    due: datetime | None = Field(
        description="Modelled: over by then if each department keeps its limit; null: not known"
    )
    light: Light
    steps: int
    steps_done: int
    steps_late: int
    stars: int | None


class EventRows(BaseModel):
    """一件事办件列表: a page of life events, those due first first."""

    rows: list[EventRow]
    total: int


class EventStep(BaseModel):
    """并行步骤: a step of a life event, wherever it is handled."""

    step: str
    title: Words
    authority: HallRef
    city: HallCity | None
    node: HallRef
    case: str | None
    number: str
    state: Literal["waiting", "running", "done", "refused", "withdrawn", "stopped"]
    state_text: Words = Field(description="Of its case where there is one")
    begun: datetime | None
    ended: datetime | None
    due: datetime | None = Field(description="End of the limit that runs, as its node told")
    expected: datetime | None = Field(description="Modelled: over by then if all keep theirs")
    late: bool
    waits: list[HallRef] = Field(description="Steps before it that are not granted yet")
    reminded: datetime | None
    may_remind: bool
    here: bool = Field(description="Whether its case lies at this node")


class EventDesk(EventRow):
    """一件事督办: one life event with its steps side by side."""

    name: str = Field(description="Of the applicant; empty once erased")
    phone: str
    steps_of: list[EventStep]
    appraisal: str = Field(description="What the applicant said of the whole")
    erased: bool


class ReminderGiven(HallGiven):
    """催办: of which step, and what is said."""

    step: HallCode
    words: Said = ""
