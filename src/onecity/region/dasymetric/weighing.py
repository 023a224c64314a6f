"""How many people a zone draws, from what lies around it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from onecity.core.errors import InputError, MissingError, RangeError

from ._checks import Flag, Real, column, indices, on_sphere

Points = Mapping[str, tuple[ArrayLike, ArrayLike]]
"""Point sets by name, each its longitudes and latitudes in degrees (WGS-84)."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

REACH = 4.0
"""Bandwidths after which the smoothing kernel is cut; 0.03 % of its mass lies beyond."""

BLOCK = 64
"""Zones whose distances are held at once: bounds memory where points stand close."""


@dataclass(frozen=True, slots=True)
class Term:
    """One factor of the weight: ``(1 + density / scale_per_km2) ** power``.

    `points` names the set of points; `bandwidth_km` is the standard deviation of the Gaussian
    that smooths them; below `scale_per_km2` (points per km²) a density hardly counts; `power`
    is the elasticity of the density of people where the points stand close, zero or more.
    """

    points: str
    bandwidth_km: float
    scale_per_km2: float
    power: float


TERMS = (
    Term("junction", 1.0, 0.03, 0.26),
    Term("junction", 6.0, 0.03, 0.82),
    Term("place", 1.0, 0.01, 0.19),
)
"""The terms that ship: fitted to the districts of Wuhan by ``scripts/score_population.py``.

That they hold for other cities is an assumption, for which the same script gives evidence.
Junctions are those of the *trunk* network; a network with every street in it needs terms
fitted anew (see `onecity.region.dasymetric.fit_powers`), or its trunk roads alone.
"""


def junctions(node_count: int, tail: ArrayLike, head: ArrayLike) -> Flag:
    """Return which nodes (n,) of a road network have three or more neighbours.

    Parallel arcs, both directions of one road, and loops do not make a junction.

    Parameters
    ----------
    node_count
        Number of nodes, n.
    tail, head
        Ends of the arcs (m,), node numbers from 0 to n - 1.

    Raises
    ------
    InputError
        If the two differ in length or name a node that does not exist.
    """
    tails = indices("tail", tail, node_count)
    heads = indices("head", head, node_count, len(tails))
    apart = tails != heads
    pairs = np.sort(np.stack([tails[apart], heads[apart]], axis=1), axis=1)
    ends = np.unique(pairs, axis=0).ravel()
    return np.asarray(np.bincount(ends, minlength=node_count) >= 3)


def point_density(
    lon: ArrayLike,
    lat: ArrayLike,
    point_lon: ArrayLike,
    point_lat: ArrayLike,
    bandwidth_km: float,
) -> Real:
    """Return the density of points around places, per km².

    Each point is smoothed into a Gaussian of the given standard deviation, cut after `REACH`
    of them and scaled to integrate to one point. Distances are great circles on a sphere.

    Parameters
    ----------
    lon, lat
        Where to measure (Z,), degrees.
    point_lon, point_lat
        The points (N,), degrees; may be none.
    bandwidth_km
        Standard deviation of the Gaussian, over zero.

    Raises
    ------
    InputError
        If a position is missing or off the globe, or the bandwidth is not positive.
    """
    if not (np.isfinite(bandwidth_km) and bandwidth_km > 0):
        raise InputError("dasymetric.bandwidth", given=bandwidth_km)
    where = on_sphere("lon", lon, "lat", lat)
    points = on_sphere("point_lon", point_lon, "point_lat", point_lat)
    density = np.zeros(len(where))
    if not len(points):
        return density
    tree = cKDTree(points)
    half_angle = min(REACH * bandwidth_km / (2 * EARTH_RADIUS_KM), np.pi / 2)
    chord = 2 * np.sin(half_angle)
    mass = 2 * np.pi * bandwidth_km**2 * (1 - np.exp(-(REACH**2) / 2))
    for first in range(0, len(where), BLOCK):
        block = where[first : first + BLOCK]
        near = cKDTree(block).sparse_distance_matrix(tree, chord, output_type="ndarray")
        arc_km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(near["v"] / 2, 1))
        kernel = np.exp(-((arc_km / bandwidth_km) ** 2) / 2) / mass
        density[first : first + BLOCK] = np.bincount(near["i"], kernel, len(block))
    return density


