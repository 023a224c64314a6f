"""What departments tell of cases that are followed here: progress, results, who handles them.

Only nodes that have handled a case are believed about it. Messages of one node about one case come
in order. Where a case was handed over, the new node's may come before the old one's: they come
again until that one has said so; `hops`, the number of hand-overs, says which is newer.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from onecity.core.errors import InputError
from onecity.hall.cases import FINAL, State, What
from onecity.hall.node import moving, results, stages
from onecity.hall.node.mail import NotYetError, Received, Refused
from onecity.hall.node.tables.applying import MINE
from onecity.hall.node.tables.cases import RESULTS
from onecity.hall.node.timers import Timer
from onecity.hall.node.writing import Write
from onecity.identity.clock import moment

from . import telling

if TYPE_CHECKING:
    from onecity.hall.node.mail import Handler

KEEP = "mine_keep"
"""Timer: personal data of a case that is over is kept no longer."""
_LONGEST_NAME = 200
_OWN = frozenset({What.SUPPLEMENTED.value, What.WITHDRAWN.value, What.APPRAISED.value})
"""What an applicant does, noted as they did it."""
REFUSED = "application_refused"
ACTION_REFUSED = "action_refused"
"""What an applicant is told where a node refuses the application, or what they did with it; no
words of `What`."""
ACTIONS = (
    "file",
    "supplement",
    "withdrawal",
    "appraisal",
    "erasure",
    "joint_withdrawal",
    "joint_appraisal",
    "joint_erasure",
)
"""Kinds of messages by which an applicant does something with a case."""
_UNDONE = {
    "erasure": "erasure",
    "joint_erasure": "erasure",
    "joint_withdrawal": "withdrawing",
    "joint_appraisal": "appraisal",
}
"""What is on record of a case while such a message is under way, and not if it is refused."""


def progress(write: Write, received: Received) -> None:
    """Take what a department tells of a case: its applicant, or the joint case it is a step of."""
    write.node.events.progressed(write, received)
    row = _row(write, received)
    if row is None:
        return
    body = received.body
    if body.get("what") == What.ERASED.value:
        _require_current(row, received)
        erased(write, received.case)
        return
    record = json.loads(row.record)
    hops, what = _whole(body, "hops"), _text(body, "what")
    if hops > record.get("hops", 0) and State(row.state) is not State.SUBMITTED:
        # It comes back to who handed it over only where nobody has begun with it there.
        _require_current(row, received)
    if what not in _OWN:
        telling.add(
            write,
            row.case,
            what,
            _text(body, "unit"),
            moment(_text(body, "at")),
            words=str(body.get("words") or ""),
            record={**_of_supplement(body), **_of_step(body)},
        )
    if hops < record.get("hops", 0):
        return  # of a node that handles it no more
    state = State(_text(body, "state"))
    changes = {
        "state": state.value,
        "version": _whole(body, "version"),
        "changed": write.at,
        "due": body.get("due"),
        "needs_me": int(state is State.SUPPLEMENT),
        "node": received.sender,
        "unit": _text(body, "unit"),
        "item": str(body.get("item") or row.item),
        "item_version": _whole(body, "item_version") or row.item_version,
        "city": str(body.get("city") or row.city),
        "record": json.dumps({**record, "hops": hops, **_of_process(body)}, ensure_ascii=False),
    }
    _change(write, row, changes, state)


def _of_process(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return how far a case is in a process that an office drew; nothing of one that ships."""
    return {"stages": stages.plain(stages.from_plain(body.get("stages")))}


