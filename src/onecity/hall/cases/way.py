"""Who may do what with a case in which state: one table, and the questions asked of it.

The table is the law's: what is missing is asked for before acceptance and told at once
(行政许可法第三十二条), a limit grows once and for a reason (第四十二条), special procedures stop
the clock (第四十五条), an applicant may withdraw until the decision is made.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from onecity.core.errors import InputError
from onecity.core.words import Language, Sentence, say

from .model import Hindrance, Opinion, Outcome, State, TaskKind, What

HANDLE, DECIDE, APPLY = "hall.handle", "hall.decide", "hall.apply"


class Action(StrEnum):
    """What can be done with a case."""

    CLAIM = "claim"
    ACCEPT = "accept"
    ASK_SUPPLEMENT = "ask_supplement"
    REJECT = "reject"
    ASK_OPINION = "ask_opinion"
    GIVE_OPINION = "give_opinion"
    STEP = "step"
    PROPOSE = "propose"
    SEND_BACK = "send_back"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    HAND_OVER = "hand_over"
    DECIDE = "decide"
    DELIVER = "deliver"
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"
    APPRAISE = "appraise"

    def text(self, language: Language) -> str:
        """Return the words of its button in one language."""
        return say(f"hall_cases.action_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Move:
    """What one action needs and does.

    Attributes
    ----------
    states
        In which of the case's states it can be done.
    permission
        What the actor needs, for the authority's department and city (for `GIVE_OPINION`: the
        asked department's).
    what
        The event that it writes.
    to
        The state after it; None: as it was, see `after`.
    tasks
        Kinds of task at which it can be done; none: at any.
    asks
        What has to be said with it: ``words``, ``reason``, ``days``, ``units``, ``documents``,
        ``until``, ``outcome``, ``to``, ``stars``.
    """

    states: frozenset[State]
    permission: str
    what: What
    to: State | None = None
    tasks: frozenset[TaskKind] = frozenset()
    asks: tuple[str, ...] = ()


def _in(*states: State) -> frozenset[State]:
    return frozenset(states)


def _at(*kinds: TaskKind) -> frozenset[TaskKind]:
    return frozenset(kinds)


_OPEN = _in(State.RECEIVED, State.ACCEPTED)
_UNDECIDED = _in(State.SUBMITTED, State.RECEIVED, State.SUPPLEMENT, State.ACCEPTED, State.SUSPENDED)
_ENTRY = _at(TaskKind.INTAKE, TaskKind.SPOT)

WAY: Mapping[Action, Move] = MappingProxyType(
    {
        Action.CLAIM: Move(
            _in(State.RECEIVED, State.SUPPLEMENT, State.ACCEPTED, State.SUSPENDED, State.DECIDED),
            HANDLE,
            What.CLAIMED,
        ),
        Action.ACCEPT: Move(
            _in(State.RECEIVED), HANDLE, What.ACCEPTED, State.ACCEPTED, _at(TaskKind.INTAKE)
        ),
        Action.ASK_SUPPLEMENT: Move(
            _OPEN,
            HANDLE,
            What.SUPPLEMENT_ASKED,
            State.SUPPLEMENT,
            _ENTRY | {TaskKind.REVIEW},
            ("words", "documents", "until"),
        ),
        Action.REJECT: Move(
            _in(State.RECEIVED), HANDLE, What.REJECTED, State.REJECTED, _ENTRY, ("words",)
        ),
        Action.ASK_OPINION: Move(
            _in(State.ACCEPTED),
            HANDLE,
            What.OPINION_ASKED,
            None,
            _at(TaskKind.REVIEW),
            ("units", "words"),
        ),
        Action.GIVE_OPINION: Move(
            _in(State.RECEIVED, State.ACCEPTED, State.SUSPENDED),
            HANDLE,
            What.OPINION_GIVEN,
            None,
            _at(TaskKind.OPINION),
            ("outcome", "words"),
        ),
        Action.STEP: Move(
            _OPEN | {State.DECIDED},
            HANDLE,
            What.STEP_DONE,
            None,
            _at(TaskKind.STEP),
            ("outcome", "words"),
        ),
        Action.PROPOSE: Move(
            _in(State.ACCEPTED), HANDLE, What.PROPOSED, None, _at(TaskKind.REVIEW), ("words",)
        ),
        Action.SEND_BACK: Move(
            _in(State.ACCEPTED), DECIDE, What.SENT_BACK, None, _at(TaskKind.DECIDE), ("words",)
        ),
        Action.SUSPEND: Move(
            _in(State.ACCEPTED),
            HANDLE,
            What.SUSPENDED,
            State.SUSPENDED,
            frozenset(),
            ("reason", "words"),
        ),
        Action.RESUME: Move(_in(State.SUSPENDED), HANDLE, What.RESUMED, State.ACCEPTED),
        Action.EXTEND: Move(
            _in(State.ACCEPTED, State.SUSPENDED),
            DECIDE,
            What.EXTENDED,
            None,
            frozenset(),
            ("days", "words"),
        ),
        Action.HAND_OVER: Move(
            _in(State.RECEIVED),
            HANDLE,
            What.HANDED_OVER,
            State.HANDED_OVER,
            _ENTRY,
            ("to", "words"),
        ),
        Action.DECIDE: Move(
            _OPEN,
            DECIDE,
            What.DECIDED,
            State.DECIDED,
            _at(TaskKind.SPOT, TaskKind.REVIEW, TaskKind.DECIDE),
            ("outcome", "words"),
        ),
        Action.DELIVER: Move(
            _in(State.DECIDED), HANDLE, What.DELIVERED, State.CLOSED, _at(TaskKind.DELIVER)
        ),
        Action.SUPPLEMENT: Move(
            _in(State.SUPPLEMENT), APPLY, What.SUPPLEMENTED, None, _at(TaskKind.SUPPLEMENT)
        ),
        Action.WITHDRAW: Move(_UNDECIDED, APPLY, What.WITHDRAWN, State.WITHDRAWN),
        Action.APPRAISE: Move(
            _in(State.DECIDED, State.CLOSED, State.REJECTED),
            APPLY,
            What.APPRAISED,
            None,
            frozenset(),
            ("stars",),
        ),
    }
)
"""What every action needs and does."""

OF_APPLICANT = frozenset({Action.SUPPLEMENT, Action.WITHDRAW, Action.APPRAISE})
"""Actions that belong to the applicant, or to who stands in for them at a window."""
OF_STEP = frozenset({Action.CLAIM, Action.STEP})
"""Actions on one task, done by the department whose task it is: others belong to who decides."""


def can(
    state: State,
    task: TaskKind | None,
    permissions: Collection[str],
    *,
    extended: bool = False,
    appraised: bool = False,
    applicant: bool = False,
) -> tuple[Action, ...]:
    """Return what somebody can do with a case, in the order of the table.

    Parameters
    ----------
    state, task
        The case's state and the kind of the task that is looked at; None where none is open.
    permissions
        What the actor may do for the department of that task.
    extended, appraised
        Whether its limit has grown already; whether the applicant has appraised it.
    applicant
        Whether it is the applicant who asks: theirs are other actions than the clerk's.
    """
    return tuple(
        action
        for action, move in WAY.items()
        if (action in OF_APPLICANT) == applicant
        and state in move.states
        and move.permission in permissions
        and (not move.tasks or (task in move.tasks if not applicant else True))
        and fits(action, state, task)
        and not (action is Action.EXTEND and extended)
        and not (action is Action.APPRAISE and appraised)
        and not (action is Action.CLAIM and (task is None or task.waits))
    )


def fits(action: Action, state: State, task: TaskKind | None) -> bool:
    """Return whether an action goes with state and task together.

    Who decides a case that is not accepted yet does both on the spot: only there.
    """
    if action is Action.DECIDE:
        return (state is State.RECEIVED) == (task is TaskKind.SPOT)
    if action is Action.ASK_SUPPLEMENT:
        return (state is State.ACCEPTED) == (task is TaskKind.REVIEW)
    return True


def check(
    action: Action,
    state: State,
    task: TaskKind | None,
    given: Mapping[str, object],
    *,
    extended: bool = False,
    joint: bool = False,
) -> Move:
    """Return what an action does, or refuse it.

    Parameters
    ----------
    given
        What is said with it, by the names of `Move.asks`.
    extended, joint
        Whether its limit has grown already; whether several departments act on it together.

    Raises
    ------
    InputError
        It is not open in this state or at this task, the limit has grown already, or something
        that has to be said is missing or is no known word.
    """
    move = WAY[action]
    wrong_task = bool(move.tasks) and action not in OF_APPLICANT and task not in move.tasks
    if state not in move.states or wrong_task or not fits(action, state, task):
        at = Sentence("hall_cases.no_task") if task is None else task
        raise InputError("hall_cases.not_open", action=action, state=state, task=at)
    if action is Action.EXTEND and extended:
        raise InputError("hall_cases.extended_already")
    for name in move.asks:
        if name in optional(action):
            continue
        value = given.get(name)
        if value is None or value in ("", (), []) or (isinstance(value, str) and not value.strip()):
            raise InputError("hall_cases.not_said", action=action, name=_asked(name))
    _known(action, given, joint=joint)
    return move


_OPTIONAL: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.ASK_SUPPLEMENT: frozenset({"documents", "until"}),
        Action.ASK_OPINION: frozenset({"words"}),
        # Which outcomes there are, the drawing of the process says.
        Action.STEP: frozenset({"outcome", "words"}),
        Action.PROPOSE: frozenset({"words"}),
        Action.DECIDE: frozenset({"words"}),
        Action.GIVE_OPINION: frozenset({"words"}),
    }
)
"""What may be said but need not be; why somebody is refused always has to, see `_known`."""


def optional(action: Action) -> frozenset[str]:
    """Return what of `Move.asks` may be left unsaid, as far as the answer does not depend on it."""
    return _OPTIONAL.get(action, frozenset())


def _known(action: Action, given: Mapping[str, object], *, joint: bool) -> None:
    """Refuse words that are not known, and a refusal without its reason."""
    outcome = str(given.get("outcome") or "")
    if action is Action.DECIDE:
        _one_of(outcome, Outcome, "outcome")
        if outcome == Outcome.REFUSE and not str(given.get("words") or "").strip():
            raise InputError("hall_cases.not_said", action=action, name=_asked("words"))
    elif action is Action.GIVE_OPINION:
        _one_of(outcome, Opinion, "outcome")
        if outcome != Opinion.AGREE and not str(given.get("words") or "").strip():
            raise InputError("hall_cases.not_said", action=action, name=_asked("words"))
    elif action is Action.SUSPEND:
        _one_of(str(given.get("reason")), Hindrance, "reason")
    elif action is Action.EXTEND:
        days, most = given.get("days"), most_extension(joint=joint)
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= most:
            key = "hall_cases.extension_joint" if joint else "hall_cases.extension"
            raise InputError(key, given=days, most=most)
    elif action is Action.APPRAISE:
        stars = given.get("stars")
        if not isinstance(stars, int) or isinstance(stars, bool) or not 1 <= stars <= MOST_STARS:
            raise InputError("hall_cases.stars", given=stars)


_OWN_EXTENSION, _JOINT_EXTENSION = 10, 15


def most_extension(*, joint: bool) -> int:
    """Return by how many working days a limit may grow, once.

    Ten where one department decides (行政许可法第四十二条第一款), fifteen where several act
    together (第二款).
    """
    return _JOINT_EXTENSION if joint else _OWN_EXTENSION


MOST_STARS = 5


def _one_of(given: str, known: type[StrEnum], name: str) -> None:
    if given not in set(known):
        raise InputError(
            "hall_cases.unknown_word", name=_asked(name), given=given, known=" ".join(known)
        )


def _asked(name: str) -> Sentence:
    """Return the name of something that has to be said."""
    return Sentence(f"hall_cases.asks_{name}")


def after(action: Action, state: State, *, accepted: bool) -> State:
    """Return the state after an action that `check` let pass.

    `accepted` says whether the case has been accepted before: a supplement brings it back to
    where it was asked for.
    """
    to = WAY[action].to
    if action is Action.SUPPLEMENT:
        return State.ACCEPTED if accepted else State.RECEIVED
    return state if to is None else to


def done(action: Action, task: TaskKind, outcome: str = "") -> tuple[tuple[TaskKind, str], ...]:
    """Return which tasks of the process an action completes, one after another, and how.

    Each is the kind of task and what its ``outcome`` is. Who decides at the review proposes and
    decides at once.
    """
    match action:
        case Action.DECIDE if task is TaskKind.REVIEW:
            return ((TaskKind.REVIEW, "done"), (TaskKind.DECIDE, outcome))
        case Action.DECIDE | Action.GIVE_OPINION | Action.STEP:
            return ((task, outcome),)
        case _ if action in _SAYS:
            return ((task, _SAYS[action]),)
    return ()


_SAYS: Mapping[Action, str] = MappingProxyType(
    {
        Action.ACCEPT: "accept",
        Action.ASK_SUPPLEMENT: "supplement",
        Action.REJECT: "reject",
        Action.ASK_OPINION: "ask",
        Action.PROPOSE: "done",
        Action.SEND_BACK: "back",
        Action.DELIVER: "done",
        Action.SUPPLEMENT: "done",
    }
)
