"""Progress of long work, told to whoever listens; numbers never print."""

from typing import Protocol


class Progress(Protocol):
    """What long work needs from a listener. Stages follow one another."""

    def stage(self, key: str, total: int | None = None) -> None:
        """Begin the stage whose catalogue key is `key`, of `total` steps if known."""

    def advance(self, steps: int = 1) -> None:
        """Report `steps` more steps of the stage done."""


class Silence:
    """Nobody listens."""

    def stage(self, key: str, total: int | None = None) -> None:
        """Ignore the stage."""

    def advance(self, steps: int = 1) -> None:
        """Ignore the step."""


SILENCE = Silence()
