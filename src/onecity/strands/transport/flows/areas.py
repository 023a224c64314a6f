"""Regions that flows draw among the counties of a region, and the circle around its core.

Three definitions of a one-hour circle stand side by side, because the field disputes which is
right:

* by reach: at least half of a county's people live within 60 minutes of the core, door to door in
  free flow, which knows no hour of departure;
* by labour: the functional urban area of the core (EU-OECD, `onecity.models.regions`): counties
  that send 15 % of their workers there, repeated until none joins;
* by self-containment: the travel-to-work area that the core lies in (Coombes & Bond 2008).

Cores are counties at least half of whose people live in an urban centre: zones that touch, of 1,500
people per km² and more, with 50,000 people in all (Dijkstra, Poelman & Veneri 2019).
"""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from onecity.core.words import Sentence
from onecity.models.partition import Neighbours, neighbours
from onecity.models.regions import (
    UrbanAreas,
    WorkAreas,
    functional_urban_areas,
    self_containment,
    travel_to_work_areas,
)
from onecity.strands.border_lines import CLOSE
from onecity.strands.contract import Level
from onecity.strands.transport.figures import minutes_from_centres
from onecity.strands.transport.measure import Ready
from onecity.strands.units import Reals, Rows

DENSE = 1_500.0
"""People per km² of an urban centre."""
CENTRE = 50_000.0
"""People of an urban centre."""
HALF = 0.5
HOUR = 60.0
"""Minutes."""
_EDGE = 0.01
"""A county with this much outline, degrees, that no other county shares lies at the edge."""


@dataclass(frozen=True, slots=True)
class Land:
    """What areas are drawn on, the same whatever flows.

    Attributes
    ----------
    core : int64 (counties,)
        Urban core of each county, -1 for none.
    by_centre
        Whether cores are the counties of city centres, there being no urban centre at the core.
    centre
        Row of the county that the core city's centre lies in.
    near, edge
        Counties that touch, and those at the region's edge.
    city : int64 (counties,)
        Row of each county's city.
    people
        Of each county (counties,).
    reach_people, in_reach
        Residents within an hour of the core; which counties are (1, 0, NaN without people).
    """

    core: Rows
    by_centre: bool
    centre: int
    near: Neighbours
    edge: NDArray[np.bool_]
    city: Rows
    people: Reals
    reach_people: float
    in_reach: Reals


@dataclass(frozen=True, slots=True)
class Areas:
    """What flows between counties draw.

    Attributes
    ----------
    supply, demand
        Share of flows from each county, and to it, that stay (counties,).
    city_supply, city_demand
        The same of cities (cities,).
    urban, work
        Functional urban and travel-to-work areas; None where flows within counties are not known.
    to_core
        Share of flows of each county that goes to the urban core of the core (counties,).
    in_urban, in_work
        Which counties belong to that of the core (counties,); NaN where not known, as of counties
        without a list.
    """

    supply: Reals
    demand: Reals
    city_supply: Reals
    city_demand: Reals
    urban: UrbanAreas | None
    work: WorkAreas | None
    to_core: Reals
    in_urban: Reals
    in_work: Reals


def land_of(ready: Ready) -> Land:
    """Return what areas of a region are drawn on."""
    region, ground = ready.region, ready.ground
    units = ground.units[Level.COUNTY]
    people = np.bincount(units.unit, ground.people, len(units.codes)).astype(np.float64)
    city = np.zeros(len(units.codes), np.int64)
    city[units.unit] = ground.city
    centre = int(units.unit[ground.centre[ground.core]])
    core = _cores(ready, people)
    by_centre = bool(core[centre] < 0)
    if by_centre:
        core = np.full(len(people), -1, np.int64)
        middles = np.unique(units.unit[ground.centre])
        core[middles] = np.arange(len(middles))
    near, edge = _touching(region.table("counties").geometry.to_numpy())
    minutes = minutes_from_centres(ground, ready.travel)[ground.core]
    inside = np.bincount(units.unit, ground.people * (minutes <= HOUR), len(people))
    share = np.divide(inside, people, out=np.full(len(people), np.nan), where=people > 0)
    reached = not np.isnan(minutes).all()
    in_reach = np.where(np.isnan(share) | (not reached), np.nan, share >= HALF)
    return Land(
        core=core,
        by_centre=by_centre,
        centre=centre,
        near=near,
        edge=edge,
        city=city,
        people=people,
        reach_people=float(inside.sum()) if reached else float("nan"),
        in_reach=in_reach,
    )


