"""The topic itself: figures, lists and layers of what roads hang on."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Better, Findings, Indicator, Layer, Level, Matrix, Need
from onecity.strands.examination import Examination, Ranked, Ranking, RoadLayer, Topic
from onecity.strands.scales import BROWNS, fixed, quantiles
from onecity.strands.transport.assumed import number
from onecity.strands.transport.indicators import LEGS, TIMES
from onecity.strands.transport.remarks import on_people, on_times
from onecity.strands.units import Name, Reals, Rows

from .assumed import cuts_assumed_in
from .between import MEASURES, Between, cuts_between
from .closed import Closed, Closure, close, over_water, road_name, worst_minutes
from .columns import Figure, indicator_of
from .ground import Ground
from .rivers import crossings_in, rivers_in
from .single import Single, single_roads

KEY = "cuts"
MOST_SINGLE = 8
"""Single roads that are closed, those with most people behind them first."""
NAMED = 12
"""Roads of a smallest cut that are named at most."""
PERCENT = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)

_ROADS = ("cities", "road_nodes", "road_edges")
_COURSES = ("cities", "road_nodes")
"""Where roads run is as sure as their nodes; the table of edges is graded by its assumed times."""
_BEHIND = (*LEGS, "road_edges")
_ABOVE = (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION)
_PLACES = (Level.COUNTY, Level.CITY, Level.REGION)

HOURS = Figure("cuts.hours", "person_hours")
TRIPS = Figure("cuts.trips", "trips/day")
CUT = Figure("cuts.cut_trips", "trips/day")
PAIRS = Figure("cuts.cut_pairs", "count")
PEOPLE = Figure("cuts.cut_people", "people")
BEHIND = Figure("cuts.behind", "people", tables=_BEHIND)
ROADS = Figure("cuts.roads_between", "count", Better.HIGHER, _COURSES)
LANES = Figure("cuts.lanes_between", "lanes", Better.HIGHER, _ROADS, 1)
CAPACITY = Figure("cuts.capacity_between", "pcu/h", Better.HIGHER, _ROADS)
SINGLE_PEOPLE = Figure("cuts.single_people", "people", tables=_BEHIND, levels=(Level.ZONE, *_ABOVE))
SINGLE_SHARE = Figure("cuts.single_share", "percent", tables=_BEHIND, decimals=1, levels=_ABOVE)
SINGLE_ROADS = Figure("cuts.single_roads", "count", tables=_BEHIND, levels=_PLACES)
WORST = Figure("cuts.worst_minutes", "minutes", decimals=2, levels=_PLACES)
CROSSINGS = Figure(
    "cuts.crossings", "count", Better.HIGHER, (*_COURSES, "water"), levels=(Level.REGION,)
)

TREE = (SINGLE_PEOPLE, SINGLE_SHARE, SINGLE_ROADS)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """All that was found, before it is told."""

    ground: Ground
    single: Single
    water: Closed
    roads: Closed
    between: Between | None
    crossings: int
    given: Mapping[str, Assumption]
    times: tuple[Sentence, ...]
    always: tuple[Sentence, ...]


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return what a region's roads hang on.

    Raises
    ------
    InputError
        If tables name nodes, zones, counties or cities that the region does not have, a road
        has no lanes, or an assumption is no number.
    """
    given = cuts_assumed_in(region)
    progress.stage("cuts.stage_trips")
    ground = Ground.of(region)
    progress.stage("cuts.stage_closing")
    single = single_roads(ground)
    charge = number(given["cut_trip_hours"])
    across = crossings_in(ground, rivers_in(ground), number(given["cut_crossing_m"]))
    closures, count = over_water(ground, across)
    roads = [
        Closure(road_name(ground, np.array([row])), np.array([row]), _middle(ground, int(row)))
        for row in single.apart_from_each_other(MOST_SINGLE)
    ]
    progress.stage("cuts.stage_between")
    several = len(ground.units[Level.CITY].codes) > 1
    seen = _Seen(
        ground=ground,
        single=single,
        water=close(ground, closures, charge),
        roads=close(ground, roads, charge),
        between=cuts_between(ground) if several else None,
        crossings=count,
        given=given,
        times=on_times(region, ground.travel),
        always=on_people(region),
    )
    findings = _findings(seen)
    rankings = (_over_water(seen), _on_single(seen), *_between(seen))
    trips = ground.assumed
    used = [trips.link_decay_minutes, trips.link_trips, trips.link_cells, *given.values()]
    used += seen.between.assumptions if seen.between else ()
    return Examination(
        topic=KEY,
        findings=findings,
        rankings=tuple(rankings),
        layers=_layers(seen, findings),
        assumptions=tuple(used),
    )


def _middle(ground: Ground, row: int) -> tuple[float, float]:
    course = ground.region.table("road_edges").geometry.iloc[row]
    spot = course.interpolate(0.5, normalized=True)
    return float(spot.x), float(spot.y)


