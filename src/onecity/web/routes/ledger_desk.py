"""What somebody sees first: who they are in the ledger, what waits for them, and its words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from onecity.core.words import chapter
from onecity.programme.ledger.kinds import Gate, Kind, Level, State, Strand, What
from onecity.programme.ledger.query import Part, Query
from onecity.programme.ledger.rules import Mark, Thresholds
from onecity.programme.ledger.way import MANAGE, WORK, Move
from onecity.web.ledger.asked import Hand, Reader, Setter
from onecity.web.ledger.places import city_names
from onecity.web.ledger.rows import unit_ref
from onecity.web.ledger.shapes import UnitRef
from onecity.web.problems import READING, WRITING, documented
from onecity.web.words import Spoken, Words, told, words

router = APIRouter(tags=["ledger"])
_READ = READING | documented(401, 403)
_HELPED = "help_"


class Tallies(BaseModel):
    """待办计数: what waits for the asker's units; for an office, in all it manages."""

    mine_open: int
    due_soon: int
    overdue: int
    to_sign: int = Field(description="Given out to their units, and not signed for")
    to_judge: int = Field(description="Reported, and theirs to accept or return")
    unread: int = Field(description="In the inbox")


class ThresholdsAnswer(BaseModel):
    """判断标准: when a rule speaks; working days, but `behind` is points of progress."""

    model_config = ConfigDict(extra="forbid")

    due_soon: int = Field(ge=0, le=250, strict=True)
    behind: float = Field(ge=0, le=100, allow_inf_nan=False, strict=True)
    silent: int = Field(ge=0, le=250, strict=True)
    unsigned: int = Field(ge=0, le=250, strict=True)
    again: int = Field(ge=0, le=250, strict=True)
    escalate: int = Field(ge=0, le=250, strict=True)
    review: int = Field(ge=0, le=250, strict=True)


class SettingsAnswer(BaseModel):
    """台账设置: what the ledger is called, how its numbers begin, when its rules speak."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=60, description="Empty: the usual name")
    prefix: str = Field(pattern="^[A-Z][A-Z0-9]{0,7}$", examples=["WH"])
    example: StrictBool = Field(description="What it holds is invented")
    thresholds: ThresholdsAnswer


class Me(BaseModel):
    """我的台账: who asks, what they may do, and what waits for them."""

    who: str
    title: str
    unit: UnitRef | None
    city: str | None
    permissions: list[str]
    today: date = Field(description="Of the service, in China")
    working: bool = Field(description="Whether today is a working day")
    counts: Tallies
    settings: SettingsAnswer


class Choice(BaseModel):
    """选项: a value of an enumeration with its word."""

    value: str
    label: Words


class FieldWords(BaseModel):
    """字段说明: what a field is called, and what to write there."""

    name: str
    label: Words
    help: Words | None


class LedgerWords(BaseModel):
    """台账用语: every enumeration with its words, and the fields of a form."""

    kinds: list[Choice]
    strands: list[Choice]
    levels: list[Choice]
    states: list[Choice]
    marks: list[Choice]
    gates: list[Choice]
    moves: list[Choice]
    whats: list[Choice]
    parts: list[Choice]
    cities: list[Choice]
    fields: list[FieldWords]


@router.get("/ledger/me", summary="What waits for me 我的台账", responses=_READ)
def me(hand: Reader) -> Me:
    """Return who asks, what they may do, and how much waits for them."""
    actor, book = hand.asker.actor, hand.book
    return Me.model_validate(
        {
            "who": actor.name,
            "title": actor.title_zh or actor.name,
            "unit": unit_ref(book, actor.unit),
            "city": actor.city,
            "permissions": sorted(hand.desk.rules.permissions_of(actor)),
            "today": book.day,
            "working": book.calendar.is_working(book.day),
            "counts": _tallies(hand),
            "settings": _settings(hand),
        }
    )


@router.get("/ledger/words", summary="Words of the ledger 台账用语", responses=_READ)
def ledger_words(hand: Reader) -> LedgerWords:
    """Return every enumeration with its words in both languages, for forms and filters."""
    return LedgerWords.model_validate(
        {
            "kinds": _choices(Kind),
            "strands": _choices(Strand),
            "levels": _choices(Level),
            "states": _choices(State),
            "marks": _choices(Mark),
            "gates": _choices(Gate),
            "moves": _choices(Move),
            "whats": _choices(What),
            "parts": _choices(Part),
            "cities": _cities(hand),
            "fields": [_field(name) for name in _names()],
        }
    )


@router.put("/ledger/settings", summary="Set the ledger up 台账设置", responses=WRITING)
def set_up(hand: Setter, given: SettingsAnswer) -> SettingsAnswer:
    """Change what the ledger is called, how numbers begin, and when its rules speak."""
    now = hand.ledger.settings
    rules = Thresholds(**given.thresholds.model_dump())
    wanted = replace(
        now, title=given.title, prefix=given.prefix, example=given.example, thresholds=rules
    )
    hand.ledger.set_settings(wanted, **hand.by)
    return SettingsAnswer.model_validate(_settings(hand))


def _tallies(hand: Hand) -> dict[str, int]:
    """Return how much waits for somebody: a handful of counts over the columns of the book."""
    actor, book, rules = hand.asker.actor, hand.book, hand.desk.rules
    by = hand.ledger.by_of(actor, None)
    cities = rules.cities(actor, MANAGE)
    managed = Query() if cities is None else Query(cities=cities)
    judges = cities is None or bool(cities)
    own = managed if judges else Query(mine=by) if by.units else None

    def count(query: Query | None, **more: Any) -> int:
        return 0 if query is None else book.find(replace(query, limit=0, **more)).total

    signs = bool(by.units) and rules.cities(actor, WORK) != frozenset()
    to_sign = Query(units=by.units, part=Part.RESPONSIBLE) if signs else None
    return {
        "mine_open": count(own, open=True),
        "due_soon": count(own, marks=frozenset({Mark.DUE_SOON})),
        "overdue": count(own, marks=frozenset({Mark.OVERDUE})),
        "to_sign": count(to_sign, states=frozenset({State.ASSIGNED})),
        "to_judge": count(managed if judges else None, states=frozenset({State.REPORTED})),
        "unread": hand.ledger.unread(actor),
    }


def _settings(hand: Hand) -> dict[str, Any]:
    now = hand.ledger.settings
    return {
        "title": now.title,
        "prefix": now.prefix,
        "example": now.example,
        "thresholds": {
            name: getattr(now.thresholds, name) for name in ThresholdsAnswer.model_fields
        },
    }


def _choices(kind: Iterable[Spoken]) -> list[dict[str, Any]]:
    return [{"value": str(one), "label": words(one)} for one in kind]


def _cities(hand: Hand) -> list[dict[str, Any]]:
    """Return the cities of the region and of the register with their names."""
    names = city_names(hand.desk, hand.book)
    return [{"value": code, "label": names[code]} for code in sorted(names)]


def _names() -> list[str]:
    """Return the names of all fields that have words."""
    return [name.removeprefix("field_") for name in chapter("ledger") if name.startswith("field_")]


def _field(name: str) -> dict[str, Any]:
    helped = f"{_HELPED}{name}" in chapter("web_ledger")
    return {
        "name": name,
        "label": told(f"ledger.field_{name}"),
        "help": told(f"web_ledger.help_{name}") if helped else None,
    }
