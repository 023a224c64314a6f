"""`propose`: missing links worth checking, by the travel time they would save.

Demand is assumed, in the plainest way that needs no trip rate: every resident makes one
trip, to a county chosen in proportion to its people and to exp(-t / `DECAY_MINUTES`)
(origin-constrained gravity, Wilson 1971). Trips run between one zone of each county. The
benefit of a link is what these trips would save together, by the exact scan of
`onecity.models.links`; a trip counts for the city it starts in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.models.links import LinkScan, choose, scan, together
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Level, Proposal
from onecity.strands.travel import Travel, leg_km, network_of, straight_km
from onecity.strands.units import Name, Reals, Rows, units_of

from . import remarks as say
from .candidates import LINK_DETOUR, Candidates, candidates_of
from .indicators import TIMES, Definition, indicator

DECAY_MINUTES = 30.0
"""Assumed: a place half an hour further away draws 1/e as many trips."""
MOST = 20
"""Proposals given."""
OWN_SHARE = 0.5
"""A link that, after better ones, gives less than this of what it gives alone serves mostly
the same trips as they do: it is another form of one of them, and no proposal of its own."""

GAIN = Definition("link_gain", "person_hours", Better.HIGHER, (), (*TIMES, "counties"), 0)
"""What a link saves if every resident makes one trip."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Trips between counties that have people and a way to the roads.

    Attributes
    ----------
    zone
        Zone row that stands for each of these counties.
    city
        Code of each one's city.
    trips
        Trips from row to column, shape (counties, counties).
    """

    zone: Rows
    city: list[str]
    trips: Reals


def propose(region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
    """Return at most `MOST` links that would save travel time, best first.

    Each is ranked by what it would save if it alone were built. Of links that serve the
    same trips the best one stands for all (`OWN_SHARE`).
    """
    progress.stage("transport.stage_candidates")
    travel = network_of(region)
    demand = demand_between(region, travel)
    found = inside(region, candidates_of(region, travel))
    if len(demand.zone) < 2 or not len(found.tail):
        return ()
    nodes = travel.zone_nodes[demand.zone]
    rows = of_their_own(travel, nodes, demand, found, progress)
    if not len(rows):
        return ()
    best = found.take(rows)
    flows = (travel.network, nodes, demand.trips, *best.ends)
    scanned = scan(*flows, groups=demand.city, progress=progress)
    return _proposals(region, travel, best, _Gains.of(scanned, together(*flows).step))


def of_their_own(
    travel: Travel, nodes: Rows, demand: Demand, found: Candidates, progress: Progress
) -> Rows:
    """Return the rows of candidates that serve trips of their own, best alone first.

    Links are chosen one after another, each time the one that adds most to those before.
    """
    choice = choose(travel.network, nodes, demand.trips, *found.ends, count=MOST, progress=progress)
    alone = choice.alone.benefit[choice.chosen]
    # What gives something only after others is no proposal either: nobody would build it alone.
    own = (alone > 0) & (choice.benefit >= OWN_SHARE * alone)
    return np.asarray(choice.chosen[own][np.argsort(-alone[own], kind="stable")])


def demand_between(region: Region, travel: Travel) -> Demand:
    """Return one trip of every resident, shared out over the counties; see the module."""
    zone, people, city = county_zones(region, leg_km(travel))
    nodes = travel.zone_nodes[zone]
    minutes = travel.network.travel_times(nodes, nodes) / 60
    pull = people * np.exp(-minutes / DECAY_MINUTES)  # of what no way leads to: none
    trips = people[:, None] * pull / pull.sum(axis=1, keepdims=True)
    return Demand(zone, city, trips)


def county_zones(region: Region, leg: Reals) -> tuple[Rows, Reals, list[str]]:
    """Return the zone that stands for each county, the county's people and its city.

    It is, of the zones with people and a way to the roads, the nearest to the mean
    position of their people. Counties without such a zone are left out.
    """
    zones = region.table("zones")
    county = units_of(region)[Level.COUNTY].unit
    cities = region.table("counties")["city"].to_numpy()
    people = zones["people"].to_numpy(dtype=np.float64)
    lon, lat = zones["lon"].to_numpy(), zones["lat"].to_numpy()
    chosen, sums, names = [], [], []
    for unit in range(len(cities)):
        rows = np.flatnonzero((county == unit) & (people > 0) & np.isfinite(leg))
        if len(rows):
            x, y = (np.average(axis[rows], weights=people[rows]) for axis in (lon, lat))
            away = straight_km(np.full(len(rows), x), np.full(len(rows), y), lon[rows], lat[rows])
            chosen.append(int(rows[np.argmin(away)]))
            sums.append(float(people[rows].sum()))
            names.append(str(cities[unit]))
    return np.array(chosen, np.int64), np.array(sums), names


def inside(region: Region, found: Candidates) -> Candidates:
    """Return the candidates that begin and end on the region's land."""
    county = county_of_nodes(region)
    return found.take(np.flatnonzero((county[found.tail] >= 0) & (county[found.head] >= 0)))


