"""Looks at personal data: each is logged with its reason, and its owner is told.

At the node where the case lies the look stands in the table and in the trail; the node that the
applicant looks at is told by a message, and keeps it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.identity.clock import moment, stamp

from .evident import ROW, evident
from .tables.cases import LOOKS
from .writing import Write

if TYPE_CHECKING:
    from .mail.received import Handler, Received
    from .node import Node

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
        LOOKS.c.case == case, LOOKS.c.at > since, LOOKS.c.who == by.name, LOOKS.c.reason == why
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
        write.send(portal, "looked", case, told, purpose=say("hall_node.purpose_looked", "zh"))


def looks_at(node: "Node", cases: "list[str]") -> tuple[Look, ...]:
    """Return who looked at some cases, the newest first."""
    names = [column for column in LOOKS.c if column.name != "subject"]
    query = select(*names).where(LOOKS.c.case.in_(cases)).order_by(LOOKS.c.id.desc()).limit(_MOST)
    with node.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(Look(**{**row, "at": moment(row["at"])}) for row in rows)


def _looked(write: Write, received: "Received") -> None:
    """Keep what another node tells: somebody there looked at a case that is followed here."""
    body = received.body
    row = {name: _text(body, name) for name in ("id", "number", "at", "who", "unit", "reason")}
    moment(row["at"])
    given = {**row, "case": received.case, "node": received.sender, "subject": None}
    write.connection.execute(insert(LOOKS), given)
    told = {"number": row["number"], ROW: evident(LOOKS, given)}
    write.tell("case.looked", "case", received.case, after=told)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise InputError("hall_node.bad_body", name=name)
    return value


HANDLERS: "Mapping[str, Handler]" = {"looked": _looked}
