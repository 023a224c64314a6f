"""The way of an item, as a table: its states, the moves between them, who may, what each needs.

    draft → assigned → signed → in progress → reported → accepted → closed
                                    ↑             ↓
                                    └── returned ─┘

Whoever has it may be suspended and goes back to where it was; whatever is open may be cancelled.
`apply` is pure: it gives the item after a move and the event that tells of it. It refuses what
the state, the rights or the values do not allow, and says what to do instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import Language, Sentence, both, say
from onecity.identity.errors import ForbiddenError

from . import checks
from .fit import PAUSABLE
from .model import AT_WORK, ENDED, Event, Item, State, What
from .records import changes

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one time without summer time since 1991; no table of zones is needed."""

MANAGE = "ledger.items.manage"
"""Permission of an office: give out, judge, suspend, close, cancel, remind, edit."""
WORK = "ledger.items.work"
"""Permission to do what the responsible unit does, for one's own unit's items."""
COMMENT = "ledger.items.comment"
"""Permission to say something on an item."""


class Move(StrEnum):
    """What can be done to an item."""

    ASSIGN = "assign"
    TRANSFER = "transfer"
    SIGN = "sign"
    START = "start"
    PROGRESS = "progress"
    REPORT = "report"
    ACCEPT = "accept"
    RETURN = "return"
    CLOSE = "close"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    REMIND = "remind"
    ESCALATE = "escalate"
    COMMENT = "comment"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger.move_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table.

    Attributes
    ----------
    states
        In which it can be done.
    to
        The state after it; None where the state stays, or is the one before a suspension.
    what
        What the event tells.
    permission
        Needed; with `WORK` the item has to be one of the actor's own unit.
    needs
        Names of what has to be given with it: ``text``, ``progress``.
    """

    states: frozenset[State]
    to: State | None
    what: What
    permission: str
    needs: tuple[str, ...] = ()


def _step(
    states: Iterable[State],
    to: State | None,
    what: What,
    permission: str,
    *needs: str,
) -> Step:
    return Step(frozenset(states), to, what, permission, needs)


_OPEN = frozenset(State) - ENDED
_BEGUN = {State.SIGNED, State.IN_PROGRESS, State.RETURNED}
_HELD = {State.ASSIGNED, *_BEGUN}
_S, _W = State, What
WAY: Mapping[Move, Step] = MappingProxyType(
    {
        Move.ASSIGN: _step({_S.DRAFT}, _S.ASSIGNED, _W.ASSIGNED, MANAGE),
        Move.TRANSFER: _step(_HELD, _S.ASSIGNED, _W.ASSIGNED, MANAGE, "text"),
        Move.SIGN: _step({_S.ASSIGNED}, _S.SIGNED, _W.SIGNED, WORK),
        Move.START: _step({_S.SIGNED, _S.RETURNED}, _S.IN_PROGRESS, _W.STARTED, WORK),
        Move.PROGRESS: _step(_BEGUN, _S.IN_PROGRESS, _W.PROGRESSED, WORK, "text", "progress"),
        Move.REPORT: _step(
            {_S.IN_PROGRESS, _S.RETURNED}, _S.REPORTED, _W.REPORTED, WORK, "text", "progress"
        ),
        Move.ACCEPT: _step({_S.REPORTED}, _S.ACCEPTED, _W.ACCEPTED, MANAGE),
        Move.RETURN: _step({_S.REPORTED}, _S.RETURNED, _W.RETURNED, MANAGE, "text"),
        Move.CLOSE: _step({_S.ACCEPTED}, _S.CLOSED, _W.CLOSED, MANAGE),
        Move.SUSPEND: _step(PAUSABLE, _S.SUSPENDED, _W.SUSPENDED, MANAGE, "text"),
        Move.RESUME: _step({_S.SUSPENDED}, None, _W.RESUMED, MANAGE),
        Move.CANCEL: _step(_OPEN, _S.CANCELLED, _W.CANCELLED, MANAGE, "text"),
        Move.REMIND: _step(AT_WORK, None, _W.REMINDED, MANAGE),
        Move.ESCALATE: _step(AT_WORK, None, _W.ESCALATED, MANAGE, "text"),
        Move.COMMENT: _step(State, None, _W.COMMENTED, COMMENT, "text"),
    }
)
"""Every move. A report of progress leaves the item at work; a report waits to be accepted."""

EDITABLE = frozenset(one.name for one in fields(Item)) - {
    "id",
    "created",
    "changed",
    "assigned_on",
    "reported_on",
    "closed_on",
    "state",
    "back_to",
    "progress",
    "example",
    "version",
}
"""Fields that an office may edit while an item is open; moves change the others."""
GIVEN_OUT = {"responsible_unit", "lead_unit", "supporting_units", "owner", "start", "due"}
"""Fields that may be said when an item is given out."""
OWN_EDITABLE = frozenset({"owner", "gate", "milestones", "measures", "payments", "place"})
"""Fields that the responsible unit may edit."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and what they may do where the item lies.

    Attributes
    ----------
    who
        Name of the account.
    unit
        Code of their office, for the event; None for the program itself.
    units
        Codes whose items they answer for (`Register.answers_for`).
    permissions
        Of `MANAGE`, `WORK`, `COMMENT` those they have in the item's city.
    """

    who: str
    unit: str | None
    units: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Moved:
    """An item after a move, and the event that tells of it."""

    item: Item
    event: Event


@dataclass(frozen=True, slots=True)
class Said:
    """What is given with a move: a report or reason, the progress in per cent, attachments."""

    text: str = ""
    progress: int | None = None
    evidence: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


def day_of(at: datetime) -> date:
    """Return the day in China on which a moment falls."""
    return at.astimezone(CHINA).date()


def moves(item: Item, by: By) -> tuple[Move, ...]:
    """Return what somebody may do to an item now, in the order of the table."""
    return tuple(
        move
        for move, step in WAY.items()
        if item.state in step.states and _no_right(item, step, move, by) is None
    )


def refusal(item: Item, move: Move, by: By) -> Sentence | None:
    """Return why somebody may not do something to an item now; None if they may."""
    step = WAY[move]
    if item.state not in step.states:
        return _not_now(item, move)
    return _no_right(item, step, move, by)


def apply(item: Item, move: Move, by: By, at: datetime, said: Said | None = None) -> Moved:
    """Return an item after a move, and the event.

    Parameters
    ----------
    item
        As it is; its version tells a store whether somebody else was faster.
    move, by, at, said
        What is done, by whom, when (with its zone), and what they say. With `Move.ASSIGN` and
        `Move.TRANSFER` units, owner, start and due date may be given as ``fields``.

    Raises
    ------
    InputError
        The state does not allow it, or something it needs is missing or wrong. The sentence says
        what can be done.
    ForbiddenError
        They may not.
    """
    said = said or Said()
    step = WAY[move]
    if item.state not in step.states:
        told = _not_now(item, move)
        raise InputError(told.key, **told.values)
    forbidden = _no_right(item, step, move, by)
    if forbidden is not None:
        raise ForbiddenError(forbidden.key, **forbidden.values)
    _check_said(move, step, said)
    after = item.changed_to(
        **_fields(item, move, said, day_of(at)), version=item.version + 1, changed=at
    )
    return Moved(after, _event(item, after, step.what, by, said))


def edit(item: Item, by: By, at: datetime, said: Said) -> Moved:
    """Return an item with ``said.fields`` edited, and the event.

    An office may edit all of `EDITABLE` while the item is open, the responsible unit
    `OWN_EDITABLE`.

    Raises
    ------
    InputError
        The item has ended, a field is not one that can be edited, nothing is changed, a due date
        is moved without a reason, or the values do not fit.
    ForbiddenError
        They may not.
    """
    if not item.is_open:
        raise InputError("ledger.edit_ended", state=item.state)
    office = MANAGE in by.permissions
    own = WORK in by.permissions and item.responsible_unit in by.units
    if not office and not own:
        raise ForbiddenError("ledger.edit_no_right", number=item.number)
    for name in said.fields:
        if name not in EDITABLE:
            known = both(*_named(sorted(EDITABLE)))
            raise InputError("ledger.edit_fixed", given=name, known=known)
        if not office and name not in OWN_EDITABLE:
            raise ForbiddenError("ledger.edit_by_office", field=checks.field(name))
    after = item.changed_to(**said.fields, version=item.version + 1, changed=at)
    if item.state is not State.DRAFT:
        if after.responsible_unit != item.responsible_unit:
            raise InputError("ledger.edit_unit", move=Move.TRANSFER)
        if after.due != item.due and not said.text.strip():
            raise InputError("ledger.edit_due", field=checks.field("due"))
    event = _event(item, after, What.EDITED, by, said)
    if not event.after:
        raise InputError("ledger.edit_nothing")
    return Moved(after, event)


def drafted(item: Item, by: By) -> Event:
    """Return the first event of an item, which tells who made it.

    Raises
    ------
    InputError
        It is no draft.
    """
    if item.state is not State.DRAFT:
        raise InputError("ledger.not_draft", state=item.state)
    return Event.made(item=item.id, at=item.created, who=by.who, unit=by.unit, what=What.DRAFTED)


# --- Pieces --------------------------------------------------------------------------------------


def _fields(item: Item, move: Move, said: Said, today: date) -> dict[str, Any]:
    """Return the fields that a move changes, besides version and time."""
    step = WAY[move]
    state = item.back_to if move is Move.RESUME else step.to
    found: dict[str, Any] = {} if state is None else {"state": state, "back_to": None}
    if "progress" in step.needs:
        found["progress"] = said.progress
    match move:
        case Move.ASSIGN | Move.TRANSFER:
            # Whoever has it now has not reported it yet.
            found |= {**said.fields, "assigned_on": today, "reported_on": None}
        case Move.REPORT:
            found["reported_on"] = today
        case Move.SUSPEND:
            found["back_to"] = item.state
        case Move.CLOSE | Move.CANCEL:
            found["closed_on"] = today
    return found


def _check_said(move: Move, step: Step, said: Said) -> None:
    """Refuse a move without what it needs, or with what it does not take."""
    if "text" in step.needs and not said.text.strip():
        raise InputError("ledger.move_needs_text", move=move)
    if "progress" in step.needs:
        if said.progress is None:
            raise InputError("ledger.move_needs_progress", move=move)
        if move is Move.REPORT and said.progress != 100:
            raise InputError("ledger.report_not_done", given=said.progress)
    elif said.progress is not None:
        raise InputError("ledger.move_takes_no_progress", move=move)
    if move is Move.TRANSFER and not said.fields.get("responsible_unit"):
        raise InputError("ledger.transfer_needs_unit")
    for name in said.fields:
        if move not in {Move.ASSIGN, Move.TRANSFER} or name not in GIVEN_OUT:
            raise InputError("ledger.move_takes_no_field", move=move, given=name)


def _no_right(item: Item, step: Step, move: Move, by: By) -> Sentence | None:
    """Return why somebody has no right to a move; None if they have."""
    if step.permission not in by.permissions:
        return Sentence("ledger.move_no_permission", {"move": move})
    if step.permission == WORK and item.responsible_unit not in by.units:
        unit = item.responsible_unit or "-"
        return Sentence("ledger.move_other_unit", {"move": move, "unit": unit})
    return None


def _not_now(item: Item, move: Move) -> Sentence:
    """Return why the state of an item does not allow a move, and what it allows."""
    if not item.is_open:
        return Sentence("ledger.move_ended", {"move": move, "state": item.state})
    possible = [
        one
        for one, step in WAY.items()
        if item.state in step.states and step.what is not What.COMMENTED
    ]
    words = both([one.text("zh") for one in possible], [one.text("en") for one in possible])
    return Sentence("ledger.move_not_now", {"move": move, "state": item.state, "possible": words})


def _event(before: Item, after: Item, what: What, by: By, said: Said) -> Event:
    old, new = changes(before, after)
    return Event.made(
        item=after.id,
        at=after.changed,
        who=by.who,
        unit=by.unit,
        what=what,
        text=said.text,
        progress=said.progress,
        evidence=said.evidence,
        before=old,
        after=new,
    )


def _named(names: Iterable[str]) -> tuple[list[str], list[str]]:
    words = [checks.field(name) for name in names]
    return [one.text("zh") for one in words], [one.text("en") for one in words]
