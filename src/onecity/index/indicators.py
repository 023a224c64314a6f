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

VALUE = "index.value"
PERMEABILITY = "index.permeability"
LOW, HIGH = "index.permeability_low", "index.permeability_high"
UNCAPPED = "index.uncapped"
WEIGHT = "index.weight"
LACKING = "index.lacking"
WITHOUT = "index.without"
PLACEBO = "index.placebo_share"


def of_index(one: Integration) -> Mapping[str, Indicator]:
    """Return what the figures of an index are: as trustworthy as the weakest of its parts."""
    kinds = {
        VALUE: ("index", Better.HIGHER, 3),
        PERMEABILITY: ("index", Better.HIGHER, 3),
        LOW: ("index", Better.HIGHER, 3),
        HIGH: ("index", Better.HIGHER, 3),
        UNCAPPED: ("index", Better.HIGHER, 3),
        WEIGHT: ("percent", Better.NEITHER, 1),
        LACKING: ("percent", Better.LOWER, 1),
        WITHOUT: ("index", Better.HIGHER, 3),
        PLACEBO: ("percent", Better.NEITHER, 1),
    }
    return {
        key: Indicator(
            key, unit, better, one.nature, one.grade, one.sources, decimals, levels=_REGION
        )
        for key, (unit, better, decimals) in kinds.items()
    }
