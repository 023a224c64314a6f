"""Reminders: computed by rule, written as events, and the notes that units find waiting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, insert, select

from onecity.identity import Actor
from onecity.programme.ledger import rules, way
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.model import Item, What
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.rules import Call, Reminder
from onecity.programme.ledger.way import MANAGE, By, Move, Said

from . import rows
from .base import Base
from .rights import REMIND
from .schema import EVENTS, ITEMS, NOTES, READS
from .writing import Writing

_AT_ONCE = 200
"""Items whose reminders are one write."""
_MOVES = {Call.REMIND: Move.REMIND, Call.ESCALATE: Move.ESCALATE}


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a unit is told: what happened to which item, who did it, what they said."""

    id: int
    unit: str
    at: datetime
    what: What
    item: str
    number: str
    title: str
    who: str
    text: str
    read: bool


class Reminders(Base):
    """What can be done with reminders and notes; see `Ledger`."""

    def reminders(self) -> tuple[Reminder, ...]:
        """Return who is to be reminded of what today; nothing is written."""
        book = self.book()
        return _due(book, book.items.values())

    def remind(self, *, by: Actor, address: str = "") -> tuple[Reminder, ...]:
        """Write the reminders that are due as events and notes, and return them.

        It may run as often as it likes: what was written today is not written again.

        Raises
        ------
        ForbiddenError
            They may not.
        """
        self.office.require(by, REMIND)
        book = self.book()
        items = list(dict.fromkeys(one.item for one in _due(book, book.items.values())))
        told: list[Reminder] = []
        # Not all in one write: on the first day of a large ledger others would wait too long.
        for first in range(0, len(items), _AT_ONCE):
            with self.writing(by, address) as write:
                told += self._remind(write, book, items[first : first + _AT_ONCE])
        return tuple(told)

    def _remind(self, write: Writing, book: Book, ids: Iterable[str]) -> list[Reminder]:
        """Write the reminders of some items that are due as they are now."""
        # Looked at again inside the write: somebody else may have written the same ones.
        now = {id_: write.item(id_) for id_ in ids}
        pasts = {id_: past for id_, (_, past) in now.items()}
        others = {**book.items, **{id_: item for id_, (item, _) in now.items()}}
        due = _due(book, [item for item, _ in now.values()], pasts, others)
        acting = By(write.by.name, self._by(write.by, None, write.register).unit, _NONE, _OFFICE)
        for one in due:
            item, past = write.item(one.item)
            text = "\n".join(reason.text("zh") for reason in one.because)
            moved = way.apply(item, _MOVES[one.call], acting, write.now, Said(text=text))
            write.tell(write.change(item, past, moved.item, moved.event), one.to)
        return list(due)

    def inbox(self, actor: Actor, *, limit: int = 100) -> tuple[Note, ...]:
        """Return the notes for somebody's unit, those they have not read first, newest first."""
        reads = and_(READS.c.note == NOTES.c.id, READS.c.who == actor.name)
        query = (
            select(NOTES.c.id, NOTES.c.unit, EVENTS.c.record, ITEMS.c.record, READS.c.note)
            .join(EVENTS, EVENTS.c.id == NOTES.c.event)
            .join(ITEMS, ITEMS.c.id == EVENTS.c.item)
            .outerjoin(READS, reads)
            .where(self._for(actor))
            .order_by(READS.c.note.is_not(None), NOTES.c.id.desc())
            .limit(limit)
        )
        with self.office.database.reading() as connection:
            found = []
            for number, unit, told, text, read in connection.execute(query):
                event, item = rows.event(told), rows.item(text)
                found.append(
                    Note(
                        number,
                        unit,
                        event.at,
                        event.what,
                        item.id,
                        item.number,
                        item.title,
                        event.who,
                        event.text,
                        read is not None,
                    )
                )
            return tuple(found)

    def unread(self, actor: Actor) -> int:
        """Return how many notes for somebody's unit they have not read."""
        reads = and_(READS.c.note == NOTES.c.id, READS.c.who == actor.name)
        query = (
            select(func.count())
            .select_from(NOTES)
            .outerjoin(READS, reads)
            .where(self._for(actor), READS.c.note.is_(None))
        )
        with self.office.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def read(self, notes: Iterable[int], *, by: Actor) -> None:
        """Note that somebody has read notes for their unit; others are passed over.

        What somebody has read is no change of the ledger: the trail has no entry of it.
        """
        wanted = set(notes)
        with self.office.database.writing() as connection:
            own = select(NOTES.c.id).where(NOTES.c.id.in_(wanted), self._for(by))
            seen = select(READS.c.note).where(READS.c.who == by.name)
            known = set(connection.execute(seen.where(READS.c.note.in_(wanted))).scalars())
            for one in set(connection.execute(own).scalars()) - known:
                connection.execute(insert(READS).values(who=by.name, note=one))

    def _for(self, actor: Actor) -> ColumnElement[bool]:
        register = self.register
        own = actor.unit is not None and actor.unit in register.units
        units = register.answers_for(str(actor.unit), self.today()) if own else frozenset()
        return NOTES.c.unit.in_(units)


_OFFICE = frozenset({MANAGE})
_NONE: frozenset[str] = frozenset()


def _due(
    book: Book,
    items: Iterable[Item],
    pasts: Mapping[str, Past] | None = None,
    others: Mapping[str, Item] | None = None,
) -> tuple[Reminder, ...]:
    return rules.reminders(
        items,
        book.day,
        book.calendar,
        book.pasts if pasts is None else pasts,
        book.register,
        others=book.items if others is None else others,
        thresholds=book.thresholds,
    )
