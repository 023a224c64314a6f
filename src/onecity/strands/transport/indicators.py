"""What the figures of this strand are, and how far each can be trusted.

How far each can be trusted is told by the tables that it reads, see `onecity.strands.trust`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Level
from onecity.strands.trust import Trust, trust_in

__all__ = ["Definition", "Trust", "indicator", "indicators", "trust_in"]

LIMITS_MINUTES = (30, 60, 90)
"""Time limits that people are counted within."""

TIMES = ("cities", "zones", "road_nodes", "road_edges", "connectors", "local_links")
"""Tables that times to and from centres are made of."""
REACH = TIMES[1:]
LEGS = ("zones", "road_nodes", "connectors", "local_links")

_ALL = tuple(Level)
_ABOVE = (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION)
_CITY = (Level.CITY,)
_DIRECTNESS = (Level.CITY, Level.REGION)
_PAIRS: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator as far as it is the same in every region.

    `tables` are those it reads; `timed` says whether it hangs on travel times.
    """

    name: str
    unit: str
    better: Better
    levels: tuple[Level, ...]
    tables: tuple[str, ...] = TIMES
    decimals: int = 0
    timed: bool = True

    @property
    def key(self) -> str:
        """Key of the indicator: that of its title in the catalogue."""
        return f"transport.{self.name}"


def _by_limit(
    name: str, unit: str, levels: tuple[Level, ...], tables: tuple[str, ...], decimals: int
) -> tuple[Definition, ...]:
    return tuple(
        Definition(f"{name}_{limit}", unit, Better.HIGHER, levels, tables, decimals)
        for limit in LIMITS_MINUTES
    )


DEFINITIONS: tuple[Definition, ...] = (
    Definition("minutes_core", "minutes", Better.LOWER, _ALL, decimals=1),
    Definition("minutes_own_centre", "minutes", Better.LOWER, _ALL, decimals=1),
    Definition("minutes_nearest_centre", "minutes", Better.LOWER, _ALL, decimals=1),
    *_by_limit("core_people", "people", _ABOVE, TIMES, 0),
    *_by_limit("core_share", "percent", _ABOVE, TIMES, 1),
    *_by_limit("circle_people", "people", _CITY, TIMES, 0),
    Definition("circle_zones_60", "count", Better.HIGHER, _CITY),
    *_by_limit("reach_people", "people", _ALL, REACH, 0),
    Definition("circuity", "ratio", Better.LOWER, _DIRECTNESS, decimals=2),
    Definition("straight_kmh", "kmh", Better.HIGHER, _DIRECTNESS, decimals=1),
    Definition("leg_km", "km", Better.LOWER, _ALL, LEGS, 1, timed=False),
    Definition("far_share", "percent", Better.LOWER, _ABOVE, LEGS, 1, timed=False),
    Definition("off_people", "people", Better.LOWER, _ABOVE, LEGS, timed=False),
    Definition("off_zones", "count", Better.LOWER, _ABOVE, LEGS, timed=False),
    Definition("unreached_people", "people", Better.LOWER, _ABOVE),
)
"""Indicators of units, in the order in which they are shown."""

MINUTES_FROM = Definition("minutes_from", "minutes", Better.LOWER, (Level.ZONE,), REACH, 1)
"""Time from a place that somebody points at."""

HEADLINE = (
    "core_people_60",
    "core_share_60",
    "minutes_core",
    "minutes_nearest_centre",
    "reach_people_60",
    "straight_kmh",
    "far_share",
)
"""Names of the region's figures to be read first."""

MINUTES_BETWEEN = Definition("minutes_between", "minutes", Better.LOWER, _PAIRS, decimals=1)
CIRCUITY_BETWEEN = Definition("circuity_between", "ratio", Better.LOWER, _PAIRS, decimals=2)
KMH_BETWEEN = Definition("straight_kmh_between", "kmh", Better.HIGHER, _PAIRS, decimals=1)

_BORDERS = (*TIMES, "counties", "relief")
BORDER_TIME = Definition("border_time_percent", "percent", Better.LOWER, _DIRECTNESS, _BORDERS, 1)
BORDER_BETWEEN = Definition("border_time_between", "percent", Better.LOWER, _PAIRS, _BORDERS, 1)


def indicator(definition: Definition, region: Region, remarks: tuple[Sentence, ...]) -> Indicator:
    """Return the indicator in this region."""
    trust = trust_in(region, definition.tables)
    return Indicator(
        key=definition.key,
        unit=definition.unit,
        better=definition.better,
        nature=trust.nature,
        grade=trust.grade,
        sources=trust.sources,
        decimals=definition.decimals,
        remarks=remarks,
        levels=definition.levels,
    )


def indicators(
    region: Region,
    definitions: tuple[Definition, ...],
    *,
    timed: tuple[Sentence, ...],
    always: tuple[Sentence, ...],
) -> Mapping[str, Indicator]:
    """Return indicators by key, remarks on times beside those that hang on times."""
    return {
        one.key: indicator(one, region, (*timed, *always) if one.timed else always)
        for one in definitions
    }
