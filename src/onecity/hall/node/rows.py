"""Cases as rows: read, added, changed at the version that was seen, with what follows for counts.

A case's row, its event, its counts and its entry in the trail belong to one transaction.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, insert, select, update

from onecity.core.errors import MissingError, StaleError
from onecity.core.words import Sentence
from onecity.hall.cases import Case, CaseEvent, Outcome, State, What
from onecity.hall.catalogue import Applicant, Item, Way
from onecity.identity.clock import moment, stamp
from onecity.identity.columns import storable

from . import counts
from .tables.cases import CASES, EVENTS
from .writing import CHINA, Write

if TYPE_CHECKING:
    from sqlalchemy import Row

    from .node import Node

ENDED = frozenset({State.DECIDED, State.CLOSED, State.REJECTED, State.WITHDRAWN, State.HANDED_OVER})
"""States in which the authority has said what it says: the case is no load any more."""
_SHOWN = 60
_INSERT = insert(CASES)
_INSERT_EVENT = insert(EVENTS)
_BY_ID = select(CASES).where(CASES.c.id == bindparam("the_id"))
_EVENTS_OF = select(EVENTS).where(EVENTS.c.case == bindparam("the_case")).order_by(EVENTS.c.id)


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as it is kept, and the item in the version that it keeps.

    Attributes
    ----------
    case, item
        What it is.
    more
        What is no field of a case: how often it was handed over, stars, its result's number.
    subject
        The applicant, blind; None where no number was given.
    due, warn
        The end of the limit that runs, and when it turns yellow; None where none runs.
    sealed
        The application.
    """

    case: Case
    item: Item
    more: Mapping[str, Any]
    subject: str | None
    due: datetime | None
    warn: datetime | None
    sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what is no field of it: who saw it when recorded, and its sealed words."""

    event: CaseEvent
    version: int
    more: Mapping[str, Any]
    sealed: bytes | None = field(repr=False)


def kept_of(node: "Node", connection: Connection, id_: str) -> Kept:
    """Return a case.

    Raises
    ------
    MissingError
        This node has none of that id.
    """
    row = connection.execute(_BY_ID, {"the_id": storable(id_)}).one_or_none()
    if row is None:
        raise MissingError("hall_node.no_case", given=id_[:_SHOWN])
    return kept_from(node, row)


def kept_from(node: "Node", row: "Row[Any]") -> Kept:
    """Return a case from all columns of its row."""
    more = json.loads(row.record)
    item = node.editions.item(row.item, row.item_version)
    case = Case(
        id=row.id,
        number=row.number,
        item=row.item,
        version=row.item_version,
        authority=row.unit,
        city=row.city,
        state=State(row.state),
        applicant=Applicant(more["applicant"]),
        submitted_at=moment(row.opened),
        way=None if row.way is None else Way(row.way),
        from_city=row.from_city,
        taken_in_by=row.taken_in_by,
        portal=row.portal,
        on_behalf=bool(more.get("on_behalf")),
        parent=row.parent or "",
        step=row.step or "",
        process=str(more.get("process", "")),
        edition=str(more.get("edition", "")),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        legal=item.legal,
        promised=item.promised,
        accepted_at=_moment(row.accepted),
        decided_at=_moment(row.decided),
        closed_at=_moment(row.closed),
        extended=bool(more.get("extended")),
        supplements=int(more.get("supplements", 0)),
        seen=row.version,
    )
    return Kept(case, item, more, row.subject, _moment(row.due), _moment(row.warn), row.sealed)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _columns(kept: Kept) -> dict[str, Any]:
    """Return what may change of a row."""
    case = kept.case
    more = {
        **kept.more,
        "on_behalf": case.on_behalf,
        "process": case.process,
        "edition": case.edition,
        "extended": case.extended,
        "supplements": case.supplements,
    }
    return {
        "version": case.seen,
        "state": case.state.value,
        "outcome": None if case.outcome is None else case.outcome.value,
        "accepted": _stamp(case.accepted_at),
        "decided": _stamp(case.decided_at),
        "closed": _stamp(case.closed_at),
        "due": _stamp(kept.due),
        "warn": _stamp(kept.warn),
        "legal_due": kept.more.get("legal_due"),
        "days": kept.more.get("days"),
        "in_time": kept.more.get("in_time"),
        "stars": kept.more.get("stars"),
        "record": _text(more),
        "sealed": kept.sealed,
    }


def add(write: Write, kept: Kept, events: Iterable[CaseEvent]) -> None:
    """Add a new case with its first events, and count it."""
    case = kept.case
    write.connection.execute(
        _INSERT,
        {
            **_columns(kept),
            "id": case.id,
            "number": case.number,
            "item": case.item,
            "item_version": case.version,
            "basic": kept.item.basic_code,
            "unit": case.authority,
            "city": case.city,
            "from_city": case.from_city,
            "way": None if case.way is None else case.way.value,
            "taken_in_by": case.taken_in_by,
            "portal": case.portal,
            "parent": case.parent or None,
            "step": case.step or None,
            "subject": kept.subject,
            "opened": stamp(case.submitted_at),
        },
    )
    write.connection.execute(_INSERT_EVENT, [_event_row(write, case, one) for one in events])
    counts.came(write, case, kept.item)


def change(
    write: Write,
    before: Kept,
    after: Kept,
    event: CaseEvent,
    *,
    words: str = "",
    more: Mapping[str, Any] | None = None,
) -> None:
    """Change a case that is still as it was read, with the event that tells why.

    Raises
    ------
    StaleError
        Somebody was quicker.
    """
    done = write.connection.execute(
        update(CASES)
        .where(CASES.c.id == before.case.id, CASES.c.version == before.case.seen)
        .values(**_columns(after))
    )
    if done.rowcount != 1:
        raise stale(write.connection, before.case, before.case.seen)
    row = _event_row(write, after.case, event, words, more or {})
    write.connection.execute(_INSERT_EVENT, row)
    counts.changed(write, before, after)


def _event_row(
    write: Write,
    case: Case,
    event: CaseEvent,
    words: str = "",
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    record = {
        name: value
        for name, value in (
            ("outcome", event.outcome),
            ("extension", event.extension),
            ("recorded", stamp(write.now) if event.at != write.now else ""),
        )
        if value
    }
    return {
        "case": case.id,
        "at": stamp(event.at),
        "what": event.what.value,
        "version": case.seen,
        "who": event.by,
        "unit": event.unit,
        "record": _text({**record, **(more or {})}),
        "sealed": write.seal(case.id, words) if words else None,
    }


def events_of(connection: Connection, case: str) -> tuple[Told, ...]:
    """Return what happened to a case, in the order in which it was recorded."""
    found = []
    for row in connection.execute(_EVENTS_OF, {"the_case": case}):
        more = json.loads(row.record)
        event = CaseEvent(
            What(row.what),
            moment(row.at),
            row.who,
            more.pop("outcome", ""),
            more.pop("extension", 0),
            row.unit,
        )
        found.append(Told(event, row.version, more, row.sealed))
    return tuple(found)


def stale(connection: Connection, case: Case, seen: int) -> StaleError:
    """Return the error for somebody who saw an older version: who did what meanwhile."""
    since = [one for one in events_of(connection, case.id) if one.version > seen]
    if not since:
        return StaleError("hall_node.never_seen", number=case.number, seen=seen, now=case.seen)
    last = since[-1].event
    return StaleError(
        "hall_node.stale",
        number=case.number,
        who=last.by or Sentence("hall_node.system"),
        at=f"{last.at.astimezone(CHINA):%Y-%m-%d %H:%M}",
        what=last.what,
    )
