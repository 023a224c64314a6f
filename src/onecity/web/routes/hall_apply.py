"""Applying: who somebody is, forms, drafts that are saved and resumed, handing in."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, Header, Path, Query, UploadFile
from starlette.responses import Response

from onecity.web import answers
from onecity.web.hall import given as given_as
from onecity.web.hall.asked import (
    APPLY,
    READ,
    WRITE,
    Applicant,
    CaseId,
    HallHand,
    ItemCode,
    Places,
    Resident,
    Visitor,
    places_of,
)
from onecity.web.hall.catalogue_shapes import HallForm
from onecity.web.hall.own_shapes import (
    HallApplication,
    HallDraft,
    HallDraftGiven,
    HallDrafts,
    HallDraftSaved,
    HallFaults,
    HallFile,
    HallReceipt,
)
from onecity.web.hall.own_told import OwnTold, fault_told, file_told
from onecity.web.hall.shapes import HallProfile, ProfileGiven
from onecity.web.problems import documented
from onecity.web.routes import BASE

if TYPE_CHECKING:
    from onecity.hall.node.applying.views import About

router = APIRouter(tags=["hall"])
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": answers.BINARY}}
}
FileId = Annotated[str, Path(pattern="^[0-9A-HJKMNP-TV-Z]{26}$")]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        pattern=r"^[\x21-\x7e]*$",
        description="The same request with the same key is done once, and answered alike",
    ),
]
Steps = Annotated[
    str,
    Query(
        alias="with",
        max_length=2_000,
        pattern=r"^[0-9A-Za-z._:,/-]*$",
        description="Basic codes of the steps that are wanted, by commas; empty: all",
    ),
]


# --- Forms and who one is ------------------------------------------------------------------------


@router.get("/hall/forms/item/{code}", summary="Form of an item 事项申请表", responses=READ)
def form_of_item(hand: Visitor, code: ItemCode) -> HallForm:
    """Return the form of an item as JSON Schema 2020-12, with what is known of the asker."""
    return _form(hand, given_as.about(item=code))


@router.get("/hall/forms/event/{code}", summary="Form of a life event 一件事申请表", responses=READ)
def form_of_event(
    hand: Visitor,
    code: ItemCode,
    city: Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z._:-]+$")],
    chosen: Steps = "",
    places: Places = "",
) -> HallForm:
    """Return the form of a life event: everything that its steps ask for, once."""
    steps = tuple(one for one in chosen.split(",") if one)
    about = given_as.about(event=code, city=city, chosen=steps, places=places_of(places))
    return _form(hand, about)


def _form(hand: HallHand, about: "About") -> HallForm:
    by = hand.asker.actor if hand.may(APPLY) else None
    form, known = hand.node.applying.form(by, about)
    return HallForm.model_validate({**form.as_json(), "prefill": known})


@router.get("/hall/profile", summary="Who I am 我的资料", responses=READ)
def profile(hand: Resident) -> HallProfile:
    """Return what the asker said of themselves."""
    found = hand.node.applying.profiles.of(hand.asker.actor)
    return HallProfile.model_validate(_told(hand).profile(found))


@router.post("/hall/profile", summary="Say who I am 保存资料", responses=WRITE)
def save_profile(hand: Resident, given: ProfileGiven) -> HallProfile:
    """Keep what the asker says of themselves; another number has to be checked anew."""
    person = given_as.person(given)
    found = hand.node.applying.profiles.save(
        hand.asker.actor, person, seen=given.seen, address=hand.asker.address
    )
    return HallProfile.model_validate(_told(hand).profile(found))


# --- Drafts --------------------------------------------------------------------------------------


@router.get("/hall/drafts", summary="My drafts 我的草稿", responses=READ)
def drafts(hand: Applicant) -> HallDrafts:
    """Return the asker's drafts, the last saved first."""
    told = _told(hand)
    rows = [told.draft_row(one) for one in hand.node.applying.drafts.all(hand.asker.actor)]
    return HallDrafts.model_validate({"rows": rows, "total": len(rows)})


@router.post("/hall/drafts", status_code=201, summary="Begin a draft 新建申请", responses=WRITE)
def begin(hand: Applicant, given: HallDraftGiven, response: Response) -> HallDraft:
    """Begin an application; at a window for somebody else too."""
    made = hand.node.applying.drafts.make(
        hand.asker.actor,
        given_as.about_of(given.about),
        way=given_as.way(given.way),
        from_city=given.from_city or "",
        on_behalf=None if given.on_behalf is None else given_as.person(given.on_behalf),
        address=hand.asker.address,
    )
    response.headers["Location"] = f"{BASE}/hall/drafts/{made.id}"
    return HallDraft.model_validate(_told(hand).draft(made))


@router.get("/hall/drafts/{id}", summary="One draft 草稿", responses=READ)
def draft(hand: Applicant, id: CaseId) -> HallDraft:  # noqa: A002
    """Return a draft of one's own with its files and evidence."""
    found = hand.node.applying.drafts.one(hand.asker.actor, id)
    asked = hand.node.applying.proofs.of(hand.asker.actor, id)
    return HallDraft.model_validate(_told(hand).draft(found, asked))


