"""What a route of the hall may ask for: who asks, the node, and what its catalogue offers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Path, Query, Request

from onecity.identity import ForbiddenError, Via
from onecity.web.asking import Anyone, Asker, TheDesk, unauthorised
from onecity.web.desk import Desk
from onecity.web.problems import READING, WRITING, documented

from .offer import Offer

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

CHINA = timezone(timedelta(hours=8))
MOST_ROWS = 200
"""Rows on one page of an answer."""
MOST_PAGES = 1_000_000

READ = READING | documented(401, 403)
WRITE = WRITING | documented(409, 412, 429)

# Names of permissions; the node's own module of them is for those who have the extra.
APPLY, WINDOW, HANDLE, DECIDE = "hall.apply", "hall.window", "hall.handle", "hall.decide"
LOOK, BOARD, EDIT, PUBLISH = "hall.look", "hall.board", "hall.items.edit", "hall.items.publish"


@dataclass(frozen=True)
class HallHand:
    """Somebody at the hall, with the node that serves them."""

    request: Request
    desk: Desk
    asker: Asker

    @property
    def node(self) -> "Node":
        """The node."""
        return self.desk.hall

    @cached_property
    def now(self) -> datetime:
        """The time of the service."""
        return self.desk.clock()

    @property
    def today(self) -> date:
        """The day in China."""
        return self.now.astimezone(CHINA).date()

    @cached_property
    def offer(self) -> Offer:
        """The catalogue as it stands today."""
        return self.desk.offers.of(self.node.editions.catalogue(self.today))

    @property
    def by(self) -> dict[str, Any]:
        """Who acts, as every change takes it."""
        return {"by": self.asker.actor, "address": self.asker.address}

    def may(self, permission: str) -> bool:
        """Whether the asker may do something somewhere."""
        return self.desk.rules.cities(self.asker.actor, permission) != frozenset()


def at_hall(*permissions: str) -> Callable[..., HallHand]:
    """Return a dependency: who asks, if they may do one of some things somewhere.

    Without permissions anybody may. For which departments and cases, the node says.
    """

    def allowed(request: Request, desk: TheDesk, asker: Anyone) -> HallHand:
        hand = HallHand(request, desk, asker)
        _ = hand.node  # 404 before anything else where there is none
        if permissions and not any(map(hand.may, permissions)):
            if asker.actor.via is Via.GUEST:
                raise unauthorised("web.login_first")
            desk.rules.require(asker.actor, permissions[0])
            raise ForbiddenError(
                "identity.forbidden",
                who=asker.name,
                what=desk.rules.permissions[permissions[0]],
            )
        return hand

    return allowed


Visitor = Annotated[HallHand, Depends(at_hall())]
Resident = Annotated[HallHand, Depends(at_hall(APPLY))]
Applicant = Annotated[HallHand, Depends(at_hall(APPLY, WINDOW))]
Window = Annotated[HallHand, Depends(at_hall(WINDOW))]
Clerk = Annotated[HallHand, Depends(at_hall(HANDLE, DECIDE))]
Looker = Annotated[HallHand, Depends(at_hall(LOOK, HANDLE, DECIDE))]
Supervisor = Annotated[HallHand, Depends(at_hall(BOARD))]
ItemEditor = Annotated[HallHand, Depends(at_hall(EDIT, PUBLISH))]
Publisher = Annotated[HallHand, Depends(at_hall(PUBLISH))]

Page = Annotated[int, Query(ge=1, le=MOST_PAGES, description="From 1")]
Size = Annotated[int, Query(ge=1, le=MOST_ROWS)]
ItemCode = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._:-]+$")]
CaseId = Annotated[
    str, Path(pattern="^[0-9A-HJKMNP-TV-Z]{26}$", examples=["01JDQK5V7M8N9P0Q1R2S3T4V5W"])
]
Code = Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z._:-]*$")]

_PLACE = r"[0-9A-Za-z._:-]+@[0-9A-Za-z._:-]+"
Places = Annotated[
    str,
    Query(
        max_length=4_000,
        pattern=rf"^(?:{_PLACE}(?:,{_PLACE})*)?$",
        description="Cities chosen for steps: `step@city`, by commas",
        examples=["tax_registration@420100"],
    ),
]


def places_of(given: str) -> dict[str, str]:
    """Return the cities that are chosen for steps, by basic code."""
    pairs = (one.partition("@") for one in given.split(",") if one)
    return {step: city for step, _, city in pairs}


def page_of(rows: list[Any], page: int, size: int) -> list[Any]:
    """Return one page of rows."""
    return rows[(page - 1) * size : page * size]