def _of_step(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return which step that an office drew was done, and what came of it."""
    told = body.get("what_more")
    if not isinstance(told, Mapping):
        return {}
    names = ("step", "said")
    return {"drawn": {one: str(told[one])[:_LONGEST_NAME] for one in names if told.get(one)}}


def _change(write: Write, row: Row[Any], changes: Mapping[str, Any], state: State) -> None:
    write.run(update(MINE).where(MINE.c.case == row.case).values(**changes))
    if state in FINAL and state is not State.HANDED_OVER:
        keep(write, row.case)
    if row.parent:
        _raise_parent(write, row.parent)


def keep(write: Write, case: str) -> None:
    """Let a case that is over be erased once it was kept as long as the node keeps cases."""
    days = write.node.config.limits.keep_days
    if days:
        write.node.timers.set(write, KEEP, case, write.now + timedelta(days=days))


def _raise_parent(write: Write, parent: str) -> None:
    """Let a life event say that one of its steps waits for the applicant."""
    waiting = select(MINE.c.case).where(MINE.c.parent == parent, MINE.c.needs_me == 1).limit(1)
    needs = write.connection.execute(waiting).first() is not None
    write.run(
        update(MINE).where(MINE.c.case == parent).values(needs_me=int(needs), changed=write.at)
    )


def _of_supplement(body: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: body.get(name) for name in ("documents", "until", "outcome", "state")}
    return {name: value for name, value in told.items() if value}


def result(write: Write, received: Received) -> None:
    """Take a signed result: kept as it is, if the node that names itself in it signed it."""
    write.node.events.resulted(write, received)
    row = _row(write, received)
    if row is None:
        return
    _require_current(row, received)
    body = received.body
    signed = results.told(write, received)
    known = select(RESULTS.c.case).where(RESULTS.c.case == row.case)
    if write.connection.execute(known).first() is None:
        document = signed["document"]
        write.run(
            insert(RESULTS).values(
                case=row.case,
                number=_text(body, "number"),
                at=_text(body, "at"),
                granted=int(body.get("granted") is True),
                unit=_text(body, "unit"),
                kid=str(signed["signature"]["kid"]),
                sealed=write.seal(row.case, dict(signed)),
            )
        )
        told = {"number": document["number"], "kid": signed["signature"]["kid"]}
        write.tell("result.received", "case", row.case, after=told)


def handed_over(write: Write, received: Received) -> None:
    """Note that another city handles the case from now on."""
    body = received.body
    write.node.events.moved(write, received)
    passed = moving.passed_on(write, received)
    followed = select(MINE.c.case).where(MINE.c.case == received.case)
    if passed and write.connection.execute(followed).first() is None:
        return
    row = _row(write, received)
    if row is None:
        return
    _require_current(row, received)
    telling.add(
        write,
        row.case,
        What.HANDED_OVER.value,
        row.unit,
        moment(_text(body, "at")),
        words=str(body.get("words") or ""),
        record={"to": _text(body, "to"), "unit": _text(body, "unit")},
    )
    record = json.loads(row.record)
    hops = _whole(body, "hops")
    record["nodes"] = list(dict.fromkeys([*record["nodes"], _text(body, "to")]))
    changes = {
        "node": _text(body, "to"),
        "unit": _text(body, "unit"),
        "city": _text(body, "city"),
        "item": _text(body, "item"),
        "item_version": _whole(body, "item_version"),
        "state": State.SUBMITTED.value,
        "changed": write.at,
        "due": None,
        "needs_me": 0,
        "record": json.dumps({**record, "hops": hops}, ensure_ascii=False),
    }
    _change(write, row, changes, State.SUBMITTED)


def erased_there(write: Write, received: Received) -> None:
    """Destroy the key of a case, once the node that handles it says that it has.

    One that handed it over says so of its own copy: the applicant's stays.
    """
    row = _row(write, received)
    if row is not None and row.node == received.sender:
        erased(write, received.case)


def erased(write: Write, case: str) -> None:
    """Destroy the key of a case that is followed here; the list keeps number, item and dates.

    With that of a life event go those of steps that no node took: nobody else says that.
    """
    row = write.connection.execute(select(MINE).where(MINE.c.case == case)).one_or_none()
    if row is None:
        return
    rejected = (MINE.c.state == State.REJECTED.value, MINE.c.version == 0)
    untaken = select(MINE.c.case).where(MINE.c.parent == case, MINE.c.sealed.is_not(None))
    for one in write.connection.execute(untaken.where(*rejected)).scalars().all():
        erased(write, one)
    write.node.broker.forget(write, case)
    write.erase(case)
    record = {**json.loads(row.record), "erased": write.at}
    write.run(
        update(MINE)
        .where(MINE.c.case == case)
        .values(
            sealed=None,
            subject=None,
            needs_me=0,
            changed=write.at,
            record=json.dumps(record, ensure_ascii=False),
        )
    )
    telling.add(write, case, What.ERASED.value, "", write.now)
    write.node.timers.clear(write, case, KEEP)
    write.tell("application.erased", "case", case)


def kept_long_enough(write: Write, timer: Timer) -> None:
    """Destroy the key of a case that has been over for as long as it is kept.

    Where the case lies at this node too, its department's time counts, not this one.
    """
    row = write.connection.execute(select(MINE).where(MINE.c.case == timer.about)).one_or_none()
    if row is not None and row.node != write.node.code and State(row.state) in FINAL:
        erased(write, row.case)


def refused(write: Write, told: Refused) -> None:
    """Tell an applicant that the node of the authority did not take the application at all."""
    if write.node.handling.taken_back(write, told):
        return  # a case that was to be handed over goes on here
    write.node.events.refused(write, told)
    not_taken(write, told.case, told.reason)


def not_taken(write: Write, case: str, reason: str) -> None:
    """Note that nobody took an application, of which its applicant is told once."""
    row = write.connection.execute(select(MINE).where(MINE.c.case == case)).one_or_none()
    if row is None or State(row.state) in FINAL:
        return
    telling.add(write, row.case, REFUSED, row.unit, write.now, record={"reason": reason})
    _change(write, row, {"state": State.REJECTED.value, "changed": write.at}, State.REJECTED)


def action_refused(write: Write, told: Refused) -> None:
    """Tell an applicant that what they did came too late, or was not taken for another reason."""
    row = write.connection.execute(select(MINE).where(MINE.c.case == told.case)).one_or_none()
    if row is not None:
        record = {"reason": told.reason, "kind": told.kind}
        telling.add(write, row.case, ACTION_REFUSED, row.unit, write.now, record=record)
        undone = _UNDONE.get(told.kind)
        if undone is not None:
            kept = {key: one for key, one in json.loads(row.record).items() if key != undone}
            write.run(update(MINE).where(MINE.c.case == row.case).values(record=json.dumps(kept)))


def _row(write: Write, received: Received) -> Row[Any] | None:
    """Return the case on an applicant's list here; None where only a joint case follows it.

    Raises
    ------
    NotYetError
        It is not known yet, or not that the sender handles it: who does tells of it first.
    """
    query = select(MINE).where(MINE.c.case == received.case)
    row = write.connection.execute(query).one_or_none()
    if row is None:
        if write.node.events.has_step(write, received.case):
            return None
        raise NotYetError("hall_applying.not_followed", case=received.case)
    if received.sender not in json.loads(row.record)["nodes"]:
        raise NotYetError("hall_applying.not_handler", node=received.sender, case=received.case)
    return row


def _require_current(row: Row[Any], received: Received) -> None:
    """Do nothing if a message is of the node that handles the case now.

    Raises
    ------
    InputError
        It is of one that handed it over.
    """
    if row.node != received.sender:
        raise InputError("hall_applying.not_handler", node=received.sender, case=received.case)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise InputError("hall_applying.bad_body", name=name)
    return value


def _whole(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError("hall_applying.bad_body", name=name)
    return value


HANDLERS: "Mapping[str, Handler]" = {
    "progress": progress,
    "result": result,
    "handed_over": handed_over,
}
