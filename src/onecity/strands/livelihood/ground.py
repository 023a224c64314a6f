"""A region made ready for services: where facilities stand on the network, who gets there when.

A facility is joined to the nearest point of the network, a road node or the point of a zone, by a
leg at the speed and detour that the region assumes for access legs. One that is farther than
`FAR_KM` from every such point is off the network and left out, with a remark.

Times are those from zones to facilities. Of each service two things are kept: the pairs within the
catchment, for who shares what, and the quickest way from each zone to each city's facilities, for
how far the nearest is under any rule of who may use what.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from onecity.core.errors import InputError
from onecity.core.provenance import Grade
from onecity.models.access import Places, Reach, Service, places_of, reach_of, same_place
from onecity.region.capacity import least_capacity
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.travel import Travel, network_of
from onecity.strands.units import Reals, Rows, Units

from .assumed import Assumed, assumed_in
from .kinds import SERVICES
from .recognition import Recognition, recognised

TABLE = "facilities"
FAR_KM = 5.0
"""A facility farther than this from the network is off it."""
SAME_METRES = 50.0
"""Two facilities of one kind nearer than this may be one given twice."""

_EARTH_KM = 6371.0088
_TILE_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False, slots=True)
class Provision:
    """What a region has of one service.

    Attributes
    ----------
    service
        Its key.
    rows : int64 (F,)
        Its facilities that count, as rows of the table.
    capacity : float64 (F,)
        Of each; where it was not given, what `capacities` put in its place.
    unit
        What capacities count; empty where each facility counts as one.
    city : int32 (F,)
        Row of the city each belongs to.
    reach
        Pairs within the catchment.
    quickest : float64 (C, Z)
        Minutes from each zone to the nearest facility of each city, however far; +inf without.
    recognition
        Who may use what.
    guessed
        Those of `rows` whose capacity was not given in `unit` and was put in.
    empty
        Facilities with a capacity of zero; they do not count.
    off : int64
        Rows of facilities off the network; they do not count.
    twins
        Facilities that stand beside another of the same kind.
    whole
        Whether the catchment takes in every pair that has a way, so that it bounds nothing.
    """

    service: str
    rows: Rows
    capacity: Reals
    unit: str
    city: NDArray[np.int32]
    reach: Reach
    quickest: Reals
    recognition: Recognition
    guessed: int
    empty: int
    off: Rows
    twins: int
    whole: bool

    def asked(self, ground: "Ground", pi: Reals | None = None) -> Service:
        """Return the service as `models.access` wants it, with today's pi or another."""
        return Service(
            self.service,
            self.capacity,
            self.recognition.pi if pi is None else pi,
            ground.assumed.decay,
            ground.assumed.method,
        )

    def places(self, ground: "Ground") -> Places:
        """Return the city of every zone and facility."""
        return places_of(ground.city.astype(np.int32), self.city, len(ground.cities))


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """A region made ready; see the module.

    Attributes
    ----------
    people : float64 (Z,)
        Residents.
    city, county : int64 (Z,)
        Rows of each zone's city and county.
    cities
        Codes, in the order of the table.
    provisions
        By service, those that have a facility that counts.
    facilities_in : int64
        Row of the zone that each facility of any service stands in, or nearest to.
    lost
        Services all of whose facilities are off the network or without capacity, with the
        provision that has none left.
    rules
        The least capacities that stand for those that are not given, each once.
    """

    region: Region
    assumed: Assumed
    units: Mapping[Level, Units]
    people: Reals
    city: Rows
    county: Rows
    cities: pd.Index
    provisions: Mapping[str, Provision]
    facilities_in: Rows
    lost: tuple[str, ...]
    rules: tuple[Assumption, ...]

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every number that figures of services rest on and no source gives."""
        return (*self.assumed.all, *self.rules)


@dataclass(frozen=True, slots=True)
class Joined:
    """Facilities on the network: node and leg in minutes of each; a NaN leg is off it."""

    node: Rows
    leg: Reals


def ground_of(region: Region) -> Ground:
    """Return a region made ready.

    Raises
    ------
    InputError
        Tables that name what the region does not have, capacities below zero, positions that
        are no numbers, or assumptions that are wrong.
    """
    assumed, units = assumed_in(region), u.units_of(region)
    zones = region.table("zones")
    table = facilities_of(region)
    chosen = {
        key: np.flatnonzero(table["kind"].isin(kinds).to_numpy()) for key, kinds in SERVICES.items()
    }
    wanted = np.concatenate([np.empty(0, np.int64), *chosen.values()]).astype(np.int64)
    provisions: dict[str, Provision] = {}
    lost = []
    if len(wanted):
        travel = network_of(region)
        joined = join(region, table, assumed)
        for key, rows in chosen.items():
            if not len(rows):
                continue
            made = provision_of(region, travel, table, rows, joined, assumed, units, key)
            if len(made.rows):
                provisions[key] = made
            else:
                lost.append(key)
    return Ground(
        region=region,
        assumed=assumed,
        units=units,
        people=zones["people"].to_numpy(dtype=np.float64),
        city=units[Level.CITY].unit,
        county=units[Level.COUNTY].unit,
        cities=units[Level.CITY].codes,
        provisions=provisions,
        facilities_in=_zones_of(region, table, wanted),
        lost=tuple(lost),
        rules=_rules(region, table, chosen, provisions),
    )


def _rules(
    region: Region,
    table: pd.DataFrame,
    chosen: Mapping[str, Rows],
    provisions: Mapping[str, Provision],
) -> tuple[Assumption, ...]:
    """Return the least capacities that `capacities` put in, by key."""
    used: dict[str, Assumption] = {}
    for service, provision in provisions.items():
        mine = table.iloc[chosen[service]]
        there = (mine["capacity_unit"] == provision.unit) | (mine["capacity"] == 0)
        given = mine["capacity"].notna() & there
        useful = given & (mine["capacity"] > 0)
        alike = useful.groupby([mine["kind"], mine["level"].fillna("")]).transform("any")
        bare = mine[~alike & ~given]
        for kind, level in set(zip(bare["kind"], bare["level"], strict=True)):
            rule = least_capacity(kind, level, region.manifest.assumptions)
            if rule is not None and rule.unit == provision.unit:
                used[rule.key] = rule
    return tuple(used[key] for key in sorted(used))


def facilities_of(region: Region) -> pd.DataFrame:
    """Return the facilities with the row of their city as ``host``; none where there is no table.

    Raises
    ------
    InputError
        A county or city that does not exist, a position that is no number, or a capacity below
        zero; with the row.
    """
    if not region.has(TABLE):
        return pd.DataFrame({"kind": pd.Series(dtype="str"), "host": pd.Series(dtype="int64")})
    table = region.table(TABLE).reset_index(drop=True)
    for name in ("lon", "lat"):
        wrong = ~np.isfinite(table[name].to_numpy(dtype=np.float64))
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError("livelihood.position", row=row, given=table[name].iloc[row])
    capacity = table["capacity"].to_numpy(dtype=np.float64)
    wrong = (capacity < 0) | np.isinf(capacity)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError("livelihood.capacity", row=row, given=float(capacity[row]))
    counties = region.table("counties")
    county = u.rows_of(pd.Index(counties["county"]), table["county"], TABLE, "county")
    home = counties["city"].iloc[county].reset_index(drop=True)
    if "city" in table:
        home = table["city"].where(table["city"].notna(), home)
    cities = pd.Index(region.table("cities")["city"])
    table["host"] = u.rows_of(cities, home, TABLE, "city")
    return pd.DataFrame(table)


def _zones_of(region: Region, table: pd.DataFrame, rows: Rows) -> Rows:
    """Return the row of the zone whose point is nearest to each facility of a service."""
    zones = region.table("zones")
    if not len(rows):
        return np.empty(0, np.int64)
    tree = cKDTree(_on_sphere(zones["lon"], zones["lat"]))
    spots = table.iloc[np.unique(rows)]
    return np.asarray(tree.query(_on_sphere(spots["lon"], spots["lat"]))[1], np.int64)


def join(region: Region, table: pd.DataFrame, assumed: Assumed) -> Joined:
    """Return the node that each facility is joined to, and how long the leg takes."""
    nodes, zones = region.table("road_nodes"), region.table("zones")
    points = np.concatenate(
        [_on_sphere(nodes["lon"], nodes["lat"]), _on_sphere(zones["lon"], zones["lat"])]
    )
    chord, node = cKDTree(points).query(_on_sphere(table["lon"], table["lat"]))
    km = 2 * _EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    leg = km * assumed.detour / assumed.kmh * 60
    return Joined(np.asarray(node, np.int64), np.where(km <= FAR_KM, leg, np.nan))


def _on_sphere(lon: pd.Series, lat: pd.Series) -> Reals:
    """Return points on the unit sphere, (n, 3)."""
    x, y = np.radians(lon.to_numpy(np.float64)), np.radians(lat.to_numpy(np.float64))
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def provision_of(
    region: Region,
    travel: Travel,
    table: pd.DataFrame,
    rows: Rows,
    joined: Joined,
    assumed: Assumed,
    units: Mapping[Level, Units],
    service: str,
) -> Provision:
    """Return what a region has of one service; `rows` are its facilities in the table."""
    assumptions = region.manifest.assumptions
    capacity, unit, _ = capacities(table.iloc[rows], assumptions)
    off = np.isnan(joined.leg[rows])
    counts = ~off & (capacity > 0)
    kept, capacity = rows[counts], capacity[counts]
    host = table["host"].to_numpy(dtype=np.int64)[kept]
    cities = len(units[Level.CITY].codes)
    quickest = np.full((cities, travel.zones), np.inf)
    zone, facility, minutes = [], [], []
    beyond = False
    for place, found in _minutes_to(travel, joined.node[kept], joined.leg[kept]):
        city = host[place]
        np.minimum(quickest[city], found, out=quickest[city])
        near = np.flatnonzero(found <= assumed.catchment)
        beyond = beyond or bool((np.isfinite(found) & (found > assumed.catchment)).any())
        zone.append(near)
        facility.append(np.full(len(near), place))
        minutes.append(found[near])
    none = np.empty(0, np.int64)
    return Provision(
        service=service,
        rows=kept,
        capacity=capacity,
        unit=unit,
        city=host.astype(np.int32),
        reach=reach_of(
            np.concatenate([none, *zone]),
            np.concatenate([none, *facility]),
            np.concatenate([np.empty(0), *minutes]),
            zones=travel.zones,
            facilities=len(kept),
        ),
        quickest=quickest,
        recognition=recognised(region, service),
        guessed=_guessed(table.iloc[kept], unit),
        empty=int((~off & (capacity_of(table, rows) == 0)).sum()),
        off=rows[off],
        twins=_twins(table.iloc[rows]),
        whole=bool(len(kept)) and not beyond,
    )


def _guessed(table: pd.DataFrame, unit: str) -> int:
    """Return how many of the facilities that count do not give their capacity in the unit."""
    if not unit:
        return 0
    told = table["capacity"].notna() & (table["capacity_unit"] == unit)
    return int((~told).sum())


def capacity_of(table: pd.DataFrame, rows: Rows) -> Reals:
    """Return capacities as they were given; NaN where they were not."""
    return table["capacity"].to_numpy(dtype=np.float64)[rows]


def capacities(
    table: pd.DataFrame, assumptions: Sequence[Assumption] = ()
) -> tuple[Reals, str, int]:
    """Return capacities of one service in one unit, that unit, and how many were put in.

    Beds and square metres cannot be added up: the unit that most facilities with a capacity have
    is the service's, else that in which rules of capacity (`onecity.region.capacity`) count most
    of them. One whose capacity is not given, or given in another unit, gets the median of its
    kind and level, else what rules ask of these at least, else the median of its kind, else of
    all. Nothing is nothing in any unit: a capacity of zero stays zero, and no median counts it.
    Where there is neither capacity nor rule each counts as one, and the unit is empty.
    """
    given = table["capacity"].to_numpy(dtype=np.float64)
    unit = table["capacity_unit"].fillna("").astype(str)
    pairs = zip(table["kind"], table["level"], strict=True)
    rules = [least_capacity(kind, level, assumptions) for kind, level in pairs]
    ruled = pd.Series([one.unit if one else "" for one in rules], index=table.index, dtype="str")
    told = unit[np.isfinite(given)]
    told = told if len(told) else ruled[ruled != ""]
    if not len(told):
        return np.ones(len(table)), "", 0
    counts = told.value_counts()
    common = min(counts.index[counts == counts.max()])
    known = pd.Series(np.where((unit == common) | (given == 0), given, np.nan), index=table.index)
    least = [float(one.value) if one and one.unit == common else np.nan for one in rules]
    level = table["level"].fillna("").astype(str)
    some = known.where(known > 0)
    filled = known.fillna(some.groupby([table["kind"], level]).transform("median"))
    filled = filled.fillna(pd.Series(least, index=table.index))
    filled = filled.fillna(some.groupby(table["kind"]).transform("median"))
    filled = filled.fillna(some.median()).fillna(filled.median())
    return np.asarray(filled, np.float64), str(common), int(known.isna().sum())


def _minutes_to(travel: Travel, node: Rows, leg: Reals) -> Iterator[tuple[int, Reals]]:
    """Yield each facility's place and the minutes from every zone to it (Z,), +inf without way."""
    names, which = np.unique(node, return_inverse=True)
    backwards = travel.network.reversed()
    step = max(1, _TILE_BYTES // (8 * max(1, travel.zones)))
    for start in range(0, len(names), step):
        times = backwards.travel_times(names[start : start + step], travel.zone_nodes) / 60
        for place in np.flatnonzero((which >= start) & (which < start + step)):
            yield int(place), times[which[place] - start] + leg[place]


def _twins(table: pd.DataFrame) -> int:
    """Return how many facilities stand beside another of the same kind.

    Those of grade E are not looked at: their positions are assumed, the same for many.
    """
    count = 0
    table = table[table["grade"] != Grade.E]
    for _, mine in table.groupby("kind"):
        y = np.radians(mine["lat"].to_numpy(np.float64))
        x = np.radians(mine["lon"].to_numpy(np.float64)) * np.cos(y.mean())
        first = same_place(np.column_stack([x, y]) * _EARTH_KM * 1000, SAME_METRES)
        count += int((first != np.arange(len(first))).sum())
    return count


def usable(quickest: Reals, pi: Reals, home: Rows, choice: float) -> Reals:
    """Return minutes to the nearest usable facility of each zone (Z,), +inf where there is none.

    A right that is recognised in part makes the way longer by -ln(pi) / choice minutes: what the
    same loss of ease costs in the logit of `models.access` (half of it is 6.9 minutes at 0.1).
    All of it costs nothing; none of it bars the way. Opening a border never makes it longer.

    Parameters
    ----------
    quickest
        Minutes to the nearest of each city, (C, Z).
    pi
        (C, C), people of the row's city in the column's.
    home
        Row of each zone's city, (Z,).
    choice
        Per minute.
    """
    with np.errstate(divide="ignore"):
        extra = -np.log(pi) / choice + 0.0
    found = np.full(len(home), np.inf)
    for host, minutes in enumerate(quickest):
        np.minimum(found, minutes + extra[home, host], out=found)
    return found
