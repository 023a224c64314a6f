"""Going on after this node was set back to a backup.

A node that lost its last messages gives their numbers out again. A peer that had taken the first
ones takes nothing else under these numbers: it says which number it waits for, and the line waits
for a person (`hall_mail.number_of_another`). Going on means: what waits gets the next numbers that
are free at the peer, in the same order, signed anew. That the numbers between were used, and that
what stood under them is not here any more, is written in the log; what those messages told, the
peer knows and this node does not, so the cases are named, for people to look at.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from onecity.core.errors import InputError
from onecity.hall.node.tables.mail import OUTBOX, SEQUENCES
from onecity.hall.wire import canonical
from onecity.hall.wire.canonical import text_of
from onecity.hall.wire.message import Head, signed_text
from onecity.identity import Actor

from . import outbox, packets
from .line import Line, record_of
from .outbox import SET_BACK, Waiting
from .taking import SENT
from .turns import AT_ONCE, Outcome, State

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.node.writing import Write

RENUMBERED, RESUMED = "message.renumbered", "message.resumed"
"""What the trail calls a message with another number, and a line that goes on."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A line that goes on: numbers `first` to `last` were given out before and are lost here."""

    peer: str
    case: str
    first: int
    last: int
    messages: int


def clashes(node: "Node") -> dict[str, list[str]]:
    """Return the cases whose lines wait because their numbers were given out twice, by peer."""
    query = select(OUTBOX.c.peer, OUTBOX.c.case).where(
        OUTBOX.c.state == State.WAITING.value, OUTBOX.c.reason == SET_BACK
    )
    found: dict[str, list[str]] = {}
    with node.reading() as connection:
        for peer, case in connection.execute(query.distinct().order_by(*query.selected_columns)):
            found.setdefault(peer, []).append(case)
    return found


def resume(node: "Node", *, by: Actor, address: str = "") -> tuple[Resumed, ...]:
    """Let all such lines go on; return them. Their peers are asked, and must be reachable.

    Raises
    ------
    httpx.HTTPError
        A peer cannot be reached.
    Refusal
        A peer takes nothing.
    """
    done: list[Resumed] = []
    for peer, cases in clashes(node).items():
        line = _Resuming(node.mail, peer)
        try:
            for start in range(0, len(cases), AT_ONCE):
                done += line.resume(cases[start : start + AT_ONCE], by, address)
        finally:
            line.close()
    return tuple(done)


class _Resuming(Line):
    """The way to one node, over which the first message of each line that waits is asked about."""

    def resume(self, cases: Sequence[str], by: Actor, address: str) -> list[Resumed]:
        node = self._node
        with node.reading() as connection:
            lines = {case: outbox.line(connection, self.peer, case) for case in cases}
            first = {case: rows[0] for case, rows in lines.items() if rows}
            sealed = outbox.bodies(connection, list(first.values()))
            records = [record_of(node, connection, one, sealed[one.id]) for one in first.values()]
        answers = self._ask(packets.request(records), node.office.clock())
        wanted = {one.id: one for one in answers.answers}
        done = []
        with node.writing(by, address) as write:
            for case, row in first.items():
                answer = wanted.get(row.id)
                clash = answer is not None and answer.outcome is Outcome.UNFIT
                if answer is None or not clash or answer.reason != SET_BACK:
                    # For another reason, or not any more: the sender will see to it.
                    outbox.let_go(write.connection, self.peer, case)
                    continue
                if answer.expected is None or answer.expected <= row.seq:
                    raise InputError("hall_mail.no_answer")
                rows = outbox.line(write.connection, self.peer, case)
                if rows and rows[0].id == row.id:  # nobody else has let it go on meanwhile
                    done.append(_renumber(write, self.peer, case, rows, answer.expected))
            write.told.add(self.peer)
        return done


def _renumber(
    write: "Write", peer: str, case: str, rows: Sequence[Waiting], expected: int
) -> Resumed:
    """Give what waits in a line the numbers from `expected` on, and write that in the log."""
    moved = expected - rows[0].seq
    # The last one first: no two rows of a line may have one number, not for a moment.
    made = {row.id: _signed_anew(write, row, moved) for row in reversed(rows)}
    for row in rows:
        head = made[row.id]
        write.tell(RENUMBERED, "message", row.id, after={"id": head.id, "seq": head.seq})
        write.tell(SENT, "message", head.id, after={"head": head.as_record()})
    last = made[rows[-1].id].seq
    mine = (SEQUENCES.c.peer == peer, SEQUENCES.c.case == case)
    write.run(update(SEQUENCES).where(*mine).values(sent=last))
    lost = Resumed(peer, case, rows[0].seq, expected - 1, len(rows))
    told = {"case": case, "first": lost.first, "last": lost.last, "messages": lost.messages}
    write.tell(RESUMED, "node", peer, after=told)
    return lost


def _signed_anew(write: "Write", row: Waiting, moved: int) -> Head:
    """Give a message another number and id, and sign it; what it says stays as it is."""
    key = write.node.keys.current(write.now)
    before = Head.from_record(json.loads(row.head))
    if key.suite.name != before.suite:
        # The commitment is a hash of the key's suite: what it covers would have to be made anew.
        raise InputError("hall_mail.suite_changed", given=before.suite, now=key.suite.name)
    head = replace(
        before, id=write.new_id(), seq=row.seq + moved, at=write.at, kid=key.kid,
        suite=key.suite.name,
    )  # fmt: skip
    write.run(
        update(OUTBOX)
        .where(OUTBOX.c.id == row.id)
        .values(
            id=head.id,
            seq=head.seq,
            at=head.at,
            head=canonical(head.as_record()).decode(),
            signature=text_of(key.sign(signed_text(head))),
            due=head.at,
            tries=0,
            reason="",
        )
    )
    return head
