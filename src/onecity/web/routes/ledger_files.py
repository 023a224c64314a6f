"""The ledger as files: Excel out, edited and in; OC4IDS for projects."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, UploadFile
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.words import Language
from onecity.programme.ledger import oc4ids, workbook
from onecity.programme.ledger.intake import Intake, Severity
from onecity.web import answers
from onecity.web.ledger.asked import Filters, Hand, Reader, Worker
from onecity.web.ledger.intakes import intake_told
from onecity.web.problems import READING, WRITING, RefusalError, documented
from onecity.web.routes import BASE
from onecity.web.words import Words, told

router = APIRouter(tags=["ledger"])
_READ = READING | documented(401, 403)
_PACKAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {answers.MEDIA["json"]: {"schema": {"type": "object"}}}},
    304: {"description": "The asker holds this answer already."},
}
_ZIP = b"PK"
"""How every ``.xlsx`` begins."""

Key = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="From the answer to the upload")]


class ProblemAnswer(BaseModel):
    """检查结果: one thing that is wrong or odd in a file, and where."""

    sheet: str = Field(description="Empty: the whole file")
    cell: str = Field(description="Address; empty: the whole sheet", examples=["F12"])
    row: int | None
    column: str
    given: str
    message: Words
    severity: Severity


class EditedAnswer(BaseModel):
    """改动的事项: an item that the file changes."""

    id: str
    number: str
    title: str
    seen: int = Field(description="The version that the file was held against")
    fields: dict[str, Any]
    before: dict[str, Any]
    reason: str = Field(description="Why a due date is moved")


class LedgerIntake(BaseModel):
    """导入核对: what a file holds and what it would change; nothing is changed yet."""

    key: str
    name: str
    new: list[dict[str, Any]] = Field(description="Fields of items to be made")
    edited: list[EditedAnswer]
    unchanged: int
    problems: list[ProblemAnswer]
    acceptable: bool = Field(description="Nothing in it is wrong, and there is something new")


class TakenItem(BaseModel):
    """导入的事项: an item that was made or changed."""

    id: str
    number: str
    version: int


class TakenAnswer(BaseModel):
    """导入结果: what was made and changed, all of it or nothing."""

    new: list[TakenItem]
    edited: list[TakenItem]


@router.get(
    "/ledger/workbook",
    summary="Items as an Excel workbook 导出工作簿",
    response_class=Response,
    responses={**_READ, **answers.documented("xlsx")},
)
def written(hand: Reader, wanted: Filters, language: Language = "zh") -> Response:
    """Return the items in a workbook that can be edited and sent in again."""
    book = hand.book
    hand.tagged(*(hand.who if wanted.mine else ()))
    with hand.desk.computing():
        content = workbook.content(
            book.select(wanted),
            book.register,
            others=book.items,
            revision=book.revision,
            language=language,
        )
    return answers.download(content, "xlsx", _name(hand))


@router.get(
    "/ledger/oc4ids",
    summary="Projects as OC4IDS 导出 OC4IDS",
    response_class=Response,
    responses={**_READ, **_PACKAGE},
)
def projects(hand: Reader, wanted: Filters) -> Response:
    """Return the projects in the Open Contracting for Infrastructure Data Standard."""
    book = hand.book
    hand.tagged(*(hand.who if wanted.mine else ()))
    with hand.desk.computing():
        made = oc4ids.packed(
            book.select(wanted), book.register, publisher=_title(hand), at=hand.desk.clock()
        )
    return answers.download(made.content(), "json", f"{_name(hand)} OC4IDS")


@router.post(
    "/ledger/intakes",
    status_code=201,
    summary="Send a file in 上传工作簿",
    responses=WRITING,
    response_model=LedgerIntake,
)
def send_in(
    hand: Worker,
    file: Annotated[UploadFile, File(description="A workbook of the ledger, or OC4IDS as JSON")],
) -> Response:
    """Check a file to the cell, and tell what it would change; nothing is changed yet.

    It waits for a day, for whoever sent it.
    """
    name, content, book = file.filename or "-", file.file.read(), hand.book
    with hand.desk.computing():
        intake = _read(content, name, hand)
    key = hand.desk.shown.intakes.add(hand.asker.name, name, content, intake)
    found = intake_told(key, name, intake, book)
    headers = {"Location": f"{BASE}/ledger/intakes/{key}"}
    return answers.Json(found, status_code=201, headers=headers)


@router.get(
    "/ledger/intakes/{key}",
    summary="What a file would change 核对结果",
    responses=_READ,
    response_model=LedgerIntake,
)
def look(hand: Worker, key: Key) -> Response:
    """Return again what was told when the file was sent in."""
    found = hand.desk.shown.intakes.get(key, hand.asker.name)
    return answers.Json(intake_told(key, found.name, found.intake, hand.book))


@router.get(
    "/ledger/intakes/{key}/annotated",
    summary="The workbook with its faults marked 标注副本",
    response_class=Response,
    responses={**_READ, 200: answers.documented("xlsx")[200]},
)
def marked(hand: Worker, key: Key, language: Language = "zh") -> Response:
    """Return a copy of the workbook in which every problem stands at its cell."""
    found = hand.desk.shown.intakes.get(key, hand.asker.name)
    if not found.content.startswith(_ZIP):
        raise RefusalError(404, "web_ledger.no_workbook")
    problems = found.intake.problems
    with hand.desk.computing():
        content = workbook.annotated(found.content, found.name, problems, language)
    return answers.download(content, "xlsx", _name(hand))


@router.post(
    "/ledger/intakes/{key}/acceptance",
    summary="Take a file in 确认导入",
    responses=WRITING | documented(409, 412),
)
def accept(hand: Worker, key: Key) -> TakenAnswer:
    """Make and change all that the file says, or nothing; refused if others were faster (412)."""
    found = hand.desk.shown.intakes.get(key, hand.asker.name)
    if not found.intake.sound:
        raise RefusalError(409, "web_ledger.intake_faults", count=len(found.intake.faults))
    taken = hand.ledger.take_in(found.intake, **hand.by)
    hand.desk.shown.intakes.drop(key)

    def listed(several: Any) -> list[dict[str, Any]]:
        return [{"id": one.id, "number": one.number, "version": one.version} for one in several]

    return TakenAnswer.model_validate({"new": listed(taken.new), "edited": listed(taken.edited)})


@router.delete(
    "/ledger/intakes/{key}",
    status_code=204,
    summary="Throw a file away 放弃导入",
    responses=WRITING,
)
def throw_away(hand: Worker, key: Key) -> None:
    """Forget a file that was sent in."""
    hand.desk.shown.intakes.get(key, hand.asker.name)
    hand.desk.shown.intakes.drop(key)


def _read(content: bytes, name: str, hand: Hand) -> Intake:
    if content.startswith(_ZIP) or name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        return workbook.read(content, name, hand.book)
    return oc4ids.read(content, name, hand.book)


def _name(hand: Hand) -> str:
    return f"{_title(hand)} {hand.book.day.isoformat()}"


def _title(hand: Hand) -> str:
    """Return what the ledger is called."""
    return hand.ledger.settings.title or told("web_ledger.usual_title")["zh"]
