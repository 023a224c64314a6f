"""What-ifs on one region: what a few roads change, in a second instead of half a minute.

A road that is built, closed or made quicker leaves zones, access legs, centres and borders as
they are. What hangs on these alone is made ready once; each what-if then takes one set of new
times. Its figures are those of `measure`, to the last bit; border effects are those of the main
estimate, see `border_shifts`.
"""

from threading import Lock

from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Effect, Findings

from .border_shifts import BorderGround
from .measure import Ready, border_indicators, without_borders

CHANGING = frozenset({"road_edges"})
"""Tables that may change without anything else being made ready again."""


class TransportWhatIf:
    """A region made ready for what-ifs; may be asked from several threads at once.

    What only some questions need is made when the first of them comes.
    """

    def __init__(self, region: Region) -> None:
        self._ready = Ready.of(region)
        # Two, so that a quick question does not wait for what borders rest on.
        self._measuring, self._preparing = Lock(), Lock()
        self._before: dict[bool, Findings] = {}
        self._borders: BorderGround | None = None

    def answers(self, scenario: Region) -> bool:
        """Return whether nothing but roads was changed."""
        return scenario.differing(self._ready.region) <= CHANGING

    def effect(self, scenario: Region, *, quick: bool = False) -> Effect:
        """Return what travel and borders are before and after.

        Parameters
        ----------
        scenario
            See `contract.WhatIf.effect`.
        quick
            Times from centres and the circles around them alone.
        """
        ready = self._ready.on(scenario)
        before, after = self._measured(quick), without_borders(ready, quick=quick)
        if quick:
            return Effect(before, after, remarks=(Sentence("transport.shift_not_asked"),))
        time, between = border_indicators(ready)
        shifts = self._border_ground().shifts(ready.travel, time=time, between=between)
        return Effect(before, after, shifts.found, shifts.remarks)

    def _measured(self, quick: bool) -> Findings:  # noqa: FBT001  (the key of a dictionary)
        with self._measuring:
            if quick not in self._before:
                self._before[quick] = without_borders(self._ready, quick=quick)
            return self._before[quick]

    def _border_ground(self) -> BorderGround:
        with self._preparing:
            if self._borders is None:
                ready = self._ready
                self._borders = BorderGround.of(ready.region, ready.travel, ready.ground)
            return self._borders
