"""Finding out which coordinate system points are in, by how near they lie to the roads.

Points that stand beside roads (stations, halls, schools, county seats) are read in each
system in question; the right one brings them nearest. GCJ-02 lies about 500 m and BD-09 about
1 km beside WGS-84, so the wrong ones scatter the points over the blocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy.stats import binomtest

from onecity.core.errors import InputError
from onecity.core.words import Language, say

from .coordinates import BD09, GCJ02, WGS84, system_name, to_wgs84
from .reading import Reals, Shapes

SWAPPED = "WGS-84, lat/lon"
"""Name of the hypothesis that longitude and latitude change places."""

FEWEST = 10
"""Fewer points than this cannot speak with confidence."""
DOUBT = 1e-3
"""Chance, by a sign test, at which the best system is believed against each other one."""
FARTHEST_METRES = 2000.0
"""If even the best system leaves the median point this far from a road, none is believed."""

_SAMPLE = 5000
_CGCS2000 = "EPSG:4490"
_METRES_PER_DEGREE = 111_195.0
_SAME_METRES = 1.0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One system tried: `metres` is the median distance of the points to the nearest road."""

    system: str
    metres: float

    def text(self, language: Language) -> str:
        """Return the system and its distance."""
        return say("sources.hypothesis", language, system=self.system, metres=self.metres)


@dataclass(frozen=True, slots=True)
class Offset:
    """Which system points are in, and why.

    `system` is the best of `tried` (nearest first) and has the name `to_wgs84` takes, or is
    `SWAPPED`. `shift_metres` is how far the median point lies off when taken as WGS-84; NaN
    where it cannot be. `confident` says that at least `FEWEST` points were given, that the
    best brings the median point within `FARTHEST_METRES` of a road, and that it beats each
    other hypothesis in a sign test at `DOUBT` (how many of the points come nearer under it).
    """

    system: str
    points: int
    shift_metres: float
    confident: bool
    tried: tuple[Hypothesis, ...]

    def contradicts(self, declared: object) -> bool:
        """Whether the evidence speaks with confidence against the system declared."""
        name = system_name(declared)
        alike = {name, WGS84} if name == _CGCS2000 else {name}
        nearest = self.tried[0].metres + _SAME_METRES
        as_good = {one.system for one in self.tried if one.metres <= nearest}
        return self.confident and not alike & as_good

    def text(self, language: Language) -> str:
        """Return the finding as a sentence."""
        if not self.confident:
            key = "sources.offset_unsure"
        elif self.system == SWAPPED:
            key = "sources.offset_swapped"
        elif self.shift_metres >= _SAME_METRES:
            key = "sources.offset_found"
        else:
            key = "sources.offset_as_named"
        listed = ("；" if language == "zh" else "; ").join(h.text(language) for h in self.tried)
        return say(
            key,
            language,
            system=self.system,
            points=self.points,
            shift=self.shift_metres,
            tried=listed,
        )