def _findings(seen: _Seen) -> Findings:
    ground, single, region = seen.ground, seen.single, seen.ground.region
    people = region.table("zones")["people"].to_numpy(dtype=np.float64)
    beyond = people * single.behind
    tables: dict[Level, pd.DataFrame] = {}
    for level, units in ground.units.items():
        columns = {SINGLE_PEOPLE.key: beyond if level is Level.ZONE else u.total(units, beyond)}
        if level in _ABOVE:
            columns[SINGLE_SHARE.key] = 100 * u.share(units, single.behind, people)
        if level in _PLACES:
            columns[SINGLE_ROADS.key] = _roads_in(seen, level)
            columns[WORST.key] = worst_minutes(ground, seen.water, level)
        if level is Level.REGION:
            columns[CROSSINGS.key] = np.array([float(seen.crossings)])
        tables[level] = u.frame(units, columns)
    made = {one.key: indicator_of(one, region, seen.always) for one in TREE}
    made[WORST.key] = indicator_of(WORST, region, (*seen.times, *seen.always))
    made[CROSSINGS.key] = indicator_of(CROSSINGS, region)
    return Findings(
        strand="transport",
        region_hash=region.hash,
        indicators=made,
        tables=tables,
        matrices=_matrices(seen),
        remarks=_remarks(seen),
        headline=(CROSSINGS.key, WORST.key, SINGLE_ROADS.key, SINGLE_SHARE.key),
    )


def _roads_in(seen: _Seen, level: Level) -> Reals:
    """Return how many single roads begin in each unit."""
    ground, edges = seen.ground, seen.single.edges
    where = ground.county if level is Level.COUNTY else ground.city
    if level is Level.REGION:
        return np.array([float(len(edges))])
    row = where[ground.travel.tail[edges]]
    count = len(ground.units[level].codes)
    return np.bincount(row[row >= 0], minlength=count).astype(np.float64)


def _remarks(seen: _Seen) -> tuple[Sentence, ...]:
    region, single = seen.ground.region, seen.single
    people = region.table("zones")["people"].to_numpy(dtype=np.float64)
    remarks = [Sentence("cuts.closing_about"), Sentence("cuts.single_about")]
    if not region.has("water"):
        remarks.append(Sentence("cuts.without_water"))
    elif not seen.crossings:
        remarks.append(Sentence("cuts.no_crossings"))
    if single.apart.any():
        values = {"zones": int(single.apart.sum()), "people": float(people[single.apart].sum())}
        remarks.append(Sentence("cuts.apart", values))
    if seen.between is None:
        remarks.append(Sentence("cuts.one_city"))
    else:
        cities = region.table("cities")
        bare = [row for row in range(len(cities)) if not (seen.ground.city == row).any()]
        names = cities.iloc[bare]
        for zh, en in zip(names["name_zh"], names["name_en"], strict=True):
            remarks.append(Sentence("cuts.city_without_roads", {"city": Name(zh, en)}))
    return tuple(remarks)


def _over_water(seen: _Seen) -> Ranking:
    region, closed = seen.ground.region, seen.water
    remarks = (*seen.times, *seen.always)
    figures = (HOURS, TRIPS, CUT, PAIRS, PEOPLE)
    columns = tuple(indicator_of(one, region, remarks, (*one.tables, "water")) for one in figures)
    shown = (Sentence("cuts.closed_alone"), *_charged(seen))
    if seen.crossings > len(closed.rows(one_place=True)):
        told = {"count": len(closed.rows(one_place=True)), "total": seen.crossings}
        shown += (Sentence("cuts.most_used", told),)
    rows = tuple(_row(seen, closed, row) for row in range(len(closed.closures)))
    return Ranking("cuts.ranking_water", columns, rows, len(rows), shown)


def _charged(seen: _Seen) -> tuple[Sentence, ...]:
    return (Sentence("cuts.charged", {"hours": number(seen.given["cut_trip_hours"])}),)


def _row(seen: _Seen, closed: Closed, row: int, *more: float) -> Ranked:
    one, losses = closed.closures[row], closed.losses
    values = (losses.hours, losses.users, losses.cut, losses.pairs, closed.people)
    return Ranked(
        name=one.name,
        values=(*more, *(float(figure[row]) for figure in values)),
        cities=seen.ground.cities_of(one.edges),
        edges=tuple(int(edge) for edge in one.edges),
        point=one.point,
    )


def _on_single(seen: _Seen) -> Ranking:
    region, closed = seen.ground.region, seen.roads
    remarks = (*seen.times, *seen.always)
    figures = (BEHIND, HOURS, TRIPS, CUT, PAIRS, PEOPLE)
    columns = tuple(indicator_of(one, region, remarks) for one in figures)
    people = seen.single.people_of_edge
    rows = tuple(
        _row(seen, closed, row, float(people[one.edges[0]]))
        for row, one in enumerate(closed.closures)
    )
    return Ranking("cuts.ranking_single", columns, rows, len(seen.single.edges), _charged(seen))


