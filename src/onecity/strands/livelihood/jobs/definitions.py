"""What the figures of the topic `jobs` are."""

from dataclasses import dataclass

from onecity.strands.contract import Better, Level
from onecity.strands.livelihood import indicators

from .reach import LIMITS

CHAPTER = "jobs"
GIVEN = ("zones", "jobs")
REACHED = (*indicators.ROADS, "jobs")

_ALL = tuple(Level)
_REGION = (Level.REGION,)


@dataclass(frozen=True, slots=True)
class Definition(indicators.Definition):
    """An indicator whose words are in the chapter of jobs."""

    @property
    def key(self) -> str:
        """Key of the indicator: that of its title in the catalogue."""
        return f"jobs.{self.name}"


BALANCE = (
    Definition("jobs", "count", Better.NEITHER, _ALL, GIVEN, timed=False),
    Definition("per_1000", "per_1000", Better.NEITHER, _ALL, GIVEN, timed=False),
    Definition("ratio", "ratio", Better.NEITHER, _ALL, GIVEN, 2, timed=False),
    Definition("surplus", "count", Better.NEITHER, _ALL, GIVEN, timed=False),
)
LEAST = (
    Definition("least_city", "percent", Better.LOWER, _REGION, GIVEN, 1, timed=False),
    Definition("least_county", "percent", Better.LOWER, _REGION, GIVEN, 1, timed=False),
)
REACH = tuple(
    Definition(f"{name}_{limit}", unit, better, _ALL, REACHED, decimals)
    for limit in LIMITS
    for name, unit, better, decimals in (
        ("reach", "count", Better.HIGHER, 0),
        ("reach_closed", "count", Better.HIGHER, 0),
        ("border_loss", "percent", Better.LOWER, 1),
    )
)
DEFINITIONS = (*BALANCE, *LEAST, *REACH)
