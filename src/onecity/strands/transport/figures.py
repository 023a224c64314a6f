"""The numbers of this strand, from travel on a region to columns of its units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.travel import Centres, Travel, path_km, straight_km
from onecity.strands.units import Reals, Rows, Units

from .indicators import LIMITS_MINUTES

FAR_KM = 5.0
"""An access leg longer than this makes a zone far from the network."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What figures are made of besides travel times; the same at every speed.

    Arrays over zones have shape (zones,), over cities (cities,).

    Attributes
    ----------
    people, lon, lat
        Residents and point of every zone.
    city
        Row of every zone's city.
    centre
        Zone row of every city's centre.
    core
        Row of the core city.
    leg
        Way to the nearest road node, km; +inf off the network.
    """

    units: Mapping[Level, Units]
    people: Reals
    lon: Reals
    lat: Reals
    city: Rows
    centre: Rows
    core: int
    leg: Reals

    @property
    def off(self) -> NDArray[np.bool_]:
        """Whether each zone is off the network."""
        return np.isinf(self.leg)


def ground_of(region: Region, centres: Centres, core: int, leg: Reals) -> Ground:
    """Return what figures of a region are made of besides travel times."""
    zones = region.table("zones")
    units = u.units_of(region)
    return Ground(
        units=units,
        people=zones["people"].to_numpy(dtype=np.float64),
        lon=zones["lon"].to_numpy(dtype=np.float64),
        lat=zones["lat"].to_numpy(dtype=np.float64),
        city=units[Level.CITY].unit,
        centre=centres.zone,
        core=core,
        leg=leg,
    )


@dataclass(frozen=True, slots=True)
class Pairs:
    """Figures between city centres, shape (cities, cities), from row to column; NaN where none.

    The diagonal of `minutes` is 0, that of the others NaN.
    """

    minutes: Reals
    circuity: Reals
    kmh: Reals

    def at(self, factor: float) -> "Pairs":
        """Return the same with every speed changed by a factor: ways stay what they are."""
        return replace(self, minutes=self.minutes / factor, kmh=self.kmh * factor)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that `figures` found at one speed; no pairs where they were not asked for."""

    tables: Mapping[Level, pd.DataFrame]
    pairs: Pairs | None
    unreached: NDArray[np.bool_]


def figures(
    ground: Ground, travel: Travel, factors: Sequence[float] = (1.0,), *, quick: bool = False
) -> tuple[Figures, ...]:
    """Return the figures of every level, their columns named without the strand's prefix.

    Parameters
    ----------
    factors
        The speeds that figures are given for, relative to those of `travel`: one result each.
        Where every speed changes alike, quickest ways stay what they are and times are divided
        by the factor; so that all speeds together take hardly longer than one.
    quick
        Leave out what takes most of the time: the people that every zone reaches, and ways
        between centres. What is left are times from centres and the circles around them.
    """
    minutes = minutes_from_centres(ground, travel)
    reach = [{}] * len(factors) if quick else people_reached(ground, travel, factors)
    pairs = None if quick else between_centres(ground, travel, minutes)
    return tuple(
        _at_speed(ground, minutes / factor, reached, None if pairs is None else pairs.at(factor))
        for factor, reached in zip(factors, reach, strict=True)
    )


def _at_speed(
    ground: Ground, minutes: Reals, reach: Mapping[int, Reals], pairs: Pairs | None
) -> Figures:
    """Return the figures of one speed."""
    zone = {
        "minutes_core": minutes[ground.core],
        "minutes_own_centre": minutes[ground.city, np.arange(len(ground.city))],
        "minutes_nearest_centre": _nearest(minutes),
        **{f"reach_people_{limit}": people for limit, people in reach.items()},
        "leg_km": np.where(ground.off, np.nan, ground.leg),
    }
    tables = {Level.ZONE: u.frame(ground.units[Level.ZONE], zone)}
    for level in (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION):
        units = ground.units[level]
        columns = _above_zones(ground, units, zone)
        if level is Level.CITY:
            columns |= circles(ground, minutes)
        if level is Level.CITY and pairs is not None:
            columns |= {"circuity": _by_city(pairs.circuity), "straight_kmh": _by_city(pairs.kmh)}
        if level is Level.REGION and pairs is not None:
            whole = {"circuity": pairs.circuity, "straight_kmh": pairs.kmh}
            columns |= {name: np.array([_mean_known(one)]) for name, one in whole.items()}
        tables[level] = u.frame(units, columns)
    return Figures(tables, pairs, np.isnan(minutes[ground.core]))


