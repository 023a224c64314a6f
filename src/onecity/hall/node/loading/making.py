"""A case that comes from elsewhere as rows of the store's tables."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from onecity.core.ids import new_id
from onecity.hall.cases import CaseEvent, State, What
from onecity.hall.cases.clock import day_of, end_of
from onecity.hall.cases.model import kind_of
from onecity.hall.catalogue import Item, TimeUnit
from onecity.hall.node import clocks, workflow
from onecity.hall.node.acting import KEPT, MISSED, moments_of, number_of
from onecity.hall.node.clocks import Limits
from onecity.hall.node.counts import Tally
from onecity.hall.node.tables.cases import (
    CASES,
    EVENTS,
    PROCESS_ROWS,
    PROCESSES,
    TASKS,
    TIMERS,
)
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.node.writing import packed
from onecity.hall.processes import Facts, OpenTask, Process, Saved, facts_for
from onecity.identity.clock import stamp

from .columns import Given

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from onecity.hall.node.node import Node

Rows = dict[str, list[dict[str, Any]]]
TABLES = (KEYS, CASES, EVENTS, PROCESSES, PROCESS_ROWS, TASKS, TIMERS)
"""In the order in which they are written: each names what stands before it."""
_RUNS = frozenset({State.SUPPLEMENT, State.ACCEPTED, State.SUSPENDED, State.DECIDED})
"""States of a case whose process is under way; one that is received begins at its first task."""


class Maker:
    """Makes rows of cases, all as of one moment. Belongs to one thread.

    What follows from the days alone (limits, days taken) is worked out once for each.
    """

    def __init__(self, node: "Node", now: datetime, by: str, chance: int) -> None:
        self.node, self.now, self.by = node, now, by
        self.tally = Tally()
        self.processes: dict[str, Process] = {}
        self._chance = chance
        self._at = stamp(now)
        self._limits: dict[object, Limits] = {}
        self._taken: dict[object, tuple[float, bool]] = {}

    def id(self) -> str:
        """Return the next id."""
        self._chance += 1
        return new_id(self.now, self._chance)

    def rows(self, given: Given) -> Rows:
        """Return the rows of a case, by table."""
        made: Rows = defaultdict(list)
        id_ = self.id()
        events = self._events(given)
        limits = self._limits_of(given, events)
        row = self._case(given, id_, events, limits)
        personal = {"applicant": dict(given.applicant), "data": dict(given.data)}
        if given.data or len(given.applicant) > 1:
            lock = self.node.vault.lock(id_)
            row["sealed"] = lock.seal(packed({**personal, "files": [], "evidence": []}))
            key = lock.wrapped
            made[KEYS.name].append(
                {"owner": id_, "kek": key.master, "wrapped": key.wrapped, "made": self._at}
            )
        made[CASES.name].append(row)
        made[EVENTS.name] += [self._event(id_, one, given) for one in events]
        self._work(made, given, row, limits)
        self.tally.add(row, given.item.visits)
        return made

    def keep_definitions(self, connection: "Connection") -> None:
        """Keep the drawings of the processes that cases begin with."""
        for process in self.processes.values():
            workflow.keep_definition(connection, process)
        self.processes.clear()

    # --- Rows ---

    def _case(
        self, given: Given, id_: str, events: list[CaseEvent], limits: Limits
    ) -> dict[str, Any]:
        item, process = given.item, self.node.processes.of(given.item)
        days, in_time = self._outcome(given, events)
        mine = number_of(given.applicant)
        more = {
            "applicant": given.applicant["kind"],
            "hops": 0,
            "on_behalf": False,
            "process": process.code,
            "edition": process.digest,
            "extended": False,
            "supplements": int(given.state is State.SUPPLEMENT),
        }
        return {
            "id": id_,
            "number": given.number,
            "version": 1,
            "state": given.state.value,
            "outcome": None if given.outcome is None else given.outcome.value,
            "item": item.code,
            "item_version": item.version,
            "basic": item.basic_code,
            "unit": item.authority,
            "city": item.city,
            "from_city": given.from_city,
            "way": None if given.way is None else given.way.value,
            # Nobody follows it from here: its applicant has no account at this node.
            "taken_in_by": "",
            "portal": "",
            "parent": None,
            "step": None,
            "subject": self.node.vault.blind(mine) if mine else None,
            "opened": stamp(given.opened),
            "accepted": _stamp(given.accepted),
            "decided": _stamp(given.decided),
            "closed": _stamp(given.closed),
            "due": _stamp(limits.due),
            "warn": _stamp(limits.warn),
            "legal_due": _stamp(limits.legal_due),
            "days": days,
            "in_time": in_time,
            "stars": given.stars,
            "record": _text(more),
            "sealed": None,
        }

    def _events(self, given: Given) -> list[CaseEvent]:
        """Return what happened to a case, as far as its row tells."""
        unit = given.item.authority
        supplement = given.state is State.SUPPLEMENT
        rejected = given.state is State.REJECTED
        ended = {State.CLOSED: What.DELIVERED, State.REJECTED: What.REJECTED}
        told = (
            (What.RECEIVED, given.opened),
            (What.ACCEPTED, given.accepted),
            (What.SUPPLEMENT_ASKED if supplement else What.SUSPENDED, given.stopped),
            (What.DECIDED, given.decided),
            (ended.get(given.state, What.WITHDRAWN), given.closed),
        )
        outcome = "" if given.outcome is None or rejected else given.outcome.value
        return [
            CaseEvent(what, at, self.by, outcome if what is What.DECIDED else "", 0, unit)
            for what, at in told
            if at is not None
        ]

    def _event(self, case: str, event: CaseEvent, given: Given) -> dict[str, Any]:
        record: dict[str, Any] = {"recorded": self._at}
        if event.outcome:
            record["outcome"] = event.outcome
        if event.what is What.SUPPLEMENT_ASKED:
            record |= {"until": self._until(given).isoformat(), "documents": []}
        return {
            "case": case,
            "at": stamp(event.at),
            "what": event.what.value,
            "version": 1,
            "who": event.by,
            "unit": event.unit,
            "record": _text(record),
            "sealed": None,
        }

    def _work(self, made: Rows, given: Given, row: dict[str, Any], limits: Limits) -> None:
        """Add the process, open tasks and moments of a case that is not over."""
        found, case = standing(self.node, given), row["id"]
        if found is None:
            self._keep_until(made, given, row)
            return
        process, saved, open_ = found
        if saved is not None:
            made[PROCESSES.name].append(workflow.process_row(case, saved, self._at))
            made[PROCESS_ROWS.name] += workflow.task_rows(case, saved)
        if saved is not None or self.node.processes.is_own(given.item):
            self.processes[process.digest] = process
        item, unit_of = given.item, self.node.processes.unit_of
        made[TASKS.name] += [
            {
                "id": self.id(),
                "case": case,
                "number": given.number,
                "item": item.code,
                "kind": kind_of(one.name).value,
                "unit": unit_of(one.name, one.lane, item.authority, item.city),
                "process": case,
                "place": one.id,
                "title": workflow.title_of(one, process.digest),
                "opened": self._at,
                "due": row["due"] or workflow.NEVER,
                "warn": row["warn"] or workflow.NEVER,
            }
            for one in open_
            if not one.waits
        ]
        moments = {} if limits.due is None else moments_of(limits.due, limits.warn, self.now)
        if given.state is State.SUPPLEMENT:
            moments[MISSED] = end_of(self._until(given))
        made[TIMERS.name] += [
            {"kind": kind, "about": case, "which": "", "at": stamp(at), "tries": 0}
            for kind, at in moments.items()
        ]

    def _keep_until(self, made: Rows, given: Given, row: dict[str, Any]) -> None:
        """Let the personal data of a case that is over go in time, where the node lets it."""
        days = self.node.config.limits.keep_days
        if days and row["sealed"] is not None and given.closed is not None:
            at = stamp(given.closed + timedelta(days=days))
            timer = {"kind": KEPT, "about": row["id"], "which": "", "at": at, "tries": 0}
            made[TIMERS.name].append(timer)

    def _until(self, given: Given) -> Any:
        """Return the last day for a supplement: as given, else as the node allows from today."""
        if given.until is not None:
            return given.until
        days = self.node.config.limits.supplement_days
        return self.node.calendar.add_working_days(day_of(self.now), days)

    # --- Clocks ---

    def _limits_of(self, given: Given, events: list[CaseEvent]) -> Limits:
        if given.state not in {State.RECEIVED, State.ACCEPTED, State.DECIDED}:
            return Limits()
        key = given.item.code, given.item.version, given.state, *_when(given)
        found = self._limits.get(key)
        if found is None:
            found = self._limits[key] = clocks.limits(
                self.node.calendar,
                given.item,
                given.state,
                events,
                self.now,
                accepted=given.accepted is not None,
            )
        return found

    def _outcome(self, given: Given, events: list[CaseEvent]) -> tuple[float | None, int | None]:
        if given.state is State.REJECTED and given.closed is not None:
            due = clocks.intake_limits(
                self.node.calendar, (CaseEvent(What.RECEIVED, given.opened),), given.opened
            ).due
            return 0.0, int(due is None or given.closed <= due)
        if given.decided is None:
            return None, None
        key = given.item.code, given.item.version, *_when(given)
        found = self._taken.get(key)
        if found is None:
            told = events[:-1] if given.closed is not None else events
            found = self._taken[key] = clocks.outcome_of(
                self.node.calendar, given.item, told, given.decided
            )
        return found[0], int(found[1])


def standing(
    node: "Node", given: Given
) -> tuple[Process, Saved | None, tuple[OpenTask, ...]] | None:
    """Return the process of a case, as far as it has gone, and its open tasks; None once over.

    Raises
    ------
    InputError
        The process has no place where such a case can be.
    """
    process = node.processes.of(given.item)
    facts = _facts(process, given)
    if given.state is State.RECEIVED:
        return process, None, workflow.first_tasks(process, facts)
    if given.state not in _RUNS:
        return None
    accepted = given.accepted is not None
    saved, open_ = workflow.at_state(
        process, given.state, accepted=accepted, outcome=given.outcome, facts=facts
    )
    return process, saved, open_


def _facts(process: Process, given: Given) -> Facts:
    """Return the facts of a case that its process asks for."""
    way = None if given.way is None else given.way.value
    known = {"way": way, "from_city": given.from_city or None, "on_behalf": False}
    return facts_for(process, {**known, "applicant": given.applicant["kind"]})


def _when(given: Given) -> tuple[object, ...]:
    """Return what the clocks of a case depend on: days, or moments where its item counts hours."""
    times = (given.opened, given.accepted, given.decided)
    if _by_hours(given.item):
        return times
    return tuple(None if one is None else day_of(one) for one in times)


def _by_hours(item: Item) -> bool:
    return any(one is not None and one.unit is TimeUnit.HOUR for one in (item.legal, item.promised))


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
