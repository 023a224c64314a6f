"""Reminders, what reaches somebody, and the lists that somebody keeps."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from onecity.programme.ledger.book import Book
from onecity.programme.ledger.rules import Call
from onecity.programme.ledger.rules import Reminder as Called
from onecity.web.ledger.asked import Hand, Id, Reader, Reminder
from onecity.web.ledger.rows import unit_ref
from onecity.web.ledger.shapes import UnitRef
from onecity.web.problems import READING, WRITING, documented
from onecity.web.words import Words, words

router = APIRouter(tags=["ledger"])
_READ = READING | documented(401, 403)


class ReminderAnswer(BaseModel):
    """催办: who is to be reminded of what, and why."""

    item: str
    number: str
    title: str
    call: Call
    label: Words
    to: list[UnitRef]
    because: list[Words] = Field(description="With numbers and dates; the first says most")


class ReminderList(BaseModel):
    """催办清单: today's reminders; asked again on the same day, what was done is not there."""

    items: list[ReminderAnswer]


class NoteAnswer(BaseModel):
    """消息: something that reached a unit: a reminder, a return."""

    id: str
    at: datetime
    item: str
    number: str
    title: str
    what: str
    label: Words
    who: str
    text: str
    read: bool


class Inbox(BaseModel):
    """收件箱: what reached the asker's unit, the unread first."""

    items: list[NoteAnswer]
    unread: int


class ReadGiven(BaseModel):
    """已读: ids of notes that were read."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(pattern="^[0-9]{1,15}$")]] = Field(min_length=1, max_length=1000)


class ViewGiven(BaseModel):
    """保存的视图: filters, order and columns under a title."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=60)
    shared: StrictBool = Field(False, description="Whether everybody sees it")
    query: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=4000)]] = (
        Field(default_factory=dict, max_length=40, description="As the address holds it")
    )


class ViewAnswer(ViewGiven):
    """保存的视图: somebody's own, or a shared one."""

    id: str
    owner: str
    mine: bool


class ViewList(BaseModel):
    """视图列表: the asker's views and those that are shared."""

    items: list[ViewAnswer]


@router.get("/ledger/reminders", summary="Who is to be reminded 催办清单", responses=_READ)
def reminders(hand: Reader) -> ReminderList:
    """Return who is to be reminded today of what, by rule; none on a day that is not worked."""
    return _reminders(hand.book, hand.ledger.reminders())


@router.post("/ledger/reminders", summary="Remind them 催办", responses=WRITING)
def remind(hand: Reminder) -> ReminderList:
    """Send today's reminders, and write each into its item's history; once a day, not twice."""
    sent = hand.ledger.remind(**hand.by)
    return _reminders(hand.book, sent)


@router.get("/ledger/inbox", summary="Inbox 收件箱", responses=_READ)
def inbox(hand: Reader) -> Inbox:
    """Return reminders and returns that touch the asker's unit, the unread first."""
    return _inbox(hand)


@router.post("/ledger/inbox/read", summary="Mark as read 标为已读", responses=WRITING)
def mark_read(hand: Reader, given: ReadGiven) -> Inbox:
    """Note that somebody has read some notes; what is not theirs is passed over."""
    hand.ledger.read(map(int, given.ids), by=hand.asker.actor)
    return _inbox(hand)


@router.get("/ledger/views", summary="Saved views 视图列表", responses=_READ)
def views(hand: Reader) -> ViewList:
    """Return the views that the asker keeps, and those that others share."""
    found = hand.ledger.views(hand.asker.actor)
    return ViewList.model_validate({"items": [_view(hand, one) for one in found]})


@router.post("/ledger/views", status_code=201, summary="Keep a view 保存视图", responses=WRITING)
def save_view(hand: Reader, given: ViewGiven) -> ViewAnswer:
    """Keep filters, order and columns under a title, for oneself or, by an office, for all."""
    made = hand.ledger.save_view(given.title, given.query, shared=given.shared, **hand.by)
    return ViewAnswer.model_validate(_view(hand, made))


@router.delete(
    "/ledger/views/{id}", status_code=204, summary="Drop a view 删除视图", responses=WRITING
)
def drop_view(hand: Reader, id: Id) -> None:  # noqa: A002
    """Drop a view of one's own."""
    hand.ledger.drop_view(id, **hand.by)


def _reminders(book: Book, several: tuple[Called, ...]) -> ReminderList:
    return ReminderList.model_validate(
        {
            "items": [
                {
                    "item": one.item,
                    "number": book.items[one.item].number,
                    "title": book.items[one.item].title,
                    "call": one.call,
                    "label": words(one.call),
                    "to": [unit_ref(book, code) for code in one.to],
                    "because": [words(why) for why in one.because],
                }
                for one in several
            ]
        }
    )


def _inbox(hand: Hand) -> Inbox:
    items = [
        {
            "id": str(one.id),
            "at": one.at,
            "item": one.item,
            "number": one.number,
            "title": one.title,
            "what": one.what.value,
            "label": words(one.what),
            "who": one.who,
            "text": one.text,
            "read": one.read,
        }
        for one in hand.ledger.inbox(hand.asker.actor)
    ]
    unread = sum(not one["read"] for one in items)
    return Inbox.model_validate({"items": items, "unread": unread})


def _view(hand: Hand, one: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "owner": one.owner,
        "mine": one.owner == hand.asker.name,
        "title": one.title,
        "shared": one.shared,
        "query": dict(one.query),
    }