def _between_indicators(seen: _Seen, between: Between) -> dict[str, Indicator]:
    region = seen.ground.region
    told = (Sentence("cuts.lanes_known", {"share": between.observed}),)
    made = {"roads": indicator_of(ROADS, region)}
    for name, one in (("lanes", LANES), ("capacity", CAPACITY)):
        plain = indicator_of(one, region, told)
        made[name] = Indicator(
            key=plain.key,
            unit=plain.unit,
            better=plain.better,
            nature=between.nature,
            grade=between.grade,
            sources=plain.sources,
            decimals=plain.decimals,
            remarks=plain.remarks,
            levels=plain.levels,
        )
    return made


def _matrices(seen: _Seen) -> tuple[Matrix, ...]:
    if seen.between is None:
        return ()
    codes = seen.ground.units[Level.CITY].codes
    made = _between_indicators(seen, seen.between)
    return tuple(
        Matrix(made[name], Level.CITY, _square(seen.between.values[name], codes))
        for name in MEASURES
    )


def _square(values: Reals, codes: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(values, index=codes, columns=codes.rename(None), dtype=float)


def _between(seen: _Seen) -> tuple[Ranking, ...]:
    """Return every two cities, those with the narrowest way between them first."""
    between = seen.between
    if between is None:
        return ()
    cities = seen.ground.region.table("cities")
    capacity = between.values["capacity"]
    rows = []
    for one, other in combinations(range(len(cities)), 2):
        # The narrower direction tells; of equal ones the first.
        pair = (one, other) if capacity[one, other] <= capacity[other, one] else (other, one)
        if pair not in between.edges:
            continue
        names = [Name(*cities[["name_zh", "name_en"]].iloc[row]) for row in pair]
        row = Ranked(
            name={"zh": f"{names[0].zh}→{names[1].zh}", "en": f"{names[0].en} → {names[1].en}"},
            values=tuple(float(between.values[name][pair]) for name in MEASURES),
            cities=tuple(str(cities["city"].iloc[row]) for row in pair),
            edges=tuple(int(edge) for edge in between.edges[pair]),
            remarks=_cut_at(seen, between.edges[pair]),
        )
        rows.append(row)
    rows.sort(key=lambda row: (row.values[2], row.values[0], row.cities))
    made = _between_indicators(seen, between)
    columns = tuple(made[name] for name in MEASURES)
    return (Ranking("cuts.ranking_between", columns, tuple(rows), len(rows)),)


def _cut_at(seen: _Seen, edges: Rows) -> tuple[Sentence, ...]:
    """Name the roads of a smallest cut, each once."""
    if not len(edges):
        return (Sentence("cuts.not_joined"),)
    names = [road_name(seen.ground, np.array([edge])) for edge in edges]
    zh = list(dict.fromkeys(one["zh"] for one in names))
    en = list(dict.fromkeys(one["en"] for one in names))
    more = ("……", ", ...") if len(zh) > NAMED else ("", "")
    told = {"zh": "、".join(zh[:NAMED]) + more[0], "en": ", ".join(en[:NAMED]) + more[1]}
    return (Sentence("cuts.cut_at", {"count": len(edges), "roads": told}),)


def _layers(seen: _Seen, findings: Findings) -> tuple[Layer | RoadLayer, ...]:
    found: list[Layer | RoadLayer] = []
    region, made = seen.ground.region, findings.indicators
    hours: dict[int, float] = {}
    for closed in (seen.water, seen.roads):
        for row in closed.rows(one_place=True):
            for edge in closed.closures[row].edges.tolist():
                hours[edge] = max(hours.get(edge, 0.0), float(closed.losses.hours[row]))
    if hours:
        indicator = indicator_of(HOURS, region, (*seen.times, *seen.always))
        found.append(_road_layer(indicator, pd.Series(hours, dtype=float).sort_index()))
    behind = pd.Series(seen.single.people_of_edge)
    behind = behind[behind > 0]
    if len(behind):
        found.append(_road_layer(indicator_of(BEHIND, region, seen.always), behind))
    for one, level, scale in (
        (SINGLE_SHARE, Level.COUNTY, fixed(PERCENT, BROWNS)),
        (WORST, Level.COUNTY, quantiles(findings.tables[Level.COUNTY][WORST.key], BROWNS)),
    ):
        found.append(Layer(f"{one.key}.{level.value}", made[one.key], level, scale))
    return tuple(found)


def _road_layer(indicator: Indicator, values: pd.Series) -> RoadLayer:
    frame = values.to_frame(indicator.key)
    return RoadLayer(f"{indicator.key}.road", indicator, frame, quantiles(values, BROWNS))


TOPIC = Topic(
    strand="transport",
    key=KEY,
    needs=(
        *(Need(name) for name in ("cities", "counties")),
        *(Need(name) for name in TIMES[1:5]),
        Need("local_links", optional=True, without=Sentence("transport.without_links")),
        Need("water", optional=True, without=Sentence("cuts.without_water")),
    ),
    examine=examine,
)
