"""Lists of a topic on flows: pairs of cities, lists of flows, circles and areas side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.words import Language, Sentence, both, say
from onecity.region.store import Region
from onecity.strands.contract import Indicator
from onecity.strands.examination import Ranked, Ranking
from onecity.strands.units import Reals, Rows

from .areas import Areas, Land
from .effects import Effects
from .indicators import (
    AS_DISTANCE,
    AS_MINUTES,
    CROSS,
    EXPECTED,
    FLOWING,
    HIGH,
    KEPT,
    KEY,
    LOW,
    MISSING,
    PERMEABILITY,
    WITHOUT,
    Figure,
)
from .lists import FlowList
from .opened import Opened

_NAMED = 4
"""Counties that the name of an area lists."""


def missing_pairs(region: Region, given: FlowList, seen: Opened) -> Ranking | None:
    """Return pairs of cities by what is missing of their flows; None where it is not known."""
    if seen.open_flows is None:
        return None
    one, other = np.triu_indices(len(seen.flows), 1)
    now = (seen.flows + seen.flows.T)[one, other]
    free = (seen.open_flows + seen.open_flows.T)[one, other]
    # Both directions count: where one is not known, the sum is no sum.
    known = (seen.known & seen.known.T)[one, other]
    kept = np.flatnonzero((free > 0) & known)
    order = kept[np.argsort(-(free - now)[kept], kind="stable")]
    columns = (FLOWING, WITHOUT, MISSING, KEPT)
    rows = tuple(
        _pair(region, one[k], other[k], (now[k], free[k], free[k] - now[k], 100 * now[k] / free[k]))
        for k in order
    )
    return _ranking(region, "missing_pairs", columns, rows, (_unit(given),))


def odd_pairs(region: Region, given: FlowList, expected: Reals) -> Ranking | None:
    """Return pairs of cities by how far listed flows fall short of what gravity expects."""
    crossing = given.listed & np.isfinite(expected) & (expected > 0) & given.crosses
    if not crossing.any():
        return None
    cities = len(region.table("cities"))
    low = np.minimum(given.city[given.origin], given.city[given.destination])
    high = np.maximum(given.city[given.origin], given.city[given.destination])
    key = (low * cities + high)[crossing]
    now = np.bincount(key, given.flow[crossing], cities * cities)
    likely = np.bincount(key, expected[crossing], cities * cities)
    some = np.flatnonzero(likely > 0)
    order = some[np.argsort((now / np.where(likely > 0, likely, 1.0))[some], kind="stable")]
    columns = (FLOWING, EXPECTED, KEPT)
    rows = tuple(
        _pair(region, *divmod(int(k), cities), (now[k], likely[k], 100 * now[k] / likely[k]))
        for k in order
    )
    remarks = (_unit(given), Sentence(f"{KEY}.odd_pairs_listed")) if given.cut else (_unit(given),)
    return _ranking(region, "odd_pairs", columns, rows, remarks)


def every_list(region: Region, told: Sequence[tuple[FlowList, Effects | None, float]]) -> Ranking:
    """Return every list of the region with what it says of city borders, in their order."""
    columns = (PERMEABILITY, LOW, HIGH, AS_DISTANCE, AS_MINUTES, CROSS)
    rows = []
    for given, effects, share in told:
        circle = None if effects is None else effects.circle
        values = np.full(len(columns), np.nan)
        values[5] = 100 * share
        if effects is not None and circle is not None:
            # Capped alike, or the figure would lie outside its own range.
            middle, ends = np.array([circle.beta]), np.array(circle.interval)
            values[:3] = np.minimum(1.0, np.exp(np.concatenate([middle, ends])))
            values[3:5] = effects.distance_factor, effects.minutes
        remarks = given.remarks
        if effects is not None and circle is None:
            remarks = (*effects.remarks, *remarks)
        if not given.tells:
            remarks = (Sentence("flows.city_border_unknown"), *remarks)
        rows.append(Ranked(_list_name(given), _plain(values), remarks=remarks))
    return _ranking(region, "every_list", columns, tuple(rows), ())


def circles(land: Land, areas: Areas | None, columns: tuple[Indicator, ...], key: str) -> Ranking:
    """Return the definitions of the one-hour circle side by side.

    Parameters
    ----------
    columns
        What people and counties are, in this order.
    key
        Of the ranking, in the catalogue.
    """
    told = [("circle_reach", land.in_reach, land.reach_people)]
    if areas is not None and areas.urban is not None:
        rounds, inside = areas.urban.round, areas.in_urban
        first = np.where(((rounds > 1) | (rounds == -1)) & ~np.isnan(inside), 0.0, inside)
        told += [
            ("circle_urban_first", first, _people(first, land)),
            ("circle_urban", inside, _people(inside, land)),
        ]
        members = areas.in_work
        if not np.isnan(members).all():
            told.append(("circle_work", members, _people(members, land)))
    rows = tuple(
        Ranked(_said(f"{KEY}.{name}"), (people, _count(members))) for name, members, people in told
    )
    return Ranking(key, columns, rows, len(rows))


def _people(members: Reals, land: Land) -> float:
    """Return how many live in the places that are known to belong."""
    return float(np.nan_to_num(members) @ land.people)


def _count(members: Reals) -> float:
    """Return how many places belong; NaN where nothing is known of any."""
    return float(np.nansum(members)) if not np.isnan(members).all() else float("nan")


def drawn_areas(
    region: Region,
    land: Land,
    areas: Areas,
    columns: tuple[Indicator, ...],
    keys: tuple[str, str],
) -> list[Ranking]:
    """Return urban and travel-to-work areas by people, named by the counties they are made of.

    Of an urban area those of its core first, else the most populous first.

    Parameters
    ----------
    columns
        What people and counties are, in this order.
    keys
        Of the rankings of urban and of travel-to-work areas, in the catalogue.
    """
    if areas.urban is None or areas.work is None:
        return []
    core = areas.urban.round == 0
    everywhere = np.ones(len(core), np.bool_)
    drawn = ((areas.urban.area, core), (areas.work.area, everywhere))
    return [
        _areas(region, land, area, first, columns, key)
        for (area, first), key in zip(drawn, keys, strict=True)
    ]


def _areas(
    region: Region,
    land: Land,
    area: Rows,
    first: NDArray[np.bool_],
    columns: tuple[Indicator, ...],
    key: str,
) -> Ranking:
    counties = region.table("counties")
    cities = list(region.table("cities")["city"])
    rows = []
    for number in np.unique(area[area >= 0]):
        members = np.flatnonzero(area == number)
        members = members[np.lexsort((-land.people[members], ~first[members]))]
        codes = dict.fromkeys(cities[land.city[k]] for k in members)
        values = (float(land.people[members].sum()), float(len(members)))
        rows.append(Ranked(_names(counties, members), values, tuple(sorted(codes))))
    rows.sort(key=lambda one: -one.values[0])
    return Ranking(key, columns, tuple(rows), len(rows))


def _ranking(
    region: Region,
    name: str,
    columns: Sequence[Figure],
    rows: tuple[Ranked, ...],
    remarks: tuple[Sentence, ...],
) -> Ranking:
    given = tuple(one.at(region) for one in columns)
    return Ranking(f"{KEY}.{name}", given, rows, len(rows), remarks)


def _pair(region: Region, one: int, other: int, values: tuple[float, ...]) -> Ranked:
    table = region.table("cities")
    ends = table.iloc[[one, other]]
    chinese, english = "—".join(ends["name_zh"]), "–".join(_latin(ends))
    codes = tuple(sorted(ends["city"]))
    return Ranked({"zh": chinese, "en": english}, tuple(float(x) for x in values), codes)


def _latin(table: pd.DataFrame) -> list[str]:
    """Return English names, Chinese where there is none."""
    pairs = zip(table["name_en"], table["name_zh"], strict=True)
    return [latin if isinstance(latin, str) and latin else han for latin, han in pairs]


def _names(table: pd.DataFrame, members: NDArray[np.integer]) -> dict[Language, str]:
    some = table.iloc[members[:_NAMED]]
    more = "…" if len(members) > _NAMED else ""
    named = both(list(some["name_zh"]), _latin(some))
    return {language: text + more for language, text in named.items()}


def _list_name(given: FlowList) -> dict[Language, str]:
    return {
        "zh": say(f"{KEY}.list_name", "zh", **given.name),
        "en": say(f"{KEY}.list_name", "en", **given.name),
    }


def _said(key: str) -> dict[Language, str]:
    return {"zh": say(key, "zh"), "en": say(key, "en")}


def _unit(given: FlowList) -> Sentence:
    return Sentence(f"{KEY}.in_unit", {"unit": given.unit})


def _plain(values: Reals) -> tuple[float, ...]:
    return tuple(float(x) for x in values)
