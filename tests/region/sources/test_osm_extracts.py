"""Real extracts of two cities against a plain second reading of the same file."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pytest

from onecity.region.schema import ROAD_EDGES, ROAD_NODES
from onecity.region.sources.osm import read_osm
from onecity.region.sources.roads import Roads
from onecity.region.validation import check_table

pytestmark = pytest.mark.shared

SPEEDS = {
    "motorway": 100.0,
    "motorway_link": 60.0,
    "trunk": 80.0,
    "trunk_link": 50.0,
    "primary": 60.0,
    "primary_link": 40.0,
    "secondary": 50.0,
    "secondary_link": 40.0,
    "tertiary": 40.0,
    "tertiary_link": 35.0,
    "unclassified": 35.0,
    "residential": 30.0,
    "living_street": 10.0,
    "service": 15.0,
    "road": 30.0,
}
CLOSED = {"no", "private", "agricultural", "delivery"}
PASSES = {"gate", "lift_gate", "toll_booth", "entrance", "kerb"}


@dataclass
class Count:
    ways: int
    nodes: int
    edges: int
    km: float
    arcs: int
    dropped: Counter[str]


def verdict(tags: dict[str, str]) -> str:
    for key in ("motorcar", "motor_vehicle", "vehicle", "access"):
        if key in tags:
            return tags[key]
    return "yes"


class Gather(osmium.SimpleHandler):
    def __init__(self) -> None:
        super().__init__()
        self.place: dict[int, tuple[float, float]] = {}
        self.stops: set[int] = set()
        self.ways: list[tuple[list[int], bool]] = []
        self.stubs: list[int] = []
        self.dropped: Counter[str] = Counter()

    def node(self, node: osmium.osm.Node) -> None:
        self.place[node.id] = (node.location.lon, node.location.lat)
        tags = dict(node.tags)
        if "barrier" not in tags:
            return
        shut = verdict(tags) in CLOSED if verdict(tags) != "yes" else False
        told = any(key in tags for key in ("motorcar", "motor_vehicle", "vehicle", "access"))
        if shut or (not told and (tags["barrier"] not in PASSES or tags.get("locked") == "yes")):
            self.stops.add(node.id)

    def way(self, way: osmium.osm.Way) -> None:
        tags = dict(way.tags)
        kind = tags.get("highway")
        if kind is None:
            return
        if kind not in SPEEDS:
            self.dropped["class"] += 1
        elif tags.get("area") == "yes":
            self.dropped["area"] += 1
        elif verdict(tags) in CLOSED:
            self.dropped["closed"] += 1
        elif len(way.nodes) < 2:
            self.dropped["stub"] += 1
            self.stubs += [point.ref for point in way.nodes]
        else:
            implied = kind == "motorway" or tags.get("junction") == "roundabout"
            single = tags.get("oneway", "yes" if implied else "no") in {"yes", "1", "-1"}
            self.ways.append(([point.ref for point in way.nodes], single))


def haversine_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    lon1, lat1, lon2, lat2 = map(math.radians, (*a, *b))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


def count(file: Path) -> Count:
    found = Gather()
    found.apply_file(str(file))
    uses = Counter(ref for refs, _ in found.ways for ref in refs)
    # Where clipping left one node of a way, a road leaves all the same.
    uses.update(found.stubs)
    ends = {ref for refs, _ in found.ways for ref in (refs[0], refs[-1])}
    nodes: set[object] = set()
    edges = arcs = 0
    km = 0.0
    for refs, single in found.ways:
        last = refs[0]
        inside = False
        for at, (one, two) in enumerate(pairwise(refs)):
            km += haversine_km(found.place[one], found.place[two])
            inside = inside or one != two
            if uses[two] > 1 or two in ends or two in found.stops:
                if not inside:
                    continue
                edges += 1
                arcs += 1 if single else 2
                for ref, side in ((last, "tail"), (two, "head")):
                    nodes.add((ref, side, refs[0], at) if ref in found.stops else ref)
                last, inside = two, False
    return Count(len(found.ways), len(nodes), edges, km, arcs, found.dropped)


PORTO, PORTO_ALEGRE = "osm/porto_portugal.osm.pbf", "gtfs/poa_osm.pbf"


@cache
def read(file: Path) -> Roads:
    return read_osm(file, SPEEDS)


@pytest.mark.parametrize("name", [PORTO, PORTO_ALEGRE])
def test_a_city_agrees_with_a_plain_count(shared_data: Path, name: str) -> None:
    file = shared_data / "peers" / name
    roads = read(file)
    check_table(roads.nodes, ROAD_NODES)
    check_table(roads.edges, ROAD_EDGES)
    plain = count(file)
    open_ways = (~roads.edges[["seconds_forward", "seconds_backward"]].isna()).to_numpy()
    assert roads.report.kept == plain.ways
    assert len(roads.edges) == plain.edges
    assert len(roads.nodes) == plain.nodes
    assert int(open_ways.sum()) == plain.arcs
    # A sphere of the mean radius against the ellipsoid: under 0.3 % apart.
    assert roads.edges["km"].sum() == pytest.approx(plain.km, rel=3e-3)
    dropped = roads.report.dropped
    totals = Counter[str]()
    for remark in dropped:
        totals[remark.key] += remark.count
    assert totals["sources.osm_class"] == plain.dropped["class"]
    assert totals["sources.osm_area"] == plain.dropped["area"]
    assert totals["sources.osm_closed"] == plain.dropped["closed"]
    assert totals["sources.osm_way_outside"] == plain.dropped["stub"]
    assert roads.report.seen == roads.report.kept + sum(remark.count for remark in dropped)


def test_courses_begin_and_end_at_their_nodes(shared_data: Path) -> None:
    roads = read(shared_data / "peers" / PORTO_ALEGRE)
    place = roads.nodes[["lon", "lat"]].to_numpy()
    ends = {"tail": 0, "head": -1}
    for column, at in ends.items():
        there = np.array([shape.coords[at] for shape in roads.edges.geometry])
        assert np.array_equal(there, place[roads.edges[column].to_numpy()])
    assert roads.pieces.largest_strong > 0.95 * len(roads.nodes)


def test_the_rim_of_a_clipped_extract_is_marked(shared_data: Path) -> None:
    nodes = read(shared_data / "peers" / PORTO).nodes
    assert 250 < nodes["cut"].sum() < 500
    inner = (nodes["lon"].between(-8.79, -8.365)) & nodes["lat"].between(40.985, 41.395)
    assert not nodes.loc[inner, "cut"].any()
