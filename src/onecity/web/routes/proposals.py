"""What strands propose: found by a job, since every candidate is looked at."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from onecity.web import answers
from onecity.web.asking import TheDesk, TheState
from onecity.web.indicators import Indicator
from onecity.web.problems import READING
from onecity.web.proposed import found_before, proposal_told, proposals_of
from onecity.web.words import Words

router = APIRouter(tags=["analysis"], responses=READING)

Range = tuple[float, float]


class StabilityAnswer(BaseModel):
    """稳定性: how a proposal fares when what is assumed is drawn anew."""

    draws: int
    top: int
    among: int
    share: float | None = Field(description="Of the draws, those it is among the top in; 0 to 1")
    rank: tuple[int, int]
    benefit: Range


class ProposalAnswer(BaseModel):
    """建议举措: an intervention worth looking at. Never a finding."""

    number: int = Field(description="Names it among all proposals of this state")
    strand: str
    strand_name: Words
    rank: int
    kind: Words
    title: Words
    line: dict[str, Any] | None = Field(description="GeoJSON, straight from end to end")
    indicator: Indicator
    grade: str
    benefit: float
    order: int | None
    added: float | None
    cumulative: float | None
    gains: dict[str, float] = Field(description="Benefit by city")
    gains_by_county: dict[str, float]
    payers: dict[str, float] = Field(description="Share of its length by city")
    cost_million_cny: Range | None
    gain_per_million_cny: Range | None
    stability: StabilityAnswer | None
    remarks: list[Words]
    assumptions: Words
    record: dict[str, Any] = Field(description="The intervention, for POST /what-ifs")


class ProposalList(BaseModel):
    """建议举措列表: proposals, the best of each strand first."""

    items: list[ProposalAnswer]


class Begun(BaseModel):
    """已开始计算: ask GET /jobs/{job} how far it is."""

    job: str


@router.get(
    "/proposals",
    summary="What could be built or opened next 建议举措",
    response_model=ProposalList,
    responses={202: {"model": Begun, "description": "Not known yet; a job looks for them."}},
)
def all_proposals(state: TheState, desk: TheDesk) -> Response:
    """Return the proposals, or 202 and the job that is finding them (a minute or so)."""
    found = found_before(state)
    if found is None:

        def work(progress: Any) -> None:
            proposals_of(state, progress)

        job = desk.jobs.start("proposals", state.hash, result="/proposals", work=work)
        return answers.Json({"job": job.id}, status_code=202, headers={"Cache-Control": "no-store"})
    return answers.Json(
        {"items": [proposal_told(one, number) for number, one in enumerate(found, 1)]}
    )
