"""One write of a node under way: all of it is one transaction of its database.

What is changed, the messages that tell of it, and the entries in the trail are kept together, or
nothing is. Sending begins after the commit.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, update
from sqlalchemy.sql import Executable

from onecity.core.ids import new_id
from onecity.hall.vault import Lock
from onecity.identity import Actor
from onecity.identity.clock import stamp
from onecity.identity.trail import Note

from .tables.cases import COUNTERS

if TYPE_CHECKING:
    from .node import Node

CHINA = timezone(timedelta(hours=8))
_CHANCE_BITS = 79  # of the 80 that an id has: there is room to count up


@dataclass(slots=True, kw_only=True)
class Write:
    """A write under way; `Node.writing` makes one.

    Attributes
    ----------
    node, connection
        Whose store, inside the transaction.
    by, address, now
        Who does it, from where, when.
    told
        Codes of nodes that messages wait for: their senders are woken after the commit.
    locks
        Keys of owners that were asked for in it.
    """

    node: "Node"
    connection: Connection
    by: Actor
    address: str
    now: datetime
    told: set[str] = field(default_factory=set)
    locks: dict[str, Lock] = field(default_factory=dict)
    chance: int = field(default_factory=lambda: secrets.randbits(_CHANCE_BITS))

    @property
    def at(self) -> str:
        """The time as the store keeps it."""
        return stamp(self.now)

    @property
    def today(self) -> date:
        """The day in China."""
        return self.now.astimezone(CHINA).date()

    def new_id(self) -> str:
        """Return an id; those of one write are in the order in which they were asked for."""
        self.chance += 1
        return new_id(self.now, self.chance)

    def next_number(self, series: str) -> int:
        """Return the next number of a series, from 1; none is given twice."""
        raised = update(COUNTERS).where(COUNTERS.c.series == series)
        raised = raised.values(last=COUNTERS.c.last + 1)
        found = self.connection.execute(raised.returning(COUNTERS.c.last)).scalar_one_or_none()
        if found is not None:
            return int(found)
        self.run(insert(COUNTERS).values(series=series, last=1))
        return 1

    def new_number(self) -> str:
        """Return the number of a new case: node, day, and a count of the day."""
        series = f"{self.node.config.code.upper()}{self.today:%Y%m%d}"
        return f"{series}-{self.next_number(series):05d}"

    def send(self, to: str, kind: str, case: str, body: Mapping[str, Any], *, purpose: str) -> str:
        """Put a message to a node in line, and return its id; one to this node acts at once."""
        return self.node.mail.enqueue(self, to, kind, case, body, purpose=purpose)

    def tell(
        self, action: str, kind: str, target: str, *, before: Any = None, after: Any = None
    ) -> None:
        """Write an entry in the trail: nothing personal, which could never be erased there."""
        note = Note(action, kind, target, before, after, "", self.address)
        self.node.office.trail.append(self.by, note)

    def seal(self, owner: str, value: Any) -> bytes:
        """Return a plain value sealed with an owner's key, which is made on first use."""
        return self.seal_bytes(owner, packed(value))

    def unseal(self, owner: str, sealed: bytes) -> Any:
        """Return a value that was sealed.

        Raises
        ------
        MissingError
            The owner's key was destroyed: what it sealed is erased.
        """
        return json.loads(self.unseal_bytes(owner, sealed))

    def seal_bytes(self, owner: str, content: bytes) -> bytes:
        """Return bytes sealed with an owner's key, which is made on first use."""
        lock = self.locks.get(owner)
        if lock is None:
            lock = self.locks[owner] = self.node.vault.lock_of(self.connection, owner)
        return lock.seal(content)

    def unseal_bytes(self, owner: str, sealed: bytes) -> bytes:
        """Return bytes that were sealed; see `unseal`."""
        return self.node.vault.unseal(self.connection, owner, sealed)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Let a part of the write be undone alone if it raises.

        Keys that were made in it are forgotten with it: what is sealed later finds or makes them.
        """
        before = dict(self.locks)
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            self.locks = before
            raise

    def erase(self, owner: str) -> bool:
        """Destroy the key of an owner, and with it all that it sealed; whether there was one."""
        self.locks.pop(owner, None)
        return self.node.vault.erase(self.connection, owner, self.now)

    def run(self, statement: Executable) -> None:
        """Run a statement whose result does not matter."""
        self.connection.execute(statement)


def packed(value: Any) -> bytes:
    """Return a plain value as JSON, with its keys in order."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()
