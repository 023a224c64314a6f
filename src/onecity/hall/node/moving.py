"""A case that another city is to handle: handed over with everything, under the same number."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from onecity.core.errors import InputError, MissingError
from onecity.core.words import say
from onecity.hall.cases import Case, CaseEvent, State, What
from onecity.hall.catalogue import Catalogue, Item
from onecity.identity.clock import stamp

from . import files, rows
from .acting import Acting, Effect, followers
from .mail.received import Received
from .rows import News
from .tables.applying import FILES
from .writing import Write

if TYPE_CHECKING:
    from .node import Node


def choices(node: "Node", item: Item) -> dict[str, Item]:
    """Return where a case may be handed over to: the same item of other cities, by city.

    Not those of this node itself: a case has one row here, so it cannot lie in two places.
    """
    catalogue: Catalogue = node.editions.catalogue(node.today())
    return {
        one.city: one
        for one in catalogue.items
        if one.basic_code == item.basic_code
        and one.city != item.city
        and _elsewhere(node, catalogue, one)
    }


def _elsewhere(node: "Node", catalogue: Catalogue, item: Item) -> bool:
    """Whether an item is decided at another node, one that is known."""
    department = catalogue.department.get(item.authority)
    try:
        return department is not None and node.node_of(department) != node.code
    except MissingError:
        return False


def hand_over(acting: Acting) -> Effect:
    """Send the whole application to the node of another city, and tell who follows the case."""
    write, case, to = acting.write, acting.case, str(acting.given["to"])
    known = choices(acting.node, acting.kept.item)
    item = known.get(to)
    if item is None:
        cities = " ".join(known) or "—"
        raise InputError("hall_node.no_hand_over", item=acting.kept.item.title, to=to, known=cities)
    catalogue = acting.node.editions.catalogue(acting.node.today())
    department = catalogue.department[item.authority]
    node = acting.node.node_of(department)
    purpose = say("hall_node.purpose_handed_over", "zh")
    hops = int(acting.kept.more.get("hops", 0)) + 1
    application = acting.application()
    body: dict[str, Any] = {
        **application,
        **_origin(case),
        "item": item.code,
        "version": item.version,
        "hops": hops,
        "case_version": case.seen + 2,
        "from_node": acting.node.code,
        "words": acting.words,
    }
    told = {
        "case": case.id,
        "number": case.number,
        "to": node,
        "item": item.code,
        "item_version": item.version,
        "unit": item.authority,
        "city": item.city,
        "version": case.seen + 1,
        "hops": hops,
        "words": acting.words,
        "at": stamp(acting.now),
    }
    # Who had it before learns that it went on: another node may ask about it from now on. Before
    # the case itself goes: where it goes to the applicant's own node, that tells itself of it.
    before = rows.came_from(write.connection, case.id)
    for code in dict.fromkeys((*followers(case), *before)):
        write.send(code, "handed_over", case.id, told, purpose=purpose)
    own = write.connection.execute(select(FILES.c.id).where(FILES.c.case == case.id))
    for id_ in own.scalars().all():
        write.send(node, "file", case.id, files.packed(write, id_), purpose=purpose)
    write.send(node, "application", case.id, body, purpose=purpose)
    return Effect(
        case=replace(case, state=State.HANDED_OVER, closed_at=acting.now),
        news=(acting.news(What.HANDED_OVER, to=item.code, node=node),),
        ends=True,
        tells=False,
    )


def passed_on(write: Write, received: Received) -> bool:
    """Note that a case which was handed over from here went on from there; whether it did."""
    connection, case = write.connection, received.case
    if received.sender not in rows.went_to(connection, case):
        return False
    kept = rows.kept_of(write.node, connection, case)
    if kept.case.state is not State.HANDED_OVER:
        return False
    body = received.body
    event = CaseEvent(What.HANDED_OVER, write.now, received.sender, unit=kept.case.authority)
    rows.note(write, kept, News(event, "", {"to": body["item"], "node": body["to"]}))
    return True


def _origin(case: Case) -> dict[str, Any]:
    """Return what stays of a case wherever it goes."""
    return {
        "case": case.id,
        "number": case.number,
        "way": None if case.way is None else case.way.value,
        "from_city": case.from_city,
        "taken_in_by": case.taken_in_by,
        "portal": case.portal,
        "on_behalf": case.on_behalf,
        "parent": case.parent or None,
        "step": case.step or None,
        "at": stamp(case.submitted_at),
    }
