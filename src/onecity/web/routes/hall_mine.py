"""One's own cases: followed, supplemented, withdrawn, appraised; who looked; erasure."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, UploadFile
from starlette.responses import HTMLResponse, Response

from onecity.core.words import Language
from onecity.web import answers
from onecity.web.hall import given as given_as
from onecity.web.hall.asked import (
    READ,
    WRITE,
    Applicant,
    CaseId,
    HallHand,
    Page,
    Resident,
    Size,
    Window,
)
from onecity.web.hall.own_shapes import (
    AppraisalGiven,
    ErasureGiven,
    HallConsents,
    HallErasure,
    HallEvidence,
    HallEvidences,
    HallEvidenceWanted,
    HallFile,
    HallLooks,
    HallSupplementForm,
    Mine,
    MineList,
    PersonGiven,
    SupplementGiven,
    WithdrawalGiven,
)
from onecity.web.hall.own_told import OwnTold, file_told
from onecity.web.hall.result_page import result_page
from onecity.web.hall.shapes import HallProfile
from onecity.web.routes.hall_apply import FileId, Key, kept

if TYPE_CHECKING:
    from onecity.hall.node.applying import views

router = APIRouter(tags=["hall"])
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": answers.BINARY}}
}
_RESULT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
        }
    }
}
Account = Annotated[str, Path(min_length=1, max_length=100)]


@router.get("/hall/mine", summary="My cases 我的办件", responses=READ)
def mine(hand: Applicant, page: Page = 1, size: Size = 50) -> MineList:
    """Return the asker's cases, the newest first; steps of a life event stand under it."""
    told = _told(hand)
    found = hand.node.applying.following.mine(hand.asker.actor, page=page, size=size)
    rows = [told.row(one) for one in found.rows]
    return MineList.model_validate({"rows": rows, "total": found.total})


@router.get("/hall/mine/{id}", summary="One of my cases 办件进度", responses=READ)
def one(hand: Applicant, id: CaseId) -> Mine:  # noqa: A002
    """Return a case of one's own: what happened, what is asked for, what may be done."""
    return _whole(hand, hand.node.applying.following.one(**hand.by, case=id))


@router.post(
    "/hall/mine/{id}/files", status_code=201, summary="Add a file 补交材料", responses=WRITE
)
def add_file(
    hand: Applicant,
    id: CaseId,  # noqa: A002
    name: Annotated[str, Form(min_length=1, max_length=64, description="The document it is")],
    file: Annotated[UploadFile, File(description="PDF, OFD, JPEG or PNG, whatever its name")],
) -> HallFile:
    """Add a file to a case whose department has asked for more."""
    made = hand.node.applying.supplements.add_file(
        hand.asker.actor,
        id,
        name,
        file.filename or "",
        file.file.read(),
        address=hand.asker.address,
    )
    return HallFile.model_validate(file_told(made))


@router.get(
    "/hall/mine/{id}/files/{file}",
    summary="A file of my case 下载材料",
    response_class=Response,
    responses={**READ, **_FILE},
)
def file_of(hand: Applicant, id: CaseId, file: FileId) -> Response:  # noqa: A002
    """Return a file of one's own case, to be kept."""
    found, content = hand.node.applying.following.file(**hand.by, case=id, file=file)
    return kept(found.filename, content)


@router.delete(
    "/hall/mine/{id}/files/{file}",
    status_code=204,
    summary="Drop a file 删除补交材料",
    responses=WRITE,
)
def drop_file(hand: Applicant, id: CaseId, file: FileId) -> None:  # noqa: A002
    """Drop a file that was added to a case and not handed in yet."""
    hand.node.applying.supplements.drop_file(hand.asker.actor, id, file, address=hand.asker.address)


@router.get("/hall/mine/{id}/supplement", summary="What is asked for 补正内容", responses=READ)
def wanting(hand: Applicant, id: CaseId) -> HallSupplementForm:  # noqa: A002
    """Return what a department asks for besides, with the form as it was filled in."""
    found = hand.node.applying.supplements.wanting(hand.asker.actor, id, address=hand.asker.address)
    return HallSupplementForm.model_validate(_told(hand).wanting(found))


