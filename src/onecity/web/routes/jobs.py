"""Long computations that answer later."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from onecity.core.errors import OneCityError
from onecity.web.asking import TheDesk
from onecity.web.jobs import Job, Status
from onecity.web.problems import READING
from onecity.web.words import Words, told, words

router = APIRouter(tags=["jobs"], responses=READING)


class JobAnswer(BaseModel):
    """后台任务: a long computation as it stands."""

    id: str
    kind: str = Field(examples=["proposals"])
    status: Status
    stage: Words | None = Field(description="What it does now")
    done: int
    of: int | None = Field(description="Steps of this stage; null where nobody knows")
    result: str | None = Field(description="Where its result will be, under /api/v1")
    problem: Words | None = Field(description="Why it failed")


@router.get("/jobs/{job}", summary="A long computation as it stands 后台任务进度")
def job(desk: TheDesk, job: Annotated[str, Path(max_length=64)]) -> JobAnswer:
    """Return how far a job is. Ask again every second or so until it is done or failed."""
    return answer(desk.jobs.get(job))


def answer(job: Job) -> JobAnswer:
    """Return a job in the words of its readers."""
    return JobAnswer(
        id=job.id,
        kind=job.kind,
        status=job.status,
        stage=None if job.stage is None else Words(**told(job.stage)),
        done=job.done,
        of=job.of,
        result=job.result,
        problem=None if job.error is None else Words(**_why(job.error)),
    )


def _why(error: Exception) -> dict[str, Any]:
    return words(error) if isinstance(error, OneCityError) else told("web.internal")
