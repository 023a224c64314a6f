"""Two nodes set against each other: what one sent, the other took, once, and as it was sent."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, Table, select

from onecity.hall.node.tables.mail import INBOX, OUTBOX

from .faults import Faults, Tally, fault
from .source import Source

_AT_ONCE = 1000
_Ids = Iterator["Row[Any]"]


def sent_and_taken(sender: Source, receiver: Source, tally: Tally) -> Faults:
    """Yield messages from one node to another on which what they keep does not agree.

    What waits at the sender may have been taken already: the answer was lost, and it will be told
    again. What the receiver took must have been sent.
    """
    names = {"sender": sender.code, "receiver": receiver.code}
    for sent, taken in _paired(_sent(sender, receiver), _taken(receiver, sender)):
        if sent is None:
            assert taken is not None  # noqa: S101  (one of the two is there)
            head = json.loads(taken.head)
            if head["seq"] in sender.lost(receiver.code, head["case"]):
                tally.add("lost to a backup")
                continue
            yield fault("hall_outbox", taken.id, "hall_verify.never_sent", id=taken.id, **names)
            continue
        tally.add("compared messages")
        if taken is None:
            if sent.state == "waiting":
                tally.add("under way")
            else:
                yield fault("hall_inbox", sent.id, "hall_verify.never_taken", id=sent.id, **names)
        elif (sent.head, sent.signature) != (taken.head, taken.signature):
            yield fault("hall_inbox", sent.id, "hall_verify.sent_otherwise", id=sent.id, **names)
        elif sent.state == "waiting":
            tally.add("under way")
        elif (sent.state, sent.receipt) != (taken.state, taken.receipt):
            yield fault("hall_outbox", sent.id, "hall_verify.receipts_differ", id=sent.id, **names)


def _sent(source: Source, peer: Source) -> _Ids:
    return _rows(source, OUTBOX, OUTBOX.c.peer == peer.code)


def _taken(source: Source, peer: Source) -> _Ids:
    return _rows(source, INBOX, INBOX.c.sender == peer.code)


def _rows(source: Source, table: Table, which: Any) -> _Ids:
    columns = (table.c[name] for name in ("id", "head", "signature", "state", "receipt"))
    query = select(*columns).where(which).order_by(table.c.id)
    with source.connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from rows


def _paired(sent: _Ids, taken: _Ids) -> "Iterator[tuple[Row[Any] | None, Row[Any] | None]]":
    """Yield rows of both sides with one id together; both come in the order of their ids."""
    left, right = next(sent, None), next(taken, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left.id < right.id):
            yield left, None
            left = next(sent, None)
        elif left is None or right.id < left.id:
            yield None, right
            right = next(taken, None)
        else:
            yield left, right
            left, right = next(sent, None), next(taken, None)
