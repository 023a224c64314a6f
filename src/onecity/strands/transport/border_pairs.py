"""What border effects are measured on: a sample of places, ways between them, other ways.

Places are the zones with people and a way to the roads. Where these are many, the most populous
of each square of a grid stands for the people of all of them; squares know nothing of borders.
Two places count as a pair if they lie within `REACH_KM` of each other as the crow flies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely import STRtree

from onecity.models.partition import Neighbours, join_pieces, neighbours
from onecity.region.store import Region
from onecity.strands.travel import Travel, straight_km
from onecity.strands.units import Reals, Rows

from .assumed import DEFAULTS
from .figures import Ground

REACH_KM = 60.0
"""Pairs further apart than this are left out: a border is crossed there whichever way."""
NEAR_KM = 10.0
"""In one variant pairs nearer than this are left out: their times are mostly access legs."""
MOST = 1200
"""About how many places are looked at, if there are more."""

_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Sample:
    """Places that stand for all.

    Attributes
    ----------
    zone
        Row of each place's zone, shape (places,).
    people
        Residents it stands for, shape (places,).
    side_km
        Side of the squares it stands for; None where every zone stands for itself.
    """

    zone: Rows
    people: Reals
    side_km: float | None

    def __len__(self) -> int:
        return len(self.zone)


@dataclass(frozen=True, slots=True)
class Ways:
    """Pairs of places, as places' numbers, and the way between them; all of shape (pairs,)."""

    origin: Rows
    destination: Rows
    km: Reals
    minutes: Reals

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Whether a way that takes time leads from one to the other."""
        return np.asarray(np.isfinite(self.minutes) & (self.minutes > 0))

    def at(self, seconds: Reals) -> "Ways":
        """Return the same pairs at times given from each place to each, +inf where none leads."""
        return replace(self, minutes=seconds[self.origin, self.destination] / 60)

    def chosen(self, kept: NDArray[np.bool_]) -> "Ways":
        """Return some of the pairs."""
        return Ways(self.origin[kept], self.destination[kept], self.km[kept], self.minutes[kept])

    def beyond(self, km: float) -> "Ways":
        """Return the pairs at least this far apart."""
        return self.chosen(self.km >= km)


def plane(ground: Ground) -> NDArray[np.float64]:
    """Return zones' points in a plane, km, shape (zones, 2): good enough for neighbours."""
    middle = np.cos(np.radians(ground.lat.mean()))
    return np.column_stack([ground.lon * middle, ground.lat]) * _KM_PER_DEGREE


def sample_of(ground: Ground, *, area_km2: float, shifted: bool = False) -> Sample:
    """Return the places of a region.

    Parameters
    ----------
    ground
        Zones with people and legs.
    area_km2
        Of all zones.
    shifted
        Whether squares are shifted by half their side: another sample of the same places.
    """
    usable = np.flatnonzero(~ground.off & (ground.people > 0))
    if len(usable) <= MOST:
        return Sample(usable, ground.people[usable], None)
    side = float(np.sqrt(area_km2 / MOST))
    spots = plane(ground)
    start = spots.min(axis=0) - (side / 2 if shifted else 0.0)
    across, up = np.floor((spots[usable] - start) / side).astype(np.int64).T
    _, square = np.unique(across * (up.max() + 1) + up, return_inverse=True)
    # The most populous of each square first, of equal ones the first in the table.
    order = np.lexsort((usable, -ground.people[usable], square))
    first = order[np.flatnonzero(np.diff(square[order], prepend=-1))]
    people = np.bincount(square, ground.people[usable], len(first)).astype(np.float64)
    return Sample(usable[first], people, side)


def within_reach(lon: Reals, lat: Reals) -> Ways:
    """Return the pairs within reach that do not lie on one spot, whatever leads there.

    Their minutes are not known yet: NaN.

    Parameters
    ----------
    lon, lat
        Of each place, shape (places,).
    """
    middle = np.cos(np.radians(lat.mean())) if len(lat) else 1.0
    spots = np.column_stack([lon * middle, lat]) * _KM_PER_DEGREE
    # A little further in the plane than on the globe, lest a pair be missed.
    near = cKDTree(spots).query_pairs(1.1 * REACH_KM, output_type="ndarray").astype(np.int64)
    one, other = np.sort(near, axis=1).T
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    km = straight_km(lon[one], lat[one], lon[other], lat[other])
    kept = (km > 0) & (km <= REACH_KM)
    one, other, km = one[kept], other[kept], np.tile(km[kept], 2)
    origin, destination = np.concatenate([one, other]), np.concatenate([other, one])
    return Ways(origin, destination, km, np.full(len(km), np.nan))


