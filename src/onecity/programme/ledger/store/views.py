"""Saved views: a question to the ledger under a name, for oneself or for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Sentence
from onecity.identity import Actor
from onecity.identity.columns import storable
from onecity.identity.errors import ForbiddenError
from onecity.programme.ledger import checks
from onecity.programme.ledger.way import MANAGE
from onecity.programme.strict import shown

from . import rows
from .base import Base
from .rights import VIEW
from .schema import VIEWS

_LONGEST_TITLE = 60
MOST = 100
"""Views that one person may keep."""
_MOST_NAMES, _LONGEST_NAME, _LONGEST_VALUE = 40, 40, 4_000


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: whose it is, its title, whether all see it, and what it asks.

    `query` is what a screen keeps in its address, filters, order and columns: the ledger only
    stores it, so that new filters need no new views.
    """

    id: str
    owner: str
    title: str
    shared: bool
    query: Mapping[str, str]


class Views(Base):
    """What can be done with views; see `Ledger`."""

    def views(self, actor: Actor) -> tuple[View, ...]:
        """Return somebody's own views and those that all see, by title."""
        query = (
            select(VIEWS)
            .where(or_(VIEWS.c.owner == actor.name, VIEWS.c.shared == 1))
            .order_by(VIEWS.c.title, VIEWS.c.id)
        )
        with self.office.database.reading() as connection:
            return tuple(map(_view, connection.execute(query)))

    def save_view(
        self,
        title: str,
        query: Mapping[str, str],
        *,
        shared: bool = False,
        by: Actor,
        id_: str | None = None,
        address: str = "",
    ) -> View:
        """Keep a view, or, with `id_`, change one.

        Raises
        ------
        InputError
            The title is missing or too long, or there are too many.
        ForbiddenError
            The view is somebody else's, they may not see the ledger, or, for a view that all
            see, are no office.
        MissingError
            There is no view of that id.
        """
        name = checks.text("title", title, _LONGEST_TITLE, least=1)
        asked = _checked(query)
        if not self.may_view(by):
            self.office.require(by, VIEW)
        if shared and not self.office.rules.permissions_of(by) & {MANAGE}:
            self._refuse(by)
        with self.writing(by, address) as write:
            made = View(id_ or write.new_id(), by.name, name, shared, asked)
            values: dict[str, Any] = {
                "title": name,
                "shared": int(shared),
                "query": rows.text_of(asked),
            }
            if id_ is None:
                held = select(VIEWS.c.id).where(VIEWS.c.owner == by.name)
                if len(write.connection.execute(held).all()) >= MOST:
                    raise InputError("ledger_store.views_many", most=MOST)
                write.run(insert(VIEWS).values(id=made.id, owner=by.name, **values))
            else:
                old = _held(write.connection, id_)
                if old.owner != by.name:
                    self._refuse(by)
                write.run(update(VIEWS).where(VIEWS.c.id == id_).values(**values))
            write.tell_trail("view.saved", "view", made.id, after={"title": name, "shared": shared})
        return made

    def drop_view(self, id_: str, *, by: Actor, address: str = "") -> None:
        """Forget a view: one's own, or, for an office of the circle, one that all see.

        Raises
        ------
        MissingError
            There is none of that id.
        ForbiddenError
            It is somebody else's.
        """
        with self.writing(by, address) as write:
            old = _held(write.connection, id_)
            if old.owner != by.name and not (old.shared and self.office.may(by, MANAGE)):
                self._refuse(by)
            write.run(delete(VIEWS).where(VIEWS.c.id == id_))
            write.tell_trail("view.dropped", "view", id_, before={"title": old.title})

    def _refuse(self, by: Actor) -> None:
        what = Sentence("ledger_store.others_views")
        raise ForbiddenError("identity.forbidden", who=by.name, what=what)


def _held(connection: Any, id_: str) -> View:
    row = connection.execute(select(VIEWS).where(VIEWS.c.id == storable(id_))).one_or_none()
    if row is None:
        raise MissingError("ledger_store.no_view", given=shown(id_))
    return _view(row)


def _view(row: Any) -> View:
    query = rows.plain(row.query, VIEWS.name)
    return View(row.id, row.owner, row.title, bool(row.shared), query)


def _checked(query: Mapping[str, str]) -> dict[str, str]:
    """Return a query that is small enough to be kept, of plain texts."""
    if len(query) > _MOST_NAMES:
        raise InputError("ledger_store.query_text", name="query", most=_MOST_NAMES)
    for name, value in query.items():
        checks.text("text", name, _LONGEST_NAME, least=1)
        checks.text("text", value, _LONGEST_VALUE)
    return dict(query)
