"""Moments that a node waits for, kept in its store: after a restart none is forgotten.

What a moment brings is done in one transaction with the row's going, so it happens once. One
that fails is tried again later, longer each time, and holds up no other.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert as InsertPg
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import Insert as InsertLite
from sqlalchemy.dialects.sqlite import insert as insert_lite

from onecity.identity import Actor
from onecity.identity.clock import moment, stamp

from .tables.cases import TIMERS
from .writing import Write

if TYPE_CHECKING:
    from .node import Node

_LOG = logging.getLogger(__name__)
_AT_ONCE = 200
_PAUSE, _LONGEST = timedelta(minutes=1), timedelta(hours=6)
_KEY = (TIMERS.c.kind, TIMERS.c.about, TIMERS.c.which)


@dataclass(frozen=True, slots=True)
class Timer:
    """A moment, what is to be done then (`kind`), about which case or draft; `which` of several."""

    kind: str
    about: str
    which: str
    at: datetime


Handler = Callable[[Write, Timer], None]
"""What a kind of moment brings, inside its transaction. It looks itself whether there is still
anything to do, and may set further timers."""


class Timers:
    """The timers of one node. Handlers are registered by whoever sets timers of a kind."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.handlers: dict[str, Handler] = {}

    def register(self, handlers: Mapping[str, Handler]) -> None:
        """Let kinds of moments have their effect."""
        self.handlers.update(handlers)

    def set(self, write: Write, kind: str, about: str, at: datetime, *, which: str = "") -> None:
        """Wait for a moment; the one of this kind that was waited for before is forgotten."""
        self.set_all(write, about, {kind: at}, which=which)

    def set_all(
        self, write: Write, about: str, moments: Mapping[str, datetime], *, which: str = ""
    ) -> None:
        """Wait for moments, by their kinds; see `set`."""
        rows = [
            {"kind": kind, "about": about, "which": which, "at": stamp(at), "tries": 0}
            for kind, at in moments.items()
        ]
        write.connection.execute(_SET[write.connection.dialect.name], rows)

    def clear(self, write: Write, about: str, *kinds: str) -> None:
        """Wait no longer: for moments of some kinds, or of any, about a case or draft."""
        gone = delete(TIMERS).where(TIMERS.c.about == about)
        write.run(gone.where(TIMERS.c.kind.in_(kinds)) if kinds else gone)

    def next(self) -> datetime | None:
        """Return the moment that comes first; None where none is waited for."""
        with self.node.reading() as connection:
            found = connection.execute(select(func.min(TIMERS.c.at))).scalar()
        return None if found is None else moment(found)

    def due(self, now: datetime | None = None) -> int:
        """Do what the moments bring that have come, the oldest first; return how many were done."""
        until = stamp(now or self.node.office.clock())
        by, done = self.node.itself, 0
        while True:
            query = select(TIMERS).where(TIMERS.c.at <= until).order_by(TIMERS.c.at)
            with self.node.reading() as connection:
                rows = connection.execute(query.limit(_AT_ONCE)).all()
            if not rows:
                return done
            for row in rows:
                timer = Timer(row.kind, row.about, row.which, moment(row.at))
                done += self._do(by, timer, row.tries)

    def _do(self, by: Actor, timer: Timer, tries: int) -> int:
        mine = [one == getattr(timer, one.name) for one in _KEY]
        try:
            with self.node.writing(by) as write:
                gone = delete(TIMERS).where(*mine, TIMERS.c.at == stamp(timer.at))
                if not write.connection.execute(gone).rowcount:
                    return 0  # somebody did it, or set it anew, meanwhile
                self.handlers[timer.kind](write, timer)
        except Exception:  # noqa: BLE001
            # Whatever it is, the other moments must not wait for it.
            _LOG.exception("moment %s of %s", timer.kind, timer.about)
            later = min(_PAUSE * 2 ** min(tries, 10), _LONGEST)
            with self.node.writing(by) as write:
                at = stamp(write.now + later)
                write.run(update(TIMERS).where(*mine).values(at=at, tries=tries + 1))
            return 0
        return 1


def _set(dialect: str) -> InsertPg | InsertLite:
    made = insert_pg(TIMERS) if dialect == "postgresql" else insert_lite(TIMERS)
    return made.on_conflict_do_update(
        index_elements=list(_KEY), set_={"at": made.excluded.at, "tries": 0}
    )


_SET = {name: _set(name) for name in ("sqlite", "postgresql")}
