"""What the figures of this floor are, and how far each can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass

from onecity.core.provenance import Nature
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Level
from onecity.strands.travel import TABLES as ROADS
from onecity.strands.trust import trust_in

from .integration import Integration

KEY = "index"
"""Name of this floor where strands have theirs: its chapter of the catalogue."""

LIMIT_MINUTES = 60

_ALL = (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION)
_ABOVE = (Level.CITY, Level.GROUP, Level.REGION)
_REGION = (Level.REGION,)
_PEOPLE = ("cities",)
_TRAVEL = ("cities", "counties", *ROADS)


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator as far as it is the same in every region; `tables` are those it reads."""

    name: str
    unit: str
    better: Better
    levels: tuple[Level, ...]
    tables: tuple[str, ...]
    decimals: int = 1
    made: Nature = Nature.MODELLED

    @property
    def key(self) -> str:
        """Key of the indicator: that of its title in the catalogue."""
        return f"{KEY}.{self.name}"

    def at(self, region: Region, remarks: tuple[Sentence, ...] = ()) -> Indicator:
        """Return the indicator in a region."""
        trust = trust_in(region, self.tables, made=self.made)
        return Indicator(
            key=self.key,
            unit=self.unit,
            better=self.better,
            nature=trust.nature,
            grade=trust.grade,
            sources=trust.sources,
            decimals=self.decimals,
            remarks=remarks,
            levels=self.levels,
        )


def _observed(name: str, unit: str, better: Better, decimals: int, *tables: str) -> Figure:
    return Figure(name, unit, better, _REGION, tables or _PEOPLE, decimals, Nature.OBSERVED)


CORE_PEOPLE = _observed("core_people_share", "percent", Better.NEITHER, 1)
CORE_VALUE = _observed("core_value_share", "percent", Better.NEITHER, 1, "industries")
PRIMACY = _observed("primacy", "ratio", Better.NEITHER, 2)
RANK_SIZE = _observed("rank_size", "index", Better.NEITHER, 2)
CORE_REACH = Figure("core_reach_60", "percent", Better.HIGHER, _ALL, _TRAVEL)
OTHER_CENTRE = Figure("other_centre_60", "percent", Better.HIGHER, _ALL, _TRAVEL)
COHESION = Figure("cohesion_60", "percent", Better.HIGHER, _ALL, _TRAVEL)

STRUCTURE = (
    CORE_PEOPLE,
    CORE_VALUE,
    PRIMACY,
    CORE_REACH,
    OTHER_CENTRE,
    COHESION,
    RANK_SIZE,
)
"""Strong core, large circle, linked groups, in this order."""


def _of_index(name: str, unit: str, better: Better, decimals: int) -> Figure:
    return Figure(name, unit, better, _REGION, (), decimals)


VALUE = _of_index("value", "index", Better.HIGHER, 3)
PERMEABILITY = _of_index("permeability", "index", Better.HIGHER, 3)
LOW = _of_index("permeability_low", "index", Better.HIGHER, 3)
HIGH = _of_index("permeability_high", "index", Better.HIGHER, 3)
UNCAPPED = _of_index("uncapped", "index", Better.HIGHER, 3)
WEIGHT = _of_index("weight", "percent", Better.NEITHER, 1)
LACKING = _of_index("lacking", "percent", Better.LOWER, 1)
WITHOUT = _of_index("without", "index", Better.HIGHER, 3)
PLACEBO = _of_index("placebo_share", "percent", Better.NEITHER, 1)

OF_INDEX = (VALUE, PERMEABILITY, LOW, HIGH, UNCAPPED, WEIGHT, LACKING, WITHOUT, PLACEBO)
"""Figures of the index and of its parts; they read no table but rest on what strands found."""


def of_index(index: Integration) -> Mapping[str, Indicator]:
    """Return what the figures of an index are: as trustworthy as the weakest of its parts."""
    trust = (index.nature, index.grade, index.sources)
    return {
        one.key: Indicator(
            one.key, one.unit, one.better, *trust, decimals=one.decimals, levels=one.levels
        )
        for one in OF_INDEX
    }
