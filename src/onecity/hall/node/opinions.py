"""Opinions of other departments (会办): asked by message, given by message, at any node.

Each asked department has a small process of its own. The case's process waits until all that were
asked have answered. The department that is asked sees the application's data and who applies; it
gets no identity number, phone or file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.core.words import say
from onecity.hall.cases import Case, Opinion, State, TaskKind, What
from onecity.hall.cases.clock import end_of
from onecity.hall.cases.way import Action, check
from onecity.hall.catalogue import Applicant
from onecity.hall.processes import Shipped, shipped
from onecity.identity.clock import moment, stamp

from . import claims, rows, workflow
from .acting import Acting, Effect, settle
from .mail.received import Received, Refused
from .rows import News
from .tables.cases import OPINIONS, TASKS
from .timers import Handler as Moment
from .timers import Timer
from .writing import Write

ASK, GIVE = "ask", "give"
WAITING, GIVEN, OVER = "waiting", "given", "over"
LATE, UNANSWERED = "opinion_late", "opinion_unanswered"
"""Timers of an opinion (`which` is its id): of who is asked, and of who waits for it."""
_AFTER = timedelta(seconds=1)
SHARED = ("kind", "name")
"""What of the applicant another department is told."""
_NUMBERS = frozenset({"id_number", "representative_id", "phone"})
_NUMBER = re.compile(r"\s*(?:\d{17}[\dXx]|(?:\+?86)?1\d{10})\s*")
"""Identity and mobile numbers, wherever a form has them."""


def without_numbers(data: Any) -> Any:
    """Return a form's data without identity and telephone numbers, at any depth.

    The form holds the applicant's, and those of who acts for them, under names of its own.
    """
    if isinstance(data, Mapping):
        return {
            name: without_numbers(one)
            for name, one in data.items()
            if name not in _NUMBERS and not _is_number(one)
        }
    if isinstance(data, list | tuple):
        return [without_numbers(one) for one in data if not _is_number(one)]
    return data


def _is_number(value: object) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class OpinionSeen:
    """An opinion as it was asked for and, perhaps, given; `outcome` empty while it waits.

    Attributes
    ----------
    unit, node
        Who is asked, at which node; seen from there: who asks at which node.
    words, answer
        What was asked, and what was said.
    """

    id: str
    case: str
    unit: str
    node: str
    asked: datetime
    due: datetime
    given: datetime | None
    outcome: str
    who: str
    words: str
    answer: str


def ask(acting: Acting) -> list[tuple[str, str]]:
    """Ask departments for their opinions; return their codes with the opinions' ids.

    Raises
    ------
    InputError
        One is not in the catalogue, or decides itself.
    """
    write, case, node = acting.write, acting.case, acting.node
    catalogue = node.editions.catalogue(node.today())
    application = acting.application()
    days = node.config.limits.opinion_days
    ends = end_of(node.calendar.add_working_days(write.today, days))
    due, asked = stamp(ends), []
    for unit in dict.fromkeys(acting.given["units"]):
        department = catalogue.department.get(unit)
        if department is None:
            raise InputError("hall_node.unknown_unit", given=unit)
        if unit == case.authority:
            raise InputError("hall_node.own_unit", given=unit)
        id_, to = write.new_id(), node.node_of(department)
        applicant = application.get("applicant") or {}
        body = {
            "opinion": id_,
            "case": case.id,
            "number": case.number,
            "item": case.item,
            "item_version": case.version,
            "title": acting.kept.item.title,
            "unit": unit,
            "asking": case.authority,
            "portal": case.portal,
            "due": due,
            "words": acting.words,
            "applicant": {one: applicant[one] for one in SHARED if applicant.get(one)},
            "data": without_numbers(application.get("data", {})),
        }
        purpose = say("hall_node.purpose_opinion", "zh")
        message = write.send(to, "opinion_wanted", case.id, body, purpose=purpose)
        record = _record(message)
        _put(write, id_, ASK, case.id, unit, to, due, {"words": acting.words}, record=record)
        node.timers.set(write, UNANSWERED, case.id, ends + _AFTER, which=id_)
        asked.append((unit, id_))
    return asked


def call_back(acting: Acting) -> None:
    """Tell departments that were asked, and have not answered, that the case has ended."""
    write, case = acting.write, acting.case
    waiting = select(OPINIONS).where(
        OPINIONS.c.case == case.id, OPINIONS.c.side == ASK, OPINIONS.c.state == WAITING
    )
    for row in write.connection.execute(waiting.order_by(OPINIONS.c.id)).all():
        _end(write, row.id, ASK)
        body = {"opinion": row.id, "case": case.id, "unit": row.unit, "over": True}
        purpose = say("hall_node.purpose_opinion", "zh")
        write.send(row.node, "opinion_wanted", case.id, body, purpose=purpose)


def _end(write: Write, opinion: str, side: str) -> None:
    """Wait for an opinion no longer."""
    mine = (OPINIONS.c.id == opinion, OPINIONS.c.side == side, OPINIONS.c.state == WAITING)
    write.run(update(OPINIONS).where(*mine).values(state=OVER))


def _record(message: str) -> str:
    """Return what an opinion's row says of the message that asks for it."""
    return json.dumps({"message": message})


