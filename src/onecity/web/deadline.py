"""A time limit on computations that somebody waits for."""

import time
from dataclasses import dataclass
from typing import Self

from .slots import BusyError


@dataclass(frozen=True, slots=True)
class Deadline:
    """Listens to a computation and ends it at its next step once its time is up.

    Attributes
    ----------
    until
        Moment of `time.monotonic` after which no step begins.
    seconds
        How long it was given, for the message.
    """

    until: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return a deadline some seconds from now."""
        return cls(time.monotonic() + seconds, seconds)

    def stage(self, key: str, total: int | None = None) -> None:  # noqa: ARG002
        """Let a stage begin, or raise `BusyError`."""
        self.advance()

    def advance(self, steps: int = 1) -> None:  # noqa: ARG002
        """Let the next step begin, or raise `BusyError`."""
        if time.monotonic() > self.until:
            raise BusyError("web.too_long", seconds=self.seconds)
