"""What waits to be told to other nodes, and what became of it. Functions on a connection."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_lite

from onecity.hall.node.tables.mail import OUTBOX, PEERS, SEQUENCES
from onecity.identity.clock import stamp

from .turns import State, pause

SET_BACK = "hall_mail.number_of_another"
"""Why a line waits whose numbers were given out twice; see `resuming`."""
OK, WAITING, DOWN, UNKNOWN = "ok", "waiting", "down", "unknown"
"""States of a peer."""
# Written out, not bound: only so can the index of waiting messages be used.
_WAITS = OUTBOX.c.state == literal_column("'waiting'")
_NEXT_SENT = {
    dialect: into(SEQUENCES)
    .on_conflict_do_update(
        index_elements=[SEQUENCES.c.peer, SEQUENCES.c.case],
        set_={"sent": SEQUENCES.c.sent + 1},
    )
    .returning(SEQUENCES.c.sent)
    for dialect, into in (("sqlite", insert_lite), ("postgresql", insert_pg))
}
_PUT = insert(OUTBOX)
_WAITING = (
    select(
        OUTBOX.c.id,
        OUTBOX.c.kind,
        OUTBOX.c.case,
        OUTBOX.c.seq,
        OUTBOX.c.head,
        OUTBOX.c.signature,
        OUTBOX.c.owner,
        OUTBOX.c.size,
        OUTBOX.c.tries,
    )
    .where(
        OUTBOX.c.peer == bindparam("to"),
        _WAITS,
        OUTBOX.c.due <= bindparam("now"),
    )
    .order_by(OUTBOX.c.number)
    .limit(bindparam("most"))
)
_STUCK = select(OUTBOX.c.case).where(
    OUTBOX.c.peer == bindparam("to"), _WAITS, OUTBOX.c.reason == SET_BACK
)
_GOING = _WAITING.where(OUTBOX.c.case.not_in(_STUCK))
_LINE = (
    select(*_WAITING.selected_columns)
    .where(OUTBOX.c.peer == bindparam("to"), OUTBOX.c.case == bindparam("about"), _WAITS)
    .order_by(OUTBOX.c.seq)
)
_BODIES = select(OUTBOX.c.id, OUTBOX.c.sealed).where(
    OUTBOX.c.id.in_(bindparam("ids", expanding=True))
)
_SETTLE = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("the_id"), _WAITS)
    .values(
        state=bindparam("now_state"),
        settled=bindparam("now_settled"),
        reason=bindparam("now_reason"),
        receipt=bindparam("now_receipt"),
    )
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox without its body, which may be large."""

    id: str
    kind: str
    case: str
    seq: int
    head: str
    signature: str
    owner: str
    size: int
    tries: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message: its state, when, why if it was refused, and the receipt."""

    id: str
    state: State
    at: str
    reason: str
    receipt: str | None


@dataclass(frozen=True, slots=True)
class Peer:
    """How the talk with another node goes.

    `state` is ``ok``, ``waiting`` (something is on its way), ``down`` (it cannot be reached, or
    takes nothing) or ``unknown`` (nothing was ever sent); `reason` is the key of a sentence.
    `seconds_off` is how far its clock is ahead.
    """

    code: str
    waiting: int
    oldest: str | None
    state: str
    tries: int
    last_try: str | None
    last_ok: str | None
    reason: str
    seconds_off: int | None


def number(connection: Connection, peer: str, case: str) -> int:
    """Return the next number of the line to a peer about a case, and keep it as given."""
    row = {"peer": peer, "case": case, "sent": 1, "taken": 0}
    return int(connection.execute(_NEXT_SENT[connection.dialect.name], row).scalar_one())


def put(connection: Connection, row: dict[str, object]) -> None:
    """Put a message into the outbox."""
    connection.execute(_PUT, row)


def waiting(
    connection: Connection, peer: str, now: str, most: int, *, stuck: bool = False
) -> list[Waiting]:
    """Return the messages to a peer whose time has come, oldest first.

    With `stuck`, without those of lines that wait for a person (`resuming`): of such a line none
    is sent, as one whose number is free by chance would come too soon.
    """
    query = _GOING if stuck else _WAITING
    rows = connection.execute(query, {"to": peer, "now": now, "most": most})
    return [Waiting(*values) for values in map(tuple, rows)]


def line(connection: Connection, peer: str, case: str) -> list[Waiting]:
    """Return all messages to a peer about a case that wait, in their order."""
    rows = connection.execute(_LINE, {"to": peer, "about": case})
    return [Waiting(*values) for values in map(tuple, rows)]


def any_stuck(connection: Connection, peer: str) -> bool:
    """Whether a line to a peer waits because its numbers were given out twice."""
    return connection.execute(_STUCK.limit(1), {"to": peer}).first() is not None


def bodies(connection: Connection, rows: Sequence[Waiting]) -> dict[str, bytes | None]:
    """Return the sealed bodies of messages by their ids."""
    found = connection.execute(_BODIES, {"ids": [one.id for one in rows]})
    return {str(row[0]): row[1] for row in found}


def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Note what became of messages that waited; those settled before stay as they are."""
    if settled:
        connection.execute(
            _SETTLE,
            [
                {
                    "the_id": one.id,
                    "now_state": one.state.value,
                    "now_settled": one.at,
                    "now_reason": one.reason,
                    "now_receipt": one.receipt,
                }
                for one in settled
            ],
        )


