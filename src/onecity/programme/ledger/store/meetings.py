"""Meetings: their minutes, and the items that came of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select

from onecity.core.errors import MissingError
from onecity.identity import Actor
from onecity.identity.columns import storable
from onecity.programme.ledger.model import Meeting
from onecity.programme.ledger.way import MANAGE
from onecity.programme.strict import shown

from . import rows
from .items import Items
from .schema import ITEMS, MEETINGS


class Meetings(Items):
    """What can be done with meetings; see `Ledger`."""

    def hold(
        self,
        meeting: Mapping[str, Any],
        drafts: Sequence[Mapping[str, Any]] = (),
        *,
        by: Actor,
        address: str = "",
    ) -> Meeting:
        """Keep a meeting and make the items that came of it, all or nothing.

        Parameters
        ----------
        meeting
            ``title``, ``held_on`` and, if there are any, ``minutes``.
        drafts
            Fields of the items, see `Items.draft_many`.
        by, address
            Who does it, from where.

        Raises
        ------
        InputError, MissingError, ForbiddenError
            See `Items.draft_many`; a meeting itself may be kept by whoever gives out items
            somewhere.
        """
        if not self.office.rules.cities(by, MANAGE) and not self.office.may(by, MANAGE):
            self.office.require(by, MANAGE)
        with self.writing(by, address) as write:
            given = {name: meeting[name] for name in meeting if name not in {"id", "items"}}
            made = Meeting.made(**given, id=write.new_id())
            write.run(
                insert(MEETINGS).values(
                    id=made.id, held_on=made.held_on.isoformat(), record=rows.text_of(made)
                )
            )
            after = {"title": made.title, "held_on": made.held_on.isoformat()}
            write.tell_trail("meeting.held", "meeting", made.id, after=after)
            self._drafted(write, drafts, made.id)
        return self.meeting(made.id)

    def meetings(self) -> tuple[Meeting, ...]:
        """Return every meeting, the last one first, with the ids of its items."""
        held = select(MEETINGS).order_by(MEETINGS.c.held_on.desc(), MEETINGS.c.id.desc())
        items = (
            select(ITEMS.c.meeting, ITEMS.c.id)
            .where(ITEMS.c.meeting.is_not(None))
            .order_by(ITEMS.c.id)
        )
        with self.office.database.reading() as connection:
            of: dict[str, list[str]] = {}
            for meeting, id_ in connection.execute(items):
                of.setdefault(meeting, []).append(id_)
            return tuple(
                rows.meeting(one.record, tuple(of.get(one.id, ())))
                for one in connection.execute(held)
            )

    def meeting(self, id_: str) -> Meeting:
        """Return a meeting with the ids of its items.

        Raises
        ------
        MissingError
            There is none of that id.
        """
        held = select(MEETINGS.c.record).where(MEETINGS.c.id == storable(id_))
        items = select(ITEMS.c.id).where(ITEMS.c.meeting == storable(id_)).order_by(ITEMS.c.id)
        with self.office.database.reading() as connection:
            text = connection.execute(held).scalar_one_or_none()
            if text is None:
                raise MissingError("ledger_store.no_meeting", given=shown(id_))
            return rows.meeting(text, tuple(connection.execute(items).scalars()))
