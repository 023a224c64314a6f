"""Cases as rows: read, added, changed at the version that was seen, with what follows for counts.

A case's row, its event, its counts and its entry in the trail belong to one transaction.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from .evident import ROW, evident
from .tables.cases import CASES, EVENTS
from .writing import CHINA, Write

if TYPE_CHECKING:
    from sqlalchemy import Row

    from .node import Node

_SHOWN = 60
_INSERT = insert(CASES)
_INSERT_EVENT = insert(EVENTS)
_FIXED = frozenset(
    {
        "id", "number", "item", "item_version", "basic", "unit", "city", "from_city", "way",
        "taken_in_by", "portal", "parent", "step", "subject", "opened",
    }
)  # fmt: skip
_COLUMNS = ("legal_due", "days", "in_time", "stars")
"""What is no field of a case and has a column."""
_CHANGE = (
    update(CASES)
    .where(CASES.c.id == bindparam("the_id"), CASES.c.version == bindparam("the_version"))
    .values({one: bindparam(one.name) for one in CASES.c if one.name not in _FIXED})
)
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
class News:
    """Something that happens to a case: the event, words said with it, what is no field of it."""

    event: CaseEvent
    words: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


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
    more = json.loads(row.record) | {name: getattr(row, name) for name in _COLUMNS}
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


def _row(kept: Kept) -> dict[str, Any]:
    """Return the whole row of a case."""
    case = kept.case
    more = {
        **{name: value for name, value in kept.more.items() if name not in _COLUMNS},
        "on_behalf": case.on_behalf,
        "process": case.process,
        "edition": case.edition,
        "extended": case.extended,
        "supplements": case.supplements,
    }
    return {
        "id": case.id,
        "number": case.number,
        "version": case.seen,
        "state": case.state.value,
        "outcome": None if case.outcome is None else case.outcome.value,
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
        "accepted": _stamp(case.accepted_at),
        "decided": _stamp(case.decided_at),
        "closed": _stamp(case.closed_at),
        "due": _stamp(kept.due),
        "warn": _stamp(kept.warn),
        **{name: kept.more.get(name) for name in _COLUMNS},
        "record": _text(more),
        "sealed": kept.sealed,
    }


def add(write: Write, kept: Kept, news: "News") -> None:
    """Add a new case with its first event, and count it."""
    row, event = _row(kept), _event_row(write, kept.case, news)
    write.connection.execute(_INSERT, row)
    write.connection.execute(_INSERT_EVENT, event)
    counts.came(write, kept.case, kept.item)
    _tell(write, kept.case, news, event, row)


def change(write: Write, before: Kept, after: Kept, *news: "News") -> Kept:
    """Change a case that is still as it was read, with what happened, and return it.

    Raises
    ------
    StaleError
        Somebody was quicker.
    """
    after = replace(after, case=replace(after.case, seen=before.case.seen + 1))
    row = _row(after)
    done = write.connection.execute(
        _CHANGE, {**row, "the_id": before.case.id, "the_version": before.case.seen}
    )
    if done.rowcount != 1:
        raise stale(write.connection, before.case, before.case.seen)
    events = [_event_row(write, after.case, one) for one in news]
    write.connection.execute(_INSERT_EVENT, events)
    counts.changed(write, before, after)
    for one, event in zip(news, events, strict=True):
        _tell(write, after.case, one, event, row if one is news[-1] else None)
    return after


def note(write: Write, kept: Kept, news: "News") -> None:
    """Add an event to a case that stays as it is."""
    event = _event_row(write, kept.case, news)
    write.connection.execute(_INSERT_EVENT, event)
    _tell(write, kept.case, news, event, _row(kept))


def _tell(
    write: Write,
    case: Case,
    news: "News",
    event: Mapping[str, Any],
    row: Mapping[str, Any] | None,
) -> None:
    """Tell the trail of an event: hashes of its row, and of the case's after the last of them."""
    told: dict[str, Any] = {
        "number": case.number,
        "version": case.seen,
        "state": case.state.value,
        ROW: evident(EVENTS, event),
    }
    if news.event.outcome:
        told["outcome"] = news.event.outcome
    if row is not None:
        told["case"] = evident(CASES, row)
    write.tell(f"case.{news.event.what.value}", "case", case.id, after=told)


def _event_row(write: Write, case: Case, news: "News") -> dict[str, Any]:
    event = news.event
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
        "record": _text({**record, **news.more}),
        "sealed": write.seal(case.id, news.words) if news.words else None,
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


def came_from(connection: Connection, case: str) -> tuple[str, ...]:
    """Return the nodes that handed a case over to this one."""
    found = (one.more.get("from_node") for one in events_of(connection, case))
    return tuple(str(one) for one in found if one)


def went_to(connection: Connection, case: str) -> tuple[str, ...]:
    """Return the nodes to which this one handed a case over."""
    told = events_of(connection, case)
    found = (one.more.get("node") for one in told if one.event.what is What.HANDED_OVER)
    return tuple(str(one) for one in found if one)


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
