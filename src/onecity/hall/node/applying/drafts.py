"""Drafts: an application that is saved, left and resumed until it is handed in."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, insert, select, update

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.hall.catalogue import Way
from onecity.hall.forms import FileSlot, Words
from onecity.hall.node import filing
from onecity.hall.node.tables.applying import DRAFTS
from onecity.hall.node.timers import Timer
from onecity.hall.node.writing import Write
from onecity.identity import Actor
from onecity.identity.clock import moment

from .access import require_either, require_to_apply
from .book import FormBook, way_of
from .filling import begun
from .profiles import checked
from .views import About, Draft, DraftRow, File, Person

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

OPEN, SUBMITTED, DROPPED = "open", "submitted", "dropped"
OLD = "draft_old"
"""Timer: a draft that nobody touched for long."""
_LARGEST = 1_000_000


class Drafts:
    """Drafts of one node, sealed each under its own key; whoever began one works on it."""

    def __init__(self, node: "Node", book: FormBook) -> None:
        self.node, self.book = node, book

    def make(
        self,
        by: Actor,
        about: About,
        *,
        way: Way | None = None,
        from_city: str = "",
        on_behalf: Person | None = None,
        address: str = "",
    ) -> Draft:
        """Begin a draft.

        Parameters
        ----------
        by
            The applicant, or who works at a window.
        about
            What it is about.
        way, from_city
            How it goes across a border, and the applicant's city; where nothing is said, the
            way follows from the item, and the city is the first one of the node.
        on_behalf
            For whom a window applies: their papers were checked there.

        Raises
        ------
        InputError
            The item does not go across the border, or there are too many drafts already.
        MissingError
            There is no such item or life event.
        ForbiddenError
            Applying for somebody else is for windows.
        """
        window = on_behalf is not None
        require_to_apply(self.node, by, window=window)
        matter = self.book.matter(about)
        city = from_city or next(iter(self.node.config.cities), "")
        chosen = way_of(matter, way, city, window=window)
        person = None if on_behalf is None else checked(on_behalf)
        if person is not None and not person.number:
            raise InputError("hall_applying.no_number")
        data = {} if person is None else begun(self.book.of(matter), person)
        with self.node.writing(by, address) as write:
            self._check_room(write, by)
            draft = write.new_id()
            item = None if matter.event is not None else matter.items[0]
            write.run(
                insert(DRAFTS).values(
                    id=draft,
                    account=by.name,
                    applicant=None,
                    version=1,
                    state=OPEN,
                    item=None if item is None else item.code,
                    item_version=None if item is None else item.version,
                    event=about.event or None,
                    city=about.city or (item.city if item is not None else ""),
                    from_city=city,
                    way=None if chosen is None else chosen.value,
                    made=write.at,
                    saved=write.at,
                    case=None,
                    record=json.dumps({"about": about.as_record(), "window": window}),
                    sealed=write.seal(draft, _content(data, person)),
                )
            )
            self._touch(write, draft)
            return self.read(write.connection, draft)

    def _check_room(self, write: Write, by: Actor) -> None:
        mine = (DRAFTS.c.account == by.name, DRAFTS.c.state == OPEN)
        count = write.connection.execute(select(func.count()).where(*mine)).scalar_one()
        most = self.node.config.limits.open_drafts
        if count >= most:
            raise InputError("hall_applying.too_many_drafts", most=most)

    def _touch(self, write: Write, draft: str) -> None:
        days = self.node.config.limits.draft_days
        self.node.timers.set(write, OLD, draft, write.now + timedelta(days=days))

    def all(self, by: Actor) -> tuple[DraftRow, ...]:
        """Return somebody's open drafts, the last saved first."""
        require_either(self.node, by)
        query = (
            select(DRAFTS)
            .where(DRAFTS.c.account == by.name, DRAFTS.c.state == OPEN)
            .order_by(DRAFTS.c.saved.desc())
        )
        with self.node.reading() as connection:
            rows = connection.execute(query).all()
        found = [About.from_record(json.loads(row.record)["about"]) for row in rows]
        return tuple(
            DraftRow(row.id, about, self._title(about), moment(row.saved))
            for row, about in zip(rows, found, strict=True)
        )

    def _title(self, about: About) -> Words:
        try:
            return self.book.matter(about).title
        except (InputError, MissingError):
            # The item stands no more, or a step goes across no more: it can still be dropped.
            return {"zh": about.item or about.event, "en": about.item or about.event}

    def one(self, by: Actor, draft: str) -> Draft:
        """Return a draft of one's own.

        Raises
        ------
        MissingError
            There is none, or it was handed in or dropped.
        """
        require_either(self.node, by)
        with self.node.reading() as connection:
            self.row(connection, draft, by)
            return self.read(connection, draft)

    def row(
        self, connection: Connection, draft: str, by: Actor, *, submitted: bool = False
    ) -> Row[Any]:
        """Return the row of a draft of one's own; see `one`."""
        query = select(DRAFTS).where(DRAFTS.c.id == draft, DRAFTS.c.account == by.name)
        row = connection.execute(query).one_or_none()
        fits = {OPEN, SUBMITTED} if submitted else {OPEN}
        if row is None or row.state not in fits:
            raise MissingError("hall_applying.no_draft", given=draft)
        return row

    def read(self, connection: Connection, draft: str) -> Draft:
        """Return a draft that is there, in a transaction under way."""
        row = connection.execute(select(DRAFTS).where(DRAFTS.c.id == draft)).one()
        about = About.from_record(json.loads(row.record)["about"])
        content = json.loads(self.node.vault.unseal(connection, draft, row.sealed))
        person = content["on_behalf"]
        return Draft(
            id=row.id,
            about=about,
            title=self._title(about),
            way=None if row.way is None else Way(row.way),
            from_city=row.from_city,
            on_behalf=None if person is None else Person.from_record(person),
            data=content["data"],
            files=filing.of_owner(self.node, connection, draft),
            saved_at=moment(row.saved),
            seen=row.version,
            item_version=row.item_version,
        )

    def save(
        self, by: Actor, draft: str, data: Mapping[str, Any], *, seen: int, address: str = ""
    ) -> Draft:
        """Keep what was filled in, as it is: it is checked when it is handed in.

        Raises
        ------
        StaleError
            It was saved elsewhere since it was seen.
        InputError
            It is larger than any form.
        """
        if len(json.dumps(data)) > _LARGEST:
            raise InputError("hall_applying.draft_large")
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            self._change(write, by, draft, seen)
            before = self.read(write.connection, draft)
            sealed = write.seal(draft, _content(data, before.on_behalf))
            write.run(update(DRAFTS).where(DRAFTS.c.id == draft).values(sealed=sealed))
            return self.read(write.connection, draft)

    def _change(self, write: Write, by: Actor, draft: str, seen: int | None) -> None:
        row = self.row(write.connection, draft, by)
        if seen is not None and seen != row.version:
            raise StaleError("hall_applying.draft_stale")
        write.run(
            update(DRAFTS)
            .where(DRAFTS.c.id == draft)
            .values(version=row.version + 1, saved=write.at)
        )
        self._touch(write, draft)

    def drop(self, by: Actor, draft: str, *, address: str = "") -> None:
        """Drop a draft: its key is destroyed, and its files go."""
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            self.row(write.connection, draft, by)
            self.end(write, draft, DROPPED)

    def end(self, write: Write, draft: str, state: str, **more: Any) -> None:
        """Note that a draft is one no more, and destroy its key."""
        write.run(
            update(DRAFTS)
            .where(DRAFTS.c.id == draft)
            .values(state=state, saved=write.at, sealed=None, **more)
        )
        filing.forget(write, draft)
        self.node.broker.forget(write, draft)
        write.erase(draft)
        self.node.timers.clear(write, draft)

    # --- Files ---

    def add_file(
        self, by: Actor, draft: str, name: str, filename: str, content: bytes, *, address: str = ""
    ) -> File:
        """Add a file to a draft, for a document of its form.

        Raises
        ------
        InputError
            The form has no such place, or the file is not what it takes.
        """
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            row = self.row(write.connection, draft, by)
            slot = self.slot(About.from_record(json.loads(row.record)["about"]), name)
            made = filing.put(write, slot, filename, content, draft=draft)
            self._touch(write, draft)
            return made

    def slot(self, about: About, name: str) -> FileSlot:
        """Return the place for a document in the form of a matter.

        Raises
        ------
        InputError
            The form has none.
        """
        slot = self.book.of(self.book.matter(about)).slot(name)
        if slot is None:
            raise InputError("hall_forms.file_no_slot", slot=name)
        return slot

    def file(self, by: Actor, draft: str, file: str) -> tuple[File, bytes]:
        """Return a file of one's own draft with what is in it."""
        require_either(self.node, by)
        with self.node.reading() as connection:
            self.row(connection, draft, by)
            return filing.content_of(self.node, connection, draft, file)

    def drop_file(self, by: Actor, draft: str, file: str, *, address: str = "") -> None:
        """Drop a file of a draft."""
        require_either(self.node, by)
        with self.node.writing(by, address) as write:
            self.row(write.connection, draft, by)
            filing.drop(write, draft, file)

    # --- Time ---

    def grown_old(self, write: Write, timer: Timer) -> None:
        """Drop a draft that nobody touched for as long as drafts are kept."""
        row = write.connection.execute(
            select(DRAFTS.c.state).where(DRAFTS.c.id == timer.about)
        ).one_or_none()
        if row is not None and row.state == OPEN:
            self.end(write, timer.about, DROPPED)
            write.tell("draft.expired", "draft", timer.about)


def _content(data: Mapping[str, Any], person: Person | None) -> dict[str, Any]:
    return {"data": dict(data), "on_behalf": None if person is None else person.as_record()}
