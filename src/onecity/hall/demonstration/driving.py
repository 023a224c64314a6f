"""Carries a plan of cases out over HTTP: several people at once, each step as soon as it can be.

A case is a chain of steps of its applicant, a window, clerks and officers at their nodes. Where a
step has to wait for what other nodes tell each other, whoever is free goes on with another case.
"""

import heapq
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from onecity.core.errors import InputError, OneCityError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.hall.cases import State

from .asking import client_for
from .crowd import Crowd
from .life import Errand, Life, Steps
from .traffic import Intended

WORKERS = 4
_ABREAST = 16
"""Cases under way for each worker: most of them wait for messages of other nodes."""
_LOOK_S = 0.2
_P50, _P95 = 0.5, 0.95
_NO_ANSWER = "hall_demo.no_answer"


@dataclass(frozen=True, slots=True)
class Undone:
    """A case that did not come where it was to come, and why."""

    number: int
    case: str
    why: Sentence


@dataclass(frozen=True, slots=True)
class Totals:
    """What was done.

    Attributes
    ----------
    intended, created, crossing
        Cases of the plan; those that were handed in; of these, for another city's departments.
    fetched, absent
        Documents that came from departments that hold them; those that were not found there, and
        handed in.
    reached
        Cases by the state in which their applicants find them, each the one that was intended.
    undone
        Cases that did not come there.
    unfinished
        Cases that were under way, or not begun, when somebody interrupted.
    seconds, creating_s
        From the first step to the last, and to the last application.
    create_p50_ms, create_p95_ms
        How long handing an application in took, from the request to the receipt.
    """

    intended: int
    created: int
    crossing: int
    fetched: int
    absent: int
    reached: Mapping[State, int]
    undone: tuple[Undone, ...]
    unfinished: int
    seconds: float
    creating_s: float
    create_p50_ms: float
    create_p95_ms: float

    @property
    def per_second(self) -> float:
        """Applications a second, while they were handed in."""
        return self.created / self.creating_s if self.creating_s else 0.0

    @property
    def whole(self) -> bool:
        """Whether every case came where it was to come."""
        return not self.undone and not self.unfinished


def drive(
    crowd: Crowd,
    cases: Sequence[Intended],
    *,
    workers: int = WORKERS,
    rate: float | None = None,
    patience_s: float = 120.0,
    progress: Progress = SILENCE,
) -> Totals:
    """Carry a plan out at nodes that are served. Ctrl-C ends it after what is under way.

    Parameters
    ----------
    crowd
        Who takes part, with their keys.
    workers
        How many requests are made at once.
    rate
        Most applications a second; None: as many as the nodes take.
    patience_s
        How long is waited for any one thing.

    Raises
    ------
    InputError
        There are no workers, or the rate is none.
    """
    if workers < 1 or (rate is not None and not rate > 0):
        raise InputError("hall_demo.no_rate", workers=workers, rate=rate)
    progress.stage("hall_demo.stage_drive", len(cases))
    with closing(client_for(workers * (len(crowd.made.folders) + 1))) as client:
        life = Life(crowd, client, patience_s)
        course = _Course(life, cases, workers * _ABREAST, rate, progress)
        threads = [threading.Thread(target=course.work, daemon=True) for _ in range(workers)]
        for one in threads:
            one.start()
        try:
            while any(one.is_alive() for one in threads):
                threads[0].join(_LOOK_S)
                next((one for one in threads if one.is_alive()), threads[0]).join(_LOOK_S)
        except KeyboardInterrupt:
            course.end()
        for one in threads:
            one.join()
    if course.failure is not None:
        raise course.failure
    return course.totals()


