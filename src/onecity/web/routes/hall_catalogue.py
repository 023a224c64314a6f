"""What the hall offers: items found by need, life events and their guides, forms."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from onecity.web.asking import tagged
from onecity.web.hall.asked import (
    READ,
    Code,
    HallHand,
    ItemCode,
    Page,
    Places,
    Size,
    Visitor,
    page_of,
    places_of,
)
from onecity.web.hall.catalogue_shapes import (
    HallEvents,
    HallGuide,
    HallItem,
    HallItems,
)
from onecity.web.hall.offer import Wanted
from onecity.web.hall.own_told import stage_told

router = APIRouter(tags=["hall"])
_READ = READ | {304: {"description": "The asker holds this answer already."}}


@router.get("/hall/items", summary="Items by need 查找事项", responses=_READ)
def items(
    hand: Visitor,
    need: Annotated[str, Query(max_length=200, description="In one's own words 要办什么事")] = "",
    applicant: Literal["", "person", "firm"] = "",
    city: Code = "",
    event: Code = "",
    page: Page = 1,
    size: Size = 20,
) -> HallItems:
    """Return items that fit a need, the best first; `city` is that of the authority."""
    offer = hand.offer
    _tagged(hand)
    found = offer.items(Wanted(need, applicant, city, event))
    rows = [offer.item_told(one) for one in page_of(found, page, size)]
    return HallItems.model_validate({"rows": rows, "total": len(found)})


@router.get("/hall/items/{code}", summary="One item 事项详情", responses=_READ)
def item(hand: Visitor, code: ItemCode) -> HallItem:
    """Return all that the catalogue says of an item as it stands today."""
    from onecity.hall.node.stages import stages_of_item  # noqa: PLC0415

    offer, node = hand.offer, hand.node
    found = offer.item(code)
    tagged(hand.request, "hall", offer.mark, node.processes.of(found).digest)
    steps = [stage_told(one, offer) for one in stages_of_item(node, found)]
    return HallItem.model_validate({**offer.whole_told(found), "process": steps})


@router.get("/hall/events", summary="Life events 一件事列表", responses=_READ)
def events(hand: Visitor) -> HallEvents:
    """Return every life event with its steps and the cities that offer it."""
    offer = hand.offer
    _tagged(hand)
    rows = [offer.event_told(one) for one in offer.catalogue.life_events]
    return HallEvents.model_validate({"rows": rows, "total": len(rows)})


@router.get("/hall/events/{code}", summary="Guide to a life event 一件事指南", responses=_READ)
def guide(
    hand: Visitor,
    code: ItemCode,
    city: Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z._:-]+$")],
    places: Places = "",
) -> HallGuide:
    """Return what a life event takes in a city: steps, documents asked once, days, visits.

    Each step says where else it may be done; `places` are the cities chosen for some.
    """
    offer = hand.offer
    _tagged(hand)
    told = offer.guide_told(offer.event(code), city, places_of(places))
    return HallGuide.model_validate(told)


def _tagged(hand: HallHand) -> None:
    """Give the answer an ETag by the catalogue as it stands."""
    tagged(hand.request, "hall", hand.offer.mark)