def _put(  # noqa: PLR0913, PLR0917  (the columns of a row)
    write: Write,
    id_: str,
    side: str,
    case: str,
    unit: str,
    node: str,
    due: str,
    sealed: Mapping[str, Any],
    process: str | None = None,
    record: str = "{}",
) -> None:
    write.connection.execute(
        insert(OPINIONS),
        {
            "id": id_,
            "side": side,
            "case": case,
            "unit": unit,
            "node": node,
            "state": WAITING,
            "asked": write.at,
            "due": due,
            "who": "",
            "process": process,
            "record": record,
            "sealed": write.seal(case, dict(sealed)),
        },
    )


def wanted(write: Write, received: Received) -> None:
    """Put a question of another department before the one that is asked here.

    Raises
    ------
    InputError
        The department is not at this node, something is missing, or the case is this node's own.
    NotYetError
        It is not known yet that the sender handles the case.
    """
    body, node = received.body, write.node
    if body.get("over"):
        row = row_of(write.connection, _text(body, "opinion"), GIVE)
        if row.node == received.sender and row.state == WAITING:
            _end(write, row.id, GIVE)
            workflow.finish(write, row.id)
        return
    claims.require_free(write, received)
    names = ("opinion", "number", "item", "unit", "asking", "due", "portal", "title")
    texts = {one: _text(body, one) for one in names}
    due = moment(texts["due"])
    known = select(TASKS.c.id).where(TASKS.c.id == texts["opinion"])
    if write.connection.execute(known).first() is not None:
        raise InputError("hall_node.bad_body", name="opinion")
    department = node.editions.catalogue(node.today()).department.get(texts["unit"])
    if department is None or not node.acts_for(department):
        raise InputError("hall_node.not_ours", item=texts["item"], unit=texts["unit"])
    kept = ("number", "item", "asking", "portal", "title")
    sealed = {
        "words": str(body.get("words") or ""),
        "applicant": dict(body.get("applicant") or {}),
        "data": dict(body.get("data") or {}),
        "item_version": body.get("item_version"),
        **{one: texts[one] for one in kept},
    }
    process = shipped(Shipped.OPINION)
    _put(
        write, texts["opinion"], GIVE, received.case, texts["unit"], received.sender,
        texts["due"], sealed, process.digest,
    )  # fmt: skip
    [first] = [one for one in workflow.first_tasks(process) if not one.waits]
    write.connection.execute(
        insert(TASKS),
        {
            "id": texts["opinion"],
            "case": received.case,
            "number": texts["number"],
            "item": texts["item"],
            "kind": TaskKind.OPINION.value,
            "unit": texts["unit"],
            "process": texts["opinion"],
            "place": first.id,
            "opened": write.at,
            "due": stamp(due),
            "warn": stamp(min(due, max(write.now, due - (due - write.now) / 4))),
        },
    )
    node.timers.set(write, LATE, received.case, due + _AFTER, which=texts["opinion"])


def asked_of(write: Write, case: str, task: str | None) -> Any:
    """Return the row of an opinion that a department of this node is asked for.

    Raises
    ------
    MissingError
        There is none on that case, or not the one of that task.
    """
    query = select(OPINIONS).where(OPINIONS.c.case == case, OPINIONS.c.side == GIVE)
    if task is not None:
        query = query.where(OPINIONS.c.id == task)
    order = ((OPINIONS.c.state != WAITING), (OPINIONS.c.unit != (write.by.unit or "")))
    row = write.connection.execute(query.order_by(*order, OPINIONS.c.id).limit(1)).one_or_none()
    if row is None:
        raise MissingError("hall_node.no_opinion", given=task or case)
    return row


