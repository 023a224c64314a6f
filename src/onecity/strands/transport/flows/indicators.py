"""What the figures of flows are, and how far each can be trusted.

What is added up from observed flows is as they are. What a regression finds in them is theirs too:
distances beside them explain, they do not make it. Flows that would be, without borders or by
gravity, were never counted: they are modelled, and what is held against them too. What rests on
travel times is modelled, or assumed where times are. What comes of simulated flows is never better
than modelled, grade E.
"""

from dataclasses import dataclass

from onecity.core.provenance import Grade, Nature, worst_grade, worst_nature
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Level
from onecity.strands.transport.indicators import TIMES, trust_in

KEY = "flow_findings"

_COUNTY, _CITY, _REGION = (Level.COUNTY,), (Level.CITY,), (Level.REGION,)
_BOTH = (Level.COUNTY, Level.CITY)
_LISTED: tuple[Level, ...] = ()
_MODEL = Nature.MODELLED
_OBSERVED, _TIMED = ("flows",), ("flows", *TIMES)


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator as far as it is the same in every region.

    `tables` are those that it is made of; `simulated` says that flows were. `made` is Modelled for
    what nobody counted, though it is made of nothing but observed flows: those without borders.
    """

    name: str
    unit: str
    better: Better
    levels: tuple[Level, ...]
    tables: tuple[str, ...] = _OBSERVED
    decimals: int = 1
    simulated: bool = False
    made: Nature = Nature.OBSERVED

    @property
    def key(self) -> str:
        """Key of the indicator: that of its title in the catalogue."""
        return f"{KEY}.{self.name}"

    def at(self, region: Region, remarks: tuple[Sentence, ...] = ()) -> Indicator:
        """Return the indicator in a region."""
        trust = trust_in(region, self.tables)
        nature, grade = trust.nature, trust.grade
        if self.tables == _OBSERVED:
            nature = worst_nature([region.manifest.tables["flows"].nature, self.made])
        if self.simulated:
            grade = worst_grade([grade, Grade.E])
        return Indicator(
            key=self.key,
            unit=self.unit,
            better=self.better,
            nature=nature,
            grade=grade,
            sources=trust.sources,
            decimals=self.decimals,
            remarks=remarks,
            levels=self.levels,
        )


PERMEABILITY = Figure("permeability", "index", Better.HIGHER, _REGION, decimals=3)
BORDER = Figure("border", "percent", Better.HIGHER, (Level.CITY, Level.REGION))
BETWEEN = Figure("border_between", "percent", Better.HIGHER, _LISTED)
AS_DISTANCE = Figure("as_distance", "ratio", Better.LOWER, _REGION, decimals=2)
AS_MINUTES = Figure("as_minutes", "minutes", Better.LOWER, _REGION, _TIMED)
BY_TIME = Figure("by_time", "index", Better.HIGHER, _REGION, _TIMED, decimals=3)
PROVINCE = Figure("province", "index", Better.HIGHER, _REGION, decimals=3)
PREMIUM = Figure("premium", "ratio", Better.HIGHER, _REGION, decimals=3)
CROSS = Figure("cross_share", "percent", Better.HIGHER, _REGION)
CROSS_OPEN = Figure("cross_open", "percent", Better.NEITHER, _REGION, made=_MODEL)
CROSS_KEPT = Figure("cross_kept", "percent", Better.HIGHER, _REGION, made=_MODEL)
MODULARITY = Figure("modularity", "index", Better.LOWER, _REGION, decimals=3)
MODULARITY_BEST = Figure("modularity_best", "index", Better.NEITHER, _REGION, decimals=3)
MODULARITY_RATIO = Figure("modularity_ratio", "index", Better.LOWER, _REGION, decimals=3)
STAYS = Figure("stays", "percent", Better.NEITHER, _BOTH)
COMES = Figure("comes", "percent", Better.NEITHER, _BOTH)
TO_CORE = Figure("to_core", "percent", Better.HIGHER, _COUNTY)
IN_REACH = Figure("in_reach", "count", Better.HIGHER, _COUNTY, TIMES, 0)
IN_URBAN = Figure("in_urban", "count", Better.HIGHER, _COUNTY, decimals=0)
IN_WORK = Figure("in_work", "count", Better.HIGHER, _COUNTY, decimals=0)
DEFINITIONS = Figure("definitions", "count", Better.HIGHER, _COUNTY, _TIMED, 0)

OBSERVED: tuple[Figure, ...] = (
    PERMEABILITY,
    BORDER,
    AS_DISTANCE,
    AS_MINUTES,
    BY_TIME,
    PROVINCE,
    PREMIUM,
    CROSS,
    CROSS_OPEN,
    CROSS_KEPT,
    MODULARITY,
    MODULARITY_BEST,
    MODULARITY_RATIO,
    STAYS,
    COMES,
    TO_CORE,
    IN_REACH,
    IN_URBAN,
    IN_WORK,
    DEFINITIONS,
)
"""Figures of observed flows, in the order in which they are shown."""

PAIR_SHARE = Figure("pair_share", "percent", Better.NEITHER, _LISTED, decimals=2)
PAIR_OPEN = Figure("pair_open", "percent", Better.NEITHER, _LISTED, decimals=2, made=_MODEL)

FLOWING = Figure("flowing", "flow", Better.NEITHER, _LISTED, decimals=0)
WITHOUT = Figure("without_borders", "flow", Better.NEITHER, _LISTED, decimals=0, made=_MODEL)
MISSING = Figure("missing", "flow", Better.LOWER, _LISTED, decimals=0, made=_MODEL)
KEPT = Figure("kept", "percent", Better.HIGHER, _LISTED, made=_MODEL)
EXPECTED = Figure("expected", "flow", Better.NEITHER, _LISTED, decimals=0, made=_MODEL)
PEOPLE = Figure("area_people", "people", Better.NEITHER, _LISTED, ("counties", *_TIMED), 0)
COUNTIES = Figure("area_counties", "count", Better.NEITHER, _LISTED, _TIMED, 0)
LOW = Figure("permeability_low", "index", Better.NEITHER, _LISTED, decimals=3)
HIGH = Figure("permeability_high", "index", Better.NEITHER, _LISTED, decimals=3)

_SIMULATED = (*TIMES, "jobs")


def _simulated(name: str, unit: str, levels: tuple[Level, ...], decimals: int = 1) -> Figure:
    return Figure(name, unit, Better.NEITHER, levels, _SIMULATED, decimals, simulated=True)


M_CROSS = _simulated("m_cross", "percent", _REGION)
M_STAYS = _simulated("m_stays", "percent", _BOTH)
M_TO_CORE = _simulated("m_to_core", "percent", _COUNTY)
M_URBAN = _simulated("m_in_urban", "count", _COUNTY, 0)
M_WORK = _simulated("m_in_work", "count", _COUNTY, 0)
M_DEFINITIONS = _simulated("m_definitions", "count", _COUNTY, 0)
M_PAIR = _simulated("m_pair_share", "percent", _LISTED, 2)
M_PEOPLE = _simulated("area_people", "people", _LISTED, 0)
M_COUNTIES = _simulated("area_counties", "count", _LISTED, 0)

SIMULATED: tuple[Figure, ...] = (
    M_CROSS,
    M_STAYS,
    M_TO_CORE,
    IN_REACH,
    M_URBAN,
    M_WORK,
    M_DEFINITIONS,
)
"""Figures of simulated flows, in the order in which they are shown."""