@router.put("/hall/drafts/{id}", summary="Save a draft 暂存", responses=WRITE)
def save(hand: Applicant, id: CaseId, given: HallDraftSaved) -> HallDraft:  # noqa: A002
    """Keep what was filled in, as it is; 412 if it was saved elsewhere since it was seen."""
    found = hand.node.applying.drafts.save(
        hand.asker.actor, id, given.data, seen=given.seen, address=hand.asker.address
    )
    asked = hand.node.applying.proofs.of(hand.asker.actor, id)
    return HallDraft.model_validate(_told(hand).draft(found, asked))


@router.delete(
    "/hall/drafts/{id}", status_code=204, summary="Drop a draft 删除草稿", responses=WRITE
)
def drop(hand: Applicant, id: CaseId) -> None:  # noqa: A002
    """Drop a draft with its files; nothing of it can be read any more."""
    hand.node.applying.drafts.drop(hand.asker.actor, id, address=hand.asker.address)


@router.post(
    "/hall/drafts/{id}/files", status_code=201, summary="Add a file 上传材料", responses=WRITE
)
def add_file(
    hand: Applicant,
    id: CaseId,  # noqa: A002
    name: Annotated[str, Form(min_length=1, max_length=64, description="Of the form's slot")],
    file: Annotated[UploadFile, File(description="PDF, OFD, JPEG or PNG, whatever its name")],
) -> HallFile:
    """Add a file for a document of the form; it is judged by its content."""
    made = hand.node.applying.drafts.add_file(
        hand.asker.actor,
        id,
        name,
        file.filename or "",
        file.file.read(),
        address=hand.asker.address,
    )
    return HallFile.model_validate(file_told(made))


@router.get(
    "/hall/drafts/{id}/files/{file}",
    summary="A file of a draft 下载材料",
    response_class=Response,
    responses={**READ, **_FILE},
)
def file_of(hand: Applicant, id: CaseId, file: FileId) -> Response:  # noqa: A002
    """Return a file of one's own draft, to be kept: no browser opens it in this service's name."""
    found, content = hand.node.applying.drafts.file(hand.asker.actor, id, file)
    return kept(found.filename, content)


@router.delete(
    "/hall/drafts/{id}/files/{file}",
    status_code=204,
    summary="Drop a file 删除材料",
    responses=WRITE,
)
def drop_file(hand: Applicant, id: CaseId, file: FileId) -> None:  # noqa: A002
    """Drop a file of a draft."""
    hand.node.applying.drafts.drop_file(hand.asker.actor, id, file, address=hand.asker.address)


@router.post("/hall/drafts/{id}/check", summary="Check a draft 检查", responses=WRITE)
def check(hand: Applicant, id: CaseId) -> HallFaults:  # noqa: A002
    """Return all that is wrong with a draft; nothing: it may be handed in."""
    found = hand.node.applying.sending.check(hand.asker.actor, id)
    return HallFaults.model_validate(
        {"faults": [fault_told(one.pointer, one.sentence) for one in found]}
    )


# --- Handing in ----------------------------------------------------------------------------------


@router.post(
    "/hall/drafts/{id}/submit",
    status_code=201,
    summary="Hand a draft in 提交",
    responses=WRITE | documented(409),
)
def submit(hand: Applicant, id: CaseId, key: Key = "") -> HallReceipt:  # noqa: A002
    """Hand a draft in; what is wrong is told (422). Handed in again, it gives the same receipt."""
    made = hand.node.applying.sending.submit(
        hand.asker.actor, id, key=key, address=hand.asker.address
    )
    return HallReceipt.model_validate(_told(hand).receipt(made))


@router.post(
    "/hall/applications",
    status_code=201,
    summary="Apply at once 一次提交",
    responses=WRITE,
    response_model=HallReceipt,
)
def apply(hand: Applicant, given: HallApplication, key: Key = "") -> Response:
    """Hand an application in with its files, without a draft; with a key it is done once.

    Documents of government that it agrees to have fetched are asked for by the department.
    """
    made = hand.node.applying.sending.apply(
        hand.asker.actor,
        given_as.about_of(given.about),
        given.data,
        way=given_as.way(given.way),
        from_city=given.from_city or "",
        on_behalf=None if given.on_behalf is None else given_as.person(given.on_behalf),
        papers=given_as.papers(given.files),
        agrees=given.agrees,
        key=key,
        address=hand.asker.address,
    )
    headers = {"Location": f"{BASE}/hall/mine/{made.case}"}
    return answers.Json(_told(hand).receipt(made), status_code=201, headers=headers)


def kept(name: str, content: bytes) -> Response:
    """Return a file to be kept, whatever it is: no browser shows it as a page."""
    headers = {**answers.named_file(name), "Cache-Control": "no-store"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _told(hand: HallHand) -> OwnTold:
    return OwnTold(hand.node, hand.offer)
