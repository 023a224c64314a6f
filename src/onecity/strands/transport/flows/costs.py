"""How far apart the places of a list are: in a straight line, in minutes, across what.

Between two zones, what lies between their points. Between two counties or cities the mean over
their people, each resident of one with each of the other, those of one place with themselves too
(Head & Mayer 2002, Illusory border effects: a distance within that is too long makes borders that
are none). Inside one zone the mean distance between two points of a disc of its area
(Santalo 1976) at the pace of its access legs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree

from onecity.models.partition import Neighbours, join_pieces, neighbours
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.transport.border_pairs import plane
from onecity.strands.transport.border_relief import relief_between
from onecity.strands.transport.measure import Ready
from onecity.strands.travel import inside_zone_seconds, straight_km
from onecity.strands.units import Reals, Rows

from .lists import FlowList

DISC = 128 / (45 * np.pi)
"""Mean distance between two points of a disc, in radii."""
MOSTLY = 0.5
"""Counties or cities have a time between them if this share of their people has one."""


SQUARES = 600
"""About how many squares people are gathered in, if there are more zones."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Places that stand for everybody, each for people of one county.

    Where zones are many, the most populous of each square of a grid stands for all zones of its
    county in the square; else each for itself.

    Attributes
    ----------
    zone
        Row of each place's zone, shape (places,).
    county, city
        Row of each place's county and city.
    people, area_km2
        What it stands for.
    place
        Place that stands for each zone, -1 where nobody lives or nobody gets away, shape (zones,).
    """

    zone: Rows
    county: Rows
    city: Rows
    people: Reals
    area_km2: Reals
    place: Rows

    def __len__(self) -> int:
        return len(self.zone)


@dataclass(frozen=True, slots=True)
class Costs:
    """What lies between the places of a level; all of shape (places, places).

    Attributes
    ----------
    km
        Straight line; NaN for a place without land.
    minutes
        On the roads, in free flow; NaN where no way leads.
    relief
        Mean relief on the way, hundreds of metres; None where not known.
    river
        Whether the two lie on different banks of the great river, 0 or 1, where both are known.
    spots
        Points of the places in a plane, km, shape (places, 2).
    """

    km: Reals
    minutes: Reals
    relief: Reals | None
    river: Reals
    spots: NDArray[np.float64]


def costs_of(ready: Ready, level: Level) -> Costs:
    """Return what lies between the places of a level."""
    region, ground = ready.region, ready.ground
    river = _river(region, ready, level)
    if level is Level.ZONE:
        every = np.arange(len(ground.people), dtype=np.int64)
        km, minutes = between(ready, every, zone_areas(region))
        return Costs(km, minutes, relief_between(region, ground, every), river, plane(ground))
    zone, area, share = _stand_ins(ready, level)
    km, minutes = between(ready, zone, area)
    relief = relief_between(region, ground, zone)
    return Costs(
        km=_mean(share, km),
        minutes=_mean(share, minutes),
        relief=None if relief is None else _mean(share, relief),
        river=river,
        spots=_spots(ready, level),
    )


def zone_areas(region: Region) -> Reals:
    """Return the area of every zone, km²."""
    return np.asarray(region.table("zones")["area_km2"], np.float64)


def spread_of(ready: Ready) -> Spread:
    """Return the places that stand for everybody who has a way to the roads."""
    ground, areas = ready.ground, zone_areas(ready.region)
    county = ground.units[Level.COUNTY].unit
    usable = np.flatnonzero(~ground.off & (ground.people > 0))
    group = np.arange(len(usable))
    if len(usable) > 2 * SQUARES:
        side = float(np.sqrt(areas.sum() / SQUARES))
        spots = plane(ground)
        across, up = np.floor((spots[usable] - spots.min(axis=0)) / side).astype(np.int64).T
        square = across * (up.max() + 1) + up
        key = square * (county.max() + 1) + county[usable]
        group = np.unique(key, return_inverse=True)[1]
    # The most populous of each group first, of equal ones the first in the table.
    order = np.lexsort((usable, -ground.people[usable], group))
    zone = usable[order[np.flatnonzero(np.diff(group[order], prepend=-1))]]
    place = np.full(len(ground.people), -1, np.int64)
    place[usable] = group
    return Spread(
        zone=zone,
        county=county[zone],
        city=ground.city[zone],
        people=np.bincount(group, ground.people[usable], len(zone)).astype(np.float64),
        area_km2=np.bincount(group, areas[usable], len(zone)).astype(np.float64),
        place=place,
    )


def _stand_ins(ready: Ready, level: Level) -> tuple[Rows, Reals, Reals]:
    """Return zones that stand for units, the area each stands for, and how units are spread.

    The last has shape (units, zones), rows sum to 1. A unit without anybody on the roads has its
    most populous zone.
    """
    spread, units = spread_of(ready), ready.ground.units[level]
    unit = units.unit[spread.zone]
    count = len(units.codes)
    lacking = np.setdiff1d(units.unit, unit)
    order = np.lexsort((-ready.ground.people, units.unit))
    first = order[np.searchsorted(units.unit[order], lacking)]
    zone = np.concatenate([spread.zone, first])
    share = np.zeros((count, len(zone)))
    share[unit, np.arange(len(spread))] = spread.people
    share[lacking, len(spread) + np.arange(len(lacking))] = 1.0
    total = share.sum(axis=1, keepdims=True)
    area = np.concatenate([spread.area_km2, zone_areas(ready.region)[first]])
    return zone, area, np.divide(share, total, out=share, where=total > 0)


def between(ready: Ready, zone: Rows, area_km2: Reals) -> tuple[Reals, Reals]:
    """Return km and minutes between some zones that stand for some area each; NaN for no way."""
    ground, travel = ready.ground, ready.travel
    lon, lat = ground.lon[zone], ground.lat[zone]
    one, other = np.triu_indices(len(zone), 1)
    km = np.zeros((len(zone),) * 2)
    km[one, other] = straight_km(lon[one], lat[one], lon[other], lat[other])
    km += km.T
    np.fill_diagonal(km, DISC * np.sqrt(area_km2 / np.pi))
    nodes = travel.zone_nodes[zone]
    minutes = travel.network.travel_times(nodes, nodes) / 60
    np.fill_diagonal(minutes, inside_zone_seconds(travel, area_km2) / 60)
    off = ground.off[zone]
    minutes[off] = np.nan
    minutes[:, off] = np.nan
    minutes[np.isinf(minutes)] = np.nan
    return km, minutes


def _mean(share: Reals, values: Reals) -> Reals:
    """Return the mean over people of two places; NaN where most of them have none."""
    known = np.isfinite(values)
    sums = share @ np.where(known, values, 0.0) @ share.T
    weight = share @ known.astype(np.float64) @ share.T
    found = np.full_like(sums, np.nan)
    np.divide(sums, weight, out=found, where=weight >= MOSTLY)
    return found


def _river(region: Region, ready: Ready, level: Level) -> Reals:
    """Return which places lie on different banks; unknown is not different."""
    counties = region.table("counties")
    county = ready.ground.units[Level.COUNTY].unit
    bank = counties["bank"].to_numpy() if "bank" in counties else np.full(len(counties), None)
    if level is Level.CITY:
        cities = region.table("cities")["city"]
        # A city on both banks lies on neither.
        sides = {city: set(bank[counties["city"] == city]) for city in cities}
        given = [next(iter(sides[city])) if len(sides[city]) == 1 else None for city in cities]
    else:
        given = list(bank if level is Level.COUNTY else bank[county])
    names = np.array([one if isinstance(one, str) else "" for one in given])
    known = names != ""
    apart = (names[:, None] != names[None, :]) & known[:, None] & known[None, :]
    return np.asarray(apart, np.float64)


def _spots(ready: Ready, level: Level) -> NDArray[np.float64]:
    """Return the middle of each place's zones in a plane."""
    units, points = ready.ground.units[level], plane(ready.ground)
    count = np.bincount(units.unit, minlength=len(units.codes))
    sums = [np.bincount(units.unit, points[units.zone, k], len(units.codes)) for k in range(2)]
    return np.column_stack(sums) / np.maximum(count, 1)[:, None]


def neighbours_of(ready: Ready, given: FlowList, costs: Costs) -> Neighbours:
    """Return which places touch; islands are joined to what is nearest."""
    name = {Level.ZONE: "zones", Level.COUNTY: "counties", Level.CITY: "cities"}[given.level]
    shapes = ready.region.table(name).geometry.to_numpy()
    one, other = STRtree(shapes).query(shapes, predicate="intersects")
    touching = neighbours(one, other, len(given))
    return join_pieces(touching, *costs.spots.T)
