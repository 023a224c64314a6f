"""Roads and railways around the nine cities, out of the world networks in `scgraph_data`."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .boundaries import Territory
from .inputs import PackageFile
from .writing import write_csv

MARGIN_METRES = 30_000.0
# Two degrees of longitude or latitude are far over 30 km here: what lies outside this box
# around the territory needs no exact distance.
BOX_DEGREES = 2.0


@dataclass(frozen=True, slots=True)
class Extract:
    """A piece of a world network.

    `node` holds the indices in the source (N,), `inside` and `cut` are flags (N,): in the nine
    cities; with an edge in the source that leaves the extract. `tail`, `head` index the source
    too, tail < head, each undirected edge once (E,). `loops` counts edges of a node to itself
    in the source, left out because they lead nowhere.
    """

    node: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    inside: npt.NDArray[np.bool_]
    cut: npt.NDArray[np.bool_]
    tail: npt.NDArray[np.int64]
    head: npt.NDArray[np.int64]
    km: npt.NDArray[np.float64]
    loops: int


def _module_texts(path: Path) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Return each node's neighbours as text, and all coordinates as (latitude, longitude).

    Importing the module takes half a minute and 5 GB; its text has two literals, one a line.
    """
    graph = nodes = ""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.startswith("graph="):
                graph = line.removeprefix("graph=").strip()
            elif line.startswith("nodes="):
                nodes = line.removeprefix("nodes=").strip()
    neighbours = graph.removeprefix("[{").removesuffix("}]").split("}, {")
    coordinates = np.array(json.loads(nodes), dtype=np.float64)
    if coordinates.shape != (len(neighbours), 2):
        raise ValueError(
            f"{len(neighbours)} nodes with neighbours, {coordinates.shape} coordinates"
        )
    return neighbours, coordinates


def _near(
    territory: Territory, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the indices of the nodes within the margin around the territory, ascending."""
    west, south, east, north = territory.area.bounds
    boxed = np.flatnonzero(
        (lon > west - BOX_DEGREES)
        & (lon < east + BOX_DEGREES)
        & (lat > south - BOX_DEGREES)
        & (lat < north + BOX_DEGREES)
    )
    return boxed[territory.metres_away(lon[boxed], lat[boxed]) <= MARGIN_METRES]


def _links(neighbours: list[str], node: int) -> dict[int, float]:
    """Return a node's neighbours and the kilometres to each."""
    links: dict[int, float] = ast.literal_eval("{" + neighbours[node] + "}")
    return links


def extract(source: PackageFile, territory: Territory) -> Extract:
    """Take the nodes within 30 km of the nine cities and every edge between two of them.

    A node further off is taken where an edge leads to it straight out of the nine cities, so
    that no node inside is cut.
    """
    neighbours, coordinates = _module_texts(source.locate())
    lat, lon = coordinates[:, 0], coordinates[:, 1]
    near = _near(territory, lon, lat)
    taken = set(near.tolist())
    for here in near[territory.covers(lon[near], lat[near])].tolist():
        taken.update(_links(neighbours, here))
    node = np.array(sorted(taken), dtype=np.int64)
    cut = np.zeros(len(node), dtype=np.bool_)
    edges: dict[tuple[int, int], float] = {}
    loops = 0
    for at, here in enumerate(node.tolist()):
        for there, km in _links(neighbours, here).items():
            if there == here:
                loops += 1
            elif there not in taken:
                cut[at] = True
            elif edges.setdefault((min(here, there), max(here, there)), km) != km:
                raise ValueError(f"edge {here} - {there} has two lengths in {source.path}")
    ends = np.array(sorted(edges), dtype=np.int64).reshape(-1, 2)
    return Extract(
        node=node,
        lon=lon[node],
        lat=lat[node],
        inside=territory.covers(lon[node], lat[node]),
        cut=cut,
        tail=ends[:, 0],
        head=ends[:, 1],
        km=np.array([edges[tail, head] for tail, head in ends.tolist()]),
        loops=loops,
    )


def write_extract(piece: Extract, folder: Path) -> tuple[int, int]:
    """Write `nodes.csv` and `edges.csv` and return their numbers of rows."""
    nodes = write_csv(
        folder / "nodes.csv",
        ("node", "lon", "lat", "inside", "cut"),
        zip(
            piece.node.tolist(),
            piece.lon.tolist(),
            piece.lat.tolist(),
            piece.inside.astype(int).tolist(),
            piece.cut.astype(int).tolist(),
            strict=True,
        ),
    )
    edges = write_csv(
        folder / "edges.csv",
        ("tail", "head", "km", "oneway"),
        (
            (tail, head, km, 0)
            for tail, head, km in zip(
                piece.tail.tolist(), piece.head.tolist(), piece.km.tolist(), strict=True
            )
        ),
    )
    return nodes, edges
