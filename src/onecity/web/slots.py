"""How many heavy computations run at once: the others wait in a bounded queue."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from onecity.core.errors import OneCityError


class BusyError(OneCityError):
    """The service has as much to do as it may take on; asking again later helps."""

    seconds = 5
    """When to ask again."""


class Slots:
    """Places for heavy computations.

    Parameters
    ----------
    most
        How many run at once.
    queue, seconds
        How many may wait, and how long, before `BusyError` is raised.
    """

    def __init__(self, most: int, queue: int, seconds: float) -> None:
        self._free = threading.Semaphore(most)
        self._queue = queue
        self._seconds = seconds
        self._waiting = 0
        self._lock = threading.Lock()
        self._mine = threading.local()

    @contextmanager
    def taken(self, *, patient: bool = False) -> Iterator[None]:
        """Hold a place; a thread that holds one already goes on with it.

        Parameters
        ----------
        patient
            Wait as long as it takes, outside the queue: for work that nobody waits for.

        Raises
        ------
        BusyError
            If the queue is full, or the turn did not come in time.
        """
        if self._held:
            yield
            return
        if patient:
            self._free.acquire()
        else:
            self._enter()
        self._mine.held = True
        try:
            yield
        finally:
            self._mine.held = False
            self._free.release()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Give the place back while this thread waits for what another one makes.

        Else all places could be held by threads that wait for one without a place.
        """
        if not self._held:
            yield
            return
        self._mine.held = False
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._mine.held = True

    @property
    def _held(self) -> bool:
        return getattr(self._mine, "held", False)

    def _enter(self) -> None:
        if self._free.acquire(blocking=False):
            return
        with self._lock:
            if self._waiting >= self._queue:
                raise BusyError("web.busy")
            self._waiting += 1
        try:
            if not self._free.acquire(timeout=self._seconds):
                raise BusyError("web.busy")
        finally:
            with self._lock:
                self._waiting -= 1
