"""Reports made from the ledger: a city's, the office's, a meeting's papers, one page."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Query, UploadFile
from starlette.responses import HTMLResponse, Response

from onecity.core.errors import InputError
from onecity.core.words import Language
from onecity.programme.ledger.kinds import What
from onecity.report.ledger import (
    circle_summary,
    city_report,
    meeting_pack,
    one_page,
    template,
    written,
)
from onecity.report.ledger.pack import latest
from onecity.report.ledger.period import needed_from
from onecity.report.names import names_of
from onecity.strands.contract import Level
from onecity.web import answers
from onecity.web.ledger.asked import Day, Hand, Reader
from onecity.web.printed import printed
from onecity.web.problems import READING, WRITING, documented
from onecity.web.words import told

router = APIRouter(tags=["ledger"])

Kind = Literal["city", "summary", "pack", "page"]
Kept = Literal["html", "docx", "xlsx"]
Whose = Annotated[
    str | None,
    Query(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$",
        description="Of `city`: code of a city or a unit",
    ),
]
First = Annotated[Day | None, Query(description="Without it, the first of this month")]
Last = Annotated[
    Day | None, Query(description="Without it, today; of `pack`, the day of the meeting")
]
_PAGES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/html": {"schema": {"type": "string"}},
            answers.WORD: answers.BINARY,
            answers.MEDIA["xlsx"]: answers.BINARY,
        }
    },
    304: {"description": "The asker holds this answer already."},
}


@router.get(
    "/ledger/reports/{kind}",
    summary="A report 报告",
    response_class=HTMLResponse,
    responses={**READING, **documented(401, 403), **_PAGES},
)
def report(
    hand: Reader,
    kind: Kind,
    unit: Whose = None,
    first: First = None,
    last: Last = None,
    format: Kept = "html",  # noqa: A002
    language: Language = "zh",
) -> Response:
    """Return a report on a period; every sentence is made from what the ledger holds.

    `city` is what a city or unit reports (各市汇报), `summary` the office's for the whole circle,
    `pack` the papers of a meeting, `page` a summary on one page.
    """
    hand.tagged()
    with hand.desk.computing():
        made = _made(hand, kind, unit, first, last)
        content = written(made, format, language)
    if format == "html":
        return printed(content.decode())
    title = f"{made.title.text(language)} {hand.book.day.isoformat()}"
    if format == "docx":
        return answers.document(content, title)
    return answers.download(content, "xlsx", title)


@router.get(
    "/ledger/reports/{kind}/template",
    summary="Template of a report 报告模板",
    response_class=Response,
    responses={**READING, **documented(401, 403), 200: {"content": {answers.WORD: answers.BINARY}}},
)
def empty(_: Reader, kind: Kind, language: Language = "zh") -> Response:
    """Return the Word template of a report, for an office to make its own."""
    name = told("web_ledger.template_name")[language]
    return answers.document(template(kind, language), f"{name} {kind}")


@router.post(
    "/ledger/reports/{kind}/document",
    summary="A report by one's own template 按本单位模板生成报告",
    response_class=Response,
    responses={**WRITING, 200: {"content": {answers.WORD: answers.BINARY}}},
)
def by_template(
    hand: Reader,
    kind: Kind,
    file: Annotated[UploadFile, File(description="A template as edited in Word (.docx)")],
    unit: Whose = None,
    first: First = None,
    last: Last = None,
    language: Language = "zh",
) -> Response:
    """Return a report set by a template that somebody edited; what is wrong in it is named."""
    content = file.file.read()
    with hand.desk.computing():
        made = _made(hand, kind, unit, first, last)
        filled = written(made, "docx", language, template=content)
    return answers.document(filled, f"{made.title.text(language)} {hand.book.day.isoformat()}")


def _made(hand: Hand, kind: Kind, unit: str | None, first: date | None, last: date | None) -> Any:
    book, ledger = hand.book, hand.ledger
    end = last or book.day
    begin = first or end.replace(day=1)
    if kind == "pack":
        before = latest(ledger.meetings(), end)
        begin = min(begin, before.held_on) if before is not None else begin
    if begin > end:
        raise InputError("web_ledger.period", first=begin, last=end)
    events = ledger.events(needed_from(begin, end), end, (What.RETURNED,))
    region = hand.desk.region if hand.desk.has_region else None
    names = None if region is None else names_of(region)[Level.CITY]
    match kind:
        case "city":
            if unit is None:
                raise InputError("web_ledger.whose_report")
            return city_report(book, unit, begin, end, events=events, names=names)
        case "summary":
            return circle_summary(book, begin, end, events=events, names=names)
        case "pack":
            return meeting_pack(book, end, last=before, events=events)
        case "page":
            return one_page(book, begin, end, region=region, events=events)
