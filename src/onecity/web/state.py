"""A state of the region: one version of it, perhaps with a scenario, and what is known of it."""

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from onecity.core.errors import MissingError
from onecity.core.words import Sentence
from onecity.programme.baseline import Baseline
from onecity.programme.scenario import Scenario
from onecity.programme.snapping import Roads
from onecity.region.store import Region
from onecity.report.names import Name, names_of
from onecity.strands import strands
from onecity.strands.contract import BorderLayer, Findings, Layer, Level
from onecity.strands.findings_cache import measured
from onecity.strands.travel import Centres, Travel, centres_of, network_of
from onecity.strands.units import Units, units_of

from .once import Once
from .slots import Slots

T = TypeVar("T")
_PARTS = 64
"""More parts than a state has: none of them is ever dropped."""


@dataclass(frozen=True, slots=True)
class State:
    """A region as one asks about it; what is made of it is made once, by whoever asks first.

    Attributes
    ----------
    region
        The region, interventions applied.
    hash
        Name of this state: equal hashes mean equal tables and interventions.
    version
        Hash of the version of the region that it rests on.
    scenario
        The scenario that is applied; None for the region as it is.
    remarks
        What has to be known of a scenario drawn on another version of the region.
    """

    region: Region
    hash: str
    version: str
    scenario: Scenario | None
    remarks: tuple[Sentence, ...]
    _parts: Once
    _answers: Once
    _slots: Slots

    @classmethod
    def of(
        cls, region: Region, slots: Slots, *, answers: int, scenario: Scenario | None = None
    ) -> "State":
        """Return the state of a region of which nothing is known yet.

        Parameters
        ----------
        region
            A version of the region, as it is.
        slots
            Where computations take their places.
        answers
            How many answers are kept at most.
        scenario
            What is to be applied to it.

        Raises
        ------
        InputError, MissingError
            If the scenario does not fit the region.
        """
        parts, kept = Once(_PARTS, slots.lent), Once(answers, slots.lent)
        version = region.hash
        if scenario is None:
            return cls(region, version, version, None, (), parts, kept, slots)
        done = scenario.applied(region)
        return cls(
            done.region, done.region.hash, version, scenario, done.remarks, parts, kept, slots
        )

    @property
    def key(self) -> str | None:
        """Key of the scenario; None for the region as it is."""
        return None if self.scenario is None else self.scenario.key

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return an answer of this state; of many, the one not asked for longest is dropped.

        Keys are tuples that begin with the name of the route's module.
        """
        return self._answers.get(key, make)

    def peek(self, key: Hashable) -> Any | None:
        """Return an answer of this state if it is made; None if not."""
        return self._answers.peek(key)

    def findings(self, strand: str) -> Findings:
        """Return what a strand finds.

        Raises
        ------
        MissingError
            If there is no such strand.
        """
        known = strands()
        if strand not in known:
            raise MissingError("web.no_strand", given=strand, known=", ".join(known))
        return self.part(("findings", strand), lambda: measured(known[strand], self.region))

    def all_findings(self) -> dict[str, Findings]:
        """Return what every strand finds, by its key."""
        return {key: self.findings(key) for key in strands()}

    def layers(self, strand: str) -> tuple[Layer | BorderLayer, ...]:
        """Return the layers of a strand."""
        findings = self.findings(strand)
        return self.part(
            ("layers", strand), lambda: strands()[strand].layers(self.region, findings)
        )

    @property
    def baseline(self) -> Baseline:
        """What changes are compared with."""
        return self.part("baseline", lambda: Baseline(self.region))

    @property
    def roads(self) -> Roads:
        """The roads, to find those near a point."""
        return self.part("roads", lambda: Roads(self.region))

    @property
    def travel(self) -> Travel:
        """The network, for times and paths."""
        return self.part("travel", lambda: network_of(self.region))

    @property
    def centres(self) -> Centres:
        """The zone of each city's centre."""
        return self.part("centres", lambda: centres_of(self.region))

    @property
    def units(self) -> Mapping[Level, Units]:
        """The units of every level."""
        return self.part("units", lambda: units_of(self.region))

    @property
    def names(self) -> Mapping[Level, Mapping[str, Name]]:
        """The names of all units, by level and code."""
        return self.part("names", lambda: names_of(self.region))

    def part(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a part of this state, made in a computing slot and kept as long as the state.

        For the few things that many answers rest on. Keys as of `once`.
        """

        def made() -> T:
            with self.computing():
                return make()

        return self._parts.get(key, made)

    def computing(self) -> AbstractContextManager[None]:
        """Hold a place for a heavy computation; see `onecity.web.slots.Slots.taken`."""
        return self._slots.taken()