@router.post("/hall/mine/{id}/supplement", summary="Give what is asked for 补正", responses=WRITE)
def supplement(
    hand: Applicant,
    id: CaseId,  # noqa: A002
    given: SupplementGiven,
    key: Key = "",
) -> Mine:
    """Give what is asked for besides: documents, words, fields put right; faults are told (422)."""
    found = hand.node.applying.supplements.give(
        hand.asker.actor,
        id,
        data=given.data,
        files=given.files,
        words=given.words,
        key=key,
        address=hand.asker.address,
    )
    return _whole(hand, found)


@router.post("/hall/mine/{id}/withdraw", summary="Withdraw 撤回申请", responses=WRITE)
def withdraw(
    hand: Applicant,
    id: CaseId,  # noqa: A002
    given: WithdrawalGiven,
    key: Key = "",
) -> Mine:
    """Withdraw an application that is not decided yet; with a key it is done once."""
    found = hand.node.applying.following.withdraw(
        hand.asker.actor, id, words=given.words, key=key, address=hand.asker.address
    )
    return _whole(hand, found)


@router.post("/hall/mine/{id}/appraise", summary="Say how it was 评价", responses=WRITE)
def appraise(
    hand: Applicant,
    id: CaseId,  # noqa: A002
    given: AppraisalGiven,
    key: Key = "",
) -> Mine:
    """Say what one thought of how a case was handled, once."""
    found = hand.node.applying.following.appraise(
        hand.asker.actor,
        id,
        stars=given.stars,
        words=given.words,
        key=key,
        address=hand.asker.address,
    )
    return _whole(hand, found)


@router.get(
    "/hall/mine/{id}/result",
    summary="The signed result 办理结果",
    response_class=Response,
    responses={**READ, **_RESULT},
)
def result(
    hand: Applicant,
    id: CaseId,  # noqa: A002
    form: Literal["json", "html"] = "json",
    language: Language = "zh",
) -> Response:
    """Return the result as its node signed it, or as a page to print."""
    found = hand.node.applying.following.result(**hand.by, case=id)
    if form == "html":
        return HTMLResponse(result_page(found.document, language))
    return answers.Json(found.document)


# --- Evidence ------------------------------------------------------------------------------------


@router.get("/hall/drafts/{id}/evidence", summary="Evidence asked for 证照调用", responses=READ)
def evidence(hand: Applicant, id: CaseId) -> HallEvidences:  # noqa: A002
    """Return what was asked of holders for a draft, and what they answered."""
    told = _told(hand)
    rows = [told.evidence(one) for one in hand.node.applying.proofs.of(hand.asker.actor, id)]
    return HallEvidences.model_validate({"rows": rows, "total": len(rows)})


@router.post(
    "/hall/drafts/{id}/evidence",
    status_code=201,
    summary="Ask for evidence 调用证照",
    responses=WRITE,
)
def want(hand: Applicant, id: CaseId, given: HallEvidenceWanted) -> HallEvidence:  # noqa: A002
    """Ask whoever holds a document for the fields that the form needs; only for the asker."""
    found = hand.node.applying.proofs.want(
        hand.asker.actor, id, given.document, address=hand.asker.address
    )
    return HallEvidence.model_validate(_told(hand).evidence(found))


@router.get("/hall/mine/{id}/evidence", summary="Evidence asked for 补正证照", responses=READ)
def evidence_of(hand: Applicant, id: CaseId) -> HallEvidences:  # noqa: A002
    """Return what was asked of holders for the supplement of a case."""
    found = hand.node.applying.supplements.evidence(
        hand.asker.actor, id, address=hand.asker.address
    )
    told = _told(hand)
    rows = [told.evidence(one) for one in found]
    return HallEvidences.model_validate({"rows": rows, "total": len(rows)})


