"""All of a case as who handles it sees it, and the log of who looked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from onecity.core.errors import MissingError
from onecity.hall.cases import Case, State, TaskKind, What
from onecity.hall.cases.clock import Light, Standing, standing
from onecity.hall.cases.way import DECIDE, HANDLE, OF_STEP, WAY, Action, can
from onecity.hall.catalogue import Item
from onecity.hall.processes import Running
from onecity.hall.processes.playing import offers
from onecity.identity.clock import moment
from onecity.identity.errors import ForbiddenError

from . import agreed, clocks, files, opinions, results, rows, workflow
from .files import CaseFile
from .looks import look
from .moving import choices
from .opinions import GIVE, OpinionSeen
from .rights import LOOK, may_unit, require_unit
from .rows import Kept
from .stages import StageSeen, stages_of
from .workflow import OpenWork
from .writing import Write


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a case, with the words that were said."""

    at: datetime
    what: What
    who: str
    unit: str
    outcome: str
    words: str
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as who handles it sees it.

    Attributes
    ----------
    case, item
        What it is; of another node's case, which asks for an opinion, `foreign` is that node.
    erased
        Whether what is personal cannot be read any more; all of it is empty then.
    applicant, data, evidence, agrees, files
        The application.
    promised, legal
        How its clocks stand; before acceptance `promised` is the clock of the intake.
    due, legal_due, light
        The end of what runs, and how urgent it is.
    events, opinions, tasks
        What happened, what others said, what is to be done.
    can
        What whoever asks may do now, at which task.
    result
        The signed result; None before the decision.
    moves
        Where it may be handed over to: the item there by the code of the city.
    says
        What may be said at a task that an office drew itself, by its id: outcomes with names.
    stages
        The steps of its process, and how far it is.
    """

    case: Case
    item: Item | None
    title: str
    foreign: str
    erased: bool
    applicant: Mapping[str, Any]
    data: Mapping[str, Any]
    evidence: tuple[Mapping[str, Any], ...]
    agrees: tuple[Any, ...]
    files: tuple[CaseFile, ...]
    promised: Standing | None
    legal: Standing | None
    due: datetime | None
    legal_due: datetime | None
    light: Light
    events: tuple[Happened, ...]
    opinions: tuple[OpinionSeen, ...]
    tasks: tuple[OpenWork, ...]
    can: tuple[tuple[Action, str], ...]
    result: Mapping[str, Any] | None
    stars: int | None
    moves: Mapping[str, Item]
    says: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stages: tuple[StageSeen, ...] = ()


def require_look(write: Write, kept: Kept) -> None:
    """Do nothing if whoever asks may look at a case: of their department, or as a supervisor.

    Raises
    ------
    ForbiddenError
        They may not.
    """
    unit = write.node.handling.department(kept.case)
    require_unit(write.node.office.rules, write.by, LOOK, unit.code, unit.city)


def may_look(write: Write, kept: Kept) -> bool:
    """Whether whoever asks may look at a case; see `require_look`."""
    unit = write.node.handling.department(kept.case)
    return may_unit(write.node.office.rules, write.by, LOOK, unit.code, unit.city)


def log_look(write: Write, kept: Kept, reason: str) -> None:
    """Log that whoever writes looks at a case."""
    case = kept.case
    look(
        write, case=case.id, number=case.number, portal=case.portal, subject=kept.subject,
        reason=reason,
    )  # fmt: skip


def step_of(write: Write, kept: Kept) -> str | None:
    """Return the department of whoever asks that has, or had, a step of another's case.

    None where they may look at all of it, or at nothing.
    """
    if may_look(write, kept):
        return None
    rules, department = write.node.office.rules, write.node.handling.department_of
    for unit in workflow.others_in(write.connection, kept.case):
        if may_unit(rules, write.by, LOOK, unit, department(unit).city):
            return unit
    return None


def view_for(write: Write, kept: Kept) -> CaseView:
    """Return a case as who writes may see it: all of it, or what a step of theirs needs.

    A department that has a step in another's case is told who applies and what for; no identity
    number, phone, file or evidence, and of what happened no words but its own. It may be asked for
    its opinion besides.
    """
    found, unit = view(write, kept), step_of(write, kept)
    if unit is None:
        return found
    asked = opinions.of_case(write, kept.case.id, GIVE)
    tasks = tuple(one for one in found.tasks if one.unit == unit)
    to_answer = (one for one in tasks if one.kind is TaskKind.OPINION)
    besides = ((action, one.id) for one in to_answer for action in _can_asked(write, one))
    applicant = {one: found.applicant[one] for one in opinions.SHARED if one in found.applicant}
    return replace(
        found,
        applicant=applicant,
        data=opinions.without_numbers(found.data),
        evidence=(),
        agrees=(),
        files=(),
        events=tuple(
            one if one.unit == unit else replace(one, words="", more={}) for one in found.events
        ),
        opinions=tuple(seen for seen, _ in asked if seen.unit == unit),
        tasks=tasks,
        can=(*found.can, *besides),
        result=None,
        stars=None,
        moves={},
    )


def view(write: Write, kept: Kept) -> CaseView:
    """Return all of a case, for who writes."""
    case, node, now = kept.case, write.node, write.now
    told = rows.events_of(write.connection, case.id)
    events = tuple(one.event for one in told)
    open_ = workflow.open_of(write.connection, case.id)
    mine = tuple(one for one in open_ if one.kind is not TaskKind.OPINION)
    own = workflow.own_process(write.connection, case)
    erased = node.vault.is_erased(write.connection, case.id)
    known: Mapping[str, Any] = {}
    if not erased and kept.sealed is not None:
        known = write.unseal(case.id, kept.sealed)
    legal_due = kept.more.get("legal_due")
    return CaseView(
        case=case,
        item=kept.item,
        title=kept.item.title,
        foreign="",
        erased=erased,
        applicant=known.get("applicant") or {},
        data=known.get("data") or {},
        evidence=(*(known.get("evidence") or ()), *agreed.questions(write, case.id)),
        agrees=tuple(known.get("agrees") or ()),
        files=() if erased else files.of_case(write, case.id),
        promised=standing(clocks.limit_of(kept.item), events, node.calendar, now),
        legal=standing(kept.item.legal, events, node.calendar, now),
        due=kept.due,
        legal_due=None if legal_due is None else moment(legal_due),
        light=light_of(case.state, kept.due, kept.warn, now),
        events=_happened(write, case.id, told, erased=erased),
        opinions=() if erased else tuple(one for one, _ in opinions.of_case(write, case.id)),
        tasks=open_,
        can=_can(write, kept, mine, own),
        result=None if erased else results.result_of(write, case.id),
        stars=kept.more.get("stars"),
        moves=choices(node, kept.item) if case.state is State.RECEIVED else {},
        says=_says(mine, own),
        stages=stages_of(node, case, mine, own),
    )


def light_of(state: State, due: datetime | None, warn: datetime | None, now: datetime) -> Light:
    """Return how urgent a case is, from what its row says."""
    if state in {State.SUPPLEMENT, State.SUSPENDED}:
        return Light.STANDS
    if state in {State.CLOSED, State.REJECTED, State.WITHDRAWN, State.HANDED_OVER}:
        return Light.DONE
    if due is None:
        return Light.NONE
    if now > due:
        return Light.LATE
    return Light.SOON if warn is not None and now >= warn else Light.GOOD


def _happened(
    write: Write, case: str, told: tuple[rows.Told, ...], *, erased: bool
) -> tuple[Happened, ...]:
    return tuple(
        Happened(
            one.event.at,
            one.event.what,
            one.event.by,
            one.event.unit,
            one.event.outcome,
            "" if erased or one.sealed is None else str(write.unseal(case, one.sealed)),
            one.more,
        )
        for one in told
    )


def _says(tasks: tuple[OpenWork, ...], own: Running | None) -> dict[str, Mapping[str, str]]:
    """Return what may be said at steps that an office drew."""
    if own is None:
        return {}
    names = {one.id: one.name for one in own.open_tasks()}
    return {
        one.id: own.process.choices(names[one.place])
        for one in tasks
        if one.kind is TaskKind.STEP and one.place in names
    }


def _can(
    write: Write, kept: Kept, tasks: tuple[OpenWork, ...], own: Running | None
) -> tuple[tuple[Action, str], ...]:
    """Return what whoever writes may do now, and at which task (empty: at none).

    What belongs to one task stands there for each; what belongs to the case, once.
    """
    authority, rules = kept.case.authority, write.node.office.rules
    mine = tuple(one for one in tasks if one.unit == authority)
    others = tuple(one for one in tasks if one.unit != authority)
    open_ = {} if own is None else {one.id: one for one in own.open_tasks()}
    found: dict[tuple[Action, str], str] = {}
    for task in (*(mine or (None,)), *others):
        unit = write.node.handling.department_of(
            authority if task is None else task.unit, kept.case.city
        )
        held = [
            one for one in (HANDLE, DECIDE) if may_unit(rules, write.by, one, unit.code, unit.city)
        ]
        kind = None if task is None else task.kind
        place = None if task is None else open_.get(task.place)
        for one in can(kept.case.state, kind, held, extended=kept.case.extended):
            if one not in OF_STEP and task in others:
                continue
            if not _may_now(write, kept, one, task):
                continue
            if own and place and not offers(own, kept.case.state, place, one):
                continue
            at = "" if task is None else task.id
            found.setdefault((one, at if one in OF_STEP else ""), at)
    return tuple((one, task) for (one, _), task in found.items())


def _may_now(write: Write, kept: Kept, action: Action, task: OpenWork | None) -> bool:
    """Whether nothing is in the way of an action but what state and drawing say."""
    mine = task is None or task.claimed_by in {None, write.by.name}
    if action is Action.CLAIM:
        return task is None or task.claimed_by != write.by.name
    if action is Action.HAND_OVER and not choices(write.node, kept.item):
        return False
    return mine


def view_asked(
    write: Write, case: str, *, reason: str = "", opinion: str | None = None, log: bool = True
) -> CaseView:
    """Return what is shown of another node's case to a department that is asked for an opinion.

    Raises
    ------
    MissingError
        No department here is asked about it.
    ForbiddenError
        Whoever asks is of none of them.
    """
    rules, department = write.node.office.rules, write.node.handling.department_of
    asked = opinions.of_case(write, case, GIVE)
    if not asked:
        raise MissingError("hall_node.no_case", given=case[:60])
    mine = [
        (seen, known)
        for seen, known in asked
        if (opinion is None or seen.id == opinion)
        and may_unit(rules, write.by, LOOK, seen.unit, department(seen.unit).city)
    ]
    if not mine:
        raise ForbiddenError("hall_node.other_unit", who=write.by.name, unit=asked[0][0].unit)
    seen, known = mine[0]
    if log:
        # Who asked tells the applicant's node: it knows that this one was asked.
        here = seen.node == write.node.code
        look(
            write, case=case, number=known["number"],
            portal=known["portal"] if here else seen.node, subject=None,
            reason=reason, unit=seen.unit,
        )  # fmt: skip
    return _asked_view(write, case, seen, known)


def _asked_view(write: Write, case: str, seen: OpinionSeen, known: Mapping[str, Any]) -> CaseView:
    catalogue = write.node.editions.catalogue(write.node.today())
    tasks = tuple(one for one in workflow.open_of(write.connection, case) if one.id == seen.id)
    state = State.ACCEPTED if seen.given is None else State.CLOSED
    return CaseView(
        case=opinions.as_case(seen, known, state),
        item=catalogue.item.get(known["item"]),
        title=known["title"],
        foreign=seen.node,
        erased=write.node.vault.is_erased(write.connection, case),
        applicant=known["applicant"],
        data=known["data"],
        evidence=(),
        agrees=(),
        files=(),
        promised=None,
        legal=None,
        due=seen.due,
        legal_due=None,
        light=light_of(state, seen.due, tasks[0].warn if tasks else None, write.now),
        events=(),
        opinions=(seen,),
        tasks=tasks,
        can=tuple((action, one.id) for one in tasks for action in _can_asked(write, one)),
        result=None,
        stars=None,
        moves={},
    )


def _can_asked(write: Write, task: OpenWork) -> tuple[Action, ...]:
    """Return what whoever writes may do at a task that asks for an opinion."""
    unit = write.node.handling.department_of(task.unit)
    permission = WAY[Action.GIVE_OPINION].permission
    if not may_unit(write.node.office.rules, write.by, permission, unit.code, unit.city):
        return ()
    if task.claimed_by == write.by.name:
        return (Action.GIVE_OPINION,)
    return (Action.CLAIM,) if task.claimed_by else (Action.CLAIM, Action.GIVE_OPINION)
