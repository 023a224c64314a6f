"""Handling of cases at the node whose department decides: from the application to the result.

Every action is one transaction: the case at the version that was seen, its events, its process,
tasks, limits and timers, the messages that tell of it, and the entries in the trail. Two who
decide at once: the second gets a StaleError that names the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.core.words import say
from onecity.hall.cases import FINAL, Case, State, TaskKind, What
from onecity.hall.cases.clock import deemed_accepted
from onecity.hall.cases.way import OF_APPLICANT, OF_STEP, WAY, Action, check, done
from onecity.hall.catalogue import Department, Tier
from onecity.identity import Actor
from onecity.identity.errors import ForbiddenError

from . import agreed, claims, deeds, files, intake, opinions, rows, viewing, workflow
from .acting import DUE_SOON, KEPT, MISSED, OVERDUE, Acting, Effect, followers, settle
from .desk import CaseQuery, CaseRows, Desk, TaskQuery, TaskRows
from .mail.received import Handler, OnRefused, Received, Refused
from .naming import called
from .rights import require_unit
from .rows import Kept, News
from .tables.applying import MINE
from .tables.cases import CASES
from .timers import Handler as Moment
from .timers import Timer
from .viewing import CaseView
from .workflow import OpenWork
from .writing import Write

if TYPE_CHECKING:
    from .node import Node

_APPLICANT = "applicant"
"""What an event says of who did it, where the applicant did."""


class Handling:
    """The cases of one node's departments. Any thread may use it.

    `when_erased`, where it is set, is told that the node which handled a case has erased it.
    """

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.desk = Desk(node)
        self.when_erased: Handler | None = None
        self.handlers: Mapping[str, Handler] = {
            "application": self._application,
            "file": files.keep,
            "supplement": self._supplement,
            "withdrawal": self._withdrawal,
            "appraisal": self._appraisal,
            "opinion_wanted": opinions.wanted,
            "opinion": opinions.taken,
            "erasure": self._erasure,
        }
        self.when_refused: Mapping[str, OnRefused] = {"opinion_wanted": opinions.refused}
        self.moments: Mapping[str, Moment] = {
            DUE_SOON: self._due_soon,
            OVERDUE: self._overdue,
            MISSED: self._missed,
            KEPT: self._kept,
            **opinions.MOMENTS,
        }

    # --- By the department -----------------------------------------------------------------------

    def take_in(self, write: Write, application: Mapping[str, Any], *, sender: str = "") -> Case:
        """Make a case of an application; see `intake.take_in`."""
        return intake.take_in(write, application, sender=sender)

    def do(
        self,
        case: str,
        action: str,
        *,
        by: Actor,
        address: str = "",
        seen: int,
        task: str | None = None,
        **given: Any,
    ) -> CaseView:
        """Do something with a case, and return it as it is then.

        Parameters
        ----------
        case, action
            Which, and one of `onecity.hall.cases.way.Action`.
        seen
            The version that whoever acts has seen.
        task
            At which of its tasks; where it is not said, at the one that the action fits.
        given
            What is said with it, see `onecity.hall.cases.way.Move.asks`.

        Raises
        ------
        MissingError
            There is no such case.
        ForbiddenError
            They may not do this for the department.
        StaleError
            The case was changed since they saw it.
        InputError
            It cannot be done now, or something that has to be said is not.
        """
        wanted = _action(action)
        with self.node.writing(by, address) as write:
            if wanted is Action.GIVE_OPINION:
                return self._give(write, case, task, given)
            if wanted is Action.CLAIM and opinions.is_task(write, task):
                return self._claim_opinion(write, case, task)
            kept = rows.kept_of(self.node, write.connection, case)
            unit, open_ = self.department(kept.case), self._open(write, case)
            if wanted in OF_STEP:
                unit = self._doing(write, kept.case, open_, wanted, task)
            require_unit(self.node.office.rules, by, WAY[wanted].permission, unit.code, unit.city)
            if seen != kept.case.seen:
                raise rows.stale(write.connection, kept.case, seen)
            work = self._task(kept, open_, unit, wanted, task)
            kind = None if work is None else work.kind
            case_ = kept.case
            check(wanted, case_.state, kind, given, extended=case_.extended, joint=case_.joint)
            if work is not None and wanted is not Action.CLAIM:
                _require_claim(write, work)
            acting = Acting(write, kept, work, given, by.name, unit.code)
            after = settle(acting, deeds.DEEDS[wanted](acting))
            return viewing.view_for(write, after)

    def case(self, case: str, *, by: Actor, address: str = "", reason: str = "") -> CaseView:
        """Return all of a case, or what is shown of one of another node that asks for an opinion.

        That somebody looked is logged, and its applicant is told.

        Raises
        ------
        MissingError
            There is no such case.
        ForbiddenError
            They may not look at it.
        """
        with self.node.writing(by, address) as write:
            try:
                kept = rows.kept_of(self.node, write.connection, case)
            except MissingError:
                return viewing.view_asked(write, case, reason=reason)
            elsewhere = viewing.step_of(write, kept) is None and opinions.is_asked(write, case)
            if elsewhere and not viewing.may_look(write, kept):
                return viewing.view_asked(write, case, reason=reason)
            if viewing.step_of(write, kept) is None:
                viewing.require_look(write, kept)
            viewing.log_look(write, kept, reason)
            agreed.fetch(write, kept)
            return viewing.view_for(write, kept)

    def file(self, case: str, file: str, *, by: Actor, address: str = "") -> tuple[str, str, bytes]:
        """Return name, media type and bytes of a file of a case; that is a look at it too.

        Raises
        ------
        MissingError
            There is none, or it was erased.
        ForbiddenError
            They may not look at it.
        """
        with self.node.writing(by, address) as write:
            kept = rows.kept_of(self.node, write.connection, case)
            viewing.require_look(write, kept)
            found, content = files.content_of(write, case, file)
            viewing.log_look(write, kept, "")
            return found.name, found.media, content

    def tasks(self, query: TaskQuery, *, by: Actor) -> TaskRows:
        """Return a page of tasks that are open; see `Desk.tasks`."""
        return self.desk.tasks(query, by=by)

    def cases(self, query: CaseQuery, *, by: Actor) -> CaseRows:
        """Return a page of cases; see `Desk.cases`."""
        return self.desk.cases(query, by=by)

    def erase(self, write: Write, case: str) -> None:
        """Destroy the key of a case that has ended: nothing personal in it can be read any more.

        Raises
        ------
        InputError
            It has not ended.
        """
        kept = rows.kept_of(self.node, write.connection, case)
        if kept.case.state not in FINAL:
            raise InputError("hall_node.not_final", number=kept.case.number)
        if self.node.vault.is_erased(write.connection, case):
            return
        # Nobody finds it by its applicant's number any more.
        write.run(update(CASES).where(CASES.c.id == case).values(subject=None))
        kept = replace(kept, subject=None)
        acting = Acting(write, kept, who=write.by.name, unit=kept.case.authority)
        news = (acting.news(What.ERASED, words=""),)
        settle(acting, Effect(case=kept.case, news=news, tells=False))
        agreed.forget(write, case)
        write.erase(case)

    def department(self, case: Case) -> Department:
        """Return the department that decides a case."""
        return self.department_of(case.authority, case.city)

    def department_of(self, unit: str, city: str = "") -> Department:
        """Return a department of a case; of one that a newer catalogue has no more, its code."""
        catalogue = self.node.editions.catalogue(self.node.today())
        return catalogue.department.get(unit) or Department(unit, unit, city, Tier.CITY)

    @staticmethod
    def _open(write: Write, case: str) -> list[OpenWork]:
        """Return the tasks of a case's own process that are open."""
        every = workflow.open_of(write.connection, case)
        return [one for one in every if one.kind is not TaskKind.OPINION]

    def _doing(
        self, write: Write, case: Case, open_: list[OpenWork], action: Action, task: str | None
    ) -> Department:
        """Return the department whose task it is: a step may be another's than who decides.

        Where no task is named, whoever acts means one of their own department. One that is done
        meanwhile is theirs as before, so that they hear of that.
        """
        unit = self.department(case)
        if task is not None:
            of = workflow.unit_of_task(write.connection, case.id, task)
            return unit if of is None else self.department_of(of, unit.city)
        kinds, own = WAY[action].tasks, write.by.unit
        mine = (one for one in open_ if one.unit == own and (not kinds or one.kind in kinds))
        found = next(mine, None)
        return unit if found is None else self.department_of(found.unit, unit.city)

    @staticmethod
    def _task(
        kept: Kept, open_: list[OpenWork], unit: Department, action: Action, task: str | None
    ) -> OpenWork | None:
        """Return the department's task for an action: the one named, else one that it fits."""
        mine = [one for one in open_ if one.unit == unit.code]
        if task is not None:
            named = [one for one in mine if one.id == task]
            if not named:
                raise InputError("hall_node.task_done", number=kept.case.number)
            return named[0]
        kinds = WAY[action].tasks
        fitting = [one for one in mine if not kinds or one.kind in kinds]
        return fitting[0] if fitting else (mine[0] if mine else None)

    def _give(
        self, write: Write, case: str, task: str | None, given: Mapping[str, Any]
    ) -> CaseView:
        row, work = self._asked(write, case, task)
        if work is not None:
            _require_claim(write, work)
        opinions.give(write, row, given)
        return viewing.view_asked(write, case, opinion=row.id, log=False)

    def _claim_opinion(self, write: Write, case: str, task: str | None) -> CaseView:
        row, work = self._asked(write, case, task)
        if work is None:
            raise StaleError("hall_node.opinion_settled")
        workflow.claim(write, work.id, write.by.name)
        write.tell("case.claimed", "opinion", row.id, after={"unit": row.unit})
        return viewing.view_asked(write, case, opinion=row.id, log=False)

    def _asked(self, write: Write, case: str, task: str | None) -> tuple[Any, OpenWork | None]:
        """Return an opinion that is asked of a department of whoever writes, and its open task."""
        row = opinions.asked_of(write, case, task)
        department = self.department_of(row.unit)
        permission = WAY[Action.GIVE_OPINION].permission
        rules = self.node.office.rules
        require_unit(rules, write.by, permission, department.code, department.city)
        return row, workflow.work_of(write.connection, row.id)

    # --- By message ------------------------------------------------------------------------------

    def _application(self, write: Write, received: Received) -> None:
        if received.body.get("case") != received.case:
            raise InputError("hall_node.bad_body", name="case")
        known = select(CASES.c.id).where(CASES.c.id == received.case)
        # One that is here already is refused with its number.
        if write.connection.execute(known).first() is None:
            claims.require_free(write, received)
            claims.require_number(write, received)
        intake.take_in(write, received.body, sender=received.sender)

    def _supplement(self, write: Write, received: Received) -> None:
        body = received.body
        data, given = body.get("data") or {}, body.get("files") or []
        if not isinstance(data, Mapping):
            raise InputError("hall_node.bad_body", name="data")
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise InputError("hall_node.bad_body", name="files")
        evidence = body.get("evidence") or []
        if not isinstance(evidence, list) or not all(isinstance(one, dict) for one in evidence):
            raise InputError("hall_node.bad_body", name="evidence")
        said = {
            "data": dict(data),
            "files": given,
            "evidence": evidence,
            "words": str(body.get("words") or ""),
        }
        self._by_applicant(write, received, Action.SUPPLEMENT, said, deeds.supplement)

    def _withdrawal(self, write: Write, received: Received) -> None:
        said = {"words": str(received.body.get("words") or "")}
        self._by_applicant(write, received, Action.WITHDRAW, said, deeds.withdraw)

    def _appraisal(self, write: Write, received: Received) -> None:
        body = received.body
        said = {"stars": body.get("stars"), "words": str(body.get("words") or "")}
        self._by_applicant(write, received, Action.APPRAISE, said, deeds.appraise)

    def _by_applicant(
        self,
        write: Write,
        received: Received,
        action: Action,
        given: Mapping[str, Any],
        deed: Callable[[Acting], Effect],
    ) -> None:
        """Do what the applicant wants, as the node says that they look at."""
        kept = rows.kept_of(self.node, write.connection, received.case)
        claims.require_speaker(kept.case, received)
        check(action, kept.case.state, None, given)
        acting = Acting(write, kept, None, given, _APPLICANT, kept.case.authority)
        settle(acting, deed(acting))

    def _erasure(self, write: Write, received: Received) -> None:
        """Erase a case that its applicant wants erased, and say so to who follows it."""
        if received.body.get("erased"):
            self._erased_elsewhere(write, received)
            return
        if claims.erase_refused(write, received):
            return
        kept = rows.kept_of(self.node, write.connection, received.case)
        claims.require_speaker(kept.case, received)
        self._erase(write, kept.case, received.purpose)

    def _erase(self, write: Write, case: Case, purpose: str) -> None:
        """Erase a case, and say so to who follows it, was asked about it, or handed it over."""
        self.erase(write, case.id)
        asked = opinions.nodes_asked(write.connection, case.id)
        # Who follows a case that went on from here is told by the node to which it went.
        to = () if case.state is State.HANDED_OVER else followers(case)
        told = {"case": case.id, "number": case.number, "erased": True, "at": write.at}
        for code in dict.fromkeys((*to, *asked, *rows.came_from(write.connection, case.id))):
            write.send(code, "erasure", case.id, told, purpose=purpose)

    def _erased_elsewhere(self, write: Write, received: Received) -> None:
        """Erase what is here of a case that the node which handles it has erased.

        Raises
        ------
        InputError
            The case is handled here: nobody else says when it is erased.
        """
        case, sender, connection = received.case, received.sender, write.connection
        row = connection.execute(select(CASES.c.state).where(CASES.c.id == case)).one_or_none()
        mine = select(MINE.c.case).where(MINE.c.case == case)
        followed = connection.execute(mine).first() is not None
        if row is not None and sender != self.node.code:
            if row.state != State.HANDED_OVER or sender not in rows.went_to(connection, case):
                raise InputError("hall_node.not_erased_by", node=sender, case=case)
            self._erase(write, rows.kept_of(self.node, connection, case).case, received.purpose)
        asked = opinions.last_asking(connection, case)
        if asked == sender and row is None and not followed:
            write.erase(case)
        if self.when_erased is not None and (followed or (asked is None and row is None)):
            self.when_erased(write, received)

    def taken_back(self, write: Write, refused: Refused) -> bool:
        """Let a case that another node refused to take over go on here; whether it was one."""
        try:
            kept = rows.kept_of(self.node, write.connection, refused.case)
        except MissingError:
            return False
        if kept.case.state is not State.HANDED_OVER:
            return False
        acting = Acting(write, kept, None, {}, write.by.name, kept.case.authority)
        case = replace(kept.case, state=State.RECEIVED, closed_at=None)
        hops = int(kept.more.get("hops", 0)) + 2
        news = (acting.news(What.RECEIVED, words="", refused_by=refused.peer),)
        after = settle(acting, Effect(case=case, news=news, more={"hops": hops}))
        workflow.reopen(write, after.case, after.due, after.warn)
        return True

    # --- By time ---------------------------------------------------------------------------------

    def _due_soon(self, write: Write, timer: Timer) -> None:
        kept = rows.kept_of(self.node, write.connection, timer.about)
        if kept.warn is not None and kept.warn <= write.now:
            self._note(write, kept, What.DUE_SOON)

    def _overdue(self, write: Write, timer: Timer) -> None:
        kept = rows.kept_of(self.node, write.connection, timer.about)
        case = kept.case
        if kept.due is None or write.now <= kept.due:
            return
        acting = Acting(write, kept, None, {}, "", case.authority)
        since = deemed_accepted(acting.events, self.node.calendar, write.now)
        open_ = self._open(write, case.id)
        work = self._task(kept, open_, self.department(case), Action.ACCEPT, None)
        intake_open = work is not None and work.kind is TaskKind.INTAKE
        # Who was told what is missing and did not answer is not accepted by anybody's silence.
        answered = deeds.last_answer(acting.events) is What.SUPPLEMENTED
        if case.state is State.RECEIVED and since is not None and intake_open and answered:
            # Nobody said anything in time: it counts as accepted from the day it came in.
            event = acting.event(What.ACCEPTED, at=since)
            accepted = replace(case, state=State.ACCEPTED, accepted_at=since)
            steps = done(Action.ACCEPT, TaskKind.INTAKE)
            more = {"by_lapse": True}
            acting.task = work
            settle(acting, Effect(case=accepted, news=(News(event, "", more),), steps=steps))
            return
        self._note(write, kept, What.OVERDUE)

    def _missed(self, write: Write, timer: Timer) -> None:
        kept = rows.kept_of(self.node, write.connection, timer.about)
        if kept.case.state is State.SUPPLEMENT:
            acting = Acting(write, kept, None, {}, "", kept.case.authority)
            settle(acting, deeds.missed(acting))

    def _kept(self, write: Write, timer: Timer) -> None:
        """Erase a case that was kept as long as the node keeps them."""
        kept = rows.kept_of(self.node, write.connection, timer.about)
        erased = self.node.vault.is_erased(write.connection, timer.about)
        if kept.case.state in FINAL and not erased:
            self._erase(write, kept.case, say("hall_node.purpose_kept", "zh"))

    @staticmethod
    def _note(write: Write, kept: Kept, what: What) -> None:
        """Note that a moment came. The version stays: nobody's decision is in the way of it."""
        acting = Acting(write, kept, None, {}, "", kept.case.authority)
        rows.note(write, kept, acting.news(what, words=""))


def _action(given: str) -> Action:
    try:
        action = Action(given)
    except ValueError as error:
        known = " ".join(one for one in Action if one not in OF_APPLICANT)
        raise InputError("hall_node.unknown_action", given=given, known=known) from error
    if action in OF_APPLICANT:
        raise InputError("hall_node.of_applicant", action=action)
    return action


def _require_claim(write: Write, work: OpenWork) -> None:
    if work.claimed_by not in {None, write.by.name}:
        raise ForbiddenError("hall_node.claimed", who=called(write.node, str(work.claimed_by)))
