"""A case played through its process: what may be done at each place, and where that leads.

The table of `onecity.hall.cases.way` says what may be done in which state; the drawing says at
which task, and with what outcome. Both have to let it pass. Everything here is asked of copies:
nothing that runs is changed.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from onecity.core.errors import InputError
from onecity.hall.cases.model import FINAL, Outcome, State, TaskKind, kind_of
from onecity.hall.cases.way import DECIDE, HANDLE, Action, after, can, done

from .process import Process
from .running import DONE, OpenTask, Running

Facts = tuple[tuple[str, str | int | bool], ...]
"""Facts of a case that its process asks for, in order, so that they can be told apart quickly."""
FORWARD = frozenset({"accept", DONE, *Outcome})
"""Outcomes that lead on where the drawing asks for none: any other needs an arrow of its own."""
_ALL = (HANDLE, DECIDE)
_ANSWERED = frozenset({State.ACCEPTED, State.SUPPLEMENT})
"""States in which opinions come and let a case go on, besides suspended ones."""
_MOST_PLACES = 400


def spoken(task: OpenTask, outcome: str) -> str | None:
    """Return what is said at a task for an outcome; None if the drawing does not know it there.

    Where it asks for nothing, or has an arrow for all else, what leads on may be said.
    """
    if outcome in task.outcomes:
        return outcome
    step = kind_of(task.name) is TaskKind.STEP
    if outcome not in ({"", DONE} if step else FORWARD):
        return None
    if not task.outcomes:
        return outcome or DONE
    return DONE if DONE in task.outcomes else None


def walk(running: Running, steps: Sequence[tuple[TaskKind, str]], place: str = "") -> None:
    """Complete tasks one after another.

    Parameters
    ----------
    steps
        Kind and outcome of each; the first is the task at `place`, where that is given.

    Raises
    ------
    InputError
        No task of the kind is open, its outcome is none that the drawing knows, or no arrow
        goes on from there.
    """
    for at, (kind, outcome) in enumerate(steps):
        found = [one for one in running.open_tasks() if kind_of(one.name) is kind]
        task = next((one for one in found if one.id == place and not at), None)
        task = task or next(iter(found), None)
        if task is None:
            title = running.process.title
            raise InputError("hall_process.no_such_task", name=title, task=kind)
        said = spoken(task, outcome)
        if said is None:
            known = " ".join(task.outcomes) or DONE
            raise InputError(
                "hall_process.unknown_outcome", task=task.title, given=outcome, known=known
            )
        running.complete(task.id, said)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is: its state, and its process.

    Attributes
    ----------
    accepted, asked
        Whether it was accepted; whether opinions were asked for and are not all given.
    way
        What was done to get here: each task's name, and what was said there.
    """

    state: State
    accepted: bool
    asked: bool
    running: Running
    way: tuple[tuple[str, str], ...] = ()

    @property
    def mark(self) -> tuple[object, ...]:
        """What tells it from other places."""
        return self.state, self.accepted, self.asked, self.running.mark


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that is done at a task, by whomever; `outcome` as the action has it."""

    action: Action
    task: OpenTask
    outcome: str

    @property
    def steps(self) -> tuple[tuple[TaskKind, str], ...]:
        """The tasks that it completes."""
        if self.action is Action.GIVE_OPINION:
            return ((TaskKind.OPINIONS, DONE),)
        return done(self.action, kind_of(self.task.name), self.outcome)


def turns(place: Place) -> Iterator[Turn]:
    """Yield what the state lets be done at open tasks, whether the drawing knows of it or not."""
    for task in place.running.open_tasks():
        kind = kind_of(task.name)
        if kind is TaskKind.SUPPLEMENT and place.state is State.SUPPLEMENT:
            yield Turn(Action.SUPPLEMENT, task, "")
        if kind is TaskKind.OPINIONS and place.asked and place.state in _ANSWERED:
            yield Turn(Action.GIVE_OPINION, task, "")
        if kind.waits:
            continue
        for action in can(place.state, kind, _ALL):
            outcomes: Sequence[str] = ("",)
            if action is Action.DECIDE:
                outcomes = tuple(Outcome)
            elif action is Action.STEP:
                outcomes = task.outcomes or ("",)
            elif not done(action, kind) or (action is Action.ASK_OPINION and place.asked):
                continue
            yield from (Turn(action, task, one) for one in outcomes)


def next_place(place: Place, turn: Turn) -> Place:
    """Return where something leads.

    Raises
    ------
    InputError
        The drawing does not know of it.
    """
    running = place.running.copied()
    walk(running, turn.steps, turn.task.id)
    accepted = place.accepted or turn.action in {Action.ACCEPT, Action.DECIDE}
    state = after(turn.action, place.state, accepted=accepted)
    asked = (place.asked or turn.action is Action.ASK_OPINION) and (
        turn.action is not Action.GIVE_OPINION
    )
    said = turn.outcome or turn.action.value
    return Place(state, accepted, asked, running, (*place.way, (turn.task.title, said)))


def offers(running: Running, state: State, task: OpenTask, action: Action) -> tuple[str, ...]:
    """Return with which outcomes something can be done at an open task; none: it cannot be.

    What completes no task can always be done, and is said with no outcome (``""``).
    """
    kind = kind_of(task.name)
    open_ = {kind_of(one.name) for one in running.open_tasks()}
    if action is Action.ASK_OPINION and TaskKind.OPINIONS in open_:
        return ()
    if not done(action, kind):
        return ("",)
    place = Place(state, accepted=False, asked=False, running=running)
    found = []
    for outcome in {Action.DECIDE: tuple(Outcome), Action.STEP: task.outcomes}.get(action) or ("",):
        try:
            next_place(place, Turn(action, task, outcome))
        except InputError:
            continue
        found.append(str(outcome))
    return tuple(found)


def begin(process: Process, facts: Facts) -> Place:
    """Return where a case begins."""
    return Place(State.RECEIVED, accepted=False, asked=False, running=process.start(**dict(facts)))


@lru_cache(maxsize=512)
def place_of(
    process: Process, state: State, *, accepted: bool, outcome: Outcome | None, facts: Facts
) -> Place:
    """Return the first place at which a case can be in a state.

    For cases that began elsewhere: where the state does not say at which task a case is, it is
    at the first one possible. The process in it is shared: it is to be copied before it goes on.

    Raises
    ------
    InputError
        The process has no such place.
    """
    wanted = State.ACCEPTED if state is State.SUSPENDED else state
    first = begin(process, facts)
    seen, ahead = {first.mark}, deque([first])
    while ahead and len(seen) <= _MOST_PLACES:
        place = ahead.popleft()
        if place.state is wanted and (place.accepted == accepted or wanted is not State.SUPPLEMENT):
            return place
        if place.state in FINAL:
            continue
        for turn in turns(place):
            if turn.action is Action.DECIDE and turn.outcome != (outcome or Outcome.GRANT):
                continue
            try:
                found = next_place(place, turn)
            except InputError:
                continue
            if found.mark not in seen:
                seen.add(found.mark)
                ahead.append(found)
    raise InputError("hall_process.no_place", name=process.title, state=state)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a process, as somebody reads it who wants to know how a case is handled.

    Attributes
    ----------
    name, title, lane
        Of the task.
    beside
        Whether it is done side by side with the one before it.
    """

    name: str
    title: str
    lane: str
    beside: bool


