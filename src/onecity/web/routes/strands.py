"""The strands: the five ways cities grow together."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from onecity.strands import strands
from onecity.web.asking import TheRegion
from onecity.web.desk import Desk
from onecity.web.problems import READING
from onecity.web.words import Words, told, words

router = APIRouter(tags=["region"], responses=READING)
WARM = 2


class Need(BaseModel):
    """所需数据表: a table that a strand reads."""

    table: str = Field(examples=["local_links"])
    optional: bool
    without: Words | None = Field(description="What it does where the region lacks the table")
    there: bool


class StrandAnswer(BaseModel):
    """五同之一: a way cities grow together."""

    key: str = Field(examples=["transport"])
    name: Words
    needs: list[Need]


@router.get("/strands", summary="The strands 五同")
def all_strands(state: TheRegion) -> list[StrandAnswer]:
    """Return every strand and the tables it reads, there or not."""
    return [
        StrandAnswer(
            key=key,
            name=Words(**told(f"strands.name_{key}")),
            needs=[
                Need(
                    table=one.table,
                    optional=one.optional,
                    without=Words(**words(one.without)) if one.without else None,
                    there=state.region.has(one.table),
                )
                for one in strand.needs
            ],
        )
        for key, strand in strands().items()
    ]


def warm(desk: Desk) -> None:
    """Measure, or find what was measured before, and draw up the layers."""
    for key in strands():
        desk.state.layers(key)
