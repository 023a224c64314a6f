"""From figures to proposals: evidence, cost, who gains, who pays, and what a reader must know.

Names in `Proposal.evidence` of a link:

``km``, ``straight_km``, ``minutes``
    Length of the link, straight line between its ends, and the time it takes.
``minutes_now``
    Quickest time between its ends today, of the quicker direction unless the link is no quicker
    than that; +inf where no way leads.
``detour``
    The second over the first.
``dead_ends``, ``near_miss``
    Whether it joins dead ends that face each other; whether one of its ends is a dead end so
    close to another road that it may be joined to it in the world.
``counties``, ``names``, ``cities``
    Of its two ends: codes and names of the counties, codes of the cities.
``city_border``, ``county_border``, ``banks``
    Whether the ends lie in different cities or counties; on which sides of the great river,
    where they differ, else None.
``along_river``
    Whether the straight line runs over a great river though both ends lie on one bank.
``water``, ``water_names``, ``railways``
    Number and names of waters crossed, places where railways are crossed; None where the
    region has no such table.
``roads``, ``roads_crossed``
    Names of the roads at its ends, None for one without; places where the straight line crosses
    roads that are there, None where the data does not hold every road.
``km_by_kind``
    Kilometres of road, bridge, river bridge and tunnel: two readings, the cheaper first.
``new_trips``
    Trips a day between places that no road joined before; they are not in the benefit.
``stands_out``
    Whether it is a finding to be shown whatever its rank: dead ends that face each other across
    a border, in data that holds every road.
``merged``
    Near-duplicates it stands for: node pairs (tail, head).
``compared``, ``scanned``
    Links left after near-duplicates and other forms were taken out, which compete in the
    draws; and all whose benefit was counted.
``lon``, ``lat``
    Of both ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from onecity.core.provenance import Grade, worst_grade
from onecity.core.words import Sentence
from onecity.region.interventions import AddRoad
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Proposal, Stability
from onecity.strands.travel import Travel
from onecity.strands.units import Name, Reals, Rows

from . import remarks as say
from .assumed import Assumed, number
from .candidates import Candidates
from .costs import Lengths, cost_of, gain_per_million, lengths_of, prices_of
from .indicators import TIMES, Definition, indicator
from .obstacles import Obstacles, obstacles_of
from .pairs import Reach
from .scale import cell_km2

GAIN = Definition("link_gain", "person_hours", Better.HIGHER, (), (*TIMES, "counties"), 0)
"""What a link saves in a day of assumed trips."""
_SMALL = 1_000.0
"""Where the best link saves less, as in a town, gains are shown to a tenth of a person-hour."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Links with all that was counted of them, best first.

    Attributes
    ----------
    links, roads
        The links, and what would be built.
    rank
        Of each among all that compete, 1 for the best, shape (links,).
    benefit
        Person-hours a day of each alone, shape (links,).
    by_county
        The same by row of the county where trips begin, shape (links, counties).
    new_trips
        Trips a day newly joined, shape (links,).
    order, added
        Place of each if they are built one after another, 0 first, and person-hours it adds
        there, shape (links,).
    stability
        Of each, None where the draws do not see it; empty where nothing was drawn.
    forms
        Node pairs of the near-duplicates each stands for.
    compared, scanned
        Links that compete in the draws, and all that were scanned.
    people_left_out
        Residents without a way to the roads, who make no trips.
    """

    links: Candidates
    roads: tuple[AddRoad, ...]
    rank: Rows
    benefit: Reals
    by_county: Reals
    new_trips: Reals
    order: Rows
    added: Reals
    stability: tuple[Stability | None, ...]
    forms: tuple[tuple[tuple[int, int], ...], ...]
    compared: int
    scanned: int
    people_left_out: float


def proposals_of(
    region: Region, travel: Travel, judged: Judged, assumed: Assumed
) -> tuple[Proposal, ...]:
    """Return the proposals, best first."""
    measure = indicator(GAIN, region, _on_gain(region, travel, judged, assumed))
    if float(judged.benefit.max(initial=0.0)) < _SMALL:
        measure = replace(measure, decimals=1)
    shown = _Shown(
        region=region,
        judged=judged,
        measure=measure,
        prices=prices_of(region),
        assumed=assumed,
        trunk=any(one.key == "transport.trunk_only" for one in measure.remarks),
    )
    running = np.empty(len(judged.links))
    sequence = np.argsort(judged.order)
    running[sequence] = np.cumsum(judged.added[sequence])
    return tuple(
        _proposal(shown, row, found, float(running[row]))
        for row, found in enumerate(obstacles_of(region, judged.links))
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """What all proposals share; `trunk` says whether the network holds trunk roads only."""

    region: Region
    judged: Judged
    measure: Indicator
    prices: Mapping[str, Assumption]
    assumed: Assumed
    trunk: bool


def kind_of(links: Candidates, row: int, found: Obstacles) -> str:
    """Return what a link is: a river crossing before all else, since that is what it costs."""
    if found.over_river:
        return "river_crossing"
    if links.dead_ends[row]:
        return "dead_ends" if links.every_road else "facing_dead_ends"
    return "long_way_round" if links.detour[row] > 1 else "no_quicker"


def name_of(kind: str) -> Sentence:
    """Return the name of a kind of link."""
    return Sentence(f"transport.kind_{kind}")


def _proposal(shown: _Shown, row: int, found: Obstacles, running: float) -> Proposal:
    judged = shown.judged
    road, benefit = judged.roads[row], float(judged.benefit[row])
    lengths = lengths_of(float(judged.links.km[row]), found, road.road_class)
    cost = cost_of(lengths, shown.prices)
    gains, by_county = _gains(shown.region, judged.by_county[row])
    used = (*shown.assumed.all, *(shown.prices.values() if cost else ()))
    return Proposal(
        intervention=road,
        rank=int(judged.rank[row]),
        indicator=shown.measure,
        benefit=benefit,
        gains=gains,
        cost_million_cny=cost,
        evidence=_evidence(shown.region, judged, row, found, lengths),
        remarks=_on_link(shown, row, found, priced=cost is not None),
        kind=kind_of(judged.links, row, found),
        order=int(judged.order[row]) + 1,
        added=float(judged.added[row]),
        cumulative=running,
        gains_by_county=by_county,
        payers=_payers(found),
        gain_per_million_cny=gain_per_million(benefit, cost),
        stability=judged.stability[row] if judged.stability else None,
        grade=worst_grade([shown.measure.grade, *([Grade.E] if cost else [])]),
        assumptions=tuple({one.key: one for one in used}.values()),
    )


def _gains(region: Region, hours: Reals) -> tuple[dict[str, float], dict[str, float]]:
    counties = region.table("counties")
    by_city = {str(code): 0.0 for code in region.table("cities")["city"]}
    by_county = {}
    for code, city, gain in zip(counties["county"], counties["city"], hours, strict=True):
        by_city[str(city)] += float(gain)
        if gain > 0:
            by_county[str(code)] = float(gain)
    return by_city, by_county


def _payers(found: Obstacles) -> dict[str, float]:
    whole = sum(found.land.values())
    return {city: share / whole for city, share in found.land.items()}


def _evidence(
    region: Region, judged: Judged, row: int, found: Obstacles, lengths: Lengths
) -> dict[str, Any]:
    links, nodes = judged.links, region.table("road_nodes")
    ends = [int(links.tail[row]), int(links.head[row])]
    return {
        "km": float(links.km[row]),
        "straight_km": float(links.straight[row]),
        "minutes": float(links.seconds[row] / 60),
        "minutes_now": float(links.now[row] / 60),
        "detour": float(links.detour[row]),
        "dead_ends": bool(links.dead_ends[row]),
        "near_miss": bool(links.near_miss[row]),
        "stands_out": bool(links.broken[row]),
        "counties": found.ends.counties,
        "names": found.ends.names,
        "cities": found.ends.cities,
        "city_border": found.ends.city_border,
        "county_border": found.ends.county_border,
        "banks": found.ends.banks,
        "along_river": found.along_river,
        "water": None if found.water is None else found.water.count,
        "water_names": None if found.water is None else found.water.names,
        "railways": found.railways,
        "roads": found.roads,
        "roads_crossed": found.crossed,
        "km_by_kind": (dict(lengths.low), dict(lengths.high)),
        "new_trips": float(judged.new_trips[row]),
        "merged": judged.forms[row],
        "compared": judged.compared,
        "scanned": judged.scanned,
        "lon": tuple(float(one) for one in nodes["lon"].to_numpy()[ends]),
        "lat": tuple(float(one) for one in nodes["lat"].to_numpy()[ends]),
    }


def _on_gain(
    region: Region, travel: Travel, judged: Judged, assumed: Assumed
) -> tuple[Sentence, ...]:
    trips = {
        "trips": number(assumed.link_trips),
        "minutes": number(assumed.link_decay_minutes),
        "km2": cell_km2(int(number(assumed.link_cells))),
    }
    remarks = [Sentence("transport.trips_assumed", trips), Sentence("transport.nobody_loses")]
    if judged.people_left_out > 0:
        people = {"people": judged.people_left_out}
        remarks.append(Sentence("transport.trips_left_out", people))
    if judged.links.dropped:
        remarks.append(Sentence("transport.links_dropped", {"count": judged.links.dropped}))
    remarks += _on_reach(judged.links.reach, assumed)
    return (*remarks, *say.on_times(region, travel), *say.on_people(region))


def _on_reach(reach: Reach | None, assumed: Assumed) -> list[Sentence]:
    """Return how far apart ends were looked for, where that is not the assumed radius."""
    if reach is None or reach.shortest >= number(assumed.link_radius_km):
        return []
    span = {"near": reach.shortest, "far": reach.longest, "reach": number(assumed.link_reach)}
    remarks = [Sentence("transport.links_reach", span)]
    if reach.share < 1:
        remarks.append(Sentence("transport.reach_shrunk", {"share": reach.share}))
    return remarks


def _on_link(shown: _Shown, row: int, found: Obstacles, *, priced: bool) -> tuple[Sentence, ...]:
    """Return what a reader has to know of one link; of all, only that it is a candidate."""
    judged, where = shown.judged, _where(found)
    detour, kind = float(judged.links.detour[row]), kind_of(judged.links, row, found)
    remarks = [Sentence("transport.candidate_only")]
    if np.isinf(detour):
        remarks.append(Sentence("transport.no_way_now", {"where": where, "kind": name_of(kind)}))
    else:
        said = "trunk_ends_facing" if shown.trunk and kind == "facing_dead_ends" else kind
        values: dict[str, object] = {"where": where, "detour": detour}
        if kind == "river_crossing":
            values["river"] = _river(found)
        if kind == "dead_ends":
            values["metres"] = 1000 * float(judged.links.straight[row])
        remarks.append(Sentence(f"transport.{said}", values))
    if judged.links.every_road:
        remarks += _on_roads(found, kind)
    remarks += on_obstacles(found)
    if not priced:
        remarks.append(Sentence("transport.no_price"))
    if judged.links.near_miss[row]:
        remarks.append(Sentence("transport.near_miss"))
    if judged.forms[row]:
        remarks.append(Sentence("transport.merged", {"count": len(judged.forms[row])}))
    if judged.stability:
        remarks.append(_on_rank(judged.stability[row]))
    if shown.trunk:
        remarks.append(Sentence("transport.minor_roads_unknown"))
    return tuple(remarks)


def _on_roads(found: Obstacles, kind: str) -> list[Sentence]:
    """Return which roads a link joins and crosses, where the data holds every road."""
    one, other = found.roads
    remarks = []
    if one is not None and one == other:
        key = "one_road_broken" if kind == "dead_ends" else "on_one_road"
        remarks.append(Sentence(f"transport.{key}", {"road": one}))
    elif one is not None or other is not None:
        nameless = Sentence("transport.road_without_name")
        ends = {"one": one or nameless, "other": other or nameless}
        remarks.append(Sentence("transport.roads_joined", ends))
    if kind == "dead_ends":
        remarks.append(Sentence("transport.ends_as_drawn"))
    if found.crossed:
        remarks.append(Sentence("transport.across_roads", {"count": found.crossed}))
    return remarks


def _where(found: Obstacles) -> Sentence:
    one, other = found.ends.names
    if found.ends.county_border:
        return Sentence("transport.between_counties", {"one": one, "other": other})
    return Sentence("transport.within_county", {"one": one})


def _river(found: Obstacles) -> Name | Sentence:
    known = None if found.water is None else found.water.great
    return Sentence("transport.great_river") if known is None else known


def on_obstacles(found: Obstacles) -> list[Sentence]:
    """Return what lies between the ends of a link."""
    remarks = []
    if found.ends.city_border:
        remarks.append(Sentence("transport.across_cities"))
    elif found.ends.county_border:
        remarks.append(Sentence("transport.across_counties"))
    if found.ends.banks is not None:
        remarks.append(Sentence("transport.across_banks"))
    if found.along_river:
        remarks.append(Sentence("transport.along_river"))
    if found.water is not None and found.water.count:
        remarks.append(Sentence("transport.across_water", {"count": found.water.count}))
        remarks += [Sentence("transport.water_named", {"name": one}) for one in found.water.names]
    if found.railways:
        remarks.append(Sentence("transport.across_rail", {"count": found.railways}))
    return remarks


def _on_rank(stability: Stability | None) -> Sentence:
    if stability is None:
        return Sentence("transport.rank_not_drawn")
    low, high = stability.rank
    values: dict[str, object] = {"draws": stability.draws, "low": low, "high": high}
    values |= {"among": stability.among}
    if stability.share is None:
        return Sentence("transport.rank_range", values)
    values |= {"share": stability.share, "top": stability.top}
    return Sentence("transport.rank_stability", values)
