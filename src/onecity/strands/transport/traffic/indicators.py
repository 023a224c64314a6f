"""What the figures of traffic are. All rest on assumed demand, and are graded so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onecity.core.provenance import Grade, Nature
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Level
from onecity.strands.transport.indicators import TIMES, trust_in

_ALL = tuple(Level)
_TABLES = (*TIMES, "counties", "jobs")
HOURS = "person_hours"
FEW_HOURS = 1_000.0


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator as far as it is the same in every region; `levels` as of `Indicator`.

    `loaded` says whether it hangs on the loading, or is read from the road table alone.
    """

    name: str
    unit: str
    better: Better
    levels: tuple[Level, ...] = ()
    decimals: int = 0
    loaded: bool = True

    @property
    def key(self) -> str:
        """Key of the indicator: that of its title in the catalogue."""
        return f"traffic.{self.name}"


SHARE_LOST = Definition("share_lost", "percent", Better.LOWER, _ALL, 1)
HOURS_LOST = Definition("hours_lost", HOURS, Better.LOWER, _ALL, 0)
TO_CORE = Definition("minutes_to_core", "minutes", Better.LOWER, _ALL, 1)
CORE_ADDED = Definition("minutes_core_added", "minutes", Better.LOWER, _ALL, 1)
FULL_SHARE = Definition("full_share", "percent", Better.LOWER, (Level.CITY, Level.REGION), 1)
OF_UNITS = (SHARE_LOST, HOURS_LOST, TO_CORE, CORE_ADDED, FULL_SHARE)
"""Figures of units, in the order in which they are shown."""

SATURATION = Definition("saturation", "ratio", Better.LOWER, decimals=2)
FLOW = Definition("flow", "pcu/h", Better.NEITHER)
LANES = Definition("road_lanes", "lanes", Better.NEITHER, decimals=1, loaded=False)
KM = Definition("road_km", "km", Better.NEITHER, decimals=1, loaded=False)
ROAD_HOURS = Definition("road_hours_lost", HOURS, Better.LOWER)
FIRST_ORDER = Definition("lane_first_order", HOURS, Better.HIGHER)
LANE_VALUE = Definition("lane_value", HOURS, Better.HIGHER)
ACROSS = Definition("users_across", "percent", Better.NEITHER)
OF_STRETCHES = (SATURATION, FLOW, LANES, KM, ROAD_HOURS, FIRST_ORDER, LANE_VALUE, ACROSS)
"""Columns of lists of stretches."""

LANES_BEFORE = Definition("lanes_before", "lanes", Better.NEITHER, decimals=1, loaded=False)
LANES_AFTER = Definition("lanes_after", "lanes", Better.NEITHER, decimals=1, loaded=False)
CAPACITY_RATIO = Definition("capacity_ratio", "ratio", Better.HIGHER, decimals=2, loaded=False)
OF_DROPS = (CAPACITY_RATIO, LANES_BEFORE, LANES_AFTER, SATURATION)
"""Columns of the list of lane drops."""

LINK_LOADED = Definition("link_loaded", HOURS, Better.HIGHER)
LINK_EMPTY = Definition("link_empty", HOURS, Better.HIGHER)
LINK_RANK = Definition("link_rank", "count", Better.NEITHER)
LINK_FLOW = Definition("link_flow", "pcu/h", Better.NEITHER)
OF_LINKS = (LINK_LOADED, LINK_EMPTY, LINK_RANK, LINK_FLOW)
"""Columns of the list of links, ranked anew."""


def indicators(
    region: Region,
    definitions: Iterable[Definition],
    remarks: tuple[Sentence, ...],
    *,
    lanes_known: float,
    hours_lost: float,
) -> Mapping[str, Indicator]:
    """Return indicators by key, the remarks on loading beside those that hang on it.

    Sources are those of the tables read. What hangs on the loading is assumed and of grade E,
    since nobody has counted a trip. What is read from the roads is as good as they are, where
    `lanes_known`, the share of their length whose lanes are in the data, is not zero. Where all
    `hours_lost` in a day are few, as in a town, hours are shown to a tenth.
    """
    roads = trust_in(region, ("road_edges", "counties"))
    times = trust_in(region, _TABLES)
    few = hours_lost < FEW_HOURS
    lanes = (Sentence("traffic.lanes_known", {"share": lanes_known}),)
    return {
        one.key: Indicator(
            key=one.key,
            unit=one.unit,
            better=one.better,
            nature=Nature.ASSUMED if one.loaded or lanes_known == 0 else roads.nature,
            grade=Grade.E if one.loaded or lanes_known == 0 else roads.grade,
            sources=times.sources if one.loaded else roads.sources,
            decimals=1 if few and one.unit == HOURS else one.decimals,
            remarks=remarks if one.loaded else lanes,
            levels=one.levels,
        )
        for one in definitions
    }
