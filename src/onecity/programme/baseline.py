"""A region that many what-ifs are asked of.

Keep one for each region: what hangs on the region alone is made ready when it is first needed and
serves every what-if after it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.interventions import Intervention
from onecity.region.store import Region
from onecity.strands import strands
from onecity.strands.contract import (
    BorderEstimate,
    BorderFinding,
    BorderShift,
    Effect,
    Findings,
    Quick,
    Strand,
    WhatIf,
)
from onecity.strands.findings_cache import measured

from .balance import THRESHOLDS
from .comparison import Comparison, difference
from .scenario import Applied, Scenario


@dataclass(frozen=True, slots=True)
class BorderInFull:
    """A border effect before and after, each measured with variants and chance borders.

    None where it could not be estimated.
    """

    strand: str
    codes: tuple[str, ...]
    before: BorderFinding | None
    after: BorderFinding | None


class Baseline:
    """A region made ready for what-ifs; may be asked from several threads at once.

    A strand with a fast way (`contract.Quick`) is asked by it. All others are measured before
    and after, as `measure` does it.

    Parameters
    ----------
    region
        The region before. Making a baseline takes no time; see `ready`.
    """

    def __init__(self, region: Region) -> None:
        self.region = region
        # Two, so that a quick question does not wait until the region is measured.
        self._finding, self._making = Lock(), Lock()
        self._what_ifs: dict[str, WhatIf | None] = {}
        self._found: dict[str, Findings] = {}

    def ready(self, *, progress: Progress = SILENCE) -> None:
        """Make all ready that any what-if may need, now rather than when it is first asked."""
        for key, strand in strands().items():
            self.findings(key, progress=progress)
            progress.stage("programme.stage_ready")
            what_if = self._what_if(strand)
            if what_if is not None:
                what_if.effect(self.region.apply(()))

    def findings(self, strand: str, *, progress: Progress = SILENCE) -> Findings:
        """Return what a strand finds before; at once where the region was measured before."""
        with self._finding:
            if strand not in self._found:
                self._found[strand] = measured(strands()[strand], self.region, progress=progress)
            return self._found[strand]

    def compare(
        self,
        changes: Scenario | Iterable[Intervention],
        *,
        quick: bool = False,
        thresholds: Mapping[str, float] = THRESHOLDS,
        progress: Progress = SILENCE,
    ) -> Comparison:
        """Return what changes if something is done.

        Parameters
        ----------
        changes
            A scenario, or interventions on this region, in order.
        quick
            Only the figures that come at once; which ones is for the strands to say.
        thresholds
            How much a figure has to change to count as gained or lost, by key or unit.

        Raises
        ------
        InputError, MissingError
            An intervention, or the scenario, does not fit the region; a threshold is wrong.
        """
        # Before anything is applied, lest a what-if read tables anew that this region has.
        what_ifs = {key: self._what_if(one) for key, one in strands().items()}
        applied = self._applied(changes)
        differences = {}
        for key, strand in strands().items():
            progress.stage("programme.stage_compare")
            effect = self._effect(strand, what_ifs[key], applied.region, progress, quick=quick)
            differences[key] = difference(effect, self.region, thresholds)
        return Comparison(
            key=changes.key if isinstance(changes, Scenario) else "",
            title=changes.title if isinstance(changes, Scenario) else "",
            base_hash=self.region.hash,
            hash=applied.region.hash,
            interventions=applied.interventions,
            quick=quick,
            differences=differences,
            remarks=(*applied.remarks, Sentence("programme.all_else_equal")),
        )

    def borders_in_full(
        self, changes: Scenario | Iterable[Intervention], *, progress: Progress = SILENCE
    ) -> tuple[BorderInFull, ...]:
        """Return border effects before and after, each with its variants and chance borders.

        Takes as long as measuring: for a circle of thirty million people half a minute.
        """
        scenario = self._applied(changes).region
        found = []
        for key, strand in strands().items():
            before = {one.codes: one for one in self.findings(key, progress=progress).borders}
            after = {
                one.codes: one for one in measured(strand, scenario, progress=progress).borders
            }
            found += [
                BorderInFull(key, codes, before.get(codes), after.get(codes))
                for codes in {**before, **after}
            ]
        return tuple(found)

    def _applied(self, changes: Scenario | Iterable[Intervention]) -> Applied:
        if isinstance(changes, Scenario):
            return changes.applied(self.region)
        done = tuple(changes)
        return Applied(self.region.apply(done), done, ())

    def _what_if(self, strand: Strand) -> WhatIf | None:
        with self._making:
            if strand.key not in self._what_ifs:
                ready = strand.what_if(self.region) if isinstance(strand, Quick) else None
                self._what_ifs[strand.key] = ready
            return self._what_ifs[strand.key]

    def _effect(
        self,
        strand: Strand,
        what_if: WhatIf | None,
        scenario: Region,
        progress: Progress,
        *,
        quick: bool,
    ) -> Effect:
        """Return what a strand finds before and after, the fast way if it has one."""
        if what_if is None or not what_if.answers(scenario):
            before = self.findings(strand.key, progress=progress)
            after = measured(strand, scenario, progress=progress)
            return Effect(before, after, _shifts(before, after))
        effect = what_if.effect(scenario, quick=quick)
        if not effect.borders:
            return effect
        found = {one.codes: one for one in self.findings(strand.key, progress=progress).borders}
        borders = tuple(replace(one, found=found.get(one.codes)) for one in effect.borders)
        return replace(effect, borders=borders)


def compare_many(
    baseline: Baseline,
    scenarios: Iterable[Scenario],
    *,
    quick: bool = False,
    thresholds: Mapping[str, float] = THRESHOLDS,
    progress: Progress = SILENCE,
) -> tuple[Comparison, ...]:
    """Return the comparison of each scenario with the same region before; see `compare`."""
    return tuple(
        baseline.compare(one, quick=quick, thresholds=thresholds, progress=progress)
        for one in scenarios
    )


def _shifts(before: Findings, after: Findings) -> tuple[BorderShift, ...]:
    """Return border effects that were measured both before and after."""
    old = {one.codes: one for one in before.borders}
    return tuple(
        BorderShift(
            codes=one.codes,
            indicator=one.indicator,
            before=_main(old[one.codes]),
            after=_main(one),
            pairs=one.pairs,
            worse=one.worse,
            found=old[one.codes],
        )
        for one in after.borders
        if one.codes in old
    )


def _main(finding: BorderFinding) -> BorderEstimate:
    return BorderEstimate(finding.beta, finding.theta, finding.interval)
