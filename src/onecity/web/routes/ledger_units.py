"""Units of the ledger: the register, a unit's page, and how units do."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from onecity.core.errors import InputError
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.checks import field
from onecity.programme.ledger.figures import FEWEST, UnitFigures
from onecity.programme.ledger.kinds import Level
from onecity.programme.ledger.model import Unit
from onecity.programme.ledger.query import Part, Query
from onecity.programme.ledger.records import record
from onecity.programme.ledger.rules import Mark
from onecity.web import answers
from onecity.web.ledger.asked import Hand, Reader, Registrar
from onecity.web.ledger.overview_shapes import UnitAnswer, UnitFiguresList, UnitList, UnitPage
from onecity.web.ledger.places import city_names
from onecity.web.ledger.rows import row, unit_ref
from onecity.web.ledger.shapes import Code
from onecity.web.problems import READING, WRITING, documented
from onecity.web.routes import BASE
from onecity.web.words import words

router = APIRouter(tags=["ledger"])
_READ = READING | documented(401, 403)
LISTED = 50
"""Items in each list of a unit's page."""
NEXT_DAYS = 30
"""Days ahead that count as next."""
CHANGED = 20
"""Items changed last, of which a unit's page tells what happened."""

UnitCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]


class UnitGiven(BaseModel):
    """单位: a unit as it is registered; its code names it for good."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    name_en: str | None = Field(None, min_length=1, max_length=200)
    level: Level
    city: Code | None = None
    parent: Code | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class NewUnit(UnitGiven):
    """新单位: a unit with its code."""

    code: Code


class Replacement(BaseModel):
    """更名、合并、拆分: units that end, and those that take over from a day on."""

    model_config = ConfigDict(extra="forbid")

    codes: list[Code] = Field(min_length=1, max_length=100)
    by: list[Code] = Field(min_length=1, max_length=100, description="Units that are registered")
    on: date


@router.get("/ledger/units", summary="Register of units 单位名录", responses=_READ)
def units(hand: Reader) -> UnitList:
    """Return every unit, those too that were renamed or merged."""
    return UnitList.model_validate({"items": [record(one) for one in hand.book.register]})


@router.post(
    "/ledger/units",
    status_code=201,
    summary="Register a unit 登记单位",
    responses=WRITING,
    response_model=UnitAnswer,
)
def add_unit(hand: Registrar, given: NewUnit) -> Response:
    """Register a unit under a code that none has had."""
    if given.code in hand.ledger.register.units:
        raise InputError("ledger.twice", field=field("code"), given=given.code)
    made = hand.ledger.set_unit(Unit.made(**given.model_dump()), **hand.by)
    headers = {"Location": f"{BASE}/ledger/units/{made.code}/page"}
    return answers.Json(record(made), status_code=201, headers=headers)


@router.put("/ledger/units/{code}", summary="Change a unit 修改单位", responses=WRITING)
def set_unit(hand: Registrar, code: UnitCode, given: UnitGiven) -> UnitAnswer:
    """Change what is registered of a unit; who took over from it stays."""
    known = hand.ledger.register.unit(code)
    unit = Unit.made(code=code, replaced_by=known.replaced_by, **given.model_dump())
    return UnitAnswer.model_validate(record(hand.ledger.set_unit(unit, **hand.by)))


@router.post(
    "/ledger/units/replacements",
    summary="Units renamed, merged or split 更名合并",
    responses=WRITING,
)
def replace_units(hand: Registrar, given: Replacement) -> UnitList:
    """Let units end and others take over; old items keep their unit and show both names."""
    known = hand.ledger.register
    after = [known.unit(code) for code in given.by]
    hand.ledger.replace_units(given.codes, after, given.on, **hand.by)
    return UnitList.model_validate({"items": [record(one) for one in hand.ledger.register]})


@router.get(
    "/ledger/units/{code}/page",
    summary="A unit's page 单位主页",
    responses=_READ,
    response_model=UnitPage,
)
def page(hand: Reader, code: UnitCode) -> Response:
    """Return what a unit has to do, what is late, what is next, and how it does."""
    book = hand.book
    unit = book.register.unit(code)
    own = Query(units=book.register.answers_for(code, book.day), sort=("due",), limit=LISTED)
    ahead = book.day + timedelta(NEXT_DAYS)
    figures = next((one for one in book.figures("now") if one.unit == code), None)

    def rows(query: Query) -> list[dict[str, Any]]:
        return [row(book, one) for one in book.find(query).rows]

    late = replace(own, part=Part.RESPONSIBLE, marks=frozenset({Mark.OVERDUE}))
    return answers.Json(
        {
            "unit": record(unit),
            "shown": words(book.register.shown(code, book.day)),
            "figures": None if figures is None else _told(figures, unit_ref(book, code)),
            "open": rows(replace(own, open=True)),
            "late": rows(late),
            "next": rows(replace(own, open=True, due_from=book.day, due_to=ahead)),
            "history": _recent(hand, own),
        }
    )


@router.get("/ledger/figures/units", summary="How units do 各单位办理情况", responses=_READ)
def figures(hand: Reader, group: Literal["unit", "now", "city"] = "now") -> UnitFiguresList:
    """Return figures of every unit or city, with the counts behind them.

    `now` counts a unit that was renamed or merged under the one that took over.
    """
    book = hand.book
    names = city_names(hand.desk, book) if group == "city" else {}
    return UnitFiguresList.model_validate(
        {
            "items": [
                _told(one, _named(book, one.unit, group, names)) for one in book.figures(group)
            ],
            "today": book.day,
            "fewest": FEWEST,
        }
    )


def _named(
    book: Book, code: str, group: str, names: dict[str, dict[str, str]]
) -> dict[str, Any] | None:
    if not code:
        return None
    if group == "city":
        return {"code": code, "name": names.get(code, {"zh": code, "en": code})}
    return unit_ref(book, code)


def _told(one: UnitFigures, unit: dict[str, Any] | None) -> dict[str, Any]:
    """Return the figures of a unit; shares only where there are enough."""
    told: dict[str, Any] = asdict(one) | {"unit": unit}
    for name in ("on_time", "returned", "extended"):
        told[name]["share"] = getattr(one, name).share
    return told


def _recent(hand: Hand, own: Query) -> list[dict[str, Any]]:
    """Return what happened lately to a unit's items, the last first."""
    items = hand.book.find(replace(own, sort=("-changed",), limit=CHANGED)).rows
    every = [one for item in items for one in hand.ledger.history(item.id)]
    every.sort(key=lambda one: one.at, reverse=True)
    return [record(one) for one in every[:LISTED]]
