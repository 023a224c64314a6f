"""Whether a process can carry a case: from the application to its end, whatever is done.

A drawing may be carried out and still be no case's: nobody could accept it, or decide it, or a
task would stay open when it has ended. So a case is played through it along everything that the
table of `onecity.hall.cases.way` lets people do, for every mix of facts that it asks for.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import product

from onecity.core.errors import InputError
from onecity.core.words import Language, Sentence
from onecity.hall.cases.model import FINAL, Outcome, State, TaskKind, kind_of
from onecity.hall.cases.way import Action
from onecity.hall.catalogue.model import Applicant, Way

from .playing import Facts, Place, Turn, begin, next_place, spoken, turns
from .preparing import named, prepared, title_of
from .process import Process
from .running import DONE

_MOST_PLACES, _MOST_MIXES = 400, 64
_ELSEWHERE = "000000"
"""Stands for a city that the drawing does not name."""
_NEEDED = (
    ("no_intake", frozenset({TaskKind.INTAKE, TaskKind.SPOT})),
    ("no_decide", frozenset({TaskKind.DECIDE, TaskKind.SPOT})),
    ("no_deliver", frozenset({TaskKind.DELIVER})),
)
_SAID: Mapping[TaskKind, frozenset[str]] = {
    TaskKind.INTAKE: frozenset({"accept", "supplement", "reject"}),
    TaskKind.SPOT: frozenset({"grant", "refuse", "supplement", "reject"}),
    TaskKind.REVIEW: frozenset({DONE, "ask", "supplement"}),
    TaskKind.DECIDE: frozenset({"grant", "refuse", "back"}),
    TaskKind.DELIVER: frozenset({DONE}),
    TaskKind.SUPPLEMENT: frozenset({DONE}),
    TaskKind.OPINIONS: frozenset({DONE}),
}
"""What can be said at tasks that every case has; at a step, whatever is drawn."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What a process lacks to be a case's.

    `way` is how a case gets there: each task's name, and what was said at it.
    """

    why: Sentence
    way: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> Sentence:
        """All of it."""
        if not self.way:
            return self.why
        steps = " → ".join(f"{task}·{said}" for task, said in self.way)
        return Sentence("hall_process.lack_at", {"why": self.why, "way": steps})

    def text(self, language: Language) -> str:
        """Return the whole sentence in one language."""
        return self.sentence.text(language)


@lru_cache(maxsize=64)
def lacks(process: Process) -> tuple[Lack, ...]:
    """Return what a process lacks to be a case's: nothing if it can be.

    Each is told once, where it is found first.
    """
    missing = (*_missing(process), *_circles(process))
    if missing:
        return missing
    mixes = tuple(_mixes(process))
    if len(mixes) > _MOST_MIXES:
        return (Lack(Sentence("hall_process.lack_mixes", {"most": _MOST_MIXES})),)
    found: dict[str, Lack] = {}
    for facts in mixes:
        for one in _Played(process, facts).lacks():
            found.setdefault(one.why.text("en"), one)
    return tuple(found.values())


def _missing(process: Process) -> Iterator[Lack]:
    """Yield which kinds of tasks are not drawn at all, or have no place in a case's process."""
    kinds = {kind_of(name): title for name, title in process.tasks}
    for key, several in _NEEDED:
        if not several & set(kinds):
            yield Lack(Sentence(f"hall_process.lack_{key}"))
    if TaskKind.OPINION in kinds:
        yield Lack(Sentence("hall_process.lack_opinion", {"task": kinds[TaskKind.OPINION]}))
    for name, title in process.tasks:
        known = _SAID.get(kind_of(name), frozenset())
        for one in process.outcomes(name) if known else ():
            if one not in known | {DONE}:
                values = {"task": title, "given": one, "known": " ".join(sorted(known))}
                yield Lack(Sentence("hall_process.lack_unsaid", values))


def _circles(process: Process) -> Iterator[Lack]:
    """Yield circles in which nobody does anything, or that have no way out.

    They could not be played through: a case would go round in them for ever.
    """
    root = prepared(process.source)
    arrows = [
        (one.get("sourceRef"), one.get("targetRef")) for one in root.iter(named("sequenceFlow"))
    ]
    titles = {one.get("id"): title_of(one) or one.get("id") for one in root.iter() if one.get("id")}
    tasks = {name for name, _ in process.tasks}
    ways = Counter(source for source, _ in arrows)
    choices = (named("exclusiveGateway"), named("inclusiveGateway"))
    forks = {one.get("id") for one in root.iter(*choices) if ways[one.get("id")] > 1}
    for key, breaks in (("idle_circle", tasks), ("endless", forks)):
        kept = [one for one in arrows if not breaks & set(one)]
        order = TopologicalSorter[str]()
        for source, target in kept:
            order.add(target, source)
        try:
            order.prepare()
        except CycleError as error:
            circle = " → ".join(titles[one] for one in reversed(error.args[1]))
            yield Lack(Sentence(f"hall_process.lack_{key}", {"circle": circle}))


