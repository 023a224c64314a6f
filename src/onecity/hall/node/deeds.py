"""What each action on a case does, as values: the case after it, its events, its tasks.

Whether it may be done was asked before (`onecity.hall.cases.way`); nothing is written here but a
result, which is signed with its number, and questions to other departments.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from onecity.core.errors import InputError
from onecity.hall.cases import CaseEvent, Hindrance, Outcome, State, TaskKind, What
from onecity.hall.cases.clock import end_of
from onecity.hall.cases.way import Action, after, done

from . import clocks, opinions, results, workflow
from .acting import MISSED, Acting, Effect
from .moving import hand_over
from .rows import News
from .subjects import corrected

_LONGEST_WAIT = timedelta(days=400)


def _claim(acting: Acting) -> Effect:
    task = acting.task
    if task is not None:
        workflow.claim(acting.write, task.id, acting.who)
    return Effect(case=acting.case, news=(acting.news(What.CLAIMED, words=""),), tells=False)


def _accept(acting: Acting) -> Effect:
    case = replace(acting.case, state=State.ACCEPTED, accepted_at=acting.now)
    return Effect(
        case=case, news=(acting.news(What.ACCEPTED),), steps=done(Action.ACCEPT, TaskKind.INTAKE)
    )


def _ask_supplement(acting: Acting) -> Effect:
    write, case = acting.write, acting.case
    known = {one.document for one in acting.kept.item.requirements}
    documents = list(dict.fromkeys(acting.given.get("documents") or ()))
    for one in documents:
        if one not in known:
            raise InputError("hall_node.unknown_document", item=case.item, given=one)
    until = _until(acting)
    write.node.timers.set(write, MISSED, case.id, end_of(until))
    return Effect(
        case=replace(case, state=State.SUPPLEMENT, supplements=case.supplements + 1),
        news=(acting.news(What.SUPPLEMENT_ASKED, documents=documents, until=until.isoformat()),),
        steps=_steps(acting, Action.ASK_SUPPLEMENT),
    )


def _until(acting: Acting) -> date:
    """Return until when supplements may come."""
    today = acting.write.today
    given = acting.given.get("until")
    if given is None or given == "":
        days = acting.node.config.limits.supplement_days
        return acting.node.calendar.add_working_days(today, days)
    try:
        until = given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError as error:
        raise InputError("hall_node.until_past", given=given) from error
    if not today < until <= today + _LONGEST_WAIT:
        raise InputError("hall_node.until_past", given=until)
    return until


def _reject(acting: Acting) -> Effect:
    in_time = acting.kept.due is None or acting.now <= acting.kept.due
    signed = results.issue(acting, None, State.REJECTED, acting.words)
    return Effect(
        case=replace(acting.case, state=State.REJECTED, closed_at=acting.now),
        news=(acting.news(What.REJECTED),),
        steps=_steps(acting, Action.REJECT),
        more={"days": 0.0, "in_time": int(in_time)},
        signed=signed,
    )


def _ask_opinion(acting: Acting) -> Effect:
    units = opinions.ask(acting)
    event = acting.event(What.OPINION_ASKED)
    news = tuple(
        News(replace(event, unit=one), acting.words, {"opinion": id_}) for one, id_ in units
    )
    return Effect(case=acting.case, news=news, steps=_steps(acting, Action.ASK_OPINION))


def _step(acting: Acting) -> Effect:
    outcome = str(acting.given.get("outcome") or "")
    task = acting.task
    steps = done(Action.STEP, _kind(acting), outcome)
    running = workflow.running_of(acting.write.connection, acting.case)
    place = "" if task is None else task.place
    name = next((one.name for one in running.open_tasks() if one.id == place), "")
    more = {"step": "" if task is None else task.title}
    if outcome:
        more["said"] = running.process.choices(name).get(outcome, outcome)
    event = acting.event(What.STEP_DONE, outcome=outcome)
    # Who applies is told what came of it; what the department notes of it is its own.
    return Effect(
        case=acting.case,
        news=(News(event, acting.words, more),),
        steps=steps,
        also={"words": "", "what_more": more},
    )


def _propose(acting: Acting) -> Effect:
    news = (acting.news(What.PROPOSED),)
    return Effect(case=acting.case, news=news, steps=_steps(acting, Action.PROPOSE), tells=False)


def _send_back(acting: Acting) -> Effect:
    news = (acting.news(What.SENT_BACK),)
    return Effect(case=acting.case, news=news, steps=_steps(acting, Action.SEND_BACK), tells=False)


def _suspend(acting: Acting) -> Effect:
    event = acting.event(What.SUSPENDED, outcome=Hindrance(str(acting.given["reason"])).value)
    return Effect(
        case=replace(acting.case, state=State.SUSPENDED), news=(News(event, acting.words),)
    )


def _resume(acting: Acting) -> Effect:
    return Effect(
        case=replace(acting.case, state=State.ACCEPTED), news=(acting.news(What.RESUMED),)
    )


def _extend(acting: Acting) -> Effect:
    event = acting.event(What.EXTENDED, extension=int(acting.given["days"]))
    return Effect(case=replace(acting.case, extended=True), news=(News(event, acting.words),))


def _decide(acting: Acting) -> Effect:
    outcome = Outcome(str(acting.given["outcome"]))
    case, now = acting.case, acting.now
    news = [News(acting.event(What.DECIDED, outcome=outcome.value), acting.words)]
    told: list[CaseEvent] = list(acting.events)
    if case.accepted_at is None:  # on the spot: accepted and decided at once
        news.insert(0, acting.news(What.ACCEPTED, words=""))
        case = replace(case, accepted_at=now)
        told.append(news[0].event)
    days, in_time = clocks.outcome_of(acting.node.calendar, acting.kept.item, told, now)
    return Effect(
        case=replace(case, state=State.DECIDED, outcome=outcome, decided_at=now),
        news=tuple(news),
        steps=done(Action.DECIDE, _kind(acting), outcome.value),
        more={"days": days, "in_time": int(in_time)},
        signed=results.issue(acting, outcome, State.DECIDED, acting.words),
        holds=outcome is Outcome.GRANT,
    )


def _deliver(acting: Acting) -> Effect:
    return Effect(
        case=replace(acting.case, state=State.CLOSED, closed_at=acting.now),
        news=(acting.news(What.DELIVERED),),
        steps=_steps(acting, Action.DELIVER),
    )


def supplement(acting: Acting) -> Effect:
    """Take what an applicant adds to the application; what was there and is not named stays."""
    case, given = acting.case, acting.given
    application, data = acting.application(), given.get("data", {})
    application["data"] = {**application.get("data", {}), **data}
    # The result names them as they are called now.
    application["applicant"] = corrected(application.get("applicant") or {}, data)
    files = [*application.get("files", ()), *given.get("files", ())]
    application["files"] = list(dict.fromkeys(files))
    application["evidence"] = [*application.get("evidence", ()), *given.get("evidence", ())]
    state = after(Action.SUPPLEMENT, case.state, accepted=case.accepted_at is not None)
    acting.write.node.timers.clear(acting.write, case.id, MISSED)
    return Effect(
        case=replace(case, state=state),
        news=(acting.news(What.SUPPLEMENTED),),
        steps=((TaskKind.SUPPLEMENT, "done"),),
        sealed=acting.write.seal(case.id, application),
    )


def missed(acting: Acting) -> Effect:
    """Bring a case back to its department as it is: its applicant did not answer in time."""
    case = acting.case
    state = after(Action.SUPPLEMENT, case.state, accepted=case.accepted_at is not None)
    return Effect(
        case=replace(case, state=state),
        news=(acting.news(What.SUPPLEMENT_MISSED, words=""),),
        steps=((TaskKind.SUPPLEMENT, "done"),),
    )


def last_answer(events: Iterable[CaseEvent]) -> What:
    """Return how the last request for supplements was answered; as if it was, where none was."""
    answers = [
        one.what for one in events if one.what in {What.SUPPLEMENTED, What.SUPPLEMENT_MISSED}
    ]
    return answers[-1] if answers else What.SUPPLEMENTED


def withdraw(acting: Acting) -> Effect:
    """End a case because its applicant wants so."""
    opinions.call_back(acting)
    return Effect(
        case=replace(acting.case, state=State.WITHDRAWN, closed_at=acting.now),
        news=(acting.news(What.WITHDRAWN),),
        ends=True,
    )


def appraise(acting: Acting) -> Effect:
    """Take what an applicant thought of it."""
    stars = int(acting.given["stars"])
    return Effect(
        case=acting.case,
        news=(acting.news(What.APPRAISED, stars=stars),),
        more={"stars": stars},
        tells=False,
    )


def _kind(acting: Acting) -> TaskKind:
    return TaskKind.STEP if acting.task is None else acting.task.kind


def _steps(acting: Acting, action: Action) -> tuple[tuple[TaskKind, str], ...]:
    return done(action, _kind(acting))


DEEDS: Mapping[Action, Callable[[Acting], Effect]] = MappingProxyType(
    {
        Action.CLAIM: _claim,
        Action.ACCEPT: _accept,
        Action.ASK_SUPPLEMENT: _ask_supplement,
        Action.REJECT: _reject,
        Action.ASK_OPINION: _ask_opinion,
        Action.STEP: _step,
        Action.PROPOSE: _propose,
        Action.SEND_BACK: _send_back,
        Action.SUSPEND: _suspend,
        Action.RESUME: _resume,
        Action.EXTEND: _extend,
        Action.HAND_OVER: hand_over,
        Action.DECIDE: _decide,
        Action.DELIVER: _deliver,
    }
)
"""What a department does; giving an opinion is for `opinions`."""
