"""The road graphs that are measured, made once and kept in the cache folder."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).resolve().parents[1]
PORTO_FILE = ROOT.parent / "shared/data/peers/osm/porto_portugal.osm.pbf"
PORTO_CENTRE = (-8.611, 41.149)
WUHAN_ROADS = ROOT / "regions/wuhan/data/roads"
WUHAN_CENTRE = (114.305, 30.593)
SCGRAPH_DATA = "2.0.0"
#: The trunk networks have lengths and no speed. One speed for all: only shapes matter here.
TRUNK_KMH = 60.0
#: Speed of each class where no limit is signed, km/h; what is not here is no road for cars.
PORTO_KMH = {
    "motorway": 105.0, "motorway_link": 60.0, "trunk": 85.0, "trunk_link": 55.0,
    "primary": 60.0, "primary_link": 45.0, "secondary": 50.0, "secondary_link": 40.0,
    "tertiary": 45.0, "tertiary_link": 35.0, "unclassified": 35.0, "residential": 28.0,
    "living_street": 15.0, "service": 15.0, "road": 30.0,
}  # fmt: skip

Ids = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]
#: Raised by the recipe of a graph when it changes, so that old cache files are not used.
VERSION = 1


class AbsentError(RuntimeError):
    """Something that is measured is not on this machine; the sentence says what and why."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Directed arcs without loops, at most one from a node to another, sorted by tail.

    `tail` and `head` are node ids (arcs,), `ms` whole milliseconds of at least 1 (arcs,),
    `lon` and `lat` degrees (n,).
    """

    name: str
    tail: Ids
    head: Ids
    ms: npt.NDArray[np.uint32]
    lon: Reals
    lat: Reals

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.lon)

    @property
    def arcs(self) -> int:
        """Number of arcs."""
        return len(self.tail)

    def matrix(self) -> csr_array:
        """Return the arcs as SciPy wants them; every path of milliseconds is exact in float64."""
        times = self.ms.astype(np.float64)
        return csr_array((times, (self.tail, self.head)), shape=(self.n, self.n))

    def save(self, path: Path) -> None:
        """Write the arrays to a .npz file; it is there whole or not at all."""
        draft = path.with_name(f"draft-{path.name}")
        np.savez(
            draft, tail=self.tail, head=self.head, ms=self.ms, lon=self.lon, lat=self.lat
        )  # fmt: skip
        draft.replace(path)


def load(name: str, path: Path) -> Graph:
    """Return a graph that `Graph.save` wrote."""
    with np.load(path) as kept:
        return Graph(name, *(kept[key] for key in ("tail", "head", "ms", "lon", "lat")))


def cached(name: str, cache: Path, make: Callable[[], Graph]) -> Graph:
    """Return a graph from the cache folder, made first where it is not there."""
    path = graph_file(name, cache)
    if not path.exists():
        print(f"  making the graph {name} …", flush=True)
        make().save(path)
    return load(name, path)


def graph_file(name: str, cache: Path) -> Path:
    """Return where the cache keeps a graph."""
    cache.mkdir(parents=True, exist_ok=True)
    return cache / f"{re.sub('[^a-z0-9]+', '-', name.lower())}-v{VERSION}.npz"


def simple(
    name: str, tail: npt.ArrayLike, head: npt.ArrayLike, ms: npt.ArrayLike, lon: Reals, lat: Reals
) -> Graph:
    """Return a graph of any arcs: loops dropped, the quickest of parallel ones kept."""
    tails, heads, times = (np.asarray(values, np.int64) for values in (tail, head, ms))
    order = np.lexsort((times, heads, tails))
    order = order[tails[order] != heads[order]]
    tails, heads, times = tails[order], heads[order], times[order]
    kept = np.ones(len(tails), np.bool_)
    kept[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    return Graph(
        name,
        tails[kept].astype(np.int32),
        heads[kept].astype(np.int32),
        np.maximum(times[kept], 1).astype(np.uint32),
        np.asarray(lon, np.float64),
        np.asarray(lat, np.float64),
    )


def induced(graph: Graph, kept: npt.NDArray[np.bool_], name: str) -> Graph:
    """Return the nodes of a mask (n,) and the arcs between them."""
    new = np.cumsum(kept) - 1
    inside = kept[graph.tail] & kept[graph.head]
    return simple(
        name, new[graph.tail[inside]], new[graph.head[inside]], graph.ms[inside],
        graph.lon[kept], graph.lat[kept],
    )  # fmt: skip


def largest_strong_piece(graph: Graph, name: str | None = None) -> Graph:
    """Return the largest piece in which every node reaches every other."""
    _, label = connected_components(graph.matrix(), connection="strong")
    return induced(graph, label == np.bincount(label).argmax(), name or graph.name)


def nearest(graph: Graph, centre: tuple[float, float], count: int, name: str) -> Graph:
    """Return the `count` nodes inside the smallest box of degrees around a centre."""
    away = np.maximum(np.abs(graph.lon - centre[0]), np.abs(graph.lat - centre[1]))
    kept = np.zeros(graph.n, np.bool_)
    kept[np.argsort(away, kind="stable")[:count]] = True
    return induced(graph, kept, name)


def without_chains(graph: Graph) -> Graph:
    """Return the graph without the nodes that have just two neighbours.

    The way through such a node becomes an arc between the two, so times between the nodes that
    are left stay what they were.
    """
    leaving: list[dict[int, int]] = [{} for _ in range(graph.n)]
    entering: list[dict[int, int]] = [{} for _ in range(graph.n)]
    for a, b, ms in zip(graph.tail.tolist(), graph.head.tolist(), graph.ms.tolist(), strict=True):
        leaving[a][b] = entering[b][a] = ms
    kept = np.ones(graph.n, np.bool_)
    for x in range(graph.n):
        around = leaving[x].keys() | entering[x].keys()
        if len(around) != 2:
            continue
        one, two = around
        for a, b in ((one, two), (two, one)):
            if a in entering[x] and b in leaving[x]:
                through = entering[x][a] + leaving[x][b]
                leaving[a][b] = entering[b][a] = min(through, leaving[a].get(b, through))
        for a in around:
            leaving[a].pop(x, None)
            entering[a].pop(x, None)
        leaving[x], entering[x] = {}, {}
        kept[x] = False
    new = np.cumsum(kept) - 1
    arcs = np.array([(a, b, ms) for a in range(graph.n) for b, ms in leaving[a].items()], np.int64)
    return simple(
        graph.name, new[arcs[:, 0]], new[arcs[:, 1]], arcs[:, 2],
        graph.lon[kept], graph.lat[kept],
    )  # fmt: skip


def porto(cache: Path) -> Graph:
    """Return the intersections of the Porto region, from its OpenStreetMap extract."""
    return cached("Porto", cache, _make_porto)


def _make_porto() -> Graph:
    from onecity.region.sources.osm import read_osm

    if not PORTO_FILE.exists():
        raise AbsentError(f"there is no OpenStreetMap extract of Porto at {PORTO_FILE}")
    roads = read_osm(PORTO_FILE, PORTO_KMH)
    ways = []
    for seconds, ends in (
        ("seconds_forward", ("tail", "head")),
        ("seconds_backward", ("head", "tail")),
    ):
        open_ = roads.edges[roads.edges[seconds].notna()]
        ways.append((open_[ends[0]], open_[ends[1]], np.rint(open_[seconds] * 1000.0)))
    tail, head, ms = (np.concatenate(column) for column in zip(*ways, strict=True))
    lon, lat = roads.nodes["lon"].to_numpy(), roads.nodes["lat"].to_numpy()
    whole = largest_strong_piece(simple("Porto", tail, head, ms, lon, lat))
    return largest_strong_piece(without_chains(whole))


def world(cache: Path) -> Graph:
    """Return the highways of the world in `scgraph_data`, all pieces of them."""
    return cached("World", cache, _make_world)


def _make_world() -> Graph:
    path = _world_file()
    # Importing the module takes half a minute and 5 GB; its text has two literals, one a line.
    lines = {}
    with path.open(encoding="utf-8") as text:
        for line in text:
            name, _, value = line.partition("=")
            if name.strip() in ("graph", "nodes"):
                lines[name.strip()] = value
    place = _numbers(lines.pop("nodes")).reshape(-1, 2)
    rows = lines.pop("graph").split("}")[:-1]
    if len(rows) != len(place):
        raise AbsentError(f"{path} has {len(rows)} rows of arcs and {len(place)} coordinates")
    tail = np.repeat(np.arange(len(rows)), [row.count(":") for row in rows])
    head, km = _numbers(" ".join(rows)).reshape(-1, 2).T
    ms = np.rint(km / TRUNK_KMH * 3.6e6)
    return simple("World", tail, head, ms, place[:, 1], place[:, 0])


def _world_file() -> Path:
    try:
        found = distribution("scgraph_data")
    except PackageNotFoundError as error:
        raise AbsentError(f"scgraph_data {SCGRAPH_DATA} is not installed") from error
    if found.version != SCGRAPH_DATA:
        raise AbsentError(f"scgraph_data is {found.version}, measured is {SCGRAPH_DATA}")
    return Path(str(found.locate_file("scgraph_data/world_highways.py")))


def _numbers(literal: str) -> Reals:
    return np.array(literal.translate(str.maketrans("[]{}:,", "      ")).split(), np.float64)


def wuhan(cache: Path) -> Graph:
    """Return the trunk roads of the Wuhan circle that ship with the project."""
    return cached("Wuhan", cache, _make_wuhan)


def _make_wuhan() -> Graph:
    nodes = np.genfromtxt(WUHAN_ROADS / "nodes.csv", delimiter=",", names=True)
    edges = np.genfromtxt(WUHAN_ROADS / "edges.csv", delimiter=",", names=True)
    order = np.argsort(nodes["node"])
    ids = nodes["node"][order]
    one, two = (np.searchsorted(ids, edges[end]) for end in ("tail", "head"))
    back = edges["oneway"] == 0
    ms = np.rint(edges["km"] / TRUNK_KMH * 3.6e6)
    return simple(
        "Wuhan",
        np.concatenate([one, two[back]]),
        np.concatenate([two, one[back]]),
        np.concatenate([ms, ms[back]]),
        nodes["lon"][order],
        nodes["lat"][order],
    )
