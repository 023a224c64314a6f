"""Long computations that answer later."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from queue import SimpleQueue

from onecity.core.errors import MissingError, OneCityError
from onecity.core.progress import Progress

from .slots import BusyError, Slots


class Status(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A long computation as it stands.

    `stage` is the catalogue key of what it does now, `done` of `of` its steps (None where
    nobody knows how many); `result` is the address of what it made; `error` why it failed.
    """

    id: str
    kind: str
    status: Status
    stage: str | None = None
    done: int = 0
    of: int | None = None
    result: str | None = None
    error: Exception | None = None


class StoppedError(OneCityError):
    """The job took too long, or the service ends."""


Work = Callable[[Progress], None]


class Jobs:
    """Runs jobs one after another, beside the answers that people wait for."""

    def __init__(self, most: int, seconds: float, slots: Slots) -> None:
        self._most = most
        self._seconds = seconds
        self._slots = slots
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._running: dict[tuple[str, object], str] = {}
        self._queue: SimpleQueue[tuple[str, tuple[str, object], Work] | None] = SimpleQueue()
        self._ending = threading.Event()
        self._worker: threading.Thread | None = None

    def start(self, kind: str, key: object, result: str, work: Work) -> Job:
        """Begin a job, or return the one of this kind and key that has not ended yet.

        Parameters
        ----------
        kind
            What it is, for people who look at the list.
        key
            What it is about: the state's hash, and the question.
        result
            Address of what it makes, under the API's base.
        work
            Is given a listener to be told of its progress, which ends it when time is up. It
            keeps its result where the route at `result` finds it (`State.once`).

        Raises
        ------
        BusyError
            If too many jobs wait.
        """
        with self._lock:
            known = self._running.get((kind, key))
            if known is not None:
                return self._jobs[known]
            self._make_room()
            job = Job(secrets.token_urlsafe(12), kind, Status.WAITING, result=result)
            self._jobs[job.id] = job
            self._running[kind, key] = job.id
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="jobs", daemon=True)
                self._worker.start()
        self._queue.put((job.id, (kind, key), work))
        return job

    def get(self, job: str) -> Job:
        """Return a job as it stands.

        Raises
        ------
        MissingError
            If there is none, or it ended so long ago that it was forgotten.
        """
        with self._lock:
            if job not in self._jobs:
                raise MissingError("web.no_job", given=job)
            return self._jobs[job]

    def close(self) -> None:
        """End the running job at its next step, and begin no other."""
        self._ending.set()
        self._queue.put(None)

    def _make_room(self) -> None:
        ended = (Status.DONE, Status.FAILED)
        old = [key for key, job in self._jobs.items() if job.status in ended]
        for key in old[: max(len(self._jobs) - self._most + 1, 0)]:
            del self._jobs[key]
        if len(self._jobs) >= self._most:
            raise BusyError("web.busy")

    def _run(self) -> None:
        while (task := self._queue.get()) is not None and not self._ending.is_set():
            job, key, work = task
            self._tell(job, status=Status.RUNNING)
            try:
                with self._slots.taken(patient=True):
                    work(_Listener(self, job, time.monotonic() + self._seconds))
            except Exception as error:  # noqa: BLE001  (told to whoever asks for the job)
                self._tell(job, status=Status.FAILED, error=error)
            else:
                self._tell(job, status=Status.DONE)
            finally:
                with self._lock:
                    self._running.pop(key, None)

    def _tell(self, job: str, **changed: object) -> None:
        with self._lock:
            self._jobs[job] = replace(self._jobs[job], **changed)  # type: ignore[arg-type]

    def _step(self, job: str, steps: int) -> None:
        with self._lock:
            known = self._jobs[job]
            self._jobs[job] = replace(known, done=known.done + steps)

    def _check(self, until: float) -> None:
        if self._ending.is_set():
            raise StoppedError("web.job_ended")
        if time.monotonic() > until:
            raise StoppedError("web.job_too_long", seconds=self._seconds)


@dataclass(frozen=True, slots=True)
class _Listener:
    """Keeps what a job tells of its progress, and ends it when time is up."""

    jobs: Jobs
    job: str
    until: float

    def stage(self, key: str, total: int | None = None) -> None:
        """Note the stage."""
        self.jobs._check(self.until)  # noqa: SLF001
        self.jobs._tell(self.job, stage=key, done=0, of=total)  # noqa: SLF001

    def advance(self, steps: int = 1) -> None:
        """Note the steps."""
        self.jobs._check(self.until)  # noqa: SLF001
        self.jobs._step(self.job, steps)  # noqa: SLF001
