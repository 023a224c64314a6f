"""Scenarios: interventions that are kept, compared and passed on."""

from time import perf_counter
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, File, Header, Path, Query, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from onecity.core.errors import InputError
from onecity.programme.baseline import compare_many
from onecity.programme.comparison import Comparison
from onecity.programme.scenario import MAX_BYTES, Scenario
from onecity.programme.shelf import version
from onecity.programme.tables import side_by_side
from onecity.web import answers
from onecity.web.asking import Planner, TheDesk, TheState, tagged
from onecity.web.compared import ComparisonAnswer, Done, compared, done_told
from onecity.web.desk import Desk
from onecity.web.given import SeveralGiven, interventions_of
from onecity.web.problems import READING, WRITING, RefusalError, documented
from onecity.web.routes import BASE
from onecity.web.words import Words, told, words

router = APIRouter(tags=["scenarios"])

MOST_COMPARED = 12

Key = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
Seen = Annotated[
    str | None,
    Header(alias="If-Match", max_length=80, description="ETag of the version that was seen"),
]


class Draft(BaseModel):
    """情景内容: a scenario as somebody writes it."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=10_000)
    interventions: SeveralGiven


class Kept(BaseModel):
    """情景: a scenario that is kept."""

    key: str
    title: str
    note: str
    author: str
    created: str
    version: str = Field(description="ETag of this version, for If-Match")
    base: str = Field(description="Hash of the version of the region it was drawn on")
    current: bool = Field(description="Whether that is the version shown now")
    count: int = Field(description="How many interventions it has")


class KeptWhole(Kept):
    """情景全文: a scenario with what it does, or why it cannot be done here."""

    interventions: list[Done] | None
    remarks: list[Words]
    problem: Words | None = Field(
        description="Why it does not fit the version shown now; null if it does"
    )


class Damaged(BaseModel):
    """读不出的文件: a file that is no scenario."""

    name: str
    reason: Words


class Table(BaseModel):
    """情景对照表: a row for each scenario and figure, see `onecity.programme.tables`."""

    columns: list[str]
    rows: list[dict[str, str | float | None]]


class KeptList(BaseModel):
    """情景列表: all scenarios, the newest first."""

    items: list[Kept]
    damaged: list[Damaged]


@router.get("/scenarios", summary="All scenarios 情景列表", responses=READING)
def all_scenarios(desk: TheDesk) -> KeptList:
    """Return all scenarios, and what lies beside them that cannot be read."""
    found = desk.shelf.listing()
    return KeptList(
        items=[_kept(desk, one) for one in found.scenarios],
        damaged=[
            Damaged(name=name, reason=Words(**words(reason))) for name, reason in found.damaged
        ],
    )


@router.post("/scenarios", status_code=201, summary="Keep a scenario 保存情景", responses=WRITING)
def add(draft: Draft, desk: TheDesk, asker: Planner, response: Response) -> Kept:
    """Keep a new scenario, drawn on the region as it is now."""
    state = desk.state
    made = Scenario.drawn(
        state.region,
        interventions_of(draft.interventions, state.roads),
        title=draft.title,
        note=draft.note,
        author=asker.name,
    )
    return _added(desk, asker, made, response)


@router.post(
    "/scenarios/file",
    status_code=201,
    summary="Take a scenario's file in 导入情景文件",
    responses=WRITING,
)
def take_in(
    desk: TheDesk,
    asker: Planner,
    response: Response,
    file: Annotated[UploadFile, File(description="A file that GET /scenarios/{key}/file gave")],
) -> Kept:
    """Keep a scenario from a file, checked field by field; it gets a key of its own here."""
    found = Scenario.from_json(file.file.read(MAX_BYTES + 1), file.filename or "-")
    region = desk.state.region
    applied = found.applied(region)
    made = Scenario.drawn(
        region,
        applied.interventions,
        title=found.title,
        note=found.note,
        author=found.author or asker.name,
        created=found.created or None,
    )
    return _added(desk, asker, made, response)


@router.get(
    "/scenarios/table",
    summary="Scenarios side by side 情景对照表",
    responses=READING | answers.documented("csv", "xlsx"),
    response_model=Table,
)
def side_by_side_table(
    request: Request,
    desk: TheDesk,
    keys: Annotated[str, Query(max_length=1000, description="Keys 情景编号，逗号分隔")],
    format: Literal["json", "csv", "xlsx"] = "json",  # noqa: A002
) -> Response:
    """Return every figure of the region in each scenario beside that of today."""
    several = [one for one in dict.fromkeys(keys.split(",")) if one]
    if not 0 < len(several) <= MOST_COMPARED:
        raise InputError("web_analysis.keys", given=keys, most=MOST_COMPARED)
    state = desk.state
    scenarios = [desk.shelf.get(key) for key in several]
    seen = tuple(version(one) for one in scenarios)
    tagged(request, state.version, *seen)

    def make() -> pd.DataFrame:
        with desk.computing():
            return side_by_side(compare_many(state.baseline, scenarios, progress=desk.deadline()))

    frame = state.once(("scenarios", "table", *seen), make)
    if format != "json":
        return answers.table(frame, format, told("web_analysis.file_comparison")["zh"])
    return answers.Json({"columns": list(frame.columns), "rows": frame.to_dict("records")})


@router.get(
    "/scenarios/{key}",
    summary="One scenario 情景",
    responses=READING,
    response_model=KeptWhole,
)
def one_scenario(key: Key, desk: TheDesk, request: Request) -> Response:
    """Return a scenario and what it does on the version shown now."""
    scenario, state = desk.shelf.get(key), desk.state
    tagged(request, version(scenario), state.version)
    whole: dict[str, Any] = _kept(desk, scenario).model_dump()
    whole |= {"interventions": None, "remarks": [], "problem": None}
    try:
        applied = scenario.applied(state.region)
    except InputError as error:
        whole["problem"] = words(error)
    else:
        whole["interventions"] = done_told(state, applied.interventions)
        whole["remarks"] = [words(one) for one in applied.remarks]
    return answers.Json(whole)


@router.put(
    "/scenarios/{key}",
    summary="Change a scenario 修改情景",
    responses=WRITING | documented(412, 428),
)
def change(key: Key, draft: Draft, desk: TheDesk, asker: Planner, seen: Seen = None) -> Kept:
    """Change a scenario; `If-Match` says which version was seen, so that none is lost unseen."""
    before, state = desk.shelf.get(key), desk.state
    made = Scenario.drawn(
        state.region,
        interventions_of(draft.interventions, state.roads),
        title=draft.title,
        note=draft.note,
        author=before.author,
        created=before.created,
        key=key,
    )
    with desk.office.deed(
        asker.actor,
        "scenario.changed",
        "scenario",
        key,
        address=asker.address,
        before=_summary(before),
        after=_summary(made),
    ):
        desk.shelf.put(made, over=_matched(seen))
    return _kept(desk, made)


@router.delete(
    "/scenarios/{key}",
    status_code=204,
    summary="Throw a scenario away 删除情景",
    responses=WRITING | documented(412, 428),
)
def throw_away(key: Key, desk: TheDesk, asker: Planner, seen: Seen = None) -> None:
    """Throw a scenario away; `If-Match` says which version was seen."""
    before = desk.shelf.get(key)
    with desk.office.deed(
        asker.actor,
        "scenario.deleted",
        "scenario",
        key,
        address=asker.address,
        before=_summary(before),
    ):
        desk.shelf.delete(key, over=_matched(seen))


@router.get("/scenarios/{key}/file", summary="A scenario as a file 导出情景文件", responses=READING)
def file_of(key: Key, desk: TheDesk) -> Response:
    """Return the file; `onecity compare` and another service of this region read it."""
    scenario = desk.shelf.get(key)
    return answers.download(scenario.to_json().encode(), "json", scenario.title)


@router.get(
    "/scenarios/{key}/comparison",
    summary="What a scenario changes 情景与现状比较",
    responses=READING,
    response_model=ComparisonAnswer,
)
def comparison(
    *,
    key: Key,
    desk: TheDesk,
    state: TheState,
    zones: Annotated[bool, Query(description="Whether changes of all zones come along")] = True,
) -> Response:
    """Compare the region as it is with the scenario."""
    scenario = desk.shelf.get(key)
    started = perf_counter()

    def make() -> Comparison:
        with desk.computing():
            return state.baseline.compare(scenario, progress=desk.deadline())

    found = state.once(("scenarios", version(scenario)), make)
    seconds = perf_counter() - started
    return answers.Json(compared(found, state, seconds=seconds, zones=zones))


def _added(desk: Desk, asker: Planner, made: Scenario, response: Response) -> Kept:
    with desk.office.deed(
        asker.actor,
        "scenario.saved",
        "scenario",
        made.key,
        address=asker.address,
        after=_summary(made),
    ):
        desk.shelf.add(made)
    response.headers["Location"] = f"{BASE}/scenarios/{made.key}"
    return _kept(desk, made)


def _kept(desk: Desk, one: Scenario) -> Kept:
    return Kept(
        key=one.key,
        title=one.title,
        note=one.note,
        author=one.author,
        created=one.created,
        version=f'"{version(one)}"',
        base=one.base.hash,
        current=one.base.hash == desk.state.version,
        count=len(one.interventions),
    )


def _summary(one: Scenario) -> dict[str, object]:
    return {"title": one.title, "version": version(one), "count": len(one.interventions)}


def _matched(seen: str | None) -> str:
    """Return the version that was seen.

    Raises
    ------
    RefusalError
        If none is named: 428, lest a change of somebody else be lost.
    """
    if seen is None:
        raise RefusalError(428, "web_analysis.if_match")
    return seen.strip().removeprefix("W/").strip('"')
