"""Isochrones: the land and the people reached from one point within some minutes."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, union_all

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.core.words import Sentence
from onecity.region.schema import CRS
from onecity.region.store import Region
from onecity.strands.travel import leg_km, network_of

from .indicators import REACH, trust_in
from .remarks import on_people, on_times


@dataclass(frozen=True, slots=True)
class Isochrones:
    """What is reached from a point, door to door, in free flow.

    Attributes
    ----------
    zone
        Identifier of the zone the point lies in; times are counted from it.
    table
        One row for each limit, ascending: minutes, people, zones (how many), area_km2, and
        the union of the zones as geometry (WGS-84).
    nature, grade, sources
        How far the figures can be trusted: by the rule of this strand's indicators.
    """

    zone: str
    table: gpd.GeoDataFrame
    nature: Nature
    grade: Grade
    sources: tuple[str, ...]
    remarks: tuple[Sentence, ...]


def isochrones(region: Region, lon: float, lat: float, minutes: Sequence[float]) -> Isochrones:
    """Return what is reached from a point (degrees, WGS-84) within each time limit.

    A zone is reached or not as a whole: by the time to the point that stands for it.

    Raises
    ------
    InputError
        If the point lies in no zone of the region.
    """
    zones = region.table("zones")
    inside = zones.sindex.query(Point(lon, lat), predicate="intersects")
    if not len(inside):
        west, south, east, north = zones.total_bounds
        raise InputError(
            "transport.point_outside", lon=lon, lat=lat, west=west, south=south, east=east,
            north=north,
        )  # fmt: skip
    start = int(inside.min())
    travel = network_of(region)
    nodes = travel.zone_nodes
    seconds = np.asarray(travel.network.travel_times(nodes[[start]], nodes))[0]
    shapes, people = zones.geometry.to_numpy(), zones["people"].to_numpy()
    area = zones["area_km2"].to_numpy()
    rows = []
    for limit in sorted(minutes):
        reached = seconds <= limit * 60
        rows.append(
            {
                "minutes": float(limit),
                "people": float(people[reached].sum()),
                "zones": int(reached.sum()),
                "area_km2": float(area[reached].sum()),
                "geometry": union_all(shapes[reached]),
            }
        )
    trust = trust_in(region, REACH)
    off = np.isinf(leg_km(travel)[start])
    return Isochrones(
        zone=str(zones["zone"].iloc[start]),
        table=gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=CRS),
        nature=trust.nature,
        grade=trust.grade,
        sources=trust.sources,
        remarks=(
            *((Sentence("transport.point_off"),) if off else ()),
            *on_times(region, travel),
            *on_people(region),
        ),
    )
