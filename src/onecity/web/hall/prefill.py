"""What nobody has to type: values of a form that are known already, and where they come from."""

from typing import TYPE_CHECKING

from onecity.identity import Via
from onecity.web.words import told

from .asked import APPLY, HallHand
from .offer import Told

if TYPE_CHECKING:
    from onecity.hall.forms import Form

_GROUP = "/applicant/"


def prefilled(hand: HallHand, form: "Form") -> Told:
    """Return values by pointer from what the asker said of themselves; nothing for a guest."""
    if hand.asker.actor.via is Via.GUEST or not hand.may(APPLY):
        return {}
    found = hand.node.applying.profiles.of(hand.asker.actor)
    if found is None:
        return {}
    source = {"title": told("web_hall.source_profile"), "at": found.verified}
    record = found.person.as_record()
    wanted = {one: one.removeprefix(_GROUP) for one in form.order if one.startswith(_GROUP)}
    return {
        pointer: {"value": record[name], "source": source}
        for pointer, name in wanted.items()
        if record.get(name)
    }
