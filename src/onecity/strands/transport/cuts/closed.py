"""What closing crossings and single roads costs, ranked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from onecity.core.words import Language
from onecity.models.cuts import Losses, losses_of
from onecity.strands.contract import Level
from onecity.strands.units import Reals, Rows

from .columns import named
from .ground import Ground
from .rivers import Crossing, legs_over

MOST_CROSSINGS = 18
"""Crossings that are closed, those with most trips first."""
MOST_RIVERS = 4
"""Rivers all of whose crossings are closed together, those with most trips first."""


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """Road edges that close together.

    Attributes
    ----------
    name
        What they are, in both languages.
    edges
        Rows of ``road_edges``.
    point
        Longitude and latitude, where it is at one place.
    legs
        Arcs of access legs and local links that close with them.
    """

    name: Mapping[Language, str]
    edges: Rows
    point: tuple[float, float] | None = None
    legs: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    def arcs(self, ground: Ground) -> Rows:
        """Return all arcs that close."""
        return np.concatenate([ground.arcs_of(self.edges), self.legs])


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """Closures and what they cost.

    Attributes
    ----------
    closures
        What closes, the costliest first.
    losses
        What each costs, in the same order.
    people
        Residents whom it leaves without a way to most others, shape (closures,).
    """

    closures: tuple[Closure, ...]
    losses: Losses
    people: Reals

    def rows(self, *, one_place: bool) -> Rows:
        """Return the closures at one place, or the others."""
        at = [(one.point is not None) == one_place for one in self.closures]
        return np.flatnonzero(at)


def close(ground: Ground, closures: Sequence[Closure], hours_of_cut: float) -> Closed:
    """Return what closures cost, ranked.

    Parameters
    ----------
    hours_of_cut
        How many hours a trip that has no way left counts as lost; for the order alone.
    """
    arcs = [one.arcs(ground) for one in closures]
    found = losses_of(ground.travel.network, ground.nodes, ground.trips, arcs)
    order = np.lexsort((-found.users, -(found.hours + hours_of_cut * found.cut)))
    ranked = Losses(
        users=found.users[order],
        hours=found.hours[order],
        slower=found.slower[order],
        cut=found.cut[order],
        pairs=found.pairs[order],
        hours_by_place=found.hours_by_place[order],
        cut_by_place=found.cut_by_place[order],
    )
    chosen = tuple(closures[row] for row in order)
    people = [
        _left_alone(ground, one.arcs(ground)) if cut > 0 else 0.0
        for one, cut in zip(chosen, ranked.cut, strict=True)
    ]
    return Closed(chosen, ranked, np.array(people))


def over_water(ground: Ground, crossings: Sequence[Crossing]) -> tuple[list[Closure], int]:
    """Return crossings to close, then whole rivers and all ferries; and how many there are.

    A river closes with the assumed legs over it, which no flood or fog would leave open either.
    Crossings that lie outside the region and that no trip uses are not counted; they close with
    their river, or the way around would lead over what is left of it at the edge of the data.
    """
    load = {id(one): float(ground.load[one.edges].sum()) for one in crossings}
    used = [one for one in crossings if load[id(one)] > 0 or _inside(ground, one)]
    used.sort(key=lambda one: -load[id(one)])
    names = [name_of(ground, one) for one in used]
    twice = Counter(one["zh"] for one in names)
    made = [
        Closure(_told_apart(name, one, twice[name["zh"]]), one.edges, one.point)
        for name, one in zip(names[:MOST_CROSSINGS], used, strict=False)
    ]
    by_river: dict[str, list[Crossing]] = {}
    for one in crossings:
        if one.river is not None:
            by_river.setdefault(one.river.name.zh, []).append(one)
    rivers = [some for some in by_river.values() if len(some) > 1]
    rivers.sort(key=lambda some: -sum(load[id(one)] for one in some))
    chosen = [(some[0].river, some) for some in rivers[:MOST_RIVERS] if some[0].river is not None]
    legs = legs_over(ground, [river for river, _ in chosen])
    for (river, some), over in zip(chosen, legs, strict=True):
        name = named("cuts.whole_river", river=river.name, count=len(some))
        edges = np.unique(np.concatenate([one.edges for one in some]))
        made.append(Closure(name, edges, legs=over))
    ferries = [one for one in used if one.ferry]
    if len(ferries) > 1:
        name = named("cuts.all_ferries", count=len(ferries))
        made.append(Closure(name, np.unique(np.concatenate([one.edges for one in ferries]))))
    return made, len(used)


def _told_apart(
    name: Mapping[Language, str], crossing: Crossing, count: int
) -> Mapping[Language, str]:
    """Return a name, with the position where others are called the same."""
    if count == 1:
        return name
    lon, lat = crossing.point
    return named("cuts.at", name=name, lon=lon, lat=lat)


def _inside(ground: Ground, crossing: Crossing) -> bool:
    ends = np.stack([ground.travel.tail[crossing.edges], ground.travel.head[crossing.edges]])
    return bool((ground.city[ends] >= 0).all())


def name_of(ground: Ground, crossing: Crossing) -> Mapping[Language, str]:
    """Return the name of a crossing: its road's, or its river's, and the counties it joins."""
    places = places_of(ground, crossing.edges)
    road = _road(ground, crossing.edges)
    river = None if crossing.river is None else crossing.river.name
    if crossing.ferry:
        return named("cuts.ferry", road=road or _UNNAMED_FERRY, places=places)
    if road is None:
        return named("cuts.crossing", river=river, places=places)
    return named("cuts.crossing_named", river=river, road=road, places=places)


_UNNAMED_FERRY: Mapping[Language, str] = named("cuts.ferry_word")


def road_name(ground: Ground, edges: Rows) -> Mapping[Language, str]:
    """Return the name of a road: its own, or the counties it joins."""
    road, places = _road(ground, edges), places_of(ground, edges)
    if road is None:
        return named("cuts.road", places=places)
    return named("cuts.road_named", road=road, places=places)


def _road(ground: Ground, edges: Rows) -> Mapping[Language, str] | None:
    names = ground.region.table("road_edges")["name"].iloc[edges].dropna().unique()
    if not len(names):
        return None
    return {"zh": "、".join(map(str, names[:2])), "en": ", ".join(map(str, names[:2]))}


def places_of(ground: Ground, edges: Rows) -> Mapping[Language, str]:
    """Return the counties that edges begin and end in, as words."""
    counties = ground.region.table("counties")
    travel, far = ground.travel, 10**9
    outer = np.setxor1d(travel.tail[edges], travel.head[edges])
    ends = outer if len(outer) else np.concatenate([travel.tail[edges], travel.head[edges]])
    rows = np.unique(np.where(ground.county[ends] < 0, far, ground.county[ends]))
    zh = [str(counties["name_zh"].iloc[row]) for row in rows if row < far]
    given = [counties["name_en"].iloc[row] for row in rows if row < far]
    en = [one if isinstance(one, str) else name for one, name in zip(given, zh, strict=True)]
    if far in rows:
        outside = named("cuts.outside")
        zh, en = [*zh, outside["zh"]], [*en, outside["en"]]
    return {"zh": "—".join(zh), "en": "–".join(en)}


def _left_alone(ground: Ground, arcs: Rows) -> float:
    """Return the residents outside the piece with most of them, once arcs are closed.

    Those that are outside with all roads open are not counted.
    """
    before, after = _outside(ground, arcs[:0]), _outside(ground, arcs)
    people = ground.region.table("zones")["people"].to_numpy(dtype=np.float64)
    return float(people[after & ~before].sum())


def _outside(ground: Ground, arcs: Rows) -> np.ndarray:
    travel = ground.travel
    open_ = np.isfinite(travel.seconds)
    open_[arcs] = False
    size = travel.roads + travel.zones
    links = coo_array(
        (np.ones(int(open_.sum())), (travel.tail[open_], travel.head[open_])), shape=(size, size)
    )
    label = connected_components(links, directed=True, connection="strong")[1][travel.roads :]
    people = ground.region.table("zones")["people"].to_numpy(dtype=np.float64)
    return np.asarray(label != np.bincount(label, people).argmax())


def worst_minutes(ground: Ground, closed: Closed, level: Level) -> Reals:
    """Return for each unit the minutes a day that its residents lose by their worst closure.

    Of closures at one place; residents are those of cells, trips those that begin there.
    """
    codes = ground.units[level].codes
    county = ground.cells.county
    unit = county
    if level is Level.CITY:
        cities = ground.region.table("counties")["city"]
        unit = np.asarray(codes.get_indexer(cities))[county]
    elif level is Level.REGION:
        unit = np.zeros(len(county), np.int64)
    people = np.bincount(unit, ground.cells.people, minlength=len(codes))
    rows = closed.rows(one_place=True)
    worst = np.zeros(len(codes))
    for row in rows:
        hours = np.bincount(unit, closed.losses.hours_by_place[row], minlength=len(codes))
        worst = np.maximum(worst, hours)
    result = np.full(len(codes), np.nan)
    np.divide(60 * worst, people, out=result, where=people > 0)
    return result if len(rows) else np.full(len(codes), np.nan)
