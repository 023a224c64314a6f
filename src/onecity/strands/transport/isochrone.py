"""Isochrones: the land and the people reached from one point within some minutes."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, union_all

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.region.schema import CRS
from onecity.region.store import Region
from onecity.strands.contract import Indicator
from onecity.strands.travel import Travel, network_of
from onecity.strands.units import Reals

from .indicators import MINUTES_FROM, indicator
from .remarks import on_people, on_times


@dataclass(frozen=True, slots=True)
class Isochrones:
    """What is reached from a point, door to door, in free flow.

    Attributes
    ----------
    row, zone
        Row and identifier of the zone the point lies in; times are counted from it.
    seconds
        Time to every zone, in the order of the table, shape (zones,); +inf where no way leads.
    table
        One row for each limit, ascending: minutes, people, zones (how many), area_km2.
    indicator
        What the times are, how far they and what follows from them can be trusted, and what a
        reader has to know.
    """

    row: int
    zone: str
    seconds: Reals
    table: pd.DataFrame
    indicator: Indicator


def isochrones(
    region: Region,
    lon: float,
    lat: float,
    minutes: Sequence[float],
    *,
    travel: Travel | None = None,
) -> Isochrones:
    """Return what is reached from a point (degrees, WGS-84) within each time limit.

    A zone is reached or not as a whole: by the time to the point that stands for it. Who asks
    often gives `travel`, so that the network is not built each time.

    Raises
    ------
    InputError
        If the point lies in no zone of the region.
    """
    start = zone_at(region, lon, lat)
    travel = travel or network_of(region)
    times = np.asarray(travel.network.travel_times(travel.zone_nodes[[start]]))[0]
    seconds = times[travel.zone_nodes]
    zones = region.table("zones")
    people, area = zones["people"].to_numpy(), zones["area_km2"].to_numpy()
    rows = []
    for limit in sorted(minutes):
        reached = seconds <= limit * 60
        rows.append(
            {
                "minutes": float(limit),
                "people": float(people[reached].sum()),
                "zones": int(reached.sum()),
                "area_km2": float(area[reached].sum()),
            }
        )
    off = (Sentence("transport.point_off"),) if np.isinf(times[: travel.roads]).all() else ()
    return Isochrones(
        row=start,
        zone=str(zones["zone"].iloc[start]),
        seconds=seconds,
        table=pd.DataFrame(rows),
        indicator=minutes_from(region, travel, *off),
    )


def minutes_from(region: Region, travel: Travel, *remarks: Sentence) -> Indicator:
    """Return what a time from a place is; `remarks` come first."""
    told = (*remarks, *on_times(region, travel), *on_people(region))
    return indicator(MINUTES_FROM, region, told)


def shapes_of(region: Region, found: Isochrones) -> gpd.GeoDataFrame:
    """Return the table of isochrones with the land reached: the union of the zones (WGS-84)."""
    shapes = region.table("zones").geometry.to_numpy()
    land = [union_all(shapes[found.seconds <= limit * 60]) for limit in found.table["minutes"]]
    return gpd.GeoDataFrame(found.table, geometry=land, crs=CRS)


def zone_at(region: Region, lon: float, lat: float) -> int:
    """Return the row of the zone a point lies in; on a shared edge, the first in the table.

    Raises
    ------
    InputError
        If it lies in none.
    """
    zones = region.table("zones")
    inside = zones.sindex.query(Point(lon, lat), predicate="intersects")
    if not len(inside):
        west, south, east, north = zones.total_bounds
        raise InputError(
            "transport.point_outside", lon=lon, lat=lat, west=west, south=south, east=east,
            north=north,
        )  # fmt: skip
    return int(inside.min())