def ways_between(lon: Reals, lat: Reals, seconds: Reals) -> Ways:
    """Return the pairs within reach that a way joins and that do not lie on one spot.

    Parameters
    ----------
    lon, lat
        Of each place, shape (places,).
    seconds
        From each place to each, shape (places, places); +inf where no way leads.
    """
    near = within_reach(lon, lat).at(seconds)
    return near.chosen(near.joined)


def doors(ground: Ground, travel: Travel, sample: Sample) -> Ways:
    """Return ways from door to door."""
    nodes = travel.zone_nodes[sample.zone]
    seconds = travel.network.travel_times(nodes, nodes)
    return ways_between(ground.lon[sample.zone], ground.lat[sample.zone], seconds)


def roads_only(region: Region, travel: Travel, sample: Sample) -> Ways:
    """Return ways on roads alone, from the road node nearest in time to each place.

    Places without a leg of their own have none.
    """
    start = 2 * travel.edges
    own = slice(start, start + travel.connectors)
    zone, node = travel.tail[own] - travel.roads, travel.head[own]
    order = np.lexsort((node, travel.seconds[own], zone))
    nearest = np.full(travel.zones, -1, dtype=np.int64)
    nearest[zone[order][::-1]] = node[order][::-1]
    known = np.flatnonzero(nearest[sample.zone] >= 0)
    nodes = nearest[sample.zone[known]]
    seconds = travel.seconds.copy()
    seconds[start:] = np.inf
    times = travel.network.with_seconds(seconds).travel_times(nodes, nodes)
    spots = region.table("road_nodes")
    lon, lat = spots["lon"].to_numpy()[nodes], spots["lat"].to_numpy()[nodes]
    found = ways_between(lon, lat, times)
    return replace(found, origin=known[found.origin], destination=known[found.destination])


def at_other_speeds(region: Region, travel: Travel) -> Iterator[Travel]:
    """Yield travel with roads alone, then access legs alone, slower and quicker.

    By the ranges of ``speed_factor`` and ``access_factor``, those of the recipe where it gives
    them. If all speeds change together, border effects stay what they are.
    """
    given = {one.key: one for one in region.manifest.assumptions}
    arcs = np.arange(len(travel.seconds))
    for key, mine in (
        ("speed_factor", arcs < 2 * travel.edges),
        ("access_factor", arcs >= 2 * travel.edges),
    ):
        one = given.get(key, DEFAULTS[key])
        for bound in (one.low, one.high):
            if bound is None or isinstance(one.value, str) or min(bound, one.value) <= 0:
                continue
            factor = bound / one.value
            seconds = np.where(mine, travel.seconds / factor, travel.seconds)
            yield replace(travel, seconds=seconds, network=travel.network.with_seconds(seconds))


def across_river(region: Region, sample: Sample, ways: Ways) -> NDArray[np.bool_]:
    """Return which pairs lie on different banks of the great river, where both are known."""
    counties = region.table("counties").set_index("county")["bank"]
    bank = region.table("zones")["county"].map(counties).to_numpy()[sample.zone]
    known = np.array([isinstance(one, str) for one in bank], np.bool_)
    _, code = np.unique(np.where(known, bank, ""), return_inverse=True)
    one, other = ways.origin, ways.destination
    return np.asarray(known[one] & known[other] & (code[one] != code[other]))


def neighbours_of(region: Region, ground: Ground, sample: Sample) -> Neighbours:
    """Return which places are neighbours: zones next to one touch zones next to the other.

    Each zone belongs to the place nearest to it. Islands are joined to what is nearest.
    """
    spots = plane(ground)
    _, place = cKDTree(spots[sample.zone]).query(spots)
    shapes = region.table("zones").geometry.to_numpy()
    one, other = STRtree(shapes).query(shapes, predicate="intersects")
    touching = neighbours(place[one], place[other], len(sample))
    return join_pieces(touching, *spots[sample.zone].T)
