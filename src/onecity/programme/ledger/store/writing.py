"""One write to the ledger under way: what is added and changed, and what the trail says of it.

All of it is inside one transaction of the office's database: an item, the event that tells of the
change, the notes for units, the entry in the trail and the revision are kept together, or none is.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.sql import Executable

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.core.ids import new_id
from onecity.core.words import both
from onecity.identity import Actor, Trail
from onecity.identity.clock import stamp
from onecity.identity.columns import storable
from onecity.identity.trail import Note
from onecity.programme.ledger import checks, dependencies
from onecity.programme.ledger.model import Event, Item, What
from onecity.programme.ledger.past import NO_PAST, Past
from onecity.programme.ledger.register import Register
from onecity.programme.ledger.way import CHINA
from onecity.programme.strict import shown

from . import rows
from .schema import (
    ATTACHMENTS,
    COUNTERS,
    DEPENDENCIES,
    EVENTS,
    HEAD,
    ITEMS,
    MEETINGS,
    NOTES,
    NUMBERS,
)

_CHANCE_BITS = 79  # of the 80 that an id has: there is room to count up
_FOR_RESPONSIBLE = frozenset(
    {What.ASSIGNED, What.RETURNED, What.SUSPENDED, What.RESUMED, What.CANCELLED}
)
"""What the responsible unit is told of; of a report, whoever leads is."""


@dataclass(slots=True, kw_only=True)
class Writing:
    """A write under way; `Base.writing` makes one.

    Attributes
    ----------
    connection
        Inside the transaction.
    trail, by, address, now
        Who does it, from where, when; and what keeps that.
    revision
        Of the ledger once it is done.
    register
        As it is before it.
    counters
        Numbers used so far, by prefix and year: a row written a thousand times in one
        transaction is slow on PostgreSQL.
    """

    connection: Connection
    trail: Trail
    by: Actor
    address: str
    now: datetime
    revision: int
    register: Register
    counters: dict[str, int] = field(default_factory=dict)
    chance: int = field(default_factory=lambda: secrets.randbits(_CHANCE_BITS))

    def new_id(self) -> str:
        """Return an id; those of one write are in the order in which they were asked for."""
        self.chance += 1
        return new_id(self.now, self.chance)

    # --- Read ------------------------------------------------------------------------------------

    def item(self, id_: str, seen: int | None = None) -> tuple[Item, Past]:
        """Return an item as it is now, and its past.

        Raises
        ------
        MissingError
            There is none.
        StaleError
            It is not at the version `seen` any more.
        """
        found, past = item_of(self.connection, id_)
        if seen is not None and found.version != seen:
            raise stale(self.connection, found, seen)
        return found, past

    # --- Written ---------------------------------------------------------------------------------

    def add(self, item: Item, event: Event) -> None:
        """Add a new item and its first event."""
        self._check_links(None, item)
        text = rows.text_of(item)
        values = {**self._columns(item, text), "id": item.id}
        past = rows.text_of(NO_PAST.after(event))
        self.run(insert(ITEMS).values(**values, past=past))
        self._keep_number(item)
        self._keep_dependencies(item)
        self.event(event, item, text)

    def change(self, before: Item, past: Past, after: Item, event: Event) -> int:
        """Change an item that is at the version of `before`; return the number of its event.

        Raises
        ------
        StaleError
            It is not.
        """
        self._check_links(before, after)
        text = rows.text_of(after)
        done = self.connection.execute(
            update(ITEMS)
            .where(ITEMS.c.id == before.id, ITEMS.c.version == before.version)
            .values(**self._columns(after, text), past=rows.text_of(past.after(event)))
        )
        if done.rowcount != 1:
            raise stale(self.connection, self.item(before.id)[0], before.version)
        if after.number != before.number:
            self._keep_number(after)
        if after.depends_on != before.depends_on:
            self.run(DEPENDENCIES.delete().where(DEPENDENCIES.c.item == after.id))
            self._keep_dependencies(after)
        return self.event(event, after, text)

    def touch(self, item: Item, past: Past, event: Event) -> None:
        """Mark an item that stays as it is, and whose past is another now."""
        self.run(
            update(ITEMS)
            .where(ITEMS.c.id == item.id)
            .values(revision=self.revision, past=rows.text_of(past.after(event)))
        )

    def event(self, event: Event, item: Item, text: str | None = None) -> int:
        """Add an event, its notes and its entry in the trail; return its number.

        `text` is that of the item's row after it, whose hash the trail keeps.
        """
        told = rows.text_of(event)
        values = {
            "item": event.item,
            "at": stamp(event.at),
            "what": event.what.value,
            "version": item.version,
            "record": told,
        }
        done = self.connection.execute(insert(EVENTS).values(**values).returning(EVENTS.c.id))
        number = int(done.scalar_one())
        self.tell(number, _told(event, item))
        after: dict[str, Any] = {
            "number": item.number,
            "version": item.version,
            "state": item.state.value,
            "event": rows.hash_of(told),
        }
        if event.after:
            after["fields"] = sorted(event.after)
        if text is not None:
            after["item"] = rows.hash_of(text)
        self.tell_trail(f"item.{event.what.value}", "item", item.id, after=after)
        return number

    def tell(self, event: int, units: Iterable[str]) -> None:
        """Note for units that something happened."""
        for one in dict.fromkeys(units):
            self.run(insert(NOTES).values(unit=one, event=event))

    def tell_trail(
        self, action: str, kind: str, target: str, *, before: Any = None, after: Any = None
    ) -> None:
        """Write an entry in the trail."""
        note = Note(action, kind, target, before, after, "", self.address)
        self.trail.append(self.by, note)

    def mark(self, column: str) -> None:
        """Note that the units or the settings are changed."""
        self.run(update(HEAD).values({column: self.revision}))

    def run(self, statement: Executable) -> None:
        """Run a statement whose result does not matter."""
        self.connection.execute(statement)

    # --- Numbers ---------------------------------------------------------------------------------

    def next_number(self, prefix: str) -> str:
        """Return a number that no item ever had: prefix, year, and a counter of the year."""
        series = f"{prefix}-{self.now.astimezone(CHINA).year}"
        last = self.counters.get(series)
        if last is None:
            query = select(COUNTERS.c.last).where(COUNTERS.c.series == series)
            last = self.connection.execute(query).scalar_one_or_none()
            if last is None:
                last = 0
                self.run(insert(COUNTERS).values(series=series, last=0))
        while True:
            last += 1
            number = f"{series}-{last:04d}"
            if self._owner(number) is None:  # somebody may have given it by hand
                break
        self.counters[series] = last
        return number

    def finish(self) -> None:
        """Write what is written once for all of it."""
        for series, last in self.counters.items():
            self.run(update(COUNTERS).where(COUNTERS.c.series == series).values(last=last))

    def check_evidence(self, item: Item, evidence: Collection[str]) -> None:
        """Refuse attachments that are not there, or that belong to another item.

        Raises
        ------
        MissingError
            Names the attachment.
        """
        if not evidence:
            return
        query = select(ATTACHMENTS.c.id).where(
            ATTACHMENTS.c.item == item.id, ATTACHMENTS.c.id.in_(evidence)
        )
        known = set(self.connection.execute(query).scalars())
        for one in evidence:
            if one not in known:
                raise MissingError("ledger_store.no_evidence", given=one, number=item.number)

    # --- Pieces ----------------------------------------------------------------------------------

    def _columns(self, item: Item, text: str) -> dict[str, Any]:
        return {
            "number": item.number,
            "version": item.version,
            "revision": self.revision,
            "state": item.state.value,
            "responsible_unit": item.responsible_unit,
            "due": None if item.due is None else item.due.isoformat(),
            "meeting": item.meeting,
            "record": text,
        }

    def _check_links(self, before: Item | None, after: Item) -> None:
        """Refuse a number that is taken, a meeting that is not there, rings of dependencies."""
        if before is None or after.number != before.number:
            owner = self._owner(after.number)
            if owner not in {None, after.id}:
                raise InputError(
                    "ledger_store.number_taken", field=checks.field("number"), given=after.number
                )
        if after.meeting is not None and (before is None or after.meeting != before.meeting):
            query = select(MEETINGS.c.id).where(MEETINGS.c.id == after.meeting)
            if self.connection.execute(query).first() is None:
                raise MissingError("ledger_store.no_meeting", given=after.meeting)
        if after.depends_on and (before is None or after.depends_on != before.depends_on):
            dependencies.check_dependencies(after, self._before(after))

    def _owner(self, number: str) -> str | None:
        query = select(NUMBERS.c.item).where(NUMBERS.c.number == number)
        found: str | None = self.connection.execute(query).scalar_one_or_none()
        return found

    def _keep_number(self, item: Item) -> None:
        if self._owner(item.number) is None:
            self.run(insert(NUMBERS).values(number=item.number, item=item.id))

    def _keep_dependencies(self, item: Item) -> None:
        for one in item.depends_on:
            self.run(insert(DEPENDENCIES).values(item=item.id, before=one.item))

    def _before(self, item: Item) -> dict[str, Item]:
        """Return all that an item would wait for, directly or not."""
        first = [one.item for one in item.depends_on]
        reached = select(ITEMS.c.id).where(ITEMS.c.id.in_(first)).cte("reached", recursive=True)
        reached = reached.union(
            select(DEPENDENCIES.c.before).join(reached, DEPENDENCIES.c.item == reached.c.id)
        )
        query = select(ITEMS.c.record).where(ITEMS.c.id.in_(select(reached.c.id)))
        found = map(rows.item, self.connection.execute(query).scalars())
        return {one.id: one for one in found}


def item_of(connection: Connection, id_: str) -> tuple[Item, Past]:
    """Return an item and its past.

    Raises
    ------
    MissingError
        There is none of that id.
    """
    query = select(ITEMS.c.record, ITEMS.c.past).where(ITEMS.c.id == storable(id_))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise MissingError("ledger.no_item", given=shown(id_))
    return rows.item(row.record), rows.past(row.past)


def stale(connection: Connection, item: Item, seen: int) -> StaleError:
    """Return the error for somebody who saw an older version: who changed what meanwhile."""
    query = (
        select(EVENTS.c.record)
        .where(EVENTS.c.item == item.id, EVENTS.c.version > seen)
        .order_by(EVENTS.c.id)
    )
    events = [rows.event(one) for one in connection.execute(query).scalars()]
    if not events:
        return StaleError(
            "ledger_store.never_seen", number=item.number, seen=seen, now=item.version
        )
    last = events[-1].at.astimezone(CHINA)
    done = [one for one in events if one.what is not What.ATTACHED] or events
    return StaleError(
        "ledger_store.stale",
        number=item.number,
        seen=seen,
        now=item.version,
        who=both(dict.fromkeys(one.who for one in done)),
        at=f"{last:%Y-%m-%d %H:%M}",
        what=_words(done),
    )


def _words(events: Iterable[Event]) -> Any:
    """Return what happened, in both languages: for an edit, with the names of the fields."""
    zh, en = [], []
    for one in events:
        fields = [checks.field(name) for name in one.after if one.what is What.EDITED]
        named = both([each.text("zh") for each in fields], [each.text("en") for each in fields])
        zh.append(one.what.text("zh") + (f"（{named['zh']}）" if fields else ""))
        en.append(one.what.text("en") + (f" ({named['en']})" if fields else ""))
    pairs = dict.fromkeys(zip(zh, en, strict=True))
    return both([one for one, _ in pairs], [one for _, one in pairs])


def _told(event: Event, item: Item) -> list[str]:
    """Return the units that are told of an event, besides the one that made it."""
    code = None
    if event.what in _FOR_RESPONSIBLE:
        code = item.responsible_unit
    elif event.what is What.REPORTED:
        code = item.lead_unit
    return [] if code is None or code == event.unit else [code]
