"""What the lead of a life event tells of its steps, as the applicant's list keeps it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES
from onecity.hall.cases import FINAL, State, What
from onecity.hall.catalogue import Catalogue
from onecity.hall.forms import Words
from onecity.hall.node import claims
from onecity.hall.node.events import part_of
from onecity.hall.node.mail import NotYetError, Received
from onecity.hall.node.steps import OVER, StepState
from onecity.hall.node.tables.applying import MINE
from onecity.hall.node.writing import Write
from onecity.identity.clock import moment

from . import taking, telling
from .views import StepSeen

if TYPE_CHECKING:
    from onecity.hall.node.mail import Handler

_NOT_GRANTED = frozenset({StepState.REFUSED, StepState.WITHDRAWN})
STEP_STARTED, STEP_OVER, JOINT_OVER = "step_started", "step_over", "joint_over"
"""What an applicant is told of steps and of all of them; no words of `What`."""


def told(write: Write, received: Received) -> None:
    """Take how all steps of a life event stand; put the cases of new ones on the list."""
    body = received.body
    row = write.connection.execute(select(MINE).where(MINE.c.case == received.case)).one_or_none()
    if row is None:
        raise NotYetError("hall_applying.not_followed", case=received.case)
    if row.node != received.sender:
        raise InputError("hall_applying.not_lead", city=row.city)
    steps = body.get("steps")
    if not isinstance(steps, list):
        raise InputError("hall_applying.bad_body", name="steps")
    claims.require_steps(write, received, steps)
    record = json.loads(row.record)
    before = {one["step"]: one for one in record["steps"]}
    known = set(
        write.connection.execute(select(MINE.c.case).where(MINE.c.parent == row.case)).scalars()
    )
    if row.state == State.SUBMITTED:
        telling.add(write, row.case, What.RECEIVED.value, "", write.now)
    for one in steps:
        _note(write, row, before.get(one["step"], {}), one)
        if one["case"] is not None and one["case"] not in known:
            _follow(write, row, one)
        if one["case"] is not None and one.get("refused"):
            taking.not_taken(write, one["case"], one["refused"])
    state = State(str(body.get("state")))
    if state in FINAL and State(row.state) not in FINAL:
        telling.add(write, row.case, JOINT_OVER, "", write.now)
    record |= {"steps": steps, "stands": body.get("stands") is True}
    if state in FINAL:
        record.pop("withdrawing", None)
        taking.keep(write, row.case)
    write.run(
        update(MINE)
        .where(MINE.c.case == row.case)
        .values(
            state=state.value,
            version=int(body["version"]),
            changed=write.at,
            due=_due(body),
            record=json.dumps(record, ensure_ascii=False),
        )
    )


def _due(body: Mapping[str, Any]) -> str | None:
    due = body.get("due")
    if due is None:
        return None
    try:
        moment(str(due))
    except ValueError as error:
        raise InputError("hall_applying.bad_body", name="due") from error
    return str(due)


def _note(write: Write, row: Row[Any], before: Mapping[str, Any], step: Mapping[str, Any]) -> None:
    """Tell the applicant that a step has begun or is over."""
    was, now = before.get("state", StepState.WAITING), step["state"]
    if was == now:
        return
    what = STEP_STARTED if now == StepState.RUNNING else STEP_OVER
    record = {"step": step["step"], "state": now}
    telling.add(write, row.case, what, step["unit"], write.now, record=record)


def _follow(write: Write, parent: Row[Any], step: Mapping[str, Any]) -> None:
    """Put the case of a step on the list, under the life event."""
    if parent.sealed is None:
        raise InputError("hall_applying.bad_body", name="steps")  # of one that is erased
    whole = write.unseal(parent.case, parent.sealed)
    try:
        item = write.node.editions.item(step["item"], step["item_version"])
        data = part_of(write.node, write, item, whole)
    except MissingError:
        data = whole["data"]  # an item of a newer edition than this node has
    # Of a step that its lead handles itself nobody tells that it came in: it is in already.
    here = step["node"] in {write.node.code, parent.node}
    write.run(
        insert(MINE).values(
            case=step["case"],
            number=step["number"],
            account=parent.account,
            subject=parent.subject,
            item=step["item"],
            item_version=step["item_version"],
            event=None,
            node=step["node"],
            unit=step["unit"],
            city=step["city"],
            way=parent.way,
            parent=parent.case,
            step=step["step"],
            state=(State.RECEIVED if here else State.SUBMITTED).value,
            version=0,
            at=write.at,
            changed=write.at,
            due=None,
            needs_me=0,
            record=json.dumps(
                {"hops": 0, "nodes": [step["node"]], "on_behalf": False, "steps": []}
            ),
            sealed=write.seal(step["case"], {**whole, "data": data}),
        )
    )
    telling.add(write, step["case"], What.SUBMITTED.value, "", write.now)
    if here:
        telling.add(write, step["case"], What.RECEIVED.value, step["unit"], write.now)


def steps_seen(
    steps: Sequence[Mapping[str, Any]], cases: Mapping[str, State], catalogue: Catalogue
) -> tuple[StepSeen, ...]:
    """Return steps as their applicant sees them; `cases` are the states of those that are here."""
    titles = {one["step"]: _title(one, catalogue) for one in steps}
    stoppers = {one["step"]: _stopper(one["step"], steps) for one in steps}
    done = {one["step"] for one in steps if one["state"] == StepState.DONE}
    found = []
    for one in steps:
        own, name = StepState(one["state"]), one["step"]
        state = cases.get(one["case"], own)
        stopper, waits = stoppers[name], one.get("waits", ())
        found.append(
            StepSeen(
                basic_code=name,
                title=titles[name],
                state=state.value,
                state_text={language: state.text(language) for language in LANGUAGES},
                unit=one["unit"],
                unit_title=telling.unit_title(catalogue, one["unit"]),
                city=one["city"],
                case=one["case"],
                over=own.value if own in OVER else "",
                due=_moment(one.get("expected")),
                ended=_moment(one.get("ended")),
                waits_for=tuple(
                    titles[each]
                    for each in waits
                    if own is StepState.WAITING and each in titles and each not in done
                ),
                stopped_by=None if stopper is None else titles[stopper],
                stops=tuple(titles[each] for each, by in stoppers.items() if by == name),
            )
        )
    return tuple(found)


def _title(step: Mapping[str, Any], catalogue: Catalogue) -> Words:
    item = catalogue.item.get(step["item"])
    if item is None:
        return telling.step_title(catalogue, step["step"])
    return {"zh": item.title, "en": item.title_en or item.title}


def _stopper(step: str, steps: Sequence[Mapping[str, Any]]) -> str | None:
    """Return which step was not granted, so that one that waited for it was stopped."""
    by_name = {one["step"]: one for one in steps}
    ahead = [step]
    seen: set[str] = set()
    while ahead:
        name = ahead.pop()
        one = by_name.get(name)
        if one is None or name in seen:
            continue
        seen.add(name)
        if name != step and one["state"] in _NOT_GRANTED:
            return name
        if one["state"] == StepState.STOPPED:
            ahead += reversed(one.get("waits", ()))
    return None


def _moment(at: str | None) -> datetime | None:
    return moment(at) if at else None


HANDLERS: "Mapping[str, Handler]" = {"joint_told": told}
