"""Roads from an OpenStreetMap extract (``.osm.pbf``), for cars.

The rules, all of them parameters or constants that a reader of the result can find:

* A way is used when its ``highway`` class is in `speeds`, or it is a ferry that says it takes
  cars; when it is no area; and when its access tags let a car in one way at least
  (`osm_tags.is_open`).
* Speed: the signed limit times `limit_factor`; without a limit that can be read (none, absent,
  variable) the speed of the class. Each direction has its own limit. A ferry with a
  ``duration`` takes that long; waiting is not in it.
* Ways are split where they meet (a node used twice or more), never elsewhere; their course is
  kept as a LineString. A barrier that stops cars splits too, and the ends do not join.
* A way whose nodes are not all in the extract, or not all within `bounds`, is cut there; the
  node where it stops is marked `cut`. Some tools clip extracts without leaving a trace of the
  missing nodes, others keep ways whole that reach out: dead ends outside the box the extract
  says it covers, or within `rim_km` of its edge, are marked `cut` too. (In an extract of Porto
  clipped like that, three of four nodes within 20 m of the edge are dead ends, one of three
  at 50 to 100 m, and beyond that one of seven, as everywhere.)
* Turn restrictions and conditional tags are not read.
"""

import math
import os
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import osmium
import shapely

from onecity.core.errors import InputError
from onecity.core.files import checked_file
from onecity.core.progress import SILENCE, Progress

from . import osm_tags as rules
from .osm_split import NOWHERE, SplitWays, WayPoints, split_ways
from .reading import Flags, Integers, ReadReport, Reals, Remark
from .roads import EdgeColumns, NodeColumns, Roads, make_roads, segment_km

Bounds = tuple[float, float, float, float]

FERRY = "ferry"
RIM_KM = 0.1
"""How near to the edge of an extract a dead end is taken for cut."""
LIMIT_FACTOR = 0.9
"""Share of the signed limit that is driven; an assumption, for a recipe to change."""

_STEP = 10_000
_KM_PER_DEGREE = 111.2
_FIXED = 10_000_000
"""OpenStreetMap holds degrees as whole numbers of this fraction."""


class _Way(NamedTuple):
    """What the tags of a way that is used say."""

    road_class: str
    forward_kmh: float
    backward_kmh: float
    hours: float
    lanes: float
    bridge: bool
    tunnel: bool
    name: str | None
    unread_limit: bool


_TYPES = (object, float, float, float, float, bool, bool, object, bool)
"""Types of the columns of `_Way`, in order."""


class _Dropped(NamedTuple):
    """Why a way is not used: a key of the catalogue, and a value where that has one."""

    key: str
    value: str


@dataclass(slots=True)
class _Reading:
    """What one pass over the file gathers."""

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    ways: list[_Way] = field(default_factory=list)
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    refs: "array[int]" = field(default_factory=lambda: array("q"))
    x: "array[int]" = field(default_factory=lambda: array("i"))
    y: "array[int]" = field(default_factory=lambda: array("i"))
    barriers: dict[int, str] = field(default_factory=dict)
    dropped: Counter[_Dropped] = field(default_factory=Counter)
    seen: int = 0


def read_osm(
    path: str | os.PathLike[str],
    speeds: Mapping[str, float],
    *,
    limit_factor: float = LIMIT_FACTOR,
    bounds: Bounds | None = None,
    rim_km: float = RIM_KM,
    progress: Progress = SILENCE,
) -> Roads:
    """Read the roads of an OpenStreetMap extract.

    Parameters
    ----------
    path
        The file; its objects must be sorted by type (nodes before ways), as extracts are.
    speeds
        Class (value of ``highway``, or ``ferry``) to speed in km/h where no limit is signed.
        Classes that are not in it are left out and counted.
    limit_factor
        Share of the signed limit that is driven.
    bounds
        West, south, east and north in degrees; what lies outside is left out. No new nodes
        are made at the border: a way ends at its last node inside.
    rim_km
        A dead end this near to the edge of the extract's box (or of `bounds`) is `cut`.
    progress
        Told of every ten thousand ways read, and of the stages after.

    Returns
    -------
    Roads
        `origin` is the node's id, or the way's id (``ferry`` edges have class ``ferry``).
        `report.seen` counts the ways with ``highway`` or ``route=ferry``; `report.kept` those
        that gave at least one edge. Memory is about 0.4 kB for each node of a used way, and
        16 bytes for each node of the file while it is read. A file that breaks off exactly
        between two of its blocks cannot be told from a whole one.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is a folder, empty, damaged or no OpenStreetMap file, holds no roads for cars,
        or if a speed, the factor or the bounds are not usable.
    """
    _check_arguments(speeds, limit_factor, bounds)
    file = checked_file(path)
    progress.stage("sources.stage_osm_read")
    try:
        box, reading = _read(file, speeds, limit_factor, progress)
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        raise InputError("sources.osm_damaged", path=str(file), reason=error) from error
    if not reading.ways:
        raise InputError("sources.osm_no_roads", path=str(file), seen=reading.seen)
    progress.stage("sources.stage_osm_build")
    return _build(file, reading, bounds, [b for b in (box, bounds) if b], rim_km)


