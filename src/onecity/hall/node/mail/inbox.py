"""What other nodes told this one. Functions on a connection."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from onecity.hall.node.tables.mail import INBOX, NONCES, SEQUENCES

from .turns import State

_PUT = insert(INBOX)
_NEXT_TAKEN = (
    update(SEQUENCES)
    .where(SEQUENCES.c.peer == bindparam("at_peer"), SEQUENCES.c.case == bindparam("at_case"))
    .values(taken=bindparam("now_taken"))
)
_FIRST_TAKEN = insert(SEQUENCES)
_NONCE = insert(NONCES)
_KNOWN = select(INBOX.c.id, INBOX.c.head, INBOX.c.state, INBOX.c.reason, INBOX.c.receipt).where(
    INBOX.c.id.in_(bindparam("ids", expanding=True))
)
_LAST = select(SEQUENCES.c.case, SEQUENCES.c.taken).where(
    SEQUENCES.c.peer == bindparam("sender"),
    SEQUENCES.c.case.in_(bindparam("cases", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A message that was settled before."""

    head: str
    state: State
    reason: str
    receipt: str | None


def known(connection: Connection, ids: Iterable[str]) -> dict[str, Known]:
    """Return those of some messages that were settled before."""
    rows = connection.execute(_KNOWN, {"ids": list(ids)})
    return {row[0]: Known(row[1], State(row[2]), row[3], row[4]) for row in rows}


def last(connection: Connection, sender: str, cases: Iterable[str]) -> dict[str, int]:
    """Return the last number taken in lines from a node; lines that have none are not in it."""
    rows = connection.execute(_LAST, {"sender": sender, "cases": list(cases)})
    return {row[0]: int(row[1]) for row in rows}


def put(connection: Connection, row: dict[str, object]) -> None:
    """Put a message into the inbox and move its line on."""
    connection.execute(_PUT, row)
    peer, case, seq = row["sender"], row["case"], row["seq"]
    moved = connection.execute(_NEXT_TAKEN, {"at_peer": peer, "at_case": case, "now_taken": seq})
    # The row is there too where something was only sent so far, perhaps by the message's effect.
    if not moved.rowcount:
        connection.execute(_FIRST_TAKEN, {"peer": peer, "case": case, "sent": 0, "taken": seq})


def note_nonce(connection: Connection, peer: str, nonce: str, until: str) -> bool:
    """Keep a request's nonce as long as it could be replayed; whether it is new."""
    try:
        with connection.begin_nested():
            connection.execute(_NONCE, {"peer": peer, "nonce": nonce, "until": until})
    except IntegrityError:
        return False
    return True


def forget_nonces(connection: Connection, now: str) -> int:
    """Drop nonces of requests that are too old to be believed; return how many."""
    return int(connection.execute(delete(NONCES).where(NONCES.c.until < now)).rowcount)
