"""Leaving behind what waits for somebody else, so that a node need not wait for it to stop.

A thread that sends may be waiting for an answer that does not come. Whoever stops it lets it go:
from then on it keeps nothing, and what it carried still waits in the outbox. An answer that comes
after all is lost, as one that never came: asked again, its receiver says the same.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Leaving:
    """Whether a sender may still keep what came of its sending. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = False

    def leave(self) -> None:
        """Let the sender keep nothing more; what it is keeping just now is waited for."""
        with self._lock:
            self._left = True

    @contextmanager
    def staying(self) -> Iterator[bool]:
        """Give whether the sender may keep something; nobody leaves it meanwhile."""
        with self._lock:
            yield not self._left