def _check_arguments(
    speeds: Mapping[str, float], limit_factor: float, bounds: Bounds | None
) -> None:
    for name, kmh in speeds.items():
        if not (math.isfinite(kmh) and kmh > 0):
            raise InputError("sources.speed_not_positive", road_class=name, given=kmh)
    if not (math.isfinite(limit_factor) and limit_factor > 0):
        raise InputError("sources.factor_not_positive", given=limit_factor)
    if bounds and not (bounds[0] < bounds[2] and bounds[1] < bounds[3]):
        raise InputError("sources.bounds_empty", given=bounds)


def _read(
    file: Path, speeds: Mapping[str, float], limit_factor: float, progress: Progress
) -> tuple[Bounds | None, _Reading]:
    stops = osmium.filter.KeyFilter("barrier")
    stops.enable_for(osmium.osm.NODE)
    lines = osmium.filter.KeyFilter("highway", "route")
    lines.enable_for(osmium.osm.WAY)
    processor = osmium.FileProcessor(str(file), osmium.osm.NODE | osmium.osm.WAY)
    processor = processor.with_locations().with_filter(stops).with_filter(lines)
    box = processor.header.box()
    reading = _Reading()
    for thing in processor:
        tags = dict(thing.tags)
        if isinstance(thing, osmium.osm.Node) and rules.blocks(tags):
            reading.barriers[thing.id] = tags["barrier"]
        if not isinstance(thing, osmium.osm.Way):
            continue
        if "highway" not in tags and tags.get("route") != FERRY:
            continue
        reading.seen += 1
        if reading.seen % _STEP == 0:
            progress.advance(_STEP)
        way = _judge(tags, speeds, limit_factor)
        if isinstance(way, _Dropped):
            reading.dropped[way] += 1
            continue
        points = list(thing.nodes)
        reading.ids.append(thing.id)
        reading.ways.append(way)
        reading.sizes.append(len(points))
        reading.refs.extend([point.ref for point in points])
        reading.x.extend([point.x for point in points])
        reading.y.extend([point.y for point in points])
    if not box.valid():
        return None, reading
    low, high = box.bottom_left, box.top_right
    return (low.lon, low.lat, high.lon, high.lat), reading


def _judge(tags: dict[str, str], speeds: Mapping[str, float], factor: float) -> _Way | _Dropped:
    """Say what a way gives to the network, or why it gives nothing."""
    road_class = tags.get("highway", FERRY)
    if road_class not in speeds:
        return _Dropped("sources.osm_class", road_class)
    if tags.get("area") == "yes":
        return _Dropped("sources.osm_area", road_class)
    ferry = road_class == FERRY
    access = {way: rules.access_value(tags, way) for way in rules.DIRECTIONS}
    if ferry and set(access.values()) == {None}:
        return _Dropped("sources.osm_ferry_without_cars", "")
    directions = rules.oneway(tags, road_class)
    if directions is None:
        return _Dropped("sources.osm_reversible", "")
    unread = False
    speed: list[float] = []
    for way, allowed in zip(rules.DIRECTIONS, directions, strict=True):
        if not (allowed and rules.is_open(access[way])):
            speed.append(math.nan)
            continue
        text = None if ferry else rules.limit_text(tags, way)
        limit = rules.limit_kmh(text) if text else math.inf
        unread |= math.isnan(limit)
        speed.append(limit * factor if math.isfinite(limit) else speeds[road_class])
    if all(map(math.isnan, speed)):
        closed = next(access[w] for w, ok in zip(access, directions, strict=True) if ok)
        return _Dropped("sources.osm_closed", str(closed))
    return _Way(
        road_class,
        speed[0],
        speed[1],
        rules.duration_hours(tags.get("duration", "")) if ferry else math.nan,
        rules.lanes(tags),
        rules.is_set(tags, "bridge"),
        rules.is_set(tags, "tunnel"),
        tags.get("name") or tags.get("ref"),
        unread,
    )


