"""Who lives where: what all strands rest on, in the words of a strand's findings.

People, land and density of the units of every level, as the region's tables give them, and
people of cities and counties by year where the region has `population_years`. Not a strand:
nothing is proposed here.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from onecity.core.provenance import Grade, Nature, worst_grade, worst_nature
from onecity.region.store import Region

from . import units as u
from .contract import Better, Findings, Indicator, Layer, Level
from .scales import BLUES, quantiles

KEY = "residents"
PEOPLE, AREA, DENSITY = f"{KEY}.people", f"{KEY}.area", f"{KEY}.density"

TABLES: Mapping[Level, str] = {
    Level.ZONE: "zones",
    Level.COUNTY: "counties",
    Level.CITY: "cities",
    Level.GROUP: "counties",
    Level.REGION: "cities",
}
"""The table that the figures of each level are taken from, or are sums of."""
_LAYERS = (
    (DENSITY, Level.ZONE),
    (DENSITY, Level.COUNTY),
    (PEOPLE, Level.COUNTY),
    (PEOPLE, Level.CITY),
)
_YEARLY = (Level.COUNTY, Level.CITY)


def residents(region: Region) -> Findings:
    """Return people, land and density of every unit.

    A group is the sum of its counties, the region that of its cities.

    Raises
    ------
    InputError
        If a zone or a group names a county or city that the region does not have.
    """
    units, tables = u.units_of(region), {}
    for level, one in units.items():
        columns = _sums(region, level, one.codes)
        land = columns[AREA].where(columns[AREA] > 0)
        tables[level] = columns.assign(**{DENSITY: columns[PEOPLE] / land})
    return Findings(
        strand=KEY,
        region_hash=region.hash,
        indicators=_indicators(region, set(TABLES.values())),
        tables=tables,
        headline=(PEOPLE, DENSITY),
    )


def _sums(region: Region, level: Level, codes: pd.Index) -> pd.DataFrame:
    """Return people and land of the units of a level."""
    table = region.table(TABLES[level])
    given = pd.DataFrame({PEOPLE: table["people"], AREA: table["area_km2"]}, dtype=np.float64)
    match level:
        case Level.REGION:
            return pd.DataFrame([given.sum()], index=codes)
        case Level.GROUP:
            if not len(codes):
                return given.iloc[:0].set_index(codes)
            members = region.table("groups")
            each = given.set_index(table["county"]).loc[members["county"]]
            of_group: pd.DataFrame = each.groupby(members["group"].to_numpy()).sum()
            return of_group.reindex(codes)
        case _:
            return given.set_index(codes)


def indicators_at(region: Region, level: Level) -> dict[str, Indicator]:
    """Return the indicators as far as they can be trusted at one level."""
    return _indicators(region, {TABLES[level]})


def layers(region: Region, findings: Findings) -> tuple[Layer, ...]:
    """Return what the one map draws of people; classes hold about as many units each."""
    return tuple(
        Layer(
            f"{key}.{level.value}",
            indicators_at(region, level)[key],
            level,
            quantiles(findings.tables[level][key], BLUES),
        )
        for key, level in _LAYERS
    )


def people_by_year(region: Region) -> dict[Level, pd.DataFrame]:
    """Return published people by year: a row for each unit, a column for each year, ascending.

    Levels without a figure are left out; a unit without one in a year has NaN there. Codes that
    the region does not have are left out.
    """
    if not region.has("population_years"):
        return {}
    known, found = region.table("population_years"), {}
    for level in _YEARLY:
        codes = pd.Index(region.table(TABLES[level])[level.value], name=level.value)
        rows = known[(known["level"] == level.value) & known["code"].isin(codes)]
        if len(rows):
            wide = rows.pivot(index="code", columns="year", values="people")
            found[level] = wide.reindex(codes).sort_index(axis=1).astype(np.float64)
    return found


def indicator_in(region: Region, level: Level, code: str, key: str) -> Indicator:
    """Return what a figure is, trusted as far as it can be in one unit.

    Counties and cities say how their own people were counted; a group is trusted like the
    weakest of its counties, the region like the weakest of its cities.
    """
    given = indicators_at(region, level)[key]
    if key == AREA or level is Level.ZONE:
        return given
    table = region.table(TABLES[level])
    match level:
        case Level.REGION:
            rows = table
        case Level.GROUP:
            groups = region.table("groups")
            rows = table[table["county"].isin(groups.loc[groups["group"] == code, "county"])]
        case _:
            rows = table[table[level.value] == code]
    grade = worst_grade(Grade(one) for one in rows["people_grade"])
    nature = given.nature
    if "people_nature" in rows:
        nature = worst_nature(Nature(one) for one in rows["people_nature"])
    return replace(given, grade=grade, nature=nature)


def _indicators(region: Region, tables: set[str]) -> dict[str, Indicator]:
    """Return what the figures are, trusted as far as the weakest of some tables."""
    records = [region.manifest.tables[name] for name in sorted(tables)]
    nature = worst_nature(one.nature for one in records)
    grade = worst_grade(one.grade for one in records)
    sources = tuple(dict.fromkeys(source for one in records for source in one.sources))
    return {
        key: Indicator(key, unit, Better.NEITHER, nature, grade, sources, decimals)
        for key, unit, decimals in (
            (PEOPLE, "people", 0),
            (AREA, "km2", 1),
            (DENSITY, "people_per_km2", 0),
        )
    }
