"""Hubs of a region, and how long every zone takes to them.

A hub is a place of one of `KINDS`. It stands in the zone that contains it, as the centres of
cities do; outside all zones at the nearest road node no farther than `MOST_KM`, with a leg at the
speed of access legs. What is farther off, or stands in a zone off the network, is left out and
told.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from onecity.core.words import Language, both
from onecity.region.geometry import km_of, on_sphere, row_containing
from onecity.region.store import Region
from onecity.strands.travel import Travel
from onecity.strands.units import Reals, Rows

KINDS = ("airport", "port")
"""Kinds of places that are hubs, in the order in which they are told."""
MOST_KM = 5.0
"""A hub outside all zones and farther than this from any road is not on the network."""
_KMH, _DETOUR = 30.0, 1.3
"""Speed and detour of the leg where the recipe assumes none."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub on the network.

    Attributes
    ----------
    place, kind, name, point
        Identifier, kind, name in both languages, longitude and latitude.
    city
        Code of the city it lies in; none outside.
    outside
        Whether it stands outside all zones.
    """

    place: str
    kind: str
    name: Mapping[Language, str]
    point: tuple[float, float]
    city: str | None
    outside: bool


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Times to hubs.

    Attributes
    ----------
    hubs
        Those on the network, by kind and then as in the table.
    minutes
        From every zone to every hub, +inf where no way leads, shape (hubs, zones).
    lost
        Names of hubs that are not on the network.
    """

    hubs: tuple[Hub, ...]
    minutes: Reals
    lost: tuple[Mapping[Language, str], ...]

    def of_kind(self, kind: str) -> Rows:
        """Return the rows of hubs of one kind."""
        return np.flatnonzero([one.kind == kind for one in self.hubs])


def has_hubs(region: Region) -> bool:
    """Return whether a region has a place that is a hub."""
    return bool(region.has("places") and region.table("places")["kind"].isin(KINDS).any())


def reach_of(region: Region, travel: Travel) -> Reach:
    """Return the hubs of a region and the time from every zone to each."""
    table = region.table("places")
    order = {kind: row for row, kind in enumerate(KINDS)}
    table = table[table["kind"].isin(KINDS)]
    table = table.sort_values("kind", key=lambda one: one.map(order), kind="stable")
    zones, cities = region.table("zones"), region.table("cities")
    points = table.geometry.to_numpy()
    zone = row_containing(points, zones.geometry.to_numpy())
    city = row_containing(points, cities.geometry.to_numpy())
    node, leg = _at_roads(region, table["lon"].to_numpy(), table["lat"].to_numpy())
    node = np.where(zone >= 0, travel.roads + zone, node)
    leg = np.where(zone >= 0, 0.0, leg)
    seconds = _seconds_to(travel, np.maximum(node, 0)) + leg[:, None]
    seconds[node < 0] = np.inf
    # Its own zone aside: a zone off the network reaches itself, and nothing else.
    others = np.isfinite(seconds)
    others[np.flatnonzero(zone >= 0), zone[zone >= 0]] = False
    known = others.any(axis=1) | ((zone >= 0) & (len(zones) == 1))
    names = [
        both([zh if isinstance(zh, str) else str(place)], [en if isinstance(en, str) else None])
        for place, zh, en in zip(table["place"], table["name_zh"], table["name_en"], strict=True)
    ]
    hubs = tuple(
        Hub(
            place=str(table["place"].iloc[row]),
            kind=str(table["kind"].iloc[row]),
            name=names[row],
            point=(float(table["lon"].iloc[row]), float(table["lat"].iloc[row])),
            city=str(cities["city"].iloc[city[row]]) if city[row] >= 0 else None,
            outside=bool(zone[row] < 0),
        )
        for row in np.flatnonzero(known)
    )
    lost = tuple(names[row] for row in np.flatnonzero(~known))
    return Reach(hubs, seconds[known] / 60, lost)


def _seconds_to(travel: Travel, nodes: Rows) -> Reals:
    """Return times from every zone to some nodes, shape (nodes, zones)."""
    found = travel.network.reversed().travel_times(nodes, travel.zone_nodes)
    return np.asarray(found, dtype=np.float64)


def _at_roads(region: Region, lon: Reals, lat: Reals) -> tuple[Rows, Reals]:
    """Return the nearest road node of each point, -1 beyond `MOST_KM`, and the leg's seconds."""
    nodes = region.table("road_nodes")
    chord, node = cKDTree(on_sphere(nodes["lon"], nodes["lat"])).query(on_sphere(lon, lat))
    km = km_of(chord)
    given = {one.key: one.value for one in region.manifest.assumptions}
    kmh, detour = (
        float(given.get(key, value))
        for key, value in (("access_kmh", _KMH), ("access_detour", _DETOUR))
    )
    return np.where(km <= MOST_KM, node, -1).astype(np.int64), km * detour / kmh * 3600
