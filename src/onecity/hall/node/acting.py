"""What every action on a case shares: the case as it was read, and settling what comes of it.

An action says what it changes (`Effect`); `settle` keeps the case, its events, process, tasks,
limits and timers, and tells the nodes that follow the case, all in the transaction under way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from onecity.core.words import say
from onecity.hall.cases import FINAL, Case, CaseEvent, State, TaskKind, What
from onecity.hall.catalogue import Applicant
from onecity.identity.clock import stamp

from . import clocks, results, rows, stages, workflow
from .broker.model import Subject
from .rows import Kept, News
from .workflow import OpenWork
from .writing import Write

if TYPE_CHECKING:
    from .node import Node

DUE_SOON, OVERDUE, MISSED = "case_due_soon", "case_overdue", "supplement_missed"
KEPT = "case_kept"
"""Kinds of timers that cases set."""
_LATE = timedelta(seconds=1)
"""After the last moment that is in time."""
_LIMITED = frozenset({State.RECEIVED, State.ACCEPTED, State.DECIDED})


@dataclass
class Acting:
    """An action under way.

    Attributes
    ----------
    write, kept
        In which transaction; the case before it.
    task
        At which task; None where it is at none.
    given
        What was said with it.
    who, unit
        What the event says of who did it, and for which department.
    """

    write: Write
    kept: Kept
    task: OpenWork | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    who: str = ""
    unit: str = ""

    @property
    def node(self) -> "Node":
        """At which node."""
        return self.write.node

    @property
    def case(self) -> Case:
        """The case before it."""
        return self.kept.case

    @property
    def now(self) -> datetime:
        """When."""
        return self.write.now

    @property
    def words(self) -> str:
        """What was said."""
        return str(self.given.get("words") or "").strip()

    @cached_property
    def events(self) -> tuple[CaseEvent, ...]:
        """What happened before."""
        return tuple(one.event for one in rows.events_of(self.write.connection, self.case.id))

    def application(self) -> dict[str, Any]:
        """Return the application.

        Raises
        ------
        MissingError
            It was erased.
        """
        if self.kept.sealed is None:
            return {}
        found: dict[str, Any] = self.write.unseal(self.case.id, self.kept.sealed)
        return found

    def event(
        self, what: What, *, at: datetime | None = None, outcome: str = "", extension: int = 0
    ) -> CaseEvent:
        """Return the event of it."""
        return CaseEvent(what, at or self.now, self.who, outcome, extension, self.unit)

    def news(self, what: What, *, words: str | None = None, **more: Any) -> News:
        """Return the event of it, with the words said."""
        return News(self.event(what), self.words if words is None else words, more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What comes of an action.

    Attributes
    ----------
    case
        After it.
    news
        What happened, in order.
    steps
        Tasks of the process that it completes, with their outcomes.
    ends
        Whether the process ends where it stands.
    more
        What changes of what is no field of a case.
    sealed
        The application after it; None where it stays.
    tells
        Whether who follows the case is told; `also` what they are told besides.
    signed
        The result, where there is one; `holds`: the department holds it as evidence from now on.
    """

    case: Case
    news: tuple[News, ...]
    steps: tuple[tuple[TaskKind, str], ...] = ()
    ends: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    sealed: bytes | None = None
    tells: bool = True
    also: Mapping[str, Any] = field(default_factory=dict)
    signed: Mapping[str, Any] | None = None
    holds: bool = False


def settle(acting: Acting, effect: Effect) -> Kept:
    """Keep what comes of an action, and return the case after it.

    Raises
    ------
    StaleError
        Somebody was quicker.
    InputError
        The process does not go on from there.
    """
    write, before, case = acting.write, acting.kept, effect.case
    told = (*acting.events, *(one.event for one in effect.news))
    found = clocks.limits(
        acting.node.calendar, before.item, case.state, told, acting.now,
        accepted=case.accepted_at is not None,
    )  # fmt: skip
    legal = None if found.legal_due is None else stamp(found.legal_due)
    after = replace(
        before,
        case=case,
        more={**before.more, **effect.more, "legal_due": legal},
        due=found.due,
        warn=found.warn,
        sealed=effect.sealed or before.sealed,
    )
    after = rows.change(write, before, after, *effect.news)
    if effect.ends:
        workflow.end(write, after.case)
    elif effect.steps:
        place = "" if acting.task is None else acting.task.place
        workflow.advance(
            write, after.case, effect.steps, place=place, due=found.due, warn=found.warn
        )
    ended = case.state in FINAL and before.case.state not in FINAL
    if ended or (before.due, before.warn) != (found.due, found.warn):
        workflow.set_due(write, case.id, found.due, found.warn)
        set_timers(write, after)
    if effect.tells:
        tell(write, after, effect.news[-1], also=effect.also)
    if effect.signed is not None:
        results.send(write, after, effect.signed, followers(case))
    if effect.holds:
        hold(acting, after)
    return after