def _build(
    file: Path, reading: _Reading, bounds: Bounds | None, boxes: list[Bounds], rim_km: float
) -> Roads:
    """Split the ways, measure the edges and make the tables."""
    ref, x, y = (np.asarray(values) for values in (reading.refs, reading.x, reading.y))
    here = (x != NOWHERE) & (y != NOWHERE)
    lost = int(len(here) - here.sum())
    if lost == len(here):
        raise InputError("sources.osm_no_positions", path=str(file), seen=reading.seen)
    lon, lat = x / _FIXED, y / _FIXED
    if bounds:
        here &= _inside(lon, lat, bounds)
    given = WayPoints(
        way=np.repeat(np.arange(len(reading.sizes)), np.asarray(reading.sizes)),
        ref=ref,
        here=here,
        blocked=np.fromiter(reading.barriers, np.int64, len(reading.barriers)),
    )
    split = split_ways(given)
    if not len(split.tail):
        key = "sources.osm_none_in_bounds" if bounds else "sources.osm_no_roads"
        raise InputError(key, path=str(file), seen=reading.seen, bounds=bounds)
    cut = split.cut.copy()
    for box in boxes:
        cut |= _at_rim(split, lon, lat, box, rim_km)
    nodes = NodeColumns(
        lon=lon[split.node_point],
        lat=lat[split.node_point],
        cut=cut,
        origin=ref[split.node_point].astype(str).astype(object),
    )
    way = given.way[split.points[split.start[:-1]]]
    lost_ways = np.unique(given.way[~here])
    edges = _edges(reading, split, way, np.isin(way, lost_ways), lon, lat)
    report = _report(file, reading, ref[split.node_point], cut, way, lost)
    return make_roads(nodes, edges, report)


def _inside(lon: Reals, lat: Reals, bounds: Bounds) -> Flags:
    west, south, east, north = bounds
    within = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return np.asarray(within, dtype=np.bool_)


def _at_rim(split: SplitWays, lon: Reals, lat: Reals, box: Bounds, rim_km: float) -> Flags:
    """Return which nodes are dead ends outside a box or within `rim_km` of its edge."""
    degree = np.bincount(np.concatenate([split.tail, split.head]), minlength=len(split.cut))
    west, south, east, north = box
    rise = rim_km / _KM_PER_DEGREE
    run = rise / max(math.cos(math.radians((south + north) / 2)), 0.01)
    inner = (west + run, south + rise, east - run, north - rise)
    point = split.node_point
    return np.asarray((degree == 1) & ~_inside(lon[point], lat[point], inner), dtype=np.bool_)


def _edges(
    reading: _Reading,
    split: SplitWays,
    way: Integers,
    shortened: Flags,
    lon: Reals,
    lat: Reals,
) -> EdgeColumns:
    """Measure each edge and give it what its way says; `way` is its row, for each edge."""
    lon, lat = lon[split.points], lat[split.points]
    first, after = split.start[:-1], split.start[1:]
    steps = np.append(segment_km(lon, lat), 0.0)
    steps[after - 1] = 0.0  # the step from the end of one edge to the begin of the next
    km = np.add.reduceat(steps, first)

    columns = zip(*reading.ways, strict=True)
    road_class, forward, backward, hours, lanes, bridge, tunnel, name, _ = (
        np.array(column, kind)[way] for column, kind in zip(columns, _TYPES, strict=True)
    )
    way_km = np.bincount(way, weights=km, minlength=len(reading.ways))[way]
    timed = (hours > 0) & (way_km > 0) & ~shortened
    for kmh in (forward, backward):
        kmh[timed] = np.where(np.isnan(kmh), np.nan, way_km / hours)[timed]
    return EdgeColumns(
        tail=split.tail,
        head=split.head,
        road_class=road_class,
        km=km,
        kmh=np.where(np.isnan(forward), backward, forward),
        seconds_forward=km / forward * 3600.0,
        seconds_backward=km / backward * 3600.0,
        lanes=lanes,
        bridge=bridge,
        tunnel=tunnel,
        ferry=road_class == FERRY,
        name=name,
        origin=np.asarray(reading.ids)[way].astype(str).astype(object),
        geometry=np.asarray(
            shapely.linestrings(
                np.column_stack([lon, lat]),
                indices=np.repeat(np.arange(len(first)), after - first),
            )
        ),
    )


def _report(
    file: Path,
    reading: _Reading,
    ends: Integers,
    cut: Flags,
    way: Integers,
    lost: int,
) -> ReadReport:
    used = np.unique(way)
    dropped = [
        Remark(reason.key, count, {"value": reason.value})
        for reason, count in reading.dropped.most_common()
    ]
    if outside := len(reading.ways) - len(used):
        dropped.append(Remark("sources.osm_way_outside", outside))
    nodes = np.unique(ends).tolist()
    stopped = Counter(reading.barriers[node] for node in nodes if node in reading.barriers)
    noted = [
        Remark("sources.osm_barrier", count, {"value": kind})
        for kind, count in stopped.most_common()
    ]
    counts = {
        "sources.osm_unread_limit": sum(reading.ways[row].unread_limit for row in used),
        "sources.osm_lost_points": lost,
        "sources.osm_cut": int(cut.sum()),
    }
    noted += [Remark(key, count) for key, count in counts.items() if count]
    return ReadReport(str(file), reading.seen, len(used), tuple(dropped), tuple(noted))
