"""What all pieces of the ledger share: the office, the calendar, the day, the book in memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection, select, update

from onecity.core.working_days import WorkingCalendar
from onecity.identity import Actor, Office
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.register import Register
from onecity.programme.ledger.way import By, day_of

from . import rights, rows
from .schema import HEAD, ITEMS, UNITS
from .settings import LedgerSettings
from .writing import Writing


class Base:
    """An office with a ledger in its store; see `Ledger`."""

    def __init__(self, office: Office, *, calendar: WorkingCalendar | None = None) -> None:
        self.office = office
        self.calendar = calendar or WorkingCalendar.china()
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._book: Book | None = None
        self._units: tuple[int, Register] | None = None

    def today(self) -> date:
        """Return the day in China."""
        return day_of(self.office.clock())

    @property
    def register(self) -> Register:
        """The units."""
        with self.office.database.reading() as connection:
            return self._register_of(connection)

    @property
    def settings(self) -> LedgerSettings:
        """What the ledger is called and when its rules speak."""
        with self.office.database.reading() as connection:
            return _settings_of(connection)

    # --- Who may ---------------------------------------------------------------------------------

    def may_view(self, actor: Actor) -> bool:
        """Whether somebody may see the ledger."""
        return rights.may_view(self.office.rules, actor)

    def by_of(self, actor: Actor, item: Item | None = None) -> By:
        """Return what somebody may do to an item, or, without one, to those of the circle."""
        return self._by(actor, item, self.register)

    def _by(self, actor: Actor, item: Item | None, register: Register) -> By:
        own = actor.unit is not None and actor.unit in register.units
        units = register.answers_for(str(actor.unit), self.today()) if own else frozenset()
        return rights.by_of(self.office.rules, register, actor, item, units)

    # --- The book --------------------------------------------------------------------------------

    def book(self) -> Book:
        """Return the whole ledger as it is now, today; kept in memory from one time to the next.

        What other processes wrote is seen. The first time reads all items; later ones read what
        was changed since, and a new day judges every item anew.
        """
        today = self.today()
        with self.office.database.reading() as connection:
            known = self._book
            if self._is_writing():
                # What is not kept yet, and may never be, is not remembered.
                return self._book_of(connection, known, today)
            if known is not None and self._is_current(connection, known, today):
                return known
            # The others wait and then find what the first one made.
            with self._lock:
                known = self._book
                if known is None or not self._is_current(connection, known, today):
                    known = self._book = self._book_of(connection, known, today)
                return known

    def _is_current(self, connection: Connection, book: Book, today: date) -> bool:
        revision = connection.execute(select(HEAD.c.revision)).scalar_one()
        # A thread whose snapshot is older than the book takes the newer one.
        return book.day == today and book.revision >= revision

    def _book_of(self, connection: Connection, known: Book | None, today: date) -> Book:
        """Return the book of what a connection sees, from an older one where there is one."""
        head = connection.execute(select(HEAD)).one()
        settings = _settings_of(connection)
        register = self._register_of(connection)
        if known is None:
            query = select(ITEMS.c.id, ITEMS.c.record, ITEMS.c.past)
            found = list(connection.execute(query))
            return Book.of(
                [rows.item(one.record) for one in found],
                {one.id: rows.past(one.past) for one in found},
                register,
                self.calendar,
                today,
                thresholds=settings.thresholds,
                revision=head.revision,
            )
        query = select(ITEMS.c.id, ITEMS.c.record, ITEMS.c.past).where(
            ITEMS.c.revision > known.revision
        )
        found = list(connection.execute(query))
        newer = known.changed(
            [rows.item(one.record) for one in found],
            {one.id: rows.past(one.past) for one in found},
            register=register,
            revision=head.revision,
        )
        if newer.day != today or newer.thresholds != settings.thresholds:
            newer = newer.on(today, thresholds=settings.thresholds)
        return newer

    def _register_of(self, connection: Connection) -> Register:
        revision = connection.execute(select(HEAD.c.units)).scalar_one()
        known = self._units
        if known is None or known[0] != revision:
            texts = connection.execute(select(UNITS.c.record).order_by(UNITS.c.place)).scalars()
            known = (revision, Register.of(map(rows.unit, texts)))
            if not self._is_writing():
                self._units = known
        return known[1]

    def _is_writing(self) -> bool:
        """Whether this thread is inside a write of its own."""
        return getattr(self._mine, "writes", 0) > 0

    # --- Writing ---------------------------------------------------------------------------------

    @contextmanager
    def writing(self, by: Actor, address: str) -> Iterator[Writing]:
        """Give a write, all of which is kept at the end; nothing is if the block raises."""
        with self.office.database.writing() as connection:
            register = self._register_of(connection)
            raised = update(HEAD).values(revision=HEAD.c.revision + 1).returning(HEAD.c.revision)
            revision = connection.execute(raised).scalar_one()
            self._mine.writes = getattr(self._mine, "writes", 0) + 1
            try:
                write = Writing(
                    connection=connection,
                    trail=self.office.trail,
                    by=by,
                    address=address,
                    now=self.office.clock(),
                    revision=revision,
                    register=register,
                )
                yield write
                write.finish()
            finally:
                self._mine.writes -= 1


def _settings_of(connection: Connection) -> LedgerSettings:
    text = connection.execute(select(HEAD.c.record)).scalar_one()
    return LedgerSettings.from_record(rows.plain(text, HEAD.name))