def _mixes(process: Process) -> Iterator[Facts]:
    """Yield every mix of the facts that a process asks for."""
    every: Mapping[str, tuple[str | bool | None, ...]] = {
        "way": (None, *(one.value for one in Way)),
        "applicant": tuple(one.value for one in Applicant),
        # Of a case of an older system nobody may know from where it came.
        "from_city": (None, *sorted(process.texts - {*Way, *Applicant}), _ELSEWHERE),
        "on_behalf": (False, True),
    }
    asked = sorted(process.asks)
    for values in product(*(every[one] for one in asked)):
        told = zip(asked, values, strict=True)
        yield tuple((name, value) for name, value in told if value is not None)


@dataclass
class _Played:
    """All places of a case for one mix of facts, and how they hang together."""

    process: Process
    facts: Facts
    places: dict[object, Place] = field(default_factory=dict)
    before: dict[object, set[object]] = field(default_factory=dict)
    found: list[Lack] = field(default_factory=list)

    def lacks(self) -> list[Lack]:
        """Return what is lacking."""
        try:
            first = begin(self.process, self.facts)
        except InputError as error:
            return [Lack(Sentence(error.key, error.values))]
        self.places[first.mark] = first
        ahead = deque([first])
        while ahead:
            place = ahead.popleft()
            self._look(place)
            if place.state in FINAL or place.running.done:
                continue
            for turn in turns(place):
                after = self._after(place, turn)
                if after is None:
                    continue
                self.before.setdefault(after.mark, set()).add(place.mark)
                if after.mark not in self.places:
                    self.places[after.mark] = after
                    ahead.append(after)
            if len(self.places) > _MOST_PLACES:
                return [Lack(Sentence("hall_process.lack_places", {"most": _MOST_PLACES}))]
        # Where a case comes to a standstill matters only if nothing else is the cause of it.
        return self.found or list(self._dead_ends())

    def _look(self, place: Place) -> None:
        """Note what does not fit at a place."""
        open_ = place.running.open_tasks()
        titles = "、".join(one.title for one in open_)
        ended = place.state in FINAL
        if ended and not place.running.done:
            self._note("left_over", place, state=place.state, tasks=titles)
        elif place.running.done and not ended:
            self._note("ends_early", place, state=place.state)
        elif place.state is State.SUPPLEMENT and not _waits(place, TaskKind.SUPPLEMENT):
            self._note("no_supplement", place)
        elif place.asked and not _waits(place, TaskKind.OPINIONS):
            self._note("no_opinions", place)

    def _after(self, place: Place, turn: Turn) -> Place | None:
        """Return where something leads; None where the drawing does not let it be done."""
        kind = kind_of(turn.task.name)
        steps = turn.steps
        if spoken(turn.task, steps[0][1]) is None:
            if turn.action is Action.DECIDE and kind is not TaskKind.REVIEW:
                outcome = Outcome(turn.outcome)
                self._note("no_outcome", place, task=turn.task.title, outcome=outcome)
            return None
        try:
            return next_place(place, turn)
        except InputError as error:
            if len(steps) == 1:  # proposing and deciding at once is no more than a short cut
                reason = Sentence(error.key, error.values)
                self._note("refused", place, task=turn.task.title, reason=reason)
            return None

    def _dead_ends(self) -> Iterator[Lack]:
        """Yield the first place from which a case cannot come to a decision and its delivery."""
        good = {mark for mark, one in self.places.items() if one.state is State.CLOSED}
        ahead = deque(good)
        while ahead:
            fresh = self.before.get(ahead.popleft(), set()) - good
            good |= fresh
            ahead.extend(fresh)
        for mark, one in self.places.items():
            if mark not in good and one.state not in FINAL:
                titles = "、".join(each.title for each in one.running.open_tasks())
                why = Sentence(
                    "hall_process.lack_stuck", {"state": one.state, "tasks": titles or "–"}
                )
                yield Lack(why, one.way)
                return

    def _note(self, why: str, place: Place, **values: object) -> None:
        self.found.append(Lack(Sentence(f"hall_process.lack_{why}", values), place.way))


def _waits(place: Place, kind: TaskKind) -> bool:
    return any(kind_of(one.name) is kind for one in place.running.open_tasks())
