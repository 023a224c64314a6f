"""Life events that this node leads: which step stands where, what is late, who is reminded."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from onecity.web.hall.asked import READ, WRITE, CaseId, Code, HallHand, Looker, Size
from onecity.web.hall.event_shapes import EventDesk, EventRows, ReminderGiven
from onecity.web.hall.offer import Offer
from onecity.web.words import words

from .hall_desk import Page

if TYPE_CHECKING:
    from onecity.hall.node.leading import EventLed, EventSeen, StepLed

router = APIRouter(tags=["hall"])
Which = Annotated[
    str,
    Query(pattern="^(open|late|over)$", description="Under way, the late ones of them, or over"),
]


@router.get("/hall/desk/events", summary="Life events led here 一件事督办", responses=READ)
def events(
    hand: Looker, which: Which = "open", event: Code = "", page: Page = 1, size: Size = 20
) -> EventRows:
    """Return life events of the cities that the asker looks after; nothing personal."""
    from onecity.hall.node.leading import Which as Kinds  # noqa: PLC0415  (needs the extra)

    found = hand.node.events.leading.rows(
        hand.asker.actor, which=Kinds(which), event=event, page=page, size=size
    )
    rows = [_row(hand.offer, one) for one in found.rows]
    return EventRows.model_validate({"rows": rows, "total": found.total})


@router.get("/hall/desk/events/{id}", summary="One life event 一件事详情", responses=READ)
def one(
    hand: Looker,
    id: CaseId,  # noqa: A002
    reason: Annotated[str, Query(max_length=200, description="Why; its owner sees it")] = "",
) -> EventDesk:
    """Return its steps side by side. That the asker looked is recorded, and shown to its owner."""
    found = hand.node.events.leading.one(
        id, by=hand.asker.actor, reason=reason, address=hand.asker.address
    )
    return _whole(hand, found)


@router.post("/hall/desk/events/{id}/remind", summary="Remind of a step 催办", responses=WRITE)
def remind(hand: Looker, id: CaseId, given: ReminderGiven) -> EventDesk:  # noqa: A002
    """Remind the node of a late step, at most once a day: its desk shows it in the case."""
    found = hand.node.events.leading.remind(
        id, given.step, by=hand.asker.actor, words=given.words, address=hand.asker.address
    )
    return _whole(hand, found)


def _row(offer: Offer, one: "EventLed") -> dict[str, Any]:
    return {
        "case": one.case,
        "number": one.number,
        "event": one.event,
        "title": offer.event_title(one.event),
        "city": offer.city_told(one.city),
        "state": one.state.value,
        "state_text": words(one.state),
        "opened": one.opened,
        "closed": one.closed,
        "due": one.due,
        "light": one.light.value,
        "steps": one.steps,
        "steps_done": one.done,
        "steps_late": one.late,
        "stars": one.stars,
    }


def _whole(hand: HallHand, found: "EventSeen") -> EventDesk:
    titles = {one.step: hand.offer.title_of(one.item, one.step) for one in found.steps}
    return EventDesk.model_validate(
        {
            **_row(hand.offer, found.event),
            "name": found.name,
            "phone": found.phone,
            "steps_of": [_step(hand, one, titles) for one in found.steps],
            "appraisal": found.appraisal,
            "erased": found.erased,
        }
    )


def _step(hand: HallHand, one: "StepLed", titles: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "step": one.step,
        "title": titles[one.step],
        "authority": hand.offer.department_told(one.unit),
        "city": hand.offer.city_told(one.city),
        "node": {"code": one.node, "title": dict(hand.node.title_of(one.node))},
        "case": one.case,
        "number": one.number,
        "state": one.state.value,
        "state_text": words(one.case_state if one.case_state is not None else one.state),
        "begun": one.begun,
        "ended": one.ended,
        "due": one.due,
        "expected": one.expected,
        "late": one.late,
        "waits": [{"code": code, "title": titles[code]} for code in one.waits if code in titles],
        "reminded": one.reminded,
        "may_remind": one.may_remind,
        "here": one.here,
    }
