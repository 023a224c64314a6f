"""How many heavy computations run at once: the others wait in a bounded queue, first come first."""

import threading
from collections import deque
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
        self._free = most
        self._most_waiting = queue
        self._seconds = seconds
        # A semaphore wakes whom it likes: under load some would wait until they are turned away
        # while later ones pass. So a place is handed to the one who has waited longest.
        self._turns: deque[threading.Event] = deque()
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
        self._enter(patient=patient)
        self._mine.held = True
        try:
            yield
        finally:
            self._mine.held = False
            self._leave()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Give the place back while this thread waits for what another one makes.

        Else all places could be held by threads that wait for one without a place.
        """
        if not self._held:
            yield
            return
        self._mine.held = False
        self._leave()
        try:
            yield
        finally:
            # Begun already, and others may wait for what it holds: before all who wait.
            self._wait(first=True, seconds=None)
            self._mine.held = True

    @property
    def _held(self) -> bool:
        return getattr(self._mine, "held", False)

    def _enter(self, *, patient: bool) -> None:
        """Take a place, in one's turn."""
        if patient:
            self._wait(first=False, seconds=None)
            return
        with self._lock:
            counts = self._free <= 0
            if counts and self._waiting >= self._most_waiting:
                raise BusyError("web.busy")
            self._waiting += counts
        try:
            if not self._wait(first=False, seconds=self._seconds):
                raise BusyError("web.busy")
        finally:
            with self._lock:
                self._waiting -= counts

    def _wait(self, *, first: bool, seconds: float | None) -> bool:
        """Take a place as soon as one is free; False if it was not within some seconds."""
        turn = threading.Event()
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return True
            if first:
                self._turns.appendleft(turn)
            else:
                self._turns.append(turn)
        if turn.wait(seconds):
            return True
        with self._lock:
            if turn.is_set():  # handed over at the last moment
                return True
            self._turns.remove(turn)
        return False

    def _leave(self) -> None:
        """Hand the place to the one who has waited longest."""
        with self._lock:
            if self._turns:
                self._turns.popleft().set()
            else:
                self._free += 1
