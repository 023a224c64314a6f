"""Structure (强核、壮圈、带群), cohesion (内聚力), reach of the core (辐射力): measured figures.

Strong core (强核): the core city's share of all residents and, where industries are given, of value
added; *primacy*, its residents over those of the next largest city (Jefferson 1939, *Geographical
Review* 29).

Large circle (壮圈): the *reach of the core* (辐射力), the share of residents outside the core city
who are within 60 minutes of its centre.

Linked groups (带群): the share of residents outside the core city who are within 60 minutes of the
centre of another city than their own; *cohesion* (内聚力), the chance that two residents of
different cities, drawn at random, live within 60 minutes of each other; the *rank-size slope* of
the cities (a regression of ln(rank - 1/2) on ln(residents), Gabaix & Ibragimov 2011, *Journal of
Business & Economic Statistics* 29): the steeper, the more alike the cities (polycentric; Burger &
Meijers 2012, *Urban Studies* 49), the flatter, the more the largest stand out.

Times are free-flow by road, to the centre from where people live. For cohesion all residents of a
county set out from its most peopled zone, which takes a sweep for each county instead of one for
each zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Indicator, Level
from onecity.strands.travel import Travel, centres_of, network_of
from onecity.strands.units import Reals, Rows, Units

from . import indicators as known
from .indicators import LIMIT_MINUTES

_LIMIT_SECONDS = 60.0 * LIMIT_MINUTES
_FEWEST_CITIES = 3
"""A slope through fewer cities says nothing."""


@dataclass(frozen=True, slots=True)
class Structure:
    """How a region is built.

    Attributes
    ----------
    indicators
        What the figures are, by key.
    tables
        By level, with codes as index and a column for each figure given there.
    remarks
        What is left out, and why.
    """

    indicators: Mapping[str, Indicator]
    tables: Mapping[Level, pd.DataFrame]
    remarks: tuple[Sentence, ...]


def structure_of(region: Region, travel: Travel | None = None) -> Structure:
    """Return how a region is built.

    Parameters
    ----------
    travel
        Travel on it, where that is at hand.

    Raises
    ------
    InputError
        Tables name nodes, zones, counties or cities that the region does not have.
    """
    remarks: list[Sentence] = []
    figures = _of_people(region, remarks)
    figures |= _of_value(region, remarks)
    spread = _of_travel(region, travel or network_of(region))
    tables: dict[Level, pd.DataFrame] = {}
    used: set[str] = set()
    for level, units in u.units_of(region).items():
        columns: dict[str, Reals] = {}
        for one in known.STRUCTURE:
            if level in one.levels:
                if one.key in spread:
                    columns[one.key] = spread[one.key](units)
                elif level is Level.REGION and one.key in figures:
                    columns[one.key] = np.array([figures[one.key]])
        if columns and len(units.codes):
            tables[level] = u.frame(units, columns)
            used |= columns.keys()
    indicators = {one.key: one.at(region) for one in known.STRUCTURE if one.key in used}
    return Structure(indicators, tables, tuple(remarks))


# --- People and value added ----------------------------------------------------------------


def _of_people(region: Region, remarks: list[Sentence]) -> dict[str, float]:
    cities = region.table("cities")
    people = cities["people"].to_numpy(np.float64)
    core = (cities["city"] == region.manifest.core_city).to_numpy()
    figures = {}
    if core.any() and people.sum() > 0:
        figures[known.CORE_PEOPLE.key] = float(100 * people[core].sum() / people.sum())
        others = people[~core]
        if len(others) and others.max() > 0:
            figures[known.PRIMACY.key] = float(people[core].sum() / others.max())
    slope = rank_size_slope(people)
    if np.isfinite(slope):
        figures[known.RANK_SIZE.key] = slope
    else:
        remarks.append(Sentence("index.no_slope", {"count": _FEWEST_CITIES}))
    return figures


def rank_size_slope(people: Reals) -> float:
    """Return the slope of ln(rank - 1/2) on ln(residents), its sign turned: 1 is Zipf's law.

    Gabaix & Ibragimov (2011), equation (4). NaN for fewer than three cities with residents, or
    where all are of one size.
    """
    sizes = np.sort(people[people > 0])[::-1]
    if len(sizes) < _FEWEST_CITIES or sizes[0] == sizes[-1]:
        return float("nan")
    size = np.log(sizes) - np.log(sizes).mean()
    rank = np.log(np.arange(1, len(sizes) + 1) - 0.5)
    return float(-(size @ (rank - rank.mean())) / (size @ size))


def _of_value(region: Region, remarks: list[Sentence]) -> dict[str, float]:
    """Return the core's share of value added in the newest year that all cities are given for."""
    if not region.has("industries"):
        remarks.append(Sentence("index.no_industries"))
        return {}
    rows = region.table("industries")
    cities = list(region.table("cities")["city"])
    rows = rows[(rows["level"] == "city") & rows["value_added_cny"].notna()]
    sums = rows.pivot_table(
        index="year", columns="code", values="value_added_cny", aggfunc="sum"
    ).reindex(columns=cities)
    whole = sums.dropna()
    core = region.manifest.core_city
    if whole.empty or core not in whole or not whole.iloc[-1].sum() > 0:
        remarks.append(Sentence("index.industries_not_whole"))
        return {}
    newest = whole.sort_index().iloc[-1]
    return {known.CORE_VALUE.key: float(100 * newest[core] / newest.sum())}


# --- Times -------------------------------------------------------------------------------


class _Ratio:
    """A ratio of sums of zone values in units."""

    def __init__(self, above: Reals, below: Reals) -> None:
        self.above, self.below = above, below

    def __call__(self, units: Units) -> Reals:
        above, below = u.total(units, self.above), u.total(units, self.below)
        result = np.full(len(above), np.nan)
        np.divide(100 * above, below, out=result, where=below > 0)
        return result


def _of_travel(region: Region, travel: Travel) -> dict[str, _Ratio]:
    zones, cities = region.table("zones"), region.table("cities")
    people = zones["people"].to_numpy(np.float64)
    city = u.rows_of(pd.Index(cities["city"]), zones["city"], "zones", "city")
    core = (cities["city"] == region.manifest.core_city).to_numpy()
    outside = np.where(core[city], 0.0, people)
    centres = travel.roads + centres_of(region).zone
    # Times to the centres: the network the other way round, from them.
    seconds = travel.network.reversed().travel_times(centres, travel.zone_nodes)
    near = seconds <= _LIMIT_SECONDS
    other = near & (np.arange(len(cities))[:, None] != city[None, :])
    return {
        known.CORE_REACH.key: _Ratio(outside * near[core].any(axis=0), outside),
        known.OTHER_CENTRE.key: _Ratio(outside * other.any(axis=0), outside),
        known.COHESION.key: _cohesion(region, travel, people, city),
    }


def _cohesion(region: Region, travel: Travel, people: Reals, city: Rows) -> _Ratio:
    """Return pairs of residents of different cities within reach, and all such pairs, by zone.

    Each zone carries its share of its county's pairs, so that units add up.
    """
    county = pd.factorize(region.table("zones")["county"])[0]
    order = np.lexsort((-people, county))
    first = order[np.flatnonzero(np.diff(county[order], prepend=-1))]  # its most peopled zone
    seconds = travel.network.travel_times(travel.roads + first, travel.zone_nodes)
    foreign = city[first][:, None] != city[None, :]
    reached = ((seconds <= _LIMIT_SECONDS) & foreign) @ people
    others = foreign @ people
    return _Ratio(people * reached[county], people * others[county])
