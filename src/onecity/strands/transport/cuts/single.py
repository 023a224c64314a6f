"""Single roads: those that have no other road beside them, and who lives behind them.

Looked at are the roads that the data holds, both directions as one; access legs and assumed local
links are left out, or hardly any road would be the only one. Each zone counts where its quickest
way to the roads ends. The main part of the roads is the block (see `onecity.models.cuts.bridges`)
with most people; whoever lives in the same piece outside of it has at least one single road on
every way there.

A single road drawn in several edges, one after another, is one road: told is its edge with most
people behind it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, dijkstra

from onecity.models.cuts import Bridges, bridges_of, two_sides
from onecity.strands.travel import Travel
from onecity.strands.units import Reals, Rows

from .ground import Ground


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """What `single_roads` found.

    Attributes
    ----------
    edges
        Rows of ``road_edges``, one for each single road with people behind it, most people
        first.
    people
        Residents behind each: on the side away from the main part.
    people_of_edge
        The same of every edge that is a single road, NaN for others, shape (edges,).
    behind
        Whether each zone lies behind a single road, shape (zones,).
    apart
        Whether each zone lies at a piece of the roads that the main part does not reach, or at
        none, shape (zones,).
    onward
        Of every edge that is a single road, the next one on the way to the main part, -1 where
        there is none, shape (edges,).
    junctions
        Road nodes without which others have no way, people behind or not.
    """

    edges: Rows
    people: Reals
    people_of_edge: Reals
    behind: NDArray[np.bool_]
    apart: NDArray[np.bool_]
    onward: Rows
    junctions: Rows

    def apart_from_each_other(self, most: int) -> Rows:
        """Return up to `most` single roads, most people first, no two much the same.

        Left out is a road behind one that is listed with more than half as many people behind
        it: the same branch, a little further out.
        """
        listed: dict[int, float] = {}
        equal: set[int] = set()  # further in on the branch of a listed one, with as many people
        for edge, people in zip(self.edges.tolist(), self.people.tolist(), strict=True):
            if len(listed) == most:
                break
            inwards = [edge]
            while (before := int(self.onward[inwards[-1]])) >= 0:
                inwards.append(before)
            same = any(one in listed and people > listed[one] / 2 for one in inwards)
            if not (same or edge in equal):
                listed[edge] = people
                equal.update(inwards)
        return np.array(list(listed), np.int64)


def single_roads(ground: Ground) -> Single:
    """Return the single roads of a region."""
    travel = ground.travel
    count = travel.edges
    open_ = np.isfinite(travel.seconds[:count]) | np.isfinite(travel.seconds[count : 2 * count])
    rows = np.flatnonzero(open_)
    found = bridges_of(travel.tail[rows], travel.head[rows], nodes=travel.roads)
    node = nearest_road(travel)
    people = ground.region.table("zones")["people"].to_numpy(dtype=np.float64)
    at_node = np.bincount(
        np.where(node < 0, travel.roads, node), people, minlength=travel.roads + 1
    )[:-1].astype(np.float64)
    main = int(np.bincount(found.block, at_node).argmax()) if travel.roads else -1
    in_main = found.block == main
    piece = found.piece[in_main][0] if in_main.any() else -1
    reached = found.piece == piece
    known = node >= 0
    behind, apart = np.zeros(len(node), np.bool_), np.ones(len(node), np.bool_)
    behind[known] = (reached & ~in_main)[node[known]]
    apart[known] = ~reached[node[known]]
    beyond = _beyond(found, at_node, in_main)
    of_edge = np.full(count, np.nan)
    of_edge[rows] = beyond
    onward = np.full(count, -1, np.int64)
    onward[rows] = _onward(found, main, rows)
    lived = np.flatnonzero(np.nan_to_num(of_edge) > 0)
    chosen = _one_each(travel, lived, of_edge)
    return Single(
        edges=chosen,
        people=of_edge[chosen],
        people_of_edge=of_edge,
        behind=behind,
        apart=apart,
        onward=onward,
        junctions=np.flatnonzero(found.node),
    )


def nearest_road(travel: Travel) -> Rows:
    """Return the road node each zone's quickest way to the roads ends at, -1 without one."""
    start = 2 * travel.edges
    legs = slice(start, len(travel.tail))
    tail, head, seconds = travel.tail[legs], travel.head[legs], travel.seconds[legs]
    size = travel.roads + travel.zones
    order = np.lexsort((seconds, head, tail))
    tail, head, seconds = tail[order], head[order], seconds[order]
    # SciPy adds up parallel arcs, and takes no time for no arc.
    first = np.flatnonzero(np.diff(tail * size + head, prepend=-1))
    weight = np.maximum(seconds[first], 1e-6)
    graph = csr_array((weight, (tail[first], head[first])), shape=(size, size))
    roads = np.arange(travel.roads)
    # Without arcs out of zones back to roads, or a way over a road node would be one off them.
    outward = graph.tocoo()
    kept = (outward.col >= travel.roads) & np.isfinite(outward.data)
    away = csr_array((outward.data[kept], (outward.row[kept], outward.col[kept])), (size, size))
    _, _, source = dijkstra(away, indices=roads, min_only=True, return_predecessors=True)
    nearest = source[travel.roads :].astype(np.int64)
    return np.where((nearest >= 0) & (nearest < travel.roads), nearest, -1)