def areas_of(
    land: Land, flows: csr_array, *, within: bool, known: NDArray[np.bool_] | None = None
) -> Areas:
    """Return what flows between counties draw.

    Parameters
    ----------
    flows
        From county to county, those within one included if `within`.
    known
        Of which counties it is known what leaves them (counties,); of all if None. Of the others
        nothing is said: where they belong is not known.
    """
    told = np.ones(len(land.people), np.bool_) if known is None else known
    counties = self_containment(flows, np.arange(len(land.people)))
    cities = self_containment(flows, land.city)
    nothing = np.full(len(land.people), np.nan)
    count = int(land.city.max()) + 1
    urban = work = None
    to_core = in_urban = in_work = nothing
    if within:
        urban = functional_urban_areas(flows, land.core, near=land.near, edge=land.edge)
        work = travel_to_work_areas(flows)
        mine = urban.area == urban.cores[land.core[land.centre]]
        in_urban = np.where(told, mine, np.nan)
        total = np.asarray(flows.sum(axis=1), np.float64)
        hub = mine & (urban.round == 0)
        there = np.asarray(flows @ hub.astype(np.float64))
        to_core = np.divide(there, total, out=nothing.copy(), where=total > 0)
        own = int(work.area[land.centre])
        if own >= 0:
            in_work = np.where(told, work.area == own, np.nan)
        urban = replace(urban, area=np.where(told, urban.area, -1))
        work = replace(work, area=np.where(told, work.area, -1))
    supply, demand = np.full(count, np.nan), np.full(count, np.nan)
    rows = np.asarray(cities.parts, np.int64)
    supply[rows], demand[rows] = cities.supply, cities.demand
    return Areas(
        supply=counties.supply,
        demand=np.where(told, counties.demand, np.nan),
        city_supply=supply,
        city_demand=demand,
        urban=urban,
        work=work,
        to_core=to_core,
        in_urban=in_urban,
        in_work=in_work,
    )


def on_cores(land: Land) -> Sentence:
    """Return what cores are."""
    return Sentence(f"flow_findings.cores_by_{'centre' if land.by_centre else 'people'}")


def _cores(ready: Ready, people: Reals) -> Rows:
    """Return the urban core of each county, numbered from 0; -1 for none."""
    ground, table = ready.ground, ready.region.table("zones")
    county = ground.units[Level.COUNTY].unit
    dense = np.flatnonzero(ground.people >= DENSE * table["area_km2"].to_numpy(np.float64))
    core = np.full(len(people), -1, np.int64)
    if not len(dense):
        return core
    shapes = table.geometry.to_numpy()[dense]
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    links = csr_array((np.ones(len(one), np.int8), (one, other)), shape=(len(dense),) * 2)
    count, piece = connected_components(links, directed=False)
    living = np.bincount(piece, ground.people[dense], count)
    inside = np.zeros((len(people), count))
    np.add.at(inside, (county[dense], piece), ground.people[dense])
    inside[:, living < CENTRE] = 0.0
    share = np.divide(inside.sum(axis=1), people, out=np.zeros(len(people)), where=people > 0)
    chosen = share >= HALF
    names, number = np.unique(inside.argmax(axis=1)[chosen], return_inverse=True)
    core[chosen] = number if len(names) else -1
    return core


def _touching(shapes: NDArray[np.object_]) -> tuple[Neighbours, NDArray[np.bool_]]:
    """Return which outlines touch, and which have a side that touches none."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=CLOSE)
    edges = shapely.boundary(shapes)
    edge = np.zeros(len(shapes), np.bool_)
    for k in range(len(shapes)):
        beside = shapes[other[(one == k) & (other != k)]]
        around = shapely.buffer(shapely.union_all(beside), CLOSE) if len(beside) else None
        left = edges[k] if around is None else shapely.difference(edges[k], around)
        edge[k] = shapely.length(left) > _EDGE
    return neighbours(one, other, len(shapes)), edge
