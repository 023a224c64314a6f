"""Do lines stop at city borders? Counted, and beside borders that are none.

The comparison is made between places, each of which stands for what is nearest to it: real and
made-up borders then run alike, along the edges of places, so that a kilometre of one is a
kilometre of the other. Near a border a line may so count to either side; how many lines truly
begin in one city and end in another is told beside it.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely import STRtree

from onecity.core.errors import InputError, RangeError
from onecity.models.cuts import Crossings, crossings_of
from onecity.models.partition import random_partitions
from onecity.region.geometry import row_containing
from onecity.region.store import Region
from onecity.strands.border_lines import CLOSE
from onecity.strands.contract import Verdict
from onecity.strands.transport.border_estimates import SEED, SLACK
from onecity.strands.transport.border_pairs import neighbours_of, plane, sample_of
from onecity.strands.transport.figures import ground_of
from onecity.strands.transport.measure import core_row
from onecity.strands.travel import centres_of
from onecity.strands.units import Reals, Rows

from .kinds import Kind

DRAWS = 100
"""Random partitions."""
_KM_PER_DEGREE = 111.2
"""As of `border_pairs.plane`, which the places' positions are of."""
RARE = 0.05
"""A border is rare among made-up ones if no larger share of them is crossed as little."""


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """Places of a region, its cities, and made-up borders; the same for every network.

    Attributes
    ----------
    point
        Position of each place in the plane, km, shape (places, 2).
    city
        Row of the city of each place, shape (places,).
    km
        Length of the real borders between places.
    part, lengths
        Made-up partitions, shape (draws, places), and the length of the borders of each, km.
    """

    point: Reals
    city: Rows
    km: float
    part: np.ndarray
    lengths: Reals


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """What of one network crosses city borders.

    Attributes
    ----------
    kind
        The network.
    counted, carried
        Edges across, and what they carry; None where no capacity is known.
    verdict
        Whether that is clearly less than elsewhere.
    between
        Cities, as rows, that each edge begins and ends in, -1 outside, shape (edges, 2).
    """

    kind: Kind
    counted: Crossings
    carried: Crossings | None
    verdict: Verdict
    between: Rows

    @property
    def crossing(self) -> int:
        """How many edges begin in one city and end in another."""
        one, other = self.between.T
        return int(((one >= 0) & (other >= 0) & (one != other)).sum())


def borders_of(region: Region) -> Borders | None:
    """Return the borders of a region and made-up ones; None if there is one city, or none fit."""
    # Lines lead where no road does: no place is left out for being off the roads.
    leg = np.zeros(len(region.table("zones")))
    ground = ground_of(region, centres_of(region), core_row(region), leg)
    area = float(region.table("zones")["area_km2"].sum())
    sample = sample_of(ground, area_km2=area)
    city = ground.city[sample.zone]
    sizes = np.bincount(city, minlength=1)
    if len(sample) == 0 or (sizes > 0).sum() < 2:
        return None
    near = neighbours_of(region, ground, sample)
    slack = min(max(SLACK, 1.01 / sizes[sizes > 0].min()), 0.99)
    try:
        made = random_partitions(near, sizes[sizes > 0], count=DRAWS, seed=SEED, tolerance=slack)
    except (InputError, RangeError):
        return None
    point = plane(ground)
    one, other, km = _shared_km(region, cKDTree(point[sample.zone]).query(point)[1])
    lengths = np.array([km[part[one] != part[other]].sum() for part in made.part])
    real = float(km[city[one] != city[other]].sum())
    if real <= 0 or (lengths <= 0).any():
        return None
    return Borders(point[sample.zone], city, real, made.part, lengths)


def _shared_km(region: Region, place: Rows) -> tuple[Rows, Rows, Reals]:
    """Return how long a border any two places share: both places, and km.

    Neighbouring zones do not always share their outline to the last digit, and some only touch
    at a corner: what counts is how much of one lies within `CLOSE` of the other, over `CLOSE`.
    """
    zones = region.table("zones")
    middle = np.cos(np.radians(zones["lat"].to_numpy(dtype=np.float64).mean()))
    shapes = shapely.transform(
        zones.geometry.to_numpy(), lambda spots: spots * np.array([middle, 1.0])
    )
    one, other = STRtree(shapes).query(shapes, predicate="dwithin", distance=CLOSE)
    apart = (one < other) & (place[one] != place[other])
    one, other = one[apart], other[apart]
    rows, at = np.unique(one, return_inverse=True)
    around = shapely.buffer(shapes[rows], CLOSE)
    strip = shapely.area(shapely.intersection(around[at], shapes[other]))
    return place[one], place[other], strip / CLOSE * _KM_PER_DEGREE


def across(region: Region, borders: Borders, kind: Kind) -> Across | None:
    """Return what of a network crosses borders; None if no edge has both ends in the region."""
    ends = kind.ends
    cities = region.table("cities").geometry.to_numpy()
    at = [row_containing(_points(ends[:, side]), cities) for side in (0, 1)]
    between = np.stack(at, axis=1)
    inside = np.flatnonzero((between >= 0).all(axis=1))
    if not len(inside):
        return None
    zones = region.table("zones")
    middle = np.cos(np.radians(zones["lat"].to_numpy(dtype=np.float64).mean()))
    flat = ends[inside] * np.array([middle, 1.0]) * _KM_PER_DEGREE
    tree = cKDTree(borders.point)
    tail, head = (tree.query(flat[:, side])[1].astype(np.int64) for side in (0, 1))
    capacity = kind.capacity[inside]
    known = kind.unit is not None and not np.isnan(capacity).any() and capacity.sum() > 0

    def counted_by(weight: Reals | None) -> Crossings:
        return crossings_of(
            tail,
            head,
            borders.city,
            borders.part,
            length=borders.km,
            lengths=borders.lengths,
            weight=weight,
        )

    counted, carried = counted_by(None), counted_by(capacity) if known else None
    return Across(kind, counted, carried, _verdict(counted, carried), between)


def _points(ends: Reals) -> np.ndarray:
    return np.asarray(shapely.points(ends))


def _verdict(counted: Crossings, carried: Crossings | None) -> Verdict:
    """Return whether borders are crossed clearly less often than made-up ones.

    Clear: by the Poisson interval and among made-up borders, counted and, where known, by what
    is carried. Unsure: by the count alone, or by one of interval and chance.
    """
    interval = counted.beta_interval[1] < 0
    chance = counted.p_value <= RARE
    if not (interval or chance):
        return Verdict.NONE
    agrees = carried is None or carried.p_value <= RARE
    return Verdict.CLEAR if interval and chance and agrees else Verdict.UNSURE


def pairs_of(found: Across, cities: int) -> Rows:
    """Return how many edges join each two cities, shape (cities, cities), symmetric."""
    count = np.zeros((cities, cities), np.int64)
    known = (found.between >= 0).all(axis=1) & (found.between[:, 0] != found.between[:, 1])
    one, other = found.between[known].T
    np.add.at(count, (one, other), 1)
    np.add.at(count, (other, one), 1)
    return count