def detect_offset(x: ArrayLike, y: ArrayLike, roads: Shapes, *, declared: object = WGS84) -> Offset:
    """Find the coordinate system of points that lie near roads.

    Parameters
    ----------
    x, y
        Positions as given, in degrees or metres, first the one taken for longitude or
        easting. Rows with NaN are left out; of more than five thousand, every n-th is used.
    roads
        LineStrings in WGS-84 (an array or GeoSeries) of the area the points lie in.
    declared
        The system the points are said to be in; tried beside the others.

    Returns
    -------
    Offset
        Degrees are tried as WGS-84, GCJ-02, BD-09 and swapped; values beyond 180 as Web
        Mercator, UTM and the CGCS2000 Gauss-Krüger systems of 3 and 6 degrees around the
        roads. Systems that put the points in the same place as a better one (outside China)
        are not counted against it.

    Raises
    ------
    InputError
        If there are no points, no roads, or no system in question can hold the points.
    """
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    whole = np.isfinite(a) & np.isfinite(b)
    a, b = a[whole], b[whole]
    lines = np.asarray(roads, object)
    if not len(a) or not len(lines):
        raise InputError("sources.offset_nothing", points=len(a), roads=len(lines))
    step = -(-len(a) // _SAMPLE)
    a, b = a[::step], b[::step]
    west, south, east, north = shapely.total_bounds(lines)
    origin = ((west + east) / 2, (south + north) / 2)
    scale = np.array([np.cos(np.radians(origin[1])), 1.0]) * _METRES_PER_DEGREE
    tree = shapely.STRtree(shapely.transform(lines, lambda xy: (xy - origin) * scale))
    found = []
    for system, lon, lat in _readings(a, b, origin[0], system_name(declared)):
        at = (np.column_stack([lon, lat]) - origin) * scale
        _, metres = tree.query_nearest(shapely.points(at), return_distance=True, all_matches=False)
        found.append((float(np.median(metres)), system, metres, at))
    if not found:
        raise InputError("sources.offset_no_system", x=a[0], y=b[0])
    found.sort(key=lambda entry: entry[0])
    best, system, metres, at = found[0]
    rivals = [
        (other, where)
        for _, _, other, where in found[1:]
        if np.median(np.hypot(*(where - at).T)) > _SAME_METRES
    ]
    as_given = [where for _, name, _, where in found if name == WGS84]
    return Offset(
        system=_plainest([name for _, name, _, where in found if np.array_equal(where, at)]),
        points=len(a),
        shift_metres=float(np.median(np.hypot(*(as_given[0] - at).T))) if as_given else np.nan,
        confident=len(a) >= FEWEST
        and best <= FARTHEST_METRES
        and all(_beats(metres, other) for other, _ in rivals),
        tried=tuple(Hypothesis(name, median) for median, name, _, _ in found),
    )


def _plainest(names: list[str]) -> str:
    """Of systems that agree to the last digit, name WGS-84 where it is among them."""
    return WGS84 if WGS84 in names else names[0]


def _beats(metres: Reals, other: Reals) -> bool:
    """Whether more points are nearer under the first than chance would give."""
    nearer, farther = int((metres < other).sum()), int((metres > other).sum())
    if not nearer + farther:
        return False
    return bool(binomtest(nearer, nearer + farther, alternative="greater").pvalue < DOUBT)


def _readings(
    a: Reals, b: Reals, middle: float, declared: str
) -> Iterator[tuple[str, Reals, Reals]]:
    """Give each system that can hold all points, with their longitude and latitude in it."""
    largest = max(np.abs(a).max(), np.abs(b).max())
    degrees = largest <= 180.0
    names = [WGS84, GCJ02, BD09] if degrees else _projected(middle)
    for name in dict.fromkeys([*names, declared]):
        try:
            lon, lat = to_wgs84(a, b, name)
        except InputError:
            continue
        if np.isfinite(lon).all() and np.isfinite(lat).all():
            yield name, lon, lat
    if degrees and np.abs(a).max() <= 90.0:
        yield SWAPPED, b, a


def _projected(middle: float) -> list[str]:
    """Return the metric systems likely around the longitude `middle`, degrees."""
    names = ["EPSG:3857", f"EPSG:{32601 + int((middle + 180.0) // 6) % 60}"]
    zone3, zone6 = round(middle / 3), int(middle // 6) + 1
    for zone in (zone3 - 1, zone3, zone3 + 1):
        if 25 <= zone <= 45:
            # CGCS2000 / 3-degree Gauss-Kruger: with the zone before the easting, without.
            names += [f"EPSG:{4513 + zone - 25}", f"EPSG:{4534 + zone - 25}"]
    for zone in (zone6 - 1, zone6, zone6 + 1):
        if 13 <= zone <= 23:
            names += [f"EPSG:{4491 + zone - 13}", f"EPSG:{4502 + zone - 13}"]
    return names
