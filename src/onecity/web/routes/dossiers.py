"""Dossiers and the report: pages that print, and Word documents."""

from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Language
from onecity.region.check import check
from onecity.report.document import write_document
from onecity.report.dossier import Dossier, page_of
from onecity.report.dossier_document import write_dossier
from onecity.report.dossiers import border_dossier, proposal_dossier
from onecity.report.page import render
from onecity.report.unit_dossier import unit_dossier
from onecity.strands import strands
from onecity.strands.contract import Level, Proposal
from onecity.web import answers
from onecity.web.asking import PlainState, TheDesk, tagged
from onecity.web.desk import Desk
from onecity.web.printed import printed
from onecity.web.problems import READING
from onecity.web.proposed import found_before, numbered, proposals_of
from onecity.web.state import State
from onecity.web.words import told, words

router = APIRouter(tags=["dossiers"], responses=READING)

Kind = Literal["border", "county", "city", "group", "link"]
Tongue = Annotated[Language, Query(alias="lang", description="Language of the document 文档语言")]
PAGES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/html": {"schema": {"type": "string"}}, answers.WORD: answers.BINARY},
    },
    202: {
        "description": "Proposals are looked for first; a job does it.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Begun"}}},
    },
}


@router.get(
    "/dossiers/{kind}/{code}",
    summary="One page on one thing 专题单页",
    response_class=HTMLResponse,
    responses=PAGES,
)
def dossier(
    kind: Kind,
    code: Annotated[str, Path(max_length=40, examples=["420700-420800"])],
    request: Request,
    state: PlainState,
    desk: TheDesk,
    lang: Tongue = "zh",
    format: Literal["html", "docx"] = "html",  # noqa: A002
) -> Response:
    """Return the page on a border (``a-b``), a link (its number), a county, a city or a group."""
    if kind == "link" and found_before(state) is None:
        return _later(desk, state)
    # What would help a unit is shown once it is known.
    tagged(request, state.version, state.hash, found_before(state) is not None)
    key = ("dossiers", kind, code, found_before(state) is not None)
    made = state.once(key, lambda: _made(state, kind, code))
    if format == "html":
        return printed(page_of(state.region, made))
    with TemporaryDirectory() as folder:
        file = File(folder) / "dossier.docx"
        write_dossier(file, state.region, made, lang)
        return answers.document(file.read_bytes(), f"{told('report.dossier')[lang]} {code}")


@router.get(
    "/report", summary="The whole report 报告", response_class=HTMLResponse, responses=PAGES
)
def report(
    request: Request,
    state: PlainState,
    desk: TheDesk,
    lang: Tongue = "zh",
    format: Literal["html", "docx"] = "html",  # noqa: A002
) -> Response:
    """Return the report of every strand, as `onecity report` writes it."""
    found = found_before(state)
    if found is None:
        return _later(desk, state)
    tagged(request, state.version, state.hash)
    region, findings = state.region, state.all_findings()
    layers = {key: state.layers(key) for key in findings}
    proposals = {key: [one for one in found if _strand(one) == key] for key in findings}
    with desk.computing():
        if format == "html":
            page = state.once(
                ("dossiers", "report"),
                lambda: render(region, findings, layers, check(region), proposals=proposals),
            )
            return printed(page)
        with TemporaryDirectory() as folder:
            file = File(folder) / "whole.docx"
            write_document(file, region, findings, layers, lang, proposals=proposals)
            name = f"{words(region.manifest)[lang]} {told('report.title')[lang]}"
            return answers.document(file.read_bytes(), name)


def _later(desk: Desk, state: State) -> Response:
    """Begin to look for proposals, and say so."""

    def work(progress: Any) -> None:
        proposals_of(state, progress)

    job = desk.jobs.start("proposals", state.hash, result="/proposals", work=work)
    return answers.Json({"job": job.id}, status_code=202, headers={"Cache-Control": "no-store"})


def _strand(one: Proposal) -> str:
    return one.indicator.key.partition(".")[0]


def _made(state: State, kind: Kind, code: str) -> Dossier:
    match kind:
        case "border":
            return _border(state, code)
        case "link":
            if not code.isdecimal():
                raise InputError("web_analysis.no_number", given=code)
            return proposal_dossier(state.region, numbered(proposals_of(state), int(code)))
        case _:
            found = found_before(state) or ()
            several = state.all_findings().values()
            return unit_dossier(state.region, several, Level(kind), code, found)


def _border(state: State, code: str) -> Dossier:
    """Return the dossier on a border by the first strand that knows it."""
    first, _, second = code.partition("-")
    codes = (first, second)
    for key in strands():
        findings = state.findings(key)
        if any(one.codes == tuple(sorted(codes)) for one in findings.borders):
            return border_dossier(state.region, findings, state.layers(key), codes)
    raise MissingError("web_analysis.no_border", given=code)
