"""Who somebody is at the hall, what waits for them, and how they get an account."""

from fastapi import APIRouter

from onecity.hall.catalogue import Catalogue
from onecity.identity import Via
from onecity.web.hall.asked import (
    APPLY,
    BOARD,
    DECIDE,
    EDIT,
    HANDLE,
    LOOK,
    PUBLISH,
    READ,
    WINDOW,
    WRITE,
    HallHand,
    Visitor,
)
from onecity.web.hall.registering import register as made
from onecity.web.hall.shapes import HallMe, HallRegistered, HallRegistering
from onecity.web.words import named

router = APIRouter(tags=["hall"])
_STAFF = (WINDOW, HANDLE, DECIDE, LOOK, BOARD, EDIT, PUBLISH)


@router.get("/hall/me", summary="Who I am here 我的通办", responses=READ)
def me(hand: Visitor) -> HallMe:
    """Return the node, who asks, what they may do, and how much waits for them."""
    actor, offer, node = hand.asker.actor, hand.offer, hand.node
    staff, guest = any(map(hand.may, _STAFF)), actor.via is Via.GUEST
    return HallMe.model_validate(
        {
            "node": {
                "code": node.code,
                "title": dict(node.title_of(node.code)),
                "kind": node.config.kind.value,
                "cities": offer.cities_told(node.config.cities),
            },
            "marked": marked_of(offer.catalogue),
            "cities": offer.cities_told(offer.catalogue.cities),
            "who": None if guest else actor.name,
            "title": "" if guest else actor.title_zh or actor.name,
            "kind": "staff" if staff else "resident" if hand.may(APPLY) else "guest",
            "unit": None if actor.unit is None else offer.department_told(actor.unit),
            "city": actor.city,
            "permissions": sorted(hand.desk.rules.permissions_of(actor)),
            "now": hand.now,
            "today": hand.today,
            "registers": node.config.registers,
            "counts": counts_of(hand),
        }
    )


@router.post("/hall/register", status_code=201, summary="Make my account 自行注册", responses=WRITE)
def register(hand: Visitor, given: HallRegistering) -> HallRegistered:
    """Make an account to apply with, where the node lets people do so; then log in with it."""
    with hand.desk.computing():  # a password is heavy on purpose
        account = made(
            hand.node,
            given.name,
            given.password,
            title=given.title,
            address=hand.asker.address,
        )
    return HallRegistered(name=account.name)


def marked_of(catalogue: Catalogue) -> dict[str, str] | None:
    """Return what every page of a catalogue must carry; None where there is nothing to say."""
    return named(catalogue.marked, None) if catalogue.marked else None


def counts_of(hand: HallHand) -> dict[str, int] | None:
    """Return what waits: for the asker's department, or for themselves as an applicant."""
    if hand.may(HANDLE):
        found = hand.node.handling.desk.counts(hand.asker.actor)
        return {"todo": found.todo, "due_soon": found.due_soon, "late": found.late}
    if hand.may(APPLY):
        needing = hand.node.applying.following.needing(hand.asker.actor)
        return {"todo": needing, "due_soon": 0, "late": 0}
    return None
