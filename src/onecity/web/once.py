"""Values that are made once, however many ask for them at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Once:
    """A bounded store of values by key; the one that was not asked for longest goes first.

    Who asks for a value that another thread is making waits for that thread. A value whose
    making fails is not kept: all who waited get the error, and the next one tries again.

    Parameters
    ----------
    most
        How many values are kept.
    waiting
        Entered while waiting for another thread, see `onecity.web.slots.Slots.lent`.
    """

    def __init__(
        self,
        most: int,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._most = most
        self._waiting = waiting
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Future[Any], int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made by `make` if there is none yet."""
        with self._lock:
            known = self._values.get(key)
            if known is None:
                future: Future[Any] = Future()
                self._values[key] = future, threading.get_ident()
            self._values.move_to_end(key)
        if known is not None:
            return cast("T", self._wait(key, *known))
        try:
            value = make()
        except BaseException as error:
            self.forget(key)
            future.set_exception(error)
            raise
        future.set_result(value)
        self._shrink()
        return value

    def peek(self, key: Hashable) -> Any | None:
        """Return the value of a key if it is made; None if not."""
        with self._lock:
            known = self._values.get(key)
        return known[0].result() if known is not None and known[0].done() else None

    def forget(self, key: Hashable) -> None:
        """Drop a value."""
        with self._lock:
            self._values.pop(key, None)

    def _wait(self, key: Hashable, future: Future[Any], maker: int) -> Any:
        if future.done():
            return future.result()
        if maker == threading.get_ident():
            msg = f"making {key!r} asks for {key!r}"
            raise RuntimeError(msg)
        with self._waiting():
            return future.result()

    def _shrink(self) -> None:
        """Drop what was not asked for longest; what is still being made stays."""
        with self._lock:
            done = [key for key, (future, _) in self._values.items() if future.done()]
            for key in done[: max(len(self._values) - self._most, 0)]:
                del self._values[key]