def features(lon: ArrayLike, lat: ArrayLike, points: Points, terms: Sequence[Term] = TERMS) -> Real:
    """Return the density (Z, F) that each term asks for, at the middle of each zone.

    The middle is enough for zones as wide as the narrowest kernel: averaging over forty points
    inside each zone of 5 km² moved the R² by less than 0.01.

    Raises
    ------
    MissingError
        If a term names points that are not given.
    InputError
        If a position is missing or off the globe.
    """
    columns = []
    for term in terms:
        if term.points not in points:
            raise MissingError("dasymetric.no_points", name=term.points)
        columns.append(point_density(lon, lat, *points[term.points], term.bandwidth_km))
    return np.stack(columns, axis=1) if columns else np.zeros((np.size(lon), 0))


def weights(area_km2: ArrayLike, feature: ArrayLike, terms: Sequence[Term] = TERMS) -> Real:
    """Return the weight (Z,) of each zone: its area times the factor of each term.

    Parameters
    ----------
    area_km2
        Area of each zone where people may live (Z,), zero or more: the land, if known.
    feature
        A density per zone and term (Z, F), zero or more; from `features` or elsewhere.
    terms
        What the columns of `feature` mean; only scale and power are used.

    Raises
    ------
    InputError
        If a number is missing or negative, lengths differ, or a term's scale or power is bad.
    RangeError
        If a weight would leave the range of floating-point numbers.
    """
    area = column("area_km2", area_km2)
    powers = np.array([term.power for term in terms], dtype=np.float64)
    if not (np.isfinite(powers).all() and (powers >= 0).all()):
        raise InputError("dasymetric.power", given=powers.tolist())
    logs = log_factors(feature, len(area), terms)
    with np.errstate(over="ignore", invalid="ignore"):
        weight = area * np.exp(logs @ powers)
    if not np.isfinite(weight).all():
        raise RangeError("dasymetric.weight_range", row=int(np.argmin(np.isfinite(weight))))
    return weight


def model_hash(points: Points, terms: Sequence[Term] = TERMS) -> str:
    """Return the hash that names a model: this code, its terms and the points it sees.

    The order of the points does not matter; positions count to the sixth decimal of a degree.
    A recorded score speaks of a model only as long as this hash is the same.
    """
    digest = hashlib.sha256()
    for module in ("_checks.py", "weighing.py", "splitting.py"):
        code = files(__package__).joinpath(module).read_text(encoding="utf-8")
        digest.update(code.replace("\r\n", "\n").encode())
    for term in terms:
        digest.update(repr(astuple(term)).encode())
    for name in sorted({term.points for term in terms}):
        if name not in points:
            raise MissingError("dasymetric.no_points", name=name)
        position = np.stack([np.asarray(axis, dtype=np.float64) for axis in points[name]], axis=1)
        micro = np.rint(position * 1e6).astype("<i8")
        digest.update(name.encode() + micro[np.lexsort(micro.T[::-1])].tobytes())
    return digest.hexdigest()


def log_factors(feature: ArrayLike, rows: int, terms: Sequence[Term]) -> Real:
    """Return ln(1 + x / scale) (Z, F) of checked features."""
    table = np.asarray(feature, dtype=np.float64)
    if table.shape != (rows, len(terms)):
        raise InputError("dasymetric.shape", given=table.shape, needed=(rows, len(terms)))
    for number in range(len(terms)):
        column(f"feature[{number}]", table[:, number])
    scales = np.array([term.scale_per_km2 for term in terms], dtype=np.float64)
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise InputError("dasymetric.scale", given=scales.tolist())
    with np.errstate(over="ignore"):
        logs = np.asarray(np.log1p(table / scales))
    if not np.isfinite(logs).all():
        row = int(np.argmin(np.isfinite(logs).all(axis=1)))
        raise RangeError("dasymetric.weight_range", row=row)
    return logs
