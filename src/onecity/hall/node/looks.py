"""Looks at personal data: each is logged with its reason, and its owner is told.

At the node where the case lies the look stands in the table and in the trail; the node that the
applicant looks at is told by a message, and keeps it too. A department that was asked about the
case, or for evidence, tells whoever asked it, who tells the applicant's node.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from onecity.core.errors import InputError, MissingError
from onecity.core.words import say
from onecity.identity.clock import moment, stamp

from .evident import ROW, evident
from .mail.received import NotYetError
from .tables.applying import MINE
from .tables.cases import CASES, LOOKS, OPINIONS
from .tables.mail import EVIDENCE
from .writing import Write

if TYPE_CHECKING:
    from .mail.received import Handler, Received
    from .node import Node

KIND = "looked"
SAME_LOOK = timedelta(hours=1)
"""How long a look lasts: a page that is read again meanwhile, for the same reason, is none more."""
_LONGEST = 200
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at a case: who, of which unit, at which node, and why."""

    id: str
    at: datetime
    case: str
    number: str
    who: str
    unit: str
    node: str
    reason: str


def look(
    write: Write,
    *,
    case: str,
    number: str,
    portal: str,
    subject: str | None,
    reason: str,
    unit: str = "",
) -> None:
    """Log that whoever writes looks at a case, and tell the node that its applicant looks at."""
    node, by = write.node, write.by
    if node.vault.is_erased(write.connection, case):
        return  # nothing personal is left to be seen
    why = reason.strip()[:_LONGEST] or say("hall_node.look_handling", "zh")
    name_of_unit = unit or by.unit or ""
    since = stamp(write.now - SAME_LOOK)
    same = select(LOOKS.c.id).where(
        LOOKS.c.case == case,
        LOOKS.c.at > since,
        LOOKS.c.who == by.name,
        LOOKS.c.reason == why,
        LOOKS.c.number == number,  # of evidence, of the question: each document is a look
    )
    if write.connection.execute(same.limit(1)).first() is not None:
        return
    row = {
        "id": write.new_id(),
        "at": write.at,
        "case": case,
        "number": number,
        "subject": subject,
        "who": by.name,
        "unit": name_of_unit,
        "node": node.code,
        "reason": why,
    }
    write.connection.execute(insert(LOOKS), row)
    write.tell("case.looked", "case", case, after={"number": number, ROW: evident(LOOKS, row)})
    if portal not in {"", node.code}:  # none: a case of an older system, which nobody follows
        told = {name: row[name] for name in ("id", "number", "at", "who", "unit", "node", "reason")}
        # Elsewhere nobody knows the accounts of this node: who it was is told by their name.
        told["who"] = by.title_zh or by.name
        write.send(portal, KIND, case, told, purpose=say("hall_node.purpose_looked", "zh"))


def looks_at(node: "Node", cases: "list[str]") -> tuple[Look, ...]:
    """Return who looked at some cases, the newest first."""
    names = [column for column in LOOKS.c if column.name != "subject"]
    query = select(*names).where(LOOKS.c.case.in_(cases)).order_by(LOOKS.c.id.desc()).limit(_MOST)
    with node.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(Look(**{**row, "at": moment(row["at"])}) for row in rows)


def _looked(write: Write, received: "Received") -> None:
    """Keep what another node tells: somebody looked at a case that is followed or handled here.

    What a department elsewhere saw, because it was asked for an opinion or for evidence, is told
    to who asked it; who asked tells the applicant's node. So a look is believed of those alone
    that have, or were given, something to look at.

    Raises
    ------
    InputError
        The sender never had the case.
    NotYetError
        The case is not known here yet.
    """
    body, case, connection = received.body, received.case, write.connection
    row = {name: _text(body, name) for name in ("id", "number", "at", "who", "unit", "reason")}
    moment(row["at"])
    known = select(LOOKS.c.id).where(LOOKS.c.id == row["id"])
    if connection.execute(known).first() is not None:
        return  # told before, by another way
    portal = _believed(write, received)
    at = received.sender
    if portal is None and body.get("node") in write.node.trust:
        at = str(body["node"])  # told on by who handles the case
    given = {**row, "case": case, "node": at, "subject": None}
    connection.execute(insert(LOOKS), given)
    told = {"number": row["number"], ROW: evident(LOOKS, given)}
    write.tell("case.looked", "case", case, after=told)
    if portal and portal != write.node.code:
        purpose = say("hall_node.purpose_looked", "zh")
        write.send(portal, KIND, case, {**row, "node": at}, purpose=purpose)


def _believed(write: Write, received: "Received") -> str | None:
    """Return the node that is to be told of a look besides; None where it is followed here."""
    case, sender, connection = received.case, received.sender, write.connection
    lead = MINE.alias("lead")
    mine = (
        select(MINE.c.record, lead.c.node)
        .select_from(MINE.outerjoin(lead, lead.c.case == MINE.c.parent))
        .where(MINE.c.case == case)
    )
    followed = connection.execute(mine).one_or_none()
    if followed is not None and sender in {followed.node, *json.loads(followed.record)["nodes"]}:
        return None
    asked = select(OPINIONS.c.id).where(
        OPINIONS.c.case == case, OPINIONS.c.side == "ask", OPINIONS.c.node == sender
    )
    if connection.execute(asked.limit(1)).first() is not None:
        own = select(CASES.c.portal).where(CASES.c.id == case)
        return str(connection.execute(own).scalar_one())
    question = select(EVIDENCE.c.id, EVIDENCE.c.sealed).where(
        EVIDENCE.c.id == str(received.body.get("number")),
        EVIDENCE.c.about == case,
        EVIDENCE.c.node == sender,
    )
    given = connection.execute(question).one_or_none()
    if given is not None:
        return _portal_of(write, given.id, given.sealed)
    if followed is None and sender in write.node.trust:
        raise NotYetError("hall_applying.not_followed", case=case)
    raise InputError("hall_node.never_had", node=sender, case=case)


def _portal_of(write: Write, question: str, sealed: bytes) -> str:
    """Return the node that the applicant looks at, of a question; this one where it was erased."""
    try:
        return str(write.unseal(question, sealed).get("portal") or write.node.code)
    except MissingError:
        return write.node.code


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise InputError("hall_node.bad_body", name=name)
    return value


HANDLERS: "Mapping[str, Handler]" = {KIND: _looked}
