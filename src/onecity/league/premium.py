"""The same-circle premium of groups, from flows between the cities of the country.

The list is that of `onecity.region.sources.flows`, at city level: ``origin``, ``destination``
(codes or names), ``value``, ``year`` and ``listing``: whole, or top where each city's list is cut
off; where a file has both, whole lists alone count. For each group by itself: how many times as
much flows between its cities as between others as far apart and as strong, province borders held
apart; see `models.gravity.circles`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import InputError, MissingError
from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, Nature, Source
from onecity.core.words import LANGUAGES, Sentence, say
from onecity.models.gravity.circles import circle_flows, compact_groups
from onecity.region.flows import all_pairs
from onecity.region.sources.flows import Stated, join_flows, read_flows
from onecity.strands.travel import straight_km

from .gazetteer import City, gazetteer
from .groups import Group
from .standing import Premium

REACH_KM = 500.0
"""Pairs further apart are left out: they say nothing of groups, and are most of all pairs."""
PLACEBOS = 49
REDRAWS = 4
_KM_PER_DEGREE = 111.2
_LEVEL, _KIND, _UNIT = "city", "mobility", "index"


@dataclass(frozen=True, slots=True)
class CityFlows:
    """Flows between cities within reach, as `circle_flows` asks for them.

    Attributes
    ----------
    cities
        The places 0..Z-1.
    origin, destination, flow, listed, km
        Of each pair.
    source
        The file.
    remarks
        What was left out of it.
    """

    cities: tuple[City, ...]
    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    flow: NDArray[np.float64]
    listed: NDArray[np.bool_]
    km: NDArray[np.float64]
    source: Source
    remarks: tuple[Sentence, ...] = ()

    @property
    def province(self) -> NDArray[np.int64]:
        """Number of each city's province."""
        codes = [one.code[:2] for one in self.cities]
        return np.asarray(np.unique(codes, return_inverse=True)[1], np.int64)


def read_city_flows(path: str | os.PathLike[str]) -> CityFlows:
    """Read flows between cities; rows of places that no list of cities knows are left out.

    Raises
    ------
    InputError
        As `read_flows`; several kinds or years in one file, a city under two names, or no two
        cities within reach.
    """
    known = gazetteer()
    names = [*known.cities, *known.spelt, *(one.name_en for one in known.cities.values())]
    codes = {name: one.code for name in names if (one := known.find(name)) is not None}
    try:
        read = read_flows(
            path,
            codes={_LEVEL: set(codes)},
            stated=Stated("city", _KIND, None, _UNIT, None),
            outside="leave_out",
        )
    except MissingError as error:
        if error.key != "flows.not_stated":
            raise
        values = {name: error.values[name] for name in ("path", "column")}
        raise MissingError("league.flows_column", **values) from error
    table = read.table
    for column in ("kind", "year"):
        given = sorted(set(table[column].astype(str)))
        if len(given) > 1:
            raise InputError(
                "league.flows_several", path=str(path), column=column, given=", ".join(given)
            )
    for end in ("origin", "destination"):
        table = table.assign(**{end: table[end].map(codes)})
    twice = table.duplicated(["origin", "destination"])
    if twice.any():
        row = table[twice].iloc[0]
        ends = {end: known.cities[row[end]].name_zh for end in ("origin", "destination")}
        raise InputError("league.flows_twice", path=str(path), **ends)
    whole = table["listing"] == "whole"
    remarks = list(read.report.sentences)
    if whole.any() and not whole.all():
        lost = int(table.loc[~whole, "origin"].nunique())
        remarks.append(Sentence("flow_findings.cut_left_out", {"count": lost}))
        table = table[whole]
    found = join_flows([replace(read, table=table)], {_LEVEL: list(known.cities)}).table
    return replace(_paired(found, Path(path)), remarks=tuple(remarks))


def _paired(table: pd.DataFrame, path: Path) -> CityFlows:
    spoken = sorted({*table["origin"], *table["destination"]})
    cities = tuple(gazetteer().cities[code] for code in spoken)
    kind, year = str(table["kind"].iloc[0]), int(table["year"].iloc[0])
    pairs = all_pairs(table, spoken, level="city", kind=kind, year=year)
    o, d = pairs.origin, pairs.destination
    lon, lat = (np.array([getattr(one, name) for one in cities]) for name in ("lon", "lat"))
    km = straight_km(lon[o], lat[o], lon[d], lat[d])
    kept = (km > 0) & (km <= REACH_KM)
    if not pairs.listed.all():
        # The likelihood is of logarithms: where a cut-off list tells of none, nothing is known.
        kept &= pairs.flow > 0
    if not kept.any():
        raise InputError("league.flows_too_far", path=str(path), km=REACH_KM)
    zh, en = (say("league.flows_source", language) for language in LANGUAGES)
    source = Source("flows", zh, en, path.name, "-", str(year), Grade.E, Nature.OBSERVED)
    return CityFlows(
        cities, o[kept], d[kept], pairs.flow[kept], pairs.listed[kept], km[kept], source
    )


def premiums(
    groups: Sequence[Group], flows: CityFlows, *, progress: Progress = SILENCE
) -> Mapping[str, Premium | Sentence]:
    """Return the premium of each group by its key, or why there is none."""
    progress.stage("league.stage_flows", len(groups))
    found: dict[str, Premium | Sentence] = {}
    for group in groups:
        found[group.key] = _premium(group, flows)
        progress.advance()
    return found


def _premium(group: Group, flows: CityFlows) -> Premium | Sentence:
    codes = {one.city.code for one in group.members}
    circle = np.array([0 if one.code in codes else -1 for one in flows.cities], np.int64)
    here = int((circle == 0).sum())
    inside = (circle[flows.origin] == 0) & (circle[flows.destination] == 0)
    if here < 2 or not flows.listed[inside].any():
        return Sentence("league.no_premium", {"here": here, "members": len(codes)})
    lon = np.array([one.lon for one in flows.cities])
    lat = np.array([one.lat for one in flows.cities])
    x, y = lon * np.cos(np.radians(lat.mean())) * _KM_PER_DEGREE, lat * _KM_PER_DEGREE
    try:
        effect = circle_flows(
            flows.origin,
            flows.destination,
            flows.flow,
            flows.listed,
            flows.km,
            circle=circle,
            province=flows.province,
            circle_placebos=compact_groups(x, y, [here], count=PLACEBOS),
            redraws=REDRAWS,
        ).circle
    except InputError as error:
        return Sentence("league.no_premium_because", {"reason": _reason(error)})
    return Premium(
        factor=effect.factor,
        interval=effect.factor_interval,
        p=effect.p_value,
        placebos=int((~np.isnan(effect.placebos)).sum()),
        members=(here, len(codes)),
    )


def _reason(error: InputError) -> dict[str, str]:
    return {language: error.text(language) for language in LANGUAGES}
