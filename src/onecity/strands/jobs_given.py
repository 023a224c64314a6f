"""Jobs of zones: as the region gives them, or spread from larger places by their people."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.units import Reals, Units

TABLE = "jobs"
LEVELS = (Level.ZONE, Level.COUNTY, Level.CITY)
"""Levels jobs may be given at, finest first."""


@dataclass(frozen=True, eq=False, slots=True)
class JobsGiven:
    """Jobs of a region in one year.

    Attributes
    ----------
    year
        The latest the table has.
    jobs : float64 (Z,)
        Of each zone; NaN where nothing is known.
    spread : bool (Z,)
        Where they are a share of a county's or city's jobs, by its people.
    lost
        Jobs of counties and cities that could not be spread, because nobody lives there.
    unused
        Counties and cities whose jobs say nothing, because some zones in them have jobs of their
        own, or of their county, and others have none.
    """

    year: int
    jobs: Reals
    spread: NDArray[np.bool_]
    lost: float
    unused: int = 0

    @property
    def known(self) -> NDArray[np.bool_]:
        """Zones whose jobs are known."""
        return np.isfinite(self.jobs)


def jobs_given(region: Region, units: dict[Level, Units], people: Reals) -> JobsGiven:
    """Return the jobs of zones in the latest year of the table ``jobs``.

    Where a county has no zone with jobs of its own, its own jobs are shared out over its zones in
    proportion to people; a city likewise, where none of its counties has any.

    Parameters
    ----------
    units
        Of `onecity.strands.units.units_of`.
    people
        Of zones, (Z,).

    Raises
    ------
    InputError
        A code the region does not have, or jobs that are negative or no number.
    """
    table = region.table(TABLE)
    year = int(table["year"].max())
    latest = table[table["year"] == year]
    jobs = np.full(len(people), np.nan)
    spread = np.zeros(len(people), dtype=np.bool_)
    lost, unused = 0.0, 0
    for level in LEVELS:
        rows = latest[latest["level"] == level.value]
        given = _values(rows, units[level].codes, level)
        if level is Level.ZONE:
            jobs[units[level].zone] = given[units[level].unit]
            continue
        counted = u.total(units[level], np.isfinite(jobs).astype(np.float64))
        whole = u.total(units[level], people)
        zones = u.total(units[level], np.ones(len(people)))
        unused += int((np.isfinite(given) & (counted > 0) & (counted < zones)).sum())
        free = np.isfinite(given) & ~(counted > 0)
        lost += float(given[free & ~(whole > 0)].sum())
        rate = np.full(len(given), np.nan)
        np.divide(given, whole, out=rate, where=free & (whole > 0))
        # Every zone lies in one county and one city: each is written once.
        zone, unit = units[level].zone, units[level].unit
        mine = np.isfinite(rate[unit])
        jobs[zone[mine]] = rate[unit[mine]] * people[zone[mine]]
        spread[zone[mine]] = True
    return JobsGiven(year, jobs, spread, lost, unused)


def _values(rows: pd.DataFrame, codes: pd.Index, level: Level) -> Reals:
    """Return the jobs of every unit of a level, NaN where the table has none."""
    values = np.full(len(codes), np.nan)
    at = codes.get_indexer(pd.Index(rows["code"]))
    jobs = rows["jobs"].to_numpy(np.float64)
    for wrong, column in (((at < 0), "code"), (~(np.isfinite(jobs) & (jobs >= 0)), "jobs")):
        if wrong.any():
            row = int(wrong.argmax())
            given = rows[column].iloc[row]
            raise InputError("jobs.bad_row", level=level.value, column=column, row=row, given=given)
    values[at] = jobs
    return values
