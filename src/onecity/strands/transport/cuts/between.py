"""How few roads join each two cities: smallest cuts by roads, lanes and capacity.

A city is all road nodes on its land, acting as one; roads, not access legs, are what is cut. A
road open both ways counts once in each direction, and a cut from one city to another closes that
direction alone, so that one-way roads tell. Of several smallest cuts the one nearest to the first
city is named.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from onecity.core.provenance import Grade, Nature
from onecity.models.cuts import FlowNetwork
from onecity.region.manifest import Assumption
from onecity.strands.contract import Level
from onecity.strands.transport.traffic.assumed import group_of, traffic_assumed_in
from onecity.strands.transport.traffic.supply import lanes_of
from onecity.strands.units import Reals, Rows

from .ground import Ground

MEASURES = ("roads", "lanes", "capacity")


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """Smallest cuts between cities.

    Attributes
    ----------
    values
        For each of `MEASURES` what the smallest cut from the row's city to the column's carries,
        shape (cities, cities); NaN on the diagonal and for cities without roads.
    edges
        Road edges of the smallest cut by capacity, by (row, column).
    observed
        Share of the length of roads whose lanes the data holds.
    assumptions
        Lanes and capacities by class, where used.
    """

    values: dict[str, Reals]
    edges: dict[tuple[int, int], Rows]
    observed: float
    assumptions: tuple[Assumption, ...]

    @property
    def nature(self) -> Nature:
        """How cuts by lanes and capacity came to be: what a lane carries is assumed."""
        return Nature.ASSUMED

    @property
    def grade(self) -> Grade:
        """Weakest grade of the same."""
        return Grade.E


def cuts_between(ground: Ground) -> Between:
    """Return the smallest cuts between each two cities of a region.

    Raises
    ------
    InputError
        If a road has no lanes, or fewer.
    """
    travel, edges = ground.travel, ground.region.table("road_edges")
    assumed = traffic_assumed_in(ground.region)
    lanes, known = lanes_of(edges, assumed)
    carries = group_of(edges).map(lambda one: assumed[f"capacity_{one}"]).to_numpy(np.float64)
    open_ = np.isfinite(travel.seconds[: 2 * travel.edges])
    arcs = np.flatnonzero(open_)
    tail, head = travel.tail[arcs], travel.head[arcs]
    sizes = {
        "roads": np.ones(travel.edges),
        "lanes": lanes,
        "capacity": lanes * carries,
    }
    count = len(ground.units[Level.CITY].codes)
    nodes = [np.flatnonzero(ground.city == row) for row in range(count)]
    values = {name: np.full((count, count), np.nan) for name in MEASURES}
    found: dict[tuple[int, int], Rows] = {}
    for name, size in sizes.items():
        network = FlowNetwork.of(tail, head, size[arcs % travel.edges], nodes=travel.roads)
        for one, other in permutations(range(count), 2):
            if not len(nodes[one]) or not len(nodes[other]):
                continue
            cut = network.smallest_cut(nodes[one], nodes[other])
            values[name][one, other] = cut.value
            if name == "capacity":
                found[one, other] = np.unique(arcs[cut.arcs] % travel.edges)
    km = edges["km"].to_numpy(dtype=np.float64)
    used = tuple(
        one
        for one in assumed.all
        if one.key.startswith(("traffic_capacity_", "traffic_lanes_"))
        and (not known.all() or one.key.startswith("traffic_capacity_"))
    )
    return Between(values, found, float(km[known].sum() / max(km.sum(), 1e-9)), used)
