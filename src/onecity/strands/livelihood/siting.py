"""Topic `siting`: where to add facilities, and what planning city by city costs.

What is there stays. New sites are chosen among places where people live, so that the way to the
nearest facility is shortest over all people (p-median), most people are within the catchment
(maximum cover), those who are badly served count more (the p-median weighted by need), or everybody
finds room (capacitated). All are mixed-integer programmes solved on HiGHS; the gap that it proves
stands beside each, and a search whose time is up gives its best answer so far with its gap.

The price of planning alone: the same number of new sites is chosen twice, once for the circle as
one city, once each city for its own people and with its own facilities only. Both choices are then
held against one measure, the way of everybody to the nearest facility of all; what the second is
longer by is what planning alone costs even if people may go where they like.

So that it takes seconds, people are gathered into cells of one size within counties, and the cells
whose people are farthest from care are the candidates; how many of each is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.models.access import (
    Sites,
    Siting,
    allowed,
    capacitated,
    maximal_cover,
    need,
    p_median,
    permeability,
    places_of,
    reach_of,
    sites_of,
)
from onecity.models.access.sites import nearest_of
from onecity.region.store import Region
from onecity.strands.contract import Better, Findings, Indicator, Level
from onecity.strands.examination import Examination, Ranked, Ranking, Topic
from onecity.strands.transport.demand import Anchors, anchors_of
from onecity.strands.travel import Travel, leg_km, network_of
from onecity.strands.units import Reals, Rows

from . import remarks as say
from .ground import Ground, Provision, ground_of
from .indicators import KEY, SERVED, Definition, indicator, key_of
from .measure import Columns, tables_of
from .opening import NEEDS
from .opening import TOPIC as OPENING

NEW = 3
"""New sites of each service, for the whole circle."""
MOST_CELLS, MOST_CANDIDATES = 400, 60
MOST_SITES = 600
"""Facilities and candidates with which room is shared out; with more it is not tried."""
SECONDS = 4.0
GAP = 1e-4
AVERSION = 1.0
"""Of the weights by need: twice as far counts twice."""
_FINEST = 9

_OWN: tuple[Level, ...] = ()
CHOICES = (
    Definition("siting_minutes", "minutes", Better.LOWER, _OWN, SERVED, 2),
    Definition("siting_saved", "person_hours", Better.HIGHER, _OWN),
    Definition("siting_within", "percent", Better.HIGHER, _OWN, SERVED, 1),
    Definition("siting_worst", "minutes", Better.LOWER, _OWN, SERVED, 1),
    Definition("siting_gap", "percent", Better.LOWER, _OWN, SERVED, 2),
)
"""Figures of each way of choosing."""
SITES = (
    Definition("site_people", "people", Better.HIGHER, _OWN),
    Definition("site_minutes", "minutes", Better.LOWER, _OWN, SERVED, 1),
)
"""Figures of each site: people nearest to it, and their mean way."""


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One service to site.

    Attributes
    ----------
    provision, anchors
        What there is, and the cells that people are gathered into.
    city : int64
        Row of each cell's city.
    candidate : int64
        Cells that are candidates; site number ``hosts + k`` is candidate k.
    hosts
        Sites 0..hosts-1 stand for all that a city has, each as near as its nearest facility.
    host_city
        Row of the city that each of them stands for.
    problem
        Everybody may go anywhere.
    alone
        Each city's people may use its own sites only.
    """

    provision: Provision
    anchors: Anchors
    city: Rows
    candidate: Rows
    hosts: int
    host_city: Rows
    problem: Sites
    alone: Sites


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return where facilities would help most, and the price of planning alone.

    Raises
    ------
    InputError
        As `measure.measure`.
    """
    progress.stage("livelihood.stage_network")
    ground, travel = ground_of(region), network_of(region)
    anchors = _cells(ground, travel)
    known: dict[str, Indicator] = {}
    columns: Columns = {level: {} for level in Level}
    choices: list[Ranked] = []
    sites: list[Ranked] = []
    progress.stage("livelihood.stage_siting", max(len(ground.provisions), 1))
    for provision in ground.provisions.values() if len(anchors) else ():
        task = task_of(ground, travel, provision, anchors)
        found = _solved(ground, travel, task)
        choices += _told(ground, task, found)
        sites += _sites(ground, task, found)
        _price(ground, task, found, known, columns)
        progress.advance()
    findings = Findings(
        strand=KEY,
        region_hash=region.hash,
        indicators=known,
        tables=tables_of(ground, columns, known),
        remarks=_remarks(ground, anchors),
        headline=tuple(known),
    )
    rankings = (
        _ranking(region, "choices", CHOICES, choices),
        _ranking(region, "sites", SITES, sites),
    )
    return Examination(
        TOPIC.key, findings, tuple(one for one in rankings if one.rows), (), ground.assumed.all
    )


def _remarks(ground: Ground, anchors: Anchors) -> tuple[Sentence, ...]:
    values = {
        "cells": len(anchors),
        "candidates": min(MOST_CANDIDATES, len(anchors)),
        "new": NEW,
        "seconds": SECONDS,
    }
    how = Sentence("livelihood.siting_how", values)
    return (*say.on_region(ground), how, Sentence("livelihood.siting_price_how"), *say.ON_TIMES)


def _ranking(
    region: Region, name: str, definitions: Sequence[Definition], rows: Sequence[Ranked]
) -> Ranking:
    columns = tuple(indicator(one, region, assumed=True) for one in definitions)
    return Ranking(f"livelihood.list_{name}", columns, tuple(rows), len(rows), say.ON_TIMES)


# --- The problem ----------------------------------------------------------------------------


def _cells(ground: Ground, travel: Travel) -> Anchors:
    """Return the finest cells that are no more than `MOST_CELLS`, or the coarsest there are."""
    leg = leg_km(travel)
    for resolution in range(_FINEST, -1, -1):
        found = anchors_of(ground.region, leg, ground.county, resolution, resolution)
        if len(found) <= MOST_CELLS:
            return found
    return found


def task_of(ground: Ground, travel: Travel, provision: Provision, anchors: Anchors) -> Task:
    """Return a service as a problem of siting.

    Candidates are the cells with most people times minutes to the nearest facility of all.
    """
    zone, people = anchors.zone, anchors.people
    hosts = np.flatnonzero(np.isfinite(provision.quickest).any(axis=1)).astype(np.int64)
    there = provision.quickest[np.ix_(hosts, zone)].T
    nearest = np.minimum(there.min(axis=1, initial=np.inf), ground.assumed.unserved)
    order = np.argsort(-people * nearest, kind="stable")[:MOST_CANDIDATES]
    candidate = np.sort(order).astype(np.int64)
    nodes = travel.zone_nodes[zone]
    ways = travel.network.travel_times(nodes, nodes[candidate]) / 60
    whole = np.hstack([there, ways])
    cell, site = np.nonzero(whole <= ground.assumed.unserved)
    count = len(hosts) + len(candidate)
    reach = reach_of(cell, site, whole[cell, site], zones=len(zone), facilities=count)
    city = ground.city[zone]
    host_city = np.concatenate([hosts, city[candidate]])
    places = places_of(city.astype(np.int32), host_city.astype(np.int32), len(ground.cities))
    settings = {"existing": np.arange(len(hosts)), "unserved": ground.assumed.unserved}
    own = allowed(reach, places, permeability(len(ground.cities)))
    return Task(
        provision=provision,
        anchors=anchors,
        city=city,
        candidate=candidate,
        hosts=len(hosts),
        host_city=host_city,
        problem=sites_of(reach, people, **settings),  # type: ignore[arg-type]
        alone=sites_of(own, people, **settings),  # type: ignore[arg-type]
    )


def _solved(ground: Ground, travel: Travel, task: Task) -> dict[str, Siting]:
    """Return the answer of each way of choosing that found one in time."""
    new = min(NEW, len(task.candidate))
    now = nearest_of(task.problem, task.problem.existing)[0]
    found: dict[str, Siting] = {}
    median = partial(p_median, new=new, seconds=SECONDS, gap=GAP)
    found["circle"] = median(task.problem)
    found["alone"] = median(task.alone)
    found["cover"] = maximal_cover(
        task.problem, new, ground.assumed.catchment, seconds=SECONDS, gap=GAP
    )
    if (now * task.problem.weight).any():
        fair = replace(task.problem, weight=need(task.anchors.people, now, AVERSION))
        found["fair"] = median(fair)
    room = room_of(ground, travel, task, new)
    if room is not None:
        found["room"] = room
    return found


def room_of(ground: Ground, travel: Travel, task: Task, new: int) -> Siting | None:
    """Return the sites that find everybody room; None with too many facilities, or none in time.

    Room is in people: what there is has room for all people in proportion to capacity, and a new
    site as much as the middle one of what there is; so there is room for all, but not where they
    live.
    """
    provision, anchors = task.provision, task.anchors
    if len(provision.rows) + len(task.candidate) > MOST_SITES:
        return None
    cells = np.full(len(ground.people), -1, np.int64)
    cells[anchors.zone] = np.arange(len(anchors))
    cell = cells[provision.reach.zone()]
    use = cell >= 0
    hosts = len(provision.rows)
    nodes = travel.zone_nodes[anchors.zone]
    ways = travel.network.travel_times(nodes, nodes[task.candidate]) / 60
    start, end = np.nonzero(ways <= ground.assumed.catchment)
    reach = reach_of(
        np.concatenate([cell[use], start]),
        np.concatenate([provision.reach.facility[use], hosts + end]),
        np.concatenate([provision.reach.minutes[use], ways[start, end]]),
        zones=len(anchors),
        facilities=hosts + len(task.candidate),
    )
    per = anchors.people.sum() / provision.capacity.sum()
    fresh = np.full(len(task.candidate), float(np.median(provision.capacity)))
    room = per * np.concatenate([provision.capacity, fresh])
    problem = sites_of(
        reach, anchors.people, existing=np.arange(hosts), unserved=ground.assumed.unserved
    )
    try:
        found = capacitated(
            problem, new, anchors.people, room, seconds=SECONDS, gap=GAP, greedy=False
        )
    except InputError:  # no answer in time
        return None
    # Numbered as in the other problems.
    return replace(found, sites=found.sites - hosts + task.hosts)


# --- What is told ---------------------------------------------------------------------------


def minutes_with(task: Task, sites: Rows) -> Reals:
    """Return minutes of each cell to the nearest of all with some new sites, borders open."""
    there = task.problem.existing.copy()
    there[sites] = True
    return nearest_of(task.problem, there)[0]


def _told(ground: Ground, task: Task, found: dict[str, Siting]) -> list[Ranked]:
    """Return a row for doing nothing and for each way of choosing, by one measure."""
    none = np.empty(0, np.int64)
    service = say.service_name(task.provision.service)
    before = minutes_with(task, none)
    rows = []
    for name, sites, gap in (
        ("none", none, 0.0),
        *((name, one.sites, one.gap) for name, one in found.items()),
    ):
        minutes = minutes_with(task, sites)
        word = Sentence(f"livelihood.choice_{name}")
        people = task.anchors.people
        order = np.argsort(-minutes, kind="stable")
        worst = np.cumsum(people[order]) <= max(0.1 * people.sum(), people[order[0]])
        mine = order[worst]
        rows.append(
            Ranked(
                name={
                    "zh": f"{service.zh} · {word.text('zh')}",
                    "en": f"{service.en} · {word.text('en')}",
                },
                values=(
                    float(minutes @ people / people.sum()),
                    float((before - minutes) @ people) / 60,
                    100 * float(people[minutes <= ground.assumed.catchment].sum() / people.sum()),
                    float(minutes[mine] @ people[mine] / people[mine].sum()),
                    100 * gap if np.isfinite(gap) else float("nan"),
                ),
                cities=tuple(
                    dict.fromkeys(str(ground.cities[task.host_city[one]]) for one in sites)
                ),
            )
        )
    return rows


def _sites(ground: Ground, task: Task, found: dict[str, Siting]) -> list[Ranked]:
    """Return the sites chosen for the circle and city by city, with who is nearest to each."""
    zones, counties = ground.region.table("zones"), ground.region.table("counties")
    service = say.service_name(task.provision.service)
    rows = []
    for name in ("circle", "alone"):
        chosen = found[name]
        there = task.problem.existing.copy()
        there[chosen.sites] = True
        minutes, nearest = nearest_of(task.problem, there)
        word = Sentence(f"livelihood.choice_{name}")
        for site in chosen.sites:
            cell = int(task.candidate[site - task.hosts])
            zone = int(task.anchors.zone[cell])
            county = counties.iloc[int(ground.county[zone])]
            mine = nearest == site
            people = task.anchors.people[mine]
            english = county["name_en"]
            zh = str(county["name_zh"])
            en = english if isinstance(english, str) else zh
            total = float(people.sum())
            rows.append(
                Ranked(
                    name={
                        "zh": f"{service.zh} · {word.text('zh')} · {zh}",
                        "en": f"{service.en} · {word.text('en')} · {en}",
                    },
                    values=(
                        total,
                        float(minutes[mine] @ people / total) if total else float("nan"),
                    ),
                    cities=(str(ground.cities[task.city[cell]]),),
                    point=(float(zones["lon"].iloc[zone]), float(zones["lat"].iloc[zone])),
                )
            )
    return rows


def _price(
    ground: Ground,
    task: Task,
    found: dict[str, Siting],
    known: dict[str, Indicator],
    columns: Columns,
) -> None:
    """Add what planning alone costs, percent of the minutes that planning as one saves."""
    people, service = task.anchors.people, task.provision.service
    before = float(minutes_with(task, np.empty(0, np.int64)) @ people)
    together = before - float(minutes_with(task, found["circle"].sites) @ people)
    apart = before - float(minutes_with(task, found["alone"].sites) @ people)
    values = {
        "siting_price": 100 * (1 - apart / together) if together > 0 else float("nan"),
        "siting_price_hours": (together - apart) / 60,
    }
    for name, unit, decimals in (
        ("siting_price", "percent", 1),
        ("siting_price_hours", "person_hours", 0),
    ):
        bare = key_of(service, name).removeprefix(f"{KEY}.")
        one = Definition(bare, unit, Better.LOWER, (Level.REGION,), SERVED, decimals)
        known[one.key] = indicator(one, ground.region, say.ON_TIMES, assumed=True)
        columns[Level.REGION][one.key] = np.array([values[name]])


TOPIC = Topic(KEY, "siting", NEEDS, examine, OPENING.fits)
