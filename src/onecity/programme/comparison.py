"""A region before and after something is done: every figure, its change, who gains and loses."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.words import Sentence
from onecity.region.interventions import Intervention
from onecity.region.store import Region
from onecity.strands.contract import BorderShift, Effect, Findings, Indicator, Level
from onecity.strands.units import units_of

from .balance import THRESHOLDS, Balance, balances


@dataclass(frozen=True, slots=True)
class MatrixChange:
    """Figures between pairs of units before and after, from index to column; codes as labels."""

    indicator: Indicator
    level: Level
    before: pd.DataFrame
    after: pd.DataFrame

    @property
    def change(self) -> pd.DataFrame:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """What one strand finds before and after.

    Attributes
    ----------
    strand
        Its key.
    indicators
        What the columns are, by key, with unit, sources, grade and nature.
    headline
        Those of the region to be read first.
    before, after
        For each level a frame with the unit's code as index and a column for each indicator,
        as in `Findings.tables`.
    change
        After less before; NaN where one of them is not there.
    low, high
        The change where the recipe's low and high assumptions hold both before and after;
        empty where the strand gives no range.
    matrices
        Figures between units.
    balances
        Winners and losers, by indicator; of those given for zones that can be better or worse.
    borders
        What borders cost before and after.
    remarks
        What a reader has to know.
    """

    strand: str
    indicators: Mapping[str, Indicator]
    headline: tuple[str, ...]
    before: Mapping[Level, pd.DataFrame]
    after: Mapping[Level, pd.DataFrame]
    change: Mapping[Level, pd.DataFrame]
    low: Mapping[Level, pd.DataFrame]
    high: Mapping[Level, pd.DataFrame]
    matrices: tuple[MatrixChange, ...]
    balances: Mapping[str, Balance]
    borders: tuple[BorderShift, ...]
    remarks: tuple[Sentence, ...]

    def span(self, level: Level, key: str) -> tuple[pd.Series, pd.Series] | None:
        """Return the least and the greatest change of a figure that assumptions allow.

        By unit; None where the strand gives no range of it.
        """
        if level not in self.low or key not in self.low[level]:
            return None
        ends = [one[level][key] for one in (self.change, self.low, self.high)]
        together = pd.concat(ends, axis=1)
        # Where one of them is not there, no range is known.
        return together.min(axis=1, skipna=False), together.max(axis=1, skipna=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A region before and after something is done to it.

    Attributes
    ----------
    key, title
        Of the scenario; empty where interventions alone were given.
    base_hash, hash
        Of the region before and after.
    interventions
        What was done, in order.
    quick
        Whether only the figures that come at once are there.
    differences
        What each strand finds, by its key.
    remarks
        What a reader has to know of the whole.
    """

    key: str
    title: str
    base_hash: str
    hash: str
    interventions: tuple[Intervention, ...]
    quick: bool
    differences: Mapping[str, Difference]
    remarks: tuple[Sentence, ...]


def difference(
    effect: Effect, region: Region, thresholds: Mapping[str, float] = THRESHOLDS
) -> Difference:
    """Return what changes by what a strand finds before and after.

    Parameters
    ----------
    region
        As it is before: its zones, people and units count.
    thresholds
        See `balance.threshold_for`.

    Raises
    ------
    InputError
        A threshold is below zero or no number.
    """
    before, after = effect.before, effect.after
    people = region.table("zones")["people"].to_numpy(dtype=np.float64)
    found = balances(effect, units_of(region), people, thresholds)
    return Difference(
        strand=after.strand,
        indicators=after.indicators,
        headline=after.headline,
        before=before.tables,
        after=after.tables,
        change=_less(before.tables, after.tables),
        low=_less(before.low, after.low),
        high=_less(before.high, after.high),
        matrices=_matrices(before, after),
        balances=found,
        borders=effect.borders,
        remarks=(*effect.remarks, *after.remarks, *_on_balances(found)),
    )


def _less(
    before: Mapping[Level, pd.DataFrame], after: Mapping[Level, pd.DataFrame]
) -> dict[Level, pd.DataFrame]:
    return {level: table - before[level] for level, table in after.items() if level in before}


def _matrices(before: Findings, after: Findings) -> tuple[MatrixChange, ...]:
    old = {one.indicator.key: one.values for one in before.matrices}
    return tuple(
        MatrixChange(one.indicator, one.level, old[one.indicator.key], one.values)
        for one in after.matrices
        if one.indicator.key in old
    )


def _on_balances(found: Mapping[str, Balance]) -> tuple[Sentence, ...]:
    """Return where means before and after are of other people."""
    remarks = []
    for one in found.values():
        joined, cut = one.of("joined_people"), one.of("cut_people")
        if joined or cut:
            values = {"title": one.indicator, "joined": joined, "cut": cut}
            remarks.append(Sentence("programme.other_people", values))
    return tuple(remarks)
