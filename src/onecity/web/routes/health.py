"""Whether the service answers."""

from fastapi import APIRouter
from pydantic import BaseModel

from onecity import __version__
from onecity.web.problems import READING

router = APIRouter(tags=["service"], responses=READING)


class Health(BaseModel):
    """服务状态: that the service answers, and which version."""

    status: str
    version: str


@router.get("/health", summary="Whether the service answers 服务是否正常")
def health() -> Health:
    """Answer at once, whatever else is going on."""
    return Health(status="ok", version=__version__)
