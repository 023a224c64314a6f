"""The process of a case: begun when its first task is completed, kept as what each step changed.

What a process opens for a department stands in the table of tasks; what waits for somebody else
(the applicant, opinions, other steps) stands in the process alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_lite

from onecity.core.errors import MissingError
from onecity.hall.cases import Case, Outcome, State, TaskKind
from onecity.hall.cases.model import kind_of
from onecity.hall.processes import Facts, OpenTask, Process, Running, Saved, Shipped, shipped
from onecity.hall.processes.playing import place_of, walk
from onecity.identity.clock import moment, stamp

from .processes import facts_of
from .tables.cases import DEFINITIONS, PROCESS_ROWS, PROCESSES, TASKS
from .writing import Write

if TYPE_CHECKING:
    from sqlalchemy import Row

NEVER = "9999-12-31T23:59:59.999999Z"
"""When a task is due that has no limit: queues sort by it."""
_INSERT_TASK = insert(TASKS)
_OPEN_OF = (
    select(TASKS)
    .where(TASKS.c.case == bindparam("the_case"), TASKS.c.done.is_(None))
    .order_by(TASKS.c.id)
)


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A task of a department that is open; `due` and `warn` None where it has no limit.

    `title` is its name in an office's own drawing; empty where its kind says what it is.
    """

    id: str
    case: str
    number: str
    item: str
    kind: TaskKind
    unit: str
    process: str | None
    place: str
    opened: datetime
    due: datetime | None
    warn: datetime | None
    claimed_by: str | None
    title: str = ""


@lru_cache(maxsize=512)
def first_tasks(process: Process, facts: Facts = ()) -> tuple[OpenTask, ...]:
    """Return the tasks that are open when a process begins."""
    return tuple(process.start(**dict(facts)).open_tasks())


def open_of(connection: Connection, case: str) -> tuple[OpenWork, ...]:
    """Return the tasks of a case that are open, the oldest first."""
    return tuple(_work(row) for row in connection.execute(_OPEN_OF, {"the_case": case}))


def others_in(connection: Connection, case: Case) -> tuple[str, ...]:
    """Return the departments besides the one that decides that have, or had, a step of a case."""
    if case.edition in _SHIPPED():  # whose steps are all of the one that decides
        return ()
    query = select(TASKS.c.unit).where(
        TASKS.c.case == case.id, TASKS.c.process == case.id, TASKS.c.unit != case.authority
    )
    return tuple(connection.execute(query.distinct().order_by(TASKS.c.unit)).scalars())


def unit_of_task(connection: Connection, case: str, task: str) -> str | None:
    """Return the department that has, or had, a task of a case; None if it is none of it."""
    query = select(TASKS.c.unit).where(
        TASKS.c.id == task, TASKS.c.case == case, TASKS.c.process == case
    )
    return connection.execute(query).scalar_one_or_none()


