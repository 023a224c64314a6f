"""What answers of the hall share, and what they say of who asks.

What the catalogue calls something (an item, a document, a department) comes in both languages;
what people wrote stays as they wrote it.
"""

import json
import re
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from onecity.web.words import Words

Kind = Literal["city", "portal", "province"]
ApplicantKind = Literal["person", "firm"]
HallWay = Literal["online", "agent", "joint"]
CaseState = Literal[
    "submitted",
    "received",
    "supplement",
    "accepted",
    "suspended",
    "decided",
    "closed",
    "rejected",
    "withdrawn",
    "handed_over",
]
EvidenceState = Literal["found", "waiting", "absent", "agreed", "refused", "other", "unproven"]

LONGEST_WORDS = 2_000
"""Characters of what somebody says with an action."""
_LONGEST_CODE = 64
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _whole(value: object) -> object:
    """Return a number that JSON counts as whole (1.0) as such; all else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _day(value: object) -> date | None:
    """Return a day that is written as one; None, which is no day, for a number of seconds."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    return None


def _is_plain(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse what JSON can hold on the way in and not on the way out: NaN, halves of letters."""
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


Fields = Annotated[dict[str, Any], AfterValidator(_is_plain)]
"""The values of a form, as its schema has them."""
HallCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=_LONGEST_CODE,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z._:/-]*$",
        examples=["420100"],
    ),
]
Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
"""A whole number, also where it is written as 1.0; no text and no truth value is one."""
Day = Annotated[date, BeforeValidator(_day)]
Ulid = Annotated[str, Field(pattern="^[0-9A-HJKMNP-TV-Z]{26}$")]
Said = Annotated[str, Field(max_length=LONGEST_WORDS)]
Several = Annotated[list[HallCode], Field(max_length=50)]


class HallGiven(BaseModel):
    """What somebody sends: nothing besides what is named."""

    model_config = ConfigDict(extra="forbid")


class HallRef(BaseModel):
    """名称与代码: a thing of the catalogue, or a node, by its code and its name."""

    code: str
    title: Words


class HallCity(BaseModel):
    """城市: a city by its code."""

    code: str
    name: Words


# --- Who asks ------------------------------------------------------------------------------------


class HallNode(BaseModel):
    """节点: the node that answers."""

    code: str
    title: Words
    kind: Kind
    cities: list[HallCity] = Field(description="Those it answers for")


class HallCounts(BaseModel):
    """待办计数: how much waits, and how much of it is short of time or late."""

    todo: int
    due_soon: int
    late: int


class HallMe(BaseModel):
    """通办首页: the node, who asks, what they may do, and what waits for them."""

    node: HallNode
    marked: Words | None = Field(description="What every page must carry: invented data say so")
    cities: list[HallCity] = Field(description="All of the catalogue")
    who: str | None
    title: str = Field(description="Name to show; empty for a guest")
    kind: Literal["guest", "resident", "staff"]
    unit: HallRef | None = Field(description="Department whose tasks they handle")
    city: str | None
    permissions: list[str]
    now: datetime
    today: date = Field(description="In China")
    registers: bool = Field(description="Whether people may make accounts for themselves")
    counts: HallCounts | None = Field(description="null: nothing can wait for them")


class HallRegistering(HallGiven):
    """注册: an account that somebody makes for themselves."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    title: Annotated[str, Field(max_length=100)] = ""


class HallRegistered(BaseModel):
    """注册结果: the account that was made; log in with it."""

    name: str


class ProfileGiven(HallGiven):
    """申请人信息: who somebody is, asked once; a person's or a firm's."""

    kind: ApplicantKind
    name: Annotated[str, Field(min_length=1, max_length=100)]
    id_number: Annotated[str, Field(max_length=18)] = Field(
        "", description="A person's: 18 places, the last one checked 身份证号"
    )
    credit_code: Annotated[str, Field(max_length=18)] = Field(
        "", description="A firm's 统一社会信用代码"
    )
    phone: Annotated[str, Field(max_length=20)] = ""
    address: Annotated[str, Field(max_length=200)] = ""
    seen: Annotated[Whole, Field(ge=0, le=2_000_000_000)] | None = None


class HallProfile(BaseModel):
    """申请人信息: as it was given; null where nothing was given yet."""

    kind: ApplicantKind | None
    name: str
    id_number: str
    credit_code: str
    phone: str
    address: str
    seen: int
    verified: datetime | None = Field(
        description="When somebody checked it with papers; evidence is fetched from then on"
    )
