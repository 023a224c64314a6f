"""Exact on real roads, where RoutingKit and SciPy are the oracles."""

import importlib.util
import json
import math
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pytest
import routingkit_cch
from numpy.typing import NDArray

from onecity.network import UNREACHABLE, Network
from tests.network.oracle import scipy_times

Road = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def porto(file: Path) -> Road:
    """Roads of Porto: tail, head, milliseconds, and coordinates (2, n)."""
    kmh = {"motorway": 110, "trunk": 90, "primary": 60, "secondary": 50, "tertiary": 45}
    kmh |= {"unclassified": 35, "residential": 28, "living_street": 15, "service": 15}
    name: dict[int, int] = {}
    places: list[tuple[float, float]] = []
    rows: list[tuple[int, int, int]] = []
    only_roads = osmium.filter.KeyFilter("highway")
    for way in osmium.FileProcessor(str(file)).with_locations().with_filter(only_roads):
        if not isinstance(way, osmium.osm.Way):
            continue
        speed = kmh.get(way.tags["highway"].removesuffix("_link"))
        if speed is None:
            continue
        both = way.tags.get("oneway") != "yes" and way.tags.get("junction") != "roundabout"
        spots = [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]
        for ref, lon, lat in spots:
            if ref not in name:
                name[ref] = len(places)
                places.append((lon, lat))
        for (a, x, y), (b, u, v) in pairwise(spots):
            km = math.hypot((u - x) * math.cos(math.radians(y)), v - y) * 111.195
            ms = round(km / speed * 3_600_000)
            rows.append((name[a], name[b], ms))
            if both:
                rows.append((name[b], name[a], ms))
    tail, head, ms = np.array(rows).T
    return tail, head, ms, np.array(places).T


def trunks() -> Road:
    """A square of Asia out of the trunk roads of the world, parsed from the module's text."""
    found = importlib.util.find_spec("scgraph_data.world_highways")
    if found is None or found.origin is None:
        pytest.skip("scgraph_data is not installed")
    text = Path(found.origin).read_text("utf-8")
    lists: dict[str, Any] = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key in {"graph", "nodes"}:
            # As JSON, whose names are texts: read as Python it takes five times as long.
            lists[key] = json.loads(re.sub(r"(\d+):", r'"\1":', value))
    lat, lon = np.array(lists["nodes"]).T
    inside = (lon > 100) & (lon < 124) & (lat > 20) & (lat < 42)
    name = np.cumsum(inside) - 1
    rows = [
        (name[a], name[int(b)], round(km * 40_000))
        for a, near in enumerate(lists["graph"])
        if inside[a]
        for b, km in near.items()
        if inside[int(b)]
    ]
    tail, head, ms = np.array(rows, np.int64).T
    return tail, head, ms, np.array([lon[inside], lat[inside]])


def assert_exact(road: Road) -> None:
    """Compare rows, columns, a changed metric, access and paths with the oracles."""
    tail, head, ms, (lon, lat) = road
    n = len(lon)
    random = np.random.default_rng(7)
    sources, targets = random.integers(0, n, 70), random.integers(0, n, 300)
    net = Network.from_arcs(tail, head, ms / 1000, lon=lon, lat=lat)
    slower = np.where(random.random(len(ms)) < 0.02, UNREACHABLE, ms * 2 + 1)
    seconds = np.where(slower == UNREACHABLE, np.inf, slower / 1000)
    for times, one in ((ms, net), (slower, net.with_seconds(seconds))):
        oracle = scipy_times(n, tail, head, times, sources[:12])
        found = one.travel_times_ms(sources)
        np.testing.assert_array_equal(found[:12], oracle)
        np.testing.assert_array_equal(one.travel_times_ms(sources, targets), found[:, targets])
        np.testing.assert_array_equal(
            one.reversed().travel_times_ms(targets, sources), found[:, targets].T
        )
        limit = int(np.quantile(oracle[oracle < UNREACHABLE], 0.3))
        jobs = random.integers(0, 50, len(targets)).astype(float)
        access = one.access(jobs, limit / 1000, nodes=targets, at=sources)
        np.testing.assert_array_equal(access, (found[:, targets] <= limit) @ jobs)
        everywhere = one.access(jobs, limit / 1000, nodes=targets)
        np.testing.assert_array_equal(everywhere[sources], access)
    # RoutingKit counts a closed arc as one of 2**31 - 1, as we do.
    order = routingkit_cch.compute_order_inertial(
        n, tail.tolist(), head.tolist(), lat.tolist(), lon.tolist()
    )
    cch = routingkit_cch.CCH(order, tail.tolist(), head.tolist(), False)
    query = routingkit_cch.CCHOneToMany(
        routingkit_cch.CCHMetric(cch, ms.tolist()), targets.tolist()
    )
    for row, source in zip(net.travel_times_ms(sources, targets), sources, strict=True):
        other = [UNREACHABLE if d is None else d for d in query.distances_from(int(source))]
        np.testing.assert_array_equal(row, other)
    for target in targets[:5]:
        time = int(net.travel_times_ms([sources[0]], [target])[0, 0])
        if time < UNREACHABLE:
            path = net.path(int(sources[0]), int(target))
            assert ms[path.arcs].sum() == time
            assert round(path.seconds[-1] * 1000) == time


@pytest.mark.shared
@pytest.mark.slow
def test_porto(shared_data: Path) -> None:
    file = shared_data / "peers" / "osm" / "porto_portugal.osm.pbf"
    if not file.is_file():
        pytest.skip(f"{file.name} is absent")
    assert_exact(porto(file))


@pytest.mark.extract
@pytest.mark.slow
def test_trunk_roads() -> None:
    assert_exact(trunks())
