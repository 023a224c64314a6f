"""Which road nodes a link may join: ends of roads and crossings, and which of them lie close.

A trunk road is joined to the next one kilometres away, a lane to the next lane. How far apart
two ends may lie therefore follows how dense the roads are that they lie on: for each level of
roads (`region.road_classes`) as far as ``link_reach`` times the mean distance between ends on roads
of that level or above, sqrt(land / ends), and no further than ``link_radius_km``. A link between
a main road and a lane is a lane.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from onecity.region.dead_ends import neighbour_count
from onecity.region.geometry import chord_of, on_sphere, row_containing
from onecity.region.road_classes import NONE, level_of
from onecity.region.store import Region
from onecity.strands.units import Rows

MOST_PAIRS = 1_000_000
"""Pairs looked at on one level: where more lie within reach, as among all lanes of a province,
that level's reach shrinks."""
_STEP = 0.8


@dataclass(frozen=True, slots=True)
class Ends:
    """Road nodes that a link may join.

    Attributes
    ----------
    node
        Road node of each, ascending, shape (ends,).
    level
        Level of the best through road at each, shape (ends,).
    """

    node: Rows
    level: Rows

    def __len__(self) -> int:
        return len(self.node)

    def up_to(self, level: int) -> Rows:
        """Return the nodes on roads of a level or above."""
        return self.node[self.level <= level]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far apart the ends of a link may lie.

    Attributes
    ----------
    km
        By level of the lesser of its roads.
    share
        The least share of what is assumed; below 1 where a level has more than `MOST_PAIRS`.
    """

    km: dict[int, float]
    share: float

    @property
    def longest(self) -> float:
        """The furthest of all, km."""
        return max(self.km.values(), default=0.0)

    @property
    def shortest(self) -> float:
        """The least of all, km."""
        return min(self.km.values(), default=0.0)


def ends_of(region: Region, county: Rows) -> Ends:
    """Return where links may begin; `county` is that of every road node, -1 for none.

    Ends and crossings of through roads on the region's land. Left out are ends that are there
    only because the extract stops (``cut``), nodes on the course of a road, where links would
    be the same as those of its crossings, and nodes on bridges and in tunnels.
    """
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    level = level_of(edges)
    through = edges[level < NONE]
    neighbours = neighbour_count(through, len(nodes))
    on_ground = ~(through["bridge"] | through["tunnel"]).to_numpy(dtype=bool)
    open_ = through[["seconds_forward", "seconds_backward"]].notna().any(axis=1).to_numpy()
    best = np.full(len(nodes), NONE)
    ground = np.zeros(len(nodes), np.bool_)
    for column in ("tail", "head"):
        node = through[column].to_numpy(dtype=np.int64)
        np.minimum.at(best, node[open_], level[level < NONE][open_])
        ground[node[open_ & on_ground]] = True
    wanted = ground & (neighbours != 2) & (neighbours > 0) & (county >= 0)
    wanted &= ~nodes["cut"].to_numpy(dtype=bool)
    found = np.flatnonzero(wanted)
    return Ends(found, best[found])


def close_pairs(
    region: Region, ends: Ends, *, reach: float, radius_km: float
) -> tuple[Rows, Rows, Reach]:
    """Return pairs of ends within reach that no open edge joins, tail < head, sorted."""
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    spots = on_sphere(nodes["lon"], nodes["lat"])
    land = float(region.table("counties")["area_km2"].sum())
    levels = [int(one) for one in np.unique(ends.level)]
    count = len(nodes)
    keys, reached, least = [np.zeros(0, np.int64)], {}, 1.0
    for level in levels:
        chosen = ends.up_to(level)
        tree = cKDTree(spots[chosen])
        furthest = min(radius_km, reach * float(np.sqrt(land / len(chosen))))
        share = 1.0
        while _pairs_within(tree, share * furthest) > MOST_PAIRS:
            share *= _STEP
        keys.append(_keys(chosen[_query(tree, share * furthest)], count))
        reached[level], least = share * furthest, min(least, share)
    open_ = edges[["seconds_forward", "seconds_backward"]].notna().any(axis=1)
    joined = _keys(edges.loc[open_, ["tail", "head"]].to_numpy(dtype=np.int64), count)
    every = np.sort(np.concatenate(keys))  # for millions of keys quicker than `np.unique`
    every = every[np.flatnonzero(np.diff(every, prepend=-1))]
    left = every[~np.isin(every, joined)]
    return left // count, left % count, Reach(reached, least)


def county_of_nodes(region: Region) -> Rows:
    """Return the row of the county each road node lies in, -1 for none."""
    nodes, counties = region.table("road_nodes"), region.table("counties")
    return row_containing(nodes.geometry.to_numpy(), counties.geometry.to_numpy())


def lesser_level(ends: Ends, tail: Rows, head: Rows) -> Rows:
    """Return the level of the lesser road of each pair of ends."""
    at = np.searchsorted(ends.node, [tail, head])
    return np.asarray(ends.level[at].max(axis=0))


def _pairs_within(tree: cKDTree, km: float) -> int:
    return int(tree.count_neighbors(tree, chord_of(km)) - tree.n) // 2


def _query(tree: cKDTree, km: float) -> NDArray[np.intp]:
    found: NDArray[np.intp] = tree.query_pairs(chord_of(km), output_type="ndarray")
    return found


def _keys(pairs: Rows, count: int) -> Rows:
    """Return one number for each pair, the same whichever way round it is."""
    return np.asarray(pairs.min(axis=1) * count + pairs.max(axis=1))