def county_of_nodes(region: Region) -> Rows:
    """Return the row of the county each road node lies in, -1 for none."""
    nodes, counties = region.table("road_nodes"), region.table("counties")
    node, county = STRtree(counties.geometry.to_numpy()).query(
        nodes.geometry.to_numpy(), predicate="intersects"
    )
    rows = np.full(len(nodes), len(counties), dtype=np.int64)
    np.minimum.at(rows, node, county)
    rows[rows == len(counties)] = -1
    return rows


@dataclass(frozen=True, slots=True)
class _Gains:
    """Person-hours of the proposed links: alone, the same by city, and added to better ranks."""

    alone: Reals
    by_city: list[dict[str, float]]
    added: Reals

    @classmethod
    def of(cls, scanned: LinkScan, added: Reals) -> "_Gains":
        if scanned.by_origin is None or scanned.groups is None:
            raise ValueError("the scan was asked for gains by city")
        cities = [str(one) for one in scanned.groups]
        hours = scanned.by_origin / 3600
        by_city = [dict(zip(cities, map(float, one), strict=True)) for one in hours]
        return cls(scanned.benefit / 3600, by_city, added / 3600)


def _proposals(
    region: Region, travel: Travel, best: Candidates, gains: _Gains
) -> tuple[Proposal, ...]:
    measure = indicator(GAIN, region, _on_gain(region, travel))
    places = _places(region, best)
    return tuple(
        Proposal(
            intervention=AddRoad(
                int(best.tail[row]), int(best.head[row]), best.kmh, detour=LINK_DETOUR
            ),
            rank=row + 1,
            indicator=measure,
            benefit=float(gains.alone[row]),
            gains=gains.by_city[row],
            cost_million_cny=None,
            evidence={
                "km": float(best.km[row]),
                "minutes": float(best.seconds[row] / 60),
                "detour": float(best.detour[row]),
                "dead_ends": bool(best.dead_ends[row]),
                "added_person_hours": float(gains.added[row]),
                **place,
            },
            remarks=_on_link(measure, best, row, place),
        )
        for row, place in enumerate(places)
    )


def _on_gain(region: Region, travel: Travel) -> tuple[Sentence, ...]:
    demand = Sentence("transport.one_trip_each", {"minutes": DECAY_MINUTES})
    return (demand, *say.on_times(region, travel), *say.on_people(region))


def _places(region: Region, best: Candidates) -> list[dict[str, Any]]:
    """Return where each link lies: counties, borders and obstacles it crosses."""
    nodes, counties = region.table("road_nodes"), region.table("counties")
    county = county_of_nodes(region)
    spots = nodes[["lon", "lat"]].to_numpy()
    ends_of_lines = np.stack([spots[best.tail], spots[best.head]], axis=1)
    lines = np.asarray(shapely.linestrings(ends_of_lines))
    water = _crossed(region, "water", lines)
    rail = _crossed(region, "rail_edges", lines)
    found = []
    for row, (tail, head) in enumerate(zip(best.tail, best.head, strict=True)):
        ends = [counties.iloc[county[node]] for node in (tail, head)]
        found.append(
            {
                "counties": tuple(str(one["county"]) for one in ends),
                "names": tuple(_name(one) for one in ends),
                "city_border": bool(ends[0]["city"] != ends[1]["city"]),
                "county_border": bool(ends[0]["county"] != ends[1]["county"]),
                "water": None if water is None else water[row],
                "railways": None if rail is None else rail[row],
            }
        )
    return found


def _name(county: "pd.Series[Any]") -> Name:
    chinese = str(county["name_zh"])
    return Name(chinese, chinese if pd.isna(county["name_en"]) else str(county["name_en"]))


def _crossed(region: Region, table: str, lines: np.ndarray) -> list[int] | None:
    """Return how many shapes of a table each line crosses; None where there is no table."""
    if not region.has(table):
        return None
    shapes = region.table(table).geometry.to_numpy()
    row, _ = STRtree(shapes).query(lines, predicate="intersects")
    return [int(one) for one in np.bincount(row, minlength=len(lines))]


def _on_link(
    measure: Indicator, best: Candidates, row: int, place: Mapping[str, Any]
) -> tuple[Sentence, ...]:
    """Return what a reader has to know of one link; of all, only that it is a candidate."""
    remarks = [Sentence("transport.candidate_only")]
    one, other = place["names"]
    where = Sentence("transport.between_counties", {"one": one, "other": other})
    if not place["county_border"]:
        where = Sentence("transport.within_county", {"one": one})
    kind = "dead_ends_facing" if best.dead_ends[row] else "long_way_round"
    remarks.append(
        Sentence(f"transport.{kind}", {"where": where, "detour": float(best.detour[row])})
    )
    if place["city_border"]:
        remarks.append(Sentence("transport.across_cities"))
    elif place["county_border"]:
        remarks.append(Sentence("transport.across_counties"))
    if place["water"]:
        remarks.append(Sentence("transport.across_water", {"count": place["water"]}))
    if place["railways"]:
        remarks.append(Sentence("transport.across_rail", {"count": place["railways"]}))
    if any(one.key == "transport.trunk_only" for one in measure.remarks):
        remarks.append(Sentence("transport.minor_roads_unknown"))
    return tuple(remarks)