def minutes_from_centres(ground: Ground, travel: Travel) -> Reals:
    """Return minutes from every city's centre to every zone, shape (cities, zones).

    NaN where no way leads, and in the whole row of a centre off the network: that such a
    centre reaches its own zone in no time says nothing.
    """
    nodes = travel.zone_nodes
    minutes = travel.network.travel_times(nodes[ground.centre], nodes) / 60
    minutes[np.isinf(minutes)] = np.nan
    minutes[ground.off[ground.centre]] = np.nan
    return np.asarray(minutes, dtype=np.float64)


def people_reached(
    ground: Ground, travel: Travel, factors: Sequence[float] = (1.0,)
) -> list[dict[int, Reals]]:
    """Return the residents that each zone reaches within each limit, by minutes.

    One result for each factor on all speeds: who is reached in an hour at 1.2 times the speed
    is reached in 72 minutes now. NaN for a zone off the network.
    """
    nodes = travel.zone_nodes
    limits = [60.0 * limit * factor for factor in factors for limit in LIMITS_MINUTES]
    found = travel.network.access(ground.people, limits, nodes=nodes, at=nodes)
    found[ground.off] = np.nan
    count = len(LIMITS_MINUTES)
    return [
        {limit: found[:, start + k] for k, limit in enumerate(LIMITS_MINUTES)}
        for start in range(0, len(limits), count)
    ]


def circles(ground: Ground, minutes: Reals) -> dict[str, Reals]:
    """Return people and zones in the circle around every city's centre.

    The one-hour circle by reach: all that 60 minutes door to door from the centre outwards
    reach. Free-flow times know no departure time, and so no percentile of it.
    """
    known = ~ground.off[ground.centre]
    columns = {
        f"circle_people_{limit}": np.where(known, (minutes <= limit) @ ground.people, np.nan)
        for limit in LIMITS_MINUTES
    }
    inside = (minutes <= 60).sum(axis=1).astype(np.float64)
    return columns | {"circle_zones_60": np.where(known, inside, np.nan)}


def _above_zones(ground: Ground, units: Units, zone: Mapping[str, Reals]) -> dict[str, Reals]:
    """Return the columns of a level that zones add up to."""
    people, off = ground.people, ground.off
    to_core = zone["minutes_core"]
    core_known = not off[ground.centre[ground.core]]
    columns = {}
    for name, values in zone.items():
        if name != "leg_km":
            columns[name] = u.mean(units, values, people)
    for limit in LIMITS_MINUTES:
        inside = to_core <= limit
        count = u.total(units, inside * people)
        columns[f"core_people_{limit}"] = np.where(core_known, count, np.nan)
        part = 100 * u.share(units, inside, people)
        columns[f"core_share_{limit}"] = np.where(core_known, part, np.nan)
    columns["leg_km"] = u.median(units, zone["leg_km"], people)
    columns["far_share"] = 100 * u.share(units, ground.leg > FAR_KM, people)
    columns["off_people"] = u.total(units, off * people)
    columns["off_zones"] = u.total(units, off.astype(np.float64))
    columns["unreached_people"] = u.total(units, np.isnan(to_core) * people)
    return columns


def between_centres(ground: Ground, travel: Travel, minutes: Reals) -> Pairs:
    """Return minutes, circuity and straight-line speed between the centres' zones.

    Circuity is the length of the quickest way over the geodesic (Barthélemy 2011, detour
    index); NaN where two centres share a zone or no way leads.
    """
    centre = ground.centre
    time = minutes[:, centre]
    start, end = np.nonzero(np.isfinite(time) & (centre[:, None] != centre[None, :]))
    nodes = travel.zone_nodes[centre]
    ends = zip(nodes[start], nodes[end], strict=True)
    ways = np.array([path_km(travel, int(a), int(b)) for a, b in ends])
    a, b = centre[start], centre[end]
    straight = straight_km(ground.lon[a], ground.lat[a], ground.lon[b], ground.lat[b])
    circuity, kmh = np.full_like(time, np.nan), np.full_like(time, np.nan)
    circuity[start, end] = ways / straight
    with np.errstate(divide="ignore"):
        speed = straight / (time[start, end] / 60)
    kmh[start, end] = np.where(np.isfinite(speed), speed, np.nan)
    return Pairs(time, circuity, kmh)


def _nearest(minutes: Reals) -> Reals:
    least = np.where(np.isnan(minutes), np.inf, minutes).min(axis=0)
    return np.where(np.isinf(least), np.nan, least)


def _by_city(pairs: Reals) -> Reals:
    """Return for each city the mean over the ways to and from the others."""
    return np.array(
        [_mean_known(np.concatenate([pairs[i], pairs[:, i]])) for i in range(len(pairs))]
    )


def _mean_known(values: Reals) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
