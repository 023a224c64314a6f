"""Units of each level, and what zones add up to in them; shared by every strand."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.core.words import Language
from onecity.region.store import Region

from .contract import Level

Reals = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Name:
    """Name of a unit, to stand in a sentence of either language."""

    zh: str
    en: str

    def text(self, language: Language) -> str:
        """Return the name in one language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Units:
    """Units of one level and the zones they are made of.

    A zone may belong to several units (groups overlap) or to none: pair k says that the
    zone in row ``zone[k]`` of the table ``zones`` belongs to the unit ``unit[k]``.

    Attributes
    ----------
    codes
        Codes of the units, in the order of their table; named like its key column.
    zone, unit
        The pairs, int64, both of the same length.
    """

    level: Level
    codes: pd.Index
    zone: Rows
    unit: Rows


def units_of(region: Region) -> dict[Level, Units]:
    """Return the units of every level; no groups where the region has none.

    Raises
    ------
    InputError
        If a zone or a group names a county or city that the region does not have.
    """
    zones = region.table("zones")
    rows = np.arange(len(zones), dtype=np.int64)
    counties = pd.Index(region.table("counties")["county"], name="county")
    cities = pd.Index(region.table("cities")["city"], name="city")
    county = rows_of(counties, zones["county"], "zones", "county")
    city = rows_of(cities, zones["city"], "zones", "city")
    units = [
        Units(Level.ZONE, pd.Index(zones["zone"], name="zone"), rows, rows),
        Units(Level.COUNTY, counties, rows, county),
        Units(Level.CITY, cities, rows, city),
        _groups(region, counties, county),
        Units(
            Level.REGION,
            pd.Index([region.manifest.key], name="region"),
            rows,
            np.zeros(len(zones), np.int64),
        ),
    ]
    return {one.level: one for one in units}


def rows_of(known: pd.Index, given: pd.Series, table: str, column: str) -> Rows:
    """Return the row in `known` of every code of a table's column.

    Raises
    ------
    InputError
        Naming the first code that is not known, its table, column and row.
    """
    rows = known.get_indexer(pd.Index(given))
    wrong = rows < 0
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            "strands.unknown_code", table=table, column=column, row=row, given=given.iloc[row]
        )
    return np.asarray(rows, np.int64)


def _groups(region: Region, counties: pd.Index, county_of_zone: Rows) -> Units:
    if not region.has("groups"):
        none = np.zeros(0, np.int64)
        return Units(Level.GROUP, pd.Index([], dtype="str", name="group"), none, none)
    table = region.table("groups")
    codes = pd.Index(table["group"].unique(), name="group")
    group = rows_of(codes, table["group"], "groups", "group")
    county = rows_of(counties, table["county"], "groups", "county")
    members = pd.DataFrame({"county": county, "unit": group})
    zones = pd.DataFrame({"county": county_of_zone, "zone": np.arange(len(county_of_zone))})
    pairs = members.merge(zones, on="county").sort_values(["unit", "zone"])
    return Units(
        Level.GROUP,
        codes,
        pairs["zone"].to_numpy(dtype=np.int64),
        pairs["unit"].to_numpy(dtype=np.int64),
    )


def total(units: Units, values: Reals) -> Reals:
    """Return the sum of zone values in each unit; NaN for a unit without a zone.

    Parameters
    ----------
    values
        One per zone, shape (zones,), finite.
    """
    sums = np.bincount(units.unit, weights=values[units.zone], minlength=len(units.codes))
    count = np.bincount(units.unit, minlength=len(units.codes))
    return np.asarray(np.where(count > 0, sums, np.nan), dtype=np.float64)


def mean(units: Units, values: Reals, weights: Reals) -> Reals:
    """Return the weighted mean of zone values in each unit.

    Zones whose value is not finite are left out of both sums; NaN where nothing with
    weight is left.

    Parameters
    ----------
    values, weights
        One per zone, shape (zones,); weights finite and not negative.
    """
    known = np.isfinite(values)
    above = total(units, np.where(known, values, 0.0) * weights)
    below = total(units, np.where(known, weights, 0.0))
    result = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def share(units: Units, holds: NDArray[np.bool_], weights: Reals) -> Reals:
    """Return the share, 0 to 1, of each unit's weight in zones where `holds`.

    NaN where a unit has no weight.
    """
    return mean(units, holds.astype(np.float64), weights)


def median(units: Units, values: Reals, weights: Reals) -> Reals:
    """Return the weighted median of zone values in each unit.

    It is the smallest value that, with all smaller ones, holds at least half of the
    weight. Zones whose value is not finite or whose weight is zero are left out; NaN where
    none is left.
    """
    value, weight = values[units.zone], weights[units.zone]
    kept = np.isfinite(value) & (weight > 0)
    value, weight, unit = value[kept], weight[kept], units.unit[kept]
    order = np.lexsort((value, unit))
    value, weight, unit = value[order], weight[order], unit[order]
    result = np.full(len(units.codes), np.nan)
    first = np.flatnonzero(np.diff(unit, prepend=-1))
    for start, end in pairwise([*first, len(unit)]):
        running = np.cumsum(weight[start:end])
        middle = int(np.searchsorted(running, running[-1] / 2))
        result[unit[start]] = value[start + middle]
    return result


def frame(units: Units, columns: Mapping[str, Reals]) -> pd.DataFrame:
    """Return figures of the units of one level as a frame with their codes as index."""
    return pd.DataFrame(dict(columns), index=units.codes, dtype=np.float64)