def hold(acting: Acting, kept: Kept) -> None:
    """Let the department hold what it granted, to be given to those who may ask for it."""
    applicant = acting.application().get("applicant") or {}
    number = number_of(applicant)
    if not number or not applicant.get("name"):
        return
    for document in kept.item.results:
        acting.node.broker.hold(
            acting.write,
            document=document,
            department=kept.case.authority,
            subject=Subject(number, str(applicant["name"])),
            number=f"{kept.case.number}-R",
            source=kept.case.id,
        )


def number_of(applicant: Mapping[str, Any]) -> str:
    """Return the number by which an applicant is known: a firm's credit code, else the identity's.

    Empty where none was given.
    """
    firm = applicant.get("kind") == Applicant.FIRM
    return str(applicant.get("credit_code" if firm else "id_number") or "")


def set_timers(write: Write, kept: Kept) -> None:
    """Wait for the moments of the limit that runs; for none where no limit does."""
    timers, case = write.node.timers, kept.case
    if case.state in FINAL:
        timers.clear(write, case.id, DUE_SOON, OVERDUE, MISSED)
        days = write.node.config.limits.keep_days
        if days and case.state is not State.HANDED_OVER:
            timers.set(write, KEPT, case.id, write.now + timedelta(days=days))
        return
    if kept.due is None or case.state not in _LIMITED:
        timers.clear(write, case.id, DUE_SOON, OVERDUE)
        return
    moments = moments_of(kept.due, kept.warn, write.now)
    if DUE_SOON not in moments and case.seen > 1:
        timers.clear(write, case.id, DUE_SOON)
    timers.set_all(write, case.id, moments)


def moments_of(due: datetime, warn: datetime | None, now: datetime) -> dict[str, datetime]:
    """Return the moments of a limit that are waited for, by their kinds."""
    moments = {OVERDUE: due + _LATE}
    if warn is not None and now < warn < due:
        moments[DUE_SOON] = warn
    return moments


def _stages(write: Write, case: Case) -> dict[str, Any]:
    """Return how far a case is in a process that its office drew: who follows it has no other way.

    Of one that ships, the state of the case says it.
    """
    own = workflow.own_process(write.connection, case)
    return {} if own is None else {"stages": stages.plain(stages.of_own(write.node, case, own))}


_REPORTED = (
    "case", "number", "what", "state", "version", "at", "item", "item_version", "unit", "city",
    "due", "outcome",
)  # fmt: skip
"""What a platform above the nodes is told of a case: nothing that is personal."""


def followers(case: Case) -> tuple[str, ...]:
    """Return the codes of nodes that are told of a case: the applicant's, and where it came in."""
    return tuple(dict.fromkeys(one for one in (case.portal, case.taken_in_by) if one))


def tell(
    write: Write,
    kept: Kept,
    news: News,
    *,
    also: Mapping[str, Any] | None = None,
    to: tuple[str, ...] | None = None,
) -> None:
    """Tell nodes, or all that follow a case, what happened to it; a platform hears of it too."""
    case, event = kept.case, news.event
    body = {
        "case": case.id,
        "number": case.number,
        "what": event.what.value,
        "state": case.state.value,
        "version": case.seen,
        "at": stamp(event.at),
        "item": case.item,
        "item_version": case.version,
        "node": write.node.code,
        "unit": case.authority,
        "city": case.city,
        "due": None if kept.due is None else stamp(kept.due),
        "words": news.words,
        "documents": list(news.more.get("documents", ())),
        "until": news.more.get("until"),
        "outcome": event.outcome or None,
        "hops": int(kept.more.get("hops", 0)),
        **_stages(write, case),
        **(also or {}),
    }
    purpose = say("hall_node.purpose_progress", "zh")
    for code in followers(case) if to is None else to:
        write.send(code, "progress", case.id, body, purpose=purpose)
    write.node.mail.report(write, case.id, {name: body[name] for name in _REPORTED})
