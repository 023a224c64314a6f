"""Steps of the life events that a node leads: how each stands, and when all are over."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, select, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Language, say
from onecity.hall.cases import State
from onecity.hall.cases.chain import Expected, Link, expected
from onecity.hall.catalogue import Item, Limit
from onecity.hall.catalogue.steps import in_turn, needed_by
from onecity.identity.clock import moment

from .clocks import limit_of
from .counts import NOT_DONE
from .mail.received import NotYetError, Received
from .tables.applying import JOINTS, STEPS
from .tables.cases import CASES
from .writing import Write

if TYPE_CHECKING:
    from .node import Node


class StepState(StrEnum):
    """Where a step stands, as the joint case sees it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_applying.step_{self.value}", language)


FAILED = frozenset(map(StepState, NOT_DONE))
OVER = FAILED | {StepState.DONE}
STANDS = frozenset({State.SUPPLEMENT.value, State.SUSPENDED.value})
_DECIDING = State.ACCEPTED.value


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint case at the node that leads it, with its application; empty where it was erased."""

    case: str
    number: str
    event: str
    city: str
    portal: str
    state: State
    opened: datetime
    closed: datetime | None
    record: Mapping[str, Any]
    application: Mapping[str, Any]


def joint_of(node: "Node", connection: Connection, case: str) -> Joint:
    """Return a joint case.

    Raises
    ------
    MissingError
        This node leads none of that id.
    """
    row = connection.execute(select(JOINTS).where(JOINTS.c.case == case)).one_or_none()
    if row is None:
        raise MissingError("hall_applying.no_case", given=case)
    application: Mapping[str, Any] = {}
    if row.sealed is not None:
        application = json.loads(node.vault.unseal(connection, case, row.sealed))
    return Joint(
        row.case,
        row.number,
        row.event,
        row.city,
        row.portal,
        State(row.state),
        moment(row.opened),
        moment(row.closed) if row.closed else None,
        json.loads(row.record),
        application,
    )


def number_of(joint: Joint, row: Row[Any]) -> str:
    """Return the number of a step's case."""
    return f"{joint.number}-{row.place + 1:02d}"


def steps_of(connection: Connection, case: str) -> Sequence[Row[Any]]:
    """Return the steps of a joint case, in order."""
    query = select(STEPS).where(STEPS.c.parent == case).order_by(STEPS.c.place)
    return connection.execute(query).all()


def step_of(connection: Connection, case: str) -> Row[Any] | None:
    """Return the step that a case is; None where it is none that this node leads."""
    return connection.execute(select(STEPS).where(STEPS.c.case == case)).one_or_none()


def change(write: Write, row: Row[Any], values: Mapping[str, Any]) -> None:
    """Change a step."""
    mine = (STEPS.c.parent == row.parent, STEPS.c.step == row.step)
    write.run(update(STEPS).where(*mine).values(**values))


def stop(write: Write, case: str) -> None:
    """Stop steps that wait for one that will not be granted, and those that wait for them."""
    while True:
        rows = steps_of(write.connection, case)
        failed = {row.step for row in rows if StepState(row.state) in FAILED}
        vain = [
            row
            for row in rows
            if row.state == StepState.WAITING and failed.intersection(json.loads(row.waits))
        ]
        if not vain:
            return
        for row in vain:
            change(write, row, {"state": StepState.STOPPED.value, "ended": write.at})


def told_by(write: Write, received: Received) -> Row[Any] | None:
    """Return the step that a message is about; None where it is about none.

    Raises
    ------
    NotYetError
        It is not known yet that the sender handles it: who did so tells of it first.
    """
    row = step_of(write.connection, received.case)
    if row is not None and received.sender not in json.loads(row.nodes):
        raise NotYetError("hall_applying.not_handler", node=received.sender, case=received.case)
    return row


def waits_of(items: Sequence[Item]) -> list[list[str]]:
    """Return for each item which steps it waits for; those in a circle wait for none in it."""
    before = needed_by(items)
    _, circling = in_turn(dict(enumerate(before)))
    stuck = set(circling)
    return [
        [items[one].basic_code for one in sorted(before[at] - (stuck if at in stuck else set()))]
        for at in range(len(items))
    ]


# --- What a department tells of its step -------------------------------------------------


def note(write: Write, row: Row[Any], received: Received) -> bool:
    """Keep what the node that handles a step tells of it: the case's state, the limit that runs.

    Returns whether it is that node; False of one that has handed the case over.

    Raises
    ------
    InputError
        It is not fit, or of a node that handed the case over and says that it is back.
    """
    body, known = received.body, json.loads(row.told)
    hops, last = body["hops"], known.get("hops", 0)
    if hops < last:
        return False
    back: dict[str, Any] = {}
    if received.sender != row.node:
        # It comes back to who handed it over only where nobody has begun with it there.
        if hops == last or "state" in known:
            raise InputError("hall_applying.not_handler", node=received.sender, case=row.case)
        names = ("item", "item_version", "unit", "city")
        back = {"node": received.sender, **{name: body[name] for name in names if name in body}}
    told = {**known, "state": body["state"], "hops": hops}
    change(write, row, {**back, "due": body.get("due"), "told": json.dumps(told)})
    return True


def note_moved(write: Write, row: Row[Any], received: Received) -> None:
    """Keep that another node handles a step from now on: it tells how that stands.

    Raises
    ------
    InputError
        The sender has handed the case over before.
    """
    if received.sender != row.node:
        raise InputError("hall_applying.not_handler", node=received.sender, case=row.case)
    body = received.body
    new = {name: body[name] for name in ("item", "item_version", "unit", "city")}
    nodes = list(dict.fromkeys([*json.loads(row.nodes), body["to"]]))
    told = {"node": body["to"], "due": None, "told": json.dumps({"hops": body["hops"]})}
    change(write, row, {**new, **told, "nodes": json.dumps(nodes)})


def note_own(write: Write, row: Row[Any]) -> None:
    """Keep how a step stands that this node handles itself: nobody tells that it came in."""
    own = select(CASES.c.state, CASES.c.due).where(CASES.c.id == row.case)
    found = write.connection.execute(own).one_or_none()
    if found is not None:
        told = {"state": found.state, "hops": 0}
        change(write, row, {"due": found.due, "told": json.dumps(told)})


# --- When they are over ------------------------------------------------------------------


def expected_of(node: "Node", joint: Joint, rows: Sequence[Row[Any]]) -> Expected:
    """Return when steps are over if each keeps its limit; see `cases.chain`."""
    place = {row.step: at for at, row in enumerate(rows)}
    links = []
    for row in rows:
        told = json.loads(row.told)
        running = row.state == StepState.RUNNING
        due = row.due if running and told.get("state") == _DECIDING else None
        links.append(
            Link(
                frozenset(place[one] for one in json.loads(row.waits) if one in place),
                _limit(node, row),
                moment(row.begun) if row.begun else None,
                moment(row.ended) if row.ended else None,
                moment(due) if due else None,
                running and told.get("state") in STANDS,
            )
        )
    return expected(links, node.calendar, joint.opened)


def _limit(node: "Node", row: Row[Any]) -> Limit | None:
    try:
        return limit_of(node.editions.item(row.item, row.item_version))
    except MissingError:  # handed over, in an edition that is not here: its department tells
        return None