@router.post(
    "/hall/mine/{id}/evidence",
    status_code=201,
    summary="Ask for evidence 补正调用证照",
    responses=WRITE,
)
def want_for(hand: Applicant, id: CaseId, given: HallEvidenceWanted) -> HallEvidence:  # noqa: A002
    """Ask whoever holds a document that a department wants besides; only for the asker."""
    found = hand.node.applying.supplements.want(
        hand.asker.actor, id, given.document, address=hand.asker.address
    )
    return HallEvidence.model_validate(_told(hand).evidence(found))


@router.post("/hall/evidence/{id}/agree", summary="Agree to evidence 同意使用", responses=WRITE)
def agree(hand: Applicant, id: CaseId) -> HallEvidence:  # noqa: A002
    """Agree that what was found goes with the application."""
    found = hand.node.applying.proofs.agree(hand.asker.actor, id, address=hand.asker.address)
    return HallEvidence.model_validate(_told(hand).evidence(found))


@router.post("/hall/evidence/{id}/refuse", summary="Refuse evidence 不同意使用", responses=WRITE)
def refuse(hand: Applicant, id: CaseId) -> HallEvidence:  # noqa: A002
    """Do not agree: what was found is erased here."""
    found = hand.node.applying.proofs.refuse(hand.asker.actor, id, address=hand.asker.address)
    return HallEvidence.model_validate(_told(hand).evidence(found))


@router.get("/hall/consents", summary="What I agreed to 授权记录", responses=READ)
def consents(hand: Applicant) -> HallConsents:
    """Return what the asker agreed to and what not, the newest first."""
    told = _told(hand)
    rows = [told.consent(one) for one in hand.node.applying.following.consents(hand.asker.actor)]
    return HallConsents.model_validate({"rows": rows, "total": len(rows)})


# --- One's data ----------------------------------------------------------------------------------


@router.get("/hall/looks", summary="Who looked at my data 查看记录", responses=READ)
def looks(
    hand: Applicant,
    case: Annotated[
        str, Query(pattern="^([0-9A-HJKMNP-TV-Z]{26})?$", description="Only at one of them")
    ] = "",
    page: Page = 1,
    size: Size = 50,
) -> HallLooks:
    """Return who looked at the asker's cases anywhere, and why; the newest first."""
    told = _told(hand)
    found = hand.node.applying.following.looks(hand.asker.actor, case=case)
    rows = [told.look(each) for each in found[(page - 1) * size : page * size]]
    return HallLooks.model_validate({"rows": rows, "total": len(found)})


@router.post("/hall/erasure", summary="Erase my data 删除个人信息", responses=WRITE)
def erase(hand: Applicant, given: ErasureGiven) -> HallErasure:
    """Have the personal data of a case that is over erased: where it was handled, then here."""
    found = hand.node.applying.following.erase(
        hand.asker.actor, given.case, address=hand.asker.address
    )
    return HallErasure(case=found.case, erased=found.erased is not None, at=found.erased)


@router.delete(
    "/hall/profile", status_code=204, summary="Forget who I am 删除资料", responses=WRITE
)
def forget(hand: Resident) -> None:
    """Erase what the asker said of themselves; cases stay as they are."""
    hand.node.applying.profiles.erase(hand.asker.actor, address=hand.asker.address)


@router.post(
    "/hall/profiles/{account}/verify", summary="Check who somebody is 核验身份", responses=WRITE
)
def verify(hand: Window, account: Account, given: PersonGiven) -> HallProfile:
    """Note at a window that somebody's papers were seen: evidence is fetched for them then."""
    hand.node.office.accounts.get(account)
    found = hand.node.applying.profiles.verify(
        account, given_as.person(given), by=hand.asker.actor, address=hand.asker.address
    )
    return HallProfile.model_validate(_told(hand).profile(found))


def _whole(hand: HallHand, found: "views.Mine") -> Mine:
    return Mine.model_validate(_told(hand).mine(found))


def _told(hand: HallHand) -> OwnTold:
    return OwnTold(hand.node, hand.offer)