def _beyond(found: Bridges, people: Reals, in_main: NDArray[np.bool_]) -> Reals:
    """Return the people behind each bridge, away from the main part.

    NaN for other edges, and in pieces that have no way to the main part anyhow.
    """
    sides = two_sides(found, people)
    main = two_sides(found, in_main.astype(np.float64))
    away = np.where(
        main.tail_side > 0,
        sides.head_side,
        np.where(main.head_side > 0, sides.tail_side, np.nan),
    )
    beyond = np.full(len(found.edge), np.nan)
    beyond[sides.edge] = away
    return beyond


def _onward(found: Bridges, main: int, rows: Rows) -> Rows:
    """Return the next bridge on the way to the main block, as one of `rows`, -1 without one."""
    bridges = np.flatnonzero(found.edge)
    one, other = found.block[found.tail[bridges]], found.block[found.head[bridges]]
    blocks = int(found.block.max(initial=-1)) + 1
    result = np.full(len(found.edge), -1, np.int64)
    if not len(bridges):
        return result
    tree = csr_array((np.ones(len(bridges)), (one, other)), shape=(blocks, blocks))
    _, before = breadth_first_order(tree, main, directed=False, return_predecessors=True)
    outer = np.where(before[one] == other, one, np.where(before[other] == one, other, -1))
    leads = np.full(blocks + 1, -1, np.int64)  # the bridge that leads from each block inwards
    leads[outer] = rows[bridges]
    leads[-1] = -1
    inner = np.where(outer == one, other, one)
    result[bridges] = np.where(outer >= 0, leads[inner], -1)
    return result


def _one_each(travel: Travel, edges: Rows, people: Reals) -> Rows:
    """Return of edges that follow one another the one with most people, most people first."""
    if not len(edges):
        return edges
    count = travel.edges
    tail, head = travel.tail[:count], travel.head[:count]
    plain = np.bincount(np.concatenate([tail, head]), minlength=travel.roads) == 2
    ends = np.concatenate([tail[edges], head[edges]])
    number = np.tile(np.arange(len(edges)), 2)
    kept = plain[ends]
    size = len(edges) + travel.roads
    links = coo_array(
        (np.ones(kept.sum()), (number[kept], len(edges) + ends[kept])), shape=(size, size)
    )
    road = connected_components(links, directed=False)[1][: len(edges)]
    order = np.lexsort((edges, -people[edges], road))
    first = order[np.flatnonzero(np.diff(road[order], prepend=-1))]
    chosen = edges[first]
    return chosen[np.lexsort((chosen, -people[chosen]))]
