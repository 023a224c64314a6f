"""The desk: tasks by deadline, cases, one case with all that may be done to it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from onecity.core.working_days import EARLIEST, LATEST
from onecity.hall.cases import State
from onecity.hall.cases.clock import Light as Lights
from onecity.web import answers
from onecity.web.hall import given as given_as
from onecity.web.hall.asked import READ, WRITE, CaseId, Clerk, Code, HallHand, Looker, Size
from onecity.web.hall.desk_shapes import (
    ActionGiven,
    CaseRows,
    DeskCase,
    Light,
    PersonSought,
    TaskRows,
)
from onecity.web.hall.desk_told import CaseTold, case_row, task_row
from onecity.web.hall.own_told import Names
from onecity.web.hall.shapes import CaseState
from onecity.web.routes.hall_apply import kept

if TYPE_CHECKING:
    from onecity.hall.node.viewing import CaseView

router = APIRouter(tags=["hall"])
MOST = 10_000
"""How far lists go: whoever looks further narrows what they look for."""
Page = Annotated[int, Query(ge=1, le=MOST, description="From 1; lists go as far as 10,000 rows")]
Day = Annotated[date, Query(ge=EARLIEST, le=LATEST)]
Typed = Annotated[
    str,
    Query(
        max_length=100,
        description="Beginning of a case's number, or a part of a title; no identity number",
    ),
]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": answers.BINARY}}
}
FileId = Annotated[str, Path(pattern="^[0-9A-HJKMNP-TV-Z]{26}$")]


@router.get("/hall/desk/tasks", summary="Tasks by deadline 待办", responses=READ)
def tasks(
    hand: Clerk,
    unit: Code = "",
    mine: Annotated[Literal["", "true"], Query(description="`true`: those I have taken")] = "",
    light: Light | None = None,
    text: Typed = "",
    item: Code = "",
    page: Page = 1,
    size: Size = 20,
) -> TaskRows:
    """Return open tasks of the asker's department, the first due first; nothing personal."""
    query = given_as.tasks(
        unit=unit or None,
        mine=bool(mine),
        light=None if light is None else Lights(light),
        text=text,
        item=item or None,
        page=page,
        size=size,
    )
    found = hand.node.handling.tasks(query, by=hand.asker.actor)
    counts, names, who = found.counts, Names(hand.node), hand.asker.actor.name
    return TaskRows.model_validate(
        {
            "rows": [
                task_row(one, hand.offer, hand.node.calendar, hand.now)
                | names.claim(who, one.claimed_by)
                for one in found.rows
            ],
            "total": found.total,
            "counts": {"todo": counts.todo, "due_soon": counts.due_soon, "late": counts.late},
        }
    )


@router.get("/hall/desk/cases", summary="Cases 办件", responses=READ)
def cases(  # noqa: PLR0913, PLR0917  (one for each filter of an address)
    hand: Looker,
    unit: Code = "",
    state: CaseState | None = None,
    city: Annotated[Code, Query(description="Of the applicant")] = "",
    item: Code = "",
    number: Typed = "",
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
    page: Page = 1,
    size: Size = 20,
) -> CaseRows:
    """Return cases of the asker's departments, the newest first; nothing personal."""
    query = given_as.cases(
        unit=unit or None,
        state=None if state is None else State(state),
        from_city=city or None,
        item=item or None,
        number=number,
        since=since,
        until=until,
        page=page,
        size=size,
    )
    found = hand.node.handling.cases(query, by=hand.asker.actor)
    rows = [case_row(one, hand.offer) for one in found.rows]
    return CaseRows.model_validate({"rows": rows, "total": found.total})


@router.post("/hall/desk/search", summary="Somebody's cases 按证件号码查找", responses=WRITE)
def search(hand: Looker, given: PersonSought) -> CaseRows:
    """Return cases of one person or firm that the asker may look at, the newest first.

    Each of them counts as looked at: that is recorded, and shown to its applicant.
    """
    found = given_as.of_person(hand.node, given, **hand.by)
    rows = [case_row(one, hand.offer) for one in found.rows]
    return CaseRows.model_validate({"rows": rows, "total": found.total})


@router.get("/hall/desk/cases/{id}", summary="One case 办件详情", responses=READ)
def case(
    hand: Looker,
    id: CaseId,  # noqa: A002
    reason: Annotated[str, Query(max_length=200, description="Why; its owner sees it")] = "",
) -> DeskCase:
    """Return all of a case. That the asker looked is recorded, and shown to the applicant."""
    found = hand.node.handling.case(
        id, by=hand.asker.actor, address=hand.asker.address, reason=reason
    )
    return _whole(hand, found)


@router.post("/hall/desk/cases/{id}/do", summary="Do something with a case 办理", responses=WRITE)
def act(hand: Clerk, id: CaseId, given: ActionGiven) -> DeskCase:  # noqa: A002
    """Do what `can` of the case offers; 412 if somebody was faster, who is named."""
    said = given.model_dump(
        include={"outcome", "words", "units", "documents", "until", "reason", "to", "days"}
    )
    found = hand.node.handling.do(
        id,
        given.action,
        by=hand.asker.actor,
        address=hand.asker.address,
        seen=given.seen,
        task=given.task,
        **said,
    )
    return _whole(hand, found)


@router.get(
    "/hall/desk/cases/{id}/files/{file}",
    summary="A file of a case 下载材料",
    response_class=Response,
    responses={**READ, **_FILE},
)
def file_of(hand: Looker, id: CaseId, file: FileId) -> Response:  # noqa: A002
    """Return a file of a case, to be kept; that is a look at it too."""
    name, _, content = hand.node.handling.file(
        id, file, by=hand.asker.actor, address=hand.asker.address
    )
    return kept(name, content)


def _whole(hand: HallHand, found: "CaseView") -> DeskCase:
    told = CaseTold(hand.node, hand.offer, hand.asker.actor.name)
    return DeskCase.model_validate(told.whole(found))
