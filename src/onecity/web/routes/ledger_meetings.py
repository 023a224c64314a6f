"""Meetings, and minutes that are split into draft tasks by rules."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from onecity.programme.ledger.minutes import Paragraph, paragraphs_of, split
from onecity.programme.ledger.minutes_file import MAX_BYTES, paragraphs_in
from onecity.programme.ledger.records import record
from onecity.web import answers
from onecity.web.ledger.asked import Day, Hand, ItemId, Manager, Reader
from onecity.web.ledger.rows import row
from onecity.web.ledger.shapes import Fields, Row
from onecity.web.ledger.wholes import given_fields
from onecity.web.problems import READING, WRITING, documented
from onecity.web.routes import BASE
from onecity.web.words import Words, words

router = APIRouter(tags=["ledger"])
_READ = READING | documented(401, 403)


class MeetingAnswer(BaseModel):
    """会议: a meeting, its minutes, and the ids of the items that came of it."""

    id: str
    title: str
    held_on: date
    minutes: str
    items: list[str]


class MeetingPage(MeetingAnswer):
    """会议详情: a meeting with its items as they stand."""

    rows: list[Row]


class MeetingList(BaseModel):
    """会议列表: every meeting, the last first."""

    items: list[MeetingAnswer]


class MeetingGiven(BaseModel):
    """新会议: a meeting, and the drafts that are to come of it."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    held_on: Day
    minutes: str = Field("", max_length=500_000)
    drafts: list[Fields] = Field(default_factory=list, max_length=1000)


class MinutesGiven(BaseModel):
    """纪要: minutes as they were pasted."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=500_000)
    held_on: Day


class MinutesDraft(BaseModel):
    """拟立事项: a task as it was read from minutes, and what was doubtful."""

    number: int = Field(description="Of its paragraph, from 1")
    heading: str
    fields: Fields
    named: dict[str, list[str]] = Field(description="Units as the minutes name them, by part")
    doubts: list[Words]


class MinutesSplit(BaseModel):
    """拆分结果: drafts, and the paragraphs that gave none; nothing is kept yet."""

    drafts: list[MinutesDraft]
    rest: list[str]
    minutes: str = Field(description="The whole text, to be kept with the meeting")


@router.get("/ledger/meetings", summary="Meetings 会议列表", responses=_READ)
def meetings(hand: Reader) -> MeetingList:
    """Return every meeting, the last first."""
    found = sorted(hand.ledger.meetings(), key=lambda one: (one.held_on, one.id), reverse=True)
    return MeetingList.model_validate({"items": [record(one) for one in found]})


@router.post(
    "/ledger/meetings",
    status_code=201,
    summary="Keep a meeting 登记会议",
    responses=WRITING,
    response_model=MeetingAnswer,
)
def hold(hand: Manager, given: MeetingGiven) -> Response:
    """Keep a meeting with its minutes, and make drafts of what it decided, all or none."""
    fields = given.model_dump(exclude={"drafts"})
    drafts = [given_fields(one, f"$.drafts[{at}]") for at, one in enumerate(given.drafts)]
    made = hand.ledger.hold(fields, drafts, **hand.by)
    headers = {"Location": f"{BASE}/ledger/meetings/{made.id}"}
    return answers.Json(record(made), status_code=201, headers=headers)


@router.get(
    "/ledger/meetings/{id}",
    summary="One meeting 会议详情",
    responses=_READ,
    response_model=MeetingPage,
)
def meeting(hand: Reader, id: ItemId) -> Response:  # noqa: A002
    """Return a meeting and how the items stand that came of it."""
    found, book = hand.ledger.meeting(id), hand.book
    rows = [row(book, book.items[one]) for one in found.items if one in book.items]
    return answers.Json({**record(found), "rows": rows})


@router.post(
    "/ledger/minutes",
    summary="Split minutes 拆分纪要",
    responses=WRITING,
    response_model_exclude_unset=True,
)
def minutes(hand: Manager, given: MinutesGiven) -> MinutesSplit:
    """Split pasted minutes into drafts by rules; nothing is kept before somebody looked at it."""
    return _split(hand, paragraphs_of(given.text), given.held_on)


@router.post(
    "/ledger/minutes/file",
    summary="Split minutes of a file 拆分纪要文件",
    responses=WRITING,
    response_model_exclude_unset=True,
)
def minutes_file(
    hand: Manager,
    held_on: Annotated[Day, Form(description="Day of the meeting")],
    file: Annotated[UploadFile, File(description="A Word file (.docx) or a text")],
) -> MinutesSplit:
    """Split the minutes of a Word file or text into drafts by rules."""
    content = file.file.read(MAX_BYTES + 1)
    with hand.desk.computing():
        return _split(hand, paragraphs_in(content, file.filename or "-"), held_on)


def _split(hand: Hand, paragraphs: tuple[Paragraph, ...], held_on: date) -> MinutesSplit:
    book = hand.book
    found = split(paragraphs, held_on, book.register, book.calendar)
    return MinutesSplit.model_validate(
        {
            "drafts": [
                {
                    "number": one.number,
                    "heading": one.heading,
                    "fields": {
                        name: value for name, value in one.fields().items() if value is not None
                    },
                    "named": {
                        part: [each.name for each in names]
                        for part, names in (
                            ("lead_unit", one.lead),
                            ("responsible_unit", one.responsible),
                            ("supporting_units", one.supporting),
                        )
                    },
                    "doubts": [words(doubt) for doubt in one.doubts],
                }
                for one in found.drafts
            ],
            "rest": list(found.rest),
            "minutes": "\n".join(one.text for one in paragraphs),
        }
    )
