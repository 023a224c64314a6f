"""Messages: signatures, bodies, receipts, the order of lines, and their entries in the log."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Table, and_, func, select

from onecity.core.errors import OneCityError
from onecity.hall.node.mail.line import REOPENED
from onecity.hall.node.mail.resuming import RENUMBERED
from onecity.hall.node.mail.sent import ANSWERED
from onecity.hall.node.mail.taking import REFUSED, SENT, TAKEN
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.node.tables.mail import INBOX, OUTBOX, SEQUENCES
from onecity.hall.vault import Wrapped
from onecity.hall.wire import Head, Receipt, canonical, read_json
from onecity.hall.wire.message import check_head, commitment
from onecity.identity.schema import TRAIL

from .faults import Faults, Tally, fault, raised
from .source import Source

_STATES = {"waiting", "taken", "refused"}
_AT_ONCE = 500
_ERASED = "hall_mail.erased"


def outbox(source: Source, tally: Tally) -> Faults:
    """Yield messages that the node sent and that are not as it signed and logged them."""
    for row, entry in _rows(source, OUTBOX, (SENT,)):
        tally.add("sent")
        yield from _guarded(source, OUTBOX, row, entry, tally)


def inbox(source: Source, tally: Tally) -> Faults:
    """Yield messages that the node took and that are not as their senders signed them."""
    for row, entry in _rows(source, INBOX, (TAKEN, REFUSED)):
        tally.add("received")
        yield from _guarded(source, INBOX, row, entry, tally)


def _rows(
    source: Source, table: Table, actions: tuple[str, ...]
) -> Iterator[tuple["Row[Any]", str | None]]:
    """Yield the rows of a table, each with what the log says of it."""
    said = and_(
        TRAIL.c.kind == "message", TRAIL.c.target == table.c.id, TRAIL.c.action.in_(actions)
    )
    query = (
        select(
            table, KEYS.c.owner.label("lock"), KEYS.c.kek, KEYS.c.wrapped,
            TRAIL.c.action.label("action"), TRAIL.c.after.label("entry"),
        )
        .select_from(table)
        .outerjoin(KEYS, KEYS.c.owner == table.c.owner)
        .outerjoin(TRAIL, said)
        .order_by(table.c.number)
    )  # fmt: skip
    last = None
    with source.connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            if row.number != last:  # more than one entry is found where entries are counted
                yield row, row.entry
            last = row.number


def _guarded(
    source: Source, table: Table, row: "Row[Any]", entry: str | None, tally: Tally
) -> Faults:
    try:
        head = Head.from_record(_json(row.head))
        yield from _head(source, table, row, head)
        yield from _logged(table, row, head, entry)
        yield from _body(source, table, row, head, tally)
        yield from _receipt(source, table, row, head, tally)
    except (OneCityError, ValueError, TypeError) as error:
        yield raised(table.name, row.id, error)


def _head(source: Source, table: Table, row: "Row[Any]", head: Head) -> Faults:
    other = head.receiver if table is OUTBOX else head.sender
    here = head.sender if table is OUTBOX else head.receiver
    said = (head.id, other, head.case, head.seq, head.kind, head.at)
    peer = row.peer if table is OUTBOX else row.sender
    if (row.id, peer, row.case, row.seq, row.kind, row.at) != said or here != source.code:
        yield fault(table.name, row.id, "hall_verify.columns", names="id, peer, case, seq, kind")
    if canonical(head.as_record()).decode() != row.head:
        yield fault(table.name, row.id, "hall_verify.columns", names="head")
    if row.state not in _STATES or (table is INBOX and row.state == "waiting"):
        yield fault(table.name, row.id, "hall_verify.no_state", given=row.state)
    if head.sender in source.trust:
        check_head(head, row.signature, source.trust)


def _logged(table: Table, row: "Row[Any]", head: Head, entry: str | None) -> Faults:
    """Yield a fault if the log does not say the same of a message."""
    after = None if entry is None else json.loads(entry)
    if not isinstance(after, Mapping):
        yield fault(table.name, row.id, "hall_verify.not_logged", id=row.id)
        return
    said = dict(after)
    reason = said.pop("reason", "")
    wanted = TAKEN if row.state == "taken" else REFUSED
    fits = table is OUTBOX or (row.action == wanted and reason == row.reason)
    if said.get("head") != head.as_record() or not fits:
        yield fault(table.name, row.id, "hall_verify.logged_otherwise", id=row.id)


def _body(source: Source, table: Table, row: "Row[Any]", head: Head, tally: Tally) -> Faults:
    if row.lock is not None and row.wrapped is None:
        tally.add("erased")
        return
    if row.sealed is None:
        own = table is INBOX and head.sender == head.receiver
        if not own and not (table is INBOX and row.reason == _ERASED):
            yield fault(table.name, row.id, "hall_verify.no_body", id=row.id)
        return
    if source.vault is None:
        tally.add("closed")
        return
    if row.lock is None:
        yield fault(table.name, row.id, "hall_vault.no_owner", owner=row.owner)
        return
    key = Wrapped(row.owner, row.kek, row.wrapped)
    opened = read_json(source.vault.unseal_by(key, row.sealed))
    if head.sender not in source.trust:
        return
    _, signed_by = source.trust.key(head.kid, head.made)
    if commitment(signed_by.suite, opened["salt"], opened["body"]) != head.commitment:
        yield fault(table.name, row.id, "hall_wire.body_changed", id=row.id)
    tally.add("opened")


def _receipt(source: Source, table: Table, row: "Row[Any]", head: Head, tally: Tally) -> Faults:
    other = head.receiver if table is OUTBOX else head.sender
    if head.sender == head.receiver or other not in source.trust:
        return
    if row.receipt is None:
        if row.state != "waiting":
            yield fault(table.name, row.id, "hall_verify.no_receipt", id=row.id)
        return
    receipt = Receipt.from_record(_json(row.receipt))
    receipt.verify(source.trust, head)
    tally.add("receipts")
    said = (receipt.outcome, receipt.reason)
    if row.state != "waiting" and said != (row.state, row.reason):
        yield fault(table.name, row.id, "hall_verify.receipt_otherwise", id=row.id)


def logged(source: Source, tally: Tally) -> Faults:
    """Yield entries of the log that tell of messages which are not there, or twice of one."""
    for table, actions in ((OUTBOX, (SENT,)), (INBOX, (TAKEN, REFUSED))):
        said = select(TRAIL.c.id, TRAIL.c.target).where(
            TRAIL.c.kind == "message", TRAIL.c.action.in_(actions)
        )
        there = select(table.c.id).where(table.c.id == TRAIL.c.target).exists()
        # One that was given another number stands there under another id.
        later = TRAIL.alias("later")
        anew = (
            select(later.c.id)
            .where(later.c.action == RENUMBERED, later.c.target == TRAIL.c.target)
            .exists()
        )
        for row in source.connection.execute(said.where(~there, ~anew).order_by(TRAIL.c.id)):
            yield fault(table.name, row.target, "hall_verify.row_gone", entry=row.id, id=row.target)
        twice = said.with_only_columns(func.max(TRAIL.c.id), TRAIL.c.target)
        twice = twice.group_by(TRAIL.c.target).having(func.count() > 1)
        for number, target in source.connection.execute(twice):
            yield fault("trail", number, "hall_verify.logged_twice", id=target)
        count = source.connection.execute(said.with_only_columns(func.count())).scalar_one()
        tally.add("logged messages", int(count))


def answered(source: Source, tally: Tally) -> Faults:
    """Yield messages that are not settled as the log says that they were answered."""
    entries = (
        select(TRAIL.c.id, TRAIL.c.after).where(TRAIL.c.action == ANSWERED).order_by(TRAIL.c.id)
    )
    with source.connection.execute(entries.execution_options(yield_per=_AT_ONCE)) as rows:
        for number, after in rows:
            try:
                said = {str(one["id"]): one for one in json.loads(after)["messages"]}
            except (KeyError, TypeError, ValueError) as error:
                yield raised("trail", number, error)
                continue
            tally.add("answers", len(said))
            yield from _answers(source, number, said)


def _answers(source: Source, entry: int, said: Mapping[str, Mapping[str, Any]]) -> Faults:
    query = select(OUTBOX.c.id, OUTBOX.c.peer, OUTBOX.c.state, OUTBOX.c.receipt)
    found = source.connection.execute(query.where(OUTBOX.c.id.in_(said)))
    rows = {row.id: row for row in found}
    for name, told in said.items():
        row = rows.get(name)
        if row is None:
            yield fault("hall_outbox", name, "hall_verify.row_gone", entry=entry, id=name)
            continue
        if row.state == "waiting":
            # It is sent once more where a peer that was set back has asked for it.
            again = select(TRAIL.c.id).where(
                TRAIL.c.kind == "node", TRAIL.c.target == row.peer, TRAIL.c.action == REOPENED,
                TRAIL.c.id > entry,
            )  # fmt: skip
            fits = source.connection.execute(again.limit(1)).scalar() is not None
        else:
            fits = (row.state, _hash_of(row.receipt)) == (told.get("state"), told.get("receipt"))
        if not fits:
            yield fault("hall_outbox", name, "hall_verify.answered_otherwise", entry=entry)


def _hash_of(text: str | None) -> str | None:
    return None if text is None else sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def lines(source: Source, tally: Tally) -> Faults:
    """Yield lines of messages that are not numbered from 1 without a gap."""
    for table, peer, kept in (
        (OUTBOX, OUTBOX.c.peer, SEQUENCES.c.sent),
        (INBOX, INBOX.c.sender, SEQUENCES.c.taken),
    ):
        # Of each line what is there, and the number that the node keeps.
        query = (
            select(
                peer, table.c.case, func.count(), func.min(table.c.seq), func.max(table.c.seq), kept
            )
            .select_from(table)
            .outerjoin(SEQUENCES, and_(SEQUENCES.c.peer == peer, SEQUENCES.c.case == table.c.case))
            .group_by(peer, table.c.case, kept)
        )
        for name, case, count, first, last, known in source.connection.execute(query).all():
            tally.add("lines")
            gap = last + 1
            if (first, last) != (1, count):
                lost = source.lost(name, case) if table is OUTBOX else frozenset()
                gap = _gap(source, table, name, case, lost)
            if gap <= last:
                yield fault(table.name, f"{name} {case} {gap}", "hall_verify.line_gap",
                            peer=name, case=case, seq=gap)  # fmt: skip
            elif known != last:
                yield fault("hall_sequences", f"{name} {case}", "hall_verify.line_end",
                            peer=name, case=case, last=last, known=known)  # fmt: skip
        gone = select(SEQUENCES.c.peer, SEQUENCES.c.case, kept).where(
            kept > 0,
            ~select(table.c.id)
            .where(peer == SEQUENCES.c.peer, table.c.case == SEQUENCES.c.case)
            .exists(),
        )
        for name, case, known in source.connection.execute(gone):
            yield fault("hall_sequences", f"{name} {case}", "hall_verify.line_end",
                        peer=name, case=case, last=0, known=known)  # fmt: skip


def _gap(source: Source, table: Table, peer: str, case: str, lost: frozenset[int]) -> int:
    """Return the first number that a line does not have and did not lose to a backup."""
    column = table.c.peer if table is OUTBOX else table.c.sender
    query = select(table.c.seq).where(column == peer, table.c.case == case).order_by(table.c.seq)
    expected = 1
    for seq in source.connection.execute(query).scalars():
        while expected in lost:
            expected += 1
        if seq != expected:
            break
        expected += 1
    return expected


def _json(text: str) -> Any:
    return read_json(text.encode("utf-8", "surrogateescape"))
