"""What all routes share: the region and its states, what was computed, jobs, accounts."""

from contextlib import AbstractContextManager

from onecity.region.store import Region

from .jobs import Jobs
from .once import Once
from .settings import Settings
from .slots import Slots
from .state import State


class Desk:
    """One for each service. Safe to use from any thread; all it holds is bounded."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        limits = settings.limits
        self.slots = Slots(limits.computations, limits.queue, limits.queue_seconds)
        self.jobs = Jobs(limits.jobs, limits.job_seconds, self.slots)
        self._states = Once(limits.states, self.slots.lent)
        self._region = Region.open(settings.region)

    def close(self) -> None:
        """End what runs in the background."""
        self.jobs.close()

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

    def computing(self) -> AbstractContextManager[None]:
        """Hold a place for a heavy computation; see `onecity.web.slots.Slots.taken`."""
        return self.slots.taken()