@dataclass
class _Course:
    """Cases under way; whoever is free takes the step that is due first."""

    life: Life
    cases: Sequence[Intended]
    abreast: int
    rate: float | None
    progress: Progress
    done: list[Errand] = field(default_factory=list)
    _waiting: list[tuple[float, int, Errand, Steps]] = field(default_factory=list)
    _turn: threading.Condition = field(default_factory=threading.Condition)
    failure: Exception | None = None
    _under_way: int = 0
    _ended: bool = False

    def __post_init__(self) -> None:
        self._fresh: Iterator[Intended] = iter(self.cases)
        self._next: Intended | None = next(self._fresh, None)
        self._begun, self._started = monotonic(), 0

    def end(self) -> None:
        """Begin no further step."""
        with self._turn:
            self._ended = True
            self._turn.notify_all()

    def work(self) -> None:
        """Do steps until there are none."""
        while (taken := self._take()) is not None:
            errand, steps = taken
            pause: float | None = None
            try:
                pause = next(steps)
            except StopIteration:
                pass
            except (OneCityError, httpx.HTTPError) as error:
                errand.problem = _why(error)
            except Exception as error:  # noqa: BLE001  (raised again by who waits for all)
                self.failure = error
                self.end()
                return
            self._put(errand, steps, pause)

    def _take(self) -> tuple[Errand, Steps] | None:
        """Return the step that is to be done now; None once there is nothing left to do."""
        with self._turn:
            while not self._ended:
                now = monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    _, _, errand, steps = heapq.heappop(self._waiting)
                    return errand, steps
                starts = self._starts()
                if starts is not None and starts <= now:
                    return self._start()
                if starts is None and self._next is None and not self._under_way:
                    self._turn.notify_all()
                    return None
                moments = [self._waiting[0][0]] if self._waiting else []
                moments += [] if starts is None else [starts]
                self._turn.wait(max(0.0, min(moments) - now) if moments else None)
            return None

    def _starts(self) -> float | None:
        """Return when the next case may begin; None while too many are under way."""
        if self._next is None or self._under_way >= self.abreast:
            return None
        return self._begun + (0.0 if self.rate is None else self._started / self.rate)

    def _start(self) -> tuple[Errand, Steps]:
        assert self._next is not None  # noqa: S101  (`_starts` says so)
        errand = Errand(self._next)
        self._next = next(self._fresh, None)
        self._under_way += 1
        self._started += 1
        return errand, self.life.steps(errand)

    def _put(self, errand: Errand, steps: Steps, pause: float | None) -> None:
        with self._turn:
            if pause is None:
                self._under_way -= 1
                self.done.append(errand)
                self.progress.advance(1)
            else:
                entry = (monotonic() + pause, errand.intended.number, errand, steps)
                heapq.heappush(self._waiting, entry)
            self._turn.notify_all()

    def totals(self) -> Totals:
        """Return what was done."""
        seconds = monotonic() - self._begun
        if self._ended:  # nodes may have been ended with it: what they cut short is not refused
            self.done = [one for one in self.done if not _cut(one)]
        every = [*self.done, *(one for _, _, one, _ in self._waiting)]
        created = [one for one in every if one.case]
        took = sorted(one.created_s for one in created)
        last = max((one.created_at for one in created), default=self._begun)
        sound = [one for one in self.done if one.problem is None and one.reached is not None]
        return Totals(
            intended=len(self.cases),
            created=len(created),
            crossing=sum(one.intended.way is not None for one in created),
            fetched=sum(one.fetched for one in created),
            absent=sum(one.absent for one in created),
            reached=dict(Counter(one.reached for one in sound if one.reached is not None)),
            undone=tuple(
                Undone(one.intended.number, one.case, one.problem)
                for one in sorted(self.done, key=lambda each: each.intended.number)
                if one.problem is not None
            ),
            unfinished=len(self.cases) - len(self.done),
            seconds=seconds,
            creating_s=last - self._begun,
            create_p50_ms=1000 * _share(took, _P50),
            create_p95_ms=1000 * _share(took, _P95),
        )


def _cut(errand: Errand) -> bool:
    return errand.problem is not None and errand.problem.key == _NO_ANSWER


def _share(ordered: Sequence[float], share: float) -> float:
    """Return the value that a share of them does not pass; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _why(error: OneCityError | httpx.HTTPError) -> Sentence:
    if isinstance(error, OneCityError):
        return Sentence(error.key, error.values)
    return Sentence(_NO_ANSWER, {"reason": f"{type(error).__name__}: {error}"})


def counted(totals: Totals) -> Mapping[str, Any]:
    """Return totals as JSON holds them."""
    return {
        "intended": totals.intended,
        "created": totals.created,
        "crossing": totals.crossing,
        "fetched": totals.fetched,
        "absent": totals.absent,
        "reached": {state.value: count for state, count in sorted(totals.reached.items())},
        "undone": [
            {
                "number": one.number,
                "case": one.case,
                "zh": one.why.text("zh"),
                "en": one.why.text("en"),
            }
            for one in totals.undone
        ],
        "unfinished": totals.unfinished,
        "seconds": round(totals.seconds, 3),
        "per_second": round(totals.per_second, 2),
        "create_p50_ms": round(totals.create_p50_ms, 1),
        "create_p95_ms": round(totals.create_p95_ms, 1),
    }