def put_off(connection: Connection, peer: str, case: str, now: datetime, reason: str) -> None:
    """Let a line wait: longer each time that its first message could not be taken."""
    line = (OUTBOX.c.peer == peer, OUTBOX.c.case == case, _WAITS)
    tries = connection.execute(select(func.max(OUTBOX.c.tries)).where(*line)).scalar()
    if tries is None:
        return
    due = stamp(now + timedelta(seconds=pause(int(tries) + 1)))
    # Every row counts the tries of its line: one that comes in meanwhile waits with the others.
    connection.execute(
        update(OUTBOX).where(*line).values(due=due, tries=int(tries) + 1, reason=reason)
    )


def let_go(connection: Connection, peer: str, case: str) -> None:
    """Let a line that waits for a person be sent as any other."""
    mine = (OUTBOX.c.peer == peer, OUTBOX.c.case == case, _WAITS, OUTBOX.c.reason == SET_BACK)
    connection.execute(update(OUTBOX).where(*mine).values(reason=""))


def reopen(connection: Connection, peer: str, case: str, since: int) -> int:
    """Let messages of a line wait again from a number on; return how many were settled before.

    A peer that was set back to a backup asks for what it had taken, and confirmed, once more.
    """
    done = connection.execute(
        update(OUTBOX)
        .where(
            OUTBOX.c.peer == peer,
            OUTBOX.c.case == case,
            OUTBOX.c.seq >= since,
            OUTBOX.c.state != State.WAITING.value,
        )
        .values(state=State.WAITING.value, settled=None)
    )
    return int(done.rowcount)


def peers_waited_for(connection: Connection) -> tuple[str, ...]:
    """Return the codes of nodes for which something waits."""
    query = select(OUTBOX.c.peer).where(_WAITS).distinct()
    return tuple(connection.execute(query).scalars())


def note_peer(connection: Connection, code: str, **values: object) -> None:
    """Keep how the talk with a peer goes."""
    done = connection.execute(update(PEERS).where(PEERS.c.code == code).values(**values))
    if not done.rowcount:
        beginning: dict[str, object] = {"state": OK, "tries": 0, "next": "", "reason": ""}
        connection.execute(insert(PEERS).values(**{**beginning, **values, "code": code}))


def peers(connection: Connection, codes: Iterable[str]) -> tuple[Peer, ...]:
    """Return how the talk goes with nodes, in the order given; others that are known follow."""
    counted = {
        str(code): (int(count), str(oldest))
        for code, count, oldest in connection.execute(
            select(OUTBOX.c.peer, func.count(), func.min(OUTBOX.c.at))
            .where(_WAITS)
            .group_by(OUTBOX.c.peer)
        )
    }
    known = {row.code: row for row in connection.execute(select(PEERS))}
    clash = select(OUTBOX.c.peer).where(_WAITS, OUTBOX.c.reason == SET_BACK).distinct()
    stuck = set(connection.execute(clash).scalars()) if counted else set()
    found = []
    for code in dict.fromkeys([*codes, *sorted(known), *sorted(counted)]):
        count, oldest = counted.get(code, (0, None))
        row = known.get(code)
        if row is None:
            known_as = (UNKNOWN, 0, None, None, "", None)
        else:
            state = row.state if row.state == DOWN or not count else WAITING
            # What a person has to settle is told even where all else goes well.
            reason = row.reason or (SET_BACK if code in stuck else "")
            known_as = (state, row.tries, row.last_try, row.last_ok, reason, row.seconds_off)
        found.append(Peer(code, count, oldest, *known_as))
    return tuple(found)
