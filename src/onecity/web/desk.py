"""What all routes share: the region and its states, what was computed, jobs, accounts."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

from onecity.core.errors import MissingError, StoreError
from onecity.identity import BASIC, FILE, Office, Rules
from onecity.region.store import Region

from .jobs import Jobs
from .once import Once
from .security import Csrf
from .settings import Settings
from .slots import Slots
from .state import State
from .tiles import TileSet

_TILES = 2
"""Versions of the region whose tiles are at hand."""
_OPEN = 8
"""More things than are ever opened: none of them is dropped."""


class Desk:
    """One for each service. Safe to use from any thread; all it holds is bounded.

    What is written to is opened when it is first needed: who only looks leaves no trace.
    """

    rules: ClassVar[Rules] = BASIC

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        limits = settings.limits
        self.slots = Slots(limits.computations, limits.queue, limits.queue_seconds)
        self.jobs = Jobs(limits.jobs, limits.job_seconds, self.slots)
        self.csrf = Csrf()
        self._open = Once(_OPEN)
        self._tiles = Once(_TILES, self.slots.lent)
        self._states = Once(limits.states, self.slots.lent)
        self._region = Region.open(settings.region)

    def close(self) -> None:
        """End what runs in the background."""
        self.jobs.close()
        office: Office | None = self._open.peek("office")
        if office is not None:
            office.close()

    @property
    def work(self) -> Path:
        """The folder that the service may write to; it is made where it is missing.

        Raises
        ------
        StoreError
            If it cannot be made.
        """
        folder = self.settings.work
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                "core.not_written", path=str(folder), reason=error.strerror or error
            ) from error
        return folder

    @property
    def office(self) -> Office:
        """Accounts, sessions and the trail."""
        return self._open.get("office", lambda: Office.open(self.work / FILE, rules=self.rules))

    @property
    def region(self) -> Region:
        """The current version of the region."""
        return self._region

    @property
    def state(self) -> State:
        """The current version of the region, as it is."""
        return self.state_of(None)

    def state_of(self, key: str | None) -> State:
        """Return the state of a saved scenario; None for the region as it is.

        Raises
        ------
        MissingError
            If there is no such scenario.
        """
        region = self.region
        return self._states.get(
            (region.hash, key),
            lambda: State.of(region, self.slots, answers=self.settings.limits.answers),
        )

    @property
    def tiles(self) -> TileSet:
        """The tiles of the current version. Scenarios share them: they are drawn on top."""
        state = self.state
        tiles = state.part("tiles", lambda: TileSet.of(state.region))
        return self._tiles.get(tiles.hash, lambda: tiles)

    def tiles_of(self, name: str) -> TileSet:
        """Return the tiles of the current version or one shown before, by their hash.

        Raises
        ------
        MissingError
            If there are none: the region has changed since.
        """
        now = self.tiles
        found: TileSet | None = now if now.hash == name else self._tiles.peek(name)
        if found is None:
            raise MissingError("web.no_tiles", given=name)
        return found

    def computing(self) -> AbstractContextManager[None]:
        """Hold a place for a heavy computation; see `onecity.web.slots.Slots.taken`."""
        return self.slots.taken()
