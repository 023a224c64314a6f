"""The topic itself: figures, lists and layers of hubs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Better, Findings, Layer, Level, Need
from onecity.strands.examination import Examination, Ranked, Ranking, Topic
from onecity.strands.scales import BLUES, NEAR_DARK, fixed
from onecity.strands.transport.cuts.columns import Figure, indicator_of
from onecity.strands.transport.indicators import REACH
from onecity.strands.transport.remarks import on_people, on_times
from onecity.strands.travel import network_of
from onecity.strands.units import Name, Reals, Units

from .reach import KINDS, Reach, has_hubs, reach_of

KEY = "hubs"
LIMITS = (60, 90, 120)
"""Minutes to a hub that people are counted within."""
ALONE = 90
"""Within this many minutes a hub is one that people can choose."""
MINUTES = (30.0, 45.0, 60.0, 90.0, 120.0, 180.0)
PERCENT = (5.0, 20.0, 40.0, 60.0, 80.0, 95.0)

_TABLES = (*REACH, "places")
_ALL, _ABOVE = tuple(Level), (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION)


def _figures(kind: str) -> tuple[Figure, ...]:
    """Return the figures of units for one kind of hub."""
    higher = Better.HIGHER
    return (
        Figure(f"hubs.minutes_{kind}", "minutes", Better.LOWER, _TABLES, 1, _ALL),
        Figure(f"hubs.minutes_second_{kind}", "minutes", Better.LOWER, _TABLES, 1, _ALL),
        *(
            Figure(f"hubs.share_{kind}_{limit}", "percent", higher, _TABLES, 1, _ABOVE)
            for limit in LIMITS
        ),
        Figure(f"hubs.alone_{kind}", "percent", Better.NEITHER, _TABLES, 1, _ABOVE),
    )


PEOPLE = tuple(Figure(f"hubs.people_{limit}", "people", Better.HIGHER, _TABLES) for limit in LIMITS)
NEAREST = Figure("hubs.people_nearest", "people", Better.NEITHER, _TABLES)
ONLY = Figure("hubs.people_only", "people", Better.NEITHER, _TABLES)
GDP = tuple(
    Figure(f"hubs.gdp_{limit}", "yi_cny", Better.HIGHER, (*_TABLES, "industries"), 1)
    for limit in LIMITS
)
MEAN = Figure("hubs.minutes", "minutes", Better.LOWER, _TABLES, 1)
WITHIN = Figure("hubs.share_within", "percent", Better.HIGHER, _TABLES, 1)
FIRST = Figure("hubs.share_nearest", "percent", Better.NEITHER, _TABLES, 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """All that was found, before it is told."""

    region: Region
    reach: Reach
    units: Mapping[Level, Units]
    people: Reals
    gdp: Reals | None
    remarks: tuple[Sentence, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of hubs on the network."""
        return tuple(kind for kind in KINDS if len(self.reach.of_kind(kind)))


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return how far a region's hubs are, whom they serve, and whom one alone serves.

    Raises
    ------
    InputError
        If tables name nodes, zones, counties or cities that the region does not have.
    """
    progress.stage("hubs.stage")
    travel = network_of(region)
    seen = _Seen(
        region=region,
        reach=reach_of(region, travel),
        units=u.units_of(region),
        people=region.table("zones")["people"].to_numpy(dtype=np.float64),
        gdp=gdp_of_zones(region),
        remarks=(*on_times(region, travel), *on_people(region)),
    )
    findings = _findings(seen)
    rankings = (_hubs(seen), _cities(seen)) if seen.reach.hubs else ()
    return Examination(KEY, findings, rankings, _layers(seen, findings))


def gdp_of_zones(region: Region) -> Reals | None:
    """Return value added in each zone, CNY: a county's or city's latest year, by residents.

    Counties that have no figure of their own take their share of what the city has beyond the
    counties that do. NaN where neither a county nor its city has a figure; None where the region
    has no figures at all.
    """
    if not region.has("industries"):
        return None
    table = region.table("industries")
    table = table[table["value_added_cny"].notna()]
    if table.empty:
        return None
    latest = table.groupby(["level", "code"])["year"].transform("max")
    sums = table[table["year"] == latest].groupby(["level", "code"])["value_added_cny"].sum()
    zones = region.table("zones")
    people = zones["people"].to_numpy(dtype=np.float64)
    given = {
        level: zones[level].map(sums[level] if level in sums.index.levels[0] else {})
        for level in ("county", "city")
    }
    gdp = np.full(len(zones), np.nan)
    own = given["county"].notna().to_numpy()
    total = zones.groupby("county")["people"].transform("sum").to_numpy(dtype=np.float64)
    gdp[own] = (given["county"].to_numpy(dtype=np.float64) * _part(people, total))[own]
    covered = pd.Series(np.where(own, gdp, 0.0)).groupby(zones["city"]).transform("sum")
    rest = np.maximum(given["city"].to_numpy(dtype=np.float64) - covered.to_numpy(), 0.0)
    left = pd.Series(np.where(own, 0.0, people)).groupby(zones["city"]).transform("sum")
    gdp[~own] = (rest * _part(people, left.to_numpy(dtype=np.float64)))[~own]
    return gdp


def _without_gdp(seen: _Seen) -> tuple[Sentence, ...]:
    """Return what is to be said of counties that no figure speaks of, if there are any."""
    if seen.gdp is None:
        return ()
    lacking = seen.region.table("zones")["county"][np.isnan(seen.gdp)].nunique()
    return (Sentence("hubs.gdp_lacking", {"count": int(lacking)}),) if lacking else ()


def _part(people: Reals, total: Reals) -> Reals:
    part = np.zeros(len(people))
    np.divide(people, total, out=part, where=total > 0)
    return part


def _findings(seen: _Seen) -> Findings:
    tables: dict[Level, pd.DataFrame] = {}
    known = {one.key: one for kind in seen.kinds for one in _figures(kind)}
    for level, units in seen.units.items():
        columns: dict[str, Reals] = {}
        for kind in seen.kinds:
            columns |= _columns(seen, kind, level, units)
        tables[level] = u.frame(units, columns)
    given = {name for table in tables.values() for name in table.columns}
    made = {
        key: indicator_of(one, seen.region, seen.remarks)
        for key, one in known.items()
        if key in given
    }
    head = [f"hubs.minutes_{kind}" for kind in seen.kinds]
    head += [f"hubs.share_{kind}_{limit}" for kind in seen.kinds for limit in LIMITS[:2]]
    head += [key for kind in seen.kinds if (key := f"hubs.alone_{kind}") in made]
    return Findings(
        strand="transport",
        region_hash=seen.region.hash,
        indicators=made,
        tables=tables,
        remarks=_remarks(seen),
        headline=tuple(head),
    )


def _columns(seen: _Seen, kind: str, level: Level, units: Units) -> dict[str, Reals]:
    minutes = np.sort(seen.reach.minutes[seen.reach.of_kind(kind)], axis=0)
    times = {f"hubs.minutes_{kind}": minutes[0]}
    if len(minutes) > 1:
        times[f"hubs.minutes_second_{kind}"] = minutes[1]
    if level is Level.ZONE:
        return {key: np.where(np.isfinite(one), one, np.nan) for key, one in times.items()}
    columns = {key: u.mean(units, one, seen.people) for key, one in times.items()}
    for limit in LIMITS:
        inside = u.share(units, minutes[0] <= limit, seen.people)
        columns[f"hubs.share_{kind}_{limit}"] = 100 * inside
    if len(minutes) > 1:
        alone = (minutes[0] <= ALONE) & (minutes[1] > ALONE)
        columns[f"hubs.alone_{kind}"] = 100 * u.share(units, alone, seen.people)
    return columns


def _remarks(seen: _Seen) -> tuple[Sentence, ...]:
    remarks = [Sentence("hubs.by_car")]
    remarks += [Sentence("hubs.lost", {"hub": name}) for name in seen.reach.lost]
    remarks += [
        Sentence("hubs.outside", {"hub": one.name}) for one in seen.reach.hubs if one.outside
    ]
    remarks += [
        Sentence("hubs.one_only", {"hub": seen.reach.hubs[rows[0]].name})
        for kind in seen.kinds
        if len(rows := seen.reach.of_kind(kind)) == 1
    ]
    if not seen.reach.hubs:
        remarks.append(Sentence("hubs.none"))
    if seen.gdp is None:
        remarks.append(Sentence("hubs.without_gdp"))
    return tuple(remarks)


def _nearest(seen: _Seen, hub: int) -> np.ndarray:
    """Return the zones that a hub is the nearest of its kind to; of equal ones the first."""
    rows = seen.reach.of_kind(seen.reach.hubs[hub].kind)
    minutes = seen.reach.minutes[rows]
    return np.asarray((rows[minutes.argmin(axis=0)] == hub) & np.isfinite(minutes.min(axis=0)))


def _hubs(seen: _Seen) -> Ranking:
    figures = (*PEOPLE, NEAREST, ONLY, *(GDP if seen.gdp is not None else ()))
    columns = tuple(indicator_of(one, seen.region, seen.remarks) for one in figures)
    rows = [_hub_row(seen, row) for row in range(len(seen.reach.hubs))]
    order = sorted(range(len(rows)), key=lambda row: (_kind(seen, row), -rows[row].values[1]))
    shown = () if seen.gdp is None else (Sentence("hubs.gdp_modelled"), *_without_gdp(seen))
    return Ranking("hubs.ranking", columns, tuple(rows[row] for row in order), len(rows), shown)


def _kind(seen: _Seen, row: int) -> int:
    return KINDS.index(seen.reach.hubs[row].kind)


def _hub_row(seen: _Seen, row: int) -> Ranked:
    one, minutes, people = seen.reach.hubs[row], seen.reach.minutes[row], seen.people
    rows = seen.reach.of_kind(one.kind)
    within = (seen.reach.minutes[rows] <= ALONE).sum(axis=0)
    values = [float(people[minutes <= limit].sum()) for limit in LIMITS]
    values.append(float(people[_nearest(seen, row)].sum()))
    values.append(float(people[(minutes <= ALONE) & (within == 1)].sum()))
    if seen.gdp is not None:
        values += [float(np.nansum(seen.gdp[minutes <= limit])) / 1e8 for limit in LIMITS]
    return Ranked(one.name, tuple(values), (one.city,) if one.city else (), point=one.point)


def _cities(seen: _Seen) -> Ranking:
    """Return every city and hub, nearest first, kind by kind."""
    columns = tuple(indicator_of(one, seen.region, seen.remarks) for one in (MEAN, WITHIN, FIRST))
    units, cities = seen.units[Level.CITY], seen.region.table("cities")
    found = []
    for row, one in enumerate(seen.reach.hubs):
        minutes = seen.reach.minutes[row]
        values = (
            u.mean(units, minutes, seen.people),
            100 * u.share(units, minutes <= ALONE, seen.people),
            100 * u.share(units, _nearest(seen, row), seen.people),
        )
        for city, (code, zh, en) in enumerate(
            zip(cities["city"], cities["name_zh"], cities["name_en"], strict=True)
        ):
            name = Name(zh, en)
            ranked = Ranked(
                name={
                    "zh": f"{name.zh}→{one.name['zh']}",
                    "en": f"{name.en} → {one.name['en']}",
                },
                values=tuple(float(figure[city]) for figure in values),
                cities=(str(code),),
                point=one.point,
            )
            key = (_kind(seen, row), np.nan_to_num(ranked.values[0], nan=np.inf), city, row)
            found.append((key, ranked))
    found.sort(key=lambda pair: pair[0])
    rows = tuple(ranked for _, ranked in found)
    return Ranking("hubs.by_city", columns, rows, len(rows))


def _layers(seen: _Seen, findings: Findings) -> tuple[Layer, ...]:
    made = []
    for kind in seen.kinds:
        names = [(f"hubs.minutes_{kind}", Level.ZONE), (f"hubs.minutes_{kind}", Level.COUNTY)]
        names += [(f"hubs.alone_{kind}", Level.COUNTY)]
        for key, level in names:
            if key in findings.indicators:
                timed = "minutes" in key
                scale = fixed(MINUTES, NEAR_DARK) if timed else fixed(PERCENT, BLUES)
                layer = Layer(f"{key}.{level.value}", findings.indicators[key], level, scale)
                made.append(layer)
    return tuple(made)


TOPIC = Topic(
    strand="transport",
    key=KEY,
    needs=(
        *(Need(name) for name in ("cities", "counties", "places")),
        *(Need(name) for name in REACH[:4]),
        Need("local_links", optional=True, without=Sentence("transport.without_links")),
        Need("industries", optional=True, without=Sentence("hubs.without_gdp")),
    ),
    examine=examine,
    fits=has_hubs,
)
