"""Timing: contestants take turns, round by round, so that a busy moment meets them all."""

import gc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

OURS = "OneCity"
#: A turn lasts at least so many seconds: quick work is done several times in it.
LEAST_TURN = 0.1


class WrongAnswerError(RuntimeError):
    """Two contestants answered the same question differently: there is nothing to time."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who does the work of a task.

    Attributes
    ----------
    who
        Name shown; ours begin with `OURS`.
    work
        Does the work once.
    threads
        How many it uses.
    scale
        The seconds of one call are multiplied by this to give the figure.
    rounds
        Takes part in this many rounds at most; None for all.
    note
        What a reader must know to judge the figure.
    timed
        `work` counts its own seconds and returns them. It does not warm up.
    """

    who: str
    work: Callable[[], object]
    threads: int = 1
    scale: float = 1.0
    rounds: int | None = None
    note: str = ""
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """What a contestant needed for a task, round by round.

    `reference` marks the contestant of ours that the others of the same task and graph are
    compared with.
    """

    task: str
    graph: str
    nodes: int
    arcs: int
    who: str
    threads: int
    unit: str
    rounds: tuple[float, ...]
    reference: bool = False
    note: str = ""
    size: dict[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Median of the rounds."""
        return median(self.rounds)

    @property
    def key(self) -> tuple[str, str]:
        """Figures with the same key can be compared."""
        return self.task, self.graph

    def times(self, reference: "Figure") -> tuple[float, float, float]:
        """Return how many times the reference this is: median, least and most of the rounds.

        Rounds are compared pairwise, since the two were measured one after the other.
        """
        pairs = [
            mine / its for mine, its in zip(self.rounds, reference.rounds, strict=False)
        ]  # fmt: skip
        return median(pairs), min(pairs), max(pairs)


def race(contestants: Sequence[Contestant], rounds: int) -> list[tuple[float, ...]]:
    """Return the figures of each contestant, one a round.

    Each warms up once (unless it takes part in one round only), then all take turns: A B C,
    A B C, … The collector of Python's garbage is off while the clock runs.
    """
    calls = []
    for one in contestants:
        warm = LEAST_TURN if one.rounds == 1 or one.timed else _seconds(one, 1)
        calls.append(max(1, math.ceil(LEAST_TURN / max(warm, 1e-6))))
    results: list[list[float]] = [[] for _ in contestants]
    for turn in range(rounds):
        for one, count, result in zip(contestants, calls, results, strict=True):
            if one.rounds is None or turn < one.rounds:
                result.append(one.scale * _seconds(one, count))
    return [tuple(result) for result in results]


def _seconds(one: Contestant, calls: int) -> float:
    """Return the seconds of one call, the mean of several."""
    gc.collect()
    gc.disable()
    try:
        start = perf_counter()
        for _ in range(calls):
            answer = one.work()
        elapsed = (perf_counter() - start) / calls
    finally:
        gc.enable()
    if not one.timed:
        return elapsed
    if not isinstance(answer, float):
        raise TypeError(f"{one.who} counts its own seconds but returned {answer!r}")
    return answer
