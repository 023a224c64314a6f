"""Access legs: how a zone reaches the road network where the data holds no local roads.

A leg is a straight line on the ellipsoid times a detour factor, driven at one assumed
speed. Two kinds: connectors between zones and road nodes, and, where the network holds
trunk roads only, local links between neighbouring zones. Together with the roads the
local links are a friction surface with roads on top, as in Weiss et al. (2018), "A global
map of travel time to cities", Nature 553.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import STRtree

from .geometry import chord_of, on_sphere

Sides = npt.NDArray[np.object_]

_GEOD = Geod(ellps="WGS84")
_TOUCH_DEGREES = 1e-7  # neighbouring cells share corners up to rounding


@dataclass(frozen=True, slots=True)
class Legs:
    """Connectors and local links of a region, and what was left out.

    `connectors` and `local_links` follow the schema. `blocked` counts legs left out
    because a river lies between; `exclaves` lists zones that keep such legs because they
    would have none left; `off_network` lists zones without any connector and
    without a chain of local links to a zone that has one.
    """

    connectors: pd.DataFrame
    local_links: pd.DataFrame
    blocked: int
    exclaves: tuple[str, ...]
    off_network: tuple[str, ...]


def access_legs(  # noqa: PLR0913 - every argument is one line of a recipe
    zones: gpd.GeoDataFrame,
    nodes: gpd.GeoDataFrame,
    *,
    kmh: float,
    detour: float,
    nodes_per_zone: int,
    max_km: float,
    local_links: bool,
    sides: tuple[Sides, Sides] | None = None,
    barriers: gpd.GeoSeries | None = None,
) -> Legs:
    """Tie zones to road nodes, and to each other where `local_links`.

    Each zone is tied to its nearest `nodes_per_zone` road nodes within `max_km` of
    straight line. With `local_links` every road node inside a zone is tied to it too,
    so that the mesh and the roads meet wherever a road passes.

    Parameters
    ----------
    zones, nodes
        Tables ``zones`` and ``road_nodes``.
    kmh, detour
        Speed on a leg, and its length over the straight line.
    sides
        Which bank of the great river each zone and each node lies on (None: neither); no
        leg joins two different banks.
    barriers
        Lines (rivers) that no leg may cross; None for none.
    """
    pairs = _nearest(zones, nodes, nodes_per_zone, max_km)
    if local_links:
        pairs = np.unique(np.vstack([pairs, _inside(zones, nodes)]), axis=0)
        links = _neighbours(zones)
    else:
        links = np.empty((0, 2), dtype=np.int64)
    here = zones[["lon", "lat"]].to_numpy()
    there = nodes[["lon", "lat"]].to_numpy()
    every = len(pairs) + len(links)
    pairs = pairs[~_crosses(here[pairs[:, 0]], there[pairs[:, 1]], barriers)]
    links = links[~_crosses(here[links[:, 0]], here[links[:, 1]], barriers)]
    lost = np.zeros(len(zones), dtype=bool)
    if sides is not None:
        pairs, links, lost = _on_their_banks(pairs, links, *sides)
    names = zones["zone"].to_numpy()
    connectors = pd.DataFrame(
        {
            "zone": names[pairs[:, 0]],
            "node": pairs[:, 1].astype(np.int64),
            **_length(here[pairs[:, 0]], there[pairs[:, 1]], kmh, detour),
        }
    )
    links_table = pd.DataFrame(
        {
            "zone_a": names[links[:, 0]],
            "zone_b": names[links[:, 1]],
            **_length(here[links[:, 0]], here[links[:, 1]], kmh, detour),
        }
    )
    off = names[~_reached(len(zones), pairs, links)]
    blocked = every - len(pairs) - len(links)
    return Legs(connectors, links_table, blocked, tuple(names[lost]), tuple(off))


def _length(start: np.ndarray, end: np.ndarray, kmh: float, detour: float) -> dict[str, np.ndarray]:
    _, _, metres = _GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    km = np.asarray(metres) / 1000 * detour
    return {"km": km, "seconds": km / kmh * 3600}


def _nearest(zones: pd.DataFrame, nodes: pd.DataFrame, count: int, max_km: float) -> np.ndarray:
    tree = cKDTree(on_sphere(nodes["lon"], nodes["lat"]))
    distance, node = tree.query(
        on_sphere(zones["lon"], zones["lat"]),
        k=range(1, min(count, len(nodes)) + 1),
        distance_upper_bound=chord_of(max_km),
    )
    zone, rank = np.nonzero(np.isfinite(distance))
    return np.column_stack([zone, node[zone, rank]])


def _inside(zones: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> np.ndarray:
    node, zone = STRtree(zones.geometry.to_numpy()).query(
        nodes.geometry.to_numpy(), predicate="within"
    )
    return np.column_stack([zone, node])


def _neighbours(zones: gpd.GeoDataFrame) -> np.ndarray:
    shapes = zones.geometry.to_numpy()
    one, other = STRtree(shapes).query(shapes, predicate="dwithin", distance=_TOUCH_DEGREES)
    first = one < other
    return np.column_stack([one[first], other[first]])


def _on_their_banks(
    pairs: np.ndarray, links: np.ndarray, of_zone: Sides, of_node: Sides
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the legs that stay on one bank, and which zones keep others to reach anything.

    A bank is known by county. A piece of a county on the other bank (an exclave) would be
    cut off from everything: it keeps its legs.
    """
    count = len(of_zone)
    open_pairs = ~_apart(of_zone[pairs[:, 0]], of_node[pairs[:, 1]])
    open_links = ~_apart(of_zone[links[:, 0]], of_zone[links[:, 1]])
    lost = ~_reached(count, pairs[open_pairs], links[open_links])
    lost &= _reached(count, pairs, links)
    return (
        pairs[open_pairs | lost[pairs[:, 0]]],
        links[open_links | lost[links].any(axis=1)],
        lost,
    )


def _apart(one: Sides, other: Sides) -> np.ndarray:
    known = ~(pd.isna(one) | pd.isna(other))
    return np.asarray(known & (one != other))


def _crosses(start: np.ndarray, end: np.ndarray, barriers: gpd.GeoSeries | None) -> np.ndarray:
    crossed = np.zeros(len(start), dtype=bool)
    if barriers is not None and len(barriers) and len(start):
        lines = shapely.linestrings(np.stack([start, end], axis=1))
        rows, _ = STRtree(barriers.to_numpy()).query(lines, predicate="intersects")
        crossed[rows] = True
    return crossed


def _reached(count: int, pairs: np.ndarray, links: np.ndarray) -> np.ndarray:
    """Return which zones have a connector or a chain of links to a zone that has one."""
    shape = (count, count)
    ties = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=shape)
    _, piece = connected_components(ties, directed=False)
    tied = np.zeros(piece.max(initial=-1) + 1, dtype=bool)
    tied[piece[pairs[:, 0]]] = True
    return np.asarray(tied[piece])
