"""The lists of a region's table of flows: one kind in one year between places of one level.

What can be said of a list hangs on what it holds:

* *whole* lists say of every pair how much flows; they are fitted by Poisson regression;
* lists that are *cut off* say of the pairs not listed that they have at most so much; they are
  fitted by the censored likelihood, and margins, shares and areas cannot be taken from them;
* lists in which *every pair crosses a city border*, as those between cities without flows inside
  them, do not tell what a city border does, whatever the method.

Where some origins of a list are whole and others cut off, the whole ones are used and the others
are left out, counted. An origin without a list is unknown and is no zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.region.flows import all_pairs
from onecity.region.sources.flows import Level as Known
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.units import Reals, Rows, rows_of

MOST = 800
"""Zones beyond this many are added up to counties: all pairs of more would not be fitted soon."""
WORKERS = "commuters"
"""The kind of flow that definitions of labour markets speak of."""

_LEVELS: dict[Level, Known] = {
    Level.ZONE: "zone",
    Level.COUNTY: "county",
    Level.CITY: "city",
}
_TABLES = {Level.ZONE: "zones", Level.COUNTY: "counties", Level.CITY: "cities"}

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FlowList:
    """One list, with every pair that it says something of.

    Attributes
    ----------
    level, kind, year, unit
        What flows, between what, when, in what unit.
    codes
        The places, all those of the level.
    city, county
        Row of each place's city and county in their tables; no county (-1) for cities.
    origin, destination : int64 (M,)
        Rows in `codes`, by origin and then destination.
    flow : float64 (M,)
        Of a pair that is not listed the most that it can have.
    listed : bool (M,)
        Whether the flow is known; all are, unless the list is cut off.
    remarks
        How the list was treated.
    """

    level: Level
    kind: str
    year: int
    unit: str
    codes: tuple[str, ...]
    city: Rows
    county: Rows
    origin: Rows
    destination: Rows
    flow: Reals
    listed: Flags
    remarks: tuple[Sentence, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def crosses(self) -> Flags:
        """Which pairs lie in different cities (M,)."""
        return np.asarray(self.city[self.origin] != self.city[self.destination])

    @property
    def cut(self) -> bool:
        """Whether the list is cut off."""
        return not self.listed.all()

    @property
    def within(self) -> bool:
        """Whether some flow of a place to itself is known."""
        return bool((self.origin == self.destination).any())

    @property
    def tells(self) -> bool:
        """Whether known flows cross a city border and others do not.

        A whole list calls zero what it leaves out. If all of its flows cross, it left out those
        within cities: nobody lives in cities that nothing moves in.
        """
        crosses = self.crosses
        within = ~crosses & self.listed & (self.flow > 0)
        return bool(crosses[self.listed].any() and within.any())

    def has_list(self, unit: Rows, count: int) -> Flags:
        """Return which of `count` units some place with a list lies in.

        Parameters
        ----------
        unit
            Row of each place's unit, shape (places,).
        """
        known = np.zeros(count, np.bool_)
        known[unit[self.origin]] = True
        return known

    @property
    def name(self) -> dict[str, object]:
        """The values that sentences name a list by."""
        return {
            "kind": self.kind,
            "year": self.year,
            "level": Sentence(f"flows.level_{self.level.value}"),
        }


def lists_of(region: Region) -> tuple[FlowList, ...]:
    """Return every list of a region, the one that tells most first.

    First those that tell what a city border does; of these the latest; of these commuters; then
    in the order of the table.

    Raises
    ------
    InputError, MissingError
        A place that the region does not have; two units in one list; a list that is cut off and
        between more zones than can be fitted.
    """
    found = list(_lists(region))
    order = sorted(
        range(len(found)),
        key=lambda k: (not found[k].tells, -found[k].year, found[k].kind != WORKERS, k),
    )
    return tuple(found[k] for k in order)


def _lists(region: Region) -> Iterator[FlowList]:
    table: Any = region.table("flows")
    for (level, kind, year), rows in table.groupby(["level", "kind", "year"], sort=False):
        yield _list(region, rows, Level(level), str(kind), int(year))


def _list(region: Region, rows: pd.DataFrame, level: Level, kind: str, year: int) -> FlowList:
    remarks: list[Sentence] = []
    if rows["unit"].nunique() > 1:
        units = ", ".join(sorted(rows["unit"].unique()))
        raise InputError("flows.bad_units", kind=kind, given=units)
    whole = rows["listing"] == "whole"
    if whole.any() and not whole.all():
        lost = rows.loc[~whole, "origin"].nunique()
        remarks.append(Sentence("flow_findings.cut_left_out", {"count": int(lost)}))
        rows = rows[whole]
    if level is Level.ZONE and len(region.table("zones")) > MOST:
        if not whole.any():
            raise InputError("flow_findings.too_many", kind=kind, year=year, most=MOST)
        rows, level = _by_county(region, rows), Level.COUNTY
        remarks.append(Sentence("flow_findings.added_up", {"most": MOST}))
    codes = tuple(region.table(_TABLES[level])[level.value])
    pairs = all_pairs(rows, codes, level=_LEVELS[level], kind=kind, year=year)
    silent = len(codes) - len(np.unique(pairs.origin))
    if silent:
        remarks.append(Sentence("flow_findings.silent", {"count": silent}))
    city, county = _where(region, level)
    return FlowList(
        level=level,
        kind=kind,
        year=year,
        unit=pairs.unit,
        codes=codes,
        city=city,
        county=county,
        origin=pairs.origin,
        destination=pairs.destination,
        flow=pairs.flow,
        # Where a list is cut off at zero, what it leaves out is zero too.
        listed=pairs.listed | (pairs.flow == 0),
        remarks=tuple(remarks),
    )


def _by_county(region: Region, rows: pd.DataFrame) -> pd.DataFrame:
    """Return whole lists of flows between zones added up to counties."""
    county = region.table("zones").set_index("zone")["county"]
    ends = {end: rows[end].map(county).to_numpy() for end in ("origin", "destination")}
    moved = rows.assign(level=Level.COUNTY.value, **ends)
    names = ["level", "kind", "year", "origin", "destination"]
    how: Any = {"value": "sum", "unit": "first", "listing": "first", "at_most": "first"}
    summed: pd.DataFrame = moved.groupby(names, sort=False, as_index=False).agg(how)
    return summed


def _where(region: Region, level: Level) -> tuple[Rows, Rows]:
    """Return the rows of city and county of each place of a level."""
    cities = pd.Index(region.table("cities")["city"])
    if level is Level.CITY:
        return np.arange(len(cities), dtype=np.int64), np.full(len(cities), -1, np.int64)
    name = _TABLES[level]
    table = region.table(name)
    counties = pd.Index(region.table("counties")["county"])
    city = rows_of(cities, table["city"], name, "city")
    return city, rows_of(counties, table["county"], name, "county")
