"""Figures from bureaux: the workbook to fill in, and what becomes of a filled one."""

from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, UploadFile
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.core.errors import InputError, StaleError
from onecity.region.store import Region
from onecity.region.workbook import Finding, template
from onecity.web import answers
from onecity.web.asking import Editor, TheDesk, TheRegion
from onecity.web.changes import changes_between
from onecity.web.desk import Desk
from onecity.web.intakes import ID, Note, Read
from onecity.web.problems import READING, WRITING, RefusalError, documented
from onecity.web.routes import BASE
from onecity.web.words import Words, told, words

router = APIRouter(tags=["data"])
SHOWN = 500
"""Changes that are told one by one."""

Key = Annotated[str, Path(pattern=ID, description="From the answer to the upload")]
Tongue = Literal["zh", "en"]


class FindingAnswer(BaseModel):
    """检查结果: one thing that is wrong or odd in a workbook, and where."""

    sheet: str = Field(description="Empty: the whole file")
    cell: str = Field(description="Address; empty: the whole sheet", examples=["C7"])
    column: str
    given: str
    text: Words


class ChangeAnswer(BaseModel):
    """改动: a cell that would differ, or a row that would come or go."""

    table: str
    table_name: Words
    level: str
    code: str
    name: Words
    column: Words
    before: str | float | bool | None
    after: str | float | bool | None


class TouchedAnswer(BaseModel):
    """涉及的地区: codes of the places a workbook is about."""

    county: list[str]
    city: list[str]


class IntakeAnswer(BaseModel):
    """填报结果: what a workbook holds and what it would change."""

    id: str
    name: str = Field(description="Name of the file")
    accepted: bool = Field(description="Whether it can be taken in: nothing in it is wrong")
    errors: list[FindingAnswer]
    warnings: list[FindingAnswer]
    notes: list[FindingAnswer]
    annotated: str = Field(description="Where the marked copy is")
    changes: list[ChangeAnswer] = Field(description=f"The first {SHOWN}")
    changes_total: int
    touched: TouchedAnswer


class Accepted(BaseModel):
    """已入库: the version that is current now."""

    version: str


@router.get(
    "/template",
    summary="The workbook to fill in 填报表",
    response_class=Response,
    responses={**READING, **answers.documented("xlsx")},
)
def empty_workbook(state: TheRegion, lang: Tongue = "zh") -> Response:
    """Return the empty workbook; the region's cities, counties and groups stand in it."""
    content = state.part(("intakes", "template", lang), lambda: _template(state.region, lang))
    title = f"{state.region.manifest.text(lang)} {told('web.template_name')[lang]}"
    return answers.download(content, "xlsx", title)


@router.post(
    "/intakes",
    summary="Send in a filled workbook 上传填报表",
    status_code=201,
    responses={**WRITING},
)
def upload(response: Response, desk: TheDesk, asker: Editor, file: UploadFile) -> IntakeAnswer:
    """Check a workbook to the cell and tell what it would change; nothing is changed yet.

    It is kept for a day. What is wrong stands in `errors`; with none it may be accepted.
    """
    region = desk.region
    note = desk.intakes.add(file.filename or "", file.file, region)
    try:
        with desk.computing():
            read = desk.intakes.read(note, region)
            answer = _answer(region, read)
    except BaseException:
        desk.intakes.drop(note)
        raise
    after = {"name": note.name, "sha256": read.intake.sha256, "faults": len(read.intake.faults)}
    with desk.office.change(
        asker.actor, "data.received", "intake", note.id, address=asker.address, after=after
    ):
        pass
    response.headers["Location"] = f"{BASE}/intakes/{note.id}"
    return answer


@router.get("/intakes/{key}", summary="What a workbook would change 核对结果", responses=WRITING)
def look(desk: TheDesk, _: Editor, key: Key) -> IntakeAnswer:
    """Return what was told when it was sent in, checked anew."""
    note, region = _current(desk, key)
    with desk.computing():
        return _answer(region, desk.intakes.read(note, region))


@router.get(
    "/intakes/{key}/annotated",
    summary="The workbook with its faults marked 标注副本",
    response_class=Response,
    responses={**WRITING, 200: answers.documented("xlsx")[200]},
)
def marked(desk: TheDesk, _: Editor, key: Key, lang: Tongue = "zh") -> Response:
    """Return a copy of the workbook in which every finding stands at its cell."""
    note, region = _current(desk, key)
    with desk.computing():
        content = desk.intakes.marked(note, region, lang)
    stem = note.name.removesuffix(".xlsx")
    return answers.download(content, "xlsx", f"{stem}-{told('web.marked_name')[lang]}")


@router.post(
    "/intakes/{key}/accept",
    summary="Take a workbook in 入库",
    responses=WRITING | documented(409),
)
def accept(desk: TheDesk, asker: Editor, key: Key) -> Accepted:
    """Make the region with the workbook's figures the current version; the old one stays."""
    note, region = _current(desk, key)
    with desk.computing():
        read = desk.intakes.read(note, region)
        if read.made is None:
            raise RefusalError(409, "web.intake_faulty", count=len(read.intake.faults))
        with desk.office.deed(
            asker.actor,
            "data.accepted",
            "region",
            region.manifest.key,
            address=asker.address,
            before={"hash": region.hash},
            note=note.name,
        ) as deed:
            try:
                made = desk.versions.accept(
                    read.made, after=region.hash, reason=note.name, by=asker.name
                )
            except (InputError, StaleError) as error:  # somebody was quicker
                raise RefusalError(409, error.key, **error.values) from error
            deed.after = {"hash": made.hash, "tables": list(read.tables)}
    desk.intakes.drop(note)
    desk.warm()
    return Accepted(version=made.hash)


@router.delete(
    "/intakes/{key}", summary="Throw a workbook away 放弃填报表", status_code=204, responses=WRITING
)
def drop(desk: TheDesk, asker: Editor, key: Key) -> None:
    """Throw away a workbook that was sent in."""
    note = desk.intakes.get(key)
    with desk.office.deed(
        asker.actor, "data.dropped", "intake", note.id, address=asker.address, note=note.name
    ):
        desk.intakes.drop(note)


def _current(desk: Desk, key: str) -> tuple[Note, Region]:
    """Return a workbook and the current version, which it was checked against.

    Raises
    ------
    RefusalError
        If another version became current since.
    """
    note, region = desk.intakes.get(key), desk.region
    if note.region != region.hash:
        raise RefusalError(409, "web.intake_outdated")
    return note, region


def _answer(region: Region, read: Read) -> IntakeAnswer:
    changes, touched = changes_between(region, read.made, read.tables) if read.made else ([], None)
    intake = read.intake
    return IntakeAnswer.model_validate(
        {
            "id": read.note.id,
            "name": read.note.name,
            "accepted": read.made is not None,
            "errors": list(map(_finding, intake.faults)),
            "warnings": list(map(_finding, intake.warnings)),
            "notes": list(map(_finding, intake.notes)),
            "annotated": f"{BASE}/intakes/{read.note.id}/annotated",
            "changes": [one.as_answer() for one in changes[:SHOWN]],
            "changes_total": len(changes),
            "touched": touched.as_answer() if touched else {"county": [], "city": []},
        }
    )


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "sheet": one.sheet,
        "cell": one.cell,
        "column": one.column,
        "given": one.given,
        "text": words(one.sentence),
    }


def _template(region: Region, lang: Tongue) -> bytes:
    with TemporaryDirectory() as folder:
        file = template(File(folder) / "template.xlsx", region, language=lang)
        return file.read_bytes()