def nodes_asked(connection: Connection, case: str) -> tuple[str, ...]:
    """Return the nodes whose departments were asked about a case of this one."""
    query = select(OPINIONS.c.node).where(OPINIONS.c.case == case, OPINIONS.c.side == ASK)
    return tuple(connection.execute(query.distinct()).scalars())


def last_asking(connection: Connection, case: str) -> str | None:
    """Return the node that asked a department of this one about a case last; None where none did.

    Of several that handled the case one after another it is the one that handled it last.
    """
    query = select(OPINIONS.c.node).where(OPINIONS.c.case == case, OPINIONS.c.side == GIVE)
    newest = query.order_by(OPINIONS.c.asked.desc(), OPINIONS.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


def is_task(write: Write, task: str | None) -> bool:
    """Whether a task is to give an opinion."""
    query = select(OPINIONS.c.id).where(OPINIONS.c.id == task, OPINIONS.c.side == GIVE)
    return task is not None and write.connection.execute(query).first() is not None


def is_asked(write: Write, case: str) -> bool:
    """Whether a department of this node is, or was, asked about a case."""
    query = select(OPINIONS.c.id).where(OPINIONS.c.case == case, OPINIONS.c.side == GIVE)
    return write.connection.execute(query.limit(1)).first() is not None


def give(write: Write, row: Any, given: Mapping[str, Any]) -> None:
    """Give the opinion that is asked for, and send it to who asked.

    Raises
    ------
    StaleError
        It was given already.
    InputError
        No opinion, or its reason, was said.
    """
    check(Action.GIVE_OPINION, State.ACCEPTED, TaskKind.OPINION, given)
    by = write.by
    if row.state != WAITING or not workflow.finish(write, row.id):
        raise StaleError("hall_node.opinion_settled")
    outcome, words = Opinion(str(given["outcome"])), str(given.get("words") or "").strip()
    running = workflow.definition(write.connection, row.process).start()
    [open_] = [one for one in running.open_tasks() if not one.waits]
    running.complete(open_.id, outcome.value)
    _settled(write, row, outcome, by.name, words)
    body = {
        "opinion": row.id,
        "case": row.case,
        "unit": row.unit,
        "outcome": outcome.value,
        "words": words,
        # Elsewhere nobody knows the accounts of this node.
        "who": by.name if row.node == write.node.code else by.title_zh or by.name,
        "at": write.at,
    }
    purpose = say("hall_node.purpose_opinion_given", "zh")
    told = {"unit": row.unit, "outcome": outcome.value}
    write.tell("case.opinion_given", "opinion", row.id, after=told)
    write.send(row.node, "opinion", row.case, body, purpose=purpose)


def taken(write: Write, received: Received) -> None:
    """Take the opinion that another department gave; the last one lets the case go on.

    Raises
    ------
    InputError, MissingError
        It was not asked for, or not of this node.
    """
    body = received.body
    row = row_of(write.connection, _text(body, "opinion"), ASK)
    if row.case != received.case or row.node != received.sender or row.unit != body.get("unit"):
        raise InputError("hall_node.bad_body", name="opinion")
    if row.state != WAITING:
        return
    try:
        outcome = Opinion(_text(body, "outcome"))
    except ValueError as error:
        raise InputError("hall_node.bad_body", name="outcome") from error
    words, who = str(body.get("words") or ""), _text(body, "who")
    _settled(write, row, outcome, who, words)
    _go_on(write, row, outcome.value, who, words)


def late(write: Write, timer: Timer) -> None:
    """Log that a department of this node has not given its opinion in time."""
    row = _waiting(write, timer, GIVE)
    if row is not None:
        write.tell("case.opinion_late", "opinion", row.id, after={"unit": row.unit})


def unanswered(write: Write, timer: Timer) -> None:
    """Note on a case that a department which was asked has not answered in time."""
    row = _waiting(write, timer, ASK)
    if row is None:
        return
    kept = rows.kept_of(write.node, write.connection, row.case)
    acting = Acting(write, kept, None, {}, "", row.unit)
    rows.note(write, kept, acting.news(What.OPINION_LATE, words="", opinion=row.id))


def _waiting(write: Write, timer: Timer, side: str) -> Any:
    """Return the opinion that a timer is about, while it is still waited for."""
    query = select(OPINIONS).where(OPINIONS.c.id == timer.which, OPINIONS.c.side == side)
    row = write.connection.execute(query).one_or_none()
    return row if row is not None and row.state == WAITING else None


MOMENTS: Mapping[str, Moment] = {LATE: late, UNANSWERED: unanswered}


def refused(write: Write, refused_: Refused) -> None:
    """Go on without an opinion that another node refuses to be asked for."""
    query = select(OPINIONS).where(
        OPINIONS.c.case == refused_.case,
        OPINIONS.c.side == ASK,
        OPINIONS.c.record == _record(refused_.id),
        OPINIONS.c.state == WAITING,
    )
    row = write.connection.execute(query).one_or_none()
    if row is not None:
        _settled(write, row, None, refused_.peer, refused_.reason)
        _go_on(write, row, "", refused_.peer, refused_.reason)


def _go_on(write: Write, row: Any, outcome: str, who: str, words: str) -> None:
    """Note an opinion on its case; the last one lets the case go on."""
    kept = rows.kept_of(write.node, write.connection, row.case)
    if kept.case.state not in {State.ACCEPTED, State.SUSPENDED, State.SUPPLEMENT}:
        return  # the case has ended meanwhile
    query = select(func.count()).where(
        OPINIONS.c.case == row.case, OPINIONS.c.side == ASK, OPINIONS.c.state == WAITING
    )
    open_ = int(write.connection.execute(query).scalar_one())
    acting = Acting(write, kept, None, {"words": words}, who, row.unit)
    event = acting.event(What.OPINION_GIVEN, outcome=outcome)
    steps = () if open_ else ((TaskKind.OPINIONS, "done"),)
    news = (News(event, words, {"opinion": row.id}),)
    settle(acting, Effect(case=kept.case, news=news, steps=steps, tells=False))


def _settled(write: Write, row: Any, outcome: Opinion | None, who: str, words: str) -> None:
    known = write.unseal(row.case, row.sealed)
    write.run(
        update(OPINIONS)
        .where(OPINIONS.c.id == row.id, OPINIONS.c.side == row.side)
        .values(
            state=GIVEN,
            given=write.at,
            agrees=None if outcome is None else int(outcome is not Opinion.DISAGREE),
            who=who,
            sealed=write.seal(
                row.case, {**known, "outcome": outcome.value if outcome else "", "answer": words}
            ),
        )
    )


def row_of(connection: Connection, id_: str, side: str) -> Any:
    """Return the row of an opinion.

    Raises
    ------
    MissingError
        There is none of that id.
    """
    query = select(OPINIONS).where(OPINIONS.c.id == id_, OPINIONS.c.side == side)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise MissingError("hall_node.no_opinion", given=id_)
    return row


def of_case(write: Write, case: str, side: str = ASK) -> tuple[tuple[OpinionSeen, Any], ...]:
    """Return the opinions on a case with what is sealed of each, the oldest first.

    Of a case that was erased nothing is known but number and item, as its task says them.
    """
    erased = write.node.vault.is_erased(write.connection, case)
    query = select(OPINIONS).where(OPINIONS.c.case == case, OPINIONS.c.side == side)
    found = []
    for row in write.connection.execute(query.order_by(OPINIONS.c.id)).all():
        known = _rest(write, row) if erased else write.unseal(case, row.sealed)
        given = None if row.given is None else moment(row.given)
        seen = OpinionSeen(
            row.id, case, row.unit, row.node, moment(row.asked), moment(row.due), given,
            known.get("outcome", ""), row.who, known["words"], known.get("answer", ""),
        )  # fmt: skip
        found.append((seen, known))
    return tuple(found)


def _rest(write: Write, row: Any) -> dict[str, Any]:
    """Return what is left of an opinion on a case that was erased."""
    query = select(TASKS.c.number, TASKS.c.item).where(TASKS.c.id == row.id)
    task = write.connection.execute(query).one_or_none()
    number, item = ("", "") if task is None else (task.number, task.item)
    texts = {"number": number, "item": item, "title": item, "asking": "", "portal": "", "words": ""}
    return {**texts, "applicant": {}, "data": {}}


def as_case(seen: OpinionSeen, known: Mapping[str, Any], state: State) -> Case:
    """Return another node's case as far as a department that is asked is told of it."""
    return Case(
        id=seen.case,
        number=known["number"],
        item=known["item"],
        version=int(known.get("item_version") or 1),
        authority=known["asking"],
        city="",
        state=state,
        applicant=Applicant(known["applicant"].get("kind", Applicant.PERSON)),
        submitted_at=seen.asked,
        taken_in_by=seen.node,
        portal=known["portal"],
    )


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > 200:
        raise InputError("hall_node.bad_body", name=name)
    return value
