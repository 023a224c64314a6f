"""What-ifs on one region: services before and after something is done.

All of it takes a second for thirty million people, so that a what-if is measured like any other
region. Only where an answer is wanted at once, and nothing but roads was changed, are figures left
out: they come with the whole answer.
"""

from dataclasses import replace
from threading import Lock

from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import (
    BorderEstimate,
    BorderFinding,
    BorderShift,
    Effect,
    Findings,
)
from onecity.strands.units import frame, units_of

from .indicators import KEY
from .measure import measure

SERVED_BY = frozenset({"facilities", "recognition", "zones"})
"""Tables whose change is answered even where an answer is wanted at once."""


class LivelihoodWhatIf:
    """A region made ready for what-ifs; may be asked from several threads at once."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._measuring = Lock()
        self._before: Findings | None = None

    def answers(self, scenario: Region) -> bool:  # noqa: ARG002  (of any scenario)
        """Return whether what was done can be answered: always."""
        return True

    def effect(self, scenario: Region, *, quick: bool = False) -> Effect:
        """Return what services are before and after; see `contract.WhatIf.effect`."""
        if quick and not scenario.differing(self._region) & SERVED_BY:
            told = (Sentence(f"{KEY}.not_asked"),)
            return Effect(_bare(self._region), _bare(scenario), remarks=told)
        before = self._measured()
        after = measure(scenario)
        if quick:
            quiet = [replace(one, matrices=(), borders=()) for one in (before, after)]
            return Effect(quiet[0], quiet[1])
        later = {one.codes: one for one in after.borders}
        shifts = [_shift(one, later[one.codes]) for one in before.borders if one.codes in later]
        return Effect(before, after, tuple(shifts))

    def _measured(self) -> Findings:
        with self._measuring:
            if self._before is None:
                self._before = measure(self._region)
            return self._before


def _bare(region: Region) -> Findings:
    """Return no figures at all of a region's units."""
    tables = {level: frame(one, {}) for level, one in units_of(region).items()}
    return Findings(KEY, region.hash, {}, tables)


def _shift(before: BorderFinding, after: BorderFinding) -> BorderShift:
    return BorderShift(
        codes=before.codes,
        indicator=before.indicator,
        before=BorderEstimate(before.beta, before.theta, before.interval),
        after=BorderEstimate(after.beta, after.theta, after.interval),
        pairs=after.pairs,
        worse=before.worse,
        found=before,
    )