def work_of(connection: Connection, task: str) -> OpenWork | None:
    """Return a task that is open; None if it is done, or never was."""
    query = select(TASKS).where(TASKS.c.id == task, TASKS.c.done.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _work(row)


def _work(row: "Row[Any]") -> OpenWork:
    return OpenWork(
        row.id, row.case, row.number, row.item, TaskKind(row.kind), row.unit, row.process,
        row.place or "", moment(row.opened), _moment(row.due), _moment(row.warn), row.claimed_by,
        row.title or "",
    )  # fmt: skip


def _moment(text: str) -> datetime | None:
    return None if text == NEVER else moment(text)


def add_tasks(
    write: Write,
    case: Case,
    tasks: Sequence[OpenTask],
    due: datetime | None,
    warn: datetime | None,
) -> None:
    """Put the tasks of a case that a clerk does before its department, or that of their lane."""
    unit_of = write.node.processes.unit_of
    rows = [
        {
            "id": write.new_id(),
            "case": case.id,
            "number": case.number,
            "item": case.item,
            "kind": kind_of(one.name).value,
            "unit": unit_of(one.name, one.lane, case.authority, case.city),
            "process": case.id,
            "place": one.id,
            "title": title_of(one, case.edition),
            "opened": write.at,
            "due": NEVER if due is None else stamp(due),
            "warn": NEVER if warn is None else stamp(warn),
        }
        for one in tasks
        if not one.waits
    ]
    if rows:
        write.connection.execute(_INSERT_TASK, rows)


def title_of(task: OpenTask, edition: str) -> str | None:
    """Return what a task is called in the drawing of an edition; None of one that ships."""
    return None if edition in _SHIPPED() else task.title


def advance(
    write: Write,
    case: Case,
    steps: Sequence[tuple[TaskKind, str]],
    *,
    place: str = "",
    due: datetime | None = None,
    warn: datetime | None = None,
) -> None:
    """Complete tasks of a case's process one after another, and keep what that changes.

    Parameters
    ----------
    steps
        Kind and outcome of each; the first is the task at `place`, where that is given.
    due, warn
        Of the tasks that are opened by it, and of those that stay open.

    Raises
    ------
    InputError
        No task of the kind is open, or the drawing does not know of the outcome there.
    """
    running = _load(write, case)
    walk(running, steps, place)
    _keep(write, case, running)
    now_open = {one.id: one for one in running.open_tasks()}
    known = {one.place: one for one in open_of(write.connection, case.id) if one.process == case.id}
    gone = [one.id for key, one in known.items() if key not in now_open]
    _done(write, gone)
    add_tasks(write, case, [now_open[one] for one in now_open if one not in known], due, warn)


def set_due(write: Write, case: str, due: datetime | None, warn: datetime | None) -> None:
    """Let the open tasks of a case be due at another moment."""
    write.run(
        update(TASKS)
        .where(TASKS.c.case == case, TASKS.c.done.is_(None), TASKS.c.kind != TaskKind.OPINION)
        .values(
            due=NEVER if due is None else stamp(due), warn=NEVER if warn is None else stamp(warn)
        )
    )


def end(write: Write, case: Case) -> None:
    """End the process of a case where it stands: withdrawn, or handed over."""
    _done(write, [one.id for one in open_of(write.connection, case.id)])
    write.run(
        update(PROCESSES)
        .where(PROCESSES.c.id == case.id, PROCESSES.c.ended.is_(None))
        .values(ended=write.at)
    )


def finish(write: Write, task: str) -> bool:
    """Mark a task as done; whether it was open."""
    gone = update(TASKS).where(TASKS.c.id == task, TASKS.c.done.is_(None))
    done = write.connection.execute(gone.values(done=write.at, done_by=write.by.name))
    return done.rowcount == 1


def claim(write: Write, task: str, who: str | None) -> None:
    """Let somebody have a task, or nobody."""
    write.run(update(TASKS).where(TASKS.c.id == task).values(claimed_by=who))


def _done(write: Write, tasks: Sequence[str]) -> None:
    if tasks:
        gone = update(TASKS).where(TASKS.c.id.in_(tasks), TASKS.c.done.is_(None))
        write.run(gone.values(done=write.at, done_by=write.by.name))


def reopen(write: Write, case: Case, due: datetime | None, warn: datetime | None) -> None:
    """Let the process of a case go on where it was ended."""
    write.run(update(PROCESSES).where(PROCESSES.c.id == case.id).values(ended=None))
    add_tasks(write, case, _load(write, case).open_tasks(), due, warn)


# --- Kept in the store -------------------------------------------------------------------------


def waits_for(write: Write, case: Case, kind: TaskKind) -> bool:
    """Whether a case's process waits for something of a kind."""
    return any(kind_of(one.name) is kind for one in _load(write, case).open_tasks())


def _load(write: Write, case: Case) -> Running:
    found = _kept(write.connection, case)
    if found is not None:
        return found
    running = _started(write.connection, case)
    _begin(write, case, running)
    return running


def running_of(connection: Connection, case: Case) -> Running:
    """Return the process of a case as it stands, to be looked at: what is done to it is lost.

    Raises
    ------
    MissingError
        Its drawing is not known here.
    """
    return _kept(connection, case) or _started(connection, case)


def own_process(connection: Connection, case: Case) -> Running | None:
    """Return the process of a case as it stands, where an office drew it; to be looked at."""
    return None if case.edition in _SHIPPED() else running_of(connection, case)


def _started(connection: Connection, case: Case) -> Running:
    process = definition(connection, case.edition)
    return process.start(**dict(facts_of(process, case)))


def _kept(connection: Connection, case: Case) -> Running | None:
    """Return the process of a case as it is kept; None where no task of it is done yet."""
    query = select(PROCESSES).where(PROCESSES.c.id == case.id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    rows = select(PROCESS_ROWS.c.key, PROCESS_ROWS.c.record)
    found = connection.execute(rows.where(PROCESS_ROWS.c.process == case.id))
    state = json.loads(row.state)
    return definition(connection, case.edition).load(
        {
            "digest": row.definition,
            "tasks": {key: json.loads(record) for key, record in found},
            "last": state["last"],
            "done": state["done"],
        }
    )


def definition(connection: Connection, digest: str) -> Process:
    """Return a process by its digest: one that ships, or one that a case began with.

    Raises
    ------
    MissingError
        It is not known here.
    """
    known = _SHIPPED().get(digest)
    if known is not None:
        return known
    query = select(DEFINITIONS.c.record).where(DEFINITIONS.c.id == digest)
    source = connection.execute(query).scalar_one_or_none()
    if source is None:
        raise MissingError("hall_node.no_process", given=digest[:12])
    return _read(str(source))


@cache
def _SHIPPED() -> Mapping[str, Process]:  # noqa: N802  (a constant that is made when asked for)
    return {shipped(one).digest: shipped(one) for one in Shipped}


@cache
def _read(source: str) -> Process:
    return Process.read(source.encode())


def _begin(write: Write, case: Case, running: Running) -> None:
    """Keep a process as it begins."""
    keep_definition(write.connection, running.process)
    saved = running.saved()
    write.connection.execute(insert(PROCESSES), process_row(case.id, saved, write.at))
    _put_rows(write.connection, case.id, saved["tasks"])


def keep_definition(connection: Connection, process: Process) -> None:
    """Keep the drawing of a process, once: a newer version of the program may not ship it."""
    known = select(DEFINITIONS.c.id).where(DEFINITIONS.c.id == process.digest)
    if connection.execute(known).first() is None:
        row = {"id": process.digest, "name": process.code, "record": process.source.decode()}
        connection.execute(insert(DEFINITIONS), row)


def process_row(case: str, saved: Saved, begun: str) -> dict[str, Any]:
    """Return the row of a case's process; `saved["tasks"]` are its further rows."""
    return {
        "id": case,
        "case": case,
        "definition": saved["digest"],
        "state": _packed({"last": saved["last"], "done": saved["done"]}),
        "begun": begun,
        "ended": begun if saved["done"] else None,
    }


def task_rows(case: str, saved: Saved) -> list[dict[str, Any]]:
    """Return the rows of the tasks of a case's process."""
    return [
        {"process": case, "key": key, "record": _packed(row)} for key, row in saved["tasks"].items()
    ]


@lru_cache(maxsize=512)
def at_state(
    process: Process,
    state: State,
    *,
    accepted: bool,
    outcome: Outcome | None = None,
    facts: Facts = (),
) -> tuple[Saved, tuple[OpenTask, ...]]:
    """Return the process of a case that is in a state already, and its open tasks.

    For cases that began elsewhere. Where the state does not say at which task a case is, it is at
    the first one possible.

    Raises
    ------
    InputError
        The process has no such place.
    """
    found = place_of(process, state, accepted=accepted, outcome=outcome, facts=facts)
    running = found.running.copied()
    return running.saved(), tuple(running.open_tasks())


def _keep(write: Write, case: Case, running: Running) -> None:
    delta = running.changed()
    state = _packed({"last": delta["last"], "done": delta["done"]})
    ended = write.at if delta["done"] else None
    write.run(update(PROCESSES).where(PROCESSES.c.id == case.id).values(state=state, ended=ended))
    _put_rows(write.connection, case.id, delta["tasks"])
    if delta["gone"]:
        mine = PROCESS_ROWS.c.process == case.id
        write.run(delete(PROCESS_ROWS).where(mine, PROCESS_ROWS.c.key.in_(delta["gone"])))


def _put_rows(connection: Connection, process: str, rows: Mapping[str, Sequence[Any]]) -> None:
    if not rows:
        return
    into = insert_pg if connection.dialect.name == "postgresql" else insert_lite
    made = into(PROCESS_ROWS)
    put = made.on_conflict_do_update(
        index_elements=[PROCESS_ROWS.c.process, PROCESS_ROWS.c.key],
        set_={"record": made.excluded.record},
    )
    values = [{"process": process, "key": key, "record": _packed(row)} for key, row in rows.items()]
    connection.execute(put, values)


def _packed(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
