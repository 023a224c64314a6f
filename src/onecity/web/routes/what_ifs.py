"""What-ifs: what some interventions would change, answered at once and never kept."""

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from onecity.web import answers
from onecity.web.asking import Analyst, TheDesk
from onecity.web.compared import ComparisonAnswer, compared
from onecity.web.desk import Desk
from onecity.web.given import SeveralGiven, interventions_of
from onecity.web.problems import WRITING

router = APIRouter(tags=["analysis"], responses=WRITING)
WARM = 4


class Question(BaseModel):
    """设想: what would be done, in order."""

    model_config = ConfigDict(extra="forbid")

    interventions: SeveralGiven
    state: str | None = Field(
        None, max_length=64, description="Scenario whose interventions come first 先行情景"
    )
    quick: bool = Field(
        default=False, description="Only what comes at once: times and circles, no borders"
    )


@router.post(
    "/what-ifs",
    summary="What some interventions would change 即画即算",
    response_model=ComparisonAnswer,
)
def what_if(
    *,
    question: Question,
    desk: TheDesk,
    asker: Analyst,  # noqa: ARG001  (asking it is the check)
    zones: Annotated[bool, Query(description="Whether changes of all zones come along")] = True,
) -> Response:
    """Compare the region as it is with the region after the interventions.

    The same `Region.apply` and the same figures as on the command line; nothing is saved.
    """
    started = perf_counter()
    state = desk.state
    done = interventions_of(question.interventions, state.roads)
    if question.state is not None:
        before = desk.shelf.get(question.state).applied(state.region)
        done = (*before.interventions, *done)
    with desk.computing():
        found = state.baseline.compare(done, quick=question.quick, progress=desk.deadline())
    seconds = perf_counter() - started
    return answers.Json(compared(found, state, seconds=seconds, zones=zones))


def warm(desk: Desk) -> None:
    """Make ready what the first what-if would wait for."""
    desk.state.baseline.ready()
