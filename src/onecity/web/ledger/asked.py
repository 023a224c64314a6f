"""What a route of the ledger may ask for: who asks, the ledger and its book, which items."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from pydantic import Field

from onecity.core.working_days import EARLIEST, LATEST
from onecity.identity import Via
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.kinds import Gate, Kind, Level, State, Strand
from onecity.programme.ledger.query import SORTS, Part
from onecity.programme.ledger.query import Query as Wanted
from onecity.programme.ledger.rules import Mark
from onecity.programme.ledger.store import Ledger
from onecity.programme.ledger.store.rights import REMIND, SETTINGS, UNITS, VIEW
from onecity.programme.ledger.way import COMMENT, MANAGE, WORK
from onecity.web.asking import Anyone, Asker, TheDesk, tagged, unauthorised
from onecity.web.desk import Desk
from onecity.web.problems import RefusalError

MOST_ROWS = 500
"""Items on one page of an answer."""
LONGEST = 4_000
"""Characters that a filter may have."""

ItemId = Annotated[
    str, Path(pattern="^[0-9A-HJKMNP-TV-Z]{26}$", examples=["01JDQK5V7M8N9P0Q1R2S3T4V5W"])
]
Id = Annotated[str, Path(pattern="^[0-9A-Za-z_-]{1,64}$")]


@dataclass(frozen=True)
class Hand:
    """Somebody who may use the ledger, with the ledger; the book is that of one moment."""

    request: Request
    desk: Desk
    asker: Asker

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.desk.ledger

    @cached_property
    def book(self) -> Book:
        """The ledger as it is now; the same for the whole request."""
        return self.ledger.book()

    @property
    def by(self) -> dict[str, Any]:
        """Who acts, as every change takes it."""
        return {"by": self.asker.actor, "address": self.asker.address}

    def tagged(self, *parts: object) -> None:
        """Give the answer an ETag by the ledger's revision, the day and the region's version.

        `parts` are what it depends on besides: `who` where it depends on the asker.
        """
        book, region = self.book, self.region
        tagged(self.request, "ledger", book.revision, book.day, region, *parts)

    @property
    def region(self) -> str | None:
        """Hash of the region's version, for what is told by its names; None without a region."""
        return self.desk.current.hash if self.desk.has_region else None

    @property
    def who(self) -> tuple[object, ...]:
        """What answers depend on that are not the same for everybody."""
        actor = self.asker.actor
        return (actor.name, actor.unit, sorted(map(str, actor.grants)), actor.scopes)


def hand(*permissions: str) -> Callable[..., Hand]:
    """Return a dependency: who asks, if they may do one of some things somewhere.

    In which cities, and to which items, the ledger says.
    """

    def allowed(request: Request, desk: TheDesk, asker: Anyone) -> Hand:
        rules, actor = desk.rules, asker.actor
        if not any(rules.cities(actor, one) != frozenset() for one in permissions):
            if actor.via is Via.GUEST:
                raise unauthorised("web.login_first")
            rules.require(actor, permissions[0])
        return Hand(request, desk, asker)

    return allowed


Reader = Annotated[Hand, Depends(hand(VIEW))]
Doer = Annotated[Hand, Depends(hand(WORK, MANAGE, COMMENT))]
Worker = Annotated[Hand, Depends(hand(WORK, MANAGE))]
Manager = Annotated[Hand, Depends(hand(MANAGE))]
Registrar = Annotated[Hand, Depends(hand(UNITS))]
Reminder = Annotated[Hand, Depends(hand(REMIND))]
Setter = Annotated[Hand, Depends(hand(SETTINGS))]


def seen_version(
    seen: Annotated[
        str | None,
        Header(
            alias="If-Match",
            pattern='^(W/)?"?[0-9]{1,9}"?$',
            description='Version of the item that was seen, as `"3"`',
        ),
    ] = None,
) -> int:
    """Return the version that was seen.

    Raises
    ------
    RefusalError
        None is named: 428, lest a change of somebody else be lost.
    """
    if seen is None:
        raise RefusalError(428, "web_ledger.if_match")
    return int(seen.removeprefix("W/").strip('"'))


Seen = Annotated[int, Depends(seen_version)]

Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
"""A day that the ledger can hold."""
_SEVERAL = "One or several, by commas"
_CODES = Annotated[
    str | None,
    Query(
        max_length=LONGEST,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}(,[A-Za-z0-9][A-Za-z0-9._-]{0,31})*$",
        description=_SEVERAL,
    ),
]


def _choice(kind: type[StrEnum]) -> Any:
    one = f"({'|'.join(each.value for each in kind)})"
    return Query(max_length=LONGEST, pattern=f"^{one}(,{one})*$", description=_SEVERAL)


_Text = Annotated[str, Query(max_length=200)]
_Flag = Annotated[bool | None, Query()]


def filters(  # noqa: PLR0913  (one for each filter of an address)
    *,
    hand: Reader,
    text: Annotated[
        str,
        Query(max_length=200, description="Words, a number, or first letters of pinyin 查找"),
    ] = "",
    state: Annotated[str | None, _choice(State)] = None,
    mark: Annotated[str | None, _choice(Mark)] = None,
    strand: Annotated[str | None, _choice(Strand)] = None,
    kind: Annotated[str | None, _choice(Kind)] = None,
    level: Annotated[str | None, _choice(Level)] = None,
    gate: Annotated[str | None, _choice(Gate)] = None,
    unit: _CODES = None,
    role: Annotated[Part, Query(description="Which part `unit` has")] = Part.ANY,
    city: _CODES = None,
    owner: _Text = "",
    due_from: Day | None = None,
    due_to: Day | None = None,
    meeting: Annotated[str | None, Query(pattern="^[0-9A-HJKMNP-TV-Z]{26}$")] = None,
    open: Annotated[  # noqa: A002
        bool | None, Query(description="Whether anything is still asked of anybody")
    ] = None,
    example: _Flag = None,
    finding: Annotated[bool | None, Query(description="Whether a finding proposed it")] = None,
    mine: Annotated[
        bool, Query(description="Those in which a unit has part that I answer for")
    ] = False,
) -> Wanted:
    """Return which items are asked for."""
    lists = {
        "states": state,
        "marks": mark,
        "strands": strand,
        "kinds": kind,
        "levels": level,
        "gates": gate,
        "units": unit,
        "cities": city,
    }
    given = {name: parts(value) for name, value in lists.items() if value}
    made = Wanted.made(
        **given,
        text=text,
        part=role,
        owner=owner,
        due_from=due_from,
        due_to=due_to,
        meeting=meeting or None,
        open=open,
        example=example,
        finding=finding,
    )
    return replace(made, mine=hand.ledger.by_of(hand.asker.actor, None)) if mine else made


def parts(given: str) -> list[str]:
    """Return the values of a list that is written with commas."""
    return [one for each in given.split(",") if (one := each.strip())]


Filters = Annotated[Wanted, Depends(filters)]

Sort = Annotated[
    str,
    Query(
        max_length=200,
        pattern=f"^-?({'|'.join(SORTS)})(,-?({'|'.join(SORTS)}))*$",
        description=f"By commas, with `-` from the last to the first: {' '.join(SORTS)}",
    ),
]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]


def paged(wanted: Wanted, sort: str, offset: int, limit: int) -> Wanted:
    """Return a page of what is asked for.

    Raises
    ------
    InputError
        There is no such order.
    """
    order = Wanted.made(sort=parts(sort)).sort
    return replace(wanted, sort=order, offset=offset, limit=limit)
