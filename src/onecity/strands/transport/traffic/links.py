"""Candidate links ranked anew with traffic: what each saves once roads fill up.

Proposals are ranked by time saved on empty roads. On full ones a link gives more where it takes
traffic from a full road, and less where it fills up itself or draws traffic into a full road; it
may even cost time (Braess 1968). Each link is opened alone, with all trips as they were, and the
equilibrium found anew from the one there was. It carries as much as the lesser of the best roads
at its two ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.network import Network
from onecity.network.assignment import Assignment, Demand, Roads, bpr, user_equilibrium
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.contract import Proposal
from onecity.strands.examination import Ranked, Ranking
from onecity.strands.units import Reals, Rows

from .bottlenecks import city_of_nodes
from .indicators import OF_LINKS, indicators
from .loading import CARS, GAP, LORRIES, STEPS, Loading, demands, loading_of, open_arcs
from .naming import Names
from .remarks import lanes_known, on_loading
from .supply import Supply


@dataclass(frozen=True, slots=True)
class Reranked:
    """A proposed link in traffic.

    Attributes
    ----------
    proposal
        As it was proposed, ranked on empty roads.
    rank
        Among the links given, by `loaded`, 1 for the best.
    loaded
        Person-hours a day that it saves all trips once everybody has chosen anew; below zero it
        costs time.
    empty
        What the same trips would save if roads never filled up.
    flow
        Passenger car units on it in the hour, both directions.
    saturation
        Its own flow over capacity, in the fuller direction.
    """

    proposal: Proposal
    rank: int
    loaded: float
    empty: float
    flow: float
    saturation: float


def rerank(
    region: Region,
    proposals: Sequence[Proposal],
    *,
    loading: Loading | None = None,
    progress: Progress = SILENCE,
) -> tuple[Reranked, ...]:
    """Return proposed links by what they save in traffic, best first.

    Parameters
    ----------
    proposals
        Of links, as of the transport strand's `propose`.
    loading
        The region's, to spare finding it.

    Raises
    ------
    InputError
        If a proposal is not to build a road; else as of `loading_of`.
    """
    if not proposals:
        return ()
    before = loading_of(region, progress=progress) if loading is None else loading
    links = _links(before, [_road(one) for one in proposals])
    base = before.hours_a_day(before.found)
    progress.stage("traffic.stage_links", len(proposals))
    found = []
    for place, one in enumerate(proposals):
        after = links.opened(before, place)
        flow = after.flow[links.of(place)]
        found.append(
            Reranked(
                proposal=one,
                rank=0,
                loaded=base - before.hours_a_day(after),
                empty=links.saved_when_empty(before, place),
                flow=float(flow.sum()),
                saturation=float((flow / links.capacity[links.of(place)]).max()),
            )
        )
        progress.advance()
    order = sorted(found, key=lambda one: (-one.loaded, one.proposal.rank))
    return tuple(replace(one, rank=rank) for rank, one in enumerate(order, 1))


def ranking_of(loading: Loading, found: Sequence[Reranked]) -> Ranking:
    """Return links ranked anew as a list, with what changes and why."""
    region = loading.region
    known = indicators(
        region,
        OF_LINKS,
        on_loading(loading),
        lanes_known=lanes_known(loading),
        hours_lost=float(loading.hours_lost.sum()),
    )
    names, city = Names(region), city_of_nodes(region)
    codes = region.table("cities")["city"].tolist()
    spots = region.table("road_nodes")[["lon", "lat"]].to_numpy()

    def row(one: Reranked) -> Ranked:
        road = _road(one.proposal)
        ends = np.array([road.tail, road.head])
        remarks = []
        if one.loaded < 0:
            remarks.append(Sentence("traffic.link_worse"))
        elif one.rank < one.proposal.rank:
            remarks.append(Sentence("traffic.link_up", {"before": one.proposal.rank}))
        elif one.rank > one.proposal.rank:
            remarks.append(Sentence("traffic.link_down", {"before": one.proposal.rank}))
        if one.saturation >= 1:
            remarks.append(Sentence("traffic.link_full", {"saturation": one.saturation}))
        lon, lat = spots[ends].mean(axis=0).tolist()
        return Ranked(
            name=names.between(road.tail, road.head),
            values=(one.loaded, one.empty, float(one.proposal.rank), one.flow),
            cities=tuple(codes[place] for place in np.unique(city[ends]) if place >= 0),
            point=(lon, lat),
            remarks=tuple(remarks),
        )

    return Ranking(
        "traffic.links_loaded",
        tuple(known[one.key] for one in OF_LINKS),
        tuple(row(one) for one in found),
        total=len(found),
        remarks=(Sentence("traffic.links_alone"),),
    )


def _road(one: Proposal) -> AddRoad:
    if not isinstance(one.intervention, AddRoad):
        raise InputError("traffic.no_link", kind=one.intervention.kind)
    return one.intervention


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Roads with every link as two more arcs at the end, all closed unless opened.

    Attributes
    ----------
    roads
        The roads, in which links are closed by the cost of the demand.
    empty
        The roads without links when nobody drives, for cars and for lorries.
    seconds, km, capacity
        Of every arc, links open; the other direction of a link one way stays closed.
    """

    roads: Roads
    supply: Supply
    empty: tuple[Network, Network]
    seconds: Reals
    km: Reals
    capacity: Reals

    def of(self, place: int) -> Rows:
        """Return both arcs of a link."""
        first = len(self.supply.tail) + 2 * place
        return np.array([first, first + 1])

    def opened(self, loading: Loading, place: int) -> Assignment:
        """Return the equilibrium with one link open."""
        classes = demands(loading.supply, loading.trips, loading.assumed)
        extra = self._extra(loading, place)
        given = [
            Demand(one.origin, one.destination, one.trips, extra[row], one.size, name=one.name)
            for row, one in enumerate(classes)
        ]
        return user_equilibrium(self.roads, given, gap=GAP, steps=STEPS, start=loading.found)

    def saved_when_empty(self, loading: Loading, place: int) -> float:
        """Return the person-hours a day that trips save by a link on roads that never fill up."""
        saved = 0.0
        supply, trips, arcs = self.supply, loading.trips, self.of(place)
        extra = self._extra(loading, place)
        for one in (CARS, LORRIES):
            if not len(trips.vehicles[one]):
                continue
            network = self.empty[one]
            ends = self.roads.tail[arcs[0]], self.roads.head[arcs[0]]
            now = network.travel_times(supply.nodes, supply.nodes)
            there, back = (
                self.seconds[arc] + extra[one][arc] if np.isfinite(extra[one][arc]) else np.inf
                for arc in arcs
            )
            to = network.reversed().travel_times(list(ends), supply.nodes)
            away = network.travel_times(list(ends), supply.nodes)
            new = np.minimum(to[0][:, None] + there + away[1], to[1][:, None] + back + away[0])
            start, end = trips.origin[one], trips.destination[one]
            known = np.isfinite(now[start, end])
            gain = np.maximum(now[start, end][known] - new[start, end][known], 0.0)
            saved += float(loading.persons[one] * (trips.vehicles[one][known] @ gain))
        return saved / 3600 * loading.assumed["peak_hours"]

    def _extra(self, loading: Loading, place: int) -> Reals:
        """Return what arcs cost each class beside their time, one link open: (classes, arcs)."""
        count = len(self.seconds) - len(self.supply.tail)
        extra = np.hstack([loading.found.demand.fixed, np.full((2, count), np.inf)])
        arcs = self.of(place)
        arcs = arcs[np.isfinite(self.seconds[arcs])]
        slow = self.km[arcs] / loading.assumed["lorry_kmh"] * 3600 - self.seconds[arcs]
        extra[CARS, arcs] = 0.0
        extra[LORRIES, arcs] = np.maximum(slow, 0.0)
        return extra


