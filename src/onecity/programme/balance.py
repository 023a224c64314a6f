"""Winners and losers: who is better off by a figure, who is worse off, and by how much.

A zone's people gain if the figure of their zone improves by more than a stated threshold. Zones
that have the figure only before or only after are counted apart: to be joined is no number of
minutes, and a mean over other zones than before would hide what happened to those that stayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.strands import units as u
from onecity.strands.contract import Better, Effect, Indicator, Level
from onecity.strands.units import Reals, Units

THRESHOLDS: Mapping[str, float] = {"minutes": 1.0, "people": 10_000.0}
"""How much a figure has to change to count as gained or lost, by its unit; any change for others.

A minute is about what times in free flow cannot be held to; ten thousand people are a town.
"""

LARGEST = 10
"""Units shown among the largest gains and losses of a level."""

COLUMNS = (
    "people",
    "gain_people",
    "lose_people",
    "joined_people",
    "cut_people",
    "gain",
    "loss",
    "mean",
)

_ABOVE = (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION)
_RANKED = (Level.ZONE, Level.COUNTY, Level.CITY)


@dataclass(frozen=True, slots=True)
class Extreme:
    """One unit whose figure changes much.

    Attributes
    ----------
    level, code
        The unit.
    people
        Residents of its zones that have the figure before and after.
    before, after
        The figure; above zones the mean over these residents.
    """

    level: Level
    code: str
    people: float
    before: float
    after: float

    @property
    def change(self) -> float:
        """After less before, in the indicator's unit."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Balance:
    """Who gains and who loses by one figure of zones.

    Attributes
    ----------
    indicator
        The figure.
    threshold
        Only a change of more than this counts as gained or lost, in the indicator's unit.
    tables
        For counties, cities, groups and the region a frame with the unit's code as index.
        ``people``: all residents. ``gain_people``, ``lose_people``: residents of zones whose
        figure improves or worsens by more than the threshold. ``joined_people``,
        ``cut_people``: of zones that have the figure only after, or only before. ``gain``,
        ``loss``: improvement and worsening times residents, whatever the threshold (for times
        in minutes: person-minutes for one trip of everybody), both not negative. ``mean``: mean
        change over the residents of zones that have the figure before and after, below zero
        where it falls; NaN where there is none.
    winners, losers
        For zones, counties and cities the units that gain and lose most, the largest first; by
        the mean over the residents of zones that have the figure before and after.
    """

    indicator: Indicator
    threshold: float
    tables: Mapping[Level, pd.DataFrame]
    winners: Mapping[Level, tuple[Extreme, ...]]
    losers: Mapping[Level, tuple[Extreme, ...]]

    def of(self, column: str, level: Level = Level.REGION, code: str | None = None) -> float:
        """Return one figure of the tables; of the first unit if no code is given."""
        table = self.tables[level]
        row = 0 if code is None else int(table.index.get_indexer(pd.Index([code]))[0])
        if row < 0:
            raise KeyError(code)
        return float(table[column].to_numpy()[row])


def threshold_for(indicator: Indicator, thresholds: Mapping[str, float]) -> float:
    """Return how much a figure has to change, by its key or else its unit.

    Raises
    ------
    InputError
        It is below zero or no number.
    """
    given = thresholds.get(indicator.key, thresholds.get(indicator.unit, 0.0))
    if not (isfinite(given) and given >= 0):
        raise InputError("programme.threshold", key=indicator.key, given=given)
    return float(given)


def balances(
    effect: Effect,
    units: Mapping[Level, Units],
    people: Reals,
    thresholds: Mapping[str, float] = THRESHOLDS,
) -> dict[str, Balance]:
    """Return winners and losers by every figure of zones that can be better or worse.

    Parameters
    ----------
    effect
        What a strand finds before and after.
    units
        See `strands.units.units_of`; of the region before.
    people
        Residents of every zone, shape (zones,).
    thresholds
        By indicator's key or unit, see `threshold_for`.
    """
    before, after = (one.tables[Level.ZONE] for one in (effect.before, effect.after))
    known = effect.after.indicators
    return {
        key: _balance(
            known[key],
            before[key].to_numpy(dtype=np.float64),
            after[key].to_numpy(dtype=np.float64),
            units,
            people,
            threshold_for(known[key], thresholds),
        )
        for key in after.columns
        if key in before and known[key].better is not Better.NEITHER
    }


def _balance(
    indicator: Indicator,
    before: Reals,
    after: Reals,
    units: Mapping[Level, Units],
    people: Reals,
    threshold: float,
) -> Balance:
    had, has = np.isfinite(before), np.isfinite(after)
    both = had & has
    change = np.where(both, after, 0.0) - np.where(both, before, 0.0)
    better = change if indicator.better is Better.HIGHER else -change
    by_zone = {
        "people": people,
        "gain_people": people * (better > threshold),
        "lose_people": people * (better < -threshold),
        "joined_people": people * (has & ~had),
        "cut_people": people * (had & ~has),
        "gain": people * np.maximum(better, 0.0),
        "loss": people * np.maximum(-better, 0.0),
    }
    tables = {}
    for level in (one for one in _ABOVE if one in units):
        columns = {name: u.total(units[level], values) for name, values in by_zone.items()}
        columns["mean"] = u.mean(units[level], np.where(both, change, np.nan), people)
        tables[level] = u.frame(units[level], columns)
    sign = 1.0 if indicator.better is Better.HIGHER else -1.0
    ranked = {level: _ranked(units[level], before, after, people * both) for level in _RANKED}
    return Balance(
        indicator=indicator,
        threshold=threshold,
        tables=tables,
        winners={level: _largest(level, rows, sign) for level, rows in ranked.items()},
        losers={level: _largest(level, rows, -sign) for level, rows in ranked.items()},
    )


def _ranked(units: Units, before: Reals, after: Reals, people: Reals) -> pd.DataFrame:
    """Return before and after of units over the residents that have both."""
    known = people > 0
    columns = {
        "people": u.total(units, people),
        "before": u.mean(units, np.where(known, before, np.nan), people),
        "after": u.mean(units, np.where(known, after, np.nan), people),
    }
    return u.frame(units, columns)


def _largest(level: Level, rows: pd.DataFrame, sign: float) -> tuple[Extreme, ...]:
    """Return the units that change most in one direction; of equal ones the first."""
    change = sign * (rows["after"] - rows["before"]).to_numpy()
    order = np.argsort(-change, kind="stable")
    some = [row for row in order[:LARGEST] if change[row] > 0]
    return tuple(
        Extreme(
            level,
            str(rows.index[row]),
            *(float(rows[name].iloc[row]) for name in ("people", "before", "after")),
        )
        for row in some
    )
