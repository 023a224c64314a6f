"""What the league says of one group: its one-hour circle and what its city borders cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, Nature, Source
from onecity.core.words import Language, Sentence, both
from onecity.region.store import Region
from onecity.strands.contract import Better, BorderFinding, Findings, Indicator, Level
from onecity.strands.findings_cache import measured
from onecity.strands.transport import strand

from .gazetteer import City
from .groups import Group

LIMIT_MINUTES = 60
PEOPLE, SHARE = "transport.core_people_60", "transport.core_share_60"
LAND, LAND_SHARE = "league.land_60", "league.land_share_60"
CENTRES = "league.centres_60"
BORDER = "transport.border_time_percent"
PREMIUM = "league.premium"
_MINUTES = "transport.minutes_core"
FIGURES = (SHARE, PEOPLE, LAND_SHARE, LAND, CENTRES)
"""What is said of the one-hour circle, most important first."""


@dataclass(frozen=True, slots=True)
class Range:
    """A figure, and what it is with all assumed speeds 15 % lower or higher."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Premium:
    """How many times as much flows between cities of a group as between others alike.

    Attributes
    ----------
    factor, interval
        e^beta and its 95 % interval.
    p
        Share of made-up groups, this one counted in, that are at least as far from none.
    placebos
        How many made-up groups that was held against.
    members
        Members that the flows speak of, of all.
    """

    factor: float
    interval: tuple[float, float]
    p: float
    placebos: int
    members: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of the league.

    Attributes
    ----------
    group
        Whose it is.
    region_hash
        Of the region it was measured on.
    people, land_km2
        Of the whole group.
    figures
        By key of `indicators`: the one-hour circle.
    border
        What all city borders together cost in time; None where it cannot be told.
    premium
        None where it was not asked for or cannot be told.
    indicators
        What each figure is, with grade, nature, sources and remarks for this group.
    sources
        What the figures come from.
    remarks
        What a reader must know of this group alone.
    """

    group: Group
    region_hash: str
    people: float
    land_km2: float
    figures: Mapping[str, Range]
    border: BorderFinding | None
    premium: Premium | None
    indicators: Mapping[str, Indicator]
    sources: Mapping[str, Source]
    remarks: tuple[Sentence, ...] = ()

    def with_premium(self, premium: Premium | None, remarks: tuple[Sentence, ...]) -> "Standing":
        """Return the same with a premium, or with the reason why there is none."""
        return replace(self, premium=premium, remarks=(*self.remarks, *remarks))


def standing_of(group: Group, region: Region, *, progress: Progress = SILENCE) -> Standing:
    """Return what the league says of a group's region; at once where it was measured before."""
    found = measured(strand, region, progress=progress)
    zones, cities = region.table("zones"), region.table("cities")
    border = next((one for one in found.borders if not one.codes), None)
    alone = border is not None and border.chance is None
    own = found.indicators
    figures = {key: _given(found, key) for key in (PEOPLE, SHARE)}
    figures |= _land(found, zones["area_km2"].to_numpy(), zones["zone"].to_numpy())
    figures[CENTRES] = _centres(found, region)
    tables = {LAND: "km2", LAND_SHARE: "percent", CENTRES: "count"}
    made = {key: _like(own[PEOPLE], key, unit) for key, unit in tables.items()}
    return Standing(
        group=group,
        region_hash=region.hash,
        people=float(cities["people"].sum()),
        land_km2=float(zones["area_km2"].sum()),
        figures=figures,
        border=border,
        premium=None,
        indicators={key: made.get(key) or own[key] for key in (*FIGURES, BORDER)},
        sources=dict(region.manifest.sources),
        remarks=(*_remarks(group), *([Sentence("league.no_made_up", {})] if alone else [])),
    )


def _given(found: Findings, key: str) -> Range:
    """Return a figure of the region with its range."""
    ends = [tables[Level.REGION][key].iloc[0] for tables in (found.low, found.high)]
    return Range(float(found.tables[Level.REGION][key].iloc[0]), *sorted(map(float, ends)))


def _land(found: Findings, km2: np.ndarray, zone: np.ndarray) -> dict[str, Range]:
    """Return the land that the core is reached from within the hour, whole and as a share."""
    minutes = [_minutes(tables, zone) for tables in (found.tables, found.low, found.high)]
    middle, *ends = [float(km2[one <= LIMIT_MINUTES].sum()) for one in minutes]
    low, high = sorted(ends)
    percent = 100 / float(km2.sum())
    return {
        LAND: Range(middle, low, high),
        LAND_SHARE: Range(middle * percent, low * percent, high * percent),
    }


def _centres(found: Findings, region: Region) -> Range:
    """Return how many of the other members' centres are within the hour of the core's."""
    codes = region.table("cities")["city"]
    others = codes[codes != region.manifest.core_city].tolist()
    between = next(one for one in found.matrices if one.indicator.key.endswith("minutes_between"))
    minutes = between.values.loc[others, region.manifest.core_city].to_numpy(np.float64)
    factors = [one for one in region.manifest.assumptions if one.key == "speed_factor"]
    ends = [float(end) for one in factors for end in (one.low, one.high) if end]
    # With every speed changed alike ways stay what they are, and times are divided.
    counts = [int((minutes / factor <= LIMIT_MINUTES).sum()) for factor in (1.0, *ends)]
    return Range(counts[0], min(counts), max(counts))


def _minutes(tables: Mapping[Level, pd.DataFrame], zone: np.ndarray) -> np.ndarray:
    minutes = tables[Level.ZONE][_MINUTES].reindex(zone).to_numpy(np.float64)
    return np.where(np.isnan(minutes), np.inf, minutes)


def _like(people: Indicator, key: str, unit: str) -> Indicator:
    """Return what a figure is that hangs on times to the core as the people within the hour do.

    Land and centres need no model of where people live, but its grade is no worse than that of
    the assumed speeds.
    """
    sources = tuple(one for one in people.sources if one != "census")
    remarks = tuple(one for one in people.remarks if one.key != "transport.people_modelled")
    return replace(
        people, key=key, unit=unit, sources=sources, remarks=remarks, levels=(Level.REGION,)
    )


def _remarks(group: Group) -> tuple[Sentence, ...]:
    """Return which members are taken in part, and whose residents are weakly known."""
    parts = [one.city for one in group.members if one.counties]
    guessed = [one.city for one in group.members if one.residents.grade in (Grade.D, Grade.E)]
    found = []
    if parts:
        found.append(Sentence("league.members_in_part", {"names": _names(parts)}))
    if guessed:
        found.append(Sentence("league.residents_guessed", {"names": _names(guessed)}))
    return tuple(found)


def _names(cities: list[City]) -> dict[Language, str]:
    return both([one.name_zh for one in cities], [one.name_en for one in cities])


def premium_indicator() -> Indicator:
    """Return what the same-circle premium is.

    A model of observed flows. The file does not say how well it is known: the weakest grade.
    """
    return Indicator(
        key=PREMIUM,
        unit="ratio",
        better=Better.HIGHER,
        nature=Nature.MODELLED,
        grade=Grade.E,
        sources=("flows",),
        decimals=2,
        remarks=(Sentence("flows.city_border_unknown", {}),),
        levels=(Level.REGION,),
    )
