"""A scorecard for each group (组团) by its role: the figures that matter there, and the region's.

What matters for a role: a core and its sub-centres hold people close and are to be reached; a
gateway leads from the core to what lies beyond, so that the way to the core and to an airport
counts; a wing has to be near the core and another centre; an airport economy lives by its way to
airports. Figures are found by name in whatever strands and topics give for groups, so that a new
strand needs no word here; every strand's first figures for groups stand on every card.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from onecity.region.store import Region
from onecity.strands.contract import Findings, Indicator, Level

from .structure import Structure

ROLES = ("core", "sub-centre", "gateway", "wing", "airport")
"""Roles with figures of their own; all others are `OTHER`."""
OTHER = "other"

_AIR = ("minutes_airport", "minutes_second_airport")
_MATTERS: Mapping[str, tuple[str, ...]] = {
    "core": ("reach_people_60", "cohesion_60", "minutes_own_centre", *_AIR[:1]),
    "sub-centre": ("minutes_core", "reach_people_60", *_AIR, "cohesion_60"),
    "gateway": ("minutes_core", "core_share_60", *_AIR, "other_centre_60"),
    "wing": ("minutes_core", "core_share_60", "other_centre_60", "cohesion_60"),
    "airport": (*_AIR, "minutes_core", "reach_people_60", "core_share_60", "cohesion_60"),
    OTHER: ("minutes_core", "reach_people_60", "cohesion_60"),
}
"""Names of figures, without whose they are, in the order in which they are shown."""
_FIRST = 2
"""Figures of every strand and topic that stand on every card."""
_MOST = 10


@dataclass(frozen=True, slots=True)
class Card:
    """One group: its figures, in the order of the role's `Scorecard.indicators`; NaN for none."""

    group: str
    role: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All groups of one role.

    Attributes
    ----------
    role
        One of `ROLES`, or `OTHER`.
    indicators
        What the figures are.
    cards
        Groups in the order of their table.
    region
        The same figures of the whole region, to be read beside.
    """

    role: str
    indicators: tuple[Indicator, ...]
    cards: tuple[Card, ...]
    region: tuple[float, ...]


def scorecards_of(
    region: Region, found: Iterable[Findings], structure: Structure
) -> tuple[Scorecard, ...]:
    """Return the scorecards of a region's groups, by role; none where it has no groups.

    Parameters
    ----------
    found
        What strands and topics found, in the order in which their figures are shown.
    structure
        Figures of this floor.
    """
    if not region.has("groups"):
        return ()
    several = tuple(found)
    groups = region.table("groups").drop_duplicates("group")
    roles = [role if role in ROLES else OTHER for role in groups["role"]]
    cards = []
    for role in dict.fromkeys((*(one for one in ROLES if one in roles), *roles)):
        columns = _columns(role, several, structure)
        members = [
            (group, given)
            for group, given, same in zip(groups["group"], groups["role"], roles, strict=True)
            if same == role
        ]
        cards.append(
            Scorecard(
                role,
                tuple(one for one, _ in columns),
                tuple(
                    Card(group, given, tuple(values.get(group, _NONE) for _, values in columns))
                    for group, given in members
                ),
                tuple(values.get(_WHOLE, _NONE) for _, values in columns),
            )
        )
    return tuple(cards)


_NONE = float("nan")
_WHOLE = "\0region"

Column = tuple[Indicator, Mapping[str, float]]


def _columns(role: str, found: Sequence[Findings], structure: Structure) -> list[Column]:
    """Return a role's figures: those that matter by name, then the first of all that give some."""
    tables = [(one.indicators, one.tables) for one in found]
    tables.append((structure.indicators, structure.tables))
    given: dict[str, Column] = {}
    for indicators, by_level in tables:
        groups, whole = by_level.get(Level.GROUP), by_level.get(Level.REGION)
        if groups is None or whole is None or not len(whole):
            continue
        for key in groups.columns:
            if key in whole.columns and key in indicators:
                values = {str(code): float(value) for code, value in groups[key].items()}
                values[_WHOLE] = float(whole[key].iloc[0])
                if any(isfinite(value) for value in values.values()):
                    given[key] = (indicators[key], values)
    named: dict[str, str] = {}
    for key in given:
        named.setdefault(key.rpartition(".")[2], key)
    wanted = [named[name] for name in _MATTERS[role] if name in named]
    for one in found:
        first = [key for key in (one.headline or tuple(one.indicators)) if key in given]
        wanted += [key for key in first if _compares(given[key][0])][:_FIRST]
    return [given[key] for key in list(dict.fromkeys(wanted))[:_MOST]]


def _compares(one: Indicator) -> bool:
    """Whether a figure of a group can stand beside the region's: a sum cannot, a mean can."""
    return one.unit not in {"people", "count", "person_hours"}
