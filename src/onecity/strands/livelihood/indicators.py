"""What the figures of this strand are, and how far each can be trusted.

Each service has the same figures; a region has those of the services it has facilities of. All
come from the sources of the tables they read, with the weakest of their grades. They are
*modelled*, since a model of who shares what made them, and *assumed*, grade E, where a table they
read is or where it is assumed that a border is closed because nobody has said otherwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from onecity.core.provenance import Grade, Nature, worst_grade, worst_nature
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Level
from onecity.strands.transport import indicators as transport

from .kinds import RIGHTS, SERVICES

KEY = "livelihood"

_ALL = tuple(Level)
_ABOVE = (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION)
_WIDE = (Level.CITY, Level.REGION)
_REGION = (Level.REGION,)
_PAIRS: tuple[Level, ...] = ()

ROADS = ("zones", "road_nodes", "road_edges", "connectors", "local_links")
SERVED = (*ROADS, "counties", "facilities", "recognition")
CARRIED = ("cities", "recognition")


@dataclass(frozen=True, slots=True)
class Definition(transport.Definition):
    """An indicator as far as it is the same in every region."""

    tables: tuple[str, ...] = SERVED

    @property
    def key(self) -> str:
        """Key of the indicator: that of its title in the catalogue."""
        return f"{KEY}.{self.name}"


_SHAPES: tuple[tuple[str, str, Better, tuple[Level, ...], int], ...] = (
    ("minutes", "minutes", Better.LOWER, _ALL, 1),
    ("minutes_open", "minutes", Better.LOWER, _ALL, 1),
    ("border_minutes", "minutes", Better.LOWER, _ALL, 1),
    ("blocked", "people", Better.LOWER, _ABOVE, 0),
    ("access", "per_100k", Better.HIGHER, _ALL, 2),
    ("access_open", "per_100k", Better.HIGHER, _ALL, 2),
    ("gain", "per_100k", Better.HIGHER, _ALL, 2),
    ("winners", "people", Better.HIGHER, _ABOVE, 0),
    ("losers", "people", Better.LOWER, _ABOVE, 0),
    ("without", "people", Better.LOWER, _ABOVE, 0),
    ("without_open", "people", Better.LOWER, _ABOVE, 0),
    ("worst", "per_100k", Better.HIGHER, _WIDE, 2),
    ("worst_open", "per_100k", Better.HIGHER, _WIDE, 2),
    ("gini", "index", Better.LOWER, _WIDE, 3),
    ("gini_open", "index", Better.LOWER, _WIDE, 3),
    ("theil_between", "index", Better.LOWER, _REGION, 3),
    ("theil_within", "index", Better.LOWER, _REGION, 3),
    ("theil_between_open", "index", Better.LOWER, _REGION, 3),
    ("theil_within_open", "index", Better.LOWER, _REGION, 3),
    ("border_share", "percent", Better.LOWER, _REGION, 1),
)
"""Name, unit, which way is better, levels, decimals: of every service."""

_CARRIED_SHAPES: tuple[tuple[str, str, Better, int], ...] = (
    ("pairs", "percent", Better.HIGHER, 0),
    ("covered", "people", Better.HIGHER, 0),
    ("loss", "percent", Better.LOWER, 1),
)


def key_of(service: str, name: str) -> str:
    """Return the key of a service's figure; spelled out, so that its words can be looked for."""
    match service:
        case "education":
            return f"livelihood.education_{name}"
        case "health":
            return f"livelihood.health_{name}"
        case "culture":
            return f"livelihood.culture_{name}"
        case _:
            return f"livelihood.elderly_{name}"


def key_of_right(right: str, name: str) -> str:
    """Return the key of a right's figure."""
    match right:
        case "medical_insurance":
            return f"livelihood.medical_insurance_{name}"
        case "pension":
            return f"livelihood.pension_{name}"
        case _:
            return f"livelihood.housing_fund_{name}"


def _bare(key: str) -> str:
    return key.removeprefix(f"{KEY}.")


def of_service(service: str) -> tuple[Definition, ...]:
    """Return the figures of a service."""
    return tuple(
        Definition(
            key_of(service, name).removeprefix(f"{KEY}."), unit, better, levels, SERVED, decimals
        )
        for name, unit, better, levels, decimals in _SHAPES
    )


def of_right(right: str) -> tuple[Definition, ...]:
    """Return the figures of a right."""
    return tuple(
        Definition(
            key_of_right(right, name).removeprefix(f"{KEY}."),
            unit,
            better,
            _WIDE,
            CARRIED,
            decimals,
            timed=False,
        )
        for name, unit, better, decimals in _CARRIED_SHAPES
    )


FACILITIES = Definition(
    "facilities", "count", Better.NEITHER, _ABOVE, ("zones", "facilities"), timed=False
)
BORDER = Definition("border_care_percent", "percent", Better.LOWER, _WIDE, SERVED, 1)
"""How much longer the way to a usable facility is because borders are closed."""
BORDER_BETWEEN = Definition("border_care_between", "percent", Better.LOWER, _PAIRS, SERVED, 1)
RECOGNISED = Definition(
    "recognised_between", "percent", Better.HIGHER, _PAIRS, CARRIED, 0, timed=False
)

FIXED: tuple[Definition, ...] = (FACILITIES, BORDER)
"""Figures that every region has, with or without facilities."""

DEFINITIONS: tuple[Definition, ...] = (
    *FIXED,
    *(one for service in SERVICES for one in of_service(service)),
    *(one for right in RIGHTS for one in of_right(right)),
)
"""Indicators of units, in the order in which they are shown."""

READ_FIRST = ("border_minutes", "worst", "blocked")
"""Of each service, after the border effect of all."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a figure can be trusted, by the rule above."""

    nature: Nature
    grade: Grade
    sources: tuple[str, ...]


def trust_in(region: Region, tables: Iterable[str], *, assumed: bool = False) -> Trust:
    """Return how far a figure made of some tables can be trusted; absent ones are left out.

    `assumed` says that the figure also rests on what nobody has said.
    """
    names = [name for name in tables if region.has(name)]
    records = [region.manifest.tables[name] for name in names if name in region.manifest.tables]
    # A table that only a scenario made has no record: what it says is assumed.
    made = assumed or len(records) < len(names)
    grades = [one.grade for one in records] + ([Grade.E] if made or not records else [])
    natures = [one.nature for one in records] + ([Nature.ASSUMED] if made else [])
    sources = [source for one in records for source in one.sources]
    return Trust(
        nature=worst_nature([Nature.MODELLED, *natures]),
        grade=worst_grade(grades),
        sources=tuple(dict.fromkeys(sources or region.manifest.tables["zones"].sources)),
    )


def indicator(
    definition: Definition,
    region: Region,
    remarks: tuple[Sentence, ...] = (),
    *,
    assumed: bool = False,
    nature: Nature | None = None,
) -> Indicator:
    """Return the indicator in this region; `nature` where it is not what the rule says."""
    trust = trust_in(region, definition.tables, assumed=assumed)
    return Indicator(
        key=definition.key,
        unit=definition.unit,
        better=definition.better,
        nature=trust.nature if nature is None else nature,
        grade=trust.grade,
        sources=trust.sources,
        decimals=definition.decimals,
        remarks=remarks,
        levels=definition.levels,
    )
