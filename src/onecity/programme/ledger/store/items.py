"""The ledger's items: drafted, moved along their way, edited, and told of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.core.words import both
from onecity.identity import Actor
from onecity.identity.clock import stamp
from onecity.identity.columns import storable
from onecity.programme.ledger import checks, way
from onecity.programme.ledger.intake import Intake
from onecity.programme.ledger.model import Event, Item, What
from onecity.programme.ledger.register import Register
from onecity.programme.ledger.way import CHINA, EDITABLE, Move, Said, day_of
from onecity.programme.strict import shown

from . import rights, rows
from .base import Base
from .schema import EVENTS, NUMBERS
from .writing import Writing, item_of

DRAFTABLE = EDITABLE | {"example"}
"""Fields that a draft may be given; its number is made where none is."""
_UNIT_FIELDS = ("lead_unit", "responsible_unit", "supporting_units")
_NO_NUMBER = "-"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an intake: the items made and those edited, in its order."""

    new: tuple[Item, ...]
    edited: tuple[Item, ...]


class Items(Base):
    """What can be done with items; see `Ledger`."""

    # --- Read ------------------------------------------------------------------------------------

    def get(self, id_: str) -> Item:
        """Return an item.

        Raises
        ------
        MissingError
            There is none of that id.
        """
        with self.office.database.reading() as connection:
            return item_of(connection, id_)[0]

    def by_number(self, number: str) -> Item:
        """Return the item that has a number, or had it once.

        Raises
        ------
        MissingError
            None ever had it.
        """
        query = select(NUMBERS.c.item).where(NUMBERS.c.number == storable(number.strip()))
        with self.office.database.reading() as connection:
            found = connection.execute(query).scalar_one_or_none()
            if found is None:
                raise MissingError("ledger_store.no_number", given=shown(number))
            return item_of(connection, found)[0]

    def history(self, id_: str) -> tuple[Event, ...]:
        """Return what happened to an item, first to last.

        Raises
        ------
        MissingError
            There is no such item.
        """
        query = select(EVENTS.c.record).where(EVENTS.c.item == storable(id_)).order_by(EVENTS.c.id)
        with self.office.database.reading() as connection:
            found = tuple(map(rows.event, connection.execute(query).scalars()))
            if not found:
                item_of(connection, id_)
            return found

    def events(
        self, first: date, last: date, what: Collection[What] = tuple(What)
    ) -> tuple[Event, ...]:
        """Return what happened from one day to another in China, first to last.

        Raises
        ------
        InputError
            A day is beyond the range of the ledger.
        """
        days = checks.day("date", first), checks.day("date", last) + _DAY
        begin, end = (datetime.combine(one, time(), CHINA) for one in days)
        query = (
            select(EVENTS.c.record)
            .where(
                EVENTS.c.what.in_([one.value for one in what]),
                EVENTS.c.at >= stamp(begin),
                EVENTS.c.at < stamp(end),
            )
            .order_by(EVENTS.c.at, EVENTS.c.id)
        )
        with self.office.database.reading() as connection:
            return tuple(map(rows.event, connection.execute(query).scalars()))

    # --- Written ---------------------------------------------------------------------------------

    def draft(self, fields: Mapping[str, Any], *, by: Actor, address: str = "") -> Item:
        """Make an item from some of its fields; see `draft_many`."""
        [made] = self.draft_many([fields], by=by, address=address)
        return made

    def draft_many(
        self, several: Sequence[Mapping[str, Any]], *, by: Actor, address: str = ""
    ) -> tuple[Item, ...]:
        """Make items, all or none of them.

        Parameters
        ----------
        several
            Fields of each, as `Item.made` takes them, of `DRAFTABLE`.
        by, address
            Who makes them, from where.

        Raises
        ------
        InputError, MissingError
            A field is wrong or none that a draft has; where several are made, which one is said.
        ForbiddenError
            They may not give out items in the city of the responsible unit.
        """
        with self.writing(by, address) as write:
            return self._drafted(write, several)

    def move(
        self,
        id_: str,
        move: Move,
        said: Said | None = None,
        *,
        seen: int,
        by: Actor,
        address: str = "",
    ) -> Item:
        """Move an item along its way, see `way.apply`.

        Raises
        ------
        StaleError
            Somebody changed it after the version `seen`: who, and what.
        InputError, ForbiddenError, MissingError
            It is not allowed, not fit, or not there.
        """
        with self.writing(by, address) as write:
            before, past = write.item(id_, seen)
            rights_ = self._by(by, before, write.register)
            moved = way.apply(before, move, rights_, write.now, said)
            self._check_after(write, before, moved.item)
            write.check_evidence(before, moved.event.evidence)
            write.change(before, past, moved.item, moved.event)
            return moved.item

    def edit(self, id_: str, said: Said, *, seen: int, by: Actor, address: str = "") -> Item:
        """Edit fields of an item, see `way.edit`; errors as in `move`."""
        with self.writing(by, address) as write:
            return self._edited(write, id_, said, seen)

    def take_in(self, changes: Intake, *, by: Actor, address: str = "") -> Taken:
        """Make and edit the items of a file, all or none of them.

        Raises
        ------
        InputError
            The file has faults, or a change is not fit; the item is named.
        StaleError
            Items that it edits were changed since it was held against the ledger, by another
            import for one: they are named, and nothing is taken in.
        ForbiddenError, MissingError
            See `draft_many` and `edit`.
        """
        if not changes.sound:
            raise InputError("ledger_store.intake_faults", count=len(changes.faults))
        with self.writing(by, address) as write:
            behind = [
                found.number
                for one in changes.edited
                if (found := write.item(one.id)[0]).version != one.seen
            ]
            if behind:
                raise StaleError(
                    "ledger_store.stale_intake", count=len(behind), items=both(behind[:20])
                )
            edited = tuple(
                self._edited(write, one.id, Said(text=one.reason, fields=one.fields), one.seen)
                for one in changes.edited
            )
            return Taken(self._drafted(write, changes.new), edited)

    # --- Pieces ----------------------------------------------------------------------------------

    def _drafted(
        self, write: Writing, several: Sequence[Mapping[str, Any]], meeting: str | None = None
    ) -> tuple[Item, ...]:
        settings = self.settings
        made = []
        for place, given in enumerate(several, 1):
            fields = {"example": settings.example, "meeting": meeting, **given}
            try:
                made.append(self._one_drafted(write, fields, settings.prefix))
            except (InputError, MissingError) as error:
                if len(several) == 1:
                    raise
                raise InputError(
                    "ledger_store.draft_of_many",
                    place=place,
                    title=shown(given.get("title", "")),
                    reason=error,
                ) from error
        return tuple(made)

    def _one_drafted(self, write: Writing, fields: dict[str, Any], prefix: str) -> Item:
        for name in fields:
            if name not in DRAFTABLE:
                known = ", ".join(sorted(DRAFTABLE))
                raise InputError("ledger.edit_fixed", given=shown(name), known=known)
        own = fields.get("number") or _NO_NUMBER
        item = Item.made(
            **{
                **fields,
                "number": own,
                "id": write.new_id(),
                "created": write.now,
                "changed": write.now,
            }
        )
        rights.require_manage(self.office.rules, write.register, write.by, item)
        write.register.check_item(item, day_of(write.now))
        if item.number == _NO_NUMBER:  # only now, when it is fit: numbers are not spent on others
            item = replace(item, number=write.next_number(prefix))
        write.add(item, way.drafted(item, self._by(write.by, item, write.register)))
        return item

    def _edited(self, write: Writing, id_: str, said: Said, seen: int) -> Item:
        before, past = write.item(id_, seen)
        moved = way.edit(before, self._by(write.by, before, write.register), write.now, said)
        self._check_after(write, before, moved.item)
        write.check_evidence(before, moved.event.evidence)
        write.change(before, past, moved.item, moved.event)
        return moved.item

    def _check_after(self, write: Writing, before: Item, after: Item) -> None:
        """Refuse units that are not there now, and an item given to where one has no rights."""
        if all(getattr(before, name) == getattr(after, name) for name in _UNIT_FIELDS):
            return
        _check_new_units(write.register, before, after, day_of(write.now))
        if rights.city_of(after, write.register) != rights.city_of(before, write.register):
            rights.require_manage(self.office.rules, write.register, write.by, after)


def _check_new_units(register: Register, before: Item, after: Item, on: date) -> None:
    """Check the units that an item did not name before: old ones may have ended since."""
    kept = before.units
    changed: dict[str, Any] = {
        name: tuple(one for one in after.supporting_units if one not in kept)
        if name == "supporting_units"
        else (None if (code := getattr(after, name)) in kept else code)
        for name in _UNIT_FIELDS
    }
    register.check_item(replace(after, **changed), on)
