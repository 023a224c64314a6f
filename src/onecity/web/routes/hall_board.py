"""The supervisor's board: load, lateness, differences between cities, the exchange."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from onecity.core.working_days import EARLIEST, LATEST
from onecity.web.hall.asked import READ, HallHand, Supervisor
from onecity.web.hall.desk_shapes import HallBoard
from onecity.web.words import named

if TYPE_CHECKING:
    from onecity.hall.node.board import BoardView, EventCities, ItemCities

router = APIRouter(tags=["hall"])
Day = Annotated[date, Query(ge=EARLIEST, le=LATEST)]
_COUNTED = ("open", "late", "due_soon", "done", "days_mean", "on_time")
_LED = ("city", "came", "ended", "refused", "days", "stars", "appraised")
_IN_CITY = ("city", "cases", "days", "visits", "refused", "stars")


@router.get("/hall/board", summary="The board 督办总览", responses=READ)
def board(
    hand: Supervisor,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
) -> HallBoard:
    """Return load and lateness of departments, the same item in each city, and the exchange.

    Of the last thirty days where nothing is said; counts alone, nobody's case.
    """
    found = hand.node.board.view(by=hand.asker.actor, since=since, until=until)
    return HallBoard.model_validate(_told(hand, found))


def _told(hand: HallHand, found: "BoardView") -> dict[str, Any]:
    offer = hand.offer
    return {
        "since": found.since,
        "until": found.until,
        "units": [
            {
                "unit": offer.department_told(one.unit),
                "city": one.city or None,
                **{name: getattr(one, name) for name in _COUNTED},
            }
            for one in found.units
        ],
        "items": [_item(hand, one) for one in found.items],
        "events": [_event(hand, one) for one in found.events],
        "trend": [{"day": one.day, "in": one.came, "out": one.left} for one in found.trend],
        "peers": [
            {
                "node": {"code": one.code, "title": hand.node.title_of(one.code)},
                "waiting": one.waiting,
                "oldest": one.oldest,
                "last_ok": one.last_ok,
                "state": one.state,
            }
            for one in found.peers
        ],
        "stars": {"mean": found.stars, "count": found.appraised},
    }


def _event(hand: HallHand, one: "EventCities") -> dict[str, Any]:
    return {
        "code": one.code,
        "title": hand.offer.event_title(one.code),
        "cities": [{name: getattr(each, name) for name in _LED} for each in one.cities],
    }


def _item(hand: HallHand, one: "ItemCities") -> dict[str, Any]:
    alike = [each for each in hand.offer.catalogue.items if each.basic_code == one.basic_code]
    return {
        "basic_code": one.basic_code,
        "title": named(one.title, alike[0].title_en if alike else ""),
        "cities": [{name: getattr(each, name) for name in _IN_CITY} for each in one.cities],
    }
