"""Versions of the region's data: what was taken in, and the way back."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from onecity.core.errors import InputError, StaleError
from onecity.region.store import Region
from onecity.region.versions import Versions
from onecity.web.asking import Asker, Editor, TheDesk
from onecity.web.desk import Desk
from onecity.web.problems import READING, WRITING, RefusalError, documented

router = APIRouter(tags=["data"])
Move = Callable[..., Region]
Seen = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=80,
        description="Hash of the version that was seen; refused (412) if it is not current",
    ),
]


class VersionAnswer(BaseModel):
    """一个数据版本: one accepted state of the region's data."""

    number: int
    hash: str
    at: datetime
    by: str
    reason: str
    parent: int | None = Field(description="Number of the version it was made from")


class VersionList(BaseModel):
    """数据版本: every one, the newest first, those that were undone too."""

    current: str = Field(description="Hash")
    can_undo: bool
    can_redo: bool
    original_changed: bool = Field(
        description="The region's folder was built anew since the first change was taken in"
    )
    items: list[VersionAnswer]


@router.get("/versions", summary="Versions of the data 数据版本", responses=READING)
def versions(desk: TheDesk) -> VersionList:
    """Return every version of the data, and whether one can go back or forward."""
    return _listed(desk.versions)


@router.post("/versions/undo", summary="Go back 撤销", responses=WRITING | documented(409, 412))
def undo(desk: TheDesk, asker: Editor, seen: Seen = None) -> VersionList:
    """Make the version before the current one current; nothing is lost."""
    if not desk.current.can_undo:
        raise RefusalError(409, "region.nothing_to_undo")
    return _move(desk, asker, "data.undone", desk.versions.undo, seen)


@router.post("/versions/redo", summary="Go forward 重做", responses=WRITING | documented(409, 412))
def redo(desk: TheDesk, asker: Editor, seen: Seen = None) -> VersionList:
    """Make the version that was undone last current again."""
    if not desk.current.can_redo:
        raise RefusalError(409, "region.nothing_to_redo")
    return _move(desk, asker, "data.redone", desk.versions.redo, seen)


def _move(desk: Desk, asker: Asker, action: str, move: Move, seen: str | None) -> VersionList:
    now = desk.region
    if seen is not None and seen.strip('" ') not in {now.hash, "*"}:
        raise RefusalError(412, "web.version_moved")
    with desk.office.deed(
        asker.actor,
        action,
        "region",
        now.manifest.key,
        address=asker.address,
        before={"hash": now.hash},
    ) as deed:
        try:
            deed.after = {"hash": move(after=now.hash).hash}
        except (InputError, StaleError) as error:  # somebody was quicker
            raise RefusalError(409, error.key, **error.values) from error
    desk.warm()
    return _listed(desk.versions)


def _listed(known: Versions) -> VersionList:
    return VersionList(
        current=known.head.hash,
        can_undo=known.can_undo,
        can_redo=known.can_redo,
        original_changed=known.original_changed,
        items=[
            VersionAnswer(
                number=one.number,
                hash=one.hash,
                at=one.when,
                by=one.by,
                reason=one.why,
                parent=one.parent,
            )
            for one in reversed(known.history)
        ],
    )
