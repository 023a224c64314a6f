"""Making ready, in the background, what is asked for first."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from onecity.core.errors import OneCityError

if TYPE_CHECKING:
    from .desk import Desk

LOG = logging.getLogger("onecity.web")
Step = Callable[["Desk"], None]


class Warming:
    """Runs the function ``warm(desk)`` of every module of routes that has one, in their order.

    ``WARM``, a number beside it, says which come first: 0 for what the first map shows. Without a
    region those alone run that say ``WITHOUT_REGION = True``.
    """

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._again = False
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin, or begin anew where a version became current meanwhile."""
        with self._lock:
            self._again = True
            if self._thread is None and not self._ending.is_set():
                self._thread = threading.Thread(target=self._run, name="warming", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Begin no further step."""
        self._ending.set()

    def _run(self) -> None:
        while self._wanted():
            for step in _steps(self._desk):
                if self._ending.is_set():
                    return
                try:
                    # No hurry, and people first: a place between steps is theirs.
                    with self._desk.slots.taken(patient=True):
                        step(self._desk)
                except OneCityError as error:
                    LOG.warning("%s", error)
                except Exception:
                    LOG.exception("making ready")

    def _wanted(self) -> bool:
        with self._lock:
            if self._again:
                self._again = False
                return True
            self._thread = None
            return False


def _steps(desk: "Desk") -> Iterator[Step]:
    from .routes import modules  # noqa: PLC0415  (routes import the desk)

    for one in sorted(modules(), key=_place):
        fits = desk.settings.region is not None or getattr(one, "WITHOUT_REGION", False)
        if fits and hasattr(one, "warm"):
            yield one.warm


def _place(module: object) -> int:
    return getattr(module, "WARM", 9)
