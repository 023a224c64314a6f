"""`measure`: from a region to what this strand finds in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.errors import MissingError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Findings, Indicator, Level, Matrix
from onecity.strands.travel import Centres, Travel, centres_of, leg_km, network_of
from onecity.strands.units import Name, Reals

from . import remarks as say
from .borders import Borders, borders_of, with_borders
from .figures import Figures, Ground, Pairs, figures, ground_of
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


@dataclass(frozen=True, slots=True)
class Ready:
    """A region made ready for measuring: travel on it, its cities' centres, what figures need."""

    region: Region
    travel: Travel
    centres: Centres
    ground: Ground

    @classmethod
    def of(cls, region: Region) -> "Ready":
        """Return a region made ready; errors as of `measure`."""
        travel, centres = network_of(region), centres_of(region)
        ground = ground_of(region, centres, core_row(region), leg_km(travel))
        return cls(region, travel, centres, ground)

    def on(self, scenario: Region) -> "Ready":
        """Return the same with other road edges, all other tables being those of this region."""
        travel = self.travel.on_edges(scenario.table("road_edges"))
        return Ready(scenario, travel, self.centres, self.ground)


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
    ready = Ready.of(region)
    progress.stage("transport.stage_measure", 1)
    found = without_borders(ready)
    progress.advance()
    return with_borders(found, _borders(ready, progress))


def without_borders(ready: Ready, *, quick: bool = False) -> Findings:
    """Return what `measure` finds besides border effects.

    Parameters
    ----------
    quick
        Times from centres and the circles around them alone, see `figures.figures`.
    """
    factors = speed_factors(ready.region)
    base, *ranges = figures(ready.ground, ready.travel, (1.0, *factors.values()), quick=quick)
    return _findings(ready, base, dict(zip(factors, ranges, strict=True)))


def _borders(ready: Ready, progress: Progress) -> Borders:
    """Return what city borders cost: some seconds, so that it is always there, never stale."""
    time, between = border_indicators(ready)
    return borders_of(
        ready.region, ready.travel, ready.ground, time=time, between=between, progress=progress
    )


def border_indicators(ready: Ready) -> tuple[Indicator, Indicator]:
    """Return what border effects at units and between two cities are, before their remarks."""
    # Their range is not that of all speeds together, which leave a border effect as it is.
    times = [one for one in say.on_times(ready.region, ready.travel) if one.key in BORDER_REMARKS]
    given = indicators(
        ready.region,
        (BORDER_TIME, BORDER_BETWEEN),
        timed=tuple(times),
        always=say.on_people(ready.region),
    )
    return given[BORDER_TIME.key], given[BORDER_BETWEEN.key]


def borders(region: Region, *, progress: Progress = SILENCE) -> Borders:
    """Return what city borders cost in travel time, without all else that is measured.

    Raises
    ------
    InputError, MissingError
        As `measure`.
    """
    progress.stage("transport.stage_network")
    return _borders(Ready.of(region), progress)


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


def _findings(ready: Ready, base: Figures, ranges: Mapping[str, Figures]) -> Findings:
    region, travel, ground = ready.region, ready.travel, ready.ground
    times, people = say.on_times(region, travel), say.on_people(region)
    given = {name for table in base.tables.values() for name in table.columns}
    known = indicators(
        region, tuple(one for one in DEFINITIONS if one.name in given), timed=times, always=people
    )
    lacking = np.zeros((0, 0), np.bool_) if base.pairs is None else np.isnan(base.pairs.minutes)
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
        matrices=_matrices(ready, base.pairs, times),
        low=_named(ranges["low"].tables) if ranges else {},
        high=_named(ranges["high"].tables) if ranges else {},
        remarks=(*_on_region(region), *_on_centres(region, ready.centres, ground), *general),
        headline=tuple(f"{KEY}.{name}" for name in HEADLINE if name in given),
    )


def _matrices(ready: Ready, pairs: Pairs | None, times: tuple[Sentence, ...]) -> tuple[Matrix, ...]:
    """Return figures between city centres, where they were asked for."""
    if pairs is None:
        return ()
    between = (MINUTES_BETWEEN, CIRCUITY_BETWEEN, KMH_BETWEEN)
    measures = indicators(ready.region, between, timed=times, always=())
    codes = ready.ground.units[Level.CITY].codes
    return tuple(
        Matrix(measures[one.key], Level.CITY, _square(given, codes))
        for one, given in zip(between, (pairs.minutes, pairs.circuity, pairs.kmh), strict=True)
    )


def _named(tables: Mapping[Level, pd.DataFrame]) -> dict[Level, pd.DataFrame]:
    """Return the tables with columns named and ordered as the indicators."""
    return {
        level: table[
            [one.name for one in DEFINITIONS if level in one.levels and one.name in table]
        ].add_prefix(f"{KEY}.")
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