@lru_cache(maxsize=256)
def stages(process: Process, facts: Facts = ()) -> tuple[Stage, ...]:
    """Return the tasks of a process in the order in which a case passes them that goes well.

    What waits, and what is drawn for cases that do not go well, is not among them. Where it does
    not go on for some facts, the steps up to there are told.
    """
    found = dict[str, Stage]()
    with suppress(InputError):
        _pass(process.start(**dict(facts)), found)
    return tuple(found.values())


def _pass(running: Running, found: dict[str, Stage]) -> None:
    """Complete tasks one after another, and note each as it opens, until none is new.

    Raises
    ------
    InputError
        No arrow goes on.
    """
    while True:
        open_ = [one for one in running.open_tasks() if not kind_of(one.name).waits]
        fresh = [one for one in open_ if one.name not in found]
        for one in fresh:
            beside = one is not fresh[0]
            found[one.name] = Stage(one.name, one.title, one.lane, beside)
        if not fresh:
            return
        for one in fresh:
            if one.id in _ids(running):
                _well(running, one, set(found))


def _well(running: Running, task: OpenTask, passed: set[str]) -> None:
    """Complete a task as it is where all goes well: rather to somewhere new than back."""
    wanted = {TaskKind.INTAKE: "accept", TaskKind.SPOT: "grant", TaskKind.DECIDE: "grant"}
    kind = kind_of(task.name)
    several = task.outcomes if kind is TaskKind.STEP else (wanted.get(kind, DONE),)
    best = ""
    for outcome in several:
        said = spoken(task, outcome)
        if said is None:
            continue
        tried = running.copied()
        try:
            tried.complete(task.id, said)
        except InputError:
            continue
        best = best or said
        if not any(
            one.name in passed and one.id not in _ids(running) for one in tried.open_tasks()
        ):
            best = said
            break
    running.complete(task.id, best or DONE)


def _ids(running: Running) -> set[str]:
    return {one.id for one in running.open_tasks()}


def facts_for(process: Process, given: Mapping[str, str | bool | None]) -> Facts:
    """Return what of the facts of a case its process asks for; what is None is not told."""
    asks = process.asks
    if not asks:
        return ()
    return tuple((one, value) for one in sorted(asks) if (value := given.get(one)) is not None)