def _links(loading: Loading, roads: Sequence[AddRoad]) -> _Links:
    supply, region = loading.supply, loading.region
    first = len(region.table("road_edges"))
    built = region.apply(roads).table("road_edges").iloc[first:]
    tail, head = (built[name].to_numpy(dtype=np.int64) for name in ("tail", "head"))
    km = built["km"].to_numpy(dtype=np.float64)
    there, back = (
        built[f"seconds_{way}"].fillna(np.inf).to_numpy(dtype=np.float64)
        for way in ("forward", "backward")
    )
    best = np.zeros(supply.roads)
    usable = open_arcs(supply) & ~np.tile(supply.ferry, 2)
    carried = supply.capacity[: 2 * supply.edges][usable]
    for ends in (supply.tail, supply.head):
        np.maximum.at(best, ends[: 2 * supply.edges][usable], carried)
    lesser = np.minimum(best[tail], best[head])
    lesser[lesser == 0] = supply.capacity[: 2 * supply.edges][usable].min()
    pairs = np.column_stack
    tails = np.concatenate([supply.tail, pairs([tail, head]).ravel()])
    heads = np.concatenate([supply.head, pairs([head, tail]).ravel()])
    seconds = np.concatenate([supply.free, pairs([there, back]).ravel()])
    capacity = np.concatenate([supply.capacity, np.repeat(lesser, 2)])
    network = supply.network()
    laws = bpr(np.where(np.isinf(seconds), 0.0, seconds), capacity, supply.factor, supply.power)
    return _Links(
        roads=Roads.from_arcs(
            tails, heads, laws, lon=supply.lon, lat=supply.lat, n=len(supply.lon)
        ),
        supply=supply,
        empty=(
            network.with_seconds(supply.free + loading.found.demand.fixed[CARS]),
            network.with_seconds(supply.free + loading.found.demand.fixed[LORRIES]),
        ),
        seconds=seconds,
        km=np.concatenate([supply.km, np.repeat(km, 2)]),
        capacity=capacity,
    )
