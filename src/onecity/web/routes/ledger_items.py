"""Items of the ledger: found, looked at, made, edited and moved along."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import Response

from onecity.programme.ledger.records import record
from onecity.programme.ledger.way import Said
from onecity.web import answers
from onecity.web.desk import Desk
from onecity.web.ledger.asked import (
    Doer,
    Filters,
    Id,
    ItemId,
    Limit,
    Manager,
    Offset,
    Reader,
    Seen,
    Sort,
    Worker,
    paged,
)
from onecity.web.ledger.rows import json_of, listed
from onecity.web.ledger.shapes import (
    AttachmentAnswer,
    DraftGiven,
    EditGiven,
    History,
    MoveGiven,
    Rows,
    Whole,
)
from onecity.web.ledger.wholes import given_fields, whole_of
from onecity.web.problems import READING, WRITING, documented
from onecity.web.routes import BASE

router = APIRouter(tags=["ledger"])
WITHOUT_REGION = True
_MATCHED = WRITING | documented(412, 428)
_READ = READING | documented(401, 403)
_HELD = _READ | {304: {"description": "The asker holds this answer already."}}
_STILL = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""A file that somebody sent in must do nothing, wherever it is opened."""


@router.get("/ledger/items", summary="Items 事项列表", responses=_HELD, response_model=Rows)
def items(
    request: Request,
    hand: Reader,
    wanted: Filters,
    sort: Sort = "due",
    offset: Offset = 0,
    limit: Limit = 50,
) -> Response:
    """Return a page of the items that fit every filter, in an order."""
    query, book, shown = paged(wanted, sort, offset, limit), hand.book, hand.desk.shown
    hand.tagged(*(hand.who if query.mine else ()))

    def make() -> str:
        found = book.find(query)
        rows = listed(shown.rows.of(book, found.rows))
        rest = {
            "total": found.total,
            "offset": offset,
            "limit": limit,
            "revision": book.revision,
            "states": dict(found.states),
            "marks": dict(found.marks),
        }
        return f'{{"items":{rows},{json_of(rest)[1:]}'

    return shown.packed(book, "items", query, make).answer(request)


@router.post(
    "/ledger/items",
    status_code=201,
    summary="Make a draft 新建事项",
    responses=WRITING,
    response_model=Whole,
)
def draft(hand: Manager, given: DraftGiven) -> Response:
    """Make a draft with a number of its own; nobody has to do it before it is given out."""
    made = hand.ledger.draft(given_fields(given.fields, "$.fields"), **hand.by)
    headers = {"Location": f"{BASE}/ledger/items/{made.id}", "ETag": f'"{made.version}"'}
    return answers.Json(whole_of(hand, made), status_code=201, headers=headers)


@router.get(
    "/ledger/items/{id}", summary="One item 事项详情", responses=_READ, response_model=Whole
)
def item(hand: Reader, id: ItemId) -> Response:  # noqa: A002
    """Return an item, its history and what the asker may do; the ETag is its version."""
    found = hand.ledger.get(id)
    return answers.Json(whole_of(hand, found), headers=_version(found.version))


@router.get(
    "/ledger/items/{id}/history", summary="What happened to an item 全过程", responses=_READ
)
def history(hand: Reader, id: ItemId) -> History:  # noqa: A002
    """Return everything that happened to an item, the first first."""
    hand.ledger.get(id)
    return History.model_validate({"items": [record(one) for one in hand.ledger.history(id)]})


@router.patch(
    "/ledger/items/{id}", summary="Edit an item 修改事项", responses=_MATCHED, response_model=Whole
)
def edit(hand: Worker, id: ItemId, seen: Seen, given: EditGiven) -> Response:  # noqa: A002
    """Change fields of an item; refused (412) if somebody changed it since it was seen."""
    said = Said(text=given.text, fields=given_fields(given.fields, "$.fields"))
    made = hand.ledger.edit(id, said, seen=seen, **hand.by)
    return answers.Json(whole_of(hand, made), headers=_version(made.version))


@router.post(
    "/ledger/items/{id}/moves",
    summary="Move an item along 办理",
    responses=_MATCHED,
    response_model=Whole,
)
def move(hand: Doer, id: ItemId, seen: Seen, given: MoveGiven) -> Response:  # noqa: A002
    """Give out, sign for, report, accept, return …: what may be done now stands in `moves`."""
    said = Said(
        text=given.text,
        progress=given.progress,
        evidence=tuple(given.evidence),
        fields=given_fields(given.fields, "$.fields"),
    )
    made = hand.ledger.move(id, given.move, said, seen=seen, **hand.by)
    return answers.Json(whole_of(hand, made), headers=_version(made.version))


@router.post(
    "/ledger/items/{id}/attachments",
    status_code=201,
    summary="Attach a file 上传附件",
    responses=WRITING,
    response_model=AttachmentAnswer,
)
def attach(
    hand: Doer,
    id: ItemId,  # noqa: A002
    file: Annotated[UploadFile, File(description="Of a kind that offices use, whatever its name")],
) -> Response:
    """Attach a file to an item; it is judged by its content, not by its name alone."""
    name, content = file.filename or "", file.file.read()
    made = hand.ledger.attach(id, name, content, **hand.by)
    headers = {"Location": f"{BASE}/ledger/attachments/{made.id}"}
    return answers.Json(record(made), status_code=201, headers=headers)


@router.get(
    "/ledger/attachments/{id}",
    summary="An attached file 下载附件",
    response_class=Response,
    responses={
        **_READ,
        200: {"content": {"application/octet-stream": answers.BINARY}},
    },
)
def attachment(hand: Reader, id: Id) -> Response:  # noqa: A002
    """Return an attached file, to be kept: no browser opens it in this service's name."""
    known, content = hand.ledger.content(id)
    headers = {**answers.named_file(known.name), **_STILL}
    return Response(content, media_type="application/octet-stream", headers=headers)


def warm(desk: Desk) -> None:
    """Read the ledger, where there is one, and make the rows of its first page."""
    if desk.has_office and desk.settings.ledger:
        book = desk.ledger.book()
        desk.shown.rows.of(book, book.items.values())


def _version(number: int) -> dict[str, str]:
    return {"ETag": f'"{number}"', "Cache-Control": "no-cache"}
