"""`measure`: from a region to what this strand finds in it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from onecity.core.errors import MissingError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Findings, Level, Matrix
from onecity.strands.travel import Centres, Travel, centres_of, leg_km, network_of
from onecity.strands.units import Name, Reals

from . import remarks as say
from .borders import Borders, borders_of, with_borders
from .figures import Figures, Ground, figures, ground_of
from .indicators import (
    BORDER_BETWEEN,
    BORDER_TIME,
    CIRCUITY_BETWEEN,
    DEFINITIONS,
    HEADLINE,
    KMH_BETWEEN,
    MINUTES_BETWEEN,
    indicators,
)

KEY = "transport"
BORDER_REMARKS = {f"{KEY}.free_flow", f"{KEY}.trunk_only"}
"""Remarks on times that hold for border effects too."""


def measure(region: Region, *, progress: Progress = SILENCE) -> Findings:
    """Return what travel in free flow says of a region.

    Raises
    ------
    InputError
        If tables name nodes, zones, counties or cities that the region does not have.
    MissingError
        If the core city is not among the region's cities.
    """
    progress.stage("transport.stage_network")
    travel = network_of(region)
    centres = centres_of(region)
    ground = ground_of(region, centres, core_row(region), leg_km(travel))
    factors = speed_factors(region)
    progress.stage("transport.stage_measure", 1 + len(factors))
    base = figures(ground, travel)
    progress.advance()
    ranges = {}
    for name, factor in factors.items():
        ranges[name] = figures(ground, travel.faster_by(factor))
        progress.advance()
    found = _findings(region, travel, centres, ground, base, ranges)
    return with_borders(found, _borders(region, travel, ground, progress))


def _borders(region: Region, travel: Travel, ground: Ground, progress: Progress) -> Borders:
    """Return what city borders cost: some seconds, so that it is always there, never stale."""
    # Their range is not that of all speeds together, which leave a border effect as it is.
    times = [one for one in say.on_times(region, travel) if one.key in BORDER_REMARKS]
    given = indicators(
        region, (BORDER_TIME, BORDER_BETWEEN), timed=tuple(times), always=say.on_people(region)
    )
    return borders_of(
        region,
        travel,
        ground,
        time=given[BORDER_TIME.key],
        between=given[BORDER_BETWEEN.key],
        progress=progress,
    )


def borders(region: Region, *, progress: Progress = SILENCE) -> Borders:
    """Return what city borders cost in travel time, without all else that is measured.

    Raises
    ------
    InputError, MissingError
        As `measure`.
    """
    progress.stage("transport.stage_network")
    travel = network_of(region)
    ground = ground_of(region, centres_of(region), core_row(region), leg_km(travel))
    return _borders(region, travel, ground, progress)


def core_row(region: Region) -> int:
    """Return the row of the core city in the table ``cities``.

    Raises
    ------
    MissingError
        If it is not there.
    """
    cities = list(region.table("cities")["city"])
    core = region.manifest.core_city
    if core not in cities:
        raise MissingError("transport.no_core", given=core)
    return cities.index(core)


def speed_factors(region: Region) -> dict[str, float]:
    """Return by how much speeds change under the recipe's low and high assumption.

    Relative to the assumption's value, which the region's times already hold; empty where
    the recipe gives no range.
    """
    found = say.speed_factor(region)
    if found is None or found.low is None or found.high is None:
        return {}
    value = float(found.value)
    return {"low": found.low / value, "high": found.high / value}


def _findings(
    region: Region,
    travel: Travel,
    centres: Centres,
    ground: Ground,
    base: Figures,
    ranges: Mapping[str, Figures],
) -> Findings:
    times, people = say.on_times(region, travel), say.on_people(region)
    known = indicators(region, DEFINITIONS, timed=times, always=people)
    between = (MINUTES_BETWEEN, CIRCUITY_BETWEEN, KMH_BETWEEN)
    of_pairs = indicators(region, between, timed=times, always=())
    codes = ground.units[Level.CITY].codes
    values = (base.pairs.minutes, base.pairs.circuity, base.pairs.kmh)
    lacking = np.isnan(base.pairs.minutes)
    general = say.on_reach(
        people=ground.people,
        off=ground.off,
        unreached=base.unreached,
        pairs_unreached=int(np.triu(lacking | lacking.T, 1).sum()),
    )
    return Findings(
        strand=KEY,
        region_hash=region.hash,
        indicators=known,
        tables=_named(base.tables),
        matrices=tuple(
            Matrix(of_pairs[one.key], Level.CITY, _square(given, codes))
            for one, given in zip(between, values, strict=True)
        ),
        low=_named(ranges["low"].tables) if ranges else {},
        high=_named(ranges["high"].tables) if ranges else {},
        remarks=(*_on_region(region), *_on_centres(region, centres, ground), *general),
        headline=tuple(f"{KEY}.{name}" for name in HEADLINE),
    )


def _named(tables: Mapping[Level, pd.DataFrame]) -> dict[Level, pd.DataFrame]:
    """Return the tables with columns named and ordered as the indicators."""
    return {
        level: table[[one.name for one in DEFINITIONS if level in one.levels]].add_prefix(f"{KEY}.")
        for level, table in tables.items()
    }


def _square(values: Reals, codes: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(values, index=codes, columns=codes.rename(None), dtype=float)


def _on_region(region: Region) -> tuple[Sentence, ...]:
    done = len(region.manifest.history)
    return (Sentence(f"{KEY}.scenario", {"count": done}),) if done else ()


def _on_centres(region: Region, centres: Centres, ground: Ground) -> tuple[Sentence, ...]:
    cities = region.table("cities")
    off = [row for row in range(len(cities)) if ground.off[centres.zone[row]]]
    rows = [(f"{KEY}.centre_outside", row) for row in centres.outside]
    rows += [(f"{KEY}.centre_off", row) for row in off]
    return tuple(
        Sentence(key, {"city": Name(cities["name_zh"].iloc[row], cities["name_en"].iloc[row])})
        for key, row in rows
    )
