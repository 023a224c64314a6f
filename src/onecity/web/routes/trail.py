"""The trail: who changed what, when."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from onecity.identity import Anchor, Entry, Via
from onecity.web.asking import Auditor, TheDesk
from onecity.web.desk import Desk
from onecity.web.problems import READING, documented
from onecity.web.words import Words, named, words

router = APIRouter(tags=["trail"], responses=READING | documented(401, 403))
_Word = Annotated[str | None, Query(max_length=100)]


class Thing(BaseModel):
    """对象: what an entry is about."""

    kind: str
    id: str


class EntryAnswer(BaseModel):
    """一条记录: one thing that somebody did."""

    number: int
    at: datetime
    who: str
    via: Words = Field(description="How it was known who they are")
    address: str
    action: Words
    key: str = Field(description="The action as a program names it", examples=["data.accepted"])
    on: Thing
    phase: Literal["intent", "done", "failed"]
    of: int | None = Field(description="Number of the entry that said it would be done")
    before: Any
    after: Any
    note: str


class TrailPage(BaseModel):
    """操作记录: a part of the trail, the newest first."""

    items: list[EntryAnswer]
    next: int | None = Field(description="Give this as `before` for what came earlier")


class Verification(BaseModel):
    """校验结果: whether the trail is as it was written."""

    ok: bool
    rows: int
    head: str = Field(description="Note this down: with it, later cuts can be found")
    first_wrong: int | None
    why: Words | None


@router.get("/trail", summary="Who changed what 操作记录")
def trail(
    desk: TheDesk,
    _: Auditor,
    before: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    who: _Word = None,
    action: _Word = None,
    kind: _Word = None,
    target: Annotated[str | None, Query(max_length=300)] = None,
) -> TrailPage:
    """Return entries, the newest first; `action` may end in ``.*``."""
    if not desk.has_office:
        return TrailPage(items=[], next=None)
    page = desk.office.trail.page(
        before=before, limit=limit, who=who, action=action, kind=kind, target=target
    )
    return TrailPage(items=[_entry(desk, one) for one in page.entries], next=page.next)


@router.get("/trail/verification", summary="Is the trail whole 校验操作记录")
def verification(
    desk: TheDesk,
    _: Auditor,
    anchor: Annotated[
        str | None,
        Query(
            pattern="^[0-9]{1,18}:[0-9a-f]{64}$",
            description="The head as it was noted down earlier",
        ),
    ] = None,
) -> Verification:
    """Follow the chain of the trail from its begin and say where it breaks, if it does."""
    with desk.computing():
        noted = None if anchor is None else Anchor.parse(anchor)
        found = desk.office.trail.verify(anchor=noted)
    broken = found.broken
    return Verification(
        ok=found.sound,
        rows=found.rows,
        head=str(found.head),
        first_wrong=None if broken is None else broken.id,
        why=None if broken is None else Words(**words(broken)),
    )


def _entry(desk: Desk, one: Entry) -> EntryAnswer:
    known = desk.rules.actions.get(one.action)
    return EntryAnswer.model_validate(
        {
            "number": one.id,
            "at": one.time,
            "who": one.who,
            "via": words(Via(one.via)),
            "address": one.address,
            "action": words(known) if known else named(one.action, one.action),
            "key": one.action,
            "on": {"kind": one.kind, "id": one.target},
            "phase": one.phase,
            "of": one.of,
            "before": one.before,
            "after": one.after,
            "note": one.note,
        }
    )
